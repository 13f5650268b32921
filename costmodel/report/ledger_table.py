"""The ledger as an economist audits it: quantity x unit price x share x index factor = cost, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from costmodel.gather import Item, Layout, index_of_component, item_price_year
from costmodel.inputs.schema import NonPayItem
from costmodel.inputs.specification import ModelSpec, PostEntry
from costmodel.inputs.staff_figures import staff_figures
from costmodel.model.types import Behaviour, Component, CostType, Payer, Perspective, TimeKind
from costmodel.runner import Simulation

_QUANTITY_UNIT_OF_BEHAVIOUR: Final = {"fixed": "year", "step": "steps", "variable": ""}


def ledger_rows(simulation: Simulation) -> Iterator[dict[str, Any]]:
    """Yield every line of the base-case ledger; `cost` is the product of the four numbers."""
    layout, plan, lines = simulation.layout, simulation.layout.plan, simulation.base.ledger
    cost = lines.cost[0]
    for i in range(plan.hub.size):
        yield {
            "line": i + 1,
            "hub": layout.hubs[plan.hub[i]],
            **_what(layout, i),
            "quantity": float(lines.quantity[0, i]),
            "unit_price": float(lines.unit_price[0, i]),
            "allocation_share": float(lines.allocation_share[0, i]),
            "price_index_factor": float(lines.index_factor[i]),
            "cost": float(cost[i]),
            "price_year": simulation.spec.frame.price_year,
            "cost_type": CostType(int(plan.cost_type[i])).name.lower(),
            "behaviour": Behaviour(int(plan.behaviour[i])).name.lower(),
            "payer": Payer(int(plan.payer[i])).name.lower(),
            "cash_releasing": "yes" if plan.cash_releasing[i] else "no",
            "perspectives": " ".join(
                perspective.name.lower() for perspective in Perspective if plan.in_perspective[i, perspective]
            ),
        }


def _what(layout: Layout, line: int) -> dict[str, Any]:
    plan = layout.plan
    if plan.post[line] >= 0:
        return _staff(layout, line, layout.posts[plan.post[line]])
    if plan.item[line] >= 0:
        return _item(layout.spec, layout.items[plan.item[line]])
    service = layout.services[plan.service[line]]
    record = layout.spec.services[service]
    return {
        "activity": "clients' service use",
        "time_kind": "",
        "resource": service,
        "band": "",
        "person_or_pool_id": "",
        "quantity_unit": "contacts/year",
        "unit_price_unit": "GBP/contact",
        "index_id": _index_id(layout.spec, record.index),
        "allocation_driver": "",
        "provenance_id": f"service_use.services.{service}",
    }


def _staff(layout: Layout, line: int, entry: PostEntry) -> dict[str, Any]:
    plan, spec = layout.plan, layout.spec
    kind = TimeKind(int(plan.time_kind[line]))
    component = Component(int(plan.component[line]))
    activity = layout.activities[plan.activity[line]] if plan.activity[line] >= 0 else "unused or unrecorded"
    figures = staff_figures(spec.tables, spec.frame.edition, entry.post.staff) if entry.post.staff else None
    return {
        "activity": activity,
        "time_kind": kind.name.lower(),
        "resource": component.name.lower(),
        "band": figures.band if figures else "",
        "person_or_pool_id": entry.identity,
        "quantity_unit": "hours/year",
        "unit_price_unit": "GBP/hour",
        "index_id": _index_id(spec, index_of_component(component)),
        "allocation_driver": f"working hours of the staff pool {entry.post.pool}",
        "provenance_id": entry.prefix,
    }


def _item(spec: ModelSpec, item: Item) -> dict[str, Any]:
    behaviour = item.record.behaviour if isinstance(item.record, NonPayItem) else "fixed"
    driver = item.record.driver if isinstance(item.record, NonPayItem) else ""
    return {
        "activity": item.activity or "",
        "time_kind": "",
        "resource": item.resource,
        "band": "",
        "person_or_pool_id": "",
        "quantity_unit": _QUANTITY_UNIT_OF_BEHAVIOUR[behaviour] or f"{driver}/year",
        "unit_price_unit": "GBP",
        "index_id": f"{_index_id(spec, 'non_pay')} from {item_price_year(item)}",
        "allocation_driver": "use of the overhead pool" if item.share != 1.0 else "",
        "provenance_id": item.name,
    }


def _index_id(spec: ModelSpec, index: str) -> str:
    choice = getattr(spec.frame.uprating, index)
    return f"{choice.index} ({choice.edition})"
