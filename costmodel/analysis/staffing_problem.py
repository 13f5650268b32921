"""One Hub's search for the cheapest staffing as a problem: posts, tasks, and all that must be there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from costmodel.analysis.staffing_question import (
    Drawn,
    Kind,
    Year,
    kinds_of,
    posts_of,
    tasks_of,
    therapy_tasks,
)
from costmodel.analysis.staffing_requirements import list_requirements, presence_requirements
from costmodel.gather import Layout
from costmodel.inputs.staffing_file import StaffingFile
from costmodel.model.arrays import stacked
from costmodel.model.list_capacity import expected_wait
from costmodel.model.skill_mix_starts import most_starts
from costmodel.model.skill_mix_types import Heads, Posts, Requirement, Tasks
from costmodel.model.types import BoolArray, FloatArray
from costmodel.model.waiting_list import list_path
from costmodel.units import WEEKS_PER_MONTH

_ROUNDING = 1e-4
"""Weeks by which rounding in the programmes may make a wait longer."""


@dataclass(frozen=True)
class HubProblem:
    """What posts of a Hub must do, in the draws in which rooms suffice.

    Attributes
    ----------
    hub
        Its place on the Hub axis.
    kinds, posts, tasks
        What can be had and what is to be done.
    listed, present, people
        Sums of posts that clients in therapy ask for, sums and people that must be there, by name.
    drawn
        The draws.
    of_therapy
        Which tasks grow with the starts of therapy. Shape (task,).
    """

    hub: int
    kinds: list[Kind]
    posts: Posts
    tasks: Tasks
    listed: tuple[tuple[str, Requirement], ...]
    present: tuple[tuple[str, Requirement], ...]
    people: tuple[tuple[str, Heads], ...]
    drawn: Drawn
    of_therapy: BoolArray

    @classmethod
    def of(cls, layout: Layout, options: StaffingFile, base: Year, drawn: Drawn, hub: int) -> HubProblem:
        """Return the problem of a Hub over given draws."""
        kinds = kinds_of(layout, base, hub)
        tasks = tasks_of(layout, options, drawn, hub, kinds)
        present, people = presence_requirements(options, drawn, kinds)
        return cls(
            hub=hub,
            kinds=kinds,
            posts=posts_of(layout, options, base, drawn, hub, kinds),
            tasks=tasks,
            listed=list_requirements(layout, drawn, hub, kinds, tasks),
            present=present,
            people=people,
            drawn=drawn,
            of_therapy=therapy_tasks(layout),
        )

    @property
    def named(self) -> tuple[tuple[str, Requirement], ...]:
        """All sums of posts, by name."""
        return (*self.listed, *self.present)

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """All sums of posts."""
        return tuple(requirement for _, requirement in self.named)

    @property
    def heads(self) -> tuple[Heads, ...]:
        """People who must be there."""
        return tuple(heads for _, heads in self.people)


@dataclass(frozen=True)
class Check:
    """Given posts, run through the fluid engine. Shape (draw,), and (draw, month) where months are named.

    Attributes
    ----------
    covered
        Whether all work but therapy is done.
    starts
        That the posts can give. Shape (draw, month). [people/month]
    wait
        Expected wait of a person referred at the end; infinite where other work is not done. [weeks]
    """

    covered: BoolArray
    starts: FloatArray
    wait: FloatArray

    def keeps(self, wait_weeks: float) -> BoolArray:
        """Return whether the wait is kept. Shape (draw,)."""
        return np.asarray(self.covered & (self.wait <= wait_weeks + _ROUNDING))


def check(problem: HubProblem, wte: FloatArray) -> Check:
    """Return what becomes of the list when posts give all the therapy that they can, draw by draw."""
    drawn, hub = problem.drawn, problem.hub
    caps = tuple(requirement for _, requirement in problem.listed)
    often = most_starts(problem.posts, problem.tasks, wte, problem.of_therapy, caps)
    covered = often >= 0.0
    for _, requirement in problem.present:
        covered &= requirement.coefficients @ wte >= requirement.required * (1.0 - 1e-9)
    covered &= all(heads.met(problem.posts, wte) for heads in problem.heads)
    sessions, rooms = drawn.sessions[:, hub], drawn.rooms[:, hub]
    roomy = np.where(sessions > 0.0, rooms / np.where(sessions > 0.0, sessions, 1.0), np.inf)
    average = np.minimum(np.maximum(often, 0.0), roomy) * drawn.starts[:, hub]
    starts = stacked([average * pace for pace in drawn.month_pace.T])
    attrition = drawn.attrition[:, hub]
    waiting, _ = list_path(drawn.opening[:, hub], drawn.arrivals[:, hub], starts, attrition)
    wait = expected_wait(waiting[:, -1], average, attrition) * WEEKS_PER_MONTH
    return Check(covered, starts, np.where(covered, wait, np.inf))
