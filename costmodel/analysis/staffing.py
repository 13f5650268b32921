"""The cheapest staffing of every Hub that keeps a wait in a share of the draws, and what it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from costmodel.analysis.capacity import base_draws
from costmodel.analysis.intervals import CENTRAL_90
from costmodel.analysis.staffing_question import (
    Year,
    absent_posts,
    kinds_of,
    list_requirements,
    needs,
    person_cost,
    posts_of,
    sessions_of_starts,
    starts_needed,
    tasks_of,
)
from costmodel.analysis.staffing_types import (
    Amount,
    EqualOutcomes,
    HubStaffing,
    PostChoice,
    StaffingAnalysis,
    StaffingQuestion,
)
from costmodel.analysis.staffing_words import outcome_words, percent, prices_in_words
from costmodel.gather import Layout
from costmodel.inputs.specification import ModelSpec
from costmodel.inputs.staffing_file import StaffingFile
from costmodel.model.arrays import weighted_total
from costmodel.model.queueing import WaitingError
from costmodel.model.skill_mix import (
    cheapest_mix,
    draws_served,
    people_of,
    threshold_completion,
)
from costmodel.model.skill_mix_types import Mix
from costmodel.model.types import FloatArray, Perspective
from costmodel.runner import DEFAULT_CHUNK_SIZE, Progress, chunks
from costmodel.uncertainty.draws import realise
from costmodel.uncertainty.sampling import Design


@dataclass(frozen=True)
class _Draws:
    """What the search reads of the draws that can be used. Arrays have shape (draw, hub, ...)."""

    need: FloatArray
    in_therapy: FloatArray
    sessions: FloatArray
    rooms: FloatArray
    cost_now: FloatArray  # (draw, post)


def staffing(
    spec: ModelSpec,
    design: Design,
    question: StaffingQuestion,
    *,
    chunk_size: int = DEFAULT_CHUNK_SIZE,
    progress: Progress | None = None,
) -> StaffingAnalysis:
    """Return the cheapest staffing of every Hub that covers its tasks and keeps the wait.

    Parameters
    ----------
    spec
        Made with `also=["waiting", "staffing"]`, from a folder that holds `staffing_options.yaml`.
    design
        How to draw.
    question
        The wait, when, and how surely.
    chunk_size, progress
        As for `simulate`.

    Raises
    ------
    WaitingError
        If the question is impossible in itself, or an input is.
    """
    _require_possible(question)
    options = spec.staffing
    if options is None:
        raise WaitingError(
            'the specification holds no staffing options; make it with also=["waiting", "staffing"]'
        )
    layout = Layout(spec)
    base = _year(layout, base_draws(spec), question)
    parts = []
    for start, stop in chunks(design.n, chunk_size):
        parts.append(
            _read(
                layout,
                options,
                base,
                _year(layout, realise(spec.plan, design, start, stop), question),
                question,
            )
        )
        if progress is not None:
            progress(stop - start)
    drawn = _Draws(
        *(np.concatenate(arrays) for arrays in zip(*(vars(p).values() for p in parts), strict=True))
    )
    hubs = []
    for hub in range(len(layout.hubs)):
        found = _Hub(layout, options, base, drawn, hub, question)
        hubs.append(found.answer(spec, design, chunk_size))
    return StaffingAnalysis(
        scenario=spec.scenario.name,
        label=spec.scenario.label,
        question=question,
        draws=design.n,
        price_year=spec.frame.price_year,
        hubs=tuple(hubs),
        warnings=tuple(_warnings(layout, options)),
    )


class _Hub:
    """One Hub's search."""

    def __init__(
        self,
        layout: Layout,
        options: StaffingFile,
        base: Year,
        drawn: _Draws,
        hub: int,
        question: StaffingQuestion,
    ) -> None:
        self.layout, self.base, self.question, self.hub = layout, base, question, hub
        self.kinds = kinds_of(layout, base, hub)
        self.posts = posts_of(layout, options, base, hub, self.kinds)
        self.drawn = drawn
        self.has_rooms = drawn.sessions[:, hub] <= drawn.rooms[:, hub]
        need = drawn.need[self.has_rooms, hub]
        self.tasks = tasks_of(layout, options, base, hub, self.kinds, need) if len(need) else None
        self.named = (
            list_requirements(layout, base, self.kinds, self.tasks, drawn.in_therapy[self.has_rooms, hub])
            if self.tasks is not None
            else ()
        )

    def answer(self, spec: ModelSpec, design: Design, chunk_size: int) -> HubStaffing:
        """Return the Hub's cheapest staffing, or why there is none."""
        roomy = float(self.has_rooms.mean())
        if self.tasks is None or roomy < self.question.probability:
            return self._none(self._rooms_words(roomy), 0.0)
        requirements = tuple(requirement for _, requirement in self.named)
        mix = cheapest_mix(self.posts, self.tasks, self.question.probability / roomy, requirements)
        now = np.array([kind.wte_now for kind in self.kinds])
        met_now = roomy * float(draws_served(self.posts, self.tasks, now, requirements).mean())
        if not mix.feasible:
            return self._none(self._excess_words(mix), met_now)
        amounts, cheaper = self._amounts(mix, spec, design, chunk_size)
        return HubStaffing(
            hub=self.layout.hubs[self.hub],
            feasible=True,
            why_not="",
            posts=tuple(self._choices(mix)),
            amounts=amounts,
            prices=tuple(prices_in_words(self.layout, self.kinds, self.posts, self.tasks, self.named, mix)),
            share_met=roomy * float(mix.met.mean()),
            share_met_now=met_now,
            above_bound=1.0 - mix.lower_bound / mix.cost if mix.cost > 0.0 else 0.0,
            probability_cheaper=cheaper,
            outcomes=self._outcomes(amounts),
        )

    def _none(self, why_not: str, met_now: float) -> HubStaffing:
        return HubStaffing(
            self.layout.hubs[self.hub], False, why_not, (), (), (), 0.0, met_now, 0.0, None, None
        )

    def _rooms_words(self, roomy: float) -> str:
        short = self.drawn.sessions[:, self.hub] - self.drawn.rooms[:, self.hub]
        missing = float(np.quantile(short, self.question.probability, method="inverted_cdf"))
        return (
            f"rooms: there are enough for the wait in {percent(roomy)} of draws, and "
            f"{percent(self.question.probability)} are asked for; {missing:,.1f} more booked sessions a week "
            "would do"
        )

    def _excess_words(self, mix: Mix) -> str:
        over = [
            f"{kind.entry.post.label}: at most {most:g} WTE may be had, and {excess:,.2f} WTE more are needed"
            for kind, most, excess in zip(self.kinds, self.posts.maximum, mix.excess, strict=True)
            if excess > 0.0
        ]
        return "; ".join(over)

    def _choices(self, mix: Mix) -> Iterator[PostChoice]:
        for place, kind in enumerate(self.kinds):
            whole, part, cost = self._people(place, float(mix.wte[place]))
            size = part * self.posts.step
            wte = float(self.posts.minimum[place]) if self.posts.fixed[place] else whole + size
            if wte > 0.0 or kind.wte_now > 0.0:
                yield PostChoice(kind.name, kind.entry.post.label, kind.wte_now, wte, whole, size, cost)

    def _people(self, place: int, wte: float) -> tuple[int, int, float]:
        cost = self.posts.cost[place]
        if self.posts.fixed[place]:
            return int(wte), 0, float(cost[-1]) * wte
        whole, part = people_of(wte, self.posts.step)
        return whole, part, whole * float(cost[-1]) + (float(cost[part - 1]) if part else 0.0)

    def _amounts(
        self, mix: Mix, spec: ModelSpec, design: Design, chunk_size: int
    ) -> tuple[tuple[Amount, ...], float]:
        numbers = [kind.number for kind in self.kinds]
        shares = np.array([kind.share for kind in self.kinds])
        new_draws = []
        for start, stop in chunks(design.n, chunk_size):
            draws = realise(spec.plan, design, start, stop)
            year = _year(self.layout, draws, self.question)
            new_draws.append(self._new_cost(mix, year)[year.valid])
        new = np.concatenate(new_draws)
        now = self.drawn.cost_now[:, numbers] @ shares
        base_now = float(_cost_of_posts(self.base)[0, numbers] @ shares)
        base_new = float(self._new_cost(mix, self.base)[0])
        cheaper = float(np.mean(new < now) + 0.5 * np.mean(new == now))
        return (
            _amount("staff_now", "Staff now", base_now, now),
            _amount("staff_new", "Cheapest staff", base_new, new),
            _amount("saving", "Saving", base_now - base_new, now - new),
        ), cheaper

    def _new_cost(self, mix: Mix, year: Year) -> FloatArray:
        """Return the cost of the people chosen. Shape (draw,)."""
        staff = year.inputs.staff
        by_size = {1.0: person_cost(staff, 1.0)}
        cost = np.zeros(len(year.valid))
        for place, kind in enumerate(self.kinds):
            whole, part, _ = self._people(place, float(mix.wte[place]))
            if self.posts.fixed[place]:
                cost = cost + float(mix.wte[place]) * by_size[1.0][:, kind.number]
                continue
            size = part * self.posts.step
            if part and size not in by_size:
                by_size[size] = person_cost(staff, size)
            cost = cost + whole * by_size[1.0][:, kind.number]
            cost = cost + (by_size[size][:, kind.number] if part else 0.0)
        return cost

    def _outcomes(self, amounts: Sequence[Amount]) -> EqualOutcomes:
        saving = amounts[2].base_case
        now = float(self.base.outputs.outcomes.hub_cost[0, self.hub, Perspective.NHS_PSS])
        completion = 1.0 - float(self.base.inputs.pathway.dropout_share[0, self.hub])
        equal = threshold_completion(completion, now - saving, now)
        return EqualOutcomes(completion, equal, now, now - saving, outcome_words(completion, equal, saving))


