"""A service through time: everybody from registration to the end of therapy, step by step.

What staff do before therapy comes first, then the list and the courses of therapy with the hours that are
left, then what is served after therapy. Nothing later in that order changes anything earlier.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np

from costmodel.model.activities import Delivery, hours_per_unit, serve
from costmodel.model.arrays import ratio, total, zeros
from costmodel.model.front_door import QUEUES, THERAPY, Served, serve_steps
from costmodel.model.joiners import hours_at_work_of_posts, hours_on_leave, wte_in_post
from costmodel.model.ledger import hours_by_pool
from costmodel.model.pathway import scaled_with, steps_of_clients
from costmodel.model.staffing import StaffCosts
from costmodel.model.therapy_capacity import (
    TherapyHours,
    start_limits,
    therapy_hours,
    units_of_start,
)
from costmodel.model.time_inputs import TimeInputs
from costmodel.model.types import FloatArray, ModelInputs, TimeKind, Volume
from costmodel.model.waiting_list import opening_ages, run_list, start_rate
from costmodel.model.waiting_types import ListFlows, ListInputs

_UNHINDERED = (Volume.ELIGIBLE_WORKFORCE, Volume.STAFF_WTE, Volume.HUB)


@dataclass(frozen=True)
class ThroughTime:
    """A run through time. A step is a month or a week.

    Attributes
    ----------
    inputs, flows
        The waiting list for therapy: what it reads and what comes of it.
    hours
        What therapy has and needs.
    multiplier
        Work done against an average step of experienced staff. Shape (draw, step). [ratio]
    limits
        Starts that each limit allows. Shape (draw, hub, step, limit). [people/step]
    limits_at_average_leave
        The same, were leave in the step that of an average step; None where it is.
    awaiting
        People who wait for each stage besides therapy at the end of the step, in the order of `QUEUES`.
        Shape (draw, hub, step, queue). [people]
    awaiting_left
        Of them, those who left in the first year. Shape (draw, hub, queue). [people]
    at_work, unused
        Hours at work and hours that nothing took; None where no activity is served after therapy, and they
        follow from its sessions. Shape (draw, hub, pool, step). [hours/step]
    demand
        The first year's cohort, as its arrivals make it. Shape (draw, hub, volume).
    delivery
        What staff deliver in the first year.
    weeks_per_step
        Length of a step. [weeks]
    """

    inputs: ListInputs
    flows: ListFlows
    hours: TherapyHours
    multiplier: FloatArray
    limits: FloatArray
    limits_at_average_leave: FloatArray | None
    awaiting: FloatArray
    awaiting_left: FloatArray
    at_work: FloatArray
    unused: FloatArray | None
    demand: FloatArray
    delivery: Delivery
    weeks_per_step: float

    @cached_property
    def used(self) -> FloatArray:
        """Hours used. Shape (draw, hub, pool, step). [hours/step]."""
        unused = _after_therapy(self.hours, self.at_work, self.flows) if self.unused is None else self.unused
        return self.at_work - unused

    def until(self, n_steps: int) -> ThroughTime:
        """Return the run cut off after a number of steps; who started by wait and class stays that of all."""
        n_all = self.multiplier.shape[1]
        return self if n_steps >= n_all else _cut(self, n_steps)


@dataclass(frozen=True)
class Year:
    """What a year asks of the staff and gets.

    Attributes
    ----------
    demand
        The year's cohort. Shape (draw, hub, volume). [unit of the volume/year]
    delivery
        What staff deliver of it.
    time
        The run through time; None where the year is taken as a whole.
    """

    demand: FloatArray
    delivery: Delivery
    time: ThroughTime | None


def deliver(inputs: ModelInputs, staff: StaffCosts, demand: FloatArray) -> Year:
    """Return what staff deliver in a year: step by step where people may wait, else of the year as a whole.

    Parameters
    ----------
    inputs
        With every draw axis at full length.
    staff
        Costs and hours of the posts.
    demand
        A year's cohort. Shape (draw, hub, volume). [unit of the volume/year]

    Returns
    -------
    With the demand as given, or as arrivals through time make it.

    Raises
    ------
    WaitingError
        If an input is impossible, in words for a service manager.
    ModelCheckError
        If people are lost.
    """
    hours = hours_by_pool(inputs, staff)
    if inputs.time is None:
        return Year(demand, serve(inputs.activities, demand, hours), None)
    time = through_time(inputs, inputs.time, staff, demand, hours)
    return Year(time.demand, time.delivery, time)


def through_time(
    inputs: ModelInputs, time: TimeInputs, staff: StaffCosts, demand: FloatArray, pool_hours: FloatArray
) -> ThroughTime:
    """Run a service through time.

    Parameters
    ----------
    inputs, time
        With every draw axis at full length.
    staff
        Costs and hours of the posts.
    demand
        A year's cohort. Shape (draw, hub, volume).
    pool_hours
        Shape (draw, hub, pool). [hours/year]

    Raises
    ------
    WaitingError
        If an input is impossible, in words for a service manager.
    ModelCheckError
        If people are lost.
    """
    before, after = _order(inputs)
    at_work = hours_at_work_of_posts(inputs, time, staff)
    first = serve_steps(inputs, time, demand, at_work, before)
    hours = therapy_hours(inputs, time, staff, at_work, first.hours_left)
    wte = wte_in_post(inputs, time, staff)
    limits = start_limits(hours, time, first.hours_left, wte)
    list_inputs, lasting = _list_inputs(inputs, time, hours, limits, first.accepted), None
    on_leave = hours_on_leave(inputs, time, staff)
    if on_leave is not None:
        lasting = start_limits(hours, time, np.maximum(first.hours_left + on_leave, 0.0), wte)
        list_inputs = replace(list_inputs, starts_at_average_leave=np.minimum.reduce(lasting, axis=3))
    flows = run_list(list_inputs)
    served, unused = first, None
    if after:
        left = _after_therapy(hours, at_work, flows)
        last = serve_steps(inputs, time, demand, left, after, first.entered)
        served, unused = _merged(inputs, first, last, after), last.hours_left
    year = _of_year(inputs, demand, time)
    return ThroughTime(
        inputs=list_inputs,
        flows=flows,
        hours=hours,
        multiplier=time.staff_multiplier,
        limits=limits,
        limits_at_average_leave=lasting,
        awaiting=served.waiting,
        awaiting_left=served.left,
        at_work=at_work,
        unused=unused,
        demand=year,
        delivery=_delivery(inputs, time, year, served, flows, pool_hours),
        weeks_per_step=time.weeks_per_step,
    )


def _cut(run: ThroughTime, n_steps: int) -> ThroughTime:
    """Return a run whose arrays with a step axis end sooner."""
    by_step = ["arrivals", "session_capacity", "caseload_cap"]
    if run.inputs.starts_at_average_leave is not None:
        by_step.append("starts_at_average_leave")
    inputs = {name: getattr(run.inputs, name)[..., :n_steps] for name in by_step}
    whole = ("starts_by_wait", "starts_by_class", "wait_by_class")
    flows = {
        field.name: getattr(run.flows, field.name)[:, :, :n_steps]
        for field in fields(run.flows)
        if field.name not in whole
    }
    lasting = run.limits_at_average_leave
    return replace(
        run,
        inputs=replace(run.inputs, **inputs),
        flows=replace(run.flows, **flows),
        hours=replace(run.hours, before=run.hours.before[..., :n_steps]),
        multiplier=run.multiplier[:, :n_steps],
        limits=run.limits[:, :, :n_steps],
        limits_at_average_leave=None if lasting is None else lasting[:, :, :n_steps],
        awaiting=run.awaiting[:, :, :n_steps],
        at_work=run.at_work[..., :n_steps],
        unused=None if run.unused is None else run.unused[..., :n_steps],
    )


def _order(inputs: ModelInputs) -> tuple[list[int], list[int]]:
    """Return the activities served before therapy, and those served after its first."""
    drivers = [Volume(int(driver)) for driver in inputs.activities.driver]
    therapy = [number for number, driver in enumerate(drivers) if driver in THERAPY]
    first = therapy[0] if therapy else len(drivers)
    others = [number for number in range(len(drivers)) if number not in therapy]
    return [number for number in others if number < first], [number for number in others if number > first]


def _of_year(inputs: ModelInputs, demand: FloatArray, time: TimeInputs) -> FloatArray:
    """Return a year's cohort as the registrations of the first year make it."""
    year = demand.copy(order="K")
    year[..., Volume.REGISTERED] = total(time.arrivals[..., : time.steps_per_year], axis=2)
    for volume, (before, share) in steps_of_clients(inputs.pathway).items():
        year[..., volume] = year[..., before] * share
    return year


