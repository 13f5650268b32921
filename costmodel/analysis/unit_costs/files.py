"""Unit costs of staff types that a file of the user's own defines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, get_args

from costmodel.analysis.unit_costs.build_up import Convention, OncostRates, StaffType, UnitCost, build_up
from costmodel.analysis.unit_costs.tables import (
    published_rates,
    staff_type_of_definition,
    statutory_rates_of_row,
)
from costmodel.errors import ParameterError, Problem, did_you_mean, format_problems
from costmodel.inputs.loading import KeyPath, Tree, dotted, read_file, validate
from costmodel.inputs.project import Project
from costmodel.inputs.reference_tables import ReferenceTables, RuleKind
from costmodel.inputs.staff_files import RuleName, StaffDefinition, StaffFile
from costmodel.inputs.statutory import statutory_period

CLOSING: Final = "Nothing was costed. Fix the file, then run costmodel unit-costs on it again."

SMALLEST_AMOUNT: Final = 1.0
"""No employer pays less than this for a whole-time equivalent, unless it is nothing. [GBP/year]"""

Fault = tuple[KeyPath, str]


class StaffFileError(ParameterError):
    """Raised when a file of staff types holds problems; nothing has been costed."""

    def __str__(self) -> str:
        return format_problems(self.problems, closing=CLOSING)


def unit_costs_of_file(
    project: Project, path: Path, convention: Convention | None = None
) -> tuple[UnitCost, ...]:
    """Return the unit cost of every staff type of a user's own file, in the order of the file.

    Parameters
    ----------
    project
        Where the reference tables are, whose rules the file may name.
    path
        YAML file of the form ``staff: {ID: {salary: ..., oncosts: ..., ...}}``; see `StaffDefinition`.
    convention
        Which convention all on-cost rules of the file must follow; None to let each entry name its own.

    Raises
    ------
    StaffFileError
        With every problem of the file.
    """
    tables = project.tables()
    tree, problems = read_file(path, str(path))
    file: StaffFile | None = None
    if tree.data:
        file, found = validate(StaffFile, tree)
        problems += found
        problems += [_problem(tree, where, message) for where, message in _faults(tables, tree, convention)]
    if file is None or problems:
        raise StaffFileError(problems)
    return build_up([_staff_type(tables, key, staff) for key, staff in file.staff.items()])


def _staff_type(tables: ReferenceTables, key: str, definition: StaffDefinition) -> StaffType:
    staff = staff_type_of_definition(tables, key, definition, _oncosts(tables, definition.oncosts))
    years = _years(tables, {kind: given.rule for kind, given in definition if isinstance(given, RuleName)})
    if staff.price_year is None and len(set(years.values())) == 1:
        staff = replace(staff, price_year=next(iter(years.values())))
    return replace(staff, notes=tuple(_notes(tables, definition, staff, years)))


def _notes(
    tables: ReferenceTables, definition: StaffDefinition, staff: StaffType, years: Mapping[str, str]
) -> Iterator[str]:
    if staff.price_year is None and years:
        dated = ", ".join(f"{kind} of {year}" for kind, year in years.items())
        yield f"the rules are of different years ({dated}); say price_year"
    if staff.convention == "pssru_as_published":
        yield "on-costs as the Manual computes them: to reproduce it, not to cost"
    if isinstance(definition.oncosts, RuleName):
        rule = tables.oncost_rules[definition.oncosts.rule]
        period = statutory_period(definition.oncosts.rule, rule)
        if rule.convention == "statutory" and period is not None and period.weight_of_year < 1:
            yield f"{period.rule_id} is the law of a part of {rule.tax_year}, taken here for a whole year"


def _oncosts(tables: ReferenceTables, given: float | RuleName) -> float | OncostRates:
    if not isinstance(given, RuleName):
        return given
    rule = tables.oncost_rule(given.rule)
    statutory = statutory_rates_of_row(given.rule, rule) if rule.convention == "statutory" else None
    return statutory or published_rates(given.rule, rule)


def _problem(tree: Tree, path: KeyPath, message: str) -> Problem:
    location = tree.locate(path)
    return Problem(location.file, location.line, dotted(path), message)


# -- what the form of the file does not say; entries are looked at even where others are wrong


def _faults(tables: ReferenceTables, tree: Tree, convention: Convention | None) -> Iterator[Fault]:
    staff = tree.get(("staff",))
    given = staff if isinstance(staff, dict) else {}
    entries = {key: entry for key, entry in given.items() if isinstance(entry, dict)}
    for key, entry in entries.items():
        known: dict[str, str] = {}
        for kind, name in _named_rules(entry):
            message = _rule_fault(tables, kind, name, convention)
            if message:
                yield ("staff", key, kind, "rule"), message
            else:
                known[kind] = name
        yield from _amount_faults(key, entry)
        yield from _price_year_faults(tables, key, entry, known)
        yield from _source_faults(tables, key, entry)
    yield from _same_staff_id(entries)


def _named_rules(entry: Mapping[str, Any]) -> Iterator[tuple[RuleKind, str]]:
    for kind in get_args(RuleKind):
        given = entry.get(kind)
        if isinstance(given, dict) and isinstance(given.get("rule"), str):
            yield kind, given["rule"]


def _rule_fault(tables: ReferenceTables, kind: RuleKind, name: str, convention: Convention | None) -> str:
    try:
        tables.rule(kind, name)
    except ParameterError as error:
        return error.problems[0].message
    return _oncost_fault(tables, name, convention) if kind == "oncosts" else ""


def _oncost_fault(tables: ReferenceTables, name: str, convention: Convention | None) -> str:
    rule = tables.oncost_rules[name]
    if convention is not None and rule.convention != convention:
        wanted = [key for key, each in tables.oncost_rules.items() if each.convention == convention]
        same_year = [key for key in wanted if tables.oncost_rules[key].tax_year == rule.tax_year]
        listed = f", such as {same_year[0]}" if same_year else ""
        return (
            f"'{name}' is a rule of {rule.convention}; convention {convention} needs one of its own{listed}"
        )
    if rule.convention == "statutory" and statutory_period(name, rule) is None:
        return (
            f"'{name}' holds no employer pension rate; supply pension_rate_paid_by_employer and "
            "pension_rate_paid_centrally in oncost_rules.yaml, or name an earlier year"
        )
    return ""


def _amount_faults(key: str, entry: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield the amounts of less than a pound a year: a share was meant, which only a rule can give."""
    for kind in get_args(RuleKind):
        given = entry.get(kind)
        if kind != "working_hours" and isinstance(given, float) and 0 < given < SMALLEST_AMOUNT:
            message = (
                f"must be an amount in GBP/year; got {given:g}, which reads as a share. Give what it "
                "comes to in a year, or name a rule: {rule: NAME}"
            )
            yield ("staff", key, kind), message


