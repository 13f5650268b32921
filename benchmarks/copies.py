"""Larger services for the linearity measurements: a service with more Hubs, or with more posts and lines."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np

from costmodel.model.arrays import zeros
from costmodel.model.draws import in_every_draw
from costmodel.model.time_inputs import TimeInputs
from costmodel.model.types import FloatArray, IntArray, LedgerPlan, ModelInputs, PathwayInputs, StaffInputs

_BY_POST = (
    "salary",
    "enhancements",
    "vacancy_share",
    "in_post_after",
    "pension_member_share",
    "invoice_per_hour",
    "working_hours",
    "sickness_hours",
    "overheads_management_rate",
    "overheads_non_staff_rate",
    "capital_overheads",
    "qualifications",
)


def with_hubs(inputs: ModelInputs, n: int) -> ModelInputs:
    """Return a service of n Hubs that are each like the one given."""
    inputs = in_every_draw(inputs)
    n_hubs, n_posts = inputs.ledger.n_hubs, inputs.staff.pool.size
    shares = zeros(inputs.staff.hub_share.shape[0], n * n_posts, n * n_hubs)
    for copy in range(n):
        own = slice(copy * n_posts, (copy + 1) * n_posts), slice(copy * n_hubs, (copy + 1) * n_hubs)
        shares[:, own[0], own[1]] = inputs.staff.hub_share
    pathway = {f.name: _tiled(getattr(inputs.pathway, f.name), 1, n) for f in fields(PathwayInputs)}
    items = inputs.items
    return replace(
        inputs,
        staff=_staff(inputs.staff, n, inputs.staff.wte, shares),
        pathway=PathwayInputs(**pathway),
        activities=replace(inputs.activities, minutes=_tiled(inputs.activities.minutes, 1, n, 1, 1)),
        items=replace(
            items,
            amount=_tiled(items.amount, 1, n),
            step_capacity=_tiled(items.step_capacity, 1, n),
            hub=_shifted(items.hub, n, n_hubs),
            **{name: np.tile(getattr(items, name), n) for name in _ITEM_CODES},
        ),
        ledger=_plan(inputs, n, hubs=n_hubs, posts=n_posts, items=items.hub.size),
        time=None if inputs.time is None else _time(inputs.time, n, n_hubs),
    )


def with_posts(inputs: ModelInputs, n: int) -> ModelInputs:
    """Return the same service with every post split into n, so that it has about n times as many lines."""
    inputs = in_every_draw(inputs)
    plan, n_posts = inputs.ledger, inputs.staff.pool.size
    shares = _tiled(inputs.staff.hub_share, 1, n, 1)
    staff = _staff(inputs.staff, n, inputs.staff.wte / n, shares)
    lines = np.concatenate([np.tile(np.flatnonzero(plan.post >= 0), n), np.flatnonzero(plan.post < 0)])
    split = {name: codes[lines] for name, codes in _codes(plan).items()}
    n_staff_lines = int((plan.post >= 0).sum())
    split["post"][: n * n_staff_lines] += np.repeat(np.arange(n) * n_posts, n_staff_lines)
    return replace(inputs, staff=staff, ledger=replace(plan, **split))


_BY_HUB = (
    "arrivals",
    "awaiting",
    "awaiting_attrition",
    "attrition",
    "opening_list",
    "opening_ages",
    "opening_caseload",
    "room_sessions",
)
_ITEM_CODES = ("share", "behaviour", "cost_type", "payer", "driver", "activity", "index_factor")


def _staff(staff: StaffInputs, n: int, wte: np.ndarray, hub_share: np.ndarray) -> StaffInputs:
    by_post: dict[str, Any] = {name: _tiled(getattr(staff, name), 1, n) for name in _BY_POST}
    return replace(
        staff,
        **by_post,
        wte=_tiled(wte, 1, n),
        headcount=np.tile(staff.headcount, n),
        contract_group=_shifted(staff.contract_group, n, int(staff.contract_group.max()) + 1),
        agency=np.tile(staff.agency, n),
        pool=np.tile(staff.pool, n),
        hub_share=hub_share,
    )


def _time(time: TimeInputs, n: int, n_hubs: int) -> TimeInputs:
    """Return lists and arrivals of every Hub n times over."""
    by_hub: dict[str, Any] = {}
    for name in _BY_HUB:
        values: FloatArray = getattr(time, name)
        shape = (values.shape[0], n_hubs, *values.shape[2:])
        by_hub[name] = _tiled(np.broadcast_to(values, shape), 1, n, *[1] * (values.ndim - 2))
    return replace(time, **by_hub)


def _plan(inputs: ModelInputs, n: int, **shift: int) -> LedgerPlan:
    """Return the ledger's plan n times over: all staff lines, then all item lines, then all service lines."""
    plan = inputs.ledger
    kinds = [np.flatnonzero(codes >= 0) for codes in (plan.post, plan.item, plan.service)]
    lines = np.concatenate([np.tile(kind, n) for kind in kinds])
    copy = np.concatenate([np.repeat(np.arange(n), kind.size) for kind in kinds])
    tiled = {name: codes[lines] for name, codes in _codes(plan).items()}
    for name, own in (("hub", "hubs"), ("post", "posts"), ("item", "items")):
        tiled[name] = np.where(tiled[name] >= 0, tiled[name] + copy * shift[own], -1)
    return replace(plan, **tiled, n_hubs=n * plan.n_hubs)


def _codes(plan: LedgerPlan) -> dict[str, np.ndarray]:
    values = {field.name: getattr(plan, field.name) for field in fields(plan)}
    return {name: value for name, value in values.items() if isinstance(value, np.ndarray)}


def _tiled(values: FloatArray, *times: int) -> FloatArray:
    """Return values repeated along their axes, with the draws together in memory as `gather` has them."""
    return np.asfortranarray(np.tile(values, times))


def _shifted(codes: IntArray, n: int, by: int) -> IntArray:
    return np.concatenate([codes + copy * by for copy in range(n)])
