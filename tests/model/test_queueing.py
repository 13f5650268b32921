from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from costmodel.model.birth_death import expected_waiting, mean_wait, stationary
from costmodel.model.queueing import (
    WaitingError,
    allen_cunneen,
    erlang_c,
    expected_overflow,
    marginal_cost_of_shorter_wait,
    relaxation_time,
    require_steady_state,
    steady_queue,
)


def one(value: float) -> np.ndarray:
    return np.array([value], dtype=np.float64)


@given(st.floats(0.05, 0.98), st.integers(1, 120))
def test_steady_queue_is_that_of_the_chain(load: float, servers: int) -> None:
    arrivals = load * servers * 0.4
    queue = steady_queue(one(arrivals), one(0.4), one(servers))
    probability = stationary(arrivals, 0.4, float(servers), 0.0)
    assert_allclose(queue.mean_queue[0], expected_waiting(probability, float(servers)), rtol=1e-6, atol=1e-9)
    assert_allclose(queue.prob_wait[0], probability[servers:].sum(), rtol=1e-9, atol=1e-12)
    assert_allclose(
        queue.mean_wait[0], mean_wait(probability, float(servers), 0.4, 0.0), rtol=1e-6, atol=1e-12
    )
    assert_allclose(queue.mean_time, queue.mean_wait + 2.5)


def test_erlang_c_does_not_overflow_with_very_many_servers() -> None:
    probability = erlang_c(np.array([990.0, 1_000.0]), 1_000)
    assert probability.shape == (2, 1_001)
    assert 0.6 < probability[0, 1_000] < 0.8
    assert probability[1, 1_000] == 1.0


def test_with_one_server_the_probability_of_waiting_is_the_load() -> None:
    assert_allclose(steady_queue(one(0.7), one(1.0), one(1.0)).prob_wait, 0.7)
    assert_allclose(steady_queue(one(0.7), one(1.0), one(1.0)).mean_wait, 0.7 / (1.0 - 0.7))


@given(st.floats(0.1, 30.0))
def test_more_servers_mean_fewer_who_wait(offered: float) -> None:
    assert np.all(np.diff(erlang_c(one(offered), 60)[0]) <= 1e-15)


def test_a_part_of_a_server_lies_between_its_neighbours() -> None:
    servers = (40.0, 40.25, 41.0)
    below, part, above = (steady_queue(one(3.0), one(1 / 12), one(number)) for number in servers)
    for name in ("mean_wait", "prob_wait", "mean_queue", "mean_time"):
        fewer, found, more = (getattr(queue, name)[0] for queue in (below, part, above))
        assert found == pytest.approx(0.75 * fewer + 0.25 * more), name


@pytest.mark.parametrize(
    ("arrivals", "service", "servers", "message"),
    [
        (5.0, 1.0, 5.0, "5 people arrive where whole servers can serve at most 5"),
        (4.5, 1.0, 4.9, "at most 4 in the same time"),
        (-1.0, 1.0, 5.0, "arrivals cannot be negative; got -1"),
        (1.0, 0.0, 5.0, "service rate must be more than 0; got 0"),
        (1.0, 1.0, 0.0, "more than 0 servers; got 0"),
    ],
)
def test_what_has_no_steady_state_is_refused(
    arrivals: float, service: float, servers: float, message: str
) -> None:
    with pytest.raises(WaitingError, match=message):
        steady_queue(one(arrivals), one(service), one(servers))


def test_general_arrivals_and_services_scale_the_wait() -> None:
    assert_allclose(allen_cunneen(one(2.0), one(1.0), one(0.0)), 1.0)


@pytest.mark.parametrize(("load", "weeks"), [(0.8, 26.9), (0.9, 113.9), (0.95, 467.9)])
def test_relaxation_time_of_forty_slots(load: float, weeks: float) -> None:
    assert_allclose(relaxation_time(one(load * 40 / 12), one(1 / 12), one(40.0)), weeks, atol=0.05)


def test_a_steady_state_beyond_the_horizon_is_refused_with_the_relaxation_time() -> None:
    rates = one(0.8 * 40 / 12), one(1 / 12), one(40.0)
    require_steady_state(*rates, horizon=52.0, unit="weeks")
    with pytest.raises(
        WaitingError, match=r"load of 80% the queue takes 27 weeks to settle, longer than the 26"
    ):
        require_steady_state(*rates, horizon=26.0, unit="weeks")
    with pytest.raises(WaitingError, match="load of 120% the queue never settles"):
        require_steady_state(one(4.0), one(1 / 12), one(40.0), horizon=1e9, unit="weeks")


def test_a_step_that_removes_no_wait_has_no_cost_per_week_removed() -> None:
    assert np.isnan(marginal_cost_of_shorter_wait(np.array([1.0, 2.0]), np.array([3.0, 3.0])))[0]


@given(st.floats(0.0, 200.0), st.floats(1.0, 50.0), st.floats(0.0, 250.0))
def test_expected_overflow_is_the_mean_of_what_exceeds(mean: float, sd: float, capacity: float) -> None:
    demand = mean + sd * np.linspace(-10.0, 10.0, 20_001)
    weights = np.exp(-0.5 * ((demand - mean) / sd) ** 2)
    numeric = (np.maximum(demand - capacity, 0.0) * weights).sum() / weights.sum()
    assert_allclose(expected_overflow(one(mean), one(sd), one(capacity))[0], numeric, atol=1e-3)


def test_certain_demand_overflows_by_its_excess() -> None:
    assert_allclose(expected_overflow(np.array([5.0, 2.0]), np.zeros(2), np.array([3.0, 3.0])), [2.0, 0.0])
