"""What is the same in every draw, as plain Python: Hubs, posts, activities and the lines of the ledger.

It is read from the specification without the engine's arrays, so that `plain_loop` re-implements the picking
of parameters by name as well as the model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from benchmarks.plain_calendar import calendar_of, defaults_of_lists
from benchmarks.plain_parts import (
    BRIDGE_OF_COST_TYPE,
    BRIDGE_OF_KIND,
    BRIDGE_OF_STAGE,
    COMPONENTS,
    OPTIONAL_OF_ACTIVITY,
    OPTIONAL_OF_POST,
    OPTIONAL_RULES,
    PERSPECTIVES,
    STAFF_COST,
    Activity,
    Item,
    Line,
    Post,
    Service,
    Structure,
)
from costmodel.inputs.schema import CapitalItem, NonPayItem, OverheadPool, PooledOverheads
from costmodel.inputs.specification import ModelSpec, PostEntry


def structure_of(spec: ModelSpec) -> Structure:
    """Return the structure of a run."""
    hubs = tuple(spec.hubs)
    posts = tuple(_post(spec, entry) for entry in spec.posts)
    activities = tuple(_activity(spec, name) for name in spec.activities)
    items = (*_own_items(spec), *_pool_items(spec))
    services = tuple(_service(spec, name) for name in spec.services)
    factor = {
        component: spec.index_factor(
            "non_pay" if component in ("overheads_non_staff", "capital_overheads") else "pay",
            spec.staff_price_year,
        )
        for component in COMPONENTS
    }
    return Structure(
        hubs=hubs,
        pools=tuple(spec.pools),
        posts=posts,
        activities=activities,
        items=items,
        services=services,
        staff_lines=tuple(_staff_lines(hubs, posts, activities, factor)),
        item_lines=tuple(_item_lines(items, {activity.name: activity.stage for activity in activities})),
        service_lines=tuple(_service_lines(hubs, services)),
        ni_periods=tuple((p.weight_of_year, p.ni_rate, p.ni_threshold) for p in spec.statutory_periods),
        pension_employer_rate=sum(p.weight_of_year * p.pension_employer for p in spec.statutory_periods),
        pension_central_rate=sum(p.weight_of_year * p.pension_central for p in spec.statutory_periods),
        component_factor=factor,
        discount_rate=spec.frame.discount_rate,
        calibrated=spec.service_use.calibration == "published_mean",
        calendar=calendar_of(spec),
        defaults={**_defaults(posts, activities, items, services), **defaults_of_lists(hubs)},
    )


def _post(spec: ModelSpec, entry: PostEntry) -> Post:
    post = entry.post
    share_of: dict[str, tuple[str, ...]] = {}
    if entry.shared is not None:
        driver = entry.shared.shared.driver
        for hub in (hub for hub in spec.hubs if hub in entry.shared.shared.hubs):
            if driver == "recorded_time":
                share_of[hub] = (f"{entry.prefix}.shared.shares.{hub}",)
            elif driver == "wte":
                share_of[hub] = tuple(f"{other.prefix}.wte" for other in spec.posts if other.hub == hub)
            else:
                share_of[hub] = (f"hub_{hub}.pathway.{driver}",)
    return Post(
        prefix=entry.prefix,
        pool=post.pool,
        employed=post.contract == "employed",
        headcount=post.headcount,
        contract=(post.person or f"post {entry.prefix}", post.employer),
        components=_components(spec, employed=post.contract == "employed"),
        hub=entry.hub,
        share_of=share_of,
    )


def _components(spec: ModelSpec, *, employed: bool) -> tuple[str, ...]:
    rules = spec.rules
    possible = {
        "salary": employed,
        "employer_ni": employed,
        "employer_pension": employed,
        "central_pension": employed and any(period.pension_central for period in spec.statutory_periods),
        "apprenticeship_levy": employed and rules.apprenticeship_levy == "include",
        "agency_invoices": not employed,
        "sickness_backfill": employed and rules.sickness.treatment == "backfill",
        "overheads_management": rules.overheads.percentage is not None,
        "overheads_non_staff": rules.overheads.percentage is not None,
        "capital_overheads": True,
        "qualifications": employed and rules.qualifications == "include",
    }
    return tuple(component for component in COMPONENTS if possible[component])


def _activity(spec: ModelSpec, name: str) -> Activity:
    activity = spec.activities[name]
    minutes = {}
    for hub_id, hub in spec.hubs.items():
        usual = {pool: f"activities.{name}.minutes.{pool}" for pool in activity.minutes}
        own = {pool: f"hub_{hub_id}.time_use.{name}.{pool}" for pool in hub.time_use.get(name, {})}
        minutes[hub_id] = {**usual, **own}
    direct_only = activity.time_basis == "direct_only"
    kinds = [
        "direct",
        *(["indirect"] if direct_only else []),
        *(["not_attended"] if activity.dna_rate else []),
    ]
    return Activity(name, activity.stage, activity.driver, direct_only, tuple(kinds), minutes)


def _own_items(spec: ModelSpec) -> Iterator[Item]:
    for hub_id, hub in spec.hubs.items():
        for name, record in hub.non_pay.items():
            yield _non_pay_item(spec, hub_id, name, record)
        for name, capital in hub.capital.items():
            yield _capital_item(spec, hub_id, name, capital)


def _non_pay_item(spec: ModelSpec, hub: str, name: str, record: NonPayItem) -> Item:
    return Item(
        prefix=f"hub_{hub}.non_pay.{name}",
        kind="non_pay",
        hub=hub,
        activity=record.activity,
        share=1.0,
        behaviour=record.behaviour,
        driver=record.driver,
        payer=record.payer,
        cost_type="nonpay",
        price_factor=spec.index_factor("non_pay", str(record.amount.price_year)),
    )


def _capital_item(spec: ModelSpec, hub: str, name: str, record: CapitalItem) -> Item:
    return Item(
        prefix=f"hub_{hub}.capital.{name}",
        kind="capital",
        hub=hub,
        activity=record.activity,
        share=1.0,
        behaviour="fixed",
        driver="hub",
        payer=record.payer,
        cost_type="capital",
        price_factor=spec.index_factor("non_pay", str(record.purchase_cost.price_year)),
        in_advance=record.payments == "advance",
    )


def _pool_items(spec: ModelSpec) -> Iterator[Item]:
    pooled = spec.rules.overheads.pooled
    if pooled is None:
        return
    for hub in spec.hubs:
        pools = {name: pool for name, pool in pooled.pools.items() if pool.hub == hub}
        reached = dict.fromkeys(activity for pool in pools.values() for activity in pool.shares.activities)
        for name, pool in pools.items():
            ends = _where_a_pool_ends(pooled, pools, name)
            for activity in reached:
                yield Item(
                    prefix=f"costing_rules.overheads.pooled.pools.{name}",
                    kind="overhead_pool",
                    hub=hub,
                    activity=activity,
                    share=ends.get(activity, 0.0),
                    behaviour="fixed",
                    driver="hub",
                    payer="hub_host",
                    cost_type="overhead",
                    price_factor=spec.index_factor("non_pay", str(pool.cost.price_year)),
                )


def _where_a_pool_ends(
    pooled: PooledOverheads, pools: Mapping[str, OverheadPool], start: str
) -> dict[str, float]:
    """Return the share of a pool's cost that ends at each activity, by passing it on until none is left."""
    order = list(pools)
    ends: dict[str, float] = {}
    held = {start: 1.0}
    while held and max(held.values()) > 1e-18:
        passed: dict[str, float] = {}
        for name, amount in held.items():
            onward = {
                other: share
                for other, share in pools[name].shares.pools.items()
                if pooled.method == "reciprocal"
                or (pooled.method == "step_down" and order.index(other) > order.index(name))
            }
            sent = sum(onward.values()) + sum(pools[name].shares.activities.values())
            for other, share in onward.items():
                passed[other] = passed.get(other, 0.0) + amount * share / sent
            for activity, share in pools[name].shares.activities.items():
                ends[activity] = ends.get(activity, 0.0) + amount * share / sent
        held = passed
    return ends


