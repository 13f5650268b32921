"""The runner: the same bytes again, paired scenarios, honest errors, bounded memory."""

from __future__ import annotations

import tracemalloc
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from costmodel.api import RunOptions, run
from costmodel.inputs.specification import ModelSpec
from costmodel.report.run_record import RunRecord
from costmodel.report.writing import json_text, results_document
from costmodel.results import qualified
from costmodel.runner import (
    SAMPLERS,
    DrawStore,
    RunError,
    Sampler,
    Simulation,
    design_of,
    mean_error,
    parameter_draws,
    simulate,
)
from costmodel.uncertainty.errors import DesignError
from costmodel.uncertainty.sampling import LatinHypercube, MonteCarlo
from tests.scenario_files import Override, fixed, shipped_project, specification, uncertain

SEED = 20_240_912
HUB = "hub_reference"
DRAWS = {"monte-carlo": 500, "latin-hypercube": 504, "sobol": 512}


@cache
def base_spec() -> ModelSpec:
    return shipped_project().specification("base_case")


@cache
def simulation(sampler: Sampler = "monte-carlo", draws: int = 500, seed: int = SEED) -> Simulation:
    """Return a run of the base case; runs are made once and never changed."""
    return simulate(base_spec(), design_of(base_spec(), sampler, draws, seed))


def results_json(spec: ModelSpec, draws: int, sampler: Sampler = "monte-carlo", **keys: Any) -> str:
    with simulate(spec, design_of(spec, sampler, draws, SEED), **keys) as found:
        record = RunRecord("costmodel run", sampler, draws, SEED, 1, {})
        return json_text(results_document(found, record))


def draws_of(spec: ModelSpec, n: int = 64, seed: int = SEED) -> dict[str, np.ndarray]:
    return parameter_draws(spec, MonteCarlo(seed=seed, n=n), 0, n)


# -- reproducible


@pytest.mark.parametrize("scenario", ["base_case", "four_hubs"])
def test_results_are_the_same_bytes_whatever_the_chunk_size_one_draw_at_a_time_too(scenario: str) -> None:
    spec = shipped_project().specification(scenario)
    whole = results_json(spec, 24, chunk_size=24)
    assert results_json(spec, 24, chunk_size=1) == whole
    assert results_json(spec, 24, chunk_size=7) == whole


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_results_are_the_same_bytes_whatever_the_chunk_size(sampler: Sampler) -> None:
    draws = 5_000 if sampler == "monte-carlo" else 4 * DRAWS[sampler]
    whole = results_json(base_spec(), draws, sampler, chunk_size=draws)
    sizes = (997, 4_096) if sampler == "monte-carlo" else (997,)
    assert all(results_json(base_spec(), draws, sampler, chunk_size=size) == whole for size in sizes)


def test_draws_in_a_temporary_file_are_the_same_bytes() -> None:
    in_memory = results_json(base_spec(), 300, chunk_size=64)
    assert results_json(base_spec(), 300, chunk_size=64, bytes_in_memory=0) == in_memory


def test_the_first_draws_of_a_longer_run_are_those_of_a_shorter_one() -> None:
    short, long = simulation(draws=500), simulation(draws=2_000)
    for definition in short.definitions:
        np.testing.assert_array_equal(short.draws(definition.name), long.draws(definition.name)[:500])


def test_another_seed_gives_other_draws_within_the_monte_carlo_error() -> None:
    one, other = simulation(), simulation(seed=7)
    for name in ("total_hub_cost", "cost_per_registered", "total_cost_per_client"):
        first, second = one.outcome(name), other.outcome(name)
        assert first.mean != second.mean
        assert abs(first.mean - second.mean) < 4 * np.hypot(first.monte_carlo_se, second.monte_carlo_se)


# -- named streams


def new_service() -> dict[str, Any]:
    contacts = uncertain("contacts/client", {"family": "gamma", "mean": 1.0, "se": 0.1})
    record = {"label": "A service", "contacts": contacts, "payer": "icb", "payer_evidence": "user"}
    cost = fixed("GBP/contact", 50.0, price_year="2023/24")
    record |= {"is_hub": False, "is_mental_health": False, "unit_cost": cost}
    return {"service_use.services.a_new_service": record}


