"""The typed arrays that pass through the model, and the fixed vocabularies that index them.

Every array has the draw axis first; an axis of length one in its place means "the same in every draw".
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import IntEnum
from functools import cached_property
from typing import NewType

import numpy as np
from numpy.typing import NDArray

from costmodel.model.time_inputs import TimeInputs
from costmodel.units import MONTHS_PER_YEAR

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

# Three hourly rates that answer different questions; the type checker keeps them apart.
CostPerPaidHour = NewType("CostPerPaidHour", FloatArray)
CostPerWorkingHour = NewType("CostPerWorkingHour", FloatArray)
CostPerContactHour = NewType("CostPerContactHour", FloatArray)


class Component(IntEnum):
    """What a post costs in a year, part by part."""

    SALARY = 0
    EMPLOYER_NI = 1
    EMPLOYER_PENSION = 2
    CENTRAL_PENSION = 3
    APPRENTICESHIP_LEVY = 4
    AGENCY_INVOICES = 5
    SICKNESS_BACKFILL = 6
    OVERHEADS_MANAGEMENT = 7
    OVERHEADS_NON_STAFF = 8
    CAPITAL_OVERHEADS = 9
    QUALIFICATIONS = 10


STAFF_COST_COMPONENTS = (
    Component.SALARY,
    Component.EMPLOYER_NI,
    Component.EMPLOYER_PENSION,
    Component.CENTRAL_PENSION,
    Component.APPRENTICESHIP_LEVY,
    Component.AGENCY_INVOICES,
    Component.SICKNESS_BACKFILL,
)


class TimeKind(IntEnum):
    """What staff time is spent on within an activity."""

    DIRECT = 0
    INDIRECT = 1
    NOT_ATTENDED = 2
    UNUSED = 3


class Stage(IntEnum):
    """The kind of work an activity is."""

    OUTREACH = 0
    SCREENING = 1
    TRIAGE = 2
    ASSESSMENT = 3
    NAVIGATION = 4
    BRIEF_SUPPORT = 5
    THERAPY = 6
    TEAM_SESSIONS = 7
    SUPERVISION = 8
    ADMINISTRATION = 9


INDIVIDUAL_STAGES = (
    Stage.SCREENING,
    Stage.TRIAGE,
    Stage.ASSESSMENT,
    Stage.NAVIGATION,
    Stage.BRIEF_SUPPORT,
    Stage.THERAPY,
)


class Volume(IntEnum):
    """People, sessions and other counts of a year that drive activities and divide costs."""

    ELIGIBLE_WORKFORCE = 0
    CONTACTED = 1
    REGISTERED = 2
    SCREENED = 3
    TRIAGED = 4
    ASSESSED = 5
    SIGNPOSTED = 6
    NAVIGATED = 7
    BRIEF_SUPPORT = 8
    BRIEF_SESSIONS = 9
    THERAPY_DEMAND = 10
    EXTERNAL_THERAPY = 11
    THERAPY_STARTS = 12
    ATTENDED_SESSIONS = 13
    COMPLETIONS = 14
    DROPOUTS = 15
    NO_FURTHER_SUPPORT = 16
    TEAM_ATTENDANCES = 17
    STAFF_WTE = 18
    HUB = 19


class Payer(IntEnum):
    """Whose budget a line falls on."""

    HUB_HOST = 0
    ICB = 1
    NHSE_CENTRAL = 2
    OTHER_NHS = 3
    LOCAL_AUTHORITY = 4
    EMPLOYER = 5
    CLIENT = 6


class CostType(IntEnum):
    """Accounting type of a line."""

    PAY = 0
    NONPAY = 1
    CAPITAL = 2
    OVERHEAD = 3
    TRANSFER = 4


CASH_RELEASING = (CostType.PAY, CostType.NONPAY)
"""A budget holder stops paying these when a Hub does less; buildings and overheads go on."""


class Behaviour(IntEnum):
    """How a line answers to volume."""

    FIXED = 0
    STEP = 1
    VARIABLE = 2


class Perspective(IntEnum):
    """Whose costs are counted."""

    NHS_PSS = 0
    HUB_HOST = 1
    NHS_EMPLOYER = 2
    SOCIETAL = 3


@dataclass(frozen=True)
class StaffInputs:
    """Posts: what they are paid, how much they work, and for which Hub.

    Attributes
    ----------
    salary, enhancements
        Full-time pay and additions to it. Shape (draw, post). [GBP/(WTE*year)]
    wte
        Whole-time equivalents of the post, all its people together. Shape (draw, post). [WTE]
    headcount
        People who share the post's WTE equally. Shape (post,). [people]
    contract_group
        Contracts with the same number, from 0, are one person with one employer. Shape (post,).
    vacancy_share
        Share of the post unfilled: neither paid nor working. Shape (draw, post). [share]
    in_post_after
        Until the first day in post, neither paid nor working before it; 0 in post today.
        Shape (draw, post). [months]
    pension_member_share
        Share of pay on which pension is paid. Shape (draw, post). [share]
    agency
        Whether the post is invoiced by an agency or bank. Shape (post,).
    invoice_per_hour
        Gross invoice including value added tax, 0 for employed staff. Shape (draw, post). [GBP/hour]
    working_hours, sickness_hours
        Hours worked, and hours of sickness backfilled (0 where sickness reduces hours).
        Shape (draw, post). [hours/(WTE*year)]
    period_weight, ni_rate, ni_threshold, pension_employer_rate, pension_central_rate
        Statutory periods of the price year and the share of the year each covers. Shape (period,).
    apprenticeship_levy_rate
        Levy on pay, 0 where switched off. [share]
    overheads_management_rate, overheads_non_staff_rate
        On full staff cost; 0 where overheads are pools. Shape (draw, post). [share]
    capital_overheads, qualifications
        Shape (draw, post). [GBP/(WTE*year)]
    hub_share
        Shape (draw, post, hub). [share]
    pool
        The staff pool each post belongs to. Shape (post,).
    step_wte
        Size of one new post when capacity is added. [WTE]
    index_factor
        From the staff price year to the results', by component. Shape (component,).
    """

    salary: FloatArray
    enhancements: FloatArray
    wte: FloatArray
    headcount: FloatArray
    contract_group: IntArray
    vacancy_share: FloatArray
    in_post_after: FloatArray
    pension_member_share: FloatArray
    agency: BoolArray
    invoice_per_hour: FloatArray
    working_hours: FloatArray
    sickness_hours: FloatArray
    period_weight: FloatArray
    ni_rate: FloatArray
    ni_threshold: FloatArray
    pension_employer_rate: FloatArray
    pension_central_rate: FloatArray
    apprenticeship_levy_rate: float
    overheads_management_rate: FloatArray
    overheads_non_staff_rate: FloatArray
    capital_overheads: FloatArray
    qualifications: FloatArray
    hub_share: FloatArray
    pool: IntArray
    n_pools: int
    step_wte: float
    index_factor: FloatArray

    @property
    def filled_share(self) -> FloatArray:
        """Return the share of a year's pay and hours: in post already, and not vacant. Shape (draw, post)."""
        in_post = np.clip(MONTHS_PER_YEAR - self.in_post_after, 0.0, MONTHS_PER_YEAR) / MONTHS_PER_YEAR
        return np.asarray((1.0 - self.vacancy_share) * in_post)

    @cached_property
    def assignments(self) -> tuple[IntArray, IntArray]:
        """Return the pairs of post and Hub that share any time: far fewer than posts times Hubs."""
        post, hub = np.nonzero(self.hub_share.any(axis=0))
        return post, hub


