"""The stages of a Hub besides therapy in one draw, a step at a time, and what comes into each step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.plain_calendar import Calendar
from benchmarks.plain_clients import BRIEF_VOLUMES, NEVER_SHORTENED
from benchmarks.plain_parts import Activity
from benchmarks.plain_staff import Joiner, Row, divided

Hours = dict[str, float]
"""Hours by pool."""


class Stages:
    """The stages besides therapy. Whoever is not served waits for the next step."""

    def __init__(
        self, shares: Mapping[str, tuple[str, float]], waiting: dict[str, float], leaving: float
    ) -> None:
        self.shares, self.waiting, self.leaving = shares, waiting, leaving
        self.reached: dict[str, float] = {}
        self.served_share: dict[str, float] = {}

    def begin(self, fresh: Mapping[str, float]) -> None:
        """Let some of those who wait leave, and new people and other work come."""
        self.waiting = {stage: people * (1.0 - self.leaving) for stage, people in self.waiting.items()}
        self.reached, self.served_share = dict(fresh), {}

    def asked(self, volume: str) -> float:
        """Return who could be served in this step: those who waited and those whom the stage before sends."""
        if volume not in self.shares:
            return self.reached[volume]
        before, share = self.shares[volume]
        return self.waiting.get(volume, 0.0) + self.passed(before) * share

    def passed(self, volume: str) -> float:
        """Return who is served in this step."""
        return self.asked(volume) * self.served_share.get(volume, 1.0)

    def serve(self, driver: str, share: float) -> float:
        """Serve a share of those who ask for an activity, and return its units."""
        units = self.passed(driver) * share
        if driver not in NEVER_SHORTENED:
            stage = stage_of(driver)
            self.served_share[stage] = self.served_share.get(stage, 1.0) * share
        return units

    def end(self) -> None:
        """Let those who could not be served wait."""
        self.waiting = {stage: self.asked(stage) - self.passed(stage) for stage in self.waiting}


def stage_of(volume: str) -> str:
    return "brief_support" if volume in BRIEF_VOLUMES else volume


def pathway_shares(row: Row, hub: str) -> dict[str, tuple[str, float]]:
    """Return where people of each volume come from, and what share of those people they are."""
    prefix = f"hub_{hub}.pathway"
    therapy = row[f"{prefix}.therapy_share"]
    own_therapy = therapy * row[f"{prefix}.hub_share_of_therapy"]
    elsewhere, other = therapy - own_therapy, 1.0 - therapy
    support = {
        name: row[f"{prefix}.other_support.{name}"] for name in ("signposted", "navigated", "brief_support")
    }
    return {
        "screened": ("registered", row[f"{prefix}.screened_share"]),
        "triaged": ("screened", row[f"{prefix}.triaged_share"]),
        "assessed": ("triaged", row[f"{prefix}.assessed_share"]),
        "signposted": ("triaged", other * support["signposted"]),
        "navigated": ("triaged", other * support["navigated"] + elsewhere),
        "brief_support": ("triaged", other * support["brief_support"]),
        "brief_sessions": ("brief_support", row[f"{prefix}.brief_sessions_per_client"]),
        "therapy_demand": ("triaged", own_therapy),
        "external_therapy": ("triaged", elsewhere),
        "no_further_support": ("triaged", other * (1.0 - sum(support.values()))),
    }


def sessions_of_start(row: Row, hub: str) -> float:
    """Return the attended sessions of a mean course."""
    prefix = f"hub_{hub}.pathway"
    dropout = row[f"{prefix}.dropout_share"]
    to_completion = (1.0 - dropout) * row[f"{prefix}.sessions_per_completion"]
    return to_completion + dropout * row[f"{prefix}.sessions_per_dropout"]


def attended_of_booked(activities: Sequence[Activity], row: Row) -> float:
    """Return attended sessions for a booked slot of therapy, those of a group shared."""
    for activity in activities:
        if activity.driver == "attended_sessions":
            prefix = f"activities.{activity.name}"
            attended = 1.0 - row[f"{prefix}.dna_rate"]
            lost = row[f"{prefix}.dna_slot_share"] * row[f"{prefix}.dna_rate"]
            return row[f"{prefix}.group_size"] * divided(attended, attended + lost)
    return 1.0


def arrivals(calendar: Calendar, row: Row, hub: str, registered_a_year: float) -> list[float]:
    """Return registrations of each step."""
    average = registered_a_year / calendar.steps_a_year
    if calendar.pattern == "series":
        return list(calendar.series[hub])
    if calendar.pattern == "growth":
        growth = 1.0 + row["waiting.arrivals.yearly_growth"]
        return [average * growth ** (month / 12.0) for month in calendar.months]
    if calendar.pattern == "surge":
        return [average * surge(row, month) for month in calendar.months]
    return [average * season for season in calendar.seasons]


def surge(row: Row, month: float) -> float:
    """Return arrivals against those before a surge that fades."""
    prefix = "waiting.arrivals.surge"
    since = month + 1.0 - row[f"{prefix}.begins_in_month"]
    if since < 0.0:
        return 1.0
    return 1.0 + row[f"{prefix}.height"] * 0.5 ** (since / row[f"{prefix}.half_life"])


def hours_at_work(calendar: Calendar, row: Row, pool_hours: Hours, joiners: Sequence[Joiner]) -> list[Hours]:
    """Return the work that staff do in each step: leave by month, and new starters who cannot yet do all."""
    leaving = 1.0 - (1.0 - row["waiting.turnover"]) ** (1.0 / 12.0)
    lost = leaving * sum(1.0 - output for output in calendar.new_starter_output)
    work = max(1.0 - lost, 0.0) / calendar.steps_a_year
    steps = [{pool: hours * work * leave for pool, hours in pool_hours.items()} for leave in calendar.leave]
    for month, hours in zip(calendar.months, steps, strict=True):
        for joiner in joiners:
            share = joined(calendar, month, joiner.first_day, calendar.new_starter_output)
            hours[joiner.pool] += joiner.hours * work * share
    return steps


def joined(calendar: Calendar, month: float, first_day: float, output: Sequence[float]) -> float:
    """Return the mean output, over a step that begins after so many months, of whoever comes on a day."""
    length = 12.0 / calendar.steps_a_year
    begin, end = month - first_day, month + length - first_day
    done = output[-1] * max(end - max(begin, float(len(output))), 0.0)
    for number, share in enumerate(output):
        done += share * max(min(end, number + 1.0) - max(begin, float(number)), 0.0)
    return done / length
