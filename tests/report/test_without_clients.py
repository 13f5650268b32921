"""A service that nobody registers with: what it costs is reported, and what it costs per client is not."""

from __future__ import annotations

from pathlib import Path

from costmodel import api
from costmodel.report.consequences import threshold_lines
from tests.scenario_files import fixed, write_scenario

NOBODY = {"hub_reference.pathway.registrations": fixed("people/year", 0)}
OPTIONS = api.RunOptions(draws=8)


def test_the_report_of_a_hub_without_registrations_is_written(tmp_path: Path) -> None:
    simulation, folder = api.run_to_folder(write_scenario(tmp_path, NOBODY), OPTIONS, out=tmp_path / "out")
    simulation.close()
    assert simulation.outcome("cost_per_registered").mean is None
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "How sure: cost of the Hub" in page and "How sure: Hub cost per registered client" not in page


def test_a_hub_without_registrations_can_be_compared(tmp_path: Path) -> None:
    names: list[str | Path] = ["base_case", write_scenario(tmp_path, NOBODY)]
    simulations = api.run_all(names, OPTIONS)
    (found,) = api.consequences(simulations, names, 1_000.0, OPTIONS)
    for simulation in simulations:
        simulation.close()
    assert found.break_even is None
    assert not any(line.startswith("Break-even") for line in threshold_lines(found, "2023/24"))