def new_post() -> dict[str, Any]:
    record = {
        "label": "A post",
        "pool": "clinician",
        "staff": "community_nurse_band_6",
        "employer": "host_trust",
    }
    record["wte"] = uncertain("WTE", {"family": "gamma", "mean": 1.0, "se": 0.1})
    return {f"{HUB}.posts.a_new_post": record}


def new_activity() -> dict[str, Any]:
    minutes = uncertain("minutes/unit", {"family": "gamma", "mean": 30.0, "se": 3.0})
    record = {
        "label": "An activity",
        "stage": "administration",
        "driver": "hub",
        "time_basis": "all_inclusive",
    }
    return {"activities.a_new_activity": {**record, "minutes": {"clinician": minutes}}}


@pytest.mark.parametrize("addition", [new_service, new_post, new_activity])
def test_adding_anything_changes_no_other_parameters_draws(addition: Any, tmp_path: Path) -> None:
    before, after = draws_of(base_spec()), draws_of(specification(tmp_path, addition()))
    assert len(after) > len(before)
    for name, values in before.items():
        np.testing.assert_array_equal(after[name], values, err_msg=name)


def test_the_order_of_files_and_keys_changes_no_draw(tmp_path: Path) -> None:
    tree = shipped_project().tree
    changes = {
        name: dict(reversed(tree.get(tuple(name.split("."))).items()))
        for name in (f"{HUB}.posts", f"{HUB}.pathway", "service_use.services", "staff_pools")
    }
    reversed_files = specification(tmp_path, changes)
    assert list(reversed_files.pools) == list(reversed(base_spec().pools))
    before, after = draws_of(base_spec()), draws_of(reversed_files)
    assert before.keys() == after.keys()
    for name, values in before.items():
        np.testing.assert_array_equal(after[name], values, err_msg=name)


def test_a_renamed_parameter_keeps_its_draws_by_its_stream(tmp_path: Path) -> None:
    name = f"{HUB}.non_pay.outreach_materials"
    line = shipped_project().tree.get(tuple(name.split(".")))
    renamed = {**line, "amount": {**line["amount"], "stream": f"{name}.amount"}}
    changes = {name: Override(remove=True), f"{HUB}.non_pay.materials": renamed}
    after = draws_of(specification(tmp_path, changes))[f"{HUB}.non_pay.materials.amount"]
    np.testing.assert_array_equal(after, draws_of(base_spec())[f"{name}.amount"])


def test_two_scenarios_that_differ_in_nothing_differ_by_exactly_nothing(tmp_path: Path) -> None:
    same = specification(tmp_path)
    with simulate(same, design_of(same, "monte-carlo", 500, SEED)) as other:
        for definition in other.definitions:
            np.testing.assert_array_equal(other.draws(definition.name), simulation().draws(definition.name))


# -- the error of a sampler is its own


@cache
def spread_of_means(sampler: Sampler) -> tuple[np.ndarray, np.ndarray]:
    """Return means and standard errors over seeds. Shape (seed, outcome)."""
    means, errors = [], []
    for seed in range(16):
        design = design_of(base_spec(), sampler, 256, seed)
        with simulate(base_spec(), design) as found:
            outcomes = [found.outcome(name) for name in ("total_hub_cost", "cost_per_registered")]
        means.append([outcome.mean for outcome in outcomes])
        errors.append([outcome.monte_carlo_se for outcome in outcomes])
    return np.array(means), np.array(errors)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_the_reported_error_is_the_spread_of_means_over_seeds(sampler: Sampler) -> None:
    means, errors = spread_of_means(sampler)
    ratio = np.sqrt((errors**2).mean(axis=0)) / means.std(axis=0, ddof=1)
    assert np.all((ratio > 0.6) & (ratio < 1.8)), ratio


