"""From the files of the reference tables to one frozen container, every problem with its file and line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Any, Final

from costmodel.errors import ParameterError, Problem, did_you_mean
from costmodel.inputs.loading import KeyPath, StrictModel, Tree, dotted, validate
from costmodel.inputs.price_series import PriceTable
from costmodel.inputs.reference_tables import ReferenceTables, RuleKind
from costmodel.inputs.staff_files import RuleName, StaffDefinition, StaffFile
from costmodel.inputs.statutory import months_between, statutory_rules
from costmodel.inputs.table_rows import (
    CapitalOverhead,
    CompositeLine,
    ContactRatio,
    EmployerFigure,
    HubFigure,
    MeanPay,
    OncostRule,
    OverheadRate,
    PayPoint,
    PayRule,
    PublishedHourlyCost,
    Row,
    ServiceUnitCost,
    SourceRegister,
    StaffSchema,
    Table,
    TrainingCost,
    WorkingTime,
)
from costmodel.units import MONTHS_PER_YEAR, PER_WTE

FILE_MODELS: Final[Mapping[str, type[StrictModel]]] = {
    "staff_schemas": Table[StaffSchema],
    "published_hourly_costs": Table[PublishedHourlyCost],
    "composite_schemas": Table[CompositeLine],
    "oncost_rules": Table[OncostRule],
    "overhead_rates": Table[OverheadRate],
    "capital_overheads": Table[CapitalOverhead],
    "working_time": Table[WorkingTime],
    "training_costs": Table[TrainingCost],
    "contact_ratios": Table[ContactRatio],
    "pay_scales": Table[PayPoint],
    "mean_pay": Table[MeanPay],
    "pay_rules": Table[PayRule],
    "employer_context": Table[EmployerFigure],
    "price_indices": PriceTable,
    "service_unit_costs": Table[ServiceUnitCost],
    "hub_figures": Table[HubFigure],
    "derived_staff": StaffFile,
    "sources": SourceRegister,
}
"""Model of every file that belongs to the reference tables, by the file's stem."""

COLUMN_UNITS: Final[Mapping[str, Mapping[str, str]]] = {
    "staff_schemas": {
        "salary": PER_WTE,
        "oncosts": PER_WTE,
        "qualifications": PER_WTE,
        "overheads_management": PER_WTE,
        "overheads_non_staff": PER_WTE,
        "capital_overheads": PER_WTE,
        "printed_total": PER_WTE,
        "working_hours": "hours/year",
        "published_cost_per_hour": "GBP/hour",
        "published_cost_per_hour_with_qualifications": "GBP/hour",
    },
    "published_hourly_costs": {
        "published_cost_per_hour": "GBP/hour",
        "published_cost_per_hour_with_qualifications": "GBP/hour",
    },
    "composite_schemas": {},
    "oncost_rules": {
        "ni_rate": "share",
        "ni_threshold": "GBP/year",
        "ni_threshold_per_week": "GBP/week",
        "pension_rate": "share",
        "pension_rate_paid_by_employer": "share",
        "pension_rate_paid_centrally": "share",
        "pension_administration_levy": "share",
    },
    "overhead_rates": {"rate": "share"},
    "capital_overheads": {"value": PER_WTE},
    "working_time": {
        "working_days": "days/year",
        "working_weeks": "weeks/year",
        "hours_per_day": "hours/day",
        "working_hours": "hours/year",
    },
    "training_costs": {
        "working_life": "years",
        "tuition": "GBP/person",
        "living_expenses_lost_production": "GBP/person",
        "clinical_placement": "GBP/person",
        "total_investment": "GBP/person",
        "expected_annual_cost": PER_WTE,
        "annuity_coefficient": "ratio",
    },
    "contact_ratios": {"sample_size": "people"},
    "pay_scales": {"annual_salary": PER_WTE},
    "mean_pay": {"mean_basic_pay": PER_WTE},
    "pay_rules": {},
    "employer_context": {},
    "price_indices": {"changes": "percent", "rates": "percent"},
    "service_unit_costs": {},
    "hub_figures": {},
}
"""Unit in which the program reads each numeric column that has one unit for all rows; a header must agree."""

OPTIONAL_FILES: Final = frozenset({"hub_figures", "derived_staff"})
"""Files that a run can do without."""


def read_reference_tables(tree: Tree) -> tuple[ReferenceTables | None, list[Problem]]:
    """Return the reference tables of a tree of parameter files, or every problem that they hold.

    Parameters
    ----------
    tree
        Everything that was read from the folder of parameters; files of other kinds are passed over.

    Returns
    -------
    The tables, or None where there are problems; and the problems.
    """
    files: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, model in FILE_MODELS.items():
        if name in OPTIONAL_FILES and not tree.has((name,)):
            continue
        files[name], found = validate(model, tree, (name,))
        problems += found or _header_problems(tree, name)
    if problems:
        return None, problems
    tables = _container(tree, files)
    problems = [_problem(tree, path, message) for path, message in _faults(tables)]
    return (None, problems) if problems else (tables, [])


def _container(tree: Tree, files: Mapping[str, Any]) -> ReferenceTables:
    rows = {name: file.rows for name, file in files.items() if name in COLUMN_UNITS}
    rows["schemas"] = rows.pop("staff_schemas")
    return ReferenceTables(
        **rows,
        derived_staff=files["derived_staff"].staff if "derived_staff" in files else {},
        sources=files["sources"].sources,
        files={name: tree.locate((name,)).file for name in FILE_MODELS},
    )


