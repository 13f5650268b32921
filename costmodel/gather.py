"""The only place where parameter names become arrays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from costmodel.inputs.schema import CapitalItem, NonPayItem, OverheadPool, PooledOverheads
from costmodel.inputs.specification import ModelSpec, PostEntry
from costmodel.model.arrays import draws_first, ratio, stacked
from costmodel.model.capital import equivalent_annual_cost
from costmodel.model.overheads import OverheadMethod, apportionment
from costmodel.model.types import (
    ActivityInputs,
    Behaviour,
    BoolArray,
    Component,
    CostType,
    FloatArray,
    IntArray,
    ItemInputs,
    LedgerPlan,
    ModelInputs,
    PathwayInputs,
    Payer,
    Perspective,
    ServiceUseInputs,
    StaffInputs,
    Stage,
    TimeKind,
    Volume,
)
from costmodel.units import MINUTES_PER_HOUR

Draws = Mapping[str, FloatArray]

PAYERS_OF_PERSPECTIVE: dict[Perspective, frozenset[Payer]] = {
    Perspective.NHS_PSS: frozenset(
        {Payer.HUB_HOST, Payer.ICB, Payer.NHSE_CENTRAL, Payer.OTHER_NHS, Payer.LOCAL_AUTHORITY}
    ),
    Perspective.HUB_HOST: frozenset({Payer.HUB_HOST}),
    Perspective.NHS_EMPLOYER: frozenset(
        {Payer.HUB_HOST, Payer.ICB, Payer.NHSE_CENTRAL, Payer.OTHER_NHS, Payer.EMPLOYER}
    ),
    Perspective.SOCIETAL: frozenset(Payer),
}
COST_TYPE_OF_COMPONENT: dict[Component, CostType] = {
    Component.OVERHEADS_MANAGEMENT: CostType.OVERHEAD,
    Component.OVERHEADS_NON_STAFF: CostType.OVERHEAD,
    Component.CAPITAL_OVERHEADS: CostType.CAPITAL,
}
_PAID_CENTRALLY = (Component.CENTRAL_PENSION, Component.QUALIFICATIONS)
_NON_PAY_COMPONENTS = (Component.OVERHEADS_NON_STAFF, Component.CAPITAL_OVERHEADS)


@dataclass(frozen=True)
class Item:
    """A line of the Hub's cost that is not staff time.

    Attributes
    ----------
    name
        Dotted name of the record that it comes from.
    label, resource
        For people, and for the ledger.
    hub, activity
        Ids; activity None where none causes the line.
    share
        Share of the record's amount on this line.
    record
        What the parameter file says.
    """

    name: str
    label: str
    resource: str
    hub: str
    activity: str | None
    share: float
    record: NonPayItem | CapitalItem | OverheadPool


@dataclass(frozen=True)
class Layout:
    """What is the same in every draw: the axes of the arrays, in order, and the plan of the ledger."""

    spec: ModelSpec

    @cached_property
    def hubs(self) -> tuple[str, ...]:
        """Hub ids, the Hub axis."""
        return tuple(self.spec.hubs)

    @cached_property
    def pools(self) -> tuple[str, ...]:
        """Staff pool ids, the pool axis."""
        return tuple(self.spec.pools)

    @cached_property
    def activities(self) -> tuple[str, ...]:
        """Activity ids in the order in which they are served, the activity axis."""
        return tuple(self.spec.activities)

    @cached_property
    def posts(self) -> tuple[PostEntry, ...]:
        """The post axis."""
        return self.spec.posts

    @cached_property
    def services(self) -> tuple[str, ...]:
        """The service axis."""
        return tuple(self.spec.services)

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """The item axis: non-pay, capital, then overhead pools by activity."""
        return (*_own_items(self.spec), *_pool_items(self.spec))

    @cached_property
    def plan(self) -> LedgerPlan:
        """The ledger's lines."""
        return _ledger_plan(self)

    def works_for(self, entry: PostEntry, hub: str) -> bool:
        """Return whether a post spends time on a Hub."""
        return hub in entry.shared.shared.hubs if entry.shared else entry.hub == hub

    def minutes_name(self, hub: str, activity: str, pool: str) -> str | None:
        """Return the dotted name of an activity's minutes of a pool at a Hub, or None where it takes none."""
        own = self.spec.hubs[hub].time_use.get(activity, {})
        if pool in own:
            return f"hub_{hub}.time_use.{activity}.{pool}"
        if pool in self.spec.activities[activity].minutes:
            return f"activities.{activity}.minutes.{pool}"
        return None


