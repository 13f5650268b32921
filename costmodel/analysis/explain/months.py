"""A year of the Hubs, step by step, and what it adds up to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

from costmodel.analysis.explain.leaves import Known, Leaves, shared
from costmodel.analysis.explain.posts import PostTree
from costmodel.analysis.explain.stages import (
    AWAITED,
    ENTRY,
    OF_THERAPY,
    Hours,
    Pathway,
    StagePass,
    StageSteps,
)
from costmodel.analysis.explain.steps import Steps
from costmodel.analysis.explain.therapy import Therapy
from costmodel.analysis.explain.tree import Node, left_over, over_time, product, quotient, total
from costmodel.analysis.explain.waits import Waits
from costmodel.analysis.explain.work import WorkTree
from costmodel.gather import Layout
from costmodel.inputs.waiting_file import WaitingFile
from costmodel.labels import VOLUME_LABELS
from costmodel.model.pathway import scaled_with
from costmodel.model.types import Volume
from costmodel.text import in_sentence

_SERIES_OF_THERAPY: dict[Volume, Callable[[Therapy], Sequence[Node]]] = {
    Volume.THERAPY_STARTS: lambda therapy: therapy.starts,
    Volume.ATTENDED_SESSIONS: lambda therapy: therapy.sessions,
    Volume.COMPLETIONS: lambda therapy: therapy.completions,
    Volume.DROPOUTS: lambda therapy: therapy.dropouts,
}


class HubYear:
    """One Hub's first year: the stages before therapy, therapy, and what is served after it."""

    def __init__(self, hub: str, work: WorkTree, steps: Steps, waiting: WaitingFile) -> None:
        self.hub, self.work, self.steps = hub, work, steps
        self.pathway = Pathway(hub, work, steps)
        self.known: Known = {}
        before, after = self._order()
        self.at_work = self._hours_at_work()
        self.first = StagePass(self.pathway, before).run(self.at_work)
        accepted = [people[Volume.THERAPY_DEMAND] for people in self.first.people]
        self.therapy = Therapy(self.pathway, waiting, accepted, self.first.hours_left)
        self.last: StageSteps | None = None
        if after:
            entered = [{volume: people[volume] for volume in ENTRY} for people in self.first.people]
            left = self.therapy.hours_after(self.first.hours_left)
            self.last = StagePass(self.pathway, after, entered).run(left)
        self.late = {volume for activity in after for volume in scaled_with(work.driver(activity))}

    @cached_property
    def waits(self) -> Waits:
        """How long people wait for therapy."""
        return Waits(self.therapy, self._lasting_places())

    def _order(self) -> tuple[list[str], list[str]]:
        """Return the activities served before therapy, and those after its first."""
        activities = list(self.work.layout.activities)
        of_therapy = [a for a in activities if self.work.driver(a) in OF_THERAPY]
        first = activities.index(of_therapy[0]) if of_therapy else len(activities)
        others = [(place, a) for place, a in enumerate(activities) if a not in of_therapy]
        return [a for place, a in others if place < first], [a for place, a in others if place > first]

    def _hours_at_work(self) -> list[Hours]:
        return [
            {pool: self._at_work(pool, step) for pool in self.work.layout.pools}
            for step in range(len(self.steps))
        ]

    def _at_work(self, pool: str, step: int) -> Node:
        today, joiners = self._of_today(pool, step), self.work.posts.joiners(self.hub, pool)
        if not joiners:
            return today
        later = [self._of_joiner(joiner.hours, joiner.lag, step) for joiner in joiners]
        return total(*self._named("at_work", "Hours at work", pool, step), "hours", [today, *later])

    @shared
    def _of_today(self, pool: str, step: int) -> Node:
        """Return the hours at work of those in post today."""
        name, label = self._named("at_work", "Hours at work", pool, step)
        parts = [self._average_hours(pool), self.steps.at_work(step)]
        if self.work.posts.joiners(self.hub, pool):
            name, label = f"{name}.today", f"{label}, of those in post today"
        return product(name, label, "hours", parts)

    def _named(self, what: str, label: str, pool: str, step: int) -> tuple[str, str]:
        of_pool = in_sentence(self.work.spec.pools[pool].label)
        name = f"{what}.{self.hub}.{pool}.{self.steps.name(step)}"
        return name, f"{label}: {of_pool}, {self.steps.label(step)}"

    def _lasting_places(self) -> Node | None:
        """Return the starts that capacity allows in the last step, at an average step's leave."""
        step = len(self.steps) - 1
        if self.steps.leave(step).value == 1.0:
            return self.therapy.places[step]
        hours = {pool: self._at_average_leave(pool, step) for pool in self.therapy.pools()}
        return self.therapy.places_at_average_leave(step, hours)

    def _at_average_leave(self, pool: str, step: int) -> Node:
        """Return the hours that would be left for therapy at an average step's leave."""
        leave, left = self.steps.average_leave, self.first.hours_left[step][pool]
        name = f"at_work.{self.hub}.{pool}.average_leave"
        label = f"Hours at work at {leave}: {in_sentence(self.work.spec.pools[pool].label)}"
        parts = [self._average_hours(pool), self.steps.productive()]
        level = product(name, label, "hours", parts)
        name, label = self._named("average_leave.with", f"Hours left, and at work at {leave}", pool, step)
        both = total(name, label, "hours", [left, level])
        name, label = self._named("average_leave", f"Hours left at {leave}", pool, step)
        return left_over(name, label, "hours", [both, self._of_today(pool, step)])

    def _of_joiner(self, hours: Node, lag: Node, step: int) -> Node:
        name, label = f"{hours.name}.{self.steps.name(step)}", f"{hours.label}, {self.steps.label(step)}"
        parts = [self._a_step(hours), self.steps.productive(), self.steps.joiner(lag, step)]
        return product(name, label, "hours", parts)

    def _a_step(self, year: Node) -> Node:
        if year.name not in self._averages:
            name, label = f"{year.name}.average", f"{year.label}, an average {self.steps.step.name}"
            self._averages[year.name] = quotient(name, label, "hours", [year, self.steps.in_a_year])
        return self._averages[year.name]

    def _average_hours(self, pool: str) -> Node:
        if pool not in self._averages:
            label = (
                f"Hours of an average {self.steps.step.name}: {in_sentence(self.work.spec.pools[pool].label)}"
            )
            name = f"at_work.{self.hub}.{pool}"
            year = self.work.posts.hours_today(self.hub, pool)
            self._averages[pool] = quotient(name, label, "hours", [year, self.steps.in_a_year])
        return self._averages[pool]

    @cached_property
    def _averages(self) -> dict[str, Node]:
        return {}

    # -- sums of the year

    def series(self, volume: Volume) -> list[Node]:
        """Return a volume step by step."""
        if volume in _SERIES_OF_THERAPY:
            return list(_SERIES_OF_THERAPY[volume](self.therapy))
        source = self.last if self.last is not None and volume in self.late else self.first
        return [people[volume] for people in source.people]

    def units(self, activity: str) -> list[Node]:
        """Return the units of an activity delivered, step by step."""
        source = self.first if self.last is None or activity in self.first.units else self.last
        return source.units[activity]

    def awaiting(self, volume: Volume) -> Node | None:
        """Return who waits for a stage at the end, or None where nobody can."""
        source = self.last if self.last is not None and volume in self.late else self.first
        return source.waiting[-1].get(volume)


