from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from costmodel.model.evaluate import evaluate
from costmodel.model.ledger import factor_of, hours_by_pool, wte_by_hub
from costmodel.model.staffing import staff_costs
from costmodel.model.types import Component, TimeKind, Volume
from tests.model.toy import toy_inputs


def test_a_factor_follows_the_codes_of_every_axis() -> None:
    table = np.arange(24.0).reshape(2, 3, 4)
    factor = factor_of(table, np.array([2, 0, 2]), np.array([1, 3, 0]))
    assert_array_equal(factor.of(slice(None)), [[9.0, 21.0], [3.0, 15.0], [8.0, 20.0]])
    assert_array_equal(factor.of(slice(1, 2)), [[3.0, 15.0]])
    assert factor.values.shape == (12, 2)


def test_a_factor_of_no_lines_and_of_nothing() -> None:
    no_codes = np.zeros(0, dtype=np.int64)
    assert factor_of(np.zeros((2, 3)), no_codes).of(slice(None)).shape == (0, 2)
    assert factor_of(np.zeros((2, 0)), no_codes).of(slice(None)).shape == (0, 2)


def test_a_code_outside_its_axis_is_refused() -> None:
    with pytest.raises(ValueError, match="invalid entry in coordinates array"):
        factor_of(np.zeros((2, 3, 4)), np.array([0]), np.array([4]))


def test_hours_of_a_post_go_to_its_pool_and_hubs() -> None:
    inputs = toy_inputs()
    staff = staff_costs(inputs.staff)
    hours = hours_by_pool(inputs, staff)
    assert hours.shape == (5, 3, 4)
    assert_allclose(hours[:, 0, 0], staff.hours[:, 0] + 0.5 * staff.hours[:, 1], rtol=1e-14)
    assert_allclose(hours[:, 1, 0], 0.3 * staff.hours[:, 1], rtol=1e-14)
    assert_allclose(hours[:, 1, 3], staff.hours[:, 5], rtol=1e-14)
    assert_array_equal(hours[:, 2, 1], np.zeros(5))


def test_staff_in_post_by_hub() -> None:
    inputs = toy_inputs()
    staff = staff_costs(inputs.staff)
    wte = wte_by_hub(inputs, staff)
    assert wte.shape == (5, 3)
    assert_allclose(wte[:, 2], 0.2 * staff.filled_wte[:, 1] + staff.filled_wte[:, 6], rtol=1e-14)


def test_a_pool_costs_its_posts_whatever_its_hours_are_spent_on() -> None:
    inputs = toy_inputs()
    result = evaluate(inputs)
    plan = inputs.ledger
    for post in range(7):
        for component in (Component.SALARY, Component.CAPITAL_OVERHEADS):
            lines = (plan.post == post) & (plan.component == component)
            expected = result.staff.components[:, post, component] * inputs.staff.index_factor[component]
            assert_allclose(result.ledger.cost[:, lines].sum(axis=1), expected, rtol=1e-12)


def test_lines_of_posts_in_one_pool_share_its_hours_by_their_own_hours() -> None:
    inputs = toy_inputs()
    result = evaluate(inputs)
    plan = inputs.ledger
    unused = (plan.time_kind == TimeKind.UNUSED) & (plan.component == Component.SALARY) & (plan.hub == 0)
    first, shared = (np.flatnonzero(unused & (plan.post == post))[0] for post in (0, 1))
    hours = result.staff.hours
    pool = hours[:, 0] + 0.5 * hours[:, 1]
    assert_allclose(result.ledger.allocation_share[:, first], hours[:, 0] / pool, rtol=1e-14)
    assert_allclose(result.ledger.allocation_share[:, shared], 0.5 * hours[:, 1] / pool, rtol=1e-14)
    assert_array_equal(result.ledger.quantity[:, first], result.delivery.unused_hours[:, 0, 0])
    assert_allclose(
        result.ledger.unit_price[:, shared], result.staff.components[:, 1, 0] / hours[:, 1], rtol=1e-14
    )


