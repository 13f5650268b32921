"""What the reference tables may hold: one frozen model for the rows of each table."""

from __future__ import annotations

from typing import Annotated, Generic, Literal, Self, TypeAlias, TypeVar

from pydantic import BeforeValidator, Field, model_validator

from costmodel.inputs.records import UNSOURCED_EVIDENCE, Day, Evidence, Number, PriceYear, Source, Text, Unit
from costmodel.inputs.validation import FaultsError, StrictModel, show
from costmodel.units import DAYS_PER_YEAR, HOURS_PER_DAY, PERCENT

Payer: TypeAlias = Literal["icb", "nhse_central", "other_nhs", "local_authority", "employer", "client"]
Setting: TypeAlias = Literal["community", "hospital", "general_practice", "local_authority"]
Profession: TypeAlias = Literal[
    "scientific_professional",
    "nurse",
    "doctor",
    "social_worker",
    "social_care",
    "occupational_therapist",
    "administration",
]
Confidence: TypeAlias = Literal["high", "medium", "low"]
OverheadColumn: TypeAlias = Literal["overheads_management", "overheads_non_staff"]


def _share(number: object) -> object:
    if isinstance(number, int | float) and not isinstance(number, bool) and not 0 <= number <= 1:
        raise ValueError(_not_a_share(number))
    return number


def _not_a_share(number: float) -> str:
    hint = f". Did you mean {number / PERCENT:.12g}?" if 1 < number <= PERCENT else ""
    return f"must be between 0 and 1; got {number:.12g}{hint}"


Share: TypeAlias = Annotated[float, Field(strict=True), BeforeValidator(_share)]
"""A part of a whole, from 0 to 1."""

Amount: TypeAlias = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]
"""A number that is not negative."""

Hours: TypeAlias = Annotated[float, Field(strict=True, gt=0, le=HOURS_PER_DAY * DAYS_PER_YEAR)]
"""Hours worked in a year."""


class Row(StrictModel):
    """What every row says about its figures: the class of evidence, how sure, and where they stand."""

    evidence: Evidence
    confidence: Confidence | None = None
    source: Source | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _source_for_evidence(self) -> Self:
        if self.source is None and self.evidence not in UNSOURCED_EVIDENCE:
            raise FaultsError([(("source",), f"is missing: evidence '{self.evidence}' needs a source")])
        return self


class MeasuredRow(Row):
    """A row with one figure, or a published range, in a unit of its own."""

    label: Text
    unit: Unit
    unit_as_published: Text | None = None
    value: Number | None = None
    lower: Number | None = None
    upper: Number | None = None

    @model_validator(mode="after")
    def _figures_are_possible(self) -> Self:
        figures = {"value": self.value, "lower": self.lower, "upper": self.upper}
        given = {name: number for name, number in figures.items() if number is not None}
        if not given:
            raise FaultsError(
                [(("value",), "is missing: give a value, or the lower and upper end of a published range")]
            )
        outside = {
            name: number for name, number in given.items() if self.unit == "share" and not 0 <= number <= 1
        }
        if outside:
            raise FaultsError([((name,), _not_a_share(number)) for name, number in outside.items()])
        return self


class StaffSchema(Row):
    """A published staff schema: components, hours and cost of a working hour."""

    label: Text
    staff_id: Text
    edition: Text
    price_year: PriceYear
    setting: Setting
    profession: Profession
    band: Text | None = None
    salary: Amount
    oncosts: Amount
    qualifications: Amount | None = None
    overheads_management: Amount
    overheads_non_staff: Amount
    capital_overheads: Amount
    printed_total: Amount
    working_hours: Hours
    published_cost_per_hour: Amount
    published_cost_per_hour_with_qualifications: Amount | None = None
    oncost_rule: Text
    overhead_management_rule: Text
    overhead_non_staff_rule: Text
    capital_rule: Text
    working_time_rule: Text
    training_rule: Text | None = None
    anomaly: Text | None = None

    @property
    def fails(self) -> bool:
        """Whether the published cost is known not to follow from the row's own figures."""
        return (self.anomaly or "").startswith("fails_")


class PublishedHourlyCost(Row):
    """A published cost of a working hour without its components."""

    label: Text
    staff_id: Text
    edition: Text
    price_year: PriceYear
    setting: Setting
    profession: Profession
    band: Text | None = None
    published_cost_per_hour: Amount
    published_cost_per_hour_with_qualifications: Amount | None = None


class CompositeLine(Row):
    """One line of a composite schema, such as that of a general practitioner."""

    edition: Text
    price_year: PriceYear
    schema_name: Annotated[Text, Field(alias="schema")]
    component: Text
    value: Number
    unit: Unit


