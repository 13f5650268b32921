"""Series of registrations: a CSV file with a row a month and a column a Hub."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from costmodel.errors import ParameterError, Problem, did_you_mean

_CALENDAR: Final = re.compile(r"(\d{4})-(\d{2})")
_Row = Mapping[str, str | None]


def read_referrals(
    file: Path, display: str, hubs: Sequence[str], first_month: str | None = None
) -> dict[str, tuple[float, ...]]:
    """Return registrations a month from a CSV file with a column `month` and one for each Hub.

    Parameters
    ----------
    file, display
        Where it is, and how the user knows it.
    hubs
        Hubs that must have a column.
    first_month
        With which the series must begin where its months are dates, such as `2023-04`.

    Raises
    ------
    ParameterError
        If the file, a column, a month or a number is missing or impossible.
    """
    try:
        with file.open(newline="", encoding="utf-8-sig") as stream:
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ParameterError([Problem(display, None, "", f"cannot be read: {_why(error)}")]) from error
    columns = [name for name in (rows[0] if rows else []) if name]
    missing = [name for name in ("month", *hubs) if name not in columns]
    if missing:
        has = ", ".join(columns) or "no rows"
        hint = "".join(did_you_mean(name, [c for c in columns if c != "month"]) for name in missing[:1])
        message = (
            f"needs a column 'month' and one for each Hub; {', '.join(missing)} is missing (it has {has})."
            f"{hint} Add or rename the column"
        )
        raise ParameterError([Problem(display, 1, "", message)])
    problems = list(_month_problems(rows, display, first_month))
    series = {hub: tuple(_numbers(rows, hub, display, problems)) for hub in hubs}
    if problems:
        raise ParameterError(problems)
    return series


def _why(error: Exception) -> str:
    return (
        "there is no such file; waiting.arrivals.file names it"
        if isinstance(error, FileNotFoundError)
        else str(error)
    )


def _numbers(rows: Sequence[_Row], hub: str, display: str, problems: list[Problem]) -> Iterator[float]:
    for line, row in enumerate(rows, start=2):
        text = (row[hub] or "").strip()
        try:
            number = float(text)
        except ValueError:
            number = float("nan")
        if not 0.0 <= number < float("inf"):
            message = (
                f"registrations in a month must be a number of 0 or more; got {text or 'nothing'}. Write 0 "
                "where nobody registered"
            )
            problems.append(Problem(display, line, hub, message))
        yield number


def _month_problems(rows: Sequence[_Row], display: str, first_month: str | None) -> Iterator[Problem]:
    """Yield months that cannot be read, are missing, stand twice, or begin elsewhere."""
    before: int | None = None
    for line, row in enumerate(rows, start=2):
        text = (row["month"] or "").strip()
        month = _number_of(text)
        if month is None:
            message = f"must be a month such as 2023-04, or its number from 1; got {text or 'nothing'}"
            yield Problem(display, line, "month", message)
            return
        if before is None:
            yield from _begins(text, month, display, line, first_month)
        elif month <= before:
            yield Problem(
                display, line, "month", f"{text} stands twice or out of order; sort the rows by month"
            )
        elif month > before + 1:
            gap = _words(before + 1, text)
            message = f"{gap} is missing before {text}; add a row for every month, 0 where nobody registered"
            yield Problem(display, line, "month", message)
        before = month


def _begins(text: str, month: int, display: str, line: int, first_month: str | None) -> Iterator[Problem]:
    dated = _CALENDAR.fullmatch(text) is not None
    expected = first_month if dated else "1"
    if expected is not None and month != _number_of(expected):
        where = " (frame.base_date of the scenario)" if dated else ""
        yield Problem(display, line, "month", f"must begin with {expected}{where}; got {text}")


def _number_of(text: str) -> int | None:
    dated = _CALENDAR.fullmatch(text)
    if dated is not None:
        year, month = int(dated[1]), int(dated[2])
        return 12 * year + month - 1 if 1 <= month <= 12 else None
    return int(text) if text.isdecimal() else None


def _words(month: int, like: str) -> str:
    return f"{month // 12}-{month % 12 + 1:02d}" if _CALENDAR.fullmatch(like) else str(month)
