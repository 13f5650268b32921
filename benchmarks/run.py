"""Measure the engine against what it replaces, side by side: `python -m benchmarks.run --help`."""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import scipy
from scipy import special

from benchmarks.agreement import BY_PLACE, difference, rows_of
from benchmarks.copies import with_hubs, with_posts
from benchmarks.plain_loop import ALL, evaluate_draw
from benchmarks.plain_structure import structure_of
from benchmarks.timing import Measurement, Timing, as_records, as_table, taken, timed, times
from costmodel.gather import Layout, gather
from costmodel.inputs.project import Project
from costmodel.inputs.specification import ModelSpec
from costmodel.model.evaluate import evaluate
from costmodel.model.staffing import staff_costs
from costmodel.model.types import FloatArray, ModelInputs, StaffInputs
from costmodel.runner import DEFAULT_CHUNK_SIZE, DEFAULT_SEED, chunks, simulate
from costmodel.uncertainty.draws import realise
from costmodel.uncertainty.inverse_cdf import standard_beta_ppf, standard_gamma_ppf
from costmodel.uncertainty.sampling import MonteCarlo

SCENARIO = "base_case"
N_DRAWS = 10_000
Draws = dict[str, FloatArray]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure the engine against what it replaces, side by side.")
    parser.add_argument("--format", choices=["table", "json"], default="table")
    parser.add_argument("--repeats", type=int, default=5, help="repeats of each measurement (default 5)")
    parser.add_argument("--loop-draws", type=int, default=300, help="draws of the Python loop (default 300)")
    parser.add_argument("--apply-draws", type=int, default=100, help="draws of pandas.apply (default 100)")
    parser.add_argument(
        "--million", action="store_true", help="also stream 1,000,000 draws through the command line"
    )
    options = parser.parse_args()
    measurements = list(measure(options))
    if options.format == "json":
        print(json.dumps({"machine": machine(), "measurements": as_records(measurements)}, indent=2))
    else:
        print(f"{machine()}\n\n{as_table(measurements)}")


def measure(options: argparse.Namespace) -> Iterator[Measurement]:
    """Yield every measurement."""
    spec = Project().specification(SCENARIO)
    draws = (options.repeats, options.loop_draws, options.apply_draws)
    yield from whole_calculation("month by month", spec, *draws)
    yield from whole_calculation("a year taken as a whole", replace(spec, waiting=None), *draws)
    yield from unit_cost_pass(spec, options.repeats)
    yield from inverse_cdfs(options.repeats)
    yield from linearity(spec, options.repeats)
    yield from command_line(options.repeats, million=options.million)


def machine() -> str:
    """Return what the figures were measured on."""
    return (
        f"Python {platform.python_version()}, numpy {np.__version__}, scipy {scipy.__version__}, "
        f"pandas {pd.__version__}, {platform.system()} {platform.machine()}"
    )


def whole_calculation(
    how: str, spec: ModelSpec, repeats: int, loop_draws: int, apply_draws: int
) -> Iterator[Measurement]:
    """Yield the engine against the same calculation as a Python loop and as pandas.apply.

    All three start from the same draws by name and end with every outcome.
    """
    group = f"The whole calculation, {SCENARIO}, {how}, {N_DRAWS:,} draws"
    layout, structure, draws = Layout(spec), structure_of(spec), _draws(spec, N_DRAWS)
    rows = rows_of(structure, {name: values[:loop_draws] for name, values in draws.items()})
    frame = pd.DataFrame(rows[:apply_draws])

    def headlines(row: Any) -> Any:
        outcomes = evaluate_draw(structure, row)
        return pd.Series({name: outcomes[name][ALL] for name in BY_PLACE})

    design = MonteCarlo(seed=DEFAULT_SEED, n=N_DRAWS)
    engine, loop, apply, simulation = timed(
        repeats,
        lambda: _evaluate_all(layout, draws),
        lambda: [evaluate_draw(structure, row) for row in rows],
        lambda: frame.apply(headlines, axis=1),
        lambda: _simulate(spec, design),
    )
    loop, apply = loop.scaled(N_DRAWS / len(rows)), apply.scaled(N_DRAWS / len(frame))
    yield taken(group, "engine, from draws to outcomes", engine)
    yield taken(group, f"Python loop, scaled up from {len(rows)} draws", loop)
    yield taken(group, f"pandas.apply, scaled up from {len(frame)} draws", apply)
    yield times(group, "Python loop / engine", loop.median / engine.median, at_least=50)
    yield times(group, "pandas.apply / engine", apply.median / engine.median, at_least=300)
    yield taken(group, "simulation: drawing, engine, storing outcomes", simulation, below=2.0)
    outputs = evaluate(gather(layout, {name: v[:loop_draws] for name, v in draws.items()}))
    gaps = [
        max(difference(layout, outputs, draw, evaluate_draw(structure, row)).values())
        for draw, row in enumerate(rows)
    ]
    yield Measurement(
        group,
        f"largest relative difference of any outcome in {len(rows)} draws",
        max(gaps),
        f"{max(gaps):.1e}",
        target="at most 1e-9",
        met=max(gaps) <= 1e-9,
    )


