"""From the hours that staff have to the therapy that they can start, step by step, and what binds.

Therapy has the hours that the activities served before it leave. What is served after therapy gets what
therapy leaves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from costmodel.model.activities import hours_per_unit
from costmodel.model.arrays import draws_first, ratio, total
from costmodel.model.ledger import by_hub_and_pool, hours_by_pool
from costmodel.model.pathway import steps_of_clients
from costmodel.model.staffing import StaffCosts, slots_per_attendance
from costmodel.model.time_inputs import TimeInputs
from costmodel.model.types import ActivityInputs, FloatArray, ModelInputs, PathwayInputs, Volume
from costmodel.units import MONTHS_PER_YEAR


@dataclass(frozen=True)
class TherapyHours:
    """Hours of each staff pool for therapy. A step is a month or a week.

    Attributes
    ----------
    pool_hours
        All hours in an average step. Shape (draw, hub, pool). [hours/step]
    before
        Hours that activities served before therapy take. Shape (draw, hub, pool, step). [hours/step]
    per_start
        Hours that a start brings over its whole course; infinite where nobody attends.
        Shape (draw, hub, pool). [hours/client]
    sessions_per_start
        Attended sessions of a starter. Shape (draw, hub). [sessions/client]
    slots_per_session
        Booked therapy slots used up by an attended session, group sessions shared. Shape (draw,). [ratio]
    pool_wte
        Staff in post, over the first year. Shape (draw, hub, pool). [WTE]
    dna_rate, dna_slot_share, group_size
        Of a booked therapy session: share not attended, share of those whose slot is lost, and clients who
        share a session. Shape (draw,).
    """

    pool_hours: FloatArray
    before: FloatArray
    per_start: FloatArray
    sessions_per_start: FloatArray
    slots_per_session: FloatArray
    pool_wte: FloatArray
    dna_rate: FloatArray
    dna_slot_share: FloatArray
    group_size: FloatArray


def units_of_start(inputs: PathwayInputs) -> dict[Volume, FloatArray]:
    """Return what a start of therapy brings of everything that follows from it. Shape (draw, hub) each."""
    steps = steps_of_clients(inputs)
    following = (Volume.ATTENDED_SESSIONS, Volume.COMPLETIONS, Volume.DROPOUTS)
    one = np.ones_like(inputs.dropout_share)
    return {Volume.THERAPY_STARTS: one, **{volume: steps[volume][1] for volume in following}}


def therapy_hours(
    inputs: ModelInputs, time: TimeInputs, staff: StaffCosts, at_work: FloatArray, left: FloatArray
) -> TherapyHours:
    """Return the hours that therapy may have and needs.

    Parameters
    ----------
    inputs, time
        With every draw axis at full length.
    staff
        Hours of the posts.
    at_work, left
        Hours at work, and what activities served before therapy leave of them.
        Shape (draw, hub, pool, step). [hours/step]
    """
    activities = inputs.activities
    drivers = [Volume(int(driver)) for driver in activities.driver]
    units = units_of_start(inputs.pathway)
    post, hub = inputs.staff.assignments
    pool_hours = hours_by_pool(inputs, staff)
    per_start = np.zeros_like(pool_hours)
    for number, driver in enumerate(drivers):
        if driver in units:
            per_start = per_start + _hours_per_unit(activities, number) * units[driver][..., None]
    return TherapyHours(
        pool_hours=pool_hours / time.steps_per_year,
        before=at_work - left,
        per_start=per_start,
        sessions_per_start=units[Volume.ATTENDED_SESSIONS],
        slots_per_session=_slots_per_session(activities, drivers),
        pool_wte=by_hub_and_pool(inputs, staff.filled_wte[:, post] * inputs.staff.hub_share[:, post, hub]),
        dna_rate=_of_sessions(activities.dna_rate, drivers, 0.0),
        dna_slot_share=_of_sessions(activities.dna_slot_share, drivers, 1.0),
        group_size=_of_sessions(activities.group_size, drivers, 1.0),
    )


def start_limits(hours: TherapyHours, time: TimeInputs, available: FloatArray, wte: FloatArray) -> FloatArray:
    """Return the starts a step that each limit allows by itself; infinite where it does not apply.

    Parameters
    ----------
    hours, time
        What therapy needs, and limits besides hours.
    available
        Hours for therapy. Shape (draw, hub, pool, step). [hours/step]
    wte
        Staff in post. Shape (draw, hub, pool, step or 1). [WTE]

    Returns
    -------
    One limit a staff pool, then caseload, supervision, rooms. Shape (draw, hub, step, limit). [people/step]
    """
    course = time.retention.sum()
    gives_therapy = np.where(hours.per_start[..., None] > 0.0, wte, 0.0)
    caseload = _cap(time.caseload_per_wte[..., None], total(gives_therapy, axis=2)) / course
    supervised = _cap(time.supervised_per_wte[..., None], wte[:, :, time.supervising_pool]) / course
    slots = hours.slots_per_session[:, None] * hours.sessions_per_start
    rooms = np.where(np.isinf(time.room_sessions), np.inf, ratio(time.room_sessions, slots, when_zero=np.inf))
    n_draws, n_hubs, n_pools, n_steps = available.shape
    limits = draws_first(np.empty((n_hubs, n_steps, n_pools + 3, n_draws)))
    for pool in range(n_pools):
        needed = hours.per_start[:, :, pool, None]
        needless = not needed.any()
        limits[..., pool] = np.inf if needless else ratio(available[:, :, pool], needed, when_zero=np.inf)
    for place, limit in enumerate((caseload, supervised, rooms[..., None]), start=n_pools):
        limits[..., place] = limit
    return limits


def staff_multiplier(leave: FloatArray, turnover: FloatArray, output: FloatArray) -> FloatArray:
    """Return the work of each step against an average step of experienced staff.

    Staff who leave at a steady rate are replaced at that rate, so that some of those in post are always new:
    a share h (1 - o_1 + 1 - o_2 + ...) of the work is lost, h the monthly rate of leaving and o_k the output
    of month k in post. How long posts stand empty is the vacancy share of the posts, and not counted again.

    Parameters
    ----------
    leave
        Hours at work by step, against an average step. Shape (step,). [ratio]
    turnover
        Share of staff who leave in a year. Shape (draw,). [share]
    output
        Of a new starter, by month in post. Shape (month,). [share]

    Returns
    -------
    Shape (draw, step). [ratio]

    Examples
    --------
    >>> staff_multiplier(np.ones(2), np.array([0.12]), np.array([0.25, 0.5, 0.75, 1.0])).round(5)
    array([[0.98411, 0.98411]])
    """
    monthly = -np.expm1(np.log1p(-turnover) / MONTHS_PER_YEAR)
    productive = 1.0 - monthly * (1.0 - output).sum()
    return np.asarray(np.maximum(productive, 0.0)[:, None] * leave)


def hires_output(n_months: int, lag: int, output: FloatArray) -> FloatArray:
    """Return the work of a person hired today, by month: nothing until in post, then the new starter's ramp.

    Examples
    --------
    >>> hires_output(6, 2, np.array([0.25, 0.5, 1.0]))
    array([0.  , 0.  , 0.25, 0.5 , 1.  , 1.  ])
    """
    in_post = np.arange(n_months) - lag
    ramp = output[np.clip(in_post, 0, output.size - 1)]
    return np.where(in_post >= 0, ramp, 0.0)


def _hours_per_unit(activities: ActivityInputs, number: int) -> FloatArray:
    somebody_attends = activities.dna_rate[:, number, None, None] < 1.0
    per_unit = total(hours_per_unit(activities, number), axis=3)
    return np.where(somebody_attends, per_unit, np.inf)


def _slots_per_session(activities: ActivityInputs, drivers: list[Volume]) -> FloatArray:
    """Return booked slots for each attended session, by the first activity that follows sessions."""
    if Volume.ATTENDED_SESSIONS not in drivers:
        return np.ones(activities.dna_rate.shape[0])
    number = drivers.index(Volume.ATTENDED_SESSIONS)
    dna_rate = activities.dna_rate[:, number]
    slots = slots_per_attendance(dna_rate, activities.dna_slot_share[:, number])
    return np.where(dna_rate < 1.0, slots, np.inf) / activities.group_size[:, number]


def _of_sessions(values: FloatArray, drivers: list[Volume], otherwise: float) -> FloatArray:
    """Return what the first activity that follows sessions has. Shape (draw,)."""
    if Volume.ATTENDED_SESSIONS not in drivers:
        return np.full(values.shape[0], otherwise)
    return values[:, drivers.index(Volume.ATTENDED_SESSIONS)]


def _cap(per_wte: FloatArray, wte: FloatArray) -> FloatArray:
    """Return how many clients a cap allows; without staff none, and without a cap any number."""
    return np.where(np.isinf(per_wte), np.inf, np.where(np.isinf(per_wte), 0.0, per_wte) * wte)
