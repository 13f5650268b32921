"""Cost against wait over staffing options, draw by draw on common random numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from costmodel.analysis.capacity import base_draws
from costmodel.analysis.engines import HubQueue, markov
from costmodel.analysis.frontier_options import Options, StaffedYear, most_accepted
from costmodel.analysis.intervals import CENTRAL_90, finite_or_none
from costmodel.inputs.specification import ModelSpec
from costmodel.model.arrays import ratio, stacked, total
from costmodel.model.frontier import frontier as frontier_of
from costmodel.model.list_capacity import expected_wait
from costmodel.model.queueing import WaitingError
from costmodel.model.types import BoolArray, FloatArray
from costmodel.model.waiting_list import list_path
from costmodel.model.waiting_types import ListInputs
from costmodel.runner import DEFAULT_CHUNK_SIZE, Progress, chunks, require_few_failures
from costmodel.uncertainty.draws import realise
from costmodel.uncertainty.sampling import Design
from costmodel.units import WEEKS_PER_CALENDAR_YEAR, WEEKS_PER_MONTH

LONGEST_WAIT_WEEKS: Final = 104.0
"""A wait beyond two years counts as two years, so that a list without end does not hide every other draw.

So does the wait of people who do not come as far as the list, and would with the staff of another option: a
Hub whose front door stands still must not look as if nobody waited.
"""

MOST_OPTIONS: Final = 200
ALIKE: Final = 0.02
"""Scenarios whose accepted people differ by less serve the same referrals: several Hubs, say, and the one
Hub that would take over their clients. [share]
"""


@dataclass(frozen=True)
class FrontierQuestion:
    """Which options to set against each other.

    Attributes
    ----------
    fewer, more
        Most therapy staff to take away from a Hub, and to add. [WTE]
    step
        Between options. [WTE]
    months
        Months ahead over which waits are averaged.
    pooled
        Whether to add, for scenarios of several Hubs, each option with one queue for all of them.
    """

    fewer: float = 2.0
    more: float = 4.0
    step: float = 0.5
    months: int = 12
    pooled: bool = False

    @property
    def changes(self) -> tuple[float, ...]:
        """Therapy staff added to each Hub, option by option; always with none. [WTE]."""
        below = int(self.fewer / self.step + 1e-9)
        above = int(self.more / self.step + 1e-9)
        return tuple(number * self.step for number in range(-below, above + 1))


@dataclass(frozen=True)
class Estimate:
    """A figure at the base case and over the draws."""

    base_case: float
    mean: float
    lower_5: float
    upper_95: float


@dataclass(frozen=True)
class Option:
    """One staffing option.

    Attributes
    ----------
    scenario, label
        What it starts from.
    change
        Therapy staff added to each Hub, in the posts that give therapy. [WTE]
    pooled
        Whether all Hubs share one queue.
    cost
        Of the Hubs. [GBP/year]
    wait
        Expected wait of those referred in the months ahead. [weeks]
    utilisation
        Share of the starts that capacity allows which are used.
    chance_wait
        Expected wait at the end, at the base case and with the play of chance. [weeks]
    dominated
        Whether another option costs no more and waits no longer, by the means.
    marginal_cost
        Weekly cost of each week of mean wait less than the next cheaper option on the frontier; None where
        there is none. [GBP/week for each week]
    wait_removed
        Mean wait less than that of the next cheaper option on the frontier; None where there is none. [weeks]
    """

    scenario: str
    label: str
    change: float
    pooled: bool
    cost: Estimate
    wait: Estimate
    utilisation: Estimate
    chance_wait: float
    dominated: bool = False
    marginal_cost: float | None = None
    wait_removed: float | None = None

    @property
    def name(self) -> str:
        """What it is called in tables and figures."""
        change = f" {self.change:+g} WTE" if self.change else ""
        return f"{self.scenario}{change}{', pooled' if self.pooled else ''}"


@dataclass(frozen=True)
class FrontierAnalysis:
    """All options of all scenarios.

    `apart` names the scenarios that serve more people than the first, or fewer: they are no options for the
    others, so they dominate none and none dominates them.
    """

    scenarios: tuple[str, ...]
    question: FrontierQuestion
    draws: int
    seed: int
    price_year: str
    options: tuple[Option, ...]
    apart: frozenset[str]
    warnings: tuple[str, ...]


def frontier(
    specs: Sequence[ModelSpec],
    design: Design,
    question: FrontierQuestion,
    *,
    seed: int = 0,
    chunk_size: int = DEFAULT_CHUNK_SIZE,
    progress: Progress | None = None,
) -> FrontierAnalysis:
    """Return cost against wait of every option of every scenario, with dominated ones marked.

    Parameters
    ----------
    specs
        With a waiting list, all of one price year.
    design
        How to draw; the same draws for every option.
    question
        Which options.
    seed
        Of the design, for the record.
    chunk_size, progress
        As for `simulate`.

    Raises
    ------
    WaitingError
        If the options are impossible, or scenarios cannot be set against each other.
    RunError
        If more than 1 draw in 1,000 of a scenario is impossible.
    """
    _require_possible(specs, question)
    scenarios = [Options.of(spec, question.months) for spec in specs]
    options = [
        option
        for these in scenarios
        for option in _options(these, design, question, chunk_size=chunk_size, progress=progress)
    ]
    apart = _apart(scenarios)
    return FrontierAnalysis(
        scenarios=tuple(spec.scenario.name for spec in specs),
        question=question,
        draws=design.n,
        seed=seed,
        price_year=specs[0].frame.price_year,
        options=tuple(_marked(options, apart)),
        apart=frozenset(apart),
        warnings=tuple(_warnings(scenarios, question, apart)),
    )


def _apart(scenarios: Sequence[Options]) -> dict[str, str]:
    """Return the scenarios that accept more people than the first, or fewer, and how many."""
    first, *others = [float(these.lists.arrivals.sum()) for these in scenarios]
    return {
        these.layout.spec.scenario.name: f"{people:.0f} people for therapy against {first:.0f}"
        for these, people in zip(scenarios[1:], others, strict=True)
        if abs(people - first) > ALIKE * first
    }


def _marked(options: Sequence[Option], apart: Collection[str]) -> list[Option]:
    """Return options with what dominates and what a week less costs, those apart as they are."""
    marked = list(options)
    alike = [place for place, option in enumerate(options) if option.scenario not in apart]
    costs = np.array([options[place].cost.mean for place in alike])
    waits = np.array([options[place].wait.mean for place in alike])
    found = frontier_of(costs / WEEKS_PER_CALENDAR_YEAR, waits)
    for number, place in enumerate(alike):
        marked[place] = replace(
            options[place],
            dominated=bool(found.dominated[number]),
            marginal_cost=finite_or_none(found.marginal_cost[number]),
            wait_removed=finite_or_none(found.wait_removed[number]),
        )
    return marked


@dataclass(frozen=True)
class _Values:
    """Shape (draw, option) each; valid (draw,)."""

    cost: FloatArray
    wait: FloatArray
    utilisation: FloatArray
    valid: BoolArray


def _options(
    these: Options, design: Design, question: FrontierQuestion, *, chunk_size: int, progress: Progress | None
) -> Iterator[Option]:
    spec = these.layout.spec
    kinds = [(change, pooled) for pooled in _pooling(spec, question) for change in question.changes]

    def years(draws: dict[str, FloatArray]) -> dict[float, StaffedYear]:
        inputs = these.inputs(draws)
        return {change: these.year(inputs, change) for change in question.changes}

    base = years(base_draws(spec))
    at_base = _values(base, kinds)
    parts = []
    for start, stop in chunks(design.n, chunk_size):
        parts.append(_values(years(realise(spec.plan, design, start, stop)), kinds))
        if progress is not None:
            progress(stop - start)
    valid = np.concatenate([part.valid for part in parts])
    require_few_failures(valid)
    drawn = {
        name: np.concatenate([getattr(part, name) for part in parts])[valid]
        for name in ("cost", "wait", "utilisation")
    }
    for place, (change, pooled) in enumerate(kinds):
        cost, wait, used = (
            _estimate(float(getattr(at_base, name)[0, place]), values[:, place])
            for name, values in drawn.items()
        )
        chance = _chance_wait(base[change], these.lists, pooled, most_accepted(base.values()))
        yield Option(spec.scenario.name, spec.scenario.label, change, pooled, cost, wait, used, chance)


def _pooling(spec: ModelSpec, question: FrontierQuestion) -> tuple[bool, ...]:
    return (False, True) if question.pooled and len(spec.hubs) > 1 else (False,)


def _values(years: dict[float, StaffedYear], kinds: Sequence[tuple[float, bool]]) -> _Values:
    costs, waits, used = [], [], []
    most = most_accepted(years.values())
    for change, pooled in kinds:
        year = years[change]
        queue = year.queue.pooled() if pooled else year.queue
        waiting, started = list_path(queue.opening, queue.arrivals, queue.starts, queue.attrition)
        average = total(queue.starts, axis=2) / queue.starts.shape[2]
        months = expected_wait(waiting, average[..., None], queue.attrition[..., None])
        weeks = np.minimum(months * WEEKS_PER_MONTH, LONGEST_WAIT_WEEKS)
        waited = total(total(weeks * queue.arrivals, axis=2), axis=1)
        missing = total(most - year.queue.accepted, axis=1)
        all_missing = np.where(year.needed, LONGEST_WAIT_WEEKS, 0.0)
        everybody = total(most, axis=1)
        mean = ratio(waited + LONGEST_WAIT_WEEKS * missing, everybody, when_zero=0.0)
        costs.append(year.cost)
        waits.append(np.where(everybody > 0.0, mean, all_missing))
        possible = total(total(queue.starts, axis=2), axis=1)
        used.append(np.minimum(ratio(total(total(started, axis=2), axis=1), possible, when_zero=1.0), 1.0))
    valid = np.logical_and.reduce([year.valid for year in years.values()])
    return _Values(stacked(costs), stacked(waits), stacked(used), valid)


def _chance_wait(base: StaffedYear, lists: ListInputs, pooled: bool, most: FloatArray) -> float:
    """Return the expected wait at the end by the Markov engine, Hubs weighted by their referrals. [weeks]."""
    all_hubs = base.queue.pooled() if pooled else base.queue
    course = float(lists.retention.sum())
    missing = float((most - base.queue.accepted).sum())
    weights, waits = [missing], [LONGEST_WAIT_WEEKS]
    for hub in range(all_hubs.opening.shape[1]):
        arrivals, starts = all_hubs.arrivals[0, hub], all_hubs.starts[0, hub]
        queue = HubQueue(
            arrivals=arrivals,
            start_capacity=starts,
            course_steps=course,
            attrition=float(all_hubs.attrition[0, hub]),
            opening_list=all_hubs.opening[0, hub, None],
            opening_caseload=float(np.minimum(starts, arrivals).mean()) * course,
            class_shares=lists.class_shares,
            sessions_per_start=float(lists.sessions_per_start[0, 0]),
            dropout_share=float(lists.dropout_share[0, 0]),
            starts_at_average_leave=np.full_like(starts, starts.mean()),
        )
        weights.append(float(arrivals.sum()))
        wait = float(markov(queue, 0).wait[-1]) if starts.mean() > 0.0 else LONGEST_WAIT_WEEKS
        waits.append(min(wait, LONGEST_WAIT_WEEKS))
    if sum(weights) > 0.0:
        return float(np.average(waits, weights=weights))
    return LONGEST_WAIT_WEEKS if base.needed[0] else 0.0


def _estimate(base_case: float, values: FloatArray) -> Estimate:
    lower, upper = np.percentile(values, CENTRAL_90, method="higher")
    return Estimate(base_case, float(values.mean()), float(lower), float(upper))


def _warnings(
    scenarios: Sequence[Options], question: FrontierQuestion, apart: Mapping[str, str]
) -> Iterator[str]:
    yield (
        "an option has more or fewer people in the posts that give therapy, paid as now. Clients are taken "
        "to do as well in every option, whoever treats them; no study of Hubs compares staffing"
    )
    taken = -min(question.changes)
    for these in scenarios:
        for hub, most in these.most_taken().items():
            if taken > most:
                yield (
                    f"{these.layout.spec.scenario.name}, {hub}: once {most:.1f} WTE are taken away, a kind "
                    "of post that gives therapy has run out; options with fewer staff take what is left"
                )
    for name, people in apart.items():
        yield (
            f"{name} accepts {people} in {scenarios[0].layout.spec.scenario.name}: it serves other "
            "referrals, so it is no option for the others and is not set against them"
        )
    if question.pooled:
        yield "one queue for all Hubs takes clients to be able to go, or connect, to any of them"
        if all(len(these.layout.hubs) == 1 for these in scenarios):
            yield "no scenario has more than one Hub, so there is nothing to pool"


def _require_possible(specs: Sequence[ModelSpec], question: FrontierQuestion) -> None:
    if not 0.0 < question.step < np.inf:
        raise WaitingError(f"the step must be more than 0 WTE; got {question.step:g}")
    for wte in (question.fewer, question.more):
        if not 0.0 <= wte < np.inf:
            raise WaitingError(f"give 0 WTE or more to add and to take away; got {wte:g}")
    if question.months < 1:
        raise WaitingError(f"give 1 or more months; got {question.months}")
    if len(question.changes) > MOST_OPTIONS:
        raise WaitingError(
            f"{len(question.changes)} options a scenario are more than the {MOST_OPTIONS} that can be read; "
            "take a larger step"
        )
    years = list(dict.fromkeys(spec.frame.price_year for spec in specs))
    if len(years) > 1:
        raise WaitingError(f"scenarios in prices of {' and '.join(years)} cannot be set against each other")
