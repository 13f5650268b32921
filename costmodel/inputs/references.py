"""Names that must exist elsewhere, and units that a place demands, checked on the files as they are written.

These checks need no valid models, so that a fault in one key of a file hides no unknown name in another.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any, Final

from costmodel.errors import Problem, did_you_mean
from costmodel.inputs.parameters import NamedRecord, is_joint, iter_records
from costmodel.inputs.reference_tables import ReferenceTables
from costmodel.inputs.staff_figures import staff_ids
from costmodel.inputs.tree import KeyPath, Tree, dotted
from costmodel.units import PER_WTE, UNITS

Fault = tuple[KeyPath, str]

PER_CONTACT: Final = ("GBP/contact", "GBP/session", "GBP/item", "GBP/episode", "GBP/unit", "GBP/day")
SHARED_STEMS: Final = (
    "costing_rules",
    "staff_pools",
    "activities",
    "service_use",
    "shared_posts",
    "waiting",
    "staffing_options",
    "budget_impact",
    "reach",
)
"""Files of the model besides those of the Hubs and the correlations between parameters."""

_MINUTES: Final = ("minutes", "minutes/contact", "minutes/session", "minutes/unit")
_PER_CLIENT: Final = ("contacts/client", "sessions/client", "items/client", "units/client")
_SESSIONS: Final = "sessions_per_completion|sessions_per_dropout|brief_sessions_per_client"
_SHARES: Final = ".+_share|hub_share_of_therapy|registered_share_of_targeted|other_support"

UNITS_BY_PLACE: Final[tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]] = tuple(
    (re.compile(place), units)
    for place, units in (
        (r"activities\.[^.]+\.minutes\.[^.]+", _MINUTES),
        (r"hub_[^.]+\.time_use\.[^.]+\.[^.]+", _MINUTES),
        (r"activities\.[^.]+\.(dna_rate|dna_slot_share)", ("share",)),
        (r"activities\.[^.]+\.group_size", ("people/session",)),
        (r"staff_pools\.[^.]+\.indirect_ratio", ("ratio",)),
        (r".+\.posts\.[^.]+\.wte|shared_posts\.[^.]+\.wte|costing_rules\.staffing_step", ("WTE",)),
        (r".+\.(vacancy_share|pension_member_share|vat_share|shared\.shares\.[^.]+)", ("share",)),
        (r".+\.in_post_after", ("months",)),
        (r".+\.(salary|enhancements|high_cost_area_supplement|capital_overheads)", (PER_WTE,)),
        (r".+\.working_hours", ("hours/year", "hours/(WTE*year)")),
        (r".+\.invoice_per_hour", ("GBP/hour",)),
        (r"hub_[^.]+\.pathway\.eligible_workforce", ("people",)),
        (
            r"hub_[^.]+\.pathway\.(outreach_contacts|targeted_outreach_contacts|registrations)",
            ("people/year", "clients/year"),
        ),
        (rf"hub_[^.]+\.pathway\.({_SESSIONS})", ("sessions/client",)),
        (r"hub_[^.]+\.pathway\.team_attendances", ("contacts/year",)),
        (rf"hub_[^.]+\.pathway\.({_SHARES})", ("share",)),
        (r"hub_[^.]+\.capital\.[^.]+\.(purchase_cost|resale_value)", ("GBP",)),
        (r"hub_[^.]+\.capital\.[^.]+\.life", ("years",)),
        (r"costing_rules\.overheads\.percentage\.[^.]+", ("share", "ratio")),
        (r"costing_rules\.overheads\.pooled\.pools\.[^.]+\.cost", ("GBP/year",)),
        (r"costing_rules\.sickness\.sick_days", ("days/year",)),
        (r"costing_rules\.sickness\.hours_per_day", ("hours/day",)),
        (r"service_use\.published_mean", ("GBP/client",)),
        (r"service_use\.services\.[^.]+\.contacts", _PER_CLIENT),
        (r"service_use\.services\.[^.]+\.unit_cost", (*PER_CONTACT, "GBP/hour")),
        (r"service_use\.services\.[^.]+\.minutes_each", _MINUTES),
        (r"waiting\.(awaiting_)?attrition", ("share",)),
        (r"waiting\.(turnover|retention|new_starter_output|priority_classes)", ("share",)),
        (r"waiting\.arrivals\.yearly_growth", ("growth",)),
        (r"waiting\.arrivals\.(surge\.height|by_month)|waiting\.leave_by_month", ("ratio",)),
        (r"waiting\.(recruitment_lag|arrivals\.surge\.(begins_in_month|half_life))", ("months",)),
        (r"waiting\.hubs\.[^.]+\.(opening_list|opening_caseload|awaiting_\w+)", ("people", "clients")),
        (r"waiting\.hubs\.[^.]+\.opening_list_by_age", ("share",)),
        (r"waiting\.hubs\.[^.]+\.room_sessions", ("sessions/week",)),
        (r"waiting\.(caseload_per_wte|supervision\.clients_per_wte)", ("people/WTE",)),
        (r"waiting\.most_extra_wte", ("WTE",)),
        (r"staffing_options\.(step|posts\.[^.]+\.[^.]+\.(minimum|maximum))", ("WTE",)),
        (r"staffing_options\.presence\.[^.]+\.wte", ("WTE",)),
        (r"staffing_options\.presence\.[^.]+\.people", ("people",)),
        (r"staffing_options\.presence\.[^.]+\.hours", ("hours/week",)),
        (r"staffing_options\.activities\.[^.]+\.complex_share", ("share",)),
        (r"staffing_options\.pools\.[^.]+\.(time_multiplier|supervision)", ("ratio",)),
        (r"budget_impact\.(uptake|exit\.(redundant_share|probability))", ("share",)),
        (r"budget_impact\.(set_up|exit\.costs)\.[^.]+\.probability", ("share",)),
        (r"budget_impact\.(client_growth|assumed_growth\.(pay|non_pay))", ("growth",)),
        (r"budget_impact\.price_paths\.[^.]+\.growth", ("growth",)),
        (r"budget_impact\.(recruitment\.lag|exit\.(redundancy_pay|notice))", ("months",)),
        (r"budget_impact\.recruitment\.cost", ("GBP/WTE",)),
        (r"reach\.groups\.[^.]+\.(response|effort)", ("ratio",)),
        (r"reach\.contacts_by_group", ("people/year", "share")),
        (r"budget_impact\.(set_up|exit\.costs)\.[^.]+\.amount", ("GBP",)),
    )
)
"""Units that a record may have, by the place at which it stands."""


def unit_problems(tree: Tree, stem: str) -> list[Problem]:
    """Return the records of a file whose unit does not fit their place."""
    faults = (fault for record in _records_of(tree, stem) for fault in _unit_faults(record))
    return [problem_at(tree, path, message) for path, message in faults]


def problem_at(tree: Tree, path: KeyPath, message: str) -> Problem:
    """Return a problem of what stands at a path of a tree."""
    place = tree.locate(path)
    return Problem(place.file, place.line, dotted(path), message)


def parameter_names(tree: Tree, stem: str) -> tuple[list[str], list[str]]:
    """Return the dotted names of a file's single numbers, and of the components of its joint records."""
    single, joint = [], []
    for record in _records_of(tree, stem):
        if is_joint(record.data):
            joint += [f"{record.name}.{component}" for component in record.data["components"] or ()]
        else:
            single.append(record.name)
    if stem == "service_use":
        single += [f"{dotted(path)}.unit_cost" for path, _ in _entries(tree, "service_use", "services")]
    return single, joint


