"""A project: one folder of parameters and one of scenarios, read once, from which every specification comes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from pydantic import RootModel

from costmodel.errors import ParameterError, Problem
from costmodel.inputs.consistency import Files, find_problems, find_record_problems
from costmodel.inputs.loading import Tree, read_folder, validate
from costmodel.inputs.parameters import iter_model_records
from costmodel.inputs.records import JointRecord, Record
from costmodel.inputs.reference_tables import ReferenceTables
from costmodel.inputs.resolution import Resolved, resolve, sampling_plan
from costmodel.inputs.scenarios import ResolvedScenario, apply, load_scenario, scenario_names
from costmodel.inputs.schema import Activity, Correlations, CostingRules, Hub, ServiceUse, SharedPost, StaffPool
from costmodel.inputs.specification import ModelSpec, Parameter, posts_of
from costmodel.inputs.table_files import FILE_MODELS, read_reference_tables
from costmodel.uncertainty.errors import UncertaintyError

STALE_PRICE_YEARS: Final = 3

_Pools = RootModel[dict[str, StaffPool]]
_Activities = RootModel[dict[str, Activity]]
_SharedPosts = RootModel[dict[str, SharedPost]]

MODEL_FILES: Final[Mapping[str, Any]] = {
    "costing_rules": CostingRules,
    "staff_pools": _Pools,
    "activities": _Activities,
    "service_use": ServiceUse,
    "correlations": Correlations,
    "shared_posts": _SharedPosts,
}
"""Model of every parameter file that is neither a reference table nor a Hub (`hub_<id>.yaml`)."""

OPTIONAL_MODEL_FILES: Final = frozenset({"correlations", "shared_posts"})


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
        self.parameters_folder = parameters or default_folder("parameters")
        self.scenarios_folder = scenarios or default_folder("scenarios")
        self._validated: dict[int, tuple[Any, Any, list[Problem]]] = {}

    @cached_property
    def _read(self) -> tuple[Tree, list[Problem]]:
        return read_folder(self.parameters_folder, display="parameters")

    @property
    def tree(self) -> Tree:
        """Everything that the parameter files say."""
        return self._read[0]

    @cached_property
    def _tables(self) -> tuple[ReferenceTables | None, list[Problem]]:
        return read_reference_tables(self.tree)

    def tables(self) -> ReferenceTables:
        """Return the reference tables."""
        tables, problems = self._tables
        if tables is None:
            raise ParameterError([*self._read[1], *problems])
        return tables

    def scenario_names(self) -> tuple[str, ...]:
        """Return the names of all scenarios."""
        return scenario_names(self.scenarios_folder)

    def specification(self, scenario: str | Path) -> ModelSpec:
        """Return the frozen specification of a scenario."""
        resolved = load_scenario(scenario, self.scenarios_folder)
        spec, problems = self._build(resolved)
        if problems or spec is None:
            raise ParameterError([*self._read[1], *problems])
        return spec

    def check(self) -> tuple[list[Problem], list[str]]:
        """Return every problem of every file, and what is worth a warning."""
        problems: list[Problem] = [*self._read[1], *self._tables[1], *self._files(self.tree)[1]]
        warnings: dict[str, None] = {}
        for name in self.scenario_names():
            try:
                spec, found = self._build(load_scenario(name, self.scenarios_folder))
            except ParameterError as error:
                problems += error.problems
                continue
            problems += found
            if spec is not None:
                warnings |= dict.fromkeys(spec.warnings)
        return sorted(set(problems)), list(warnings)

    def _build(self, scenario: ResolvedScenario) -> tuple[ModelSpec | None, list[Problem]]:
        """Return the specification, or every problem that stands in its way."""
        tree, differences, problems = apply(self.tree, scenario)
        files, found = self._files(tree)
        tables, table_problems = self._tables
        problems += found + table_problems + self._read[1]
        if files is None or tables is None or problems:
            return None, problems
        records = list(_records(files))
        names = [name for name, _ in _parameter_names(records)]
        names += [f"service_use.services.{name}.unit_cost" for name in files.service_use.services]
        problems += find_record_problems(tree, tables, records)
        problems += find_problems(tree, files, tables, scenario.frame, scenario.hubs, names)
        if problems:
            return None, problems
        hubs = {hub: files.hubs[hub] for hub in scenario.hubs}
        shared = {k: v for k, v in files.shared_posts.items() if any(hub in hubs for hub in v.shared.hubs)}
        try:
            return self._resolve(scenario, differences, tree, tables, files, hubs, shared), []
        except ParameterError as error:
            return None, list(error.problems)
        except UncertaintyError as error:
            place = tree.locate(("correlations",))
            return None, [Problem(place.file, place.line, "correlations", str(error))]

    def _resolve(
        self,
        scenario: ResolvedScenario,
        differences: tuple[Any, ...],
        tree: Tree,
        tables: ReferenceTables,
        files: Files,
        hubs: Mapping[str, Hub],
        shared: Mapping[str, SharedPost],
    ) -> ModelSpec:
        edition = scenario.frame.edition
        schemas = tables.staff_schemas(edition)
        staff_price_year = next(iter(schemas.values())).price_year
        models: dict[str, Any] = {
            "costing_rules": files.rules,
            "staff_pools": files.pools,
            "activities": files.activities,
            "service_use": files.service_use,
            "shared_posts": shared,
            **{f"hub_{hub_id}": hub for hub_id, hub in hubs.items()},
        }
        posts = list(posts_of(hubs, shared))
        resolved = resolve(
            tree, tables, models, posts, files.rules, files.service_use.services, edition, staff_price_year
        )
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
            staff_price_year=staff_price_year,
            warnings=tuple(_warnings(scenario, differences, resolved)),
        )
        _require_prices(spec)
        return spec

    def _files(self, tree: Tree) -> tuple[Files | None, list[Problem]]:
        """Return the validated model files of a tree; files that a scenario leaves alone are validated once."""
        models: dict[str, Any] = {}
        problems: list[Problem] = [
            Problem(tree.locate((stem,)).file, None, stem, _not_a_file_of_ours(stem))
            for stem in tree.data
            if stem not in FILE_MODELS and stem not in MODEL_FILES and not stem.startswith("hub_")
        ]
        for stem, model in MODEL_FILES.items():
            if stem in OPTIONAL_MODEL_FILES and not tree.has((stem,)):
                continue
            models[stem], found = self._validate(model, tree, stem)
            problems += found
        hubs: dict[str, Hub] = {}
        for stem in tree.data:
            if stem.startswith("hub_") and stem not in FILE_MODELS:
                hub, found = self._validate(Hub, tree, stem)
                problems += found
                hubs[stem.removeprefix("hub_")] = hub
        if problems:
            return None, problems
        return (
            Files(
                rules=models["costing_rules"],
                pools=models["staff_pools"].root,
                activities=models["activities"].root,
                hubs=hubs,
                shared_posts=models["shared_posts"].root if "shared_posts" in models else {},
                service_use=models["service_use"],
                correlations=models.get("correlations", Correlations()),
            ),
            [],
        )

    def _validate(self, model: Any, tree: Tree, stem: str) -> tuple[Any, list[Problem]]:
        data = tree.get((stem,))
        known = self._validated.get(id(data))
        if known is None or known[0] is not data:
            known = (data, *validate(model, tree, (stem,)))
            self._validated[id(data)] = known
        return known[1], known[2]


def _records(files: Files) -> Iterator[tuple[str, Record | JointRecord]]:
    yield from iter_model_records(files.rules, "costing_rules")
    yield from iter_model_records(files.service_use, "service_use")
    for prefix, models in (
        ("staff_pools", files.pools),
        ("activities", files.activities),
        ("shared_posts", files.shared_posts),
    ):
        for name, model in models.items():
            yield from iter_model_records(model, f"{prefix}.{name}")
    for hub_id, hub in files.hubs.items():
        yield from iter_model_records(hub, f"hub_{hub_id}")


def _parameter_names(
    records: list[tuple[str, Record | JointRecord]],
) -> Iterator[tuple[str, Record | JointRecord]]:
    for name, record in records:
        if isinstance(record, JointRecord):
            yield from ((f"{name}.{component}", record) for component in record.components)
        else:
            yield name, record


def _not_a_file_of_ours(stem: str) -> str:
    known = ", ".join(f"{name}.yaml" for name in (*MODEL_FILES, "hub_<id>"))
    return f"is neither a reference table nor one of {known}; rename or remove it"


def _require_prices(spec: ModelSpec) -> None:
    """Look every price index up now, so that a year outside a table stops the run before it starts."""
    _ = spec.statutory_periods
    spec.index_factor("pay", spec.staff_price_year)
    spec.index_factor("non_pay", spec.staff_price_year)
    window_year = str(spec.service_use.published_mean.price_year)
    for name, service in spec.services.items():
        own_year = str(spec.parameters[f"service_use.services.{name}.unit_cost"].price_year)
        spec.index_factor(service.index, own_year, window_year)
        spec.index_factor(service.index, window_year)
    for parameter in spec.parameters.values():
        if parameter.price_year and re.match(r"hub_[^.]+\.(non_pay|capital)\.", parameter.name):
            spec.index_factor("non_pay", parameter.price_year)


def _warnings(
    scenario: ResolvedScenario, differences: tuple[Any, ...], resolved: Resolved
) -> Iterator[str]:
    yield from resolved.warnings
    for difference in differences:
        if difference.unchanged:
            yield f"{scenario.name}: the override of {difference.name} changes nothing"
    year = int(scenario.frame.price_year[:4])
    for parameter in resolved.parameters.values():
        if parameter.price_year and year - int(parameter.price_year[:4]) > STALE_PRICE_YEARS:
            yield f"{parameter.name}: prices of {parameter.price_year} are more than {STALE_PRICE_YEARS} years old"


__all__ = ["MODEL_FILES", "Parameter", "Project", "default_folder", "shipped_folder"]
