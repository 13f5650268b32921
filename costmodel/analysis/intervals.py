"""Draws of one figure in three numbers: their mean and the ends of an interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from costmodel.model.types import FloatArray

Statistics = tuple[float | None, float | None, float | None]

CENTRAL_90: Final = (5.0, 95.0)
CENTRAL_95: Final = (2.5, 97.5)
"""Ends of an interval that holds the middle of the draws. [percent]"""


@dataclass(frozen=True)
class Estimate:
    """A figure: its mean and 95 % interval over the draws in which it applies, and their share."""

    mean: float | None
    lower_95: float | None
    upper_95: float | None
    share_of_draws: float


def mean_and_interval(
    usable: FloatArray,
    ends: tuple[float, float],
    method: Literal["linear", "higher"] = "linear",
) -> Statistics:
    """Return the mean of the draws in which a figure applies, and two percentiles of them.

    Parameters
    ----------
    usable
        Those draws, none of them NaN. Shape (draw,)
    ends
        The percentiles. [percent]
    method
        Between two draws: in proportion, or the higher of them, which a figure without end in some draws
        needs.

    Returns
    -------
    None in place of what is not finite; three times where there is no draw.

    Examples
    --------
    >>> mean_and_interval(np.arange(101.0), CENTRAL_90)
    (50.0, 5.0, 95.0)
    >>> mean_and_interval(np.array([1.0, 2.0, np.inf]), CENTRAL_90, "higher")
    (None, 2.0, None)
    >>> mean_and_interval(np.array([]), CENTRAL_95)
    (None, None, None)
    """
    if not usable.size:
        return None, None, None
    lower, upper = np.percentile(usable, ends, method=method)
    return finite_or_none(usable.mean()), finite_or_none(lower), finite_or_none(upper)


def finite_or_none(value: float) -> float | None:
    """Return a number, or None where it is not finite.

    Examples
    --------
    >>> finite_or_none(float("inf")) is None
    True
    """
    return float(value) if np.isfinite(value) else None


def estimate(values: FloatArray) -> Estimate:
    """Return the mean and interval of the draws in which a figure applies."""
    usable = values[np.isfinite(values)]
    return Estimate(*mean_and_interval(usable, CENTRAL_95), usable.size / values.size)
