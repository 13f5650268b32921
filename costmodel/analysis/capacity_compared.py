"""Scenarios side by side: cost against wait, waiting lists, and who is hired, on common draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from costmodel.analysis.capacity import capacity
from costmodel.analysis.capacity_of_run import MONTHS
from costmodel.analysis.capacity_types import CapacityAnalysis
from costmodel.analysis.clear_backlog import BacklogAnalysis, Plan, clear_backlog
from costmodel.analysis.frontier import FrontierAnalysis, FrontierQuestion, frontier
from costmodel.analysis.hiring import PostChange, Recruitment, hiring, recruitment_of, staff_who_clear
from costmodel.inputs.specification import ModelSpec
from costmodel.model.queueing import WaitingError
from costmodel.runner import DEFAULT_CHUNK_SIZE
from costmodel.uncertainty.sampling import Design

NOT_ASKED: Final = (
    "Waiting is not compared: there is no parameters/waiting.yaml. Add one (costmodel init DIR writes an "
    "example) and compare again."
)


NOT_ALIKE: Final = (
    "Waiting is not compared: the scenarios follow people by month and by week. Give all the same step, with "
    "--time-step month or --time-step week."
)


@dataclass(frozen=True)
class Compared:
    """Waiting in several scenarios, the comparator first.

    Attributes
    ----------
    specs, analyses
        Of each scenario, in order.
    frontier
        Cost against wait of each as it stands.
    recruitment
        How hiring goes in the comparator.
    posts
        Posts that the others add and end, and temporary staff that clear their lists.
    backlogs
        What clears the lists of each in the months ahead.
    """

    specs: tuple[ModelSpec, ...]
    analyses: tuple[CapacityAnalysis, ...]
    frontier: FrontierAnalysis
    recruitment: Recruitment
    posts: tuple[PostChange, ...]
    backlogs: tuple[BacklogAnalysis, ...]


@dataclass(frozen=True)
class CapacityCompared:
    """Waiting side by side, or why it cannot be shown."""

    compared: Compared | None
    why_not: str = ""


def capacity_compared(
    specs: Sequence[ModelSpec],
    design: Design,
    *,
    months: int = MONTHS,
    seed: int = 0,
    chunk_size: int = DEFAULT_CHUNK_SIZE,
) -> CapacityCompared:
    """Return waiting in several scenarios on common draws, or why it cannot be shown.

    Parameters
    ----------
    specs
        What is compared, the comparator first.
    design
        How it was drawn.
    months
        Months ahead, also those in which lists are to be cleared.
    seed
        Of the event simulation.
    chunk_size
        As for `simulate`.
    """
    if any(spec.waiting is None for spec in specs):
        return CapacityCompared(None, NOT_ASKED)
    if len({spec.frame.time_step for spec in specs}) > 1:
        return CapacityCompared(None, NOT_ALIKE)
    try:
        analyses = [capacity(spec, design, months, seed=seed, chunk_size=chunk_size) for spec in specs]
        question = FrontierQuestion(fewer=0.0, more=0.0, step=1.0, months=months)
        backlogs = [clear_backlog(spec, design, Plan(months), chunk_size=chunk_size) for spec in specs]
        posts = [
            post
            for spec, backlog in zip(specs, backlogs, strict=True)
            for post in (*hiring(specs[0], spec), *staff_who_clear(backlog, spec))
        ]
        return CapacityCompared(
            Compared(
                tuple(specs),
                tuple(analyses),
                frontier(specs, design, question, seed=seed, chunk_size=chunk_size),
                recruitment_of(specs[0]),
                tuple(posts),
                tuple(backlogs),
            )
        )
    except WaitingError as error:
        return CapacityCompared(None, f"Waiting is not compared: {error}.")
