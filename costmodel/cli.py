"""The command line: one verb a question, data on stdout, progress on stderr, exit codes 0, 1 and 2."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from costmodel.cli_options import (
    drawing,
    folders,
    format_option,
    probability,
    scenario_option,
    scenarios_here,
    target_weeks,
    whole_months,
)
from costmodel.report.terminal import (
    print_csv,
    print_data,
    print_json,
    print_outcomes,
    print_parameters,
    print_table,
    progress_bar,
)

if TYPE_CHECKING:
    from costmodel.analysis.engines import Engine
    from costmodel.analysis.unit_costs import Convention
    from costmodel.api import RunOptions
    from costmodel.inputs.project import Project
    from costmodel.runner import Sampler

EXIT_INPUT: Final = 1
EXIT_INTERRUPTED: Final = 130
DEBUG: Final = "--debug"
OBJECTS_BETWEEN_COLLECTIONS: Final = 100_000
"""Reading files makes many objects and no garbage; looking for some more often takes a tenth of a check."""
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


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with: costmodel run. Shell completion: costmodel completion --help.",
)
@click.version_option(package_name="costmodel")
@click.option(DEBUG, is_flag=True, help="Show a traceback where something goes wrong; may stand anywhere.")
def cli(debug: bool) -> None:  # `main` reads it, so that it may stand anywhere
    """Cost a staffed health service from YAML: per client, per what, and how sure we are."""


@cli.command(epilog="Example: costmodel init my-hubs && cd my-hubs && costmodel run")
@click.argument("folder", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Copy parameters and scenarios to FOLDER, to edit."""
    from costmodel import api

    click.echo(f"Wrote {api.init(folder)}: parameters/ and scenarios/. Next: cd {folder} && costmodel run")


@cli.command(epilog="Example: costmodel check --format json")
@folders
@format_option
def check(parameters: Path | None, scenarios: Path | None, output_format: str) -> None:
    """Report every problem of every file, with file and line."""
    from costmodel.errors import ParameterError

    problems, warnings = _project(parameters, scenarios).check()
    if output_format == "table":
        for warning in warnings:
            click.echo(f"warning: {warning}", err=True)
        if problems:
            raise ParameterError(problems)
        click.echo("No problems found.")
        return
    rows = [asdict(problem) for problem in problems]
    print_data(output_format, rows, {"problems": rows, "warnings": warnings})
    if problems:
        sys.exit(EXIT_INPUT)


@cli.command(
    epilog="Examples: costmodel show activities.therapy; costmodel show --evidence illustrative --format csv"
)
@click.argument("name", required=False)
@click.option("--evidence", help="Only this class of evidence, such as published or illustrative.")
@click.option("--unsourced", is_flag=True, help="Only parameters without a source.")
@scenario_option
@folders
@format_option
def show(
    name: str | None,
    evidence: str | None,
    unsourced: bool,
    scenario: str,
    parameters: Path | None,
    scenarios: Path | None,
    output_format: str,
) -> None:
    """List parameters with their evidence and sources; NAME may be the start of a dotted name."""
    from costmodel import api
    from costmodel.inputs.records import EVIDENCE_CLASSES
    from costmodel.report.writing import parameter_row

    if evidence is not None and evidence not in EVIDENCE_CLASSES:
        raise click.BadParameter(f"must be one of {', '.join(EVIDENCE_CLASSES)}", param_hint="--evidence")
    project = _project(parameters, scenarios)
    found = api.show(name, scenario=scenario, evidence=evidence, unsourced=unsourced, project=project)
    if output_format == "table":
        print_parameters(found)
    else:
        rows = [parameter_row(parameter) for parameter in found]
        print_data(output_format, rows, rows)


@cli.command(epilog="Example: costmodel schema hub > hub.schema.json")
@click.argument("of", default="scenario")
def schema(of: str) -> None:
    """Print the JSON Schema of a kind of file: scenario, hub, staff_file, a parameter file, or results."""
    from costmodel import api

    try:
        print_json(api.json_schema(of))
    except KeyError as error:
        raise click.BadParameter(f"must be one of {error.args[0]}", param_hint="OF") from error


