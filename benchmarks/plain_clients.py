"""Clients and activities of one draw, in plain Python floats: the cohort, and what hours allow."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.plain_parts import Activity, Structure
from benchmarks.plain_staff import Row, divided

NEVER_SHORTENED = (
    "eligible_workforce",
    "staff_wte",
    "hub",
    "registered",
    "therapy_demand",
    "completions",
    "dropouts",
)
THERAPY_VOLUMES = ("therapy_starts", "attended_sessions", "completions", "dropouts")
BRIEF_VOLUMES = ("brief_support", "brief_sessions")
AFTER_TRIAGE = (
    "assessed",
    "signposted",
    "navigated",
    *BRIEF_VOLUMES,
    "therapy_demand",
    "external_therapy",
    "no_further_support",
    *THERAPY_VOLUMES,
)
SHORTENED_WITH = {
    "screened": ("screened", "triaged", *AFTER_TRIAGE),
    "triaged": ("triaged", *AFTER_TRIAGE),
    "brief_support": BRIEF_VOLUMES,
    "brief_sessions": BRIEF_VOLUMES,
    "therapy_starts": THERAPY_VOLUMES,
    "attended_sessions": THERAPY_VOLUMES,
}


def cohort(row: Row, hub: str, staff_wte: float) -> dict[str, float]:
    """Return a year's demand at each step of a Hub's pathway."""
    prefix = f"hub_{hub}.pathway"
    targeted = row[f"{prefix}.targeted_outreach_contacts"]
    registered = row[f"{prefix}.registrations"] + targeted * row[f"{prefix}.registered_share_of_targeted"]
    screened = registered * row[f"{prefix}.screened_share"]
    triaged = screened * row[f"{prefix}.triaged_share"]
    therapy = triaged * row[f"{prefix}.therapy_share"]
    starts = therapy * row[f"{prefix}.hub_share_of_therapy"]
    elsewhere = therapy - starts
    other = triaged - therapy
    signposted = other * row[f"{prefix}.other_support.signposted"]
    navigated = other * row[f"{prefix}.other_support.navigated"]
    brief = other * row[f"{prefix}.other_support.brief_support"]
    dropouts = starts * row[f"{prefix}.dropout_share"]
    completions = starts - dropouts
    sessions_to_completion = completions * row[f"{prefix}.sessions_per_completion"]
    return {
        "eligible_workforce": row[f"{prefix}.eligible_workforce"],
        "contacted": row[f"{prefix}.outreach_contacts"] + targeted,
        "registered": registered,
        "screened": screened,
        "triaged": triaged,
        "assessed": triaged * row[f"{prefix}.assessed_share"],
        "signposted": signposted,
        "navigated": navigated + elsewhere,
        "brief_support": brief,
        "brief_sessions": brief * row[f"{prefix}.brief_sessions_per_client"],
        "therapy_demand": starts,
        "external_therapy": elsewhere,
        "therapy_starts": starts,
        "attended_sessions": sessions_to_completion + dropouts * row[f"{prefix}.sessions_per_dropout"],
        "completions": completions,
        "dropouts": dropouts,
        "no_further_support": other - signposted - navigated - brief,
        "team_attendances": row[f"{prefix}.team_attendances"],
        "staff_wte": staff_wte,
        "hub": 1.0,
    }


Time = dict[tuple[str, str, str], float]
Served = tuple[dict[str, float], Time, dict[str, float]]
"""Volumes, hours used by activity, pool and kind of time, and unused hours by pool."""


def serve(
    structure: Structure, row: Row, hub: str, demand: Mapping[str, float], pool_hours: Mapping[str, float]
) -> Served:
    """Serve a Hub's activities in order; return volumes, hours used, and unused hours by pool."""
    volumes, remaining = dict(demand), dict(pool_hours)
    time: Time = {}
    for activity in structure.activities:
        needed = hours_per_unit(row, activity, hub)
        share = 0.0
        if row[f"activities.{activity.name}.dna_rate"] < 1.0:
            share = share_that_can_be_served(volumes[activity.driver], needed, remaining)
        units = volumes[activity.driver] * share
        for pool, kinds in needed.items():
            for kind, hours in kinds.items():
                time[activity.name, pool, kind] = units * hours if share else 0.0
            used = sum(time[activity.name, pool, kind] for kind in kinds)
            left = remaining[pool] - used
            # What rounding leaves of a used-up pool is nothing.
            remaining[pool] = left if left > 1e-12 * pool_hours[pool] else 0.0
        if share < 1.0 and activity.driver not in NEVER_SHORTENED:
            for volume in SHORTENED_WITH.get(activity.driver, (activity.driver,)):
                volumes[volume] *= share
    return volumes, time, remaining


def hours_per_unit(row: Row, activity: Activity, hub: str) -> dict[str, dict[str, float]]:
    """Return staff hours for one attended unit, by pool and kind of time."""
    prefix = f"activities.{activity.name}"
    dna_rate = row[f"{prefix}.dna_rate"]
    lost = divided(row[f"{prefix}.dna_slot_share"] * dna_rate, 1.0 - dna_rate)
    needed = {}
    for pool, minutes in activity.minutes[hub].items():
        direct = row[minutes] / 60.0 / row[f"{prefix}.group_size"]
        indirect = direct * row[f"staff_pools.{pool}.indirect_ratio"] if activity.direct_only else 0.0
        needed[pool] = {"direct": direct, "indirect": indirect, "not_attended": (direct + indirect) * lost}
    return needed


def share_that_can_be_served(
    units: float, needed: Mapping[str, Mapping[str, float]], remaining: Mapping[str, float]
) -> float:
    """Return the share of the units that the scarcest pool has hours for."""
    share = 1.0
    for pool, kinds in needed.items():
        required = units * sum(kinds.values())
        if required > remaining[pool]:
            share = min(share, remaining[pool] / required)
    return share