def gather(layout: Layout, draws: Draws) -> ModelInputs:
    """Return the model's inputs for a set of draws.

    Parameters
    ----------
    layout
        The run's axes.
    draws
        Values of every parameter by name. Shape (draw,) each.
    """
    columns = _Columns(draws)
    return ModelInputs(
        staff=_staff(layout, columns),
        pathway=_pathway(layout, columns),
        activities=_activities(layout, columns),
        items=_items(layout, columns),
        service_use=_service_use(layout, columns),
        ledger=layout.plan,
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
                spec.index_factor(
                    "non_pay" if component in _NON_PAY_COMPONENTS else "pay", spec.staff_price_year
                )
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
        driver=np.array([_member(Volume, activity.driver) for activity in activities.values()]),
        stage=np.array([_member(Stage, activity.stage) for activity in activities.values()]),
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
        behaviour=np.array([_behaviour(item) for item in items], dtype=np.int64),
        cost_type=np.array([_item_cost_type(item) for item in items], dtype=np.int64),
        payer=np.array([_item_payer(item) for item in items], dtype=np.int64),
        hub=np.array([layout.hubs.index(item.hub) for item in items], dtype=np.int64),
        driver=np.array([_item_driver(item) for item in items], dtype=np.int64),
        activity=np.array([_position(layout.activities, item.activity) for item in items], dtype=np.int64),
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
        payer=np.array([_member(Payer, service.payer) for service in services.values()]),
    )


def _own_items(spec: ModelSpec) -> Iterator[Item]:
    for hub_id, hub in spec.hubs.items():
        for kind, records in (("non_pay", hub.non_pay), ("capital", hub.capital)):
            for name, record in records.items():
                yield Item(
                    f"hub_{hub_id}.{kind}.{name}", record.label, name, hub_id, record.activity, 1.0, record
                )


def _pool_items(spec: ModelSpec) -> Iterator[Item]:
    pooled = spec.rules.overheads.pooled
    if pooled is None:
        return
    for hub_id in spec.hubs:
        pools = {name: pool for name, pool in pooled.pools.items() if pool.hub == hub_id}
        if not pools:
            continue
        reached = list(dict.fromkeys(a for pool in pools.values() for a in pool.shares.activities))
        matrix = pool_apportionment(pooled, pools, reached)
        for row, (name, pool) in enumerate(pools.items()):
            for column, activity in enumerate(reached):
                dotted = f"costing_rules.overheads.pooled.pools.{name}"
                yield Item(dotted, pool.label, name, hub_id, activity, float(matrix[row, column]), pool)


def pool_apportionment(
    pooled: PooledOverheads, pools: Mapping[str, OverheadPool], activities: Sequence[str]
) -> FloatArray:
    """Return the share of each pool's cost that ends at each activity. Shape (pool, activity)."""
    between = np.array([[pool.shares.pools.get(other, 0.0) for other in pools] for pool in pools.values()])
    onward = np.array([[pool.shares.activities.get(a, 0.0) for a in activities] for pool in pools.values()])
    return apportionment(between, onward, OverheadMethod(pooled.method))


def item_price_year(item: Item) -> str:
    """Return the price year of an item's amount."""
    record = item.record
    if isinstance(record, NonPayItem):
        return str(record.amount.price_year)
    if isinstance(record, CapitalItem):
        return str(record.purchase_cost.price_year)
    return str(record.cost.price_year)


def _behaviour(item: Item) -> int:
    return (
        _member(Behaviour, item.record.behaviour) if isinstance(item.record, NonPayItem) else Behaviour.FIXED
    )


def _item_cost_type(item: Item) -> int:
    if isinstance(item.record, NonPayItem):
        return CostType.NONPAY
    return CostType.CAPITAL if isinstance(item.record, CapitalItem) else CostType.OVERHEAD


def _item_payer(item: Item) -> int:
    return Payer.HUB_HOST if isinstance(item.record, OverheadPool) else _member(Payer, item.record.payer)


def _item_driver(item: Item) -> int:
    return _member(Volume, item.record.driver) if isinstance(item.record, NonPayItem) else Volume.HUB


def _member(codes: type[Volume | Stage | Payer | Behaviour], name: str) -> int:
    return int(codes[name.upper()])


def _position(names: Sequence[str], name: str | None) -> int:
    return -1 if name is None else names.index(name)


@dataclass(frozen=True)
class _Line:
    hub: int
    activity: int = -1
    stage: int = -1
    time_kind: int = -1
    post: int = -1
    component: int = -1
    item: int = -1
    service: int = -1
    cost_type: int = -1
    behaviour: int = -1
    payer: int = -1