@dataclass(frozen=True)
class PathwayInputs:
    """The year's cohort, Hub by Hub. Every array has shape (draw, hub).

    Attributes
    ----------
    eligible_workforce
        Keyworkers in scope. [people]
    outreach_contacts, targeted_outreach_contacts
        People contacted by usual outreach, and by outreach aimed at a group. [people/year]
    registrations
        People who register with usual outreach. [people/year]
    registered_share_of_targeted
        Share of those contacted by targeted outreach who register. [share]
    screened_share, triaged_share, assessed_share
        Of registered, of screened, of triaged. [share]
    therapy_share
        Of triaged, those who need formal therapy. [share]
    signposted_share, navigated_share, brief_share
        Of triaged who need no formal therapy; the rest need no further support. [share]
    hub_share_of_therapy
        Of those who need therapy, those whom the Hub itself should treat. [share]
    dropout_share
        Of therapy starts. [share]
    sessions_per_completion, sessions_per_dropout, brief_sessions_per_client
        Attended sessions. [sessions/client]
    team_attendances
        Attendances at team sessions, which are for all keyworkers and not for clients. [contacts/year]
    """

    eligible_workforce: FloatArray
    outreach_contacts: FloatArray
    targeted_outreach_contacts: FloatArray
    registrations: FloatArray
    registered_share_of_targeted: FloatArray
    screened_share: FloatArray
    triaged_share: FloatArray
    assessed_share: FloatArray
    therapy_share: FloatArray
    signposted_share: FloatArray
    navigated_share: FloatArray
    brief_share: FloatArray
    hub_share_of_therapy: FloatArray
    dropout_share: FloatArray
    sessions_per_completion: FloatArray
    sessions_per_dropout: FloatArray
    brief_sessions_per_client: FloatArray
    team_attendances: FloatArray


