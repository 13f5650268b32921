"""Numbers as text: digits no finer than the Monte Carlo error supports, units in words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from costmodel.results import Outcome
from costmodel.text import NOT_APPLICABLE
from costmodel.units import is_money

NOT_KNOWN: Final = "not known"
NO_STABLE_MEAN: Final = "no stable mean"
MINUS: Final = "−"
HEADLINE_DIGITS: Final = 3
TABLE_DECIMALS: Final = 2
# Beyond this amount pence would only be noise to the eye; results.json has every digit.
_PENCE_UP_TO: Final = 10_000.0
_UNSTABLE_ERROR_SHARE: Final = 0.25

UNIT_WORDS: Final[Mapping[str, str]] = {
    "GBP": "£",
    "GBP/year": "£ a year",
    "GBP/client": "£ per client",
    "GBP/person": "£ per person",
    "GBP/session": "£ per session",
    "GBP/contact": "£ per contact",
    "GBP/item": "£ per item",
    "GBP/hour": "£ an hour",
    "GBP/(WTE*year)": "£ a year per WTE",
    "GBP/(hub*year)": "£ a year per Hub",
    "share": "%",
    "ratio": "ratio",
    "people/year": "people a year",
    "sessions/year": "sessions a year",
    "contacts/year": "contacts a year",
    "hours/year": "hours a year",
}


def unit_words(unit: str) -> str:
    """Return a unit as people read it.

    Examples
    --------
    >>> unit_words("GBP/client"), unit_words("share"), unit_words("WTE")
    ('£ per client', '%', 'WTE')
    """
    return UNIT_WORDS.get(unit, unit.replace("GBP", "£").replace("*", " × ").replace("/", " per "))


def significant(value: float, digits: int = HEADLINE_DIGITS) -> str:
    """Return a number with so many significant digits, thousands separated.

    Examples
    --------
    >>> significant(852_708.9), significant(1773.7), significant(-0.012345), significant(99.96)
    ('853,000', '1,770', '−0.0123', '100')
    """
    if value == 0.0:
        return "0"
    rounded = float(f"{value:.{digits - 1}e}")
    return fixed(rounded, max(0, digits - 1 - _place(rounded)))


def fixed(value: float, decimals: int) -> str:
    """Return a number with so many decimals, or rounded to tens, hundreds … where negative.

    Examples
    --------
    >>> fixed(852_708.9, -2), fixed(-3.14159, 2), fixed(-0.001, 1)
    ('852,700', '−3.14', '0.0')
    """
    text = f"{round(value, decimals):,.{max(decimals, 0)}f}"
    if text.startswith("-"):
        return MINUS + text[1:] if any(digit in "123456789" for digit in text) else text[1:]
    return text


def money(value: float | None, digits: int = HEADLINE_DIGITS) -> str:
    """Return an amount of pounds with so many significant digits; an odd number of pence shows two digits.

    Examples
    --------
    >>> money(852_708.9), money(34.86), money(-1234.0), money(None), money(3.949)
    ('£853,000', '£34.90', '−£1,230', 'not applicable', '£3.95')
    """
    if value is None:
        return NOT_APPLICABLE
    text = significant(abs(value), digits)
    if len(text.partition(".")[2]) == 1:
        text += "0"
    return _signed(value, text)


def money_short(value: float | None) -> str:
    """Return an amount of pounds for figures: three significant digits, thousands as k, millions as m.

    Examples
    --------
    >>> money_short(852_480.0), money_short(1_234_567.0), money_short(-19_993.0), money_short(999_600.0)
    ('£852k', '£1.23m', '−£20.0k', '£1.00m')
    >>> money_short(1_549.97), money_short(0.0)
    ('£1,550', '£0')
    """
    if value is None:
        return NOT_APPLICABLE
    rounded = float(f"{abs(value):.{HEADLINE_DIGITS - 1}e}")
    scale, letter = _scale(rounded)
    return _signed(value, significant(rounded / scale) + letter) if letter else money(value)


def money_tick(value: float) -> str:
    """Return an amount of pounds for the axis of a figure: exact, without digits that say nothing.

    Examples
    --------
    >>> money_tick(500_000.0), money_tick(1_825.0), money_tick(-2_500_000.0), money_tick(0.0)
    ('£500k', '£1,825', '−£2.5m', '£0')
    """
    scale, letter = _scale(abs(value))
    return _signed(value, f"{abs(value) / scale:,.6g}{letter}")


def _scale(amount: float) -> tuple[float, str]:
    return (1e6, "m") if amount >= 1e6 else (1e3, "k") if amount >= 1e4 else (1.0, "")


def share(value: float | None, decimals: int = 1) -> str:
    """Return a share as a percentage.

    Examples
    --------
    >>> share(0.4126), share(-0.4126, 0), share(None), share(0.0004)
    ('41.3%', '−41%', 'not applicable', '0.0%')
    """
    return NOT_APPLICABLE if value is None else f"{fixed(100.0 * value, decimals)}%"


def decimals_supported(error: float | None, most: int = TABLE_DECIMALS) -> int:
    """Return the decimals that a Monte Carlo error leaves meaningful: the place of its first digit.

    Examples
    --------
    >>> decimals_supported(135.6), decimals_supported(7.6), decimals_supported(0.33), decimals_supported(0.0)
    (-2, 0, 1, 2)
    """
    if error is None or not math.isfinite(error) or error <= 0.0:
        return most
    return min(most, -_place(float(f"{error:.0e}")))


def quantity(value: float | None, unit: str, decimals: int = TABLE_DECIMALS) -> str:
    """Return a value in its unit with so many decimals; the unit itself is left to the column's head.

    Examples
    --------
    >>> quantity(852_708.9, "GBP/year", -2), quantity(0.4126, "share", 3), quantity(553.76, "people/year", 0)
    ('£852,700', '41.3%', '554')
    """
    if value is None or not math.isfinite(value):
        return NOT_APPLICABLE
    if unit == "share":
        return share(value, max(0, decimals - 2))
    if is_money(unit):
        return _signed(value, fixed(abs(value), _whole_or_pence(value, decimals)))
    return fixed(value, decimals)


def count_text(value: float | None, unit: str) -> str:
    """Return a number of people or sessions with about three digits.

    Examples
    --------
    >>> [count_text(number, "people/year") for number in (553.76, 34.861, 3.4861, 0.0)]
    ['554', '34.9', '3.49', '0']
    """
    size = abs(value or 0.0)
    return quantity(value, unit, 2 if 0.0 < size < 10.0 else 1 if 10.0 <= size < 100.0 else 0)


def interval(lower: float | None, upper: float | None, unit: str, decimals: int = TABLE_DECIMALS) -> str:
    """Return an interval.

    Examples
    --------
    >>> interval(825_488.0, 878_453.0, "GBP/year", -3), interval(None, None, "GBP/year")
    ('£825,000 to £878,000', 'not applicable')
    """
    if lower is None or upper is None:
        return NOT_APPLICABLE
    return f"{quantity(lower, unit, decimals)} to {quantity(upper, unit, decimals)}"


def headline(value: float | None, unit: str) -> str:
    """Return a value with three significant digits.

    Examples
    --------
    >>> headline(852_708.9, "GBP/year"), headline(-0.41251, "share"), headline(553.76, "people/year")
    ('£853,000', '−41.3%', '554')
    """
    if value is None or not math.isfinite(value):
        return NOT_APPLICABLE
    if unit == "share":
        return share(value)
    return money(value) if is_money(unit) else significant(value)


def headline_interval(outcome: Outcome) -> str:
    """Return an outcome's 95% interval with three significant digits."""
    if outcome.lower_95 is None or outcome.upper_95 is None:
        return NOT_APPLICABLE
    return f"{headline(outcome.lower_95, outcome.unit)} to {headline(outcome.upper_95, outcome.unit)}"


