"""Who targeted outreach reaches, group by group, and what one more person reached costs."""

from __future__ import annotations

import numpy as np

from costmodel.model.arrays import ratio
from costmodel.model.types import FloatArray


def split(contact_shares: FloatArray, weights: FloatArray) -> FloatArray:
    """Return each group's share of a whole that follows contacts, weighted by group.

    Parameters
    ----------
    contact_shares
        Share of the targeted contacts. Shape (group,). [share]
    weights
        How readily a contact of the group registers, or what it costs, against the average.
        Shape (group,).

    Returns
    -------
    Shape (group,); adds up to 1 unless every weight is 0.

    Examples
    --------
    >>> split(np.array([0.5, 0.5]), np.array([1.0, 3.0]))
    array([0.25, 0.75])
    """
    weighted = contact_shares * weights
    return ratio(weighted, np.array(weighted.sum()), when_zero=0.0)


def reached_by_budget(budget: float, budget_shares: FloatArray, cost_per_person: FloatArray) -> FloatArray:
    """Return how many people a fixed budget reaches in each group, at constant cost per person.

    Parameters
    ----------
    budget
        [GBP/year]
    budget_shares
        How it is split. Shape (group,). [share]
    cost_per_person
        Shape (draw, group). [GBP/person]

    Returns
    -------
    Shape (draw, group). [people/year]

    Examples
    --------
    >>> reached_by_budget(1_000.0, np.array([0.25, 0.75]), np.array([[250.0, 500.0]]))
    array([[1. , 1.5]])
    """
    return ratio(budget * budget_shares, cost_per_person)
