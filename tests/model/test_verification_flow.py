"""Verification tests 13 to 24 of a costing model: the flow of people, on toys and on the shipped scenarios.

The order is that of the domain "event and patient flow" of TECH-VER: Büyükkaramikli NC, Rutten-van Mölken
MPMH, Severens JL, Al M (2019). TECH-VER: a verification checklist to reduce errors in models and improve
their credibility. PharmacoEconomics 37:1391-1408. Prices and results are in `test_verification`.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from numpy.testing import assert_allclose, assert_array_equal

from costmodel import api
from costmodel.analysis.capacity import capacity
from costmodel.analysis.engines import ENGINES, HubQueue
from costmodel.analysis.event_simulation import replicate
from costmodel.analysis.simulated_service import Course, Service
from costmodel.model.birth_death import (
    ChainRates,
    expected_waiting,
    mean_wait,
    opening_state,
    stationary,
    transient,
    wait_survival,
)
from costmodel.model.evaluate import evaluate
from costmodel.model.list_capacity import start_capacity
from costmodel.model.outcomes import Per
from costmodel.model.queueing import WaitingError, erlang_c, steady_queue
from costmodel.model.types import (
    Behaviour,
    CostType,
    ItemInputs,
    ModelInputs,
    Payer,
    Perspective,
    TimeKind,
    Volume,
)
from costmodel.model.waiting_list import run_list, start_rate
from costmodel.runner import simulate
from costmodel.uncertainty.sampling import MonteCarlo
from tests.flows import (
    DRAWS,
    MONTHS,
    SEED,
    SHIPPED,
    layout_of,
    lists_before,
    posts_of,
    require_people_conserved,
    year_of,
)
from tests.model.single_hub import engine_hub, hub_inputs
from tests.model.test_mini_hub import E01
from tests.model.test_verification import two_hubs
from tests.model.test_waiting_list import toy_list
from tests.model.toy import toy_inputs, with_ledger
from tests.scenario_files import fixed, said, shipped_project

ENGINE_NAMES = tuple(ENGINES)
PATHWAY = (
    Volume.REGISTERED,
    Volume.SCREENED,
    Volume.TRIAGED,
    Volume.ASSESSED,
    Volume.SIGNPOSTED,
    Volume.NAVIGATED,
    Volume.BRIEF_SUPPORT,
    Volume.BRIEF_SESSIONS,
    Volume.THERAPY_DEMAND,
    Volume.EXTERNAL_THERAPY,
    Volume.NO_FURTHER_SUPPORT,
)
"""Volumes of those who come in the year; therapy may go on with those who came before."""


def one(value: float) -> np.ndarray:
    return np.array([value], dtype=np.float64)


def a_queue(**changes: Any) -> HubQueue:
    """Return one Hub's list as every engine reads it: more people arrive than can start."""
    base: dict[str, Any] = {
        "arrivals": np.full(12, 9.0),
        "start_capacity": np.full(12, 6.0),
        "course_steps": 2.5,
        "attrition": 0.05,
        "opening_list": np.array([8.0, 6.0, 4.0]),
        "opening_caseload": 15.0,
        "class_shares": np.ones(1),
        "sessions_per_start": 7.0,
        "dropout_share": 0.2,
    }
    return HubQueue(**{**base, **changes})


def standard_error(values: np.ndarray) -> np.ndarray:
    return np.asarray(values.std(axis=0, ddof=1) / np.sqrt(len(values)))


