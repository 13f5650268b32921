"""What must hold of the waiting list whatever the service: surges, closures, caps, classes, at random."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from costmodel.model.birth_death import ChainRates, expected_waiting, opening_state, stationary, transient
from costmodel.model.list_capacity import overloaded_list
from costmodel.model.waiting_list import run_list
from costmodel.model.waiting_types import ListFlows, ListInputs
from tests.flows import require_people_conserved

BY_DRAW = (
    "arrivals", "attrition", "session_capacity", "caseload_cap", "sessions_per_start", "dropout_share",
    "opening_list", "opening_starts",
)  # fmt: skip
CLASSES = ((1.0,), (0.25, 0.75), (0.2, 0.0, 0.8), (0.1, 0.3, 0.6))
RETENTIONS = ((1.0,), (1.0, 0.8, 0.5, 0.2), (1.0, 1.0), (1.0, 0.05))


@st.composite
def lists(draw: st.DrawFn, *, classes: tuple[tuple[float, ...], ...] = CLASSES) -> ListInputs:
    """Return a list of several draws and Hubs, as awkward as a service can be."""
    n_draws, n_hubs, n_steps = draw(st.integers(1, 4)), draw(st.integers(1, 3)), draw(st.integers(1, 14))
    n_ages = draw(st.integers(1, 5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    by_step, by_hub = (n_draws, n_hubs, n_steps), (n_draws, n_hubs)
    retention = np.array(draw(st.sampled_from(RETENTIONS)))
    surge = np.where(
        np.arange(n_steps) == draw(st.integers(0, 13)), draw(st.sampled_from([0.0, 1.0, 20.0])), 1.0
    )
    closed = rng.random(n_steps) < draw(st.sampled_from([0.0, 0.3, 1.0]))
    opening_starts = rng.uniform(0.0, 12.0, by_hub)
    today = opening_starts * retention.sum()
    cap = today[..., None] + rng.uniform(0.0, 60.0, by_step)
    return ListInputs(
        arrivals=rng.uniform(0.0, 40.0, by_step) * surge,
        attrition=rng.choice(draw(st.sampled_from([(0.0,), (1.0,), (0.0, 0.02, 0.3, 1.0)])), by_hub),
        session_capacity=np.where(closed, 0.0, rng.uniform(0.0, 200.0, by_step)),
        caseload_cap=np.full(by_step, np.inf) if draw(st.booleans()) else cap,
        sessions_per_start=rng.uniform(0.5, 12.0, by_hub),
        retention=retention,
        dropout_share=rng.choice([0.0, 0.2, 0.95], by_hub),
        opening_list=rng.uniform(0.0, 30.0, (*by_hub, n_ages)) * rng.integers(0, 2, (n_ages,)),
        opening_starts=opening_starts,
        class_shares=np.array(draw(st.sampled_from(classes))),
        targets=np.arange(n_ages + n_steps + 2, dtype=np.float64),
    )


def picked(inputs: ListInputs, draws: Any = slice(None), hubs: Any = slice(None)) -> ListInputs:
    """Return some draws and Hubs, in a given order."""
    return replace(inputs, **{name: getattr(inputs, name)[draws][:, hubs] for name in BY_DRAW})


def require_same_bytes(
    found: ListFlows, wanted: ListFlows, draws: Any = slice(None), hubs: Any = slice(None)
) -> None:
    for field in fields(found):
        one, other = getattr(found, field.name), getattr(wanted, field.name)[draws][:, hubs]
        assert one.shape == other.shape
        assert np.ascontiguousarray(one).tobytes() == np.ascontiguousarray(other).tobytes(), field.name


@settings(max_examples=150)
@given(lists(), st.booleans())
def test_nobody_appears_or_disappears_and_no_number_is_negative(inputs: ListInputs, greedy: bool) -> None:
    flows = run_list(replace(inputs, greedy=greedy))
    require_people_conserved(inputs, flows)
    for field in fields(flows):
        assert np.nanmin(getattr(flows, field.name), initial=0.0) >= 0.0, field.name
    assert np.all(flows.share_over <= 1.0 + 1e-12)
    assert np.all(flows.sessions <= inputs.session_capacity)
    assert_allclose(flows.starts_by_wait.sum(axis=2), flows.starts.sum(axis=2), atol=1e-9)
    assert_allclose(flows.starts_by_class.sum(axis=2), flows.starts.sum(axis=2), atol=1e-9)
    waited = (flows.starts_by_wait * np.arange(flows.starts_by_wait.shape[2])).sum(axis=2)
    assert_allclose(np.nansum(flows.wait_by_class * flows.starts_by_class, axis=2), waited, atol=1e-6)
    assert_allclose(np.nansum(flows.mean_wait * flows.starts, axis=2), waited, atol=1e-6)
    if not greedy:
        highest = np.maximum.accumulate(inputs.caseload_cap, axis=2)
        assert np.all(flows.caseload <= highest * (1.0 + 1e-9) + 1e-9)


@given(lists(), st.floats(1.0, 5.0), st.integers(0, 13))
def test_more_capacity_never_lengthens_the_list(inputs: ListInputs, factor: float, step: int) -> None:
    more = np.where(np.arange(inputs.arrivals.shape[2]) == step, factor, 1.0 + 0.01 * factor)
    wider = replace(
        inputs,
        session_capacity=inputs.session_capacity * more + 0.1,
        caseload_cap=inputs.caseload_cap * more,
    )
    before, after = run_list(inputs), run_list(wider)
    assert np.all(after.waiting <= before.waiting + 1e-9)
    assert np.all(after.left_list <= before.left_list + 1e-9)
    starts, more_starts = (np.cumsum(flows.starts, axis=2) for flows in (before, after))
    assert np.all(more_starts >= starts - 1e-9)
    assert np.all(after.expected_wait[..., -1] <= before.expected_wait[..., -1] + 1e-9)


@given(lists(), st.floats(0.0, 30.0), st.integers(0, 13))
def test_more_arrivals_never_shorten_the_list(inputs: ListInputs, people: float, step: int) -> None:
    steps = np.arange(inputs.arrivals.shape[2])
    busier = replace(inputs, arrivals=inputs.arrivals + people * (steps == step) + 0.1)
    before, after = run_list(inputs), run_list(busier)
    assert np.all(after.waiting >= before.waiting - 1e-9)
    assert np.all(after.starts >= before.starts - 1e-9)
    grown = replace(inputs, opening_list=inputs.opening_list + people)
    assert np.all(run_list(grown).waiting >= before.waiting - 1e-9)


def until(inputs: ListInputs, step: int) -> ListInputs:
    names = ("arrivals", "session_capacity", "caseload_cap")
    return replace(inputs, **{name: getattr(inputs, name)[..., :step] for name in names})


@given(lists(classes=((1.0,),)))
def test_who_has_waited_longer_starts_first(inputs: ListInputs) -> None:
    n_steps, n_ages = inputs.arrivals.shape[2], inputs.opening_list.shape[2]
    known = np.zeros((*inputs.attrition.shape, n_ages + n_steps))
    for step in range(1, n_steps + 1):
        flows = run_list(until(inputs, step))
        by_age = np.zeros_like(known)
        by_age[..., : n_ages + step] = flows.starts_by_wait
        started, known = by_age - known, by_age
        left_waiting = flows.share_over[..., -1, :] * flows.waiting[..., -1, None]
        for age in range(n_ages + step):
            # Where anybody who came `age` steps ago starts, nobody who came before them still waits.
            overtaken = np.where(started[..., age] > 1e-6, left_waiting[..., age + 1], 0.0)
            assert np.all(overtaken <= 1e-6)


@given(lists(classes=((0.25, 0.75), (0.1, 0.3, 0.6))))
def test_no_lower_class_starts_while_a_higher_one_waits(inputs: ListInputs) -> None:
    known = np.zeros((*inputs.attrition.shape, inputs.class_shares.size))
    for step in range(1, inputs.arrivals.shape[2] + 1):
        flows = run_list(until(inputs, step))
        started, known = flows.starts_by_class - known, flows.starts_by_class
        waits = flows.expected_wait[..., -1, :]
        for higher in range(inputs.class_shares.size - 1):
            lower_start = started[..., higher + 1 :].max(axis=2) > 1e-6
            assert np.all(waits[lower_start][:, higher] <= 1e-9)


@given(lists(), st.randoms(use_true_random=False))
def test_hubs_and_draws_in_another_order_give_the_same_in_that_order(inputs: ListInputs, random: Any) -> None:
    draws, hubs = (random.sample(range(n), n) for n in inputs.attrition.shape)
    require_same_bytes(run_list(picked(inputs, draws, hubs)), run_list(inputs), draws, hubs)


@given(lists(), st.integers(1, 3))
def test_draws_by_themselves_give_the_same_bytes_as_together(inputs: ListInputs, size: int) -> None:
    whole = run_list(inputs)
    for start in range(0, len(inputs.attrition), size):
        some = slice(start, start + size)
        require_same_bytes(run_list(picked(inputs, some)), whole, some)
    for hub in range(inputs.attrition.shape[1]):
        require_same_bytes(run_list(picked(inputs, hubs=[hub])), whole, hubs=[hub])


@given(st.floats(0.5, 40.0), st.floats(1.0, 1.6), st.floats(0.02, 0.5))
def test_the_chain_keeps_no_shorter_a_list_than_flows_do(slots: float, load: float, attrition: float) -> None:
    """Chance can only add to an overloaded list: the fluid's is its lower bound."""
    arrivals, hazard = load * slots * 0.4, -np.log1p(-attrition)
    flow = overloaded_list(np.array([arrivals]), np.array([slots * 0.4]), np.array([hazard])).waiting[0]
    exact = expected_waiting(stationary(arrivals, 0.4, slots, hazard), slots)
    assert exact >= flow - 1e-6
    # Without spare places the play of chance is small against a long list.
    assert exact - flow <= 1.5 * np.sqrt(arrivals / hazard) + 1.0


@settings(max_examples=20)
@given(st.floats(0.2, 2.0), st.integers(1, 12), st.floats(0.0, 0.3), st.integers(0, 30))
def test_the_chain_is_longer_with_more_arrivals_and_shorter_with_more_slots(
    load: float, slots: int, attrition: float, opening: int
) -> None:
    def waiting(more_arrivals: float, more_slots: float) -> np.ndarray:
        rates = np.full(4, load * slots + more_arrivals), np.full(4, slots + more_slots)
        return transient(ChainRates(*rates, 1.0, attrition), opening_state(float(opening))).waiting

    usual = waiting(0.0, 0.0)
    assert np.all(waiting(1.0, 0.0) >= usual - 1e-9)
    assert np.all(waiting(0.0, 1.0) <= usual + 1e-9)
    assert_array_equal(usual, waiting(0.0, 0.0))
