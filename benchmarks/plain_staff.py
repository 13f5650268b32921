"""Staff of one draw, in plain Python floats: what each post costs, how long it works and for whom."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

from benchmarks.plain_parts import COMPONENTS, STAFF_COST, Post, Structure

Row = Mapping[str, float]
ByHub = dict[str, dict[str, float]]


@dataclass
class StaffedPost:
    """What a post costs in the year, how long it works and for whom.

    `first_day` is in how many months its holder comes, `held_wte` and `full_hours` what it is and works in a
    whole year from then.
    """

    components: dict[str, float]
    hours: float
    filled_wte: float
    hub_share: dict[str, float]
    first_day: float
    held_wte: float
    full_hours: float


@dataclass(frozen=True)
class Joiner:
    """A post whose holder comes later: in how many months, and its WTE and hours of a whole year then."""

    pool: str
    first_day: float
    wte: float
    hours: float


def divided(numerator: float, denominator: float) -> float:
    """Return a ratio, or "not applicable" where there is nothing to divide by."""
    return numerator / denominator if denominator != 0.0 else math.nan


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
        first_day, held = (
            max(row[f"{post.prefix}.in_post_after"], 0.0),
            1.0 - row[f"{post.prefix}.vacancy_share"],
        )
        filled = held * (12.0 - min(first_day, 12.0)) / 12.0
        full_hours = hours_of_wte(row, post) * row[f"{post.prefix}.wte"] * held
        posts.append(
            StaffedPost(
                components={name: cost * filled for name, cost in components.items()},
                hours=hours_of_wte(row, post) * row[f"{post.prefix}.wte"] * filled,
                filled_wte=row[f"{post.prefix}.wte"] * filled,
                hub_share=hub_shares(row, post),
                first_day=first_day,
                held_wte=row[f"{post.prefix}.wte"] * held,
                full_hours=full_hours,
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
    return {hub: amount / whole if whole else 1 / len(driver) for hub, amount in driver.items()}


def hours_by_pool(structure: Structure, posts: list[StaffedPost]) -> ByHub:
    """Return the hours each Hub has of each pool."""
    hours = {hub: dict.fromkeys(structure.pools, 0.0) for hub in structure.hubs}
    for post, staffed in zip(structure.posts, posts, strict=True):
        for hub, share in staffed.hub_share.items():
            hours[hub][post.pool] += staffed.hours * share
    return hours


def joiners_of_hub(structure: Structure, posts: list[StaffedPost], hub: str) -> list[Joiner]:
    """Return the posts of a Hub whose holders are still to come."""
    return [
        Joiner(
            post.pool,
            staffed.first_day,
            staffed.held_wte * staffed.hub_share[hub],
            staffed.full_hours * staffed.hub_share[hub],
        )
        for post, staffed in zip(structure.posts, posts, strict=True)
        if staffed.first_day > 0.0 and hub in staffed.hub_share
    ]


def in_post_today(posts: list[StaffedPost]) -> list[StaffedPost]:
    """Return the posts with nothing of those whose holders are still to come."""
    return [
        staffed if staffed.first_day == 0.0 else replace(staffed, hours=0.0, filled_wte=0.0)
        for staffed in posts
    ]


def wte_by_pool(structure: Structure, posts: list[StaffedPost]) -> ByHub:
    """Return the staff in post each Hub has of each pool."""
    wte = {hub: dict.fromkeys(structure.pools, 0.0) for hub in structure.hubs}
    for post, staffed in zip(structure.posts, posts, strict=True):
        for hub, share in staffed.hub_share.items():
            wte[hub][post.pool] += staffed.filled_wte * share
    return wte


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


def cost_of_added_hour(structure: Structure, row: Row, post: Post) -> float:
    """Return the cost of an hour bought with a whole new post, whose holder is a new person."""
    wte = row["costing_rules.staffing_step"]
    ni = national_insurance(structure, full_pay(row, post) * wte)
    cost = yearly_cost(structure, row, post, wte, ni)
    uprated = sum(cost[name] * structure.component_factor[name] for name in COMPONENTS)
    return divided(uprated, hours_of_wte(row, post) * wte)
