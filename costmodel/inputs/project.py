"""A project: one folder of parameters and one of scenarios, read once, source of every specification."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from costmodel.errors import ParameterError, Problem
from costmodel.inputs.attribution import PARAMETERS, of_some_scenarios, without_echoes
from costmodel.inputs.consistency import (
    Files,
    find_optional_problems,
    find_problems,
    frame_problems,
    passed_over,
)
from costmodel.inputs.frame import Frame
from costmodel.inputs.loading import Tree, read_folder, validate
from costmodel.inputs.model_files import (
    DRAWN,
    EXTRAS,
    MODEL_FILES,
    Extra,
    ModelFile,
    can_be_used,
    content_of,
    missing_files,
    missing_stems,
    unknown_files,
    with_waiting,
)
from costmodel.inputs.overrides import Difference
from costmodel.inputs.reference_tables import ReferenceTables
from costmodel.inputs.references import (
    hub_stems,
    named_sources,
    parameter_names,
    unit_problems,
    unknown_names,
)
from costmodel.inputs.referrals import read_referrals
from costmodel.inputs.resolution import resolve, sampling_plan
from costmodel.inputs.scenarios import ResolvedScenario, apply, load_scenario, scenario_names
from costmodel.inputs.schema import Hub
from costmodel.inputs.specification import ModelSpec, posts_of
from costmodel.inputs.specification_checks import price_problems, warnings_of
from costmodel.inputs.staff_figures import price_year_of
from costmodel.inputs.table_files import FILE_MODELS, read_reference_tables
from costmodel.inputs.waiting_checks import waiting_of_run


def shipped_folder(kind: str) -> Path:
    """Return the folder of parameters or scenarios that comes with the program."""
    package = Path(__file__).parent.parent
    installed = package / "shipped" / kind
    return installed if installed.is_dir() else package.parent / kind


def default_folder(kind: str) -> Path:
    """Return the project's own folder if there is one here, else the shipped one; they are never mixed."""
    own = Path(kind)
    return own if own.is_dir() else shipped_folder(kind)


