"""From YAML to numbers: what a specification holds, and what its structure does to the results."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from costmodel.errors import ParameterError
from costmodel.gather import Layout
from costmodel.inputs.project import Project
from costmodel.inputs.records import Source
from costmodel.inputs.resolution import cited
from costmodel.inputs.schema import Correlations
from costmodel.inputs.specification import ModelSpec, PriceMove
from costmodel.inputs.staff_figures import staff_figures, staff_ids
from costmodel.inputs.staff_files import StaffDefinition
from costmodel.model.types import Component, Volume
from costmodel.results import definitions, series
from costmodel.runner import base_case
from tests.scenario_files import REMOVED, Override, fixed, shipped_project, specification, uncertain

HUB = "hub_reference"
POST = f"{HUB}.posts.administrator_3"
SALARY = "GBP/(WTE*year)"
NI_RATE, NI_THRESHOLD = 0.138, 9_100.0
STAFF_YEAR = {"price_year": "2023/24"}


def results(spec: ModelSpec) -> dict[str, float]:
    """Return every outcome of the base case by name."""
    layout = Layout(spec)
    wanted = definitions(layout)
    values = series(wanted, base_case(spec, layout))[:, 0]
    return {definition.name: float(value) for definition, value in zip(wanted, values, strict=True)}


@cache
def before() -> dict[str, float]:
    return results(shipped_project().specification("base_case"))


def gain(spec: ModelSpec, component: str) -> float:
    """Return by how much a component of the Hub's cost is above that of the base case."""
    name = f"component_cost.{component}"
    return results(spec).get(name, 0.0) - before().get(name, 0.0)


@pytest.fixture(scope="module")
def spec() -> ModelSpec:
    return shipped_project().specification("base_case")


def test_every_number_of_a_run_is_a_parameter_with_evidence_a_place_and_a_source(spec: ModelSpec) -> None:
    for name, parameter in spec.parameters.items():
        assert parameter.name == name
        assert parameter.label
        assert parameter.location.file.startswith("parameters/")
        assert parameter.location.line
        assert parameter.source or parameter.evidence in ("illustrative", "expert", "user"), name
        assert np.isfinite(parameter.expected)
    assert set(spec.plan.names) == set(spec.parameters)


def test_a_parameter_says_whether_it_is_uncertain_and_whether_it_is_illustrative(spec: ModelSpec) -> None:
    registrations = spec.parameters[f"{HUB}.pathway.registrations"]
    assert (registrations.uncertain, registrations.illustrative) == (True, False)
    assert registrations.number == "gamma(mean 550, se 200, assumed)"
    threshold = spec.parameters["oncost_rules.statutory_2023_24.ni_threshold"]
    assert (threshold.uncertain, threshold.expected, threshold.price_year) == (False, 9_100.0, "2023/24")


def test_a_fixed_joint_record_is_its_components(tmp_path: Path) -> None:
    shares = {"signposted": 0.4, "navigated": 0.3, "brief_support": 0.2, "no_further_support": 0.1}
    split = {
        "label": "Split",
        "unit": "share",
        "evidence": "user",
        "components": dict.fromkeys(shares, "A part"),
    }
    name = f"{HUB}.pathway.other_support"
    spec = specification(tmp_path, {name: {**split, "value": shares}})
    assert {part: spec.parameters[f"{name}.{part}"].expected for part in shares} == shares
    assert {spec.parameters[f"{name}.{part}"].sd for part in shares} == {0.0}
    assert spec.plan.joint_variables == ()


def test_the_warnings_of_a_fit_name_the_parameter(tmp_path: Path) -> None:
    name = f"{HUB}.pathway.screened_share"
    spec = specification(tmp_path, {f"{name}.distribution": {"family": "beta", "events": 10, "n": 10}})
    assert any(warning.startswith(f"{name}: ") for warning in spec.warnings)


# -- staff


