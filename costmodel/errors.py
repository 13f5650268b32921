"""What the program refuses: one base class, one record for a problem in a file, one way to print it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import total_ordering
from itertools import groupby
from typing import ClassVar

NOTHING_WAS_RUN = "Nothing was run."
CLOSING = f"{NOTHING_WAS_RUN} Fix the file, then: costmodel check"


class CostmodelError(Exception):
    """Base of every refusal that the user can put right; its text says what is wrong and what to do.

    Any other exception is a fault of the program.
    """

    exit_code: ClassVar[int] = 1
    """Exit code of the command line: 1 for the user's input, 2 for how the command was used."""


@total_ordering
@dataclass(frozen=True)
class Problem:
    """One thing the user has to put right, and where.

    Problems sort by file, then line (a problem of the whole file first), then name.

    Parameters
    ----------
    file
        The file as the user knows it, such as ``parameters/staffing.yaml``.
    line
        Line in the file, counted from 1; None where the problem is the file itself.
    where
        Dotted name of the offending key; empty where the problem is the file itself.
    message
        The rule, what was found, what is allowed, what to do.
    """

    file: str
    line: int | None
    where: str
    message: str

    def __lt__(self, other: Problem) -> bool:
        return self._position() < other._position()

    def _position(self) -> tuple[str, int, str, str]:
        return self.file, self.line or 0, self.where, self.message


class ParameterError(CostmodelError):
    """Raised when the user's input files hold problems; nothing has been run.

    Parameters
    ----------
    problems
        Every problem found, in any order.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__(self.problems)

    def __str__(self) -> str:
        in_a_file = any(problem.file.endswith((".yaml", ".yml", ".csv")) for problem in self.problems)
        return format_problems(self.problems, closing=CLOSING if in_a_file else NOTHING_WAS_RUN)


def format_problems(problems: Iterable[Problem], *, closing: str = CLOSING) -> str:
    """Return all problems as one text, grouped by file and sorted by line.

    Parameters
    ----------
    problems
        The problems, in any order; identical ones are printed once.
    closing
        Last line, which says what happened and what to do next. Empty for none.

    Examples
    --------
    >>> print(format_problems([
    ...     Problem("parameters/staffing.yaml", 5, "staffing.lead.se", "must be greater than 0; got -1200"),
    ... ]))
    ParameterError: 1 problem in parameters/staffing.yaml
    <BLANKLINE>
      line 5   staffing.lead.se
               must be greater than 0; got -1200
    <BLANKLINE>
    Nothing was run. Fix the file, then: costmodel check
    """
    ordered = sorted(set(problems))
    by_file = {file: list(found) for file, found in groupby(ordered, key=lambda problem: problem.file)}
    place = next(iter(by_file)) if len(by_file) == 1 else f"{len(by_file)} files"
    count = "1 problem" if len(ordered) == 1 else f"{len(ordered)} problems"
    sections = [_format_file(file, found, titled=len(by_file) > 1) for file, found in by_file.items()]
    paragraphs = [f"ParameterError: {count} in {place}", *sections, closing]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def did_you_mean(word: str, choices: Iterable[str], most: int = 1) -> str:
    """Return `` Did you mean 'x'?`` for the choices nearest to a word, or nothing if none is near.

    Parameters
    ----------
    word
        What was written.
    choices
        What could have been meant.
    most
        Of them to offer, the nearest first.

    Examples
    --------
    >>> did_you_mean("base_cse", ["base_case", "blended"])
    " Did you mean 'base_case'?"
    >>> did_you_mean("base_cse", ["blended", "base_case", "base_core"], most=2)
    " Did you mean 'base_case' or 'base_core'?"
    >>> did_you_mean("zebra", ["base_case", "blended"])
    ''
    """
    nearest = [f"'{choice}'" for choice in difflib.get_close_matches(word, list(choices), n=most)]
    if not nearest:
        return ""
    *others, last = nearest
    return f" Did you mean {', '.join(others)} or {last}?" if others else f" Did you mean {last}?"


def _format_file(file: str, problems: Sequence[Problem], *, titled: bool) -> str:
    labels = [f"line {problem.line}" if problem.line else "" for problem in problems]
    widest = max(map(len, labels))
    margin = " " * (2 + widest + 3 if widest else 2)
    lines = [file] if titled else []
    for label, problem in zip(labels, problems, strict=True):
        texts = [text for text in (problem.where, *problem.message.splitlines()) if text]
        lines.append(f"  {label}".ljust(len(margin)) + texts[0])
        lines.extend(margin + text for text in texts[1:])
    return "\n".join(lines)
