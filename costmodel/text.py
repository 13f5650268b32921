"""Labels and numbers as people read them, for every part of the program that writes text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

NOT_APPLICABLE: Final = "not applicable"


def number_text(value: float | None, *, signed: bool = False) -> str:
    """Return a number with about three digits that matter.

    Parameters
    ----------
    value
        None where there is none.
    signed
        Whether a number above 0 has a plus.

    Examples
    --------
    >>> number_text(852_708.9), number_text(34.861), number_text(0.41251), number_text(None)
    ('852,709', '34.86', '0.413', 'not applicable')
    >>> number_text(1_234.5, signed=True), number_text(-7.0, signed=True), number_text(0.0, signed=True)
    ('+1,234', '-7.00', '0')
    """
    if value is None:
        return NOT_APPLICABLE
    plus = "+" if signed and value > 0 else ""
    if abs(value) >= 1_000:
        return f"{plus}{value:,.0f}"
    return f"{plus}{value:,.2f}" if abs(value) >= 1 else f"{plus}{value:.3g}"


def interval_text(lower: float | None, upper: float | None, *, signed: bool = False) -> str:
    """Return an interval.

    Examples
    --------
    >>> interval_text(810_293.2, 858_842.1), interval_text(None, None)
    ('810,293 to 858,842', 'not applicable')
    """
    if lower is None or upper is None:
        return NOT_APPLICABLE
    return f"{number_text(lower, signed=signed)} to {number_text(upper, signed=signed)}"


def in_sentence(label: str) -> str:
    """Return a label for the middle of a sentence; names and abbreviations keep their capital.

    Examples
    --------
    >>> in_sentence("Cost of the Hub"), in_sentence("Hub cost per therapy start"), in_sentence("NHS bodies")
    ('cost of the Hub', 'Hub cost per therapy start', 'NHS bodies')
    """
    first = label.split(" ", 1)[0]
    keeps_capital = first.startswith("Hub") or first[1:] != first[1:].lower()
    return label if keeps_capital else label[:1].lower() + label[1:]


def capitalised(text: str) -> str:
    """Return a text with a capital at its beginning, the rest as it is.

    Examples
    --------
    >>> capitalised("the Hub's host"), capitalised("NHS bodies")
    ("The Hub's host", 'NHS bodies')
    """
    return text[:1].upper() + text[1:]


def sentence_list(items: Sequence[str]) -> str:
    """Return items as they stand in a sentence; nothing where there are none.

    Examples
    --------
    >>> sentence_list(["pay"]), sentence_list(["pay", "estates", "training"]), sentence_list([])
    ('pay', 'pay, estates and training', '')
    """
    return " and ".join(part for part in (", ".join(items[:-1]), *items[-1:]) if part)
