"""Posts that can be had, tasks to be done, and the rows of the programme that sets one against the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from costmodel.model.types import BoolArray, FloatArray, IntArray

TOLERANCE = 1e-7


@dataclass(frozen=True)
class Posts:
    """Kinds of post that can be filled.

    Attributes
    ----------
    cost
        Of one person, by part of a whole post: of `step`, 2 `step`, ... and last of a whole post. One column
        where posts may be of any size. Shape (kind, size). [GBP/year]
    hours
        At work, of a whole post. Shape (kind,), or (draw, kind) where they vary. [hours/(WTE*year)]
    supervision
        That a whole post must be given. Shape (kind,) or (draw, kind). [hours/(WTE*year)]
    supervises
        Whether its hours may be supervision. Shape (kind,).
    minimum, maximum
        Presence; equal where the post is not to change. Shape (kind,). [WTE]
    step
        Smallest part of a post; 0 for any size. [WTE]
    supervision_takes_hours
        Whether hours of supervision are hours less for tasks. If not, supervisors need only be there.
    """

    cost: FloatArray
    hours: FloatArray
    supervision: FloatArray
    supervises: BoolArray
    minimum: FloatArray
    maximum: FloatArray
    step: float
    supervision_takes_hours: bool = True

    @property
    def fixed(self) -> BoolArray:
        """Which posts are not to change. Shape (kind,)."""
        return np.asarray(self.minimum == self.maximum)

    def people(self, kind: int, wte: float) -> int:
        """Return how many people fill posts of a kind; a part of a person who is shared counts as one."""
        if self.fixed[kind] or self.step == 0.0:
            return int(np.ceil(wte - TOLERANCE))
        whole, part = people_of(wte, self.step)
        return whole + int(part > 0)


@dataclass(frozen=True)
class Tasks:
    """What is to be done.

    Attributes
    ----------
    need
        Shape (draw, task). [hours/year]
    hours_per_need
        That a kind of post takes for an hour of the task; infinite where it may not do it, which is the
        same in every draw. Shape (kind, task), or (draw, kind, task) where it varies. [ratio]
    complex_share
        Of each task, the share of cases that only some may take. Shape (task,). [share]
    takes_complex
        Who may take them. Shape (kind, task).
    """

    need: FloatArray
    hours_per_need: FloatArray
    complex_share: FloatArray
    takes_complex: BoolArray

    @property
    def allowed(self) -> BoolArray:
        """Who may do what. Shape (kind, task)."""
        paces = self.hours_per_need
        return np.isfinite(paces[0] if paces.ndim == 3 else paces)


@dataclass(frozen=True)
class Requirement:
    """A sum of posts that must be reached in a draw: coefficients . WTE >= required.

    Attributes
    ----------
    coefficients
        Shape (kind,), or (draw, kind) where they vary.
    required
        Shape (draw,).
    """

    coefficients: FloatArray
    required: FloatArray


@dataclass(frozen=True)
class Heads:
    """People of some kinds of post, whole-time or part-time, of whom there must be at least a number.

    Attributes
    ----------
    counted
        Shape (kind,).
    least
        [people]
    """

    counted: BoolArray
    least: int

    def met(self, posts: Posts, wte: FloatArray) -> bool:
        """Return whether so many people fill the posts."""
        return self.least <= sum(
            posts.people(kind, float(wte[kind])) for kind in np.flatnonzero(self.counted).tolist()
        )


@dataclass(frozen=True)
class Mix:
    """The cheapest posts.

    Attributes
    ----------
    wte
        Shape (kind,). [WTE]
    excess
        What they are above the most that may be had; all 0 where the mix is possible. Shape (kind,). [WTE]
    cost
        Without the excess. [GBP/year]
    lower_bound
        No mix that does as much costs less. [GBP/year]
    met
        Draws in which every task is covered. Shape (draw,).
    deciding
        The draw, of those served, that leaves the least to spare; -1 where none is.
    """

    wte: FloatArray
    excess: FloatArray
    cost: float
    lower_bound: float
    met: BoolArray
    deciding: int

    @property
    def feasible(self) -> bool:
        """Whether no maximum is exceeded."""
        return not bool((self.excess > TOLERANCE).any())


@dataclass(frozen=True)
class ShadowPrices:
    """What one more unit of each constraint is worth where posts may be of any size.

    Attributes
    ----------
    need
        Cost of one more hour of each task. Shape (task,). [GBP/hour]
    complexity
        Further cost of an hour that only some may take. Shape (task,). [GBP/hour]
    supervision
        Cost of one more hour of supervision. [GBP/hour]
    minimum, maximum
        Cost of one more WTE that must be there; saving by one more that may. Shape (kind,). [GBP/WTE]
    requirements
        Cost of one more unit of each. Shape (requirement,).
    """

    need: FloatArray
    complexity: FloatArray
    supervision: float
    minimum: FloatArray
    maximum: FloatArray
    requirements: FloatArray


@dataclass(frozen=True)
class Programme:
    """Rows of the programme with posts, hours on tasks and hours of supervision as its variables."""

    posts: Posts
    tasks: Tasks

    @property
    def pairs(self) -> tuple[IntArray, IntArray]:
        """Return the (kind, task) that are allowed."""
        kind, task = np.nonzero(self.tasks.allowed)
        return kind, task

    @property
    def n_free(self) -> int:
        """Return the number of variables besides posts."""
        return self.pairs[0].size + self.posts.supervises.size

    def covering(self, draw: int) -> tuple[FloatArray, FloatArray]:
        """Return rows of a draw and what they must reach: hours, tasks, complex cases, supervision."""
        posts, tasks = self.posts, self.tasks
        need, per_need = tasks.need[draw], _of_draw(tasks.hours_per_need, draw, 2)
        at_work, asked = _of_draw(posts.hours, draw, 1), _of_draw(posts.supervision, draw, 1)
        kind, task = self.pairs
        n_kinds, n_tasks, n_pairs = at_work.size, need.size, kind.size
        per_hour = 1.0 / per_need[kind, task]
        hours = np.zeros((n_kinds, n_kinds + n_pairs + n_kinds))
        hours[range(n_kinds), range(n_kinds)] = at_work
        hours[kind, n_kinds + np.arange(n_pairs)] = -1.0
        covered, hard = np.zeros((2, n_tasks, hours.shape[1]))
        covered[task, n_kinds + np.arange(n_pairs)] = per_hour
        hard[task, n_kinds + np.arange(n_pairs)] = per_hour * tasks.takes_complex[kind, task]
        supervision = np.zeros((1, hours.shape[1]))
        supervision[0, :n_kinds] = -asked
        if posts.supervision_takes_hours:
            hours[range(n_kinds), n_kinds + n_pairs + np.arange(n_kinds)] = -1.0
            supervision[0, n_kinds + n_pairs :] = posts.supervises
        else:
            supervision[0, :n_kinds] += posts.supervises * at_work
        least = np.concatenate([np.zeros(n_kinds), need, tasks.complex_share * need, [0.0]])
        return np.vstack([hours, covered, hard, supervision]), least


def people_of(wte: float, step: float) -> tuple[int, int]:
    """Return the whole-time people of a number of WTE, and the steps of the one part-time person.

    Examples
    --------
    >>> people_of(2.3, 0.1)
    (2, 3)
    """
    steps = round(wte / step)
    return divmod(steps, round(1.0 / step))


def _of_draw(values: FloatArray, draw: int, axes: int) -> FloatArray:
    return values[draw] if values.ndim > axes else values
