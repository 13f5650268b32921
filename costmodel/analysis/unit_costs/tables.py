"""Staff types as the reference tables hold them, ready to be costed under one convention."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final, Literal, TypeAlias

import numpy as np

from costmodel.analysis.unit_costs.build_up import (
    Convention,
    OncostRates,
    Overhead,
    StaffType,
    UnitCost,
)
from costmodel.inputs.reference_tables import ReferenceTables, RuleKind
from costmodel.inputs.resolution import cited
from costmodel.inputs.staff_files import RuleName, StaffDefinition
from costmodel.inputs.statutory import statutory_period
from costmodel.inputs.table_rows import OncostRule, PublishedHourlyCost, StaffSchema, WorkingTime
from costmodel.model.staffing import cost_per_contact_hour
from costmodel.model.types import CostPerWorkingHour
from costmodel.units import WEEKS_PER_YEAR, WORKING_DAYS_PER_WEEK

Source: TypeAlias = Literal["components", "rules"]
"""What a Manual is reproduced from: the components that it prints, or salary alone by its edition's rules."""

FIVE_DAY_TOLERANCE: Final = 0.1
"""Printed days and weeks are rounded: this near to five days a week means five. [days/week]"""


# -- on-costs


def published_rates(rule_id: str, rule: OncostRule) -> OncostRates:
    """Return the rates by which a Manual's on-costs can be reproduced."""
    return OncostRates(
        rule_ids=(rule_id,),
        convention="pssru_as_published",
        ni_periods=((1.0, rule.ni_rate, rule.ni_threshold),),
        pension_employer=rule.full_pension_rate or 0.0,
    )


def statutory_rates_of_row(rule_id: str, rule: OncostRule) -> OncostRates | None:
    """Return the law of one row as if it held for a whole year; None where its pension rate is not known."""
    period = statutory_period(rule_id, rule)
    if period is None:
        return None
    return OncostRates(
        rule_ids=(rule_id,),
        convention="statutory",
        ni_periods=((1.0, period.ni_rate, period.ni_threshold),),
        pension_employer=period.pension_employer,
        pension_central=period.pension_central,
    )


def statutory_rates(
    tables: ReferenceTables, price_year: str, edition_rule_id: str | None = None
) -> OncostRates:
    """Return the law of a price year, weighted by months, for the employer of an edition's on-cost rule.

    National Insurance is the same for every employer. The pension is the NHS scheme's; a local authority's
    contribution is set by its fund and not by law, so there the edition's rate stands, all of it paid by the
    employer.

    Raises
    ------
    ParameterError
        If the tables hold no law of that year.
    """
    periods = tables.statutory_periods(price_year)
    rates = OncostRates(
        rule_ids=tuple(period.rule_id for period in periods),
        convention="statutory",
        ni_periods=tuple((period.weight_of_year, period.ni_rate, period.ni_threshold) for period in periods),
        pension_employer=sum(period.weight_of_year * period.pension_employer for period in periods),
        pension_central=sum(period.weight_of_year * period.pension_central for period in periods),
    )
    if edition_rule_id is None or not _is_local_authority(tables, edition_rule_id):
        return rates
    return replace(
        rates,
        rule_ids=(*rates.rule_ids, edition_rule_id),
        pension_employer=tables.oncost_rule(edition_rule_id).full_pension_rate or 0.0,
        pension_central=0.0,
    )


def paid_hours(row: WorkingTime) -> float | None:
    """Return contracted hours a year of staff who work five days a week; None where the row does not show it.

    Examples
    --------
    >>> row = {"edition": "2024", "price_year": "2023/24", "staff_group": "nurse", "working_days": 206,
    ...        "working_weeks": 41.2, "hours_per_day": 7.5, "working_hours": 1545, "evidence": "user"}
    >>> paid_hours(WorkingTime.model_validate(row))
    1950.0
    """
    if row.working_days is None or not row.working_weeks or row.hours_per_day is None:
        return None
    days_per_week = row.working_days / row.working_weeks
    if abs(days_per_week - WORKING_DAYS_PER_WEEK) > FIVE_DAY_TOLERANCE:
        return None
    return WEEKS_PER_YEAR * WORKING_DAYS_PER_WEEK * row.hours_per_day


# -- staff types


