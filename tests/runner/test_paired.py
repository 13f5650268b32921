"""Comparisons are paired draw by draw, whichever the sampler, and what is not paired is refused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from costmodel.analysis.compare import Comparison, ComparisonError, compare, compare_all, paired_difference
from costmodel.api import RunOptions, run, run_all
from costmodel.report.comparison_tables import comparison_document, comparison_rows, comparison_text
from costmodel.runner import SAMPLERS, Sampler
from costmodel.uncertainty.sampling import MonteCarlo
from tests.scenario_files import fixed, shipped_project, uncertain, write_scenario

HUB = "hub_reference"


def compared(
    scenarios: Sequence[str | Path], sampler: Sampler = "monte-carlo", draws: int = 64
) -> tuple[Comparison, ...]:
    options = RunOptions(draws=draws, seed=5, sampler=sampler)
    return compare_all(run_all(scenarios, options, project=shipped_project()))


def with_a_service(folder: Path) -> Path:
    contacts = uncertain("contacts/client", {"family": "gamma", "mean": 1.0, "se": 0.1})
    cost = fixed("GBP/contact", 50.0, price_year="2023/24")
    service = {"label": "A service", "contacts": contacts, "unit_cost": cost, "payer": "icb"}
    service |= {"payer_evidence": "user", "is_hub": False, "is_mental_health": False}
    return write_scenario(folder, {"service_use.services.a_new_service": service})


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_what_two_scenarios_share_has_the_same_draws_whatever_else_they_hold(
    sampler: Sampler, tmp_path: Path
) -> None:
    (comparison,) = compared(["base_case", with_a_service(tmp_path)], sampler)
    by_name = {difference.name: difference for difference in comparison.differences}
    for name in ("total_hub_cost", "cost_per_registered", "n_therapy_starts"):
        found = by_name[name]
        assert (found.mean, found.monte_carlo_se, found.lower_95, found.upper_95) == (0.0, 0.0, 0.0, 0.0)
        assert found.probability_lower == 0.5
    assert comparison.probability_cheaper == 0.5
    assert {step.mean for step in comparison.waterfall} == {0.0}


def test_runs_that_share_no_random_numbers_are_not_compared() -> None:
    project = shipped_project()
    first = run("base_case", RunOptions(draws=64, seed=1), project=project)
    others = [
        RunOptions(draws=64, seed=2),
        RunOptions(draws=65, seed=1),
        RunOptions(64, 1, "latin-hypercube"),
    ]
    for options in others:
        with pytest.raises(ComparisonError) as caught:
            compare(first, run("base_case", options, project=project))
        assert str(caught.value) == (
            "the scenarios do not share their random numbers; run them together (run_all), or with the same "
            "sampler, number of draws and seed"
        )


def test_two_different_scenarios_of_one_name_are_refused(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    first, second = (
        write_scenario(folder, {f"{HUB}.pathway.dropout_share": fixed("share", dropout)})
        for folder, dropout in ((one, 0.1), (other, 0.2))
    )
    with pytest.raises(ComparisonError, match=f"two different scenarios are called {first.stem}"):
        compared(["base_case", first, second])
    again = compared(["base_case", first, first])
    assert [each.scenario for each in again] == [first.stem] * 2


def test_the_steps_of_the_waterfall_add_up_to_the_difference() -> None:
    (comparison,) = compared(["base_case", "junior_heavy"])
    assert sum(step.mean for step in comparison.waterfall) == pytest.approx(comparison.differences[0].mean)


def test_a_denominator_of_nothing_makes_a_difference_that_does_not_apply(tmp_path: Path) -> None:
    no_therapy = write_scenario(
        tmp_path,
        {
            f"{HUB}.pathway.hub_share_of_therapy": fixed("share", 0.0),
            "waiting.hubs.reference.opening_list": fixed("people", 0),
        },
    )
    (comparison,) = compared(["base_case", no_therapy])
    found = next(each for each in comparison.differences if each.name == "cost_per_therapy_start")
    assert (found.mean, found.probability_lower) == (None, None)
    text = comparison_text(comparison)
    assert "not applicable" in text
    assert comparison_document(comparison)["schema_version"] == 1


def test_means_are_those_of_the_draws_that_both_have() -> None:
    before, after = np.array([10.0, np.nan, 30.0, 20.0]), np.array([14.0, 1e6, 36.0, np.nan])
    found = paired_difference("x", "X", "GBP/client", before, after, MonteCarlo(seed=1, n=4))
    assert (found.reference, found.scenario, found.mean) == (20.0, 25.0, 5.0)
    nowhere = paired_difference("x", "X", "GBP/client", before, np.full(4, np.nan), MonteCarlo(seed=1, n=4))
    assert (nowhere.mean, nowhere.probability_lower) == (None, None)


def test_a_scenario_against_itself_says_that_nothing_differs() -> None:
    (comparison,) = compared(["base_case", "base_case"])
    text = comparison_text(comparison)
    assert "Where the difference in Hub cost comes from (GBP/year):\n  nothing differs" in text
    assert "What base_case changes:\n  nothing" in text
    assert "Not enough draws" not in text


def test_a_hub_without_completions_has_no_threshold(tmp_path: Path) -> None:
    no_therapy = write_scenario(
        tmp_path,
        {
            f"{HUB}.pathway.hub_share_of_therapy": fixed("share", 0.0),
            "waiting.hubs.reference.opening_list": fixed("people", 0),
        },
    )
    (comparison,) = compared([no_therapy, "base_case"])
    assert "Cost per completion would be equal at" not in comparison_text(comparison)


def test_many_changes_are_cut_short_with_the_way_to_see_them_all() -> None:
    comparisons = compared(["base_case", "pooled_regional_hub"])
    text = comparison_text(comparisons[0])
    assert "more: costmodel diff base_case pooled_regional_hub" in text
    rows = comparison_rows(comparisons)
    assert {row["scenario"] for row in rows} == {"pooled_regional_hub"}
    assert all(np.isfinite(row["mean_difference"]) for row in rows if row["mean_difference"] is not None)