class TimedWorkTree(WorkTree):
    """Volumes and hours of a year whose steps are followed one by one."""

    def __init__(self, layout: Layout, leaves: Leaves, posts: PostTree, waiting: WaitingFile) -> None:
        super().__init__(layout, leaves, posts)
        self.steps = Steps(layout.spec, waiting, leaves)
        self.waiting = waiting
        self._years: dict[str, HubYear] = {}

    def year(self, hub: str) -> HubYear:
        """Return a Hub's year."""
        if hub not in self._years:
            self._years[hub] = HubYear(hub, self, self.steps, self.waiting)
        return self._years[hub]

    def volume(self, hub: str, volume: Volume, served: int | None = None) -> Node:
        """Return a volume of the year; `served` does not matter, since a year is the sum of its steps."""
        del served
        return self._of_year(hub, volume)

    @shared
    def _of_year(self, hub: str, volume: Volume) -> Node:
        if not self._changes(volume):
            return self.demand(hub, volume)
        label, unit = VOLUME_LABELS[volume]
        return over_time(f"volume.{hub}.{volume.name.lower()}", label, unit, self.year(hub).series(volume))

    def _changes(self, volume: Volume) -> bool:
        """Return whether a volume may differ from one step to another."""
        if volume in _ALWAYS_THERE:
            return False
        return volume in _OF_CLIENTS or any(
            volume in scaled_with(self.driver(a)) for a in self.layout.activities
        )

    @shared
    def delivered(self, hub: str, activity: str) -> Node:
        """Return the units of an activity that are delivered in the year."""
        driver, label = self.driver(activity), f"Units of {self.label(activity)} delivered"
        name = f"delivered.{hub}.{activity}"
        if driver not in OF_THERAPY:
            units = self.year(hub).units(activity)
            return over_time(name, label, self.demand(hub, driver).unit, units)
        sessions = self.volume(hub, Volume.ATTENDED_SESSIONS)
        if driver is Volume.ATTENDED_SESSIONS:
            return sessions
        of_start = self.year(hub).therapy.of_start(driver)
        courses = self._courses(hub, sessions)
        if driver is Volume.THERAPY_STARTS:
            return courses
        return product(name, label, "people/year", [courses, of_start])

    @shared
    def _courses(self, hub: str, sessions: Node) -> Node:
        """Return how many courses the sessions of the year make: the time of therapy follows its sessions."""
        parts = [sessions, self.year(hub).pathway.sessions_per_start()]
        return quotient(f"courses.{hub}", "Courses that the year's sessions make", "people/year", parts)


_ALWAYS_THERE = (Volume.ELIGIBLE_WORKFORCE, Volume.STAFF_WTE, Volume.HUB)
_OF_CLIENTS = frozenset(
    {Volume.REGISTERED, *AWAITED, *OF_THERAPY, Volume.BRIEF_SESSIONS}
    | {Volume.THERAPY_DEMAND, Volume.EXTERNAL_THERAPY, Volume.NO_FURTHER_SUPPORT}
)
