"""What of a run is the same in every draw."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from costmodel.gather.axes import Axes
from costmodel.gather.ledger_plan import ledger_plan
from costmodel.model.types import LedgerPlan


@dataclass(frozen=True)
class Layout(Axes):
    """What is the same in every draw: the axes of the arrays, in order, and the plan of the ledger."""

    @cached_property
    def plan(self) -> LedgerPlan:
        """The ledger's lines."""
        return ledger_plan(self)
