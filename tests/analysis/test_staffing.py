"""The cheapest staffing of the shipped Hubs: what it promises holds, and what cannot be is said."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from costmodel.analysis.capacity import base_draws
from costmodel.analysis.staffing import staffing
from costmodel.analysis.staffing_problem import HubProblem, check
from costmodel.analysis.staffing_question import Drawn, Year, needs, person_cost, starts_needed
from costmodel.analysis.staffing_types import StaffingAnalysis, StaffingQuestion, Verified
from costmodel.gather import Layout
from costmodel.inputs.specification import ModelSpec
from costmodel.model.list_capacity import expected_wait
from costmodel.model.queueing import WaitingError
from costmodel.model.types import Perspective
from costmodel.model.wait_target import list_of_wait, starts_for_wait
from costmodel.model.waiting_list import list_path
from costmodel.report.staffing import staffing_text
from costmodel.runner import base_case, design_of
from costmodel.uncertainty.draws import realise
from costmodel.units import WEEKS_PER_MONTH
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


def test_the_solver_prints_nothing_among_the_data() -> None:
    # HiGHS 1.12 has something to say at this number of draws, which the C library writes as the process ends.
    asked = ["staffing", "base_case", "--draws", "200", "--format", "json"]
    command = [sys.executable, "-m", "costmodel", *asked]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    environment["PYTHONPATH"] = str(Path(__file__).parents[2])
    found = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert json.loads(found.stdout)["scenario"] == "base_case"


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


def test_parts_of_a_post_are_round_numbers(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, {"staffing_options.step": fixed("WTE", 0.1)})
    parts = [post.part for post in answer(spec, StaffingQuestion(6.0)).hubs[0].posts]
    assert any(parts) and all(part == round(part, 1) for part in parts)


def test_what_is_not_proved_to_be_the_cheapest_is_not_called_so(base: StaffingAnalysis) -> None:
    hub = base.of("reference")
    proved = "No staffing under these rules that does as much costs less."
    assert hub.above_bound == 0.0 and proved in staffing_text(base)
    new = hub.amount("staff_new").base_case
    said = staffing_text(replace(base, hubs=(replace(hub, above_bound=3_000.0 / new),)))
    assert "not proved to be the cheapest" in said and "could cost £3,000 a year less at most" in said
    assert proved not in said


def test_draws_whose_wait_has_no_end_are_said_to_have_none(base: StaffingAnalysis) -> None:
    endless = Verified(share_met=0.996, wait_median=1.0, wait_upper=None)
    said = staffing_text(replace(base, hubs=(replace(base.of("reference"), verified=endless),)))
    assert "with these posts 99.6% of draws meet 6 weeks" in said
    assert "is 1.0 weeks in the middle draw, and in 5 or more of 100 it has no end." in said


def test_posts_still_to_be_filled_cost_a_whole_year(base: StaffingAnalysis, tmp_path: Path) -> None:
    post = "hub_reference.posts.clinical_psychologist_8a.in_post_after"
    hub = answer(spec_of(tmp_path, {post: fixed("months", 6)}), StaffingQuestion(6.0)).of("reference")
    usual = base.of("reference")
    assert hub.amount("staff_now").base_case == pytest.approx(usual.amount("staff_now").base_case)
    assert hub.outcomes is not None and usual.outcomes is not None
    assert hub.outcomes.cost_now == pytest.approx(usual.outcomes.cost_now, abs=500.0)  # fewer are triaged


def test_a_maximum_in_the_way_is_named_with_what_is_short(tmp_path: Path) -> None:
    none = {"maximum": fixed("WTE", 0.5)}
    posts = dict.fromkeys(("clinical_psychologist_8a", "clinical_psychologist_7", "practitioner_6"), none)
    lead = {"minimum": fixed("WTE", 1), "maximum": fixed("WTE", 1)}
    limits = {**posts, "service_lead": lead, "principal_psychologist_8b": none}
    spec = spec_of(tmp_path, {"staffing_options.posts.reference": limits})
    hub = answer(spec, StaffingQuestion(6.0)).hubs[0]
    assert not hub.feasible
    admin = "administration and service management"
    assert hub.why_not.startswith(
        f"the posts that may be had cannot do all of these together: the 45% of {admin} that only senior "
        f"clinicians or clinicians may take; {admin}; therapy by the Hub within 6 weeks; without any one of "
        "them they would do. Any one of these would do: 1 WTE more of "
    )
    assert (
        hub.why_not.count("; or 1 WTE more of ") + hub.why_not.count("; or 1.5 WTE more of ") == 4
    )  # five posts tie
    assert "1 WTE more of Clinical psychologists (senior) (at most 0.5 WTE may be had)" in hub.why_not


def test_demands_that_are_too_much_by_themselves_are_named(tmp_path: Path) -> None:
    posts = (
        "service_lead", "principal_psychologist_8b", "clinical_psychologist_8a", "clinical_psychologist_7",
        "practitioner_6",
    )  # fmt: skip
    limits = {post: {"maximum": fixed("WTE", 0.5)} for post in posts}
    spec = spec_of(tmp_path, {"staffing_options.posts.reference": limits})
    hub = answer(spec, StaffingQuestion(6.0)).hubs[0]
    assert hub.why_not.startswith(
        "the posts that may be had cannot do even these, were there nothing else to do: "
    )
    assert "therapy by the Hub within 6 weeks" in hub.why_not
    assert "WTE more of Clinical psychologists (senior) (at most 0.5 WTE may be had)" in hub.why_not


def test_rooms_in_the_way_are_named_with_what_is_short(tmp_path: Path) -> None:
    rooms = {"waiting.hubs.reference.room_sessions": fixed("sessions/week", 1)}
    hub = answer(spec_of(tmp_path, rooms), StaffingQuestion(6.0)).hubs[0]
    assert hub.why_not.startswith("rooms: there are enough for the wait in ")
    assert hub.why_not.endswith("more booked sessions a week would do")


def test_a_task_for_which_the_hub_has_no_post_is_refused(tmp_path: Path) -> None:
    changes = {"staffing_options.activities.navigation.done_by": ["navigator_5"]}
    spec = spec_of(tmp_path, changes)
    with pytest.raises(WaitingError, match="no post may do navigation to other support"):
        answer(spec, StaffingQuestion(6.0))


def test_vacancies_turnover_and_indirect_time_vary_by_draw(tmp_path: Path) -> None:
    vacancy = fixed("share", 0.05)
    del vacancy["value"]
    vacancy["distribution"] = {"family": "beta", "mean": 0.05, "se": 0.04, "assumed": True}
    post = "hub_reference.posts.clinical_psychologist_8a.vacancy_share"
    spec = spec_of(tmp_path, {post: vacancy})
    layout, design = Layout(spec), design_of(spec, "monte-carlo", FEW, 1)
    draws = realise(spec.plan, design, 0, FEW)
    year = Year.of(layout, draws, 12)
    assert spec.staffing is not None
    drawn = Drawn.of(layout, spec.staffing, year, 6.0)
    number = [entry.prefix for entry in layout.posts].index(post.removesuffix(".vacancy_share"))
    staff = year.inputs.staff
    at_work = (staff.working_hours + staff.sickness_hours)[:, number] * (1.0 - draws[post])
    assert drawn.hours[:, number] == pytest.approx(at_work * year.waiting.multiplier.mean(axis=1))
    assert np.ptp(year.waiting.multiplier.mean(axis=1)) > 0.0  # turnover
    assert np.ptp(drawn.pace, axis=0).max() > 0.0  # indirect time
    assert drawn.filled[:, number] == pytest.approx(1.0 - draws[post])
    problem = HubProblem.of(layout, spec.staffing, year, drawn, 0)
    assert np.ptp(problem.posts.hours, axis=0).min() > 0.0


def test_the_answer_run_forward_month_by_month_keeps_the_wait_in_the_same_draws(
    base: StaffingAnalysis, tmp_path: Path
) -> None:
    checked = base.of("reference").verified
    assert checked is not None and checked.share_met == pytest.approx(base.of("reference").share_met)
    assert checked.wait_median is not None and checked.wait_upper is not None
    assert checked.wait_median <= 6.0 <= checked.wait_upper
    few_rooms = spec_of(tmp_path, {"waiting.hubs.reference.room_sessions": fixed("sessions/week", 26)})
    hub = answer(few_rooms, StaffingQuestion(6.0, 0.5)).of("reference")
    assert hub.verified is not None and hub.verified.share_met == pytest.approx(hub.share_met)


def test_the_wait_that_posts_keep_needs_exactly_the_starts_that_they_give() -> None:
    spec = shipped_project().specification("new_surge", also=["waiting", "staffing"])
    layout = Layout(spec)
    year = Year.of(layout, realise(spec.plan, design_of(spec, "monte-carlo", FEW, 1), 0, FEW), 12)
    assert spec.staffing is not None
    drawn = Drawn.of(layout, spec.staffing, year, 6.0)
    problem = HubProblem.of(layout, spec.staffing, year, drawn, 0)
    today = [spec.parameters[f"{post.prefix}.wte"].expected for post in layout.posts]
    found = check(problem, np.array(today))
    waits = np.flatnonzero(found.covered & (found.wait > 0.0) & np.isfinite(found.wait))
    assert waits.size >= FEW // 4
    for draw in waits:
        one = slice(draw, draw + 1)
        pace, attrition = drawn.month_pace[one], drawn.attrition[one]
        needed = starts_for_wait(
            drawn.opening[one], drawn.arrivals[one], attrition, pace, found.wait[draw] / WEEKS_PER_MONTH
        )
        assert needed[0, 0] * pace[0] == pytest.approx(found.starts[draw])


def test_people_who_must_be_there_are_there(tmp_path: Path) -> None:
    three = {"label": "Three senior clinicians", "who": ["senior_clinician"], "people": fixed("people", 3)}
    hub = answer(spec_of(tmp_path, {"staffing_options.presence.three": three}), StaffingQuestion(6.0)).hubs[0]
    senior = {"service_lead", "principal_psychologist_8b", "clinical_psychologist_8a"}
    assert sum(post.whole_people + (post.part > 0) for post in hub.posts if post.post in senior) >= 3
    assert hub.share_met_now > 0.9  # four seniors work there today


def test_posts_of_a_pool_that_must_be_there_are_there_and_are_priced(tmp_path: Path) -> None:
    least = {"label": "Assistants for groups", "who": ["assistant"], "wte": fixed("WTE", 4)}
    changes = {"staffing_options.presence.assistants": least}
    hub = answer(spec_of(tmp_path, changes), StaffingQuestion(6.0)).hubs[0]
    assistants = ("assistant_psychologist_5", "pathway_coordinator_4", "assistant_4")
    wte = sum(p.wte for p in hub.posts if p.post.startswith("assistant") or p.post in assistants)
    assert wte >= 4.0
    words = [price.words for price in hub.prices]
    assert "one WTE more that must be there: assistants for groups" in words


def test_complex_cases_that_decide_the_mix_have_a_price(base: StaffingAnalysis, tmp_path: Path) -> None:
    harder = spec_of(tmp_path, {"staffing_options.activities.therapy.complex_share": fixed("share", 0.9)})
    hub = answer(harder, StaffingQuestion(6.0)).hubs[0]
    price = {price.constraint: price for price in hub.prices}["complex.therapy"]
    assert price.words.startswith("an hour of ") and price.words.endswith(" that turns out to be complex")
    assert price.unit == "GBP/hour" and 0.0 < price.value < 100.0
    assert hub.amount("staff_new").base_case > base.of("reference").amount("staff_new").base_case


def test_presence_that_maxima_forbid_is_among_what_clashes(tmp_path: Path) -> None:
    presence = {"label": "Ten administrators", "who": ["administrator"], "people": fixed("people", 10)}
    limit = {"maximum": fixed("WTE", 2)}
    changes = {
        "staffing_options.presence.ten": presence,
        "staffing_options.posts.reference.administrator_3": limit,
    }
    hub = answer(spec_of(tmp_path, changes), StaffingQuestion(6.0)).hubs[0]
    assert hub.why_not == (
        "the posts that may be had cannot also do this: ten administrators; without it they would do. "
        "This would do: 8 WTE more of Administrator (at most 2 WTE may be had)"
    )


def test_presence_of_somebody_whom_the_hub_does_not_have_is_refused(tmp_path: Path) -> None:
    presence = {"label": "A navigator", "who": ["navigator_5"], "wte": fixed("WTE", 1)}
    spec = spec_of(tmp_path, {"staffing_options.presence.navigator": presence})
    with pytest.raises(WaitingError, match="A navigator: no post is, or belongs to, navigator_5"):
        answer(spec, StaffingQuestion(6.0))


def test_what_chance_does_to_the_answer_is_said_if_asked(base: StaffingAnalysis) -> None:
    spec = shipped_project().specification("base_case", also=["waiting", "staffing"])
    chance = answer(spec.following(engine="markov"), StaffingQuestion(26.0, 0.5)).of("reference").chance
    assert base.of("reference").chance is None
    assert chance is not None and chance.engine == "markov" and chance.wait >= chance.wait_without
    assert chance.waiting_lower <= chance.waiting_upper


def test_limits_of_posts_that_are_not_there_are_warned_of(tmp_path: Path) -> None:
    changes = {"staffing_options.posts.reference.service_leed": {"minimum": fixed("WTE", 1)}}
    spec = spec_of(tmp_path, changes)
    warnings = answer(spec, StaffingQuestion(26.0, 0.5)).warnings
    assert any("has no post service_leed; its limits are passed over" in warning for warning in warnings)


@pytest.mark.parametrize(
    ("question", "message"),
    [
        (StaffingQuestion(-1.0), "the longest wait must be above 0 weeks, .* got -1"),
        (StaffingQuestion(0.0), "because chance always leaves somebody waiting; got 0"),
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
    base = Year.of(layout, draws, 12)
    assert spec.staffing is not None
    need = needs(layout, spec.staffing, base, starts_needed(base, 6.0))[0, 0]
    number = layout.activities.index("screening")
    hours = base.outputs.delivery.required_hours[0, 0, number]
    multiplier = [spec.staffing.pools[pool].time_multiplier.mean for pool in layout.pools]
    assert need[2] == pytest.approx((hours / np.array(multiplier)).sum())


def test_national_insurance_is_worked_out_for_each_person() -> None:
    spec = shipped_project().specification("base_case", also=["waiting", "staffing"])
    layout = Layout(spec)
    draws = base_draws(spec)
    staff = Year.of(layout, draws, 1).inputs.staff
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


def test_each_of_several_hubs_is_set_against_its_own_cost() -> None:
    spec = shipped_project().specification("four_hubs", also=["staffing"])
    found = staffing(spec, design_of(spec, "monte-carlo", 20, 5), StaffingQuestion(26.0, 0.5))
    base = base_case(spec).outcomes.hub_cost[0, :, Perspective.NHS_PSS]
    shown = {hub.hub: hub.outcomes.cost_now for hub in found.hubs if hub.outcomes is not None}
    assert shown
    assert shown == pytest.approx({hub: base[1 + list(spec.hubs).index(hub)] for hub in shown})