class Project:
    """Parameters and scenarios, each read and validated once.

    Parameters
    ----------
    parameters, scenarios
        Folders; the project's own (`./parameters`, `./scenarios`) or else the shipped ones by default.

    Raises
    ------
    ParameterError
        From its methods, with every problem of the files that they need.
    """

    def __init__(self, parameters: Path | None = None, scenarios: Path | None = None) -> None:
        self.parameters_folder = (parameters or default_folder("parameters")).absolute()
        self.scenarios_folder = (scenarios or default_folder("scenarios")).absolute()
        self._checked: dict[str, ModelFile] = {}

    @cached_property
    def _read(self) -> tuple[Tree, list[Problem]]:
        return read_folder(self.parameters_folder, display=PARAMETERS)

    @property
    def tree(self) -> Tree:
        """Everything that the parameter files say."""
        return self._read[0]

    @cached_property
    def _unread(self) -> frozenset[str]:
        """Stems of the parameter files that are missing or could not be read."""
        unreadable = {Path(problem.file).stem for problem in self._read[1] if not problem.where}
        return frozenset(unreadable.union(missing_stems(self.tree)))

    @cached_property
    def _tables(self) -> tuple[ReferenceTables | None, list[Problem]]:
        return read_reference_tables(self.tree)

    def tables(self) -> ReferenceTables:
        """Return the reference tables."""
        tables, problems = self._tables if self.tree.data else (None, [])
        if tables is None or any(Path(problem.file).stem in FILE_MODELS for problem in self._read[1]):
            raise ParameterError(set(without_echoes(self._read[1], problems)))
        return tables

    def _tables_of(self, tree: Tree) -> tuple[ReferenceTables | None, list[Problem]]:
        """Return the tables of a tree; those of the project itself where a scenario leaves them alone."""
        changed = any(tree.data.get(stem) is not self.tree.data.get(stem) for stem in FILE_MODELS)
        return read_reference_tables(tree) if changed else self._tables

    def scenario_names(self) -> tuple[str, ...]:
        """Return the names of all scenarios."""
        return scenario_names(self.scenarios_folder)

    def specification(self, scenario: str | Path, *, also: Collection[Extra] = ()) -> ModelSpec:
        """Return the frozen specification of a scenario.

        Parameters
        ----------
        scenario
            Name, or path of a file.
        also
            What else belongs to it; nothing of a year's cost depends on it. Lists of people waiting always
            belong to it where the project has them, and must be there if asked for.
        """
        found = load_scenario(scenario, self.scenarios_folder)
        spec, problems = self._build(found, also)
        if spec is None:
            raise ParameterError(set(problems))
        return self._with_referrals(spec)

    def check(self) -> tuple[list[Problem], list[str]]:
        """Return every problem of every file, and what is worth a warning."""
        own = self._own_problems()
        of_scenarios: dict[Problem, list[str]] = {}
        specs: list[ModelSpec] = []
        names = self.scenario_names()
        for name in names:
            found, spec = self._scenario_problems(name)
            for problem in found:
                of_scenarios.setdefault(problem, []).append(name)
            specs += [] if spec is None else [spec]
        warnings = dict.fromkeys(warning for spec in specs for warning in spec.warnings)
        problems = [*own, *of_some_scenarios(of_scenarios, own, len(names))]
        if not problems:
            problems += self._series_problems(specs)
            warnings |= dict.fromkeys(passed_over(self.tree, content_of(self._files(self.tree))))
        return sorted(set(problems)), list(warnings)

    def _own_problems(self) -> list[Problem]:
        """Return what is wrong with the files of parameters, whatever scenarios make of them."""
        files = self._files(self.tree)
        return [*self._folder_problems(), *self._parameter_problems(self.tree, files, {}, EXTRAS)]

    def _scenario_problems(self, name: str) -> tuple[list[Problem], ModelSpec | None]:
        """Return what is wrong with a scenario, optional files included, or its specification."""
        try:
            scenario = load_scenario(name, self.scenarios_folder)
            spec, found = self._build(scenario)
        except ParameterError as error:
            return list(error.problems), None
        tree, _, _ = apply(self.tree, scenario, self._unread)
        files = self._files(tree)
        if can_be_used(files, self._unread):
            found += find_optional_problems(tree, content_of(files), EXTRAS)
        return list(dict.fromkeys(found)), spec

    def _series_problems(self, specs: Iterable[ModelSpec]) -> Iterator[Problem]:
        """Yield what is wrong with the series of registrations that scenarios follow, each read once."""
        hubs: dict[tuple[str, str], dict[str, None]] = {}
        for spec in specs:
            series = None if spec.waiting is None else spec.waiting.arrivals.file
            if series is not None:
                hubs.setdefault((series, _first_month(spec.frame)), {}).update(dict.fromkeys(spec.hubs))
        for (series, first_month), wanted in hubs.items():
            try:
                self._referrals(series, list(wanted), first_month)
            except ParameterError as error:
                yield from error.problems

    def _referrals(self, name: str, hubs: Sequence[str], first_month: str) -> dict[str, tuple[float, ...]]:
        """Return the series of registrations that arrivals name."""
        return read_referrals(self.parameters_folder / name, f"{PARAMETERS}/{name}", hubs, first_month)

    def _folder_problems(self) -> Iterator[Problem]:
        if not self.scenario_names():
            what = "holds no .yaml file" if self.scenarios_folder.is_dir() else "there is no such folder"
            yield Problem(self.scenarios_folder.name, None, "", f"{what}; 'costmodel init DIR' writes one")

    def _parameter_problems(
        self, tree: Tree, files: Mapping[str, ModelFile], editions: Mapping[str, str], also: Collection[Extra]
    ) -> list[Problem]:
        """Return what is wrong with the parameter files by themselves, and with the names that they use.

        Optional files are looked at further where all others can be used, whatever is wrong with one of them.
        """
        if not tree.data:
            return list(self._read[1])
        tables, problems = self._tables_of(tree)
        found = [*problems, *missing_files(tree), *unknown_files(tree)]
        found += [problem for file in files.values() for problem in file.problems]
        names = {name for file in files.values() for name in file.names}
        joint = {name for file in files.values() for name in file.joint_names}
        sources = [source for file in files.values() for source in file.sources]
        found += unknown_names(tree, tables, editions, names, joint, sources)
        if can_be_used(files, self._unread):
            content = content_of(files)
            found += find_optional_problems(tree, content, with_waiting(also, content))
        return without_echoes(self._read[1], found)

    def _build(
        self, scenario: ResolvedScenario, also: Collection[Extra] = ()
    ) -> tuple[ModelSpec | None, list[Problem]]:
        """Return the specification, or every problem that stands in its way."""
        if not self.tree.data:
            return None, list(self._read[1])
        tree, differences, problems = apply(self.tree, scenario, self._unread)
        places = Tree({}, scenario.places)
        files, tables = self._files(tree), self._tables_of(tree)[0]
        if tables is not None:
            problems += frame_problems(scenario.frame, tables, places)
        is_known = tables is not None and scenario.frame.edition in tables.editions()
        editions = dict.fromkeys(scenario.hubs if is_known else (), scenario.frame.edition)
        problems += self._parameter_problems(tree, files, editions, also)
        if problems or tables is None:
            return None, problems
        content = content_of(files)
        also = with_waiting(also, content)
        problems = find_problems(tree, content, tables, scenario.frame.edition, scenario.hubs)
        if problems:
            return None, problems
        try:
            return _specification(scenario, differences, tree, tables, content, also), []
        except ParameterError as error:
            return None, list(error.problems)

    def _with_referrals(self, spec: ModelSpec) -> ModelSpec:
        """Return a specification with the series of registrations that its arrivals name."""
        name = None if spec.waiting is None else spec.waiting.arrivals.file
        if name is None:
            return spec
        return replace(spec, referrals=self._referrals(name, list(spec.hubs), _first_month(spec.frame)))

    def _files(self, tree: Tree) -> dict[str, ModelFile]:
        """Return the model files of a tree by stem; those that a scenario leaves alone are validated once."""
        models = {stem: model for stem, model in MODEL_FILES.items() if tree.has((stem,))}
        models |= dict.fromkeys(hub_stems(tree), Hub)
        return {stem: self._file(tree, stem, model) for stem, model in models.items()}

    def _file(self, tree: Tree, stem: str, model: Any) -> ModelFile:
        data = tree.get((stem,))
        known = self._checked.get(stem)
        if known is not None and known.data is data:
            return known
        content, problems = validate(model, tree, (stem,))
        problems += unit_problems(tree, stem)
        sources = list(named_sources(tree, stem))
        file = ModelFile(data, content, problems, *parameter_names(tree, stem), sources)
        if data is self.tree.get((stem,)):
            self._checked[stem] = file
        return file


