"""The chapter on capacity and waiting: what it says and draws is what the analysis found."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from numpy.testing import assert_allclose

from costmodel import api
from costmodel.analysis.capacity_of_run import CapacityOfRun, CapacityWatch
from costmodel.analysis.capacity_types import CapacityAnalysis
from costmodel.inputs.project import Project, shipped_folder
from costmodel.report.capacity_chapter import capacity_chapter, capacity_pictures
from costmodel.report.capacity_words import evidence_sentence
from costmodel.report.content import ReportContent
from costmodel.report.html import render_report
from costmodel.report.picture import FONT_SIZE, Picture
from costmodel.runner import Simulation
from tests.report.conftest import MADE
from tests.report.test_figures import require_texts_fit
from tests.report.test_report import NOT_FOR_READERS, assert_accessible, assert_self_contained, texts
from tests.report.waiting_runs import waiting_of
from tests.scenario_files import fixed, shipped_project, write_scenario

NAMES = ["waiting_list", "waiting_flows", "waiting_hours_used", "waiting_binds"]
HUB = "reference"


@pytest.fixture(scope="module")
def analysis(waiting: CapacityOfRun) -> CapacityAnalysis:
    assert waiting.analysis is not None
    return waiting.analysis


@pytest.fixture(scope="module")
def many_hubs() -> CapacityOfRun:
    return waiting_of(Project(), "four_hubs", 100, months=6)


def own_parameters(folder: Path) -> Path:
    shutil.copytree(shipped_folder("parameters"), folder / "parameters")
    return folder / "parameters"


def pictures_of(found: CapacityOfRun) -> list[Picture]:
    assert found.analysis is not None and found.spec is not None
    return list(capacity_pictures(found.analysis, found.spec))


def line(picture: Picture, label: str, panel: int = 0) -> list[float]:
    lines = {each.get_label(): each for each in picture.figure.axes[panel].get_lines()}
    return [float(value) for value in lines[label].get_ydata()]  # type: ignore[union-attr]


def means(analysis: CapacityAnalysis, name: str) -> list[float]:
    return [figure.mean or 0.0 for figure in analysis.by_step(HUB, name)]


def test_the_analysis_of_a_run_is_that_of_the_capacity_verb(analysis: CapacityAnalysis) -> None:
    asked = api.capacity("base_case", 12, api.RunOptions(draws=600, seed=7))
    assert asked.figures == analysis.figures
    assert asked.period == analysis.period


def test_months_together_agree_with_months_by_themselves(analysis: CapacityAnalysis) -> None:
    opening, change = analysis.over_period(HUB, "opening_list"), analysis.over_period(HUB, "list_change")
    last = analysis.by_step(HUB, "waiting")[-1]
    assert (opening.mean or 0.0) + (change.mean or 0.0) == pytest.approx(last.mean)
    assert opening.base_case == pytest.approx(5.0)
    for pool in ("senior_clinician", "administrator"):
        used = analysis.over_period(HUB, f"utilisation.{pool}")
        assert used.mean == pytest.approx(np.mean(means(analysis, f"utilisation.{pool}")))
    assert change.share_of_draws is not None and 0.0 <= change.share_of_draws <= 1.0


def test_the_list_is_drawn_as_found(analysis: CapacityAnalysis, capacity_content: ReportContent) -> None:
    picture = capacity_content.picture_of["waiting_list"]
    opening = analysis.over_period(HUB, "opening_list")
    assert_allclose(line(picture, "mean"), [opening.mean or 0.0, *means(analysis, "waiting")])
    base = [figure.base_case or 0.0 for figure in analysis.by_step(HUB, "waiting")]
    assert_allclose(line(picture, "base case")[1:], base)
    (band,) = picture.figure.axes[0].collections
    edges = band.get_paths()[0].vertices
    last = analysis.by_step(HUB, "waiting")[-1]
    at_end = edges[edges[:, 0] == 12.0, 1]
    assert_allclose((at_end.min(), at_end.max()), (last.lower_5, last.upper_95), atol=1e-9)


def test_flows_are_drawn_as_found(analysis: CapacityAnalysis, capacity_content: ReportContent) -> None:
    picture = capacity_content.picture_of["waiting_flows"]
    for label, name in (
        ("accepted for therapy", "arrivals"),
        ("starts that capacity allows", "start_capacity"),
        ("starts", "starts"),
    ):
        assert_allclose(line(picture, label), means(analysis, name))


def test_hours_are_drawn_as_found(analysis: CapacityAnalysis, capacity_content: ReportContent) -> None:
    axes = capacity_content.picture_of["waiting_hours_used"].figure.axes[0]
    drawn = [bar.get_width() for bar in axes.patches]  # type: ignore[attr-defined]
    used = [figure.mean for figure in analysis.period if figure.name.startswith("utilisation.")]
    assert_allclose(drawn, used)


def test_what_binds_is_drawn_as_found_and_fills_the_month(
    analysis: CapacityAnalysis, capacity_content: ReportContent
) -> None:
    axes = capacity_content.picture_of["waiting_binds"].figure.axes[0]
    stacks: list[Any] = list(axes.patches)
    nobody = next(stack for stack in stacks if "nobody" in stack.get_label()).get_data()
    shares = [binding.share_of_draws.get("demand", 0.0) for binding in analysis.binding]
    assert_allclose(nobody.values - nobody.baseline, shares)
    assert_allclose(sum(stack.get_data().values - stack.get_data().baseline for stack in stacks), 1.0)


def test_the_page_holds_the_chapter(capacity_page: str, analysis: CapacityAnalysis) -> None:
    root = assert_accessible(capacity_page)
    assert_self_contained(capacity_page)
    (chapter,) = [each for each in root.all("section") if each.attributes["id"] == "capacity"]
    assert len(chapter.all("svg")) == len(NAMES)
    (table,) = chapter.all("table")
    rows = table.all("tbody")[0].all("tr")
    assert len(rows) == 12
    last = [cell.words for cell in rows[-1].inside]
    figure = analysis.by_step(HUB, "waiting")[-1]
    assert last[0].split() == ["Mar", "2024"]
    assert float(last[5]) == pytest.approx(figure.mean, abs=0.05)
    words = chapter.words
    assert "What binds: in April 2023" in words and "it grows by more than a person in" in words
    assert "How sure: bands hold 90% of 600 draws" in words
    assert "the same whoever pays" in words
    assert "people waiting for the Hub's therapy today, reference Hub" in words
    assert [text for text in texts(chapter) if NOT_FOR_READERS.search(text)] == []


@pytest.mark.parametrize("scenario", ["base_case", "new_surge"])
def test_sentences_say_what_was_found(scenario: str) -> None:
    found = waiting_of(shipped_project(), scenario, 100, months=3)
    assert found.analysis is not None
    (words,) = capacity_chapter(found).answers
    first = found.analysis.figure(HUB, "expected_wait", 1)
    assert f"wait {first.base_case:,.1f} weeks (5 to 95% of draws: {first.lower_5:,.1f}" in words
    change = found.analysis.over_period(HUB, "list_change").mean or 0.0
    assert ("the list grows from" in words) == (change > 1.0)
    shares = found.analysis.binding[0].share_of_draws
    assert f"in {100 * max(shares.values()):.0f}% of draws" in words


def test_one_month_is_enough() -> None:
    found = waiting_of(shipped_project(), "base_case", 20, months=1)
    chapter = capacity_chapter(found)
    assert "; one referred" not in chapter.answers[0]
    assert len(chapter.tables[0].rows) == 1


def test_several_hubs_have_a_panel_and_a_table_each(many_hubs: CapacityOfRun) -> None:
    chapter = capacity_chapter(many_hubs)
    assert len(chapter.tables) == 4 and len(chapter.answers) == 4
    by_name = {picture.name: picture for picture in chapter.pictures}
    for name in ("waiting_list", "waiting_flows", "waiting_binds"):
        assert len(by_name[name].figure.axes) == 4
    assert "Coast Hub" in by_name["waiting_list"].description


def test_figures_are_legible_named_and_the_same_every_time(
    waiting: CapacityOfRun, many_hubs: CapacityOfRun, capacity_content: ReportContent
) -> None:
    drawn = [capacity_content.picture_of[name] for name in NAMES]
    for one, again in zip(drawn, pictures_of(waiting), strict=True):
        assert one.svg == again.svg and one.png == again.png
    for picture in [*drawn, *pictures_of(many_hubs)]:
        require_texts_fit(picture)
        root = ElementTree.fromstring(picture.svg)
        assert root.findtext("{http://www.w3.org/2000/svg}desc") == picture.description
        sizes = [float(size) for size in re.findall(r"font(?:-size)?: (?:\w+ )?([\d.]+)px", picture.svg)]
        assert min(sizes) >= FONT_SIZE
        assert "draws" in picture.title
        for axes in picture.figure.axes:
            below = axes.get_subplotspec().is_last_row()  # type: ignore[union-attr]
            assert axes.get_xlabel() or not below


def test_without_a_waiting_file_the_report_says_how_to_add_one(tmp_path: Path) -> None:
    folder = own_parameters(tmp_path)
    (folder / "waiting.yaml").unlink()
    options = api.RunOptions(draws=20)
    simulation, out = api.run_to_folder(
        "base_case", options, out=tmp_path / "run", project=Project(folder, shipped_folder("scenarios"))
    )
    simulation.close()
    page = (out / "report.html").read_text(encoding="utf-8")
    root = assert_accessible(page)
    (chapter,) = [each for each in root.all("section") if each.attributes["id"] == "capacity"]
    assert chapter.all("svg") == [] and len(chapter.all("p")) == 1
    assert "there is no parameters/waiting.yaml. Add one" in chapter.words
    assert not (out / "capacity.csv").exists() and not (out / "figures" / "waiting_list.svg").exists()


def test_a_question_that_has_no_answer_is_named_in_the_chapter(tmp_path: Path) -> None:
    folder = own_parameters(tmp_path)
    rows = "".join(f"{month},40\n" for month in range(1, 13))
    (folder / "registrations.csv").write_text(f"month,reference\n{rows}", encoding="utf-8")
    arrivals = {"pattern": "series", "file": "registrations.csv"}
    path = write_scenario(tmp_path, {"waiting.arrivals": arrivals})
    spec = Project(folder, shipped_folder("scenarios")).specification(path)
    found = CapacityWatch(replace(spec, referrals={"reference": (40.0, 41.0)}), 20).found()
    assert found.analysis is None
    assert found.why_not.startswith("Waiting is not shown: the series of registrations holds 2 months")
    assert capacity_chapter(found).why_not == found.why_not


def test_a_run_leaves_the_figures_of_the_chapter(tmp_path: Path) -> None:
    simulation, out = api.run_to_folder("base_case", api.RunOptions(draws=20), out=tmp_path / "run")
    simulation.close()
    for name in NAMES:
        assert (out / "figures" / f"{name}.svg").exists() and (out / "figures" / f"{name}.png").exists()
    rows = (out / "capacity.csv").read_text(encoding="utf-8").splitlines()
    assert rows[0].startswith("hub,step,calendar,name,label,unit,base_case,mean,lower_5,upper_95")
    assert '"over_period"' in (out / "capacity.json").read_text(encoding="utf-8")


def test_sourced_inputs_are_not_called_illustrative(waiting: CapacityOfRun, tmp_path: Path) -> None:
    assert waiting.spec is not None
    assert evidence_sentence(waiting.spec).startswith("9 of 9 inputs")
    path = write_scenario(tmp_path, {"waiting.attrition": fixed("share", 0.03)})
    spec = shipped_project().specification(path, also=["waiting"])
    assert evidence_sentence(spec).startswith("8 of 9 inputs")


def test_a_report_without_the_question_says_so(page: str, base: Simulation, content: ReportContent) -> None:
    assert "Nobody asked about waiting" in page
    assert render_report(base, content, MADE) == page
