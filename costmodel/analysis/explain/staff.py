"""How the cost of an hour of a post came about."""

from __future__ import annotations

from collections.abc import Sequence

from costmodel.analysis.explain.leaves import ONE, Known, Leaves, shared
from costmodel.analysis.explain.posts import PostTree
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
from costmodel.gather import Layout
from costmodel.inputs.schema import IndexName
from costmodel.inputs.statutory import StatutoryPeriod
from costmodel.labels import COMPONENT_LABELS
from costmodel.model.types import STAFF_COST_COMPONENTS, Component
from costmodel.units import DAYS_PER_YEAR, MONTHS_PER_YEAR, PER_WTE

OVERHEAD_RATES = {
    Component.OVERHEADS_MANAGEMENT: "costing_rules.overheads.percentage.management",
    Component.OVERHEADS_NON_STAFF: "costing_rules.overheads.percentage.non_staff",
}
_PRICED_AS: dict[Component, IndexName] = {
    Component.OVERHEADS_NON_STAFF: "non_pay",
    Component.CAPITAL_OVERHEADS: "non_pay",
}
_MONTHS_OF_YEAR = constant("months_per_year", "Months of a year", MONTHS_PER_YEAR, "months")


class StaffTree:
    """Cost of the posts of a run.

    A post is a number, its place in the run. `added` asks for one more post of its kind, of the size in which
    staff is added, instead of the post itself.
    """

    def __init__(self, layout: Layout, leaves: Leaves, posts: PostTree) -> None:
        self.layout, self.leaves, self.posts, self.spec = layout, leaves, posts, layout.spec
        self.known: Known = {}

    # -- what a post costs

    def index(self, component: Component) -> Node:
        """Return the factor from the price year of staff costs to the results'."""
        kind = _PRICED_AS.get(component, "pay")
        return self.leaves.index_factor(kind, self.spec.staff_price_year, self.spec.frame.price_year)

    @shared
    def component(self, post: int, component: Component, added: bool) -> Node:
        """Return one part of what a post costs in a year, vacancies left out."""
        label = f"{COMPONENT_LABELS[component]}: {self.posts.entry(post).post.label}"
        name = f"posts.{self.posts.name(post, added)}.{component.name.lower()}"
        factors = [*self._factors(post, component, added), *self.posts.filled(post, added)]
        return product(name, label, "GBP/year", factors)

    def components(self, post: int) -> list[Component]:
        """Return the parts that a post's cost has under the run's rules."""
        rules = self.spec.rules
        overheads = list(OVERHEAD_RATES) if rules.overheads.percentage is not None else []
        trained = rules.qualifications == "include" and self.posts.entry(post).post.contract == "employed"
        qualifications = [Component.QUALIFICATIONS] if trained else []
        return [*self._staff_cost_parts(post), *overheads, Component.CAPITAL_OVERHEADS, *qualifications]

    def _staff_cost_parts(self, post: int) -> list[Component]:
        rules = self.spec.rules
        if self.posts.entry(post).post.contract == "agency":
            return [Component.AGENCY_INVOICES]
        wanted = {Component.SALARY, Component.EMPLOYER_NI, Component.EMPLOYER_PENSION}
        if any(period.pension_central > 0 for period in self.spec.statutory_periods):
            wanted.add(Component.CENTRAL_PENSION)
        if rules.apprenticeship_levy == "include":
            wanted.add(Component.APPRENTICESHIP_LEVY)
        if rules.sickness.treatment == "backfill":
            wanted.add(Component.SICKNESS_BACKFILL)
        return [component for component in STAFF_COST_COMPONENTS if component in wanted]

    def _factors(self, post: int, component: Component, added: bool) -> list[Node]:
        """Return what a component is the product of, in full employment."""
        prefix = self.posts.entry(post).prefix
        if component in OVERHEAD_RATES:
            return [self._staff_cost(post, added), self.leaves.parameter(OVERHEAD_RATES[component])]
        if component in (Component.CAPITAL_OVERHEADS, Component.QUALIFICATIONS):
            # An employed post whose staff type has no published training cost carries none.
            found = self.leaves.given(f"{prefix}.{component.name.lower()}")
            return [*(found or [_none(prefix, component)]), self.posts.wte(post, added)]
        if component is Component.AGENCY_INVOICES:
            return self._invoice(post, added)
        if self.posts.entry(post).post.contract == "agency":
            return [_none(prefix, component)]
        return self._pay_factors(post, component, added)

    def _pay_factors(self, post: int, component: Component, added: bool) -> list[Node]:
        pay = self._pay(post, added)
        if component is Component.SALARY:
            return [pay]
        if component is Component.EMPLOYER_NI:
            return self._national_insurance(post, added)
        if component is Component.APPRENTICESHIP_LEVY:
            return [pay, self.leaves.parameter("pay_rules.apprenticeship_levy_rate")]
        if component is Component.SICKNESS_BACKFILL:
            return [self._staff_cost_before_backfill(post, added), self._backfilled_share(post)]
        members = self.leaves.given(f"{self.posts.entry(post).prefix}.pension_member_share")
        field = "pension_employer" if component is Component.EMPLOYER_PENSION else "pension_central"
        return [pay, *members, self._rate(field)]

    def _invoice(self, post: int, added: bool) -> list[Node]:
        hour = self.leaves.parameter(f"{self.posts.entry(post).prefix}.invoice_per_hour")
        return [hour, *self._with_tax(post), self._hours_if_filled(post, added)]

    def _with_tax(self, post: int) -> list[Node]:
        return (
            [self._tax_factor(post)]
            if self.leaves.given(f"{self.posts.entry(post).prefix}.vat_share")
            else []
        )

    @shared
    def _tax_factor(self, post: int) -> Node:
        parts = [ONE, self.leaves.parameter(f"{self.posts.entry(post).prefix}.vat_share")]
        return total(f"posts.{self.posts.name(post)}.with_vat", "With value added tax", "ratio", parts)

    @shared
    def _hours_if_filled(self, post: int, added: bool) -> Node:
        parts = [self.posts.hours_of_one(post), self.posts.wte(post, added)]
        label = "Hours a year if the post is filled"
        return product(f"posts.{self.posts.name(post, added)}.hours_if_filled", label, "hours/year", parts)

    @shared
    def _pay(self, post: int, added: bool) -> Node:
        """Return pay of all people of the post, in full employment."""
        prefix, name = self.posts.entry(post).prefix, f"posts.{self.posts.name(post, added)}.pay"
        parts = self.leaves.given(
            *(f"{prefix}.{f}" for f in ("salary", "enhancements", "high_cost_area_supplement"))
        )
        full_time = parts[0]
        if len(parts) > 1:
            full_time = total(f"{name}.full_time", "Full-time pay", PER_WTE, parts)
        return product(
            name,
            f"Pay: {self.posts.entry(post).post.label}",
            "GBP/year",
            [full_time, self.posts.wte(post, added)],
        )

    # -- employer National Insurance

    def _national_insurance(self, post: int, added: bool) -> list[Node]:
        """Return the charge on one person, the post's share of it, and how many people there are."""
        record = self.posts.entry(post).post
        together = [post] if added else self._contracts_with(post)
        factors = [self._charge(tuple(together), added)]
        if len(together) > 1:
            factors.append(self._share_of_pay(post, tuple(together)))
        if not added and record.headcount > 1:
            factors.append(self._headcount(post))
        return factors

    @shared
    def _share_of_pay(self, post: int, together: tuple[int, ...]) -> Node:
        parts = [self._pay_each(post, False), self._person_pay(together, False)]
        return quotient(
            f"posts.{self.posts.name(post)}.share_of_pay", "Share of the person's pay", "share", parts
        )

    def _contracts_with(self, post: int) -> list[int]:
        """Return the contracts that one person has with the post's employer."""
        record = self.posts.entry(post).post
        if record.person is None:
            return [post]
        key = record.person, record.employer
        return [
            n for n, other in enumerate(self.layout.posts) if (other.post.person, other.post.employer) == key
        ]

    @shared
    def _headcount(self, post: int) -> Node:
        count, prefix = self.posts.entry(post).post.headcount, self.posts.entry(post).prefix
        return constant(
            f"{prefix}.headcount", "People in the post", float(count), "people", "as the post's record says"
        )

    @shared
    def _pay_each(self, post: int, added: bool) -> Node:
        """Return one person's pay; the people of a post share its WTE equally."""
        pay = self._pay(post, added)
        if added or self.posts.entry(post).post.headcount == 1:
            return pay
        name = f"posts.{self.posts.name(post)}.pay_each"
        return quotient(name, "Pay of one of its people", "GBP/year", [pay, self._headcount(post)])

    @shared
    def _person_pay(self, together: tuple[int, ...], added: bool) -> Node:
        if len(together) == 1:
            return self._pay_each(together[0], added)
        name = f"posts.{self.posts.name(together[0])}.pay_with_employer"
        parts = [self._pay_each(post, added) for post in together]
        return total(name, "The person's pay from this employer, all contracts", "GBP/year", parts)

    @shared
    def _charge(self, together: tuple[int, ...], added: bool) -> Node:
        name = f"posts.{self.posts.name(together[0], added)}.ni_each"
        parts = [self._charge_of(together, added, period) for period in self.spec.statutory_periods]
        label = "Employer National Insurance on one person's pay"
        return parts[0] if len(parts) == 1 else total(name, label, "GBP/year", parts)

    def _charge_of(self, together: tuple[int, ...], added: bool, period: StatutoryPeriod) -> Node:
        rule = f"oncost_rules.{period.rule_id}"
        name = f"posts.{self.posts.name(together[0], added)}.ni_each.{period.rule_id}"
        pair = [self._person_pay(together, added), self.leaves.parameter(f"{rule}.ni_threshold")]
        above = difference(f"{name}.difference", "Pay less the threshold", "GBP/year", pair)
        charged = combine(
            Operation.POSITIVE_PART, f"{name}.charged", "Pay above the threshold", "GBP/year", [above]
        )
        factors = [charged, self.leaves.parameter(f"{rule}.ni_rate"), *self._weight(period)]
        return product(name, "Employer National Insurance on one person's pay", "GBP/year", factors)

    def _weight(self, period: StatutoryPeriod) -> list[Node]:
        """Return the part of the year that a period covers, where a rate changed within the year."""
        return [self._part_of_year(period.rule_id)] if len(self.spec.statutory_periods) > 1 else []

    @shared
    def _part_of_year(self, rule_id: str) -> Node:
        period = next(period for period in self.spec.statutory_periods if period.rule_id == rule_id)
        first, last = period.valid_from, period.valid_to
        # The law counts whole months, from the 6th of one to the 5th of another.
        months = round((last - first).days * MONTHS_PER_YEAR / DAYS_PER_YEAR)
        name, note = f"oncost_rules.{rule_id}.months", f"{first} to {last}"
        children = [
            constant(name, "Months of the period", float(months), "months", note),
            _MONTHS_OF_YEAR,
        ]
        return quotient(f"oncost_rules.{rule_id}.part_of_year", "Part of the year", "share", children)

    @shared
    def _rate(self, field: str) -> Node:
        """Return a pension rate over the year."""
        parts = []
        for period in self.spec.statutory_periods:
            rate = self.leaves.parameter(f"oncost_rules.{period.rule_id}.{field}")
            weight = self._weight(period)
            name = f"oncost_rules.{period.rule_id}.{field}.weighted"
            parts.append(product(name, rate.label, "share", [rate, *weight]) if weight else rate)
        return parts[0] if len(parts) == 1 else total(f"oncost_rules.{field}", parts[0].label, "share", parts)

    # -- what overheads and backfill rest on

    @shared
    def _backfilled_share(self, post: int) -> Node:
        label = "Hours of sickness, as a share of the hours covered"
        parts = [self.posts.sickness_hours(), self.posts.hours_of_one(post)]
        return quotient(f"posts.{self.posts.name(post)}.backfilled_share", label, "share", parts)

    @shared
    def _staff_cost_before_backfill(self, post: int, added: bool) -> Node:
        parts = [part for part in self._staff_cost_parts(post) if part is not Component.SICKNESS_BACKFILL]
        label = f"Staff cost before backfill: {self.posts.entry(post).post.label}"
        return self._full_employment(post, added, "before_backfill", label, parts)

    @shared
    def _staff_cost(self, post: int, added: bool) -> Node:
        label = f"Full staff cost: {self.posts.entry(post).post.label}"
        return self._full_employment(post, added, "staff_cost", label, self._staff_cost_parts(post))

    def _full_employment(
        self, post: int, added: bool, what: str, label: str, parts: Sequence[Component]
    ) -> Node:
        name = f"posts.{self.posts.name(post, added)}.{what}"
        return total(name, label, "GBP/year", [self._in_full(post, part, added) for part in parts])

    @shared
    def _in_full(self, post: int, component: Component, added: bool) -> Node:
        if not self.posts.filled(post, added):
            return self.component(post, component, added)
        name = f"posts.{self.posts.name(post, added)}.if_filled.{component.name.lower()}"
        label = f"{COMPONENT_LABELS[component]}, if the post is filled"
        return product(name, label, "GBP/year", self._factors(post, component, added))

    # -- an hour

    @shared
    def hour_of(self, post: int, component: Component) -> Node:
        """Return one part of the cost of a working hour."""
        name = f"posts.{self.posts.name(post)}.hour.{component.name.lower()}"
        label = f"{COMPONENT_LABELS[component]} of an hour worked: {self.posts.entry(post).post.label}"
        hours = self.posts.hours(post, False)
        if hours.value == 0.0:
            return constant(name, label, 0.0, "GBP/hour", "the post works no hours")
        return quotient(name, label, "GBP/hour", [self.component(post, component, False), hours])

    @shared
    def added_hour(self, post: int) -> Node:
        """Return the cost of an hour bought by adding one whole step of the post, in the results' prices."""
        name, label = f"posts.{self.posts.name(post, True)}", self.posts.entry(post).post.label
        parts = [
            product(
                f"{name}.{part.name.lower()}.uprated",
                f"{COMPONENT_LABELS[part]}: {label}, one step",
                "GBP/year",
                [self.component(post, part, True), self.index(part)],
            )
            for part in self.components(post)
        ]
        cost = total(f"{name}.cost", f"Cost of one step: {label}", "GBP/year", parts)
        return quotient(
            f"{name}.hour",
            f"Cost of an added hour: {label}",
            "GBP/hour",
            [cost, self.posts.hours(post, True)],
        )


def _none(prefix: str, component: Component) -> Node:
    name = f"{prefix}.{component.name.lower()}.none"
    return constant(name, COMPONENT_LABELS[component], 0.0, PER_WTE, "this post has none")
