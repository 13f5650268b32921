"""Staff time that activities need, and what is delivered when hours run short."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from costmodel.model.arrays import ratio, stacked, total, zeros
from costmodel.model.pathway import scaled_with
from costmodel.model.staffing import slots_per_attendance
from costmodel.model.types import ActivityInputs, FloatArray, TimeKind, Volume
from costmodel.units import MINUTES_PER_HOUR

ROUNDING_TOLERANCE = 1e-12


@dataclass(frozen=True)
class Delivery:
    """What the staff deliver.

    Attributes
    ----------
    volumes
        Delivered people and sessions. Shape (draw, hub, volume).
    hours
        Time used. Shape (draw, hub, activity, pool, time kind without unused). [hours/year]
    unused_hours
        Time that no activity explains. Shape (draw, hub, pool). [hours/year]
    required_hours
        Time that full delivery would need, not a number where nobody attends.
        Shape (draw, hub, activity, pool). [hours/year]
    delivered_share
        Shape (draw, hub, activity). [share]
    """

    volumes: FloatArray
    hours: FloatArray
    unused_hours: FloatArray
    required_hours: FloatArray
    delivered_share: FloatArray


def hours_per_unit(inputs: ActivityInputs, activity: int) -> FloatArray:
    """Return staff hours for one attended unit of an activity, by kind of time.

    Direct time is shared by the clients of a session; indirect time follows direct time where minutes leave
    it out; a booking that is not attended costs the lost share of its slot.

    Returns
    -------
    Shape (draw, hub, pool, 3): direct, indirect, not attended. [hours]
    """
    group_size = inputs.group_size[:, activity, None, None]
    direct = inputs.minutes[:, :, activity, :] / MINUTES_PER_HOUR / group_size
    indirect_ratio = inputs.indirect_ratio[:, None, :] * float(inputs.direct_only[activity])
    slots = slots_per_attendance(inputs.dna_rate[:, activity], inputs.dna_slot_share[:, activity])
    indirect = direct * indirect_ratio
    not_attended = (direct + indirect) * (slots - 1.0)[:, None, None]
    return stacked([direct, indirect, not_attended])


def serve(inputs: ActivityInputs, demand: FloatArray, pool_hours: FloatArray) -> Delivery:
    """Serve the activities in order until the hours of a pool they need run out.

    An activity that is short delivers the share that its scarcest pool allows, and everything later on the
    pathway shrinks with it: for therapy, starts are capped and those not started stay visible as demand less
    starts.

    Parameters
    ----------
    inputs
        Activities in the order in which they are served.
    demand
        Shape (draw, hub, volume).
    pool_hours
        Shape (draw, hub, pool). [hours/year]
    """
    n_draws, n_hubs, _ = demand.shape
    n_activities, n_pools = inputs.driver.size, pool_hours.shape[2]
    volumes = demand.copy(order="K")
    remaining = pool_hours
    hours = zeros(n_draws, n_hubs, n_activities, n_pools, len(TimeKind) - 1)
    required_hours = zeros(n_draws, n_hubs, n_activities, n_pools)
    delivered_share = zeros(n_draws, n_hubs, n_activities)
    for activity in range(n_activities):
        driver = Volume(int(inputs.driver[activity]))
        per_unit = hours_per_unit(inputs, activity)
        per_unit_of_pool = total(per_unit, axis=3)
        somebody_attends = inputs.dna_rate[:, activity, None] < 1.0
        affordable = _affordable_share(volumes[:, :, driver, None] * per_unit_of_pool, remaining)
        share = np.where(somebody_attends, affordable, 0.0)
        delivered = (volumes[:, :, driver] * share)[:, :, None, None]
        used = hours[:, :, activity]
        np.multiply(delivered, per_unit, out=used, where=somebody_attends[:, :, None, None])
        required_hours[:, :, activity] = demand[:, :, driver, None] * per_unit_of_pool
        delivered_share[:, :, activity] = share
        left = remaining - total(used, axis=3)
        # What rounding leaves of a used-up pool would give later activities a trace of a person.
        remaining = np.where(left <= ROUNDING_TOLERANCE * pool_hours, 0.0, left)
        volumes[:, :, list(scaled_with(driver))] *= share[:, :, None]
    return Delivery(volumes, hours, remaining, required_hours, delivered_share)


def _affordable_share(required: FloatArray, remaining: FloatArray) -> FloatArray:
    """Return the share of the required hours that the scarcest pool has. Shape (draw, hub)."""
    affordable = ratio(np.minimum(required, remaining), required, when_zero=1.0)
    return np.asarray(np.minimum.reduce(affordable, axis=2))
