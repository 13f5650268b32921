"""Waiting, hours and hiring of several scenarios for the page that sets them side by side."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from costmodel.analysis.capacity_compared import CapacityCompared, Compared
from costmodel.analysis.clear_backlog import BacklogAnalysis, HubPlan
from costmodel.analysis.frontier import ALIKE, Estimate, Option
from costmodel.report.capacity_chapter import used_rows
from costmodel.report.capacity_words import evidence_sentence, hub_headings
from costmodel.report.figures_capacity import Band, list_band, list_context, list_over_time
from costmodel.report.figures_hiring import hiring_picture, post_label
from costmodel.report.figures_hours import hours_used
from costmodel.report.formatting import money_short, share
from costmodel.report.frontier import (
    HARDLY_SHORTER,
    frontier_document,
    frontier_picture,
    frontier_rows,
    price_of_week,
    standing,
)
from costmodel.report.picture import Picture
from costmodel.report.table import Row, Table
from costmodel.report.waiting import (
    backlog_document,
    capacity_document,
    capacity_rows,
    clearing_chances,
)
from costmodel.report.writing import write_csv, write_json
from costmodel.text import NOT_APPLICABLE

_HEADING_WIDTH: Final = 30
_WHOSE: Final = "Costs are those of NHS and personal social services; people, weeks and hours are anybody's."


@dataclass(frozen=True)
class CapacitySection:
    """What the page shows of waiting; where it cannot be compared, one line and nothing else."""

    why_not: str = ""
    answers: tuple[str, ...] = ()
    evidence: str = ""
    sure: tuple[str, ...] = ()
    options: Table | None = None
    posts: Table | None = None
    clearing: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()

    @cached_property
    def picture_of(self) -> Mapping[str, Picture]:
        """The pictures by name."""
        return {picture.name: picture for picture in self.pictures}


WITHOUT_WAITING: Final = CapacitySection("Nobody asked about waiting when these scenarios were compared.")


def capacity_section(found: CapacityCompared) -> CapacitySection:
    """Return what the page shows of waiting."""
    compared = found.compared
    if compared is None:
        return CapacitySection(found.why_not)
    return CapacitySection(
        answers=tuple(_answers(compared)),
        evidence=evidence_sentence(*compared.specs),
        sure=(
            _sure(compared),
            _WHOSE,
        ),
        options=options_table(compared),
        posts=posts_table(compared) if compared.posts else None,
        clearing=tuple(_clearing(compared)),
        pictures=tuple(_pictures(compared)),
    )


def _labels(compared: Compared) -> dict[str, str]:
    return {spec.scenario.name: spec.scenario.label for spec in compared.specs}


def _answers(compared: Compared) -> Iterator[str]:
    """Yield cost against wait in a sentence a scenario."""
    for option in compared.frontier.options:
        verdict = "; dominated: another costs no more and waits no longer" if option.dominated else ""
        if option.scenario in compared.frontier.apart:
            verdict = "; it serves other referrals, so it is no option for the others"
        price = price_of_week(option)
        if price == HARDLY_SHORTER:
            verdict = f"; that is {price} less than in the next cheaper one"
        elif price:
            verdict = f"; each week less than in the next cheaper one costs {price} a week"
        yield (
            f"“{option.label}” costs {money_short(option.cost.mean)} a year, and people referred over "
            f"{compared.frontier.question.months} months wait {_weeks(option.wait)}{verdict}."
        )


def _weeks(wait: Estimate) -> str:
    between = f"5 to 95% of draws: {wait.lower_5:.1f} to {wait.upper_95:.1f}"
    return f"{wait.mean:.1f} weeks on average ({between})"


def _sure(compared: Compared) -> str:
    by_chance = (
        "; the play of chance is hatched, at the base case"
        if any(analysis.chance for analysis in compared.analyses)
        else ", not the play of chance, which --engine markov adds at the base case"
    )
    return (
        f"How sure: bands and lines span 5 to 95% of {compared.frontier.draws:,} draws, the same for every "
        f"scenario. They show what is not known about the inputs{by_chance}. Referrals and "
        "what treatment achieves are taken to be the same whatever the staff. A wait beyond "
        "two years counts as two years."
    )


def options_table(compared: Compared) -> Table:
    """Return cost, wait and use of capacity of each scenario."""
    rows = tuple(Row(_option_cells(option, compared.frontier.apart)) for option in compared.frontier.options)
    frontier = compared.frontier
    return Table(
        f"Cost against wait: £ a year, {frontier.price_year} prices, NHS and personal social services; means "
        f"and 5 to 95% of {frontier.draws:,} draws",
        (
            "Scenario",
            "Cost, £ a year",
            "5 to 95%, £",
            "Expected wait, weeks",
            "5 to 95%, weeks",
            "Capacity to start used, %",
            "5 to 95%, %",
            "£ a week for each week of wait less",
        ),
        rows,
        note="Waits are those of people referred over the months ahead. Dominated: another scenario costs no "
        f"more and waits no longer, by the means. {HARDLY_SHORTER.capitalize()}: hardly shorter than the "
        "next cheaper, so that a week less has no price. Only scenarios that serve as many people as the "
        f"first, within {share(ALIKE, 0)}, are options for it; one with other referrals is shown for what it "
        "costs and how long people wait.",
    )


def _option_cells(option: Option, apart: Collection[str]) -> tuple[str, ...]:
    cost, wait, used = option.cost, option.wait, option.utilisation
    return (
        option.label,
        money_short(cost.mean),
        f"{money_short(cost.lower_5)} to {money_short(cost.upper_95)}",
        f"{wait.mean:.1f}",
        f"{wait.lower_5:.1f} to {wait.upper_95:.1f}",
        share(used.mean, 0),
        f"{100.0 * used.lower_5:.0f} to {share(used.upper_95, 0)}",
        standing(option, apart, "cheapest"),
    )


def posts_table(compared: Compared) -> Table:
    """Return who is hired and whose posts end."""
    labels = _labels(compared)
    rows = tuple(
        Row(
            (
                labels[post.scenario],
                post_label(post),
                NOT_APPLICABLE if post.in_post is None else f"{post.in_post:g}",
                ", ".join(share(stage.output, 0) for stage in post.stages if stage.name == "ramp")
                or NOT_APPLICABLE,
                "stays" if post.ends is None else f"{post.ends:g}",
            )
        )
        for post in compared.posts
    )
    return Table(
        "Who is hired and whose posts end, months from the decision",
        (
            "Scenario",
            "Posts, WTE",
            "In post after, months",
            "Work of a new starter by month in post, %",
            "Ends after, months",
        ),
        rows,
        words=(0, 1),
        note="Posts of the same staff type, pool and contract count together: who holds one can take "
        "another. Posts end once new staff are in post, and at once where nobody is hired: the parameters "
        "hold no notice period. Agency and bank staff are taken to come as late as others, unless a post "
        "says when it is filled.",
    )


def _clearing(compared: Compared) -> Iterator[str]:
    """Yield what clears each scenario's list."""
    for spec, backlog in zip(compared.specs, compared.backlogs, strict=True):
        headings = hub_headings(spec)
        for plan in backlog.hubs:
            where = f", {headings[plan.hub]}" if len(headings) > 1 else ""
            yield f"“{spec.scenario.label}”{where}, {_verdict(plan, backlog)}"


