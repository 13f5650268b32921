"""Distributions of one uncertain quantity: mean, standard deviation and quantiles.

Draws are uniforms turned into quantiles, never samples by rejection: two scenarios that differ in one
parameter then move every draw by a little, and not into another draw [1]_. Distributions describe uncertainty
about a mean or a probability (second-order uncertainty), not the spread of individuals.

References
----------
.. [1] Briggs A, Claxton K, Sculpher M (2006). Decision Modelling for Health Economic Evaluation. Oxford
   University Press, chapter 4.
"""

import math
from dataclasses import dataclass

import numpy as np

from costmodel.uncertainty import special
from costmodel.uncertainty.errors import DistributionError
from costmodel.uncertainty.inverse_cdf import checked_uniforms, standard_beta_ppf, standard_gamma_ppf
from costmodel.uncertainty.types import FloatArray


def require_finite(value: float, argument: str) -> None:
    """Refuse a number that is infinite or not a number.

    Raises
    ------
    DistributionError
        Naming `argument`.
    """
    if not math.isfinite(value):
        raise DistributionError(f"must be a finite number; got {value:g}", argument)


def require_positive(value: float, argument: str) -> None:
    """Refuse a number that is not greater than 0.

    Raises
    ------
    DistributionError
        Naming `argument`.
    """
    require_finite(value, argument)
    if value <= 0.0:
        raise DistributionError(f"must be greater than 0; got {value:g}", argument)


def require_probability(value: float, argument: str) -> None:
    """Refuse a number that is not strictly between 0 and 1, asking whether a percentage was meant.

    Raises
    ------
    DistributionError
        Naming `argument`.
    """
    require_finite(value, argument)
    if 1.0 < value <= 100.0:
        raise DistributionError(
            f"must be between 0 and 1; got {value:g}. Did you mean {value / 100.0:g}?", argument
        )
    if not 0.0 <= value <= 1.0:
        raise DistributionError(f"must be between 0 and 1; got {value:g}", argument)
    if value in (0.0, 1.0):
        raise DistributionError(
            f"must be greater than 0 and less than 1; got {value:g}; a share without uncertainty is a value, "
            "not a distribution",
            argument,
        )


@dataclass(frozen=True)
class Fixed:
    """A quantity without uncertainty: a statutory rate, a pay point, a choice.

    Parameters
    ----------
    value
        The quantity, in its unit.

    Examples
    --------
    >>> Fixed(0.138).ppf(np.array([0.1, 0.9]))
    array([0.138, 0.138])
    """

    value: float

    def __post_init__(self) -> None:
        require_finite(self.value, "value")

    @property
    def mean(self) -> float:
        """The value."""
        return self.value

    @property
    def sd(self) -> float:
        """Zero."""
        return 0.0

    def ppf(self, u: FloatArray) -> FloatArray:
        """The value, in the shape of `u`."""
        return np.full(checked_uniforms(u).shape, self.value)


@dataclass(frozen=True)
class Gamma:
    """Gamma distribution: mean costs, lengths, hours, counts per client.

    Parameters
    ----------
    shape, scale
        Both greater than 0; the mean is shape times scale.

    Examples
    --------
    >>> distribution = Gamma(shape=4.0, scale=25.0)
    >>> distribution.mean, distribution.sd
    (100.0, 50.0)
    """

    shape: float
    scale: float

    def __post_init__(self) -> None:
        require_positive(self.shape, "shape")
        require_positive(self.scale, "scale")

    @property
    def mean(self) -> float:
        """Shape times scale."""
        return self.shape * self.scale

    @property
    def sd(self) -> float:
        """Square root of the shape, times the scale."""
        return math.sqrt(self.shape) * self.scale

    def ppf(self, u: FloatArray) -> FloatArray:
        """Quantiles at `u`, relative error below 1e-9."""
        return self.scale * standard_gamma_ppf(self.shape, u)


@dataclass(frozen=True)
class Beta:
    """Beta distribution on (0, 1): probabilities and shares.

    Parameters
    ----------
    alpha, beta
        Both greater than 0; from counts, those with and those without the event.

    Examples
    --------
    >>> Beta(alpha=171.0, beta=128.0).mean
    0.5719063545150501
    """

    alpha: float
    beta: float

    def __post_init__(self) -> None:
        require_positive(self.alpha, "alpha")
        require_positive(self.beta, "beta")

    @property
    def mean(self) -> float:
        """Alpha over alpha plus beta."""
        return self.alpha / (self.alpha + self.beta)

    @property
    def sd(self) -> float:
        """Square root of mean (1 - mean) / (alpha + beta + 1)."""
        total = self.alpha + self.beta
        return math.sqrt(self.alpha * self.beta / (total + 1.0)) / total

    @property
    def reciprocal_mean(self) -> float:
        """Mean of 1 / x, which exceeds 1 / mean; infinite where alpha is 1 or less."""
        if self.alpha <= 1.0:
            return math.inf
        return (self.alpha + self.beta - 1.0) / (self.alpha - 1.0)

    def ppf(self, u: FloatArray) -> FloatArray:
        """Quantiles at `u`, relative error below 1e-9."""
        return standard_beta_ppf(self.alpha, self.beta, u)


