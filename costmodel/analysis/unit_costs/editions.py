"""The unit cost of every staff type of an edition of the Manual."""

from __future__ import annotations

from typing import Final, NoReturn, get_args

from costmodel.analysis.unit_costs.build_up import Convention, UnitCost, build_up
from costmodel.analysis.unit_costs.tables import (
    Source,
    published_unit_costs,
    staff_type_of_derived,
    staff_type_of_schema,
)
from costmodel.errors import ParameterError, Problem, format_problems
from costmodel.inputs.project import Project
from costmodel.inputs.reference_tables import ReferenceTables

DEFAULT_EDITION: Final = "2024"


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
