from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from costmodel.analysis.capacity import through_time_of
from costmodel.model.evaluate import evaluate
from costmodel.model.list_capacity import start_capacity
from costmodel.model.queueing import WaitingError
from costmodel.model.therapy_capacity import TherapyHours, hires_output, staff_multiplier, start_limits
from costmodel.model.through_time import ThroughTime
from costmodel.model.types import FloatArray, ModelInputs, Volume
from costmodel.units import WEEKS_PER_MONTH
from tests.model.toy import toy_activities, toy_inputs
from tests.model.toy_time import through_time, toy_time


def run_of(inputs: ModelInputs) -> ThroughTime:
    time = evaluate(through_time(inputs)).time
    assert time is not None
    return time


def simple_hours(**changes: np.ndarray) -> TherapyHours:
    """Return one Hub with two pools, of which the first gives therapy."""
    values = {
        "pool_hours": np.array([[[387.5, 100.0]]]),
        "before": np.array([[[[160.0], [20.0]]]]),
        "per_start": np.array([[[8.0, 0.0]]]),
        "sessions_per_start": np.array([[7.0]]),
        "slots_per_session": np.array([1.25]),
        "pool_wte": np.array([[[3.0, 1.0]]]),
        "dna_rate": np.array([0.2]),
        "dna_slot_share": np.array([1.0]),
        "group_size": np.array([1.0]),
    }
    return TherapyHours(**{**values, **changes})


def limits_of(hours: TherapyHours, **caps: object) -> FloatArray:
    available = hours.pool_hours[..., None] - hours.before
    one_hub = {"room_sessions": np.full((1, 1), np.inf), **caps}
    wte = hours.pool_wte[..., None]
    return start_limits(hours, toy_time(toy_inputs(), **one_hub), available, wte)[0, 0, 0]


def test_therapy_has_the_hours_that_earlier_activities_leave_it() -> None:
    inputs = toy_inputs()
    outputs, run = evaluate(through_time(inputs)), run_of(inputs)
    drivers = [Volume(int(driver)) for driver in inputs.activities.driver]
    therapy = [
        n for n, driver in enumerate(drivers) if driver in (Volume.THERAPY_STARTS, Volume.ATTENDED_SESSIONS)
    ]
    used = outputs.delivery.hours.sum(axis=4)
    assert_allclose(run.hours.before.sum(axis=3), used[:, :, : therapy[0]].sum(axis=2), atol=1e-9)
    # The time that therapy takes follows its sessions.
    starts = outputs.delivery.volumes[..., Volume.ATTENDED_SESSIONS] / run.hours.sessions_per_start
    per_start = used[:, :, therapy].sum(axis=2) / starts[..., None]
    assert_allclose(run.hours.per_start, per_start, rtol=1e-9)
    assert_allclose(12.0 * run.hours.pool_hours, used.sum(axis=2) + outputs.delivery.unused_hours)
    assert_allclose(run.hours.pool_wte.sum(axis=2)[:, 0], outputs.delivery.volumes[:, 0, Volume.STAFF_WTE])


def test_starts_never_take_more_than_any_limit() -> None:
    run = run_of(toy_inputs())
    assert np.all(run.flows.starts <= run.limits.min(axis=3) * (1.0 + 1e-9))


def test_therapy_bears_the_whole_of_a_month_with_fewer_hours() -> None:
    inputs = toy_inputs()
    multiplier = np.array([[1.0, 0.9, 0.01] + [1.0] * 9])
    run = evaluate(through_time(inputs, staff_multiplier=multiplier)).time
    assert run is not None
    assert_allclose(run.at_work, run.hours.pool_hours[..., None] * multiplier[:, None, None])
    assert np.all(run.used <= run.at_work * (1.0 + 1e-12))
    therapy = run.hours.per_start[:, 0] > 0.0
    free = (run.at_work - run.hours.before)[:, 0][therapy]
    assert np.all(free[:, 2] < free[:, 0])


