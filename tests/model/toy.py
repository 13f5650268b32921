"""A fictitious service whose axes all differ in length, so that a mix-up of axes fails.

5 draws, 3 hubs, 4 pools, 7 posts, 6 activities, 8 items, 9 services. Values of draw d do not depend on how
many draws there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

import numpy as np

from costmodel.model.types import (
    ActivityInputs,
    Behaviour,
    Component,
    CostType,
    ItemInputs,
    LedgerPlan,
    ModelInputs,
    PathwayInputs,
    Payer,
    Perspective,
    ServiceUseInputs,
    StaffInputs,
    Stage,
    TimeKind,
    Volume,
)

NHS = {Payer.HUB_HOST, Payer.ICB, Payer.NHSE_CENTRAL, Payer.OTHER_NHS}
PAYERS = {
    Perspective.NHS_PSS: NHS | {Payer.LOCAL_AUTHORITY},
    Perspective.HUB_HOST: {Payer.HUB_HOST},
    Perspective.NHS_EMPLOYER: NHS | {Payer.EMPLOYER},
    Perspective.SOCIETAL: set(Payer),
}
COST_TYPES = {
    Component.OVERHEADS_MANAGEMENT: CostType.OVERHEAD,
    Component.OVERHEADS_NON_STAFF: CostType.OVERHEAD,
    Component.CAPITAL_OVERHEADS: CostType.CAPITAL,
}
CODES = (
    "hub", "activity", "stage", "time_kind", "post", "component", "item", "service", "cost_type", "behaviour",
    "payer",
)  # fmt: skip
PARTS = ("staff", "pathway", "activities", "items", "service_use")


def by_draw(values: Any, n_draws: int, step: float = 0.01) -> np.ndarray:
    """Return values that grow by a step over each five draws. Shape (draw, ...)."""
    base = np.asarray(values, dtype=float)
    growth = 1.0 + step * (np.arange(n_draws) % 5)
    return growth.reshape(-1, *[1] * base.ndim) * base


def toy_staff(n_draws: int = 5) -> StaffInputs:
    """Return seven posts: 1 is shared, 4 and 5 are one person with one employer, 6 is an agency's."""
    return StaffInputs(
        salary=by_draw([60_000, 62_000, 45_000, 44_000, 28_000, 26_000, 0], n_draws),
        enhancements=by_draw([0, 1_000, 0, 500, 0, 0, 0], n_draws, 0.02),
        wte=by_draw([1.0, 0.8, 2.0, 1.5, 0.4, 0.2, 0.5], n_draws, 0.015),
        headcount=np.array([1.0, 1.0, 3.0, 2.0, 1.0, 1.0, 1.0]),
        contract_group=np.array([0, 1, 2, 3, 4, 4, 5]),
        vacancy_share=by_draw([0.0, 0.1, 0.0, 0.25, 0.0, 0.0, 0.0], n_draws, 0.1),
        in_post_after=by_draw([0.0] * 7, n_draws, 0.0),
        pension_member_share=by_draw([1.0, 0.9, 0.8, 0.95, 0.5, 0.7, 0.0], n_draws, 0.0),
        agency=np.array([False] * 6 + [True]),
        invoice_per_hour=by_draw([0, 0, 0, 0, 0, 0, 48.0], n_draws),
        working_hours=by_draw([1_550, 1_540, 1_530, 1_520, 1_510, 1_500, 1_600], n_draws, -0.002),
        sickness_hours=by_draw([60, 61, 62, 63, 64, 65, 66], n_draws, 0.03),
        period_weight=np.array([0.25, 0.75]),
        ni_rate=np.array([0.138, 0.15]),
        ni_threshold=np.array([9_100.0, 5_000.0]),
        pension_employer_rate=np.array([0.1438, 0.1438]),
        pension_central_rate=np.array([0.063, 0.094]),
        apprenticeship_levy_rate=0.005,
        overheads_management_rate=by_draw([0.24, 0.25, 0.26, 0.27, 0.28, 0.29, 0.3], n_draws),
        overheads_non_staff_rate=by_draw([0.37, 0.38, 0.39, 0.4, 0.41, 0.42, 0.43], n_draws),
        capital_overheads=by_draw([5_000, 5_100, 4_200, 4_300, 3_400, 3_500, 3_600], n_draws),
        qualifications=by_draw([9_000, 9_100, 6_000, 6_100, 1_000, 1_100, 0], n_draws),
        hub_share=by_draw(
            [[1, 0, 0], [0.5, 0.3, 0.2], [1, 0, 0], [0, 1, 0], [0, 1, 0], [0, 1, 0], [0, 0, 1]], n_draws, 0.0
        ),
        pool=np.array([0, 0, 1, 1, 2, 3, 3]),
        n_pools=4,
        step_wte=0.8,
        index_factor=1.0 + 0.01 * np.arange(len(Component)),
    )


