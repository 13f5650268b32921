from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from costmodel.model.staffing import (
    CostPerWorkingHour,
    capacity_cost_rate,
    cost_of_added_hour,
    cost_per_contact_hour,
    cost_per_paid_hour,
    cost_per_working_hour,
    employer_ni,
    national_insurance_by_post,
    pssru_oncosts,
    slots_per_attendance,
    staff_costs,
    working_hours,
)
from costmodel.model.types import STAFF_COST_COMPONENTS, Component, StaffInputs
from tests.model.single_hub import posts
from tests.model.toy import toy_staff

NI = {"ni_rate": np.array([0.15]), "ni_threshold": np.array([5_000.0])}


def component(inputs: StaffInputs, which: Component, post: int = 0) -> float:
    return float(staff_costs(inputs).components[0, post, which])


def row(*values: float) -> np.ndarray:
    return np.array([values])


@pytest.mark.parametrize(
    ("pay", "ni"), [(0.0, 0.0), (4_999.0, 0.0), (5_000.0, 0.0), (5_100.0, 15.0), (28_800.0, 3_570.0)]
)
def test_employer_ni_is_due_above_the_threshold_only(pay: float, ni: float) -> None:
    assert employer_ni(np.array([pay]), 0.15, 5_000.0)[0] == pytest.approx(ni, rel=1e-14)


@given(pay=st.floats(10_001, 200_000))
def test_one_full_post_pays_more_ni_than_two_halves_by_one_threshold(pay: float) -> None:
    whole = component(posts([pay], [1.0], **NI), Component.EMPLOYER_NI)
    halves = staff_costs(posts([pay, pay], [0.5, 0.5], **NI)).components[0, :, Component.EMPLOYER_NI]
    assert whole - halves.sum() == pytest.approx(0.15 * 5_000.0, rel=1e-9)


def test_people_of_one_post_have_a_threshold_each() -> None:
    inputs = posts([40_000.0], [1.5], headcount=np.array([2.0]), **NI)
    assert component(inputs, Component.EMPLOYER_NI) == pytest.approx(2 * 0.15 * (30_000 - 5_000), rel=1e-14)


def test_two_jobs_with_one_employer_share_one_threshold_by_pay() -> None:
    inputs = posts([40_000.0, 60_000.0], [0.5, 0.5], contract_group=np.array([0, 0]), **NI)
    ni = national_insurance_by_post(row(20_000.0, 30_000.0), inputs)
    charge = 0.15 * (50_000 - 5_000)
    assert_allclose(ni, [[0.4 * charge, 0.6 * charge]], rtol=1e-14)


def test_two_jobs_with_different_employers_have_a_threshold_each() -> None:
    inputs = posts([40_000.0, 60_000.0], [0.5, 0.5], contract_group=np.array([1, 0]), **NI)
    ni = national_insurance_by_post(row(20_000.0, 30_000.0), inputs)
    assert_allclose(ni, [[0.15 * 15_000, 0.15 * 25_000]], rtol=1e-14)


def test_pay_below_the_threshold_alone_but_above_it_together() -> None:
    together = posts([4_000.0, 4_000.0], [1.0, 1.0], contract_group=np.array([0, 0]), **NI)
    assert_allclose(national_insurance_by_post(row(4_000.0, 4_000.0), together), [[225.0, 225.0]], rtol=1e-14)
    apart = posts([4_000.0, 4_000.0], [1.0, 1.0], **NI)
    assert_array_equal(national_insurance_by_post(row(4_000.0, 4_000.0), apart), [[0.0, 0.0]])


def test_a_year_whose_rates_change_is_weighted_by_its_months() -> None:
    inputs = posts(
        [48_000.0],
        [1.0],
        period_weight=np.array([0.25, 0.75]),
        ni_rate=np.array([0.138, 0.15]),
        ni_threshold=np.array([9_100.0, 5_000.0]),
        pension_employer_rate=np.array([0.14, 0.16]),
        pension_central_rate=np.array([0.06, 0.1]),
    )
    ni = 0.25 * 0.138 * (48_000 - 9_100) + 0.75 * 0.15 * (48_000 - 5_000)
    assert component(inputs, Component.EMPLOYER_NI) == pytest.approx(ni, rel=1e-14)
    assert component(inputs, Component.EMPLOYER_PENSION) == pytest.approx(48_000 * 0.155, rel=1e-14)
    assert component(inputs, Component.CENTRAL_PENSION) == pytest.approx(48_000 * 0.09, rel=1e-14)


