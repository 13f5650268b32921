"""What an analysis of demand against capacity holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from costmodel.analysis.capacity_period import PeriodFigure
from costmodel.analysis.engines import EngineSteps
from costmodel.analysis.steady_state import SteadyState
from costmodel.inputs.frame import Engine
from costmodel.units import Step

NO_LIMIT: Final = "demand"
"""What binds in a step at whose end nobody waits: there was nobody else to start."""


@dataclass(frozen=True)
class Series:
    """A quantity that the analysis follows step by step."""

    name: str
    label: str
    unit: str


@dataclass(frozen=True)
class StepFigure:
    """One quantity of one Hub in one step, a month or a week.

    Attributes
    ----------
    hub, step
        The Hub, and the step counted from 1.
    calendar
        The month, such as `2023-04`, or the day on which the week begins, such as `2023-04-01`.
    name, label, unit
        Of the quantity.
    base_case
        With every parameter at its mean; None where it does not apply.
    mean, lower_5, upper_95
        Over the draws in which it applies. None where it does in none.
    """

    hub: str
    step: int
    calendar: str
    name: str
    label: str
    unit: str
    base_case: float | None
    mean: float | None
    lower_5: float | None
    upper_95: float | None


@dataclass(frozen=True)
class Binding:
    """What kept more people from starting in a step: each limit, and the share of draws in which it did."""

    hub: str
    step: int
    calendar: str
    base_case: str
    share_of_draws: dict[str, float]


@dataclass(frozen=True)
class CapacityAnalysis:
    """Demand against capacity.

    Attributes
    ----------
    scenario, label
        What was asked.
    months, step
        Months ahead, and the step in which they are followed.
    draws, seed
        Joint samples and the seed of their streams.
    hubs
        Ids.
    figures
        Hub by Hub, quantity by quantity, step by step.
    binding
        Hub by Hub, step by step.
    engine, chance
        The engine asked for, and what chance does to the base case by Hub; nothing with the fluid engine,
        which knows no chance.
    steady
        Where each Hub's list would settle at the base case, or why that is refused.
    warnings
        What a reader should know before using the figures.
    period
        Hub by Hub, what all steps together say.
    evidence
        How many inputs of the waiting list are illustrative; empty where none is.
    """

    scenario: str
    label: str
    months: int
    step: Step
    draws: int
    seed: int
    hubs: tuple[str, ...]
    figures: tuple[StepFigure, ...]
    binding: tuple[Binding, ...]
    engine: Engine
    chance: dict[str, EngineSteps]
    steady: dict[str, SteadyState]
    warnings: tuple[str, ...]
    period: tuple[PeriodFigure, ...] = ()
    evidence: str = ""

    def figure(self, hub: str, name: str, step: int) -> StepFigure:
        """Return one figure by Hub, quantity and step."""
        return next(f for f in self.figures if (f.hub, f.name, f.step) == (hub, name, step))

    def by_step(self, hub: str, name: str) -> tuple[StepFigure, ...]:
        """Return one quantity of a Hub, step by step."""
        return tuple(f for f in self.figures if (f.hub, f.name) == (hub, name))

    def over_period(self, hub: str, name: str) -> PeriodFigure:
        """Return what all steps together say of a Hub."""
        return next(f for f in self.period if (f.hub, f.name) == (hub, name))
