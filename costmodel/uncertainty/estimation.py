"""Distributions from what sources report: means with standard errors, counts, intervals, quantiles.

Constructors that can honour an input only with a reservation return it as a text beside the distribution.

References
----------
.. [1] Briggs A, Claxton K, Sculpher M (2006). Decision Modelling for Health Economic Evaluation. Oxford
   University Press, chapter 4.
"""

import math
from typing import Final, Literal

from costmodel.uncertainty import special
from costmodel.uncertainty.distributions import (
    Beta,
    Gamma,
    Lognormal,
    Normal,
    require_finite,
    require_positive,
    require_probability,
)
from costmodel.uncertainty.errors import DistributionError

Z_975: Final = 1.959963984540054
"""Standard normal quantile of a two-sided 95 % interval, 1.959964."""

_MOST_BELOW_ZERO: Final = 0.001
_LARGEST_RATIO: Final = 100.0  # of a standard error to its mean: 99 draws in 100 would be next to nothing
_SMALLEST_RATIO: Final = 1e-8


def standard_error(sd: float, n: float) -> float:
    """Return the standard error of a mean from the spread of individuals and their number.

    Examples
    --------
    >>> round(standard_error(sd=900.0, n=299), 2)
    52.05
    """
    require_positive(sd, "sd")
    require_positive(n, "n")
    return sd / math.sqrt(n)


def gamma_from_mean_se(mean: float, se: float) -> Gamma:
    """Return the gamma distribution with a given mean and standard error.

    Shape (mean / se)^2 and scale se^2 / mean.

    Raises
    ------
    DistributionError
        Unless both are greater than 0.

    Examples
    --------
    >>> gamma_from_mean_se(100.0, 50.0)
    Gamma(shape=4.0, scale=25.0)
    """
    _require_plausible(mean, se)
    return Gamma(shape=(mean / se) ** 2, scale=se**2 / mean)


def _require_plausible(mean: float, se: float) -> None:
    """Refuse a mean and a standard error of a positive quantity that cannot be meant."""
    require_positive(mean, "mean")
    require_positive(se, "se")
    if se > _LARGEST_RATIO * mean:
        raise DistributionError(
            f"must be at most {_LARGEST_RATIO:g} times the mean ({mean:g}); got {se:g}; check both figures",
            "se",
        )
    _require_visible(mean, se)


def _require_visible(mean: float, se: float) -> None:
    if se < _SMALLEST_RATIO * mean:
        raise DistributionError(
            f"must be 0, or at least {_SMALLEST_RATIO:g} of the mean ({mean:g}); got {se:g}", "se"
        )


def beta_from_counts(events: float, n: float) -> tuple[Beta, tuple[str, ...]]:
    """Return the beta distribution of a probability from counts, Beta(events, n - events).

    With no or only events, Jeffreys' Beta(events + 1/2, n - events + 1/2).

    Returns
    -------
    The distribution, and a warning where Jeffreys' prior was added.

    Raises
    ------
    DistributionError
        If `n` is not greater than 0, or `events` not between 0 and `n`.

    Examples
    --------
    >>> beta_from_counts(171, 299)
    (Beta(alpha=171, beta=128), ())
    >>> beta_from_counts(0, 20)[0]
    Beta(alpha=0.5, beta=20.5)
    """
    require_positive(n, "n")
    require_finite(events, "events")
    if not 0.0 <= events <= n:
        raise DistributionError(f"must be between 0 and n ({n:g}); got {events:g}", "events")
    if 0.0 < events < n:
        return Beta(alpha=events, beta=n - events), ()
    warning = f"{events:g} events of {n:g}: half an event was added to each side (Jeffreys' prior)"
    return beta_jeffreys(events, n), (warning,)


def beta_jeffreys(events: float, n: float) -> Beta:
    """Return the beta distribution of a probability from counts with half an event added to each side.

    Examples
    --------
    >>> beta_jeffreys(0, 20)
    Beta(alpha=0.5, beta=20.5)
    """
    return Beta(alpha=events + 0.5, beta=n - events + 0.5)


