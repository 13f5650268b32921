"""The waiting list and the caseload through time, for every draw at once: the fluid engine.

Each step (a month, unless the inputs are given in weeks) runs in this order: attrition on the opening list,
arrivals, starts, ends of treatment. The list is kept by steps waited and served first come, first served
within a class, higher classes first. Numbers of people are expected values, so they need not be whole.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from costmodel.model.arrays import stacked
from costmodel.model.types import FloatArray
from costmodel.model.waiting_block import Block, quantiles, run_block
from costmodel.model.waiting_types import ListFlows, ListInputs, require_possible

MOST_OPENING_AGES = 60
"""Steps waited by age that an opening list can hold; who has waited longer counts with the last."""

DRAWS_IN_A_BLOCK = 1024
"""Draws that run together: few enough for a processor's cache, enough to outweigh the cost of each call."""


def start_rate(inputs: ListInputs) -> FloatArray:
    """Return smoothed starts: those that sessions and caseload can carry for ever.

    min(sessions / sessions a starter, cap / steps in treatment). Shape (draw, hub, step). [people/step]
    """
    by_sessions = inputs.session_capacity / inputs.sessions_per_start[..., None]
    return np.asarray(np.minimum(by_sessions, inputs.caseload_cap / inputs.retention.sum()))


def lasting_rate(inputs: ListInputs) -> FloatArray:
    """Return the starts that expected waits suppose to last: those of each step at an average step's leave.

    Shape (draw, hub, step). [people/step]
    """
    return start_rate(inputs) if inputs.starts_at_average_leave is None else inputs.starts_at_average_leave


