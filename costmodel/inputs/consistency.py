"""What no single file can know: sums that must hold, an order that must be kept, posts that must exist."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from costmodel.errors import ParameterError, Problem, did_you_mean
from costmodel.inputs.budget_file import BudgetImpactFile, budget_faults
from costmodel.inputs.frame import Frame
from costmodel.inputs.reach_file import ReachFile, reach_faults
from costmodel.inputs.records import Record
from costmodel.inputs.reference_tables import ReferenceTables
from costmodel.inputs.references import PER_CONTACT, Fault, problem_at
from costmodel.inputs.resolution import LEVY
from costmodel.inputs.schema import (
    Activity,
    Correlations,
    CostingRules,
    Hub,
    Post,
    Service,
    ServiceUse,
    SharedPost,
    StaffPool,
)
from costmodel.inputs.staff_figures import price_year_of
from costmodel.inputs.staffing_file import StaffingFile, staffing_faults
from costmodel.inputs.tree import KeyPath, Tree, dotted
from costmodel.inputs.waiting_checks import service_faults, waiting_faults
from costmodel.inputs.waiting_file import WaitingFile

# A driver may not be cut by an activity that is served after one further down the pathway.
_PATHWAY_ORDER: Final = (
    ("screened",),
    ("triaged",),
    ("assessed", "signposted", "navigated", "brief_support", "brief_sessions", "therapy_starts",
     "attended_sessions", "completions"),
)  # fmt: skip
_MONEY_OF_POSTS: Final = (
    "salary", "enhancements", "high_cost_area_supplement", "capital_overheads", "invoice_per_hour"
)  # fmt: skip


@dataclass(frozen=True)
class Files:
    """The validated model files of a folder, all Hubs included."""

    rules: CostingRules
    pools: Mapping[str, StaffPool]
    activities: Mapping[str, Activity]
    hubs: Mapping[str, Hub]
    shared_posts: Mapping[str, SharedPost]
    service_use: ServiceUse
    correlations: Correlations
    waiting: WaitingFile | None = None
    staffing: StaffingFile | None = None
    budget_impact: BudgetImpactFile | None = None
    reach: ReachFile | None = None


def find_problems(
    tree: Tree,
    files: Files,
    tables: ReferenceTables,
    edition: str,
    run_hubs: Sequence[str],
) -> list[Problem]:
    """Return what is wrong between files in which every name exists.

    Parameters
    ----------
    tree
        Where everything stands.
    files, tables
        What was validated.
    edition, run_hubs
        The frame's edition of the Manual, and the scenario's Hubs.
    """
    faults = chain(
        _order_faults(files.activities),
        _impossible_activities(files.activities),
        _pools_without_posts(files, run_hubs),
        _post_faults(files, tables, edition, run_hubs),
        _shared_post_faults(files, run_hubs),
        _item_faults(files.hubs),
        _rule_faults(files.rules, tables),
        _service_faults(files.service_use, tables),
        _matrix_faults(files.correlations),
    )
    return [problem_at(tree, path, message) for path, message in faults]


def find_optional_problems(tree: Tree, files: Files, also: Collection[str]) -> list[Problem]:
    """Return what optional files get wrong.

    Parameters
    ----------
    also
        The files to look at, as `Files` names them.
    """
    faults = {
        "waiting": _waiting_faults(files),
        "staffing": _staffing_faults(files),
        "budget_impact": budget_faults(files.budget_impact, files.hubs) if files.budget_impact else (),
        "reach": reach_faults(files.reach) if files.reach else (),
    }
    wanted = chain.from_iterable(faults[name] for name in also)
    return [problem_at(tree, path, message) for path, message in wanted]


def passed_over(tree: Tree, files: Files) -> Iterator[str]:
    """Yield a warning for what optional files say of Hubs and posts that have no file, with file and line.

    They are no error: a project may keep fewer Hubs than were shipped, and scenarios add and remove posts.
    """
    hubs = list(files.hubs)
    named = [("waiting", "hubs", hub) for hub in (files.waiting.hubs if files.waiting else ())]
    limits = files.staffing.posts if files.staffing else {}
    named += [("staffing_options", "posts", hub) for hub in limits]
    for path in named:
        if path[-1] not in hubs:
            hint = did_you_mean(path[-1], hubs)
            yield f"{_said(tree, path)} is passed over, because there is no hub_{path[-1]}.yaml.{hint}"
    for hub, posts in limits.items():
        known = list(files.hubs[hub].posts) if hub in files.hubs else list(posts)
        for post in posts:
            if post not in known:
                where = _said(tree, ("staffing_options", "posts", hub, post))
                yield (
                    f"{where} is passed over in every scenario that does not add it, because hub_{hub}.yaml "
                    f"has no such post.{did_you_mean(post, known)}"
                )


def _said(tree: Tree, path: KeyPath) -> str:
    place = tree.locate(path)
    return f"{place.file}, line {place.line}: {dotted(path)}"


def _waiting_faults(files: Files) -> Iterator[Fault]:
    if files.waiting is not None:
        yield from waiting_faults(files.waiting, list(files.pools), files.activities)
        # Hubs that share posts have staff that their own file does not hold.
        sharing = {hub for post in files.shared_posts.values() for hub in post.shared.hubs}
        hubs = {name: hub for name, hub in files.hubs.items() if name not in sharing}
        yield from service_faults(files.waiting, hubs, files.activities)


def _staffing_faults(files: Files) -> Iterator[Fault]:
    if files.staffing is not None:
        yield from staffing_faults(files.staffing, files.activities, list(files.pools), files.hubs)


def frame_problems(frame: Frame, tables: ReferenceTables, places: Tree) -> list[Problem]:
    """Return what of a frame the tables do not hold, and what a run refuses.

    Parameters
    ----------
    frame
        The scenario's whole frame.
    tables
        Reference tables.
    places
        Where the scenario files say what is in the frame.
    """
    return [problem_at(places, ("frame", *path), message) for path, message in _frame_faults(frame, tables)]


def _frame_faults(frame: Frame, tables: ReferenceTables) -> Iterator[Fault]:
    if frame.oncost_convention != "statutory":
        message = (
            "pssru_as_published reproduces a Manual and is never used to cost; a run needs statutory "
            "(see: costmodel unit-costs --convention pssru_as_published)"
        )
        yield ("oncost_convention",), message
    try:
        tables.statutory_periods(price_year_of(tables, frame.edition))
    except ParameterError as error:
        yield ("edition",), error.problems[0].message
    for kind in type(frame.uprating).model_fields:
        choice = getattr(frame.uprating, kind)
        try:
            tables.price_series(choice.index, choice.edition)
        except ParameterError as error:
            key = "edition" if choice.index in tables.price_indices else "index"
            yield ("uprating", kind, key), error.problems[0].message


def _posts_of_run(files: Files, run_hubs: Sequence[str]) -> Iterator[tuple[KeyPath, Post]]:
    """Yield the posts of the Hubs that are run, and those that they share, with their paths."""
    for hub_id in run_hubs:
        for post_id, post in files.hubs[hub_id].posts.items():
            yield (f"hub_{hub_id}", "posts", post_id), post
    for post_id, shared in files.shared_posts.items():
        if any(hub in run_hubs for hub in shared.shared.hubs):
            yield ("shared_posts", post_id), shared


def _order_faults(activities: Mapping[str, Activity]) -> Iterator[Fault]:
    """Yield activities served after one that depends on them: a shortage could not be passed on."""
    rank = {driver: number for number, drivers in enumerate(_PATHWAY_ORDER) for driver in drivers}
    furthest, by = -1, ""
    for activity_id, activity in activities.items():
        position = rank.get(activity.driver, -1)
        if 0 <= position < furthest:
            message = (
                f"comes before {by} on the pathway ({activity.driver}), so it must be served before it: "
                "give it a lower number in served"
            )
            yield ("activities", activity_id), message
        if position > furthest:
            furthest, by = position, activity_id


def _impossible_activities(activities: Mapping[str, Activity]) -> Iterator[Fault]:
    for activity_id, activity in activities.items():
        path = ("activities", activity_id)
        if activity.dna_rate is not None and activity.dna_rate.mean >= 1:
            yield (*path, "dna_rate"), "must be less than 1, or no session is ever attended"
        yield from _not_zero((*path, "group_size"), activity.group_size)


def _not_zero(path: KeyPath, record: Record | None) -> Iterator[Fault]:
    """Yield the fault of a number that divides."""
    if record is not None and record.mean == 0:
        yield path, "must be greater than 0; got 0"


def _fixed(path: KeyPath, record: Record) -> Iterator[Fault]:
    """Yield the fault of a number that must be the same in every draw."""
    if record.distribution is not None:
        yield path, "must be a fixed value, the same in every draw; give value in place of distribution"
    yield from _not_zero(path, record)


def _pools_without_posts(files: Files, run_hubs: Sequence[str]) -> Iterator[Fault]:
    for hub_id in run_hubs:
        hub = files.hubs[hub_id]
        staffed = {post.pool for post in hub.posts.values()}
        staffed |= {post.pool for post in files.shared_posts.values() if hub_id in post.shared.hubs}
        for activity_id, activity in files.activities.items():
            needed = {**activity.minutes, **hub.time_use.get(activity_id, {})}
            for pool, minutes in needed.items():
                if pool not in staffed and minutes.mean > 0:
                    message = (
                        f"has no post in the staff pool '{pool}', which the activity '{activity_id}' needs; "
                        f"add a post, or set time_use.{activity_id}.{pool} to 0 for this Hub"
                    )
                    yield (f"hub_{hub_id}", "posts"), message


def _post_faults(
    files: Files, tables: ReferenceTables, edition: str, run_hubs: Sequence[str]
) -> Iterator[Fault]:
    """Yield posts without hours, and amounts that are not in the prices in which all staff are costed."""
    staff_price_year = price_year_of(tables, edition)
    for path, post in _posts_of_run(files, run_hubs):
        yield from _not_zero((*path, "working_hours"), post.working_hours)
        for field in _MONEY_OF_POSTS:
            record: Record | None = getattr(post, field)
            if record is not None and record.price_year != staff_price_year:
                message = (
                    f"must be {staff_price_year}, the price year of edition {edition} in which all staff are "
                    f"costed; got {record.price_year}. Give the amount in those prices, or name another "
                    "frame.edition"
                )
                yield (*path, field, "price_year"), message


def _shared_post_faults(files: Files, run_hubs: Sequence[str]) -> Iterator[Fault]:
    for post_id, post in files.shared_posts.items():
        missing = [hub for hub in post.shared.hubs if hub not in run_hubs]
        if missing and len(missing) < len(post.shared.hubs):
            message = (
                f"this scenario runs some of the Hubs that share the post but not {', '.join(missing)}; "
                "run them all, or override the post"
            )
            yield ("shared_posts", post_id, "shared", "hubs"), message


def _item_faults(hubs: Mapping[str, Hub]) -> Iterator[Fault]:
    for hub_id, hub in hubs.items():
        for item_id, item in hub.non_pay.items():
            path = (f"hub_{hub_id}", "non_pay", item_id)
            yield from _not_zero((*path, "step_capacity"), item.step_capacity)
            unit = item.amount.unit
            if item.behaviour != "variable" and unit != "GBP/year":
                yield (*path, "amount", "unit"), f"must be GBP/year for a {item.behaviour} line; got {unit}"
            if item.behaviour == "variable" and not re.fullmatch(r"GBP/(?!year$|hour$|day$)\w+", unit):
                message = f"must be an amount for one unit of the driver, such as GBP/client; got {unit}"
                yield (*path, "amount", "unit"), message
        for item_id, capital in hub.capital.items():
            path = (f"hub_{hub_id}", "capital", item_id)
            yield from _fixed((*path, "life"), capital.life)
            resale, bought = capital.resale_value, capital.purchase_cost
            if resale is not None and resale.price_year != bought.price_year:
                message = (
                    f"must be {bought.price_year}, the price year of purchase_cost; got {resale.price_year}"
                )
                yield (*path, "resale_value", "price_year"), message


def _rule_faults(rules: CostingRules, tables: ReferenceTables) -> Iterator[Fault]:
    yield from _fixed(("costing_rules", "staffing_step"), rules.staffing_step)
    if rules.apprenticeship_levy == "include" and LEVY not in tables.pay_rules:
        yield (
            ("costing_rules", "apprenticeship_levy"),
            f"needs the row '{LEVY}' of pay_rules.yaml, which is missing",
        )
    pooled = rules.overheads.pooled
    for pool_id, pool in (pooled.pools if pooled is not None else {}).items():
        path = ("costing_rules", "overheads", "pooled", "pools", pool_id, "shares")
        whole = sum(pool.shares.pools.values()) + sum(pool.shares.activities.values())
        if abs(whole - 1.0) > 1e-9:
            yield path, f"must add up to 1, so that no cost is lost; they add up to {whole:g}"
        if not pool.shares.activities:
            yield (*path, "activities"), "must name an activity, or the pool's cost never reaches one"


def _service_faults(service_use: ServiceUse, tables: ReferenceTables) -> Iterator[Fault]:
    for service_id, service in service_use.services.items():
        yield from _unit_cost_faults(("service_use", "services", service_id), service, tables)


def _unit_cost_faults(path: KeyPath, service: Service, tables: ReferenceTables) -> Iterator[Fault]:
    if service.unit_cost is not None:
        unit = service.unit_cost.unit
    else:
        row = tables.service_unit_costs[str(service.unit_cost_row)]
        unit = row.unit
        if row.value is None:
            yield (*path, "unit_cost_row"), "this row has a published range only; give unit_cost instead"
        if not re.fullmatch(r"\d{4}/\d{2}", row.price_year):
            message = (
                f"the row's price year is '{row.price_year}', which no index reaches; give unit_cost instead"
            )
            yield (*path, "unit_cost_row"), message
        if unit != "GBP/hour" and unit not in PER_CONTACT:
            message = f"must be {', '.join(PER_CONTACT)} or GBP/hour (with minutes_each); got {unit}"
            yield (*path, "unit_cost_row"), message
    if (unit == "GBP/hour") != (service.minutes_each is not None):
        yield (*path, "minutes_each"), "goes with a unit cost in GBP/hour, and only with one"


def _matrix_faults(correlations: Correlations) -> Iterator[Fault]:
    for block_id, correlation in correlations.rank_correlations.items():
        size = len(correlation.parameters)
        if len(correlation.matrix) != size or any(len(row) != size for row in correlation.matrix):
            path = ("correlations", "rank_correlations", block_id, "matrix")
            yield path, f"must have {size} rows of {size} numbers, one for each parameter"
