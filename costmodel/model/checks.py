"""What must hold in every draw, checked at run time."""

from __future__ import annotations

import numpy as np

from costmodel.model.arrays import total
from costmodel.model.outcomes import Outcomes
from costmodel.model.types import BoolArray, FloatArray, Perspective, Volume

RECONCILIATION_TOLERANCE = 1e-9


class ModelCheckError(Exception):
    """The model's own books do not balance: a fault of the program, not of the user's input."""


def valid_draws(results: Outcomes) -> BoolArray:
    """Return which draws can be used: finite costs, and no more registrations than keyworkers.

    Returns
    -------
    Shape (draw,).
    """
    finite = np.isfinite(results.hub_cost[:, 0, Perspective.NHS_PSS])
    volumes = results.volumes[:, 1:]
    within = volumes[..., Volume.REGISTERED] <= volumes[..., Volume.ELIGIBLE_WORKFORCE]
    return finite & np.logical_and.reduce(within, axis=1)


def check_books(results: Outcomes) -> None:
    """Check that every split of the cost adds up to the cost, and that people are conserved.

    Raises
    ------
    ModelCheckError
        Naming what does not add up and by how much.
    """
    cost = results.hub_cost[..., Perspective.NHS_PSS]
    splits = {
        "activities, unused capacity and the rest": total(results.activity_cost, axis=2),
        "cost components": total(results.component_cost, axis=2),
        "payers": total(results.payer_cost, axis=2),
        "cost behaviours": total(results.behaviour_cost, axis=2),
        "steps of the reconciliation bridge": total(results.bridge, axis=2),
    }
    for name, parts in splits.items():
        _require_equal(f"the {name} do not add up to the Hub's cost", parts, cost)
    # People are conserved before hours run short; what is then not delivered shows as demand less delivery.
    people = results.demand
    after_triage = (
        people[..., Volume.SIGNPOSTED]
        + people[..., Volume.NAVIGATED]
        + people[..., Volume.BRIEF_SUPPORT]
        + people[..., Volume.THERAPY_DEMAND]
        + people[..., Volume.NO_FURTHER_SUPPORT]
    )
    _require_equal("people are lost after triage", after_triage, people[..., Volume.TRIAGED])
    ended = results.volumes[..., Volume.COMPLETIONS] + results.volumes[..., Volume.DROPOUTS]
    _require_equal("people are lost in therapy", ended, results.volumes[..., Volume.THERAPY_STARTS])


def _require_equal(message: str, left: FloatArray, right: FloatArray) -> None:
    usable = np.isfinite(left) & np.isfinite(right)
    gap = np.where(usable, np.abs(left - right), 0.0)
    allowed = RECONCILIATION_TOLERANCE * np.maximum(1.0, np.abs(np.where(usable, right, 0.0)))
    if np.any(gap > allowed):
        raise ModelCheckError(f"{message}: {gap.max():g} adrift")
