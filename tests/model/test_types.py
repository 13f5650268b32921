"""The codes that files, results and the ledger agree on."""

from __future__ import annotations

from enum import IntEnum

import pytest

from costmodel.model.outcomes import Per
from costmodel.model.types import Behaviour, Component, CostType, Payer, Perspective, Stage, TimeKind, Volume


@pytest.mark.parametrize(
    ("codes", "names"),
    [
        (
            Component,
            "salary employer_ni employer_pension central_pension apprenticeship_levy agency_invoices "
            "sickness_backfill overheads_management overheads_non_staff capital_overheads qualifications",
        ),
        (TimeKind, "direct indirect not_attended unused"),
        (
            Stage,
            "outreach screening triage assessment navigation brief_support therapy team_sessions supervision "
            "administration",
        ),
        (
            Volume,
            "eligible_workforce contacted registered screened triaged assessed signposted navigated "
            "brief_support brief_sessions therapy_demand external_therapy therapy_starts attended_sessions "
            "completions dropouts no_further_support team_attendances staff_wte hub",
        ),
        (Payer, "hub_host icb nhse_central other_nhs local_authority employer client"),
        (CostType, "pay nonpay capital overhead transfer"),
        (Behaviour, "fixed step variable"),
        (Perspective, "nhs_pss hub_host nhs_employer societal"),
        (
            Per,
            "contacted registered screened triaged assessed supported therapy_start completion "
            "attended_session team_attendance keyworkers_1000 hub_contact",
        ),
    ],
)
def test_codes_count_from_zero_in_this_order(codes: type[IntEnum], names: str) -> None:
    assert [(code.name.lower(), int(code)) for code in codes] == [
        (name, number) for number, name in enumerate(names.split())
    ]
