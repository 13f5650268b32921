"""Clearing a backlog: closed form, what stands in the way, and words for a service manager."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from costmodel import api
from costmodel.analysis.backlog_figures import follow_draws, list_to_clear
from costmodel.analysis.capacity import base_draws, capacity
from costmodel.analysis.clear_backlog import BacklogAnalysis, HubPlan, Plan, clear_backlog
from costmodel.gather import Layout
from costmodel.model.queueing import WaitingError
from costmodel.report.waiting import backlog_document, backlog_rows, backlog_text
from costmodel.uncertainty.sampling import MonteCarlo
from tests.scenario_files import REMOVED, fixed, shipped_project, write_scenario

DESIGN = MonteCarlo(seed=20_240_912, n=100)


@cache
def surge(plan: Plan) -> BacklogAnalysis:
    return clear_backlog(shipped_project().specification("new_surge", also=["waiting"]), DESIGN, plan)


def test_the_extra_staff_bring_the_list_to_its_target() -> None:
    hub = surge(Plan(12)).of("reference")
    assert hub.feasible and not hub.why_not
    assert hub.figure("list_at_end").base_case == pytest.approx(hub.figure("target_queue").base_case)
    extra = hub.figure("extra_wte").base_case
    assert extra is not None and extra > 0.0
    pools = [f.base_case or 0.0 for f in hub.figures if f.name.startswith("extra_wte.")]
    assert sum(pools) == pytest.approx(extra)
    short, temporary = hub.figure("wte_short").base_case, hub.figure("temporary_wte").base_case
    assert short == pytest.approx(0.1414, abs=1e-3) and temporary == pytest.approx(extra - short)
    assert hub.release.startswith(
        "release 0.45 of the 0.59 extra WTE after month 12 (2024-03); the other 0.14"
    )
    assert hub.figure("wte_to_clear").base_case == pytest.approx(
        (hub.figure("wte_now").base_case or 0.0) + extra
    )
    # Output adds up to 6.5 months; 0.83, 0.5 and 0.17 of the last three months stay in therapy.
    starts, starts_without, still = (
        hub.figure(name).base_case or 0.0 for name in ("starts", "starts_without", "in_therapy_at_end")
    )
    assert still == pytest.approx(1.5 * (starts - starts_without) / 6.5, rel=0.12)
    assert f"About {still:.0f} of those whom the extra staff took on will be in therapy still" in hub.release
    left = hub.figure("left_unserved"), hub.figure("left_unserved_without")
    assert left[0].base_case is not None and left[1].base_case is not None
    assert left[0].base_case < left[1].base_case


def test_staff_of_one_pool_do_not_stand_in_for_those_whom_another_is_short_of(tmp_path: Path) -> None:
    late = {"hub_reference.posts.clinical_psychologist_7.in_post_after": fixed("months", 7.0)}
    path = write_scenario(tmp_path, late, extends=["new_surge"])
    spec = shipped_project().specification(path, also=["waiting"])
    hub = clear_backlog(spec, DESIGN, Plan(12)).of("reference")
    extra, stay = (
        {pool: hub.figure(f"{name}.{pool}").base_case or 0.0 for pool in ("senior_clinician", "clinician")}
        for name in ("extra_wte", "wte_short")
    )
    assert stay["senior_clinician"] > extra["senior_clinician"]
    temporary = extra["clinician"] - stay["clinician"]
    assert temporary > 0.1
    assert hub.figure("temporary_wte").base_case == pytest.approx(temporary)
    assert hub.release.startswith(
        f"release {temporary:.2f} of the {sum(extra.values()):.2f} extra WTE after month 12 (2024-03); the "
        f"other {sum(extra.values()) - temporary:.2f} must stay"
    )


def test_less_time_or_a_later_start_takes_more_staff() -> None:
    def extra(plan: Plan) -> float:
        return surge(plan).of("reference").figure("extra_wte").base_case or 0.0

    assert extra(Plan(12)) < extra(Plan(8)) < extra(Plan(6))
    assert extra(Plan(12, lead_months=0)) < extra(Plan(12))
    assert extra(Plan(12)) < extra(Plan(12, elasticity=0.3))
    assert extra(Plan(12, target_weeks=2.0)) > extra(Plan(12))


def test_the_list_to_clear_knows_what_staff_can_start_at_an_average_month_s_leave() -> None:
    spec = shipped_project().specification("new_surge", also=["waiting"])
    followed = follow_draws(Layout(spec), base_draws(spec), 12)
    listed = list_to_clear(followed, 4, 4.0, 0.3)
    usual, gives = listed.starts_by_pool_at_average_leave, listed.hires.gives_therapy[0, 0]
    assert usual is not None and gives.sum() == 2
    seasonal, level = listed.starts_by_pool[0, 0, gives], usual[0, 0, gives]
    assert np.all(np.ptp(seasonal, axis=1) > 0.2 * level[:, 0])
    assert_allclose(level, seasonal.mean(axis=1, keepdims=True) * np.ones(12))


def test_hires_who_come_too_late_are_said_to() -> None:
    hub = surge(Plan(4)).of("reference")
    assert not hub.feasible and hub.release == ""
    assert hub.why_not.startswith("hiring takes 4 months and the list is to be cleared in 4")
    assert hub.figure("extra_wte").base_case is None
    assert 0.0 < hub.share_feasible < 1.0


def test_staff_in_post_may_do_it_alone() -> None:
    analysis = clear_backlog(shipped_project().specification("base_case", also=["waiting"]), DESIGN, Plan(6))
    hub = analysis.of("reference")
    assert hub.figure("extra_wte").base_case == 0.0
    assert "no extra staff are needed" in hub.release
    assert 0.5 < hub.share_without_extra <= hub.share_feasible <= 1.0


def test_rooms_and_recruitment_may_stand_in_the_way(tmp_path: Path) -> None:
    rooms = {"waiting.hubs.reference.room_sessions": fixed("sessions/week", 10)}
    path = write_scenario(tmp_path, rooms, extends=["new_surge"])
    spec = shipped_project().specification(path, also=["waiting"])
    hub = clear_backlog(spec, DESIGN, Plan(12)).of("reference")
    assert "rooms allow 5.2 starts a month, whoever is hired" in hub.why_not
    people = {"waiting.most_extra_wte": fixed("WTE", 0.1)}
    path = write_scenario(tmp_path, people, extends=["new_surge"])
    spec = shipped_project().specification(path, also=["waiting"])
    hub = clear_backlog(spec, DESIGN, Plan(12)).of("reference")
    assert "more than the 0.1 that can be recruited" in hub.why_not


def test_a_caseload_of_nobody_is_named(tmp_path: Path) -> None:
    nobody = {"waiting.caseload_per_wte": fixed("people/WTE", 0)}
    hub = clear_backlog(shipped_project().specification(write_scenario(tmp_path, nobody)), DESIGN, Plan(12))
    assert "nobody may have a client in therapy (caseload_per_wte is 0)" in hub.of("reference").why_not


def test_a_list_that_still_grows_within_a_lax_target_is_said_to() -> None:
    hub = surge(Plan(12, target_weeks=52.0)).of("reference")
    assert hub.figure("extra_wte").base_case == 0.0
    assert hub.release.endswith("but with 0.14 WTE too few to keep up it grows")


def test_supervision_may_stand_in_the_way(tmp_path: Path) -> None:
    few = {"waiting.supervision.clients_per_wte": fixed("people/WTE", 3)}
    spec = shipped_project().specification(
        write_scenario(tmp_path, few, extends=["new_surge"]), also=["waiting"]
    )
    hub = clear_backlog(spec, DESIGN, Plan(12)).of("reference")
    assert "people would still wait: supervision of therapy by those in post allows " in hub.why_not


def test_later_hires_and_referrals_that_answer_to_waits_take_more_staff() -> None:
    analysis = surge(Plan(12))
    found = {(v.lead_months, v.elasticity): v for v in analysis.sensitivity}
    assert sorted(found) == [(lead, answer) for lead in (0, 4, 6, 8) for answer in (0.0, 0.3, 0.6)]
    extra = {key: variation.extra_wte or 0.0 for key, variation in found.items()}
    assert extra[4, 0.0] == pytest.approx(analysis.of("reference").figure("extra_wte").base_case)
    assert extra[4, 0.3] == pytest.approx(
        surge(Plan(12, elasticity=0.3)).of("reference").figure("extra_wte").base_case
    )
    assert extra[6, 0.0] == pytest.approx(
        surge(Plan(12, lead_months=6)).of("reference").figure("extra_wte").base_case
    )
    assert extra[0, 0.0] < extra[4, 0.0] < extra[6, 0.0] < extra[8, 0.0]
    assert extra[4, 0.0] < extra[4, 0.3] < extra[4, 0.6]
    assert "hires begin after" in backlog_text(analysis)
    too_late = {v.lead_months: v.extra_wte for v in surge(Plan(4)).sensitivity if v.elasticity == 0.0}
    assert too_late[4] is None and too_late[0] is not None
    assert "not possible" in backlog_text(surge(Plan(4)))


def test_a_list_that_cannot_be_cleared_in_any_draw_has_no_range(tmp_path: Path) -> None:
    rooms = {"waiting.hubs.reference.room_sessions": fixed("sessions/week", 0)}
    path = write_scenario(tmp_path, rooms, extends=["new_surge"])
    spec = shipped_project().specification(path, also=["waiting"])
    hub = clear_backlog(spec, DESIGN, Plan(12)).of("reference")
    assert hub.share_feasible == 0.0
    assert hub.figure("extra_wte").mean is None


def test_nothing_depends_on_the_chunk_size() -> None:
    spec = shipped_project().specification("new_surge", also=["waiting"])
    assert clear_backlog(spec, DESIGN, Plan(9), chunk_size=17) == clear_backlog(spec, DESIGN, Plan(9))


def test_shorter_waits_that_bring_nobody_are_warned_about() -> None:
    assert any("Try --elasticity 0.3" in warning for warning in surge(Plan(12)).warnings)
    assert not any("--elasticity" in warning for warning in surge(Plan(12, elasticity=0.3)).warnings)


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (Plan(0), "cannot be cleared in 0 months"),
        (Plan(6, target_weeks=-1.0), "the target must be above 0 weeks, .* got -1. Ask for --target-weeks 1"),
        (Plan(6, target_weeks=0.0), "because chance always leaves somebody waiting; got 0"),
        (Plan(6, lead_months=-1), "hiring cannot take -1 months"),
        (Plan(6, elasticity=float("nan")), "the elasticity of referrals must be 0 or more.*got nan"),
        (Plan(6, elasticity=float("inf")), "the elasticity of referrals must be 0 or more.*got inf"),
    ],
)
def test_an_impossible_plan_is_refused(plan: Plan, message: str) -> None:
    with pytest.raises(WaitingError, match=message):
        surge(plan)


def test_a_specification_without_a_list_has_no_backlog() -> None:
    spec = replace(shipped_project().specification("base_case"), waiting=None)
    for plan in (Plan(6), Plan(6, lead_months=2)):
        with pytest.raises(WaitingError, match="holds no waiting list"):
            clear_backlog(spec, DESIGN, plan)


def test_the_table_the_csv_and_the_json_hold_the_same() -> None:
    analysis = api.clear_backlog("new_surge", Plan(12), api.RunOptions(draws=40), project=shipped_project())
    text = backlog_text(analysis)
    assert "clear the list in 12 months, down to 4 weeks' referrals; hires begin after 4 months" in text
    assert "Release 0.45 of the 0.59 extra WTE after month 12" in text and "assistants" not in text
    assert "9 of 9 inputs of parameters/waiting.yaml are illustrative" in text
    document = backlog_document(analysis)
    assert document["evidence"] == analysis.evidence
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert len(list(backlog_rows(analysis))) == len(analysis.of("reference").figures)
    assert "Not possible: hiring takes 4 months" in backlog_text(surge(Plan(4)))


def test_the_shipped_list_can_be_left_out_of_a_scenario(tmp_path: Path) -> None:
    path = write_scenario(tmp_path, {"waiting.hubs.north": REMOVED})
    spec = shipped_project().specification(path, also=["waiting"])
    assert clear_backlog(spec, DESIGN, Plan(6)).hubs[0].feasible


def test_extra_staff_stay_while_a_short_list_would_outgrow_its_target(tmp_path: Path) -> None:
    path = write_scenario(
        tmp_path, {"waiting.hubs.reference.opening_list": fixed("people", 5)}, extends=["new_surge"]
    )
    hub = clear_backlog(shipped_project().specification(path), DESIGN, Plan(12)).of("reference")
    assert (hub.figure("extra_wte").base_case or 0.0) > 0.0
    assert "extra WTE after month 12 (2024-03)" in hub.release


def list_with_hires(
    folder: Path, changes: Mapping[str, Any], found: HubPlan, plan: Plan, part: float
) -> float:
    """Return a surge's list at the end, with a part of the extra staff written into it as posts to fill."""
    grades = {"senior_clinician": "8a", "clinician": "7"}
    posts: dict[str, Any] = {}
    for pool, band in grades.items():
        wte = part * (found.figure(f"extra_wte.{pool}").base_case or 0.0)
        if wte > 0.0:
            posts[f"hub_reference.posts.extra_{pool}"] = {
                "label": "Extra staff",
                "pool": pool,
                "staff": f"community_scientific_professional_band_{band}",
                "employer": "host_trust",
                "headcount": 9,
                "wte": fixed("WTE", wte),
                "salary": fixed("GBP/(WTE*year)", 50_000, price_year="2023/24"),
                "in_post_after": fixed("months", plan.lead_months or 4),
            }
    path = write_scenario(folder, {**changes, **posts}, extends=["new_surge"])
    run = capacity(shipped_project().specification(path), MonteCarlo(seed=1, n=2), plan.months)
    return run.figure("reference", "waiting", plan.months).base_case or 0.0


