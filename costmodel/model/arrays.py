"""Array helpers whose results do not depend on how the draws are chunked.

The draw axis comes first, but the draws of one quantity lie together in memory: what picks, adds or stacks
quantities then runs along memory, several times faster than across it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from costmodel.model.types import FloatArray, IntArray


def zeros(n_draws: int, *shape: int) -> FloatArray:
    """Return zeros of shape (draw, ...), the draws of each entry together in memory.

    Examples
    --------
    >>> zeros(5, 2, 3).strides
    (8, 120, 40)
    """
    return draws_first(np.zeros((*shape, n_draws)))


def draws_first(values: FloatArray) -> FloatArray:
    """Return a view with the last axis, that of the draws, put first.

    Examples
    --------
    >>> draws_first(np.zeros((2, 3, 5))).shape
    (5, 2, 3)
    """
    return values.transpose(-1, *range(values.ndim - 1))


def stacked(parts: Sequence[FloatArray]) -> FloatArray:
    """Return arrays whose shapes broadcast side by side on a new last axis.

    Examples
    --------
    >>> stacked([np.array([1.0, 2.0]), np.array([3.0])])
    array([[1., 3.],
           [2., 3.]])
    """
    n_draws, *shape = np.broadcast_shapes(*(part.shape for part in parts))
    result = draws_first(np.empty((*shape, len(parts), n_draws)))
    for position, part in enumerate(parts):
        result[..., position] = part
    return result


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
    if not len(moved):
        return np.zeros(moved.shape[1:])
    result: FloatArray = moved[0].copy(order="K")
    for part in moved[1:]:
        result += part
    return result


def weighted_total(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the sum of values times weights along the last axis, added in order as in `total`.

    Examples
    --------
    >>> weighted_total(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([10.0, 1.0]))
    array([12., 34.])
    """
    result: FloatArray = values[..., 0] * weights[0]
    for position in range(1, weights.size):
        result += values[..., position] * weights[position]
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
    sum_of = list(sums)  # views, so that adding to one does not write it back a second time
    for code, column in zip(group.tolist(), values.T, strict=True):
        if code >= 0:
            sum_of[code] += column
    return sums.T


def columns_of(table: FloatArray, *codes: IntArray) -> FloatArray:
    """Return the entries of a table that codes point at, one column an entry.

    The draws of a column lie together in memory, which makes sums of columns several times faster.

    Parameters
    ----------
    table
        Shape (draw, ...).
    codes
        One array of positions for each axis after the first. Shape (column,) each.

    Returns
    -------
    Shape (draw, column).

    Examples
    --------
    >>> columns_of(np.array([[[1.0, 2.0], [3.0, 4.0]]]), np.array([1, 0, 1]), np.array([0, 0, 1]))
    array([[3., 1., 4.]])
    """
    draws_last = np.ascontiguousarray(np.moveaxis(table, 0, -1))
    return np.asarray(draws_last[codes].T)


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
    with np.errstate(divide="ignore", invalid="ignore"):
        result = np.asarray(numerator / denominator)
    np.copyto(result, when_zero, where=denominator == 0.0)
    return result
