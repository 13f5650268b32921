"""Bringing prices of one year to another."""

from __future__ import annotations

import numpy as np

from costmodel.model.types import FloatArray


def uprated(amount: FloatArray, index_from: float, index_to: float) -> FloatArray:
    """Return an amount in the prices of another year: C x I_to / I_from.

    Examples
    --------
    >>> uprated(np.array([100.0]), 100.0, 118.1)
    array([118.1])
    """
    return amount * (index_to / index_from)


def uprated_by_parts(
    amount: FloatArray, pay_share: float, pay_factor: float, non_pay_factor: float
) -> FloatArray:
    """Return an amount whose pay and non-pay parts follow different indices: C (w P1/P0 + (1 - w) Q1/Q0).

    Examples
    --------
    >>> uprated_by_parts(np.array([100.0]), 0.75, 1.04, 1.02).round(6)
    array([103.5])
    """
    return amount * (pay_share * pay_factor + (1.0 - pay_share) * non_pay_factor)


def present_value(yearly_cost: FloatArray, rate: float, *, mid_year: bool = False) -> float:
    """Return yearly costs discounted to the start, the first year undiscounted unless `mid_year`.

    Examples
    --------
    >>> round(present_value(np.array([100.0, 100.0]), 0.035), 3)
    196.618
    """
    years = np.arange(yearly_cost.size) + (0.5 if mid_year else 0.0)
    return float((yearly_cost * (1.0 + rate) ** -years).sum())
