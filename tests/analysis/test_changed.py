"""What two scenarios hold differently, numbers and structure."""

from __future__ import annotations

from costmodel.analysis.compare import changed_parameters
from costmodel.inputs.project import Project

PROJECT = Project()


def structure(scenario: str) -> dict[str, tuple[str, str]]:
    changed = changed_parameters(PROJECT.specification("base_case"), PROJECT.specification(scenario))
    return {each.name: (each.reference, each.scenario) for each in changed if not each.unit}


def test_a_switch_inside_a_replaced_part_is_listed() -> None:
    assert structure("sickness_backfill") == {
        "costing_rules.sickness.treatment": ("reduce_hours", "backfill")
    }


def test_a_part_that_is_new_or_gone_is_one_line() -> None:
    assert structure("overhead_pools") == {
        "costing_rules.overheads.percentage": ("present", "absent"),
        "costing_rules.overheads.pooled": ("absent", "present"),
    }


def test_headcounts_and_posts_are_listed_beside_their_numbers() -> None:
    changed = structure("consultant_heavy")
    assert changed["hub_reference.posts.principal_psychologist_8b.headcount"] == ("1", "3")
    assert changed["hub_reference.posts.practitioner_6"] == ("present", "absent")
    assert changed["hub_reference.posts.consultant_psychologist_8c"] == ("absent", "present")


def test_hubs_that_come_and_go_are_listed() -> None:
    changed = structure("four_hubs")
    assert changed["frame.hubs"] == ("reference", "north, coast, city, moor")
    assert changed["hub_reference"] == ("present", "absent")
    assert changed["hub_moor"] == ("absent", "present")


def test_a_scenario_differs_from_itself_in_nothing() -> None:
    spec = PROJECT.specification("four_hubs")
    assert changed_parameters(spec, spec) == ()
