"""The command line on a small project: the shipped model files with only the rows of tables that they use."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from costmodel.cli import main
from costmodel.inputs.loading import read_file
from costmodel.inputs.project import shipped_folder

LEFT_OUT = (
    "hub_city",
    "hub_coast",
    "hub_moor",
    "hub_north",
    "hub_region",
    "hub_figures",
    "shared_posts",
    "correlations",
)
FEW_ROWS = ("composite_schemas", "published_hourly_costs", "mean_pay", "pay_scales", "employer_context")
SCENARIOS = ("base_case", "junior_heavy")


@dataclass(frozen=True)
class Answer:
    """What a command left: its exit code and what it printed."""

    code: int
    out: str
    err: str


Command = Callable[..., Answer]


@pytest.fixture(scope="session")
def small_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the small project; tests copy it."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "parameters").mkdir()
    (folder / "scenarios").mkdir()
    for file in sorted(shipped_folder("parameters").glob("*.yaml")):
        if file.stem not in LEFT_OUT:
            shutil.copy(file, folder / "parameters" / file.name)
    for scenario in SCENARIOS:
        shutil.copy(shipped_folder("scenarios") / f"{scenario}.yaml", folder / "scenarios")
    _trim(folder / "parameters")
    return folder


def _trim(parameters: Path) -> None:
    used = {service.get("unit_cost_row") for service in _read(parameters, "service_use")["services"].values()}
    _keep(parameters, "service_unit_costs", lambda key, _row: key in used)
    _keep(parameters, "staff_schemas", lambda _key, row: row["edition"] == "2024")
    for table in FEW_ROWS:
        first = list(_read(parameters, table)["rows"])[:2]
        _keep(parameters, table, lambda key, _row, first=first: key in first)
    derived = _read(parameters, "derived_staff")
    derived["staff"] = {key: staff for key, staff in derived["staff"].items() if staff["edition"] == "2024"}
    _write(parameters, "derived_staff", derived)
    known = {row["staff_id"] for row in _read(parameters, "staff_schemas")["rows"].values()}
    known |= {staff.get("staff_id", key) for key, staff in derived["staff"].items()}
    _keep(parameters, "contact_ratios", lambda _key, row: set(row.get("applies_to", ())) <= known)


def _keep(parameters: Path, table: str, wanted: Callable[[str, dict[str, Any]], bool]) -> None:
    content = _read(parameters, table)
    content["rows"] = {key: row for key, row in content["rows"].items() if wanted(key, row)}
    _write(parameters, table, content)


def _read(parameters: Path, stem: str) -> dict[str, Any]:
    return read_file(parameters / f"{stem}.yaml", stem)[0].data


def _write(parameters: Path, stem: str, content: dict[str, Any]) -> None:
    path = parameters / f"{stem}.yaml"
    path.write_text(yaml.dump(content, Dumper=yaml.CSafeDumper, sort_keys=False), encoding="utf-8")


@pytest.fixture
def project(small_project: Path, tmp_path: Path) -> Path:
    """Copy the small project, for a test to change."""
    return Path(shutil.copytree(small_project, tmp_path / "project"))


@pytest.fixture
def command(small_project: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run `costmodel` with arguments in a folder (the small project, unless another is named)."""

    def run(*arguments: str | Path, at: Path = small_project) -> Answer:
        with contextlib.chdir(at), pytest.raises(SystemExit) as left:
            main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return Answer(int(left.value.code or 0), printed.out, printed.err)

    return run


def changed(project: Path, file: str, old: str, new: str) -> int:
    """Replace the first text in a file of a project; return the number of its line."""
    path = project / file
    text = path.read_text(encoding="utf-8")
    before, found, after = text.partition(old)
    assert found, f"{file} holds no {old}"
    path.write_text(before + new + after, encoding="utf-8")
    return before.count("\n") + 1
