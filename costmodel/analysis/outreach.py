"""What outreach to under-served groups costs, and whom a budget for it reaches, group by group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from costmodel.analysis.intervals import Estimate, estimate
from costmodel.inputs.reach_file import ReachFile
from costmodel.inputs.specification import ModelSpec
from costmodel.model.arrays import ratio
from costmodel.model.reach import reached_by_budget, split
from costmodel.model.types import FloatArray
from costmodel.runner import Simulation, parameter_draws

_HARDLY_ANY: Final = 0.01
"""Further clients are all outreach's if fewer than this come otherwise. [share of those reached]"""
_NOBODY: Final = 0.5
"""And if fewer than this do. [people/year]"""


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
    illustrative
        Whether the group's response, or what a contact with it costs, has no source.
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
    illustrative: bool
    reached: Estimate
    cost_per_person: Estimate
    reached_as_split: Estimate
    reached_alone: Estimate


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


def _further_reach(
    before: Mapping[str, FloatArray], after: Mapping[str, FloatArray], reach: ReachFile
) -> FloatArray:
    """Return whom outreach reaches beyond the comparator's. Shape (draw, group). [people/year]."""
    names = [f"reach.{group}" for group in reach.groups]
    return np.stack([after[name] - before.get(name, np.zeros(1)) for name in names], axis=1)


def _others(reference: Simulation, scenario: Simulation, more: FloatArray) -> float:
    """Return how many further clients come otherwise than by outreach; 0 where hardly any. [people/year]."""
    by_outreach = more.sum(axis=1)
    others = np.nanmean(scenario.draws("n_registered") - reference.draws("n_registered") - by_outreach)
    least = max(_HARDLY_ANY * float(np.nanmean(by_outreach)), _NOBODY)
    return float(others) if abs(others) > least else 0.0


def reach_by_group(
    reference: Simulation,
    scenario: Simulation,
    known: tuple[Mapping[str, FloatArray], Mapping[str, FloatArray]],
    reach: ReachFile | None,
    budget: float,
) -> tuple[tuple[GroupReach, ...], tuple[str, ...]]:
    """Return what outreach costs by group; where more than outreach differs, why that is not known."""
    if reach is None:
        return (), ()
    more = _further_reach(*known, reach)
    if not np.nansum(more) > 0.0:
        return (), ()
    besides = _besides(reference, scenario, more)
    if besides:
        return (), (
            f"What outreach costs by group is not shown: {besides}, so the difference in cost is not "
            "outreach's alone. Compare scenarios that differ in outreach alone.",
        )
    return _group_reach(reference, scenario, more, reach, budget), ()


def _besides(reference: Simulation, scenario: Simulation, more: FloatArray) -> str:
    """Return what differs besides outreach, as far as numbers of clients and posts tell."""
    others = _others(reference, scenario, more)
    if others:
        how_many = f"{abs(others):,.0f} {'more' if others > 0.0 else 'fewer'}"
        return f"{how_many} clients register a year besides those whom outreach reaches"
    if _takes_staff_away(reference.spec, scenario.spec):
        return "some of the comparator's posts are smaller or gone"
    return ""


def _takes_staff_away(reference: ModelSpec, scenario: ModelSpec) -> bool:
    """Return whether a post is smaller than in the comparator, or gone; outreach only adds to posts."""
    sizes = [f"{post.prefix}.wte" for post in reference.posts]
    kept = scenario.parameters
    return any(
        name not in kept or kept[name].expected < reference.parameters[name].expected for name in sizes
    )


def _group_reach(
    reference: Simulation, scenario: Simulation, more: FloatArray, reach: ReachFile, budget: float
) -> tuple[GroupReach, ...]:
    """Return what outreach costs by group, and whom a budget reaches."""
    groups = reach.groups.values()
    shares = contact_shares(reach)
    cost_shares = split(shares, np.array([group.effort.mean for group in groups]))
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
            "illustrative" in {group.response.evidence, group.effort.evidence},
            *(estimate(values[:, number]) for values in (more, per_person, as_split, alone)),
        )
        for number, (name, group) in enumerate(reach.groups.items())
    )