def toy_pathway(n_draws: int = 5) -> PathwayInputs:
    """Return three hubs; the second wants more therapy than its practitioners can give."""
    return PathwayInputs(
        eligible_workforce=by_draw([20_000, 30_000, 9_000], n_draws),
        outreach_contacts=by_draw([900, 1_100, 300], n_draws),
        targeted_outreach_contacts=by_draw([50, 0, 20], n_draws, 0.05),
        registrations=by_draw([300, 500, 60], n_draws, 0.03),
        registered_share_of_targeted=by_draw([0.2, 0.3, 0.4], n_draws),
        screened_share=by_draw([0.9, 0.85, 0.8], n_draws),
        triaged_share=by_draw([0.7, 0.75, 0.65], n_draws),
        assessed_share=by_draw([0.5, 0.45, 0.55], n_draws),
        therapy_share=by_draw([0.4, 0.5, 0.3], n_draws),
        signposted_share=by_draw([0.25, 0.2, 0.3], n_draws, -0.01),
        navigated_share=by_draw([0.3, 0.35, 0.2], n_draws, -0.01),
        brief_share=by_draw([0.2, 0.25, 0.3], n_draws, -0.01),
        hub_share_of_therapy=by_draw([0.6, 0.7, 0.5], n_draws),
        dropout_share=by_draw([0.2, 0.3, 0.25], n_draws),
        sessions_per_completion=by_draw([10, 11, 12], n_draws),
        sessions_per_dropout=by_draw([3, 4, 2.5], n_draws),
        brief_sessions_per_client=by_draw([2, 3, 4], n_draws),
        team_attendances=by_draw([750.0, 480.0, 300.0], n_draws),
    )


def toy_activities(n_draws: int = 5) -> ActivityInputs:
    """Return six activities, of which one has a non-attendance rate and two are in groups."""
    kinds = (
        (Stage.OUTREACH, Volume.CONTACTED),
        (Stage.SCREENING, Volume.SCREENED),
        (Stage.BRIEF_SUPPORT, Volume.BRIEF_SESSIONS),
        (Stage.THERAPY, Volume.ATTENDED_SESSIONS),
        (Stage.TEAM_SESSIONS, Volume.TEAM_ATTENDANCES),
        (Stage.SUPERVISION, Volume.STAFF_WTE),
    )
    minutes = np.zeros((3, 6, 4))
    minutes[0] = [
        [2, 3, 0, 0], [0, 30, 0, 0], [10, 20, 0, 0], [60, 0, 0, 0], [0, 90, 0, 0], [900, 600, 0, 0],
    ]  # fmt: skip
    minutes[1] = [
        [0, 3, 5, 1], [5, 20, 10, 4], [0, 25, 0, 0], [4, 100, 0, 0], [0, 0, 20, 0], [500, 700, 300, 0],
    ]  # fmt: skip
    minutes[2] = [
        [1, 0, 0, 4], [15, 0, 0, 10], [22, 0, 0, 0], [50, 0, 0, 5], [45, 0, 0, 30], [400, 0, 0, 100],
    ]  # fmt: skip
    return ActivityInputs(
        driver=np.array([int(driver) for _, driver in kinds]),
        stage=np.array([int(stage) for stage, _ in kinds]),
        minutes=by_draw(minutes, n_draws, 0.02),
        direct_only=np.array([False, True, True, True, False, False]),
        indirect_ratio=by_draw([0.5, 0.4, 0.3, 0.2], n_draws),
        dna_rate=by_draw([0, 0, 0.1, 0.15, 0, 0], n_draws),
        dna_slot_share=by_draw([0, 0, 0.5, 0.9, 0, 0], n_draws, 0.0),
        group_size=by_draw([1, 1, 2, 1, 8, 1], n_draws, 0.0),
    )


