"""Extra staff who bring a waiting list down to a target in time, found on the list itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from costmodel.model.arrays import ratio, total
from costmodel.model.list_capacity import expected_wait
from costmodel.model.queueing import WaitingError
from costmodel.model.types import BoolArray, FloatArray, IntArray

_HALVINGS = 60
_ROUNDS = 8
"""Rounds after which the time that staff bring with them has settled; each takes it a few per cent closer."""


@dataclass(frozen=True)
class Hires:
    """What extra staff can do, by pool. Every array starts with the axes (draw, hub).

    Attributes
    ----------
    wte_per_start
        Staff of the pool that a start in every month takes; 0 for pools that give no therapy. Shape
        (draw, hub, pool). [WTE/(people/month)]
    upkeep
        Time of the pool that each further WTE takes, whatever its pool: supervision and the like. Shape
        (draw, hub, pool). [WTE/WTE]
    starts_per_caseload
        Starts that the caseload of one WTE allows; infinite without a cap. Shape (draw, hub). [people/month]
    output
        Work of staff hired today, by month, against an experienced colleague. Shape (month,). [share]
    in_post
        Share of the month in which they are in post. Shape (month,). [share]
    """

    wte_per_start: FloatArray
    upkeep: FloatArray
    starts_per_caseload: FloatArray
    output: FloatArray
    in_post: FloatArray

    @property
    def gives_therapy(self) -> BoolArray:
        """Which pools a start takes time of. Shape (draw, hub, pool)."""
        return np.asarray(self.wte_per_start > 0.0)


@dataclass(frozen=True)
class Backlog:
    """A list to clear. Every array starts with the axes (draw, hub).

    Attributes
    ----------
    opening
        People waiting today. Shape (draw, hub). [people]
    arrivals
        If waits stay as they are. Shape (draw, hub, month). [people/month]
    starts_by_pool
        Starts that the hours of the staff in post allow, pool by pool. Shape (draw, hub, pool, month).
        [people/month]
    starts_by_caseload
        Starts that their caseload allows. Shape (draw, hub, month). [people/month]
    starts_by_place
        Starts that rooms and the supervisors in post allow, however many are hired. Shape
        (draw, hub, month). [people/month]
    attrition
        Shape (draw, hub). [share/month]
    hires
        What extra staff can do.
    target_queue
        The list that counts as cleared. Shape (draw, hub). [people]
    target_wait
        Wait below which a shorter one brings no further referrals. [months]
    elasticity
        By how many per cent referrals rise when waits fall by one per cent; 0 where waits do not matter.
    starts_by_pool_at_average_leave
        As `starts_by_pool`, were leave in the month that of an average month: what referrals expect to last.
        None where it is.
    """

    opening: FloatArray
    arrivals: FloatArray
    starts_by_pool: FloatArray
    starts_by_caseload: FloatArray
    starts_by_place: FloatArray
    attrition: FloatArray
    hires: Hires
    target_queue: FloatArray
    target_wait: float
    elasticity: float = 0.0
    starts_by_pool_at_average_leave: FloatArray | None = None

    @property
    def lasting_by_pool(self) -> FloatArray:
        """Starts that the hours of each pool allow at an average month's leave, as `starts_by_pool`."""
        usual = self.starts_by_pool_at_average_leave
        return self.starts_by_pool if usual is None else usual


@dataclass(frozen=True)
class Path:
    """A list through time, and the starts that capacity allows. Shape (draw, hub, month) each.

    [people], or [people/month].
    """

    waiting: FloatArray
    starts: FloatArray
    left_list: FloatArray
    arrivals: FloatArray
    capacity: FloatArray


@dataclass(frozen=True)
class Clearance:
    """What clears a list.

    Attributes
    ----------
    extra_wte
        Staff to hire; not a number where no number of staff would do. Shape (draw, hub, pool). [WTE]
    feasible
        Shape (draw, hub).
    cleared_in
        Month from whose end on the list stays at its target, from 1; 0 where it ends above. Extra staff are
        no more than just enough for the last month, so with any it is that. Shape (draw, hub).
    path
        With the extra staff, or with as many as can help where that does not clear the list.
    path_without
        With the staff in post.
    """

    extra_wte: FloatArray
    feasible: BoolArray
    cleared_in: IntArray
    path: Path
    path_without: Path


