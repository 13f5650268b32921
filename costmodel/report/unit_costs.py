"""Unit costs as rows, CSV, JSON and text; every column with its unit, every row with its price year."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, Final, TypeAlias

from costmodel.analysis.unit_costs import Reproduction, UnitCost
from costmodel.analysis.unit_costs.build_up import Components, OncostParts
from costmodel.report.writing import csv_text, table_text
from costmodel.units import PER_WTE

Cell: TypeAlias = str | float | None

HOURS: Final = "hours/(WTE*year)"
PER_HOUR: Final = "GBP/hour"


def _component(name: str) -> Callable[[UnitCost], Cell]:
    return lambda cost: None if cost.components is None else getattr(cost.components, name)


def _oncost_part(name: str) -> Callable[[UnitCost], Cell]:
    return lambda cost: None if cost.oncost_parts is None else getattr(cost.oncost_parts, name)


def _field(name: str) -> Callable[[UnitCost], Cell]:
    return lambda cost: getattr(cost, name)


COLUMNS: Final[tuple[tuple[str, str, Callable[[UnitCost], Cell]], ...]] = (
    *(
        (name, "", _field(name))
        for name in ("staff_id", "label", "edition", "price_year", "convention", "built_from")
    ),
    *((name, PER_WTE, _component(name)) for name in ("salary", "oncosts")),
    *((name, PER_WTE, _oncost_part(name)) for name in OncostParts.__dataclass_fields__),
    *((name, PER_WTE, _component(name)) for name in list(Components.__dataclass_fields__)[2:]),
    *((name, HOURS, _field(name)) for name in ("working_hours", "paid_hours")),
    ("indirect_ratio", "ratio", _field("indirect_ratio")),
    *(
        (name, PER_HOUR, _field(name))
        for name in (
            "cost_per_paid_hour",
            "cost_per_working_hour",
            "cost_per_working_hour_with_qualifications",
            "cost_per_contact_hour",
            "published_cost_per_hour",
            "published_cost_per_hour_with_qualifications",
        )
    ),
    ("evidence", "", _field("evidence")),
    ("source", "", _field("source")),
    ("anomaly", "", _field("anomaly")),
    ("notes", "", lambda cost: "; ".join(cost.notes) or None),
)
"""Name, unit and value of every column of the rows."""


def unit_cost_rows(costs: Sequence[UnitCost]) -> tuple[list[str], list[list[Cell]]]:
    """Return unit costs as a header with units and one row a staff type; None where nothing applies.

    Amounts are unrounded, in pounds of the row's price year.
    """
    header = [f"{name} [{unit}]" if unit else name for name, unit, _ in COLUMNS]
    return header, [[value(cost) for _, _, value in COLUMNS] for cost in costs]


def unit_costs_json(costs: Sequence[UnitCost]) -> list[dict[str, Any]]:
    """Return unit costs as plain data for JSON; docs/reference/unit-costs-json.md describes every key."""
    return [_plain(cost) for cost in costs]


def unit_costs_csv(costs: Sequence[UnitCost]) -> str:
    """Return unit costs as CSV with a header; an empty cell where nothing applies."""
    header, rows = unit_cost_rows(costs)
    return csv_text(dict(zip(header, row, strict=True)) for row in rows)


def unit_cost_table(costs: Sequence[UnitCost]) -> str:
    """Return unit costs as a table to read: pounds a year, hours, and pounds and pence an hour.

    Published costs stand beside ours where there are any; remarks on rows stand below.
    """
    shown = [each for each in _TABLE if each[2] not in _PUBLISHED or _any(costs, each[2])]
    values = {name: value for name, _, value in COLUMNS}
    header = ["staff type", "prices", *(heading for heading, _, _ in shown)]
    units = ["", "", *(_UNITS_TO_READ[unit] for _, unit, _ in shown)]
    body = [
        [
            cost.staff_id,
            cost.price_year or "not stated",
            *(_shown(values[name](cost), unit) for _, unit, name in shown),
        ]
        for cost in costs
    ]
    conventions = ", ".join(dict.fromkeys(_CONVENTIONS_TO_READ[cost.convention] for cost in costs))
    title = f"On-costs: {conventions}. Costs leave out qualifications unless the heading says otherwise."
    return "\n".join([title, "", table_text(header, body, _numeric(units), units), *_remarks(costs)]) + "\n"


def reproduction_table(rows: Sequence[Reproduction]) -> str:
    """Return published costs and ours as a table to read, in pounds and pence an hour."""
    header = ["published schema", "prices", "qualifications", "published", "from components", "from salary"]
    body = [
        [
            row.row_id,
            row.price_year,
            row.measure.split("_")[0],
            _shown(row.published, PER_HOUR),
            _shown(row.from_components, PER_HOUR),
            _shown(row.from_rules, PER_HOUR),
        ]
        for row in rows
    ]
    units = ["", "", "", *["£/hour"] * 3]
    return table_text(header, body, _numeric(units), units) + "\n"


# -- parts

_TABLE: Final = (
    ("salary", PER_WTE, "salary"),
    ("on-costs", PER_WTE, "oncosts"),
    ("management", PER_WTE, "overheads_management"),
    ("non-staff", PER_WTE, "overheads_non_staff"),
    ("capital", PER_WTE, "capital_overheads"),
    ("qualifications", PER_WTE, "qualifications"),
    ("hours", HOURS, "working_hours"),
    ("working hour", PER_HOUR, "cost_per_working_hour"),
    ("with qualif.", PER_HOUR, "cost_per_working_hour_with_qualifications"),
    ("contact hour", PER_HOUR, "cost_per_contact_hour"),
    ("published", PER_HOUR, "published_cost_per_hour"),
    ("with qualif.", PER_HOUR, "published_cost_per_hour_with_qualifications"),
)
"""Heading, unit and column of the table to read."""

_PUBLISHED: Final = ("published_cost_per_hour", "published_cost_per_hour_with_qualifications")

_UNITS_TO_READ: Final = {PER_WTE: "£/WTE/year", HOURS: "h/WTE/year", PER_HOUR: "£/hour"}
_CONVENTIONS_TO_READ: Final = {
    "statutory": "statutory",
    "pssru_as_published": "pssru_as_published (reproduces the Manual; never to cost)",
    "as_given": "as given",
}
_NOT_APPLICABLE: Final = "–"


def _plain(cost: UnitCost) -> dict[str, Any]:
    data = asdict(cost)
    data["rules"] = {component: list(names) for component, names in cost.rules.items()}
    data["notes"] = list(cost.notes)
    return data


def _shown(value: Cell, unit: str) -> str:
    if value is None or isinstance(value, str):
        return value or _NOT_APPLICABLE
    return f"{value:,.2f}" if unit == PER_HOUR else f"{value:,.0f}"


def _numeric(units: Sequence[str]) -> list[bool]:
    """Return which columns hold numbers: those with a unit."""
    return [bool(unit) for unit in units]


def _any(costs: Sequence[UnitCost], name: str) -> bool:
    return any(getattr(cost, name) is not None for cost in costs)


def _remarks(costs: Sequence[UnitCost]) -> list[str]:
    remarks: dict[str, list[str]] = {}
    for cost in costs:
        published = cost.anomaly.replace("_", " ").partition(" ")[2] if cost.anomaly else None
        for remark in (*([f"published row: {published}"] if published else []), *cost.notes):
            remarks.setdefault(remark, []).append(cost.staff_id)
    lines = [f"{', '.join(staff)}: {remark}" for remark, staff in remarks.items()]
    return ["", *lines] if lines else []
