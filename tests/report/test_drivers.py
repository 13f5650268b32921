from __future__ import annotations

import warnings

import numpy as np
import pytest

from costmodel.analysis.summary import first_order_shares, uncertainties, uncertainty
from costmodel.report.words import driver_sentence
from costmodel.runner import Simulation
from costmodel.uncertainty.sampling import MonteCarlo


def uniforms(n: int, names: str) -> np.ndarray:
    design = MonteCarlo(3, n)
    return np.stack([design.uniforms(name, 0, n) for name in names], axis=1)


@pytest.mark.parametrize("n", [1_024, 1_025])
def test_shares_are_those_of_salib(n: int) -> None:
    from SALib.analyze import rbd_fast

    x = uniforms(n, "abc")
    y = 5.0 * x[:, 0] + np.sin(6.0 * x[:, 1]) + x[:, 0] * x[:, 1]
    problem = {"num_vars": 3, "names": list("abc"), "bounds": [[0, 1]] * 3}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of the intervals that are not asked for
        theirs = rbd_fast.analyze(problem, x, y, num_resamples=2, seed=1)["S1"]
    np.testing.assert_allclose(first_order_shares(x, y), theirs, rtol=1e-9)


def test_shares_of_a_sum_are_its_terms_variances() -> None:
    x = uniforms(8_192, "abc")
    shares = first_order_shares(x, 3.0 * x[:, 0] + 4.0 * x[:, 1])
    np.testing.assert_allclose(shares, [9 / 25, 16 / 25, 0.0], atol=0.02)


def test_every_factor_appears_once_and_shares_are_sorted(base: Simulation) -> None:
    found = uncertainty(base, "cost_per_registered")
    names = [driver.name for driver in found.drivers]
    shares = [driver.first_order_share for driver in found.drivers]
    assert len(set(names)) == len(names)
    assert shares == sorted(shares, reverse=True)
    assert "correlations.groups.indirect_time" in names
    assert not any("indirect_ratio" in name for name in names)


def test_registrations_drive_the_cost_per_registered_client_and_pay_the_total(base: Simulation) -> None:
    total, per_client = uncertainties(base, ["total_hub_cost", "cost_per_registered"])
    assert per_client.drivers[0].name == "hub_reference.pathway.registrations"
    assert per_client.drivers[0].above_noise
    registrations = next(
        driver for driver in total.drivers if driver.name == "hub_reference.pathway.registrations"
    )
    assert registrations.first_order_share < 0.1


def test_what_nothing_depends_on_is_below_the_noise_line(base: Simulation) -> None:
    found = uncertainty(base, "total_hub_cost")
    service_use = [driver for driver in found.drivers if driver.name.startswith("service_use.")]
    above = [driver for driver in service_use if driver.above_noise]
    assert service_use
    assert len(above) <= 1
    assert 0.0 < found.noise_share < 0.1


def test_a_tiny_run_says_nothing_about_drivers(tiny: Simulation) -> None:
    found = uncertainty(tiny, "cost_per_registered")
    assert found.drivers == ()
    assert found.n_draws_used == 0
    assert found.illustrative_share is None
    assert found.trace is not None
    assert not found.enough_draws


def test_an_outcome_that_never_applies_has_no_uncertainty(no_therapy: Simulation) -> None:
    found = uncertainty(no_therapy, "cost_per_completion")
    assert (found.drivers, found.trace, found.draws_needed, found.enough_draws) == ((), None, None, False)


def test_an_outcome_that_never_varies_needs_one_draw(no_therapy: Simulation) -> None:
    found = uncertainty(no_therapy, "n_completions")
    assert (found.drivers, found.draws_needed, found.enough_draws) == ((), 1, True)


def test_a_sentence_names_five_drivers_where_none_makes_most_of_the_spread(base: Simulation) -> None:
    found = uncertainty(base, "total_hub_cost")
    assert sum(driver.above_noise for driver in found.drivers) >= 5
    assert driver_sentence(found, {}).count("of the variance)") == 5
