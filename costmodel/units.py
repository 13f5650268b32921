"""The closed vocabulary of units, and the only conversion constants of the project.

Every number in a parameter file names its unit, and the unit must be one of `UNITS`. Each unit is written as
an expression that the `pint` library can read once `PINT_DEFINITIONS` are known to it, so that the dimensions
of the whole model can be proved by pushing quantities through it.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from types import MappingProxyType
from typing import Final, Literal

MINUTES_PER_HOUR: Final = 60.0
HOURS_PER_DAY: Final = 24.0
WEEKS_PER_YEAR: Final = 52.0
WORKING_DAYS_PER_WEEK: Final = 5.0
"""Of pay, hours and rotas, as contracts and the NHS's tables count them."""
MONTHS_PER_YEAR: Final = 12.0
DAYS_PER_YEAR: Final = 365.25
DAYS_PER_WEEK: Final = 7.0
WEEKS_PER_CALENDAR_YEAR: Final = DAYS_PER_YEAR / DAYS_PER_WEEK
WEEKS_PER_MONTH: Final = DAYS_PER_YEAR / MONTHS_PER_YEAR / DAYS_PER_WEEK
"""Of waiting and what it costs to wait less, which go by the calendar."""


@dataclass(frozen=True)
class Step:
    """A step through time.

    Attributes
    ----------
    name
        `month` or `week`.
    per_year
        Steps in a year of 365.25 days, all of one length, so that a year is a whole number of them.
    """

    name: Literal["month", "week"]
    per_year: int

    @property
    def weeks(self) -> float:
        """Its length in weeks."""
        return DAYS_PER_YEAR / self.per_year / DAYS_PER_WEEK

    @property
    def months(self) -> float:
        """Its length in months."""
        return MONTHS_PER_YEAR / self.per_year

    def steps(self, months: float) -> int:
        """Return how many steps reach to the end of a number of months.

        Examples
        --------
        >>> MONTH.steps(6), WEEK.steps(6)
        (6, 26)
        """
        return ceil(months / self.months * (1.0 - 1e-12))


MONTH: Final = Step("month", 12)
WEEK: Final = Step("week", 52)
STEPS: Final[Mapping[str, Step]] = {"month": MONTH, "week": WEEK}
PERCENT: Final = 100.0
"""Percent in one whole. Only the price indices are written in percent; they are converted once, when read."""

PER_WTE: Final = "GBP/(WTE*year)"
"""Money for one whole-time equivalent in a year."""

