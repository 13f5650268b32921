"""Explain one base-case number: a tree from the result down to parameters and their sources.

The tree is worked out beside the engine, in plain numbers: it shares the specification with the engine, not
its calculations, so that it checks them. From the root down: `results` (what each outcome is made of), `sums`
of the ledger's lines, `costs` of each line, `staff` and `posts` (what an hour costs and how many there are),
`work` (whom the Hub serves, and in how many hours), `overheads`, and `leaves` (parameters and price indices).
Where people may wait, `months` adds a year up from its steps: `steps` (what changes from step to step),
`stages` (before and beside therapy), `therapy` (the list and the courses), `waits` and, for results about
those who wait, `queues`. A `tree` of such nodes is written out by `render`; `formulas` is its arithmetic.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from costmodel.analysis.explain.costs import CostTree
from costmodel.analysis.explain.render import node_json, node_rows, render
from costmodel.analysis.explain.results import ResultTree
from costmodel.analysis.explain.tree import Node, Operation, recompute, recompute_all, to_depth, walk
from costmodel.errors import CostmodelError, did_you_mean
from costmodel.gather import Layout
from costmodel.inputs.specification import ModelSpec
from costmodel.labels import PERSPECTIVE_LABELS
from costmodel.model.types import Perspective
from costmodel.results import Definition, definitions

NEAREST_SHOWN: Final = 5


class ExplainError(CostmodelError, ValueError):
    """Raised for a name that no result has, and for what is not explained."""


def explain(spec: ModelSpec, name: str, depth: int | None = None) -> Node:
    """Return how one base-case number came about.

    Parameters
    ----------
    spec
        The run.
    name
        Name of an outcome, as in `results.json`.
    depth
        Levels below the root; all of them unless given.

    Returns
    -------
    The root of the tree. Its value equals the outcome's base case.

    Raises
    ------
    ExplainError
        If no outcome has that name, or starts are greedy.
    """
    if spec.waiting is not None and spec.waiting.starts == "greedy":
        raise ExplainError(
            "greedy starts are for diagnosis and not explained; set waiting.starts to smoothed"
        )
    layout = Layout(spec)
    definition = _defined(layout, name)
    node = explanation(CostTree(layout), definition)
    return node if depth is None else to_depth(node, depth)


def explanation(costs: CostTree, definition: Definition) -> Node:
    """Return the tree of an outcome; trees of the same `costs` share what they have in common."""
    results = ResultTree(costs, definition.hub, Perspective[definition.perspective.upper()])
    return replace(results.result(definition), note=_about(costs.spec, definition))


def _defined(layout: Layout, name: str) -> Definition:
    found = {definition.name: definition for definition in definitions(layout)}
    if name not in found:
        hint = did_you_mean(name, found, most=NEAREST_SHOWN)
        raise ExplainError(f"there is no result '{name}'.{hint} The results.json of a run lists them all")
    return found[name]


def _about(spec: ModelSpec, definition: Definition) -> str:
    perspective = PERSPECTIVE_LABELS[definition.perspective]
    return (
        f"{spec.scenario.label}. Prices of {spec.frame.price_year}; perspective: {perspective}. "
        "This explains the base case, every parameter at its mean; the headline of a run is the mean over "
        "its draws, which may differ a little."
    )


__all__ = [
    "ExplainError",
    "Node",
    "Operation",
    "explain",
    "explanation",
    "node_json",
    "node_rows",
    "recompute",
    "recompute_all",
    "render",
    "to_depth",
    "walk",
]
