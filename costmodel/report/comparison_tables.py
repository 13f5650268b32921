"""A comparison as text, rows and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any, Final

from costmodel.analysis.compare import Comparison, Difference
from costmodel.analysis.consequences import CostConsequence
from costmodel.analysis.cost_steps import CostSteps
from costmodel.labels import PERSPECTIVE_LABELS
from costmodel.report.consequences import changes_steadily, consequence_text
from costmodel.report.formatting import NO_STABLE_MEAN
from costmodel.report.writing import SCHEMA_VERSION, table_text
from costmodel.text import interval_text, number_text

MOST_CHANGES: Final = 40

PERSPECTIVE: Final = "nhs_pss"
"""Of every figure whose name has no other after an @."""

COMPARED: Final = (
    "total_hub_cost",
    "total_hub_cost@hub_host",
    "unused_capacity_cost",
    "cost_per_registered",
    "cost_per_registered_at_practical_capacity",
    "cost_per_screened",
    "cost_per_therapy_start",
    "cost_per_completion",
    "cost_per_attended_session",
    "cost_per_1000_keyworkers",
    "long_run_marginal_cost",
    "total_cost_per_client",
    "n_registered",
    "n_therapy_starts",
    "n_therapy_not_started",
    "n_completions",
    "n_attended_sessions",
    "n_team_attendances",
    "n_staff_wte",
)
"""Outcomes that a comparison shows first, on its page and in the terminal; its files hold them all."""

EQUAL_OUTCOMES: Final = (
    "Completion and dropout are taken to be the same whoever treats, unless a scenario says otherwise. "
    "A cheaper mix is only as good if completion does not fall by more than its cost does."
)


def cost_step_rows(comparisons: Sequence[Comparison], found: Sequence[CostSteps]) -> list[dict[str, Any]]:
    """Return the way from the comparator's cost to each scenario's, one row a step."""
    return [
        {
            "reference": comparison.reference,
            "scenario": comparison.scenario,
            "price_year": comparison.price_year,
            "perspective": PERSPECTIVE,
            "unit": "GBP/year",
            **row,
        }
        for comparison, steps in zip(comparisons, found, strict=True)
        for row in (
            _end_row(comparison.reference, comparison.reference_label, steps.reference),
            *(asdict(step) for step in steps.steps),
            _end_row(comparison.scenario, comparison.scenario_label, steps.scenario),
        )
    ]


def _end_row(name: str, label: str, cost: float) -> dict[str, Any]:
    return {"name": name, "label": label, "mean": cost, "lower_95": None, "upper_95": None}


def comparison_rows(
    comparisons: Iterable[Comparison], consequences: Sequence[CostConsequence] = ()
) -> list[dict[str, Any]]:
    """Return every paired difference, one row an outcome and scenario; waits and reach among them."""
    more = {each.scenario: [row.difference for row in each.rows] for each in consequences}
    return [
        {
            "reference": comparison.reference,
            "scenario": comparison.scenario,
            "price_year": comparison.price_year,
            "perspective": difference.name.partition("@")[2] or PERSPECTIVE,
            **_row_of(difference),
        }
        for comparison in comparisons
        for difference in _each_once((*comparison.differences, *more.get(comparison.scenario, ())))
    ]


def _each_once(differences: Iterable[Difference]) -> Iterable[Difference]:
    by_name: dict[str, Difference] = {}
    for difference in differences:
        by_name.setdefault(difference.name, difference)
    return by_name.values()


def _row_of(difference: Difference) -> dict[str, Any]:
    """Return a difference with names that stand beside those of the scenarios."""
    names = {"reference": "reference_mean", "scenario": "scenario_mean", "mean": "mean_difference"}
    return {names.get(key, key): value for key, value in asdict(difference).items()}


def comparison_document(comparison: Comparison, consequence: CostConsequence | None = None) -> dict[str, Any]:
    """Return a comparison as JSON data, with its cost-consequence table if there is one."""
    document = {"schema_version": SCHEMA_VERSION, "perspective": PERSPECTIVE, **asdict(comparison)}
    return document if consequence is None else {**document, "cost_consequence": asdict(consequence)}


def comparison_text(comparison: Comparison, consequence: CostConsequence | None = None) -> str:
    """Return a comparison as text, with its cost-consequence table if there is one."""
    header = [
        "outcome",
        "unit",
        comparison.reference,
        comparison.scenario,
        "difference",
        "95% interval",
        "P(lower)",
    ]
    rows = [_row(difference) for difference in comparison.differences if difference.name in COMPARED]
    numeric = [False, False, True, True, True, True, True]
    labels = f"{comparison.scenario_label} less {comparison.reference_label}"
    parts = [
        f"{labels} ({comparison.price_year} prices, {PERSPECTIVE_LABELS[PERSPECTIVE]}, paired draws)",
        table_text(header, rows, numeric),
        f"Probability that {comparison.scenario} costs less: {comparison.probability_cheaper:.2f}",
        _threshold(comparison),
        "" if consequence is None else consequence_text(consequence, comparison.price_year),
        "\n".join(["Where the difference in Hub cost comes from (GBP/year):", *_waterfall(comparison)]),
        "\n".join([f"What {comparison.scenario} changes:", *_changes(comparison)]),
        EQUAL_OUTCOMES,
    ]
    if not comparison.enough_draws:
        parts.append(
            f"Not enough draws to know the difference to 1% and the probability to 1 point: "
            f"use --draws {comparison.draws_needed}"
        )
    return "\n\n".join(part for part in parts if part)


def _row(difference: Difference) -> list[str]:
    return [
        difference.label,
        difference.unit,
        number_text(difference.reference),
        number_text(difference.scenario),
        number_text(difference.mean, signed=True) if changes_steadily(difference) else NO_STABLE_MEAN,
        interval_text(difference.lower_95, difference.upper_95, signed=True),
        "" if difference.probability_lower is None else f"{difference.probability_lower:.2f}",
    ]


def completions_at_equal_cost(comparison: Comparison) -> float | None:
    """Return how many completions make each as dear as in the comparator: n* = n0 C / C0, at means."""
    by_name = {difference.name: difference for difference in comparison.differences}
    cost, done = by_name["total_hub_cost"], by_name["n_completions"]
    if not cost.reference or not cost.scenario or not done.reference:
        return None
    return done.reference * cost.scenario / cost.reference


def _threshold(comparison: Comparison) -> str:
    """Return by how much completions could change before cost per completion is equal."""
    needed = completions_at_equal_cost(comparison)
    if needed is None:
        return ""
    done = next(each for each in comparison.differences if each.name == "n_completions")
    return (
        f"Cost per completion would be equal at {needed:,.1f} completions a year in {comparison.scenario} "
        f"({comparison.reference} has {number_text(done.reference)}, {comparison.scenario} has "
        f"{number_text(done.scenario)})."
    )


def _waterfall(comparison: Comparison) -> Iterator[str]:
    steps = sorted(comparison.waterfall, key=lambda step: -abs(step.mean))
    rows = [
        [
            f"  {step.label}",
            number_text(step.mean, signed=True),
            interval_text(step.lower_95, step.upper_95, signed=True),
        ]
        for step in steps
        if step.mean != 0.0
    ]
    yield (
        table_text(["  step", "mean", "95% interval"], rows, [False, True, True])
        if rows
        else "  nothing differs"
    )


def _changes(comparison: Comparison) -> Iterator[str]:
    for change in comparison.changed[:MOST_CHANGES]:
        reason = f": {change.reason}" if change.reason else ""
        yield f"  {change.name}: {change.reference} -> {change.scenario} {change.unit}{reason}"
    hidden = len(comparison.changed) - MOST_CHANGES
    if hidden > 0:
        yield f"  … and {hidden} more: costmodel diff {comparison.reference} {comparison.scenario}"
    if not comparison.changed:
        yield "  nothing"
