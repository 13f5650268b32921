"""Cost against wait over staffing options, draw by draw on common random numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from costmodel.analysis.capacity import base_draws, through_time_of
from costmodel.analysis.engines import HubQueue, markov
from costmodel.analysis.intervals import CENTRAL_90
from costmodel.gather import Layout, gather
from costmodel.gather.through_time import OTHER_LIMITS
from costmodel.inputs.specification import ModelSpec
from costmodel.model.arrays import group_totals, ratio, stacked, total, weighted_total
from costmodel.model.checks import valid_draws
from costmodel.model.draws import in_every_draw
from costmodel.model.evaluate import evaluate
from costmodel.model.frontier import frontier as frontier_of
from costmodel.model.list_capacity import WEEKS_PER_MONTH, expected_wait
from costmodel.model.queueing import WaitingError
from costmodel.model.staffing import staff_costs
from costmodel.model.through_time import ThroughTime
from costmodel.model.types import BoolArray, FloatArray, ModelInputs, Perspective
from costmodel.model.waiting_list import list_path
from costmodel.results import ALL_HUBS
from costmodel.runner import DEFAULT_CHUNK_SIZE, Progress, chunks, require_few_failures
from costmodel.uncertainty.draws import realise
from costmodel.uncertainty.sampling import Design
from costmodel.units import MONTH

LONGEST_WAIT_WEEKS: Final = 104.0
"""A wait beyond two years counts as two years, so that a list without end does not hide every other draw."""

WEEKS_PER_YEAR: Final = 365.25 / 7.0
MOST_OPTIONS: Final = 200


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
        Therapy staff added to each Hub. [WTE]
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
    """All options of all scenarios."""

    scenarios: tuple[str, ...]
    question: FrontierQuestion
    draws: int
    seed: int
    price_year: str
    options: tuple[Option, ...]
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
    options = [
        option
        for spec in specs
        for option in _options(spec, design, question, chunk_size=chunk_size, progress=progress)
    ]
    costs = np.array([option.cost.mean for option in options])
    waits = np.array([option.wait.mean for option in options])
    found = frontier_of(costs / WEEKS_PER_YEAR, waits)
    marks = zip(found.dominated, found.marginal_cost, found.wait_removed, strict=True)
    marked = [
        replace(option, dominated=bool(beaten), marginal_cost=_known(price), wait_removed=_known(weeks))
        for option, (beaten, price, weeks) in zip(options, marks, strict=True)
    ]
    return FrontierAnalysis(
        scenarios=tuple(spec.scenario.name for spec in specs),
        question=question,
        draws=design.n,
        seed=seed,
        price_year=specs[0].frame.price_year,
        options=tuple(marked),
        warnings=tuple(_warnings(specs, question)),
    )


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


@dataclass(frozen=True)
class _Values:
    """Shape (draw, option) each; valid (draw,)."""

    cost: FloatArray
    wait: FloatArray
    utilisation: FloatArray
    valid: BoolArray


@dataclass(frozen=True)
class _Therapists:
    """What a WTE of therapy staff more brings to each Hub.

    Attributes
    ----------
    hours
        In an average month. Shape (draw, hub, pool). [hours/(WTE*month)]
    wte
        Of each pool within it. Shape (draw, hub, pool). [WTE/WTE]
    """

    hours: FloatArray
    wte: FloatArray


class Scenario:
    """One scenario's lists and costs for a set of draws, to which therapy staff can be added."""

    def __init__(self, layout: Layout, draws: dict[str, FloatArray], question: FrontierQuestion) -> None:
        self.question, self.layout = question, layout
        self.model_inputs = in_every_draw(gather(layout, draws, months=question.months, step=MONTH))
        outputs = evaluate(self.model_inputs)
        self.waiting = through_time_of(outputs, question.months)
        self.valid = valid_draws(outputs.outcomes)
        self.cost_now = outputs.outcomes.hub_cost[:, ALL_HUBS, Perspective.NHS_PSS]
        self.therapists = _therapists(self.waiting)
        self.cost_more, self.cost_less = _costs_of_change(layout, self.model_inputs, self.therapists)

    def cost(self, change: float) -> FloatArray:
        """Return the cost of the Hubs with therapy staff added. Shape (draw,). [GBP/year]."""
        return self.cost_now + change * (self.cost_more if change > 0.0 else self.cost_less)

    def starts(self, change: float) -> FloatArray:
        """Return starts that capacity allows. Shape (draw, hub, month). [people/month]."""
        return start_capacity(self.waiting, self.therapists, change)

    def queue(self, change: float, pooled: bool) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Return opening list, arrivals, starts that capacity allows, and attrition, Hub by Hub or as one."""
        lists = self.waiting.inputs
        opening, starts = total(lists.opening_list, axis=2), self.starts(change)
        if not pooled:
            return opening, lists.arrivals, starts, lists.attrition
        together = (total(each, axis=1)[:, None] for each in (opening, lists.arrivals, starts))
        opening, arrivals, starts = together
        return opening, arrivals, starts, lists.attrition[:, :1]


def start_capacity(waiting: ThroughTime, therapists: _Therapists, change: float) -> FloatArray:
    """Return the starts that every limit allows when therapy staff are added to each Hub.

    Shape (draw, hub, month). [people/month]
    """
    hours = waiting.hours
    n_pools = hours.pool_hours.shape[2]
    added = (change * therapists.hours)[..., None] * waiting.multiplier[:, None, None, :]
    available = np.maximum(np.maximum(waiting.at_work + added, 0.0) - hours.before, 0.0)
    needed = hours.per_start[..., None]
    by_pool = np.where(needed > 0.0, ratio(available, needed, when_zero=np.inf), np.inf).min(axis=2)
    # Caps follow the staff that give therapy in proportion; rooms do not.
    gives = np.where(hours.per_start > 0.0, hours.pool_wte, 0.0)
    now = total(gives, axis=2)
    grown = np.maximum(ratio(now + change, now, when_zero=1.0), 0.0)[..., None]
    caseload, supervision, rooms = (
        waiting.limits[..., n_pools + place] for place in range(len(OTHER_LIMITS))
    )
    return np.asarray(np.minimum.reduce([by_pool, caseload * grown, supervision, rooms]))


def _therapists(waiting: ThroughTime) -> _Therapists:
    """Return what a further WTE is made of: the pools that give therapy, by the hours that a start takes."""
    hours = waiting.hours
    per_wte = ratio(hours.pool_hours, hours.pool_wte, when_zero=0.0)
    wte_per_start = np.where(
        (hours.per_start > 0.0) & np.isfinite(hours.per_start),
        ratio(hours.per_start, per_wte, when_zero=0.0),
        0.0,
    )
    shares = ratio(wte_per_start, total(wte_per_start, axis=2)[..., None], when_zero=0.0)
    return _Therapists(shares * per_wte, shares)


def _costs_of_change(
    layout: Layout, inputs: ModelInputs, therapists: _Therapists
) -> tuple[FloatArray, FloatArray]:
    """Return the yearly cost of a WTE added to each Hub, and of one taken away. Shape (draw,) each.

    Those added are new people, National Insurance worked out afresh; those who go cost what they cost.
    """
    staff = inputs.staff
    n_posts = staff.pool.size
    person = replace(
        staff,
        wte=np.ones_like(staff.wte),
        headcount=np.ones(n_posts),
        contract_group=np.arange(n_posts),
        in_post_after=np.zeros_like(staff.in_post_after),
    )
    new = weighted_total(staff_costs(person).components, staff.index_factor)
    filled = 1.0 - staff.vacancy_share
    present = staff_costs(staff)
    now = weighted_total(present.components, staff.index_factor)
    more, less = np.zeros(len(new)), np.zeros(len(new))
    for hub in range(len(layout.hubs)):
        share = staff.hub_share[:, :, hub] * present.filled_wte
        by_pool = group_totals(share, staff.pool, staff.n_pools)
        for result, cost, wte in ((more, new / filled, share), (less, now, staff.hub_share[:, :, hub])):
            of_pool = group_totals(cost * wte, staff.pool, staff.n_pools)
            per_wte = ratio(of_pool, by_pool, when_zero=0.0)
            result += total(per_wte * therapists.wte[:, hub], axis=1)
    return more, less


def _options(
    spec: ModelSpec, design: Design, question: FrontierQuestion, *, chunk_size: int, progress: Progress | None
) -> Iterator[Option]:
    layout = Layout(spec)
    kinds = [(change, pooled) for pooled in _pooling(spec, question) for change in question.changes]
    base = Scenario(layout, base_draws(spec), question)
    at_base = _values(base, kinds)
    parts = []
    for start, stop in chunks(design.n, chunk_size):
        parts.append(_values(Scenario(layout, realise(spec.plan, design, start, stop), question), kinds))
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
        chance = _chance_wait(base, change, pooled)
        yield Option(spec.scenario.name, spec.scenario.label, change, pooled, cost, wait, used, chance)


def _pooling(spec: ModelSpec, question: FrontierQuestion) -> tuple[bool, ...]:
    return (False, True) if question.pooled and len(spec.hubs) > 1 else (False,)


def _values(scenario: Scenario, kinds: Sequence[tuple[float, bool]]) -> _Values:
    costs, waits, used = [], [], []
    for change, pooled in kinds:
        opening, arrivals, starts, attrition = scenario.queue(change, pooled)
        waiting, started = list_path(opening, arrivals, starts, attrition)
        months = expected_wait(waiting, starts.mean(axis=2, keepdims=True), attrition[..., None])
        weeks = np.minimum(months * WEEKS_PER_MONTH, LONGEST_WAIT_WEEKS)
        everybody = total(total(arrivals, axis=2), axis=1)
        waited = total(total(weeks * arrivals, axis=2), axis=1)
        costs.append(scenario.cost(change))
        waits.append(ratio(waited, everybody, when_zero=0.0))
        possible = total(total(starts, axis=2), axis=1)
        used.append(np.minimum(ratio(total(total(started, axis=2), axis=1), possible, when_zero=1.0), 1.0))
    return _Values(stacked(costs), stacked(waits), stacked(used), scenario.valid)


def _chance_wait(base: Scenario, change: float, pooled: bool) -> float:
    """Return the expected wait at the end by the Markov engine, Hubs weighted by their referrals. [weeks]."""
    opening, arrivals, starts, attrition = base.queue(change, pooled)
    lists = base.waiting.inputs
    weights, waits = [], []
    for hub in range(opening.shape[1]):
        course = float(lists.retention.sum())
        queue = HubQueue(
            arrivals=arrivals[0, hub],
            start_capacity=starts[0, hub],
            course_steps=course,
            attrition=float(attrition[0, hub]),
            opening_list=opening[0, hub, None],
            opening_caseload=float(np.minimum(starts[0, hub], arrivals[0, hub]).mean()) * course,
            class_shares=lists.class_shares,
            sessions_per_start=float(lists.sessions_per_start[0, 0]),
            dropout_share=float(lists.dropout_share[0, 0]),
        )
        weights.append(float(arrivals[0, hub].sum()))
        able = float(queue.start_capacity.mean()) > 0.0
        wait = float(markov(queue, 0).wait[-1]) if able else LONGEST_WAIT_WEEKS
        waits.append(min(wait, LONGEST_WAIT_WEEKS))
    return float(np.average(waits, weights=weights)) if sum(weights) > 0.0 else 0.0


def _estimate(base_case: float, values: FloatArray) -> Estimate:
    lower, upper = np.percentile(values, CENTRAL_90, method="higher")
    return Estimate(base_case, float(values.mean()), float(lower), float(upper))


def _warnings(specs: Sequence[ModelSpec], question: FrontierQuestion) -> Iterator[str]:
    yield (
        "therapy staff are added to the pools that give therapy, as now; options are taken to leave outcomes "
        "and referrals as they are"
    )
    if question.pooled:
        yield "one queue for all Hubs takes clients to be able to go, or connect, to any of them"
        if all(len(spec.hubs) == 1 for spec in specs):
            yield "no scenario has more than one Hub, so there is nothing to pool"


def _require_possible(specs: Sequence[ModelSpec], question: FrontierQuestion) -> None:
    if question.step <= 0.0:
        raise WaitingError(f"the step must be more than 0 WTE; got {question.step:g}")
    if question.fewer < 0.0 or question.more < 0.0:
        least = min(question.fewer, question.more)
        raise WaitingError(f"give 0 WTE or more to add and to take away; got {least:g}")
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
