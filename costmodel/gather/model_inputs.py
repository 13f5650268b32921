"""From draws by parameter name to the model's inputs, all at once for many draws."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from costmodel.gather.codes import code_of, index_of_component, position_of
from costmodel.gather.items import Item, behaviour_of, cost_type_of, driver_of, item_price_year, payer_of
from costmodel.gather.layout import Layout
from costmodel.gather.through_time import time_inputs
from costmodel.inputs.schema import NonPayItem, OverheadPool
from costmodel.inputs.specification import ModelSpec, PostEntry
from costmodel.model.arrays import draws_first, ratio, stacked
from costmodel.model.capital import equivalent_annual_cost
from costmodel.model.types import (
    ActivityInputs,
    Component,
    FloatArray,
    IntArray,
    ItemInputs,
    ModelInputs,
    PathwayInputs,
    Payer,
    ServiceUseInputs,
    StaffInputs,
    Stage,
    Volume,
)
from costmodel.units import MINUTES_PER_HOUR, MONTHS_PER_YEAR, STEPS, Step

Draws = Mapping[str, FloatArray]


def gather(
    layout: Layout, draws: Draws, *, months: float = MONTHS_PER_YEAR, step: Step | None = None
) -> ModelInputs:
    """Return the model's inputs for a set of draws.

    Parameters
    ----------
    layout
        The run's axes.
    draws
        Values of every parameter by name. Shape (draw,) each.
    months
        How far ahead people waiting are followed, at least a year.
    step
        How finely; as the scenario says, unless given.
    """
    columns = _Columns(draws)
    pathway = _pathway(layout, columns)
    followed = layout.spec.waiting is not None
    step = step or STEPS[layout.spec.frame.time_step]
    return ModelInputs(
        staff=_staff(layout, columns),
        pathway=pathway,
        activities=_activities(layout, columns),
        items=_items(layout, columns),
        service_use=_service_use(layout, columns),
        ledger=layout.plan,
        time=time_inputs(layout, draws, pathway, months, step) if followed else None,
    )


class _Columns:
    """Draws by name, put side by side."""

    def __init__(self, draws: Draws) -> None:
        self.draws = draws

    def one(self, name: str, default: float | None = None) -> FloatArray:
        """Return one parameter as a column, or a default where the run has no such parameter."""
        if name in self.draws or default is None:
            return self.draws[name]
        return np.full(1, default)

    def side_by_side(self, columns: Sequence[FloatArray]) -> FloatArray:
        """Return columns as an array of shape (draw, column)."""
        return stacked(columns) if columns else np.zeros((1, 0))

    def named(self, names: Iterable[str], default: float | None = None) -> FloatArray:
        """Return parameters side by side. Shape (draw, name)."""
        return self.side_by_side([self.one(name, default) for name in names])


def _staff(layout: Layout, columns: _Columns) -> StaffInputs:
    spec, posts = layout.spec, layout.posts
    prefixes = [entry.prefix for entry in posts]

    def of_posts(field: str, default: float | None = None) -> FloatArray:
        return columns.named((f"{prefix}.{field}" for prefix in prefixes), default)

    agency = np.array([entry.post.contract == "agency" for entry in posts])
    supplements = of_posts("enhancements", 0.0) + of_posts("high_cost_area_supplement", 0.0)
    sickness = columns.one("costing_rules.sickness.sick_days", 0.0) * columns.one(
        "costing_rules.sickness.hours_per_day", 0.0
    )
    periods = spec.statutory_periods
    rules = "costing_rules.overheads.percentage"
    n_posts = len(posts)
    return StaffInputs(
        salary=of_posts("salary", 0.0),
        enhancements=supplements,
        wte=of_posts("wte"),
        headcount=np.array([float(entry.post.headcount) for entry in posts]),
        contract_group=_contract_groups(posts),
        vacancy_share=of_posts("vacancy_share", 0.0),
        in_post_after=of_posts("in_post_after", 0.0),
        pension_member_share=of_posts("pension_member_share", 1.0),
        agency=agency,
        invoice_per_hour=of_posts("invoice_per_hour", 0.0) * (1.0 + of_posts("vat_share", 0.0)),
        working_hours=of_posts("working_hours"),
        sickness_hours=np.repeat(sickness[:, None], n_posts, axis=1),
        period_weight=np.array([period.weight_of_year for period in periods]),
        ni_rate=np.array([period.ni_rate for period in periods]),
        ni_threshold=np.array([period.ni_threshold for period in periods]),
        pension_employer_rate=np.array([period.pension_employer for period in periods]),
        pension_central_rate=np.array([period.pension_central for period in periods]),
        apprenticeship_levy_rate=float(columns.one("pay_rules.apprenticeship_levy_rate", 0.0)[0]),
        overheads_management_rate=np.repeat(
            columns.one(f"{rules}.management", 0.0)[:, None], n_posts, axis=1
        ),
        overheads_non_staff_rate=np.repeat(columns.one(f"{rules}.non_staff", 0.0)[:, None], n_posts, axis=1),
        capital_overheads=of_posts("capital_overheads"),
        qualifications=of_posts("qualifications", 0.0),
        hub_share=_hub_shares(layout, columns),
        pool=np.array([layout.pools.index(entry.post.pool) for entry in posts]),
        n_pools=len(layout.pools),
        step_wte=float(columns.one("costing_rules.staffing_step")[0]),
        index_factor=np.array(
            [
                spec.index_factor(index_of_component(component), spec.staff_price_year)
                for component in Component
            ]
        ),
    )


def _contract_groups(posts: Sequence[PostEntry]) -> IntArray:
    """Return a number for each person and employer; posts without a named person stand alone."""
    keys = [
        (entry.post.person, entry.post.employer) if entry.post.person else (entry.prefix, entry.post.employer)
        for entry in posts
    ]
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    return np.array([numbers[key] for key in keys])


def _hub_shares(layout: Layout, columns: _Columns) -> FloatArray:
    """Return each post's share of time for each Hub. Shape (draw, post, hub)."""
    rows = []
    for entry in layout.posts:
        if entry.shared is None:
            shares = [np.full(1, float(hub == entry.hub)) for hub in layout.hubs]
        else:
            drivers = [_driver_of_share(layout, columns, entry, hub) for hub in layout.hubs]
            whole = sum(drivers[1:], start=drivers[0])
            equal = 1.0 / len(entry.shared.shared.hubs)
            # A driver that is 0 everywhere shares nothing out; equal shares are the last resort.
            shares = [
                ratio(driver, whole, when_zero=equal if layout.works_for(entry, hub) else 0.0)
                for hub, driver in zip(layout.hubs, drivers, strict=True)
            ]
        rows.append(columns.side_by_side(shares))
    return np.swapaxes(stacked(rows), 1, 2)