def list_path(
    opening: FloatArray, arrivals: FloatArray, capacity: FloatArray, attrition: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the list and the starts of each step where only a capacity for starts matters.

    Parameters
    ----------
    opening
        Shape (...). [people]
    arrivals, capacity
        Shape (..., step). [people/step]
    attrition
        Shape (...). [share/step]

    Returns
    -------
    List at the end of each step, starts within it. Shape (..., step).

    Examples
    --------
    >>> steady = np.ones((1, 3))
    >>> waiting, starts = list_path(np.array([120.0]), 48 * steady, 40 * steady, np.array([0.03]))
    >>> waiting.round(3)
    array([[124.4  , 128.668, 132.808]])
    """
    waiting, starts = np.empty_like(arrivals), np.empty_like(arrivals)
    queue = np.broadcast_to(opening, arrivals.shape[:-1])
    for step in range(arrivals.shape[-1]):
        available = queue * (1.0 - attrition) + arrivals[..., step]
        starts[..., step] = np.minimum(available, capacity[..., step])
        queue = available - starts[..., step]
        waiting[..., step] = queue
    return waiting, starts


def opening_ages(people: FloatArray, arrivals: FloatArray, attrition: FloatArray) -> FloatArray:
    """Spread an opening list of unknown ages as if arrivals had long been what they are.

    The newest have waited less than a step, those before them were thinned by attrition, and so on until all
    are placed; whoever is left counts with the longest waits.

    Parameters
    ----------
    people, arrivals, attrition
        Shape (...).

    Returns
    -------
    Shape (..., age).

    Examples
    --------
    >>> opening_ages(np.array([100.0]), np.array([40.0]), np.array([0.0]))[:, :4]
    array([[40., 40., 20.,  0.]])
    """
    people, arrivals, attrition = np.broadcast_arrays(people, arrivals, attrition)
    left, cohort, staying = people.copy(order="K"), arrivals, 1.0 - attrition
    by_age: list[FloatArray] = []
    while len(by_age) < MOST_OPENING_AGES - 1 and left.any():
        by_age.append(np.minimum(left, cohort))
        left = left - by_age[-1]
        cohort = cohort * staying
    nobody = np.zeros_like(left)
    return stacked([*by_age, *[nobody] * (MOST_OPENING_AGES - 1 - len(by_age)), left])


def dropouts_by_step(retention: FloatArray, dropout_share: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return who ends treatment after each step of it: completions and dropouts.

    A retention profile says how many end after each step; the first of them, up to the share of dropouts,
    drop out.

    Returns
    -------
    Shape (..., step) each. [share]

    Examples
    --------
    >>> completions, dropouts = dropouts_by_step(np.array([1.0, 0.9, 0.5]), np.array([0.2]))
    >>> completions.round(6), dropouts.round(6)
    (array([[0. , 0.3, 0.5]]), array([[0.1, 0.1, 0. ]]))
    """
    ended = 1.0 - np.append(retention[1:], 0.0)
    dropped = np.minimum(ended, dropout_share[..., None])
    dropouts = np.diff(dropped, axis=-1, prepend=0.0)
    return np.diff(ended, prepend=0.0) - dropouts, dropouts


def wait_quantile(people_by_age: FloatArray, probability: float) -> FloatArray:
    """Return a quantile of waits from people by whole steps waited.

    Somebody who starts a steps after arriving has waited between a - 1/2 and a + 1/2 of them; within an age,
    waits are spread evenly. Who starts in the step of arrival has not waited.

    Parameters
    ----------
    people_by_age
        Shape (..., age).
    probability
        Between 0 and 1.

    Returns
    -------
    Shape (...); not a number where there is nobody. [steps]

    Examples
    --------
    >>> wait_quantile(np.array([[0.0, 0.0, 10.0, 30.0]]), 0.5).round(4)
    array([2.8333])
    """
    shape = people_by_age.shape[:-1]
    longest_first = np.moveaxis(people_by_age, -1, 0)[::-1].reshape(-1, int(np.prod(shape)))
    counted = np.cumsum(np.concatenate([np.zeros_like(longest_first[:1]), longest_first]), axis=0)
    found: FloatArray = quantiles(counted, np.array([probability]))[0]
    return found.reshape(shape)


def run_list(inputs: ListInputs) -> ListFlows:
    """Return the list, treatment and waits, step by step.

    Raises
    ------
    WaitingError
        If an input is impossible, in words for a service manager.
    ModelCheckError
        If people are lost.
    """
    require_possible(inputs)
    whole = _in_full(inputs)
    inputs = replace(whole, opening_list=whole.opening_list[..., : _ages_in_use(inputs.opening_list)])
    n_draws, n_hubs = inputs.attrition.shape
    flows = {"starts_by_wait": _no_starts(whole)}
    for start in range(0, n_draws, DRAWS_IN_A_BLOCK):
        draws = slice(start, min(start + DRAWS_IN_A_BLOCK, n_draws))
        for hub in range(n_hubs):
            for name, values in run_block(_block(inputs, draws, hub), inputs).items():
                if name not in flows:
                    flows[name] = np.empty((*values.shape[:-1], n_hubs, n_draws))
                flows[name][: len(values), ..., hub, draws] = values[..., : draws.stop - draws.start]
    return ListFlows(**{name: _outside(values) for name, values in flows.items()})


def _ages_in_use(opening_list: FloatArray) -> int:
    """Return how many ages of the opening list, from the newest, hold anybody in any draw."""
    held = np.flatnonzero(opening_list.any(axis=tuple(range(opening_list.ndim - 1))))
    return int(held[-1]) + 1 if held.size else 0


def _no_starts(inputs: ListInputs) -> FloatArray:
    (*shape, n_steps), n_ages = inputs.arrivals.shape, inputs.opening_list.shape[-1]
    return np.zeros((n_steps + n_ages, *shape[::-1]))


def _in_full(inputs: ListInputs) -> ListInputs:
    """Return the inputs with every array at full length; without copies."""
    by_draw = ("attrition", "sessions_per_start", "dropout_share", "opening_starts")
    by_step = ["arrivals", "session_capacity", "caseload_cap"]
    if inputs.starts_at_average_leave is not None:
        by_step.append("starts_at_average_leave")
    shapes = [getattr(inputs, name).shape for name in by_draw]
    shapes += [getattr(inputs, name).shape[:-1] for name in (*by_step, "opening_list")]
    shape = np.broadcast_shapes(*shapes)
    last = {
        **dict.fromkeys(by_draw, ()),
        **dict.fromkeys(by_step, inputs.arrivals.shape[-1:]),
        "opening_list": inputs.opening_list.shape[-1:],
    }
    arrays: dict[str, Any] = {
        name: np.broadcast_to(getattr(inputs, name), (*shape, *axis)) for name, axis in last.items()
    }
    return replace(inputs, **arrays)


def _block(inputs: ListInputs, draws: slice, hub: int) -> Block:
    def draws_last(values: FloatArray) -> FloatArray:
        values = values[draws, hub]
        # numpy adds in another order where there is but one draw, so one runs as two of the same.
        return np.ascontiguousarray((values if len(values) > 1 else np.repeat(values, 2, axis=0)).T)

    capacity, cap = draws_last(inputs.session_capacity), draws_last(inputs.caseload_cap)
    sessions_per_start = draws_last(inputs.sessions_per_start)
    course = inputs.retention.sum()
    rate, lasting = np.minimum(capacity / sessions_per_start, cap / course), inputs.starts_at_average_leave
    completion, dropout = dropouts_by_step(inputs.retention, draws_last(inputs.dropout_share))
    return Block(
        arrivals=draws_last(inputs.arrivals),
        capacity=capacity,
        cap=cap,
        rate=rate,
        lasting_rate=rate if lasting is None else draws_last(lasting),
        attrition=draws_last(inputs.attrition),
        intensity=sessions_per_start / course,
        opening_list=draws_last(inputs.opening_list),
        opening_starts=draws_last(inputs.opening_starts),
        completion=np.ascontiguousarray(completion.T),
        dropout=np.ascontiguousarray(dropout.T),
    )


def _outside(values: FloatArray) -> FloatArray:
    """Return (axis, ..., hub, draw) as (draw, hub, axis, ...), still laid out with draws together."""
    return np.moveaxis(values, (-1, -2), (0, 1))
