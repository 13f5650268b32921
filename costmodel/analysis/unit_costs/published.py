"""The Manuals reproduced: every published hourly cost with ours beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from costmodel.analysis.unit_costs.build_up import UnitCost
from costmodel.analysis.unit_costs.editions import unit_costs
from costmodel.inputs.project import Project

Measure: TypeAlias = Literal["excluding_qualifications", "including_qualifications"]

REPRODUCTION_TOLERANCE: Final = 0.51
"""Published costs are whole pounds: half a pound, and a penny for their own rounding. [GBP/hour]"""


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