def _service(spec: ModelSpec, name: str) -> Service:
    service = spec.services[name]
    prefix = f"service_use.services.{name}"
    use_year = str(spec.service_use.published_mean.price_year)
    own_year = str(spec.parameters[f"{prefix}.unit_cost"].price_year)
    return Service(
        prefix=prefix,
        name=name,
        payer=service.payer,
        is_hub=service.is_hub,
        to_use_year=spec.index_factor(service.index, own_year, use_year),
        price_factor=spec.index_factor(service.index, use_year),
    )


def _staff_lines(
    hubs: tuple[str, ...],
    posts: tuple[Post, ...],
    activities: tuple[Activity, ...],
    factor: Mapping[str, float],
) -> Iterator[Line]:
    for hub in hubs:
        for number, post in enumerate(posts):
            if hub not in post.hubs:
                continue
            for activity in activities:
                if post.pool in activity.minutes[hub]:
                    for kind in activity.kinds:
                        yield from _lines_of_time(hub, number, post, activity, kind, factor)
            yield from _lines_of_time(hub, number, post, None, "unused", factor)


def _lines_of_time(
    hub: str, number: int, post: Post, activity: Activity | None, kind: str, factor: Mapping[str, float]
) -> Iterator[Line]:
    for component in post.components:
        if component in STAFF_COST:
            cost_type = "pay"
            bridge = "unused_or_unrecorded"
            if activity is not None:
                bridge = BRIDGE_OF_STAGE.get(activity.stage, BRIDGE_OF_KIND[kind])
        elif component == "qualifications":
            cost_type, bridge = "pay", "qualifications"
        else:
            cost_type = "capital" if component == "capital_overheads" else "overhead"
            bridge = BRIDGE_OF_COST_TYPE[cost_type]
        payer = "nhse_central" if component in ("central_pension", "qualifications") else "hub_host"
        yield Line(
            hub=hub,
            groups=(
                ("activity_cost", "unused" if activity is None else activity.name),
                ("stage_cost", "" if activity is None else activity.stage),
                ("component_cost", component),
                ("payer_cost", payer),
                ("behaviour_cost", "step"),
                ("bridge", bridge),
            ),
            perspectives=tuple(name for name, payers in PERSPECTIVES.items() if payer in payers),
            price_factor=factor[component],
            activity=None if activity is None else activity.name,
            kind=kind,
            post=number,
            component=component,
        )