def test_a_post_takes_from_its_staff_type_only_what_it_does_not_give(tmp_path: Path) -> None:
    spec = specification(
        tmp_path, {f"{POST}.salary": REMOVED, f"{POST}.working_hours": fixed("hours/year", 1_500.0)}
    )
    figures = staff_figures(spec.tables, "2024", "community_administration_band_3")
    assert figures is not None
    assert spec.parameters[f"{POST}.salary"].expected == figures.salary
    assert spec.parameters[f"{POST}.salary"].price_year == "2023/24"
    assert spec.parameters[f"{POST}.working_hours"].expected == 1_500.0
    assert spec.parameters[f"{POST}.capital_overheads"].expected == figures.capital_overheads


def test_a_post_needs_no_staff_type_if_it_gives_everything(tmp_path: Path) -> None:
    changes = {
        f"{POST}.staff": REMOVED,
        f"{POST}.working_hours": fixed("hours/year", 1_500.0),
        f"{POST}.capital_overheads": fixed(SALARY, 1_000.0, **STAFF_YEAR),
    }
    spec = specification(tmp_path, changes)
    assert {name for name in spec.parameters if name.startswith(POST)} == {
        f"{POST}.{key}" for key in ("wte", "vacancy_share", "salary", "working_hours", "capital_overheads")
    }


def test_an_edition_knows_published_and_derived_staff(spec: ModelSpec) -> None:
    known = staff_ids(spec.tables, "2024")
    assert {"community_nurse_band_6", "community_administration_band_3"} <= set(known)
    assert staff_figures(spec.tables, "2024", "a_wizard") is None


def test_derived_staff_without_a_price_year_are_in_the_editions(spec: ModelSpec) -> None:
    amounts = dict.fromkeys(
        ("salary", "oncosts", "overheads_management", "overheads_non_staff", "capital_overheads"), 1_000.0
    )
    staff = StaffDefinition(edition="2024", working_hours=1_500.0, qualifications=50.0, **amounts)
    figures = staff_figures(replace(spec.tables, derived_staff={"a_wizard": staff}), "2024", "a_wizard")
    assert figures is not None
    assert (figures.price_year, figures.qualifications, figures.label) == (
        "2023/24", 50.0, "derived_staff.staff.a_wizard"
    )  # fmt: skip


def test_an_opt_out_pays_no_pension(tmp_path: Path) -> None:
    spec = specification(tmp_path, {f"{POST}.pension_member_share": fixed("share", 0.0)})
    base = shipped_project().specification("base_case").parameters
    pay = base[f"{POST}.salary"].expected * (1.0 - base[f"{POST}.vacancy_share"].expected)
    assert gain(spec, "employer_pension") == pytest.approx(-0.1438 * pay, rel=1e-9)
    assert gain(spec, "central_pension") == pytest.approx(-0.063 * pay, rel=1e-9)
    assert gain(spec, "employer_ni") == 0.0


@pytest.mark.parametrize("field", ["high_cost_area_supplement", "enhancements"])
def test_supplements_are_paid_with_all_on_costs(field: str, tmp_path: Path) -> None:
    spec = specification(tmp_path, {f"{POST}.{field}": fixed(SALARY, 1_000.0, **STAFF_YEAR)})
    paid = 1_000.0 * (1.0 - spec.parameters[f"{POST}.vacancy_share"].expected)
    assert gain(spec, "salary") == pytest.approx(paid)
    assert gain(spec, "employer_ni") == pytest.approx(NI_RATE * paid)
    assert gain(spec, "employer_pension") == pytest.approx(0.1438 * paid)


def contract(person: str | None, employer: str) -> dict[str, Any]:
    record = {"label": "Half a post", "pool": "administrator", "employer": employer, "wte": fixed("WTE", 0.5)}
    record |= {"staff": "community_administration_band_3", "salary": fixed(SALARY, 20_000.0, **STAFF_YEAR)}
    return record | ({"person": person} if person else {})


def test_several_contracts_of_one_person_and_employer_share_one_threshold(tmp_path: Path) -> None:
    def national_insurance(first: dict[str, Any], second: dict[str, Any]) -> float:
        changes = {POST: REMOVED, f"{HUB}.posts.one": first, f"{HUB}.posts.two": second}
        return results(specification(tmp_path, changes))["component_cost.employer_ni"]

    of_two_people = national_insurance(contract(None, "a"), contract(None, "a"))
    of_one_person = national_insurance(contract("p", "a"), contract("p", "a"))
    of_two_employers = national_insurance(contract("p", "a"), contract("p", "b"))
    assert of_one_person - of_two_people == pytest.approx(NI_RATE * NI_THRESHOLD)
    assert of_two_employers == pytest.approx(of_two_people)


