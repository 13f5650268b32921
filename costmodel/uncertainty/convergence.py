"""Monte Carlo error: how far the mean, a probability or a percentile may be from that of endless draws.

Independent draws have closed forms; Latin hypercube and Sobol draws do not, and take their error from the
spread of the statistic between independent replicates. The formula of independent draws would overstate it
many times over.

References
----------
.. [1] Hatswell AJ, Bullement A, Briggs A, Paulden M, Stevenson MD (2018). Probabilistic sensitivity analysis
   in cost-effectiveness models: determining model convergence in cohort models. PharmacoEconomics
   36(12):1421-1426.
.. [2] Woodruff RS (1952). Confidence intervals for medians and other position measures. Journal of the
   American Statistical Association 47(260):635-646.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from costmodel.uncertainty import special
from costmodel.uncertainty.distributions import require_positive, require_probability
from costmodel.uncertainty.errors import DesignError
from costmodel.uncertainty.sampling import Design
from costmodel.uncertainty.types import FloatArray

_Statistic = Callable[[FloatArray], float]


def replicate_slices(design: Design) -> list[slice]:
    """Return the draws of each independent replicate of a design; all of them for Monte Carlo.

    Examples
    --------
    >>> from costmodel.uncertainty.sampling import LatinHypercube
    >>> replicate_slices(LatinHypercube(seed=1, n=16))[:2]
    [slice(0, 2, None), slice(2, 4, None)]
    """
    size = design.n // design.replicates
    return [slice(i * size, (i + 1) * size) for i in range(design.replicates)]


def standard_error(values: FloatArray, design: Design) -> float:
    """Return the Monte Carlo standard error of a mean, as the design allows.

    Parameters
    ----------
    values
        One value a draw, all draws of the design. Shape (draw,).
    design
        The design that the draws came from.

    Returns
    -------
    sd / sqrt(n) for Monte Carlo, sd of the replicates' means / sqrt(replicates) for the others; nan for one
    draw.

    Raises
    ------
    DesignError
        If the number of values is not that of the design.
    """
    if design.replicates > 1:
        return _between_replicates(values, design, lambda part: float(part.mean()))
    _require_all(values, design)
    return monte_carlo_se(values)


def proportion_standard_error(events: FloatArray, design: Design) -> float:
    """Return the Monte Carlo standard error of a probability from one 0 or 1 a draw. Shape (draw,).

    Raises
    ------
    DesignError
        If the number of values is not that of the design.
    """
    if design.replicates > 1:
        return _between_replicates(events, design, lambda part: float(part.mean()))
    _require_all(events, design)
    return proportion_se(float(events.mean()), design.n)


def quantile_standard_error(values: FloatArray, probability: float, design: Design) -> float:
    """Return the Monte Carlo standard error of a percentile from one value a draw. Shape (draw,).

    Raises
    ------
    DesignError
        If the number of values is not that of the design.
    """
    if design.replicates > 1:
        return _between_replicates(values, design, lambda part: float(np.quantile(part, probability)))
    _require_all(values, design)
    return quantile_se(values, probability)


def _require_all(values: FloatArray, design: Design) -> None:
    if len(values) != design.n:
        raise DesignError(f"the standard error needs all {design.n} draws of the design; got {len(values)}")


def _between_replicates(values: FloatArray, design: Design, statistic: _Statistic) -> float:
    _require_all(values, design)
    return monte_carlo_se(np.array([statistic(values[part]) for part in replicate_slices(design)]))


def monte_carlo_se(values: FloatArray) -> float:
    """Return the standard error of the mean of independent draws, sd / sqrt(n); nan for a single one.

    Examples
    --------
    >>> monte_carlo_se(np.array([1.0, 2.0, 3.0, 4.0])).__round__(6)
    0.645497
    """
    if len(values) < 2:
        return math.nan
    return float(values.std(ddof=1)) / math.sqrt(len(values))


def proportion_se(probability: float, n: int) -> float:
    """Return the standard error of a probability from n independent draws, sqrt(p (1 - p) / n).

    Examples
    --------
    >>> proportion_se(0.5, 10_000)
    0.005
    """
    return math.sqrt(probability * (1.0 - probability) / n)


def quantile_se(values: FloatArray, probability: float) -> float:
    """Return the standard error of a percentile of independent draws.

    Half the distance between the percentiles one standard error of `probability` to either side, which
    estimates sqrt(p (1 - p) / n) over the density there [2]_.

    Parameters
    ----------
    values
        One value a draw. Shape (draw,).
    probability
        Which percentile, strictly between 0 and 1.
    """
    step = proportion_se(probability, len(values))
    lower, upper = np.quantile(values, [max(probability - step, 0.0), min(probability + step, 1.0)])
    return 0.5 * float(upper - lower)


def draws_needed(sd: float, half_width: float, level: float = 0.95) -> int:
    """Return the independent draws that a mean with a given precision needs, (z sd / half_width)^2.

    Raises
    ------
    DistributionError
        If `sd` or `half_width` is not greater than 0, or `level` not between 0 and 1.

    Examples
    --------
    >>> draws_needed(sd=900.0, half_width=10.0)
    31116
    """
    require_positive(sd, "sd")
    require_positive(half_width, "half_width")
    require_probability(level, "level")
    z = float(special.ndtri(0.5 + 0.5 * level))
    return math.ceil((z * sd / half_width) ** 2)


def draws_needed_for_probability(probability: float, half_width: float, level: float = 0.95) -> int:
    """Return the independent draws for a probability whose interval reaches `half_width` to either side.

    Raises
    ------
    DistributionError
        If an argument is out of range.

    Examples
    --------
    >>> draws_needed_for_probability(0.5, 0.01)
    9604
    """
    require_probability(probability, "probability")
    return draws_needed(math.sqrt(probability * (1.0 - probability)), half_width, level)


@dataclass(frozen=True)
class ConvergenceTrace:
    """The mean of the first draws, as their number grows.

    Parameters
    ----------
    draws
        Numbers of draws. Shape (point,).
    mean, standard_error
        Of the first draws, in the unit of the values; the error treats draws as independent. Shape (point,).
    """

    draws: FloatArray
    mean: FloatArray
    standard_error: FloatArray


def convergence_trace(values: FloatArray, n_points: int = 100) -> ConvergenceTrace:
    """Return the running mean and its standard error at several numbers of draws, the last being all.

    Parameters
    ----------
    values
        One value a draw. Shape (draw,), two or more.
    n_points
        Most points of the trace.

    Examples
    --------
    >>> convergence_trace(np.array([1.0, 3.0, 5.0]), n_points=2).mean
    array([2., 3.])
    """
    if len(values) < 2:
        raise DesignError(f"a convergence trace needs at least 2 draws; got {len(values)}")
    draws = np.unique(np.linspace(2, len(values), min(n_points, len(values) - 1)).round().astype(np.intp))
    centre = values.mean()  # sums of squares about 0 would lose the variance of large values
    total, squares = np.cumsum(values - centre), np.cumsum((values - centre) ** 2)
    mean = total[draws - 1] / draws
    variance = np.maximum(squares[draws - 1] - draws * mean**2, 0.0) / (draws - 1)
    return ConvergenceTrace(draws.astype(np.float64), mean + centre, np.sqrt(variance / draws))
