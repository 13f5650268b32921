"""A year through time explained: months and weeks, shortages, priorities, opening lists, and who waits."""

from __future__ import annotations

import json
import math
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import costmodel.analysis.explain as explaining
from costmodel.analysis.explain import Node, Operation, node_json, node_rows, render, walk
from costmodel.inputs.project import Project
from tests.analysis.explain_cases import (
    Case,
    check_leaves,
    check_lines,
    check_moved,
    check_outcomes,
    check_recomputed,
    check_shared,
)
from tests.scenario_files import Override, fixed, shipped_project, write_scenario

MONTH_NAMES = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip
LIST = "waiting.hubs.reference"


def joint(unit: str, values: dict[str, float]) -> dict[str, Any]:
    components = {name: name for name in values}
    return {"label": "Numbers", "unit": unit, "components": components, "value": values, "evidence": "user"}


def by_month(*values: float, first: int = 1) -> dict[str, float]:
    return {f"month_{first + number}": value for number, value in enumerate(values)}


def times(factor: float) -> Override:
    return Override(multiply=factor)


SCREENING_SHORT: dict[str, Any] = {
    "activities.screening.minutes.assistant": times(6.0),
    "hub_reference.posts.assistant_psychologist_4.wte": times(0.55),
    "waiting.awaiting_attrition": fixed("share", 0.03),
    f"{LIST}.awaiting_screening": fixed("people", 20.0),
    f"{LIST}.awaiting_triage": fixed("people", 6.0),
    f"{LIST}.awaiting_assessment": fixed("people", 3.0),
}
PRIORITIES: dict[str, Any] = {
    "waiting.priority_classes": joint("share", {"urgent": 0.2, "soon": 0.3, "routine": 0.5}),
    f"{LIST}.opening_list": fixed("people", 200.0),
    f"{LIST}.opening_list_by_age": joint("share", by_month(0.4, 0.3, 0.0, 0.2, 0.1, first=0)),
    f"{LIST}.opening_caseload": fixed("people", 25.0),
    "hub_reference.pathway.registrations": times(1.5),
}
ROOMS: dict[str, Any] = {
    f"{LIST}.room_sessions": fixed("sessions/week", 9.0),
    f"{LIST}.opening_list": fixed("people", 300.0),
    "waiting.arrivals": {"pattern": "growth", "yearly_growth": fixed("growth", 0.72)},
    "activities.therapy.group_size": fixed("people/session", 1.5),
}
SURGE: dict[str, Any] = {
    "waiting.arrivals": {
        "pattern": "surge",
        "surge": {
            "height": fixed("ratio", 2.5),
            "begins_in_month": fixed("months", 4.2),
            "half_life": fixed("months", 3.0),
        },
    }
}
SEASONS: dict[str, Any] = {
    "waiting.arrivals": {
        "pattern": "seasonal",
        "by_month": joint("ratio", {name: 0.7 + 0.05 * place for place, name in enumerate(MONTH_NAMES)}),
    },
    "hub_reference.pathway.registrations": times(1.4),
}
# What is served after therapy gets what therapy leaves; brief support is then short.
LATE: dict[str, Any] = {
    "activities.brief_support.served": Override(set=130),
    "activities.navigation.served": Override(set=120),
    "activities.brief_support.minutes.clinician": times(4.0),
    "hub_reference.pathway.registrations": times(2.0),
}
RECRUITED: dict[str, Any] = {
    "hub_reference.posts.clinical_psychologist_8a.in_post_after": fixed("months", 4.3),
    "hub_reference.posts.assistant_psychologist_4.in_post_after": fixed("months", 2.0),
    "hub_reference.posts.administrator_3.in_post_after": fixed("months", 14.0),
    "waiting.caseload_per_wte": times(0.4),
    "hub_reference.pathway.registrations": times(1.4),
}
SERIES: dict[str, Any] = {"waiting.arrivals": {"pattern": "series", "file": "referrals.csv"}}
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "screening short": (SCREENING_SHORT, {}),
    "screening short, weeks": (SCREENING_SHORT, {"frame": {"time_step": "week"}}),
    "priorities": (PRIORITIES, {}),
    "priorities, weeks": (PRIORITIES, {"frame": {"time_step": "week"}}),
    "rooms and growth": (ROOMS, {}),
    "surge": (SURGE, {}),
    "surge, weeks": (SURGE, {"frame": {"time_step": "week"}}),
    "seasons": (SEASONS, {}),
    "seasons, weeks": (SEASONS, {"frame": {"time_step": "week"}}),
    "series": (SERIES, {}),
    "series, weeks": (SERIES, {"frame": {"time_step": "week"}}),
    "late": (LATE, {}),
    "recruited": (RECRUITED, {}),
    "recruited, weeks": (RECRUITED, {"frame": {"time_step": "week"}}),
    "hardly any hours": ({"hub_reference.pathway.registrations": times(12.0)}, {}),
}
SHIPPED = ("minimum_specification", "new_surge", "pooled_regional_hub", "consultant_heavy")