def is_stable(outcome: Outcome) -> bool:
    """Return whether an outcome's mean says anything.

    A ratio whose denominator comes near 0 in some draws can have a mean that a few draws make, far outside
    the interval that holds 95% of them, with a Monte Carlo error as large.
    """
    if outcome.mean is None or outcome.lower_95 is None or outcome.upper_95 is None:
        return False
    error = outcome.monte_carlo_se
    if error is None or not is_money(outcome.unit) or outcome.lower_95 <= outcome.mean <= outcome.upper_95:
        return True
    return error <= _UNSTABLE_ERROR_SHARE * abs(outcome.mean)


def headline_mean(outcome: Outcome) -> str:
    """Return an outcome's mean with three significant digits, or why there is none."""
    if outcome.mean is not None and not is_stable(outcome):
        return NO_STABLE_MEAN
    return headline(outcome.mean, outcome.unit)


def mean_cell(outcome: Outcome) -> str:
    """Return an outcome's mean for a table, no finer than its Monte Carlo error supports."""
    if outcome.mean is not None and not is_stable(outcome):
        return NO_STABLE_MEAN
    return quantity(outcome.mean, outcome.unit, _decimals(outcome))


def interval_cell(outcome: Outcome) -> str:
    """Return an outcome's 95% interval for a table."""
    decimals = _decimals(outcome) if is_stable(outcome) else 0
    return interval(outcome.lower_95, outcome.upper_95, outcome.unit, decimals)


