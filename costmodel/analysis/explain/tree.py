"""Trees of numbers: every node is worked out from its children, every leaf has a source or a reason."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from costmodel.analysis.explain import formulas
from costmodel.inputs.specification import Parameter


class Operation(StrEnum):
    """How a node's value follows from its children's, in their order."""

    PARAMETER = "parameter"
    CONSTANT = "constant"
    SUM = "sum"
    DIFFERENCE = "difference"
    PRODUCT = "product"
    QUOTIENT = "quotient"
    POSITIVE_PART = "positive part"
    SMALLER = "smallest"
    STEPS = "whole steps"
    ANNUITY_FACTOR = "annuity factor"
    DISCOUNT_FACTOR = "discount factor"
    OVER_TIME = "sum over time"
    REMAINDER = "what is left"
    SHARE = "share of all"
    POWER = "power"
    SURGE = "surge"
    JOINER = "work of a joiner"
    WAIT_QUANTILE = "quantile of waits"
    EXPECTED_WAIT = "expected wait"
    NOT_SHOWN = "not shown"


LEAVES: Final = frozenset({Operation.PARAMETER, Operation.CONSTANT, Operation.NOT_SHOWN})


@dataclass(frozen=True, eq=False, repr=False)
class Node:
    """One number and how it came about. Two nodes are the same only if they are one object.

    Attributes
    ----------
    name
        Unique within a tree; a parameter's dotted name at a leaf.
    label
        For people.
    value
        In `unit`; not a number where it does not apply (a denominator of 0).
    unit
        One of the vocabulary.
    operation
        How the value follows from those of `children`.
    children
        What it is worked out from; a node that several need is one object.
    parameter
        The parameter at a leaf, with its evidence, source, file and line.
    note
        What a reader should know besides.
    """

    name: str
    label: str
    value: float
    unit: str
    operation: Operation
    children: tuple[Node, ...] = ()
    parameter: Parameter | None = None
    note: str = ""

    def __repr__(self) -> str:
        # Without children: what several nodes need would be written out again and again.
        return f"Node({self.name!r}, {self.value!r}, {self.unit!r}, {self.operation.value!r})"


def combine(
    operation: Operation, name: str, label: str, unit: str, children: Sequence[Node], note: str = ""
) -> Node:
    """Return a node whose value is worked out from its children.

    Examples
    --------
    >>> hours = constant("hours", "Hours", 1_500.0, "hours/year")
    >>> cost = constant("cost", "Cost", 75_000.0, "GBP/year")
    >>> combine(Operation.QUOTIENT, "rate", "Cost of an hour", "GBP/hour", [cost, hours]).value
    50.0
    """
    value = _FORMULAS[operation]([child.value for child in children])
    return Node(name, label, value, unit, operation, tuple(children), note=note)


def constant(name: str, label: str, value: float, unit: str, note: str = "") -> Node:
    """Return a leaf that is no parameter: a conversion, or a number of the structure."""
    return Node(name, label, value, unit, Operation.CONSTANT, note=note)


def total(name: str, label: str, unit: str, children: Sequence[Node], note: str = "") -> Node:
    """Return the sum of nodes; of no nodes it is a constant 0."""
    if not children:
        return constant(name, label, 0.0, unit, note or "there is none")
    return combine(Operation.SUM, name, label, unit, children, note)


def product(name: str, label: str, unit: str, children: Sequence[Node], note: str = "") -> Node:
    """Return the product of nodes."""
    return combine(Operation.PRODUCT, name, label, unit, children, note)


def quotient(name: str, label: str, unit: str, children: Sequence[Node], note: str = "") -> Node:
    """Return the first node divided by each of the others; not applicable where one of them is 0."""
    return combine(Operation.QUOTIENT, name, label, unit, children, note)


def difference(name: str, label: str, unit: str, children: Sequence[Node], note: str = "") -> Node:
    """Return the first node less all others."""
    return combine(Operation.DIFFERENCE, name, label, unit, children, note)


def over_time(name: str, label: str, unit: str, children: Sequence[Node], note: str = "") -> Node:
    """Return the sum of what happens step by step."""
    return combine(Operation.OVER_TIME, name, label, unit, children, note)


def left_over(name: str, label: str, unit: str, children: Sequence[Node], note: str = "") -> Node:
    """Return what the others leave of the first node: never less than nothing, nor a trace of rounding."""
    return combine(Operation.REMAINDER, name, label, unit, children, note)


def recompute(node: Node, changed: Mapping[str, float] = MappingProxyType({})) -> float:
    """Return a tree's value worked out from its leaves alone.

    Parameters
    ----------
    node
        Root of the tree.
    changed
        Other values for leaves, by name.

    Examples
    --------
    >>> hours = constant("hours", "Hours", 1_500.0, "hours/year")
    >>> cost = constant("cost", "Cost", 75_000.0, "GBP/year")
    >>> rate = combine(Operation.QUOTIENT, "rate", "Cost of an hour", "GBP/hour", [cost, hours])
    >>> recompute(rate), recompute(rate, {"hours": 1_000.0})
    (50.0, 75.0)
    """
    return recompute_all([node], changed)[0]


def recompute_all(nodes: Sequence[Node], changed: Mapping[str, float] = MappingProxyType({})) -> list[float]:
    """Return the values of several trees worked out from their leaves alone; what they share, only once.

    Parameters
    ----------
    nodes
        Roots of the trees.
    changed
        Other values for leaves, by name.
    """
    known: dict[Node, float] = {}
    waiting = list(reversed(nodes))
    while waiting:
        each = waiting[-1]
        if each in known:
            waiting.pop()
        elif each.operation in LEAVES:
            known[each] = changed.get(each.name, each.value)
        elif unknown := [child for child in each.children if child not in known]:
            waiting.extend(reversed(unknown))
        else:
            known[each] = _FORMULAS[each.operation]([known[child] for child in each.children])
    return [known[node] for node in nodes]


def walk(node: Node) -> Iterator[Node]:
    """Yield every node of a tree once, the root first."""
    seen: set[Node] = set()
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if each not in seen:
            seen.add(each)
            yield each
            waiting.extend(reversed(each.children))


def to_depth(node: Node, depth: int) -> Node:
    """Return a tree with at most so many levels below its root; what is cut off keeps its value."""
    cut: dict[tuple[Node, int], Node] = {}

    def shorten(each: Node, levels: int) -> Node:
        if not each.children:
            return each
        key = each, levels
        if key not in cut:
            if levels == 0:
                cut[key] = replace(
                    each, operation=Operation.NOT_SHOWN, children=(), note="shown at a greater depth"
                )
            else:
                cut[key] = replace(
                    each, children=tuple(shorten(child, levels - 1) for child in each.children)
                )
        return cut[key]

    return shorten(node, depth)


_FORMULAS: Final[Mapping[Operation, Callable[[Sequence[float]], float]]] = MappingProxyType(
    {
        Operation.SUM: sum,
        Operation.DIFFERENCE: lambda values: values[0] - sum(values[1:]),
        Operation.PRODUCT: math.prod,
        Operation.QUOTIENT: formulas.divided,
        Operation.POSITIVE_PART: lambda values: max(0.0, values[0]),
        Operation.SMALLER: min,
        Operation.STEPS: formulas.whole_steps,
        Operation.ANNUITY_FACTOR: formulas.annuity_factor,
        Operation.DISCOUNT_FACTOR: formulas.discount_factor,
        Operation.OVER_TIME: sum,
        Operation.REMAINDER: formulas.remainder,
        Operation.SHARE: formulas.share,
        Operation.POWER: formulas.power,
        Operation.SURGE: formulas.surge,
        Operation.JOINER: formulas.joiner,
        Operation.WAIT_QUANTILE: formulas.wait_quantile,
        Operation.EXPECTED_WAIT: formulas.expected_wait,
    }
)
