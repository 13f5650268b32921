"""Demand against capacity: engines that agree, figures that do not depend on chunks, words for what binds."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from costmodel import api
from costmodel.analysis.capacity import base_draws, capacity, waiting_of
from costmodel.analysis.capacity_types import CapacityAnalysis
from costmodel.analysis.engines import ENGINES, hub_queue
from costmodel.analysis.explain import ExplainError, explain
from costmodel.errors import ParameterError
from costmodel.gather import Layout
from costmodel.inputs.specification import ModelSpec
from costmodel.inputs.waiting_file import MONTHS
from costmodel.model.list_capacity import expected_wait
from costmodel.model.queue_outcomes import queue_outcomes
from costmodel.model.queueing import WaitingError
from costmodel.report.waiting import capacity_document, capacity_rows, capacity_text
from costmodel.report.writing import csv_text
from costmodel.uncertainty.sampling import MonteCarlo
from costmodel.units import MONTH
from tests.inputs.test_waiting_file import joint, months
from tests.scenario_files import REMOVED, fixed, shipped_project, uncertain, write_scenario

SEED = 20_240_912


@cache
def surge(n_months: int = 12, draws: int = 200, chunk_size: int = 2_048) -> CapacityAnalysis:
    spec = shipped_project().specification("new_surge", also=["waiting"])
    return capacity(spec, MonteCarlo(seed=SEED, n=draws), n_months, chunk_size=chunk_size)


def changed(folder: Path, changes: dict[str, Any], extends: str = "new_surge") -> ModelSpec:
    path = write_scenario(
        folder, {f"waiting.{name}": value for name, value in changes.items()}, extends=[extends]
    )
    return shipped_project().specification(path, also=["waiting"])


def arrivals_of(spec: ModelSpec, n_months: int = 24) -> np.ndarray:
    return np.asarray(waiting_of(Layout(spec), base_draws(spec), n_months).inputs.arrivals[0, 0])


def test_the_list_adds_up_month_by_month() -> None:
    analysis = surge()
    spec = shipped_project().specification("new_surge", also=["waiting"])
    before = sum(
        parameter.expected
        for name, parameter in spec.parameters.items()
        if name == "waiting.hubs.reference.opening_list"
    )
    for month in range(1, 13):
        flow = {
            name: analysis.figure("reference", name, month).base_case or 0.0
            for name in ("arrivals", "starts", "left_list", "waiting")
        }
        assert before + flow["arrivals"] == pytest.approx(
            flow["starts"] + flow["left_list"] + flow["waiting"]
        )
        before = flow["waiting"]


def test_figures_have_their_fan_and_months_their_name() -> None:
    figure = surge().figure("reference", "waiting", 12)
    assert figure.calendar == "2024-03" and figure.unit == "people"
    assert figure.lower_5 is not None and figure.mean is not None and figure.upper_95 is not None
    assert figure.lower_5 < figure.mean < figure.upper_95
    shares = surge().binding[-1].share_of_draws
    assert sum(shares.values()) == pytest.approx(1.0)
    assert surge().binding[-1].base_case == "clinician"


def test_figures_do_not_depend_on_the_chunk_size() -> None:
    assert surge(6, 60).figures == surge(6, 60, 17).figures
    assert surge(6, 60).binding == surge(6, 60, 17).binding


def test_a_service_without_a_list_is_bound_by_demand() -> None:
    spec = shipped_project().specification("base_case", also=["waiting"])
    analysis = capacity(spec, MonteCarlo(seed=SEED, n=20), 12)
    assert analysis.binding[-1].base_case == "demand"
    assert analysis.figure("reference", "mean_wait", 12).base_case == 0.0


def test_every_hub_has_its_own_list() -> None:
    spec = shipped_project().specification("four_hubs", also=["waiting"])
    analysis = capacity(spec, MonteCarlo(seed=SEED, n=20), 3)
    assert analysis.hubs == ("north", "coast", "city", "moor")
    assert len({analysis.figure(hub, "arrivals", 1).base_case for hub in analysis.hubs}) == 4


def test_the_engines_agree_where_the_list_is_long() -> None:
    spec = shipped_project().specification("new_surge", also=["waiting"])
    queue = hub_queue(waiting_of(Layout(spec), base_draws(spec), 12), 0)
    fluid, markov, des = (ENGINES[name](queue, SEED) for name in ("fluid", "markov", "des"))
    assert_allclose(markov.waiting, fluid.waiting, rtol=0.02)
    assert np.all(np.abs(des.waiting - fluid.waiting) <= 3.0 * des.waiting_se)
    assert np.all(des.waiting_se > 0.0) and not markov.waiting_se.any() and not fluid.waiting_se.any()
    assert np.all(markov.waiting_lower <= markov.waiting) and np.all(markov.waiting <= markov.waiting_upper)
    assert np.all(des.waiting_lower <= des.waiting_upper)
    assert_allclose(markov.wait, fluid.wait, rtol=0.1)
    assert_allclose(des.wait, markov.wait, rtol=0.1)


def test_chance_makes_a_list_where_the_fluid_has_none() -> None:
    spec = shipped_project().specification("base_case", also=["waiting"])
    queue = hub_queue(waiting_of(Layout(spec), base_draws(spec), 12), 0)
    assert ENGINES["fluid"](queue, 0).waiting[-1] == 0.0
    assert ENGINES["markov"](queue, 0).waiting[-1] > 0.0
    nobody = hub_queue(waiting_of(Layout(spec), base_draws(spec), 12), 0)
    closed = type(nobody)(**{**vars(nobody), "start_capacity": np.zeros(12), "opening_list": np.zeros(1)})
    assert not ENGINES["markov"](closed, 0).wait.any() or np.isinf(ENGINES["markov"](closed, 0).wait).all()


@pytest.mark.parametrize(
    ("arrivals", "expected"),
    [
        ({"pattern": "steady"}, [1.0, 1.0, 1.0]),
        ({"pattern": "growth", "yearly_growth": fixed("growth", 0.72)}, [1.0, 1.72 ** (5 / 12), 1.72]),
        ({"pattern": "growth", "yearly_growth": fixed("growth", -0.4)}, [1.0, 0.6 ** (5 / 12), 0.6]),
        (
            {
                "pattern": "surge",
                "surge": {
                    "height": fixed("ratio", 2.0),
                    "begins_in_month": fixed("months", 6),
                    "half_life": fixed("months", 7),
                },
            },
            [1.0, 3.0, 2.0],
        ),
    ],
)
def test_arrivals_follow_their_pattern(
    tmp_path: Path, arrivals: dict[str, Any], expected: list[float]
) -> None:
    found = arrivals_of(changed(tmp_path, {"arrivals": arrivals}))
    steady = arrivals_of(shipped_project().specification("new_surge", also=["waiting"]))
    assert_allclose((found / steady)[[0, 5, 12]], expected)


def test_seasonal_arrivals_follow_the_calendar_and_average_one(tmp_path: Path) -> None:
    by_month = dict.fromkeys(MONTHS, 1.0) | {"april": 2.0}
    found = arrivals_of(
        changed(tmp_path, {"arrivals": {"pattern": "seasonal", "by_month": joint("ratio", by_month)}})
    )
    steady = arrivals_of(shipped_project().specification("new_surge", also=["waiting"]))
    assert_allclose(found[:12].mean(), steady[:12].mean())
    assert_allclose(found[[0, 12]], 2.0 * found[1])


def test_a_series_of_registrations_is_followed(tmp_path: Path) -> None:
    project = api.open_project(shipped_project().parameters_folder)
    (tmp_path / "parameters").mkdir()
    for file in project.parameters_folder.glob("*.yaml"):
        (tmp_path / "parameters" / file.name).write_bytes(file.read_bytes())
    rows = "month,reference\n1,50\n" + "".join(f"{month},100\n" for month in range(2, 13))
    (tmp_path / "parameters" / "referrals.csv").write_text(rows, encoding="utf-8")
    path = write_scenario(tmp_path, {"waiting.arrivals": {"pattern": "series", "file": "referrals.csv"}})
    own = api.open_project(tmp_path / "parameters", shipped_project().scenarios_folder)
    spec = own.specification(path, also=["waiting"])
    found = arrivals_of(spec, 2)
    assert found[1] == pytest.approx(2.0 * found[0])
    share = 66.00268512 / 550.0
    assert found[0] == pytest.approx(50.0 * share, rel=1e-6)
    with pytest.raises(WaitingError, match="holds 12 months; 13 are needed"):
        arrivals_of(spec, 13)


def test_what_is_known_of_today_is_used(tmp_path: Path) -> None:
    known = {
        "hubs.reference.opening_list": fixed("people", 40),
        "hubs.reference.opening_list_by_age": joint("share", months(0.25, 0.75, first=0)),
        "hubs.reference.opening_caseload": fixed("people", 30),
        "hubs.reference.room_sessions": fixed("sessions/week", 10),
        "priority_classes": joint("share", {"urgent": 0.2, "routine": 0.8}),
    }
    spec = changed(tmp_path, known)
    waiting = waiting_of(Layout(spec), base_draws(spec), 2)
    assert waiting.inputs.opening_list[0, 0, :3].tolist() == [10.0, 30.0, 0.0]
    assert waiting.inputs.opening_starts[0, 0] == pytest.approx(30.0 / 2.5)
    assert waiting.inputs.class_shares.tolist() == [0.2, 0.8]
    analysis = capacity(spec, MonteCarlo(seed=SEED, n=10), 2)
    assert analysis.binding[0].base_case == "rooms"
    assert not any("how long those on the opening list" in warning for warning in analysis.warnings)


def test_without_caps_only_hours_bind(tmp_path: Path) -> None:
    path = write_scenario(
        tmp_path,
        {"waiting.caseload_per_wte": REMOVED, "waiting.supervision": REMOVED},
        extends=["new_surge"],
    )
    spec = shipped_project().specification(path, also=["waiting"])
    waiting = waiting_of(Layout(spec), base_draws(spec), 1)
    assert np.isinf(waiting.limits[..., -3:]).all()


def test_a_caseload_above_its_cap_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"500 clients are in therapy today, but .* may carry"):
        changed(tmp_path, {"hubs.reference.opening_caseload": fixed("people", 500)})
    # What the means allow and a draw does not is refused where the draw is run.
    spread = {"family": "gamma", "mean": 99, "se": 60, "assumed": True}
    known = {"hubs.reference.opening_caseload": uncertain("people", spread)}
    with pytest.raises(
        WaitingError, match=r"the caseload today, .* is above its cap of .*: nobody could start"
    ):
        capacity(changed(tmp_path, known), MonteCarlo(seed=SEED, n=40), 3)


def test_a_specification_without_a_list_has_no_waits() -> None:
    spec = replace(shipped_project().specification("base_case"), waiting=None)
    with pytest.raises(WaitingError, match=r"holds no waiting list: write who waits to waiting\.yaml"):
        capacity(spec, MonteCarlo(seed=SEED, n=4), 3)


def test_a_wait_if_referred_now_follows_the_list_and_not_the_month_s_leave() -> None:
    analysis = api.capacity("new_surge", 15, api.RunOptions(draws=4), project=shipped_project())
    waiting, can_start, wait = (
        np.array([analysis.figure("reference", name, month).base_case for month in range(1, 16)])
        for name in ("waiting", "start_capacity", "expected_wait")
    )
    # Referrals have surged once for all and staff stay, so that but for leave a month is like any other.
    usual = can_start[:12].mean()
    assert can_start.min() < 0.8 * usual
    assert_allclose(wait, expected_wait(waiting, np.array(usual), np.array(0.02)) * MONTH.weeks)


def test_the_table_the_csv_and_the_json_hold_the_same() -> None:
    analysis = api.capacity(
        "new_surge", 15, api.RunOptions(draws=40, engine="markov"), project=shipped_project()
    )
    text = capacity_text(analysis)
    assert "demand for therapy against capacity, 15 months, month by month, 40 draws" in text
    assert (
        "reference, base case with the play of chance: markov engine\n" in text
        and " 15  2024-06" in text
        and " 13  2024-04" not in text
    )
    wait = analysis.figure("reference", "expected_wait", 15)
    last = next(line for line in text.splitlines() if line.startswith(" 15  2024-06"))
    assert f"  {wait.base_case:.1f}  {wait.lower_5:.1f} to {wait.upper_95:.1f}  " in re.sub("  +", "  ", last)
    assert "hours of a staff type, caseload, supervision or rooms; where it is demand, nobody is left" in text
    assert "waits so long if its capacity lasts, at an average month's leave" in text
    assert text.endswith("before these figures decide anything.") and "9 of 9 inputs" in text
    rows = list(csv.DictReader(io.StringIO(csv_text(capacity_rows(analysis)))))
    assert len(rows) == len(analysis.figures)
    document = capacity_document(analysis)
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert next(capacity_rows(analysis)) == document["figures"][0]
    assert len(document["chance"]["reference"]["waiting"]) == 15


def test_a_wait_of_those_who_can_never_start_has_no_end(tmp_path: Path) -> None:
    nobody = {"waiting.caseload_per_wte": fixed("people/WTE", 0)}
    analysis = capacity(
        shipped_project().specification(write_scenario(tmp_path, nobody)), MonteCarlo(seed=SEED, n=4), 1
    )
    assert analysis.figure("reference", "expected_wait", 1).base_case is None
    text = capacity_text(analysis)
    assert "no end  no end to no end" in text and "1 month, month by month" in text
    assert "8 of 9 inputs of parameters/waiting.yaml are illustrative" in text


def test_greedy_starts_oscillate_are_warned_about_and_not_explained(tmp_path: Path) -> None:
    path = write_scenario(tmp_path, {"waiting.starts": "greedy"}, extends=["new_surge"])
    spec = shipped_project().specification(path)
    assert any("waiting.starts is greedy: lists oscillate" in warning for warning in spec.warnings)
    design = MonteCarlo(seed=1, n=2)
    assert capacity(spec, design, 3).warnings[0] in spec.warnings
    greedy, smoothed = (
        waiting_of(Layout(each), base_draws(each), 12).flows.starts[0, 0]
        for each in (spec, shipped_project().specification("new_surge"))
    )
    assert np.abs(np.diff(greedy)).mean() > 2.0 * np.abs(np.diff(smoothed)).mean()
    with pytest.raises(ExplainError, match="greedy starts are for diagnosis and not explained"):
        explain(spec, "mean_wait")


def test_the_wait_of_a_person_referred_is_the_mean_of_the_classes_as_in_the_results_of_a_run(
    tmp_path: Path,
) -> None:
    spec = changed(tmp_path, {"priority_classes": joint("share", {"urgent": 0.3, "routine": 0.7})})
    found = capacity(spec, MonteCarlo(seed=SEED, n=4), 12)
    run = waiting_of(Layout(spec), base_draws(spec), 12)
    at_end = queue_outcomes(run).expected_wait_at_end[0, 1]
    by_class = run.flows.expected_wait[0, 0, -1] * run.weeks_per_step
    assert by_class[0] < 0.5 * by_class[1]
    assert found.figure("reference", "expected_wait", 12).base_case == pytest.approx(at_end)
    assert at_end == pytest.approx(0.3 * by_class[0] + 0.7 * by_class[1])