def _ledger_plan(layout: Layout) -> LedgerPlan:
    lines = [*_staff_lines(layout), *_item_lines(layout), *_service_lines(layout)]

    def codes(field: str) -> IntArray:
        return np.array([getattr(line, field) for line in lines], dtype=np.int64)

    return LedgerPlan(
        **{field: codes(field) for field in _Line.__dataclass_fields__},
        in_perspective=_in_perspective([line.payer for line in lines]),
        n_hubs=len(layout.hubs),
        n_activities=len(layout.activities),
    )


def _staff_lines(layout: Layout) -> Iterator[_Line]:
    for hub, activity, kind, post in _time_of_posts(layout):
        stage = (
            -1 if activity < 0 else _member(Stage, layout.spec.activities[layout.activities[activity]].stage)
        )
        for component in _components_of(layout, layout.posts[post]):
            yield _Line(
                hub=hub,
                activity=activity,
                stage=stage,
                time_kind=kind,
                post=post,
                component=component,
                cost_type=COST_TYPE_OF_COMPONENT.get(component, CostType.PAY),
                behaviour=Behaviour.STEP,
                payer=Payer.NHSE_CENTRAL if component in _PAID_CENTRALLY else Payer.HUB_HOST,
            )


def _time_of_posts(layout: Layout) -> Iterator[tuple[int, int, int, int]]:
    """Yield (hub, activity, time kind, post) for all time that a post may spend, unused time last."""
    for hub, hub_id in enumerate(layout.hubs):
        posts = [
            (number, entry) for number, entry in enumerate(layout.posts) if layout.works_for(entry, hub_id)
        ]
        for activity, activity_id in enumerate(layout.activities):
            kinds = _kinds_of_time(layout, activity_id)
            for number, entry in posts:
                if layout.minutes_name(hub_id, activity_id, entry.post.pool) is not None:
                    for kind in kinds:
                        yield hub, activity, kind, number
        for number, _ in posts:
            yield hub, -1, TimeKind.UNUSED, number


def _kinds_of_time(layout: Layout, activity_id: str) -> list[TimeKind]:
    activity = layout.spec.activities[activity_id]
    kinds = [TimeKind.DIRECT]
    if activity.time_basis == "direct_only":
        kinds.append(TimeKind.INDIRECT)
    if activity.dna_rate is not None:
        kinds.append(TimeKind.NOT_ATTENDED)
    return kinds


def _components_of(layout: Layout, entry: PostEntry) -> list[Component]:
    """Return the cost components that a post can have under the run's rules."""
    rules = layout.spec.rules
    if entry.post.contract == "agency":
        components = [Component.AGENCY_INVOICES]
    else:
        components = [Component.SALARY, Component.EMPLOYER_NI, Component.EMPLOYER_PENSION]
        if any(period.pension_central > 0 for period in layout.spec.statutory_periods):
            components.append(Component.CENTRAL_PENSION)
        if rules.apprenticeship_levy == "include":
            components.append(Component.APPRENTICESHIP_LEVY)
        if rules.qualifications == "include":
            components.append(Component.QUALIFICATIONS)
    if rules.sickness.treatment == "backfill":
        components.append(Component.SICKNESS_BACKFILL)
    if rules.overheads.percentage is not None:
        components += [Component.OVERHEADS_MANAGEMENT, Component.OVERHEADS_NON_STAFF]
    return sorted([*components, Component.CAPITAL_OVERHEADS])


def _item_lines(layout: Layout) -> Iterator[_Line]:
    for number, item in enumerate(layout.items):
        stage = -1 if item.activity is None else _member(Stage, layout.spec.activities[item.activity].stage)
        yield _Line(
            hub=layout.hubs.index(item.hub),
            activity=_position(layout.activities, item.activity),
            stage=stage,
            item=number,
            cost_type=_item_cost_type(item),
            behaviour=_behaviour(item),
            payer=_item_payer(item),
        )


def _service_lines(layout: Layout) -> Iterator[_Line]:
    for hub in range(len(layout.hubs)):
        for number, service in enumerate(layout.spec.services.values()):
            if not service.is_hub:
                yield _Line(
                    hub=hub,
                    service=number,
                    cost_type=CostType.NONPAY,
                    behaviour=Behaviour.VARIABLE,
                    payer=_member(Payer, service.payer),
                )


def _in_perspective(payers: Sequence[int]) -> BoolArray:
    return np.array([[Payer(payer) in PAYERS_OF_PERSPECTIVE[p] for p in Perspective] for payer in payers])
