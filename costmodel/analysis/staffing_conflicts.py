"""Why no staffing does, in a service manager's words: which demands clash, and what would make room."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from costmodel.analysis.staffing_problem import HubProblem
from costmodel.analysis.staffing_question import lower, task_ids
from costmodel.analysis.staffing_types import StaffingQuestion
from costmodel.analysis.staffing_words import percent
from costmodel.gather import Layout
from costmodel.inputs.staffing_file import StaffingFile
from costmodel.model.skill_mix_conflicts import in_one_draw, least_extra, possible
from costmodel.model.skill_mix_types import Mix

_ROUNDING = 1e-6

_Demand = tuple[str, Callable[[HubProblem], HubProblem]]
"""A demand in words, and what drops it."""


def why_not(
    layout: Layout,
    options: StaffingFile,
    problem: HubProblem,
    mix: Mix,
    question: StaffingQuestion,
    probability: float,
) -> str:
    """Return what cannot be kept together, and how many more posts would do.

    Parameters
    ----------
    layout, options, problem
        A Hub's problem that has no answer.
    mix
        The posts that come nearest.
    question
        As it was asked.
    probability
        Share of the problem's draws to serve.
    """
    clash = _clash(layout, options, problem, mix, question, probability)
    return f"{clash}. {_more_posts(problem, mix, probability)}"


def _clash(
    layout: Layout,
    options: StaffingFile,
    problem: HubProblem,
    mix: Mix,
    question: StaffingQuestion,
    probability: float,
) -> str:
    deciding, share = problem, probability
    if mix.deciding >= 0:
        alone = _alone(problem, mix.deciding)
        if not _possible(alone, 1.0):
            deciding, share = alone, 1.0
    demands = list(_demands(layout, options, deciding, question))
    words = [words for words, dropped in demands if _possible(dropped(deciding), share)]
    if len(words) == 1:
        return f"the posts that may be had cannot also do this: {words[0]}; without it they would do"
    if words:
        return (
            f"the posts that may be had cannot do all of these together: {'; '.join(words)}; without any one "
            "of them they would do"
        )
    left = "; ".join(_irreducible(demands, deciding, share))
    return f"the posts that may be had cannot do even these, were there nothing else to do: {left}"


def _irreducible(demands: Sequence[_Demand], problem: HubProblem, probability: float) -> Iterator[str]:
    """Yield demands that clash by themselves, dropping each of the others that is not needed for that."""
    for words, dropped in demands:
        without = dropped(problem)
        if _possible(without, probability):
            yield words
        else:
            problem = without


def _demands(
    layout: Layout, options: StaffingFile, problem: HubProblem, question: StaffingQuestion
) -> Iterator[_Demand]:
    """Yield each demand in words with what drops it from a problem."""
    tasks = problem.tasks
    if problem.posts.supervision.any():
        yield "supervision of the staff", _without_supervision
    for name, _ in problem.listed:
        words = "the caseload that a therapist may carry" if name == "caseload" else f"seniors for {name}"
        yield words, partial(_without_named, name=name)
    for name, _ in (*problem.present, *problem.people):
        yield lower(name), partial(_without_named, name=name)
    for column, name in enumerate(task_ids(layout)):
        label = lower(layout.spec.activities[name].label)
        share = tasks.complex_share[column]
        if share > 0.0 and tasks.need[:, column].any():
            by = " or ".join(_names(options.activities[name].complex_by or []))
            words = f"the {percent(share)} of {label} that only {by} may take"
            yield words, partial(_without_complex, column=column)
    for column, name in enumerate(task_ids(layout)):
        label = lower(layout.spec.activities[name].label)
        if tasks.need[:, column].any():
            within = f" within {question.max_wait_weeks:g} weeks" if problem.of_therapy[column] else ""
            yield f"{label}{within}", partial(_without_task, column=column)


def _without_supervision(problem: HubProblem) -> HubProblem:
    free = np.zeros_like(problem.posts.supervision)
    return replace(problem, posts=replace(problem.posts, supervision=free))


def _without_named(problem: HubProblem, name: str) -> HubProblem:
    return replace(
        problem,
        listed=tuple(each for each in problem.listed if each[0] != name),
        present=tuple(each for each in problem.present if each[0] != name),
        people=tuple(each for each in problem.people if each[0] != name),
    )


def _without_complex(problem: HubProblem, column: int) -> HubProblem:
    shares = problem.tasks.complex_share.copy()
    shares[column] = 0.0
    return replace(problem, tasks=replace(problem.tasks, complex_share=shares))


def _without_task(problem: HubProblem, column: int) -> HubProblem:
    need = problem.tasks.need.copy()
    need[:, column] = 0.0
    return replace(problem, tasks=replace(problem.tasks, need=need))


def _more_posts(problem: HubProblem, mix: Mix, probability: float) -> str:
    """Return the posts of which more would do: each by itself, or several together."""
    posts = problem.posts
    extra = least_extra(posts, problem.tasks, probability, problem.requirements, problem.heads)
    alone = [
        _wanted(problem, place, float(extra[place]))
        for place, kind in enumerate(problem.kinds)
        if np.isfinite(extra[place]) and kind.entry.shared is None
    ]
    if len(alone) == 1:
        return f"This would do: {alone[0]}"
    if alone:
        return f"Any one of these would do: {'; or '.join(alone)}"
    together = [
        _wanted(problem, place, float(excess))
        for place, excess in enumerate(mix.excess)
        if excess > _ROUNDING
    ]
    return f"These would do together: {'; and '.join(together)}"


def _wanted(problem: HubProblem, place: int, extra: float) -> str:
    step = problem.posts.step
    more = np.ceil(extra / step - _ROUNDING) * step
    label = problem.kinds[place].entry.post.label
    return f"{more:g} WTE more of {label} (at most {problem.posts.maximum[place]:g} WTE may be had)"


def _possible(problem: HubProblem, probability: float) -> bool:
    return possible(problem.posts, problem.tasks, probability, problem.requirements, problem.heads)


def _alone(problem: HubProblem, draw: int) -> HubProblem:
    listed = len(problem.listed)
    posts, tasks, requirements = in_one_draw(problem.posts, problem.tasks, problem.requirements, draw)
    return replace(
        problem,
        posts=posts,
        tasks=tasks,
        listed=tuple((p[0], r) for p, r in zip(problem.listed, requirements[:listed], strict=True)),
        present=tuple((p[0], r) for p, r in zip(problem.present, requirements[listed:], strict=True)),
    )


def _names(ids: list[str]) -> list[str]:
    return [f"{name.replace('_', ' ')}s" for name in ids]