@pytest.mark.parametrize("sampler", ["latin-hypercube", "sobol"])
def test_better_samplers_agree_with_monte_carlo_and_err_less(sampler: Sampler) -> None:
    (plain, _), (better, _) = spread_of_means("monte-carlo"), spread_of_means(sampler)
    error = plain.std(axis=0, ddof=1) / np.sqrt(len(plain))
    assert np.all(np.abs(plain.mean(axis=0) - better.mean(axis=0)) < 4 * error)
    assert np.all(better.std(axis=0) < plain.std(axis=0))


def test_draws_without_a_value_take_the_error_of_independent_draws() -> None:
    design = LatinHypercube(seed=1, n=16)
    values = np.arange(16.0)
    values[3] = np.nan
    usable = values[~np.isnan(values)]
    assert mean_error(values, design) == pytest.approx(usable.std(ddof=1) / np.sqrt(15))


@pytest.mark.parametrize(
    ("sampler", "draws", "message"),
    [
        ("latin-hypercube", 1_001, "latin-hypercube needs a number of draws that is a multiple of its 8 "
         "replicates; got 1001; use 1000 or 1008"),
        ("sobol", 1_000, "sobol needs"),
        ("monte-carlo", 0, "the number of draws must be at least 1; got 0"),
    ],
)  # fmt: skip
def test_a_sampler_refuses_what_it_cannot_draw(sampler: Sampler, draws: int, message: str) -> None:
    with pytest.raises(DesignError, match=f"^{message}"):
        design_of(base_spec(), sampler, draws, SEED)


# -- failed draws and what does not apply


def crowded(folder: Path, keyworkers: float) -> ModelSpec:
    """Return a base case with few keyworkers, so that some draws have more registrations than keyworkers."""
    few = {"family": "gamma", "mean": keyworkers, "se": 10.0}
    return specification(folder, {f"{HUB}.pathway.eligible_workforce.distribution": few})


def test_impossible_draws_stop_a_run_with_what_to_do(tmp_path: Path) -> None:
    spec = crowded(tmp_path, 700.0)
    draws = draws_of(spec, 200)
    crowd = draws[f"{HUB}.pathway.registrations"] > draws[f"{HUB}.pathway.eligible_workforce"]
    first = ", ".join(str(draw + 1) for draw in np.flatnonzero(crowd)[:5])
    with pytest.raises(RunError) as caught:
        simulate(spec, design_of(spec, "monte-carlo", 200, SEED), bytes_in_memory=0)
    assert str(caught.value) == (
        f"{crowd.sum()} of 200 draws are impossible (costs that are no number, or more registrations than "
        f"keyworkers in scope), the first at draw {first}; at most 1 in 1,000 may be. Narrow the "
        "distributions behind them: registrations, eligible_workforce, and shares that can reach 0"
    )


def test_a_few_impossible_draws_are_counted_and_left_out(tmp_path: Path) -> None:
    spec = crowded(tmp_path, 1_500.0)
    with simulate(spec, design_of(spec, "monte-carlo", 20_000, SEED)) as found:
        assert 0 < found.n_failed <= 20
        values = found.draws("total_hub_cost")
        assert np.isnan(values).sum() == found.n_failed
        assert found.outcome("total_hub_cost").n_not_applicable == 0
        assert found.outcome("total_hub_cost").mean == pytest.approx(np.nanmean(values))
        record = RunRecord("costmodel run", "monte-carlo", 20_000, SEED, 1, {})
        assert results_document(found, record)["n_valid_draws"] == 20_000 - found.n_failed


def test_an_outcome_without_a_denominator_does_not_apply(tmp_path: Path) -> None:
    spec = specification(
        tmp_path,
        {
            f"{HUB}.pathway.hub_share_of_therapy": fixed("share", 0.0),
            "waiting.hubs.reference.opening_list": fixed("people", 0),
        },
    )
    with simulate(spec, design_of(spec, "monte-carlo", 100, SEED)) as found:
        outcome = found.outcome("cost_per_therapy_start")
        assert (outcome.base_case, outcome.mean, outcome.monte_carlo_se) == (None, None, None)
        assert (outcome.lower_95, outcome.upper_95, outcome.n_not_applicable) == (None, None, 100)
        document = json_text(results_document(found, RunRecord("", "monte-carlo", 100, SEED, 1, {})))
    assert "NaN" not in document
    assert '"mean": null' in document


