from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from costmodel.model.prices import present_value, uprated, uprated_by_parts

LEVELS = st.floats(50, 200)


def test_uprated_divides_by_the_index_it_leaves() -> None:
    assert_allclose(uprated(np.array([100.0, 40.0]), 80.0, 100.0), [125.0, 50.0], rtol=1e-15)


@given(amount=st.floats(1, 1e6), first=LEVELS, middle=LEVELS, last=LEVELS)
def test_there_and_back_is_the_same_and_a_chain_is_the_direct_way(
    amount: float, first: float, middle: float, last: float
) -> None:
    start = np.array([amount])
    there = uprated(start, first, last)
    assert_allclose(uprated(there, last, first), start, rtol=1e-12)
    assert_allclose(uprated(uprated(start, first, middle), middle, last), there, rtol=1e-12)


def test_pay_and_non_pay_follow_their_own_indices() -> None:
    assert_allclose(uprated_by_parts(np.array([200.0]), 0.25, 1.1, 1.5), [200 * (0.25 * 1.1 + 0.75 * 1.5)])


def test_one_index_for_both_parts_is_plain_uprating() -> None:
    assert_allclose(uprated_by_parts(np.array([200.0]), 0.3, 1.2, 1.2), [240.0], rtol=1e-14)


def test_the_first_year_is_not_discounted() -> None:
    yearly = np.array([100.0, 200.0, 300.0])
    assert present_value(yearly, 0.1) == pytest.approx(100 + 200 / 1.1 + 300 / 1.21, rel=1e-14)
    assert isinstance(present_value(yearly, 0.1), float)


def test_mid_year_discounts_half_a_year_more() -> None:
    yearly = np.array([100.0, 200.0])
    expected = 100 / 1.1**0.5 + 200 / 1.1**1.5
    assert present_value(yearly, 0.1, mid_year=True) == pytest.approx(expected, rel=1e-14)


def test_without_a_rate_the_present_value_is_the_sum() -> None:
    assert present_value(np.array([1.0, 2.0, 4.0]), 0.0) == 7.0


@given(low=st.floats(0, 0.2), more=st.floats(0.001, 0.2))
def test_a_higher_rate_lowers_later_costs(low: float, more: float) -> None:
    yearly = np.array([0.0, 10.0, 10.0])
    assert present_value(yearly, low + more) < present_value(yearly, low)
