"""The one door from a mapping in a parameter file to a distribution.

Arguments mean what their names say: `se` is the uncertainty of the mean, `sd` the spread of individuals and
useless without their number `n`. Every refusal names the argument at fault.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np

from costmodel.uncertainty import estimation, joint_estimation
from costmodel.uncertainty.arguments import (
    FAMILIES,
    JOINT_FAMILIES,
    Arguments,
    mapping,
    number,
    numbers,
    read_arguments,
    require_family,
)
from costmodel.uncertainty.distributions import (
    Beta,
    Fixed,
    Normal,
    Pert,
    Triangular,
    require_finite,
    require_positive,
    require_probability,
)
from costmodel.uncertainty.errors import DistributionError
from costmodel.uncertainty.joint import EmpiricalRows, JointDistribution, MultivariateNormal
from costmodel.uncertainty.types import Distribution

_Fit: TypeAlias = tuple[Distribution, tuple[str, ...]]


@dataclass(frozen=True)
class Fitted:
    """A distribution of one quantity, with what should be said about it.

    Parameters
    ----------
    distribution
        The distribution.
    warnings
        Texts for the user; empty where the arguments were honoured as they stand.
    assumed
        Whether the spread has no source.
    """

    distribution: Distribution
    warnings: tuple[str, ...] = ()
    assumed: bool = False


@dataclass(frozen=True)
class JointFitted:
    """A distribution of several quantities, with their names and what should be said about it.

    Parameters
    ----------
    components
        Names of the components, in the order of the distribution.
    distribution, warnings, assumed
        As for :class:`Fitted`.
    """

    components: tuple[str, ...]
    distribution: JointDistribution
    warnings: tuple[str, ...] = ()
    assumed: bool = False


def fit(family: str, arguments: Arguments, *, non_negative: bool) -> Fitted:
    """Return the distribution of one quantity that a mapping in a parameter file describes.

    Parameters
    ----------
    family
        One of :data:`FAMILIES`.
    arguments
        The other keys of the mapping. `assumed: true` says that the spread has no source.
    non_negative
        Whether the quantity cannot be negative.

    Raises
    ------
    DistributionError
        If the family or an argument is unknown, missing, of the wrong type or out of range.

    Examples
    --------
    >>> fit("gamma", {"mean": 100, "se": 50}, non_negative=True).distribution
    Gamma(shape=4.0, scale=25.0)
    """
    require_family(family, FAMILIES, JOINT_FAMILIES, "several quantities: give components")
    assumed, chosen = read_arguments(family, arguments, FAMILIES)
    distribution, warnings = _FITTERS[family](chosen, arguments)
    if non_negative:
        _require_non_negative(distribution)
    return Fitted(distribution, warnings, assumed)


def joint_fit(family: str, arguments: Arguments, *, non_negative: bool) -> JointFitted:
    """Return the distribution of several quantities that a mapping in a parameter file describes.

    Parameters
    ----------
    family
        One of :data:`JOINT_FAMILIES`.
    arguments
        The other keys of the mapping, whose `counts`, `shares`, `means` or `rows` name the components.
    non_negative
        Whether no component can be negative.

    Raises
    ------
    DistributionError
        If the family or an argument is unknown, missing, of the wrong type or out of range.

    Examples
    --------
    >>> fitted = joint_fit("dirichlet", {"counts": {"therapy": 30, "brief": 10}}, non_negative=True)
    >>> fitted.components, fitted.distribution.means
    (('therapy', 'brief'), array([0.75, 0.25]))
    """
    require_family(family, JOINT_FAMILIES, FAMILIES, "one quantity")
    assumed, chosen = read_arguments(family, arguments, JOINT_FAMILIES)
    fitted = _JOINT_FITTERS[family](chosen, arguments)
    if non_negative:
        _require_joint_non_negative(fitted)
    return JointFitted(fitted.components, fitted.distribution, fitted.warnings, assumed)


def _from_quantiles(
    constructor: Callable[[float, float, float], Distribution], arguments: Arguments
) -> Distribution:
    """Fit two quantiles, so that a refusal names the key inside `quantiles`."""
    quantiles = mapping(arguments["quantiles"], "quantiles")
    for key in quantiles:
        if key not in ("lower", "upper", "level"):
            raise DistributionError(
                f"'{key}' is not an argument of quantiles; use lower, upper and level", f"quantiles.{key}"
            )
    for key in ("lower", "upper"):
        if key not in quantiles:
            raise DistributionError(f"quantiles needs lower and upper; {key} is missing", "quantiles")
    lower, upper = (number(quantiles[key], f"quantiles.{key}") for key in ("lower", "upper"))
    level = number(quantiles.get("level", 0.95), "quantiles.level")
    try:
        return constructor(lower, upper, level)
    except DistributionError as error:
        argument = f"quantiles.{error.argument}" if error.argument else "quantiles"
        raise DistributionError(error.message, argument) from None


def _from_moments(
    names: tuple[str, ...],
    arguments: Arguments,
    constructor: Callable[[float, float], Distribution],
    require: Callable[[float, str], None],
) -> Distribution:
    """Fit a mean and its standard error, given or from the spread of n individuals."""
    mean = number(arguments["mean"], "mean")
    if "sd" in names:
        return constructor(mean, estimation.standard_error(*numbers(("sd", "n"), arguments)))
    se = number(arguments["se"], "se")
    if se == 0.0:
        require(mean, "mean")
        return Fixed(mean)
    return constructor(mean, se)


def _fit_fixed(names: tuple[str, ...], arguments: Arguments) -> _Fit:
    return Fixed(*numbers(names, arguments)), ()


def _fit_gamma(names: tuple[str, ...], arguments: Arguments) -> _Fit:
    if names == ("quantiles",):
        return _from_quantiles(estimation.gamma_from_quantiles, arguments), ()
    return _from_moments(names, arguments, estimation.gamma_from_mean_se, require_positive), ()


def _fit_beta(names: tuple[str, ...], arguments: Arguments) -> _Fit:
    if names == ("events", "n"):
        return estimation.beta_from_counts(*numbers(("events", "n"), arguments))
    if names == ("alpha", "beta"):
        return Beta(*numbers(names, arguments)), ()
    return _from_moments(names, arguments, estimation.beta_from_mean_se, require_probability), ()


def _fit_lognormal(names: tuple[str, ...], arguments: Arguments) -> _Fit:
    if names == ("quantiles",):
        return _from_quantiles(estimation.lognormal_from_quantiles, arguments), ()
    if names == ("estimate", "lower_95", "upper_95"):
        estimate, lower_95, upper_95 = numbers(names, arguments)
        return estimation.lognormal_from_interval(estimate, lower_95, upper_95, _preserve(arguments))
    return _from_moments(names, arguments, estimation.lognormal_from_mean_se, require_positive), ()


def _preserve(arguments: Arguments) -> Literal["median", "mean"]:
    preserve = arguments.get("preserve", "median")
    if preserve == "median":
        return "median"
    if preserve == "mean":
        return "mean"
    raise DistributionError(f"must be median or mean; got {preserve!r}", "preserve")


def _fit_normal(names: tuple[str, ...], arguments: Arguments) -> _Fit:
    return _from_moments(names, arguments, _plain_normal, require_finite), ()


def _plain_normal(mean: float, se: float) -> Distribution:
    return estimation.normal_from_mean_se(mean, se, cost=False)


def _fit_pert(names: tuple[str, ...], arguments: Arguments) -> _Fit:
    minimum, mode, maximum = numbers(names, arguments)
    return (Fixed(mode) if minimum == mode == maximum else Pert(minimum, mode, maximum)), ()


def _fit_triangular(names: tuple[str, ...], arguments: Arguments) -> _Fit:
    minimum, mode, maximum = numbers(names, arguments)
    return (Fixed(mode) if minimum == mode == maximum else Triangular(minimum, mode, maximum)), ()


_FITTERS: Final[Mapping[str, Callable[[tuple[str, ...], Arguments], _Fit]]] = {
    "fixed": _fit_fixed,
    "gamma": _fit_gamma,
    "beta": _fit_beta,
    "lognormal": _fit_lognormal,
    "normal": _fit_normal,
    "pert": _fit_pert,
    "triangular": _fit_triangular,
}


def _require_non_negative(distribution: Distribution) -> None:
    """Refuse what would put a quantity that cannot be negative below 0."""
    if isinstance(distribution, Fixed) and distribution.value < 0.0:
        raise DistributionError(f"must be 0 or more; got {distribution.value:g}", "")
    if isinstance(distribution, Pert | Triangular) and distribution.minimum < 0.0:
        raise DistributionError(f"must be 0 or more; got {distribution.minimum:g}", "min")
    if isinstance(distribution, Normal):
        estimation.require_non_negative_normal(distribution.mean, distribution.sd, "se")


def _by_component(value: object, argument: str) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Read numbers by component name."""
    named = mapping(value, argument)
    return tuple(named), tuple(number(item, f"{argument}.{name}") for name, item in named.items())


