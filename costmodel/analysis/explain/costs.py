"""How every line of the ledger came about: staff time, items, and clients' use of other services."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from costmodel.analysis.explain.leaves import ONE, Known, Leaves, shared
from costmodel.analysis.explain.months import TimedWorkTree
from costmodel.analysis.explain.overheads import PoolTree
from costmodel.analysis.explain.posts import PostTree
from costmodel.analysis.explain.staff import StaffTree
from costmodel.analysis.explain.tree import (
    Node,
    Operation,
    combine,
    constant,
    difference,
    product,
    quotient,
    total,
)
from costmodel.analysis.explain.work import KIND_LABELS, MINUTES_OF_HOUR, WorkTree
from costmodel.gather import Item, Layout, item_price_year
from costmodel.inputs.schema import CapitalItem, NonPayItem, OverheadPool
from costmodel.inputs.waiting_file import WaitingFile
from costmodel.labels import COMPONENT_LABELS
from costmodel.model.types import Component, TimeKind, Volume

_ONE_YEAR = constant("one_year", "One year of it", 1.0, "ratio")
_WHOLE_LINE = constant("whole_line", "Share that falls on this line", 1.0, "share")


@dataclass(frozen=True)
class Line:
    """What a line of the ledger is about; -1 or None where a code does not apply."""

    number: int
    hub: str
    activity: str | None
    kind: TimeKind | None
    post: int
    component: Component | None
    item: int
    service: str | None


class CostTree:
    """Lines of the ledger, and clients' use of services.

    Each line is quantity x unit price x allocation share x price index factor.
    """

    def __init__(self, layout: Layout) -> None:
        self.layout, self.spec = layout, layout.spec
        self.leaves = Leaves(layout.spec)
        self.posts = PostTree(layout, self.leaves)
        self.staff = StaffTree(layout, self.leaves, self.posts)
        self.timed = None if layout.spec.waiting is None else self._timed(layout.spec.waiting)
        self.work = self.timed or WorkTree(layout, self.leaves, self.posts)
        self.pools = PoolTree(layout.spec)
        self.known: Known = {}

    def _timed(self, waiting: WaitingFile) -> TimedWorkTree:
        """Return the work of a year that is followed step by step."""
        return TimedWorkTree(self.layout, self.leaves, self.posts, waiting)

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """Every line in the order of the ledger."""
        layout, plan = self.layout, self.layout.plan
        columns = (
            plan.hub,
            plan.activity,
            plan.time_kind,
            plan.post,
            plan.component,
            plan.item,
            plan.service,
        )
        return tuple(
            Line(
                number=number,
                hub=layout.hubs[hub],
                activity=layout.activities[activity] if activity >= 0 else None,
                kind=TimeKind(kind) if kind >= 0 else None,
                post=post,
                component=Component(component) if component >= 0 else None,
                item=item,
                service=layout.services[service] if service >= 0 else None,
            )
            for number, (hub, activity, kind, post, component, item, service) in enumerate(
                zip(*(column.tolist() for column in columns), strict=True)
            )
        )

    @shared
    def line(self, number: int) -> Node:
        """Return the cost of a line of the ledger."""
        line = self.lines[number]
        if line.component is not None and line.kind is not None:
            return self._staff_line(line, line.component, line.kind)
        return self._item_line(line) if line.item >= 0 else self._service_line(line)

    # -- staff time

    def _staff_line(self, line: Line, component: Component, kind: TimeKind) -> Node:
        post, hub = line.post, line.hub
        pool = self.posts.entry(post).post.pool
        place = line.activity or "unused"
        name = f"ledger.{hub}.{place}.{self.posts.name(post)}.{kind.name.lower()}.{component.name.lower()}"
        factors = [
            self.work.hours(hub, line.activity or "", pool, kind),
            self.staff.hour_of(post, component),
            self.posts.share_of_pool(post, hub),
            self.staff.index(component),
        ]
        return product(name, f"{COMPONENT_LABELS[component]}: {KIND_LABELS[kind]}", "GBP/year", factors)

    # -- items

    def _item_line(self, line: Line) -> Node:
        item = self.layout.items[line.item]
        name = f"ledger.{item.hub}.{item.activity or 'no_activity'}.{item.name}"
        return product(name, item.label, "GBP/year", [self._item_quantity(item), *self._price_of(item)])

    def cost_in_steps(self, number: int, driver: Volume) -> Node:
        """Return what an item that is bought in steps costs if parts of a step can be bought."""
        item = self.layout.items[number]
        capacity = self.leaves.parameter(f"{item.name}.step_capacity")
        needed = [self.work.volume(item.hub, driver), capacity]
        steps = quotient(f"{item.name}.parts", f"Steps, in parts: {item.label}", "units/year", needed)
        label = f"{item.label}, in parts of a step"
        return product(f"{item.name}.in_parts", label, "GBP/year", [steps, *self._price_of(item)])

    def _price_of(self, item: Item) -> list[Node]:
        return [
            self._unit_price(item),
            self._apportioned_share(item),
            self.leaves.index_factor("non_pay", item_price_year(item), self.spec.frame.price_year),
        ]

    def _item_quantity(self, item: Item) -> Node:
        record = item.record
        if not isinstance(record, NonPayItem) or record.behaviour == "fixed":
            return _ONE_YEAR
        volume = self.work.volume(item.hub, Volume[record.driver.upper()])
        if record.behaviour == "variable":
            return volume
        capacity = self.leaves.parameter(f"{item.name}.step_capacity")
        label = f"Whole steps: {item.label}"
        return combine(Operation.STEPS, f"{item.name}.steps", label, "units/year", [volume, capacity])

    def _unit_price(self, item: Item) -> Node:
        if isinstance(item.record, CapitalItem):
            return self._equivalent_annual_cost(item, item.record)
        return self.leaves.parameter(
            f"{item.name}.{'cost' if isinstance(item.record, OverheadPool) else 'amount'}"
        )

    def _equivalent_annual_cost(self, item: Item, record: CapitalItem) -> Node:
        name, rate = item.name, self.leaves.discount_rate()
        lasting = [rate, self.leaves.parameter(f"{name}.life")]
        purchase = self.leaves.parameter(f"{name}.purchase_cost")
        bought = [purchase]
        for resale in self.leaves.given(f"{name}.resale_value"):
            limited = combine(
                Operation.SMALLER,
                f"{name}.resale",
                "Resale value, at most the purchase cost",
                "GBP",
                [resale, purchase],
            )
            later = combine(
                Operation.DISCOUNT_FACTOR, f"{name}.discount_factor", "Discount factor", "ratio", lasting
            )
            bought.append(product(f"{name}.resale_now", "Resale value, discounted", "GBP", [limited, later]))
        net = purchase
        if len(bought) > 1:
            net = difference(f"{name}.net_cost", "Purchase cost less resale value", "GBP", bought)
        factors = [
            combine(Operation.ANNUITY_FACTOR, f"{name}.annuity_factor", "Annuity factor", "years", lasting)
        ]
        if record.payments == "advance":
            factors.append(
                total(f"{name}.in_advance", "Payments at the start of a year", "ratio", [ONE, rate])
            )
        return quotient(
            f"{name}.annual_cost", f"Equivalent annual cost: {item.label}", "GBP/year", [net, *factors]
        )

    def _apportioned_share(self, item: Item) -> Node:
        if isinstance(item.record, OverheadPool) and item.activity is not None:
            return self.pools.share(item.resource, item.activity)
        return _WHOLE_LINE

    # -- clients' use of other services

    @shared
    def use_year_price(self, service: str) -> Node:
        """Return the cost of one contact in the assumed price year of the published mean."""
        name, record = f"service_use.services.{service}", self.spec.services[service]
        price = self.leaves.parameter(f"{name}.unit_cost")
        own_year = str(price.parameter.price_year if price.parameter else "")
        factors = [price, self.leaves.index_factor(record.index, own_year, self._use_year)]
        factors += [self._hours_each(service)] if record.minutes_each is not None else []
        label = f"Cost of a contact in {self._use_year} prices: {record.label}"
        return product(f"{name}.price_then", label, "GBP/contact", factors)

    def _hours_each(self, service: str) -> Node:
        name = f"service_use.services.{service}"
        parts = [self.leaves.parameter(f"{name}.minutes_each"), MINUTES_OF_HOUR]
        return quotient(f"{name}.hours_each", "Hours of a contact", "hours/contact", parts)

    @property
    def _use_year(self) -> str:
        return str(self.spec.service_use.published_mean.price_year)

    @shared
    def price(self, service: str) -> Node:
        """Return the cost of one contact in the results' price year."""
        record = self.spec.services[service]
        to_now = self.leaves.index_factor(record.index, self._use_year, self.spec.frame.price_year)
        name, label = f"service_use.services.{service}.price", f"Cost of a contact: {record.label}"
        return product(name, label, "GBP/contact", [self.use_year_price(service), to_now])

    @shared
    def calibration_factor(self) -> Node:
        """Return what listed contacts are multiplied by, so that their cost is the published mean."""
        name, label = "calibration", "Factor that brings listed contacts to the published mean cost"
        if self.spec.service_use.calibration == "none":
            return constant(name, label, 1.0, "ratio", "contacts are used as listed")
        listed = [self._listed_cost(key) for key, service in self.spec.services.items() if not service.is_hub]
        whole = total("service_use.listed", "Cost of the contacts as listed", "GBP/client", listed)
        return quotient(name, label, "ratio", [self.leaves.parameter("service_use.published_mean"), whole])

    def _listed_cost(self, service: str) -> Node:
        name = f"service_use.services.{service}"
        parts = [self.leaves.parameter(f"{name}.contacts"), self.use_year_price(service)]
        return product(
            f"{name}.listed", f"As listed: {self.spec.services[service].label}", "GBP/client", parts
        )

    @shared
    def contacts(self, service: str) -> Node:
        """Return a client's contacts with a service, calibrated unless they are with the Hub."""
        name, record = f"service_use.services.{service}", self.spec.services[service]
        listed = self.leaves.parameter(f"{name}.contacts")
        if record.is_hub:
            return listed
        label = f"Contacts of a client, calibrated: {record.label}"
        return product(f"{name}.calibrated", label, listed.unit, [listed, self.calibration_factor()])

    @shared
    def use_of(self, service: str) -> Node:
        """Return the cost of a client's use of a service in the observed window."""
        parts = [self.contacts(service), self.price(service)]
        name = f"service_use.services.{service}.cost"
        return product(
            name, f"Cost of a client's use: {self.spec.services[service].label}", "GBP/client", parts
        )

    def _service_line(self, line: Line) -> Node:
        service = line.service or ""
        label = f"Use of {self.spec.services[service].label} by all registered clients"
        parts = [self.work.volume(line.hub, Volume.REGISTERED), self.use_of(service)]
        return product(f"ledger.{line.hub}.service_use.{service}", label, "GBP/year", parts)
