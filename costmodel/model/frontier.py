"""Cost against wait: which options nothing else beats, and what the next week less costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from costmodel.model.queueing import marginal_cost_of_shorter_wait
from costmodel.model.types import BoolArray, FloatArray


@dataclass(frozen=True)
class Frontier:
    """Options set against each other, in the order in which they were given.

    Attributes
    ----------
    dominated
        Whether another option costs no more and has no longer wait, and is better in one. Shape (option,).
    marginal_cost
        Of an option on the frontier: what it costs more than the next cheaper one on it, for each unit of
        wait that it is shorter. Not a number for the cheapest, and for what is dominated. Shape (option,).
    wait_removed
        How much shorter that wait is; not a number in the same places. Shape (option,). [time]
    """

    dominated: BoolArray
    marginal_cost: FloatArray
    wait_removed: FloatArray


def frontier(cost: FloatArray, wait: FloatArray) -> Frontier:
    """Return which options are dominated, and the marginal cost of a shorter wait along the others.

    Options that cost and wait alike do not dominate each other; the first of them stands for both.

    Parameters
    ----------
    cost
        Shape (option,). [GBP/time]
    wait
        Shape (option,). [time]

    Examples
    --------
    >>> found = frontier(np.array([3_610.0, 3_900.0, 3_705.0]), np.array([4.0, 3.0, 2.0]))
    >>> found.dominated, found.marginal_cost
    (array([False,  True, False]), array([ nan,  nan, 47.5]))
    >>> found.wait_removed
    array([nan, nan,  2.])
    """
    no_worse = (cost[None] <= cost[:, None]) & (wait[None] <= wait[:, None])
    better = (cost[None] < cost[:, None]) | (wait[None] < wait[:, None])
    dominated = np.asarray((no_worse & better).any(axis=1))
    marginal, removed = np.full((2, *cost.shape), np.nan)
    order = np.lexsort((wait, cost))
    kept = order[~dominated[order]]
    _, first = np.unique(cost[kept], return_index=True)
    kept = kept[first]
    marginal[kept[1:]] = marginal_cost_of_shorter_wait(cost[kept], wait[kept])
    removed[kept[1:]] = -np.diff(wait[kept])
    return Frontier(dominated, marginal, removed)
