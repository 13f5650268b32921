from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from costmodel.model.backlog import Backlog, Clearance, Hires, clear, follow, is_cleared, staff_for
from costmodel.model.list_capacity import capacity_to_clear, expected_wait
from costmodel.model.queueing import WaitingError
from costmodel.model.types import FloatArray


def hires(output: FloatArray, pools: int = 1, **changes: Any) -> Hires:
    """Return hires of whom each brings a start a month, in every pool, and takes nobody's time."""
    base: dict[str, Any] = {
        "wte_per_start": np.ones((1, 1, pools)),
        "upkeep": np.zeros((1, 1, pools)),
        "starts_per_caseload": np.full((1, 1), np.inf),
        "output": output,
        "in_post": (output > 0.0).astype(np.float64),
    }
    return Hires(**{**base, **changes})


def everybody(plan: Clearance) -> float:
    """Return the extra staff of a plan."""
    return float(plan.extra_wte.sum())


def backlog(months: int = 6, **changes: Any) -> Backlog:
    """Return one list of 180 with 48 referrals a month and starts for 40."""
    steps = np.ones((1, 1, months))
    base: dict[str, Any] = {
        "opening": np.full((1, 1), 180.0),
        "arrivals": 48.0 * steps,
        "starts_by_pool": 40.0 * steps[:, :, None],
        "starts_by_caseload": np.inf * steps,
        "starts_by_place": np.inf * steps,
        "attrition": np.full((1, 1), 0.03),
        "hires": hires(np.ones(months)),
        "target_queue": np.zeros((1, 1)),
        "target_wait": 0.92,
    }
    return Backlog(**{**base, **changes})


@given(st.floats(0.0, 400.0), st.floats(0.0, 0.5), st.integers(1, 24), st.floats(0.0, 60.0))
def test_extra_capacity_is_that_of_the_closed_form(
    opening: float, attrition: float, months: int, target: float
) -> None:
    case = backlog(
        months,
        opening=np.full((1, 1), opening),
        attrition=np.full((1, 1), attrition),
        target_queue=np.full((1, 1), target),
    )
    needed = capacity_to_clear(case.opening, np.full((1, 1), 48.0), case.attrition, months, target)
    plan = clear(case)
    assert plan.feasible.all()
    assert_allclose(plan.extra_wte[..., 0], np.maximum(needed - 40.0, 0.0), atol=1e-6)
    assert 1 <= plan.cleared_in[0, 0] <= months


def test_hires_who_come_late_and_learn_must_be_more() -> None:
    soon = clear(backlog())
    late = clear(backlog(hires=hires(np.array([0.0, 0.0, 0.25, 0.5, 0.75, 1.0]))))
    assert everybody(late) > 2.0 * everybody(soon)
    assert_allclose(late.path.waiting[..., -1], 0.0, atol=1e-6)
    assert late.path.left_list.sum() > soon.path.left_list.sum()


def test_hires_who_come_too_late_clear_nothing() -> None:
    plan = clear(backlog(hires=hires(np.zeros(6))))
    assert not plan.feasible.any() and np.isnan(plan.extra_wte).all()
    assert_allclose(plan.path.waiting, plan.path_without.waiting)
    assert plan.cleared_in.tolist() == [[0]]


def test_rooms_that_are_full_cannot_be_staffed_away() -> None:
    plan = clear(backlog(starts_by_place=np.full((1, 1, 6), 50.0)))
    assert not plan.feasible.any()
    assert_allclose(plan.path.starts, 50.0)


def test_the_caseload_grows_with_the_staff() -> None:
    half = hires(np.ones(6), starts_per_caseload=np.full((1, 1), 0.5))
    plan = clear(backlog(starts_by_caseload=np.full((1, 1, 6), 20.0), hires=half))
    assert plan.feasible.all()
    # 20 start with those in post and half a start comes with each who is hired: the hours are no limit.
    assert everybody(plan) == pytest.approx((74.92990971186937 - 20.0) / 0.5)
    nobody = np.zeros((1, 1, 6))
    from_nothing = clear(backlog(starts_by_pool=nobody[:, :, None], starts_by_caseload=nobody, hires=half))
    assert everybody(from_nothing) == pytest.approx(74.92990971186937 / 0.5)


def test_staff_are_added_where_hours_hold_the_others_back() -> None:
    hours = np.repeat(np.array([40.0, 60.0, np.inf])[None, None, :, None], 6, axis=3)
    per_start = np.array([[[1.0, 0.5, 0.0]]])
    plan = clear(backlog(starts_by_pool=hours, hires=hires(np.ones(6), 3, wte_per_start=per_start)))
    needed = 74.92990971186937
    assert_allclose(plan.extra_wte, [[[needed - 40.0, 0.5 * (needed - 60.0), 0.0]]], rtol=1e-9)


def test_the_time_that_hires_take_is_made_up_for() -> None:
    upkeep = np.array([[[0.1, 0.02]]])
    two = np.repeat(np.array([40.0, 100.0])[None, None, :, None], 6, axis=3)
    plan = clear(backlog(starts_by_pool=two, hires=hires(np.ones(6), 2, upkeep=upkeep)))
    # The first pool gives a tenth of each hire's time to those who come; the second has time to spare.
    assert_allclose(plan.extra_wte, [[[(74.92990971186937 - 40.0) / 0.9, 0.0]]], rtol=1e-6)
    assert_allclose(plan.path.waiting[..., -1], 0.0, atol=1e-6)


