"""What a user asked of a verb, gathered from its options, and how it is answered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from costmodel.cli.options import drawing, folders, format_option, with_options
from costmodel.report.terminal import print_data, progress_bar

if TYPE_CHECKING:
    from costmodel.api import RunOptions
    from costmodel.inputs.frame import Engine, TimeStep
    from costmodel.inputs.project import Project
    from costmodel.runner import Sampler

Answer = TypeVar("Answer")
Verb = Callable[..., None]
OptionOf = Callable[[Verb], Verb]
Rows = Iterable[Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Request:
    """A question about files.

    Attributes
    ----------
    parameters, scenarios
        Their folders; None for the usual ones.
    output_format
        How to print the answer: `table`, `csv` or `json`.
    """

    parameters: Path | None
    scenarios: Path | None
    output_format: str

    @cached_property
    def project(self) -> Project:
        """The files that the question is about."""
        from costmodel.inputs.project import Project

        return Project(self.parameters, self.scenarios)

    def show(
        self,
        answer: Answer,
        text: Callable[[Answer], str],
        rows: Callable[[Answer], Rows],
        document: Callable[[Answer], Any],
    ) -> None:
        """Print an answer in the form that was asked for: as text, as CSV rows, or as a JSON document."""
        if self.output_format == "table":
            click.echo(text(answer))
        elif self.output_format == "csv":
            print_data("csv", rows(answer), None)
        else:
            print_data("json", (), document(answer))


@dataclass(frozen=True, kw_only=True)
class DrawnRequest(Request):
    """A question that is answered by drawing.

    Attributes
    ----------
    draws, seed, sampler, chunk_size
        How to draw, as in `RunOptions`.
    engine, time_step
        How people waiting are followed, where the verb lets one say.
    out
        Folder to keep the answer in, if it is to be kept.
    """

    draws: int
    seed: int
    sampler: Sampler
    chunk_size: int
    engine: Engine | None = None
    time_step: TimeStep | None = None
    out: Path | None = None

    @cached_property
    def options(self) -> RunOptions:
        """How to draw."""
        from costmodel.api import RunOptions

        return RunOptions(self.draws, self.seed, self.sampler, self.chunk_size, self.engine, self.time_step)

    def ask(
        self, question: Callable[..., Answer], label: str, *, runs: int = 1, afterwards: str = ""
    ) -> Answer:
        """Return the answer to a question, showing progress while it takes long.

        Parameters
        ----------
        question
            A function that takes `options`, `project` and `progress`.
        label
            What is being done.
        runs
            How many times all draws are made.
        afterwards
            What is done once they are, if it takes long.
        """
        with progress_bar(self.draws * runs, label, afterwards) as progress:
            return question(options=self.options, project=self.project, progress=progress)

    def keep(self, write: Callable[[Path, str], Path], words: str, title: str, shown: str = "") -> None:
        """Write an answer to the folder that was named, if one was, and say where it is.

        Parameters
        ----------
        write
            Takes the folder and the command that gives the same answer again; returns the folder.
        words
            The verb and its own words, as typed.
        title, shown
            What to say was written, and the file of the folder to name.
        """
        if self.out is not None:
            click.echo(f"{title}: {write(self.out, self.command(words)) / shown}", err=True)

    def command(self, words: str) -> str:
        """Return the command that gives the same results again."""
        parts = [f"costmodel {words} --draws {self.draws} --seed {self.seed} --sampler {self.sampler}"]
        if self.engine is not None:
            parts.append(f"--engine {self.engine}")
        if self.time_step is not None:
            parts.append(f"--time-step {self.time_step}")
        if self.parameters is not None:
            parts.append(f"--parameters {self.parameters}")
        if self.scenarios is not None:
            parts.append(f"--scenarios {self.scenarios}")
        return " ".join(parts)


def warn(warnings: Sequence[str]) -> None:
    """Print warnings, which are no part of the data."""
    for warning in warnings:
        click.echo(f"warning: {warning}", err=True)


def reading(verb: Verb) -> Verb:
    """Give a verb the options of reading files, gathered into its `request`."""
    return with_options(folders, format_option)(_gathered(Request, verb))


def asking(*others: OptionOf, draw: OptionOf | None = None) -> OptionOf:
    """Give a verb the options of drawing and reading, gathered into its `request`, and others between.

    Parameters
    ----------
    others
        Options of the verb's own.
    draw
        Options of drawing, if they are not the usual ones.
    """
    draw = draw or drawing()

    def decorate(verb: Verb) -> Verb:
        return with_options(draw, *others, folders, format_option)(_gathered(DrawnRequest, verb))

    return decorate


def _gathered(kind: type[Request], verb: Verb) -> Verb:
    names = {field.name for field in fields(kind)}

    @wraps(verb)
    def gathered(**given: Any) -> None:
        request = kind(**{name: value for name, value in given.items() if name in names})
        verb(request=request, **{name: value for name, value in given.items() if name not in names})

    return gathered
