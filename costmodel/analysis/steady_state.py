"""Where a list would settle if the average month went on, or why that says nothing of the months ahead."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from costmodel.analysis.engines import HubQueue
from costmodel.model.queueing import WaitingError, relaxation_time, steady_queue
from costmodel.units import WEEKS_PER_MONTH


@dataclass(frozen=True)
class SteadyState:
    """What the closed form of a queue with random arrivals and courses says of one Hub at the base case.

    Attributes
    ----------
    load
        People accepted over those who can start; None where nobody can. [ratio]
    settles_in
        Relaxation time; None where the list never settles. [months]
    waiting
        People on the list in the long run; None where that is refused. [people]
    wait
        Mean wait in the long run; None where that is refused. [weeks]
    refused
        Why there is no answer, with the relaxation time; empty where there is one.
    """

    load: float | None
    settles_in: float | None
    waiting: float | None
    wait: float | None
    refused: str = ""


def steady_state(queue: HubQueue) -> SteadyState:
    """Return the steady state of a Hub's list in its average month, where the months ahead can reach it.

    Places in treatment are the servers, and nobody leaves the list without starting. It is refused where the
    queue takes longer to settle than there are months.

    Examples
    --------
    >>> steady = np.ones(36)
    >>> quiet = HubQueue(3.0 * steady, 5.0 * steady, 2.5, 0.0, np.zeros(1), 7.5, np.ones(1), 7.0, 0.2)
    >>> found = steady_state(quiet)
    >>> round(found.load, 3), round(found.settles_in, 1), round(found.waiting, 3)
    (0.6, 3.9, 0.114)
    """
    length = queue.weeks_per_step / WEEKS_PER_MONTH
    months = queue.arrivals.size * length
    arrivals, service = np.array(queue.arrivals.mean() / length), np.array(1.0 / queue.course_steps / length)
    slots = np.array(queue.start_capacity.mean() * queue.course_steps)
    if not slots > 0.0:
        return SteadyState(None, None, None, None, "nobody can start therapy, so the list never settles")
    load = float(arrivals / (slots * service))
    time = float(relaxation_time(arrivals, service, slots))
    settles_in = time if np.isfinite(time) else None
    try:
        settled = steady_queue(arrivals, service, slots, horizon=months)
    except WaitingError as error:
        return SteadyState(load, settles_in, None, None, str(error))
    wait = float(settled.mean_wait) * WEEKS_PER_MONTH
    return SteadyState(load, settles_in, float(settled.mean_queue), wait)
