"""What a run through time says of those who wait: sums, waits of everybody and means over people."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from costmodel.model.list_capacity import expected_wait
from costmodel.model.queue_outcomes import QueueOutcomes, queue_outcomes
from costmodel.model.types import ModelInputs
from costmodel.model.waiting_list import start_rate
from tests.model.services import RandomService, followed, toy_service

SUMS = ("opening_list", "waiting", "accepted", "left_list", "caseload", "awaiting")


def with_time(inputs: ModelInputs, **changes: Any) -> ModelInputs:
    assert inputs.time is not None
    return replace(inputs, time=replace(inputs.time, **changes))


def outcomes_of(inputs: ModelInputs) -> QueueOutcomes:
    return queue_outcomes(followed(inputs))


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32 - 1), weekly=st.booleans())
def test_all_hubs_together_are_the_sum_of_each(seed: int, weekly: bool) -> None:
    steps = 52 if weekly else 12
    queue = outcomes_of(RandomService(seed, steps, steps).inputs())
    for name in SUMS:
        values = getattr(queue, name)
        assert_allclose(values[:, 0], values[:, 1:].sum(axis=1), rtol=1e-12, err_msg=name)
    assert np.all((queue.share_over >= 0.0) & (queue.share_over <= 1.0 + 1e-12))
    assert np.all(queue.share_over[..., 0] >= queue.share_over[..., 1] - 1e-12)
    known = np.isfinite(queue.median_wait)
    assert np.all(queue.median_wait[known] <= queue.wait_95[known])
    for field in fields(queue):
        assert not np.isinf(getattr(queue, field.name)).any(), field.name


def test_the_balance_of_the_list_over_a_year() -> None:
    run = followed(toy_service())
    queue = queue_outcomes(run)
    starts = run.flows.starts.sum(axis=2)
    went = starts + queue.left_list[:, 1:] + queue.waiting[:, 1:]
    assert_allclose(queue.opening_list[:, 1:] + queue.accepted[:, 1:], went)


def test_waits_are_given_in_weeks() -> None:
    run = followed(toy_service())
    queue, flows = queue_outcomes(run), run.flows
    weeks = 365.25 / 7.0 / 12.0
    waited = (flows.starts * np.nan_to_num(flows.mean_wait)).sum(axis=(1, 2))
    assert_allclose(queue.mean_wait[:, 0], waited / flows.starts.sum(axis=(1, 2)) * weeks)
    own = (flows.starts * np.nan_to_num(flows.mean_wait)).sum(axis=2) / flows.starts.sum(axis=2)
    assert_allclose(queue.mean_wait[:, 1:], own * weeks)


def test_who_has_waited_too_long_is_a_share_of_those_who_wait() -> None:
    run = followed(toy_service())
    queue, waiting = queue_outcomes(run), run.flows.waiting[..., -1]
    over = run.flows.share_over[:, :, -1] * waiting[..., None]
    assert_allclose(queue.share_over[:, 0], over.sum(axis=1) / waiting.sum(axis=1)[:, None])


def test_nobody_waits_and_nobody_comes() -> None:
    inputs = toy_service()
    assert inputs.time is not None
    nobody = with_time(
        inputs,
        arrivals=0.0 * inputs.time.arrivals,
        awaiting=0.0 * inputs.time.awaiting,
        opening_list=0.0 * inputs.time.opening_list,
    )
    queue = outcomes_of(nobody)
    for name in SUMS[:-2]:
        assert_array_equal(getattr(queue, name), 0.0)
    assert_array_equal(queue.share_over, 0.0)
    for name in ("mean_wait", "median_wait", "wait_95"):
        assert np.isnan(getattr(queue, name)).all()
    assert np.isnan(queue.expected_wait_today[:, 0]).all() and not queue.expected_wait_today[:, 1:].any()


def test_where_nobody_can_start_there_is_no_expected_wait() -> None:
    inputs = toy_service()
    idle = replace(inputs, staff=replace(inputs.staff, wte=0.0 * inputs.staff.wte))
    queue = outcomes_of(with_time(idle, opening_caseload=np.full((5, 3), np.nan)))
    assert np.isnan(queue.expected_wait_today).all() and np.isnan(queue.mean_wait).all()


def test_the_expected_wait_today_is_that_of_a_mean_step() -> None:
    run = followed(with_time(toy_service(), class_shares=np.ones(1)))
    queue = queue_outcomes(run)
    rate = np.minimum(
        run.inputs.session_capacity / run.inputs.sessions_per_start[..., None], run.inputs.caseload_cap / 2.5
    ).mean(axis=2)
    wait = expected_wait(run.inputs.opening_list.sum(axis=2), rate, run.inputs.attrition)
    assert_allclose(queue.expected_wait_today[:, 1:], wait * run.weeks_per_step)
    weight = queue.accepted[:, 1:]
    assert_allclose(
        queue.expected_wait_today[:, 0], (wait * weight).sum(1) / weight.sum(1) * run.weeks_per_step
    )
    at_end = run.flows.expected_wait[:, :, -1, 0] * run.weeks_per_step
    assert_allclose(queue.expected_wait_at_end[:, 1:], at_end)


def test_who_is_in_a_lower_class_waits_behind_all_who_come_in_higher_ones() -> None:
    shares = np.array([0.25, 0.75])
    run = followed(with_time(toy_service(), class_shares=shares))
    opening, coming = run.inputs.opening_list.sum(axis=2), run.inputs.arrivals.mean(axis=2)
    places = start_rate(run.inputs).mean(axis=2)
    first = expected_wait(shares[0] * opening, places, run.inputs.attrition)
    left = np.maximum(places - shares[0] * coming, 0.0)
    second = expected_wait(opening, left, run.inputs.attrition)
    wait = (shares[0] * first + shares[1] * second) * run.weeks_per_step
    assert_allclose(queue_outcomes(run).expected_wait_today[:, 1:], np.where(np.isfinite(wait), wait, np.nan))
    known = np.isfinite(second)
    assert known.any() and np.all(second[known] > 1.01 * first[known])


def test_a_class_to_which_nobody_belongs_counts_for_nothing() -> None:
    """The lowest class may never be served; where nobody is in it, that is nobody's wait."""
    one = outcomes_of(with_time(toy_service(), class_shares=np.ones(1)))
    two = outcomes_of(with_time(toy_service(), class_shares=np.array([1.0, 0.0])))
    for field in fields(one):
        assert_array_equal(getattr(two, field.name), getattr(one, field.name), err_msg=field.name)


def test_a_run_cut_off_after_a_year_has_the_lists_of_that_year() -> None:
    run = followed(toy_service(n_steps=24))
    year = queue_outcomes(run.until(12))
    assert_array_equal(year.waiting[:, 1:], run.flows.waiting[..., 11])
    assert_array_equal(year.awaiting[:, 1:], run.awaiting[:, :, 11])
