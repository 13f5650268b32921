"""What a staffed health service costs, per client and per what, and how sure we are.

The same verbs as the command line, for scripts and notebooks:

>>> import costmodel
>>> with costmodel.run("base_case", costmodel.RunOptions(draws=100)) as simulation:
...     outcome = simulation.outcome("cost_per_registered")
>>> outcome.unit, outcome.price_year, outcome.perspective
('GBP/client', '2023/24', 'nhs_pss')
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from costmodel.analysis.compare import Comparison, changed_parameters, compare
    from costmodel.analysis.explain import explain
    from costmodel.analysis.unit_costs import unit_costs, unit_costs_of_file
    from costmodel.api import (
        RunOptions,
        check,
        init,
        open_project,
        run,
        run_all,
        run_to_folder,
        show,
        specification,
    )
    from costmodel.errors import ParameterError, Problem
    from costmodel.inputs.project import Project
    from costmodel.inputs.specification import ModelSpec, Parameter
    from costmodel.results import Outcome
    from costmodel.runner import RunError, Simulation

_HOME = {
    "Comparison": "costmodel.analysis.compare",
    "changed_parameters": "costmodel.analysis.compare",
    "compare": "costmodel.analysis.compare",
    "explain": "costmodel.analysis.explain",
    "unit_costs": "costmodel.analysis.unit_costs",
    "unit_costs_of_file": "costmodel.analysis.unit_costs",
    "RunOptions": "costmodel.api",
    "check": "costmodel.api",
    "init": "costmodel.api",
    "open_project": "costmodel.api",
    "run": "costmodel.api",
    "run_all": "costmodel.api",
    "run_to_folder": "costmodel.api",
    "show": "costmodel.api",
    "specification": "costmodel.api",
    "ParameterError": "costmodel.errors",
    "Problem": "costmodel.errors",
    "Project": "costmodel.inputs.project",
    "ModelSpec": "costmodel.inputs.specification",
    "Parameter": "costmodel.inputs.specification",
    "Outcome": "costmodel.results",
    "RunError": "costmodel.runner",
    "Simulation": "costmodel.runner",
}

__all__ = [
    "Comparison",
    "ModelSpec",
    "Outcome",
    "Parameter",
    "ParameterError",
    "Problem",
    "Project",
    "RunError",
    "RunOptions",
    "Simulation",
    "changed_parameters",
    "check",
    "compare",
    "explain",
    "init",
    "open_project",
    "run",
    "run_all",
    "run_to_folder",
    "show",
    "specification",
    "unit_costs",
    "unit_costs_of_file",
]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that the command line starts at once."""
    if name not in _HOME:
        raise AttributeError(f"module 'costmodel' has no attribute '{name}'")
    return getattr(import_module(_HOME[name]), name)
