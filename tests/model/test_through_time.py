"""A service through time: nobody is lost, no hour is worked twice, a steady year is the whole-year cohort."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from costmodel.model.activities import serve
from costmodel.model.balance import ModelCheckError
from costmodel.model.draws import in_every_draw
from costmodel.model.evaluate import ModelOutputs, evaluate
from costmodel.model.front_door import QUEUES
from costmodel.model.ledger import hours_by_pool
from costmodel.model.list_capacity import expected_wait
from costmodel.model.pathway import steps_of_clients
from costmodel.model.queueing import WaitingError
from costmodel.model.staffing import staff_costs
from costmodel.model.through_time import ThroughTime
from costmodel.model.types import FloatArray, ModelInputs, Volume
from costmodel.model.waiting_list import MOST_OPENING_AGES, run_list, start_rate
from tests.model.services import (
    RandomService,
    arrays_of,
    cut_inputs,
    followed,
    steady_time,
    toy_service,
    with_arrays,
)
from tests.model.toy import by_draw, toy_inputs

LEAVE = np.array([1.05, 1.0, 0.95, 1.1, 0.8, 1.1, 1.0, 1.05, 0.75, 1.1, 1.05, 1.05])
THERAPY = (Volume.THERAPY_STARTS, Volume.ATTENDED_SESSIONS, Volume.COMPLETIONS, Volume.DROPOUTS)


def roomy(n_draws: int = 5, **changes: Any) -> ModelInputs:
    """Return the toy with ten times its staff: nothing is ever short of hours."""
    inputs = toy_inputs(n_draws)
    return replace(inputs, staff=replace(inputs.staff, wte=10.0 * inputs.staff.wte), **changes)


def steady(inputs: ModelInputs, *, per_year: int = 12, **changes: Any) -> ModelInputs:
    return replace(inputs, time=steady_time(inputs, per_year, per_year, **changes))


def require_people_conserved(inputs: ModelInputs, run: ThroughTime) -> None:
    """Require that whoever waited or came to a stage was served, left or still waits."""
    inputs = in_every_draw(inputs)
    assert inputs.time is not None
    ways, volumes = steps_of_clients(inputs.pathway), run.delivery.volumes
    for place, stage in enumerate(QUEUES):
        before, share = ways[stage]
        came = volumes[..., before] * share
        still = run.awaiting[:, :, -1, place]
        gone = volumes[..., stage] + run.awaiting_left[..., place] + still
        assert_allclose(
            inputs.time.awaiting[..., place] + came, gone, rtol=1e-9, atol=1e-9, err_msg=stage.name
        )
    for volume in (Volume.THERAPY_DEMAND, Volume.EXTERNAL_THERAPY, Volume.NO_FURTHER_SUPPORT):
        if volume not in inputs.activities.driver:
            came = volumes[..., Volume.TRIAGED] * ways[volume][1]
            assert_allclose(volumes[..., volume], came, rtol=1e-9, atol=1e-12)
    accepted = run.inputs.arrivals.sum(axis=2)
    assert_allclose(accepted, volumes[..., Volume.TRIAGED] * ways[Volume.THERAPY_DEMAND][1], atol=1e-9)
    went = (run.flows.starts + run.flows.left_list).sum(axis=2) + run.flows.waiting[..., -1]
    assert_allclose(inputs.time.opening_list + accepted, went, rtol=1e-9, atol=1e-9)
    ended = run.flows.completions + run.flows.dropouts
    in_therapy = run.inputs.opening_starts * run.inputs.retention[1:].sum() + run.flows.starts.sum(axis=2)
    still = (run.flows.caseload - ended)[..., -1]
    assert_allclose(in_therapy, ended.sum(axis=2) + still, rtol=1e-9, atol=1e-9)


def require_hours_balance(inputs: ModelInputs, outputs: ModelOutputs) -> None:
    """Require that no step and no year uses hours that are not there, and that steps add up to the year."""
    run, delivery = outputs.time, outputs.delivery
    assert run is not None
    assert np.all(run.used <= run.at_work * (1.0 + 1e-12))
    by_pool = delivery.hours.sum(axis=(2, 4))
    available = hours_by_pool(in_every_draw(inputs), outputs.staff)
    assert_allclose(run.used.sum(axis=3), by_pool, rtol=1e-9, atol=1e-6)
    assert_allclose(by_pool + delivery.unused_hours, available, rtol=1e-9, atol=1e-6)
    asked = delivery.required_hours
    used = delivery.hours.sum(axis=4)
    known = np.isfinite(asked) & (asked > 0.0)
    share = np.broadcast_to(delivery.delivered_share[..., None], asked.shape)
    assert_allclose(used[known], (share[known] * asked[known]), rtol=1e-9, atol=1e-9)


def require_nothing_negative(outputs: ModelOutputs) -> None:
    for part in (outputs.time, outputs.queue):
        for name, values in arrays_of(part).items():
            assert np.nanmin(values, initial=0.0) >= 0.0, name


@settings(max_examples=80)
@given(seed=st.integers(0, 2**32 - 1), weekly=st.booleans())
def test_people_and_hours_are_conserved_whatever_the_service(seed: int, weekly: bool) -> None:
    steps = 52 if weekly else 12
    inputs = RandomService(seed, steps, steps).inputs()
    outputs = evaluate(inputs)
    assert outputs.time is not None
    require_people_conserved(inputs, outputs.time)
    require_hours_balance(inputs, outputs)
    require_nothing_negative(outputs)


@settings(max_examples=10)
@given(seed=st.integers(0, 2**32 - 1))
def test_people_are_conserved_in_every_step(seed: int) -> None:
    """What is counted up to a step and what is counted up to the step before differ by that step alone."""
    inputs = RandomService(seed, 12, 12).inputs()
    whole = followed(inputs)
    for n_steps in range(1, 13):
        run = followed(cut_inputs(inputs, n_steps))
        require_people_conserved(cut_inputs(inputs, n_steps), run)
        assert_array_equal(run.awaiting, whole.awaiting[:, :, :n_steps])
        assert_array_equal(run.used, whole.used[..., :n_steps])
        assert_allclose(run.used.sum(axis=3), run.delivery.hours.sum(axis=(2, 4)), rtol=1e-9, atol=1e-6)


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1))
def test_what_comes_after_the_first_year_changes_nothing_of_it(seed: int) -> None:
    inputs = RandomService(seed, 30, 12).inputs()
    longer, year = followed(inputs), followed(cut_inputs(inputs, 12))
    first = longer.until(12)
    for name, values in arrays_of(year).items():
        of_whole_run = name.endswith(("_by_wait", "_by_class"))
        expected = arrays_of(longer)[name] if of_whole_run else values
        assert_array_equal(arrays_of(first)[name], expected, err_msg=name)
    assert first.until(12) is first and first.flows.starts.shape[2] == 12


def with_leave(inputs: ModelInputs, leave: FloatArray) -> ModelInputs:
    """Return inputs whose leave follows a pattern of months, year after year."""
    assert inputs.time is not None
    level = inputs.time.staff_multiplier
    pattern = np.resize(leave, level.shape[1])
    return replace(inputs, time=replace(inputs.time, staff_multiplier=level * pattern))


def crowded_service(n_steps: int = 24, **changes: Any) -> ModelInputs:
    """Return the toy with lists for therapy that its staff, some of them new, cannot work off."""
    inputs = toy_inputs()
    turnover = by_draw([0.97], 5, -0.01)
    limits: dict[str, Any] = {
        "productive": turnover,
        "staff_multiplier": np.repeat(turnover, n_steps, axis=1),
        "opening_list": by_draw([900.0, 700.0, 800.0], 5, 0.1),
        "attrition": by_draw([0.02, 0.0, 0.05], 5, 0.2),
    }
    return replace(inputs, time=steady_time(inputs, n_steps, **{**limits, **changes}))


@pytest.mark.parametrize("classes", [[1.0], [0.05, 0.95]])
def test_a_pattern_of_leave_moves_lists_but_the_expected_wait_only_by_them(classes: list[float]) -> None:
    level = crowded_service(class_shares=np.array(classes))
    usual, seasonal = followed(level), followed(with_leave(level, LEAVE))
    rate, arrivals = start_rate(usual.inputs), seasonal.inputs.arrivals
    # But for leave, every month is the same: what can start at usual leave is one number.
    assert_allclose(rate, rate[..., :1] * np.ones(24), rtol=1e-12)
    assert np.all(rate > 0.5) and np.all(np.ptp(start_rate(seasonal.inputs), axis=2) > 0.3 * rate[..., 0])
    lasting = seasonal.inputs.starts_at_average_leave
    assert lasting is not None
    assert_allclose(lasting, rate, rtol=1e-9)
    last = expected_wait(
        seasonal.flows.waiting,
        np.maximum(rate - (1.0 - classes[-1]) * arrivals, 0.0),
        seasonal.inputs.attrition[..., None],
    )
    assert np.all(seasonal.flows.waiting > 0.0)
    assert_allclose(seasonal.flows.expected_wait[..., -1], last, rtol=1e-9)


def test_work_before_therapy_and_later_posts_count_in_the_expected_wait_as_they_are_in_the_step() -> None:
    busier = crowded_service()
    assert busier.time is not None
    arrivals = busier.time.arrivals * (1.0 + 0.02 * np.arange(24))
    after = np.zeros_like(busier.staff.in_post_after)
    after[:, 0] = 5.5
    level = replace(
        busier,
        staff=replace(busier.staff, in_post_after=after),
        time=replace(busier.time, arrivals=arrivals, new_starter_output=np.array([0.25, 0.5, 1.0])),
    )
    rate, lasting = start_rate(followed(level).inputs), followed(with_leave(level, LEAVE)).inputs
    # Who comes in month 6 lets more start from then on; more to do before therapy, fewer every month.
    assert np.all(rate[:, 0, 8] > 2.0 * rate[:, 0, 4]) and np.all(np.diff(rate[:, 1:], axis=2) < 0.0)
    assert lasting.starts_at_average_leave is not None
    assert_allclose(lasting.starts_at_average_leave, rate, rtol=1e-9)


def test_without_a_pattern_of_leave_the_expected_wait_is_that_of_the_capacity_of_the_step() -> None:
    run = followed(crowded_service())
    assert run.inputs.starts_at_average_leave is None
    wait = expected_wait(run.flows.waiting, start_rate(run.inputs), run.inputs.attrition[..., None])
    assert_array_equal(run.flows.expected_wait[..., 0], wait)


def test_leave_supposed_in_the_expected_wait_changes_nothing_else() -> None:
    run = followed(toy_service(5, 24))
    assert run.inputs.starts_at_average_leave is not None
    other = run_list(replace(run.inputs, starts_at_average_leave=None))
    assert not np.array_equal(other.expected_wait, run.flows.expected_wait)
    for field in fields(other):
        if field.name != "expected_wait":
            assert_array_equal(getattr(other, field.name), getattr(run.flows, field.name), field.name)


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1))
def test_hubs_in_another_order_are_the_same_hubs(seed: int) -> None:
    inputs = RandomService(seed, 12, 12).inputs()
    order = np.random.default_rng(seed).permutation(inputs.ledger.n_hubs)
    posts = inputs.staff.hub_share.shape[1] // order.size
    post_order = (order[:, None] * posts + np.arange(posts)).ravel()
    by_hub = {
        "pathway": [field.name for field in fields(inputs.pathway)],
        "activities": ["minutes"],
        "time": [
            "arrivals", "awaiting", "awaiting_attrition", "attrition", "opening_list", "opening_ages",
            "opening_caseload", "room_sessions",
        ],
    }  # fmt: skip
    moved: dict[str, Any] = {
        part: replace(
            getattr(inputs, part), **{name: getattr(getattr(inputs, part), name)[:, order] for name in names}
        )
        for part, names in by_hub.items()
    }
    moved["staff"] = replace(inputs.staff, wte=inputs.staff.wte[:, post_order])
    here, there = followed(inputs), followed(replace(inputs, **moved))
    for name in ("awaiting", "awaiting_left", "at_work", "used", "limits", "demand"):
        assert_array_equal(getattr(there, name), getattr(here, name)[:, order], err_msg=name)
    assert_array_equal(there.delivery.volumes, here.delivery.volumes[:, order])
    for field in fields(here.flows):
        values = getattr(here.flows, field.name)[:, order]
        assert_array_equal(getattr(there.flows, field.name), values, err_msg=field.name)


def test_results_are_the_same_bytes_however_draws_are_chunked() -> None:
    for make in (toy_service, lambda _: RandomService(2, 12, 12).inputs()):
        inputs = in_every_draw(make(10))
        n_draws = inputs.pathway.registrations.shape[0]
        whole = arrays_of(evaluate(inputs))
        for start, stop in [(0, 1), (1, n_draws)]:
            part = arrays_of(evaluate(with_arrays(inputs, lambda a, s=start, e=stop: a[s:e])))
            for name, values in whole.items():
                expected = values[start:stop] if values.shape[:1] == (n_draws,) else values
                assert_array_equal(part[name], expected, err_msg=name)


def test_what_is_the_same_in_every_draw_may_be_given_once() -> None:
    inputs = with_arrays(toy_service(5), lambda a: a[:1])
    spread = with_arrays(inputs, lambda a: np.repeat(a, 4, axis=0))
    several = replace(inputs, pathway=spread.pathway)
    once, every = arrays_of(evaluate(several)), arrays_of(evaluate(spread))
    for name, values in every.items():
        assert_array_equal(once[name], values, err_msg=name)


@pytest.mark.parametrize("per_year", [12, 52])
def test_a_steady_year_without_shortage_or_lists_is_the_whole_year_cohort(per_year: int) -> None:
    inputs = roomy()
    whole, stepped = evaluate(inputs), evaluate(steady(inputs, per_year=per_year))
    for name, values in arrays_of(whole).items():
        if np.issubdtype(values.dtype, np.floating):
            assert_allclose(arrays_of(stepped)[name], values, rtol=1e-9, atol=1e-9, err_msg=name)


def test_therapy_in_the_pipeline_is_what_a_first_year_of_a_hub_lacks() -> None:
    inputs = steady(roomy(), opening_caseload=np.zeros((5, 3)))
    run, cohort_ = followed(inputs), evaluate(roomy())
    starts = cohort_.delivery.volumes[..., Volume.THERAPY_STARTS]
    assert_allclose(run.delivery.volumes[..., Volume.THERAPY_STARTS], starts)
    # Of the last starters 0.8 + 0.5 + 0.2 of a step's are still in therapy; a step is a twelfth of a year.
    ended = run.delivery.volumes[..., Volume.COMPLETIONS] + run.delivery.volumes[..., Volume.DROPOUTS]
    assert_allclose(starts - ended, 1.5 * starts / 12.0)
    given_ = run.delivery.volumes[..., Volume.ATTENDED_SESSIONS]
    whole = cohort_.delivery.volumes[..., Volume.ATTENDED_SESSIONS]
    # Sessions of a course: 1, 0.8, 0.5, 0.2 of 2.5 by step of it; the last to start lack the later ones.
    assert_allclose(whole - given_, whole / 12.0 * (1.5 + 0.7 + 0.2) / 2.5)


@pytest.mark.parametrize("per_year", [12, 52])
def test_months_and_weeks_of_one_year_have_the_same_totals(per_year: int) -> None:
    inputs = roomy()
    run = evaluate(steady(inputs, per_year=per_year)).delivery.volumes
    assert_allclose(run, serve(inputs.activities, evaluate(inputs).demand, run_hours(inputs)).volumes)


def run_hours(inputs: ModelInputs) -> np.ndarray:
    spread = in_every_draw(inputs)
    return hours_by_pool(spread, staff_costs(spread.staff))


def test_months_and_weeks_come_to_much_the_same_when_hours_are_short() -> None:
    inputs = toy_inputs()
    by_month, by_week = (evaluate(steady(inputs, per_year=steps)).outcomes for steps in (12, 52))
    # A year that is short of hours serves what its hours allow, in whatever steps.
    assert_allclose(by_week.volumes, by_month.volumes, rtol=1e-9)
    assert_allclose(by_week.hub_cost, by_month.hub_cost, rtol=1e-9)


def test_no_hours_at_all_leave_everybody_waiting() -> None:
    inputs = toy_service()
    inputs = replace(inputs, staff=replace(inputs.staff, wte=0.0 * inputs.staff.wte))
    assert inputs.time is not None
    run = followed(replace(inputs, time=replace(inputs.time, opening_caseload=np.full((5, 3), np.nan))))
    assert_array_equal(run.used, 0.0)
    for volume in (Volume.SCREENED, Volume.THERAPY_STARTS, Volume.BRIEF_SUPPORT):
        assert_array_equal(run.delivery.volumes[..., volume], 0.0)
    assert_array_equal(np.diff(run.awaiting[..., 0], axis=2) > 0.0, True)
    # Triage takes nobody's time here, so those who waited for it pass.
    assert_array_equal(run.awaiting[..., 1], 0.0)


def test_a_month_without_staff_serves_nobody_and_makes_no_difference_to_who_comes() -> None:
    steady_, idle = toy_service(), toy_service()
    assert steady_.time is not None and idle.time is not None
    closed = idle.time.staff_multiplier.copy()
    closed[:, 7] = 0.0
    run = followed(replace(idle, time=replace(idle.time, staff_multiplier=closed)))
    open_ = followed(steady_)
    assert_array_equal(run.used[..., 7], 0.0)
    assert_array_equal(run.flows.sessions[..., 7], 0.0)
    assert_array_equal(run.used[..., :7], open_.used[..., :7])
    assert np.all(run.awaiting[:, :, 7, 0] > open_.awaiting[:, :, 7, 0])
    assert_array_equal(run.demand, open_.demand)


def test_attrition_of_one_before_a_stage_loses_whoever_waits_a_step() -> None:
    inputs = toy_service()
    assert inputs.time is not None
    run = followed(replace(inputs, time=replace(inputs.time, awaiting_attrition=np.ones((5, 3)))))
    kept = followed(replace(inputs, time=replace(inputs.time, awaiting_attrition=np.zeros((5, 3)))))
    opening = inputs.time.awaiting
    waited = opening + run.awaiting[:, :, :-1].sum(axis=2)
    assert_allclose(run.awaiting_left, waited)
    assert_array_equal(kept.awaiting_left, 0.0)
    assert np.all(run.delivery.volumes[..., Volume.SCREENED] <= kept.delivery.volumes[..., Volume.SCREENED])


def in_order(inputs: ModelInputs, *drivers: Volume) -> ModelInputs:
    """Return the toy's service with its activities served in the order of these drivers."""
    known = inputs.activities.driver.tolist()
    order = [known.index(int(driver)) for driver in drivers]
    activities = inputs.activities
    by_activity = {
        "driver": activities.driver[order],
        "stage": activities.stage[order],
        "direct_only": activities.direct_only[order],
        "minutes": activities.minutes[:, :, order],
        "dna_rate": activities.dna_rate[:, order],
        "dna_slot_share": activities.dna_slot_share[:, order],
        "group_size": activities.group_size[:, order],
    }
    return replace(inputs, activities=replace(activities, **by_activity))


