"""Apportionment of overhead pools to activities."""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from costmodel.model.arrays import ratio, total
from costmodel.model.types import FloatArray

CLOSED_CIRCLE_TOLERANCE = 1e-12
_NO_OUTLET = (
    "some overhead pools serve only each other, so their cost never reaches an activity; "
    "give each pool a share that goes to an activity"
)


class OverheadMethod(StrEnum):
    """How overhead pools reach the activities."""

    DIRECT = "direct"
    STEP_DOWN = "step_down"
    RECIPROCAL = "reciprocal"


def apportionment(between_pools: FloatArray, to_activities: FloatArray, method: OverheadMethod) -> FloatArray:
    """Return the share of each pool's own cost that ends at each activity.

    Every row sums to 1, so nothing is lost or counted twice; shares that do not add up to 1 are scaled.

    Parameters
    ----------
    between_pools
        Share of the row's pool used by the column's pool, in closing order for step-down.
        Shape (pool, pool). [share]
    to_activities
        Share of the row's pool used by the column's activity. Shape (pool, activity). [share]
    method
        `direct` ignores what pools use of each other; `step_down` closes pools in order; `reciprocal`
        solves them together, so their order does not matter.

    Returns
    -------
    Shape (pool, activity). [share]

    Raises
    ------
    ValueError
        If some pools only serve each other, so that their cost never reaches an activity.

    References
    ----------
    .. [1] Drummond M et al. (2015). Methods for the Economic Evaluation of Health Care Programmes, 4th
       edition, chapter 7: allocation of overhead costs.

    Examples
    --------
    >>> between = np.array([[0.0, 0.1], [0.05, 0.0]])
    >>> onward = np.array([[0.2, 0.5, 0.2], [0.25, 0.55, 0.15]])
    >>> (np.array([100.0, 80.0]) @ apportionment(between, onward, OverheadMethod.RECIPROCAL)).round(4)
    array([ 43.5176, 102.0101,  34.4724])
    """
    if method is OverheadMethod.DIRECT:
        between_pools = np.zeros_like(between_pools)
    elif method is OverheadMethod.STEP_DOWN:
        between_pools = np.triu(between_pools, k=1)
    sent = between_pools.sum(axis=1, keepdims=True) + to_activities.sum(axis=1, keepdims=True)
    if np.any(sent <= 0.0):
        raise ValueError(_NO_OUTLET)
    passed_on = between_pools / sent
    if np.abs(np.linalg.eigvals(passed_on)).max(initial=0.0) >= 1.0 - CLOSED_CIRCLE_TOLERANCE:
        raise ValueError(_NO_OUTLET)
    return np.asarray(np.linalg.solve(np.eye(len(sent)) - passed_on, to_activities / sent), np.float64)


def gross_pool_costs(own_cost: FloatArray, between_pools: FloatArray) -> FloatArray:
    """Return each pool's cost once the pools have charged each other: x = (I - S')^-1 c.

    Parameters
    ----------
    own_cost
        Shape (pool,). [GBP/year]
    between_pools
        Share of the row's pool used by the column's pool. Shape (pool, pool). [share]

    Returns
    -------
    Shape (pool,). [GBP/year]

    Examples
    --------
    >>> gross_pool_costs(np.array([100.0, 80.0]), np.array([[0.0, 0.1], [0.05, 0.0]])).round(4)
    array([104.5226,  90.4523])
    """
    return np.asarray(np.linalg.solve(np.eye(len(own_cost)) - between_pools.T, own_cost), np.float64)


def apportioned_by_driver(cost: FloatArray, driver: FloatArray) -> FloatArray:
    """Return what each user of a shared resource bears, in proportion to a driver.

    Parameters
    ----------
    cost
        Of the shared resource. Shape (...,). [GBP/year]
    driver
        What each user has of the driver: WTE, people in scope, clients. Shape (..., user).

    Returns
    -------
    Shape (..., user). [GBP/year]

    Examples
    --------
    >>> apportioned_by_driver(np.array(90_000.0), np.array([6.0, 3.0, 3.0]))
    array([45000., 22500., 22500.])
    """
    return cost[..., None] * ratio(driver, total(driver, axis=-1)[..., None])
