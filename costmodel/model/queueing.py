"""Closed forms of queues in steady state, and the refusal of a steady state that a horizon cannot reach.

Rates are per unit of time, any unit as long as all use the same. Arrays broadcast; the draw axis comes first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from costmodel.errors import CostmodelError
from costmodel.model.arrays import ratio
from costmodel.model.types import FloatArray


class WaitingError(CostmodelError):
    """A question about waiting that has no answer, and why, for a service manager."""


@dataclass(frozen=True)
class SteadyQueue:
    """A queue with several servers, Poisson arrivals and exponential service, in steady state.

    Attributes
    ----------
    offered_load
        Servers that would be busy if nobody waited, a = arrivals / service rate.
    load
        Offered load for each server, rho.
    prob_wait
        Probability that an arrival waits, by Erlang's C formula. [share]
    mean_wait
        Of all arrivals, those who do not wait included. [time]
    mean_queue
        People waiting. [people]
    mean_time
        Wait and service together. [time]
    """

    offered_load: FloatArray
    load: FloatArray
    prob_wait: FloatArray
    mean_wait: FloatArray
    mean_queue: FloatArray
    mean_time: FloatArray


def erlang_c(offered_load: FloatArray, most_servers: int) -> FloatArray:
    """Return the probability of waiting for 0, 1, ..., `most_servers` servers at once.

    By the recursion of Erlang's B formula, B_k = a B_(k-1) / (k + a B_(k-1)), which neither overflows nor
    loses digits, and C = B / (1 - rho (1 - B)). Where the load reaches 1 everybody waits.

    Parameters
    ----------
    offered_load
        a = arrivals / service rate. Any shape. [servers]
    most_servers
        0 or more.

    Returns
    -------
    Shape of `offered_load` with a last axis of the number of servers. [share]

    References
    ----------
    .. [1] Cooper RB (1981). Introduction to queueing theory, 2nd edition. North Holland, pages 79-92.

    Examples
    --------
    >>> erlang_c(np.array([4.0]), 5).round(6)
    array([[1.      , 1.      , 1.      , 1.      , 1.      , 0.554113]])
    """
    offered_load = np.asarray(offered_load, dtype=np.float64)
    result = np.ones((*offered_load.shape, most_servers + 1))
    blocked = np.ones_like(offered_load)
    for servers in range(1, most_servers + 1):
        blocked = offered_load * blocked / (servers + offered_load * blocked)
        load = offered_load / servers
        waiting = blocked / (1.0 - np.minimum(load, 1.0) * (1.0 - blocked))
        result[..., servers] = np.where(load < 1.0, waiting, 1.0)
    return result


def steady_queue(
    arrival_rate: FloatArray,
    service_rate: FloatArray,
    servers: FloatArray,
    *,
    horizon: float | None = None,
    unit: str = "months",
) -> SteadyQueue:
    """Return the steady state of M/M/c; a part of a server is interpolated between its whole neighbours.

    Between whole numbers of servers, mean waits are interpolated linearly; where only the higher of the two
    can serve everybody, there is no steady state to interpolate from, and the queue is refused.

    Parameters
    ----------
    arrival_rate, service_rate
        Of the queue, and of one busy server. [people/time]
    servers
        More than 0. For therapy: WTE x caseload, the service rate being 1 / course length.
    horizon
        Time that the answer is meant for, in the unit of the rates; None for the long run itself. [time]
    unit
        Name of that unit, for the message.

    Raises
    ------
    WaitingError
        If more people arrive than are served, or the queue settles only after the horizon.

    Examples
    --------
    >>> queue = steady_queue(np.array([3.0]), np.array([1 / 12]), np.array([40.0]))
    >>> queue.mean_wait.round(6), queue.mean_queue.round(6)
    (array([1.234687]), array([3.704062]))
    """
    arrival_rate, service_rate, servers = np.broadcast_arrays(arrival_rate, service_rate, servers)
    _require_rates(arrival_rate, service_rate, servers)
    if horizon is not None:
        require_steady_state(arrival_rate, service_rate, servers, horizon, unit)
    offered = np.asarray(arrival_rate / service_rate)
    lower = np.floor(servers).astype(np.int64)
    fraction = servers - lower
    # With a fraction of a server, both neighbours must cope; with none, only the lower is used.
    _require_spare_capacity(arrival_rate, lower * service_rate)
    table = erlang_c(offered, int(lower.max()) + 1)

    def at(count: np.ndarray) -> tuple[FloatArray, FloatArray]:
        prob = np.take_along_axis(table, count[..., None], axis=-1)[..., 0]
        return prob, prob / (count * service_rate - arrival_rate)

    (prob_below, wait_below), (prob_above, wait_above) = at(lower), at(lower + 1)
    prob = (1.0 - fraction) * prob_below + fraction * prob_above
    wait = (1.0 - fraction) * wait_below + fraction * wait_above
    return SteadyQueue(
        offered_load=offered,
        load=offered / servers,
        prob_wait=prob,
        mean_wait=wait,
        mean_queue=arrival_rate * wait,
        mean_time=wait + 1.0 / service_rate,
    )


def share_waiting_longer(
    queue: SteadyQueue, arrival_rate: FloatArray, service_rate: FloatArray, servers: FloatArray, time: float
) -> FloatArray:
    """Return the share of arrivals who wait longer than a time: C exp(-(c mu - lambda) t).

    Examples
    --------
    >>> rates = np.array([8.0]), np.array([2.0]), np.array([5.0])
    >>> share_waiting_longer(steady_queue(*rates), *rates, 0.25).round(6)
    array([0.336086])
    """
    return np.asarray(queue.prob_wait * np.exp(-(servers * service_rate - arrival_rate) * time))


def allen_cunneen(
    mean_wait: FloatArray, arrival_variation: FloatArray, service_variation: FloatArray
) -> FloatArray:
    """Return the mean wait for general arrivals and services, from that of M/M/c.

    Parameters
    ----------
    mean_wait
        Of M/M/c. [time]
    arrival_variation, service_variation
        Squared coefficients of variation of times between arrivals and of service times; 1 for M/M/c.

    References
    ----------
    .. [1] Allen AO (1990). Probability, statistics and queueing theory, 2nd edition. Academic Press.

    Examples
    --------
    >>> allen_cunneen(np.array([1.2]), np.array([1.5]), np.array([0.5]))
    array([1.2])
    """
    return np.asarray(mean_wait * (arrival_variation + service_variation) / 2.0)


def relaxation_time(arrival_rate: FloatArray, service_rate: FloatArray, servers: FloatArray) -> FloatArray:
    """Return the time after which M/M/c has mostly forgotten where it started.

    1 / (sqrt(c mu) - sqrt(lambda))^2; infinite where as many arrive as are served, or more.

    References
    ----------
    .. [1] Newell GF (1982). Applications of queueing theory, 2nd edition. Chapman and Hall, chapter 6.

    Examples
    --------
    >>> relaxation_time(np.array([3.0]), np.array([1 / 12]), np.array([40.0])).round(1)
    array([113.9])
    """
    gap = np.sqrt(np.multiply(servers, service_rate)) - np.sqrt(arrival_rate)
    return np.where(gap > 0.0, ratio(np.ones_like(gap), gap**2, when_zero=np.inf), np.inf)


def require_steady_state(
    arrival_rate: FloatArray, service_rate: FloatArray, servers: FloatArray, horizon: float, unit: str
) -> None:
    """Refuse steady-state formulas where the queue would need longer than the horizon to settle.

    Parameters
    ----------
    arrival_rate, service_rate, servers
        As for `steady_queue`.
    horizon
        [time]
    unit
        Name of the unit of time, for the message.

    Raises
    ------
    WaitingError
        With the load, the relaxation time and what to use instead.

    Examples
    --------
    >>> require_steady_state(  # doctest: +ELLIPSIS
    ...     np.array([3.0]), np.array([1 / 12]), np.array([40.0]), 52.0, "weeks"
    ... )
    Traceback (most recent call last):
    costmodel.model.queueing.WaitingError: at a load of 90% the queue takes 114 weeks to settle, longer ...
    """
    time = float(np.max(relaxation_time(arrival_rate, service_rate, servers)))
    served = np.multiply(servers, service_rate)
    percent = 100.0 * float(np.max(ratio(np.asarray(arrival_rate), served, when_zero=np.inf)))
    where = f"at a load of {percent:.0f}% the queue" if np.isfinite(percent) else "without servers the queue"
    require_settled(time, horizon, unit, where)


def require_settled(time: float, horizon: float, unit: str, where: str) -> None:
    """Refuse what describes the long run where that begins only after the horizon.

    Parameters
    ----------
    time, horizon
        Relaxation time, and the time that is asked about. [time]
    unit, where
        Name of the unit of time, and of what is to settle, for the message.

    Raises
    ------
    WaitingError
        With the relaxation time and what to use instead.
    """
    if time <= horizon:
        return
    settles = (
        "never settles"
        if np.isinf(time)
        else f"takes {time:,.0f} {unit} to settle, longer than the {horizon:g} {unit} asked about"
    )
    raise WaitingError(
        f"{where} {settles}. Read the list step by step from today instead: engine fluid or markov"
    )


def marginal_cost_of_shorter_wait(cost: FloatArray, mean_wait: FloatArray) -> FloatArray:
    """Return what each further step of capacity costs for each unit of mean wait that it removes.

    Parameters
    ----------
    cost
        Of growing capacities, in their order. Last axis (option,). [GBP/time]
    mean_wait
        Shape of `cost`. [time]

    Returns
    -------
    Last axis one shorter; not a number where a step removes no wait. [GBP/time for each unit of wait]

    Examples
    --------
    >>> marginal_cost_of_shorter_wait(np.array([3_610.0, 3_705.0]), np.array([4.0, 2.0]))
    array([47.5])
    """
    return ratio(np.diff(cost), -np.diff(mean_wait))


def expected_overflow(mean: FloatArray, sd: FloatArray, capacity: FloatArray) -> FloatArray:
    """Return the expected demand above a capacity where demand is normal: why averages understate queues.

    sd (phi(z) - z (1 - Phi(z))) with z = (capacity - mean) / sd; max(0, mean - capacity) where sd is 0.

    Examples
    --------
    >>> expected_overflow(np.array([100.0]), np.array([20.0]), np.array([100.0])).round(4)
    array([7.9788])
    """
    mean, sd, capacity = np.broadcast_arrays(*(np.asarray(x, dtype=np.float64) for x in (mean, sd, capacity)))
    z = ratio(capacity - mean, sd, when_zero=0.0)
    density = np.exp(-0.5 * z**2) / np.sqrt(2.0 * np.pi)
    return np.where(sd > 0.0, sd * (density - z * ndtr(-z)), np.maximum(0.0, mean - capacity))


def _require_rates(arrival_rate: FloatArray, service_rate: FloatArray, servers: FloatArray) -> None:
    if np.any(arrival_rate < 0.0):
        raise WaitingError(f"arrivals cannot be negative; got {float(np.min(arrival_rate)):g}")
    if np.any(service_rate <= 0.0):
        raise WaitingError(f"the service rate must be more than 0; got {float(np.min(service_rate)):g}")
    if np.any(servers <= 0.0):
        raise WaitingError(f"there must be more than 0 servers; got {float(np.min(servers)):g}")


def _require_spare_capacity(arrival_rate: FloatArray, capacity: FloatArray) -> None:
    short = arrival_rate >= capacity
    if np.any(short):
        arrivals, served = float(arrival_rate[short].flat[0]), float(capacity[short].flat[0])
        raise WaitingError(
            f"{arrivals:g} people arrive where whole servers can serve at most {served:g} in the same time: "
            "the queue grows for as long as that lasts and has no steady state"
        )
