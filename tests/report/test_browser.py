"""The report in a browser without a network: nothing is loaded, nothing complains, everyone can read it."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
STYLE = Path(__file__).parents[2] / "costmodel" / "report" / "templates" / "style.css"
PAIRS = (
    ("ink", "paper"),
    ("muted", "paper"),
    ("accent", "paper"),
    ("ink", "band"),
    ("amber-ink", "amber-paper"),
    ("alert-ink", "alert-paper"),
)
# Every text of the page against the nearest background behind it; figures are drawings and checked elsewhere.
CONTRASTS = """() => {
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const background = node => {
    for (let n = node; n; n = n.parentElement) {
      const colour = parse(getComputedStyle(n).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const node of document.querySelectorAll('body *:not(svg *):not(style)')) {
    const text = [...node.childNodes].filter(n => n.nodeType === 3).map(n => n.textContent.trim()).join('');
    if (!text) continue;
    const [a, b] = [light(parse(getComputedStyle(node).color)), light(background(node))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push([ratio.toFixed(2), text.slice(0, 40)]);
  }
  return poor;
}"""
CHECKS = """() => ({
  levels: [...document.querySelectorAll('h1, h2, h3, h4')].map(node => Number(node.tagName[1])),
  captionless: [...document.querySelectorAll('table')].filter(
    node => !node.caption?.textContent.trim()).length,
  scopeless: [...document.querySelectorAll('th:not([scope])')].length,
  nameless: [...document.querySelectorAll('svg[role=img]')].filter(
    node => !node.getAttribute('aria-labelledby').split(' ')
      .every(id => document.getElementById(id)?.textContent.trim())).length,
  images: document.querySelectorAll('svg[role=img]').length,
  doubled: [...document.querySelectorAll('[id]')].map(node => node.id)
    .filter((id, i, all) => all.indexOf(id) !== i),
  language: document.documentElement.lang,
  main: document.querySelectorAll('main').length,
})"""


def browser_path() -> str:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None and os.environ.get("CI"):
        pytest.fail(f"no browser: install one of {', '.join(BROWSERS)}")
    if found is None:
        pytest.skip(f"no browser: install one of {', '.join(BROWSERS)} to see the report as readers do")
    return found


@pytest.fixture(scope="module", params=["report", "capacity", "comparison"])
def opened(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Any, list[str], list[str]]]:
    path = browser_path()
    fixtures = {"report": "page", "capacity": "capacity_page", "comparison": "comparison_page"}
    page: str = request.getfixturevalue(fixtures[request.param])
    from playwright.sync_api import sync_playwright

    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(page, encoding="utf-8")
    complaints: list[str] = []
    requests: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(offline=True, viewport={"width": 1280, "height": 900})
        tab = context.new_page()
        tab.on("console", lambda message: complaints.append(message.text))
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("request", lambda request: requests.append(request.url))
        tab.goto(file.as_uri())
        yield tab, complaints, requests
        browser.close()


def test_nothing_is_loaded_and_nothing_complains(opened: tuple[Any, list[str], list[str]]) -> None:
    tab, complaints, requests = opened
    assert complaints == []
    assert [url for url in requests if not url.startswith("data:")] == [tab.url]


def test_the_page_is_accessible(opened: tuple[Any, list[str], list[str]]) -> None:
    found = opened[0].evaluate(CHECKS)
    levels = found["levels"]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert (found["captionless"], found["scopeless"], found["nameless"], found["doubled"]) == (0, 0, 0, [])
    assert found["images"] >= 6
    assert (found["language"], found["main"]) == ("en-GB", 1)


def test_every_text_has_enough_contrast(opened: tuple[Any, list[str], list[str]]) -> None:
    assert opened[0].evaluate(CONTRASTS) == []


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_page_scrolls_sideways(opened: tuple[Any, list[str], list[str]], width: int) -> None:
    tab = opened[0]
    tab.set_viewport_size({"width": width, "height": 800})
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


def test_a_keyboard_reaches_the_report_first(opened: tuple[Any, list[str], list[str]]) -> None:
    tab = opened[0]
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.getAttribute('href')") == "#main"


def lightness(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(("text", "paper"), PAIRS)
def test_the_palette_meets_the_contrast_of_level_aa(text: str, paper: str) -> None:
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", STYLE.read_text(encoding="utf-8")))
    high, low = sorted((lightness(colours[text]), lightness(colours[paper])), reverse=True)
    assert (high + 0.05) / (low + 0.05) >= 4.5
