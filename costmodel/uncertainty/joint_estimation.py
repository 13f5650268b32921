"""Splits (Dirichlet distributions) from what sources report: counts, or shares and what they are worth.

References
----------
.. [1] Briggs AH, Ades AE, Price MJ (2003). Probabilistic sensitivity analysis for decision trees with
   multiple branches: use of the Dirichlet distribution in a Bayesian framework. Medical Decision Making
   23(4):341-350.
"""

import math
from collections.abc import Sequence

from costmodel.uncertainty.distributions import require_finite, require_positive
from costmodel.uncertainty.errors import DistributionError
from costmodel.uncertainty.estimation import beta_from_mean_se
from costmodel.uncertainty.joint import Dirichlet, require_several


def dirichlet_from_counts(counts: Sequence[float]) -> tuple[Dirichlet, tuple[str, ...]]:
    """Return the Dirichlet distribution of a split from its counts.

    Where a count is 0, half a count is added to each component: Jeffreys' prior, as for a probability from
    no events.

    Returns
    -------
    The distribution, and a warning where Jeffreys' prior was added.

    Raises
    ------
    DistributionError
        If there are fewer than two counts, one is negative, or all are 0.

    Examples
    --------
    >>> dirichlet_from_counts([30.0, 50.0, 20.0])
    (Dirichlet(alphas=(30.0, 50.0, 20.0)), ())
    """
    require_several(len(counts), "counts")
    for count in counts:
        require_finite(count, "counts")
        if count < 0.0:
            raise DistributionError(f"must be 0 or more; got {count:g}", "counts")
    if not any(counts):
        raise DistributionError("must not all be 0", "counts")
    if all(counts):
        return Dirichlet(tuple(float(count) for count in counts)), ()
    warning = "a count of 0: half a count was added to each component (Jeffreys' prior)"
    return Dirichlet(tuple(count + 0.5 for count in counts)), (warning,)


def dirichlet_from_shares(shares: Sequence[float], effective_sample_size: float) -> Dirichlet:
    """Return the Dirichlet distribution of a split from its shares and the sample size that they are worth.

    Raises
    ------
    DistributionError
        If a share is not greater than 0, they do not add up to 1, or the sample size is not greater than 0.

    Examples
    --------
    >>> dirichlet_from_shares([0.75, 0.25], effective_sample_size=40.0)
    Dirichlet(alphas=(30.0, 10.0))
    """
    require_positive(effective_sample_size, "effective_sample_size")
    require_several(len(shares), "shares")
    for share in shares:
        require_positive(share, "shares")
    total = math.fsum(shares)
    if abs(total - 1.0) > 1e-6:
        hint = (
            f". Did you mean {', '.join(f'{s / 100.0:g}' for s in shares)}?"
            if abs(total - 100.0) < 1e-4
            else ""
        )
        raise DistributionError(f"must add up to 1; got {total:g}{hint}", "shares")
    return Dirichlet(tuple(effective_sample_size * share / total for share in shares))


def effective_sample_size(share: float, se: float) -> float:
    """Return the sample size that a share with a standard error is worth: share (1 - share) / se^2 - 1.

    Raises
    ------
    DistributionError
        If the share is not between 0 and 1, or its standard error is impossibly large.

    Examples
    --------
    >>> round(effective_sample_size(0.3, 0.05), 6)
    83.0
    """
    distribution = beta_from_mean_se(share, se)
    return distribution.alpha + distribution.beta
