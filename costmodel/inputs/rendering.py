"""Values of parameter files as short texts for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from costmodel.inputs.parameters import is_record

MAX_ITEMS = 6


def render(data: Any) -> str:
    """Return anything from a parameter file as a short text: a record by its number, the rest by its content.

    Examples
    --------
    >>> render({"unit": "minutes", "distribution": {"family": "gamma", "mean": 55, "se": 3}})
    'gamma(mean 55, se 3)'
    >>> render({"unit": "WTE", "value": 4.0, "multiplier": 1.3})
    '4 × 1.3'
    >>> render({"label": "Service lead", "wte": {}}), render(["pay", "non_pay"]), render(True)
    ('Service lead', 'pay, non_pay', 'true')
    """
    if is_record(data):
        return _render_record(data)
    if isinstance(data, Mapping):
        return str(data["label"]) if "label" in data else _listed(data)
    if isinstance(data, list):
        return ", ".join(map(render, data)) if len(data) <= MAX_ITEMS else f"{len(data)} values"
    if data is None:
        return "nothing"
    return str(data).lower() if isinstance(data, bool) else _render_scalar(data)


def _render_record(data: Mapping[str, Any]) -> str:
    distribution = data.get("distribution")
    number = render(data.get("value")) if distribution is None else render_distribution(distribution)
    multiplier = data.get("multiplier", 1)
    return number if multiplier == 1 else f"{number} × {render(multiplier)}"


def render_distribution(distribution: Any) -> str:
    """Return a distribution as its family and named arguments.

    Examples
    --------
    >>> render_distribution({"family": "gamma", "quantiles": {"lower": 30, "upper": 80}, "assumed": True})
    'gamma(quantiles(lower 30, upper 80), assumed)'
    """
    if not isinstance(distribution, Mapping):
        return render(distribution)
    arguments = [_render_argument(name, value) for name, value in distribution.items() if name != "family"]
    return f"{distribution.get('family', 'distribution')}({', '.join(filter(None, arguments))})"


def _render_argument(name: str, value: Any) -> str:
    if name == "assumed":
        return name if value else ""
    return f"{name}({_listed(value)})" if isinstance(value, Mapping) else f"{name} {render(value)}"


def _listed(data: Mapping[str, Any]) -> str:
    if len(data) > MAX_ITEMS:
        return f"{len(data)} entries"
    return ", ".join(f"{name} {render(value)}" for name, value in data.items())


def _render_scalar(value: Any) -> str:
    return f"{value:.12g}" if isinstance(value, (int, float)) else str(value)