@pytest.mark.parametrize("scenario", SHIPPED)
def test_13_people_are_conserved_every_month_at_every_stage(scenario: str) -> None:
    year = year_of(scenario)
    assert year.flows.waiting.shape == (DRAWS, len(layout_of(scenario).hubs), MONTHS)
    require_people_conserved(year.inputs, year.flows)
    for volumes in (year.outputs.demand, year.outputs.outcomes.volumes):
        assert volumes.min() >= 0.0
    demand, done = year.outputs.demand, year.outputs.delivery.volumes
    of = {volume: demand[..., volume] for volume in Volume}
    therapy = of[Volume.THERAPY_DEMAND] + of[Volume.EXTERNAL_THERAPY]
    # Those helped to therapy elsewhere are navigated too, and counted as both.
    ways = (Volume.SIGNPOSTED, Volume.NAVIGATED, Volume.BRIEF_SUPPORT, Volume.NO_FURTHER_SUPPORT)
    others = sum(of[way] for way in ways) - of[Volume.EXTERNAL_THERAPY]
    assert_allclose(therapy + others, of[Volume.TRIAGED], rtol=1e-12)
    ended = done[..., Volume.COMPLETIONS] + done[..., Volume.DROPOUTS]
    today = year.inputs.opening_starts * year.inputs.retention[1:].sum()
    assert np.all(ended <= (done[..., Volume.THERAPY_STARTS] + today) * (1.0 + 1e-12))
    assert np.all(ended >= 0.9 * done[..., Volume.THERAPY_STARTS])
    # The list is fed with those whom the pathway accepts, and with nobody else.
    accepted = year.inputs.arrivals[..., :12].sum(axis=2)
    assert np.all(accepted <= of[Volume.THERAPY_DEMAND] * (1.0 + 1e-12))
    assert np.median(accepted / of[Volume.THERAPY_DEMAND]) > 0.95


@pytest.mark.parametrize("engine", ENGINE_NAMES)
def test_13_people_are_conserved_every_month_by_every_engine(engine: str) -> None:
    closed = a_queue(arrivals=np.zeros(12))
    months = ENGINES[engine](closed, SEED)  # type: ignore[index]
    # Without referrals, all who leave the list are those who were on it.
    gone = np.cumsum(months.starts + months.left_list)
    assert_allclose(gone + months.waiting, 18.0, atol=1e-6)
    assert min(getattr(months, name).min() for name in ("waiting", "starts", "left_list")) >= -1e-9
    open_to_all = ENGINES[engine](a_queue(), SEED)  # type: ignore[index]
    came = open_to_all.waiting + np.cumsum(open_to_all.starts + open_to_all.left_list) - 18.0
    if engine == "des":
        assert_allclose(came[-1], 12 * 9.0, rtol=0.06)
    else:
        assert_allclose(came, 9.0 * np.arange(1, 13), atol=1e-6)


def test_13_people_are_conserved_every_month_on_the_list_and_in_treatment_by_the_chain() -> None:
    arrivals, slots = np.array([9.0, 14.0, 2.0, 0.0, 30.0]), np.array([15.0, 20.0, 20.0, 8.0, 12.0])
    chain = transient(ChainRates(arrivals, slots, 0.4, 0.1), opening_state(21.0))
    on_list = np.concatenate([[6.0], chain.waiting[:-1]])
    treated = np.concatenate([[15.0], chain.in_treatment[:-1]])
    assert_allclose(on_list + arrivals - chain.starts - chain.left_list, chain.waiting, atol=1e-6)
    assert_allclose(treated + chain.starts - chain.completions, chain.in_treatment, atol=1e-6)
    assert_allclose(chain.distribution.sum(axis=1), 1.0, atol=1e-9)
    assert min(each.min() for each in (chain.distribution, chain.left_list, chain.completions)) >= 0.0


@pytest.mark.parametrize("scenario", ["base_case", "four_hubs"])
def test_14_without_referrals_nothing_flows_and_the_list_runs_down(scenario: str) -> None:
    hubs = layout_of(scenario).hubs
    nobody = {
        f"hub_{hub}.pathway.{name}": 0.0
        for hub in hubs
        for name in ("registrations", "targeted_outreach_contacts")
    }
    year = year_of(scenario, nobody)
    assert not year.outputs.outcomes.volumes[..., PATHWAY].any()
    assert not year.inputs.arrivals.any()
    capacity_of_month, before = start_rate(year.inputs), lists_before(year.inputs, year.flows)
    stay = before * (1.0 - year.inputs.attrition[..., None])
    assert_allclose(year.flows.starts, np.minimum(stay, capacity_of_month), rtol=1e-9, atol=1e-12)
    assert_allclose(year.flows.waiting, np.maximum(stay - capacity_of_month, 0.0), atol=1e-9)
    assert np.all(np.diff(year.flows.waiting, axis=2) <= 0.0)
    assert before[..., 0].min() > 0.0 and not year.flows.waiting[..., -1].any()