def _year(layout: Layout, draws: dict[str, FloatArray], question: StaffingQuestion) -> Year:
    return Year.of(layout, draws, question.months)


def _read(
    layout: Layout, options: StaffingFile, base: Year, year: Year, question: StaffingQuestion
) -> _Draws:
    starts = starts_needed(year, question.max_wait_weeks)
    waiting = layout.spec.waiting
    rooms = np.full_like(starts, np.inf)
    for number, hub in enumerate(layout.hubs):
        record = None if waiting is None else waiting.hubs[hub].room_sessions
        if record is not None:
            rooms[:, number] = record.mean
    return _Draws(
        need=needs(layout, options, base, year, starts)[year.valid],
        in_therapy=(starts * float(year.waiting.inputs.retention.sum()))[year.valid],
        sessions=sessions_of_starts(year, starts)[year.valid],
        rooms=rooms[year.valid],
        cost_now=_cost_of_posts(year)[year.valid],
    )


def _cost_of_posts(year: Year) -> FloatArray:
    """Return what the posts cost as they are. Shape (draw, post). [GBP/year]."""
    return weighted_total(year.outputs.staff.components, year.inputs.staff.index_factor)


def _amount(name: str, label: str, base_case: float, values: FloatArray) -> Amount:
    lower, upper = np.percentile(values, CENTRAL_90, method="higher")
    return Amount(name, label, base_case, float(values.mean()), float(lower), float(upper))


def _warnings(layout: Layout, options: StaffingFile) -> Iterator[str]:
    yield from absent_posts(layout, options)
    yield (
        "the cheapest staffing is cheapest under the rules of staffing_options.yaml, and on expected flows; "
        "chance makes lists of its own where staff are nearly full (costmodel capacity --engine markov)"
    )
    if any(entry.shared is not None for entry in layout.posts):
        yield "posts that Hubs share are kept as they are"


def _require_possible(question: StaffingQuestion) -> None:
    if question.max_wait_weeks < 0.0:
        raise WaitingError(f"the wait cannot be negative; got {question.max_wait_weeks:g} weeks")
    if not 0.0 < question.probability <= 1.0:
        raise WaitingError(f"the probability must be above 0 and at most 1; got {question.probability:g}")
    if question.months < 1:
        raise WaitingError(f"give 1 or more months; got {question.months}")
