"""What the parameter files may hold: one model a file. Reference tables have models of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from costmodel.inputs.records import JointRecord, Record
from costmodel.inputs.staff_files import RuleName
from costmodel.inputs.tree import KeyPath
from costmodel.inputs.validation import FaultsError, StrictModel

StageName = Literal[
    "outreach",
    "screening",
    "triage",
    "assessment",
    "navigation",
    "brief_support",
    "therapy",
    "team_sessions",
    "supervision",
    "administration",
]
DriverName = Literal[
    "eligible_workforce",
    "contacted",
    "registered",
    "screened",
    "triaged",
    "assessed",
    "signposted",
    "navigated",
    "brief_support",
    "brief_sessions",
    "therapy_starts",
    "attended_sessions",
    "completions",
    "team_attendances",
    "staff_wte",
    "hub",
]
PayerName = Literal["icb", "nhse_central", "other_nhs", "local_authority", "employer", "client"]
# A Hub line is paid by the NHS or social services, so that the NHS and PSS perspective holds all of the Hub.
HubPayerName = Literal["hub_host", "icb", "nhse_central", "other_nhs", "local_authority"]
IndexName = Literal["pay", "non_pay", "health_services", "social_care", "other"]


PAY_OF_EMPLOYED: Final = ("salary", "enhancements", "high_cost_area_supplement", "pension_member_share")
PAY_OF_AGENCY: Final = ("invoice_per_hour", "vat_share")

Fault = tuple[KeyPath, str]


class StaffPool(StrictModel):
    """Staff who can do the same tasks."""

    label: str
    indirect_ratio: Record


class Activity(StrictModel):
    """Work that takes staff time.

    When hours run short, activities are served in the order of `served`, the lowest first: those with the
    same number in the order of the file, those without one last.
    """

    label: str
    stage: StageName
    driver: DriverName
    served: Annotated[int, Field(ge=1)] | None = None
    time_basis: Literal["direct_only", "all_inclusive"]
    minutes: Annotated[dict[str, Record], Field(min_length=1)]
    dna_rate: Record | None = None
    dna_slot_share: Record | None = None
    group_size: Record | None = None
    note: str | None = None


class Post(StrictModel):
    """A person's contract, or a pool of like contracts (`headcount` above 1).

    `in_post_after` is for a post still to be recruited: months from today until the first day in post.
    """

    label: str
    pool: str
    contract: Literal["employed", "agency"] = "employed"
    staff: str | None = None
    employer: str
    person: str | None = None
    headcount: Annotated[int, Field(ge=1)] = 1
    wte: Record
    vacancy_share: Record | None = None
    in_post_after: Record | None = None
    salary: Record | None = None
    enhancements: Record | None = None
    high_cost_area_supplement: Record | None = None
    pension_member_share: Record | None = None
    working_hours: Record | None = None
    capital_overheads: Record | None = None
    invoice_per_hour: Record | None = None
    vat_share: Record | None = None
    note: str | None = None

    @model_validator(mode="after")
    def _one_way_of_paying(self) -> Self:
        faults = [*self._pay_faults(), *self._staff_faults()]
        if faults:
            raise FaultsError(faults)
        return self

    def _pay_faults(self) -> Iterator[Fault]:
        agency = self.contract == "agency"
        for name in PAY_OF_EMPLOYED if agency else PAY_OF_AGENCY:
            if getattr(self, name) is not None:
                how = "an agency post is paid by invoice" if agency else "an employed post is paid a salary"
                yield (name,), f"{how}; remove {name}"
        if agency and self.invoice_per_hour is None:
            message = "is missing: an agency post needs the gross invoice of an hour (no on-costs are added)"
            yield ("invoice_per_hour",), message

    def _staff_faults(self) -> Iterator[Fault]:
        if self.staff is None:
            needed = ["working_hours", "capital_overheads"]
            if self.contract == "employed":
                needed.insert(0, "salary")
            missing = [name for name in needed if getattr(self, name) is None]
            if missing:
                yield (), f"name a staff type (staff: ID), or give {', '.join(missing)}"
        if self.person is not None and self.headcount != 1:
            yield (
                ("headcount",),
                f"must be 1 for a post with a named person, one contract; got {self.headcount}",
            )


class Shared(StrictModel):
    """How a post is shared between Hubs: by recorded time, or by a named driver."""

    driver: Literal["recorded_time", "wte", "registrations", "eligible_workforce"]
    hubs: Annotated[list[str], Field(min_length=2)]
    shares: dict[str, Record] | None = None

    @model_validator(mode="after")
    def _shares_with_recorded_time(self) -> Shared:
        if (self.driver == "recorded_time") != (self.shares is not None):
            raise ValueError("give shares with driver recorded_time, and only then")
        if self.shares is not None:
            if set(self.shares) != set(self.hubs):
                raise ValueError(f"shares must name the same Hubs as hubs: {', '.join(self.hubs)}")
            total = sum(record.mean for record in self.shares.values())
            if abs(total - 1.0) > 1e-9:
                raise ValueError(f"shares must add up to 1; they add up to {total:g}")
            if any(record.distribution is not None for record in self.shares.values()):
                raise ValueError("recorded shares must be fixed values, so that they always add up to 1")
        return self


class SharedPost(Post):
    """A post that several Hubs share."""

    shared: Shared


class NonPayItem(StrictModel):
    """A non-pay line that the overheads do not already cover."""

    label: str
    behaviour: Literal["fixed", "step", "variable"]
    amount: Record
    outside_overheads: str
    driver: DriverName = "hub"
    step_capacity: Record | None = None
    activity: str | None = None
    payer: HubPayerName = "hub_host"

    @model_validator(mode="after")
    def _driver_follows_behaviour(self) -> NonPayItem:
        if (self.behaviour == "step") != (self.step_capacity is not None):
            raise ValueError(
                "give step_capacity (units of the driver that one step serves) with behaviour step, "
                "and only then"
            )
        if (self.behaviour == "fixed") != (self.driver == "hub"):
            raise ValueError(
                "a fixed line has no driver; a step or variable line names the driver that it follows"
            )
        return self


class CapitalItem(StrictModel):
    """Equipment or building work, costed as an equivalent annual cost."""

    label: str
    purchase_cost: Record
    resale_value: Record | None = None
    life: Record
    payments: Literal["arrears", "advance"] = "arrears"
    outside_overheads: str
    activity: str | None = None
    payer: HubPayerName = "hub_host"


class Pathway(StrictModel):
    """The cohort of a year."""

    eligible_workforce: Record
    outreach_contacts: Record
    targeted_outreach_contacts: Record
    registered_share_of_targeted: Record
    registrations: Record
    screened_share: Record
    triaged_share: Record
    assessed_share: Record
    therapy_share: Record
    other_support: JointRecord
    hub_share_of_therapy: Record
    dropout_share: Record
    sessions_per_completion: Record
    sessions_per_dropout: Record
    brief_sessions_per_client: Record
    team_attendances: Record

    @model_validator(mode="after")
    def _components_of_other_support(self) -> Pathway:
        expected = {"signposted", "navigated", "brief_support", "no_further_support"}
        if set(self.other_support.components) != expected:
            raise ValueError(
                "other_support must have the components signposted, navigated, brief_support, "
                f"no_further_support; got {', '.join(sorted(self.other_support.components))}"
            )
        return self


class Hub(StrictModel):
    """One Hub: its pathway, posts and other costs. File `hub_<id>.yaml`."""

    label: str
    description: str
    pathway: Pathway
    posts: dict[str, Post]
    non_pay: dict[str, NonPayItem] = Field(default_factory=dict)
    capital: dict[str, CapitalItem] = Field(default_factory=dict)
    time_use: dict[str, dict[str, Record]] = Field(default_factory=dict)


class PercentageOverheads(StrictModel):
    """Overheads as shares of full staff cost."""

    management: RuleName | Record
    non_staff: RuleName | Record


class PoolShares(StrictModel):
    """Where a pool's cost goes."""

    pools: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(default_factory=dict)
    activities: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(default_factory=dict)


