"""From a run and its analyses to the pictures of its report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from costmodel.analysis.compare import Comparison
from costmodel.analysis.cost_steps import CostSteps
from costmodel.analysis.one_way import Tornado
from costmodel.analysis.summary import Uncertainty
from costmodel.labels import BRIDGE_LABELS, PERSPECTIVE_LABELS
from costmodel.model.outcomes import BridgeStep
from costmodel.report.cost_parts import COMPONENT_GROUPS, CostPart
from costmodel.report.figures_cost import (
    StackedRow,
    Step,
    bridge,
    cost_by_hub,
    cost_make_up,
    cost_waterfall,
    scenario_waterfall,
)
from costmodel.report.figures_uncertainty import convergence, distribution, tornado_chart
from costmodel.report.formatting import unit_words
from costmodel.report.picture import Picture
from costmodel.results import qualified
from costmodel.runner import Simulation

SHORT_NAMES: Final[Mapping[str, str]] = {"total_hub_cost": "total", "cost_per_registered": "per_registered"}
"""What each main outcome is called in the names of its pictures."""


def context(simulation: Simulation, unit: str, *more: str) -> str:
    """Return unit, price year, perspective and what else a figure must say of itself, as one line."""
    year = simulation.spec.frame.price_year
    if len(simulation.spec.hubs) > 1:
        more = ("all Hubs together", *more)
    return ", ".join([unit_words(unit), f"{year} prices", f"{PERSPECTIVE_LABELS['nhs_pss']}", *more])


def draw_pictures(
    simulation: Simulation,
    parts: Sequence[CostPart],
    tornados: Sequence[Tornado],
    found: Sequence[Uncertainty],
    labels: Mapping[str, str],
) -> tuple[Picture, ...]:
    """Draw every picture of a run's report, in its order."""
    return (
        _make_up(simulation, parts),
        _bridge(simulation),
        *_by_hub(simulation),
        *_distributions(simulation, found),
        *_convergence(simulation, found),
        *_tornados(simulation, tornados, labels),
    )


def write_figures(pictures: Iterable[Picture], folder: Path) -> list[Path]:
    """Write pictures as SVG and PNG into a folder; return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    return [path for picture in pictures for path in picture.write(folder)]


def waterfalls(comparisons: Sequence[Comparison]) -> tuple[Picture, ...]:
    """Draw where each scenario's difference comes from."""
    whose = PERSPECTIVE_LABELS["nhs_pss"]
    return tuple(
        scenario_waterfall(
            comparison,
            f"£ a year, {comparison.price_year} prices, {whose}, mean of paired draws; lines: 95% intervals",
        )
        for comparison in comparisons
    )


def cost_waterfalls(comparisons: Sequence[Comparison], found: Sequence[CostSteps]) -> tuple[Picture, ...]:
    """Draw the way from the comparator's cost to each scenario's."""
    whose = PERSPECTIVE_LABELS["nhs_pss"]
    return tuple(
        cost_waterfall(
            f"cost_waterfall_{comparison.scenario}",
            (comparison.reference_label, comparison.scenario_label),
            steps,
            f"£ a year, {comparison.price_year} prices, {whose}, mean of paired draws; lines: 95% intervals",
        )
        for comparison, steps in zip(comparisons, found, strict=True)
    )


def _make_up(simulation: Simulation, parts: Sequence[CostPart]) -> Picture:
    rows = [StackedRow(part.label, part.split, part.is_unused) for part in parts]
    return cost_make_up(rows, list(COMPONENT_GROUPS), context(simulation, "GBP/year", _mean_of(simulation)))


def bridge_steps(simulation: Simulation) -> tuple[Step, ...]:
    """Return the steps from direct contact to the full cost and to what the host pays, in GBP/year."""
    steps = []
    for step in BridgeStep:
        amount = _mean(simulation, f"bridge.{step.name.lower()}")
        if amount != 0.0:
            steps.append(Step(BRIDGE_LABELS[step], amount))
        if step is BridgeStep.UNUSED_OR_UNRECORDED:
            steps.append(Step("Full pay bill", _mean(simulation, "pay_bill"), is_total=True))
    whole = _mean(simulation, "total_hub_cost")
    host = _mean(simulation, qualified("total_hub_cost", None, "hub_host"))
    return (
        *steps,
        Step("Full cost of the Hub", whole, is_total=True),
        Step("Paid by others than the host", host - whole),
        Step("What the Hub's host pays", host, is_total=True),
    )


def _bridge(simulation: Simulation) -> Picture:
    return bridge(bridge_steps(simulation), context(simulation, "GBP/year", _mean_of(simulation)))


def _by_hub(simulation: Simulation) -> Iterator[Picture]:
    hubs = simulation.spec.hubs
    if len(hubs) < 2:
        return
    panels = [
        (heading, [simulation.outcome(qualified(name, hub, "nhs_pss")) for hub in hubs])
        for heading, name in (
            ("Cost of the Hub, £ a year", "total_hub_cost"),
            ("£ per registered client", "cost_per_registered"),
        )
    ]
    year, whose = simulation.spec.frame.price_year, PERSPECTIVE_LABELS["nhs_pss"]
    words = f"{year} prices, {whose}, lines: 95% intervals; no ranking"
    yield cost_by_hub([hub.label for hub in hubs.values()], panels, words)


def _distributions(simulation: Simulation, found: Sequence[Uncertainty]) -> Iterator[Picture]:
    """Draw each outcome that has a value at all: without registrations there is no cost per client."""
    for uncertainty in found:
        outcome = simulation.outcome(uncertainty.outcome)
        if outcome.mean is None:
            continue
        name = f"distribution_{SHORT_NAMES[outcome.name]}"
        yield distribution(
            name,
            outcome,
            simulation.draws(outcome.name),
            context(simulation, outcome.unit, _draws(simulation)),
        )


def _convergence(simulation: Simulation, found: Sequence[Uncertainty]) -> Iterator[Picture]:
    traces = [(simulation.outcome(each.outcome), each.trace) for each in found if each.trace is not None]
    if traces:
        words = f"£, {simulation.spec.frame.price_year} prices, {PERSPECTIVE_LABELS['nhs_pss']}"
        yield convergence(traces, words)


def _tornados(
    simulation: Simulation, tornados: Sequence[Tornado], labels: Mapping[str, str]
) -> Iterator[Picture]:
    for tornado in (each for each in tornados if np.isfinite(each.base_case)):
        name = f"tornado_{SHORT_NAMES[tornado.outcome]}"
        yield tornado_chart(name, tornado, labels, context(simulation, tornado.unit, "all else at its mean"))


def _mean(simulation: Simulation, name: str) -> float:
    return simulation.outcome(name).mean or 0.0


def _mean_of(simulation: Simulation) -> str:
    return f"mean of {_draws(simulation)}"


def _draws(simulation: Simulation) -> str:
    return f"{simulation.design.n - simulation.n_failed:,} draws"
