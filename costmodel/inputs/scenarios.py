"""Scenario files: compose them along `extends`, refuse clashes, and apply them to the tree of parameters.

A scenario is a pure function from one tree to another. Parents come before children, in the order in which
`extends` lists them. Where two scenarios, neither of which extends the other, change the same thing in
different ways, that is an error, unless a scenario that extends both sets it itself. Multiplications never
clash: all apply.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from costmodel.errors import ParameterError, Problem, did_you_mean
from costmodel.inputs.attribution import without_echoes
from costmodel.inputs.frame import Frame
from costmodel.inputs.loading import read_file
from costmodel.inputs.overrides import Difference, NamedOverride, Override, apply_overrides
from costmodel.inputs.records import Text
from costmodel.inputs.rendering import render
from costmodel.inputs.tree import KeyPath, Location, Tree, dotted, walk_paths
from costmodel.inputs.validation import StrictModel, validate


class Exclusion(StrictModel):
    """A cost that was considered and left out, why, and which way that moves the result."""

    item: Text
    reason: Text
    effect: Literal["understates", "overstates"]


class ScenarioFile(StrictModel):
    """What one scenario file says; the frame is validated when it is whole."""

    label: Text
    question: Text
    extends: list[Text] = Field(default_factory=list)
    hubs: Annotated[list[Text], Field(min_length=1)] | None = None
    frame: dict[str, Any] = Field(default_factory=dict)
    excluded: list[Exclusion] = Field(default_factory=list)
    overrides: dict[str, Override] = Field(default_factory=dict)


@dataclass(frozen=True)
class ResolvedScenario:
    """A scenario with everything it extends.

    Parameters
    ----------
    name
        The file's stem.
    label, question
        The scenario's own.
    lineage
        Names of all scenarios that went into it, parents first, itself last.
    hubs
        Hubs to cost; hub ``x`` is parameter file ``hub_x.yaml``.
    frame
        The whole frame.
    excluded
        Exclusions of all scenarios of the lineage.
    overrides
        Overrides of all scenarios of the lineage in the order in which they apply, each with its origin.
    places
        Location of everything in the frame, and of the list of Hubs, by path.
    frame_differences
        What differs in frame and Hubs from the scenarios at the root of the lineage.
    files
        Where the scenarios of the lineage were read, in its order.
    """

    name: str
    label: str
    question: str
    lineage: tuple[str, ...]
    hubs: tuple[str, ...]
    frame: Frame
    excluded: tuple[Exclusion, ...]
    overrides: tuple[NamedOverride, ...]
    places: Mapping[KeyPath, Location]
    frame_differences: tuple[Difference, ...]
    files: tuple[Path, ...]


def load_scenario(name_or_path: str | Path, folder: Path) -> ResolvedScenario:
    """Load a scenario and everything it extends.

    Parameters
    ----------
    name_or_path
        Name of a scenario of the folder, or path of a file ending in ``.yaml``.
    folder
        Folder of the scenarios that `extends` names.

    Raises
    ------
    ParameterError
        If a file cannot be read or used, a name does not exist, scenarios extend each other in a circle or
        clash, or the frame is not whole; with all problems.
    """
    loader = _Loader(folder)
    own = loader.load(name_or_path)
    if loader.problems or own is None:
        raise ParameterError(loader.problems)
    line = _linear(own)
    problems = [*_clashes(line), *_own_overlaps(line)]
    settings = _settings(line)
    frame, found = validate(Frame, settings, ("frame",))
    problems += found
    if not settings.has(("hubs",)):
        problems.append(_problem(own, (), "hubs", "is missing: name the Hubs, such as [reference]"))
    if problems or frame is None:
        raise ParameterError(problems)
    return ResolvedScenario(
        name=own.name,
        label=own.content.label,
        question=own.content.question,
        lineage=tuple(scenario.name for scenario in line),
        hubs=tuple(settings.get(("hubs",))),
        frame=frame,
        excluded=tuple(dict.fromkeys(item for scenario in line for item in scenario.content.excluded)),
        overrides=tuple(named for scenario in line for named in scenario.overrides()),
        places=settings.origin,
        frame_differences=_frame_differences(line, settings),
        files=tuple(scenario.path for scenario in line),
    )


def apply(
    tree: Tree, scenario: ResolvedScenario, unread: Set[str] = frozenset()
) -> tuple[Tree, tuple[Difference, ...], list[Problem]]:
    """Return the parameters as the scenario has them, what differs, and what does not fit.

    Parameters
    ----------
    tree
        All parameter files; stays as it was.
    scenario
        What `load_scenario` returned.
    unread
        Stems of parameter files that are missing or could not be read: what the scenario says of them is
        passed over, because it cannot be judged.

    Returns
    -------
    The changed tree; the differences in frame and Hubs, then those in the parameters; the problems, such as
    an override of a name that does not exist.
    """
    overrides = [named for named in scenario.overrides if named.name.split(".")[0] not in unread]
    changed, differences, problems = apply_overrides(tree, overrides)
    return (
        changed,
        (*scenario.frame_differences, *differences),
        [*_hub_problems(changed, scenario, unread), *problems],
    )


def scenario_names(folder: Path) -> tuple[str, ...]:
    """Return the names of all scenarios of a folder, sorted."""
    return tuple(sorted(file.stem for file in folder.glob("*.yaml") if not file.name.startswith(".")))


def _hub_problems(tree: Tree, scenario: ResolvedScenario, unread: Set[str]) -> Iterator[Problem]:
    stems = [stem for stem in tree.data if stem.startswith("hub_") and stem != "hub_figures"]
    known = [stem.removeprefix("hub_") for stem in stems]
    for position, hub in enumerate(scenario.hubs):
        if hub not in known and f"hub_{hub}" not in unread:
            message = f"there is no parameter file hub_{hub}.yaml.{did_you_mean(hub, known)}"
        elif hub in scenario.hubs[:position]:
            message = f"'{hub}' stands twice; a Hub is costed once. For a second one, copy hub_{hub}.yaml"
        else:
            continue
        place = scenario.places.get(("hubs", position), scenario.places["hubs",])
        yield Problem(place.file, place.line, f"hubs.{position}", message)


@dataclass(frozen=True)
class _Scenario:
    """One scenario file with those it extends."""

    name: str
    path: Path
    content: ScenarioFile
    tree: Tree
    parents: tuple[_Scenario, ...]

    def overrides(self) -> Iterator[NamedOverride]:
        """Yield the file's own overrides in its order."""
        for name, override in self.content.overrides.items():
            start = ("overrides", name)
            places = {path[2:]: place for path, place in self.tree.origin.items() if path[:2] == start}
            yield NamedOverride(name, override, self.name, self.tree.locate(start), places)

    def settings(self) -> Iterator[tuple[KeyPath, Any]]:
        """Yield path and value of every key of the file's own frame, and of its Hubs."""
        if self.content.hubs is not None:
            yield ("hubs",), self.content.hubs
        yield from _leaves(self.content.frame, ("frame",))

    def ancestors(self) -> frozenset[str]:
        """Return the names of all scenarios that this one extends, itself included."""
        return frozenset({self.name}).union(*(parent.ancestors() for parent in self.parents))


