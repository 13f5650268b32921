"""The verbs that choose staffing, as a user types them."""

from __future__ import annotations

import csv
import io
import json

import pytest
from click.testing import CliRunner, Result

from costmodel.cli import cli
from tests.cli.conftest import Command, Path, changed


def typed(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments), catch_exceptions=False)


def test_staffing_prints_posts_prices_and_what_it_assumes() -> None:
    printed = typed("staffing", "base_case", "--draws", "40").stdout
    assert "WTE now" in printed and "one more hour of supervision: £" in printed
    assert "This takes clients to do as well" in printed
    assert "Every task is covered and the wait kept in" in printed


def test_staffing_gives_csv_and_json() -> None:
    arguments = ("staffing", "base_case", "--draws", "40", "--max-wait-weeks", "10")
    rows = list(csv.DictReader(io.StringIO(typed(*arguments, "--format", "csv").stdout)))
    document = json.loads(typed(*arguments, "--format", "json").stdout)
    assert document["max_wait_weeks"] == 10.0
    assert [row["post"] for row in rows] == [post["post"] for post in document["hubs"][0]["posts"]]
    assert {(row["cost_unit"], row["price_year"], row["perspective"]) for row in rows} == {
        ("GBP/year", "2023/24", "nhs_pss")
    }
    assert (document["schema_version"], document["perspective"]) == (1, "nhs_pss")


def test_why_there_is_no_answer_is_said_beside_csv_too(project: Path, command: Command) -> None:
    leads = "{label: Leads, unit: WTE, value: 10, evidence: user}"
    ten = f"presence:\n  ten: {{label: Ten leads, who: [service_lead], wte: {leads}}}\n"
    changed(project, "parameters/staffing_options.yaml", "presence:\n", ten)
    answer = command("staffing", "--draws", "20", "--format", "csv", at=project)
    assert (answer.code, answer.out) == (0, "")
    assert "reference: not possible: the posts that may be had cannot also do this: ten leads" in answer.err


def test_a_task_that_nobody_may_do_is_refused(project: Path, command: Command) -> None:
    line = changed(
        project, "parameters/staffing_options.yaml",
        "navigation: {done_by: [clinician, assistant]}", "navigation: {done_by: []}",
    )  # fmt: skip
    answer = command("staffing", "--draws", "2", at=project)
    assert answer.code == 1
    assert f"line {line}" in answer.err
    assert "nobody may do this task; name at least one staff pool or post" in answer.err


def test_staffing_needs_its_file(project: Path, command: Command) -> None:
    (project / "parameters" / "staffing_options.yaml").unlink()
    answer = command("staffing", "--draws", "2", at=project)
    assert answer.code == 1
    assert "is missing: the search for staffing needs to know who may do what" in answer.err


@pytest.mark.parametrize(
    "option",
    [("--probability", "0"), ("--probability", "1.2"), ("--max-wait-weeks", "-1"), ("--months", "0")],
)
def test_a_question_that_cannot_be_understood_has_exit_code_2(option: tuple[str, str]) -> None:
    assert typed("staffing", "base_case", *option).exit_code == 2


def test_frontier_prints_options_and_writes_them(tmp_path: Path) -> None:
    out = tmp_path / "waits"
    arguments = ("frontier", "base_case", "junior_heavy", "--draws", "20", "--fewer", "0", "--more", "0.5")
    printed = typed(*arguments, "--out", str(out))
    assert "junior_heavy +0.5 WTE" in printed.stdout and "dominated" in printed.stdout
    names = sorted(path.name for path in out.iterdir())
    assert names == ["frontier.csv", "frontier.json", "frontier.png", "frontier.svg", "manifest.json"]
    rows = list(csv.DictReader(io.StringIO(typed(*arguments, "--format", "csv").stdout)))
    document = json.loads(typed(*arguments, "--format", "json").stdout)
    assert [row["name"] for row in rows] == [option["name"] for option in document["options"]]
    assert json.loads((out / "frontier.json").read_text(encoding="utf-8")) == document


def test_a_frontier_without_steps_is_refused_in_one_line(command: Command) -> None:
    answer = command("frontier", "base_case", "--draws", "2", "--step", "0")
    assert (answer.code, answer.err.splitlines()[-1]) == (1, "Error: the step must be more than 0 WTE; got 0")
