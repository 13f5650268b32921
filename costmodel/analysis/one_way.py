"""One-way sensitivity: what an outcome does when one factor goes to the ends of its own distribution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from costmodel.gather import Layout, gather
from costmodel.inputs.specification import ModelSpec
from costmodel.model.evaluate import evaluate
from costmodel.model.types import FloatArray
from costmodel.results import definitions
from costmodel.uncertainty.draws import expected_values, percentile_values

LOW, HIGH = 0.025, 0.975


@dataclass(frozen=True)
class Bar:
    """One factor's bar of a tornado.

    Attributes
    ----------
    name, label
        The factor: a parameter, or a group that moves together.
    low, high
        Outcome with the factor at its 2.5th and 97.5th percentile, all else at its mean. [outcome's unit]
    low_value, high_value
        The factor at those percentiles; None for a group.
    illustrative
        Whether no source gives the factor.
    """

    name: str
    label: str
    low: float
    high: float
    low_value: float | None
    high_value: float | None
    unit: str
    illustrative: bool

    @property
    def swing(self) -> float:
        """Distance between the ends."""
        return abs(self.high - self.low)


@dataclass(frozen=True)
class Tornado:
    """Bars around the base case, the longest first."""

    outcome: str
    label: str
    unit: str
    base_case: float
    bars: tuple[Bar, ...]


def tornado(spec: ModelSpec, outcomes: Sequence[str]) -> tuple[Tornado, ...]:
    """Return a tornado for each named outcome.

    The ends are the 2.5th and 97.5th percentiles of each factor's own distribution, not a set percentage.
    Ties keep the declared order.
    """
    layout = Layout(spec)
    ends = [percentile_values(spec.plan, u) for u in (LOW, HIGH)]
    factors = list(ends[0])
    expected = expected_values(spec.plan)
    draws = {name: np.full(1 + 2 * len(factors), value) for name, value in expected.items()}
    for side, values in enumerate(ends):
        for position, factor in enumerate(factors):
            for name, value in values[factor].items():
                draws[name][1 + side * len(factors) + position] = value
    outputs = evaluate(gather(layout, draws))
    found = {definition.name: definition for definition in definitions(layout)}
    results = []
    for name in outcomes:
        definition = found[name]
        values_of = np.broadcast_to(definition.pick(outputs), 1 + 2 * len(factors))
        bars = _bars(spec, factors, ends, values_of)
        results.append(Tornado(name, definition.label, definition.unit, float(values_of[0]), bars))
    return tuple(results)


def _bars(
    spec: ModelSpec, factors: Sequence[str], ends: Sequence[dict[str, dict[str, float]]], values: FloatArray
) -> tuple[Bar, ...]:
    bars = []
    for position, factor in enumerate(factors):
        low, high = float(values[1 + position]), float(values[1 + len(factors) + position])
        parameter = spec.parameters.get(factor)
        members = [spec.parameters[name] for name in ends[0][factor]]
        label = parameter.label if parameter else f"{members[0].label} and {len(members) - 1} more together"
        bars.append(
            Bar(
                factor,
                label,
                low,
                high,
                ends[0][factor].get(factor),
                ends[1][factor].get(factor),
                members[0].unit,
                any(member.illustrative for member in members),
            )
        )
    usable = [bar for bar in bars if np.isfinite(bar.low) and np.isfinite(bar.high)]
    return tuple(sorted(usable, key=lambda bar: -bar.swing))
