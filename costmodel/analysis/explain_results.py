"""Which lines and volumes make up each named result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from costmodel.analysis.explain_costs import CostTree, Line
from costmodel.analysis.explain_leaves import Known, shared
from costmodel.analysis.explain_tree import Node, constant, difference, product, quotient, total
from costmodel.analysis.explain_work import KIND_LABELS
from costmodel.gather import PAYERS_OF_PERSPECTIVE
from costmodel.inputs.schema import NonPayItem
from costmodel.model.outcomes import BridgeStep
from costmodel.model.types import (
    STAFF_COST_COMPONENTS,
    Behaviour,
    Component,
    CostType,
    Payer,
    Perspective,
    Stage,
    TimeKind,
    Volume,
)
from costmodel.results import ITEM_LABELS, VOLUME_LABELS, Definition

Key = Callable[[Line], tuple[str, str]]
Wanted = Callable[[Line], bool]

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
_STEP_OF_STAGE: Final = {
    Stage.OUTREACH: BridgeStep.TEAM_AND_OUTREACH,
    Stage.TEAM_SESSIONS: BridgeStep.TEAM_AND_OUTREACH,
    Stage.SUPERVISION: BridgeStep.SUPERVISION,
    Stage.ADMINISTRATION: BridgeStep.ADMINISTRATION,
}
_STEP_OF_KIND: Final = {
    TimeKind.DIRECT: BridgeStep.CLIENT_CONTACT,
    TimeKind.INDIRECT: BridgeStep.INDIRECT_TIME,
    TimeKind.NOT_ATTENDED: BridgeStep.NOT_ATTENDED,
}
_STEP_OF_COST_TYPE: Final = {CostType.OVERHEAD: BridgeStep.OVERHEADS, CostType.CAPITAL: BridgeStep.CAPITAL}
_STAYS_WITHOUT_CLIENTS: Final = ("eligible_workforce", "contacted", "staff_wte", "hub")


class ResultTree:
    """Results at one place, all Hubs or one, in one perspective."""

    def __init__(self, costs: CostTree, hub: str | None, perspective: Perspective) -> None:
        self.costs, self.layout, self.spec = costs, costs.layout, costs.spec
        self.hubs = self.layout.hubs if hub is None else (hub,)
        self.perspective = perspective
        self.known: Known = {}
        self.at = f"@{hub or 'all'}.{perspective.name.lower()}"

    def result(self, definition: Definition) -> Node:
        """Return the tree of an outcome."""
        name = definition.name.split("@")[0]
        node = self._costs_of(name) or self._ratio(name) or self._people(name) or self._use(name)
        if node is None:
            raise ValueError(f"there is no explanation of {definition.name}")
        return replace(node, name=definition.name, label=definition.label, unit=definition.unit)

    # -- sums of lines

    def _costs_of(self, name: str) -> Node | None:
        wanted, levels = self._selection(name)
        return None if wanted is None else self._sum(name, name, self._lines(wanted), levels)

    def _selection(self, name: str) -> tuple[Wanted | None, tuple[Key, ...]]:
        """Return which lines a cost adds up, and the levels in which to show them."""
        kind, _, which = name.partition(".")
        by_all, by_resource = self._levels(by_activity=True), self._levels(by_activity=False)
        plan = self.layout.plan
        if name == "total_hub_cost":
            return lambda _: True, by_all
        if name == "unused_capacity_cost":
            return lambda line: line.kind is TimeKind.UNUSED, by_resource
        if kind == "activity_cost" and which == "other":
            return lambda line: line.activity is None and line.kind is not TimeKind.UNUSED, by_resource
        if kind == "activity_cost":
            return lambda line: line.activity == which, by_resource
        if kind == "component_cost" and which.endswith("_lines"):
            of_type = next(t for t in ITEM_LABELS if f"{t.name.lower()}_lines" == which)
            return lambda line: line.item >= 0 and plan.cost_type[line.number] == of_type, by_all
        if kind == "component_cost":
            return lambda line: line.component is Component[which.upper()], by_all
        if kind == "payer_cost":
            return lambda line: plan.payer[line.number] == Payer[which.upper()], by_all
        if kind == "behaviour_cost":
            return lambda line: plan.behaviour[line.number] == Behaviour[which.upper()], by_all
        if kind == "bridge":
            return lambda line: self._bridge_step(line) is BridgeStep[which.upper()], by_all
        return None, ()

    def _levels(self, *, by_activity: bool) -> tuple[Key, ...]:
        hubs = [self._by_hub] if len(self.hubs) > 1 else []
        activities = [self._by_activity] if by_activity else []
        return (*hubs, *activities, self._by_resource, self._by_kind)

    def _lines(self, wanted: Wanted) -> list[Line]:
        """Return lines of the Hubs' own cost here and in this perspective."""
        counted = self.layout.plan.in_perspective[:, self.perspective]
        return [
            line
            for line in self.costs.lines
            if line.hub in self.hubs and line.service is None and counted[line.number] and wanted(line)
        ]

    def _sum(self, name: str, label: str, lines: Sequence[Line], levels: Sequence[Key]) -> Node:
        """Return a sum of lines, level by level, the largest part first."""
        if not levels:
            children = [self.costs.line(line.number) for line in lines]
        else:
            groups: dict[tuple[str, str], list[Line]] = {}
            for line in lines:
                groups.setdefault(levels[0](line), []).append(line)
            if len(groups) == 1 and len(levels) == 1:
                return self._sum(name, label, lines, ())
            children = [self._group(name, key, members, levels[1:]) for key, members in groups.items()]
        ordered = sorted(children, key=lambda child: -abs(child.value))
        return total(f"{name}{self.at}", label, "GBP/year", ordered)

    def _group(self, name: str, key: tuple[str, str], members: list[Line], levels: Sequence[Key]) -> Node:
        part, label = key
        # One line whose own label says as much needs no sum above it.
        if len(members) == 1 and (not levels or members[0].item >= 0):
            only = self.costs.line(members[0].number)
            if not levels or only.label == label:
                return only
        return self._sum(f"{name}/{part}", label, members, levels)

    def _by_hub(self, line: Line) -> tuple[str, str]:
        return line.hub, self.spec.hubs[line.hub].label

    def _by_activity(self, line: Line) -> tuple[str, str]:
        if line.activity is not None:
            return line.activity, self.spec.activities[line.activity].label
        if line.kind is TimeKind.UNUSED:
            return "unused", "Unused or unrecorded hours"
        return "other", "Costs that no activity causes"

    def _by_resource(self, line: Line) -> tuple[str, str]:
        if line.post >= 0:
            return self.costs.staff.name(line.post), self.costs.staff.entry(line.post).post.label
        item = self.layout.items[line.item]
        return item.name, item.label

    def _by_kind(self, line: Line) -> tuple[str, str]:
        return ("item", "") if line.kind is None else (line.kind.name.lower(), KIND_LABELS[line.kind].capitalize())

    def _stage(self, line: Line) -> Stage | None:
        return Stage[self.spec.activities[line.activity].stage.upper()] if line.activity is not None else None

    def _bridge_step(self, line: Line) -> BridgeStep:
        if line.component is Component.QUALIFICATIONS:
            return BridgeStep.QUALIFICATIONS
        if line.component not in STAFF_COST_COMPONENTS or line.kind is None:
            return _STEP_OF_COST_TYPE.get(CostType(int(self.layout.plan.cost_type[line.number])), BridgeStep.NON_PAY)
        if line.kind is TimeKind.UNUSED:
            return BridgeStep.UNUSED_OR_UNRECORDED
        stage = self._stage(line)
        return _STEP_OF_STAGE[stage] if stage in _STEP_OF_STAGE else _STEP_OF_KIND[line.kind]

    # -- ratios

    def _ratio(self, name: str) -> Node | None:
        special = {
            "cost_per_registered_at_practical_capacity": self._at_practical_capacity,
            "reconciliation_gap": lambda: self._gap("activities", "Cost of all activities", lambda line: True),
            "contact_reconciliation_gap": lambda: self._gap("contacts", "Cost of individual contacts", self._contact),
            "short_run_marginal_cost": lambda: self._marginal(name, long_run=False),
            "long_run_marginal_cost": lambda: self._marginal(name, long_run=True),
        }
        if name in special:
            return special[name]()
        kind, _, per = name.partition("cost_per_")
        if per not in DENOMINATORS or kind not in ("", "activity_"):
            return None
        cost = self._activities_for(per) if kind else self.whole()
        return quotient(name, name, "GBP", [cost, self.count(per)])

    @shared
    def whole(self) -> Node:
        """Return the whole cost here."""
        wanted, levels = self._selection("total_hub_cost")
        return self._sum("total_hub_cost", "Cost of the Hub", self._lines(wanted), levels)

    def _activities_for(self, per: str) -> Node:
        stages = DENOMINATORS[per][1]
        lines = self._lines(lambda line: self._stage(line) in stages)
        levels = self._levels(by_activity=len(stages) > 1)
        return self._sum(f"activities_for_{per}", "Cost of the activities that serve it", lines, levels)

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
        return self._over_hubs(f"volume.{volume.name.lower()}", label, unit, lambda hub: self.costs.work.volume(hub, volume))

    def _over_hubs(self, name: str, label: str, unit: str, at_hub: Callable[[str], Node]) -> Node:
        parts = [at_hub(hub) for hub in self.hubs]
        return parts[0] if len(parts) == 1 else total(f"{name}{self.at}", label, unit, parts)

    def _at_practical_capacity(self) -> Node:
        wanted, levels = self._selection("unused_capacity_cost")
        unused = self._sum("unused_capacity_cost", "Cost of unused or unrecorded hours", self._lines(wanted), levels)
        used = difference(f"used{self.at}", "Cost of the Hub without unused hours", "GBP/year", [self.whole(), unused])
        return quotient("practical", "practical", "GBP/client", [used, self.count("registered")])

    def _contact(self, line: Line) -> bool:
        return self._stage(line) in _CLIENT_STAGES

    def _gap(self, name: str, label: str, wanted: Wanted) -> Node:
        lines = self._lines(lambda line: line.activity is not None and wanted(line))
        pair = [self._sum(name, label, lines, self._levels(by_activity=True)), self.whole()]
        short = difference(f"{name}.short{self.at}", f"{label} less the whole cost", "GBP/year", pair)
        return quotient("gap", "gap", "share", [short, self.whole()])

    # -- one more client

    def _marginal(self, name: str, *, long_run: bool) -> Node:
        items = [(line, item) for line in self._lines(lambda line: line.item >= 0) if (item := self._moved_item(line))]
        parts = [self.costs.line(line.number) for line, item in items if item.behaviour == "variable"]
        if long_run:
            parts += [self.costs.cost_in_steps(line.item) for line, item in items if item.behaviour == "step"]
            parts += [self._staff_for_clients(hub, pool) for hub in self.hubs for pool in self.layout.pools]
        cost = total(f"{name}.cost{self.at}", "Cost that follows clients", "GBP/year", parts)
        return quotient(name, name, "GBP/client", [cost, self.count("registered")])

    def _moved_item(self, line: Line) -> NonPayItem | None:
        record = self.layout.items[line.item].record
        moved = isinstance(record, NonPayItem) and record.driver not in _STAYS_WITHOUT_CLIENTS
        return record if moved and isinstance(record, NonPayItem) else None

    @shared
    def _staff_for_clients(self, hub: str, pool: str) -> Node:
        """Return what the hours of a pool that follow clients would cost if bought as new posts."""
        work, staff, of_pool = self.costs.work, self.costs.staff, self.spec.pools[pool].label
        hours = [
            work.hours_of(hub, activity, pool)
            for activity, record in self.spec.activities.items()
            if record.driver not in _STAYS_WITHOUT_CLIENTS and pool in work.pools_of(hub, activity)
        ]
        following = total(f"following.{hub}.{pool}", f"Hours that follow clients: {of_pool}", "hours/year", hours)
        prices = []
        for post in staff.posts_of(hub):
            share = staff.share_of_pool(post, hub)
            if staff.entry(post).post.pool == pool and share.value:
                name, label = f"added_hour.{hub}.{staff.name(post)}", f"Its part of an hour: {staff.entry(post).post.label}"
                prices.append(product(name, label, "GBP/hour", [share, staff.added_hour(post)]))
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
        due = self._over_hubs("due", label, "people/year", lambda hub: self.costs.work.demand(hub, Volume.THERAPY_DEMAND))
        return difference("not_started", "Not started", "people/year", [due, self.volume(Volume.THERAPY_STARTS)])

    def _utilisation(self, pool: str) -> Node:
        work, of_pool, served = self.costs.work, self.spec.pools[pool].label, len(self.layout.activities)
        available = self._over_hubs(
            f"available.{pool}", f"Hours available: {of_pool}", "hours/year", lambda hub: self.costs.staff.pool_hours(hub, pool)
        )
        left = self._over_hubs(
            f"left.{pool}", f"Hours unused: {of_pool}", "hours/year", lambda hub: work.hours_left(hub, pool, served)
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
            hub = quotient(f"hub_cost_per_client{self.at}", "Hub cost per registered client", "GBP/client", per_client)
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
        return per_client if registered.value else quotient(f"use_of_nobody{self.at}", label, "GBP/client", [per_client, registered])

    def _counts(self, payer: str) -> bool:
        return Payer[payer.upper()] in PAYERS_OF_PERSPECTIVE[self.perspective]
