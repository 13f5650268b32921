"""The verbs about waiting, as a user types them."""

from __future__ import annotations

import csv
import io
import json

import pytest
from click.testing import CliRunner, Result

from costmodel.cli import cli, main


def typed(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments), catch_exceptions=False)


def test_capacity_prints_a_table_and_warns_on_stderr() -> None:
    done = typed("capacity", "new_surge", "--months", "3", "--draws", "20")
    assert done.exit_code == 0
    assert "waiting      5 to 95%" in done.stdout and "clinician" in done.stdout
    assert "warning: reference: how long those on the opening list have waited" in done.stderr


def test_capacity_gives_csv_and_json() -> None:
    arguments = ("capacity", "new_surge", "--months", "2", "--draws", "20")
    rows = list(csv.DictReader(io.StringIO(typed(*arguments, "--format", "csv").stdout)))
    document = json.loads(typed(*arguments, "--format", "json").stdout)
    assert [row["name"] for row in rows] == [figure["name"] for figure in document["figures"]]


def test_clear_backlog_prints_what_to_do() -> None:
    arguments = ("clear-backlog", "new_surge", "--months", "12", "--draws", "20")
    assert "of the 0.59 extra WTE after month 12" in typed(*arguments).stdout
    document = json.loads(typed(*arguments, "--format", "json", "--lead-months", "2").stdout)
    assert document["lead_months"] == 2
    rows = list(csv.DictReader(io.StringIO(typed(*arguments, "--format", "csv").stdout)))
    assert len(rows) == len(document["hubs"][0]["figures"])


def test_an_answer_that_does_not_exist_is_one_line_and_exit_code_1(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["capacity", "nowhere", "--draws", "2"])
    assert ended.value.code == 1
    assert "nowhere" in capsys.readouterr().err


@pytest.mark.parametrize("option", [("--months", "0"), ("--engine", "abacus")])
def test_a_command_that_cannot_be_understood_has_exit_code_2(option: tuple[str, str]) -> None:
    assert typed("capacity", "base_case", *option).exit_code == 2
