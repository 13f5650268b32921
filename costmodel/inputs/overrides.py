"""What a scenario changes: one override, its effect on the tree of parameters, the table of differences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from costmodel.errors import Problem, did_you_mean
from costmodel.inputs.parameters import is_joint, is_record, iter_records
from costmodel.inputs.records import Evidence, Number, PriceYear, Source, Text
from costmodel.inputs.rendering import render
from costmodel.inputs.tree import KeyPath, Location, Tree, dotted, find, split_name, walk_paths
from costmodel.inputs.validation import StrictModel

Kind: TypeAlias = Literal["value", "distribution", "multiply", "set", "remove"]
KINDS: tuple[Kind, ...] = ("value", "distribution", "multiply", "set", "remove")

_NUMBER_KEYS = ("value", "distribution", "multiplier")
_ABSENT = "absent"


class Override(StrictModel):
    """One change, with its reason.

    `value` and `distribution` replace a record's number; its label, unit and note stay, its evidence becomes
    the one given (illustrative by default), and its source and multiplier go, since they spoke of the old
    number. `multiply` multiplies the record's multiplier, `set` replaces or adds anything, `remove` deletes.
    """

    value: Number | dict[str, Number] | None = None
    distribution: dict[str, Any] | None = None
    multiply: Annotated[Number, Field(ge=0)] | None = None
    replacement: Annotated[Any, Field(alias="set")] = None
    remove: Literal[True] | None = None
    reason: Text
    evidence: Evidence | None = None
    source: Source | None = None
    price_year: PriceYear | None = None

    @model_validator(mode="after")
    def _one_change(self) -> Self:
        given = [kind for kind in KINDS if self._content(kind) is not None]
        if len(given) != 1:
            found = f"; got {' and '.join(given)}" if given else ""
            raise ValueError(f"must give exactly one of {', '.join(KINDS)}{found}")
        if given[0] not in ("value", "distribution"):
            about_number = [
                key for key in ("evidence", "source", "price_year") if getattr(self, key) is not None
            ]
            if about_number:
                raise ValueError(f"{' and '.join(about_number)} can only go with value or distribution")
        return self

    def _content(self, kind: Kind) -> Any:
        return self.replacement if kind == "set" else getattr(self, kind)

    @property
    def kind(self) -> Kind:
        """Which of the five changes this is."""
        return next(kind for kind in KINDS if self._content(kind) is not None)

    @property
    def content(self) -> Any:
        """What the change is made with: a number, a distribution, a subtree, or true for `remove`."""
        return self._content(self.kind)

    @property
    def effect(self) -> tuple[Kind, Any, str | None]:
        """What two overrides of one path must share to be the same change."""
        return self.kind, self.content, self.price_year


@dataclass(frozen=True)
class NamedOverride:
    """An override with the dotted name it changes, the scenario that says so, and its place.

    `places` holds the locations of the override's own keys, by path from the override.
    """

    name: str
    override: Override
    scenario: str
    location: Location
    places: Mapping[KeyPath, Location] = field(default_factory=dict)


@dataclass(frozen=True)
class Difference:
    """One line of the table of what a scenario changes.

    Parameters
    ----------
    name
        Dotted name.
    old, new
        Before and after, written for people: ``gamma(mean 55, se 3)``.
    reason
        Why, in the scenario's words.
    location
        Where the scenario says so.
    unchanged
        Whether the override leaves everything as it was.
    """

    name: str
    old: str
    new: str
    reason: str
    location: Location
    unchanged: bool = False


def apply_overrides(
    tree: Tree, overrides: Iterable[NamedOverride]
) -> tuple[Tree, tuple[Difference, ...], list[Problem]]:
    """Return the tree with the overrides applied in order, what differs, and the overrides that do not fit.

    The given tree stays as it was.
    """
    changed = tree
    problems: list[Problem] = []
    applied: dict[str, list[NamedOverride]] = {}
    for named in overrides:
        path = split_name(changed.data, named.name)
        fault = _fault(changed, path, named)
        if fault:
            where = f"overrides.{named.name}"
            problems.append(Problem(named.location.file, named.location.line, where, fault))
            continue
        changed = _applied(changed, path, named)
        applied.setdefault(named.name, []).append(named)
    differences = tuple(_difference(tree, changed, name, chain) for name, chain in applied.items())
    return changed, differences, problems


def _applied(tree: Tree, path: KeyPath, named: NamedOverride) -> Tree:
    override = named.override
    if override.kind == "remove":
        return tree.removed(path)
    if override.kind == "set":
        return tree.replaced(path, override.content, named.location, _moved(named.places, ("set",), ()))
    if override.kind == "multiply":
        return _multiplied(tree, (*path, "multiplier"), named)
    return _with_number(tree, path, named)


def _multiplied(tree: Tree, path: KeyPath, named: NamedOverride) -> Tree:
    before = tree.get(path) if tree.has(path) else 1.0
    if isinstance(before, bool) or not isinstance(before, (int, float)):
        return tree  # validation of the parameters reports the faulty multiplier
    place = named.places.get(("multiply",), named.location)
    return tree.replaced(path, before * named.override.content, place)


def _with_number(tree: Tree, path: KeyPath, named: NamedOverride) -> Tree:
    """Replace a record's number, and with it what is known of the number; keep the rest."""
    override = named.override
    spoken_for = {*_NUMBER_KEYS, "evidence", "source"} | ({"price_year"} if override.price_year else set())
    kept = {key: value for key, value in tree.get(path).items() if key not in spoken_for}
    new: dict[str, Any] = {override.kind: override.content, "evidence": override.evidence or "illustrative"}
    if override.source is not None:
        new["source"] = override.source.model_dump(mode="json", exclude_none=True)
    if override.price_year is not None:
        new["price_year"] = override.price_year
    below = {part: tree.locate(path + part) for part in walk_paths(kept) if part}
    for key in new:
        below[key,] = named.location
        below |= _moved(named.places, (key,), (key,))
    return tree.replaced(path, kept | new, named.location, below)


