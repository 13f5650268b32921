"""Dispatches a worked example to the function that it exemplifies, and compares every expected value.

An example is `{id, inputs, expected, rtol, atol, ...}`. The part of the id before any underscore names the
formula: `P01_2` is another example of `P01`.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import adapters_capacity
import adapters_costing
import adapters_uncertainty
import pytest

Example = Mapping[str, Any]
Adapter = Callable[[Example], Mapping[str, Any]]

ADAPTERS: dict[str, Adapter] = {
    **adapters_costing.ADAPTERS,
    **adapters_uncertainty.ADAPTERS,
    **adapters_capacity.ADAPTERS,
}


def read_examples(path: Path) -> list[dict[str, Any]]:
    """Return the examples of a file, or say that it holds none."""
    try:
        return list(json.loads(path.read_text(encoding="utf-8"))["examples"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise pytest.UsageError(f"--golden: {path} is not a file of worked examples: {error}") from error


def assert_example(example: Example, adapters: Mapping[str, Adapter] = ADAPTERS) -> None:
    """Fail unless the product gives every expected value of an example."""
    identity = example["id"]
    formula = identity.split("_")[0]
    if formula not in adapters:
        known = ", ".join(sorted(adapters))
        raise AssertionError(
            f"{identity}: no function is known for the formula {formula!r}; known are {known}"
        )
    got = adapters[formula](example)
    missing = [key for key in example["expected"] if key not in got]
    if missing:
        raise AssertionError(f"{identity}: nothing gives {', '.join(missing)}")
    if not example["expected"]:
        raise AssertionError(f"{identity}: expects nothing")
    for key, wanted in example["expected"].items():
        assert_close(
            f"{identity}.{key}", got[key], wanted, example.get("rtol", 1e-9), example.get("atol", 1e-12)
        )


def assert_close(where: str, got: Any, wanted: Any, rtol: float, atol: float) -> None:
    """Fail unless a value, or every value of a list or mapping, is the wanted one within the tolerance."""
    if isinstance(wanted, Mapping):
        assert isinstance(got, Mapping) and set(got) == set(wanted), f"{where}: got {got}, expected {wanted}"
        for key in wanted:
            assert_close(f"{where}.{key}", got[key], wanted[key], rtol, atol)
    elif isinstance(wanted, list):
        got = list(got)
        assert len(got) == len(wanted), f"{where}: got {len(got)} values, expected {len(wanted)}"
        for i, (one, other) in enumerate(zip(got, wanted, strict=True)):
            assert_close(f"{where}[{i}]", one, other, rtol, atol)
    elif isinstance(wanted, bool) or not isinstance(wanted, int | float):
        assert got == wanted, f"{where}: got {got!r}, expected {wanted!r}"
    else:
        assert abs(got - wanted) <= atol + rtol * abs(wanted), f"{where}: got {got!r}, expected {wanted!r}"
