"""Clients one by one: referral, wait, sessions, dropout or completion, on the simulation library SimPy.

Every client has a stream of random numbers of their own for each purpose (arrival, class, patience, course),
named by replication, client and purpose, so that two services that are simulated with one seed see the same
clients.

References
----------
.. [1] SimPy: discrete event simulation for Python, https://simpy.readthedocs.io.
.. [2] Lewis PAW, Shedler GS (1979). Simulation of nonhomogeneous Poisson processes by thinning. Naval
   Research Logistics Quarterly 26(3):403-413.
"""

from __future__ import annotations

import heapq
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np

from costmodel.model.arrays import ratio
from costmodel.model.balance import ModelCheckError
from costmodel.model.queueing import WaitingError
from costmodel.model.types import FloatArray
from costmodel.uncertainty.sampling import raw_stream

if TYPE_CHECKING:
    import simpy

FEWEST_REPLICATIONS: Final = 30
_LITTLE_TOLERANCE: Final = 1e-6
_BLOCK: Final = 64
_MOMENT: Final = 1e-9


@dataclass(frozen=True)
class Course:
    """How long a client is in treatment.

    Attributes
    ----------
    sessions
        Attended sessions of a whole course; 0 for a time that is exponential instead.
    interval
        Time between bookings. [months]
    dna_rate
        Share of bookings not attended; the session is booked again. [share]
    dna_slot_share
        Share of those whose slot is lost, so that the place stands still until the next booking; in the slot
        of the others somebody is seen. [share]
    dropout_per_session
        Share who leave after each session but the last. [share]
    mean_months
        Mean of an exponential time in treatment. [months]
    """

    sessions: int = 0
    interval: float = 0.0
    dna_rate: float = 0.0
    dna_slot_share: float = 1.0
    dropout_per_session: float = 0.0
    mean_months: float = 0.0

    @classmethod
    def exponential(cls, mean_months: float) -> Course:
        """Return a course of exponential length, as the markov engine has it."""
        return cls(mean_months=mean_months)

    @classmethod
    def of_sessions(
        cls,
        sessions_per_start: float,
        dropout_share: float,
        mean_months: float,
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
        interval = mean_months / best.mean_sessions / (1.0 + lost)
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


@dataclass(frozen=True)
class Service:
    """A service for simulation.

    Attributes
    ----------
    arrivals
        Shape (month,). [people/month]
    slots
        Places in treatment, brought to the nearest whole number. Shape (month,). [people] or [groups]
    course
        Time in treatment.
    attrition_rate
        Hazard of leaving the list. [1/month]
    opening_list
        People waiting today by months waited. Shape (age,). [people]
    opening_caseload
        People in treatment today. [people]
    class_shares
        Share of each priority class, the first served first. Shape (class,). [share]
    pace
        Speed of treatment by month; intervals between bookings are divided by it. Shape (month,). [ratio]
    group_size
        Clients who start together and share a place; a group waits until it is full.
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
    """What happened in each replication. Shape (replication, month) unless said otherwise.

    Attributes
    ----------
    waiting
        At the end of the month. [people]
    starts, left_list, completions, dropouts
        Within it. [people/month]
    waited
        Months waited by those who start in the month, added up. [months]
    mean_queue
        List averaged over all months. Shape (replication,). [people]
    waited_by_class, starts_by_class
        Shape (replication, class). [months], [people]
    """

    waiting: FloatArray
    starts: FloatArray
    left_list: FloatArray
    completions: FloatArray
    dropouts: FloatArray
    waited: FloatArray
    mean_queue: FloatArray
    waited_by_class: FloatArray
    starts_by_class: FloatArray

    def mean_wait(self) -> FloatArray:
        """Return the mean wait in months of those who start in each month, over all replications."""
        starts = self.starts.sum(axis=0)
        return ratio(self.waited.sum(axis=0), starts)


def replicate(service: Service, seed: int, replications: int = FEWEST_REPLICATIONS) -> Replications:
    """Simulate a service several times over.

    Parameters
    ----------
    service
        What to simulate.
    seed
        Of every stream.
    replications
        At least 30, so that their standard error means something.

    Raises
    ------
    WaitingError
        If replications are too few, or the service is impossible.
    ModelCheckError
        If a replication breaks Little's law: the list over time is not the time that clients spend on it.
    """
    if replications < FEWEST_REPLICATIONS:
        raise WaitingError(
            f"a simulation needs at least {FEWEST_REPLICATIONS} replications; got {replications}"
        )
    _require_possible(service)
    results = [_Replication(service, seed, number).run() for number in range(replications)]
    columns = {name: np.stack([result[name] for result in results]) for name in results[0]}
    return Replications(**columns)


def _require_possible(service: Service) -> None:
    course = service.course
    if np.any(service.arrivals < 0.0) or np.any(service.slots < 0.0) or service.attrition_rate < 0.0:
        raise WaitingError("arrivals, slots and attrition cannot be negative")
    if not 0.0 <= course.dna_rate < 1.0 or not 0.0 <= course.dropout_per_session < 1.0:
        raise WaitingError("bookings not attended, and dropout, must each be at least 0 and below 1")
    if not 0.0 <= course.dna_slot_share <= 1.0:
        raise WaitingError("the share of missed bookings whose slot is lost must be between 0 and 1")
    if course.interval * course.sessions + course.mean_months <= 0.0:
        raise WaitingError("a course must take some time")
    if service.group_size < 1:
        raise WaitingError(f"a group has 1 client or more; got {service.group_size}")


class _Stream:
    """Uniform random numbers of one name, in blocks."""

    def __init__(self, seed: int, name: str, block: int = 4) -> None:
        self._seed, self._name, self._block = seed, name, block
        self._numbers: list[float] = []
        self._used = 0

    def next(self) -> float:
        """Return the next number between 0 and 1, both excluded."""
        if self._used == len(self._numbers):
            raw = raw_stream(self._seed, self._name, self._used, self._used + self._block)
            self._numbers += (((raw >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53).tolist()
        self._used += 1
        return self._numbers[self._used - 1]

    def exponential(self, rate: float) -> float:
        """Return an exponential time, infinite where nothing happens."""
        return float(-np.log(self.next()) / rate) if rate > 0.0 else float("inf")


@dataclass
class _Group:
    """Clients who share a place."""

    left: int


class _Replication:
    """One run over all months. Time is in months."""

    def __init__(self, service: Service, seed: int, number: int) -> None:
        import simpy

        self.service, self.seed, self.prefix = service, seed, f"waiting.replication_{number}"
        self.months = service.arrivals.size
        self.env: simpy.Environment = simpy.Environment()
        self.slots = np.rint(service.slots).astype(int)
        pace = np.ones(self.months) if service.pace is None else service.pace
        self.pace = np.maximum(pace, _MOMENT)
        self.class_bounds = np.cumsum(service.class_shares)
        self.list: list[tuple[int, float, int, simpy.Event]] = []
        self.n_waiting = self.busy = self.clients = 0
        self.area = self.changed = self.time_on_list = 0.0
        names = ("waiting", "starts", "left_list", "completions", "dropouts", "waited")
        self.by_month = {name: np.zeros(self.months) for name in names}
        self.waited_by_class = np.zeros(service.class_shares.size)
        self.starts_by_class = np.zeros(service.class_shares.size)

    def run(self) -> dict[str, FloatArray]:
        """Return what happened, by month."""
        self._open()
        self.env.process(self._referrals())
        self.env.process(self._calendar())
        self.env.run(until=self.months)
        self._count_list(0)
        still = sum(
            self.env.now - max(arrived, 0.0) for _, arrived, _, turn in self.list if not turn.triggered
        )
        self._require_little(self.time_on_list + still)
        return {
            **self.by_month,
            "mean_queue": np.array(self.area / self.months),
            "waited_by_class": self.waited_by_class,
            "starts_by_class": self.starts_by_class,
        }

    def _stream(self, entity: str, purpose: str, block: int = 4) -> _Stream:
        return _Stream(self.seed, f"{self.prefix}.{entity}.{purpose}", block)

    def _whole(self, people: float, stream: _Stream) -> int:
        """Return a whole number of people that is right on average."""
        return int(np.floor(people)) + int(stream.next() < people - np.floor(people))

    def _open(self) -> None:
        """Put today's caseload into treatment and today's list on the list, longest wait first."""
        stream = self._stream("today", "numbers", _BLOCK)
        in_treatment = self._whole(self.service.opening_caseload, stream)
        while in_treatment > 0:
            group = _Group(min(self.service.group_size, in_treatment))
            in_treatment -= group.left
            self.busy += 1
            for _ in range(group.left):
                self.env.process(self._treatment(self._new_client(), group, elapsed=stream.next()))
        for age in range(self.service.opening_list.size - 1, -1, -1):
            waits = sorted(
                (age + stream.next() for _ in range(self._whole(self.service.opening_list[age], stream))),
                reverse=True,
            )
            for wait in waits:
                self.env.process(self._client(self._new_client(), -wait))

    def _new_client(self) -> int:
        self.clients += 1
        return self.clients

    def _month(self) -> int:
        return min(int(self.env.now), self.months - 1)

    def _referrals(self) -> Generator[simpy.Event, Any, None]:
        """Refer clients at random moments; the rate changes by month, so some moments are passed over."""
        highest = float(self.service.arrivals.max(initial=0.0))
        moments = self._stream("referrals", "moments", _BLOCK)
        while highest > 0.0:
            yield self.env.timeout(moments.exponential(highest))
            if moments.next() * highest <= self.service.arrivals[self._month()]:
                self.env.process(self._client(self._new_client(), self.env.now))

    def _calendar(self) -> Generator[simpy.Event, Any, None]:
        """Note the list at the end of each month, and open or close places for the next."""
        for month in range(self.months):
            # A moment before the month ends: what happens at the end of the run itself is not simulated.
            yield self.env.timeout(1.0 - _MOMENT if month == 0 else 1.0)
            self.by_month["waiting"][month] = self.n_waiting
            if month + 1 < self.months:
                self._admit(month + 1)

    def _client(self, number: int, arrived: float) -> Generator[simpy.Event, Any, None]:
        draw = self._stream(f"client_{number}", "class").next()
        priority = int(np.searchsorted(self.class_bounds, draw * self.class_bounds[-1]))
        turn = self.env.event()
        heapq.heappush(self.list, (priority, arrived, number, turn))
        self._count_list(1)
        self._admit(self._month())
        patience = self._stream(f"client_{number}", "patience").exponential(self.service.attrition_rate)
        if not turn.triggered and np.isfinite(patience):
            yield turn | self.env.timeout(patience)
        elif not turn.triggered:
            yield turn
        self.time_on_list += self.env.now - max(arrived, 0.0)
        if not turn.triggered:
            # Told apart from those who start by an outcome of its own; admission passes over them.
            turn.succeed(None)
            self._count_list(-1)
            self.by_month["left_list"][self._month()] += 1
            return
        waited = self.env.now - arrived
        self.by_month["starts"][self._month()] += 1
        self.by_month["waited"][self._month()] += waited
        self.starts_by_class[priority] += 1
        self.waited_by_class[priority] += waited
        yield from self._treatment(number, cast(_Group, turn.value))

    def _admit(self, month: int) -> None:
        """Give free places to those who have waited longest in the highest class, a whole group at a time."""
        size = self.service.group_size
        while self.busy < self.slots[month] and self.n_waiting >= size:
            group = _Group(size)
            self.busy += 1
            chosen = 0
            while chosen < size:
                *_, turn = heapq.heappop(self.list)
                if not turn.triggered:
                    turn.succeed(group)
                    self._count_list(-1)
                    chosen += 1

    def _treatment(
        self, number: int, group: _Group, elapsed: float = 0.0
    ) -> Generator[simpy.Event, Any, None]:
        """Attend sessions until the course is complete or the client drops out."""
        course = self.service.course
        stream = self._stream(f"client_{number}", "course", _BLOCK)
        completes = True
        if course.sessions == 0:
            yield self.env.timeout(stream.exponential(1.0 / course.mean_months) / self.pace[self._month()])
        else:
            completes = yield from self._sessions(stream, elapsed * course.sessions)
        self.by_month["completions" if completes else "dropouts"][self._month()] += 1
        group.left -= 1
        if group.left == 0:
            self.busy -= 1
            self._admit(self._month())

    def _sessions(self, stream: _Stream, elapsed: float) -> Generator[simpy.Event, Any, bool]:
        """Attend what is left of a course of which some sessions have elapsed, the last of them in part."""
        course = self.service.course
        attended, since = int(elapsed), elapsed % 1.0
        while attended < course.sessions:
            yield self.env.timeout((1.0 - since) * course.interval / self.pace[self._month()])
            since = 0.0
            if self._slot_lost(stream):
                continue
            attended += 1
            if attended < course.sessions and stream.next() < course.dropout_per_session:
                return False
        return True

    def _slot_lost(self, stream: _Stream) -> bool:
        """Return whether a slot is lost; a missed booking whose slot is filled is made again at once."""
        course = self.service.course
        while stream.next() < course.dna_rate:
            if course.dna_slot_share == 1.0 or stream.next() < course.dna_slot_share:
                return True
        return False

    def _count_list(self, change: int) -> None:
        self.area += self.n_waiting * (self.env.now - self.changed)
        self.changed = self.env.now
        self.n_waiting += change

    def _require_little(self, time_on_list: float) -> None:
        if abs(self.area - time_on_list) > _LITTLE_TOLERANCE * max(1.0, time_on_list):
            raise ModelCheckError(
                f"Little's law fails: the list adds up to {self.area:g} person-months, "
                f"clients to {time_on_list:g}"
            )
