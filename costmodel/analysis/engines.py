"""Three engines with one signature: a Hub's list at the base case, step by step, with its chance."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from costmodel.inputs.frame import Engine
from costmodel.model.arrays import ratio
from costmodel.model.birth_death import ChainRates, mean_wait, opening_state, transient
from costmodel.model.list_capacity import expected_wait
from costmodel.model.through_time import ThroughTime
from costmodel.model.types import BoolArray, FloatArray
from costmodel.model.waiting_list import lasting_rate, list_path, start_rate
from costmodel.units import WEEKS_PER_CALENDAR_YEAR, WEEKS_PER_MONTH

LOWER, UPPER = 0.05, 0.95
NOBODY = 0.5
"""A list shorter than half a person counts as nobody waiting."""
_STANDSTILL = 1e-9
_MOST_LEAVING = 1.0 - 1e-9
"""Share that stands for everybody: those who all leave within a step leave at some rate, not at once."""


@dataclass(frozen=True)
class HubQueue:
    """One Hub's list for one draw, as every engine reads it.

    Attributes
    ----------
    arrivals, start_capacity
        Shape (step,). [people/step]
    course_steps
        Mean time in treatment. [steps]
    attrition
        [share/step]
    opening_list
        By steps waited. Shape (age,). [people]
    opening_caseload
        In treatment today. [people]
    class_shares
        Shape (class,). [share]
    sessions_per_start, dropout_share
        Of a course. [sessions/client], [share]
    weeks_per_step
        Length of a step: a month or a week. [weeks]
    dna_rate, dna_slot_share
        Bookings not attended, and those of them whose slot is lost. [share]
    group_size
        Clients who start together and share a place until the last of them leaves. [people]
    class_labels
        What the priority classes are called; empty where there is but one.
    starts_at_average_leave
        Start capacity of each step, were leave in it that of an average step; None where it is the same.
        Shape (step,). [people/step]
    """

    arrivals: FloatArray
    start_capacity: FloatArray
    course_steps: float
    attrition: float
    opening_list: FloatArray
    opening_caseload: float
    class_shares: FloatArray
    sessions_per_start: float
    dropout_share: float
    weeks_per_step: float = WEEKS_PER_MONTH
    dna_rate: float = 0.0
    dna_slot_share: float = 1.0
    group_size: int = 1
    class_labels: tuple[str, ...] = ()
    starts_at_average_leave: FloatArray | None = None

    @property
    def lasting_capacity(self) -> FloatArray:
        """Start capacity that the wait of a person referred in a step supposes to last. Shape (step,)."""
        return self.start_capacity if self.starts_at_average_leave is None else self.starts_at_average_leave

    @property
    def usual_capacity(self) -> float:
        """Mean start capacity of the first year in which anybody can start. [people/step].

        Not of all steps, so that what is said of a month does not depend on how far ahead one looks.
        """
        a_year = round(WEEKS_PER_CALENDAR_YEAR / self.weeks_per_step)
        first = int(np.argmax(self.start_capacity > 0.0))
        return float(self.start_capacity[first : first + a_year].mean())

    @property
    def slots(self) -> float:
        """Clients in treatment at once, at which places come free at the usual start capacity."""
        return self.usual_capacity * self.course_steps

    @property
    def pace(self) -> FloatArray:
        """Speed of treatment by step: in those with fewer hours at work, courses take longer."""
        return self.pace_at(self.start_capacity)

    def pace_at(self, capacity: FloatArray) -> FloatArray:
        """Return the speed of treatment at which the places allow as many starts. Shape (step,)."""
        usual = self.usual_capacity
        return capacity / usual if usual > 0.0 else np.ones_like(capacity)

    @property
    def attrition_rate(self) -> float:
        """Hazard of leaving the list, a step."""
        return float(-np.log1p(-min(self.attrition, _MOST_LEAVING)))


@dataclass(frozen=True)
class ClassWait:
    """What those of one priority class who start have waited.

    Attributes
    ----------
    label
        Of the class.
    wait, se
        Mean over all steps, and its simulation error; not a number where nobody starts. [weeks]
    """

    label: str
    wait: float
    se: float


@dataclass(frozen=True)
class EngineSteps:
    """What an engine says of each step. Arrays have shape (step,).

    Attributes
    ----------
    waiting
        Expected list at the end of the step. [people]
    waiting_lower, waiting_upper
        Between which the list lies with 90 % probability, by chance alone. [people]
    waiting_se
        Simulation error of the expected list; 0 where the engine is exact. [people]
    starts, left_list
        Expected within the step. [people/step]
    wait
        Expected wait of a person referred at the end of the step, if capacity stays as it is, at an average
        step's leave. [weeks]
    replications
        Simulations that the error comes from; none where the engine is exact.
    by_class
        Each priority class, the first served first; empty where there is but one, and by engines that serve
        first come, first served.
    """

    waiting: FloatArray
    waiting_lower: FloatArray
    waiting_upper: FloatArray
    waiting_se: FloatArray
    starts: FloatArray
    left_list: FloatArray
    wait: FloatArray
    replications: int = 0
    by_class: tuple[ClassWait, ...] = ()


def hub_queue(waiting: ThroughTime, hub: int, class_labels: tuple[str, ...] = ()) -> HubQueue:
    """Return one Hub's list of the first draw, with the course of its therapy."""
    inputs = waiting.inputs
    return HubQueue(
        arrivals=inputs.arrivals[0, hub],
        start_capacity=start_rate(inputs)[0, hub],
        course_steps=float(inputs.retention.sum()),
        attrition=float(inputs.attrition[0, hub]),
        opening_list=inputs.opening_list[0, hub],
        opening_caseload=float(inputs.opening_starts[0, hub] * inputs.retention.sum()),
        class_shares=inputs.class_shares,
        sessions_per_start=float(inputs.sessions_per_start[0, hub]),
        dropout_share=float(inputs.dropout_share[0, hub]),
        weeks_per_step=waiting.weeks_per_step,
        dna_rate=float(waiting.hours.dna_rate[0]),
        dna_slot_share=float(waiting.hours.dna_slot_share[0]),
        group_size=max(1, round(float(waiting.hours.group_size[0]))),
        class_labels=class_labels,
        starts_at_average_leave=lasting_rate(inputs)[0, hub],
    )


