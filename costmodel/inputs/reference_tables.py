"""The reference tables: published schemas, rules, pay, prices and unit costs, and how to look them up.

Every look-up refuses what the tables do not hold; nothing is extrapolated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal, NoReturn, TypeAlias

from costmodel.errors import ParameterError, Problem, did_you_mean
from costmodel.inputs.price_series import PriceSeries
from costmodel.inputs.staff_files import StaffDefinition
from costmodel.inputs.statutory import StatutoryPeriod, statutory_period, statutory_rules
from costmodel.inputs.table_rows import (
    CapitalOverhead,
    CompositeLine,
    ContactRatio,
    EmployerFigure,
    HubFigure,
    MeanPay,
    OncostRule,
    OverheadColumn,
    OverheadRate,
    PayPoint,
    PayRule,
    PublishedHourlyCost,
    ServiceUnitCost,
    SourceEntry,
    StaffSchema,
    TrainingCost,
    WorkingTime,
)
from costmodel.units import PERCENT

RuleKind: TypeAlias = Literal[
    "oncosts",
    "overheads_management",
    "overheads_non_staff",
    "capital_overheads",
    "working_hours",
    "qualifications",
]
"""A component of a staff cost that a rule may give."""

Employer: TypeAlias = Literal["nhs_staff", "local_authority_staff"]

TABLE_OF_KIND: Final[Mapping[str, str]] = {
    "oncosts": "oncost_rules",
    "overheads_management": "overhead_rates",
    "overheads_non_staff": "overhead_rates",
    "capital_overheads": "capital_overheads",
    "working_hours": "working_time",
    "qualifications": "training_costs",
}
"""Table that holds the rules of each component of a staff cost."""


@dataclass(frozen=True)
class SchemaRules:
    """Ids of the rules that give a published schema from its salary alone."""

    oncosts: str
    overheads_management: str
    overheads_non_staff: str
    capital_overheads: str
    working_hours: str
    qualifications: str | None


@dataclass(frozen=True)
class ReferenceTables:
    """All reference tables, by row id; see `costmodel.inputs.table_files.read_reference_tables`.

    Parameters
    ----------
    schemas, published_hourly_costs, composite_schemas
        Published staff costs, with and without components.
    oncost_rules, overhead_rates, capital_overheads, working_time, training_costs, contact_ratios
        Rules that give a component of a staff cost.
    pay_scales, mean_pay, pay_rules, employer_context
        Pay.
    price_indices
        Price series by index and edition.
    service_unit_costs
        Unit costs of the services that clients use.
    derived_staff
        Staff types without a published schema.
    sources
        The register of publications.
    hub_figures
        Published figures about Hubs, for validation only; empty where the file is absent.
    files
        The file of every table as the user knows it, for messages.
    """

    schemas: Mapping[str, StaffSchema]
    published_hourly_costs: Mapping[str, PublishedHourlyCost]
    composite_schemas: Mapping[str, CompositeLine]
    oncost_rules: Mapping[str, OncostRule]
    overhead_rates: Mapping[str, OverheadRate]
    capital_overheads: Mapping[str, CapitalOverhead]
    working_time: Mapping[str, WorkingTime]
    training_costs: Mapping[str, TrainingCost]
    contact_ratios: Mapping[str, ContactRatio]
    pay_scales: Mapping[str, PayPoint]
    mean_pay: Mapping[str, MeanPay]
    pay_rules: Mapping[str, PayRule]
    employer_context: Mapping[str, EmployerFigure]
    price_indices: Mapping[str, Mapping[str, PriceSeries]]
    service_unit_costs: Mapping[str, ServiceUnitCost]
    derived_staff: Mapping[str, StaffDefinition]
    sources: Mapping[str, SourceEntry]
    hub_figures: Mapping[str, HubFigure] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    # -- staff schemas

    def editions(self) -> tuple[str, ...]:
        """Return the editions that have staff schemas, oldest first."""
        return tuple(sorted({schema.edition for schema in self.schemas.values()}))

    def staff_schemas(self, edition: str) -> dict[str, StaffSchema]:
        """Return the published staff schemas of an edition by schema id.

        Raises
        ------
        ParameterError
            If the tables hold no schema of that edition.
        """
        if edition not in self._schemas_by_edition:
            self._refuse("staff_schemas", edition, f"there is no edition '{edition}'", self.editions())
        return self._schemas_by_edition[edition]

    @cached_property
    def _schemas_by_edition(self) -> dict[str, dict[str, StaffSchema]]:
        found: dict[str, dict[str, StaffSchema]] = {}
        for key, schema in self.schemas.items():
            found.setdefault(schema.edition, {})[key] = schema
        return found

    def rules_for(self, schema: StaffSchema) -> SchemaRules:
        """Return the ids of the rules that give a schema from its salary alone."""
        return SchemaRules(
            oncosts=schema.oncost_rule,
            overheads_management=schema.overhead_management_rule,
            overheads_non_staff=schema.overhead_non_staff_rule,
            capital_overheads=schema.capital_rule,
            working_hours=schema.working_time_rule,
            qualifications=schema.training_rule,
        )

    # -- rules of a component

    def rule(self, kind: RuleKind, name: str) -> OncostRule | float:
        """Return the rule that `{rule: NAME}` names for one component of a staff cost.

        Parameters
        ----------
        kind
            The component.
        name
            Row id in the table of that component.

        Returns
        -------
        The on-cost rule; or an overhead [share of salary and on-costs], a capital overhead or the expected
        annual cost of qualifications [GBP/(WTE*year)], or the working hours [hours/year].

        Raises
        ------
        ParameterError
            If there is no such rule, or it is a rule of another component.
        """
        if kind == "oncosts":
            return self.oncost_rule(name)
        if kind == "overheads_management" or kind == "overheads_non_staff":
            return self._overhead(kind, name)
        look_up = {
            "capital_overheads": self.capital_overhead,
            "working_hours": self.working_hours,
            "qualifications": self.training_cost,
        }
        return look_up[kind](name)

    def oncost_rule(self, rule_id: str) -> OncostRule:
        """Return a row of oncost_rules, or raise ParameterError if there is none."""
        self._need("oncost_rules", rule_id, "oncosts")
        return self.oncost_rules[rule_id]

    def overhead_rate(self, overhead_id: str) -> float:
        """Return an overhead as a share of salary and on-costs, or raise ParameterError if there is none."""
        self._need("overhead_rates", overhead_id, "overheads_management or overheads_non_staff")
        return self.overhead_rates[overhead_id].rate

    def capital_overhead(self, capital_id: str) -> float:
        """Return a capital overhead in GBP/(WTE*year), or raise ParameterError if there is none."""
        self._need("capital_overheads", capital_id, "capital_overheads")
        return self.capital_overheads[capital_id].value

    def working_hours(self, working_time_id: str) -> float:
        """Return the hours worked in a year, or raise ParameterError if there is no such row."""
        self._need("working_time", working_time_id, "working_hours")
        return self.working_time[working_time_id].working_hours

    def training_cost(self, training_id: str) -> float:
        """Return the expected annual cost of training in GBP/(WTE*year), or raise ParameterError."""
        self._need("training_costs", training_id, "qualifications")
        return self.training_costs[training_id].expected_annual_cost

    def indirect_ratio(self, staff_id: str) -> float | None:
        """Return hours of other work for each hour of contact, or None where no published ratio applies."""
        rows = self.contact_ratios.values()
        return next((row.indirect_per_direct for row in rows if staff_id in row.applies_to), None)

    # -- on-costs

    def pssru_rule(self, edition: str, applies_to: Employer) -> OncostRule:
        """Return the on-cost rule that reproduces an edition of the Manual; never use it to cost a service.

        Raises
        ------
        ParameterError
            If the tables hold no rule of that edition.
        """
        rules = [rule for rule in self.oncost_rules.values() if rule.convention == "pssru_as_published"]
        for each in rules:
            if each.edition == edition and each.applies_to == applies_to:
                return each
        known = sorted({str(each.edition) for each in rules if each.applies_to == applies_to})
        what = f"there is no published on-cost rule of edition '{edition}' for {applies_to}"
        self._refuse("oncost_rules", edition, what, known)

    def statutory_periods(self, price_year: str) -> tuple[StatutoryPeriod, ...]:
        """Return the law's on-costs of a tax year: one period, or more where a rate changed within the year.

        Parameters
        ----------
        price_year
            Tax year such as ``2023/24``, which stands for the financial year of that name.

        Returns
        -------
        Periods in order of time; their weights add to 1.

        Raises
        ------
        ParameterError
            If the year is outside the table, or its pension rate is not known.
        """
        rules = statutory_rules(self.oncost_rules)
        chosen = {key: rule for key, rule in rules.items() if rule.tax_year == price_year}
        if not chosen:
            known = sorted({rule.tax_year for rule in rules.values()})
            self._refuse("oncost_rules", price_year, f"there are no statutory rates of {price_year}", known)
        periods = [statutory_period(key, rule) or self._refuse_pension(rule) for key, rule in chosen.items()]
        return tuple(sorted(periods, key=lambda period: period.valid_from))

    # -- pay

    def pay_point(self, year: str, band: str, point: str) -> float:
        """Return the basic salary of a point of the Agenda for Change scales, in GBP/(WTE*year).

        Where a band has several intermediate points the first is returned.

        Raises
        ------
        ParameterError
            If the scales lack the year, band or point.
        """
        known = []
        for each in self.pay_scales.values():
            if (each.year, each.band, each.point) == (year, band, point):
                return each.annual_salary
            if each.year == year:
                known.append(f"band {each.band} {each.point}")
        listed = known or sorted({each.year for each in self.pay_scales.values()})
        self._refuse("pay_scales", year, f"holds no {point} point of band {band} in {year}", listed)

    def mean_basic_pay(self, mean_pay_id: str) -> float:
        """Return the mean basic pay of a staff group in GBP/(WTE*year), or raise ParameterError."""
        if mean_pay_id not in self.mean_pay:
            what = f"there is no row '{mean_pay_id}'"
            self._refuse("mean_pay", mean_pay_id, what, self.mean_pay, listed=False)
        return self.mean_pay[mean_pay_id].mean_basic_pay

    # -- prices

    def price_series(self, index_id: str, edition: str) -> PriceSeries:
        """Return one edition of a price index, or raise ParameterError if there is none."""
        if index_id not in self.price_indices:
            what = f"there is no index '{index_id}'"
            self._refuse("price_indices", index_id, what, self.price_indices, listed=False)
        editions = self.price_indices[index_id]
        if edition not in editions:
            what = f"there is no edition '{edition}' of {index_id}"
            self._refuse("price_indices", index_id, what, editions)
        return editions[edition]

    def price_index_factor(self, index_id: str, edition: str, from_year: str, to_year: str) -> float:
        """Return what prices of one year must be multiplied by to be prices of another.

        Parameters
        ----------
        index_id, edition
            The index, and which edition of it: published values are revised.
        from_year, to_year
            Years of the index, in either order.

        Returns
        -------
        The chained factor, greater than 0. [ratio]

        Raises
        ------
        ParameterError
            If the index lacks a year, or is no price index.
        """
        levels = self.price_series(index_id, edition).price_level_of_year
        for year in (from_year, to_year):
            if year not in levels:
                what = f"{index_id} of edition '{edition}' holds no price level of {year}"
                self._refuse("price_indices", index_id, what, _span(levels))
        return levels[to_year] / levels[from_year]

    def unsettled_years(self, index_id: str, edition: str, from_year: str, to_year: str) -> tuple[str, ...]:
        """Return the years between two whose values are provisional or forecast, and may be revised."""
        self.price_index_factor(index_id, edition, from_year, to_year)
        series = self.price_series(index_id, edition)
        years = list(series.price_level_of_year)
        first, last = sorted((years.index(from_year), years.index(to_year)))
        used = years[first + 1 : last + 1] if series.changes else [years[first], years[last]]
        return tuple(year for year in used if year in (*series.provisional, *series.forecast))

    def discount_rate(self, rate_id: str) -> float:
        """Return an annual discount rate as a share, or raise ParameterError if there is no such rate."""
        known = {
            key: series.rates
            for key, editions in self.price_indices.items()
            for series in editions.values()
            if series.rates is not None
        }
        if rate_id not in known:
            self._refuse("price_indices", rate_id, f"there is no discount rate '{rate_id}'", known)
        return next(iter(known[rate_id].values())) / PERCENT

    # -- refusals

    def _overhead(self, column: OverheadColumn, name: str) -> float:
        row = self.overhead_rates.get(name)
        if row is None or row.schema_column != column:
            known = [key for key, each in self.overhead_rates.items() if each.schema_column == column]
            self._refuse_rule("overhead_rates", name, column, known)
        return row.rate

    def _need(self, table: str, name: str, kind: str) -> None:
        known: Mapping[str, Any] = getattr(self, table)
        if name not in known:
            self._refuse_rule(table, name, kind, known)

    def _refuse_rule(self, table: str, name: str, kind: str, known: Iterable[str]) -> NoReturn:
        elsewhere = [other for other, where in TABLE_OF_KIND.items() if self._is_rule(other, where, name)]
        message = f"'{name}' is not a rule for {kind}"
        if elsewhere:
            message += f"; it is a rule for {' and '.join(elsewhere)}"
        self._refuse(table, name, message, known, listed=False)

    def _is_rule(self, kind: str, table: str, name: str) -> bool:
        row = getattr(self, table).get(name)
        return row is not None and getattr(row, "schema_column", kind) == kind

    def _refuse(
        self, table: str, name: str, what: str, known: Iterable[str], *, listed: bool = True
    ) -> NoReturn:
        choices, file = list(known), self._file(table)
        hint = did_you_mean(name, choices)
        advice = f"; it has {', '.join(choices)}" if listed else f".{hint} See the rows of {file}"
        raise ParameterError([Problem(file, None, f"{table}.{name}", what + advice)])

    def _refuse_pension(self, rule: OncostRule) -> NoReturn:
        message = (
            f"holds no employer pension rate for {rule.tax_year}; supply pension_rate_paid_by_employer and "
            "pension_rate_paid_centrally there, or choose an earlier price year"
        )
        raise ParameterError(
            [Problem(self._file("oncost_rules"), None, f"oncost_rules.{rule.tax_year}", message)]
        )

    def _file(self, table: str) -> str:
        return self.files.get(table, f"parameters/{table}.yaml")


def _span(levels: Mapping[str, float]) -> list[str]:
    years = list(levels)
    return [f"{years[0]} to {years[-1]}"] if years else ["none: it is no price index"]
