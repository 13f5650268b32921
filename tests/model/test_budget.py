"""Budget impact in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costmodel.model.budget import (
    budget_impact,
    newly_in_place,
    posts_between,
    share_in_place,
    straight_line,
)


def test_the_formula_of_the_task_force_by_hand() -> None:
    cost = np.array([1_000.0, 400.0, 2_500.0])
    new, current = np.array([0.5, 0.3, 0.2]), np.array([0.6, 0.4, 0.0])
    found = budget_impact(np.array(10_000.0), np.array(0.02), new, current, cost)
    assert found == pytest.approx(200.0 * (-0.1 * 1_000 - 0.1 * 400 + 0.2 * 2_500))


shares = st.lists(st.floats(0.0, 1.0), min_size=2, max_size=5)


@given(shares, st.floats(0.0, 1e6), st.floats(0.0, 1e4))
def test_the_same_mix_costs_exactly_nothing_more_and_a_swap_mirrors(
    mix: list[float], people: float, cost: float
) -> None:
    new, current = np.array(mix), np.array(mix[::-1])
    costs = cost * np.arange(1.0, len(mix) + 1)
    n, e = np.array(people), np.array(0.5)
    assert budget_impact(n, e, new, new, costs) == 0.0
    assert budget_impact(n, e, new, current, costs) == -budget_impact(n, e, current, new, costs)


@given(st.floats(0.0, 48.0))
def test_a_lag_takes_so_many_months_off_a_change_that_goes_on(lag: float) -> None:
    share = share_in_place(np.ones(5), np.array([lag]))
    assert share.sum() * 12 == pytest.approx(60 - lag)
    assert (np.diff(share) >= 0).all()


def test_what_is_paid_once_is_paid_once() -> None:
    share = np.array([[0.3, 0.2, 0.9, 0.9], [0.0, 0.0, 0.0, 0.0]])
    assert newly_in_place(share).sum(axis=1) == pytest.approx([0.9, 0.0])


def test_hired_less_released_is_the_change() -> None:
    rng = np.random.default_rng(1)
    current, new = rng.random((20, 3)), rng.random((20, 3))
    hired, released = posts_between(current, new)
    assert hired - released == pytest.approx(new - current)
    assert not (hired * released).any()


def test_a_stock_of_equipment_costs_its_price_over_its_life() -> None:
    assert straight_line(np.array([10.0]), np.array([0.0]), 5.0)[0] * 5 == 10.0


def test_a_stock_kept_up_evenly_costs_what_it_loses_in_value() -> None:
    yearly = straight_line(np.array([18_000.0, 9_000.0]), np.array([3_000.0, 0.0]), 5.0)
    assert yearly.tolist() == [3_000.0, 1_800.0]


def test_what_is_newly_in_place_rises_draw_by_draw_and_never_falls() -> None:
    share = np.array([[0.25, 1.0, 0.5, 1.0], [0.0, 0.0, 0.75, 0.8]])
    assert newly_in_place(share).round(12).tolist() == [[0.25, 0.75, 0.0, 0.0], [0.0, 0.0, 0.75, 0.05]]


def test_every_year_has_its_own_budget_impact() -> None:
    share_new = np.array([[0.5, 0.5], [0.2, 0.8]])
    cost = np.array([[1_200.0, 900.0], [1_300.0, 950.0]])
    found = budget_impact(
        np.array([1_000.0, 2_000.0]), np.array([0.5, 0.25]), share_new, np.array([1.0, 0.0]), cost
    )
    assert found.tolist() == pytest.approx([-75_000.0, -140_000.0])