def beta_from_mean_se(mean: float, se: float) -> Beta:
    """Return the beta distribution with a given mean and standard error, by the method of moments.

    Raises
    ------
    DistributionError
        If the mean is not between 0 and 1, or no share has so large a standard error.

    Examples
    --------
    >>> beta_from_mean_se(0.5, 0.25)
    Beta(alpha=1.5, beta=1.5)
    """
    require_probability(mean, "mean")
    require_positive(se, "se")
    _require_visible(mean, se)
    largest = math.sqrt(mean * (1.0 - mean))
    if se > 0.9995 * largest:  # nearer still, every draw would be 0 or 1
        raise DistributionError(
            f"must be less than {largest:.4g}, the largest standard error that a share with mean {mean:g} "
            f"can have; got {se:g}",
            "se",
        )
    concentration = mean * (1.0 - mean) / se**2 - 1.0
    return Beta(alpha=mean * concentration, beta=(1.0 - mean) * concentration)


def lognormal_from_interval(
    estimate: float, lower_95: float, upper_95: float, preserve: Literal["median", "mean"] = "median"
) -> tuple[Lognormal, tuple[str, ...]]:
    """Return the lognormal distribution of a ratio with a 95 % confidence interval.

    Parameters
    ----------
    estimate, lower_95, upper_95
        Point estimate and interval, all greater than 0.
    preserve
        Which property of the distribution equals the estimate. The mean lies above the median.

    Returns
    -------
    The distribution, and a warning where the interval is not symmetric about the estimate on the log scale
    (off by more than 10 % of its width).

    Raises
    ------
    DistributionError
        If the interval does not hold the estimate or does not lie above 0.

    Examples
    --------
    >>> distribution, warnings = lognormal_from_interval(0.85, 0.70, 1.03)
    >>> round(distribution.mean, 6), warnings
    (0.854136, ())
    """
    require_ordered_quantiles(lower_95, upper_95, "lower_95", "upper_95")
    require_positive(estimate, "estimate")
    if not lower_95 <= estimate <= upper_95:
        raise DistributionError(
            f"must lie between lower_95 ({lower_95:g}) and upper_95 ({upper_95:g}); got {estimate:g}",
            "estimate",
        )
    width = math.log(upper_95) - math.log(lower_95)
    sigma = width / (2.0 * Z_975)
    mu = math.log(estimate) - (0.5 * sigma**2 if preserve == "mean" else 0.0)
    off = math.log(estimate) - 0.5 * (math.log(upper_95) + math.log(lower_95))
    warnings: tuple[str, ...] = ()
    if abs(off) > 0.1 * width:
        middle = math.sqrt(lower_95 * upper_95)
        warnings = (
            f"asymmetric CI: the estimate {estimate:g} is not the middle of {lower_95:g} to {upper_95:g} "
            f"on the log scale ({middle:.4g}); check the source, or give quantiles",
        )
    return Lognormal(mu=mu, sigma=sigma), warnings


def lognormal_from_mean_se(mean: float, se: float) -> Lognormal:
    """Return the lognormal distribution with a given mean and standard error on the natural scale.

    Raises
    ------
    DistributionError
        Unless both are greater than 0.

    Examples
    --------
    >>> distribution = lognormal_from_mean_se(514.0, 60.0)
    >>> round(distribution.mean, 6), round(distribution.sd, 6)
    (514.0, 60.0)
    """
    _require_plausible(mean, se)
    variance = math.log1p((se / mean) ** 2)
    return Lognormal(mu=math.log(mean) - 0.5 * variance, sigma=math.sqrt(variance))


def lognormal_from_quantiles(lower: float, upper: float, level: float = 0.95) -> Lognormal:
    """Return the lognormal distribution with given lower and upper quantiles.

    Parameters
    ----------
    lower, upper
        Quantiles, both greater than 0.
    level
        Probability between them, with equal tails.

    Raises
    ------
    DistributionError
        Unless 0 < lower < upper and 0 < level < 1.

    Examples
    --------
    >>> distribution = lognormal_from_quantiles(0.5, 2.0)
    >>> round(distribution.mu, 12)
    0.0
    """
    require_ordered_quantiles(lower, upper, "lower", "upper")
    require_probability(level, "level")
    z = float(special.ndtri(0.5 + 0.5 * level))
    log_lower, log_upper = math.log(lower), math.log(upper)
    return Lognormal(mu=0.5 * (log_lower + log_upper), sigma=0.5 * (log_upper - log_lower) / z)


