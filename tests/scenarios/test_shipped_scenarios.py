"""The shipped scenarios and parameters: what each asks and moves, and what must not move anything."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, fields
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from costmodel.errors import ParameterError
from costmodel.gather import Layout, gather
from costmodel.inputs.project import Project, shipped_folder
from costmodel.inputs.scenarios import ScenarioFile
from costmodel.inputs.specification import ModelSpec
from costmodel.model.evaluate import ModelOutputs, evaluate
from costmodel.model.outcomes import Per
from costmodel.model.types import ModelInputs, Volume
from costmodel.uncertainty.draws import expected_values, realise
from costmodel.uncertainty.sampling import MonteCarlo
from costmodel.uncertainty.types import FloatArray

SCENARIOS = shipped_folder("scenarios")
NAMES = Project().scenario_names()
STAFFING = ("consultant_heavy", "blended", "junior_heavy")
SHORT_OF_HOURS = {"minimum_specification": {"therapy"}, "new_surge": {"therapy"}}
ASKED_BY_COMMISSIONERS = {
    *(
        "base_case",
        "consultant_heavy",
        "blended",
        "junior_heavy",
        "minimum_specification",
        "extended_therapy",
    ),
    *("pooled_regional_hub", "four_hubs", "outreach_under_served", "new_surge", "prices_2024_25"),
    *("service_use_price_year", "overhead_pools", "sickness_backfill"),
}
N_DRAWS = 400


@dataclass(frozen=True)
class Case:
    """A scenario evaluated at the base case."""

    spec: ModelSpec
    layout: Layout
    inputs: ModelInputs
    outputs: ModelOutputs


def evaluated(project: Project, name: str) -> Case:
    spec = project.specification(name)
    layout = Layout(spec)
    means = {key: np.array([value]) for key, value in expected_values(spec.plan).items()}
    inputs = gather(layout, means)
    return Case(spec, layout, inputs, evaluate(inputs))


@cache
def shipped(name: str) -> Case:
    return evaluated(_project(), name)


@cache
def _project() -> Project:
    return Project(shipped_folder("parameters"), SCENARIOS)


def arrays_of(case: Case) -> dict[str, FloatArray]:
    outcomes = case.outputs.outcomes
    return {
        field.name: value
        for field in fields(outcomes)
        if isinstance(value := getattr(outcomes, field.name), np.ndarray)
    }


def bytes_of(case: Case) -> dict[str, bytes]:
    return {name: array.tobytes() for name, array in arrays_of(case).items()}


def draws_of(project: Project, name: str = "base_case") -> dict[str, bytes]:
    plan = project.specification(name).plan
    draws = realise(plan, MonteCarlo(seed=7, n=N_DRAWS), 0, N_DRAWS)
    return {parameter: column.tobytes() for parameter, column in draws.items()}


def whole(case: Case, volume: Volume) -> float:
    return float(case.outputs.outcomes.volumes[0, 0, volume])


def minutes_by_activity(case: Case) -> dict[str, float]:
    minutes = case.inputs.activities.minutes[0, 0].sum(axis=1)
    return dict(zip(case.layout.activities, minutes.tolist(), strict=True))


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    shutil.copytree(shipped_folder("parameters"), tmp_path / "parameters")
    shutil.copytree(SCENARIOS, tmp_path / "scenarios")
    return tmp_path


def project_in(folder: Path) -> Project:
    return Project(folder / "parameters", folder / "scenarios")


def test_every_shipped_file_is_without_problems() -> None:
    problems, _ = _project().check()
    assert problems == []


def test_the_scenarios_that_commissioners_ask_for_are_there() -> None:
    assert set(NAMES) >= ASKED_BY_COMMISSIONERS


@pytest.mark.parametrize("name", NAMES)
def test_a_scenario_says_why_it_is_asked_and_gives_reasons(name: str) -> None:
    scenario = ScenarioFile.model_validate(yaml.safe_load((SCENARIOS / f"{name}.yaml").read_text("utf-8")))
    assert "?" in scenario.question or "Compare it with" in scenario.question
    assert 1 <= scenario.question.count(". ") + 1 <= 4
    assert all(len(override.reason) > 10 for override in scenario.overrides.values())


@pytest.mark.parametrize("name", NAMES)
def test_an_override_changes_something(name: str) -> None:
    assert [difference.name for difference in shipped(name).spec.differences if difference.unchanged] == []


@pytest.mark.parametrize("name", [name for name in NAMES if name != "base_case"])
def test_a_scenario_moves_at_least_one_outcome(name: str) -> None:
    base, other = arrays_of(shipped("base_case")), arrays_of(shipped(name))
    compared = ("hub_cost", "service_use_cost", "volumes", "hours_used", "activity_cost")
    moved = [
        array
        for array in compared
        if base[array].shape != other[array].shape or not np.allclose(base[array], other[array], rtol=1e-6)
    ]
    assert moved


@pytest.mark.parametrize("name", NAMES)
def test_hours_run_short_only_where_that_is_the_point(name: str) -> None:
    case = shipped(name)
    share = case.outputs.delivery.delivered_share[0].min(axis=0)
    short = {
        activity for activity, part in zip(case.layout.activities, share, strict=True) if part < 1 - 1e-9
    }
    assert short == SHORT_OF_HOURS.get(name, set())


@pytest.mark.parametrize("name", sorted(SHORT_OF_HOURS))
def test_a_shortage_shows_as_therapy_not_started(name: str) -> None:
    outcomes = shipped(name).outputs.outcomes
    wanted = float(outcomes.demand[0, 0, Volume.THERAPY_STARTS])
    started = float(outcomes.volumes[0, 0, Volume.THERAPY_STARTS])
    assert 0.5 * wanted < started < 0.95 * wanted


@pytest.mark.parametrize("name", STAFFING)
def test_a_staffing_scenario_changes_who_does_the_work_and_not_how_much(name: str) -> None:
    base, case = shipped("base_case"), shipped(name)
    assert whole(case, Volume.STAFF_WTE) == pytest.approx(whole(base, Volume.STAFF_WTE), rel=1e-3)
    before, after = minutes_by_activity(base), minutes_by_activity(case)
    for activity in set(before) - {"supervision"}:
        assert after[activity] == pytest.approx(before[activity], rel=2e-3), activity
    assert not np.allclose(case.outputs.outcomes.hours_used, base.outputs.outcomes.hours_used, rtol=0.05)


def test_a_more_senior_team_costs_more() -> None:
    costs = [
        float(shipped(name).outputs.outcomes.hub_cost[0, 0, 0])
        for name in ("minimum_specification", "junior_heavy", "blended", "base_case", "consultant_heavy")
    ]
    assert costs == sorted(costs)


def test_the_base_case_is_a_plausible_hub() -> None:
    case = shipped("base_case")
    outcomes = case.outputs.outcomes
    assert 750_000 < float(outcomes.hub_cost[0, 0, 0]) < 950_000
    assert float(outcomes.activity_only[0, 0, Per.REGISTERED]) == pytest.approx(350, abs=100)
    by_stage = case.outputs.delivery.hours[0, 0].sum(axis=2)
    with_clients_or_teams = [
        position
        for position, activity in enumerate(case.layout.activities)
        if activity not in ("administration", "supervision")
    ]
    clinicians = [case.layout.pools.index(pool) for pool in ("senior_clinician", "clinician")]
    share = (
        by_stage[np.ix_(with_clients_or_teams, clinicians)].sum()
        / outcomes.hours_available[0, 0, clinicians].sum()
    )
    assert 0.35 < share < 0.60


def test_some_therapy_starts_in_every_draw_of_the_base_case() -> None:
    spec, layout = shipped("base_case").spec, shipped("base_case").layout
    draws = realise(spec.plan, MonteCarlo(seed=1, n=2_000), 0, 2_000)
    delivery = evaluate(gather(layout, draws)).delivery
    assert delivery.delivered_share[:, :, layout.activities.index("therapy")].min() > 0.01


def test_shares_of_shared_posts_add_up_to_one_and_follow_their_driver() -> None:
    case = shipped("four_hubs")
    share = case.inputs.staff.hub_share[0]
    assert share.sum(axis=1) == pytest.approx(np.ones(share.shape[0]), abs=1e-12)
    by_post = {entry.prefix: share[number] for number, entry in enumerate(case.layout.posts)}
    registrations = case.inputs.pathway.registrations[0]
    assert by_post["shared_posts.data_analyst"] == pytest.approx(registrations / registrations.sum())
    assert by_post["shared_posts.training_coordinator"] == pytest.approx([0.4, 0.15, 0.3, 0.15])


def test_four_hubs_add_up_and_are_unlike() -> None:
    outcomes = shipped("four_hubs").outputs.outcomes
    all_hubs, each = outcomes.hub_cost[0, 0], outcomes.hub_cost[0, 1:]
    assert each.sum(axis=0) == pytest.approx(all_hubs, rel=1e-12)
    costs = sorted(each[:, 0])
    assert len(costs) == 4
    assert all(later > 1.2 * earlier for earlier, later in pairwise(costs))
    per_client = outcomes.fully_absorbed[0, 1:, Per.REGISTERED, 0]
    assert len({round(float(cost)) for cost in per_client}) == 4


def test_contracts_of_one_person_share_a_threshold_only_within_one_employer() -> None:
    case = shipped("four_hubs")
    group = {
        entry.prefix.split(".")[-1]: int(case.inputs.staff.contract_group[number])
        for number, entry in enumerate(case.layout.posts)
    }
    assert group["clinic_contract_8a"] == group["training_contract_8b"]
    assert group["practitioner_6_trust"] != group["practitioner_6_hospice"]


def test_a_pooled_hub_serves_the_clients_of_the_four() -> None:
    four, pooled = shipped("four_hubs"), shipped("pooled_regional_hub")
    assert whole(pooled, Volume.REGISTERED) == pytest.approx(whole(four, Volume.REGISTERED), rel=0.01)
    assert whole(pooled, Volume.CONTACTED) == pytest.approx(whole(four, Volume.CONTACTED), rel=0.01)
    assert pooled.outputs.outcomes.hub_cost[0, 0, 0] < four.outputs.outcomes.hub_cost[0, 0, 0]


def test_published_hub_figures_are_never_inputs(copied: Path) -> None:
    (copied / "parameters" / "hub_figures.yaml").unlink()
    for name in ("base_case", "four_hubs"):
        assert bytes_of(evaluated(project_in(copied), name)) == bytes_of(shipped(name))


def test_adding_a_service_changes_no_other_draws(copied: Path) -> None:
    file = copied / "parameters" / "service_use.yaml"
    service = """\
  dietitian:
    label: Dietitian contacts
    contacts:
      label: Dietitian contacts of a client in the window
      unit: contacts/client
      distribution: {family: gamma, mean: 0.05, se: 0.02, assumed: true}
      evidence: illustrative
    unit_cost:
      {label: Dietitian contact, unit: GBP/contact, price_year: 2023/24, value: 90, evidence: illustrative}
    payer: icb
    payer_evidence: illustrative
    is_hub: false
    is_mental_health: false
