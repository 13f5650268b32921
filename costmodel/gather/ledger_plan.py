"""The lines of the ledger: which there are, and what each is about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from costmodel.gather.axes import Axes
from costmodel.gather.codes import PAYERS_OF_PERSPECTIVE, code_of, position_of
from costmodel.gather.items import behaviour_of, cost_type_of, payer_of
from costmodel.inputs.specification import PostEntry
from costmodel.model.types import (
    Behaviour,
    BoolArray,
    Component,
    CostType,
    IntArray,
    LedgerPlan,
    Payer,
    Perspective,
    Stage,
    TimeKind,
)

_COST_TYPE_OF_COMPONENT: Final[dict[Component, CostType]] = {
    Component.OVERHEADS_MANAGEMENT: CostType.OVERHEAD,
    Component.OVERHEADS_NON_STAFF: CostType.OVERHEAD,
    Component.CAPITAL_OVERHEADS: CostType.CAPITAL,
}
_PAID_CENTRALLY: Final = (Component.CENTRAL_PENSION, Component.QUALIFICATIONS)


@dataclass(frozen=True)
class _Line:
    hub: int
    activity: int = -1
    stage: int = -1
    time_kind: int = -1
    post: int = -1
    component: int = -1
    item: int = -1
    service: int = -1
    cost_type: int = -1
    behaviour: int = -1
    payer: int = -1


def ledger_plan(axes: Axes) -> LedgerPlan:
    """Return the lines of the ledger: staff time, items, then clients' use of other services."""
    lines = [*_staff_lines(axes), *_item_lines(axes), *_service_lines(axes)]

    def codes(field: str) -> IntArray:
        return np.array([getattr(line, field) for line in lines], dtype=np.int64)

    return LedgerPlan(
        **{field: codes(field) for field in _Line.__dataclass_fields__},
        in_perspective=_in_perspective([line.payer for line in lines]),
        n_hubs=len(axes.hubs),
        n_activities=len(axes.activities),
    )


def _staff_lines(axes: Axes) -> Iterator[_Line]:
    for hub, activity, kind, post in _time_of_posts(axes):
        stage = -1 if activity < 0 else code_of(Stage, axes.spec.activities[axes.activities[activity]].stage)
        for component in _components_of(axes, axes.posts[post]):
            yield _Line(
                hub=hub,
                activity=activity,
                stage=stage,
                time_kind=kind,
                post=post,
                component=component,
                cost_type=_COST_TYPE_OF_COMPONENT.get(component, CostType.PAY),
                behaviour=Behaviour.STEP,
                payer=Payer.NHSE_CENTRAL if component in _PAID_CENTRALLY else Payer.HUB_HOST,
            )


def _time_of_posts(axes: Axes) -> Iterator[tuple[int, int, int, int]]:
    """Yield (hub, activity, time kind, post) for all time that a post may spend, unused time last."""
    for hub, hub_id in enumerate(axes.hubs):
        posts = [(number, entry) for number, entry in enumerate(axes.posts) if axes.works_for(entry, hub_id)]
        for activity, activity_id in enumerate(axes.activities):
            kinds = _kinds_of_time(axes, activity_id)
            for number, entry in posts:
                if axes.minutes_name(hub_id, activity_id, entry.post.pool) is not None:
                    for kind in kinds:
                        yield hub, activity, kind, number
        for number, _ in posts:
            yield hub, -1, TimeKind.UNUSED, number


def _kinds_of_time(axes: Axes, activity_id: str) -> list[TimeKind]:
    activity = axes.spec.activities[activity_id]
    kinds = [TimeKind.DIRECT]
    if activity.time_basis == "direct_only":
        kinds.append(TimeKind.INDIRECT)
    if activity.dna_rate is not None:
        kinds.append(TimeKind.NOT_ATTENDED)
    return kinds


def _components_of(axes: Axes, entry: PostEntry) -> list[Component]:
    """Return the cost components that a post can have under the run's rules."""
    rules = axes.spec.rules
    if entry.post.contract == "agency":
        components = [Component.AGENCY_INVOICES]
    else:
        components = [Component.SALARY, Component.EMPLOYER_NI, Component.EMPLOYER_PENSION]
        if any(period.pension_central > 0 for period in axes.spec.statutory_periods):
            components.append(Component.CENTRAL_PENSION)
        if rules.apprenticeship_levy == "include":
            components.append(Component.APPRENTICESHIP_LEVY)
        if rules.qualifications == "include":
            components.append(Component.QUALIFICATIONS)
    if rules.sickness.treatment == "backfill":
        components.append(Component.SICKNESS_BACKFILL)
    if rules.overheads.percentage is not None:
        components += [Component.OVERHEADS_MANAGEMENT, Component.OVERHEADS_NON_STAFF]
    return sorted([*components, Component.CAPITAL_OVERHEADS])


def _item_lines(axes: Axes) -> Iterator[_Line]:
    for number, item in enumerate(axes.items):
        stage = -1 if item.activity is None else code_of(Stage, axes.spec.activities[item.activity].stage)
        yield _Line(
            hub=axes.hubs.index(item.hub),
            activity=position_of(axes.activities, item.activity),
            stage=stage,
            item=number,
            cost_type=cost_type_of(item),
            behaviour=behaviour_of(item),
            payer=payer_of(item),
        )


def _service_lines(axes: Axes) -> Iterator[_Line]:
    for hub in range(len(axes.hubs)):
        for number, service in enumerate(axes.spec.services.values()):
            if not service.is_hub:
                yield _Line(
                    hub=hub,
                    service=number,
                    cost_type=CostType.NONPAY,
                    behaviour=Behaviour.VARIABLE,
                    payer=code_of(Payer, service.payer),
                )


def _in_perspective(payers: Sequence[int]) -> BoolArray:
    return np.array([[Payer(payer) in PAYERS_OF_PERSPECTIVE[p] for p in Perspective] for payer in payers])
