"""Scenarios side by side on common random numbers: paired differences, and what they are made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from costmodel.analysis.intervals import CENTRAL_95
from costmodel.analysis.summary import draws_for_mean
from costmodel.errors import NOTHING_WAS_RUN, CostmodelError
from costmodel.inputs.specification import ModelSpec
from costmodel.inputs.structure import structure_of
from costmodel.model.types import FloatArray
from costmodel.runner import Simulation, mean_error
from costmodel.uncertainty.convergence import draws_needed
from costmodel.uncertainty.sampling import Design

ROUNDING_TOLERANCE = 1e-12


class ComparisonError(CostmodelError):
    """Scenarios that cannot be compared, and why."""


@dataclass(frozen=True)
class Difference:
    """One outcome of a scenario less that of the comparator, draw by draw.

    Attributes
    ----------
    name, label, unit
        The outcome.
    reference, scenario
        Their means over the draws in which both apply, so that they differ by the mean difference.
    mean, monte_carlo_se, lower_95, upper_95
        Of the paired difference; None where too many draws have no such ratio.
    probability_lower
        Share of draws in which the scenario's figure is below the comparator's, ties split evenly.
    """

    name: str
    label: str
    unit: str
    reference: float | None
    scenario: float | None
    mean: float | None
    monte_carlo_se: float | None
    lower_95: float | None
    upper_95: float | None
    probability_lower: float | None


@dataclass(frozen=True)
class WaterfallStep:
    """The part of the difference in Hub cost that one group of ledger lines makes, in GBP/year."""

    name: str
    label: str
    mean: float
    lower_95: float
    upper_95: float


@dataclass(frozen=True)
class Changed:
    """A parameter that two scenarios hold differently."""

    name: str
    label: str
    unit: str
    reference: str
    scenario: str
    reason: str


@dataclass(frozen=True)
class Comparison:
    """A scenario against a comparator.

    Attributes
    ----------
    reference, scenario
        Names.
    reference_label, scenario_label
        Labels.
    price_year
        Of every figure.
    differences
        Outcome by outcome, the Hub's cost first.
    waterfall
        Steps from the comparator's Hub cost to the scenario's.
    changed
        What the scenarios hold differently.
    probability_cheaper
        Share of draws in which the scenario's Hub costs less.
    enough_draws
        Whether the stop rule holds; `draws_needed` says how many it takes.
    """

    reference: str
    scenario: str
    reference_label: str
    scenario_label: str
    price_year: str
    differences: tuple[Difference, ...]
    waterfall: tuple[WaterfallStep, ...]
    changed: tuple[Changed, ...]
    probability_cheaper: float
    enough_draws: bool
    draws_needed: int


def compare(reference: Simulation, scenario: Simulation) -> Comparison:
    """Return a scenario's paired differences from a comparator.

    Both must have been run with the same design, so that a parameter they share has the same value in the
    same draw.

    Raises
    ------
    ComparisonError
        If price years or designs differ.
    """
    _require_comparable(reference, scenario)
    names = [d.name for d in reference.definitions if d.hub is None]
    there = {d.name for d in scenario.definitions}
    differences = tuple(_difference(reference, scenario, name) for name in names if name in there)
    total = differences[0]
    enough, needed = _stop_rule(reference, scenario)
    return Comparison(
        reference=reference.spec.scenario.name,
        scenario=scenario.spec.scenario.name,
        reference_label=reference.spec.scenario.label,
        scenario_label=scenario.spec.scenario.label,
        price_year=reference.spec.frame.price_year,
        differences=differences,
        waterfall=_waterfall(reference, scenario),
        changed=changed_parameters(reference.spec, scenario.spec),
        probability_cheaper=float(total.probability_lower or 0.0),
        enough_draws=enough,
        draws_needed=needed,
    )


def paired(after: FloatArray, before: FloatArray) -> FloatArray:
    """Return differences draw by draw; what only rounding makes different is the same.

    Examples
    --------
    >>> paired(np.array([0.1 + 0.2, 3.0]), np.array([0.3, 2.0]))
    array([0., 1.])
    """
    values = after - before
    rounding = ROUNDING_TOLERANCE * np.maximum(np.abs(after), np.abs(before))
    return np.where(np.abs(values) <= rounding, 0.0, values)


def paired_difference(
    name: str, label: str, unit: str, before: FloatArray, after: FloatArray, design: Design
) -> Difference:
    """Return the difference of two series of draws over the draws in which both apply."""
    values = paired(after, before)
    applies = ~np.isnan(values)
    if not applies.any():
        return Difference(name, label, unit, *[None] * 7)
    usable = values[applies]
    lower, upper = np.percentile(usable, CENTRAL_95)
    return Difference(
        name,
        label,
        unit,
        reference=float(before[applies].mean()),
        scenario=float(after[applies].mean()),
        mean=float(usable.mean()),
        monte_carlo_se=mean_error(values, design),
        lower_95=float(lower),
        upper_95=float(upper),
        probability_lower=float(np.mean(usable < 0) + 0.5 * np.mean(usable == 0)),
    )


def compare_all(simulations: Sequence[Simulation]) -> tuple[Comparison, ...]:
    """Return every further scenario against the first."""
    return tuple(compare(simulations[0], scenario) for scenario in simulations[1:])


def changed_parameters(reference: ModelSpec, scenario: ModelSpec) -> tuple[Changed, ...]:
    """Return what two specifications hold differently: frame, Hubs, then parameters by name."""
    reasons = {d.name: d.reason for spec in (reference, scenario) for d in spec.differences}
    frames = [spec.frame.model_dump(mode="json") for spec in (reference, scenario)]
    for frame, spec in zip(frames, (reference, scenario), strict=True):
        frame["hubs"] = ", ".join(spec.hubs)
    found = [
        Changed(
            f"frame.{key}",
            key.replace("_", " "),
            "",
            str(frames[0][key]),
            str(value),
            scenario.scenario.label,
        )
        for key, value in frames[1].items()
        if frames[0][key] != value
    ]
    names = dict.fromkeys([*reference.parameters, *scenario.parameters])
    for name in names:
        before, after = reference.parameters.get(name), scenario.parameters.get(name)
        old = before.number if before else "absent"
        new = after.number if after else "absent"
        shown = after or before
        if old != new and shown is not None:
            found.append(Changed(name, shown.label, shown.unit, old, new, _reason(name, reasons)))
    return (*found, *_changed_structure(reference, scenario, reasons))


def _changed_structure(
    reference: ModelSpec, scenario: ModelSpec, reasons: dict[str, str]
) -> Iterator[Changed]:
    """Yield what differs and is no number, such as a headcount; what is new or gone is one line."""
    before, after = structure_of(reference), structure_of(scenario)
    seen: set[str] = set()
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        shown = name if old is not None and new is not None else _part_that_is_one_sided(name, before, after)
        if shown not in seen:
            seen.add(shown)
            label = shown.rsplit(".", 1)[-1].replace("_", " ")
            there = "present" if shown != name else None
            shown_old, shown_new = ("absent" if text is None else there or text for text in (old, new))
            yield Changed(shown, label, "", shown_old, shown_new, _reason(shown, reasons))


def _part_that_is_one_sided(name: str, before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """Return the largest part of the structure that holds a name and stands on its side only."""
    other = after if name in before else before
    parts = name.split(".")
    for length in range(1, len(parts)):
        start = ".".join(parts[:length])
        if not any(each == start or each.startswith(f"{start}.") for each in other):
            return start
    return name


def _reason(name: str, reasons: dict[str, str]) -> str:
    """Return the reason of the override that holds a name, nearest first."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        reason = reasons.get(".".join(parts[:length]))
        if reason is not None:
            return reason
    return ""