def staff_type_of_schema(
    tables: ReferenceTables, row_id: str, schema: StaffSchema, convention: Convention, source: Source
) -> StaffType:
    """Return a published schema as a staff type to cost.

    Raises
    ------
    ParameterError
        If a rule of the schema, or the law of its price year, is missing.
    """
    ids = tables.rules_for(schema)
    rates = _rates(tables, schema.price_year, schema.oncost_rule, convention)
    staff = StaffType(
        row_id=row_id,
        staff_id=schema.staff_id,
        label=schema.label,
        edition=schema.edition,
        price_year=schema.price_year,
        convention=convention,
        built_from="rules",
        salary=schema.salary,
        oncosts=rates,
        qualifications=tables.training_cost(ids.qualifications) if ids.qualifications else None,
        overheads_management=Overhead(rate=tables.overhead_rate(ids.overheads_management)),
        overheads_non_staff=Overhead(rate=tables.overhead_rate(ids.overheads_non_staff)),
        capital_overheads=tables.capital_overhead(ids.capital_overheads),
        working_hours=tables.working_hours(ids.working_hours),
        paid_hours=paid_hours(tables.working_time[ids.working_hours]),
        indirect_ratio=tables.indirect_ratio(schema.staff_id),
        evidence=schema.evidence,
        source=cited(tables, schema.source),
        rules={kind: (name,) for kind, name in vars(ids).items() if name} | {"oncosts": rates.rule_ids},
        anomaly=schema.anomaly,
        notes=(*_notes(tables, schema.oncost_rule, convention), *_amendments(tables, schema)),
    )
    if convention == "statutory":
        return staff
    staff = replace(
        staff,
        published_cost_per_hour=schema.published_cost_per_hour,
        published_cost_per_hour_with_qualifications=schema.published_cost_per_hour_with_qualifications,
    )
    return _as_printed(staff, schema) if source == "components" else staff


def staff_type_of_derived(
    tables: ReferenceTables, row_id: str, staff: StaffDefinition, price_year: str, convention: Convention
) -> StaffType:
    """Return a staff type without a published schema, as derived_staff.yaml has it, as one to cost.

    Parameters
    ----------
    price_year
        Of its edition, where the entry does not say.

    Raises
    ------
    ParameterError
        If a rule of the entry, or the law of its price year, is missing.
    """
    year = staff.price_year or price_year
    rule_id = staff.oncosts.rule if isinstance(staff.oncosts, RuleName) else None
    oncosts: float | OncostRates
    if isinstance(staff.oncosts, RuleName) or convention == "statutory":
        oncosts = _rates(tables, year, rule_id, convention)
    else:
        oncosts = staff.oncosts
    made = staff_type_of_definition(tables, row_id, staff, oncosts)
    return replace(
        made,
        price_year=year,
        convention=convention,
        built_from="rules",
        indirect_ratio=tables.indirect_ratio(made.staff_id)
        if staff.indirect_ratio is None
        else staff.indirect_ratio,
        notes=_notes(tables, rule_id, convention),
    )


def staff_type_of_definition(
    tables: ReferenceTables, row_id: str, staff: StaffDefinition, oncosts: float | OncostRates
) -> StaffType:
    """Return an entry of a file of staff types as one to cost; its rules must be known to the tables.

    Parameters
    ----------
    row_id
        The entry's key.
    oncosts
        What its on-costs come to: an amount [GBP/(WTE*year)], or rates.
    """
    named: dict[str, tuple[str, ...]] = {
        kind: (given.rule,) for kind, given in staff if isinstance(given, RuleName)
    }
    if isinstance(oncosts, OncostRates):
        named["oncosts"] = oncosts.rule_ids
    hours = staff.working_hours
    return StaffType(
        row_id=row_id,
        staff_id=staff.staff_id or row_id,
        label=staff.label or row_id,
        edition=staff.edition,
        price_year=staff.price_year,
        convention=oncosts.convention if isinstance(oncosts, OncostRates) else "as_given",
        built_from="file",
        salary=staff.salary,
        oncosts=oncosts,
        qualifications=_amount(tables, "qualifications", staff.qualifications),
        overheads_management=_overhead(tables, staff.overheads_management),
        overheads_non_staff=_overhead(tables, staff.overheads_non_staff),
        capital_overheads=_amount(tables, "capital_overheads", staff.capital_overheads) or 0.0,
        working_hours=tables.working_hours(hours.rule) if isinstance(hours, RuleName) else hours,
        paid_hours=paid_hours(tables.working_time[hours.rule]) if isinstance(hours, RuleName) else None,
        indirect_ratio=staff.indirect_ratio,
        evidence=staff.evidence,
        source=cited(tables, staff.source),
        rules=named,
    )


