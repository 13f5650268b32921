"""One Hub's stages besides therapy, step by step: who comes, who waits, who is served and with which hours.

Whoever could be served in a step are those who waited and stayed, and those who come. The activities are
served in order, each in the share that the hours of its scarcest staff pool allow; at a stage, whoever is
not served waits for the next step.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from costmodel.analysis.explain.leaves import ONE, Known, shared
from costmodel.analysis.explain.steps import Steps
from costmodel.analysis.explain.tree import (
    Node,
    Operation,
    combine,
    constant,
    difference,
    left_over,
    product,
    quotient,
    total,
)
from costmodel.analysis.explain.work import WorkTree
from costmodel.labels import VOLUME_LABELS
from costmodel.model.pathway import scaled_with
from costmodel.model.types import Volume
from costmodel.text import in_sentence

AWAITED: Final[Mapping[Volume, tuple[str, str]]] = {
    Volume.SCREENED: ("awaiting_screening", "be screened"),
    Volume.TRIAGED: ("awaiting_triage", "be triaged"),
    Volume.ASSESSED: ("awaiting_assessment", "be assessed"),
    Volume.SIGNPOSTED: ("awaiting_signposting", "be signposted"),
    Volume.NAVIGATED: ("awaiting_navigation", "be navigated"),
    Volume.BRIEF_SUPPORT: ("awaiting_brief_support", "have brief support"),
}
"""Stages for which people may wait: what they await, and what happens to them then."""
OF_THERAPY: Final = frozenset(
    {Volume.THERAPY_STARTS, Volume.ATTENDED_SESSIONS, Volume.COMPLETIONS, Volume.DROPOUTS}
)
ENTRY: Final = (Volume.SCREENED, Volume.TRIAGED)
_PART_OF: Final = {
    Volume.SCREENED: Volume.REGISTERED,
    Volume.TRIAGED: Volume.SCREENED,
    Volume.BRIEF_SESSIONS: Volume.BRIEF_SUPPORT,
    **dict.fromkeys(
        (
            Volume.ASSESSED,
            Volume.SIGNPOSTED,
            Volume.NAVIGATED,
            Volume.BRIEF_SUPPORT,
            Volume.THERAPY_DEMAND,
            Volume.EXTERNAL_THERAPY,
            Volume.NO_FURTHER_SUPPORT,
        ),
        Volume.TRIAGED,
    ),
}
"""The stage from which people come to each stage."""

Hours = dict[str, Node]
"""Hours of each staff pool."""


class Pathway:
    """How many of a stage's people go on to the next, at one Hub."""

    def __init__(self, hub: str, work: WorkTree, steps: Steps) -> None:
        self.hub, self.work, self.steps, self.leaves = hub, work, steps, work.leaves
        self.known: Known = {}

    @shared
    def average(self, volume: Volume) -> Node:
        """Return what an average step has of a volume that nothing comes before."""
        demand = self.work.demand(self.hub, volume)
        label = f"{demand.label}, in an average {self.steps.step.name}"
        unit, name = demand.unit.removesuffix("/year"), f"average.{self.hub}.{volume.name.lower()}"
        return quotient(name, label, unit, [demand, self.steps.in_a_year])

    def _field(self, field: str) -> Node:
        return self.leaves.parameter(f"hub_{self.hub}.pathway.{field}")

    @shared
    def going_on(self, volume: Volume) -> Node:
        """Return how many of a person of the stage before come to a stage."""
        if volume in _OWN_SHARE:
            return self._field(_OWN_SHARE[volume])
        name = f"pathway.{self.hub}.{volume.name.lower()}"
        label = f"Of those triaged: {in_sentence(VOLUME_LABELS[volume][0])}"
        if volume is Volume.THERAPY_DEMAND:
            shares = [self._field("therapy_share"), self._field("hub_share_of_therapy")]
            return product(name, label, "share", shares)
        if volume is Volume.EXTERNAL_THERAPY:
            shares = [self._field("therapy_share"), self.going_on(Volume.THERAPY_DEMAND)]
            return difference(name, label, "share", shares)
        if volume is Volume.NAVIGATED:
            own = product(
                f"{name}.own", "Of those triaged, navigated without need of therapy", "share",
                [self._no_therapy(), self._field("other_support.navigated")],
            )  # fmt: skip
            return total(name, label, "share", [own, self.going_on(Volume.EXTERNAL_THERAPY)])
        return product(name, label, "share", [self._no_therapy(), self._other(volume, name)])

    @shared
    def _no_therapy(self) -> Node:
        label = "Of those triaged, who need no formal therapy"
        parts = [ONE, self._field("therapy_share")]
        return difference(f"pathway.{self.hub}.no_therapy", label, "share", parts)

    def _other(self, volume: Volume, name: str) -> Node:
        """Return the share of those without need of therapy."""
        if volume is not Volume.NO_FURTHER_SUPPORT:
            which = "signposted" if volume is Volume.SIGNPOSTED else "brief_support"
            return self._field(f"other_support.{which}")
        supported = [
            self._field(f"other_support.{each}") for each in ("signposted", "navigated", "brief_support")
        ]
        label = "Of them, who need no more"
        return difference(f"{name}.unsupported", label, "share", [ONE, *supported])

    @shared
    def sessions_per_start(self) -> Node:
        """Return the attended sessions of a starter."""
        dropout = self._field("dropout_share")
        name = f"pathway.{self.hub}.sessions_per_start"
        label = "Of a start of therapy, sessions of those who"
        parts = [
            product(f"{name}.completing", f"{label} complete it", "sessions/client",
                    [self.completing(), self._field("sessions_per_completion")]),
            product(f"{name}.dropping_out", f"{label} drop out", "sessions/client",
                    [dropout, self._field("sessions_per_dropout")]),
        ]  # fmt: skip
        return total(name, "Attended sessions of a starter", "sessions/client", parts)

    @shared
    def completing(self) -> Node:
        """Return the share of starters who complete therapy."""
        parts = [ONE, self._field("dropout_share")]
        return difference(f"pathway.{self.hub}.completing", "Share of starters who complete", "share", parts)