def with_referrals(folder: Path) -> Project:
    """The shipped project with a series of registrations by month."""
    shipped = shipped_project()
    shutil.copytree(shipped.parameters_folder, folder)
    rows = [f"{month},{20 + 7 * (month % 5)}" for month in range(1, 15)]
    (folder / "referrals.csv").write_text("\n".join(["month,reference", *rows]), encoding="utf-8")
    return Project(folder, shipped.scenarios_folder)


@pytest.fixture(scope="module")
def case_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Case]:
    known: dict[str, Case] = {}
    project = with_referrals(tmp_path_factory.mktemp("project") / "parameters")

    def build(name: str) -> Case:
        if name not in known:
            if name in CASES:
                changes, keys = CASES[name]
                scenario = write_scenario(tmp_path_factory.mktemp("scenario"), changes, **keys)
                known[name] = Case(project.specification(scenario))
            else:
                known[name] = Case(shipped_project().specification(name))
        return known[name]

    return build


@pytest.fixture(scope="module", params=(*CASES, *SHIPPED))
def case(request: pytest.FixtureRequest, case_of: Callable[[str], Case]) -> Case:
    return case_of(request.param)


def test_every_outcome_equals_the_engine(case: Case) -> None:
    check_outcomes(case)


def test_every_tree_is_recomputed_from_its_leaves(case: Case) -> None:
    check_recomputed(case)


def test_every_ledger_line_equals_the_engine(case: Case) -> None:
    check_lines(case)


@pytest.mark.parametrize("seed", [1, 2])
def test_trees_follow_their_parameters_as_the_engine_does(case: Case, seed: int) -> None:
    check_moved(case, seed)


def test_leaves_are_parameters_or_constants(case: Case) -> None:
    check_leaves(case)


def test_what_several_numbers_need_is_one_node(case: Case) -> None:
    check_shared(case)


def months_of(node: Node) -> list[str]:
    return [child.label for child in node.children]


def test_scenarios_of_these_tests_do_what_they_are_for(case_of: Callable[[str], Case]) -> None:
    short = case_of("screening short").trees
    assert short["n_awaiting_screening"].value > 20.0
    assert short["n_awaiting_triage"].value == 0.0
    grows = case_of("minimum_specification").trees
    assert grows["n_waiting"].value > 2.0 * grows["n_waiting_today"].value
    therapy = case_of("rooms and growth").costs.timed
    assert therapy is not None
    assert therapy.year("reference").therapy.places[0] is not None
    assert "limited by rooms" in {
        place.note for place in therapy.year("reference").therapy.places if place is not None
    }
    late = case_of("late")
    assert late.trees["n_awaiting_brief_support"].value > 0.0
    assert late.costs.timed is not None and late.costs.timed.year("reference").last is not None
    assert math.isnan(case_of("hardly any hours").trees["mean_wait"].value)
    assert case_of("priorities").trees["share_over_18_weeks"].value > 0.0


def test_a_year_is_the_sum_of_its_months(case_of: Callable[[str], Case]) -> None:
    starts = case_of("minimum_specification").trees["n_therapy_starts"]
    assert starts.operation is Operation.OVER_TIME
    assert months_of(starts)[::11] == ["Therapy starts, April 2023", "Therapy starts, March 2024"]
    weeks = case_of("screening short, weeks").trees["n_therapy_starts"]
    assert len(weeks.children) == 52
    assert months_of(weeks)[14] == "Therapy starts, week 15 (July 2023)"