def named_sources(tree: Tree, stem: str) -> Iterator[tuple[KeyPath, str]]:
    """Yield the places of a file's records that name a source of the register, and the names."""
    for record in _records_of(tree, stem):
        source = record.data.get("source")
        name = source.get("id") if isinstance(source, dict) else None
        if isinstance(name, str):
            yield (*record.name.split("."), "source", "id"), name


def unknown_names(
    tree: Tree,
    tables: ReferenceTables | None,
    editions: Mapping[str, str],
    names: Collection[str],
    joint: Collection[str],
    sources: Iterable[tuple[KeyPath, str]],
) -> list[Problem]:
    """Return every name in the files that exists nowhere.

    Parameters
    ----------
    tree
        Everything that was read.
    tables
        Reference tables, or None where they hold problems; what would be looked up in them then passes.
    editions
        Edition of the Manual by Hub that is run. Staff of other Hubs may be of any edition.
    names, joint
        Dotted names of all single parameters, and of the components of joint ones.
    sources
        Paths of the records that name a source, and the names.
    """
    known = _Known(tree, tables, editions)
    faults = chain(
        _post_faults(known),
        _time_faults(known),
        _item_faults(known),
        _overhead_pool_faults(known),
        _overhead_rule_faults(known),
        _service_faults(known),
        _source_faults(sources, tables),
        _correlation_faults(known, names, joint),
    )
    return [problem_at(tree, path, message) for path, message in faults]


