"""Demand against capacity for the report of a run: the same scenario, seed and draws as its cost."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from costmodel.analysis.capacity import CapacityAnalysis, capacity
from costmodel.errors import ParameterError
from costmodel.inputs.project import Project
from costmodel.inputs.specification import ModelSpec
from costmodel.model.queueing import WaitingError
from costmodel.runner import DEFAULT_CHUNK_SIZE, Sampler, design_of

MONTHS: Final = 12
"""Months ahead that a report looks: those of the year whose cost it gives."""

NOT_ASKED: Final = (
    "This run does not ask about waiting: there is no parameters/waiting.yaml. Add one (costmodel init DIR "
    "writes an example; costmodel schema waiting says what it may hold) and run again."
)


@dataclass(frozen=True)
class CapacityOfRun:
    """What a run can say about waiting.

    Attributes
    ----------
    spec
        The run's specification with its waiting list; None where there is no such list.
    analysis
        Demand against capacity; None where there is none.
    why_not
        Why there is none; empty where there is one.
    """

    spec: ModelSpec | None
    analysis: CapacityAnalysis | None
    why_not: str = ""


def capacity_of_run(
    project: Project,
    scenario: str | Path,
    sampler: Sampler,
    draws: int,
    seed: int,
    *,
    months: int = MONTHS,
    chunk_size: int = DEFAULT_CHUNK_SIZE,
) -> CapacityOfRun:
    """Return demand against capacity of a scenario, or why its report holds none.

    A parameter has the same values in the same draws as in the run of the scenario's cost, with every sampler
    but Sobol, whose points depend on how many parameters there are.

    Parameters
    ----------
    project, scenario
        What was run.
    sampler, draws, seed, chunk_size
        How it was drawn.
    months
        Months ahead.

    Examples
    --------
    >>> found = capacity_of_run(Project(), "base_case", "monte-carlo", 50, 1, months=2)
    >>> found.analysis.figure("reference", "waiting", 2).unit
    'people'
    """
    if not project.tree.has(("waiting",)):
        return CapacityOfRun(None, None, NOT_ASKED)
    try:
        spec = project.specification(scenario, also=["waiting"])
        design = design_of(spec, sampler, draws, seed)
        return CapacityOfRun(spec, capacity(spec, design, months, seed=seed, chunk_size=chunk_size))
    except ParameterError as error:
        problem = error.problems[0]
        reason = f"{problem.file}: {problem.message}"
    except WaitingError as error:
        reason = str(error)
    return CapacityOfRun(None, None, f"Waiting is not shown: {reason}.")
