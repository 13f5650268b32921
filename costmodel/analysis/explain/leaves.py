"""The leaves of an explanation: parameters with their sources, price indices, and plain constants."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Concatenate, Final, ParamSpec, Protocol, TypeVar, cast

from costmodel.analysis.explain.tree import Node, Operation, constant, product, quotient, total
from costmodel.inputs.price_series import PriceSeries
from costmodel.inputs.resolution import cited
from costmodel.inputs.schema import IndexName
from costmodel.inputs.specification import ModelSpec, Parameter
from costmodel.inputs.tree import Location
from costmodel.units import PERCENT

ONE: Final = constant("one", "One", 1.0, "ratio")
_HUNDRED: Final = constant("percent_in_one", "Percent in one whole", PERCENT, "percent")

_INDEX_LABELS: Final[dict[IndexName, str]] = {
    "pay": "pay",
    "non_pay": "non-pay",
    "health_services": "health services",
    "social_care": "social care",
    "other": "other costs",
}

Known = dict[tuple[Hashable, ...], Node]


class _Remembers(Protocol):
    known: Known


_Self = TypeVar("_Self", bound=_Remembers)
_Arguments = ParamSpec("_Arguments")


def shared(
    build: Callable[Concatenate[_Self, _Arguments], Node],
) -> Callable[Concatenate[_Self, _Arguments], Node]:
    """Have a method build each node once, so that trees share what they have in common."""

    @wraps(build)
    def remembered(self: _Self, *args: _Arguments.args, **kwargs: _Arguments.kwargs) -> Node:
        key = (build.__qualname__, args, *kwargs.items())
        if key not in self.known:
            self.known[key] = build(self, *args, **kwargs)
        return self.known[key]

    return cast(Callable[Concatenate[_Self, _Arguments], Node], remembered)


class Leaves:
    """Leaves of one specification.

    Parameters
    ----------
    spec
        What is explained.
    """

    def __init__(self, spec: ModelSpec) -> None:
        self.spec = spec
        self.known: Known = {}

    @shared
    def parameter(self, name: str) -> Node:
        """Return a parameter at its mean."""
        return _leaf(self.spec.parameters[name])

    def given(self, *names: str) -> list[Node]:
        """Return those of the parameters that the run has."""
        return [self.parameter(name) for name in names if name in self.spec.parameters]

    @shared
    def discount_rate(self) -> Node:
        """Return the frame's discount rate."""
        return constant(
            "frame.discount_rate", "Discount rate", self.spec.frame.discount_rate, "share", "the frame's"
        )

    @shared
    def index_factor(self, index: IndexName, from_year: str, to_year: str) -> Node:
        """Return what prices of one year are multiplied by to be prices of another."""
        name = f"price_index.{index}.{from_year}.{to_year}"
        if from_year == to_year:
            return constant(
                name, f"Price index factor, {_INDEX_LABELS[index]}", 1.0, "ratio", f"of {to_year} already"
            )
        choice, older = getattr(self.spec.frame.uprating, index), self.spec.frame.uprating.other
        series = self.spec.tables.price_series(choice.index, choice.edition)
        first = next(iter(series.price_level_of_year))
        if int(from_year[:4]) >= int(first[:4]) or choice == older:
            return self._series_factor(choice.index, choice.edition, from_year, to_year)
        parts = [
            self._series_factor(older.index, older.edition, from_year, first),
            self._series_factor(choice.index, choice.edition, first, to_year),
        ]
        return product(name, f"Price index factor, {from_year} to {to_year}", "ratio", parts)

    @shared
    def _series_factor(self, index: str, edition: str, from_year: str, to_year: str) -> Node:
        series = self.spec.tables.price_series(index, edition)
        name = f"price_indices.{index}.{edition}.{from_year}.{to_year}"
        label = f"{series.label}, edition {edition}: from {from_year} to {to_year}"
        if from_year == to_year:
            return constant(name, label, 1.0, "ratio", f"of {to_year} already")
        if series.changes is not None:
            return self._chained(name, label, (index, edition), from_year, to_year)
        at_start, at_end = (self._index_value(index, edition, year) for year in (from_year, to_year))
        # A multiplier brings a year's prices to the series' last year: it falls as prices rise.
        children = [at_end, at_start] if series.levels is not None else [at_start, at_end]
        return quotient(name, label, "ratio", children)

    def _chained(self, name: str, label: str, series: tuple[str, str], from_year: str, to_year: str) -> Node:
        earlier, later = sorted((from_year, to_year))
        changes = self.spec.tables.price_series(*series).changes or {}
        growth = [self._growth(*series, year) for year in changes if earlier < year <= later]
        if from_year == earlier:
            return product(name, label, "ratio", growth)
        return quotient(name, label, "ratio", [ONE, *growth])

    @shared
    def _growth(self, index: str, edition: str, year: str) -> Node:
        name = f"price_indices.{index}.{edition}.growth.{year}"
        change = self._index_value(index, edition, year)
        part = quotient(f"{name}.share", f"Rise in {year} as a share", "share", [change, _HUNDRED])
        return total(name, f"Prices of {year} over those of the year before", "ratio", [ONE, part])

    @shared
    def _index_value(self, index: str, edition: str, year: str) -> Node:
        series = self.spec.tables.price_series(index, edition)
        value = (series.changes or series.levels or series.multipliers or {})[year]
        what = "change on the year before" if series.changes else "level" if series.levels else "multiplier"
        return _leaf(
            Parameter(
                name=f"price_indices.rows.{index}.{edition}.{year}",
                label=f"{series.label}, edition {edition}, {what}, {year}",
                unit=series.unit,
                evidence=series.evidence,
                source=cited(self.spec.tables, series.source),
                expected=value,
                sd=0.0,
                number=f"{value:.12g}",
                location=Location(self.spec.tables.files.get("price_indices", "price_indices.yaml"), None),
                note=_unsettled(series, year),
            )
        )


def _leaf(parameter: Parameter) -> Node:
    return Node(
        parameter.name,
        parameter.label,
        parameter.expected,
        parameter.unit,
        Operation.PARAMETER,
        parameter=parameter,
        note=parameter.note or "",
    )


def _unsettled(series: PriceSeries, year: str) -> str | None:
    if year in series.forecast:
        return "a forecast"
    return "provisional" if year in series.provisional else None
