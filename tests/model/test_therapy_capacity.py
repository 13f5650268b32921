from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from costmodel.model.draws import in_every_draw
from costmodel.model.evaluate import evaluate
from costmodel.model.list_capacity import WEEKS_PER_MONTH, start_capacity
from costmodel.model.queueing import WaitingError
from costmodel.model.therapy_capacity import (
    Caps,
    TherapyHours,
    hires_output,
    hours_for_therapy,
    staff_multiplier,
    start_limits,
    therapy_hours,
    utilisation,
)
from costmodel.model.types import ModelInputs, Volume
from tests.model.toy import toy_activities, toy_inputs

STEADY = np.ones((5, 2))


def hours_of(inputs: ModelInputs) -> TherapyHours:
    outputs = evaluate(inputs)
    return therapy_hours(in_every_draw(inputs), outputs.staff, outputs.delivery)


def simple_hours(**changes: np.ndarray) -> TherapyHours:
    """Return one Hub with two pools, of which the first gives therapy."""
    values = {
        "pool_hours": np.array([[[387.5, 100.0]]]),
        "before": np.array([[[160.0, 20.0]]]),
        "after": np.array([[[50.0, 10.0]]]),
        "per_start": np.array([[[8.0, 0.0]]]),
        "sessions_per_start": np.array([[7.0]]),
        "slots_per_session": np.array([1.25]),
        "pool_wte": np.array([[[3.0, 1.0]]]),
        "dna_rate": np.array([0.2]),
        "dna_slot_share": np.array([1.0]),
        "group_size": np.array([1.0]),
    }
    return TherapyHours(**{**values, **changes})


def test_therapy_has_the_hours_that_the_cost_model_leaves_it() -> None:
    inputs = toy_inputs()
    outputs, hours = evaluate(inputs), hours_of(inputs)
    used = outputs.delivery.hours.sum(axis=4)
    drivers = [Volume(int(driver)) for driver in inputs.activities.driver]
    therapy = [
        n for n, driver in enumerate(drivers) if driver in (Volume.THERAPY_STARTS, Volume.ATTENDED_SESSIONS)
    ]
    others = [n for n in range(len(drivers)) if n not in therapy]
    assert_allclose(12.0 * (hours.before + hours.after), used[:, :, others].sum(axis=2))
    starts = outputs.delivery.volumes[..., Volume.THERAPY_STARTS]
    per_start = used[:, :, therapy].sum(axis=2) / starts[..., None]
    assert_allclose(hours.per_start, per_start, rtol=1e-9)
    assert_allclose(12.0 * hours.pool_hours, used.sum(axis=2) + outputs.delivery.unused_hours)
    assert_allclose(hours.pool_wte.sum(axis=2)[:, 0], outputs.delivery.volumes[:, 0, Volume.STAFF_WTE])


def test_a_year_of_starts_within_capacity_is_that_of_the_cost_model() -> None:
    inputs = toy_inputs()
    outputs, hours = evaluate(inputs), hours_of(inputs)
    limits = start_limits(hours, hours_for_therapy(hours, STEADY), Caps(), 3.0)
    most = 12.0 * limits[:, :, 0, :-3].min(axis=2)
    assert np.all(outputs.delivery.volumes[..., Volume.THERAPY_STARTS] <= most * (1.0 + 1e-9))


def test_therapy_bears_the_whole_of_a_month_with_fewer_hours() -> None:
    multiplier = np.array([[1.0, 0.9, 0.1]])
    assert_allclose(
        hours_for_therapy(simple_hours(), multiplier)[0, 0], [[227.5, 188.75, 0.0], [80.0, 70.0, 0.0]]
    )


def test_each_limit_by_itself() -> None:
    hours = simple_hours()
    caps = Caps(
        caseload_per_wte=np.array([20.0]),
        supervised_per_wte=np.array([90.0]),
        supervising_pool=1,
        room_sessions=np.array([[35.0]]),
    )
    limits = start_limits(hours, hours_for_therapy(hours, np.ones((1, 1))), caps, 3.0)
    rooms = 35.0 * WEEKS_PER_MONTH / 1.25 / 7.0
    assert_allclose(limits[0, 0, 0], [227.5 / 8.0, np.inf, 20.0, 30.0, rooms])
    without = start_limits(hours, hours_for_therapy(hours, np.ones((1, 1))), Caps(), 3.0)
    assert_allclose(without[0, 0, 0], [227.5 / 8.0, np.inf, np.inf, np.inf, np.inf])