def unit_cost_pass(spec: ModelSpec, repeats: int) -> Iterator[Measurement]:
    """Yield the staff unit-cost build-up against a copy of the arrays it reads."""
    inputs = _dense(gather(Layout(spec), _draws(spec, N_DRAWS)).staff)
    arrays = [values for f in fields(inputs) if isinstance(values := getattr(inputs, f.name), np.ndarray)]
    group = f"Staff unit costs, {N_DRAWS:,} draws of {inputs.pool.size} posts"
    build_up, copy = timed(
        10 * repeats, lambda: staff_costs(inputs), lambda: [array.copy(order="K") for array in arrays]
    )
    yield taken(group, "unit-cost pass", build_up)
    yield taken(group, "copy of its input arrays", copy)
    yield times(group, "unit-cost pass / copy", build_up.median / copy.median, at_most=12)


def inverse_cdfs(repeats: int) -> Iterator[Measurement]:
    """Yield quantiles by table against scipy.special, over shapes that parameters have."""
    u = MonteCarlo(seed=DEFAULT_SEED, n=100_000).uniforms("benchmark", 0, 100_000)
    gammas = [0.5, 2.0, 7.5625, 25.0, 336.1]
    betas = [(2.0, 3.0), (46.2, 5.1), (219.0, 80.0), (9.1, 92.4)]
    yield from _inverse_cdf(
        "gamma",
        repeats,
        lambda: np.stack([standard_gamma_ppf(shape, u) for shape in gammas]),
        lambda: np.stack([special.gammaincinv(shape, u) for shape in gammas]),
    )
    yield from _inverse_cdf(
        "beta",
        repeats,
        lambda: np.stack([standard_beta_ppf(a, b, u) for a, b in betas]),
        lambda: np.stack([special.betaincinv(a, b, u) for a, b in betas]),
    )


def _inverse_cdf(
    name: str, repeats: int, by_table: Callable[[], FloatArray], direct: Callable[[], FloatArray]
) -> Iterator[Measurement]:
    group = f"Inverse CDF of the {name} distribution, a quantile"
    quantiles, exact = by_table(), direct()
    error = float(np.max(np.abs(quantiles / exact - 1.0)))
    table, scipy_special = timed(repeats, by_table, direct)
    yield taken(group, "by table", table.scaled(1.0 / quantiles.size))
    yield taken(group, "scipy.special", scipy_special.scaled(1.0 / quantiles.size))
    yield times(group, "scipy.special / table", scipy_special.median / table.median, at_least=10)
    yield Measurement(
        group, "largest relative error", error, f"{error:.1e}", target="below 1e-9", met=error < 1e-9
    )


