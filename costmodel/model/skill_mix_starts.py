"""How many people given posts can start in therapy, draw by draw: an answer checked from its end."""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_diag, csr_matrix

from costmodel.model.queueing import WaitingError
from costmodel.model.skill_mix_types import Posts, Programme, Requirement, Tasks
from costmodel.model.types import BoolArray, FloatArray

_DRAWS_AT_ONCE = 100
_MOST_OFTEN = 20.0
_FIRST = 1_000.0
_ROUNDING = 1e-6


def most_starts(
    posts: Posts,
    tasks: Tasks,
    wte: FloatArray,
    of_therapy: BoolArray,
    caps: tuple[Requirement, ...] = (),
) -> FloatArray:
    """Return how often over given posts can give the therapy of each draw, once they do everything else.

    Parameters
    ----------
    posts, tasks, wte
        What there is and what is to be done.
    of_therapy
        Which tasks grow with the starts. Shape (task,).
    caps
        Sums of posts that clients in therapy ask for, at the therapy of `tasks`.

    Returns
    -------
    At most 20; -1 in draws in which posts cannot do everything else. Shape (draw,). [ratio]

    Examples
    --------
    1,500 hours at work, 500 of them for outreach; therapy of 800 hours can be given 1.25 times.

    >>> posts = Posts(
    ...     cost=np.array([[60.0]]), hours=np.array([1_500.0]), supervision=np.zeros(1),
    ...     supervises=np.array([True]), minimum=np.zeros(1), maximum=np.ones(1), step=0.0)
    >>> tasks = Tasks(need=np.array([[500.0, 800.0]]), hours_per_need=np.ones((1, 2)),
    ...     complex_share=np.zeros(2), takes_complex=np.ones((1, 2), dtype=bool))
    >>> most_starts(posts, tasks, np.ones(1), np.array([False, True])).round(6)
    array([1.25])
    """
    programme = Programme(posts, tasks)
    n_draws = len(tasks.need)
    often = np.empty(n_draws)
    for start in range(0, n_draws, _DRAWS_AT_ONCE):
        draws = range(start, min(start + _DRAWS_AT_ONCE, n_draws))
        often[draws.start : draws.stop] = _most_often(programme, wte, of_therapy, draws)
    for cap in caps:
        there = cap.coefficients @ wte
        allowed = np.where(
            cap.required > 0.0, there / np.where(cap.required > 0.0, cap.required, 1.0), np.inf
        )
        often = np.minimum(often, allowed)
    return often


def _most_often(programme: Programme, wte: FloatArray, of_therapy: BoolArray, draws: range) -> FloatArray:
    blocks, room = [], []
    for draw in draws:
        matrix, most = _rows(programme, wte, of_therapy, draw)
        blocks.append(csr_matrix(matrix))
        room.append(most)
    width = programme.n_free + 2
    cost = np.zeros(width)
    cost[-2:] = -_FIRST, -1.0  # everything else comes first
    upper = np.concatenate([np.full(programme.n_free, np.inf), [1.0, _MOST_OFTEN]])
    solved = milp(
        np.tile(cost, len(draws)),
        constraints=LinearConstraint(block_diag(blocks, format="csr"), -np.inf, np.concatenate(room)),
        bounds=Bounds(0.0, np.tile(upper, len(draws))),
    )
    if solved.x is None:
        raise WaitingError("the therapy that the posts can give could not be worked out; check its hours")
    found = np.asarray(solved.x).reshape(len(draws), width)
    return np.where(found[:, -2] >= 1.0 - _ROUNDING, found[:, -1], -1.0)


def _rows(
    programme: Programme, wte: FloatArray, of_therapy: BoolArray, draw: int
) -> tuple[FloatArray, FloatArray]:
    """Return rows over who does what, the share of everything else, and therapy; and the hours there are."""
    rows, least = programme.covering(draw)
    n_kinds = wte.size
    therapy = np.concatenate([np.zeros(n_kinds), of_therapy, of_therapy, [False]]).astype(bool)
    else_, grows = np.where(therapy, 0.0, least), np.where(therapy, least, 0.0)
    there = rows[:, :n_kinds] @ wte
    # Supervision that posts need is part of everything else.
    else_[-1] -= min(there[-1], 0.0)
    there[-1] = max(there[-1], 0.0)
    free = rows[:, n_kinds:]
    matrix = np.hstack([-free, else_[:, None], grows[:, None]])
    return matrix, there
