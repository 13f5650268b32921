"""Distributions from what sources report: closed forms, round trips, warnings and refusals."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from costmodel.uncertainty import estimation, joint_estimation
from costmodel.uncertainty.distributions import Beta, Normal
from costmodel.uncertainty.errors import DistributionError
from costmodel.uncertainty.joint import Dirichlet

means = st.floats(1e-3, 1e6)
ratios = st.floats(1e-3, 3.0)


@given(means, ratios)
def test_gamma_keeps_mean_and_se(mean, ratio):
    distribution = estimation.gamma_from_mean_se(mean, ratio * mean)
    assert distribution.mean == pytest.approx(mean, rel=1e-12)
    assert distribution.sd == pytest.approx(ratio * mean, rel=1e-12)


@given(means, ratios)
def test_lognormal_keeps_mean_and_se(mean, ratio):
    distribution = estimation.lognormal_from_mean_se(mean, ratio * mean)
    assert distribution.mean == pytest.approx(mean, rel=1e-11)
    assert distribution.sd == pytest.approx(ratio * mean, rel=1e-9)


@given(st.floats(0.001, 0.999), st.floats(0.001, 0.99))
def test_beta_keeps_mean_and_se(mean, part):
    se = part * math.sqrt(mean * (1.0 - mean))
    distribution = estimation.beta_from_mean_se(mean, se)
    assert distribution.mean == pytest.approx(mean, rel=1e-9)
    assert distribution.sd == pytest.approx(se, rel=1e-9)


@given(st.floats(0.01, 1e4), st.floats(1.01, 100.0), st.floats(0.5, 0.99))
def test_lognormal_meets_its_quantiles(lower, ratio, level):
    distribution = estimation.lognormal_from_quantiles(lower, ratio * lower, level)
    tails = np.array([0.5 - 0.5 * level, 0.5 + 0.5 * level])
    assert distribution.ppf(tails) == pytest.approx([lower, ratio * lower], rel=1e-9)


@given(st.floats(0.01, 1e4), st.floats(1.01, 100.0), st.floats(0.5, 0.99))
def test_gamma_meets_its_quantiles(lower, ratio, level):
    distribution = estimation.gamma_from_quantiles(lower, ratio * lower, level)
    tails = np.array([0.5 - 0.5 * level, 0.5 + 0.5 * level])
    reference = stats.gamma(distribution.shape, scale=distribution.scale)
    assert reference.ppf(tails) == pytest.approx([lower, ratio * lower], rel=1e-8)


def test_standard_error_of_the_published_example():
    # mean £514, sd £900, n 299: the 95 % range of the mean is £417 to £621, not £0 to £3,136
    se = estimation.standard_error(900.0, 299)
    assert se == pytest.approx(900.0 / math.sqrt(299), rel=1e-15)
    quantiles = estimation.gamma_from_mean_se(514.0, se).ppf(np.array([0.025, 0.975]))
    assert quantiles.round().tolist() == [417.0, 621.0]


def test_beta_from_counts():
    assert estimation.beta_from_counts(171, 299) == (Beta(171, 128), ())
    none, warnings = estimation.beta_from_counts(0, 20)
    assert none == Beta(0.5, 20.5)
    assert warnings == ("0 events of 20: half an event was added to each side (Jeffreys' prior)",)
    every, warnings = estimation.beta_from_counts(20, 20)
    assert every == Beta(20.5, 0.5)
    assert warnings == ("20 events of 20: half an event was added to each side (Jeffreys' prior)",)


def test_lognormal_from_interval_preserves_the_median_or_the_mean():
    median, _ = estimation.lognormal_from_interval(0.85, 0.7, 1.03)
    assert median.ppf(np.array([0.5]))[0] == pytest.approx(0.85, rel=1e-14)
    assert median.mean == pytest.approx(0.854136068129623, rel=1e-14)
    mean, _ = estimation.lognormal_from_interval(0.85, 0.7, 1.03, "mean")
    assert mean.mean == pytest.approx(0.85, rel=1e-14)
    assert mean.sigma == median.sigma


def test_an_asymmetric_interval_warns():
    _, warnings = estimation.lognormal_from_interval(0.75, 0.7, 1.03)
    assert warnings == (
        "asymmetric CI: the estimate 0.75 is not the middle of 0.7 to 1.03 on the log scale (0.8491); "
        "check the source, or give quantiles",
    )


def test_a_normal_cost_needs_its_mass_above_zero():
    assert estimation.normal_from_mean_se(100.0, 50.0, cost=False) == Normal(100.0, 50.0)
    assert estimation.normal_from_mean_se(100.0, 32.0, cost=True) == Normal(100.0, 32.0)
    with pytest.raises(DistributionError) as caught:
        estimation.normal_from_mean_se(100.0, 50.0, cost=True)
    assert str(caught.value) == (
        "a normal distribution with mean 100 and se 50 puts 2.3 % of its draws below 0, where this quantity "
        "cannot be (at most 0.1 % is accepted); use gamma or lognormal"
    )


def test_dirichlet_from_counts_and_shares():
    assert joint_estimation.dirichlet_from_counts([171, 34, 94]) == (Dirichlet((171.0, 34.0, 94.0)), ())
    distribution, warnings = joint_estimation.dirichlet_from_counts([3, 0, 1])
    assert distribution == Dirichlet((3.5, 0.5, 1.5))
    assert warnings == ("a count of 0: half a count was added to each component (Jeffreys' prior)",)
    shares = joint_estimation.dirichlet_from_shares([0.6, 0.3, 0.1], 50.0)
    assert shares.alphas == pytest.approx((30.0, 15.0, 5.0), rel=1e-14)


def test_effective_sample_size_is_that_of_the_beta():
    size = joint_estimation.effective_sample_size(0.3, 0.05)
    assert joint_estimation.dirichlet_from_shares([0.3, 0.7], size).sds[0] == pytest.approx(0.05, rel=1e-12)


@pytest.mark.parametrize(
    ("make", "argument", "message"),
    [
        (lambda: estimation.standard_error(-1.0, 10), "sd", "must be greater than 0; got -1"),
        (lambda: estimation.standard_error(1.0, 0), "n", "must be greater than 0; got 0"),
        (lambda: estimation.gamma_from_mean_se(-5.0, 1.0), "mean", "must be greater than 0; got -5"),
        (lambda: estimation.gamma_from_mean_se(5.0, -1200.0), "se", "must be greater than 0; got -1200"),
        (
            lambda: estimation.gamma_from_mean_se(1.0, 101.0),
            "se",
            "must be at most 100 times the mean (1); got 101; check both figures",
        ),
        (
            lambda: estimation.lognormal_from_mean_se(1.0, 1e-9),
            "se",
            "must be 0, or at least 1e-08 of the mean (1); got 1e-09",
        ),
        (
            lambda: estimation.beta_from_mean_se(0.5, 0.5),
            "se",
            "must be less than 0.5, the largest standard error that a share with mean 0.5 can have; got 0.5",
        ),
        (
            lambda: estimation.beta_from_mean_se(36.4, 1.0),
            "mean",
            "must be between 0 and 1; got 36.4. Did you mean 0.364?",
        ),
        (lambda: estimation.beta_from_counts(5, 0), "n", "must be greater than 0; got 0"),
        (lambda: estimation.beta_from_counts(12, 10), "events", "must be between 0 and n (10); got 12"),
        (lambda: estimation.beta_from_counts(-1, 10), "events", "must be between 0 and n (10); got -1"),
        (
            lambda: estimation.lognormal_from_interval(0.85, 0.0, 1.0),
            "lower_95",
            "must be greater than 0; got 0",
        ),
        (
            lambda: estimation.lognormal_from_interval(0.85, 1.03, 0.7),
            "lower_95",
            "must be less than upper_95 (0.7); got 1.03",
        ),
        (
            lambda: estimation.lognormal_from_interval(0.5, 0.7, 1.03),
            "estimate",
            "must lie between lower_95 (0.7) and upper_95 (1.03); got 0.5",
        ),
        (
            lambda: estimation.lognormal_from_interval(-0.5, 0.7, 1.03),
            "estimate",
            "must be greater than 0; got -0.5",
        ),
        (
            lambda: estimation.lognormal_from_quantiles(2.0, 2.0),
            "lower",
            "must be less than upper (2); got 2",
        ),
        (
            lambda: estimation.gamma_from_quantiles(1.0, 2.0, 95.0),
            "level",
            "must be between 0 and 1; got 95. Did you mean 0.95?",
        ),
        (
            lambda: estimation.gamma_from_quantiles(1.0, 1.0 + 1e-6),
            "",
            "no gamma distribution has quantiles 1 and 1 at a level of 0.95; "
            "use lognormal, or give mean and se",
        ),
        (
            lambda: joint_estimation.dirichlet_from_counts([3.0, -1.0]),
            "counts",
            "must be 0 or more; got -1",
        ),
        (lambda: joint_estimation.dirichlet_from_counts([0.0, 0.0]), "counts", "must not all be 0"),
        (
            lambda: joint_estimation.dirichlet_from_counts([3.0]),
            "counts",
            "must have at least two components; got 1",
        ),
        (
            lambda: joint_estimation.dirichlet_from_shares([60.0, 40.0], 10.0),
            "shares",
            "must add up to 1; got 100. Did you mean 0.6, 0.4?",
        ),
        (
            lambda: joint_estimation.dirichlet_from_shares([0.6, 0.3], 10.0),
            "shares",
            "must add up to 1; got 0.9",
        ),
        (
            lambda: joint_estimation.dirichlet_from_shares([1.0, 0.0], 10.0),
            "shares",
            "must be greater than 0; got 0",
        ),
        (
            lambda: joint_estimation.dirichlet_from_shares([0.6, 0.4], 0.0),
            "effective_sample_size",
            "must be greater than 0; got 0",
        ),
    ],
)
def test_refusals_name_the_argument(make, argument, message):
    with pytest.raises(DistributionError) as caught:
        make()
    assert (caught.value.argument, str(caught.value)) == (argument, message)


def test_gamma_quantiles_too_far_apart_are_refused():
    with pytest.raises(DistributionError, match=r"^no gamma distribution has quantiles"):
        estimation.gamma_from_quantiles(1e-300, 1e300)
