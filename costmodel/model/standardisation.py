"""Hubs made comparable: cost per client at the pooled case mix and pooled prices, and limits of chance."""

from __future__ import annotations

import numpy as np

from costmodel.model.arrays import ratio
from costmodel.model.types import FloatArray


def direct_standardisation(weights: FloatArray, cost: FloatArray) -> FloatArray:
    """Return the cost per client that each Hub would have at a common case mix: sum over g of pi_g c_hg.

    Parameters
    ----------
    weights
        pi_g, pooled share of each stratum. Shape (draw, stratum). [share]
    cost
        c_hg; not a number where a Hub has nobody in a stratum. Shape (draw, hub, stratum). [GBP/client]

    Returns
    -------
    Shape (draw, hub). [GBP/client]

    Examples
    --------
    >>> direct_standardisation(np.array([[0.25, 0.75]]), np.array([[[2_000.0, 400.0]]]))
    array([[800.]])
    """
    return np.asarray(np.sum(weights[:, None, :] * cost, axis=-1))


def costs_by_stratum(
    cost: FloatArray, therapy_cost: FloatArray, clients: FloatArray, need_therapy: FloatArray
) -> FloatArray:
    """Return what a client who needs therapy and another client cost.

    Therapy's cost falls on those who need it; every other cost on all clients alike.

    Parameters
    ----------
    cost, therapy_cost
        Of the Hub, and of its therapy within that. Shape (draw, hub). [GBP/year]
    clients, need_therapy
        Registered, and those of them who need the Hub's therapy. Shape (draw, hub). [people/year]

    Returns
    -------
    In need, then other. Shape (draw, hub, 2). [GBP/client]

    Examples
    --------
    >>> costs_by_stratum(*np.array([[[100.0]], [[40.0]], [[10.0]], [[2.0]]]))
    array([[[26.,  6.]]])
    """
    other = ratio(cost - therapy_cost, clients)
    return np.stack([other + ratio(therapy_cost, need_therapy), other], axis=-1)


def price_factor(cost: FloatArray, quantity: FloatArray) -> FloatArray:
    """Return how dear each Hub's inputs are against the pooled price of the same kinds.

    Parameters
    ----------
    cost, quantity
        Of each kind of staff at each Hub. Shape (draw, hub, kind). [GBP/year], [WTE]

    Returns
    -------
    Cost over the same quantities at pooled prices. Shape (draw, hub). [ratio]

    Examples
    --------
    >>> price_factor(np.array([[[30.0], [50.0]]]), np.array([[[1.0], [1.0]]]))
    array([[0.75, 1.25]])
    """
    pooled = ratio(cost.sum(axis=1), quantity.sum(axis=1), when_zero=0.0)
    return ratio(cost.sum(axis=-1), np.sum(quantity * pooled[:, None, :], axis=-1))


def spread_between_clients(
    shares: FloatArray, sessions: FloatArray, cost_per_session: FloatArray
) -> FloatArray:
    """Return the standard deviation of cost between clients that courses of therapy alone make.

    Parameters
    ----------
    shares
        Of clients by course, such as none, dropped out, completed. Shape (draw, course). [share]
    sessions
        Of each course. Shape (draw, course). [sessions/client]
    cost_per_session
        Shape (draw,). [GBP/session]

    Examples
    --------
    >>> spread_between_clients(np.array([[0.5, 0.5]]), np.array([[0.0, 10.0]]), np.array([100.0]))
    array([500.])
    """
    cost = sessions * cost_per_session[:, None]
    mean = np.sum(shares * cost, axis=1, keepdims=True)
    return np.asarray(np.sqrt(np.sum(shares * (cost - mean) ** 2, axis=1)))


def funnel_limits(mean: float, spread: float, clients: FloatArray, z: float) -> tuple[FloatArray, FloatArray]:
    """Return between which figures chance alone keeps a Hub of each size: mean -+ z s / sqrt(n).

    References
    ----------
    .. [1] Spiegelhalter DJ (2005). Funnel plots for comparing institutional performance. Statistics in
       Medicine 24(8):1185-1202.

    Examples
    --------
    >>> funnel_limits(1_000.0, 500.0, np.array([25.0, 100.0]), 2.0)
    (array([800., 900.]), array([1200., 1100.]))
    """
    half = z * spread / np.sqrt(clients)
    return np.asarray(mean - half), np.asarray(mean + half)
