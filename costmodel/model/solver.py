"""Mixed-integer programmes by HiGHS, without the words that it says on standard output."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp

from costmodel.model.types import FloatArray, IntArray

_STANDARD_OUTPUT = 1


def solved(
    cost: FloatArray, integrality: IntArray, bounds: Bounds, constraints: Sequence[LinearConstraint]
) -> OptimizeResult:
    """Return the answer of a mixed-integer programme, solved to the end; `x` is None where there is none."""
    with _nothing_printed():
        return milp(
            cost,
            integrality=integrality,
            bounds=bounds,
            constraints=constraints,
            options={"mip_rel_gap": 0.0},
        )


@contextmanager
def _nothing_printed() -> Iterator[None]:
    """Let nothing reach standard output, which is for data.

    HiGHS 1.12, as in SciPy 1.17, prints a line of its developers now and then, whatever it is asked to print,
    and past `sys.stdout`. The C library may hold the line back until the process ends, so it is made to let
    go of it while it still goes nowhere.

    References
    ----------
    .. [1] HiGHS, issue 2783: The log displays a meaningless string.
       https://github.com/ERGO-Code/HiGHS/issues/2783
    """
    try:
        kept = os.dup(_STANDARD_OUTPUT)
    except OSError:  # there is no standard output
        yield
        return
    try:
        _flush()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, _STANDARD_OUTPUT)
        os.close(nowhere)
        yield
    finally:
        _flush()
        os.dup2(kept, _STANDARD_OUTPUT)
        os.close(kept)


def _flush() -> None:
    """Let the C library write what it holds back."""
    library = ctypes.CDLL("ucrtbase" if sys.platform == "win32" else None)
    library.fflush(None)
