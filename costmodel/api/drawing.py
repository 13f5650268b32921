"""How to draw, and what a question that draws needs before it can be answered."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from costmodel.analysis.compare import require_names_apart
from costmodel.inputs.frame import Engine, TimeStep
from costmodel.inputs.model_files import Extra
from costmodel.inputs.project import Project
from costmodel.inputs.specification import ModelSpec
from costmodel.runner import DEFAULT_CHUNK_SIZE, DEFAULT_DRAWS, DEFAULT_SEED, Sampler, design_of
from costmodel.uncertainty.sampling import Design


@dataclass(frozen=True)
class RunOptions:
    """How to draw.

    Attributes
    ----------
    draws, seed, sampler
        Number of joint samples, the seed of every named stream, and the sampling design.
    chunk_size
        Draws evaluated at once; changes memory, never results.
    engine, time_step
        How people waiting are followed, and how finely; as the scenario says unless given.
    """

    draws: int = DEFAULT_DRAWS
    seed: int = DEFAULT_SEED
    sampler: Sampler = "monte-carlo"
    chunk_size: int = DEFAULT_CHUNK_SIZE
    engine: Engine | None = None
    time_step: TimeStep | None = None


@dataclass(frozen=True)
class Prepared:
    """Scenarios ready to be drawn on common random numbers.

    Attributes
    ----------
    specs
        Their specifications, in the order in which they were asked for.
    options, project
        How to draw, and where the files are.
    """

    specs: tuple[ModelSpec, ...]
    options: RunOptions
    project: Project

    @property
    def spec(self) -> ModelSpec:
        """The first scenario's specification."""
        return self.specs[0]

    @cached_property
    def design(self) -> Design:
        """One design that serves every scenario.

        Raises
        ------
        DesignError
            If the sampler cannot take that number of draws.
        """
        options = self.options
        return design_of(self.spec, options.sampler, options.draws, options.seed, *self.specs[1:])


def prepare(
    scenarios: Sequence[str | Path],
    options: RunOptions | None = None,
    project: Project | None = None,
    also: Collection[Extra] = (),
) -> Prepared:
    """Return scenarios ready to be drawn, with the usual options and this folder's project unless given.

    Parameters
    ----------
    scenarios
        At least one.
    options, project
        As for every question.
    also
        What else the specifications are to hold.

    Raises
    ------
    ParameterError
        With every problem of the files.
    ComparisonError
        If two different scenarios have one name.

    Examples
    --------
    >>> prepare(["base_case"], RunOptions(draws=100)).design.n
    100
    """
    options, project = options or RunOptions(), project or Project()
    specs = (project.specification(scenario, also=also) for scenario in scenarios)
    followed = tuple(spec.following(engine=options.engine, time_step=options.time_step) for spec in specs)
    require_names_apart(followed)
    return Prepared(followed, options, project)