def _driver_of_share(layout: Layout, columns: _Columns, entry: PostEntry, hub: str) -> FloatArray:
    shared = entry.shared
    if shared is None or hub not in shared.shared.hubs:
        return np.zeros(1)
    if shared.shared.driver == "recorded_time":
        return columns.one(f"{entry.prefix}.shared.shares.{hub}")
    if shared.shared.driver == "wte":
        own = [other for other in layout.posts if other.hub == hub]
        return sum((columns.one(f"{other.prefix}.wte") for other in own), start=np.zeros(1))
    return columns.one(f"hub_{hub}.pathway.{shared.shared.driver}")


def _pathway(layout: Layout, columns: _Columns) -> PathwayInputs:
    def of_hubs(field: str) -> FloatArray:
        return columns.named(f"hub_{hub}.pathway.{field}" for hub in layout.hubs)

    own = {
        name: of_hubs(name)
        for name in PathwayInputs.__dataclass_fields__
        if name not in ("signposted_share", "navigated_share", "brief_share")
    }
    return PathwayInputs(
        **own,
        signposted_share=of_hubs("other_support.signposted"),
        navigated_share=of_hubs("other_support.navigated"),
        brief_share=of_hubs("other_support.brief_support"),
    )


def _activities(layout: Layout, columns: _Columns) -> ActivityInputs:
    activities = layout.spec.activities
    cells = [
        np.zeros(1) if name is None else columns.one(name)
        for name in (
            layout.minutes_name(hub, activity, pool)
            for hub in layout.hubs
            for activity in layout.activities
            for pool in layout.pools
        )
    ]
    minutes = columns.side_by_side(cells)
    shape = (len(layout.hubs), len(layout.activities), len(layout.pools), minutes.shape[0])

    def of_activities(field: str, default: float) -> FloatArray:
        return columns.named((f"activities.{activity}.{field}" for activity in activities), default)

    return ActivityInputs(
        driver=np.array([code_of(Volume, activity.driver) for activity in activities.values()]),
        stage=np.array([code_of(Stage, activity.stage) for activity in activities.values()]),
        minutes=draws_first(minutes.T.reshape(shape)),
        direct_only=np.array([activity.time_basis == "direct_only" for activity in activities.values()]),
        indirect_ratio=columns.named(f"staff_pools.{pool}.indirect_ratio" for pool in layout.pools),
        dna_rate=of_activities("dna_rate", 0.0),
        dna_slot_share=of_activities("dna_slot_share", 1.0),
        group_size=of_activities("group_size", 1.0),
    )


