"""Write `docs/reference/` from the code.

Run `python docs/build_reference.py` after a change of commands, files, outcomes or scenarios. Every page is a
function of the package, its parameters and its scenarios, so that a test can tell when one has fallen behind.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FunctionType
from typing import Any

import click

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "reference"
MOST_ROWS_SHOWN = 8
MADE = "<!-- Made by docs/build_reference.py; edit the code, not this page. -->"
SECTION = re.compile(
    r"^(Parameters|Returns|Raises|Attributes|Examples|References|Yields|Notes)\n-+$", re.MULTILINE
)


def page(title: str, *parts: str) -> str:
    """Return a page with its title and a note of its origin."""
    return "\n\n".join([f"# {title}", MADE, *(part.strip("\n") for part in parts if part)]) + "\n"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table; bars inside cells are escaped."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


# -- cli.md


def cli_page() -> str:
    """Return the commands with their options, from the command line itself."""
    from costmodel.cli import cli

    commands = [command_text(name, cli.commands[name]) for name in sorted(cli.commands)]
    intro = (
        "Data go to standard output, progress and warnings to standard error. Exit codes: 0, done; 1, a "
        "problem in your files, listed; 2, a command that cannot be understood; 130, interrupted. `--debug` "
        "shows a traceback where something goes wrong. `python -m costmodel` is the same program."
    )
    contents = "\n".join(f"- [`{name}`](#{name}): {cli.commands[name].help}" for name in sorted(cli.commands))
    return page("Commands", intro, contents, *commands)


def command_text(name: str, command: click.Command) -> str:
    """Return one command: what it does, usage, arguments and options, examples."""
    arguments = [p for p in command.params if isinstance(p, click.Argument)]
    options = [p for p in command.params if isinstance(p, click.Option)]
    words = " ".join(["costmodel", name, *(argument_text(a) for a in arguments), "[OPTIONS]"])
    rows = [[f"`{' '.join(o.opts)}{kind_of(o)}`", (o.help or "").strip(), default_of(o)] for o in options]
    parts = [f"## {name}", str(command.help), f"```text\n{words}\n```"]
    if rows:
        parts.append(table(["option", "meaning", "default"], rows))
    if command.epilog:
        intro, _, examples = command.epilog.partition(": ")
        parts.append(f"{intro}:\n\n```text\n" + "\n".join(examples.split("; ")) + "\n```")
    return "\n\n".join(parts)


def argument_text(argument: click.Argument) -> str:
    """Return an argument as a usage line shows it."""
    if argument.metavar:
        return argument.metavar
    word = (argument.name or "").upper()
    if isinstance(argument.type, click.Choice):
        word = "{" + "|".join(argument.type.choices) + "}"
    return word if argument.required else f"[{word}]"


def kind_of(option: click.Option) -> str:
    """Return what an option takes, empty for a switch."""
    if option.is_flag:
        return ""
    if isinstance(option.type, click.Choice):
        return " " + "|".join(option.type.choices)
    return {"path": " PATH", "text": " TEXT"}.get(option.type.name, " NUMBER")


def default_of(option: click.Option) -> str:
    """Return an option's default for people; defaults that the help text explains are left to it."""
    if option.is_flag or not isinstance(option.default, str | int | float):
        return ""
    return f"{option.default:g}" if isinstance(option.default, float) else str(option.default)


# -- api.md


def api_page() -> str:
    """Return the public names of the package, from their docstrings."""
    import costmodel

    names = sorted(costmodel.__all__, key=lambda name: (name[0].isupper(), name))
    intro = docstring_text(inspect.cleandoc(costmodel.__doc__ or ""))
    contents = "\n".join(f"- [`{name}`](#{name.lower()})" for name in names)
    return page(
        "Python interface", intro, contents, *(object_text(name, getattr(costmodel, name)) for name in names)
    )


def object_text(name: str, thing: Any) -> str:
    """Return a public function or class."""
    text = docstring_text(inspect.cleandoc(thing.__doc__ or ""))
    parts = [f"## {name}", f"```text\n{name}{signature_of(thing)}\n```", text]
    if inspect.isclass(thing):
        members = list(members_of(thing))
        if members:
            parts.append(table(["member", "meaning"], members))
    return "\n\n".join(parts)


