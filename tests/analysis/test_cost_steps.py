"""From one cost to another: steps that add up draw by draw."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from costmodel import api
from costmodel.analysis.cost_steps import cost_parts, cost_steps

OPTIONS = api.RunOptions(draws=60, seed=3, chunk_size=25)


@pytest.mark.parametrize(
    "scenario",
    [
        "base_case",
        "four_hubs",
        "new_surge_bank_staff",
        "sickness_backfill",
        "overhead_pools",
        "qualifications_included",
    ],
)
def test_the_parts_are_the_whole_cost_in_every_draw(scenario: str) -> None:
    with api.run(scenario, OPTIONS) as simulation:
        parts = cost_parts(simulation)
        pay = [values for name, values in parts.values.items() if name.startswith("pay.")]
        assert_allclose(sum(pay), simulation.draws("pay_bill"), rtol=1e-12)
        assert_allclose(sum(parts.values.values()), simulation.draws("total_hub_cost"), rtol=1e-12)
        assert parts.labels.keys() == parts.values.keys()


def test_the_steps_lead_from_one_mean_to_the_other() -> None:
    first, second = api.run_all(["base_case", "new_surge_bank_staff"], OPTIONS)
    with first, second:
        found = cost_steps(cost_parts(first), cost_parts(second))
        assert found.ends == pytest.approx(
            (first.outcome("total_hub_cost").mean, second.outcome("total_hub_cost").mean)
        )
        assert found.reference + sum(step.mean for step in found.steps) == pytest.approx(found.scenario)
        invoices = next(step for step in found.steps if step.name == "pay.senior_clinician")
        assert invoices.lower_95 <= invoices.mean <= invoices.upper_95


def test_draws_do_not_depend_on_chunks() -> None:
    with api.run("base_case", OPTIONS) as simulation:
        whole, pieces = cost_parts(simulation), cost_parts(simulation, chunk_size=7)
    for name, values in whole.values.items():
        assert np.array_equal(values, pieces.values[name])
