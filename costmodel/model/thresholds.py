"""What would have to be true: completion and volume at which one option costs as much as another."""

from __future__ import annotations

import numpy as np

from costmodel.model.arrays import ratio
from costmodel.model.types import FloatArray


def threshold_completion(
    completion: FloatArray, cost_per_start: FloatArray, cost_per_start_of_reference: FloatArray
) -> FloatArray:
    """Return the share completing at which an option's cost per completion equals its reference's.

    p* = p C / C0: a cheaper option may lose completions down to p* before it is dearer per completion; above
    1 no share suffices.

    Parameters
    ----------
    completion
        p, share of the reference's starts that are completed. [share]
    cost_per_start, cost_per_start_of_reference
        C and C0. [GBP/client]

    Returns
    -------
    [share]; not a number where the reference costs nothing.

    Examples
    --------
    >>> threshold_completion(np.array([0.8]), np.array([1_500.0]), np.array([2_000.0]))
    array([0.6])
    """
    return completion * ratio(cost_per_start, cost_per_start_of_reference)


def break_even_volume(
    fixed: FloatArray, variable: FloatArray, other_fixed: FloatArray, other_variable: FloatArray
) -> FloatArray:
    """Return the volume at which two options cost the same: n* = (F1 - F2) / (v2 - v1).

    Parameters
    ----------
    fixed, variable
        F1 and v1. [GBP/year] and [GBP/client]
    other_fixed, other_variable
        F2 and v2.

    Returns
    -------
    [clients/year]; not a number where the two never cross at a volume above 0.

    Examples
    --------
    >>> one, other = (np.array([180_000.0]), np.array([120.0])), (np.array([90_000.0]), np.array([230.0]))
    >>> break_even_volume(*one, *other).round(2)
    array([818.18])
    >>> break_even_volume(np.array([1.0]), np.array([2.0]), np.array([0.0]), np.array([1.0]))
    array([nan])
    """
    volume = ratio(fixed - other_fixed, other_variable - variable)
    return np.where(volume > 0.0, volume, np.nan)
