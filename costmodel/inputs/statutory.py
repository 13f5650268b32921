"""What the law makes an employer pay on top of pay, for each part of a tax year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from costmodel.inputs.table_rows import OncostRule
from costmodel.units import MONTHS_PER_YEAR


@dataclass(frozen=True)
class StatutoryPeriod:
    """Employer National Insurance and pension as the law has them for a part of a tax year.

    Parameters
    ----------
    rule_id
        Row of oncost_rules.
    valid_from, valid_to
        First and last day.
    ni_rate
        Employer National Insurance on annual pay above the threshold. [share]
    ni_threshold
        Secondary threshold of one person's annual pay. [GBP/year]
    pension_employer
        Pension paid by the employer, with the administration levy. [share of pay]
    pension_central
        Pension paid centrally; 0 before April 2019. [share of pay]
    weight_of_year
        Months of the period over months of the year. [share]
    """

    rule_id: str
    valid_from: date
    valid_to: date
    ni_rate: float
    ni_threshold: float
    pension_employer: float
    pension_central: float
    weight_of_year: float


def statutory_rules(rules: Mapping[str, OncostRule]) -> dict[str, OncostRule]:
    """Return the rows that state the law in force; a blend of a whole year is not one of them."""
    return {
        key: rule for key, rule in rules.items() if rule.convention == "statutory" and not rule.annual_blend
    }


def statutory_period(rule_id: str, rule: OncostRule) -> StatutoryPeriod | None:
    """Return a row of the law as a period, or None where its pension rate is not known."""
    if rule.pension_rate_paid_by_employer is None or rule.valid_from is None or rule.valid_to is None:
        return None
    return StatutoryPeriod(
        rule_id=rule_id,
        valid_from=rule.valid_from,
        valid_to=rule.valid_to,
        ni_rate=rule.ni_rate,
        ni_threshold=rule.ni_threshold,
        pension_employer=rule.pension_rate_paid_by_employer,
        pension_central=rule.pension_rate_paid_centrally or 0.0,
        weight_of_year=months_between(rule.valid_from, rule.valid_to) / MONTHS_PER_YEAR,
    )


def months_between(first: date, last: date) -> float:
    """Return the whole months from a first day to a last day, both included.

    Examples
    --------
    >>> months_between(date(2022, 4, 6), date(2022, 11, 5))
    7.0
    """
    end = last + timedelta(days=1)
    return float(MONTHS_PER_YEAR * (end.year - first.year) + end.month - first.month)