def _list_inputs(
    inputs: ModelInputs, time: TimeInputs, hours: TherapyHours, limits: FloatArray, accepted: FloatArray
) -> ListInputs:
    course = float(time.retention.sum())
    n_pools = hours.per_start.shape[2]
    sessions = hours.sessions_per_start
    # Hours and rooms limit sessions; a cap and supervision limit how many are in therapy at once.
    by_sessions = np.minimum(np.minimum.reduce(limits[..., :n_pools], axis=3), limits[..., -1])
    by_caseload = np.minimum.reduce(limits[..., n_pools:-1], axis=3) * course
    result = ListInputs(
        arrivals=accepted,
        attrition=time.attrition,
        session_capacity=by_sessions * sessions[..., None],
        caseload_cap=by_caseload,
        sessions_per_start=sessions,
        retention=time.retention,
        dropout_share=inputs.pathway.dropout_share,
        opening_list=_opening_by_age(time, accepted[..., 0]),
        opening_starts=np.zeros_like(time.opening_list),
        class_shares=time.class_shares,
        targets=time.targets,
        greedy=time.greedy,
    )
    # Where today's caseload is not known, starts have kept up with referrals as far as capacity allows.
    running = np.minimum(start_rate(result)[..., 0], accepted[..., 0])
    known_caseload = ~np.isnan(time.opening_caseload)
    return replace(result, opening_starts=np.where(known_caseload, time.opening_caseload / course, running))


