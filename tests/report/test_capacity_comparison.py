"""Waiting, hours and hiring side by side: what is drawn is what was found."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from numpy.testing import assert_allclose

from costmodel import api
from costmodel.analysis.capacity_compared import CapacityCompared, Compared
from costmodel.analysis.compare import compare, compare_all
from costmodel.analysis.cost_steps import cost_parts, cost_steps
from costmodel.inputs.project import Project, shipped_folder
from costmodel.report.capacity_comparison import CapacitySection, capacity_section
from costmodel.report.figures import cost_waterfalls
from costmodel.report.figures_hiring import hiring_picture, post_label
from costmodel.runner import Simulation
from tests.report.test_figures import require_texts_fit
from tests.report.test_report import NOT_FOR_READERS, assert_accessible, assert_self_contained, texts
from tests.report.waiting_runs import compared_waiting
from tests.scenario_files import Override, shipped_project, write_scenario

NAMES = ["frontier", "compared_waiting_list", "compared_hours_used", "hiring"]


@pytest.fixture(scope="module")
def found(compared: CapacityCompared) -> Compared:
    assert compared.compared is not None
    return compared.compared


def test_every_figure_is_there_and_legible(section: CapacitySection) -> None:
    assert [picture.name for picture in section.pictures] == NAMES
    for picture in section.pictures:
        require_texts_fit(picture)
        assert len(picture.description) > 40


def test_figures_are_the_same_every_time(section: CapacitySection, compared: CapacityCompared) -> None:
    again = capacity_section(compared)
    for one, other in zip(section.pictures, again.pictures, strict=True):
        assert one.svg == other.svg and one.png == other.png


def test_cost_against_wait_is_that_of_the_scenarios(found: Compared, base: Simulation) -> None:
    assert [option.scenario for option in found.frontier.options] == [
        "base_case",
        "junior_heavy",
        "new_surge",
    ]
    assert {option.change for option in found.frontier.options} == {0.0}
    cost = found.frontier.options[0].cost
    assert cost.base_case == pytest.approx(base.outcome("total_hub_cost").base_case)


def test_points_of_cost_against_wait_are_those_found(found: Compared, section: CapacitySection) -> None:
    axes = section.picture_of["frontier"].figure.axes[0]
    points = {each.get_label(): each for each in axes.get_lines()}
    for option in found.frontier.options:
        drawn: Any = points[option.label]
        assert (drawn.get_xdata()[0], drawn.get_ydata()[0]) == (option.cost.mean, option.wait.mean)
        hollow = drawn.get_markerfacecolor() == "white"
        assert hollow == (option.dominated or option.scenario in found.frontier.apart)
    notes = [text.get_text() for text in axes.texts]
    assert sorted(notes) == sorted(f"{100 * o.utilisation.mean:.0f}% used" for o in found.frontier.options)


def test_scenarios_with_other_referrals_are_no_options(section: CapacitySection, found: Compared) -> None:
    assert section.options is not None and found.frontier.apart == {"new_surge"}
    for row, option in zip(section.options.rows, found.frontier.options, strict=True):
        assert (row.cells[-1] == "dominated") == option.dominated
        assert (row.cells[-1] == "other referrals") == (option.scenario in found.frontier.apart)
    assert "it serves other referrals" in section.answers[2] and "dominated" not in section.answers[2]


def test_the_hub_that_takes_over_from_others_is_an_option_for_them() -> None:
    pooled = compared_waiting(shipped_project(), ["four_hubs", "pooled_regional_hub"], 40, months=3)
    assert pooled.compared is not None and pooled.compared.frontier.apart == frozenset()


def test_dominated_scenarios_are_named(tmp_path: Path) -> None:
    price = Override(multiply=3.0)
    dearer = write_scenario(
        tmp_path, {"hub_reference.non_pay.clinical_record_system.amount": price}, name="dearer"
    )
    found = compared_waiting(shipped_project(), [dearer, "base_case"], 40, months=3)
    assert found.compared is not None
    options = found.compared.frontier.options
    assert [option.dominated for option in options] == [option is not options[1] for option in options]
    section = capacity_section(found)
    assert section.options is not None and section.options.rows[0].cells[-1] == "dominated"
    assert "another costs no more and waits no longer" in section.answers[0]


def test_lists_share_their_axes_and_show_the_comparator(found: Compared, section: CapacitySection) -> None:
    panels = section.picture_of["compared_waiting_list"].figure.axes
    assert len({panel.get_ylim() for panel in panels}) == 1
    for panel, analysis in zip(panels, found.analyses, strict=True):
        lines: Any = {each.get_label(): each for each in panel.get_lines()}
        means = [figure.mean or 0.0 for figure in analysis.by_step("reference", "waiting")]
        assert_allclose(lines["mean"].get_ydata()[1:], means)
        assert ("comparator, mean" in lines) == (analysis.scenario != "base_case")


def test_bars_of_hiring_are_the_stages(found: Compared, section: CapacitySection) -> None:
    axes = section.picture_of["hiring"].figure.axes[0]
    rows = [label.get_text().replace("\n", " ") for label in axes.get_yticklabels()]
    end = axes.get_xlim()[1]
    bars: list[Any] = list(axes.patches)
    for post in found.posts:
        place = rows.index(post_label(post))
        drawn = sorted(
            (bar.get_x(), bar.get_width())
            for bar in bars
            if abs(bar.get_y() + bar.get_height() / 2 - place) < 0.01
        )
        expected = [(s.start, (end if s.end is None else s.end) - s.start) for s in post.stages]
        assert_allclose(drawn, expected)
    assert axes.get_xlabel() == "Months from the decision"


def test_hiring_holds_changed_posts_and_temporary_staff(found: Compared, section: CapacitySection) -> None:
    assert {(post.scenario, post.why) for post in found.posts} == {
        ("junior_heavy", "added"),
        ("junior_heavy", "ended"),
        ("new_surge", "temporary"),
        ("new_surge", "lasting"),
    }
    assert section.posts is not None and len(section.posts.rows) == len(found.posts)
    assert len(section.clearing) == 3
    assert "release 0.45 of the 0.59 extra WTE" in section.clearing[2]


def test_scenarios_that_change_no_post_have_no_figure_of_hiring() -> None:
    same = compared_waiting(shipped_project(), ["base_case", "base_case"], 40, months=3)
    section = capacity_section(same)
    assert section.posts is None
    assert [picture.name for picture in section.pictures] == NAMES[:-1]


def test_several_hubs_beside_one() -> None:
    mixed = compared_waiting(shipped_project(), ["base_case", "four_hubs"], 40, months=6)
    section = capacity_section(mixed)
    assert len(section.picture_of["compared_waiting_list"].figure.axes) >= 5
    for picture in section.pictures:
        require_texts_fit(picture)


def test_posts_that_end_at_once_have_their_mark(found: Compared) -> None:
    post = next(post for post in found.posts if post.why == "ended")
    gone = replace(post, stages=(replace(post.stages[0], end=0.0),))
    picture = hiring_picture([gone], {gone.scenario: "Fewer"}, "posts")
    assert "ends at once" in picture.description
    marks = [each for each in picture.figure.axes[0].get_lines() if each.get_marker() == "X"]
    assert [float(each.get_xdata()[0]) for each in marks] == [0.0]  # type: ignore[index]


def test_the_way_from_cost_to_cost_is_drawn_step_by_step(base: Simulation, junior_heavy: Simulation) -> None:
    steps = cost_steps(cost_parts(base), cost_parts(junior_heavy))
    (picture,) = cost_waterfalls([compare(base, junior_heavy)], [steps])
    require_texts_fit(picture)
    bars: list[Any] = list(picture.figure.axes[0].patches)
    assert bars[0].get_width() == pytest.approx(steps.reference)
    assert bars[-1].get_width() == pytest.approx(steps.scenario)
    assert sum(bar.get_width() for bar in bars[:-1]) == pytest.approx(steps.scenario)
    assert "Pay of senior clinicians" in picture.description


def test_the_page_holds_the_section(comparison_page: str) -> None:
    root = assert_accessible(comparison_page)
    assert_self_contained(comparison_page)
    (section,) = [each for each in root.all("section") if each.attributes["id"] == "capacity"]
    assert len(section.all("svg")) == len(NAMES)
    words = section.words
    assert "people referred over 12 months wait" in words
    assert "9 of 9 inputs of parameters/waiting.yaml are illustrative" in words
    assert "How sure: bands and lines span 5 to 95% of 300 draws" in words
    assert [text for text in texts(root) if NOT_FOR_READERS.search(text)] == []


def test_months_are_not_set_beside_weeks(tmp_path: Path) -> None:
    weekly = write_scenario(tmp_path, frame={"time_step": "week"})
    section = capacity_section(compared_waiting(shipped_project(), ["base_case", weekly], 20))
    assert "by month and by week" in section.why_not and section.pictures == ()


def test_weeks_and_chance_are_drawn_side_by_side(tmp_path: Path) -> None:
    frame = {"time_step": "week", "engine": "markov"}
    names = [
        write_scenario(tmp_path, name=f"{name}_weekly", frame=frame, extends=[name])
        for name in ("base_case", "new_surge")
    ]
    section = capacity_section(compared_waiting(shipped_project(), names, 20))
    picture = section.picture_of["compared_waiting_list"]
    require_texts_fit(picture)
    assert "end of the week" in picture.title and "hatched" in picture.title
    assert "the play of chance is hatched" in section.sure[0]


def test_without_a_waiting_file_the_page_says_so(tmp_path: Path) -> None:
    shutil.copytree(shipped_folder("parameters"), tmp_path / "parameters")
    (tmp_path / "parameters" / "waiting.yaml").unlink()
    project = Project(tmp_path / "parameters", shipped_folder("scenarios"))
    section = capacity_section(compared_waiting(project, ["base_case", "junior_heavy"], 20))
    assert "there is no parameters/waiting.yaml" in section.why_not
    assert section.pictures == ()


def test_a_comparison_leaves_its_figures_and_their_data(tmp_path: Path) -> None:
    options, names = api.RunOptions(draws=40), ["base_case", "junior_heavy"]
    simulations = api.run_all(names, options)
    out = tmp_path / "comparison"
    api.write_comparison(simulations, compare_all(simulations), options, out, "compare", shipped_project())
    for simulation in simulations:
        simulation.close()
    figures = {path.stem for path in (out / "figures").glob("*.svg")}
    assert {*NAMES, "cost_waterfall_junior_heavy", "scenario_waterfall_junior_heavy"} == figures
    for name in ("capacity.csv", "frontier.csv", "hiring.csv", "cost_steps.csv"):
        assert len((out / name).read_text(encoding="utf-8").splitlines()) > 2
    document = json.loads((out / "capacity.json").read_text(encoding="utf-8"))
    assert [each["scenario"] for each in document["scenarios"]] == names
    assert document["recruitment"]["lag"] == 4.0
    outputs = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["outputs"]
    assert "hiring.csv" in outputs