def test_agency_staff_cost_their_invoice_with_tax_and_nothing_else(tmp_path: Path) -> None:
    post = {"label": "Agency", "pool": "administrator", "contract": "agency", "employer": "an agency"}
    post |= {"staff": "community_administration_band_3", "wte": fixed("WTE", 1.0)}
    post |= {"invoice_per_hour": fixed("GBP/hour", 30.0, **STAFF_YEAR), "vat_share": fixed("share", 0.2)}
    spec = specification(tmp_path, {POST: post})
    hours = spec.parameters[f"{POST}.working_hours"].expected
    assert results(spec)["component_cost.agency_invoices"] == pytest.approx(36.0 * hours)
    assert f"{POST}.salary" not in spec.parameters


def test_the_apprenticeship_levy_is_a_share_of_pay(tmp_path: Path) -> None:
    spec = specification(tmp_path, {"costing_rules.apprenticeship_levy": "include"})
    assert spec.parameters["pay_rules.apprenticeship_levy_rate"].expected == 0.005
    assert gain(spec, "apprenticeship_levy") == pytest.approx(0.005 * before()["component_cost.salary"])


def test_qualifications_are_included_where_the_manual_has_them_and_named_where_not(tmp_path: Path) -> None:
    spec = specification(tmp_path, {"costing_rules.qualifications": "include"})
    nurse = f"{HUB}.posts.practitioner_6"
    expected = spec.parameters[f"{nurse}.qualifications"].expected
    filled = spec.parameters[f"{nurse}.wte"].expected * (
        1 - spec.parameters[f"{nurse}.vacancy_share"].expected
    )
    assert gain(spec, "qualifications") == pytest.approx(expected * filled)
    untrained = dict.fromkeys(
        str(entry.post.staff)
        for entry in spec.posts
        if f"{entry.prefix}.qualifications" not in spec.parameters
    )
    named = ", ".join(untrained)
    assert f"the Manual gives no cost of qualifications, counted as 0, for {named}" in spec.warnings


def test_backfill_adds_the_sick_hours_and_pays_for_them(tmp_path: Path) -> None:
    days, hours = fixed("days/year", 10.0), fixed("hours/day", 7.5)
    sickness = {"treatment": "backfill", "sick_days": days, "hours_per_day": hours}
    spec = specification(tmp_path, {"costing_rules.sickness": sickness})
    base, now = base_case(shipped_project().specification("base_case")), base_case(spec)
    staff = base.outcomes.volumes[0, 0, Volume.STAFF_WTE]
    added = now.outcomes.hours_available[0, 0].sum() - base.outcomes.hours_available[0, 0].sum()
    assert added == pytest.approx(75.0 * staff)
    assert gain(spec, "sickness_backfill") > 0
    assert gain(spec, "salary") == pytest.approx(0.0, abs=1e-6)


# -- overheads


def overhead_pools(method: str) -> dict[str, Any]:
    def pool(amount: float, pools: dict[str, float], activities: dict[str, float]) -> dict[str, Any]:
        cost = fixed("GBP/year", amount, **STAFF_YEAR)
        shares = {"pools": pools, "activities": activities}
        return {"label": "A department", "hub": "reference", "cost": cost, "shares": shares}

    pools = {
        "estates": pool(60_000.0, {"finance": 0.2}, {"therapy": 0.5, "triage_call": 0.3}),
        "finance": pool(30_000.0, {"estates": 0.1, "people": 0.3}, {"outreach": 0.6}),
        "people": pool(10_000.0, {"finance": 0.5}, {"screening": 0.5}),
    }
    return {"costing_rules.overheads": {"pooled": {"method": method, "pools": pools}}}