def test_a_post_without_pay_or_people_has_no_ni() -> None:
    nobody = posts([40_000.0, 30_000.0], [0.0, 1.0], headcount=np.array([0.0, 1.0]), **NI)
    assert_array_equal(
        staff_costs(nobody).components[:, :, Component.EMPLOYER_NI], [[0.0, 0.15 * (30_000.0 - 5_000.0)]]
    )


def test_no_posts_at_all_cost_nothing() -> None:
    nothing = staff_costs(posts([], []))
    assert nothing.components.shape == (1, 0, 11)
    assert nothing.hours.shape == (1, 0)


FULL = {
    "enhancements": row(2_000.0),
    "pension_member_share": row(0.5),
    "pension_employer_rate": np.array([0.14]),
    "pension_central_rate": np.array([0.09]),
    "apprenticeship_levy_rate": 0.005,
    "overheads_management_rate": row(0.25),
    "overheads_non_staff_rate": row(0.4),
    "capital_overheads": row(5_000.0),
    "qualifications": row(9_000.0),
    **NI,
}


def test_every_component_of_an_employed_post() -> None:
    costs = staff_costs(posts([48_000.0], [0.6], **FULL))
    pay = 30_000.0
    staff_cost = pay + 0.15 * 25_000 + 0.5 * pay * 0.14 + 0.5 * pay * 0.09 + 0.005 * pay
    expected = [
        pay,
        0.15 * 25_000,
        0.5 * pay * 0.14,
        0.5 * pay * 0.09,
        0.005 * pay,
        0.0,
        0.0,
        0.25 * staff_cost,
        0.4 * staff_cost,
        0.6 * 5_000,
        0.6 * 9_000,
    ]
    assert_allclose(costs.components, [[expected]], rtol=1e-14)
    assert_allclose(costs.hours, [[0.6 * 1_500]], rtol=1e-15)
    assert_array_equal(costs.filled_wte, [[0.6]])


def test_without_overheads_and_capital_a_post_costs_pay_and_oncosts() -> None:
    bare = FULL | {
        "overheads_management_rate": row(0.0),
        "overheads_non_staff_rate": row(0.0),
        "capital_overheads": row(0.0),
        "qualifications": row(0.0),
    }
    costs = staff_costs(posts([48_000.0], [0.6], **bare)).components[0, 0]
    assert costs.sum() == costs[list(STAFF_COST_COMPONENTS)].sum()
    assert costs.sum() == pytest.approx(30_000 + 3_750 + 2_100 + 1_350 + 150, rel=1e-14)


def test_somebody_who_opts_out_has_no_pension() -> None:
    inputs = posts([48_000.0], [1.0], **FULL | {"pension_member_share": row(0.0)})
    assert component(inputs, Component.EMPLOYER_PENSION) == 0.0
    assert component(inputs, Component.CENTRAL_PENSION) == 0.0


def test_a_vacancy_is_neither_paid_nor_worked() -> None:
    filled, vacant = (
        staff_costs(posts([48_000.0], [0.6], **FULL, vacancy_share=row(v))) for v in (0.0, 0.25)
    )
    assert_allclose(vacant.components, 0.75 * filled.components, rtol=1e-14)
    assert_allclose(vacant.hours, 0.75 * filled.hours, rtol=1e-14)
    assert_allclose(vacant.filled_wte, [[0.45]], rtol=1e-14)
    empty = staff_costs(posts([48_000.0], [0.6], **FULL, vacancy_share=row(1.0)))
    assert empty.components.sum() == empty.hours.sum() == empty.filled_wte.sum() == 0.0


