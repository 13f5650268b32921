"""The draw axis of the inputs."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, TypeVar, get_args

import numpy as np

from costmodel.model.time_inputs import TimeInputs
from costmodel.model.types import (
    ActivityInputs,
    FloatArray,
    ItemInputs,
    ModelInputs,
    PathwayInputs,
    ServiceUseInputs,
    StaffInputs,
)

_AnyPart = StaffInputs | PathwayInputs | ActivityInputs | ItemInputs | ServiceUseInputs | TimeInputs
_Part = TypeVar("_Part", bound=_AnyPart)


def in_every_draw(inputs: ModelInputs) -> ModelInputs:
    """Return the inputs with every draw axis at full length.

    An array whose draw axis has length one is the same in every draw; here it becomes a read-only view of the
    full length, so that results always have a row a draw.

    Raises
    ------
    ValueError
        If arrays disagree about the number of draws.
    """
    parts = {
        field.name: part
        for field in fields(inputs)
        if isinstance(part := getattr(inputs, field.name), get_args(_AnyPart))
    }
    n_draws = max(array.shape[0] for part in parts.values() for array in _by_draw(part).values())
    return replace(inputs, **{name: _spread(part, n_draws) for name, part in parts.items()})


def _by_draw(part: _AnyPart) -> dict[str, FloatArray]:
    """Return the arrays that have a draw axis: those of two and more axes."""
    values = {field.name: getattr(part, field.name) for field in fields(part)}
    return {name: value for name, value in values.items() if isinstance(value, np.ndarray) and value.ndim > 1}


def _spread(part: _Part, n_draws: int) -> _Part:
    spread: dict[str, Any] = {
        name: np.broadcast_to(array, (n_draws, *array.shape[1:])) for name, array in _by_draw(part).items()
    }
    return replace(part, **spread)
