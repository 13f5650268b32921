"""What each family of distributions accepts, and reading its arguments from a mapping.

Arguments are named, never positional. A refusal names the argument at fault and, for a slip of the pen, the
likely one.
"""

import sys
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from costmodel.errors import did_you_mean
from costmodel.uncertainty.errors import DistributionError

Arguments: TypeAlias = Mapping[str, object]
Families: TypeAlias = Mapping[str, tuple[tuple[str, ...], ...]]

_BARE_SD: Final = "sd is the spread of individuals, not the uncertainty of the mean; give se, or sd with n"
_COMMON: Final = ("assumed", "family")
_MOMENTS: Final = (("mean", "se"), ("mean", "sd", "n"))

FAMILIES: Final[Families] = {
    "fixed": (("value",),),
    "gamma": (*_MOMENTS, ("quantiles",)),
    "beta": (("events", "n"), *_MOMENTS, ("alpha", "beta")),
    "lognormal": (("estimate", "lower_95", "upper_95"), *_MOMENTS, ("quantiles",)),
    "normal": _MOMENTS,
    "pert": (("min", "mode", "max"),),
    "triangular": (("min", "mode", "max"),),
}
"""Families of one quantity and the sets of arguments that each accepts."""

JOINT_FAMILIES: Final[Families] = {
    "dirichlet": (("counts",), ("shares", "effective_sample_size")),
    "multivariate_normal": (("means", "covariance"),),
    "empirical": (("rows",),),
}
"""Families of several quantities and the sets of arguments that each accepts."""

_OPTIONAL: Final[Mapping[str, str]] = {"estimate": "preserve"}
_SYNONYMS: Final[Mapping[str, str]] = {
    "standard_error": "se",
    "std_err": "se",
    "stderr": "se",
    "sem": "se",
    "standard_deviation": "sd",
    "std": "sd",
    "average": "mean",
    "minimum": "min",
    "maximum": "max",
    "likeliest": "mode",
    "most_likely": "mode",
    "lower": "lower_95",
    "upper": "upper_95",
    "ci_lower": "lower_95",
    "ci_upper": "upper_95",
    "sample_size": "n",
    "x": "events",
    "cov": "covariance",
}


def what_was_meant(word: str, known: Sequence[str], otherwise: str) -> str:
    """Return the known word that a writer most likely meant, by name or nearness, or other advice.

    Examples
    --------
    >>> what_was_meant("standard_error", ["mean", "se"], "use mean and se")
    ". Did you mean 'se'?"
    >>> what_was_meant("zebra", ["mean", "se"], "use mean and se")
    '; use mean and se'
    """
    synonym = _SYNONYMS.get(word.lower(), "")
    near = did_you_mean(synonym if synonym in known else word.lower(), known)
    return f".{near}" if near else f"; {otherwise}"


def require_family(family: str, wanted: Families, other: Families, other_kind: str) -> None:
    """Refuse a family that is unknown, or one for another number of quantities.

    Raises
    ------
    DistributionError
        Naming the argument `family`.
    """
    if family in wanted:
        return
    choices = ", ".join(wanted)
    if family in other:
        raise DistributionError(f"{family} is a distribution of {other_kind}; use one of {choices}", "family")
    hint = what_was_meant(str(family), list(wanted), f"use one of {choices}")
    raise DistributionError(f"'{family}' is not a known family{hint}", "family")


def read_arguments(family: str, arguments: Arguments, families: Families) -> tuple[bool, tuple[str, ...]]:
    """Return whether the spread is assumed, and which set of arguments was given.

    Raises
    ------
    DistributionError
        If an argument is unknown, or they are not one of the family's sets.
    """
    assumed = arguments.get("assumed", False)
    if not isinstance(assumed, bool):
        raise DistributionError(f"must be true or false; got {assumed!r}", "assumed")
    sets = families[family]
    given = [name for name in arguments if name not in _COMMON]
    _require_known(family, given, sets)
    for names in sets:
        if set(names) <= set(given) <= {*names, *_optional(names)}:
            return assumed, names
    if "sd" in given and "n" not in given and "se" not in given:
        raise DistributionError(_BARE_SD, "sd")
    raise DistributionError(f"{family} needs {_described(sets)}; got {', '.join(given) or 'nothing'}")


def _require_known(family: str, given: list[str], sets: tuple[tuple[str, ...], ...]) -> None:
    known = {name for names in sets for name in (*names, *_optional(names))}
    for name in given:
        if name not in known:
            hint = what_was_meant(str(name), sorted(known), f"use {_described(sets)}")
            raise DistributionError(f"'{name}' is not an argument of {family}{hint}", str(name))


def _optional(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_OPTIONAL[name] for name in names if name in _OPTIONAL)


def _described(sets: tuple[tuple[str, ...], ...]) -> str:
    return " or ".join("{" + ", ".join(names) + "}" for names in sets)


def number(value: object, argument: str) -> float:
    """Return a number as a float, or refuse what is not a finite number.

    Raises
    ------
    DistributionError
        Naming `argument`.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DistributionError(f"must be a number; got {value!r}", argument)
    if not abs(value) <= sys.float_info.max:
        raise DistributionError(f"must be a finite number; got {value!s:.20}", argument)
    return float(value)


def numbers(names: tuple[str, ...], arguments: Arguments) -> tuple[float, ...]:
    """Return the named arguments as floats."""
    return tuple(number(arguments[name], name) for name in names)


def mapping(value: object, argument: str) -> Mapping[str, object]:
    """Return a mapping whose names are text, or refuse what is not one.

    Raises
    ------
    DistributionError
        Naming `argument`.
    """
    if not isinstance(value, Mapping):
        raise DistributionError(f"must be a mapping of names; got {value!r}", argument)
    for key in value:
        if not isinstance(key, str):
            raise DistributionError(f"names must be text; got {key!r}: quote it", argument)
    return value
