"""Tables and documents of the questions about waiting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Final

from costmodel.analysis.capacity_types import CapacityAnalysis, StepFigure
from costmodel.analysis.clear_backlog import BacklogAnalysis, HubPlan, PlanFigure
from costmodel.analysis.engines import EngineSteps
from costmodel.analysis.steady_state import SteadyState
from costmodel.report.capacity_words import class_words
from costmodel.report.formatting import share
from costmodel.report.steps import shown_steps, which_steps
from costmodel.report.writing import SCHEMA_VERSION, table_text

SHOWN: Final = ("arrivals", "start_capacity", "starts", "waiting", "mean_wait", "wait_95", "expected_wait")
_HEADER: Final = (
    "accepted", "can start", "start", "waiting", "5 to 95%", "mean wait", "95th pct",
    "referred now", "5 to 95%", "over 18 weeks", "binds",
)  # fmt: skip


def capacity_rows(analysis: CapacityAnalysis) -> Iterator[dict[str, Any]]:
    """Yield every figure as plain data."""
    yield from (asdict(figure) for figure in analysis.figures)


def capacity_document(analysis: CapacityAnalysis) -> dict[str, Any]:
    """Return the analysis as plain data."""
    return {
        "schema_version": SCHEMA_VERSION,
        "scenario": analysis.scenario,
        "label": analysis.label,
        "months": analysis.months,
        "step": analysis.step.name,
        "draws": analysis.draws,
        "engine": analysis.engine,
        "figures": list(capacity_rows(analysis)),
        "binding": [asdict(binding) for binding in analysis.binding],
        "over_period": [asdict(figure) for figure in analysis.period],
        "chance": {hub: _chance_document(steps) for hub, steps in analysis.chance.items()},
        "evidence": analysis.evidence,
        "steady_state": {hub: asdict(steady) for hub, steady in analysis.steady.items()},
        "warnings": list(analysis.warnings),
    }


def capacity_text(analysis: CapacityAnalysis) -> str:
    """Return the analysis as text: a table a Hub, base case with the fan of the list."""
    parts = [
        f"{analysis.label}: demand for therapy against capacity, {_months(analysis.months)}, "
        f"{which_steps(analysis.step, _n_steps(analysis))}, {analysis.draws:,} draws. People a "
        f"{analysis.step.name} and waits in weeks at the base case; ranges are those of 90% of draws."
    ]
    for hub in analysis.hubs:
        parts.append(f"{hub}\n{_hub_table(analysis, hub)}{_steady_text(analysis.steady[hub])}")
        if hub in analysis.chance:
            parts.append(f"{hub}, {_engine_words(analysis, hub)}\n{_chance_table(analysis, hub)}")
            if analysis.chance[hub].by_class:
                parts.append(f"{hub}: {class_words(analysis.chance[hub])}.")
    parts.append(
        f"A person referred now, at the end of a {analysis.step.name}, waits so long if its capacity lasts, "
        f"at an average {analysis.step.name}'s leave. What binds keeps more from starting: hours of a staff "
        "type, caseload, supervision or rooms; where it is demand, nobody is left waiting."
    )
    return _with_evidence(parts, analysis.evidence)


def _with_evidence(parts: list[str], evidence: str) -> str:
    return "\n\n".join([*parts, evidence] if evidence else parts)


def _months(number: int) -> str:
    return "1 month" if number == 1 else f"{number} months"


def _steady_text(steady: SteadyState) -> str:
    """Return where the list settles by itself, or nothing where that was refused: then a warning says why."""
    if steady.refused or steady.load is None:
        return ""
    return (
        f"\nIf the average month went on, at a load of {share(steady.load, 0)}, {_text(steady.waiting)} "
        f"people would wait, {_text(steady.wait)} weeks on average (Erlang C, nobody giving up; "
        f"{_text(steady.settles_in)} months to settle)."
    )


def backlog_rows(analysis: BacklogAnalysis) -> Iterator[dict[str, Any]]:
    """Yield every figure as plain data."""
    for plan in analysis.hubs:
        yield from ({"hub": plan.hub, **asdict(figure)} for figure in plan.figures)


def backlog_document(analysis: BacklogAnalysis) -> dict[str, Any]:
    """Return the analysis as plain data."""
    return {
        "schema_version": SCHEMA_VERSION,
        "scenario": analysis.scenario,
        "label": analysis.label,
        **asdict(analysis.plan),
        "lead_months": analysis.lead_months,
        "draws": analysis.draws,
        "hubs": [{**asdict(hub), "figures": [asdict(f) for f in hub.figures]} for hub in analysis.hubs],
        "sensitivity": [asdict(variation) for variation in analysis.sensitivity],
        "evidence": analysis.evidence,
        "warnings": list(analysis.warnings),
    }


def backlog_text(analysis: BacklogAnalysis) -> str:
    """Return the analysis as text: a table a Hub, then what to do."""
    plan = analysis.plan
    head = (
        f"{analysis.label}: clear the list in {_months(plan.months)}, down to {plan.target_weeks:g} weeks' "
        f"referrals; hires begin after {_months(analysis.lead_months)}; {analysis.draws:,} draws"
    )
    parts = [f"{_plan_text(each)}\n\n{_sensitivity_text(analysis, each.hub)}" for each in analysis.hubs]
    return _with_evidence([head, *parts], analysis.evidence)


def _sensitivity_text(analysis: BacklogAnalysis, hub: str) -> str:
    """Return the extra staff by lead time, a column for each answer of referrals to waits."""
    own = {(v.lead_months, v.elasticity): v for v in analysis.sensitivity if v.hub == hub}
    answers = sorted({elasticity for _, elasticity in own})
    header = ["hires begin after", *(f"elasticity {answer:g}" for answer in answers)]
    cells = [
        [_months(lead), *(_extra(own[lead, answer].extra_wte) for answer in answers)]
        for lead in sorted({lead for lead, _ in own})
    ]
    return (
        "Extra WTE to hire at the base case, by lead time and by how many per cent referrals rise when "
        f"waits fall by one per cent:\n{table_text(header, cells, [False, *[True] * len(answers)])}"
    )


def _extra(wte: float | None) -> str:
    return "not possible" if wte is None else f"{wte:.2f}"


def _plan_text(plan: HubPlan) -> str:
    cells = [_plan_cells(figure) for figure in plan.figures if not _nothing(figure)]
    table = table_text(["", "unit", "base case", "mean", "5 to 95%"], cells, [False, False, True, True, True])
    verdict = plan.release if plan.feasible else f"not possible: {plan.why_not}"
    chances = (
        f"{clearing_chances(plan)} Means and ranges are over the draws that can be cleared in "
        "time, each with its own extra staff."
    )
    return f"{plan.hub}\n{table}\n\n{verdict[0].upper()}{verdict[1:]}.\n{chances}"


def clearing_chances(plan: HubPlan) -> str:
    """Return in what share of draws a list is cleared in time: by any staff, by the base case's, by none."""
    extra = plan.figure("extra_wte").base_case
    base = (
        f"; the {extra:,.2f} WTE of the base case would in {share(plan.share_with_base_extra, 0)}"
        if extra and plan.share_with_base_extra is not None
        else ""
    )
    return (
        f"Enough extra staff would clear it in time in {share(plan.share_feasible, 0)} of draws{base}, and "
        f"no extra staff are needed in {share(plan.share_without_extra, 0)}."
    )