"""
    file.write_text(file.read_text("utf-8") + service, "utf-8")
    assert_only_added(draws_of(project_in(copied)), {"service_use.services.dietitian.contacts"})


def test_adding_a_staff_type_and_a_post_changes_no_other_draws(copied: Path) -> None:
    data = _loaded(copied / "parameters" / "derived_staff.yaml")
    first = next(row for row in data["staff"].values() if row["edition"] == "2024")
    data["staff"] = {"a_new_type": {**first, "staff_id": "a_new_type"}, **data["staff"]}
    _write(copied / "parameters" / "derived_staff.yaml", data)
    hub = _loaded(copied / "parameters" / "hub_reference.yaml")
    administrator = hub["posts"]["administrator_3"]
    hub["posts"] = {"a_new_post": {**administrator, "staff": "a_new_type"}, **hub["posts"]}
    _write(copied / "parameters" / "hub_reference.yaml", hub)
    post = "hub_reference.posts.a_new_post"
    assert_only_added(
        draws_of(project_in(copied)), {f"{post}.wte", f"{post}.salary", f"{post}.vacancy_share"}
    )


def test_reordering_files_changes_no_draws(copied: Path) -> None:
    for stem in ("hub_reference", "service_use", "staff_pools", "correlations", "costing_rules"):
        file = copied / "parameters" / f"{stem}.yaml"
        _write(file, _reversed(_loaded(file)))
    assert draws_of(project_in(copied)) == draws_of(_project())


def test_running_more_hubs_changes_no_hub_s_own_draws(copied: Path) -> None:
    two = "label: Two\nquestion: Two Hubs?\nextends: [base_case]\nhubs: [reference, region]\n"
    (copied / "scenarios" / "two.yaml").write_text(two, "utf-8")
    alone, beside = draws_of(_project()), draws_of(project_in(copied), "two")
    assert {name: beside[name] for name in alone} == alone


def test_two_scenarios_that_set_one_thing_differently_clash(copied: Path) -> None:
    both = "label: Both\nquestion: Both at once?\nextends: [consultant_heavy, junior_heavy]\n"
    (copied / "scenarios" / "both.yaml").write_text(both, "utf-8")
    with pytest.raises(ParameterError) as caught:
        project_in(copied).specification("both")
    messages = [problem.message for problem in caught.value.problems]
    assert any(
        "clash over hub_reference.posts.assistant_psychologist_4.wte" in message for message in messages
    )
    assert all("'consultant_heavy'" in message and "'junior_heavy'" in message for message in messages)


def test_scenarios_that_change_different_things_go_together(copied: Path) -> None:
    both = "label: Both\nquestion: Both at once?\nextends: [prices_2024_25, new_surge, sickness_backfill]\n"
    (copied / "scenarios" / "both.yaml").write_text(both, "utf-8")
    case = evaluated(project_in(copied), "both")
    assert case.spec.frame.price_year == "2024/25"
    assert whole(case, Volume.REGISTERED) == pytest.approx(946)


def assert_only_added(after: dict[str, bytes], new_uncertain: set[str]) -> None:
    before = draws_of(_project())
    assert {name: after[name] for name in before} == before
    assert new_uncertain <= set(after) - set(before)


def _loaded(file: Path) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))
    return data


def _write(file: Path, data: Any) -> None:
    file.write_text(yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=200), "utf-8")


def _reversed(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _reversed(data[key]) for key in reversed(data)}
    return data
