"""The cost ledger: one line for every cost, from which every total is a group-by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from costmodel.model.activities import Delivery
from costmodel.model.arrays import ratio
from costmodel.model.service_use import ServiceUse
from costmodel.model.staffing import StaffCosts
from costmodel.model.types import (
    Behaviour,
    FloatArray,
    IntArray,
    ItemInputs,
    LedgerPlan,
    ModelInputs,
    TimeKind,
    Volume,
)


@dataclass(frozen=True)
class Ledger:
    """Lines of cost = quantity x unit price x allocation share x price index factor.

    Every array has shape (draw, line), index factors (line,).
    """

    quantity: FloatArray
    unit_price: FloatArray
    allocation_share: FloatArray
    index_factor: FloatArray

    @property
    def cost(self) -> FloatArray:
        """Cost of each line. Shape (draw, line). [GBP/year]"""
        return self.quantity * self.unit_price * self.allocation_share * self.index_factor


def ledger(inputs: ModelInputs, staff: StaffCosts, delivery: Delivery, use: ServiceUse) -> Ledger:
    """Return the lines of staff time, then of items, then of clients' service use."""
    plan = inputs.ledger
    blocks = [
        _staff_lines(inputs, staff, delivery, np.flatnonzero(plan.post >= 0)),
        _item_lines(inputs.items, delivery.volumes, plan.item[plan.item >= 0]),
        _service_lines(inputs, use, delivery.volumes, np.flatnonzero(plan.service >= 0)),
    ]
    n_draws = delivery.volumes.shape[0]
    quantity, unit_price, share = (
        np.concatenate([np.broadcast_to(part, (n_draws, part.shape[1])) for part in parts], axis=1)
        for parts in zip(*(block[:3] for block in blocks), strict=True)
    )
    return Ledger(quantity, unit_price, share, np.concatenate([block[3] for block in blocks]))


_Block = tuple[FloatArray, FloatArray, FloatArray, FloatArray]


def _staff_lines(inputs: ModelInputs, staff: StaffCosts, delivery: Delivery, lines: IntArray) -> _Block:
    plan = inputs.ledger
    post, hub, component = plan.post[lines], plan.hub[lines], plan.component[lines]
    pool = inputs.staff.pool[post]
    quantity = _hours_of_lines(plan, delivery, pool, lines)
    unit_price = np.nan_to_num(ratio(staff.components, staff.hours[:, :, None]))
    post_hours = staff.hours[:, post] * inputs.staff.hub_share[:, post, hub]
    pool_hours = hours_by_pool(inputs, staff)[:, hub, pool]
    share = np.nan_to_num(ratio(post_hours, pool_hours))
    return quantity, unit_price[:, post, component], share, inputs.staff.index_factor[component]


def _hours_of_lines(plan: LedgerPlan, delivery: Delivery, pool: IntArray, lines: IntArray) -> FloatArray:
    hub, activity, kind = plan.hub[lines], plan.activity[lines], plan.time_kind[lines]
    unused = kind == TimeKind.UNUSED
    hours = np.empty((delivery.hours.shape[0], lines.size))
    hours[:, unused] = delivery.unused_hours[:, hub[unused], pool[unused]]
    used = ~unused
    hours[:, used] = delivery.hours[:, hub[used], activity[used], pool[used], kind[used]]
    return hours


def _item_lines(items: ItemInputs, volumes: FloatArray, order: IntArray) -> _Block:
    driver = volumes[:, items.hub[order], items.driver[order]]
    steps = np.ceil(np.nan_to_num(ratio(driver, items.step_capacity[:, order])))
    quantity = np.where(items.behaviour[order] == Behaviour.STEP, steps, driver)
    quantity = np.where(items.behaviour[order] == Behaviour.FIXED, 1.0, quantity)
    share = np.broadcast_to(items.share[order], quantity.shape)
    return quantity, items.amount[:, order], share, items.index_factor[order]


def _service_lines(inputs: ModelInputs, use: ServiceUse, volumes: FloatArray, lines: IntArray) -> _Block:
    hub, service = inputs.ledger.hub[lines], inputs.ledger.service[lines]
    clients = volumes[:, hub, int(Volume.REGISTERED)]
    quantity = clients * use.contacts[:, service]
    # Unit costs are uprated already, so that tables show them in the results' price year.
    return quantity, use.unit_cost[:, service], np.ones_like(quantity), np.ones(lines.size)


def hours_by_pool(inputs: ModelInputs, staff: StaffCosts) -> FloatArray:
    """Return the hours each Hub has of each staff pool.

    Returns
    -------
    Shape (draw, hub, pool). [hours/year]
    """
    by_hub = staff.hours[:, :, None] * inputs.staff.hub_share
    result = np.zeros((by_hub.shape[0], by_hub.shape[2], inputs.staff.n_pools))
    for post, pool in enumerate(inputs.staff.pool):
        result[:, :, pool] += by_hub[:, post]
    return result


def wte_by_hub(inputs: ModelInputs, staff: StaffCosts) -> FloatArray:
    """Return staff in post at each Hub. Shape (draw, hub). [WTE]"""
    by_hub = staff.filled_wte[:, :, None] * inputs.staff.hub_share
    result = np.zeros((by_hub.shape[0], by_hub.shape[2]))
    for post in range(by_hub.shape[1]):
        result += by_hub[:, post]
    return result
