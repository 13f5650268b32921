"""Pages made from the code, and figures made from a run, are those of today."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import costmodel
from tests.docs.pages import DOCS, ROOT, script, text_of

REFERENCE = script("build_reference")
FIGURES = script("build_figures")
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


@pytest.fixture(scope="module")
def base_case() -> Iterator[costmodel.Simulation]:
    project = costmodel.open_project(ROOT / "parameters", ROOT / "scenarios")
    with costmodel.run("base_case", project=project) as simulation:
        yield simulation


@pytest.mark.parametrize("name", REFERENCE.PAGES)
def test_reference_is_current(name: str) -> None:
    page = DOCS / "reference" / name
    assert text_of(page) == REFERENCE.PAGES[name](), f"run docs/build_reference.py: {name} has fallen behind"


@pytest.mark.parametrize("name", FIGURES.PAGES)
def test_figures_are_still_true_within_rounding(name: str, base_case: costmodel.Simulation) -> None:
    page = text_of(ROOT / name)
    made = FIGURES.with_figures(page, base_case)
    assert NUMBER.sub("#", made) == NUMBER.sub("#", page), (
        f"run docs/build_figures.py: {name} has fallen behind"
    )
    for quoted, true in zip(NUMBER.findall(page), NUMBER.findall(made), strict=True):
        assert within_rounding(quoted, true), f"{name} says {quoted} where the base case says {true}"


@pytest.mark.parametrize("name", FIGURES.PAGES)
def test_every_marker_is_filled(name: str) -> None:
    page = text_of(ROOT / name)
    markers = re.findall(r"<!-- ([\w-]+) -->\n(.*?)\n<!-- /\1 -->", page, re.DOTALL)
    assert markers
    assert {marker for marker, _ in markers} == set(re.findall(r"<!-- ([\w-]+) -->", page))
    assert all(marker in FIGURES.FIGURES and text.strip() for marker, text in markers)


def within_rounding(quoted: str, true: str) -> bool:
    """Return whether two rounded numbers differ by no more than the last digit that either shows."""
    if quoted == true:
        return True
    digits = max(last_place(quoted), last_place(true))
    return abs(number(quoted) - number(true)) <= digits * (1 + 1e-9)


def last_place(text: str) -> float:
    plain = text.replace(",", "")
    if "." in plain:
        return 10.0 ** -len(plain.partition(".")[2])
    return 10.0 ** (len(plain) - len(plain.rstrip("0")))


def number(text: str) -> float:
    return float(text.replace(",", ""))


@pytest.mark.parametrize(
    ("quoted", "true", "expected"),
    [
        ("853,000", "852,000", True),
        ("853,000", "851,000", False),
        ("1.80", "1.81", True),
        ("12", "14", False),
    ],
)
def test_rounding(quoted: str, true: str, expected: bool) -> None:
    assert within_rounding(quoted, true) is expected


def test_no_page_of_the_reference_is_left_from_an_older_builder() -> None:
    made = {path.name for path in (DOCS / "reference").glob("*.md") if REFERENCE.MADE in text_of(Path(path))}
    assert made == set(REFERENCE.PAGES)
