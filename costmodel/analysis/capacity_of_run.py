"""Demand against capacity for the report of a run: the same scenario, seed and draws as its cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from costmodel.analysis.capacity import CapacityAnalysis, capacity
from costmodel.inputs.specification import ModelSpec
from costmodel.model.queueing import WaitingError
from costmodel.runner import DEFAULT_CHUNK_SIZE
from costmodel.uncertainty.sampling import Design

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
        The run's specification; None where nothing can be said.
    analysis
        Demand against capacity; None where there is none.
    why_not
        Why there is none; empty where there is one.
    """

    spec: ModelSpec | None
    analysis: CapacityAnalysis | None
    why_not: str = ""


def capacity_of_run(
    spec: ModelSpec,
    design: Design,
    *,
    months: int = MONTHS,
    seed: int = 0,
    chunk_size: int = DEFAULT_CHUNK_SIZE,
) -> CapacityOfRun:
    """Return demand against capacity of a scenario on the draws of its run, or why its report holds none.

    Parameters
    ----------
    spec, design
        What was run, and how it was drawn.
    months
        Months ahead.
    seed
        Of the event simulation.
    chunk_size
        As for `simulate`.

    Examples
    --------
    >>> from costmodel.inputs.project import Project
    >>> from costmodel.uncertainty.sampling import MonteCarlo
    >>> spec = Project().specification("base_case")
    >>> found = capacity_of_run(spec, MonteCarlo(seed=1, n=50), months=2)
    >>> found.analysis.figure("reference", "waiting", 2).unit
    'people'
    """
    if spec.waiting is None:
        return CapacityOfRun(None, None, NOT_ASKED)
    try:
        return CapacityOfRun(spec, capacity(spec, design, months, seed=seed, chunk_size=chunk_size))
    except WaitingError as error:
        return CapacityOfRun(None, None, f"Waiting is not shown: {error}.")