CASELOAD = {"waiting.caseload_per_wte": fixed("people/WTE", 5)}
GROWTH = {
    "waiting.arrivals": {
        "pattern": "growth",
        "yearly_growth": {"label": "Growth", "unit": "growth", "value": 0.3, "evidence": "user"},
    }
}


@pytest.mark.parametrize(
    ("plan", "changes"),
    [
        (Plan(12), {}),
        (Plan(8), {}),
        (Plan(24), {}),
        (Plan(9, lead_months=6), {}),
        (Plan(12), CASELOAD),
        (Plan(12), GROWTH),
    ],
)
def test_the_same_staff_as_posts_to_fill_clear_the_list_and_fewer_do_not(
    plan: Plan, changes: Mapping[str, Any], tmp_path: Path
) -> None:
    path = write_scenario(tmp_path, changes, extends=["new_surge"])
    hub = clear_backlog(shipped_project().specification(path), MonteCarlo(seed=1, n=2), plan).of("reference")
    target, without = (hub.figure(name).base_case or 0.0 for name in ("target_queue", "list_at_end_without"))
    with_all = list_with_hires(tmp_path, changes, hub, plan, 1.0)
    with_fewer = list_with_hires(tmp_path, changes, hub, plan, 0.9)
    # A run spreads the supervision of staff who come later over the whole year, so not to the last person.
    assert with_all == pytest.approx(target, abs=0.03 * (without - target))
    assert with_fewer > with_all + 0.05 * (without - target)


