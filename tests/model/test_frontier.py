"""Dominance and marginal cost along a frontier."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from costmodel.model.frontier import frontier

OPTIONS = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=12)


@given(OPTIONS)
def test_exactly_the_options_that_another_beats_are_dominated(options: list[tuple[int, int]]) -> None:
    cost, wait = np.array(options, dtype=np.float64).T
    found = frontier(cost, wait)
    for i, (price, weeks) in enumerate(options):
        beaten = any((c <= price and w <= weeks) and (c, w) != (price, weeks) for c, w in options)
        assert found.dominated[i] == beaten
    assert not found.dominated.all()
    assert np.isnan(found.marginal_cost[found.dominated]).all()
    assert (found.marginal_cost[~np.isnan(found.marginal_cost)] > 0.0).all()


def test_the_order_of_the_options_does_not_matter() -> None:
    cost, wait = np.array([4.0, 1.0, 2.0]), np.array([1.0, 9.0, 4.0])
    assert frontier(cost, wait).marginal_cost.tolist()[2:] == [0.2]
    assert frontier(cost[::-1], wait[::-1]).marginal_cost[::-1][0] == 2.0 / 3.0
