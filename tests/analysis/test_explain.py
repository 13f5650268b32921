"""Every result of many scenarios explained, and the explanation worked out again beside the engine."""

from __future__ import annotations

import math
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from costmodel.analysis.explain import (
    ExplainError,
    Operation,
    explain,
    explanation,
    recompute,
    to_depth,
    walk,
)
from costmodel.analysis.explain.leaves import Leaves
from costmodel.analysis.explain.results import DENOMINATORS
from costmodel.inputs.project import Project
from costmodel.inputs.schema import IndexName
from costmodel.model.types import Perspective
from tests.analysis.explain_cases import (
    TOLERANCE,
    Case,
    agrees,
    check_leaves,
    check_lines,
    check_moved,
    check_outcomes,
    check_recomputed,
    check_shared,
)

SHIPPED = (
    "base_case",
    "four_hubs",
    "overhead_pools",
    "sickness_backfill",
    "new_surge_bank_staff",
    "prices_2024_25",
)


def money(value: float, unit: str) -> dict[str, Any]:
    return {"label": "Test amount", "unit": unit, "value": value, "price_year": "2023/24", "evidence": "user"}


def number(value: float, unit: str) -> dict[str, Any]:
    return {"label": "Test number", "unit": unit, "value": value, "evidence": "user"}


def post(wte: float, **more: Any) -> dict[str, Any]:
    return {
        "label": "A test post",
        "pool": "clinician",
        "staff": "community_scientific_professional_band_7",
        "employer": "host_trust",
        "wte": number(wte, "WTE"),
        **more,
    }


def everything(method: str) -> dict[str, Any]:
    """Every rule at once, a Hub short of hours, and pools that serve each other."""
    set_to = {
        "costing_rules.qualifications": "include",
        "costing_rules.apprenticeship_levy": "include",
        "costing_rules.sickness": {
            "treatment": "backfill",
            "sick_days": number(8, "days/year"),
            "hours_per_day": number(7.5, "hours/day"),
        },
        "costing_rules.overheads": {"pooled": {"method": method, "pools": overhead_pools()}},
        "hub_reference.posts.one_of_two": post(0.3, person="Ada", pension_member_share=number(0.8, "share")),
        "hub_reference.posts.two_of_two": post(0.4, person="Ada", enhancements=money(900, "GBP/(WTE*year)")),
        "hub_reference.posts.hardly_there": post(
            0.1, high_cost_area_supplement=money(2_000, "GBP/(WTE*year)")
        ),
        "hub_reference.posts.agency": post(
            0.5,
            contract="agency",
            invoice_per_hour=money(50, "GBP/hour"),
            vat_share=number(0.2, "share"),
            vacancy_share=number(0.25, "share"),
        ),
        "hub_reference.capital.van": capital("advance", 3_000.0),
        "hub_reference.capital.sofa": capital("arrears", 30_000.0),
        "hub_reference.non_pay.leaflets": {
            "label": "Leaflets",
            "behaviour": "step",
            "driver": "registered",
            "step_capacity": number(70, "people"),
            "amount": money(120, "GBP/year"),
            "outside_overheads": "bought for clients",
        },
        "activities.screening.dna_rate": number(0.2, "share"),
        "hub_reference.time_use": {"triage_call": {"assistant": number(12, "minutes")}},
    }
    overrides: dict[str, Any] = {name: {"set": value, "reason": "test"} for name, value in set_to.items()}
    overrides["hub_reference.pathway.registrations"] = {"multiply": 4.0, "reason": "short of hours"}
    overrides["hub_reference.pathway.targeted_outreach_contacts"] = {"value": 100.0, "reason": "test"}
    return {
        "label": "Everything",
        "question": "Does it add up?",
        "extends": ["base_case"],
        "overrides": overrides,
    }


def overhead_pools() -> dict[str, Any]:
    shares = {
        "people": {"pools": {"estates": 0.2, "digital": 0.1}, "activities": {"therapy": 0.7}},
        "estates": {"pools": {"people": 0.3}, "activities": {"therapy": 0.3, "outreach": 0.4}},
        "digital": {"pools": {"estates": 0.5, "people": 0.25}, "activities": {"administration": 0.25}},
    }
    return {
        name: {"label": name, "hub": "reference", "cost": money(10_000.0, "GBP/year"), "shares": given}
        for name, given in shares.items()
    }


