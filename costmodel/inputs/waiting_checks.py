"""What `waiting.yaml` cannot say of itself: profiles, names that must exist, what no service can have."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from costmodel.errors import ParameterError, Problem, did_you_mean
from costmodel.inputs.records import JointRecord, Record
from costmodel.inputs.references import Fault, problem_at
from costmodel.inputs.schema import Activity, Hub, Post
from costmodel.inputs.tree import KeyPath, Tree
from costmodel.inputs.waiting_file import MONTHS, WaitingFile, in_calendar_order

_ROOT: Final = ("waiting",)
_SUM_TOLERANCE: Final = 1e-9
_THERAPY: Final = ("therapy_starts", "attended_sessions", "completions", "dropouts")
_ENTRY: Final = ("screened", "triaged")
_WAITED_FOR: Final = ("assessed", "signposted", "navigated", "brief_support")


def waiting_faults(
    waiting: WaitingFile, pools: Sequence[str], activities: Mapping[str, Activity]
) -> Iterator[Fault]:
    """Yield what is wrong with the file beside units and records that are wrong by themselves.

    Lists of Hubs that have no file are passed over: a project may keep fewer Hubs than were shipped.

    Parameters
    ----------
    waiting
        The validated file.
    pools
        Ids of all staff pools.
    activities
        In the order in which they are served.
    """
    yield from _order_faults(activities)
    yield from _profile_faults("retention", waiting.retention)
    yield from _profile_faults("new_starter_output", waiting.new_starter_output, rising=True)
    yield from _calendar_faults(("leave_by_month",), waiting.leave_by_month)
    surge = waiting.arrivals.surge
    if surge is not None and surge.half_life.mean == 0.0:
        message = "must be greater than 0, or the surge is over as it begins; got 0"
        yield (*_ROOT, "arrivals", "surge", "half_life"), message
    if waiting.arrivals.by_month is not None:
        yield from _calendar_faults(("arrivals", "by_month"), waiting.arrivals.by_month)
    if waiting.priority_classes is not None:
        yield from _whole_faults(("priority_classes",), waiting.priority_classes)
    yield from _below_one("turnover", waiting.turnover)
    yield from _whole_months("recruitment_lag", waiting.recruitment_lag)
    if waiting.supervision is not None and waiting.supervision.pool not in pools:
        hint = did_you_mean(waiting.supervision.pool, pools)
        yield (*_ROOT, "supervision", "pool"), f"there is no staff pool '{waiting.supervision.pool}'.{hint}"
    for hub, own in waiting.hubs.items():
        if own.opening_list_by_age is not None:
            path: KeyPath = ("hubs", hub, "opening_list_by_age")
            yield from _numbered(path, own.opening_list_by_age, first=0)
            yield from _whole_faults(path, own.opening_list_by_age)


def _order_faults(activities: Mapping[str, Activity]) -> Iterator[Fault]:
    """Yield what cannot be served after therapy: stages passed before it, and people served before it."""
    drivers = [activity.driver for activity in activities.values()]
    first = next((place for place, driver in enumerate(drivers) if driver in _THERAPY), len(drivers))
    before = dict(zip(map(_people_of, drivers[:first]), activities, strict=False))
    for name, driver in list(zip(activities, drivers, strict=True))[first:]:
        other = before.get(_people_of(driver))
        if other is not None and _people_of(driver) in _WAITED_FOR:
            message = (
                f"is served after therapy and '{other}' before it, both for the same {_people_of(driver)}: "
                "who waits for one would count as served by the other. Serve both before or both after it"
            )
            yield ("activities", name), message
        if driver in _ENTRY:
            message = (
                "is served after therapy, but a client is screened and triaged before being accepted for "
                "therapy. Give it a lower number of served"
            )
            yield ("activities", name), message


def _people_of(driver: str) -> str:
    """Return whom an activity serves: brief sessions are those of the people in brief support."""
    return "brief_support" if driver == "brief_sessions" else driver


def waiting_of_run(tree: Tree, waiting: WaitingFile | None, hubs: Sequence[str]) -> WaitingFile:
    """Return what `waiting.yaml` says of the Hubs of a run.

    Raises
    ------
    ParameterError
        If there is no such file, or it leaves out a Hub.
    """
    if waiting is None:
        folder = tree.locate(()).file or "parameters"
        message = "is missing: a question about waiting needs the list, attrition and courses of therapy"
        raise ParameterError([Problem(f"{folder}/waiting.yaml", None, "", message)])
    missing = [hub for hub in hubs if hub not in waiting.hubs]
    if missing:
        message = (
            f"has no entry for Hub {', '.join(missing)}; it has {', '.join(waiting.hubs)}. Give its "
            "opening_list (0 if nobody waits), or correct its name"
        )
        raise ParameterError([problem_at(tree, ("waiting", "hubs"), message)])
    return waiting.model_copy(update={"hubs": {hub: waiting.hubs[hub] for hub in hubs}})


def service_faults(
    waiting: WaitingFile, hubs: Mapping[str, Hub], activities: Mapping[str, Activity]
) -> Iterator[Fault]:
    """Yield what the list and the service say together that no service can have, Hub by Hub.

    Parameters
    ----------
    waiting
        The validated file.
    hubs, activities
        Of the other files. Hubs without an entry in `waiting.yaml` are not asked about.
    """
    giving = {
        pool
        for activity in activities.values()
        if activity.driver in _THERAPY
        for pool, minutes in activity.minutes.items()
        if minutes.mean > 0.0
    }
    for name, own in waiting.hubs.items():
        hub = hubs.get(name)
        if hub is None:
            continue
        if hub.pathway.dropout_share.mean >= 1.0:
            message = "must be below 1, or nobody ever completes therapy; got 1"
            yield (f"hub_{name}", "pathway", "dropout_share"), message
        if hub.pathway.sessions_per_completion.mean == 0.0:
            message = (
                "must be greater than 0, as a course of therapy has sessions; got 0. If the Hub gives no "
                "therapy, give 0 as its hub_share_of_therapy instead"
            )
            yield (f"hub_{name}", "pathway", "sessions_per_completion"), message
        if own.opening_caseload is not None:
            people, path = own.opening_caseload.mean, (*_ROOT, "hubs", name, "opening_caseload")
            for each, wte, key, who in _caps(waiting, hub, giving):
                if people > each * wte * (1.0 + _SUM_TOLERANCE):
                    message = (
                        f"{people:,.10g} clients are in therapy today, but the {wte:.2f} WTE in post {who} "
                        f"may carry {each * wte:,.1f} ({key}, {each:g}): nobody could start. Raise {key}, or "
                        "correct the caseload or the posts"
                    )
                    yield path, message


def _caps(waiting: WaitingFile, hub: Hub, giving: Collection[str]) -> Iterator[tuple[float, float, str, str]]:
    """Yield what caps a caseload: people for each WTE, the WTE in post, the cap's key, and whose it is."""
    if waiting.caseload_per_wte is not None:
        yield waiting.caseload_per_wte.mean, _wte_today(hub, giving), "caseload_per_wte", "who give therapy"
    if waiting.supervision is not None:
        pool, each = waiting.supervision.pool, waiting.supervision.clients_per_wte.mean
        yield each, _wte_today(hub, {pool}), "supervision.clients_per_wte", f"of {pool}, who supervise,"


