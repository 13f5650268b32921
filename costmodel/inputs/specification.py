"""The frozen specification of a run: every number that the model needs, resolved, named and sourced."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import prod
from typing import Final

from costmodel.inputs.budget_file import BudgetImpactFile
from costmodel.inputs.frame import Engine, Frame, TimeStep
from costmodel.inputs.overrides import Difference
from costmodel.inputs.reach_file import ReachFile
from costmodel.inputs.reference_tables import ReferenceTables
from costmodel.inputs.scenarios import ResolvedScenario
from costmodel.inputs.schema import (
    Activity,
    CostingRules,
    Hub,
    IndexName,
    Post,
    Service,
    ServiceUse,
    SharedPost,
    StaffPool,
)
from costmodel.inputs.staffing_file import StaffingFile
from costmodel.inputs.statutory import StatutoryPeriod
from costmodel.inputs.tree import Location
from costmodel.inputs.waiting_file import WaitingFile
from costmodel.uncertainty.draws import Plan

_ITEM_PRICES: Final = re.compile(
    r"hub_[^.]+\.(non_pay|capital)\.|costing_rules\.overheads\.pooled\.|budget_impact\."
)


@dataclass(frozen=True)
class Parameter:
    """One number of the model with all that a reader needs to trace it.

    Attributes
    ----------
    name
        Dotted name, unique in the run.
    label, unit, evidence, price_year, note
        As its record or table row says.
    source
        Citation and locator, ready to print; empty where none is given.
    expected
        Mean, multiplier included, in `unit`.
    sd
        Standard deviation of the draws, in `unit`; 0 for a fixed value.
    number
        The value or distribution as people read it, such as `gamma(mean 55, se 3)`.
    location
        File and line.
    assumed
        Whether its spread has no source.
    """

    name: str
    label: str
    unit: str
    evidence: str
    source: str
    expected: float
    sd: float
    number: str
    location: Location
    price_year: str | None = None
    note: str | None = None
    assumed: bool = False

    @property
    def uncertain(self) -> bool:
        """Whether the number varies between draws."""
        return self.sd > 0

    @property
    def illustrative(self) -> bool:
        """Whether no source gives the number."""
        return self.evidence == "illustrative"


@dataclass(frozen=True)
class PostEntry:
    """A post of the run: the prefix of its dotted names, its record, and its Hub (None where shared)."""

    prefix: str
    post: Post
    hub: str | None

    @property
    def identity(self) -> str:
        """Name of the post within the run, such as `reference.service_lead`."""
        return self.prefix.replace(".posts.", ".").removeprefix("hub_").replace("shared_posts.", "shared.")

    @property
    def shared(self) -> SharedPost | None:
        """The record again where Hubs share the post."""
        return self.post if isinstance(self.post, SharedPost) else None


@dataclass(frozen=True, order=True)
class PriceMove:
    """An amount that is brought from its own price year to another.

    Attributes
    ----------
    at
        Dotted name of what says the year that it comes from.
    index
        Kind of cost, for which the frame names an index.
    from_year, to_year
        Price years.
    """

    at: str
    index: IndexName
    from_year: str
    to_year: str


@dataclass(frozen=True)
class ModelSpec:
    """Everything a run needs: the scenario, its structure, its parameters and how they are drawn.

    Attributes
    ----------
    scenario, differences
        What is asked, and what it changes.
    tables
        Reference tables.
    rules, pools, activities, hubs, shared_posts, service_use
        Structure, as the parameter files say; only the Hubs of the run.
    parameters
        Every number of the run by dotted name.
    plan
        How they are drawn.
    staff_price_year
        Price year of the staff schemas' edition.
    warnings
        What a reader should know: provisional indices, stale prices, fall-backs of fits.
    waiting, referrals
        What `waiting.yaml` says of the run's Hubs, and registrations a month by Hub where it names a series;
        None and empty where there is no such file: then a year is taken as a whole and nobody waits.
    staffing, budget_impact, reach
        What `staffing_options.yaml`, `budget_impact.yaml` and `reach.yaml` say; None unless the question is
        about them, or where there is no such file.
    """

    scenario: ResolvedScenario
    differences: tuple[Difference, ...]
    tables: ReferenceTables
    rules: CostingRules
    pools: Mapping[str, StaffPool]
    activities: Mapping[str, Activity]
    hubs: Mapping[str, Hub]
    shared_posts: Mapping[str, SharedPost]
    service_use: ServiceUse
    parameters: Mapping[str, Parameter]
    plan: Plan
    staff_price_year: str
    warnings: tuple[str, ...] = ()
    waiting: WaitingFile | None = None
    referrals: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    staffing: StaffingFile | None = None
    budget_impact: BudgetImpactFile | None = None
    reach: ReachFile | None = None

    @property
    def frame(self) -> Frame:
        """Purpose, perspectives, price year and the rest of what every result declares."""
        return self.scenario.frame

    def following(self, *, engine: Engine | None = None, time_step: TimeStep | None = None) -> ModelSpec:
        """Return the specification with another engine or step for people waiting than the scenario says."""
        changes = {
            name: value for name, value in (("engine", engine), ("time_step", time_step)) if value is not None
        }
        frame = self.frame.model_copy(update=changes)
        return replace(self, scenario=replace(self.scenario, frame=frame))

    @property
    def services(self) -> Mapping[str, Service]:
        """Services that clients use, by id."""
        return self.service_use.services

    @cached_property
    def posts(self) -> tuple[PostEntry, ...]:
        """Every post of the run, Hub by Hub, shared posts last."""
        return tuple(posts_of(self.hubs, self.shared_posts))

    def in_post_after(self, post: PostEntry) -> float:
        """Return the months until a post's first day, at its mean; 0 if it is in post today."""
        lag = self.parameters.get(f"{post.prefix}.in_post_after")
        return 0.0 if lag is None else lag.expected

    @cached_property
    def statutory_periods(self) -> tuple[StatutoryPeriod, ...]:
        """National Insurance and pension as the law of the staff price year has them."""
        return self.tables.statutory_periods(self.staff_price_year)

    @cached_property
    def price_moves(self) -> tuple[PriceMove, ...]:
        """Every amount that is brought to another price year, each once."""
        return tuple(dict.fromkeys(move for move in _price_moves(self) if move.from_year != move.to_year))

    def uprating_steps(self, move: PriceMove) -> tuple[tuple[str, str, str, str], ...]:
        """Return the (index, edition, from, to) of each step of a move."""
        return uprating_steps(self.tables, self.frame, move.index, move.from_year, move.to_year)

    def index_factor(self, index: IndexName, from_year: str, to_year: str | None = None) -> float:
        """Return the factor from one price year to another (the run's, unless given)."""
        return uprating_factor(self.tables, self.frame, index, from_year, to_year or self.frame.price_year)


