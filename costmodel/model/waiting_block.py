"""The waiting list of one Hub in some draws, step by step: what `run_list` does for each of them.

People queue in order of arrival, so a list by age is known from how many of those waiting arrived up to each
step. Attrition scales that count and starts are taken from its front: those who arrived up to step i and wait
still are q times as many as before, less all who start, and at least 0. Counts instead of cohorts need no
search for the oldest, hold for any attrition, and give mean and quantiles of waits without another pass.

Draws are the last axis and lie together in memory. No result depends on which draws share a block.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from costmodel.model.arrays import ratio
from costmodel.model.balance import require_conserved
from costmodel.model.list_capacity import expected_wait
from costmodel.model.types import FloatArray
from costmodel.model.waiting_types import ListInputs

MEDIAN_AND_HIGH = np.array([0.5, 0.95])


@dataclass(frozen=True)
class Block:
    """What `ListInputs` says of one Hub in some draws, the draws last.

    Shapes: `arrivals`, `capacity`, `cap`, `rate` and `lasting_rate` (step, draw), `opening_list` (age, draw),
    `completion` and `dropout` (step of treatment, draw), the others (draw,). `rate` is smoothed starts,
    `lasting_rate` those at an average step's leave, and `intensity` the sessions that somebody in treatment
    takes in a step.
    """

    arrivals: FloatArray
    capacity: FloatArray
    cap: FloatArray
    rate: FloatArray
    lasting_rate: FloatArray
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

    def __init__(self, opening: FloatArray, shares: FloatArray, attrition: FloatArray, n_steps: int) -> None:
        n_ages, n_draws = opening.shape
        shape = (1 + n_ages + n_steps, shares.size, n_draws)
        self.up_to, self._started = np.zeros(shape), np.empty(shape)
        np.cumsum(opening[::-1, None] * shares[:, None], axis=0, out=self.up_to[1 : 1 + n_ages])
        self._staying = 1.0 - attrition
        self._first, self._end = 1, 1 + n_ages

    @property
    def everybody(self) -> FloatArray:
        """People who wait. Shape (class, draw)."""
        people: FloatArray = self.up_to[self._end - 1]
        return people

    def waiting_at_least(self, age: int) -> FloatArray:
        """Return who arrived at least that many steps ago, all classes together. Shape (draw,)."""
        row = max(self._end - 1 - age, 0)
        people: FloatArray = _all_classes(self.up_to[row : row + 1])[0]
        return people

    def pass_a_step(self, arrivals: FloatArray) -> None:
        """Let some of those who wait leave, and others arrive. Shape (class, draw)."""
        while self._first < self._end and not self.up_to[self._first].any():
            self._first += 1
        rows = self.up_to[self._first : self._end]
        np.multiply(rows, self._staying, out=rows)
        np.add(self.everybody, arrivals, out=self.up_to[self._end])
        self._end += 1

    def start(self, places: FloatArray, starts: FloatArray) -> FloatArray:
        """Take who starts from the list: the first class first, and within it who has waited longest.

        Parameters
        ----------
        places
            Shape (draw,).
        starts
            Where to put the starts of each class. Shape (class, draw).

        Returns
        -------
        Starts of those who arrived up to each row, from a row before the first that holds anybody to the
        present step. Valid until the next call. Shape (row, class, draw).
        """
        for own, waiting in zip(starts, self.everybody, strict=True):
            np.minimum(waiting, places, out=own)
            places = places - own
        rows = slice(self._first - 1, self._end)
        people: FloatArray = self.up_to[rows]
        started: FloatArray = self._started[rows]
        np.minimum(people, starts, out=started)
        np.subtract(people, started, out=people)
        return started


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
    beyond = np.multiply.outer(1.0 - probabilities, up_to[-1])
    row = np.empty(beyond.shape, np.intp)
    below = np.empty(up_to.shape, np.bool_)
    counter = np.min_scalar_type(n_rows)
    for number, sought in enumerate(beyond):
        np.less(up_to, sought, out=below)
        row[number] = np.add.reduce(below.view(np.uint8), axis=0, dtype=counter)
    place = row * n_draws
    place += np.arange(n_draws)
    counted = up_to.take(place, mode="clip")
    place -= n_draws
    before = up_to.take(place, mode="clip")
    beyond -= before
    counted -= before
    age = (n_rows - 1.0) - row
    with np.errstate(invalid="ignore"):
        beyond /= counted
    result: FloatArray = (age + 0.5) - beyond
    np.copyto(result, 0.0, where=age == 0.0)
    return result


def run_block(block: Block, inputs: ListInputs) -> dict[str, FloatArray]:
    """Return the fields of `ListFlows` for one block of at least 2 draws, the draws last.

    Fewer would not do: numpy adds rows one after another where they are longer than 1, in another order where
    they are not.
    """
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
        self.queue = Queue(block.opening_list, shares, block.attrition, n_steps)
        self.opening = self.queue.everybody.copy()
        self.arrivals = block.arrivals[:, None] * shares[:, None]
        self.targets = [_age_and_share(target) for target in inputs.targets]
        n_before = inputs.retention.size - 1
        self.history = np.empty((n_before + n_steps, n_draws))
        self.history[:n_before] = block.opening_starts
        self.starts = self.history[n_before:]
        by_class = (n_steps, shares.size, n_draws)
        self.by_class, self.waiting, self.waited = np.empty(by_class), np.empty(by_class), np.empty(by_class)
        self.quantiles = np.empty((n_steps, 2, n_draws))
        self.over = np.empty((n_steps, len(self.targets), n_draws))
        self.waited_at_least = np.zeros((len(self.queue.up_to), n_draws))

    def step(self, step: int) -> None:
        """Attrition, arrivals and starts."""
        self.queue.pass_a_step(self.arrivals[step])
        up_to = self.queue.start(self._places(step), self.by_class[step])
        # Each step of a wait counts those who arrived before it once.
        np.add.reduce(up_to[:-1], axis=0, out=self.waited[step])
        together = _all_classes(up_to)
        self.starts[step] = together[-1]
        self.quantiles[step] = quantiles(together, MEDIAN_AND_HIGH)
        so_far = self.waited_at_least[: len(together)]
        np.add(so_far, together[::-1], out=so_far)
        self.waiting[step] = self.queue.everybody
        for (age, share), over in zip(self.targets, self.over[step], strict=True):
            np.multiply(self.queue.waiting_at_least(age), share, out=over)
            over += (1.0 - share) * self.queue.waiting_at_least(age + 1)

    def _places(self, step: int) -> FloatArray:
        block, retention = self.block, self.inputs.retention
        places: FloatArray = block.rate[step]
        if self.inputs.greedy:
            committed = _in_treatment(self.history[step:], retention[1:], 1)[0]
            room = np.minimum(block.capacity[step] / block.intensity, block.cap[step])
            places = np.maximum(room - committed, 0.0)
        return places

    def flows(self) -> dict[str, FloatArray]:
        """Return what happened, after checking that nobody was lost."""
        waiting, waited = _all_classes(self.waiting), _all_classes(self.waited)
        opening = np.concatenate([_all_classes(self.opening[None]), waiting[:-1]])
        left = opening * self.block.attrition
        opening += self.block.arrivals
        require_conserved("on the list", opening, self.starts + left + waiting)
        by_class = np.add.reduce(self.by_class, axis=0)
        return {
            "waiting": waiting,
            "starts": self.starts,
            "left_list": left,
            **self._treatment(),
            "mean_wait": ratio(waited, self.starts),
            "median_wait": self.quantiles[:, 0],
            "wait_95": self.quantiles[:, 1],
            "share_over": ratio(self.over, waiting[:, None], when_zero=0.0),
            "expected_wait": self._expected_waits(),
            "starts_by_wait": self.waited_at_least[:-1] - self.waited_at_least[1:],
            "starts_by_class": by_class,
            "wait_by_class": ratio(np.add.reduce(self.waited, axis=0), by_class),
        }

    def _treatment(self) -> dict[str, FloatArray]:
        block, n_steps = self.block, len(self.starts)
        carried = _in_treatment(self.history, self.inputs.retention[1:], n_steps + 1)
        caseload = carried[:-1] + self.starts
        completions = _in_treatment(self.history, block.completion, n_steps)
        dropouts = _in_treatment(self.history, block.dropout, n_steps)
        require_conserved("in treatment", caseload, completions + dropouts + carried[1:])
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
        ahead, places = np.zeros_like(self.starts), self.block.lasting_rate
        for number, share in enumerate(self.inputs.class_shares):
            ahead = ahead + self.waiting[:, number]
            result[:, number] = expected_wait(ahead, places, self.block.attrition)
            places = np.maximum(places - self.block.arrivals * share, 0.0)
        return result


def _age_and_share(target: float) -> tuple[int, float]:
    """Return the first age at which some have waited longer, and their share; waits lie evenly in an age."""
    age = max(math.floor(target), 0)
    return age, min(age + 1.0 - float(target), 1.0)


def _all_classes(values: FloatArray) -> FloatArray:
    """Return the sum over classes, the second axis; a view where there is one."""
    return values[:, 0] if values.shape[1] == 1 else np.asarray(np.add.reduce(values, axis=1))


def _in_treatment(history: FloatArray, shares: FloatArray, n_steps: int) -> FloatArray:
    """Return starts times the share that counts in each step since, from the first step with a whole history.

    Parameters
    ----------
    history
        Starts. Shape (step, draw).
    shares
        Of each step since the start, from 0. Shape (age,) or (age, draw).
    n_steps
        How many to return.

    Returns
    -------
    Shape (n_steps, draw).
    """
    result = np.zeros((n_steps, history.shape[1]))
    part = np.empty_like(result)
    for age, share in enumerate(shares):
        if share.any():
            last = len(shares) - 1 - age
            result += np.multiply(history[last : last + n_steps], share, out=part)
    return result
