"""The frame that every result declares: for which decision, whose costs, which year, over what time.

References
----------
.. [1] Vassall A, et al. (2017). Reference case for estimating the costs of global health services and
   interventions. Global Health Cost Consortium, principles 1-6.
.. [2] Husereau D, et al. (2022). Consolidated Health Economic Evaluation Reporting Standards 2022.
   BMJ 376:e067975.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field

from costmodel.inputs.records import Day, Number, PriceYear, Text, check_share
from costmodel.inputs.validation import FaultsError, StrictModel

Perspective: TypeAlias = Literal["hub_host", "nhs_pss", "nhs_employer", "societal"]
Purpose: TypeAlias = Literal["price_setting", "budget_impact", "economic_evaluation", "efficiency_comparison"]

Engine: TypeAlias = Literal["fluid", "markov", "des"]
TimeStep: TypeAlias = Literal["month", "week"]

_HORIZON = re.compile(r"([1-9]\d*) (month|year)s?")


def _as_text(edition: Any) -> Any:
    is_year = isinstance(edition, int) and not isinstance(edition, bool)
    return str(edition) if is_year else edition


def _each_once(perspectives: list[Perspective]) -> list[Perspective]:
    faults = [
        ((position,), f"'{perspective}' is listed twice")
        for position, perspective in enumerate(perspectives)
        if perspective in perspectives[:position]
    ]
    if faults:
        raise FaultsError(faults)
    return perspectives


def _is_horizon(horizon: str) -> str:
    if not _HORIZON.fullmatch(horizon):
        raise ValueError(f"must be a number of months or years such as '12 months'; got '{horizon}'")
    return horizon


Edition: TypeAlias = Annotated[Text, BeforeValidator(_as_text)]
"""Edition of a publication: a year, quoted or not, or a name such as ``OBR Nov 2025``."""


class IndexChoice(StrictModel):
    """A price index and the edition it is taken from, since indices are revised."""

    index: Text
    edition: Edition


class Uprating(StrictModel):
    """Which index brings which kind of cost to the price year."""

    pay: IndexChoice
    non_pay: IndexChoice
    health_services: IndexChoice
    social_care: IndexChoice
    other: IndexChoice


class Frame(StrictModel):
    """What a scenario declares before a figure of it means anything; every key but the last two is required.

    `edition` is the edition of the unit cost Manual, `population` what a cost "per client" divides by,
    `horizon` a number of months or years, `discount_rate` a share a year. `engine` says how people waiting
    are followed and `time_step` how finely, where the project has a waiting list (`waiting.yaml`).
    """

    purpose: Purpose
    perspectives: Annotated[list[Perspective], Field(min_length=1), AfterValidator(_each_once)]
    price_year: PriceYear
    edition: Edition
    currency: Literal["GBP"]
    horizon: Annotated[Text, AfterValidator(_is_horizon)]
    base_date: Day
    discount_rate: Annotated[Number, AfterValidator(check_share)]
    population: Text
    comparator: Text
    uprating: Uprating
    oncost_convention: Literal["statutory", "pssru_as_published"]
    engine: Engine = "fluid"
    time_step: TimeStep = "month"

    @property
    def horizon_months(self) -> int:
        """Months that the horizon spans."""
        number, unit = self.horizon.split()
        return int(number) * (12 if unit.startswith("year") else 1)