def test_the_base_cases_staff_are_not_enough_in_every_draw() -> None:
    analysis = surge(Plan(12))
    hub = analysis.of("reference")
    enough = hub.share_with_base_extra
    assert enough is not None and hub.share_without_extra < enough < hub.share_feasible
    assert f"the 0.59 WTE of the base case would in {100 * enough:.0f}%" in backlog_text(analysis)
    assert surge(Plan(4)).of("reference").share_with_base_extra is None
    assert "of the base case do" not in backlog_text(surge(Plan(4)))


def test_what_staff_must_stay_follows_referrals_at_the_end(tmp_path: Path) -> None:
    path = write_scenario(tmp_path, GROWTH, extends=["new_surge"])
    grown = clear_backlog(shipped_project().specification(path), DESIGN, Plan(12)).of("reference")
    steady = surge(Plan(12)).of("reference")
    induced = surge(Plan(12, elasticity=0.3)).of("reference")

    def figure(hub: HubPlan, name: str) -> float:
        return hub.figure(name).base_case or 0.0

    # A year's growth of 30 % reaches 1.3 ^ (10/12) in the eleventh month, the middle of the last three.
    assert figure(grown, "wte_to_hold") == pytest.approx(
        1.3 ** (10 / 12) * figure(steady, "wte_to_hold"), rel=1e-3
    )
    for hub in (grown, induced):
        assert figure(hub, "wte_short") > figure(steady, "wte_short")
        assert figure(hub, "arrivals") > figure(steady, "arrivals")