def linearity(spec: ModelSpec, repeats: int) -> Iterator[Measurement]:
    """Yield how time grows with draws, with lines and with Hubs."""
    layout = Layout(spec)
    group = "Growth with draws: engine and drawing"
    for n in (1_000, 10_000, 100_000):
        design = MonteCarlo(seed=DEFAULT_SEED, n=n)
        (timing,) = timed(max(3, repeats // (n // 1_000)), partial(_simulate, spec, design))
        yield taken(group, f"{n:,} draws", timing)
        yield taken(group, f"{n:,} draws, a draw", timing.scaled(1.0 / n))
    inputs = gather(layout, _draws(spec, 2_000))
    yield from _growth("Growth with lines: posts split, 2,000 draws", "posts", with_posts, inputs, repeats)
    yield from _growth("Growth with Hubs: copies of one Hub, 2,000 draws", "Hubs", with_hubs, inputs, repeats)


def _growth(
    group: str,
    unit: str,
    copied: Callable[[ModelInputs, int], ModelInputs],
    inputs: ModelInputs,
    repeats: int,
) -> Iterator[Measurement]:
    for n in (1, 2, 4, 8):
        larger = copied(inputs, n)
        evaluate(larger)
        (timing,) = timed(repeats, partial(evaluate, larger))
        size = larger.staff.pool.size if unit == "posts" else larger.ledger.n_hubs
        n_lines = larger.ledger.hub.size
        yield taken(group, f"{unit}: {size}, lines: {n_lines:,}", timing)
        yield taken(group, f"{unit}: {size}, a line and draw", timing.scaled(1.0 / (n_lines * 2_000)))


def command_line(repeats: int, *, million: bool) -> Iterator[Measurement]:
    """Yield start-up times, a full run, and the peak memory of a long one."""
    group = "The command line, wall clock"
    for arguments in (["--help"], ["check"]):
        results = [child(arguments) for _ in range(max(3, repeats))]
        yield from _waited(group, " ".join(arguments), results, below=1.0)
    yield from _run(group, N_DRAWS, 15.0, repeats=3)
    if million:
        yield from _run(group, 1_000_000, None, repeats=1)


def _run(group: str, n_draws: int, below: float | None, repeats: int) -> Iterator[Measurement]:
    with tempfile.TemporaryDirectory() as folder:
        command = ["run", SCENARIO, "--draws", str(n_draws), "--out"]
        results = [child([*command, str(Path(folder) / str(repeat))]) for repeat in range(repeats)]
    peak = max(result["peak_bytes"] for result in results)
    what = f"run {SCENARIO} --draws {n_draws}"
    yield from _waited(group, what, results, below)
    yield Measurement(
        group,
        f"costmodel {what}, peak memory",
        peak,
        f"{peak / 2**20:,.0f} MiB",
        target="under 1,024 MiB",
        met=peak < 2**30,
    )


def _waited(
    group: str, command: str, results: list[dict[str, float]], below: float | None
) -> Iterator[Measurement]:
    wall, processor = (
        Timing(tuple(result[name] for result in results)) for name in ("seconds", "processor_seconds")
    )
    yield taken(group, f"costmodel {command}", wall, below)
    yield taken(group, f"costmodel {command}, processor time", processor)


def child(arguments: list[str]) -> dict[str, float]:
    """Return seconds and peak memory of a costmodel command in a process of its own."""
    launcher = [sys.executable, "-I", str(Path(__file__).with_name("child.py"))]
    command = [sys.executable, "-m", "costmodel", *arguments]
    finished = subprocess.run([*launcher, *command], capture_output=True, check=True, text=True)
    result: dict[str, float] = json.loads(finished.stdout)
    if result["exit_code"] != 0:
        raise SystemExit(f"costmodel {' '.join(arguments)} ended with exit code {result['exit_code']:g}")
    return result


def _draws(spec: ModelSpec, n: int) -> Draws:
    return realise(spec.plan, MonteCarlo(seed=DEFAULT_SEED, n=n), 0, n)


def _evaluate_all(layout: Layout, draws: Draws) -> None:
    for start, stop in chunks(N_DRAWS, DEFAULT_CHUNK_SIZE):
        outcomes = evaluate(gather(layout, {name: v[start:stop] for name, v in draws.items()})).outcomes
        # Worked out when first asked for; the other two versions work them out for every draw.
        _ = outcomes.fully_absorbed, outcomes.activity_only, outcomes.service_use_per_client


def _simulate(spec: ModelSpec, design: MonteCarlo) -> None:
    with simulate(spec, design):
        pass


def _dense(staff: StaffInputs) -> StaffInputs:
    """Return the inputs with every array by draw at full length, as where every parameter is uncertain."""
    full: dict[str, Any] = {
        field.name: np.broadcast_to(values, (N_DRAWS, *values.shape[1:])).copy(order="F")
        for field in fields(staff)
        if np.ndim(values := getattr(staff, field.name)) > 1
    }
    return replace(staff, **full)


if __name__ == "__main__":
    main()
