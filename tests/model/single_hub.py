"""The engine's inputs for one Hub whose people, rates and activities are plain numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from costmodel.model.arrays import group_totals, total
from costmodel.model.evaluate import ModelOutputs, evaluate
from costmodel.model.staffing import cost_per_working_hour
from costmodel.model.types import (
    ActivityInputs,
    Component,
    ItemInputs,
    ModelInputs,
    PathwayInputs,
    Perspective,
    ServiceUseInputs,
    StaffInputs,
    Stage,
    Volume,
)
from tests.model.toy import with_ledger

ONE_PLACE = 1
KINDS = {
    "screening": (Stage.SCREENING, Volume.SCREENED),
    # Clients who are navigated and clients in therapy may be the same, so navigation has a driver of its own.
    "navigation": (Stage.NAVIGATION, Volume.ASSESSED),
    "therapy": (Stage.THERAPY, Volume.ATTENDED_SESSIONS),
}
WHOLE_HUB = (Stage.OUTREACH, Volume.HUB)


def posts(salary: Sequence[float], wte: Sequence[float], **changes: Any) -> StaffInputs:
    """Return posts of one person each, in one pool of one Hub, with no on-costs, overheads or capital."""
    n = len(salary)
    plain = StaffInputs(
        salary=np.array([salary], dtype=float),
        enhancements=np.zeros((1, n)),
        wte=np.array([wte], dtype=float),
        headcount=np.ones(n),
        contract_group=np.arange(n),
        vacancy_share=np.zeros((1, n)),
        in_post_after=np.zeros((1, n)),
        pension_member_share=np.ones((1, n)),
        agency=np.zeros(n, dtype=bool),
        invoice_per_hour=np.zeros((1, n)),
        working_hours=np.full((1, n), 1_500.0),
        sickness_hours=np.zeros((1, n)),
        period_weight=np.ones(1),
        ni_rate=np.zeros(1),
        ni_threshold=np.zeros(1),
        pension_employer_rate=np.zeros(1),
        pension_central_rate=np.zeros(1),
        apprenticeship_levy_rate=0.0,
        overheads_management_rate=np.zeros((1, n)),
        overheads_non_staff_rate=np.zeros((1, n)),
        capital_overheads=np.zeros((1, n)),
        qualifications=np.zeros((1, n)),
        hub_share=np.ones((1, n, 1)),
        pool=np.zeros(n, dtype=np.int64),
        n_pools=1,
        step_wte=1.0,
        index_factor=np.ones(len(Component)),
    )
    return replace(plain, **changes)


def pathway(
    registered: float, assessed: float, starts: float, completions: float, sessions: float
) -> PathwayInputs:
    """Return a cohort that everybody who registers passes through screening and triage."""
    none = np.zeros((1, 1))
    one = np.ones((1, 1))
    sessions_per_start = sessions / starts if starts else 0.0
    return PathwayInputs(
        eligible_workforce=np.full((1, 1), 10_000.0 + registered),
        outreach_contacts=none,
        targeted_outreach_contacts=none,
        registrations=registered * one,
        registered_share_of_targeted=none,
        screened_share=one,
        triaged_share=one,
        assessed_share=one * assessed / registered,
        therapy_share=one * starts / registered,
        signposted_share=none,
        navigated_share=none,
        brief_share=none,
        hub_share_of_therapy=one,
        dropout_share=one * (1.0 - completions / starts) if starts else none,
        sessions_per_completion=one * sessions_per_start,
        sessions_per_dropout=one * sessions_per_start,
        brief_sessions_per_client=none,
        team_attendances=none,
    )


def no_items() -> ItemInputs:
    """Return no non-pay, capital or overhead lines."""
    codes = np.zeros(0, dtype=np.int64)
    numbers = np.zeros(0)
    return ItemInputs(
        np.zeros((1, 0)), numbers, codes, codes, codes, codes, codes, codes, np.zeros((1, 0)), numbers
    )


def no_service_use() -> ServiceUseInputs:
    """Return clients who use no other service."""
    empty = np.zeros(0)
    return ServiceUseInputs(
        contacts=np.zeros((1, 0)),
        unit_cost=np.zeros((1, 0)),
        published_mean=np.zeros((1, 1)),
        calibrated=False,
        index_factor=empty,
        is_hub=empty.astype(bool),
        is_mental_health=empty.astype(bool),
        payer=empty.astype(np.int64),
    )


def hub_inputs(hub: Mapping[str, Any]) -> ModelInputs:
    """Return a mini-Hub's numbers as the engine's inputs."""
    pools = list(hub["staff"])
    people = [(salary, wte, name) for name in pools for salary, wte in hub["staff"][name]]
    n = len(people)
    ni_rate, ni_threshold = hub["ni"]
    staff = posts(
        [salary for salary, _, _ in people],
        [wte for _, wte, _ in people],
        ni_rate=np.array([ni_rate]),
        ni_threshold=np.array([ni_threshold]),
        pension_employer_rate=np.array([hub["pension"]]),
        overheads_management_rate=np.full((1, n), hub["overhead"]),
        capital_overheads=np.full((1, n), hub["capital_per_wte"]),
        working_hours=np.full((1, n), hub["hours_per_wte"]),
        pool=np.array([pools.index(name) for _, _, name in people]),
        n_pools=len(pools),
    )
    counts = {
        Volume.SCREENED: hub["screened"],
        Volume.ASSESSED: hub["navigated"],
        Volume.ATTENDED_SESSIONS: hub["attended"],
        Volume.HUB: 1.0,
    }
    cohort = pathway(
        counts[Volume.SCREENED],
        counts[Volume.ASSESSED],
        hub["starters"],
        hub["completers"],
        counts[Volume.ATTENDED_SESSIONS],
    )
    return with_ledger(staff, cohort, _activities(hub, pools, counts), no_items(), no_service_use())


def _activities(hub: Mapping[str, Any], pools: list[str], counts: Mapping[Volume, float]) -> ActivityInputs:
    kinds = [KINDS.get(name, WHOLE_HUB) for name in hub["activities"]]
    n = len(kinds)
    minutes = np.zeros((1, 1, n, len(pools)))
    for row, (units, hours, _, _) in enumerate(hub["activities"].values()):
        for name, hours_each in hours.items():
            minutes[0, 0, row, pools.index(name)] = 60.0 * hours_each * (units / counts[kinds[row][1]])
    activities = list(hub["activities"].values())
    return ActivityInputs(
        driver=np.array([int(driver) for _, driver in kinds]),
        stage=np.array([int(stage) for stage, _ in kinds]),
        minutes=minutes,
        direct_only=np.ones(n, dtype=bool),
        indirect_ratio=np.full((1, len(pools)), hub["indirect"]),
        dna_rate=np.array([[dna for _, _, dna, _ in activities]]),
        dna_slot_share=np.array([[slot_lost for _, _, _, slot_lost in activities]]),
        group_size=np.ones((1, n)),
    )


def engine_hub(hub: Mapping[str, Any]) -> tuple[dict[str, Any], ModelOutputs]:
    """Return what the engine says of a mini-Hub, under the mini-Hub's names."""
    inputs = hub_inputs(hub)
    result = evaluate(inputs)
    outcomes, pools, activities = result.outcomes, list(hub["staff"]), list(hub["activities"])
    cost_of_posts = total(result.staff.components, axis=2)
    pool_cost = group_totals(cost_of_posts, inputs.staff.pool, len(pools))
    available = outcomes.hours_available[:, ONE_PLACE]
    rate = np.nan_to_num(cost_per_working_hour(pool_cost, available))
    used = outcomes.hours_used[:, ONE_PLACE]
    share = result.delivery.delivered_share[0, 0]

    def by_pool(values: np.ndarray) -> dict[str, float]:
        return dict(zip(pools, values[0].tolist(), strict=True))

    by_activity = outcomes.activity_cost[0, ONE_PLACE]
    values = {
        "pool": by_pool(pool_cost),
        "hourly_rate": by_pool(rate),
        "hours_available": by_pool(available),
        "hours_used": by_pool(used),
        "cost_by_activity": dict(zip(activities, by_activity.tolist(), strict=False)),
        "delivered": {
            name: hub["activities"][name][0] * delivered * _screened_share(name, activities, share)
            for name, delivered in zip(activities, share.tolist(), strict=True)
        },
        "unused_capacity_cost": by_pool(rate * (available - used)),
        "unused_capacity_cost_total": float(by_activity[len(activities)]),
        "total": float(outcomes.hub_cost[0, 0, Perspective.NHS_PSS]),
    }
    return values, result


def _screened_share(name: str, activities: list[str], share: np.ndarray) -> float:
    follows = name in ("navigation", "therapy") and "screening" in activities[: activities.index(name)]
    return float(share[activities.index("screening")]) if follows else 1.0
