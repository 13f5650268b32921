from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from costmodel.model.activities import Delivery, hours_per_unit, serve
from costmodel.model.types import ActivityInputs, Stage, TimeKind, Volume


def activities(*drivers: Volume, minutes: Any, **changes: Any) -> ActivityInputs:
    """Return activities of one Hub: direct time only, no indirect time, no DNA, one client a session."""
    values = np.array(minutes, dtype=float)[None, None]
    n, n_pools = values.shape[2:]
    neutral = {
        "driver": np.array([int(driver) for driver in drivers]),
        "stage": np.full(n, Stage.THERAPY),
        "minutes": values,
        "direct_only": np.ones(n, dtype=bool),
        "indirect_ratio": np.zeros((1, n_pools)),
        "dna_rate": np.zeros((1, n)),
        "dna_slot_share": np.ones((1, n)),
        "group_size": np.ones((1, n)),
    }
    return ActivityInputs(**neutral | changes)


def demand(**counts: float) -> np.ndarray:
    volumes = np.zeros((1, 1, len(Volume)))
    for name, count in counts.items():
        volumes[0, 0, Volume[name.upper()]] = count
    return volumes


def served(inputs: ActivityInputs, wanted: np.ndarray, *hours: float) -> Delivery:
    return serve(inputs, wanted, np.array([[hours]]))


COHORT = demand(
    screened=100, triaged=80, assessed=40, brief_support=20, brief_sessions=60, therapy_demand=30,
    therapy_starts=30, attended_sessions=240, completions=24, dropouts=6, navigated=15, registered=120,
    contacted=500, team_attendances=70, staff_wte=9, hub=1,
)  # fmt: skip


def test_direct_time_is_shared_by_the_clients_of_a_session() -> None:
    inputs = activities(Volume.HUB, minutes=[[90.0, 30.0]], group_size=np.array([[6.0]]))
    per_unit = hours_per_unit(inputs, 0)
    assert per_unit.shape == (1, 1, 2, 3)
    assert_allclose(per_unit[0, 0, :, TimeKind.DIRECT], [0.25, 1 / 12], rtol=1e-15)
    assert_array_equal(per_unit[0, 0, :, 1:], np.zeros((2, 2)))


def test_indirect_time_follows_direct_time_of_each_pool() -> None:
    inputs = activities(Volume.HUB, minutes=[[60.0, 30.0]], indirect_ratio=np.array([[0.5, 0.2]]))
    assert_allclose(hours_per_unit(inputs, 0)[0, 0, :, TimeKind.INDIRECT], [0.5, 0.1], rtol=1e-15)


def test_all_inclusive_minutes_bring_no_further_indirect_time() -> None:
    inputs = activities(
        Volume.HUB,
        Volume.HUB,
        minutes=[[60.0], [60.0]],
        direct_only=np.array([True, False]),
        indirect_ratio=np.array([[0.5]]),
    )
    assert_array_equal(hours_per_unit(inputs, 0)[0, 0, 0], [1.0, 0.5, 0.0])
    assert_array_equal(hours_per_unit(inputs, 1)[0, 0, 0], [1.0, 0.0, 0.0])


def test_a_missed_booking_costs_the_lost_share_of_direct_and_indirect_time() -> None:
    inputs = activities(
        Volume.HUB,
        minutes=[[60.0]],
        indirect_ratio=np.array([[0.5]]),
        dna_rate=np.array([[0.2]]),
        dna_slot_share=np.array([[0.8]]),
    )
    assert_allclose(hours_per_unit(inputs, 0)[0, 0, 0], [1.0, 0.5, 1.5 * 0.8 * 0.25], rtol=1e-14)


def test_hours_per_unit_follow_draw_hub_and_activity() -> None:
    inputs = activities(
        Volume.HUB,
        Volume.SCREENED,
        minutes=[[0.0], [0.0]],
        group_size=np.array([[1.0, 2.0], [1.0, 4.0]]),
    )
    minutes = np.array([60.0, 120.0, 180.0, 240.0]).reshape(1, 2, 2, 1)
    inputs = ActivityInputs(**vars(inputs) | {"minutes": minutes})
    direct = hours_per_unit(inputs, 1)[:, :, 0, TimeKind.DIRECT]
    assert_array_equal(direct, [[1.0, 2.0], [0.5, 1.0]])


