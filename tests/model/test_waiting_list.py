from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from costmodel.model.balance import ModelCheckError, require_conserved
from costmodel.model.list_capacity import overloaded_list
from costmodel.model.queueing import WaitingError
from costmodel.model.waiting_list import (
    DRAWS_IN_A_BLOCK,
    dropouts_by_step,
    list_path,
    opening_ages,
    run_list,
    start_rate,
    wait_quantile,
)
from costmodel.model.waiting_types import ListInputs


def toy_list(n_draws: int = 5, n_hubs: int = 3, n_steps: int = 12, **changes: Any) -> ListInputs:
    """Return lists whose axes all differ in length. Values of draw d do not depend on how many there are."""
    draw = (1.0 + 0.05 * (np.arange(n_draws) % 5))[:, None]
    hub = np.array([1.0, 2.0, 0.5, 3.0])[None, :n_hubs]
    step = 1.0 + 0.1 * np.sin(np.arange(n_steps))
    attrition = 0.03 * draw + 0.0 * hub
    arrivals = (20.0 * draw * hub)[..., None] * step
    values = {
        "arrivals": arrivals,
        "attrition": attrition,
        "session_capacity": (120.0 * draw**2 * hub)[..., None] + 0.0 * step,
        "caseload_cap": (45.0 * hub * np.ones_like(draw))[..., None] + 0.0 * step,
        "sessions_per_start": 7.0 * draw + 0.0 * hub,
        "retention": np.array([1.0, 0.8, 0.5, 0.2]),
        "dropout_share": 0.2 * draw + 0.0 * hub,
        "opening_list": opening_ages(60.0 * draw * hub, arrivals[..., 0], attrition),
        "opening_starts": 12.0 * hub * np.ones_like(draw),
        "class_shares": np.array([1.0]),
        "targets": np.array([1.38, 4.14]),
    }
    return ListInputs(**{**values, **changes})


def plain_list(
    months: int, arrivals: float, capacity: float, attrition: float, opening: float = 0.0, **changes: Any
) -> ListInputs:
    """Return one list in which each start takes one session."""
    base: dict[str, Any] = {
        "arrivals": np.full((1, 1, months), arrivals),
        "attrition": np.full((1, 1), attrition),
        "session_capacity": np.full((1, 1, months), capacity),
        "caseload_cap": np.full((1, 1, months), np.inf),
        "sessions_per_start": np.ones((1, 1)),
        "retention": np.ones(1),
        "dropout_share": np.zeros((1, 1)),
        "opening_list": np.full((1, 1, 1), opening),
        "opening_starts": np.zeros((1, 1)),
        "class_shares": np.ones(1),
        "targets": np.array([2.0]),
    }
    return ListInputs(**{**base, **changes})


def column(values: np.ndarray) -> np.ndarray:
    return values[0, 0]


def test_the_list_by_age_is_the_list_without_ages() -> None:
    inputs = toy_list()
    flows = run_list(inputs)
    waiting, starts = list_path(
        inputs.opening_list.sum(axis=2), inputs.arrivals, start_rate(inputs), inputs.attrition
    )
    assert flows.waiting.shape == (5, 3, 12)
    assert flows.share_over.shape == (5, 3, 12, 2) and flows.expected_wait.shape == (5, 3, 12, 1)
    assert_allclose(flows.waiting, waiting)
    assert_allclose(flows.starts, starts)


def test_overload_settles_where_the_closed_form_says() -> None:
    flows = run_list(plain_list(600, 48.0, 40.0, 0.03))
    exact = overloaded_list(np.array([48.0]), np.array([40.0]), np.array([0.03]))
    assert_allclose(column(flows.waiting)[-1], exact.waiting[0], rtol=1e-6)
    assert_allclose(column(flows.mean_wait)[-1], exact.wait_of_starters[0], atol=1e-3)
    assert_allclose(flows.expected_wait[0, 0, -1], exact.wait_of_starters, rtol=1e-6)
    assert column(flows.median_wait)[-1] == pytest.approx(5.99, abs=0.02)
    assert column(flows.wait_95)[-1] == pytest.approx(6.45, abs=0.02)