def _nothing(figure: PlanFigure) -> bool:
    """Return whether a staff pool needs nobody in any draw."""
    return "." in figure.name and not figure.base_case and not figure.upper_95


def _plan_cells(figure: PlanFigure) -> list[str]:
    # Posts are filled by tenths, so that a tenth is too coarse to see what just suffices.
    decimals = 2 if figure.unit == "WTE" else 1
    base, mean, lower, upper = (
        _text(value, decimals) for value in (figure.base_case, figure.mean, figure.lower_5, figure.upper_95)
    )
    return [figure.label, figure.unit, base, mean, "" if figure.mean is None else f"{lower} to {upper}"]


def _n_steps(analysis: CapacityAnalysis) -> int:
    return analysis.step.steps(analysis.months)


def _hub_table(analysis: CapacityAnalysis, hub: str) -> str:
    by_name = {(f.name, f.step): f for f in analysis.figures if f.hub == hub}
    binding = {b.step: b.base_case for b in analysis.binding if b.hub == hub}
    cells = [
        _step_cells(by_name, step, binding[step]) for step in shown_steps(analysis.step, _n_steps(analysis))
    ]
    header = [analysis.step.name, *_HEADER]
    return table_text(header, cells, [False, *[True] * (len(header) - 2), False])


def _step_cells(by_name: dict[tuple[str, int], StepFigure], step: int, binds: str) -> list[str]:
    shown = {name: by_name[name, step] for name in SHOWN}
    waiting, now, over = (
        shown["waiting"],
        shown["expected_wait"],
        by_name["share_over_18_weeks", step].base_case,
    )
    base = {name: _text(figure.base_case) for name, figure in shown.items()}
    return [
        _named(waiting),
        *(base[name] for name in ("arrivals", "start_capacity", "starts", "waiting")),
        f"{_text(waiting.lower_5)} to {_text(waiting.upper_95)}",
        *(base[name] for name in ("mean_wait", "wait_95")),
        _endless(now.base_case),
        f"{_endless(now.lower_5)} to {_endless(now.upper_95)}",
        "" if over is None else share(over, 0),
        binds,
    ]


