"""Runs that the tests of the report share; each is simulated once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from costmodel.inputs.project import Project
from costmodel.report.content import ReportContent, analyse
from costmodel.report.html import render_report
from costmodel.runner import Simulation, design_of, simulate

MADE = {"Command": "costmodel run base_case", "Seed": "7", "SHA-256 of parameters/activities.yaml": "0f" * 32}


def run(scenario: str | Path, draws: int) -> Simulation:
    spec = Project().specification(scenario)
    return simulate(spec, design_of(spec, "monte-carlo", draws, 7))


@pytest.fixture(scope="session")
def base() -> Iterator[Simulation]:
    with run("base_case", 600) as simulation:
        yield simulation


@pytest.fixture(scope="session")
def content(base: Simulation) -> ReportContent:
    return analyse(base)


@pytest.fixture(scope="session")
def page(base: Simulation, content: ReportContent) -> str:
    return render_report(base, content, MADE)


@pytest.fixture(scope="session")
def four_hubs() -> Iterator[Simulation]:
    with run("four_hubs", 300) as simulation:
        yield simulation


@pytest.fixture(scope="session")
def junior_heavy() -> Iterator[Simulation]:
    with run("junior_heavy", 600) as simulation:
        yield simulation


@pytest.fixture(scope="session")
def tiny() -> Iterator[Simulation]:
    with run("base_case", 50) as simulation:
        yield simulation


@pytest.fixture(scope="session")
def no_therapy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    path = tmp_path_factory.mktemp("scenarios") / "no_therapy.yaml"
    path.write_text(
        "label: No therapy\n"
        "question: What if the Hub treated nobody itself?\n"
        "extends: [base_case]\n"
        "overrides:\n"
        "  hub_reference.pathway.hub_share_of_therapy: {value: 0, reason: The Hub treats nobody itself.}\n"
        "  waiting.hubs.reference.opening_list: {value: 0, reason: Nobody waits for it.}\n",
        encoding="utf-8",
    )
    with run(path, 300) as simulation:
        yield simulation
