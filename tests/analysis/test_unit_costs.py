"""Staff unit costs: the Manuals reproduced, the law followed, and the rows and documents made of them."""

from __future__ import annotations

import csv
import io
import json
import math
import time
from dataclasses import fields

import numpy as np
import pytest

from costmodel.analysis.unit_costs import (
    EditionError,
    UnitCost,
    exceptions,
    reproduction,
    unit_costs,
)
from costmodel.analysis.unit_costs.build_up import OncostParts
from costmodel.analysis.unit_costs.tables import (
    staff_type_of_derived,
    statutory_rates,
    statutory_rates_of_row,
)
from costmodel.inputs.project import Project
from costmodel.model.staffing import staff_costs
from costmodel.model.types import Component, StaffInputs
from costmodel.report.unit_costs import (
    reproduction_table,
    unit_cost_rows,
    unit_cost_table,
    unit_costs_csv,
    unit_costs_json,
)

PROJECT = Project()
TABLES = PROJECT.tables()
TOLERANCE = 0.51


def by_staff_id(costs: tuple[UnitCost, ...]) -> dict[str, UnitCost]:
    return {cost.staff_id: cost for cost in costs}


# -- the Manuals reproduced


def test_every_published_cost_stands_beside_ours() -> None:
    rows = reproduction(PROJECT)
    assert len(TABLES.schemas) == 135
    assert {row.row_id for row in rows} == set(TABLES.schemas)
    with_qualifications = [
        key
        for key, schema in TABLES.schemas.items()
        if schema.published_cost_per_hour_with_qualifications is not None
    ]
    including = [row.row_id for row in rows if row.measure == "including_qualifications"]
    assert sorted(including) == sorted(with_qualifications)
    assert len(rows) == 135 + len(with_qualifications)


def test_every_published_cost_is_reproduced_but_for_the_rows_that_fail() -> None:
    found = {
        (row.row_id, row.measure): (row.published, round(row.from_components, 2), round(row.from_rules, 2))
        for row in exceptions(reproduction(PROJECT))
    }
    assert found == {
        ("2022_hospital_nurse_band_8b", "including_qualifications"): (90, 90.64, 90.64),
        ("2022_social_worker_adult", "excluding_qualifications"): (42, 44.39, 44.39),
        ("2023_hospital_nurse_band_8d", "excluding_qualifications"): (115, 110.85, 114.76),
        ("2023_hospital_nurse_band_8d", "including_qualifications"): (121, 116.91, 120.81),
        ("2023_social_worker_adult", "excluding_qualifications"): (44, 46.78, 46.78),
        ("2024_hospital_doctor_registrar", "excluding_qualifications"): (56, 49.25, 49.25),
        ("2024_hospital_doctor_registrar", "including_qualifications"): (79, 72.56, 72.56),
        ("2024_social_worker_adult", "excluding_qualifications"): (48, 51.60, 51.61),
    }


def test_the_exceptions_are_the_rows_marked_as_failing() -> None:
    rows = reproduction(PROJECT)
    marked = {row.row_id for row in rows if str(row.anomaly).startswith("fails_")}
    assert marked == {row.row_id for row in exceptions(rows)}
    assert marked == {key for key, schema in TABLES.schemas.items() if schema.fails}


@pytest.mark.parametrize("source", ["components", "rules"])
@pytest.mark.parametrize("edition", ["2022", "2023", "2024"])
def test_a_manual_is_reproduced_to_the_pound(edition: str, source: str) -> None:
    failing = {key for key, schema in TABLES.schemas.items() if schema.fails}
    costs = unit_costs(PROJECT, edition, "pssru_as_published", source=source)  # type: ignore[arg-type]
    checked = [cost for cost in costs if cost.row_id in TABLES.schemas and cost.row_id not in failing]
    assert len(checked) >= 30
    for cost in checked:
        assert cost.published_cost_per_hour is not None
        assert abs(cost.cost_per_working_hour - cost.published_cost_per_hour) <= TOLERANCE
        if cost.published_cost_per_hour_with_qualifications is not None:
            ours = cost.cost_per_working_hour_with_qualifications
            assert ours is not None
            assert abs(ours - cost.published_cost_per_hour_with_qualifications) <= TOLERANCE