def test_what_is_served_after_therapy_has_the_hours_that_therapy_leaves() -> None:
    inputs = toy_service()
    late = in_order(
        inputs,
        Volume.CONTACTED, Volume.SCREENED, Volume.ATTENDED_SESSIONS, Volume.BRIEF_SESSIONS,
        Volume.TEAM_ATTENDANCES, Volume.STAFF_WTE,
    )  # fmt: skip
    first, last = followed(inputs), followed(late)
    require_people_conserved(late, last)
    starts, brief = Volume.THERAPY_STARTS, Volume.BRIEF_SUPPORT
    assert np.all(last.delivery.volumes[..., starts] >= first.delivery.volumes[..., starts] - 1e-9)
    assert np.all(last.delivery.volumes[..., brief] <= first.delivery.volumes[..., brief] + 1e-9)
    assert np.any(last.delivery.volumes[:, 1, brief] < first.delivery.volumes[:, 1, brief])
    assert_array_equal(last.inputs.arrivals, first.inputs.arrivals)
    waiting, waited = (run.awaiting[:, 1, :, QUEUES.index(brief)] for run in (last, first))
    assert np.all(waiting >= waited) and np.any(waiting > waited)


def test_a_service_without_therapy_starts_whoever_is_accepted() -> None:
    inputs = toy_service()
    driver = inputs.activities.driver.copy()
    driver[driver == Volume.ATTENDED_SESSIONS] = int(Volume.TRIAGED)
    assert inputs.time is not None
    without = replace(
        inputs,
        activities=replace(inputs.activities, driver=driver),
        time=replace(inputs.time, caseload_per_wte=np.full((1, 1), np.inf)),
    )
    run = followed(without)
    require_people_conserved(without, run)
    assert np.isinf(run.limits[..., :4]).all()
    assert_array_equal(run.flows.postponed_sessions, 0.0)
    assert_array_equal(run.flows.waiting, np.where(np.isinf(run.inputs.caseload_cap), 0.0, run.flows.waiting))


