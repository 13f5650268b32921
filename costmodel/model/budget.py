"""Budget impact: cash by year as one way of giving a service replaces another, never discounted."""

from __future__ import annotations

import numpy as np

from costmodel.model.types import FloatArray
from costmodel.units import MONTHS_PER_YEAR


def budget_impact(
    people: FloatArray,
    eligible_share: FloatArray,
    share_new: FloatArray,
    share_current: FloatArray,
    cost: FloatArray,
) -> FloatArray:
    """Return what a new mix of ways to give a service costs more than the current one.

    BI_t = N_t e_t sum over k of (share_new_kt - share_current_kt) c_kt, undiscounted.

    Parameters
    ----------
    people
        N_t, any shape that broadcasts with the others without their last axis.
    eligible_share
        e_t, likewise. [share]
    share_new, share_current
        Of each way k, on the last axis. [share]
    cost
        c_kt of one person, likewise. [GBP/person]

    Returns
    -------
    [GBP/year]

    References
    ----------
    .. [1] Sullivan SD, et al. (2014). Budget impact analysis - principles of good practice: report of the
       ISPOR 2012 Budget Impact Analysis Good Practice II Task Force. Value in Health 17(1):5-14.

    Examples
    --------
    Half of 500 eligible people move from an option at £1,200 to one at £900:

    >>> budget_impact(np.array(1_000.0), np.array(0.5), np.array([0.5, 0.5]), np.array([1.0, 0.0]),
    ...               np.array([1_200.0, 900.0])).item()
    -75000.0
    """
    moved = np.sum((share_new - share_current) * cost, axis=-1)
    return np.asarray(people * eligible_share * moved)


def share_in_place(uptake: FloatArray, months_until: FloatArray) -> FloatArray:
    """Return the part of each year's service that is given in the new way.

    Until the new staff are in post, the current service goes on; within a year the part is the share of its
    months after that. Uptake of that year applies to those months.

    Parameters
    ----------
    uptake
        Shape (year,). [share]
    months_until
        From the start of the first year to the first day of new staff. Shape (draw,). [months]

    Returns
    -------
    Shape (draw, year). [share]

    Examples
    --------
    >>> share_in_place(np.array([0.5, 1.0, 1.0]), np.array([0.0, 6.0, 15.0]))
    array([[0.5 , 1.  , 1.  ],
           [0.25, 1.  , 1.  ],
           [0.  , 0.75, 1.  ]])
    """
    ends = MONTHS_PER_YEAR * np.arange(1, uptake.size + 1)
    in_post = np.clip((ends - months_until[:, None]) / MONTHS_PER_YEAR, 0.0, 1.0)
    return np.asarray(uptake * in_post)


def newly_in_place(share: FloatArray) -> FloatArray:
    """Return by how much the part given in the new way rises in each year; falls free nobody again.

    What is paid once for every post, hiring and redundancy, is paid as the part first rises to a new height.

    Parameters
    ----------
    share
        Shape (draw, year). [share]

    Examples
    --------
    >>> newly_in_place(np.array([[0.25, 1.0, 0.5, 1.0]]))
    array([[0.25, 0.75, 0.  , 0.  ]])
    """
    highest = np.maximum.accumulate(share, axis=1)
    return np.diff(highest, axis=1, prepend=0.0)


def posts_between(current: FloatArray, new: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return what must be hired and what is no longer needed of each kind of staff.

    Parameters
    ----------
    current, new
        Staff of each kind, in the same order. Shape (draw, kind). [WTE]

    Examples
    --------
    >>> hired, released = posts_between(np.array([[2.0, 1.0]]), np.array([[1.5, 3.0]]))
    >>> hired, released
    (array([[0., 2.]]), array([[0.5, 0. ]]))
    """
    change = new - current
    return np.maximum(change, 0.0), np.maximum(-change, 0.0)


def straight_line(purchase: FloatArray, resale: FloatArray, life: float) -> FloatArray:
    """Return the cash a year that keeps a stock of equipment up, bought evenly and without interest.

    Parameters
    ----------
    purchase, resale
        [GBP]
    life
        [years]

    Examples
    --------
    >>> straight_line(np.array([18_000.0]), np.array([3_000.0]), 5.0)
    array([3000.])
    """
    return np.asarray((purchase - resale) / life)
