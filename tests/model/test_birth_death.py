from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.linalg import expm

from costmodel.model.birth_death import (
    ChainRates,
    expected_waiting,
    mean_wait,
    opening_state,
    stationary,
    transient,
    wait_survival,
)
from costmodel.model.queueing import WaitingError


def steady(months: int, arrivals: float, slots: float, service: float, attrition: float = 0.0) -> ChainRates:
    return ChainRates(np.full(months, arrivals), np.full(months, slots), service, attrition)


def test_one_month_is_the_matrix_exponential() -> None:
    rates, n = steady(1, 3.0, 2.0, 0.8, 0.3), 90
    people = np.arange(n)
    births = np.where(people < n - 1, 3.0, 0.0)
    deaths = np.minimum(people, 2.0) * 0.8 + np.maximum(people - 2.0, 0.0) * 0.3
    generator = np.diag(births[:-1], 1) + np.diag(deaths[1:], -1) - np.diag(births + deaths)
    opening = opening_state(4.0)
    exact = np.pad(opening, (0, n - opening.size)) @ expm(generator)
    result = transient(rates, opening)
    assert_allclose(result.distribution[0, :40], exact[:40], atol=1e-13)


@pytest.mark.parametrize(
    ("load", "year", "three_years"),
    [(0.9, 2.9, 3.5), (0.95, 5.5, 8.8), (0.98, 7.7, 14.3), (1.0, 9.5, 19.2), (1.1, 21.1, 56.8)],
)
def test_forty_full_slots_over_three_years(load: float, year: float, three_years: float) -> None:
    result = transient(steady(156, load * 40 / 12, 40.0, 1 / 12), opening_state(40.0))
    assert_allclose(result.waiting[[51, 155]], [year, three_years], atol=0.051)


def test_with_time_the_chain_reaches_its_steady_state() -> None:
    result = transient(steady(200, 4.0, 10.0, 1 / 3, 0.1), opening_state(0.0))
    exact = stationary(4.0, 1 / 3, 10.0, 0.1)
    assert_allclose(result.waiting[-1], expected_waiting(exact, 10.0), rtol=1e-6)
    assert_allclose(result.left_list[-1], 0.1 * result.waiting[-1], rtol=1e-6)
    assert_allclose(result.mean_waiting[-1], result.waiting[-1], rtol=1e-6)


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.floats(0.0, 12.0), st.floats(0.0, 9.0)), min_size=1, max_size=6),
    st.floats(0.1, 2.0),
    st.floats(0.0, 0.5),
    st.floats(0.0, 20.0),
)
def test_people_are_conserved(
    months: list[tuple[float, float]], service: float, attrition: float, opening: float
) -> None:
    arrivals, slots = (np.array(column) for column in zip(*months, strict=True))
    result = transient(ChainRates(arrivals, slots, service, attrition), opening_state(opening))
    assert_allclose(result.distribution.sum(axis=1), 1.0, atol=1e-9)
    people = result.waiting + result.in_treatment
    before = np.concatenate([[opening], people[:-1]])
    assert_allclose(before + arrivals - result.left_list - result.completions, people, atol=1e-6)
    assert np.all(result.list_quantile(0.95) >= result.list_quantile(0.05))


def test_starts_and_the_list_add_up_and_without_slots_nobody_starts() -> None:
    result = transient(steady(4, 2.0, 0.0, 0.5, 0.0), opening_state(0.0))
    assert_allclose(result.waiting, [2.0, 4.0, 6.0, 8.0])
    assert_allclose(result.starts, 0.0, atol=1e-9)
    assert_allclose(result.prob_wait, 1.0)


def test_nothing_happens_where_nothing_can() -> None:
    result = transient(steady(2, 0.0, 0.0, 0.5, 0.0), opening_state(3.0))
    assert_allclose(result.waiting, 3.0)


def test_little_law_holds_in_the_steady_chain() -> None:
    probability = stationary(3.0, 0.1, 34.0, 0.0)
    wait = mean_wait(probability, 34.0, 0.1, 0.0)
    assert_allclose(3.0 * wait, expected_waiting(probability, 34.0), rtol=1e-5)


def test_the_mean_wait_is_the_area_under_the_share_still_waiting() -> None:
    probability = stationary(4.0, 1 / 3, 10.0, 0.1)
    times = np.linspace(0.0, 60.0, 6_001)
    survival = wait_survival(probability, 10.0, 1 / 3, 0.1, times)
    assert_allclose(np.trapezoid(survival, times), mean_wait(probability, 10.0, 1 / 3, 0.1), rtol=1e-4)
    assert np.all(np.diff(survival) <= 0.0)


def test_without_slots_the_wait_has_no_end() -> None:
    assert mean_wait(opening_state(2.0), 0.0, 1.0, 0.0) == np.inf


def test_where_nobody_is_treated_any_more_only_who_finds_a_free_slot_does_not_wait_for_ever() -> None:
    assert mean_wait(opening_state(2.5), 3.0, 0.0, 0.1) == np.inf
    assert mean_wait(opening_state(1.5), 3.0, 0.0, 0.1) == 0.0


def test_states_are_added_until_the_tail_is_negligible() -> None:
    result = transient(steady(24, 20.0, 5.0, 0.2, 0.0), opening_state(300.0))
    assert result.distribution[:, -1].max() < 1e-9
    assert_allclose(result.waiting[-1], 300.0 + 24 * 19.0 - 5.0, rtol=1e-6)


@pytest.mark.parametrize(
    ("rates", "message"),
    [
        (steady(1, -1.0, 2.0, 0.5), "arrivals must be numbers of 0 or more; got -1"),
        (steady(1, 1.0, -2.0, 0.5), "slots must be numbers of 0 or more; got -2"),
        (steady(1, 1.0, 2.0, 0.5, -0.1), "the attrition rate must be numbers of 0 or more; got -0.1"),
        (steady(1, 1.0, 2.0, 0.0), "or nobody else ever starts"),
    ],
)
def test_impossible_rates_are_refused(rates: ChainRates, message: str) -> None:
    with pytest.raises(WaitingError, match=message):
        transient(rates, opening_state(0.0))


def test_overload_without_attrition_has_no_steady_state() -> None:
    with pytest.raises(WaitingError, match="grows without end"):
        stationary(4.0, 0.3, 10.0, 0.0)


def test_a_list_too_long_to_follow_is_refused() -> None:
    with pytest.raises(WaitingError, match="may grow beyond 131,072 people"):
        transient(steady(1, 1.0, 2.0, 1.0), opening_state(200_000.0), tail=0.0)


def test_quantiles_of_the_list_are_those_of_the_people_beyond_the_slots() -> None:
    rates = ChainRates(np.array([9.0, 2.0, 6.0]), np.array([4.0, 6.0, 2.0]), 0.8, 0.05)
    result = transient(rates, opening_state(5.0))
    for probability in (0.05, 0.5, 0.95):
        found = result.list_quantile(probability)
        assert found.shape == (3,)
        for month, slots in enumerate((4, 6, 2)):
            state = result.distribution[month]
            on_list = np.concatenate([[state[: slots + 1].sum()], state[slots + 1 :]])
            people = int(found[month])
            assert on_list[: people + 1].sum() >= probability
            assert people == 0 or on_list[:people].sum() < probability
    assert result.list_quantile(0.5).tolist() != result.list_quantile(0.95).tolist()
