"""From the parameters of `waiting.yaml` and a year of the cost model to the arrays of the waiting list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from costmodel.gather import Draws, Layout
from costmodel.inputs.records import JointRecord
from costmodel.inputs.waiting_file import WaitingFile, in_calendar_order
from costmodel.model.arrays import stacked
from costmodel.model.draws import in_every_draw
from costmodel.model.evaluate import ModelOutputs
from costmodel.model.list_capacity import WEEKS_PER_MONTH
from costmodel.model.queueing import WaitingError
from costmodel.model.therapy_capacity import (
    Caps,
    TherapyHours,
    hours_for_therapy,
    staff_multiplier,
    start_limits,
    therapy_hours,
)
from costmodel.model.types import FloatArray, ModelInputs, Volume
from costmodel.model.waiting_list import opening_ages, start_rate
from costmodel.model.waiting_types import ListInputs
from costmodel.units import MONTHS_PER_YEAR

TARGET_WEEKS: Final = (6.0, 18.0)
OTHER_LIMITS: Final = ("caseload", "supervision", "rooms")


@dataclass(frozen=True)
class Waiting:
    """A run's waiting list, with what its capacity is made of.

    Attributes
    ----------
    inputs
        What the engines read.
    hours, multiplier
        Hours for therapy in an average month, and hours at work by month against it. Shape (draw, month).
    limits
        Starts a month that each limit allows. Shape (draw, hub, month, limit). [people/month]
    """

    inputs: ListInputs
    hours: TherapyHours
    multiplier: FloatArray
    limits: FloatArray


def limit_names(layout: Layout) -> tuple[str, ...]:
    """Return the names of the limits, in the order of the limit axis: staff pools, then the others."""
    return (*layout.pools, *OTHER_LIMITS)


def gather_waiting(
    layout: Layout, draws: Draws, inputs: ModelInputs, outputs: ModelOutputs, n_months: int
) -> Waiting:
    """Return the waiting list of a set of draws.

    Parameters
    ----------
    layout
        Of a specification that was made for a question about waiting.
    draws
        Values of every parameter by name. Shape (draw,) each.
    inputs, outputs
        The cost model's, for the same draws.
    n_months
        Months ahead.

    Raises
    ------
    WaitingError
        If the specification holds no list, or there is no therapy to wait for.
    """
    waiting = layout.spec.waiting
    if waiting is None:
        raise WaitingError("the specification holds no waiting list; make it with waiting=True")
    inputs = in_every_draw(inputs)
    hours = therapy_hours(inputs, outputs.staff, outputs.delivery)
    n_draws, n_hubs = hours.sessions_per_start.shape
    names = _Names(draws, n_draws)
    retention = _values(waiting.retention)
    multiplier = _multiplier(layout, waiting, names, n_months)
    limits = start_limits(
        hours, hours_for_therapy(hours, multiplier), _caps(layout, waiting, names), float(retention.sum())
    )
    n_pools = len(layout.pools)
    by_sessions = np.minimum(limits[..., :n_pools].min(axis=3), limits[..., -1])
    by_caseload = limits[..., n_pools:-1].min(axis=3) * retention.sum()
    arrivals = _arrivals(layout, waiting, names, outputs.demand, n_months)
    attrition = np.repeat(names.one("attrition")[:, None], n_hubs, axis=1)
    people = names.of_hubs(layout, "opening_list")
    list_inputs = ListInputs(
        arrivals=arrivals,
        attrition=attrition,
        session_capacity=by_sessions * hours.sessions_per_start[..., None],
        caseload_cap=by_caseload,
        sessions_per_start=hours.sessions_per_start,
        retention=retention,
        dropout_share=inputs.pathway.dropout_share,
        opening_list=_opening_list(layout, waiting, people, arrivals[..., 0], attrition),
        opening_starts=np.zeros((n_draws, n_hubs)),
        class_shares=np.ones(1) if waiting.priority_classes is None else _values(waiting.priority_classes),
        targets=np.array(TARGET_WEEKS) / WEEKS_PER_MONTH,
    )
    starts = _opening_starts(layout, waiting, names, list_inputs, people)
    return Waiting(replace(list_inputs, opening_starts=starts), hours, multiplier, limits)


class _Names:
    """Draws of `waiting.yaml` by name, at full length."""

    def __init__(self, draws: Draws, n_draws: int) -> None:
        self._draws, self.n_draws = draws, n_draws

    def one(self, name: str) -> FloatArray:
        """Return one parameter. Shape (draw,)."""
        return np.broadcast_to(self._draws[f"waiting.{name}"], (self.n_draws,))

    def of_hubs(self, layout: Layout, name: str) -> FloatArray:
        """Return a parameter of each Hub. Shape (draw, hub)."""
        return stacked([self.one(f"hubs.{hub}.{name}") for hub in layout.hubs])


def _values(record: JointRecord) -> FloatArray:
    means = record.means
    return np.array([means[name] for name in in_calendar_order(means)])


def _multiplier(layout: Layout, waiting: WaitingFile, names: _Names, n_months: int) -> FloatArray:
    return staff_multiplier(
        n_months,
        _values(waiting.leave_by_month),
        layout.spec.frame.base_date.month,
        names.one("turnover"),
        _values(waiting.new_starter_output),
    )


def _caps(layout: Layout, waiting: WaitingFile, names: _Names) -> Caps:
    supervision = waiting.supervision
    rooms = [
        np.full(names.n_draws, np.inf)
        if own.room_sessions is None
        else names.one(f"hubs.{hub}.room_sessions")
        for hub, own in ((hub, waiting.hubs[hub]) for hub in layout.hubs)
    ]
    return Caps(
        caseload_per_wte=None if waiting.caseload_per_wte is None else names.one("caseload_per_wte"),
        supervised_per_wte=None if supervision is None else names.one("supervision.clients_per_wte"),
        supervising_pool=-1 if supervision is None else layout.pools.index(supervision.pool),
        room_sessions=stacked(rooms),
    )


def _arrivals(
    layout: Layout, waiting: WaitingFile, names: _Names, demand: FloatArray, n_months: int
) -> FloatArray:
    """Return people accepted for therapy, month by month. Shape (draw, hub, month)."""
    if waiting.arrivals.pattern == "series":
        registered = stacked([_series(layout.spec.referrals, hub, n_months) for hub in layout.hubs]).T
        accepted = demand[..., Volume.THERAPY_DEMAND] / demand[..., Volume.REGISTERED]
        return np.asarray(accepted[..., None] * registered)
    shape = _shape(layout, waiting, names, n_months)
    return np.asarray(demand[..., Volume.THERAPY_DEMAND, None] / MONTHS_PER_YEAR * shape[:, None, :])


def _shape(layout: Layout, waiting: WaitingFile, names: _Names, n_months: int) -> FloatArray:
    """Return arrivals of each month against the pathway's. Shape (draw, month)."""
    month, pattern = np.arange(n_months), waiting.arrivals
    if pattern.pattern == "growth":
        growth = 1.0 + names.one("arrivals.yearly_growth")[:, None]
        return np.asarray(growth ** (month / MONTHS_PER_YEAR))
    if pattern.pattern == "surge":
        height, begins, half_life = (
            names.one(f"arrivals.surge.{name}")[:, None]
            for name in ("height", "begins_in_month", "half_life")
        )
        since = month + 1.0 - begins
        return np.where(since >= 0.0, 1.0 + height * 0.5 ** (np.maximum(since, 0.0) / half_life), 1.0)
    if pattern.by_month is not None:
        calendar = _values(pattern.by_month)
        months = (layout.spec.frame.base_date.month - 1 + month) % 12
        return np.broadcast_to(calendar[months] / calendar.mean(), (names.n_draws, n_months))
    return np.ones((names.n_draws, n_months))


