"""The plain per-draw calculation and the engine were written apart; they must give the same outcomes."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.agreement import difference, rows_of
from benchmarks.plain_loop import evaluate_draw
from benchmarks.plain_structure import structure_of
from costmodel.gather import Layout, gather
from costmodel.inputs.project import Project
from costmodel.inputs.specification import ModelSpec
from costmodel.model.evaluate import evaluate
from costmodel.uncertainty.draws import expected_values, realise
from costmodel.uncertainty.sampling import MonteCarlo

TOLERANCE = 1e-9


@pytest.fixture(scope="module", params=["base_case", "four_hubs"])
def spec(request: pytest.FixtureRequest) -> ModelSpec:
    return Project().specification(request.param)


def largest_differences(spec: ModelSpec, draws: dict[str, np.ndarray]) -> dict[str, float]:
    layout, structure = Layout(spec), structure_of(spec)
    outcomes = evaluate(gather(layout, draws)).outcomes
    largest: dict[str, float] = {}
    for draw, row in enumerate(rows_of(structure, draws)):
        gaps = difference(layout, outcomes, draw, evaluate_draw(structure, row))
        largest = {name: max(gap, largest.get(name, 0.0)) for name, gap in gaps.items()}
    return largest


def apart(differences: dict[str, float]) -> dict[str, float]:
    return {name: gap for name, gap in differences.items() if gap > TOLERANCE}


def test_base_values(spec: ModelSpec) -> None:
    draws = {name: np.array([value]) for name, value in expected_values(spec.plan).items()}
    assert apart(largest_differences(spec, draws)) == {}


def test_random_draws(spec: ModelSpec) -> None:
    assert apart(largest_differences(spec, realise(spec.plan, MonteCarlo(seed=7, n=20), 0, 20))) == {}


def test_draws_in_which_hours_run_short(spec: ModelSpec) -> None:
    draws = realise(spec.plan, MonteCarlo(seed=7, n=8), 0, 8)
    busier = {
        name: values * (4.0 if name.endswith("registrations") else 1.0) for name, values in draws.items()
    }
    assert apart(largest_differences(spec, busier)) == {}


def test_a_hub_without_clients(spec: ModelSpec) -> None:
    draws = realise(spec.plan, MonteCarlo(seed=7, n=2), 0, 2)
    first_hub = f"hub_{next(iter(spec.hubs))}.pathway.registrations"
    nobody = {**draws, first_hub: np.zeros(2)}
    assert apart(largest_differences(spec, nobody)) == {}


def test_the_structures_have_the_same_lines(spec: ModelSpec) -> None:
    structure = structure_of(spec)
    lines = [*structure.staff_lines, *structure.item_lines, *structure.service_lines]
    assert len(lines) == Layout(spec).plan.hub.size


def test_a_difference_is_seen() -> None:
    spec = Project().specification("base_case")
    draws = {name: np.array([value]) for name, value in expected_values(spec.plan).items()}
    outcomes = evaluate(gather(Layout(spec), draws)).outcomes
    (row,) = rows_of(structure_of(spec), draws)
    row["costing_rules.overheads.percentage.non_staff"] *= 1.0 + 1e-6
    gaps = difference(Layout(spec), outcomes, 0, evaluate_draw(structure_of(spec), row))
    assert {"hub_cost", "component_cost", "bridge", "fully_absorbed"} <= apart(gaps).keys()
    assert not {"volumes", "hours_used"} & apart(gaps).keys()
