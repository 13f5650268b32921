"""Everything that staff do besides therapy, step by step: people wait for each stage and nobody is lost.

Within a step: those who wait leave at a rate, new people register, and the activities are served in their
order, each until the hours of a pool that it needs run out. Whom a stage cannot serve waits for the next
step; what is not for people one by one (team sessions, outreach) is simply not done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from costmodel.model.activities import ROUNDING_TOLERANCE, hours_per_unit
from costmodel.model.arrays import draws_first, total
from costmodel.model.balance import require_conserved
from costmodel.model.pathway import scaled_with, steps_of_clients
from costmodel.model.time_inputs import TimeInputs
from costmodel.model.types import FloatArray, ModelInputs, Volume

QUEUES: Final = (
    Volume.SCREENED,
    Volume.TRIAGED,
    Volume.ASSESSED,
    Volume.SIGNPOSTED,
    Volume.NAVIGATED,
    Volume.BRIEF_SUPPORT,
)
"""The stages besides therapy for which people may wait."""
THERAPY: Final = (Volume.THERAPY_STARTS, Volume.ATTENDED_SESSIONS, Volume.COMPLETIONS, Volume.DROPOUTS)
"""What follows from starts of therapy."""
ENTRY: Final = (Volume.SCREENED, Volume.TRIAGED)
"""The stages that everybody passes before being accepted for therapy."""

_People = dict[Volume, FloatArray]
"""People of one step, each of shape (hub, draw)."""


@dataclass(frozen=True)
class Served:
    """What some activities do, step by step.

    Attributes
    ----------
    volumes
        Served in the first year, of each volume; those of the activities left out as if nothing hindered
        them. Shape (draw, hub, volume).
    units
        Units of each activity delivered in the first year. Shape (draw, hub, activity).
    waiting
        People who wait for each of `QUEUES` at the end of the step. Shape (draw, hub, step, queue).
    left
        Of them, those who left without being served, in the first year. Shape (draw, hub, queue).
    entered
        People who pass each stage of `ENTRY`. Shape (draw, hub, step, stage). [people/step]
    accepted
        People accepted for the Hub's therapy. Shape (draw, hub, step). [people/step]
    hours_left
        Shape (draw, hub, pool, step). [hours/step]
    """

    volumes: FloatArray
    units: FloatArray
    waiting: FloatArray
    left: FloatArray
    entered: FloatArray
    accepted: FloatArray
    hours_left: FloatArray


def hours_at_work(time: TimeInputs, pool_hours: FloatArray) -> FloatArray:
    """Return the work that staff can do in each step.

    Parameters
    ----------
    time
        With leave and new starters by step.
    pool_hours
        Shape (draw, hub, pool). [hours/year]

    Returns
    -------
    Shape (draw, hub, pool, step). [hours/step]
    """
    average = pool_hours / time.steps_per_year
    return draws_first(_draws_last(average)[:, :, None] * _draws_last(time.staff_multiplier))


def serve_steps(
    inputs: ModelInputs,
    time: TimeInputs,
    demand: FloatArray,
    hours: FloatArray,
    activities: Sequence[int],
    entered: FloatArray | None = None,
) -> Served:
    """Serve some activities, in the order given, through every step.

    Parameters
    ----------
    inputs, time
        With every draw axis at full length.
    demand
        A year's cohort. Shape (draw, hub, volume).
    hours
        For these activities. Shape (draw, hub, pool, step). [hours/step]
    activities
        Their places on the activity axis.
    entered
        People who pass each stage of `ENTRY`, where that is settled already; as in `Served`.

    Raises
    ------
    ModelCheckError
        If people are lost at a stage.
    """
    return _Service(inputs, time, demand, activities, entered).run(hours)


class _Service:
    """The state of the stages, with the draws of each quantity together in memory."""

    def __init__(
        self,
        inputs: ModelInputs,
        time: TimeInputs,
        demand: FloatArray,
        activities: Sequence[int],
        entered: FloatArray | None,
    ) -> None:
        self.time, self.activities = time, activities
        self.entered = None if entered is None else np.moveaxis(entered, (2, 3, 1, 0), (0, 1, 2, 3))
        self.fresh = _draws_last(demand).swapaxes(0, 1) / time.steps_per_year
        self.arrivals = np.ascontiguousarray(np.moveaxis(time.arrivals, (2, 1, 0), (0, 1, 2)))
        self.drivers = [Volume(int(driver)) for driver in inputs.activities.driver]
        self.ways: dict[Volume, tuple[Volume, FloatArray]] = {
            volume: (before, _draws_last(share))
            for volume, (before, share) in steps_of_clients(inputs.pathway).items()
            if volume not in THERAPY
        }
        self.attended: FloatArray = np.where(inputs.activities.dna_rate.T < 1.0, 1.0, 0.0)
        self.per_unit = {number: _needs(inputs, number) for number in activities}
        self.staying = 1.0 - _draws_last(time.awaiting_attrition)
        awaiting = _draws_last(time.awaiting)
        self.queues: _People = {
            volume: awaiting[:, place]
            for place, volume in enumerate(QUEUES)
            if entered is None or volume not in ENTRY
        }

    def run(self, hours: FloatArray) -> Served:
        n_draws, n_hubs, _, n_steps = hours.shape
        hours_left = np.moveaxis(hours, (3, 2, 1, 0), (0, 1, 2, 3)).copy()
        waiting = np.zeros((n_steps, len(QUEUES), n_hubs, n_draws))
        entered = np.empty((n_steps, len(ENTRY), n_hubs, n_draws))
        accepted = np.empty((n_steps, n_hubs, n_draws))
        left = np.zeros((len(QUEUES), n_hubs, n_draws))
        units = np.zeros((len(self.drivers), n_hubs, n_draws))
        volumes = np.zeros((len(Volume), n_hubs, n_draws))
        for step in range(n_steps):
            in_year = step < self.time.steps_per_year
            left_now = {volume: people * (1.0 - self.staying) for volume, people in self.queues.items()}
            people = self._asked_for(step)
            for activity in self.activities:
                delivered = self._serve(activity, people, hours_left[step])
                if in_year:
                    units[activity] += delivered
            self._queue(step, people, left_now)
            for volume, number in self.queues.items():
                waiting[step, QUEUES.index(volume)] = number
                if in_year:
                    left[QUEUES.index(volume)] += left_now[volume]
            accepted[step] = people[Volume.THERAPY_DEMAND]
            entered[step] = [people[volume] for volume in ENTRY]
            if in_year:
                for volume, number in people.items():
                    volumes[volume] += number
        return Served(
            volumes=draws_first(np.ascontiguousarray(volumes.swapaxes(0, 1))),
            units=draws_first(np.ascontiguousarray(units.swapaxes(0, 1))),
            waiting=_outside(waiting),
            left=draws_first(np.ascontiguousarray(left.swapaxes(0, 1))),
            entered=_outside(entered),
            accepted=draws_first(np.ascontiguousarray(accepted.swapaxes(0, 1))),
            hours_left=draws_first(np.ascontiguousarray(np.moveaxis(hours_left, (2, 1, 0), (0, 1, 2)))),
        )

    def _asked_for(self, step: int) -> _People:
        """Return everybody who could be served in the step: those who waited, and those who come."""
        people = {volume: self.fresh[volume] for volume in Volume if volume not in (*self.ways, *THERAPY)}
        people[Volume.REGISTERED] = self.arrivals[step]
        for volume, (before, share) in self.ways.items():
            if self.entered is not None and volume in ENTRY:
                people[volume] = self.entered[step, ENTRY.index(volume)]
                continue
            people[volume] = people[before] * share
            if volume in self.queues:
                people[volume] += self.queues[volume] * self.staying
        return people

    def _serve(self, activity: int, people: _People, pools: FloatArray) -> FloatArray:
        """Return the units of an activity that its scarcest pool allows, and take their hours and people."""
        driver, per_unit = self.drivers[activity], self.per_unit[activity]
        asked = people[driver]
        units, used = asked, asked * per_unit
        share = self._affordable(activity, used, pools)
        if (share < 1.0).any():
            units = asked * share
            used = units * per_unit
            self._reduce(driver, people, asked - units, share)
        left = pools - used
        # What rounding leaves of a used-up pool would give later activities a trace of a person.
        left[left <= ROUNDING_TOLERANCE * pools] = 0.0
        pools[...] = left
        return units

    def _affordable(self, activity: int, required: FloatArray, pools: FloatArray) -> FloatArray:
        """Return the share of an activity that its scarcest pool allows; none where nobody attends."""
        share: FloatArray = self.attended[activity]
        short = required > pools
        if short.any():
            by_pool = np.divide(pools, required, out=np.ones_like(required), where=short)
            share = np.minimum(share, np.minimum.reduce(by_pool, axis=0))
        return share

    def _reduce(self, driver: Volume, people: _People, unserved: FloatArray, share: FloatArray) -> None:
        """Take those who could not be served out of everything that comes after, this step."""
        if driver not in ENTRY:
            for volume in scaled_with(driver):
                people[volume] = people[volume] * share
            return
        fewer: _People = {driver: unserved}
        people[driver] = people[driver] - unserved
        for volume, (before, taken) in self.ways.items():
            if before in fewer:
                # Whom an earlier activity could not serve is not there to be taken out again.
                fewer[volume] = np.minimum(fewer[before] * taken, people[volume])
                people[volume] = people[volume] - fewer[volume]

    def _queue(self, step: int, people: _People, left: _People) -> None:
        """Let those who were not served wait, and check that nobody is lost."""
        for volume, opening in self.queues.items():
            before, share = self.ways[volume]
            came = people[before] * share
            closing = opening * self.staying + came - people[volume]
            # What rounding leaves of a stage that served everybody is nobody.
            closing = np.where(closing > ROUNDING_TOLERANCE * (opening + came), closing, 0.0)
            stage = volume.name.lower().replace("_", " ")
            require_conserved(
                f"before being {stage}, in step {step + 1}",
                opening + came,
                left[volume] + people[volume] + closing,
            )
            self.queues[volume] = closing


def _needs(inputs: ModelInputs, activity: int) -> FloatArray:
    """Return the hours that a unit of an activity takes. Shape (pool, hub, draw)."""
    by_pool = np.moveaxis(total(hours_per_unit(inputs.activities, activity), axis=3), (2, 1, 0), (0, 1, 2))
    # Where nobody attends, nothing is delivered and no time is needed.
    return np.ascontiguousarray(np.where(np.isfinite(by_pool), by_pool, 0.0))


def _draws_last(values: FloatArray) -> FloatArray:
    return np.ascontiguousarray(np.moveaxis(values, 0, -1))


def _outside(values: FloatArray) -> FloatArray:
    """Return (step, stage, hub, draw) as (draw, hub, step, stage)."""
    return draws_first(np.ascontiguousarray(np.moveaxis(values, (2, 0, 1), (0, 1, 2))))
