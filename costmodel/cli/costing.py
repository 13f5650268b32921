"""Verbs about what a service costs: an hour of its staff, a scenario, and how one number came about."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from costmodel.cli.options import following, out_folder, scenario_option, scenarios_here
from costmodel.cli.request import DrawnRequest, Request, asking, reading, warn
from costmodel.report.terminal import outcomes_text, print_json

if TYPE_CHECKING:
    from costmodel.analysis.unit_costs import Convention

CONVENTIONS: Final = ("statutory", "pssru_as_published")
HEADLINES: Final = (
    "total_hub_cost",
    "total_hub_cost@hub_host",
    "unused_capacity_cost",
    "cost_per_registered",
    "cost_per_screened",
    "cost_per_therapy_start",
    "cost_per_completion",
    "cost_per_attended_session",
    "cost_per_1000_keyworkers",
    "other_service_use_cost_per_client",
    "total_cost_per_client",
    "reconciliation_gap",
)
WAITING_HEADLINES: Final = ("n_therapy_starts", "n_waiting", "mean_wait", "expected_wait")


@click.command(
    "unit-costs",
    epilog="Examples: costmodel unit-costs --edition 2023; costmodel unit-costs --file my.yaml --format csv",
)
@click.option("--edition", default=None, help="Edition of the Manual [default: 2024].")
@click.option(
    "--convention",
    type=click.Choice(CONVENTIONS),
    default=None,
    help="Statutory on-costs, to cost with [default]; or the Manual's own, to reproduce it.",
)
@click.option(
    "--file", "staff_file", type=click.Path(path_type=Path), help="Cost the staff of this file instead."
)
@reading
def unit_costs(
    edition: str | None, convention: Convention | None, staff_file: Path | None, request: Request
) -> None:
    """Print the cost of an hour of every staff type, with each component."""
    from costmodel.analysis import unit_costs as costing
    from costmodel.report import unit_costs as documents

    project = request.project
    if staff_file is not None:
        if edition is not None:
            raise click.UsageError("--edition chooses from the Manuals; a --file names its own rules")
        rows = costing.unit_costs_of_file(project, staff_file, convention)
    else:
        rows = costing.unit_costs(project, edition or costing.DEFAULT_EDITION, convention or "statutory")
    if request.output_format == "json":
        print_json(documents.unit_costs_json(rows))
    elif request.output_format == "csv":
        click.echo(documents.unit_costs_csv(rows), nl=False)
    else:
        click.echo(documents.unit_cost_table(rows))
        if convention == "pssru_as_published" and staff_file is None:
            differing = costing.exceptions(costing.reproduction(project))
            shown = [row for row in differing if row.edition == (edition or costing.DEFAULT_EDITION)]
            click.echo("\n" + documents.reproduction_table(shown) if shown else "")


@click.command(
    epilog="Examples: costmodel run; costmodel run junior_heavy --draws 20000; costmodel run my.yaml --out x"
)
@click.argument("scenario", default="base_case", shell_complete=scenarios_here)
@asking(
    following,
    click.option(
        "--keep-draws",
        type=click.IntRange(min=0),
        default=10_000,
        show_default=True,
        help="Draws of parameters kept in draws.parquet.",
    ),
    out_folder("The run's folder [default: outputs/SCENARIO/RUN-ID]."),
)
def run(scenario: str, keep_draws: int, request: DrawnRequest) -> None:
    """Cost SCENARIO and write its report, figures, tables and draws."""
    from costmodel import api
    from costmodel.labels import PERSPECTIVE_LABELS

    question = partial(
        api.run_to_folder,
        scenario,
        out=request.out,
        keep_draws=keep_draws,
        command=request.command(f"run {scenario}"),
    )
    simulation, folder = request.ask(question, f"Running {scenario}", afterwards="Writing the report")
    report = folder / "report.html"
    with simulation:
        spec = simulation.spec
        warn(spec.warnings)
        names = HEADLINES if spec.waiting is None else (*HEADLINES, *WAITING_HEADLINES)
        headlines = [simulation.outcome(name) for name in names]
    drawn = f"{request.draws:,} draws, seed {request.seed}"
    whose = f"perspective of {PERSPECTIVE_LABELS['nhs_pss']} where none is named"
    title = f"{spec.scenario.label}: {spec.frame.price_year} prices, {whose}, {drawn}"
    request.show(
        headlines,
        lambda outcomes: f"{title}\n\n{outcomes_text(outcomes)}\n\nReport: {report}",
        lambda outcomes: map(asdict, outcomes),
        lambda outcomes: {"folder": str(folder), "report": str(report), "outcomes": [*map(asdict, outcomes)]},
    )


@click.command(epilog="Example: costmodel explain cost_per_registered --depth 4")
@click.argument("result")
@click.option(
    "--depth", type=click.IntRange(min=1), default=3, show_default=True, help="Levels of the tree to print."
)
@scenario_option
@reading
def explain(result: str, depth: int, scenario: str, request: Request) -> None:
    """Print how one number of the base case came about, down to parameters and sources."""
    from costmodel.analysis.explain import explain as explanation_of
    from costmodel.analysis.explain import node_json, node_rows, render

    node = explanation_of(request.project.specification(scenario), result)
    request.show(node, partial(render, depth=depth), node_rows, node_json)
