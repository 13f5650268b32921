"""The event simulation against the exact chain, and against what must hold in every run."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from costmodel.analysis.event_simulation import replicate
from costmodel.analysis.simulated_service import Course, Replications, Service
from costmodel.model.birth_death import ChainRates, opening_state, transient
from costmodel.model.queueing import WaitingError, steady_queue

SEED = 20_240_912
MONTHS = 18
RISING = np.linspace(3.0, 6.0, MONTHS)
SLOTS = np.array([8.0] * 9 + [12.0] * 9)


def service(**changes: object) -> Service:
    base = Service(
        arrivals=RISING,
        slots=SLOTS,
        course=Course.exponential(2.5),
        attrition_rate=0.1,
        opening_list=np.array([3.0, 2.0]),
        opening_caseload=8.0,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def three_errors(values: np.ndarray) -> np.ndarray:
    return np.asarray(3.0 * values.std(axis=0, ddof=1) / np.sqrt(len(values)))


@cache
def simulated() -> Replications:
    return replicate(service(), seed=SEED, replications=60)


def test_the_simulation_is_within_three_standard_errors_of_the_exact_chain() -> None:
    found = simulated()
    exact = transient(ChainRates(RISING, SLOTS, 1 / 2.5, 0.1), opening_state(13.0))
    for name, values in (
        ("waiting", found.waiting),
        ("starts", found.starts),
        ("left_list", found.left_list),
    ):
        error = values.std(axis=0, ddof=1) / np.sqrt(len(values))
        expected = getattr(exact, name)
        if name == "starts":
            # What a growth of slots starts at the turn of a month belongs to the month before it here.
            expected, values = expected.sum(), values.sum(axis=1)
            error = values.std(ddof=1) / np.sqrt(len(values))
        assert np.all(np.abs(values.mean(axis=0) - expected) <= 3.0 * error + 1e-9), name
    error = found.mean_queue.std(ddof=1) / np.sqrt(found.mean_queue.size)
    assert abs(found.mean_queue.mean() - exact.mean_waiting.mean()) <= 3.0 * error


def test_the_same_seed_is_the_same_run_and_another_is_not() -> None:
    short = replicate(service(), seed=SEED, replications=30)
    assert_array_equal(short.waiting, simulated().waiting[:30])
    assert not np.array_equal(replicate(service(), seed=8).waiting, short.waiting)


def test_services_that_differ_in_slots_see_the_same_clients() -> None:
    fewer = replicate(service(slots=SLOTS - 2.0), seed=SEED)
    more = replicate(service(), seed=SEED)
    paired = fewer.mean_queue - more.mean_queue
    assert paired.mean() > 0.0
    assert np.corrcoef(fewer.mean_queue, more.mean_queue)[0, 1] > 0.5


def test_people_are_conserved_in_every_replication() -> None:
    patient = service(attrition_rate=0.0, course=Course.of_sessions(6.0, 0.2, 2.0, 0.1))
    found = replicate(patient, seed=3)
    assert not found.left_list.any()
    ended = (found.completions + found.dropouts).sum(axis=1)
    assert np.all(ended <= 8 + found.starts.sum(axis=1))
    assert 0.1 < found.dropouts.sum() / ended.sum() < 0.3
    assert_array_equal(found.starts_by_class.sum(axis=1), found.starts.sum(axis=1))


def test_higher_classes_wait_less() -> None:
    found = replicate(service(class_shares=np.array([0.3, 0.7])), seed=5)
    waits = found.waited_by_class.sum(axis=0) / found.starts_by_class.sum(axis=0)
    assert waits[0] < 0.5 * waits[1]


def test_groups_start_when_they_are_full() -> None:
    groups = service(slots=np.full(MONTHS, 3.0), group_size=4, opening_caseload=6.0)
    found = replicate(groups, seed=5)
    assert np.all(found.starts.sum(axis=1) % 4 == 0)
    assert found.starts.sum() > 0.0


def test_a_slower_pace_takes_longer() -> None:
    course = Course.of_sessions(6.0, 0.0, 2.0)
    usual = replicate(service(course=course), seed=5)
    slow = replicate(service(course=course, pace=np.full(MONTHS, 0.5)), seed=5)
    assert slow.completions.sum() < 0.75 * usual.completions.sum()


def test_a_pace_that_changes_changes_courses_under_way_as_in_the_exact_chain() -> None:
    pace = np.tile([1.0, 0.2, 1.6], MONTHS // 3)
    slots = np.full(MONTHS, 10.0)
    full = {"slots": slots, "opening_caseload": 10.0, "opening_list": np.array([2.0, 1.0])}
    found = replicate(service(pace=pace, **full), seed=SEED, replications=60)
    exact = transient(ChainRates(RISING, slots, pace / 2.5, 0.1), opening_state(13.0))
    for name in ("waiting", "starts"):
        values = getattr(found, name)
        assert np.all(np.abs(values.mean(axis=0) - getattr(exact, name)) <= three_errors(values)), name


def test_a_month_that_stands_still_holds_courses_up_and_does_not_end_them() -> None:
    still = np.r_[1.0, 0.0, np.ones(MONTHS - 2)]
    course = Course(sessions=4, interval=0.1)
    found = replicate(service(course=course, pace=still), seed=5)
    assert not found.completions[:, 1].any()
    assert found.completions[:, 2].mean() > 3.0


def bookings(dna_rate: float, slot_share: float) -> Service:
    course = Course(sessions=6, interval=0.3, dna_rate=dna_rate, dna_slot_share=slot_share)
    crowd = {"arrivals": np.full(MONTHS, 30.0), "slots": np.full(MONTHS, 10.0), "attrition_rate": 0.0}
    return service(course=course, **crowd, opening_list=np.array([40.0]), opening_caseload=0.0)


@pytest.mark.parametrize(("dna_rate", "slot_share"), [(0.3, 1.0), (0.3, 0.4), (0.3, 0.0), (0.0, 1.0)])
def test_a_slot_not_attended_is_lost_in_the_share_that_is_said(dna_rate: float, slot_share: float) -> None:
    found = replicate(bookings(dna_rate, slot_share), seed=11)
    lost = slot_share * dna_rate / (1.0 - dna_rate)
    # Ten places are always taken, each for six attended sessions and the slots lost beside them.
    expected = 10.0 * MONTHS / (6 * 0.3 * (1.0 + lost))
    started = found.starts.sum(axis=1)
    error = started.std(ddof=1) / np.sqrt(30)
    assert abs(started.mean() - expected) <= 3.0 * error + 10.0  # courses under way at the end


def test_a_lost_slot_costs_starts_and_one_that_is_filled_does_not() -> None:
    none, filled, lost = (
        replicate(bookings(rate, share), seed=11).starts.sum()
        for rate, share in ((0.0, 1.0), (0.3, 0.0), (0.3, 1.0))
    )
    assert filled == none and lost < 0.8 * none


def test_a_course_keeps_its_mean_time_whatever_share_of_slots_is_lost() -> None:
    for slot_share in (0.0, 0.5, 1.0):
        course = Course.of_sessions(6.0, 0.0, 2.0, 0.2, slot_share)
        slots = course.sessions * (1.0 + slot_share * 0.2 / 0.8)
        assert slots * course.interval == pytest.approx(2.0)


def test_appointments_end_treatment_on_their_calendar() -> None:
    weekly = Course(sessions=4, interval=0.25)
    found = replicate(
        service(
            arrivals=np.zeros(MONTHS), course=weekly, slots=np.full(MONTHS, 2.0), attrition_rate=0.0,
            opening_list=np.array([4.0]), opening_caseload=0.0,
        ),
        seed=2,
    )  # fmt: skip
    # Two places, four clients, four weekly appointments each: two complete in each of the first two months.
    assert_array_equal(found.completions[:, :3].cumsum(axis=1)[:, 2], np.full(30, 4.0))
    assert_array_equal(found.starts[:, 0], np.full(30, 2.0))


def test_littles_law_holds_in_what_each_replication_reports() -> None:
    # Nobody leaves and nobody is left: the list over time is the time that those who started waited.
    empty = service(opening_list=np.zeros(1), attrition_rate=0.0, slots=np.full(MONTHS, 60.0))
    crowded = replace(empty, slots=np.full(MONTHS, 9.0), arrivals=np.r_[np.full(6, 6.0), np.zeros(12)])
    found = replicate(crowded, seed=4)
    assert not found.waiting[:, -1].any() and found.mean_queue.mean() > 0.5
    assert_allclose(found.mean_queue * MONTHS, found.waited.sum(axis=1), rtol=1e-9)


def test_the_standard_error_falls_with_more_replications() -> None:
    few, many = (replicate(service(), seed=SEED, replications=n).mean_queue for n in (30, 60))
    assert many.std(ddof=1) / np.sqrt(60) < few.std(ddof=1) / np.sqrt(30)


def test_without_referrals_the_list_runs_down() -> None:
    nobody = service(arrivals=np.zeros(MONTHS), opening_caseload=0.0)
    found = replicate(nobody, seed=5)
    assert_allclose(found.starts.sum(axis=1) + found.left_list.sum(axis=1), 5.0)
    assert not found.waiting[:, -1].any()
    assert not found.starts[:, -1].any() and not found.full[:, -1].any()


def test_a_course_has_the_mean_that_it_is_made_for() -> None:
    course = Course.of_sessions(7.65, 0.17, 2.5, dna_rate=0.09)
    assert course.mean_sessions == pytest.approx(7.65, abs=0.5)
    assert course.mean_sessions * course.interval / (1.0 - 0.09) == pytest.approx(2.5)
    assert (1.0 - course.dropout_per_session) ** (course.sessions - 1) == pytest.approx(0.83)
    assert Course.of_sessions(1.0, 0.0, 1.0).sessions == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"arrivals": np.full(MONTHS, -1.0)}, "arrivals, slots and attrition cannot be negative"),
        ({"course": Course(sessions=5, interval=0.1, dna_rate=1.0)}, "must each be at least 0 and below 1"),
        ({"course": Course(sessions=5, interval=0.1, dropout_per_session=1.0)}, "at least 0 and below 1"),
        (
            {"course": Course(sessions=5, interval=0.1, dna_slot_share=1.2)},
            "the share of missed bookings whose slot is lost must be between 0 and 1",
        ),
        ({"course": Course()}, "a course must take some time"),
        ({"group_size": 0}, "a group has 1 client or more; got 0"),
    ],
)
def test_an_impossible_service_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(WaitingError, match=message):
        replicate(service(**changes), seed=1)


def test_too_few_replications_are_refused() -> None:
    with pytest.raises(WaitingError, match="at least 30 replications; got 29"):
        replicate(service(), seed=1, replications=29)


def test_services_that_differ_in_places_and_caseload_see_the_same_clients() -> None:
    # Nobody starts in either: one has no places, the other has them taken for good.
    without = service(slots=np.zeros(MONTHS), opening_caseload=0.0)
    for_good = Course.exponential(1e9)
    taken = service(slots=np.full(MONTHS, 7.0), opening_caseload=7.0, course=for_good)
    none, all_taken = replicate(without, seed=SEED), replicate(taken, seed=SEED)
    assert not none.starts.any() and not all_taken.starts.any()
    assert_array_equal(none.waiting, all_taken.waiting)
    assert_array_equal(none.left_list, all_taken.left_list)


# A queue in steady state: four servers, four fifths of their time taken, settled after some 25 steps.
ARRIVALS, SERVERS, CLASS_SHARES = 3.2, 4.0, np.array([0.25, 0.35, 0.4])
STEPS, WARM_UP = 330, 80


@cache
def settled() -> Replications:
    queue = Service(
        arrivals=np.full(STEPS, ARRIVALS),
        slots=np.full(STEPS, SERVERS),
        course=Course.exponential(1.0),
        class_shares=CLASS_SHARES,
    )
    return replicate(queue, seed=SEED)


def test_after_a_warm_up_the_simulation_is_within_three_standard_errors_of_erlang_c() -> None:
    exact = steady_queue(np.array([ARRIVALS]), np.array([1.0]), np.array([SERVERS]))
    found = settled().waiting[:, WARM_UP:].mean(axis=1)
    assert three_errors(found) < 0.3 * exact.mean_queue
    assert abs(found.mean() - exact.mean_queue) <= three_errors(found)


def test_classes_wait_what_the_formula_of_cobham_says() -> None:
    """W_k = C / (c mu) / ((1 - s_(k-1)) (1 - s_k)), s_k the load of the first k classes (Cobham 1954)."""
    exact = steady_queue(np.array([ARRIVALS]), np.array([1.0]), np.array([SERVERS]))
    load = np.concatenate([[0.0], np.cumsum(CLASS_SHARES * ARRIVALS / SERVERS)])
    expected = exact.prob_wait / SERVERS / ((1.0 - load[:-1]) * (1.0 - load[1:]))
    found = settled().waited_by_class / settled().starts_by_class
    assert expected[2] > 5.0 * expected[0]
    assert np.all(np.abs(found.mean(axis=0) - expected) <= three_errors(found))


def pairs_in_one_place(arrivals: float, service_rate: float, most: int = 150) -> float:
    """Return the exact list where pairs share one place, by the chain of (waiting, in treatment)."""
    states = [(waiting, treated) for treated in range(3) for waiting in range(most if treated else 2)]
    place = {state: number for number, state in enumerate(states)}
    generator = np.zeros((len(states), len(states)))
    for (waiting, treated), row in place.items():
        moves = {(waiting + 1, treated): arrivals}
        if treated:
            moves[waiting, treated - 1] = treated * service_rate
        for (now_waiting, now_treated), rate in moves.items():
            begin = now_treated == 0 and now_waiting >= 2
            after = (now_waiting - 2, 2) if begin else (now_waiting, now_treated)
            if after in place:
                generator[row, place[after]] += rate
                generator[row, row] -= rate
    balance = np.vstack([generator.T, np.ones(len(states))])
    probability = np.linalg.lstsq(balance, np.eye(len(states) + 1)[-1], rcond=None)[0]
    return float(sum(share * waiting for share, (waiting, _) in zip(probability, states, strict=True)))


def test_groups_wait_what_the_exact_chain_of_groups_says() -> None:
    # A pair takes its place until the second of them ends: 1.5 / 0.75 steps on average. Three quarters full.
    pairs = Service(
        arrivals=np.full(STEPS, 0.75),
        slots=np.ones(STEPS),
        course=Course.exponential(1.0 / 0.75),
        group_size=2,
    )
    found = replicate(pairs, seed=SEED).waiting[:, WARM_UP:].mean(axis=1)
    exact = pairs_in_one_place(0.75, 0.75)
    assert three_errors(found) < 0.3 * exact
    assert abs(found.mean() - exact) <= three_errors(found)