def gamma_from_quantiles(lower: float, upper: float, level: float = 0.95) -> Gamma:
    """Return the gamma distribution with given lower and upper quantiles.

    The ratio of two quantiles depends on the shape alone and falls as it grows; it is solved by bisection.

    Parameters
    ----------
    lower, upper
        Quantiles, both greater than 0.
    level
        Probability between them, with equal tails.

    Raises
    ------
    DistributionError
        Unless 0 < lower < upper and 0 < level < 1, and where they are too near each other or too far apart
        for a gamma distribution with a shape between 0.01 and 10^8.

    Examples
    --------
    >>> distribution = gamma_from_quantiles(403.1695916629294, 638.0848583773329)
    >>> round(distribution.mean, 6), round(distribution.sd, 6)
    (514.0, 60.0)
    """
    require_ordered_quantiles(lower, upper, "lower", "upper")
    require_probability(level, "level")
    tail = 0.5 - 0.5 * level
    wanted = math.log(upper) - math.log(lower)
    low, high = math.log(0.01), math.log(1e8)
    if not _log_quantile_ratio(high, tail) < wanted < _log_quantile_ratio(low, tail):
        raise DistributionError(
            f"no gamma distribution has quantiles {lower:g} and {upper:g} at a level of {level:g}; "
            "use lognormal, or give mean and se",
        )
    for _ in range(80):
        middle = 0.5 * (low + high)
        if _log_quantile_ratio(middle, tail) > wanted:
            low = middle
        else:
            high = middle
    shape = math.exp(0.5 * (low + high))
    return Gamma(shape=shape, scale=lower / float(special.gammaincinv(shape, tail)))


def _log_quantile_ratio(log_shape: float, tail: float) -> float:
    shape = math.exp(log_shape)
    lower, upper = special.gammaincinv(shape, tail), special.gammainccinv(shape, tail)
    return math.inf if lower == 0.0 else math.log(upper) - math.log(lower)


def require_ordered_quantiles(lower: float, upper: float, lower_name: str, upper_name: str) -> None:
    """Refuse bounds of a positive quantity that are not positive or not in order.

    Raises
    ------
    DistributionError
        Naming the offending bound.
    """
    require_positive(lower, lower_name)
    require_positive(upper, upper_name)
    if lower >= upper:
        raise DistributionError(f"must be less than {upper_name} ({upper:g}); got {lower:g}", lower_name)


def normal_from_mean_se(mean: float, se: float, *, cost: bool) -> Normal:
    """Return the normal distribution with a given mean and standard error.

    Parameters
    ----------
    mean, se
        Estimate and its standard error.
    cost
        Whether the quantity cannot be negative, as a cost, a length or a count.

    Raises
    ------
    DistributionError
        If `se` is not greater than 0, or if more than 0.1 % of a quantity that cannot be negative would lie
        below 0.

    Examples
    --------
    >>> normal_from_mean_se(100.0, 20.0, cost=True)
    Normal(mean=100.0, sd=20.0)
    """
    require_finite(mean, "mean")
    require_positive(se, "se")
    distribution = Normal(mean=mean, sd=se)
    if cost:
        require_non_negative_normal(mean, se, "se")
    return distribution


def require_non_negative_normal(mean: float, se: float, argument: str) -> None:
    """Refuse a normal distribution with more than 0.1 % of a quantity that cannot be negative below 0.

    Raises
    ------
    DistributionError
        Naming `argument`.
    """
    below = Normal(mean=mean, sd=se).share_below_zero
    if below > _MOST_BELOW_ZERO:
        raise DistributionError(
            f"a normal distribution with mean {mean:g} and se {se:g} puts {100.0 * below:.2g} % of its draws "
            "below 0, where this quantity cannot be (at most 0.1 % is accepted); use gamma or lognormal",
            argument,
        )
