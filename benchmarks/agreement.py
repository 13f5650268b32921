"""How far the engine and the plain calculation are apart."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.plain_loop import ALL
from benchmarks.plain_parts import Structure
from costmodel.gather import Layout
from costmodel.model.evaluate import ModelOutputs
from costmodel.model.outcomes import BridgeStep, Per
from costmodel.model.types import Behaviour, Component, CostType, Payer, Perspective, Stage, Volume

BY_PLACE = ("staff_bill", "central_pension_cost", "short_run_marginal_cost", "long_run_marginal_cost")


def rows_of(structure: Structure, draws: Mapping[str, NDArray[np.float64]]) -> list[dict[str, float]]:
    """Return draws as one dictionary of Python floats each, with defaults for what the run leaves out."""
    names = list(draws)
    columns = (draws[name].tolist() for name in names)
    return [
        {**structure.defaults, **dict(zip(names, row, strict=True))} for row in zip(*columns, strict=True)
    ]


def difference(
    layout: Layout, outputs: ModelOutputs, draw: int, plain: Mapping[str, Any]
) -> dict[str, float]:
    """Return, for every outcome, the largest difference of a draw relative to the value (or to 1)."""
    engine = outputs.outcomes
    labels = _labels(layout)
    places = (ALL, *layout.hubs)
    largest = {}
    for name, keys in labels.items():
        own = getattr(engine, name)[draw]
        largest[name] = _gap(own, [[plain[name][place].get(key, 0.0) for key in keys] for place in places])
    for name in BY_PLACE:
        largest[name] = _gap(getattr(engine, name)[draw], [plain[name][place] for place in places])
    largest["fully_absorbed"] = _gap(
        engine.fully_absorbed[draw],
        [[list(plain["fully_absorbed"][place][per].values()) for per in _names(Per)] for place in places],
    )
    largest["service_cost_per_client"] = _gap(
        engine.service_cost_per_client[draw], plain["service_cost_per_client"]
    )
    if outputs.queue is not None:
        for name, values in vars(outputs.queue).items():
            largest[name] = _gap(values[draw], [plain["queue"][name][place] for place in places])
    return largest


def _labels(layout: Layout) -> dict[str, tuple[str, ...]]:
    perspectives, volumes = _names(Perspective), _names(Volume)
    return {
        "hub_cost": perspectives,
        "service_use_cost": perspectives,
        "service_use_per_client": perspectives,
        "activity_cost": (*layout.activities, "unused", "elsewhere"),
        "stage_cost": _names(Stage),
        "component_cost": (*_names(Component), *_names(CostType)),
        "payer_cost": _names(Payer),
        "behaviour_cost": _names(Behaviour),
        "bridge": _names(BridgeStep),
        "volumes": volumes,
        "demand": volumes,
        "counts": _names(Per),
        "activity_only": _names(Per),
        "hours_available": layout.pools,
        "hours_used": layout.pools,
    }


def _names(codes: type[IntEnum]) -> tuple[str, ...]:
    return tuple(code.name.lower() for code in codes)


def _gap(left: Any, right: Any) -> float:
    left, right = np.asarray(left, dtype=float), np.asarray(right, dtype=float)
    if left.shape != right.shape:
        raise ValueError(f"shapes {left.shape} and {right.shape} differ")
    if not np.array_equal(np.isnan(left), np.isnan(right)):
        return float("inf")
    if left.size == 0:
        return 0.0
    return float(np.nanmax(np.abs(left - right) / np.maximum(1.0, np.abs(right)), initial=0.0))