@pytest.mark.parametrize("method", ["direct", "step_down", "reciprocal"])
def test_pooled_overheads_replace_percentages_and_lose_nothing(method: str, tmp_path: Path) -> None:
    spec = specification(tmp_path, overhead_pools(method))
    found, was = results(spec), before()
    assert found["component_cost.overhead_lines"] == pytest.approx(100_000.0, rel=1e-12)
    assert not any(
        "overheads_management" in name or "overheads_non_staff" in name for name in spec.parameters
    )
    percentages = was["component_cost.overheads_management"] + was["component_cost.overheads_non_staff"]
    assert found["total_hub_cost"] == pytest.approx(was["total_hub_cost"] - percentages + 100_000.0, rel=1e-9)


def test_the_methods_of_pooling_share_cost_out_differently(tmp_path: Path) -> None:
    therapy = {
        method: results(specification(tmp_path, overhead_pools(method)))["activity_cost.therapy"]
        for method in ("direct", "step_down", "reciprocal")
    }
    assert len({round(cost) for cost in therapy.values()}) == 3


def test_a_hub_without_an_overhead_pool_is_named(tmp_path: Path) -> None:
    changes = overhead_pools("direct")
    for pool in changes["costing_rules.overheads"]["pooled"]["pools"].values():
        pool["hub"] = "north"
    assert (
        "hub_reference: no overhead pool names it, so it bears none"
        in specification(tmp_path, changes).warnings
    )


def test_overheads_may_be_shares_of_ones_own(tmp_path: Path) -> None:
    shares = {"management": fixed("share", 0.1), "non_staff": fixed("share", 0.2)}
    found = results(specification(tmp_path, {"costing_rules.overheads.percentage": shares}))
    staff = sum(
        found.get(f"component_cost.{component.name.lower()}", 0.0)
        for component in Component
        if component
        not in (Component.OVERHEADS_MANAGEMENT, Component.OVERHEADS_NON_STAFF, Component.CAPITAL_OVERHEADS)
    )
    assert found["component_cost.overheads_management"] == pytest.approx(0.1 * staff)
    assert found["component_cost.overheads_non_staff"] == pytest.approx(0.2 * staff)


# -- shared posts


def test_a_shared_post_is_shared_by_recorded_time_or_its_driver() -> None:
    spec = shipped_project().specification("four_hubs")
    layout, outputs = Layout(spec), base_case(spec)
    in_one = [number for number, entry in enumerate(layout.posts) if entry.shared is not None]
    cost = outputs.ledger.cost[0]
    for post in in_one:
        lines = layout.plan.post == post
        by_hub = np.array([cost[lines & (layout.plan.hub == hub)].sum() for hub in range(4)])
        assert by_hub.min() > 0
        shares = by_hub / by_hub.sum()
        entry = layout.posts[post]
        assert entry.shared is not None
        driver = entry.shared.shared.driver
        names = [
            f"{entry.prefix}.shared.shares.{hub}"
            if driver == "recorded_time"
            else f"hub_{hub}.pathway.{driver}"
            for hub in spec.hubs
        ]
        if driver != "wte":
            weights = np.array([spec.parameters[name].expected for name in names])
            np.testing.assert_allclose(shares, weights / weights.sum(), rtol=1e-9)
        else:
            weights = np.array([
                sum(spec.parameters[f"{own.prefix}.wte"].expected for own in layout.posts if own.hub == hub)
                for hub in spec.hubs
            ])  # fmt: skip
            np.testing.assert_allclose(shares, weights / weights.sum(), rtol=1e-9)


def test_a_driver_that_is_nothing_anywhere_shares_a_post_equally(tmp_path: Path) -> None:
    nobody = fixed("people/year", 0)
    names = [f"hub_{hub}.pathway.registrations" for hub in ("north", "coast", "city", "moor")]
    spec = specification(tmp_path, dict.fromkeys(names, nobody), extends=["four_hubs"])
    layout = Layout(spec)
    analyst = next(n for n, entry in enumerate(layout.posts) if entry.identity == "shared.data_analyst")
    costs = base_case(spec).ledger.cost[0]
    lines = layout.plan.post == analyst
    by_hub = [costs[lines & (layout.plan.hub == hub)].sum() for hub in range(4)]
    np.testing.assert_allclose(by_hub, np.mean(by_hub), rtol=1e-12)
    assert min(by_hub) > 0


