"""Lines of a Hub's cost that are not staff time: non-pay, capital, and overhead pools by activity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from costmodel.gather.codes import code_of
from costmodel.inputs.schema import CapitalItem, NonPayItem, OverheadPool, PooledOverheads
from costmodel.inputs.specification import ModelSpec
from costmodel.model.overheads import OverheadMethod, apportionment
from costmodel.model.types import Behaviour, CostType, FloatArray, Payer, Volume


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


def items_of(spec: ModelSpec) -> Iterator[Item]:
    """Yield the items of a run in the order of their axis."""
    yield from _own_items(spec)
    yield from _pool_items(spec)


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
        matrix = _pool_apportionment(pooled, pools, reached)
        for row, (name, pool) in enumerate(pools.items()):
            for column, activity in enumerate(reached):
                dotted = f"costing_rules.overheads.pooled.pools.{name}"
                yield Item(dotted, pool.label, name, hub_id, activity, float(matrix[row, column]), pool)


def _pool_apportionment(
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


def behaviour_of(item: Item) -> int:
    """Return how an item answers to volume."""
    return (
        code_of(Behaviour, item.record.behaviour) if isinstance(item.record, NonPayItem) else Behaviour.FIXED
    )


def cost_type_of(item: Item) -> int:
    """Return what kind of cost an item is."""
    if isinstance(item.record, NonPayItem):
        return CostType.NONPAY
    return CostType.CAPITAL if isinstance(item.record, CapitalItem) else CostType.OVERHEAD


def payer_of(item: Item) -> int:
    """Return who pays for an item."""
    return Payer.HUB_HOST if isinstance(item.record, OverheadPool) else code_of(Payer, item.record.payer)


def driver_of(item: Item) -> int:
    """Return the volume that an item follows; the Hub itself where it follows none."""
    return code_of(Volume, item.record.driver) if isinstance(item.record, NonPayItem) else Volume.HUB