def toy_items(n_draws: int = 5) -> ItemInputs:
    """Return fixed, step and variable lines, capital, an overhead pool of two lines, and an employer's."""
    return ItemInputs(
        amount=by_draw([12_000, 2_500, 3.5, 8_000, 20_000, 20_000, 1.25, 700], n_draws, 0.04),
        share=np.array([1.0, 1.0, 1.0, 1.0, 0.6, 0.4, 1.0, 1.0]),
        behaviour=np.array([0, 1, 2, 0, 0, 0, 2, 0]),
        cost_type=np.array([1, 1, 1, 2, 3, 3, 1, 1]),
        payer=np.array([0, 0, 1, 0, 0, 0, 0, 5]),
        hub=np.array([0, 1, 2, 0, 1, 1, 0, 2]),
        driver=np.array(
            [
                Volume.HUB, Volume.SCREENED, Volume.ATTENDED_SESSIONS, Volume.HUB, Volume.HUB, Volume.HUB,
                Volume.CONTACTED, Volume.HUB,
            ]
        ),
        activity=np.array([-1, 1, 3, -1, 1, 3, 0, -1]),
        step_capacity=by_draw([1, 90, 1, 1, 1, 1, 1, 1], n_draws, 0.0),
        index_factor=np.array([1.0, 1.02, 1.03, 1.04, 1.05, 1.05, 1.06, 1.07]),
    )  # fmt: skip


def toy_service_use(n_draws: int = 5) -> ServiceUseInputs:
    """Return nine services, the fifth the Hub's own."""
    return ServiceUseInputs(
        contacts=by_draw([2.0, 0.5, 1.0, 0.1, 3.0, 0.2, 0.05, 0.3, 0.4], n_draws, 0.05),
        unit_cost=by_draw([42, 250, 60, 900, 100, 80, 55, 70, 20], n_draws, 0.03),
        published_mean=by_draw([213.0], n_draws, 0.02),
        calibrated=True,
        index_factor=1.0 + 0.02 * np.arange(9),
        is_hub=np.arange(9) == 4,
        is_mental_health=np.arange(9) % 2 == 0,
        payer=np.array([3, 3, 1, 3, 0, 4, 5, 6, 3]),
    )


def toy_inputs(n_draws: int = 5, **changes: Mapping[str, Any]) -> ModelInputs:
    """Return the toy with changed fields, for example `toy_inputs(staff={"wte": ...})`."""
    parts: dict[str, Any] = {
        "staff": toy_staff(n_draws),
        "pathway": toy_pathway(n_draws),
        "activities": toy_activities(n_draws),
        "items": toy_items(n_draws),
        "service_use": toy_service_use(n_draws),
    }
    parts |= {name: replace(parts[name], **dict(changed)) for name, changed in changes.items()}
    return with_ledger(**parts)


