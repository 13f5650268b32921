"""The program: its verbs, and how it leaves."""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import current_thread, main_thread
from typing import Final

import click

from costmodel.cli import comparing, costing, files, waiting
from costmodel.cli.files import EXIT_INPUT

EXIT_INTERRUPTED: Final = 130
DEBUG: Final = "--debug"
OBJECTS_BETWEEN_COLLECTIONS: Final = 100_000
"""Reading files makes many objects and no garbage; looking for some more often takes a tenth of a check."""


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with: costmodel run. Shell completion: costmodel completion --help.",
)
@click.version_option(package_name="costmodel")
@click.option(DEBUG, is_flag=True, help="Show a traceback where something goes wrong; may stand anywhere.")
def cli(debug: bool) -> None:  # `main` reads it, so that it may stand anywhere
    """Cost a staffed health service from YAML: per client, per what, and how sure we are."""


@click.command(epilog='Example: eval "$(costmodel completion bash)"')
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print what to put into a shell's start-up file to complete commands and options."""
    from click.shell_completion import get_completion_class

    completer = get_completion_class(shell)
    if completer is None:
        raise click.UsageError(f"there is no completion for {shell}")
    click.echo(completer(cli, {}, "costmodel", "_COSTMODEL_COMPLETE").source())


for verb in (
    *(files.init, files.check, files.show, files.schema),
    *(costing.unit_costs, costing.run, costing.explain),
    *(comparing.compare, comparing.diff, comparing.budget_impact, comparing.hubs, comparing.frontier),
    *(waiting.capacity, waiting.clear_backlog, waiting.staffing),
    completion,
):
    cli.add_command(verb)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    given = list(sys.argv[1:] if arguments is None else arguments)
    argv = [argument for argument in given if argument != DEBUG]
    try:
        with ending_is_interrupting():
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
        code = report_error(error)
    sys.exit(code if isinstance(code, int) else 0)


@contextmanager
def ending_is_interrupting() -> Iterator[None]:
    """Have a request to end (SIGTERM) do what Ctrl-C does, so that nothing half-written stays behind."""
    if current_thread() is not main_thread():  # no other may say what a signal does
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def report_error(error: Exception) -> int:
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