def clear(backlog: Backlog) -> Clearance:
    """Return the least extra staff who bring the list to its target by the last month.

    Staff are added to the pools that hold the others back, so that the hours of all, and the caseload, allow
    one level of starts. The list at the end falls as that level rises, so halving an interval finds it, for
    every draw at once.

    Raises
    ------
    WaitingError
        If the elasticity is negative.

    Examples
    --------
    >>> steady, one = np.ones((1, 1, 6)), np.ones((1, 1))
    >>> hires = Hires(one[..., None], 0.0 * one[..., None], np.inf * one, np.ones(6), np.ones(6))
    >>> plan = clear(Backlog(
    ...     opening=180.0 * one, arrivals=48.0 * steady, starts_by_pool=40.0 * steady[:, :, None],
    ...     starts_by_caseload=np.inf * steady, starts_by_place=np.inf * steady,
    ...     attrition=0.03 * one, hires=hires, target_queue=0.0 * one, target_wait=0.0,
    ... ))
    >>> plan.extra_wte.round(4)
    array([[[34.9299]]])
    """
    if backlog.elasticity < 0.0:
        raise WaitingError("shorter waits cannot bring fewer referrals; give an elasticity of 0 or more")
    by_pool = _average(backlog.starts_by_pool)
    by_caseload = _average(backlog.starts_by_caseload)
    lowest = np.minimum(by_pool.min(axis=2), by_caseload)

    def staff(further_starts: FloatArray) -> FloatArray:
        return staff_for(lowest + further_starts, by_pool, by_caseload, backlog.hires)

    without = follow(backlog, np.zeros_like(by_pool))
    alone = without.waiting[..., -1] <= backlog.target_queue
    most = _more_than_enough(backlog, by_pool, by_caseload, lowest)
    reached = alone | is_cleared(backlog, staff(most))
    low, high = np.zeros_like(backlog.opening), most
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        enough = is_cleared(backlog, staff(middle))
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    extra = staff(np.where(alone, 0.0, high))
    path = follow(backlog, extra)
    return Clearance(
        extra_wte=np.where(reached[..., None], extra, np.nan),
        feasible=reached,
        cleared_in=np.where(alone, _stays_from(path, backlog), np.where(reached, path.waiting.shape[2], 0)),
        path=path,
        path_without=without,
    )


def is_cleared(backlog: Backlog, extra_wte: FloatArray) -> BoolArray:
    """Return whether some extra staff bring the list to its target by the last month. Shape (draw, hub).

    Parameters
    ----------
    backlog
        The list.
    extra_wte
        Shape (draw, hub, pool), or one row for every draw. [WTE]
    """
    return np.asarray(follow(backlog, extra_wte).waiting[..., -1] <= backlog.target_queue)


def staff_for(level: FloatArray, by_pool: FloatArray, by_caseload: FloatArray, hires: Hires) -> FloatArray:
    """Return the staff by pool who, beside those there are, bring starts to a level.

    Each pool needs the hours that it is short of, and those that all who come take up. Where the caseload
    needs more of them than that, they come from the pools as a start takes their time.

    Parameters
    ----------
    level
        Shape (draw, hub). [people/month]
    by_pool, by_caseload
        Starts that the staff in post allow. Shape (draw, hub, pool) and (draw, hub). [people/month]
    hires
        What extra staff can do, in full.

    Returns
    -------
    Shape (draw, hub, pool). [WTE]

    Examples
    --------
    >>> one = np.ones((1, 1))
    >>> hires = Hires(np.array([[[0.1, 0.2]]]), np.zeros((1, 1, 2)), 5.0 * one, np.ones(1), np.ones(1))
    >>> staff_for(10.0 * one, np.array([[[12.0, 9.0]]]), 10.0 * one, hires)
    array([[[0. , 0.2]]])
    >>> staff_for(10.0 * one, np.array([[[12.0, 9.0]]]), 7.0 * one, hires).round(4)
    array([[[0.1333, 0.4667]]])
    """
    per_start, gives = hires.wte_per_start, hires.gives_therapy
    short = np.where(gives, level[..., None] - np.where(gives, by_pool, 0.0), 0.0) * per_start
    extra = np.maximum(short, 0.0)
    for _ in range(_ROUNDS):
        taken = total(extra, axis=2)[..., None] * hires.upkeep
        extra = np.where(gives, np.maximum(short + taken, 0.0), 0.0)
    capped = np.isfinite(hires.starts_per_caseload)
    for_caseload = np.where(capped, level - np.where(capped, by_caseload, 0.0), 0.0)
    lacking = ratio(for_caseload, hires.starts_per_caseload, when_zero=0.0) - total(extra, axis=2)
    mix = ratio(per_start, total(per_start, axis=2)[..., None], when_zero=0.0)
    return np.asarray(extra + np.maximum(lacking, 0.0)[..., None] * mix)


