"""The chapter on capacity and waiting week by week, with the play of chance, and before therapy."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from costmodel.analysis.capacity_of_run import CapacityOfRun
from costmodel.analysis.capacity_types import CapacityAnalysis
from costmodel.inputs.frame import Engine, TimeStep
from costmodel.report.capacity_chapter import CapacityChapter, capacity_chapter, write_capacity
from costmodel.report.waiting import capacity_document, capacity_text
from tests.inputs.test_waiting_file import joint
from tests.report.test_figures import require_texts_fit
from tests.report.waiting_runs import waiting_of_spec
from tests.scenario_files import fixed, shipped_project, specification, write_scenario

HUB = "reference"


def followed(
    scenario: str | Path, engine: Engine, step: TimeStep, months: int = 12, draws: int = 60
) -> CapacityOfRun:
    spec = shipped_project().specification(scenario).following(engine=engine, time_step=step)
    return waiting_of_spec(spec, draws, months)


def analysis_of(found: CapacityOfRun) -> CapacityAnalysis:
    assert found.analysis is not None
    return found.analysis


@pytest.fixture(scope="module")
def weekly() -> CapacityOfRun:
    return followed("new_surge", "des", "week")


@pytest.fixture(scope="module")
def by_week(weekly: CapacityOfRun) -> CapacityChapter:
    return capacity_chapter(weekly)


@pytest.fixture(scope="module")
def by_chance() -> CapacityOfRun:
    return followed("new_surge", "markov", "month")


def test_weeks_are_named_by_the_day_on_which_they_begin(weekly: CapacityOfRun) -> None:
    analysis = analysis_of(weekly)
    waiting = analysis.by_step(HUB, "waiting")
    assert [figure.step for figure in waiting] == list(range(1, 53))
    assert [waiting[0].calendar, waiting[1].calendar] == ["2023-04-01", "2023-04-08"]
    assert analysis.figure(HUB, "starts", 1).unit == "people/week"
    assert analysis.figure(HUB, "sessions", 1).unit == "sessions/week"
    assert [(binding.step, binding.calendar) for binding in analysis.binding[:2]] == [
        (1, "2023-04-01"),
        (2, "2023-04-08"),
    ]


def test_weeks_and_months_tell_the_same_year(weekly: CapacityOfRun, by_chance: CapacityOfRun) -> None:
    weeks, months = analysis_of(weekly), analysis_of(by_chance)
    for name in ("arrivals", "starts"):
        yearly = [sum(f.base_case or 0.0 for f in each.by_step(HUB, name)) for each in (weeks, months)]
        assert yearly[0] == pytest.approx(yearly[1], rel=0.02)
    last = [each.by_step(HUB, "waiting")[-1].base_case for each in (weeks, months)]
    assert last[0] == pytest.approx(last[1], rel=0.05)


def test_the_table_of_weeks_is_every_fourth_and_the_files_have_all(
    weekly: CapacityOfRun, by_week: CapacityChapter, tmp_path: Path
) -> None:
    table, chance = by_week.tables
    assert len(table.rows) == len(chance.rows) == 13
    assert "every fourth week" in table.caption and "capacity.csv has every week" in table.note
    assert table.columns[:2] == ("Week beginning", "Accepted, people a week")
    assert table.rows[-1].cells[0].split() == ["24", "Mar", "2024"]
    write_capacity(weekly, tmp_path)
    document = json.loads((tmp_path / "capacity.json").read_text(encoding="utf-8"))
    assert document["step"] == "week" and document["engine"] == "des"
    assert len(document["chance"][HUB]["waiting_lower"]) == 52
    assert document["chance"][HUB]["replications"] == 30
    assert max(figure["step"] for figure in document["figures"]) == 52


def test_figures_of_weeks_are_legible(by_week: CapacityChapter) -> None:
    for picture in by_week.pictures:
        require_texts_fit(picture)
    assert by_week.picture_of["waiting_list"].figure.axes[0].get_xlabel() == "End of week beginning"
    assert by_week.picture_of["waiting_flows"].figure.axes[0].get_ylabel() == "People a week"
    assert "week by week" in by_week.picture_of["waiting_binds"].title
    assert "the week of 24 March 2024" in by_week.picture_of["waiting_list"].description


def test_nothing_on_a_page_of_weeks_speaks_of_months_by_month(by_week: CapacityChapter) -> None:
    said = (*by_week.answers, *by_week.chance, *by_week.sure, by_week.tables[0].caption)
    assert not any("a month" in words or "month to month" in words for words in said)


def test_chance_is_drawn_and_told_as_found(by_chance: CapacityOfRun) -> None:
    chapter, analysis = capacity_chapter(by_chance), analysis_of(by_chance)
    found = analysis.chance[HUB]
    axes = chapter.picture_of["waiting_list"].figure.axes[0]
    lines = {line.get_label(): np.asarray(line.get_ydata()) for line in axes.get_lines()}
    assert_allclose(lines["base case with chance"][1:], found.waiting)
    fan, chance = axes.collections
    assert chance.get_label() == "base case, 90% by chance" and fan.get_hatch() is None
    edges = chance.get_paths()[0].vertices
    at_end = np.asarray(edges)[np.asarray(edges)[:, 0] == 12.0, 1]
    assert_allclose((at_end.min(), at_end.max()), (found.waiting_lower[-1], found.waiting_upper[-1]))
    (words,) = chapter.chance
    assert f"March 2024: {found.waiting[-1]:.1f} on average, between {found.waiting_lower[-1]:.1f}" in words
    assert "Simulation error, people" not in chapter.tables[1].columns
    assert float(chapter.tables[1].rows[-1].cells[1]) == pytest.approx(found.waiting[-1], abs=0.05)


def test_simulated_chance_shows_its_error(by_week: CapacityChapter) -> None:
    (words,) = by_week.chance
    assert "30 replications" in words and "simulation error" in words
    assert "Simulation error, people" in by_week.tables[1].columns
    assert "means of 30 replications" in by_week.tables[1].caption


def test_without_chance_the_page_says_how_to_add_it() -> None:
    found = followed("base_case", "fluid", "month", draws=20)
    chapter = capacity_chapter(found)
    assert analysis_of(found).chance == {} and chapter.chance == () and len(chapter.tables) == 1
    assert "costmodel run base_case --engine markov adds" in chapter.sure[0]


def test_several_hubs_have_a_table_of_chance_each() -> None:
    found = followed("four_hubs", "markov", "month", months=3, draws=20)
    chapter = capacity_chapter(found)
    assert len(chapter.tables) == 8 and len(chapter.chance) == 1
    assert all(label in chapter.chance[0] for label in ("North Hub", "Moor Hub"))
    require_texts_fit(chapter.picture_of["waiting_list"])


def test_nobody_before_therapy_is_a_sentence() -> None:
    chapter = capacity_chapter(followed("base_case", "fluid", "month", draws=40))
    assert chapter.awaiting.startswith("Nobody waits before therapy") and chapter.awaiting_table is None


def test_people_before_therapy_have_a_table(tmp_path: Path) -> None:
    waits = {f"waiting.hubs.{HUB}.awaiting_triage": fixed("people", 4_000)}
    found = followed(write_scenario(tmp_path, waits), "fluid", "month", draws=40)
    chapter = capacity_chapter(found)
    assert chapter.awaiting == "" and chapter.awaiting_table is not None
    rows = {row.cells[0]: row.cells for row in chapter.awaiting_table.rows}
    triage = analysis_of(found).over_period(HUB, "awaiting_triage")
    assert (triage.share_of_draws or 0.0) > 0.9 and (triage.lower_5 or 0.0) > 0.5
    assert rows["Triage"][1:] == (
        f"{triage.base_case:,.1f}",
        f"{triage.mean:,.1f}",
        f"{triage.lower_5:,.1f} to {triage.upper_95:,.1f}",
        f"{100 * (triage.share_of_draws or 0.0):.0f}%",
    )


def test_the_text_of_weeks_names_its_replications(weekly: CapacityOfRun) -> None:
    text = capacity_text(analysis_of(weekly))
    assert "12 months, every fourth week" in text
    assert "reference, base case with the play of chance: des engine, 30 replications" in text
    assert " 52  2024-03-24" in text and " 51  " not in text
    json.dumps(capacity_document(analysis_of(weekly)), allow_nan=False)


def test_waits_by_priority_class_are_said_where_they_are_simulated(tmp_path: Path) -> None:
    classes = {"waiting.priority_classes": joint("share", {"urgent": 0.3, "routine": 0.7})}
    spec = specification(tmp_path, classes, extends=["new_surge"])
    simulated = waiting_of_spec(spec.following(engine="des"), 10, 6)
    exact = analysis_of(waiting_of_spec(spec.following(engine="markov"), 10, 6))
    analysis = analysis_of(simulated)
    urgent, routine = analysis.chance[HUB].by_class
    assert (urgent.label, routine.label) == ("urgent", "routine") and urgent.wait < 0.5 * routine.wait
    words = (
        f"mean wait of those who start, by priority class: urgent {urgent.wait:.1f} weeks (simulation error "
        f"{urgent.se:.1f}) and routine {routine.wait:.1f} weeks (simulation error {routine.se:.1f})"
    )
    assert f"{HUB}: {words}." in capacity_text(analysis)
    assert words in " ".join(capacity_chapter(simulated).chance)
    document = json.loads(json.dumps(capacity_document(analysis)))
    assert document["chance"][HUB]["by_class"][0] == asdict(urgent)
    assert "priority class" not in capacity_text(exact)
