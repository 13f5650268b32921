"""Prices of the years ahead: published indices as far as they reach, then growth flagged as assumed."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

import numpy as np

from costmodel.errors import CostmodelError
from costmodel.inputs.specification import ModelSpec
from costmodel.model.types import FloatArray

Kind = Literal["pay", "non_pay"]
KINDS: Final[tuple[Kind, ...]] = ("pay", "non_pay")
FILE: Final = "parameters/budget_impact.yaml"
_APRIL: Final = 4


class BudgetError(CostmodelError):
    """A question about a budget that cannot be answered, and what to do."""


@dataclass(frozen=True)
class PriceBasis:
    """Where the price level of one kind of cost in one year comes from.

    Attributes
    ----------
    kind, financial_year
        Pay, non-pay or the name of an item with a path of its own, and the year.
    index, edition
        The series that the frame names; empty for an item.
    status
        `published`, `provisional` or `forecast` as the series says of the year; `assumed` beyond its end.
    factor
        From the run's price year to this one, at the mean of any assumed growth. [ratio]
    """

    kind: str
    financial_year: str
    index: str
    edition: str
    status: str
    factor: float


def financial_year(day: date) -> str:
    """Return the financial year, April to March, of a day.

    Examples
    --------
    >>> financial_year(date(2024, 3, 31)), financial_year(date(2024, 4, 1))
    ('2023/24', '2024/25')
    """
    start = day.year if day.month >= _APRIL else day.year - 1
    return f"{start}/{(start + 1) % 100:02d}"


def months_into_year(day: date) -> float:
    """Return the months since the financial year began.

    Examples
    --------
    >>> months_into_year(date(2024, 4, 1)), months_into_year(date(2024, 11, 16))
    (0.0, 7.5)
    """
    return (day.month - _APRIL) % 12 + (day.day - 1) / monthrange(day.year, day.month)[1]


def begins(year: str) -> date:
    """Return the first day of a financial year.

    Examples
    --------
    >>> begins("2026/27")
    datetime.date(2026, 4, 1)
    """
    return date(int(year[:4]), _APRIL, 1)


def years_from(first: str, n: int) -> tuple[str, ...]:
    """Return consecutive financial years.

    Examples
    --------
    >>> years_from("1998/99", 3)
    ('1998/99', '1999/00', '2000/01')
    """
    starts = range(int(first[:4]), int(first[:4]) + n)
    return tuple(f"{start}/{(start + 1) % 100:02d}" for start in starts)


def nominal_factors(
    spec: ModelSpec, draws: Mapping[str, FloatArray], kind: Kind, years: tuple[str, ...]
) -> FloatArray:
    """Return what prices of the run's year are multiplied by to be those of each year ahead.

    Returns
    -------
    Shape (draw, year), or (1, year) where nothing is assumed. [ratio]

    Raises
    ------
    BudgetError
        If a year lies beyond the index and no growth is assumed.
    """
    levels, last = _levels(spec, kind)
    require_reach(spec, kind, years)
    growth = draws.get(f"budget_impact.assumed_growth.{kind}", np.zeros(1))
    base = levels[spec.frame.price_year]
    columns = [
        levels[year] / base * np.ones_like(growth)
        if year in levels
        else levels[last] / base * (1.0 + growth) ** (int(year[:4]) - int(last[:4]))
        for year in years
    ]
    return np.stack(columns, axis=1)


def price_bases(spec: ModelSpec, years: tuple[str, ...]) -> Iterator[PriceBasis]:
    """Yield where every price level comes from, pay first."""
    for kind in KINDS:
        choice = getattr(spec.frame.uprating, kind)
        series = spec.tables.price_series(choice.index, choice.edition)
        means = {name: np.full(1, parameter.expected) for name, parameter in spec.parameters.items()}
        factors = nominal_factors(spec, means, kind, years)[0]
        for year, factor in zip(years, factors, strict=True):
            status = "published" if year in series.price_level_of_year else "assumed"
            status = "provisional" if year in series.provisional else status
            status = "forecast" if year in series.forecast else status
            yield PriceBasis(kind, year, choice.index, choice.edition, status, float(factor))
    for item in spec.budget_impact.price_paths if spec.budget_impact else ():
        name = f"budget_impact.price_paths.{item}.growth"
        growth = {name: np.full(1, spec.parameters[name].expected)}
        for year, factor in zip(years, own_factors(spec, growth, item, years)[0], strict=True):
            yield PriceBasis(item, year, "", "", "assumed", float(factor))


def own_factors(
    spec: ModelSpec, draws: Mapping[str, FloatArray], item: str, years: tuple[str, ...]
) -> FloatArray:
    """Return what an item's price is multiplied by in each year ahead: growth of its own. (draw, year)."""
    growth = draws[f"budget_impact.price_paths.{item}.growth"]
    since = np.array([int(year[:4]) - int(spec.frame.price_year[:4]) for year in years])
    return np.asarray((1.0 + growth[:, None]) ** since)


def require_reach(spec: ModelSpec, kind: Kind, years: tuple[str, ...]) -> None:
    """Refuse years that no index reaches, unless the growth beyond it is said to be assumed."""
    levels, last = _levels(spec, kind)
    choice = getattr(spec.frame.uprating, kind)
    what = f"{choice.index} of edition '{choice.edition}'"
    for year in (spec.frame.price_year, *years):
        if year not in levels and year < last:
            raise BudgetError(f"{what} begins at {min(levels)}, after {year}; name another in frame.uprating")
    missing = [year for year in years if year not in levels]
    if missing and f"budget_impact.assumed_growth.{kind}" not in spec.parameters:
        covered = len(years) - len(missing)
        shorter = f", or ask for --years {covered}" if covered else ""
        span = missing[0] if len(missing) == 1 else f"{missing[0]} to {missing[-1]}"
        raise BudgetError(
            f"{what} ends at {last}; prices of {span} need assumed_growth.{kind} in {FILE}{shorter}"
        )


def _levels(spec: ModelSpec, kind: Kind) -> tuple[dict[str, float], str]:
    choice = getattr(spec.frame.uprating, kind)
    levels = spec.tables.price_series(choice.index, choice.edition).price_level_of_year
    return levels, max(levels)
