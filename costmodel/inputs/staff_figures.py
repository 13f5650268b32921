"""What the tables say of a staff type: published schemas, and staff derived by an edition's rules."""

from __future__ import annotations

from dataclasses import dataclass

from costmodel.inputs.records import Source
from costmodel.inputs.reference_tables import ReferenceTables, RuleKind
from costmodel.inputs.staff_files import RuleName, StaffDefinition
from costmodel.inputs.table_rows import OncostRule, StaffSchema


@dataclass(frozen=True)
class StaffFigures:
    """What the tables say of a staff type in one edition, for one whole-time equivalent.

    Attributes
    ----------
    label, band, evidence, source, price_year
        As its row says.
    salary, capital_overheads
        [GBP/(WTE*year)]
    working_hours
        [hours/(WTE*year)]
    qualifications
        Expected annual cost of training; None where the Manual gives none. [GBP/(WTE*year)]
    row
        Dotted name of the row.
    """

    label: str
    band: str
    salary: float
    capital_overheads: float
    working_hours: float
    qualifications: float | None
    evidence: str
    source: Source | None
    price_year: str
    row: str


def staff_figures(tables: ReferenceTables, edition: str, staff_id: str) -> StaffFigures | None:
    """Return the figures of a staff type, or None where the edition has no such type."""
    for key, schema in tables.staff_schemas(edition).items():
        if schema.staff_id == staff_id:
            return _published(schema, f"staff_schemas.rows.{key}")
    for key, staff in tables.derived_staff.items():
        if (staff.staff_id or key) == staff_id and staff.edition == edition:
            return _derived(tables, staff, f"derived_staff.staff.{key}", price_year_of(tables, edition))
    return None


def staff_ids(tables: ReferenceTables, edition: str) -> list[str]:
    """Return the staff types of an edition."""
    published = [schema.staff_id for schema in tables.staff_schemas(edition).values()]
    derived = [key for key, staff in tables.derived_staff.items() if staff.edition == edition]
    return published + [tables.derived_staff[key].staff_id or key for key in derived]


def price_year_of(tables: ReferenceTables, edition: str) -> str:
    """Return the price year of an edition's staff schemas, in which all staff of a run are costed."""
    return next(iter(tables.staff_schemas(edition).values())).price_year


def _published(schema: StaffSchema, row: str) -> StaffFigures:
    return StaffFigures(
        label=schema.label,
        band=schema.band or "",
        salary=schema.salary,
        capital_overheads=schema.capital_overheads,
        working_hours=schema.working_hours,
        qualifications=schema.qualifications,
        evidence=schema.evidence,
        source=schema.source,
        price_year=schema.price_year,
        row=row,
    )


def _derived(tables: ReferenceTables, staff: StaffDefinition, row: str, price_year: str) -> StaffFigures:
    def amount(kind: RuleKind, given: float | RuleName) -> float:
        value = tables.rule(kind, given.rule) if isinstance(given, RuleName) else given
        if isinstance(value, OncostRule):
            raise TypeError(f"{row}.{kind} names an on-cost rule")
        return value

    qualifications = staff.qualifications
    return StaffFigures(
        label=staff.label or row,
        band=staff.band or "",
        salary=staff.salary,
        capital_overheads=amount("capital_overheads", staff.capital_overheads),
        working_hours=amount("working_hours", staff.working_hours),
        qualifications=None if qualifications is None else amount("qualifications", qualifications),
        evidence=staff.evidence,
        source=staff.source,
        price_year=staff.price_year or price_year,
        row=row,
    )