def _leaves(data: Mapping[str, Any], path: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    for key, value in data.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*path, key))
        else:
            yield (*path, key), value


class _Loader:
    """Read scenario files along `extends`, each once, and collect all problems."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[Problem] = []
        self._read: dict[Path, _Scenario | None] = {}

    def load(self, name_or_path: str | Path) -> _Scenario | None:
        """Return the scenario that a user asks for by name or path, or None with problems noted."""
        given = Path(name_or_path)
        is_path = given.suffix == ".yaml" and (given.exists() or len(given.parts) > 1)
        if is_path:
            return self._scenario(given, given.as_posix(), ())
        name = str(name_or_path).removesuffix(".yaml")
        if name in scenario_names(self.folder):
            return self._named(name, ())
        self.problems.append(Problem(self.folder.name, None, "", self._no_such(name)))
        return None

    def _named(self, name: str, children: tuple[str, ...]) -> _Scenario | None:
        return self._scenario(self.folder / f"{name}.yaml", f"{self.folder.name}/{name}.yaml", children)

    def _scenario(self, path: Path, display: str, children: tuple[str, ...]) -> _Scenario | None:
        known = path.resolve()
        if known not in self._read:
            self._read[known] = self._from_file(path, display, children)
        return self._read[known]

    def _from_file(self, path: Path, display: str, children: tuple[str, ...]) -> _Scenario | None:
        tree, problems = read_file(path, display)
        content, found = (None, []) if problems and not tree.data else validate(ScenarioFile, tree)
        self.problems += without_echoes(problems, found)
        if content is None:
            return None
        line = (*children, path.stem)
        parents = [
            self._parent(name, tree.locate(("extends", position)), f"extends.{position}", line)
            for position, name in enumerate(content.extends)
        ]
        found_parents = tuple(parent for parent in parents if parent is not None)
        return _Scenario(path.stem, path, content, tree, found_parents)

    def _parent(self, name: str, place: Location, where: str, line: tuple[str, ...]) -> _Scenario | None:
        if name in line:
            circle = " -> ".join((*line[line.index(name) :], name))
            self.problems.append(Problem(place.file, place.line, where, f"extends in a circle: {circle}"))
            return None
        if name not in scenario_names(self.folder):
            self.problems.append(Problem(place.file, place.line, where, self._no_such(name)))
            return None
        return self._named(name, line)

    def _no_such(self, name: str) -> str:
        names = scenario_names(self.folder)
        there_are = f"There are: {', '.join(names)}" if names else f"There are none in {self.folder.name}"
        return f"no scenario '{name}'.{did_you_mean(name, names)} {there_are}"


def _linear(scenario: _Scenario) -> list[_Scenario]:
    """Return a scenario and all that it extends, each once, parents before children."""
    line: dict[str, _Scenario] = {}
    for parent in scenario.parents:
        line |= {each.name: each for each in _linear(parent) if each.name not in line}
    return [*line.values(), scenario]


def _settings(line: list[_Scenario]) -> Tree:
    """Return frame and Hubs of several scenarios, later ones winning, key by key."""
    top = line[0].tree
    settings = Tree({"frame": {}}, {(): top.locate(()), ("frame",): top.locate(("frame",))})
    for scenario in line:
        for path, value in scenario.settings():
            below = {part: scenario.tree.locate(path + part) for part in walk_paths(value) if part}
            settings = settings.replaced(path, value, scenario.tree.locate(path), below)
    return settings


def _frame_differences(line: list[_Scenario], settings: Tree) -> tuple[Difference, ...]:
    roots = _settings([scenario for scenario in line if not scenario.parents])
    said = {path: scenario for scenario in line for path, _ in scenario.settings()}
    return tuple(
        Difference(
            name=dotted(path),
            old=render(roots.get(path)) if roots.has(path) else "absent",
            new=render(settings.get(path)),
            reason=scenario.content.label,
            location=settings.locate(path),
            unchanged=roots.get(path) == settings.get(path),
        )
        for path, scenario in said.items()
        if scenario.parents
    )


@dataclass(frozen=True)
class _Change:
    """A scenario's own change of one thing: an override, a key of the frame, or the Hubs."""

    scenario: _Scenario
    path: KeyPath
    effect: Any
    text: str
    multiplies: bool = False

    def covers(self, other: _Change) -> bool:
        return not self.multiplies and other.path[: len(self.path)] == self.path