def test_without_attrition_overload_grows_by_the_excess() -> None:
    flows = run_list(plain_list(24, 48.0, 40.0, 0.0))
    assert_allclose(np.diff(column(flows.waiting)), 8.0)


def test_no_arrivals_run_the_list_down_and_total_attrition_empties_it() -> None:
    flows = run_list(plain_list(10, 0.0, 20.0, 0.0, opening=100.0))
    assert_allclose(column(flows.waiting)[:5], [80.0, 60.0, 40.0, 20.0, 0.0])
    assert_allclose(column(flows.starts)[5:], 0.0)
    gone = run_list(plain_list(2, 0.0, 20.0, 1.0, opening=100.0))
    assert_allclose(column(gone.waiting), 0.0)
    assert_allclose(column(gone.left_list), [100.0, 0.0])
    nothing = run_list(plain_list(3, 0.0, 20.0, 0.1))
    for name in ("waiting", "starts", "left_list", "caseload", "sessions", "completions", "dropouts"):
        assert not getattr(nothing, name).any()
    assert np.isnan(nothing.mean_wait).all() and not nothing.share_over.any()


def test_without_limits_everybody_starts_at_once() -> None:
    flows = run_list(plain_list(5, 30.0, np.inf, 0.02))
    assert_allclose(column(flows.starts), 30.0)
    assert not flows.waiting.any() and not flows.mean_wait.any()


def test_without_capacity_nobody_starts() -> None:
    flows = run_list(plain_list(5, 30.0, 0.0, 0.0))
    assert not flows.starts.any() and not flows.sessions.any()
    assert_allclose(column(flows.waiting)[-1], 150.0)
    assert np.isinf(flows.expected_wait).all()


def test_a_shorter_course_starts_more_in_proportion() -> None:
    inputs = toy_list(caseload_cap=np.full((5, 3, 12), np.inf))
    shorter = replace(inputs, sessions_per_start=inputs.sessions_per_start / 2.0)
    assert_allclose(start_rate(shorter), 2.0 * start_rate(inputs))


def test_the_caseload_and_its_sessions_settle_at_their_limits() -> None:
    long = {"opening_list": np.full((1, 1, 1), 1e6), "retention": np.array([1.0, 0.8, 0.5, 0.2])}
    flows = run_list(plain_list(12, 50.0, 25.0, 0.0, sessions_per_start=np.full((1, 1), 2.5), **long))
    assert_allclose(column(flows.starts), 10.0)
    assert_allclose(column(flows.caseload)[3:], 25.0)
    assert_allclose(column(flows.sessions)[3:], 25.0)
    assert_allclose(column(flows.postponed_sessions), 0.0, atol=1e-9)


def test_sessions_beyond_capacity_are_postponed_not_given() -> None:
    capacity = np.full((1, 1, 6), 20.0)
    capacity[..., 3:] = 5.0
    long = {"opening_list": np.full((1, 1, 1), 1e6), "retention": np.array([1.0, 1.0])}
    flows = run_list(
        plain_list(
            6, 0.0, 0.0, 0.0, session_capacity=capacity, sessions_per_start=np.full((1, 1), 2.0), **long
        )
    )
    assert_allclose(column(flows.postponed_sessions), [0.0, 0.0, 0.0, 7.5, 0.0, 0.0])
    assert np.all(flows.sessions <= capacity)


def test_filling_every_slot_at_once_oscillates() -> None:
    long = {"opening_list": np.full((1, 1, 1), 1e6), "retention": np.ones(2), "greedy": True}
    flows = run_list(plain_list(6, 0.0, 100.0, 0.0, sessions_per_start=np.full((1, 1), 2.0), **long))
    assert_allclose(column(flows.starts), [100.0, 0.0, 100.0, 0.0, 100.0, 0.0])
    smooth = run_list(
        plain_list(6, 0.0, 100.0, 0.0, sessions_per_start=np.full((1, 1), 2.0), **{**long, "greedy": False})
    )
    assert_allclose(column(smooth.starts), 50.0)