def signature_of(thing: Any) -> str:
    """Return a signature; written out here, since Python's own text differs between its versions."""
    function = thing.__init__ if inspect.isclass(thing) else thing
    if not isinstance(function, FunctionType):
        return "(...)"
    words, keyword_only = [], False
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name == "self":
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and not keyword_only:
            words.append("*")
            keyword_only = True
        kind = annotation_text(parameter.annotation)
        default = "" if parameter.default is parameter.empty else f" = {default_text(parameter.default)}"
        words.append(f"{parameter.name}: {kind}{default}" if kind else f"{parameter.name}{default}")
    returns = (
        ""
        if inspect.isclass(thing)
        else f" -> {annotation_text(inspect.signature(function).return_annotation)}"
    )
    return f"({', '.join(words)}){returns}"


def annotation_text(annotation: Any) -> str:
    """Return an annotation as the source writes it."""
    if annotation is inspect.Parameter.empty:
        return ""
    return annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))


def default_text(value: Any) -> str:
    """Return a default value as the source would write it."""
    return f'"{value}"' if isinstance(value, str) else repr(value)


def members_of(kind: type) -> Iterator[list[str]]:
    """Yield the public methods and properties of a class with the first sentence of their docstrings."""
    for name, member in vars(kind).items():
        function = getattr(member, "fget", None) or getattr(member, "func", None) or member
        if name.startswith("_") or not isinstance(function, FunctionType) or not function.__doc__:
            continue
        brackets = "()" if function is member else ""
        yield [f"`{name}{brackets}`", " ".join(inspect.cleandoc(function.__doc__).split("\n\n")[0].split())]


def docstring_text(text: str) -> str:
    """Return a numpy-style docstring as Markdown: sections in bold, doctests fenced."""
    text = re.sub(r":\w+:`~?(?:[\w.]+\.)?(\w+)`", r"`\1`", text)
    text = SECTION.sub(lambda found: f"**{found[1]}**\n", text)
    lines: list[str] = []
    fenced = False
    for line in text.split("\n"):
        if line.startswith(">>> ") and not fenced:
            lines += ["", "```pycon"]
            fenced = True
        if fenced and not line:
            lines.append("```")
            fenced = False
        lines.append(reference_line(line) if not fenced else line)
    if fenced:
        lines.append("```")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(definitions_as_list(lines))).strip()


def reference_line(line: str) -> str:
    """Return a footnote of a docstring as a list item."""
    return re.sub(r"^\.\. \[\d+\] ", "- ", line)


def definitions_as_list(lines: Sequence[str]) -> Iterator[str]:
    """Yield `name` lines followed by an indented description as list items."""
    fenced = False
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        fenced ^= line.startswith("```")
        is_term = bool(line) and not line.startswith((" ", "-", "*", "`", ">"))
        if not fenced and is_term and following.startswith("    ") and following.strip():
            yield f"- `{line}`:"
        else:
            yield line if fenced or not line.startswith("    ") else f"  {line.strip()}"


# -- parameter-files.md


def parameter_files_page() -> str:
    """Return the keys of every file, from the models that validate them."""
    from costmodel.inputs.model_files import MODEL_FILES
    from costmodel.inputs.table_files import COLUMN_UNITS, FILE_MODELS

    intro = (
        "What each file may hold. A key that is not listed is refused, with the nearest one that is. "
        "`costmodel schema NAME` prints the same as JSON Schema, for editors. How records, tables and years "
        "work is told in [Parameters](../parameters.md)."
    )
    seen: set[str] = set()
    parts = [intro, "## Parameters of the model"]
    for name in (*MODEL_FILES, "hub"):
        parts += file_text(name, seen)
    parts += ["## Scenarios and files of your own staff"]
    for name in ("scenario", "staff_file"):
        parts += file_text(name, seen)
    parts += ["## The frame", *frame_text(seen), "## Reference tables"]
    for name in FILE_MODELS:
        parts += file_text(name, seen, COLUMN_UNITS.get(name, {}))
    return page("Parameter files", *parts)


