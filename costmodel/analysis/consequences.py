"""Cost beside consequences: what a staffing model costs, whom it helps, how long they wait, what it takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from costmodel.analysis.compare import Difference, paired_difference
from costmodel.analysis.intervals import Estimate, estimate, finite_or_none
from costmodel.analysis.outreach import GroupReach, reach_by_group, reached
from costmodel.inputs.reach_file import ReachFile
from costmodel.model.arrays import ratio
from costmodel.model.thresholds import break_even_volume, threshold_completion
from costmodel.model.types import FloatArray
from costmodel.runner import Simulation
from costmodel.uncertainty.sampling import Design

Better = Literal["lower", "higher"]
_OF_RUN: Final[Mapping[str, Better]] = {
    "total_hub_cost": "lower",
    "n_therapy_starts": "higher",
    "n_completions": "higher",
    "mean_wait": "lower",
    "expected_wait": "lower",
    "n_waiting": "lower",
    "share_over_18_weeks": "lower",
    "n_staff_wte": "lower",
}


@dataclass(frozen=True)
class Consequence:
    """One row of the cost-consequence table.

    Attributes
    ----------
    difference
        Scenario and comparator, and the paired difference.
    better
        Which way is better.
    probability_better
        Share of draws in which the scenario is better, ties split evenly; None where it does not apply.
    n_without
        Draws in which one of the two has no such figure. Means are over the others.
    """

    difference: Difference
    better: Better
    probability_better: float | None
    n_without: int


@dataclass(frozen=True)
class BreakEven:
    """Where two options cost the same, if staff and steps follow clients.

    Attributes
    ----------
    volume
        At mean costs; None where they cross at no volume above 0. [clients/year]
    cheaper_below
        Which scenario is the cheaper one at fewer clients, or at any number without a crossing; empty where
        both cost the same.
    share_of_draws
        Share of draws in which the two cross.
    registered, registered_by_reference
        How many the scenario and the comparator register, mean. [clients/year]
    """

    volume: float | None
    cheaper_below: str
    share_of_draws: float
    registered: float
    registered_by_reference: float


@dataclass(frozen=True)
class CostConsequence:
    """A scenario's consequences beside its cost.

    Attributes
    ----------
    scenario
        Its name.
    rows
        Cost, starts, completions, waits, reach by group, staff.
    completion, threshold
        Share of the scenario's starts that are completed, and that at which a completion would cost as much
        as in the comparator; above 1 no share would do.
    break_even
        Volume of registered clients at which both cost the same; None where one of them has no client.
    budget, reach
        The outreach budget that is asked about, and what it does by group; empty where the scenario reaches
        nobody more by outreach, and where other clients come besides.
    notes
        What could not be shown, and why.
    """

    scenario: str
    rows: tuple[Consequence, ...]
    completion: Estimate
    threshold: Estimate
    break_even: BreakEven | None
    budget: float
    reach: tuple[GroupReach, ...]
    notes: tuple[str, ...]


def consequences(
    simulations: Sequence[Simulation],
    reach: Sequence[ReachFile | None],
    budget: float,
    notes: Sequence[str] = (),
) -> tuple[CostConsequence, ...]:
    """Return the cost-consequence table of every further scenario against the first, on common draws.

    Parameters
    ----------
    simulations
        Run together.
    reach
        Of each scenario; None where it has none.
    budget
        For outreach. [GBP/year]
    notes
        What could not be had.
    """
    known = [_reach_draws(*each) for each in zip(simulations, reach, strict=True)]
    labels = _reach_labels(reach)
    found = []
    for simulation, own, file in zip(simulations[1:], known[1:], reach[1:], strict=True):
        by_group, why_not = reach_by_group(simulations[0], simulation, (known[0], own), file, budget)
        rows = tuple(_rows(simulations[0], simulation, known[0], own, labels))
        found.append(
            CostConsequence(
                scenario=simulation.spec.scenario.name,
                rows=rows,
                completion=_completion(simulation),
                threshold=_threshold(simulations[0], simulation),
                break_even=_break_even(simulations[0], simulation),
                budget=budget,
                reach=by_group,
                notes=(*notes, *_left_out(rows, simulations[0].design.n), *why_not),
            )
        )
    return tuple(found)


def _reach_draws(simulation: Simulation, reach: ReachFile | None) -> dict[str, FloatArray]:
    if reach is None:
        return {}
    people = reached(simulation, reach)
    return {f"reach.{group}": people[:, number] for number, group in enumerate(reach.groups)}


def _reach_labels(files: Sequence[ReachFile | None]) -> dict[str, tuple[str, str]]:
    return {
        f"reach.{name}": (f"Reached by targeted outreach: {group.label}", "people/year")
        for file in files
        for name, group in (file.groups.items() if file is not None else ())
    }


def _rows(
    reference: Simulation,
    scenario: Simulation,
    before: Mapping[str, FloatArray],
    after: Mapping[str, FloatArray],
    labels: Mapping[str, tuple[str, str]],
) -> list[Consequence]:
    rows = []
    there = {definition.name for each in (reference, scenario) for definition in each.definitions}
    for name, better in _OF_RUN.items():
        if name not in there:
            continue
        outcome = reference.outcome(name)
        values = reference.draws(name), scenario.draws(name)
        rows.append(_consequence(name, outcome.label, outcome.unit, better, *values, reference.design))
    more = [
        _consequence(
            name,
            *labels[name],
            "higher",
            before[name],
            after[name],
            reference.design,
        )
        for name in labels
        if name in before and name in after
    ]
    return [*rows[:-1], *more, rows[-1]]


def _consequence(
    name: str, label: str, unit: str, better: Better, before: FloatArray, after: FloatArray, design: Design
) -> Consequence:
    difference = paired_difference(name, label, unit, before, after, design)
    below = difference.probability_lower
    probability = 1.0 - below if below is not None and better == "higher" else below
    return Consequence(difference, better, probability, int(np.isnan(after - before).sum()))


def _left_out(rows: Sequence[Consequence], n_draws: int) -> Iterator[str]:
    """Yield which figures some draws do not have; of a wait these draws are the worst."""
    for row in rows:
        if row.n_without:
            yield (
                f"{row.difference.label}: no figure in {row.n_without:,} of {n_draws:,} draws, in which "
                "nobody starts or can start; means and interval are those of the others."
            )


def _per_start(simulation: Simulation, name: str) -> tuple[FloatArray, FloatArray]:
    """Return an outcome for each therapy start: of the means, shape (1,), and draw by draw, shape (draw,)."""
    whole, starts = simulation.draws(name), simulation.draws("n_therapy_starts")
    return ratio(_mean(whole), _mean(starts)), ratio(whole, starts)


def _completion(simulation: Simulation) -> Estimate:
    return _at_means(*_per_start(simulation, "n_completions"))


def _threshold(reference: Simulation, scenario: Simulation) -> Estimate:
    parts = (
        _per_start(reference, "n_completions"),
        _per_start(scenario, "total_hub_cost"),
        _per_start(reference, "total_hub_cost"),
    )
    return _at_means(*(threshold_completion(*each) for each in zip(*parts, strict=True)))


def _at_means(at_means: FloatArray, draws: FloatArray) -> Estimate:
    """Return a figure at the means with the interval of its draws.

    A mean of the draws would be made by the few in which next to nobody starts.
    """
    return replace(estimate(draws), mean=finite_or_none(at_means[0]))


def _mean(values: FloatArray) -> FloatArray:
    """Return the mean of the draws that can be used; not a number without any. Shape (1,)."""
    usable = values[~np.isnan(values)]
    return np.array([usable.mean() if usable.size else np.nan])


def _break_even(reference: Simulation, scenario: Simulation) -> BreakEven | None:
    parts, registered = [], []
    for each in (reference, scenario):
        variable, clients = each.draws("long_run_marginal_cost"), each.draws("n_registered")
        parts += [each.draws("total_hub_cost") - variable * clients, variable]
        registered.append(float(_mean(clients)[0]))
    means = [_mean(part) for part in parts]
    if np.isnan(means).any():
        return None
    costs = [(means[0][0], means[1][0]), (means[2][0], means[3][0])]  # fixed first: it decides at few clients
    cheaper = reference if costs[0] < costs[1] else scenario
    return BreakEven(
        volume=finite_or_none(break_even_volume(*means)[0]),
        cheaper_below="" if costs[0] == costs[1] else cheaper.spec.scenario.name,
        share_of_draws=float(np.mean(np.isfinite(break_even_volume(*parts)))),
        registered=registered[1],
        registered_by_reference=registered[0],
    )