def _moved(places: Mapping[KeyPath, Location], start: KeyPath, end: KeyPath) -> dict[KeyPath, Location]:
    """Return the locations at and below `start`, as paths at and below `end`."""
    size = len(start)
    return {
        end + path[size:]: place
        for path, place in places.items()
        if path[:size] == start and end + path[size:]
    }


def _fault(tree: Tree, path: KeyPath, named: NamedOverride) -> str:
    """Return why an override does not fit the tree, or nothing."""
    kind = named.override.kind
    for length in range(1, len(path)):
        if is_joint(tree.get(path[:length])):
            whole = dotted(path[:length])
            return f"is part of the joint record '{whole}', whose numbers vary together; override that whole"
    if kind == "set":
        return "" if tree.has(path) else _cannot_hold(tree, path[:-1], named.name)
    if not tree.has(path):
        return _no_such_name(tree, path, named.name)
    if kind == "remove":
        return ""
    data = tree.get(path)
    if not is_record(data):
        return (
            f"is not a parameter record (a unit, with a value or a distribution); use set in place of {kind}"
        )
    if kind == "multiply" and is_joint(data):
        return "is a joint record, which cannot be multiplied: override it whole, by value or distribution"
    return ""


def _cannot_hold(tree: Tree, parent: KeyPath, name: str) -> str:
    """Return why nothing new can be set inside a parent, or nothing."""
    if not tree.has(parent):
        return _no_such_name(tree, parent, name)
    is_mapping = isinstance(tree.get(parent), dict)
    return "" if is_mapping else f"'{dotted(parent)}' holds no names, so nothing can be added to it"


def _no_such_name(tree: Tree, missing: KeyPath, name: str) -> str:
    repaired = _repaired(tree.data, name.split("."), at_most=len(missing))
    if repaired is not None:
        return f"there is no '{dotted(missing)}' in the parameters. Did you mean '{repaired}'?"
    hint = did_you_mean(name, (record.name for record in iter_records(tree)))
    return f"there is no '{dotted(missing)}' in the parameters.{hint}"


def _repaired(data: Any, steps: list[str], at_most: int) -> str | None:
    """Return a dotted name in which first steps that do not exist are replaced by the nearest that do."""
    path: KeyPath = ()
    for step in steps[:at_most]:
        below = find(data, path)[1]
        if not isinstance(below, dict):
            return None
        nearest = [step] if step in below else get_close_matches(step, list(below), n=1)
        if not nearest:
            return None
        path = (*path, nearest[0])
    return dotted((*path, *steps[at_most:]))


def _difference(before: Tree, after: Tree, name: str, chain: list[NamedOverride]) -> Difference:
    old_path, new_path = split_name(before.data, name), split_name(after.data, name)
    old, new = before.get(old_path), after.get(new_path)
    last_replacing = max((i for i, each in enumerate(chain) if each.override.kind != "multiply"), default=0)
    reasons = dict.fromkeys(each.override.reason for each in chain[last_replacing:])
    return Difference(
        name=name,
        old=render(old) if before.has(old_path) else _ABSENT,
        new=render(new) if after.has(new_path) else _ABSENT,
        reason="; ".join(reasons),
        location=chain[-1].location,
        unchanged=before.has(old_path) == after.has(new_path) and _number(old) == _number(new),
    )


def _number(data: Any) -> Any:
    """Return what of a record enters the model; all of anything else."""
    return (
        [data.get(key, 1 if key == "multiplier" else None) for key in _NUMBER_KEYS]
        if is_record(data)
        else data
    )
