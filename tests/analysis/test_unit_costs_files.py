"""Unit costs of a file of one's own: schemas spelt out and by rules, properties, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from costmodel.analysis.unit_costs import StaffFileError, UnitCost, unit_costs, unit_costs_of_file
from costmodel.inputs.project import Project
from costmodel.inputs.table_rows import StaffSchema

PROJECT = Project()
TABLES = PROJECT.tables()
TOLERANCE = 0.51

AMOUNTS = {
    "salary": 40_000, "oncosts": 12_000, "qualifications": 9_000, "overheads_management": 11_000,
    "overheads_non_staff": 17_000, "capital_overheads": 7_500, "working_hours": 1_545,
    "indirect_ratio": 0.9,
}  # fmt: skip


def costs_of(folder: Path, staff: dict[str, Any], convention: Any = None) -> tuple[UnitCost, ...]:
    path = folder / "my_staff.yaml"
    path.write_text(yaml.safe_dump({"staff": staff}, sort_keys=False), encoding="utf-8")
    return unit_costs_of_file(PROJECT, path, convention)


def problems_of(folder: Path, text: str, convention: Any = None) -> list[tuple[int | None, str, str]]:
    path = folder / "my_staff.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(StaffFileError) as error:
        unit_costs_of_file(PROJECT, path, convention)
    assert {problem.file for problem in error.value.problems} == {str(path)}
    return [(problem.line, problem.where, problem.message) for problem in error.value.problems]


# -- every schema through a file


def spelt_out(schema: StaffSchema) -> dict[str, Any]:
    kinds = ("salary", "oncosts", "qualifications", "overheads_management", "overheads_non_staff")
    entry = {kind: getattr(schema, kind) for kind in (*kinds, "capital_overheads", "working_hours")}
    return {key: value for key, value in entry.items() if value is not None}


def by_rules(schema: StaffSchema) -> dict[str, Any]:
    rules = {kind: {"rule": name} for kind, name in vars(TABLES.rules_for(schema)).items() if name}
    return {"label": schema.label, "salary": schema.salary, **rules}


@pytest.mark.parametrize("form", [spelt_out, by_rules])
def test_every_schema_is_reproduced_through_a_file(form: Any, tmp_path: Path) -> None:
    costs = costs_of(tmp_path, {key: form(schema) for key, schema in TABLES.schemas.items()})
    assert [cost.staff_id for cost in costs] == list(TABLES.schemas)
    for cost in costs:
        schema = TABLES.schemas[cost.staff_id]
        if not schema.fails:
            assert abs(cost.cost_per_working_hour - schema.published_cost_per_hour) <= TOLERANCE
        published = schema.published_cost_per_hour_with_qualifications
        ours = cost.cost_per_working_hour_with_qualifications
        assert (ours is None) == (published is None)
        if ours is not None and published is not None and not schema.fails:
            assert abs(ours - published) <= TOLERANCE


@pytest.mark.parametrize(("form", "source"), [(spelt_out, "components"), (by_rules, "rules")])
def test_a_file_and_the_tables_give_the_same(form: Any, source: Any, tmp_path: Path) -> None:
    costs = costs_of(tmp_path, {key: form(schema) for key, schema in TABLES.schemas.items()})
    ours = {
        cost.row_id: cost
        for edition in TABLES.editions()
        for cost in unit_costs(PROJECT, edition, "pssru_as_published", source=source)
    }
    for cost in costs:
        assert cost.components == ours[cost.row_id].components
        assert cost.cost_per_working_hour == ours[cost.row_id].cost_per_working_hour


def test_the_statutory_rule_gives_what_the_tables_give(tmp_path: Path) -> None:
    schema = TABLES.schemas["2024_community_nurse_band_6"]
    entry = by_rules(schema) | {"oncosts": {"rule": "statutory_2023_24"}}
    (cost,) = costs_of(tmp_path, {"nurse": entry}, "statutory")
    ours = next(each for each in unit_costs(PROJECT) if each.staff_id == "community_nurse_band_6")
    assert (cost.components, cost.oncost_parts) == (ours.components, ours.oncost_parts)
    assert (cost.convention, cost.built_from, cost.evidence) == ("statutory", "file", "user")
    assert (cost.price_year, cost.edition) == ("2023/24", None)
    assert cost.cost_per_contact_hour is None


def test_the_derived_staff_can_be_read_as_a_file_of_ones_own() -> None:
    path = PROJECT.parameters_folder / "derived_staff.yaml"
    costs = unit_costs_of_file(PROJECT, path, "pssru_as_published")
    assert len(costs) == len(TABLES.derived_staff)
    ours = {
        cost.row_id: cost
        for edition in TABLES.editions()
        for cost in unit_costs(PROJECT, edition, "pssru_as_published")
    }
    for cost in costs:
        assert cost.components == ours[cost.row_id].components


# -- one entry


def test_amounts_are_added_up_and_divided(tmp_path: Path) -> None:
    (cost,) = costs_of(tmp_path, {"lead": AMOUNTS})
    assert cost.cost_per_working_hour == pytest.approx(87_500 / 1_545)
    assert cost.cost_per_working_hour_with_qualifications == pytest.approx(96_500 / 1_545)
    assert cost.cost_per_contact_hour == pytest.approx(87_500 / 1_545 * 1.9)
    assert (cost.staff_id, cost.label, cost.convention, cost.rules) == ("lead", "lead", "as_given", {})
    assert (cost.price_year, cost.cost_per_paid_hour, cost.oncost_parts) == (None, None, None)


def test_an_overhead_rule_is_on_salary_and_given_oncosts(tmp_path: Path) -> None:
    entry = AMOUNTS | {"overheads_non_staff": {"rule": "2024_community_nhs_non_staff"}}
    (cost,) = costs_of(tmp_path, {"lead": entry})
    assert cost.components is not None
    assert cost.components.overheads_non_staff == pytest.approx(0.3426 * 52_000)


def test_pay_below_the_threshold_bears_no_national_insurance(tmp_path: Path) -> None:
    entry = AMOUNTS | {"salary": 4_000, "oncosts": {"rule": "statutory_2023_24"}}
    (cost,) = costs_of(tmp_path, {"sessional": entry})
    assert cost.oncost_parts is not None
    assert cost.oncost_parts.employer_ni == 0


def test_qualifications_of_nothing_are_not_unknown(tmp_path: Path) -> None:
    (cost,) = costs_of(tmp_path, {"lead": AMOUNTS | {"qualifications": 0}})
    assert cost.cost_per_working_hour_with_qualifications == cost.cost_per_working_hour


def test_notes_say_what_to_beware_of(tmp_path: Path) -> None:
    staff = {
        "part_year": AMOUNTS | {"oncosts": {"rule": "statutory_2022_23_apr_nov"}},
        "manual": AMOUNTS | {"oncosts": {"rule": "pssru_2024_nhs"}},
        "two_years": AMOUNTS
        | {"oncosts": {"rule": "statutory_2025_26"}, "capital_overheads": {"rule": "2024_community_nurse"}},
    }
    assert [cost.notes for cost in costs_of(tmp_path, staff)] == [
        ("statutory_2022_23_apr_nov is the law of a part of 2022/23, taken here for a whole year",),
        ("on-costs as the Manual computes them: to reproduce it, not to cost",),
        (
            "the rules are of different years (oncosts of 2025/26, capital_overheads of 2023/24); "
            "say price_year",
        ),
    ]


MONEY = st.floats(1.0, 1e6, allow_nan=False)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=20)
@given(st.tuples(*[MONEY] * 6), st.floats(100.0, 2_000.0))
def test_cost_goes_with_amounts_and_against_hours(
    tmp_path: Path, amounts: tuple[float, ...], hours: float
) -> None:
    names = [name for name in AMOUNTS if name not in ("working_hours", "indirect_ratio")]
    entry = dict(zip(names, amounts, strict=True)) | {"working_hours": hours, "indirect_ratio": 0.5}
    doubled = entry | {name: 2 * entry[name] for name in names}
    halved = entry | {"working_hours": hours / 2}
    once, twice, in_half = costs_of(tmp_path, {"once": entry, "twice": doubled, "in_half": halved})
    for measure in (
        "cost_per_working_hour",
        "cost_per_working_hour_with_qualifications",
        "cost_per_contact_hour",
    ):
        assert getattr(twice, measure) == pytest.approx(2 * getattr(once, measure))
        assert getattr(in_half, measure) == pytest.approx(2 * getattr(once, measure))


# -- refusals

SEVERAL = """\
staff:
  lead:
    label: Lead
    salary: -100
    oncosts: {rule: pssru_2024_nsh}
    overheads_management: {rule: 2024_nurse}
    overheads_non_staff: 0.34
    capital_overheads: 7500
    working_hours: 0
    indirect_ratio: 45
  second:
    salary: 30000
    salary: 31000
    oncosts: {rule: statutory_2026_27}
    overheads_management: {share: 0.2}
    overheads_non_staff: 9000
    qualifications: {rule: 2023_nurse}
    capital_overheads: {rule: 2024_community_nurse}
