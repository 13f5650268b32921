"""The door from a parameter file: every set of arguments, every refusal word for word."""

import datetime
import math

import numpy as np
import pytest

from costmodel.uncertainty.arguments import what_was_meant
from costmodel.uncertainty.distributions import Beta, Fixed, Gamma, Lognormal, Normal, Pert, Triangular
from costmodel.uncertainty.errors import DistributionError, UncertaintyError
from costmodel.uncertainty.estimation import (
    beta_from_mean_se,
    gamma_from_mean_se,
    gamma_from_quantiles,
    lognormal_from_interval,
    lognormal_from_mean_se,
    lognormal_from_quantiles,
)
from costmodel.uncertainty.fitting import fit, joint_fit

BARE_SD = "sd is the spread of individuals, not the uncertainty of the mean; give se, or sd with n"


@pytest.mark.parametrize(
    ("family", "arguments", "wanted"),
    [
        ("fixed", {"value": 3}, Fixed(3.0)),
        ("gamma", {"mean": 514, "se": 60}, gamma_from_mean_se(514.0, 60.0)),
        (
            "gamma",
            {"mean": 514, "sd": 900, "n": 299},
            gamma_from_mean_se(514.0, 900.0 / math.sqrt(299.0)),
        ),
        ("gamma", {"mean": 514, "se": 0}, Fixed(514.0)),
        ("gamma", {"quantiles": {"lower": 400, "upper": 640}}, gamma_from_quantiles(400.0, 640.0)),
        (
            "gamma",
            {"quantiles": {"lower": 400, "upper": 640, "level": 0.5}},
            gamma_from_quantiles(400.0, 640.0, 0.5),
        ),
        ("beta", {"events": 171, "n": 299}, Beta(171.0, 128.0)),
        ("beta", {"mean": 0.572, "se": 0.0286}, beta_from_mean_se(0.572, 0.0286)),
        ("beta", {"mean": 0.5, "sd": 0.2, "n": 16}, beta_from_mean_se(0.5, 0.05)),
        ("beta", {"mean": 0.5, "se": 0.0}, Fixed(0.5)),
        ("beta", {"alpha": 2, "beta": 3}, Beta(2.0, 3.0)),
        (
            "lognormal",
            {"estimate": 0.85, "lower_95": 0.7, "upper_95": 1.03},
            lognormal_from_interval(0.85, 0.7, 1.03)[0],
        ),
        (
            "lognormal",
            {"estimate": 0.85, "lower_95": 0.7, "upper_95": 1.03, "preserve": "median"},
            lognormal_from_interval(0.85, 0.7, 1.03)[0],
        ),
        (
            "lognormal",
            {"estimate": 0.85, "lower_95": 0.7, "upper_95": 1.03, "preserve": "mean"},
            lognormal_from_interval(0.85, 0.7, 1.03, "mean")[0],
        ),
        ("lognormal", {"mean": 514, "se": 60}, lognormal_from_mean_se(514.0, 60.0)),
        ("lognormal", {"mean": 514, "se": 0}, Fixed(514.0)),
        ("lognormal", {"quantiles": {"lower": 1, "upper": 4}}, lognormal_from_quantiles(1.0, 4.0)),
        ("normal", {"mean": 100, "se": 20}, Normal(100.0, 20.0)),
        ("normal", {"mean": 100, "sd": 40, "n": 4}, Normal(100.0, 20.0)),
        ("normal", {"mean": 100, "se": 0}, Fixed(100.0)),
        ("pert", {"min": 0.1, "mode": 0.5, "max": 0.9}, Pert(0.1, 0.5, 0.9)),
        ("pert", {"min": 2, "mode": 2, "max": 2}, Fixed(2.0)),
        ("triangular", {"min": 1, "mode": 2, "max": 4}, Triangular(1.0, 2.0, 4.0)),
        ("triangular", {"min": 2, "mode": 2, "max": 2}, Fixed(2.0)),
    ],
)
def test_every_set_of_arguments(family, arguments, wanted):
    fitted = fit(family, arguments, non_negative=True)
    assert fitted.distribution == wanted
    assert fitted.warnings == ()
    assert fitted.assumed is False


