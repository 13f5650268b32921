"""Distributions of several quantities that are uncertain together.

Each has `means`, `sds`, `covariance`, `realise(scores)` and `moved(component, u)`: all components when one of
them stands at its quantile u and the others follow it, as their conditional expectations do. One-way analyses
use the last; moving a share of a split alone would break the split.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from costmodel.uncertainty import special
from costmodel.uncertainty.correlation import cholesky_of_covariance, correlate
from costmodel.uncertainty.distributions import Beta, Gamma, require_finite, require_positive
from costmodel.uncertainty.errors import DistributionError
from costmodel.uncertainty.inverse_cdf import checked_uniforms
from costmodel.uncertainty.types import FloatArray


class JointDistribution(Protocol):
    """What every joint distribution offers; components are numbered from 0."""

    @property
    def n_components(self) -> int:
        """Number of quantities."""

    @property
    def shares_one_score(self) -> bool:
        """Whether one column of uniforms picks all components, rather than one column each."""

    @property
    def means(self) -> FloatArray:
        """Expected values. Shape (component,)."""

    @property
    def sds(self) -> FloatArray:
        """Standard deviations. Shape (component,)."""

    @property
    def covariance(self) -> FloatArray:
        """Covariances. Shape (component, component)."""

    def realise(self, scores: list[FloatArray]) -> list[FloatArray]:
        """Draws, one array a component, from one array of uniforms a component (or a single one)."""

    def moved(self, component: int, u: float) -> FloatArray:
        """All components with `component` at its quantile `u`. Shape (component,)."""

    def reordered(self, order: tuple[int, ...]) -> "JointDistribution":
        """The same distribution with its components in another order."""


def require_several(n: int, argument: str) -> None:
    """Refuse a joint distribution of fewer than two components.

    Raises
    ------
    DistributionError
        Naming `argument`.
    """
    if n < 2:
        raise DistributionError(f"must have at least two components; got {n}", argument)


@dataclass(frozen=True)
class Dirichlet:
    """Dirichlet distribution: shares of a split, which add up to 1 in every draw.

    Draws are independent gammas divided by their sum. Never independent betas made to add up, which has
    neither the means nor the variances of its parts.

    Parameters
    ----------
    alphas
        Counts of a split, each greater than 0.

    References
    ----------
    .. [1] Briggs AH, Ades AE, Price MJ (2003). Probabilistic sensitivity analysis for decision trees with
       multiple branches: use of the Dirichlet distribution in a Bayesian framework. Medical Decision Making
       23(4):341-350.

    Examples
    --------
    >>> Dirichlet((30.0, 50.0, 20.0)).means
    array([0.3, 0.5, 0.2])
    """

    alphas: tuple[float, ...]

    def __post_init__(self) -> None:
        require_several(len(self.alphas), "alphas")
        for alpha in self.alphas:
            require_positive(alpha, "alphas")

    @property
    def n_components(self) -> int:
        """Number of shares."""
        return len(self.alphas)

    @property
    def shares_one_score(self) -> bool:
        """No: each share has its own uniforms."""
        return False

    @property
    def means(self) -> FloatArray:
        """Expected shares. Shape (component,)."""
        return np.array(self.alphas) / math.fsum(self.alphas)

    @property
    def sds(self) -> FloatArray:
        """Standard deviations of the shares. Shape (component,)."""
        return np.array([self._marginal(i).sd for i in range(self.n_components)])

    @property
    def covariance(self) -> FloatArray:
        """Covariances of the shares, negative off the diagonal. Shape (component, component)."""
        return np.asarray(
            (np.diag(self.means) - np.outer(self.means, self.means)) / (math.fsum(self.alphas) + 1.0)
        )

    def realise(self, scores: list[FloatArray]) -> list[FloatArray]:
        """Shares, one array a component, from one array of uniforms a component."""
        gammas = [Gamma(alpha, 1.0).ppf(u) for alpha, u in zip(self.alphas, scores, strict=True)]
        total = np.zeros_like(gammas[0])
        for gamma in gammas:
            total += gamma
        return [gamma / total for gamma in gammas]

    def moved(self, component: int, u: float) -> FloatArray:
        """All shares with one at its (beta) quantile and the others in their expected proportions."""
        share = float(self._marginal(component).ppf(np.array([u]))[0])
        means = self.means
        moved: FloatArray = means * ((1.0 - share) / (1.0 - means[component]))
        moved[component] = share
        return moved

    def reordered(self, order: tuple[int, ...]) -> "Dirichlet":
        """The same split with its shares in another order."""
        return Dirichlet(tuple(self.alphas[i] for i in order))

    def _marginal(self, component: int) -> Beta:
        alpha = self.alphas[component]
        return Beta(alpha, math.fsum(a for i, a in enumerate(self.alphas) if i != component))


@dataclass(frozen=True)
class MultivariateNormal:
    """Multivariate normal distribution: regression coefficients with their covariance.

    Parameters
    ----------
    means_of_components
        Estimates, one a component.
    covariance_of_components
        Their covariance matrix, row by row; it must be symmetric and positive definite.

    Examples
    --------
    >>> MultivariateNormal((1.0, 2.0), ((4.0, 1.0), (1.0, 9.0))).sds
    array([2., 3.])
    """

    means_of_components: tuple[float, ...]
    covariance_of_components: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        n = len(self.means_of_components)
        require_several(n, "means")
        for mean in self.means_of_components:
            require_finite(mean, "means")
        if len(self.covariance_of_components) != n or any(
            len(row) != n for row in self.covariance_of_components
        ):
            raise DistributionError(f"must have {n} rows of {n} numbers, one for each of means", "covariance")
        for row in self.covariance_of_components:
            for value in row:
                require_finite(value, "covariance")
        _ = self._factor

    @property
    def n_components(self) -> int:
        """Number of coefficients."""
        return len(self.means_of_components)

    @property
    def shares_one_score(self) -> bool:
        """No: each coefficient has its own uniforms."""
        return False

    @property
    def means(self) -> FloatArray:
        """Estimates. Shape (component,)."""
        return np.array(self.means_of_components)

    @property
    def sds(self) -> FloatArray:
        """Standard errors. Shape (component,)."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def covariance(self) -> FloatArray:
        """Covariance matrix. Shape (component, component)."""
        return np.array(self.covariance_of_components)

    def realise(self, scores: list[FloatArray]) -> list[FloatArray]:
        """Draws, one array a component, from one array of uniforms a component."""
        deviations = correlate([special.ndtri(checked_uniforms(u)) for u in scores], self._factor)
        return [
            mean + deviation for mean, deviation in zip(self.means_of_components, deviations, strict=True)
        ]

    def moved(self, component: int, u: float) -> FloatArray:
        """All components with one at its quantile and the others at their conditional means."""
        covariance = self.covariance
        score = float(special.ndtri(checked_uniforms(np.array([u]))[0]))
        return np.asarray(self.means + covariance[component] * (score / self.sds[component]))

    def reordered(self, order: tuple[int, ...]) -> "MultivariateNormal":
        """The same distribution with its components in another order."""
        rows = self.covariance_of_components
        return MultivariateNormal(
            tuple(self.means_of_components[i] for i in order),
            tuple(tuple(rows[i][j] for j in order) for i in order),
        )

    @cached_property
    def _factor(self) -> FloatArray:
        return cholesky_of_covariance(self.covariance)


