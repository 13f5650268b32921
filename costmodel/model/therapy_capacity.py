"""From the hours that staff have to the therapy that they can start, month by month, and what binds.

Therapy has the hours that the activities served before it leave, as in the cost of a year. What is served
after therapy gets what therapy leaves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from costmodel.model.activities import Delivery, hours_per_unit
from costmodel.model.arrays import group_totals, ratio, stacked, total
from costmodel.model.list_capacity import WEEKS_PER_MONTH
from costmodel.model.queueing import WaitingError
from costmodel.model.staffing import StaffCosts, slots_per_attendance
from costmodel.model.types import ActivityInputs, FloatArray, ModelInputs, Volume
from costmodel.units import MONTHS_PER_YEAR

_THERAPY = (Volume.THERAPY_STARTS, Volume.ATTENDED_SESSIONS, Volume.COMPLETIONS)


@dataclass(frozen=True)
class TherapyHours:
    """Hours of each staff pool for therapy, before months differ.

    Attributes
    ----------
    pool_hours
        All hours in an average month. Shape (draw, hub, pool). [hours/month]
    before, after
        Hours that activities served before and after therapy take in an average month.
        Shape (draw, hub, pool). [hours/month]
    per_start
        Hours that a start brings over its whole course; infinite where nobody attends.
        Shape (draw, hub, pool). [hours/client]
    sessions_per_start
        Attended sessions of a starter. Shape (draw, hub). [sessions/client]
    slots_per_session
        Booked therapy slots used up by an attended session, group sessions shared. Shape (draw,). [ratio]
    pool_wte
        Staff in post. Shape (draw, hub, pool). [WTE]
    dna_rate, dna_slot_share, group_size
        Of a booked therapy session: share not attended, share of those whose slot is lost, and clients who
        share a session. Shape (draw,).
    """

    pool_hours: FloatArray
    before: FloatArray
    after: FloatArray
    per_start: FloatArray
    sessions_per_start: FloatArray
    slots_per_session: FloatArray
    pool_wte: FloatArray
    dna_rate: FloatArray
    dna_slot_share: FloatArray
    group_size: FloatArray


@dataclass(frozen=True)
class Caps:
    """Limits besides hours; None where the service has none.

    Attributes
    ----------
    caseload_per_wte
        Clients in therapy for each WTE that gives therapy. Shape (draw,). [people/WTE]
    supervised_per_wte, supervising_pool
        Clients in therapy for each WTE of a pool that supervises, shape (draw,), and the pool. [people/WTE]
    room_sessions
        Booked sessions for which there are rooms; infinite where rooms do not matter.
        Shape (draw, hub). [sessions/week]
    """

    caseload_per_wte: FloatArray | None = None
    supervised_per_wte: FloatArray | None = None
    supervising_pool: int = -1
    room_sessions: FloatArray | None = None


def therapy_hours(inputs: ModelInputs, staff: StaffCosts, delivery: Delivery) -> TherapyHours:
    """Return the hours that therapy may have and needs, from a year of the cost model.

    Parameters
    ----------
    inputs
        With every draw axis at full length.
    staff, delivery
        Of the same year.

    Raises
    ------
    WaitingError
        If no activity takes staff time for therapy.
    """
    activities = inputs.activities
    drivers = [Volume(int(driver)) for driver in activities.driver]
    of_therapy = [number for number, driver in enumerate(drivers) if driver in _THERAPY]
    if not of_therapy:
        raise WaitingError(
            "no activity takes staff time for therapy: one must have the driver attended_sessions, "
            "therapy_starts or completions"
        )
    hours = total(delivery.hours, axis=4)
    first = of_therapy[0]
    others = [number for number in range(len(drivers)) if number not in of_therapy]
    before = _added(hours, [number for number in others if number < first])
    after = _added(hours, [number for number in others if number > first])
    pool_hours = total(hours, axis=2) + delivery.unused_hours
    pathway = inputs.pathway
    dropout = pathway.dropout_share
    sessions = (1.0 - dropout) * pathway.sessions_per_completion + dropout * pathway.sessions_per_dropout
    units = {
        Volume.THERAPY_STARTS: np.ones_like(sessions),
        Volume.ATTENDED_SESSIONS: sessions,
        Volume.COMPLETIONS: 1.0 - dropout,
    }
    per_start = np.zeros_like(pool_hours)
    for number in of_therapy:
        per_start = per_start + _hours_per_unit(activities, number) * units[drivers[number]][..., None]
    return TherapyHours(
        pool_hours=pool_hours / MONTHS_PER_YEAR,
        before=before / MONTHS_PER_YEAR,
        after=after / MONTHS_PER_YEAR,
        per_start=per_start,
        sessions_per_start=sessions,
        slots_per_session=_slots_per_session(activities, drivers),
        pool_wte=_wte_by_pool(inputs, staff),
        dna_rate=_of_sessions(activities.dna_rate, drivers, 0.0),
        dna_slot_share=_of_sessions(activities.dna_slot_share, drivers, 1.0),
        group_size=_of_sessions(activities.group_size, drivers, 1.0),
    )


def hours_for_therapy(hours: TherapyHours, multiplier: FloatArray) -> FloatArray:
    """Return the hours left for therapy when hours at work go up and down by month.

    The work served first does not shrink with them, so that therapy bears the whole difference.

    Parameters
    ----------
    hours
        Of an average month.
    multiplier
        Hours at work against an average month. Shape (draw, month). [ratio]

    Returns
    -------
    Shape (draw, hub, pool, month). [hours/month]
    """
    at_work = hours.pool_hours[..., None] * multiplier[:, None, None, :]
    return np.asarray(np.maximum(at_work - hours.before[..., None], 0.0))


def start_limits(hours: TherapyHours, available: FloatArray, caps: Caps, course_months: float) -> FloatArray:
    """Return the starts a month that each limit allows by itself; infinite where it does not apply.

    Parameters
    ----------
    hours, caps
        What therapy needs, and limits besides hours.
    available
        Hours for therapy. Shape (draw, hub, pool, month). [hours/month]
    course_months
        Mean months in treatment. [months]

    Returns
    -------
    One limit a staff pool, then caseload, supervision, rooms. Shape (draw, hub, month, limit). [people/month]
    """
    needed = hours.per_start[..., None]
    by_pool = np.where(needed > 0.0, ratio(available, needed, when_zero=np.inf), np.inf)
    shape = (*by_pool.shape[:2], by_pool.shape[3])
    gives_therapy = np.where(hours.per_start > 0.0, hours.pool_wte, 0.0)
    caseload = _times(caps.caseload_per_wte, total(gives_therapy, axis=2))
    supervised = _times(caps.supervised_per_wte, hours.pool_wte[..., caps.supervising_pool])
    rooms = np.full(shape[:2], np.inf)
    if caps.room_sessions is not None:
        sessions = caps.room_sessions * WEEKS_PER_MONTH / hours.slots_per_session[:, None]
        rooms = sessions / hours.sessions_per_start
    others = [caseload / course_months, supervised / course_months, rooms]
    spread = [np.broadcast_to(limit[..., None], shape) for limit in others]
    return stacked([*(by_pool[:, :, pool] for pool in range(by_pool.shape[2])), *spread])


def utilisation(hours: TherapyHours, multiplier: FloatArray, sessions: FloatArray) -> FloatArray:
    """Return the share of each pool's hours that is used.

    Parameters
    ----------
    hours, multiplier
        As for `hours_for_therapy`.
    sessions
        Attended therapy sessions. Shape (draw, hub, month). [sessions/month]

    Returns
    -------
    Shape (draw, hub, pool, month); not a number where a Hub has nobody of the pool. [share]
    """
    at_work = hours.pool_hours[..., None] * multiplier[:, None, None, :]
    per_session = (
        np.where(np.isfinite(hours.per_start), hours.per_start, 0.0) / hours.sessions_per_start[..., None]
    )
    first = hours.before[..., None] + per_session[..., None] * sessions[:, :, None, :]
    used = first + np.minimum(hours.after[..., None], np.maximum(at_work - first, 0.0))
    return ratio(np.minimum(used, at_work), at_work)


def staff_multiplier(
    n_months: int, leave: FloatArray, first_month: int, turnover: FloatArray, output: FloatArray
) -> FloatArray:
    """Return hours' worth of work by month against an average month of experienced staff.

    Leave follows the calendar and averages 1 over a year. Staff who leave at a steady rate are replaced at
    that rate, so that some of those in post are always new: a share h (1 - o_1 + 1 - o_2 + ...) of the work
    is lost, h the monthly rate of leaving and o_k the output of month k in post. How long posts stand empty
    is the vacancy share of the posts, and not counted again.

    Parameters
    ----------
    n_months
        Months ahead.
    leave
        By calendar month, January first; brought to a mean of 1. Shape (12,). [ratio]
    first_month
        Calendar month that the first month is, 1 for January.
    turnover
        Share of staff who leave in a year. Shape (draw,). [share]
    output
        Of a new starter, by month in post. Shape (month,). [share]

    Returns
    -------
    Shape (draw, month). [ratio]

    Examples
    --------
    >>> staff_multiplier(2, np.ones(12), 4, np.array([0.12]), np.array([0.25, 0.5, 0.75, 1.0])).round(5)
    array([[0.98411, 0.98411]])
    """
    calendar = leave[(first_month - 1 + np.arange(n_months)) % 12] / leave.mean()
    monthly = -np.expm1(np.log1p(-turnover) / MONTHS_PER_YEAR)
    productive = 1.0 - monthly * (1.0 - output).sum()
    return np.asarray(np.maximum(productive, 0.0)[:, None] * calendar)


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


def _added(hours: FloatArray, activities: list[int]) -> FloatArray:
    return total(hours[:, :, activities], axis=2)


def _hours_per_unit(activities: ActivityInputs, number: int) -> FloatArray:
    somebody_attends = activities.dna_rate[:, number, None, None] < 1.0
    per_unit = total(hours_per_unit(activities, number), axis=3)
    return np.where(somebody_attends, per_unit, np.inf)


def _slots_per_session(activities: ActivityInputs, drivers: list[Volume]) -> FloatArray:
    """Return booked slots for each attended session, by the first activity that follows sessions."""
    if Volume.ATTENDED_SESSIONS not in drivers:
        return np.ones(activities.dna_rate.shape[0])
    number = drivers.index(Volume.ATTENDED_SESSIONS)
    slots = slots_per_attendance(activities.dna_rate[:, number], activities.dna_slot_share[:, number])
    return np.asarray(slots / activities.group_size[:, number])


def _of_sessions(values: FloatArray, drivers: list[Volume], otherwise: float) -> FloatArray:
    """Return what the first activity that follows sessions has. Shape (draw,)."""
    if Volume.ATTENDED_SESSIONS not in drivers:
        return np.full(values.shape[0], otherwise)
    return values[:, drivers.index(Volume.ATTENDED_SESSIONS)]


def _wte_by_pool(inputs: ModelInputs, staff: StaffCosts) -> FloatArray:
    by_hub = staff.filled_wte[:, :, None] * inputs.staff.hub_share
    pools = [
        group_totals(by_hub[:, :, hub], inputs.staff.pool, inputs.staff.n_pools)
        for hub in range(by_hub.shape[2])
    ]
    return np.swapaxes(stacked(pools), 1, 2)


def _times(per_wte: FloatArray | None, wte: FloatArray) -> FloatArray:
    return np.full_like(wte, np.inf) if per_wte is None else np.asarray(per_wte[:, None] * wte)