"""


def test_every_problem_is_reported_at_once(tmp_path: Path) -> None:
    assert problems_of(tmp_path, SEVERAL) == [
        (4, "staff.lead.salary", "must be at least 0; got -100"),
        (
            5,
            "staff.lead.oncosts.rule",
            "'pssru_2024_nsh' is not a rule for oncosts. Did you mean 'pssru_2024_nhs'? "
            "See the rows of parameters/oncost_rules.yaml",
        ),
        (
            6,
            "staff.lead.overheads_management.rule",
            "'2024_nurse' is not a rule for overheads_management; it is a rule for qualifications. "
            "See the rows of parameters/overhead_rates.yaml",
        ),
        (
            7,
            "staff.lead.overheads_non_staff",
            "must be an amount in GBP/year; got 0.34, which reads as a share. Give what it comes to in a "
            "year, or name a rule: {rule: NAME}",
        ),
        (9, "staff.lead.working_hours", "must be greater than 0; got 0"),
        (11, "staff.second.working_hours", "is missing"),
        (13, "staff.second.salary", "is given twice in the same place; the first is on line 12"),
        (
            14,
            "staff.second.oncosts.rule",
            "'statutory_2026_27' holds no employer pension rate; supply pension_rate_paid_by_employer and "
            "pension_rate_paid_centrally in oncost_rules.yaml, or name an earlier year",
        ),
        (15, "staff.second.overheads_management.rule", "is missing"),
        (15, "staff.second.overheads_management.share", "is not a known key. Known keys: rule"),
        (
            17,
            "staff.second.qualifications.rule",
            "'2023_nurse' is in prices of 2022/23, but capital_overheads in those of 2023/24; name a rule of "
            "that year, or uprate it and give the amount",
        ),
    ]


ONE = """\
staff:
  lead:
    price_year: 2024/25
    salary: 40000
    oncosts: {rule: statutory_2023_24}
    overheads_management: 9000
    overheads_non_staff: 9000
    capital_overheads: 7500
    working_hours: 1500
    source: {id: pssru_2042, locator: Table 1}
