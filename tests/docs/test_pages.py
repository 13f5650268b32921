"""What every page must keep to: links that resolve, valid YAML, nothing of the machine it was written on."""

import ast
import inspect
import re
import tempfile
import tomllib
from pathlib import Path

import pytest

from costmodel.inputs.loading import read_file
from costmodel.inputs.records import JointRecord, Record
from costmodel.inputs.scenarios import ScenarioFile
from costmodel.inputs.staff_files import StaffFile
from costmodel.inputs.validation import validate
from costmodel.model import evaluate as engine
from costmodel.model.types import Perspective, Volume
from tests.docs.pages import DOCS, PAGES, README, ROOT, anchors_of, blocks_of, links_of, name_of, text_of

KINDS = {"record": Record, "joint-record": JointRecord, "scenario": ScenarioFile, "staff-file": StaffFile}
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
each_page = pytest.mark.parametrize("page", PAGES, ids=name_of)


@each_page
def test_links_between_pages_resolve(page: Path) -> None:
    for link in links_of(page):
        if link.startswith(("https://", "http://")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{name_of(page)} links to {link}, which is not there"
        if anchor:
            assert anchor in anchors_of(target), f"{name_of(page)} links to {link}, which has no such heading"


@each_page
def test_no_page_names_a_path_of_a_machine(page: Path) -> None:
    for path in (str(ROOT), str(Path.home()), tempfile.gettempdir()):
        assert not re.search(rf"(?<![\w./]){re.escape(path)}(?![\w])", text_of(page)), (
            f"{path} in {name_of(page)}"
        )


@each_page
def test_yaml_blocks_can_be_read(page: Path, tmp_path: Path) -> None:
    for block in blocks_of(page):
        if block.language != "yaml":
            continue
        file = tmp_path / "block.yaml"
        file.write_text(block.text, encoding="utf-8")
        tree, problems = read_file(file, name_of(page))
        assert not problems, block.text
        for word in block.words:
            if word in KINDS:
                _, found = validate(KINDS[word], tree)
                assert not found, found


def test_every_page_can_be_reached_from_the_index() -> None:
    reached, waiting = set(), [DOCS / "index.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        linked = [
            (page.parent / link.partition("#")[0]).resolve() for link in links_of(page) if "://" not in link
        ]
        waiting += [target for target in linked if target.suffix == ".md"]
    assert set(DOCS.rglob("*.md")) <= reached


def test_readme_begins_with_the_two_blocks_that_a_new_user_types() -> None:
    first, second, *_ = blocks_of(README)
    assert first.text == "pip install -e . && costmodel run\n"
    assert second.text == 'pip install -e ".[dev]" && pytest\n'
    assert "uv run costmodel run" in text_of(README)


def test_the_picture_is_small_enough_to_load_at_once() -> None:
    picture = DOCS / "images" / "report.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size < 300_000


def test_the_drawing_of_the_model_has_the_stages_of_evaluate_in_their_order() -> None:
    tree = ast.parse(inspect.getsource(engine.evaluate))
    statements = tree.body[0].body  # type: ignore[attr-defined]
    calls = [s.value for s in statements if isinstance(s, ast.Assign | ast.Expr)]
    stages = [
        call.func.id for call in calls if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
    ]
    drawing = next(block for block in blocks_of(DOCS / "model.md") if block.language == "mermaid").text
    assert re.findall(r'\["(\w+)<br/>', drawing) == stages


def test_the_page_of_the_model_names_every_perspective_and_the_glossary_every_step_of_the_pathway() -> None:
    model, glossary = text_of(DOCS / "model.md"), text_of(DOCS / "glossary.md").lower()
    assert all(f"`{perspective.name.lower()}`" in model for perspective in Perspective)
    steps = ("SCREENED", "TRIAGED", "ASSESSED", "SIGNPOSTED", "NAVIGATED", "BRIEF_SUPPORT")
    assert all(Volume[step].name.lower().replace("_", " ") in glossary for step in steps)


def test_citation_file_is_valid_and_has_the_version() -> None:
    tree, problems = read_file(ROOT / "CITATION.cff", "CITATION.cff")
    assert not problems
    content = tree.data
    assert content["cff-version"] == "1.2.0" and content["type"] == "software" and content["license"] == "MIT"
    assert content["version"] == VERSION
    assert all(set(author) == {"name"} for author in content["authors"])
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", content["date-released"])
    assert content["message"] and content["title"]


def test_changelog_has_the_version_and_says_what_it_does_to_results() -> None:
    releases = re.split(r"^## ", text_of(ROOT / "CHANGELOG.md"), flags=re.MULTILINE)[1:]
    released = [release for release in releases if not release.startswith("[Unreleased]")]
    assert released[0].startswith(f"[{VERSION}] - ")
    assert all("### Changes to results" in release for release in released)
    assert "£" in released[0]
