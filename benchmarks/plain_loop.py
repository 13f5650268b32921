"""The whole calculation for one draw, in plain Python floats: an independent re-implementation of the model.

`evaluate_draw` takes the values of one draw by dotted name and returns every outcome. It calls nothing of the
engine and shares no code with it, so that an agreement to the last digits says something about both.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.plain_structure import (
    COMPONENTS,
    PERSPECTIVES,
    STAFF_COST,
    Activity,
    Item,
    Line,
    Post,
    Structure,
)

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
NEVER_SHORTENED = ("eligible_workforce", "staff_wte", "hub", "registered", "completions", "dropouts")
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

Row = Mapping[str, float]
ByHub = dict[str, dict[str, float]]


@dataclass
class StaffedPost:
    """What a post costs, how long it works and for whom."""

    components: dict[str, float]
    hours: float
    filled_wte: float
    hub_share: dict[str, float]


def divided(numerator: float, denominator: float) -> float:
    """Return a ratio, or "not applicable" where there is nothing to divide by."""
    return numerator / denominator if denominator != 0.0 else math.nan


def evaluate_draw(structure: Structure, row: Row) -> dict[str, Any]:
    """Return every outcome of one draw, given its values by dotted name (defaults included)."""
    posts = staff(structure, row)
    hours = hours_by_pool(structure, posts)
    demand = {hub: cohort(row, hub, wte_of_hub(posts, hub)) for hub in structure.hubs}
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
    return result


# Staff


def staff(structure: Structure, row: Row) -> list[StaffedPost]:
    """Return every post, with National Insurance on each person's pay from each employer."""
    pay = [full_pay(row, post) * row[f"{post.prefix}.wte"] for post in structure.posts]
    person_pay: dict[tuple[str, str], float] = defaultdict(float)
    for post, amount in zip(structure.posts, pay, strict=True):
        person_pay[post.contract] += amount / post.headcount
    posts = []
    for post, amount in zip(structure.posts, pay, strict=True):
        pay_of_person = person_pay[post.contract]
        ni = national_insurance(structure, pay_of_person)
        share = amount / post.headcount / pay_of_person if pay_of_person else 0.0
        components = yearly_cost(structure, row, post, row[f"{post.prefix}.wte"], ni * share * post.headcount)
        filled = 1.0 - row[f"{post.prefix}.vacancy_share"]
        posts.append(
            StaffedPost(
                components={name: cost * filled for name, cost in components.items()},
                hours=hours_of_wte(row, post) * row[f"{post.prefix}.wte"] * filled,
                filled_wte=row[f"{post.prefix}.wte"] * filled,
                hub_share=hub_shares(row, post),
            )
        )
    return posts


def full_pay(row: Row, post: Post) -> float:
    """Return a whole-time year's pay; an agency's staff are paid by the agency."""
    if not post.employed:
        return 0.0
    supplements = row[f"{post.prefix}.enhancements"] + row[f"{post.prefix}.high_cost_area_supplement"]
    return row[f"{post.prefix}.salary"] + supplements


def national_insurance(structure: Structure, pay: float) -> float:
    """Return employer NI on one person's pay, each part of the year at its own rate."""
    return sum(weight * rate * max(0.0, pay - threshold) for weight, rate, threshold in structure.ni_periods)


def sickness_hours(row: Row) -> float:
    """Return hours of sickness that are backfilled, for a whole-time year."""
    return row["costing_rules.sickness.sick_days"] * row["costing_rules.sickness.hours_per_day"]


def hours_of_wte(row: Row, post: Post) -> float:
    """Return the hours that a whole-time post and its backfill work in a year."""
    return row[f"{post.prefix}.working_hours"] + sickness_hours(row)


def yearly_cost(structure: Structure, row: Row, post: Post, wte: float, ni: float) -> dict[str, float]:
    """Return what a filled post costs in a year, part by part."""
    rules = "costing_rules.overheads.percentage"
    pay = full_pay(row, post) * wte
    pensionable = pay * row[f"{post.prefix}.pension_member_share"]
    invoice = row[f"{post.prefix}.invoice_per_hour"] * (1.0 + row[f"{post.prefix}.vat_share"])
    cost = dict.fromkeys(COMPONENTS, 0.0)
    cost["salary"] = pay
    cost["employer_ni"] = ni
    cost["employer_pension"] = pensionable * structure.pension_employer_rate
    cost["central_pension"] = pensionable * structure.pension_central_rate
    cost["apprenticeship_levy"] = pay * row["pay_rules.apprenticeship_levy_rate"]
    cost["agency_invoices"] = invoice * hours_of_wte(row, post) * wte
    if post.employed and hours_of_wte(row, post) > 0.0:
        cost["sickness_backfill"] = sum(cost.values()) * sickness_hours(row) / hours_of_wte(row, post)
    staff_cost = sum(cost[name] for name in STAFF_COST)
    cost["overheads_management"] = staff_cost * row[f"{rules}.management"]
    cost["overheads_non_staff"] = staff_cost * row[f"{rules}.non_staff"]
    cost["capital_overheads"] = row[f"{post.prefix}.capital_overheads"] * wte
    cost["qualifications"] = row[f"{post.prefix}.qualifications"] * wte
    return cost


def hub_shares(row: Row, post: Post) -> dict[str, float]:
    """Return the share of a post's time that each Hub has."""
    if post.hub is not None:
        return {post.hub: 1.0}
    driver = {hub: sum(row[name] for name in names) for hub, names in post.share_of.items()}
    whole = sum(driver.values())
    return {hub: amount / whole for hub, amount in driver.items()}


def hours_by_pool(structure: Structure, posts: list[StaffedPost]) -> ByHub:
    """Return the hours each Hub has of each pool."""
    hours = {hub: dict.fromkeys(structure.pools, 0.0) for hub in structure.hubs}
    for post, staffed in zip(structure.posts, posts, strict=True):
        for hub, share in staffed.hub_share.items():
            hours[hub][post.pool] += staffed.hours * share
    return hours


def wte_of_hub(posts: list[StaffedPost], hub: str) -> float:
    """Return staff in post at a Hub."""
    return sum(staffed.filled_wte * staffed.hub_share.get(hub, 0.0) for staffed in posts)


def staff_bill(structure: Structure, posts: list[StaffedPost]) -> dict[str, float]:
    """Return what each Hub's posts cost, straight from the posts."""
    bill = dict.fromkeys(structure.hubs, 0.0)
    for staffed in posts:
        cost = sum(cost * structure.component_factor[name] for name, cost in staffed.components.items())
        for hub, share in staffed.hub_share.items():
            bill[hub] += cost * share
    return bill


# Clients and activities


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


def serve(
    structure: Structure, row: Row, hub: str, demand: Mapping[str, float], pool_hours: Mapping[str, float]
) -> tuple[dict[str, float], Time, dict[str, float]]:
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


def cost_of_added_hour(structure: Structure, row: Row, post: Post) -> float:
    """Return the cost of an hour bought with a whole new post, whose holder is a new person."""
    wte = row["costing_rules.staffing_step"]
    ni = national_insurance(structure, full_pay(row, post) * wte)
    cost = yearly_cost(structure, row, post, wte, ni)
    uprated = sum(cost[name] * structure.component_factor[name] for name in COMPONENTS)
    return divided(uprated, hours_of_wte(row, post) * wte)


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
