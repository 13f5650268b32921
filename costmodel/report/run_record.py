"""How a run was made, and the digest that names it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from costmodel.inputs.specification import ModelSpec, Parameter, PriceMove
from costmodel.report.run_folder import PROGRAM
from costmodel.uncertainty.draws import Plan

_PACKAGES: Final = (
    "numpy", "scipy", "pandas", "pyyaml", "pydantic", "matplotlib", "SALib", "jinja2", "pyarrow", "click",
    "simpy",
)  # fmt: skip


@dataclass(frozen=True)
class RunRecord:
    """How a run was made.

    Attributes
    ----------
    command
        What the user asked, to ask it again.
    sampler, draws, seed, chunk_size
        How it was drawn.
    inputs
        SHA-256 of every parameter and scenario file that went in, by name.
    """

    command: str
    sampler: str
    draws: int
    seed: int
    chunk_size: int
    inputs: Mapping[str, str]


def run_id(spec: ModelSpec, sampler: str, draws: int, seed: int) -> str:
    """Return the digest that names a run: the same question, parameters and draws have the same id.

    Where the files lie, their comments and the order of keys within an entry play no part. The order of
    entries does: sums are taken in it, and may differ in their last bit.
    """
    scenario = spec.scenario
    content = {
        "program": program_version(),
        "scenario": [scenario.name, scenario.label, scenario.question],
        "excluded": [exclusion.model_dump(mode="json") for exclusion in scenario.excluded],
        "frame": spec.frame.model_dump(mode="json"),
        "hubs": list(spec.hubs),
        "structure": _structure(spec),
        "parameters": {name: _content(parameter) for name, parameter in spec.parameters.items()},
        "plan": _plan(spec.plan),
        "prices": [_price(spec, move) for move in sorted(spec.price_moves)],
        "law": [str(period) for period in spec.statutory_periods],
        "sampler": sampler,
        "draws": draws,
        "seed": seed,
    }
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]


def _content(parameter: Parameter) -> dict[str, Any]:
    return {key: value for key, value in asdict(parameter).items() if key != "location"}


def _price(spec: ModelSpec, move: PriceMove) -> list[Any]:
    return [*asdict(move).values(), spec.index_factor(move.index, move.from_year, move.to_year)]


def _plan(plan: Plan) -> dict[str, Any]:
    """Return which parameters share their random numbers, and how they are correlated."""
    return {
        "streams": {variable.name: variable.stream_name for variable in plan.variables},
        "joint": {joint.name: joint.stream_names for joint in plan.joint_variables},
        "correlations": sorted([*block.names, block.matrix.tolist()] for block in plan.correlations),
    }


def _structure(spec: ModelSpec) -> dict[str, Any]:
    """Return what the files of the model say: activities, posts, rules, payers, and their records."""
    parts: dict[str, Any] = {
        "rules": spec.rules.model_dump(mode="json"),
        "service_use": spec.service_use.model_dump(mode="json"),
        "waiting": None if spec.waiting is None else spec.waiting.model_dump(mode="json"),
        "referrals": dict(spec.referrals),
    }
    for name, models in (
        ("pools", spec.pools),
        ("activities", spec.activities),
        ("hubs", spec.hubs),
        ("shared_posts", spec.shared_posts),
    ):
        parts[name] = [[key, model.model_dump(mode="json")] for key, model in models.items()]
    return parts


def program_version() -> str:
    """Return the version of this program."""
    try:
        return version(PROGRAM)
    except PackageNotFoundError:
        return "not installed"


def package_versions() -> dict[str, str]:
    """Return the versions of the packages that results come from."""
    return {name: version(name) for name in _PACKAGES}


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
