"""What the model's codes are called in results and reports, and in which units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from costmodel.model.outcomes import BridgeStep, Per
from costmodel.model.types import Component, CostType, Payer, Volume

PER_LABELS: Final[Mapping[Per, tuple[str, str, str]]] = {
    Per.CONTACTED: ("contacted", "person contacted by outreach", "GBP/person"),
    Per.REGISTERED: ("registered", "registered client", "GBP/client"),
    Per.SCREENED: ("screened", "screened client", "GBP/client"),
    Per.TRIAGED: ("triaged", "triaged client", "GBP/client"),
    Per.ASSESSED: ("assessed", "assessed client", "GBP/client"),
    Per.SUPPORTED: ("supported", "client supported to help or helped", "GBP/client"),
    Per.THERAPY_START: ("therapy_start", "therapy start", "GBP/client"),
    Per.COMPLETION: ("completion", "completed therapy", "GBP/client"),
    Per.ATTENDED_SESSION: ("attended_session", "attended therapy session", "GBP/session"),
    Per.TEAM_ATTENDANCE: ("team_attendance", "team-session attendance", "GBP/contact"),
    Per.KEYWORKERS_1000: ("1000_keyworkers", "1,000 keyworkers in scope", "GBP/year"),
    Per.HUB_CONTACT: ("hub_contact", "contact with an individual client", "GBP/contact"),
}
BRIDGE_LABELS: Final[Mapping[BridgeStep, str]] = {
    BridgeStep.CLIENT_CONTACT: "Direct contact with individual clients",
    BridgeStep.INDIRECT_TIME: "Indirect time that those contacts bring",
    BridgeStep.NOT_ATTENDED: "Sessions booked but not attended",
    BridgeStep.TEAM_AND_OUTREACH: "Team sessions and outreach",
    BridgeStep.SUPERVISION: "Supervision",
    BridgeStep.ADMINISTRATION: "Administration and service management",
    BridgeStep.UNUSED_OR_UNRECORDED: "Unused or unrecorded hours",
    BridgeStep.OVERHEADS: "Overheads",
    BridgeStep.CAPITAL: "Capital",
    BridgeStep.NON_PAY: "Non-pay",
    BridgeStep.QUALIFICATIONS: "Qualifications",
}
COMPONENT_LABELS: Final[Mapping[Component, str]] = {
    Component.SALARY: "Salaries",
    Component.EMPLOYER_NI: "Employer National Insurance",
    Component.EMPLOYER_PENSION: "Pension paid by the employer",
    Component.CENTRAL_PENSION: "Pension paid centrally",
    Component.APPRENTICESHIP_LEVY: "Apprenticeship levy",
    Component.AGENCY_INVOICES: "Agency and bank invoices",
    Component.SICKNESS_BACKFILL: "Sickness backfill",
    Component.OVERHEADS_MANAGEMENT: "Management, administration and estates overheads",
    Component.OVERHEADS_NON_STAFF: "Non-staff overheads",
    Component.CAPITAL_OVERHEADS: "Capital overheads",
    Component.QUALIFICATIONS: "Qualifications",
}
ITEM_LABELS: Final[Mapping[CostType, str]] = {
    CostType.NONPAY: "Non-pay lines",
    CostType.CAPITAL: "Capital lines",
    CostType.OVERHEAD: "Overhead pools",
}
PAYER_LABELS: Final[Mapping[Payer, str]] = {
    Payer.HUB_HOST: "the Hub's host",
    Payer.ICB: "integrated care boards",
    Payer.NHSE_CENTRAL: "NHS England, centrally",
    Payer.OTHER_NHS: "other NHS bodies",
    Payer.LOCAL_AUTHORITY: "local authorities",
    Payer.EMPLOYER: "employers",
    Payer.CLIENT: "clients",
}
VOLUME_LABELS: Final[Mapping[Volume, tuple[str, str]]] = {
    Volume.ELIGIBLE_WORKFORCE: ("Keyworkers in scope", "people"),
    Volume.CONTACTED: ("People contacted by outreach", "people/year"),
    Volume.REGISTERED: ("Clients registered", "people/year"),
    Volume.SCREENED: ("Clients screened", "people/year"),
    Volume.TRIAGED: ("Clients triaged", "people/year"),
    Volume.ASSESSED: ("Clients assessed", "people/year"),
    Volume.SIGNPOSTED: ("Clients signposted", "people/year"),
    Volume.NAVIGATED: ("Clients navigated to other support", "people/year"),
    Volume.BRIEF_SUPPORT: ("Clients given brief support", "people/year"),
    Volume.BRIEF_SESSIONS: ("Brief-support sessions attended", "sessions/year"),
    Volume.THERAPY_DEMAND: ("Clients whom the Hub should treat", "people/year"),
    Volume.EXTERNAL_THERAPY: ("Clients helped to therapy elsewhere", "people/year"),
    Volume.THERAPY_STARTS: ("Therapy starts", "people/year"),
    Volume.ATTENDED_SESSIONS: ("Therapy sessions attended", "sessions/year"),
    Volume.COMPLETIONS: ("Therapies completed", "people/year"),
    Volume.DROPOUTS: ("Therapies ended early", "people/year"),
    Volume.NO_FURTHER_SUPPORT: ("Clients who need no further support", "people/year"),
    Volume.TEAM_ATTENDANCES: ("Team-session attendances", "contacts/year"),
    Volume.STAFF_WTE: ("Staff in post", "WTE"),
}
PERSPECTIVE_LABELS: Final[Mapping[str, str]] = {
    "nhs_pss": "NHS and personal social services",
    "hub_host": "the Hub's host",
    "nhs_employer": "the NHS as employer",
    "societal": "society",
}
