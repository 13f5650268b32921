"""Which lines and volumes make up each named result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from costmodel.analysis.explain.costs import CostTree, Line
from costmodel.analysis.explain.leaves import Known, shared
from costmodel.analysis.explain.queues import QueueTree
from costmodel.analysis.explain.sums import LineSums, Wanted
from costmodel.analysis.explain.tree import LEAVES, Node, constant, difference, product, quotient, total
from costmodel.gather import PAYERS_OF_PERSPECTIVE
from costmodel.inputs.schema import NonPayItem
from costmodel.labels import VOLUME_LABELS
from costmodel.model.types import STAFF_COST_COMPONENTS, Payer, Perspective, Stage, TimeKind, Volume
from costmodel.results import Definition

_THOUSAND: Final = constant("thousand", "One thousand", 1_000.0, "people")
_CLIENT_STAGES: Final = frozenset(
    {Stage.SCREENING, Stage.TRIAGE, Stage.ASSESSMENT, Stage.NAVIGATION, Stage.BRIEF_SUPPORT, Stage.THERAPY}
)
# What a cost "per ..." is divided by, and which kinds of work its activity cost holds.
DENOMINATORS: Final[dict[str, tuple[tuple[Volume, ...], frozenset[Stage]]]] = {
    "contacted": ((Volume.CONTACTED,), frozenset({Stage.OUTREACH})),
    "registered": ((Volume.REGISTERED,), _CLIENT_STAGES),
    "screened": ((Volume.SCREENED,), frozenset({Stage.SCREENING})),
    "triaged": ((Volume.TRIAGED,), frozenset({Stage.TRIAGE})),
    "assessed": ((Volume.ASSESSED,), frozenset({Stage.ASSESSMENT})),
    "supported": (
        (Volume.SIGNPOSTED, Volume.NAVIGATED, Volume.BRIEF_SUPPORT, Volume.THERAPY_STARTS),
        frozenset({Stage.NAVIGATION, Stage.BRIEF_SUPPORT, Stage.THERAPY}),
    ),
    "therapy_start": ((Volume.THERAPY_STARTS,), frozenset({Stage.THERAPY})),
    "completion": ((Volume.COMPLETIONS,), frozenset({Stage.THERAPY})),
    "attended_session": ((Volume.ATTENDED_SESSIONS,), frozenset({Stage.THERAPY})),
    "team_attendance": ((Volume.TEAM_ATTENDANCES,), frozenset({Stage.TEAM_SESSIONS})),
    "1000_keyworkers": ((Volume.ELIGIBLE_WORKFORCE,), frozenset({Stage.OUTREACH, Stage.TEAM_SESSIONS})),
    "hub_contact": (
        (Volume.TRIAGED, Volume.ASSESSED, Volume.NAVIGATED, Volume.BRIEF_SESSIONS, Volume.ATTENDED_SESSIONS),
        _CLIENT_STAGES,
    ),
}
# Outreach and team sessions are for all keyworkers; the Hub and its staff are there all the same.
_STAYS_WITHOUT_CLIENTS: Final = ("eligible_workforce", "contacted", "team_attendances", "staff_wte", "hub")


class ResultTree:
    """Results at one place, all Hubs or one, in one perspective."""

    def __init__(self, costs: CostTree, hub: str | None, perspective: Perspective) -> None:
        self.costs, self.layout, self.spec = costs, costs.layout, costs.spec
        self.hubs = self.layout.hubs if hub is None else (hub,)
        self.perspective = perspective
        self.known: Known = {}
        self.at = f"@{hub or 'all'}.{perspective.name.lower()}"
        self.queue = None
        if costs.timed is not None:
            self.queue = QueueTree(costs.timed, self.hubs, together=hub is None, at=self.at)
        self.sums = LineSums(costs, self.hubs, perspective, self.at)

    def result(self, definition: Definition) -> Node:
        """Return the tree of an outcome."""
        name = definition.name.split("@")[0]
        waiting = self.queue.result(name) if self.queue is not None else None
        node = waiting or self.sums.named(name) or self._ratio(name) or self._people(name) or self._use(name)
        if node is None:
            raise ValueError(f"there is no explanation of {definition.name}")
        if node.operation in LEAVES:
            return total(definition.name, definition.label, definition.unit, [node])
        return replace(node, name=definition.name, label=definition.label, unit=definition.unit)

    # -- ratios

    def _ratio(self, name: str) -> Node | None:
        special: dict[str, Callable[[], Node]] = {
            "cost_per_registered_at_practical_capacity": self._at_practical_capacity,
            "reconciliation_gap": lambda: self._gap(
                "activities", "Cost of all activities", lambda line: line.activity is not None
            ),
            "contact_reconciliation_gap": lambda: self._gap(
                "contacts",
                "Cost of individual contacts",
                lambda line: self.sums.stage(line) in _CLIENT_STAGES,
            ),
            "short_run_marginal_cost": lambda: self._marginal(name, long_run=False),
            "long_run_marginal_cost": lambda: self._marginal(name, long_run=True),
        }
        if name in special:
            return special[name]()
        if name == "total_hub_cost":
            return self.whole()
        if name == "pay_bill":
            return self.sums.of(
                name, "Pay bill, all on-costs included", lambda line: line.component in STAFF_COST_COMPONENTS
            )
        kind, _, per = name.partition("cost_per_")
        if per not in DENOMINATORS or kind not in ("", "activity_"):
            return None
        cost = self._activities_for(per) if kind else self.whole()
        return quotient(name, name, "GBP", [cost, self.count(per)])

    @shared
    def whole(self) -> Node:
        """Return the whole cost here."""
        return self.sums.of("total_hub_cost", "Cost of the Hub", lambda _: True)

    def _activities_for(self, per: str) -> Node:
        stages = DENOMINATORS[per][1]
        label = "Cost of the activities that serve it"
        return self.sums.of(
            f"activities_for_{per}",
            label,
            lambda line: self.sums.stage(line) in stages,
            by_activity=len(stages) > 1,
        )

    @shared
    def count(self, per: str) -> Node:
        """Return what a cost is divided by."""
        volumes = DENOMINATORS[per][0]
        if per == "1000_keyworkers":
            name, people = f"count.{per}{self.at}", self.volume(volumes[0])
            return quotient(name, "Thousands of keyworkers in scope", "ratio", [people, _THOUSAND])
        if len(volumes) == 1:
            return self.volume(volumes[0])
        parts = [self.volume(volume) for volume in volumes]
        return total(f"count.{per}{self.at}", "What the cost is divided by", parts[0].unit, parts)

    @shared
    def volume(self, volume: Volume) -> Node:
        """Return what is delivered here in a year."""
        label, unit = VOLUME_LABELS[volume]
        return self._over_hubs(
            f"volume.{volume.name.lower()}", label, unit, lambda hub: self.costs.work.volume(hub, volume)
        )

    def _over_hubs(self, name: str, label: str, unit: str, at_hub: Callable[[str], Node]) -> Node:
        parts = [at_hub(hub) for hub in self.hubs]
        return parts[0] if len(parts) == 1 else total(f"{name}{self.at}", label, unit, parts)

    def _at_practical_capacity(self) -> Node:
        label = "Cost of unused or unrecorded hours"
        unused = self.sums.of("unused", label, lambda line: line.kind is TimeKind.UNUSED, by_activity=False)
        used = difference(
            f"used{self.at}", "Cost of the Hub without unused hours", "GBP/year", [self.whole(), unused]
        )
        return quotient("practical", "practical", "GBP/client", [used, self.count("registered")])

    def _gap(self, name: str, label: str, wanted: Wanted) -> Node:
        pair = [self.sums.of(name, label, wanted), self.whole()]
        short = difference(f"{name}.short{self.at}", f"{label} less the whole cost", "GBP/year", pair)
        return quotient("gap", "gap", "share", [short, self.whole()])

    # -- one more client

    def _marginal(self, name: str, *, long_run: bool) -> Node:
        items = [(line, item) for line in self.sums.lines if (item := self._moved_item(line))]
        parts = [self.costs.line(line.number) for line, item in items if item.behaviour == "variable"]
        if long_run:
            parts += [
                self.costs.cost_in_steps(line.item, Volume[item.driver.upper()])
                for line, item in items
                if item.behaviour == "step"
            ]
            parts += [self._staff_for_clients(hub, pool) for hub in self.hubs for pool in self.layout.pools]
        cost = total(f"{name}.cost{self.at}", "Cost that follows clients", "GBP/year", parts)
        return quotient(name, name, "GBP/client", [cost, self.count("registered")])

    def _moved_item(self, line: Line) -> NonPayItem | None:
        """Return the item of a line if it follows clients."""
        record = self.layout.items[line.item].record if line.item >= 0 else None
        if not isinstance(record, NonPayItem) or record.driver in _STAYS_WITHOUT_CLIENTS:
            return None
        return record

    @shared
    def _staff_for_clients(self, hub: str, pool: str) -> Node:
        """Return what the hours of a pool that follow clients would cost if bought as new posts."""
        work, posts, of_pool = self.costs.work, self.costs.posts, self.spec.pools[pool].label
        hours = [
            work.hours_of(hub, activity, pool)
            for activity, record in self.spec.activities.items()
            if record.driver not in _STAYS_WITHOUT_CLIENTS and pool in work.pools_of(hub, activity)
        ]
        following = total(
            f"following.{hub}.{pool}", f"Hours that follow clients: {of_pool}", "hours/year", hours
        )
        prices = []
        for post in posts.posts_of(hub):
            share = posts.share_of_pool(post, hub)
            if posts.entry(post).post.pool == pool and share.value:
                name, label = (
                    f"added_hour.{hub}.{posts.name(post)}",
                    f"Its part of an hour: {posts.entry(post).post.label}",
                )
                prices.append(product(name, label, "GBP/hour", [share, self.costs.staff.added_hour(post)]))
        price = total(f"added_hour.{hub}.{pool}", f"Cost of an added hour: {of_pool}", "GBP/hour", prices)
        label = f"Added hours of {of_pool}, {self.spec.hubs[hub].label}"
        return product(f"added.{hub}.{pool}", label, "GBP/year", [following, price])

    # -- people and hours

    def _people(self, name: str) -> Node | None:
        if name == "n_therapy_not_started":
            return self._not_started()
        if name.startswith("n_"):
            return self.volume(Volume[name.removeprefix("n_").upper()])
        kind, _, pool = name.partition(".")
        return self._utilisation(pool) if kind == "utilisation" else None

    def _not_started(self) -> Node:
        label = VOLUME_LABELS[Volume.THERAPY_DEMAND][0]
        due = self._over_hubs(
            "due", label, "people/year", lambda hub: self.costs.work.demand(hub, Volume.THERAPY_DEMAND)
        )
        return difference(
            "not_started", "Not started", "people/year", [due, self.volume(Volume.THERAPY_STARTS)]
        )

    def _utilisation(self, pool: str) -> Node:
        work, of_pool, served = self.costs.work, self.spec.pools[pool].label, len(self.layout.activities)
        available = self._over_hubs(
            f"available.{pool}",
            f"Hours available: {of_pool}",
            "hours/year",
            lambda hub: self.costs.posts.pool_hours(hub, pool),
        )
        left = self._over_hubs(
            f"left.{pool}",
            f"Hours unused: {of_pool}",
            "hours/year",
            lambda hub: work.hours_left(hub, pool, served),
        )
        used = difference(f"used.{pool}{self.at}", f"Hours used: {of_pool}", "hours/year", [available, left])
        return quotient("utilisation", "utilisation", "share", [used, available])

    # -- clients' use of other services

    def _use(self, name: str) -> Node | None:
        kind, _, service = name.partition(".")
        if kind == "service_use_cost_per_client":
            return self.costs.use_of(service)
        if name == "calibration_factor":
            return self.costs.calibration_factor()
        if name == "mental_health_service_use_cost_per_client":
            kept = [s for s, r in self.spec.services.items() if r.is_mental_health and not r.is_hub]
            return total(name, name, "GBP/client", [self.costs.use_of(service) for service in kept])
        if name == "other_service_use_cost_per_client":
            return self._use_per_client()
        if name == "total_cost_per_client":
            per_client = [self.whole(), self.count("registered")]
            hub = quotient(
                f"hub_cost_per_client{self.at}", "Hub cost per registered client", "GBP/client", per_client
            )
            return total(name, name, "GBP/client", [hub, self._use_per_client()])
        return None

    @shared
    def _use_per_client(self) -> Node:
        label = "Other health and social care use in the observed window"
        kept = [s for s, r in self.spec.services.items() if self._counts(r.payer) and not r.is_hub]
        parts = sorted((self.costs.use_of(service) for service in kept), key=lambda node: -node.value)
        per_client = total(f"use_per_client{self.at}", label, "GBP/client", parts)
        registered = self.count("registered")
        # Nobody registered: nothing per client.
        return (
            per_client
            if registered.value
            else quotient(f"use_of_nobody{self.at}", label, "GBP/client", [per_client, registered])
        )

    def _counts(self, payer: str) -> bool:
        return Payer[payer.upper()] in PAYERS_OF_PERSPECTIVE[self.perspective]
