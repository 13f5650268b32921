"""What staffing holds a list, what clears it, when the extra can go, and how many are left unserved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from costmodel.analysis.backlog_figures import (
    FIGURES,
    FollowedDraws,
    follow_draws,
    list_to_clear,
    plan_figures,
)
from costmodel.analysis.backlog_sensitivity import Variation, variations
from costmodel.analysis.capacity import base_draws, calendar_month
from costmodel.analysis.intervals import CENTRAL_90, finite_or_none, mean_and_interval
from costmodel.analysis.waiting_evidence import evidence_count
from costmodel.gather import Layout
from costmodel.gather.through_time import NO_LIST, OTHER_LIMITS
from costmodel.inputs.specification import ModelSpec
from costmodel.model.backlog import Backlog, Clearance, clear, is_cleared
from costmodel.model.queueing import WaitingError
from costmodel.model.through_time import ThroughTime
from costmodel.model.types import BoolArray, FloatArray
from costmodel.runner import DEFAULT_CHUNK_SIZE, Progress, chunks, require_few_failures
from costmodel.uncertainty.draws import realise
from costmodel.uncertainty.sampling import Design

DEFAULT_TARGET_WEEKS: Final = 4.0
_LEAST: Final = 0.005


@dataclass(frozen=True)
class Plan:
    """The question: how soon, how short a list, and how staff and referrals answer.

    Attributes
    ----------
    months
        In which the list is to be cleared.
    target_weeks
        A list of so many weeks' referrals counts as cleared. [weeks]
    elasticity
        By how many per cent referrals rise when waits fall by one per cent.
    lead_months
        From the decision to the first day in post; None for the recruitment lag of `waiting.yaml`. [months]
    """

    months: int
    target_weeks: float = DEFAULT_TARGET_WEEKS
    elasticity: float = 0.0
    lead_months: int | None = None


@dataclass(frozen=True)
class PlanFigure:
    """One figure of one Hub: at the base case, and over the draws that can clear the list in time."""

    name: str
    label: str
    unit: str
    base_case: float | None
    mean: float | None
    lower_5: float | None
    upper_95: float | None


@dataclass(frozen=True)
class HubPlan:
    """What one Hub takes.

    Attributes
    ----------
    hub
        Id.
    figures
        In a fixed order, then the extra staff, and those who must stay, by pool.
    feasible
        Whether the base case can be cleared in time.
    share_feasible, share_without_extra
        Share of draws in which some number of extra staff clears it in time; and in which those in post do it
        by themselves.
    share_with_base_extra
        Share of draws in which the base case's extra staff are enough; None where it cannot be cleared.
    why_not
        What stands in the way of the base case; empty where nothing does.
    release
        What to do with the extra staff, and when.
    cleared_in
        Month at whose end the base case is cleared; None where it is not.
    """

    hub: str
    figures: tuple[PlanFigure, ...]
    feasible: bool
    share_feasible: float
    share_without_extra: float
    share_with_base_extra: float | None
    why_not: str
    release: str
    cleared_in: int | None = None

    def figure(self, name: str) -> PlanFigure:
        """Return one figure by name."""
        return next(figure for figure in self.figures if figure.name == name)


@dataclass(frozen=True)
class BacklogAnalysis:
    """The answer for every Hub of a scenario, and how many inputs of its lists are illustrative."""

    scenario: str
    label: str
    plan: Plan
    lead_months: int
    draws: int
    hubs: tuple[HubPlan, ...]
    warnings: tuple[str, ...]
    sensitivity: tuple[Variation, ...] = ()
    evidence: str = ""

    def of(self, hub: str) -> HubPlan:
        """Return one Hub's plan."""
        return next(plan for plan in self.hubs if plan.hub == hub)


