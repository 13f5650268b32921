"""Results about those who wait, at one place: lists, waits, caseload and the stages before therapy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from costmodel.analysis.explain.leaves import Known, shared
from costmodel.analysis.explain.months import HubYear, TimedWorkTree
from costmodel.analysis.explain.stages import AWAITED
from costmodel.analysis.explain.tree import (
    Node,
    Operation,
    combine,
    constant,
    difference,
    over_time,
    product,
    quotient,
    total,
)
from costmodel.model.types import Volume

_QUANTILES: Final = {"median_wait": 0.5, "wait_95": 0.95}
_SERIES: Final[dict[str, tuple[str, Callable[[HubYear], Sequence[Node]]]]] = {
    "n_accepted_for_therapy": ("Accepted for therapy", lambda year: year.therapy.accepted),
    "n_left_waiting_list": ("Left the list without therapy", lambda year: year.therapy.left),
}


class QueueTree:
    """Results about waiting, of all Hubs together or of one.

    Parameters
    ----------
    work
        Of the run.
    hubs
        Those here.
    together
        Whether the place is all Hubs together, even where there is only one.
    at
        What ends the names of nodes here.
    """

    def __init__(self, work: TimedWorkTree, hubs: Sequence[str], *, together: bool, at: str) -> None:
        self.work, self.steps, self.together, self.at = work, work.steps, together, at
        self.hubs = {hub: work.year(hub) for hub in hubs}
        self.unit = f"{self.steps.step.name}s"
        self.known: Known = {}
        self._named: dict[str, Callable[[], Node]] = {
            "n_waiting_today": self._today,
            "n_waiting": self.waiting,
            "n_in_therapy": self._in_therapy,
            "n_therapy_not_started": self._not_started,
            "mean_wait": self._mean_wait,
            "expected_wait_today": lambda: self._expected("today"),
            "expected_wait": lambda: self._expected("end"),
        }

    def result(self, name: str) -> Node | None:
        """Return the tree of a result, or None if it is not about waiting."""
        if name in self._named:
            return self._named[name]()
        if name in _SERIES:
            return self.of_year(name)
        if name in _QUANTILES:
            return self._quantile(_QUANTILES[name])
        if name.startswith("share_over_"):
            return self._share_over(name.removeprefix("share_over_").removesuffix("_weeks"))
        stages = {f"n_{awaited}": volume for volume, (awaited, _) in AWAITED.items()}
        return self._awaiting(stages[name]) if name in stages else None

    def _over_hubs(self, name: str, label: str, unit: str, at_hub: Callable[[HubYear], Node]) -> Node:
        parts = [at_hub(year) for year in self.hubs.values()]
        return parts[0] if len(parts) == 1 else total(f"{name}{self.at}", label, unit, parts)

    # -- lists

    def _today(self) -> Node:
        return self._over_hubs("today", "Waiting today", "people", lambda year: year.therapy.opening)

    @shared
    def waiting(self) -> Node:
        """Return who waits at the end: who waited, and who was accepted, but neither left nor started."""
        starts = self._over_hubs(
            "starts", "Therapy starts", "people/year",
            lambda year: self.work.volume(year.hub, Volume.THERAPY_STARTS),
        )  # fmt: skip
        there = total(
            f"all_on_list{self.at}", "Everybody who was on the list", "people",
            [self._today(), self.of_year("n_accepted_for_therapy")],
        )  # fmt: skip
        gone = [there, self.of_year("n_left_waiting_list"), starts]
        return difference(f"waiting{self.at}", "Who wait for therapy at the year's end", "people", gone)

    @shared
    def at_end(self) -> Node:
        """Return who waits at the end, as the list of the last step has it."""
        label = f"List at the end of the last {self.steps.step.name}"
        return self._over_hubs("list_at_end", label, "people", lambda year: year.therapy.waiting[-1])

    @shared
    def of_year(self, name: str) -> Node:
        """Return a series summed over the year."""
        label, series = _SERIES[name]
        return self._over_hubs(
            name, label, "people/year", lambda year: self._summed(name, label, year, series)
        )

    def _summed(
        self, name: str, label: str, year: HubYear, series: Callable[[HubYear], Sequence[Node]]
    ) -> Node:
        return self._once(f"{name}.{year.hub}", lambda at: over_time(at, label, "people/year", series(year)))

    def _once(self, name: str, build: Callable[[str], Node]) -> Node:
        """Build a node of a Hub once for all places."""
        known = self.work.known
        if (name,) not in known:
            known[(name,)] = build(name)
        return known[(name,)]

    def _in_therapy(self) -> Node:
        return self._over_hubs("in_therapy", "In therapy", "people", lambda year: year.therapy.caseload[-1])

    def _not_started(self) -> Node:
        parts = [self.waiting(), self.of_year("n_left_waiting_list")]
        return total(f"not_started{self.at}", "Due to start who did not", "people", parts)

    def _awaiting(self, volume: Volume) -> Node:
        awaited, what = AWAITED[volume]
        label = f"Who wait to {what} at the year's end"
        parts = [each for year in self.hubs.values() if (each := year.awaiting(volume)) is not None]
        if not parts:
            name, note = f"{awaited}{self.at}", "no stage makes anybody wait for it"
            return constant(name, label, 0.0, "people", note)
        return parts[0] if len(parts) == 1 else total(f"{awaited}{self.at}", label, "people", parts)

    # -- waits

    @property
    def _ages(self) -> range:
        return range(max(year.waits.longest for year in self.hubs.values()) + 1)

    @shared
    def _started_after(self, age: int) -> Node:
        there = [year for year in self.hubs.values() if age <= year.waits.longest]
        parts = [year.waits.started_after(age) for year in there]
        label = parts[0].label
        return parts[0] if len(parts) == 1 else total(f"started_after_{age}{self.at}", label, "people", parts)

    def _mean_wait(self) -> Node:
        parts = []
        for age in self._ages[1:]:
            wait = constant(f"wait_of.{age}", f"Wait, in {self.unit}", float(age), "ratio")
            started = self._started_after(age)
            name, label = f"waited.{age}{self.at}", f"{started.label}, times the wait"
            parts.append(product(name, label, "people", [started, wait]))
        waited = total(f"waited{self.at}", f"Starts times the {self.unit} waited", "people", parts)
        started = self._over_hubs(
            "starts", "Therapy starts", "people/year",
            lambda year: self.work.volume(year.hub, Volume.THERAPY_STARTS),
        )  # fmt: skip
        name, label = f"mean_wait_in_steps{self.at}", f"Mean wait in {self.unit}"
        return self._in_weeks("mean_wait", quotient(name, label, "ratio", [waited, started]))

    def _quantile(self, probability: float) -> Node:
        share = constant(
            f"share_started.{probability:g}", "Share of starts that wait no longer", probability, "share"
        )
        people = [self._started_after(age) for age in self._ages]
        name, label = (
            f"quantile.{probability:g}{self.at}",
            f"Wait in {self.unit} that {probability:.0%} do not exceed",
        )
        note = "within a step, waits lie evenly half a step either side"
        node = combine(Operation.WAIT_QUANTILE, name, label, "ratio", [share, *people], note)
        return self._in_weeks(f"quantile.{probability:g}.weeks", node)

    def _in_weeks(self, name: str, node: Node) -> Node:
        return product(f"{name}{self.at}", "In weeks", "weeks", [node, self.steps.weeks])

    def _share_over(self, weeks: str) -> Node:
        target = float(weeks) / self.steps.step.weeks
        over = self._over_hubs(
            f"over.{weeks}", f"Who wait at the end, for over {weeks} weeks", "people",
            lambda year: self._once(f"over.{weeks}.{year.hub}", lambda _: year.waits.over(target, weeks)),
        )  # fmt: skip
        return combine(
            Operation.SHARE, f"share_over.{weeks}{self.at}", "Share", "share", [over, self.at_end()]
        )

    # -- what to expect

    def _expected(self, when: str) -> Node:
        waits = {hub: self._expected_at(when, year) for hub, year in self.hubs.items()}
        return self._in_weeks(f"expected.{when}", self._mean_of_hubs(when, waits))

    def _expected_at(self, when: str, year: HubYear) -> Node:
        return self._once(f"expected.{when}.{year.hub}", lambda _: year.waits.expected(when))

    def _mean_of_hubs(self, when: str, waits: dict[str, Node]) -> Node:
        """Return the mean over the Hubs, each with those whom it accepts; not applicable without any."""
        if not self.together:
            return next(iter(waits.values()))
        accepted = self._accepted()
        counted = [hub for hub in waits if accepted[hub].value > 0.0]
        if len(counted) == len(waits) == 1:
            return waits[counted[0]]
        parts = []
        for hub in counted:
            name, label = (
                f"expected.{when}.{hub}.accepted",
                f"{self.work.spec.hubs[hub].label}: accepted, times wait",
            )
            parts.append(product(name, label, "people", [accepted[hub], waits[hub]]))
        whole = total(f"expected.{when}.sum{self.at}", "Accepted, times their wait", "people", parts)
        everybody = total(
            f"expected.{when}.all{self.at}", "Accepted for therapy", "people/year", list(accepted.values())
        )
        label = f"Expected wait in {self.unit}, mean of those accepted"
        return quotient(f"expected.{when}.mean{self.at}", label, "ratio", [whole, everybody])

    def _accepted(self) -> dict[str, Node]:
        name = "n_accepted_for_therapy"
        label, series = _SERIES[name]
        return {hub: self._summed(name, label, year, series) for hub, year in self.hubs.items()}
