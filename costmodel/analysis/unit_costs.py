"""Staff unit costs: every staff type of an edition, of a file of one's own, and the Manuals reproduced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, NoReturn, TypeAlias, get_args

from costmodel.analysis.unit_costs_build_up import Components, Convention, OncostParts, UnitCost, build_up
from costmodel.analysis.unit_costs_files import StaffFileError, unit_costs_of_file
from costmodel.analysis.unit_costs_tables import (
    Source,
    published_unit_costs,
    staff_type_of_derived,
    staff_type_of_schema,
)
from costmodel.errors import ParameterError, Problem, format_problems
from costmodel.inputs.project import Project
from costmodel.inputs.reference_tables import ReferenceTables

Measure: TypeAlias = Literal["excluding_qualifications", "including_qualifications"]

DEFAULT_EDITION: Final = "2024"

REPRODUCTION_TOLERANCE: Final = 0.51
"""Published costs are whole pounds: half a pound, and a penny for their own rounding. [GBP/hour]"""


class EditionError(ParameterError):
    """Raised when an edition cannot be costed as asked."""

    def __str__(self) -> str:
        return format_problems(self.problems, closing="Nothing was costed. Choose another edition.")


def unit_costs(
    project: Project,
    edition: str = DEFAULT_EDITION,
    convention: Convention = "statutory",
    *,
    source: Source = "rules",
) -> tuple[UnitCost, ...]:
    """Return the unit cost of every staff type of an edition: published schemas, then derived staff.

    Parameters
    ----------
    project
        Where the reference tables are.
    edition
        Edition of the Manual; its prices are those of the financial year before.
    convention
        `statutory` to cost: National Insurance of each person and the pension as the law of the price year
        has them. `pssru_as_published` to reproduce the Manual, never to cost.
    source
        What `pssru_as_published` starts from: salary alone and the `rules` of the edition, or the
        `components` that the Manual prints (derived staff have none and go by the rules).

    Raises
    ------
    EditionError
        If there is no such edition, or `statutory` is asked of one that publishes hourly costs only.
    ParameterError
        If the tables hold problems, or lack the law of the price year.
    ValueError
        If there is no such convention or source.

    Examples
    --------
    >>> nurse = next(cost for cost in unit_costs(Project()) if cost.staff_id == "community_nurse_band_6")
    >>> f"{nurse.cost_per_working_hour:.2f} GBP/hour in {nurse.price_year} prices"
    '57.09 GBP/hour in 2023/24 prices'
    """
    _require(convention, get_args(Convention), "convention")
    _require(source, get_args(Source), "source")
    tables = project.tables()
    schemas = {key: row for key, row in tables.schemas.items() if row.edition == edition}
    hourly = {key: row for key, row in tables.published_hourly_costs.items() if row.edition == edition}
    if not schemas and (not hourly or convention == "statutory"):
        _refuse_edition(tables, edition, only_hourly=bool(hourly))
    staff = [staff_type_of_schema(tables, key, row, convention, source) for key, row in schemas.items()]
    for key, definition in tables.derived_staff.items():
        if definition.edition == edition and staff:
            price_year = str(staff[0].price_year)
            staff.append(staff_type_of_derived(tables, key, definition, price_year, convention))
    quoted = published_unit_costs(tables, hourly) if convention == "pssru_as_published" else ()
    return build_up(staff) + quoted


@dataclass(frozen=True)
class Reproduction:
    """A published hourly cost, and ours by the Manual's own convention beside it.

    Attributes
    ----------
    row_id, staff_id, label, edition, price_year
        The published schema.
    measure
        Which of its two costs.
    published, from_components, from_rules
        As printed; from the printed components; from salary alone by the edition's rules. [GBP/hour]
    anomaly
        What is known to be odd about the row.
    """

    row_id: str
    staff_id: str
    label: str
    edition: str
    price_year: str
    measure: Measure
    published: float
    from_components: float
    from_rules: float
    anomaly: str | None

    @property
    def difference_from_components(self) -> float:
        """Ours from the printed components less the published cost."""
        return self.from_components - self.published

    @property
    def difference_from_rules(self) -> float:
        """Ours from salary alone less the published cost."""
        return self.from_rules - self.published

    @property
    def is_exception(self) -> bool:
        """Whether the published cost does not follow, either way, within the rounding of whole pounds."""
        differences = (self.difference_from_components, self.difference_from_rules)
        return any(abs(difference) > REPRODUCTION_TOLERANCE for difference in differences)

    @property
    def is_known_to_fail(self) -> bool:
        """Whether the row is marked as one whose published cost does not follow from its own figures."""
        return (self.anomaly or "").startswith("fails_")


def reproduction(project: Project) -> tuple[Reproduction, ...]:
    """Return every published hourly cost of every schema with ours beside it, oldest edition first."""
    found: list[Reproduction] = []
    for edition in project.tables().editions():
        printed = unit_costs(project, edition, "pssru_as_published", source="components")
        by_rules = unit_costs(project, edition, "pssru_as_published", source="rules")
        for components, rules in zip(printed, by_rules, strict=True):
            if components.built_from == "printed_components":
                found += _reproductions(components, rules)
    return tuple(found)


def exceptions(rows: tuple[Reproduction, ...]) -> tuple[Reproduction, ...]:
    """Return the published costs that do not follow from their own figures."""
    return tuple(row for row in rows if row.is_exception)


def _reproductions(components: UnitCost, rules: UnitCost) -> list[Reproduction]:
    def row(
        measure: Measure, published: float | None, ours: float | None, by_rules: float | None
    ) -> list[Reproduction]:
        if published is None or ours is None or by_rules is None:
            return []
        return [
            Reproduction(
                row_id=components.row_id,
                staff_id=components.staff_id,
                label=components.label,
                edition=str(components.edition),
                price_year=str(components.price_year),
                measure=measure,
                published=published,
                from_components=ours,
                from_rules=by_rules,
                anomaly=components.anomaly,
            )
        ]

    return row(
        "excluding_qualifications",
        components.published_cost_per_hour,
        components.cost_per_working_hour,
        rules.cost_per_working_hour,
    ) + row(
        "including_qualifications",
        components.published_cost_per_hour_with_qualifications,
        components.cost_per_working_hour_with_qualifications,
        rules.cost_per_working_hour_with_qualifications,
    )


def _require(given: str, allowed: tuple[str, ...], what: str) -> None:
    if given not in allowed:
        raise ValueError(f"{what} must be one of {', '.join(allowed)}; got '{given}'")


def _refuse_edition(tables: ReferenceTables, edition: str, *, only_hourly: bool) -> NoReturn:
    with_schemas = ", ".join(tables.editions())
    if only_hourly:
        file = tables.files.get("published_hourly_costs", "parameters/published_hourly_costs.yaml")
        message = (
            f"edition '{edition}' publishes hourly costs only, without the salaries that statutory costs are "
            f"built on; take one of {with_schemas}, or list what it publishes with convention "
            "pssru_as_published"
        )
    else:
        file = tables.files.get("staff_schemas", "parameters/staff_schemas.yaml")
        others = sorted({row.edition for row in tables.published_hourly_costs.values()})
        message = f"there is no edition '{edition}'; it has {with_schemas}, and hourly costs only of " + (
            ", ".join(others)
        )
    raise EditionError([Problem(file, None, "edition", message)])


__all__ = [
    "Components",
    "Convention",
    "EditionError",
    "Measure",
    "OncostParts",
    "Reproduction",
    "Source",
    "StaffFileError",
    "UnitCost",
    "exceptions",
    "reproduction",
    "unit_costs",
    "unit_costs_of_file",
]
