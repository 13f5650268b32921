"""The waiting list and the caseload through time, for every draw at once: the fluid engine.

Each step (a month, unless the inputs are given in weeks) runs in this order: attrition on the opening list,
arrivals, starts, ends of treatment. The list is kept by steps waited and served first come, first served
within a class, higher classes first. Numbers of people are expected values, so they need not be whole.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from costmodel.model.arrays import ratio, total
from costmodel.model.balance import require_conserved
from costmodel.model.list_capacity import expected_wait
from costmodel.model.types import FloatArray
from costmodel.model.waiting_types import ListFlows, ListInputs, require_possible

MOST_OPENING_AGES = 60
"""Steps waited by age that an opening list can hold; who has waited longer counts with the last."""

_MEDIAN, _HIGH = 0.5, 0.95


def start_rate(inputs: ListInputs) -> FloatArray:
    """Return smoothed starts: those that sessions and caseload can carry for ever.

    min(sessions / sessions a starter, cap / steps in treatment). Shape (draw, hub, step). [people/step]
    """
    by_sessions = inputs.session_capacity / inputs.sessions_per_start[..., None]
    return np.asarray(np.minimum(by_sessions, inputs.caseload_cap / inputs.retention.sum()))


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
    result = np.zeros((*people.shape, MOST_OPENING_AGES))
    left, cohort = people.copy(), arrivals.copy()
    for age in range(MOST_OPENING_AGES - 1):
        result[..., age] = np.minimum(left, cohort)
        left = left - result[..., age]
        cohort = cohort * (1.0 - attrition)
    result[..., -1] = left
    return result


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
    people = np.moveaxis(people_by_age, -1, 0)
    everybody = total(people, axis=0)
    quantile, counted = _Quantile(everybody, probability), np.zeros_like(everybody)
    for age in range(len(people) - 1, -1, -1):
        before, counted = counted, counted + people[age]
        quantile.add(age, before, counted)
    return quantile.value


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
    return _Run(inputs).flows()


class _Quantile:
    """A quantile of waits, found while people are counted from the longest wait down."""

    def __init__(self, everybody: FloatArray, probability: float) -> None:
        self._above = np.ravel((1.0 - probability) * everybody)
        self._sought = np.ravel(everybody) > 0.0
        self._value = np.full(everybody.size, np.nan)
        self._shape = everybody.shape

    @property
    def value(self) -> FloatArray:
        """The quantile; not a number where there is nobody."""
        return self._value.reshape(self._shape)

    def add(self, age: int, before: FloatArray, counted: FloatArray) -> None:
        """Look among the people of an age, given those counted without and with them."""
        before, counted = np.ravel(before), np.ravel(counted)
        here = np.flatnonzero(self._sought & (counted >= self._above))
        if here.size:
            lowest, highest = (age - 0.5, age + 0.5) if age else (0.0, 0.0)
            longer = (self._above[here] - before[here]) / (counted[here] - before[here])
            self._value[here] = highest - (highest - lowest) * longer
            self._sought[here] = False


class _Run:
    """One pass over the steps. Inside, the draw axis comes last, so that work runs along memory."""

    def __init__(self, inputs: ListInputs) -> None:
        self.inputs = inputs
        self.n_steps = inputs.arrivals.shape[-1]
        shapes = (inputs.arrivals[..., 0], inputs.attrition, inputs.session_capacity[..., 0])
        self.shape = np.broadcast_shapes(*(each.shape for each in shapes), inputs.opening_list.shape[:-1])[
            ::-1
        ]
        self.attrition = self._by_draw(inputs.attrition)
        self.arrivals = self._by_step(inputs.arrivals)
        self.capacity = self._by_step(inputs.session_capacity)
        self.cap = self._by_step(inputs.caseload_cap)
        self.rate = self._by_step(start_rate(inputs))
        self.intensity = self._by_draw(inputs.sessions_per_start) / inputs.retention.sum()
        completions, dropouts = dropouts_by_step(inputs.retention, inputs.dropout_share)
        self.completion = np.moveaxis(completions, -1, 0).transpose(0, 2, 1)
        self.dropout = np.moveaxis(dropouts, -1, 0).transpose(0, 2, 1)
        self.staying = 1.0 - self.attrition
        self.classes = [self._opening_cohorts(share) for share in inputs.class_shares]
        self.waiting = _added([self._counted(cohorts) for cohorts in self.classes], self.shape)
        self.history = [self._by_draw(inputs.opening_starts)] * inputs.retention.size
        self.by_wait = np.zeros((self.n_steps + inputs.opening_list.shape[-1], *self.shape))
        self.by_class = np.zeros((len(self.classes), *self.shape))
        self.waited_by_class = np.zeros_like(self.by_class)

    def _by_draw(self, values: FloatArray) -> FloatArray:
        return np.ascontiguousarray(np.broadcast_to(values.T, self.shape))

    def _by_step(self, values: FloatArray) -> FloatArray:
        steps_first = np.moveaxis(values, -1, 0).transpose(0, 2, 1)
        return np.ascontiguousarray(np.broadcast_to(steps_first, (self.n_steps, *self.shape)))

    def _opening_cohorts(self, share: float) -> dict[int, FloatArray]:
        """Return people by the step in which they arrived, oldest first; today is the end of step -1."""
        ages = self.inputs.opening_list.shape[-1]
        return {
            -1 - age: self._by_draw(self.inputs.opening_list[..., age]) * share
            for age in range(ages - 1, -1, -1)
            if self.inputs.opening_list[..., age].any()
        }

    def flows(self) -> ListFlows:
        """Run every step and return what happened."""
        results = [self._step(step) for step in range(self.n_steps)]
        by_step = {name: _outside(np.stack([result[name] for result in results])) for name in results[0]}
        return ListFlows(
            **by_step,
            starts_by_wait=_outside(self.by_wait),
            starts_by_class=_outside(self.by_class),
            wait_by_class=_outside(ratio(self.waited_by_class, self.by_class)),
        )

    def _step(self, step: int) -> dict[str, FloatArray]:
        opening = self.waiting
        left = opening * self.attrition
        arrivals = self.arrivals[step]
        for share, cohorts in zip(self.inputs.class_shares, self.classes, strict=True):
            for people in cohorts.values():
                people *= self.staying
            cohorts[step] = arrivals * share
        starts, by_age = self._start(step)
        by_class = [self._counted(cohorts) for cohorts in self.classes]
        self.waiting = _added(by_class, self.shape)
        require_conserved(f"on the list in step {step + 1}", opening + arrivals, starts + left + self.waiting)
        return {
            "waiting": self.waiting,
            "starts": starts,
            "left_list": left,
            **self._treat(step, starts),
            **self._waits(starts, by_age),
            "share_over": self._shares_over(step),
            "expected_wait": self._expected_waits(step, by_class),
        }

    def _counted(self, cohorts: dict[int, FloatArray]) -> FloatArray:
        return _added(cohorts.values(), self.shape)

    def _start(self, step: int) -> tuple[FloatArray, dict[int, FloatArray]]:
        """Serve classes in order, each from its oldest, and return starts and starts by steps waited."""
        places = self.rate[step]
        if self.inputs.greedy:
            places = np.minimum(self.capacity[step] / self.intensity, self.cap[step]) - self._committed()
        places = np.maximum(places, 0.0)
        starts, by_age = np.zeros(self.shape), dict[int, FloatArray]()
        for number, cohorts in enumerate(self.classes):
            class_starts = np.zeros(self.shape)
            for arrived in list(cohorts):
                started = np.minimum(cohorts[arrived], places)
                cohorts[arrived] -= started
                places = places - started
                class_starts += started
                age = step - arrived
                by_age[age] = by_age[age] + started if age in by_age else started
                self.waited_by_class[number] += age * started
                if not cohorts[arrived].any():
                    del cohorts[arrived]
                elif not places.any():
                    break
            self.by_class[number] += class_starts
            starts += class_starts
        for age, started in by_age.items():
            self.by_wait[age] += started
        return starts, by_age

    def _committed(self) -> FloatArray:
        """Return those still in treatment from earlier steps."""
        kept = np.zeros(self.shape)
        for starts, share in zip(self.history[:-1], self.inputs.retention[1:], strict=True):
            kept += starts * share
        return kept

    def _treat(self, step: int, starts: FloatArray) -> dict[str, FloatArray]:
        before = self._committed()
        self.history = [starts, *self.history[:-1]]
        caseload = np.zeros(self.shape)
        completions, dropouts = np.zeros(self.shape), np.zeros(self.shape)
        for age, started in enumerate(self.history):
            caseload += started * self.inputs.retention[age]
            completions += started * self.completion[age]
            dropouts += started * self.dropout[age]
        require_conserved(f"in treatment in step {step + 1}", before + starts, caseload)
        require_conserved(
            f"at the end of treatment in step {step + 1}",
            caseload,
            completions + dropouts + self._committed(),
        )
        wanted = caseload * self.intensity
        sessions = np.minimum(wanted, self.capacity[step])
        return {
            "completions": completions,
            "dropouts": dropouts,
            "caseload": caseload,
            "sessions": sessions,
            "postponed_sessions": wanted - sessions,
        }

    def _waits(self, starts: FloatArray, by_age: dict[int, FloatArray]) -> dict[str, FloatArray]:
        waited, counted = np.zeros(self.shape), np.zeros(self.shape)
        median, high = _Quantile(starts, _MEDIAN), _Quantile(starts, _HIGH)
        for age in sorted(by_age, reverse=True):
            waited += age * by_age[age]
            before, counted = counted, counted + by_age[age]
            median.add(age, before, counted)
            high.add(age, before, counted)
        return {"mean_wait": ratio(waited, starts), "median_wait": median.value, "wait_95": high.value}

    def _shares_over(self, step: int) -> FloatArray:
        """Return the share of the list over each target; waits lie evenly between an age and the next."""
        over = np.zeros((self.inputs.targets.size, *self.shape))
        for cohorts in self.classes:
            for arrived, people in cohorts.items():
                for number, target in enumerate(self.inputs.targets):
                    weight = min(max(step - arrived + 1.0 - target, 0.0), 1.0)
                    if weight > 0.0:
                        over[number] += weight * people
        return ratio(over, self.waiting, when_zero=0.0)

    def _expected_waits(self, step: int, waiting: list[FloatArray]) -> FloatArray:
        result = np.empty((len(self.classes), *self.shape))
        ahead, places = np.zeros(self.shape), self.rate[step]
        for number, share in enumerate(self.inputs.class_shares):
            ahead = ahead + waiting[number]
            result[number] = expected_wait(ahead, places, self.attrition)
            places = np.maximum(places - self.arrivals[step] * share, 0.0)
        return result


def _added(parts: Iterable[FloatArray], shape: tuple[int, ...]) -> FloatArray:
    everybody = np.zeros(shape)
    for part in parts:
        everybody += part
    return everybody


def _outside(values: FloatArray) -> FloatArray:
    """Return (axis, ..., hub, draw) as (draw, hub, axis, ...), still laid out with draws together."""
    return np.moveaxis(values, (-1, -2, 0), (0, 1, 2))
