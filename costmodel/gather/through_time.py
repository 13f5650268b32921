"""From the parameters of `waiting.yaml` to the arrays of a run through time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from costmodel.gather.axes import Axes
from costmodel.inputs.records import JointRecord
from costmodel.inputs.waiting_file import WaitingFile, in_calendar_order
from costmodel.model.arrays import stacked
from costmodel.model.front_door import QUEUES
from costmodel.model.pathway import registered_a_year
from costmodel.model.queueing import WaitingError
from costmodel.model.therapy_capacity import staff_multiplier
from costmodel.model.time_inputs import TimeInputs
from costmodel.model.types import FloatArray, PathwayInputs, Volume
from costmodel.units import MONTHS_PER_YEAR, Step

TARGET_WEEKS: Final = (6.0, 18.0)
NO_LIST: Final = "the project holds no waiting list: write who waits to waiting.yaml of the parameters"
OTHER_LIMITS: Final = ("caseload", "supervision", "rooms")
AWAITING_FIELDS: Final = {
    Volume.SCREENED: "awaiting_screening",
    Volume.TRIAGED: "awaiting_triage",
    Volume.ASSESSED: "awaiting_assessment",
}


def limit_names(layout: Axes) -> tuple[str, ...]:
    """Return the names of the limits, in the order of the limit axis: staff pools, then the others."""
    return (*layout.pools, *OTHER_LIMITS)


def time_inputs(
    layout: Axes, draws: Mapping[str, FloatArray], pathway: PathwayInputs, months: float, step: Step
) -> TimeInputs:
    """Return how a run goes through time.

    Parameters
    ----------
    layout
        Of a specification with a waiting list.
    draws
        Values of every parameter by name. Shape (draw,) each.
    pathway
        Of the same draws.
    months
        How far ahead; at least a year, since costs are of a year.
    step
        A month or a week.

    Raises
    ------
    WaitingError
        If the specification holds no list, or its series of registrations ends too soon.
    """
    waiting = layout.spec.waiting
    if waiting is None:
        raise WaitingError(NO_LIST)
    n_steps = step.steps(max(months, MONTHS_PER_YEAR))
    names = _Names(draws, layout.hubs)
    calendar = Calendar(layout.spec.frame.base_date.month, n_steps, step)
    supervision, turnover = waiting.supervision, names.one("turnover")
    output = _values(waiting.new_starter_output)
    return TimeInputs(
        steps_per_year=step.per_year,
        arrivals=_arrivals(layout, waiting, names, calendar, registered_a_year(pathway)),
        staff_multiplier=staff_multiplier(
            calendar.pattern(_values(waiting.leave_by_month)), turnover, output
        ),
        productive=staff_multiplier(np.ones(1), turnover, output),
        new_starter_output=output,
        awaiting=_awaiting(names, layout.hubs),
        awaiting_attrition=_a_step(names.for_hubs("awaiting_attrition", 0.0), step),
        attrition=_a_step(names.for_hubs("attrition"), step),
        opening_list=names.of_hubs("opening_list"),
        opening_ages=_opening_ages(waiting, layout.hubs, step),
        opening_caseload=names.of_hubs("opening_caseload", np.nan),
        retention=_profile(_values(waiting.retention), step),
        class_shares=np.ones(1) if waiting.priority_classes is None else _values(waiting.priority_classes),
        targets=np.array(TARGET_WEEKS) / step.weeks,
        caseload_per_wte=names.column("caseload_per_wte", np.inf),
        supervised_per_wte=names.column("supervision.clients_per_wte", np.inf),
        supervising_pool=0 if supervision is None else layout.pools.index(supervision.pool),
        room_sessions=names.of_hubs("room_sessions", np.inf) * step.weeks,
        greedy=waiting.starts == "greedy",
    )


def in_steps(by_month: FloatArray, step: Step) -> FloatArray:
    """Return what is given by month as means of steps, so that its sum times the length of a step is kept.

    Examples
    --------
    >>> from costmodel.units import WEEK
    >>> weekly = in_steps(np.array([1.0, 0.5]), WEEK)
    >>> weekly
    array([1.        , 1.        , 1.        , 1.        , 0.66666667,
           0.5       , 0.5       , 0.5       , 0.33333333])
    """
    ends = np.arange(step.steps(by_month.size) + 1) * step.months
    passed = np.interp(ends, np.arange(by_month.size + 1), np.concatenate([[0.0], np.cumsum(by_month)]))
    return by_month.copy() if step.months == 1.0 else np.diff(passed) / step.months


class Calendar:
    """Which month each step lies in."""

    def __init__(self, first_month: int, n_steps: int, step: Step) -> None:
        self.step, self.n_steps = step, n_steps
        self.months = np.arange(n_steps) * step.months
        """Months that have passed when a step begins."""
        self._since = np.floor(self.months + 1e-9).astype(np.int64)
        self._first = first_month - 1

    def pattern(self, by_calendar_month: FloatArray) -> FloatArray:
        """Return a pattern over the calendar year by step, with a mean of 1 over a year. Shape (step,)."""
        by_step = by_calendar_month[(self._first + self._since) % 12]
        return np.asarray(by_step / by_step[: self.step.per_year].mean())

    def spread(self, by_month: FloatArray) -> FloatArray:
        """Return what comes in each month ahead evenly over its steps. Shape (step,)."""
        everyone = np.floor(np.arange(self.step.steps(by_month.size)) * self.step.months + 1e-9)
        in_month = np.bincount(everyone.astype(np.int64))
        return np.asarray((by_month / in_month[: by_month.size])[self._since])

    @property
    def last_month(self) -> int:
        """Months that the steps reach into."""
        return int(self._since[-1]) + 1


class _Names:
    """Draws of `waiting.yaml` by name."""

    def __init__(self, draws: Mapping[str, FloatArray], hubs: tuple[str, ...]) -> None:
        self._draws, self._hubs = draws, hubs

    def one(self, name: str, default: float | None = None) -> FloatArray:
        """Return one parameter, or a default where it is not given. Shape (draw,)."""
        full_name = f"waiting.{name}"
        if default is not None and full_name not in self._draws:
            return np.full(1, default)
        return self._draws[full_name]

    def column(self, name: str, default: float | None = None) -> FloatArray:
        """Return one parameter as a column. Shape (draw, 1)."""
        return self.one(name, default)[:, None]

    def for_hubs(self, name: str, default: float | None = None) -> FloatArray:
        """Return one parameter, the same for every Hub. Shape (draw, hub)."""
        return np.repeat(self.column(name, default), len(self._hubs), axis=1)

    def of_hubs(self, name: str, default: float | None = None) -> FloatArray:
        """Return a parameter of each Hub. Shape (draw, hub)."""
        return stacked([self.one(f"hubs.{hub}.{name}", default) for hub in self._hubs])


def _values(record: JointRecord) -> FloatArray:
    means = record.means
    return np.array([means[name] for name in in_calendar_order(means)])


def _a_step(share_a_month: FloatArray, step: Step) -> FloatArray:
    """Return a share a month as a share a step."""
    return share_a_month if step.months == 1.0 else -np.expm1(np.log1p(-share_a_month) * step.months)


def _profile(by_month: FloatArray, step: Step) -> FloatArray:
    """Return shares still in treatment by step; they begin with 1 and never rise, not even by rounding."""
    by_step = in_steps(by_month, step)
    return np.minimum.accumulate(np.concatenate([[1.0], by_step[1:]]))


def _awaiting(names: _Names, hubs: tuple[str, ...]) -> FloatArray:
    none = np.zeros((1, len(hubs)))
    given = {volume: names.of_hubs(name, 0.0) for volume, name in AWAITING_FIELDS.items()}
    return stacked([given.get(volume, none) for volume in QUEUES])


def _opening_ages(waiting: WaitingFile, hubs: tuple[str, ...], step: Step) -> FloatArray:
    """Return shares of the opening list by steps waited, 0 where not known. Shape (1, hub, age)."""
    given = [waiting.hubs[hub].opening_list_by_age for hub in hubs]
    by_hub = [np.zeros(1) if each is None else in_steps(_values(each), step) * step.months for each in given]
    ages = np.zeros((1, len(hubs), max(shares.size for shares in by_hub)))
    for number, shares in enumerate(by_hub):
        ages[0, number, : shares.size] = shares
    return ages


def _arrivals(
    layout: Axes, waiting: WaitingFile, names: _Names, calendar: Calendar, registered: FloatArray
) -> FloatArray:
    """Return registrations of each step. Shape (draw, hub, step)."""
    if waiting.arrivals.pattern == "series":
        by_hub = [_series(layout.spec.referrals[hub], calendar) for hub in layout.hubs]
        return np.array(by_hub)[None]
    pattern = _pattern(waiting, names, calendar)
    return np.asarray(registered[..., None] / calendar.step.per_year * pattern[:, None, :])


def _pattern(waiting: WaitingFile, names: _Names, calendar: Calendar) -> FloatArray:
    """Return registrations of each step against an average step. Shape (draw, step)."""
    arrivals, months = waiting.arrivals, calendar.months
    if arrivals.pattern == "growth":
        growth = 1.0 + names.column("arrivals.yearly_growth")
        return np.asarray(growth ** (months / MONTHS_PER_YEAR))
    if arrivals.pattern == "surge":
        height, begins, half_life = (
            names.column(f"arrivals.surge.{name}") for name in ("height", "begins_in_month", "half_life")
        )
        since = months + 1.0 - begins
        return np.where(since >= 0.0, 1.0 + height * 0.5 ** (np.maximum(since, 0.0) / half_life), 1.0)
    if arrivals.by_month is not None:
        return calendar.pattern(_values(arrivals.by_month))[None]
    return np.ones((1, calendar.n_steps))


def _series(by_month: tuple[float, ...], calendar: Calendar) -> FloatArray:
    if len(by_month) < calendar.last_month:
        raise WaitingError(
            f"the series of registrations holds {len(by_month)} months; {calendar.last_month} are needed, "
            "and never fewer than 12, since costs are of a year. Add months, or ask about fewer"
        )
    return calendar.spread(np.array(by_month))
