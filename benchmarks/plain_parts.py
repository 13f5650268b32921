"""The parts of a service that are the same in every draw, as plain Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.plain_calendar import Calendar

COMPONENTS = (
    "salary",
    "employer_ni",
    "employer_pension",
    "central_pension",
    "apprenticeship_levy",
    "agency_invoices",
    "sickness_backfill",
    "overheads_management",
    "overheads_non_staff",
    "capital_overheads",
    "qualifications",
)
STAFF_COST = COMPONENTS[:7]
PERSPECTIVES = {
    "nhs_pss": {"hub_host", "icb", "nhse_central", "other_nhs", "local_authority"},
    "hub_host": {"hub_host"},
    "nhs_employer": {"hub_host", "icb", "nhse_central", "other_nhs", "employer"},
    "societal": {"hub_host", "icb", "nhse_central", "other_nhs", "local_authority", "employer", "client"},
}
BRIDGE_OF_STAGE = {
    "outreach": "team_and_outreach",
    "team_sessions": "team_and_outreach",
    "supervision": "supervision",
    "administration": "administration",
}
BRIDGE_OF_KIND = {"direct": "client_contact", "indirect": "indirect_time", "not_attended": "not_attended"}
BRIDGE_OF_COST_TYPE = {"overhead": "overheads", "capital": "capital", "pay": "non_pay", "nonpay": "non_pay"}
OPTIONAL_OF_POST = {
    "salary": 0.0,
    "enhancements": 0.0,
    "high_cost_area_supplement": 0.0,
    "vacancy_share": 0.0,
    "in_post_after": 0.0,
    "pension_member_share": 1.0,
    "invoice_per_hour": 0.0,
    "vat_share": 0.0,
    "qualifications": 0.0,
}
OPTIONAL_OF_ACTIVITY = {"dna_rate": 0.0, "dna_slot_share": 1.0, "group_size": 1.0}
OPTIONAL_RULES = {
    "costing_rules.sickness.sick_days": 0.0,
    "costing_rules.sickness.hours_per_day": 0.0,
    "costing_rules.overheads.percentage.management": 0.0,
    "costing_rules.overheads.percentage.non_staff": 0.0,
    "pay_rules.apprenticeship_levy_rate": 0.0,
}


@dataclass(frozen=True)
class Post:
    """A post, with the parts that its cost can have under the run's rules.

    `hub` is its own Hub; where Hubs share the post, `share_of` holds the dotted names whose sum drives each
    share.
    """

    prefix: str
    pool: str
    employed: bool
    headcount: int
    contract: tuple[str, str]
    components: tuple[str, ...]
    hub: str | None
    share_of: Mapping[str, tuple[str, ...]]

    @property
    def hubs(self) -> tuple[str, ...]:
        return tuple(self.share_of) if self.hub is None else (self.hub,)


@dataclass(frozen=True)
class Activity:
    """An activity, with the kinds of time it takes; `minutes` holds the dotted names by Hub and pool."""

    name: str
    stage: str
    driver: str
    direct_only: bool
    kinds: tuple[str, ...]
    minutes: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Item:
    """A non-pay or capital line, or the part of an overhead pool that ends at an activity."""

    prefix: str
    kind: str
    hub: str
    activity: str | None
    share: float
    behaviour: str
    driver: str
    payer: str
    cost_type: str
    price_factor: float
    in_advance: bool = False


@dataclass(frozen=True)
class Service:
    """A service that clients use."""

    prefix: str
    name: str
    payer: str
    is_hub: bool
    to_use_year: float
    price_factor: float


@dataclass(frozen=True)
class Line:
    """A line of the ledger and its labels; `groups` says where its cost counts in each split."""

    hub: str
    groups: tuple[tuple[str, str], ...]
    perspectives: tuple[str, ...]
    price_factor: float = 1.0
    activity: str | None = None
    kind: str = ""
    post: int = -1
    component: str = ""
    item: int = -1
    service: int = -1


@dataclass(frozen=True)
class Structure:
    """Everything but the numbers of a draw; without a calendar a year is taken as a whole."""

    hubs: tuple[str, ...]
    pools: tuple[str, ...]
    posts: tuple[Post, ...]
    activities: tuple[Activity, ...]
    items: tuple[Item, ...]
    services: tuple[Service, ...]
    staff_lines: tuple[Line, ...]
    item_lines: tuple[Line, ...]
    service_lines: tuple[Line, ...]
    ni_periods: tuple[tuple[float, float, float], ...]
    pension_employer_rate: float
    pension_central_rate: float
    component_factor: Mapping[str, float]
    discount_rate: float
    calibrated: bool
    calendar: Calendar | None = None
    defaults: Mapping[str, float] = field(default_factory=dict)
