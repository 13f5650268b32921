"""What must balance while the model runs, and the error where it does not."""

from __future__ import annotations

import numpy as np

from costmodel.model.types import FloatArray

RECONCILIATION_TOLERANCE = 1e-9
PEOPLE_TOLERANCE = 1e-9


class ModelCheckError(Exception):
    """The model's own books do not balance: a fault of the program, not of the user's input."""


def require_conserved(where: str, before: FloatArray, after: FloatArray) -> None:
    """Check at run time that nobody appears or disappears.

    Raises
    ------
    ModelCheckError
        Saying where, and how many people are adrift.
    """
    gap = before - after
    np.abs(gap, out=gap)
    if gap.max(initial=0.0) <= PEOPLE_TOLERANCE:
        return
    if not np.all(gap <= PEOPLE_TOLERANCE * np.maximum(1.0, np.abs(before))):
        raise ModelCheckError(f"people are lost {where}: {gap.max():g} adrift")
