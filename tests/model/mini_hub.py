"""A whole Hub in forty lines of plain Python, which the engine must equal. It never imports `costmodel`."""

from collections.abc import Mapping
from typing import Any


def mini_hub(hub: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a Hub costs; activities are served in turn until a pool's hours run out."""
    ni_rate, threshold = hub["ni"]
    pool, available = {}, {}
    for name, people in hub["staff"].items():
        pays = [salary * wte for salary, wte in people]
        cost = sum(pay + ni_rate * max(0.0, pay - threshold) + hub["pension"] * pay for pay in pays)
        wte_of_pool = sum(wte for _, wte in people)
        pool[name] = cost * (1.0 + hub["overhead"]) + hub["capital_per_wte"] * wte_of_pool
        available[name] = wte_of_pool * hub["hours_per_wte"]
    rate = {name: pool[name] / available[name] if available[name] else 0.0 for name in pool}
    left, screened_share, cost_by_activity, delivered = dict(available), 1.0, {}, {}
    for activity, (units, hours, dna, slot_lost) in hub["activities"].items():
        units = units * screened_share if activity in ("navigation", "therapy") else units
        slots = 1.0 + slot_lost * dna / (1.0 - dna)
        needed = {name: units * h * (1.0 + hub["indirect"]) * slots for name, h in hours.items()}
        share = min([1.0] + [left[name] / need for name, need in needed.items() if need > 0.0])
        screened_share = share if activity == "screening" else screened_share
        for name, need in needed.items():
            left[name] = max(0.0, left[name] - need * share)
        cost_by_activity[activity] = sum(need * share * rate[name] for name, need in needed.items())
        delivered[activity] = units * share
    return {
        "pool": pool,
        "hourly_rate": rate,
        "hours_available": available,
        "hours_used": {name: available[name] - left[name] for name in pool},
        "cost_by_activity": cost_by_activity,
        "delivered": delivered,
        "unused_capacity_cost": {name: left[name] * rate[name] for name in pool},
        "total": sum(cost_by_activity.values()) + sum(left[name] * rate[name] for name in pool),
    }
