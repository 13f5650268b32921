"""The cost ledger: one line for every cost, from which every total is a group-by."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np

from costmodel.model.activities import Delivery
from costmodel.model.arrays import columns_of, ratio, total, zeros
from costmodel.model.cost_behaviour import steps_needed
from costmodel.model.service_use import ServiceUse, refuse_hub_contacts
from costmodel.model.staffing import StaffCosts
from costmodel.model.types import (
    Behaviour,
    FloatArray,
    IntArray,
    ItemInputs,
    ModelInputs,
    TimeKind,
    Volume,
)

# Lines whose cost is worked out at a time, so that what is in hand stays in the processor's cache.
_LINES_AT_A_TIME = 16


@dataclass(frozen=True)
class Factor:
    """One factor of the cost of lines, held once for all the lines that share it.

    Attributes
    ----------
    values
        Shape (entry, draw).
    entry
        Which entry each line takes. Shape (line,).
    """

    values: FloatArray
    entry: IntArray

    def of(self, lines: slice) -> FloatArray:
        """Return the factor of some lines. Shape (line, draw)."""
        return self.values[self.entry[lines]]


def factor_of(table: FloatArray, *codes: IntArray) -> Factor:
    """Return the entries of a table that codes point at, one line an entry.

    Parameters
    ----------
    table
        Shape (draw, ...).
    codes
        One array of positions for each axis after the first. Shape (line,) each.

    Examples
    --------
    >>> table = np.array([[[1.0, 2.0], [3.0, 4.0]]])
    >>> factor_of(table, np.array([1, 0, 1]), np.array([0, 0, 1])).of(slice(None)).T
    array([[3., 1., 4.]])
    """
    n_draws, *shape = table.shape
    values = np.ascontiguousarray(np.moveaxis(table, 0, -1)).reshape(prod(shape), n_draws)
    return Factor(values, np.asarray(np.ravel_multi_index(codes, shape)))


@dataclass(frozen=True)
class Block:
    """Lines of one kind: staff time, items, or service use."""

    quantity: Factor
    unit_price: Factor
    allocation_share: Factor
    index_factor: FloatArray

    def cost(self, lines: slice) -> FloatArray:
        """Return the cost of some lines. Shape (line, draw)."""
        cost = self.quantity.of(lines)
        cost *= self.unit_price.of(lines)
        cost *= self.allocation_share.of(lines)
        cost *= self.index_factor[lines, None]
        return cost


@dataclass(frozen=True)
class Ledger:
    """Lines of cost = quantity x unit price x allocation share x price index factor.

    Every array has shape (draw, line), index factors (line,). The draws of a line lie together in memory,
    which makes sums of lines several times faster.
    """

    blocks: tuple[Block, ...]

    @property
    def quantity(self) -> FloatArray:
        """Return hours, units or contacts of each line."""
        return np.concatenate([block.quantity.of(slice(None)) for block in self.blocks]).T

    @property
    def unit_price(self) -> FloatArray:
        """Return the price of one unit of quantity, in GBP."""
        return np.concatenate([block.unit_price.of(slice(None)) for block in self.blocks]).T

    @property
    def allocation_share(self) -> FloatArray:
        """Return the share of quantity times price that falls on each line."""
        return np.concatenate([block.allocation_share.of(slice(None)) for block in self.blocks]).T

    @property
    def index_factor(self) -> FloatArray:
        """Return the factor from the line's price year to the results'. Shape (line,)."""
        return np.concatenate([block.index_factor for block in self.blocks])

    @cached_property
    def cost(self) -> FloatArray:
        """Return the cost of each line. Shape (draw, line), in GBP/year."""
        n_draws = self.blocks[0].quantity.values.shape[1]
        cost = np.empty((self.index_factor.size, n_draws))
        first = 0
        for block in self.blocks:
            own = cost[first : first + block.index_factor.size]
            for start in range(0, len(own), _LINES_AT_A_TIME):
                lines = slice(start, start + _LINES_AT_A_TIME)
                own[lines] = block.cost(lines)
            first += len(own)
        return cost.T


def ledger(inputs: ModelInputs, staff: StaffCosts, delivery: Delivery, use: ServiceUse) -> Ledger:
    """Return the lines of staff time, then of items, then of clients' service use.

    Raises
    ------
    ValueError
        If the plan has a line for Hub contacts that clients report: their cost is in the staff lines.
    """
    plan = inputs.ledger
    return Ledger(
        (
            _staff_lines(inputs, staff, delivery, np.flatnonzero(plan.post >= 0)),
            _item_lines(inputs.items, delivery.volumes, plan.item[plan.item >= 0]),
            _service_lines(inputs, use, delivery.volumes, np.flatnonzero(plan.service >= 0)),
        )
    )


def _staff_lines(inputs: ModelInputs, staff: StaffCosts, delivery: Delivery, lines: IntArray) -> Block:
    plan = inputs.ledger
    post, hub, component = plan.post[lines], plan.hub[lines], plan.component[lines]
    pool, kind = inputs.staff.pool[post], plan.time_kind[lines]
    # Lines without an activity (-1) find unused time in a last activity.
    activity = np.where(plan.activity[lines] < 0, delivery.hours.shape[2], plan.activity[lines])
    unit_price = ratio(staff.components, staff.hours[:, :, None], when_zero=0.0)
    post_hours = staff.hours[:, :, None] * inputs.staff.hub_share
    pool_hours = hours_by_pool(inputs, staff)[:, :, inputs.staff.pool]
    share_of_pool = ratio(post_hours, np.swapaxes(pool_hours, 1, 2), when_zero=0.0)
    return Block(
        factor_of(_hours_by_kind(delivery), hub, activity, pool, kind),
        factor_of(unit_price, post, component),
        factor_of(share_of_pool, post, hub),
        inputs.staff.index_factor[component],
    )


def _hours_by_kind(delivery: Delivery) -> FloatArray:
    """Return hours with unused time in a last activity. Shape (draw, hub, activity + 1, pool, time kind)."""
    n_draws, n_hubs, n_activities, n_pools, _ = delivery.hours.shape
    hours = zeros(n_draws, n_hubs, n_activities + 1, n_pools, len(TimeKind))
    hours[:, :, :-1, :, : TimeKind.UNUSED] = delivery.hours
    hours[:, :, -1, :, TimeKind.UNUSED] = delivery.unused_hours
    return hours


def _item_lines(items: ItemInputs, volumes: FloatArray, order: IntArray) -> Block:
    driver = columns_of(volumes, items.hub, items.driver)
    steps = steps_needed(driver, items.step_capacity)
    quantity = np.where(items.behaviour == Behaviour.STEP, steps, driver)
    quantity = np.where(items.behaviour == Behaviour.FIXED, 1.0, quantity)
    share = np.broadcast_to(items.share, quantity.shape)
    amount = np.broadcast_to(items.amount, quantity.shape)
    return Block(
        factor_of(quantity, order),
        factor_of(amount, order),
        factor_of(share, order),
        items.index_factor[order],
    )


def _service_lines(inputs: ModelInputs, use: ServiceUse, volumes: FloatArray, lines: IntArray) -> Block:
    hub, service = inputs.ledger.hub[lines], inputs.ledger.service[lines]
    refuse_hub_contacts(bool(inputs.service_use.is_hub[service].any()))
    every_line = np.arange(lines.size)
    quantity = columns_of(volumes[..., Volume.REGISTERED], hub) * columns_of(use.contacts, service)
    # Unit costs are uprated already, so that tables show them in the results' price year.
    return Block(
        factor_of(quantity, every_line),
        factor_of(use.unit_cost, service),
        factor_of(np.ones_like(quantity), every_line),
        np.ones(lines.size),
    )


def hours_by_pool(inputs: ModelInputs, staff: StaffCosts) -> FloatArray:
    """Return the hours each Hub has of each staff pool.

    Returns
    -------
    Shape (draw, hub, pool). [hours/year]
    """
    by_hub = staff.hours[:, :, None] * inputs.staff.hub_share
    result = zeros(by_hub.shape[0], by_hub.shape[2], inputs.staff.n_pools)
    for post, pool in enumerate(inputs.staff.pool):
        result[:, :, pool] += by_hub[:, post]
    return result


def wte_by_hub(inputs: ModelInputs, staff: StaffCosts) -> FloatArray:
    """Return staff in post at each Hub.

    Returns
    -------
    Shape (draw, hub). [WTE]
    """
    return total(staff.filled_wte[:, :, None] * inputs.staff.hub_share, axis=1)
