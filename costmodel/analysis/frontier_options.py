"""Staffing options of a scenario: its posts that give therapy, with more or fewer people in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from costmodel.analysis.capacity import base_draws, through_time_of
from costmodel.gather import Layout, gather
from costmodel.inputs.specification import ModelSpec
from costmodel.model.arrays import group_totals, ratio, total
from costmodel.model.checks import valid_draws
from costmodel.model.draws import in_every_draw
from costmodel.model.evaluate import evaluate
from costmodel.model.through_time import ThroughTime
from costmodel.model.types import BoolArray, FloatArray, ModelInputs, Perspective, Volume
from costmodel.model.waiting_list import start_rate
from costmodel.model.waiting_types import ListInputs
from costmodel.results import ALL_HUBS
from costmodel.units import MONTH


@dataclass(frozen=True)
class Queue:
    """Lists for therapy, Hub by Hub or all as one.

    Attributes
    ----------
    opening, attrition
        Shape (draw, hub). [people], [share/month]
    arrivals, starts
        Those accepted, and the starts that capacity allows. Shape (draw, hub, month). [people/month]
    """

    opening: FloatArray
    arrivals: FloatArray
    starts: FloatArray
    attrition: FloatArray

    @property
    def accepted(self) -> FloatArray:
        """People accepted in all months. Shape (draw, hub). [people]."""
        return total(self.arrivals, axis=2)

    def pooled(self) -> Queue:
        """Return one list for all Hubs."""
        opening, arrivals, starts = (
            total(each, axis=1)[:, None] for each in (self.opening, self.arrivals, self.starts)
        )
        return Queue(opening, arrivals, starts, self.attrition[:, :1])


@dataclass(frozen=True)
class StaffedYear:
    """What an option's year comes to over a set of draws: the whole model, run with its posts.

    Attributes
    ----------
    queue
        The lists of the Hubs in the months asked about.
    cost
        Of the Hubs. Shape (draw,). [GBP/year]
    needed
        Whether anybody needs therapy. Shape (draw,).
    valid
        Which draws can be used. Shape (draw,).
    """

    queue: Queue
    cost: FloatArray
    needed: BoolArray
    valid: BoolArray

    @classmethod
    def of(cls, inputs: ModelInputs, months: int) -> StaffedYear:
        """Run the model."""
        outputs = evaluate(inputs)
        lists = through_time_of(outputs, months).inputs
        opening = total(lists.opening_list, axis=2)
        return cls(
            queue=Queue(opening, lists.arrivals.copy(), start_rate(lists), lists.attrition),
            cost=outputs.outcomes.hub_cost[:, ALL_HUBS, Perspective.NHS_PSS].copy(),
            needed=total(outputs.demand[..., Volume.THERAPY_STARTS], axis=1) > 0.0,
            valid=valid_draws(outputs.outcomes),
        )


@dataclass(frozen=True)
class Options:
    """A scenario to which therapy staff can be added.

    Attributes
    ----------
    layout, months
        The scenario, and how far ahead is looked.
    growth
        Share by which each post grows for a WTE of therapy staff more at its Hub. Shape (post,). [share/WTE]
    lists
        Of the base case as it is.
    """

    layout: Layout
    months: int
    growth: FloatArray
    lists: ListInputs

    @classmethod
    def of(cls, spec: ModelSpec, months: int) -> Options:
        """Return the options of a scenario."""
        layout = Layout(spec)
        inputs = _gathered(layout, base_draws(spec), months)
        waiting = through_time_of(evaluate(inputs), months)
        return cls(layout, months, growth_of_posts(layout, inputs, waiting), waiting.inputs)

    def inputs(self, draws: dict[str, FloatArray]) -> ModelInputs:
        """Return the model's inputs for draws of the scenario as it is."""
        return _gathered(self.layout, draws, self.months)

    def year(self, inputs: ModelInputs, change: float) -> StaffedYear:
        """Return the year with therapy staff added to each Hub, [WTE]."""
        return StaffedYear.of(with_staff(inputs, self.growth, change), self.months)

    def most_taken(self) -> dict[str, float]:
        """Return the WTE that can go from each Hub before a pool that gives therapy has no posts left."""
        found: dict[str, float] = {}
        for entry, growth in zip(self.layout.posts, self.growth, strict=True):
            if entry.hub is not None and growth > 0.0:
                found[entry.hub] = min(found.get(entry.hub, np.inf), 1.0 / float(growth))
        return found


def most_accepted(years: Iterable[StaffedYear]) -> FloatArray:
    """Return the people accepted for therapy by the option that accepts most. Shape (draw, hub). [people]."""
    return np.asarray(np.maximum.reduce([year.queue.accepted for year in years]))


def growth_of_posts(layout: Layout, inputs: ModelInputs, waiting: ThroughTime) -> FloatArray:
    """Return the share by which each post grows for a WTE of therapy staff more at its Hub.

    The pools of a Hub share the WTE as they share the time that a start of therapy takes, and the posts of a
    pool as they are. Posts that Hubs share stay as they are: other Hubs need them too.

    Parameters
    ----------
    layout
        Of the scenario.
    inputs, waiting
        Its base case.

    Returns
    -------
    0 for posts that give no therapy. Shape (post,). [share/WTE]
    """
    hours, staff = waiting.hours, inputs.staff
    own = np.array([entry.shared is None for entry in layout.posts])
    at_hub = np.where(own, staff.wte[0], 0.0) * staff.hub_share[0].T
    of_pool = group_totals(at_hub, staff.pool, staff.n_pools)
    per_wte = ratio(hours.pool_hours[0], hours.pool_wte[0], when_zero=0.0)
    gives = (hours.per_start[0] > 0.0) & np.isfinite(hours.per_start[0]) & (of_pool > 0.0)
    wte_per_start = np.where(gives, ratio(hours.per_start[0], per_wte, when_zero=0.0), 0.0)
    shares = ratio(wte_per_start, total(wte_per_start, axis=1)[:, None], when_zero=0.0)
    of_post = ratio(shares, of_pool, when_zero=0.0)[:, staff.pool]
    return total(np.where(at_hub > 0.0, of_post, 0.0).T, axis=1)


def with_staff(inputs: ModelInputs, growth: FloatArray, change: float) -> ModelInputs:
    """Return the inputs with more or fewer people in the posts that give therapy, each paid as now.

    Parameters
    ----------
    inputs
        Of a scenario.
    growth
        Of each post for a WTE more. Shape (post,). [share/WTE]
    change
        Of every Hub. [WTE]
    """
    grown = np.maximum(1.0 + change * growth, 0.0)
    staff = inputs.staff
    return replace(inputs, staff=replace(staff, wte=staff.wte * grown, headcount=staff.headcount * grown))


def _gathered(layout: Layout, draws: dict[str, FloatArray], months: int) -> ModelInputs:
    return in_every_draw(gather(layout, draws, months=months, step=MONTH))
