"""Options that several commands share. Defaults are those of `RunOptions`, written again to start at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

FORMATS: Final = ("table", "csv", "json")
SAMPLERS: Final = ("monte-carlo", "latin-hypercube", "sobol")
FEWEST_DRAWS: Final = 2  # the Monte Carlo error of a single draw is not known
USUAL_DRAWS: Final = 10_000
USUAL_SOBOL_DRAWS: Final = 2**14
SEARCH_DRAWS: Final = 2_000  # a search looks at every draw many times
SEARCH_SOBOL_DRAWS: Final = 2**11


Callback = Callable[[click.Context, click.Parameter, Any], Any]


def _refusing(possible: Callable[[float], bool], words: str) -> Callback:
    """Return a check of an option's number that says in plain words what it should be."""

    def check(context: click.Context, option: click.Parameter, number: Any) -> Any:
        if not possible(number):
            raise click.BadParameter(f"{words}; got {number:g}", context, option)
        return number

    return check


whole_months = _refusing(
    lambda months: 1 <= months <= 240, "give whole months ahead, from 1 to 240 (12 are a year)"
)
probability = _refusing(
    lambda share: 0.0 < share <= 1.0, "must be above 0 and at most 1 (0.9 is nine draws in ten)"
)
target_weeks = _refusing(
    lambda weeks: 0.0 < weeks < float("inf"),
    "must be above 0 weeks, because chance always leaves somebody waiting (6 is usual)",
)

Command = TypeVar("Command", bound=Callable[..., Any])


def with_options(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Return a decorator that gives a command several options, in this order."""

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def scenarios_here(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the scenarios that complete a word, for the shell."""
    from costmodel.inputs.project import default_folder

    names = (file.stem for file in sorted(default_folder("scenarios").glob("*.yaml")))
    return [name for name in names if name.startswith(incomplete)]


format_option = click.option(
    "--format",
    "output_format",
    type=click.Choice(FORMATS),
    default="table",
    show_default=True,
    help="How to print.",
)
folders = with_options(
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
scenario_option = click.option(
    "--scenario",
    default="base_case",
    show_default=True,
    shell_complete=scenarios_here,
    help="Scenario to read.",
)


def drawing(usual: int = USUAL_DRAWS, usual_sobol: int = USUAL_SOBOL_DRAWS) -> Callable[[Command], Command]:
    """Return the options of drawing, with the draws that are usual for a verb."""

    def usual_draws(context: click.Context, _: click.Parameter, draws: int | None) -> int:
        """Return the draws asked for, or the usual ones of the sampler (known first, being eager)."""
        if draws is not None:
            return draws
        return usual_sobol if context.params.get("sampler") == "sobol" else usual

    return with_options(
        click.option(
            "--draws",
            type=click.IntRange(min=FEWEST_DRAWS),
            callback=usual_draws,
            show_default=f"{usual:,}; {usual_sobol:,} with sobol",
            help="Joint samples.",
        ),
        click.option(
            "--seed", type=click.IntRange(min=0), default=20_240_912, show_default=True, help="Random seed."
        ),
        click.option(
            "--sampler",
            type=click.Choice(SAMPLERS),
            default="monte-carlo",
            is_eager=True,
            show_default=True,
            help="Sampling design.",
        ),
        click.option(
            "--chunk-size",
            type=click.IntRange(min=1),
            default=2_048,
            show_default=True,
            help="Draws evaluated at once: memory, never results.",
        ),
    )


engine_option = click.option(
    "--engine",
    type=click.Choice(["fluid", "markov", "des"]),
    help="How people waiting are followed [default: as the scenario says]. Draws are fluid; markov "
    "and des add the play of chance at the base case.",
)
following = with_options(
    engine_option,
    click.option(
        "--time-step",
        type=click.Choice(["month", "week"]),
        help="How finely people waiting are followed [default: as the scenario says].",
    ),
)


def out_folder(what: str) -> Callable[[Command], Command]:
    """Return the option that names the folder to write to."""
    return click.option("--out", type=click.Path(path_type=Path), help=what)


def months_ahead(usual: int) -> Callable[[Command], Command]:
    """Return the option that says how far to look ahead."""
    return click.option(
        "--months",
        type=int,
        callback=whole_months,
        default=usual,
        show_default=True,
        help="Months ahead.",
    )


def scenario_names(metavar: str) -> Callable[[Command], Command]:
    """Return the argument that names one scenario or more."""
    return click.argument("names", nargs=-1, required=True, metavar=metavar, shell_complete=scenarios_here)
