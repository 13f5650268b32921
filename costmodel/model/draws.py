"""The draw axis of the inputs."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, TypeVar

import numpy as np

from costmodel.model.types import (
    ActivityInputs,
    FloatArray,
    ItemInputs,
    ModelInputs,
    PathwayInputs,
    ServiceUseInputs,
    StaffInputs,
)

_AnyPart = StaffInputs | PathwayInputs | ActivityInputs | ItemInputs | ServiceUseInputs
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
    parts: tuple[_AnyPart, ...] = (
        inputs.staff,
        inputs.pathway,
        inputs.activities,
        inputs.items,
        inputs.service_use,
    )
    n_draws = max(array.shape[0] for part in parts for array in _by_draw(part).values())
    return replace(
        inputs,
        staff=_spread(inputs.staff, n_draws),
        pathway=_spread(inputs.pathway, n_draws),
        activities=_spread(inputs.activities, n_draws),
        items=_spread(inputs.items, n_draws),
        service_use=_spread(inputs.service_use, n_draws),
    )


def _by_draw(part: _AnyPart) -> dict[str, FloatArray]:
    """Return the arrays that have a draw axis: those of two and more axes."""
    values = {field.name: getattr(part, field.name) for field in fields(part)}
    return {name: value for name, value in values.items() if isinstance(value, np.ndarray) and value.ndim > 1}


def _spread(part: _Part, n_draws: int) -> _Part:
    spread: dict[str, Any] = {
        name: np.broadcast_to(array, (n_draws, *array.shape[1:])) for name, array in _by_draw(part).items()
    }
    return replace(part, **spread)
