"""The programme over posts alone: the cheapest people who reach every sum that the draws have shown."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import Bounds, LinearConstraint

from costmodel.model.skill_mix_cuts import Cuts
from costmodel.model.skill_mix_types import TOLERANCE, Heads, Posts, Requirement, people_of
from costmodel.model.solver import solved
from costmodel.model.types import FloatArray

_PENALTY = 100.0
"""What a post beyond its maximum costs the programme, in costs of the dearest post: the last resort."""

Sums = tuple[FloatArray, FloatArray]
"""Sums of posts, shape (sum, kind), and what each must reach, shape (sum,)."""


def cheapest_people(
    posts: Posts, sums: Sums, heads: Sequence[Heads], most_excess: FloatArray
) -> tuple[FloatArray, FloatArray] | None:
    """Return the cheapest posts that reach every sum, and what of them is beyond a maximum.

    Parameters
    ----------
    posts
        What can be had.
    sums
        What posts must reach.
    heads
        People who must be there.
    most_excess
        By how much each kind may go beyond its maximum, which it does as little as it can. Shape (kind,).

    Returns
    -------
    None where no posts do. Shape (kind,) each. [WTE]
    """
    n_kinds, n_sizes = posts.cost.shape
    n_parts = n_sizes - 1
    sizes = posts.step * np.arange(1, n_sizes)
    # Variables: whole posts, one part post of each size at most, and what is above the maximum.
    wte_of = np.hstack([np.eye(n_kinds), np.kron(np.eye(n_kinds), sizes), np.eye(n_kinds)])
    within = wte_of * np.concatenate([np.ones(n_kinds * n_sizes), np.zeros(n_kinds)])
    parts = np.kron(np.eye(n_kinds), np.ones(n_parts))
    one_part = np.hstack([np.zeros((n_kinds, n_kinds)), parts, np.zeros((n_kinds,) * 2)])
    rows = [LinearConstraint(within, posts.minimum, posts.maximum), LinearConstraint(one_part, 0.0, 1.0)]
    rows += [_people(posts, each, np.hstack([np.eye(n_kinds), parts, np.eye(n_kinds)])) for each in heads]
    if len(sums[0]):
        matrix = sums[0] @ wte_of
        scale = np.maximum(np.abs(matrix).max(axis=1), TOLERANCE)
        rows.append(LinearConstraint(matrix / scale[:, None], sums[1] / scale, np.inf))
    dearest = max(float(posts.cost.max()), TOLERANCE)
    people = np.concatenate([posts.cost[:, -1], posts.cost[:, :-1].ravel()]) / dearest
    whole_steps = (posts.step > 0.0) & ~posts.fixed
    integrality = np.concatenate([whole_steps, np.repeat(whole_steps, n_parts), np.zeros(n_kinds)])
    upper = np.concatenate([posts.maximum, np.repeat(~posts.fixed, n_parts), most_excess])
    cost = np.concatenate([people, _PENALTY + people[:n_kinds]])
    found = solved(cost, integrality.astype(np.int64), Bounds(0.0, upper), rows)
    if found.x is None:
        return None
    values = np.where(integrality > 0, np.round(found.x), found.x)
    return np.asarray(wte_of @ values), values[-n_kinds:]


def _people(posts: Posts, heads: Heads, people_of_kind: FloatArray) -> LinearConstraint:
    kept = np.flatnonzero(heads.counted & posts.fixed).tolist()
    there = sum(posts.people(kind, float(posts.minimum[kind])) for kind in kept)
    counted = heads.counted & ~posts.fixed
    return LinearConstraint(counted @ people_of_kind, heads.least - there, np.inf)


def escaped_by_none(cuts: Cuts, level: float) -> Sums:
    """Return sums that no posts escape which reach each sum known in a share of draws.

    A draw whose hours are at most r times the usual ones, whatever the kind of post, asks at least its r-th
    part of the usual hours: so the quantile of those is a bound.
    """
    found = [_bound(cut, level) for cut in cuts.known]
    return _as_sums(cuts.posts, found)


def _bound(cut: Requirement, level: float) -> tuple[FloatArray, float]:
    if cut.coefficients.ndim == 1:
        return cut.coefficients, _quantile(cut.required, level)
    usual = cut.coefficients.mean(axis=0)
    gives = usual > 0.0
    most = (cut.coefficients[:, gives] / usual[gives]).max(axis=1, initial=0.0)
    if not gives.any():
        most = np.ones(len(cut.required))
    asked = cut.required > 0.0
    least = np.where(asked, cut.required / np.where(most > 0.0, most, np.nan), 0.0)
    takes = (cut.coefficients[:, ~gives] / np.where(most > 0.0, most, np.nan)[:, None]).max(axis=0)
    usual[~gives] = np.where(np.isfinite(takes), takes, 0.0)
    return usual, _quantile(np.where(np.isnan(least), np.inf, least), level)


def _quantile(required: FloatArray, level: float) -> float:
    return float(np.quantile(required, level, method="inverted_cdf"))


def _as_sums(posts: Posts, found: Sequence[tuple[FloatArray, float]]) -> Sums:
    n_kinds = posts.supervises.size
    return np.array([c for c, _ in found]).reshape(-1, n_kinds), np.array([least for _, least in found])


def cost_of(posts: Posts, wte: FloatArray) -> float:
    """Return the cost of whole people and of one part-time person of each kind. [GBP/year]."""
    if posts.step == 0.0:
        return float(posts.cost[:, -1] @ wte)
    cost = 0.0
    for kind, number in enumerate(wte):
        whole, part = people_of(float(number), posts.step)
        if posts.fixed[kind]:
            cost += float(posts.cost[kind, -1]) * float(number)
            continue
        cost += whole * float(posts.cost[kind, -1])
        cost += float(posts.cost[kind, part - 1]) if part else 0.0
    return cost