def test_hours_used_are_never_more_than_there_are() -> None:
    share = utilisation(simple_hours(), np.array([[1.0, 0.5]]), np.array([[[70.0, 700.0]]]))
    assert_allclose(share[0, 0], [[(160.0 + 80.0 + 50.0) / 387.5, 1.0], [0.3, 0.6]])


def test_where_nobody_attends_nobody_can_start() -> None:
    activities = toy_activities(5)
    dna_rate = activities.dna_rate.copy()
    dna_rate[:, [int(driver) == Volume.ATTENDED_SESSIONS for driver in activities.driver]] = 1.0
    hours = hours_of(toy_inputs(activities={"dna_rate": dna_rate}))
    assert np.isinf(hours.per_start).any()
    limits = start_limits(hours, hours_for_therapy(hours, STEADY), Caps(), 3.0)
    assert_allclose(limits.min(axis=3), 0.0)
    assert np.isfinite(utilisation(hours, STEADY, np.zeros((5, 3, 2)))[:, 0, 0]).all()


def test_starts_of_staff_as_the_closed_form_has_them() -> None:
    values = (np.array([x]) for x in (3.0, 1_552.5, 0.55, 1.0, 0.12, 1.0, 7.0, 0.65))
    starts = start_capacity(*values).starts
    # 3 WTE with 55 % of hours for clients: the rest is work that comes first.
    hours = simple_hours(
        pool_hours=np.array([[[3 * 129.375]]]),
        before=np.array([[[0.45 * 3 * 129.375]]]),
        after=np.zeros((1, 1, 1)),
        per_start=np.array([[[7.0 / 0.88]]]),
        pool_wte=np.array([[[3.0]]]),
    )
    limits = start_limits(hours, hours_for_therapy(hours, np.ones((1, 1))), Caps(), 3.5)
    assert_allclose(limits[0, 0, 0, 0], starts[0])


def test_a_service_without_therapy_has_nothing_to_wait_for() -> None:
    driver = np.full_like(toy_activities(5).driver, int(Volume.SCREENED))
    inputs = toy_inputs()
    outputs = evaluate(inputs)
    without = in_every_draw(toy_inputs(activities={"driver": driver}))
    with pytest.raises(WaitingError, match="no activity takes staff time for therapy"):
        therapy_hours(without, outputs.staff, outputs.delivery)


def test_therapy_that_follows_starts_alone_books_one_slot_a_session() -> None:
    driver = toy_activities(5).driver.copy()
    driver[driver == int(Volume.ATTENDED_SESSIONS)] = int(Volume.THERAPY_STARTS)
    hours = hours_of(toy_inputs(activities={"driver": driver}))
    assert_allclose(hours.slots_per_session, 1.0)


def test_leave_moves_work_between_months_and_new_starters_lose_some() -> None:
    leave = np.array([1.0] * 7 + [0.5] + [1.0] * 4) * 10.0
    months = staff_multiplier(24, leave, 4, np.array([0.0, 0.2]), np.array([0.5, 1.0]))
    assert_allclose(months[0].mean(), 1.0)
    assert_allclose(months[0, 4] / months[0, 0], 0.5)
    assert_allclose(months[:, 12:], months[:, :12])
    monthly = 1.0 - 0.8 ** (1 / 12)
    assert_allclose(months[1] / months[0], 1.0 - 0.5 * monthly)


def test_hires_do_nothing_before_their_first_day() -> None:
    assert hires_output(3, 5, np.array([0.5, 1.0])).tolist() == [0.0, 0.0, 0.0]
    assert hires_output(3, 0, np.array([0.5, 1.0])).tolist() == [0.5, 1.0, 1.0]
