"""Measure the engines of the waiting list: `python -m benchmarks.waiting --help`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks import plain_clients, plain_staff
from benchmarks.agreement import rows_of
from benchmarks.plain_list import PlainInputs, run_plain_list
from benchmarks.plain_loop import follow
from benchmarks.plain_parts import Structure
from benchmarks.plain_staff import Row
from benchmarks.plain_structure import structure_of
from benchmarks.run import child, machine
from benchmarks.timing import Measurement, Timing, as_records, as_table, taken, timed, times
from costmodel.analysis.event_simulation import replicate
from costmodel.analysis.frontier import FrontierQuestion
from costmodel.analysis.simulated_service import Course, Service
from costmodel.analysis.staffing_types import StaffingQuestion
from costmodel.api import RunOptions, frontier, staffing
from costmodel.gather import Layout, gather
from costmodel.inputs.project import Project
from costmodel.model.birth_death import ChainRates, opening_state, transient
from costmodel.model.draws import in_every_draw
from costmodel.model.ledger import hours_by_pool, wte_by_hub
from costmodel.model.pathway import cohort
from costmodel.model.staffing import staff_costs
from costmodel.model.through_time import through_time
from costmodel.model.types import FloatArray
from costmodel.model.waiting_list import opening_ages, run_list
from costmodel.model.waiting_types import ListInputs
from costmodel.runner import DEFAULT_CHUNK_SIZE, chunks, design_of
from costmodel.uncertainty.draws import realise
from costmodel.units import MONTH

N_DRAWS, N_HUBS, N_MONTHS = 10_000, 4, 60
SLOTS, CHAIN_MONTHS = 200, 36
PATHWAY_SCENARIO = "four_hubs"
SCENARIO, QUESTION_DRAWS = "base_case", 2_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure the engines of the waiting list.")
    parser.add_argument("--format", choices=["table", "json"], default="table")
    parser.add_argument("--repeats", type=int, default=5, help="repeats of each measurement (default 5)")
    parser.add_argument("--loop-draws", type=int, default=50, help="draws of the Python loop (default 50)")
    options = parser.parse_args()
    measurements = [
        *memory(),
        *pathway(options.repeats, options.loop_draws),
        *fluid(options.repeats, options.loop_draws),
        *chance(options.repeats),
        *questions(options.repeats),
    ]
    if options.format == "json":
        print(json.dumps({"machine": machine(), "measurements": as_records(measurements)}, indent=2))
    else:
        print(f"{machine()}\n\n{as_table(measurements)}")


def pathway(repeats: int, loop_draws: int) -> Iterator[Measurement]:
    """Yield people through time, from registration to the end of therapy, against one draw after another."""
    spec = Project().specification(PATHWAY_SCENARIO)
    layout, design = Layout(spec), design_of(spec, "monte-carlo", N_DRAWS, 1)
    group = f"People through time, {PATHWAY_SCENARIO}, {N_MONTHS} months, {N_DRAWS:,} draws"
    services = [
        service_of(layout, realise(spec.plan, design, start, stop))
        for start, stop in chunks(N_DRAWS, DEFAULT_CHUNK_SIZE)
    ]
    structure = structure_of(spec)
    assert structure.calendar is not None
    structure = replace(structure, calendar=structure.calendar.for_years(N_MONTHS // 12))
    rows = rows_of(structure, realise(spec.plan, design, 0, loop_draws))
    plain = [plain_service(structure, row) for row in rows]
    engine, loop = timed(
        repeats,
        lambda: [through_time(*service) for service in services],
        lambda: [follow(structure, *service) for service in plain],
    )
    loop = loop.scaled(N_DRAWS / loop_draws)
    yield taken(group, "engine, every stage, the list and therapy", engine, below=3.0)
    yield taken(group, f"Python loop, the same, scaled up from {loop_draws} draws", loop)
    yield times(group, "Python loop / engine", loop.median / engine.median, at_least=100)
    found = through_time(*services[0])
    apart = max(
        gap(found.flows.waiting[draw, number], np.array(follow(structure, *service)[hub].flows.waiting))
        for draw, service in enumerate(plain)
        for number, hub in enumerate(layout.hubs)
    )
    yield agreement(group, f"largest relative difference of the list in {loop_draws} draws", apart)


def service_of(layout: Layout, draws: dict[str, FloatArray]) -> tuple[Any, ...]:
    """Return what the engine reads to follow people through time."""
    inputs = in_every_draw(gather(layout, draws, months=N_MONTHS, step=MONTH))
    staff = staff_costs(inputs.staff)
    demand = cohort(inputs.pathway, wte_by_hub(inputs, staff))
    return inputs, inputs.time, staff, demand, hours_by_pool(inputs, staff)


def plain_service(structure: Structure, row: Row) -> tuple[Any, ...]:
    """Return what the Python loop reads to follow people through time."""
    posts = plain_staff.staff(structure, row)
    hours = plain_staff.hours_by_pool(structure, posts)
    demand = {
        hub: plain_clients.cohort(row, hub, plain_staff.wte_of_hub(posts, hub)) for hub in structure.hubs
    }
    return row, posts, demand, hours


def agreement(group: str, what: str, apart: float) -> Measurement:
    """Return how far engine and loop are apart as a line of the table."""
    return Measurement(group, what, apart, f"{apart:.1e}", target="at most 1e-9", met=apart <= 1e-9)


def fluid(repeats: int, loop_draws: int) -> Iterator[Measurement]:
    """Yield the fluid engine against the same list as a Python loop, a draw and a Hub at a time."""
    group = f"Fluid engine, {N_MONTHS} months, {N_HUBS} Hubs, {N_DRAWS:,} draws"
    inputs = lists(N_DRAWS)
    few = part(inputs, 0, loop_draws)
    plain = [plain_inputs(few, draw, hub) for draw, hub in np.ndindex(loop_draws, N_HUBS)]
    engine, loop = timed(repeats, lambda: run_all(inputs), lambda: run_loop(plain))
    loop = loop.scaled(N_DRAWS / loop_draws)
    yield taken(group, "engine, every outcome", engine, below=3.0)
    yield taken(group, f"Python loop, every outcome, scaled up from {loop_draws} draws", loop)
    yield times(group, "Python loop / engine", loop.median / engine.median, at_least=100)
    yield agreement(
        group, f"largest relative difference of any outcome in {loop_draws} draws", difference(few)
    )


def chance(repeats: int) -> Iterator[Measurement]:
    """Yield the chain and the event simulation."""
    group = f"Chance, {SLOTS} slots, {CHAIN_MONTHS} months"
    arrivals = SLOTS * 0.36 * (1.0 + 0.1 * np.sin(np.arange(CHAIN_MONTHS)))
    slots = np.full(CHAIN_MONTHS, float(SLOTS))
    rates = ChainRates(arrivals, slots, 0.36, 0.02)
    (chain,) = timed(repeats, lambda: transient(rates, opening_state(SLOTS + 50.0)))
    yield taken(group, "markov engine", chain, below=1.0)
    service = Service(arrivals[:12], slots[:12], Course.of_sessions(7.0, 0.2, 2.8), 0.02)
    (simulation,) = timed(1, lambda: replicate(service, 1))
    yield taken(group, "des engine, 12 months, 30 replications", simulation)


def questions(repeats: int) -> Iterator[Measurement]:
    """Yield what a commissioner's questions take, from files to answers."""
    group = f"Questions, {SCENARIO}, {QUESTION_DRAWS:,} draws"
    options = RunOptions(draws=QUESTION_DRAWS)
    options_to_compare = FrontierQuestion(step=0.25)
    staff = StaffingQuestion(max_wait_weeks=6.0, probability=0.9)
    curve, mix = timed(
        max(1, repeats // 2),
        lambda: frontier([SCENARIO], options_to_compare, options),
        lambda: staffing(SCENARIO, staff, options),
    )
    yield taken(group, f"frontier of {len(options_to_compare.changes)} options", curve, below=20.0)
    yield taken(group, "staffing, a wait of 6 weeks in 90 % of draws", mix)


def memory() -> Iterator[Measurement]:
    """Yield the peak memory of a command with few and with many draws."""
    group = f"costmodel capacity {SCENARIO}, a process of its own"
    peaks = []
    for n_draws in (N_DRAWS, 10 * N_DRAWS):
        result = child(["capacity", SCENARIO, "--draws", str(n_draws)])
        peaks.append(result["peak_bytes"])
        what = f"--draws {n_draws}, peak memory"
        yield Measurement(group, what, peaks[-1], f"{peaks[-1] / 2**20:,.0f} MiB")
        yield taken(group, f"--draws {n_draws}, processor time", Timing((result["processor_seconds"],)))
    yield times(group, "memory with 10 times the draws", peaks[1] / peaks[0], at_most=1.25)


def lists(n_draws: int) -> ListInputs:
    """Return lists of which about half are overloaded."""
    rng = np.random.default_rng(20_240_912)
    shape = (n_draws, N_HUBS)
    arrivals = rng.uniform(30.0, 60.0, (*shape, 1)) * (1.0 + 0.1 * np.sin(np.arange(N_MONTHS)))
    attrition = rng.uniform(0.005, 0.05, shape)
    return ListInputs(
        arrivals=arrivals,
        attrition=attrition,
        session_capacity=rng.uniform(200.0, 400.0, (*shape, 1)) * np.ones(N_MONTHS),
        caseload_cap=np.full((*shape, N_MONTHS), 200.0),
        sessions_per_start=rng.uniform(6.0, 8.0, shape),
        retention=np.array([1.0, 0.83, 0.5, 0.17]),
        dropout_share=rng.uniform(0.1, 0.3, shape),
        opening_list=opening_ages(rng.uniform(50.0, 200.0, shape), arrivals[..., 0], attrition),
        opening_starts=rng.uniform(20.0, 40.0, shape),
        class_shares=np.ones(1),
        targets=np.array([1.38, 4.14]),
    )


def part(inputs: ListInputs, start: int, stop: int) -> ListInputs:
    """Return some of the draws."""
    names = [name for name, value in vars(inputs).items() if np.ndim(value) > 1]
    return replace(inputs, **{name: getattr(inputs, name)[start:stop] for name in names})


def run_all(inputs: ListInputs) -> None:
    for start, stop in chunks(N_DRAWS, DEFAULT_CHUNK_SIZE):
        run_list(part(inputs, start, stop))


def plain_inputs(inputs: ListInputs, draw: int, hub: int) -> PlainInputs:
    """Return one draw of one Hub as plain Python numbers."""
    values: dict[str, Any] = {}
    for name, value in vars(inputs).items():
        array = np.asarray(value)
        values[name] = (array[draw, hub] if array.ndim > 1 else array).tolist()
    return PlainInputs(**values)


def run_loop(lists: Sequence[PlainInputs]) -> None:
    for each in lists:
        run_plain_list(each)


def difference(inputs: ListInputs) -> float:
    """Return the largest relative difference of any outcome between the engine and the plain lists."""
    flows, worst = run_list(inputs), 0.0
    for draw, hub in np.ndindex(flows.waiting.shape[:2]):
        plain = run_plain_list(plain_inputs(inputs, draw, hub))
        for name, expected in vars(plain).items():
            worst = max(worst, gap(getattr(flows, name)[draw, hub], np.array(expected)))
    return worst


def gap(values: FloatArray, expected: FloatArray) -> float:
    """Return the largest difference against 1 or the value; infinite where only one is finite."""
    usable = np.isfinite(expected)
    if not np.array_equal(values[~usable], expected[~usable], equal_nan=True):
        return np.inf
    size = np.maximum(1.0, np.abs(expected[usable]))
    return float(np.max(np.abs(values[usable] - expected[usable]) / size, initial=0.0))


if __name__ == "__main__":
    main()