def test_therapy_that_nobody_attends_takes_no_time_and_starts_nobody() -> None:
    inputs = toy_service()
    dna_rate = inputs.activities.dna_rate.copy()
    dna_rate[:, inputs.activities.driver == Volume.ATTENDED_SESSIONS] = 1.0
    nobody = replace(inputs, activities=replace(inputs.activities, dna_rate=dna_rate))
    run = followed(nobody)
    require_people_conserved(nobody, run)
    place = inputs.activities.driver.tolist().index(Volume.ATTENDED_SESSIONS)
    assert_array_equal(run.flows.starts, 0.0)
    assert_array_equal(run.flows.sessions, 0.0)
    assert_array_equal(run.delivery.hours[:, :, place], 0.0)


def test_an_opening_list_of_known_ages_keeps_them_however_many() -> None:
    inputs = toy_service()
    assert inputs.time is not None
    n_ages = MOST_OPENING_AGES + 20
    ages = np.zeros((1, 3, n_ages))
    ages[0, 1] = 1.0 / n_ages
    run = followed(replace(inputs, time=replace(inputs.time, opening_ages=ages)))
    opening = run.inputs.opening_list
    assert_allclose(opening[:, 1], inputs.time.opening_list[:, 1, None] / n_ages * np.ones(n_ages))
    assert_allclose(opening.sum(axis=2), inputs.time.opening_list)
    known = followed(inputs).inputs.opening_list
    assert_allclose(known[:, 1, :3], inputs.time.opening_list[:, 1, None] * [0.75, 0.25, 0.0])


