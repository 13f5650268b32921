from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from costmodel.model.arrays import columns_of, group_totals, ratio, stacked, total, zeros


@pytest.mark.parametrize(
    ("axis", "expected"),
    [(0, [[5.0, 7.0, 9.0]]), (1, [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), (2, [[6.0], [15.0]])],
)
def test_total_along_each_axis(axis: int, expected: list[list[float]]) -> None:
    values = np.array([[[1.0, 2.0, 3.0]], [[4.0, 5.0, 6.0]]])
    assert_array_equal(total(values, axis), expected)


def test_total_of_nothing_is_zero() -> None:
    assert_array_equal(total(np.zeros((2, 0)), axis=1), [0.0, 0.0])


def test_total_leaves_its_input_alone() -> None:
    values = np.array([[1.0, 2.0]])
    total(values, axis=1)
    assert_array_equal(values, [[1.0, 2.0]])


def test_total_adds_in_order_whatever_the_number_of_draws() -> None:
    # In this order the small number is lost; summed pairwise it would not be.
    values = np.tile([1e16, 1.0, 1.0, 1.0, 1.0, -1e16, 1.0, 1.0, 1.0], (3, 1))
    assert_array_equal(total(values, axis=1), [3.0, 3.0, 3.0])


def test_group_totals_leaves_out_negative_codes_and_keeps_code_zero() -> None:
    values = np.array([[1.0, 2.0, 4.0, 8.0], [10.0, 20.0, 40.0, 80.0]])
    sums = group_totals(values, np.array([0, -1, 2, 0]), 3)
    assert_array_equal(sums, [[9.0, 0.0, 4.0], [90.0, 0.0, 40.0]])


def test_group_totals_of_no_columns_and_of_no_groups() -> None:
    codes = np.zeros(0, dtype=np.int64)
    assert_array_equal(group_totals(np.zeros((2, 0)), codes, 3), np.zeros((2, 3)))
    assert group_totals(np.zeros((2, 0)), codes, 0).shape == (2, 0)


def test_columns_of_follows_the_codes_of_every_axis() -> None:
    table = np.arange(24.0).reshape(2, 3, 4)
    columns = columns_of(table, np.array([2, 0, 2, -1]), np.array([1, 3, 0, 0]))
    assert_array_equal(columns, [[9.0, 3.0, 8.0, 8.0], [21.0, 15.0, 20.0, 20.0]])
    assert columns.flags.f_contiguous
    assert columns_of(np.zeros((2, 3)), np.zeros(0, dtype=np.int64)).shape == (2, 0)


def test_zeros_have_the_draw_axis_first_and_its_entries_together() -> None:
    values = zeros(5, 2, 3)
    assert_array_equal(values, np.zeros((5, 2, 3)))
    assert values[:, 1, 2].flags.c_contiguous
    assert zeros(4).shape == (4,)


def test_stacked_broadcasts_its_parts_and_keeps_their_order() -> None:
    parts = [np.array([[1.0], [2.0]]), np.array([[3.0, 4.0]]), np.array([[5.0, 6.0], [7.0, 8.0]])]
    expected = [[[1.0, 3.0, 5.0], [1.0, 4.0, 6.0]], [[2.0, 3.0, 7.0], [2.0, 4.0, 8.0]]]
    assert_array_equal(stacked(parts), expected)
    assert stacked(parts)[:, 0, 1].flags.c_contiguous


def test_ratio_is_not_applicable_at_zero_and_not_infinite() -> None:
    result = ratio(np.array([1.0, 1.0, 0.0, -3.0]), np.array([4.0, 0.0, 0.0, -2.0]))
    assert_array_equal(result, [0.25, np.nan, np.nan, 1.5])


def test_ratio_takes_another_value_at_zero_and_broadcasts() -> None:
    result = ratio(np.array([[6.0], [8.0]]), np.array([2.0, 0.0]), when_zero=7.0)
    assert_array_equal(result, [[3.0, 7.0], [4.0, 7.0]])


def test_ratio_does_not_hide_a_failed_draw() -> None:
    assert np.isnan(ratio(np.array([np.nan]), np.array([2.0]), when_zero=0.0)[0])
