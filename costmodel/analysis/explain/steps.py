"""How a year goes by, step by step: months or weeks, arrivals, staff at work, shares a step."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Final

from costmodel.analysis.explain.leaves import ONE, Known, Leaves, shared
from costmodel.analysis.explain.tree import (
    Node,
    Operation,
    combine,
    constant,
    difference,
    left_over,
    product,
    quotient,
    total,
)
from costmodel.errors import CostmodelError
from costmodel.inputs.specification import ModelSpec
from costmodel.inputs.waiting_file import MONTHS, WaitingFile, in_calendar_order
from costmodel.units import MONTHS_PER_YEAR, STEPS

_ONE_MONTH: Final = constant("month_of_year", "One month as a part of a year", 1.0 / MONTHS_PER_YEAR, "ratio")
_NOBODY: Final = constant("nobody_leaves", "Share of those waiting who leave", 0.0, "share", "not given")
# Thirds of a month and the like must not fall into the month before.
_NEARLY: Final = 1e-9


class Steps:
    """The steps of a run's first year, and what changes from one to the next.

    Parameters
    ----------
    spec
        A run with a waiting list.
    leaves
        Its parameters.
    """

    def __init__(self, spec: ModelSpec, waiting: WaitingFile, leaves: Leaves) -> None:
        self.spec, self.waiting, self.leaves = spec, waiting, leaves
        self.step = STEPS[spec.frame.time_step]
        self.known: Known = {}
        self.in_a_year = constant(
            "steps_per_year", f"{self.step.name.capitalize()}s in a year", float(self.step.per_year), "ratio"
        )

    def __len__(self) -> int:
        return self.step.per_year

    # -- the calendar

    def month(self, step: int) -> int:
        """Return the whole months that have passed when a step begins."""
        return math.floor(step * self.step.months + _NEARLY)

    def name(self, step: int) -> str:
        """Return a step's part of a name."""
        return f"{self.step.name}_{step + 1:02d}"

    def label(self, step: int) -> str:
        """Return a step by the calendar: "April 2023", or "week 3 (April 2023)"."""
        base = self.spec.frame.base_date
        years, place = divmod(base.month - 1 + self.month(step), len(MONTHS))
        month = f"{MONTHS[place].capitalize()} {base.year + years}"
        return month if self.step.months == 1.0 else f"{self.step.name} {step + 1} ({month})"

    def _place(self, step: int) -> int:
        """Return the month of the calendar in which a step begins, from 0."""
        return (self.spec.frame.base_date.month - 1 + self.month(step)) % len(MONTHS)

    @cached_property
    def weeks(self) -> Node:
        """The length of a step in weeks."""
        label, note = f"Weeks in a {self.step.name}", "of a year of 365.25 days"
        return constant("weeks_per_step", label, self.step.weeks, "weeks", note)

    @cached_property
    def _months(self) -> Node:
        return constant("months_per_step", f"Months in a {self.step.name}", self.step.months, "months")

    # -- what parameters say of months, in steps

    def _by_month(self, name: str) -> list[Node]:
        """Return the parameters of a record by month, in order; none where it is not given."""
        prefix = f"waiting.{name}."
        months = [each.removeprefix(prefix) for each in self.spec.parameters if each.startswith(prefix)]
        return [self.leaves.parameter(f"{prefix}{month}") for month in in_calendar_order(months)]

    @shared
    def _pattern(self, name: str, place: int) -> Node:
        """Return what a pattern over the calendar year says of a month, brought to a mean of 1."""
        by_month = self._by_month(name)
        parts = [by_month[place], self._mean_of_year(name, tuple(by_month))]
        label = f"{MONTHS[place].capitalize()} against an average {self.step.name}: {_PATTERNS[name]}"
        return quotient(f"waiting.{name}.{MONTHS[place]}.against_mean", label, "ratio", parts)

    @shared
    def _mean_of_year(self, name: str, by_month: tuple[Node, ...]) -> Node:
        parts = []
        for place, node in enumerate(by_month):
            times = self._begin_in(place)
            weighted = f"waiting.{name}.{MONTHS[place]}.all"
            once = times.value == 1.0
            parts.append(node if once else product(weighted, node.label, "ratio", [node, times]))
        whole = total(f"waiting.{name}.sum", "All steps of a year", "ratio", parts)
        label = f"Average {self.step.name}: {_PATTERNS[name]}"
        return quotient(f"waiting.{name}.mean", label, "ratio", [whole, self.in_a_year])

    @shared
    def _begin_in(self, place: int) -> Node:
        """Return how many steps of a year begin in a month of the calendar."""
        times = sum(self._place(step) == place for step in range(len(self)))
        name, label = f"steps_of.{MONTHS[place]}", f"Steps that begin in {MONTHS[place].capitalize()}"
        return constant(name, label, float(times), "ratio")

    def _over_steps(self, by_month: Sequence[Node], name: str, label: str, *, share: bool) -> list[Node]:
        """Return what is given by month as means of the steps, or, as shares, what falls in each."""
        if self.step.months == 1.0:
            return list(by_month)
        length = self.step.months
        found = []
        for step in range(self.step.steps(len(by_month))):
            begin, end = step * length, (step + 1) * length
            parts = []
            for month, node in enumerate(by_month):
                overlap = min(end, month + 1.0) - max(begin, float(month))
                if overlap > _NEARLY:
                    weight = overlap if share else overlap / length
                    at = f"{name}.{self.name(step)}.{month}"
                    within = constant(f"{at}.weight", f"Part in month {month + 1}", weight, "ratio")
                    parts.append(product(at, f"{node.label}: its part", node.unit, [node, within]))
            one = total(f"{name}.{self.name(step)}", f"{label}, {self.step.name} {step + 1}", "share", parts)
            found.append(one)
        return found

    @cached_property
    def still_in_treatment(self) -> tuple[Node, ...]:
        """The share of starters still in treatment, by step of it."""
        by_month = self._by_month("retention")
        _, *later = self._over_steps(by_month, "waiting.retention", "Share still in treatment", share=False)
        return (ONE, *later)

    @cached_property
    def course(self) -> Node:
        """How many steps a starter is in treatment."""
        label = f"{self.step.name.capitalize()}s in treatment"
        return total("waiting.course", label, "ratio", self.still_in_treatment)

    @cached_property
    def ended(self) -> tuple[Node, ...]:
        """The share of starters who have ended treatment, by step of it."""
        found = []
        for number, still in enumerate(self.still_in_treatment[1:], start=1):
            label = f"Share who have ended therapy after {self.step.name} {number} of it"
            found.append(difference(f"ended.{number}", label, "share", [ONE, still]))
        return (*found, ONE)

    def opening_shares(self, hub: str) -> list[Node]:
        """Return the shares of the list today by steps waited; none where they are not known."""
        name = f"hubs.{hub}.opening_list_by_age"
        return self._over_steps(
            self._by_month(name), f"waiting.{name}", "Share of the list today", share=True
        )

    # -- those who leave

    @shared
    def leaving(self, name: str) -> Node:
        """Return the share of those waiting who leave in a step: of `attrition` or `awaiting_attrition`."""
        given = self.leaves.given(f"waiting.{name}")
        if not given:
            return _NOBODY
        if self.step.months == 1.0:
            return given[0]
        stay = difference(f"waiting.{name}.staying_a_month", "Share who stay a month", "share", [ONE, *given])
        stay = combine(
            Operation.POWER,
            f"waiting.{name}.staying",
            f"Share who stay a {self.step.name}",
            "share",
            [stay, self._months],
        )
        label = f"Share of those waiting who leave in a {self.step.name}"
        return difference(f"waiting.{name}.a_step", label, "share", [ONE, stay])

    @shared
    def staying(self, name: str) -> Node:
        """Return the share of those waiting who stay for another step."""
        label = f"Share of those waiting who stay another {self.step.name}"
        return difference(f"waiting.{name}.stay", label, "share", [ONE, self.leaving(name)])

    # -- arrivals

    @shared
    def arrivals(self, hub: str, step: int, registered: Node) -> Node:
        """Return who registers in a step, from the registrations of a year."""
        name, label = f"arrivals.{hub}.{self.name(step)}", f"Clients who register, {self.label(step)}"
        if self.waiting.arrivals.pattern == "series":
            return self._of_series(hub, step, name, label)
        average = self._average(hub, registered)
        factor = self._factor(step)
        return average if factor is None else product(name, label, "people", [average, factor])

    @shared
    def _average(self, hub: str, registered: Node) -> Node:
        name, label = f"arrivals.{hub}", f"Clients who register in an average {self.step.name}"
        return quotient(name, label, "people", [registered, self.in_a_year])

    def _of_series(self, hub: str, step: int, name: str, label: str) -> Node:
        series, month = self.spec.referrals[hub], self.month(step)
        if month >= len(series):
            raise CostmodelError(f"the series of registrations ends before {self.label(step)}")
        within = sum(self.month(each) == month for each in range(2 * len(self)))
        note = f"waiting.yaml, {self.waiting.arrivals.file}"
        return constant(name, label, series[month] / within, "people", note)

    def _factor(self, step: int) -> Node | None:
        """Return registrations against an average step, or None where they are always the same."""
        pattern = self.waiting.arrivals.pattern
        if pattern == "seasonal":
            return self._pattern("arrivals.by_month", self._place(step))
        if pattern in ("growth", "surge"):
            return self._growth(step) if pattern == "growth" else self._surge(step)
        return None

    @cached_property
    def _growth_a_year(self) -> Node:
        parts = [ONE, self.leaves.parameter("waiting.arrivals.yearly_growth")]
        label = "A year's registrations over those of the year before"
        return total("waiting.arrivals.growth", label, "ratio", parts)

    @shared
    def _growth(self, step: int) -> Node:
        years = step * self.step.months / MONTHS_PER_YEAR
        since = constant(f"years_since.{self.name(step)}", "Years that have passed", years, "years")
        name, label = f"growth.{self.name(step)}", f"Growth by {self.label(step)}"
        return combine(Operation.POWER, name, label, "ratio", [self._growth_a_year, since])

    @shared
    def _surge(self, step: int) -> Node:
        name = f"surge.{self.name(step)}"
        month = constant(f"{name}.month", "Month in which it begins", 1.0 + step * self.step.months, "months")
        fields = ("height", "begins_in_month", "half_life")
        parts = [self.leaves.parameter(f"waiting.arrivals.surge.{field}") for field in fields]
        label = f"Registrations against usual, {self.label(step)}"
        return combine(Operation.SURGE, name, label, "ratio", [month, *parts])

    # -- staff at work

    @property
    def average_leave(self) -> str:
        """The leave that an expected wait supposes, in words."""
        return f"an average {self.step.name}'s leave"

    @shared
    def at_work(self, step: int) -> Node:
        """Return the work done in a step against an average step of experienced staff."""
        parts = [self.productive(), self.leave(step)]
        label = f"Work against an average {self.step.name} of experienced staff, {self.label(step)}"
        return product(f"at_work.{self.name(step)}", label, "ratio", parts)

    def leave(self, step: int) -> Node:
        """Return the hours at work of a step against those at an average step's leave."""
        return self._pattern("leave_by_month", self._place(step))

    @shared
    def _begins(self, step: int) -> Node:
        name, label = f"months_before.{self.name(step)}", "Months that have passed when it begins"
        return constant(name, label, step * self.step.months, "months")

    @shared
    def joiner(self, lag: Node, step: int) -> Node:
        """Return the work of a step of a post that is filled after some months."""
        parts = [self._begins(step), self._months, lag, *self._by_month("new_starter_output")]
        name, label = f"{lag.name}.work.{self.name(step)}", f"Work of a new starter, {self.label(step)}"
        return combine(Operation.JOINER, name, label, "share", parts)

    @shared
    def in_post(self, lag: Node, step: int) -> Node:
        """Return the part of a step in which a post that is filled after some months is in post."""
        parts = [self._begins(step), self._months, lag, ONE]
        name, label = f"{lag.name}.in_post.{self.name(step)}", f"Part in post, {self.label(step)}"
        return combine(Operation.JOINER, name, label, "share", parts)

    @shared
    def productive(self) -> Node:
        """Return the share of work that is done although some in post are always new."""
        turnover = self.leaves.parameter("waiting.turnover")
        stay = difference("turnover.staying", "Share of staff who stay a year", "share", [ONE, turnover])
        monthly = combine(
            Operation.POWER, "turnover.staying_a_month", "Who stay a month", "share", [stay, _ONE_MONTH]
        )
        leave = difference("turnover.a_month", "Share of staff replaced in a month", "share", [ONE, monthly])
        output = self._by_month("new_starter_output")
        missing = [
            difference(f"{node.name}.missing", f"Not yet done: {node.label}", "share", [ONE, node])
            for node in output
        ]
        months = total("new_starter.missing", "Months of work that a new starter misses", "months", missing)
        lost = product("turnover.lost", "Share of work lost by new starters", "share", [leave, months])
        label = "Share of work that is done although some are new"
        return left_over("turnover.productive", label, "share", [ONE, lost])


_PATTERNS: Final = {"leave_by_month": "hours at work", "arrivals.by_month": "registrations"}
