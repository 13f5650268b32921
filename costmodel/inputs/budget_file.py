"""What `budget_impact.yaml` may hold: how a change of service is brought in, and how prices go on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import Field, model_validator

from costmodel.errors import did_you_mean
from costmodel.inputs.records import JointRecord, PriceYear, Record
from costmodel.inputs.references import Fault
from costmodel.inputs.schema import Hub, HubPayerName
from costmodel.inputs.tree import KeyPath
from costmodel.inputs.validation import StrictModel

_ROOT: Final = ("budget_impact",)
_GROWTH_BELOW: Final = 1.0  # no price or number of clients doubles every year: it was meant in percent


class OneOff(StrictModel):
    """A cost that is paid once: of setting up, when the change begins; of leaving, as the new way takes hold.

    `probability` is that it comes about at all; certain if not given.
    """

    label: str
    amount: Record
    payer: HubPayerName = "hub_host"
    probability: Record | None = None


class Exit(StrictModel):
    """What it costs to let staff go whom the new service does not need, and to leave what it does not use.

    `probability` is that anybody is made redundant at all, rather than all redeployed; certain if not given.
    `notice` is the time in which staff are still paid although the new way is in place.
    """

    redundant_share: Record | None = None
    redundancy_pay: Record | None = None
    probability: Record | None = None
    notice: Record | None = None
    costs: dict[str, OneOff] = Field(default_factory=dict)
    payer: HubPayerName = "hub_host"

    @model_validator(mode="after")
    def _redundancy(self) -> Exit:
        if (self.redundant_share is None) != (self.redundancy_pay is None):
            raise ValueError("give redundant_share and redundancy_pay together, or neither")
        if self.probability is not None and self.redundancy_pay is None:
            raise ValueError("a probability of redundancy needs redundant_share and redundancy_pay")
        return self


class Recruitment(StrictModel):
    """What hiring costs, and how long it takes."""

    lag: Record | None = None
    cost: Record | None = None
    payer: HubPayerName = "hub_host"


class AssumedGrowth(StrictModel):
    """Growth of prices a year where no index is published; every result that uses it says so."""

    pay: Record | None = None
    non_pay: Record | None = None


class PricePath(StrictModel):
    """Growth of one item's price a year, in place of the index of other prices."""

    growth: Record


class BudgetImpactFile(StrictModel):
    """How a change of service is paid for by year. File `budget_impact.yaml`, read by that question only.

    The change is decided on the first day of `first_year`, else on the frame's base_date. Uptake by financial
    year is named year_1, year_2, ...; the last year given goes on. Price paths are named by the
    item of a Hub's non_pay or capital whose price they follow.
    """

    first_year: PriceYear | None = None
    uptake: JointRecord | None = None
    client_growth: Record | None = None
    recruitment: Recruitment | None = None
    set_up: dict[str, OneOff] = Field(default_factory=dict)
    exit: Exit | None = None
    assumed_growth: AssumedGrowth = Field(default_factory=AssumedGrowth)
    price_paths: dict[str, PricePath] = Field(default_factory=dict)


def budget_faults(budget: BudgetImpactFile, hubs: Mapping[str, Hub]) -> Iterator[Fault]:
    """Yield what is wrong with the file beside units and records that are wrong by themselves."""
    if budget.uptake is not None:
        yield from _uptake_faults(budget.uptake)
    for path, record in _growths(budget):
        if record.mean >= _GROWTH_BELOW:
            yield (
                (*_ROOT, *path),
                f"must be below {_GROWTH_BELOW:g}, for {_GROWTH_BELOW:g} would double it every year; got "
                f"{record.mean:.12g}. Growth of 3 % a year is 0.03",
            )
    items = list(dict.fromkeys(name for hub in hubs.values() for name in (*hub.non_pay, *hub.capital)))
    for name in budget.price_paths:
        if name not in items:
            hint = did_you_mean(name, items)
            yield (*_ROOT, "price_paths", name), f"no Hub has an item '{name}'.{hint}"


def _growths(budget: BudgetImpactFile) -> Iterator[tuple[KeyPath, Record]]:
    """Yield every growth a year and where it stands."""
    given: dict[KeyPath, Record | None] = {
        ("client_growth",): budget.client_growth,
        ("assumed_growth", "pay"): budget.assumed_growth.pay,
        ("assumed_growth", "non_pay"): budget.assumed_growth.non_pay,
        **{("price_paths", name, "growth"): path.growth for name, path in budget.price_paths.items()},
    }
    for path, record in given.items():
        if record is not None:
            yield path, record


def _uptake_faults(record: JointRecord) -> Iterator[Fault]:
    path: KeyPath = (*_ROOT, "uptake")
    expected = [f"year_{number + 1}" for number in range(len(record.components))]
    if record.value is None:
        yield path, "must be fixed values, the same in every draw; give value in place of distribution"
    if list(record.components) != expected:
        yield (*path, "components"), f"must be {', '.join(expected)}, in this order"
