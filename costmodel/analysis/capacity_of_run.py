"""Demand against capacity for the report of a run: the same scenario, seed and draws as its cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from costmodel.analysis.capacity import Followed
from costmodel.analysis.capacity_types import CapacityAnalysis
from costmodel.gather import Layout
from costmodel.inputs.specification import ModelSpec
from costmodel.model.evaluate import ModelOutputs
from costmodel.model.queueing import WaitingError

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


class CapacityWatch:
    """Watches a run and says what its draws tell of waiting.

    Parameters
    ----------
    spec, n_draws
        What is run, and in how many draws.
    months
        Months ahead; at most the year that a run follows.
    seed
        Of the event simulation.

    Examples
    --------
    >>> from costmodel.inputs.project import Project
    >>> from costmodel.runner import simulate
    >>> from costmodel.uncertainty.sampling import MonteCarlo
    >>> spec = Project().specification("base_case")
    >>> watch = CapacityWatch(spec, 50)
    >>> with simulate(spec, MonteCarlo(seed=1, n=50), watch=watch.add):
    ...     found = watch.found()
    >>> found.analysis.figure("reference", "waiting", 2).unit
    'people'
    """

    def __init__(self, spec: ModelSpec, n_draws: int, *, months: int = MONTHS, seed: int = 0) -> None:
        self._spec = spec
        self._followed: Followed | None = None
        self._why_not = NOT_ASKED
        if spec.waiting is not None:
            try:
                self._followed = Followed(Layout(spec), n_draws, months, seed)
            except WaitingError as error:
                self._why_not = f"Waiting is not shown: {error}."

    def add(self, start: int, outputs: ModelOutputs) -> None:
        """Take up the outputs of the draws from `start` on."""
        if self._followed is not None:
            self._followed.add(start, outputs)

    def found(self) -> CapacityOfRun:
        """Return what the run can say of waiting once all its draws are there, and let go of them."""
        if self._followed is None:
            return CapacityOfRun(None, None, self._why_not)
        with self._followed as followed:
            return CapacityOfRun(self._spec, followed.analysis())