def test_what_can_be_negative_is_not_refused():
    assert fit("normal", {"mean": -3, "se": 20}, non_negative=False).distribution == Normal(-3.0, 20.0)
    assert fit("pert", {"min": -1, "mode": 0, "max": 2}, non_negative=False).distribution == Pert(
        -1.0, 0.0, 2.0
    )
    assert fit("fixed", {"value": -1}, non_negative=False).distribution == Fixed(-1.0)


def test_the_family_may_stay_in_the_mapping_and_assumed_is_kept():
    fitted = fit("gamma", {"family": "gamma", "mean": 514, "se": 60, "assumed": True}, non_negative=True)
    assert fitted.assumed is True
    assert isinstance(fitted.distribution, Gamma)


def test_warnings_are_passed_on():
    assert fit("beta", {"events": 0, "n": 9}, non_negative=True).warnings == (
        "0 events of 9: half an event was added to each side (Jeffreys' prior)",
    )
    fitted = fit("lognormal", {"estimate": 0.75, "lower_95": 0.7, "upper_95": 1.03}, non_negative=True)
    assert isinstance(fitted.distribution, Lognormal)
    assert fitted.warnings[0].startswith("asymmetric CI: ")


@pytest.mark.parametrize(
    ("family", "arguments", "argument", "message"),
    [
        ("gama", {"mean": 1, "se": 1}, "family", "'gama' is not a known family. Did you mean 'gamma'?"),
        (
            "cauchy-ish",
            {},
            "family",
            "'cauchy-ish' is not a known family; use one of fixed, gamma, beta, lognormal, normal, pert, "
            "triangular",
        ),
        (
            "dirichlet",
            {"counts": {"a": 1, "b": 2}},
            "family",
            "dirichlet is a distribution of several quantities: give components; use one of fixed, gamma, "
            "beta, lognormal, normal, pert, triangular",
        ),
        ("gamma", {"mean": 514, "sd": 900}, "sd", BARE_SD),
        ("normal", {"mean": 514, "sd": 900}, "sd", BARE_SD),
        ("beta", {"mean": 0.5, "sd": 0.2}, "sd", BARE_SD),
        ("lognormal", {"mean": 0.5, "sd": 0.2}, "sd", BARE_SD),
        (
            "gamma",
            {"mean": 514, "standard_error": 60},
            "standard_error",
            "'standard_error' is not an argument of gamma. Did you mean 'se'?",
        ),
        (
            "lognormal",
            {"estimate": 1, "lower": 0.5, "upper_95": 2},
            "lower",
            "'lower' is not an argument of lognormal. Did you mean 'lower_95'?",
        ),
        (
            "pert",
            {"min": 1, "mdoe": 2, "max": 3},
            "mdoe",
            "'mdoe' is not an argument of pert. Did you mean 'mode'?",
        ),
        (
            "pert",
            {"min": 1, "zzz": 2, "max": 3},
            "zzz",
            "'zzz' is not an argument of pert; use {min, mode, max}",
        ),
        ("gamma", {"mean": 514, 2023: 4}, "2023", None),
        (
            "gamma",
            {"mean": 514},
            "",
            "gamma needs {mean, se} or {mean, sd, n} or {quantiles}; got mean",
        ),
        ("pert", {}, "", "pert needs {min, mode, max}; got nothing"),
        (
            "gamma",
            {"mean": 514, "se": 60, "quantiles": {}},
            "",
            "gamma needs {mean, se} or {mean, sd, n} or {quantiles}; got mean, se, quantiles",
        ),
        ("gamma", {"mean": 514, "se": -1200}, "se", "must be greater than 0; got -1200"),
        ("gamma", {"mean": -514, "se": 60}, "mean", "must be greater than 0; got -514"),
        ("gamma", {"mean": -514, "se": 0}, "mean", "must be greater than 0; got -514"),
        ("gamma", {"mean": 514, "sd": 0, "n": 3}, "sd", "must be greater than 0; got 0"),
        ("gamma", {"mean": 514, "sd": 1, "n": 0}, "n", "must be greater than 0; got 0"),
        ("gamma", {"mean": "514", "se": 60}, "mean", "must be a number; got '514'"),
        ("gamma", {"mean": True, "se": 60}, "mean", "must be a number; got True"),
        ("gamma", {"mean": math.nan, "se": 60}, "mean", "must be a finite number; got nan"),
        ("gamma", {"mean": 10**400, "se": 60}, "mean", "must be a finite number; got 10000000000000000000"),
        ("gamma", {"mean": 514, "se": 60, "assumed": "yes"}, "assumed", "must be true or false; got 'yes'"),
        ("gamma", {"quantiles": [1, 2]}, "quantiles", "must be a mapping of names; got [1, 2]"),
        ("gamma", {"quantiles": {1: 2}}, "quantiles", "names must be text; got 1: quote it"),
        (
            "gamma",
            {"quantiles": {"lower": 1}},
            "quantiles",
            "quantiles needs lower and upper; upper is missing",
        ),
        (
            "gamma",
            {"quantiles": {"lower": 1, "upper": 2, "width": 3}},
            "quantiles.width",
            "'width' is not an argument of quantiles; use lower, upper and level",
        ),
        (
            "gamma",
            {"quantiles": {"lower": 3, "upper": 2}},
            "quantiles.lower",
            "must be less than upper (2); got 3",
        ),
        (
            "lognormal",
            {"quantiles": {"lower": -3, "upper": 2}},
            "quantiles.lower",
            "must be greater than 0; got -3",
        ),
        (
            "gamma",
            {"quantiles": {"lower": 1, "upper": 1.0000001}},
            "quantiles",
            "no gamma distribution has quantiles 1 and 1 at a level of 0.95; "
            "use lognormal, or give mean and se",
        ),
        (
            "beta",
            {"mean": 36.4, "se": 1.2},
            "mean",
            "must be between 0 and 1; got 36.4. Did you mean 0.364?",
        ),
        (
            "beta",
            {"mean": 36.4, "se": 0},
            "mean",
            "must be between 0 and 1; got 36.4. Did you mean 0.364?",
        ),
        (
            "beta",
            {"mean": 0.3, "se": 0.46},
            "se",
            "must be less than 0.4583, the largest standard error that a share with mean 0.3 can have; "
            "got 0.46",
        ),
        (
            "lognormal",
            {"estimate": 1, "lower_95": 0.5, "upper_95": 2, "preserve": "mode"},
            "preserve",
            "must be median or mean; got 'mode'",
        ),
        (
            "normal",
            {"mean": 100, "se": 50},
            "se",
            "a normal distribution with mean 100 and se 50 puts 2.3 % of its draws below 0, where this "
            "quantity cannot be (at most 0.1 % is accepted); use gamma or lognormal",
        ),
        ("normal", {"mean": -100, "se": 0}, "", "must be 0 or more; got -100"),
        ("pert", {"min": -1, "mode": 2, "max": 3}, "min", "must be 0 or more; got -1"),
        ("triangular", {"min": -1, "mode": 2, "max": 3}, "min", "must be 0 or more; got -1"),
        ("pert", {"min": 5, "mode": 2, "max": 3}, "min", "must not exceed max (3); got 5"),
        ("pert", {"min": 1, "mode": 4, "max": 3}, "mode", "must lie between min (1) and max (3); got 4"),
    ],
)
def test_refusals_of_one_quantity(family, arguments, argument, message):
    with pytest.raises(DistributionError) as caught:
        fit(family, arguments, non_negative=True)
    assert caught.value.argument == argument
    assert message is None or caught.value.message == message
    assert str(caught.value) == caught.value.message
    assert isinstance(caught.value, UncertaintyError)