def test_agency_staff_cost_their_invoices_and_no_oncosts() -> None:
    agency = FULL | {"agency": np.array([True]), "invoice_per_hour": row(50.0), "capital_overheads": row(0.0)}
    costs = staff_costs(posts([48_000.0], [0.6], **agency | {"qualifications": row(0.0)})).components[0, 0]
    invoices = 50.0 * 0.6 * 1_500
    expected = np.zeros(11)
    expected[Component.AGENCY_INVOICES] = invoices
    expected[Component.OVERHEADS_MANAGEMENT] = 0.25 * invoices
    expected[Component.OVERHEADS_NON_STAFF] = 0.4 * invoices
    assert_allclose(costs, expected, rtol=1e-14)


def test_backfill_adds_the_hours_back_at_the_posts_own_hourly_cost() -> None:
    with_backfill = FULL | {"sickness_hours": row(100.0), "working_hours": row(1_500.0)}
    costs = staff_costs(posts([48_000.0], [0.6], **with_backfill))
    own = 30_000 + 3_750 + 2_100 + 1_350 + 150
    backfill = own / 1_600 * 100
    assert costs.components[0, 0, Component.SICKNESS_BACKFILL] == pytest.approx(backfill, rel=1e-14)
    management = costs.components[0, 0, Component.OVERHEADS_MANAGEMENT]
    assert management == pytest.approx(0.25 * (own + backfill), rel=1e-14)
    assert_allclose(costs.hours, [[0.6 * 1_600]], rtol=1e-15)


def test_agency_hours_not_worked_are_not_paid_again_as_backfill() -> None:
    inputs = posts(
        [0.0], [1.0], agency=np.array([True]), invoice_per_hour=row(50.0), sickness_hours=row(100.0)
    )
    assert component(inputs, Component.SICKNESS_BACKFILL) == 0.0
    assert component(inputs, Component.AGENCY_INVOICES) == 50.0 * 1_600


def test_a_post_without_hours_needs_no_backfill() -> None:
    inputs = posts([48_000.0], [0.0], sickness_hours=row(100.0))
    assert component(inputs, Component.SICKNESS_BACKFILL) == 0.0


def test_salary_that_varies_by_draw_meets_wte_that_does_not() -> None:
    costs = staff_costs(replace(posts([1.0], [0.5]), salary=np.array([[10_000.0], [20_000.0]])))
    assert_array_equal(costs.components[:, 0, Component.SALARY], [5_000.0, 10_000.0])
    assert costs.components.shape == (2, 1, 11)


def test_doubling_pay_and_thresholds_doubles_staff_cost_and_pay_alone_more_than_doubles_it() -> None:
    def bill(factor: float, threshold: float) -> float:
        own: dict[str, Any] = FULL | {"ni_threshold": np.array([threshold]), "enhancements": row(0.0)}
        costs = staff_costs(posts([factor * 48_000.0], [1.0], **own))
        return float(costs.components[0, 0, list(STAFF_COST_COMPONENTS)].sum())

    assert bill(2.0, 10_000.0) == pytest.approx(2.0 * bill(1.0, 5_000.0), rel=1e-14)
    assert bill(2.0, 5_000.0) - 2.0 * bill(1.0, 5_000.0) == pytest.approx(0.15 * 5_000.0, rel=1e-9)


def test_unpaid_staff_without_capital_cost_nothing() -> None:
    free = FULL | {
        "enhancements": row(0.0),
        "capital_overheads": row(0.0),
        "qualifications": row(0.0),
    }
    assert staff_costs(posts([0.0], [1.0], **free)).components.sum() == 0.0


def test_an_added_hour_has_ni_of_its_own() -> None:
    inputs = posts([40_000.0], [3.0], headcount=np.array([3.0]), step_wte=0.5, **NI)
    expected = (20_000 + 0.15 * 15_000) / (0.5 * 1_500)
    assert_allclose(cost_of_added_hour(inputs), [[expected]], rtol=1e-14)


def test_an_added_hour_forgets_vacancies_and_second_contracts() -> None:
    inputs = posts(
        [40_000.0, 20_000.0],
        [1.0, 1.0],
        contract_group=np.array([0, 0]),
        vacancy_share=row(0.5, 1.0),
        headcount=np.array([4.0, 2.0]),
        **NI,
    )
    expected = [(40_000 + 0.15 * 35_000) / 1_500, (20_000 + 0.15 * 15_000) / 1_500]
    assert_allclose(cost_of_added_hour(inputs), [expected], rtol=1e-14)


