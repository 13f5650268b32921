"""Verbs about who waits, and what staff it takes."""

from __future__ import annotations

from functools import partial

import click

from costmodel.cli.options import (
    SEARCH_DRAWS,
    SEARCH_SOBOL_DRAWS,
    drawing,
    engine_option,
    following,
    months_ahead,
    probability,
    target_weeks,
    whole_months,
)
from costmodel.cli.request import DrawnRequest, asking, warn


@click.command(
    epilog="Examples: costmodel capacity new_surge; costmodel capacity four_hubs --months 24 --engine markov"
    "; costmodel capacity new_surge --months 6 --time-step week"
)
@click.argument("scenario", default="base_case")
@months_ahead(36)
@asking(following)
def capacity(scenario: str, months: int, request: DrawnRequest) -> None:
    """Set demand for therapy against capacity by month or week: waits, what binds, and how sure we are."""
    from costmodel import api
    from costmodel.report.waiting import capacity_document, capacity_rows, capacity_text

    question = partial(api.capacity, scenario, months)
    afterwards = "Simulating clients one by one" if request.engine == "des" else ""
    analysis = request.ask(question, f"Running {scenario}", afterwards=afterwards)
    warn(analysis.warnings)
    request.show(analysis, capacity_text, capacity_rows, capacity_document)


@click.command(
    "clear-backlog",
    epilog="Example: costmodel clear-backlog new_surge --months 12 --target-weeks 4 --elasticity 0.3",
)
@click.argument("scenario", default="base_case")
@click.option(
    "--months",
    type=int,
    callback=whole_months,
    default=6,
    show_default=True,
    help="In which to clear it.",
)
@click.option(
    "--target-weeks",
    type=float,
    callback=target_weeks,
    default=4.0,
    show_default=True,
    help="A list of so many weeks' referrals counts as cleared.",
)
@click.option(
    "--elasticity",
    type=click.FloatRange(min=0),
    default=0.0,
    show_default=True,
    help="By how many per cent referrals rise when waits fall by one per cent.",
)
@click.option(
    "--lead-months",
    type=click.IntRange(min=0),
    default=None,
    help="From the decision to the first day in post [default: the recruitment lag of waiting.yaml].",
)
@asking()
def clear_backlog(
    scenario: str,
    months: int,
    target_weeks: float,
    elasticity: float,
    lead_months: int | None,
    request: DrawnRequest,
) -> None:
    """Say what staff clear the waiting list in time, when they can go, and how many leave it unserved."""
    from costmodel import api
    from costmodel.analysis.clear_backlog import Plan
    from costmodel.report.waiting import backlog_document, backlog_rows, backlog_text

    plan = Plan(months, target_weeks, elasticity, lead_months)
    analysis = request.ask(partial(api.clear_backlog, scenario, plan), f"Running {scenario}")
    warn(analysis.warnings)
    request.show(analysis, backlog_text, backlog_rows, backlog_document)


@click.command(
    epilog="Example: costmodel staffing base_case --max-wait-weeks 6 --probability 0.9 --draws 1000"
)
@click.argument("scenario", default="base_case")
@click.option(
    "--max-wait-weeks",
    type=float,
    callback=target_weeks,
    default=6.0,
    show_default=True,
    help="Longest expected wait of a person referred at the end of the months ahead.",
)
@click.option(
    "--probability",
    type=float,
    callback=probability,
    default=0.9,
    show_default=True,
    help="Share of draws in which every task is to be covered and the wait kept.",
)
@months_ahead(12)
@asking(engine_option, draw=drawing(SEARCH_DRAWS, SEARCH_SOBOL_DRAWS))
def staffing(
    scenario: str, max_wait_weeks: float, probability: float, months: int, request: DrawnRequest
) -> None:
    """Find the cheapest posts that cover every task and keep the wait, and say what that rests on."""
    from costmodel import api
    from costmodel.analysis.staffing_types import StaffingQuestion
    from costmodel.report.staffing import staffing_document, staffing_rows, staffing_text

    question = StaffingQuestion(max_wait_weeks, probability, months)
    analysis = request.ask(
        partial(api.staffing, scenario, question), f"Running {scenario}", afterwards="Searching"
    )
    warn(analysis.warnings)
    if request.output_format == "csv":  # rows are posts, and where there is no answer there are none
        warn([f"{hub.hub}: not possible: {hub.why_not}" for hub in analysis.hubs if not hub.feasible])
    request.show(analysis, staffing_text, staffing_rows, staffing_document)
