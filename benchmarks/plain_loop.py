"""The whole calculation for one draw, in plain Python floats: an independent re-implementation of the model.

`evaluate_draw` takes the values of one draw by dotted name and returns every outcome. It calls nothing of the
engine and shares no code with it, so that an agreement to the last digits says something about both.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from benchmarks.plain_clients import Time, cohort, serve
from benchmarks.plain_parts import PERSPECTIVES, Item, Line, Structure
from benchmarks.plain_service import Followed, HubThroughTime
from benchmarks.plain_staff import (
    ByHub,
    Row,
    StaffedPost,
    cost_of_added_hour,
    divided,
    hours_by_pool,
    in_post_today,
    joiners_of_hub,
    staff,
    staff_bill,
    wte_by_pool,
    wte_of_hub,
)
from benchmarks.plain_waits import queue_of

ALL = "all"
INDIVIDUAL = ("screening", "triage", "assessment", "navigation", "brief_support", "therapy")
# The stages whose cost answers "per what", and the volumes that it is divided by.
PER: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "contacted": (("outreach",), ("contacted",)),
    "registered": (INDIVIDUAL, ("registered",)),
    "screened": (("screening",), ("screened",)),
    "triaged": (("triage",), ("triaged",)),
    "assessed": (("assessment",), ("assessed",)),
    "supported": (
        ("navigation", "brief_support", "therapy"),
        ("signposted", "navigated", "brief_support", "therapy_starts"),
    ),
    "therapy_start": (("therapy",), ("therapy_starts",)),
    "completion": (("therapy",), ("completions",)),
    "attended_session": (("therapy",), ("attended_sessions",)),
    "team_attendance": (("team_sessions",), ("team_attendances",)),
    "keyworkers_1000": (("outreach", "team_sessions"), ("eligible_workforce",)),
    "hub_contact": (
        INDIVIDUAL,
        ("triaged", "assessed", "navigated", "brief_sessions", "attended_sessions"),
    ),
}
UNMOVED_BY_CLIENTS = ("eligible_workforce", "contacted", "team_attendances", "staff_wte", "hub")


def evaluate_draw(structure: Structure, row: Row) -> dict[str, Any]:
    """Return every outcome of one draw, given its values by dotted name (defaults included)."""
    posts = staff(structure, row)
    hours = hours_by_pool(structure, posts)
    demand = {hub: cohort(row, hub, wte_of_hub(posts, hub)) for hub in structure.hubs}
    followed = follow(structure, row, posts, demand, hours)
    if followed:
        demand = {hub: followed[hub].demand for hub in structure.hubs}
        delivered = {hub: followed[hub].served for hub in structure.hubs}
    else:
        delivered = {hub: serve(structure, row, hub, demand[hub], hours[hub]) for hub in structure.hubs}
    volumes = {hub: delivered[hub][0] for hub in structure.hubs}
    time = {hub: delivered[hub][1] for hub in structure.hubs}
    unused = {hub: delivered[hub][2] for hub in structure.hubs}
    contacts, unit_costs = service_use(structure, row)
    books = Books(structure)
    for line in structure.staff_lines:
        books.add(line, staff_line_cost(structure, line, posts, hours, time, unused))
    for line in structure.item_lines:
        item = structure.items[line.item]
        units = volumes[line.hub][item.driver]
        books.add(
            line, item_quantity(row, item, units) * item_price(structure, row, item) * line.price_factor
        )
    for line in structure.service_lines:
        cost = volumes[line.hub]["registered"] * contacts[line.service] * unit_costs[line.service]
        books.add_service_use(line, cost)
    used = {hub: {p: hours[hub][p] - unused[hub][p] for p in structure.pools} for hub in structure.hubs}
    result = books.totals()
    result["staff_bill"] = with_all(staff_bill(structure, posts))
    result["volumes"] = with_all_of(volumes)
    result["demand"] = with_all_of(demand)
    result["hours_available"] = with_all_of(hours)
    result["hours_used"] = with_all_of(used)
    result["service_cost_per_client"] = [q * p for q, p in zip(contacts, unit_costs, strict=True)]
    result.update(marginal_costs(structure, row, posts, hours, volumes, time))
    result.update(costs_per_what(result))
    if structure.calendar is not None:
        result["queue"] = queue_of(structure.calendar, followed, ALL)
    return result


def follow(
    structure: Structure, row: Row, posts: list[StaffedPost], demand: ByHub, hours: ByHub
) -> dict[str, Followed]:
    """Return each Hub followed through the year, or nothing where a year is taken as a whole."""
    calendar = structure.calendar
    if calendar is None:
        return {}
    present = in_post_today(posts)
    at_work, wte = hours_by_pool(structure, present), wte_by_pool(structure, present)
    followed = {}
    for hub in structure.hubs:
        today, joiners = (at_work[hub], wte[hub]), joiners_of_hub(structure, posts, hub)
        service = HubThroughTime(structure, calendar, row, hub, demand[hub], hours[hub], today, joiners)
        followed[hub] = service.follow()
    return followed


# Clients' use of other services


def service_use(structure: Structure, row: Row) -> tuple[list[float], list[float]]:
    """Return contacts, scaled to the published mean where the run says so, and unit costs of each service."""
    contacts, unit_costs = [], []
    listed = 0.0
    for service in structure.services:
        own = row[f"{service.prefix}.unit_cost"] * service.to_use_year
        unit_cost = own * row[f"{service.prefix}.minutes_each"] / 60.0
        contacts.append(row[f"{service.prefix}.contacts"])
        unit_costs.append(unit_cost * service.price_factor)
        if not service.is_hub:
            listed += row[f"{service.prefix}.contacts"] * unit_cost
    if structure.calibrated:
        factor = divided(row["service_use.published_mean"], listed)
        contacts = [
            q if service.is_hub else q * factor
            for q, service in zip(contacts, structure.services, strict=True)
        ]
    return contacts, unit_costs


# The ledger


def staff_line_cost(
    structure: Structure,
    line: Line,
    posts: list[StaffedPost],
    hours: ByHub,
    time: Mapping[str, Time],
    unused: ByHub,
) -> float:
    """Return hours of a pool x this post's part of them x its cost of an hour x price index factor."""
    post, pool = posts[line.post], structure.posts[line.post].pool
    if line.activity is None:
        quantity = unused[line.hub][pool]
    else:
        quantity = time[line.hub][line.activity, pool, line.kind]
    if post.hours == 0.0 or hours[line.hub][pool] == 0.0:
        return 0.0
    share = post.hours * post.hub_share[line.hub] / hours[line.hub][pool]
    return quantity * post.components[line.component] / post.hours * share * line.price_factor


