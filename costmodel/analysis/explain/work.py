"""How many people and sessions a Hub serves, and how many hours that takes."""

from __future__ import annotations

import math

from costmodel.analysis.explain.leaves import ONE, Known, Leaves, shared
from costmodel.analysis.explain.posts import PostTree
from costmodel.analysis.explain.tree import (
    Node,
    Operation,
    combine,
    constant,
    difference,
    product,
    quotient,
    total,
)
from costmodel.gather import Layout
from costmodel.labels import VOLUME_LABELS
from costmodel.model.pathway import scaled_with
from costmodel.model.types import TimeKind, Volume
from costmodel.text import in_sentence
from costmodel.units import MINUTES_PER_HOUR

KIND_LABELS = {
    TimeKind.DIRECT: "direct time",
    TimeKind.INDIRECT: "indirect time",
    TimeKind.NOT_ATTENDED: "sessions not attended",
    TimeKind.UNUSED: "unused or unrecorded time",
}
MINUTES_OF_HOUR = constant("minutes_per_hour", "Minutes in an hour", MINUTES_PER_HOUR, "minutes")
_THE_HUB = constant("the_hub", "The Hub itself", 1.0, "ratio", "one year of it")


class WorkTree:
    """Volumes of the pathway and hours of the activities, Hub by Hub."""

    def __init__(self, layout: Layout, leaves: Leaves, posts: PostTree) -> None:
        self.layout, self.leaves, self.posts, self.spec = layout, leaves, posts, layout.spec
        self.known: Known = {}

    # -- the pathway, if hours never ran short

    def _step(self, hub: str, field: str) -> Node:
        return self.leaves.parameter(f"hub_{hub}.pathway.{field}")

    @shared
    def demand(self, hub: str, volume: Volume) -> Node:
        """Return a step of the pathway before any limit of hours."""
        if volume is Volume.HUB:
            return _THE_HUB
        if volume is Volume.THERAPY_STARTS:
            return self.demand(hub, Volume.THERAPY_DEMAND)
        if volume is Volume.STAFF_WTE:
            return self.posts.wte_at(hub)
        if volume in (Volume.ELIGIBLE_WORKFORCE, Volume.TEAM_ATTENDANCES):
            return self._step(hub, volume.name.lower())
        label, unit = VOLUME_LABELS[volume]
        operation, children = self._made_of(hub, volume)
        suffix = (
            ", demanded" if any(volume in scaled_with(self.driver(a)) for a in self.layout.activities) else ""
        )
        return combine(operation, f"demand.{hub}.{volume.name.lower()}", f"{label}{suffix}", unit, children)

    def _made_of(self, hub: str, volume: Volume) -> tuple[Operation, list[Node]]:
        if volume in _SHARE_OF:
            before, field = _SHARE_OF[volume]
            return Operation.PRODUCT, [self.demand(hub, before), self._step(hub, field)]
        if volume in _OTHER_SUPPORT:
            return Operation.PRODUCT, [self._without_therapy(hub), self._step(hub, _OTHER_SUPPORT[volume])]
        if volume in (Volume.CONTACTED, Volume.REGISTERED):
            return Operation.SUM, self._entering(hub, volume)
        return self._ending(hub, volume)

    def _entering(self, hub: str, volume: Volume) -> list[Node]:
        targeted = self._step(hub, "targeted_outreach_contacts")
        if volume is Volume.CONTACTED:
            return [self._step(hub, "outreach_contacts"), targeted]
        registering = product(
            f"demand.{hub}.registered_by_target",
            "Clients who register after outreach aimed at their group",
            "people/year",
            [targeted, self._step(hub, "registered_share_of_targeted")],
        )
        return [self._step(hub, "registrations"), registering]

    def _ending(self, hub: str, volume: Volume) -> tuple[Operation, list[Node]]:
        if volume is Volume.THERAPY_DEMAND:
            return Operation.PRODUCT, [self._therapy(hub), self._step(hub, "hub_share_of_therapy")]
        starts = self.demand(hub, Volume.THERAPY_DEMAND)
        if volume is Volume.NAVIGATED:
            return Operation.SUM, [self._navigated(hub), self.demand(hub, Volume.EXTERNAL_THERAPY)]
        if volume is Volume.EXTERNAL_THERAPY:
            return Operation.DIFFERENCE, [self._therapy(hub), starts]
        if volume is Volume.COMPLETIONS:
            return Operation.DIFFERENCE, [starts, self.demand(hub, Volume.DROPOUTS)]
        if volume is Volume.ATTENDED_SESSIONS:
            return Operation.SUM, [self._sessions(hub, "completion"), self._sessions(hub, "dropout")]
        helped = [
            self.demand(hub, Volume.SIGNPOSTED),
            self._navigated(hub),
            self.demand(hub, Volume.BRIEF_SUPPORT),
        ]
        return Operation.DIFFERENCE, [self._without_therapy(hub), *helped]

    @shared
    def _therapy(self, hub: str) -> Node:
        parts = [self.demand(hub, Volume.TRIAGED), self._step(hub, "therapy_share")]
        return product(f"demand.{hub}.therapy", "Clients who need formal therapy", "people/year", parts)

    @shared
    def _without_therapy(self, hub: str) -> Node:
        parts = [self.demand(hub, Volume.TRIAGED), self._therapy(hub)]
        label = "Triaged clients who need no formal therapy"
        return difference(f"demand.{hub}.without_therapy", label, "people/year", parts)

    @shared
    def _navigated(self, hub: str) -> Node:
        parts = [self._without_therapy(hub), self._step(hub, "other_support.navigated")]
        label = "Clients without need of therapy who are navigated"
        return product(f"demand.{hub}.navigated_without_therapy", label, "people/year", parts)

    @shared
    def _sessions(self, hub: str, ending: str) -> Node:
        people = self.demand(hub, Volume.COMPLETIONS if ending == "completion" else Volume.DROPOUTS)
        parts = [people, self._step(hub, f"sessions_per_{ending}")]
        label = f"Sessions of therapies that end in {ending}"
        return product(f"demand.{hub}.sessions_of_{ending}", label, "sessions/year", parts)

    # -- what hours allow

    def volume(self, hub: str, volume: Volume, served: int | None = None) -> Node:
        """Return a volume once the first `served` activities (or all) have had the hours they could get."""
        activities = self.layout.activities[:served]
        return self._volume(
            hub, volume, tuple(a for a in activities if volume in scaled_with(self.driver(a)))
        )

    @shared
    def _volume(self, hub: str, volume: Volume, cut_by: tuple[str, ...]) -> Node:
        demand = self.demand(hub, volume)
        if not cut_by:
            return demand
        label, unit = VOLUME_LABELS[volume]
        whole = tuple(a for a in self.layout.activities if volume in scaled_with(self.driver(a)))
        when = "" if cut_by == whole else f".up_to.{cut_by[-1]}"
        shares = [self.served_share(hub, activity) for activity in cut_by]
        return product(f"volume.{hub}.{volume.name.lower()}{when}", label, unit, [demand, *shares])

    def driver(self, activity: str) -> Volume:
        """Return the volume that an activity follows."""
        return Volume[self.spec.activities[activity].driver.upper()]

    def _driver_volume(self, hub: str, activity: str) -> Node:
        return self.volume(hub, self.driver(activity), self.layout.activities.index(activity))

    @shared
    def served_share(self, hub: str, activity: str) -> Node:
        """Return the share of an activity that the hours of its scarcest staff pool allow."""
        name, label = f"served.{hub}.{activity}", f"Share of {self.label(activity)} that hours allow"
        allowed = [self._allowed(hub, activity, pool) for pool in self.pools_of(hub, activity)]
        possible = [each for each in allowed if not math.isnan(each.value)]
        if not possible:
            return constant(name, label, 1.0, "share", "nothing is needed")
        note = "hours suffice" if all(each.value >= 1.0 for each in possible) else "hours run short"
        return combine(Operation.SMALLER, name, label, "share", [ONE, *possible], note)

    @shared
    def _allowed(self, hub: str, activity: str, pool: str) -> Node:
        name, of_pool = f"allowed.{hub}.{activity}.{pool}", self.spec.pools[pool].label
        needed = product(
            f"needed.{hub}.{activity}.{pool}",
            f"Hours that {self.label(activity)} would need: {of_pool}",
            "hours/year",
            [self._driver_volume(hub, activity), self.unit_hours(hub, activity, pool)],
        )
        left = self.hours_left(hub, pool, self.layout.activities.index(activity))
        return quotient(name, f"Hours left over hours needed: {of_pool}", "ratio", [left, needed])

    def label(self, activity: str) -> str:
        """Return an activity's label for the middle of a sentence."""
        return in_sentence(self.spec.activities[activity].label)

    def pools_of(self, hub: str, activity: str) -> list[str]:
        """Return the staff pools whose time an activity takes at a Hub."""
        return [
            pool for pool in self.layout.pools if self.layout.minutes_name(hub, activity, pool) is not None
        ]

    def kinds(self, activity: str) -> list[TimeKind]:
        """Return the kinds of time that an activity takes."""
        record = self.spec.activities[activity]
        indirect = [TimeKind.INDIRECT] if record.time_basis == "direct_only" else []
        lost = [TimeKind.NOT_ATTENDED] if record.dna_rate is not None else []
        return [TimeKind.DIRECT, *indirect, *lost]

    # -- hours

    @shared
    def unit_hours(self, hub: str, activity: str, pool: str) -> Node:
        """Return all staff hours of a pool for one attended unit of an activity."""
        parts = [self.hours_per_unit(hub, activity, pool, kind) for kind in self.kinds(activity)]
        name, label = (
            f"per_unit.{hub}.{activity}.{pool}",
            f"Hours for one unit: {self.spec.pools[pool].label}",
        )
        return parts[0] if len(parts) == 1 else total(name, label, "hours", parts)

    @shared
    def hours_per_unit(self, hub: str, activity: str, pool: str, kind: TimeKind) -> Node:
        """Return staff hours for one attended unit of an activity."""
        name = f"per_unit.{hub}.{activity}.{pool}.{kind.name.lower()}"
        label = f"Hours of {KIND_LABELS[kind]} for one unit: {self.spec.pools[pool].label}"
        if kind is TimeKind.DIRECT:
            minutes = self.leaves.parameter(self.layout.minutes_name(hub, activity, pool) or "")
            group = self.leaves.given(f"activities.{activity}.group_size")
            return quotient(name, label, "hours", [minutes, MINUTES_OF_HOUR, *group])
        direct = self.hours_per_unit(hub, activity, pool, TimeKind.DIRECT)
        if kind is TimeKind.INDIRECT:
            ratio = self.leaves.parameter(f"staff_pools.{pool}.indirect_ratio")
            return product(name, label, "hours", [direct, ratio])
        attended = direct
        if TimeKind.INDIRECT in self.kinds(activity):
            parts = [direct, self.hours_per_unit(hub, activity, pool, TimeKind.INDIRECT)]
            attended = total(f"{name}.attended", "Hours for an attended unit", "hours", parts)
        return product(name, label, "hours", [attended, self.lost_slots(activity)])

    @shared
    def lost_slots(self, activity: str) -> Node:
        """Return slots lost for each attended one: d / (1 - d), times the share of a slot that is lost."""
        name, label = f"activities.{activity}.lost_slots", "Slots lost for each attended one"
        rate = self.leaves.parameter(f"activities.{activity}.dna_rate")
        attended = difference(f"{name}.attended", "Share of bookings attended", "share", [ONE, rate])
        odds = quotient(f"{name}.missed", "Bookings missed for each attended", "ratio", [rate, attended])
        return product(
            name, label, "ratio", [odds, *self.leaves.given(f"activities.{activity}.dna_slot_share")]
        )

    @shared
    def delivered(self, hub: str, activity: str) -> Node:
        """Return the units of an activity that are delivered."""
        driver, place = self.driver(activity), self.layout.activities.index(activity)
        if driver in scaled_with(driver):
            return self.volume(hub, driver, place + 1)
        label = f"Units of {self.label(activity)} delivered"
        parts = [self._driver_volume(hub, activity), self.served_share(hub, activity)]
        return product(f"delivered.{hub}.{activity}", label, parts[0].unit, parts)

    @shared
    def hours(self, hub: str, activity: str, pool: str, kind: TimeKind) -> Node:
        """Return the hours that an activity uses of a staff pool."""
        if kind is TimeKind.UNUSED:
            return self.hours_left(hub, pool, len(self.layout.activities))
        name = f"hours.{hub}.{activity}.{pool}.{kind.name.lower()}"
        label = f"Hours of {KIND_LABELS[kind]}, {self.label(activity)}: {self.spec.pools[pool].label}"
        parts = [self.delivered(hub, activity), self.hours_per_unit(hub, activity, pool, kind)]
        return product(name, label, "hours/year", parts)

    @shared
    def hours_left(self, hub: str, pool: str, served: int) -> Node:
        """Return the hours of a pool left when the first `served` activities have had theirs."""
        earlier = [a for a in self.layout.activities[:served] if pool in self.pools_of(hub, a)]
        return self._left_after(hub, pool, tuple(earlier))

    @shared
    def _left_after(self, hub: str, pool: str, activities: tuple[str, ...]) -> Node:
        available = self.posts.pool_hours(hub, pool)
        if not activities:
            return available
        of_pool = self.spec.pools[pool].label
        last = activities == tuple(a for a in self.layout.activities if pool in self.pools_of(hub, a))
        label = f"Hours unused or unrecorded: {of_pool}" if last else f"Hours left for later work: {of_pool}"
        name = f"hours_left.{hub}.{pool}.after.{activities[-1]}"
        used = [self.hours_of(hub, activity, pool) for activity in activities]
        left = difference(
            f"{name}.difference", "Hours available less hours used", "hours/year", [available, *used]
        )
        return combine(Operation.POSITIVE_PART, name, label, "hours/year", [left])

    @shared
    def hours_of(self, hub: str, activity: str, pool: str) -> Node:
        """Return all hours that an activity uses of a staff pool."""
        parts = [self.hours(hub, activity, pool, kind) for kind in self.kinds(activity)]
        if len(parts) == 1:
            return parts[0]
        label = f"Hours of {self.label(activity)}: {self.spec.pools[pool].label}"
        return total(f"hours.{hub}.{activity}.{pool}", label, "hours/year", parts)


_SHARE_OF = {
    Volume.SCREENED: (Volume.REGISTERED, "screened_share"),
    Volume.TRIAGED: (Volume.SCREENED, "triaged_share"),
    Volume.ASSESSED: (Volume.TRIAGED, "assessed_share"),
    Volume.DROPOUTS: (Volume.THERAPY_DEMAND, "dropout_share"),
    Volume.BRIEF_SESSIONS: (Volume.BRIEF_SUPPORT, "brief_sessions_per_client"),
}
_OTHER_SUPPORT = {
    Volume.SIGNPOSTED: "other_support.signposted",
    Volume.BRIEF_SUPPORT: "other_support.brief_support",
}
