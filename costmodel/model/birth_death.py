"""The exact chance behaviour of a waiting list over time: a birth-death chain solved by uniformisation.

People arrive at random, wait for one of c slots, leave the list early at a rate theta each, and stay in their
slot for an exponential time. Arrival rate and slots may change from step to step. No seeds, no simulation:
the distribution of the number in the service is exact up to a truncation that is checked.

When slots fall below the number in treatment, those above keep waiting in the chain's books: the number in
service is min(people, slots) at every moment. A part of a slot works at that part of its rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import gammaln, pdtrc

from costmodel.model.queueing import WaitingError
from costmodel.model.types import FloatArray

TAIL = 1e-9
_WEIGHT_LEFT = 1e-14
_FEWEST_SPARE_STATES = 64
_MOST_STATES = 2**17


@dataclass(frozen=True)
class ChainRates:
    """What a chain needs, step by step.

    Attributes
    ----------
    arrivals
        Shape (step,). [people/step]
    slots
        Clients who can be in treatment at once. Shape (step,). [people]
    service_rate
        One over the mean steps in treatment; the same in every step, or shape (step,). [1/step]
    attrition_rate
        Hazard of leaving the list; -ln(1 - share a step). [1/step]
    """

    arrivals: FloatArray
    slots: FloatArray
    service_rate: float | FloatArray
    attrition_rate: float

    @property
    def service_rates(self) -> FloatArray:
        """Service rate of each step. Shape (step,), in people a step for each slot."""
        return np.broadcast_to(self.service_rate, self.arrivals.shape)


@dataclass(frozen=True)
class ChainSteps:
    """The chain at the end of each step, and what happened within it. Arrays have shape (step,).

    Attributes
    ----------
    distribution
        Probability of 0, 1, ... people in the service at the end of each step. Shape (step, state).
    waiting, in_treatment
        Expected people at the end of the step.
    prob_wait
        Probability that a person referred at the end of the step would wait. [share]
    starts, completions, left_list
        Expected number within the step. Starts less what a fall of slots sends back to the list.
    mean_waiting
        List averaged over the step. [people]
    slots
        As given. [people]
    """

    distribution: FloatArray
    waiting: FloatArray
    in_treatment: FloatArray
    prob_wait: FloatArray
    starts: FloatArray
    completions: FloatArray
    left_list: FloatArray
    mean_waiting: FloatArray
    slots: FloatArray

    def list_quantile(self, probability: float) -> FloatArray:
        """Return the smallest list that is not exceeded with a probability.

        Shape (step,). [people]
        """
        cumulative = np.cumsum(self.distribution, axis=1)
        people = (cumulative < probability).sum(axis=1)
        return np.asarray(np.maximum(people - self.slots, 0.0))


class _Step(NamedTuple):
    """Births and deaths of every state of one step."""

    births: FloatArray
    deaths: FloatArray


def transient(rates: ChainRates, opening: FloatArray, *, tail: float = TAIL) -> ChainSteps:
    """Return the chain step by step, adding states until what lies beyond them is below `tail`.

    Parameters
    ----------
    rates
        Arrivals, slots, service and attrition.
    opening
        Probability of 0, 1, ... people in the service today. Shape (state,).
    tail
        Largest probability of the last state at the end of any step.

    Raises
    ------
    WaitingError
        If a rate is impossible, or the list grows beyond what can be followed.

    References
    ----------
    .. [1] Grassmann WK (1977). Transient solutions in Markovian queueing systems. Computers and Operations
       Research 4:47-53.

    Examples
    --------
    >>> empty = np.array([1.0])
    >>> rates = ChainRates(np.full(24, 3.0), np.full(24, 5.0), 1.0, 0.0)
    >>> transient(rates, empty).waiting[[0, 5, 23]].round(4)
    array([0.0206, 0.3029, 0.3541])
    """
    _require_rates(rates)
    n_states = opening.size + _spare_states(rates)
    while True:
        steps = _transient(rates, np.pad(opening, (0, n_states - opening.size)))
        if steps.distribution[:, -1].max(initial=0.0) < tail:
            return steps
        n_states *= 2
        if n_states > _MOST_STATES:
            raise WaitingError(
                f"the list may grow beyond {_MOST_STATES:,} people, which the markov engine does not follow; "
                "use the fluid engine"
            )


def stationary(
    arrival_rate: float, service_rate: float, slots: float, attrition_rate: float, *, tail: float = TAIL
) -> FloatArray:
    """Return the steady-state probability of 0, 1, ... people, by detailed balance.

    Parameters
    ----------
    arrival_rate, service_rate, slots, attrition_rate
        As in `ChainRates`.
    tail
        Largest probability of the last state.

    Raises
    ------
    WaitingError
        If nobody leaves and as many arrive as are served.

    Examples
    --------
    >>> probability = stationary(4.0, 1 / 3, 10.0, 0.1)
    >>> round(float(expected_waiting(probability, 10.0)), 6)
    7.37905
    """
    if attrition_rate == 0.0 and arrival_rate >= slots * service_rate:
        raise WaitingError(
            f"{arrival_rate:g} people arrive where {slots * service_rate:g} can be served and nobody leaves "
            "the list: it grows without end and has no steady state"
        )
    n_states = int(np.ceil(slots)) + _FEWEST_SPARE_STATES
    while True:
        people = np.arange(1, n_states)
        deaths = _deaths(people.astype(np.float64), slots, service_rate, attrition_rate)
        log_weights = np.concatenate([[0.0], np.cumsum(np.log(arrival_rate) - np.log(deaths))])
        weights = np.exp(log_weights - log_weights.max())
        probability = weights / weights.sum()
        if probability[-1] < tail * 1e-6:
            return np.asarray(probability)
        n_states *= 2


def expected_waiting(distribution: FloatArray, slots: float | FloatArray) -> FloatArray:
    """Return the expected list of a distribution of people in the service.

    Parameters
    ----------
    distribution
        Probability of 0, 1, ... people in the service. Shape (..., state).
    slots
        Clients who can be in treatment at once; a number, or shape (...,). [people]

    Returns
    -------
    Shape (...,). [people]
    """
    return _expected(distribution, np.maximum(_people(distribution) - np.asarray(slots)[..., None], 0.0))


def wait_survival(
    distribution: FloatArray,
    slots: float,
    service_rate: float,
    attrition_rate: float,
    times: FloatArray,
) -> FloatArray:
    """Return the probability that a person referred now waits longer than each of several times.

    First come, first served, slots as they are now, for a person who will not leave the list. With n people
    ahead, the next place comes free at rate c mu + n theta.

    Parameters
    ----------
    distribution
        Probability of 0, 1, ... people in the service. Shape (state,).
    slots, service_rate, attrition_rate
        As in `ChainRates`.
    times
        In ascending order, from 0. Shape (time,). [steps]

    Returns
    -------
    Shape (time,). [share]

    Examples
    --------
    >>> probability = stationary(8.0, 2.0, 5.0, 0.0)
    >>> wait_survival(probability, 5.0, 2.0, 0.0, np.array([0.0, 0.25])).round(6)
    array([0.554113, 0.336086])
    """
    # A person who finds slots full joins behind `ahead` others; with a part of a slot free, behind none.
    ahead = np.maximum(np.ceil(_people(distribution) - slots), 0.0).astype(np.int64)
    joins = _people(distribution) > slots - 1.0
    stages = np.zeros(int(ahead.max()) + 1)
    np.add.at(stages, ahead[joins], distribution[joins])
    deaths = slots * service_rate + attrition_rate * np.arange(stages.size, dtype=np.float64)
    result = np.empty(times.size)
    state, now = stages, 0.0
    for position, time in enumerate(times):
        state = _deplete(state, deaths, float(time) - now)
        now = float(time)
        result[position] = state.sum()
    return result


def mean_wait(distribution: FloatArray, slots: float, service_rate: float, attrition_rate: float) -> float:
    """Return the mean wait of a person referred now who will not leave the list.

    Infinite where there are no slots, and where nobody's treatment ends though all may be taken. [steps]
    """
    if slots <= 0.0:
        return float("inf")
    taken = _people(distribution) > slots - 1.0
    if service_rate <= 0.0:
        return float("inf") if distribution[taken].sum() > TAIL else 0.0
    ahead = np.maximum(np.ceil(_people(distribution) - slots), 0.0).astype(np.int64)
    stage_times = 1.0 / (slots * service_rate + attrition_rate * np.arange(int(ahead.max()) + 1))
    wait = np.where(taken, np.cumsum(stage_times)[ahead], 0.0)
    return float(_expected(distribution, wait))


def opening_state(people: float) -> FloatArray:
    """Return a distribution for a number of people known today; a fraction lies between its neighbours.

    Examples
    --------
    >>> opening_state(1.25)
    array([0.  , 0.75, 0.25])
    """
    whole = int(np.floor(people))
    state = np.zeros(whole + 2)
    state[whole], state[whole + 1] = 1.0 - (people - whole), people - whole
    return state


def _transient(rates: ChainRates, opening: FloatArray) -> ChainSteps:
    people = np.arange(opening.size, dtype=np.float64)
    n_steps = rates.arrivals.size
    distribution, mean = np.empty((n_steps, opening.size)), np.empty((n_steps, opening.size))
    state = opening
    for step in range(n_steps):
        births = np.full(opening.size, rates.arrivals[step])
        births[-1] = 0.0
        deaths = _deaths(people, rates.slots[step], rates.service_rates[step], rates.attrition_rate)
        state, mean[step] = _advance(state, _Step(births, deaths), 1.0)
        distribution[step] = state
    slots = rates.slots[:, None]
    waiting, treated = np.maximum(people - slots, 0.0), np.minimum(people, slots)
    at_end, over_step = _expected(distribution, waiting), _expected(mean, waiting)
    left = rates.attrition_rate * over_step
    before = _expected(opening, waiting[0]), at_end[:-1]
    return ChainSteps(
        distribution=distribution,
        waiting=at_end,
        in_treatment=_expected(distribution, treated),
        prob_wait=_expected(distribution, (people > slots - 1.0).astype(np.float64)),
        starts=np.concatenate([[before[0]], before[1]]) + rates.arrivals - left - at_end,
        completions=rates.service_rates * _expected(mean, treated),
        left_list=left,
        mean_waiting=over_step,
        slots=rates.slots,
    )


def _advance(state: FloatArray, step: _Step, time: float) -> tuple[FloatArray, FloatArray]:
    """Return the state after a time, and its mean over that time, by uniformisation."""
    fastest = float((step.births + step.deaths).max())
    if fastest == 0.0:
        return state, state
    up, down = step.births[:-1] / fastest, step.deaths[1:] / fastest
    stay = 1.0 - (step.births + step.deaths) / fastest
    at_end, integral = np.zeros_like(state), np.zeros_like(state)
    for weight, later in zip(*_jump_weights(fastest * time), strict=True):
        at_end += weight * state
        integral += later * state
        moved = state * stay
        moved[1:] += state[:-1] * up
        moved[:-1] += state[1:] * down
        state = moved
    return at_end, integral / (fastest * time)


def _jump_weights(mean: float) -> tuple[FloatArray, FloatArray]:
    """Return the probability of 0, 1, ... jumps of a Poisson number, and of more than that many."""
    last = int(np.ceil(mean + 10.0 * np.sqrt(mean) + 60.0))
    jumps = np.arange(last + 1, dtype=np.float64)
    exact: FloatArray = np.exp(jumps * np.log(mean) - mean - gammaln(jumps + 1.0))
    later: FloatArray = np.asarray(pdtrc(jumps, mean), dtype=np.float64)
    needed = int(np.searchsorted(-later, -_WEIGHT_LEFT)) + 1
    return exact[:needed], later[:needed]


def _deplete(stages: FloatArray, deaths: FloatArray, time: float) -> FloatArray:
    """Return the probability of each number ahead after a time in which nobody joins in front."""
    if time <= 0.0:
        return stages
    # One more state below holds those whose turn has come.
    state = np.concatenate([[0.0], stages])
    births = np.zeros_like(state)
    end, _ = _advance(state, _Step(births, np.concatenate([[0.0], deaths])), time)
    return end[1:]


def _deaths(people: FloatArray, slots: float, service_rate: float, attrition_rate: float) -> FloatArray:
    return np.minimum(people, slots) * service_rate + np.maximum(people - slots, 0.0) * attrition_rate


def _people(distribution: FloatArray) -> FloatArray:
    return np.arange(distribution.shape[-1], dtype=np.float64)


def _expected(distribution: FloatArray, values: FloatArray) -> FloatArray:
    return np.asarray((distribution * values).sum(axis=-1))


def _spare_states(rates: ChainRates) -> int:
    """Return states for what the fluid list would reach, and for chance around it."""
    growth = np.maximum(np.cumsum(rates.arrivals - rates.slots * rates.service_rates), 0.0).max(initial=0.0)
    scale = float(rates.slots.max(initial=0.0) + growth + rates.arrivals.max(initial=0.0))
    return int(np.ceil(scale + 6.0 * np.sqrt(scale))) + _FEWEST_SPARE_STATES


def _require_rates(rates: ChainRates) -> None:
    for name, value in (
        ("arrivals", rates.arrivals),
        ("slots", rates.slots),
        ("the attrition rate", np.asarray(rates.attrition_rate)),
    ):
        if np.any(value < 0.0) or not np.all(np.isfinite(value)):
            raise WaitingError(f"{name} must be numbers of 0 or more; got {float(np.min(value)):g}")
    if not np.all(rates.service_rates > 0.0):
        raise WaitingError("clients must leave treatment at some rate, or nobody else ever starts")
