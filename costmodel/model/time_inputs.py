"""What the model reads to run a service through time, step by step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from costmodel.units import DAYS_PER_WEEK, DAYS_PER_YEAR

_FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class TimeInputs:
    """How arrivals and hours change step by step, and who waits today. A step is a month or a week.

    Attributes
    ----------
    steps_per_year
        12 months, or 52 weeks of 365.25 / 52 days.
    arrivals
        People who register. Shape (draw, hub, step). [people/step]
    staff_multiplier
        Work done by step against an average step of experienced staff. Shape (draw, step). [ratio]
    productive
        Work of staff in post against experienced staff, some of them always new. Shape (draw, 1). [ratio]
    new_starter_output
        By month in post, the last for ever. Shape (month,). [share]
    awaiting
        People who wait today for each step before therapy, in the order of `QUEUES`. Shape
        (draw, hub, queue). [people]
    awaiting_attrition
        Share of them who leave. Shape (draw, hub). [share/step]
    attrition
        Share of those waiting for therapy who leave without starting. Shape (draw, hub). [share/step]
    opening_list
        People who wait for therapy today. Shape (draw, hub). [people]
    opening_ages
        Their shares by whole steps waited; all 0 where it is not known. Shape (draw, hub, age). [share]
    opening_caseload
        People in therapy today; not a number where it is not known. Shape (draw, hub). [people]
    retention
        Share of starters still in treatment in step 0, 1, ... of it; the first is 1. Shape (step,). [share]
    class_shares
        Share of each priority class; the first is served first. Shape (class,). [share]
    targets
        Waits that are reported on. Shape (target,). [steps]
    caseload_per_wte
        Clients in therapy for each WTE that gives therapy; infinite without a cap. Shape (draw, 1).
        [people/WTE]
    supervised_per_wte
        Clients in therapy for each WTE of the pool that supervises; infinite without. Shape (draw, 1).
        [people/WTE]
    supervising_pool
        That pool.
    room_sessions
        Booked sessions for which there are rooms; infinite where rooms do not matter. Shape (draw, hub).
        [sessions/step]
    greedy
        Whether every free session is filled at once, for diagnosis only; else starts are smoothed.
    """

    steps_per_year: int
    arrivals: _FloatArray
    staff_multiplier: _FloatArray
    productive: _FloatArray
    new_starter_output: _FloatArray
    awaiting: _FloatArray
    awaiting_attrition: _FloatArray
    attrition: _FloatArray
    opening_list: _FloatArray
    opening_ages: _FloatArray
    opening_caseload: _FloatArray
    retention: _FloatArray
    class_shares: _FloatArray
    targets: _FloatArray
    caseload_per_wte: _FloatArray
    supervised_per_wte: _FloatArray
    supervising_pool: int
    room_sessions: _FloatArray
    greedy: bool = False

    @property
    def weeks_per_step(self) -> float:
        """Length of a step in weeks."""
        return DAYS_PER_YEAR / self.steps_per_year / DAYS_PER_WEEK
