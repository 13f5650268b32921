"""What staffing holds a list, what clears it, when the extra can go, and how many are left unserved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from costmodel.analysis.backlog_sensitivity import Variation, variations
from costmodel.analysis.capacity import base_draws, calendar_month, waiting_of
from costmodel.analysis.intervals import CENTRAL_90, finite_or_none, mean_and_interval
from costmodel.gather import Layout
from costmodel.gather.through_time import NO_LIST, OTHER_LIMITS
from costmodel.inputs.specification import ModelSpec
from costmodel.model.arrays import ratio, total
from costmodel.model.backlog import Backlog, Clearance, clear
from costmodel.model.list_capacity import WEEKS_PER_MONTH
from costmodel.model.queueing import WaitingError
from costmodel.model.therapy_capacity import hires_output
from costmodel.model.through_time import ThroughTime
from costmodel.model.types import BoolArray, FloatArray
from costmodel.runner import DEFAULT_CHUNK_SIZE, Progress, chunks, require_few_failures
from costmodel.uncertainty.draws import realise
from costmodel.uncertainty.sampling import Design

DEFAULT_TARGET_WEEKS: Final = 4.0

_FIGURES: Final = {
    "opening_list": ("Waiting today", "people"),
    "arrivals": ("Accepted for therapy, an average month", "people/month"),
    "target_queue": ("List that counts as cleared", "people"),
    "wte_now": ("Staff time free for therapy now", "WTE"),
    "wte_to_hold": ("Staff time that keeps up with referrals", "WTE"),
    "wte_to_clear": ("Staff time that clears the list", "WTE"),
    "extra_wte": ("Temporary extra staff", "WTE"),
    "wte_short": ("Staff short of keeping up, pool by pool", "WTE"),
    "list_at_end": ("Waiting at the end, with the extra staff", "people"),
    "list_at_end_without": ("Waiting at the end, without", "people"),
    "starts": ("Starts, with the extra staff", "people"),
    "starts_without": ("Starts, without", "people"),
    "left_unserved": ("Leave the list unserved, with the extra staff", "people"),
    "left_unserved_without": ("Leave the list unserved, without", "people"),
}


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
        In a fixed order, then the extra staff by pool.
    feasible
        Whether the base case can be cleared in time.
    share_feasible, share_without_extra
        Share of draws in which it can; and in which the staff in post do it by themselves.
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
    why_not: str
    release: str
    cleared_in: int | None = None

    def figure(self, name: str) -> PlanFigure:
        """Return one figure by name."""
        return next(figure for figure in self.figures if figure.name == name)


@dataclass(frozen=True)
class BacklogAnalysis:
    """The answer for every Hub of a scenario."""

    scenario: str
    label: str
    plan: Plan
    lead_months: int
    draws: int
    hubs: tuple[HubPlan, ...]
    warnings: tuple[str, ...]
    sensitivity: tuple[Variation, ...] = ()

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
    base_list, _ = waiting_of(layout, base_draws(spec), plan.months)
    base_backlog = backlog_of(layout, base_list, plan, lead)
    base_clearance = clear(base_backlog)
    base = _values(layout, base_list, base_backlog, base_clearance)
    parts: list[dict[str, FloatArray]] = []
    valid: list[BoolArray] = []
    for start, stop in chunks(design.n, chunk_size):
        waiting, possible = waiting_of(layout, realise(spec.plan, design, start, stop), plan.months)
        backlog = backlog_of(layout, waiting, plan, lead)
        values = _values(layout, waiting, backlog, clear(backlog))
        parts.append({name: value[possible] for name, value in values.items()})
        valid.append(possible)
        if progress is not None:
            progress(stop - start)
    require_few_failures(np.concatenate(valid))
    draws = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    hubs = [
        _hub_plan(layout, hub, base, draws, base_list, base_clearance, plan, lead)
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
        sensitivity=tuple(_sensitivity(layout, base_list, plan, lead)),
    )


def _sensitivity(layout: Layout, waiting: ThroughTime, plan: Plan, lead: int) -> Iterator[Variation]:
    """Yield the extra staff at the base case under other lead times and elasticities."""
    for months, elasticity in variations(lead, plan.elasticity, plan.months):
        backlog = backlog_of(layout, waiting, replace(plan, elasticity=elasticity), months)
        values = _values(layout, waiting, backlog, clear(backlog))
        for number, hub in enumerate(layout.hubs):
            possible = bool(values["feasible"][0, number])
            extra = float(values["extra_wte"][0, number]) if possible else None
            yield Variation(hub, months, elasticity, extra, float(values["left_unserved"][0, number]))


def backlog_of(layout: Layout, waiting: ThroughTime, plan: Plan, lead: int) -> Backlog:
    """Return the list to clear, with what staff, caseload and places allow."""
    inputs, limits = waiting.inputs, waiting.limits
    n_pools = len(layout.pools)
    last_month = inputs.arrivals[..., -1]
    spec_waiting = layout.spec.waiting
    ramp = np.array(list(spec_waiting.new_starter_output.means.values())) if spec_waiting else np.ones(1)
    return Backlog(
        opening=total(inputs.opening_list, axis=2),
        arrivals=inputs.arrivals,
        starts_by_staff=limits[..., :n_pools].min(axis=3),
        starts_by_caseload=limits[..., n_pools],
        starts_by_place=limits[..., n_pools + 1 :].min(axis=3),
        attrition=inputs.attrition,
        output=hires_output(plan.months, lead, ramp),
        target_queue=last_month * plan.target_weeks / WEEKS_PER_MONTH,
        target_wait=plan.target_weeks / WEEKS_PER_MONTH,
        elasticity=plan.elasticity,
    )


def _require_possible(plan: Plan) -> None:
    if plan.months < 1:
        raise WaitingError(f"a list cannot be cleared in {plan.months} months; give 1 or more")
    if plan.target_weeks <= 0.0:
        raise WaitingError(
            f"the target must be above 0 weeks, because chance always leaves somebody waiting; got "
            f"{plan.target_weeks:g}. Ask for --target-weeks 1 or more"
        )
    if plan.lead_months is not None and plan.lead_months < 0:
        raise WaitingError(f"hiring cannot take {plan.lead_months} months; give 0 or more")


def _lead(spec: ModelSpec, plan: Plan) -> int:
    if plan.lead_months is not None:
        return plan.lead_months
    if spec.waiting is None:
        raise WaitingError(NO_LIST)
    return int(spec.waiting.recruitment_lag.mean)


def _values(
    layout: Layout, waiting: ThroughTime, backlog: Backlog, clearance: Clearance
) -> dict[str, FloatArray]:
    """Return every figure. Shape (draw, hub) each."""
    hours = waiting.hours
    # Work of one WTE in an average month ahead, which leave and new starters make less than its hours.
    per_wte = ratio(hours.pool_hours, hours.pool_wte) * waiting.multiplier.mean(axis=1)[:, None, None]
    wte_per_start = np.where(hours.per_start > 0.0, hours.per_start / per_wte, 0.0)
    average = backlog.arrivals.mean(axis=2)
    held = average[..., None] * wte_per_start
    extra_starts = clearance.extra_starts
    staffed = backlog.starts_by_staff.mean(axis=2)
    # Staff are added only to the pools that would otherwise hold the others back.
    before = total(hours.before, axis=3) / hours.before.shape[3]
    free = np.maximum(hours.pool_hours * waiting.multiplier.mean(axis=1)[:, None, None] - before, 0.0)
    now = np.where(hours.per_start > 0.0, free / per_wte, 0.0)
    wanted = (staffed + extra_starts)[..., None] * wte_per_start
    extra = np.where(
        extra_starts[..., None] > 0.0, np.maximum(wanted - now, 0.0), extra_starts[..., None] * 0.0
    )
    path, without = clearance.path, clearance.path_without
    done = clearance.feasible
    values = {
        "opening_list": backlog.opening,
        "arrivals": average,
        "target_queue": backlog.target_queue,
        "wte_now": total(now, axis=2),
        "wte_to_hold": total(held, axis=2),
        "wte_to_clear": total(np.where(np.isnan(extra_starts)[..., None], np.nan, wanted), axis=2),
        "extra_wte": total(extra, axis=2),
        "wte_short": total(np.maximum(held - now, 0.0), axis=2),
        "list_at_end": path.waiting[..., -1],
        "list_at_end_without": without.waiting[..., -1],
        "starts": total(path.starts, axis=2),
        "starts_without": total(without.starts, axis=2),
        "left_unserved": total(path.left_list, axis=2),
        "left_unserved_without": total(without.left_list, axis=2),
    }
    values |= {f"extra_wte.{pool}": extra[..., number] for number, pool in enumerate(layout.pools)}
    most = layout.spec.waiting.most_extra_wte if layout.spec.waiting else None
    recruitable = np.inf if most is None else most.mean
    values["feasible"] = (done & (np.nan_to_num(values["extra_wte"]) <= recruitable)).astype(np.float64)
    return values


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
    names = {**_FIGURES}
    for pool, spec in layout.spec.pools.items():
        names[f"extra_wte.{pool}"] = (f"Temporary extra staff, {spec.label}", "WTE")
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
    at_end = float(clearance.path.waiting[0, hub, -1])
    if not clearance.feasible[0, hub]:
        places = waiting.limits[0, hub, :, len(layout.pools) + 1 :].mean(axis=0)
        what = {"rooms": "rooms allow", "supervision": "supervision of therapy allows"}
        tight = OTHER_LIMITS[1 + int(places.argmin())]
        return (
            f"with any number of staff {at_end:,.0f} people would still wait: {what[tight]} "
            f"{float(places.min()):,.1f} starts a month, whatever the staff, and extra staff can do nothing "
            "before their first day"
        )
    most = layout.spec.waiting.most_extra_wte if layout.spec.waiting else None
    limit = 0.0 if most is None else most.mean
    return (
        f"it takes {float(base['extra_wte'][0, hub]):,.1f} extra WTE, more than the {limit:g} that can be "
        "recruited (most_extra_wte)"
    )


def _release(layout: Layout, hub: int, base: Mapping[str, FloatArray], clearance: Clearance) -> str:
    month = int(clearance.cleared_in[0, hub])
    when = f"month {month} ({calendar_month(layout.spec, month - 1)})"
    if float(base["extra_wte"][0, hub]) == 0.0:
        return (
            f"no extra staff are needed: the staff in post bring the list to its target by the end of {when}"
        )
    short = float(base["wte_short"][0, hub])
    stays = f" but {short:,.2f} WTE, without which the list would grow again" if short > 0.0 else ""
    return f"release the extra staff after {when}, all{stays}"


def _warnings(plan: Plan) -> Iterator[str]:
    if plan.elasticity == 0.0:
        yield (
            "shorter waits are taken to bring no further referrals (elasticity 0); where they do, more staff "
            "are needed than shown. Try --elasticity 0.3"
        )
    yield "people who leave the list unserved are not a success of the plan; they are counted below"
