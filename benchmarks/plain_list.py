"""The waiting list of one Hub in one draw, in plain Python: what the fluid engine replaces, and its check.

It shares nothing with the engine. People wait in cohorts, one deque a priority class, and every outcome is
worked out from the cohorts themselves; the engine keeps counts in order of arrival and never sees a cohort.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

Cohorts = deque[tuple[int, float]]
"""People by the step in which they arrived, oldest first; today is the end of step -1."""


@dataclass(frozen=True)
class PlainInputs:
    """One draw of one Hub; fields as in `ListInputs`, without the first two axes."""

    arrivals: list[float]
    attrition: float
    session_capacity: list[float]
    caseload_cap: list[float]
    sessions_per_start: float
    retention: list[float]
    dropout_share: float
    opening_list: list[float]
    opening_starts: float
    class_shares: list[float]
    targets: list[float]
    greedy: bool = False
    starts_at_average_leave: list[float] | None = None


@dataclass
class PlainFlows:
    """Fields as in `ListFlows`, without the first two axes."""

    starts_by_wait: list[float]
    starts_by_class: list[float]
    wait_by_class: list[float]
    waiting: list[float] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    left_list: list[float] = field(default_factory=list)
    completions: list[float] = field(default_factory=list)
    dropouts: list[float] = field(default_factory=list)
    caseload: list[float] = field(default_factory=list)
    sessions: list[float] = field(default_factory=list)
    postponed_sessions: list[float] = field(default_factory=list)
    mean_wait: list[float] = field(default_factory=list)
    median_wait: list[float] = field(default_factory=list)
    wait_95: list[float] = field(default_factory=list)
    share_over: list[list[float]] = field(default_factory=list)
    expected_wait: list[list[float]] = field(default_factory=list)


def run_plain_list(inputs: PlainInputs) -> PlainFlows:
    """Return every outcome of the waiting list, step by step."""
    n_steps, n_classes = len(inputs.arrivals), len(inputs.class_shares)
    flows = PlainFlows([0.0] * (n_steps + len(inputs.opening_list)), [0.0] * n_classes, [0.0] * n_classes)
    course = sum(inputs.retention)
    queues = [_opening_queue(inputs.opening_list, share) for share in inputs.class_shares]
    history = deque([inputs.opening_starts] * len(inputs.retention), maxlen=len(inputs.retention))
    ends = _ends(inputs.retention, inputs.dropout_share)
    waiting = sum(_people(queue) for queue in queues)
    for step, arrivals in enumerate(inputs.arrivals):
        rate = min(
            inputs.session_capacity[step] / inputs.sessions_per_start, inputs.caseload_cap[step] / course
        )
        places = max(_free_places(inputs, step, history, course), 0.0) if inputs.greedy else rate
        queues = [_after_attrition(queue, inputs.attrition) for queue in queues]
        for queue, share in zip(queues, inputs.class_shares, strict=True):
            queue.append((step, arrivals * share))
        started = _start(queues, step, places, flows)
        by_class = [_people(queue) for queue in queues]
        before, waiting = waiting, sum(by_class)
        left, starts = before * inputs.attrition, sum(started.values())
        _require_equal(before + arrivals, starts + left + waiting)
        flows.waiting.append(waiting)
        flows.starts.append(starts)
        flows.left_list.append(left)
        _report_waits(started, starts, flows)
        flows.share_over.append([_share_over(queues, step, target, waiting) for target in inputs.targets])
        lasting = rate if inputs.starts_at_average_leave is None else inputs.starts_at_average_leave[step]
        flows.expected_wait.append(_expected_waits(inputs, by_class, arrivals, lasting))
        history.appendleft(starts)
        _treat(inputs, step, history, ends, course, flows)
    flows.wait_by_class = [
        waited / people if people > 0.0 else math.nan
        for waited, people in zip(flows.wait_by_class, flows.starts_by_class, strict=True)
    ]
    return flows


def _opening_queue(opening: list[float], share: float) -> Cohorts:
    return deque((-1 - age, opening[age] * share) for age in reversed(range(len(opening))) if opening[age])


def _people(queue: Cohorts) -> float:
    return sum(people for _, people in queue)


def _after_attrition(queue: Cohorts, attrition: float) -> Cohorts:
    staying = 1.0 - attrition
    return deque((arrived, people * staying) for arrived, people in queue)


def _free_places(inputs: PlainInputs, step: int, history: deque[float], course: float) -> float:
    """Return the places that those already in treatment leave."""
    in_treatment = inputs.session_capacity[step] / (inputs.sessions_per_start / course)
    room = min(in_treatment, inputs.caseload_cap[step])
    return room - sum(starts * share for starts, share in zip(history, inputs.retention[1:], strict=False))


def _start(queues: list[Cohorts], step: int, places: float, flows: PlainFlows) -> dict[int, float]:
    """Serve each class in turn from its oldest cohort, and return starts by steps waited."""
    started: dict[int, float] = {}
    for number, queue in enumerate(queues):
        while queue and places > 0.0:
            arrived, people = queue.popleft()
            taken = min(people, places)
            if taken < people:
                queue.appendleft((arrived, people - taken))
            places -= taken
            age = step - arrived
            started[age] = started.get(age, 0.0) + taken
            flows.starts_by_wait[age] += taken
            flows.starts_by_class[number] += taken
            flows.wait_by_class[number] += age * taken
    return started


def _report_waits(started: dict[int, float], starts: float, flows: PlainFlows) -> None:
    if starts <= 0.0:
        flows.mean_wait.append(math.nan)
        flows.median_wait.append(math.nan)
        flows.wait_95.append(math.nan)
        return
    longest_first = sorted(started.items(), reverse=True)
    flows.mean_wait.append(sum(age * people for age, people in longest_first) / starts)
    flows.median_wait.append(_exceeded_by(0.5 * starts, longest_first))
    flows.wait_95.append(_exceeded_by(0.05 * starts, longest_first))


def _exceeded_by(sought: float, longest_first: list[tuple[int, float]]) -> float:
    """Return the wait that so many exceed; within an age, waits lie evenly half a step either side."""
    counted = 0.0
    for age, people in longest_first:
        if counted + people >= sought and people > 0.0:
            return age + 0.5 - (sought - counted) / people if age else 0.0
        counted += people
    return 0.0


def _share_over(queues: list[Cohorts], step: int, target: float, waiting: float) -> float:
    """Return the share of the list that waited longer; waits lie evenly between an age and the next."""
    if waiting <= 0.0:
        return 0.0
    over = 0.0
    for queue in queues:
        for arrived, people in queue:
            beyond = step - arrived + 1.0 - target
            if beyond <= 0.0:
                break
            over += people if beyond >= 1.0 else people * beyond
    return over / waiting


def _expected_waits(inputs: PlainInputs, by_class: list[float], arrivals: float, rate: float) -> list[float]:
    """Return the expected wait of somebody who joins each class now, if so many start for ever."""
    waits, ahead = [], 0.0
    for waiting, share in zip(by_class, inputs.class_shares, strict=True):
        ahead += waiting
        waits.append(_expected_wait(ahead, rate, inputs.attrition))
        rate = max(rate - arrivals * share, 0.0)
    return waits


def _expected_wait(ahead: float, rate: float, attrition: float) -> float:
    if ahead <= 0.0 or attrition >= 1.0:
        return 0.0
    if rate <= 0.0:
        return math.inf
    if attrition <= 0.0:
        return ahead / rate
    return math.log1p(attrition * ahead / rate) / -math.log1p(-attrition)


def _ends(retention: list[float], dropout_share: float) -> list[tuple[float, float]]:
    """Return completions and dropouts after each step of treatment; the first who end drop out."""
    ends, ended, dropped = [], 0.0, 0.0
    for still in [*retention[1:], 0.0]:
        dropouts = min(1.0 - still, dropout_share) - dropped
        ends.append((1.0 - still - ended - dropouts, dropouts))
        ended, dropped = 1.0 - still, dropped + dropouts
    return ends


def _treat(
    inputs: PlainInputs,
    step: int,
    history: deque[float],
    ends: list[tuple[float, float]],
    course: float,
    flows: PlainFlows,
) -> None:
    """Report the caseload, who ends treatment and the sessions given."""
    caseload = sum(starts * share for starts, share in zip(history, inputs.retention, strict=True))
    completions = sum(starts * completed for starts, (completed, _) in zip(history, ends, strict=True))
    dropouts = sum(starts * dropped for starts, (_, dropped) in zip(history, ends, strict=True))
    still = sum(starts * share for starts, share in zip(history, inputs.retention[1:], strict=False))
    _require_equal(caseload, completions + dropouts + still)
    wanted = caseload * inputs.sessions_per_start / course
    sessions = min(wanted, inputs.session_capacity[step])
    flows.caseload.append(caseload)
    flows.completions.append(completions)
    flows.dropouts.append(dropouts)
    flows.sessions.append(sessions)
    flows.postponed_sessions.append(wanted - sessions)


def _require_equal(before: float, after: float) -> None:
    if abs(before - after) > 1e-9 * max(1.0, before):
        raise ArithmeticError(f"people are lost: {before - after:g} adrift")
