from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from costmodel.model.evaluate import evaluate
from costmodel.model.outcomes import (
    ACTIVITY_STAGES,
    BridgeStep,
    Per,
    activity_group,
    bridge_group,
    component_group,
    with_all_hubs,
)
from costmodel.model.staffing import cost_of_added_hour
from costmodel.model.types import (
    INDIVIDUAL_STAGES,
    Behaviour,
    Component,
    CostType,
    ItemInputs,
    LedgerPlan,
    Stage,
    TimeKind,
    Volume,
)
from tests.model.single_hub import no_service_use, pathway, posts
from tests.model.test_activities import activities
from tests.model.toy import toy_inputs, with_ledger


def plan(**codes: list[int]) -> LedgerPlan:
    """Return a plan whose labels are -1 unless given."""
    n = len(next(iter(codes.values())))
    columns = {
        name: np.array(codes.get(name, [-1] * n))
        for name in (
            "hub", "activity", "stage", "time_kind", "post", "component", "item", "service", "cost_type",
            "behaviour", "payer",
        )
    }  # fmt: skip
    return LedgerPlan(**columns, in_perspective=np.ones((n, 4), dtype=bool), n_hubs=1, n_activities=5)


def test_all_hubs_come_first() -> None:
    values = np.arange(6.0).reshape(1, 3, 2)
    assert_array_equal(with_all_hubs(values), [[[6.0, 9.0], [0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]])


def test_activity_group_puts_unused_after_activities_and_the_rest_last() -> None:
    lines = plan(activity=[0, 4, -1, -1], time_kind=[0, 2, TimeKind.UNUSED, -1])
    assert_array_equal(activity_group(lines), [0, 4, 5, 6])


def test_component_group_puts_cost_types_of_items_after_components() -> None:
    lines = plan(component=[0, 10, -1, -1], cost_type=[0, 0, 1, 3])
    assert_array_equal(component_group(lines), [0, 10, 12, 14])


@pytest.mark.parametrize(
    ("kind", "stage", "step"),
    [
        (TimeKind.DIRECT, Stage.SCREENING, BridgeStep.CLIENT_CONTACT),
        (TimeKind.DIRECT, Stage.TRIAGE, BridgeStep.CLIENT_CONTACT),
        (TimeKind.INDIRECT, Stage.ASSESSMENT, BridgeStep.INDIRECT_TIME),
        (TimeKind.INDIRECT, Stage.NAVIGATION, BridgeStep.INDIRECT_TIME),
        (TimeKind.NOT_ATTENDED, Stage.BRIEF_SUPPORT, BridgeStep.NOT_ATTENDED),
        (TimeKind.NOT_ATTENDED, Stage.THERAPY, BridgeStep.NOT_ATTENDED),
        (TimeKind.DIRECT, Stage.OUTREACH, BridgeStep.TEAM_AND_OUTREACH),
        (TimeKind.INDIRECT, Stage.OUTREACH, BridgeStep.TEAM_AND_OUTREACH),
        (TimeKind.NOT_ATTENDED, Stage.TEAM_SESSIONS, BridgeStep.TEAM_AND_OUTREACH),
        (TimeKind.DIRECT, Stage.SUPERVISION, BridgeStep.SUPERVISION),
        (TimeKind.INDIRECT, Stage.ADMINISTRATION, BridgeStep.ADMINISTRATION),
        (TimeKind.UNUSED, -1, BridgeStep.UNUSED_OR_UNRECORDED),
    ],
)
def test_bridge_steps_of_staff_cost(kind: TimeKind, stage: int, step: BridgeStep) -> None:
    for component in range(Component.SALARY, Component.SICKNESS_BACKFILL + 1):
        lines = plan(
            time_kind=[kind], stage=[stage], component=[component], cost_type=[CostType.PAY], post=[0]
        )
        assert_array_equal(bridge_group(lines), [step])


@pytest.mark.parametrize(
    ("component", "cost_type", "step"),
    [
        (Component.OVERHEADS_MANAGEMENT, CostType.OVERHEAD, BridgeStep.OVERHEADS),
        (Component.OVERHEADS_NON_STAFF, CostType.OVERHEAD, BridgeStep.OVERHEADS),
        (Component.CAPITAL_OVERHEADS, CostType.CAPITAL, BridgeStep.CAPITAL),
        (Component.QUALIFICATIONS, CostType.PAY, BridgeStep.QUALIFICATIONS),
        (-1, CostType.OVERHEAD, BridgeStep.OVERHEADS),
        (-1, CostType.CAPITAL, BridgeStep.CAPITAL),
        (-1, CostType.NONPAY, BridgeStep.NON_PAY),
        (-1, CostType.PAY, BridgeStep.NON_PAY),
        (-1, CostType.TRANSFER, BridgeStep.NON_PAY),
    ],
)
@pytest.mark.parametrize(
    ("kind", "stage"), [(-1, -1), (TimeKind.DIRECT, Stage.OUTREACH), (TimeKind.UNUSED, -1)]
)
def test_bridge_steps_of_other_cost(
    component: int, cost_type: CostType, step: BridgeStep, kind: int, stage: int
) -> None:
    lines = plan(time_kind=[kind], stage=[stage], component=[component], cost_type=[cost_type])
    assert_array_equal(bridge_group(lines), [step])


def test_what_activity_costs_are_divided_by() -> None:
    assert INDIVIDUAL_STAGES == (
        Stage.SCREENING, Stage.TRIAGE, Stage.ASSESSMENT, Stage.NAVIGATION, Stage.BRIEF_SUPPORT, Stage.THERAPY,
    )  # fmt: skip
    assert ACTIVITY_STAGES == {
        Per.CONTACTED: (Stage.OUTREACH,),
        Per.REGISTERED: INDIVIDUAL_STAGES,
        Per.SCREENED: (Stage.SCREENING,),
        Per.TRIAGED: (Stage.TRIAGE,),
        Per.ASSESSED: (Stage.ASSESSMENT,),
        Per.SUPPORTED: (Stage.NAVIGATION, Stage.BRIEF_SUPPORT, Stage.THERAPY),
        Per.THERAPY_START: (Stage.THERAPY,),
        Per.COMPLETION: (Stage.THERAPY,),
        Per.ATTENDED_SESSION: (Stage.THERAPY,),
        Per.TEAM_ATTENDANCE: (Stage.TEAM_SESSIONS,),
        Per.KEYWORKERS_1000: (Stage.OUTREACH, Stage.TEAM_SESSIONS),
        Per.HUB_CONTACT: INDIVIDUAL_STAGES,
    }


def test_cost_per_start_over_completion_rate_is_cost_per_completion() -> None:
    results = evaluate(toy_inputs()).outcomes
    completed = results.volumes[..., Volume.COMPLETIONS] / results.volumes[..., Volume.THERAPY_STARTS]
    per_start, per_completion = (
        results.fully_absorbed[:, :, per, 0] for per in (Per.THERAPY_START, Per.COMPLETION)
    )
    assert_allclose(per_start / completed, per_completion, rtol=1e-13)


def marginal_hub(*drivers: Volume, **changes: np.ndarray) -> tuple[float, float]:
    """Return the short-run and long-run marginal cost of one Hub of 200 clients with two items."""
    staff = posts(
        [40_000.0],
        [1.5],
        headcount=np.array([2.0]),
        ni_rate=np.array([0.15]),
        ni_threshold=np.array([5_000.0]),
        step_wte=0.5,
    )
    items = replace(TWO_ITEMS, **changes)
    cohort = pathway(200.0, 100.0, 50.0, 40.0, 300.0)
    work = activities(*drivers, minutes=[[60.0]] * len(drivers))
    results = evaluate(with_ledger(staff, cohort, work, items, no_service_use())).outcomes
    short, long = results.short_run_marginal_cost, results.long_run_marginal_cost
    assert_array_equal(short[:, 0], short[:, 1])
    assert_array_equal(long[:, 0], long[:, 1])
    return float(short[0, 0]), float(long[0, 0])


TWO_ITEMS = ItemInputs(
    amount=np.zeros((1, 2)),
    share=np.ones(2),
    behaviour=np.array([Behaviour.STEP, Behaviour.VARIABLE]),
    cost_type=np.full(2, CostType.NONPAY),
    payer=np.zeros(2, dtype=np.int64),
    hub=np.zeros(2, dtype=np.int64),
    driver=np.full(2, Volume.HUB),
    activity=np.full(2, -1),
    step_capacity=np.ones((1, 2)),
    index_factor=np.ones(2),
)
HOUR = (20_000 + 0.15 * 15_000) / (0.5 * 1_500)


def test_marginal_costs_in_closed_form() -> None:
    """v for each session, s for each 40 screened, and an hour of a new post for each session."""
    short, long = marginal_hub(
        Volume.ATTENDED_SESSIONS,
        amount=np.array([[2_500.0, 4.0]]),
        driver=np.array([Volume.SCREENED, Volume.ATTENDED_SESSIONS]),
        share=np.array([0.8, 0.5]),
        index_factor=np.array([1.1, 1.2]),
        step_capacity=np.array([[40.0, 0.0]]),
    )
    variable = 4.0 * 0.5 * 1.2 * 300 / 200
    step = 2_500 * 0.8 * 1.1 / 40 * 200 / 200
    assert short == pytest.approx(variable, rel=1e-13)
    assert long == pytest.approx(variable + step + HOUR * 300 / 200, rel=1e-13)


@pytest.mark.parametrize(
    "driver", [Volume.ELIGIBLE_WORKFORCE, Volume.CONTACTED, Volume.STAFF_WTE, Volume.HUB]
)
def test_what_one_more_client_does_not_move(driver: Volume) -> None:
    amount = np.array([[2_500.0, 4.0]])
    assert marginal_hub(driver, amount=amount, driver=np.array([driver, driver])) == (0.0, 0.0)


@pytest.mark.parametrize("driver", [Volume.SCREENED, Volume.REGISTERED, Volume.ASSESSED])
def test_hours_that_follow_clients_cost_new_posts_in_the_long_run(driver: Volume) -> None:
    short, long = marginal_hub(driver)
    per_client = {Volume.SCREENED: 1.0, Volume.REGISTERED: 1.0, Volume.ASSESSED: 0.5}[driver]
    assert short == 0.0
    assert long == pytest.approx(HOUR * per_client, rel=1e-13)


def test_an_added_hour_of_a_pool_is_the_mean_of_its_posts_weighted_by_their_hours() -> None:
    result = evaluate(toy_inputs())
    added = cost_of_added_hour(toy_inputs().staff)
    assert added.shape == (5, 7)
    assert np.all(np.isfinite(added))
    assert np.all(result.outcomes.long_run_marginal_cost > result.outcomes.short_run_marginal_cost)


def test_a_post_that_cannot_work_does_not_spoil_the_marginal_cost_of_its_pool() -> None:
    hours = toy_inputs().staff.working_hours.copy()
    hours[:, 0] = 0.0
    sick = toy_inputs().staff.sickness_hours.copy()
    sick[:, 0] = 0.0
    wte = toy_inputs().staff.wte.copy()
    wte[:, 0] = 0.0
    results = evaluate(
        toy_inputs(staff={"working_hours": hours, "sickness_hours": sick, "wte": wte})
    ).outcomes
    assert np.isfinite(results.long_run_marginal_cost).all()


def test_unit_costs_of_nothing_are_not_applicable() -> None:
    none = np.zeros((1, 3))
    results = evaluate(
        toy_inputs(pathway={"registrations": none, "targeted_outreach_contacts": none})
    ).outcomes
    assert np.isnan(results.fully_absorbed[:, :, Per.REGISTERED]).all()
    assert np.isnan(results.activity_only[:, :, Per.COMPLETION]).all()
    assert np.isnan(results.service_use_per_client).all()
    assert np.isnan(results.short_run_marginal_cost).all()
    assert np.isfinite(results.fully_absorbed[:, :, Per.KEYWORKERS_1000]).all()