@cli.command(
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
@folders
@format_option
def unit_costs(
    edition: str | None,
    convention: Convention | None,
    staff_file: Path | None,
    parameters: Path | None,
    scenarios: Path | None,
    output_format: str,
) -> None:
    """Print the cost of an hour of every staff type, with each component."""
    from costmodel.analysis import unit_costs as costing
    from costmodel.report import unit_costs as documents

    project = _project(parameters, scenarios)
    if staff_file is not None:
        if edition is not None:
            raise click.UsageError("--edition chooses from the Manuals; a --file names its own rules")
        rows = costing.unit_costs_of_file(project, staff_file, convention)
    else:
        rows = costing.unit_costs(project, edition or costing.DEFAULT_EDITION, convention or "statutory")
    if output_format == "json":
        print_json(documents.unit_costs_json(rows))
    elif output_format == "csv":
        click.echo(documents.unit_costs_csv(rows), nl=False)
    else:
        click.echo(documents.unit_cost_table(rows))
        if convention == "pssru_as_published" and staff_file is None:
            differing = costing.exceptions(costing.reproduction(project))
            shown = [row for row in differing if row.edition == (edition or costing.DEFAULT_EDITION)]
            click.echo("\n" + documents.reproduction_table(shown) if shown else "")


@cli.command(
    epilog="Examples: costmodel run; costmodel run junior_heavy --draws 20000; costmodel run my.yaml --out x"
)
@click.argument("scenario", default="base_case", shell_complete=scenarios_here)
@drawing
@click.option(
    "--keep-draws",
    type=click.IntRange(min=0),
    default=10_000,
    show_default=True,
    help="Draws of parameters kept in draws.parquet.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="The run's folder [default: outputs/SCENARIO/RUN-ID]."
)
@folders
@format_option
def run(
    scenario: str,
    draws: int,
    seed: int,
    sampler: Sampler,
    chunk_size: int,
    keep_draws: int,
    out: Path | None,
    parameters: Path | None,
    scenarios: Path | None,
    output_format: str,
) -> None:
    """Cost SCENARIO and write its report, figures, tables and draws."""
    from costmodel import api

    options = api.RunOptions(draws, seed, sampler, chunk_size)
    command = _command(f"run {scenario}", options, parameters, scenarios)
    with progress_bar(draws, f"Running {scenario}", "Writing the report") as progress:
        simulation, folder = api.run_to_folder(
            scenario,
            options,
            out=out,
            keep_draws=keep_draws,
            command=command,
            project=_project(parameters, scenarios),
            progress=progress,
        )
    with simulation:
        for warning in simulation.spec.warnings:
            click.echo(f"warning: {warning}", err=True)
        rows = [asdict(simulation.outcome(name)) for name in HEADLINES]
        if output_format != "table":
            document = {"folder": str(folder), "report": str(folder / "report.html"), "outcomes": rows}
            print_data(output_format, rows, document)
            return
        frame = simulation.spec.frame
        click.echo(
            f"{simulation.spec.scenario.label}: {frame.price_year} prices, {draws:,} draws, seed {seed}\n"
        )
        print_outcomes(rows)
    click.echo(f"\nReport: {folder / 'report.html'}")


@cli.command(epilog="Example: costmodel compare base_case junior_heavy consultant_heavy --out comparison")
@click.argument(
    "names", nargs=-1, required=True, metavar="SCENARIO SCENARIO...", shell_complete=scenarios_here
)
@drawing
@click.option(
    "--out", type=click.Path(path_type=Path), help="Also write a page, figures and JSON to this folder."
)
@click.option(
    "--outreach-budget",
    type=click.FloatRange(min=0, min_open=True),
    default=50_000.0,
    show_default=True,
    help="Pounds a year to split between under-served groups.",
)
@folders
@format_option
def compare(
    names: tuple[str, ...],
    draws: int,
    seed: int,
    sampler: Sampler,
    chunk_size: int,
    out: Path | None,
    outreach_budget: float,
    parameters: Path | None,
    scenarios: Path | None,
    output_format: str,
) -> None:
    """Set scenarios against the first one named, draw by draw on common random numbers."""
    from costmodel import api
    from costmodel.analysis.compare import compare_all
    from costmodel.report.comparison_tables import comparison_document, comparison_rows, print_comparison

    if len(names) < 2:
        raise click.UsageError("name at least two scenarios; the first is what the others are compared with")
    options = api.RunOptions(draws, seed, sampler, chunk_size)
    project = _project(parameters, scenarios)
    afterwards = "Writing the comparison" if out is not None else ""
    with ExitStack() as stack:
        with progress_bar(draws * len(names), "Comparing", afterwards) as progress:
            simulations = api.run_all(names, options, out=out, project=project, progress=progress)
        for simulation in simulations:
            stack.enter_context(simulation)
        comparisons = compare_all(simulations)
        beside = api.consequences(simulations, names, outreach_budget, options, project=project)
        if out is not None:
            command = _command(f"compare {' '.join(names)}", options, parameters, scenarios)
            api.write_comparison(simulations, comparisons, options, out, command, project, beside)
            click.echo(f"Comparison: {out / 'comparison.html'}", err=True)
    if output_format == "table":
        texts = [print_comparison(*pair) for pair in zip(comparisons, beside, strict=True)]
        click.echo("\n\n".join(texts))
    else:
        documents = [comparison_document(*pair) for pair in zip(comparisons, beside, strict=True)]
        print_data(output_format, comparison_rows(comparisons, beside), documents)


@cli.command(epilog="Example: costmodel diff base_case junior_heavy")
@click.argument("reference", shell_complete=scenarios_here)
@click.argument("scenario", shell_complete=scenarios_here)
@folders
@format_option
def diff(
    reference: str, scenario: str, parameters: Path | None, scenarios: Path | None, output_format: str
) -> None:
    """List what two scenarios hold differently; nothing is run."""
    from costmodel.analysis.compare import changed_parameters

    project = _project(parameters, scenarios)
    changed = changed_parameters(project.specification(reference), project.specification(scenario))
    rows = [asdict(change) for change in changed]
    if output_format != "table":
        print_data(output_format, rows, rows)
    elif not rows:
        click.echo(f"{reference} and {scenario} hold the same.")
    else:
        header = ["name", reference, scenario, "unit", "reason"]
        cells = [[c.name, c.reference, c.scenario, c.unit, c.reason] for c in changed]
        print_table(header, cells)


@cli.command(epilog="Example: costmodel explain cost_per_registered --depth 4")
@click.argument("result")
@click.option(
    "--depth", type=click.IntRange(min=1), default=3, show_default=True, help="Levels of the tree to print."
)
@scenario_option
@folders
@format_option
def explain(
    result: str,
    depth: int,
    scenario: str,
    parameters: Path | None,
    scenarios: Path | None,
    output_format: str,
) -> None:
    """Print how one number of the base case came about, down to parameters and sources."""
    from costmodel.analysis import explain as explaining

    node = explaining.explain(_project(parameters, scenarios).specification(scenario), result)
    if output_format == "json":
        print_json(explaining.node_json(node))
    elif output_format == "csv":
        print_csv(list(explaining.node_rows(node)))
    else:
        click.echo(explaining.render(node, depth=depth))


@cli.command(
    epilog="Examples: costmodel capacity new_surge; costmodel capacity four_hubs --months 24 --engine markov"
)
@click.argument("scenario", default="base_case")
@click.option(
    "--months", type=int, callback=whole_months, default=36, show_default=True, help="Months ahead."
)
@click.option(
    "--engine",
    type=click.Choice(["fluid", "markov", "des"]),
    default="fluid",
    show_default=True,
    help="Which engine adds the play of chance at the base case; the fan of the draws is always fluid.",
)
@drawing
@folders
@format_option
def capacity(
    scenario: str,
    months: int,
    engine: Engine,
    draws: int,
    seed: int,
    sampler: Sampler,
    chunk_size: int,
    parameters: Path | None,
    scenarios: Path | None,
    output_format: str,
) -> None:
    """Set demand for therapy against capacity, month by month: waits, what binds, and how sure we are."""
    from costmodel import api
    from costmodel.report.waiting import capacity_document, capacity_rows, print_capacity

    options = api.RunOptions(draws, seed, sampler, chunk_size)
    with progress_bar(draws, f"Running {scenario}") as progress:
        analysis = api.capacity(
            scenario,
            months,
            options,
            engine=engine,
            project=_project(parameters, scenarios),
            progress=progress,
        )
    _print_warnings(analysis.warnings)
    if output_format == "table":
        click.echo(print_capacity(analysis))
    else:
        print_data(output_format, capacity_rows(analysis), capacity_document(analysis))


@cli.command(
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
@drawing
@folders
@format_option
def clear_backlog(
    scenario: str,
    months: int,
    target_weeks: float,
    elasticity: float,
    lead_months: int | None,
    draws: int,
    seed: int,
    sampler: Sampler,
    chunk_size: int,
    parameters: Path | None,
    scenarios: Path | None,
    output_format: str,
) -> None:
    """Say what staff clear the waiting list in time, when they can go, and how many leave it unserved."""
    from costmodel import api
    from costmodel.analysis.clear_backlog import Plan
    from costmodel.report.waiting import backlog_document, backlog_rows, print_backlog

    options = api.RunOptions(draws, seed, sampler, chunk_size)
    plan = Plan(months, target_weeks, elasticity, lead_months)
    with progress_bar(draws, f"Running {scenario}") as progress:
        analysis = api.clear_backlog(
            scenario, plan, options, project=_project(parameters, scenarios), progress=progress
        )
    _print_warnings(analysis.warnings)
    if output_format == "table":
        click.echo(print_backlog(analysis))
    else:
        print_data(output_format, backlog_rows(analysis), backlog_document(analysis))


@cli.command(epilog="Example: costmodel staffing base_case --max-wait-weeks 6 --probability 0.9 --draws 1000")
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
@click.option(
    "--months", type=int, callback=whole_months, default=12, show_default=True, help="Months ahead."
)
@click.option(
    "--engine",
    type=click.Choice(["fluid", "markov", "des"]),
    default="fluid",
    show_default=True,
    help="Which engine says what chance does to the answer at the base case; fluid leaves chance out.",
)
@drawing
@folders
@format_option
def staffing(
    scenario: str,
    max_wait_weeks: float,
    probability: float,
    months: int,
    engine: Engine,
    draws: int,
    seed: int,
    sampler: Sampler,
    chunk_size: int,
    parameters: Path | None,
    scenarios: Path | None,
    output_format: str,
) -> None:
    """Find the cheapest posts that cover every task and keep the wait, and say what that rests on."""
    from costmodel import api
    from costmodel.analysis.staffing_types import StaffingQuestion
    from costmodel.report.staffing import print_staffing, staffing_document, staffing_rows

    options = api.RunOptions(draws, seed, sampler, chunk_size)
    question = StaffingQuestion(max_wait_weeks, probability, months, engine, seed)
    with progress_bar(draws, f"Running {scenario}", "Searching") as progress:
        analysis = api.staffing(
            scenario, question, options, project=_project(parameters, scenarios), progress=progress
        )
    _print_warnings(analysis.warnings)
    if output_format == "table":
        click.echo(print_staffing(analysis))
    else:
        print_data(output_format, staffing_rows(analysis), staffing_document(analysis))


@cli.command(
    epilog="Examples: costmodel frontier base_case junior_heavy; costmodel frontier four_hubs --pooled"
)
@click.argument("names", nargs=-1, required=True, metavar="SCENARIO...", shell_complete=scenarios_here)
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
@click.option("--step", type=float, default=0.5, show_default=True, help="Between options. [WTE]")
@click.option(
    "--months", type=int, callback=whole_months, default=12, show_default=True, help="Months ahead."
)
@click.option("--pooled", is_flag=True, help="Also with one queue for all Hubs of a scenario.")
@drawing
@click.option(
    "--out", type=click.Path(path_type=Path), help="Also write a figure, CSV and JSON to this folder."
)
@folders
@format_option
def frontier(
    names: tuple[str, ...],
    fewer: float,
    more: float,
    step: float,
    months: int,
    pooled: bool,
    draws: int,
    seed: int,
    sampler: Sampler,
    chunk_size: int,
    out: Path | None,
    parameters: Path | None,
    scenarios: Path | None,
    output_format: str,
) -> None:
    """Set cost against wait over staffing options: which nothing beats, and what a week less costs."""
    from costmodel import api
    from costmodel.analysis.frontier import FrontierQuestion
    from costmodel.report.frontier import frontier_document, frontier_rows, print_frontier

    options = api.RunOptions(draws, seed, sampler, chunk_size)
    question = FrontierQuestion(fewer, more, step, months, pooled)
    with progress_bar(draws * len(names), "Running") as progress:
        analysis = api.frontier(
            names, question, options, project=_project(parameters, scenarios), progress=progress
        )
    _print_warnings(analysis.warnings)
    if out is not None:
        words = (
            f"frontier {' '.join(names)} --fewer {fewer:g} --more {more:g} --step {step:g} --months {months}"
        )
        words += " --pooled" if pooled else ""
        api.write_frontier(analysis, out, _command(words, options, parameters, scenarios))
        click.echo(f"Frontier: {out / 'frontier.svg'}", err=True)
    if output_format == "table":
        click.echo(print_frontier(analysis))
    else:
        print_data(output_format, frontier_rows(analysis), frontier_document(analysis))


@cli.command("budget-impact", epilog="Example: costmodel budget-impact junior_heavy --years 3 --out budget")
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
@drawing
@click.option(
    "--out", type=click.Path(path_type=Path), help="Also write a figure, CSV, JSON and text to this folder."
)
@folders
@format_option
def budget_impact(
    scenario: str,
    against: str,
    years: int,
    draws: int,
    seed: int,
    sampler: Sampler,
    chunk_size: int,
    out: Path | None,
    parameters: Path | None,
    scenarios: Path | None,
    output_format: str,
) -> None:
    """Say what SCENARIO costs more than the current service, year by year in cash, and who pays."""
    from costmodel import api
    from costmodel.report.budget import impact_document, impact_rows, print_impact

    options = api.RunOptions(draws, seed, sampler, chunk_size)
    project = _project(parameters, scenarios)
    with progress_bar(draws, f"Running {against} and {scenario}") as progress:
        impact = api.budget_impact(scenario, against, years, options, project=project, progress=progress)
    if out is not None:
        verb = f"budget-impact {scenario} --against {against} --years {years}"
        command = _command(verb, options, parameters, scenarios)
        api.write_budget_impact(impact, (against, scenario), options, out, command, project)
        click.echo(f"Budget impact: {out}", err=True)
    if output_format == "table":
        click.echo(print_impact(impact))
    else:
        print_data(output_format, impact_rows(impact), impact_document(impact))


@cli.command(epilog="Example: costmodel hubs four_hubs --out hubs")
@click.argument("scenario", default="four_hubs", shell_complete=scenarios_here)
@drawing
@click.option(
    "--out", type=click.Path(path_type=Path), help="Also write a funnel plot, CSV, JSON and text here."
)
@folders
@format_option
def hubs(
    scenario: str,
    draws: int,
    seed: int,
    sampler: Sampler,
    chunk_size: int,
    out: Path | None,
    parameters: Path | None,
    scenarios: Path | None,
    output_format: str,
) -> None:
    """Set Hubs beside each other, at the same case mix and prices, without ranking them."""
    from costmodel import api
    from costmodel.report.hubs import hubs_document, hubs_rows, print_hubs

    options = api.RunOptions(draws, seed, sampler, chunk_size)
    project = _project(parameters, scenarios)
    with progress_bar(draws, f"Running {scenario}") as progress:
        compared = api.hubs(scenario, options, project=project, progress=progress)
    if out is not None:
        command = _command(f"hubs {scenario}", options, parameters, scenarios)
        api.write_hubs(compared, scenario, options, out, command, project)
        click.echo(f"Hubs: {out}", err=True)
    if output_format == "table":
        click.echo(print_hubs(compared))
    else:
        print_data(output_format, hubs_rows(compared), hubs_document(compared))


@cli.command(epilog='Example: eval "$(costmodel completion bash)"')
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print what to put into a shell's start-up file to complete commands and options."""
    from click.shell_completion import get_completion_class

    completer = get_completion_class(shell)
    if completer is None:
        raise click.UsageError(f"there is no completion for {shell}")
    click.echo(completer(cli, {}, "costmodel", "_COSTMODEL_COMPLETE").source())


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    given = list(sys.argv[1:] if arguments is None else arguments)
    argv = [argument for argument in given if argument != DEBUG]
    try:
        code = cli.main(argv, prog_name="costmodel", standalone_mode=False)
    except click.exceptions.Exit as error:
        code = error.exit_code
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted: nothing was written.", err=True)
        code = EXIT_INTERRUPTED
    except Exception as error:
        if DEBUG in given:
            raise
        code = _report_error(error)
    sys.exit(code if isinstance(code, int) else 0)


def _report_error(error: Exception) -> int:
    """Print an error for people and return the exit code; a fault of the program says so."""
    from costmodel.errors import CostmodelError, ParameterError

    code, text = EXIT_INPUT, f"Error: {error}"
    if isinstance(error, CostmodelError):
        code = error.exit_code
        text = str(error) if isinstance(error, ParameterError) else text
    elif isinstance(error, OSError):
        text = f"Error: {error.filename or 'a file'}: {error.strerror or error}"
    else:
        text = (
            f"Error: {type(error).__name__}: {error}\n"
            f"This is a fault of the program; run again with {DEBUG} and report it."
        )
    click.echo(text, err=True)
    return code


def _print_warnings(warnings: Sequence[str]) -> None:
    for warning in warnings:
        click.echo(f"warning: {warning}", err=True)


def _project(parameters: Path | None, scenarios: Path | None) -> Project:
    from costmodel.inputs.project import Project

    return Project(parameters, scenarios)


def _command(verb: str, options: RunOptions, parameters: Path | None, scenarios: Path | None) -> str:
    """Return the command that gives the same results again."""
    words = [f"costmodel {verb} --draws {options.draws} --seed {options.seed} --sampler {options.sampler}"]
    if parameters is not None:
        words.append(f"--parameters {parameters}")
    if scenarios is not None:
        words.append(f"--scenarios {scenarios}")
    return " ".join(words)


if __name__ == "__main__":
    main()
