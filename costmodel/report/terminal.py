"""What the command line prints: data on stdout as a table, CSV or JSON; progress on stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Final

import click

from costmodel.text import interval_text, number_text

if TYPE_CHECKING:
    from costmodel.inputs.specification import Parameter
    from costmodel.results import Outcome
    from costmodel.runner import Progress

SHOWN_AFTER: Final = 1.0
"""Progress is shown once a command has taken so long. [seconds]"""

LONGEST_CELL: Final = 60
"""Characters of a number or source in a table of parameters; CSV and JSON hold it whole."""


def print_json(document: Any) -> None:
    """Print a document as JSON."""
    from costmodel.report.writing import json_text

    click.echo(json_text(document), nl=False)


def print_csv(rows: Iterable[Mapping[str, Any]]) -> None:
    """Print rows as CSV."""
    from costmodel.report.writing import csv_text

    click.echo(csv_text(rows), nl=False)


def print_data(output_format: str, rows: Iterable[Mapping[str, Any]], document: Any) -> None:
    """Print rows as CSV, or the whole document as JSON."""
    if output_format == "json":
        print_json(document)
    else:
        print_csv(rows)


def table_of(header: Sequence[str], rows: Sequence[Sequence[str]], n_text: int | None = None) -> str:
    """Return a table; all columns are text, or the first `n_text` and the others numbers."""
    from costmodel.report.writing import table_text

    first_number = len(header) if n_text is None else n_text
    return table_text(header, rows, [column >= first_number for column in range(len(header))])


def parameters_text(parameters: Iterable[Parameter]) -> str:
    """Return parameters as a table, long numbers and sources shortened."""
    header = ["name", "number", "unit", "price year", "evidence", "source"]
    cells = [
        [
            parameter.name,
            shortened(parameter.number, LONGEST_CELL),
            parameter.unit,
            parameter.price_year or "",
            parameter.evidence,
            shortened(parameter.source, LONGEST_CELL),
        ]
        for parameter in parameters
    ]
    return table_of(header, cells)


def shortened(text: str, length: int) -> str:
    """Return the beginning of a text, cut at a word, with a sign that there is more.

    Examples
    --------
    >>> shortened("Jones K, et al. (2025). Unit Costs of Health and Social Care 2024", 30)
    'Jones K, et al. (2025). Unit …'
    """
    if len(text) <= length:
        return text
    words = text[: length - 1].rsplit(" ", 1)[0]
    return f"{words.rstrip(',;:')} …"


def outcomes_text(outcomes: Iterable[Outcome]) -> str:
    """Return outcomes with their uncertainty as a table."""
    header = ["result", "unit", "mean", "95% interval", "MC error", "base case"]
    cells = [
        [
            outcome.label,
            outcome.unit,
            number_text(outcome.mean),
            interval_text(outcome.lower_95, outcome.upper_95),
            number_text(outcome.monte_carlo_se),
            number_text(outcome.base_case),
        ]
        for outcome in outcomes
    ]
    return table_of(header, cells, n_text=2)


@contextmanager
def progress_bar(
    total: int, label: str, afterwards: str = "", shown_after: float = SHOWN_AFTER
) -> Iterator[Progress]:
    """Give a callback that shows progress on stderr once a command takes a while.

    Parameters
    ----------
    total
        Draws to do.
    label
        What is being done.
    afterwards
        What is done once all draws are, if anything.
    shown_after
        How long to be silent. [seconds]
    """
    started, done = time.monotonic(), 0
    with ExitStack() as stack:
        bar: Any = None

        def advance(finished: int) -> None:
            nonlocal bar, done
            done += finished
            if bar is not None:
                bar.update(finished)
            elif done < total and time.monotonic() - started > shown_after:
                bar = stack.enter_context(click.progressbar(length=total, label=label, file=sys.stderr))
                bar.update(done)
            if done >= total and afterwards:
                stack.close()
                click.echo(afterwards, err=True)

        yield advance
