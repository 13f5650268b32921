"""What the draws teach the choice of posts: sums of hours that posts must reach to serve them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linprog

from costmodel.model.arrays import ratio
from costmodel.model.queueing import WaitingError
from costmodel.model.skill_mix_types import TOLERANCE, Posts, Programme, Requirement, Tasks
from costmodel.model.types import BoolArray, FloatArray

_CUTS_A_ROUND = 5
_LOOKED_AT_A_ROUND = 20
_MOST_OFTEN = 10.0


@dataclass
class Cuts:
    """What posts must be able to do, as far as the draws have shown it."""

    posts: Posts
    tasks: Tasks
    known: list[Requirement] = field(default_factory=list)

    def add(self, coefficients: FloatArray, required: FloatArray) -> None:
        """Add a sum of posts, with what each draw asks of it."""
        self.known.append(Requirement(coefficients, required))

    def met(self, wte: FloatArray) -> BoolArray:
        """Return the draws in which posts reach every sum known. Shape (draw,)."""
        met = np.ones(len(self.tasks.need), dtype=bool)
        for cut in self.known:
            slack = TOLERANCE * np.maximum(1.0, np.abs(cut.required))
            met &= cut.coefficients @ wte >= cut.required - slack
        return met

    def tightness(self, wte: FloatArray) -> FloatArray:
        """Return how near each draw comes to the nearest sum known. Shape (draw,)."""
        used = [c.required / max(float(c.coefficients @ wte), TOLERANCE) for c in self.known]
        return np.asarray(np.max([self.tasks.need.sum(axis=1) * 1e-12, *used], axis=0))


def learn(cuts: Cuts, wte: FloatArray) -> bool:
    """Add the sums that draws show which seem served and are not; return whether there were any.

    The allocation that serves one draw serves every other whose needs, task by task in proportion, fit into
    the same hours: so few draws need a programme of their own.
    """
    programme, need = Programme(cuts.posts, cuts.tasks), cuts.tasks.need
    open_draws = cuts.met(wte)
    order = np.argsort(-cuts.tightness(wte), kind="stable")
    added = looked = 0
    for draw in order:
        if not open_draws[draw]:
            continue
        looked += 1
        if added and looked > _LOOKED_AT_A_ROUND:
            return True
        served, duals, allocated = _served_share(programme, need[draw], wte)
        if served < 1.0 - TOLERANCE:
            cuts.add(*_cut(programme, duals))
            open_draws &= cuts.met(wte)
            added += 1
            if added == _CUTS_A_ROUND:
                return True
        else:
            open_draws &= ~_served_alike(programme, need, served * need[draw], wte, allocated)
        open_draws[draw] = False
    return added > 0


def _served_share(
    programme: Programme, need: FloatArray, wte: FloatArray
) -> tuple[float, FloatArray, FloatArray]:
    """Return how often over posts can do the work of a draw, the duals of its rows, and who does what."""
    rows, least = programme.covering(need)
    n_kinds = wte.size
    matrix = np.hstack([rows[:, n_kinds:], -least[:, None]])
    cost = np.zeros(matrix.shape[1])
    cost[-1] = -1.0
    bounds = [(0.0, None)] * programme.n_free + [(0.0, _MOST_OFTEN)]
    solved = linprog(cost, A_ub=-matrix, b_ub=rows[:, :n_kinds] @ wte + TOLERANCE, bounds=bounds)
    if solved.status != 0:
        raise WaitingError(
            "whether the posts serve a draw could not be decided; check the needs of its tasks"
        )
    return -float(solved.fun or 0.0), -np.asarray(solved.ineqlin.marginals), np.asarray(solved.x)[:-1]


def _cut(programme: Programme, duals: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the sum of posts that the duals of a shortfall ask for, in every draw."""
    tasks = programme.tasks
    n_kinds, n_tasks = programme.posts.hours.size, tasks.complex_share.size
    rows, _ = programme.covering(tasks.need[0])
    weights = duals[n_kinds : n_kinds + n_tasks]
    weights = weights + tasks.complex_share * duals[n_kinds + n_tasks : n_kinds + 2 * n_tasks]
    return duals @ rows[:, :n_kinds], tasks.need @ weights


def _served_alike(
    programme: Programme, need: FloatArray, served: FloatArray, wte: FloatArray, allocated: FloatArray
) -> BoolArray:
    """Return the draws that the allocation for one need serves too, task by task in proportion."""
    kind, task = programme.pairs
    on_task, supervising = allocated[: kind.size], allocated[kind.size :]
    times = ratio(need, np.broadcast_to(served, need.shape), when_zero=0.0)
    by_pair = np.zeros((served.size, wte.size))
    np.add.at(by_pair, (task, kind), on_task)
    room = programme.posts.hours * wte - supervising
    uncovered = ((need > 0.0) & (served == 0.0)).any(axis=1)
    fits = times @ by_pair <= room + TOLERANCE * np.maximum(1.0, np.abs(room))
    return np.asarray(fits.all(axis=1) & ~uncovered)