def test_a_caseload_that_binds_is_in_the_staff_that_keep_up(tmp_path: Path) -> None:
    path = write_scenario(tmp_path, CASELOAD, extends=["new_surge"])
    hub = clear_backlog(shipped_project().specification(path), DESIGN, Plan(12)).of("reference")
    now, hold, short = (hub.figure(name).base_case or 0.0 for name in ("wte_now", "wte_to_hold", "wte_short"))
    assert short > 1.0 and hold == pytest.approx(now + short, rel=0.01)


def test_posts_still_to_be_filled_do_not_work_yet(tmp_path: Path) -> None:
    late = {"hub_reference.posts.clinical_psychologist_8a.in_post_after": fixed("months", 4)}
    spec = shipped_project().specification(write_scenario(tmp_path, late))
    hub = clear_backlog(spec, DESIGN, Plan(4, lead_months=0)).of("reference")
    target, without = (hub.figure(name).base_case or 0.0 for name in ("target_queue", "list_at_end_without"))
    assert without > 4.0 * target
    assert (hub.figure("extra_wte").base_case or 0.0) > 0.4
    assert "no extra staff" not in hub.release


def test_a_pool_that_nobody_is_in_this_year_can_be_staffed(tmp_path: Path) -> None:
    nobody = {
        f"hub_reference.posts.{post}.in_post_after": fixed("months", 14)
        for post in ("clinical_psychologist_7", "practitioner_6")
    }
    spec = shipped_project().specification(write_scenario(tmp_path, nobody))
    hub = clear_backlog(spec, DESIGN, Plan(12)).of("reference")
    assert hub.feasible and (hub.figure("extra_wte.clinician").base_case or 0.0) > 0.0