def test_enough_hours_deliver_everything_and_leave_the_rest_unused() -> None:
    inputs = activities(Volume.SCREENED, Volume.ATTENDED_SESSIONS, minutes=[[30, 0], [60, 15]])
    delivery = served(inputs, COHORT, 300.0, 70.0)
    assert_array_equal(delivery.volumes, COHORT)
    assert_array_equal(delivery.delivered_share, [[[1.0, 1.0]]])
    assert_array_equal(delivery.hours[0, 0, :, :, TimeKind.DIRECT], [[50.0, 0.0], [240.0, 60.0]])
    assert_array_equal(delivery.unused_hours, [[[10.0, 10.0]]])
    assert_array_equal(delivery.required_hours[0, 0], [[50.0, 0.0], [240.0, 60.0]])


def test_exactly_enough_hours_are_enough() -> None:
    delivery = served(activities(Volume.SCREENED, minutes=[[30]]), COHORT, 50.0)
    assert delivery.delivered_share[0, 0, 0] == 1.0
    assert delivery.unused_hours[0, 0, 0] == 0.0


def test_therapy_starts_are_capped_and_those_not_started_stay_visible() -> None:
    delivery = served(activities(Volume.ATTENDED_SESSIONS, minutes=[[60]]), COHORT, 180.0)
    got = delivery.volumes[0, 0]
    assert delivery.delivered_share[0, 0, 0] == 0.75
    assert got[Volume.THERAPY_STARTS] == 22.5
    assert got[Volume.ATTENDED_SESSIONS] == 180.0
    assert got[Volume.COMPLETIONS] == 18.0
    assert got[Volume.DROPOUTS] == 4.5
    assert got[Volume.THERAPY_DEMAND] - got[Volume.THERAPY_STARTS] == 7.5
    assert got[Volume.SCREENED] == 100.0
    assert delivery.required_hours[0, 0, 0, 0] == 240.0
    assert delivery.unused_hours[0, 0, 0] == 0.0


def test_a_shortage_upstream_shrinks_everything_later_but_not_registrations() -> None:
    inputs = activities(Volume.SCREENED, Volume.ATTENDED_SESSIONS, minutes=[[60, 0], [0, 60]])
    delivery = served(inputs, COHORT, 40.0, 500.0)
    shrunk = delivery.volumes[0, 0] / COHORT[0, 0].clip(1e-9)
    for volume in ("SCREENED", "TRIAGED", "ASSESSED", "BRIEF_SUPPORT", "THERAPY_DEMAND", "ATTENDED_SESSIONS"):
        assert shrunk[Volume[volume]] == pytest.approx(0.4, rel=1e-14)
    for volume in ("REGISTERED", "CONTACTED", "TEAM_ATTENDANCES", "STAFF_WTE", "HUB"):
        assert shrunk[Volume[volume]] == 1.0
    assert_array_equal(delivery.delivered_share, [[[0.4, 1.0]]])
    assert_allclose(delivery.hours[0, 0, 1, 1, 0], 96.0, rtol=1e-14)
    assert_array_equal(delivery.required_hours[0, 0, 1], [0.0, 240.0])


def test_activities_are_served_in_declared_order() -> None:
    first, second = activities(Volume.TEAM_ATTENDANCES, Volume.CONTACTED, minutes=[[60], [6]]), 80.0
    delivery = served(first, COHORT, second)
    assert_allclose(delivery.delivered_share, [[[1.0, 0.2]]], rtol=1e-14)
    other_way = activities(Volume.CONTACTED, Volume.TEAM_ATTENDANCES, minutes=[[6], [60]])
    assert_allclose(served(other_way, COHORT, second).delivered_share, [[[1.0, 30 / 70]]], rtol=1e-14)


def test_the_scarcest_of_two_pools_decides_and_the_other_keeps_its_hours() -> None:
    inputs = activities(Volume.TEAM_ATTENDANCES, minutes=[[60, 60, 0]])
    delivery = served(inputs, COHORT, 56.0, 35.0, 5.0)
    assert_array_equal(delivery.delivered_share, [[[0.5]]])
    assert_allclose(delivery.hours[0, 0, 0, :, 0], [35.0, 35.0, 0.0], rtol=1e-15)
    assert_allclose(delivery.unused_hours, [[[21.0, 0.0, 5.0]]], rtol=1e-15)


def test_a_hub_without_the_pool_delivers_nothing() -> None:
    delivery = served(activities(Volume.ATTENDED_SESSIONS, minutes=[[60, 10]]), COHORT, 100.0, 0.0)
    assert_array_equal(delivery.delivered_share, [[[0.0]]])
    assert delivery.volumes[0, 0, Volume.THERAPY_STARTS] == 0.0
    assert delivery.volumes[0, 0, Volume.THERAPY_DEMAND] == 30.0
    assert_array_equal(delivery.unused_hours, [[[100.0, 0.0]]])


