"""The axes of a run's arrays, which are the same in every draw."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from costmodel.gather.items import Item, items_of
from costmodel.inputs.specification import ModelSpec, PostEntry


@dataclass(frozen=True)
class Axes:
    """What runs along each axis, in order, and what of it belongs together."""

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
        return tuple(items_of(self.spec))

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
