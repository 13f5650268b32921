"""Which share of an overhead pool ends at an activity, worked out detour by detour."""

from __future__ import annotations

from collections.abc import Mapping

from costmodel.analysis.explain.leaves import ONE, Known, shared
from costmodel.analysis.explain.tree import Node, constant, difference, product, quotient, total
from costmodel.inputs.schema import OverheadPool
from costmodel.inputs.specification import ModelSpec
from costmodel.model.overheads import OverheadMethod

_PREFIX = "costing_rules.overheads.pooled.pools"


class PoolTree:
    """Shares of the overhead pools of a run.

    Instead of solving the pools' equations together, the pools are taken out one by one: what a pool sends
    through one that is taken out goes straight on to where that one sends it.
    """

    def __init__(self, spec: ModelSpec) -> None:
        self.spec = spec
        self.known: Known = {}

    @property
    def _pools(self) -> Mapping[str, OverheadPool]:
        pooled = self.spec.rules.overheads.pooled
        return pooled.pools if pooled is not None else {}

    @property
    def _method(self) -> OverheadMethod:
        pooled = self.spec.rules.overheads.pooled
        return OverheadMethod(pooled.method) if pooled is not None else OverheadMethod.RECIPROCAL

    @shared
    def share(self, pool: str, activity: str) -> Node:
        """Return the share of a pool's own cost that ends at an activity."""
        others = tuple(other for other in self._beside(pool) if other != pool)
        back, there = self._sent(pool, pool, others), self._sent(pool, activity, others)
        name, label = (
            f"{_PREFIX}.{pool}.ends_at.{activity}",
            f"Share of it that ends at {self._label(activity)}",
        )
        divisors = [self._kept(pool, others)] if back.value else []
        return quotient(name, label, "share", [there, *divisors], f"{self._method.replace('_', '-')} method")

    def _beside(self, pool: str) -> tuple[str, ...]:
        """Return the pools of the same Hub in the order of the file."""
        return tuple(name for name, other in self._pools.items() if other.hub == self._pools[pool].hub)

    def _label(self, place: str) -> str:
        return self._pools[place].label if place in self._pools else self.spec.activities[place].label

    @shared
    def _sent(self, source: str, target: str, through: tuple[str, ...]) -> Node:
        """Return the share of a pool's cost that goes to a place, directly or through some other pools."""
        if not through:
            return self._sent_directly(source, target)
        *fewer, last = through
        without = self._sent(source, target, tuple(fewer))
        to_last, onward = self._sent(source, last, tuple(fewer)), self._sent(last, target, tuple(fewer))
        if not to_last.value or not onward.value:
            return without
        name = f"{_PREFIX}.{source}.to.{target}.through.{'.'.join(through)}"
        detour = [to_last, onward]
        if self._sent(last, last, tuple(fewer)).value:
            kept = self._kept(last, tuple(fewer))
            detour = [
                to_last,
                quotient(f"{name}.onward", f"What {self._label(last)} sends on", "share", [onward, kept]),
            ]
        way = product(f"{name}.detour", f"Through {self._label(last)}", "share", detour)
        return total(
            name, f"Share sent to {self._label(target)}", "share", [without, way] if without.value else [way]
        )

    @shared
    def _kept(self, pool: str, through: tuple[str, ...]) -> Node:
        """Return the share of a pool's cost that does not come back to it."""
        name = f"{_PREFIX}.{pool}.kept.through.{'.'.join(through)}"
        parts = [ONE, self._sent(pool, pool, through)]
        return difference(name, f"Share of {self._label(pool)} that does not come back", "share", parts)

    @shared
    def _sent_directly(self, source: str, target: str) -> Node:
        name, label = f"{_PREFIX}.{source}.to.{target}", f"Share sent to {self._label(target)}"
        used = self._used_shares(source)
        if not used.get(target):
            return constant(name, label, 0.0, "share", "it sends nothing there")
        children = [self._given(source, target), self._all_given(source)]
        return quotient(name, label, "share", children)

    @shared
    def _given(self, source: str, target: str) -> Node:
        kind = "pools" if target in self._used_pools(source) else "activities"
        name = f"{_PREFIX}.{source}.shares.{kind}.{target}"
        label = f"Share of {self._label(source)} used by {self._label(target)}"
        return constant(name, label, self._used_shares(source)[target], "share", "as the pool's record says")

    @shared
    def _all_given(self, source: str) -> Node:
        parts = [self._given(source, target) for target in self._used_shares(source)]
        return total(f"{_PREFIX}.{source}.shares", "All shares that the method counts", "share", parts)

    def _used_shares(self, source: str) -> dict[str, float]:
        """Return the shares that the method counts: to whom, and how much."""
        return {**self._used_pools(source), **self._pools[source].shares.activities}

    def _used_pools(self, source: str) -> dict[str, float]:
        order = self._beside(source)
        given = {name: share for name, share in self._pools[source].shares.pools.items() if name in order}
        if self._method is OverheadMethod.DIRECT:
            return {}
        if self._method is OverheadMethod.STEP_DOWN:
            closed = order[: order.index(source) + 1]
            return {name: share for name, share in given.items() if name not in closed}
        return given
