"""The page that sets scenarios side by side: paired differences, and what they are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from costmodel.analysis.compare import Comparison, Difference
from costmodel.analysis.consequences import CostConsequence
from costmodel.labels import PERSPECTIVE_LABELS
from costmodel.report.capacity_comparison import WITHOUT_WAITING, CapacitySection
from costmodel.report.comparison_tables import COMPARED, completions_at_equal_cost
from costmodel.report.consequences import (
    change_cells,
    changes_steadily,
    consequence_table,
    is_nothing,
    reach_tables,
    threshold_lines,
)
from costmodel.report.figures import waterfalls
from costmodel.report.figures_cost import line_label
from costmodel.report.formatting import (
    NOT_KNOWN,
    error_text,
    gap_text,
    headline,
    interval,
    money,
    probability,
    share,
    significant,
    unit_words,
)
from costmodel.report.picture import Picture
from costmodel.report.table import Row, Table, basis
from costmodel.runner import Simulation
from costmodel.text import NOT_APPLICABLE

if TYPE_CHECKING:
    from jinja2 import Environment


def difference_table(comparison: Comparison, n_draws: int, names: Sequence[str] | None = COMPARED) -> Table:
    """Return paired differences with intervals.

    Parameters
    ----------
    n_draws
        Draws that were compared.
    names
        Outcomes to show; None for all.
    """
    shown = [d for d in comparison.differences if names is None or d.name in names]
    rows = tuple(Row(_difference_cells(difference, n_draws)) for difference in shown)
    return Table(
        f"{comparison.scenario_label} less {comparison.reference_label}: {comparison.price_year} prices "
        f"where money, perspective of {PERSPECTIVE_LABELS['nhs_pss']} where none is named",
        (
            "Result, unit",
            "Comparator, mean",
            "Scenario, mean",
            "Difference, mean",
            "95% interval",
            "Monte Carlo error",
            "Share of draws in which it is lower",
        ),
        rows,
        note="Draw by draw, with the same draws of every parameter that both hold. Where some draws have "
        "no difference, half of them count as lower. A mean that a few draws alone would make, in which next "
        "to nothing is delivered, is not stable.",
    )


def _difference_cells(difference: Difference, n_draws: int) -> tuple[str, ...]:
    unit = difference.unit
    shown = change_cells(difference)
    if is_nothing(difference):
        return *shown, "0", "none"
    lower = (
        NOT_APPLICABLE
        if difference.probability_lower is None
        else probability(difference.probability_lower, n_draws)
    )
    error = error_text(difference.monte_carlo_se, unit) if changes_steadily(difference) else NOT_KNOWN
    return *shown, NOT_APPLICABLE if difference.mean is None else error, lower


def waterfall_table(comparison: Comparison) -> Table:
    """Return the lines that make the difference in Hub cost."""
    rows = [
        Row(
            (line_label(step.label), money(step.mean), interval(step.lower_95, step.upper_95, "GBP/year", -1))
        )
        for step in comparison.waterfall
    ]
    total = comparison.differences[0]
    rows.append(
        Row(
            (
                "Difference in Hub cost",
                money(total.mean),
                interval(total.lower_95, total.upper_95, "GBP/year", -1),
            ),
            "total",
        )
    )
    return Table(
        f"Where the difference comes from, £ a year, {comparison.price_year} prices, perspective of "
        f"{PERSPECTIVE_LABELS['nhs_pss']}",
        ("Line", "Difference, mean", "95% interval"),
        tuple(rows),
    )


def changed_table(comparison: Comparison) -> Table:
    """Return what two scenarios hold differently."""
    rows = [
        Row(
            (
                f"{changed.label} ({changed.name})",
                changed.reference,
                changed.scenario,
                unit_words(changed.unit) if changed.unit else "",
                changed.reason,
            )
        )
        for changed in comparison.changed
    ]
    return Table(
        f"What “{comparison.scenario_label}” changes",
        ("What (name)", "Comparator", "Scenario", "Unit", "Why"),
        tuple(rows),
        words=(0, 1, 2, 3, 4),
    )


def summary_sentence(comparison: Comparison, n_draws: int) -> str:
    """Return the difference in Hub cost and the probability of being cheaper."""
    total = comparison.differences[0]
    if total.mean is None:
        return f"“{comparison.scenario_label}”: the difference in Hub cost is not applicable."
    more = "more" if total.mean > 0 else "less"
    if is_nothing(total):
        return (
            f"“{comparison.scenario_label}” costs the same as “{comparison.reference_label}” in every draw."
        )
    relative = gap_text(total.mean / total.reference) if total.reference else NOT_APPLICABLE
    between = f"{headline(total.lower_95, total.unit)} to {headline(total.upper_95, total.unit)}"
    return (
        f"“{comparison.scenario_label}” costs {money(abs(total.mean))} a year {more} than "
        f"“{comparison.reference_label}” ({relative}; 95% interval of the difference {between}). The "
        f"probability that it is cheaper is {probability(comparison.probability_cheaper, n_draws)}."
    )


def equal_outcomes(comparison: Comparison) -> str:
    """Return how far completion may fall before a cheaper scenario is dearer per completed therapy.

    References
    ----------
    .. [1] Equal cost per completion: n* = n x C / C', with n the comparator's completions, C the cost of the
       scenario and C' that of the comparator.
    """
    caution = (
        "Clients' results are as the scenarios state them; no evidence says that a different mix of staff "
        "achieves the same. A cheaper scenario is only as good if completion does not fall."
    )
    needed = completions_at_equal_cost(comparison)
    done = next((d for d in comparison.differences if d.name == "n_completions"), None)
    if needed is None or done is None or not done.scenario or is_nothing(comparison.differences[0]):
        return caution
    if needed >= done.scenario:
        return f"{caution} At mean costs a completed therapy is no cheaper than in the comparator."
    return (
        f"{caution} At mean costs a completed therapy costs as much as in the comparator once completions "
        f"fall by {share(1.0 - needed / done.scenario, 0)}, from {significant(done.scenario)} to "
        f"{significant(needed)} a year."
    )


def stop_rule(comparison: Comparison, n_draws: int) -> str:
    """Return whether the draws suffice for the difference."""
    verdict = "met" if comparison.enough_draws else "not met"
    return (
        "The stop rule (difference in Hub cost within 1% or £5, probability of being cheaper within 1 "
        f"percentage point) is {verdict}: it takes {comparison.draws_needed:,} independent draws and "
        f"{n_draws:,} were made."
    )


def render_comparison_page(
    environment: Environment,
    simulations: Sequence[Simulation],
    comparisons: Sequence[Comparison],
    made: Table,
    consequences: Sequence[CostConsequence] = (),
    capacity: CapacitySection = WITHOUT_WAITING,
    cost_pictures: Sequence[Picture] = (),
) -> str:
    """Return the page; see :func:`costmodel.report.html.render_comparison`."""
    reference, n_draws = simulations[0], simulations[0].design.n
    pictures = waterfalls(comparisons)
    called = {each.spec.scenario.name: f"“{each.spec.scenario.label}”" for each in simulations}
    beside: Sequence[CostConsequence | None] = consequences or [None] * len(comparisons)
    ways: Sequence[Picture | None] = cost_pictures or [None] * len(comparisons)
    items: list[dict[str, Any]] = [
        {
            "comparison": comparison,
            "picture": picture,
            "way": way,
            "sentence": summary_sentence(comparison, n_draws),
            "equal_outcomes": equal_outcomes(comparison),
            "stop_rule": stop_rule(comparison, n_draws),
            "differences": difference_table(comparison, n_draws),
            "all_differences": difference_table(comparison, n_draws, None),
            "waterfall": waterfall_table(comparison),
            "changed": changed_table(comparison),
            "consequence": None if own is None else consequence_table(own, comparison.price_year, n_draws),
            "reach": () if own is None else reach_tables(own, comparison.price_year),
            "thresholds": [] if own is None else threshold_lines(own, comparison.price_year, called),
        }
        for comparison, picture, own, way in zip(comparisons, pictures, beside, ways, strict=True)
    ]
    return environment.get_template("comparison.html.j2").render(
        page_title=f"{reference.spec.scenario.label}, compared",
        reference=reference.spec.scenario,
        scenarios=[simulation.spec.scenario for simulation in simulations],
        basis=basis(reference),
        n_draws=f"{n_draws:,}",
        items=items,
        capacity=capacity,
        p=capacity.picture_of,
        made=made,
    )
