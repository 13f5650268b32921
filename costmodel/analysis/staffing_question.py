"""From a scenario's draws to the question of the cheapest staffing: posts, tasks, and limits of the list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from costmodel.analysis.capacity import through_time_of
from costmodel.gather import Layout, gather
from costmodel.inputs.schema import Activity
from costmodel.inputs.specification import PostEntry
from costmodel.inputs.staffing_file import StaffingFile
from costmodel.model.activities import hours_per_unit
from costmodel.model.arrays import total, weighted_total
from costmodel.model.checks import valid_draws
from costmodel.model.draws import in_every_draw
from costmodel.model.evaluate import ModelOutputs, evaluate
from costmodel.model.list_capacity import WEEKS_PER_MONTH
from costmodel.model.queueing import WaitingError
from costmodel.model.skill_mix_types import Posts, Requirement, Tasks
from costmodel.model.staffing import staff_costs
from costmodel.model.through_time import ThroughTime
from costmodel.model.types import BoolArray, FloatArray, ModelInputs, StaffInputs, Volume
from costmodel.model.wait_target import starts_for_wait
from costmodel.units import MONTH, MONTHS_PER_YEAR

_THERAPY: Final = ("therapy_starts", "attended_sessions", "completions")


@dataclass(frozen=True)
class Year:
    """A set of draws, with what the model says of them before staffing is chosen."""

    inputs: ModelInputs
    outputs: ModelOutputs
    waiting: ThroughTime
    valid: BoolArray

    @classmethod
    def of(cls, layout: Layout, draws: dict[str, FloatArray], months: int) -> Year:
        """Return the year of a set of draws."""
        inputs = in_every_draw(gather(layout, draws, months=months, step=MONTH))
        outputs = evaluate(inputs)
        return cls(inputs, outputs, through_time_of(outputs, months), valid_draws(outputs.outcomes))


@dataclass(frozen=True)
class Kind:
    """A post that can be filled, of one Hub; `number` is its place on the post axis."""

    name: str
    number: int
    entry: PostEntry
    share: float
    wte_now: float


def kinds_of(layout: Layout, base: Year, hub: int) -> list[Kind]:
    """Return the posts of a Hub, those that it shares with its share of them."""
    staff = base.inputs.staff
    kinds = []
    for number, entry in enumerate(layout.posts):
        share = float(staff.hub_share[0, number, hub])
        if share > 0.0:
            name = entry.prefix.rsplit(".", 1)[1]
            kinds.append(Kind(name, number, entry, share, float(staff.wte[0, number]) * share))
    return kinds


def task_ids(layout: Layout) -> list[str]:
    """Return the activities that are tasks; those that follow staff in post are worked out as supervision."""
    return [name for name in layout.activities if layout.spec.activities[name].driver != "staff_wte"]


def posts_of(layout: Layout, options: StaffingFile, base: Year, hub: int, kinds: Sequence[Kind]) -> Posts:
    """Return what every kind of post of a Hub costs and can do, at the base case.

    Shared posts stay as they are: other Hubs need them too.
    """
    step = options.step.mean
    numbers = [kind.number for kind in kinds]
    limits = options.posts.get(layout.hubs[hub], {})
    pools = [options.pools[kind.entry.post.pool] for kind in kinds]
    supervision = np.array([pool.supervision.mean for pool in pools])
    hours = _hours_of_post(base)[0, numbers]
    minimum, maximum = np.zeros(len(kinds)), np.full(len(kinds), np.inf)
    for place, kind in enumerate(kinds):
        limit = limits.get(kind.name)
        if kind.entry.shared is not None:
            minimum[place] = maximum[place] = kind.wte_now
        elif limit is not None:
            minimum[place] = 0.0 if limit.minimum is None else limit.minimum.mean
            maximum[place] = np.inf if limit.maximum is None else limit.maximum.mean
    sizes = step * np.arange(1, round(1.0 / step) + 1)
    cost = np.array([person_cost(base.inputs.staff, size)[0, numbers] for size in sizes]).T
    return Posts(
        cost=cost,
        hours=hours * (1.0 - supervision),
        supervision=hours * supervision,
        supervises=np.array([pool.supervises for pool in pools]),
        minimum=minimum,
        maximum=maximum,
        step=step,
    )


def person_cost(staff: StaffInputs, size: float) -> FloatArray:
    """Return what one new person of each post costs, National Insurance worked out afresh. (draw, post)."""
    n_posts = staff.pool.size
    person = replace(
        staff,
        wte=np.full_like(staff.wte, size),
        headcount=np.ones(n_posts),
        contract_group=np.arange(n_posts),
    )
    return weighted_total(staff_costs(person).components, staff.index_factor)


def tasks_of(
    layout: Layout, options: StaffingFile, base: Year, hub: int, kinds: Sequence[Kind], need: FloatArray
) -> Tasks:
    """Return who may do what of a Hub's tasks.

    Raises
    ------
    WaitingError
        If a Hub has no post that may do one of its tasks.
    """
    names = task_ids(layout)
    shape = (len(kinds), len(names))
    per_need, able = np.full(shape, np.inf), np.zeros(shape, dtype=bool)
    share = np.zeros(len(names))
    for column, name in enumerate(names):
        option, activity = options.activities[name], layout.spec.activities[name]
        by = option.done_by if option.complex_by is None else option.complex_by
        share[column] = 0.0 if option.complex_share is None else option.complex_share.mean
        for row, kind in enumerate(kinds):
            who = {kind.name, kind.entry.post.pool}
            able[row, column] = bool(who & set(by)) and bool(who & set(option.done_by))
            if who & set(option.done_by):
                per_need[row, column] = _pace(layout, options, base, activity)[
                    layout.pools.index(kind.entry.post.pool)
                ]
        _require_somebody(layout.hubs[hub], name, need[:, column], per_need[:, column], option.done_by)
        hard = np.where(able[:, column], per_need[:, column], np.inf)
        _require_somebody(layout.hubs[hub], name, need[:, column] * share[column], hard, by)
    return Tasks(need=need, hours_per_need=per_need, complex_share=share, takes_complex=able)


def starts_needed(year: Year, wait_weeks: float) -> FloatArray:
    """Return the starts in an average month that keep the wait, [people/month]. Shape (draw, hub)."""
    lists = year.waiting.inputs
    pace = year.waiting.multiplier / year.waiting.multiplier.mean(axis=1, keepdims=True)
    opening = total(lists.opening_list, axis=2)
    return starts_for_wait(opening, lists.arrivals, lists.attrition, pace, wait_weeks / WEEKS_PER_MONTH)


def needs(layout: Layout, options: StaffingFile, base: Year, year: Year, starts: FloatArray) -> FloatArray:
    """Return the hours of each task, as a person of time multiplier 1 without indirect time takes them.

    What is uncertain of indirect time counts as need. Shape (draw, hub, task). [hours/year]
    """
    demand, activities = year.outputs.demand, year.inputs.activities
    columns = []
    for name in task_ids(layout):
        number, activity = layout.activities.index(name), layout.spec.activities[name]
        units = demand[..., Volume[activity.driver.upper()]]
        if activity.driver in _THERAPY:
            expected = demand[..., Volume.THERAPY_STARTS]
            per_start = np.where(expected > 0.0, units / np.where(expected > 0.0, expected, 1.0), 0.0)
            units = per_start * starts * MONTHS_PER_YEAR
        hours = total(hours_per_unit(activities, number), axis=3) * units[..., None]
        columns.append(total(hours / _pace(layout, options, base, activity), axis=2))
    return np.stack(columns, axis=2)


def list_requirements(
    layout: Layout, base: Year, kinds: Sequence[Kind], tasks: Tasks, in_therapy: FloatArray
) -> tuple[tuple[str, Requirement], ...]:
    """Return the sums of posts that clients in therapy ask for: caseload, and supervision of therapy.

    Parameters
    ----------
    layout, base, kinds, tasks
        A Hub's posts and tasks.
    in_therapy
        Clients in therapy at once. Shape (draw,). [people]
    """
    waiting = layout.spec.waiting
    filled = 1.0 - base.inputs.staff.vacancy_share[0, [kind.number for kind in kinds]]
    found: list[tuple[str, Requirement]] = []
    if waiting is not None and waiting.caseload_per_wte is not None:
        names = task_ids(layout)
        therapy = [i for i, name in enumerate(names) if layout.spec.activities[name].driver in _THERAPY]
        gives = np.isfinite(tasks.hours_per_need[:, therapy]).any(axis=1)
        coefficients = waiting.caseload_per_wte.mean * filled * gives
        found.append(("caseload", Requirement(coefficients, in_therapy)))
    if waiting is not None and waiting.supervision is not None:
        supervising = np.array([kind.entry.post.pool == waiting.supervision.pool for kind in kinds])
        coefficients = waiting.supervision.clients_per_wte.mean * filled * supervising
        found.append(("supervision of therapy", Requirement(coefficients, in_therapy)))
    return tuple(found)


def sessions_of_starts(year: Year, starts: FloatArray) -> FloatArray:
    """Return the booked sessions a week of a number of starts a month. Shape (draw, hub)."""
    hours = year.waiting.hours
    return starts * hours.sessions_per_start * hours.slots_per_session[:, None] / WEEKS_PER_MONTH


def absent_posts(layout: Layout, options: StaffingFile) -> Iterator[str]:
    """Yield a warning for each limit of a post that the scenario does not have."""
    for hub in layout.hubs:
        there = list(layout.spec.hubs[hub].posts)
        absent = [post for post in options.posts.get(hub, {}) if post not in there]
        if absent:
            yield (
                f"staffing_options.posts.{hub}: the scenario has no post {', '.join(absent)}; its limits are "
                f"passed over. There are: {', '.join(there)}"
            )


def _hours_of_post(base: Year) -> FloatArray:
    """Return working hours of a whole post, vacancies and new starters taken off. Shape (draw, post)."""
    staff = base.inputs.staff
    productive = base.waiting.multiplier.mean(axis=1)[:, None]
    hours = staff.working_hours + staff.sickness_hours
    return np.asarray(hours * (1.0 - staff.vacancy_share) * productive)


def _pace(layout: Layout, options: StaffingFile, base: Year, activity: Activity) -> FloatArray:
    """Return the hours that each staff pool takes for an hour of need. Shape (pool,)."""
    multiplier = np.array([options.pools[pool].time_multiplier.mean for pool in layout.pools])
    direct_only = float(activity.time_basis == "direct_only")
    return np.asarray(multiplier * (1.0 + base.inputs.activities.indirect_ratio[0] * direct_only))


def _require_somebody(hub: str, task: str, need: FloatArray, per_need: FloatArray, by: Sequence[str]) -> None:
    if not np.all(np.isfinite(need)):
        raise WaitingError(f"{hub}: the hours of {task} are not known, because nobody attends it")
    if need.max() > 0.0 and not np.isfinite(per_need).any():
        raise WaitingError(
            f"{hub}: no post may do {task}, or its complex cases: none is, or belongs to, {' or '.join(by)}. "
            "Add a post, or name others in staffing_options.yaml"
        )
