"""Clients one by one: referral, wait, sessions, dropout or completion, on the simulation library SimPy.

Every client has a stream of random numbers of their own for each purpose (class, patience, course), named by
replication, client and purpose. Those in treatment today, on the list today and referred later are counted
apart, so that two services that are simulated with one seed see the same clients, whatever places they have.

References
----------
.. [1] SimPy: discrete event simulation for Python, https://simpy.readthedocs.io.
.. [2] Lewis PAW, Shedler GS (1979). Simulation of nonhomogeneous Poisson processes by thinning. Naval
   Research Logistics Quarterly 26(3):403-413.
"""

from __future__ import annotations

import heapq
from collections.abc import Generator
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np

from costmodel.analysis.simulated_service import Replications, Service, require_possible
from costmodel.model.balance import ModelCheckError
from costmodel.model.queueing import WaitingError
from costmodel.uncertainty.sampling import raw_stream

if TYPE_CHECKING:
    import simpy

FEWEST_REPLICATIONS: Final = 30
_LITTLE_TOLERANCE: Final = 1e-6
_BLOCK: Final = 64
_MOMENT: Final = 1e-9


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
    require_possible(service)
    results = [_Replication(service, seed, number).run() for number in range(replications)]
    columns = {name: np.stack([result[name] for result in results]) for name in results[0]}
    return Replications(**columns)


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
    """One run over all steps. Time is in steps."""

    def __init__(self, service: Service, seed: int, number: int) -> None:
        import simpy

        self.service, self.seed, self.prefix = service, seed, f"waiting.replication_{number}"
        self.n_steps = service.arrivals.size
        self.env: simpy.Environment = simpy.Environment()
        self.slots = np.rint(service.slots).astype(int)
        pace = np.ones(self.n_steps) if service.pace is None else service.pace
        self.pace = np.maximum(pace, _MOMENT)
        self.worked = np.concatenate([[0.0], np.cumsum(self.pace)])
        self.class_bounds = np.cumsum(service.class_shares)
        self.list: list[tuple[int, float, int, simpy.Event]] = []
        self.n_waiting = self.busy = 0
        self.order = count()
        self.area = self.changed = self.time_on_list = 0.0
        names = ("waiting", "starts", "left_list", "completions", "dropouts", "waited")
        self.by_step = {name: np.zeros(self.n_steps) for name in names}
        self.full = np.zeros(self.n_steps, dtype=bool)
        self.waited_by_class = np.zeros(service.class_shares.size)
        self.starts_by_class = np.zeros(service.class_shares.size)

    def run(self) -> dict[str, Any]:
        """Return what happened, by step."""
        self._open()
        self.env.process(self._referrals())
        self.env.process(self._calendar())
        self.env.run(until=self.n_steps)
        self._count_list(0)
        still = sum(
            self.env.now - max(arrived, 0.0) for _, arrived, _, turn in self.list if not turn.triggered
        )
        self._require_little(self.time_on_list + still)
        return {
            **self.by_step,
            "full": self.full,
            "mean_queue": np.array(self.area / self.n_steps),
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
        service, numbers = self.service, self._stream("today", "caseload", _BLOCK)
        in_treatment = self._whole(service.opening_caseload, numbers)
        n_groups = -(-in_treatment // service.group_size)
        if service.opening_list.any():
            # Where people wait, no place is free: those in treatment are spread over all of them.
            n_groups = min(max(n_groups, int(self.slots[0])), in_treatment)
        for number in range(n_groups):
            group = _Group(in_treatment // n_groups + int(number < in_treatment % n_groups))
            elapsed = numbers.next()
            self.busy += 1
            for member in range(group.left):
                name = f"treated_{number}_{member}"
                self.env.process(self._treatment(name, group, elapsed))
        listed = count()
        for age in range(service.opening_list.size - 1, -1, -1):
            numbers = self._stream("today", f"list_{age}", _BLOCK)
            people = self._whole(service.opening_list[age], numbers)
            for wait in sorted((age + numbers.next() for _ in range(people)), reverse=True):
                self.env.process(self._client(f"listed_{next(listed)}", -wait))

    def _step(self) -> int:
        return min(int(self.env.now), self.n_steps - 1)

    def _time_for(self, work: float) -> float:
        """Return how long from now treatment takes that takes `work` steps at the usual pace."""
        # `worked` is the work that would be done, at the usual pace, by the beginning of each step.
        now, step = self.env.now, self._step()
        target = float(self.worked[step] + (now - step) * self.pace[step]) + work
        ends = int(np.searchsorted(self.worked[1:-1], target))  # the last step goes on for ever
        return float(max(ends + (target - self.worked[ends]) / self.pace[ends] - now, 0.0))

    def _referrals(self) -> Generator[simpy.Event, Any, None]:
        """Refer clients at random moments; the rate changes by step, so some moments are passed over."""
        highest = float(self.service.arrivals.max(initial=0.0))
        moments, referred = self._stream("referrals", "moments", _BLOCK), count()
        while highest > 0.0:
            yield self.env.timeout(moments.exponential(highest))
            if moments.next() * highest <= self.service.arrivals[self._step()]:
                self.env.process(self._client(f"referred_{next(referred)}", self.env.now))

    def _calendar(self) -> Generator[simpy.Event, Any, None]:
        """Note the list at the end of each step, and open or close places for the next."""
        for step in range(self.n_steps):
            # A moment before the step ends: what happens at the end of the run itself is not simulated.
            yield self.env.timeout(1.0 - _MOMENT if step == 0 else 1.0)
            self.by_step["waiting"][step] = self.n_waiting
            self.full[step] = self.busy >= self.slots[step]
            if step + 1 < self.n_steps:
                self._admit(step + 1)

    def _client(self, name: str, arrived: float) -> Generator[simpy.Event, Any, None]:
        draw = self._stream(name, "class").next()
        priority = int(np.searchsorted(self.class_bounds, draw * self.class_bounds[-1]))
        turn = self.env.event()
        heapq.heappush(self.list, (priority, arrived, next(self.order), turn))
        self._count_list(1)
        self._admit(self._step())
        patience = self._stream(name, "patience").exponential(self.service.attrition_rate)
        if not turn.triggered and np.isfinite(patience):
            yield turn | self.env.timeout(patience)
        elif not turn.triggered:
            yield turn
        self.time_on_list += self.env.now - max(arrived, 0.0)
        if not turn.triggered:
            # Told apart from those who start by an outcome of its own; admission passes over them.
            turn.succeed(None)
            self._count_list(-1)
            self.by_step["left_list"][self._step()] += 1
            return
        waited = self.env.now - arrived
        self.by_step["starts"][self._step()] += 1
        self.by_step["waited"][self._step()] += waited
        self.starts_by_class[priority] += 1
        self.waited_by_class[priority] += waited
        yield from self._treatment(name, cast(_Group, turn.value))

    def _admit(self, step: int) -> None:
        """Give free places to those who have waited longest in the highest class, a whole group at a time."""
        size = self.service.group_size
        while self.busy < self.slots[step] and self.n_waiting >= size:
            group = _Group(size)
            self.busy += 1
            chosen = 0
            while chosen < size:
                *_, turn = heapq.heappop(self.list)
                if not turn.triggered:
                    turn.succeed(group)
                    self._count_list(-1)
                    chosen += 1

    def _treatment(self, name: str, group: _Group, elapsed: float = 0.0) -> Generator[simpy.Event, Any, None]:
        """Attend sessions until the course is complete or the client drops out."""
        course = self.service.course
        stream = self._stream(name, "course", _BLOCK)
        completes = True
        if course.sessions == 0:
            yield self.env.timeout(self._time_for(stream.exponential(1.0 / course.mean_time)))
        else:
            completes = yield from self._sessions(stream, elapsed * course.sessions)
        self.by_step["completions" if completes else "dropouts"][self._step()] += 1
        group.left -= 1
        if group.left == 0:
            self.busy -= 1
            self._admit(self._step())

    def _sessions(self, stream: _Stream, elapsed: float) -> Generator[simpy.Event, Any, bool]:
        """Attend what is left of a course of which some sessions have elapsed, the last of them in part."""
        course = self.service.course
        attended, since = int(elapsed), elapsed % 1.0
        while attended < course.sessions:
            yield self.env.timeout(self._time_for((1.0 - since) * course.interval))
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
                f"Little's law fails: the list adds up to {self.area:g} person-steps, "
                f"clients to {time_on_list:g}"
            )