@pytest.mark.parametrize("engine", ENGINE_NAMES)
def test_14_without_referrals_or_a_list_every_engine_stands_still(engine: str) -> None:
    empty = a_queue(arrivals=np.zeros(12), opening_list=np.zeros(1), opening_caseload=0.0)
    months = ENGINES[engine](empty, SEED)  # type: ignore[index]
    for name in ("waiting", "waiting_lower", "waiting_upper", "starts", "left_list"):
        assert_allclose(getattr(months, name), 0.0, atol=1e-12)


@pytest.mark.parametrize("scenario", SHIPPED)
def test_15_if_all_leave_the_list_is_empty_after_a_step(scenario: str) -> None:
    year = year_of(scenario, {"waiting.attrition": 1.0})
    before = lists_before(year.inputs, year.flows)
    assert before[..., 0].min() > 0.0
    assert_allclose(year.flows.left_list, before, rtol=1e-12)
    # Only those who came since can be left.
    assert np.all(year.flows.waiting <= year.inputs.arrivals)


@pytest.mark.parametrize("engine", ENGINE_NAMES)
def test_15_if_all_leave_every_engine_empties_the_list(engine: str) -> None:
    nobody_stays = a_queue(attrition=1.0, arrivals=np.zeros(12), start_capacity=np.full(12, 0.4))
    months = ENGINES[engine](nobody_stays, SEED)  # type: ignore[index]
    assert_allclose(months.waiting, 0.0, atol=1e-6)
    assert months.left_list[0] == pytest.approx(18.0, abs=1.0)
    assert not months.left_list[1:].max(initial=0.0) > 1e-6


def test_15_if_nobody_leaves_the_list_grows_by_what_arrives_beyond_capacity() -> None:
    changes = {"waiting.attrition": 0.0, "waiting.hubs.reference.opening_list": 5_000.0}
    year = year_of("new_surge", changes)
    growth = np.diff(year.flows.waiting, axis=2)
    excess = year.inputs.arrivals - start_rate(year.inputs)
    assert np.any(excess > 0.0)
    assert_allclose(growth, excess[..., 1:], rtol=1e-9, atol=1e-9)
    assert not year.flows.left_list.any()


@pytest.mark.parametrize("engine", ENGINE_NAMES)
def test_15_if_nobody_leaves_every_engine_grows_as_much(engine: str) -> None:
    long = a_queue(attrition=0.0, arrivals=np.full(12, 10.0), opening_list=np.array([60.0]))
    months = ENGINES[engine](long, SEED)  # type: ignore[index]
    grown = months.waiting - 60.0
    assert_allclose(grown, 4.0 * np.arange(1, 13), atol=float(3.0 * months.waiting_se.max() + 1e-6))
    assert not months.left_list.any()


@pytest.mark.parametrize("scenario", SHIPPED)
def test_16_with_staff_without_end_nobody_waits(scenario: str) -> None:
    many = dict.fromkeys(posts_of(scenario), 1_000.0)
    # A fixed number of rooms or supervisors' clients would bind all the same, so both grow with staff here.
    year = year_of(scenario, factors=many)
    assert not year.flows.waiting.any()
    opening = lists_before(year.inputs, year.flows)[..., 0] * (1.0 - year.inputs.attrition)
    starts = year.flows.starts.copy()
    starts[..., 0] -= opening
    assert_allclose(starts, year.inputs.arrivals, rtol=1e-9)
    assert not year.flows.mean_wait[..., 1:].any() and not year.flows.expected_wait.any()


