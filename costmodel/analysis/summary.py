"""What a run's uncertainty rests on: drivers, illustrative and assumed shares, whether draws suffice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from costmodel.model.types import FloatArray
from costmodel.runner import Simulation, chunks, parameter_draws
from costmodel.uncertainty.convergence import ConvergenceTrace, convergence_trace, draws_needed
from costmodel.uncertainty.sampling import MonteCarlo

MOST_DRAWS_USED: Final = 4_096
FEWEST_DRAWS_USED: Final = 256
HARMONICS: Final = 10
_DUMMY_SEED: Final = 1


@dataclass(frozen=True)
class Driver:
    """A factor's share of an outcome's variance.

    Attributes
    ----------
    name, label
        The factor: a parameter, or a group of parameters that move together.
    first_order_share
        Variance of the outcome's mean given the factor, over its variance; estimated from the run's own
        draws. [share]
    illustrative, assumed
        Whether no source gives the factor, or its spread.
    above_noise
        Whether the share is larger than that of any dummy factor, which nothing depends on.
    """

    name: str
    label: str
    first_order_share: float
    illustrative: bool
    assumed: bool
    above_noise: bool


@dataclass(frozen=True)
class Uncertainty:
    """How sure one outcome is, and why.

    Attributes
    ----------
    outcome
        Name of the outcome.
    drivers
        Factors by their share of the variance, largest first; empty where the draws are too few to say.
    noise_share
        Largest share among as many factors that nothing depends on: what the method cannot tell from 0.
        [share]
    n_draws_used
        Draws behind the shares.
    explained_share
        Sum of the shares above the noise, at most 1; the rest is interactions, and factors too small to
        see. [share]
    illustrative_share, assumed_share
        Parts of that sum which come from factors without a source, and from spreads without one; None
        where nothing rises above the noise. [share]
    trace
        Running mean and its standard error; None where fewer than two draws can be used.
    enough_draws, draws_needed
        Whether 95 % of runs like this one would come within 1 % (or GBP 5) of the mean, and the independent
        draws it takes; `draws_needed` is None where it cannot be told.
    """

    outcome: str
    drivers: tuple[Driver, ...]
    noise_share: float
    n_draws_used: int
    explained_share: float
    illustrative_share: float | None
    assumed_share: float | None
    trace: ConvergenceTrace | None
    enough_draws: bool
    draws_needed: int | None


@dataclass(frozen=True)
class Evidence:
    """How many of a run's parameters rest on which class of evidence, and which are illustrative."""

    counts: dict[str, int]
    illustrative: tuple[str, ...]


@dataclass(frozen=True)
class _Factor:
    name: str
    label: str
    draws: FloatArray
    illustrative: bool
    assumed: bool


def evidence(simulation: Simulation) -> Evidence:
    """Return what the parameters of a run rest on."""
    parameters = simulation.spec.parameters
    counts: dict[str, int] = {}
    for parameter in parameters.values():
        counts[parameter.evidence] = counts.get(parameter.evidence, 0) + 1
    illustrative = tuple(name for name, parameter in parameters.items() if parameter.illustrative)
    return Evidence(dict(sorted(counts.items(), key=lambda pair: -pair[1])), illustrative)


def uncertainty(simulation: Simulation, outcome: str) -> Uncertainty:
    """Return what one outcome's uncertainty comes from; see :func:`uncertainties`."""
    return uncertainties(simulation, [outcome])[0]


def uncertainties(simulation: Simulation, outcomes: Sequence[str]) -> tuple[Uncertainty, ...]:
    """Return what the uncertainty of several outcomes comes from.

    First-order shares come from the run's own draws, at most the first 4,096, by random balance designs
    (RBD-FAST), which take any sampling and any distribution. Parameters of a group are one factor; factors
    that are correlated each show the share of what they move with.

    References
    ----------
    .. [1] Plischke E (2010). An effective algorithm for computing global sensitivity indices (EASI).
       Reliability Engineering & System Safety 95:354-360. doi 10.1016/j.ress.2009.11.005.
    """
    factors = _factors(simulation)
    n = min(simulation.design.n, MOST_DRAWS_USED)
    dummies = _dummies(n, len(factors))
    return tuple(_uncertainty(simulation, factors, dummies, outcome) for outcome in outcomes)


def first_order_shares(inputs: FloatArray, outputs: FloatArray) -> FloatArray:
    """Return each input's first-order share of the variance of an output, by random balance designs.

    The outputs, in the order of one input's values up its even and down its odd ranks, are a signal; what
    that input explains is in the first harmonics. The bias of noise in them is taken off [2]_.

    Parameters
    ----------
    inputs
        Shape (draw, input).
    outputs
        Shape (draw,).

    Returns
    -------
    Shape (input,). [share], and a little below 0 where an input explains nothing.

    References
    ----------
    .. [1] Plischke E (2010). An effective algorithm for computing global sensitivity indices (EASI).
       Reliability Engineering & System Safety 95:354-360. doi 10.1016/j.ress.2009.11.005.
    .. [2] Tissot JY, Prieur C (2012). Bias correction for the estimation of sensitivity indices based on
       random balance designs. Reliability Engineering & System Safety 107:205-213.
       doi 10.1016/j.ress.2012.06.010.

    Examples
    --------
    >>> x = np.linspace(0.0, 1.0, 1_000)
    >>> round(float(first_order_shares(x[:, None], 3.0 * x)[0]), 2)
    1.0
    """
    ranks = np.argsort(inputs, axis=0, kind="stable")
    order = np.concatenate([ranks[::2], ranks[1::2][::-1]], axis=0)
    signal = (outputs - outputs.mean())[order]
    power = np.abs(np.fft.rfft(signal, axis=0)[1:]) ** 2
    if outputs.size % 2 == 0:
        power[-1] *= 0.5  # the highest frequency of an even number of points has no mirror image
    raw = power[:HARMONICS].sum(axis=0) / power.sum(axis=0)
    noise = 2 * HARMONICS / outputs.size
    shares: FloatArray = raw - noise / (1.0 - noise) * (1.0 - raw)
    return shares


