"""The parameter record: a number with its unit, uncertainty, evidence and source, as files write it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self, TypeAlias, get_args

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    field_validator,
    model_validator,
)

from costmodel.inputs.validation import FaultsError, StrictModel, show
from costmodel.uncertainty.errors import DistributionError
from costmodel.units import PERCENT, UNITS, is_money, suggest_unit

if TYPE_CHECKING:
    from costmodel.uncertainty.fitting import Fitted, JointFitted
    from costmodel.uncertainty.types import Distribution

Evidence: TypeAlias = Literal[
    "published", "derived", "analogue", "calibrated", "expert", "illustrative", "user"
]
"""Where a number comes from."""

EVIDENCE_CLASSES: Final[tuple[str, ...]] = get_args(Evidence)

UNSOURCED_EVIDENCE: Final = frozenset({"illustrative", "expert", "user"})
"""Evidence that may go without a source."""

SIGNED_UNITS: Final = frozenset({"growth", "percent", "score"})
"""Units of changes and differences, which may lie below 0."""

TO_NOTHING: Final = -1.0
"""A change by which nothing is left. [growth]"""

MOST_GROWTH: Final = 10.0
"""A yearly growth above it is taken to be in percent: the fastest that any Hub reported is 2.44."""

_PRACTICALLY_NEVER: Final = 1e-9
"""Probability at which a draw need not be reckoned with: it would be one in a billion."""

_NAMING_ARGUMENTS: Final = ("counts", "shares", "means", "rows")
"""Arguments of joint families whose keys are the components' names."""

LARGEST_MASS_OUTSIDE: Final = 0.001
"""Largest probability of an impossible value that a distribution may have."""


def _known_unit(unit: str) -> str:
    if unit in UNITS:
        return unit
    nearest = suggest_unit(unit)
    raise ValueError(f"'{unit}' is not a known unit." + (f" Did you mean '{nearest}'?" if nearest else ""))


def _price_year(text: Any) -> str:
    """Return a financial year such as 2023/24, whose second year must follow the first."""
    match = re.fullmatch(r"(\d{4})/(\d{2})", text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"must be a financial year such as 2023/24; got {show(text)}")
    following = f"{(int(match[1]) + 1) % 100:02d}"
    if match[2] != following:
        raise ValueError(f"{text} is not one financial year. Did you mean '{match[1]}/{following}'?")
    return match[0]


def _day(text: Any) -> date:
    if isinstance(text, date):
        return text
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return date.fromisoformat(text)
    except (TypeError, ValueError):
        pass
    raise ValueError(f"must be a date such as 2024-04-01; got {show(text)}")


Number: TypeAlias = Annotated[float, Field(strict=True, allow_inf_nan=False)]
"""A finite number; whole numbers count, text and true or false do not."""

Text: TypeAlias = Annotated[str, Field(strict=True, min_length=1)]
"""Text that is not empty."""

Unit: TypeAlias = Annotated[str, Field(strict=True), AfterValidator(_known_unit)]
"""A unit of the vocabulary."""

PriceYear: TypeAlias = Annotated[str, BeforeValidator(_price_year)]
"""A financial year such as ``2023/24``."""

Day: TypeAlias = Annotated[date, BeforeValidator(_day)]
"""A date written as ``2024-04-01``."""


class Source(StrictModel):
    """Where a figure was published, and where in it."""

    id: Text | None = None
    citation: Annotated[Text | None, Field(validate_default=True)] = None
    locator: Text
    url: Text | None = None
    retrieved: Day | None = None

    @field_validator("citation")
    @classmethod
    def _id_or_citation(cls, citation: str | None, info: ValidationInfo) -> str | None:
        if "id" in info.data and (info.data["id"] is None) == (citation is None):
            both = "is given besides id; give one of the two"
            raise ValueError(
                both if citation else "is missing: give a citation, or the id of an entry of sources.yaml"
            )
        return citation


class Documented(StrictModel):
    """What every record says about its number: what it is, its unit, and where it comes from.

    `stream` keeps the name under which the random numbers are drawn when a record is renamed.
    """

    label: Text
    unit: Unit
    evidence: Evidence
    source: Annotated[Source | None, Field(validate_default=True)] = None
    price_year: Annotated[PriceYear | None, Field(validate_default=True)] = None
    note: Text | None = None
    period: Text | None = None
    geography: Text | None = None
    population: Text | None = None
    confidence: Literal["high", "medium", "low"] | None = None
    entered_by: Text | None = None
    checked_by: Text | None = None
    checked_on: Day | None = None
    supersedes: Text | None = None
    stream: Text | None = None

    @field_validator("source")
    @classmethod
    def _source_for_evidence(cls, source: Source | None, info: ValidationInfo) -> Source | None:
        evidence = info.data.get("evidence", "user")
        if source is None and evidence not in UNSOURCED_EVIDENCE:
            free = ", ".join(sorted(UNSOURCED_EVIDENCE))
            raise ValueError(f"is missing: evidence '{evidence}' needs a source (only {free} may go without)")
        return source

    @field_validator("price_year")
    @classmethod
    def _price_year_for_money(cls, price_year: str | None, info: ValidationInfo) -> str | None:
        unit = info.data.get("unit")
        if unit is None or is_money(unit) == (price_year is not None):
            return price_year
        if price_year is None:
            raise ValueError(f"is missing: an amount in {unit} needs the year of its prices, such as 2023/24")
        raise ValueError(f"is only for money; the unit here is {unit}")