def with_ledger(
    staff: StaffInputs,
    pathway: PathwayInputs,
    activities: ActivityInputs,
    items: ItemInputs,
    service_use: ServiceUseInputs,
) -> ModelInputs:
    """Return model inputs with a ledger that has every line they can fill."""
    n_hubs = staff.hub_share.shape[2]
    plan = ledger_plan(staff, activities, items, service_use, n_hubs)
    return ModelInputs(staff, pathway, activities, items, service_use, plan)


def changed(inputs: ModelInputs, **changes: Mapping[str, Any]) -> ModelInputs:
    """Return inputs with changed fields and the ledger that fits them."""
    parts = {name: getattr(inputs, name) for name in PARTS}
    parts |= {name: replace(parts[name], **dict(fields_)) for name, fields_ in changes.items()}
    return with_ledger(**parts)


def ledger_plan(
    staff: StaffInputs,
    activities: ActivityInputs,
    items: ItemInputs,
    service_use: ServiceUseInputs,
    n_hubs: int,
) -> LedgerPlan:
    """Return a line for every time of every post, every item, and every service that is not the Hub's."""
    rows: list[dict[str, int]] = []
    for post in range(staff.pool.size):
        for hub in range(n_hubs):
            if np.any(staff.hub_share[:, post, hub] > 0):
                rows += _time_of_post(post, hub, activities)
    for item in range(items.share.size):
        rows.append(_item_row(item, items, activities))
    for hub in range(n_hubs):
        rows += _service_rows(hub, service_use)
    columns = {code: np.array([row.get(code, -1) for row in rows], dtype=np.int64) for code in CODES}
    in_perspective = np.array([[Payer(row["payer"]) in PAYERS[p] for p in Perspective] for row in rows])
    return LedgerPlan(
        **columns, in_perspective=in_perspective, n_hubs=n_hubs, n_activities=activities.driver.size
    )


def _time_of_post(post: int, hub: int, activities: ActivityInputs) -> Iterable[dict[str, int]]:
    times = [
        {"activity": activity, "stage": int(activities.stage[activity]), "time_kind": int(kind)}
        for activity in range(activities.driver.size)
        for kind in (TimeKind.DIRECT, TimeKind.INDIRECT, TimeKind.NOT_ATTENDED)
    ]
    times.append({"time_kind": int(TimeKind.UNUSED)})
    for time in times:
        for component in Component:
            central = component in (Component.CENTRAL_PENSION, Component.QUALIFICATIONS)
            yield time | {
                "hub": hub,
                "post": post,
                "component": int(component),
                "cost_type": int(COST_TYPES.get(component, CostType.PAY)),
                "behaviour": int(Behaviour.STEP),
                "payer": int(Payer.NHSE_CENTRAL if central else Payer.HUB_HOST),
            }


def _item_row(item: int, items: ItemInputs, activities: ActivityInputs) -> dict[str, int]:
    activity = int(items.activity[item])
    row = {code: int(getattr(items, code)[item]) for code in ("hub", "cost_type", "behaviour", "payer")}
    stage = -1 if activity < 0 else int(activities.stage[activity])
    return row | {"item": item, "activity": activity, "stage": stage}


def _service_rows(hub: int, service_use: ServiceUseInputs) -> Iterable[dict[str, int]]:
    for service in np.flatnonzero(~service_use.is_hub.astype(bool)):
        yield {
            "hub": hub,
            "service": int(service),
            "cost_type": int(CostType.NONPAY),
            "behaviour": int(Behaviour.VARIABLE),
            "payer": int(service_use.payer[service]),
        }


def take_draws(inputs: ModelInputs, draws: slice) -> ModelInputs:
    """Return the inputs of some draws only."""
    return replace(inputs, **{name: _take(getattr(inputs, name), draws) for name in PARTS})


def _take(part: Any, draws: slice) -> Any:
    arrays = {field.name: getattr(part, field.name) for field in fields(part)}
    return replace(
        part, **{name: a[draws] for name, a in arrays.items() if isinstance(a, np.ndarray) and a.ndim > 1}
    )