def test_16_with_capacity_without_end_no_engine_has_a_list() -> None:
    endless = np.full((5, 3, 12), np.inf)
    flows = run_list(replace(toy_list(), session_capacity=endless, caseload_cap=endless))
    assert not flows.waiting.any()
    assert_allclose(flows.starts[..., 1:], toy_list().arrivals[..., 1:], rtol=1e-12)
    wide = a_queue(start_capacity=np.full(12, 80.0), opening_list=np.zeros(1), opening_caseload=0.0)
    for engine in ENGINE_NAMES:
        months = ENGINES[engine](wide, SEED)  # type: ignore[index]
        assert_allclose(months.waiting, 0.0, atol=1e-9)
        assert_allclose(months.wait, 0.0, atol=1e-9)
        assert months.starts.sum() == pytest.approx(12 * 9.0, rel=0.06 if engine == "des" else 1e-9)


def test_17_without_capacity_nobody_starts_and_staff_cost_the_same() -> None:
    full = year_of("new_surge")
    none = year_of("new_surge", {"waiting.caseload_per_wte": 0.0})
    for name in ("starts", "sessions", "completions", "dropouts", "caseload"):
        assert not getattr(none.flows, name).any(), name
    assert np.isinf(none.flows.expected_wait).all()
    assert_array_equal(none.outputs.outcomes.staff_bill, full.outputs.outcomes.staff_bill)


def test_17_where_therapy_takes_hours_without_end_the_staff_bill_stands_and_hours_are_unused() -> None:
    inputs = toy_inputs()
    minutes = inputs.activities.minutes.copy()
    therapy = list(inputs.activities.driver).index(Volume.ATTENDED_SESSIONS)
    minutes[:, :, therapy] = 1e15
    full, none = (
        evaluate(inputs),
        evaluate(replace(inputs, activities=replace(inputs.activities, minutes=minutes))),
    )
    sessions = none.outcomes.volumes[..., [Volume.THERAPY_STARTS, Volume.ATTENDED_SESSIONS]]
    assert_allclose(sessions, 0.0, atol=1e-6)
    assert full.outcomes.volumes[..., Volume.ATTENDED_SESSIONS].min() > 0.0
    assert_array_equal(none.outcomes.staff_bill, full.outcomes.staff_bill)
    assert np.all(none.staff.components == full.staff.components)


def with_dna(inputs: ModelInputs, rate: float) -> ModelInputs:
    rates = inputs.activities.dna_rate.copy()
    rates[:, list(inputs.activities.driver).index(Volume.ATTENDED_SESSIONS)] = rate
    return replace(inputs, activities=replace(inputs.activities, dna_rate=rates))


def test_18_without_dna_every_slot_is_attended() -> None:
    year = year_of("base_case", {"activities.therapy.dna_rate": 0.0})
    therapy = layout_of("base_case").activities.index("therapy")
    assert_array_equal(year.waiting.hours.slots_per_session, np.ones(DRAWS))
    assert not year.outputs.delivery.hours[:, :, therapy, :, TimeKind.NOT_ATTENDED].any()
    usual = year_of("base_case")
    assert usual.outputs.delivery.hours[:, :, therapy, :, TimeKind.NOT_ATTENDED].max() > 0.0
    assert np.all(usual.waiting.hours.slots_per_session > 1.0)
    staff = (one(3.0), one(1552.5), one(0.55), one(1.0))
    unit = start_capacity(*staff, one(0.0), one(1.0), one(7.0), one(0.65))
    assert_array_equal(unit.slots, unit.attended)


