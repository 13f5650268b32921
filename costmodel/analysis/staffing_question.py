"""From a scenario's draws to the question of the cheapest staffing: posts, tasks, and what must be there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np

from costmodel.analysis.capacity import through_time_of
from costmodel.gather import Layout, gather
from costmodel.inputs.specification import PostEntry
from costmodel.inputs.staffing_file import StaffingFile
from costmodel.model.activities import hours_per_unit
from costmodel.model.arrays import stacked, total, weighted_total
from costmodel.model.checks import valid_draws
from costmodel.model.draws import in_every_draw
from costmodel.model.evaluate import ModelOutputs, evaluate
from costmodel.model.queueing import WaitingError
from costmodel.model.skill_mix_types import Posts, Tasks
from costmodel.model.staffing import once_filled, staff_costs
from costmodel.model.through_time import ThroughTime
from costmodel.model.types import BoolArray, FloatArray, ModelInputs, StaffInputs, Volume
from costmodel.model.wait_target import starts_for_wait
from costmodel.units import MONTH, MONTHS_PER_YEAR, WEEKS_PER_MONTH

_THERAPY: Final = ("therapy_starts", "attended_sessions", "completions")


@dataclass(frozen=True)
class Year:
    """A set of draws, with what the model says of them before staffing is chosen.

    Attributes
    ----------
    inputs, outputs
        Of the model.
    waiting
        The run through time.
    valid
        Which draws can be used. Shape (draw,).
    caseload_per_wte, supervised_per_wte
        Clients in therapy; infinite without such a limit. Shape (draw,). [people/WTE]
    rooms
        Sessions that rooms allow; infinite without such a limit. Shape (draw, hub). [sessions/week]
    """

    inputs: ModelInputs
    outputs: ModelOutputs
    waiting: ThroughTime
    valid: BoolArray
    caseload_per_wte: FloatArray
    supervised_per_wte: FloatArray
    rooms: FloatArray

    @classmethod
    def of(cls, layout: Layout, draws: dict[str, FloatArray], months: int) -> Year:
        """Return the year of a set of draws."""
        inputs = in_every_draw(gather(layout, draws, months=months, step=MONTH))
        outputs = evaluate(inputs)
        waiting = through_time_of(outputs, months)
        n_draws = waiting.multiplier.shape[0]

        def limit(name: str) -> FloatArray:
            return np.broadcast_to(draws.get(f"waiting.{name}", np.array(np.inf)), (n_draws,))

        return cls(
            inputs,
            outputs,
            waiting,
            valid_draws(outputs.outcomes),
            limit("caseload_per_wte"),
            limit("supervision.clients_per_wte"),
            stacked([limit(f"hubs.{hub}.room_sessions") for hub in layout.hubs]),
        )


@dataclass(frozen=True)
class Drawn:
    """What the search reads of the draws that can be used. Arrays have the draw axis first.

    Attributes
    ----------
    need
        Shape (draw, hub, task). [hours/year]
    hours, filled
        Hours at work of a whole post, and the share of it that is filled. Shape (draw, post).
        [hours/(WTE*year)], [share]
    pace
        That a staff pool takes for an hour of a task. Shape (draw, task, pool). [ratio]
    starts, in_therapy, sessions, rooms
        Starts that keep the wait, clients in therapy with them, booked sessions and those that rooms allow.
        Shape (draw, hub). [people/month], [people], [sessions/week] twice
    caseload_per_wte, supervised_per_wte
        Shape (draw,). [people/WTE]
    opening, arrivals, attrition, month_pace
        The list: shape (draw, hub), (draw, hub, month), (draw, hub) and (draw, month). [people],
        [people/month], [share/month], [ratio]
    cost_now
        Of the posts as they are, with everybody in post. Shape (draw, post). [GBP/year]
    """

    need: FloatArray
    hours: FloatArray
    filled: FloatArray
    pace: FloatArray
    starts: FloatArray
    in_therapy: FloatArray
    sessions: FloatArray
    rooms: FloatArray
    caseload_per_wte: FloatArray
    supervised_per_wte: FloatArray
    opening: FloatArray
    arrivals: FloatArray
    attrition: FloatArray
    month_pace: FloatArray
    cost_now: FloatArray

    @classmethod
    def of(cls, layout: Layout, options: StaffingFile, year: Year, wait_weeks: float) -> Drawn:
        """Return the draws of a year that can be used."""
        starts, lists = starts_needed(year, wait_weeks), year.waiting.inputs
        vacancy = year.inputs.staff.vacancy_share
        found = cls(
            need=needs(layout, options, year, starts),
            hours=_hours_of_post(year),
            filled=1.0 - vacancy,
            pace=np.stack([_pace(layout, options, year, name) for name in task_ids(layout)], axis=1),
            starts=starts,
            in_therapy=starts * float(lists.retention.sum()),
            sessions=sessions_of_starts(year, starts),
            rooms=year.rooms,
            caseload_per_wte=year.caseload_per_wte,
            supervised_per_wte=year.supervised_per_wte,
            opening=total(lists.opening_list, axis=2),
            arrivals=lists.arrivals,
            attrition=lists.attrition,
            month_pace=_month_pace(year),
            cost_now=cost_of_posts(year),
        )
        return found.where(year.valid)

    def where(self, draws: BoolArray) -> Drawn:
        """Return some of the draws."""
        return Drawn(**{name: values[draws] for name, values in vars(self).items()})

    @classmethod
    def joined(cls, parts: Sequence[Drawn]) -> Drawn:
        """Return parts one after the other."""
        names = [field.name for field in fields(cls)]
        return cls(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


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


def posts_of(
    layout: Layout, options: StaffingFile, base: Year, drawn: Drawn, hub: int, kinds: Sequence[Kind]
) -> Posts:
    """Return what every kind of post of a Hub costs at the base case, and can do in each draw.

    Shared posts stay as they are: other Hubs need them too.
    """
    step = options.step.mean
    numbers = [kind.number for kind in kinds]
    limits = options.posts.get(layout.hubs[hub], {})
    pools = [options.pools[kind.entry.post.pool] for kind in kinds]
    supervision = np.array([pool.supervision.mean for pool in pools])
    hours = drawn.hours[:, numbers]
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


def cost_of_posts(year: Year) -> FloatArray:
    """Return what the posts cost as they are, with everybody in post. Shape (draw, post). [GBP/year]."""
    staff = once_filled(year.inputs.staff)
    return weighted_total(staff_costs(staff).components, staff.index_factor)


def cost_of_posts_paid(year: Year) -> FloatArray:
    """Return what the posts cost this year, each from its first day. Shape (draw, post). [GBP/year]."""
    return weighted_total(year.outputs.staff.components, year.inputs.staff.index_factor)


def person_cost(staff: StaffInputs, size: float) -> FloatArray:
    """Return what one new person of each post costs, National Insurance worked out afresh.

    Parameters
    ----------
    staff
        The posts.
    size
        Of the new person's part of a post. [WTE]

    Returns
    -------
    Shape (draw, post). [GBP/year]
    """
    n_posts = staff.pool.size
    person = replace(
        staff,
        wte=np.full_like(staff.wte, size),
        headcount=np.ones(n_posts),
        contract_group=np.arange(n_posts),
        in_post_after=np.zeros_like(staff.in_post_after),
    )
    return weighted_total(staff_costs(person).components, staff.index_factor)


def tasks_of(layout: Layout, options: StaffingFile, drawn: Drawn, hub: int, kinds: Sequence[Kind]) -> Tasks:
    """Return who may do what of a Hub's tasks, and how long they take in each draw.

    Raises
    ------
    WaitingError
        If a Hub has no post that may do one of its tasks.
    """
    names, need = task_ids(layout), drawn.need[:, hub]
    shape = (len(kinds), len(names))
    allowed, able = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    share = np.zeros(len(names))
    pools = [layout.pools.index(kind.entry.post.pool) for kind in kinds]
    for column, name in enumerate(names):
        option = options.activities[name]
        by = option.done_by if option.complex_by is None else option.complex_by
        share[column] = 0.0 if option.complex_share is None else option.complex_share.mean
        allowed[:, column] = counted(kinds, option.done_by)
        able[:, column] = counted(kinds, by) & allowed[:, column]
        label = lower(layout.spec.activities[name].label)
        _require_somebody(layout.hubs[hub], label, need[:, column], allowed[:, column], option.done_by)
        _require_somebody(layout.hubs[hub], label, need[:, column] * share[column], able[:, column], by)
    per_need = np.where(allowed, np.swapaxes(drawn.pace[:, :, pools], 1, 2), np.inf)
    return Tasks(need=need, hours_per_need=per_need, complex_share=share, takes_complex=able)


def counted(kinds: Sequence[Kind], names: Sequence[str]) -> BoolArray:
    """Return which kinds of post are, or belong to a pool that is, among the names. Shape (kind,)."""
    return np.array([kind.name in names or kind.entry.post.pool in names for kind in kinds])


def starts_needed(year: Year, wait_weeks: float) -> FloatArray:
    """Return the starts in an average month that keep the wait, [people/month]. Shape (draw, hub)."""
    lists = year.waiting.inputs
    opening, months = total(lists.opening_list, axis=2), _month_pace(year)
    return starts_for_wait(opening, lists.arrivals, lists.attrition, months, wait_weeks / WEEKS_PER_MONTH)


def needs(layout: Layout, options: StaffingFile, year: Year, starts: FloatArray) -> FloatArray:
    """Return the hours of each task, as a person of time multiplier 1 without indirect time takes them.

    Shape (draw, hub, task). [hours/year]
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
        columns.append(total(hours / _pace(layout, options, year, name)[:, None, :], axis=2))
    return np.stack(columns, axis=2)