def published_unit_costs(
    tables: ReferenceTables, rows: Mapping[str, PublishedHourlyCost]
) -> tuple[UnitCost, ...]:
    """Return hourly costs that are published without components, as they are published."""
    return tuple(_published_unit_cost(tables, row_id, row) for row_id, row in rows.items())


def _published_unit_cost(tables: ReferenceTables, row_id: str, row: PublishedHourlyCost) -> UnitCost:
    indirect_ratio = tables.indirect_ratio(row.staff_id)
    return UnitCost(
        row_id=row_id,
        staff_id=row.staff_id,
        label=row.label,
        edition=row.edition,
        price_year=row.price_year,
        convention="pssru_as_published",
        built_from="published_hourly_cost",
        components=None,
        oncost_parts=None,
        working_hours=None,
        paid_hours=None,
        cost_per_paid_hour=None,
        cost_per_working_hour=row.published_cost_per_hour,
        cost_per_working_hour_with_qualifications=row.published_cost_per_hour_with_qualifications,
        cost_per_contact_hour=_contact_hour(row.published_cost_per_hour, indirect_ratio),
        indirect_ratio=indirect_ratio,
        evidence=row.evidence,
        source=cited(tables, row.source),
        rules={},
        published_cost_per_hour=row.published_cost_per_hour,
        published_cost_per_hour_with_qualifications=row.published_cost_per_hour_with_qualifications,
        anomaly=None,
        notes=(),
    )


# -- parts


def _rates(
    tables: ReferenceTables, price_year: str, rule_id: str | None, convention: Convention
) -> OncostRates:
    if convention == "statutory" or rule_id is None:
        return statutory_rates(tables, price_year, rule_id)
    return published_rates(rule_id, tables.oncost_rule(rule_id))


def _as_printed(staff: StaffType, schema: StaffSchema) -> StaffType:
    return replace(
        staff,
        built_from="printed_components",
        oncosts=schema.oncosts,
        qualifications=schema.qualifications,
        overheads_management=Overhead(amount=schema.overheads_management),
        overheads_non_staff=Overhead(amount=schema.overheads_non_staff),
        capital_overheads=schema.capital_overheads,
        working_hours=schema.working_hours,
        rules={},
    )


def _notes(tables: ReferenceTables, rule_id: str | None, convention: Convention) -> tuple[str, ...]:
    if convention == "pssru_as_published" or rule_id is None or not _is_local_authority(tables, rule_id):
        return ()
    rate = tables.oncost_rule(rule_id).full_pension_rate or 0.0
    return (f"pension at the Manual's rate for local authorities, {rate:.1%}: a fund sets it, not the law",)


def _amendments(tables: ReferenceTables, schema: StaffSchema) -> Iterator[str]:
    """Yield what a later printing says of a schema's cost, where it is not what the schema says."""
    for row in tables.published_hourly_costs.values():
        same = (row.staff_id, row.price_year) == (schema.staff_id, schema.price_year)
        if same and row.published_cost_per_hour != schema.published_cost_per_hour:
            yield (
                f"edition {row.edition} puts the cost at £{row.published_cost_per_hour:g} an hour, not "
                f"£{schema.published_cost_per_hour:g}, without its components; the salary here is the first "
                "printing's"
            )


def _is_local_authority(tables: ReferenceTables, rule_id: str) -> bool:
    return tables.oncost_rule(rule_id).applies_to == "local_authority_staff"


def _amount(tables: ReferenceTables, kind: RuleKind, given: float | RuleName | None) -> float | None:
    if not isinstance(given, RuleName):
        return given
    look_up = tables.training_cost if kind == "qualifications" else tables.capital_overhead
    return look_up(given.rule)


def _overhead(tables: ReferenceTables, given: float | RuleName) -> Overhead:
    if isinstance(given, RuleName):
        return Overhead(rate=tables.overhead_rate(given.rule))
    return Overhead(amount=given)


def _contact_hour(working_hour_cost: float, indirect_ratio: float | None) -> float | None:
    if indirect_ratio is None:
        return None
    cost = CostPerWorkingHour(np.array([working_hour_cost]))
    return float(cost_per_contact_hour(cost, np.array([indirect_ratio]))[0])
