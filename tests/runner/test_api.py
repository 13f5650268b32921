"""The verbs as Python functions."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

import costmodel
from costmodel import api
from costmodel.cli.program import report_error
from costmodel.report.run_folder import OutputError
from tests.scenario_files import shipped_project


def test_every_public_name_can_be_imported() -> None:
    assert [name for name in costmodel.__all__ if not hasattr(costmodel, name)] == []
    assert set(costmodel.__all__) <= set(dir(costmodel))
    with pytest.raises(AttributeError, match="module 'costmodel' has no attribute 'nothing'"):
        _ = costmodel.nothing


def test_a_project_may_be_anywhere() -> None:
    shipped = shipped_project()
    project = api.open_project(shipped.parameters_folder, str(shipped.scenarios_folder))
    assert project.parameters_folder == shipped.parameters_folder
    assert project.scenario_names() == shipped.scenario_names()


def test_check_returns_problems_and_warnings() -> None:
    problems, warnings = api.check(shipped_project())
    assert problems == []
    assert all(isinstance(warning, str) for warning in warnings)


def test_a_new_folder_gets_all_files(tmp_path: Path) -> None:
    folder = api.init(tmp_path / "deep" / "mine")
    shipped = shipped_project()
    for kind, source in (("parameters", shipped.parameters_folder), ("scenarios", shipped.scenarios_folder)):
        assert {path.name for path in (folder / kind).iterdir()} >= {
            path.name for path in source.glob("*.yaml")
        }
    with pytest.raises(OutputError, match="is not an empty folder; name a new one"):
        api.init(folder)


def test_a_run_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    blocked = tmp_path / "a"

    def block(_draws: int) -> None:
        blocked.write_text("in the way", encoding="utf-8")

    options = api.RunOptions(draws=10, seed=1)
    with contextlib.chdir(tmp_path), pytest.raises(OSError, match="a"):
        api.run_to_folder(
            "base_case", options, out=blocked / "run", project=shipped_project(), progress=block
        )
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (OSError(28, "No space left on device", "outputs"), "Error: outputs: No space left on device\n"),
        (OSError("strange"), "Error: a file: strange\n"),
        (
            ZeroDivisionError("division by zero"),
            "Error: ZeroDivisionError: division by zero\n"
            "This is a fault of the program; run again with --debug and report it.\n",
        ),
    ],
)
def test_any_error_is_said_without_a_traceback(
    error: Exception, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report_error(error) == 1
    assert capsys.readouterr() == ("", text)
