"""Tables and documents of the cheapest staffing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Final

from costmodel.analysis.staffing_types import HubStaffing, StaffingAnalysis
from costmodel.report.formatting import money_short
from costmodel.report.writing import SCHEMA_VERSION, table_text

_PROVED: Final = 1e-9
_THOUSANDS: Final = 1000.0


def staffing_rows(analysis: StaffingAnalysis) -> Iterator[dict[str, Any]]:
    """Yield every post of every Hub as plain data."""
    for hub in analysis.hubs:
        for post in hub.posts:
            yield {
                "hub": hub.hub,
                **asdict(post),
                "cost_unit": "GBP/year",
                "price_year": analysis.price_year,
                "perspective": "nhs_pss",
            }


def staffing_document(analysis: StaffingAnalysis) -> dict[str, Any]:
    """Return the analysis as plain data."""
    return {
        "schema_version": SCHEMA_VERSION,
        "scenario": analysis.scenario,
        "label": analysis.label,
        **asdict(analysis.question),
        "draws": analysis.draws,
        "seed": analysis.seed,
        "price_year": analysis.price_year,
        "perspective": "nhs_pss",
        "hubs": [asdict(hub) for hub in analysis.hubs],
        "warnings": list(analysis.warnings),
    }


def staffing_text(analysis: StaffingAnalysis) -> str:
    """Return the analysis as text: posts, cost, what binds, and what it assumes, Hub by Hub."""
    question = analysis.question
    head = (
        f"{analysis.label}: the cheapest staffing with an expected wait of at most "
        f"{question.max_wait_weeks:g} weeks after {question.months} months in "
        f"{100 * question.probability:g}% of {analysis.draws:,} draws; {analysis.price_year} prices, NHS "
        "and personal social services"
    )
    return "\n\n".join([head, *(_hub_text(hub, question.max_wait_weeks) for hub in analysis.hubs)])


def _hub_text(hub: HubStaffing, weeks: float) -> str:
    if not hub.feasible:
        return f"{hub.hub}\nNot possible: {hub.why_not}."
    return "\n\n".join(
        [f"{hub.hub}\n{_posts(hub)}", _amounts(hub), _chances(hub, weeks), _prices(hub), _outcomes(hub)]
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
    return table_text(["£ a year", "base case", "mean", "5 to 95%"], cells, [False, True, True, True])


def _chances(hub: HubStaffing, weeks: float) -> str:
    found = (
        f"Every task is covered and the wait kept in {_percent(hub.share_met)} of draws; with the staff of "
        f"today, under the same rules, in {_percent(hub.share_met_now)}. {_bound(hub)} Cheaper than now in "
        f"{_percent(hub.probability_cheaper or 0.0)} of draws."
    )
    return "\n\n".join([found, *_checked(hub, weeks), *_by_chance(hub)])


def _bound(hub: HubStaffing) -> str:
    if hub.above_bound < _PROVED:
        return "No staffing under these rules that does as much costs less."
    less = money_short(hub.above_bound * hub.amount("staff_new").base_case)
    return (
        "This is the cheapest found, and not proved to be the cheapest: another that does as much under "
        f"these rules could cost {less} a year less at most ({100 * hub.above_bound:.1f}%)."
    )


def _checked(hub: HubStaffing, weeks: float) -> Iterator[str]:
    found = hub.verified
    if found is not None:
        median = "has no end" if found.wait_median is None else f"is {found.wait_median:.1f} weeks"
        upper = (
            "and in 5 or more of 100 it has no end"
            if found.wait_upper is None
            else f"and at most {found.wait_upper:.1f} weeks in 95 of 100"
        )
        yield (
            "Checked month by month on the same draws: with these posts "
            f"{_percent(found.share_met)} of draws meet {weeks:g} weeks; the wait at the end {median} in the "
            f"middle draw, {upper}."
        )


def _by_chance(hub: HubStaffing) -> Iterator[str]:
    if hub.chance is not None:
        chance = hub.chance
        yield (
            f"With chance ({chance.engine}), at the base case: the expected wait at the end is "
            f"{chance.wait:.1f} weeks, {chance.wait_without:.1f} without chance; the list is between "
            f"{chance.waiting_lower:.0f} and {chance.waiting_upper:.0f} people in nine of ten years."
        )


def _prices(hub: HubStaffing) -> str:
    lines = [f"- {price.words}: {_price(price.value, price.unit)}" for price in hub.prices]
    head = "What one more in a year would add to the cost, in the draw that decides, were posts of any size:"
    return "\n".join([head, *lines])


def _percent(share: float) -> str:
    return f"{100.0 * share:.3g}%"


def _price(value: float, unit: str) -> str:
    per = {"GBP/hour": "an hour", "GBP/person": "a client", "GBP/(WTE*year)": "a year"}[unit]
    pounds = money_short(abs(value)) if abs(value) >= _THOUSANDS else f"£{abs(value):,.0f}"
    return f"{pounds} {per}{' less' if value < 0.0 else ''}"


def _outcomes(hub: HubStaffing) -> str:
    return f"{hub.outcomes.words}." if hub.outcomes is not None else ""