def test_rules_repair_the_misprint_of_the_2023_edition() -> None:
    printed = by_staff_id(unit_costs(PROJECT, "2023", "pssru_as_published", source="components"))
    by_rules = by_staff_id(unit_costs(PROJECT, "2023", "pssru_as_published"))
    nurse = "hospital_nurse_band_8d"
    assert round(printed[nurse].cost_per_working_hour, 2) == 110.85
    assert round(by_rules[nurse].cost_per_working_hour, 2) == 114.76


def test_what_a_manual_prints_is_taken_as_printed() -> None:
    schema = TABLES.schemas["2024_community_nurse_band_6"]
    costs = by_staff_id(unit_costs(PROJECT, "2024", "pssru_as_published", source="components"))
    cost = costs["community_nurse_band_6"]
    assert cost.components is not None
    assert cost.components.oncosts == schema.oncosts
    assert cost.components.overheads_non_staff == schema.overheads_non_staff
    assert (cost.built_from, cost.oncost_parts, cost.rules) == ("printed_components", None, {})


def test_an_edition_without_components_is_listed_as_published() -> None:
    costs = by_staff_id(unit_costs(PROJECT, "2025", "pssru_as_published"))
    assert len(costs) == 26
    nurse = costs["community_nurse_band_6"]
    assert (nurse.cost_per_working_hour, nurse.cost_per_working_hour_with_qualifications) == (61, 68)
    assert (nurse.components, nurse.working_hours, nurse.price_year) == (None, None, "2024/25")
    assert nurse.built_from == "published_hourly_cost"
    assert nurse.cost_per_contact_hour == pytest.approx(61 / 0.54)


# -- the law


def test_statutory_costs_of_2023_24_by_hand() -> None:
    cost = by_staff_id(unit_costs(PROJECT))["community_nurse_band_6"]
    salary = 39_263
    ni = 0.138 * (salary - 9_100)
    employer, central = 0.1438 * salary, 0.063 * salary
    assert cost.oncost_parts is not None
    assert cost.oncost_parts.employer_ni == pytest.approx(ni)
    assert cost.oncost_parts.employer_pension == pytest.approx(employer)
    assert cost.oncost_parts.central_pension == pytest.approx(central)
    annual = (salary + ni + employer + central) * (1 + 0.2230 + 0.3426) + 7_506
    assert cost.cost_per_working_hour == pytest.approx(annual / 1_545)
    assert cost.cost_per_working_hour_with_qualifications == pytest.approx((annual + 9_525) / 1_545)
    assert cost.cost_per_contact_hour == pytest.approx(annual / 1_545 / 0.54)
    assert cost.cost_per_paid_hour == pytest.approx(annual / 1_950)


def test_statutory_costs_of_2022_23_are_weighted_by_months() -> None:
    cost = by_staff_id(unit_costs(PROJECT, "2023"))["hospital_nurse_band_6"]
    schema = TABLES.schemas["2023_hospital_nurse_band_6"]
    ni = (7 * 0.1505 + 5 * 0.138) / 12 * (schema.salary - 9_100)
    staff = schema.salary * (1 + 0.1438 + 0.063) + ni
    annual = staff * (1 + 0.2350 + 0.3483) + 4_061
    assert cost.price_year == "2022/23"
    assert cost.oncost_parts is not None
    assert cost.oncost_parts.employer_ni == pytest.approx(ni)
    assert cost.cost_per_working_hour == pytest.approx(annual / 1_553)
    assert cost.rules["oncosts"] == ("statutory_2022_23_apr_nov", "statutory_2022_23_nov_apr")


