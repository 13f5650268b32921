"""The cost ledger: one line for every cost, from which every total is a group-by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from math import prod

import numpy as np

from costmodel.model.activities import Delivery
from costmodel.model.arrays import columns_of, draws_first, group_totals, ratio, zeros
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

    def by_line(self) -> Iterator[FloatArray]:
        """Yield the factor of each line in turn, a view of shape (draw,)."""
        rows = list(self.values)
        return (rows[entry] for entry in self.entry.tolist())


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

    def costs(self) -> Iterator[FloatArray]:
        """Yield the cost of each line in turn. Shape (draw,)."""
        factors = (self.quantity, self.unit_price, self.allocation_share)
        by_line = (factor.by_line() for factor in factors)
        for quantity, unit_price, share, index_factor in zip(*by_line, self.index_factor, strict=True):
            cost = quantity * unit_price
            cost *= share
            cost *= index_factor
            yield cost


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

    @property
    def cost(self) -> FloatArray:
        """Return the cost of each line. Shape (draw, line), in GBP/year."""
        return np.stack([cost for block in self.blocks for cost in block.costs()]).T

    def totals(self, group: IntArray, n_groups: int) -> FloatArray:
        """Return the cost of groups of lines, without ever holding the cost of every line at once.

        Parameters
        ----------
        group
            Group of each line. Shape (line,).
        n_groups
            Number of groups.

        Returns
        -------
        Shape (draw, group), in GBP/year.
        """
        sums = np.zeros((n_groups, self.blocks[0].quantity.values.shape[1]))
        sum_of = list(sums)  # views, so that adding to one does not write it back a second time
        costs = chain.from_iterable(block.costs() for block in self.blocks)
        for code, cost in zip(group.tolist(), costs, strict=True):
            sum_of[code] += cost
        return sums.T


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
    return Block(
        factor_of(_hours_by_kind(delivery), hub, activity, pool, kind),
        factor_of(unit_price, post, component),
        _share_of_pool(inputs, staff, post, hub),
        inputs.staff.index_factor[component],
    )


def _share_of_pool(inputs: ModelInputs, staff: StaffCosts, post: IntArray, hub: IntArray) -> Factor:
    """Return each line's post's part of the hours that its Hub has of the post's pool."""
    pairs, pair_of_line = np.unique(np.stack([post, hub]), axis=1, return_inverse=True)
    post, hub = pairs
    post_hours = staff.hours[:, post] * inputs.staff.hub_share[:, post, hub]
    pool_hours = hours_by_pool(inputs, staff)[:, hub, inputs.staff.pool[post]]
    return factor_of(ratio(post_hours, pool_hours, when_zero=0.0), pair_of_line.reshape(-1))


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
    post, hub = inputs.staff.assignments
    return by_hub_and_pool(inputs, staff.hours[:, post] * inputs.staff.hub_share[:, post, hub])


def by_hub_and_pool(inputs: ModelInputs, values: FloatArray) -> FloatArray:
    """Return the sums of what posts do for Hubs, by Hub and staff pool.

    Parameters
    ----------
    inputs
        The posts' pools, and the pairs of post and Hub.
    values
        Shape (draw, pair).

    Returns
    -------
    Shape (draw, hub, pool).
    """
    n_hubs, n_pools = inputs.ledger.n_hubs, inputs.staff.n_pools
    post, hub = inputs.staff.assignments
    sums = group_totals(values, hub * n_pools + inputs.staff.pool[post], n_hubs * n_pools)
    return draws_first(sums.T.reshape(n_hubs, n_pools, -1))


def wte_by_hub(inputs: ModelInputs, staff: StaffCosts) -> FloatArray:
    """Return staff in post at each Hub.

    Returns
    -------
    Shape (draw, hub). [WTE]
    """
    post, hub = inputs.staff.assignments
    wte = staff.filled_wte[:, post] * inputs.staff.hub_share[:, post, hub]
    return group_totals(wte, hub, inputs.ledger.n_hubs)
