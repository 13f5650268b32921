"""One scenario as the engine sees it and as it is explained, and what must hold between the two."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from costmodel.analysis.explain import Operation, explanation, recompute_all, walk
from costmodel.analysis.explain.costs import CostTree
from costmodel.analysis.explain.tree import LEAVES, Node
from costmodel.gather import Layout, gather
from costmodel.inputs.specification import ModelSpec
from costmodel.model.evaluate import ModelOutputs, evaluate
from costmodel.results import Definition, definitions
from costmodel.runner import base_case
from costmodel.uncertainty.draws import expected_values

TOLERANCE = 1e-9
# Hours used up to the last second leave rounding behind, of which a relative tolerance knows nothing.
NEARLY_NOTHING = 1e-8
# Numbers that no draw changes: the law's, and profiles by month.
FIXED = (
    "oncost_rules",
    "waiting.retention",
    "waiting.leave_by_month",
    "waiting.new_starter_output",
    "waiting.priority_classes",
    "waiting.arrivals.by_month",
)


@dataclass(frozen=True)
class Case:
    """One scenario, the engine's view of it and the explanation's."""

    spec: ModelSpec

    @cached_property
    def layout(self) -> Layout:
        return Layout(self.spec)

    @cached_property
    def outputs(self) -> ModelOutputs:
        return base_case(self.spec, self.layout)

    @cached_property
    def costs(self) -> CostTree:
        return CostTree(self.layout)

    @cached_property
    def definitions(self) -> tuple[Definition, ...]:
        return definitions(self.layout)

    @cached_property
    def trees(self) -> dict[str, Node]:
        return {definition.name: explanation(self.costs, definition) for definition in self.definitions}

    def recomputed(self, changed: dict[str, float] | None = None) -> dict[str, float]:
        """Every outcome worked out again from the leaves of its tree."""
        values = recompute_all(list(self.trees.values()), changed or {})
        return dict(zip(self.trees, values, strict=True))

    def nodes(self) -> Iterator[Node]:
        """Every node of every tree once."""
        trees = tuple(self.trees.values())
        yield from walk(Node("all", "All trees", 0.0, "ratio", Operation.SUM, trees))


def agrees(ours: float, engine: float) -> bool:
    if math.isnan(engine):
        return math.isnan(ours)
    return math.isclose(ours, engine, rel_tol=TOLERANCE, abs_tol=NEARLY_NOTHING)


def disagreements(values: dict[str, float], case: Case, outputs: ModelOutputs) -> Iterator[str]:
    for definition in case.definitions:
        engine = float(definition.pick(outputs)[0])
        if not agrees(values[definition.name], engine):
            yield f"{definition.name}: explained {values[definition.name]!r}, engine {engine!r}"


def moved(case: Case, seed: int = 1) -> dict[str, float]:
    """Every parameter a little different, but for those that are the same in every draw."""
    random = np.random.default_rng(seed)
    return {
        name: value
        if name.startswith(FIXED) or ".opening_list_by_age." in name
        else value * random.uniform(0.93, 1.0 if value <= 1.0 else 1.07)
        for name, value in expected_values(case.spec.plan).items()
    }


def check_outcomes(case: Case) -> None:
    values = {name: tree.value for name, tree in case.trees.items()}
    wrong = list(disagreements(values, case, case.outputs))
    assert not wrong, "\n".join(wrong)


def check_recomputed(case: Case) -> None:
    for name, again in case.recomputed().items():
        value = case.trees[name].value
        assert math.isnan(again) == math.isnan(value), name
        assert math.isnan(again) or abs(again - value) <= TOLERANCE * abs(value), name


def check_lines(case: Case) -> None:
    engine = case.outputs.ledger.cost[0]
    assert len(case.costs.lines) == engine.size
    wrong = [
        (node.name, node.value, float(cost))
        for number, cost in enumerate(engine)
        if not agrees((node := case.costs.line(number)).value, float(cost))
    ]
    assert not wrong, wrong


def check_moved(case: Case, seed: int = 1) -> None:
    values = moved(case, seed)
    outputs = evaluate(gather(case.layout, {name: np.full(1, value) for name, value in values.items()}))
    again = case.recomputed(values)
    wrong = list(disagreements(again, case, outputs))
    assert not wrong, "\n".join(wrong)
    changed = [name for name, tree in case.trees.items() if again[name] != tree.value]
    assert len(changed) > len(case.trees) / 2


def check_leaves(case: Case) -> None:
    for node in case.nodes():
        if node.operation is Operation.PARAMETER:
            assert node.parameter is not None
            assert node.parameter.location.file.endswith(".yaml"), node.name
            known = case.spec.parameters.get(node.name)
            assert known is node.parameter or node.name.startswith("price_indices."), node.name
            assert node.parameter.source or node.parameter.evidence in (
                "illustrative",
                "expert",
                "user",
            ), node.name
        else:
            assert node.parameter is None
            assert (not node.children) == (node.operation in LEAVES), node.name
            assert node.label


def check_shared(case: Case) -> None:
    for tree in case.trees.values():
        times = Counter(node.name for node in walk(tree))
        twice = [name for name, count in times.items() if count > 1]
        assert not twice, (tree.name, twice)
