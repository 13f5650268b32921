"""Everything a report shows besides the outcomes: analyses computed once, and pictures drawn from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from costmodel.analysis.capacity_of_run import CapacityOfRun
from costmodel.analysis.engines import NOBODY
from costmodel.analysis.one_way import Tornado, tornado
from costmodel.analysis.summary import Evidence, Uncertainty, evidence, uncertainties
from costmodel.analysis.validation import Check, validation
from costmodel.inputs.specification import ModelSpec, PostEntry
from costmodel.report.capacity_chapter import CapacityChapter, capacity_chapter
from costmodel.report.cost_parts import CostPart, cost_parts, illustrative_cost_share
from costmodel.report.figures import draw_pictures
from costmodel.report.picture import Picture
from costmodel.runner import Simulation

MAIN_OUTCOMES: Final = ("total_hub_cost", "cost_per_registered")
"""Outcomes whose uncertainty the report takes apart."""

WITHOUT_WAITING: Final = CapacityOfRun(None, None, "Nobody asked about waiting when this report was made.")


@dataclass(frozen=True)
class ReportContent:
    """What the report shows besides the outcomes.

    Attributes
    ----------
    cost_parts
        Parts that add up to the Hub's cost, in declared order.
    tornados, uncertainties
        One-way bars and drivers of the main outcomes, in their order.
    checks
        Our figures beside published ones.
    evidence
        What the parameters rest on.
    illustrative_cost_share
        Share of the base case's cost on ledger lines that use at least one illustrative input. [share]
    full_share_of_pool
        Share of draws in which all hours of a staff pool are used, by pool. [share]
    not_started_share
        Share of draws in which some clients could not start therapy. [share]
    labels
        A label for every parameter that no other has.
    pictures
        The figures of the report, in its order.
    capacity
        The chapter on capacity and waiting.
    """

    cost_parts: tuple[CostPart, ...]
    tornados: tuple[Tornado, ...]
    uncertainties: tuple[Uncertainty, ...]
    checks: tuple[Check, ...]
    evidence: Evidence
    illustrative_cost_share: float
    full_share_of_pool: Mapping[str, float]
    not_started_share: float
    labels: Mapping[str, str]
    pictures: tuple[Picture, ...]
    capacity: CapacityChapter

    @cached_property
    def picture_of(self) -> Mapping[str, Picture]:
        """The pictures by name."""
        return {picture.name: picture for picture in self.pictures}


def analyse(simulation: Simulation, waiting: CapacityOfRun = WITHOUT_WAITING) -> ReportContent:
    """Compute what the report of a run shows besides its outcomes.

    Parameters
    ----------
    simulation
        The run.
    waiting
        Demand against capacity on the same draws.
    """
    spec = simulation.spec
    labels = distinct_labels(spec)
    parts = cost_parts(simulation)
    tornados = tornado(spec, MAIN_OUTCOMES)
    found = uncertainties(simulation, MAIN_OUTCOMES)
    capacity = capacity_chapter(waiting)
    return ReportContent(
        cost_parts=parts,
        tornados=tornados,
        uncertainties=found,
        checks=validation(simulation),
        evidence=evidence(simulation),
        illustrative_cost_share=illustrative_cost_share(simulation),
        full_share_of_pool={pool: _share_full(simulation, pool) for pool in spec.pools},
        not_started_share=_not_started_share(simulation),
        labels=labels,
        pictures=(*draw_pictures(simulation, parts, tornados, found, labels), *capacity.pictures),
        capacity=capacity,
    )


def _share_full(simulation: Simulation, pool: str) -> float:
    return _share_where(simulation, f"utilisation.{pool}", lower=1.0 - 1e-9)


def _not_started_share(simulation: Simulation) -> float:
    """Return the share of draws in which clients wait at the year's end, or do not start within it.

    The second where a year is taken as a whole.
    """
    if simulation.spec.waiting is None:
        return _share_where(simulation, "n_therapy_not_started", lower=1e-9)
    return _share_where(simulation, "n_waiting", lower=NOBODY)


def _share_where(simulation: Simulation, outcome: str, lower: float) -> float:
    values = simulation.draws(outcome)
    usable = values[np.isfinite(values)]
    return float(np.mean(usable > lower)) if usable.size else 0.0


def distinct_labels(spec: ModelSpec) -> Mapping[str, str]:
    """Return a label for every parameter that no other parameter has.

    Where records share a label, the post and the Hub that they belong to are added, then the dotted name.
    """
    plain = {name: parameter.label for name, parameter in spec.parameters.items()}
    shared = _repeated(plain)
    labels = {
        name: _with_context(spec, name, label) if label in shared else label for name, label in plain.items()
    }
    still_shared = _repeated(labels)
    return {name: f"{label} ({name})" if label in still_shared else label for name, label in labels.items()}


def _repeated(labels: Mapping[str, str]) -> frozenset[str]:
    return frozenset(label for label, count in Counter(labels.values()).items() if count > 1)


def _with_context(spec: ModelSpec, name: str, label: str) -> str:
    context = [post.post.label for post in _posts_of(spec.posts, name)]
    if len(spec.hubs) > 1:
        context += [hub.label for hub_id, hub in spec.hubs.items() if name.startswith(f"hub_{hub_id}.")]
    return ": ".join([label, ", ".join(context)]) if context else label


def _posts_of(posts: Sequence[PostEntry], name: str) -> list[PostEntry]:
    return [entry for entry in posts if name.startswith(f"{entry.prefix}.")]