def test_items_are_fixed_step_or_variable() -> None:
    inputs = toy_inputs()
    result = evaluate(inputs)
    lines = np.flatnonzero(inputs.ledger.item >= 0)
    assert_array_equal(inputs.ledger.item[lines], np.arange(8))
    quantity = result.ledger.quantity[:, lines]
    volumes = result.delivery.volumes
    assert_array_equal(quantity[:, [0, 3, 4, 5, 7]], np.ones((5, 5)))
    assert_array_equal(quantity[:, 1], np.ceil(volumes[:, 1, Volume.SCREENED] / 90))
    assert_array_equal(quantity[:, 2], volumes[:, 2, Volume.ATTENDED_SESSIONS])
    assert_array_equal(quantity[:, 6], volumes[:, 0, Volume.CONTACTED])
    assert_array_equal(result.ledger.unit_price[:, lines], inputs.items.amount)
    assert_array_equal(result.ledger.allocation_share[:, lines], np.tile(inputs.items.share, (5, 1)))
    assert_array_equal(result.ledger.index_factor[lines], inputs.items.index_factor)


def test_no_activity_buys_no_step_and_no_variable_cost() -> None:
    quiet = np.zeros((1, 3))
    inputs = toy_inputs(
        pathway={"registrations": quiet, "targeted_outreach_contacts": quiet, "outreach_contacts": quiet}
    )
    lines = evaluate(inputs).ledger.cost[:, inputs.ledger.item >= 0]
    assert_array_equal(lines[:, [1, 2, 6]], np.zeros((5, 3)))
    assert np.all(lines[:, [0, 3, 4, 5, 7]] > 0.0)


def test_service_lines_are_clients_times_contacts_at_uprated_unit_costs() -> None:
    inputs = toy_inputs()
    result = evaluate(inputs)
    lines = np.flatnonzero(inputs.ledger.service == 3)
    assert_array_equal(inputs.ledger.hub[lines], [0, 1, 2])
    registered = result.delivery.volumes[:, :, Volume.REGISTERED]
    assert_allclose(
        result.ledger.quantity[:, lines], registered * result.use.contacts[:, 3, None], rtol=1e-15
    )
    assert_array_equal(result.ledger.unit_price[:, lines], np.repeat(result.use.unit_cost[:, [3]], 3, axis=1))
    assert_array_equal(result.ledger.allocation_share[:, lines], np.ones((5, 3)))
    assert_array_equal(result.ledger.index_factor[lines], np.ones(3))


def test_a_post_with_no_wte_costs_nothing_and_changes_nothing_else() -> None:
    inputs = toy_inputs()
    wte = inputs.staff.wte.copy()
    wte[:, 0] = 0.0
    result = evaluate(toy_inputs(staff={"wte": wte}))
    lines = inputs.ledger.post == 0
    assert_array_equal(result.ledger.cost[:, lines], np.zeros((5, lines.sum())))
    assert np.isfinite(result.ledger.cost).all()


def test_a_draw_that_failed_shows_in_its_own_row_only() -> None:
    salary = toy_inputs().staff.salary.copy()
    salary[2, 0] = np.nan
    cost = evaluate(toy_inputs(staff={"salary": salary})).ledger.cost
    assert_array_equal(np.isfinite(cost).all(axis=1), [True, True, False, True, True])


def test_condensed_lines_keep_every_label_and_lose_no_line() -> None:
    plan = toy_inputs().ledger
    condensed, place = plan.condensed
    assert place.shape == plan.hub.shape
    assert condensed.hub.size < plan.hub.size / 1.4
    assert (condensed.n_hubs, condensed.n_activities) == (3, 6)
    for label in ("hub", "activity", "stage", "time_kind", "component", "cost_type", "behaviour", "payer"):
        assert_array_equal(getattr(condensed, label)[place], getattr(plan, label))
    assert_array_equal(condensed.in_perspective[place], plan.in_perspective)
    for number in ("post", "item", "service"):
        assert_array_equal(getattr(condensed, number)[place] >= 0, getattr(plan, number) >= 0)


def test_lines_told_apart_only_by_their_perspective_stay_apart() -> None:
    plan = toy_inputs().ledger
    counted = plan.in_perspective.copy()
    counted[0, 1] = ~counted[0, 1]
    twin = replace(plan, in_perspective=counted)
    assert twin.condensed[0].hub.size == plan.condensed[0].hub.size + 1
