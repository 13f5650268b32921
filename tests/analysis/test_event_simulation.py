"""The event simulation against the exact chain, and against what must hold in every run."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from costmodel.analysis.event_simulation import Course, Replications, Service, replicate
from costmodel.model.birth_death import ChainRates, opening_state, transient
from costmodel.model.queueing import WaitingError

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


def test_without_referrals_the_list_runs_down() -> None:
    nobody = service(arrivals=np.zeros(MONTHS), opening_caseload=0.0)
    found = replicate(nobody, seed=5)
    assert_allclose(found.starts.sum(axis=1) + found.left_list.sum(axis=1), 5.0)
    assert not found.waiting[:, -1].any()
    assert np.isnan(found.mean_wait()[-1])


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
