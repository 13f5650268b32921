"""Rank correlations between uncertain quantities, by a Gaussian copula.

Sources and experts speak of rank correlations; the copula needs the correlation of normal scores. Everything
here works column by column with explicit sums, so that a draw does not depend on how many others are made
beside it.

References
----------
.. [1] Iman RL, Conover WJ (1982). A distribution-free approach to inducing rank correlation among input
   variables. Communications in Statistics - Simulation and Computation 11(3):311-334.
   doi:10.1080/03610918208812265.
"""

import math
from collections.abc import Sequence
from itertools import combinations
from typing import Final

import numpy as np

from costmodel.uncertainty import special
from costmodel.uncertainty.errors import CorrelationError, DistributionError
from costmodel.uncertainty.types import FloatArray

_TOLERANCE: Final = 1e-10


def spearman_to_pearson(spearman: float) -> float:
    """Return the correlation of normal scores that gives a rank correlation.

    Examples
    --------
    >>> round(spearman_to_pearson(0.5), 6)
    0.517638
    """
    return 2.0 * math.sin(math.pi * spearman / 6.0)


def pearson_to_spearman(pearson: float) -> float:
    """Return the rank correlation of two normals with a given correlation.

    Examples
    --------
    >>> round(pearson_to_spearman(0.5), 6)
    0.482584
    """
    return 6.0 / math.pi * math.asin(pearson / 2.0)


def pearson_to_kendall(pearson: float) -> float:
    """Return Kendall's tau of two normals with a given correlation.

    Examples
    --------
    >>> round(pearson_to_kendall(0.5), 6)
    0.333333
    """
    return 2.0 / math.pi * math.asin(pearson)


def kendall_to_pearson(kendall: float) -> float:
    """Return the correlation of normal scores that gives Kendall's tau.

    Examples
    --------
    >>> round(kendall_to_pearson(1 / 3), 6)
    0.5
    """
    return math.sin(math.pi * kendall / 2.0)


def lognormal_natural_correlation(sigma_1: float, sigma_2: float, log_correlation: float) -> float:
    """Return the correlation of two lognormals from that of their logarithms.

    Parameters
    ----------
    sigma_1, sigma_2
        Standard deviations of the logarithms.
    log_correlation
        Correlation of the logarithms, between -1 and 1.

    Examples
    --------
    >>> round(lognormal_natural_correlation(0.4, 0.6, 0.5), 6)
    0.464972
    """
    spread = math.sqrt(math.expm1(sigma_1**2) * math.expm1(sigma_2**2))
    return math.expm1(log_correlation * sigma_1 * sigma_2) / spread


def lognormal_correlation_bounds(sigma_1: float, sigma_2: float) -> tuple[float, float]:
    """Return the lowest and highest correlation that two lognormals can have.

    Examples
    --------
    >>> [round(bound, 6) for bound in lognormal_correlation_bounds(0.4, 0.6)]
    [-0.778154, 0.989227]
    """
    return (
        lognormal_natural_correlation(sigma_1, sigma_2, -1.0),
        lognormal_natural_correlation(sigma_1, sigma_2, 1.0),
    )


def sd_of_difference(sd_1: float, sd_2: float, correlation: float) -> float:
    """Return the standard deviation of the difference of two outcomes.

    Common random numbers make scenarios correlate, and their difference far more precise than either.

    Examples
    --------
    >>> [round(sd_of_difference(250.0, 260.0, rho), 1) for rho in (0.0, 0.95)]
    [360.7, 81.2]
    """
    return math.sqrt(sd_1**2 + sd_2**2 - 2.0 * correlation * sd_1 * sd_2)


def probability_lower(mean_difference: float, sd_difference: float) -> float:
    """Return the probability that a normal difference lies below 0: that an option is cheaper.

    Parameters
    ----------
    mean_difference, sd_difference
        Of the option less its comparator; the second above 0, as `sd_of_difference` gives it.

    Examples
    --------
    >>> round(probability_lower(-30_000.0, sd_of_difference(40_000.0, 35_000.0, 0.8)), 4)
    0.8926
    """
    return float(special.ndtr(-mean_difference / sd_difference))


def smallest_eigenvalue(matrix: FloatArray) -> float:
    """Return the smallest eigenvalue of a symmetric matrix; below 0 no quantities have these correlations.

    Examples
    --------
    >>> round(smallest_eigenvalue(np.array([[1.0, 0.5], [0.5, 1.0]])), 6)
    0.5
    """
    return float(np.linalg.eigvalsh(matrix)[0])


