"""From the cost of one scenario to that of another by type of staff and kind of other cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from costmodel.analysis.compare import WaterfallStep
from costmodel.analysis.intervals import CENTRAL_95
from costmodel.gather import gather
from costmodel.model.arrays import group_totals, weighted_total
from costmodel.model.staffing import staff_costs
from costmodel.model.types import STAFF_COST_COMPONENTS, FloatArray
from costmodel.runner import DEFAULT_CHUNK_SIZE, Simulation, chunks
from costmodel.text import in_sentence
from costmodel.uncertainty.draws import realise

_PAY = frozenset(f"component_cost.{component.name.lower()}" for component in STAFF_COST_COMPONENTS)


@dataclass(frozen=True)
class CostSteps:
    """How one cost becomes another.

    Attributes
    ----------
    reference, scenario
        Mean costs of the Hubs at both ends. [GBP/year]
    steps
        Between them: pay by type of staff, then other costs by kind. The means add up to the difference.
    """

    reference: float
    scenario: float
    steps: tuple[WaterfallStep, ...]

    @property
    def ends(self) -> tuple[float, float]:
        """Cost of the comparator and of the scenario. [GBP/year]."""
        return self.reference, self.scenario


@dataclass(frozen=True)
class CostParts:
    """The Hubs' cost by type of staff and kind of other cost, in every draw: label, and shape (draw,)."""

    labels: Mapping[str, str]
    values: Mapping[str, FloatArray]


def cost_parts(simulation: Simulation, chunk_size: int = DEFAULT_CHUNK_SIZE) -> CostParts:
    """Return what the Hubs cost by type of staff and kind of other cost, draw by draw.

    Parameters
    ----------
    simulation
        A run; its parameters are drawn again, since a run keeps no cost by post.
    chunk_size
        Draws at once.
    """
    spec = simulation.spec
    pools = _pay_by_pool(simulation, chunk_size)
    labels = {
        f"pay.{pool}": f"Pay of {in_sentence(record.label).split(' (')[0]}"
        for pool, record in spec.pools.items()
    }
    values = {f"pay.{pool}": pools[row] for row, pool in enumerate(spec.pools)}
    for definition in simulation.definitions:
        name = definition.name
        if definition.hub is None and name.startswith("component_cost.") and name not in _PAY:
            labels[name], values[name] = definition.label, simulation.draws(name)
    return CostParts(labels, values)


def cost_steps(reference: CostParts, scenario: CostParts) -> CostSteps:
    """Return the steps from one cost to another on common draws.

    Examples
    --------
    >>> before = CostParts({"pay.senior": "Pay of seniors"}, {"pay.senior": np.array([10.0, 20.0])})
    >>> after = CostParts({"pay.junior": "Pay of juniors"}, {"pay.junior": np.array([6.0, 8.0])})
    >>> found = cost_steps(before, after)
    >>> found.reference, [step.mean for step in found.steps], found.scenario
    (15.0, [-15.0, 7.0], 7.0)
    """
    ends = [sum(parts.values.values(), np.zeros(1)) for parts in (reference, scenario)]
    usable = np.isfinite(ends[0]) & np.isfinite(ends[1])
    steps = []
    for name, label in {**reference.labels, **scenario.labels}.items():
        nothing = np.zeros(usable.size)
        change = (scenario.values.get(name, nothing) - reference.values.get(name, nothing))[usable]
        lower, upper = np.percentile(change, CENTRAL_95)
        steps.append(WaterfallStep(name, label, float(change.mean()), float(lower), float(upper)))
    return CostSteps(float(ends[0][usable].mean()), float(ends[1][usable].mean()), tuple(steps))


def _pay_by_pool(simulation: Simulation, chunk_size: int) -> FloatArray:
    """Return pay with all on-costs by staff pool; draws that failed are not a number. Shape (pool, draw)."""
    spec, layout = simulation.spec, simulation.layout
    found = np.empty((len(spec.pools), simulation.design.n))
    components = list(STAFF_COST_COMPONENTS)
    for start, stop in chunks(simulation.design.n, chunk_size):
        staff = gather(layout, realise(spec.plan, simulation.design, start, stop)).staff
        costs = staff_costs(staff).components[..., components]
        by_post = weighted_total(costs, staff.index_factor[components])
        found[:, start:stop] = group_totals(by_post, staff.pool, staff.n_pools).T
    found[:, ~simulation.valid] = np.nan
    return found
