"""Named results: what each outcome is called, its unit and perspective, and its statistics over the draws."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from costmodel.gather import Layout
from costmodel.labels import (
    BRIDGE_LABELS,
    COMPONENT_LABELS,
    ITEM_LABELS,
    PAYER_LABELS,
    PER_LABELS,
    PERSPECTIVE_LABELS,
    VOLUME_LABELS,
)
from costmodel.model.arrays import ratio, total
from costmodel.model.evaluate import ModelOutputs
from costmodel.model.outcomes import BridgeStep, Outcomes, Per
from costmodel.model.service_use import total_cost_per_client
from costmodel.model.types import (
    INDIVIDUAL_STAGES,
    Behaviour,
    Component,
    CostType,
    FloatArray,
    Payer,
    Perspective,
    Volume,
)
from costmodel.queue_results import queue_definitions
from costmodel.text import in_sentence

ALL_HUBS: Final = 0
Pick = Callable[[ModelOutputs], FloatArray]


@dataclass(frozen=True)
class Definition:
    """What an outcome is.

    Attributes
    ----------
    name
        Unique; a bare name means fully absorbed, NHS and PSS, all Hubs. Others carry what differs after `@`.
    label, unit
        For people.
    hub
        Hub id, or None for all Hubs.
    perspective
        Whose costs are counted.
    pick
        From the model's outputs to the outcome. Shape (draw,).
    """

    name: str
    label: str
    unit: str
    hub: str | None
    perspective: str
    pick: Pick


@dataclass(frozen=True)
class Outcome:
    """One result with its uncertainty.

    Attributes
    ----------
    base_case
        With every parameter at its mean; None where it does not apply (a denominator of 0).
    mean
        Mean over the draws, the headline; None where more than 1 draw in 1,000 has no such ratio.
    monte_carlo_se
        Standard error of `mean` that comes from the number of draws.
    lower_95, upper_95
        2.5th and 97.5th percentile of the draws.
    n_not_applicable
        Draws without a value.
    """

    name: str
    label: str
    unit: str
    hub: str | None
    perspective: str
    price_year: str
    base_case: float | None
    mean: float | None
    monte_carlo_se: float | None
    lower_95: float | None
    upper_95: float | None
    n_not_applicable: int = 0


def qualified(name: str, hub: str | None, perspective: str) -> str:
    """Return an outcome's unique name.

    Examples
    --------
    >>> qualified("total_hub_cost", None, "nhs_pss"), qualified("total_hub_cost", "north", "hub_host")
    ('total_hub_cost', 'total_hub_cost@north.hub_host')
    """
    parts = [part for part in (hub, None if perspective == "nhs_pss" else perspective) if part]
    return f"{name}@{'.'.join(parts)}" if parts else name


def definitions(layout: Layout) -> tuple[Definition, ...]:
    """Return every outcome of a run: all Hubs together first, then each Hub where there are several."""
    places: list[tuple[int, str | None]] = [(ALL_HUBS, None)]
    if len(layout.hubs) > 1:
        places += [(place, hub) for place, hub in enumerate(layout.hubs, start=1)]
    found = [definition for place, hub in places for definition in _of_place(layout, place, hub)]
    return (*found, *_of_services(layout))


def series(definitions: tuple[Definition, ...], outputs: ModelOutputs) -> FloatArray:
    """Return every outcome of a set of draws. Shape (outcome, draw)."""
    n_draws = outputs.outcomes.hub_cost.shape[0]
    values = np.empty((len(definitions), n_draws))
    for row, definition in enumerate(definitions):
        values[row] = definition.pick(outputs)
    return values


def _of_place(layout: Layout, place: int, hub: str | None) -> Iterator[Definition]:
    where = "" if hub is None else f", {layout.spec.hubs[hub].label}"

    def define(name: str, label: str, unit: str, pick: Pick, perspective: str = "nhs_pss") -> Definition:
        whose = "" if perspective == "nhs_pss" else f" ({PERSPECTIVE_LABELS[perspective]})"
        full_name = qualified(name, hub, perspective)
        return Definition(full_name, f"{label}{whose}{where}", unit, hub, perspective, pick)

    for perspective in Perspective:
        yield from _totals(define, place, perspective)
    for per in Per:
        short, label, unit = PER_LABELS[per]
        perspectives = Perspective if hub is None else (Perspective.NHS_PSS,)
        for perspective in perspectives:
            pick = partial(_absorbed, place, per, perspective)
            yield define(f"cost_per_{short}", f"Hub cost per {label}", unit, pick, perspective.name.lower())
        yield define(
            f"activity_cost_per_{short}",
            f"Activity cost per {label}",
            unit,
            partial(_activity_only, place, per),
        )
    yield from _breakdowns(define, layout, place)
    yield from _volumes(define, layout, place)
    if layout.spec.waiting is not None:
        yield from queue_definitions(define, place)


Define = Callable[..., Definition]


def _totals(define: Define, place: int, perspective: Perspective) -> Iterator[Definition]:
    whose = perspective.name.lower()

    def hub_cost(outputs: ModelOutputs) -> FloatArray:
        return outputs.outcomes.hub_cost[:, place, perspective]

    def service_use(outputs: ModelOutputs) -> FloatArray:
        return outputs.outcomes.service_use_per_client[:, place, perspective]

    def both(outputs: ModelOutputs) -> FloatArray:
        results = outputs.outcomes
        per_client = results.fully_absorbed[:, place, Per.REGISTERED, perspective]
        use = results.service_use_per_client[:, place, perspective]
        return total_cost_per_client(per_client, use, includes_hub_contacts=False)

    yield define("total_hub_cost", "Cost of the Hub", "GBP/year", hub_cost, whose)
    yield define(
        "other_service_use_cost_per_client",
        "Clients' other health and social care use in the 5-8 month window, Hub contacts excluded",
        "GBP/client",
        service_use,
        whose,
    )
    yield define(
        "total_cost_per_client",
        "Micro-costed Hub cost per registered client plus other use of the observed 5-8 month window "
        "(not annualised)",
        "GBP/client",
        both,
        whose,
    )


def _absorbed(place: int, per: Per, perspective: Perspective, outputs: ModelOutputs) -> FloatArray:
    results = outputs.outcomes
    return ratio(results.hub_cost[:, place, perspective], results.counts[:, place, per])


def _activity_only(place: int, per: Per, outputs: ModelOutputs) -> FloatArray:
    return outputs.outcomes.activity_only[:, place, per]


def _pay_bill(place: int, outputs: ModelOutputs) -> FloatArray:
    """Staff cost: the bridge up to and with unused hours."""
    return total(outputs.outcomes.bridge[:, place, : BridgeStep.UNUSED_OR_UNRECORDED + 1], axis=1)


def _cell(array: str, place: int, column: int, outputs: ModelOutputs) -> FloatArray:
    values: FloatArray = getattr(outputs.outcomes, array)[:, place, column]
    return values


def _breakdowns(define: Define, layout: Layout, place: int) -> Iterator[Definition]:
    n_activities = len(layout.activities)

    def cell(array: str, column: int) -> Pick:
        return partial(_cell, array, place, column)

    yield define(
        "unused_capacity_cost",
        "Cost of unused or unrecorded hours",
        "GBP/year",
        cell("activity_cost", n_activities),
    )
    for column, (activity, record) in enumerate(layout.spec.activities.items()):
        yield define(
            f"activity_cost.{activity}",
            f"Cost of {in_sentence(record.label)}",
            "GBP/year",
            cell("activity_cost", column),
        )
    yield define(
        "activity_cost.other",
        "Cost that no activity causes",
        "GBP/year",
        cell("activity_cost", n_activities + 1),
    )
    for component in sorted(set(layout.plan.component) - {-1}):
        label = COMPONENT_LABELS[Component(component)]
        name = f"component_cost.{Component(component).name.lower()}"
        yield define(name, label, "GBP/year", cell("component_cost", int(component)))
    for cost_type in sorted({int(layout.plan.cost_type[i]) for i in np.flatnonzero(layout.plan.item >= 0)}):
        name = f"component_cost.{CostType(cost_type).name.lower()}_lines"
        column = len(Component) + cost_type
        yield define(name, ITEM_LABELS[CostType(cost_type)], "GBP/year", cell("component_cost", column))
    hub_payers = layout.plan.payer[layout.plan.service < 0]
    for payer in sorted(set(hub_payers)):
        label = f"Hub cost paid by {PAYER_LABELS[Payer(payer)]}"
        name = f"payer_cost.{Payer(payer).name.lower()}"
        yield define(name, label, "GBP/year", cell("payer_cost", int(payer)))
    for behaviour in Behaviour:
        name = f"behaviour_cost.{behaviour.name.lower()}"
        yield define(name, f"{behaviour.name.title()} cost", "GBP/year", cell("behaviour_cost", behaviour))
    for step in BridgeStep:
        name = f"bridge.{step.name.lower()}"
        yield define(name, f"Bridge: {in_sentence(BRIDGE_LABELS[step])}", "GBP/year", cell("bridge", step))
    yield define("pay_bill", "Pay bill, all on-costs included", "GBP/year", partial(_pay_bill, place))
    yield from _derived(define, place, n_activities)


def _derived(define: Define, place: int, n_activities: int) -> Iterator[Definition]:
    def explained(results: Outcomes) -> FloatArray:
        """Cost of all activities."""
        return total(results.activity_cost[:, place, :n_activities], axis=1)

    def gap(outputs: ModelOutputs) -> FloatArray:
        whole = outputs.outcomes.hub_cost[:, place, Perspective.NHS_PSS]
        return ratio(explained(outputs.outcomes) - whole, whole)

    def contact_gap(outputs: ModelOutputs) -> FloatArray:
        results = outputs.outcomes
        contacts = total(results.stage_cost[:, place, list(INDIVIDUAL_STAGES)], axis=1)
        whole = results.hub_cost[:, place, Perspective.NHS_PSS]
        return ratio(contacts - whole, whole)

    def without_unused(outputs: ModelOutputs) -> FloatArray:
        results = outputs.outcomes
        used = results.hub_cost[:, place, Perspective.NHS_PSS] - results.activity_cost[:, place, n_activities]
        return ratio(used, results.counts[:, place, Per.REGISTERED])

    def marginal(which: str, outputs: ModelOutputs) -> FloatArray:
        values: FloatArray = getattr(outputs.outcomes, f"{which}_marginal_cost")[:, place]
        return values

    yield define("reconciliation_gap", "Activities' cost less Hub cost, as a share of Hub cost", "share", gap)
    yield define(
        "contact_reconciliation_gap",
        "Individual clients' contacts' cost less Hub cost, as a share of Hub cost",
        "share",
        contact_gap,
    )
    yield define(
        "cost_per_registered_at_practical_capacity",
        "Hub cost per registered client without unused capacity",
        "GBP/client",
        without_unused,
    )
    yield define(
        "short_run_marginal_cost",
        "One more registered client next week: short-run marginal cost",
        "GBP/client",
        partial(marginal, "short_run"),
    )
    yield define(
        "long_run_marginal_cost",
        "One more registered client, staff and steps included: long-run marginal cost",
        "GBP/client",
        partial(marginal, "long_run"),
    )


def _volumes(define: Define, layout: Layout, place: int) -> Iterator[Definition]:
    def not_started(outputs: ModelOutputs) -> FloatArray:
        if outputs.queue is not None:
            return outputs.queue.waiting[:, place] + outputs.queue.left_list[:, place]
        demand = outputs.outcomes.demand[:, place, Volume.THERAPY_DEMAND]
        return demand - outputs.outcomes.volumes[:, place, Volume.THERAPY_STARTS]

    def utilisation(pool: int, outputs: ModelOutputs) -> FloatArray:
        results = outputs.outcomes
        return ratio(results.hours_used[:, place, pool], results.hours_available[:, place, pool])

    for volume, (label, unit) in VOLUME_LABELS.items():
        yield define(f"n_{volume.name.lower()}", label, unit, partial(_cell, "volumes", place, volume))
    yield define(
        "n_therapy_not_started", "Clients due to start therapy who did not", "people/year", not_started
    )
    for column, (pool, record) in enumerate(layout.spec.pools.items()):
        label = f"Share of hours used, {in_sentence(record.label)}"
        yield define(f"utilisation.{pool}", label, "share", partial(utilisation, column))


def _of_services(layout: Layout) -> Iterator[Definition]:
    """Yield clients' use by service, which is the same for every Hub's clients."""

    def cost_of(column: int, outputs: ModelOutputs) -> FloatArray:
        return outputs.outcomes.service_cost_per_client[:, column]

    def mental_health(outputs: ModelOutputs) -> FloatArray:
        columns = [
            column
            for column, service in enumerate(layout.spec.services.values())
            if service.is_mental_health and not service.is_hub and service.payer not in ("employer", "client")
        ]
        return total(outputs.outcomes.service_cost_per_client[:, columns], axis=1)

    def calibration(outputs: ModelOutputs) -> FloatArray:
        return outputs.use.calibration_factor

    for column, (service, record) in enumerate(layout.spec.services.items()):
        perspective = "nhs_pss" if record.payer not in ("employer", "client") else "societal"
        name = qualified(f"service_use_cost_per_client.{service}", None, perspective)
        label = f"{record.label}, 5-8 month window"
        yield Definition(name, label, "GBP/client", None, perspective, partial(cost_of, column))
    yield Definition(
        "mental_health_service_use_cost_per_client",
        "Other mental-health services, 5-8 month window",
        "GBP/client",
        None,
        "nhs_pss",
        mental_health,
    )
    yield Definition(
        "calibration_factor",
        "Factor that brings illustrative contacts to the published mean cost",
        "ratio",
        None,
        "nhs_pss",
        calibration,
    )