def item_quantity(row: Row, item: Item, units: float) -> float:
    """Return how often an item's amount is paid."""
    if item.behaviour == "fixed":
        return 1.0
    if item.behaviour == "step":
        capacity = row[f"{item.prefix}.step_capacity"]
        # Rounding in the last digits must not buy another step.
        return float(math.ceil(units / capacity * (1.0 - 1e-12))) if capacity else 0.0
    return units


def item_price(structure: Structure, row: Row, item: Item) -> float:
    """Return an item's amount in its own price year."""
    if item.kind == "non_pay":
        return row[f"{item.prefix}.amount"]
    if item.kind == "overhead_pool":
        return row[f"{item.prefix}.cost"] * item.share
    rate, years = structure.discount_rate, row[f"{item.prefix}.life"]
    purchase = row[f"{item.prefix}.purchase_cost"]
    resale = min(row[f"{item.prefix}.resale_value"], purchase)
    growth = math.pow(1.0 + rate, years)
    factor = years if rate == 0.0 else (1.0 - 1.0 / growth) / rate
    return (purchase - resale / growth) / (factor * (1.0 + rate if item.in_advance else 1.0))


class Books:
    """Totals of the ledger, Hub by Hub, as its lines are written."""

    def __init__(self, structure: Structure) -> None:
        self.hubs = structure.hubs
        self.hub_cost: ByHub = {hub: dict.fromkeys(PERSPECTIVES, 0.0) for hub in self.hubs}
        self.service_use_cost: ByHub = {hub: dict.fromkeys(PERSPECTIVES, 0.0) for hub in self.hubs}
        self.splits: dict[str, ByHub] = defaultdict(lambda: {hub: defaultdict(float) for hub in self.hubs})

    def add(self, line: Line, cost: float) -> None:
        """Write a line of a Hub's own cost."""
        for perspective in line.perspectives:
            self.hub_cost[line.hub][perspective] += cost
        for split, group in line.groups:
            self.splits[split][line.hub][group] += cost

    def add_service_use(self, line: Line, cost: float) -> None:
        """Write a line of clients' use of other services."""
        for perspective in line.perspectives:
            self.service_use_cost[line.hub][perspective] += cost

    def totals(self) -> dict[str, Any]:
        """Return every total by Hub and for all Hubs, after checking that the splits add up."""
        for split, by_hub in self.splits.items():
            for hub, groups in by_hub.items():
                parts, whole = sum(groups.values()), self.hub_cost[hub]["nhs_pss"]
                if abs(parts - whole) > 1e-9 * max(1.0, abs(whole)):
                    raise ArithmeticError(f"{split} of {hub}: {parts} of {whole}")
        central = {hub: self.splits["payer_cost"][hub]["nhse_central"] for hub in self.hubs}
        return {
            "hub_cost": with_all_of(self.hub_cost),
            "service_use_cost": with_all_of(self.service_use_cost),
            "central_pension_cost": with_all(central),
            **{split: with_all_of(by_hub) for split, by_hub in self.splits.items()},
        }


