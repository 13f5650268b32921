"""Extra capacity that brings a waiting list down to a target in time, found on the list itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from costmodel.model.arrays import ratio, total
from costmodel.model.list_capacity import expected_wait
from costmodel.model.queueing import WaitingError
from costmodel.model.types import BoolArray, FloatArray, IntArray

_HALVINGS = 60


@dataclass(frozen=True)
class Backlog:
    """A list to clear. Every array starts with the axes (draw, hub).

    Attributes
    ----------
    opening
        People waiting today. Shape (draw, hub). [people]
    arrivals
        If waits stay as they are. Shape (draw, hub, month). [people/month]
    starts_by_staff
        Starts that the hours of the staff in post allow. Shape (draw, hub, month). [people/month]
    starts_by_caseload
        Starts that the caseload allows; grows with staff. Shape (draw, hub, month). [people/month]
    starts_by_place
        Starts that rooms and supervisors allow, whatever the staff. Shape (draw, hub, month). [people/month]
    attrition
        Shape (draw, hub). [share/month]
    output
        Work of staff hired today, by month, against an experienced colleague. Shape (month,). [share]
    target_queue
        The list that counts as cleared. Shape (draw, hub). [people]
    target_wait
        Wait below which a shorter one brings no further referrals. [months]
    elasticity
        By how many per cent referrals rise when waits fall by one per cent; 0 where waits do not matter.
    """

    opening: FloatArray
    arrivals: FloatArray
    starts_by_staff: FloatArray
    starts_by_caseload: FloatArray
    starts_by_place: FloatArray
    attrition: FloatArray
    output: FloatArray
    target_queue: FloatArray
    target_wait: float
    elasticity: float = 0.0


@dataclass(frozen=True)
class Path:
    """A list through time. Shape (draw, hub, month) each; [people] or [people/month]."""

    waiting: FloatArray
    starts: FloatArray
    left_list: FloatArray
    arrivals: FloatArray


@dataclass(frozen=True)
class Clearance:
    """What clears a list.

    Attributes
    ----------
    extra_starts
        Starts a month that the extra staff must bring once they work in full; not a number where no number
        of staff would do. Shape (draw, hub). [people/month]
    feasible
        Shape (draw, hub).
    cleared_in
        Month from whose end on the list stays at its target, from 1; 0 where it ends above.
        Shape (draw, hub).
    path
        With the extra staff, or with as many as can help where that does not clear the list.
    path_without
        With the staff in post.
    """

    extra_starts: FloatArray
    feasible: BoolArray
    cleared_in: IntArray
    path: Path
    path_without: Path


def clear(backlog: Backlog) -> Clearance:
    """Return the least extra capacity that brings the list to its target by the last month.

    The list at the end falls as capacity grows, so halving an interval finds it, for every draw at once.

    Raises
    ------
    WaitingError
        If the elasticity is negative.

    Examples
    --------
    >>> steady = np.ones((1, 1, 6))
    >>> plan = clear(Backlog(
    ...     opening=np.array([[180.0]]), arrivals=48 * steady, starts_by_staff=40 * steady,
    ...     starts_by_caseload=np.inf * steady, starts_by_place=np.inf * steady,
    ...     attrition=np.array([[0.03]]), output=np.ones(6), target_queue=np.zeros((1, 1)), target_wait=0.0,
    ... ))
    >>> plan.extra_starts.round(4)
    array([[34.9299]])
    """
    if backlog.elasticity < 0.0:
        raise WaitingError("shorter waits cannot bring fewer referrals; give an elasticity of 0 or more")
    none = np.zeros_like(backlog.opening)
    without = follow(backlog, none)
    most = _more_than_enough(backlog)
    reached = follow(backlog, most).waiting[..., -1] <= backlog.target_queue
    low, high = none, most
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        enough = follow(backlog, middle).waiting[..., -1] <= backlog.target_queue
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    needed = np.where(without.waiting[..., -1] <= backlog.target_queue, 0.0, high)
    path = follow(backlog, needed)
    above = path.waiting > backlog.target_queue[..., None]
    n_months = above.shape[-1]
    last_above = np.where(above.any(axis=-1), n_months - above[..., ::-1].argmax(axis=-1), 0)
    return Clearance(
        extra_starts=np.where(reached, needed, np.nan),
        feasible=reached,
        cleared_in=np.where(last_above == n_months, 0, last_above + 1),
        path=path,
        path_without=without,
    )


def follow(backlog: Backlog, extra_starts: FloatArray) -> Path:
    """Return the list with extra capacity, referrals answering to waits.

    Parameters
    ----------
    backlog
        The list.
    extra_starts
        Of extra staff who work in full. Shape (draw, hub). [people/month]
    """
    queue = backlog.opening
    capacity = _capacity(backlog, extra_starts)
    today = np.minimum(backlog.starts_by_staff, backlog.starts_by_caseload)[..., 0]
    wait_today = expected_wait(queue, np.minimum(today, backlog.starts_by_place[..., 0]), backlog.attrition)
    columns: dict[str, list[FloatArray]] = {"waiting": [], "starts": [], "left_list": [], "arrivals": []}
    for month in range(backlog.arrivals.shape[-1]):
        wait = expected_wait(queue, capacity[..., month], backlog.attrition)
        arrivals = backlog.arrivals[..., month] * _answer(backlog, wait, wait_today)
        left = queue * backlog.attrition
        available = queue - left + arrivals
        starts = np.minimum(available, capacity[..., month])
        queue = available - starts
        for name, value in zip(columns, (queue, starts, left, arrivals), strict=True):
            columns[name].append(value)
    return Path(**{name: np.stack(values, axis=-1) for name, values in columns.items()})


def _answer(backlog: Backlog, wait: FloatArray, wait_today: FloatArray) -> FloatArray | float:
    """Return referrals against those at today's wait: the ratio of waits ^ (- elasticity)."""
    if backlog.elasticity == 0.0:
        return 1.0
    floor = max(backlog.target_wait, np.finfo(np.float64).tiny)
    with np.errstate(invalid="ignore"):
        change = np.maximum(wait, floor) / np.maximum(wait_today, floor)
    # A wait without end is not a wait that referrals could answer to.
    return np.asarray(np.where(np.isfinite(change) & (change > 0.0), change, 1.0) ** -backlog.elasticity)


def _capacity(backlog: Backlog, extra_starts: FloatArray) -> FloatArray:
    extra = extra_starts[..., None] * backlog.output
    staff = backlog.starts_by_staff + extra
    growth = ratio(staff, backlog.starts_by_staff, when_zero=1.0)
    # Where nobody works yet, those who come bring their own caseload.
    caseload = np.where(backlog.starts_by_staff > 0.0, backlog.starts_by_caseload * growth, np.inf)
    return np.asarray(np.minimum(np.minimum(staff, caseload), backlog.starts_by_place))


def _more_than_enough(backlog: Backlog) -> FloatArray:
    """Return extra capacity beyond which more would change nothing: everybody could start in any month."""
    everybody = backlog.opening + total(backlog.arrivals, axis=-1)
    working = backlog.output[backlog.output > 0.0]
    slowest = float(working.min()) if working.size else 1.0
    induced = 1.0 + 99.0 * (backlog.elasticity > 0.0)
    return np.asarray(induced * (everybody + 1.0) / slowest)