def test_an_added_hour_is_in_the_prices_of_the_results() -> None:
    factors = np.ones(11)
    factors[Component.SALARY], factors[Component.CAPITAL_OVERHEADS] = 1.1, 1.2
    inputs = posts([30_000.0], [1.0], capital_overheads=row(1_500.0), index_factor=factors)
    assert_allclose(cost_of_added_hour(inputs), [[20 * 1.1 + 1.2]], rtol=1e-14)


def test_an_hour_of_a_post_that_never_works_has_no_cost() -> None:
    assert_array_equal(cost_of_added_hour(posts([30_000.0], [1.0], working_hours=row(0.0))), [[np.nan]])


def test_full_staff_cost_holds_everything_paid_for_the_person() -> None:
    assert [part.name for part in STAFF_COST_COMPONENTS] == [
        "SALARY",
        "EMPLOYER_NI",
        "EMPLOYER_PENSION",
        "CENTRAL_PENSION",
        "APPRENTICESHIP_LEVY",
        "AGENCY_INVOICES",
        "SICKNESS_BACKFILL",
    ]


def test_permuting_posts_permutes_their_costs() -> None:
    order = np.array([6, 2, 0, 5, 4, 1, 3])
    staff = toy_staff()
    moved = replace(
        staff,
        **{
            name: getattr(staff, name)[:, order]
            for name in staff.__dataclass_fields__
            if isinstance(getattr(staff, name), np.ndarray) and getattr(staff, name).ndim > 1
        },
        headcount=staff.headcount[order],
        contract_group=staff.contract_group[order],
        agency=staff.agency[order],
        pool=staff.pool[order],
    )
    assert_array_equal(staff_costs(moved).components, staff_costs(staff).components[:, order])
    assert_array_equal(staff_costs(moved).hours, staff_costs(staff).hours[:, order])


def test_pssru_oncosts_are_linear_in_salary() -> None:
    oncosts = pssru_oncosts(np.array([50_000.0, 10_000.0]), 0.138, 12_570.0, 0.2)
    assert_allclose(oncosts, [10_000 + 0.138 * 37_430, 2_000 - 0.138 * 2_570], rtol=1e-14)


def test_the_three_hourly_rates() -> None:
    annual = np.array([78_000.0])
    assert_array_equal(cost_per_paid_hour(annual, np.array([1_950.0])), [40.0])
    working = cost_per_working_hour(annual, np.array([1_560.0]))
    assert_array_equal(working, [50.0])
    assert_array_equal(cost_per_contact_hour(working, np.array([0.5])), [75.0])
    assert_array_equal(cost_per_working_hour(annual, np.array([0.0])), [np.nan])
    assert_array_equal(cost_per_paid_hour(annual, np.array([0.0])), [np.nan])
    assert_array_equal(cost_per_contact_hour(CostPerWorkingHour(np.array([50.0])), np.array([0.0])), [50.0])


def test_capacity_cost_rate_spreads_cost_over_practical_hours() -> None:
    rate = capacity_cost_rate(np.array([80_000.0]), np.array([2_000.0]), np.array([0.8]))
    assert_allclose(rate, [50.0], rtol=1e-14)
    assert_array_equal(capacity_cost_rate(np.array([80_000.0]), np.array([0.0]), np.array([0.8])), [np.nan])


def test_working_hours_take_off_every_kind_of_absence() -> None:
    assert working_hours(52, 5, 30, 8, 11, 6, 7.5) == 205 * 7.5
    assert working_hours(10, 4, 1, 2, 4, 8, 2.0) == (40 - 15) * 2.0


@pytest.mark.parametrize(
    ("dna", "lost", "slots"), [(0.0, 1.0, 1.0), (0.2, 0.0, 1.0), (0.2, 1.0, 1.25), (0.2, 0.5, 1.125)]
)
def test_slots_for_one_attendance(dna: float, lost: float, slots: float) -> None:
    assert slots_per_attendance(np.array([dna]), np.array([lost]))[0] == pytest.approx(slots, rel=1e-14)


def test_slots_for_an_attendance_that_never_happens_are_not_applicable() -> None:
    assert_array_equal(slots_per_attendance(np.array([1.0]), np.array([1.0])), [np.nan])
