"""`waiting.yaml`: what it may hold, what is refused, and that the cost of a year does not know it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from costmodel.errors import ParameterError
from costmodel.inputs.project import Project
from costmodel.inputs.referrals import read_referrals
from costmodel.inputs.waiting_file import MONTHS
from tests.scenario_files import REMOVED, fixed, said, shipped_project, specification, uncertain


def joint(unit: str, values: dict[str, float]) -> dict[str, Any]:
    components = {name: name for name in values}
    return {"label": "Numbers", "unit": unit, "components": components, "value": values, "evidence": "user"}


def months(*values: float, first: int = 1) -> dict[str, float]:
    return {f"month_{first + number}": value for number, value in enumerate(values)}


def test_a_run_holds_the_lists_of_its_own_hubs() -> None:
    with_list = shipped_project().specification("base_case")
    assert with_list.waiting is not None and list(with_list.waiting.hubs) == ["reference"]
    own = {name for name in with_list.parameters if name.startswith("waiting.")}
    assert "waiting.hubs.reference.opening_list" in own and "waiting.hubs.north.opening_list" not in own


@pytest.mark.parametrize(
    ("changes", "where", "message"),
    [
        (
            {"waiting.attrition": fixed("share", 1.2)},
            "waiting.attrition.value",
            "must be between 0 and 1; got 1.2. Did you mean 0.012?",
        ),
        (
            {"waiting.attrition": fixed("ratio", 0.1)},
            "waiting.attrition.unit",
            "must be share here; got ratio",
        ),
        (
            {"waiting.hubs.reference.opening_list": fixed("people", -3)},
            "waiting.hubs.reference.opening_list.value",
            "must not be negative; got -3",
        ),
        (
            {"waiting.retention": joint("share", months(0.9, 0.5))},
            "waiting.retention.value",
            "must begin with 1 and never rise: nobody returns to a course; got 0.9, 0.5",
        ),
        (
            {"waiting.retention": joint("share", months(1, 0.5, 0.6))},
            "waiting.retention.value",
            "must begin with 1 and never rise: nobody returns to a course; got 1, 0.5, 0.6",
        ),
        (
            {"waiting.retention": joint("share", months(1, 0))},
            "waiting.retention.value",
            "must end above 0; leave out months in which nobody is left; got 1, 0",
        ),
        (
            {"waiting.retention": joint("share", {"first": 1.0, "second": 0.5})},
            "waiting.retention.components",
            "must be month_1, month_2",
        ),
        (
            {"waiting.new_starter_output": joint("share", months(0.5, 0.25))},
            "waiting.new_starter_output.value",
            "must not fall: a new starter does no less in a later month; got 0.5, 0.25",
        ),
        (
            {"waiting.leave_by_month": joint("ratio", {"april": 1.0})},
            "waiting.leave_by_month.components",
            f"must be {', '.join(MONTHS)}",
        ),
        (
            {"waiting.leave_by_month": joint("ratio", dict.fromkeys(MONTHS, 0.0))},
            "waiting.leave_by_month.value",
            "must not be 0 in every month",
        ),
        (
            {"waiting.priority_classes": joint("share", {"urgent": 0.5, "routine": 0.6})},
            "waiting.priority_classes.value",
            "must add up to 1; the shares add up to 1.1",
        ),
        (
            {
                "waiting.priority_classes": {
                    "label": "Classes",
                    "unit": "share",
                    "components": {"urgent": "Urgent", "routine": "Routine"},
                    "distribution": {"family": "dirichlet", "counts": {"urgent": 30, "routine": 70}},
                    "evidence": "user",
                }
            },
            "waiting.priority_classes",
            "must be fixed values, the same in every draw; give value in place of distribution",
        ),
        (
            {"waiting.turnover": fixed("share", 1)},
            "waiting.turnover",
            "must be below 1, or nobody stays a year; got 1",
        ),
        (
            {"waiting.recruitment_lag": fixed("months", 2.5)},
            "waiting.recruitment_lag",
            "must be a whole number of months; got 2.5",
        ),
        (
            {"waiting.recruitment_lag": uncertain("months", {"family": "gamma", "mean": 4, "se": 1})},
            "waiting.recruitment_lag",
            "must be a fixed whole number of months; give value in place of distribution",
        ),
        (
            {"waiting.supervision.pool": "senior_clinicians"},
            "waiting.supervision.pool",
            "there is no staff pool 'senior_clinicians'. Did you mean 'senior_clinician'?",
        ),
        (
            {"waiting.hubs.reference.opening_list_by_age": joint("share", months(0.5, 0.4, first=0))},
            "waiting.hubs.reference.opening_list_by_age.value",
            "must add up to 1; the shares add up to 0.9",
        ),
        (
            {"waiting.hubs.reference.opening_list_by_age": joint("share", months(0.5, 0.5))},
            "waiting.hubs.reference.opening_list_by_age.components",
            "must be month_0, month_1",
        ),
        (
            {
                "waiting.arrivals": {
                    "pattern": "surge",
                    "surge": {
                        "height": fixed("ratio", 2),
                        "begins_in_month": fixed("months", 3),
                        "half_life": fixed("months", 0),
                    },
                }
            },
            "waiting.arrivals.surge.half_life",
            "must be greater than 0, or the surge is over as it begins; got 0",
        ),
        (
            {"waiting.arrivals": {"pattern": "growth"}},
            "waiting.arrivals",
            "pattern growth needs yearly_growth, and only that; got nothing",
        ),
        (
            {"waiting.arrivals": {"pattern": "steady", "file": "x.csv"}},
            "waiting.arrivals",
            "pattern steady needs nothing further; got file",
        ),
        (
            {"waiting.arrivals": {"pattern": "seasonal", "by_month": joint("ratio", {"may": 1.0})}},
            "waiting.arrivals.by_month.components",
            f"must be {', '.join(MONTHS)}",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    tmp_path: Path, changes: dict[str, Any], where: str, message: str
) -> None:
    assert said(tmp_path, changes, also=["waiting"]) == [(where, message)]


def test_a_course_of_therapy_without_sessions_is_refused_at_its_place(tmp_path: Path) -> None:
    where = "hub_reference.pathway.sessions_per_completion"
    assert said(tmp_path, {where: fixed("sessions/client", 0)}, also=["waiting"]) == [
        (
            where,
            "must be greater than 0, as a course of therapy has sessions; got 0. If the Hub gives no "
            "therapy, give 0 as its hub_share_of_therapy instead",
        )
    ]


def test_the_list_of_a_hub_that_has_no_file_is_passed_over(tmp_path: Path) -> None:
    changes = {"waiting.hubs.nowhere": {"opening_list": fixed("people", 3)}}
    assert said(tmp_path, changes, also=["waiting"]) == []


def test_a_hub_of_the_run_must_have_a_list(tmp_path: Path) -> None:
    with pytest.raises(
        ParameterError, match=r"has no entry for Hub reference; it has north, .*\. Give its opening_list"
    ):
        specification(tmp_path, {"waiting.hubs.reference": REMOVED})


def test_without_the_file_only_questions_about_waiting_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "parameters"
    folder.mkdir()
    for file in shipped_project().parameters_folder.glob("*.yaml"):
        if file.stem != "waiting":
            (folder / file.name).write_bytes(file.read_bytes())
    project = Project(folder, shipped_project().scenarios_folder)
    assert project.specification("base_case").waiting is None
    with pytest.raises(
        ParameterError, match=r"waiting\.yaml\n\n +is missing: a question about waiting needs"
    ):
        project.specification("base_case", also=["waiting"])


def a_year(first: str = "", columns: str = "month,north", row: str = ",5") -> str:
    """A year of registrations, with lines of its own above those of a whole year."""
    return f"{columns}\n{first}" + "".join(f"2023-{month:02d}{row}\n" for month in range(1, 13))


@pytest.mark.parametrize("start", ["", "\ufeff"], ids=["plain", "with a byte order mark"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["unix", "windows"])
def test_a_series_is_read_for_every_hub(tmp_path: Path, start: str, end: str) -> None:
    file = tmp_path / "referrals.csv"
    text = a_year(columns="month, north ,coast,notes", row=",12.5,0,") + "\n,,,\n"
    file.write_bytes((start + text.replace("\n", end)).encode())
    assert read_referrals(file, "referrals.csv", ["coast", "north"], "2023-01") == {
        "coast": (0.0,) * 12,
        "north": (12.5,) * 12,
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("month,north\n2023-04,-3\n", "line 2   north\n.*must be a number of 0 or more; got -3"),
        ("month,north\n2023-04,\n", "must be a number of 0 or more; got nothing"),
        ("month,north\n2023-04,many\n", "must be a number of 0 or more; got many"),
        ("month,north\n2023-04,1_000\n", "must be a number of 0 or more; got 1_000"),
        ("month,north\n2023-04,nan\n", "must be a number of 0 or more; got nan"),
        ("month,north\n2023-04,1e999\n", "must be a number of 0 or more; got 1e999"),
        ('month,north\n2023-04,"1,045"\n', "must be a number of 0 or more; got 1,045"),
        (
            "month,north\n2023-04,1,045\n",
            "line 2   must have a cell for each of the 2 columns; got 3. Write",
        ),
        ("month,north\n\n2023-04\n", "line 3   must have a cell for each of the 2 columns; got 1"),
        ("month,north\n\n2023-04,x\n", "line 3   north"),
        ("month,north\n\u0661,3\n", "must be a month such as 2023-04, or its number from 1"),
        ("month,south\n2023-04,1\n", r"north is missing \(it has month, south\)"),
        ("Date,north\n2023-04,1\n", r"month is missing \(it has Date, north\)\. Add or rename the column"),
        ("month;north\n2023-04;1\n", r"\(it has month;north\)\. Separate the columns by commas\. Add"),
        ("month,north,north\n2023-04,1,2\n", "the column 'north' stands 2 times; keep one"),
        ("", "is empty: it needs a column 'month' and one for each Hub, north"),
        ("month,north\n2023-04,\xff\n", "cannot be read: save it as CSV, in UTF-8$"),
        (a_year("2022-12,1\n2022-11,1\n"), "^ParameterError: 1 problem in .*line 3 .*2022-11 stands twice"),
        ("month,north\n2023-04,1\n2023-05,2\n", "holds 2 months; give 12 or more, since costs are of a"),
    ],
)
def test_a_series_that_cannot_be_is_refused(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "referrals.csv"
    file.write_bytes(text.encode("latin-1" if "\xff" in text else "utf-8"))
    with pytest.raises(ParameterError) as refused:
        read_referrals(file, "referrals.csv", ["north"])
    words, _, closing = str(refused.value).rpartition("\n\n")
    assert closing == "Nothing was run. Fix the file, then: costmodel check" and re.search(
        message, words, re.DOTALL
    )


def test_a_series_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"nowhere\.csv\n\n +cannot be read: there is no such file"):
        specification(tmp_path, {"waiting.arrivals": {"pattern": "series", "file": "nowhere.csv"}})


def test_check_reads_a_series_once_for_the_hubs_of_all_scenarios(tmp_path: Path) -> None:
    folder = shutil.copytree(shipped_project().parameters_folder, tmp_path / "parameters")
    text = (folder / "waiting.yaml").read_text(encoding="utf-8")
    steady, series = "{pattern: steady}", "{pattern: series, file: referrals.csv}"
    (folder / "waiting.yaml").write_text(text.replace(steady, series), encoding="utf-8")
    (folder / "referrals.csv").write_text("month,reference,region\n1,5,5\n", encoding="utf-8")
    (problem,) = Project(folder, shipped_project().scenarios_folder).check()[0]
    assert problem.message.startswith(
        "needs a column 'month' and one for each Hub; north, coast, city, moor "
    )
