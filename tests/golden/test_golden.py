"""Worked examples, each against the product's own function.

`pytest tests/golden --golden FILE` checks another file of the same form.
"""

import copy
import re

import pytest
from checking import assert_close, assert_example, read_examples

GAMMA = {
    "id": "P01_7",
    "inputs": {"mean": 100, "se": 50},
    "expected": {"shape": 4.0, "scale": 25.0},
    "rtol": 1e-9,
    "atol": 1e-12,
}


def test_worked_example(golden_example):
    assert_example(golden_example)


def test_the_part_of_the_id_before_an_underscore_names_the_formula():
    assert_example(GAMMA)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "Z99_1"}, "Z99_1: no function is known for the formula 'Z99'; known are "),
        ({"expected": {"shape": 4.0, "kurtosis": 1.0}}, "P01_7: nothing gives kurtosis"),
        ({"expected": {}}, "P01_7: expects nothing"),
        ({"expected": {"shape": 4.1}}, "P01_7.shape: got 4.0, expected 4.1"),
    ],
)
def test_what_is_wrong_fails(change, message):
    with pytest.raises(AssertionError, match=re.escape(message)):
        assert_example({**copy.deepcopy(GAMMA), **change})


@pytest.mark.parametrize(
    ("got", "wanted", "message"),
    [
        ([1.0, 2.0], [1.0], "x: got 2 values, expected 1"),
        ([1.0, [2.0]], [1.0, [3.0]], "x[1][0]: got 2.0, expected 3.0"),
        ({"a": 1.0}, {"b": 1.0}, "x: got {'a': 1.0}, expected {'b': 1.0}"),
        ({"a": 1.0}, {"a": 2.0}, "x.a: got 1.0, expected 2.0"),
        ("1", "2", "x: got '1', expected '2'"),
        (float("nan"), 2.0, "x: got nan, expected 2.0"),
    ],
)
def test_what_differs_fails(got, wanted, message):
    with pytest.raises(AssertionError, match=re.escape(message)):
        assert_close("x", got, wanted, 1e-9, 1e-12)


def test_a_file_that_holds_no_examples_is_refused(tmp_path):
    path = tmp_path / "other.json"
    path.write_text("[]", encoding="utf-8")
    with pytest.raises(pytest.UsageError, match="is not a file of worked examples"):
        read_examples(path)