@dataclass
class StageSteps:
    """What came of some activities, a list with an entry a step for each.

    Attributes
    ----------
    people
        Who passes each stage.
    units
        Delivered units of each activity.
    waiting
        Who waits for each stage at the end of the step; stages for which nobody can wait are left out.
    hours_left
        Hours of each staff pool that these activities leave.
    """

    people: list[dict[Volume, Node]] = field(default_factory=list)
    units: dict[str, list[Node]] = field(default_factory=dict)
    waiting: list[dict[Volume, Node]] = field(default_factory=list)
    hours_left: list[Hours] = field(default_factory=list)


class StagePass:
    """One Hub's service by some activities, in order, through every step.

    Parameters
    ----------
    pathway
        Of the Hub.
    activities
        Served one after the other.
    entered
        Who passes the stages of `ENTRY` in each step, where that is settled already.
    """

    def __init__(
        self,
        pathway: Pathway,
        activities: Sequence[str],
        entered: Sequence[Mapping[Volume, Node]] | None = None,
    ) -> None:
        self.pathway, self.work, self.steps, self.hub = pathway, pathway.work, pathway.steps, pathway.hub
        self.activities, self.entered = activities, entered
        self.when = "" if entered is None else ".late"
        self.queues = self._today()

    def _today(self) -> dict[Volume, Node]:
        found = {}
        for volume, (awaited, _) in AWAITED.items():
            given = self.work.leaves.given(f"waiting.hubs.{self.hub}.{awaited}")
            if given and not (self.entered is not None and volume in ENTRY):
                found[volume] = given[0]
        return found

    def run(self, hours: Sequence[Hours]) -> StageSteps:
        """Return what comes of the activities with some hours in each step."""
        result = StageSteps(units={activity: [] for activity in self.activities})
        for step in range(len(self.steps)):
            now = _Step(self, step, dict(hours[step]))
            for activity in self.activities:
                result.units[activity].append(now.serve(activity))
            result.people.append({volume: now.of(volume) for volume in self.counted})
            self.queues = now.queues()
            result.waiting.append(self.queues)
            result.hours_left.append(now.hours)
        return result

    @property
    def counted(self) -> list[Volume]:
        """The volumes that are counted step by step."""
        return [volume for volume in VOLUME_LABELS if volume not in OF_THERAPY]


