"""Cost beside consequences: nothing for nothing, mirrors, reach by group, what cannot be shown."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from costmodel import api
from costmodel.analysis.compare import Difference, compare_all
from costmodel.analysis.consequences import CostConsequence
from costmodel.analysis.intervals import Estimate
from costmodel.errors import ParameterError
from costmodel.inputs.project import Project, shipped_folder
from costmodel.report.comparison_tables import (
    comparison_document,
    comparison_rows,
    comparison_text,
    completions_at_equal_cost,
)
from costmodel.report.consequences import change_cells, changes_steadily, consequence_text, threshold_lines
from costmodel.report.html import render_comparison
from tests.scenario_files import fixed, shipped_project, write_scenario

OPTIONS = api.RunOptions(draws=200, seed=5)
WAITS = {"mean_wait", "expected_wait", "n_waiting", "share_over_18_weeks"}


def beside(names: Sequence[str | Path], budget: float = 50_000.0) -> CostConsequence:
    project = shipped_project()
    simulations = api.run_all(names, OPTIONS, project=project)
    return api.consequences(simulations, names, budget, OPTIONS, project=project)[0]


@pytest.fixture(scope="module")
def outreach() -> CostConsequence:
    return beside(["base_case", "outreach_under_served"])


def test_a_scenario_beside_itself_differs_in_exactly_nothing() -> None:
    found = beside(["base_case", "base_case"])
    for row in found.rows:
        difference = row.difference
        assert (difference.mean, difference.lower_95, difference.upper_95) == (0.0, 0.0, 0.0)
        assert row.probability_better == 0.5
    assert found.threshold == found.completion
    assert found.break_even is not None
    assert found.break_even.volume is None and found.break_even.share_of_draws == 0.0
    assert found.reach == ()
    assert found.break_even.cheaper_below == ""
    lines = "\n".join(threshold_lines(found, "2023/24"))
    assert "Break-even volume: none at mean costs" in lines and "both cost the same at every volume" in lines


def test_draws_in_which_a_wait_has_no_figure_are_counted() -> None:
    names, project, options = (
        ["base_case", "new_surge"],
        shipped_project(),
        api.RunOptions(draws=2_000, seed=5),
    )
    simulations = api.run_all(names, options, project=project)
    (found,) = api.consequences(simulations, names, 1.0, options, project=project)
    before, after = (each.draws("expected_wait") for each in simulations)
    n_without = int(np.isnan(after - before).sum())
    assert n_without > 0
    label = "Expected wait of a person accepted for therapy at the year's end"
    assert any(note.startswith(f"{label}: no figure in {n_without} of 2,000 draws") for note in found.notes)
    assert not any(note.startswith("Therapy starts") for note in found.notes)


def test_a_swap_mirrors_every_row_and_keeps_the_break_even(outreach: CostConsequence) -> None:
    back = beside(["outreach_under_served", "base_case"])
    for there, other in zip(outreach.rows, back.rows, strict=True):
        assert there.difference.mean == pytest.approx(-(other.difference.mean or 0.0))
        assert there.probability_better == pytest.approx(1.0 - (other.probability_better or 0.0))
    assert outreach.break_even is not None and back.break_even is not None
    assert outreach.break_even.volume == pytest.approx(back.break_even.volume)
    assert outreach.break_even.cheaper_below == back.break_even.cheaper_below
    assert back.reach == ()


def test_the_rows_are_cost_help_waits_reach_and_staff(outreach: CostConsequence) -> None:
    names = [row.difference.name for row in outreach.rows]
    assert names[:3] == ["total_hub_cost", "n_therapy_starts", "n_completions"] and names[-1] == "n_staff_wte"
    assert set(names) >= WAITS and sum(name.startswith("reach.") for name in names) == 4


def test_reach_by_group_adds_up_to_targeted_registrations(outreach: CostConsequence) -> None:
    simulations = api.run_all(["base_case", "outreach_under_served"], OPTIONS, project=shipped_project())
    more = np.mean(simulations[1].draws("n_registered") - simulations[0].draws("n_registered"))
    assert sum(group.reached.mean or 0.0 for group in outreach.reach) == pytest.approx(more)
    assert [group.contact_share for group in outreach.reach] == pytest.approx(
        [110 / 300, 80 / 300, 0.2, 50 / 300]
    )


def test_a_budget_is_split_over_groups_with_intervals(outreach: CostConsequence) -> None:
    assert sum(group.budget_share for group in outreach.reach) == pytest.approx(1.0)
    for group in outreach.reach:
        split, alone = group.reached_as_split, group.reached_alone
        assert split.mean == pytest.approx(group.budget_share * (alone.mean or 0.0))
        for estimate in (group.reached, group.cost_per_person, split, alone):
            assert estimate.lower_95 is not None and estimate.upper_95 is not None
            assert estimate.lower_95 < (estimate.mean or 0.0) < estimate.upper_95
    document = json.loads(json.dumps(asdict(outreach)))
    assert [group["budget_share"] for group in document["reach"]] == [g.budget_share for g in outreach.reach]


def test_cost_per_person_times_people_is_the_additional_cost(outreach: CostConsequence) -> None:
    one = next(group for group in outreach.reach if group.group == "men")
    ratio = [group.reached_alone.mean / one.reached_alone.mean for group in outreach.reach]  # type: ignore[operator]
    assert ratio == pytest.approx([1.0, 1.0 / 1.2, 0.8 / 1.5, 1.0])
    double = beside(["base_case", "outreach_under_served"], 100_000.0)
    assert double.reach[0].reached_as_split.mean == pytest.approx(2.0 * (one.reached_as_split.mean or 0.0))


def test_the_threshold_is_p_times_the_ratio_of_costs_per_start(tmp_path: Path) -> None:
    cheap = write_scenario(
        tmp_path, {"hub_reference.pathway.dropout_share": fixed("share", 0.5)}, extends=["base_case"]
    )
    found = beside(["base_case", cheap])
    # Some who end therapy in the year began before it, and some who begin end after it.
    assert found.completion.mean == pytest.approx(0.5, rel=0.01)
    assert found.threshold.mean is not None and found.threshold.mean > 0.5


def test_the_threshold_is_that_of_mean_costs_and_mean_starts() -> None:
    names = ["base_case", "junior_heavy"]
    first, second = simulations = api.run_all(names, OPTIONS, project=shipped_project())
    (found,) = api.consequences(simulations, names, 50_000.0, OPTIONS, project=shipped_project())
    done, starts = first.draws("n_completions").mean(), second.draws("n_therapy_starts").mean()
    costs = second.draws("total_hub_cost").mean() / first.draws("total_hub_cost").mean()
    assert found.threshold.mean == pytest.approx(done * costs / starts)
    needed = completions_at_equal_cost(compare_all(simulations)[0])
    assert needed == pytest.approx(found.threshold.mean * starts)
    assert found.break_even is not None and found.break_even.volume is None
    assert "junior_heavy costs less at every volume" in consequence_text(found, "2023/24")


def test_a_threshold_above_every_start_is_none(outreach: CostConsequence) -> None:
    found = replace(outreach, threshold=Estimate(1.14, 0.93, 1.28, 1.0))
    line = next(threshold_lines(found, "2023/24"))
    assert line.startswith("Threshold completion rate: none.")
    assert "it would take 114% of starts (95% interval 93% to 128%)" in line
    below = next(threshold_lines(replace(outreach, threshold=Estimate(0.8, 0.7, 0.9, 1.0)), "2023/24"))
    assert "at 80% of starts completed (95% interval 70% to 90%); the scenario" in below


def test_outreach_has_no_cost_by_group_where_other_clients_come_too() -> None:
    found = beside(["base_case", "pooled_regional_hub"])
    assert found.reach == ()
    (note,) = found.notes
    assert note.startswith("What outreach costs by group is not shown: ")
    assert "more clients register a year besides those whom outreach reaches" in note
    assert sum(row.difference.name.startswith("reach.") for row in found.rows) == 4


def test_outreach_has_no_cost_by_group_where_posts_are_taken_away() -> None:
    found = beside(["junior_heavy", "outreach_under_served"])
    assert found.reach == ()
    assert "some of the comparator's posts are smaller or gone" in found.notes[0]
    assert found.notes[0] in consequence_text(found, "2023/24")


def test_less_than_half_a_client_is_nobody_who_comes_besides() -> None:
    names, options = ["four_hubs", "pooled_regional_hub"], api.RunOptions(draws=100)
    simulations = api.run_all(names, options, project=shipped_project())
    (found,) = api.consequences(simulations, names, 50_000.0, options, project=shipped_project())
    assert "some of the comparator's posts are smaller or gone" in found.notes[0]


def test_a_mean_that_a_few_draws_make_is_not_shown() -> None:
    wild = Difference("x", "Cost", "GBP/client", 14_900.0, 14_850.0, -50.0, 1_200.0, -7_700.0, 3_700.0, 0.9)
    assert change_cells(wild)[1:] == ("£14,900", "£14,800", "no stable mean", "−£7,700 to £3,700")
    steady = replace(wild, monte_carlo_se=100.0, mean=550.0, scenario=15_450.0)
    assert change_cells(steady)[1:] == ("£14,900", "£15,400", "+£600", "−£7,700 to £3,700")
    assert changes_steadily(replace(wild, unit="GBP/year")), "a total has no denominator"
    assert not changes_steadily(wild) and changes_steadily(replace(wild, monte_carlo_se=None))


def test_rows_and_break_even_are_those_of_the_draws(outreach: CostConsequence) -> None:
    base, more = api.run_all(["base_case", "outreach_under_served"], OPTIONS, project=shipped_project())
    rows = {row.difference.name: row for row in outreach.rows}
    for name, sign in (("total_hub_cost", -1.0), ("n_therapy_starts", 1.0), ("n_staff_wte", -1.0)):
        change = more.draws(name) - base.draws(name)
        assert rows[name].difference.mean == pytest.approx(change.mean())
        better = np.mean(sign * change > 0.0) + 0.5 * np.mean(sign * change == 0.0)
        assert rows[name].probability_better == pytest.approx(better)
    assert outreach.completion.share_of_draws == outreach.threshold.share_of_draws == 1.0
    assert outreach.break_even is not None
    volume = outreach.break_even.volume
    assert volume is not None
    fixed_costs, at_volume = [], []
    for run in (base, more):
        variable = run.draws("long_run_marginal_cost")
        fixed_costs.append((run.draws("total_hub_cost") - variable * run.draws("n_registered")).mean())
        at_volume.append(fixed_costs[-1] + variable.mean() * volume)
    assert at_volume[0] == pytest.approx(at_volume[1])
    names = ["base_case", "outreach_under_served"]
    assert outreach.break_even.cheaper_below == names[int(np.argmin(fixed_costs))]


def test_a_list_that_no_service_can_have_stops_the_comparison(tmp_path: Path) -> None:
    impossible = write_scenario(
        tmp_path, {"waiting.hubs.reference.opening_caseload": fixed("people", 1e6),
                   "waiting.caseload_per_wte": fixed("people/WTE", 1)}
    )  # fmt: skip
    with pytest.raises(ParameterError, match=r"clients are in therapy today, but .* may carry"):
        beside(["base_case", impossible])


def test_a_project_without_a_list_shows_everything_but_waits(tmp_path: Path) -> None:
    for kind in ("parameters", "scenarios"):
        shutil.copytree(shipped_folder(kind), tmp_path / kind)
    (tmp_path / "parameters" / "waiting.yaml").unlink()
    project, names = Project(tmp_path / "parameters", tmp_path / "scenarios"), ["base_case", "junior_heavy"]
    simulations = api.run_all(names, OPTIONS, project=project)
    (found,) = api.consequences(simulations, names, 50_000.0, OPTIONS, project=project)
    assert not WAITS & {row.difference.name for row in found.rows}
    assert found.notes == ("Waits are not shown: there is no waiting.yaml.",)


def test_without_therapy_nothing_is_said_of_completion(tmp_path: Path) -> None:
    nobody = {
        "hub_reference.pathway.hub_share_of_therapy": fixed("share", 0.0),
        "waiting.hubs.reference.opening_list": fixed("people", 0),
    }
    none = write_scenario(tmp_path, nobody)
    found = beside(["base_case", none])
    assert found.threshold == Estimate(None, None, None, 0.0)
    assert "Threshold completion rate" not in consequence_text(found, "2023/24")


def test_a_cost_of_part_of_a_year_is_said_to_be_one(tmp_path: Path) -> None:
    late = {"hub_reference.posts.clinical_psychologist_8a.in_post_after": fixed("months", 6.0)}
    note = "staff still to be recruited, 1.60 WTE, are neither paid nor working before"
    path = write_scenario(tmp_path, late, extends=["base_case"])
    for names in (["base_case", path], [path, "base_case"]):
        assert [note in text for text in beside(names).notes].count(True) == 1
    assert not any(note in text for text in beside(["base_case", "junior_heavy"]).notes)


def test_text_rows_json_and_page_hold_the_table(outreach: CostConsequence) -> None:
    simulations = api.run_all(["base_case", "outreach_under_served"], OPTIONS, project=shipped_project())
    comparisons = compare_all(simulations)
    text = comparison_text(comparisons[0], outreach)
    assert "Cost and consequences (2023/24 prices, NHS and personal social services, paired draws):" in text
    assert "Whom GBP 50,000 a year reaches by group:" in text and "reached, all on it" in text
    assert "Reached are people who register beyond the comparator, not contacts." in text
    assert "at constant cost per person" in text
    assert "How readily each group registers, and what a contact costs, are illustrative." in text
    names = [row["name"] for row in comparison_rows(comparisons, [outreach])]
    assert len(names) == len(set(names)) and set(names) >= WAITS
    assert comparison_document(comparisons[0], outreach)["cost_consequence"]["budget"] == 50_000.0
    page = render_comparison(simulations, comparisons, {"Command": "x"}, [outreach])
    assert "Whom £50,000 a year of outreach reaches, by group" in page
    assert "Outreach by group: additional Hub cost, 2023/24 prices, perspective of NHS" in page
    assert "£ per person reached" in page and "GBP" not in page
    assert "Probability of being better" in page and "Threshold completion rate" in page
    called = {each.spec.scenario.name: each.spec.scenario.label for each in simulations}
    (line,) = [line for line in page.splitlines() if "Break-even volume" in line]
    assert not any(name in line for name in called) and f"“{called['outreach_under_served']}”" in line