def test_joint_families():
    counts = joint_fit("dirichlet", {"counts": {"a": 30, "b": 20}}, non_negative=True)
    assert counts.components == ("a", "b")
    assert counts.distribution.means.tolist() == [0.6, 0.4]
    shares = joint_fit(
        "dirichlet",
        {"shares": {"a": 0.6, "b": 0.4}, "effective_sample_size": 50, "assumed": True},
        non_negative=True,
    )
    assert shares.distribution == counts.distribution
    assert shares.assumed is True
    zero = joint_fit("dirichlet", {"counts": {"a": 3, "b": 0}}, non_negative=True)
    assert zero.warnings == ("a count of 0: half a count was added to each component (Jeffreys' prior)",)
    normal = joint_fit(
        "multivariate_normal",
        {"means": {"age": 10, "sex": -1}, "covariance": [[4, 1], [1, 9]]},
        non_negative=False,
    )
    assert normal.components == ("age", "sex")
    assert normal.distribution.sds.tolist() == [2.0, 3.0]
    rows = joint_fit("empirical", {"rows": {"x": [1, 2, 3], "y": [4.0, 5.0, 6.0]}}, non_negative=True)
    assert rows.components == ("x", "y")
    assert rows.distribution.means.tolist() == [2.0, 5.0]


