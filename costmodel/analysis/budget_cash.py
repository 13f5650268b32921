"""One way of giving the service as cash: its recurrent cost by kind and payer, and its staff by kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

import numpy as np

from costmodel.gather import Layout, gather, item_price_year
from costmodel.inputs.schema import CapitalItem
from costmodel.inputs.specification import ModelSpec, PostEntry
from costmodel.model.arrays import weighted_total
from costmodel.model.budget import straight_line
from costmodel.model.checks import valid_draws
from costmodel.model.evaluate import ModelOutputs, evaluate
from costmodel.model.staffing import once_filled
from costmodel.model.types import (
    STAFF_COST_COMPONENTS,
    Behaviour,
    BoolArray,
    Component,
    CostType,
    FloatArray,
    IntArray,
    ModelInputs,
    Payer,
    Perspective,
)

PERSPECTIVE: Final = Perspective.NHS_PSS
"""Whose cash is counted: every payer of the Hub, each apart."""
_SHAPE: Final = (2, 2, 2, len(Payer))
N_GROUPS: Final = int(np.prod(_SHAPE))
_NON_PAY_COMPONENTS: Final = (Component.OVERHEADS_NON_STAFF, Component.CAPITAL_OVERHEADS)


@dataclass(frozen=True)
class Groups:
    """What tells groups of cash apart. Every array has shape (group,).

    Attributes
    ----------
    non_pay
        Whether prices follow the non-pay index rather than that of pay.
    releases_cash
        Whether a budget holder stops paying when a Hub does less.
    follows_clients
        Whether it rises with the number of clients.
    payer
        Codes of `Payer`.
    """

    non_pay: BoolArray
    releases_cash: BoolArray
    follows_clients: BoolArray
    payer: IntArray


def groups() -> Groups:
    """Return what each group of cash is."""
    non_pay, releases, follows, payer = np.unravel_index(np.arange(N_GROUPS), _SHAPE)
    return Groups(non_pay == 1, releases == 1, follows == 1, np.asarray(payer))


@dataclass(frozen=True)
class Staff:
    """Employed staff in post in some draws, by kind. Shape (draw,) each.

    Attributes
    ----------
    wte
        [WTE]
    pay, employment
        Basic pay, and that with all its on-costs. [GBP/year]
    paid_centrally
        The part of the on-costs that no employer pays. [GBP/year]
    """

    wte: dict[str, FloatArray] = field(default_factory=dict)
    pay: dict[str, FloatArray] = field(default_factory=dict)
    employment: dict[str, FloatArray] = field(default_factory=dict)
    paid_centrally: dict[str, FloatArray] = field(default_factory=dict)


@dataclass(frozen=True)
class Cash:
    """A year of the service in some draws, in prices of the run.

    Attributes
    ----------
    recurrent
        Shape (draw, group). [GBP/year]
    staff
        Whom it employs.
    items
        Recurrent cash of items whose prices follow a path of their own, by item. Shape (draw, group) each.
    valid
        Which draws can be used. Shape (draw,).
    """

    recurrent: FloatArray
    staff: Staff
    items: Mapping[str, FloatArray]
    valid: BoolArray


@dataclass(frozen=True)
class CashModel:
    """A specification, and which group of cash each line of its ledger belongs to."""

    layout: Layout

    @property
    def spec(self) -> ModelSpec:
        """What is run."""
        return self.layout.spec

    @cached_property
    def line_group(self) -> IntArray:
        """Group of each line; one past the last for lines that are no cash. Shape (line,)."""
        plan = self.layout.plan
        is_item = plan.item >= 0
        non_pay = is_item | np.isin(plan.component, [int(c) for c in _NON_PAY_COMPONENTS])
        codes = (
            non_pay.astype(np.int64),
            plan.cash_releasing.astype(np.int64),
            (plan.behaviour == Behaviour.VARIABLE).astype(np.int64),
            plan.payer,
        )
        counted = (plan.service < 0) & plan.in_perspective[:, PERSPECTIVE]
        counted &= plan.component != Component.QUALIFICATIONS
        counted &= ~(is_item & (plan.cost_type == CostType.CAPITAL))
        return np.where(counted, np.ravel_multi_index(codes, _SHAPE), N_GROUPS)

    def cash(self, draws: dict[str, FloatArray], apart: Sequence[str] = ()) -> Cash:
        """Return a year's cash in some draws, with that of some items apart too."""
        # When new staff come is said by the plan, for the whole service.
        inputs = gather(self.layout, draws)
        inputs = replace(inputs, staff=once_filled(inputs.staff))
        outputs = evaluate(inputs)
        recurrent = outputs.ledger.totals(self.line_group, N_GROUPS + 1)[:, :N_GROUPS].copy()
        self._add_equipment(recurrent, draws, inputs)
        staff = self._staff(draws, inputs, outputs)
        items = {name: self._item(name, draws, inputs, outputs) for name in apart}
        return Cash(recurrent, staff, items, valid_draws(outputs.outcomes))

    def _item(
        self, name: str, draws: dict[str, FloatArray], inputs: ModelInputs, outputs: ModelOutputs
    ) -> FloatArray:
        """Return the recurrent cash of one item of all Hubs. Shape (draw, group)."""
        numbers = [n for n, item in enumerate(self.layout.items) if item.resource == name]
        lines = np.where(np.isin(self.layout.plan.item, numbers), self.line_group, N_GROUPS)
        found = outputs.ledger.totals(lines, N_GROUPS + 1)[:, :N_GROUPS].copy()
        self._add_equipment(found, draws, inputs, name)
        return found

    def _add_equipment(
        self,
        recurrent: FloatArray,
        draws: dict[str, FloatArray],
        inputs: ModelInputs,
        only: str | None = None,
    ) -> None:
        """Add purchases of equipment in place of their equivalent annual cost, which holds interest."""
        for number, item in enumerate(self.layout.items):
            if isinstance(item.record, CapitalItem) and only in (None, item.resource):
                purchase = draws[f"{item.name}.purchase_cost"]
                resale = np.minimum(draws.get(f"{item.name}.resale_value", np.zeros(1)), purchase)
                life = float(draws[f"{item.name}.life"][0])
                factor = self.spec.index_factor("non_pay", item_price_year(item))
                group = np.ravel_multi_index((1, 0, 0, int(inputs.items.payer[number])), _SHAPE)
                recurrent[:, group] += straight_line(purchase, resale, life) * factor

    def _staff(self, draws: dict[str, FloatArray], inputs: ModelInputs, outputs: ModelOutputs) -> Staff:
        found = Staff()
        factor = self.spec.index_factor("pay", self.spec.staff_price_year)
        parts = list(STAFF_COST_COMPONENTS)
        components, index = outputs.staff.components, inputs.staff.index_factor
        employment = weighted_total(components[..., parts], index[parts])
        central = components[..., Component.CENTRAL_PENSION] * index[Component.CENTRAL_PENSION]
        for number, entry in enumerate(self.layout.posts):
            if entry.post.contract != "agency":
                wte = outputs.staff.filled_wte[:, number]
                for by_kind, amount in (
                    (found.wte, wte),
                    (found.pay, wte * draws.get(f"{entry.prefix}.salary", np.zeros(1)) * factor),
                    (found.employment, employment[:, number]),
                    (found.paid_centrally, central[:, number]),
                ):
                    by_kind[kind_of(entry)] = by_kind.get(kind_of(entry), 0.0) + amount
        return found


def kind_of(entry: PostEntry) -> str:
    """Return what staff of a post can also do: the same staff type in the same pool, else the post alone."""
    return f"{entry.post.pool}/{entry.post.staff or entry.identity}"