def test_18_as_dna_nears_one_nobody_attends_and_the_cost_per_attended_session_is_null(tmp_path: Path) -> None:
    inputs = toy_inputs()
    attended = [
        evaluate(with_dna(inputs, rate)).outcomes.volumes[:, 0, Volume.ATTENDED_SESSIONS]
        for rate in (0.15, 0.9, 0.999, 1.0 - 1e-9)
    ]
    assert np.all(np.diff(attended, axis=0) < 0.0)
    assert_allclose(attended[-1], 0.0, atol=1e-3)
    nobody = evaluate(with_dna(inputs, 1.0)).outcomes
    assert not nobody.volumes[..., Volume.ATTENDED_SESSIONS].any()
    for costs in (
        nobody.fully_absorbed[..., Per.ATTENDED_SESSION, :],
        nobody.activity_only[..., Per.ATTENDED_SESSION],
    ):
        assert np.isnan(costs).all()
    for field in fields(nobody):
        assert not np.isinf(getattr(nobody, field.name)).any(), field.name
    # A project file that says so is refused in words.
    assert said(tmp_path, {"activities.therapy.dna_rate": fixed("share", 1.0)}) == [
        ("activities.therapy.dna_rate", "must be less than 1, or no session is ever attended")
    ]


@pytest.mark.parametrize("scenario", SHIPPED)
def test_19_a_shorter_course_at_the_same_slots_starts_more_in_proportion(scenario: str) -> None:
    names = [
        f"hub_{hub}.pathway.{name}"
        for hub in layout_of(scenario).hubs
        for name in ("sessions_per_completion", "sessions_per_dropout")
    ]
    usual, short = year_of(scenario), year_of(scenario, factors=dict.fromkeys(names, 0.5))
    pools = slice(0, len(layout_of(scenario).pools))
    by_hours = usual.waiting.limits[..., pools]
    gives = np.isfinite(by_hours)
    assert gives.any() and by_hours[gives].max() > 0.0
    assert_allclose(short.waiting.limits[..., pools][gives], 2.0 * by_hours[gives], rtol=1e-12)
    # A course half as long in months doubles what a cap of the caseload allows.
    inputs = toy_list(session_capacity=np.full((5, 3, 12), np.inf), retention=np.array([1.0, 1.0, 1.0, 1.0]))
    assert_allclose(start_rate(replace(inputs, retention=np.ones(2))), 2.0 * start_rate(inputs), rtol=1e-12)


@pytest.mark.parametrize(
    ("arrivals", "service", "servers"), [(8.0, 2.0, 5), (3.0, 1 / 12, 40), (0.7, 1.0, 1), (99.0, 1.0, 101)]
)
def test_20_erlang_c_is_the_truncated_chain(arrivals: float, service: float, servers: int) -> None:
    queue = steady_queue(one(arrivals), one(service), one(servers))
    chain = stationary(arrivals, service, float(servers), 0.0)
    assert_allclose(chain[servers:].sum(), queue.prob_wait, rtol=1e-9)
    assert_allclose(expected_waiting(chain, float(servers)), queue.mean_queue, rtol=1e-6)
    assert_allclose(mean_wait(chain, float(servers), service, 0.0), queue.mean_wait, rtol=1e-6)
    settled = transient(ChainRates(one(arrivals), one(servers), service, 0.0), chain)
    assert_allclose(settled.waiting, queue.mean_queue, rtol=1e-5)


@pytest.mark.parametrize("load", [1.0, 1.2])
def test_20_a_load_of_one_or_more_has_no_steady_state(load: float) -> None:
    with pytest.raises(WaitingError, match="serve at most 10 in the same time: the queue grows"):
        steady_queue(one(10.0 * load), one(1.0), one(10.0))
    with pytest.raises(WaitingError, match="grows without end and has no steady state"):
        stationary(10.0 * load, 1.0, 10.0, 0.0)
    assert erlang_c(one(10.0 * load), 10)[0, 10] == 1.0


def test_20_one_server_waits_as_often_as_it_is_loaded_and_more_servers_less_often() -> None:
    loads = np.array([0.05, 0.3, 0.7, 0.95])
    assert_allclose(erlang_c(loads, 1)[:, 1], loads, rtol=1e-12)
    falling = np.diff(erlang_c(np.array([0.5, 7.3, 36.0]), 60), axis=1)
    assert np.all(falling <= 0.0)
    waits = [float(steady_queue(one(3.0), one(1 / 12), one(c)).mean_wait[0]) for c in range(37, 60)]
    assert np.all(np.diff(waits) < 0.0)


