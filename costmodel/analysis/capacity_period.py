"""What all steps say together: hours used, whether the list grew, and who still waits for other stages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from costmodel.analysis.engines import NOBODY
from costmodel.analysis.intervals import CENTRAL_90, finite_or_none, mean_and_interval
from costmodel.gather import Layout
from costmodel.model.front_door import QUEUES
from costmodel.model.types import FloatArray, Volume
from costmodel.runner import DrawStore
from costmodel.text import capitalised

OPENING: Final = "opening_list"
LIST_CHANGE: Final = "list_change"
USED: Final = "utilisation."
AWAITING: Final = "awaiting_"
STAGES: Final[Mapping[Volume, str]] = {
    Volume.SCREENED: "screening",
    Volume.TRIAGED: "triage",
    Volume.ASSESSED: "assessment",
    Volume.SIGNPOSTED: "signposting",
    Volume.NAVIGATED: "navigation",
    Volume.BRIEF_SUPPORT: "brief support",
}
"""What people wait for besides therapy."""
_A_PERSON: Final = 1.0


@dataclass(frozen=True)
class PeriodFigure:
    """One quantity of one Hub over the whole period.

    Attributes
    ----------
    hub, name, label, unit
        What it is.
    base_case
        With every parameter at its mean; None where it does not apply.
    mean, lower_5, upper_95
        Over the draws in which it applies. None where it does in none.
    share_of_draws
        Of the change of the list, in which it grows by more than a person; of those who wait for a stage,
        in which anybody does. None of other quantities. [share]
    """

    hub: str
    name: str
    label: str
    unit: str
    base_case: float | None
    mean: float | None
    lower_5: float | None
    upper_95: float | None
    share_of_draws: float | None = None


def period_figures(
    layout: Layout, names: Sequence[str], base: FloatArray, store: DrawStore, months: int
) -> Iterator[PeriodFigure]:
    """Yield each Hub's list today and how it changes, and the share of each staff pool's hours that is used.

    Parameters
    ----------
    layout
        Of the run.
    names
        Of the quantities followed step by step, in the order of the store.
    base
        The base case. Shape (quantity, hub, step, 1).
    store
        Every draw; a row a quantity, Hub and step.
    months
        How long the steps are together.
    """
    n_hubs, n_steps = base.shape[1:3]

    def drawn(name: str, hub: int) -> FloatArray:
        """Return a quantity of a Hub by step in every draw, the base case last. Shape (step, draw + 1)."""
        quantity = names.index(name)
        first = (quantity * n_hubs + hub) * n_steps
        draws = np.stack([store.read(row) for row in range(first, first + n_steps)])
        return np.concatenate([draws, base[quantity, hub]], axis=1)

    for hub, hub_id in enumerate(layout.hubs):
        change = drawn("arrivals", hub) - drawn("starts", hub) - drawn("left_list", hub)
        label = f"Change of the list over {months} months"
        waiting = drawn("waiting", hub)
        yield _figure(hub_id, OPENING, "Waiting today", "people", waiting[0] - change[0])
        yield _counted(hub_id, LIST_CHANGE, label, change.sum(axis=0), _A_PERSON)
        for pool, record in layout.spec.pools.items():
            used = drawn(f"{USED}{pool}", hub).mean(axis=0)
            yield _figure(hub_id, f"{USED}{pool}", record.label, "share", used)


def awaiting_figures(
    layout: Layout, base: FloatArray, store: DrawStore, first_row: int
) -> Iterator[PeriodFigure]:
    """Yield who waits for each stage besides therapy at the end of the period.

    Parameters
    ----------
    layout
        Of the run.
    base
        The base case. Shape (hub, queue, 1).
    store, first_row
        Every draw, and where its rows of these begin; a row a Hub and stage.
    """
    for row, (hub, queue) in enumerate(np.ndindex(base.shape[:2])):
        values = np.concatenate([store.read(first_row + row), base[hub, queue]])
        stage = STAGES[QUEUES[queue]]
        name = f"{AWAITING}{stage.replace(' ', '_')}"
        yield _counted(layout.hubs[hub], name, capitalised(stage), values, NOBODY)


def _counted(hub: str, name: str, label: str, values: FloatArray, least: float) -> PeriodFigure:
    """Return a number of people, with the share of draws in which it is above the least."""
    above = float(np.mean(_usable(values) > least))
    return replace(_figure(hub, name, label, "people", values), share_of_draws=above)


def _figure(hub: str, name: str, label: str, unit: str, values: FloatArray) -> PeriodFigure:
    found = mean_and_interval(_usable(values), CENTRAL_90, "higher")
    return PeriodFigure(hub, name, label, unit, finite_or_none(values[-1]), *found)


def _usable(values: FloatArray) -> FloatArray:
    """Return the draws in which a figure applies, without the base case, which is last."""
    return values[:-1][np.isfinite(values[:-1])]
