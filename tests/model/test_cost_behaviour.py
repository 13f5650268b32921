from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from costmodel.model.arrays import ratio
from costmodel.model.cost_behaviour import (
    cost_of_volume,
    long_run_marginal_cost,
    steps_needed,
    under_recovered_cost,
)


@pytest.mark.parametrize(
    ("volume", "steps"), [(0.0, 0.0), (0.001, 1.0), (39.99, 1.0), (40.0, 1.0), (40.01, 2.0), (400.0, 10.0)]
)
def test_steps_are_whole_and_start_above_nothing(volume: float, steps: float) -> None:
    assert_array_equal(steps_needed(np.array([volume]), np.array([40.0])), [steps])


def test_rounding_does_not_buy_a_step() -> None:
    volume = np.array([0.1 + 0.2])
    assert volume[0] > 0.3
    assert_array_equal(steps_needed(volume, np.array([0.1])), [3.0])


def test_a_step_that_serves_nobody_is_never_bought() -> None:
    assert_array_equal(steps_needed(np.array([10.0]), np.array([0.0])), [0.0])


def test_cost_of_volume_has_a_jump_at_each_step() -> None:
    volume = np.array([0.0, 1.0, 10.0, 11.0, 20.0, 21.0])
    cost = cost_of_volume(volume, fixed=100.0, step_cost=30.0, step_capacity=10.0, variable=2.0)
    assert_array_equal(cost, [100.0, 132.0, 150.0, 182.0, 200.0, 232.0])


def test_average_cost_of_nothing_is_not_applicable() -> None:
    volume = np.array([0.0, 10.0])
    cost = cost_of_volume(volume, fixed=100.0, step_cost=30.0, step_capacity=10.0, variable=2.0)
    assert_array_equal(ratio(cost, volume), [np.nan, 15.0])


def test_long_run_marginal_cost_is_variable_plus_a_share_of_a_step() -> None:
    costs = long_run_marginal_cost(np.array([2.0, 2.0]), np.array([30.0, 30.0]), np.array([10.0, 0.0]))
    assert_array_equal(costs, [5.0, 2.0])


@given(st.floats(0, 50), st.floats(0, 500), st.integers(1, 40), st.integers(1, 30))
def test_long_run_marginal_cost_is_the_slope_over_whole_steps(
    variable: float, step_cost: float, capacity: int, steps: int
) -> None:
    def cost(volume: float) -> np.ndarray:
        return cost_of_volume(
            np.array([volume]), fixed=70.0, step_cost=step_cost, step_capacity=capacity, variable=variable
        )

    slope = (cost(capacity * steps) - cost(0.0)) / (capacity * steps)
    expected = long_run_marginal_cost(
        np.array([variable]), np.array([step_cost]), np.array([float(capacity)])
    )
    assert_allclose(slope, expected, rtol=1e-10, atol=1e-10)


def test_under_recovery_is_what_missing_activity_does_not_pay() -> None:
    total, planned = np.array([540.0, 540.0, 540.0]), np.array([90.0, 90.0, 0.0])
    recovered = under_recovered_cost(total, planned, np.array([72.0, 100.0, 72.0]))
    assert_allclose(recovered, [108.0, -60.0, np.nan], rtol=1e-13)
