"""Which problem is said of what: causes without their echoes, and the scenario where only some have it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from costmodel.errors import Problem

PARAMETERS: Final = "parameters"
"""What the folder of parameters is called in problems, wherever it lies."""


def without_echoes(read: Sequence[Problem], found: Sequence[Problem]) -> list[Problem]:
    """Return problems without those that only follow from what could not be read.

    Parameters
    ----------
    read
        Problems of reading the files.
    found
        Problems of what they hold. Those of a file that could not be read are passed over, and those of a
        thing that could not, or of what it is a part of.
    """
    unreadable = {problem.file for problem in read if not problem.where}
    noted = {(each.file, where) for each in read for where in (each.where, each.where.rpartition(".")[0])}
    return [
        *read,
        *(each for each in found if each.file not in unreadable and (each.file, each.where) not in noted),
    ]


def of_some_scenarios(
    found: Mapping[Problem, Sequence[str]], own: Sequence[Problem], n_scenarios: int
) -> Iterator[Problem]:
    """Yield the problems that scenarios make of the parameters, saying which where not all do.

    Parameters
    ----------
    found
        Names of the scenarios in which each problem was found.
    own
        Problems that the parameters have by themselves; scenarios' problems of the same things are not
        repeated.
    n_scenarios
        How many scenarios were looked at.
    """
    places = {(problem.file, problem.where) for problem in own}
    for problem, names in found.items():
        if (problem.file, problem.where) in places:
            continue
        if len(names) < n_scenarios and problem.file.startswith(f"{PARAMETERS}/"):
            others = f" and {len(names) - 1} more" if len(names) > 1 else ""
            yield replace(problem, message=f"{problem.message} (in scenario {names[0]}{others})")
        else:
            yield problem
