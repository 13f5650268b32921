"""Steady states where the months ahead can reach them, and their refusal with the relaxation time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from costmodel import api
from costmodel.analysis.capacity import capacity
from costmodel.analysis.capacity_types import CapacityAnalysis
from costmodel.analysis.engines import HubQueue, markov
from costmodel.analysis.steady_state import steady_state
from costmodel.model.list_capacity import overloaded_list
from costmodel.model.queueing import WaitingError, relaxation_time, require_steady_state, steady_queue
from costmodel.report.waiting import capacity_document, capacity_text
from costmodel.uncertainty.sampling import MonteCarlo
from costmodel.units import WEEKS_PER_MONTH
from tests.scenario_files import fixed, shipped_project, specification


def queue_at(load: float, months: int, slots: float = 40.0, attrition: float = 0.0) -> HubQueue:
    """Return a Hub with a course of 12 weeks."""
    course = 12.0 / WEEKS_PER_MONTH
    starts = np.full(months, slots / course)
    return HubQueue(load * starts, starts, course, attrition, np.zeros(1), slots, np.ones(1), 7.0, 0.2)


@pytest.mark.parametrize(("load", "weeks"), [(0.8, 26.9), (0.9, 113.9), (0.95, 467.9)])
def test_a_year_is_too_short_for_a_steady_state_from_a_load_of_nine_tenths_on(
    load: float, weeks: float
) -> None:
    found = steady_state(queue_at(load, 12))
    assert found.load == pytest.approx(load)
    assert found.settles_in is not None
    assert found.settles_in * WEEKS_PER_MONTH == pytest.approx(weeks, abs=0.05)
    if load < 0.85:
        assert found.refused == "" and found.waiting is not None
        return
    assert found.waiting is None and found.wait is None
    assert (
        f"at a load of {100 * load:.0f}% the queue takes {weeks / WEEKS_PER_MONTH:.0f} months"
        in found.refused
    )
    assert "longer than the 12 months asked about" in found.refused


def test_months_enough_give_the_steady_state_that_the_exact_chain_reaches() -> None:
    found = steady_state(queue_at(0.9, 60))
    assert found.refused == "" and found.wait is not None and found.waiting is not None
    exact = steady_queue(np.array([3.0]), np.array([1 / 12]), np.array([40.0]))
    assert_allclose(found.wait, exact.mean_wait[0], rtol=1e-9)
    assert_allclose(found.waiting, exact.mean_queue[0], rtol=1e-9)
    chain = markov(queue_at(0.9, 240), 0)
    assert_allclose(chain.waiting[-1], found.waiting, rtol=1e-3)
    assert_allclose(chain.wait[-1], found.wait, rtol=1e-3)


@pytest.mark.parametrize("load", [1.0, 1.1])
def test_a_list_that_never_settles_is_refused_over_any_horizon(load: float) -> None:
    found = steady_state(queue_at(load, 10_000))
    assert (found.settles_in, found.waiting, found.wait) == (None, None, None)
    assert f"at a load of {100 * load:.0f}% the queue never settles. Read the list" in found.refused


def test_without_places_there_is_no_steady_state_and_without_referrals_nobody_waits() -> None:
    closed = steady_state(queue_at(0.5, 12, slots=0.0))
    assert closed.load is None and "never settles" in closed.refused
    starts = np.full(12, 16.0)
    quiet = steady_state(HubQueue(0.0 * starts, starts, 2.5, 0.0, np.zeros(1), 0.0, np.ones(1), 7.0, 0.2))
    assert (quiet.load, quiet.waiting, quiet.wait, quiet.refused) == (0.0, 0.0, 0.0, "")


def test_closed_forms_refuse_a_horizon_themselves() -> None:
    rates = np.array([3.0]), np.array([1 / 12]), np.array([40.0])
    assert_allclose(
        steady_queue(*rates, horizon=156.0, unit="weeks").mean_wait, steady_queue(*rates).mean_wait
    )
    with pytest.raises(WaitingError, match="takes 114 weeks to settle, longer than the 52 weeks asked about"):
        steady_queue(*rates, horizon=52.0, unit="weeks")
    list_of = np.array([48.0]), np.array([40.0]), np.array([0.03])
    assert_allclose(overloaded_list(*list_of, horizon=36.0).waiting, 266.667, atol=1e-3)
    with pytest.raises(WaitingError, match="takes 33 months to settle, longer than the 12 months"):
        overloaded_list(*list_of, horizon=12.0)
    with pytest.raises(WaitingError, match="no steady state: it grows by 8 people a month"):
        overloaded_list(*list_of[:2], np.zeros(1), horizon=1e9)


def test_the_horizon_that_is_exactly_long_enough_is_allowed() -> None:
    rates = np.array([3.0]), np.array([1 / 12]), np.array([40.0])
    time = float(relaxation_time(*rates)[0])
    require_steady_state(*rates, horizon=time, unit="weeks")
    with pytest.raises(WaitingError, match="114 weeks"):
        require_steady_state(*rates, horizon=np.nextafter(time, 0.0), unit="weeks")


def at_load(folder: Path, load: float, months: int = 12) -> CapacityAnalysis:
    """Return the base case with as many registrations as make a load."""
    project = shipped_project()
    usual = capacity(project.specification("base_case", also=["waiting"]), MonteCarlo(seed=1, n=4), months)
    arrivals = np.mean([usual.figure("reference", "arrivals", m).base_case for m in range(1, months + 1)])
    able = np.mean([usual.figure("reference", "start_capacity", m).base_case for m in range(1, months + 1)])
    assert usual.steady["reference"].load == pytest.approx(arrivals / able, rel=1e-9)
    # A place in a room for each session, so that capacity does not answer to referrals.
    rooms = {"waiting.hubs.reference.room_sessions": fixed("sessions/week", 10.0)}
    tight = capacity(specification(folder, rooms, also=["waiting"]), MonteCarlo(seed=1, n=4), months)
    now = tight.steady["reference"].load
    assert now is not None
    people = {"hub_reference.pathway.registrations": fixed("people/year", 550.0 * load / now)}
    return capacity(specification(folder, rooms | people, also=["waiting"]), MonteCarlo(seed=1, n=4), months)


def test_capacity_answers_where_the_list_settles_and_refuses_where_it_cannot(tmp_path: Path) -> None:
    quiet, busy, over = (at_load(tmp_path, load) for load in (0.5, 0.93, 1.3))
    assert quiet.steady["reference"].refused == ""
    assert "If the average month went on, at a load of 50%" in capacity_text(quiet)
    assert not any("steady state" in warning for warning in quiet.warnings)
    for analysis, words in (
        (busy, "longer than the 12 months asked about. Read the list step by step from today instead"),
        (over, "at a load of 130% the queue never settles. Read the list step by step from today instead"),
    ):
        steady = analysis.steady["reference"]
        assert (steady.waiting, steady.wait) == (None, None)
        assert "If the average month" not in capacity_text(analysis)
        warning = next(each for each in analysis.warnings if "no steady state" in each)
        assert words in warning
        document = capacity_document(analysis)["steady_state"]["reference"]
        assert document["refused"] == steady.refused and document["waiting"] is None


@pytest.mark.parametrize(("scenario", "settles"), [("four_hubs", True), ("new_surge", False)])
def test_the_interface_gives_every_hub_its_steady_state_or_its_refusal(scenario: str, settles: bool) -> None:
    found = api.capacity(scenario, 12, api.RunOptions(draws=4), project=shipped_project())
    assert tuple(found.steady) == found.hubs
    for hub, steady in found.steady.items():
        assert (steady.refused == "", steady.waiting is not None, steady.wait is not None) == (settles,) * 3
        warning = f"{hub}: no steady state can be given, because {steady.refused}"
        assert settles or warning in found.warnings
