from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from costmodel.model.list_capacity import (
    binding_constraint,
    capacity_to_clear,
    completion_probability,
    expected_wait,
    list_metrics,
    overloaded_list,
    sessions_per_starter,
    start_capacity,
    wte_for_starts,
)
from costmodel.model.queueing import WaitingError
from costmodel.model.waiting_list import list_path
from costmodel.units import WEEKS_PER_MONTH

PEOPLE = st.floats(0.0, 500.0)
ATTRITION = st.one_of(st.just(0.0), st.floats(1e-12, 0.9))


def one(value: float) -> np.ndarray:
    return np.array([value], dtype=np.float64)


def test_weeks_and_months_make_the_same_year() -> None:
    assert pytest.approx(365.25 / 7.0) == 12.0 * WEEKS_PER_MONTH


@given(PEOPLE, PEOPLE, ATTRITION, st.integers(1, 60))
def test_capacity_to_clear_is_the_root_of_the_simulation(
    waiting: float, arrivals: float, attrition: float, months: int
) -> None:
    capacity = capacity_to_clear(one(waiting), one(arrivals), one(attrition), months)
    steady = np.ones((1, months))
    path, _ = list_path(one(waiting), arrivals * steady, capacity * steady, one(attrition))
    assert_allclose(path[0, -1], 0.0, atol=1e-7)


def test_a_target_queue_takes_less_than_an_empty_list() -> None:
    capacity = capacity_to_clear(one(180.0), one(48.0), one(0.03), 6, target_queue=48.0)
    path, _ = list_path(one(180.0), np.full((1, 6), 48.0), capacity * np.ones((1, 6)), one(0.03))
    assert path[0, -1] == pytest.approx(48.0)
    assert capacity[0] < capacity_to_clear(one(180.0), one(48.0), one(0.03), 6)[0]


def test_nothing_can_be_cleared_in_no_time_or_without_people() -> None:
    with pytest.raises(WaitingError, match="number of months must be more than 0; got 0"):
        capacity_to_clear(one(1.0), one(1.0), one(0.0), 0)
    with pytest.raises(WaitingError, match="everybody leaves the list within a month"):
        capacity_to_clear(one(1.0), one(1.0), one(1.0), 6)


@given(st.floats(1.0, 100.0), st.floats(0.1, 1.0), st.floats(0.005, 0.5))
def test_overloaded_list_stays_where_it_settles(arrivals: float, share: float, attrition: float) -> None:
    settled = overloaded_list(one(arrivals), one(share * arrivals), one(attrition))
    steady = np.ones((1, 1))
    waiting, starts = list_path(settled.waiting, arrivals * steady, share * arrivals * steady, one(attrition))
    assert_allclose(waiting[:, 0], settled.waiting, rtol=1e-9, atol=1e-9)
    assert_allclose(starts[:, 0] / arrivals, settled.share_starting, rtol=1e-9)
    assert_allclose(
        expected_wait(settled.waiting, one(share * arrivals), one(attrition)),
        settled.wait_of_starters,
        rtol=1e-6,
        atol=1e-9,
    )
    assert np.all(settled.clearance_time >= settled.wait_of_starters - 1e-9)


def test_a_list_that_grows_without_end_has_no_steady_state() -> None:
    with pytest.raises(WaitingError, match="grows by 8 people a month"):
        overloaded_list(one(48.0), one(40.0), one(0.0))
    with pytest.raises(WaitingError, match="capacity exceeds arrivals"):
        overloaded_list(one(40.0), one(48.0), one(0.1))


def test_expected_wait_at_its_limits() -> None:
    waits = expected_wait(
        np.array([0.0, 10.0, 10.0, 10.0]), np.array([0.0, 0.0, 5.0, 5.0]), np.array([0, 0, 0, 1.0])
    )
    assert_allclose(waits, [0.0, np.inf, 2.0, 0.0])
    assert expected_wait(one(10.0), one(0.0), one(0.1))[0] == np.inf
    assert_allclose(expected_wait(one(10.0), one(5.0), one(1e-12)), 2.0)


def test_list_metrics_of_a_small_service() -> None:
    metrics = list_metrics(one(30.0), one(27.0), one(1_200.0), one(12.0), 52.0)
    assert_allclose(metrics.load, 30 / 27)
    assert_allclose(metrics.target_queue, 390.0)
    assert metrics.relief_needed.tolist() == [True]
    assert_allclose(metrics.relief_capacity, 30.0 + 810.0 / 26.0)
    assert_allclose(metrics.target_capacity, 30.0 + 4.0 / 52.0)
    assert_allclose(metrics.pressure, 24.0 / 52.0)
    assert list_metrics(one(30.0), one(0.0), one(1.0), one(12.0), 52.0).load[0] == np.inf
    with pytest.raises(WaitingError, match="the target wait must be more than 0; got 0"):
        list_metrics(one(30.0), one(27.0), one(1_200.0), one(12.0), 0.0)


