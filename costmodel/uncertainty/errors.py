"""Refusals of the uncertainty modules."""

from typing import ClassVar

from costmodel.errors import CostmodelError


class UncertaintyError(CostmodelError, ValueError):
    """A description of uncertainty that cannot be honoured; the text says why and what to do."""


class DistributionError(UncertaintyError):
    """A distribution that its arguments cannot describe.

    Parameters
    ----------
    message
        Rule, what was got, what to do.
    argument
        The offending argument ("se", "quantiles.lower"), or "" where the arguments as a whole are at fault.
    """

    def __init__(self, message: str, argument: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.argument = argument


class CorrelationError(UncertaintyError):
    """Correlations that no set of quantities can have, or that name the wrong quantities."""


class DesignError(UncertaintyError):
    """A sampling design that cannot be built, or that is asked for draws it does not hold."""

    exit_code: ClassVar[int] = 2
