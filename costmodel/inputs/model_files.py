"""Files of the model: which there are, which may be left out, and what they hold together."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from pydantic import RootModel

from costmodel.errors import Problem
from costmodel.inputs.budget_file import BudgetImpactFile
from costmodel.inputs.consistency import Files
from costmodel.inputs.loading import Tree
from costmodel.inputs.reach_file import ReachFile
from costmodel.inputs.references import hub_stems
from costmodel.inputs.schema import (
    Activity,
    Correlations,
    CostingRules,
    ServiceUse,
    SharedPost,
    StaffPool,
)
from costmodel.inputs.staffing_file import StaffingFile
from costmodel.inputs.table_files import FILE_MODELS
from costmodel.inputs.tree import KeyPath
from costmodel.inputs.waiting_file import WaitingFile

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
    "waiting": WaitingFile,
    "staffing_options": StaffingFile,
    "budget_impact": BudgetImpactFile,
    "reach": ReachFile,
}
"""Model of every parameter file that is neither a reference table nor a Hub (`hub_<id>.yaml`)."""

OPTIONAL_MODEL_FILES: Final = frozenset(
    {"correlations", "shared_posts", "waiting", "staffing_options", "budget_impact", "reach"}
)

_EXTRA_FILES: Final = OPTIONAL_MODEL_FILES - {"correlations", "shared_posts"}
"""Those that the cost of a year can do without, whatever they hold."""

Extra = Literal["waiting", "staffing", "budget_impact", "reach"]
"""What only some questions read, each from an optional file of its own, as a specification names it."""
EXTRAS: Final[tuple[Extra, ...]] = get_args(Extra)
DRAWN: Final[tuple[Extra, ...]] = ("waiting", "budget_impact", "reach")
"""Those of them that hold uncertain parameters; the options for staffing are choices."""


@dataclass(frozen=True)
class ModelFile:
    """One file of the model, validated by itself: what it holds, its problems, the parameters it names."""

    data: Any
    model: Any
    problems: list[Problem]
    names: list[str]
    joint_names: list[str]
    sources: list[tuple[KeyPath, str]]


def missing_stems(tree: Tree) -> list[str]:
    """Return which files that a year's cost needs are not there."""
    return [stem for stem in MODEL_FILES if stem not in OPTIONAL_MODEL_FILES and not tree.has((stem,))]


def missing_files(tree: Tree) -> Iterator[Problem]:
    """Yield that a file is missing, for each that a year's cost needs."""
    for stem in missing_stems(tree):
        yield Problem(f"{tree.locate(()).file or 'parameters'}/{stem}.yaml", None, stem, "is missing")


def unknown_files(tree: Tree) -> Iterator[Problem]:
    """Yield that a file is none of those that a project holds."""
    known = {*FILE_MODELS, *MODEL_FILES, *hub_stems(tree)}
    ours = ", ".join(f"{name}.yaml" for name in (*MODEL_FILES, "hub_<id>"))
    for stem in tree.data:
        if stem not in known:
            message = f"is neither a reference table nor one of {ours}; rename or remove it"
            yield Problem(tree.locate((stem,)).file, None, stem, message)


def can_be_used(files: Mapping[str, ModelFile], unread: Collection[str]) -> bool:
    """Return whether every file that a year's cost needs is there, and all that it reads fit their models."""
    usable = {stem for stem, file in files.items() if file.model is not None and stem not in unread}
    return usable >= (MODEL_FILES.keys() - OPTIONAL_MODEL_FILES) | (files.keys() - _EXTRA_FILES)


def content_of(files: Mapping[str, ModelFile]) -> Files:
    """Return what the files hold together; all that a year's cost needs must be there."""
    models = {stem: file.model for stem, file in files.items()}
    return Files(
        rules=models["costing_rules"],
        pools=models["staff_pools"].root,
        activities=_in_serving_order(models["activities"].root),
        hubs={stem.removeprefix("hub_"): model for stem, model in models.items() if stem.startswith("hub_")},
        shared_posts=models["shared_posts"].root if "shared_posts" in models else {},
        service_use=models["service_use"],
        correlations=models.get("correlations", Correlations()),
        waiting=models.get("waiting"),
        staffing=models.get("staffing_options"),
        budget_impact=models.get("budget_impact"),
        reach=models.get("reach"),
    )


def with_waiting(also: Collection[Extra], files: Files) -> set[Extra]:
    """Return what belongs to a specification: who waits belongs to every one, where the project says it."""
    found: set[Extra] = set() if files.waiting is None else {"waiting"}
    return found.union(also)


def _in_serving_order(activities: Mapping[str, Activity]) -> dict[str, Activity]:
    return dict(sorted(activities.items(), key=lambda each: each[1].served or math.inf))