def fluid(queue: HubQueue, seed: int) -> EngineSteps:
    """Return expected flows without chance: exact for a long list, too short for one near 0."""
    del seed  # nothing here is random
    attrition = np.array(queue.attrition)
    opening = queue.opening_list.sum()
    waiting, starts = list_path(opening, queue.arrivals, queue.start_capacity, attrition)
    before = np.concatenate([[opening], waiting[:-1]])
    return EngineSteps(
        waiting=waiting,
        waiting_lower=waiting,
        waiting_upper=waiting,
        waiting_se=np.zeros_like(waiting),
        starts=starts,
        left_list=before * attrition,
        wait=expected_wait(waiting, queue.lasting_capacity, attrition) * queue.weeks_per_step,
    )


def markov(queue: HubQueue, seed: int) -> EngineSteps:
    """Return the exact behaviour of random arrivals and courses; first come, first served."""
    del seed  # nothing here is random
    # Where people wait, every place is taken.
    in_treatment = queue.slots if queue.opening_list.any() else queue.opening_caseload
    service_rate = np.maximum(queue.pace, _STANDSTILL) / queue.course_steps
    slots = np.full_like(queue.arrivals, queue.slots)
    rates = ChainRates(queue.arrivals, slots, service_rate, queue.attrition_rate)
    chain = transient(rates, opening_state(float(queue.opening_list.sum()) + in_treatment))
    later_rate = queue.pace_at(queue.lasting_capacity) / queue.course_steps
    waits = [
        mean_wait(state, queue.slots, float(rate), queue.attrition_rate)
        for state, rate in zip(chain.distribution, later_rate, strict=True)
    ]
    return EngineSteps(
        waiting=chain.waiting,
        waiting_lower=chain.list_quantile(LOWER),
        waiting_upper=chain.list_quantile(UPPER),
        waiting_se=np.zeros_like(chain.waiting),
        starts=chain.starts,
        left_list=chain.left_list,
        wait=np.array(waits) * queue.weeks_per_step,
    )


