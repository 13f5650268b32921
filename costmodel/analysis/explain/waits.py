"""How long people of one Hub wait for therapy, first come first served, higher classes first.

Everybody is followed by who is served before whom: the people of the higher classes, with those of a class
who came by some step, lose those who leave and those who start, and nobody joins them. Those who start after
a wait are what two such groups differ by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from costmodel.analysis.explain.leaves import ONE, Known, shared
from costmodel.analysis.explain.therapy import Therapy
from costmodel.analysis.explain.tree import (
    Node,
    Operation,
    combine,
    constant,
    difference,
    left_over,
    over_time,
    product,
    quotient,
    total,
)
from costmodel.inputs.waiting_file import in_calendar_order

MOST_STEPS: Final = 60
"""Steps waited that are told apart in a list today whose ages are not known."""
_NEARLY: Final = 1e-12


@dataclass
class _Group:
    """People who are served before all others: who could start, who do and who still wait, by step."""

    begins: int
    starts: list[Node] = field(default_factory=list)
    waiting: list[Node] = field(default_factory=list)

    def started(self, step: int) -> Node:
        return self.starts[step - self.begins]

    def still(self) -> Node:
        """Those who wait at the end."""
        return self.waiting[-1]


class Waits:
    """Waits of one Hub's list.

    Parameters
    ----------
    therapy
        The list.
    lasting_places
        Starts that capacity allows in the last step, at an average step's leave; None where nothing limits
        starts.
    """

    def __init__(self, therapy: Therapy, lasting_places: Node | None) -> None:
        self.lasting_places = lasting_places
        self.therapy, self.hub, self.steps = therapy, therapy.hub, therapy.steps
        self.leaves, self.known = therapy.leaves, Known()
        self.unit = f"{self.steps.step.name}s"
        prefix = "waiting.priority_classes."
        names = [name for name in self.leaves.spec.parameters if name.startswith(prefix)]
        listed = in_calendar_order(name.removeprefix(prefix) for name in names)
        self.shares = [self.leaves.parameter(f"{prefix}{name}") for name in listed] or [ONE]

    # -- classes

    def _is_whole(self, number: int) -> bool:
        return number == len(self.shares) - 1

    @shared
    def _share_up_to(self, number: int) -> Node:
        """Return the share of people in a class and in those served before it."""
        if number == 0:
            return self.shares[0]
        label = "Share of the class and of those served before it"
        return total(f"classes.{number}", label, "share", list(self.shares[: number + 1]))

    def _all_of(self, number: int) -> _Group:
        """Return everybody in a class and in those served before it, whenever they came."""
        if self._is_whole(number):
            return _Group(0, self.therapy.starts, self.therapy.waiting)
        at = f"classes.{number}.{self.hub}"
        opening = product(
            f"{at}.today", "Of the class and those before it, today", "people",
            [self.therapy.opening, self._share_up_to(number)],
        )  # fmt: skip
        group, before = _Group(0), opening
        for step, accepted in enumerate(self.therapy.accepted):
            name, when = f"{at}.{self.steps.name(step)}", self.steps.label(step)
            stay = product(f"{name}.stay", f"Of them, who stay, {when}", "people", [before, self._staying])
            join = product(
                f"{name}.join", f"Who join them, {when}", "people", [accepted, self._share_up_to(number)]
            )
            could = total(f"{name}.could", f"Of them, who could start, {when}", "people", [stay, join])
            before = self._serve(group, name, step, could)
        return group

    @property
    def _staying(self) -> Node:
        return self.steps.staying("attrition")

    def _serve(self, group: _Group, name: str, step: int, could: Node) -> Node:
        """Let those of a group start for whom there are places, and return who wait on."""
        places, when = self.therapy.places[step], self.steps.label(step)
        limits = [could] if places is None else [could, places]
        starts = combine(Operation.SMALLER, f"{name}.starts", f"Of them, who start, {when}", "people", limits)
        waiting = difference(f"{name}.wait", f"Of them, who wait on, {when}", "people", [could, starts])
        group.starts.append(starts)
        group.waiting.append(waiting)
        return waiting

    # -- groups by when they came

    @cached_property
    def _opening_by_age(self) -> list[Node]:
        """People on the list today who have waited at least 0, 1, 2, ... steps."""
        shares = self.steps.opening_shares(self.hub)
        return self._known_ages(shares) if shares else self._spread_ages()

    def _known_ages(self, shares: Sequence[Node]) -> list[Node]:
        found = []
        for age in range(len(shares)):
            name, label = f"today.{self.hub}.{age}", f"On the list today for {age} {self.unit} or longer"
            share = total(f"{name}.share", f"{label}: share", "share", list(shares[age:]))
            found.append(product(name, label, "people", [self.therapy.opening, share]))
        return found

    def _spread_ages(self) -> list[Node]:
        """Take the list today apart as if people had long come as they do in the first step."""
        found, cohort = [self.therapy.opening], self.therapy.accepted[0]
        for age in range(1, MOST_STEPS):
            name, label = f"today.{self.hub}.{age}", f"On the list today for {age} {self.unit} or longer"
            found.append(left_over(name, label, "people", [found[-1], cohort]))
            label = f"Of those who come in a {self.steps.step.name}, still there after {age}"
            cohort = product(f"{name}.stayed", label, "people", [cohort, self._staying])
        return found

    @cached_property
    def _groups(self) -> list[dict[int, _Group]]:
        """By class: everybody served before those who came after a step, by that step; -1 is today."""
        return [self._groups_of(number) for number in range(len(self.shares))]

    def _groups_of(self, number: int) -> dict[int, _Group]:
        found: dict[int, _Group] = {}
        opening = self._opening_by_age
        for age in range(len(opening) - 1, -1, -1):
            found[-1 - age] = self._followed(number, -1 - age, 0, self._today_of(number, age, opening[age]))
        everybody = self._all_of(number)
        for step in range(len(self.steps)):
            group = _Group(step, [everybody.started(step)], [everybody.waiting[step]])
            found[step] = self._followed(number, step, step + 1, everybody.waiting[step], group)
        return found

    def _today_of(self, number: int, age: int, waited: Node) -> Node:
        if len(self.shares) == 1:
            return waited
        at = f"today.{self.hub}.class_{number}.{age}"
        parts = [product(f"{at}.own", f"{waited.label}: class", "people", [waited, self.shares[number]])]
        if number:
            higher = [self.therapy.opening, self._share_up_to(number - 1)]
            parts.append(product(f"{at}.higher", "On the list today in higher classes", "people", higher))
        return total(at, f"{waited.label}, or in a higher class", "people", parts)

    def _followed(
        self, number: int, arrived: int, first: int, before: Node, group: _Group | None = None
    ) -> _Group:
        """Follow those who came by a step until the end; those of higher classes go on coming."""
        group = group or _Group(first)
        for step in range(first, len(self.steps)):
            name = f"before_others.{self.hub}.{number}.{arrived}.{self.steps.name(step)}"
            when = self.steps.label(step)
            could = product(f"{name}.could", f"Of them, who stay, {when}", "people", [before, self._staying])
            if number:
                join = product(
                    f"{name}.join", f"Who join higher classes, {when}", "people",
                    [self.therapy.accepted[step], self._share_up_to(number - 1)],
                )  # fmt: skip
                could = total(f"{name}.all", f"Of them, who could start, {when}", "people", [could, join])
            before = self._serve(group, name, step, could)
        return group

    # -- outcomes

    @property
    def longest(self) -> int:
        """Steps that nobody has waited longer than."""
        return len(self.steps) - 1 - min(self._groups[0])

    @shared
    def started_after(self, age: int) -> Node:
        """Return who started in the year after a wait of so many steps."""
        parts = [self._started_of(number, age) for number in range(len(self.shares))]
        label = self._after(age)
        return parts[0] if len(parts) == 1 else total(f"started.{self.hub}.{age}", label, "people", parts)

    def _after(self, age: int) -> str:
        return f"Therapy starts after {age} {self.unit if age != 1 else self.steps.step.name}"

    def _started_of(self, number: int, age: int) -> Node:
        if age == self.longest and number == 0:
            return self._started_at_least(number, age)
        pair = [self._started_at_least(number, each) for each in (age, age + 1)]
        which = f", class {number + 1}" if len(self.shares) > 1 else ""
        return difference(f"started.{self.hub}.{number}.{age}", f"{self._after(age)}{which}", "people", pair)

    @shared
    def _started_at_least(self, number: int, age: int) -> Node:
        """Return who started after so many steps or more, with those of higher classes."""
        groups = self._groups[number]
        parts = []
        for step in range(len(self.steps)):
            if step - age in groups:
                parts.append(groups[step - age].started(step))
            elif number:
                parts.append(self._groups[number - 1][step].started(step))
        name = f"started_at_least.{self.hub}.{number}.{age}"
        higher = ", or of a higher class" if number else ""
        return over_time(name, f"{self._after(age)} {self.unit} or more{higher}", "people", parts)

    def over(self, target: float, weeks: str) -> Node:
        """Return who waits at the end and has waited longer than a number of steps."""
        name, label = f"over.{weeks}.{self.hub}", f"Who wait at the end, for over {weeks} weeks"
        parts = []
        last = len(self.steps) - 1
        for number, groups in enumerate(self._groups):
            for arrived, group in groups.items():
                weight = min(max(last - arrived + 1.0 - target, 0.0), 1.0)
                if weight > _NEARLY:
                    parts.append(self._waiting_since(number, arrived, group, weight, f"{name}.{number}"))
        return total(name, label, "people", parts)

    def _waiting_since(self, number: int, arrived: int, group: _Group, weight: float, name: str) -> Node:
        when = self.steps.label(arrived) if arrived >= 0 else f"{-arrived} {self.unit} before"
        people = group.still()
        before = self._just_before(number, arrived)
        if before is not None:
            pair = [people, before.still()]
            people = difference(
                f"since.{self.hub}.{number}.{arrived}", f"Who wait since {when}", "people", pair
            )
        if weight == 1.0:
            return people
        part = constant(f"{name}.{arrived}.part", "Part of them over the limit", weight, "share")
        return product(f"{name}.{arrived}", f"Part of them: {people.label}", "people", [people, part])

    def _just_before(self, number: int, arrived: int) -> _Group | None:
        """Return who is served just before those of a class who came in a step."""
        if arrived - 1 in self._groups[number]:
            return self._groups[number][arrived - 1]
        return self._groups[number - 1][len(self.steps) - 1] if number else None

    # -- what somebody who joins can expect

    def expected(self, when: str) -> Node:
        """Return the wait of somebody who joins `today` or at the `end`, in steps, if capacity stays."""
        parts = []
        for number, share in enumerate(self.shares):
            if share.value > 0.0:
                wait = self._expected(number, when)
                name = f"expected.{when}.{self.hub}.{number}.weighted"
                label = f"{wait.label}, weighted by its share"
                parts.append(wait if share is ONE else product(name, label, "ratio", [wait, share]))
        label = "Expected wait, mean of the classes"
        return parts[0] if len(parts) == 1 else total(f"expected.{when}.{self.hub}", label, "ratio", parts)

    def _expected(self, number: int, when: str) -> Node:
        name = f"expected.{when}.{self.hub}.{number}"
        which = f", class {number + 1}" if len(self.shares) > 1 else ""
        places = self._places(when)
        if places is None:
            return constant(name, f"Expected wait{which}", 0.0, "ratio", "nothing limits starts")
        if number:
            coming = product(
                f"{name}.higher", f"Higher classes who come in a {self.steps.step.name}", "people",
                [self._coming(when), self._share_up_to(number - 1)],
            )  # fmt: skip
            places = left_over(f"{name}.places", f"Places left{which}", "people", [places, coming])
        label = f"Expected wait{which}, in {self.unit}"
        parts = [self._ahead(number, when), places, self.steps.leaving("attrition")]
        return combine(Operation.EXPECTED_WAIT, name, label, "ratio", parts)

    def _ahead(self, number: int, when: str) -> Node:
        if when == "end":
            return self._groups_end(number)
        if self._is_whole(number):
            return self.therapy.opening
        parts = [self.therapy.opening, self._share_up_to(number)]
        return product(
            f"ahead.today.{self.hub}.{number}", "Who wait today, up to this class", "people", parts
        )

    def _groups_end(self, number: int) -> Node:
        return (
            self.therapy.waiting[-1]
            if self._is_whole(number)
            else self._groups[number][len(self.steps) - 1].still()
        )

    @shared
    def _mean(self, what: str, label: str) -> Node:
        nodes = [
            node for node in (self.therapy.places if what == "places" else self.therapy.accepted) if node
        ]
        whole = over_time(f"{what}.{self.hub}.year", f"{label}, all {self.unit}", "people", nodes)
        return quotient(f"{what}.{self.hub}.mean", label, "people", [whole, self.steps.in_a_year])

    def _places(self, when: str) -> Node | None:
        if when == "end" or self.therapy.places[0] is None:
            return self.lasting_places
        return self._mean("places", f"Starts that capacity allows, mean of a {self.steps.step.name}")

    def _coming(self, when: str) -> Node:
        if when == "end":
            return self.therapy.accepted[-1]
        return self._mean("accepted", f"Who are accepted, mean of a {self.steps.step.name}")
