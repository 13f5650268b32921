"""Named results about those who wait: lists, waits, caseload and the stages before therapy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

from costmodel.gather.through_time import TARGET_WEEKS
from costmodel.model.evaluate import ModelOutputs
from costmodel.model.front_door import QUEUES
from costmodel.model.types import FloatArray, Volume

_PEOPLE: Final = {
    "n_waiting_today": ("opening_list", "People waiting for the Hub's therapy today", "people"),
    "n_waiting": ("waiting", "People waiting for the Hub's therapy at the year's end", "people"),
    "n_accepted_for_therapy": ("accepted", "People accepted for the Hub's therapy", "people/year"),
    "n_left_waiting_list": ("left_list", "People who left the waiting list without therapy", "people/year"),
    "n_in_therapy": ("caseload", "People in therapy at the year's end", "people"),
}
_WAITS: Final = {
    "mean_wait": ("mean_wait", "Mean wait of those who start therapy"),
    "median_wait": ("median_wait", "Median wait of those who start therapy"),
    "wait_95": ("wait_95", "95th percentile of waits of those who start therapy"),
    "expected_wait_today": (
        "expected_wait_today",
        "Expected wait of a person accepted for therapy today",
    ),
    "expected_wait": (
        "expected_wait_at_end",
        "Expected wait of a person accepted for therapy at the year's end",
    ),
}
_AWAITING: Final = {
    Volume.SCREENED: ("n_awaiting_screening", "People waiting to be screened at the year's end"),
    Volume.TRIAGED: ("n_awaiting_triage", "People waiting for triage at the year's end"),
    Volume.ASSESSED: ("n_awaiting_assessment", "People waiting for assessment at the year's end"),
    Volume.SIGNPOSTED: ("n_awaiting_signposting", "People waiting to be signposted at the year's end"),
    Volume.NAVIGATED: ("n_awaiting_navigation", "People waiting for navigation at the year's end"),
    Volume.BRIEF_SUPPORT: ("n_awaiting_brief_support", "People waiting for brief support at the year's end"),
}


def queue_definitions(define: Callable[..., Any], place: int) -> Iterator[Any]:
    """Yield the definition of every result about waiting at a place, made by `define`.

    Parameters
    ----------
    define
        From name, label, unit and pick to a definition.
    place
        On the place axis.
    """
    for name, (array, label, unit) in _PEOPLE.items():
        yield define(name, label, unit, partial(_value, array, place))
    for volume, (name, label) in _AWAITING.items():
        yield define(name, label, "people", partial(_cell, "awaiting", place, QUEUES.index(volume)))
    for name, (array, label) in _WAITS.items():
        yield define(name, label, "weeks", partial(_value, array, place))
    for column, weeks in enumerate(TARGET_WEEKS):
        name = f"share_over_{weeks:g}_weeks"
        label = f"Share of those waiting at the year's end who have waited over {weeks:g} weeks"
        yield define(name, label, "share", partial(_cell, "share_over", place, column))


def _value(array: str, place: int, outputs: ModelOutputs) -> FloatArray:
    values: FloatArray = getattr(outputs.queue, array)[:, place]
    return values


def _cell(array: str, place: int, column: int, outputs: ModelOutputs) -> FloatArray:
    values: FloatArray = getattr(outputs.queue, array)[:, place, column]
    return values