def clear_backlog(
    spec: ModelSpec,
    design: Design,
    plan: Plan,
    *,
    chunk_size: int = DEFAULT_CHUNK_SIZE,
    progress: Progress | None = None,
) -> BacklogAnalysis:
    """Return the staffing that clears every Hub's list in time.

    Parameters
    ----------
    spec
        With a waiting list.
    design
        How to draw.
    plan
        How soon and how far.
    chunk_size, progress
        As for `simulate`.

    Raises
    ------
    WaitingError
        If the plan is impossible in itself, or an input is.
    RunError
        If more than 1 draw in 1,000 is impossible.
    """
    _require_possible(plan)
    layout = Layout(spec)
    lead = _lead(spec, plan)
    at_base = follow_draws(layout, base_draws(spec), plan.months)
    _, base_clearance, base = _answer(layout, at_base, plan, lead)
    parts: list[dict[str, FloatArray]] = []
    valid: list[BoolArray] = []
    for start, stop in chunks(design.n, chunk_size):
        followed = follow_draws(layout, realise(spec.plan, design, start, stop), plan.months)
        backlog, _, values = _answer(layout, followed, plan, lead)
        values["enough"] = is_cleared(backlog, base_clearance.extra_wte).astype(np.float64)
        parts.append({name: value[followed.possible] for name, value in values.items()})
        valid.append(followed.possible)
        if progress is not None:
            progress(stop - start)
    require_few_failures(np.concatenate(valid))
    draws = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    hubs = [
        _hub_plan(layout, hub, base, draws, at_base.time, base_clearance, plan, lead)
        for hub in range(len(layout.hubs))
    ]
    return BacklogAnalysis(
        scenario=spec.scenario.name,
        label=spec.scenario.label,
        plan=plan,
        lead_months=lead,
        draws=design.n,
        hubs=tuple(hubs),
        warnings=tuple(_warnings(plan)),
        sensitivity=tuple(_sensitivity(layout, at_base, plan, lead)),
        evidence=evidence_count(spec),
    )


def _sensitivity(layout: Layout, followed: FollowedDraws, plan: Plan, lead: int) -> Iterator[Variation]:
    """Yield the extra staff at the base case under other lead times and elasticities."""
    for months, elasticity in variations(lead, plan.elasticity, plan.months):
        _, _, values = _answer(layout, followed, replace(plan, elasticity=elasticity), months)
        for number, hub in enumerate(layout.hubs):
            possible = bool(values["feasible"][0, number])
            extra = float(values["extra_wte"][0, number]) if possible else None
            yield Variation(hub, months, elasticity, extra, float(values["left_unserved"][0, number]))


def _require_possible(plan: Plan) -> None:
    if plan.months < 1:
        raise WaitingError(f"a list cannot be cleared in {plan.months} months; give 1 or more")
    if plan.target_weeks <= 0.0:
        raise WaitingError(
            f"the target must be above 0 weeks, because chance always leaves somebody waiting; got "
            f"{plan.target_weeks:g}. Ask for --target-weeks 1 or more"
        )
    if not 0.0 <= plan.elasticity < np.inf:
        raise WaitingError(
            f"the elasticity of referrals must be 0 or more, such as 0.3; got {plan.elasticity:g}"
        )
    if plan.lead_months is not None and plan.lead_months < 0:
        raise WaitingError(f"hiring cannot take {plan.lead_months} months; give 0 or more")


def _lead(spec: ModelSpec, plan: Plan) -> int:
    if plan.lead_months is not None:
        return plan.lead_months
    if spec.waiting is None:
        raise WaitingError(NO_LIST)
    return int(spec.waiting.recruitment_lag.mean)


def _answer(
    layout: Layout, followed: FollowedDraws, plan: Plan, lead: int
) -> tuple[Backlog, Clearance, dict[str, FloatArray]]:
    """Return the lists, what clears them, and every figure of it, of shape (draw, hub) each."""
    backlog = list_to_clear(followed, lead, plan.target_weeks, plan.elasticity)
    clearance = clear(backlog)
    values = plan_figures(followed, backlog, clearance, layout.pools)
    most = layout.spec.waiting.most_extra_wte if layout.spec.waiting else None
    recruitable = np.inf if most is None else most.mean
    within = np.nan_to_num(values["extra_wte"]) <= recruitable
    values["feasible"] = (clearance.feasible & within).astype(np.float64)
    return backlog, clearance, values


def _hub_plan(
    layout: Layout,
    hub: int,
    base: Mapping[str, FloatArray],
    draws: Mapping[str, FloatArray],
    waiting: ThroughTime,
    clearance: Clearance,
    plan: Plan,
    lead: int,
) -> HubPlan:
    feasible = bool(base["feasible"][0, hub])
    cleared = draws["feasible"][:, hub] > 0.0
    names = dict(FIGURES)
    for name, label in (("extra_wte", "Extra staff"), ("wte_short", "Must stay")):
        names |= {
            f"{name}.{pool}": (f"{label}: {each.label}", "WTE") for pool, each in layout.spec.pools.items()
        }
    figures = tuple(
        _figure(name, *names[name], float(base[name][0, hub]), draws[name][:, hub][cleared]) for name in names
    )
    alone = draws["extra_wte"][:, hub] == 0.0
    return HubPlan(
        hub=layout.hubs[hub],
        figures=figures,
        feasible=feasible,
        share_feasible=float(cleared.mean()),
        share_without_extra=float((alone & cleared).mean()),
        share_with_base_extra=float(draws["enough"][:, hub].mean()) if feasible else None,
        why_not="" if feasible else _why_not(layout, hub, base, waiting, clearance, plan, lead),
        release=_release(layout, hub, base, clearance) if feasible else "",
        cleared_in=int(clearance.cleared_in[0, hub]) if feasible else None,
    )


