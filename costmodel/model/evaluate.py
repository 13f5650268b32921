"""The whole model on one page."""

from __future__ import annotations

from dataclasses import dataclass

from costmodel.model.activities import Delivery, serve
from costmodel.model.checks import check_books
from costmodel.model.draws import in_every_draw
from costmodel.model.ledger import Ledger, hours_by_pool, ledger, wte_by_hub
from costmodel.model.outcomes import Outcomes, outcomes
from costmodel.model.pathway import cohort
from costmodel.model.queue_outcomes import QueueOutcomes, queue_outcomes
from costmodel.model.service_use import ServiceUse, service_use
from costmodel.model.staffing import StaffCosts, staff_costs
from costmodel.model.through_time import ThroughTime, through_time
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
    queue: QueueOutcomes | None = None


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
    hours = hours_by_pool(inputs, staff)
    time = None if inputs.time is None else through_time(inputs, inputs.time, staff, demand, hours)
    demand = demand if time is None else time.demand
    delivery = serve(inputs.activities, demand, hours) if time is None else time.delivery
    use = service_use(inputs.service_use)
    lines = ledger(inputs, staff, delivery, use)
    results = outcomes(inputs, staff, demand, delivery, use, lines)
    check_books(results, whole_courses=time is None)
    queue = None if time is None else queue_outcomes(time)
    return ModelOutputs(staff, demand, delivery, use, lines, results, time, queue)
