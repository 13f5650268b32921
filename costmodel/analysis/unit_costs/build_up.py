"""The staff unit-cost build-up: what a staff type costs in a year and in an hour, over many types at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np

from costmodel.model.staffing import (
    cost_per_contact_hour,
    cost_per_paid_hour,
    cost_per_working_hour,
    employer_ni,
    pssru_oncosts,
)
from costmodel.model.types import CostPerContactHour, CostPerPaidHour, CostPerWorkingHour, FloatArray

Convention: TypeAlias = Literal["pssru_as_published", "statutory"]
"""How on-costs are worked out: as a Manual prints them (to reproduce it, never to cost), or by law."""

AppliedConvention: TypeAlias = Literal["pssru_as_published", "statutory", "as_given"]
"""The convention of one unit cost; `as_given` where a file states the on-costs as an amount."""

BuiltFrom: TypeAlias = Literal["printed_components", "rules", "file", "published_hourly_cost"]
"""What a unit cost was built from; `published_hourly_cost` is not built but quoted."""


@dataclass(frozen=True)
class OncostRates:
    """Employer National Insurance and pension of a year.

    Attributes
    ----------
    rule_ids
        Rows of oncost_rules that they come from.
    convention
        Whether they are a Manual's or the law's.
    ni_periods
        Share of the year, rate [share] and threshold [GBP/year] of each part of the year.
    pension_employer, pension_central
        What the employer and the centre pay. [share of pay]
    """

    rule_ids: tuple[str, ...]
    convention: Convention
    ni_periods: tuple[tuple[float, float, float], ...]
    pension_employer: float
    pension_central: float = 0.0


@dataclass(frozen=True)
class Overhead:
    """An overhead as an amount [GBP/(WTE*year)], or as a share of salary and on-costs."""

    amount: float = 0.0
    rate: float = 0.0


@dataclass(frozen=True)
class StaffType:
    """A staff type before it is costed: every component an amount, or rates that give one.

    Amounts are for one whole-time equivalent. [GBP/(WTE*year); hours/(WTE*year)]
    """

    row_id: str
    staff_id: str
    label: str
    edition: str | None
    price_year: str | None
    convention: AppliedConvention
    built_from: BuiltFrom
    salary: float
    oncosts: float | OncostRates
    qualifications: float | None
    overheads_management: Overhead
    overheads_non_staff: Overhead
    capital_overheads: float
    working_hours: float
    paid_hours: float | None
    indirect_ratio: float | None
    evidence: str
    source: str
    rules: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    published_cost_per_hour: float | None = None
    published_cost_per_hour_with_qualifications: float | None = None
    anomaly: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Components:
    """What one whole-time equivalent costs in a year, part by part; the parts add up.

    `qualifications` is None where the source gives none. [GBP/(WTE*year)]
    """

    salary: float
    oncosts: float
    qualifications: float | None
    overheads_management: float
    overheads_non_staff: float
    capital_overheads: float


@dataclass(frozen=True)
class OncostParts:
    """The parts of the on-costs as the law has them, which add up to `Components.oncosts`.

    [GBP/(WTE*year)]
    """

    employer_ni: float
    employer_pension: float
    central_pension: float


@dataclass(frozen=True)
class UnitCost:
    """What an hour of a staff type costs, and how that came about.

    Attributes
    ----------
    row_id
        Row of the table, or entry of the file, that the staff type stands in.
    staff_id, label
        The staff type; the same id in every edition.
    edition, price_year
        Edition of the Manual, and financial year of the prices; None where a file does not say.
    convention, built_from
        How on-costs were worked out, and what the components were built from.
    components, oncost_parts
        None where only the hourly cost is published, and where on-costs are not split.
    working_hours, paid_hours
        After leave, study and sickness; contracted. [hours/(WTE*year)]
    cost_per_paid_hour, cost_per_working_hour, cost_per_contact_hour
        Without qualifications. [GBP/hour]
    cost_per_working_hour_with_qualifications
        None where the source gives no cost of qualifications. [GBP/hour]
    indirect_ratio
        Hours of other work for each hour of contact; None where none is known. [ratio]
    evidence, source
        Of the row.
    rules
        Rows of the tables that gave a component, by component.
    published_cost_per_hour, published_cost_per_hour_with_qualifications
        What the Manual prints, to set beside ours; only by `pssru_as_published`. [GBP/hour]
    anomaly, notes
        What is odd about the published row, and about this unit cost.
    """

    row_id: str
    staff_id: str
    label: str
    edition: str | None
    price_year: str | None
    convention: AppliedConvention
    built_from: BuiltFrom
    components: Components | None
    oncost_parts: OncostParts | None
    working_hours: float | None
    paid_hours: float | None
    cost_per_paid_hour: float | None
    cost_per_working_hour: float
    cost_per_working_hour_with_qualifications: float | None
    cost_per_contact_hour: float | None
    indirect_ratio: float | None
    evidence: str
    source: str
    rules: Mapping[str, tuple[str, ...]]
    published_cost_per_hour: float | None
    published_cost_per_hour_with_qualifications: float | None
    anomaly: str | None
    notes: tuple[str, ...]


def build_up(staff: Sequence[StaffType]) -> tuple[UnitCost, ...]:
    """Return the unit cost of every staff type, in the order given.

    On-costs are on salary; overheads by rate on salary and on-costs; capital and qualifications are amounts.

    References
    ----------
    .. [1] Jones KC, et al. (2024). Unit Costs of Health and Social Care 2024 Manual. Universities of Kent and
       York. doi 10.22024/UniKent/01.02.109563. Schemas of staff, lines A to H.
    """
    costs = _costs(staff)
    return tuple(_unit_cost(each, costs, position) for position, each in enumerate(staff))


@dataclass(frozen=True)
class _Costs:
    """Costs of all staff types side by side, not a number where there is none. Shape (staff,) each."""

    components: Mapping[str, FloatArray]
    oncost_parts: Mapping[str, FloatArray]
    per_paid_hour: CostPerPaidHour
    per_working_hour: CostPerWorkingHour
    per_working_hour_with_qualifications: CostPerWorkingHour
    per_contact_hour: CostPerContactHour


def _costs(staff: Sequence[StaffType]) -> _Costs:
    salary = _column(each.salary for each in staff)
    oncosts, parts = _oncosts(staff, salary)
    employed = salary + oncosts
    management = _overhead([each.overheads_management for each in staff], employed)
    non_staff = _overhead([each.overheads_non_staff for each in staff], employed)
    capital = _column(each.capital_overheads for each in staff)
    qualifications = _column(each.qualifications for each in staff)
    annual = employed + management + non_staff + capital
    hours = _column(each.working_hours for each in staff)
    per_working_hour = cost_per_working_hour(annual, hours)
    return _Costs(
        components={
            "salary": salary,
            "oncosts": oncosts,
            "qualifications": qualifications,
            "overheads_management": management,
            "overheads_non_staff": non_staff,
            "capital_overheads": capital,
        },
        oncost_parts=parts,
        per_paid_hour=cost_per_paid_hour(annual, _column(each.paid_hours for each in staff)),
        per_working_hour=per_working_hour,
        per_working_hour_with_qualifications=cost_per_working_hour(annual + qualifications, hours),
        per_contact_hour=cost_per_contact_hour(
            per_working_hour, _column(each.indirect_ratio for each in staff)
        ),
    )


def _oncosts(staff: Sequence[StaffType], salary: FloatArray) -> tuple[FloatArray, dict[str, FloatArray]]:
    """Return the on-costs, and their parts where the law gives them, staff with the same rates at once."""
    whole = _column(None if isinstance(each.oncosts, OncostRates) else each.oncosts for each in staff)
    parts = {name: np.full(len(staff), np.nan) for name in OncostParts.__dataclass_fields__}
    for rates, members in _by_rates(staff):
        pay = salary[members]
        if rates.convention == "pssru_as_published":
            whole[members] = _published_oncosts(rates, pay)
            continue
        parts["employer_ni"][members] = _employer_ni(rates, pay)
        parts["employer_pension"][members] = rates.pension_employer * pay
        parts["central_pension"][members] = rates.pension_central * pay
        whole[members] = sum(part[members] for part in parts.values())
    return whole, parts


def _by_rates(staff: Sequence[StaffType]) -> Iterator[tuple[OncostRates, list[int]]]:
    members: dict[OncostRates, list[int]] = {}
    for position, each in enumerate(staff):
        if isinstance(each.oncosts, OncostRates):
            members.setdefault(each.oncosts, []).append(position)
    yield from members.items()


def _published_oncosts(rates: OncostRates, pay: FloatArray) -> FloatArray:
    ((_, ni_rate, threshold),) = rates.ni_periods
    return pssru_oncosts(pay, ni_rate, threshold, rates.pension_employer)


def _employer_ni(rates: OncostRates, pay: FloatArray) -> FloatArray:
    charge = np.zeros_like(pay)
    for share_of_year, ni_rate, threshold in rates.ni_periods:
        charge += share_of_year * employer_ni(pay, ni_rate, threshold)
    return charge


def _overhead(overheads: Sequence[Overhead], employed: FloatArray) -> FloatArray:
    return _column(each.amount for each in overheads) + _column(each.rate for each in overheads) * employed


def _column(values: Iterator[float | None]) -> FloatArray:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _unit_cost(staff: StaffType, costs: _Costs, position: int) -> UnitCost:
    return UnitCost(
        row_id=staff.row_id,
        staff_id=staff.staff_id,
        label=staff.label,
        edition=staff.edition,
        price_year=staff.price_year,
        convention=staff.convention,
        built_from=staff.built_from,
        components=_components(costs.components, position),
        oncost_parts=_oncost_parts(costs.oncost_parts, position),
        working_hours=staff.working_hours,
        paid_hours=staff.paid_hours,
        cost_per_paid_hour=_known(costs.per_paid_hour[position]),
        cost_per_working_hour=float(costs.per_working_hour[position]),
        cost_per_working_hour_with_qualifications=_known(
            costs.per_working_hour_with_qualifications[position]
        ),
        cost_per_contact_hour=_known(costs.per_contact_hour[position]),
        indirect_ratio=staff.indirect_ratio,
        evidence=staff.evidence,
        source=staff.source,
        rules=staff.rules,
        published_cost_per_hour=staff.published_cost_per_hour,
        published_cost_per_hour_with_qualifications=staff.published_cost_per_hour_with_qualifications,
        anomaly=staff.anomaly,
        notes=staff.notes,
    )


def _components(columns: Mapping[str, FloatArray], position: int) -> Components:
    return Components(
        salary=float(columns["salary"][position]),
        oncosts=float(columns["oncosts"][position]),
        qualifications=_known(columns["qualifications"][position]),
        overheads_management=float(columns["overheads_management"][position]),
        overheads_non_staff=float(columns["overheads_non_staff"][position]),
        capital_overheads=float(columns["capital_overheads"][position]),
    )


def _oncost_parts(columns: Mapping[str, FloatArray], position: int) -> OncostParts | None:
    parts = {name: float(column[position]) for name, column in columns.items()}
    return None if np.isnan(parts["employer_ni"]) else OncostParts(**parts)


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
