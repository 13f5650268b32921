from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from costmodel.analysis.compare import compare
from costmodel.analysis.validation import prices_factor
from costmodel.report.content import ReportContent, analyse
from costmodel.report.formatting import unit_words
from costmodel.report.html import CHAPTERS, render_comparison, render_report
from costmodel.report.tables_evidence import validation
from costmodel.runner import Simulation, design_of, simulate
from tests.report.conftest import MADE
from tests.report.pages import Element, headings, read
from tests.scenario_files import fixed, specification

NOT_FOR_READERS = re.compile(r"(?<![\w./-])(nan|inf|None|True|False|-?\d+\.\d{5,})(?![\w./-])")


def texts(root: Element) -> list[str]:
    own = [] if root.tag in ("style", "desc", "title") else [root.text]
    return own + [text for child in root.inside for text in texts(child)]


def assert_accessible(page: str) -> Element:
    """Check what a page must have for everyone to read it; return its elements."""
    root, ids = read(page)
    assert [name for name, count in ids.items() if count > 1] == []
    html = root.all("html")[0]
    assert html.attributes["lang"] == "en-GB"
    for landmark in ("header", "nav", "main", "footer", "h1"):
        assert len(root.all(landmark)) == 1, landmark
    assert root.all("head")[0].all("title")[0].words
    levels = headings(root)
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    for table in root.all("table"):
        assert table.all("caption")[0].words
        assert {head.attributes["scope"] for head in table.all("thead")[0].all("th")} == {"col"}
        for row in table.all("tbody")[0].all("tr"):
            assert (
                row.inside[0].attributes["scope"] in ("row", "rowgroup")
                or row.attributes["class"] == "second"
            )
    for region in [each for each in root.all("div") if "scroll" in each.attributes.get("class", "")]:
        assert region.attributes["tabindex"] == "0" and region.attributes["aria-label"]
    for link in root.all("a"):
        target = link.attributes["href"]
        assert (
            target.startswith("https://")
            or target.startswith("http://")
            or ids[target.removeprefix("#")] == 1
        )
    return root


def assert_self_contained(page: str) -> None:
    """Check that a page loads nothing."""
    assert not re.search(r"<(script|iframe|object|embed|img|audio|video|source)\b", page)
    assert re.findall(r"<link [^>]*>", page) == ['<link rel="icon" href="data:,">']
    assert not re.search(r"\bsrc=|@import|url\((?!#)", page)
    assert not re.search(r'<use [^>]*href="(?!#)', page)


@pytest.fixture(scope="module")
def root(page: str) -> Element:
    return assert_accessible(page)


def test_every_chapter_is_there_in_order(root: Element) -> None:
    expected = [chapter for chapter in CHAPTERS if chapter[0] != "hubs"]
    sections = root.all("section")
    assert [section.attributes["id"] for section in sections] == [name for name, _ in expected]
    assert [section.all("h2")[0].words for section in sections] == [title for _, title in expected]


def test_the_page_needs_nothing_else(page: str) -> None:
    assert_self_contained(page)


def test_every_figure_is_inline_once_with_alternative_text(root: Element, content: ReportContent) -> None:
    drawings = root.all("svg")
    assert len(drawings) == len(content.pictures)
    for drawing, picture in zip(drawings, content.pictures, strict=True):
        assert drawing.attributes["role"] == "img"
        assert drawing.all("title")[0].words == picture.title
        assert drawing.all("desc")[0].words == picture.description


def test_no_text_is_a_slip_of_the_program(root: Element) -> None:
    slips = [
        text for text in texts(root) if NOT_FOR_READERS.search(text.replace("None in the base case", ""))
    ]
    assert slips == []


def test_every_outcome_appears_with_its_unit(root: Element, base: Simulation) -> None:
    section = next(section for section in root.all("section") if section.attributes["id"] == "results")
    rows = {row.inside[0].words: row.inside[1].words for row in section.all("tbody")[0].all("tr")}
    for outcome in base.outcomes:
        assert rows[f"{outcome.label} ({outcome.name})"] == unit_words(outcome.unit)


def test_every_parameter_appears_with_its_source(root: Element, base: Simulation) -> None:
    section = next(section for section in root.all("section") if section.attributes["id"] == "parameters")
    words = section.words
    for name, parameter in base.spec.parameters.items():
        assert f"({name})" in words
        assert parameter.source.partition(" <")[0] in words


def test_every_table_of_money_says_year_and_perspective(root: Element) -> None:
    for table in root.all("table"):
        caption = table.all("caption")[0].words
        if "£" in caption:
            whole = caption + " ".join(head.words for head in table.all("th"))
            assert "2023/24" in whole, caption
            assert "erspective" in whole, caption


def test_honesty_is_printed(page: str, base: Simulation, content: ReportContent) -> None:
    gap = base.outcome("reconciliation_gap").mean
    assert gap is not None
    assert ("The two views of cost do not meet" in page) == (abs(gap) > 0.25)
    assert "Hours that no activity explains cost" in page
    assert (
        f"{len(content.evidence.illustrative)} of {len(base.spec.parameters)} parameters have no source"
        in page
    )
    assert "Monte Carlo error" in page
    assert "the stop rule" in page
    assert "All 600 draws could be used." in page
    assert "They are never added." in page and "£301" in page
    assert "no quality-adjusted life years" in page
    assert "not annualised" in page