def test_shared_posts_of_other_hubs_take_no_part(spec: ModelSpec) -> None:
    assert dict(spec.shared_posts) == {}
    assert [entry.identity for entry in spec.posts][:2] == [
        "reference.service_lead",
        "reference.principal_psychologist_8b",
    ]
    four = shipped_project().specification("four_hubs")
    assert four.posts[-1].identity.startswith("shared.")


# -- correlations


def test_correlations_may_name_hubs_that_the_run_leaves_out(spec: ModelSpec) -> None:
    (block,) = spec.plan.correlations
    assert block.names == ("activities.therapy.dna_rate", f"{HUB}.pathway.dropout_share")
    assert block.matrix.tolist() == [[1.0, 0.5], [0.5, 1.0]]
    grouped = {variable.name for variable in spec.plan.variables if variable.group}
    assert grouped == {
        f"staff_pools.{pool}.indirect_ratio" for pool in ("senior_clinician", "clinician", "assistant")
    }


def test_a_block_with_one_parameter_left_is_passed_over(tmp_path: Path) -> None:
    names = ["hub_north.pathway.screened_share", "activities.brief_support.dna_rate"]
    block = {"label": "A test", "parameters": names, "matrix": [[1.0, 0.5], [0.5, 1.0]], "reason": "A test."}
    spec = specification(tmp_path, {"correlations.rank_correlations.new": block})
    assert len(spec.plan.correlations) == 1


def test_a_folder_needs_no_correlations() -> None:
    assert Correlations().groups == {}


# -- prices


def test_prices_before_2015_come_by_the_gdp_deflator_first(tmp_path: Path) -> None:
    unit_cost = "service_use.services.outpatient.unit_cost"
    changes = {
        "service_use.services.outpatient.unit_cost_row": REMOVED,
        unit_cost: fixed("GBP/contact", 100.0, price_year="2010/11"),
    }
    spec = specification(tmp_path, changes)
    steps = spec.uprating_steps(PriceMove(unit_cost, "health_services", "2010/11", "2021/22"))
    first = ("gdp_deflator_uk_financial_year", "OBR Nov 2025", "2010/11", "2014/15")
    second = ("nhscii_pay_and_prices", "2025", "2014/15", "2021/22")
    assert steps == (first, second)
    expected = spec.tables.price_index_factor(*first) * spec.tables.price_index_factor(*second)
    assert spec.index_factor("health_services", "2010/11", "2021/22") == pytest.approx(expected)
    assert spec.index_factor("health_services", "2021/22", "2021/22") == 1.0
    stale = f"prices of 2010/11 are more than 3 years old: {unit_cost}"
    assert spec.warnings.count(stale) == 1


def test_prices_can_be_those_of_2024_25(tmp_path: Path) -> None:
    social_care = {"index": "gdp_deflator_uk_financial_year", "edition": "OBR Nov 2025"}
    frame = {"price_year": "2024/25", "uprating": {"social_care": social_care}}
    spec = specification(tmp_path, frame=frame)
    pay = spec.index_factor("pay", "2023/24")
    found = results(spec)
    assert pay > 1.0
    assert found["component_cost.salary"] == pytest.approx(pay * before()["component_cost.salary"])
    non_pay = spec.index_factor("non_pay", "2023/24")
    capital = "component_cost.capital_overheads"
    assert found[capital] == pytest.approx(non_pay * before()[capital])
    assert "nhscii_pay of edition '2025' is provisional or forecast in 2024/25" in spec.warnings
    assert len(set(spec.warnings)) == len(spec.warnings)


def test_every_price_that_moves_is_known_and_each_once(spec: ModelSpec) -> None:
    moves = spec.price_moves
    assert len(set(moves)) == len(moves)
    assert all(move.from_year != move.to_year for move in moves)
    assert {move.index for move in moves} <= {"health_services", "social_care", "other"}
    assert all(spec.index_factor(move.index, move.from_year, move.to_year) > 0 for move in moves)


