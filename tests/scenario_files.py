"""Scenario files for tests: the shipped parameters, read once, with a few things changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from costmodel.errors import ParameterError, Problem
from costmodel.inputs.model_files import Extra
from costmodel.inputs.project import Project
from costmodel.inputs.specification import ModelSpec


class Override(dict[str, Any]):
    """An override other than `set`, such as `Override(remove=True)`."""


REMOVED = Override(remove=True)


@cache
def shipped_project() -> Project:
    """Return the shipped project; nothing changes it."""
    return Project()


def write_scenario(
    folder: Path,
    changes: Mapping[str, Any] | None = None,
    *,
    name: str = "case",
    extends: Sequence[str] = ("base_case",),
    **keys: Any,
) -> Path:
    """Write a scenario in which `changes` set what stands at dotted names; `keys` are keys of the file."""
    overrides = {
        where: {**(value if isinstance(value, Override) else {"set": value}), "reason": "a test"}
        for where, value in (changes or {}).items()
    }
    content = {
        "label": "A test",
        "question": "Does it hold?",
        "extends": list(extends),
        **keys,
        "overrides": overrides,
    }
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False, width=1000), encoding="utf-8")
    return path


def specification(
    folder: Path, changes: Mapping[str, Any] | None = None, *, also: Collection[Extra] = (), **keys: Any
) -> ModelSpec:
    """Return the specification of a changed base case."""
    return shipped_project().specification(write_scenario(folder, changes, **keys), also=also)


def problems(
    folder: Path, changes: Mapping[str, Any] | None = None, *, also: Collection[Extra] = (), **keys: Any
) -> list[Problem]:
    """Return what is wrong with a changed base case; nothing where it can be run."""
    try:
        specification(folder, changes, also=also, **keys)
    except ParameterError as error:
        return list(error.problems)
    return []


def said(
    folder: Path, changes: Mapping[str, Any] | None = None, *, also: Collection[Extra] = (), **keys: Any
) -> list[tuple[str, str]]:
    """Return (where, message) of every problem of a changed base case."""
    return [(problem.where, problem.message) for problem in problems(folder, changes, also=also, **keys)]


def fixed(unit: str, value: float, **keys: Any) -> dict[str, Any]:
    """Return a record with a fixed value."""
    return {"label": "A number", "unit": unit, "value": value, "evidence": "user", **keys}


def uncertain(unit: str, distribution: Mapping[str, Any], **keys: Any) -> dict[str, Any]:
    """Return a record with a distribution."""
    return {
        "label": "A number", "unit": unit, "distribution": dict(distribution), "evidence": "user", **keys
    }  # fmt: skip
