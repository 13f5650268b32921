"""A year through time explained: months and weeks, shortages, priorities, opening lists, and who waits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.analysis.explain_cases import (
    Case,
    check_leaves,
    check_lines,
    check_moved,
    check_outcomes,
    check_recomputed,
    check_shared,
)
from tests.scenario_files import Override, fixed, shipped_project, specification

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
    f"{LIST}.opening_list": fixed("people", 60.0),
    f"{LIST}.opening_list_by_age": joint("share", by_month(0.4, 0.3, 0.0, 0.2, 0.1, first=0)),
    f"{LIST}.opening_caseload": fixed("people", 25.0),
    "hub_reference.pathway.registrations": times(1.5),
}
ROOMS: dict[str, Any] = {
    f"{LIST}.room_sessions": fixed("sessions/week", 9.0),
    f"{LIST}.opening_list": fixed("people", 300.0),
    "waiting.arrivals": {"pattern": "growth", "yearly_growth": fixed("ratio", 0.72)},
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
    "hub_reference.pathway.registrations": times(1.3),
}
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "screening short": (SCREENING_SHORT, {}),
    "screening short, weeks": (SCREENING_SHORT, {"frame": {"step": "week"}}),
    "priorities": (PRIORITIES, {}),
    "priorities, weeks": (PRIORITIES, {"frame": {"step": "week"}}),
    "rooms and growth": (ROOMS, {}),
    "surge": (SURGE, {}),
    "surge, weeks": (SURGE, {"frame": {"step": "week"}}),
    "seasons": (SEASONS, {}),
    "seasons, weeks": (SEASONS, {"frame": {"step": "week"}}),
    "late": (LATE, {}),
    "hardly any hours": ({"hub_reference.pathway.registrations": times(12.0)}, {}),
}
SHIPPED = ("minimum_specification", "new_surge", "pooled_regional_hub", "consultant_heavy")


@pytest.fixture(scope="module")
def case_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Case]:
    known: dict[str, Case] = {}

    def build(name: str) -> Case:
        if name not in known:
            if name in CASES:
                changes, keys = CASES[name]
                folder: Path = tmp_path_factory.mktemp("scenario")
                known[name] = Case(specification(folder, changes, **keys))
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
