"""How the extra staff that clear a list answer to later hires, and to referrals that shorter waits bring."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

LATER_MONTHS: Final = (2, 4)
ELASTICITIES: Final = (0.0, 0.3, 0.6)


@dataclass(frozen=True)
class Variation:
    """One Hub's extra staff at the base case under another lead time or elasticity.

    Attributes
    ----------
    hub
        Id.
    lead_months
        From the decision to the first day in post. [months]
    elasticity
        By how many per cent referrals rise when waits fall by one per cent.
    extra_wte
        Extra staff to hire; None where no number of them clears the list in time. [WTE]
    left_unserved
        Leave the list unserved. [people]
    """

    hub: str
    lead_months: int
    elasticity: float
    extra_wte: float | None
    left_unserved: float


def variations(lead: int, elasticity: float, months: int) -> Iterator[tuple[int, float]]:
    """Yield lead times and elasticities to try: at once, as planned, and later; none, as asked, and more.

    Examples
    --------
    >>> list(variations(4, 0.0, 7))[:4]
    [(0, 0.0), (4, 0.0), (6, 0.0), (0, 0.3)]
    """
    leads = sorted({0, lead, *(lead + later for later in LATER_MONTHS if lead + later < months)})
    for answer in sorted({elasticity, *ELASTICITIES}):
        yield from ((each, answer) for each in leads)
