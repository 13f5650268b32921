"""The arithmetic of trees besides sums and products, in plain numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

_ROUNDING: Final = 1e-12


def divided(values: Sequence[float]) -> float:
    """Return the first value divided by each of the others; not a number where one of them is 0."""
    first, *divisors = values
    divisor = math.prod(divisors)
    return first / divisor if divisor else math.nan


def share(values: Sequence[float]) -> float:
    """Return the share that a part is of the whole; of nothing it is 0.

    Examples
    --------
    >>> share([1.0, 4.0]), share([0.0, 0.0])
    (0.25, 0.0)
    """
    part, whole = values
    return part / whole if whole else 0.0


def remainder(values: Sequence[float]) -> float:
    """Return what the others leave of the first value; what rounding leaves of it is nothing.

    Examples
    --------
    >>> remainder([3.0, 1.0, 1.5]), remainder([0.3, 0.1, 0.2]), remainder([1.0, 2.0])
    (0.5, 0.0, 0.0)
    """
    whole, *taken = values
    left = whole - sum(taken)
    return left if left > _ROUNDING * abs(whole) else 0.0


def whole_steps(values: Sequence[float]) -> float:
    """Return how many steps of a capacity serve a volume; rounding in the last digits buys no step."""
    volume, capacity = values
    return float(math.ceil(volume / capacity * (1.0 - _ROUNDING))) if capacity else 0.0


def annuity_factor(values: Sequence[float]) -> float:
    """Return what a pound a year for some years is worth today, at a rate."""
    rate, years = values
    return -math.expm1(-years * math.log1p(rate)) / rate if rate else years


def discount_factor(values: Sequence[float]) -> float:
    """Return what a pound after some years is worth today, at a rate."""
    rate, years = values
    return float((1.0 + rate) ** -years)


def power(values: Sequence[float]) -> float:
    """Return the first value to the power of the second."""
    base, exponent = values
    return float(base**exponent)


def surge(values: Sequence[float]) -> float:
    """Return arrivals of a step against usual ones: 1 + height x 1/2 ^ (months since the surge / half-life).

    Parameters
    ----------
    values
        Month in which the step begins, counted from 1; height; month in which the surge begins; half-life.

    Examples
    --------
    >>> surge([3.0, 0.8, 4.0, 2.0]), surge([4.0, 0.8, 4.0, 2.0]), surge([6.0, 0.8, 4.0, 2.0])
    (1.0, 1.8, 1.4)
    """
    month, height, begins, half_life = values
    return 1.0 + height * 0.5 ** ((month - begins) / half_life) if month >= begins else 1.0


def joiner(values: Sequence[float]) -> float:
    """Return the work of a step of a post that is filled later: 0 before, then by month in post.

    Parameters
    ----------
    values
        Months that have passed when the step begins; its length in months; months until the first day in
        post; output in month 1, 2, ... in post, the last for ever.

    Examples
    --------
    >>> [joiner([month, 1.0, 1.5, 0.5, 1.0]) for month in (0.0, 1.0, 2.0, 3.0)]
    [0.0, 0.25, 0.75, 1.0]
    """
    month, length, lag, *output = values
    begin, end = month - lag, month - lag + length
    until = [*(float(number) for number in range(1, len(output))), math.inf]
    parts = (
        share * max(min(end, last) - max(begin, float(number)), 0.0)
        for number, (share, last) in enumerate(zip(output, until, strict=True))
    )
    return sum(parts) / length


def wait_quantile(values: Sequence[float]) -> float:
    """Return the wait that a share of people do not exceed, in steps.

    Who starts in the step of arrival has not waited; other waits lie evenly half a step either side of the
    whole number.

    Parameters
    ----------
    values
        The share, then people who waited 0, 1, 2, ... steps.

    Examples
    --------
    >>> round(wait_quantile([0.5, 0.0, 0.0, 10.0, 30.0]), 4)
    2.8333
    >>> wait_quantile([0.5, 30.0, 10.0])
    0.0
    """
    probability, *people = values
    everybody = sum(people)
    if everybody <= 0.0:
        return math.nan
    exceeding, counted = (1.0 - probability) * everybody, 0.0
    for steps in range(len(people) - 1, 0, -1):
        if people[steps] > 0.0 and counted + people[steps] >= exceeding:
            return steps + 0.5 - (exceeding - counted) / people[steps]
        counted += people[steps]
    return 0.0


def expected_wait(values: Sequence[float]) -> float:
    """Return when those ahead will all have started or left, in steps; not a number where nobody starts.

    Parameters
    ----------
    values
        People ahead; starts a step; share of those waiting who leave in a step.

    Examples
    --------
    >>> round(expected_wait([266.6666667, 40.0, 0.03]), 5), expected_wait([80.0, 40.0, 0.0])
    (5.98576, 2.0)
    """
    ahead, starts, leaving = values
    if ahead <= 0.0 or leaving >= 1.0:
        return 0.0
    if starts <= 0.0:
        return math.nan
    if leaving <= 0.0:
        return ahead / starts
    return math.log1p(leaving * ahead / starts) / -math.log1p(-leaving)