class OncostRule(Row):
    """Employer National Insurance and pension under one convention."""

    convention: Literal["pssru_as_published", "statutory"]
    edition: Text | None = None
    tax_year: PriceYear
    valid_from: Day | None = None
    valid_to: Day | None = None
    applies_to: Literal["nhs_staff", "local_authority_staff"]
    ni_rate: Share
    ni_threshold: Amount
    ni_threshold_per_week: Amount | None = None
    pension_rate: Share | None = None
    pension_rate_paid_by_employer: Share | None = None
    pension_rate_paid_centrally: Share | None = None
    pension_administration_levy: Share | None = None
    annual_blend: bool = False

    @model_validator(mode="after")
    def _convention_is_complete(self) -> Self:
        published = self.convention == "pssru_as_published"
        needed = ("edition", "pension_rate") if published else ("valid_from", "valid_to")
        message = f"is missing: convention '{self.convention}' needs it"
        faults = [((name,), message) for name in needed if getattr(self, name) is None]
        if self._central_part_is_missing():
            differs = "is missing: pension_rate_paid_by_employer is not the whole pension_rate"
            faults.append((("pension_rate_paid_centrally",), differs))
        if faults:
            raise FaultsError(faults)
        return self

    def _central_part_is_missing(self) -> bool:
        by_employer = self.pension_rate_paid_by_employer
        in_two_parts = by_employer is not None and by_employer != self.pension_rate
        return in_two_parts and self.pension_rate_paid_centrally is None

    @property
    def full_pension_rate(self) -> float | None:
        """Share of pay that the employer and the centre pay into the pension; None where not known."""
        if self.convention == "pssru_as_published" or self.pension_rate_paid_by_employer is None:
            return self.pension_rate
        return self.pension_rate_paid_by_employer + (self.pension_rate_paid_centrally or 0.0)


class OverheadRate(Row):
    """An overhead as a share of salary plus on-costs."""

    edition: Text
    price_year: PriceYear
    setting: Text
    component: Text
    schema_column: OverheadColumn
    rate: Share
    base: Literal["salary + oncosts"]
    data_behind_rate: Text | None = None


class CapitalOverhead(Row):
    """Buildings and land for one whole-time equivalent."""

    edition: Text
    price_year: PriceYear
    staff_group: Text
    value: Amount


class WorkingTime(Row):
    """Days, weeks and hours worked in a year."""

    edition: Text
    price_year: Text
    staff_group: Text
    working_days: Amount | None = None
    working_weeks: Amount | None = None
    hours_per_day: Amount | None = None
    working_hours: Hours


class TrainingCost(Row):
    """Investment in training, and its expected annual cost over a working life."""

    label: Text
    edition: Text
    price_year: PriceYear
    profession_id: Text
    working_life: Amount | None = None
    tuition: Amount | None = None
    living_expenses_lost_production: Amount | None = None
    clinical_placement: Amount | None = None
    total_investment: Amount
    expected_annual_cost: Amount
    annuity_coefficient: Amount


class ContactRatio(MeasuredRow):
    """How much working time goes to direct contact."""

    measure: Literal[
        "indirect_hours_per_direct_hour",
        "printed_ratio_1_to_x",
        "share_of_time",
        "contact_multiplier",
        "staff_hours_per_session",
        "hours_per_week",
        "miles_per_week",
    ]
    sample_size: Amount | None = None
    applies_to: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _measure_gives_a_ratio(self) -> Self:
        if self.applies_to and self.indirect_per_direct is None:
            usable = "indirect_hours_per_direct_hour, or share_of_time above 0"
            message = f"needs a measure of contact time ({usable}); got {show(self.measure)}"
            raise FaultsError([(("applies_to",), message)])
        return self

    @property
    def indirect_per_direct(self) -> float | None:
        """Hours of other work for each hour of contact; None where the measure does not say."""
        if self.value is None:
            return None
        if self.measure == "indirect_hours_per_direct_hour":
            return self.value
        return (1 - self.value) / self.value if self.measure == "share_of_time" and self.value > 0 else None


class PayPoint(Row):
    """One point of the Agenda for Change pay scales."""

    year: PriceYear
    band: Text
    point: Literal["entry", "intermediate", "top", "mid_computed"]
    annual_salary: Amount


class MeanPay(Row):
    """Mean basic pay of a staff group."""

    label: Text
    year: PriceYear
    staff_family: Text
    band: Text | None = None
    mean_basic_pay: Amount


class PayRule(MeasuredRow):
    """A rule of pay outside the schema."""

    period: Text


class EmployerFigure(MeasuredRow):
    """A figure on employers in general."""

    period: Text


class ServiceUnitCost(MeasuredRow):
    """What a service that clients use costs."""

    service_id: Text
    price_year: Text
    is_mental_health: bool
    is_hub: bool
    payer: Payer
    payer_evidence: Evidence


class HubFigure(MeasuredRow):
    """A published figure about Hubs, for validation only."""

    period: Text
    kind: Literal["published", "derived", "press"]


class SourceEntry(StrictModel):
    """A publication that sources refer to."""

    citation: Text
    url: Text | None = None
    note: Text | None = None
    retrieved: Day | None = None


class SourceRegister(StrictModel):
    """The file sources.yaml."""

    sources: dict[str, SourceEntry]


RowT = TypeVar("RowT", bound=Row)


class Table(StrictModel, Generic[RowT]):
    """A reference table as its file holds it."""

    table: Text
    description: Text
    units: dict[str, Unit]
    rows: Annotated[dict[str, RowT], Field(min_length=1)]
