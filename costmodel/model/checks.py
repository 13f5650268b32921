"""What must hold in every draw, checked at run time."""

from __future__ import annotations

import numpy as np

from costmodel.model.arrays import total
from costmodel.model.balance import PEOPLE_TOLERANCE, RECONCILIATION_TOLERANCE, ModelCheckError
from costmodel.model.outcomes import Outcomes
from costmodel.model.types import BoolArray, Component, FloatArray, Perspective, Volume


def valid_draws(results: Outcomes) -> BoolArray:
    """Return which draws can be used.

    Costs are finite, no Hub has more registrations than keyworkers, and no step of the pathway more people
    than the step before it can give.

    Returns
    -------
    Shape (draw,).
    """
    finite = np.isfinite(results.hub_cost[:, 0, Perspective.NHS_PSS])
    volumes = results.volumes[:, 1:]
    within = volumes[..., Volume.REGISTERED] <= volumes[..., Volume.ELIGIBLE_WORKFORCE]
    no_negative = results.demand.min(axis=(1, 2)) >= -PEOPLE_TOLERANCE
    return np.asarray(finite & within.all(axis=1) & no_negative)


def check_books(results: Outcomes, *, whole_courses: bool = True) -> None:
    """Check that every split of the cost adds up to the cost, and that people are conserved.

    Parameters
    ----------
    results
        Of a year.
    whole_courses
        Whether all who start therapy end it within the year. Through time some are in therapy at its ends,
        and the flows are checked step by step.

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
    staff_lines = total(results.component_cost[..., : len(Component)], axis=2)
    _require_equal("the lines of staff time do not add up to the staff bill", staff_lines, results.staff_bill)
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
    if not whole_courses:
        return
    ended = results.volumes[..., Volume.COMPLETIONS] + results.volumes[..., Volume.DROPOUTS]
    _require_equal("people are lost in therapy", ended, results.volumes[..., Volume.THERAPY_STARTS])


def _require_equal(message: str, left: FloatArray, right: FloatArray) -> None:
    # Draws that are not finite are counted as failed elsewhere.
    usable = np.isfinite(left) & np.isfinite(right)
    gap = np.abs(left[usable] - right[usable])
    if np.any(gap > RECONCILIATION_TOLERANCE * np.maximum(1.0, np.abs(right[usable]))):
        raise ModelCheckError(f"{message}: {gap.max():g} adrift")