@dataclass(frozen=True, eq=False)
class EmpiricalRows:
    """Joint draws made elsewhere, such as bootstrap means of individual-level records.

    One row index picks all components.

    Parameters
    ----------
    rows
        Shape (row, component), at least two rows. Kept as a read-only copy.

    Examples
    --------
    >>> distribution = EmpiricalRows(np.array([[1.0, 10.0], [3.0, 30.0]]))
    >>> distribution.realise([np.array([0.2, 0.7])])
    [array([1., 3.]), array([10., 30.])]
    """

    rows: FloatArray

    def __post_init__(self) -> None:
        rows = np.array(self.rows, dtype=np.float64)
        if rows.ndim != 2 or rows.shape[0] < 2 or rows.shape[1] < 1:
            raise DistributionError(
                f"must have at least two rows and one component; got shape {rows.shape}", "rows"
            )
        if not np.isfinite(rows).all():
            raise DistributionError("must hold finite numbers only", "rows")
        rows.setflags(write=False)
        object.__setattr__(self, "rows", rows)

    @property
    def n_components(self) -> int:
        """Number of quantities in a row."""
        return int(self.rows.shape[1])

    @property
    def shares_one_score(self) -> bool:
        """Yes: one uniform picks the row."""
        return True

    @property
    def means(self) -> FloatArray:
        """Means over the rows. Shape (component,)."""
        return np.asarray(self.rows.mean(axis=0))

    @property
    def sds(self) -> FloatArray:
        """Standard deviations over the rows, which are the whole distribution. Shape (component,)."""
        return np.asarray(self.rows.std(axis=0))

    @property
    def covariance(self) -> FloatArray:
        """Covariances over the rows. Shape (component, component)."""
        centred = self.rows - self.means
        return np.asarray(np.einsum("ri,rj->ij", centred, centred) / len(centred))

    def realise(self, scores: list[FloatArray]) -> list[FloatArray]:
        """Draws, one array a component, from a single array of uniforms."""
        (u,) = scores
        picked = (checked_uniforms(u) * len(self.rows)).astype(np.intp)
        return [self.rows[picked, component] for component in range(self.n_components)]

    def moved(self, component: int, u: float) -> FloatArray:
        """Mean of the rows around the quantile of one component: 5 % of them, fewer near the ends.

        A mean of rows keeps what every row keeps, such as shares that add up to 1.
        """
        order = np.argsort(self.rows[:, component], kind="stable")
        half = min(0.025, u, 1.0 - u)
        first = min(int((u - half) * len(order)), len(order) - 1)
        last = max(first + 1, round((u + half) * len(order)))
        return np.asarray(self.rows[order[first:last]].mean(axis=0))

    def reordered(self, order: tuple[int, ...]) -> "EmpiricalRows":
        """The same rows with their components in another order."""
        return EmpiricalRows(self.rows[:, list(order)])
