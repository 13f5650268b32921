"""Run a specification: the base case and the probabilistic analysis, chunk by chunk."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from types import TracebackType
from typing import IO, TYPE_CHECKING, Final, Literal

import numpy as np

from costmodel.errors import CostmodelError
from costmodel.gather import Layout, gather
from costmodel.inputs.specification import ModelSpec
from costmodel.model.checks import valid_draws
from costmodel.model.evaluate import ModelOutputs, evaluate
from costmodel.model.types import BoolArray, FloatArray
from costmodel.results import Definition, Outcome, definitions, series
from costmodel.uncertainty.convergence import monte_carlo_se, standard_error
from costmodel.uncertainty.draws import expected_values, realise, stream_names
from costmodel.uncertainty.sampling import Design, LatinHypercube, MonteCarlo, Sobol

if TYPE_CHECKING:
    import pandas

Sampler = Literal["monte-carlo", "latin-hypercube", "sobol"]
SAMPLERS: Final[tuple[Sampler, ...]] = ("monte-carlo", "latin-hypercube", "sobol")
DEFAULT_DRAWS: Final = 10_000
DEFAULT_SEED: Final = 20_240_912
DEFAULT_CHUNK_SIZE: Final = 2_048
MOST_FAILED_SHARE: Final = 0.001
_BYTES_A_NUMBER: Final = 8
BYTES_IN_MEMORY: Final = 128 * 2**20

Progress = Callable[[int], None]
Watch = Callable[[int, ModelOutputs], None]


class RunError(CostmodelError):
    """A run that cannot be trusted, with what to do about it."""


class DrawStore:
    """Outcomes of every draw, in memory while they are few and in a temporary file when they are many.

    Parameters
    ----------
    n_series, n_draws
        Shape of what is stored.
    bytes_in_memory
        Most memory that it may take; beyond it the draws go to a temporary file. [bytes]
    """

    def __init__(self, n_series: int, n_draws: int, bytes_in_memory: int = BYTES_IN_MEMORY) -> None:
        self.n_series, self.n_draws = n_series, n_draws
        in_memory = n_series * n_draws * _BYTES_A_NUMBER <= bytes_in_memory
        self._array: FloatArray | None = np.empty((n_series, n_draws)) if in_memory else None
        self._file: IO[bytes] | None = None
        if not in_memory:
            self._file = tempfile.TemporaryFile(prefix="costmodel-")  # noqa: SIM115  # until `close`

    @property
    def in_memory(self) -> bool:
        """Whether the draws are in memory rather than in a temporary file."""
        return self._array is not None

    def write(self, start: int, values: FloatArray) -> None:
        """Store the draws from `start` on. Shape (series, draw)."""
        if self._array is not None:
            self._array[:, start : start + values.shape[1]] = values
            return
        file = self._opened()
        for row in range(self.n_series):
            file.seek(_BYTES_A_NUMBER * (row * self.n_draws + start))
            file.write(values[row].tobytes())

    def read(self, row: int) -> FloatArray:
        """Return every draw of one series. Shape (draw,)."""
        if self._array is not None:
            values: FloatArray = self._array[row]
            return values
        file = self._opened()
        file.seek(_BYTES_A_NUMBER * row * self.n_draws)
        return np.frombuffer(file.read(_BYTES_A_NUMBER * self.n_draws), dtype=np.float64)

    def close(self) -> None:
        """Close the temporary file, if there is one; draws in memory stay."""
        if self._file is not None:
            self._file.close()

    def _opened(self) -> IO[bytes]:
        if self._file is None or self._file.closed:
            raise ValueError("the store of draws is closed")
        return self._file


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
    valid: BoolArray

    def __enter__(self) -> Simulation:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the temporary file of a run of very many draws; a `with` block does so at its end."""
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

    def to_pandas(self) -> pandas.DataFrame:
        """Return every outcome with its uncertainty as a data frame, one row an outcome."""
        import pandas

        return pandas.DataFrame([asdict(outcome) for outcome in self.outcomes])

    def _outcome(self, definition: Definition, base_case: float) -> Outcome:
        values = self.draws(definition.name)
        usable = values[~np.isnan(values)]
        n_not_applicable = values.size - self.n_failed - usable.size
        mean = error = lower = upper = None
        if usable.size and n_not_applicable <= MOST_FAILED_SHARE * values.size:
            lower, upper = map(float, np.percentile(usable, [2.5, 97.5]))
            mean = float(usable.mean())
            error = mean_error(values, self.design) if usable.size > 1 else None
        return Outcome(
            name=definition.name,
            label=definition.label,
            unit=definition.unit,
            hub=definition.hub,
            perspective=definition.perspective,
            price_year=self.spec.frame.price_year,
            base_case=None if np.isnan(base_case) else base_case,
            mean=mean,
            monte_carlo_se=error,
            lower_95=lower,
            upper_95=upper,
            n_not_applicable=n_not_applicable,
        )