def follow(backlog: Backlog, extra_wte: FloatArray) -> Path:
    """Return the list with extra staff, referrals answering to waits.

    Parameters
    ----------
    backlog
        The list.
    extra_wte
        Shape (draw, hub, pool). [WTE]
    """
    queue = backlog.opening
    capacity = _capacity(backlog, backlog.starts_by_pool, extra_wte)
    # Where referrals do not answer to waits, no wait matters.
    answered = backlog.elasticity > 0.0 and backlog.starts_by_pool_at_average_leave is not None
    lasting = _capacity(backlog, backlog.lasting_by_pool, extra_wte) if answered else capacity
    today = np.minimum(backlog.lasting_by_pool[..., 0].min(axis=2), backlog.starts_by_caseload[..., 0])
    wait_today = expected_wait(queue, np.minimum(today, backlog.starts_by_place[..., 0]), backlog.attrition)
    columns: dict[str, list[FloatArray]] = {"waiting": [], "starts": [], "left_list": [], "arrivals": []}
    for month in range(backlog.arrivals.shape[-1]):
        wait = expected_wait(queue, lasting[..., month], backlog.attrition)
        arrivals = backlog.arrivals[..., month] * _answer(backlog, wait, wait_today)
        left = queue * backlog.attrition
        available = queue - left + arrivals
        starts = np.minimum(available, capacity[..., month])
        queue = available - starts
        for name, value in zip(columns, (queue, starts, left, arrivals), strict=True):
            columns[name].append(value)
    return Path(capacity=capacity, **{name: np.stack(values, axis=-1) for name, values in columns.items()})


def _average(by_month: FloatArray) -> FloatArray:
    return np.asarray(total(by_month, axis=by_month.ndim - 1) / by_month.shape[-1])


def _stays_from(path: Path, backlog: Backlog) -> IntArray:
    """Return the month from whose end on a list stays at its target; one past the last if it ends above."""
    above = path.waiting > backlog.target_queue[..., None]
    last_above = np.where(above.any(axis=-1), above.shape[-1] - above[..., ::-1].argmax(axis=-1), 0)
    return np.asarray(last_above + 1, dtype=np.int64)


def _answer(backlog: Backlog, wait: FloatArray, wait_today: FloatArray) -> FloatArray | float:
    """Return referrals against those at today's wait: the ratio of waits ^ (- elasticity)."""
    if backlog.elasticity == 0.0:
        return 1.0
    floor = max(backlog.target_wait, np.finfo(np.float64).tiny)
    with np.errstate(invalid="ignore"):
        change = np.maximum(wait, floor) / np.maximum(wait_today, floor)
    # A wait without end is not a wait that referrals could answer to.
    return np.asarray(np.where(np.isfinite(change) & (change > 0.0), change, 1.0) ** -backlog.elasticity)


def _capacity(backlog: Backlog, starts_by_pool: FloatArray, extra_wte: FloatArray) -> FloatArray:
    """Return the starts that staff in post and extra staff allow. Shape (draw, hub, month)."""
    hires = backlog.hires
    everybody = total(extra_wte, axis=2)
    staff = np.full_like(backlog.arrivals, np.inf)
    for pool in range(extra_wte.shape[2]):
        works = extra_wte[:, :, pool, None] * hires.output
        taken = (everybody * hires.upkeep[..., pool])[..., None] * hires.in_post
        further = ratio(works - taken, hires.wte_per_start[..., pool, None], when_zero=0.0)
        staff = np.minimum(staff, starts_by_pool[:, :, pool] + further)
    capped = np.isfinite(hires.starts_per_caseload)
    each = np.where(capped, hires.starts_per_caseload, 0.0)
    caseload = backlog.starts_by_caseload + (everybody * each)[..., None] * hires.in_post
    allowed = np.minimum(np.minimum(staff, caseload), backlog.starts_by_place)
    return np.asarray(np.maximum(allowed, 0.0))


def _more_than_enough(
    backlog: Backlog, by_pool: FloatArray, by_caseload: FloatArray, lowest: FloatArray
) -> FloatArray:
    """Return a rise of the level beyond which more changes nothing: everybody could start in any month."""
    everybody = backlog.opening + total(backlog.arrivals, axis=-1)
    working = backlog.hires.output[backlog.hires.output > 0.0]
    slowest = float(working.min()) if working.size else 1.0
    induced = 1.0 + 99.0 * (backlog.elasticity > 0.0)
    limits = np.concatenate([by_pool, by_caseload[..., None]], axis=2)
    highest = np.where(np.isfinite(limits), limits, 0.0).max(axis=2)
    return np.asarray(2.0 * induced * (everybody + 1.0) / slowest + np.maximum(highest - lowest, 0.0))
