"""The Hub's cost taken apart: by activity and component, and how much of it rests on illustrative inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from costmodel.gather import gather
from costmodel.model.evaluate import ModelOutputs, evaluate
from costmodel.model.outcomes import activity_group, component_group
from costmodel.model.types import (
    BoolArray,
    Component,
    CostType,
    FloatArray,
    IntArray,
    LedgerPlan,
    Perspective,
)
from costmodel.runner import Simulation, parameter_draws

DRAWS_OF_THE_SPLIT: Final = 1_024

COMPONENT_GROUPS: Final[Mapping[str, tuple[int, ...]]] = {
    "Pay": (Component.SALARY, Component.AGENCY_INVOICES, Component.SICKNESS_BACKFILL),
    "Employer's on-costs": (
        Component.EMPLOYER_NI,
        Component.EMPLOYER_PENSION,
        Component.CENTRAL_PENSION,
        Component.APPRENTICESHIP_LEVY,
    ),
    "Overheads": (
        Component.OVERHEADS_MANAGEMENT,
        Component.OVERHEADS_NON_STAFF,
        len(Component) + CostType.OVERHEAD,
    ),
    "Capital": (Component.CAPITAL_OVERHEADS, len(Component) + CostType.CAPITAL),
    "Non-pay": (
        len(Component) + CostType.NONPAY,
        len(Component) + CostType.TRANSFER,
        len(Component) + CostType.PAY,
    ),
    "Qualifications": (Component.QUALIFICATIONS,),
}
"""What each colour of the cost make-up holds: codes of `component_group`."""


@dataclass(frozen=True)
class CostPart:
    """One activity's cost, or that of unused hours, or of what no activity causes.

    Attributes
    ----------
    outcome
        Name of the outcome that it is.
    label
        For people.
    mean
        Over all draws. [GBP/year]
    split
        The mean by component group, in the order of `COMPONENT_GROUPS`; the shares of the groups are those
        of the first draws. [GBP/year]
    is_unused
        Whether it is the cost of unused hours.
    """

    outcome: str
    label: str
    mean: float
    split: tuple[float, ...]
    is_unused: bool


def cost_parts(simulation: Simulation) -> tuple[CostPart, ...]:
    """Return the parts of the Hub's cost, all Hubs together, each split by component group."""
    shares = _component_shares(simulation)
    activities = simulation.spec.activities
    names = [
        *(f"activity_cost.{activity}" for activity in activities),
        "unused_capacity_cost",
        "activity_cost.other",
    ]
    titles = [record.label for record in activities.values()]
    titles += ["Unused or unrecorded hours", "Costs that no activity causes"]
    return tuple(
        CostPart(
            name, title, mean, tuple(float(mean * share) for share in row), name == "unused_capacity_cost"
        )
        for name, title, row in zip(names, titles, shares, strict=True)
        if (mean := simulation.outcome(name).mean or 0.0) != 0.0
    )


def _component_shares(simulation: Simulation) -> FloatArray:
    """Return each part's split by component group in the first draws. Shape (part, component group)."""
    plan = simulation.layout.plan
    outputs, valid = _first_outputs(simulation)
    headline = _in_headline(plan)
    cost = outputs.ledger.cost[valid].mean(axis=0)[headline]
    parts, groups = activity_group(plan)[headline], _group_of_component()[component_group(plan)[headline]]
    n_parts, n_groups = plan.n_activities + 2, len(COMPONENT_GROUPS)
    sums = np.bincount(parts * n_groups + groups, weights=cost, minlength=n_parts * n_groups)
    table = sums.reshape(n_parts, n_groups)
    whole = table.sum(axis=1, keepdims=True)
    shares: FloatArray = np.divide(table, whole, out=np.zeros_like(table), where=whole > 0.0)
    return shares


def _group_of_component() -> IntArray:
    """Return the component group of each code of `component_group`. Shape (component + cost type,)."""
    groups = np.zeros(len(Component) + len(CostType), dtype=np.int64)
    for number, codes in enumerate(COMPONENT_GROUPS.values()):
        groups[list(codes)] = number
    return groups


def _in_headline(plan: LedgerPlan) -> BoolArray:
    """Return which lines the headline counts: the Hubs' own, paid by the NHS and social services."""
    lines: BoolArray = (plan.service < 0) & plan.in_perspective[:, Perspective.NHS_PSS]
    return lines


def _first_outputs(simulation: Simulation) -> tuple[ModelOutputs, BoolArray]:
    n = min(simulation.design.n, DRAWS_OF_THE_SPLIT)
    draws = parameter_draws(simulation.spec, simulation.design, 0, n)
    return evaluate(gather(simulation.layout, draws)), simulation.valid[:n]


def illustrative_cost_share(simulation: Simulation) -> float:
    """Return the share of the base case's Hub cost on lines that use at least one illustrative input.

    A line of staff time uses its post's numbers; a line of an item uses the item's.
    """
    layout, plan = simulation.layout, simulation.layout.plan
    names = [name for name, p in simulation.spec.parameters.items() if p.illustrative]

    def rests(prefix: str) -> bool:
        return any(name.startswith(f"{prefix}.") for name in names)

    posts = np.array([*(rests(entry.prefix) for entry in layout.posts), False])
    items = np.array([*(rests(item.name) for item in layout.items), False])
    cost = simulation.base.ledger.cost[0]
    headline = _in_headline(plan)
    flagged = headline & (posts[plan.post] | items[plan.item])
    whole = float(cost[headline].sum())
    return float(cost[flagged].sum()) / whole if whole else 0.0
