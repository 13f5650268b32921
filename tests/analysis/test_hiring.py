"""Who is hired and whose post ends: stages as the parameters say, posts that stand in for others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from costmodel.analysis.clear_backlog import Plan, clear_backlog
from costmodel.analysis.hiring import (
    PostChange,
    Recruitment,
    cost_once_filled,
    hire,
    hiring,
    recruitment_of,
    staff_who_clear,
)
from costmodel.gather import Layout
from costmodel.inputs.specification import ModelSpec
from costmodel.model.queueing import WaitingError
from costmodel.model.therapy_capacity import hires_output
from costmodel.uncertainty.sampling import MonteCarlo
from tests.scenario_files import REMOVED, fixed, shipped_project, write_scenario

SCHEDULE = Recruitment(4.0, (0.25, 0.5, 0.75, 1.0))


def spec_of(scenario: str | Path) -> ModelSpec:
    return shipped_project().specification(scenario, also=["waiting"])


def by_label(posts: tuple[PostChange, ...]) -> dict[str, float]:
    return {post.label: post.wte for post in posts}


def output_by_month(post: PostChange, months: int) -> list[float]:
    return [
        sum(s.output for s in post.stages if s.start <= month < (s.end or months)) for month in range(months)
    ]


@pytest.mark.parametrize("lag", [0, 1, 4])
def test_stages_give_the_work_that_capacity_counts_on(lag: int) -> None:
    output = (0.25, 0.5, 0.75, 1.0)
    post = PostChange("any", "Any", "added", 1.0, hire(Recruitment(float(lag), output)))
    assert output_by_month(post, 12) == list(hires_output(12, lag, np.array(output)))
    assert post.in_post == lag and post.ends is None


def test_a_temporary_post_goes_when_it_is_to() -> None:
    early = PostChange("any", "Any", "temporary", 1.0, hire(SCHEDULE, 5.5))
    assert [(stage.start, stage.end) for stage in early.stages] == [(0.0, 4.0), (4.0, 5.0), (5.0, 5.5)]
    assert early.ends == 5.5
    late = hire(SCHEDULE, 10.0)
    assert late[-1].name == "productive" and late[-1].end == 10.0


def test_the_schedule_is_that_of_the_parameters() -> None:
    assert recruitment_of(spec_of("base_case")) == SCHEDULE
    with pytest.raises(WaitingError, match="no waiting list"):
        recruitment_of(replace(shipped_project().specification("base_case"), waiting=None))


def test_posts_added_and_ended_are_those_that_differ() -> None:
    posts = hiring(spec_of("base_case"), spec_of("junior_heavy"))
    assert by_label(posts) == pytest.approx(
        {
            "Clinical psychologists and specialist counsellors": 0.2,
            "Mental health practitioner (nurse)": 0.6,
            "Assistant psychologists; Pathway co-ordinator": 1.2,
            "Consultant clinical psychologist, service lead": -0.4,
            "Principal clinical psychologist": -1.0,
            "Clinical psychologists (senior)": -0.6,
        }
    )
    assert {post.why for post in posts if post.wte < 0.0} == {"ended"}
    assert {post.ends for post in posts if post.wte < 0.0} == {SCHEDULE.lag}


def test_a_scenario_against_itself_hires_nobody() -> None:
    assert hiring(spec_of("base_case"), spec_of("base_case")) == ()


def test_a_renamed_post_of_the_same_staff_type_is_neither_hired_nor_ended(tmp_path: Path) -> None:
    post = "hub_reference.posts"
    base = shipped_project().tree.get(("hub_reference", "posts", "pathway_coordinator_4"))
    path = write_scenario(
        tmp_path,
        {
            f"{post}.navigator": base,
            f"{post}.pathway_coordinator_4": REMOVED,
        },
    )
    assert hiring(spec_of("base_case"), spec_of(path)) == ()


def test_posts_end_at_once_where_nobody_is_hired(tmp_path: Path) -> None:
    path = write_scenario(tmp_path, {"hub_reference.posts.principal_psychologist_8b.wte": fixed("WTE", 0.5)})
    (post,) = hiring(spec_of("base_case"), spec_of(path))
    assert (post.wte, post.ends) == (-0.5, 0.0)


POSTS = "hub_reference.posts"


def test_a_post_that_says_when_it_is_filled_is_hired_by_then(tmp_path: Path) -> None:
    late = {
        f"{POSTS}.clinical_psychologist_8a.in_post_after": fixed("months", 2.0),
        f"{POSTS}.assistant_psychologist_4.in_post_after": fixed("months", 6.5),
        f"{POSTS}.assistant_psychologist_4.wte": fixed("WTE", 2.4),
        f"{POSTS}.administrator_3.wte": fixed("WTE", 0.5),
    }
    spec = spec_of(write_scenario(tmp_path, late))
    added, to_fill, ended = hiring(spec_of("base_case"), spec)
    assert (added.why, to_fill.why, ended.why) == ("added", "to fill", "ended")
    assert (added.wte, to_fill.wte, ended.wte) == pytest.approx((1.0, 1.6, -0.5))
    assert (added.in_post, to_fill.in_post, ended.ends) == (6.5, 2.0, 6.5)
    assert hiring(spec, spec) == ()
    assert [post.why for post in hiring(spec, spec_of("base_case"))] == ["added", "ended"]


def test_a_year_once_posts_are_filled_costs_what_it_costs_with_them_in_post(tmp_path: Path) -> None:
    lead = f"{POSTS}.service_lead.in_post_after"
    base, late = (
        Layout(spec_of(path))
        for path in ("base_case", write_scenario(tmp_path, {lead: fixed("months", 6.0)}))
    )
    assert cost_once_filled(late) == cost_once_filled(base)


def test_staff_who_clear_a_list_go_but_those_who_keep_up_with_referrals() -> None:
    spec = spec_of("new_surge")
    analysis = clear_backlog(spec, MonteCarlo(seed=1, n=50), Plan(12))
    (plan,) = analysis.hubs
    posts = list(staff_who_clear(analysis, spec))
    assert sum(post.wte for post in posts) == pytest.approx(plan.figure("extra_wte").base_case)
    stay = [post for post in posts if post.ends is None]
    assert {post.why for post in stay} == {"lasting"}
    assert sum(post.wte for post in stay) == pytest.approx(plan.figure("wte_short").base_case)
    leave = [post for post in posts if post.ends is not None]
    assert {(post.why, post.ends) for post in leave} == {("temporary", float(plan.cleared_in or 0))}
    assert sum(post.wte for post in leave) == pytest.approx(plan.figure("temporary_wte").base_case)
    assert {post.in_post for post in posts} == {float(analysis.lead_months)}


def test_no_temporary_staff_where_the_list_cannot_be_cleared() -> None:
    spec = spec_of("new_surge")
    analysis = clear_backlog(spec, MonteCarlo(seed=1, n=50), Plan(3))
    assert analysis.hubs[0].cleared_in is None
    assert list(staff_who_clear(analysis, spec)) == []