def with_all(by_hub: Mapping[str, float]) -> dict[str, float]:
    """Return the values with their sum over Hubs beside them."""
    return {ALL: sum(by_hub.values()), **by_hub}


def with_all_of(by_hub: Mapping[str, Mapping[str, float]]) -> dict[str, Mapping[str, float]]:
    """Return the values with their sums over Hubs beside them."""
    total: dict[str, float] = defaultdict(float)
    for values in by_hub.values():
        for name, value in values.items():
            total[name] += value
    return {ALL: total, **by_hub}


# What is read off the books


def costs_per_what(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return counts, and cost per what: fully absorbed, of its own activities, of other services."""
    counts: ByHub = {}
    absorbed: dict[str, dict[str, dict[str, float]]] = {}
    activity_only: ByHub = {}
    use_per_client: ByHub = {}
    for place, volumes in result["volumes"].items():
        counts[place] = {per: sum(volumes[v] for v in counted) for per, (_, counted) in PER.items()}
        counts[place]["keyworkers_1000"] /= 1_000.0
        absorbed[place] = {
            per: {p: divided(cost, count) for p, cost in result["hub_cost"][place].items()}
            for per, count in counts[place].items()
        }
        by_stage = result["stage_cost"][place]
        activity_only[place] = {
            per: divided(sum(by_stage.get(stage, 0.0) for stage in stages), counts[place][per])
            for per, (stages, _) in PER.items()
        }
        use_per_client[place] = {
            p: divided(cost, volumes["registered"]) for p, cost in result["service_use_cost"][place].items()
        }
    return {
        "counts": counts,
        "fully_absorbed": absorbed,
        "activity_only": activity_only,
        "service_use_per_client": use_per_client,
    }


def marginal_costs(
    structure: Structure,
    row: Row,
    posts: list[StaffedPost],
    hours: ByHub,
    volumes: ByHub,
    time: Mapping[str, Time],
) -> dict[str, dict[str, float]]:
    """Return what one more registered client costs, in the short run and in the long run."""
    variable, step = dict.fromkeys(structure.hubs, 0.0), dict.fromkeys(structure.hubs, 0.0)
    for item in structure.items:
        if item.driver in UNMOVED_BY_CLIENTS:
            continue
        cost = volumes[item.hub][item.driver] * item_price(structure, row, item) * item.price_factor
        if item.behaviour == "variable":
            variable[item.hub] += cost
        elif item.behaviour == "step" and row[f"{item.prefix}.step_capacity"]:
            step[item.hub] += cost / row[f"{item.prefix}.step_capacity"]
    added = [cost_of_added_hour(structure, row, post) for post in structure.posts]
    staff_cost = {
        hub: new_staff_cost(structure, posts, added, hub, hours[hub], time[hub]) for hub in structure.hubs
    }
    short = with_all(variable)
    long = with_all({hub: variable[hub] + step[hub] + staff_cost[hub] for hub in structure.hubs})
    clients = with_all({hub: volumes[hub]["registered"] for hub in structure.hubs})
    return {
        "short_run_marginal_cost": {place: divided(short[place], clients[place]) for place in clients},
        "long_run_marginal_cost": {place: divided(long[place], clients[place]) for place in clients},
    }


def new_staff_cost(
    structure: Structure,
    posts: list[StaffedPost],
    added: Iterable[float],
    hub: str,
    pool_hours: Mapping[str, float],
    time: Time,
) -> float:
    """Return what a Hub's hours that follow clients would cost if bought as new posts."""
    followed = dict.fromkeys(structure.pools, 0.0)
    moved = {activity.name for activity in structure.activities if activity.driver not in UNMOVED_BY_CLIENTS}
    for (activity, pool, _), used in time.items():
        if activity in moved:
            followed[pool] += used
    weighted = dict.fromkeys(structure.pools, 0.0)
    for post, staffed, cost_of_hour in zip(structure.posts, posts, added, strict=True):
        own_hours = staffed.hours * staffed.hub_share.get(hub, 0.0)
        if own_hours > 0.0:
            weighted[post.pool] += own_hours * cost_of_hour
    return sum(
        weighted[pool] / pool_hours[pool] * followed[pool]
        for pool in structure.pools
        if pool_hours[pool] > 0.0
    )
