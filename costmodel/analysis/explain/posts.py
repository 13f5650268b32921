"""How many hours the posts of a run work, and for which Hub."""

from __future__ import annotations

from typing import NamedTuple

from costmodel.analysis.explain.leaves import ONE, Known, Leaves, shared
from costmodel.analysis.explain.tree import Node, constant, difference, left_over, product, quotient, total
from costmodel.gather import Layout
from costmodel.inputs.specification import PostEntry
from costmodel.units import MONTHS_PER_YEAR

_MONTHS_OF_YEAR = constant("months_of_year", "Months in a year", MONTHS_PER_YEAR, "months")


class Joiner(NamedTuple):
    """A post still to be filled: a whole year's hours and WTE in post, and the months until then."""

    hours: Node
    wte: Node
    lag: Node


class PostTree:
    """Hours of the posts of a run and their Hubs' shares of them.

    A post is a number, its place in the run. `added` asks for one more post of its kind, of the size in which
    staff is added, instead of the post itself.
    """

    def __init__(self, layout: Layout, leaves: Leaves) -> None:
        self.layout, self.leaves, self.spec = layout, leaves, layout.spec
        self.known: Known = {}

    def entry(self, post: int) -> PostEntry:
        """Return a post's record."""
        return self.layout.posts[post]

    def name(self, post: int, added: bool = False) -> str:
        """Return a post's name within the run."""
        return f"added.{self.entry(post).identity}" if added else self.entry(post).identity

    def wte(self, post: int, added: bool) -> Node:
        """Return whole-time equivalents, vacancies included."""
        return self.leaves.parameter(
            "costing_rules.staffing_step" if added else f"{self.entry(post).prefix}.wte"
        )

    def filled(self, post: int, added: bool) -> list[Node]:
        """Return the shares of the post that is filled, and of the year that it is in post, where not all."""
        return [] if added else [*self._not_vacant(post), *map(self._share_of_year, self._lag(post))]

    def _not_vacant(self, post: int) -> list[Node]:
        vacant = self.leaves.given(f"{self.entry(post).prefix}.vacancy_share")
        return [self._filled_share(post, vacant[0])] if vacant else []

    def _lag(self, post: int) -> list[Node]:
        """Return the months until the first day in post, where the post is not in post today."""
        given = self.leaves.given(f"{self.entry(post).prefix}.in_post_after")
        return [lag for lag in given if lag.value > 0.0]

    @shared
    def _share_of_year(self, lag: Node) -> Node:
        years = quotient(f"{lag.name}.years", f"{lag.label}, in years", "years", [lag, _MONTHS_OF_YEAR])
        return left_over(f"{lag.name}.share", "Share of the year in post", "share", [ONE, years])

    @shared
    def _filled_share(self, post: int, vacant: Node) -> Node:
        return difference(
            f"posts.{self.name(post)}.filled", "Share of the post filled", "share", [ONE, vacant]
        )

    @shared
    def hours(self, post: int, added: bool) -> Node:
        """Return the hours that the post works in a year."""
        label = f"Hours worked a year: {self.entry(post).post.label}"
        parts = [self.hours_of_one(post), self.wte(post, added), *self.filled(post, added)]
        return product(f"posts.{self.name(post, added)}.hours", label, "hours/year", parts)

    @shared
    def hours_of_one(self, post: int) -> Node:
        """Return the hours a year of one whole-time equivalent, backfilled ones included."""
        worked = self.leaves.parameter(f"{self.entry(post).prefix}.working_hours")
        if self.spec.rules.sickness.treatment != "backfill":
            return worked
        name, label = f"posts.{self.name(post)}.hours_of_one", "Hours a year of one WTE, backfill included"
        return total(name, label, "hours/(WTE*year)", [worked, self.sickness_hours()])

    @shared
    def sickness_hours(self) -> Node:
        """Return the hours of sickness that are backfilled."""
        days, length = "costing_rules.sickness.sick_days", "costing_rules.sickness.hours_per_day"
        parts = [self.leaves.parameter(days), self.leaves.parameter(length)]
        return product("sickness_hours", "Hours of sickness backfilled", "hours/(WTE*year)", parts)

    def _for_hub(self, post: int, hub: str) -> list[Node]:
        """Return the share of a post's time that is for a Hub, where Hubs share the post."""
        sharing = self.entry(post).shared
        if sharing is None:
            return []
        return [self._hub_share(post, hub, sharing.shared.driver, tuple(sharing.shared.hubs))]

    @shared
    def _hub_share(self, post: int, hub: str, driver: str, hubs: tuple[str, ...]) -> Node:
        name = f"posts.{self.name(post)}.share.{hub}"
        label = f"Share of its time for {self.spec.hubs[hub].label}"
        parts = [self._driver(post, driver, hub), self._all_drivers(post, driver, hubs)]
        if parts[1].value == 0:
            return constant(
                name, label, 1 / len(hubs), "share", "shared equally: its driver is nothing anywhere"
            )
        return quotient(name, label, "share", parts, f"shared by {driver.replace('_', ' ')}")

    @shared
    def _all_drivers(self, post: int, driver: str, hubs: tuple[str, ...]) -> Node:
        parts = [self._driver(post, driver, hub) for hub in hubs]
        label = "All Hubs that share the post"
        return total(f"posts.{self.name(post)}.drivers", label, parts[0].unit, parts)

    @shared
    def _driver(self, post: int, driver: str, hub: str) -> Node:
        if driver == "recorded_time":
            return self.leaves.parameter(f"{self.entry(post).prefix}.shared.shares.{hub}")
        if driver == "wte":
            return self._own_wte(hub)
        return self.leaves.parameter(f"hub_{hub}.pathway.{driver}")

    @shared
    def _own_wte(self, hub: str) -> Node:
        own = [number for number, entry in enumerate(self.layout.posts) if entry.hub == hub]
        label = f"WTE of the Hub's own posts: {self.spec.hubs[hub].label}"
        return total(f"own_wte.{hub}", label, "WTE", [self.wte(post, False) for post in own])

    def posts_of(self, hub: str) -> list[int]:
        """Return the posts that spend time on a Hub."""
        return [number for number, entry in enumerate(self.layout.posts) if self.layout.works_for(entry, hub)]

    @shared
    def hours_at(self, post: int, hub: str) -> Node:
        """Return a post's hours for a Hub."""
        hours, share = self.hours(post, False), self._for_hub(post, hub)
        if not share:
            return hours
        label = f"Hours for {self.spec.hubs[hub].label}: {self.entry(post).post.label}"
        return product(f"posts.{self.name(post)}.hours.{hub}", label, "hours/year", [hours, *share])

    @shared
    def pool_hours(self, hub: str, pool: str) -> Node:
        """Return the hours that a Hub has of a staff pool."""
        posts = [post for post in self.posts_of(hub) if self.entry(post).post.pool == pool]
        label = f"Hours available: {self.spec.pools[pool].label}"
        return total(f"hours.{hub}.{pool}", label, "hours/year", [self.hours_at(post, hub) for post in posts])

    @shared
    def hours_today(self, hub: str, pool: str) -> Node:
        """Return the year's hours of those of a staff pool who are in post today."""
        posts = [post for post in self.posts_of(hub) if self.entry(post).post.pool == pool]
        today = [post for post in posts if not self._lag(post)]
        if len(today) == len(posts):
            return self.pool_hours(hub, pool)
        label = f"Hours of those in post today: {self.spec.pools[pool].label}"
        hours = [self.hours_at(post, hub) for post in today]
        return total(f"hours_today.{hub}.{pool}", label, "hours/year", hours)

    def joiners(self, hub: str, pool: str) -> list[Joiner]:
        """Return the posts of a staff pool that are still to be filled."""
        posts = [post for post in self.posts_of(hub) if self.entry(post).post.pool == pool]
        return [
            Joiner(self._hours_once_in_post(post, hub), self._wte_once_in_post(post, hub), lag)
            for post in posts
            for lag in self._lag(post)
        ]

    @shared
    def _wte_once_in_post(self, post: int, hub: str) -> Node:
        label = f"Once in post: {self.entry(post).post.label}"
        parts = [self.wte(post, False), *self._not_vacant(post), *self._for_hub(post, hub)]
        return product(f"posts.{self.name(post)}.wte_once_in_post.{hub}", label, "WTE", parts)

    @shared
    def _hours_once_in_post(self, post: int, hub: str) -> Node:
        label = f"Hours of a whole year in post: {self.entry(post).post.label}"
        of_one, wte = self.hours_of_one(post), self.wte(post, False)
        parts = [of_one, wte, *self._not_vacant(post), *self._for_hub(post, hub)]
        return product(f"posts.{self.name(post)}.hours_once_in_post.{hub}", label, "hours/year", parts)

    @shared
    def share_of_pool(self, post: int, hub: str) -> Node:
        """Return the share of its pool's hours that a post gives, and so of the work that it takes on."""
        pool = self.pool_hours(hub, self.entry(post).post.pool)
        name, label = f"posts.{self.name(post)}.share_of_pool.{hub}", "Share of the staff pool's hours"
        if pool.value == 0.0:
            return constant(name, label, 0.0, "share", "the pool has no hours")
        return quotient(name, label, "share", [self.hours_at(post, hub), pool])

    @shared
    def _in_post(self, post: int, hub: str) -> Node:
        factors = [self.wte(post, False), *self.filled(post, False), *self._for_hub(post, hub)]
        label = f"In post: {self.entry(post).post.label}"
        return product(f"posts.{self.name(post)}.in_post.{hub}", label, "WTE", factors)

    @shared
    def wte_at(self, hub: str) -> Node:
        """Return staff in post at a Hub."""
        parts = [self._in_post(post, hub) for post in self.posts_of(hub)]
        return total(f"staff_wte.{hub}", f"Staff in post: {self.spec.hubs[hub].label}", "WTE", parts)

    @shared
    def wte_today(self, hub: str, pool: str) -> Node:
        """Return staff of a pool in post at a Hub today."""
        posts = [
            post for post in self.posts_of(hub) if self.entry(post).post.pool == pool and not self._lag(post)
        ]
        label = f"Staff in post: {self.spec.pools[pool].label}"
        return total(f"staff_wte.{hub}.{pool}", label, "WTE", [self._in_post(post, hub) for post in posts])
