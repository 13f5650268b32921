"""Questions about the files alone: what is wrong with them, what they hold, what they may hold."""

from __future__ import annotations

import json
import shutil
from itertools import accumulate
from pathlib import Path
from typing import Any

from costmodel.errors import ParameterError, Problem, did_you_mean
from costmodel.inputs.project import Project, shipped_folder
from costmodel.inputs.specification import ModelSpec, Parameter
from costmodel.report.run_folder import OutputError, whole_or_nothing
from costmodel.report.writing import RESULTS_SCHEMA


def open_project(parameters: str | Path | None = None, scenarios: str | Path | None = None) -> Project:
    """Return a project: `./parameters` and `./scenarios` if they are there, else the shipped ones.

    Examples
    --------
    >>> "base_case" in open_project().scenario_names()
    True
    """
    return Project(Path(parameters) if parameters else None, Path(scenarios) if scenarios else None)


def init(folder: str | Path) -> Path:
    """Copy the shipped parameters and scenarios to a folder, to edit.

    Raises
    ------
    OutputError
        If the folder holds anything.
    """
    target = Path(folder)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise OutputError(f"{target} is not an empty folder; name a new one")
    with whole_or_nothing(target) as partial:
        for kind in ("parameters", "scenarios"):
            shutil.copytree(shipped_folder(kind), partial / kind)
    return target


def check(project: Project | None = None) -> tuple[list[Problem], list[str]]:
    """Return every problem of every file at once, and the warnings."""
    return (project or Project()).check()


def specification(scenario: str | Path = "base_case", project: Project | None = None) -> ModelSpec:
    """Return the frozen specification of a scenario; raises ParameterError with every problem."""
    return (project or Project()).specification(scenario)


def show(
    name: str | None = None,
    *,
    scenario: str | Path = "base_case",
    evidence: str | None = None,
    unsourced: bool = False,
    project: Project | None = None,
) -> tuple[Parameter, ...]:
    """Return the parameters of a scenario, all of them unless chosen, whatever question reads them.

    Parameters
    ----------
    name
        Dotted name, or the beginning of one.
    scenario
        Whose parameters.
    evidence
        Only those of this class of evidence.
    unsourced
        Only those without a source.
    project
        Where they are; the project of this folder by default.

    Raises
    ------
    ParameterError
        If no parameter has that name.
    """
    spec = (project or Project()).specification(scenario, also=["budget_impact", "reach"])
    parameters = spec.parameters
    chosen = [
        p for p in parameters.values() if name is None or p.name == name or p.name.startswith(f"{name}.")
    ]
    if name is not None and not chosen:
        beginnings = {start for each in parameters for start in accumulate(each.split("."), "{}.{}".format)}
        hint = did_you_mean(name, sorted(beginnings))
        message = f"there is no parameter '{name}' in scenario {scenario}.{hint}"
        raise ParameterError([Problem("parameters", None, name, message)])
    return tuple(
        p for p in chosen if (evidence is None or p.evidence == evidence) and not (unsourced and p.source)
    )


def json_schema(of: str = "scenario") -> dict[str, Any]:
    """Return a JSON Schema: of a parameter file, a scenario, a file of staff, or of `results.json`.

    Raises
    ------
    KeyError
        If there is no schema of that name; it holds the names that there are.
    """
    from costmodel.inputs.model_files import MODEL_FILES
    from costmodel.inputs.scenarios import ScenarioFile
    from costmodel.inputs.schema import Hub
    from costmodel.inputs.staff_files import StaffFile
    from costmodel.inputs.table_files import FILE_MODELS

    models: dict[str, Any] = {
        **FILE_MODELS, **MODEL_FILES, "hub": Hub, "scenario": ScenarioFile, "staff_file": StaffFile
    }  # fmt: skip
    if of == "results":
        results: dict[str, Any] = json.loads(RESULTS_SCHEMA.read_text(encoding="utf-8"))
        return results
    if of not in models:
        raise KeyError(", ".join([*models, "results"]))
    schema: dict[str, Any] = models[of].model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
