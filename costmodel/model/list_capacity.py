"""What a waiting list needs: closed forms for overload, clearing a backlog, and staff for starts of therapy.

The list moves month by month in this order: attrition on the opening list, arrivals, starts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from costmodel.model.arrays import ratio
from costmodel.model.queueing import WaitingError, require_settled
from costmodel.model.staffing import slots_per_attendance
from costmodel.model.types import BoolArray, FloatArray, IntArray
from costmodel.units import MONTHS_PER_YEAR

TARGET_QUEUE_FACTOR = 4.0
TIME_TO_TARGET_WEEKS = 26.0


@dataclass(frozen=True)
class OverloadedList:
    """Where a list settles when more people arrive than start and some leave without starting.

    Attributes
    ----------
    waiting
        [people]
    share_starting
        Of those who arrive. [share]
    wait_of_starters
        First come, first served. [months]
    wait_of_starters_fluid
        The same where time runs continuously. [months]
    clearance_time
        List over starts; longer than anybody's wait, because some will leave. [months]
    """

    waiting: FloatArray
    share_starting: FloatArray
    wait_of_starters: FloatArray
    wait_of_starters_fluid: FloatArray
    clearance_time: FloatArray


@dataclass(frozen=True)
class ListMetrics:
    """The NHS's rules of thumb for a waiting list. Rates are a week.

    Attributes
    ----------
    load
        Demand over capacity. [ratio]
    target_queue
        List at which a quarter of the target is the mean wait. [people]
    relief_needed
        Whether the list is more than twice the target queue.
    relief_capacity
        Capacity that brings the list to the target queue in the time given. [people/week]
    target_capacity
        Capacity that then keeps it there. [people/week]
    pressure
        Twice the mean wait over the target: 1 where the target is just met. [ratio]
    """

    load: FloatArray
    target_queue: FloatArray
    relief_needed: BoolArray
    relief_capacity: FloatArray
    target_capacity: FloatArray
    pressure: FloatArray


@dataclass(frozen=True)
class StartCapacity:
    """What staff can deliver in a month: booked slots, attended sessions, starts, completions."""

    slots: FloatArray
    attended: FloatArray
    starts: FloatArray
    completions: FloatArray


def overloaded_list(
    arrivals: FloatArray, starts: FloatArray, attrition: FloatArray, *, horizon: float | None = None
) -> OverloadedList:
    """Return the steady state of a list with attrition whose starts fall short of its arrivals.

    W* = (A - mu) / theta. The wait of those who start, first come first served, is ln(mu / A) / ln(1 - theta)
    months in monthly steps and ln(A / mu) / theta in continuous time. What the list was before is forgotten
    at the pace of attrition, within -1 / ln(1 - theta) months.

    Parameters
    ----------
    arrivals, starts
        [people/month]
    attrition
        Share of those waiting who leave in a month, above 0. [share]
    horizon
        Months that the answer is meant for; None for the long run itself. [months]

    Raises
    ------
    WaitingError
        If nobody leaves, so that the list grows without end, starts do not fall short, or the list settles
        only after the horizon.

    Examples
    --------
    >>> overloaded_list(np.array([48.0]), np.array([40.0]), np.array([0.03])).waiting.round(3)
    array([266.667])
    """
    arrivals, starts, attrition = np.broadcast_arrays(arrivals, starts, attrition)
    if np.any(starts > arrivals):
        raise WaitingError("capacity exceeds arrivals: the list runs down to 0 rather than settling above it")
    if np.any(attrition <= 0.0):
        growth = float(np.max(arrivals - starts))
        raise WaitingError(
            f"nobody leaves the list, so it has no steady state: it grows by {growth:g} people a month"
        )
    left_a_month = np.log1p(-attrition)
    if horizon is not None:
        slowest = float(np.max(-1.0 / left_a_month))
        require_settled(slowest, horizon, "months", "the overloaded list")
    return OverloadedList(
        waiting=(arrivals - starts) / attrition,
        share_starting=starts / arrivals,
        wait_of_starters=np.log(starts / arrivals) / left_a_month,
        wait_of_starters_fluid=np.log(arrivals / starts) / attrition,
        clearance_time=(arrivals - starts) / attrition / starts,
    )


def expected_wait(waiting: FloatArray, starts: FloatArray, attrition: FloatArray) -> FloatArray:
    """Return how long a person who joins the end of a list will wait, if capacity stays as it is.

    Those ahead shrink by attrition and starts: n months on, W q^n - mu (1 - q^n) / theta of them are left,
    q = 1 - theta, which is 0 after ln(mu / (mu + theta W)) / ln(q) months; W / mu without attrition.

    Parameters
    ----------
    waiting
        People ahead. [people]
    starts
        Capacity. [people/month]
    attrition
        [share/month]

    Returns
    -------
    Infinite where nobody can start. [months]

    Examples
    --------
    >>> expected_wait(np.array([266.6666667, 80.0]), np.array([40.0, 40.0]), np.array([0.03, 0.0])).round(5)
    array([5.98576, 2.     ])
    """
    without = ratio(waiting, starts, when_zero=np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        # log1p keeps its digits where attrition is small; where everybody leaves, nobody is ahead for long.
        result = np.asarray(np.log1p(attrition * without) / -np.log1p(-attrition))
    np.copyto(result, without, where=attrition <= 0.0)
    np.copyto(result, 0.0, where=(attrition >= 1.0) | (waiting <= 0.0))
    return result


def list_metrics(
    demand: FloatArray,
    capacity: FloatArray,
    queue: FloatArray,
    mean_wait: FloatArray,
    target_weeks: float,
    *,
    weeks_to_target: float = TIME_TO_TARGET_WEEKS,
    demand_variation: float = 1.0,
    capacity_variation: float = 1.0,
    factor: float = TARGET_QUEUE_FACTOR,
) -> ListMetrics:
    """Return load, target queue, relief and target capacity, and pressure of a list.

    Parameters
    ----------
    demand, capacity
        [people/week]
    queue
        [people]
    mean_wait, target_weeks
        [weeks]
    weeks_to_target
        Time in which the list is to reach its target queue. [weeks]
    demand_variation, capacity_variation
        Coefficients of variation of arrivals and starts. [ratio]
    factor
        How often the mean wait of the target queue goes into the target; 4 leaves about 2 % over it.

    References
    ----------
    .. [1] Fong K, Fleming O, Doyle R, et al. (2022). An introduction to waiting list theory: white paper.
       London North West University Healthcare NHS Trust.
    .. [2] NHS-R Community. NHSRwaitinglist (R package): target capacity as its code has it, with the halved
       sum of variances.

    Examples
    --------
    >>> one = np.array([1.0])
    >>> metrics = list_metrics(30.0 * one, 25.0 * one, 1_000.0 * one, 20.0 * one, 18.0)
    >>> metrics.target_queue, metrics.relief_capacity.round(2), metrics.pressure.round(3)
    (array([135.]), array([63.27]), array([2.222]))
    """
    _require_positive("the target wait", target_weeks)
    _require_positive("the time to the target", weeks_to_target)
    target_queue = demand * target_weeks / factor
    variation = (demand_variation**2 + capacity_variation**2) / 2.0
    return ListMetrics(
        load=ratio(demand, capacity, when_zero=np.inf),
        target_queue=target_queue,
        relief_needed=np.asarray(queue > 2.0 * target_queue),
        relief_capacity=demand + (queue - target_queue) / weeks_to_target,
        target_capacity=demand + variation * factor / target_weeks,
        pressure=2.0 * mean_wait / target_weeks,
    )


def capacity_to_clear(
    waiting: FloatArray,
    arrivals: FloatArray,
    attrition: FloatArray,
    months: int,
    target_queue: float | FloatArray = 0.0,
) -> FloatArray:
    """Return the steady starts a month that bring a list to a target queue in a number of months.

    A + theta (W0 q^N - T) / (1 - q^N) with q = 1 - theta; A + (W0 - T) / N without attrition.

    Parameters
    ----------
    waiting
        The list today. [people]
    arrivals
        [people/month]
    attrition
        Below 1. [share/month]
    months
        1 or more.
    target_queue
        What counts as cleared. [people]

    Raises
    ------
    WaitingError
        If attrition is 1 or no month is left.

    Examples
    --------
    >>> backlog, arrivals = np.array([180.0]), np.array([48.0])
    >>> capacity_to_clear(backlog, arrivals, np.array([0.03]), 6).round(4)
    array([74.9299])
    >>> capacity_to_clear(backlog, arrivals, np.array([0.0]), 6)
    array([78.])
    """
    _require_positive("the number of months", months)
    waiting, arrivals, attrition, target = np.broadcast_arrays(waiting, arrivals, attrition, target_queue)
    if np.any(attrition >= 1.0):
        raise WaitingError("everybody leaves the list within a month, so there is no backlog to clear")
    log_stay = np.log1p(-attrition)
    stay, leave = np.exp(months * log_stay), -np.expm1(months * log_stay)
    weight = ratio(attrition, leave, when_zero=1.0 / months)
    return np.asarray(arrivals + weight * (waiting * stay - target))


def sessions_per_starter(dropout_per_session: FloatArray, most_sessions: int) -> FloatArray:
    """Return mean attended sessions of a course of S sessions that a share d leaves after each.

    (1 - (1 - d)^S) / d, and S where nobody drops out.

    Examples
    --------
    >>> sessions_per_starter(np.array([0.0, 0.1]), 8).round(4)
    array([8.    , 5.6953])
    """
    _require_share("dropout after a session", dropout_per_session)
    with np.errstate(divide="ignore"):
        finished = -np.expm1(most_sessions * np.log1p(-dropout_per_session))
    return ratio(finished, dropout_per_session, when_zero=float(most_sessions))


def completion_probability(dropout_per_session: FloatArray, most_sessions: int) -> FloatArray:
    """Return the share of starters who attend every session of a course: (1 - d)^(S - 1).

    Examples
    --------
    >>> completion_probability(np.array([0.0, 0.1]), 8).round(4)
    array([1.    , 0.4783])
    """
    _require_share("dropout after a session", dropout_per_session)
    return np.asarray((1.0 - dropout_per_session) ** (most_sessions - 1))


def start_capacity(
    wte: FloatArray,
    hours_per_wte: FloatArray,
    direct_share: FloatArray,
    session_hours: FloatArray,
    dna_rate: FloatArray,
    dna_slot_share: FloatArray,
    sessions_per_start: FloatArray,
    completion_share: FloatArray,
) -> StartCapacity:
    """Return what a number of staff can deliver in a month.

    Parameters
    ----------
    wte
        [WTE]
    hours_per_wte
        [hours/(WTE*year)]
    direct_share
        Share of hours that are booked with clients. [share]
    session_hours
        [hours/session]
    dna_rate, dna_slot_share
        Share of bookings not attended, and the part of such a slot that is lost. [share]
    sessions_per_start
        Attended sessions of a starter. [sessions/client]
    completion_share
        Of starters. [share]

    Examples
    --------
    >>> values = (np.array([x]) for x in (3.0, 1_552.5, 0.55, 1.0, 0.12, 1.0, 7.0, 0.65))
    >>> start_capacity(*values).starts.round(4)
    array([26.8361])
    """
    _require_share("the share of bookings not attended", dna_rate)
    slots = wte * hours_per_wte / MONTHS_PER_YEAR * direct_share / session_hours
    attended = slots / slots_per_attendance(dna_rate, dna_slot_share)
    starts = attended / sessions_per_start
    return StartCapacity(slots, attended, starts, starts * completion_share)


def wte_for_starts(
    starts: FloatArray,
    sessions_per_start: FloatArray,
    dna_rate: FloatArray,
    dna_slot_share: FloatArray,
    session_hours: FloatArray,
    hours_per_wte_month: FloatArray,
    direct_share: FloatArray,
) -> FloatArray:
    """Return the staff that a number of starts a month takes: `start_capacity` the other way round.

    Examples
    --------
    >>> values = (np.array([x]) for x in (48.0, 7.0, 0.12, 1.0, 1.0, 129.375, 0.55))
    >>> wte_for_starts(*values).round(4)
    array([5.3659])
    """
    _require_share("the share of bookings not attended", dna_rate)
    slots = starts * sessions_per_start * slots_per_attendance(dna_rate, dna_slot_share)
    return np.asarray(slots * session_hours / (hours_per_wte_month * direct_share))


def binding_constraint(limits: FloatArray) -> tuple[FloatArray, IntArray]:
    """Return the starts that the tightest of several limits allows, and which limit that is.

    Parameters
    ----------
    limits
        Starts that each limit allows; infinite where it does not apply. Last axis (limit,). [people/month]

    Returns
    -------
    The smallest limit, and its place on the last axis (the first of equals).

    Examples
    --------
    >>> starts, which = binding_constraint(np.array([[28.57, 17.14]]))
    >>> starts, which
    (array([17.14]), array([1]))
    """
    return np.asarray(limits.min(axis=-1)), np.asarray(limits.argmin(axis=-1), dtype=np.int64)


def _require_share(name: str, value: FloatArray) -> None:
    if np.any(np.asarray(value) < 0.0) or np.any(np.asarray(value) >= 1.0):
        worst = float(np.max(value)) if np.any(np.asarray(value) >= 1.0) else float(np.min(value))
        raise WaitingError(f"{name} must be at least 0 and below 1, or nobody would finish; got {worst:g}")


def _require_positive(name: str, value: float) -> None:
    if not value > 0:
        raise WaitingError(f"{name} must be more than 0; got {value:g}")