class OverheadPool(StrictModel):
    """One overhead department."""

    label: str
    hub: str
    cost: Record
    shares: PoolShares


class PooledOverheads(StrictModel):
    """Overheads as pools, apportioned by use; step-down closes pools in the order of the file."""

    method: Literal["direct", "step_down", "reciprocal"] = "reciprocal"
    pools: Annotated[dict[str, OverheadPool], Field(min_length=1)]


class Overheads(StrictModel):
    """Percentages or pools, never both."""

    percentage: PercentageOverheads | None = None
    pooled: PooledOverheads | None = None

    @model_validator(mode="after")
    def _never_both(self) -> Overheads:
        if (self.percentage is None) == (self.pooled is None):
            raise ValueError(
                "give overheads either as percentage or as pooled, never both: both would count them twice"
            )
        return self


class Sickness(StrictModel):
    """Sickness reduces hours or is backfilled, never both."""

    treatment: Literal["reduce_hours", "backfill"]
    sick_days: Record | None = None
    hours_per_day: Record | None = None

    @model_validator(mode="after")
    def _days_with_backfill(self) -> Sickness:
        given = self.sick_days is not None and self.hours_per_day is not None
        none = self.sick_days is None and self.hours_per_day is None
        if not (given if self.treatment == "backfill" else none):
            raise ValueError("give sick_days and hours_per_day with treatment backfill, and only then")
        return self