def test_starts_are_the_smaller_of_those_who_could_and_what_capacity_allows(
    case_of: Callable[[str], Case],
) -> None:
    for month in case_of("minimum_specification").trees["n_therapy_starts"].children:
        could, places = month.children
        assert month.operation is Operation.SMALLER
        assert could.label.startswith("Who could start therapy")
        assert places.label.startswith("Starts that capacity allows")
        assert month.note == places.note == "limited by hours of senior clinicians (band 8a and above)"
        binding = min(places.children, key=lambda limit: limit.value)
        assert "senior clinicians" in binding.label


def test_the_list_keeps_its_people(case: Case) -> None:
    timed = case.costs.timed
    assert timed is not None
    therapy = timed.year(case.layout.hubs[0]).therapy
    rows = zip(therapy.before, therapy.left, therapy.accepted, therapy.starts, therapy.waiting, strict=True)
    for before, left, accepted, starts, waiting in rows:
        assert waiting.value == pytest.approx(
            before.value - left.value + accepted.value - starts.value, abs=1e-9
        )
        assert waiting.value >= 0.0
    assert case.trees["n_waiting"].value == pytest.approx(therapy.waiting[-1].value, rel=1e-9, abs=1e-9)


def test_hours_of_a_month_are_used_up_or_left(case_of: Callable[[str], Case]) -> None:
    case = case_of("screening short")
    timed = case.costs.timed
    assert timed is not None
    year = timed.year("reference")
    for step, left in enumerate(year.first.hours_left):
        assert left["assistant"].value == 0.0, step
        assert re.fullmatch("hours of .* run short", year.first.units["screening"][step].children[1].note)


def test_mean_wait_is_starts_times_waits_over_starts(case_of: Callable[[str], Case]) -> None:
    in_steps, weeks = case_of("minimum_specification").trees["mean_wait"].children
    waited, started = in_steps.children
    people = {each.children[1].value: each.children[0].value for each in waited.children}
    assert in_steps.operation is Operation.QUOTIENT
    assert sum(wait * count for wait, count in people.items()) == pytest.approx(waited.value)
    assert sum(people.values()) <= started.value
    assert weeks.value == pytest.approx(365.25 / 12 / 7)


def test_parts_of_a_month_are_found_from_the_total(case_of: Callable[[str], Case]) -> None:
    names = {node.name for node in walk(case_of("minimum_specification").trees["total_hub_cost"])}
    for wanted in (
        "starts.reference.month_03",
        "list.reference.month_02",
        "at_work.reference.assistant.month_07",
        "served.reference.screening.month_12",
        "waiting.turnover",
    ):
        assert wanted in names


def test_shown_to_a_depth_one_month_stands_for_all(case_of: Callable[[str], Case]) -> None:
    trees = case_of("minimum_specification").trees
    starts = render(trees["n_therapy_starts"], depth=3).splitlines()
    assert sum("Therapy starts, " in line for line in starts) == 12
    assert sum("Who could start therapy" in line for line in starts) == 1
    wait = render(trees["mean_wait"], depth=3)
    assert re.search(r"… and \d+ more of 0\n", wait)
    assert re.search(r"… and 11 more, together [\d.]+ people\n", wait)
    assert len(wait.splitlines()) < 40
    weeks = render(case_of("screening short, weeks").trees["n_therapy_starts"], depth=2)
    assert "… and 40 more, together" in weeks


def test_whole_trees_can_be_written(case_of: Callable[[str], Case]) -> None:
    for name in ("priorities, weeks", "screening short, weeks"):
        trees = case_of(name).trees
        for result in ("expected_wait", "n_awaiting_brief_support", "n_in_therapy", "cost_per_completion"):
            assert json.loads(json.dumps(node_json(trees[result]), allow_nan=False))["name"] == result
            assert len(node_rows(trees[result])) > 1_000
    assert "Who join the list" not in render(case_of("priorities").trees["wait_95"], depth=2)
    assert "or of a higher class" in render(case_of("priorities").trees["wait_95"], depth=None)


def test_nothing_that_follows_people_in_the_engine_is_used() -> None:
    folder = Path(explaining.__file__).parent
    engine = (
        "front_door",
        "through_time",
        "waiting_list",
        "waiting_block",
        "queue_outcomes",
        "list_capacity",
    )
    for module in folder.glob("*.py"):
        for line in module.read_text(encoding="utf-8").splitlines():
            if line.startswith(("import ", "from ")):
                assert not any(
                    part in line for part in (*engine, "therapy_capacity", "numpy", "benchmarks")
                ), line