def capital(payments: str, resale: float) -> dict[str, Any]:
    return {
        "label": "Test item",
        "purchase_cost": money(20_000, "GBP"),
        "resale_value": money(resale, "GBP"),
        "life": number(6.5, "years"),
        "payments": payments,
        "outside_overheads": "bought for the Hub",
    }


def two_periods(posts: list[str]) -> dict[str, Any]:
    """The 2023 edition, in whose price year National Insurance changed half way."""
    remove = {
        f"hub_reference.posts.{name}.salary": {"remove": True, "reason": "the edition's"} for name in posts
    }
    rules = {
        "management": {"rule": "2023_community_nhs_management_admin_estates_staff"},
        "non_staff": {"rule": "2023_community_nhs_non_staff"},
    }
    overrides = {
        **remove,
        "costing_rules.overheads": {"set": {"percentage": rules}, "reason": "the edition's"},
        "service_use.calibration": {"set": "none", "reason": "contacts as listed"},
    }
    return {
        "label": "A year with two rates",
        "question": "Does it add up?",
        "extends": ["base_case"],
        "frame": {"edition": "2023"},
        "overrides": overrides,
    }


def nobody_comes() -> dict[str, Any]:
    """No clients, a pool without hours, prices of many years."""
    value = {
        "hub_reference.pathway.registrations": 0.0,
        "hub_reference.posts.administrator_3.wte": 0.0,
    }
    old, new = (
        money(500, "GBP/year") | {"price_year": "2010/11"},
        money(500, "GBP/year") | {"price_year": "2024/25"},
    )
    item = {"label": "Test item", "behaviour": "fixed", "outside_overheads": "bought for the Hub"}
    service = {
        "label": "Hub contacts",
        "contacts": number(3, "contacts/client"),
        "unit_cost": money(90, "GBP/contact"),
        "payer": "icb",
        "payer_evidence": "user",
        "is_hub": True,
        "is_mental_health": True,
    }
    set_to = {
        "hub_reference.non_pay.old": {**item, "amount": old},
        "hub_reference.non_pay.new": {**item, "amount": new},
        "service_use.services.hub_contacts": service,
    }
    overrides: dict[str, Any] = {name: {"value": given, "reason": "test"} for name, given in value.items()}
    overrides |= {name: {"set": given, "reason": "test"} for name, given in set_to.items()}
    return {
        "label": "Nobody",
        "question": "Does it add up?",
        "extends": ["base_case"],
        "overrides": overrides,
    }


OWN = ("everything_direct", "everything_step_down", "everything_reciprocal", "two_periods", "nobody_comes")


WHOLE_YEAR = ("base_case", "four_hubs", *OWN)
"""Explained also without a waiting list, when a year is one cohort."""


def in_a_whole_year(name: str) -> str:
    return f"{name} in a whole year"


def without_list(shipped: Project, folder: Path) -> Path:
    shutil.copytree(shipped.parameters_folder, folder)
    (folder / "waiting.yaml").unlink()
    return folder


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Case]:
    shipped = Project()
    folder = tmp_path_factory.mktemp("project") / "scenarios"
    shutil.copytree(shipped.scenarios_folder, folder)
    posts = list(shipped.specification("base_case").hubs["reference"].posts)
    own = {f"everything_{method}": everything(method) for method in ("direct", "step_down", "reciprocal")}
    for name, scenario in {**own, "two_periods": two_periods(posts), "nobody_comes": nobody_comes()}.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(scenario, sort_keys=False), encoding="utf-8")
    project = Project(shipped.parameters_folder, folder)
    whole_year = Project(without_list(shipped, folder.parent / "parameters"), folder)
    return {
        **{name: Case(project.specification(name)) for name in (*SHIPPED, *OWN)},
        **{in_a_whole_year(name): Case(whole_year.specification(name)) for name in WHOLE_YEAR},
    }


@pytest.fixture(scope="module", params=(*SHIPPED, *OWN, *map(in_a_whole_year, WHOLE_YEAR)))
def case(request: pytest.FixtureRequest, cases: dict[str, Case]) -> Case:
    return cases[request.param]


