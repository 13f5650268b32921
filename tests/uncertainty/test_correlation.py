"""Conversions between correlations, the Cholesky factor and impossible matrices."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costmodel.uncertainty import correlation
from costmodel.uncertainty.errors import CorrelationError

GOOD = np.array([[1.0, 0.6, 0.2], [0.6, 1.0, -0.3], [0.2, -0.3, 1.0]])
BAD = np.array([[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]])


@given(st.floats(-1.0, 1.0))
def test_conversions_are_inverses(rho):
    there = correlation.pearson_to_spearman(rho)
    assert correlation.spearman_to_pearson(there) == pytest.approx(rho, abs=1e-12)
    assert correlation.kendall_to_pearson(correlation.pearson_to_kendall(rho)) == pytest.approx(
        rho, abs=1e-12
    )
    assert abs(there) <= 1.0 + 1e-12


def test_lognormal_correlation_is_bounded_unevenly():
    low, high = correlation.lognormal_correlation_bounds(0.4, 0.6)
    assert (low, high) == pytest.approx((-0.7781535100848993, 0.9892269885150472), rel=1e-12)
    assert correlation.lognormal_natural_correlation(0.4, 0.6, 0.5) == pytest.approx(0.4649722455667475)


def test_cholesky_factor():
    factor = correlation.cholesky(GOOD)
    assert factor == pytest.approx(np.linalg.cholesky(GOOD), rel=1e-14)
    assert factor @ factor.T == pytest.approx(GOOD, abs=1e-15)


def test_perfect_correlation_is_allowed():
    ones = np.ones((3, 3))
    factor = correlation.cholesky(ones)
    assert factor @ factor.T == pytest.approx(ones)
    z = np.array([0.3, -1.2])
    assert all(column.tolist() == z.tolist() for column in correlation.correlate([z, z * 0, z * 0], factor))


@given(st.integers(2, 6), st.integers(0, 1_000))
def test_any_correlation_matrix_is_factored(n, seed):
    loadings = np.random.default_rng(seed).normal(size=(n, n + 2))
    covariance = loadings @ loadings.T
    sds = np.sqrt(np.diag(covariance))
    matrix = np.round(covariance / np.outer(sds, sds), 12)
    np.fill_diagonal(matrix, 1.0)
    factor = correlation.cholesky(matrix)
    assert factor @ factor.T == pytest.approx(matrix, abs=1e-9)
    assert (np.triu(factor, 1) == 0.0).all()


@pytest.mark.parametrize("length", [1, 2, 3, 7, 997])
def test_correlated_scores_do_not_depend_on_chunks(length):
    z = np.random.default_rng(4).normal(size=(3, 2_000))
    factor = correlation.cholesky(GOOD)
    whole = np.array(correlation.correlate(list(z), factor))
    for start in range(0, 2_000 - length, max(length, 61)):
        piece = np.array(correlation.correlate(list(z[:, start : start + length]), factor))
        assert piece.tobytes() == whole[:, start : start + length].tobytes()
    assert np.corrcoef(whole) == pytest.approx(GOOD, abs=0.07)


@pytest.mark.parametrize(
    ("matrix", "names", "message"),
    [
        (
            BAD,
            ("salary", "wte", "minutes"),
            "the correlations 0.9 (salary and wte), -0.9 (salary and minutes) and 0.9 (wte and minutes) "
            "contradict each other: given the first two, the third must be between -1.000 and -0.620",
        ),
        (
            BAD,
            (),
            "the correlations 0.9 (number 1 and number 2), -0.9 (number 1 and number 3) and "
            "0.9 (number 2 and number 3) contradict each other: given the first two, the third must be "
            "between -1.000 and -0.620",
        ),
        (
            np.where(np.eye(4) == 1.0, 1.0, -0.4),
            ("a", "b", "c", "d"),
            "the correlations of a, b, c, d contradict each other as a whole (smallest eigenvalue -0.2, "
            "must not be negative); bring the largest of them closer to 0",
        ),
        (
            np.array([[1.0, 1.2], [1.2, 1.0]]),
            ("a", "b"),
            "the correlation of a and b must be between -1 and 1; got 1.2",
        ),
        (
            np.array([[1.0, math.nan], [math.nan, 1.0]]),
            ("a", "b"),
            "the correlation of a and b must be between -1 and 1; got nan",
        ),
        (
            np.array([[1.0, 0.2], [0.3, 1.0]]),
            ("a", "b"),
            "the correlation of a and b is given twice, as 0.2 and 0.3; the matrix must be symmetric",
        ),
        (
            np.array([[0.9, 0.2], [0.2, 1.0]]),
            ("a", "b"),
            "the correlation of a with itself must be 1; got 0.9",
        ),
        (
            np.eye(3),
            ("a", "b"),
            "the correlation matrix must have 2 rows of 2 numbers; got shape (3, 3)",
        ),
    ],
)
def test_impossible_matrices(matrix, names, message):
    with pytest.raises(CorrelationError) as caught:
        correlation.cholesky(matrix, names)
    assert str(caught.value) == message


def test_smallest_eigenvalue():
    assert correlation.smallest_eigenvalue(BAD) == pytest.approx(-0.8, rel=1e-12)
    assert correlation.smallest_eigenvalue(GOOD) == pytest.approx(0.23567012092083314, rel=1e-12)