def _header_problems(tree: Tree, name: str) -> list[Problem]:
    if name not in COLUMN_UNITS:
        return []
    problems = []
    if tree.get((name, "table")) != name:
        problems.append(_problem(tree, (name, "table"), f"must be {name}, the name of the file"))
    expected, written = COLUMN_UNITS[name], tree.get((name, "units"))
    for column in expected.keys() | written.keys():
        path = (name, "units", column)
        if column not in expected:
            message = f"is not a numeric column of this table.{did_you_mean(column, expected)}"
            problems.append(_problem(tree, path, message))
        elif written.get(column) != expected[column]:
            message = f"must be '{expected[column]}', the unit in which this column is read"
            problems.append(_problem(tree, path, message))
    return problems


def _problem(tree: Tree, path: KeyPath, message: str) -> Problem:
    location = tree.locate(path)
    return Problem(location.file, location.line, dotted(path), message)


# -- what no single row can know

Fault = tuple[KeyPath, str]


def _faults(tables: ReferenceTables) -> Iterator[Fault]:
    yield from _unknown_sources(tables)
    yield from _unknown_rules(tables)
    yield from _staff_ids_twice(tables)
    yield from _contact_of_unknown_staff(tables)
    yield from _years_not_covered(tables)


def _unknown_sources(tables: ReferenceTables) -> Iterator[Fault]:
    for path, row in _sourced_rows(tables):
        if row.source is not None and row.source.id is not None and row.source.id not in tables.sources:
            hint = did_you_mean(row.source.id, tables.sources)
            yield (*path, "source", "id"), f"there is no source '{row.source.id}' in sources.yaml.{hint}"


def _sourced_rows(tables: ReferenceTables) -> Iterator[tuple[KeyPath, Row | StaffDefinition]]:
    for name in COLUMN_UNITS:
        rows = getattr(tables, "schemas" if name == "staff_schemas" else name)
        for key, row in rows.items():
            if isinstance(row, Row):
                yield (name, "rows", key), row
            else:
                yield from (((name, "rows", key, edition), series) for edition, series in row.items())
    for key, staff in tables.derived_staff.items():
        yield ("derived_staff", "staff", key), staff


def _unknown_rules(tables: ReferenceTables) -> Iterator[Fault]:
    columns: dict[RuleKind, str] = {
        "oncosts": "oncost_rule",
        "overheads_management": "overhead_management_rule",
        "overheads_non_staff": "overhead_non_staff_rule",
        "capital_overheads": "capital_rule",
        "working_hours": "working_time_rule",
        "qualifications": "training_rule",
    }
    for key, schema in tables.schemas.items():
        for kind, column in columns.items():
            yield from _unknown_rule(
                tables, kind, getattr(schema, column), ("staff_schemas", "rows", key, column)
            )
    for key, staff in tables.derived_staff.items():
        for kind in columns:
            given = getattr(staff, kind)
            if isinstance(given, RuleName):
                yield from _unknown_rule(
                    tables, kind, given.rule, ("derived_staff", "staff", key, kind, "rule")
                )


def _unknown_rule(
    tables: ReferenceTables, kind: RuleKind, name: str | None, path: KeyPath
) -> Iterator[Fault]:
    if name is None:
        return
    try:
        tables.rule(kind, name)
    except ParameterError as error:
        yield path, error.problems[0].message


def _staff_ids_twice(tables: ReferenceTables) -> Iterator[Fault]:
    seen: dict[tuple[str, str | None], str] = {}
    schemas = (
        ("staff_schemas", "rows", key, row.staff_id, row.edition) for key, row in tables.schemas.items()
    )
    derived = (
        ("derived_staff", "staff", key, staff.staff_id or key, staff.edition)
        for key, staff in tables.derived_staff.items()
    )
    for file, part, key, staff_id, edition in (*schemas, *derived):
        if (staff_id, edition) in seen:
            other = seen[staff_id, edition]
            message = f"'{staff_id}' of edition {edition} already stands in {other}"
            yield (file, part, key, "staff_id"), message
        seen[staff_id, edition] = key


def _contact_of_unknown_staff(tables: ReferenceTables) -> Iterator[Fault]:
    known = {row.staff_id for row in tables.schemas.values()}
    known |= {staff.staff_id or key for key, staff in tables.derived_staff.items()}
    seen: dict[str, str] = {}
    for key, row in tables.contact_ratios.items():
        for position, staff_id in enumerate(row.applies_to):
            path = ("contact_ratios", "rows", key, "applies_to", position)
            if staff_id not in known:
                yield path, f"there is no staff id '{staff_id}'.{did_you_mean(staff_id, known)}"
            elif staff_id in seen:
                other = seen[staff_id]
                yield path, f"'{staff_id}' already stands in {other}; one ratio applies to a staff id"
            seen[staff_id] = key


def _years_not_covered(tables: ReferenceTables) -> Iterator[Fault]:
    """Yield the tax years whose part-year rows leave a gap, overlap or do not make twelve months."""
    years: dict[str, list[tuple[str, OncostRule]]] = {}
    for key, rule in statutory_rules(tables.oncost_rules).items():
        years.setdefault(rule.tax_year, []).append((key, rule))
    for year, rows in years.items():
        ordered = sorted(rows, key=lambda row: str(row[1].valid_from))
        if not _covers_a_year([rule for _, rule in ordered]):
            key = ordered[-1][0]
            message = f"the statutory rows of {year} must cover its twelve months without gap or overlap"
            yield ("oncost_rules", "rows", key, "valid_to"), message


def _covers_a_year(rules: Iterable[OncostRule]) -> bool:
    days = [(rule.valid_from, rule.valid_to) for rule in rules if rule.valid_from and rule.valid_to]
    joined = all(before[1] + timedelta(days=1) == after[0] for before, after in pairwise(days))
    return joined and months_between(days[0][0], days[-1][1]) == MONTHS_PER_YEAR