@given(st.floats(0.0, 0.95), st.integers(1, 30))
def test_sessions_per_starter_is_the_sum_over_sessions(dropout: float, most: int) -> None:
    expected = sum((1.0 - dropout) ** session for session in range(most))
    assert_allclose(sessions_per_starter(one(dropout), most)[0], expected, rtol=1e-9)
    assert completion_probability(one(dropout), most)[0] == pytest.approx((1.0 - dropout) ** (most - 1))


@pytest.mark.parametrize("dropout", [1.0, 1.2, -0.1])
def test_a_dropout_of_one_is_refused(dropout: float) -> None:
    with pytest.raises(WaitingError, match=f"below 1, or nobody would finish; got {dropout:g}"):
        sessions_per_starter(np.array([0.5, dropout]), 8)


@given(st.floats(0.1, 20.0), st.floats(0.0, 0.9), st.floats(0.0, 1.0))
def test_staff_for_starts_turns_starts_of_staff_round(wte: float, dna: float, lost: float) -> None:
    starts = start_capacity(
        one(wte), one(1552.5), one(0.55), one(1.0), one(dna), one(lost), one(7.0), one(0.65)
    )
    back = wte_for_starts(starts.starts, one(7.0), one(dna), one(lost), one(1.0), one(1552.5 / 12), one(0.55))
    assert_allclose(back, wte)
    assert_allclose(starts.completions, 0.65 * starts.starts)


def test_slots_equal_attended_sessions_when_everybody_attends_and_shorter_courses_start_more() -> None:
    full = start_capacity(one(3.0), one(1552.5), one(0.55), one(1.0), one(0.0), one(1.0), one(7.0), one(0.65))
    half = start_capacity(one(3.0), one(1552.5), one(0.55), one(1.0), one(0.0), one(1.0), one(3.5), one(0.65))
    assert_allclose(full.slots, full.attended)
    assert_allclose(half.starts, 2.0 * full.starts)


def test_relief_is_needed_above_twice_the_target_queue() -> None:
    queues = 135.0 * np.array([1.9, 2.0, 2.1, 2.9])
    metrics = list_metrics(np.full(4, 30.0), np.full(4, 25.0), queues, np.full(4, 20.0), 18.0)
    assert metrics.relief_needed.tolist() == [False, False, True, True]
    with pytest.raises(WaitingError, match=r"^the time to the target must be more than 0; got 0"):
        list_metrics(one(30.0), one(25.0), one(9.0), one(20.0), 18.0, weeks_to_target=0.0)


def test_target_capacity_follows_the_variances_of_arrivals_and_of_starts() -> None:
    usual = (one(30.0), one(25.0), one(9.0), one(20.0), 18.0)
    varied = list_metrics(*usual, demand_variation=1.5, capacity_variation=0.4)
    assert_allclose(varied.target_capacity, 30.0 + (2.25 + 0.16) / 2.0 * 4.0 / 18.0)


def test_the_tightest_limit_binds_in_every_draw_hub_and_month() -> None:
    limits = np.random.default_rng(1).permutation(2 * 3 * 4 * 5).reshape(2, 3, 4, 5).astype(np.float64)
    starts, which = binding_constraint(limits)
    assert starts.shape == which.shape == (2, 3, 4)
    for place in np.ndindex(2, 3, 4):
        assert starts[place] == min(limits[place]) == limits[place][which[place]]


def test_longer_sessions_take_slots_in_proportion() -> None:
    short, long = (
        start_capacity(one(3.0), one(1552.5), one(0.55), one(hours), one(0.1), one(1.0), one(7.0), one(0.65))
        for hours in (0.5, 2.0)
    )
    assert_allclose(short.slots, 4.0 * long.slots)
    assert_allclose(long.slots, 3.0 * 1552.5 / 12.0 * 0.55 / 2.0)


def test_what_is_not_a_share_is_named() -> None:
    rest = one(1552.5), one(0.55), one(1.0)
    for call in (sessions_per_starter, completion_probability):
        with pytest.raises(WaitingError, match=r"^dropout after a session must be at least 0"):
            call(one(1.0), 8)
    with pytest.raises(WaitingError, match=r"^the share of bookings not attended must be at least 0"):
        start_capacity(one(3.0), *rest, one(1.0), one(1.0), one(7.0), one(0.65))
    with pytest.raises(WaitingError, match=r"^the share of bookings not attended must be at least 0"):
        wte_for_starts(one(48.0), one(7.0), one(1.0), one(1.0), one(1.0), one(129.375), one(0.55))
