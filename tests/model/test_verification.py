"""Verification tests of a costing model: what must follow when inputs are pushed to their ends."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from costmodel.model.evaluate import evaluate
from costmodel.model.outcomes import BridgeStep, Per
from costmodel.model.types import STAFF_COST_COMPONENTS, Behaviour, ModelInputs, Perspective, Volume
from tests.model.single_hub import engine_hub, hub_inputs
from tests.model.test_mini_hub import E01
from tests.model.toy import changed, take_draws, toy_inputs, with_ledger

PRICES = {
    "staff": (
        "salary",
        "enhancements",
        "invoice_per_hour",
        "capital_overheads",
        "qualifications",
        "ni_threshold",
    ),
    "items": ("amount",),
    "service_use": ("unit_cost", "published_mean"),
}
NOBODY = {
    "pathway": {
        name: np.zeros((1, 3))
        for name in ("registrations", "targeted_outreach_contacts", "outreach_contacts")
    }
}


def priced(inputs: ModelInputs, factor: float, *, keep: tuple[str, ...] = ()) -> ModelInputs:
    """Return inputs with every price, and the NI threshold, times a factor."""
    return changed(
        inputs,
        **{
            part: {name: factor * getattr(getattr(inputs, part), name) for name in names if name not in keep}
            for part, names in PRICES.items()
        },
    )


def test_at_prices_of_nothing_nothing_costs_anything() -> None:
    as_listed = toy_inputs(service_use={"calibrated": False})
    results = evaluate(priced(as_listed, 0.0)).outcomes
    assert_array_equal(results.hub_cost, np.zeros((5, 4, 4)))
    assert_array_equal(results.service_use_cost, np.zeros((5, 4, 4)))


def test_at_twice_the_prices_everything_costs_exactly_twice() -> None:
    inputs = toy_inputs()
    once, twice = (evaluate(priced(inputs, factor)) for factor in (1.0, 2.0))
    assert_array_equal(twice.ledger.cost, 2.0 * once.ledger.cost)
    assert_array_equal(twice.outcomes.long_run_marginal_cost, 2.0 * once.outcomes.long_run_marginal_cost)


def test_at_twice_the_prices_but_the_same_threshold_it_costs_more_than_twice() -> None:
    inputs = toy_inputs()
    once = evaluate(inputs).outcomes.hub_cost[:, 0]
    twice = evaluate(priced(inputs, 2.0, keep=("ni_threshold",))).outcomes.hub_cost[:, 0]
    assert np.all(twice > 2.0 * once)


def test_without_activity_only_what_stands_still_is_left() -> None:
    inputs = toy_inputs()
    quiet = evaluate(changed(inputs, **NOBODY)).outcomes
    busy = evaluate(inputs).outcomes
    assert_array_equal(quiet.behaviour_cost[:, :, Behaviour.VARIABLE], np.zeros((5, 4)))
    assert_array_equal(
        quiet.behaviour_cost[:, :, Behaviour.FIXED], busy.behaviour_cost[:, :, Behaviour.FIXED]
    )
    assert_allclose(quiet.behaviour_cost[:, :, Behaviour.STEP], busy.staff_bill, rtol=1e-12)
    assert np.isnan(quiet.fully_absorbed[:, :, [Per.CONTACTED, Per.SCREENED, Per.ATTENDED_SESSION]]).all()


def test_without_staff_nothing_is_delivered_and_without_hours_staff_cost_the_same() -> None:
    inputs = toy_inputs()
    minutes = np.full((1, 3, 6, 4), 1e12)
    full, none = (
        evaluate(inputs).outcomes,
        evaluate(changed(inputs, activities={"minutes": minutes})).outcomes,
    )
    assert_allclose(none.volumes[:, :, [Volume.THERAPY_STARTS, Volume.ATTENDED_SESSIONS]], 0.0, atol=1e-6)
    assert_array_equal(none.staff_bill, full.staff_bill)
    without = evaluate(changed(inputs, staff={"wte": np.zeros((1, 7))})).outcomes
    assert_array_equal(without.volumes[:, :, [Volume.SCREENED, Volume.THERAPY_STARTS]], np.zeros((5, 4, 2)))
    assert_array_equal(without.staff_bill, np.zeros((5, 4)))


def test_ledger_adds_up_to_every_headline_of_every_perspective_and_hub() -> None:
    inputs = toy_inputs()
    result = evaluate(inputs)
    plan, cost = inputs.ledger, result.ledger.cost
    for perspective in Perspective:
        for hub in range(3):
            counted = plan.in_perspective[:, perspective] & (plan.hub == hub)
            own, use = (
                cost[:, counted & block].sum(axis=1) for block in (plan.service < 0, plan.service >= 0)
            )
            assert_allclose(result.outcomes.hub_cost[:, hub + 1, perspective], own, rtol=1e-12)
            assert_allclose(result.outcomes.service_use_cost[:, hub + 1, perspective], use, rtol=1e-12)
    for costs in (result.outcomes.hub_cost, result.outcomes.service_use_cost):
        assert_allclose(costs[:, 0], costs[:, 1:].sum(axis=1), rtol=1e-14)


def test_activities_and_unused_capacity_make_up_the_staff_bill() -> None:
    free = {"amount": np.zeros((1, 8))}
    results = evaluate(toy_inputs(items=free)).outcomes
    assert_allclose(results.activity_cost[:, :, :7].sum(axis=2), results.staff_bill, rtol=1e-12)
    assert np.all(results.activity_cost[:, :, 6] > 0.0)


def test_bridge_steps_make_up_the_hub_cost() -> None:
    results = evaluate(toy_inputs()).outcomes
    assert_allclose(results.bridge.sum(axis=2), results.hub_cost[:, :, Perspective.NHS_PSS], rtol=1e-12)
    assert_array_equal(results.bridge[:, :, BridgeStep.ADMINISTRATION], np.zeros((5, 4)))


def test_without_overheads_and_capital_the_bill_is_pay_and_oncosts() -> None:
    none = np.zeros((1, 7))
    names = ("overheads_management_rate", "overheads_non_staff_rate", "capital_overheads", "qualifications")
    results = evaluate(toy_inputs(staff=dict.fromkeys(names, none))).outcomes
    staff_cost = results.component_cost[:, :, list(STAFF_COST_COMPONENTS)].sum(axis=2)
    assert_allclose(results.staff_bill, staff_cost, rtol=1e-12)


def test_overheads_fall_once_on_full_staff_cost() -> None:
    rates = {"overheads_management_rate": np.full((1, 7), 0.25), "index_factor": np.ones(11)}
    results = evaluate(toy_inputs(staff=rates)).outcomes
    staff_cost = results.component_cost[:, :, list(STAFF_COST_COMPONENTS)].sum(axis=2)
    assert_allclose(results.component_cost[:, :, 7], 0.25 * staff_cost, rtol=1e-12)


def test_wider_perspectives_cost_no_less() -> None:
    results = evaluate(toy_inputs()).outcomes
    for costs in (results.hub_cost, results.hub_cost + results.service_use_cost):
        host, nhs_pss, employer, societal = (
            costs[:, :, perspective]
            for perspective in (
                Perspective.HUB_HOST,
                Perspective.NHS_PSS,
                Perspective.NHS_EMPLOYER,
                Perspective.SOCIETAL,
            )
        )
        assert np.all(host < nhs_pss)
        assert np.all(nhs_pss <= societal)
        assert np.all(host < employer)
        assert np.all(employer <= societal)


def test_the_pathway_narrows() -> None:
    volumes = evaluate(toy_inputs()).outcomes.volumes
    steps = [Volume.ELIGIBLE_WORKFORCE, Volume.REGISTERED, Volume.SCREENED, Volume.TRIAGED, Volume.ASSESSED]
    assert np.all(np.diff(volumes[..., steps], axis=-1) < 0.0)
    assert np.all(volumes[..., Volume.COMPLETIONS] < volumes[..., Volume.THERAPY_STARTS])
    assert np.all(volumes[..., Volume.THERAPY_STARTS] <= volumes[..., Volume.THERAPY_DEMAND])


def test_a_hub_without_staff_or_activity_changes_no_other() -> None:
    inputs = toy_inputs()
    staff = replace(
        inputs.staff, hub_share=np.concatenate([inputs.staff.hub_share, np.zeros((5, 7, 1))], axis=2)
    )
    pathway = replace(
        inputs.pathway,
        **{name: np.pad(values, ((0, 0), (0, 1))) for name, values in vars(inputs.pathway).items()},
    )
    minutes = np.concatenate([inputs.activities.minutes, inputs.activities.minutes[:, :1]], axis=1)
    activities = replace(inputs.activities, minutes=minutes)
    before = evaluate(inputs).outcomes
    after = evaluate(with_ledger(staff, pathway, activities, inputs.items, inputs.service_use)).outcomes
    for name in ("hub_cost", "service_use_cost", "bridge", "volumes", "hours_available", "staff_bill"):
        values = getattr(after, name)
        assert_allclose(
            values[:, 0], np.delete(getattr(before, name), 0, axis=1).sum(axis=1), rtol=1e-12
        ) if (name != "volumes") else None
        assert_array_equal(values[:, 1:4], getattr(before, name)[:, 1:])
    assert_array_equal(after.hub_cost[:, 4], np.zeros((5, 4)))


def two_hubs(first: ModelInputs, second: ModelInputs) -> ModelInputs:
    """Return two single Hubs side by side, sharing nothing."""

    def side_by_side(part: str, name: str, axis: int) -> np.ndarray:
        return np.concatenate([getattr(getattr(hub, part), name) for hub in (first, second)], axis=axis)

    n = [hub.staff.pool.size for hub in (first, second)]
    by_post = {
        name: side_by_side("staff", name, 1)
        for name, values in vars(first.staff).items()
        if isinstance(values, np.ndarray) and values.ndim == 2
    }
    hub_share = np.zeros((1, sum(n), 2))
    hub_share[:, : n[0], 0] = hub_share[:, n[0] :, 1] = 1.0
    staff = replace(
        first.staff,
        **by_post,
        **{name: side_by_side("staff", name, 0) for name in ("headcount", "pool", "agency")},
        contract_group=np.arange(sum(n)),
        hub_share=hub_share,
    )
    pathway = replace(
        first.pathway, **{name: side_by_side("pathway", name, 1) for name in vars(first.pathway)}
    )
    activities = replace(first.activities, minutes=side_by_side("activities", "minutes", 1))
    return with_ledger(staff, pathway, activities, first.items, first.service_use)


def test_two_hubs_that_share_nothing_cost_what_one_of_both_costs() -> None:
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
    singles = [engine_hub(hub)[0]["total"] for hub in (E01, other)]
    assert_allclose(apart.hub_cost[0, 1:, Perspective.NHS_PSS], singles, rtol=1e-12)
    assert apart.hub_cost[0, 0, 0] == pytest.approx(merged["total"], rel=1e-12)


def test_merging_hubs_saves_part_used_steps() -> None:
    inputs = take_draws(toy_inputs(), slice(0, 1))
    steps = {
        "amount": np.full((1, 8), 100.0),
        "share": np.ones(8),
        "behaviour": np.full(8, int(Behaviour.STEP)),
        "driver": np.full(8, int(Volume.REGISTERED)),
        "step_capacity": np.full((1, 8), 90.0),
        "index_factor": np.ones(8),
        "payer": np.zeros(8, dtype=np.int64),
        "activity": np.full(8, -1),
    }
    apart = changed(inputs, items=steps | {"hub": np.array([0, 1, 2, 0, 1, 2, 0, 1])})
    steps_apart = evaluate(apart).ledger.quantity[0, apart.ledger.item >= 0][:3]
    registered = evaluate(apart).outcomes.volumes[0, :, Volume.REGISTERED]
    assert_array_equal(steps_apart, np.ceil(registered[1:] / 90.0))
    assert np.ceil(registered[0] / 90.0) < steps_apart.sum()


def test_two_runs_that_differ_in_nothing_differ_by_exactly_nothing() -> None:
    first, second = (evaluate(toy_inputs()) for _ in range(2))
    assert_array_equal(first.ledger.cost - second.ledger.cost, np.zeros_like(first.ledger.cost))


def test_relabelling_hubs_relabels_their_results() -> None:
    inputs = toy_inputs()
    order = np.array([2, 0, 1])
    moved = with_ledger(
        replace(inputs.staff, hub_share=inputs.staff.hub_share[:, :, order]),
        replace(inputs.pathway, **{name: values[:, order] for name, values in vars(inputs.pathway).items()}),
        replace(inputs.activities, minutes=inputs.activities.minutes[:, order]),
        replace(inputs.items, hub=np.argsort(order)[inputs.items.hub]),
        inputs.service_use,
    )
    before, after = evaluate(inputs).outcomes, evaluate(moved).outcomes
    for name in ("hub_cost", "service_use_cost", "bridge", "counts", "long_run_marginal_cost", "hours_used"):
        assert_array_equal(getattr(after, name)[:, 1:], getattr(before, name)[:, 1 + order])


def test_relabelling_pools_changes_no_cost() -> None:
    inputs = toy_inputs()
    order = np.array([3, 1, 0, 2])
    moved = changed(
        inputs,
        staff={"pool": np.argsort(order)[inputs.staff.pool]},
        activities={
            "minutes": inputs.activities.minutes[..., order],
            "indirect_ratio": inputs.activities.indirect_ratio[:, order],
        },
    )
    before, after = evaluate(inputs), evaluate(moved)
    assert_array_equal(after.ledger.cost, before.ledger.cost)
    assert_array_equal(after.outcomes.hours_used, before.outcomes.hours_used[..., order])
