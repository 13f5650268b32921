"""Price indices, exchange rates and discount rates: one edition of a series, and its price levels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Final, Self, TypeAlias

from pydantic import Field, model_validator

from costmodel.inputs.records import Number, Text, Unit
from costmodel.inputs.table_rows import Row
from costmodel.inputs.tree import KeyPath
from costmodel.inputs.validation import FaultsError, StrictModel, show
from costmodel.units import PERCENT

YearlyValues: TypeAlias = Annotated[dict[str, Number], Field(min_length=1)]

FORMS: Final = ("changes", "levels", "multipliers", "rates")


class PriceSeries(Row):
    """One edition of a price index, exchange rate or discount rate."""

    label: Text
    unit: Unit
    unit_as_published: Text | None = None
    changes: YearlyValues | None = None
    levels: YearlyValues | None = None
    multipliers: YearlyValues | None = None
    rates: YearlyValues | None = None
    provisional: tuple[Text, ...] = ()
    forecast: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        given = [name for name in FORMS if getattr(self, name) is not None]
        if len(given) != 1:
            found = ", ".join(given) or "none"
            raise ValueError(f"must hold exactly one of {', '.join(FORMS)}; got {found}")
        form = given[0]
        faults = list(_faults(self, form, getattr(self, form)))
        if faults:
            raise FaultsError(faults)
        return self

    @cached_property
    def price_level_of_year(self) -> dict[str, float]:
        """Price level of every year that the series covers; empty where it is no price index.

        A series of changes on the year before also covers the year before its first.
        """
        if self.rates is not None or self.unit.startswith("local_currency"):
            return {}
        if self.multipliers is not None:
            return {year: 1 / multiplier for year, multiplier in self.multipliers.items()}
        if self.levels is not None:
            return dict(self.levels)
        changes = self.changes or {}
        level = 1.0
        levels = {year_before(next(iter(changes))): level}
        for year, change in changes.items():
            level *= 1 + change / PERCENT
            levels[year] = level
        return levels


def year_before(year: str) -> str:
    """Return the financial or calendar year before another.

    Examples
    --------
    >>> year_before("2000/01"), year_before("2016")
    ('1999/00', '2015')
    """
    start = int(year[:4]) - 1
    return f"{start}/{(start + 1) % 100:02d}" if "/" in year else str(start)


def _faults(series: PriceSeries, form: str, values: dict[str, float]) -> Iterator[tuple[KeyPath, str]]:
    if form in ("changes", "rates") and series.unit != "percent":
        yield ("unit",), f"must be 'percent' for {form}; got {show(series.unit)}"
    for column in ("provisional", "forecast"):
        for year in getattr(series, column):
            if year not in values:
                yield (column,), f"names {year}, which the series does not hold"
    if form != "rates":
        yield from _gaps(form, list(values))
        yield from _impossible(form, values)


def _gaps(form: str, years: list[str]) -> Iterator[tuple[KeyPath, str]]:
    wrong = [year for year in years if not re.fullmatch(r"\d{4}(/\d{2})?", year)]
    for year in wrong:
        yield (form, year), f"must be a year such as 2023/24 or '2023'; got {show(year)}"
    for previous, year in pairwise([] if wrong else years):
        if year_before(year) != previous:
            yield (
                (form, year),
                f"follows {previous}; it must follow {year_before(year)}, for no year may be missing",
            )


def _impossible(form: str, values: dict[str, float]) -> Iterator[tuple[KeyPath, str]]:
    least = -PERCENT if form == "changes" else 0.0
    for year, value in values.items():
        if value <= least:
            yield (form, year), f"must be greater than {least:g}; got {value:.12g}"


class PriceTable(StrictModel):
    """The file price_indices.yaml: series by index and edition."""

    table: Text
    description: Text
    units: dict[str, Unit]
    rows: Annotated[dict[str, dict[str, PriceSeries]], Field(min_length=1)]
