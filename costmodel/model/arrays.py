"""Array helpers whose results do not depend on how the draws are chunked."""

from __future__ import annotations

import numpy as np

from costmodel.model.types import FloatArray, IntArray


def total(values: FloatArray, axis: int) -> FloatArray:
    """Return the sum along one short axis, added in order.

    numpy picks the order of a reduction from the shape, so the last bits of `np.sum` may change with the
    number of draws in a chunk. Adding slice after slice does not.

    Examples
    --------
    >>> total(np.array([[1.0, 2.0], [3.0, 4.0]]), axis=1)
    array([3., 7.])
    """
    moved = np.moveaxis(values, axis, 0)
    result = np.zeros(moved.shape[1:])
    for part in moved:
        result += part
    return result


def group_totals(values: FloatArray, group: IntArray, n_groups: int) -> FloatArray:
    """Return the sums of columns that share a group code; a group without columns is 0.

    Parameters
    ----------
    values
        Shape (draw, column).
    group
        Code of each column, -1 to leave it out. Shape (column,).
    n_groups
        Number of groups.

    Returns
    -------
    Shape (draw, n_groups).

    Examples
    --------
    >>> group_totals(np.array([[1.0, 2.0, 4.0]]), np.array([2, 0, 2]), 4)
    array([[2., 0., 5., 0.]])
    """
    sums = np.zeros((n_groups, values.shape[0]))
    for column, code in enumerate(group):
        if code >= 0:
            sums[code] += values[:, column]
    return sums.T


def ratio(numerator: FloatArray, denominator: FloatArray, when_zero: float = np.nan) -> FloatArray:
    """Return numerator / denominator, by default "not applicable" (not a number) where the denominator is 0.

    Parameters
    ----------
    numerator, denominator
        Shapes that broadcast.
    when_zero
        What to return where the denominator is 0.

    Examples
    --------
    >>> ratio(np.array([6.0, 6.0]), np.array([3.0, 0.0]))
    array([ 2., nan])
    >>> ratio(np.array([6.0, 6.0]), np.array([3.0, 0.0]), when_zero=0.0)
    array([2., 0.])
    """
    numerator, denominator = np.broadcast_arrays(numerator, denominator)
    result = np.full(denominator.shape, when_zero)
    np.divide(numerator, denominator, out=result, where=denominator != 0.0)
    return result