def test_statutory_costs_of_2021_22_by_hand() -> None:
    cost = by_staff_id(unit_costs(PROJECT, "2022"))["community_scientific_professional_band_7"]
    salary = TABLES.schemas["2022_community_scientific_professional_band_7"].salary
    staff = salary * (1 + 0.1438 + 0.063) + 0.138 * (salary - 8_840)
    annual = staff * (1 + 0.3129 + 0.4540) + 6_317
    assert cost.cost_per_working_hour == pytest.approx(annual / 1_635)
    assert cost.cost_per_contact_hour == pytest.approx(1.91 * annual / 1_635)
    assert cost.cost_per_working_hour_with_qualifications is None


def test_a_local_authority_pays_no_nhs_pension() -> None:
    cost = by_staff_id(unit_costs(PROJECT))["social_worker_adult"]
    schema = TABLES.schemas["2024_social_worker_adult"]
    assert cost.oncost_parts == OncostParts(
        employer_ni=pytest.approx(0.138 * (schema.salary - 9_100)),
        employer_pension=pytest.approx(0.237 * schema.salary),
        central_pension=0.0,
    )
    assert cost.rules["oncosts"] == ("statutory_2023_24", "pssru_2024_local_authority")
    assert cost.notes == (
        "pension at the Manual's rate for local authorities, 23.7%: a fund sets it, not the law",
    )


def test_a_superseded_salary_is_marked() -> None:
    consultant = by_staff_id(unit_costs(PROJECT))["hospital_doctor_consultant_psychiatric"]
    assert consultant.anomaly == "note_superseded_by_amended_edition"
    assert consultant.notes == (
        "edition 2024 (amended 12 Oct 2025) puts the cost at £121 an hour, not £87, without its components; "
        "the salary here is the first printing's",
    )


def test_statutory_costs_are_those_of_the_hub_model() -> None:
    """A person of one WTE in a Hub costs what the unit cost of the same staff type says."""
    costs = [cost for cost in unit_costs(PROJECT, "2023") if "local_authority" not in str(cost.rules)]
    periods = TABLES.statutory_periods("2022/23")
    n = len(costs)
    rates = {
        kind: np.array([[TABLES.overhead_rate(cost.rules[kind][0]) for cost in costs]])
        for kind in ("overheads_management", "overheads_non_staff")
    }
    found = staff_costs(
        StaffInputs(
            salary=components_of(costs, "salary"),
            enhancements=np.zeros((1, n)),
            wte=np.ones((1, n)),
            headcount=np.ones(n),
            contract_group=np.arange(n),
            vacancy_share=np.zeros((1, n)),
            in_post_after=np.zeros((1, n)),
            pension_member_share=np.ones((1, n)),
            agency=np.zeros(n, dtype=bool),
            invoice_per_hour=np.zeros((1, n)),
            working_hours=np.array([[cost.working_hours for cost in costs]], dtype=float),
            sickness_hours=np.zeros((1, n)),
            period_weight=np.array([period.weight_of_year for period in periods]),
            ni_rate=np.array([period.ni_rate for period in periods]),
            ni_threshold=np.array([period.ni_threshold for period in periods]),
            pension_employer_rate=np.array([period.pension_employer for period in periods]),
            pension_central_rate=np.array([period.pension_central for period in periods]),
            apprenticeship_levy_rate=0.0,
            overheads_management_rate=rates["overheads_management"],
            overheads_non_staff_rate=rates["overheads_non_staff"],
            capital_overheads=components_of(costs, "capital_overheads"),
            qualifications=np.zeros((1, n)),
            hub_share=np.ones((1, n, 1)),
            pool=np.zeros(n, dtype=np.int64),
            n_pools=1,
            step_wte=1.0,
            index_factor=np.ones(len(Component)),
        )
    )
    per_hour = found.components[0].sum(axis=1) / found.hours[0]
    assert per_hour == pytest.approx([cost.cost_per_working_hour for cost in costs], rel=1e-12)
    assert found.components[0, :, Component.EMPLOYER_NI] == pytest.approx(
        [cost.oncost_parts.employer_ni for cost in costs if cost.oncost_parts], rel=1e-12
    )


