"""Every rule between files, with the exact text that a user reads when it is broken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from costmodel.errors import ParameterError, Problem
from costmodel.inputs.model_files import MODEL_FILES
from costmodel.inputs.project import Project
from costmodel.inputs.references import UNITS_BY_PLACE
from costmodel.inputs.tree import Location, Tree
from costmodel.units import UNITS
from tests.scenario_files import (
    REMOVED,
    Override,
    fixed,
    problems,
    said,
    shipped_project,
    specification,
    uncertain,
    write_scenario,
)

HUB = "hub_reference"
POST = f"{HUB}.posts.administrator_3"
PATHWAY = f"{HUB}.pathway"
POOLS = "There are: <staff_pools>"
ACTIVITIES = "There are: <activities>"
SALARY = "GBP/(WTE*year)"

Changes = dict[str, Any]


def item(**keys: Any) -> Changes:
    amount = fixed("GBP/year", 10.0, price_year="2023/24")
    line = {"label": "A line", "outside_overheads": "A test.", "behaviour": "fixed", "amount": amount, **keys}
    return {f"{HUB}.non_pay.line": line}


def service(**keys: Any) -> Changes:
    record = {"label": "A service", "contacts": fixed("contacts/client", 1.0), "payer": "icb"}
    record |= {"payer_evidence": "user", "is_hub": False, "is_mental_health": False, **keys}
    return {"service_use.services.new": record}


def pooled(**pool: Any) -> Changes:
    cost = fixed("GBP/year", 100.0, price_year="2023/24")
    whole = {"label": "Estates", "hub": "reference", "cost": cost, "shares": {"activities": {"therapy": 1.0}}}
    return {
        "costing_rules.overheads": {"pooled": {"method": "direct", "pools": {"estates": {**whole, **pool}}}}
    }


def correlated(kind: str, names: list[str], **keys: Any) -> Changes:
    return {f"correlations.{kind}.new": {"label": "A test", "parameters": names, "reason": "A test.", **keys}}


POOL = "costing_rules.overheads.pooled.pools.estates"
NEW_LINE = f"{HUB}.non_pay.line"
NEW_SERVICE = "service_use.services.new"
RULE = "costing_rules.overheads.percentage.management.rule"

BROKEN: dict[str, tuple[Changes, list[tuple[str, str]]]] = {
    "unknown staff pool": (
        {f"{POST}.pool": "administrators"},
        [
            (
                f"{POST}.pool",
                "there is no staff pool 'administrators' in staff_pools.yaml. Did you mean 'administrator'? "
                "" + POOLS,
            )
        ],
    ),
    "unknown staff type": (
        {f"{POST}.staff": "community_administration_band_33"},
        [
            (
                f"{POST}.staff",
                "edition 2024 has no staff type 'community_administration_band_33'. Did you mean "
                "'community_administration_band_3'? See: costmodel unit-costs",
            )
        ],
    ),
    "unknown source": (
        {f"{PATHWAY}.registrations.source": {"id": "blog_preston", "locator": "somewhere"}},
        [
            (
                f"{PATHWAY}.registrations.source.id",
                "there is no source 'blog_preston' in sources.yaml. Did you mean 'blog_preston_2023'?",
            )
        ],
    ),
    "minutes of an unknown pool": (
        {"activities.therapy.minutes.sages": fixed("minutes/session", 3.0)},
        [("activities.therapy.minutes.sages",
         f"there is no staff pool 'sages' in staff_pools.yaml. {POOLS}")],
    ),
    "a Hub's own time for an unknown activity and pool": (
        {
            f"{HUB}.time_use": {
                "terapy": {"clinician": fixed("minutes/session", 3.0)},
                "therapy": {"sages": fixed("minutes/session", 3.0)},
            }
        },
        [
            (
                f"{HUB}.time_use.terapy",
                f"there is no activity 'terapy' in activities.yaml. Did you mean 'therapy'? {ACTIVITIES}",
            ),
            (f"{HUB}.time_use.therapy.sages", f"there is no staff pool 'sages' in staff_pools.yaml. {POOLS}"),
        ],
    ),
    "a line for an unknown activity": (
        {f"{HUB}.non_pay.outreach_materials.activity": "outreech"},
        [
            (
                f"{HUB}.non_pay.outreach_materials.activity",
                f"there is no activity 'outreech' in activities.yaml. Did you mean 'outreach'? {ACTIVITIES}",
            )
        ],
    ),
    "minutes where hours are expected": (
        {f"{POST}.working_hours": fixed("minutes", 90_000.0)},
        [(f"{POST}.working_hours.unit", "must be hours/year or hours/(WTE*year) here; got minutes")],
    ),
    "a stock where a flow is expected": (
        {f"{PATHWAY}.registrations.unit": "people"},
        [(f"{PATHWAY}.registrations.unit", "must be people/year or clients/year here; got people")],
    ),
    "both overhead methods": (
        {"costing_rules.overheads.pooled": pooled()["costing_rules.overheads"]["pooled"]},
        [
            (
                "costing_rules.overheads",
                "give overheads either as percentage or as pooled, never both: both would count them twice",
            )
        ],
    ),
    "no overhead method": (
        {"costing_rules.overheads.percentage": REMOVED},
        [
            (
                "costing_rules.overheads",
                "give overheads either as percentage or as pooled, never both: both would count them twice",
            )
        ],
    ),
    "unknown overhead rule": (
        {RULE: "2024_community_nhs_management"},
        [
            (
                RULE,
                "'2024_community_nhs_management' is not a rule for overheads_management. Did you mean "
                "'2024_community_nhs_management_admin_estates_staff'? See overhead_rates.yaml",
            )
        ],
    ),
    "overhead rule of another edition": (
        {RULE: "2023_community_nhs_management_admin_estates_staff"},
        [(RULE, "is a rule of edition 2023, but the frame names edition 2024; use one edition")],
    ),
    "overhead pool of an unknown Hub": (
        pooled(hub="referense"),
        [(f"{POOL}.hub", "there is no parameter file hub_referense.yaml. Did you mean 'reference'?")],
    ),
    "overhead pool that gives to itself": (
        pooled(shares={"pools": {"estates": 0.5}, "activities": {"therapy": 0.5}}),
        [(f"{POOL}.shares.pools.estates", "must be another overhead pool of the same Hub: there is none")],
    ),
    "overhead pool of an unknown activity": (
        pooled(shares={"activities": {"terapy": 1.0}}),
        [
            (
                f"{POOL}.shares.activities.terapy",
                f"there is no activity 'terapy' in activities.yaml. Did you mean 'therapy'? {ACTIVITIES}",
            )
        ],
    ),
    "overhead pool that loses cost": (
        pooled(shares={"activities": {"therapy": 0.9}}),
        [(f"{POOL}.shares", "must add up to 1, so that no cost is lost; they add up to 0.9")],
    ),
    "overhead pool that reaches no activity": (
        pooled(shares={}),
        [
            (f"{POOL}.shares", "must add up to 1, so that no cost is lost; they add up to 0"),
            (f"{POOL}.shares.activities", "must name an activity, or the pool's cost never reaches one"),
        ],
    ),
    "unknown unit cost row": (
        {"service_use.services.outpatient.unit_cost_row": "outpatients"},
        [
            (
                "service_use.services.outpatient.unit_cost_row",
                "there is no row 'outpatients' in service_unit_costs.yaml. See its rows",
            )
        ],
    ),
    "two unit costs": (
        {
            "service_use.services.outpatient.unit_cost": fixed("GBP/contact", 1.0, price_year="2023/24"),
        },
        [
            (
                "service_use.services.outpatient",
                "give the unit cost once: unit_cost_row (a row of service_unit_costs) or unit_cost",
            )
        ],
    ),
    "cost of an hour without minutes": (
        {"service_use.services.practice_nurse.minutes_each": REMOVED},
        [
            (
                "service_use.services.practice_nurse.minutes_each",
                "goes with a unit cost in GBP/hour, and only with one",
            )
        ],
    ),
    "minutes with the cost of a contact": (
        {"service_use.services.outpatient.minutes_each": fixed("minutes/contact", 10.0)},
        [("service_use.services.outpatient.minutes_each",
         "goes with a unit cost in GBP/hour, and only with one")],
    ),
    "unit cost of a year": (
        service(unit_cost=fixed("GBP/year", 1.0, price_year="2023/24")),
        [
            (
                f"{NEW_SERVICE}.unit_cost.unit",
                "must be GBP/contact or GBP/session or GBP/item or GBP/episode or GBP/unit or GBP/day or "
                "GBP/hour "
                "here; got GBP/year",
            )
        ],
    ),
    "unit cost before every index": (
        service(unit_cost=fixed("GBP/contact", 1.0, price_year="1950/51")),
        [
            (
                f"{NEW_SERVICE}.unit_cost.price_year",
                "gdp_deflator_uk_financial_year of edition 'OBR Nov 2025' holds no price level of 1950/51; "
                "it has "
                "2007/08 to 2030/31",
            )
        ],
    ),
    "Hub contacts added": (
        {"service_use.total_uses": "including_hub"},
        [
            (
                "service_use.total_uses",
                "clients' reported use including Hub contacts cannot be added to the micro-costed Hub cost: "
                "each "
                "Hub contact would count twice. Use excluding_hub",
            )
        ],
    ),
    "group of an unknown parameter": (
        correlated("groups", ["activities.brief_support.dna_rat", "activities.brief_support.dna_rate"]),
        [
            (
                "correlations.groups.new.parameters.0",
                "there is no parameter 'activities.brief_support.dna_rat'. Did you mean "
                "'activities.brief_support.dna_rate'?",
            )
        ],
    ),
    "group of a joint record's part": (
        correlated("groups", [f"{PATHWAY}.other_support.navigated", "activities.brief_support.dna_rate"]),
        [
            (
                "correlations.groups.new.parameters.0",
                f"'{PATHWAY}.other_support.navigated' is part of a joint record, whose numbers already vary "
                f"together",
            )
        ],
    ),
    "parameter in two blocks": (
        correlated("groups", ["activities.therapy.dna_rate", "activities.brief_support.dna_rate"]),
        [
            (
                "correlations.rank_correlations.attendance.parameters.0",
                "'activities.therapy.dna_rate' already stands in new; a parameter can be in one of them",
            )
        ],
    ),
    "matrix of the wrong size": (
        correlated(
            "rank_correlations",
            ["activities.brief_support.dna_rate", "activities.team_sessions.group_size"],
            matrix=[[1.0, 0.5]],
        ),
        [
            (
                "correlations.rank_correlations.new.matrix",
                "must have 2 rows of 2 numbers, one for each parameter",
            )
        ],
    ),
    "stream of another parameter": (
        {"activities.team_sessions.group_size.stream": "activities.brief_support.dna_rate"},
        [
            (
                "activities.team_sessions.group_size.stream",
                "'activities.brief_support.dna_rate' is the random stream of "
                "activities.brief_support.dna_rate too; "
                "to move them together, put both into one group of correlations.yaml",
            )
        ],
    ),
    "sickness both ways": (
        {
            "costing_rules.sickness.sick_days": fixed("days/year", 9.0),
            "costing_rules.sickness.hours_per_day": fixed("hours/day", 7.5),
        },
        [("costing_rules.sickness",
         "give sick_days and hours_per_day with treatment backfill, and only then")],
    ),
    "backfill without days": (
        {"costing_rules.sickness.treatment": "backfill"},
        [("costing_rules.sickness",
         "give sick_days and hours_per_day with treatment backfill, and only then")],
    ),
    "activities out of order": (
        {"activities.assessment.driver": "screened", "activities.screening.driver": "triaged"},
        [
            (
                "activities.assessment",
                "comes before screening on the pathway (screened), so it must be served before it: give it a "
                "lower number in served",
            )
        ],
    ),
    "no session is attended": (
        {"activities.therapy.dna_rate": fixed("share", 1.0)},
        [("activities.therapy.dna_rate", "must be less than 1, or no session is ever attended")],
    ),
    "empty group": (
        {"activities.team_sessions.group_size": fixed("people/session", 0.0)},
        [("activities.team_sessions.group_size", "must be greater than 0; got 0")],
    ),
    "nobody to do the work": (
        {POST: REMOVED},
        [
            (
                f"{HUB}.posts",
                "has no post in the staff pool 'administrator', which the activity 'administration' needs; "
                "add a "
                "post, or set time_use.administration.administrator to 0 for this Hub",
            )
        ],
    ),
    "pay in other prices": (
        {f"{POST}.salary.price_year": "2022/23"},
        [
            (
                f"{POST}.salary.price_year",
                "must be 2023/24, the price year of edition 2024 in which all staff are costed; got "
                "2022/23. Give "
                "the amount in those prices, or name another frame.edition",
            )
        ],
    ),
    "no hours": (
        {f"{POST}.working_hours": fixed("hours/year", 0.0)},
        [(f"{POST}.working_hours", "must be greater than 0; got 0")],
    ),
    "a post filled in the past": (
        {f"{POST}.in_post_after": fixed("months", -2.0)},
        [(f"{POST}.in_post_after.value", "must not be negative; got -2")],
    ),
    "a first day that may be in the past": (
        {f"{POST}.in_post_after": uncertain("months", {"family": "normal", "mean": 2.0, "se": 1.0})},
        [
            (
                f"{POST}.in_post_after.distribution.se",
                "a normal distribution with mean 2 and se 1 puts 2.3 % of its draws below 0, where this "
                "quantity cannot be (at most 0.1 % is accepted); use gamma or lognormal",
            )
        ],
    ),
    "a first day in weeks": (
        {f"{POST}.in_post_after": fixed("weeks", 2.0)},
        [(f"{POST}.in_post_after.unit", "must be months here; got weeks")],
    ),
    "negative salary": (
        {f"{POST}.salary": fixed(SALARY, -24_000.0, price_year="2023/24")},
        [(f"{POST}.salary.value", "must not be negative; got -24000")],
    ),
    "percentage for a share": (
        {f"{PATHWAY}.screened_share": fixed("share", 90.0)},
        [(f"{PATHWAY}.screened_share.value", "must be between 0 and 1; got 90. Did you mean 0.9?")],
    ),
    "a text where a post should be": (
        {POST: "nobody"},
        [(POST, "must be a mapping of keys; got 'nobody'")],
    ),
    "unknown unit": (
        {f"{PATHWAY}.screened_share.unit": "shares"},
        [(f"{PATHWAY}.screened_share.unit", "'shares' is not a known unit. Did you mean 'share'?")],
    ),
    "missing key": ({f"{PATHWAY}.screened_share": REMOVED}, [(f"{PATHWAY}.screened_share", "is missing")]),
    "unknown key": (
        {f"{PATHWAY}.screen_share": fixed("share", 0.9)},
        [(f"{PATHWAY}.screen_share", "is not a known key. Did you mean 'screened_share'?")],
    ),
    "bare sd": (
        {f"{PATHWAY}.registrations.distribution": {"family": "gamma", "mean": 550, "sd": 200}},
        [
            (
                f"{PATHWAY}.registrations.distribution.sd",
                "sd is the spread of individuals, not the uncertainty of the mean; give se, or sd with n",
            )
        ],
    ),
    "normal with mass below zero": (
        {f"{PATHWAY}.registrations.distribution": {"family": "normal", "mean": 5.0, "se": 4.0}},
        [
            (
                f"{PATHWAY}.registrations.distribution.se",
                "a normal distribution with mean 5 and se 4 puts 11 % of its draws below 0, where this "
                "quantity "
                "cannot be (at most 0.1 % is accepted); use gamma or lognormal",
            )
        ],
    ),
    "impossible beta": (
        {f"{PATHWAY}.screened_share.distribution": {"family": "beta", "mean": 0.5, "se": 0.6}},
        [
            (
                f"{PATHWAY}.screened_share.distribution.se",
                "must be less than 0.5, the largest standard error that a share with mean 0.5 can have; got "
                "0.6",
            )
        ],
    ),
    "fixed line by client": (
        item(amount=fixed("GBP/client", 10.0, price_year="2023/24")),
        [(f"{NEW_LINE}.amount.unit", "must be GBP/year for a fixed line; got GBP/client")],
    ),
    "variable line by year": (
        item(behaviour="variable", driver="triaged"),
        [
            (
                f"{NEW_LINE}.amount.unit",
                "must be an amount for one unit of the driver, such as GBP/client; got GBP/year",
            )
        ],
    ),
    "fixed line with a driver": (
        item(driver="triaged"),
        [(NEW_LINE, "a fixed line has no driver; a step or variable line names the driver that it follows")],
    ),
    "step line without a capacity": (
        item(behaviour="step", driver="triaged"),
        [
            (
                NEW_LINE,
                "give step_capacity (units of the driver that one step serves) with behaviour step, and "
                "only then",
            )
        ],
    ),
    "step of nothing": (
        item(behaviour="step", driver="triaged", step_capacity=fixed("people", 0.0)),
        [(f"{NEW_LINE}.step_capacity", "must be greater than 0; got 0")],
    ),
    "uncertain life": (
        {
            f"{HUB}.capital.set_up_equipment.life": uncertain(
                "years", {"family": "gamma", "mean": 5.0, "se": 1.0}
            )
        },
        [
            (
                f"{HUB}.capital.set_up_equipment.life",
                "must be a fixed value, the same in every draw; give value in place of distribution",
            )
        ],
    ),
    "no life": (
        {f"{HUB}.capital.set_up_equipment.life": fixed("years", 0.0)},
        [(f"{HUB}.capital.set_up_equipment.life", "must be greater than 0; got 0")],
    ),
    "resale in other prices": (
        {f"{HUB}.capital.set_up_equipment.resale_value": fixed("GBP", 10.0, price_year="2022/23")},
        [
            (
                f"{HUB}.capital.set_up_equipment.resale_value.price_year",
                "must be 2023/24, the price year of purchase_cost; got 2022/23",
            )
        ],
    ),
    "uncertain step of staff": (
        {"costing_rules.staffing_step": uncertain("WTE", {"family": "gamma", "mean": 1.0, "se": 0.2})},
        [
            (
                "costing_rules.staffing_step",
                "must be a fixed value, the same in every draw; give value in place of distribution",
            )
        ],
    ),
    "levy without its rate": (
        {"pay_rules.rows.apprenticeship_levy_rate": REMOVED, "costing_rules.apprenticeship_levy": "include"},
        [
            (
                "costing_rules.apprenticeship_levy",
                "needs the row 'apprenticeship_levy_rate' of pay_rules.yaml, which is missing",
            )
        ],
    ),
    "agency post paid a salary": (
        {f"{POST}.contract": "agency"},
        [
            (
                f"{POST}.invoice_per_hour",
                "is missing: an agency post needs the gross invoice of an hour (no on-costs are added)",
            ),
            (f"{POST}.salary", "an agency post is paid by invoice; remove salary"),
        ],
    ),
    "employed post with an invoice": (
        {f"{POST}.invoice_per_hour": fixed("GBP/hour", 30.0, price_year="2023/24")},
        [(f"{POST}.invoice_per_hour", "an employed post is paid a salary; remove invoice_per_hour")],
    ),
    "person with two heads": (
        {f"{POST}.person": "p1", f"{POST}.headcount": 2},
        [(f"{POST}.headcount", "must be 1 for a post with a named person, one contract; got 2")],
    ),
    "post without a staff type": (
        {f"{POST}.staff": REMOVED},
        [(POST, "name a staff type (staff: ID), or give working_hours, capital_overheads")],
    ),
    "post without a staff type or salary": (
        {f"{POST}.staff": REMOVED, f"{POST}.salary": REMOVED},
        [(POST, "name a staff type (staff: ID), or give salary, working_hours, capital_overheads")],
    ),
    "shared post of an unknown Hub": (
        {"shared_posts.data_analyst.shared.hubs": ["north", "coastal"]},
        [
            (
                "shared_posts.data_analyst.shared.hubs.1",
                "there is no parameter file hub_coastal.yaml. Did you mean 'coast'?",
            )
        ],
    ),
    "shared post with shares and a driver": (
        {"shared_posts.training_coordinator.shared.driver": "wte"},
        [
            (
                "shared_posts.training_coordinator.shared",
                "give shares with driver recorded_time, and only then",
            )
        ],
    ),
    "shares of other Hubs": (
        {"shared_posts.training_coordinator.shared.hubs": ["north", "coast", "city"]},
        [
            (
                "shared_posts.training_coordinator.shared",
                "shares must name the same Hubs as hubs: north, coast, city",
            )
        ],
    ),
    "shares that are no whole": (
        {"shared_posts.training_coordinator.shared.shares.north.value": 0.5},
        [("shared_posts.training_coordinator.shared", "shares must add up to 1; they add up to 1.1")],
    ),
    "uncertain shares": (
        {
            "shared_posts.training_coordinator.shared.shares.north": uncertain(
                "share", {"family": "beta", "mean": 0.4, "se": 0.1}
            )
        },
        [
            (
                "shared_posts.training_coordinator.shared",
                "recorded shares must be fixed values, so that they always add up to 1",
            )
        ],
    ),
    "other components of other support": (
        {
            f"{PATHWAY}.other_support": {
                "label": "Other support",
                "unit": "share",
                "evidence": "user",
                "components": {"signposted": "Signposted", "navigated": "Navigated"},
                "value": {"signposted": 0.5, "navigated": 0.5},
            }
        },
        [
            (
                PATHWAY,
                "other_support must have the components signposted, navigated, brief_support, "
                "no_further_support; "
                "got navigated, signposted",
            )
        ],
    ),
    "faults of several files at once": (
        {
            f"{POST}.pool": "sages",
            f"{POST}.salary": fixed(SALARY, -1.0, price_year="2023/24"),
            "activities.therapy.dna_rate": fixed("share", 9.0),
            "service_use.services.outpatient.payer": "nobody",
        },
        [
            ("service_use.services.outpatient.payer",
             "must be one of icb, nhse_central, other_nhs, local_authority, "
             "employer, client; got 'nobody'"),
            ("activities.therapy.dna_rate.value", "must be between 0 and 1; got 9. Did you mean 0.09?"),
            (f"{POST}.pool", f"there is no staff pool 'sages' in staff_pools.yaml. {POOLS}"),
            (f"{POST}.salary.value", "must not be negative; got -1"),
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_said_exactly(name: str, tmp_path: Path) -> None:
    changes, expected = BROKEN[name]
    assert sorted(said(tmp_path, changes)) == sorted((where, _listed(message)) for where, message in expected)


def _listed(message: str) -> str:
    """Put the names that the shipped files hold into a message."""
    for stem in ("staff_pools", "activities"):
        message = message.replace(f"<{stem}>", ", ".join(shipped_project().tree.get((stem,))))
    return message


FRAMES: dict[str, tuple[Changes, list[tuple[str, str]]]] = {
    "an unknown edition": ({"edition": "1999"}, [("frame.edition",
     "there is no edition '1999'; it has 2022, 2023, 2024")]),
    "another edition without its overheads": (
        {"edition": "2023"},
        [
            ("costing_rules.overheads.percentage.management.rule",
             "is a rule of edition 2024, but the frame names edition 2023; use one edition"),
            ("costing_rules.overheads.percentage.non_staff.rule",
             "is a rule of edition 2024, but the frame names edition 2023; use one edition"),
        ],
    ),
    "a price year outside the indices": (
        {"price_year": "2031/32"},
        [
            ("frame.price_year", f"{index} holds no price level of 2031/32; it has {span}")
            for index, span in (
                ("gdp_deflator_uk_financial_year of edition 'OBR Nov 2025'", "2007/08 to 2030/31"),
                ("nhscii_pay of edition '2025'", "2014/15 to 2024/25"),
                ("nhscii_pay_and_prices of edition '2025'", "2014/15 to 2024/25"),
                ("nhscii_prices of edition '2025'", "2014/15 to 2024/25"),
                ("pss_adult_all_sectors_pay_and_prices_excl_capital of edition '2024'", "2007/08 to 2023/24"),
            )
        ],
    ),
    "the Manual's on-costs": (
        {"oncost_convention": "pssru_as_published"},
        [
            ("frame.oncost_convention",
             "pssru_as_published reproduces a Manual and is never used to cost; a run needs statutory (see: "
             "costmodel unit-costs --convention pssru_as_published)"),
        ],
    ),
    "an unknown index": (
        {"uprating": {"pay": {"index": "nhscii_pai", "edition": "2025"}}},
        [
            ("frame.uprating.pay.index",
             "there is no index 'nhscii_pai'. Did you mean 'nhscii_pay'? See the rows of "
             "parameters/price_indices.yaml"),
        ],
    ),
    "an unknown edition of an index": (
        {"uprating": {"pay": {"index": "nhscii_pay", "edition": "2012"}}},
        [("frame.uprating.pay.edition",
         "there is no edition '2012' of nhscii_pay; it has 2022, 2023, 2024, 2025")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FRAMES)
def test_what_the_tables_lack_is_said_at_the_frame(name: str, tmp_path: Path) -> None:
    frame, expected = FRAMES[name]
    found = problems(tmp_path, frame=frame)
    assert [(problem.where, problem.message) for problem in found] == expected
    if all(where.startswith("frame.") for where, _ in expected):
        assert {Path(problem.file).name for problem in found} == {"case.yaml"}
        assert all(problem.line in (6, 7, 8, 9) for problem in found)


def test_a_row_with_a_range_or_a_year_that_no_index_reaches_is_refused(tmp_path: Path) -> None:
    rows = shipped_project().tables().service_unit_costs
    of_a_range = next(key for key, row in rows.items() if row.value is None)
    assert (
        f"{NEW_SERVICE}.unit_cost_row",
        "this row has a published range only; give unit_cost instead",
    ) in said(tmp_path, service(unit_cost_row=of_a_range))
    yearless = {"label": "A row", "unit": "GBP/contact", "value": 3.0, "price_year": "about 2010"}
    template = shipped_project().tree.get(
        ("service_unit_costs", "rows", "ncc_ae_attendance_all_types__2023_24")
    )
    changes = service(unit_cost_row="mine") | {"service_unit_costs.rows.mine": {**template, **yearless}}
    assert said(tmp_path, changes) == [
        (
            f"{NEW_SERVICE}.unit_cost_row",
            "the row's price year is 'about 2010', which no index reaches; give unit_cost instead",
        )
    ]


def test_a_row_of_another_kind_of_unit_is_refused(tmp_path: Path) -> None:
    template = shipped_project().tree.get(
        ("service_unit_costs", "rows", "ncc_ae_attendance_all_types__2023_24")
    )
    changes = service(unit_cost_row="mine") | {
        "service_unit_costs.rows.mine": {**template, "unit": "GBP/year"}
    }
    assert said(tmp_path, changes) == [
        (
            f"{NEW_SERVICE}.unit_cost_row",
            "must be GBP/contact, GBP/session, GBP/item, GBP/episode, GBP/unit, GBP/day or GBP/hour (with "
            "minutes_each); got GBP/year",
        )
    ]


def test_impossible_correlations_are_refused_with_the_contradiction(tmp_path: Path) -> None:
    names = [
        "activities.brief_support.dna_rate",
        "activities.team_sessions.group_size",
        f"{PATHWAY}.screened_share",
    ]
    matrix = [[1.0, 0.9, 0.9], [0.9, 1.0, -0.9], [0.9, -0.9, 1.0]]
    ((where, message),) = said(tmp_path, correlated("rank_correlations", names, matrix=matrix))
    assert where == "correlations.rank_correlations.new.matrix"
    assert "contradict each other: given the first two, the third must be between" in message


def test_a_scenario_may_not_run_half_of_the_hubs_that_share_a_post(tmp_path: Path) -> None:
    found = said(tmp_path, hubs=["north", "coast"])
    expected = (
        "this scenario runs some of the Hubs that share the post but not city, moor; run them all, or "
        "override "
        "the post"
    )
    assert found == [
        (f"shared_posts.{post}.shared.hubs", expected)
        for post in (
            "regional_clinical_lead",
            "data_analyst",
            "training_coordinator",
            "communications_officer",
        )
    ]


@pytest.mark.parametrize(
    ("hub", "hint"),
    [
        ("referense", " Did you mean 'reference'?"),
        ("figures", ""),
        ("reference.yaml", " Did you mean 'reference'?"),
    ],
)
def test_a_hub_without_a_file_is_named(hub: str, hint: str, tmp_path: Path) -> None:
    assert said(tmp_path, hubs=[hub]) == [("hubs.0", f"there is no parameter file hub_{hub}.yaml.{hint}")]


def test_a_hub_is_named_once(tmp_path: Path) -> None:
    message = "'reference' stands twice; a Hub is costed once. For a second one, copy hub_reference.yaml"
    assert said(tmp_path, hubs=["reference", "north", "reference"]) == [("hubs.2", message)]


def test_a_fault_is_found_where_it_stands(tmp_path: Path) -> None:
    path = write_scenario(tmp_path, {f"{POST}.pool": "sages"})
    with pytest.raises(ParameterError) as caught:
        shipped_project().specification(path)
    (problem,) = caught.value.problems
    assert problem.file == path.as_posix()
    assert (
        "set: sages" in path.read_text(encoding="utf-8").splitlines()[problem.line - 1 : problem.line + 1][1]
    )


def test_every_unit_that_a_place_demands_is_in_the_vocabulary() -> None:
    assert {unit for _, units in UNITS_BY_PLACE for unit in units} <= set(UNITS)


def test_every_record_of_the_shipped_files_stands_at_a_place_with_a_unit() -> None:
    spec = shipped_project().specification("base_case")
    free = [
        name
        for name in spec.parameters
        if not any(place.fullmatch(name) for place, _ in UNITS_BY_PLACE)
        and not any(place.fullmatch(name.rpartition(".")[0]) for place, _ in UNITS_BY_PLACE)
        and not name.startswith(("oncost_rules.", "service_use.services"))
    ]
    allowed = (".amount", ".step_capacity", ".non_staff", ".management", ".other_support")
    assert [name for name in free if not any(part in name for part in allowed)] == []


# -- whole folders


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Project]:
    """Write a folder of parameters that holds the shipped files, some changed, and one scenario."""

    def write(**texts: str | None) -> Project:
        parameters, scenarios = tmp_path / "parameters", tmp_path / "scenarios"
        parameters.mkdir()
        scenarios.mkdir()
        shipped = shipped_project()
        for file in sorted(shipped.parameters_folder.glob("*.yaml")):
            (parameters / file.name).symlink_to(file.resolve())
        (scenarios / "base_case.yaml").symlink_to((shipped.scenarios_folder / "base_case.yaml").resolve())
        for stem, text in texts.items():
            path = parameters / f"{stem}.yaml"
            path.unlink(missing_ok=True)
            if text is not None:
                path.write_text(text, encoding="utf-8")
        return Project(parameters, scenarios)

    return write


def test_an_unknown_file_a_missing_file_and_an_empty_file_are_all_reported_at_once(
    folder: Callable[..., Project],
) -> None:
    found, warnings = folder(notes="text: hello\n", activities=None, staff_pools="").check()
    assert [(problem.file, problem.line, problem.where, problem.message) for problem in found] == [
        ("parameters/activities.yaml", None, "activities", "is missing"),
        (
            "parameters/notes.yaml",
            None,
            "notes",
            "is neither a reference table nor one of costing_rules.yaml, staff_pools.yaml, activities.yaml, "
            "service_use.yaml, correlations.yaml, shared_posts.yaml, waiting.yaml, staffing_options.yaml, "
            "budget_impact.yaml, reach.yaml, hub_<id>.yaml; rename or remove it",
        ),
        ("parameters/staff_pools.yaml", None, "", "is empty"),
    ]
    assert warnings == []


def test_a_table_that_cannot_be_used_hides_no_fault_of_the_model_files(
    folder: Callable[..., Project],
) -> None:
    rules = yaml.safe_load(
        (shipped_project().parameters_folder / "costing_rules.yaml").read_text(encoding="utf-8")
    )
    rules["qualifications"] = "sometimes"
    project = folder(overhead_rates="table: overhead_rates\n", costing_rules=yaml.safe_dump(rules))
    (project.scenarios_folder / "other.yaml").write_text("label: Other\n", encoding="utf-8")
    found, _ = project.check()
    assert {problem.file for problem in found} == {
        "parameters/costing_rules.yaml",
        "parameters/overhead_rates.yaml",
        "scenarios/other.yaml",
    }
    assert ("costing_rules.qualifications", "must be one of include, exclude; got 'sometimes'") in [
        (problem.where, problem.message) for problem in found
    ]
    with pytest.raises(ParameterError) as caught:
        project.tables()
    assert {problem.file for problem in caught.value.problems} == {"parameters/overhead_rates.yaml"}


def test_files_that_a_run_can_do_without_may_be_missing(folder: Callable[..., Project]) -> None:
    project = folder(correlations=None, shared_posts=None, hub_figures=None)
    assert project.check()[0] == []
    spec = project.specification("base_case")
    assert spec.plan.correlations == ()
    assert dict(spec.shared_posts) == {}


@pytest.mark.parametrize("stem", ["hub_reference", "activities", "oncost_rules", "sources"])
def test_an_unreadable_file_is_one_problem_without_echoes_in_scenarios(
    stem: str, folder: Callable[..., Project]
) -> None:
    parameters = folder(**{stem: ""}).parameters_folder
    found, _ = Project(parameters, shipped_project().scenarios_folder).check()
    assert found == [Problem(f"parameters/{stem}.yaml", None, "", "is empty")]


def test_files_that_another_program_wrote_with_sorted_keys_say_the_same(
    folder: Callable[..., Project],
) -> None:
    shipped = shipped_project()
    sorted_files = {
        stem: yaml.dump(content, Dumper=yaml.CSafeDumper, sort_keys=True)
        for stem, content in shipped.tree.data.items()
    }
    project = folder(**sorted_files)
    assert project.check()[0] == []
    ours, theirs = (each.specification("base_case") for each in (shipped, project))
    assert list(ours.activities) == list(theirs.activities) != sorted(ours.activities)
    assert ours.activities == theirs.activities
    assert ours.hubs == theirs.hubs


def test_activities_are_served_by_number_and_without_one_last(tmp_path: Path) -> None:
    webinars = dict(shipped_project().tree.get(("activities", "outreach")))
    del webinars["served"]
    changes = {"activities.team_sessions.served": 1, "activities.webinars": webinars}
    activities = list(specification(tmp_path, changes).activities)
    assert activities[0] == "team_sessions"
    assert activities[-2:] == ["therapy", "webinars"]


def test_a_folder_without_scenarios_is_a_problem(tmp_path: Path) -> None:
    project = Project(shipped_project().parameters_folder, tmp_path / "scenarios")
    missing, _ = project.check()
    (tmp_path / "scenarios").mkdir()
    empty, _ = project.check()
    assert [(problem.file, problem.message) for problem in (*missing, *empty)] == [
        ("scenarios", "there is no such folder; 'costmodel init DIR' writes one"),
        ("scenarios", "holds no .yaml file; 'costmodel init DIR' writes one"),
    ]


def test_a_missing_folder_of_parameters_is_one_problem(tmp_path: Path) -> None:
    project = Project(tmp_path / "nowhere", shipped_project().scenarios_folder)
    with pytest.raises(ParameterError) as caught:
        project.specification("base_case")
    found, _ = project.check()
    for problems_found in (caught.value.problems, found):
        assert [(problem.file, problem.message) for problem in problems_found] == [
            ("parameters", f"there is no folder {tmp_path / 'nowhere'}; 'costmodel init DIR' writes one")
        ]


def test_the_shipped_files_have_no_problems() -> None:
    assert shipped_project().check()[0] == []


def test_every_model_file_is_known() -> None:
    assert set(MODEL_FILES) == {
        "costing_rules", "staff_pools", "activities", "service_use", "correlations", "shared_posts",
        "waiting", "staffing_options", "budget_impact", "reach",
    }  # fmt: skip


def test_an_override_in_a_table_counts(tmp_path: Path) -> None:
    row = "service_unit_costs.rows.ncc_outpatient_attendance_consultant_led__2023_24.value"
    before = specification(tmp_path).parameters["service_use.services.outpatient.unit_cost"].expected
    after = specification(tmp_path, {row: 2.0 * before}).parameters[
        "service_use.services.outpatient.unit_cost"
    ]
    assert after.expected == 2.0 * before


def test_locations_of_an_empty_tree_are_nowhere() -> None:
    assert Tree({}, {}).locate(("a",)) == Location("", None)


def test_an_override_of_a_number_keeps_the_rest_of_its_record(tmp_path: Path) -> None:
    spec = specification(tmp_path, {"activities.therapy.dna_rate": Override(value=0.2)})
    assert spec.parameters["activities.therapy.dna_rate"].expected == 0.2
    assert spec.parameters["activities.therapy.dna_rate"].evidence == "illustrative"