def _first_month(frame: Frame) -> str:
    return f"{frame.base_date:%Y-%m}"


def _specification(
    scenario: ResolvedScenario,
    differences: tuple[Difference, ...],
    tree: Tree,
    tables: ReferenceTables,
    files: Files,
    also: Collection[Extra],
) -> ModelSpec:
    hubs = {hub: files.hubs[hub] for hub in scenario.hubs}
    shared = {
        key: post for key, post in files.shared_posts.items() if any(hub in hubs for hub in post.shared.hubs)
    }
    edition = scenario.frame.edition
    models: dict[str, Any] = {
        "costing_rules": files.rules,
        "staff_pools": files.pools,
        "activities": files.activities,
        "service_use": files.service_use,
        "shared_posts": shared,
        **{f"hub_{hub_id}": hub for hub_id, hub in hubs.items()},
    }
    own: dict[str, Any] = {name: getattr(files, name) for name in EXTRAS if name in also}
    if "waiting" in own:
        own["waiting"] = waiting_of_run(tree, files.waiting, list(hubs))
    models |= {name: own[name] for name in DRAWN if own.get(name) is not None}
    services = files.service_use.services
    posts = list(posts_of(hubs, shared))
    resolved = resolve(tree, tables, models, posts, files.rules, services, edition)
    spec = ModelSpec(
        scenario=scenario,
        differences=differences,
        tables=tables,
        rules=files.rules,
        pools=files.pools,
        activities=files.activities,
        hubs=hubs,
        shared_posts=shared,
        service_use=files.service_use,
        parameters=resolved.parameters,
        plan=sampling_plan(resolved, files.correlations),
        staff_price_year=price_year_of(tables, edition),
        **own,
    )
    problems = list(price_problems(spec, tree))
    if problems:
        raise ParameterError(problems)
    return replace(spec, warnings=tuple(warnings_of(spec, resolved.warnings)))