def _opening_by_age(time: TimeInputs, arrivals: FloatArray) -> FloatArray:
    """Return who waits today by steps waited: as known, or as if arrivals had long been what they are."""
    known = time.opening_ages.any(axis=2, keepdims=True)
    spread = opening_ages(time.opening_list, arrivals, time.attrition)
    n_spread, n_known = spread.shape[2], time.opening_ages.shape[2]
    by_age = np.zeros((*time.opening_list.shape, max(n_spread, n_known)))
    by_age[..., :n_spread] = np.where(known, 0.0, spread)
    by_age[..., :n_known] += time.opening_list[..., None] * time.opening_ages
    return by_age


def _after_therapy(hours: TherapyHours, at_work: FloatArray, flows: ListFlows) -> FloatArray:
    """Return the hours that therapy leaves; the time that it takes follows its sessions.

    Shape (draw, hub, pool, step). [hours/step].
    """
    per_start = np.where(np.isfinite(hours.per_start), hours.per_start, 0.0)
    per_session = ratio(per_start, hours.sessions_per_start[..., None], when_zero=0.0)
    left = at_work - hours.before - per_session[..., None] * flows.sessions[:, :, None, :]
    return np.maximum(left, 0.0)


def _merged(inputs: ModelInputs, first: Served, last: Served, after: list[int]) -> Served:
    """Return what was served before therapy and after it as one."""
    drivers = [Volume(int(inputs.activities.driver[number])) for number in after]
    late = sorted({volume for driver in drivers for volume in scaled_with(driver)})
    queues = [place for place, volume in enumerate(QUEUES) if volume in late]
    volumes, waiting, left = (each.copy(order="K") for each in (first.volumes, first.waiting, first.left))
    # Contacts and team sessions may be served on both sides of therapy, and fall short on either.
    volumes[..., late] = np.minimum(first.volumes[..., late], last.volumes[..., late])
    waiting[..., queues] = last.waiting[..., queues]
    left[..., queues] = last.left[..., queues]
    units = first.units + last.units
    return replace(first, volumes=volumes, units=units, waiting=waiting, left=left)


def _delivery(
    inputs: ModelInputs,
    time: TimeInputs,
    demand: FloatArray,
    served: Served,
    flows: ListFlows,
    pool_hours: FloatArray,
) -> Delivery:
    """Return what staff deliver in the first year."""
    activities = inputs.activities
    n_draws, n_hubs, n_pools = pool_hours.shape

    def of_year(values: FloatArray) -> FloatArray:
        return total(values[..., : time.steps_per_year], axis=2)

    volumes = served.volumes.copy(order="K")
    unhindered = list(_UNHINDERED)
    volumes[..., unhindered] = demand[..., unhindered]
    volumes[..., Volume.THERAPY_STARTS] = of_year(flows.starts)
    volumes[..., Volume.ATTENDED_SESSIONS] = of_year(flows.sessions)
    volumes[..., Volume.COMPLETIONS] = of_year(flows.completions)
    volumes[..., Volume.DROPOUTS] = of_year(flows.dropouts)
    sessions = steps_of_clients(inputs.pathway)[Volume.ATTENDED_SESSIONS][1]
    courses = ratio(volumes[..., Volume.ATTENDED_SESSIONS], sessions, when_zero=0.0)
    of_start = units_of_start(inputs.pathway)
    hours = zeros(n_draws, n_hubs, activities.driver.size, n_pools, len(TimeKind) - 1)
    required, shares = zeros(*hours.shape[:4]), zeros(*hours.shape[:3])
    for number, code in enumerate(activities.driver):
        driver = Volume(int(code))
        # The time that therapy takes follows its sessions, whatever it is counted by.
        units = courses * of_start[driver] if driver in of_start else served.units[..., number]
        per_unit = hours_per_unit(activities, number)
        attended = activities.dna_rate[:, number, None, None, None] < 1.0
        np.multiply(units[..., None, None], per_unit, out=hours[:, :, number], where=attended)
        required[:, :, number] = demand[..., driver, None] * total(per_unit, axis=3)
        shares[:, :, number] = ratio(units, demand[..., driver], when_zero=1.0)
    used = total(total(hours, axis=4), axis=2)
    return Delivery(volumes, hours, np.maximum(pool_hours - used, 0.0), required, shares)