def frame_text(seen: set[str]) -> Iterator[str]:
    """Yield the frame, which a scenario's model leaves open because parents may give parts of it."""
    from costmodel.inputs.frame import Frame

    schema = Frame.model_json_schema()
    yield str(schema["description"]).split("\n\n", 1)[0]
    yield keys_table(schema, {})
    yield from definitions_text(schema, seen, {})


def file_text(name: str, seen: set[str], units: dict[str, str] | Any = ()) -> Iterator[str]:
    """Yield one kind of file: its name, what the file says of itself, its keys, and the parts they name."""
    from costmodel.api import json_schema

    schema = json_schema(name)
    places = {"hub": "hub_<id>.yaml", "scenario": "scenarios/<name>.yaml", "staff_file": "a file of your own"}
    yield f"### {places.get(name, f'{name}.yaml')}"
    header = header_of(ROOT / "parameters" / f"{'hub_reference' if name == 'hub' else name}.yaml")
    description = str(schema.get("description", "")).split("\n\n", 1)[0]
    yield header or " ".join(description.split())
    if "properties" in schema:
        yield keys_table(schema, {})
    else:
        yield f"One entry a name, each a {type_text(schema['additionalProperties'])}."
    yield from definitions_text(schema, seen, dict(units))


def header_of(path: Path) -> str:
    """Return the first paragraph of the comment at the top of a file, without its title line."""
    if not path.is_file():
        return ""
    paragraphs: list[list[str]] = [[]]
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        words = line.lstrip("#").strip()
        if words:
            paragraphs[-1].append(words)
        else:
            paragraphs.append([])
    texts = [" ".join(words) for words in paragraphs if words]
    return next((text for text in texts if text.endswith(".")), "")


def definitions_text(schema: dict[str, Any], seen: set[str], units: dict[str, str]) -> Iterator[str]:
    """Yield the parts that a file's schema names, each once a page."""
    for name, part in schema.get("$defs", {}).items():
        if name in seen or "properties" not in part:
            continue
        seen.add(name)
        yield f"#### {name}"
        yield " ".join(str(part.get("description", "")).split())
        yield keys_table(part, units)


def keys_table(schema: dict[str, Any], units: dict[str, str]) -> str:
    """Return the keys of one part with what they hold."""
    required = set(schema.get("required", ()))
    rows = []
    for name, field in schema["properties"].items():
        unit = f" in `{units[name]}`" if name in units else ""
        needed = "yes" if name in required else default_note(field)
        rows.append([f"`{name}`", type_text(field) + unit, needed])
    return table(["key", "holds", "required"], rows)


def default_note(field: dict[str, Any]) -> str:
    """Return what an optional key is worth when it is left out."""
    default = field.get("default")
    return "no" if default in (None, {}, []) else f"no: {default}"


def type_text(field: dict[str, Any]) -> str:
    """Return what a key holds, in words."""
    if "$ref" in field:
        name = field["$ref"].rsplit("/", 1)[1]
        return f"[{name}](#{re.sub(r'[^a-z0-9_-]', '', name.lower())})"
    for key in ("anyOf", "oneOf"):
        if key in field:
            choices = [type_text(choice) for choice in field[key] if choice.get("type") != "null"]
            return " or ".join(dict.fromkeys(choices))
    if "const" in field:
        return f"`{str(field['const']).lower()}`"
    if "enum" in field:
        return ", ".join(f"`{choice}`" for choice in field["enum"])
    if field.get("type") == "array":
        return f"list of {type_text(field.get('items', {}))}"
    if field.get("type") == "object":
        inner = field.get("additionalProperties")
        return f"names, each with {type_text(inner)}" if isinstance(inner, dict) else "mapping"
    words = {"string": "text", "number": "number", "integer": "whole number", "boolean": "true or false"}
    return words.get(str(field.get("type")), "anything")


# -- units.md, outcomes.md, scenarios.md


def units_page() -> str:
    """Return the vocabulary of units."""
    from costmodel.units import UNITS, is_money

    rows = [[f"`{unit}`", meaning, "yes" if is_money(unit) else ""] for unit, meaning in UNITS.items()]
    intro = (
        "Every number of a file names one of these units; any other is refused, with the likely one. Amounts "
        "of money need a `price_year`. Percent stands in the price indices only, as they are published."
    )
    return page("Units", intro, table(["unit", "meaning", "needs a price year"], rows))


