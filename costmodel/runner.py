"""Run a specification: the base case and the probabilistic analysis, chunk by chunk."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import TracebackType
from typing import Final, Literal

import numpy as np

from costmodel.gather import Layout, gather
from costmodel.inputs.specification import ModelSpec
from costmodel.model.checks import valid_draws
from costmodel.model.evaluate import ModelOutputs, evaluate
from costmodel.model.types import FloatArray
from costmodel.results import Definition, Outcome, definitions, series
from costmodel.uncertainty.convergence import standard_error
from costmodel.uncertainty.draws import expected_values, realise, stream_names
from costmodel.uncertainty.sampling import Design, LatinHypercube, MonteCarlo, Sobol

Sampler = Literal["monte-carlo", "latin-hypercube", "sobol"]
SAMPLERS: Final[tuple[Sampler, ...]] = ("monte-carlo", "latin-hypercube", "sobol")
DEFAULT_DRAWS: Final = 10_000
DEFAULT_SEED: Final = 20_240_912
DEFAULT_CHUNK_SIZE: Final = 2_048
MOST_FAILED_SHARE: Final = 0.001
_BYTES_IN_MEMORY: Final = 128 * 2**20

Progress = Callable[[int], None]


class RunError(Exception):
    """A run that cannot be trusted, with what to do about it."""


class DrawStore:
    """Outcomes of every draw, in memory while they are few and in a temporary file when they are many.

    Parameters
    ----------
    n_series, n_draws
        Shape of what is stored.
    """

    def __init__(self, n_series: int, n_draws: int) -> None:
        self.n_series, self.n_draws = n_series, n_draws
        in_memory = n_series * n_draws * 8 <= _BYTES_IN_MEMORY
        self._array = np.empty((n_series, n_draws)) if in_memory else None
        self._file = None if in_memory else tempfile.TemporaryFile(prefix="costmodel-")

    def write(self, start: int, values: FloatArray) -> None:
        """Store the draws from `start` on. Shape (series, draw)."""
        if self._array is not None:
            self._array[:, start : start + values.shape[1]] = values
            return
        if self._file is None:
            raise ValueError("the store is closed")
        for row in range(self.n_series):
            self._file.seek(8 * (row * self.n_draws + start))
            self._file.write(values[row].tobytes())

    def read(self, row: int) -> FloatArray:
        """Return every draw of one series. Shape (draw,)."""
        if self._array is not None:
            return self._array[row]
        if self._file is None:
            raise ValueError("the store is closed")
        self._file.seek(8 * row * self.n_draws)
        return np.frombuffer(self._file.read(8 * self.n_draws), dtype=np.float64)

    def close(self) -> None:
        """Forget the draws."""
        if self._file is not None:
            self._file.close()


@dataclass(frozen=True)
class Simulation:
    """A finished run.

    Attributes
    ----------
    layout, design
        What was run, and how it was drawn.
    definitions
        The outcomes, in the order of the store.
    base
        Outputs of the base case: one draw, every parameter at its mean.
    store
        Outcomes of every draw.
    valid
        Which draws can be used. Shape (draw,).
    """

    layout: Layout
    design: Design
    definitions: tuple[Definition, ...]
    base: ModelOutputs
    store: DrawStore
    valid: np.ndarray

    def __enter__(self) -> Simulation:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.store.close()

    @property
    def spec(self) -> ModelSpec:
        """The specification that was run."""
        return self.layout.spec

    @property
    def n_failed(self) -> int:
        """Draws left out because they were impossible."""
        return int(np.count_nonzero(~self.valid))

    @cached_property
    def _row_of(self) -> Mapping[str, int]:
        return {definition.name: row for row, definition in enumerate(self.definitions)}

    def draws(self, name: str) -> FloatArray:
        """Return every draw of one outcome by name; failed draws are not a number. Shape (draw,)."""
        values = self.store.read(self._row_of[name])
        return values if self.n_failed == 0 else np.where(self.valid, values, np.nan)

    @cached_property
    def outcomes(self) -> tuple[Outcome, ...]:
        """Every outcome with its uncertainty."""
        base = series(self.definitions, self.base)[:, 0]
        return tuple(
            self._outcome(definition, float(value))
            for definition, value in zip(self.definitions, base, strict=True)
        )

    def outcome(self, name: str) -> Outcome:
        """Return one outcome by name."""
        return self.outcomes[self._row_of[name]]

    def _outcome(self, definition: Definition, base_case: float) -> Outcome:
        values = self.draws(definition.name)
        usable = values[~np.isnan(values)]
        n_not_applicable = values.size - self.n_failed - usable.size
        statistics: list[float | None] = [None] * 4
        if usable.size and n_not_applicable <= MOST_FAILED_SHARE * values.size:
            lower, upper = np.percentile(usable, [2.5, 97.5])
            whole = usable.size == values.size
            error = standard_error(values, self.design) if whole else _plain_error(usable)
            statistics = [float(usable.mean()), error, float(lower), float(upper)]
        return Outcome(
            definition.name,
            definition.label,
            definition.unit,
            definition.hub,
            definition.perspective,
            self.spec.frame.price_year,
            None if np.isnan(base_case) else base_case,
            *statistics,
            n_not_applicable=n_not_applicable,
        )


def design_of(spec: ModelSpec, sampler: Sampler, draws: int, seed: int) -> Design:
    """Return a sampling design for a specification.

    Raises
    ------
    DesignError
        If the sampler cannot take that number of draws.
    """
    if sampler == "monte-carlo":
        return MonteCarlo(seed=seed, n=draws)
    if sampler == "latin-hypercube":
        return LatinHypercube(seed=seed, n=draws)
    return Sobol(seed=seed, n=draws, names=stream_names(spec.plan))


def base_case(spec: ModelSpec, layout: Layout | None = None) -> ModelOutputs:
    """Return the model's outputs with every parameter at its mean."""
    layout = layout or Layout(spec)
    values = {name: np.full(1, value) for name, value in expected_values(spec.plan).items()}
    return evaluate(gather(layout, values))


