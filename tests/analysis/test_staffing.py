"""The cheapest staffing of the shipped Hubs: what it promises holds, and what cannot be is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from costmodel.analysis.capacity import base_draws
from costmodel.analysis.staffing import staffing
from costmodel.analysis.staffing_question import Year, needs, person_cost, starts_needed
from costmodel.analysis.staffing_types import StaffingAnalysis, StaffingQuestion
from costmodel.gather import Layout, gather
from costmodel.inputs.specification import ModelSpec
from costmodel.model.list_capacity import expected_wait
from costmodel.model.queueing import WaitingError
from costmodel.model.wait_target import list_of_wait, starts_for_wait
from costmodel.model.waiting_list import list_path
from costmodel.runner import design_of
from tests.scenario_files import fixed, shipped_project, write_scenario

FEW = 60


def spec_of(folder: Path, changes: dict[str, Any] | None = None, **keys: Any) -> ModelSpec:
    path = write_scenario(folder, changes, **keys)
    return shipped_project().specification(path, also=["waiting", "staffing"])


def answer(spec: ModelSpec, question: StaffingQuestion) -> StaffingAnalysis:
    return staffing(spec, design_of(spec, "monte-carlo", FEW, 1), question)


@pytest.fixture(scope="module")
def base() -> StaffingAnalysis:
    spec = shipped_project().specification("base_case", also=["waiting", "staffing"])
    return answer(spec, StaffingQuestion(6.0))


def test_the_answer_keeps_its_promises(base: StaffingAnalysis) -> None:
    hub = base.of("reference")
    assert hub.feasible and hub.share_met >= 0.9
    posts = {post.post: post for post in hub.posts}
    assert posts["service_lead"].wte == 1.0
    assert posts["administrator_3"].wte >= 0.5
    assert all(post.wte == pytest.approx(post.whole_people + post.part) for post in hub.posts)
    assert hub.amount("staff_new").base_case == pytest.approx(sum(post.cost for post in hub.posts))
    saving = hub.amount("staff_now").mean - hub.amount("staff_new").mean
    assert hub.amount("saving").mean == pytest.approx(saving)


def test_equal_outcomes_are_said_with_their_threshold(base: StaffingAnalysis) -> None:
    outcomes = base.of("reference").outcomes
    assert outcomes is not None and "takes clients to do as well" in outcomes.words
    equal = outcomes.completion_now * outcomes.cost_new / outcomes.cost_now
    assert outcomes.completion_equal == pytest.approx(equal)
    per_completion = outcomes.cost_new / outcomes.completion_equal
    assert per_completion == pytest.approx(outcomes.cost_now / outcomes.completion_now)


def test_a_longer_wait_and_less_certainty_cost_no_more(base: StaffingAnalysis) -> None:
    spec = shipped_project().specification("base_case", also=["waiting", "staffing"])
    easier = answer(spec, StaffingQuestion(26.0, 0.5)).of("reference")
    assert easier.amount("staff_new").base_case < base.of("reference").amount("staff_new").base_case


def test_a_maximum_in_the_way_is_named_with_what_is_short(tmp_path: Path) -> None:
    none = {"maximum": fixed("WTE", 0.5)}
    posts = dict.fromkeys(("clinical_psychologist_8a", "clinical_psychologist_7", "practitioner_6"), none)
    lead = {"minimum": fixed("WTE", 1), "maximum": fixed("WTE", 1)}
    limits = {**posts, "service_lead": lead, "principal_psychologist_8b": none}
    spec = spec_of(tmp_path, {"staffing_options.posts.reference": limits})
    hub = answer(spec, StaffingQuestion(6.0)).hubs[0]
    assert not hub.feasible
    assert "at most 0.5 WTE may be had, and 1.1" in hub.why_not and "WTE more are needed" in hub.why_not


def test_rooms_in_the_way_are_named_with_what_is_short(tmp_path: Path) -> None:
    rooms = {"waiting.hubs.reference.room_sessions": fixed("sessions/week", 1)}
    hub = answer(spec_of(tmp_path, rooms), StaffingQuestion(6.0)).hubs[0]
    assert hub.why_not.startswith("rooms: there are enough for the wait in ")
    assert hub.why_not.endswith("more booked sessions a week would do")


def test_a_task_for_which_the_hub_has_no_post_is_refused(tmp_path: Path) -> None:
    changes = {"staffing_options.activities.navigation.done_by": ["navigator_5"]}
    spec = spec_of(tmp_path, changes)
    with pytest.raises(WaitingError, match="no post may do navigation"):
        answer(spec, StaffingQuestion(6.0))


def test_limits_of_posts_that_are_not_there_are_warned_of(tmp_path: Path) -> None:
    changes = {"staffing_options.posts.reference.service_leed": {"minimum": fixed("WTE", 1)}}
    spec = spec_of(tmp_path, changes)
    warnings = answer(spec, StaffingQuestion(26.0, 0.5)).warnings
    assert any("has no post service_leed; its limits are passed over" in warning for warning in warnings)


@pytest.mark.parametrize(
    ("question", "message"),
    [
        (StaffingQuestion(-1.0), "the wait cannot be negative; got -1 weeks"),
        (StaffingQuestion(6.0, 0.0), "the probability must be above 0 and at most 1; got 0"),
        (StaffingQuestion(6.0, 0.9, 0), "give 1 or more months; got 0"),
    ],
)
def test_an_impossible_question_is_refused(question: StaffingQuestion, message: str) -> None:
    spec = shipped_project().specification("base_case", also=["waiting", "staffing"])
    with pytest.raises(WaitingError, match=message):
        answer(spec, question)


def test_todays_split_of_a_task_takes_the_hours_that_the_year_has() -> None:
    spec = shipped_project().specification("base_case", also=["waiting", "staffing"])
    layout = Layout(spec)
    draws = base_draws(spec)
    base = Year.of(layout, draws, gather(layout, draws), 12)
    assert spec.staffing is not None
    need = needs(layout, spec.staffing, base, base, starts_needed(base, 6.0))[0, 0]
    number = layout.activities.index("screening")
    hours = base.outputs.delivery.required_hours[0, 0, number]
    multiplier = [spec.staffing.pools[pool].time_multiplier.mean for pool in layout.pools]
    assert need[2] == pytest.approx((hours / np.array(multiplier)).sum())


def test_national_insurance_is_worked_out_for_each_person() -> None:
    spec = shipped_project().specification("base_case", also=["waiting", "staffing"])
    layout = Layout(spec)
    draws = base_draws(spec)
    staff = Year.of(layout, draws, gather(layout, draws), 1).inputs.staff
    assert np.all(person_cost(staff, 0.5) < 0.5 * person_cost(staff, 1.0))


def test_the_starts_that_keep_a_wait_keep_it_exactly() -> None:
    rng = np.random.default_rng(3)
    opening, attrition = rng.gamma(2.0, 20.0, (50, 1)), rng.uniform(0.0, 0.1, (50, 1))
    attrition[0] = 0.0
    arrivals, pace = rng.gamma(2.0, 10.0, (50, 1, 18)), rng.uniform(0.8, 1.2, (50, 18))
    starts = starts_for_wait(opening, arrivals, attrition, pace, 1.5)
    waiting, _ = list_path(opening, arrivals, starts[..., None] * pace[:, None], attrition)
    waits = expected_wait(waiting[..., -1], starts * pace.mean(axis=1)[:, None], attrition)
    assert waits == pytest.approx(1.5)
    assert list_of_wait(0.0, attrition) == pytest.approx(0.0)