def outcomes_page() -> str:
    """Return what a run of the base case reports."""
    from costmodel.api import specification
    from costmodel.gather import Layout
    from costmodel.labels import PERSPECTIVE_LABELS
    from costmodel.results import definitions

    found = definitions(Layout(specification("base_case")))
    perspectives: dict[str, list[str]] = {}
    for each in found:
        perspectives.setdefault(each.name.split("@")[0], []).append(each.perspective)
    firsts = {each.name.split("@")[0]: each for each in reversed(found)}
    rows = [
        [f"`{name}`", firsts[name].label, firsts[name].unit, ", ".join(p for p in whose if p != "nhs_pss")]
        for name, whose in perspectives.items()
    ]
    intro = (
        "The outcomes of `results.json`, here for the base case. A bare name means: fully absorbed, NHS and "
        "personal social services, all Hubs together. Others say after `@` what differs: "
        "`total_hub_cost@hub_host` is another perspective, `total_hub_cost@north` one Hub of several, "
        "`total_hub_cost@north.hub_host` both. Names that begin with `activity_cost_per_` divide the cost of "
        "the activities that serve the denominator; names that begin with `cost_per_` divide the whole cost "
        "of the Hub. Names after a dot follow your own files: activities, staff pools and services."
    )
    whose = [[f"`{name}`", label] for name, label in PERSPECTIVE_LABELS.items()]
    header = ["name", "what it is", "unit", "other perspectives"]
    return page("Outcomes", intro, table(["perspective", "whose costs"], whose), table(header, rows))


def scenarios_page() -> str:
    """Return the shipped scenarios: what each asks and what it changes."""
    from costmodel.api import open_project

    project = open_project(ROOT / "parameters", ROOT / "scenarios")
    names = sorted(project.scenario_names(), key=lambda name: (name != "base_case", name))
    specs = {name: project.specification(name) for name in names}
    parts = ["What comes with the program. Run one with `costmodel run NAME`; write your own beside them."]
    parts.append("\n".join(f"- [`{name}`](#{name}): {specs[name].scenario.label}" for name in names))
    for name, spec in specs.items():
        scenario = spec.scenario
        parents = ", ".join(f"`{parent}`" for parent in scenario.lineage[:-1]) or "nothing"
        parts += [f"## {name}", f"**{scenario.label}.** {scenario.question}", f"Builds on: {parents}."]
        parts.append(
            f"Hubs: {', '.join(f'`{hub}`' for hub in scenario.hubs)}. Prices: {scenario.frame.price_year}."
        )
        parts += changes_text([d for d in spec.differences if not d.unchanged])
    return page("Scenarios", *parts)


def changes_text(changes: Sequence[Any]) -> Iterator[str]:
    """Yield the table of what a scenario changes, folded away where it is long."""
    if not changes:
        return
    rows = [[f"`{d.name}`", short(d.old), short(d.new), d.reason] for d in changes]
    folded = len(rows) > MOST_ROWS_SHOWN
    if folded:
        yield f"<details><summary>Its {len(rows)} changes</summary>"
    yield table(["changes", "from", "to", "why"], rows)
    if folded:
        yield "</details>"


def short(text: str, longest: int = 90) -> str:
    """Return a text cut to a length that a table can show."""
    flat = " ".join(text.split())
    return flat if len(flat) <= longest else flat[:longest].rsplit(" ", 1)[0] + " …"


PAGES: dict[str, Callable[[], str]] = {
    "cli.md": cli_page,
    "api.md": api_page,
    "parameter-files.md": parameter_files_page,
    "units.md": units_page,
    "outcomes.md": outcomes_page,
    "scenarios.md": scenarios_page,
}


def main() -> None:
    """Write every page."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, build in PAGES.items():
        (FOLDER / name).write_text(build(), encoding="utf-8")
        sys.stdout.write(f"docs/reference/{name}\n")


if __name__ == "__main__":
    main()