class Record(Documented):
    """One number, fixed or uncertain.

    Exactly one of `value` and `distribution` is given. `multiplier` scales both; scenarios use it.
    """

    distribution: dict[str, Any] | None = None
    value: Annotated[Number | None, Field(validate_default=True)] = None
    multiplier: Annotated[Number, Field(ge=0)] = 1.0

    @field_validator("distribution")
    @classmethod
    def _distribution_can_be_fitted(
        cls, distribution: dict[str, Any] | None, info: ValidationInfo
    ) -> dict[str, Any] | None:
        if distribution is not None:
            unit = info.data.get("unit", "score")
            _refuse_outside(_fitted(distribution, unit).distribution, unit)
        return distribution

    @field_validator("value")
    @classmethod
    def _value_is_possible(cls, value: float | None, info: ValidationInfo) -> float | None:
        _refuse_two_numbers(value, info)
        if value is not None:
            _refuse_impossible(value, info.data.get("unit", "score"))
        return value

    @model_validator(mode="after")
    def _share_after_multiplier(self) -> Self:
        if self.unit == "share" and self.mean > 1:
            message = f"takes the share to {self.mean:g}; it must stay at or below 1"
            raise FaultsError([(("multiplier",), message)])
        return self

    @cached_property
    def fitted(self) -> Fitted:
        """Distribution before the multiplier, with its warnings; a fixed value is one without spread."""
        return _fitted(self.distribution or {"family": "fixed", "value": self.value}, self.unit)

    @property
    def mean(self) -> float:
        """Expected value, multiplier included, in the record's unit."""
        return self.multiplier * (self.fitted.distribution.mean if self.value is None else self.value)

    @property
    def assumed(self) -> bool:
        """Whether the record says that its spread has no source."""
        return bool((self.distribution or {}).get("assumed", False))


class JointRecord(Documented):
    """Several numbers that vary together, such as the shares of a whole.

    `components` gives every component's label by name; ``<record>.<component>`` is its dotted name.
    `distribution` (or `value`, for fixed numbers) names the same components.
    """

    components: Annotated[dict[str, Text], Field(min_length=1)]
    distribution: dict[str, Any] | None = None
    value: Annotated[dict[str, Number] | None, Field(validate_default=True)] = None

    @field_validator("distribution")
    @classmethod
    def _distribution_can_be_fitted(
        cls, distribution: dict[str, Any] | None, info: ValidationInfo
    ) -> dict[str, Any] | None:
        if distribution is not None:
            _joint_fitted(distribution, info.data.get("unit", "score"))
            _refuse_other_components(distribution, info.data.get("components"))
        return distribution

    @field_validator("value")
    @classmethod
    def _values_are_possible(
        cls, value: dict[str, float] | None, info: ValidationInfo
    ) -> dict[str, float] | None:
        _refuse_two_numbers(value, info)
        if value is not None:
            _refuse_unequal_names(value, info.data.get("components"), ())
            faults = [
                ((name,), message)
                for name, number in value.items()
                if (message := _impossible(number, info.data.get("unit", "score")))
            ]
            if faults:
                raise FaultsError(faults)
        return value

    @cached_property
    def fitted(self) -> JointFitted | None:
        """Joint distribution of the components, in the order of its arguments; None where they are fixed."""
        return None if self.distribution is None else _joint_fitted(self.distribution, self.unit)

    @property
    def means(self) -> dict[str, float]:
        """Expected value of every component by name, in the record's unit."""
        if self.fitted is None:
            return {name: (self.value or {})[name] for name in self.components}
        means = dict(zip(self.fitted.components, self.fitted.distribution.means.tolist(), strict=True))
        return {name: means[name] for name in self.components}

    @property
    def assumed(self) -> bool:
        """Whether the record says that its spread has no source."""
        return bool((self.distribution or {}).get("assumed", False))


def _is_joint(data: Any) -> str:
    has_components = "components" in data if isinstance(data, dict) else isinstance(data, JointRecord)
    return "joint record" if has_components else "single record"


