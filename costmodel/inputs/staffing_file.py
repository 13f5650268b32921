"""What `staffing_options.yaml` may hold: who may do what, supervision, and how much of each post."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from math import ceil
from typing import Annotated, Final

from pydantic import Field, model_validator

from costmodel.errors import ParameterError, Problem, did_you_mean
from costmodel.inputs.records import Record, Text
from costmodel.inputs.references import Fault
from costmodel.inputs.schema import Activity, Hub
from costmodel.inputs.tree import Tree
from costmodel.inputs.validation import StrictModel

_ROOT: Final = "staffing_options"
_ROUNDING: Final = 1e-9
_SMALLEST_STEP: Final = 0.05


class TaskOption(StrictModel):
    """Who may do an activity, and its share of complex cases that only some of them may take.

    Names are staff pools, or posts of a Hub.
    """

    done_by: list[str]
    complex_share: Record | None = None
    complex_by: list[str] | None = None

    @model_validator(mode="after")
    def _who_takes_complex_cases(self) -> TaskOption:
        if (self.complex_share is None) != (self.complex_by is None):
            raise ValueError("give complex_share and complex_by together, or neither")
        return self


class PoolOption(StrictModel):
    """Staff of a pool: time for the same task against others, and supervision received and given."""

    time_multiplier: Record
    supervision: Record
    supervises: bool = False


class PostLimits(StrictModel):
    """How much of a post there must and may be, all its people together."""

    minimum: Record | None = None
    maximum: Record | None = None


class Presence(StrictModel):
    """Staff who must be there whatever there is to do: so many WTE, people, or hours a week at work.

    `who` names staff pools, or posts of a Hub; all of them together count.
    """

    label: Text
    who: Annotated[list[str], Field(min_length=1)]
    wte: Record | None = None
    people: Record | None = None
    hours: Record | None = None

    @model_validator(mode="after")
    def _one_measure(self) -> Presence:
        if sum(each is not None for each in (self.wte, self.people, self.hours)) != 1:
            raise ValueError("give exactly one of wte, people and hours (a week at work)")
        return self


class StaffingFile(StrictModel):
    """Choices of a search for the cheapest staffing. File `staffing_options.yaml`, which only that reads.

    `posts` limits posts by Hub; a post that is not named may be had in any number, or not at all. `presence`
    limits several posts together, in every Hub.
    """

    step: Record
    activities: Annotated[dict[str, TaskOption], Field(min_length=1)]
    pools: Annotated[dict[str, PoolOption], Field(min_length=1)]
    posts: dict[str, dict[str, PostLimits]] = Field(default_factory=dict)
    presence: dict[str, Presence] = Field(default_factory=dict)


def staffing_faults(
    options: StaffingFile, activities: Mapping[str, Activity], pools: Sequence[str], hubs: Mapping[str, Hub]
) -> Iterator[Fault]:
    """Yield what is wrong with the file beside units and records that are wrong by themselves.

    Limits of Hubs and posts that are not there are passed over here, because scenarios remove posts; the
    search warns of them.

    Parameters
    ----------
    options
        The validated file.
    activities, pools, hubs
        Of the other files.
    """
    yield from _step_faults(options.step)
    posts = {(post, record.pool) for hub in hubs.values() for post, record in hub.posts.items()}
    staff = [*pools, *dict.fromkeys(post for hub in hubs.values() for post in hub.posts)]
    for name, task in options.activities.items():
        yield from _unknown(("activities",), name, "activity", list(activities))
        yield from _task_faults(name, task, staff)
        yield from _complex_faults(name, task, staff, posts)
    missing = [
        name for name, each in activities.items()
        if each.driver != "staff_wte" and name not in options.activities
    ]  # fmt: skip
    if missing:
        yield (_ROOT, "activities"), f"must say who may do {', '.join(missing)}"
    for name, pool in options.pools.items():
        yield from _unknown(("pools",), name, "staff pool", pools)
        yield from _fixed(("pools", name, "time_multiplier"), pool.time_multiplier)
        yield from _fixed(("pools", name, "supervision"), pool.supervision)
        if pool.time_multiplier.mean <= 0.0:
            yield (_ROOT, "pools", name, "time_multiplier"), "must be greater than 0; got 0"
        if pool.supervision.mean >= 1.0:
            message = f"must be below 1, or no hour is left to work; got {pool.supervision.mean:g}"
            yield (_ROOT, "pools", name, "supervision"), message
    absent = [pool for pool in pools if pool not in options.pools]
    if absent:
        yield (_ROOT, "pools"), f"must hold every staff pool; {', '.join(absent)} is missing"
    needs = any(pool.supervision.mean > 0.0 for pool in options.pools.values())
    if needs and not any(pool.supervises for pool in options.pools.values()):
        yield (
            (_ROOT, "pools"),
            "supervision is needed and nobody may give it: set supervises: true for a pool",
        )
    for hub, limits in options.posts.items():
        yield from _limit_faults(hub, limits, options.step.mean)
    for name, presence in options.presence.items():
        yield from _presence_faults(name, presence, staff)


def staffing_of_run(tree: Tree, options: StaffingFile | None) -> StaffingFile:
    """Return the options of a run.

    Raises
    ------
    ParameterError
        If there is no such file.
    """
    if options is None:
        folder = tree.locate(()).file or "parameters"
        message = "is missing: the search for staffing needs to know who may do what"
        raise ParameterError([Problem(f"{folder}/{_ROOT}.yaml", None, "", message)])
    return options


def _unknown(path: tuple[str, ...], name: str, what: str, known: Sequence[str]) -> Iterator[Fault]:
    if name not in known:
        hint = did_you_mean(name, known)
        yield (_ROOT, *path, name), f"there is no {what} '{name}'.{hint} There are: {', '.join(known)}"


def _fixed(path: tuple[str, ...], record: Record) -> Iterator[Fault]:
    if record.distribution is not None:
        message = "must be a fixed value, the same in every draw; give value in place of distribution"
        yield (_ROOT, *path), message


def _step_faults(step: Record) -> Iterator[Fault]:
    yield from _fixed(("step",), step)
    size = step.mean
    if 0.0 < size < _SMALLEST_STEP:
        message = f"must be {_SMALLEST_STEP:g} or more: the search weighs every size of post; got {size:g}"
        yield (_ROOT, "step"), message
    elif not 0.0 < size <= 1.0 or abs(round(1.0 / size) * size - 1.0) > _ROUNDING:
        message = f"must go into a whole post without rest, such as 0.1, 0.2, 0.25, 0.5 or 1; got {size:g}"
        yield (_ROOT, "step"), message


def _task_faults(name: str, task: TaskOption, staff: Sequence[str]) -> Iterator[Fault]:
    path = ("activities", name)
    for key, names in (("done_by", task.done_by), ("complex_by", task.complex_by)):
        if names is not None and not names:
            what = "this task" if key == "done_by" else "its complex cases"
            yield (_ROOT, *path, key), f"nobody may do {what}; name at least one staff pool or post"
        for each in names or ():
            if each not in staff:
                hint = did_you_mean(each, staff)
                yield (_ROOT, *path, key), f"there is no staff pool or post '{each}'.{hint}"
    if task.complex_share is not None:
        yield from _fixed((*path, "complex_share"), task.complex_share)


def _complex_faults(
    name: str, task: TaskOption, staff: Collection[str], posts: Collection[tuple[str, str]]
) -> Iterator[Fault]:
    """Yield who is to take complex cases of a task that they may not do; posts come with their pools."""
    may_do = {post for post in posts if not {*post}.isdisjoint(task.done_by)}
    for each in task.complex_by or ():
        belong = {post for post in posts if each in post}
        if task.done_by and each in staff and each not in task.done_by and belong.isdisjoint(may_do):
            message = (
                f"'{each}' may not do this task, and so none of its complex cases; add it to done_by, or "
                "leave it out"
            )
            yield (_ROOT, "activities", name, "complex_by"), message


def _limit_faults(hub: str, limits: Mapping[str, PostLimits], step: float) -> Iterator[Fault]:
    for post, limit in limits.items():
        path = ("posts", hub, post)
        for key, record in (("minimum", limit.minimum), ("maximum", limit.maximum)):
            if record is not None:
                yield from _fixed((*path, key), record)
        if limit.maximum is None:
            continue
        least, most = 0.0 if limit.minimum is None else limit.minimum.mean, limit.maximum.mean
        if most < least:
            message = f"must be at least the minimum, {least:g} WTE; got {most:g}"
            yield (_ROOT, *path, "maximum"), message
        elif least < most and step > 0.0 and step * ceil(least / step - _ROUNDING) > most + _ROUNDING:
            message = (
                f"must leave room for a post: none in steps of {step:g} WTE lies between {least:g} and "
                f"{most:g}. Give maximum and minimum alike to keep a post of another size"
            )
            yield (_ROOT, *path, "maximum"), message


def _presence_faults(name: str, presence: Presence, staff: Sequence[str]) -> Iterator[Fault]:
    path = ("presence", name)
    for each in presence.who:
        if each not in staff:
            hint = did_you_mean(each, staff)
            yield (_ROOT, *path, "who"), f"there is no staff pool or post '{each}'.{hint}"
    for key, record in (("wte", presence.wte), ("people", presence.people), ("hours", presence.hours)):
        if record is not None:
            yield from _fixed((*path, key), record)
    if presence.people is not None and not float(presence.people.mean).is_integer():
        yield (_ROOT, *path, "people"), f"must be a whole number of people; got {presence.people.mean:g}"