def test_rounding_leaves_no_trace_of_hours_to_later_activities() -> None:
    inputs = activities(Volume.ATTENDED_SESSIONS, Volume.TEAM_ATTENDANCES, minutes=[[7], [60]])
    shares = served(inputs, COHORT, 3.3).delivered_share[0, 0]
    assert 0.0 < shares[0] < 1.0
    assert shares[1] == 0.0
    spare = served(activities(Volume.TEAM_ATTENDANCES, minutes=[[60]]), COHORT, 70.0 + 1e-9)
    assert spare.unused_hours[0, 0, 0] == pytest.approx(1e-9, rel=1e-4)


def test_an_activity_nobody_wants_needs_no_hours_even_where_there_are_none() -> None:
    delivery = served(activities(Volume.ATTENDED_SESSIONS, minutes=[[60]]), demand(hub=1), 0.0)
    assert_array_equal(delivery.delivered_share, [[[1.0]]])
    assert_array_equal(delivery.hours, np.zeros((1, 1, 1, 1, 3)))


def test_without_dna_slots_are_attendances() -> None:
    with_dna = activities(
        Volume.ATTENDED_SESSIONS, minutes=[[60]], dna_rate=np.array([[0.2]]), dna_slot_share=np.array([[1.0]])
    )
    without = activities(Volume.ATTENDED_SESSIONS, minutes=[[60]])
    assert served(without, COHORT, 1_000.0).hours.sum() == 240.0
    assert served(with_dna, COHORT, 1_000.0).hours.sum() == pytest.approx(300.0, rel=1e-14)
    assert served(with_dna, COHORT, 1_000.0).hours[0, 0, 0, 0, TimeKind.NOT_ATTENDED] == pytest.approx(60.0)


def test_as_dna_nears_one_nothing_is_attended_and_at_one_nothing_is() -> None:
    def attended(dna: float) -> Delivery:
        inputs = activities(Volume.ATTENDED_SESSIONS, minutes=[[60]], dna_rate=np.array([[dna]]))
        return served(inputs, COHORT, 240.0)

    assert attended(0.999).volumes[0, 0, Volume.ATTENDED_SESSIONS] == pytest.approx(0.24, rel=1e-10)
    never = attended(1.0)
    assert never.volumes[0, 0, Volume.ATTENDED_SESSIONS] == 0.0
    assert_array_equal(never.hours, np.zeros((1, 1, 1, 1, 3)))
    assert_array_equal(never.unused_hours, [[[240.0]]])
    assert_array_equal(never.required_hours, [[[[np.nan]]]])


def test_minutes_that_failed_are_not_hidden() -> None:
    delivery = served(activities(Volume.SCREENED, minutes=[[np.nan]]), COHORT, 10.0)
    assert np.isnan(delivery.hours[0, 0, 0, 0, 0])


def test_serving_leaves_demand_and_hours_as_they_were() -> None:
    wanted, hours = COHORT.copy(), np.array([[[10.0]]])
    serve(activities(Volume.SCREENED, minutes=[[30]]), wanted, hours)
    assert_array_equal(wanted, COHORT)
    assert_array_equal(hours, [[[10.0]]])


def test_hubs_and_draws_are_served_apart() -> None:
    wanted = np.concatenate([COHORT, 2.0 * COHORT]).repeat(2, axis=1)
    hours = np.array([[[50.0], [25.0]], [[50.0], [0.0]]])
    inputs = activities(Volume.SCREENED, minutes=[[30]])
    inputs = ActivityInputs(**vars(inputs) | {"minutes": inputs.minutes.repeat(2, axis=1)})
    delivery = serve(inputs, wanted, hours)
    assert_array_equal(delivery.delivered_share[:, :, 0], [[1.0, 0.5], [0.5, 0.0]])
    assert_array_equal(delivery.volumes[:, :, Volume.TRIAGED], [[80.0, 40.0], [80.0, 0.0]])


def test_no_capacity_starts_nothing() -> None:
    inputs = activities(Volume.SCREENED, Volume.ATTENDED_SESSIONS, minutes=[[30], [60]])
    delivery = served(inputs, COHORT, 0.0)
    assert_array_equal(delivery.volumes[0, 0, [Volume.THERAPY_STARTS, Volume.ATTENDED_SESSIONS]], [0.0, 0.0])
    assert_array_equal(delivery.hours, np.zeros((1, 1, 2, 1, 3)))