AnyRecord: TypeAlias = Annotated[
    Annotated[Record, Tag("single record")] | Annotated[JointRecord, Tag("joint record")],
    Discriminator(_is_joint),
]
"""A record of one number, or of several where it has `components`."""


def _fitted(distribution: Mapping[str, Any], unit: str) -> Fitted:
    from costmodel.uncertainty.fitting import fit  # scipy is loaded only where there is something to fit

    with _faults_at_arguments():
        return fit(*_family_and_arguments(distribution), non_negative=unit not in SIGNED_UNITS)


def _joint_fitted(distribution: Mapping[str, Any], unit: str) -> JointFitted:
    from costmodel.uncertainty.fitting import joint_fit  # as above

    with _faults_at_arguments():
        return joint_fit(*_family_and_arguments(distribution), non_negative=unit not in SIGNED_UNITS)


@contextmanager
def _faults_at_arguments() -> Iterator[None]:
    """Turn the refusal of a distribution into a fault at the path of the offending argument."""
    try:
        yield
    except DistributionError as error:
        path = tuple(error.argument.split(".")) if error.argument else ()
        raise FaultsError([(path, error.message)]) from error


def _family_and_arguments(distribution: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    family = distribution.get("family")
    if not isinstance(family, str):
        message = "is missing" if family is None else f"must be text; got {show(family)}"
        raise FaultsError([(("family",), message)])
    return family, {name: value for name, value in distribution.items() if name != "family"}


def _refuse_outside(distribution: Distribution, unit: str) -> None:
    """Refuse what gives shares above 1 or falls to nothing; a share below 0 is for the fit to refuse."""
    if unit not in ("share", "growth"):
        return
    _refuse_impossible(distribution.mean, unit)
    import numpy as np

    from costmodel.uncertainty.distributions import Beta, Pert, Triangular

    if unit == "growth":
        if float(distribution.ppf(np.array([_PRACTICALLY_NEVER]))[0]) <= TO_NOTHING:
            raise ValueError(f"gives a change of {TO_NOTHING:g} or below; choose a smaller spread, or pert")
        return
    ends_at = distribution.maximum if isinstance(distribution, Pert | Triangular) else None
    if isinstance(distribution, Beta) or (ends_at is not None and ends_at <= 1):
        return
    highest = float(distribution.ppf(np.array([1 - LARGEST_MASS_OUTSIDE]))[0])
    if highest > 1:
        one_in = f"{1 / LARGEST_MASS_OUTSIDE:,.0f}"
        raise ValueError(f"gives a share above 1 in more than 1 draw of {one_in}; choose beta or pert")


def check_share(number: float) -> float:
    """Return a share, which must lie between 0 and 1."""
    _refuse_impossible(number, "share")
    return number


def _refuse_impossible(number: float, unit: str) -> None:
    message = _impossible(number, unit)
    if message:
        raise ValueError(message)


def _impossible(number: float, unit: str) -> str:
    if unit == "share" and not 0 <= number <= 1:
        is_percentage = 1 < number <= PERCENT
        hint = f". Did you mean {number / PERCENT:.12g}?" if is_percentage else ""
        return f"must be between 0 and 1; got {number:.12g}{hint}"
    if unit == "growth" and number <= TO_NOTHING:
        return f"must be above {TO_NOTHING:g}, which is a fall to nothing; got {number:.12g}"
    if unit == "growth" and number >= MOST_GROWTH:
        hint = f"Did you mean {number / PERCENT:.12g}?"
        return f"must be below {MOST_GROWTH:g}, eleven times as much in a year; got {number:.12g}. {hint}"
    if number < 0 and unit not in SIGNED_UNITS:
        return f"must not be negative; got {number:.12g}"
    return ""


def _refuse_two_numbers(value: Any, info: ValidationInfo) -> None:
    has_distribution = "distribution" not in info.data or info.data["distribution"] is not None
    if value is not None and has_distribution:
        raise ValueError("is given besides distribution; give one of the two")
    if value is None and not has_distribution:
        raise ValueError("is missing: give a value or a distribution")


def _refuse_other_components(distribution: Mapping[str, Any], components: Mapping[str, str] | None) -> None:
    for argument in _NAMING_ARGUMENTS:
        if isinstance(distribution.get(argument), dict):
            _refuse_unequal_names(distribution[argument], components, (argument,))


def _refuse_unequal_names(
    named: Mapping[str, Any], components: Mapping[str, str] | None, path: tuple[str, ...]
) -> None:
    if components is not None and set(named) != set(components):
        raise FaultsError(
            [(path, f"must name the components {', '.join(components)}; got {', '.join(named)}")]
        )
