"""One Hub's list for therapy and its courses of therapy, step by step: limits, starts, caseload, sessions."""

from __future__ import annotations

from collections.abc import Sequence

from costmodel.analysis.explain.leaves import ONE, Known, shared
from costmodel.analysis.explain.stages import OF_THERAPY, Hours, Pathway
from costmodel.analysis.explain.tree import (
    Node,
    Operation,
    combine,
    difference,
    left_over,
    product,
    quotient,
    total,
)
from costmodel.inputs.waiting_file import WaitingFile
from costmodel.model.types import Volume
from costmodel.text import in_sentence


class Therapy:
    """The list for therapy and the courses of therapy of one Hub.

    Parameters
    ----------
    pathway
        Of the Hub.
    waiting
        Its limits besides hours.
    accepted
        Who join the list in each step.
    hours
        What earlier activities leave of each staff pool, in each step.

    Attributes
    ----------
    limits
        Starts that each limit allows by itself, in each step.
    places
        Starts that all of them allow; None where nothing limits starts.
    before, left, available, starts, waiting
        The list before the step, who leave it, who could start, who do, and the list at its end.
    caseload, completions, dropouts, sessions
        Clients in therapy, who end it, and the sessions that they attend.
    """

    def __init__(
        self, pathway: Pathway, waiting: WaitingFile, accepted: Sequence[Node], hours: Sequence[Hours]
    ) -> None:
        self.pathway, self.hub, self.accepted = pathway, pathway.hub, accepted
        self.work, self.steps, self.leaves = pathway.work, pathway.steps, pathway.leaves
        self.known: Known = {}
        self._given = waiting
        self.activities = [a for a in self.work.layout.activities if self.work.driver(a) in OF_THERAPY]
        self.limits = [self._limits(step, hours[step]) for step in range(len(self.steps))]
        self.places = [self._places(step, limits) for step, limits in enumerate(self.limits)]
        self.opening = self.leaves.parameter(f"waiting.hubs.{self.hub}.opening_list")
        self._run_list()
        self._treat()

    def _name(self, what: str, step: int) -> str:
        return f"{what}.{self.hub}.{self.steps.name(step)}"

    # -- what limits starts

    def pools(self) -> list[str]:
        """Return the staff pools whose time therapy takes."""
        taken = {pool for activity in self.activities for pool in self.work.pools_of(self.hub, activity)}
        return [pool for pool in self.work.layout.pools if pool in taken and self.per_start(pool).value > 0.0]

    @shared
    def of_start(self, volume: Volume) -> Node:
        """Return what a start brings of what follows from it."""
        if volume is Volume.ATTENDED_SESSIONS:
            return self.pathway.sessions_per_start()
        if volume is Volume.COMPLETIONS:
            return self.pathway.completing()
        return ONE if volume is Volume.THERAPY_STARTS else self._dropout_share()

    def _dropout_share(self) -> Node:
        return self.leaves.parameter(f"hub_{self.hub}.pathway.dropout_share")

    @shared
    def per_start(self, pool: str) -> Node:
        """Return the hours of a pool that a start brings over its whole course."""
        of_pool, parts = self.work.spec.pools[pool].label, []
        for activity in self.activities:
            if pool in self.work.pools_of(self.hub, activity):
                label = f"Hours of {self.work.label(activity)} for a starter: {of_pool}"
                factors = [
                    self.of_start(self.work.driver(activity)),
                    self.work.unit_hours(self.hub, activity, pool),
                ]
                name = f"per_start.{self.hub}.{activity}.{pool}"
                parts.append(product(name, label, "hours/client", factors))
        label = f"Hours for a starter over the whole course: {of_pool}"
        return (
            parts[0]
            if len(parts) == 1
            else total(f"per_start.{self.hub}.{pool}", label, "hours/client", parts)
        )

    def places_at_average_leave(self, step: int, hours: Hours) -> Node | None:
        """Return the starts that all limits would allow with the hours of an average step's leave."""
        at, leave = ".average_leave", f", at {self.steps.average_leave}"
        return self._places(step, self._limits(step, hours, at, leave), at, leave)

    def _limits(self, step: int, hours: Hours, at: str = "", leave: str = "") -> dict[str, Node]:
        """Return the starts that each limit allows by itself, by what it is."""
        found, waiting = {}, self._given
        for pool in self.pools():
            label = in_sentence(self.work.spec.pools[pool].label)
            what = f"hours of {label}"
            found[what] = quotient(
                self._name(f"limit.{pool}{at}", step),
                f"Starts that {what} allow, {self.steps.label(step)}{leave}",
                "people",
                [hours[pool], self.per_start(pool)],
            )
        if self.leaves.given("waiting.caseload_per_wte"):
            found["the caseload cap"] = self._by_caseload(self._when_in_post(self.pools(), step))
        if waiting.supervision is not None:
            pool = waiting.supervision.pool
            found["supervision"] = self._by_supervision(pool, self._when_in_post([pool], step))
        if self.leaves.given(f"waiting.hubs.{self.hub}.room_sessions"):
            found["rooms"] = self._by_rooms()
        return found

    def _when_in_post(self, pools: Sequence[str], step: int) -> int | None:
        """Return the step, or None where the staff of some pools are the same in every step."""
        return step if any(self.work.posts.joiners(self.hub, pool) for pool in pools) else None

    @shared
    def _wte(self, pool: str, step: int | None) -> Node:
        """Return the staff of a pool in post in a step."""
        posts = self.work.posts
        today, joiners = posts.wte_today(self.hub, pool), posts.joiners(self.hub, pool)
        if step is None or not joiners:
            return today
        later = [
            product(
                self._name(f"{joiner.wte.name}.now", step),
                f"{joiner.wte.label}, {self.steps.label(step)}",
                "WTE",
                [joiner.wte, self.steps.in_post(joiner.lag, step)],
            )
            for joiner in joiners
        ]
        return total(self._name(f"staff_wte.{pool}", step), today.label, "WTE", [today, *later])

    @shared
    def _by_caseload(self, step: int | None) -> Node:
        giving = total(
            self._at("wte_giving_therapy", step), "Staff in post who give therapy", "WTE",
            [self._wte(pool, step) for pool in self.pools()],
        )  # fmt: skip
        per_wte = self.leaves.parameter("waiting.caseload_per_wte")
        return self._within(
            self._at("caseload_cap", step), "Clients whom staff can have in therapy", giving, per_wte
        )

    @shared
    def _by_supervision(self, pool: str, step: int | None) -> Node:
        per_wte = self.leaves.parameter("waiting.supervision.clients_per_wte")
        label = "Clients in therapy for whom supervisors can answer"
        return self._within(self._at("supervision_cap", step), label, self._wte(pool, step), per_wte)

    def _at(self, what: str, step: int | None) -> str:
        return f"{what}.{self.hub}" if step is None else self._name(what, step)

    def _within(self, name: str, label: str, wte: Node, per_wte: Node) -> Node:
        cap = product(name, label, "people", [wte, per_wte])
        starts = f"Starts a {self.steps.step.name} that keep to it: {in_sentence(label)}"
        return quotient(f"{name}.starts", starts, "people", [cap, self.steps.course])

    @shared
    def _by_rooms(self) -> Node:
        name = f"rooms.{self.hub}"
        weekly = self.leaves.parameter(f"waiting.hubs.{self.hub}.room_sessions")
        booked = product(f"{name}.booked", f"Sessions a {self.steps.step.name} for which there are rooms",
                         "sessions", [weekly, self.steps.weeks])  # fmt: skip
        slots = self._slots_per_session()
        per_start = [*([slots] if slots is not None else []), self.pathway.sessions_per_start()]
        return quotient(f"{name}.starts", "Starts that rooms allow", "people", [booked, *per_start])

    def _slots_per_session(self) -> Node | None:
        """Return booked slots for an attended session of therapy, by the first activity that follows them."""
        of_sessions = [a for a in self.activities if self.work.driver(a) is Volume.ATTENDED_SESSIONS]
        if not of_sessions:
            return None
        activity = of_sessions[0]
        name, label = f"activities.{activity}.slots", "Slots booked for each attended one"
        parts = [ONE]
        if self.work.spec.activities[activity].dna_rate is not None:
            parts.append(self.work.lost_slots(activity))
        slots = total(name, label, "ratio", parts)
        group = self.leaves.given(f"activities.{activity}.group_size")
        return (
            quotient(f"{name}.shared", f"{label}, shared by a group", "ratio", [slots, *group])
            if group
            else slots
        )

    def _places(self, step: int, limits: dict[str, Node], at: str = "", leave: str = "") -> Node | None:
        if not limits:
            return None
        binding = min(limits, key=lambda what: limits[what].value)
        label = f"Starts that capacity allows, {self.steps.label(step)}{leave}"
        name = self._name(f"places{at}", step)
        return combine(
            Operation.SMALLER, name, label, "people", list(limits.values()), f"limited by {binding}"
        )

    # -- the list

    def _run_list(self) -> None:
        self.before: list[Node] = []
        self.left: list[Node] = []
        self.available: list[Node] = []
        self.starts: list[Node] = []
        self.waiting: list[Node] = []
        leaving, before = self.steps.leaving("attrition"), self.opening
        for step, accepted in enumerate(self.accepted):
            when = self.steps.label(step)
            left = product(
                self._name("left_list", step), f"Who leave the list, {when}", "people", [before, leaving]
            )
            everybody = total(
                self._name("on_list", step),
                f"List before and who join it, {when}",
                "people",
                [before, accepted],
            )
            available = difference(
                self._name("could_start", step),
                f"Who could start therapy, {when}",
                "people",
                [everybody, left],
            )
            starts = self._starts(step, available)
            end = difference(
                self._name("list", step), f"List at the end of {when}", "people", [available, starts],
                "list before - left + accepted - starts",
            )  # fmt: skip
            for found, node in zip(
                (self.before, self.left, self.available, self.starts, self.waiting),
                (before, left, available, starts, end),
                strict=True,
            ):
                found.append(node)
            before = end

    def _starts(self, step: int, available: Node) -> Node:
        places = self.places[step]
        limits = [available] if places is None else [available, places]
        all_start = places is None or available.value <= places.value
        note = "everybody who could" if places is None or all_start else places.note
        label = f"Therapy starts, {self.steps.label(step)}"
        return combine(Operation.SMALLER, self._name("starts", step), label, "people", limits, note)

    # -- courses of therapy

    def _treat(self) -> None:
        earlier = self._starts_before()
        completed, dropped = self._endings()
        steps = range(len(self.steps))
        self.caseload = [
            self._of_starts(s, earlier, self.steps.still_in_treatment, "caseload", "Clients in therapy")
            for s in steps
        ]
        self.completions = [
            self._of_starts(s, earlier, completed, "completions", "Therapies completed") for s in steps
        ]
        self.dropouts = [
            self._of_starts(s, earlier, dropped, "dropouts", "Therapies ended early") for s in steps
        ]
        self.sessions = [self._sessions(step) for step in steps]

    def _starts_before(self) -> Node:
        """Return the starts in each step before today, which make today's caseload."""
        name = f"starts_before.{self.hub}"
        caseload = self.leaves.given(f"waiting.hubs.{self.hub}.opening_caseload")
        if caseload:
            label = f"Starts in each {self.steps.step.name} before, from the caseload today"
            return quotient(name, label, "people", [*caseload, self.steps.course])
        places = self.places[0]
        limits = [self.accepted[0]] if places is None else [places, self.accepted[0]]
        label = f"Starts in each {self.steps.step.name} before: all whom capacity allowed"
        return combine(Operation.SMALLER, name, label, "people", limits)

    def _of_starts(self, step: int, earlier: Node, shares: Sequence[Node], what: str, label: str) -> Node:
        """Return the sum of starts up to a step, each with a share that depends on how long ago it was."""
        parts = []
        for ago in reversed(range(len(shares))):
            starts = self.starts[step - ago] if step >= ago else earlier
            began = self.steps.label(step - ago) if step >= ago else f"{ago - step} before the first"
            name = self._name(f"{what}.started_{ago}_before", step)
            node = product(name, f"{label}, {self.steps.label(step)}: started {began}", "people",
                           [starts, shares[ago]])  # fmt: skip
            parts.append(node)
        return total(self._name(what, step), f"{label}, {self.steps.label(step)}", "people", parts)

    def _endings(self) -> tuple[list[Node], list[Node]]:
        """Return who complete therapy and who drop out after each step of it, as shares of starters."""
        dropout, a_step = self._dropout_share(), self.steps.step.name
        completed: list[Node] = []
        dropped: list[Node] = []
        ended_before: list[Node] = []
        gone_before: list[Node] = []
        for number, ended in enumerate(self.steps.ended, start=1):
            at, after = f"{self.hub}.{number}", f"after {a_step} {number} of it"
            gone = combine(
                Operation.SMALLER,
                f"gone.{at}",
                f"Share who have dropped out {after}",
                "share",
                [ended, dropout],
            )
            drop = difference(
                f"dropping_out.{at}", f"Share who drop out {after}", "share", [gone, *gone_before]
            )
            complete = difference(
                f"completing.{at}", f"Share who complete {after}", "share", [ended, *ended_before, drop]
            )
            completed.append(complete)
            dropped.append(drop)
            ended_before, gone_before = [ended], [gone]
        return completed, dropped

    @shared
    def intensity(self) -> Node:
        """Return attended sessions a step of a client in therapy."""
        label = f"Sessions a {self.steps.step.name} of a client in therapy"
        parts = [self.pathway.sessions_per_start(), self.steps.course]
        return quotient(f"intensity.{self.hub}", label, "sessions/client", parts)

    def _sessions(self, step: int) -> Node:
        when = self.steps.label(step)
        wanted = product(
            self._name("sessions_wanted", step), f"Sessions of everybody in therapy, {when}", "sessions",
            [self.caseload[step], self.intensity()],
        )  # fmt: skip
        by_sessions = {
            w: n for w, n in self.limits[step].items() if w == "rooms" or w.startswith("hours of ")
        }
        if not by_sessions:
            return wanted
        starts = combine(
            Operation.SMALLER, self._name("places_by_sessions", step),
            f"Starts that hours and rooms allow, {when}", "people", list(by_sessions.values()),
        )  # fmt: skip
        possible = product(
            self._name("sessions_possible", step), f"Sessions that hours and rooms allow, {when}", "sessions",
            [starts, self.pathway.sessions_per_start()],
        )  # fmt: skip
        note = "as many as wanted" if wanted.value <= possible.value else "some are postponed"
        label = f"Therapy sessions attended, {when}"
        return combine(
            Operation.SMALLER, self._name("sessions", step), label, "sessions", [wanted, possible], note
        )

    def hours_after(self, hours: Sequence[Hours]) -> list[Hours]:
        """Return what therapy leaves of the hours that earlier activities left."""
        return [self._after(step, each) for step, each in enumerate(hours)]

    def _after(self, step: int, hours: Hours) -> Hours:
        left = dict(hours)
        for pool in self.pools():
            of_pool, when = in_sentence(self.work.spec.pools[pool].label), self.steps.label(step)
            taken = product(
                self._name(f"therapy_hours.{pool}", step), f"Hours of therapy: {of_pool}, {when}", "hours",
                [self.sessions[step], self._per_session(pool)],
            )  # fmt: skip
            label = f"Hours left after therapy: {of_pool}, {when}"
            left[pool] = left_over(
                self._name(f"after_therapy.{pool}", step), label, "hours", [hours[pool], taken]
            )
        return left

    @shared
    def _per_session(self, pool: str) -> Node:
        label = f"Hours for an attended session: {self.work.spec.pools[pool].label}"
        parts = [self.per_start(pool), self.pathway.sessions_per_start()]
        return quotient(f"per_session.{self.hub}.{pool}", label, "hours/session", parts)