def test_higher_classes_start_first() -> None:
    flows = run_list(plain_list(24, 10.0, 8.0, 0.0, class_shares=np.array([0.3, 0.7])))
    assert_allclose(flows.wait_by_class[0, 0, 0], 0.0)
    assert flows.wait_by_class[0, 0, 1] > 0.0
    assert_allclose(flows.starts_by_class[0, 0], [24 * 3.0, 24 * 5.0])
    fifo = run_list(plain_list(24, 10.0, 8.0, 0.0))
    assert_allclose(flows.waiting, fifo.waiting)
    assert_allclose(flows.expected_wait[0, 0, -1], [0.0, 48.0 / 5.0])


def test_shares_over_a_target_count_whole_ages() -> None:
    ages = np.zeros((1, 1, 4))
    ages[0, 0] = [10.0, 10.0, 10.0, 10.0]
    flows = run_list(plain_list(1, 0.0, 0.0, 0.0, opening_list=ages, targets=np.array([2.0, 2.5, 10.0])))
    # A month on, people have waited 1 to 2, ..., 4 to 5 months.
    assert_allclose(flows.share_over[0, 0, 0], [0.75, 0.625, 0.0])


def test_waits_are_spread_over_ages_that_start() -> None:
    people = np.array([[4.0, 0.0, 6.0], [0.0, 0.0, 0.0]])
    assert_allclose(wait_quantile(people, 0.5), [1.5 + 1.0 / 6.0, np.nan])
    assert wait_quantile(people, 0.2)[0] == 0.0


@pytest.mark.parametrize("probability", [0.05, 0.5, 0.95])
def test_quantiles_of_waits_of_every_draw_and_hub(probability: float) -> None:
    people = np.random.default_rng(7).uniform(0.5, 9.0, (2, 3, 5))
    found = wait_quantile(people, probability)
    assert found.shape == (2, 3)
    for place in np.ndindex(2, 3):
        # Nobody who starts in the step of arrival has waited; others are spread around their age.
        ends, shares = np.arange(5) + 0.5, np.cumsum(people[place]) / people[place].sum()
        if found[place] > 0.0:
            assert np.interp(found[place], ends, shares) == pytest.approx(probability)
        else:
            assert shares[0] >= probability


def test_an_opening_list_of_unknown_ages_is_spread_from_the_newest() -> None:
    ages = opening_ages(np.array([1_000.0, 3.0]), np.array([10.0, 0.0]), np.array([0.0, 0.5]))
    assert_allclose(ages[0, :59], 10.0)
    assert ages[0, -1] == pytest.approx(410.0)
    assert ages[1].tolist() == [0.0] * 59 + [3.0]
    # Of those who came longer ago, some have left since.
    thinned = opening_ages(np.array([65.0]), np.array([40.0]), np.array([0.5]))
    assert_allclose(thinned[0, :4], [40.0, 20.0, 5.0, 0.0])


@given(st.lists(st.floats(0.05, 1.0), max_size=8), st.floats(0.0, 0.99))
def test_all_who_start_end_once(shares: list[float], dropout: float) -> None:
    retention = np.array([1.0, *sorted(shares, reverse=True)])
    completions, dropouts = dropouts_by_step(retention, np.array([dropout]))
    assert_allclose(completions.sum() + dropouts.sum(), 1.0)
    assert_allclose(dropouts.sum(), dropout, atol=1e-12)
    assert completions.min() >= -1e-12 and dropouts.min() >= 0.0