def test_20_the_simulation_after_its_warm_up_is_within_three_standard_errors_of_erlang_c() -> None:
    months, warm_up = 60, 20
    service = Service(np.full(months, 3.2), np.full(months, 4.0), Course.exponential(1.0))
    found = replicate(service, seed=SEED, replications=60)
    exact = steady_queue(one(3.2), one(1.0), one(4.0))
    lists = found.waiting[:, warm_up:].mean(axis=1)
    waits = found.waited[:, warm_up:].sum(axis=1) / found.starts[:, warm_up:].sum(axis=1)
    for values, expected in ((lists, exact.mean_queue[0]), (waits, exact.mean_wait[0])):
        assert abs(values.mean() - expected) <= 3.0 * standard_error(values)
        # Three standard errors would let nothing else through.
        assert 3.0 * standard_error(values) < 0.5 * expected


def test_21_littles_law_holds_in_every_run_of_the_simulation() -> None:
    """All start before the end, so that the list over time is the time that clients waited."""
    arrivals = np.concatenate([np.full(10, 4.0), np.zeros(40)])
    service = Service(arrivals, np.full(50, 5.0), Course.exponential(1.5), class_shares=np.array([0.3, 0.7]))
    found = replicate(service, seed=SEED)
    assert not found.waiting[:, -1].any() and found.waited.sum() > 100.0
    assert_allclose(found.mean_queue * 50.0, found.waited.sum(axis=1), rtol=1e-9)
    assert_allclose(found.waited_by_class.sum(axis=1), found.waited.sum(axis=1), rtol=1e-9)


@pytest.mark.parametrize("attrition", [0.0, 0.02, 0.5])
def test_21_littles_law_holds_in_the_chain(attrition: float) -> None:
    arrivals, service, slots = 4.0, 1 / 3, 13.0
    chain = stationary(arrivals, service, slots, attrition)
    times = np.linspace(0.0, 60.0, 6_001)
    offered = wait_survival(chain, slots, service, attrition, times)
    # Somebody who may leave is on the list until their turn or their patience ends.
    on_list = np.trapezoid(offered * np.exp(-attrition * times), times)
    assert_allclose(arrivals * on_list, expected_waiting(chain, slots), rtol=1e-4)


def test_21_littles_law_holds_on_the_list_by_age() -> None:
    inputs = replace(toy_list(), attrition=np.zeros((5, 3)), opening_list=np.zeros((5, 3, 1)))
    arrivals = np.concatenate([2.0 * inputs.arrivals[..., :4], np.zeros((5, 3, 60))], axis=2)
    longer = {
        name: np.repeat(getattr(inputs, name)[..., :1], 64, axis=2)
        for name in ("session_capacity", "caseload_cap")
    }
    flows = run_list(replace(inputs, arrivals=arrivals, **longer))
    assert not flows.waiting[..., -1].any() and flows.waiting.max() > 10.0
    ages = np.arange(flows.starts_by_wait.shape[2])
    assert_allclose(flows.waiting.sum(axis=2), (flows.starts_by_wait * ages).sum(axis=2), rtol=1e-9)
    assert_allclose(flows.waiting.sum(axis=2), np.nansum(flows.mean_wait * flows.starts, axis=2), rtol=1e-9)


