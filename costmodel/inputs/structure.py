"""What of a specification is no number: posts and their pools, switches, drivers, rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel

from costmodel.inputs.records import JointRecord, Record
from costmodel.inputs.rendering import render
from costmodel.inputs.specification import ModelSpec

_WORDS: Final = frozenset({"label", "note", "description", "outside_overheads", "reason", "window"})
"""Fields that are for people and change no result."""


def structure_of(spec: ModelSpec) -> dict[str, str]:
    """Return the structure of a run by dotted name: every setting that is neither a number nor only words."""
    roots: dict[str, Any] = {
        "costing_rules": spec.rules,
        "staff_pools": spec.pools,
        "activities": spec.activities,
        "service_use": spec.service_use,
        "shared_posts": spec.shared_posts,
        **{f"hub_{hub_id}": hub for hub_id, hub in spec.hubs.items()},
    }
    return {name: render(value) for root, part in roots.items() for name, value in _settings(root, part)}


def _settings(name: str, part: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(part, (Record, JointRecord)) or part is None:
        return
    if isinstance(part, BaseModel):
        fields = (field for field in type(part).model_fields if field not in _WORDS)
        for field in fields:
            yield from _settings(f"{name}.{field}", getattr(part, field))
    elif isinstance(part, Mapping):
        for key, below in part.items():
            yield from _settings(f"{name}.{key}", below)
    else:
        yield name, part
