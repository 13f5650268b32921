"""The year's cohort, from the eligible workforce to completed therapy."""

from __future__ import annotations

import numpy as np

from costmodel.model.arrays import stacked
from costmodel.model.types import FloatArray, PathwayInputs, Volume

_AFTER_THERAPY_STARTS = (
    Volume.THERAPY_STARTS,
    Volume.ATTENDED_SESSIONS,
    Volume.COMPLETIONS,
    Volume.DROPOUTS,
)
_AFTER_TRIAGE = (
    Volume.ASSESSED,
    Volume.SIGNPOSTED,
    Volume.NAVIGATED,
    Volume.BRIEF_SUPPORT,
    Volume.BRIEF_SESSIONS,
    Volume.THERAPY_DEMAND,
    Volume.EXTERNAL_THERAPY,
    Volume.NO_FURTHER_SUPPORT,
    *_AFTER_THERAPY_STARTS,
)
_SCALED_WITH: dict[Volume, tuple[Volume, ...]] = {
    Volume.SCREENED: (Volume.SCREENED, Volume.TRIAGED, *_AFTER_TRIAGE),
    Volume.TRIAGED: (Volume.TRIAGED, *_AFTER_TRIAGE),
    Volume.BRIEF_SESSIONS: (Volume.BRIEF_SUPPORT, Volume.BRIEF_SESSIONS),
    Volume.BRIEF_SUPPORT: (Volume.BRIEF_SUPPORT, Volume.BRIEF_SESSIONS),
    Volume.THERAPY_STARTS: _AFTER_THERAPY_STARTS,
    Volume.ATTENDED_SESSIONS: _AFTER_THERAPY_STARTS,
    # What is not a service to clients cannot shrink: the staff and the Hub itself are there all the same.
    Volume.STAFF_WTE: (),
    Volume.HUB: (),
    Volume.ELIGIBLE_WORKFORCE: (),
    Volume.REGISTERED: (),
    Volume.THERAPY_DEMAND: (),
    # Nor does work left undone after therapy undo its ending.
    Volume.COMPLETIONS: (),
    Volume.DROPOUTS: (),
}


def scaled_with(driver: Volume) -> tuple[Volume, ...]:
    """Return the volumes that shrink with an activity that cannot be delivered in full.

    Examples
    --------
    >>> scaled_with(Volume.TEAM_ATTENDANCES)
    (<Volume.TEAM_ATTENDANCES: 17>,)
    """
    return _SCALED_WITH.get(driver, (driver,))


def cohort(inputs: PathwayInputs, filled_wte: FloatArray) -> FloatArray:
    """Return a year's demand at each step of the pathway, before any limit of hours.

    Registered people are screened, then triaged. Of those triaged some need formal therapy: the Hub's share
    of them should start with the Hub, the others are helped to therapy elsewhere (and so are navigated). The
    rest are signposted, navigated, given brief support, or need no more. A start yields on average
    (1 - dropout) x sessions of a completion + dropout x sessions of a dropout.

    Parameters
    ----------
    inputs
        Shape (draw, hub) each.
    filled_wte
        Staff in post. Shape (draw, hub). [WTE]

    Returns
    -------
    Shape (draw, hub, volume).
    """
    targeted = inputs.targeted_outreach_contacts
    volumes = {
        Volume.ELIGIBLE_WORKFORCE: inputs.eligible_workforce,
        Volume.CONTACTED: inputs.outreach_contacts + targeted,
        Volume.REGISTERED: registered_a_year(inputs),
        Volume.TEAM_ATTENDANCES: inputs.team_attendances,
        Volume.STAFF_WTE: filled_wte,
        Volume.HUB: np.ones_like(inputs.registrations),
    }
    for volume, (before, share) in steps_of_clients(inputs).items():
        volumes[volume] = volumes[before] * share
    return stacked([volumes[volume] for volume in Volume])


def registered_a_year(inputs: PathwayInputs) -> FloatArray:
    """Return clients who register in a year, with usual and with targeted outreach. Shape (draw, hub)."""
    return inputs.registrations + inputs.targeted_outreach_contacts * inputs.registered_share_of_targeted


def steps_of_clients(inputs: PathwayInputs) -> dict[Volume, tuple[Volume, FloatArray]]:
    """Return, for each step of a client's way, the step before it and how many of those it takes.

    In the order in which clients take them.

    Parameters
    ----------
    inputs
        Shape (draw, hub) each.
    """
    hub_therapy = inputs.therapy_share * inputs.hub_share_of_therapy
    external = inputs.therapy_share - hub_therapy
    other = 1.0 - inputs.therapy_share
    unsupported = 1.0 - inputs.signposted_share - inputs.navigated_share - inputs.brief_share
    dropout = inputs.dropout_share
    completed = 1.0 - dropout
    sessions = completed * inputs.sessions_per_completion + dropout * inputs.sessions_per_dropout
    return {
        Volume.SCREENED: (Volume.REGISTERED, inputs.screened_share),
        Volume.TRIAGED: (Volume.SCREENED, inputs.triaged_share),
        Volume.ASSESSED: (Volume.TRIAGED, inputs.assessed_share),
        Volume.SIGNPOSTED: (Volume.TRIAGED, other * inputs.signposted_share),
        Volume.NAVIGATED: (Volume.TRIAGED, other * inputs.navigated_share + external),
        Volume.BRIEF_SUPPORT: (Volume.TRIAGED, other * inputs.brief_share),
        Volume.BRIEF_SESSIONS: (Volume.BRIEF_SUPPORT, inputs.brief_sessions_per_client),
        Volume.THERAPY_DEMAND: (Volume.TRIAGED, hub_therapy),
        Volume.EXTERNAL_THERAPY: (Volume.TRIAGED, external),
        Volume.NO_FURTHER_SUPPORT: (Volume.TRIAGED, other * unsupported),
        Volume.THERAPY_STARTS: (Volume.THERAPY_DEMAND, np.ones_like(dropout)),
        Volume.ATTENDED_SESSIONS: (Volume.THERAPY_STARTS, sessions),
        Volume.COMPLETIONS: (Volume.THERAPY_STARTS, completed),
        Volume.DROPOUTS: (Volume.THERAPY_STARTS, dropout),
    }