def therapy_tasks(layout: Layout) -> BoolArray:
    """Return which tasks grow with the starts of therapy. Shape (task,)."""
    return np.array([layout.spec.activities[name].driver in _THERAPY for name in task_ids(layout)])


def sessions_of_starts(year: Year, starts: FloatArray) -> FloatArray:
    """Return the booked sessions of a number of starts.

    Parameters
    ----------
    year
        Of the draws.
    starts
        In an average month. Shape (draw, hub). [people/month]

    Returns
    -------
    Shape (draw, hub). [sessions/week]
    """
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


def lower(label: str) -> str:
    """Return a label as it stands within a sentence."""
    return label[0].lower() + label[1:]


def _hours_of_post(year: Year) -> FloatArray:
    """Return working hours of a whole post, vacancies and new starters taken off.

    Shape (draw, post). [hours/(WTE*year)]
    """
    staff = year.inputs.staff
    productive = year.waiting.multiplier.mean(axis=1)[:, None]
    hours = staff.working_hours + staff.sickness_hours
    return np.asarray(hours * (1.0 - staff.vacancy_share) * productive)


def _month_pace(year: Year) -> FloatArray:
    """Return starts of each month against an average one. Shape (draw, month). [ratio]."""
    return np.asarray(year.waiting.multiplier / year.waiting.multiplier.mean(axis=1, keepdims=True))


def _pace(layout: Layout, options: StaffingFile, year: Year, task: str) -> FloatArray:
    """Return the hours that each staff pool takes for an hour of need. Shape (draw, pool). [ratio]."""
    multiplier = np.array([options.pools[pool].time_multiplier.mean for pool in layout.pools])
    direct_only = float(layout.spec.activities[task].time_basis == "direct_only")
    return np.asarray(multiplier * (1.0 + year.inputs.activities.indirect_ratio * direct_only))


def _require_somebody(hub: str, task: str, need: FloatArray, who: BoolArray, by: Sequence[str]) -> None:
    if not np.all(np.isfinite(need)):
        raise WaitingError(f"{hub}: the hours of {task} are not known, because nobody attends it")
    if need.max() > 0.0 and not who.any():
        raise WaitingError(
            f"{hub}: no post may do {task}, or its complex cases: none is, or belongs to, {' or '.join(by)}. "
            "Add a post, or name others in staffing_options.yaml"
        )