@dataclass(frozen=True)
class _Known:
    """What names may refer to; a file that could not be read allows every name."""

    tree: Tree
    tables: ReferenceTables | None
    editions: Mapping[str, str]

    @property
    def hubs(self) -> list[str]:
        return [stem.removeprefix("hub_") for stem in hub_stems(self.tree)]

    @cached_property
    def staff(self) -> dict[str, list[str]]:
        """Staff types by edition."""
        editions = self.tables.editions() if self.tables is not None else ()
        return {edition: staff_ids(self.tables, edition) for edition in editions if self.tables is not None}

    def edition_of(self, path: KeyPath) -> str | None:
        """Return the edition in which a post is costed; None where it is not in the run."""
        shared = self.tree.get((*path, "shared", "hubs"))
        hubs = shared if isinstance(shared, list) else [str(path[0]).removeprefix("hub_")]
        return next(
            (self.editions[hub] for hub in hubs if isinstance(hub, str) and hub in self.editions), None
        )

    def fault(self, path: KeyPath, name: Any, what: str, file: str) -> Iterator[Fault]:
        """Yield the fault of a name that is no key of a file."""
        choices = list(_mapping(self.tree, (file,)))
        if choices and isinstance(name, str) and name not in choices:
            there_are = f" There are: {', '.join(choices)}"
            yield path, f"there is no {what} '{name}' in {file}.yaml.{did_you_mean(name, choices)}{there_are}"

    def hub_fault(self, path: KeyPath, hub: Any) -> Iterator[Fault]:
        """Yield the fault of a Hub that has no file."""
        if isinstance(hub, str) and hub not in self.hubs:
            yield path, f"there is no parameter file hub_{hub}.yaml.{did_you_mean(hub, self.hubs)}"


def hub_stems(tree: Tree) -> list[str]:
    """Return the stems of the files that describe a Hub."""
    return [stem for stem in tree.data if stem.startswith("hub_") and stem != "hub_figures"]


def _mapping(tree: Tree, path: KeyPath) -> dict[str, Any]:
    found = tree.get(path)
    return found if isinstance(found, dict) else {}


def _entries(tree: Tree, *path: str) -> Iterator[tuple[KeyPath, dict[str, Any]]]:
    for key, value in _mapping(tree, path).items():
        if isinstance(value, dict):
            yield (*path, key), value


def _records_of(tree: Tree, stem: str) -> Iterator[NamedRecord]:
    return iter_records(Tree({stem: tree.get((stem,))}, tree.origin))


def _unit_faults(record: NamedRecord) -> Iterator[Fault]:
    unit = record.data["unit"]
    allowed = next((units for place, units in UNITS_BY_PLACE if place.fullmatch(record.name)), None)
    if allowed is not None and unit in UNITS and unit not in allowed:
        yield (*record.name.split("."), "unit"), f"must be {' or '.join(allowed)} here; got {unit}"


def _posts(tree: Tree) -> Iterator[tuple[KeyPath, dict[str, Any]]]:
    for stem in hub_stems(tree):
        yield from _entries(tree, stem, "posts")
    yield from _entries(tree, "shared_posts")


def _post_faults(known: _Known) -> Iterator[Fault]:
    for path, post in _posts(known.tree):
        yield from known.fault((*path, "pool"), post.get("pool"), "staff pool", "staff_pools")
        if known.tables is not None and isinstance(post.get("staff"), str):
            yield from _staff_faults((*path, "staff"), post["staff"], known, known.edition_of(path))
        hubs = known.tree.get((*path, "shared", "hubs"))
        for position, hub in enumerate(hubs if isinstance(hubs, list) else []):
            yield from known.hub_fault((*path, "shared", "hubs", position), hub)


def _staff_faults(path: KeyPath, staff: str, names: _Known, edition: str | None) -> Iterator[Fault]:
    known = names.staff[edition] if edition else list(chain.from_iterable(names.staff.values()))
    if staff not in known:
        has_none = f"edition {edition} has no" if edition else "no edition has a"
        yield path, f"{has_none} staff type '{staff}'.{did_you_mean(staff, known)} See: costmodel unit-costs"