def _series(referrals: Mapping[str, tuple[float, ...]], hub: str, n_months: int) -> FloatArray:
    series = referrals[hub]
    if len(series) < n_months:
        raise WaitingError(
            f"the series of registrations holds {len(series)} months; {n_months} are asked about. Add "
            f"months, or ask for --months {len(series)}"
        )
    return np.array(series[:n_months])


def _opening_list(
    layout: Layout, waiting: WaitingFile, people: FloatArray, arrivals: FloatArray, attrition: FloatArray
) -> FloatArray:
    """Return the list today by months waited. Shape (draw, hub, age)."""
    spread = opening_ages(people, arrivals, attrition)
    for number, hub in enumerate(layout.hubs):
        by_age = waiting.hubs[hub].opening_list_by_age
        if by_age is not None:
            shares = _values(by_age)
            spread[:, number] = 0.0
            spread[:, number, : shares.size] = people[:, number, None] * shares
    return spread


def _opening_starts(
    layout: Layout, waiting: WaitingFile, names: _Names, inputs: ListInputs, people: FloatArray
) -> FloatArray:
    """Return starts of each month before today: from the caseload if given, else as many as could."""
    running = np.minimum(start_rate(inputs)[..., 0], inputs.arrivals[..., 0] + people)
    for number, hub in enumerate(layout.hubs):
        if waiting.hubs[hub].opening_caseload is not None:
            caseload = names.one(f"hubs.{hub}.opening_caseload")
            running[:, number] = caseload / inputs.retention.sum()
    return running
