"""Who waits, and what staff it takes: capacity, clearing a list, and the cheapest staffing."""

from __future__ import annotations

from pathlib import Path

from costmodel.analysis.capacity import capacity as analysis_of_capacity
from costmodel.analysis.capacity_types import CapacityAnalysis
from costmodel.analysis.clear_backlog import BacklogAnalysis, Plan
from costmodel.analysis.clear_backlog import clear_backlog as analysis_of_backlog
from costmodel.analysis.staffing import staffing as analysis_of_staffing
from costmodel.analysis.staffing_types import StaffingAnalysis, StaffingQuestion
from costmodel.api.drawing import RunOptions, prepare
from costmodel.inputs.project import Project
from costmodel.inputs.staffing_file import staffing_of_run
from costmodel.runner import Progress


def capacity(
    scenario: str | Path = "base_case",
    months: int = 36,
    options: RunOptions | None = None,
    *,
    project: Project | None = None,
    progress: Progress | None = None,
) -> CapacityAnalysis:
    """Return demand for therapy against capacity, step by step: by month or week as the frame says.

    Raises
    ------
    ParameterError, WaitingError, RunError
        If the files, or what they say together, cannot be.
    """
    ready = prepare([scenario], options, project, ["waiting"])
    return analysis_of_capacity(
        ready.spec,
        ready.design,
        months,
        seed=ready.options.seed,
        chunk_size=ready.options.chunk_size,
        progress=progress,
    )


def clear_backlog(
    scenario: str | Path,
    plan: Plan,
    options: RunOptions | None = None,
    *,
    project: Project | None = None,
    progress: Progress | None = None,
) -> BacklogAnalysis:
    """Return the staffing that clears the waiting list of every Hub in time.

    Raises
    ------
    ParameterError, WaitingError, RunError
        If the files, the plan, or what they say together, cannot be.
    """
    ready = prepare([scenario], options, project, ["waiting"])
    return analysis_of_backlog(
        ready.spec, ready.design, plan, chunk_size=ready.options.chunk_size, progress=progress
    )


def staffing(
    scenario: str | Path,
    question: StaffingQuestion,
    options: RunOptions | None = None,
    *,
    project: Project | None = None,
    progress: Progress | None = None,
) -> StaffingAnalysis:
    """Return the cheapest staffing of every Hub that covers its tasks and keeps the wait.

    Raises
    ------
    ParameterError, WaitingError, RunError
        If the files, the question, or what they say together, cannot be.
    """
    ready = prepare([scenario], options, project, ["waiting", "staffing"])
    staffing_of_run(ready.project.tree, ready.spec.staffing)
    return analysis_of_staffing(
        ready.spec,
        ready.design,
        question,
        seed=ready.options.seed,
        chunk_size=ready.options.chunk_size,
        progress=progress,
    )
