"""The verbs as Python functions: what the command line does, for scripts and notebooks."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

from costmodel.analysis.budget_impact import BudgetImpact
from costmodel.analysis.budget_impact import impact as analysis_of_budget
from costmodel.analysis.capacity import CapacityAnalysis
from costmodel.analysis.capacity import capacity as analysis_of_capacity
from costmodel.analysis.capacity_compared import capacity_compared
from costmodel.analysis.capacity_of_run import CapacityOfRun, capacity_of_run
from costmodel.analysis.clear_backlog import BacklogAnalysis, Plan
from costmodel.analysis.clear_backlog import clear_backlog as analysis_of_backlog
from costmodel.analysis.compare import Comparison
from costmodel.analysis.consequences import CostConsequence
from costmodel.analysis.cost_steps import cost_parts, cost_steps
from costmodel.analysis.engines import Engine
from costmodel.analysis.frontier import FrontierAnalysis, FrontierQuestion
from costmodel.analysis.frontier import frontier as analysis_of_frontier
from costmodel.analysis.hubs import HubsCompared
from costmodel.analysis.staffing import staffing as analysis_of_staffing
from costmodel.analysis.staffing_types import StaffingAnalysis, StaffingQuestion
from costmodel.errors import ParameterError, Problem, did_you_mean
from costmodel.inputs.project import Project, shipped_folder
from costmodel.inputs.specification import ModelSpec, Parameter
from costmodel.inputs.staffing_file import staffing_of_run
from costmodel.model.queueing import WaitingError
from costmodel.model.types import FloatArray
from costmodel.report.run_folder import MANIFEST, PROGRAM, OutputError, require_usable, whole_or_nothing
from costmodel.report.run_record import RunRecord, digest_of, package_versions, program_version, run_id
from costmodel.report.writing import (
    DEFAULT_KEPT_DRAWS,
    RESULTS_SCHEMA,
    outputs_of,
    write_csv,
    write_json,
    write_manifest,
    write_tables,
)
from costmodel.runner import (
    DEFAULT_CHUNK_SIZE,
    DEFAULT_DRAWS,
    DEFAULT_SEED,
    Progress,
    Sampler,
    Simulation,
    design_of,
    simulate,
)


@dataclass(frozen=True)
class RunOptions:
    """How to draw.

    Attributes
    ----------
    draws, seed, sampler
        Number of joint samples, the seed of every named stream, and the sampling design.
    chunk_size
        Draws evaluated at once; changes memory, never results.
    """

    draws: int = DEFAULT_DRAWS
    seed: int = DEFAULT_SEED
    sampler: Sampler = "monte-carlo"
    chunk_size: int = DEFAULT_CHUNK_SIZE


def open_project(parameters: str | Path | None = None, scenarios: str | Path | None = None) -> Project:
    """Return a project: `./parameters` and `./scenarios` if they are there, else the shipped ones.

    Examples
    --------
    >>> "base_case" in open_project().scenario_names()
    True
    """
    return Project(Path(parameters) if parameters else None, Path(scenarios) if scenarios else None)


def init(folder: str | Path) -> Path:
    """Copy the shipped parameters and scenarios to a folder, to edit.

    Raises
    ------
    OutputError
        If the folder holds anything.
    """
    target = Path(folder)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise OutputError(f"{target} is not an empty folder; name a new one")
    with whole_or_nothing(target) as partial:
        for kind in ("parameters", "scenarios"):
            shutil.copytree(shipped_folder(kind), partial / kind)
    return target


def check(project: Project | None = None) -> tuple[list[Problem], list[str]]:
    """Return every problem of every file at once, and the warnings."""
    return (project or Project()).check()


def specification(scenario: str | Path = "base_case", project: Project | None = None) -> ModelSpec:
    """Return the frozen specification of a scenario; raises ParameterError with every problem."""
    return (project or Project()).specification(scenario)


def show(
    name: str | None = None,
    *,
    scenario: str | Path = "base_case",
    evidence: str | None = None,
    unsourced: bool = False,
    project: Project | None = None,
) -> tuple[Parameter, ...]:
    """Return the parameters of a scenario, all of them unless chosen.

    Parameters
    ----------
    name
        Dotted name, or the beginning of one.
    scenario
        Whose parameters.
    evidence
        Only those of this class of evidence.
    unsourced
        Only those without a source.
    project
        Where they are; the project of this folder by default.

    Raises
    ------
    ParameterError
        If no parameter has that name.
    """
    parameters = specification(scenario, project).parameters
    chosen = [
        p for p in parameters.values() if name is None or p.name == name or p.name.startswith(f"{name}.")
    ]
    if name is not None and not chosen:
        beginnings = {start for each in parameters for start in accumulate(each.split("."), "{}.{}".format)}
        hint = did_you_mean(name, sorted(beginnings))
        message = f"there is no parameter '{name}' in scenario {scenario}.{hint}"
        raise ParameterError([Problem("parameters", None, name, message)])
    return tuple(
        p for p in chosen if (evidence is None or p.evidence == evidence) and not (unsourced and p.source)
    )


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
    options = options or RunOptions()
    return _simulate(specification(scenario, project), options, progress)


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
    options, project = options or RunOptions(), project or Project()
    spec = project.specification(scenario)
    identity = run_id(spec, options.sampler, options.draws, options.seed)
    folder = Path(out) if out else Path("outputs") / spec.scenario.name / identity
    require_usable(folder, identity)
    simulation = _simulate(spec, options, progress)
    record = RunRecord(
        command or f"costmodel run {spec.scenario.name}",
        options.sampler,
        options.draws,
        options.seed,
        options.chunk_size,
        input_digests(project, spec),
    )
    try:
        with whole_or_nothing(folder) as partial:
            write_tables(simulation, record, partial, keep_draws)
            waiting = capacity_of_run(
                project, scenario, options.sampler, options.draws, options.seed, chunk_size=options.chunk_size
            )
            _write_report(simulation, record, partial, waiting)
            write_manifest(simulation, record, partial, time.monotonic() - started)
    except BaseException:
        simulation.close()
        raise
    return simulation, folder


def input_digests(project: Project, spec: ModelSpec) -> dict[str, str]:
    """Return the SHA-256 of every file that a specification came from."""
    parameters = [project.parameters_folder / f"{stem}.yaml" for stem in sorted(project.tree.data)]
    return {
        **{f"parameters/{path.name}": digest_of(path) for path in parameters},
        **{f"scenarios/{path.name}": digest_of(path) for path in spec.scenario.files},
    }


def made_of(record: RunRecord, spec: ModelSpec) -> dict[str, str]:
    """Return how a run was made, for its report: the same for the same run on any day."""
    return {
        "Command": record.command,
        "Run id": run_id(spec, record.sampler, record.draws, record.seed),
        "Program": f"costmodel {program_version()}",
        "Sampler": record.sampler,
        "Draws": f"{record.draws:,}",
        "Seed": str(record.seed),
        **{f"Package {name}": number for name, number in package_versions().items()},
        **{f"SHA-256 of {name}": digest for name, digest in record.inputs.items()},
    }


def _simulate(
    spec: ModelSpec, options: RunOptions, progress: Progress | None, *others: ModelSpec
) -> Simulation:
    design = design_of(spec, options.sampler, options.draws, options.seed, *others)
    return simulate(spec, design, chunk_size=options.chunk_size, progress=progress)


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


def write_comparison(
    simulations: Sequence[Simulation],
    comparisons: Sequence[Comparison],
    options: RunOptions,
    out: str | Path,
    command: str,
    project: Project,
    consequences: Sequence[CostConsequence] = (),
) -> Path:
    """Write a comparison's page, figures, JSON and CSV to a folder, whole or not at all.

    Raises
    ------
    OutputError
        If the folder holds anything else.
    """
    from costmodel.report.capacity_comparison import capacity_section, write_compared
    from costmodel.report.comparison_tables import comparison_document, comparison_rows, cost_step_rows
    from costmodel.report.figures import cost_waterfalls, waterfalls, write_figures
    from costmodel.report.html import render_comparison

    names = [simulation.spec.scenario.name for simulation in simulations]
    ids = _run_ids([simulation.spec for simulation in simulations], options)
    identity = "-".join(ids)
    folder = Path(out)
    require_usable(folder, identity)
    made = {"Command": command, "Program": f"costmodel {program_version()}"}
    made |= {f"Run id of {name}": each for name, each in zip(names, ids, strict=True)}
    waiting = capacity_compared(
        project,
        [simulation.spec.scenario.files[-1] for simulation in simulations],
        options.sampler,
        options.draws,
        options.seed,
        chunk_size=options.chunk_size,
    )
    first, *others = [cost_parts(simulation) for simulation in simulations]
    steps = [cost_steps(first, other) for other in others]
    ways = cost_waterfalls(comparisons, steps)
    with whole_or_nothing(folder) as partial:
        beside: Sequence[CostConsequence | None] = consequences or [None] * len(comparisons)
        documents = [comparison_document(*pair) for pair in zip(comparisons, beside, strict=True)]
        write_json(partial / "comparison.json", documents)
        write_csv(partial / "comparison.csv", comparison_rows(comparisons, consequences))
        section = capacity_section(waiting)
        write_figures([*waterfalls(comparisons), *ways, *section.pictures], partial / "figures")
        write_csv(partial / "cost_steps.csv", cost_step_rows(comparisons, steps))
        write_compared(waiting, partial)
        page = render_comparison(simulations, comparisons, made, consequences, section, ways)
        (partial / "comparison.html").write_text(page, encoding="utf-8")
        inputs = {
            name: digest for s in simulations for name, digest in input_digests(project, s.spec).items()
        }
        manifest = {"program": PROGRAM, "run_id": identity, **made, "inputs": inputs}
        write_json(partial / MANIFEST, {**manifest, "outputs": outputs_of(partial)})
    return folder


def run_all(
    scenarios: Sequence[str | Path],
    options: RunOptions | None = None,
    *,
    out: str | Path | None = None,
    project: Project | None = None,
    progress: Progress | None = None,
) -> list[Simulation]:
    """Run several scenarios on common random numbers, to be compared.

    Parameters
    ----------
    out
        Folder that the comparison is to be written to, so that one that cannot be used stops the run before
        it starts.

    Raises
    ------
    ParameterError, RunError, OutputError
        With nothing left behind.
    """
    options, project = options or RunOptions(), project or Project()
    specs = [project.specification(scenario) for scenario in scenarios]
    if out is not None:
        require_usable(Path(out), "-".join(_run_ids(specs, options)))
    with ExitStack() as stack:
        simulations = [stack.enter_context(_simulate(spec, options, progress, *specs)) for spec in specs]
        stack.pop_all()
    return simulations


def _run_ids(specs: Sequence[ModelSpec], options: RunOptions) -> list[str]:
    return [run_id(spec, options.sampler, options.draws, options.seed) for spec in specs]


def capacity(
    scenario: str | Path = "base_case",
    months: int = 36,
    options: RunOptions | None = None,
    *,
    engine: Engine = "fluid",
    project: Project | None = None,
    progress: Progress | None = None,
) -> CapacityAnalysis:
    """Return demand for therapy against capacity, month by month.

    Raises
    ------
    ParameterError, WaitingError
        If the files, or what they say together, cannot be.
    """
    options = options or RunOptions()
    spec = (project or Project()).specification(scenario, also=["waiting"])
    design = design_of(spec, options.sampler, options.draws, options.seed)
    return analysis_of_capacity(
        spec,
        design,
        months,
        engine=engine,
        seed=options.seed,
        chunk_size=options.chunk_size,
        progress=progress,
    )


def clear_backlog(
    scenario: str | Path,
    plan: Plan,
    options: RunOptions | None = None,
    *,
    project: Project | None = None,
    progress: Progress | None = None,
) -> BacklogAnalysis:
    """Return the staffing that clears the waiting list of every Hub in time.

    Raises
    ------
    ParameterError, WaitingError
        If the files, the plan, or what they say together, cannot be.
    """
    options = options or RunOptions()
    spec = (project or Project()).specification(scenario, also=["waiting"])
    design = design_of(spec, options.sampler, options.draws, options.seed)
    return analysis_of_backlog(spec, design, plan, chunk_size=options.chunk_size, progress=progress)


def staffing(
    scenario: str | Path,
    question: StaffingQuestion,
    options: RunOptions | None = None,
    *,
    project: Project | None = None,
    progress: Progress | None = None,
) -> StaffingAnalysis:
    """Return the cheapest staffing of every Hub that covers its tasks and keeps the wait.

    Raises
    ------
    ParameterError, WaitingError
        If the files, the question, or what they say together, cannot be.
    """
    options, project = options or RunOptions(), project or Project()
    spec = project.specification(scenario, also=["waiting", "staffing"])
    staffing_of_run(project.tree, spec.staffing)
    design = design_of(spec, options.sampler, options.draws, options.seed)
    return analysis_of_staffing(spec, design, question, chunk_size=options.chunk_size, progress=progress)


def frontier(
    scenarios: Sequence[str | Path],
    question: FrontierQuestion,
    options: RunOptions | None = None,
    *,
    project: Project | None = None,
    progress: Progress | None = None,
) -> FrontierAnalysis:
    """Return cost against wait over the staffing options of scenarios, on common random numbers.

    Raises
    ------
    ParameterError, WaitingError
        If the files, the question, or what they say together, cannot be.
    """
    options, project = options or RunOptions(), project or Project()
    specs = [project.specification(scenario, also=["waiting"]) for scenario in scenarios]
    design = design_of(specs[0], options.sampler, options.draws, options.seed, *specs[1:])
    return analysis_of_frontier(
        specs, design, question, seed=options.seed, chunk_size=options.chunk_size, progress=progress
    )


def write_frontier(analysis: FrontierAnalysis, out: str | Path, command: str) -> Path:
    """Write a frontier's figure, JSON and CSV to a folder, whole or not at all.

    Raises
    ------
    OutputError
        If the folder holds anything else.
    """
    from costmodel.report.frontier import frontier_document, frontier_picture, frontier_rows

    folder = Path(out)
    require_usable(folder, command)
    with whole_or_nothing(folder) as partial:
        write_json(partial / "frontier.json", frontier_document(analysis))
        write_csv(partial / "frontier.csv", frontier_rows(analysis))
        frontier_picture(analysis).write(partial)
        made = {"Command": command, "Program": f"costmodel {program_version()}"}
        manifest = {"program": PROGRAM, "run_id": command, **made, "outputs": outputs_of(partial)}
        write_json(partial / MANIFEST, manifest)
    return folder


def budget_impact(
    scenario: str | Path,
    against: str | Path = "base_case",
    years: int = 5,
    options: RunOptions | None = None,
    *,
    project: Project | None = None,
    progress: Progress | None = None,
) -> BudgetImpact:
    """Return what a scenario costs more than the current service, by financial year, on common draws.

    Raises
    ------
    ParameterError, ComparisonError, BudgetError
        If the files, or what they say together, cannot be.
    """
    options, project = options or RunOptions(), project or Project()
    current = project.specification(against, also=["budget_impact"])
    new = project.specification(scenario, also=["budget_impact"])
    design = design_of(new, options.sampler, options.draws, options.seed, current)
    return analysis_of_budget(
        current, new, design, years, seed=options.seed, chunk_size=options.chunk_size, progress=progress
    )


def consequences(
    simulations: Sequence[Simulation],
    scenarios: Sequence[str | Path],
    budget: float,
    options: RunOptions | None = None,
    *,
    project: Project | None = None,
) -> tuple[CostConsequence, ...]:
    """Return cost beside consequences of every further scenario against the first, on common draws.

    Waits are left out, with a note that says why, where `waiting.yaml` is missing or cannot answer.

    Parameters
    ----------
    simulations
        From `run_all` with the same options.
    scenarios
        What was run.
    budget
        For targeted outreach. [GBP/year]
    """
    from costmodel.analysis import consequences as analysis

    options, project = options or RunOptions(), project or Project()
    reach = [project.specification(each, also=["reach"]).reach for each in scenarios]
    notes = [] if any(reach) else ["Reach by group is not shown: there is no reach.yaml."]
    waits: list[dict[str, FloatArray] | None] = [None] * len(scenarios)
    try:
        specs = [project.specification(each, also=["waiting"]) for each in scenarios]
        design = design_of(specs[0], options.sampler, options.draws, options.seed, *specs[1:])
        waits = [analysis.waits(spec, design, options.chunk_size) for spec in specs]
    except ParameterError as error:
        problem = error.problems[0]
        notes.append(f"Waits are not shown: {problem.file}: {problem.message}.")
    except WaitingError as error:
        notes.append(f"Waits are not shown: {error}.")
    return analysis.consequences(simulations, waits, reach, budget, notes)


def write_budget_impact(
    impact: BudgetImpact,
    scenarios: Sequence[str | Path],
    options: RunOptions,
    out: str | Path,
    command: str,
    project: Project,
) -> Path:
    """Write a budget impact's figure, JSON, CSV and text to a folder, whole or not at all.

    Raises
    ------
    OutputError
        If the folder holds anything else.
    """
    from costmodel.report.budget import write_impact

    specs = [project.specification(each, also=["budget_impact"]) for each in scenarios]
    ids = [run_id(spec, options.sampler, options.draws, options.seed) for spec in specs]
    identity, folder = "-".join(["budget", str(len(impact.years)), *ids]), Path(out)
    require_usable(folder, identity)
    with whole_or_nothing(folder) as partial:
        write_impact(impact, partial)
        inputs = {name: digest for spec in specs for name, digest in input_digests(project, spec).items()}
        made = {"Command": command, "Program": f"costmodel {program_version()}"}
        manifest = {"program": PROGRAM, "run_id": identity, **made, "inputs": inputs}
        write_json(partial / MANIFEST, {**manifest, "outputs": outputs_of(partial)})
    return folder


def hubs(
    scenario: str | Path = "four_hubs",
    options: RunOptions | None = None,
    *,
    project: Project | None = None,
    progress: Progress | None = None,
) -> HubsCompared:
    """Return the Hubs of a scenario beside each other, standardised for case mix and price.

    Raises
    ------
    ParameterError, HubsError
        If the files cannot be used, or the scenario has one Hub only.
    """
    from costmodel.analysis.hubs import compare_hubs

    options = options or RunOptions()
    spec = specification(scenario, project)
    design = design_of(spec, options.sampler, options.draws, options.seed)
    return compare_hubs(spec, design, chunk_size=options.chunk_size, progress=progress)


def write_hubs(
    compared: HubsCompared,
    scenario: str | Path,
    options: RunOptions,
    out: str | Path,
    command: str,
    project: Project,
) -> Path:
    """Write a comparison of Hubs with its funnel plot to a folder, whole or not at all.

    Raises
    ------
    OutputError
        If the folder holds anything else.
    """
    from costmodel.report.hubs import write_hubs as write_tables_and_figure

    spec, folder = project.specification(scenario), Path(out)
    identity = f"hubs-{run_id(spec, options.sampler, options.draws, options.seed)}"
    require_usable(folder, identity)
    with whole_or_nothing(folder) as partial:
        write_tables_and_figure(compared, partial)
        made = {"Command": command, "Program": f"costmodel {program_version()}"}
        manifest = {"program": PROGRAM, "run_id": identity, **made, "inputs": input_digests(project, spec)}
        write_json(partial / MANIFEST, {**manifest, "outputs": outputs_of(partial)})
    return folder


def json_schema(of: str = "scenario") -> dict[str, Any]:
    """Return a JSON Schema: of a parameter file, a scenario, a file of staff, or of `results.json`.

    Raises
    ------
    KeyError
        If there is no schema of that name; it holds the names that there are.
    """
    from costmodel.inputs.project import MODEL_FILES
    from costmodel.inputs.scenarios import ScenarioFile
    from costmodel.inputs.schema import Hub
    from costmodel.inputs.staff_files import StaffFile
    from costmodel.inputs.table_files import FILE_MODELS

    models: dict[str, Any] = {
        **FILE_MODELS, **MODEL_FILES, "hub": Hub, "scenario": ScenarioFile, "staff_file": StaffFile
    }  # fmt: skip
    if of == "results":
        results: dict[str, Any] = json.loads(RESULTS_SCHEMA.read_text(encoding="utf-8"))
        return results
    if of not in models:
        raise KeyError(", ".join([*models, "results"]))
    schema: dict[str, Any] = models[of].model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
