"""Cost against wait over staffing options."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from costmodel.analysis.capacity import base_draws
from costmodel.analysis.frontier import LONGEST_WAIT_WEEKS, FrontierAnalysis, FrontierQuestion, frontier
from costmodel.analysis.frontier_options import Options
from costmodel.inputs.specification import ModelSpec
from costmodel.model.queueing import WaitingError
from costmodel.report.frontier import frontier_picture, frontier_rows, frontier_text, price_of_week
from costmodel.runner import design_of, simulate
from tests.scenario_files import REMOVED, Override, shipped_project, write_scenario

FEW = 60


def spec_of(name: str | Path) -> ModelSpec:
    return shipped_project().specification(name, also=["waiting"])


def asked(*names: str | Path, question: FrontierQuestion, chunk_size: int = 2_048) -> FrontierAnalysis:
    specs = [spec_of(name) for name in names]
    design = design_of(specs[0], "monte-carlo", FEW, 1, *specs[1:])
    return frontier(specs, design, question, chunk_size=chunk_size)


@pytest.fixture(scope="module")
def base() -> FrontierAnalysis:
    return asked("base_case", question=FrontierQuestion(1.0, 1.0, 0.5))


def test_the_options_are_those_asked_for(base: FrontierAnalysis) -> None:
    assert [option.change for option in base.options] == [-1.0, -0.5, 0.0, 0.5, 1.0]
    assert base.options[0].name == "base_case -1 WTE"


def test_the_option_without_a_change_costs_what_the_year_costs(base: FrontierAnalysis) -> None:
    spec = shipped_project().specification("base_case")
    with simulate(spec, design_of(spec, "monte-carlo", 2, 1)) as simulation:
        cost = simulation.outcome("total_hub_cost").base_case
    assert base.options[2].cost.base_case == pytest.approx(cost)


def test_more_staff_cost_more_and_wait_less(base: FrontierAnalysis) -> None:
    costs = [option.cost.mean for option in base.options]
    waits = [option.wait.mean for option in base.options]
    used = [option.utilisation.mean for option in base.options]
    assert (
        costs == sorted(costs) and waits == sorted(waits, reverse=True) and used == sorted(used, reverse=True)
    )
    assert not any(option.dominated for option in base.options)
    assert max(waits) <= LONGEST_WAIT_WEEKS
    for option in base.options:
        assert 0.0 <= option.wait.lower_5 <= option.wait.upper_95 and option.wait.mean > 0.0


def test_no_price_is_told_of_hardly_any_wait(base: FrontierAnalysis) -> None:
    last = replace(base.options[0], marginal_cost=14_852_172.0, wait_removed=0.003)
    assert price_of_week(last) == "under 0.1 weeks"
    assert price_of_week(replace(last, wait_removed=0.1)) == "£14,900,000"
    assert price_of_week(replace(last, marginal_cost=None, wait_removed=None)) == ""


def test_marginal_cost_is_weekly_cost_over_weeks(base: FrontierAnalysis) -> None:
    first, second = base.options[:2]
    weekly = (second.cost.mean - first.cost.mean) / (365.25 / 7.0)
    assert first.marginal_cost is None
    assert second.wait_removed == pytest.approx(first.wait.mean - second.wait.mean)
    assert second.marginal_cost == pytest.approx(weekly / (first.wait.mean - second.wait.mean))


@pytest.mark.parametrize("name", ["base_case", "four_hubs", "new_surge"])
def test_a_wte_more_is_a_wte_of_the_posts_that_give_therapy(name: str) -> None:
    these = Options.of(spec_of(name), 12)
    staff = these.inputs(base_draws(these.layout.spec)).staff
    for hub in these.layout.hubs:
        own = np.array([entry.hub == hub for entry in these.layout.posts])
        assert (these.growth * staff.wte[0])[own].sum() == pytest.approx(1.0)
    gives = {"senior_clinician", "clinician"}
    for entry, growth in zip(these.layout.posts, these.growth, strict=True):
        assert (growth > 0.0) == (entry.shared is None and entry.post.pool in gives)


def test_an_option_is_what_a_scenario_with_its_posts_comes_to(tmp_path: Path) -> None:
    by_clinicians = {"activities.therapy.minutes.senior_clinician": REMOVED}
    posts = "hub_reference.posts"
    doubled = {
        f"{posts}.clinical_psychologist_7.wte": Override(value=2.4),
        f"{posts}.clinical_psychologist_7.headcount": Override(set=4),
        f"{posts}.practitioner_6.wte": Override(value=1.2),
        f"{posts}.practitioner_6.headcount": Override(set=2),
    }
    now = write_scenario(tmp_path, by_clinicians, name="now")
    twice = write_scenario(tmp_path, {**by_clinicians, **doubled}, name="twice")
    option = asked(now, question=FrontierQuestion(0.0, 1.8, 1.8)).options[1]
    (direct,) = asked(twice, question=FrontierQuestion(0.0, 0.0)).options
    for one, other in (
        (option.cost, direct.cost), (option.wait, direct.wait), (option.utilisation, direct.utilisation)
    ):  # fmt: skip
        assert list(vars(one).values()) == pytest.approx(list(vars(other).values()))
    assert option.chance_wait == pytest.approx(direct.chance_wait)
    assert option.cost.mean > asked(now, question=FrontierQuestion(0.0, 0.0)).options[0].cost.mean


def test_a_hub_whose_front_door_stands_still_does_not_look_as_if_nobody_waited() -> None:
    found = asked("four_hubs", question=FrontierQuestion(2.0, 0.0, 0.5, pooled=True))
    for pooled in (False, True):
        waits = [option.wait.mean for option in found.options if option.pooled == pooled]
        chance = [option.chance_wait for option in found.options if option.pooled == pooled]
        assert waits == sorted(waits, reverse=True) and chance == sorted(chance, reverse=True)
    said = "four_hubs, moor: once 1.8 WTE are taken away, a kind of post that gives therapy has run out"
    assert any(warning.startswith(said) for warning in found.warnings)


def test_results_are_the_same_whatever_the_chunk_size_one_draw_at_a_time_too() -> None:
    question = FrontierQuestion(1.0, 1.0, 0.5)
    whole = asked("new_surge", question=question)
    assert all(asked("new_surge", question=question, chunk_size=size) == whole for size in (1, 7))


def test_one_queue_for_all_hubs_never_waits_longer_for_the_same_money() -> None:
    found = asked("four_hubs", question=FrontierQuestion(0.5, 0.5, 0.5, pooled=True)).options
    apart, pooled = found[:3], found[3:]
    for one, other in zip(apart, pooled, strict=True):
        assert other.pooled and other.cost == one.cost
        assert other.wait.mean < one.wait.mean
        assert one.dominated and not other.dominated


def test_the_figure_is_the_same_every_time_and_says_what_it_shows(base: FrontierAnalysis) -> None:
    one, other = frontier_picture(base), frontier_picture(base)
    assert one.svg == other.svg and one.png == other.png
    assert "2023/24 prices" in one.title and "base_case -1 WTE: £" in one.description


def test_the_figure_says_beside_each_point_how_much_of_capacity_is_used(base: FrontierAnalysis) -> None:
    axes = frontier_picture(base).figure.axes[0]
    beside = {(text.xy[0], text.get_text().removesuffix(" used")) for text in axes.texts}  # type: ignore[attr-defined]
    assert beside == {(o.cost.mean, f"{100 * o.utilisation.mean:.0f}%") for o in base.options}


def test_text_and_rows_hold_every_option(base: FrontierAnalysis) -> None:
    text = frontier_text(base)
    rows = list(frontier_rows(base))
    assert all(option.name in text for option in base.options)
    assert rows[0]["wait_mean"] == base.options[0].wait.mean
    assert np.isfinite([row["chance_wait"] for row in rows]).all()


@pytest.mark.parametrize(
    ("question", "message"),
    [
        (FrontierQuestion(step=0.0), "the step must be more than 0 WTE; got 0"),
        (FrontierQuestion(step=math.nan), "the step must be more than 0 WTE; got nan"),
        (FrontierQuestion(more=math.inf), "give 0 WTE or more to add and to take away; got inf"),
        (FrontierQuestion(fewer=-1.0), "give 0 WTE or more to add and to take away; got -1"),
        (FrontierQuestion(more=-0.5), r"give 0 WTE or more to add and to take away; got -0\.5"),
        (FrontierQuestion(months=0), "give 1 or more months; got 0"),
        (FrontierQuestion(step=0.01), "601 options a scenario are more than the 200 that can be read"),
    ],
)
def test_impossible_questions_are_refused(question: FrontierQuestion, message: str) -> None:
    with pytest.raises(WaitingError, match=message):
        asked("base_case", question=question)


def test_scenarios_of_other_price_years_are_refused() -> None:
    with pytest.raises(WaitingError, match="scenarios in prices of 2023/24 and 2024/25 cannot be set"):
        asked("base_case", "prices_2024_25", question=FrontierQuestion(0.0, 0.0))


def test_scenarios_with_other_referrals_are_no_options_for_each_other() -> None:
    found = asked("base_case", "new_surge", "junior_heavy", question=FrontierQuestion(1.0, 1.0))
    assert found.apart == {"new_surge"}
    alike = asked("base_case", "junior_heavy", question=found.question).options
    assert tuple(option for option in found.options if option.scenario != "new_surge") == alike
    assert any(option.dominated for option in alike)
    for option in found.options:
        if option.scenario == "new_surge":
            assert (option.dominated, option.marginal_cost, option.wait_removed) == (False, None, None)
    (said,) = [warning for warning in found.warnings if "referrals" in warning]
    assert said.startswith("new_surge accepts ") and "it is no option for the others" in said
    lines = [line for line in frontier_text(found).splitlines() if line.startswith("new_surge")]
    assert len(lines) == 5 and all(line.endswith("other referrals") for line in lines)
    assert [row["other_referrals"] for row in frontier_rows(found)].count(True) == 5


def test_pooling_one_hub_is_said_to_change_nothing(tmp_path: Path) -> None:
    one = write_scenario(tmp_path)
    found = asked(one, question=FrontierQuestion(0.0, 0.0, pooled=True))
    assert len(found.options) == 1
    assert "nothing to pool" in found.warnings[-1]


def test_several_hubs_as_they_are_cost_what_a_run_says() -> None:
    spec = shipped_project().specification("four_hubs")
    design = design_of(spec, "monte-carlo", 40, 5)
    question = FrontierQuestion(fewer=0.0, more=0.0, step=1.0)
    (option,) = frontier([spec], design, question).options
    with simulate(spec, design) as simulation:
        whole = simulation.outcome("total_hub_cost")
    assert option.cost.base_case == pytest.approx(whole.base_case)
    assert option.cost.mean == pytest.approx(whole.mean)