def _item_lines(items: tuple[Item, ...], stage_of: Mapping[str, str]) -> Iterator[Line]:
    for number, item in enumerate(items):
        yield Line(
            hub=item.hub,
            groups=(
                ("activity_cost", item.activity or "elsewhere"),
                ("stage_cost", stage_of[item.activity] if item.activity else ""),
                ("component_cost", item.cost_type),
                ("payer_cost", item.payer),
                ("behaviour_cost", item.behaviour),
                ("bridge", BRIDGE_OF_COST_TYPE[item.cost_type]),
            ),
            perspectives=tuple(name for name, payers in PERSPECTIVES.items() if item.payer in payers),
            price_factor=item.price_factor,
            item=number,
        )


def _service_lines(hubs: tuple[str, ...], services: tuple[Service, ...]) -> Iterator[Line]:
    for hub in hubs:
        for number, service in enumerate(services):
            if not service.is_hub:
                yield Line(
                    hub=hub,
                    groups=(),
                    perspectives=tuple(name for name, p in PERSPECTIVES.items() if service.payer in p),
                    service=number,
                )


def _defaults(
    posts: tuple[Post, ...],
    activities: tuple[Activity, ...],
    items: tuple[Item, ...],
    services: tuple[Service, ...],
) -> dict[str, float]:
    """Return what stands for parameters that a run may leave out."""
    return {
        **OPTIONAL_RULES,
        **{f"{post.prefix}.{name}": value for post in posts for name, value in OPTIONAL_OF_POST.items()},
        **{
            f"activities.{activity.name}.{name}": value
            for activity in activities
            for name, value in OPTIONAL_OF_ACTIVITY.items()
        },
        **{f"{item.prefix}.step_capacity": 1.0 for item in items},
        **{f"{item.prefix}.resale_value": 0.0 for item in items if item.kind == "capital"},
        **{f"{service.prefix}.minutes_each": 60.0 for service in services},
    }