UNITS: Final[Mapping[str, str]] = MappingProxyType(
    {
        # pure numbers
        "share": "part of a whole, from 0 to 1",
        "ratio": "one amount divided by another of the same kind, 0 or more",
        "growth": "change in a year as a part of what was there before, above -1; below 0 for a fall",
        "index": "level of an index whose base is named in its label",
        "percent": "hundredths; only in the price indices, as they are published",
        "score": "points on a scale that the label names",
        # time
        "minutes": "minutes",
        "hours": "hours",
        "days": "days",
        "weeks": "weeks",
        "months": "months",
        "years": "years",
        "hours/day": "hours a day",
        "hours/week": "hours a week",
        "hours/year": "hours a year",
        "days/year": "days a year",
        "weeks/year": "weeks a year",
        "minutes/contact": "minutes for one contact",
        "minutes/session": "minutes for one session",
        "minutes/unit": "minutes for one unit of an activity",
        "minutes/week": "minutes a week",
        "hours/session": "staff hours for one session",
        "hours/contact": "staff hours for one contact",
        "hours/client": "staff hours for one client",
        "hours/(WTE*year)": "hours a year of one whole-time equivalent",
        # people
        "WTE": "whole-time equivalents",
        "people": "people (headcount)",
        "people/year": "people a year",
        "people/month": "people a month",
        "people/week": "people a week",
        "people/session": "people in one session",
        "people/hub": "people of one hub",
        "people/WTE": "people for one whole-time equivalent",
        "WTE/hub": "whole-time equivalents of one hub",
        "clients": "clients: people who use the service",
        "clients/year": "clients a year",
        "hubs": "hubs",
        # service
        "contacts": "contacts",
        "contacts/client": "contacts of one client over the period that the record names",
        "contacts/year": "contacts a year",
        "contacts/(hub*year)": "contacts of one hub in a year",
        "sessions": "sessions",
        "sessions/client": "sessions of one client over a course",
        "sessions/week": "sessions a week",
        "sessions/month": "sessions a month",
        "sessions/year": "sessions a year",
        "units": "units of an activity",
        "units/client": "units of an activity for one client",
        "units/year": "units of an activity a year",
        "referrals": "referrals",
        "referrals/week": "referrals a week",
        "referrals/month": "referrals a month",
        "referrals/year": "referrals a year",
        "items": "prescription items",
        "items/client": "prescription items of one client over the period that the record names",
        "interviews": "interviews",
        # distance
        "miles": "miles",
        "miles/week": "miles a week",
        "miles/year": "miles a year",
        # money
        "GBP": "pounds sterling",
        "GBP/year": "pounds a year",
        "GBP/month": "pounds a month",
        "GBP/week": "pounds a week",
        "GBP/day": "pounds a day, for example of a bed",
        "GBP/hour": "pounds an hour",
        "GBP/minute": "pounds a minute",
        "GBP/mile": "pounds a mile",
        "GBP/WTE": "pounds once for each whole-time equivalent",
        "GBP/(WTE*year)": "pounds a year for each whole-time equivalent",
        "GBP/(person*year)": "pounds a year for each person",
        "GBP/(hub*year)": "pounds a year for each hub",
        "GBP/person": "pounds for each person",
        "GBP/client": "pounds for each client",
        "GBP/contact": "pounds for each contact (visit, call, consultation, attendance, incident)",
        "GBP/session": "pounds for each session",
        "GBP/episode": "pounds for each episode, stay or spell",
        "GBP/procedure": "pounds for each procedure",
        "GBP/item": "pounds for each prescription item",
        "GBP/unit": "pounds for each unit of activity, the unit being named in the record",
        "GBP/QALY": "pounds for each quality-adjusted life year",
        # price indices between countries
        "local_currency/international_dollar": "purchasing power parity",
        "local_currency/USD": "market exchange rate",
    }
)
"""Every unit that a file may name, and what it means."""

PINT_DEFINITIONS: Final[tuple[str, ...]] = (
    "share = 1",
    "ratio = 1",
    "growth = 1",
    "index = 1",
    "score = 1",
    "GBP = [currency]",
    "local_currency = [local_currency]",
    "USD = [us_currency]",
    "international_dollar = [international_currency]",
    "WTE = [post]",
    "person = [person] = _ = people = client",
    "hub = [hub]",
    "contact = [contact]",
    "session = [session]",
    "unit = [unit_of_activity]",
    "referral = [referral]",
    "item = [item]",
    "interview = [interview]",
    "episode = [episode]",
    "procedure = [procedure]",
    "QALY = [qaly]",
)
"""Definitions that a `pint.UnitRegistry` needs to read every unit. A client is a person."""

_OTHER_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "%": "share",
        "per cent": "share",
        "proportion": "share",
        "fraction": "share",
        "probability": "share",
        "rate": "share",
        "£": "GBP",
        "pounds": "GBP",
        "gbp/yr": "GBP/year",
        "gbp per year": "GBP/year",
        "£/year": "GBP/year",
        "gbp/hr": "GBP/hour",
        "£/hour": "GBP/hour",
        "gbp/wte/year": "GBP/(WTE*year)",
        "min": "minutes",
        "mins": "minutes",
        "hrs": "hours",
        "fte": "WTE",
        "headcount": "people",
        "patients": "clients",
        "multiplier": "ratio",
    }
)


def is_money(unit: str) -> bool:
    """Return whether an amount in this unit is money, and so needs a price year.

    Parameters
    ----------
    unit
        A unit of `UNITS`.

    Examples
    --------
    >>> is_money("GBP/(WTE*year)"), is_money("hours/year")
    (True, False)
    """
    return unit == "GBP" or unit.startswith("GBP/")


def suggest_unit(text: str) -> str | None:
    """Return the unit that the writer of `text` most likely meant, or None if nothing is near.

    Parameters
    ----------
    text
        What a file says where a unit should stand.

    Examples
    --------
    >>> suggest_unit("shares"), suggest_unit("gbp/yr"), suggest_unit("furlongs")
    ('share', 'GBP/year', None)
    """
    wanted = text.strip().casefold()
    names = {unit.casefold(): unit for unit in UNITS} | dict(_OTHER_WORDS)
    nearest = difflib.get_close_matches(wanted, names, n=1, cutoff=0.7)
    return names[nearest[0]] if nearest else None