def _wte_today(hub: Hub, pools: Collection[str]) -> float:
    return sum(_filled_today(post) for post in hub.posts.values() if post.pool in pools)


def _filled_today(post: Post) -> float:
    if post.in_post_after is not None and post.in_post_after.mean > 0.0:
        return 0.0
    vacancy = 0.0 if post.vacancy_share is None else post.vacancy_share.mean
    return post.wte.mean * (1.0 - vacancy)


def _fixed_values(path: KeyPath, record: JointRecord) -> Iterator[Fault]:
    if record.value is None:
        yield (
            (*_ROOT, *path),
            "must be fixed values, the same in every draw; give value in place of distribution",
        )


def _numbered(path: KeyPath, record: JointRecord, *, first: int) -> Iterator[Fault]:
    yield from _fixed_values(path, record)
    expected = [f"month_{first + number}" for number in range(len(record.components))]
    if in_calendar_order(record.components) != expected:
        yield (*_ROOT, *path, "components"), f"must be {', '.join(expected)}"


def _profile_faults(name: str, record: JointRecord, *, rising: bool = False) -> Iterator[Fault]:
    """Yield the faults of shares by month: they begin with 1 and fall, or rise to their last."""
    yield from _numbered((name,), record, first=1)
    given = record.value or {}
    shares = [given[name] for name in in_calendar_order(given)]
    pairs = list(pairwise(shares))
    if rising and any(later < earlier for earlier, later in pairs):
        yield (
            (*_ROOT, name, "value"),
            f"must not fall: a new starter does no less in a later month; got {_listed(shares)}",
        )
    if not rising and (shares[:1] not in ([], [1.0]) or any(later > earlier for earlier, later in pairs)):
        yield (
            (*_ROOT, name, "value"),
            f"must begin with 1 and never rise: nobody returns to a course; got {_listed(shares)}",
        )
    if not rising and shares and shares[-1] == 0.0:
        message = f"must end above 0; leave out months in which nobody is left; got {_listed(shares)}"
        yield (*_ROOT, name, "value"), message


def _listed(shares: Sequence[float]) -> str:
    return ", ".join(f"{share:g}" for share in shares)


def _calendar_faults(path: KeyPath, record: JointRecord) -> Iterator[Fault]:
    yield from _fixed_values(path, record)
    if in_calendar_order(record.components) != list(MONTHS):
        yield (*_ROOT, *path, "components"), f"must be {', '.join(MONTHS)}"
    if record.value is not None and not sum(record.value.values()) > 0.0:
        yield (*_ROOT, *path, "value"), "must not be 0 in every month"


def _whole_faults(path: KeyPath, record: JointRecord) -> Iterator[Fault]:
    yield from _fixed_values(path, record)
    total = sum(record.value.values()) if record.value is not None else 1.0
    if abs(total - 1.0) > _SUM_TOLERANCE:
        yield (*_ROOT, *path, "value"), f"must add up to 1; the shares add up to {total:g}"


def _below_one(name: str, record: Record) -> Iterator[Fault]:
    if record.mean >= 1.0:
        yield (*_ROOT, name), f"must be below 1, or nobody stays a year; got {record.mean:g}"


def _whole_months(name: str, record: Record) -> Iterator[Fault]:
    if record.distribution is not None:
        yield (*_ROOT, name), "must be a fixed whole number of months; give value in place of distribution"
    elif not float(record.mean).is_integer():
        yield (*_ROOT, name), f"must be a whole number of months; got {record.mean:g}"