@dataclass(frozen=True)
class ActivityInputs:
    """Activities in the order in which they are served.

    Attributes
    ----------
    driver
        The volume that each activity follows. Shape (activity,). Members of `Volume`.
    stage
        The kind of work. Shape (activity,). Members of `Stage`.
    minutes
        Staff time per session or unit. Shape (draw, hub, activity, pool). [minutes]
    direct_only
        True where minutes leave out indirect time. Shape (activity,).
    indirect_ratio
        Indirect hours for each direct hour. Shape (draw, pool). [ratio]
    dna_rate, dna_slot_share
        Share of bookings not attended, and the share of such a slot that is lost.
        Shape (draw, activity). [share]
    group_size
        Clients who share a session. Shape (draw, activity). [people/session]
    """

    driver: IntArray
    stage: IntArray
    minutes: FloatArray
    direct_only: BoolArray
    indirect_ratio: FloatArray
    dna_rate: FloatArray
    dna_slot_share: FloatArray
    group_size: FloatArray


@dataclass(frozen=True)
class ItemInputs:
    """Non-pay lines, capital lines and overhead pools, one axis of items.

    Attributes
    ----------
    amount
        Cost a year (fixed), cost of one step (step) or cost of one unit (variable), in the item's own
        price year. Shape (draw, item). [GBP/year] or [GBP]
    share
        Share of the amount that falls on this line; an overhead pool has a line an activity.
        Shape (item,). [share]
    behaviour, cost_type, payer, hub, driver, activity
        Codes of `Behaviour`, `CostType`, `Payer`, the Hub, `Volume`, and the activity (or -1). Shape (item,).
    step_capacity
        Units of the driver that one step serves. Shape (draw, item). [people] or [sessions]
    index_factor
        From the item's price year to the results'. Shape (item,).
    """

    amount: FloatArray
    share: FloatArray
    behaviour: IntArray
    cost_type: IntArray
    payer: IntArray
    hub: IntArray
    driver: IntArray
    activity: IntArray
    step_capacity: FloatArray
    index_factor: FloatArray


@dataclass(frozen=True)
class ServiceUseInputs:
    """Clients' use of services other than the Hub, over the observed window.

    Attributes
    ----------
    contacts
        Mean contacts of a client. Shape (draw, service). [contacts/client]
    unit_cost
        In the assumed price year of the published mean. Shape (draw, service). [GBP/contact]
    published_mean
        Published mean cost of a client, Hub contacts excluded. Shape (draw, 1). [GBP/client]
    calibrated
        Whether contacts are scaled so that the total equals the published mean.
    index_factor
        From the assumed price year to the results'. Shape (service,).
    is_hub, is_mental_health, payer
        Shape (service,).
    """

    contacts: FloatArray
    unit_cost: FloatArray
    published_mean: FloatArray
    calibrated: bool
    index_factor: FloatArray
    is_hub: BoolArray
    is_mental_health: BoolArray
    payer: IntArray


@dataclass(frozen=True)
class LedgerPlan:
    """Which lines the ledger has: one code per label and line. Every array has shape (line,).

    The lines come in three blocks in this order: staff time, items, service use. `post`, `item` and
    `service` are -1 outside their own block; `activity` is -1 where no activity causes the line.
    """

    hub: IntArray
    activity: IntArray
    stage: IntArray
    time_kind: IntArray
    post: IntArray
    component: IntArray
    item: IntArray
    service: IntArray
    cost_type: IntArray
    behaviour: IntArray
    payer: IntArray
    in_perspective: BoolArray  # (line, perspective)
    n_hubs: int
    n_activities: int

    @property
    def cash_releasing(self) -> BoolArray:
        """Return whether doing without the line frees money: pay and non-pay of the Hub. Shape (line,)."""
        return np.isin(self.cost_type, CASH_RELEASING) & (self.service < 0)

    @cached_property
    def condensed(self) -> tuple[LedgerPlan, IntArray]:
        """Return the plan with one line for all lines that no split tells apart, and each line's place in it.

        Lines that differ only in post, item or service become one, which leaves several times fewer to add
        up. Those numbers are the first line's; whether they are -1 still tells the kind of line.
        """
        by_line = {field.name: getattr(self, field.name) for field in fields(self)}
        by_line = {name: codes for name, codes in by_line.items() if isinstance(codes, np.ndarray)}
        told_apart = {**by_line, **{name: by_line[name] >= 0 for name in ("post", "item", "service")}}
        labels = np.column_stack(list(told_apart.values()))
        _, first, place = np.unique(labels, axis=0, return_index=True, return_inverse=True)
        return replace(self, **{name: codes[first] for name, codes in by_line.items()}), place.reshape(-1)


@dataclass(frozen=True)
class ModelInputs:
    """Everything `evaluate` reads. Without `time`, a year is taken as a whole and nobody waits."""

    staff: StaffInputs
    pathway: PathwayInputs
    activities: ActivityInputs
    items: ItemInputs
    service_use: ServiceUseInputs
    ledger: LedgerPlan
    time: TimeInputs | None = None
