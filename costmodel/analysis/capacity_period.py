"""What the months of a waiting list say together: hours used over all of them, and whether the list grew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from costmodel.gather import Layout
from costmodel.model.types import FloatArray
from costmodel.runner import DrawStore

OPENING: Final = "opening_list"
LIST_CHANGE: Final = "list_change"
USED: Final = "utilisation."
_LOWER, _UPPER = 5.0, 95.0
_A_PERSON: Final = 1.0


@dataclass(frozen=True)
class PeriodFigure:
    """One quantity of one Hub over all months.

    Attributes
    ----------
    hub, name, label, unit
        What it is.
    base_case
        With every parameter at its mean; None where it does not apply.
    mean, lower_5, upper_95
        Over the draws in which it applies. None where it does in none.
    share_longer
        Of the change of the list: the share of draws in which the list grows by more than a person.
    """

    hub: str
    name: str
    label: str
    unit: str
    base_case: float | None
    mean: float | None
    lower_5: float | None
    upper_95: float | None
    share_longer: float | None = None


def period_figures(
    layout: Layout, names: Sequence[str], base: FloatArray, store: DrawStore
) -> Iterator[PeriodFigure]:
    """Yield each Hub's list today and how it changes, and the share of each staff pool's hours that is used.

    Parameters
    ----------
    layout
        Of the run.
    names
        Of the quantities followed month by month, in the order of the store.
    base
        The base case. Shape (quantity, hub, month, 1).
    store
        Every draw; a row a quantity, Hub and month.
    """
    n_hubs, n_months = base.shape[1:3]

    def drawn(name: str, hub: int) -> FloatArray:
        """Return a quantity of a Hub by month in every draw, the base case last. Shape (month, draw + 1)."""
        quantity = names.index(name)
        first = (quantity * n_hubs + hub) * n_months
        draws = np.stack([store.read(row) for row in range(first, first + n_months)])
        return np.concatenate([draws, base[quantity, hub]], axis=1)

    for hub, hub_id in enumerate(layout.hubs):
        change = drawn("arrivals", hub) - drawn("starts", hub) - drawn("left_list", hub)
        label = f"Change of the list over {n_months} months"
        waiting = drawn("waiting", hub)
        yield _figure(hub_id, OPENING, "Waiting today", "people", waiting[0] - change[0])
        values = change.sum(axis=0)
        usable = values[:-1][np.isfinite(values[:-1])]
        longer = float(np.mean(usable > _A_PERSON)) if usable.size else None
        yield replace(_figure(hub_id, LIST_CHANGE, label, "people", values), share_longer=longer)
        for pool, record in layout.spec.pools.items():
            used = drawn(f"{USED}{pool}", hub).mean(axis=0)
            yield _figure(hub_id, f"{USED}{pool}", record.label, "share", used)


def _figure(hub: str, name: str, label: str, unit: str, values: FloatArray) -> PeriodFigure:
    base = float(values[-1]) if np.isfinite(values[-1]) else None
    usable = values[:-1][np.isfinite(values[:-1])]
    if not usable.size:
        return PeriodFigure(hub, name, label, unit, base, None, None, None)
    lower, upper = np.percentile(usable, [_LOWER, _UPPER], method="higher")
    return PeriodFigure(hub, name, label, unit, base, float(usable.mean()), float(lower), float(upper))