class _Step:
    """One step of a pass."""

    def __init__(self, run: StagePass, step: int, hours: Hours) -> None:
        self.run, self.step, self.hours = run, step, hours
        self.hub, self.work, self.steps = run.hub, run.work, run.steps
        self.at, self.label = f"{run.steps.name(step)}{run.when}", run.steps.label(step)
        self.people: dict[Volume, Node] = {}
        self.could: dict[Volume, Node] = {}
        self.came_from: dict[Volume, Node] = {}
        self.waited: dict[Volume, Node] = {}
        self.built: dict[str, int] = {}

    def _name(self, name: str) -> str:
        """Return a name for this Hub and step, another one each time it is asked for."""
        self.built[name] = self.built.get(name, 0) + 1
        again = f".{self.built[name]}" if self.built[name] > 1 else ""
        return f"{name}.{self.hub}.{self.at}{again}"

    # -- who comes

    def of(self, volume: Volume) -> Node:
        """Return who could be served, less those whom an activity could not serve."""
        if volume not in self.people:
            self.people[volume] = self._asking(volume)
        return self.people[volume]

    def _asking(self, volume: Volume) -> Node:
        if self.run.entered is not None and volume in ENTRY:
            return self.run.entered[self.step][volume]
        if volume is Volume.REGISTERED:
            return self.steps.arrivals(self.hub, self.step, self.work.demand(self.hub, volume))
        if volume not in _PART_OF:
            return self.run.pathway.average(volume)
        label, unit = VOLUME_LABELS[volume]
        unit, name = unit.removesuffix("/year"), volume.name.lower()
        self.came_from[volume] = self.of(_PART_OF[volume])
        parts = [self.came_from[volume], self.run.pathway.going_on(volume)]
        if volume not in self.run.queues:
            self.could[volume] = product(self._name(f"{name}.come"), f"{label}, {self.label}", unit, parts)
            return self.could[volume]
        what = AWAITED[volume][1]
        came = product(self._name(f"{name}.come"), f"Who come to {what}, {self.label}", unit, parts)
        together = [self._waited(volume, what), came]
        self.could[volume] = total(
            self._name(f"{name}.could"), f"Who could {what}, {self.label}", unit, together
        )
        return self.could[volume]

    def _waited(self, volume: Volume, what: str) -> Node:
        if volume not in self.waited:
            parts = [self.run.queues[volume], self.steps.staying("awaiting_attrition")]
            name, label = self._name(f"{volume.name.lower()}.waited"), f"Who waited to {what} and stay"
            self.waited[volume] = product(name, f"{label}, {self.label}", "people", parts)
        return self.waited[volume]

    # -- who is served

    def serve(self, activity: str) -> Node:
        """Return the units of an activity that hours allow, and take their hours and people."""
        driver = self.work.driver(activity)
        asked = self.of(driver)
        share = self._share(activity, asked)
        label = f"Units of {self.work.label(activity)} delivered, {self.label}"
        units = product(f"units.{self.hub}.{activity}.{self.at}", label, asked.unit, [asked, share])
        for pool in self.work.pools_of(self.hub, activity):
            self._take(activity, pool, units)
        self._reduce(driver, units, share)
        return units

    def _share(self, activity: str, asked: Node) -> Node:
        name = f"served.{self.hub}.{activity}.{self.at}"
        label = f"Share of {self.work.label(activity)} that hours allow, {self.label}"
        allowed = {
            pool: self._allowed(activity, pool, asked) for pool in self.work.pools_of(self.hub, activity)
        }
        possible = {pool: node for pool, node in allowed.items() if not math.isnan(node.value)}
        if not possible:
            return constant(name, label, 1.0, "share", "nothing is needed")
        scarcest = min(possible, key=lambda pool: possible[pool].value)
        short = possible[scarcest].value < 1.0
        note = f"hours of {self._pool(scarcest)} run short" if short else "hours suffice"
        return combine(Operation.SMALLER, name, label, "share", [ONE, *possible.values()], note)

    def _allowed(self, activity: str, pool: str, asked: Node) -> Node:
        where = f"{self.hub}.{activity}.{pool}.{self.at}"
        label = f"Hours that {self.work.label(activity)} would need: {self._pool(pool)}, {self.label}"
        parts = [asked, self.work.unit_hours(self.hub, activity, pool)]
        needed = product(f"needed.{where}", label, "hours", parts)
        label = f"Hours left over hours needed: {self._pool(pool)}, {self.label}"
        return quotient(f"allowed.{where}", label, "ratio", [self.hours[pool], needed])

    def _take(self, activity: str, pool: str, units: Node) -> None:
        where = f"{self.hub}.{activity}.{pool}.{self.at}"
        label = f"Hours of {self.work.label(activity)}: {self._pool(pool)}, {self.label}"
        parts = [units, self.work.unit_hours(self.hub, activity, pool)]
        used = product(f"used.{where}", label, "hours", parts)
        label = f"Hours left after {self.work.label(activity)}: {self._pool(pool)}, {self.label}"
        self.hours[pool] = left_over(f"left.{where}", label, "hours", [self.hours[pool], used])

    def _pool(self, pool: str) -> str:
        return in_sentence(self.work.spec.pools[pool].label)

    def _reduce(self, driver: Volume, units: Node, share: Node) -> None:
        """Take those who could not be served out of everything that comes after, this step."""
        if driver in ENTRY:
            # What comes after is worked out from those who pass; a project cannot serve it before.
            self.people = {driver: units} | {
                volume: people for volume, people in self.people.items() if not _follows(volume, driver)
            }
            return
        for volume in scaled_with(driver):
            name, people = self._name(f"{volume.name.lower()}.served"), self.of(volume)
            label = f"{VOLUME_LABELS[volume][0]}, {self.label}"
            served = units if volume is driver else product(name, label, people.unit, [people, share])
            self.people[volume] = served

    # -- who waits

    def queues(self) -> dict[Volume, Node]:
        """Return who waits at the end of the step."""
        found = {}
        for volume, (_, what) in AWAITED.items():
            if self.run.entered is not None and volume in ENTRY:
                continue
            passed = self.of(volume)
            if self.came_from[volume] is not self.of(_PART_OF[volume]):
                self._asking(volume)
            if self.could[volume] is not passed:
                name = f"awaiting.{volume.name.lower()}.{self.hub}.{self.at}"
                label = f"Who wait to {what} at the end of {self.label}"
                found[volume] = left_over(name, label, "people", [self.could[volume], passed])
        return found


def _follows(volume: Volume, stage: Volume) -> bool:
    """Return whether people come to a volume by way of a stage, or are that stage."""
    return volume is stage or (volume in _PART_OF and _follows(_PART_OF[volume], stage))


_OWN_SHARE: Final = {
    Volume.SCREENED: "screened_share",
    Volume.TRIAGED: "triaged_share",
    Volume.ASSESSED: "assessed_share",
    Volume.BRIEF_SESSIONS: "brief_sessions_per_client",
}
