"""Months and weeks in words, on axes and in tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from costmodel.inputs.waiting_file import MONTHS
from costmodel.units import WEEK, Step

_MOST_ROWS = 12
_ROWS_OF = {"month": 3, "week": 4}
_A_MONTH = len("2023-04")


def short_name(calendar: str) -> str:
    """Return a step of the calendar for an axis: its month, or the day on which its week begins.

    Examples
    --------
    >>> short_name("2023-04"), short_name("2023-04-08")
    ('Apr 23', '8 Apr 23')
    """
    day, month, year = _parts(calendar)
    return f"{day}{month[:3]} {year[-2:]}"


def table_name(calendar: str) -> str:
    r"""Return a step of the calendar for a column, in one piece.

    Examples
    --------
    >>> table_name("2023-04"), table_name("2023-04-08")
    ('Apr\xa02023', '8\xa0Apr\xa02023')
    """
    day, month, year = _parts(calendar)
    return f"{day}{month[:3]} {year}".replace(" ", "\N{NO-BREAK SPACE}")


def long_name(calendar: str) -> str:
    """Return a step of the calendar for a sentence.

    Examples
    --------
    >>> long_name("2023-04"), long_name("2023-04-08")
    ('April 2023', 'the week of 8 April 2023')
    """
    day, month, year = _parts(calendar)
    return f"{'the week of ' if day else ''}{day}{month} {year}"


def _parts(calendar: str) -> tuple[str, str, str]:
    """Return day with a blank behind it, if any, month and year."""
    if len(calendar) == _A_MONTH:
        year, number = calendar.split("-")
        return "", MONTHS[int(number) - 1].capitalize(), year
    day = date.fromisoformat(calendar)
    return f"{day.day} ", MONTHS[day.month - 1].capitalize(), str(day.year)


def shown_steps(step: Step, n_steps: int) -> Sequence[int]:
    """Return the steps of a table, counted from 1.

    All of a few; of many months those of a year, then every third; of many weeks every fourth; the last.

    Examples
    --------
    >>> from costmodel.units import MONTH
    >>> shown_steps(MONTH, 16), shown_steps(WEEK, 13)
    ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 16], [4, 8, 12, 13])
    """
    if n_steps <= _MOST_ROWS:
        return list(range(1, n_steps + 1))
    all_of = 0 if step == WEEK else _MOST_ROWS
    every = _ROWS_OF[step.name]
    return [
        number
        for number in range(1, n_steps + 1)
        if number <= all_of or number % every == 0 or number == n_steps
    ]


def which_steps(step: Step, n_steps: int) -> str:
    """Return which steps a table shows.

    Examples
    --------
    >>> from costmodel.units import MONTH
    >>> which_steps(MONTH, 12), which_steps(WEEK, 52)
    ('month by month', 'every fourth week')
    """
    return "every fourth week" if step == WEEK and n_steps > _MOST_ROWS else by_steps(step)


def by_steps(step: Step) -> str:
    """Return `month by month` or `week by week`."""
    return f"{step.name} by {step.name}"


def heading(step: Step) -> str:
    """Return the head of a column, or the label of an axis, that holds the names of steps.

    Examples
    --------
    >>> heading(WEEK)
    'Week beginning'
    """
    return "Week beginning" if step == WEEK else "Month"
