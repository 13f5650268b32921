"""What a scenario costs: its results, and the folder that holds them."""

from __future__ import annotations

import time
from pathlib import Path

from costmodel.analysis.capacity_of_run import CapacityOfRun, CapacityWatch
from costmodel.api.drawing import RunOptions, prepare
from costmodel.api.folders import input_digests, made_of, run_ids
from costmodel.inputs.project import Project
from costmodel.report.run_folder import require_usable, whole_or_nothing
from costmodel.report.run_record import RunRecord
from costmodel.report.writing import DEFAULT_KEPT_DRAWS, write_manifest, write_tables
from costmodel.runner import Progress, Simulation, simulate


def run(
    scenario: str | Path = "base_case",
    options: RunOptions | None = None,
    *,
    project: Project | None = None,
    progress: Progress | None = None,
) -> Simulation:
    """Run a scenario and return its results; nothing is written.

    Examples
    --------
    >>> with run("base_case", RunOptions(draws=100)) as simulation:
    ...     simulation.outcome("total_hub_cost").unit
    'GBP/year'
    """
    ready = prepare([scenario], options, project)
    return simulate(ready.spec, ready.design, chunk_size=ready.options.chunk_size, progress=progress)


def run_to_folder(
    scenario: str | Path = "base_case",
    options: RunOptions | None = None,
    *,
    out: str | Path | None = None,
    keep_draws: int = DEFAULT_KEPT_DRAWS,
    command: str = "",
    project: Project | None = None,
    progress: Progress | None = None,
) -> tuple[Simulation, Path]:
    """Run a scenario and write its report, figures, tables, draws and manifest.

    Parameters
    ----------
    out
        The run's folder; `outputs/<scenario>/<run id>` by default.
    keep_draws
        Draws kept in `draws.parquet`.

    Returns
    -------
    The results, and the folder: whole, or not there at all.

    Raises
    ------
    ParameterError, RunError, OutputError
        With nothing left behind.
    """
    started = time.monotonic()
    ready = prepare([scenario], options, project)
    spec, options = ready.spec, ready.options
    (identity,) = run_ids(ready.specs, options)
    folder = Path(out) if out else Path("outputs") / spec.scenario.name / identity
    require_usable(folder, identity)
    waiting = CapacityWatch(spec, ready.design.n, seed=options.seed)
    simulation = simulate(
        spec, ready.design, chunk_size=options.chunk_size, progress=progress, watch=waiting.add
    )
    record = RunRecord(
        command or f"costmodel run {spec.scenario.name}",
        options.sampler,
        options.draws,
        options.seed,
        options.chunk_size,
        input_digests(ready.project, spec),
    )
    try:
        with whole_or_nothing(folder) as partial:
            write_tables(simulation, record, partial, keep_draws)
            _write_report(simulation, record, partial, waiting.found())
            write_manifest(simulation, record, partial, time.monotonic() - started)
    except BaseException:
        simulation.close()
        raise
    return simulation, folder


def _write_report(simulation: Simulation, record: RunRecord, folder: Path, waiting: CapacityOfRun) -> None:
    from costmodel.report.capacity_chapter import write_capacity
    from costmodel.report.content import analyse
    from costmodel.report.figures import write_figures
    from costmodel.report.html import render_report

    content = analyse(simulation, waiting)
    write_figures(content.pictures, folder / "figures")
    write_capacity(waiting, folder)
    page = render_report(simulation, content, made_of(record, simulation.spec))
    (folder / "report.html").write_text(page, encoding="utf-8")