class CostingRules(StrictModel):
    """Choices that hold for every Hub."""

    overheads: Overheads
    sickness: Sickness
    qualifications: Literal["include", "exclude"]
    apprenticeship_levy: Literal["include", "exclude"]
    staffing_step: Record


class Service(StrictModel):
    """A service that clients use."""

    label: str
    contacts: Record
    unit_cost_row: str | None = None
    unit_cost: Record | None = None
    minutes_each: Record | None = None
    payer: PayerName
    payer_evidence: Literal["published", "derived", "illustrative", "user"]
    is_hub: bool
    is_mental_health: bool
    index: IndexName = "health_services"
    note: str | None = None

    @model_validator(mode="after")
    def _one_unit_cost(self) -> Service:
        if (self.unit_cost is None) == (self.unit_cost_row is None):
            raise ValueError(
                "give the unit cost once: unit_cost_row (a row of service_unit_costs) or unit_cost"
            )
        return self


class ServiceUse(StrictModel):
    """Clients' use of health and social care over the observed window."""

    window: str
    published_mean: Record
    calibration: Literal["published_mean", "none"]
    total_uses: Literal["excluding_hub", "including_hub"]
    services: Annotated[dict[str, Service], Field(min_length=1)]

    @model_validator(mode="after")
    def _never_count_a_hub_contact_twice(self) -> ServiceUse:
        if self.total_uses == "including_hub":
            message = (
                "clients' reported use including Hub contacts cannot be added to the micro-costed Hub cost: "
                "each Hub contact would count twice. Use excluding_hub"
            )
            raise FaultsError([(("total_uses",), message)])
        return self


class RankCorrelations(StrictModel):
    """Spearman rank correlations between named parameters."""

    label: str
    parameters: Annotated[list[str], Field(min_length=2)]
    matrix: list[list[float]]
    reason: str


class MovingTogether(StrictModel):
    """Parameters whose uncertainty has one cause and so move together."""

    label: str
    parameters: Annotated[list[str], Field(min_length=2)]
    reason: str


class Correlations(StrictModel):
    """How parameters depend on each other."""

    rank_correlations: dict[str, RankCorrelations] = Field(default_factory=dict)
    groups: dict[str, MovingTogether] = Field(default_factory=dict)
