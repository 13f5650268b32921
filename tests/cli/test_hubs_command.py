"""`costmodel hubs` as a user types it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from costmodel.inputs.project import shipped_folder
from tests.cli.conftest import Command


def test_one_hub_alone_is_refused(command: Command) -> None:
    answer = command("hubs", "base_case", "--draws", "10")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == (
        "Error: base_case has one Hub, reference; name a scenario of several Hubs, such as four_hubs\n"
    )


def test_out_holds_the_funnel(command: Command, tmp_path: Path) -> None:
    for kind in ("parameters", "scenarios"):
        shutil.copytree(shipped_folder(kind), tmp_path / kind)
    arguments = ("hubs", "four_hubs", "--draws", "20", "--format", "json", "--out", tmp_path / "h")
    answer = command(*arguments, at=tmp_path)
    assert answer.code == 0
    assert json.loads(answer.out)["order"] == "declared; no ranking"
    assert "99.8%" in (tmp_path / "h" / "figures" / "funnel.svg").read_text(encoding="utf-8")