def components_of(costs: list[UnitCost], name: str) -> np.ndarray:
    return np.array([[getattr(cost.components, name) for cost in costs]])


@pytest.mark.parametrize("edition", ["2022", "2023", "2024"])
def test_every_staff_type_is_costed(edition: str) -> None:
    costs = unit_costs(PROJECT, edition)
    derived = [key for key, staff in TABLES.derived_staff.items() if staff.edition == edition]
    assert [cost.row_id for cost in costs] == [*TABLES.staff_schemas(edition), *derived]
    assert {"community_administration_band_2", "hospital_nurse_band_6"} <= by_staff_id(costs).keys()
    for cost in costs:
        parts, components = cost.oncost_parts, cost.components
        assert parts is not None and components is not None and cost.working_hours is not None
        assert math.fsum(vars(parts).values()) == pytest.approx(components.oncosts)
        without = math.fsum(v for k, v in vars(components).items() if k != "qualifications")
        assert without / cost.working_hours == pytest.approx(cost.cost_per_working_hour)
        with_qualifications = cost.cost_per_working_hour_with_qualifications
        assert (with_qualifications is None) == (components.qualifications is None)
        assert (cost.cost_per_contact_hour is None) == (cost.indirect_ratio is None)
        assert cost.published_cost_per_hour is None


def test_derived_staff_are_marked() -> None:
    costs = by_staff_id(unit_costs(PROJECT))
    assert costs["community_administration_band_3"].evidence == "derived"
    assert costs["community_nurse_band_6"].evidence == "published"


def test_derived_staff_may_state_their_oncosts() -> None:
    key = "2024_hospital_nurse_band_6"
    staff = TABLES.derived_staff[key].model_copy(update={"oncosts": 12_000.0, "price_year": None})
    as_stated = staff_type_of_derived(TABLES, key, staff, "2023/24", "pssru_as_published")
    assert (as_stated.oncosts, as_stated.price_year) == (12_000.0, "2023/24")
    by_law = staff_type_of_derived(TABLES, key, staff, "2023/24", "statutory")
    assert by_law.oncosts == statutory_rates(TABLES, "2023/24")
    assert by_law.rules["oncosts"] == ("statutory_2023_24",)


def test_a_row_without_pension_rates_gives_none() -> None:
    row = TABLES.oncost_rules["statutory_2026_27"]
    assert statutory_rates_of_row("statutory_2026_27", row) is None


def test_contracted_hours_are_known_where_the_week_has_five_days() -> None:
    costs = by_staff_id(unit_costs(PROJECT))
    assert costs["community_nurse_band_6"].paid_hours == 1_950
    assert costs["social_worker_adult"].paid_hours == 1_924
    assert costs["hospital_doctor_registrar"].paid_hours is None
    assert costs["hospital_doctor_registrar"].cost_per_paid_hour is None


# -- refusals


def test_an_unknown_edition_is_refused() -> None:
    with pytest.raises(EditionError) as error:
        unit_costs(PROJECT, "2031")
    assert str(error.value) == (
        "ParameterError: 1 problem in parameters/staff_schemas.yaml\n\n"
        "  edition\n"
        "  there is no edition '2031'; it has 2022, 2023, 2024, and hourly costs only of "
        "2024 (amended 12 Oct 2025), 2025\n\n"
        "Nothing was costed. Choose another edition."
    )


def test_statutory_costs_need_salaries() -> None:
    with pytest.raises(EditionError) as error:
        unit_costs(PROJECT, "2025")
    assert error.value.problems[0].message == (
        "edition '2025' publishes hourly costs only, without the salaries that statutory costs are built on; "
        "take one of 2022, 2023, 2024, or list what it publishes with convention pssru_as_published"
    )


def test_an_unknown_convention_or_source_is_refused() -> None:
    with pytest.raises(
        ValueError, match="convention must be one of pssru_as_published, statutory; got 'law'"
    ):
        unit_costs(PROJECT, "2024", "law")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="source must be one of components, rules; got 'salary'"):
        unit_costs(PROJECT, "2024", "pssru_as_published", source="salary")  # type: ignore[arg-type]