def require_same_prices(reference: ModelSpec, scenario: ModelSpec) -> None:
    """Refuse to set scenarios side by side whose results are in prices of different years."""
    years = (reference.frame.price_year, scenario.frame.price_year)
    if years[0] != years[1]:
        raise ComparisonError(
            f"{scenario.scenario.name} is in {years[1]} prices and {reference.scenario.name} in "
            f"{years[0]} prices; a difference of the two would mix price years. Give both the same "
            "frame.price_year"
        )


def require_names_apart(specs: Sequence[ModelSpec]) -> None:
    """Refuse different scenarios of one name, which files in two folders can have: results go by name."""
    by_name: dict[str, ModelSpec] = {}
    for spec in specs:
        first = by_name.setdefault(spec.scenario.name, spec)
        if first is not spec and changed_parameters(first, spec):
            raise ComparisonError(
                f"two different scenarios are called {spec.scenario.name}, and results go by name. Rename "
                f"one of the files. {NOTHING_WAS_RUN}"
            )


def _require_comparable(reference: Simulation, scenario: Simulation) -> None:
    require_same_prices(reference.spec, scenario.spec)
    if reference.design != scenario.design:
        raise ComparisonError(
            "the scenarios do not share their random numbers; run them together (run_all), or with the same "
            "sampler, number of draws and seed"
        )


def _difference(reference: Simulation, scenario: Simulation, name: str) -> Difference:
    before, after = reference.outcome(name), scenario.outcome(name)
    if before.mean is None or after.mean is None:
        return Difference(name, before.label, before.unit, before.mean, after.mean, *[None] * 5)
    draws = reference.draws(name), scenario.draws(name)
    return paired_difference(name, before.label, before.unit, *draws, reference.design)


def _waterfall(reference: Simulation, scenario: Simulation) -> tuple[WaterfallStep, ...]:
    """Return the difference in Hub cost by activity, unused capacity and the rest; the steps add up to it."""
    steps = []
    simulations = (reference, scenario)
    nothing = np.zeros(reference.design.n)
    labels = {
        d.name: d.label
        for simulation in simulations
        for d in simulation.definitions
        if d.hub is None and (d.name.startswith("activity_cost.") or d.name == "unused_capacity_cost")
    }
    for name, label in labels.items():
        before, after = (
            each.draws(name) if any(d.name == name for d in each.definitions) else nothing
            for each in simulations
        )
        values = paired(after, before)
        usable = values[~np.isnan(values)]
        lower, upper = np.percentile(usable, CENTRAL_95)
        steps.append(WaterfallStep(name, label, float(usable.mean()), float(lower), float(upper)))
    return tuple(steps)


def _stop_rule(reference: Simulation, scenario: Simulation) -> tuple[bool, int]:
    """Return whether the difference in Hub cost is known to 1 % or GBP 5, and P(cheaper) to 1 point."""
    values = scenario.draws("total_hub_cost") - reference.draws("total_hub_cost")
    usable = values[~np.isnan(values)]
    cheaper = float(np.mean(usable < 0))
    needed = max(
        draws_for_mean(usable),
        draws_needed(float(np.sqrt(cheaper * (1 - cheaper))), 0.01) if 0 < cheaper < 1 else 1,
    )
    return usable.size >= needed, needed
