"""Why no posts do: which posts would do by themselves if more of them could be had."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from costmodel.model.queueing import WaitingError
from costmodel.model.skill_mix import Search, first_cuts
from costmodel.model.skill_mix_types import TOLERANCE, Heads, Posts, Requirement, Tasks
from costmodel.model.types import FloatArray


def least_extra(
    posts: Posts,
    tasks: Tasks,
    probability: float = 1.0,
    requirements: tuple[Requirement, ...] = (),
    heads: tuple[Heads, ...] = (),
) -> FloatArray:
    """Return how much more of each kind of post alone than its maximum would make the problem possible.

    Parameters
    ----------
    posts, tasks, probability, requirements, heads
        As for `cheapest_mix`.

    Returns
    -------
    0 where nothing more is needed, infinite where no number of this kind would do. Shape (kind,). [WTE]

    Examples
    --------
    Two kinds may do 3,000 hours of the only task, and one of each may be had; of either, one more would do.

    >>> posts = Posts(
    ...     cost=np.array([[60.0], [40.0]]), hours=np.full(2, 1_000.0), supervision=np.zeros(2),
    ...     supervises=np.array([True, False]), minimum=np.zeros(2), maximum=np.ones(2), step=0.0)
    >>> tasks = Tasks(need=np.array([[3_000.0]]), hours_per_need=np.ones((2, 1)),
    ...     complex_share=np.zeros(1), takes_complex=np.ones((2, 1), dtype=bool))
    >>> least_extra(posts, tasks).round(6)
    array([1., 1.])
    """
    n_kinds = posts.supervises.size
    extra = np.full(n_kinds, np.inf)
    cuts = first_cuts(posts, tasks, requirements)
    for kind in np.flatnonzero(np.isfinite(posts.maximum)):
        only = np.where(np.arange(n_kinds) == kind, np.inf, 0.0)
        found = _found(Search(cuts, heads, only), probability)
        extra[kind] = np.inf if found is None else found[kind]
    return extra


def possible(
    posts: Posts,
    tasks: Tasks,
    probability: float = 1.0,
    requirements: tuple[Requirement, ...] = (),
    heads: tuple[Heads, ...] = (),
) -> bool:
    """Return whether posts within their maxima serve so many draws."""
    search = Search(first_cuts(posts, tasks, requirements), heads, np.zeros(posts.supervises.size))
    return _found(search, probability) is not None


def in_one_draw(
    posts: Posts, tasks: Tasks, requirements: tuple[Requirement, ...], draw: int
) -> tuple[Posts, Tasks, tuple[Requirement, ...]]:
    """Return the problem of one draw by itself."""
    own = slice(draw, draw + 1)
    paces = tasks.hours_per_need
    return (
        replace(posts, hours=_own(posts.hours, own), supervision=_own(posts.supervision, own)),
        replace(tasks, need=tasks.need[own], hours_per_need=paces[own] if paces.ndim == 3 else paces),
        tuple(Requirement(_own(each.coefficients, own), each.required[own]) for each in requirements),
    )


def _own(values: FloatArray, draw: slice) -> FloatArray:
    return values[draw] if values.ndim == 2 else values


def _found(search: Search, probability: float) -> FloatArray | None:
    """Return what is beyond a maximum, or None where nothing serves so many draws."""
    try:
        wte, excess, met = search.least(probability)
        if met.mean() < probability - TOLERANCE:
            _, excess, _ = search.serving(search.easiest(wte, probability), wte)
    except WaitingError:
        return None
    return np.where(excess > TOLERANCE, excess, 0.0)
