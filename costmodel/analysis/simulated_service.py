"""What the event simulation reads and gives: a service, the course of its therapy, and its replications.

Time is in steps: months or weeks, as the rates are given.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from costmodel.model.queueing import WaitingError
from costmodel.model.types import BoolArray, FloatArray

_NOBODY_LEFT = 1e-12


@dataclass(frozen=True)
class Course:
    """How long a client is in treatment.

    Attributes
    ----------
    sessions
        Attended sessions of a whole course; 0 for a time that is exponential instead.
    interval
        Time between bookings. [steps]
    dna_rate
        Share of bookings not attended; the session is booked again. [share]
    dna_slot_share
        Share of those whose slot is lost, so that the place stands still until the next booking; in the slot
        of the others somebody is seen. [share]
    dropout_per_session
        Share who leave after each session but the last. [share]
    mean_time
        Mean of an exponential time in treatment. [steps]
    """

    sessions: int = 0
    interval: float = 0.0
    dna_rate: float = 0.0
    dna_slot_share: float = 1.0
    dropout_per_session: float = 0.0
    mean_time: float = 0.0

    @classmethod
    def exponential(cls, mean_time: float) -> Course:
        """Return a course of exponential length, as the markov engine has it."""
        return cls(mean_time=mean_time)

    @classmethod
    def of_sessions(
        cls,
        sessions_per_start: float,
        dropout_share: float,
        mean_time: float,
        dna_rate: float = 0.0,
        dna_slot_share: float = 1.0,
    ) -> Course:
        """Return a course of sessions with a given mean number, dropout, and mean time in treatment.

        Sessions of a completed course are the whole number that comes nearest to the mean; the interval
        between bookings makes the mean time exact.

        Examples
        --------
        >>> course = Course.of_sessions(7.0, 0.2, 2.5)
        >>> course.sessions, round(course.mean_sessions, 3), round(course.interval, 4)
        (8, 7.175, 0.3485)
        """
        most = max(1, int(np.ceil(2.0 * sessions_per_start)) + 1)
        choices = [cls._with_dropout(sessions, dropout_share) for sessions in range(1, most + 1)]
        best = min(choices, key=lambda course: abs(course.mean_sessions - sessions_per_start))
        lost = dna_slot_share * dna_rate / (1.0 - dna_rate)
        interval = mean_time / best.mean_sessions / (1.0 + lost)
        return cls(best.sessions, interval, dna_rate, dna_slot_share, best.dropout_per_session)

    @classmethod
    def _with_dropout(cls, sessions: int, dropout_share: float) -> Course:
        leave = 0.0 if sessions == 1 else 1.0 - (1.0 - dropout_share) ** (1.0 / (sessions - 1))
        return cls(sessions=sessions, dropout_per_session=leave)

    @property
    def mean_sessions(self) -> float:
        """Mean attended sessions of a starter."""
        stay = 1.0 - self.dropout_per_session
        return float(sum(stay**session for session in range(self.sessions)))

    def time_of_group(self, size: int) -> float:
        """Return the mean time until the last of some clients who start together has left. [steps].

        Examples
        --------
        >>> Course.exponential(2.0).time_of_group(1), Course.exponential(2.0).time_of_group(2)
        (2.0, 3.0)
        """
        if self.sessions == 0:
            return self.mean_time * sum(1.0 / left for left in range(1, size + 1))
        # A booking counts where its slot is lost or somebody is seen in it.
        lost = self.dna_rate * self.dna_slot_share / (1.0 - self.dna_rate * (1.0 - self.dna_slot_share))
        attending = np.zeros(self.sessions)  # probability of still being there, by sessions attended
        attending[0] = 1.0
        bookings = 0.0
        while attending.sum() > _NOBODY_LEFT:
            bookings += 1.0 - (1.0 - attending.sum()) ** size
            onward = (1.0 - lost) * (1.0 - self.dropout_per_session) * attending[:-1]
            attending = lost * attending
            attending[1:] += onward
        return float(self.interval * bookings)


@dataclass(frozen=True)
class Service:
    """A service for simulation.

    Attributes
    ----------
    arrivals
        Shape (step,). [people/step]
    slots
        Places in treatment, brought to the nearest whole number. Shape (step,). [people] or [groups]
    course
        Time in treatment.
    attrition_rate
        Hazard of leaving the list. [1/step]
    opening_list
        People waiting today by steps waited. Shape (age,). [people]
    opening_caseload
        People in treatment today. [people]
    class_shares
        Share of each priority class, the first served first. Shape (class,). [share]
    pace
        Speed of treatment by step; at half the pace, what is left of a course takes twice as long. Shape
        (step,). [ratio]
    group_size
        Clients who start together and share a place until the last of them leaves; a group waits until it is
        full.
    """

    arrivals: FloatArray
    slots: FloatArray
    course: Course
    attrition_rate: float = 0.0
    opening_list: FloatArray = field(default_factory=lambda: np.zeros(1))
    opening_caseload: float = 0.0
    class_shares: FloatArray = field(default_factory=lambda: np.ones(1))
    pace: FloatArray | None = None
    group_size: int = 1


@dataclass(frozen=True)
class Replications:
    """What happened in each replication. Shape (replication, step) unless said otherwise.

    Attributes
    ----------
    waiting
        At the end of the step. [people]
    full
        Whether every place is taken then.
    starts, left_list, completions, dropouts
        Within it. [people/step]
    waited
        Steps waited by those who start in the step, added up. [steps]
    mean_queue
        List averaged over all steps. Shape (replication,). [people]
    waited_by_class, starts_by_class
        Shape (replication, class). [steps], [people]
    """

    waiting: FloatArray
    full: BoolArray
    starts: FloatArray
    left_list: FloatArray
    completions: FloatArray
    dropouts: FloatArray
    waited: FloatArray
    mean_queue: FloatArray
    waited_by_class: FloatArray
    starts_by_class: FloatArray


def require_possible(service: Service) -> None:
    """Refuse what no service can have, in words for a service manager."""
    course = service.course
    if np.any(service.arrivals < 0.0) or np.any(service.slots < 0.0) or service.attrition_rate < 0.0:
        raise WaitingError("arrivals, slots and attrition cannot be negative")
    if not 0.0 <= course.dna_rate < 1.0 or not 0.0 <= course.dropout_per_session < 1.0:
        raise WaitingError("bookings not attended, and dropout, must each be at least 0 and below 1")
    if not 0.0 <= course.dna_slot_share <= 1.0:
        raise WaitingError("the share of missed bookings whose slot is lost must be between 0 and 1")
    if course.interval * course.sessions + course.mean_time <= 0.0:
        raise WaitingError("a course must take some time")
    if service.group_size < 1:
        raise WaitingError(f"a group has 1 client or more; got {service.group_size}")
