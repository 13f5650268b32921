"""The cost-consequence table, thresholds and reach by group, as text and for the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Final

from costmodel.analysis.compare import Difference
from costmodel.analysis.consequences import BreakEven, Consequence, CostConsequence
from costmodel.analysis.intervals import Estimate
from costmodel.analysis.outreach import GroupReach
from costmodel.labels import PERSPECTIVE_LABELS
from costmodel.report.formatting import (
    NO_STABLE_MEAN,
    decimals_supported,
    headline,
    interval,
    money,
    probability,
    quantity,
    share,
    significant,
    unit_words,
)
from costmodel.report.table import Row, Table
from costmodel.report.writing import table_text
from costmodel.text import NOT_APPLICABLE, in_sentence, interval_text, number_text, sentence_list
from costmodel.units import is_money

_Spread = Callable[[Estimate], tuple[str, str]]
"""Writes a mean and its interval."""

_UNSTABLE_ERROR_SHARE: Final = 0.1
"""A mean is not stable whose Monte Carlo error is a larger share of half the 95% interval."""

_WHOSE: Final = PERSPECTIVE_LABELS["nhs_pss"]
_REACHED: Final = (
    "Reached are people who register beyond the comparator, not contacts. The whole difference in Hub cost "
    "counts as outreach's: it is outreach's only where the scenarios differ in outreach alone."
)
_CONSTANT_COST: Final = "People whom a budget reaches are counted at constant cost per person."
_REACH_HEADER: Final = (
    "group", "contacts", "reached", "95% interval", "GBP a person reached", "95% interval",
)  # fmt: skip
_BUDGET_HEADER: Final = (
    "group", "share of it", "reached, split so", "95% interval", "reached, all on it", "95% interval",
)  # fmt: skip


def consequence_text(consequence: CostConsequence, price_year: str) -> str:
    """Return the table, the thresholds and the reach as text."""
    header = ["consequence", "unit", "comparator", "scenario", "difference", "95% interval", "P(better)"]
    rows = [_cells(row) for row in consequence.rows]
    table = table_text(header, rows, [False, False, True, True, True, True, True])
    parts = [
        f"Cost and consequences ({price_year} prices, {_WHOSE}, paired draws):\n{table}",
        "\n".join(threshold_lines(consequence, price_year)),
        _reach_text(consequence, price_year),
        *consequence.notes,
    ]
    return "\n\n".join(part for part in parts if part)


def consequence_table(consequence: CostConsequence, price_year: str, n_draws: int) -> Table:
    """Return the table for the page."""
    return Table(
        f"Cost and consequences, {price_year} prices, perspective of {_WHOSE}, paired draws",
        (
            "Consequence, unit",
            "Comparator, mean",
            "Scenario, mean",
            "Difference, mean",
            "95% interval",
            "Probability of being better",
        ),
        tuple(Row((*change_cells(row.difference), _better(row, n_draws))) for row in consequence.rows),
        note=" ".join(
            [
                "Better is a lower cost, a shorter wait and fewer staff; more starts, completions and people",
                "reached. Where some draws have no difference, half of them count as better.",
                *consequence.notes,
            ]
        ),
    )


def threshold_lines(
    consequence: CostConsequence, price_year: str, called: Mapping[str, str] = MappingProxyType({})
) -> Iterator[str]:
    """Yield what would have to be true for a completion, and for the whole, to cost the same.

    `called` says what scenarios are called where their names are not what a reader knows.
    """
    if consequence.threshold.mean is not None and consequence.completion.mean is not None:
        yield _threshold(consequence.threshold, consequence.completion.mean)
    if consequence.break_even is not None:
        found = consequence.break_even
        scenario, cheaper = (called.get(name, name) for name in (consequence.scenario, found.cheaper_below))
        yield _break_even(scenario, cheaper, found, price_year)


def _threshold(needed: Estimate, now: float) -> str:
    between = f"95% interval {share(needed.lower_95, 0)} to {share(needed.upper_95, 0)}"
    taken = f"the scenario is taken to complete {share(now, 0)}"
    if needed.mean is not None and needed.mean > 1.0:
        return (
            "Threshold completion rate: none. At mean costs a completed therapy would cost more than in the "
            f"comparator even if every start were completed: it would take {share(needed.mean, 0)} of starts "
            f"({between}); {taken}."
        )
    above = "; above 100% no share would do" if (needed.upper_95 or 0.0) > 1.0 else ""
    return (
        "Threshold completion rate: at mean costs a completed therapy costs as much as in the comparator at "
        f"{share(needed.mean, 0)} of starts completed ({between}{above}); {taken}."
    )


def _break_even(scenario: str, cheaper: str, found: BreakEven, price_year: str) -> str:
    crossing = f"they cross in {share(found.share_of_draws, 0)} of draws"
    if found.volume is None:
        whose = f"{cheaper} costs less at every volume" if cheaper else "both cost the same at every volume"
        return f"Break-even volume: none at mean costs, if staff follow clients: {whose}; {crossing}."
    today = f"{significant(found.registered_by_reference)}, {scenario} {significant(found.registered)}"
    return (
        f"Break-even volume: if staff follow clients, both cost the same at {significant(found.volume)} "
        f"registered clients a year at mean costs ({price_year} prices), and {cheaper} costs less below; the "
        f"comparator registers {today}; {crossing}."
    )


def _reach_text(consequence: CostConsequence, price_year: str) -> str:
    groups = consequence.reach
    if not groups:
        return ""
    rows = _reach_rows(groups, _spread_text, _spread_text), _budget_rows(groups, _spread_text)
    cost, budget = (
        table_text(list(header), [list(row) for row in each], [False, *[True] * (len(header) - 1)])
        for header, each in zip((_REACH_HEADER, _BUDGET_HEADER), rows, strict=True)
    )
    return (
        f"Outreach by group (additional Hub cost, {price_year} prices, {_WHOSE}):\n{cost}\n"
        f"{_reach_note(groups)}\n\n"
        f"Whom GBP {consequence.budget:,.0f} a year reaches by group:\n{budget}\n{_CONSTANT_COST}"
    )


def reach_tables(consequence: CostConsequence, price_year: str) -> tuple[Table, ...]:
    """Return what outreach costs by group, and whom a budget reaches, for the page; nothing without reach."""
    groups = consequence.reach
    if not groups:
        return ()
    people, pounds = (partial(_spread_page, unit=unit) for unit in ("people/year", "GBP/person"))
    return (
        Table(
            f"Outreach by group: additional Hub cost, {price_year} prices, perspective of {_WHOSE}",
            (
                "Group",
                "Share of contacts",
                "Reached, people a year",
                "95% interval",
                "£ per person reached",
                "95% interval",
            ),
            tuple(Row(row) for row in _reach_rows(groups, people, pounds)),
            note=_reach_note(groups),
        ),
        Table(
            f"Whom {money(consequence.budget)} a year of outreach reaches, by group",
            (
                "Group",
                "Share of the budget",
                "Reached if split so, people a year",
                "95% interval",
                "Reached if all goes to this group",
                "95% interval",
            ),
            tuple(Row(row) for row in _budget_rows(groups, people)),
            note=_CONSTANT_COST,
        ),
    )


def _reach_rows(groups: Sequence[GroupReach], people: _Spread, pounds: _Spread) -> list[tuple[str, ...]]:
    return [
        (
            group.label,
            share(group.contact_share, 0),
            *people(group.reached),
            *pounds(group.cost_per_person),
        )
        for group in groups
    ]


def _budget_rows(groups: Sequence[GroupReach], people: _Spread) -> list[tuple[str, ...]]:
    return [
        (
            group.label,
            share(group.budget_share, 0),
            *people(group.reached_as_split),
            *people(group.reached_alone),
        )
        for group in groups
    ]


def _reach_note(groups: Sequence[GroupReach]) -> str:
    """Return what reached means, whose cost it is, and what has no source."""
    unsourced = [in_sentence(group.label) for group in groups if group.illustrative]
    if not unsourced:
        return _REACHED
    whose = "each group" if len(unsourced) == len(groups) else sentence_list(unsourced)
    return f"{_REACHED} How readily {whose} registers, and what a contact costs, are illustrative."


def _spread_text(estimate: Estimate) -> tuple[str, str]:
    return number_text(estimate.mean), interval_text(estimate.lower_95, estimate.upper_95)


def _spread_page(estimate: Estimate, unit: str) -> tuple[str, str]:
    if estimate.lower_95 is None or estimate.upper_95 is None:
        return NOT_APPLICABLE, NOT_APPLICABLE
    ends = headline(estimate.lower_95, unit), headline(estimate.upper_95, unit)
    return headline(estimate.mean, unit), " to ".join(ends)


def _cells(row: Consequence) -> list[str]:
    found = row.difference
    return [
        found.label,
        found.unit,
        number_text(found.reference),
        number_text(found.scenario),
        number_text(found.mean, signed=True),
        interval_text(found.lower_95, found.upper_95, signed=True),
        "" if row.probability_better is None else f"{row.probability_better:.2f}",
    ]


def change_cells(found: Difference) -> tuple[str, ...]:
    """Return what differs, both means, the difference and its interval, for a table of the page."""
    unit = found.unit
    means = headline(found.reference, unit), headline(found.scenario, unit)
    label = f"{found.label}, {unit_words(unit)}"
    if is_nothing(found):
        return label, *means, "0", "the same in every draw"
    steady = changes_steadily(found)
    decimals = decimals_supported(found.monte_carlo_se, 4 if unit == "share" else 2) if steady else 0
    change = quantity(found.mean, unit, decimals) if steady else NO_STABLE_MEAN
    plus = "+" if steady and found.mean is not None and found.mean > 0 else ""
    return label, *means, f"{plus}{change}", interval(found.lower_95, found.upper_95, unit, decimals)


def is_nothing(found: Difference) -> bool:
    """Return whether two scenarios are the same in every draw."""
    same = found.mean == found.lower_95 == found.upper_95 == 0.0
    return same and not found.monte_carlo_se


def changes_steadily(found: Difference) -> bool:
    """Return whether the mean of a difference says anything.

    A cost per client can be so large in the few draws in which next to nobody is served that they alone make
    the mean; its Monte Carlo error then is no small part of the interval that holds 95% of the draws.
    """
    if found.monte_carlo_se is None or found.lower_95 is None or found.upper_95 is None:
        return True
    half = 0.5 * (found.upper_95 - found.lower_95)
    is_ratio = is_money(found.unit) and found.unit != "GBP/year"
    return not is_ratio or found.monte_carlo_se <= _UNSTABLE_ERROR_SHARE * half


def _better(row: Consequence, n_draws: int) -> str:
    if row.probability_better is None:
        return NOT_APPLICABLE
    return "the same" if is_nothing(row.difference) else probability(row.probability_better, n_draws)
