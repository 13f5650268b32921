from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from costmodel.model.backlog import Backlog, clear, follow
from costmodel.model.list_capacity import capacity_to_clear
from costmodel.model.queueing import WaitingError


def backlog(months: int = 6, **changes: Any) -> Backlog:
    """Return one list of 180 with 48 referrals a month and starts for 40."""
    steps = np.ones((1, 1, months))
    base: dict[str, Any] = {
        "opening": np.full((1, 1), 180.0),
        "arrivals": 48.0 * steps,
        "starts_by_staff": 40.0 * steps,
        "starts_by_caseload": np.inf * steps,
        "starts_by_place": np.inf * steps,
        "attrition": np.full((1, 1), 0.03),
        "output": np.ones(months),
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
    assert_allclose(plan.extra_starts, np.maximum(needed - 40.0, 0.0), atol=1e-6)
    assert 1 <= plan.cleared_in[0, 0] <= months


def test_hires_who_come_late_and_learn_must_be_more() -> None:
    soon = clear(backlog())
    late = clear(backlog(output=np.array([0.0, 0.0, 0.25, 0.5, 0.75, 1.0])))
    assert late.extra_starts[0, 0] > 2.0 * soon.extra_starts[0, 0]
    assert_allclose(late.path.waiting[..., -1], 0.0, atol=1e-6)
    assert late.path.left_list.sum() > soon.path.left_list.sum()


def test_hires_who_come_too_late_clear_nothing() -> None:
    plan = clear(backlog(output=np.zeros(6)))
    assert not plan.feasible.any() and np.isnan(plan.extra_starts).all()
    assert_allclose(plan.path.waiting, plan.path_without.waiting)
    assert plan.cleared_in.tolist() == [[0]]


def test_rooms_that_are_full_cannot_be_staffed_away() -> None:
    plan = clear(backlog(starts_by_place=np.full((1, 1, 6), 50.0)))
    assert not plan.feasible.any()
    assert_allclose(plan.path.starts, 50.0)


def test_the_caseload_grows_with_the_staff() -> None:
    plan = clear(backlog(starts_by_caseload=np.full((1, 1, 6), 20.0)))
    assert plan.feasible.all()
    # Half as many may start as hours allow, so that it takes twice the staff.
    assert_allclose(plan.extra_starts, 2.0 * 74.92990971186937 - 40.0, rtol=1e-6)
    nobody = np.zeros((1, 1, 6))
    from_nothing = clear(backlog(starts_by_staff=nobody, starts_by_caseload=nobody))
    assert_allclose(from_nothing.extra_starts, 74.92990971186937, rtol=1e-6)


def test_a_list_within_its_target_needs_nobody() -> None:
    plan = clear(backlog(opening=np.full((1, 1), 10.0), arrivals=np.full((1, 1, 6), 5.0)))
    assert plan.extra_starts.tolist() == [[0.0]]
    assert plan.cleared_in.tolist() == [[1]]


def test_shorter_waits_that_bring_referrals_need_more_staff() -> None:
    without = clear(backlog())
    induced = clear(backlog(elasticity=0.3))
    assert induced.extra_starts[0, 0] > without.extra_starts[0, 0]
    assert induced.path.arrivals.sum() > without.path.arrivals.sum()
    assert_allclose(induced.path.waiting[..., -1], 0.0, atol=1e-6)
    # With the staff in post waits grow, and fewer come.
    assert np.all(follow(backlog(elasticity=0.3), np.zeros((1, 1))).arrivals <= 48.0)


def test_referrals_cannot_answer_to_a_wait_without_end() -> None:
    case = backlog(elasticity=0.3, starts_by_staff=np.zeros((1, 1, 6)))
    assert_allclose(follow(case, np.zeros((1, 1))).arrivals, 48.0)


def test_people_are_conserved_on_the_way() -> None:
    case = backlog(elasticity=0.2, output=np.array([0.0, 0.5, 1.0, 1.0, 1.0, 1.0]))
    path = clear(case).path
    came = 180.0 + path.arrivals.sum()
    assert_allclose(came, path.starts.sum() + path.left_list.sum() + path.waiting[0, 0, -1])


def test_a_negative_elasticity_is_refused() -> None:
    with pytest.raises(WaitingError, match="cannot bring fewer referrals"):
        clear(replace(backlog(), elasticity=-0.1))