@settings(max_examples=60)
@given(
    data=st.data(),
    n_hubs=st.integers(1, 3),
    n_steps=st.integers(1, 15),
    greedy=st.booleans(),
    classes=st.sampled_from([(1.0,), (0.25, 0.75), (0.2, 0.3, 0.5)]),
)
def test_people_are_conserved_whatever_the_service(
    data: st.DataObject, n_hubs: int, n_steps: int, greedy: bool, classes: tuple[float, ...]
) -> None:
    def numbers(low: float, high: float, *shape: int) -> np.ndarray:
        seed = data.draw(st.integers(0, 2**32 - 1))
        return np.random.default_rng(seed).uniform(low, high, (2, *shape))

    inputs = toy_list(
        n_draws=2,
        n_hubs=n_hubs,
        n_steps=n_steps,
        arrivals=numbers(0.0, 50.0, n_hubs, n_steps),
        attrition=numbers(0.0, 1.0, n_hubs) ** 3,
        session_capacity=numbers(0.0, 400.0, n_hubs, n_steps),
        caseload_cap=numbers(80.0, 200.0, n_hubs, n_steps),
        opening_list=numbers(0.0, 30.0, n_hubs, 6),
        opening_starts=numbers(0.0, 20.0, n_hubs),
        dropout_share=numbers(0.0, 0.6, n_hubs),
        class_shares=np.array(classes),
        greedy=greedy,
    )
    flows = run_list(inputs)
    opening = inputs.opening_list.sum(axis=2)
    came, went = inputs.arrivals.sum(axis=2), (flows.starts + flows.left_list).sum(axis=2)
    assert_allclose(opening + came, went + flows.waiting[..., -1], rtol=1e-9)
    ended = (flows.completions + flows.dropouts).sum(axis=2)
    in_treatment = inputs.opening_starts * inputs.retention[1:].sum() + flows.starts.sum(axis=2)
    left_in = flows.caseload[..., -1] - (flows.completions + flows.dropouts)[..., -1]
    assert_allclose(in_treatment, ended + left_in, rtol=1e-9, atol=1e-9)
    for field in fields(flows):
        assert np.nanmin(getattr(flows, field.name), initial=0.0) >= 0.0, field.name
    assert np.all(flows.sessions <= inputs.session_capacity)
    assert_allclose(flows.starts_by_wait.sum(axis=2), flows.starts.sum(axis=2), atol=1e-9)
    assert_allclose(flows.starts_by_class.sum(axis=2), flows.starts.sum(axis=2), atol=1e-9)


def test_a_hub_without_staff_and_clients_changes_no_other() -> None:
    inputs = toy_list()

    def with_idle_hub(name: str) -> np.ndarray:
        values = getattr(inputs, name)
        idle = np.ones_like(values[:, :1]) if name == "sessions_per_start" else np.zeros_like(values[:, :1])
        return np.concatenate([idle, values], axis=1)

    names = [name for name, value in vars(inputs).items() if np.ndim(value) > 1]
    more = run_list(replace(inputs, **{name: with_idle_hub(name) for name in names}))
    alone = run_list(inputs)
    for field in fields(alone):
        assert_array_equal(getattr(more, field.name)[:, 1:], getattr(alone, field.name))
    assert not more.waiting[:, 0].any() and not more.starts[:, 0].any()


def test_two_hubs_in_one_wait_no_more_than_two_apart() -> None:
    inputs = toy_list(n_hubs=2, attrition=np.full((5, 2), 0.03), sessions_per_start=np.full((5, 2), 7.0))
    pooled = ("arrivals", "session_capacity", "caseload_cap", "opening_list", "opening_starts")
    rates = {
        name: getattr(inputs, name)[:, :1] for name in ("attrition", "sessions_per_start", "dropout_share")
    }
    sums = {name: getattr(inputs, name).sum(axis=1, keepdims=True) for name in pooled}
    one, two = run_list(replace(inputs, **rates, **sums)), run_list(inputs)
    assert np.all(one.waiting[:, 0] <= two.waiting.sum(axis=1) + 1e-9)