def des(queue: HubQueue, seed: int) -> EngineSteps:
    """Return means of replications of clients one by one: bookings, groups, classes and reneging."""
    from costmodel.analysis.event_simulation import replicate
    from costmodel.analysis.simulated_service import Course, Service

    course = Course.of_sessions(
        queue.sessions_per_start,
        queue.dropout_share,
        queue.course_steps,
        queue.dna_rate,
        queue.dna_slot_share,
    )
    # Places at which the usual capacity is used up; as they must be whole, treatment makes up for the rest.
    places = queue.usual_capacity * course.time_of_group(queue.group_size) / queue.group_size
    whole = max(1.0, float(np.rint(places))) if places > 0.0 else 0.0
    faster = places / whole if whole else 1.0
    service = Service(
        arrivals=queue.arrivals,
        slots=np.full_like(queue.arrivals, whole),
        pace=queue.pace * faster,
        course=course,
        group_size=queue.group_size,
        attrition_rate=queue.attrition_rate,
        opening_list=queue.opening_list,
        opening_caseload=queue.slots / faster if queue.opening_list.any() else queue.opening_caseload,
        class_shares=queue.class_shares,
    )
    result = replicate(service, seed)
    return EngineSteps(
        waiting=result.waiting.mean(axis=0),
        waiting_lower=np.percentile(result.waiting, 100 * LOWER, axis=0),
        waiting_upper=np.percentile(result.waiting, 100 * UPPER, axis=0),
        waiting_se=result.waiting.std(axis=0, ddof=1) / np.sqrt(len(result.waiting)),
        starts=result.starts.mean(axis=0),
        left_list=result.left_list.mean(axis=0),
        wait=_wait_behind(queue, result.waiting, result.full).mean(axis=0) * queue.weeks_per_step,
        replications=len(result.waiting),
        by_class=tuple(_class_waits(queue, result.waited_by_class, result.starts_by_class)),
    )


def _class_waits(queue: HubQueue, waited: FloatArray, starts: FloatArray) -> Iterator[ClassWait]:
    """Yield the wait of each class from steps waited and starts. Shape (replication, class) each."""
    if not queue.class_labels:
        return
    wait = ratio(waited.sum(axis=0), starts.sum(axis=0))
    # The error of a ratio of two sums over replications, to first order.
    spread = (waited - wait * starts).std(axis=0, ddof=1) * np.sqrt(len(starts))
    error = ratio(spread, starts.sum(axis=0))
    for label, mean, se in zip(queue.class_labels, wait, error, strict=True):
        yield ClassWait(label, float(mean) * queue.weeks_per_step, float(se) * queue.weeks_per_step)


def _wait_behind(queue: HubQueue, waiting: FloatArray, full: BoolArray) -> FloatArray:
    """Return the expected wait of a person who joins a list that was found, at the capacity that lasts.

    The next start comes at the capacity for starts, or earlier because one of those ahead leaves. Whoever is
    in a group starts with it, and not before it is full.

    Parameters
    ----------
    queue
        The Hub.
    waiting, full
        People found waiting at the end of each step, and whether every place is taken. Shape (..., step).

    Returns
    -------
    Infinite where that never comes. Shape (..., step). [steps]
    """
    ahead = waiting.astype(np.int64)
    starts_first = (ahead // queue.group_size + 1) * queue.group_size
    leaving = queue.attrition_rate * np.arange(int(starts_first.max()))
    between = ratio(np.ones(1), queue.lasting_capacity[:, None] + leaving, when_zero=np.inf)
    turn = np.cumsum(between, axis=1)[np.arange(queue.arrivals.size), starts_first - 1]
    missing = queue.group_size - 1 - ahead % queue.group_size
    filled = np.where(missing > 0, ratio(missing.astype(np.float64), queue.arrivals, when_zero=np.inf), 0.0)
    return np.maximum(np.where(full, turn, 0.0), filled)


ENGINES: Final[Mapping[Engine, Callable[[HubQueue, int], EngineSteps]]] = {
    "fluid": fluid,
    "markov": markov,
    "des": des,
}
"""Every engine by name: (a Hub's list, a seed) -> its steps."""
