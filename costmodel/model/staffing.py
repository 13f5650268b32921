"""What posts cost and how many hours they work: the staff unit-cost build-up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from costmodel.model.arrays import group_totals, ratio, stacked, weighted_total
from costmodel.model.types import (
    STAFF_COST_COMPONENTS,
    Component,
    CostPerContactHour,
    CostPerPaidHour,
    CostPerWorkingHour,
    FloatArray,
    StaffInputs,
)


@dataclass(frozen=True)
class StaffCosts:
    """Cost and time of each post in a year.

    Attributes
    ----------
    components
        Shape (draw, post, component). [GBP/year]
    hours
        Working hours. Shape (draw, post). [hours/year]
    filled_wte
        WTE less vacancies, over the year. Shape (draw, post). [WTE]
    """

    components: FloatArray
    hours: FloatArray
    filled_wte: FloatArray


def employer_ni(pay: FloatArray, rate: float, threshold: float) -> FloatArray:
    """Return employer National Insurance on one person's actual pay.

    Parameters
    ----------
    pay
        A person's pay from one employer in a year. Any shape. [GBP/year]
    rate
        [share]
    threshold
        Pay on which nothing is due. [GBP/year]

    Returns
    -------
    Shape of `pay`. [GBP/year]

    References
    ----------
    .. [1] National Insurance Contributions (Secondary Class 1 Contributions) Act 2025, section 1, and the
       rates of earlier tax years in `oncost_rules`.

    Examples
    --------
    >>> employer_ni(np.array([0.6 * 48_000.0, 4_000.0]), 0.15, 5_000.0)
    array([3570.,    0.])
    """
    return rate * np.maximum(0.0, pay - threshold)


def pssru_oncosts(salary: FloatArray, ni_rate: float, ni_threshold: float, pension_rate: float) -> FloatArray:
    """Return on-costs by the closed form behind a Manual's printed column: B = p A + n (A - T).

    The Manual's own rule, for reproducing it; never for costing.

    Examples
    --------
    >>> pssru_oncosts(np.array([53_824.0]), 0.138, 12_570.0, 0.237).round()
    array([18449.])
    """
    return pension_rate * salary + ni_rate * (salary - ni_threshold)


def cost_per_working_hour(annual_cost: FloatArray, working_hours: FloatArray) -> CostPerWorkingHour:
    """Return annual cost over hours worked after leave, training and sickness.

    Parameters
    ----------
    annual_cost
        [GBP/year]
    working_hours
        [hours/year]

    Returns
    -------
    [GBP/hour]

    Examples
    --------
    >>> cost_per_working_hour(np.array([112_161.3788]), np.array([1_552.5])).round(4)
    array([72.2457])
    """
    return CostPerWorkingHour(ratio(annual_cost, working_hours))


def cost_per_paid_hour(annual_cost: FloatArray, paid_hours: FloatArray) -> CostPerPaidHour:
    """Return annual cost over contracted hours, leave and sickness included.

    Parameters
    ----------
    annual_cost
        [GBP/year]
    paid_hours
        [hours/year]

    Returns
    -------
    [GBP/hour]

    Examples
    --------
    >>> cost_per_paid_hour(np.array([39_000.0]), np.array([1_950.0]))
    array([20.])
    """
    return CostPerPaidHour(ratio(annual_cost, paid_hours))


def cost_per_contact_hour(
    working_hour_cost: CostPerWorkingHour, indirect_ratio: FloatArray
) -> CostPerContactHour:
    """Return the cost of an hour face to face, carrying the indirect time it brings with it.

    Parameters
    ----------
    working_hour_cost
        [GBP/hour]
    indirect_ratio
        Indirect hours for each direct hour. [ratio]

    Returns
    -------
    [GBP/hour]

    Examples
    --------
    >>> cost_per_contact_hour(CostPerWorkingHour(np.array([50.0])), np.array([0.8]))
    array([90.])
    """
    return CostPerContactHour(working_hour_cost * (1.0 + indirect_ratio))


def working_hours(
    weeks: float,
    days_per_week: float,
    annual_leave: float,
    bank_holidays: float,
    sickness_days: float,
    study_days: float,
    hours_per_day: float,
) -> float:
    """Return annual hours at work: (weeks x days - leave - holidays - sickness - study) x hours a day.

    Examples
    --------
    >>> working_hours(52, 5, 29, 8, 11, 5, 7.5)
    1552.5
    """
    days = weeks * days_per_week - annual_leave - bank_holidays - sickness_days - study_days
    return days * hours_per_day


def capacity_cost_rate(
    annual_cost: FloatArray, working_hours: FloatArray, practical_share: FloatArray
) -> CostPerWorkingHour:
    """Return the cost of an hour of practical capacity, the rate of time-driven activity-based costing.

    Parameters
    ----------
    annual_cost
        Of a resource, for example all posts of a pool. [GBP/year]
    working_hours
        [hours/year]
    practical_share
        Share of working hours that can be planned for activities. [share]

    Returns
    -------
    [GBP/hour]

    References
    ----------
    .. [1] Kaplan RS, Anderson SR (2004). Time-driven activity-based costing. Harvard Business Review 82(11).

    Examples
    --------
    >>> capacity_cost_rate(np.array([100_000.0]), np.array([1_600.0]), np.array([0.8]))
    array([78.125])
    """
    return CostPerWorkingHour(ratio(annual_cost, working_hours * practical_share))


def slots_per_attendance(dna_rate: FloatArray, dna_slot_share: FloatArray) -> FloatArray:
    """Return booked slots used up by one attended session: 1 + phi d / (1 - d).

    Parameters
    ----------
    dna_rate
        Share of bookings not attended, d < 1. [share]
    dna_slot_share
        Share of such a slot that is lost, phi: 1 lost, 0 used for someone else. [share]

    Examples
    --------
    >>> slots_per_attendance(np.array([0.12]), np.array([1.0])).round(6)
    array([1.136364])
    """
    return 1.0 + dna_slot_share * ratio(dna_rate, 1.0 - dna_rate)


def national_insurance_by_post(pay: FloatArray, inputs: StaffInputs) -> FloatArray:
    """Return employer NI of each post in full employment, counting the threshold once a person and employer.

    Pay of contracts in one group is added before the threshold is taken off; the charge is shared by pay.
    A year whose rates change is the month-weighted mean of its periods.

    Parameters
    ----------
    pay
        Annual pay of each post, all its people together. Shape (draw, post). [GBP/year]
    inputs
        Contract groups, headcount and statutory periods.

    Returns
    -------
    Shape (draw, post). [GBP/year]
    """
    per_person = ratio(pay, inputs.headcount, when_zero=0.0)
    n_groups = int(inputs.contract_group.max(initial=-1)) + 1
    group_pay = group_totals(per_person, inputs.contract_group, n_groups)
    charge = np.zeros_like(group_pay)
    for weight, rate, threshold in zip(
        inputs.period_weight, inputs.ni_rate, inputs.ni_threshold, strict=True
    ):
        charge += weight * employer_ni(group_pay, rate, threshold)
    share = ratio(per_person, group_pay[:, inputs.contract_group], when_zero=0.0)
    return charge[:, inputs.contract_group] * share * inputs.headcount


def once_filled(inputs: StaffInputs) -> StaffInputs:
    """Return the staff with everybody in post from the first day."""
    return replace(inputs, in_post_after=np.zeros_like(inputs.in_post_after))


def staff_costs(inputs: StaffInputs) -> StaffCosts:
    """Return what every post costs and works in a year, component by component.

    Employed staff: pay, NI on each person's actual pay, pension on members' pay (the employer's and the
    centrally paid part), levy, backfill of sickness at the post's own hourly cost; overheads on that full
    staff cost; capital and qualifications per WTE. Agency staff: the gross invoice for the hours worked, no
    on-costs and no backfill, because hours not worked are not invoiced. Vacancies, and posts before their
    first day, cost and do nothing.
    """
    filled = inputs.filled_share
    employed = np.where(inputs.agency, 0.0, 1.0)
    pay = (inputs.salary + inputs.enhancements) * inputs.wte * employed
    pension_pay = pay * inputs.pension_member_share
    hours = (inputs.working_hours + inputs.sickness_hours) * inputs.wte
    parts = {
        Component.SALARY: pay,
        Component.EMPLOYER_NI: national_insurance_by_post(pay, inputs),
        Component.EMPLOYER_PENSION: pension_pay * _weighted(inputs.pension_employer_rate, inputs),
        Component.CENTRAL_PENSION: pension_pay * _weighted(inputs.pension_central_rate, inputs),
        Component.APPRENTICESHIP_LEVY: pay * inputs.apprenticeship_levy_rate,
        Component.AGENCY_INVOICES: inputs.invoice_per_hour * hours,
    }
    backfilled_share = employed * ratio(inputs.sickness_hours * inputs.wte, hours, when_zero=0.0)
    parts[Component.SICKNESS_BACKFILL] = _sum(parts.values()) * backfilled_share
    staff_cost = _sum(parts[component] for component in STAFF_COST_COMPONENTS)
    parts[Component.OVERHEADS_MANAGEMENT] = staff_cost * inputs.overheads_management_rate
    parts[Component.OVERHEADS_NON_STAFF] = staff_cost * inputs.overheads_non_staff_rate
    parts[Component.CAPITAL_OVERHEADS] = inputs.capital_overheads * inputs.wte
    parts[Component.QUALIFICATIONS] = inputs.qualifications * inputs.wte
    components = stacked([parts[component] for component in Component]) * filled[:, :, None]
    return StaffCosts(components, hours * filled, inputs.wte * filled)


def cost_of_added_hour(inputs: StaffInputs) -> FloatArray:
    """Return the cost of an hour bought by adding one whole step of staff to each post.

    The step is a new person, so NI is worked out afresh on the step's own pay.

    Returns
    -------
    Shape (draw, post), in the price year of the results. [GBP/hour]
    """
    n_posts = inputs.pool.size
    step = replace(
        inputs,
        wte=np.full((1, n_posts), inputs.step_wte),
        headcount=np.ones(n_posts),
        contract_group=np.arange(n_posts),
        vacancy_share=np.zeros((1, n_posts)),
        in_post_after=np.zeros((1, n_posts)),
    )
    costs = staff_costs(step)
    return ratio(weighted_total(costs.components, inputs.index_factor), costs.hours)


def _sum(parts: Iterable[FloatArray]) -> FloatArray:
    first, *others = parts
    return sum(others, start=first)


def _weighted(rate: FloatArray, inputs: StaffInputs) -> float:
    return float(sum(rate * inputs.period_weight))
