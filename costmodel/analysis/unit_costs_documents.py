"""Unit costs as rows, CSV, JSON and text; every column with its unit, every row with its price year."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, Final, TypeAlias

from costmodel.analysis.unit_costs import Reproduction, UnitCost
from costmodel.analysis.unit_costs_build_up import Components, OncostParts
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
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


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
    return "\n".join([title, "", *_aligned([header, units, *body], n_text=2), *_remarks(costs)]) + "\n"


def reproduction_rows(rows: Sequence[Reproduction]) -> tuple[list[str], list[list[Cell]]]:
    """Return published costs and ours as a header with units and one row a cost.

    The differences are ours less the published cost.
    """
    header = ["row_id", "label", "edition", "price_year", "measure"]
    numbers = ["published", "from_components", "from_rules"]
    numbers += ["difference_from_components", "difference_from_rules"]
    cells = [[getattr(row, name) for name in (*header, *numbers, "anomaly")] for row in rows]
    return [*header, *(f"{name} [{PER_HOUR}]" for name in numbers), "anomaly"], cells


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
    return "\n".join(_aligned([header, units, *body], n_text=3)) + "\n"


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


def _aligned(rows: Sequence[Sequence[str]], n_text: int) -> list[str]:
    """Return rows as lines, the first columns flush left and the numbers flush right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            cell.ljust(width) if column < n_text else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return lines


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
