"""The pages on unit costs say what the program does: their file, their figures, their keys, their table."""

from __future__ import annotations

import contextlib
import re
from dataclasses import fields
from pathlib import Path

import pytest

from costmodel.analysis.unit_costs import (
    Components,
    StaffFileError,
    UnitCost,
    exceptions,
    reproduction,
    unit_costs_of_file,
)
from costmodel.inputs.project import Project
from costmodel.report.unit_costs import unit_cost_table

DOCS = Path(__file__).parents[2] / "docs"
TUTORIAL = (DOCS / "tutorials" / "unit-costs-of-your-own-staff.md").read_text(encoding="utf-8")
REFERENCE = (DOCS / "reference" / "unit-costs-json.md").read_text(encoding="utf-8")
PROJECT = Project()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TUTORIAL, flags=re.DOTALL)


def test_the_tutorial_shows_what_its_file_gives(tmp_path: Path) -> None:
    path = tmp_path / "my_staff.yaml"
    path.write_text(blocks("yaml")[0], encoding="utf-8")
    costs = unit_costs_of_file(PROJECT, path)
    assert unit_cost_table(costs) == blocks("text")[0]
    therapist = costs[0]
    assert therapist.components is not None and therapist.oncost_parts is not None
    parts = therapist.oncost_parts
    annual = sum(value for value in vars(therapist.components).values() if value is not None)
    for figure in (parts.employer_ni, parts.employer_pension, parts.central_pension, annual):
        assert f"£{figure:,.2f}" in TUTORIAL
    assert f"£{therapist.cost_per_working_hour:.2f} a working hour" in TUTORIAL
    assert f"£{therapist.cost_per_contact_hour:.2f} a contact hour" in TUTORIAL
    assert f"£{therapist.components.salary + therapist.components.oncosts:,.2f}" in TUTORIAL


def test_the_tutorial_shows_what_a_wrong_file_gives(tmp_path: Path) -> None:
    text = blocks("yaml")[0].replace("salary: 56454", "salary: -56454").replace("2023_24}", "2023_42}")
    (tmp_path / "my_staff.yaml").write_text(text, encoding="utf-8")
    with contextlib.chdir(tmp_path), pytest.raises(StaffFileError) as error:
        unit_costs_of_file(PROJECT, Path("my_staff.yaml"))
    assert f"{error.value}\n" == blocks("text")[1]


def test_the_reference_documents_every_key() -> None:
    keys, components = re.split(r"`components` holds the parts", REFERENCE)[:2]
    assert re.findall(r"^\| `(\w+)` \|", keys, flags=re.MULTILINE) == [each.name for each in fields(UnitCost)]
    documented = re.findall(r"^\| `(\w+)` \| number", components.split("## ")[0], flags=re.MULTILINE)
    assert documented == [each.name for each in fields(Components)]


def test_the_reference_lists_the_exceptions() -> None:
    listed = re.findall(
        r"^\| `(\w+)` \| (\w+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|", REFERENCE, flags=re.MULTILINE
    )
    ours = [
        (
            row.row_id,
            row.measure.split("_")[0],
            *(f"{number:.2f}" for number in (row.published, row.from_components, row.from_rules)),
        )
        for row in exceptions(reproduction(PROJECT))
    ]
    assert listed == ours
