"""How problems are sorted and printed."""

import pickle

import pytest

from costmodel.errors import ParameterError, Problem, did_you_mean, format_problems

STAFFING = "parameters/staffing.yaml"


def test_problems_of_one_file_print_as_designed() -> None:
    problems = [
        Problem(STAFFING, 9, "staffing.psychologist_8a.pension_rate.unit", "'shares' is not a known unit."),
        Problem(STAFFING, 5, "staffing.psychologist_8a.salary.distribution.se", "must be greater than 0"),
    ]
    assert format_problems(problems) == (
        "ParameterError: 2 problems in parameters/staffing.yaml\n"
        "\n"
        "  line 5   staffing.psychologist_8a.salary.distribution.se\n"
        "           must be greater than 0\n"
        "  line 9   staffing.psychologist_8a.pension_rate.unit\n"
        "           'shares' is not a known unit.\n"
        "\n"
        "Nothing was run. Fix the file, then: costmodel check"
    )


def test_problems_of_several_files_print_file_by_file() -> None:
    problems = [
        Problem("b.yaml", 120, "b.x", "is missing\nsecond line"),
        Problem("b.yaml", 7, "b.a", "is missing"),
        Problem("a.yaml", None, "", "is empty"),
        Problem("a.yaml", None, "", "is empty"),
    ]
    assert format_problems(problems, closing="") == (
        "ParameterError: 3 problems in 2 files\n"
        "\n"
        "a.yaml\n"
        "  is empty\n"
        "\n"
        "b.yaml\n"
        "  line 7     b.a\n"
        "             is missing\n"
        "  line 120   b.x\n"
        "             is missing\n"
        "             second line"
    )


def test_a_problem_of_the_whole_file_sorts_before_its_lines() -> None:
    whole, line = Problem("a.yaml", None, "", "is empty"), Problem("a.yaml", 1, "a", "is missing")
    assert sorted([line, whole]) == [whole, line]
    assert whole < line and line >= whole


def test_the_error_carries_its_problems_sorted_and_survives_pickling() -> None:
    error = ParameterError([Problem("b.yaml", 2, "b", "x"), Problem("a.yaml", 1, "a", "y")])
    assert [problem.file for problem in error.problems] == ["a.yaml", "b.yaml"]
    assert str(error) == format_problems(error.problems)
    assert pickle.loads(pickle.dumps(error)).problems == error.problems


@pytest.mark.parametrize(
    ("word", "expected"),
    [("base_cse", " Did you mean 'base_case'?"), ("zebra", "")],
)
def test_suggestions(word: str, expected: str) -> None:
    assert did_you_mean(word, ["base_case", "blended"]) == expected
