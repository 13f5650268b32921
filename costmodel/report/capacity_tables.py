"""Tables of the chapter "Capacity and waiting"."""

from __future__ import annotations

from collections.abc import Mapping

from costmodel.analysis.capacity_period import PeriodFigure
from costmodel.analysis.capacity_types import CapacityAnalysis, StepFigure
from costmodel.inputs.specification import ModelSpec
from costmodel.report.capacity_words import (
    ENGINE_WORDS,
    NOBODY_WAITS,
    awaiting_of,
    chance,
    hub_headings,
    limit_labels,
    number,
    people,
)
from costmodel.report.formatting import share
from costmodel.report.steps import heading, long_name, shown_steps, table_name, which_steps
from costmodel.report.table import Row, Table
from costmodel.text import NOT_APPLICABLE, capitalised


def step_table(analysis: CapacityAnalysis, spec: ModelSpec, hub: str) -> Table:
    """Return a Hub's waiting list through time."""
    labels = {name: _shortly(label) for name, label in limit_labels(spec).items()}
    binding = [each for each in analysis.binding if each.hub == hub]
    n_steps = len(binding)
    rows = tuple(
        Row((*_step_cells(analysis, hub, step), _binds(binding[step - 1].share_of_draws, labels)))
        for step in shown_steps(analysis.step, n_steps)
    )
    name = analysis.step.name
    return Table(
        f"Waiting for therapy {which_steps(analysis.step, n_steps)}{_where(analysis, spec, hub)}: means of "
        f"{analysis.draws:,} draws, and what 5 to 95% of them span",
        (
            heading(analysis.step),
            f"Accepted, people a {name}",
            f"Capacity to start, people a {name}",
            f"Start, people a {name}",
            f"Leave unserved, people a {name}",
            "Waiting at the end, people",
            "5 to 95%, people",
            "Wait of those who start, weeks",
            "Wait if referred now, base case, weeks",
            "5 to 95%, weeks",
            "Over 18 weeks, % of the list",
            "Binds most often, % of draws",
        ),
        rows,
        words=(0, 11),
        note=f"The wait if referred now is what a person referred at the end of the {name} can expect if its "
        f"capacity lasts, at an average {name}'s leave, with every input at its mean; where it has no end, "
        "nobody starts. Staff named in the last column are those whose hours bind."
        f" A {name} is 365.25 / {analysis.step.per_year} days."
        + (" capacity.csv has every week." if len(rows) < n_steps else ""),
    )


def _step_cells(analysis: CapacityAnalysis, hub: str, step: int) -> tuple[str, ...]:
    def of(name: str) -> StepFigure:
        return analysis.figure(hub, name, step)

    waiting, now, over = of("waiting"), of("expected_wait"), of("share_over_18_weeks")
    return (
        table_name(waiting.calendar),
        *(people(of(name).mean) for name in ("arrivals", "start_capacity", "starts", "left_list")),
        people(waiting.mean),
        f"{people(waiting.lower_5)} to {people(waiting.upper_95)}",
        number(of("mean_wait").mean),
        number(now.base_case),
        f"{number(now.lower_5)} to {number(now.upper_95)}",
        share(over.mean, 0),
    )


def chance_table(analysis: CapacityAnalysis, spec: ModelSpec, hub: str) -> Table:
    """Return what chance alone makes of a Hub's list at the base case."""
    found = analysis.chance[hub]
    calendar = [each.calendar for each in analysis.binding if each.hub == hub]
    n_steps = len(calendar)
    simulated = found.replications > 0
    name = analysis.step.name
    rows = []
    for place in (step - 1 for step in shown_steps(analysis.step, n_steps)):
        waiting, lower, upper, error, starts, left, wait = (
            float(values[place])
            for values in (
                found.waiting,
                found.waiting_lower,
                found.waiting_upper,
                found.waiting_se,
                found.starts,
                found.left_list,
                found.wait,
            )
        )
        rows.append(
            Row(
                (
                    table_name(calendar[place]),
                    people(waiting),
                    f"{people(lower)} to {people(upper)}",
                    *([people(error)] if simulated else []),
                    people(starts),
                    people(left),
                    number(wait),
                )
            )
        )
    engine = f"{analysis.engine} engine: {ENGINE_WORDS[analysis.engine]}"
    times = f", means of {found.replications} replications" if simulated else ""
    return Table(
        f"The list by chance alone {which_steps(analysis.step, n_steps)}{_where(analysis, spec, hub)}: base "
        f"case, every input at its mean; {engine}{times}",
        (
            heading(analysis.step),
            "Waiting at the end, people",
            "90% by chance, people",
            *(["Simulation error, people"] if simulated else []),
            f"Start, people a {name}",
            f"Leave unserved, people a {name}",
            "Expected wait, weeks",
        ),
        tuple(rows),
        note=_chance_note(simulated),
    )


def _chance_note(simulated: bool) -> str:
    error = (
        "The simulation error is the standard error of the mean list over the replications"
        if simulated
        else "The list is exact, without simulation error"
    )
    return (
        f"{error}; the wait is that of a person referred at the end. What is not known about the inputs is "
        "in the other figures, not here."
    )


def awaiting_table(analysis: CapacityAnalysis, spec: ModelSpec) -> Table | None:
    """Return who waits for other stages than therapy at the end, or None where next to nobody does."""
    found = awaiting_of(analysis)
    if not found:
        return None
    return Table(
        f"People who wait for other stages than therapy at the end of "
        f"{long_name(analysis.binding[-1].calendar)}: {analysis.draws:,} draws",
        (
            "Stage",
            "Base case, people",
            "Mean, people",
            "5 to 95% of draws, people",
            "Anybody waits, % of draws",
        ),
        tuple(Row(_awaiting_cells(figure, analysis, spec)) for figure in found),
        note="Anybody: half a person or more. Stages at which that is so in no more than 1% of draws are "
        "left out.",
    )


def _awaiting_cells(figure: PeriodFigure, analysis: CapacityAnalysis, spec: ModelSpec) -> tuple[str, ...]:
    where = _where(analysis, spec, figure.hub)
    return (
        f"{figure.label}{where}",
        people(figure.base_case),
        people(figure.mean),
        f"{people(figure.lower_5)} to {people(figure.upper_95)}",
        chance(figure.share_of_draws or 0.0),
    )


def _where(analysis: CapacityAnalysis, spec: ModelSpec, hub: str) -> str:
    return f", {hub_headings(spec)[hub]}" if len(analysis.hubs) > 1 else ""


def _binds(shares: Mapping[str, float], labels: Mapping[str, str]) -> str:
    if not shares:
        return NOT_APPLICABLE
    most = max(shares, key=lambda name: shares[name])
    return f"{labels[most]}, {chance(shares[most])}"


def _shortly(label: str) -> str:
    """Return the label of a limit for a narrow column.

    Examples
    --------
    >>> _shortly("Hours of clinicians (bands 6 and 7)"), _shortly("Nothing: nobody is left waiting")
    ('Clinicians', 'Nobody waits')
    """
    if label.endswith(NOBODY_WAITS[1:]):
        return "Nobody waits"
    return capitalised(label.removeprefix("Hours of ").split(" (")[0])