@pytest.mark.parametrize("scenario", SHIPPED)
def test_22_fewer_are_screened_than_register_than_are_reached_and_fewer_complete_than_start(
    scenario: str,
) -> None:
    year = year_of(scenario)
    volumes = year.outputs.outcomes.volumes
    assert np.all(volumes[..., Volume.SCREENED] <= volumes[..., Volume.REGISTERED])
    assert np.all(volumes[..., Volume.REGISTERED] <= volumes[..., Volume.ELIGIBLE_WORKFORCE])
    mean = year.outputs.demand.mean(axis=0)
    assert np.all(mean[:, Volume.REGISTERED] <= mean[:, Volume.CONTACTED])
    assert np.all(volumes[..., Volume.COMPLETIONS] <= volumes[..., Volume.THERAPY_STARTS])
    new = replace(year.inputs, opening_starts=np.zeros_like(year.inputs.opening_starts))
    flows = run_list(new)
    started, completed = np.cumsum(flows.starts, axis=2), np.cumsum(flows.completions, axis=2)
    assert completed[..., -1].min() > 0.0
    assert np.all(completed <= started + 1e-9)


def idle_hub_project(folder: Path) -> api.Project:
    """Return the four Hubs' files with a fifth that has nobody and shares in the shared posts."""
    parameters = folder / "parameters"
    parameters.mkdir()
    for file in shipped_project().parameters_folder.iterdir():
        (parameters / file.name).write_bytes(file.read_bytes())

    def rewrite(name: str, change: Callable[[dict[str, Any]], None], source: str = "") -> None:
        content = yaml.safe_load((parameters / (source or name)).read_text(encoding="utf-8"))
        change(content)
        (parameters / name).write_text(yaml.safe_dump(content, sort_keys=False, width=1000), encoding="utf-8")

    def empty(hub: dict[str, Any]) -> None:
        people = ("eligible_workforce", "outreach_contacts", "registrations", "team_attendances")
        for name in people:
            hub["pathway"][name] = fixed(hub["pathway"][name]["unit"], 0.0)
        for post in hub["posts"].values():
            post["wte"] = fixed("WTE", 0.0)
            if "person" in post:
                post["person"] = "nobody"
        for owned in ("non_pay", "capital"):
            hub.pop(owned, None)

    def share(posts: dict[str, Any]) -> None:
        for post in posts.values():
            post["shared"]["hubs"].append("idle")
            if "shares" in post["shared"]:
                post["shared"]["shares"]["idle"] = fixed("share", 0.0)

    def wait(waiting: dict[str, Any]) -> None:
        waiting["hubs"]["idle"] = {"opening_list": fixed("people", 0.0)}

    rewrite("hub_idle.yaml", empty, "hub_moor.yaml")
    rewrite("shared_posts.yaml", share)
    rewrite("waiting.yaml", wait)
    scenarios = folder / "scenarios"
    scenarios.mkdir()
    for name in ("base_case", "four_hubs"):
        file = shipped_project().scenarios_folder / f"{name}.yaml"
        (scenarios / file.name).write_bytes(file.read_bytes())
    return api.open_project(parameters, scenarios)


def test_23_a_hub_without_staff_or_activity_changes_no_other(tmp_path: Path) -> None:
    project = idle_hub_project(tmp_path)
    five = tmp_path / "scenarios" / "five_hubs.yaml"
    content = yaml.safe_load((tmp_path / "scenarios" / "four_hubs.yaml").read_text(encoding="utf-8"))
    content["hubs"].append("idle")
    five.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    before = layout_of("four_hubs").spec
    after = project.specification(five, also=["waiting"])
    design = MonteCarlo(seed=SEED, n=DRAWS)
    with simulate(before, design) as four, simulate(after, design) as more:
        names = [each.name for each in four.outcomes]
        assert len(names) > 500
        for name in names:
            assert_allclose(more.draws(name), four.draws(name), rtol=1e-12, err_msg=name)
        assert more.outcome("total_hub_cost@idle").base_case == 0.0
    lists, longer = (capacity(spec, design, 6) for spec in (before, after))
    others = tuple(figure for figure in longer.figures if figure.hub != "idle")
    assert others == lists.figures
    idle = [figure for figure in longer.figures if figure.hub == "idle" and figure.unit.startswith("people")]
    assert idle and not any(figure.base_case for figure in idle)


