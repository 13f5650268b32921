"""Cost beside consequences: what a staffing model costs, whom it helps, how long they wait, what it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from costmodel.analysis.compare import Difference, paired
from costmodel.analysis.intervals import CENTRAL_95, mean_and_interval
from costmodel.inputs.reach_file import ReachFile
from costmodel.model.arrays import ratio
from costmodel.model.reach import reached_by_budget, split
from costmodel.model.thresholds import break_even_volume, threshold_completion
from costmodel.model.types import FloatArray
from costmodel.runner import Simulation, mean_error, parameter_draws
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
    """

    difference: Difference
    better: Better
    probability_better: float | None


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval over the draws in which it applies, and their share."""

    mean: float | None
    lower_95: float | None
    upper_95: float | None
    share_of_draws: float


@dataclass(frozen=True)
class BreakEven:
    """Where two options cost the same, if staff and steps follow clients.

    Attributes
    ----------
    volume
        At mean costs; None where they cross at no volume above 0. [clients/year]
    cheaper_below
        Which scenario is the cheaper one at fewer clients; empty without a crossing.
    share_of_draws
        Share of draws in which the two cross.
    """

    volume: float | None
    cheaper_below: str
    share_of_draws: float


@dataclass(frozen=True)
class GroupReach:
    """What outreach to one group costs.

    Attributes
    ----------
    group, label
        The group.
    contact_share
        Its share of the scenario's targeted contacts.
    budget_share
        Its share of what the scenario spends on outreach: contacts weighted by effort.
    reached
        Further registrations of the group in the scenario, beyond the comparator; not contacts. [people/year]
    cost_per_person
        Additional Hub cost for each of them. [GBP/person]
    reached_as_split, reached_alone
        Whom the budget reaches if it is split as the scenario splits its cost, and if all of it goes to this
        group, at constant cost per person. [people/year]
    """

    group: str
    label: str
    contact_share: float
    budget_share: float
    reached: Estimate
    cost_per_person: Estimate
    reached_as_split: Estimate
    reached_alone: Estimate


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
        as in the comparator.
    break_even
        Volume of registered clients at which both cost the same.
    budget, reach
        The outreach budget that is asked about, and what it does by group; empty without targeted outreach.
    notes
        What could not be shown, and why.
    """

    scenario: str
    rows: tuple[Consequence, ...]
    completion: Estimate
    threshold: Estimate
    break_even: BreakEven
    budget: float
    reach: tuple[GroupReach, ...]
    notes: tuple[str, ...]


def reached(simulation: Simulation, reach: ReachFile) -> FloatArray:
    """Return clients a year who come through targeted outreach, by group. Shape (draw, group)."""
    draws = parameter_draws(simulation.spec, simulation.design, 0, simulation.design.n)
    people = np.zeros(simulation.design.n)
    for hub in simulation.spec.hubs:
        pathway = f"hub_{hub}.pathway"
        contacts = draws[f"{pathway}.targeted_outreach_contacts"]
        people = people + contacts * draws[f"{pathway}.registered_share_of_targeted"]
    people = np.where(simulation.valid, people, np.nan)
    response = np.array([group.response.mean for group in reach.groups.values()])
    return np.asarray(people[:, None] * split(contact_shares(reach), response))


def contact_shares(reach: ReachFile) -> FloatArray:
    """Return each group's share of the targeted contacts. Shape (group,)."""
    means = reach.contacts_by_group.means
    contacts = np.array([means[group] for group in reach.groups])
    return np.asarray(contacts / contacts.sum())


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
    return tuple(
        CostConsequence(
            scenario=simulation.spec.scenario.name,
            rows=tuple(_rows(simulations[0], simulation, known[0], own, labels)),
            completion=_estimate(_completion(simulation)),
            threshold=_estimate(_threshold(simulations[0], simulation)),
            break_even=_break_even(simulations[0], simulation),
            budget=budget,
            reach=_group_reach(simulations[0], simulation, known[0], own, file, budget),
            notes=tuple(notes),
        )
        for simulation, own, file in zip(simulations[1:], known[1:], reach[1:], strict=True)
    )


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
    values = paired(after, before)
    usable = values[~np.isnan(values)]
    if not usable.size:
        return Consequence(Difference(name, label, unit, *[None] * 7), better, None)
    lower, upper = np.percentile(usable, [2.5, 97.5])
    below = float(np.mean(usable < 0) + 0.5 * np.mean(usable == 0))
    difference = Difference(
        name,
        label,
        unit,
        float(np.nanmean(before)),
        float(np.nanmean(after)),
        float(usable.mean()),
        mean_error(values, design),
        float(lower),
        float(upper),
        below,
    )
    return Consequence(difference, better, below if better == "lower" else 1.0 - below)


def _completion(simulation: Simulation) -> FloatArray:
    return ratio(simulation.draws("n_completions"), simulation.draws("n_therapy_starts"))


def _threshold(reference: Simulation, scenario: Simulation) -> FloatArray:
    per_start = [each.draws("cost_per_therapy_start") for each in (scenario, reference)]
    return threshold_completion(_completion(reference), *per_start)


def _break_even(reference: Simulation, scenario: Simulation) -> BreakEven:
    parts = []
    for each in (reference, scenario):
        variable = each.draws("long_run_marginal_cost")
        parts += [each.draws("total_hub_cost") - variable * each.draws("n_registered"), variable]
    means = [np.atleast_1d(_mean(part[~np.isnan(part)])) for part in parts]
    volume = float(break_even_volume(*means)[0])
    crossing = float(np.mean(np.isfinite(break_even_volume(*parts))))
    if np.isnan(volume):
        return BreakEven(None, "", crossing)
    cheaper = reference if means[0][0] < means[2][0] else scenario
    return BreakEven(volume, cheaper.spec.scenario.name, crossing)


def _mean(usable: FloatArray) -> float:
    return float(usable.mean()) if usable.size else np.nan


def _estimate(values: FloatArray) -> Estimate:
    usable = values[np.isfinite(values)]
    return Estimate(*mean_and_interval(usable, CENTRAL_95), usable.size / values.size)


def _group_reach(
    reference: Simulation,
    scenario: Simulation,
    before: Mapping[str, FloatArray],
    after: Mapping[str, FloatArray],
    reach: ReachFile | None,
    budget: float,
) -> tuple[GroupReach, ...]:
    """Return what outreach costs by group; nothing where the scenario reaches nobody more."""
    if reach is None:
        return ()
    names = [f"reach.{group}" for group in reach.groups]
    more = np.stack([after[n] - before.get(n, np.zeros(1)) for n in names], axis=1)
    if not np.nansum(more) > 0.0:
        return ()
    shares = contact_shares(reach)
    cost_shares = split(shares, np.array([group.effort.mean for group in reach.groups.values()]))
    cost = scenario.draws("total_hub_cost") - reference.draws("total_hub_cost")
    per_person = ratio(cost[:, None] * cost_shares, more)
    costly = np.where(per_person > 0.0, per_person, np.nan)  # what costs nothing has no price to divide by
    as_split = reached_by_budget(budget, cost_shares, costly)
    alone = reached_by_budget(budget, np.ones_like(cost_shares), costly)
    return tuple(
        GroupReach(
            name,
            group.label,
            float(shares[number]),
            float(cost_shares[number]),
            *(_estimate(values[:, number]) for values in (more, per_person, as_split, alone)),
        )
        for number, (name, group) in enumerate(reach.groups.items())
    )