def test_another_edition_needs_its_own_overheads_and_prices_and_then_runs(tmp_path: Path) -> None:
    rules = {
        f"costing_rules.overheads.percentage.{field}": {"rule": f"2023_community_nhs_{rule}"}
        for field, rule in (("management", "management_admin_estates_staff"), ("non_staff", "non_staff"))
    }
    posts = shipped_project().tree.get((HUB, "posts"))
    salaries: dict[str, Any] = {f"{HUB}.posts.{post}.salary": REMOVED for post in posts}
    with pytest.raises(ParameterError) as caught:
        specification(tmp_path, {**rules}, frame={"edition": "2023"})
    assert all(
        "must be 2022/23, the price year of edition 2023" in p.message
        for p in caught.value.problems
        if p.where.endswith("price_year")
    )
    known = set(staff_ids(shipped_project().tables(), "2023"))
    staff = {
        f"{HUB}.posts.{post}.staff": "community_nurse_band_6"
        for post, record in posts.items()
        if record["staff"] not in known
    }
    spec = specification(tmp_path, {**rules, **salaries, **staff}, frame={"edition": "2023"})
    assert spec.staff_price_year == "2022/23"
    assert [period.rule_id for period in spec.statutory_periods] == [
        "statutory_2022_23_apr_nov",
        "statutory_2022_23_nov_apr",
    ]
    assert spec.index_factor("pay", "2022/23") > 1.0
    assert results(spec)["total_hub_cost"] > 0


# -- what a scenario says


def test_an_override_that_changes_nothing_is_worth_a_warning(tmp_path: Path) -> None:
    spec = specification(tmp_path, {"activities.therapy.dna_rate": Override(multiply=1.0)})
    assert "case: the override of activities.therapy.dna_rate changes nothing" in spec.warnings


def test_a_specification_knows_where_its_scenarios_were_read(tmp_path: Path) -> None:
    spec = specification(tmp_path)
    assert [path.name for path in spec.scenario.files] == ["base_case.yaml", "case.yaml"]
    assert spec.scenario.files[-1] == tmp_path / "case.yaml"


def test_a_step_of_staff_may_be_part_time(tmp_path: Path) -> None:
    spec = specification(tmp_path, {"costing_rules.staffing_step": fixed("WTE", 0.1)})
    assert results(spec)["long_run_marginal_cost"] > 0


def test_an_uncertain_amount_of_time_of_one_hub_replaces_the_common_one(tmp_path: Path) -> None:
    name = f"{HUB}.time_use.therapy.clinician"
    minutes = uncertain("minutes/session", {"family": "gamma", "mean": 90.0, "se": 9.0})
    spec = specification(tmp_path, {f"{HUB}.time_use": {"therapy": {"clinician": minutes}}})
    layout = Layout(spec)
    assert layout.minutes_name("reference", "therapy", "clinician") == name
    assert layout.minutes_name("reference", "therapy", "administrator") is None
    assert results(spec)["activity_cost.therapy"] != before()["activity_cost.therapy"]


# -- sources


def test_a_source_is_one_line(spec: ModelSpec) -> None:
    tables = spec.tables
    assert cited(tables, None) == ""
    own = Source(citation="Smith A (2024). A paper", locator="p. 3", url="https://example.org")
    assert cited(tables, own) == "Smith A (2024). A paper, p. 3 <https://example.org>"
    registered = Source(id="pssru_2024", locator="p. 12")
    assert cited(tables, registered).startswith(tables.sources["pssru_2024"].citation)


def test_projects_read_their_folders_once() -> None:
    project = Project()
    assert project.tree is project.tree
    assert project.tables() is project.tables()


def test_a_post_still_to_be_recruited_is_worth_a_warning(tmp_path: Path) -> None:
    post = "hub_reference.posts.service_lead"
    late = specification(tmp_path, {f"{post}.in_post_after": fixed("months", 4.5)})
    assert (
        f"{post} is neither paid nor working until it is filled 4.5 months from now: "
        "the year's cost is less than that of a year with everybody in post"
    ) in late.warnings
    today = specification(tmp_path, {f"{post}.in_post_after": fixed("months", 0.0)})
    assert not any("until it is filled" in warning for warning in today.warnings)