def _sequence(value: object, argument: str) -> Sequence[object]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise DistributionError(f"must be a list of numbers; got {value!r}", argument)
    return value


def _fit_dirichlet(names: tuple[str, ...], arguments: Arguments) -> JointFitted:
    if names == ("counts",):
        components, counts = _by_component(arguments["counts"], "counts")
        distribution, warnings = joint_estimation.dirichlet_from_counts(counts)
        return JointFitted(components, distribution, warnings)
    components, shares = _by_component(arguments["shares"], "shares")
    size = number(arguments["effective_sample_size"], "effective_sample_size")
    return JointFitted(components, joint_estimation.dirichlet_from_shares(shares, size))


def _fit_multivariate_normal(_names: tuple[str, ...], arguments: Arguments) -> JointFitted:
    components, means = _by_component(arguments["means"], "means")
    rows = _sequence(arguments["covariance"], "covariance")
    covariance = tuple(
        tuple(number(item, "covariance") for item in _sequence(row, "covariance")) for row in rows
    )
    return JointFitted(components, MultivariateNormal(means, covariance))


def _fit_empirical(_names: tuple[str, ...], arguments: Arguments) -> JointFitted:
    named = mapping(arguments["rows"], "rows")
    columns = [
        [number(item, f"rows.{name}") for item in _sequence(column, f"rows.{name}")]
        for name, column in named.items()
    ]
    lengths = {name: len(column) for name, column in zip(named, columns, strict=True)}
    if len(set(lengths.values())) > 1:
        got = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise DistributionError(f"every component must have the same number of rows; {got}", "rows")
    return JointFitted(tuple(named), EmpiricalRows(np.array(columns).T))


_JOINT_FITTERS: Final[Mapping[str, Callable[[tuple[str, ...], Arguments], JointFitted]]] = {
    "dirichlet": _fit_dirichlet,
    "multivariate_normal": _fit_multivariate_normal,
    "empirical": _fit_empirical,
}


def _require_joint_non_negative(fitted: JointFitted) -> None:
    """Refuse a joint distribution that would put a component that cannot be negative below 0."""
    distribution = fitted.distribution
    for i, name in enumerate(fitted.components):
        if isinstance(distribution, MultivariateNormal):
            mean, se = float(distribution.means[i]), float(distribution.sds[i])
            estimation.require_non_negative_normal(mean, se, f"means.{name}")
        if isinstance(distribution, EmpiricalRows) and distribution.rows[:, i].min() < 0.0:
            raise DistributionError(
                f"must be 0 or more; got {distribution.rows[:, i].min():g}", f"rows.{name}"
            )
