"""Demand for therapy against the capacity to start it, step by step, with the fan of uncertainty."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from types import TracebackType

import numpy as np

from costmodel.analysis.capacity_period import awaiting_figures, period_figures
from costmodel.analysis.capacity_types import NO_LIMIT, Binding, CapacityAnalysis, Series, StepFigure
from costmodel.analysis.engines import ENGINES, NOBODY, hub_queue
from costmodel.analysis.intervals import CENTRAL_90, finite_or_none, mean_and_interval
from costmodel.analysis.steady_state import SteadyState, steady_state
from costmodel.analysis.waiting_evidence import evidence_count
from costmodel.gather import Layout, gather
from costmodel.gather.through_time import NO_LIST, TARGET_WEEKS, limit_names
from costmodel.inputs.specification import ModelSpec
from costmodel.inputs.waiting_file import GREEDY_STARTS
from costmodel.model.arrays import ratio
from costmodel.model.checks import valid_draws
from costmodel.model.evaluate import ModelOutputs, evaluate
from costmodel.model.front_door import QUEUES
from costmodel.model.list_capacity import binding_constraint
from costmodel.model.queue_outcomes import over_classes
from costmodel.model.queueing import WaitingError
from costmodel.model.through_time import ThroughTime
from costmodel.model.types import FloatArray
from costmodel.model.waiting_list import start_rate
from costmodel.runner import DEFAULT_CHUNK_SIZE, DrawStore, Progress, chunks, require_few_failures
from costmodel.uncertainty.draws import expected_values, realise
from costmodel.uncertainty.sampling import Design
from costmodel.units import DAYS_PER_WEEK, MONTH, STEPS, WEEK, Step


def series_of(layout: Layout) -> tuple[Series, ...]:
    """Return the quantities that are followed, in the order in which `values_of` gives them."""
    shares = [
        Series(f"share_over_{weeks:g}_weeks", f"Share of the list waiting over {weeks:g} weeks", "share")
        for weeks in TARGET_WEEKS
    ]
    rate = f"people/{layout.spec.frame.time_step}"
    used = [
        Series(f"utilisation.{pool}", f"Hours used, {layout.spec.pools[pool].label}", "share")
        for pool in layout.pools
    ]
    return (
        Series("arrivals", "Accepted for therapy", rate),
        Series("start_capacity", "Starts that capacity allows", rate),
        Series("starts", "Starts", rate),
        Series("waiting", "Waiting at the end", "people"),
        Series("left_list", "Left the list without starting", rate),
        Series("caseload", "In treatment", "people"),
        Series("completions", "Completions", rate),
        Series("sessions", "Attended sessions", f"sessions/{layout.spec.frame.time_step}"),
        Series("mean_wait", "Mean wait of those who start", "weeks"),
        Series("median_wait", "Median wait of those who start", "weeks"),
        Series("wait_95", "95th percentile wait of those who start", "weeks"),
        Series("expected_wait", "Expected wait of a person referred now", "weeks"),
        *shares,
        *used,
    )


def capacity(
    spec: ModelSpec,
    design: Design,
    months: int,
    *,
    seed: int = 0,
    chunk_size: int = DEFAULT_CHUNK_SIZE,
    progress: Progress | None = None,
) -> CapacityAnalysis:
    """Return demand against capacity of every Hub, step by step of the specification's frame.

    Parameters
    ----------
    spec
        With a waiting list. The engine of its frame adds chance at the base case; the fan over draws
        is always the fluid engine's.
    design
        How to draw.
    months
        Months ahead, at least 1.
    seed
        Of the event simulation.
    chunk_size, progress
        As for `simulate`.

    Raises
    ------
    WaitingError
        If an input is impossible, in words for a service manager.
    RunError
        If more than 1 draw in 1,000 is impossible.
    """
    layout = Layout(spec)
    step = STEPS[spec.frame.time_step]
    with Followed(layout, design.n, months, seed) as followed:
        for start, stop in chunks(design.n, chunk_size):
            draws = realise(spec.plan, design, start, stop)
            followed.add(start, evaluate(gather(layout, draws, months=months, step=step)))
            if progress is not None:
                progress(stop - start)
        return followed.analysis()


class Followed:
    """What the draws of a run say of waiting, as they come in chunk by chunk.

    Parameters
    ----------
    layout
        Of a specification with a waiting list.
    n_draws
        Of the run.
    months
        Months ahead.
    seed
        Of the event simulation.

    Raises
    ------
    WaitingError
        If an input is impossible, in words for a service manager.
    """

    def __init__(self, layout: Layout, n_draws: int, months: int, seed: int = 0) -> None:
        self._layout, self._draws, self._months, self._seed = layout, n_draws, months, seed
        self._step = STEPS[layout.spec.frame.time_step]
        self._base = waiting_of(layout, base_draws(layout.spec), months, self._step)
        self._wanted = series_of(layout)
        self._shape = (len(self._wanted), len(layout.hubs), self._step.steps(months))
        self._binding = np.zeros((len(limit_names(layout)) + 1, *self._shape[1:]))
        self._possible = np.ones(n_draws, dtype=bool)
        self._first_awaiting = int(np.prod(self._shape))
        self._store = DrawStore(self._first_awaiting + len(layout.hubs) * len(QUEUES), n_draws)

    def __enter__(self) -> Followed:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._store.close()

    def add(self, start: int, outputs: ModelOutputs) -> None:
        """Take up the outputs of the draws from `start` on."""
        run, possible = through_time_of(outputs, self._months, self._step), valid_draws(outputs.outcomes)
        values = np.concatenate([_rows(values_of(run)), _rows(awaiting_at_end(run))])
        values[:, ~possible] = np.nan
        self._store.write(start, values)
        self._possible[start : start + possible.size] = possible
        self._binding += _counted(binding_code(run)[possible], len(self._binding))

    def analysis(self) -> CapacityAnalysis:
        """Return what all draws say together.

        Raises
        ------
        RunError
            If more than 1 draw in 1,000 is impossible.
        """
        require_few_failures(self._possible)
        layout, spec, base = self._layout, self._layout.spec, self._base
        at_base = values_of(base)
        names = [series.name for series in self._wanted]
        classes = _class_labels(spec)
        queues = {hub: hub_queue(base, number, classes) for number, hub in enumerate(layout.hubs)}
        steady = {hub: steady_state(queue) for hub, queue in queues.items()}
        engine = spec.frame.engine
        shares = self._binding / self._possible.sum()
        return CapacityAnalysis(
            scenario=spec.scenario.name,
            label=spec.scenario.label,
            months=self._months,
            step=self._step,
            draws=self._draws,
            seed=self._seed,
            hubs=layout.hubs,
            figures=tuple(_figures(layout, self._wanted, at_base, self._store, self._shape)),
            binding=tuple(_bindings(layout, binding_code(base)[0], shares)),
            engine=engine,
            chance={
                hub: ENGINES[engine](queue, self._seed) for hub, queue in queues.items() if engine != "fluid"
            },
            steady=steady,
            warnings=tuple(_warnings(layout, steady)),
            period=(
                *period_figures(layout, names, at_base, self._store, self._months),
                *awaiting_figures(layout, awaiting_at_end(base), self._store, self._first_awaiting),
            ),
            evidence=evidence_count(spec),
        )


def values_of(run: ThroughTime) -> FloatArray:
    """Return every quantity of `series_of`. Shape (quantity, hub, step, draw)."""
    inputs, flows, weeks = run.inputs, run.flows, run.weeks_per_step
    used = ratio(run.used, run.at_work)
    quantities = [
        inputs.arrivals,
        start_rate(inputs),
        flows.starts,
        flows.waiting,
        flows.left_list,
        flows.caseload,
        flows.completions,
        flows.sessions,
        flows.mean_wait * weeks,
        flows.median_wait * weeks,
        flows.wait_95 * weeks,
        over_classes(flows.expected_wait, inputs.class_shares) * weeks,
        *(flows.share_over[..., target] for target in range(len(TARGET_WEEKS))),
        *(used[:, :, pool] for pool in range(used.shape[2])),
    ]
    return np.stack([np.moveaxis(quantity, 0, -1) for quantity in quantities])


def awaiting_at_end(run: ThroughTime) -> FloatArray:
    """Return who waits for each stage besides therapy at the end. Shape (hub, queue, draw)."""
    return np.moveaxis(run.awaiting[:, :, -1], 0, -1)


def _rows(values: FloatArray) -> FloatArray:
    """Return values with everything but the draws on one axis."""
    return values.reshape(-1, values.shape[-1])


def binding_code(run: ThroughTime) -> FloatArray:
    """Return the limit that binds, or one past the last where nobody is left waiting.

    Shape (draw, hub, step).
    """
    _, limit = binding_constraint(run.limits)
    return np.where(run.flows.waiting >= NOBODY, limit, run.limits.shape[-1]).astype(np.float64)


def waiting_of(layout: Layout, draws: dict[str, FloatArray], months: int, step: Step = MONTH) -> ThroughTime:
    """Return a set of draws through time.

    Parameters
    ----------
    layout
        Of a specification with a waiting list.
    draws
        Values of every parameter by name. Shape (draw,) each.
    months
        Months ahead. [months]
    step
        A month or a week.

    Raises
    ------
    WaitingError
        If the specification holds no list, or there is no therapy to wait for.
    """
    return through_time_of(evaluate(gather(layout, draws, months=months, step=step)), months, step)


def through_time_of(outputs: ModelOutputs, months: int, step: Step = MONTH) -> ThroughTime:
    """Return the run through time of some outputs, as far as is asked about.

    Parameters
    ----------
    outputs
        Of a specification with a waiting list.
    months
        Months ahead. [months]
    step
        In which the run was made.

    Raises
    ------
    WaitingError
        If the specification holds no list, or there is no therapy to wait for.
    """
    if outputs.time is None:
        raise WaitingError(NO_LIST)
    if not outputs.time.hours.per_start.any():
        raise WaitingError(
            "no activity takes staff time for therapy: one must have the driver attended_sessions, "
            "therapy_starts or completions"
        )
    return outputs.time.until(step.steps(months))


def base_draws(spec: ModelSpec) -> dict[str, FloatArray]:
    """Return one draw, every parameter at its mean. Shape (1,) each."""
    return {name: np.full(1, value) for name, value in expected_values(spec.plan).items()}


def _class_labels(spec: ModelSpec) -> tuple[str, ...]:
    """Return what the priority classes are called, the first served first."""
    classes = None if spec.waiting is None else spec.waiting.priority_classes
    return () if classes is None else tuple(classes.components[name] for name in classes.means)


def _counted(codes: FloatArray, n_codes: int) -> FloatArray:
    """Return how many draws have each code. Shape (code, hub, step)."""
    return np.stack([(codes == code).sum(axis=0) for code in range(n_codes)]).astype(np.float64)


def _figures(
    layout: Layout,
    wanted: tuple[Series, ...],
    base: FloatArray,
    store: DrawStore,
    shape: tuple[int, int, int],
) -> Iterator[StepFigure]:
    for row, (quantity, hub, step) in enumerate(np.ndindex(shape)):
        values = store.read(row)
        series = wanted[quantity]
        yield StepFigure(
            layout.hubs[hub],
            step + 1,
            calendar(layout.spec, step),
            series.name,
            series.label,
            series.unit,
            finite_or_none(base[quantity, hub, step, 0]),
            *mean_and_interval(values[~np.isnan(values)], CENTRAL_90, "higher"),
        )


def calendar(spec: ModelSpec, number: int) -> str:
    """Return a step ahead, counted from 0, by the calendar: its month, or the day its week begins."""
    if spec.frame.time_step == "month":
        return calendar_month(spec, number)
    return str(spec.frame.base_date + timedelta(days=number * WEEK.weeks * DAYS_PER_WEEK))


def calendar_month(spec: ModelSpec, month: int) -> str:
    """Return a month ahead, counted from 0, by the calendar."""
    base = spec.frame.base_date
    years, index = divmod(base.month - 1 + month, 12)
    return f"{base.year + years}-{index + 1:02d}"


def _bindings(layout: Layout, base: FloatArray, shares: FloatArray) -> Iterator[Binding]:
    names = (*limit_names(layout), NO_LIMIT)
    for hub, hub_id in enumerate(layout.hubs):
        for step in range(base.shape[1]):
            share = {name: float(shares[code, hub, step]) for code, name in enumerate(names)}
            yield Binding(
                hub_id,
                step + 1,
                calendar(layout.spec, step),
                names[int(base[hub, step])],
                {name: value for name, value in share.items() if value > 0.0},
            )


def _warnings(layout: Layout, steady: dict[str, SteadyState]) -> Iterator[str]:
    waiting = layout.spec.waiting
    if waiting is not None and waiting.starts == "greedy":
        yield GREEDY_STARTS
    for hub in layout.hubs:
        if waiting is not None and waiting.hubs[hub].opening_list_by_age is None:
            yield (
                f"{hub}: how long those on the opening list have waited is not given; it is spread as if "
                "referrals had long been what they are"
            )
        if steady[hub].refused:
            yield f"{hub}: no steady state can be given, because {steady[hub].refused}"