def _time_faults(known: _Known) -> Iterator[Fault]:
    for path, _ in _entries(known.tree, "activities"):
        for pool in _mapping(known.tree, (*path, "minutes")):
            yield from known.fault((*path, "minutes", pool), pool, "staff pool", "staff_pools")
    for stem in hub_stems(known.tree):
        for activity, pools in _mapping(known.tree, (stem, "time_use")).items():
            path = (stem, "time_use", activity)
            yield from known.fault(path, activity, "activity", "activities")
            for pool in pools if isinstance(pools, dict) else ():
                yield from known.fault((*path, pool), pool, "staff pool", "staff_pools")


def _item_faults(known: _Known) -> Iterator[Fault]:
    for stem in hub_stems(known.tree):
        for kind in ("non_pay", "capital"):
            for path, item in _entries(known.tree, stem, kind):
                yield from known.fault((*path, "activity"), item.get("activity"), "activity", "activities")


def _overhead_pool_faults(known: _Known) -> Iterator[Fault]:
    root = ("costing_rules", "overheads", "pooled", "pools")
    pools = _mapping(known.tree, root)
    for path, pool in _entries(known.tree, *root):
        yield from known.hub_fault((*path, "hub"), pool.get("hub"))
        others = [
            name for name, other in pools.items() if name != path[-1] and _hub_of(other) == pool.get("hub")
        ]
        for other in _mapping(known.tree, (*path, "shares", "pools")):
            if other not in others:
                message = (
                    f"must be another overhead pool of the same Hub: {', '.join(others) or 'there is none'}"
                )
                yield (*path, "shares", "pools", other), message
        for activity in _mapping(known.tree, (*path, "shares", "activities")):
            yield from known.fault(
                (*path, "shares", "activities", activity), activity, "activity", "activities"
            )


def _hub_of(pool: Any) -> Any:
    return pool.get("hub") if isinstance(pool, dict) else None


def _overhead_rule_faults(known: _Known) -> Iterator[Fault]:
    if known.tables is None:
        return
    rates, editions = known.tables.overhead_rates, set(known.editions.values())
    for field, column in (("management", "overheads_management"), ("non_staff", "overheads_non_staff")):
        path = ("costing_rules", "overheads", "percentage", field, "rule")
        rule = known.tree.get(path)
        if not isinstance(rule, str):
            continue
        rules = [key for key, row in rates.items() if row.schema_column == column]
        if rule not in rules:
            yield (
                path,
                f"'{rule}' is not a rule for {column}.{did_you_mean(rule, rules)} See overhead_rates.yaml",
            )
        elif editions - {rates[rule].edition}:
            message = (
                f"is a rule of edition {rates[rule].edition}, but the frame names edition "
                f"{', '.join(sorted(editions))}; use one edition"
            )
            yield path, message


def _service_faults(known: _Known) -> Iterator[Fault]:
    if known.tables is None:
        return
    rows = known.tables.service_unit_costs
    for path, service in _entries(known.tree, "service_use", "services"):
        name = service.get("unit_cost_row")
        if isinstance(name, str) and name not in rows:
            hint = did_you_mean(name, rows) or " See its rows"
            yield (*path, "unit_cost_row"), f"there is no row '{name}' in service_unit_costs.yaml.{hint}"


def _source_faults(sources: Iterable[tuple[KeyPath, str]], tables: ReferenceTables | None) -> Iterator[Fault]:
    for path, name in sources if tables is not None else ():
        if tables is not None and name not in tables.sources:
            yield path, f"there is no source '{name}' in sources.yaml.{did_you_mean(name, tables.sources)}"


def _correlation_faults(known: _Known, names: Collection[str], joint: Collection[str]) -> Iterator[Fault]:
    taken: dict[str, str] = {}
    for kind in ("groups", "rank_correlations"):
        for block, _ in _entries(known.tree, "correlations", kind):
            for position, name in enumerate(_texts(known.tree.get((*block, "parameters")))):
                path = (*block, "parameters", position)
                if name in joint:
                    yield path, f"'{name}' is part of a joint record, whose numbers already vary together"
                elif name not in names and _is_readable(known.tree, name):
                    yield path, f"there is no parameter '{name}'.{did_you_mean(name, names)}"
                elif name in taken:
                    yield path, f"'{name}' already stands in {taken[name]}; a parameter can be in one of them"
                taken.setdefault(name, str(block[-1]))


def _is_readable(tree: Tree, name: str) -> bool:
    """Return whether the file that a parameter stands in could be read, or is nobody's."""
    stem = name.split(".", 1)[0]
    return bool(tree.data.get(stem, stem not in SHARED_STEMS))


def _texts(values: Any) -> Iterable[str]:
    return [value for value in values if isinstance(value, str)] if isinstance(values, list) else []
