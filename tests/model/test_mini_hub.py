"""The engine equals an independent forty-line Hub, on the worked example E01 and on copies of it."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costmodel.model.types import Volume
from tests.model.mini_hub import mini_hub
from tests.model.single_hub import ONE_PLACE, engine_hub

E01: dict[str, Any] = {
    "staff": {"b8a": [[55_000.0, 1.0], [55_000.0, 1.0]], "b5": [[31_500.0, 1.0], [31_500.0, 0.5]]},
    "ni": [0.15, 5_000.0],
    "pension": 0.2378,
    "overhead": 0.627,
    "capital_per_wte": 5_000.0,
    "hours_per_wte": 1_552.5,
    "indirect": 0.35,
    "activities": {
        "outreach": (1.0, {"b5": 300.0}, 0.0, 1.0),
        "screening": (700.0, {"b5": 0.75}, 0.0, 1.0),
        "navigation": (500.0, {"b8a": 0.4, "b5": 0.6}, 0.0, 1.0),
        "therapy": (1_700.0, {"b8a": 1.0}, 0.12, 1.0),
    },
    "screened": 700.0,
    "navigated": 500.0,
    "attended": 1_700.0,
    "starters": 240.0,
    "completers": 156.0,
}


def assert_equal(hub: dict[str, Any]) -> dict[str, Any]:
    expected, (actual, result) = mini_hub(hub), engine_hub(hub)
    for name, value in expected.items():
        assert actual[name] == pytest.approx(value, rel=1e-9, abs=1e-9), name
    unused = sum(expected["unused_capacity_cost"].values())
    assert actual["unused_capacity_cost_total"] == pytest.approx(unused, rel=1e-9, abs=1e-6)
    attended = result.outcomes.volumes[0, ONE_PLACE, Volume.ATTENDED_SESSIONS]
    assert attended == pytest.approx(expected["delivered"]["therapy"], rel=1e-9)
    return expected


def test_mini_hub_is_forty_lines_that_know_no_engine() -> None:
    text = (Path(__file__).parent / "mini_hub.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 40
    assert "import costmodel" not in text and "from costmodel" not in text


def test_the_engine_equals_the_mini_hub_on_e01() -> None:
    expected = assert_equal(E01)
    assert expected["total"] == pytest.approx(367_681.73185, rel=1e-12)
    assert expected["cost_by_activity"]["therapy"] == pytest.approx(214_964.3834980237, rel=1e-12)


def test_the_engine_equals_the_mini_hub_where_hours_run_short() -> None:
    short = copy.deepcopy(E01)
    short["staff"] = {"b8a": [[55_000.0, 1.0]], "b5": [[31_500.0, 0.5]]}
    expected = assert_equal(short)
    assert expected["delivered"]["screening"] < 700.0
    assert expected["delivered"]["therapy"] < 1_700.0


def test_a_pool_nobody_works_in() -> None:
    empty = copy.deepcopy(E01)
    empty["staff"]["b5"] = [[31_500.0, 0.0]]
    assert assert_equal(empty)["delivered"]["navigation"] == 0.0


PEOPLE = st.lists(st.tuples(st.floats(4_000, 120_000), st.floats(0.1, 1.0)), min_size=1, max_size=4)
SHARES = st.floats(0.0, 0.6)


@st.composite
def hubs(draw: st.DrawFn) -> dict[str, Any]:
    """Return copies of E01 with other numbers; some ask for more hours than there are."""
    hub = copy.deepcopy(E01)
    hub["staff"] = {name: [list(person) for person in draw(PEOPLE)] for name in ("b8a", "b5")}
    hub["ni"] = [draw(st.floats(0.0, 0.3)), draw(st.floats(0.0, 20_000.0))]
    hub["pension"], hub["overhead"], hub["indirect"] = draw(SHARES), draw(SHARES), draw(SHARES)
    hub["capital_per_wte"] = draw(st.floats(0.0, 10_000.0))
    hub["hours_per_wte"] = draw(st.floats(1_000.0, 1_800.0))
    work = draw(st.floats(0.1, 3.0))
    for name, (units, hours, _, _) in E01["activities"].items():
        hours = {pool: each * work * draw(st.floats(0.5, 1.5)) for pool, each in hours.items()}
        hub["activities"][name] = (units, hours, draw(st.floats(0.0, 0.5)), draw(st.floats(0.0, 1.0)))
    return hub


@settings(max_examples=60, deadline=None)
@given(hubs())
def test_the_engine_equals_the_mini_hub_on_other_numbers(hub: dict[str, Any]) -> None:
    assert_equal(hub)


@settings(max_examples=20, deadline=None)
@given(hubs(), st.floats(0.05, 0.5))
def test_the_engine_equals_the_mini_hub_with_hardly_any_staff(hub: dict[str, Any], left: float) -> None:
    hub["staff"] = {
        name: [[pay, wte * left] for pay, wte in people[:1]] for name, people in hub["staff"].items()
    }
    expected = assert_equal(hub)
    assert np.isfinite(expected["total"])