# -- rows and documents


def test_rows_name_the_unit_of_every_number() -> None:
    header, rows = unit_cost_rows(unit_costs(PROJECT, "2024", "pssru_as_published"))
    assert all(len(row) == len(header) for row in rows)
    for position, name in enumerate(header):
        if any(isinstance(row[position], float) for row in rows):
            assert name.endswith("]"), name
    assert "cost_per_working_hour [GBP/hour]" in header
    assert {row[header.index("price_year")] for row in rows} == {"2023/24"}


def test_csv_holds_the_rows_unrounded() -> None:
    costs = unit_costs(PROJECT)
    read = list(csv.DictReader(io.StringIO(unit_costs_csv(costs))))
    assert [row["staff_id"] for row in read] == [cost.staff_id for cost in costs]
    column = "cost_per_working_hour [GBP/hour]"
    assert [float(row[column]) for row in read] == [cost.cost_per_working_hour for cost in costs]
    assert read[0]["cost_per_working_hour_with_qualifications [GBP/hour]"] == ""


def test_json_survives_the_round_trip() -> None:
    costs = unit_costs(PROJECT)
    read = json.loads(json.dumps(unit_costs_json(costs), allow_nan=False))
    assert [set(each) for each in read] == [{each.name for each in fields(UnitCost)}] * len(costs)
    first = read[9]
    assert first["staff_id"] == "community_nurse_band_4"
    assert set(first["components"]) == {
        "salary", "oncosts", "qualifications", "overheads_management", "overheads_non_staff",
        "capital_overheads",
    }  # fmt: skip
    annual = math.fsum(first["components"].values())
    assert annual / first["working_hours"] == pytest.approx(
        first["cost_per_working_hour_with_qualifications"]
    )
    listed = unit_costs_json(unit_costs(PROJECT, "2025", "pssru_as_published"))
    assert listed[0]["components"] is None


def test_the_table_to_read() -> None:
    nurse = [cost for cost in unit_costs(PROJECT) if cost.staff_id == "community_nurse_band_6"]
    assert unit_cost_table(nurse).splitlines() == [
        "On-costs: statutory. Costs leave out qualifications unless the heading says otherwise.",
        "",
        "staff type              prices       salary    on-costs  management   non-staff     capital"
        "  qualifications       hours  working hour  with qualif.  contact hour",
        "                                 £/WTE/year  £/WTE/year  £/WTE/year  £/WTE/year  £/WTE/year"
        "      £/WTE/year  h/WTE/year        £/hour        £/hour        £/hour",
        "----------------------  -------  ----------  ----------  ----------  ----------  ----------"
        "  --------------  ----------  ------------  ------------  ------------",
        "community_nurse_band_6  2023/24      39,263      12,282      11,495      17,659       7,506"
        "           9,525       1,545         57.09         63.26        105.72",
        "",
        "community_nurse_band_6: published row: row labels printed one line out",
    ]


def test_the_table_shows_published_costs_beside_ours() -> None:
    table = unit_cost_table(unit_costs(PROJECT, "2024", "pssru_as_published"))
    assert table.startswith("On-costs: pssru_as_published (reproduces the Manual; never to cost).")
    assert "contact hour  published  with qualif." in table
    assert "hospital_doctor_registrar: published row: published cost not from own column" in table


def test_the_exceptions_to_read() -> None:
    rows = exceptions(reproduction(PROJECT))
    table = reproduction_table(rows).splitlines()
    assert table[3] == (
        "2022_hospital_nurse_band_8b     2021/22  including           90.00            90.64        90.64"
    )
    assert len(table) == 11
    assert rows[0].difference_from_rules == pytest.approx(0.64, abs=0.005)


def test_reading_and_costing_take_well_under_a_second() -> None:
    def seconds() -> float:
        started = time.process_time()
        unit_costs(Project())
        return time.process_time() - started

    assert min(seconds() for _ in range(3)) < 1.0
