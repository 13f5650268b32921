"""What the three engines say of one queue: the same quantities, and the same capacity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from costmodel.analysis.engines import ENGINES, EngineSteps, HubQueue, des, fluid, markov
from costmodel.analysis.simulated_service import Course

SEED = 20_240_912
MONTHS = 24


def crowded(capacity: float, **changes: object) -> HubQueue:
    """Return a Hub to which half as many again come as can start, with a list already."""
    queue = HubQueue(
        arrivals=np.full(MONTHS, 1.5 * capacity),
        start_capacity=np.full(MONTHS, capacity),
        course_steps=2.5,
        attrition=0.0,
        opening_list=np.array([40.0]),
        opening_caseload=0.0,
        class_shares=np.ones(1),
        sessions_per_start=7.0,
        dropout_share=0.17,
        dna_rate=0.09,
    )
    return replace(queue, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("capacity", [0.4, 0.9, 1.0, 1.4, 2.2, 5.0, 12.0])
def test_every_engine_starts_as_many_as_capacity_allows_however_few_places_that_is(capacity: float) -> None:
    for engine in ENGINES.values():
        found = engine(crowded(capacity), SEED).starts.mean()
        assert found == pytest.approx(capacity, rel=0.04)


@pytest.mark.parametrize("group_size", [2, 4, 6, 8])
@pytest.mark.parametrize("dna_slot_share", [0.0, 1.0])
def test_groups_start_as_many_as_capacity_allows(group_size: int, dna_slot_share: float) -> None:
    groups = crowded(12.0, group_size=group_size, dna_slot_share=dna_slot_share)
    assert des(groups, SEED).starts[6:].mean() == pytest.approx(12.0, rel=0.04)


def test_a_group_holds_its_place_until_the_last_has_left() -> None:
    rng = np.random.default_rng(1)
    course = Course(sessions=5, interval=0.25, dna_rate=0.2, dna_slot_share=0.6, dropout_per_session=0.1)
    lost = 0.2 * 0.6 / (1.0 - 0.2 * 0.4)  # of the bookings that somebody is seen in, or nobody
    leaves_after = rng.geometric(0.1, (40_000, 3)).clip(max=5)
    bookings = leaves_after + rng.negative_binomial(leaves_after, 1.0 - lost)
    error = 3.0 * bookings.max(axis=1).std() / 200.0
    assert course.time_of_group(3) == pytest.approx(0.25 * bookings.max(axis=1).mean(), abs=0.25 * error)
    assert Course.of_sessions(7.0, 0.17, 2.5, 0.09).time_of_group(1) == pytest.approx(2.5)
    assert Course.exponential(2.0).time_of_group(2) == pytest.approx(3.0)


def test_the_wait_is_that_of_a_person_referred_at_the_end_of_the_step_by_every_engine() -> None:
    queue = crowded(12.0, attrition=0.03)
    expected = markov(queue, SEED).wait
    assert_allclose(fluid(queue, SEED).wait, expected, rtol=0.05)
    assert_allclose(des(queue, SEED).wait, expected, rtol=0.05)
    # Nobody starts in the last step, and yet whoever is referred then will wait.
    closing = replace(queue, start_capacity=np.r_[np.full(MONTHS - 1, 12.0), 1e-6])
    assert des(closing, SEED).wait[-1] > 100.0 * expected[-1]


@pytest.mark.parametrize("engine", ENGINES.values())
def test_a_month_of_much_leave_lengthens_the_wait_only_by_the_longer_list(
    engine: Callable[[HubQueue, int], EngineSteps],
) -> None:
    capacity = np.full(MONTHS, 12.0)
    capacity[5], capacity[6] = 6.0, 18.0
    leave = crowded(12.0, start_capacity=capacity, arrivals=np.full(MONTHS, 12.0))
    found = engine(replace(leave, starts_at_average_leave=np.full(MONTHS, 12.0)), SEED)
    weeks = found.waiting / 12.0 * leave.weeks_per_step
    assert_allclose(found.wait, weeks, rtol=0.05)
    assert engine(leave, SEED).wait[5] > 1.9 * found.wait[5]


def test_without_places_the_wait_has_no_end_and_with_places_to_spare_there_is_none() -> None:
    assert np.all(des(crowded(0.0, arrivals=np.ones(MONTHS)), SEED).wait == np.inf)
    idle = crowded(12.0, arrivals=np.full(MONTHS, 0.5), opening_list=np.zeros(1))
    assert_allclose(des(idle, SEED).wait, 0.0)


def test_in_a_month_at_a_standstill_every_engine_says_that_the_wait_has_no_end() -> None:
    capacity = np.full(MONTHS, 5.0)
    capacity[7] = 0.0
    queue = crowded(5.0, start_capacity=capacity)
    for engine in (fluid, markov, des):
        assert np.flatnonzero(engine(queue, SEED).wait == np.inf).tolist() == [7]


def test_where_groups_are_slow_to_fill_a_person_referred_waits_for_the_others() -> None:
    few = crowded(12.0, arrivals=np.full(MONTHS, 1.0), opening_list=np.zeros(1), group_size=4)
    found = des(few, SEED)
    # Places are free; who comes waits for 3, 2, 1 or no others, a month each, as the list is 0, 1, 2 or 3.
    months = 3.0 - found.waiting
    assert_allclose(found.wait, months * few.weeks_per_step, rtol=1e-9)
    assert found.wait.max() > 4.0


@pytest.mark.parametrize("engine", ENGINES.values())
@pytest.mark.parametrize("later", [6.0, 16.0])
def test_months_ahead_do_not_depend_on_how_far_ahead_one_looks(
    engine: Callable[[HubQueue, int], EngineSteps], later: float
) -> None:
    leave = np.array([0.98, 1.0, 1.02, 0.97, 0.9, 1.04, 1.02, 1.05, 0.9, 1.03, 1.01, 1.08])
    near = crowded(8.0, arrivals=np.full(12, 7.5), start_capacity=8.0 * leave, opening_list=np.zeros(1))
    far = replace(near, arrivals=np.full(24, 7.5), start_capacity=np.r_[8.0 * leave, later * leave])
    found, longer = engine(near, SEED), engine(far, SEED)
    for name in ("waiting", "waiting_upper", "starts", "left_list", "wait"):
        assert_allclose(getattr(longer, name)[:12], getattr(found, name), rtol=1e-6, atol=1e-6)


def test_places_are_those_of_the_first_year_with_staff_and_fewer_hours_slow_courses_down() -> None:
    nobody_yet = np.r_[np.zeros(3), np.full(12, 8.0), np.full(12, 12.0)]
    queue = crowded(8.0, start_capacity=nobody_yet, arrivals=np.full(27, 12.0))
    assert queue.slots == pytest.approx(20.0)
    assert_allclose(queue.pace[[0, 3, 14, 15]], [0.0, 1.0, 1.0, 1.5])
    two_then_four = np.r_[np.full(52, 2.0), np.full(20, 4.0)]
    weekly = crowded(2.0, start_capacity=two_then_four, weeks_per_step=365.25 / 364)
    assert weekly.usual_capacity == pytest.approx(2.0)
    assert crowded(0.0).slots == 0.0 and np.all(crowded(0.0).pace == 1.0)


@pytest.mark.parametrize("engine", ENGINES.values())
def test_as_many_start_as_capacity_allows_in_each_month_though_it_changes(
    engine: Callable[[HubQueue, int], EngineSteps],
) -> None:
    capacity = np.r_[np.full(6, 6.0), np.zeros(3), np.full(5, 3.2), np.full(10, 9.3)]
    queue = crowded(6.0, start_capacity=capacity, arrivals=np.full(MONTHS, 12.0))
    starts = engine(queue, SEED).starts
    for months in (slice(0, 6), slice(9, 14), slice(14, 24)):
        assert starts[months].mean() == pytest.approx(capacity[months].mean(), rel=0.06)
    assert_allclose(starts[6:9], 0.0, atol=1e-5)


def test_the_event_simulation_says_how_long_each_class_waits() -> None:
    labels = ("Urgent", "Soon", "Routine")
    shares = np.array([0.2, 0.3, 0.5])
    queue = crowded(12.0, arrivals=np.full(MONTHS, 12.6), class_shares=shares, class_labels=labels)
    found = des(queue, SEED).by_class
    assert tuple(each.label for each in found) == labels
    assert found[0].wait < 2.0 < 6.0 < found[2].wait
    assert all(0.0 < each.se < 0.3 * each.wait for each in found)
    # The error is that of the replications: other seeds lie within three of it.
    for other, each in zip(des(queue, 1).by_class, found, strict=True):
        assert abs(other.wait - each.wait) < 3.0 * np.hypot(other.se, each.se)
    assert not markov(queue, SEED).by_class and not des(crowded(12.0), SEED).by_class
    nobody = des(replace(queue, start_capacity=np.zeros(MONTHS)), SEED).by_class
    assert all(np.isnan(each.wait) and np.isnan(each.se) for each in nobody)