def _years(tables: ReferenceTables, named: Mapping[str, str]) -> dict[str, str]:
    """Return the financial years of the rules whose figures have one: laws, and amounts of money."""
    years: dict[str, str] = {}
    if "oncosts" in named:
        years["oncosts"] = tables.oncost_rules[named["oncosts"]].tax_year
    if "capital_overheads" in named:
        years["capital_overheads"] = tables.capital_overheads[named["capital_overheads"]].price_year
    if "qualifications" in named:
        years["qualifications"] = tables.training_costs[named["qualifications"]].price_year
    return years


def _price_year_faults(
    tables: ReferenceTables, key: str, entry: Mapping[str, Any], named: Mapping[str, str]
) -> Iterator[Fault]:
    """Yield the rules of another year than the entry's; of an entry without one, amounts that disagree."""
    years = _years(tables, named)
    stated = entry.get("price_year")
    if isinstance(stated, str):
        for kind, year in years.items():
            if year != stated:
                message = f"'{named[kind]}' is of {year}, but price_year is {stated}; {_REMEDY}"
                yield ("staff", key, kind, "rule"), message
        return
    capital, qualifications = years.get("capital_overheads"), years.get("qualifications")
    if capital and qualifications and capital != qualifications:
        message = (
            f"'{named['qualifications']}' is in prices of {qualifications}, but capital_overheads in "
            f"those of {capital}; {_REMEDY}"
        )
        yield ("staff", key, "qualifications", "rule"), message


_REMEDY: Final = "name a rule of that year, or uprate it and give the amount"


def _source_faults(tables: ReferenceTables, key: str, entry: Mapping[str, Any]) -> Iterator[Fault]:
    source = entry.get("source")
    name = source.get("id") if isinstance(source, dict) else None
    if isinstance(name, str) and name not in tables.sources:
        hint = did_you_mean(name, tables.sources)
        yield ("staff", key, "source", "id"), f"there is no source '{name}' in sources.yaml.{hint}"


def _same_staff_id(entries: Mapping[str, Mapping[str, Any]]) -> Iterator[Fault]:
    seen: dict[tuple[str, str], str] = {}
    for key, entry in entries.items():
        staff_id, edition = str(entry.get("staff_id", key)), str(entry.get("edition"))
        if (staff_id, edition) in seen:
            other = seen[staff_id, edition]
            yield ("staff", key, "staff_id"), f"'{staff_id}' already stands in {other}"
        seen[staff_id, edition] = key
