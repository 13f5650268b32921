from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from costmodel.analysis.compare import WaterfallStep, compare
from costmodel.analysis.cost_steps import CostSteps
from costmodel.report.content import ReportContent, analyse
from costmodel.report.cost_parts import COMPONENT_GROUPS
from costmodel.report.figures import bridge_steps, waterfalls, write_figures
from costmodel.report.figures_cost import cost_waterfall
from costmodel.report.picture import FILLS, FONT_SIZE, Picture
from costmodel.runner import Simulation

NAMES = [
    "cost_make_up",
    "bridge",
    "distribution_total",
    "distribution_per_registered",
    "convergence",
    "tornado_total",
    "tornado_per_registered",
]


def all_pictures(content: ReportContent, base: Simulation, junior_heavy: Simulation) -> list[Picture]:
    return [*content.pictures, *waterfalls([compare(base, junior_heavy)])]


def test_every_figure_is_there(content: ReportContent) -> None:
    assert [picture.name for picture in content.pictures] == NAMES


def test_files_are_the_same_bytes_every_time(
    base: Simulation, content: ReportContent, tmp_path: Path
) -> None:
    first = write_figures(content.pictures, tmp_path / "first")
    second = write_figures(analyse(base).pictures, tmp_path / "second")
    assert [path.name for path in first] == [f"{name}.{kind}" for name in NAMES for kind in ("svg", "png")]
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name


def test_files_do_not_name_time_or_program(content: ReportContent) -> None:
    for picture in content.pictures:
        for text in (picture.svg.encode(), picture.png[:2_000]):
            assert not re.search(rb"matplotlib\.org|Software|Creat|dc:date|tIME", text)


def test_every_svg_is_well_formed_with_title_and_description(
    content: ReportContent, base: Simulation, junior_heavy: Simulation
) -> None:
    for picture in all_pictures(content, base, junior_heavy):
        root = ElementTree.fromstring(picture.svg)
        space = "{http://www.w3.org/2000/svg}"
        assert root.get("role") == "img"
        assert root.findtext(f"{space}title") == picture.title
        assert root.findtext(f"{space}desc") == picture.description
        assert "2023/24 prices" in picture.title
        assert "£" in picture.title
        assert len(picture.description) > 40


def test_no_text_is_smaller_than_nine_points(
    content: ReportContent, base: Simulation, junior_heavy: Simulation
) -> None:
    for picture in all_pictures(content, base, junior_heavy):
        sizes = [float(size) for size in re.findall(r"font(?:-size)?: (?:\w+ )?([\d.]+)px", picture.svg)]
        assert sizes, picture.name
        assert min(sizes) >= FONT_SIZE == 9


def shown_labels(axis: Any) -> list[Any]:
    """Return the boxes of an axis' tick labels that are drawn."""
    low, high = sorted(axis.get_view_interval())
    ticks = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    return [t.label1.get_window_extent() for t in ticks if t.label1.get_text() and t.label1.get_visible()]


def require_texts_fit(picture: Picture) -> None:
    """Check that no text leaves the figure, and that labels of an axis do not overlap."""
    figure = picture.figure
    figure.draw_without_rendering()
    width, height = figure.canvas.get_width_height()
    shown = [axes for axes in figure.axes if axes.get_visible()]
    for legend in figure.legends:
        assert legend.get_window_extent().x1 <= width + 1, f"{picture.name}: the legend is cut off"
    for axes in shown:
        rows, columns = shown_labels(axes.yaxis), shown_labels(axes.xaxis)
        for box in [*rows, *columns, *(text.get_window_extent() for text in axes.texts)]:
            assert box.x0 >= -1 and box.x1 <= width + 1, f"{picture.name}: a text is cut off"
            assert box.y0 >= -1 and box.y1 <= height + 1, f"{picture.name}: a text is cut off"
        for lower, upper in pairwise(sorted(rows, key=lambda box: box.y0)):
            assert lower.y1 <= upper.y0 + 1, f"{picture.name}: labels overlap"
        for left, right in pairwise(sorted(columns, key=lambda box: box.x0)):
            assert left.x1 <= right.x0 + 1, f"{picture.name}: labels overlap"


def test_texts_neither_overlap_nor_leave_the_figure(
    content: ReportContent, base: Simulation, four_hubs: Simulation, junior_heavy: Simulation
) -> None:
    for picture in [*all_pictures(content, base, junior_heavy), *analyse(four_hubs).pictures]:
        require_texts_fit(picture)


def test_parts_of_the_stack_differ_in_hatch_or_lightness() -> None:
    def lightness(colour: str) -> float:
        red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    looks = [(hatch, round(lightness(colour), 1)) for colour, hatch in FILLS]
    assert len(set(looks)) == len(FILLS) == len(COMPONENT_GROUPS)


def test_the_make_up_adds_up(base: Simulation, content: ReportContent) -> None:
    total = base.outcome("total_hub_cost").mean
    assert sum(part.mean for part in content.cost_parts) == pytest.approx(total)
    for part in content.cost_parts:
        assert sum(part.split) == pytest.approx(part.mean)
    assert [part.label for part in content.cost_parts if part.is_unused] == ["Unused or unrecorded hours"]


def test_the_bridge_ends_at_what_the_host_pays(base: Simulation) -> None:
    *steps, full, others, host = bridge_steps(base)
    assert sum(step.amount for step in steps if not step.is_total) == pytest.approx(full.amount)
    labels = [step.label for step in steps]
    pay_bill = labels.index("Full pay bill")
    assert labels[pay_bill - 1] == "Unused or unrecorded hours"
    assert sum(step.amount for step in steps[:pay_bill]) == pytest.approx(steps[pay_bill].amount)
    assert full.amount + others.amount == pytest.approx(host.amount)
    assert full.is_total and host.is_total


def test_several_hubs_get_a_figure_of_their_own(four_hubs: Simulation) -> None:
    picture = analyse(four_hubs).picture_of["cost_by_hub"]
    assert "no ranking" in picture.title
    for hub in four_hubs.spec.hubs.values():
        assert hub.label in picture.description


def test_one_hub_has_no_figure_by_hub(content: ReportContent) -> None:
    assert "cost_by_hub" not in content.picture_of


def test_tiny_runs_and_runs_without_therapy_are_drawn(
    tiny: Simulation, no_therapy: Simulation, tmp_path: Path
) -> None:
    for number, simulation in enumerate((tiny, no_therapy)):
        assert write_figures(analyse(simulation).pictures, tmp_path / str(number))


def test_a_waterfall_names_the_lines_of_the_difference(
    base: Simulation, junior_heavy: Simulation, tmp_path: Path
) -> None:
    paths = write_figures(waterfalls([compare(base, junior_heavy)]), tmp_path)
    assert [path.name for path in paths] == [
        "scenario_waterfall_junior_heavy.svg",
        "scenario_waterfall_junior_heavy.png",
    ]
    assert "Difference in Hub cost" in paths[0].read_text(encoding="utf-8")


def test_rounding_is_no_step_from_one_cost_to_another() -> None:
    change, rounding = WaterfallStep("a", "A", 1660.0, 1500.0, 1800.0), WaterfallStep("b", "B", 3e-11, 0, 0)
    picture = cost_waterfall("way", ("Now", "Then"), CostSteps(835e3, 836_660.0, (change, rounding)), "")
    assert picture.description == "Steps, from the top: Now £835k; A £1,660; Then £837k."


def test_two_equal_scenarios_are_drawn(base: Simulation, tmp_path: Path) -> None:
    assert write_figures(waterfalls([compare(base, base)]), tmp_path)