def _dummies(n: int, n_dummies: int) -> FloatArray:
    """Return draws of factors that nothing depends on. Shape (draw, dummy)."""
    design = MonteCarlo(_DUMMY_SEED, n)
    columns = [design.uniforms(f"analysis.dummy.{i}", 0, n) for i in range(n_dummies)]
    return np.stack(columns, axis=1) if columns else np.empty((n, 0))


def _uncertainty(
    simulation: Simulation, factors: Sequence[_Factor], dummies: FloatArray, outcome: str
) -> Uncertainty:
    values = simulation.draws(outcome)
    usable = values[np.isfinite(values)]
    spread = float(usable.std(ddof=1)) if usable.size > 1 else 0.0
    drivers, noise, n_used = _drivers(values, factors, dummies) if spread > 0 else ((), 0.0, 0)
    seen = [driver for driver in drivers if driver.above_noise]
    explained = sum(driver.first_order_share for driver in seen)

    def part(shares: Sequence[float]) -> float | None:
        return sum(shares) / explained if explained > 0 else None

    needed = draws_for_mean(usable) if usable.size > 1 else None
    return Uncertainty(
        outcome=outcome,
        drivers=drivers,
        noise_share=noise,
        n_draws_used=n_used,
        explained_share=min(explained, 1.0),
        illustrative_share=part([d.first_order_share for d in seen if d.illustrative]),
        assumed_share=part([d.first_order_share for d in seen if d.assumed]),
        trace=convergence_trace(usable) if usable.size > 1 else None,
        enough_draws=needed is not None and usable.size >= needed,
        draws_needed=needed,
    )


def draws_for_mean(values: FloatArray) -> int:
    """Return the independent draws that bring 95 % of runs within 1 % (or GBP 5) of the mean."""
    half_width = max(0.01 * abs(float(values.mean())), 5.0)
    spread = float(values.std(ddof=1)) if values.size > 1 else 0.0
    return draws_needed(spread, half_width) if spread > 0 else 1


def _drivers(
    values: FloatArray, factors: Sequence[_Factor], dummies: FloatArray
) -> tuple[tuple[Driver, ...], float, int]:
    """Return the factors by share, the largest share of a dummy, and the draws used."""
    part = values[: dummies.shape[0]]
    kept = np.isfinite(part)
    n_used = int(kept.sum())
    if not factors or n_used < FEWEST_DRAWS_USED or np.ptp(part[kept]) == 0.0:
        return (), 0.0, 0
    inputs = np.concatenate([np.stack([factor.draws for factor in factors], axis=1), dummies], axis=1)
    shares = first_order_shares(inputs[kept], part[kept])
    noise = max(0.0, float(shares[len(factors) :].max()))
    found = [
        Driver(f.name, f.label, max(0.0, float(share)), f.illustrative, f.assumed, bool(share > noise))
        for f, share in zip(factors, shares, strict=False)
    ]
    return tuple(sorted(found, key=lambda driver: -driver.first_order_share)), noise, n_used


def _factors(simulation: Simulation) -> tuple[_Factor, ...]:
    """Return what varies, once each: parameters of a group are one factor, drawn by its first member."""
    spec = simulation.spec
    group_of = {variable.name: variable.group for variable in spec.plan.variables}
    members: dict[str, list[str]] = {}
    for name, parameter in spec.parameters.items():
        if parameter.uncertain:
            members.setdefault(group_of.get(name) or name, []).append(name)
    draws = _first_draws(simulation, [names[0] for names in members.values()])
    factors = []
    for factor, names in members.items():
        parameters = [spec.parameters[name] for name in names]
        more = f" and {len(names) - 1} more together" if len(names) > 1 else ""
        factors.append(
            _Factor(
                factor,
                f"{parameters[0].label}{more}",
                draws[names[0]],
                any(parameter.illustrative for parameter in parameters),
                any(parameter.assumed for parameter in parameters),
            )
        )
    return tuple(factors)


def _first_draws(simulation: Simulation, names: Sequence[str]) -> dict[str, FloatArray]:
    n = min(simulation.design.n, MOST_DRAWS_USED)
    draws = {name: np.empty(n) for name in names}
    for start, stop in chunks(n, 2_048):
        part = parameter_draws(simulation.spec, simulation.design, start, stop)
        for name, column in draws.items():
            column[start:stop] = part[name]
    return draws
