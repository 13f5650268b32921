"""What a change of service costs once: setting up, hiring, notice, redundancy, and leaving what it had."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from costmodel.analysis.budget_cash import Cash
from costmodel.inputs.budget_file import BudgetImpactFile, Exit, OneOff
from costmodel.inputs.specification import ModelSpec
from costmodel.model.budget import newly_in_place, posts_between
from costmodel.model.types import FloatArray, Payer
from costmodel.uncertainty.sampling import named_uniforms
from costmodel.units import MONTHS_PER_YEAR


@dataclass(frozen=True)
class Once:
    """Cash that is paid once, in prices of the run. Shape (draw, year, payer) each. [GBP/year].

    Attributes
    ----------
    set_up
        Setting up and hiring.
    notice
        Staff no longer needed, paid while they work their notice beside those who replace them.
    redundancy
        Redundancy pay.
    leaving
        Other costs of leaving what the current service had.
    """

    set_up: FloatArray
    notice: FloatArray
    redundancy: FloatArray
    leaving: FloatArray


@dataclass(frozen=True)
class Chances:
    """Whether uncertain items come about, draw by draw: streams of their own, the same in every chunk."""

    seed: int
    start: int
    stop: int

    def happens(self, draws: Mapping[str, FloatArray], name: str) -> FloatArray:
        """Return 1 in draws in which an item comes about, else 0; always 1 where it has no probability."""
        if name not in draws:
            return np.ones(1)
        scores = named_uniforms(self.seed, f"{name}.happens", self.start, self.stop)
        return (scores < draws[name]).astype(np.float64)


def paid_once(
    spec: ModelSpec,
    before: Cash,
    after: Cash,
    share: FloatArray,
    draws: Mapping[str, FloatArray],
    chances: Chances,
) -> Once:
    """Return what is paid once as the new way takes hold.

    Parameters
    ----------
    spec
        Of the new service, whose `budget_impact.yaml` says what is paid.
    before, after
        A year of the current and the new service.
    share
        Of each year's service that is given in the new way. Shape (draw, year).
    draws
        Of the new service.
    chances
        Of items that may not come about.
    """
    file = spec.budget_impact or BudgetImpactFile()
    paid = _Paid(spec, draws, chances, newly_in_place(share))
    found = Once(*(np.zeros((*share.shape, len(Payer))) for _ in range(4)))
    at_once = np.zeros_like(share)
    at_once[:, 0] = 1.0
    paid.items("set_up", file.set_up, at_once, found.set_up)
    kinds = list(dict.fromkeys([*before.staff.wte, *after.staff.wte]))
    now, then = (_by_kind(cash.staff.wte, kinds, len(share)) for cash in (before, after))
    hired, released = posts_between(now, then)
    if file.recruitment is not None and file.recruitment.cost is not None:
        each = paid.amount("budget_impact.recruitment.cost") * hired.sum(axis=1)
        found.set_up[:, :, _payer(file.recruitment.payer)] += each[:, None] * paid.rise
    if file.exit is not None:
        per_wte = [
            np.divide(_by_kind(money, kinds, len(share)), now, out=np.zeros_like(now), where=now > 0.0)
            for money in (before.staff.pay, before.staff.employment, before.staff.paid_centrally)
        ]
        _leave(paid, file.exit, found, *((rate * released).sum(axis=1) for rate in per_wte))
    return found


def _leave(
    paid: _Paid, leaving: Exit, found: Once, pay: FloatArray, employment: FloatArray, central: FloatArray
) -> None:
    """Add notice, redundancy and other costs of staff and contracts no longer needed.

    While they work their notice, part of their pension is paid centrally as before.
    """
    payer = _payer(leaving.payer)
    if leaving.redundant_share is not None and leaving.redundancy_pay is not None:
        months = paid.draws["budget_impact.exit.redundancy_pay"]
        months = months * paid.draws["budget_impact.exit.redundant_share"]
        each = paid.happens("budget_impact.exit.probability") * months / MONTHS_PER_YEAR * pay
        found.redundancy[:, :, payer] += each[:, None] * paid.rise
    if leaving.notice is not None:
        years = paid.draws["budget_impact.exit.notice"] / MONTHS_PER_YEAR
        for who, amount in ((payer, employment - central), (Payer.NHSE_CENTRAL, central)):
            found.notice[:, :, who] += (years * amount)[:, None] * paid.rise
    paid.items("exit.costs", leaving.costs, paid.rise, found.leaving)


@dataclass(frozen=True)
class _Paid:
    spec: ModelSpec
    draws: Mapping[str, FloatArray]
    chances: Chances
    rise: FloatArray

    def happens(self, name: str) -> FloatArray:
        return self.chances.happens(self.draws, name)

    def amount(self, where: str) -> FloatArray:
        """Return an amount in prices of the run. Shape (draw,)."""
        factor = self.spec.index_factor("non_pay", str(self.spec.parameters[where].price_year))
        return self.draws[where] * factor

    def items(self, key: str, items: Mapping[str, OneOff], when: FloatArray, to: FloatArray) -> None:
        """Add items to what their payers pay. `when` has shape (draw, year)."""
        for name, item in items.items():
            where = f"budget_impact.{key}.{name}"
            each = self.amount(f"{where}.amount") * self.happens(f"{where}.probability")
            to[:, :, _payer(item.payer)] += np.broadcast_to(each, (len(when),))[:, None] * when


def _payer(name: str) -> Payer:
    return Payer[name.upper()]


def _by_kind(by_kind: Mapping[str, FloatArray], kinds: list[str], n_draws: int) -> FloatArray:
    found = [np.broadcast_to(by_kind.get(kind, np.zeros(1)), (n_draws,)) for kind in kinds]
    return np.stack(found, axis=1)
