"""What runs of shipped and changed scenarios say of waiting."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from costmodel.analysis.capacity_compared import CapacityCompared, capacity_compared
from costmodel.analysis.capacity_of_run import MONTHS, CapacityOfRun, CapacityWatch
from costmodel.inputs.project import Project
from costmodel.inputs.specification import ModelSpec
from costmodel.runner import simulate
from costmodel.uncertainty.sampling import MonteCarlo

SEED = 7


def waiting_of(project: Project, scenario: str | Path, draws: int, months: int = MONTHS) -> CapacityOfRun:
    """Return what a run of a scenario says of waiting."""
    return waiting_of_spec(project.specification(scenario), draws, months)


def waiting_of_spec(spec: ModelSpec, draws: int, months: int = MONTHS) -> CapacityOfRun:
    """Return what a run of a specification says of waiting."""
    watch = CapacityWatch(spec, draws, months=months, seed=SEED)
    with simulate(spec, MonteCarlo(seed=SEED, n=draws), watch=watch.add):
        return watch.found()


def compared_waiting(
    project: Project, scenarios: Sequence[str | Path], draws: int, months: int = MONTHS
) -> CapacityCompared:
    """Return waiting in several scenarios."""
    specs = [project.specification(scenario) for scenario in scenarios]
    return capacity_compared(specs, MonteCarlo(seed=SEED, n=draws), months=months, seed=SEED)
