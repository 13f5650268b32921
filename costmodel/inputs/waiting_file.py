"""What `waiting.yaml` may hold: the list for therapy, how arrivals and capacity change, and their limits."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from costmodel.inputs.records import JointRecord, Record, Text
from costmodel.inputs.validation import StrictModel

MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip

_NEEDS: Final = {
    "steady": (),
    "growth": ("yearly_growth",),
    "surge": ("surge",),
    "seasonal": ("by_month",),
    "series": ("file",),
}


GREEDY_STARTS: Final = (
    "waiting.starts is greedy: lists oscillate, as starts commit later sessions; for diagnosis only"
)
"""Warning of every run with such starts."""


def in_calendar_order(names: Iterable[str]) -> list[str]:
    """Return months in the order of the year, or numbered months by number, however a file lists them.

    Examples
    --------
    >>> in_calendar_order(["march", "january"]), in_calendar_order(["month_10", "month_2"])
    (['january', 'march'], ['month_2', 'month_10'])
    """
    listed = list(names)
    if all(name in MONTHS for name in listed):
        return sorted(listed, key=MONTHS.index)
    if all(re.fullmatch(r"month_\d+", name) for name in listed):
        return sorted(listed, key=lambda name: int(name.removeprefix("month_")))
    return listed


class Surge(StrictModel):
    """A jump of arrivals that fades: 1 + height x 1/2 ^ (months since / half-life)."""

    height: Record
    begins_in_month: Record
    half_life: Record


class Arrivals(StrictModel):
    """How arrivals change over time, around the registrations of each Hub's pathway."""

    pattern: Literal["steady", "growth", "surge", "seasonal", "series"]
    yearly_growth: Record | None = None
    surge: Surge | None = None
    by_month: JointRecord | None = None
    file: Text | None = None

    @model_validator(mode="after")
    def _what_the_pattern_needs(self) -> Arrivals:
        needed = _NEEDS[self.pattern]
        given = [name for names in _NEEDS.values() for name in names if getattr(self, name) is not None]
        if given != list(needed):
            wants = f"needs {needed[0]}, and only that" if needed else "needs nothing further"
            raise ValueError(f"pattern {self.pattern} {wants}; got {', '.join(given) or 'nothing'}")
        return self


class Supervision(StrictModel):
    """A staff pool that supervises therapy, and how many clients in therapy one of it can answer for."""

    pool: Text
    clients_per_wte: Record


class HubList(StrictModel):
    """Who waits for one Hub today, and its caseload."""

    opening_list: Record
    opening_list_by_age: JointRecord | None = None
    opening_caseload: Record | None = None
    room_sessions: Record | None = None
    awaiting_screening: Record | None = None
    awaiting_triage: Record | None = None
    awaiting_assessment: Record | None = None


class WaitingFile(StrictModel):
    """Who waits, and how lists and capacity change through time. File `waiting.yaml`, which may be missing.

    Shares by month of treatment and by months in post are named month_1, month_2, ...; opening lists by age
    month_0 (waited less than a month), month_1, ... `starts` says whether capacity lets as many start as it
    can carry for ever (smoothed), or fills every free session at once (greedy: it oscillates, for diagnosis).
    """

    attrition: Record
    retention: JointRecord
    arrivals: Arrivals
    leave_by_month: JointRecord
    turnover: Record
    recruitment_lag: Record
    new_starter_output: JointRecord
    hubs: Annotated[dict[str, HubList], Field(min_length=1)]
    priority_classes: JointRecord | None = None
    caseload_per_wte: Record | None = None
    supervision: Supervision | None = None
    most_extra_wte: Record | None = None
    awaiting_attrition: Record | None = None
    starts: Literal["smoothed", "greedy"] = "smoothed"
