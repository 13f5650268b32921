"""Standardisation and funnels in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costmodel.model.standardisation import (
    costs_by_stratum,
    direct_standardisation,
    funnel_limits,
    price_factor,
    spread_between_clients,
)

amounts = st.floats(1.0, 1e6)


@given(amounts, st.floats(0.0, 1.0), st.floats(1.0, 1e4), st.floats(0.01, 1.0))
def test_at_its_own_case_mix_a_hub_costs_what_it_costs(
    cost: float, therapy: float, clients: float, share: float
) -> None:
    whole, n, starts = (np.array([[value]]) for value in (cost, clients, clients * share))
    strata = costs_by_stratum(whole, whole * therapy, n, starts)
    found = direct_standardisation(np.array([[share, 1.0 - share]]), strata)
    assert found[0, 0] == pytest.approx(cost / clients)


def test_a_hub_that_treats_nobody_has_no_standardised_cost() -> None:
    strata = costs_by_stratum(*np.array([[[100.0]], [[0.0]], [[10.0]], [[0.0]]]))
    assert np.isnan(direct_standardisation(np.array([[0.2, 0.8]]), strata)).all()


def test_the_same_prices_need_no_correction() -> None:
    quantity = np.array([[[1.0, 2.0], [3.0, 0.0]]])
    assert price_factor(quantity * np.array([30.0, 50.0]), quantity) == pytest.approx(1.0)


def test_prices_twice_as_high_are_twice_the_factor() -> None:
    quantity = np.ones((1, 2, 1))
    factor = price_factor(quantity * np.array([20.0, 40.0])[:, None], quantity)
    assert factor[0, 1] == pytest.approx(2.0 * factor[0, 0])


def test_spread_is_the_standard_deviation_of_the_mixture() -> None:
    shares, sessions = np.array([[0.7, 0.1, 0.2]]), np.array([[0.0, 2.0, 9.0]])
    clients = np.repeat(sessions[0] * 50.0, [70, 10, 20])
    assert spread_between_clients(shares, sessions, np.array([50.0]))[0] == pytest.approx(clients.std())


def test_limits_narrow_with_the_root_of_volume() -> None:
    lower, upper = funnel_limits(100.0, 60.0, np.array([4.0, 16.0]), 1.0)
    assert (upper - lower).tolist() == [60.0, 30.0]
