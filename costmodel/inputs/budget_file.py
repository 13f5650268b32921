"""What `budget_impact.yaml` may hold: how a change of service is brought in, and how prices go on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pydantic import Field

from costmodel.inputs.records import JointRecord, PriceYear, Record
from costmodel.inputs.references import Fault
from costmodel.inputs.schema import HubPayerName
from costmodel.inputs.tree import KeyPath
from costmodel.inputs.validation import StrictModel

_ROOT: Final = ("budget_impact",)


class OneOff(StrictModel):
    """A cost that is paid once, when the change begins."""

    label: str
    amount: Record
    payer: HubPayerName = "hub_host"


class Exit(StrictModel):
    """What it costs to let staff go whom the new service does not need."""

    redundant_share: Record
    redundancy_pay: Record
    payer: HubPayerName = "hub_host"


class Recruitment(StrictModel):
    """What hiring costs, and how long it takes."""

    lag: Record | None = None
    cost: Record | None = None
    payer: HubPayerName = "hub_host"


class AssumedGrowth(StrictModel):
    """Growth of prices a year where no index is published; every result that uses it says so."""

    pay: Record | None = None
    non_pay: Record | None = None


class BudgetImpactFile(StrictModel):
    """How a change of service is paid for by year. File `budget_impact.yaml`, read by that question only.

    Uptake by year is named year_1, year_2, ...; the last year given goes on.
    """

    first_year: PriceYear | None = None
    uptake: JointRecord | None = None
    client_growth: Record | None = None
    recruitment: Recruitment | None = None
    set_up: dict[str, OneOff] = Field(default_factory=dict)
    exit: Exit | None = None
    assumed_growth: AssumedGrowth = Field(default_factory=AssumedGrowth)


def budget_faults(budget: BudgetImpactFile) -> Iterator[Fault]:
    """Yield what is wrong with the file beside units and records that are wrong by themselves."""
    if budget.uptake is not None:
        yield from _uptake_faults(budget.uptake)


def _uptake_faults(record: JointRecord) -> Iterator[Fault]:
    path: KeyPath = (*_ROOT, "uptake")
    expected = [f"year_{number + 1}" for number in range(len(record.components))]
    if record.value is None:
        yield path, "must be fixed values, the same in every draw; give value in place of distribution"
    if list(record.components) != expected:
        yield (*path, "components"), f"must be {', '.join(expected)}, in this order"
