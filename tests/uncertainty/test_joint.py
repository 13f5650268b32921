"""Joint distributions: moments, sums, what follows when one component moves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from costmodel.uncertainty.errors import DistributionError
from costmodel.uncertainty.joint import Dirichlet, EmpiricalRows, MultivariateNormal

NORMAL = MultivariateNormal((1.0, -2.0, 3.0), ((4.0, 1.0, -0.5), (1.0, 9.0, 2.0), (-0.5, 2.0, 1.0)))
ROWS = EmpiricalRows(np.random.default_rng(5).gamma(4.0, [1.0, 10.0], size=(200, 2)))


def columns(n_columns: int, n: int = 40_000) -> list[np.ndarray]:
    generator = np.random.default_rng(3)
    return [generator.random(n) + 2.0**-54 for _ in range(n_columns)]


@given(st.lists(st.floats(0.3, 1e4), min_size=2, max_size=6))
def test_dirichlet_shares_add_up_to_one(alphas):
    shares = np.array(Dirichlet(tuple(alphas)).realise(columns(len(alphas), 50)))
    assert shares.sum(axis=0) == pytest.approx(np.ones(50), abs=1e-12)
    assert (shares >= 0.0).all()


@given(st.lists(st.floats(0.3, 1e3), min_size=2, max_size=6), st.floats(0.001, 0.999))
def test_dirichlet_still_adds_up_when_one_share_moves(alphas, u):
    distribution = Dirichlet(tuple(alphas))
    moved = distribution.moved(1, u)
    assert moved.sum() == pytest.approx(1.0, abs=1e-9)
    others = np.delete(np.arange(len(alphas)), 1)
    assert moved[others] * alphas[others[0]] == pytest.approx(moved[others[0]] * np.array(alphas)[others])


def test_dirichlet_moments():
    distribution = Dirichlet((171.0, 34.0, 94.0))
    reference = stats.dirichlet([171.0, 34.0, 94.0])
    assert distribution.means == pytest.approx(reference.mean(), rel=1e-14)
    assert distribution.sds == pytest.approx(np.sqrt(reference.var()), rel=1e-13)
    assert distribution.covariance == pytest.approx(reference.cov(), rel=1e-12)
    drawn = np.array(distribution.realise(columns(3)))
    assert drawn.mean(axis=1) == pytest.approx(distribution.means, abs=1e-3)
    assert np.cov(drawn) == pytest.approx(distribution.covariance, abs=2e-5)
    assert not distribution.shares_one_score


def test_multivariate_normal_moments():
    drawn = np.array(NORMAL.realise(columns(3)))
    assert drawn.mean(axis=1) == pytest.approx(NORMAL.means, abs=0.05)
    assert np.cov(drawn) == pytest.approx(NORMAL.covariance, abs=0.2)
    assert NORMAL.sds.tolist() == [2.0, 3.0, 1.0]
    assert NORMAL.n_components == 3
    assert not NORMAL.shares_one_score


def test_multivariate_normal_others_follow_by_regression():
    moved = NORMAL.moved(1, 0.975)
    assert moved[1] == pytest.approx(-2.0 + 3.0 * 1.959963984540054, rel=1e-12)
    assert moved[0] - 1.0 == pytest.approx((moved[1] + 2.0) * 1.0 / 9.0, rel=1e-12)
    assert moved[2] - 3.0 == pytest.approx((moved[1] + 2.0) * 2.0 / 9.0, rel=1e-12)


def test_empirical_rows_stay_together():
    a, b = ROWS.realise(columns(1, 500))
    rows = {tuple(row) for row in ROWS.rows}
    assert all((x, y) in rows for x, y in zip(a, b, strict=True))
    assert ROWS.means == pytest.approx(ROWS.rows.mean(axis=0))
    assert ROWS.sds**2 == pytest.approx(np.diag(ROWS.covariance))
    assert ROWS.covariance == pytest.approx(np.cov(ROWS.rows.T, ddof=0))
    assert ROWS.shares_one_score


def test_empirical_rows_are_a_read_only_copy():
    source = np.array([[1.0], [2.0]])
    distribution = EmpiricalRows(source)
    source[0, 0] = 99.0
    assert distribution.rows[0, 0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        distribution.rows[0, 0] = 5.0


def test_empirical_rows_all_move_with_the_rows_around_a_quantile():
    distribution = EmpiricalRows(np.column_stack([np.arange(100.0), 1.0 - np.arange(100.0)]))
    assert distribution.moved(0, 0.5).tolist() == pytest.approx([49.5, -48.5], abs=0.51)
    assert distribution.moved(0, 0.975)[0] == pytest.approx(97.0, abs=0.5)
    for u in (0.0001, 0.3, 0.9999):
        assert distribution.moved(1, u).sum() == pytest.approx(1.0)


def test_two_rows_can_move():
    distribution = EmpiricalRows(np.array([[1.0], [2.0]]))
    assert distribution.moved(0, 0.025).tolist() == [1.0]
    assert distribution.moved(0, 0.975).tolist() == [2.0]


@pytest.mark.parametrize("distribution", [Dirichlet((3.0, 5.0, 7.0)), NORMAL])
def test_reordered(distribution):
    order = (2, 0, 1)
    again = distribution.reordered(order)
    assert again.means.tolist() == distribution.means[list(order)].tolist()
    assert again.covariance == pytest.approx(distribution.covariance[np.ix_(order, order)], rel=1e-14)


def test_rows_reordered():
    assert ROWS.reordered((1, 0)).rows.tolist() == ROWS.rows[:, ::-1].tolist()


@pytest.mark.parametrize(
    ("make", "argument", "message"),
    [
        (lambda: Dirichlet((1.0,)), "alphas", "must have at least two components; got 1"),
        (lambda: Dirichlet((1.0, 0.0)), "alphas", "must be greater than 0; got 0"),
        (
            lambda: MultivariateNormal((1.0,), ((1.0,),)),
            "means",
            "must have at least two components; got 1",
        ),
        (
            lambda: MultivariateNormal((1.0, float("nan")), ((1.0, 0.0), (0.0, 1.0))),
            "means",
            "must be a finite number; got nan",
        ),
        (
            lambda: MultivariateNormal((1.0, 2.0), ((1.0, 0.0),)),
            "covariance",
            "must have 2 rows of 2 numbers, one for each of means",
        ),
        (
            lambda: MultivariateNormal((1.0, 2.0), ((1.0, 0.0), (0.0,))),
            "covariance",
            "must have 2 rows of 2 numbers, one for each of means",
        ),
        (
            lambda: MultivariateNormal((1.0, 2.0), ((1.0, float("inf")), (0.0, 1.0))),
            "covariance",
            "must be a finite number; got inf",
        ),
        (
            lambda: MultivariateNormal((1.0, 2.0), ((1.0, 0.5), (0.4, 1.0))),
            "covariance",
            "must be symmetric",
        ),
        (
            lambda: MultivariateNormal((1.0, 2.0), ((1.0, 0.0), (0.0, 0.0))),
            "covariance",
            "must have variances greater than 0 on its diagonal; got 0",
        ),
        (
            lambda: MultivariateNormal((1.0, 2.0), ((1.0, 3.0), (3.0, 1.0))),
            "covariance",
            "must be positive definite: no quantities have these covariances together; "
            "check their signs and sizes",
        ),
        (
            lambda: EmpiricalRows(np.array([[1.0, 2.0]])),
            "rows",
            "must have at least two rows and one component; got shape (1, 2)",
        ),
        (
            lambda: EmpiricalRows(np.array([[1.0], [float("nan")]])),
            "rows",
            "must hold finite numbers only",
        ),
    ],
)
def test_refusals(make, argument, message):
    with pytest.raises(DistributionError) as caught:
        make()
    assert (caught.value.argument, caught.value.message) == (argument, message)
