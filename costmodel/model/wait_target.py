"""The starts of therapy that keep a wait: closed forms on the flows of the waiting list."""

from __future__ import annotations

import numpy as np

from costmodel.model.types import FloatArray


def list_of_wait(wait: float, attrition: FloatArray) -> FloatArray:
    """Return the list, in months of starts, behind which a person waits a given time.

    `expected_wait` the other way round: ((1 - theta)^-w - 1) / theta, and w without attrition.

    Parameters
    ----------
    wait
        [months]
    attrition
        Below 1. [share/month]

    Examples
    --------
    >>> list_of_wait(1.5, np.array([0.0, 0.03])).round(4)
    array([1.5   , 1.5583])
    """
    grown = np.expm1(-wait * np.log1p(-np.minimum(attrition, 1.0 - 1e-12)))
    return np.where(attrition > 0.0, grown / np.where(attrition > 0.0, attrition, 1.0), wait)


def starts_for_wait(
    opening: FloatArray, arrivals: FloatArray, attrition: FloatArray, pace: FloatArray, wait: float
) -> FloatArray:
    """Return the starts in an average month after which a person referred at the end waits no longer.

    The list at the end is the largest, over the months s in which it may last have been empty, of arrivals
    less starts since then, both thinned by attrition; so the starts needed are the largest of

        sum_(t >= s) A_t q^(N-1-t) / (sum_(t >= s) p_t q^(N-1-t) + p g),  q = 1 - theta,

    g the list of the wait in months of starts, and for s = 0 with what is left of the opening list, W0 q^N.

    Parameters
    ----------
    opening
        People waiting today. Shape (draw, hub). [people]
    arrivals
        Shape (draw, hub, month). [people/month]
    attrition
        Below 1. Shape (draw, hub). [share/month]
    pace
        Starts of each month against an average one, p_t. Shape (draw, month). [ratio]
    wait
        [months]

    Returns
    -------
    Shape (draw, hub). [people/month]

    Examples
    --------
    >>> one = np.ones((1, 1))
    >>> starts_for_wait(180.0 * one, 48.0 * np.ones((1, 1, 6)), 0.03 * one, np.ones((1, 6)), 0.0).round(4)
    array([[74.9299]])
    """
    months = arrivals.shape[2]
    left = (1.0 - attrition)[..., None] ** np.arange(months - 1, -1, -1)
    people = np.cumsum((arrivals * left)[..., ::-1], axis=2)
    paces = np.cumsum((pace[:, None, :] * left)[..., ::-1], axis=2)
    people[..., -1] += opening * (1.0 - attrition) ** months
    allowed = list_of_wait(wait, attrition) * pace[:, None, :].mean(axis=2)
    return np.asarray((people / (paces + allowed[..., None])).max(axis=2))
