"""The units of the model, proved.

Every input carries the unit of its docstring. A change of the unit of money, of time, of the year, of a post,
of a person, of a session or of a contact multiplies it by a power of that unit's own prime. If the model adds
nothing but like to like, each result is multiplied by the powers of its own unit, and no other.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pint
import pytest
from numpy.testing import assert_allclose

from costmodel.model.evaluate import ModelOutputs, evaluate
from costmodel.model.outcomes import Outcomes, Per
from costmodel.model.prices import uprated, uprated_by_parts
from costmodel.model.staffing import pssru_oncosts, working_hours
from costmodel.model.types import ModelInputs, Volume
from costmodel.units import PINT_DEFINITIONS
from tests.model.toy import PARTS, toy_inputs, with_ledger

PRIMES = {
    "[currency]": 2.0,
    "[time]": 3.0,
    "[accounting_year]": 5.0,
    "[post]": 7.0,
    "[person]": 11.0,
    "[session]": 13.0,
    "[contact]": 17.0,
}
PAY, PER_WTE = "GBP/(WTE*year)", "hours/(WTE*year)"
CLIENTS, SESSIONS = "people/year", "sessions/year"
INPUT_UNITS: dict[str, str | list[str]] = {
    "staff.salary": PAY,
    "staff.enhancements": PAY,
    "staff.wte": "WTE",
    "staff.invoice_per_hour": "GBP/hour",
    "staff.working_hours": PER_WTE,
    "staff.sickness_hours": PER_WTE,
    "staff.ni_threshold": "GBP/year",
    "staff.capital_overheads": PAY,
    "staff.qualifications": PAY,
    "staff.step_wte": "WTE",
    "pathway.eligible_workforce": "people",
    "pathway.outreach_contacts": CLIENTS,
    "pathway.targeted_outreach_contacts": CLIENTS,
    "pathway.registrations": CLIENTS,
    "pathway.team_attendances": CLIENTS,
    "pathway.sessions_per_completion": "sessions/client",
    "pathway.sessions_per_dropout": "sessions/client",
    "pathway.brief_sessions_per_client": "sessions/client",
    "activities.minutes": [
        "minutes/person", "minutes/person", "minutes/session", "minutes/session", "minutes/person",
        "minutes/(WTE*year)",
    ],
    "items.amount": [
        "GBP/year", "GBP/year", "GBP/session", "GBP/year", "GBP/year", "GBP/year", "GBP/person", "GBP/year",
    ],
    "items.step_capacity": ["ratio", CLIENTS, *["ratio"] * 6],
    "service_use.contacts": "contacts/client",
    "service_use.unit_cost": "GBP/contact",
    "service_use.published_mean": "GBP/client",
}  # fmt: skip
VOLUME_UNITS = [
    "people", *[CLIENTS] * 8, SESSIONS, *[CLIENTS] * 3, SESSIONS, *[CLIENTS] * 4, "WTE", "ratio",
]  # fmt: skip
PER_UNITS = [*[CLIENTS] * 8, SESSIONS, CLIENTS, "people"]
COST = "GBP/year"
RESULT_UNITS: dict[str, str | list[str]] = {
    **dict.fromkeys(
        (
            "hub_cost", "staff_bill", "service_use_cost", "activity_cost", "stage_cost", "component_cost",
            "payer_cost", "behaviour_cost", "bridge", "central_pension_cost",
        ),
        COST,
    ),
    "volumes": VOLUME_UNITS,
    "demand": VOLUME_UNITS,
    "hours_available": "hours/year",
    "hours_used": "hours/year",
    "service_cost_per_client": "GBP/client",
    "short_run_marginal_cost": "GBP/client",
    "long_run_marginal_cost": "GBP/client",
    "service_use_per_client": "GBP/client",
}  # fmt: skip


@pytest.fixture(scope="module")
def units() -> pint.UnitRegistry:
    registry: pint.UnitRegistry = pint.UnitRegistry(on_redefinition="ignore")
    for definition in PINT_DEFINITIONS:
        registry.define(definition)
    # The year that costs are counted in is no stretch of hours: hours a year must not cancel.
    registry.define("year = [accounting_year]")
    return registry


def factor(units: pint.UnitRegistry, unit: str) -> float:
    """Return what a quantity of this unit is multiplied by when every base unit changes."""
    dimensions = units.Quantity(1.0, unit).dimensionality
    return float(np.prod([PRIMES[name] ** float(power) for name, power in dimensions.items()]))


def factors(units: pint.UnitRegistry, unit: str | list[str]) -> Any:
    return factor(units, unit) if isinstance(unit, str) else np.array([factor(units, one) for one in unit])


def in_other_units(inputs: ModelInputs, units: pint.UnitRegistry) -> ModelInputs:
    """Return the same service measured in other units."""
    parts = {name: getattr(inputs, name) for name in PARTS}
    for dotted, unit in INPUT_UNITS.items():
        part, name = dotted.split(".")
        scale = factors(units, unit)
        scale = scale[:, None] if dotted == "activities.minutes" else scale
        parts[part] = replace(parts[part], **{name: getattr(parts[part], name) * scale})
    return with_ledger(**parts)


@pytest.fixture(scope="module")
def runs(units: pint.UnitRegistry) -> tuple[ModelOutputs, ModelOutputs]:
    inputs = toy_inputs()
    return evaluate(inputs), evaluate(in_other_units(inputs, units))


@pytest.mark.parametrize("name", RESULT_UNITS)
def test_every_result_has_its_unit(
    units: pint.UnitRegistry, runs: tuple[ModelOutputs, ModelOutputs], name: str
) -> None:
    before, after = (getattr(run.outcomes, name) for run in runs)
    assert_allclose(after, before * factors(units, RESULT_UNITS[name]), rtol=1e-11)


def test_unit_costs_have_the_unit_of_cost_over_count(
    units: pint.UnitRegistry, runs: tuple[ModelOutputs, ModelOutputs]
) -> None:
    for per, unit in zip(list(Per)[: len(PER_UNITS)], PER_UNITS, strict=True):
        unit_cost = f"({COST})/({unit})"
        for name, of in (("counts", unit), ("fully_absorbed", unit_cost), ("activity_only", unit_cost)):
            before, after = (getattr(run.outcomes, name)[:, :, per] for run in runs)
            assert_allclose(after, before * factor(units, of), rtol=1e-11)


def test_ledger_lines_are_money_a_year(
    units: pint.UnitRegistry, runs: tuple[ModelOutputs, ModelOutputs]
) -> None:
    before, after = (run.ledger.cost for run in runs)
    assert_allclose(after, before * factor(units, COST), rtol=1e-11)


def test_hours_are_time_a_year(units: pint.UnitRegistry, runs: tuple[ModelOutputs, ModelOutputs]) -> None:
    for name in ("hours", "unused_hours", "required_hours"):
        before, after = (getattr(run.delivery, name) for run in runs)
        assert_allclose(after, before * factor(units, "hours/year"), rtol=1e-11)


def test_every_result_is_covered() -> None:
    assert set(Outcomes.__dataclass_fields__) - {"counts"} == set(RESULT_UNITS) - {"service_use_per_client"}
    assert len(VOLUME_UNITS) == len(Volume)


def test_hours_a_year_do_not_cancel(units: pint.UnitRegistry) -> None:
    assert factor(units, PER_WTE) == pytest.approx(3.0 / 5.0 / 7.0)
    assert factor(units, "minutes/session") == pytest.approx(3.0 / 13.0)


def test_formulas_keep_the_units_of_quantities(units: pint.UnitRegistry) -> None:
    pay = units.Quantity(np.array([50_000.0]), PAY)
    threshold = units.Quantity(12_570.0, PAY)
    assert pssru_oncosts(pay, 0.138, threshold, 0.2).check(pay.dimensionality)
    assert uprated(pay, 100.0, 110.0).check(pay.dimensionality)
    assert uprated_by_parts(pay, 0.7, 1.1, 1.2).check(pay.dimensionality)
    year = [units.Quantity(value, "days/year") for value in (29, 8, 11, 5)]
    hours = working_hours(
        units.Quantity(52, "weeks/year"),
        units.Quantity(5, "days/week"),
        *year,
        units.Quantity(7.5, "hours/day"),
    )
    assert hours.to("hours/year").magnitude == pytest.approx(1_552.5)
    with pytest.raises(pint.DimensionalityError):
        pssru_oncosts(pay, 0.138, units.Quantity(12_570.0, "GBP/hour"), 0.2)