def base_case_cell(outcome: Outcome) -> str:
    """Return an outcome's base case for a table; it has no Monte Carlo error."""
    value = outcome.base_case
    pence = value is not None and abs(value) < _PENCE_UP_TO
    decimals = TABLE_DECIMALS if pence else 0
    return quantity(value, outcome.unit, 3 if outcome.unit == "share" else decimals)


def error_cell(outcome: Outcome) -> str:
    """Return an outcome's Monte Carlo error with two significant digits."""
    if outcome.mean is None:
        return NOT_APPLICABLE
    return error_text(outcome.monte_carlo_se, outcome.unit) if is_stable(outcome) else NOT_KNOWN


def error_text(error: float | None, unit: str) -> str:
    """Return a Monte Carlo error with two significant digits.

    Examples
    --------
    >>> error_text(135.6, "GBP/year"), error_text(0.00103, "share"), error_text(0.0, "GBP/client")
    ('£140', '0.10 points', '£0')
    >>> error_text(7.6, "GBP/client"), error_text(0.054, "GBP/client")
    ('£7.60', '£0.054')
    """
    if error is None or not math.isfinite(error):
        return NOT_KNOWN
    if unit == "share":
        return f"{significant(100.0 * error, 2)} points"
    text = significant(error, 2)
    if not is_money(unit):
        return text
    return f"£{text}0" if len(text.partition(".")[2]) == 1 else f"£{text}"


def relative_gap(outcome: Outcome) -> float | None:
    """Return how far the mean lies from the base case, as a share of the base case."""
    if outcome.mean is None or not outcome.base_case or not is_stable(outcome):
        return None
    return outcome.mean / outcome.base_case - 1.0


def gap_text(value: float | None) -> str:
    """Return a gap as a signed percentage.

    Examples
    --------
    >>> gap_text(0.1443), gap_text(-0.0002), gap_text(0.0), gap_text(None)
    ('+14.4%', '−0.02%', '0%', 'not applicable')
    """
    if value is None:
        return NOT_APPLICABLE
    if abs(value) < 5e-5:
        return "0%"
    text = fixed(100.0 * value, 1 if abs(value) >= 5e-4 else 2)
    return f"{text}%" if value < 0 else f"+{text}%"


def probability(value: float, n_draws: int) -> str:
    """Return a probability in per cent; one that no draw contradicts is not certainty.

    Examples
    --------
    >>> probability(0.8312, 10_000), probability(1.0, 10_000), probability(0.0, 50)
    ('83.1%', 'over 99.9%', 'under 2%')
    """
    finest = 1.0 / n_draws
    if value >= 1.0 or value <= 0.0:
        bound = max(0.001, finest)
        decimals = 1 if bound < 0.01 else 0
        return (
            f"over {fixed(100 * (1 - bound), decimals)}%"
            if value >= 1.0
            else f"under {fixed(100 * bound, decimals)}%"
        )
    return share(value)


def _whole_or_pence(value: float, decimals: int) -> int:
    """Return two decimals or none in place of one: nobody writes a tenth of a pound."""
    return decimals if decimals != 1 else 2 if abs(value) < 100.0 else 0


def _decimals(outcome: Outcome) -> int:
    most = 4 if outcome.unit == "share" else TABLE_DECIMALS
    return decimals_supported(outcome.monte_carlo_se, most)


def _place(value: float) -> int:
    """Return the power of ten of a number's first digit."""
    return math.floor(math.log10(abs(value)) + 1e-12)


def _signed(value: float, text: str) -> str:
    return f"{MINUS}£{text}" if value < 0 and any(digit in "123456789" for digit in text) else f"£{text}"
