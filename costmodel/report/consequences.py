"""The cost-consequence table, thresholds and reach by group, as text and for the page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from costmodel.analysis.compare import Difference
from costmodel.analysis.consequences import Consequence, CostConsequence, Estimate
from costmodel.report.formatting import (
    decimals_supported,
    headline,
    interval,
    probability,
    quantity,
    unit_words,
)
from costmodel.report.tables import Row, Table
from costmodel.report.writing import table_text
from costmodel.text import NOT_APPLICABLE, interval_text, number_text

_Cells = tuple[tuple[str, ...], list[tuple[str, ...]]]
"""A header, and the cells of its rows."""

_REACHED: Final = "Reached are people who register beyond the comparator, not contacts."
_CONSTANT_COST: Final = "People whom a budget reaches are counted at constant cost per person."


def consequence_text(consequence: CostConsequence, price_year: str) -> str:
    """Return the table, the thresholds and the reach as text."""
    header = ["consequence", "unit", "comparator", "scenario", "difference", "95 % interval", "P(better)"]
    rows = [_cells(row) for row in consequence.rows]
    table = table_text(header, rows, [False, False, True, True, True, True, True])
    parts = [
        f"Cost and consequences ({price_year} prices, paired draws):\n{table}",
        "\n".join(threshold_lines(consequence, price_year)),
        _reach_text(consequence, price_year),
        *consequence.notes,
    ]
    return "\n\n".join(part for part in parts if part)


def consequence_table(consequence: CostConsequence, price_year: str, n_draws: int) -> Table:
    """Return the table for the page."""
    return Table(
        f"Cost and consequences, {price_year} prices, paired draws",
        (
            "Consequence, unit",
            "Comparator",
            "Scenario",
            "Difference",
            "95% interval",
            "Probability of better",
        ),
        tuple(Row(_page_cells(row, n_draws)) for row in consequence.rows),
        note=" ".join(
            [
                "Better is a lower cost, a shorter wait and fewer staff; more starts, completions and people",
                "reached.",
                *consequence.notes,
            ]
        ),
    )


def threshold_lines(consequence: CostConsequence, price_year: str) -> Iterator[str]:
    """Yield what would have to be true for a completion, and for the whole, to cost the same."""
    now, needed, volume = consequence.completion, consequence.threshold, consequence.break_even
    if needed.mean is not None and now.mean is not None:
        yield (
            f"Threshold completion rate: a completed therapy costs as much as in the comparator at "
            f"{_percent(needed.mean)} of starts completed (95% interval {_percent(needed.lower_95)} to "
            f"{_percent(needed.upper_95)}); the scenario is taken to complete {_percent(now.mean)}."
        )
    crossing = f"they cross in {_percent(volume.share_of_draws)} of draws."
    if volume.volume is None:
        yield f"Break-even volume: none at mean costs, if staff follow clients; {crossing}"
        return
    yield (
        f"Break-even volume: if staff follow clients, both cost the same at {volume.volume:,.0f} registered "
        f"clients a year at mean costs ({price_year} prices), and {volume.cheaper_below} costs less below; "
        f"{crossing}"
    )


def _reach_text(consequence: CostConsequence, price_year: str) -> str:
    if not consequence.reach:
        return ""
    cost, budget = (
        table_text(list(header), [list(row) for row in rows], [False, *[True] * (len(header) - 1)])
        for header, rows in (_reach_cost(consequence), _reach_budget(consequence))
    )
    return (
        f"Outreach by group (additional Hub cost, {price_year} prices):\n{cost}\n{_REACHED}\n\n"
        f"Whom GBP {consequence.budget:,.0f} a year reaches by group:\n{budget}\n{_CONSTANT_COST}"
    )


def reach_tables(consequence: CostConsequence, price_year: str) -> tuple[Table, ...]:
    """Return what outreach costs by group, and whom a budget reaches, for the page; nothing without reach."""
    if not consequence.reach:
        return ()
    (cost_header, cost), (budget_header, budget) = _reach_cost(consequence), _reach_budget(consequence)
    title = f"Whom GBP {consequence.budget:,.0f} a year of outreach reaches, by group"
    return (
        Table(
            f"Outreach by group: additional Hub cost, {price_year} prices",
            cost_header,
            tuple(Row(row) for row in cost),
            note=_REACHED,
        ),
        Table(title, budget_header, tuple(Row(row) for row in budget), note=_CONSTANT_COST),
    )


def _reach_cost(consequence: CostConsequence) -> _Cells:
    header = (
        "group", "contacts", "reached", "95 % interval", "GBP a person reached", "95 % interval",
    )  # fmt: skip
    return header, [
        (group.label, _percent(group.contact_share), *_spread(group.reached), *_spread(group.cost_per_person))
        for group in consequence.reach
    ]


def _reach_budget(consequence: CostConsequence) -> _Cells:
    header = (
        "group", "share of it", "reached, split so", "95 % interval", "reached, all on it", "95 % interval",
    )  # fmt: skip
    return header, [
        (
            group.label,
            _percent(group.budget_share),
            *_spread(group.reached_as_split),
            *_spread(group.reached_alone),
        )
        for group in consequence.reach
    ]


def _spread(estimate: Estimate) -> tuple[str, str]:
    return number_text(estimate.mean), interval_text(estimate.lower_95, estimate.upper_95)


def _cells(row: Consequence) -> list[str]:
    found = row.difference
    lower, upper = number_text(found.lower_95, signed=True), number_text(found.upper_95, signed=True)
    return [
        found.label,
        found.unit,
        number_text(found.reference),
        number_text(found.scenario),
        number_text(found.mean, signed=True),
        f"{lower} to {upper}",
        "" if row.probability_better is None else f"{row.probability_better:.2f}",
    ]


def _page_cells(row: Consequence, n_draws: int) -> tuple[str, ...]:
    found, unit = row.difference, row.difference.unit
    decimals = decimals_supported(found.monte_carlo_se, 4 if unit == "share" else 2)
    better = NOT_APPLICABLE
    if row.probability_better is not None:
        better = "the same" if _is_nothing(found) else probability(row.probability_better, n_draws)
    return (
        f"{found.label}, {unit_words(unit)}",
        headline(found.reference, unit),
        headline(found.scenario, unit),
        quantity(found.mean, unit, decimals),
        interval(found.lower_95, found.upper_95, unit, decimals),
        better,
    )


def _is_nothing(found: Difference) -> bool:
    return found.mean == found.lower_95 == found.upper_95 == 0.0


def _percent(share: float | None) -> str:
    return NOT_APPLICABLE if share is None else f"{100.0 * share:.0f} %"
