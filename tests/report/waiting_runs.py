"""What runs of shipped and changed scenarios say of waiting."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from costmodel.analysis.capacity_compared import CapacityCompared, capacity_compared
from costmodel.analysis.capacity_of_run import MONTHS, CapacityOfRun, capacity_of_run
from costmodel.inputs.project import Project
from costmodel.uncertainty.sampling import MonteCarlo

SEED = 7


def waiting_of(project: Project, scenario: str | Path, draws: int, months: int = MONTHS) -> CapacityOfRun:
    """Return what a run of a scenario says of waiting."""
    design = MonteCarlo(seed=SEED, n=draws)
    return capacity_of_run(project.specification(scenario), design, months=months, seed=SEED)


def compared_waiting(
    project: Project, scenarios: Sequence[str | Path], draws: int, months: int = MONTHS
) -> CapacityCompared:
    """Return waiting in several scenarios."""
    specs = [project.specification(scenario) for scenario in scenarios]
    return capacity_compared(specs, MonteCarlo(seed=SEED, n=draws), months=months, seed=SEED)
