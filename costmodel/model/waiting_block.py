"""The waiting list of one Hub in some draws, step by step: what `run_list` does for each of them.

People queue in order of arrival, so a list by age is known from how many of those waiting arrived up to each
step. Attrition scales that count and starts are taken from its front: those who arrived up to step i and wait
still are q times as many as before, less all who start, and at least 0. Counts instead of cohorts need no
search for the oldest, hold for any attrition, and give mean and quantiles of waits without another pass.

Draws are the last axis and lie together in memory. No result depends on which draws share a block.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from costmodel.model.arrays import ratio, total
from costmodel.model.list_capacity import expected_wait
from costmodel.model.types import BoolArray, FloatArray, IntArray
from costmodel.model.waiting_types import ListInputs, require_conserved

MEDIAN, HIGH = 0.5, 0.95


@dataclass(frozen=True)
class Block:
    """What `ListInputs` says of one Hub in some draws, the draws last.

    Shapes: `arrivals`, `capacity`, `cap` and `rate` (step, draw), `opening_list` (age, draw), `completion` and
    `dropout` (step of treatment, draw), the others (draw,). `rate` is smoothed starts and `intensity` the
    sessions that somebody in treatment takes in a step.
    """

    arrivals: FloatArray
    capacity: FloatArray
    cap: FloatArray
    rate: FloatArray
    attrition: FloatArray
    intensity: FloatArray
    opening_list: FloatArray
    opening_starts: FloatArray
    completion: FloatArray
    dropout: FloatArray


class Queue:
    """Those who wait, class by class, counted from those who have waited longest.

    Row r of `up_to` holds how many wait of those who arrived up to the step of that row. The first row is
    always 0, then come the ages of the opening list, oldest first, then the steps. Shape (row, class, draw).
    """

    def __init__(self, opening: FloatArray, n_steps: int, shares: FloatArray, attrition: FloatArray) -> None:
        n_ages, n_draws = opening.shape
        shape = (1 + n_ages + n_steps, shares.size, n_draws)
        self.up_to, self._started = np.zeros(shape), np.empty(shape)
        people = opening[::-1, None] * shares[:, None]
        np.cumsum(people, axis=0, out=self.up_to[1 : 1 + n_ages])
        self._shares, self._staying = shares[:, None], 1.0 - attrition
        self._first, self._end = 1, 1 + n_ages

    @property
    def everybody(self) -> FloatArray:
        """People who wait. Shape (class, draw)."""
        return self.up_to[self._end - 1]

    def waiting_at_least(self, age: int) -> FloatArray:
        """Return who arrived at least that many steps ago. Shape (class, draw)."""
        return self.up_to[max(self._end - 1 - age, 0)]

    def pass_a_step(self, arrivals: FloatArray) -> None:
        """Let some of those who wait leave, and others arrive. Shape (draw,)."""
        self._forget_the_empty()
        self.up_to[self._first : self._end] *= self._staying
        np.add(self.everybody, self._shares * arrivals, out=self.up_to[self._end])
        self._end += 1

    def start(self, places: FloatArray) -> FloatArray:
        """Take who starts from the list: the first class first, and within it who has waited longest.

        Returns
        -------
        Starts of those who arrived up to each row, from a row before the first that holds anybody to the
        present step. Valid until the next call. Shape (row, class, draw).
        """
        everybody = self.everybody
        starts = np.empty_like(everybody)
        for own, waiting in zip(starts, everybody, strict=True):
            np.minimum(waiting, places, out=own)
            places = places - own
        rows = slice(self._first - 1, self._end)
        started = np.minimum(self.up_to[rows], starts, out=self._started[rows])
        self.up_to[rows] -= started
        return started

    def _forget_the_empty(self) -> None:
        while self._first < self._end and not self.up_to[self._first].any():
            self._first += 1


def quantiles(up_to: FloatArray, probabilities: FloatArray) -> FloatArray:
    """Return quantiles of waits from people counted from the longest wait down.

    Parameters
    ----------
    up_to
        People who waited at least as long as the row says; the first row is 0, the last has not waited and
        each row before it waited a step longer. Shape (row, draw).
    probabilities
        Shape (quantile,).

    Returns
    -------
    Not a number where there is nobody. Shape (quantile, draw). [steps]
    """
    n_rows, n_draws = up_to.shape
    above = np.multiply.outer(1.0 - probabilities, up_to[-1])
    row = np.stack([_count(up_to < each) for each in above])
    place = row * n_draws + np.arange(n_draws)
    counted = up_to.take(place, mode="clip")
    before = up_to.take(place - n_draws, mode="clip")
    age = n_rows - 1.0 - row
    with np.errstate(invalid="ignore"):
        longer = (above - before) / (counted - before)
    return np.where(age == 0.0, 0.0, age + 0.5 - longer)


def _count(chosen: BoolArray) -> IntArray:
    """Return how many rows are chosen, counted in as few bytes as they need. Shape (draw,)."""
    smallest = np.min_scalar_type(len(chosen))
    return np.add.reduce(chosen.view(np.uint8), axis=0, dtype=smallest).astype(np.intp)


def run_block(block: Block, inputs: ListInputs) -> dict[str, FloatArray]:
    """Return the fields of `ListFlows` for one block, the draws last."""
    run = _Run(block, inputs)
    for step in range(len(block.arrivals)):
        run.step(step)
    return run.flows()


class _Run:
    """The steps of one block, and what is kept of each."""

    def __init__(self, block: Block, inputs: ListInputs) -> None:
        self.block, self.inputs = block, inputs
        n_steps, n_draws = block.arrivals.shape
        shares = inputs.class_shares
        self.queue = Queue(block.opening_list, n_steps, shares, block.attrition)
        self.opening = self.queue.everybody.copy()
        n_before = inputs.retention.size - 1
        self.history = np.empty((n_before + n_steps, n_draws))
        self.history[:n_before] = block.opening_starts
        self.starts = self.history[n_before:]
        self.waiting = np.empty((n_steps, shares.size, n_draws))
        self.waited = np.empty((n_steps, n_draws))
        self.quantiles = np.empty((n_steps, 2, n_draws))
        self.over = np.empty((n_steps, inputs.targets.size, n_draws))
        self.waited_at_least = np.zeros((len(self.queue.up_to), n_draws))
        self.by_class = np.zeros((shares.size, n_draws))
        self.waited_by_class = np.zeros_like(self.by_class)

    def step(self, step: int) -> None:
        """Attrition, arrivals and starts."""
        self.queue.pass_a_step(self.block.arrivals[step])
        by_class = self.queue.start(self._places(step))
        waited = np.add.reduce(by_class[:-1], axis=0)
        by_wait = _everybody(by_class, axis=1)
        self.starts[step] = by_wait[-1]
        self.waited[step] = _everybody(waited, axis=0)
        self.quantiles[step] = quantiles(by_wait, np.array([MEDIAN, HIGH]))
        self.waited_at_least[: len(by_wait)] += by_wait[::-1]
        self.by_class += by_class[-1]
        self.waited_by_class += waited
        self.waiting[step] = self.queue.everybody
        for target, over in zip(self.inputs.targets, self.over[step], strict=True):
            self._count_over(target, over)

    def _places(self, step: int) -> FloatArray:
        if not self.inputs.greedy:
            return self.block.rate[step]
        block = self.block
        places = np.minimum(block.capacity[step] / block.intensity, block.cap[step])
        retention = self.inputs.retention
        committed = _in_treatment(self.history[step : step + retention.size - 1], retention[1:])
        return np.maximum(places - committed[0], 0.0)

    def _count_over(self, target: float, over: FloatArray) -> None:
        """Count who has waited longer; waits lie evenly between an age and the next."""
        age = max(int(np.floor(target)), 0)
        share = min(age + 1.0 - target, 1.0)
        np.multiply(_everybody(self.queue.waiting_at_least(age), axis=0), share, out=over)
        over += (1.0 - share) * _everybody(self.queue.waiting_at_least(age + 1), axis=0)

    def flows(self) -> dict[str, FloatArray]:
        """Return what happened, after checking that nobody was lost."""
        waiting = _everybody(self.waiting, axis=1)
        opening = np.concatenate([_everybody(self.opening, axis=0)[None], waiting[:-1]])
        left = opening * self.block.attrition
        require_conserved("on the list", opening + self.block.arrivals, self.starts + left + waiting)
        return {
            "waiting": waiting,
            "starts": self.starts,
            "left_list": left,
            **self._treatment(),
            "mean_wait": ratio(self.waited, self.starts),
            "median_wait": self.quantiles[:, 0],
            "wait_95": self.quantiles[:, 1],
            "share_over": ratio(self.over, waiting[:, None], when_zero=0.0),
            "expected_wait": self._expected_waits(),
            "starts_by_wait": self.waited_at_least[:-1] - self.waited_at_least[1:],
            "starts_by_class": self.by_class,
            "wait_by_class": ratio(self.waited_by_class, self.by_class),
        }

    def _treatment(self) -> dict[str, FloatArray]:
        block, retention = self.block, self.inputs.retention
        caseload = _in_treatment(self.history, retention)
        completions = _in_treatment(self.history, block.completion)
        dropouts = _in_treatment(self.history, block.dropout)
        carried = _in_treatment(self.history, retention[1:])
        require_conserved("in treatment", carried[:-1] + self.starts, caseload)
        require_conserved("at the end of treatment", caseload, completions + dropouts + carried[1:])
        wanted = caseload * block.intensity
        sessions = np.minimum(wanted, block.capacity)
        return {
            "completions": completions,
            "dropouts": dropouts,
            "caseload": caseload,
            "sessions": sessions,
            "postponed_sessions": wanted - sessions,
        }

    def _expected_waits(self) -> FloatArray:
        result = np.empty_like(self.waiting)
        ahead, places = np.zeros_like(self.starts), self.block.rate
        for number, share in enumerate(self.inputs.class_shares):
            ahead = ahead + self.waiting[:, number]
            result[:, number] = expected_wait(ahead, places, self.block.attrition)
            places = np.maximum(places - self.block.arrivals * share, 0.0)
        return result


def _everybody(values: FloatArray, axis: int) -> FloatArray:
    """Return the sum over classes; a view where there is one."""
    return values.take(0, axis) if values.shape[axis] == 1 else total(values, axis)


def _in_treatment(starts: FloatArray, shares: FloatArray) -> FloatArray:
    """Return starts times the share that counts in each step since, for every step with a whole history.

    Parameters
    ----------
    starts
        Shape (step, draw).
    shares
        Of each step since the start, from 0. Shape (age,) or (age, draw).

    Returns
    -------
    Shape (step - age + 1, draw); one row of zeros more than starts where there are no shares.
    """
    n = len(starts) + 1 - len(shares)
    result = np.zeros((n, starts.shape[1]))
    part = np.empty_like(result)
    for age, share in enumerate(shares):
        last = len(shares) - 1 - age
        result += np.multiply(starts[last : last + n], share, out=part)
    return result