def test_a_caseload_that_is_known_is_todays_starts_over_a_course() -> None:
    run = followed(toy_service())
    assert_allclose(run.inputs.opening_starts[:, 2], 1.5 / 2.5)
    rate = np.minimum(run.inputs.session_capacity / run.inputs.sessions_per_start[..., None],
                      run.inputs.caseload_cap / 2.5)[..., 0]  # fmt: skip
    expected = np.minimum(rate, run.inputs.arrivals[..., 0])[:, :2]
    assert_allclose(run.inputs.opening_starts[:, :2], expected)


def test_a_caseload_above_its_cap_is_refused_in_words() -> None:
    inputs = toy_service()
    assert inputs.time is not None
    with pytest.raises(WaitingError, match=r"the caseload today, .* is above its cap of"):
        followed(replace(inputs, time=replace(inputs.time, opening_caseload=np.full((5, 3), 900.0))))


def test_the_check_at_run_time_finds_people_who_are_lost() -> None:
    inputs = toy_service()
    assert inputs.time is not None
    awaiting = inputs.time.awaiting.copy()
    awaiting[:, :, QUEUES.index(Volume.TRIAGED)] = -900.0
    broken = replace(inputs, time=replace(inputs.time, awaiting=awaiting))
    idle = replace(broken, staff=replace(broken.staff, wte=0.0 * broken.staff.wte))
    with pytest.raises(ModelCheckError, match=r"people are lost before being triaged, in step 1: .* adrift"):
        evaluate(idle)


def test_arrivals_that_cannot_be_are_refused() -> None:
    inputs = toy_service()
    assert inputs.time is not None
    with pytest.raises(WaitingError, match="arrivals of people accepted for therapy cannot be negative"):
        evaluate(replace(inputs, time=replace(inputs.time, arrivals=-inputs.time.arrivals)))


def test_therapy_time_is_the_same_whatever_counts_it() -> None:
    inputs = toy_service()
    by_start = inputs.activities.driver.copy()
    place = by_start.tolist().index(Volume.ATTENDED_SESSIONS)
    for volume in THERAPY:
        by_start[place] = int(volume)
        run = evaluate(replace(inputs, activities=replace(inputs.activities, driver=by_start.copy())))
        assert run.time is not None
        require_hours_balance(inputs, run)
        require_people_conserved(inputs, run.time)
