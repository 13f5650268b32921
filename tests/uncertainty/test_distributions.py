"""Families of one quantity: moments and quantiles against scipy.stats, closed forms, refusals."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from costmodel.uncertainty.distributions import (
    Beta,
    Fixed,
    Gamma,
    Lognormal,
    Normal,
    Pert,
    Triangular,
    require_finite,
    require_positive,
    require_probability,
)
from costmodel.uncertainty.errors import DistributionError

U = np.array([1e-6, 0.025, 0.1, 0.5, 0.77, 0.975, 1 - 1e-6])

PAIRS = [
    (Gamma(73.4, 7.0), stats.gamma(73.4, scale=7.0)),
    (Gamma(0.4, 100.0), stats.gamma(0.4, scale=100.0)),
    (Beta(171.0, 128.0), stats.beta(171.0, 128.0)),
    (Beta(0.5, 20.5), stats.beta(0.5, 20.5)),
    (Lognormal(-0.16, 0.0985), stats.lognorm(0.0985, scale=math.exp(-0.16))),
    (Normal(2.0, 3.0), stats.norm(2.0, 3.0)),
    (Pert(4.0, 6.0, 12.0), stats.beta(2.0, 4.0, loc=4.0, scale=8.0)),
    (Triangular(4.0, 6.0, 12.0), stats.triang(0.25, loc=4.0, scale=8.0)),
    (Triangular(0.0, 0.0, 5.0), stats.triang(0.0, loc=0.0, scale=5.0)),
    (Triangular(0.0, 5.0, 5.0), stats.triang(1.0, loc=0.0, scale=5.0)),
]


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_moments_and_quantiles_agree_with_scipy(ours, theirs):
    assert ours.mean == pytest.approx(theirs.mean(), rel=1e-12)
    assert ours.sd == pytest.approx(theirs.std(), rel=1e-12)
    assert ours.ppf(U) == pytest.approx(theirs.ppf(U), rel=1e-9)


@pytest.mark.parametrize("ours", [ours for ours, _ in PAIRS])
def test_the_mean_of_the_quantiles_is_the_mean(ours):
    u = (np.arange(100_000) + 0.5) / 100_000
    assert ours.ppf(u).mean() == pytest.approx(ours.mean, rel=1e-3)


FAMILIES = st.one_of(
    st.builds(Gamma, st.floats(0.05, 1e6), st.floats(1e-3, 1e3)),
    st.builds(Beta, st.floats(0.5, 1e5), st.floats(0.5, 1e5)),
    st.builds(Lognormal, st.floats(-5.0, 5.0), st.floats(0.01, 3.0)),
    st.builds(Normal, st.floats(-100.0, 100.0), st.floats(0.01, 100.0)),
    st.builds(
        lambda low, a, b: Pert(low, low + a, low + a + b),
        st.floats(0.0, 100.0),
        st.floats(0.0, 50.0),
        st.floats(0.1, 50.0),
    ),
    st.builds(
        lambda low, a, b: Triangular(low, low + a, low + a + b),
        st.floats(0.0, 100.0),
        st.floats(0.0, 50.0),
        st.floats(0.1, 50.0),
    ),
)


@given(FAMILIES)
def test_quantiles_rise(distribution):
    quantiles = distribution.ppf(np.linspace(0.001, 0.999, 201))
    assert (np.diff(quantiles) >= -1e-12 * np.abs(quantiles[1:])).all()


@given(st.floats(0.05, 1e4), st.floats(0.05, 1e4))
def test_beta_mirrors(alpha, beta):
    u = np.array([0.01, 0.25, 0.5, 0.75, 0.99])
    assert Beta(alpha, beta).ppf(u) == pytest.approx(1.0 - Beta(beta, alpha).ppf(1.0 - u), abs=1e-9)


@pytest.mark.parametrize("shape", [0.0588, 0.06, 0.0944, 0.51, 1.06, 2.46, 40.0])
def test_the_median_of_a_symmetric_beta_is_one_half(shape):
    assert Beta(shape, shape).ppf(np.array([0.5]))[0] == pytest.approx(0.5, rel=1e-12)


def test_fixed_never_varies():
    assert Fixed(3.0).mean == 3.0
    assert Fixed(3.0).sd == 0.0
    assert Fixed(3.0).ppf(U).tolist() == [3.0] * 7


def test_pert_sd_is_exact_and_not_a_sixth_of_the_range():
    distribution = Pert(4.0, 6.0, 12.0)
    assert distribution.sd == pytest.approx(1.4253932901995967, rel=1e-14)
    assert (distribution.standard.alpha, distribution.standard.beta) == (2.0, 4.0)


def test_the_mean_of_reciprocals_is_above_the_reciprocal_of_the_mean():
    distribution = Beta(65.0, 35.0)
    u = (np.arange(200_000) + 0.5) / 200_000
    assert distribution.reciprocal_mean == pytest.approx((1.0 / distribution.ppf(u)).mean(), rel=1e-6)
    assert distribution.reciprocal_mean > 1.0 / distribution.mean
    assert Beta(1.0, 35.0).reciprocal_mean == math.inf


def test_share_below_zero():
    assert Normal(100.0, 50.0).share_below_zero == pytest.approx(stats.norm.cdf(-2.0), rel=1e-12)


@pytest.mark.parametrize(
    ("make", "argument", "message"),
    [
        (lambda: Gamma(0.0, 1.0), "shape", "must be greater than 0; got 0"),
        (lambda: Gamma(1.0, -2.0), "scale", "must be greater than 0; got -2"),
        (lambda: Beta(-1.0, 1.0), "alpha", "must be greater than 0; got -1"),
        (lambda: Beta(1.0, 0.0), "beta", "must be greater than 0; got 0"),
        (lambda: Lognormal(math.nan, 1.0), "mu", "must be a finite number; got nan"),
        (lambda: Lognormal(0.0, 0.0), "sigma", "must be greater than 0; got 0"),
        (lambda: Normal(math.inf, 1.0), "mean", "must be a finite number; got inf"),
        (lambda: Normal(0.0, 0.0), "sd", "must be greater than 0; got 0"),
        (lambda: Fixed(math.nan), "value", "must be a finite number; got nan"),
        (lambda: Pert(6.0, 6.0, 4.0), "min", "must not exceed max (4); got 6"),
        (lambda: Pert(4.0, 13.0, 12.0), "mode", "must lie between min (4) and max (12); got 13"),
        (lambda: Triangular(4.0, 3.0, 12.0), "mode", "must lie between min (4) and max (12); got 3"),
        (lambda: Triangular(4.0, 4.0, 4.0), "min", "must be less than max; both are 4: give a value instead"),
        (lambda: Pert(math.nan, 4.0, 4.0), "min", "must be a finite number; got nan"),
    ],
)
def test_refusals_name_the_argument(make, argument, message):
    with pytest.raises(DistributionError) as caught:
        make()
    assert (caught.value.argument, str(caught.value)) == (argument, message)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (36.4, "must be between 0 and 1; got 36.4. Did you mean 0.364?"),
        (364.0, "must be between 0 and 1; got 364"),
        (-0.1, "must be between 0 and 1; got -0.1"),
        (
            1.0,
            "must be greater than 0 and less than 1; got 1; a share without uncertainty is a value, "
            "not a distribution",
        ),
        (math.nan, "must be a finite number; got nan"),
    ],
)
def test_probabilities_are_checked(value, message):
    with pytest.raises(DistributionError) as caught:
        require_probability(value, "mean")
    assert (caught.value.argument, str(caught.value)) == ("mean", message)


def test_checks_pass_what_is_right():
    require_finite(-1.0, "x")
    require_positive(1e-300, "x")
    require_probability(0.5, "x")