def test_the_interval_of_the_total_is_not_taken_for_certainty_of_staffing(page: str) -> None:
    assert "Posts are taken as given" in page
    assert "do not multiply it by clients" in page
    assert "was chosen with it in view" in page


def test_published_costs_stand_in_the_prices_of_the_run(base: Simulation, content: ReportContent) -> None:
    checks = {check.figure: check for check in content.checks}
    assert checks["hub_running_cost"].index_factor == pytest.approx(1.0247)
    assert checks["ncc_hub_contact_cost"].index_factor == pytest.approx(1 / 1.0402)
    assert checks["clients_screened_per_hub"].index_factor is None
    rows = {row.cells[0].partition("\n")[0]: row.cells for row in validation(base, content.checks).rows}
    assert rows["Average annual running cost of one hub"][1:3] == ("£843,606", "£864,000 (from 2022/23)")


def test_a_published_cost_beyond_the_index_is_left_as_published(base: Simulation) -> None:
    assert prices_factor(base.spec, "2023/24") == 1.0
    assert prices_factor(base.spec, "2029/30") is None


def test_how_it_was_made_is_printed(root: Element) -> None:
    section = next(section for section in root.all("section") if section.attributes["id"] == "made")
    for label, text in MADE.items():
        assert label in section.words and text in section.words


def test_two_renders_are_the_same_bytes(page: str, base: Simulation) -> None:
    assert render_report(base, analyse(base), MADE) == page


def test_several_hubs_have_a_chapter_without_ranking(four_hubs: Simulation) -> None:
    root = assert_accessible(render_report(four_hubs, analyse(four_hubs), MADE))
    section = next(section for section in root.all("section") if section.attributes["id"] == "hubs")
    assert "This is no ranking" in section.words
    for hub in four_hubs.spec.hubs.values():
        assert hub.label in section.words


def test_a_tiny_run_is_reported(tiny: Simulation) -> None:
    page = render_report(tiny, analyse(tiny), MADE)
    root = assert_accessible(page)
    assert "These draws are too few" in page
    assert [
        text for text in texts(root) if NOT_FOR_READERS.search(text.replace("None in the base case", ""))
    ] == []


def test_a_hub_without_therapy_says_not_applicable(no_therapy: Simulation) -> None:
    page = render_report(no_therapy, analyse(no_therapy), MADE)
    root = assert_accessible(page)
    table = next(t for t in root.all("table") if t.all("caption")[0].words.startswith("Cost per what"))
    rows = {
        row.inside[0].words: [cell.words for cell in row.inside[1:]]
        for row in table.all("tbody")[0].all("tr")
    }
    assert set(rows["Per completed therapy"][2:]) == {"not applicable"}
    assert rows["Per completed therapy"][1] == "0"
    assert "What this scenario changes" in page and "The Hub treats nobody itself." in page


def test_a_comparison_page(base: Simulation, junior_heavy: Simulation) -> None:
    page = render_comparison([base, junior_heavy], [compare(base, junior_heavy)], MADE)
    root = assert_accessible(page)
    assert_self_contained(page)
    assert len(root.all("svg")) == 1
    assert "Junior-heavy staffing less Base case" in page
    assert "Equal outcomes are assumed." in page
    assert "only as good if completion does not fall" in page
    assert "The probability that it is cheaper is" in page
    assert re.search(r"95% interval of the difference −£\d+,000 to −£\d+,000\)", page), "three digits"
    assert "once completions fall by" in page
    assert "Where the difference comes from" in page
    assert "What the scenario changes" in page
    assert [text for text in texts(root) if NOT_FOR_READERS.search(text)] == []


def test_a_scenario_compared_with_itself_differs_in_nothing(base: Simulation) -> None:
    page = render_comparison([base, base], [compare(base, base)], MADE)
    assert_accessible(page)
    assert "costs the same as" in page
    assert "Nothing: both hold the same parameters." in page


def test_what_users_write_is_never_markup(base: Simulation, content: ReportContent) -> None:
    page = render_report(base, content, {"Command": "<script>alert(1)</script>"})
    assert "<script" not in page


def test_posts_still_to_be_recruited_are_told_of(page: str, tmp_path: Path) -> None:
    post = "hub_reference.posts.clinical_psychologist_8a"
    spec = specification(tmp_path, {f"{post}.in_post_after": fixed("months", 6.0)})
    with simulate(spec, design_of(spec, "monte-carlo", 60, 7)) as simulation:
        late = render_report(simulation, analyse(simulation), {"Command": "costmodel run late"})
        year = simulation.outcome("total_hub_cost").base_case or 0.0
    words = next(part for part in assert_accessible(late).all("div") if "Posts to fill." in part.words).words
    assert "1.60 WTE, are neither paid nor working before" in words
    assert f"this year costs £{round(year, -3):,.0f}, and a year with everybody in post £836,000." in words
    assert "In post after, months" in late
    assert "Posts to fill." not in page and "In post after, months" not in page
