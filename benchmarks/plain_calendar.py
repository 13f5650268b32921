"""What a run through time reads of `waiting.yaml` and is the same in every draw, as plain Python."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from costmodel.inputs.records import JointRecord
from costmodel.inputs.specification import ModelSpec

CALENDAR = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip
STEPS_A_YEAR = {"month": 12, "week": 52}
TARGET_WEEKS = (6.0, 18.0)
OPTIONAL = {"awaiting_attrition": 0.0, "caseload_per_wte": math.inf, "supervision.clients_per_wte": math.inf}
OPTIONAL_OF_HUB = {
    "opening_caseload": math.nan,
    "room_sessions": math.inf,
    "awaiting_screening": 0.0,
    "awaiting_triage": 0.0,
    "awaiting_assessment": 0.0,
}


@dataclass(frozen=True)
class Calendar:
    """A year in steps, with whatever does not depend on the draw.

    `months` says how many months have passed when each step begins; `leave` and `seasons` are against an
    average step; `series` holds registrations by Hub and step where they are given; ages, the retention
    profile and targets are in steps. A Hub whose opening list has no known ages is not in `opening_ages`.
    """

    steps_a_year: int
    months: Sequence[float]
    pattern: str
    leave: Sequence[float]
    seasons: Sequence[float]
    series: Mapping[str, Sequence[float]]
    new_starter_output: Sequence[float]
    retention: Sequence[float]
    class_shares: Sequence[float]
    targets: Sequence[float]
    opening_ages: Mapping[str, Sequence[float]]
    supervising_pool: str | None
    greedy: bool = False

    @property
    def weeks_a_step(self) -> float:
        return 365.25 / 7.0 / self.steps_a_year

    def for_years(self, years: int) -> Calendar:
        """Return the calendar of several years, each like the first; a series of registrations is not one."""
        start = [12.0 * year for year in range(years)]
        return replace(
            self,
            months=[begin + month for begin in start for month in self.months],
            leave=[*self.leave] * years,
            seasons=[*self.seasons] * years,
        )

    def share_of_step(self, share_of_month: float) -> float:
        """Return who leaves in a step, given who leaves in a month."""
        return 1.0 - (1.0 - share_of_month) ** (12.0 / self.steps_a_year)


def calendar_of(spec: ModelSpec) -> Calendar | None:
    """Return a year's calendar, or none where the project holds no waiting list."""
    waiting = spec.waiting
    if waiting is None:
        return None
    n = STEPS_A_YEAR[spec.frame.time_step]
    # Whole numbers, so that a week that begins with a month is in it.
    month_of = [12 * step // n for step in range(n)]
    first = spec.frame.base_date.month - 1
    by_month, classes, arrivals = waiting.arrivals.by_month, waiting.priority_classes, waiting.arrivals
    return Calendar(
        steps_a_year=n,
        months=[12.0 * step / n for step in range(n)],
        pattern=arrivals.pattern,
        leave=_against_average(_of_year(waiting.leave_by_month), first, month_of),
        seasons=[1.0] * n if by_month is None else _against_average(_of_year(by_month), first, month_of),
        series={
            hub: [series[month] / month_of.count(month) for month in month_of]
            for hub, series in spec.referrals.items()
        },
        new_starter_output=_numbered(waiting.new_starter_output),
        retention=[1.0, *_means_of_steps(_numbered(waiting.retention), n)[1:]],
        class_shares=[1.0] if classes is None else list(classes.means.values()),
        targets=[weeks / (365.25 / 7.0 / n) for weeks in TARGET_WEEKS],
        opening_ages={
            hub: [share * 12.0 / n for share in _means_of_steps(_numbered(own.opening_list_by_age), n)]
            for hub, own in waiting.hubs.items()
            if own.opening_list_by_age is not None
        },
        supervising_pool=None if waiting.supervision is None else waiting.supervision.pool,
        greedy=waiting.starts == "greedy",
    )


def defaults_of_lists(hubs: Sequence[str]) -> dict[str, float]:
    """Return what stands for what `waiting.yaml` leaves out."""
    return {
        **{f"waiting.{name}": value for name, value in OPTIONAL.items()},
        **{f"waiting.hubs.{hub}.{name}": value for hub in hubs for name, value in OPTIONAL_OF_HUB.items()},
    }


def _of_year(record: JointRecord) -> list[float]:
    return [record.means[month] for month in CALENDAR]


def _numbered(record: JointRecord) -> list[float]:
    """Return what is named month_1, month_2, ... in that order."""
    return [record.means[name] for name in sorted(record.means, key=lambda name: int(name.split("_")[1]))]


def _against_average(of_year: Sequence[float], first: int, month_of: Sequence[int]) -> list[float]:
    by_step = [of_year[(first + month) % 12] for month in month_of]
    average = sum(by_step) / len(by_step)
    return [value / average for value in by_step]


def _means_of_steps(by_month: Sequence[float], steps_a_year: int) -> list[float]:
    """Return the mean over each step of what is level within a month and 0 after the last."""
    length = 12.0 / steps_a_year
    means = []
    for step in range(-(-len(by_month) * steps_a_year // 12)):
        start, end = step * length, (step + 1) * length
        inside = [
            max(min(end, month + 1.0) - max(start, float(month)), 0.0) for month in range(len(by_month))
        ]
        means.append(sum(value * part for value, part in zip(by_month, inside, strict=True)) / length)
    return means
