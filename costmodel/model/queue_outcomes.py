"""What a year through time says of those who wait: lists, waits and caseload, Hub by Hub and together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from costmodel.model.arrays import ratio, stacked, total
from costmodel.model.list_capacity import expected_wait
from costmodel.model.outcomes import with_all_hubs
from costmodel.model.through_time import ThroughTime
from costmodel.model.types import FloatArray
from costmodel.model.waiting_list import start_rate, wait_quantile
from costmodel.model.waiting_types import ListInputs

MEDIAN, HIGH = 0.5, 0.95


@dataclass(frozen=True)
class QueueOutcomes:
    """People who wait, and how long. The `place` axis is all Hubs together, then each Hub.

    Attributes
    ----------
    opening_list, waiting
        People who wait for therapy today, and at the end. Shape (draw, place). [people]
    accepted, left_list
        People accepted for therapy, and those who leave the list without starting. Shape (draw, place).
        [people/year]
    caseload
        People in therapy at the end. Shape (draw, place). [people]
    awaiting
        People who wait for each stage before or beside therapy at the end, in the order of `QUEUES`.
        Shape (draw, place, queue). [people]
    mean_wait, median_wait, wait_95
        Of those who start; not a number where nobody does. Shape (draw, place). [weeks]
    share_over
        Of those who wait at the end, who have waited longer than each target. Shape (draw, place, target).
        [share]
    expected_wait_today, expected_wait_at_end
        Of a person accepted for therapy today, if the capacity of an average step lasts, and at the end, if
        that of the last step does, at an average step's leave; not a number where nobody can start. Shape
        (draw, place). [weeks]
    """

    opening_list: FloatArray
    waiting: FloatArray
    accepted: FloatArray
    left_list: FloatArray
    caseload: FloatArray
    awaiting: FloatArray
    mean_wait: FloatArray
    median_wait: FloatArray
    wait_95: FloatArray
    share_over: FloatArray
    expected_wait_today: FloatArray
    expected_wait_at_end: FloatArray


def queue_outcomes(time: ThroughTime) -> QueueOutcomes:
    """Return who waits and how long, over all steps of a run through time.

    Parameters
    ----------
    time
        The run; of one year where the outcomes stand beside a year's cost.
    """
    inputs, flows, weeks = time.inputs, time.flows, time.weeks_per_step
    waiting = flows.waiting[..., -1]
    by_wait = with_all_hubs(flows.starts_by_wait)
    started = total(by_wait, axis=2)
    waited = total(by_wait * np.arange(by_wait.shape[2]), axis=2)
    accepted = total(inputs.arrivals, axis=2)
    shares = stacked(
        [
            _weighted(flows.share_over[..., -1, target], waiting, when_zero=0.0)
            for target in range(inputs.targets.size)
        ]
    )
    at_end = over_classes(flows.expected_wait[:, :, -1], inputs.class_shares)
    return QueueOutcomes(
        opening_list=with_all_hubs(total(inputs.opening_list, axis=2)),
        waiting=with_all_hubs(waiting),
        accepted=with_all_hubs(accepted),
        left_list=with_all_hubs(total(flows.left_list, axis=2)),
        caseload=with_all_hubs(flows.caseload[..., -1]),
        awaiting=with_all_hubs(time.awaiting[:, :, -1]),
        mean_wait=ratio(waited, started) * weeks,
        median_wait=wait_quantile(by_wait, MEDIAN) * weeks,
        wait_95=wait_quantile(by_wait, HIGH) * weeks,
        share_over=shares,
        expected_wait_today=_finite(_weighted(_wait_today(inputs), accepted)) * weeks,
        expected_wait_at_end=_finite(_weighted(at_end, accepted)) * weeks,
    )


def _wait_today(inputs: ListInputs) -> FloatArray:
    """Return the expected wait of a person accepted today, mean of the classes. Shape (draw, hub)."""
    opening, rate = total(inputs.opening_list, axis=2), start_rate(inputs)
    places = total(rate, axis=2) / rate.shape[2]
    coming = total(inputs.arrivals, axis=2) / rate.shape[2]
    ahead, waits = np.zeros_like(opening), []
    for share in inputs.class_shares:
        ahead = ahead + opening * share
        waits.append(expected_wait(ahead, places, inputs.attrition))
        places = np.maximum(places - coming * share, 0.0)
    return over_classes(stacked(waits), inputs.class_shares)


def over_classes(waits: FloatArray, shares: FloatArray) -> FloatArray:
    """Return the mean over the classes, the last axis; those that nobody belongs to do not count."""
    weighted = np.where(shares > 0.0, waits * np.where(shares > 0.0, shares, 1.0), 0.0)
    return total(weighted, axis=waits.ndim - 1)


def _weighted(values: FloatArray, weights: FloatArray, when_zero: float = np.nan) -> FloatArray:
    """Return values by Hub with their weighted mean first. Shape (draw, place)."""
    weighted = total(np.where(weights > 0.0, values, 0.0) * weights, axis=1)
    mean = ratio(weighted, total(weights, axis=1), when_zero)
    return np.concatenate([mean[:, None], values], axis=1)


def _finite(values: FloatArray) -> FloatArray:
    return np.where(np.isfinite(values), values, np.nan)