def _figure(name: str, label: str, unit: str, base: float, values: FloatArray) -> PlanFigure:
    statistics = mean_and_interval(values[np.isfinite(values)], CENTRAL_90)
    return PlanFigure(name, label, unit, finite_or_none(base), *statistics)


def _why_not(
    layout: Layout,
    hub: int,
    base: Mapping[str, FloatArray],
    waiting: ThroughTime,
    clearance: Clearance,
    plan: Plan,
    lead: int,
) -> str:
    if lead >= plan.months:
        return (
            f"hiring takes {lead} months and the list is to be cleared in {plan.months}: whoever is hired "
            "today comes too late. Ask for more months, or find staff who can begin sooner (--lead-months)"
        )
    if not clearance.feasible[0, hub]:
        return _places_short(layout, hub, waiting, float(clearance.path.waiting[0, hub, -1]))
    most = layout.spec.waiting.most_extra_wte if layout.spec.waiting else None
    limit = 0.0 if most is None else most.mean
    return (
        f"it takes {float(base['extra_wte'][0, hub]):,.2f} extra WTE, more than the {limit:g} that can be "
        "recruited (most_extra_wte)"
    )


def _places_short(layout: Layout, hub: int, waiting: ThroughTime, at_end: float) -> str:
    """Return what else than staff keeps a list from being cleared."""
    places = waiting.limits[0, hub, :, len(layout.pools) + 1 :].mean(axis=0)
    still = f"with any number of staff {at_end:,.1f} people would still wait"
    caseload = layout.spec.waiting.caseload_per_wte if layout.spec.waiting else None
    if caseload is not None and caseload.mean == 0.0:
        return f"{still}: nobody may have a client in therapy (caseload_per_wte is 0)"
    if not np.isfinite(places.min()):
        return (
            f"{still}: until the last month new starters take more of their colleagues' time than they give"
        )
    what = {"rooms": "rooms allow", "supervision": "supervision of therapy by those in post allows"}
    tight = OTHER_LIMITS[1 + int(places.argmin())]
    return (
        f"{still}: {what[tight]} {float(places.min()):,.1f} starts a month, whoever is hired, and extra "
        "staff can do nothing before their first day"
    )


def _release(layout: Layout, hub: int, base: Mapping[str, FloatArray], clearance: Clearance) -> str:
    month = int(clearance.cleared_in[0, hub])
    when = f"month {month} ({calendar_month(layout.spec, month - 1)})"
    extra, short, temporary, in_therapy = (
        float(base[name][0, hub]) for name in ("extra_wte", "wte_short", "temporary_wte", "in_therapy_at_end")
    )
    if extra == 0.0:
        words = f"no extra staff are needed, as those in post bring the list to target by the end of {when}"
        return words if short < _LEAST else f"{words}, but with {short:,.2f} WTE too few to keep up it grows"
    if temporary < _LEAST:
        return (
            f"release none of the {extra:,.2f} extra WTE after {when}: it takes {short:,.2f} WTE more than "
            "are in post to keep up with referrals, so that the list would grow again"
        )
    words = (
        f"release all {extra:,.2f} extra WTE after {when}"
        if short < _LEAST
        else f"release {temporary:,.2f} of the {extra:,.2f} extra WTE after {when}; the other "
        f"{extra - temporary:,.2f} must stay, or the list would grow again"
    )
    if in_therapy < 0.5:
        return words
    return (
        f"{words}. About {in_therapy:,.0f} of those whom the extra staff took on will be in therapy still: "
        "let them finish it, or hand these clients over"
    )


def _warnings(plan: Plan) -> Iterator[str]:
    if plan.elasticity == 0.0:
        yield (
            "shorter waits are taken to bring no further referrals (elasticity 0); where they do, more staff "
            "are needed than shown. Try --elasticity 0.3"
        )
    yield "people who leave the list unserved are not a success of the plan; they are counted below"
