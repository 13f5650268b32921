"""Sums of lines of the ledger, level by level, the largest part first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from costmodel.analysis.explain.costs import CostTree, Line
from costmodel.analysis.explain.tree import Node, total
from costmodel.analysis.explain.work import KIND_LABELS
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
)

Wanted = Callable[[Line], bool]
Key = Callable[[Line], tuple[str, str]]

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


class LineSums:
    """Sums over the lines of some Hubs' own cost in one perspective."""

    def __init__(self, costs: CostTree, hubs: Sequence[str], perspective: Perspective, at: str) -> None:
        self.costs, self.spec, self.plan = costs, costs.spec, costs.layout.plan
        self.at, self.has_many_hubs = at, len(hubs) > 1
        counted = self.plan.in_perspective[:, perspective]
        self.lines = [
            line for line in costs.lines if line.hub in hubs and line.service is None and counted[line.number]
        ]

    def named(self, name: str) -> Node | None:
        """Return the cost that a name such as `payer_cost.hub_host` stands for, or None for other names."""
        kind, _, which = name.partition(".")
        groups: dict[str, Callable[[Line, str], bool]] = {
            "unused_capacity_cost": self._is_unused,
            "activity_cost": self._is_of_activity,
            "component_cost": self._is_of_component,
            "payer_cost": lambda line, code: Payer(self.plan.payer[line.number]).name.lower() == code,
            "behaviour_cost": self._has_behaviour,
            "bridge": lambda line, code: self._bridge_step(line).name.lower() == code,
        }
        if kind not in groups:
            return None
        is_in = groups[kind]
        by_activity = kind not in ("unused_capacity_cost", "activity_cost")
        return self.of(name, name, lambda line: is_in(line, which), by_activity=by_activity)

    def of(self, name: str, label: str, wanted: Wanted, *, by_activity: bool = True) -> Node:
        """Return the sum of the lines that are wanted: by Hub, activity, post or item, and kind of time."""
        hubs = [self._by_hub] if self.has_many_hubs else []
        activities = [self._by_activity] if by_activity else []
        levels = [*hubs, *activities, self._by_resource, self._by_kind]
        return self._sum(name, label, [line for line in self.lines if wanted(line)], levels)

    def stage(self, line: Line) -> Stage | None:
        """Return the kind of work that a line's activity is."""
        return Stage[self.spec.activities[line.activity].stage.upper()] if line.activity is not None else None

    # -- which lines

    def _is_unused(self, line: Line, _: str) -> bool:
        return line.kind is TimeKind.UNUSED

    def _has_behaviour(self, line: Line, behaviour: str) -> bool:
        return Behaviour(int(self.plan.behaviour[line.number])).name.lower() == behaviour

    def _is_of_activity(self, line: Line, activity: str) -> bool:
        if activity == "other":
            return line.activity is None and line.kind is not TimeKind.UNUSED
        return line.activity == activity

    def _is_of_component(self, line: Line, component: str) -> bool:
        if line.component is not None:
            return line.component.name.lower() == component
        return f"{CostType(int(self.plan.cost_type[line.number])).name.lower()}_lines" == component

    def _bridge_step(self, line: Line) -> BridgeStep:
        if line.component is Component.QUALIFICATIONS:
            return BridgeStep.QUALIFICATIONS
        if line.component not in STAFF_COST_COMPONENTS or line.kind is None:
            return _STEP_OF_COST_TYPE.get(CostType(int(self.plan.cost_type[line.number])), BridgeStep.NON_PAY)
        if line.kind is TimeKind.UNUSED:
            return BridgeStep.UNUSED_OR_UNRECORDED
        stage = self.stage(line)
        return _STEP_OF_STAGE[stage] if stage in _STEP_OF_STAGE else _STEP_OF_KIND[line.kind]

    # -- how they are shown

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
            return self.costs.posts.name(line.post), self.costs.posts.entry(line.post).post.label
        item = self.costs.layout.items[line.item]
        return item.name, item.label

    def _by_kind(self, line: Line) -> tuple[str, str]:
        return (
            ("item", "")
            if line.kind is None
            else (line.kind.name.lower(), KIND_LABELS[line.kind].capitalize())
        )
