"""The whole model on one page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from costmodel.model.activities import Delivery
from costmodel.model.checks import check_books
from costmodel.model.draws import in_every_draw
from costmodel.model.ledger import Ledger, ledger, wte_by_hub
from costmodel.model.outcomes import Outcomes, outcomes
from costmodel.model.pathway import cohort
from costmodel.model.queue_outcomes import QueueOutcomes, queue_outcomes
from costmodel.model.service_use import ServiceUse, service_use
from costmodel.model.staffing import StaffCosts, staff_costs
from costmodel.model.through_time import ThroughTime, deliver
from costmodel.model.types import FloatArray, ModelInputs


@dataclass(frozen=True)
class ModelOutputs:
    """Every intermediate of the model, for audit, and its outcomes. Every array has a row a draw.

    `time` and `queue` are None where a year is taken as a whole and nobody waits.
    """

    staff: StaffCosts
    demand: FloatArray
    delivery: Delivery
    use: ServiceUse
    ledger: Ledger
    outcomes: Outcomes
    time: ThroughTime | None = None

    @cached_property
    def queue(self) -> QueueOutcomes | None:
        """Who waits, and how long."""
        return None if self.time is None else queue_outcomes(self.time)


def evaluate(inputs: ModelInputs) -> ModelOutputs:
    """Return what a year of the Hubs costs and delivers, for every draw at once.

    Staff costs -> the cohort's demand -> what staff hours deliver, step by step where people may wait ->
    clients' service use -> the ledger -> outcomes -> checks. The same function serves the base case (one
    draw), the probabilistic analysis, one-way analyses and comparisons: only the draws differ.

    Raises
    ------
    ModelCheckError
        If the books do not balance, or people are lost.
    WaitingError
        If nobody could ever be served as the inputs say, in words for a service manager.
    """
    inputs = in_every_draw(inputs)
    staff = staff_costs(inputs.staff)
    demand = cohort(inputs.pathway, wte_by_hub(inputs, staff))
    year = deliver(inputs, staff, demand)
    use = service_use(inputs.service_use)
    lines = ledger(inputs, staff, year.delivery, use)
    results = outcomes(inputs, staff, year.demand, year.delivery, use, lines)
    check_books(results, whole_courses=year.time is None)
    return ModelOutputs(staff, year.demand, year.delivery, use, lines, results, year.time)