def test_every_outcome_equals_the_engine(case: Case) -> None:
    check_outcomes(case)


def test_every_tree_is_recomputed_from_its_leaves(case: Case) -> None:
    check_recomputed(case)


def test_every_ledger_line_equals_the_engine(case: Case) -> None:
    check_lines(case)


def test_factors_of_lines_equal_the_engine(case: Case) -> None:
    ledger = case.outputs.ledger
    for number, line in enumerate(case.costs.lines):
        if line.service is None:
            engine = (
                ledger.quantity[0, number],
                ledger.unit_price[0, number],
                ledger.allocation_share[0, number],
                ledger.index_factor[number],
            )
            children = case.costs.line(number).children
            ours = [child.value for child in children]
            assert all(map(agrees, ours, map(float, engine))), (case.costs.line(number).name, ours, engine)


def test_trees_follow_their_parameters_as_the_engine_does(case: Case) -> None:
    """Not only the base case: the tree is the model, whatever the parameters are."""
    check_moved(case)


def test_leaves_are_parameters_with_a_place_or_constants_that_say_what_they_are(case: Case) -> None:
    check_leaves(case)


def test_what_several_numbers_need_is_one_node(case: Case) -> None:
    check_shared(case)


def test_sums_of_lines_start_with_the_largest(cases: dict[str, Case]) -> None:
    activities = cases["base_case"].trees["total_hub_cost"].children
    sizes = [abs(node.value) for node in activities]
    assert sizes == sorted(sizes, reverse=True)
    labels = [node.label for node in activities]
    assert "Therapy by the Hub" in labels
    assert "Unused or unrecorded hours" in labels


def test_total_goes_down_to_hub_activity_post_and_line(cases: dict[str, Case]) -> None:
    tree = cases["four_hubs"].trees["total_hub_cost"]
    hubs = {node.label for node in tree.children}
    assert hubs == {hub.label for hub in cases["four_hubs"].spec.hubs.values()}
    therapy = next(
        node for node in cases["base_case"].trees["total_hub_cost"].children if "Therapy" in node.label
    )
    first_post = therapy.children[0]
    direct = next(node for node in first_post.children if node.label == "Direct time")
    salaries = next(node for node in direct.children if node.name.endswith(".salary"))
    assert salaries.operation is Operation.PRODUCT
    assert [child.unit for child in salaries.children] == ["hours/year", "GBP/hour", "share", "ratio"]


def test_scenarios_of_these_tests_do_what_they_are_for(cases: dict[str, Case]) -> None:
    short = cases[in_a_whole_year("everything_reciprocal")]
    served = short.costs.work.served_share("reference", "therapy")
    assert served.note == "hours run short"
    assert served.value < 1.0
    assert len(cases["two_periods"].spec.statutory_periods) == 2
    below = [
        n
        for n in walk(short.trees["total_hub_cost"])
        if n.operation is Operation.POSITIVE_PART and n.value == 0
    ]
    assert any(".ni_each." in node.name for node in below)
    methods = {
        cases[f"everything_{m}"].trees["activity_cost.therapy"].value
        for m in ("direct", "step_down", "reciprocal")
    }
    assert len(methods) == 3


def test_perspectives_hold_different_lines(cases: dict[str, Case]) -> None:
    trees = cases["base_case"].trees
    whole, host = (list(walk(trees[name])) for name in ("total_hub_cost", "total_hub_cost@hub_host"))
    # The host bears overheads on the full staff cost, but not the pension itself.
    assert any(re.fullmatch(r"ledger\..*\.central_pension", node.name) for node in whole)
    assert not any(re.fullmatch(r"ledger\..*\.central_pension", node.name) for node in host)


def test_nobody_to_divide_by_is_not_applicable(cases: dict[str, Case]) -> None:
    nobody = cases["nobody_comes"].trees
    assert math.isnan(nobody["cost_per_registered"].value)
    assert math.isnan(nobody["other_service_use_cost_per_client"].value)
    everybody = {"hub_reference.pathway.registrations": 100.0}
    assert recompute(nobody["cost_per_registered"], everybody) > 0