def test_24_two_hubs_in_one_cost_their_sum_without_steps_and_no_more_with_them() -> None:
    other: dict[str, Any] = copy.deepcopy(E01)
    other["staff"] = {"b8a": [[60_000.0, 1.0], [58_000.0, 0.8]], "b5": [[33_000.0, 1.0], [30_000.0, 1.0]]}
    both = copy.deepcopy(E01)
    both["staff"] = {pool: [*E01["staff"][pool], *other["staff"][pool]] for pool in ("b8a", "b5")}
    for name in ("screened", "navigated", "attended", "starters", "completers"):
        both[name] = 2.0 * E01[name]
    for name, (units, hours, dna, lost) in E01["activities"].items():
        both["activities"][name] = (2.0 * units, hours, dna, lost)
    apart = evaluate(two_hubs(hub_inputs(E01), hub_inputs(other))).outcomes
    merged, _ = engine_hub(both)
    assert_allclose(apart.hub_cost[0, 1:, Perspective.NHS_PSS].sum(), merged["total"], rtol=1e-12)
    pair, whole = two_hubs(hub_inputs(E01), hub_inputs(other)), hub_inputs(both)
    saved = []
    for capacity_of_step in E01["screened"] * np.array([0.25, 0.4, 1.0, 1.5, 2.0]):
        two, single = (evaluate(with_steps(inputs, capacity_of_step)).outcomes for inputs in (pair, whole))
        steps = [np.ceil(n * E01["screened"] / capacity_of_step) for n in (1, 2)]
        difference = two.hub_cost[0, 0, 0] - single.hub_cost[0, 0, 0]
        assert difference == pytest.approx(1_000.0 * (2.0 * steps[0] - steps[1]), abs=1e-6)
        saved.append(difference)
    assert_allclose(saved, [0.0, 1_000.0, 0.0, 0.0, 1_000.0], atol=1e-6)


def with_steps(inputs: ModelInputs, step_capacity: float) -> ModelInputs:
    """Return inputs in which every Hub buys a block at £1,000 for each so many people who register."""
    n_hubs = inputs.pathway.registrations.shape[1]
    code = np.zeros(n_hubs, dtype=np.int64)
    items = ItemInputs(
        amount=np.full((1, n_hubs), 1_000.0),
        share=np.ones(n_hubs),
        behaviour=code + int(Behaviour.STEP),
        cost_type=code + int(CostType.NONPAY),
        payer=code + int(Payer.HUB_HOST),
        hub=np.arange(n_hubs),
        driver=code + int(Volume.REGISTERED),
        activity=code - 1,
        step_capacity=np.full((1, n_hubs), step_capacity),
        index_factor=np.ones(n_hubs),
    )
    return with_ledger(inputs.staff, inputs.pathway, inputs.activities, items, inputs.service_use)


def test_24_two_lists_in_one_are_no_longer_than_apart() -> None:
    inputs = toy_list(n_hubs=2, attrition=np.full((5, 2), 0.03), sessions_per_start=np.full((5, 2), 7.0))
    rates = {
        name: getattr(inputs, name)[:, :1] for name in ("attrition", "sessions_per_start", "dropout_share")
    }
    pooled = ("arrivals", "session_capacity", "caseload_cap", "opening_list", "opening_starts")
    for factors in (np.ones((1, 2, 1)), np.array([[[3.0], [0.2]]])):
        busy = replace(inputs, arrivals=2.0 * inputs.arrivals * factors)
        sums = {name: getattr(busy, name).sum(axis=1, keepdims=True) for name in pooled}
        together, apart = run_list(replace(busy, **rates, **sums)), run_list(busy).waiting.sum(axis=1)
        assert np.all(together.waiting[:, 0] <= apart + 1e-9)
        always_busy = np.all(run_list(busy).waiting > 0.0)
        if always_busy:
            assert_allclose(together.waiting[:, 0], apart)
        else:
            assert np.any(together.waiting[:, 0] < apart - 1.0)
