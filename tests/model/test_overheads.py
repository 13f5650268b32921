from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from costmodel.model.overheads import OverheadMethod, apportioned_by_driver, apportionment, gross_pool_costs

NO_OUTLET = (
    "some overhead pools serve only each other, so their cost never reaches an activity; "
    "give each pool a share that goes to an activity"
)
BETWEEN = np.array([[0.0, 0.1, 0.3], [0.2, 0.0, 0.0], [0.1, 0.4, 0.0]])
ONWARD = np.array([[0.5, 0.1], [0.3, 0.5], [0.25, 0.25]])


def test_methods_have_the_names_that_files_use() -> None:
    assert [str(method) for method in OverheadMethod] == ["direct", "step_down", "reciprocal"]


def test_direct_ignores_what_pools_use_of_each_other() -> None:
    shares = apportionment(BETWEEN, ONWARD, OverheadMethod.DIRECT)
    assert_allclose(shares, [[5 / 6, 1 / 6], [3 / 8, 5 / 8], [0.5, 0.5]], rtol=1e-14)


def test_step_down_closes_pools_in_order_and_never_reopens_them() -> None:
    third = np.array([0.5, 0.5])
    second = np.array([3 / 8, 5 / 8])
    first = ONWARD[0] + 0.1 * second + 0.3 * third
    shares = apportionment(BETWEEN, ONWARD, OverheadMethod.STEP_DOWN)
    assert_allclose(shares, [first, second, third], rtol=1e-14)


def test_reciprocal_follows_the_pools_round_until_nothing_is_left() -> None:
    expected, going_round = np.zeros_like(ONWARD), np.eye(3)
    for _ in range(200):
        expected += going_round @ ONWARD
        going_round = going_round @ BETWEEN
    assert_allclose(apportionment(BETWEEN, ONWARD, OverheadMethod.RECIPROCAL), expected, rtol=1e-13)


def test_the_order_of_pools_matters_to_step_down_only() -> None:
    order = [2, 0, 1]
    for method in OverheadMethod:
        shares = apportionment(BETWEEN, ONWARD, method)[order]
        reordered = apportionment(BETWEEN[np.ix_(order, order)], ONWARD[order], method)
        assert np.allclose(shares, reordered) == (method is not OverheadMethod.STEP_DOWN)


@pytest.mark.parametrize("method", OverheadMethod)
def test_a_single_pool_reaches_activities_alike_by_every_method(method: OverheadMethod) -> None:
    shares = apportionment(np.zeros((1, 1)), np.array([[0.2, 0.8]]), method)
    assert_allclose(shares, [[0.2, 0.8]], rtol=1e-15)


@pytest.mark.parametrize("method", OverheadMethod)
def test_no_pools_at_all(method: OverheadMethod) -> None:
    assert apportionment(np.zeros((0, 0)), np.zeros((0, 2)), method).shape == (0, 2)


@given(
    st.lists(st.lists(st.floats(0.01, 1), min_size=5, max_size=5), min_size=3, max_size=3),
    st.sampled_from(OverheadMethod),
)
def test_every_method_conserves_the_pools(shares: list[list[float]], method: OverheadMethod) -> None:
    table = np.array(shares)
    between, onward = table[:, :3] * (1.0 - np.eye(3)), table[:, 3:]
    rows = apportionment(between, onward, method).sum(axis=1)
    assert_allclose(rows, np.ones(3), rtol=1e-12)


@pytest.mark.parametrize("method", OverheadMethod)
def test_shares_that_do_not_add_up_are_scaled(method: OverheadMethod) -> None:
    assert_allclose(
        apportionment(BETWEEN * 2.0, ONWARD * 2.0, method), apportionment(BETWEEN, ONWARD, method), rtol=1e-13
    )


def test_pools_that_only_serve_each_other_are_refused() -> None:
    between, onward = np.array([[0.0, 1.0], [1.0, 0.0]]), np.zeros((2, 3))
    for method in OverheadMethod:
        with pytest.raises(ValueError, match=f"^{NO_OUTLET}$"):
            apportionment(between, onward, method)


def test_a_circle_beside_a_sound_pool_is_refused() -> None:
    between = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    onward = np.array([[0.0], [0.0], [1.0]])
    with pytest.raises(ValueError, match=f"^{NO_OUTLET}$"):
        apportionment(between, onward, OverheadMethod.RECIPROCAL)


def test_a_pool_that_sends_only_to_another_pool_is_sound_by_step_down() -> None:
    shares = apportionment(
        np.array([[0.0, 1.0], [0.0, 0.0]]), np.array([[0.0, 0.0], [0.3, 0.7]]), OverheadMethod.STEP_DOWN
    )
    assert_allclose(shares, [[0.3, 0.7], [0.3, 0.7]], rtol=1e-15)


def test_gross_cost_is_own_cost_plus_what_the_others_charge() -> None:
    own = np.array([100.0, 80.0, 60.0])
    gross = gross_pool_costs(own, BETWEEN)
    assert_allclose(gross, own + BETWEEN.T @ gross, rtol=1e-13)
    assert_allclose(
        gross @ ONWARD, own @ apportionment(BETWEEN, ONWARD, OverheadMethod.RECIPROCAL), rtol=1e-13
    )


def test_a_shared_resource_follows_its_driver() -> None:
    shared = apportioned_by_driver(np.array([90.0, 10.0]), np.array([[6.0, 3.0], [1.0, 3.0]]))
    assert_allclose(shared, [[60.0, 30.0], [2.5, 7.5]], rtol=1e-15)


def test_a_shared_resource_without_a_driver_is_not_applicable() -> None:
    assert_array_equal(apportioned_by_driver(np.array(5.0), np.zeros(2)), [np.nan, np.nan])