def posts_of(hubs: Mapping[str, Hub], shared_posts: Mapping[str, SharedPost]) -> Iterator[PostEntry]:
    """Yield the posts of Hubs and those that they share."""
    for hub_id, hub in hubs.items():
        for post_id, post in hub.posts.items():
            yield PostEntry(f"hub_{hub_id}.posts.{post_id}", post, hub_id)
    for post_id, shared in shared_posts.items():
        if any(hub in hubs for hub in shared.shared.hubs):
            yield PostEntry(f"shared_posts.{post_id}", shared, None)


def uprating_steps(
    tables: ReferenceTables, frame: Frame, index: IndexName, from_year: str, to_year: str
) -> tuple[tuple[str, str, str, str], ...]:
    """Return how prices of one year are brought to another: (index, edition, from, to) of each step.

    The frame names an index for that kind of cost. An index of the health service starts in 2015/16; earlier
    prices are first brought to its first year by the frame's index for other costs (the GDP deflator).

    References
    ----------
    .. [1] Unit Costs of Health and Social Care 2024, section 12.1: prices are uprated by the NHS Cost
       Inflation Index from 2015/16.
    """
    if from_year == to_year:
        return ()
    choice, older = getattr(frame.uprating, index), frame.uprating.other
    first_year = min(tables.price_series(choice.index, choice.edition).price_level_of_year, default=from_year)
    if from_year >= first_year or choice == older:
        return ((choice.index, choice.edition, from_year, to_year),)
    return (
        (older.index, older.edition, from_year, first_year),
        (choice.index, choice.edition, first_year, to_year),
    )


def uprating_factor(
    tables: ReferenceTables, frame: Frame, index: IndexName, from_year: str, to_year: str
) -> float:
    """Return the factor that brings prices of one year to another, step by step.

    Raises
    ------
    ParameterError
        If an index lacks a year.
    """
    steps = uprating_steps(tables, frame, index, from_year, to_year)
    return prod(tables.price_index_factor(*step) for step in steps)


def _price_moves(spec: ModelSpec) -> Iterator[PriceMove]:
    price_year = spec.frame.price_year
    yield PriceMove("frame.edition", "pay", spec.staff_price_year, price_year)
    yield PriceMove("frame.edition", "non_pay", spec.staff_price_year, price_year)
    window_year = str(spec.service_use.published_mean.price_year)
    for name, service in spec.services.items():
        unit_cost = f"service_use.services.{name}.unit_cost"
        yield PriceMove(unit_cost, service.index, str(spec.parameters[unit_cost].price_year), window_year)
        yield PriceMove("service_use.published_mean", service.index, window_year, price_year)
    for parameter in spec.parameters.values():
        if parameter.price_year and _ITEM_PRICES.match(parameter.name):
            yield PriceMove(parameter.name, "non_pay", parameter.price_year, price_year)
