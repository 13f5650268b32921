from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from costmodel.model.pathway import cohort, scaled_with
from costmodel.model.types import PathwayInputs, Volume

THERAPY = {Volume.THERAPY_STARTS, Volume.ATTENDED_SESSIONS, Volume.COMPLETIONS, Volume.DROPOUTS}
AFTER_TRIAGE = THERAPY | {
    Volume.ASSESSED,
    Volume.SIGNPOSTED,
    Volume.NAVIGATED,
    Volume.BRIEF_SUPPORT,
    Volume.BRIEF_SESSIONS,
    Volume.THERAPY_DEMAND,
    Volume.EXTERNAL_THERAPY,
    Volume.NO_FURTHER_SUPPORT,
}
NOTHING: set[Volume] = set()


def one_hub(**changes: float) -> np.ndarray:
    values = {
        "eligible_workforce": 40_000.0,
        "outreach_contacts": 2_000.0,
        "targeted_outreach_contacts": 100.0,
        "registrations": 475.0,
        "registered_share_of_targeted": 0.25,
        "screened_share": 0.8,
        "triaged_share": 0.5,
        "assessed_share": 0.6,
        "therapy_share": 0.4,
        "signposted_share": 0.25,
        "navigated_share": 0.3,
        "brief_share": 0.2,
        "hub_share_of_therapy": 0.75,
        "dropout_share": 0.2,
        "sessions_per_completion": 10.0,
        "sessions_per_dropout": 3.0,
        "brief_sessions_per_client": 2.5,
        "team_attendances": 750.0,
    } | changes
    inputs = PathwayInputs(**{name: np.array([[value]]) for name, value in values.items()})
    return cohort(inputs, np.array([[7.5]]))[0, 0]


def test_each_step_of_the_pathway() -> None:
    expected = {
        Volume.ELIGIBLE_WORKFORCE: 40_000,
        Volume.CONTACTED: 2_100,
        Volume.REGISTERED: 500,
        Volume.SCREENED: 400,
        Volume.TRIAGED: 200,
        Volume.ASSESSED: 120,
        Volume.SIGNPOSTED: 30,
        Volume.NAVIGATED: 36 + 20,
        Volume.BRIEF_SUPPORT: 24,
        Volume.BRIEF_SESSIONS: 60,
        Volume.THERAPY_DEMAND: 60,
        Volume.EXTERNAL_THERAPY: 20,
        Volume.THERAPY_STARTS: 60,
        Volume.ATTENDED_SESSIONS: 48 * 10 + 12 * 3,
        Volume.COMPLETIONS: 48,
        Volume.DROPOUTS: 12,
        Volume.NO_FURTHER_SUPPORT: 30,
        Volume.TEAM_ATTENDANCES: 750,
        Volume.STAFF_WTE: 7.5,
        Volume.HUB: 1,
    }
    assert list(expected) == list(Volume)
    assert_allclose(one_hub(), list(expected.values()), rtol=1e-14)


def test_nobody_registers_nobody_flows() -> None:
    volumes = one_hub(registrations=0.0, targeted_outreach_contacts=0.0)
    still_there = [
        Volume.ELIGIBLE_WORKFORCE,
        Volume.CONTACTED,
        Volume.TEAM_ATTENDANCES,
        Volume.STAFF_WTE,
        Volume.HUB,
    ]
    assert_array_equal(np.delete(volumes, still_there), np.zeros(15))
    assert_array_equal(volumes[still_there], [40_000, 2_000, 750, 7.5, 1])


@pytest.mark.parametrize(
    ("driver", "shrinks"),
    [
        (Volume.ELIGIBLE_WORKFORCE, NOTHING),
        (Volume.CONTACTED, {Volume.CONTACTED}),
        (Volume.REGISTERED, NOTHING),
        (Volume.SCREENED, {Volume.SCREENED, Volume.TRIAGED} | AFTER_TRIAGE),
        (Volume.TRIAGED, {Volume.TRIAGED} | AFTER_TRIAGE),
        (Volume.ASSESSED, {Volume.ASSESSED}),
        (Volume.SIGNPOSTED, {Volume.SIGNPOSTED}),
        (Volume.NAVIGATED, {Volume.NAVIGATED}),
        (Volume.BRIEF_SUPPORT, {Volume.BRIEF_SUPPORT, Volume.BRIEF_SESSIONS}),
        (Volume.BRIEF_SESSIONS, {Volume.BRIEF_SUPPORT, Volume.BRIEF_SESSIONS}),
        (Volume.THERAPY_DEMAND, NOTHING),
        (Volume.EXTERNAL_THERAPY, {Volume.EXTERNAL_THERAPY}),
        (Volume.THERAPY_STARTS, THERAPY),
        (Volume.ATTENDED_SESSIONS, THERAPY),
        (Volume.COMPLETIONS, NOTHING),
        (Volume.DROPOUTS, NOTHING),
        (Volume.NO_FURTHER_SUPPORT, {Volume.NO_FURTHER_SUPPORT}),
        (Volume.TEAM_ATTENDANCES, {Volume.TEAM_ATTENDANCES}),
        (Volume.STAFF_WTE, NOTHING),
        (Volume.HUB, NOTHING),
    ],
)
def test_what_shrinks_with_an_activity_that_is_short(driver: Volume, shrinks: set[Volume]) -> None:
    scaled = scaled_with(driver)
    assert set(scaled) == shrinks
    assert len(scaled) == len(shrinks)
