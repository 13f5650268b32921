"""Every mix of posts that could still be cheaper than one found, where there are not too many of them."""

from __future__ import annotations

import numpy as np

from costmodel.model.skill_mix_cuts import Cuts
from costmodel.model.skill_mix_programme import Sums
from costmodel.model.skill_mix_types import TOLERANCE, Posts, people_of
from costmodel.model.types import BoolArray, FloatArray

_MOST_MIXES = 200_000
_MIXES_AT_ONCE = 256


def cheaper_mixes(posts: Posts, sums: Sums, cost: float) -> FloatArray | None:
    """Return every mix of posts that costs less and reaches the sums, the cheapest first.

    Parameters
    ----------
    posts
        What can be had, in steps.
    sums
        What every mix must reach.
    cost
        Above that of the mixes. [GBP/year]

    Returns
    -------
    Shape (mix, kind), or None where there are too many to look at. [WTE]
    """
    choices = [_choices(posts, kind, cost) for kind in range(posts.supervises.size)]
    cheapest_after = np.cumsum([prices.min() for _, prices in choices][::-1])[::-1]
    mixes, spent = np.zeros((1, 0)), np.zeros(1)
    for kind, (amounts, prices) in enumerate(choices):
        if len(mixes) * amounts.size > 10 * _MOST_MIXES:
            return None
        rest = cheapest_after[kind + 1] if kind + 1 < len(choices) else 0.0
        new_spent = (spent[:, None] + prices).ravel()
        mixes = np.hstack([np.repeat(mixes, amounts.size, axis=0), np.tile(amounts, len(mixes))[:, None]])
        useful = new_spent + rest < cost - TOLERANCE
        useful &= _can_reach(sums, mixes, cost - new_spent, choices[kind + 1 :])
        mixes, spent = mixes[useful], new_spent[useful]
        if len(mixes) > _MOST_MIXES:
            return None
    return np.asarray(mixes[np.argsort(spent, kind="stable")])


def serving_enough(cuts: Cuts, mixes: FloatArray, probability: float) -> BoolArray:
    """Return which mixes reach every sum known in a share of draws. Shape (mix,)."""
    enough = np.zeros(len(mixes), dtype=bool)
    for start in range(0, len(mixes), _MIXES_AT_ONCE):
        places = np.arange(start, min(start + _MIXES_AT_ONCE, len(mixes)))
        met = np.ones((len(cuts.tasks.need), places.size), dtype=bool)
        for cut in reversed(cuts.known):
            reached = cut.coefficients @ mixes[places].T
            slack = TOLERANCE * np.maximum(1.0, np.abs(cut.required))
            met &= reached >= (cut.required - slack)[:, None]
            left = met.mean(axis=0) >= probability - TOLERANCE
            places, met = places[left], met[:, left]
            if not places.size:
                break
        enough[places] = True
    return enough


def _choices(posts: Posts, kind: int, cost: float) -> tuple[FloatArray, FloatArray]:
    """Return the amounts of a kind of post that can be had for a sum, and what they cost."""
    least, most = float(posts.minimum[kind]), float(posts.maximum[kind])
    if posts.fixed[kind]:
        amounts = np.array([least])
    else:
        dearest = int(np.ceil(cost / max(float(posts.cost[kind, -1]), TOLERANCE))) + 1
        first = int(np.ceil(least / posts.step - TOLERANCE))
        last = int(np.floor(min(most, max(dearest, least)) / posts.step + TOLERANCE))
        amounts = posts.step * np.arange(first, last + 1)
    return amounts, np.array([_price(posts, kind, float(amount)) for amount in amounts])


def _price(posts: Posts, kind: int, amount: float) -> float:
    if posts.fixed[kind]:
        return float(posts.cost[kind, -1]) * amount
    whole, part = people_of(amount, posts.step)
    return whole * float(posts.cost[kind, -1]) + (float(posts.cost[kind, part - 1]) if part else 0.0)


def _can_reach(
    sums: Sums, mixes: FloatArray, left: FloatArray, later: list[tuple[FloatArray, FloatArray]]
) -> BoolArray:
    """Return which mixes may reach every sum with what is left to spend on the kinds after them."""
    matrix, least = sums
    known = mixes.shape[1]
    most = mixes @ matrix[:, :known].T
    for row, coefficients in enumerate(matrix[:, known:]):
        worth = [
            float((np.maximum(each, 0.0) * amounts / np.maximum(prices, TOLERANCE)).max(initial=0.0))
            for each, (amounts, prices) in zip(coefficients, later, strict=True)
        ]
        most[:, row] += max(worth, default=0.0) * np.maximum(left, 0.0)
    slack = TOLERANCE * np.maximum(1.0, np.abs(least))
    return np.asarray((most >= least - slack).all(axis=1))
