from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costmodel.report.formatting import (
    NO_STABLE_MEAN,
    base_case_cell,
    decimals_supported,
    error_cell,
    gap_text,
    headline,
    headline_mean,
    interval_cell,
    is_stable,
    mean_cell,
    money,
    money_short,
    money_tick,
    quantity,
    relative_gap,
    share,
    significant,
)
from costmodel.results import Outcome
from costmodel.text import NOT_APPLICABLE

COST = Outcome(
    "cost", "Cost", "GBP/year", None, "nhs_pss", "2023/24", 852_487.47, 852_708.9, 135.6, 825_488.1, 878_453.1
)
SHARE = Outcome(
    "gap", "Gap", "share", None, "nhs_pss", "2023/24", -0.4058, -0.41252, 0.00103, -0.5876, -0.1923
)
NONE = replace(COST, base_case=None, mean=None, monte_carlo_se=None, lower_95=None, upper_95=None)
# A few draws with next to nothing to divide by make the mean.
WILD = replace(
    COST,
    unit="GBP/contact",
    base_case=886.0,
    mean=9.6e13,
    monte_carlo_se=9.6e13,
    lower_95=417.0,
    upper_95=2634.0,
)


def read_money(text: str) -> float:
    factor = {"k": 1e3, "m": 1e6}.get(text[-1], 1.0)
    return float(text.replace("−", "-").replace("£", "").replace(",", "").rstrip("km")) * factor


def test_a_table_shows_no_digit_finer_than_the_monte_carlo_error() -> None:
    assert mean_cell(COST) == "£852,700"
    assert interval_cell(COST) == "£825,500 to £878,500"
    assert error_cell(COST) == "£140"
    assert base_case_cell(COST) == "£852,487"
    assert mean_cell(SHARE) == "−41.3%"
    assert interval_cell(SHARE) == "−58.8% to −19.2%"


def test_a_headline_has_three_significant_digits() -> None:
    assert headline_mean(COST) == "£853,000"
    assert headline_mean(SHARE) == "−41.3%"


def test_none_is_not_applicable_everywhere() -> None:
    cells = [cell(NONE) for cell in (mean_cell, interval_cell, error_cell, base_case_cell, headline_mean)]
    assert set(cells) == {NOT_APPLICABLE}
    assert money(None) == money_short(None) == share(None) == gap_text(None) == NOT_APPLICABLE
    assert headline(math.nan, "GBP/year") == quantity(math.nan, "GBP/year") == NOT_APPLICABLE


def test_a_mean_that_a_few_draws_make_is_not_printed() -> None:
    assert not is_stable(WILD)
    assert mean_cell(WILD) == headline_mean(WILD) == NO_STABLE_MEAN
    assert interval_cell(WILD) == "£417 to £2,634"
    assert relative_gap(WILD) is None


def test_a_rare_event_has_a_mean_although_its_interval_is_0() -> None:
    rare = replace(
        COST, unit="people/year", base_case=0.0, mean=0.012, monte_carlo_se=0.008, lower_95=0.0, upper_95=0.0
    )
    assert is_stable(rare)
    assert mean_cell(rare) == "0.01"


def test_the_gap_between_mean_and_base_case_is_signed() -> None:
    assert gap_text(relative_gap(replace(COST, mean=1.1 * 852_487.47, upper_95=1e6))) == "+10.0%"


@pytest.mark.parametrize("value", [0.0, -0.0, -0.0004])
def test_zero_has_no_sign(value: float) -> None:
    assert quantity(value, "GBP/client") == "£0.00"


@given(st.floats(1e-3, 1e9))
def test_short_money_is_within_half_a_per_cent(value: float) -> None:
    assert read_money(money_short(value)) == pytest.approx(value, rel=0.0051)
    assert money_short(-value) == f"−{money_short(value)}"


@given(st.integers(1, 400), st.integers(0, 6))
def test_a_tick_is_exact(steps: int, power: int) -> None:
    value = steps * 25 * 10.0**power
    assert read_money(money_tick(value)) == pytest.approx(value)


@given(st.floats(-1e9, 1e9).filter(lambda value: abs(value) > 1e-6), st.integers(1, 6))
def test_significant_digits(value: float, digits: int) -> None:
    shown = float(significant(value, digits).replace("−", "-").replace(",", ""))
    assert shown == pytest.approx(value, rel=0.5001 * 10.0 ** (1 - digits))


@given(st.floats(1e-4, 1e6))
def test_the_last_digit_shown_is_not_finer_than_the_error(error: float) -> None:
    place = 10.0 ** -decimals_supported(error)
    assert place >= 0.01
    assert place == pytest.approx(0.01) or 0.1 * error < place <= 1.06 * error
