"""Who waits and how long, in one draw, in plain Python floats: Hub by Hub, and all Hubs together."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.plain_calendar import Calendar
from benchmarks.plain_list import PlainInputs
from benchmarks.plain_service import STAGES, Followed
from benchmarks.plain_staff import divided


def queue_of(calendar: Calendar, followed: Mapping[str, Followed], everywhere: str) -> dict[str, Any]:
    """Return every result about waiting by place: each Hub, and all together under the name given."""
    own = {hub: _of_hub(calendar, each) for hub, each in followed.items()}
    together = _together(calendar, list(followed.values()), list(own.values()))
    return {
        name: {everywhere: value, **{hub: own[hub][name] for hub in own}} for name, value in together.items()
    }


def _of_hub(calendar: Calendar, followed: Followed) -> dict[str, Any]:
    inputs, flows = followed.list_inputs, followed.flows
    at_end = _mean_of_classes(flows.expected_wait[-1], inputs.class_shares)
    return {
        **_counts(followed),
        **_waits(calendar, flows.starts_by_wait),
        "share_over": flows.share_over[-1],
        "expected_wait_today": _finite(_wait_today(inputs)) * calendar.weeks_a_step,
        "expected_wait_at_end": _finite(at_end) * calendar.weeks_a_step,
    }


def _together(
    calendar: Calendar, followed: Sequence[Followed], own: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return the results of all Hubs as one: sums, waits of everybody, and means over people."""
    counts = [_counts(each) for each in followed]
    summed = {name: _summed([each[name] for each in counts]) for name in counts[0]}
    by_wait = _summed([each.flows.starts_by_wait for each in followed])
    waiting, accepted = ([each[name] for each in own] for name in ("waiting", "accepted"))
    return {
        **summed,
        **_waits(calendar, by_wait),
        "share_over": [
            _mean([each["share_over"][target] for each in own], waiting, of_nobody=0.0)
            for target in range(len(calendar.targets))
        ],
        **{
            name: _mean([each[name] for each in own], accepted)
            for name in ("expected_wait_today", "expected_wait_at_end")
        },
    }


def _counts(followed: Followed) -> dict[str, Any]:
    inputs, flows = followed.list_inputs, followed.flows
    return {
        "opening_list": sum(inputs.opening_list),
        "waiting": flows.waiting[-1],
        "accepted": sum(inputs.arrivals),
        "left_list": sum(flows.left_list),
        "caseload": flows.caseload[-1],
        "awaiting": [followed.awaiting[stage] for stage in STAGES],
    }


def _summed(values: Sequence[Any]) -> Any:
    """Return a sum of numbers, or of lists item by item."""
    if isinstance(values[0], list):
        return [sum(items) for items in zip(*values, strict=True)]
    return sum(values)


def _waits(calendar: Calendar, by_wait: Sequence[float]) -> dict[str, float]:
    """Return mean, median and 95th percentile of waits, from starters by steps waited."""
    everybody = sum(by_wait)
    waited = sum(steps * people for steps, people in enumerate(by_wait))
    return {
        "mean_wait": divided(waited, everybody) * calendar.weeks_a_step,
        "median_wait": _exceeded_by(0.5, by_wait) * calendar.weeks_a_step,
        "wait_95": _exceeded_by(0.05, by_wait) * calendar.weeks_a_step,
    }


def _exceeded_by(share: float, by_wait: Sequence[float]) -> float:
    """Return the wait that a share of people exceed; waits of an age lie evenly, half a step either side."""
    everybody = sum(by_wait)
    if everybody == 0.0:
        return math.nan
    sought = share * everybody
    for age in range(len(by_wait) - 1, 0, -1):
        if by_wait[age] > 0.0 and sought <= by_wait[age]:
            return age + 0.5 - sought / by_wait[age]
        sought -= by_wait[age]
    return 0.0


def _wait_today(inputs: PlainInputs) -> float:
    """Return the wait of somebody accepted today, if a mean step's starts and arrivals go on."""
    n_steps, course = len(inputs.arrivals), sum(inputs.retention)
    starts = [
        min(sessions / inputs.sessions_per_start, cap / course)
        for sessions, cap in zip(inputs.session_capacity, inputs.caseload_cap, strict=True)
    ]
    places, coming = sum(starts) / n_steps, sum(inputs.arrivals) / n_steps
    ahead, waits = 0.0, []
    for share in inputs.class_shares:
        ahead += sum(inputs.opening_list) * share
        waits.append(_until_served(ahead, places, inputs.attrition))
        places = max(places - coming * share, 0.0)
    return _mean_of_classes(waits, inputs.class_shares)


def _until_served(ahead: float, places: float, attrition: float) -> float:
    """Return the steps until those ahead have started or left: W (1 - a)^n = places (1 - (1 - a)^n) / a."""
    if ahead <= 0.0 or attrition >= 1.0:
        return 0.0
    if places <= 0.0:
        return math.inf
    if attrition == 0.0:
        return ahead / places
    return -math.log1p(attrition * ahead / places) / math.log1p(-attrition)


def _mean_of_classes(waits: Sequence[float], shares: Sequence[float]) -> float:
    return sum(wait * share for wait, share in zip(waits, shares, strict=True) if share > 0.0)


def _mean(values: Sequence[float], people: Sequence[float], of_nobody: float = math.nan) -> float:
    """Return the mean over people; a Hub where there are none does not count."""
    whole = sum(people)
    if whole == 0.0:
        return of_nobody
    return sum(value * each for value, each in zip(values, people, strict=True) if each > 0.0) / whole


def _finite(value: float) -> float:
    return value if math.isfinite(value) else math.nan