@dataclass(frozen=True)
class Lognormal:
    """Lognormal distribution: relative risks, ratios, skewed amounts.

    Parameters
    ----------
    mu, sigma
        Mean and standard deviation of the logarithm; `sigma` greater than 0.

    Examples
    --------
    >>> Lognormal(mu=0.0, sigma=0.5).ppf(np.array([0.5]))
    array([1.])
    """

    mu: float
    sigma: float

    def __post_init__(self) -> None:
        require_finite(self.mu, "mu")
        require_positive(self.sigma, "sigma")

    @property
    def mean(self) -> float:
        """exp(mu + sigma^2 / 2): above the median."""
        return math.exp(self.mu + 0.5 * self.sigma**2)

    @property
    def sd(self) -> float:
        """Mean times the square root of exp(sigma^2) - 1."""
        return self.mean * math.sqrt(math.expm1(self.sigma**2))

    def ppf(self, u: FloatArray) -> FloatArray:
        """Quantiles at `u`."""
        return np.asarray(np.exp(self.mu + self.sigma * special.ndtri(checked_uniforms(u))))


@dataclass(frozen=True)
class Normal:
    """Normal distribution: differences and regression effects.

    Parameters
    ----------
    mean, sd
        `sd` greater than 0; it is the standard error of the quantity.

    Examples
    --------
    >>> Normal(mean=2.0, sd=1.0).ppf(np.array([0.5, 0.975])).round(6)
    array([2.      , 3.959964])
    """

    mean: float
    sd: float

    def __post_init__(self) -> None:
        require_finite(self.mean, "mean")
        require_positive(self.sd, "sd")

    @property
    def share_below_zero(self) -> float:
        """Probability of a negative value."""
        return float(special.ndtr(-self.mean / self.sd))

    def ppf(self, u: FloatArray) -> FloatArray:
        """Quantiles at `u`."""
        return np.asarray(self.mean + self.sd * special.ndtri(checked_uniforms(u)))


def _require_ordered(minimum: float, mode: float, maximum: float) -> None:
    for value, argument in ((minimum, "min"), (mode, "mode"), (maximum, "max")):
        require_finite(value, argument)
    if minimum > maximum:
        raise DistributionError(f"must not exceed max ({maximum:g}); got {minimum:g}", "min")
    if not minimum <= mode <= maximum:
        raise DistributionError(
            f"must lie between min ({minimum:g}) and max ({maximum:g}); got {mode:g}", "mode"
        )
    if minimum == maximum:
        raise DistributionError(f"must be less than max; both are {maximum:g}: give a value instead", "min")


@dataclass(frozen=True)
class Pert:
    """Beta-PERT distribution (lambda = 4): expert judgement of a minimum, most likely value and maximum.

    Its standard deviation is exact; the often quoted (maximum - minimum) / 6 is not.

    Parameters
    ----------
    minimum, mode, maximum
        In the unit of the quantity, minimum < maximum.

    References
    ----------
    .. [1] Vose D (2008). Risk Analysis: A Quantitative Guide, 3rd edition. Wiley, section on the PERT
       distribution.

    Examples
    --------
    >>> distribution = Pert(4.0, 6.0, 12.0)
    >>> round(distribution.mean, 6), round(distribution.sd, 6)
    (6.666667, 1.425393)
    """

    minimum: float
    mode: float
    maximum: float

    def __post_init__(self) -> None:
        _require_ordered(self.minimum, self.mode, self.maximum)

    @property
    def standard(self) -> Beta:
        """The beta distribution of the share of the range."""
        width = self.maximum - self.minimum
        return Beta(
            alpha=1.0 + 4.0 * (self.mode - self.minimum) / width,
            beta=1.0 + 4.0 * (self.maximum - self.mode) / width,
        )

    @property
    def mean(self) -> float:
        """A sixth of minimum + 4 mode + maximum."""
        return (self.minimum + 4.0 * self.mode + self.maximum) / 6.0

    @property
    def sd(self) -> float:
        """Range times the standard deviation of the beta distribution."""
        return (self.maximum - self.minimum) * self.standard.sd

    def ppf(self, u: FloatArray) -> FloatArray:
        """Quantiles at `u`."""
        return self.minimum + (self.maximum - self.minimum) * self.standard.ppf(u)


@dataclass(frozen=True)
class Triangular:
    """Triangular distribution, for figures already published as one; prefer :class:`Pert` for new judgements.

    Parameters
    ----------
    minimum, mode, maximum
        In the unit of the quantity, minimum < maximum.

    Examples
    --------
    >>> Triangular(0.0, 3.0, 6.0).mean
    3.0
    """

    minimum: float
    mode: float
    maximum: float

    def __post_init__(self) -> None:
        _require_ordered(self.minimum, self.mode, self.maximum)

    @property
    def mean(self) -> float:
        """A third of minimum + mode + maximum."""
        return (self.minimum + self.mode + self.maximum) / 3.0

    @property
    def sd(self) -> float:
        """Square root of (a^2 + b^2 + c^2 - ab - ac - bc) / 18."""
        below, above = self.mode - self.minimum, self.maximum - self.mode
        return math.sqrt((below**2 + below * above + above**2) / 18.0)

    def ppf(self, u: FloatArray) -> FloatArray:
        """Quantiles at `u`."""
        scores = checked_uniforms(u)
        width = self.maximum - self.minimum
        below, above = self.mode - self.minimum, self.maximum - self.mode
        rising = self.minimum + np.sqrt(scores * width * below)
        falling = self.maximum - np.sqrt((1.0 - scores) * width * above)
        return np.where(scores * width < below, rising, falling)