def test_results_do_not_depend_on_how_draws_are_chunked() -> None:
    whole = run_list(toy_list(n_draws=10, n_steps=40))
    parts = [(n, run_list(toy_list(n_draws=n, n_steps=40))) for n in (1, 2, 5, DRAWS_IN_A_BLOCK + 1)]
    for field in fields(whole):
        expected = getattr(whole, field.name)
        assert_array_equal(expected[5:], expected[:5])
        for n, flows in parts:
            found = getattr(flows, field.name)
            assert_array_equal(found[:10], expected[:n])
            assert_array_equal(found[-1], expected[(n - 1) % 5])


def test_ages_that_nobody_holds_are_reported_as_0() -> None:
    inputs = toy_list()
    longer = replace(inputs, opening_list=np.concatenate([inputs.opening_list, np.zeros((5, 3, 9))], axis=2))
    short, long = run_list(inputs).starts_by_wait, run_list(longer).starts_by_wait
    assert short.shape == (5, 3, 12 + 60) and long.shape == (5, 3, 12 + 69)
    assert_array_equal(long[..., : short.shape[2]], short)
    assert not long[..., short.shape[2] :].any()


def test_inputs_of_one_draw_or_hub_hold_for_all() -> None:
    inputs = toy_list(attrition=np.full((1, 1), 0.03), opening_starts=np.full((5, 1), 6.0))
    full = replace(inputs, attrition=np.full((5, 3), 0.03), opening_starts=np.full((5, 3), 6.0))
    for field in fields(run_list(full)):
        assert_array_equal(getattr(run_list(inputs), field.name), getattr(run_list(full), field.name))


def test_little_law_holds_without_attrition() -> None:
    """The list, summed over months, is the months waited by those who start and those still there."""
    flows = run_list(plain_list(30, 12.0, 10.0, 0.0))
    waited = (flows.starts_by_wait[0, 0] * np.arange(flows.starts_by_wait.shape[2])).sum()
    # The last 60 people to come still wait: 12 of them came in each of the last five months.
    still = 12.0 * np.arange(5).sum()
    assert column(flows.waiting)[:-1].sum() == pytest.approx(waited + still)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"arrivals": np.full((1, 1, 3), -2.0)},
            "arrivals of people accepted for therapy cannot be negative; got -2",
        ),
        (
            {"session_capacity": np.full((1, 1, 3), -1.0)},
            "the sessions that staff can give cannot be negative",
        ),
        ({"caseload_cap": np.full((1, 1, 3), np.nan)}, "the cap of the caseload cannot be negative"),
        ({"opening_list": np.full((1, 1, 1), -1.0)}, "the opening list cannot be negative; got -1"),
        ({"opening_starts": np.full((1, 1), -1.0)}, "starts before today cannot be negative; got -1"),
        ({"attrition": np.full((1, 1), 1.5)}, "those waiting who leave must be between 0 and 1; got 1.5"),
        ({"dropout_share": np.full((1, 1), 1.2)}, "starters who drop out must be between 0 and 1; got 1.2"),
        ({"dropout_share": np.ones((1, 1))}, "dropout share of 1 means that nobody ever completes"),
        ({"sessions_per_start": np.zeros((1, 1))}, "must have more than 0 sessions"),
        ({"retention": np.array([0.9])}, "the retention profile begins with 1"),
        ({"retention": np.array([1.0, 0.5, 0.6])}, "the retention profile may only fall"),
        ({"class_shares": np.array([0.5, 0.6])}, "priority classes must be 0 or more and add up to 1"),
        (
            {
                "opening_starts": np.full((1, 1), 5.0),
                "retention": np.ones(3),
                "caseload_cap": np.full((1, 1, 3), 12.0),
            },
            "the caseload today, 15.0 people, is above its cap of 12.0: nobody could start before it falls",
        ),
    ],
)
def test_what_no_service_can_have_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(WaitingError, match=message):
        run_list(replace(plain_list(3, 10.0, 10.0, 0.0), **changes))


def test_lost_people_are_found() -> None:
    require_conserved("here", np.array([1.0]), np.array([1.0 + 1e-12]))
    with pytest.raises(ModelCheckError, match=r"people are lost here: 0\.5 adrift"):
        require_conserved("here", np.array([1.0]), np.array([1.5]))
