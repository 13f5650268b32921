"""The cheapest staffing of every Hub that keeps a wait in a share of the draws, and what it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from costmodel.analysis.capacity import base_draws
from costmodel.analysis.engines import ENGINES, fluid, hub_queue
from costmodel.analysis.intervals import CENTRAL_90
from costmodel.analysis.staffing_conflicts import why_not
from costmodel.analysis.staffing_problem import HubProblem, check
from costmodel.analysis.staffing_question import (
    Drawn,
    Year,
    absent_posts,
    cost_of_posts,
    cost_of_posts_paid,
    kinds_of,
    person_cost,
)
from costmodel.analysis.staffing_types import (
    Amount,
    Chance,
    EqualOutcomes,
    HubStaffing,
    PostChoice,
    StaffingAnalysis,
    StaffingQuestion,
    Verified,
)
from costmodel.analysis.staffing_words import outcome_words, percent, prices_in_words
from costmodel.gather import Layout
from costmodel.inputs.specification import ModelSpec
from costmodel.inputs.staffing_file import StaffingFile
from costmodel.model.queueing import WaitingError
from costmodel.model.skill_mix import cheapest_mix, draws_served
from costmodel.model.skill_mix_types import Mix, people_of
from costmodel.model.thresholds import threshold_completion
from costmodel.model.types import FloatArray, Perspective
from costmodel.runner import DEFAULT_CHUNK_SIZE, Progress, chunks, require_few_failures
from costmodel.uncertainty.draws import realise
from costmodel.uncertainty.sampling import Design

_DIGITS: Final = 9
"""Of a part of a post: three steps of 0.1 WTE are 0.3."""


def staffing(
    spec: ModelSpec,
    design: Design,
    question: StaffingQuestion,
    *,
    seed: int = 0,
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
    seed
        Of the design, for the record, and of the event simulation where the scenario asks for it.
    chunk_size, progress
        As for `simulate`.

    Raises
    ------
    WaitingError
        If the question is impossible in itself, or an input is.
    RunError
        If more than 1 draw in 1,000 is impossible.
    """
    _require_possible(question)
    options = spec.staffing
    if options is None:
        raise WaitingError(
            'the specification holds no staffing options; make it with also=["waiting", "staffing"]'
        )
    layout = Layout(spec)
    base = Year.of(layout, base_draws(spec), question.months)
    parts = []
    valid = []
    for start, stop in chunks(design.n, chunk_size):
        year = Year.of(layout, realise(spec.plan, design, start, stop), question.months)
        parts.append(Drawn.of(layout, options, year, question.max_wait_weeks))
        valid.append(year.valid)
        if progress is not None:
            progress(stop - start)
    require_few_failures(np.concatenate(valid))
    drawn = Drawn.joined(parts)
    hubs = []
    for hub in range(len(layout.hubs)):
        found = _Hub(layout, options, base, drawn, hub, question)
        hubs.append(found.answer(spec, design, chunk_size, seed))
    return StaffingAnalysis(
        scenario=spec.scenario.name,
        label=spec.scenario.label,
        question=question,
        draws=design.n,
        seed=seed,
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
        drawn: Drawn,
        hub: int,
        question: StaffingQuestion,
    ) -> None:
        self.layout, self.options, self.base = layout, options, base
        self.question, self.hub, self.drawn = question, hub, drawn
        self.kinds = kinds_of(layout, base, hub)
        has_rooms = drawn.sessions[:, hub] <= drawn.rooms[:, hub]
        self.roomy = float(has_rooms.mean())
        self.whole = HubProblem.of(layout, options, base, drawn, hub)
        self.problem = self.whole
        if 0.0 < self.roomy < 1.0:
            self.problem = HubProblem.of(layout, options, base, drawn.where(has_rooms), hub)
        self.posts = self.problem.posts

    def answer(self, spec: ModelSpec, design: Design, chunk_size: int, seed: int) -> HubStaffing:
        """Return the Hub's cheapest staffing, or why there is none."""
        if self.roomy < self.question.probability:
            return self._none(self._rooms_words(self.roomy), 0.0)
        problem, probability = self.problem, self.question.probability / self.roomy
        mix = cheapest_mix(
            problem.posts, problem.tasks, min(probability, 1.0), problem.requirements, problem.heads
        )
        met_now = self.roomy * self._met_now()
        if not mix.feasible:
            words = why_not(self.layout, self.options, problem, mix, self.question, min(probability, 1.0))
            return self._none(words, met_now)
        amounts, cheaper = self._amounts(mix, spec, design, chunk_size)
        return HubStaffing(
            hub=self.layout.hubs[self.hub],
            feasible=True,
            why_not="",
            posts=tuple(self._choices(mix)),
            amounts=amounts,
            prices=tuple(
                prices_in_words(
                    self.layout, self.options, self.kinds, self.posts, problem.tasks, problem.named, mix
                )
            ),
            share_met=self.roomy * float(mix.met.mean()),
            share_met_now=met_now,
            above_bound=1.0 - mix.lower_bound / mix.cost if mix.cost > 0.0 else 0.0,
            probability_cheaper=cheaper,
            outcomes=self._outcomes(amounts),
            verified=self._verified(mix),
            chance=self._chance(mix, seed),
        )

    def _met_now(self) -> float:
        """Return the share of draws that today's people serve under the same rules."""
        now = np.array([kind.wte_now for kind in self.kinds])
        people = np.array([self.base.inputs.staff.headcount[kind.number] for kind in self.kinds])
        if any(people[heads.counted & (now > 0.0)].sum() < heads.least for heads in self.problem.heads):
            return 0.0
        problem = self.problem
        return float(draws_served(problem.posts, problem.tasks, now, problem.requirements).mean())

    def _verified(self, mix: Mix) -> Verified:
        """Run the answer forward month by month, in every draw."""
        found = check(self.whole, mix.wte)
        median, upper = np.quantile(found.wait, [0.5, 0.95], method="higher")
        return Verified(
            share_met=float(found.keeps(self.question.max_wait_weeks).mean()),
            wait_median=float(median) if np.isfinite(median) else None,
            wait_upper=float(upper) if np.isfinite(upper) else None,
        )

    def _chance(self, mix: Mix, seed: int) -> Chance | None:
        """Return what chance does at the base case, if an engine that knows chance was asked for."""
        engine = self.layout.spec.frame.engine
        if engine == "fluid":
            return None
        middle = Drawn.of(self.layout, self.options, self.base, self.question.max_wait_weeks)
        problem = HubProblem.of(self.layout, self.options, self.base, middle, self.hub)
        queue = hub_queue(self.base.waiting, self.hub)
        starts = check(problem, mix.wte).starts[0]
        average = np.full_like(starts, starts.mean())
        queue = replace(queue, start_capacity=starts, starts_at_average_leave=average)
        months, without = ENGINES[engine](queue, seed), fluid(queue, 0)
        return Chance(
            engine,
            float(months.wait[-1]),
            float(without.wait[-1]),
            float(months.waiting_lower[-1]),
            float(months.waiting_upper[-1]),
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

    def _choices(self, mix: Mix) -> Iterator[PostChoice]:
        for place, kind in enumerate(self.kinds):
            whole, part, cost = self._people(place, float(mix.wte[place]))
            size = round(part * self.posts.step, _DIGITS)
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
            year = Year.of(self.layout, draws, self.question.months)
            new_draws.append(self._new_cost(mix, year)[year.valid])
        new = np.concatenate(new_draws)
        now = self.drawn.cost_now[:, numbers] @ shares
        base_now = float(cost_of_posts(self.base)[0, numbers] @ shares)
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
            size = round(part * self.posts.step, _DIGITS)
            if part and size not in by_size:
                by_size[size] = person_cost(staff, size)
            cost = cost + whole * by_size[1.0][:, kind.number]
            cost = cost + (by_size[size][:, kind.number] if part else 0.0)
        return cost

    def _outcomes(self, amounts: Sequence[Amount]) -> EqualOutcomes:
        staff_now, _, saving = (amount.base_case for amount in amounts)
        hub = float(self.base.outputs.outcomes.hub_cost[0, self.hub + 1, Perspective.NHS_PSS])
        numbers = [kind.number for kind in self.kinds]
        paid = cost_of_posts_paid(self.base)[0, numbers] @ np.array([kind.share for kind in self.kinds])
        now = hub - float(paid) + staff_now  # posts still to be filled cost a whole year, as they will
        completion = 1.0 - float(self.base.inputs.pathway.dropout_share[0, self.hub])
        equal = float(threshold_completion(*map(np.array, (completion, now - saving, now))))
        return EqualOutcomes(completion, equal, now, now - saving, outcome_words(completion, equal, saving))


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
    if not 0.0 < question.max_wait_weeks < np.inf:
        raise WaitingError(
            f"the longest wait must be above 0 weeks, because chance always leaves somebody waiting; got "
            f"{question.max_wait_weeks:g}"
        )
    if not 0.0 < question.probability <= 1.0:
        raise WaitingError(f"the probability must be above 0 and at most 1; got {question.probability:g}")
    if question.months < 1:
        raise WaitingError(f"give 1 or more months; got {question.months}")
