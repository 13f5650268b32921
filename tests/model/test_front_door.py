"""The front door step by step: whom hours cannot serve waits, and hours go to activities in their order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from costmodel.model.balance import ModelCheckError
from costmodel.model.draws import in_every_draw
from costmodel.model.front_door import ENTRY, QUEUES, Served, hours_at_work, serve_steps
from costmodel.model.pathway import cohort
from costmodel.model.types import ActivityInputs, FloatArray, ModelInputs, PathwayInputs, Stage, Volume
from tests.model.services import steady_time
from tests.model.single_hub import no_items, no_service_use, posts
from tests.model.toy import with_ledger

SCREENED, TRIAGED, ASSESSED = Volume.SCREENED, Volume.TRIAGED, Volume.ASSESSED


def hub(
    drivers: dict[Volume, float], *, dna: float = 0.0, pathway: dict[str, float] | None = None, **time: Any
) -> ModelInputs:
    """Return one Hub with one staff pool, whose activities take hours a unit.

    Of 120 people a year who register all are screened, half of them triaged, and of those 0.4 assessed, half
    bound for the Hub's therapy and a quarter given two brief sessions.
    """
    shares = {
        "screened_share": 1.0, "triaged_share": 0.5, "assessed_share": 0.4, "therapy_share": 0.5,
        "hub_share_of_therapy": 1.0, "signposted_share": 0.25, "navigated_share": 0.25, "brief_share": 0.5,
        "brief_sessions_per_client": 2.0, "dropout_share": 0.2, "sessions_per_completion": 8.0,
        "sessions_per_dropout": 2.0, "registrations": 120.0, "eligible_workforce": 10_000.0,
        "outreach_contacts": 240.0, "targeted_outreach_contacts": 0.0, "registered_share_of_targeted": 0.0,
        "team_attendances": 48.0,
    }  # fmt: skip
    people = PathwayInputs(
        **{name: np.full((1, 1), value) for name, value in {**shares, **(pathway or {})}.items()}
    )
    n = len(drivers)
    activities = ActivityInputs(
        driver=np.array([int(driver) for driver in drivers]),
        stage=np.full(n, int(Stage.TRIAGE)),
        minutes=60.0 * np.array(list(drivers.values())).reshape(1, 1, n, 1),
        direct_only=np.zeros(n, dtype=bool),
        indirect_ratio=np.zeros((1, 1)),
        dna_rate=np.full((1, n), dna),
        dna_slot_share=np.ones((1, n)),
        group_size=np.ones((1, n)),
    )
    inputs = with_ledger(posts([1.0], [1.0]), people, activities, no_items(), no_service_use())
    inputs = replace(inputs, time=steady_time(inputs, time.pop("n_steps", 12), **time))
    return in_every_draw(inputs)


def served(inputs: ModelInputs, hours: float | FloatArray, entered: FloatArray | None = None) -> Served:
    assert inputs.time is not None
    n_steps = inputs.time.arrivals.shape[2]
    by_step = np.broadcast_to(hours, (1, 1, 1, n_steps)).copy()
    demand = cohort(inputs.pathway, np.ones((1, 1)))
    return serve_steps(inputs, inputs.time, demand, by_step, range(inputs.activities.driver.size), entered)


def awaiting(**people: float) -> FloatArray:
    by_stage = {volume.name.lower(): number for number, volume in enumerate(QUEUES)}
    result = np.zeros((1, 1, len(QUEUES)))
    for name, number in people.items():
        result[0, 0, by_stage[name]] = number
    return result


def waiting(result: Served, stage: Volume) -> FloatArray:
    return result.waiting[0, 0, :, QUEUES.index(stage)]


def test_with_hours_enough_everybody_is_served_in_the_step_in_which_they_come() -> None:
    result = served(hub({SCREENED: 1.0, TRIAGED: 2.0}), 20.0)
    assert not result.waiting.any() and not result.left.any()
    assert_allclose(result.units[0, 0], [120.0, 60.0])
    assert_allclose(result.hours_left, 0.0, atol=1e-9)
    assert_allclose(result.entered[0, 0], np.full((12, 2), [10.0, 5.0]))
    assert_allclose(result.accepted, 2.5)
    assert_allclose(result.volumes[0, 0, ASSESSED], 24.0)


def test_who_is_not_screened_waits_and_is_screened_first_when_hours_return() -> None:
    hours = np.full(12, 30.0)
    hours[:2] = 4.0
    result = served(hub({SCREENED: 1.0}), hours.reshape(1, 1, 1, 12))
    assert_allclose(waiting(result, SCREENED)[:3], [6.0, 12.0, 0.0])
    assert_allclose(result.entered[0, 0, :4, 0], [4.0, 4.0, 22.0, 10.0])
    assert_allclose(result.entered[0, 0, :4, 1], [2.0, 2.0, 11.0, 5.0])
    assert_allclose(result.hours_left[0, 0, 0, :3], [0.0, 0.0, 8.0])
    assert_allclose(result.units[0, 0, 0], 120.0)


def test_who_is_not_triaged_has_been_screened_all_the_same() -> None:
    result = served(hub({SCREENED: 1.0, TRIAGED: 2.0}, n_steps=3), 14.0)
    assert_allclose(result.entered[0, 0], np.full((3, 2), [10.0, 2.0]))
    assert_allclose(waiting(result, TRIAGED), [3.0, 6.0, 9.0])
    assert not waiting(result, SCREENED).any()
    assert_allclose(result.accepted, 1.0)


def test_some_of_those_who_wait_leave_before_anybody_is_served() -> None:
    inputs = hub(
        {SCREENED: 1.0}, n_steps=2, awaiting=awaiting(screened=8.0), awaiting_attrition=np.full((1, 1), 0.25)
    )
    result = served(inputs, 4.0)
    # 6 of 8 stay, 10 come, 4 are served: 12 wait. A quarter of them leave, 10 come and 4 are served: 15.
    assert_allclose(waiting(result, SCREENED), [12.0, 15.0])
    assert_allclose(result.left[0, 0, 0], 2.0 + 3.0)


def test_everybody_who_waits_may_leave() -> None:
    inputs = hub({SCREENED: 1.0}, awaiting=awaiting(screened=8.0), awaiting_attrition=np.ones((1, 1)))
    result = served(inputs, 4.0)
    assert_allclose(waiting(result, SCREENED), 6.0)
    assert_allclose(result.left[0, 0, 0], 8.0 + 11 * 6.0)


@pytest.mark.parametrize("stage", list(QUEUES))
def test_who_waits_today_is_served_at_their_stage(stage: Volume) -> None:
    name = stage.name.lower()
    with_list = served(hub({SCREENED: 1.0}, awaiting=awaiting(**{name: 7.0})), 100.0)
    without = served(hub({SCREENED: 1.0}), 100.0)
    assert_allclose(with_list.volumes[0, 0, stage] - without.volumes[0, 0, stage], 7.0)
    assert not with_list.waiting.any()


def test_those_who_cannot_have_brief_sessions_wait_for_brief_support() -> None:
    # 1.25 people a step are given brief support: two sessions of two hours each.
    result = served(hub({Volume.BRIEF_SESSIONS: 2.0}, n_steps=2), 3.0)
    assert_allclose(waiting(result, Volume.BRIEF_SUPPORT), [0.5, 1.0])
    assert_allclose(result.volumes[0, 0, [Volume.BRIEF_SUPPORT, Volume.BRIEF_SESSIONS]], [1.5, 3.0])
    assert_allclose(result.accepted, 2.5)


def test_who_waits_for_assessment_is_accepted_for_therapy_all_the_same() -> None:
    result = served(hub({ASSESSED: 1.0}, n_steps=2), 0.5)
    assert_allclose(waiting(result, ASSESSED), [1.5, 3.0])
    assert_allclose(result.accepted, 2.5)


def test_what_is_not_for_people_one_by_one_is_simply_not_done() -> None:
    result = served(hub({Volume.TEAM_ATTENDANCES: 1.0, Volume.HUB: 12.0}, n_steps=12), 3.5)
    assert_allclose(result.units[0, 0], [12 * 3.5, 0.0])
    assert_allclose(result.volumes[0, 0, Volume.TEAM_ATTENDANCES], 42.0)
    assert_allclose(result.volumes[0, 0, Volume.HUB], 1.0)
    assert not result.waiting.any()


def test_where_nobody_attends_nobody_is_served_and_no_hour_is_used() -> None:
    result = served(hub({SCREENED: 1.0}, dna=1.0, n_steps=3), 20.0)
    assert_array_equal(result.units, 0.0)
    assert_allclose(result.hours_left, 20.0)
    assert_allclose(waiting(result, SCREENED), [10.0, 20.0, 30.0])
    assert_array_equal(result.entered, 0.0)


def test_an_activity_is_paid_for_although_a_later_one_stops_the_same_people() -> None:
    # Assessed before triage, of which there are hours for none.
    result = served(hub({ASSESSED: 1.0, TRIAGED: 10.0}, n_steps=2), 2.0)
    assert_allclose(result.units[0, 0], [4.0, 0.0])
    assert_allclose(result.volumes[0, 0, [ASSESSED, TRIAGED]], 0.0)
    assert_allclose(waiting(result, TRIAGED), [5.0, 10.0])


def test_who_has_passed_the_front_door_is_not_asked_again() -> None:
    inputs = hub({Volume.NAVIGATED: 1.0}, n_steps=2)
    entered = np.array([[[[8.0, 4.0], [6.0, 0.0]]]])
    result = served(inputs, 0.25, entered)
    assert_allclose(result.volumes[0, 0, [SCREENED, TRIAGED]], [14.0, 4.0])
    assert_allclose(result.entered, entered)
    # An eighth of those triaged are navigated, half a person, of which hours allow a quarter and a quarter.
    assert_allclose(waiting(result, Volume.NAVIGATED), [0.25, 0.0])
    assert_array_equal(waiting(result, SCREENED), 0.0)


def test_sums_are_of_the_first_year_and_lists_of_every_step() -> None:
    result = served(hub({SCREENED: 1.0}, n_steps=18), 6.0)
    assert_allclose(result.units[0, 0, 0], 72.0)
    assert_allclose(result.volumes[0, 0, SCREENED], 72.0)
    assert_allclose(waiting(result, SCREENED), 4.0 * np.arange(1, 19))


def test_nothing_is_left_of_a_pool_that_rounding_alone_would_leave() -> None:
    result = served(hub({SCREENED: 0.1, TRIAGED: 1.0}, n_steps=1, per_year=12), 0.3)
    assert_array_equal(result.hours_left, 0.0)
    assert_array_equal(result.units[0, 0, 1], 0.0)


def test_the_hours_given_stay_as_they_are() -> None:
    inputs = hub({SCREENED: 1.0})
    assert inputs.time is not None
    hours = hours_at_work(inputs.time, np.full((1, 1, 1), 60.0))
    served_hours = serve_steps(
        inputs, inputs.time, cohort(inputs.pathway, np.ones((1, 1))), hours, [0]
    ).hours_left
    assert_array_equal(hours, 5.0)
    assert_array_equal(served_hours, 0.0)


def test_hours_at_work_follow_the_steps() -> None:
    inputs = hub({SCREENED: 1.0}, staff_multiplier=np.array([[0.5, 1.5, 0.0]]), n_steps=3)
    assert inputs.time is not None
    assert_allclose(hours_at_work(inputs.time, np.array([[[120.0]]]))[0, 0, 0], [5.0, 15.0, 0.0])


def test_lost_people_stop_the_run_and_the_stage_and_step_are_named() -> None:
    broken = hub({SCREENED: 1.0}, awaiting=awaiting(triaged=-3.0))
    with pytest.raises(ModelCheckError, match=r"people are lost before being triaged, in step 1: 3 adrift"):
        served(broken, 0.0)


def test_the_first_stages_are_those_of_the_queues() -> None:
    assert QUEUES[: len(ENTRY)] == ENTRY
