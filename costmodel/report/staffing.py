"""Tables and documents of the cheapest staffing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from costmodel.analysis.staffing_types import HubStaffing, StaffingAnalysis
from costmodel.report.formatting import money_short
from costmodel.report.writing import table_text


def staffing_rows(analysis: StaffingAnalysis) -> Iterator[dict[str, Any]]:
    """Yield every post of every Hub as plain data."""
    for hub in analysis.hubs:
        for post in hub.posts:
            yield {"hub": hub.hub, **asdict(post)}


def staffing_document(analysis: StaffingAnalysis) -> dict[str, Any]:
    """Return the analysis as plain data."""
    return {
        "scenario": analysis.scenario,
        "label": analysis.label,
        **asdict(analysis.question),
        "draws": analysis.draws,
        "price_year": analysis.price_year,
        "hubs": [asdict(hub) for hub in analysis.hubs],
        "warnings": list(analysis.warnings),
    }


def staffing_text(analysis: StaffingAnalysis) -> str:
    """Return the analysis as text: posts, cost, what binds, and what it assumes, Hub by Hub."""
    question = analysis.question
    head = (
        f"{analysis.label}: the cheapest staffing with an expected wait of at most "
        f"{question.max_wait_weeks:g} weeks after {question.months} months in "
        f"{100 * question.probability:g} % of {analysis.draws:,} draws; {analysis.price_year} prices"
    )
    return "\n\n".join([head, *(_hub_text(hub) for hub in analysis.hubs)])


def _hub_text(hub: HubStaffing) -> str:
    if not hub.feasible:
        return f"{hub.hub}\nNot possible: {hub.why_not}."
    return "\n\n".join(
        [f"{hub.hub}\n{_posts(hub)}", _amounts(hub), _chances(hub), _prices(hub), _outcomes(hub)]
    )


def _posts(hub: HubStaffing) -> str:
    cells = [
        [
            post.label,
            f"{post.wte_now:.1f}",
            f"{post.wte:.1f}",
            _people(post.wte, post.whole_people, post.part),
            money_short(post.cost),
        ]
        for post in hub.posts
    ]
    return table_text(
        ["", "WTE now", "WTE", "people", "cost a year"], cells, [False, True, True, False, True]
    )


def _people(wte: float, whole: int, part: float) -> str:
    parts = [f"{whole} whole-time"] if whole else []
    parts += [f"one of {part:g} WTE"] if part else []
    return " and ".join(parts) or ("as now" if wte else "nobody")


def _amounts(hub: HubStaffing) -> str:
    cells = [
        [
            a.label,
            money_short(a.base_case),
            money_short(a.mean),
            f"{money_short(a.lower_5)} to {money_short(a.upper_95)}",
        ]
        for a in hub.amounts
    ]
    return table_text(["£ a year", "base case", "mean", "5 to 95 %"], cells, [False, True, True, True])


def _chances(hub: HubStaffing) -> str:
    bound = (
        "No staffing under these rules that does as much costs less."
        if hub.above_bound < 5e-4
        else f"No staffing under these rules that does as much costs {100 * hub.above_bound:.1f} % less."
    )
    cheaper = 100.0 * (hub.probability_cheaper or 0.0)
    return (
        f"Every task is covered and the wait kept in {100 * hub.share_met:.0f} % of draws; with the staff of "
        f"today, under the same rules, in {100 * hub.share_met_now:.0f} %. {bound} Cheaper than now in "
        f"{cheaper:.0f} % of draws."
    )


def _prices(hub: HubStaffing) -> str:
    lines = [f"- {price.words}: {_price(price.value, price.unit)}" for price in hub.prices]
    return "\n".join(["What one more would cost, in the draw that decides:", *lines])


def _price(value: float, unit: str) -> str:
    per = {"GBP/hour": "an hour", "GBP/person": "a client", "GBP/(WTE*year)": "a year"}[unit]
    return f"£{abs(value):,.0f} {per}{' less' if value < 0.0 else ''}"


def _outcomes(hub: HubStaffing) -> str:
    return f"{hub.outcomes.words}." if hub.outcomes is not None else ""
