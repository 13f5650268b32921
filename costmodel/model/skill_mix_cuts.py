"""What the draws teach the choice of posts: sums of hours that posts must reach to serve them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linprog

from costmodel.model.arrays import ratio
from costmodel.model.queueing import WaitingError
from costmodel.model.skill_mix_types import TOLERANCE, Posts, Programme, Requirement, Tasks
from costmodel.model.types import BoolArray, FloatArray, IntArray

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
            met &= short_of(cut, wte) <= 0.0
        return met

    def tightness(self, wte: FloatArray) -> FloatArray:
        """Return how near each draw comes to the nearest sum known. Shape (draw,)."""
        used = self.tasks.need.sum(axis=1) * 1e-12
        for cut in self.known:
            used = np.maximum(used, cut.required / np.maximum(cut.coefficients @ wte, TOLERANCE))
        return np.asarray(used)


def short_of(cut: Requirement, wte: FloatArray) -> FloatArray:
    """Return by how much posts miss a sum, beyond rounding; 0 or less where they reach it. Shape (draw,)."""
    slack = TOLERANCE * np.maximum(1.0, np.abs(cut.required))
    return np.asarray(cut.required - slack - cut.coefficients @ wte)


def learn(cuts: Cuts, wte: FloatArray, among: BoolArray | None = None) -> bool:
    """Add the sums that draws show which seem served and are not; return whether there were any.

    The allocation that serves one draw serves every other whose needs, task by task in proportion, fit into
    the hours that the posts have there: so few draws need a programme of their own.

    Parameters
    ----------
    cuts
        Known so far; changed in place.
    wte
        Posts. Shape (kind,).
    among
        Draws to look at; all of them if not given. Shape (draw,).
    """
    programme = Programme(cuts.posts, cuts.tasks)
    open_draws = cuts.met(wte) & (True if among is None else among)
    order = np.argsort(-cuts.tightness(wte), kind="stable")
    added = looked = 0
    for draw in order:
        if not open_draws[draw]:
            continue
        looked += 1
        if added and looked > _LOOKED_AT_A_ROUND:
            return True
        served, duals, allocated = _served_share(programme, int(draw), wte)
        if served < 1.0 - TOLERANCE:
            cuts.add(*_cut(programme, duals))
            open_draws &= cuts.met(wte)
            added += 1
            if added == _CUTS_A_ROUND:
                return True
        else:
            others = np.flatnonzero(open_draws)
            alike = _served_alike(programme, int(draw), served, wte, allocated, others)
            open_draws[others[alike]] = False
        open_draws[draw] = False
    return added > 0


def _served_share(programme: Programme, draw: int, wte: FloatArray) -> tuple[float, FloatArray, FloatArray]:
    """Return how often over posts can do the work of a draw, the duals of its rows, and who does what."""
    rows, least = programme.covering(draw)
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
    """Return the sum of posts that the duals of a shortfall ask for, in every draw.

    Weights of tasks, complex cases and supervision from one draw are valid in every other once an hour of
    each kind of post is worth, there, the most that it can do with it.
    """
    posts, tasks = programme.posts, programme.tasks
    n_kinds, n_tasks = posts.supervises.size, tasks.complex_share.size
    of_task = duals[n_kinds : n_kinds + n_tasks]
    of_complex = duals[n_kinds + n_tasks : n_kinds + 2 * n_tasks]
    of_supervision = float(duals[-1])
    worth = np.where(tasks.allowed, of_task + tasks.takes_complex * of_complex, 0.0)
    an_hour = (worth / tasks.hours_per_need).max(axis=-1)
    if posts.supervision_takes_hours:
        an_hour = np.maximum(an_hour, of_supervision * posts.supervises)
    else:
        an_hour = an_hour + of_supervision * posts.supervises
    coefficients = an_hour * posts.hours - of_supervision * posts.supervision
    return coefficients, tasks.need @ (of_task + tasks.complex_share * of_complex)


def _served_alike(
    programme: Programme,
    draw: int,
    served: float,
    wte: FloatArray,
    allocated: FloatArray,
    others: IntArray,
) -> BoolArray:
    """Return which other draws the allocation of one serves too, task by task in proportion."""
    posts, tasks = programme.posts, programme.tasks
    kind, task = programme.pairs
    did, need = served * tasks.need[draw], tasks.need[others]
    times = ratio(need, np.broadcast_to(did, need.shape), when_zero=0.0)
    spread = (len(tasks.need), *tasks.allowed.shape)
    per_need = np.broadcast_to(tasks.hours_per_need, spread)
    paces, own = per_need[others][:, kind, task], per_need[draw, kind, task]
    by_pair = np.zeros((kind.size, wte.size))
    by_pair[np.arange(kind.size), kind] = allocated[: kind.size]
    used = (times[:, task] * paces / own) @ by_pair
    if posts.supervision_takes_hours:
        wanted = np.broadcast_to(posts.supervision @ wte, (len(tasks.need),))
        asked, enough = wanted[others], float(wanted[draw])
        if enough > 0.0:
            used = used + allocated[kind.size :] * (asked / enough)[:, None]
        unsupervised = (asked > 0.0) & (enough <= 0.0)
    else:
        unsupervised = np.zeros(others.size, dtype=bool)
    uncovered = ((need > 0.0) & (did == 0.0)).any(axis=1)
    room = np.broadcast_to(posts.hours, (len(tasks.need), wte.size))[others] * wte
    fits = used <= room + TOLERANCE * np.maximum(1.0, np.abs(room))
    return np.asarray(fits.all(axis=1) & ~uncovered & ~unsupervised)
