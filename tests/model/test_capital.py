from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from costmodel.model.capital import annuity_factor, declining_annuity_factor, equivalent_annual_cost

RATES = st.floats(-0.2, 0.5)
LIVES = st.floats(0.5, 80)


def eac(purchase: float, resale: float, rate: float, years: float, *, in_advance: bool = False) -> float:
    return float(
        equivalent_annual_cost(np.array(purchase), np.array(resale), rate, years, in_advance=in_advance)
    )


def test_annuity_factor_is_the_sum_of_discounted_years() -> None:
    expected = sum(1.05**-year for year in range(1, 8))
    assert annuity_factor(0.05, 7) == pytest.approx(expected, rel=1e-14)


def test_annuity_factor_without_discounting_is_the_life() -> None:
    assert annuity_factor(0.0, 4) == 4.0
    assert isinstance(annuity_factor(0, 4), float)


@pytest.mark.parametrize("rate", [1e-300, 1e-12, 1e-9, -1e-9, 1e-8, 1e-6])
def test_annuity_factor_keeps_its_digits_at_small_rates(rate: float) -> None:
    series = 10.0 * (1.0 - rate * 11.0 / 2.0 + rate**2 * 11.0 * 12.0 / 6.0)
    assert annuity_factor(rate, 10) == pytest.approx(series, rel=1e-14)


def test_land_lasts_for_ever() -> None:
    assert annuity_factor(0.04, float("inf")) == 25.0
    assert eac(1_000.0, 0.0, 0.04, float("inf")) == 40.0


@pytest.mark.parametrize("years", [0.0, -1.0])
def test_a_life_of_nothing_is_refused(years: float) -> None:
    message = f"the life of a capital item must be greater than 0 years; got {years:g}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        annuity_factor(0.035, years)


@pytest.mark.parametrize("rate", [-1.0, -1.5])
def test_a_rate_of_minus_one_is_refused(rate: float) -> None:
    message = f"a discount rate must be greater than -1; got {rate:g}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        annuity_factor(rate, 5)
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        eac(10.0, 1.0, rate, 5)


def test_rates_just_inside_the_range_are_accepted() -> None:
    assert annuity_factor(-0.5, 1) == pytest.approx(2.0, rel=1e-14)
    assert annuity_factor(1.0, 1) == pytest.approx(0.5, rel=1e-14)


def test_declining_rates_chain_year_by_year() -> None:
    expected = 1 / 1.04 + 1 / (1.04 * 1.03) + 1 / (1.04 * 1.03 * 1.02)
    factor = declining_annuity_factor(np.array([0.04, 0.03, 0.02]))
    assert isinstance(factor, float)
    assert factor == pytest.approx(expected, rel=1e-14)


def test_resale_is_discounted_from_the_end_of_life() -> None:
    expected = (12_000.0 - 2_000.0 / 1.035**5) / sum(1.035**-year for year in range(1, 6))
    assert eac(12_000.0, 2_000.0, 0.035, 5) == pytest.approx(expected, rel=1e-13)


def test_payments_in_advance_are_a_year_cheaper() -> None:
    expected = eac(12_000.0, 2_000.0, 0.035, 5) / 1.035
    assert eac(12_000.0, 2_000.0, 0.035, 5, in_advance=True) == pytest.approx(expected, rel=1e-14)


def test_payments_are_at_the_end_of_the_year_unless_said_otherwise() -> None:
    costs = equivalent_annual_cost(np.array([110.0]), np.array([0.0]), 0.1, 1)
    assert_allclose(costs, [121.0], rtol=1e-13)


def test_resale_above_purchase_is_refused_and_equal_is_not() -> None:
    message = "the resale value of a capital item must not exceed its purchase cost"
    with pytest.raises(ValueError, match=f"^{message}$"):
        equivalent_annual_cost(np.array([5.0, 1.0]), np.array([4.0, 2.0]), 0.035, 5)
    assert eac(100.0, 100.0, 0.0, 5) == 0.0


def test_every_draw_has_its_own_purchase() -> None:
    costs = equivalent_annual_cost(np.array([10.0, 20.0]), np.array([0.0, 5.0]), 0.0, 5)
    assert_allclose(costs, [2.0, 3.0], rtol=1e-15)


@given(purchase=st.floats(1, 1e6), share=st.floats(0, 1), rate=RATES, years=LIVES)
def test_the_payments_and_the_resale_are_worth_the_purchase(
    purchase: float, share: float, rate: float, years: float
) -> None:
    payment = eac(purchase, purchase * share, rate, years)
    worth = payment * annuity_factor(rate, years) + purchase * share * (1.0 + rate) ** -years
    assert worth == pytest.approx(purchase, rel=1e-8)


@given(rate=st.floats(0, 0.5), years=LIVES, longer=st.floats(0.1, 40))
def test_a_longer_life_costs_less_a_year(rate: float, years: float, longer: float) -> None:
    assert eac(1_000.0, 0.0, rate, years + longer) < eac(1_000.0, 0.0, rate, years)