def _named(figure: StepFigure) -> str:
    return f"{figure.step:>3}  {figure.calendar}"


def _engine_words(analysis: CapacityAnalysis, hub: str) -> str:
    """Return which engine a table of chance comes from, and from how many replications."""
    replications = analysis.chance[hub].replications
    times = f", {replications} replications" if replications else ""
    return f"base case with the play of chance: {analysis.engine} engine{times}"


def _chance_table(analysis: CapacityAnalysis, hub: str) -> str:
    found = analysis.chance[hub]
    columns = {
        "waiting": found.waiting,
        "90% by chance": None,
        **({"simulation error": found.waiting_se} if found.replications else {}),
        "start": found.starts,
        "leave": found.left_list,
        "wait, weeks": found.wait,
    }
    steps = analysis.by_step(hub, "waiting")
    cells = []
    for place in (step - 1 for step in shown_steps(analysis.step, len(steps))):
        between = f"{_text(float(found.waiting_lower[place]))} to {_text(float(found.waiting_upper[place]))}"
        values = [between if each is None else _text(float(each[place])) for each in columns.values()]
        cells.append([_named(steps[place]), *values])
    return table_text([analysis.step.name, *columns], cells, [False, *[True] * len(columns)])


def _chance_document(steps: EngineSteps) -> dict[str, Any]:
    import numpy as np

    document: dict[str, Any] = {
        name: [float(value) if np.isfinite(value) else None for value in values]
        for name, values in vars(steps).items()
        if name not in ("replications", "by_class")
    }
    by_class = [
        {name: value if value == value else None for name, value in asdict(each).items()}
        for each in steps.by_class
    ]
    return {**document, "replications": steps.replications, "by_class": by_class}


def _text(value: float | None, decimals: int = 1) -> str:
    if value is None or value != value:
        return "-"
    return "no end" if value == float("inf") else f"{value:,.{decimals}f}"


def _endless(weeks: float | None) -> str:
    """Return an expected wait, which has no end where nobody can start."""
    return _text(float("inf") if weeks is None else weeks)