def cholesky(matrix: FloatArray, names: Sequence[str] = ()) -> FloatArray:
    """Return the lower triangular factor L of a correlation matrix, with L L' equal to it.

    Parameters
    ----------
    matrix
        Correlations of normal scores. Shape (name, name).
    names
        What the rows are called in messages; numbered where none are given.

    Raises
    ------
    CorrelationError
        If the matrix is not square, symmetric, with ones on its diagonal and correlations between -1 and 1,
        or if no quantities can have these correlations; then the pair or triple that contradict each other is
        named.

    Examples
    --------
    >>> cholesky(np.array([[1.0, 0.6], [0.6, 1.0]]))
    array([[1. , 0. ],
           [0.6, 0.8]])
    """
    matrix = np.asarray(matrix, dtype=np.float64)
    labels = list(names) or [f"number {i + 1}" for i in range(len(matrix))]
    _require_correlations(matrix, labels)
    if smallest_eigenvalue(matrix) < -_TOLERANCE:
        raise CorrelationError(_contradiction(matrix, labels))
    return _lower_factor(matrix)


def cholesky_of_covariance(covariance: FloatArray) -> FloatArray:
    """Return the lower triangular factor L of a covariance matrix, with L L' equal to it.

    Raises
    ------
    DistributionError
        If the matrix is not symmetric and positive definite, naming the argument `covariance`.
    """
    if not np.allclose(covariance, covariance.T, rtol=1e-9, atol=0.0):
        raise DistributionError("must be symmetric", "covariance")
    variances = np.diag(covariance)
    if variances.min() <= 0.0:
        raise DistributionError(
            f"must have variances greater than 0 on its diagonal; got {variances.min():g}", "covariance"
        )
    sds = np.sqrt(variances)
    correlations = covariance / np.outer(sds, sds)
    if smallest_eigenvalue(correlations) < _TOLERANCE:
        raise DistributionError(
            "must be positive definite: no quantities have these covariances together; "
            "check their signs and sizes",
            "covariance",
        )
    return _lower_factor(correlations) * sds[:, np.newaxis]


def correlate(columns: Sequence[FloatArray], factor: FloatArray) -> list[FloatArray]:
    """Return correlated normal scores from independent ones.

    Parameters
    ----------
    columns
        Independent standard normal scores, one array a name, each of shape (draw,).
    factor
        Lower triangular factor of the correlation matrix. Shape (name, name).

    Returns
    -------
    One array a name, each of shape (draw,).

    Examples
    --------
    >>> correlate([np.array([1.0]), np.array([2.0])], np.array([[1.0, 0.0], [0.6, 0.8]]))
    [array([1.]), array([2.2])]
    """
    correlated = []
    for i, row in enumerate(factor):
        total = row[0] * columns[0]
        for j in range(1, i + 1):
            total += row[j] * columns[j]
        correlated.append(total)
    return correlated


def _lower_factor(matrix: FloatArray) -> FloatArray:
    n = len(matrix)
    factor = np.zeros((n, n))
    for j in range(n):
        pivot = matrix[j, j] - math.fsum(factor[j, :j] ** 2)
        if pivot < _TOLERANCE:  # this one follows from those before it
            continue
        factor[j, j] = math.sqrt(pivot)
        for i in range(j + 1, n):
            factor[i, j] = (matrix[i, j] - math.fsum(factor[i, :j] * factor[j, :j])) / factor[j, j]
    return factor


def _require_correlations(matrix: FloatArray, labels: Sequence[str]) -> None:
    n = len(labels)
    if matrix.shape != (n, n):
        raise CorrelationError(
            f"the correlation matrix must have {n} rows of {n} numbers; got shape {matrix.shape}"
        )
    for i in range(n):
        if matrix[i, i] != 1.0:
            raise CorrelationError(
                f"the correlation of {labels[i]} with itself must be 1; got {matrix[i, i]:g}"
            )
    for i, j in combinations(range(n), 2):
        if not -1.0 <= matrix[i, j] <= 1.0:
            raise CorrelationError(
                f"the correlation of {labels[i]} and {labels[j]} must be between -1 and 1; "
                f"got {matrix[i, j]:g}"
            )
        if matrix[i, j] != matrix[j, i]:
            raise CorrelationError(
                f"the correlation of {labels[i]} and {labels[j]} is given twice, as {matrix[i, j]:g} and "
                f"{matrix[j, i]:g}; the matrix must be symmetric"
            )


def _contradiction(matrix: FloatArray, labels: Sequence[str]) -> str:
    """Say which three correlations contradict each other, or that only all of them together do."""
    for i, j, k in combinations(range(len(labels)), 3):
        a, b, c = float(matrix[i, j]), float(matrix[i, k]), float(matrix[j, k])
        room = math.sqrt((1.0 - a * a) * (1.0 - b * b))
        if abs(c - a * b) > room + _TOLERANCE:
            return (
                f"the correlations {a:g} ({labels[i]} and {labels[j]}), "
                f"{b:g} ({labels[i]} and {labels[k]}) and {c:g} ({labels[j]} and {labels[k]}) "
                f"contradict each other: given the first two, the third must be "
                f"between {a * b - room:.3f} and {a * b + room:.3f}"
            )
    return (
        f"the correlations of {', '.join(labels)} contradict each other as a whole (smallest eigenvalue "
        f"{smallest_eigenvalue(matrix):.3g}, must not be negative); bring the largest of them closer to 0"
    )
