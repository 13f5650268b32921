"""Tables and documents of the questions about waiting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, Final

from costmodel.analysis.capacity import CapacityAnalysis, MonthFigure
from costmodel.analysis.clear_backlog import BacklogAnalysis, HubPlan, PlanFigure
from costmodel.analysis.engines import EngineMonths
from costmodel.analysis.steady_state import SteadyState
from costmodel.report.writing import table_text

SHOWN: Final = ("arrivals", "start_capacity", "starts", "waiting", "mean_wait", "wait_95", "expected_wait")
_HEADER: Final = (
    "month", "accepted", "can start", "start", "waiting", "5 to 95 %", "mean wait", "95th pct",
    "referred now", "over 18 weeks", "binds",
)  # fmt: skip
_MOST_ROWS: Final = 12


def capacity_rows(analysis: CapacityAnalysis) -> Iterator[dict[str, Any]]:
    """Yield every figure as plain data."""
    yield from (asdict(figure) for figure in analysis.figures)


def capacity_document(analysis: CapacityAnalysis) -> dict[str, Any]:
    """Return the analysis as plain data."""
    return {
        "scenario": analysis.scenario,
        "label": analysis.label,
        "months": analysis.months,
        "draws": analysis.draws,
        "engine": analysis.engine,
        "figures": list(capacity_rows(analysis)),
        "binding": [asdict(binding) for binding in analysis.binding],
        "chance": {hub: _months_document(months) for hub, months in analysis.chance.items()},
        "steady_state": {hub: asdict(steady) for hub, steady in analysis.steady.items()},
        "warnings": list(analysis.warnings),
    }


def capacity_text(analysis: CapacityAnalysis) -> str:
    """Return the analysis as text: a table a Hub, base case with the fan of the list."""
    parts = [
        f"{analysis.label}: demand for therapy against capacity, {analysis.months} months, "
        f"{analysis.draws:,} draws. Base case; the range of the list is that of the draws. Waits in weeks."
    ]
    for hub in analysis.hubs:
        parts.append(f"{hub}\n{_hub_table(analysis, hub)}{_steady_text(analysis.steady[hub])}")
        if analysis.engine != "fluid":
            parts.append(f"{hub}, {analysis.engine} engine\n{_chance_table(analysis, hub)}")
    return "\n\n".join(parts)


def _steady_text(steady: SteadyState) -> str:
    """Return where the list settles by itself, or nothing where that was refused: then a warning says why."""
    if steady.refused or steady.load is None:
        return ""
    return (
        f"\nIf the average month went on, at a load of {_percent(steady.load)}, {_text(steady.waiting)} "
        f"would wait, {_text(steady.wait)} weeks on average (Erlang C, nobody giving up; "
        f"{_text(steady.settles_in)} months to settle)."
    )


def backlog_rows(analysis: BacklogAnalysis) -> Iterator[dict[str, Any]]:
    """Yield every figure as plain data."""
    for plan in analysis.hubs:
        yield from ({"hub": plan.hub, **asdict(figure)} for figure in plan.figures)


def backlog_document(analysis: BacklogAnalysis) -> dict[str, Any]:
    """Return the analysis as plain data."""
    return {
        "scenario": analysis.scenario,
        "label": analysis.label,
        **asdict(analysis.plan),
        "lead_months": analysis.lead_months,
        "draws": analysis.draws,
        "hubs": [{**asdict(hub), "figures": [asdict(f) for f in hub.figures]} for hub in analysis.hubs],
        "warnings": list(analysis.warnings),
    }


def backlog_text(analysis: BacklogAnalysis) -> str:
    """Return the analysis as text: a table a Hub, then what to do."""
    plan = analysis.plan
    head = (
        f"{analysis.label}: clear the list in {plan.months} months, down to {plan.target_weeks:g} weeks' "
        f"referrals; hires begin after {analysis.lead_months} months; {analysis.draws:,} draws"
    )
    return "\n\n".join([head, *(_plan_text(each) for each in analysis.hubs)])


def _plan_text(plan: HubPlan) -> str:
    cells = [_plan_cells(figure) for figure in plan.figures if not _nothing(figure)]
    table = table_text(
        ["", "unit", "base case", "mean", "5 to 95 %"], cells, [False, False, True, True, True]
    )
    verdict = plan.release if plan.feasible else f"not possible: {plan.why_not}"
    chances = (
        f"Cleared in time in {_percent(plan.share_feasible)} of draws, without extra staff in "
        f"{_percent(plan.share_without_extra)}. Means and ranges are over the draws that are cleared in time."
    )
    return f"{plan.hub}\n{table}\n\n{verdict[0].upper()}{verdict[1:]}.\n{chances}"


def _nothing(figure: PlanFigure) -> bool:
    """Return whether a staff pool needs nobody in any draw."""
    return "." in figure.name and not figure.base_case and not figure.upper_95


def _plan_cells(figure: PlanFigure) -> list[str]:
    spread = "" if figure.mean is None else f"{_text(figure.lower_5)} to {_text(figure.upper_95)}"
    return [figure.label, figure.unit, _text(figure.base_case), _text(figure.mean), spread]


def _hub_table(analysis: CapacityAnalysis, hub: str) -> str:
    by_name = {(f.name, f.month): f for f in analysis.figures if f.hub == hub}
    binding = {b.month: b.base_case for b in analysis.binding if b.hub == hub}
    cells = [_month_cells(by_name, month, binding[month]) for month in _shown_months(analysis.months)]
    return table_text(list(_HEADER), cells, [False, *[True] * (len(_HEADER) - 2), False])


def _month_cells(by_name: dict[tuple[str, int], MonthFigure], month: int, binds: str) -> list[str]:
    shown = {name: by_name[name, month] for name in SHOWN}
    waiting, over = shown["waiting"], by_name["share_over_18_weeks", month].base_case
    base = {name: _text(figure.base_case) for name, figure in shown.items()}
    return [
        f"{month:>3}  {waiting.calendar}",
        *(base[name] for name in ("arrivals", "start_capacity", "starts", "waiting")),
        f"{_text(waiting.lower_5)} to {_text(waiting.upper_95)}",
        *(base[name] for name in ("mean_wait", "wait_95", "expected_wait")),
        "" if over is None else _percent(over),
        binds,
    ]


def _chance_table(analysis: CapacityAnalysis, hub: str) -> str:
    months = analysis.chance[hub]
    lower, upper = months.waiting_lower, months.waiting_upper
    header = ["month", "waiting", "90 % by chance", "simulation error", "start", "leave", "wait, weeks"]
    cells = [
        [
            str(month),
            _text(float(months.waiting[month - 1])),
            f"{_text(float(lower[month - 1]))} to {_text(float(upper[month - 1]))}",
            _text(float(months.waiting_se[month - 1])),
            _text(float(months.starts[month - 1])),
            _text(float(months.left_list[month - 1])),
            _text(float(months.wait[month - 1])),
        ]
        for month in _shown_months(analysis.months)
    ]
    return table_text(header, cells, [True] * len(header))


def _shown_months(months: int) -> Sequence[int]:
    """Return the months of a table: every one of a year, then every third, and the last."""
    return [
        month for month in range(1, months + 1) if month <= _MOST_ROWS or month % 3 == 0 or month == months
    ]


def _months_document(months: EngineMonths) -> dict[str, list[float | None]]:
    import numpy as np

    return {
        name: [float(value) if np.isfinite(value) else None for value in getattr(months, name)]
        for name in EngineMonths.__dataclass_fields__
    }


def _text(value: float | None) -> str:
    if value is None or value != value:
        return "-"
    return "no end" if value == float("inf") else f"{value:,.1f}"


def _percent(share: float) -> str:
    return f"{100.0 * share:.0f} %"
