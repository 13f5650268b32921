"""Reference tables: published staff costs reproduced, look-ups, refusals, and the checks of every file."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from typing import Any

import pint
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costmodel.errors import ParameterError
from costmodel.inputs.loading import Location, Tree, read_file, read_folder
from costmodel.inputs.records import Source
from costmodel.inputs.reference_tables import ReferenceTables, RuleKind
from costmodel.inputs.staff_files import RuleName
from costmodel.inputs.table_files import COLUMN_UNITS, FILE_MODELS, read_reference_tables
from costmodel.inputs.table_rows import OncostRule, StaffSchema
from costmodel.units import PINT_DEFINITIONS, UNITS, is_money, suggest_unit

PARAMETERS = Path(__file__).parents[2] / "parameters"
TOLERANCE = 0.51  # published costs are whole pounds: half a pound, and a penny for their own rounding

EXCLUDING, INCLUDING = "excluding qualifications", "including qualifications"
PRINTED, RULES = "printed components", "rules of the edition"

KNOWN_FAILURES = {
    ("2022_hospital_nurse_band_8b", INCLUDING, PRINTED): 90.64,
    ("2022_hospital_nurse_band_8b", INCLUDING, RULES): 90.64,
    ("2022_social_worker_adult", EXCLUDING, PRINTED): 44.39,
    ("2022_social_worker_adult", EXCLUDING, RULES): 44.39,
    ("2023_hospital_nurse_band_8d", EXCLUDING, PRINTED): 110.85,
    ("2023_hospital_nurse_band_8d", INCLUDING, PRINTED): 116.91,
    ("2023_social_worker_adult", EXCLUDING, PRINTED): 46.78,
    ("2023_social_worker_adult", EXCLUDING, RULES): 46.78,
    ("2024_hospital_doctor_registrar", EXCLUDING, PRINTED): 49.25,
    ("2024_hospital_doctor_registrar", EXCLUDING, RULES): 49.25,
    ("2024_hospital_doctor_registrar", INCLUDING, PRINTED): 72.56,
    ("2024_hospital_doctor_registrar", INCLUDING, RULES): 72.56,
    ("2024_social_worker_adult", EXCLUDING, PRINTED): 51.60,
    ("2024_social_worker_adult", EXCLUDING, RULES): 51.61,
}
"""Published costs that do not follow from their own figures, and ours. The misprint of 2023 band 8d is in one
printed component, so that the rules repair it."""


def load() -> tuple[Tree, ReferenceTables]:
    tree, problems = read_folder(PARAMETERS)
    assert problems == []
    tables, problems = read_reference_tables(tree)
    assert problems == []
    assert tables is not None
    return tree, tables


TREE, TABLES = load()


# -- published staff costs


def cost_from_printed(schema: StaffSchema, qualifications: float) -> float:
    staff = schema.salary + schema.oncosts
    overheads = schema.overheads_management + schema.overheads_non_staff + schema.capital_overheads
    return (staff + overheads + qualifications) / schema.working_hours


def cost_from_rules(schema: StaffSchema, *, with_qualifications: bool) -> float:
    rules = TABLES.rules_for(schema)
    oncosts = TABLES.oncost_rule(rules.oncosts)
    assert oncosts.pension_rate is not None
    insured = schema.salary - oncosts.ni_threshold
    staff = schema.salary * (1 + oncosts.pension_rate) + oncosts.ni_rate * insured
    overheads = TABLES.overhead_rate(rules.overheads_management) + TABLES.overhead_rate(
        rules.overheads_non_staff
    )
    annual = staff * (1 + overheads) + TABLES.capital_overhead(rules.capital_overheads)
    if with_qualifications and rules.qualifications is not None:
        annual += TABLES.training_cost(rules.qualifications)
    return annual / TABLES.working_hours(rules.working_hours)


def published_and_ours() -> list[tuple[str, str, str, float, float]]:
    rows = []
    for key, schema in TABLES.schemas.items():
        with_qualifications = schema.published_cost_per_hour_with_qualifications
        measures = {EXCLUDING: schema.published_cost_per_hour, INCLUDING: with_qualifications}
        for measure, published in measures.items():
            if published is None:
                continue
            including = measure == INCLUDING
            qualifications = (schema.qualifications or 0.0) if including else 0.0
            rows.append((key, measure, PRINTED, published, cost_from_printed(schema, qualifications)))
            ours = cost_from_rules(schema, with_qualifications=including)
            rows.append((key, measure, RULES, published, ours))
    return rows


def test_every_published_cost_is_reproduced_but_for_the_known_failures() -> None:
    rows = published_and_ours()
    assert len(TABLES.schemas) == 135
    failing = {
        (key, measure, way): round(ours, 2)
        for key, measure, way, published, ours in rows
        if abs(ours - published) > TOLERANCE
    }
    assert failing == pytest.approx(KNOWN_FAILURES)


def test_the_known_failures_are_the_rows_whose_anomaly_says_so() -> None:
    marked = {key for key, schema in TABLES.schemas.items() if schema.fails}
    assert marked == {key for key, _, _ in KNOWN_FAILURES}


def test_social_workers_without_qualifications_are_published_without_capital() -> None:
    for edition, published in (("2022", 42), ("2023", 44), ("2024", 48)):
        schema = TABLES.schemas[f"{edition}_social_worker_adult"]
        without_capital = schema.model_copy(update={"capital_overheads": 0.0})
        assert abs(cost_from_printed(without_capital, 0.0) - published) <= TOLERANCE


@pytest.mark.parametrize("edition", ["2022", "2023", "2024"])
def test_rules_give_the_printed_components(edition: str) -> None:
    for schema in TABLES.staff_schemas(edition).values():
        rules = TABLES.rules_for(schema)
        assert TABLES.capital_overhead(rules.capital_overheads) == schema.capital_overheads
        assert TABLES.working_hours(rules.working_hours) == schema.working_hours
        assert (rules.qualifications is None) == (schema.qualifications is None)
        if rules.qualifications is not None:
            assert TABLES.training_cost(rules.qualifications) == schema.qualifications


def test_a_staff_id_names_the_same_staff_in_every_edition() -> None:
    described: dict[str, set[tuple[str, str, str | None]]] = {}
    for schema in TABLES.schemas.values():
        described.setdefault(schema.staff_id, set()).add((schema.label, schema.setting, schema.band))
    assert all(len(each) == 1 for each in described.values())


@pytest.mark.parametrize("staff_id", ["hospital_nurse_band_6", "hospital_scientific_professional_band_7"])
def test_hospital_staff_can_be_costed_in_every_edition(staff_id: str) -> None:
    published = {schema.edition for schema in TABLES.schemas.values() if schema.staff_id == staff_id}
    derived = {staff.edition for staff in TABLES.derived_staff.values() if staff.staff_id == staff_id}
    assert published | derived == {"2022", "2023", "2024"}
    assert published & derived == set()


def test_derived_staff_take_their_salary_from_mean_pay() -> None:
    printed = {row.mean_basic_pay for row in TABLES.mean_pay.values()}
    assert len(TABLES.derived_staff) == 51
    for staff in TABLES.derived_staff.values():
        assert staff.salary in printed
        assert staff.evidence == "derived"
        assert staff.source is not None


def test_derived_hospital_staff_have_the_salary_of_the_community_schema_of_their_band() -> None:
    for band in ("4", "5", "6", "7", "8a", "8b", "8c", "8d", "9"):
        for profession in ("nurse", "scientific_professional"):
            derived = TABLES.derived_staff[f"2024_hospital_{profession}_band_{band}"]
            assert derived.salary == TABLES.schemas[f"2024_community_{profession}_band_{band}"].salary


# -- rules by name


RULE_OF_KIND: dict[RuleKind, tuple[str, float]] = {
    "overheads_management": ("2024_community_nhs_management_admin_estates_staff", 0.2230),
    "overheads_non_staff": ("2024_community_nhs_non_staff", 0.3426),
    "capital_overheads": ("2024_community_scientific_professional", 7689),
    "working_hours": ("2024_community_scientific_professional", 1574),
    "qualifications": ("2024_nurse", 9525),
}


@pytest.mark.parametrize("kind", RULE_OF_KIND)
def test_a_rule_is_found_by_kind_and_name(kind: RuleKind) -> None:
    name, expected = RULE_OF_KIND[kind]
    assert TABLES.rule(kind, name) == expected


def test_a_rule_for_oncosts_is_the_whole_row() -> None:
    rule = TABLES.rule("oncosts", "pssru_2024_nhs")
    assert isinstance(rule, OncostRule)
    assert (rule.ni_rate, rule.ni_threshold, rule.pension_rate) == (0.138, 12570, 0.237)


def message_of(error: pytest.ExceptionInfo[ParameterError]) -> str:
    (problem,) = error.value.problems
    return problem.message


REFUSED_RULES: list[tuple[RuleKind, str, str]] = [
    (
        "oncosts",
        "pssru_2024_nsh",
        "'pssru_2024_nsh' is not a rule for oncosts. Did you mean 'pssru_2024_nhs'? "
        "See the rows of parameters/oncost_rules.yaml",
    ),
    (
        "oncosts",
        "2024_nurse",
        "'2024_nurse' is not a rule for oncosts; it is a rule for qualifications. "
        "See the rows of parameters/oncost_rules.yaml",
    ),
    (
        "overheads_non_staff",
        "2024_local_authority_direct",
        "'2024_local_authority_direct' is not a rule for overheads_non_staff; it is a rule for "
        "overheads_management. Did you mean '2024_local_authority_indirect'? "
        "See the rows of parameters/overhead_rates.yaml",
    ),
    (
        "capital_overheads",
        "2024_community_nurses",
        "'2024_community_nurses' is not a rule for capital_overheads. Did you mean '2024_community_nurse'? "
        "See the rows of parameters/capital_overheads.yaml",
    ),
    (
        "working_hours",
        "zebra",
        "'zebra' is not a rule for working_hours. See the rows of parameters/working_time.yaml",
    ),
    (
        "qualifications",
        "2024_nurs",
        "'2024_nurs' is not a rule for qualifications. Did you mean '2024_nurse'? "
        "See the rows of parameters/training_costs.yaml",
    ),
]


@pytest.mark.parametrize(("kind", "name", "message"), REFUSED_RULES)
def test_an_unknown_rule_is_refused(kind: RuleKind, name: str, message: str) -> None:
    with pytest.raises(ParameterError) as error:
        TABLES.rule(kind, name)
    assert message_of(error) == message


def test_an_unknown_overhead_is_refused() -> None:
    with pytest.raises(ParameterError) as error:
        TABLES.overhead_rate("2024_hospital")
    assert message_of(error) == (
        "'2024_hospital' is not a rule for overheads_management or overheads_non_staff. "
        "Did you mean '2024_hospital_nhs_non_staff'? See the rows of parameters/overhead_rates.yaml"
    )


def test_an_unknown_edition_is_refused() -> None:
    with pytest.raises(ParameterError) as error:
        TABLES.staff_schemas("2025")
    assert message_of(error) == "there is no edition '2025'; it has 2022, 2023, 2024"
    assert TABLES.editions() == ("2022", "2023", "2024")


# -- on-costs


def test_a_year_without_change_has_one_period() -> None:
    (period,) = TABLES.statutory_periods("2023/24")
    assert (period.valid_from, period.valid_to) == (date(2023, 4, 6), date(2024, 4, 5))
    assert (period.ni_rate, period.ni_threshold) == (0.138, 9100)
    assert (period.pension_employer, period.pension_central, period.weight_of_year) == (0.1438, 0.063, 1)


def test_the_year_of_the_health_and_social_care_levy_has_two_periods_weighted_by_months() -> None:
    first, second = TABLES.statutory_periods("2022/23")
    assert (first.ni_rate, first.weight_of_year) == (0.1505, 7 / 12)
    assert (second.ni_rate, second.weight_of_year) == (0.138, 5 / 12)
    weighted = first.ni_rate * first.weight_of_year + second.ni_rate * second.weight_of_year
    blend = TABLES.oncost_rules["statutory_2022_23_annual_blend"]
    assert blend.annual_blend
    assert weighted == pytest.approx(blend.ni_rate, abs=0.0001)


@pytest.mark.parametrize("year", ["2015/16", "2018/19"])
def test_nothing_was_paid_centrally_before_april_2019(year: str) -> None:
    (period,) = TABLES.statutory_periods(year)
    assert (period.pension_employer, period.pension_central) == (0.143, 0.0)


def test_the_two_parts_of_the_pension_are_the_rate_and_the_levy() -> None:
    for rule in TABLES.oncost_rules.values():
        if rule.pension_administration_levy is not None:
            whole = (rule.pension_rate or math.nan) + rule.pension_administration_levy
            assert rule.full_pension_rate == pytest.approx(whole)


def test_the_periods_of_every_year_add_up_to_it() -> None:
    for start in range(2015, 2026):
        periods = TABLES.statutory_periods(f"{start}/{(start + 1) % 100:02d}")
        assert sum(period.weight_of_year for period in periods) == pytest.approx(1)
        assert periods[0].valid_from == date(start, 4, 6)
        assert periods[-1].valid_to == date(start + 1, 4, 5)


def test_a_year_outside_the_law_is_refused() -> None:
    with pytest.raises(ParameterError) as error:
        TABLES.statutory_periods("2014/15")
    assert message_of(error) == (
        "there are no statutory rates of 2014/15; it has 2015/16, 2016/17, 2017/18, 2018/19, 2019/20, "
        "2020/21, 2021/22, 2022/23, 2023/24, 2024/25, 2025/26, 2026/27"
    )


def test_a_year_without_a_pension_rate_must_be_supplied() -> None:
    with pytest.raises(ParameterError) as error:
        TABLES.statutory_periods("2026/27")
    assert message_of(error) == (
        "holds no employer pension rate for 2026/27; supply pension_rate_paid_by_employer and "
        "pension_rate_paid_centrally there, or choose an earlier price year"
    )


def test_the_published_rule_of_an_edition() -> None:
    assert TABLES.pssru_rule("2022", "local_authority_staff").pension_rate == 0.186
    assert TABLES.pssru_rule("2022", "nhs_staff").full_pension_rate == 0.206
    with pytest.raises(ParameterError) as error:
        TABLES.pssru_rule("2025", "nhs_staff")
    assert message_of(error) == (
        "there is no published on-cost rule of edition '2025' for nhs_staff; it has 2022, 2023, 2024"
    )


# -- pay and contact


def test_pay_by_point_and_by_mean() -> None:
    assert TABLES.pay_point("2023/24", "7", "entry") == 43742
    assert TABLES.mean_basic_pay("2023_24_allied_health_professional_band_7") == 47336
    with pytest.raises(ParameterError) as error:
        TABLES.pay_point("2019/20", "7", "top")
    assert message_of(error) == (
        "holds no top point of band 7 in 2019/20; it has band 1 entry, band 2 entry, band 2 top, "
        "band 2 mid_computed, band 3 entry"
    )
    with pytest.raises(ParameterError, match="holds no top point of band 7 in 2031/32; it has 2018/19"):
        TABLES.pay_point("2031/32", "7", "top")
    with pytest.raises(ParameterError) as error:
        TABLES.mean_basic_pay("zebra")
    assert message_of(error) == "there is no row 'zebra'. See the rows of parameters/mean_pay.yaml"


@pytest.mark.parametrize(
    ("staff_id", "expected"),
    [
        ("community_scientific_professional_band_7", 0.91),
        ("substance_misuse_nurse_band_6", 0.47),
        ("gp_practice_nurse_band_5", 0.3),
        ("community_nurse_band_6", 0.46 / 0.54),
        ("community_nurse_band_8a", 0.58 / 0.42),
        ("community_nurse_band_4", None),
        ("hospital_nurse_band_6", None),
    ],
)
def test_indirect_time_for_each_hour_of_contact(staff_id: str, expected: float | None) -> None:
    assert TABLES.indirect_ratio(staff_id) == (None if expected is None else pytest.approx(expected))


# -- price indices


def test_changes_are_chained() -> None:
    factor = TABLES.price_index_factor("nhscii_pay_and_prices", "2024", "2021/22", "2023/24")
    assert factor == pytest.approx(1.0732 * 1.0431, rel=1e-12)


def test_the_first_change_is_on_the_year_before_it() -> None:
    factor = TABLES.price_index_factor("nhscii_pay_and_prices", "2022", "2014/15", "2015/16")
    assert factor == pytest.approx(1.0039, rel=1e-12)


def test_editions_differ() -> None:
    years = ("2022/23", "2023/24")
    assert TABLES.price_index_factor("nhscii_pay_and_prices", "2024", *years) == pytest.approx(1.0431)
    assert TABLES.price_index_factor("nhscii_pay_and_prices", "2025", *years) == pytest.approx(1.0247)


def test_prices_come_back_to_an_earlier_year() -> None:
    back = TABLES.price_index_factor("nhscii_pay_and_prices", "2025", "2024/25", "2023/24")
    series = TABLES.price_series("nhscii_pay_and_prices", "2025")
    assert series.changes is not None
    assert back == pytest.approx(1 / (1 + series.changes["2024/25"] / 100), rel=1e-12)


def test_levels_are_divided() -> None:
    levels = TABLES.price_series("gdp_deflator_uk_index_2007_08", "OBR Nov 2025").levels
    assert levels is not None
    factor = TABLES.price_index_factor("gdp_deflator_uk_index_2007_08", "OBR Nov 2025", "2012/13", "2023/24")
    assert factor == pytest.approx(levels["2023/24"] / levels["2012/13"], rel=1e-12)


def test_multipliers_agree_with_the_changes_of_the_same_index() -> None:
    for year in range(2011, 2017):
        years = (f"{year - 1}/{year % 100:02d}", f"{year}/{(year + 1) % 100:02d}")
        by_multiplier = TABLES.price_index_factor("hchs_pay_and_prices_factor", "ended 2016/17", *years)
        by_change = TABLES.price_index_factor("hchs_pay_and_prices", "ended 2016/17", *years)
        assert by_multiplier == pytest.approx(by_change, abs=0.001)


PRICE_INDICES = [
    (index, edition, year)
    for index, editions in TABLES.price_indices.items()
    for edition, series in editions.items()
    for year in series.price_level_of_year
]


@given(st.sampled_from(PRICE_INDICES), st.data())
def test_there_and_back_is_one(start: tuple[str, str, str], data: st.DataObject) -> None:
    index, edition, year = start
    years = list(TABLES.price_series(index, edition).price_level_of_year)
    other, between = data.draw(st.sampled_from(years)), data.draw(st.sampled_from(years))
    there = TABLES.price_index_factor(index, edition, year, other)
    back = TABLES.price_index_factor(index, edition, other, year)
    assert there * back == pytest.approx(1, rel=1e-12)
    first = TABLES.price_index_factor(index, edition, year, between)
    second = TABLES.price_index_factor(index, edition, between, other)
    assert first * second == pytest.approx(there, rel=1e-12)


def test_years_that_may_be_revised_are_named() -> None:
    arguments = ("nhscii_pay_and_prices", "2024")
    assert TABLES.unsettled_years(*arguments, "2021/22", "2023/24") == ("2023/24",)
    assert TABLES.unsettled_years(*arguments, "2023/24", "2022/23") == ("2023/24",)
    assert TABLES.unsettled_years(*arguments, "2020/21", "2022/23") == ()
    deflator = ("gdp_deflator_uk_index_2007_08", "OBR Nov 2025")
    assert TABLES.unsettled_years(*deflator, "2012/13", "2026/27") == ("2026/27",)


REFUSED_PRICES = [
    (
        ("nhscii_pay_and_prices", "2024", "2023/24", "2024/25"),
        "nhscii_pay_and_prices of edition '2024' holds no price level of 2024/25; it has 2014/15 to 2023/24",
    ),
    (
        ("nhscii_pay_and_price", "2024", "2022/23", "2023/24"),
        "there is no index 'nhscii_pay_and_price'. Did you mean 'nhscii_pay_and_prices'? "
        "See the rows of parameters/price_indices.yaml",
    ),
    (
        ("nhscii_pay", "2021", "2022/23", "2023/24"),
        "there is no edition '2021' of nhscii_pay; it has 2022, 2023, 2024, 2025",
    ),
    (
        ("gdp_deflator_calendar_year_gbr", "World Bank WDI", "2021/22", "2022"),
        "gdp_deflator_calendar_year_gbr of edition 'World Bank WDI' holds no price level of 2021/22; "
        "it has 2000 to 2022",
    ),
    (
        ("exchange_rate_gbr", "World Bank WDI", "2021", "2022"),
        "exchange_rate_gbr of edition 'World Bank WDI' holds no price level of 2021; "
        "it has none: it is no price index",
    ),
    (
        ("discount_rate_nice_reference", "current", "2021", "2022"),
        "discount_rate_nice_reference of edition 'current' holds no price level of 2021; "
        "it has none: it is no price index",
    ),
]


@pytest.mark.parametrize(("arguments", "message"), REFUSED_PRICES)
def test_prices_are_never_extrapolated(arguments: tuple[str, str, str, str], message: str) -> None:
    with pytest.raises(ParameterError) as error:
        TABLES.price_index_factor(*arguments)
    assert message_of(error) == message
    with pytest.raises(ParameterError):
        TABLES.unsettled_years(*arguments)


def test_discount_rates_are_shares() -> None:
    assert TABLES.discount_rate("discount_rate_nice_reference") == 0.035
    with pytest.raises(ParameterError) as error:
        TABLES.discount_rate("nhscii_pay")
    assert message_of(error) == (
        "there is no discount rate 'nhscii_pay'; it has discount_rate_nice_reference, "
        "discount_rate_nice_sensitivity, discount_rate_green_book_years_0_30, "
        "discount_rate_green_book_years_31_75"
    )


# -- every row of every table


def all_rows() -> list[tuple[str, str, dict[str, Any]]]:
    found = []
    for table in COLUMN_UNITS:
        for key, row in TREE.get((table, "rows")).items():
            editions = row.items() if table == "price_indices" else [("", row)]
            found += [(table, f"{key} {edition}".strip(), each) for edition, each in editions]
    found += [("derived_staff", key, row) for key, row in TREE.get(("derived_staff", "staff")).items()]
    return found


@pytest.mark.parametrize("table", [*COLUMN_UNITS, "derived_staff"])
def test_every_row_has_evidence_confidence_and_a_source_with_a_locator(table: str) -> None:
    rows = [row for name, _, row in all_rows() if name == table]
    assert rows
    for row in rows:
        assert row["evidence"] in ("published", "derived")
        assert row["confidence"] in ("high", "medium", "low")
        source = Source.model_validate(row["source"])
        assert source.id in TABLES.sources


@pytest.mark.parametrize("table", COLUMN_UNITS)
def test_every_number_of_every_row_has_a_unit(table: str) -> None:
    for key, row in ((key, row) for name, key, row in all_rows() if name == table):
        numeric = {column for column, value in row.items() if type(value) in (int, float)}
        without = numeric - COLUMN_UNITS[table].keys()
        assert not without or row["unit"] in UNITS, f"{key}: {without}"


def test_the_tables_are_whole() -> None:
    counts = {name: len(TREE.get((name, "rows"))) for name in COLUMN_UNITS}
    assert counts == {
        "staff_schemas": 135,
        "published_hourly_costs": 33,
        "composite_schemas": 228,
        "oncost_rules": 20,
        "overhead_rates": 18,
        "capital_overheads": 40,
        "working_time": 52,
        "training_costs": 60,
        "contact_ratios": 49,
        "pay_scales": 216,
        "mean_pay": 147,
        "pay_rules": 25,
        "employer_context": 16,
        "price_indices": 32,
        "service_unit_costs": 423,
        "hub_figures": 192,
    }
    forms = ("changes", "levels", "multipliers", "rates")
    values = [
        each for name, _, row in all_rows() if name == "price_indices" for each in map(row.get, forms) if each
    ]
    assert sum(map(len, values)) == 794


def test_no_file_says_percent_but_the_price_indices() -> None:
    for table, key, row in all_rows():
        assert table == "price_indices" or row.get("unit") != "percent", key


def test_payers_are_assigned_by_type_of_service() -> None:
    payer = {key: row.payer for key, row in TABLES.service_unit_costs.items()}
    assert payer["pssru_gp_surgery_consultation__2023_24"] == "icb"
    assert payer["pssru_social_worker_adult_services__2023_24"] == "local_authority"
    assert payer["other_private_therapy__about_2024"] == "client"
    assert payer["other_eap__2006"] == "employer"
    assert {row.payer_evidence for row in TABLES.service_unit_costs.values()} == {"derived"}


# -- what the checks of the files find


HERE = Location("parameters/changed.yaml", 7)


def problem_after(path: tuple[str | int, ...], value: Any) -> str:
    tables, problems = read_reference_tables(TREE.replaced(path, value, HERE))
    assert tables is None
    (problem,) = problems
    assert (problem.file, problem.line) == (HERE.file, HERE.line)
    return f"{problem.where}: {problem.message}"


NURSE = ("staff_schemas", "rows", "2024_community_nurse_band_5")
LEVY = ("oncost_rules", "rows", "statutory_2022_23_apr_nov")
GP_SHARE = ("contact_ratios", "rows", "gp_share_direct_care")
INDEX = ("price_indices", "rows", "nhscii_pay", "2024")

FAULTS: list[tuple[tuple[str | int, ...], Any, str]] = [
    (
        ("staff_schemas", "units", "salary"),
        "GBP/year",
        "must be 'GBP/(WTE*year)', the unit in which this column is read",
    ),
    (
        ("staff_schemas", "units", "salry"),
        "GBP/year",
        "is not a numeric column of this table. Did you mean 'salary'?",
    ),
    (("staff_schemas", "units", "salary"), "pounds", "'pounds' is not a known unit. Did you mean 'GBP'?"),
    (("staff_schemas", "table"), "schemas", "must be staff_schemas, the name of the file"),
    ((*NURSE, "salary"), -1, "must be at least 0; got -1"),
    ((*NURSE, "salary"), "31609", "'31609' is text; remove the quotes"),
    ((*NURSE, "price_year"), "2023/25", "2023/25 is not one financial year. Did you mean '2023/24'?"),
    (
        (*NURSE, "source", "id"),
        "pssru_2o24",
        "there is no source 'pssru_2o24' in sources.yaml. Did you mean 'pssru_2024'?",
    ),
    ((*NURSE, "source", "locator"), "", "must not be empty"),
    (
        (*NURSE, "capital_rule"),
        "2024_nurse",
        "'2024_nurse' is not a rule for capital_overheads; it is a rule for qualifications. Did you mean "
        "'2024_hospital_nurse'? See the rows of parameters/capital_overheads.yaml",
    ),
    (
        (*NURSE, "staff_id"),
        "community_nurse_band_4",
        "'community_nurse_band_4' of edition 2024 already stands in 2024_community_nurse_band_4",
    ),
    ((*LEVY, "ni_rate"), 15.05, "must be between 0 and 1; got 15.05. Did you mean 0.1505?"),
    (
        ("overhead_rates", "rows", "2024_community_nhs_non_staff", "rate"),
        34.26,
        "must be between 0 and 1; got 34.26. Did you mean 0.3426?",
    ),
    ((*LEVY, "ni_rate"), 1505, "must be between 0 and 1; got 1505"),
    ((*LEVY, "valid_to"), "6 November", "must be a date such as 2024-04-01; got '6 November'"),
    (
        ("oncost_rules", "rows", "statutory_2022_23_nov_apr", "valid_to"),
        "2023-03-05",
        "the statutory rows of 2022/23 must cover its twelve months without gap or overlap",
    ),
    (
        (*LEVY, "pension_rate_paid_centrally"),
        None,
        "is missing: pension_rate_paid_by_employer is not the whole pension_rate",
    ),
    (
        ("oncost_rules", "rows", "pssru_2024_nhs", "pension_rate"),
        None,
        "is missing: convention 'pssru_as_published' needs it",
    ),
    (
        ("contact_ratios", "rows", "substance_misuse_nurse_indirect_per_direct", "applies_to", 0),
        "substance_nurse_band_6",
        "there is no staff id 'substance_nurse_band_6'. Did you mean 'substance_misuse_nurse_band_6'?",
    ),
    (
        ("contact_ratios", "rows", "substance_misuse_nurse_indirect_per_direct", "applies_to", 0),
        "community_scientific_professional_band_7",
        "'community_scientific_professional_band_7' already stands in "
        "community_scientific_professional_indirect_per_direct; one ratio applies to a staff id",
    ),
    (
        ("contact_ratios", "rows", "clinical_psychologist_contact_to_all_activity", "applies_to"),
        ["hospital_nurse_band_6"],
        "needs a measure of contact time (indirect_hours_per_direct_hour, or share_of_time above 0); "
        "got 'printed_ratio_1_to_x'",
    ),
    (
        ("contact_ratios", "rows", "gp_share_direct_care", "value"),
        60,
        "must be between 0 and 1; got 60. Did you mean 0.6?",
    ),
    (
        GP_SHARE,
        {**TREE.get(GP_SHARE), "value": None, "lower": 0.5, "applies_to": ["hospital_nurse_band_6"]},
        "needs a measure of contact time (indirect_hours_per_direct_hour, or share_of_time above 0); "
        "got 'share_of_time'",
    ),
    (
        ("pay_rules", "rows", "public_holidays", "value"),
        None,
        "is missing: give a value, or the lower and upper end of a published range",
    ),
    (
        ("pay_rules", "rows", "public_holidays", "source"),
        None,
        "is missing: evidence 'published' needs a source",
    ),
    (
        ("derived_staff", "staff", "2024_hospital_nurse_band_5", "oncosts", "rule"),
        "2024_nurse",
        "'2024_nurse' is not a rule for oncosts; it is a rule for qualifications. "
        "See the rows of parameters/oncost_rules.yaml",
    ),
    ((*INDEX, "unit"), "share", "must be 'percent' for changes; got 'share'"),
    ((*INDEX, "provisional"), ["2031/32"], "names 2031/32, which the series does not hold"),
    (
        (*INDEX, "changes"),
        {"2015/16": 1.0, "2017/18": 1.0, "2023/24": 2.0},
        "follows 2015/16; it must follow 2016/17, for no year may be missing",
    ),
    ((*INDEX, "changes", "2018/19"), -100, "must be greater than -100; got -100"),
    (
        INDEX,
        {**TREE.get(INDEX), "levels": {"2023/24": 1.0}},
        "must hold exactly one of changes, levels, multipliers, rates; got changes, levels",
    ),
]


@pytest.mark.parametrize(("path", "value", "message"), FAULTS, ids=[fault[2][:60] for fault in FAULTS])
def test_a_fault_in_a_table_is_found(path: tuple[str | int, ...], value: Any, message: str) -> None:
    _, problems = read_reference_tables(TREE.replaced(path, value, HERE))
    assert message in [problem.message for problem in problems]
    assert any((problem.file, problem.line) == (HERE.file, HERE.line) for problem in problems)


def test_a_year_that_is_no_year_is_refused() -> None:
    changes = {"2022/23": 1.0, "next": 2.0}
    found = problem_after(("price_indices", "rows", "hchs_unverified", "none", "changes"), changes)
    assert found == (
        "price_indices.rows.hchs_unverified.none.changes.next: "
        "must be a year such as 2023/24 or '2023'; got 'next'"
    )


@pytest.mark.parametrize("last_day", ["2022-10-05", "2022-12-05"])
def test_a_gap_or_overlap_within_a_tax_year_is_found(last_day: str) -> None:
    _, problems = read_reference_tables(TREE.replaced((*LEVY, "valid_to"), last_day, HERE))
    assert [problem.where for problem in problems] == ["oncost_rules.rows.statutory_2022_23_nov_apr.valid_to"]


def test_a_missing_unit_of_a_column_is_found() -> None:
    tables, problems = read_reference_tables(TREE.removed(("overhead_rates", "units", "rate")))
    assert tables is None
    assert [problem.message for problem in problems] == [
        "must be 'share', the unit in which this column is read"
    ]


def test_a_missing_file_is_found() -> None:
    tables, problems = read_reference_tables(TREE.removed(("oncost_rules",)))
    assert tables is None
    assert [(problem.where, problem.message) for problem in problems] == [("oncost_rules", "is missing")]


def test_validation_figures_and_derived_staff_may_be_absent() -> None:
    tables, problems = read_reference_tables(TREE.removed(("hub_figures",)).removed(("derived_staff",)))
    assert problems == []
    assert tables is not None
    assert (tables.hub_figures, tables.derived_staff) == ({}, {})


def test_the_problem_names_the_user_s_own_file() -> None:
    with pytest.raises(ParameterError) as error:
        TABLES.staff_schemas("1999")
    assert error.value.problems[0].file == "parameters/staff_schemas.yaml"


def test_a_row_id_twice_is_refused(tmp_path: Path) -> None:
    text = (PARAMETERS / "overhead_rates.yaml").read_text(encoding="utf-8")
    row = '  2024_hospital_nhs_non_staff: {edition: "2024"}\n'
    file = tmp_path / "overhead_rates.yaml"
    file.write_text(text + row, encoding="utf-8")
    _, problems = read_file(file, "parameters/overhead_rates.yaml")
    (problem,) = problems
    assert problem.where == "rows.2024_hospital_nhs_non_staff"
    assert problem.line == text.count("\n") + 1


def test_every_table_has_a_model_and_every_model_a_file() -> None:
    assert set(FILE_MODELS) == {*COLUMN_UNITS, "derived_staff", "sources"}
    assert all((PARAMETERS / f"{name}.yaml").is_file() for name in FILE_MODELS)


def test_rules_of_derived_staff_are_named() -> None:
    staff = TABLES.derived_staff["2024_community_administration_band_3"]
    assert staff.capital_overheads == RuleName(rule="2024_community_scientific_professional")
    assert staff.working_hours == RuleName(rule="2024_community_scientific_professional")
    assert staff.salary == TABLES.mean_basic_pay("2023_24_administration_estates_band_3")


# -- units


def test_pint_reads_every_unit() -> None:
    registry: Any = pint.UnitRegistry()
    for definition in PINT_DEFINITIONS:
        registry.define(definition)
    money = registry.Quantity(1, "GBP").dimensionality
    for unit in UNITS:
        dimensions = registry.Quantity(1, unit).dimensionality
        assert (dimensions.get("[currency]", 0) == money["[currency]"]) == is_money(unit), unit
    people = registry.Quantity(1, "people").dimensionality
    assert registry.Quantity(1, "clients").dimensionality == people
    assert registry.Quantity(1, "GBP/unit").dimensionality == {"[currency]": 1, "[unit_of_activity]": -1}


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("shares", "share"),
        ("%", "share"),
        ("£", "GBP"),
        ("minute", "minutes"),
        ("FTE", "WTE"),
        ("furlong", None),
    ],
)
def test_a_unit_is_suggested(text: str, unit: str | None) -> None:
    assert suggest_unit(text) == unit
