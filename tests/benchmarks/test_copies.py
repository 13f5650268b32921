"""The larger services of the linearity measurements are what they say."""

from __future__ import annotations

import pytest
from numpy.testing import assert_allclose

from benchmarks.copies import with_hubs, with_posts
from costmodel.gather import Layout, gather
from costmodel.inputs.project import Project
from costmodel.model.evaluate import evaluate
from costmodel.model.types import ModelInputs
from costmodel.uncertainty.draws import realise
from costmodel.uncertainty.sampling import MonteCarlo


@pytest.fixture(scope="module")
def inputs() -> ModelInputs:
    spec = Project().specification("base_case")
    return gather(Layout(spec), realise(spec.plan, MonteCarlo(seed=3, n=4), 0, 4))


def test_three_hubs_cost_three_times_as_much_and_each_the_same(inputs: ModelInputs) -> None:
    alone, together = evaluate(inputs), evaluate(with_hubs(inputs, 3))
    one, three = alone.outcomes, together.outcomes
    assert_allclose(three.hub_cost[:, 0], 3.0 * one.hub_cost[:, 0])
    for hub in (1, 2, 3):
        assert_allclose(three.hub_cost[:, hub], one.hub_cost[:, 1])
        assert_allclose(three.bridge[:, hub], one.bridge[:, 1])
    assert alone.queue is not None and together.queue is not None
    assert_allclose(together.queue.waiting, alone.queue.waiting[:, [1, 1, 1, 1]] * [3.0, 1.0, 1.0, 1.0])
    assert_allclose(together.queue.mean_wait, alone.queue.mean_wait[:, [0, 1, 1, 1]])


def test_split_posts_deliver_the_same_and_have_more_lines(inputs: ModelInputs) -> None:
    larger = with_posts(inputs, 2)
    one, split = evaluate(inputs), evaluate(larger)
    assert_allclose(split.delivery.volumes, one.delivery.volumes)
    n_staff_lines = int((inputs.ledger.post >= 0).sum())
    assert larger.ledger.hub.size == inputs.ledger.hub.size + n_staff_lines
