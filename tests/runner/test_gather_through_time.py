"""From `waiting.yaml` to steps: what comes in a month comes in its weeks, and what the file says is read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from costmodel.gather import Layout, gather
from costmodel.gather.through_time import OTHER_LIMITS, Calendar, in_steps, limit_names, time_inputs
from costmodel.inputs.specification import ModelSpec
from costmodel.inputs.waiting_file import MONTHS
from costmodel.model.evaluate import evaluate
from costmodel.model.front_door import QUEUES
from costmodel.model.pathway import registered_a_year
from costmodel.model.queueing import WaitingError
from costmodel.model.time_inputs import TimeInputs
from costmodel.model.types import Volume
from costmodel.runner import base_case
from costmodel.uncertainty.draws import expected_values
from costmodel.units import MONTH, WEEK, Step
from tests.scenario_files import fixed, shipped_project, specification

BOTH = pytest.mark.parametrize("step", [MONTH, WEEK], ids=["months", "weeks"])
steps = st.sampled_from([MONTH, WEEK])
by_month = st.lists(st.floats(0.0, 100.0), min_size=1, max_size=30).map(np.array)


def joint(unit: str, values: dict[str, float]) -> dict[str, Any]:
    components = {name: name for name in values}
    return {"label": "Numbers", "unit": unit, "components": components, "value": values, "evidence": "user"}


def numbered(*values: float, first: int = 1) -> dict[str, float]:
    return {f"month_{first + number}": value for number, value in enumerate(values)}


def time_of(spec: ModelSpec, step: Step = MONTH, months: float = 12.0) -> TimeInputs:
    draws = {name: np.array([value]) for name, value in expected_values(spec.plan).items()}
    time = gather(Layout(spec), draws, months=months, step=step).time
    assert time is not None
    return time


def registrations(spec: ModelSpec) -> np.ndarray:
    draws = {name: np.array([value]) for name, value in expected_values(spec.plan).items()}
    return registered_a_year(gather(Layout(spec), draws).pathway)


# -- steps


@given(by_month=by_month, step=steps)
def test_means_of_steps_keep_their_integral(by_month: np.ndarray, step: Step) -> None:
    means = in_steps(by_month, step)
    assert_allclose(means.sum() * step.months, by_month.sum(), rtol=1e-9, atol=1e-9)
    assert means.size == step.steps(by_month.size)
    assert means.min() >= -1e-12 and means.max() <= by_month.max() + 1e-9
    if step == MONTH:
        assert_array_equal(means, by_month)
        assert means is not by_month


@given(pattern=st.lists(st.floats(0.01, 5.0), min_size=12, max_size=12).map(np.array),
       first=st.integers(1, 12), years=st.integers(1, 3), step=steps)  # fmt: skip
def test_a_pattern_of_the_year_has_a_mean_of_one_in_every_year(
    pattern: np.ndarray, first: int, years: int, step: Step
) -> None:
    calendar = Calendar(first, years * step.per_year, step)
    by_year = calendar.pattern(pattern).reshape(years, step.per_year)
    assert_allclose(by_year.mean(axis=1), 1.0)
    assert_allclose(by_year, np.broadcast_to(by_year[0], by_year.shape))
    # The first step is in the month in which the run begins.
    assert_allclose(by_year[0, 0] / by_year[0, -1], pattern[first - 1] / pattern[(first + 10) % 12])


@BOTH
def test_a_pattern_of_the_year_is_the_same_however_far_ahead(step: Step) -> None:
    by_month = np.linspace(0.4, 1.6, 12)
    n = step.per_year
    year, longer = (Calendar(4, steps, step).pattern(by_month) for steps in (n, n + n // 2))
    assert_array_equal(longer[:n], year)
    assert_array_equal(longer[n:], year[: n // 2])


@given(by_month=st.lists(st.floats(0.0, 100.0), min_size=1, max_size=30).map(np.array), step=steps)
def test_what_comes_in_a_month_comes_in_its_steps(by_month: np.ndarray, step: Step) -> None:
    calendar = Calendar(4, step.steps(by_month.size), step)
    spread = calendar.spread(by_month)
    assert_allclose(spread.sum(), by_month.sum(), rtol=1e-9, atol=1e-9)
    month = np.floor(calendar.months + 1e-9).astype(int)
    assert_allclose(np.bincount(month, spread, by_month.size), by_month, rtol=1e-9, atol=1e-9)
    assert calendar.last_month == by_month.size


@given(shares=st.lists(st.floats(0.01, 1.0), max_size=20))
def test_a_retention_profile_never_rises_whatever_the_step(shares: list[float]) -> None:
    profile = {"month_1": 1.0} | numbered(*sorted(shares, reverse=True), first=2)
    spec = shipped_project().specification("base_case")
    assert spec.waiting is not None
    record = spec.waiting.retention.model_copy(
        update={"value": profile, "components": {name: name for name in profile}}
    )
    waiting = spec.waiting.model_copy(update={"retention": record})
    months = sum(profile.values())
    for step in (MONTH, WEEK):
        retention = time_of(replace(spec, waiting=waiting), step).retention
        assert retention[0] == 1.0 and retention[-1] > 0.0
        assert np.all(np.diff(retention) <= 0.0)
        assert_allclose(retention.sum() * step.months, months, rtol=1e-9)


# -- arrivals


@BOTH
def test_steady_arrivals_are_a_years_registrations(step: Step) -> None:
    spec = shipped_project().specification("four_hubs")
    arrivals = time_of(spec, step).arrivals
    assert arrivals.shape == (1, 4, step.per_year)
    assert_allclose(arrivals.sum(axis=2), registrations(spec))
    assert_allclose(arrivals, arrivals[..., :1] * np.ones(step.per_year))


@BOTH
def test_growth_is_by_the_year(tmp_path: Path, step: Step) -> None:
    arrivals = {"pattern": "growth", "yearly_growth": fixed("growth", 0.72)}
    spec = specification(tmp_path, {"waiting.arrivals": arrivals})
    n = step.per_year
    by_step = time_of(spec, step, months=36).arrivals[0, 0]
    assert_allclose(by_step[n : 2 * n].sum() / by_step[:n].sum(), 1.72)
    assert_allclose(by_step[0] * n, registrations(spec)[0, 0])
    # A geometric series over the steps of a year.
    assert_allclose(by_step[:n].sum() / registrations(spec)[0, 0], 0.72 / (1.72 ** (1 / n) - 1.0) / n)


@BOTH
def test_a_surge_begins_at_its_height_and_halves(tmp_path: Path, step: Step) -> None:
    surge = {
        "height": fixed("ratio", 1.5), "begins_in_month": fixed("months", 4), "half_life": fixed("months", 3)
    }  # fmt: skip
    spec = specification(tmp_path, {"waiting.arrivals": {"pattern": "surge", "surge": surge}})
    against = time_of(spec, step).arrivals[0, 0] * step.per_year / registrations(spec)[0, 0]
    quarter = step.per_year // 4
    assert_allclose(against[:quarter], 1.0)
    assert_allclose(against[quarter], 2.5)
    assert_allclose(against[2 * quarter], 1.75)
    extra = 1.5 * (1.0 - 0.5**3) / (1.0 - 0.5 ** (1 / quarter))
    assert_allclose(against.sum(), step.per_year + extra)


@BOTH
def test_seasons_move_registrations_within_the_year(tmp_path: Path, step: Step) -> None:
    seasons = dict(zip(MONTHS, (2.0, *[1.0] * 10, 3.0), strict=True))
    spec = specification(
        tmp_path, {"waiting.arrivals": {"pattern": "seasonal", "by_month": joint("ratio", seasons)}}
    )
    by_step = time_of(spec, step).arrivals[0, 0]
    assert_allclose(by_step.sum(), registrations(spec)[0, 0])
    month = np.arange(step.per_year) * 12 // step.per_year
    calendar_month = (spec.frame.base_date.month - 1 + month) % 12
    in_january, in_december = (int(np.argmax(calendar_month == each)) for each in (0, 11))
    assert_allclose(by_step[in_january] / by_step[in_december], 2.0 / 3.0)


@BOTH
def test_a_series_is_what_comes(step: Step) -> None:
    spec = shipped_project().specification("base_case")
    assert spec.waiting is not None
    arrivals = spec.waiting.arrivals.model_copy(update={"pattern": "series", "file": "referrals.csv"})
    series = tuple(float(20 + month) for month in range(15))
    named = replace(
        spec,
        waiting=spec.waiting.model_copy(update={"arrivals": arrivals}),
        referrals={"reference": series},
    )
    assert_allclose(time_of(named, step).arrivals.sum(), sum(series[:12]))
    assert_allclose(time_of(named, step, months=15).arrivals.sum(), sum(series))
    with pytest.raises(WaitingError, match="the series of registrations holds 15 months; 16 are needed"):
        time_of(named, step, months=16)


# -- staff, lists and limits


@BOTH
def test_leave_moves_hours_and_takes_none(step: Step) -> None:
    spec = shipped_project().specification("base_case")
    multiplier = time_of(spec, step, months=24).staff_multiplier
    years = multiplier.reshape(1, 2, step.per_year)
    monthly = 1.0 - (1.0 - 0.12) ** (1 / 12)
    assert_allclose(years.mean(axis=2), 1.0 - 1.5 * monthly)
    assert_allclose(years[:, 1], years[:, 0])


@BOTH
def test_a_run_is_never_shorter_than_the_year_of_its_costs(step: Step) -> None:
    spec = shipped_project().specification("base_case")
    assert time_of(spec, step, months=3).arrivals.shape[2] == step.per_year
    assert time_of(spec, step, months=18).arrivals.shape[2] == 3 * step.per_year // 2


def test_who_waits_today_is_read_for_every_stage(tmp_path: Path) -> None:
    hub = "waiting.hubs.reference"
    changes = {
        f"{hub}.awaiting_screening": fixed("people", 12.0),
        f"{hub}.awaiting_triage": fixed("people", 7.0),
        f"{hub}.awaiting_assessment": fixed("people", 20.0),
        f"{hub}.opening_list": fixed("people", 60.0),
        f"{hub}.opening_caseload": fixed("people", 14.0),
        f"{hub}.room_sessions": fixed("sessions/week", 30.0),
        "waiting.awaiting_attrition": fixed("share", 0.05),
        "waiting.priority_classes": joint("share", {"urgent": 0.3, "routine": 0.7}),
    }
    time = time_of(specification(tmp_path, changes))
    by_stage = dict(zip(QUEUES, time.awaiting[0, 0].tolist(), strict=True))
    assert by_stage == dict.fromkeys(QUEUES, 0.0) | {
        Volume.SCREENED: 12.0, Volume.TRIAGED: 7.0, Volume.ASSESSED: 20.0
    }  # fmt: skip
    assert time.opening_list.item() == 60.0 and time.opening_caseload.item() == 14.0
    assert_allclose(time.room_sessions, 30.0 * 365.25 / 12.0 / 7.0)
    assert_allclose(time.awaiting_attrition, 0.05)
    assert_allclose(time.class_shares, [0.3, 0.7])


def test_what_the_file_leaves_out_hinders_nothing() -> None:
    time = time_of(shipped_project().specification("base_case"))
    assert not time.awaiting.any() and not time.awaiting_attrition.any() and not time.opening_ages.any()
    assert np.isnan(time.opening_caseload).all() and np.isinf(time.room_sessions).all()
    assert time.class_shares.tolist() == [1.0]


def test_limits_that_are_not_given_do_not_bind() -> None:
    spec = shipped_project().specification("base_case")
    assert spec.waiting is not None
    waiting = spec.waiting.model_copy(update={"supervision": None, "caseload_per_wte": None})
    without = {
        name: parameter
        for name, parameter in spec.parameters.items()
        if not name.startswith(("waiting.supervision", "waiting.caseload"))
    }
    draws = {
        name: np.array([value])
        for name, value in expected_values(spec.plan).items()
        if name in without or name not in spec.parameters
    }
    time = gather(Layout(replace(spec, waiting=waiting, parameters=without)), draws).time
    assert time is not None and time.supervising_pool == 0
    assert np.isinf(time.caseload_per_wte).all() and np.isinf(time.supervised_per_wte).all()


@BOTH
def test_ages_of_the_list_are_shares_of_it_by_step(tmp_path: Path, step: Step) -> None:
    ages = joint("share", numbered(0.4, 0.3, 0.2, 0.1, first=0))
    time = time_of(specification(tmp_path, {"waiting.hubs.reference.opening_list_by_age": ages}), step)
    assert_allclose(time.opening_ages.sum(), 1.0)
    assert_allclose(time.opening_ages[0, 0, : step.per_year // 4].sum(), 0.9)


def test_who_leaves_in_a_month_leaves_in_its_weeks() -> None:
    spec = shipped_project().specification("base_case")
    by_month, by_week = (time_of(spec, step).attrition for step in (MONTH, WEEK))
    assert_allclose((1.0 - by_week) ** (52 / 12), 1.0 - by_month)


def test_limits_are_named_in_the_order_of_their_axis() -> None:
    layout = Layout(shipped_project().specification("base_case"))
    assert limit_names(layout) == (*layout.pools, *OTHER_LIMITS)


def test_a_specification_without_a_list_is_taken_as_a_whole_year() -> None:
    spec = replace(shipped_project().specification("base_case"), waiting=None)
    draws = {name: np.array([value]) for name, value in expected_values(spec.plan).items()}
    inputs = gather(Layout(spec), draws)
    assert inputs.time is None
    with pytest.raises(WaitingError, match="the project holds no waiting list"):
        time_inputs(Layout(spec), draws, inputs.pathway, 12.0, MONTH)


@BOTH
def test_a_fourth_post_that_comes_after_four_months(tmp_path: Path, step: Step) -> None:
    known = shipped_project().tree.get(("hub_reference", "posts", "clinical_psychologist_8a"))
    fourth = {"hub_reference.posts.fourth": {**known, "in_post_after": fixed("months", 4.0)}}
    layouts = [Layout(specification(tmp_path, changes)) for changes in ({}, fourth)]
    inputs = [
        gather(layout, {name: np.array([value]) for name, value in expected_values(layout.spec.plan).items()},
               months=24, step=step)
        for layout in layouts
    ]  # fmt: skip
    before, after = (evaluate(each) for each in inputs)
    assert before.time is not None and after.time is not None
    (number,) = (n for n, entry in enumerate(layouts[1].posts) if entry.prefix.endswith(".fourth"))
    like = next(n for n, entry in enumerate(layouts[1].posts) if entry.prefix.endswith("_8a"))
    paid = after.staff.components
    assert_allclose(paid[:, number], paid[:, like] * 8.0 / 12.0)
    pool, come = inputs[1].staff.pool[number], int(4.0 / step.months)
    added = (after.time.at_work - before.time.at_work)[0, 0]
    assert_allclose(added[:, :come], 0.0, atol=1e-9)
    assert added[pool, come] > 0.0
    limits = [each.limits[0, 0, :, pool] for each in (before.time, after.time)]
    # What the team does together grows with the year's staff, and takes a little from therapy meanwhile.
    assert np.all(limits[1][:come] <= limits[0][:come])
    assert np.all(limits[1][come + 1 :] > limits[0][come + 1 :])
    hours = after.staff.hours[0, like] / step.per_year
    assert inputs[1].time is not None
    assert_allclose(added[pool, step.steps(12.0) :], hours * inputs[1].time.productive.item())


def test_a_first_day_that_is_today_changes_nothing(tmp_path: Path) -> None:
    at_once = {"hub_reference.posts.practitioner_6.in_post_after": fixed("months", 0.0)}
    runs = [base_case(specification(tmp_path, changes)) for changes in ({}, at_once)]
    for one, other in zip(*(vars(run.outcomes).values() for run in runs), strict=True):
        assert_array_equal(one, other)