@pytest.mark.parametrize(
    ("family", "arguments", "argument", "message"),
    [
        (
            "gamma",
            {"mean": 1, "se": 1},
            "family",
            "gamma is a distribution of one quantity; use one of dirichlet, multivariate_normal, empirical",
        ),
        ("dirichlet", {"counts": {"a": 3, "b": -1}}, "counts", "must be 0 or more; got -1"),
        ("dirichlet", {"counts": {"a": 3, "b": "x"}}, "counts.b", "must be a number; got 'x'"),
        ("dirichlet", {"counts": [3, 4]}, "counts", "must be a mapping of names; got [3, 4]"),
        (
            "dirichlet",
            {"shares": {"a": 0.6, "b": 0.4}},
            "",
            "dirichlet needs {counts} or {shares, effective_sample_size}; got shares",
        ),
        (
            "multivariate_normal",
            {"means": {"a": 1, "b": 2}, "covariance": 3},
            "covariance",
            "must be a list of numbers; got 3",
        ),
        (
            "multivariate_normal",
            {"means": {"a": 1, "b": 2}, "covariance": ["12", "34"]},
            "covariance",
            "must be a list of numbers; got '12'",
        ),
        (
            "multivariate_normal",
            {"means": {"a": 10, "b": 2}, "covariance": [[1, 0], [0, 1]]},
            "means.b",
            "a normal distribution with mean 2 and se 1 puts 2.3 % of its draws below 0, where this "
            "quantity cannot be (at most 0.1 % is accepted); use gamma or lognormal",
        ),
        (
            "empirical",
            {"rows": {"a": [1, 2], "b": [1, 2, 3]}},
            "rows",
            "every component must have the same number of rows; a has 2, b has 3",
        ),
        ("empirical", {"rows": {"a": [1, 2], "b": [1, -2]}}, "rows.b", "must be 0 or more; got -2"),
        (
            "empirical",
            {"rows": {"a": [1, datetime.date(2023, 1, 1)]}},
            "rows.a",
            "must be a number; got datetime.date(2023, 1, 1)",
        ),
        (
            "empirical",
            {"rows": {}},
            "rows",
            "must have at least two rows and one component; got shape (0,)",
        ),
    ],
)
def test_refusals_of_several_quantities(family, arguments, argument, message):
    with pytest.raises(DistributionError) as caught:
        joint_fit(family, arguments, non_negative=True)
    assert (caught.value.argument, caught.value.message) == (argument, message)


def test_what_several_quantities_can_be_below_zero():
    fitted = joint_fit("empirical", {"rows": {"a": [-1, 2]}}, non_negative=False)
    assert np.array_equal(fitted.distribution.means, [0.5])


def test_what_was_meant():
    assert what_was_meant("SEM", ["mean", "se"], "use se") == ". Did you mean 'se'?"
    assert what_was_meant("maen", ["mean", "se"], "use se") == ". Did you mean 'mean'?"
    assert what_was_meant("zebra", ["mean", "se"], "use se") == "; use se"
