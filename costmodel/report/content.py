"""Everything a report shows besides the outcomes: analyses computed once, and pictures drawn from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from costmodel.analysis.one_way import Tornado, tornado
from costmodel.analysis.summary import Evidence, Uncertainty, evidence, uncertainties
from costmodel.analysis.validation import Check, validation
from costmodel.gather import gather
from costmodel.inputs.specification import ModelSpec, PostEntry
from costmodel.model.evaluate import ModelOutputs, evaluate
from costmodel.model.outcomes import activity_group, component_group
from costmodel.model.types import Component, CostType, FloatArray, IntArray, Perspective
from costmodel.report.picture import Picture
from costmodel.runner import Simulation, parameter_draws

MAIN_OUTCOMES: Final = ("total_hub_cost", "cost_per_registered")
"""Outcomes whose uncertainty the report takes apart."""

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


@dataclass(frozen=True)
class ReportContent:
    """What the report shows besides the outcomes.

    Attributes
    ----------
    cost_parts
        Parts that add up to the Hub's cost, in declared order.
    tornados, uncertainties
        One-way bars and drivers of the main outcomes, in their order.
    checks
        Our figures beside published ones.
    evidence
        What the parameters rest on.
    illustrative_cost_share
        Share of the base case's cost on ledger lines that use at least one illustrative input. [share]
    full_share_of_pool
        Share of draws in which all hours of a staff pool are used, by pool. [share]
    not_started_share
        Share of draws in which some clients could not start therapy. [share]
    labels
        A label for every parameter that no other has.
    pictures
        The figures of the report, in its order.
    """

    cost_parts: tuple[CostPart, ...]
    tornados: tuple[Tornado, ...]
    uncertainties: tuple[Uncertainty, ...]
    checks: tuple[Check, ...]
    evidence: Evidence
    illustrative_cost_share: float
    full_share_of_pool: Mapping[str, float]
    not_started_share: float
    labels: Mapping[str, str]
    pictures: tuple[Picture, ...]

    @cached_property
    def picture_of(self) -> Mapping[str, Picture]:
        """The pictures by name."""
        return {picture.name: picture for picture in self.pictures}


def analyse(simulation: Simulation) -> ReportContent:
    """Compute what the report of a run shows besides its outcomes."""
    from costmodel.report.figures import draw_pictures

    spec = simulation.spec
    labels = distinct_labels(spec)
    parts = cost_parts(simulation)
    tornados = tornado(spec, MAIN_OUTCOMES)
    found = uncertainties(simulation, MAIN_OUTCOMES)
    return ReportContent(
        cost_parts=parts,
        tornados=tornados,
        uncertainties=found,
        checks=validation(simulation),
        evidence=evidence(simulation),
        illustrative_cost_share=illustrative_cost_share(simulation),
        full_share_of_pool={pool: _share_full(simulation, pool) for pool in spec.pools},
        not_started_share=_share_where(simulation, "n_therapy_not_started", lower=1e-9),
        labels=labels,
        pictures=draw_pictures(simulation, parts, tornados, found, labels),
    )


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
    headline = (plan.service < 0) & plan.in_perspective[:, Perspective.NHS_PSS]
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


def _first_outputs(simulation: Simulation) -> tuple[ModelOutputs, np.ndarray]:
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
    headline = (plan.service < 0) & plan.in_perspective[:, Perspective.NHS_PSS]
    flagged = headline & (posts[plan.post] | items[plan.item])
    whole = float(cost[headline].sum())
    return float(cost[flagged].sum()) / whole if whole else 0.0


def _share_full(simulation: Simulation, pool: str) -> float:
    return _share_where(simulation, f"utilisation.{pool}", lower=1.0 - 1e-9)


def _share_where(simulation: Simulation, outcome: str, lower: float) -> float:
    values = simulation.draws(outcome)
    usable = values[np.isfinite(values)]
    return float(np.mean(usable > lower)) if usable.size else 0.0


def distinct_labels(spec: ModelSpec) -> Mapping[str, str]:
    """Return a label for every parameter that no other parameter has.

    Where records share a label, the post and the Hub that they belong to are added, then the dotted name.
    """
    plain = {name: parameter.label for name, parameter in spec.parameters.items()}
    shared = _repeated(plain)
    labels = {
        name: _with_context(spec, name, label) if label in shared else label for name, label in plain.items()
    }
    still_shared = _repeated(labels)
    return {name: f"{label} ({name})" if label in still_shared else label for name, label in labels.items()}


def _repeated(labels: Mapping[str, str]) -> frozenset[str]:
    return frozenset(label for label, count in Counter(labels.values()).items() if count > 1)


def _with_context(spec: ModelSpec, name: str, label: str) -> str:
    context = [post.post.label for post in _posts_of(spec.posts, name)]
    if len(spec.hubs) > 1:
        context += [hub.label for hub_id, hub in spec.hubs.items() if name.startswith(f"hub_{hub_id}.")]
    return ": ".join([label, ", ".join(context)]) if context else label


def _posts_of(posts: Sequence[PostEntry], name: str) -> list[PostEntry]:
    return [entry for entry in posts if name.startswith(f"{entry.prefix}.")]