def parameter_draws(spec: ModelSpec, design: Design, start: int, stop: int) -> dict[str, FloatArray]:
    """Return the draws of every parameter of a specification. Shape (draw,) each."""
    return realise(spec.plan, design, start, stop)


def chunks(n: int, size: int) -> Iterator[tuple[int, int]]:
    """Yield (start, stop) of the chunks of a run.

    Examples
    --------
    >>> list(chunks(5, 2))
    [(0, 2), (2, 4), (4, 5)]
    """
    for start in range(0, n, size):
        yield start, min(start + size, n)


def simulate(
    spec: ModelSpec,
    design: Design,
    *,
    chunk_size: int = DEFAULT_CHUNK_SIZE,
    progress: Progress | None = None,
) -> Simulation:
    """Run the base case and every draw of a design.

    The results do not depend on the chunk size; memory does.

    Parameters
    ----------
    spec
        What to run.
    design
        How to draw.
    chunk_size
        Draws evaluated at once.
    progress
        Called with the number of draws just finished.

    Raises
    ------
    RunError
        If more than 1 draw in 1,000 is impossible.
    """
    layout = Layout(spec)
    wanted = definitions(layout)
    base = base_case(spec, layout)
    store = DrawStore(len(wanted), design.n)
    valid = np.ones(design.n, dtype=bool)
    try:
        for start, stop in chunks(design.n, chunk_size):
            outputs = evaluate(gather(layout, realise(spec.plan, design, start, stop)))
            store.write(start, series(wanted, outputs))
            valid[start:stop] = valid_draws(outputs.outcomes)
            if progress is not None:
                progress(stop - start)
        _require_few_failures(valid)
    except BaseException:
        store.close()
        raise
    return Simulation(layout, design, wanted, base, store, valid)


def _plain_error(values: FloatArray) -> float:
    return float(values.std(ddof=1) / np.sqrt(values.size))


def _require_few_failures(valid: np.ndarray) -> None:
    failed = np.flatnonzero(~valid)
    if failed.size > MOST_FAILED_SHARE * valid.size:
        shown = ", ".join(str(draw + 1) for draw in failed[:5])
        raise RunError(
            f"{failed.size:,} of {valid.size:,} draws are impossible (costs that are no number, or more registrations "
            f"than keyworkers in scope), the first at draw {shown}; at most 1 in 1,000 may be. Narrow the "
            "distributions behind them: registrations, eligible_workforce, and shares that can reach 0"
        )