def test_hires_whose_upkeep_outweighs_their_work_clear_nothing() -> None:
    useless = hires(np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.25]), upkeep=np.full((1, 1, 1), 0.4))
    plan = clear(backlog(hires=useless))
    assert not plan.feasible.any() and np.isnan(plan.extra_wte).all()


def test_a_month_with_few_hours_is_no_month_in_which_a_list_is_kept() -> None:
    uneven = np.array([50.0, 50.0, 50.0, 50.0, 50.0, 20.0])[None, None, None]
    plan = clear(backlog(starts_by_pool=uneven))
    assert_allclose(plan.path.waiting[..., -1], 0.0, atol=1e-6)
    less = follow(backlog(starts_by_pool=uneven), 0.99 * plan.extra_wte)
    assert float(less.waiting[0, 0, -1]) > 0.1


def test_staff_who_are_enough_for_one_list_need_not_be_for_a_longer_one() -> None:
    two = backlog(
        opening=np.array([[180.0], [200.0]]),
        arrivals=np.full((2, 1, 6), 48.0),
        attrition=np.full((2, 1), 0.03),
        target_queue=np.zeros((2, 1)),
    )
    for extra, cleared in ((34.0, [False, False]), (35.0, [True, False]), (38.0, [True, True])):
        assert is_cleared(two, np.full((1, 1, 1), extra))[:, 0].tolist() == cleared


def test_extra_staff_are_needed_up_to_the_last_month() -> None:
    # The list stays below its target all along, but only because of them.
    case = backlog(opening=np.full((1, 1), 10.0), target_queue=np.full((1, 1), 30.0))
    plan = clear(case)
    assert everybody(plan) > 0.0 and np.all(plan.path.waiting <= 30.0)
    assert plan.cleared_in.tolist() == [[6]]


def test_nobody_is_short_where_all_limits_allow_the_level() -> None:
    level = np.full((1, 1), 30.0)
    assert staff_for(level, np.full((1, 1, 1), 40.0), np.full((1, 1), 31.0), hires(np.ones(1))).sum() == 0.0


def test_a_list_within_its_target_needs_nobody() -> None:
    plan = clear(backlog(opening=np.full((1, 1), 10.0), arrivals=np.full((1, 1, 6), 5.0)))
    assert plan.extra_wte.tolist() == [[[0.0]]]
    assert plan.cleared_in.tolist() == [[1]]


def test_shorter_waits_that_bring_referrals_need_more_staff() -> None:
    without = clear(backlog())
    induced = clear(backlog(elasticity=0.3))
    assert everybody(induced) > everybody(without)
    assert induced.path.arrivals.sum() > without.path.arrivals.sum()
    assert_allclose(induced.path.waiting[..., -1], 0.0, atol=1e-6)
    # With the staff in post waits grow, and fewer come.
    assert np.all(follow(backlog(elasticity=0.3), np.zeros((1, 1, 1))).arrivals <= 48.0)


def test_referrals_answer_to_waits_at_an_average_month_s_leave() -> None:
    leave, level = np.array([1.1, 0.7, 1.1, 1.0, 1.2, 0.9]), np.full((1, 1, 1, 6), 40.0)
    seasonal = backlog(
        elasticity=0.3, starts_by_pool=level * leave, starts_by_pool_at_average_leave=level, target_wait=0.1
    )
    extra = np.full((1, 1, 1), 20.0)
    path = follow(seasonal, extra)
    before = np.concatenate([seasonal.opening[..., None], path.waiting[..., :-1]], axis=2)
    wait = expected_wait(before, np.array(40.0 + 20.0), np.array(0.03))
    today = expected_wait(seasonal.opening, np.array(40.0), np.array(0.03))
    assert_allclose(path.arrivals, 48.0 * (wait / today) ** -0.3)
    assert_allclose(path.capacity[0, 0], 40.0 * leave + 20.0)
    # Without an answer to waits, nothing but the starts of each month matters.
    deaf = replace(seasonal, elasticity=0.0)
    alone = replace(deaf, starts_by_pool_at_average_leave=None)
    assert_array_equal(follow(deaf, extra).waiting, follow(alone, extra).waiting)


def test_referrals_cannot_answer_to_a_wait_without_end() -> None:
    case = backlog(elasticity=0.3, starts_by_pool=np.zeros((1, 1, 1, 6)))
    assert_allclose(follow(case, np.zeros((1, 1, 1))).arrivals, 48.0)


def test_people_are_conserved_on_the_way() -> None:
    case = backlog(elasticity=0.2, hires=hires(np.array([0.0, 0.5, 1.0, 1.0, 1.0, 1.0])))
    path = clear(case).path
    came = 180.0 + path.arrivals.sum()
    assert_allclose(came, path.starts.sum() + path.left_list.sum() + path.waiting[0, 0, -1])


def test_a_negative_elasticity_is_refused() -> None:
    with pytest.raises(WaitingError, match="cannot bring fewer referrals"):
        clear(replace(backlog(), elasticity=-0.1))
