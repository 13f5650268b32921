"""The work of posts that are still to be recruited, beside that of posts in post today."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from costmodel.model.front_door import hours_at_work
from costmodel.model.ledger import by_hub_and_pool
from costmodel.model.staffing import StaffCosts
from costmodel.model.time_inputs import TimeInputs
from costmodel.model.types import FloatArray, ModelInputs
from costmodel.units import MONTHS_PER_YEAR


def joiners_output(n_steps: int, step_months: float, lag: FloatArray, output: FloatArray) -> FloatArray:
    """Return the work of posts by step: none until in post, then a new starter's output by month in post.

    The mean over each step of an output that is level within a month in post, so that a first day within a
    step is exact.

    Parameters
    ----------
    n_steps, step_months
        How many steps, and how long they are. [months]
    lag
        From today to the first day in post. Shape (...). [months]
    output
        By month in post; the last for ever. Shape (month,). [share]

    Returns
    -------
    Shape (..., step). [share]

    Examples
    --------
    >>> joiners_output(5, 1.0, np.array([2.0, 1.5]), np.array([0.5, 1.0]))
    array([[0.  , 0.  , 0.5 , 1.  , 1.  ],
           [0.  , 0.25, 0.75, 1.  , 1.  ]])
    """
    ends = np.arange(n_steps + 1) * step_months
    in_post = np.maximum(ends - lag[..., None], 0.0)
    done = np.concatenate([[0.0], np.cumsum(output)])
    work = np.interp(in_post, np.arange(done.size), done)
    work += output[-1] * np.maximum(in_post - output.size, 0.0)
    return np.asarray(np.diff(work) / step_months)


def hours_at_work_of_posts(inputs: ModelInputs, time: TimeInputs, staff: StaffCosts) -> FloatArray:
    """Return the work that staff can do in each step: those in post today, and others from their first day.

    Parameters
    ----------
    inputs, time
        With every draw axis at full length.
    staff
        Hours of the posts.

    Returns
    -------
    Shape (draw, hub, pool, step). [hours/step]
    """
    staffed = inputs.staff
    hours = (staffed.working_hours + staffed.sickness_hours) * staffed.wte / time.steps_per_year
    at_work = hours_at_work(time, _by_pool(inputs, _of_today(inputs, staff.hours)))
    return _with_joiners(inputs, at_work, hours * time.productive, time, time.new_starter_output)


def hours_on_leave(inputs: ModelInputs, time: TimeInputs, staff: StaffCosts) -> FloatArray | None:
    """Return the hours by which leave exceeds that of an average step; below 0 where there is less leave.

    Posts that are still to be filled have no pattern of leave.

    Parameters
    ----------
    inputs, time
        With every draw axis at full length.
    staff
        Hours of the posts.

    Returns
    -------
    Shape (draw, hub, pool, step), or None where leave is the same in every step. [hours/step]
    """
    missing = time.productive - time.staff_multiplier
    if not missing.any():
        return None
    today = _by_pool(inputs, _of_today(inputs, staff.hours))
    return hours_at_work(replace(time, staff_multiplier=missing), today)


def wte_in_post(inputs: ModelInputs, time: TimeInputs, staff: StaffCosts) -> FloatArray:
    """Return the staff in post in each step, vacancies taken off.

    Parameters
    ----------
    inputs, time
        With every draw axis at full length.
    staff
        WTE of the posts.

    Returns
    -------
    Shape (draw, hub, pool, step), or one step for all where nobody is still to come. [WTE]
    """
    late = inputs.staff.in_post_after > 0.0
    n_steps = time.staff_multiplier.shape[1] if late.any() else 1
    today = _by_pool(inputs, _of_today(inputs, staff.filled_wte))
    return _with_joiners(
        inputs, np.repeat(today[..., None], n_steps, axis=3), inputs.staff.wte, time, np.ones(1)
    )


def _of_today(inputs: ModelInputs, values: FloatArray) -> FloatArray:
    """Return what posts have, and nothing for those still to be filled. Shape (draw, post)."""
    return np.where(inputs.staff.in_post_after > 0.0, 0.0, values)


def _by_pool(inputs: ModelInputs, values: FloatArray) -> FloatArray:
    """Return the sums of what posts have, from shape (draw, post) to (draw, hub, pool)."""
    post, hub = inputs.staff.assignments
    return by_hub_and_pool(inputs, values[:, post] * inputs.staff.hub_share[:, post, hub])


def _with_joiners(
    inputs: ModelInputs, today: FloatArray, of_post: FloatArray, time: TimeInputs, output: FloatArray
) -> FloatArray:
    """Return what those in post today have, with that of later posts added to it in place.

    What a whole post has in a step, of shape (draw, post), is taken without a pattern of leave: that of part
    of a year has no mean of 1, and the hours at work would not be those paid.
    """
    staff, n_steps = inputs.staff, time.staff_multiplier.shape[1]
    late = staff.in_post_after > 0.0
    of_post = np.where(late, of_post * (1.0 - staff.vacancy_share), 0.0)
    for post, hub in zip(*staff.assignments, strict=True):
        if late[:, post].any():
            lag = staff.in_post_after[:, post]
            work = joiners_output(n_steps, MONTHS_PER_YEAR / time.steps_per_year, lag, output)
            own = of_post[:, post] * staff.hub_share[:, post, hub]
            today[:, hub, staff.pool[post]] += own[:, None] * work
    return today
