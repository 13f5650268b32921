"""The plain per-draw calculation and the engine were written apart; they must give the same outcomes."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.agreement import difference, rows_of
from benchmarks.plain_loop import evaluate_draw
from benchmarks.plain_structure import structure_of
from costmodel.gather import Layout, gather
from costmodel.inputs.project import Project
from costmodel.inputs.specification import ModelSpec
from costmodel.model.evaluate import evaluate
from costmodel.uncertainty.draws import expected_values, realise
from costmodel.uncertainty.sampling import MonteCarlo
from tests.scenario_files import fixed, shipped_project, specification, uncertain, write_scenario

TOLERANCE = 1e-9
SCENARIOS = ("base_case", "four_hubs", "minimum_specification", "new_surge")
WEEKS = {"frame": {"time_step": "week"}}


def months(*values: float, first: int = 1) -> dict[str, float]:
    return {f"month_{number}": value for number, value in enumerate(values, start=first)}


def joint(unit: str, values: Mapping[str, float]) -> dict[str, Any]:
    return {
        "label": "Numbers",
        "unit": unit,
        "components": {name: name for name in values},
        "value": dict(values),
        "evidence": "user",
    }


OPENING = {
    "waiting.hubs.reference.awaiting_screening": fixed("people", 12.0),
    "waiting.hubs.reference.awaiting_triage": fixed("people", 7.0),
    "waiting.hubs.reference.awaiting_assessment": fixed("people", 20.0),
    "waiting.awaiting_attrition": fixed("share", 0.05),
    "waiting.hubs.reference.opening_list": fixed("people", 60.0),
    "waiting.hubs.reference.opening_list_by_age": joint("share", months(0.4, 0.3, 0.2, 0.1, first=0)),
    "waiting.hubs.reference.opening_caseload": fixed("people", 14.0),
    "waiting.hubs.reference.room_sessions": fixed("sessions/week", 30.0),
    "waiting.priority_classes": joint("share", {"urgent": 0.3, "routine": 0.7}),
}
LATER = {
    "activities.outreach.served": 110,
    "activities.assessment.served": 120,
    "activities.brief_support.served": 130,
}
POSTS = "hub_reference.posts"
RECRUITED = {
    f"{POSTS}.clinical_psychologist_8a.in_post_after": fixed("months", 4.3),
    f"{POSTS}.assistant_psychologist_4.in_post_after": uncertain(
        "months", {"family": "gamma", "mean": 3.0, "se": 1.0}
    ),
    f"{POSTS}.administrator_3.in_post_after": fixed("months", 12.0),
    "waiting.caseload_per_wte": fixed("people/WTE", 4.0),
}
ARRIVALS = {
    "growth": {"pattern": "growth", "yearly_growth": fixed("growth", 0.72)},
    "surge": {
        "pattern": "surge",
        "surge": {
            "height": fixed("ratio", 1.5),
            "begins_in_month": fixed("months", 4),
            "half_life": fixed("months", 2.5),
        },
    },
    "seasonal": {
        "pattern": "seasonal",
        "by_month": joint(
            "ratio",
            dict(
                zip(
                    (
                        "january", "february", "march", "april", "may", "june", "july", "august",
                        "september", "october", "november", "december",
                    ),
                    (1.4, 1.2, 1.1, 1.0, 0.9, 0.8, 0.7, 0.6, 1.1, 1.2, 1.3, 0.7),
                    strict=True,
                )
            ),
        ),
    },
}  # fmt: skip


@pytest.fixture(scope="module", params=[*SCENARIOS, "base_case without lists", "four_hubs without lists"])
def spec(request: pytest.FixtureRequest) -> ModelSpec:
    scenario, _, without = request.param.partition(" ")
    found = shipped_project().specification(scenario)
    return replace(found, waiting=None) if without else found


def largest_differences(spec: ModelSpec, draws: dict[str, np.ndarray]) -> dict[str, float]:
    layout, structure = Layout(spec), structure_of(spec)
    outputs = evaluate(gather(layout, draws))
    largest: dict[str, float] = {}
    for draw, row in enumerate(rows_of(structure, draws)):
        gaps = difference(layout, outputs, draw, evaluate_draw(structure, row))
        largest = {name: max(gap, largest.get(name, 0.0)) for name, gap in gaps.items()}
    return largest


def apart(differences: dict[str, float]) -> dict[str, float]:
    return {name: gap for name, gap in differences.items() if not gap <= TOLERANCE}


def busier(draws: dict[str, np.ndarray], times: float) -> dict[str, np.ndarray]:
    return {
        name: values * (times if name.endswith("registrations") else 1.0) for name, values in draws.items()
    }


def test_base_values(spec: ModelSpec) -> None:
    draws = {name: np.array([value]) for name, value in expected_values(spec.plan).items()}
    assert apart(largest_differences(spec, draws)) == {}


def test_random_draws(spec: ModelSpec) -> None:
    assert apart(largest_differences(spec, realise(spec.plan, MonteCarlo(seed=7, n=20), 0, 20))) == {}


def test_draws_in_which_hours_run_short(spec: ModelSpec) -> None:
    draws = realise(spec.plan, MonteCarlo(seed=7, n=8), 0, 8)
    assert apart(largest_differences(spec, busier(draws, 4.0))) == {}


def test_a_hub_without_clients(spec: ModelSpec) -> None:
    draws = realise(spec.plan, MonteCarlo(seed=7, n=2), 0, 2)
    first_hub = f"hub_{next(iter(spec.hubs))}.pathway.registrations"
    nobody = {**draws, first_hub: np.zeros(2)}
    assert apart(largest_differences(spec, nobody)) == {}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_weeks(tmp_path: Path, scenario: str) -> None:
    spec = specification(tmp_path, extends=[scenario], **WEEKS)
    draws = realise(spec.plan, MonteCarlo(seed=11, n=4), 0, 4)
    assert apart(largest_differences(spec, draws)) == {}
    assert apart(largest_differences(spec, busier(draws, 3.0))) == {}


@pytest.mark.parametrize("keys", [{}, WEEKS], ids=["months", "weeks"])
@pytest.mark.parametrize(
    "changes",
    [OPENING, LATER, OPENING | LATER, OPENING | {"waiting.starts": "greedy"}],
    ids=["opening", "later", "both", "greedy"],
)
def test_people_who_wait_at_every_stage(
    tmp_path: Path, changes: dict[str, Any], keys: dict[str, Any]
) -> None:
    spec = specification(tmp_path, changes, **keys)
    draws = realise(spec.plan, MonteCarlo(seed=13, n=6), 0, 6)
    assert apart(largest_differences(spec, draws)) == {}
    assert apart(largest_differences(spec, busier(draws, 2.5))) == {}


@pytest.mark.parametrize("keys", [{}, WEEKS], ids=["months", "weeks"])
@pytest.mark.parametrize("pattern", list(ARRIVALS))
def test_arrivals_that_change(tmp_path: Path, pattern: str, keys: dict[str, Any]) -> None:
    spec = specification(tmp_path, {"waiting.arrivals": ARRIVALS[pattern]}, **keys)
    draws = realise(spec.plan, MonteCarlo(seed=17, n=4), 0, 4)
    assert apart(largest_differences(spec, draws)) == {}


@pytest.mark.parametrize("keys", [{}, WEEKS], ids=["months", "weeks"])
def test_posts_still_to_be_recruited(tmp_path: Path, keys: dict[str, Any]) -> None:
    spec = specification(tmp_path, RECRUITED | LATER, **keys)
    draws = realise(spec.plan, MonteCarlo(seed=31, n=6), 0, 6)
    draws[f"{POSTS}.assistant_psychologist_4.in_post_after"] = np.array([0.0, 14.0, 2.0, 0.1, 6.5, -0.4])
    assert apart(largest_differences(spec, draws)) == {}
    assert apart(largest_differences(spec, busier(draws, 2.5))) == {}
    whole_year = replace(spec, waiting=None)
    assert apart(largest_differences(whole_year, draws)) == {}


@pytest.mark.parametrize("keys", [{}, WEEKS], ids=["months", "weeks"])
def test_a_series_of_registrations(tmp_path: Path, keys: dict[str, Any]) -> None:
    parameters = shutil.copytree(shipped_project().parameters_folder, tmp_path / "parameters")
    by_month = "".join(f"{month},{40 + 5 * month}\n" for month in range(1, 14))
    (parameters / "referrals.csv").write_text(f"month,reference\n{by_month}", encoding="utf-8")
    arrivals = {"waiting.arrivals": {"pattern": "series", "file": "referrals.csv"}}
    scenario = write_scenario(
        shutil.copytree(shipped_project().scenarios_folder, tmp_path / "scenarios"), arrivals, **keys
    )
    spec = Project(parameters, scenario.parent).specification("case")
    draws = realise(spec.plan, MonteCarlo(seed=19, n=3), 0, 3)
    assert apart(largest_differences(spec, draws)) == {}


def test_therapy_that_nobody_attends_and_none_at_all(tmp_path: Path) -> None:
    spec = shipped_project().specification("base_case")
    draws = realise(spec.plan, MonteCarlo(seed=23, n=3), 0, 3)
    nobody = {**draws, "activities.therapy.dna_rate": np.array([1.0, 0.2, 1.0])}
    assert apart(largest_differences(spec, nobody)) == {}
    none = specification(tmp_path, {"activities.therapy.driver": "triaged", "activities.therapy.served": 55})
    assert apart(largest_differences(none, realise(none.plan, MonteCarlo(seed=23, n=3), 0, 3))) == {}


def test_contacts_on_both_sides_of_therapy(tmp_path: Path) -> None:
    webinars = dict(shipped_project().tree.get(("activities", "outreach")))
    spec = specification(tmp_path, {"activities.webinars": {**webinars, "served": 120}})
    draws = realise(spec.plan, MonteCarlo(seed=29, n=6), 0, 6)
    assert apart(largest_differences(spec, draws)) == {}
    assert apart(largest_differences(spec, busier(draws, 4.0))) == {}


def test_the_structures_have_the_same_lines(spec: ModelSpec) -> None:
    structure = structure_of(spec)
    lines = [*structure.staff_lines, *structure.item_lines, *structure.service_lines]
    assert len(lines) == Layout(spec).plan.hub.size


def test_a_difference_is_seen() -> None:
    spec = shipped_project().specification("base_case")
    draws = {name: np.array([value]) for name, value in expected_values(spec.plan).items()}
    outputs = evaluate(gather(Layout(spec), draws))
    (row,) = rows_of(structure_of(spec), draws)
    row["costing_rules.overheads.percentage.non_staff"] *= 1.0 + 1e-6
    gaps = difference(Layout(spec), outputs, 0, evaluate_draw(structure_of(spec), row))
    assert {"hub_cost", "component_cost", "bridge", "fully_absorbed"} <= apart(gaps).keys()
    assert not {"volumes", "hours_used", "waiting"} & apart(gaps).keys()


def test_a_difference_in_waiting_is_seen() -> None:
    spec = shipped_project().specification("base_case")
    draws = {name: np.array([value]) for name, value in expected_values(spec.plan).items()}
    outputs = evaluate(gather(Layout(spec), draws))
    (row,) = rows_of(structure_of(spec), draws)
    row["waiting.hubs.reference.opening_list"] += 1e-3
    gaps = difference(Layout(spec), outputs, 0, evaluate_draw(structure_of(spec), row))
    assert {"opening_list", "expected_wait_today", "left_list", "mean_wait"} <= apart(gaps).keys()