def _items(layout: Layout, columns: _Columns) -> ItemInputs:
    spec, items = layout.spec, layout.items
    amounts = [_item_amount(spec, item, columns) for item in items]
    capacities = [columns.one(f"{item.name}.step_capacity", 1.0) for item in items]
    return ItemInputs(
        amount=columns.side_by_side(amounts),
        share=np.array([item.share for item in items]),
        behaviour=np.array([behaviour_of(item) for item in items], dtype=np.int64),
        cost_type=np.array([cost_type_of(item) for item in items], dtype=np.int64),
        payer=np.array([payer_of(item) for item in items], dtype=np.int64),
        hub=np.array([layout.hubs.index(item.hub) for item in items], dtype=np.int64),
        driver=np.array([driver_of(item) for item in items], dtype=np.int64),
        activity=np.array([position_of(layout.activities, item.activity) for item in items], dtype=np.int64),
        step_capacity=columns.side_by_side(capacities),
        index_factor=np.array([spec.index_factor("non_pay", item_price_year(item)) for item in items]),
    )


def _item_amount(spec: ModelSpec, item: Item, columns: _Columns) -> FloatArray:
    if isinstance(item.record, NonPayItem):
        return columns.one(f"{item.name}.amount")
    if isinstance(item.record, OverheadPool):
        return columns.one(f"{item.name}.cost")
    life = float(columns.one(f"{item.name}.life")[0])
    purchase = columns.one(f"{item.name}.purchase_cost")
    resale = np.minimum(columns.one(f"{item.name}.resale_value", 0.0), purchase)
    in_advance = item.record.payments == "advance"
    return equivalent_annual_cost(purchase, resale, spec.frame.discount_rate, life, in_advance=in_advance)


def _service_use(layout: Layout, columns: _Columns) -> ServiceUseInputs:
    spec, services = layout.spec, layout.spec.services
    use_year = str(spec.service_use.published_mean.price_year)
    unit_costs = []
    for name, service in services.items():
        prefix = f"service_use.services.{name}"
        own_year = spec.parameters[f"{prefix}.unit_cost"].price_year
        to_use_year = spec.index_factor(service.index, str(own_year), use_year)
        minutes = columns.one(f"{prefix}.minutes_each", MINUTES_PER_HOUR)
        unit_costs.append(columns.one(f"{prefix}.unit_cost") * to_use_year * minutes / MINUTES_PER_HOUR)
    return ServiceUseInputs(
        contacts=columns.named(f"service_use.services.{name}.contacts" for name in services),
        unit_cost=columns.side_by_side(unit_costs),
        published_mean=columns.named(["service_use.published_mean"]),
        calibrated=spec.service_use.calibration == "published_mean",
        index_factor=np.array([spec.index_factor(service.index, use_year) for service in services.values()]),
        is_hub=np.array([service.is_hub for service in services.values()]),
        is_mental_health=np.array([service.is_mental_health for service in services.values()]),
        payer=np.array([code_of(Payer, service.payer) for service in services.values()]),
    )
