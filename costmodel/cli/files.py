"""Verbs about the files alone: write them, check them, list what they hold and what they may hold."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from costmodel.cli.options import scenario_option
from costmodel.cli.request import Request, reading, warn
from costmodel.report.terminal import parameters_text, print_data, print_json

if TYPE_CHECKING:
    from costmodel.inputs.specification import Parameter

EXIT_INPUT: Final = 1


@click.command(epilog="Example: costmodel init my-hubs && cd my-hubs && costmodel run")
@click.argument("folder", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Copy parameters and scenarios to FOLDER, to edit."""
    from costmodel import api

    click.echo(f"Wrote {api.init(folder)}: parameters/ and scenarios/. Next: cd {folder} && costmodel run")


@click.command(epilog="Example: costmodel check --format json")
@reading
def check(request: Request) -> None:
    """Report every problem of every file, with file and line."""
    from costmodel.errors import ParameterError

    problems, warnings = request.project.check()
    if request.output_format == "table":
        warn(warnings)
        if problems:
            raise ParameterError(problems)
        click.echo("No problems found.")
        return
    rows = [asdict(problem) for problem in problems]
    print_data(request.output_format, rows, {"problems": rows, "warnings": warnings})
    if problems:
        sys.exit(EXIT_INPUT)


@click.command(
    epilog="Examples: costmodel show activities.therapy; costmodel show --evidence illustrative --format csv"
)
@click.argument("name", required=False)
@click.option("--evidence", help="Only this class of evidence, such as published or illustrative.")
@click.option("--unsourced", is_flag=True, help="Only parameters without a source.")
@scenario_option
@reading
def show(name: str | None, evidence: str | None, unsourced: bool, scenario: str, request: Request) -> None:
    """List parameters with their evidence and sources; NAME may be the start of a dotted name."""
    from costmodel import api
    from costmodel.inputs.records import EVIDENCE_CLASSES

    if evidence is not None and evidence not in EVIDENCE_CLASSES:
        raise click.BadParameter(f"must be one of {', '.join(EVIDENCE_CLASSES)}", param_hint="--evidence")
    found = api.show(name, scenario=scenario, evidence=evidence, unsourced=unsourced, project=request.project)
    request.show(found, parameters_text, _rows, _rows)


def _rows(parameters: Iterable[Parameter]) -> list[dict[str, Any]]:
    from costmodel.report.writing import parameter_row

    return [parameter_row(parameter) for parameter in parameters]


@click.command(epilog="Example: costmodel schema hub > hub.schema.json")
@click.argument("of", default="scenario")
def schema(of: str) -> None:
    """Print the JSON Schema of a kind of file: scenario, hub, staff_file, a parameter file, or results."""
    from costmodel import api

    try:
        print_json(api.json_schema(of))
    except KeyError as error:
        raise click.BadParameter(f"must be one of {error.args[0]}", param_hint="OF") from error
