"""Series of registrations: a CSV file with a row a month and a column a Hub."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from costmodel.errors import ParameterError, Problem, did_you_mean
from costmodel.units import MONTHS_PER_YEAR

_CALENDAR: Final = re.compile(r"([0-9]{4})-([0-9]{2})")
_NUMBER: Final = re.compile(r"[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?")


@dataclass(frozen=True)
class _Row:
    """A row of the file: the line on which it stands, and its cells by column."""

    line: int
    cells: Mapping[str, str]


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

    Returns
    -------
    By Hub, a number for each month. [people/month]

    Raises
    ------
    ParameterError
        If the file, a column, a month or a number is missing or impossible, or less than a year is given.
    """
    rows = _rows(file, display, hubs)
    problems = list(_month_problems(rows, display, first_month))
    series = {hub: tuple(_numbers(rows, hub, display, problems)) for hub in hubs}
    if not problems and len(rows) < MONTHS_PER_YEAR:
        message = f"holds {len(rows)} months; give {MONTHS_PER_YEAR:g} or more, since costs are of a year"
        problems.append(Problem(display, None, "", message))
    if problems:
        raise ParameterError(problems)
    return series


def _rows(file: Path, display: str, hubs: Sequence[str]) -> list[_Row]:
    """Return the rows below the header, which must name every column that is needed, once."""
    lines = _lines(file, display)
    header = [cell.strip() for cell in lines[0][1]] if lines else []
    faults = list(_header_faults(header, hubs))
    if faults:
        raise ParameterError(Problem(display, 1, "", fault) for fault in faults)
    odd = [(line, len(cells)) for line, cells in lines[1:] if len(cells) != len(header)]
    if odd:
        raise ParameterError(
            Problem(
                display,
                line,
                "",
                f"must have a cell for each of the {len(header)} columns; got {n_cells}. Write 0 where "
                "nobody registered, and numbers without commas",
            )
            for line, n_cells in odd
        )
    named = [(line, dict(zip(header, cells, strict=True))) for line, cells in lines[1:]]
    return [_Row(line, cells) for line, cells in named if any(cell.strip() for cell in cells.values())]


def _lines(file: Path, display: str) -> list[tuple[int, list[str]]]:
    """Return the cells of every line that is not blank, with its number."""
    try:
        with file.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.reader(stream)
            return [(reader.line_num, cells) for cells in reader if cells]
    except FileNotFoundError as error:
        why = "there is no such file; waiting.arrivals.file names it"
        raise ParameterError([Problem(display, None, "", f"cannot be read: {why}")]) from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or "save it as CSV, in UTF-8"
        raise ParameterError([Problem(display, None, "", f"cannot be read: {why}")]) from error


def _header_faults(header: Sequence[str], hubs: Sequence[str]) -> Iterator[str]:
    if not header:
        yield f"is empty: it needs a column 'month' and one for each Hub, {', '.join(hubs)}"
        return
    missing = [name for name in ("month", *hubs) if name not in header]
    if missing:
        others = [name for name in header if name not in ("month", *hubs)]
        hint = did_you_mean(missing[0], others)
        if len(header) == 1 and re.search(r"[;\t]", header[0]):
            hint = " Separate the columns by commas."
        yield (
            f"needs a column 'month' and one for each Hub; {', '.join(missing)} is missing (it has "
            f"{', '.join(header)}).{hint} Add or rename the column"
        )
    for name in ("month", *hubs):
        if header.count(name) > 1:
            yield f"the column '{name}' stands {header.count(name)} times; keep one"


def _numbers(rows: Sequence[_Row], hub: str, display: str, problems: list[Problem]) -> Iterator[float]:
    for row in rows:
        text = row.cells[hub].strip()
        number = float(text) if _NUMBER.fullmatch(text) else float("nan")
        if not number < float("inf"):
            message = (
                f"registrations in a month must be a number of 0 or more; got {text or 'nothing'}. Write 0 "
                "where nobody registered"
            )
            problems.append(Problem(display, row.line, hub, message))
        yield number


def _month_problems(rows: Sequence[_Row], display: str, first_month: str | None) -> Iterator[Problem]:
    """Yield months that cannot be read, are missing, stand twice, or begin elsewhere."""
    before: int | None = None
    for row in rows:
        text = row.cells["month"].strip()
        month = _number_of(text)
        if month is None:
            message = f"must be a month such as 2023-04, or its number from 1; got {text or 'nothing'}"
            yield Problem(display, row.line, "month", message)
            return
        if before is None:
            yield from _begins(text, month, display, row.line, first_month)
        elif month <= before:
            message = f"{text} stands twice or out of order; sort the rows by month"
            yield Problem(display, row.line, "month", message)
            return
        elif month > before + 1:
            gap = _words(before + 1, text)
            message = f"{gap} is missing before {text}; add a row for every month, 0 where nobody registered"
            yield Problem(display, row.line, "month", message)
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
    return int(text) if re.fullmatch("[0-9]+", text) else None


def _words(month: int, like: str) -> str:
    return f"{month // 12}-{month % 12 + 1:02d}" if _CALENDAR.fullmatch(like) else str(month)