def _changes(scenario: _Scenario) -> Iterator[_Change]:
    for path, value in scenario.settings():
        yield _Change(scenario, path, value, render(value))
    for named in scenario.overrides():
        override = named.override
        path = ("overrides", *named.name.split("."))
        text = f"{override.kind} {render(override.content)}"
        yield _Change(scenario, path, override.effect, text, override.kind == "multiply")


def _clashes(line: list[_Scenario]) -> Iterator[Problem]:
    """Yield the clashes between scenarios of which neither extends the other."""
    changes = [change for scenario in line for change in _changes(scenario)]
    ancestors = {scenario.name: scenario.ancestors() for scenario in line}
    for first, second in combinations(changes, 2):
        names = {first.scenario.name, second.scenario.name}
        if first.scenario.name in ancestors[second.scenario.name] or not _contradict(first, second):
            continue
        children = [scenario for scenario in line if names < ancestors[scenario.name]]
        deciders = [change for change in changes if change.scenario in children]
        if not any(change.covers(first) and change.covers(second) for change in deciders):
            yield _clash(children[0], first, second)


def _contradict(first: _Change, second: _Change) -> bool:
    shared = min(len(first.path), len(second.path))
    is_same_thing = first.path[:shared] == second.path[:shared]
    both_multiply = first.multiplies and second.multiplies
    is_same_change = first.path == second.path and first.effect == second.effect
    return is_same_thing and not both_multiply and not is_same_change


def _clash(child: _Scenario, first: _Change, second: _Change) -> Problem:
    parts = [
        f"'{change.scenario.name}' ({_name(change)}: {change.text}, {_place(change)})"
        for change in (first, second)
    ]
    longest = max((first, second), key=lambda change: len(change.path))
    message = f"clash over {_name(longest)}: {' and '.join(parts)}; set it in this scenario to decide"
    return _problem(child, ("extends",), "extends", message)


def _name(change: _Change) -> str:
    return dotted(change.path[1:] if change.path[0] == "overrides" else change.path)


def _place(change: _Change) -> str:
    tree = change.scenario.tree
    in_file = ("overrides", _name(change)) if change.path[0] == "overrides" else change.path
    place = tree.locate(in_file)
    return f"{place.file} line {place.line}"


def _own_overlaps(line: list[_Scenario]) -> Iterator[Problem]:
    """Yield the overrides of one file of which one lies inside another."""
    for scenario in line:
        names = scenario.content.overrides
        for inner in names:
            for outer in names:
                if inner.startswith(f"{outer}."):
                    message = (
                        f"lies inside '{outer}', which this scenario overrides too; say both in one place"
                    )
                    yield _problem(scenario, ("overrides", inner), f"overrides.{inner}", message)


def _problem(scenario: _Scenario, path: KeyPath, where: str, message: str) -> Problem:
    place = scenario.tree.locate(path)
    return Problem(place.file, place.line, where, message)
