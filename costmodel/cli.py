"""The command line: one verb a question, data on stdout, progress on stderr, exit codes 0, 1 and 2."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

if TYPE_CHECKING:
    from costmodel.inputs.project import Project
    from costmodel.runner import Progress

EXIT_INPUT: Final = 1
EXIT_INTERRUPTED: Final = 130
FORMATS: Final = ("table", "csv", "json")
SAMPLERS: Final = ("monte-carlo", "latin-hypercube", "sobol")
DEFAULT_EDITION: Final = "2024"
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

Command = TypeVar("Command", bound=Callable[..., Any])


def _options(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


format_option = click.option(
    "--format", "output_format", type=click.Choice(FORMATS), default="table", show_default=True, help="How to print."
)
folders = _options(
    click.option(
        "--parameters",
        type=click.Path(path_type=Path),
        help="Folder of parameters [default: ./parameters, or the shipped ones].",
    ),
    click.option(
        "--scenarios",
        type=click.Path(path_type=Path),
        help="Folder of scenarios [default: ./scenarios, or the shipped ones].",
    ),
)
scenario_option = click.option("--scenario", default="base_case", show_default=True, help="Scenario to read.")
drawing = _options(
    click.option("--draws", type=click.IntRange(min=2), default=10_000, show_default=True, help="Joint samples."),
    click.option("--seed", type=click.IntRange(min=0), default=20_240_912, show_default=True, help="Random seed."),
    click.option(
        "--sampler", type=click.Choice(SAMPLERS), default="monte-carlo", show_default=True, help="Sampling design."
    ),
    click.option(
        "--chunk-size",
        type=click.IntRange(min=1),
        default=2_048,
        show_default=True,
        help="Draws evaluated at once: memory, never results.",
    ),
)


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with: costmodel run. Shell completion: costmodel completion --help.",
)
@click.version_option(package_name="costmodel")
@click.option("--debug", is_flag=True, help="Show a traceback where something goes wrong.")
@click.pass_context
def cli(context: click.Context, debug: bool) -> None:
    """Cost a staffed health service from YAML: per client, per what, and how sure we are."""
    context.obj = debug


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
    from costmodel import api
    from costmodel.errors import ParameterError

    problems, warnings = api.check(_project(parameters, scenarios))
    if output_format == "table":
        for warning in warnings:
            click.echo(f"warning: {warning}", err=True)
        if problems:
            raise ParameterError(problems)
        click.echo("No problems found.")
        return
    rows = [{"file": p.file, "line": p.line, "where": p.where, "message": p.message} for p in problems]
    _print_data(output_format, rows, {"problems": rows, "warnings": warnings})
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
    if output_format != "table":
        rows = [parameter_row(parameter) for parameter in found]
        _print_data(output_format, rows, rows)
        return
    header = ["name", "number", "unit", "price year", "evidence", "source"]
    cells = [
        [p.name, p.number + (" (spread assumed)" if p.assumed else ""), p.unit, p.price_year or "", p.evidence, p.source]
        for p in found
    ]
    _print_table(header, cells, [False] * 6)


@cli.command(epilog="Example: costmodel schema hub > hub.schema.json")
@click.argument("of", default="scenario")
def schema(of: str) -> None:
    """Print the JSON Schema of a kind of file for editors: scenario, hub, activities, staff_file, a table …"""
    from costmodel import api
    from costmodel.report.writing import json_text

    try:
        click.echo(json_text(api.json_schema(of)), nl=False)
    except KeyError as error:
        raise click.BadParameter(f"must be one of {error.args[0]}", param_hint="OF") from error


@cli.command(
    "unit-costs",
    epilog="Examples: costmodel unit-costs --edition 2023; costmodel unit-costs --file my_staff.yaml --format json",
)
@click.option("--edition", default=None, help="Edition of the Manual [default: 2024].")
@click.option(
    "--convention",
    type=click.Choice(["statutory", "pssru_as_published"]),
    default=None,
    help="Statutory on-costs, to cost with [default]; or the Manual's own, to reproduce it.",
)
@click.option("--file", "staff_file", type=click.Path(path_type=Path), help="Cost the staff of this file instead.")
@folders
@format_option
def unit_costs(
    edition: str | None,
    convention: str | None,
    staff_file: Path | None,
    parameters: Path | None,
    scenarios: Path | None,
    output_format: str,
) -> None:
    """Print the cost of an hour of every staff type, with each component."""
    from costmodel.analysis import unit_costs as costing
    from costmodel.analysis import unit_costs_documents as documents

    project = _project(parameters, scenarios)
    if staff_file is not None:
        if edition is not None:
            raise click.UsageError("--edition chooses from the Manuals; a --file names its own rules")
        rows = costing.unit_costs_of_file(project, staff_file, convention)
    else:
        rows = costing.unit_costs(project, edition or DEFAULT_EDITION, convention or "statutory")
    if output_format == "json":
        _print_json(documents.unit_costs_json(rows))
    elif output_format == "csv":
        click.echo(documents.unit_costs_csv(rows), nl=False)
    else:
        click.echo(documents.unit_cost_table(rows))
        if convention == "pssru_as_published" and staff_file is None:
            differing = costing.exceptions(costing.reproduction(project))
            shown = [row for row in differing if row.edition == (edition or DEFAULT_EDITION)]
            click.echo("\n" + documents.reproduction_table(shown) if shown else "")


@cli.command(
    epilog="Examples: costmodel run; costmodel run junior_heavy --draws 20000; costmodel run my.yaml --out results"
)
@click.argument("scenario", default="base_case")
@drawing
@click.option(
    "--keep-draws",
    type=click.IntRange(min=0),
    default=10_000,
    show_default=True,
    help="Draws of parameters kept in draws.parquet.",
)
@click.option("--out", type=click.Path(path_type=Path), help="The run's folder [default: outputs/SCENARIO/RUN-ID].")
@folders
@format_option
def run(
    scenario: str,
    draws: int,
    seed: int,
    sampler: str,
    chunk_size: int,
    keep_draws: int,
    out: Path | None,
    parameters: Path | None,
    scenarios: Path | None,
    output_format: str,
) -> None:
    """Cost SCENARIO and write its report, figures, tables and draws."""
    from costmodel import api

    options = _run_options(draws, seed, sampler, chunk_size)
    command = f"costmodel run {scenario} --draws {draws} --seed {seed} --sampler {sampler}"
    with _progress(draws, f"Running {scenario}") as progress:
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
        rows = [_outcome_row(simulation.outcome(name)) for name in HEADLINES]
        if output_format != "table":
            document = {"folder": str(folder), "report": str(folder / "report.html"), "outcomes": rows}
            _print_data(output_format, rows, document)
            return
        frame = simulation.spec.frame
        click.echo(f"{simulation.spec.scenario.label}: {frame.price_year} prices, {draws:,} draws, seed {seed}\n")
        _print_outcomes(rows)
    click.echo(f"\nReport: {folder / 'report.html'}")


@cli.command(epilog="Example: costmodel compare base_case junior_heavy consultant_heavy --out comparison")
@click.argument("names", nargs=-1, required=True, metavar="SCENARIO SCENARIO...")
@drawing
@click.option("--out", type=click.Path(path_type=Path), help="Also write a page, figures and JSON to this folder.")
@folders
@format_option
def compare(
    names: tuple[str, ...],
    draws: int,
    seed: int,
    sampler: str,
    chunk_size: int,
    out: Path | None,
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
    options = _run_options(draws, seed, sampler, chunk_size)
    project = _project(parameters, scenarios)
    with _progress(draws * len(names), "Comparing") as progress:
        simulations = api.run_all(names, options, project=project, progress=progress)
    comparisons = compare_all(simulations)
    if out is not None:
        command = f"costmodel compare {' '.join(names)} --draws {draws} --seed {seed} --sampler {sampler}"
        api.write_comparison(simulations, comparisons, options, out, command, project)
        click.echo(f"Comparison: {out / 'comparison.html'}", err=True)
    if output_format == "table":
        click.echo("\n\n".join(print_comparison(comparison) for comparison in comparisons))
    else:
        _print_data(output_format, comparison_rows(comparisons), [comparison_document(c) for c in comparisons])


@cli.command(epilog="Example: costmodel diff base_case junior_heavy")
@click.argument("reference")
@click.argument("scenario")
@folders
@format_option
def diff(
    reference: str, scenario: str, parameters: Path | None, scenarios: Path | None, output_format: str
) -> None:
    """List what two scenarios hold differently; nothing is run."""
    from dataclasses import asdict

    from costmodel.analysis.compare import changed_parameters

    project = _project(parameters, scenarios)
    changed = changed_parameters(project.specification(reference), project.specification(scenario))
    rows = [asdict(change) for change in changed]
    if output_format != "table":
        _print_data(output_format, rows, rows)
    elif not rows:
        click.echo(f"{reference} and {scenario} hold the same.")
    else:
        header = ["name", reference, scenario, "unit", "reason"]
        cells = [[c.name, c.reference, c.scenario, c.unit, c.reason] for c in changed]
        _print_table(header, cells, [False] * 5)


@cli.command(epilog="Example: costmodel explain cost_per_registered --depth 4")
@click.argument("result")
@click.option("--depth", type=click.IntRange(min=1), default=3, show_default=True, help="Levels of the tree to print.")
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
        _print_json(explaining.node_json(node))
    elif output_format == "csv":
        _print_csv(list(explaining.node_rows(node)))
    else:
        click.echo(explaining.render(node, depth=depth))


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
    argv = list(sys.argv[1:] if arguments is None else arguments)
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
        if "--debug" in argv:
            raise
        code = _report_error(error)
    sys.exit(code if isinstance(code, int) else 0)


def _report_error(error: Exception) -> int:
    """Print an error for people and return the exit code; a fault of the program says so."""
    from costmodel.errors import ParameterError

    if isinstance(error, ParameterError):
        click.echo(str(error), err=True)
        return EXIT_INPUT
    known = {"RunError", "OutputError", "ComparisonError", "ExplainError", "DesignError", "UncertaintyError"}
    if type(error).__name__ in known:
        click.echo(f"Error: {error}", err=True)
        return 2 if type(error).__name__ == "DesignError" else EXIT_INPUT
    if isinstance(error, OSError):
        click.echo(f"Error: {error.filename or 'a file'}: {error.strerror}", err=True)
        return EXIT_INPUT
    click.echo(
        f"Error: {type(error).__name__}: {error}\nThis is a fault of the program; run again with --debug and report it.",
        err=True,
    )
    return EXIT_INPUT


def _project(parameters: Path | None, scenarios: Path | None) -> Project:
    from costmodel.inputs.project import Project

    return Project(parameters, scenarios)


def _run_options(draws: int, seed: int, sampler: str, chunk_size: int) -> Any:
    from costmodel.api import RunOptions

    return RunOptions(draws=draws, seed=seed, sampler=sampler, chunk_size=chunk_size)  # type: ignore[arg-type]


@contextmanager
def _progress(total: int, label: str) -> Iterator[Progress]:
    """Give a callback that shows progress on stderr once a second has passed."""
    started = time.monotonic()
    state: dict[str, Any] = {"done": 0, "bar": None}

    def advance(finished: int) -> None:
        state["done"] += finished
        if state["bar"] is None and time.monotonic() - started > 1.0:
            state["bar"] = click.progressbar(length=total, label=label, file=sys.stderr)
            state["bar"].__enter__()
            state["bar"].update(state["done"])
        elif state["bar"] is not None:
            state["bar"].update(finished)

    try:
        yield advance
    finally:
        if state["bar"] is not None:
            state["bar"].__exit__(None, None, None)


def _outcome_row(outcome: Any) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(outcome)


def _print_outcomes(rows: Sequence[Mapping[str, Any]]) -> None:
    header = ["result", "unit", "mean", "95 % interval", "MC error", "base case"]
    cells = [
        [
            row["label"],
            row["unit"],
            _number(row["mean"]),
            f"{_number(row['lower_95'])} to {_number(row['upper_95'])}",
            _number(row["monte_carlo_se"]),
            _number(row["base_case"]),
        ]
        for row in rows
    ]
    _print_table(header, cells, [False, False, True, True, True, True])


def _number(value: float | None) -> str:
    if value is None:
        return "not applicable"
    if abs(value) >= 1_000:
        return f"{value:,.0f}"
    return f"{value:,.2f}" if abs(value) >= 1 else f"{value:.3g}"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:,.2f}" if isinstance(value, float) else str(value)


def _print_data(output_format: str, rows: Sequence[Mapping[str, Any]], document: Any) -> None:
    if output_format == "json":
        _print_json(document)
    else:
        _print_csv(rows)


def _print_json(document: Any) -> None:
    from costmodel.report.writing import json_text

    click.echo(json_text(document), nl=False)


def _print_csv(rows: Sequence[Mapping[str, Any]]) -> None:
    from costmodel.report.writing import csv_text

    click.echo(csv_text(rows), nl=False)


def _print_table(header: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[bool]) -> None:
    from costmodel.report.writing import table_text

    click.echo(table_text(header, rows, numeric))


if __name__ == "__main__":
    main()
