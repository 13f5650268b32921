"""Scenarios and Hubs set against each other, on common random numbers, and the folders that hold it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from costmodel.analysis.budget_impact import BudgetImpact
from costmodel.analysis.budget_impact import impact as analysis_of_budget
from costmodel.analysis.compare import Comparison
from costmodel.analysis.consequences import CostConsequence
from costmodel.analysis.frontier import FrontierAnalysis, FrontierQuestion
from costmodel.analysis.frontier import frontier as analysis_of_frontier
from costmodel.analysis.hubs import HubsCompared
from costmodel.api.drawing import RunOptions, prepare
from costmodel.api.folders import answer_folder, input_digests, made_with, run_ids
from costmodel.inputs.project import Project
from costmodel.report.run_folder import require_usable
from costmodel.report.writing import write_csv, write_json
from costmodel.runner import Progress, Simulation, simulate
from costmodel.text import in_sentence


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
    ready = prepare(scenarios, options, project)
    if out is not None:
        require_usable(Path(out), "-".join(run_ids(ready.specs, ready.options)))
    with ExitStack() as stack:
        simulations = [
            stack.enter_context(
                simulate(spec, ready.design, chunk_size=ready.options.chunk_size, progress=progress)
            )
            for spec in ready.specs
        ]
        stack.pop_all()
    return simulations


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
    from costmodel.analysis.capacity_compared import capacity_compared
    from costmodel.analysis.cost_steps import cost_parts, cost_steps
    from costmodel.report.capacity_comparison import capacity_section, write_compared
    from costmodel.report.comparison_tables import comparison_document, comparison_rows, cost_step_rows
    from costmodel.report.figures import cost_waterfalls, waterfalls, write_figures
    from costmodel.report.html import render_comparison

    specs = [simulation.spec for simulation in simulations]
    ids = run_ids(specs, options)
    names = [spec.scenario.name for spec in specs]
    made = {
        **made_with(command),
        **{f"Run id of {name}": each for name, each in zip(names, ids, strict=True)},
    }
    design, size = simulations[0].design, options.chunk_size
    waiting = capacity_compared(specs, design, seed=options.seed, chunk_size=size)
    section = capacity_section(waiting)
    first, *others = [cost_parts(simulation) for simulation in simulations]
    steps = [cost_steps(first, other) for other in others]
    ways = cost_waterfalls(comparisons, steps)
    with answer_folder(out, "-".join(ids), made, input_digests(project, *specs)) as partial:
        beside: Sequence[CostConsequence | None] = consequences or [None] * len(comparisons)
        documents = [comparison_document(*pair) for pair in zip(comparisons, beside, strict=True)]
        write_json(partial / "comparison.json", documents)
        write_csv(partial / "comparison.csv", comparison_rows(comparisons, consequences))
        write_figures([*waterfalls(comparisons), *ways, *section.pictures], partial / "figures")
        write_csv(partial / "cost_steps.csv", cost_step_rows(comparisons, steps))
        write_compared(waiting, partial)
        page = render_comparison(simulations, comparisons, made, consequences, section, ways)
        (partial / "comparison.html").write_text(page, encoding="utf-8")
    return Path(out)


def consequences(
    simulations: Sequence[Simulation],
    scenarios: Sequence[str | Path],
    budget: float,
    options: RunOptions | None = None,
    *,
    project: Project | None = None,
) -> tuple[CostConsequence, ...]:
    """Return cost beside consequences of every further scenario against the first, on common draws.

    Waits are left out, with a note that says why, where `waiting.yaml` is missing.

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

    project = project or Project()
    reach = [spec.reach for spec in prepare(scenarios, options, project, ["reach"]).specs]
    notes = [] if any(reach) else ["Reach by group is not shown: there is no reach.yaml."]
    if any(simulation.spec.waiting is None for simulation in simulations):
        notes.append("Waits are not shown: there is no waiting.yaml.")
    late = [_posts_to_fill(simulation) for simulation in simulations]
    found = analysis.consequences(simulations, reach, budget, notes)
    return tuple(
        replace(each, notes=(*each.notes, *late[0], *own)) for each, own in zip(found, late[1:], strict=True)
    )


def _posts_to_fill(simulation: Simulation) -> tuple[str, ...]:
    """Return that a scenario's cost is of a year in which posts are still to be filled, if some are."""
    from costmodel.report.words import recruiting_sentence

    sentence = recruiting_sentence(simulation)
    return (f"“{simulation.spec.scenario.label}”: {in_sentence(sentence)}",) if sentence else ()


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
    ready = prepare([against, scenario], options, project, ["budget_impact"])
    current, new = ready.specs
    return analysis_of_budget(
        current,
        new,
        ready.design,
        years,
        seed=ready.options.seed,
        chunk_size=ready.options.chunk_size,
        progress=progress,
    )


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

    specs = prepare(scenarios, options, project, ["budget_impact"]).specs
    identity = "-".join(["budget", str(len(impact.years)), *run_ids(specs, options)])
    with answer_folder(out, identity, made_with(command), input_digests(project, *specs)) as partial:
        write_impact(impact, partial)
    return Path(out)


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

    ready = prepare([scenario], options, project)
    return compare_hubs(ready.spec, ready.design, chunk_size=ready.options.chunk_size, progress=progress)


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

    specs = prepare([scenario], options, project).specs
    identity = "-".join(["hubs", *run_ids(specs, options)])
    with answer_folder(out, identity, made_with(command), input_digests(project, *specs)) as partial:
        write_tables_and_figure(compared, partial)
    return Path(out)


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
    ParameterError, WaitingError, RunError
        If the files, the question, or what they say together, cannot be.
    """
    ready = prepare(scenarios, options, project, ["waiting"])
    return analysis_of_frontier(
        ready.specs,
        ready.design,
        question,
        seed=ready.options.seed,
        chunk_size=ready.options.chunk_size,
        progress=progress,
    )


def write_frontier(
    analysis: FrontierAnalysis,
    scenarios: Sequence[str | Path],
    options: RunOptions,
    project: Project,
    out: str | Path,
    command: str,
) -> Path:
    """Write a frontier's figure, JSON and CSV to a folder, whole or not at all.

    Raises
    ------
    OutputError
        If the folder holds anything else.
    """
    from costmodel.report.frontier import frontier_document, frontier_picture, frontier_rows

    specs = prepare(scenarios, options, project, ["waiting"]).specs
    identity = "-".join(["frontier", repr(analysis.question), *run_ids(specs, options)])
    with answer_folder(out, identity, made_with(command), input_digests(project, *specs)) as partial:
        write_json(partial / "frontier.json", frontier_document(analysis))
        write_csv(partial / "frontier.csv", frontier_rows(analysis))
        frontier_picture(analysis).write(partial)
    return Path(out)
