"""Type aliases and the range of uniform scores shared by the uncertainty modules."""

from typing import Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]

LOWEST_UNIFORM: Final = 2.0**-54
"""What a stream's 0 becomes: half the spacing of the uniforms, so that no quantile is evaluated at 0."""

HIGHEST_UNIFORM: Final = 1.0 - 2.0**-53
"""The largest uniform of a stream."""


class Distribution(Protocol):
    """What every distribution of a single quantity offers."""

    @property
    def mean(self) -> float:
        """Expected value, in the unit of the quantity."""

    @property
    def sd(self) -> float:
        """Standard deviation, in the unit of the quantity."""

    def ppf(self, u: FloatArray) -> FloatArray:
        """Quantiles at the uniform scores `u`, element by element."""
