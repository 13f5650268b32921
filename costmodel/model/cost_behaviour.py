"""How a cost answers to volume: fixed, step and variable parts, and what is recovered by a planned rate."""

from __future__ import annotations

import numpy as np

from costmodel.model.arrays import ratio
from costmodel.model.types import FloatArray

ROUNDING_TOLERANCE = 1e-12


def steps_needed(volume: FloatArray, step_capacity: FloatArray) -> FloatArray:
    """Return how many whole steps serve a volume: none at volume 0, or where a step serves nobody.

    Parameters
    ----------
    volume
        [people/year] or [sessions/year]
    step_capacity
        Volume that one step serves. Shape broadcast with the first.

    Examples
    --------
    >>> steps_needed(np.array([0.0, 40.0, 41.0]), np.array([40.0]))
    array([0., 1., 2.])
    """
    steps = ratio(volume, step_capacity, when_zero=0.0)
    # Rounding in the last digits of a volume must not buy another step.
    return np.asarray(np.ceil(steps * (1.0 - ROUNDING_TOLERANCE)))


def cost_of_volume(
    volume: FloatArray, *, fixed: float, step_cost: float, step_capacity: float, variable: float
) -> FloatArray:
    """Return the cost of a volume: C(q) = F + s ceil(q / k) + v q.

    Parameters
    ----------
    volume
        Any shape. [clients/year]
    fixed, step_cost, variable
        [GBP/year], [GBP/year] for each step, [GBP/client]
    step_capacity
        Volume that one step serves. [clients/year]

    Returns
    -------
    Shape of `volume`. [GBP/year]

    References
    ----------
    .. [1] Drummond M et al. (2015). Methods for the Economic Evaluation of Health Care Programmes, 4th
       edition, chapter 7.

    Examples
    --------
    >>> cost_of_volume(np.array([0.0, 80.0, 81.0]), fixed=1000, step_cost=500, step_capacity=40, variable=2)
    array([1000., 2160., 2662.])
    """
    return fixed + step_cost * steps_needed(volume, np.array(step_capacity)) + variable * volume


def long_run_marginal_cost(
    variable: FloatArray, step_cost: FloatArray, step_capacity: FloatArray
) -> FloatArray:
    """Return the cost of one more unit when whole steps can be bought: v + s / k.

    Parameters
    ----------
    variable
        [GBP/client]
    step_cost
        [GBP/year] for each step
    step_capacity
        Volume that one step serves; where it is 0 there are no steps to buy. [clients/year]

    Returns
    -------
    [GBP/client]

    Examples
    --------
    >>> long_run_marginal_cost(np.array([2.0]), np.array([500.0]), np.array([40.0]))
    array([14.5])
    """
    return variable + ratio(step_cost, step_capacity, when_zero=0.0)


def under_recovered_cost(total_cost: FloatArray, planned: FloatArray, actual: FloatArray) -> FloatArray:
    """Return the cost that a rate set on planned activity fails to recover: C - (C / planned) x actual.

    Negative where more is done than was planned.

    Parameters
    ----------
    total_cost
        [GBP/year]
    planned, actual
        Activity, in the same unit.

    Returns
    -------
    [GBP/year]

    Examples
    --------
    >>> under_recovered_cost(np.array([540_000.0]), np.array([900.0]), np.array([720.0]))
    array([108000.])
    """
    return total_cost - ratio(total_cost, planned) * actual