def test_one_draw_has_a_mean_and_no_error() -> None:
    with run("base_case", RunOptions(draws=1), project=shipped_project()) as found:
        outcome = found.outcome("total_hub_cost")
    assert outcome.mean == outcome.lower_95 == outcome.upper_95
    assert outcome.monte_carlo_se is None


# -- memory and progress


def test_memory_does_not_grow_with_draws_times_lines() -> None:
    draws = 8_000
    n_lines = simulation().layout.plan.hub.size
    tracemalloc.start()
    with simulate(base_spec(), MonteCarlo(seed=1, n=draws), chunk_size=250, bytes_in_memory=0) as found:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert not found.store.in_memory
    assert peak < 0.5 * draws * n_lines * 8


def test_progress_is_told_of_every_draw() -> None:
    told: list[int] = []
    with run(
        "base_case", RunOptions(draws=50, chunk_size=20), project=shipped_project(), progress=told.append
    ):
        assert told == [20, 20, 10]


def test_a_closed_store_in_a_file_says_so() -> None:
    store = DrawStore(2, 3, bytes_in_memory=0)
    store.write(0, np.arange(4.0).reshape(2, 2))
    store.write(2, np.array([[8.0], [9.0]]))
    np.testing.assert_array_equal(store.read(1), [2.0, 3.0, 9.0])
    store.close()
    with pytest.raises(ValueError, match="the store of draws is closed"):
        store.read(0)
    with pytest.raises(ValueError, match="the store of draws is closed"):
        store.write(0, np.zeros((2, 1)))


def test_a_store_in_memory_outlives_its_closing() -> None:
    store = DrawStore(1, 2)
    store.write(0, np.array([[1.0, 2.0]]))
    store.close()
    assert store.in_memory
    np.testing.assert_array_equal(store.read(0), [1.0, 2.0])


# -- outcomes


REQUIRED = (
    "total_hub_cost", "unused_capacity_cost", "cost_per_registered", "cost_per_screened",
    "cost_per_therapy_start", "cost_per_completion", "cost_per_attended_session", "cost_per_1000_keyworkers",
    "other_service_use_cost_per_client", "total_cost_per_client",
)  # fmt: skip


def test_the_names_that_scripts_rely_on_are_there() -> None:
    for name in REQUIRED:
        outcome = simulation().outcome(name)
        assert (outcome.perspective, outcome.hub, outcome.price_year) == ("nhs_pss", None, "2023/24")
        assert outcome.lower_95 < outcome.mean < outcome.upper_95
        assert outcome.monte_carlo_se > 0


@pytest.mark.parametrize("scenario", ["base_case", "four_hubs"])
def test_names_are_unique_and_so_are_name_hub_and_perspective(scenario: str) -> None:
    spec = shipped_project().specification(scenario)
    with simulate(spec, MonteCarlo(seed=1, n=20)) as found:
        names = [outcome.name for outcome in found.outcomes]
        keys = [(outcome.name.split("@")[0], outcome.hub, outcome.perspective) for outcome in found.outcomes]
        for outcome in found.outcomes:
            assert outcome.name == qualified(outcome.name.split("@")[0], outcome.hub, outcome.perspective)
    assert len(set(names)) == len(names)
    assert len(set(keys)) == len(keys)


def test_hubs_add_up_to_all_of_them() -> None:
    spec = shipped_project().specification("four_hubs")
    with simulate(spec, MonteCarlo(seed=1, n=20)) as found:
        whole = found.draws("total_hub_cost")
        parts = sum(found.draws(f"total_hub_cost@{hub}") for hub in spec.hubs)
    np.testing.assert_allclose(parts, whole, rtol=1e-12)


def test_the_outcomes_come_as_a_data_frame_too() -> None:
    with run("base_case", RunOptions(draws=50)) as simulation:
        frame = simulation.to_pandas()
        assert list(frame["name"]) == [outcome.name for outcome in simulation.outcomes]
        assert (
            frame.set_index("name").loc["total_hub_cost", "mean"] == simulation.outcome("total_hub_cost").mean
        )
