"""What no single record can know: names that must exist elsewhere, units that a place demands, sums that must hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from costmodel.errors import Problem, did_you_mean
from costmodel.inputs.frame import Frame
from costmodel.inputs.parameters import NamedRecord
from costmodel.inputs.records import JointRecord, Record
from costmodel.inputs.reference_tables import ReferenceTables
from costmodel.inputs.resolution import staff_ids
from costmodel.inputs.schema import (
    Activity,
    Correlations,
    CostingRules,
    Hub,
    PooledOverheads,
    Post,
    ServiceUse,
    SharedPost,
    StaffPool,
)
from costmodel.inputs.staff_files import RuleName
from costmodel.inputs.tree import KeyPath, Tree, dotted
from costmodel.units import PER_WTE


Fault = tuple[KeyPath, str]

_PER_CONTACT: Final = ("GBP/contact", "GBP/session", "GBP/item", "GBP/episode", "GBP/unit", "GBP/day")
_MINUTES: Final = ("minutes", "minutes/contact", "minutes/session", "minutes/unit")

UNITS_BY_PLACE: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    (r"activities\.[^.]+\.minutes\.[^.]+", _MINUTES),
    (r"hub_[^.]+\.time_use\.[^.]+\.[^.]+", _MINUTES),
    (r"activities\.[^.]+\.(dna_rate|dna_slot_share)", ("share",)),
    (r"activities\.[^.]+\.group_size", ("people/session",)),
    (r"staff_pools\.[^.]+\.indirect_ratio", ("ratio",)),
    (r".+\.posts\.[^.]+\.wte|shared_posts\.[^.]+\.wte|costing_rules\.staffing_step", ("WTE",)),
    (r".+\.(vacancy_share|pension_member_share|vat_share|shared\.shares\.[^.]+)", ("share",)),
    (r".+\.(salary|enhancements|high_cost_area_supplement|capital_overheads)", (PER_WTE,)),
    (r".+\.working_hours", ("hours/year", "hours/(WTE*year)")),
    (r".+\.invoice_per_hour", ("GBP/hour",)),
    (r"hub_[^.]+\.pathway\.eligible_workforce", ("people",)),
    (
        r"hub_[^.]+\.pathway\.(outreach_contacts|targeted_outreach_contacts|registrations)",
        ("people/year", "clients/year"),
    ),
    (r"hub_[^.]+\.pathway\.(sessions_per_completion|sessions_per_dropout|brief_sessions_per_client)", ("sessions/client",)),
    (r"hub_[^.]+\.pathway\.team_attendances_per_client", ("ratio",)),
    (r"hub_[^.]+\.pathway\.(.+_share|hub_share_of_therapy|share_.+|registered_share_of_targeted|other_support)", ("share",)),
    (r"hub_[^.]+\.capital\.[^.]+\.(purchase_cost|resale_value)", ("GBP",)),
    (r"hub_[^.]+\.capital\.[^.]+\.life", ("years",)),
    (r"costing_rules\.overheads\.percentage\.[^.]+", ("share", "ratio")),
    (r"costing_rules\.overheads\.pooled\.pools\.[^.]+\.cost", ("GBP/year",)),
    (r"costing_rules\.sickness\.sick_days", ("days/year",)),
    (r"costing_rules\.sickness\.hours_per_day", ("hours/day",)),
    (r"service_use\.published_mean", ("GBP/client",)),
    (r"service_use\.services\.[^.]+\.contacts", ("contacts/client", "sessions/client", "items/client", "units/client")),
    (r"service_use\.services\.[^.]+\.unit_cost", (*_PER_CONTACT, "GBP/hour")),
    (r"service_use\.services\.[^.]+\.minutes_each", _MINUTES),
)
"""Units that a record may have, by the place at which it stands."""

# A driver may not be cut by an activity that is served after one further down the pathway.
_PATHWAY_ORDER: Final = (
    ("screened",),
    ("triaged",),
    ("assessed", "signposted", "navigated", "brief_support", "brief_sessions", "therapy_starts", "attended_sessions",
     "completions"),
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


def find_problems(
    tree: Tree, files: Files, tables: ReferenceTables, frame: Frame, run_hubs: Sequence[str], names: Iterable[str]
) -> list[Problem]:
    """Return what is wrong between files.

    Parameters
    ----------
    tree
        Where everything stands.
    files, tables
        What was validated.
    frame, run_hubs
        The scenario's frame and Hubs.
    names
        Dotted names of every parameter of every file.
    """
    faults = [
        *_staff_faults(files, tables, frame),
        *_activity_faults(files),
        *_hub_faults(files),
        *_shared_post_faults(files, run_hubs),
        *_overhead_faults(files, tables, frame),
        *_service_faults(files.service_use, tables),
        *_correlation_faults(files.correlations, set(names)),
        *_frame_faults(frame),
    ]
    return [_problem(tree, path, message) for path, message in faults]


def find_record_problems(
    tree: Tree, tables: ReferenceTables, records: Iterable[tuple[str, Record | JointRecord]]
) -> list[Problem]:
    """Return the records whose unit does not fit their place, or whose source is not in the register."""
    faults = [fault for name, record in records for fault in _record_faults(name, record, tables)]
    return [_problem(tree, path, message) for path, message in faults]


def _problem(tree: Tree, path: KeyPath, message: str) -> Problem:
    place = tree.locate(path)
    return Problem(place.file, place.line, dotted(path), message)


def _record_faults(name: str, record: Record | JointRecord, tables: ReferenceTables) -> Iterator[Fault]:
    path = tuple(name.split("."))
    allowed = next((units for place, units in UNITS_BY_PLACE if re.fullmatch(place, name)), None)
    if allowed is not None and record.unit not in allowed:
        yield (*path, "unit"), f"must be {' or '.join(allowed)} here; got {record.unit}"
    source = record.source
    if source is not None and source.id is not None and source.id not in tables.sources:
        hint = did_you_mean(source.id, tables.sources)
        yield (*path, "source", "id"), f"there is no source '{source.id}' in sources.yaml.{hint}"


def _all_posts(files: Files) -> Iterator[tuple[KeyPath, Post]]:
    for hub_id, hub in files.hubs.items():
        yield from (((f"hub_{hub_id}", "posts", post_id), post) for post_id, post in hub.posts.items())
    yield from ((("shared_posts", post_id), post) for post_id, post in files.shared_posts.items())


def _staff_faults(files: Files, tables: ReferenceTables, frame: Frame) -> Iterator[Fault]:
    known = staff_ids(tables, frame.edition)
    for path, post in _all_posts(files):
        if post.pool not in files.pools:
            yield (*path, "pool"), _unknown("staff pool", post.pool, files.pools, "staff_pools.yaml")
        if post.staff is not None and post.staff not in known:
            hint = did_you_mean(post.staff, known)
            message = f"edition {frame.edition} has no staff type '{post.staff}'.{hint} See: costmodel unit-costs"
            yield (*path, "staff"), message


def _activity_faults(files: Files) -> Iterator[Fault]:
    for activity_id, activity in files.activities.items():
        for pool in activity.minutes:
            if pool not in files.pools:
                message = _unknown("staff pool", pool, files.pools, "staff_pools.yaml")
                yield ("activities", activity_id, "minutes", pool), message
    yield from _order_faults(files.activities)


def _order_faults(activities: Mapping[str, Activity]) -> Iterator[Fault]:
    """Yield activities listed after one that depends on them: a shortage could not be passed on."""
    rank = {driver: number for number, drivers in enumerate(_PATHWAY_ORDER) for driver in drivers}
    furthest, by = -1, ""
    for activity_id, activity in activities.items():
        position = rank.get(activity.driver, -1)
        if 0 <= position < furthest:
            message = (
                f"comes before {by} on the pathway ({activity.driver}), so it must be listed, and served, before it"
            )
            yield ("activities", activity_id), message
        if position > furthest:
            furthest, by = position, activity_id


def _hub_faults(files: Files) -> Iterator[Fault]:
    for hub_id, hub in files.hubs.items():
        root = f"hub_{hub_id}"
        for activity_id, minutes in hub.time_use.items():
            if activity_id not in files.activities:
                message = _unknown("activity", activity_id, files.activities, "activities.yaml")
                yield (root, "time_use", activity_id), message
            for pool in minutes:
                if pool not in files.pools:
                    message = _unknown("staff pool", pool, files.pools, "staff_pools.yaml")
                    yield (root, "time_use", activity_id, pool), message
        for kind, items in (("non_pay", hub.non_pay), ("capital", hub.capital)):
            for item_id, item in items.items():
                if item.activity is not None and item.activity not in files.activities:
                    message = _unknown("activity", item.activity, files.activities, "activities.yaml")
                    yield (root, kind, item_id, "activity"), message
        yield from _pool_without_posts(files, hub_id, hub)


def _pool_without_posts(files: Files, hub_id: str, hub: Hub) -> Iterator[Fault]:
    staffed = {post.pool for post in hub.posts.values()}
    staffed |= {post.pool for post in files.shared_posts.values() if hub_id in post.shared.hubs}
    for activity_id, activity in files.activities.items():
        needed = {**activity.minutes, **hub.time_use.get(activity_id, {})}
        for pool, minutes in needed.items():
            if pool in files.pools and pool not in staffed and minutes.mean > 0:
                message = (
                    f"has no post in the staff pool '{pool}', which the activity '{activity_id}' needs; add a post, or set "
                    f"time_use.{activity_id}.{pool} to 0 for this Hub"
                )
                yield (f"hub_{hub_id}", "posts"), message


def _shared_post_faults(files: Files, run_hubs: Sequence[str]) -> Iterator[Fault]:
    for post_id, post in files.shared_posts.items():
        path = ("shared_posts", post_id, "shared", "hubs")
        for position, hub in enumerate(post.shared.hubs):
            if hub not in files.hubs:
                yield (*path, position), f"there is no parameter file hub_{hub}.yaml.{did_you_mean(hub, files.hubs)}"
        missing = [hub for hub in post.shared.hubs if hub not in run_hubs]
        if missing and len(missing) < len(post.shared.hubs):
            message = (
                f"this scenario runs some of the Hubs that share the post but not {', '.join(missing)}; "
                "run them all, or override the post"
            )
            yield path, message


def _overhead_faults(files: Files, tables: ReferenceTables, frame: Frame) -> Iterator[Fault]:
    root: KeyPath = ("costing_rules", "overheads")
    overheads = files.rules.overheads
    if overheads.percentage is not None:
        for field, column in (("management", "overheads_management"), ("non_staff", "overheads_non_staff")):
            given = getattr(overheads.percentage, field)
            if isinstance(given, RuleName):
                path = (*root, "percentage", field, "rule")
                yield from _overhead_rule_faults(path, given.rule, column, tables, frame)
    if overheads.pooled is not None:
        yield from _pool_faults(files, overheads.pooled, (*root, "pooled", "pools"))


def _overhead_rule_faults(
    path: KeyPath, rule: str, column: str, tables: ReferenceTables, frame: Frame
) -> Iterator[Fault]:
    known = [key for key, row in tables.overhead_rates.items() if row.schema_column == column]
    if rule not in known:
        yield path, f"'{rule}' is not a rule for {column}.{did_you_mean(rule, known)} See overhead_rates.yaml"
    elif tables.overhead_rates[rule].edition != frame.edition:
        edition = tables.overhead_rates[rule].edition
        message = f"is a rule of edition {edition}, but the frame names edition {frame.edition}; use one edition"
        yield path, message


def _pool_faults(files: Files, pooled: PooledOverheads, path: KeyPath) -> Iterator[Fault]:
    for pool_id, pool in pooled.pools.items():
        here = (*path, pool_id)
        if pool.hub not in files.hubs:
            yield (*here, "hub"), f"there is no parameter file hub_{pool.hub}.yaml.{did_you_mean(pool.hub, files.hubs)}"
        for other in pool.shares.pools:
            if other not in pooled.pools or other == pool_id:
                message = f"must be another overhead pool: {', '.join(p for p in pooled.pools if p != pool_id) or 'none'}"
                yield (*here, "shares", "pools", other), message
        for activity in pool.shares.activities:
            if activity not in files.activities:
                message = _unknown("activity", activity, files.activities, "activities.yaml")
                yield (*here, "shares", "activities", activity), message
        whole = sum(pool.shares.pools.values()) + sum(pool.shares.activities.values())
        if abs(whole - 1.0) > 1e-9:
            yield (*here, "shares"), f"must add up to 1, so that no cost is lost; they add up to {whole:g}"
        if not pool.shares.activities:
            yield (*here, "shares", "activities"), "must name an activity, or the pool's cost never reaches one"


def _service_faults(service_use: ServiceUse, tables: ReferenceTables) -> Iterator[Fault]:
    for service_id, service in service_use.services.items():
        path = ("service_use", "services", service_id)
        unit = service.unit_cost.unit if service.unit_cost is not None else None
        if service.unit_cost_row is not None:
            row = tables.service_unit_costs.get(service.unit_cost_row)
            if row is None:
                hint = did_you_mean(service.unit_cost_row, tables.service_unit_costs)
                message = f"there is no row '{service.unit_cost_row}' in service_unit_costs.yaml.{hint}"
                yield (*path, "unit_cost_row"), message
                continue
            if row.value is None:
                yield (*path, "unit_cost_row"), "this row has a published range only; give unit_cost instead"
            if not re.fullmatch(r"\d{4}/\d{2}", row.price_year):
                message = f"the row's price year is '{row.price_year}', which no index reaches; give unit_cost instead"
                yield (*path, "unit_cost_row"), message
            unit = row.unit
        if (unit == "GBP/hour") != (service.minutes_each is not None):
            yield (*path, "minutes_each"), "goes with a unit cost in GBP/hour, and only with one"
        elif unit != "GBP/hour" and unit not in _PER_CONTACT:
            message = f"must be {', '.join(_PER_CONTACT)} or GBP/hour (with minutes_each); got {unit}"
            yield (*path, "unit_cost_row" if service.unit_cost_row else "unit_cost"), message


def _correlation_faults(correlations: Correlations, names: set[str]) -> Iterator[Fault]:
    grouped: dict[str, str] = {}
    for kind, blocks in (("groups", correlations.groups), ("rank_correlations", correlations.rank_correlations)):
        for block_id, block in blocks.items():
            for position, name in enumerate(block.parameters):
                path = ("correlations", kind, block_id, "parameters", position)
                if name not in names:
                    yield path, f"there is no parameter '{name}'.{did_you_mean(name, names)}"
                elif name in grouped:
                    yield path, f"'{name}' already stands in {grouped[name]}; a parameter can be in one of them"
                grouped.setdefault(name, block_id)
    for block_id, correlation in correlations.rank_correlations.items():
        size = len(correlation.parameters)
        if len(correlation.matrix) != size or any(len(row) != size for row in correlation.matrix):
            path = ("correlations", "rank_correlations", block_id, "matrix")
            yield path, f"must have {size} rows of {size} numbers, one for each parameter"


def _frame_faults(frame: Frame) -> Iterator[Fault]:
    if frame.oncost_convention != "statutory":
        message = (
            "pssru_as_published reproduces a Manual and is never used to cost; a run needs statutory "
            "(see: costmodel unit-costs --convention pssru_as_published)"
        )
        yield ("frame", "oncost_convention"), message


def _unknown(what: str, name: str, known: Iterable[str], file: str) -> str:
    choices = list(known)
    return f"there is no {what} '{name}' in {file}.{did_you_mean(name, choices)} There are: {', '.join(choices)}"


__all__ = ["UNITS_BY_PLACE", "Files", "NamedRecord", "find_problems", "find_record_problems"]