def _verdict(plan: HubPlan, backlog: BacklogAnalysis) -> str:
    words = plan.release if plan.feasible else f"the list cannot be cleared: {plan.why_not}"
    return f"within {backlog.plan.months} months: {words}. {clearing_chances(plan)}"


def _pictures(compared: Compared) -> Iterator[Picture]:
    draws = f"{compared.frontier.draws:,} draws"
    yield frontier_picture(compared.frontier)
    yield _lists(compared)
    rows = [
        row
        for spec, analysis in zip(compared.specs, compared.analyses, strict=True)
        for row in used_rows(analysis, spec, spec.scenario.label)
    ]
    yield hours_used(
        "compared_hours_used",
        "How much of the staff's hours is used",
        f"share of hours, all of {compared.analyses[0].months} months, mean of {draws}; lines: 5 to 95% "
        "of draws",
        rows,
    )
    if compared.posts:
        yield hiring_picture(compared.posts, _labels(compared), _hiring_context(compared))


def _lists(compared: Compared) -> Picture:
    bands: list[Band] = []
    reference: dict[int, Band] = {}
    first: dict[str, Band] = {}
    for spec, analysis in zip(compared.specs, compared.analyses, strict=True):
        for hub in analysis.hubs:
            where = f"{hub_headings(spec)[hub]}, " if len(analysis.hubs) > 1 else ""
            band = list_band(analysis, hub, _heading(f"{where}{spec.scenario.label}"))
            if hub in first:
                reference[len(bands)] = first[hub]
            elif spec is compared.specs[0]:
                first[hub] = band
            bands.append(band)
    context = list_context(next((each for each in compared.analyses if each.chance), compared.analyses[0]))
    return list_over_time(
        "compared_waiting_list", "How many people wait for therapy", context, bands, reference
    )


def _heading(label: str) -> str:
    return "\n".join(textwrap.wrap(label, _HEADING_WIDTH, max_lines=3, placeholder=" …"))


def _hiring_context(compared: Compared) -> str:
    return (
        f"posts against “{textwrap.shorten(compared.specs[0].scenario.label, 50, placeholder=' …')}”, WTE; "
        f"hiring takes {compared.recruitment.lag:g} months\nfrom the decision unless a post says otherwise; "
        "an ended post ends when new staff are in post"
    )


def write_compared(found: CapacityCompared, folder: Path) -> None:
    """Write the figures of the page's part on waiting as CSV and JSON, if there are any."""
    compared = found.compared
    if compared is None:
        return
    rows = [
        {"scenario": analysis.scenario, **row}
        for analysis in compared.analyses
        for row in capacity_rows(analysis)
    ]
    write_csv(folder / "capacity.csv", rows)
    write_csv(folder / "frontier.csv", frontier_rows(compared.frontier))
    write_csv(folder / "hiring.csv", hiring_rows(compared))
    write_json(folder / "capacity.json", compared_document(compared))


def hiring_rows(compared: Compared) -> list[dict[str, Any]]:
    """Return every stage of every change of posts as plain data."""
    return [
        {
            "scenario": post.scenario,
            "posts": post.label,
            "why": post.why,
            "wte": post.wte,
            "stage": stage.name,
            "from_month": stage.start,
            "to_month": stage.end,
            "output_share": stage.output,
        }
        for post in compared.posts
        for stage in post.stages
    ]


def compared_document(compared: Compared) -> dict[str, Any]:
    """Return waiting side by side as plain data."""
    return {
        "scenarios": [capacity_document(analysis) for analysis in compared.analyses],
        "frontier": frontier_document(compared.frontier),
        "recruitment": asdict(compared.recruitment),
        "hiring": hiring_rows(compared),
        "clear_backlog": [backlog_document(backlog) for backlog in compared.backlogs],
    }
