"""What the waiting list reads and gives, and the refusal of what no service can have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from costmodel.model.balance import PEOPLE_TOLERANCE
from costmodel.model.queueing import WaitingError
from costmodel.model.types import FloatArray


@dataclass(frozen=True)
class ListInputs:
    """A waiting list for therapy and what it draws on. A step is a month, or a week.

    Attributes
    ----------
    arrivals
        People accepted for the Hub's therapy. Shape (draw, hub, step). [people/step]
    attrition
        Share of those waiting who leave without starting. Shape (draw, hub). [share/step]
    session_capacity
        Attended sessions that staff can give. Shape (draw, hub, step). [sessions/step]
    caseload_cap
        Clients who can be in treatment at once; infinite without a cap. Shape (draw, hub, step). [people]
    sessions_per_start
        Attended sessions of a starter. Shape (draw, hub). [sessions/client]
    retention
        Share of starters still in treatment in step 0, 1, ... of it; the first is 1. Shape (step,). [share]
    dropout_share
        Of starts; those who leave first are the dropouts. Shape (draw, hub). [share]
    opening_list
        People waiting today by whole steps waited. Shape (draw, hub, age). [people]
    opening_starts
        Starts in each step before today, which make today's caseload. Shape (draw, hub). [people/step]
    class_shares
        Share of arrivals, and of the opening list, of each priority class; the first is served first. Shape
        (class,). [share]
    targets
        Waits that are reported on. Shape (target,). [steps]
    greedy
        Fill every free session at once instead of smoothing starts. It oscillates, because those who start
        commit later sessions: for diagnosis only.
    starts_at_average_leave
        Smoothed starts of the step, were leave in it that of an average step; expected waits suppose them to
        last. None where leave is the same in every step, so that they are those of the step itself. Shape
        (draw, hub, step). [people/step]
    """

    arrivals: FloatArray
    attrition: FloatArray
    session_capacity: FloatArray
    caseload_cap: FloatArray
    sessions_per_start: FloatArray
    retention: FloatArray
    dropout_share: FloatArray
    opening_list: FloatArray
    opening_starts: FloatArray
    class_shares: FloatArray
    targets: FloatArray
    greedy: bool = False
    starts_at_average_leave: FloatArray | None = None


@dataclass(frozen=True)
class ListFlows:
    """The list, treatment and waits, step by step. Shape (draw, hub, step) unless said otherwise.

    Attributes
    ----------
    waiting
        At the end of the step. [people]
    starts, left_list, completions, dropouts
        Within the step. [people/step]
    caseload
        People in treatment within the step. [people]
    sessions, postponed_sessions
        Attended sessions given, and those that capacity did not allow. [sessions/step]
    mean_wait, median_wait, wait_95
        Of those who start in the step; not a number where nobody does. [steps]
    share_over
        Of those waiting, who have waited longer than each target. Shape (draw, hub, step, target). [share]
    expected_wait
        Of a person referred at the end of the step, class by class, if capacity stays as it is, at an average
        step's leave. Shape (draw, hub, step, class). [steps]
    starts_by_wait
        Everybody who starts, by steps waited. Shape (draw, hub, age). [people]
    starts_by_class, wait_by_class
        Everybody who starts, and how long they waited on average. Shape (draw, hub, class). [people], [steps]
    """

    waiting: FloatArray
    starts: FloatArray
    left_list: FloatArray
    completions: FloatArray
    dropouts: FloatArray
    caseload: FloatArray
    sessions: FloatArray
    postponed_sessions: FloatArray
    mean_wait: FloatArray
    median_wait: FloatArray
    wait_95: FloatArray
    share_over: FloatArray
    expected_wait: FloatArray
    starts_by_wait: FloatArray
    starts_by_class: FloatArray
    wait_by_class: FloatArray


def require_possible(inputs: ListInputs) -> None:
    """Refuse what no service can have.

    Raises
    ------
    WaitingError
        Saying what is wrong and what it should be.
    """
    _require_at_least_0("arrivals of people accepted for therapy", inputs.arrivals)
    _require_at_least_0("the sessions that staff can give", inputs.session_capacity)
    _require_at_least_0("the cap of the caseload", inputs.caseload_cap)
    _require_at_least_0("the opening list", inputs.opening_list)
    _require_at_least_0("starts before today", inputs.opening_starts)
    if inputs.starts_at_average_leave is not None:
        _require_at_least_0("starts at an average step's leave", inputs.starts_at_average_leave)
    _require_share("the share of those waiting who leave", inputs.attrition)
    _require_share("the share of starters who drop out", inputs.dropout_share)
    if np.any(inputs.dropout_share >= 1.0):
        raise WaitingError("a dropout share of 1 means that nobody ever completes therapy; give less than 1")
    if not np.all(inputs.sessions_per_start > 0.0):
        raise WaitingError("a course of therapy must have more than 0 sessions")
    retention = inputs.retention
    if retention.size == 0 or retention[0] != 1.0:
        raise WaitingError(
            "everybody who starts is in treatment at first: the retention profile begins with 1"
        )
    if np.any(np.diff(retention) > 0.0) or retention[-1] <= 0.0:
        raise WaitingError("the retention profile may only fall, and its last share must be more than 0")
    if abs(float(inputs.class_shares.sum()) - 1.0) > PEOPLE_TOLERANCE or np.any(inputs.class_shares < 0.0):
        raise WaitingError("shares of the priority classes must be 0 or more and add up to 1")
    caseload = inputs.opening_starts * retention.sum()
    above = caseload > inputs.caseload_cap[..., 0] * (1.0 + PEOPLE_TOLERANCE)
    if np.any(above):
        people, cap = float(caseload[above][0]), float(inputs.caseload_cap[..., 0][above][0])
        raise WaitingError(
            f"the caseload today, {people:,.1f} people, is above its cap of {cap:,.1f}: nobody could start "
            "before it falls. Raise the cap, or correct the caseload"
        )


def _require_at_least_0(name: str, values: FloatArray) -> None:
    lowest = float(np.min(values, initial=np.inf))
    if not lowest >= 0.0:
        raise WaitingError(f"{name} cannot be negative; got {lowest:g}")


def _require_share(name: str, values: FloatArray) -> None:
    if not np.all((values >= 0.0) & (values <= 1.0)):
        worst = values[(values < 0.0) | (values > 1.0) | np.isnan(values)][0]
        raise WaitingError(f"{name} must be between 0 and 1; got {float(worst):g}")
