"""`costmodel budget-impact` as a user types it, and what it says of wrong input."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command, changed

FILE = "parameters/budget_impact.yaml"
CLOSING = "Nothing was run. Fix the file, then: costmodel check\n"


def test_the_table_shows_years_payers_and_whose_prices(command: Command) -> None:
    answer = command("budget-impact", "junior_heavy", "--years", "3", "--draws", "50")
    assert answer.code == 0
    assert "In 2023/24 prices (real):" in answer.out and "nominal" in answer.out
    assert "Paid by the Hub's host" in answer.out
    assert "ASSUMED growth (budget_impact.assumed_growth.pay), beyond nhscii_pay" in answer.out


def test_parts_of_recurrent_cost_stand_below_it_with_their_intervals(command: Command) -> None:
    answer = command("budget-impact", "junior_heavy", "--years", "1", "--draws", "50")
    lines = answer.out.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("Recurrent cost"))
    starts = [
        "Recurrent cost",
        "  of it pay and non-pay",
        "  of it overheads",
        "Setting up",
        "Staff who work",
    ]
    assert all(line.startswith(start) for line, start in zip(lines[first:], starts, strict=False))
    assert all(" to " in line for line in lines[first : first + 8])
    assert lines[0].count("perspective of NHS and personal social services") == 1
    assert "decided on 2023-04-01: 2023/24" in answer.out


def test_a_service_in_place_of_itself_is_the_same(command: Command) -> None:
    answer = command("budget-impact", "base_case", "--years", "1", "--draws", "50")
    assert answer.out.count("the same") == 4 and "nobody: no cost moves" in answer.out


def test_csv_and_json_hold_the_same_figures(command: Command) -> None:
    arguments = ("budget-impact", "junior_heavy", "--years", "2", "--draws", "50", "--format")
    rows = list(csv.DictReader(io.StringIO(command(*arguments, "csv").out)))
    document = json.loads(command(*arguments, "json").out)
    assert [float(row["mean"]) for row in rows] == [figure["mean"] for figure in document["figures"]]
    assert {row["price_year"] for row in rows} == {"2023/24", "2024/25", "each year's"}
    assert {row["unit"] for row in rows} == {"GBP/year", "GBP"}
    assert {row["perspective"] for row in rows} == {"nhs_pss"} == {document["perspective"]}


def test_out_writes_figure_rows_and_manifest(command: Command, tmp_path: Path) -> None:
    arguments = ("budget-impact", "junior_heavy", "--years", "2", "--draws", "50", "--out", tmp_path / "b")
    assert command(*arguments).code == 0
    names = {path.relative_to(tmp_path / "b").as_posix() for path in (tmp_path / "b").rglob("*.*")}
    assert names == {
        "budget_impact.csv", "budget_impact.json", "budget_impact.txt", "manifest.json",
        "figures/budget_impact.svg", "figures/budget_impact.png",
    }  # fmt: skip
    assert json.loads((tmp_path / "b" / "manifest.json").read_text(encoding="utf-8"))["outputs"]
    figure = (tmp_path / "b" / "figures" / "budget_impact.svg").read_text(encoding="utf-8")
    assert "Junior-heavy staffing in place of Base case, senior-led Hub" in figure


def test_without_the_file_a_change_is_in_place_at_once(command: Command, project: Path) -> None:
    (project / FILE).unlink()
    answer = command("budget-impact", "junior_heavy", "--years", "2", "--draws", "50", at=project)
    assert answer.code == 0
    assert "2023/24 100%" in answer.out
    refused = command("budget-impact", "junior_heavy", "--draws", "50", at=project)
    assert (refused.code, refused.out) == (1, "")
    assert refused.err == (
        "Error: nhscii_pay of edition '2025' ends at 2024/25; prices of 2025/26 to 2027/28 need "
        "assumed_growth.pay in parameters/budget_impact.yaml, or ask for --years 2\n"
    )


@pytest.mark.parametrize(
    ("old", "new", "where", "message"),
    [
        (
            "value: {year_1: 1, year_2: 1}",
            "value: {year_1: 1, year_2: 1.5}",
            "budget_impact.uptake.value.year_2",
            "must be between 0 and 1; got 1.5. Did you mean 0.015?",
        ),
        ("payer: hub_host", "payer: host", "budget_impact.set_up.project_management.payer", None),
        (
            "unit: GBP/WTE",
            "unit: GBP",
            "budget_impact.recruitment.cost.unit",
            "must be GBP/WTE here; got GBP",
        ),
        ("uptake:", "uptakes:", "budget_impact.uptakes", "is not a known key. Did you mean 'uptake'?"),
    ],
)
def test_what_is_wrong_with_the_file_is_one_problem(
    old: str, new: str, where: str, message: str | None, command: Command, project: Path
) -> None:
    changed(project, FILE, old, new)
    answer = command("budget-impact", "junior_heavy", "--draws", "50", at=project)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith(f"ParameterError: 1 problem in {FILE}") and answer.err.endswith(CLOSING)
    assert where in answer.err
    assert message is None or message in answer.err


def test_years_of_uptake_must_be_in_order(command: Command, project: Path) -> None:
    changed(
        project, FILE, "{year_1: First year, year_2: Second year and later}", "{year_2: Later, year_1: First}"
    )
    answer = command("budget-impact", "junior_heavy", "--draws", "50", at=project)
    assert "must be year_1, year_2, in this order" in answer.err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("budget-impact",), 2, "Missing argument 'SCENARIO'."),
        (("budget-impact", "junior_heavy", "--years", "0"), 2, "0 is not in the range 1<=x<=30."),
        (("budget-impact", "junior_hevy"), 1, "Did you mean 'junior_heavy'?"),
        (("budget-impact", "junior_heavy", "--against", "base"), 1, "base"),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...], code: int, message: str, command: Command) -> None:
    answer = command(*arguments)
    assert (answer.code, answer.out) == (code, "")
    assert message in answer.err


def test_compare_shows_consequences_and_says_what_it_cannot(command: Command, project: Path) -> None:
    answer = command("compare", "base_case", "junior_heavy", "--draws", "50", at=project)
    assert answer.code == 0 and "People waiting for the Hub's therapy at the year's end" in answer.out
    (project / "parameters/waiting.yaml").unlink()
    (project / "parameters/reach.yaml").unlink()
    answer = command("compare", "base_case", "junior_heavy", "--draws", "50", at=project)
    assert answer.code == 0 and "People waiting" not in answer.out
    assert "Waits are not shown: there is no waiting.yaml." in answer.out
    assert "Reach by group is not shown: there is no reach.yaml." in answer.out


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("men: 1, minority", "men: -1, minority", "must not be negative; got -1"),
        ("men: 1, minority_ethnic_staff: 1, care_homes: 1, emergency_services: 1",
         "men: 0, minority_ethnic_staff: 0, care_homes: 0, emergency_services: 0",
         "must not be 0 for every group"),
        ("unit: ratio", "unit: share", "must be ratio here; got share"),
        ("value: 1.5", "value: 0", "must be greater than 0; got 0"),
        ("  men:\n    label: Men\n", "  males:\n    label: Men\n",
         "must name the groups: males, minority_ethnic_staff, care_homes, emergency_services"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_reach_is_one_problem(
    old: str, new: str, message: str, command: Command, project: Path
) -> None:
    changed(project, "parameters/reach.yaml", old, new)
    answer = command("compare", "base_case", "junior_heavy", "--draws", "50", at=project)
    assert (answer.code, answer.out) == (1, "")
    assert message in answer.err and answer.err.endswith(CLOSING)


def test_a_budget_of_nothing_is_refused(command: Command) -> None:
    answer = command("compare", "base_case", "junior_heavy", "--outreach-budget", "0")
    assert answer.code == 2 and "0.0 is not in the range x>0." in answer.err
