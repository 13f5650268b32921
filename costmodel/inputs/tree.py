"""Plain data from files, with the file and line that every key and list item came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Location:
    """Where something stands in the user's files.

    Parameters
    ----------
    file
        The file as the user knows it, such as ``parameters/staffing.yaml``.
    line
        Line counted from 1; None where no line is known.
    """

    file: str
    line: int | None


NOWHERE = Location("", None)


class _Layered(Mapping[KeyPath, Location]):
    """Locations with a few changes on top, None for those that are gone; a change copies no others."""

    def __init__(self, changes: Mapping[KeyPath, Location | None], base: Mapping[KeyPath, Location]) -> None:
        self.changes, self.base = changes, base

    def __getitem__(self, path: KeyPath) -> Location:
        found = self.changes[path] if path in self.changes else self.base[path]
        if found is None:
            raise KeyError(path)
        return found

    def __iter__(self) -> Iterator[KeyPath]:
        yield from (path for path, place in self.changes.items() if place is not None)
        yield from (path for path in self.base if path not in self.changes)

    def __len__(self) -> int:
        return sum(1 for _ in self)


@dataclass(frozen=True)
class Tree:
    """All parameter files as one nested mapping whose first level is the files' stems.

    A tree is never changed: `replaced` and `removed` return a new one that shares what stayed.

    Parameters
    ----------
    data
        Mappings, lists, text, numbers, true or false, and None.
    origin
        Location of every key and list item by path.

    Examples
    --------
    >>> tree = Tree({"staffing": {"wte": 1}}, {("staffing", "wte"): Location("staffing.yaml", 1)})
    >>> changed = tree.replaced(("staffing", "wte"), 2, Location("scenario.yaml", 7))
    >>> changed.get(("staffing", "wte")), changed.locate(("staffing", "wte", "se")).line
    (2, 7)
    >>> tree.get(("staffing", "wte"))
    1
    """

    data: dict[str, Any]
    origin: Mapping[KeyPath, Location]

    def locate(self, path: KeyPath) -> Location:
        """Return the location of a path, or of its nearest ancestor that has one."""
        for length in range(len(path), -1, -1):
            found = self.origin.get(path[:length])
            if found is not None:
                return found
        return NOWHERE

    def has(self, path: KeyPath) -> bool:
        """Return whether there is something, be it None, at a path."""
        return find(self.data, path)[0]

    def get(self, path: KeyPath) -> Any:
        """Return what stands at a path, or None where nothing does."""
        return find(self.data, path)[1]

    def replaced(
        self, path: KeyPath, value: Any, location: Location, below: Mapping[KeyPath, Location] | None = None
    ) -> Tree:
        """Return a tree in which `value` stands at a path; missing mappings on the way are made.

        Parameters
        ----------
        path
            Where to put the value: keys, or positions in lists. At least one step.
        value
            What to put there.
        location
            Where the value was written.
        below
            Locations of the parts of `value`, by path from it; parts without one count as at `location`.
        """
        changes, base = self._origin_without(path)
        changes[path] = location
        changes.update({path + part: place for part, place in (below or {}).items()})
        return Tree(_with(self.data, path, value), _Layered(changes, base))

    def removed(self, path: KeyPath) -> Tree:
        """Return a tree without what stands at a path, which must exist."""
        parent = _without(self.get(path[:-1]), path[-1])
        data = _with(self.data, path[:-1], parent) if len(path) > 1 else parent
        return Tree(data, _Layered(*self._origin_without(path)))

    def _origin_without(
        self, path: KeyPath
    ) -> tuple[dict[KeyPath, Location | None], Mapping[KeyPath, Location]]:
        """Return what has changed since the files were read, with a path gone; and what they said."""
        known = self.origin if isinstance(self.origin, _Layered) else _Layered({}, self.origin)
        gone = {path + part: None for part in walk_paths(self.get(path))}
        return {**known.changes, **gone}, known.base


def find(data: Any, path: KeyPath) -> tuple[bool, Any]:
    """Return whether something stands at a path of nested data, and what."""
    for step in path:
        in_mapping = isinstance(data, dict) and step in data
        in_list = isinstance(data, list) and isinstance(step, int) and 0 <= step < len(data)
        if not (in_mapping or in_list):
            return False, None
        data = data[step]
    return True, data


def walk_paths(data: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    """Yield the path of every part of nested data, the data itself (the empty path) first."""
    yield path
    if isinstance(data, dict):
        for key, value in data.items():
            yield from walk_paths(value, (*path, key))
    elif isinstance(data, list):
        for position, value in enumerate(data):
            yield from walk_paths(value, (*path, position))


def dotted(path: KeyPath) -> str:
    """Return a path as the dotted name that users write and read.

    Examples
    --------
    >>> dotted(("pathway", "groups", 0))
    'pathway.groups.0'
    """
    return ".".join(map(str, path))


def split_name(data: Any, name: str) -> KeyPath:
    """Return the path of a dotted name; steps into a list of `data` become positions.

    Examples
    --------
    >>> split_name({"pathway": {"groups": ["a"]}}, "pathway.groups.0")
    ('pathway', 'groups', 0)
    """
    path: KeyPath = ()
    for step in name.split("."):
        inside_list = isinstance(find(data, path)[1], list)
        path = (*path, int(step) if inside_list and step.isdecimal() else step)
    return path


def _with(data: Any, path: KeyPath, value: Any) -> Any:
    if not path:
        return value
    if isinstance(data, list):
        position = int(path[0])
        return [*data[:position], _with(data[position], path[1:], value), *data[position + 1 :]]
    here = data if isinstance(data, dict) else {}
    return {**here, path[0]: _with(here.get(path[0]), path[1:], value)}


def _without(data: Any, step: str | int) -> Any:
    if isinstance(data, list):
        return [value for position, value in enumerate(data) if position != step]
    return {key: value for key, value in data.items() if key != step}
