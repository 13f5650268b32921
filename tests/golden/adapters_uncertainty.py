"""Adapters from worked examples of probabilistic analysis (P) to the product's functions."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from costmodel.uncertainty import correlation, estimation, joint_estimation, sampling
from costmodel.uncertainty.distributions import Beta, Lognormal, Pert
from costmodel.uncertainty.errors import CorrelationError
from costmodel.uncertainty.types import Distribution

Example = Mapping[str, Any]
Values = dict[str, Any]


def interval(distribution: Distribution) -> Values:
    q025, q975 = distribution.ppf(np.array([0.025, 0.975]))
    return {"q025": q025, "q975": q975}


def gamma_by_moments(example: Example) -> Values:
    gamma = estimation.gamma_from_mean_se(example["inputs"]["mean"], example["inputs"]["se"])
    return {"shape": gamma.shape, "scale": gamma.scale, "mean": gamma.mean, "sd": gamma.sd} | interval(gamma)


def beta_by_moments(example: Example) -> Values:
    beta = estimation.beta_from_mean_se(example["inputs"]["mean"], example["inputs"]["se"])
    return {"alpha": beta.alpha, "beta": beta.beta, "mean": beta.mean, "sd": beta.sd} | interval(beta)


def beta_from_counts(example: Example) -> Values:
    events, n = example["inputs"]["events"], example["inputs"]["n"]
    beta, _ = estimation.beta_from_counts(events, n)
    jeffreys = estimation.beta_jeffreys(events, n)
    values = {"alpha": beta.alpha, "beta": beta.beta, "mean": beta.mean, "sd": beta.sd}
    return values | {"jeffreys_mean": jeffreys.mean, "jeffreys_sd": jeffreys.sd} | interval(beta)


def lognormal_from_interval(example: Example) -> Values:
    estimate, lo, hi = (example["inputs"][key] for key in ("estimate", "lo", "hi"))
    median, _ = estimation.lognormal_from_interval(estimate, lo, hi, "median")
    mean, _ = estimation.lognormal_from_interval(estimate, lo, hi, "mean")
    return {
        "mu_median": median.mu,
        "sd_log": median.sigma,
        "implied_mean_if_median": median.mean,
        "mu_mean_preserving": mean.mu,
        "ci_midpoint_log": estimation.lognormal_from_quantiles(lo, hi).mu,
    }


def pert(example: Example) -> Values:
    inputs = example["inputs"]
    distribution = Pert(inputs["min"], inputs["mode"], inputs["max"])
    standard = distribution.standard
    return {
        "alpha": standard.alpha,
        "beta": standard.beta,
        "mean": distribution.mean,
        "sd": distribution.sd,
    } | interval(distribution)


def dirichlet(example: Example) -> Values:
    distribution, _ = joint_estimation.dirichlet_from_counts(example["inputs"]["counts"])
    covariance = distribution.covariance
    n = distribution.n_components
    pairs = {f"cov_{i + 1}{j + 1}": covariance[i, j] for i in range(n) for j in range(n)}
    return {"mean": distribution.means, "sd": distribution.sds} | pairs


def lognormal_correlation(example: Example) -> Values:
    sigma_1, sigma_2 = example["inputs"]["sd_log"]
    low, high = correlation.lognormal_correlation_bounds(sigma_1, sigma_2)
    natural = correlation.lognormal_natural_correlation(sigma_1, sigma_2, example["inputs"]["corr_log"])
    return {"corr_natural": natural, "max_corr_natural": high, "min_corr_natural": low}


def copula(example: Example) -> Values:
    pearson = example["inputs"]["pearson_normal"]
    return {
        "spearman": correlation.pearson_to_spearman(pearson),
        "kendall": correlation.pearson_to_kendall(pearson),
        "pearson_for_spearman_half": correlation.spearman_to_pearson(0.5),
    }


def difference(example: Example) -> Values:
    sd_1, sd_2 = example["inputs"]["sd"]
    independent, common = (correlation.sd_of_difference(sd_1, sd_2, rho) for rho in example["inputs"]["corr"])
    return {
        "sd_independent": independent,
        "sd_crn": common,
        "variance_ratio": (independent / common) ** 2,
    }


def mean_of_a_ratio(example: Example) -> Values:
    inputs = example["inputs"]
    completion = Beta(inputs["alpha"], inputs["beta"])
    deterministic = inputs["cost_per_start"] / completion.mean
    psa_mean = inputs["cost_per_start"] * completion.reciprocal_mean
    return {
        "deterministic": deterministic,
        "psa_mean": psa_mean,
        "bias_pct": 100.0 * (psa_mean / deterministic - 1.0),
    }


def named_streams(example: Example) -> Values:
    """Return as many numbers of each stream as the example lists."""
    seed, values = example["inputs"]["seed"], {}
    for i, name in enumerate(example["inputs"]["names"]):
        n_raw, n_u = (len(example["expected"].get(f"{what}_{i}", ())) for what in ("raw", "u"))
        values[f"spawn_key_{i}"] = sampling.spawn_key(name)
        values[f"raw_{i}"] = [str(raw) for raw in sampling.raw_stream(seed, name, 0, n_raw)]
        values[f"u_{i}"] = sampling.MonteCarlo(seed, max(n_u, 1)).uniforms(name, 0, n_u)
    return values


def inverse_cdf(example: Example) -> Values:
    inputs = example["inputs"]
    u = np.array(inputs["u"], dtype=np.float64)
    gamma = estimation.gamma_from_mean_se(inputs["gamma"]["mean"], inputs["gamma"]["se"])
    lognormal = Lognormal(inputs["lognormal"]["mu"], inputs["lognormal"]["sd_log"])
    return {
        "gamma": gamma.ppf(u),
        "beta": Beta(inputs["beta"]["alpha"], inputs["beta"]["beta"]).ppf(u),
        "pert": Pert(*inputs["pert"]).ppf(u),
        "lognormal": lognormal.ppf(u),
    }


def cholesky(example: Example) -> Values:
    good, bad = (np.array(example["inputs"][key], dtype=np.float64) for key in ("R", "bad"))
    with pytest.raises(CorrelationError):
        correlation.cholesky(bad)
    return {
        "L": correlation.cholesky(good).tolist(),
        "min_eig_good": correlation.smallest_eigenvalue(good),
        "min_eig_bad": correlation.smallest_eigenvalue(bad),
    }


ADAPTERS: dict[str, Callable[[Example], Values]] = {
    "P01": gamma_by_moments,
    "P02": beta_by_moments,
    "P03": beta_from_counts,
    "P04": lognormal_from_interval,
    "P06": pert,
    "P08": dirichlet,
    "P10": lognormal_correlation,
    "P11": copula,
    "P13": difference,
    "P14": mean_of_a_ratio,
    "P15": named_streams,
    "P16": inverse_cdf,
    "P17": cholesky,
}
