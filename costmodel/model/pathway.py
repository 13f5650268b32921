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
    registered = inputs.registrations + targeted * inputs.registered_share_of_targeted
    screened = registered * inputs.screened_share
    triaged = screened * inputs.triaged_share
    therapy = triaged * inputs.therapy_share
    hub_therapy = therapy * inputs.hub_share_of_therapy
    other = triaged - therapy
    brief = other * inputs.brief_share
    signposted = other * inputs.signposted_share
    navigated = other * inputs.navigated_share
    dropouts = hub_therapy * inputs.dropout_share
    completions = hub_therapy - dropouts
    steps = {
        Volume.ELIGIBLE_WORKFORCE: inputs.eligible_workforce,
        Volume.CONTACTED: inputs.outreach_contacts + targeted,
        Volume.REGISTERED: registered,
        Volume.SCREENED: screened,
        Volume.TRIAGED: triaged,
        Volume.ASSESSED: triaged * inputs.assessed_share,
        Volume.SIGNPOSTED: signposted,
        Volume.NAVIGATED: navigated + therapy - hub_therapy,
        Volume.BRIEF_SUPPORT: brief,
        Volume.BRIEF_SESSIONS: brief * inputs.brief_sessions_per_client,
        Volume.THERAPY_DEMAND: hub_therapy,
        Volume.EXTERNAL_THERAPY: therapy - hub_therapy,
        Volume.THERAPY_STARTS: hub_therapy,
        Volume.ATTENDED_SESSIONS: completions * inputs.sessions_per_completion
        + dropouts * inputs.sessions_per_dropout,
        Volume.COMPLETIONS: completions,
        Volume.DROPOUTS: dropouts,
        Volume.NO_FURTHER_SUPPORT: other - signposted - navigated - brief,
        Volume.TEAM_ATTENDANCES: inputs.team_attendances,
        Volume.STAFF_WTE: filled_wte,
        Volume.HUB: np.ones_like(registered),
    }
    return stacked([steps[volume] for volume in Volume])
