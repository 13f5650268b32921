"""The list to clear, from a run through time, and the figures of what clears it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from costmodel.analysis.capacity import through_time_of
from costmodel.gather import Layout, gather
from costmodel.gather.through_time import NO_LIST
from costmodel.model.activities import hours_per_unit
from costmodel.model.arrays import ratio, total
from costmodel.model.backlog import Backlog, Clearance, Hires, Path, staff_for
from costmodel.model.checks import valid_draws
from costmodel.model.draws import in_every_draw
from costmodel.model.evaluate import evaluate
from costmodel.model.queueing import WaitingError
from costmodel.model.therapy_capacity import hires_output
from costmodel.model.through_time import ThroughTime
from costmodel.model.types import BoolArray, FloatArray, ModelInputs, Volume
from costmodel.units import MONTH, MONTHS_PER_YEAR, WEEKS_PER_MONTH

LATEST_MONTHS: Final = 3
"""Months at the end whose referrals say what it takes to keep up from then on."""

FIGURES: Final[Mapping[str, tuple[str, str]]] = {
    "opening_list": ("Waiting today", "people"),
    "arrivals": ("Accepted for therapy, an average month", "people/month"),
    "target_queue": ("List that counts as cleared", "people"),
    "wte_now": ("Staff time free for therapy, an average month", "WTE"),
    "wte_to_hold": (f"Staff time that keeps up with the last {LATEST_MONTHS} months' referrals", "WTE"),
    "wte_to_clear": ("Staff time that clears the list", "WTE"),
    "extra_wte": ("Extra staff to hire", "WTE"),
    "wte_short": ("Staff short of keeping up, who must stay", "WTE"),
    "temporary_wte": ("Temporary staff, to be released", "WTE"),
    "list_at_end": ("Waiting at the end, with the extra staff", "people"),
    "list_at_end_without": ("Waiting at the end, without", "people"),
    "starts": ("Starts, with the extra staff", "people"),
    "starts_without": ("Starts, without", "people"),
    "left_unserved": ("Leave the list unserved, with the extra staff", "people"),
    "left_unserved_without": ("Leave the list unserved, without", "people"),
    "in_therapy_at_end": ("Started by the extra staff and still in therapy at the end", "people"),
}
"""Label and unit of each figure, in the order of the table."""


@dataclass(frozen=True)
class FollowedDraws:
    """Some draws through time, and what a further member of staff is in them.

    Attributes
    ----------
    time
        As many months as are asked about.
    hours_per_wte
        Work of one WTE in an average month of a year, those who are new among them. Shape (draw, hub, pool).
        [hours/(WTE*month)]
    upkeep
        Time of each pool that a further WTE takes, whatever its pool. Shape (draw, hub, pool).
        [hours/(WTE*month)]
    caseload_per_wte
        Infinite without a cap. Shape (draw, 1). [people/WTE]
    output
        Of a new starter, by month in post. Shape (month,). [share]
    average_work
        Work in an average month of a year against that of experienced staff. Shape (draw,). [ratio]
    possible
        Draws that a cost run would not leave out. Shape (draw,).
    """

    time: ThroughTime
    hours_per_wte: FloatArray
    upkeep: FloatArray
    caseload_per_wte: FloatArray
    output: FloatArray
    average_work: FloatArray
    possible: BoolArray


def follow_draws(layout: Layout, draws: dict[str, FloatArray], months: int) -> FollowedDraws:
    """Return a set of draws month by month.

    Raises
    ------
    WaitingError
        If the specification holds no list, or an input is impossible.
    """
    inputs = in_every_draw(gather(layout, draws, months=months, step=MONTH))
    if inputs.time is None:
        raise WaitingError(NO_LIST)
    outputs = evaluate(inputs)
    year = int(MONTHS_PER_YEAR)
    time = through_time_of(outputs, max(months, year))
    hours, average_work = time.hours, time.multiplier[:, :year].mean(axis=1)
    per_wte = ratio(hours.pool_hours, hours.pool_wte)
    # A pool that nobody is in yet is taken to work as much as the others of its Hub.
    of_hub = ratio(total(hours.pool_hours, axis=2), total(hours.pool_wte, axis=2))
    per_wte = np.where(hours.pool_wte > 0.0, per_wte, of_hub[..., None])
    return FollowedDraws(
        time=time.until(months),
        hours_per_wte=per_wte * average_work[:, None, None],
        upkeep=_upkeep(inputs) / MONTHS_PER_YEAR,
        caseload_per_wte=inputs.time.caseload_per_wte,
        output=inputs.time.new_starter_output,
        average_work=average_work,
        possible=valid_draws(outputs.outcomes),
    )


def list_to_clear(followed: FollowedDraws, lead: int, target_weeks: float, elasticity: float) -> Backlog:
    """Return the list to clear, with what staff in post, extra staff, caseload and places allow.

    Parameters
    ----------
    followed
        The draws.
    lead
        From the decision to the first day in post. [months]
    target_weeks, elasticity
        As in `Plan`.
    """
    time = followed.time
    inputs, limits, lasting = time.inputs, time.limits, time.limits_at_average_leave
    n_pools, n_months = time.at_work.shape[2], limits.shape[2]
    wte = np.where(time.hours.per_start > 0.0, followed.hours_per_wte, 1.0)
    hires = Hires(
        wte_per_start=time.hours.per_start / wte,
        upkeep=np.where(time.hours.per_start > 0.0, followed.upkeep / wte, 0.0),
        starts_per_caseload=np.broadcast_to(
            followed.caseload_per_wte / inputs.retention.sum(), inputs.attrition.shape
        ),
        output=hires_output(n_months, lead, followed.output),
        in_post=hires_output(n_months, lead, np.ones(1)),
    )
    return Backlog(
        opening=total(inputs.opening_list, axis=2),
        arrivals=inputs.arrivals,
        starts_by_pool=np.moveaxis(limits[..., :n_pools], 3, 2),
        starts_by_caseload=limits[..., n_pools],
        starts_by_place=limits[..., n_pools + 1 :].min(axis=3),
        attrition=inputs.attrition,
        hires=hires,
        target_queue=inputs.arrivals[..., -1] * target_weeks / WEEKS_PER_MONTH,
        target_wait=target_weeks / WEEKS_PER_MONTH,
        elasticity=elasticity,
        starts_by_pool_at_average_leave=(
            None if lasting is None else np.moveaxis(lasting[..., :n_pools], 3, 2)
        ),
    )


def plan_figures(
    followed: FollowedDraws, backlog: Backlog, clearance: Clearance, pools: Sequence[str]
) -> dict[str, FloatArray]:
    """Return every one of `FIGURES`, and staff by pool after a dot. Shape (draw, hub) each."""
    path, without, hires = clearance.path, clearance.path_without, backlog.hires
    extra = total(clearance.extra_wte, axis=2)
    gives = hires.gives_therapy
    by_pool = total(np.where(gives[..., None], backlog.starts_by_pool, 0.0), axis=3) / path.starts.shape[2]
    now = total(by_pool * hires.wte_per_start, axis=2)
    hold, short = _to_keep_up(followed, backlog, path)
    by_name = {"extra_wte": clearance.extra_wte, "wte_short": short}
    return {
        "opening_list": backlog.opening,
        "arrivals": path.arrivals.mean(axis=2),
        "target_queue": backlog.target_queue,
        "wte_now": now,
        "wte_to_hold": hold,
        "wte_to_clear": now + extra,
        "extra_wte": extra,
        "wte_short": total(short, axis=2),
        # Pool by pool: spare staff of one do not stand in for those whom another is short of.
        "temporary_wte": total(np.maximum(clearance.extra_wte - short, 0.0), axis=2),
        "list_at_end": path.waiting[..., -1],
        "list_at_end_without": without.waiting[..., -1],
        "starts": total(path.starts, axis=2),
        "starts_without": total(without.starts, axis=2),
        "left_unserved": total(path.left_list, axis=2),
        "left_unserved_without": total(without.left_list, axis=2),
        "in_therapy_at_end": _still_in_therapy(path, without, followed.time.inputs.retention),
        **{
            f"{name}.{pool}": wte[..., number]
            for name, wte in by_name.items()
            for number, pool in enumerate(pools)
        },
    }


def _to_keep_up(followed: FollowedDraws, backlog: Backlog, path: Path) -> tuple[FloatArray, FloatArray]:
    """Return the staff time that keeps up with referrals from the end on, and the staff short of it by pool.

    Both against the staff in post at the end and in an average month of a year, so that holidays and posts
    still to be filled do not look like a lasting want of staff. Shape (draw, hub), and (draw, hub, pool).
    [WTE]
    """
    hires, time = backlog.hires, followed.time
    last = slice(-LATEST_MONTHS, None)
    arrivals = path.arrivals[..., last].mean(axis=2)
    work = ratio(followed.average_work, time.multiplier[:, last].mean(axis=1), when_zero=0.0)
    at_work = time.at_work[..., last].mean(axis=3) * work[:, None, None]
    free = np.maximum(at_work - time.hours.before[..., last].mean(axis=3), 0.0)
    by_pool = np.where(hires.gives_therapy, ratio(free, time.hours.per_start), np.inf)
    by_caseload = backlog.starts_by_caseload[..., last].mean(axis=2)
    short = staff_for(arrivals, by_pool, by_caseload, hires)
    by_hours = arrivals * total(hires.wte_per_start, axis=2)
    there = total(np.where(hires.gives_therapy, by_pool, 0.0) * hires.wte_per_start, axis=2)
    capped = np.isfinite(hires.starts_per_caseload)
    lacking = ratio(arrivals - np.where(capped, by_caseload, 0.0), hires.starts_per_caseload)
    return np.where(capped, np.maximum(by_hours, there + lacking), by_hours), short


def _still_in_therapy(path: Path, without: Path, retention: FloatArray) -> FloatArray:
    """Return whom only the extra staff could start and who are in therapy after the last month."""
    theirs = np.maximum(path.starts - without.capacity, 0.0)
    latest_first = theirs[..., ::-1][..., : retention.size - 1]
    return np.asarray((latest_first * retention[1 : 1 + latest_first.shape[2]]).sum(axis=2))


def _upkeep(inputs: ModelInputs) -> FloatArray:
    """Return what activities that follow staff in post take for each of them.

    Shape (draw, hub, pool). [hours/(WTE*year)]
    """
    activities = inputs.activities
    taken = [
        total(hours_per_unit(activities, number), axis=3)
        for number, driver in enumerate(activities.driver)
        if Volume(int(driver)) is Volume.STAFF_WTE
    ]
    return np.asarray(sum(taken, np.zeros(activities.minutes[:, :, 0].shape)))