def design_of(spec: ModelSpec, sampler: Sampler, draws: int, seed: int, *others: ModelSpec) -> Design:
    """Return a sampling design for a specification.

    Parameters
    ----------
    spec
        What is to be run.
    sampler, draws, seed
        How to draw.
    others
        Specifications that are compared with it. Only Sobol needs to know them: its points depend on how many
        parameters there are, and the same points must serve all.

    Raises
    ------
    DesignError
        If the sampler cannot take that number of draws.
    """
    if sampler == "monte-carlo":
        return MonteCarlo(seed=seed, n=draws)
    if sampler == "latin-hypercube":
        return LatinHypercube(seed=seed, n=draws)
    names = {name for each in (spec, *others) for name in stream_names(each.plan)}
    return Sobol(seed=seed, n=draws, names=tuple(sorted(names)))


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
    watch: Watch | None = None,
    bytes_in_memory: int = BYTES_IN_MEMORY,
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
    watch
        Called with the first draw of a chunk, and the model's outputs for it.
    bytes_in_memory
        Most memory for outcomes; beyond it they go to a temporary file. [bytes]

    Raises
    ------
    RunError
        If more than 1 draw in 1,000 is impossible.
    """
    layout = Layout(spec)
    wanted = definitions(layout)
    base = base_case(spec, layout)
    store = DrawStore(len(wanted), design.n, bytes_in_memory)
    valid = np.ones(design.n, dtype=bool)
    try:
        for start, stop in chunks(design.n, chunk_size):
            outputs = evaluate(gather(layout, realise(spec.plan, design, start, stop)))
            store.write(start, series(wanted, outputs))
            valid[start:stop] = valid_draws(outputs.outcomes)
            if watch is not None:
                watch(start, outputs)
            if progress is not None:
                progress(stop - start)
        require_few_failures(valid)
    except BaseException:
        store.close()
        raise
    return Simulation(layout, design, wanted, base, store, valid)


def mean_error(values: FloatArray, design: Design) -> float:
    """Return the Monte Carlo standard error of the mean of the draws that are numbers.

    Where some are not, the replicates of a design are no longer whole, and the draws count as independent:
    that overstates the error of a Latin hypercube or Sobol design, and never understates it.
    """
    usable = values[~np.isnan(values)]
    return standard_error(values, design) if usable.size == values.size else monte_carlo_se(usable)


def require_few_failures(valid: BoolArray) -> None:
    """Refuse an answer that would leave out more than 1 draw in 1,000, and so stand on a choice of them.

    Parameters
    ----------
    valid
        Which draws can be used, as `valid_draws` says. Shape (draw,).

    Raises
    ------
    RunError
        With the number of the others, the first of them, and what to do.
    """
    failed = np.flatnonzero(~valid)
    if failed.size > MOST_FAILED_SHARE * valid.size:
        shown = ", ".join(str(draw + 1) for draw in failed[:5])
        raise RunError(
            f"{failed.size:,} of {valid.size:,} draws are impossible (costs that are no number, or more "
            f"registrations than keyworkers in scope), the first at draw {shown}; at most 1 in 1,000 may be. "
            "Narrow the distributions behind them: registrations, eligible_workforce, and shares that can "
            "reach 0"
        )
