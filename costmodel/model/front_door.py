"""Everything that staff do besides therapy, step by step: people wait for each stage and nobody is lost.

Within a step: those who wait leave at a rate, new people register, and the activities are served in their
order, each until the hours of a pool that it needs run out. Whom a stage cannot serve waits for the next
step; what is not for people one by one (team sessions, outreach) is simply not done.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
        self.entered = None if entered is None else np.moveaxis(entered, 0, -1)
        self.arrivals = _draws_last(time.arrivals)
        self.drivers = [Volume(int(driver)) for driver in inputs.activities.driver]
        self.ways: dict[Volume, tuple[Volume, FloatArray]] = {
            volume: (before, _draws_last(share))
            for volume, (before, share) in steps_of_clients(inputs.pathway).items()
            if volume not in THERAPY
        }
        fresh = np.moveaxis(demand, 0, -1)
        self.fresh: _People = {
            volume: fresh[:, volume] / time.steps_per_year
            for volume in Volume
            if volume not in (*self.ways, *THERAPY)
        }
        self.attended: FloatArray = np.where(inputs.activities.dna_rate.T < 1.0, 1.0, 0.0)
        self.per_unit = {number: _needs(inputs, number) for number in activities}
        self.leaving = _draws_last(time.awaiting_attrition)
        self.staying = 1.0 - self.leaving
        awaiting = _draws_last(time.awaiting)
        # A stage for which nobody waits in any draw holds nothing, which is quicker than zeros.
        self.queues: dict[Volume, FloatArray | None] = {
            volume: awaiting[:, place] if awaiting[:, place].any() else None
            for place, volume in enumerate(QUEUES)
            if entered is None or volume not in ENTRY
        }
        self.reduced: set[Volume] = set()

    def run(self, hours: FloatArray) -> Served:
        n_draws, n_hubs, _, n_steps = hours.shape
        hours_left = np.moveaxis(hours, 0, -1).copy()
        waiting = np.zeros((n_hubs, n_steps, len(QUEUES), n_draws))
        entered = np.empty((n_hubs, n_steps, len(ENTRY), n_draws))
        accepted = np.empty((n_hubs, n_steps, n_draws))
        left = np.zeros((n_hubs, len(QUEUES), n_draws))
        units = np.zeros((n_hubs, len(self.drivers), n_draws))
        volumes = np.zeros((n_hubs, len(Volume), n_draws))
        for step in range(n_steps):
            in_year = step < self.time.steps_per_year
            self.reduced.clear()
            people = self._asked_for(step)
            for activity in self.activities:
                delivered = self._serve(activity, people, hours_left[:, :, step])
                if in_year:
                    units[:, activity] += delivered
            for volume, gone, closing in self._wait(step, people):
                waiting[:, step, QUEUES.index(volume)] = closing
                if in_year:
                    left[:, QUEUES.index(volume)] += gone
            accepted[:, step] = people[Volume.THERAPY_DEMAND]
            for place, volume in enumerate(ENTRY):
                entered[:, step, place] = people[volume]
            if in_year:
                for volume, number in people.items():
                    volumes[:, volume] += number
        return Served(
            volumes=draws_first(volumes),
            units=draws_first(units),
            waiting=draws_first(waiting),
            left=draws_first(left),
            entered=draws_first(entered),
            accepted=draws_first(accepted),
            hours_left=draws_first(hours_left),
        )

    def _asked_for(self, step: int) -> _People:
        """Return everybody who could be served in the step: those who waited, and those who come."""
        people = {**self.fresh, Volume.REGISTERED: self.arrivals[:, step]}
        for volume, (before, share) in self.ways.items():
            if self.entered is not None and volume in ENTRY:
                people[volume] = self.entered[:, step, ENTRY.index(volume)]
                continue
            people[volume] = people[before] * share
            queue = self.queues.get(volume)
            if queue is not None:
                people[volume] += queue * self.staying
        return people

    def _serve(self, activity: int, people: _People, pools: FloatArray) -> FloatArray:
        """Return the units of an activity that its scarcest pool allows, and take their hours and people."""
        driver, needs = self.drivers[activity], self.per_unit[activity]
        asked = people[driver]
        required = [asked * hours for _, hours in needs]
        share: FloatArray = self.attended[activity]
        for (pool, _), hours in zip(needs, required, strict=True):
            short = hours > pools[:, pool]
            if short.any():
                part = np.divide(pools[:, pool], hours, out=np.ones_like(hours), where=short)
                share = np.minimum(share, part)
        if not (share < 1.0).any():
            for (pool, _), hours in zip(needs, required, strict=True):
                pools[:, pool] -= hours
            return asked
        units: FloatArray = asked * share
        for pool, hours in needs:
            left = pools[:, pool] - units * hours
            # What rounding leaves of a used-up pool would give later activities a trace of a person.
            trace = (share < 1.0) & (left <= ROUNDING_TOLERANCE * pools[:, pool])
            pools[:, pool] = np.where(trace, 0.0, left)
        self._reduce(driver, people, asked - units, share)
        return units

    def _reduce(self, driver: Volume, people: _People, unserved: FloatArray, share: FloatArray) -> None:
        """Take those who could not be served out of everything that comes after, this step."""
        if driver not in ENTRY:
            for volume in scaled_with(driver):
                people[volume] = people[volume] * share
                self.reduced.add(volume)
            return
        fewer: _People = {driver: unserved}
        people[driver] = people[driver] - unserved
        for volume, (before, taken) in self.ways.items():
            if before in fewer:
                # Whom an earlier activity could not serve is not there to be taken out again.
                fewer[volume] = np.minimum(fewer[before] * taken, people[volume])
                people[volume] = people[volume] - fewer[volume]
        self.reduced.update(fewer)

    def _wait(self, step: int, people: _People) -> Iterator[tuple[Volume, FloatArray, FloatArray]]:
        """Let those who were not served wait, and yield who left and who waits now; nobody may be lost.

        Where nobody waited and nobody was turned away, everybody who came was served.
        """
        for volume, queue in self.queues.items():
            if queue is None and volume not in self.reduced:
                continue
            before, share = self.ways[volume]
            came = people[before] * share
            opening = np.zeros_like(came) if queue is None else queue
            closing = opening * self.staying + came - people[volume]
            # What rounding leaves of a stage that served everybody is nobody.
            closing = np.where(closing > ROUNDING_TOLERANCE * (opening + came), closing, 0.0)
            gone = opening * self.leaving
            stage = volume.name.lower().replace("_", " ")
            where = f"before being {stage}, in step {step + 1}"
            require_conserved(where, opening + came, gone + people[volume] + closing)
            self.queues[volume] = closing if closing.any() else None
            yield volume, gone, closing


def _needs(inputs: ModelInputs, activity: int) -> list[tuple[int, FloatArray]]:
    """Return the pools that an activity needs, each with its hours for a unit. Shape (hub, draw)."""
    by_pool = _draws_last(total(hours_per_unit(inputs.activities, activity), axis=3))
    # Where nobody attends, nothing is delivered and no time is needed.
    by_pool = np.where(np.isfinite(by_pool), by_pool, 0.0)
    return [(pool, by_pool[:, pool]) for pool in range(by_pool.shape[1]) if by_pool[:, pool].any()]


def _draws_last(values: FloatArray) -> FloatArray:
    return np.ascontiguousarray(np.moveaxis(values, 0, -1))
