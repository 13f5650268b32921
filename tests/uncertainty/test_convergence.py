"""Monte Carlo error: closed forms, and honest for each design."""

import math

import numpy as np
import pytest

from costmodel.uncertainty import convergence
from costmodel.uncertainty.distributions import Gamma
from costmodel.uncertainty.draws import Plan, Variable, realise, stream_names
from costmodel.uncertainty.errors import DesignError, DistributionError
from costmodel.uncertainty.sampling import LatinHypercube, MonteCarlo, Sobol

PLAN = Plan(tuple(Variable(f"x{i}", Gamma(4.0, 25.0)) for i in range(6)))


def design_of(sampler, seed, n=512):
    if sampler is Sobol:
        return Sobol(seed, n, stream_names(PLAN))
    return sampler(seed, n)


def outcome(design):
    drawn = realise(PLAN, design, 0, design.n)
    return drawn["x0"] * drawn["x1"] / 100.0 + drawn["x2"] + drawn["x3"] + drawn["x4"] * drawn["x5"] / 100.0


@pytest.mark.parametrize("sampler", [MonteCarlo, LatinHypercube, Sobol])
def test_the_standard_error_is_that_of_repeated_runs(sampler):
    designs = [design_of(sampler, seed) for seed in range(60)]
    values = [outcome(design) for design in designs]
    means = [float(value.mean()) for value in values]
    claimed = math.sqrt(
        np.mean([convergence.standard_error(v, d) ** 2 for v, d in zip(values, designs, strict=True)])
    )
    assert np.mean(means) == pytest.approx(400.0, abs=4.0 * claimed / math.sqrt(60) + 1e-9)
    assert np.std(means, ddof=1) == pytest.approx(claimed, rel=0.3)


@pytest.mark.parametrize("sampler", [MonteCarlo, LatinHypercube, Sobol])
def test_quantiles_and_proportions_have_errors_too(sampler):
    designs = [design_of(sampler, seed, 2_048) for seed in range(40)]
    values = [outcome(design) for design in designs]
    medians = [float(np.quantile(value, 0.5)) for value in values]
    claimed = np.mean(
        [convergence.quantile_standard_error(v, 0.5, d) for v, d in zip(values, designs, strict=True)]
    )
    assert np.std(medians, ddof=1) == pytest.approx(claimed, rel=0.45)
    above = [(value > 400.0).astype(float) for value in values]
    shares = [float(events.mean()) for events in above]
    claimed = np.mean(
        [convergence.proportion_standard_error(v, d) for v, d in zip(above, designs, strict=True)]
    )
    assert np.std(shares, ddof=1) == pytest.approx(claimed, rel=0.45)


def test_replicate_slices():
    assert convergence.replicate_slices(MonteCarlo(1, 10)) == [slice(0, 10)]
    assert convergence.replicate_slices(Sobol(1, 32, ("a",)))[-1] == slice(28, 32)


def test_closed_forms():
    values = np.array([1.0, 2.0, 3.0, 4.0])
    assert convergence.monte_carlo_se(values) == pytest.approx(math.sqrt(5.0 / 3.0 / 4.0), rel=1e-15)
    assert math.isnan(convergence.monte_carlo_se(values[:1]))
    assert convergence.standard_error(values, MonteCarlo(1, 4)) == convergence.monte_carlo_se(values)
    assert convergence.proportion_se(0.2, 100) == pytest.approx(0.04, rel=1e-15)


def test_quantile_error_of_a_uniform():
    values = (np.arange(10_000) + 0.5) / 10_000
    assert convergence.quantile_se(values, 0.975) == pytest.approx(
        math.sqrt(0.975 * 0.025 / 10_000), rel=1e-3
    )
    assert convergence.quantile_se(np.array([1.0, 3.0]), 0.9) >= 0.0


def test_draws_needed():
    assert convergence.draws_needed(900.0, 10.0) == math.ceil((1.959963984540054 * 90.0) ** 2)
    assert convergence.draws_needed(900.0, 10.0, level=0.99) == 53_743
    assert convergence.draws_needed_for_probability(0.2, 0.01) == 6_147
    with pytest.raises(DistributionError, match=r"^must be greater than 0; got 0$"):
        convergence.draws_needed(900.0, 0.0)


@pytest.mark.parametrize(
    "error",
    [
        convergence.standard_error,
        convergence.proportion_standard_error,
        lambda values, design: convergence.quantile_standard_error(values, 0.5, design),
    ],
)
@pytest.mark.parametrize("design", [MonteCarlo(1, 64), LatinHypercube(1, 64)])
def test_the_error_needs_all_draws(error, design):
    with pytest.raises(DesignError) as caught:
        error(np.ones(10), design)
    assert str(caught.value) == "the standard error needs all 64 draws of the design; got 10"


def test_convergence_trace():
    values = outcome(MonteCarlo(3, 5_000))
    trace = convergence.convergence_trace(values, 50)
    assert len(trace.draws) == 50
    assert (trace.draws[0], trace.draws[-1]) == (2.0, 5_000.0)
    for n, mean, error in zip(trace.draws.astype(int), trace.mean, trace.standard_error, strict=True):
        assert mean == pytest.approx(values[:n].mean(), rel=1e-12)
        assert error == pytest.approx(convergence.monte_carlo_se(values[:n]), rel=1e-9)


def test_convergence_trace_of_few_and_of_equal_draws():
    assert convergence.convergence_trace(np.array([1.0, 2.0, 3.0])).draws.tolist() == [2.0, 3.0]
    assert convergence.convergence_trace(np.full(10, 0.1)).standard_error.max() < 1e-15
    with pytest.raises(DesignError, match=r"^a convergence trace needs at least 2 draws; got 1$"):
        convergence.convergence_trace(np.ones(1))
