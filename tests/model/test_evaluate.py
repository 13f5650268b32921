"""The whole model against the same model in plain Python, and what must hold whatever the numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from costmodel.model.checks import valid_draws
from costmodel.model.evaluate import ModelOutputs, evaluate
from costmodel.model.outcomes import BridgeStep, Per
from costmodel.model.types import Component, CostType, Perspective, Volume
from tests.model import plain
from tests.model.plain import PlainHubs
from tests.model.toy import toy_inputs

N_DRAWS, N_HUBS = 5, 3
BRIDGE = (
    "direct", "indirect", "not_attended", "team_and_outreach", "supervision", "administration", "unused",
    "overhead", "capital", "non_pay", "qualifications",
)  # fmt: skip
DENOMINATORS = (
    ("contacted",), ("registered",), ("screened",), ("triaged",), ("assessed",),
    ("signposted", "navigated", "brief", "starts"), ("starts",), ("completions",), ("sessions",), ("team",),
    ("eligible",), ("triaged", "assessed", "navigated", "brief_sessions", "sessions"),
)  # fmt: skip
INDIVIDUAL = ("screening", "triage", "assessment", "navigation", "brief_support", "therapy")
NUMERATORS = (
    ("outreach",), INDIVIDUAL, ("screening",), ("triage",), ("assessment",),
    ("navigation", "brief_support", "therapy"), ("therapy",), ("therapy",), ("therapy",), ("team_sessions",),
    ("outreach", "team_sessions"), INDIVIDUAL,
)  # fmt: skip


@pytest.fixture(scope="module")
def toy() -> ModelOutputs:
    return evaluate(toy_inputs())


@pytest.fixture(scope="module")
def draws() -> list[PlainHubs]:
    inputs = toy_inputs()
    return [PlainHubs(inputs, draw) for draw in range(N_DRAWS)]


def by_place(draws: list[PlainHubs], value: Callable[[PlainHubs, int], float]) -> np.ndarray:
    """Return a value of every draw and hub, all hubs first. Shape (draw, place)."""
    of_hubs = np.array([[value(draw, hub) for hub in range(N_HUBS)] for draw in draws])
    return np.hstack([of_hubs.sum(axis=1, keepdims=True), of_hubs])


def assert_equal(actual: np.ndarray, expected: np.ndarray) -> None:
    assert actual.shape == expected.shape
    assert_allclose(actual, expected, rtol=1e-11, atol=1e-9)


def test_cost_by_perspective_and_hub(toy: ModelOutputs, draws: list[PlainHubs]) -> None:
    for perspective, name in zip(Perspective, ("nhs_pss", "host", "nhs_employer", "societal"), strict=True):
        hub = by_place(draws, lambda d, h, name=name: d.sum_of(h, name))
        use = by_place(draws, lambda d, h, name=name: d.service_use_cost(h, name))
        assert_equal(toy.outcomes.hub_cost[:, :, perspective], hub)
        assert_equal(toy.outcomes.service_use_cost[:, :, perspective], use)


def test_staff_bill_comes_straight_from_the_posts(toy: ModelOutputs, draws: list[PlainHubs]) -> None:
    def bill(draw: PlainHubs, hub: int) -> float:
        return sum(
            amount * draw.filled(post) * share[hub] * draw.staff["index_factor"][number]
            for post, share in enumerate(draw.staff["hub_share"])
            for number, amount in enumerate(draw.posts[post].values())
        )

    assert_equal(toy.outcomes.staff_bill, by_place(draws, bill))


def test_cost_by_activity_has_unused_capacity_and_the_rest_last(
    toy: ModelOutputs, draws: list[PlainHubs]
) -> None:
    for activity in range(6):
        expected = by_place(draws, lambda d, h, a=activity: d.sum_of(h, activity=a))
        assert_equal(toy.outcomes.activity_cost[:, :, activity], expected)
    assert_equal(
        toy.outcomes.activity_cost[:, :, 6], by_place(draws, lambda d, h: d.sum_of(h, kind="unused"))
    )
    rest = by_place(draws, lambda d, h: d.sum_of(h, kind=None, activity=-1))
    assert_equal(toy.outcomes.activity_cost[:, :, 7], rest)
    assert toy.outcomes.activity_cost.shape[2] == 8


@pytest.mark.parametrize(
    ("field", "label", "names"),
    [
        ("stage_cost", "stage", plain.STAGES),
        ("payer_cost", "payer", plain.PAYERS),
        ("behaviour_cost", "behaviour", plain.BEHAVIOURS),
        ("bridge", "bridge", BRIDGE),
    ],
)
def test_splits(
    toy: ModelOutputs, draws: list[PlainHubs], field: str, label: str, names: tuple[str, ...]
) -> None:
    split = getattr(toy.outcomes, field)
    assert split.shape == (N_DRAWS, N_HUBS + 1, len(names))
    for code, name in enumerate(names):
        assert_equal(split[:, :, code], by_place(draws, lambda d, h, name=name: d.sum_of(h, **{label: name})))


def test_cost_by_component_then_type_of_item(toy: ModelOutputs, draws: list[PlainHubs]) -> None:
    split = toy.outcomes.component_cost
    n_components = len(Component)
    assert split.shape[2] == n_components + len(CostType)
    for code, name in enumerate(plain.COMPONENTS):
        of_time = by_place(draws, lambda d, h, n=name: _component_of_time(d, h, n))
        assert_equal(split[:, :, code], of_time)
    for code, name in enumerate(plain.COST_TYPES):
        items = by_place(draws, lambda d, h, n=name: d.sum_of(h, component=n, kind=None))
        assert_equal(split[:, :, n_components + code], items)


def _component_of_time(draw: PlainHubs, hub: int, component: str) -> float:
    kinds = ("direct", "indirect", "not_attended", "unused")
    return sum(draw.sum_of(hub, component=component, kind=kind) for kind in kinds)


def test_central_pension_is_what_the_host_does_not_pay(toy: ModelOutputs, draws: list[PlainHubs]) -> None:
    assert_equal(
        toy.outcomes.central_pension_cost, by_place(draws, lambda d, h: d.sum_of(h, payer="central"))
    )


def test_delivered_and_demanded_volumes(toy: ModelOutputs, draws: list[PlainHubs]) -> None:
    for volume, name in zip(Volume, plain.VOLUMES, strict=True):
        assert_equal(
            toy.outcomes.volumes[:, :, volume], by_place(draws, lambda d, h, n=name: d.delivered[h][n])
        )
        assert_equal(toy.outcomes.demand[:, :, volume], by_place(draws, lambda d, h, n=name: d.volumes[h][n]))


def test_hours(toy: ModelOutputs, draws: list[PlainHubs]) -> None:
    for pool in range(4):
        available = by_place(draws, lambda d, h, k=pool: d.pool_hours(h, k))
        used = by_place(draws, lambda d, h, k=pool: d.pool_hours(h, k) - d.left[h][k])
        assert_equal(toy.outcomes.hours_available[:, :, pool], available)
        assert_equal(toy.outcomes.hours_used[:, :, pool], used)


def test_unit_costs(toy: ModelOutputs, draws: list[PlainHubs]) -> None:
    for per in Per:
        count = by_place(draws, lambda d, h, p=per: sum(d.delivered[h][n] for n in DENOMINATORS[p]))
        count = count / 1_000 if per is Per.KEYWORKERS_1000 else count
        assert_equal(toy.outcomes.counts[:, :, per], count)
        cost = by_place(draws, lambda d, h, p=per: sum(d.sum_of(h, stage=s) for s in NUMERATORS[p]))
        assert_equal(toy.outcomes.activity_only[:, :, per], cost / count)
        for perspective in Perspective:
            whole = toy.outcomes.hub_cost[:, :, perspective] / count
            assert_equal(toy.outcomes.fully_absorbed[:, :, per, perspective], whole)


def test_service_use_of_a_client(toy: ModelOutputs, draws: list[PlainHubs]) -> None:
    by_service = np.array([[draw.service_cost(service) for service in range(9)] for draw in draws])
    assert_equal(toy.outcomes.service_cost_per_client, by_service)
    registered = by_place(draws, lambda d, h: d.delivered[h]["registered"])
    expected = toy.outcomes.service_use_cost / registered[:, :, None]
    assert_equal(toy.outcomes.service_use_per_client, expected)


def test_marginal_costs(toy: ModelOutputs, draws: list[PlainHubs]) -> None:
    registered = by_place(draws, lambda d, h: d.delivered[h]["registered"])
    variable = by_place(draws, lambda d, h: d.marginal_of_items(h, "variable"))
    step = by_place(draws, lambda d, h: d.marginal_of_items(h, "step"))
    staff = by_place(draws, lambda d, h: d.marginal_of_staff(h))
    assert_equal(toy.outcomes.short_run_marginal_cost, variable / registered)
    assert_equal(toy.outcomes.long_run_marginal_cost, (variable + step + staff) / registered)


def test_ledger_lines_are_products_of_their_four_factors(toy: ModelOutputs) -> None:
    lines = toy.ledger
    product = lines.quantity * lines.unit_price * lines.allocation_share * lines.index_factor
    assert_array_equal(lines.cost, product)
    assert lines.cost.shape == (N_DRAWS, toy_inputs().ledger.hub.size)
    assert lines.index_factor.shape == (lines.cost.shape[1],)


def test_every_draw_of_the_toy_is_valid(toy: ModelOutputs) -> None:
    assert_array_equal(valid_draws(toy.outcomes), [True] * N_DRAWS)


def test_therapy_runs_short_only_in_the_second_hub(toy: ModelOutputs) -> None:
    starts = toy.outcomes.volumes[:, :, Volume.THERAPY_STARTS]
    wanted = toy.outcomes.demand[:, :, Volume.THERAPY_STARTS]
    assert np.all(starts[:, 2] < wanted[:, 2])
    assert_array_equal(starts[:, [1, 3]], wanted[:, [1, 3]])


def test_bridge_steps_have_their_published_order() -> None:
    assert [step.name for step in BridgeStep] == [
        "CLIENT_CONTACT", "INDIRECT_TIME", "NOT_ATTENDED", "TEAM_AND_OUTREACH", "SUPERVISION",
        "ADMINISTRATION", "UNUSED_OR_UNRECORDED", "OVERHEADS", "CAPITAL", "NON_PAY", "QUALIFICATIONS",
    ]  # fmt: skip
