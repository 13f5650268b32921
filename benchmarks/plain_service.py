"""A Hub through time in one draw, in plain Python floats: its stages, its list and its therapy."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from benchmarks.plain_calendar import Calendar
from benchmarks.plain_clients import (
    THERAPY_VOLUMES,
    Served,
    Time,
    hours_per_unit,
    share_that_can_be_served,
)
from benchmarks.plain_list import PlainFlows, PlainInputs, run_plain_list
from benchmarks.plain_parts import Activity, Structure
from benchmarks.plain_staff import Joiner, Row
from benchmarks.plain_stages import (
    Hours,
    Stages,
    arrivals,
    attended_of_booked,
    hours_at_work,
    joined,
    pathway_shares,
    sessions_of_start,
    stage_of,
)

STAGES = ("screened", "triaged", "assessed", "signposted", "navigated", "brief_support")
ENTRY = ("screened", "triaged")
OPENING = {"screened": "awaiting_screening", "triaged": "awaiting_triage", "assessed": "awaiting_assessment"}
OLDEST = 60


@dataclass(frozen=True)
class Followed:
    """A Hub followed through a year: what it serves, its list for therapy and who waits for other stages."""

    served: Served
    demand: dict[str, float]
    list_inputs: PlainInputs
    flows: PlainFlows
    awaiting: dict[str, float]


@dataclass(frozen=True)
class Course:
    """What a start of therapy brings: units of what follows from it, and hours by pool over its course."""

    units: dict[str, float]
    hours: Hours

    @property
    def sessions(self) -> float:
        return self.units["attended_sessions"]

    def most_starts(self, available: Hours) -> float:
        """Return how many the scarcest pool can start."""
        return min(
            (available[pool] / hours for pool, hours in self.hours.items() if hours > 0.0), default=math.inf
        )


class HubThroughTime:
    """A Hub in one draw."""

    def __init__(
        self,
        structure: Structure,
        calendar: Calendar,
        row: Row,
        name: str,
        year: Mapping[str, float],
        pool_hours: Hours,
        today: tuple[Hours, Hours],
        joiners: Sequence[Joiner],
    ) -> None:
        self.calendar, self.row, self.name, self.year = calendar, row, name, year
        self.activities, self.pools = structure.activities, structure.pools
        self.pool_hours, self.joiners = pool_hours, joiners
        self.hours_today, self.wte_today = today
        self.shares = pathway_shares(row, name)
        self.arrivals = arrivals(calendar, row, name, year["registered"])
        self.needs = {each.name: hours_per_unit(row, each, name) for each in structure.activities}
        self.attended = {
            each.name: row[f"activities.{each.name}.dna_rate"] < 1.0 for each in structure.activities
        }
        self.units: dict[str, float] = {each.name: 0.0 for each in structure.activities}
        therapy = [each for each in structure.activities if each.driver in THERAPY_VOLUMES]
        place = structure.activities.index(therapy[0]) if therapy else len(structure.activities)
        self.before, self.therapy = structure.activities[:place], therapy
        self.after = [each for each in structure.activities[place:] if each not in therapy]
        late = {stage_of(each.driver) for each in self.after}
        self.late = [volume for volume in year if stage_of(volume) in late]
        self.course = self._course()

    def follow(self) -> Followed:
        """Follow every step: what comes before therapy, then therapy, then what comes after it."""
        at_work = hours_at_work(self.calendar, self.row, self.hours_today, self.joiners)
        stages = Stages(self.shares, self._opening_stages(), self._leaving("awaiting_attrition"))
        steps = range(len(self.calendar.months))
        left, entered = [], []
        volumes = {volume: 0.0 for volume in self.year if volume not in THERAPY_VOLUMES}
        late_volumes = dict.fromkeys(self.late, 0.0)
        for step in steps:
            left.append(self._step(stages, self._fresh(step), self.before, at_work[step], volumes))
            entered.append({**{stage: stages.passed(stage) for stage in ENTRY}, **self._fresh(step)})
            stages.end()
        accepted = [people["triaged"] * self.shares["therapy_demand"][1] for people in entered]
        list_inputs = self._list_inputs(accepted, left, self._at_average_leave(at_work, left))
        flows = run_plain_list(list_inputs)
        later = {name: way for name, way in self.shares.items() if name not in ENTRY}
        late_stages = Stages(later, self._opening_stages(without=ENTRY), self._leaving("awaiting_attrition"))
        for step in steps:
            remaining = self._without_therapy(left[step], flows.sessions[step])
            self._step(late_stages, entered[step], self.after, remaining, late_volumes)
            late_stages.end()
        awaiting = {stage: (late_stages if stage in self.late else stages).waiting[stage] for stage in STAGES}
        for volume, people in late_volumes.items():
            volumes[volume] = min(volumes[volume], people)
        self._add_therapy(flows, volumes)
        demand = {**self.year, **self._cohort(sum(self.arrivals))}
        served = (volumes, *self._time())
        return Followed(served, demand, list_inputs, flows, awaiting)

    def _fresh(self, step: int) -> dict[str, float]:
        others = {
            volume: people / self.calendar.steps_a_year
            for volume, people in self.year.items()
            if volume not in self.shares and volume not in THERAPY_VOLUMES
        }
        return {**others, "registered": self.arrivals[step]}

    def _opening_stages(self, without: Sequence[str] = ()) -> Hours:
        prefix = f"waiting.hubs.{self.name}"
        return {
            stage: self.row[f"{prefix}.{OPENING[stage]}"] if stage in OPENING else 0.0
            for stage in STAGES
            if stage not in without
        }

    def _leaving(self, name: str) -> float:
        return self.calendar.share_of_step(self.row[f"waiting.{name}"])

    def _step(
        self,
        stages: Stages,
        fresh: Mapping[str, float],
        activities: Sequence[Activity],
        hours: Hours,
        volumes: dict[str, float],
    ) -> Hours:
        """Serve some activities in a step, count their work and the volumes, and return the hours left."""
        stages.begin(fresh)
        left = dict(hours)
        for activity in activities:
            needed = self.needs[activity.name]
            share = 0.0
            if self.attended[activity.name]:
                share = share_that_can_be_served(stages.passed(activity.driver), needed, left)
            units = stages.serve(activity.driver, share)
            self.units[activity.name] += units
            for pool, kinds in needed.items():
                remaining = left[pool] - (units * sum(kinds.values()) if units else 0.0)
                # What rounding leaves of a used-up pool is nothing.
                left[pool] = remaining if remaining > 1e-12 * left[pool] else 0.0
        for volume in volumes:
            volumes[volume] += stages.passed(volume)
        return left

    def _course(self) -> Course:
        completed = 1.0 - self.row[f"hub_{self.name}.pathway.dropout_share"]
        units = {
            "therapy_starts": 1.0,
            "attended_sessions": sessions_of_start(self.row, self.name),
            "completions": completed,
            "dropouts": 1.0 - completed,
        }
        hours = dict.fromkeys(self.pools, 0.0)
        for activity in self.therapy:
            for pool, kinds in self.needs[activity.name].items():
                attended = self.attended[activity.name]
                hours[pool] += sum(kinds.values()) * units[activity.driver] if attended else math.inf
        return Course(units, hours)

    def _at_average_leave(self, at_work: Sequence[Hours], left: Sequence[Hours]) -> list[Hours]:
        """Return what would be left of each step's hours for therapy, were leave the same in every step."""
        level = replace(self.calendar, leave=[1.0] * len(left))
        at_level = hours_at_work(level, self.row, self.hours_today, self.joiners)
        return [
            {pool: max(there[pool] - (now[pool] - remaining[pool]), 0.0) for pool in self.pools}
            for there, now, remaining in zip(at_level, at_work, left, strict=True)
        ]

    def _list_inputs(
        self, accepted: list[float], left: Sequence[Hours], at_average_leave: Sequence[Hours]
    ) -> PlainInputs:
        calendar, row, prefix = self.calendar, self.row, f"waiting.hubs.{self.name}"
        length = sum(calendar.retention)
        booked = row[f"{prefix}.room_sessions"] * calendar.weeks_a_step
        rooms = booked * attended_of_booked(self.activities, row) if math.isfinite(booked) else math.inf
        sessions, lasting = (
            [min(self.course.most_starts(hours) * self.course.sessions, rooms) for hours in available]
            for available in (left, at_average_leave)
        )
        caps = [self._caseload_cap(month) for month in calendar.months]
        running = min(sessions[0] / self.course.sessions, caps[0] / length, accepted[0])
        caseload = row[f"{prefix}.opening_caseload"]
        return PlainInputs(
            arrivals=accepted,
            attrition=self._leaving("attrition"),
            session_capacity=sessions,
            caseload_cap=caps,
            sessions_per_start=self.course.sessions,
            retention=list(calendar.retention),
            dropout_share=row[f"hub_{self.name}.pathway.dropout_share"],
            opening_list=self._opening_list(accepted[0]),
            opening_starts=running if math.isnan(caseload) else caseload / length,
            class_shares=list(calendar.class_shares),
            targets=list(calendar.targets),
            greedy=calendar.greedy,
            starts_at_average_leave=[
                min(possible / self.course.sessions, cap / length)
                for possible, cap in zip(lasting, caps, strict=True)
            ],
        )

    def _caseload_cap(self, month: float) -> float:
        """Return how many can be in therapy at once: a caseload each, and clients a supervisor each."""
        wte = dict(self.wte_today)
        for joiner in self.joiners:
            wte[joiner.pool] += joiner.wte * joined(self.calendar, month, joiner.first_day, [1.0])
        gives_therapy = sum(wte[pool] for pool, hours in self.course.hours.items() if hours > 0.0)
        caps = [(self.row["waiting.caseload_per_wte"], gives_therapy)]
        if self.calendar.supervising_pool is not None:
            supervisors = wte[self.calendar.supervising_pool]
            caps.append((self.row["waiting.supervision.clients_per_wte"], supervisors))
        return min(math.inf if math.isinf(each) else each * wte for each, wte in caps)

    def _opening_list(self, arrivals: float) -> list[float]:
        """Return who waits today by steps waited, by default as if arrivals had long been what they are."""
        people = self.row[f"waiting.hubs.{self.name}.opening_list"]
        if self.name in self.calendar.opening_ages:
            return [people * share for share in self.calendar.opening_ages[self.name]]
        ages, staying = [], 1.0 - self._leaving("attrition")
        for age in range(OLDEST - 1):
            ages.append(min(people, arrivals * staying**age))
            people -= ages[-1]
        return [*ages, people]

    def _without_therapy(self, hours: Hours, sessions: float) -> Hours:
        left = {}
        for pool, there in hours.items():
            of_course = self.course.hours[pool]
            taken = sessions * of_course / self.course.sessions if math.isfinite(of_course) else 0.0
            left[pool] = max(there - taken, 0.0)
        return left

    def _add_therapy(self, flows: PlainFlows, volumes: dict[str, float]) -> None:
        volumes["therapy_starts"] = sum(flows.starts)
        volumes["attended_sessions"] = sum(flows.sessions)
        volumes["completions"] = sum(flows.completions)
        volumes["dropouts"] = sum(flows.dropouts)
        courses = sum(flows.sessions) / self.course.sessions
        for activity in self.therapy:
            self.units[activity.name] = courses * self.course.units[activity.driver]

    def _cohort(self, registered: float) -> dict[str, float]:
        """Return the volumes that a year's registrations ask for."""
        people = {"registered": registered}
        for volume, (before, share) in self.shares.items():
            people[volume] = people[before] * share
        for volume, share in self.course.units.items():
            people[volume] = people["therapy_demand"] * share
        return people

    def _time(self) -> tuple[Time, Hours]:
        time: Time = {}
        unused = dict(self.pool_hours)
        for activity in self.activities:
            units = self.units[activity.name] if self.attended[activity.name] else 0.0
            for pool, kinds in self.needs[activity.name].items():
                for kind, hours in kinds.items():
                    time[activity.name, pool, kind] = units * hours if units else 0.0
                    unused[pool] -= time[activity.name, pool, kind]
        return time, {pool: max(hours, 0.0) for pool, hours in unused.items()}
