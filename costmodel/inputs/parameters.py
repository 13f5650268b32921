"""Look-up of parameter records by dotted name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from costmodel.inputs.records import JointRecord, Record
from costmodel.inputs.tree import KeyPath, Location, Tree, dotted


@dataclass(frozen=True)
class NamedRecord:
    """A record as a file writes it, with its dotted name and its place.

    Parameters
    ----------
    name
        Dotted name, such as ``activities.therapy.minutes.senior_clinician``.
    data
        Keys and values of the record, not validated.
    location
        File and line.
    """

    name: str
    data: Mapping[str, Any]
    location: Location


def is_record(data: Any) -> bool:
    """Return whether data has the form of a record: a unit, and a value, a distribution or components.

    Examples
    --------
    >>> is_record({"label": "Service lead", "unit": "WTE", "value": 1.0}), is_record({"value": 1.0})
    (True, False)
    """
    return isinstance(data, dict) and "unit" in data and not data.keys().isdisjoint(_NUMBER_KEYS)


def is_joint(data: Any) -> bool:
    """Return whether data has the form of a joint record."""
    return is_record(data) and "components" in data


def iter_records(tree: Tree) -> Iterator[NamedRecord]:
    """Yield every record of a tree, in the order of the files, by dotted name.

    Examples
    --------
    >>> tree = Tree({"hub": {"posts": {"lead": {"wte": {"unit": "WTE", "value": 1.0}}}}}, {})
    >>> [record.name for record in iter_records(tree)]
    ['hub.posts.lead.wte']
    """
    for path, data in _walk(tree.data, ()):
        yield NamedRecord(dotted(path), data, tree.locate(path))


def iter_model_records(model: BaseModel, prefix: str = "") -> Iterator[tuple[str, Record | JointRecord]]:
    """Yield every validated record inside a model by dotted name, in the order of the model's fields.

    Parameters
    ----------
    model
        What `validate` returned.
    prefix
        Dotted name of the model itself; usually the stem of its file.
    """
    if isinstance(model, (Record, JointRecord)):
        yield prefix, model
        return
    for name in type(model).model_fields:
        yield from _inside(getattr(model, name), name if not prefix else f"{prefix}.{name}")


_NUMBER_KEYS = frozenset({"value", "distribution", "components"})


def _walk(data: Any, path: KeyPath) -> Iterator[tuple[KeyPath, dict[str, Any]]]:
    if is_record(data):
        yield path, data
    elif isinstance(data, (dict, list)):
        for step, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from _walk(value, (*path, step))


def _inside(value: Any, name: str) -> Iterator[tuple[str, Record | JointRecord]]:
    if isinstance(value, BaseModel):
        yield from iter_model_records(value, name)
    elif isinstance(value, (Mapping, list, tuple)):
        for step, below in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from _inside(below, f"{name}.{step}")