def test_explanations_of_indices_of_every_form(cases: dict[str, Case]) -> None:
    spec = cases["base_case"].spec
    choices = {
        "pay": {"index": "gdp_deflator_uk_index_2007_08", "edition": "OBR Nov 2025"},
        "social_care": {"index": "hchs_pay_and_prices_factor", "edition": "ended 2016/17"},
    }
    uprating = spec.frame.uprating.model_dump() | choices
    frame = spec.frame.model_copy(update={"uprating": type(spec.frame.uprating)(**uprating)})
    changed = replace(spec, scenario=replace(spec.scenario, frame=frame))
    moves: list[tuple[IndexName, str, str]] = [
        ("pay", "2009/10", "2023/24"),
        ("pay", "2023/24", "2009/10"),
        ("social_care", "2011/12", "2016/17"),
        ("social_care", "2008/09", "2014/15"),
        ("social_care", "2008/09", "2010/11"),
        ("health_services", "2010/11", "2021/22"),
        ("health_services", "2024/25", "2020/21"),
        ("other", "2010/11", "2030/31"),
    ]
    leaves = Leaves(changed)
    for index, from_year, to_year in moves:
        node = leaves.index_factor(index, from_year, to_year)
        assert agrees(node.value, changed.index_factor(index, from_year, to_year)), node.name
        assert recompute(node) == node.value
    forecast = [
        node.note for node in walk(leaves.index_factor("other", "2010/11", "2030/31")) if node.parameter
    ]
    assert "a forecast" in forecast


def test_explain_is_the_same_tree_with_a_heading(cases: dict[str, Case]) -> None:
    case = cases["four_hubs"]
    name = "total_hub_cost@north.hub_host"
    tree = explain(case.spec, name)
    assert tree.value == case.trees[name].value
    assert tree.name == name
    assert tree.note == (
        f"{case.spec.scenario.label}. Prices of 2023/24; perspective: the Hub's host. "
        "This explains the base case, every parameter at its mean; the headline of a run is the mean over "
        "its draws, which may differ a little."
    )


def test_depth_cuts_the_tree_and_keeps_its_value(cases: dict[str, Case]) -> None:
    tree = explain(cases["base_case"].spec, "cost_per_completion", depth=2)
    cut = [node for node in walk(tree) if node.operation is Operation.NOT_SHOWN]
    assert cut
    assert all(node.note == "shown at a greater depth" and not node.children for node in cut)
    assert recompute(tree) == pytest.approx(
        cases["base_case"].trees["cost_per_completion"].value, rel=TOLERANCE
    )
    assert to_depth(tree, 0).children == ()


def test_unknown_name_is_refused_with_the_nearest_names(cases: dict[str, Case]) -> None:
    with pytest.raises(ExplainError) as caught:
        explain(cases["base_case"].spec, "total_hub_costs")
    said, offered = str(caught.value).split(" Did you mean ")
    names, where = offered.split("? ")
    assert (said, where) == (
        "there is no result 'total_hub_costs'.", "The results.json of a run lists them all"
    )  # fmt: skip
    known = {f"'{definition.name}'" for definition in cases["base_case"].definitions}
    nearest = names.replace(" or ", ", ").split(", ")
    assert nearest[0] == "'total_hub_cost'" and len(nearest) <= 5 and set(nearest) <= known
    with pytest.raises(ExplainError, match=r"^there is no result 'zebra'\. The results\.json of a run lists"):
        explain(cases["base_case"].spec, "zebra")
    assert issubclass(ExplainError, ValueError)


def test_a_result_that_nobody_has_explained_is_refused(cases: dict[str, Case]) -> None:
    case = cases["base_case"]
    unheard_of = replace(case.definitions[0], name="cost_of_everything")
    with pytest.raises(ValueError, match="there is no explanation of cost_of_everything"):
        explanation(case.costs, unheard_of)


def test_every_perspective_and_denominator_has_its_cost(cases: dict[str, Case]) -> None:
    trees = cases["base_case"].trees
    for per in DENOMINATORS:
        assert f"cost_per_{per}" in trees
        assert f"activity_cost_per_{per}" in trees
        for perspective in Perspective:
            if perspective is not Perspective.NHS_PSS:
                assert f"cost_per_{per}@{perspective.name.lower()}" in trees
