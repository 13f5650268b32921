"""How many inputs of waiting lists have no source."""

from __future__ import annotations

from pathlib import Path

from costmodel.analysis.waiting_evidence import evidence_count
from tests.scenario_files import fixed, shipped_project, write_scenario


def test_inputs_of_one_label_count_one_by_one(tmp_path: Path) -> None:
    lists = {f"waiting.hubs.{hub}.opening_list": fixed("people", 5.0) for hub in ("north", "coast")}
    path = write_scenario(tmp_path, lists, extends=["four_hubs"])
    said = evidence_count(shipped_project().specification(path, also=["waiting"]))
    assert said.startswith("10 of 12 inputs of parameters/waiting.yaml are illustrative")
