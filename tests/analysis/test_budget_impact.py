"""Budget impact of whole scenarios: nothing for nothing, mirrors, years, prices, payers."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from costmodel.analysis.budget_impact import ALL_YEARS, BudgetImpact, impact
from costmodel.analysis.compare import ComparisonError, compare
from costmodel.analysis.price_path import BudgetError, financial_year, years_from
from costmodel.errors import ParameterError
from costmodel.inputs.specification import ModelSpec
from costmodel.report.budget import price_lines
from costmodel.runner import design_of, simulate
from tests.scenario_files import REMOVED, fixed, said, shipped_project, write_scenario

DRAWS = 200
ONCE_AND_AGAIN = ("recurrent", "set_up", "notice", "redundancy", "exit")
AT_ONCE = {
    "budget_impact.recruitment": REMOVED,
    "budget_impact.set_up": REMOVED,
    "budget_impact.exit": REMOVED,
}


def spec(scenario: str | Path = "base_case") -> ModelSpec:
    return shipped_project().specification(scenario, also=["budget_impact"])


def changed(folder: Path, changes: dict[str, Any], *, parent: str = "junior_heavy") -> ModelSpec:
    return spec(write_scenario(folder, changes, extends=[parent]))


def run(new: ModelSpec, current: ModelSpec | None = None, years: int = 3, **keys: Any) -> BudgetImpact:
    before = current or spec()
    return impact(before, new, design_of(new, "monte-carlo", DRAWS, 7, before), years, **keys)


def test_a_service_in_place_of_itself_costs_exactly_nothing() -> None:
    found = run(spec())
    amounts = {(f.mean, f.lower_95, f.upper_95, f.probability_more) for f in found.figures}
    assert amounts == {(0.0, 0.0, 0.0, 0.5)}


def test_a_swap_mirrors_recurrent_cost() -> None:
    there, back = run(spec("junior_heavy")), run(spec(), spec("junior_heavy"))
    for name in ("recurrent", "cash_releasing", "not_cash_releasing"):
        for prices in ("real", "nominal"):
            one, other = (each.figure(ALL_YEARS, name, prices) for each in (there, back))
            assert one.mean == pytest.approx(-other.mean, rel=1e-12)
            assert one.probability_more == 1.0 - other.probability_more


def test_a_whole_year_in_place_costs_what_the_comparison_says(tmp_path: Path) -> None:
    new, current = changed(tmp_path, AT_ONCE), spec()
    design = design_of(new, "monte-carlo", DRAWS, 7, current)
    found = impact(current, new, design, 2)
    with simulate(current, design) as before, simulate(new, design) as after:
        difference = compare(before, after).differences[0]
    for year in found.years:
        figure = found.figure(year)
        assert figure.mean == pytest.approx(difference.mean, rel=1e-9)
        assert (figure.lower_95, figure.upper_95) == pytest.approx((difference.lower_95, difference.upper_95))
        assert all(found.figure(year, name).mean == 0.0 for name in ONCE_AND_AGAIN[1:])


def test_parts_and_payers_add_up_in_every_year_and_years_to_their_sum() -> None:
    found = run(spec("consultant_heavy"))
    for prices in ("real", "nominal"):
        for year in (*found.years, ALL_YEARS):
            total = found.figure(year, "total", prices).mean
            parts = [found.figure(year, name, prices).mean for name in ONCE_AND_AGAIN]
            cash = [found.figure(year, n, prices).mean for n in ("cash_releasing", "not_cash_releasing")]
            payers = [
                f.mean
                for f in found.figures
                if f.name.startswith("payer.") and (f.financial_year, f.prices) == (year, prices)
            ]
            assert sum(parts) == pytest.approx(total) == pytest.approx(sum(payers))
            assert sum(cash) == pytest.approx(parts[0])
        years = [found.figure(year, "total", prices).mean for year in found.years]
        assert sum(years) == pytest.approx(found.figure(ALL_YEARS, "total", prices).mean)


def test_the_lag_of_recruitment_delays_the_change(tmp_path: Path) -> None:
    lag = {**AT_ONCE, "budget_impact.recruitment": {"lag": fixed("months", 18)}}
    found = run(changed(tmp_path, lag))
    assert found.share_in_place == (0.0, 0.5, 1.0)
    whole = found.figure(found.years[2]).mean
    assert [found.figure(year).mean for year in found.years] == pytest.approx([0.0, whole / 2, whole])


def test_a_decision_within_a_financial_year_leaves_its_first_months_as_they_are(tmp_path: Path) -> None:
    lag = {**AT_ONCE, "budget_impact.recruitment": {"lag": fixed("months", 3)}}
    path = write_scenario(tmp_path, lag, extends=["junior_heavy"], frame={"base_date": "2023-10-01"})
    found = run(spec(path), years=2)
    assert (found.decided, found.years) == ("2023-10-01", ("2023/24", "2024/25"))
    assert found.share_in_place == (0.25, 1.0)  # new staff come on 1 January


def test_a_plan_of_another_year_is_decided_on_its_first_day(tmp_path: Path) -> None:
    change = {**AT_ONCE, "budget_impact.first_year": "2024/25"}
    path = write_scenario(tmp_path, change, extends=["junior_heavy"], frame={"base_date": "2023-10-01"})
    found = run(spec(path), years=1)
    assert (found.decided, found.years) == ("2024-04-01", ("2024/25",))
    assert found.share_in_place == (1.0,)


@pytest.mark.parametrize(
    "where",
    [
        "client_growth",
        "assumed_growth.pay",
        "assumed_growth.non_pay",
        "price_paths.clinical_record_system.growth",
    ],
)
def test_growth_meant_in_percent_is_refused(where: str, tmp_path: Path) -> None:
    growth: Any = fixed("growth", 3)
    key, *inside = where.split(".")
    for name in reversed(inside):
        growth = {name: growth}
    told = said(tmp_path, {f"budget_impact.{key}": growth}, also=["budget_impact"], extends=["junior_heavy"])
    assert told == [
        (
            f"budget_impact.{where}",
            "must be below 1, for 1 would double it every year; got 3. Growth of 3 % a year is 0.03",
        )
    ]


def test_the_lag_of_the_plan_says_when_staff_come_whatever_their_posts_say(tmp_path: Path) -> None:
    post = "hub_reference.posts.service_lead.in_post_after"
    late = changed(tmp_path, {post: fixed("months", 6.0)})
    assert run(late).figures == run(spec("junior_heavy")).figures


def test_uptake_of_the_last_year_given_goes_on(tmp_path: Path) -> None:
    uptake = {
        "label": "Uptake", "unit": "share", "components": {"year_1": "1", "year_2": "2"},
        "value": {"year_1": 0.25, "year_2": 0.5}, "evidence": "user",
    }  # fmt: skip
    found = run(changed(tmp_path, {**AT_ONCE, "budget_impact.uptake": uptake}))
    assert found.share_in_place == (0.25, 0.5, 0.5)


def test_set_up_is_paid_in_the_first_year_by_its_payer(tmp_path: Path) -> None:
    item = {"label": "Move", "payer": "icb", "amount": fixed("GBP", 1_000, price_year="2023/24")}
    found = run(changed(tmp_path, {**AT_ONCE, "budget_impact.set_up": {"move": item}}))
    assert [found.figure(year, "set_up").mean for year in found.years] == [1_000.0, 0.0, 0.0]
    assert found.figure(found.years[0], "payer.icb").mean == 1_000.0


def test_redundancy_is_months_of_pay_of_the_share_that_is_let_go(tmp_path: Path) -> None:
    leaving = {"redundant_share": fixed("share", 0.5), "redundancy_pay": fixed("months", 6)}
    post = {
        "hub_reference.posts.administrator_3.wte": fixed("WTE", 0.5),
        "hub_reference.posts.administrator_3.salary": fixed("GBP/(WTE*year)", 24_000, price_year="2023/24"),
        "hub_reference.posts.administrator_3.vacancy_share": fixed("share", 0.0),
    }
    more = {**post, "hub_reference.posts.administrator_3.wte": fixed("WTE", 1.0)}
    current = spec(write_scenario(tmp_path, more, name="now"))
    new = spec(write_scenario(tmp_path, {**AT_ONCE, **post, "budget_impact.exit": leaving}))
    found = run(new, current)
    paid = [found.figure(year, "redundancy").mean for year in found.years]
    assert paid == pytest.approx([0.5 * 24_000 * 6 / 12 * 0.5, 0.0, 0.0])


def half_an_administrator_less(folder: Path, leaving: dict[str, Any]) -> BudgetImpact:
    post = {
        "hub_reference.posts.administrator_3.wte": fixed("WTE", 0.5),
        "hub_reference.posts.administrator_3.salary": fixed("GBP/(WTE*year)", 24_000, price_year="2023/24"),
        "hub_reference.posts.administrator_3.vacancy_share": fixed("share", 0.0),
    }
    more = {**post, "hub_reference.posts.administrator_3.wte": fixed("WTE", 1.0)}
    current = spec(write_scenario(folder, more, name="now"))
    changes = {**AT_ONCE, **post, "budget_impact.exit": leaving}
    return run(spec(write_scenario(folder, changes)), current, seed=5)


def test_notice_is_paid_with_all_on_costs_beside_the_new_way(tmp_path: Path) -> None:
    found = half_an_administrator_less(tmp_path, {"notice": fixed("months", 3)})
    first = found.figure(found.years[0], "notice").mean
    assert 0.5 * 24_000 * 3 / 12 * 1.2 < first < 0.5 * 24_000 * 3 / 12 * 1.5
    assert found.figure(found.years[1], "notice").mean == 0.0
    assert found.figure(ALL_YEARS, "redundancy").mean == 0.0


def test_pension_of_staff_on_notice_is_paid_centrally_as_before(tmp_path: Path) -> None:
    found = half_an_administrator_less(tmp_path, {"notice": fixed("months", 12)})
    first, second, _ = found.years
    assert found.figure(second, "payer.nhse_central").mean < 0.0
    # A year's notice of everybody takes back just what is saved in the year.
    assert found.figure(first, "payer.nhse_central").mean == pytest.approx(0.0, abs=1e-9)


def test_items_come_about_in_the_share_of_draws_that_their_probability_says(tmp_path: Path) -> None:
    half = fixed("share", 0.5)
    leaving = {
        "redundant_share": fixed("share", 1.0),
        "redundancy_pay": fixed("months", 12),
        "probability": half,
        "costs": {
            "lease": {
                "label": "Lease",
                "amount": fixed("GBP", 900, price_year="2023/24"),
                "probability": half,
            }
        },
    }
    found = half_an_administrator_less(tmp_path, leaving)
    redundancy, lease = (found.figure(found.years[0], name) for name in ("redundancy", "exit"))
    assert redundancy.mean / 12_000 == pytest.approx(0.5, abs=0.12)  # 200 draws
    assert lease.mean / 900 == pytest.approx(0.5, abs=0.12)
    assert redundancy.mean / 12_000 != lease.mean / 900  # streams of their own
    assert (redundancy.lower_95, redundancy.upper_95) == pytest.approx((0.0, 12_000.0))
    assert found.figure(found.years[1], "exit").mean == 0.0


def test_an_item_that_comes_about_is_the_same_in_every_chunk(tmp_path: Path) -> None:
    item = {
        "label": "Move", "amount": fixed("GBP", 1_000, price_year="2023/24"),
        "probability": fixed("share", 0.3),
    }  # fmt: skip
    new = changed(tmp_path, {**AT_ONCE, "budget_impact.set_up": {"move": item}})
    whole, parts = run(new, seed=3), run(new, seed=3, chunk_size=33)
    set_up = whole.figure(whole.years[0], "set_up")
    assert set_up.mean == pytest.approx(parts.figure(parts.years[0], "set_up").mean)
    assert set_up.mean == pytest.approx(300.0, abs=100.0)


def test_an_item_with_a_price_path_of_its_own_follows_it_in_nominal_prices(tmp_path: Path) -> None:
    amount = "hub_reference.non_pay.clinical_record_system.amount"
    dearer = {**AT_ONCE, amount: fixed("GBP/year", 30_000, price_year="2023/24")}
    path = {"budget_impact.price_paths": {"clinical_record_system": {"growth": fixed("growth", 0.2)}}}
    before = {amount: fixed("GBP/year", 10_000, price_year="2023/24")}
    current = spec(write_scenario(tmp_path, before, name="now"))
    new = spec(write_scenario(tmp_path, {**dearer, **path}))
    found = run(new, current)
    real = [found.figure(year, "recurrent").mean for year in found.years]
    nominal = [found.figure(year, "recurrent", "nominal").mean for year in found.years]
    assert real[0] > 0.0 and real == pytest.approx([real[0]] * 3)
    assert nominal == pytest.approx([real[0], 1.2 * real[0], 1.44 * real[0]])
    own = [basis for basis in found.prices if basis.kind == "clinical_record_system"]
    assert [basis.factor for basis in own] == pytest.approx([1.0, 1.2, 1.44])
    line = "clinical_record_system, 2023/24 to 2025/26: ASSUMED growth of its own"
    assert any(line in words for words in price_lines(found))


def test_equipment_is_cash_of_its_price_over_its_life_and_follows_a_path_of_its_own(tmp_path: Path) -> None:
    equipment = "hub_reference.capital.set_up_equipment"

    def stock(purchase: float) -> dict[str, Any]:
        return {
            f"{equipment}.purchase_cost": fixed("GBP", purchase, price_year="2023/24"),
            f"{equipment}.life": fixed("years", 5),
        }

    resale = {f"{equipment}.resale_value": fixed("GBP", 5_000.0, price_year="2023/24")}
    current = spec(write_scenario(tmp_path, stock(10_000.0), name="now"))
    path = {"budget_impact.price_paths": {"set_up_equipment": {"growth": fixed("growth", 0.2)}}}
    found = run(spec(write_scenario(tmp_path, {**AT_ONCE, **stock(45_000.0), **resale, **path})), current)
    real, nominal = (
        [found.figure(year, "recurrent", prices).mean for year in found.years]
        for prices in ("real", "nominal")
    )
    assert real == pytest.approx([6_000.0] * 3)
    assert nominal == pytest.approx([6_000.0, 1.2 * 6_000.0, 1.44 * 6_000.0])


def test_a_price_path_of_an_item_that_no_hub_has_is_refused(tmp_path: Path) -> None:
    path = {"budget_impact.price_paths": {"clinical_records": {"growth": fixed("growth", 0.2)}}}
    with pytest.raises(ParameterError, match="no Hub has an item 'clinical_records'"):
        changed(tmp_path, path)


def test_nominal_prices_follow_the_index_and_then_assumed_growth(tmp_path: Path) -> None:
    growth = {"pay": fixed("growth", 0.1), "non_pay": fixed("growth", 0.0)}
    found = run(changed(tmp_path, {**AT_ONCE, "budget_impact.assumed_growth": growth}))
    pay = [basis for basis in found.prices if basis.kind == "pay"]
    assert [basis.status for basis in pay] == ["published", "provisional", "assumed"]
    assert [basis.factor for basis in pay] == pytest.approx([1.0, 1.0511, 1.0511 * 1.1])
    real, nominal = (found.figure(found.years[0], "total", prices) for prices in ("real", "nominal"))
    assert (real.mean, real.upper_95) == (nominal.mean, nominal.upper_95)


def test_nominal_cash_is_real_cash_at_the_prices_of_its_year(tmp_path: Path) -> None:
    growth = {
        **AT_ONCE,
        "budget_impact.assumed_growth": {"pay": fixed("growth", 0.1), "non_pay": fixed("growth", 0.03)},
    }
    amount = "hub_reference.non_pay.clinical_record_system.amount"
    less, more = ({amount: fixed("GBP/year", value, price_year="2023/24")} for value in (10_000.0, 30_000.0))
    current = spec(write_scenario(tmp_path, less, name="now"))
    bought = run(spec(write_scenario(tmp_path, {**growth, **more})), current)
    staff = run(changed(tmp_path, growth))
    factors = {(basis.kind, basis.financial_year): basis.factor for basis in bought.prices}
    for year in bought.years:
        pay, other = factors["pay", year], factors["non_pay", year]
        dearer, real = (bought.figure(year, "recurrent", prices).mean for prices in ("nominal", "real"))
        assert dearer == pytest.approx(real * other) and real > 0.0
        dearer, real = (staff.figure(year, "recurrent", prices).mean for prices in ("nominal", "real"))
        assert min(pay, other) <= dearer / real <= max(pay, other)  # overheads are no pay
    assert dearer / real > (pay + other) / 2.0


def test_more_clients_add_only_what_varies_with_them(tmp_path: Path) -> None:
    steady = run(changed(tmp_path, AT_ONCE, parent="outreach_under_served"))
    growing = run(
        changed(
            tmp_path,
            {**AT_ONCE, "budget_impact.client_growth": fixed("growth", 0.5)},
            parent="outreach_under_served",
        )
    )
    first, _, third = steady.years
    assert growing.figure(first).mean == steady.figure(first).mean
    assert growing.figure(third).mean > steady.figure(third).mean
    assert growing.figure(third, "not_cash_releasing").mean == pytest.approx(
        steady.figure(third, "not_cash_releasing").mean
    )


def test_years_beyond_an_index_need_growth_that_is_said_to_be_assumed(tmp_path: Path) -> None:
    new = changed(tmp_path, {"budget_impact.assumed_growth": REMOVED})
    with pytest.raises(BudgetError) as caught:
        run(new)
    assert str(caught.value) == (
        "nhscii_pay of edition '2025' ends at 2024/25; prices of 2025/26 need assumed_growth.pay in "
        "parameters/budget_impact.yaml, or ask for --years 2"
    )
    assert run(new, years=2).years == ("2023/24", "2024/25")
    late = {"budget_impact.assumed_growth": REMOVED, "budget_impact.first_year": "2026/27"}
    with pytest.raises(BudgetError, match=r"prices of 2026/27 need assumed_growth\.pay in \S+\.yaml$"):
        run(changed(tmp_path, late), years=1)


def test_a_first_year_before_the_index_is_refused(tmp_path: Path) -> None:
    new = changed(tmp_path, {"budget_impact.first_year": "2010/11"})
    with pytest.raises(
        BudgetError, match=r"begins at 2014/15, after 2010/11; name another in frame\.uprating"
    ):
        run(new)


def test_prices_of_two_years_are_never_mixed() -> None:
    with pytest.raises(ComparisonError, match="would mix price years"):
        run(spec("prices_2024_25"))


def test_results_are_the_same_whatever_the_chunk_size_one_draw_at_a_time_too() -> None:
    new = spec("junior_heavy")
    assert all(run(new, chunk_size=size) == run(new) for size in (1, 33))


def test_a_year_of_costs_holds_nothing_of_the_budget() -> None:
    plain = shipped_project().specification("base_case")
    assert plain.budget_impact is None
    assert not any(name.startswith("budget_impact.") for name in plain.parameters)


@pytest.mark.parametrize(
    ("day", "year"),
    [(date(2024, 3, 31), "2023/24"), (date(2024, 4, 1), "2024/25"), (date(1999, 5, 1), "1999/00")],
)
def test_the_financial_year_begins_in_april(day: date, year: str) -> None:
    assert financial_year(day) == year
    assert years_from(year, 1) == (year,)


def test_no_draw_is_more_than_certain() -> None:
    found = run(spec("junior_heavy"))
    assert all(0.0 <= f.probability_more <= 1.0 and f.lower_95 <= f.upper_95 for f in found.figures)
    assert np.isfinite([f.monte_carlo_se for f in found.figures]).all()
