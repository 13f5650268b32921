"""What a table of a page is, and the cells that its makers share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from costmodel.labels import PERSPECTIVE_LABELS
from costmodel.report.formatting import base_case_cell, error_cell, interval_cell, mean_cell
from costmodel.results import Outcome
from costmodel.runner import Simulation

MEAN_COLUMNS: Final = ("Mean", "95% interval", "Monte Carlo error", "Base case")


@dataclass(frozen=True)
class Row:
    """One row: the first cell heads it; `kind` is a class of the style sheet."""

    cells: tuple[str, ...]
    kind: str = ""


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes
    ----------
    caption
        What it shows, in which unit, prices and perspective.
    columns
        Heads.
    rows
        As many cells each as there are heads.
    words
        Columns, from 0, that hold words and not numbers.
    note
        What a reader needs to know below it.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    words: tuple[int, ...] = (0,)
    note: str = ""


def basis(simulation: Simulation, *, by_hub: bool = False) -> str:
    """Return price year, perspective and, where several Hubs are added up, that they are, for a caption."""
    together = "" if by_hub or len(simulation.spec.hubs) == 1 else ", all Hubs together"
    year, whose = simulation.spec.frame.price_year, PERSPECTIVE_LABELS["nhs_pss"]
    return f"{year} prices, perspective of {whose}{together}"


def mean_cells(outcome: Outcome) -> tuple[str, str, str, str]:
    """Return mean, 95% interval, Monte Carlo error and base case of an outcome."""
    return mean_cell(outcome), interval_cell(outcome), error_cell(outcome), base_case_cell(outcome)
