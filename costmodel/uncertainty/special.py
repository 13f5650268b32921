"""The functions of `scipy.special` that distributions need, loaded when the first of them is used.

Loading SciPy takes longer than checking every parameter file, and most files need none of its functions.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scipy.special import (
        betainccinv,
        betaincinv,
        betaln,
        expit,
        gammainccinv,
        gammaincinv,
        gammaln,
        log_expit,
        ndtr,
        ndtri,
    )

__all__ = [
    "betainccinv", "betaincinv", "betaln", "expit", "gammainccinv", "gammaincinv", "gammaln", "log_expit",
    "ndtr", "ndtri",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Load the functions and return one of them; from then on they are attributes like any other."""
    if name not in __all__:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    from scipy import special

    globals().update({each: getattr(special, each) for each in __all__})
    return globals()[name]
