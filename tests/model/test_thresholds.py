"""Thresholds and reach in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costmodel.model.reach import reached_by_budget, split
from costmodel.model.thresholds import break_even_volume, threshold_completion


def one(value: float) -> np.ndarray:
    return np.array([value])


def test_the_worked_break_even_and_what_it_means() -> None:
    volume = break_even_volume(one(180_000), one(120), one(90_000), one(230))
    assert volume[0] == pytest.approx(818.1818181818181)
    assert 180_000 + 120 * volume[0] == pytest.approx(90_000 + 230 * volume[0])
    assert break_even_volume(one(1_060), one(120), one(1_000), one(240))[0] == 0.5


@pytest.mark.parametrize("other", [(90_000, 120), (90_000, 100), (180_000, 120)])
def test_options_that_never_cross_have_no_break_even(other: tuple[float, float]) -> None:
    assert np.isnan(break_even_volume(one(180_000), one(120), one(other[0]), one(other[1])))


@given(st.floats(0.01, 1.0), st.floats(1.0, 1e5), st.floats(1.0, 1e5))
def test_at_the_threshold_a_completion_costs_the_same(p: float, cost: float, reference: float) -> None:
    threshold = threshold_completion(one(p), one(cost), one(reference))[0]
    assert cost / threshold == pytest.approx(reference / p)


def test_without_a_cost_there_is_no_threshold() -> None:
    assert np.isnan(threshold_completion(one(0.8), one(1.0), one(0.0)))


@given(st.lists(st.floats(0.01, 1.0), min_size=1, max_size=6))
def test_a_budget_split_as_cost_is_reaches_in_proportion(shares: list[float]) -> None:
    contacts = np.array(shares) / sum(shares)
    reached = 100.0 * split(contacts, np.ones_like(contacts))
    cost = split(contacts, np.linspace(1.0, 2.0, contacts.size))
    per_person = 1_000.0 * cost / reached
    assert reached_by_budget(2_000.0, cost, per_person[None]) == pytest.approx(2.0 * reached[None])
    assert split(contacts, np.zeros_like(contacts)).sum() == 0.0