"""


def test_rules_of_another_year_and_unknown_sources_are_refused(tmp_path: Path) -> None:
    assert problems_of(tmp_path, ONE) == [
        (
            5,
            "staff.lead.oncosts.rule",
            "'statutory_2023_24' is of 2023/24, but price_year is 2024/25; name a rule of that year, or "
            "uprate it and give the amount",
        ),
        (
            10,
            "staff.lead.source.id",
            "there is no source 'pssru_2042' in sources.yaml. Did you mean 'pssru_2025'?",
        ),
    ]


def test_a_convention_asked_for_must_be_that_of_every_rule(tmp_path: Path) -> None:
    text = (
        ONE.replace("statutory_2023_24", "pssru_2024_nhs")
        .split("    source")[0]
        .replace("2024/25", "2023/24")
    )
    assert problems_of(tmp_path, text, "statutory") == [
        (
            5,
            "staff.lead.oncosts.rule",
            "'pssru_2024_nhs' is a rule of pssru_as_published; convention statutory needs one of its own, "
            "such as statutory_2023_24",
        )
    ]


def test_two_entries_of_one_staff_id_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StaffFileError) as error:
        costs_of(tmp_path, {"lead": AMOUNTS, "other": AMOUNTS | {"staff_id": "lead"}})
    assert [problem.message for problem in error.value.problems] == ["'lead' already stands in lead"]


@pytest.mark.parametrize(
    ("content", "where", "message"),
    [
        (b"", "", "is empty"),
        (b"\x00\x01\x02", "", "is not a text file (it holds binary data)"),
        (b"staff: {}\n", "staff", "must hold at least 1; got 0"),
        (b"staff: {lead: 12}\n", "staff.lead", "must be a mapping of keys; got 12"),
        (b"staff: 12\n", "staff", "must be a mapping of keys; got 12"),
    ],
)
def test_a_file_that_holds_no_staff_is_refused(
    content: bytes, where: str, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "my_staff.yaml"
    path.write_bytes(content)
    with pytest.raises(StaffFileError) as error:
        unit_costs_of_file(PROJECT, path)
    assert [(problem.where, problem.message) for problem in error.value.problems] == [(where, message)]


def test_a_missing_file_is_refused_in_full(tmp_path: Path) -> None:
    path = tmp_path / "none.yaml"
    with pytest.raises(StaffFileError) as error:
        unit_costs_of_file(PROJECT, path)
    assert str(error.value) == (
        f"ParameterError: 1 problem in {path}\n\n"
        "  cannot be read: No such file or directory\n\n"
        "Nothing was costed. Fix the file, then run costmodel unit-costs on it again."
    )