def test_each_limit_by_itself() -> None:
    hours = simple_hours()
    limits = limits_of(
        hours,
        caseload_per_wte=np.array([[20.0]]),
        supervised_per_wte=np.array([[90.0]]),
        supervising_pool=1,
        room_sessions=np.full((1, 1), 35.0 * WEEKS_PER_MONTH),
        retention=np.ones(3),
    )
    rooms = 35.0 * WEEKS_PER_MONTH / 1.25 / 7.0
    assert_allclose(limits, [227.5 / 8.0, np.inf, 20.0, 30.0, rooms])
    assert_allclose(limits_of(hours), [227.5 / 8.0, np.inf, np.inf, np.inf, np.inf])


def test_caps_of_nobody_allow_nobody_and_no_cap_is_none() -> None:
    nobody = simple_hours(pool_wte=np.zeros((1, 1, 2)))
    caps = {"caseload_per_wte": np.array([[20.0]]), "supervised_per_wte": np.array([[90.0]])}
    assert limits_of(nobody, **caps, supervising_pool=1)[2:].tolist() == [0.0, 0.0, np.inf]
    assert limits_of(nobody, supervising_pool=1)[2:].tolist() == [np.inf, np.inf, np.inf]


def test_where_nobody_attends_nobody_can_start() -> None:
    activities = toy_activities(5)
    dna_rate = activities.dna_rate.copy()
    dna_rate[:, [int(driver) == Volume.ATTENDED_SESSIONS for driver in activities.driver]] = 1.0
    run = run_of(toy_inputs(activities={"dna_rate": dna_rate}))
    assert np.isinf(run.hours.per_start).any()
    assert_allclose(run.limits.min(axis=3), 0.0)
    assert_allclose(run.flows.starts, 0.0)
    assert np.isfinite(run.used).all()


def test_starts_of_staff_as_the_closed_form_has_them() -> None:
    values = (np.array([x]) for x in (3.0, 1_552.5, 0.55, 1.0, 0.12, 1.0, 7.0, 0.65))
    starts = start_capacity(*values).starts
    # 3 WTE with 55 % of hours for clients: the rest is work that comes first.
    hours = simple_hours(
        pool_hours=np.array([[[3 * 129.375]]]),
        before=np.array([[[[0.45 * 3 * 129.375]]]]),
        per_start=np.array([[[7.0 / 0.88]]]),
        pool_wte=np.array([[[3.0]]]),
    )
    assert_allclose(limits_of(hours)[0], starts[0])


def test_a_service_without_therapy_has_nothing_to_wait_for() -> None:
    driver = np.full_like(toy_activities(5).driver, int(Volume.SCREENED))
    outputs = evaluate(through_time(toy_inputs(activities={"driver": driver})))
    with pytest.raises(WaitingError, match="no activity takes staff time for therapy"):
        through_time_of(outputs, 12)


def test_therapy_that_follows_starts_alone_books_one_slot_a_session() -> None:
    driver = toy_activities(5).driver.copy()
    driver[driver == int(Volume.ATTENDED_SESSIONS)] = int(Volume.THERAPY_STARTS)
    assert_allclose(run_of(toy_inputs(activities={"driver": driver})).hours.slots_per_session, 1.0)


def test_leave_moves_work_between_months_and_new_starters_lose_some() -> None:
    leave = np.array([1.0] * 4 + [0.5] + [1.0] * 7)
    months = staff_multiplier(leave, np.array([0.0, 0.2]), np.array([0.5, 1.0]))
    assert_allclose(months[0], leave)
    monthly = 1.0 - 0.8 ** (1 / 12)
    assert_allclose(months[1] / months[0], 1.0 - 0.5 * monthly)


def test_hires_do_nothing_before_their_first_day() -> None:
    assert hires_output(3, 5, np.array([0.5, 1.0])).tolist() == [0.0, 0.0, 0.0]
    assert hires_output(3, 0, np.array([0.5, 1.0])).tolist() == [0.5, 1.0, 1.0]
