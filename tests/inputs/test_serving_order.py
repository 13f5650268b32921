"""Where people wait, the order of the activities must be one in which they can pass the stages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenario_files import fixed, said


def copy_of(activity: str, driver: str, served: int) -> dict[str, object]:
    minutes = fixed("minutes/unit", 5.0)
    return {
        f"activities.{activity}": {
            "label": "Another activity",
            "stage": "brief_support",
            "driver": driver,
            "served": served,
            "time_basis": "all_inclusive",
            "minutes": {"assistant": minutes},
        }
    }


@pytest.mark.parametrize("driver", ["brief_support", "brief_sessions", "assessed"])
def test_people_are_not_served_on_both_sides_of_therapy(tmp_path: Path, driver: str) -> None:
    first, people = ("assessment", "assessed") if driver == "assessed" else ("brief_support", "brief_support")
    ((where, message),) = said(tmp_path, copy_of("again", driver, 120))
    assert where == "activities.again"
    assert message.startswith(
        f"is served after therapy and '{first}' before it, both for the same {people}: "
    )


@pytest.mark.parametrize(
    ("driver", "served"), [("brief_support", 85), ("hub", 120), ("contacted", 120), ("signposted", 120)]
)
def test_what_is_there_all_the_same_may_be_served_on_both_sides(
    tmp_path: Path, driver: str, served: int
) -> None:
    assert said(tmp_path, copy_of("again", driver, served)) == []
