"""Who is hired and whose post ends between two scenarios, and when they can do what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple

from costmodel.analysis.capacity import base_draws
from costmodel.analysis.clear_backlog import BacklogAnalysis
from costmodel.gather import Layout, gather
from costmodel.gather.through_time import NO_LIST
from costmodel.inputs.specification import ModelSpec
from costmodel.inputs.waiting_file import in_calendar_order
from costmodel.model.evaluate import evaluate
from costmodel.model.queueing import WaitingError
from costmodel.model.staffing import once_filled
from costmodel.model.types import Perspective

Why = Literal["added", "to fill", "ended", "temporary", "lasting"]
Kind = tuple[str, str, str]
"""What posts are taken for one another: pool, contract and staff type."""
_LEAST: Final = 1e-9
_LONGEST_LABEL: Final = 50


@dataclass(frozen=True)
class Stage:
    """Months, counted from the decision, in which a post gives so much of its work; its end is None if open.

    Attributes
    ----------
    name
        recruiting, ramp, productive, or ending.
    start, end
        [months]
    output
        Work against an experienced colleague's. [share]
    """

    name: Literal["recruiting", "ramp", "productive", "ending"]
    start: float
    end: float | None
    output: float


@dataclass(frozen=True)
class PostChange:
    """Posts of one kind that a scenario adds or ends.

    Attributes
    ----------
    scenario, label
        Whose, and what the posts are called.
    why
        Whether they are added or ended against the comparator, still to be filled where the comparator's are
        in post; or what clears a waiting list, temporary or, to keep up with referrals after that, lasting.
    wte
        Above 0 where added. [WTE]
    stages
        In order.
    """

    scenario: str
    label: str
    why: Why
    wte: float
    stages: tuple[Stage, ...]

    @property
    def in_post(self) -> float | None:
        """First month in post, counted from the decision; None where posts end. [months]."""
        return next((stage.start for stage in self.stages if stage.name in ("ramp", "productive")), None)

    @property
    def ends(self) -> float | None:
        """When the last of it ends; None where it stays. [months]."""
        return self.stages[-1].end


@dataclass(frozen=True)
class Recruitment:
    """How long hiring takes, and what a new starter can do by month in post; the last month goes on."""

    lag: float
    output: tuple[float, ...]

    def taking(self, months: float) -> Recruitment:
        """Return how hiring goes for a post that says itself when it is filled; 0 if it does not."""
        return replace(self, lag=months) if months > 0.0 else self


class _Held(NamedTuple):
    """A post: its size, what it is called, and the months until its first day."""

    wte: float
    label: str
    months: float


def recruitment_of(spec: ModelSpec) -> Recruitment:
    """Return how hiring goes, as `waiting.yaml` says.

    Parameters
    ----------
    spec
        With a waiting list.

    Raises
    ------
    WaitingError
        If the specification holds no waiting list.
    """
    if spec.waiting is None:
        raise WaitingError(NO_LIST)
    means = spec.waiting.new_starter_output.means
    output = tuple(float(means[name]) for name in in_calendar_order(means))
    return Recruitment(float(spec.waiting.recruitment_lag.mean), output)


def hire(recruitment: Recruitment, end: float | None = None) -> tuple[Stage, ...]:
    """Return the stages of a post from the decision to hire, up to its end if it is temporary.

    Examples
    --------
    >>> for stage in hire(Recruitment(4.0, (0.5, 1.0))):
    ...     print(stage.name, stage.start, stage.end, stage.output)
    recruiting 0.0 4.0 0.0
    ramp 4.0 5.0 0.5
    productive 5.0 None 1.0
    """
    lag, output = recruitment.lag, recruitment.output
    stages = [Stage("recruiting", 0.0, lag, 0.0)] if lag > 0.0 else []
    last = len(output) - 1
    for month, share in enumerate(output):
        closes = lag + month + 1.0 if month < last else end
        start = lag + month
        if end is not None and start >= end:
            break
        closes = closes if end is None or closes is None else min(closes, end)
        stages.append(Stage("productive" if month == last else "ramp", start, closes, share))
    return tuple(stages)


def hiring(reference: ModelSpec, scenario: ModelSpec) -> tuple[PostChange, ...]:
    """Return the posts that a scenario adds to those of a comparator, fills later, and ends.

    Posts of the same staff type, pool and contract are one kind, whichever Hub or name they have: who
    holds one can take the other. Posts that end do so once new staff are in post, and at once where none are
    hired; the parameters hold no notice.

    Parameters
    ----------
    reference, scenario
        With a waiting list; how hiring goes is that of the scenario, but for posts that say themselves in how
        many months they are filled.
    """
    before, after = _by_kind(reference), _by_kind(scenario)
    changes = [
        _change(before.get(kind, {}), after.get(kind, {})) for kind in dict.fromkeys([*before, *after])
    ]
    recruitment, name = recruitment_of(scenario), scenario.scenario.name
    added = [each for each in changes if each.wte > _LEAST]
    lag = max((recruitment.taking(each.months).lag for each in added), default=0.0)
    gone = (Stage("ending", 0.0, lag, 1.0),)
    joins: list[tuple[Why, _Held]] = [("added", each) for each in added]
    joins += [("to fill", each) for each in _to_fill(before, after)]
    found = [
        PostChange(name, each.label, why, each.wte, hire(recruitment.taking(each.months)))
        for why, each in joins
    ]
    found += [PostChange(name, each.label, "ended", each.wte, gone) for each in changes if each.wte < -_LEAST]
    return tuple(found)


def staff_who_clear(analysis: BacklogAnalysis, spec: ModelSpec) -> Iterator[PostChange]:
    """Yield the staff who clear a scenario's waiting lists: those released once that is done, and others.

    Hubs whose list cannot be cleared in time, or needs nobody, have none. Others are those without whom the
    list would grow again.
    """
    recruitment = Recruitment(float(analysis.lead_months), recruitment_of(spec).output)
    for plan in analysis.hubs:
        if plan.cleared_in is None:
            continue
        where = f", {spec.hubs[plan.hub].label}" if len(spec.hubs) > 1 else ""
        for pool, record in spec.pools.items():
            extra = plan.figure(f"extra_wte.{pool}").base_case or 0.0
            stay = min(plan.figure(f"wte_short.{pool}").base_case or 0.0, extra)
            kinds: tuple[tuple[Why, float, float | None], ...] = (
                ("temporary", extra - stay, float(plan.cleared_in)),
                ("lasting", stay, None),
            )
            for why, wte, end in kinds:
                if wte > _LEAST:
                    label = f"{record.label}{where}"
                    yield PostChange(analysis.scenario, label, why, wte, hire(recruitment, end))


def cost_once_filled(layout: Layout) -> float:
    """Return what a year costs with everybody in post from its first day, all Hubs, base case. [GBP/year]."""
    inputs = gather(layout, base_draws(layout.spec))
    filled = evaluate(replace(inputs, staff=once_filled(inputs.staff)))
    return float(filled.outcomes.hub_cost[0, 0, Perspective.NHS_PSS])


def _by_kind(spec: ModelSpec) -> Mapping[Kind, Mapping[str, _Held]]:
    """Return every post, kind by kind, by its identity."""
    kinds: dict[Kind, dict[str, _Held]] = {}
    for entry in spec.posts:
        kind = (entry.post.pool, entry.post.contract, entry.post.staff or entry.identity)
        wte = spec.parameters[f"{entry.prefix}.wte"].expected
        held = _Held(wte, entry.post.label, spec.in_post_after(entry))
        kinds.setdefault(kind, {})[entry.identity] = held
    return kinds


def _change(before: Mapping[str, _Held], after: Mapping[str, _Held]) -> _Held:
    """Return how the posts of one kind change together, what they are called, and when the last is filled."""
    labels, whole, months = [], 0.0, 0.0
    for post in dict.fromkeys([*after, *before]):
        old, new = before.get(post), after.get(post)
        change = (new.wte if new else 0.0) - (old.wte if old else 0.0)
        whole += change
        named = new or old
        if abs(change) > _LEAST and named:
            labels.append(named.label)
            months = max(months, new.months if new else 0.0)
    return _Held(whole, _together(labels), months)


def _to_fill(
    before: Mapping[Kind, Mapping[str, _Held]], after: Mapping[Kind, Mapping[str, _Held]]
) -> Iterator[_Held]:
    """Yield the posts of both, of one size, that are filled later than in the comparator."""
    for kind, posts in after.items():
        for identity, new in posts.items():
            old = before.get(kind, {}).get(identity)
            if old and new.months > old.months and abs(new.wte - old.wte) <= _LEAST:
                yield new


def _together(labels: Sequence[str]) -> str:
    """Return what posts of one kind are called together, in few words."""
    first, *others = list(dict.fromkeys(labels)) or [""]
    whole = "; ".join([first, *others])
    if not others or len(whole) <= _LONGEST_LABEL:
        return whole
    return f"{first}, and {len(others)} other{'s' if len(others) > 1 else ''}"
