"""Verbs that set scenarios or Hubs against each other: cost, consequences, budgets and waits."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict
from functools import partial

import click

from costmodel.cli.options import following, months_ahead, out_folder, scenario_names, scenarios_here
from costmodel.cli.request import DrawnRequest, Request, asking, reading, warn
from costmodel.report.terminal import table_of


@click.command(epilog="Example: costmodel compare base_case junior_heavy consultant_heavy --out comparison")
@scenario_names("SCENARIO SCENARIO...")
@asking(
    following,
    out_folder("Also write a page, figures and JSON to this folder."),
    click.option(
        "--outreach-budget",
        type=click.FloatRange(min=0, min_open=True),
        default=50_000.0,
        show_default=True,
        help="Pounds a year to split between under-served groups.",
    ),
)
def compare(names: tuple[str, ...], outreach_budget: float, request: DrawnRequest) -> None:
    """Set scenarios against the first one named, draw by draw on common random numbers."""
    from costmodel import api
    from costmodel.analysis.compare import compare_all
    from costmodel.report.comparison_tables import comparison_document, comparison_rows, comparison_text

    if len(names) < 2:
        raise click.UsageError("name at least two scenarios; the first is what the others are compared with")
    options, project = request.options, request.project
    run_all = partial(api.run_all, names, out=request.out)
    afterwards = "Writing the comparison" if request.out is not None else ""
    with ExitStack() as stack:
        simulations = request.ask(run_all, "Comparing", runs=len(names), afterwards=afterwards)
        for simulation in simulations:
            stack.enter_context(simulation)
        comparisons = compare_all(simulations)
        beside = api.consequences(simulations, names, outreach_budget, options, project=project)
        request.keep(
            lambda out, command: api.write_comparison(
                simulations, comparisons, options, out, command, project, beside
            ),
            f"compare {' '.join(names)}",
            "Comparison",
            "comparison.html",
        )
    request.show(
        list(zip(comparisons, beside, strict=True)),
        lambda pairs: "\n\n".join(comparison_text(*pair) for pair in pairs),
        lambda _: comparison_rows(comparisons, beside),
        lambda pairs: [comparison_document(*pair) for pair in pairs],
    )


@click.command(epilog="Example: costmodel diff base_case junior_heavy")
@click.argument("reference", shell_complete=scenarios_here)
@click.argument("scenario", shell_complete=scenarios_here)
@reading
def diff(reference: str, scenario: str, request: Request) -> None:
    """List what two scenarios hold differently; nothing is run."""
    from costmodel.analysis.compare import Changed, changed_parameters

    def text(changes: tuple[Changed, ...]) -> str:
        if not changes:
            return f"{reference} and {scenario} hold the same."
        cells = [[c.name, c.reference, c.scenario, c.unit, c.reason] for c in changes]
        return table_of(["name", reference, scenario, "unit", "reason"], cells)

    project = request.project
    changed = changed_parameters(project.specification(reference), project.specification(scenario))
    request.show(
        changed, text, lambda changes: map(asdict, changes), lambda changes: list(map(asdict, changes))
    )


@click.command("budget-impact", epilog="Example: costmodel budget-impact junior_heavy --years 3 --out budget")
@click.argument("scenario", shell_complete=scenarios_here)
@click.option(
    "--against",
    default="base_case",
    show_default=True,
    shell_complete=scenarios_here,
    help="Scenario of the current service.",
)
@click.option(
    "--years",
    type=click.IntRange(min=1, max=30),
    default=5,
    show_default=True,
    help="Financial years ahead.",
)
@asking(out_folder("Also write a figure, CSV, JSON and text to this folder."))
def budget_impact(scenario: str, against: str, years: int, request: DrawnRequest) -> None:
    """Say what SCENARIO costs more than the current service, year by year in cash, and who pays."""
    from costmodel import api
    from costmodel.report.budget import impact_document, impact_rows, impact_text

    question = partial(api.budget_impact, scenario, against, years)
    impact = request.ask(question, f"Running {against} and {scenario}")
    request.keep(
        lambda out, command: api.write_budget_impact(
            impact, (against, scenario), request.options, out, command, request.project
        ),
        f"budget-impact {scenario} --against {against} --years {years}",
        "Budget impact",
    )
    request.show(impact, impact_text, impact_rows, impact_document)


@click.command(epilog="Example: costmodel hubs four_hubs --out hubs")
@click.argument("scenario", default="four_hubs", shell_complete=scenarios_here)
@asking(out_folder("Also write a funnel plot, CSV, JSON and text here."))
def hubs(scenario: str, request: DrawnRequest) -> None:
    """Set Hubs beside each other, at the same case mix and prices, without ranking them."""
    from costmodel import api
    from costmodel.report.hubs import hubs_document, hubs_rows, hubs_text

    compared = request.ask(partial(api.hubs, scenario), f"Running {scenario}")
    request.keep(
        lambda out, command: api.write_hubs(
            compared, scenario, request.options, out, command, request.project
        ),
        f"hubs {scenario}",
        "Hubs",
    )
    request.show(compared, hubs_text, hubs_rows, hubs_document)


@click.command(
    epilog="Examples: costmodel frontier base_case junior_heavy; costmodel frontier four_hubs --pooled"
)
@scenario_names("SCENARIO...")
@click.option(
    "--fewer",
    type=float,
    default=2.0,
    show_default=True,
    help="Most therapy staff to take from each Hub. [WTE]",
)
@click.option(
    "--more", type=float, default=4.0, show_default=True, help="Most therapy staff to add to each Hub. [WTE]"
)
@click.option("--step", "apart", type=float, default=0.5, show_default=True, help="Between options. [WTE]")
@months_ahead(12)
@click.option("--pooled", is_flag=True, help="Also with one queue for all Hubs of a scenario.")
@asking(out_folder("Also write a figure, CSV and JSON to this folder."))
def frontier(
    names: tuple[str, ...],
    fewer: float,
    more: float,
    apart: float,
    months: int,
    pooled: bool,
    request: DrawnRequest,
) -> None:
    """Set cost against wait over staffing options: which nothing beats, and what a week less costs."""
    from costmodel import api
    from costmodel.analysis.frontier import FrontierQuestion
    from costmodel.report.frontier import frontier_document, frontier_rows, frontier_text

    question = FrontierQuestion(fewer, more, apart, months, pooled)
    analysis = request.ask(partial(api.frontier, names, question), "Running", runs=len(names))
    warn(analysis.warnings)
    words = f"frontier {' '.join(names)} --fewer {fewer:g} --more {more:g} --step {apart:g} --months {months}"
    request.keep(
        partial(api.write_frontier, analysis, names, request.options, request.project),
        words + (" --pooled" if pooled else ""),
        "Frontier",
        "frontier.svg",
    )
    request.show(analysis, frontier_text, frontier_rows, frontier_document)
