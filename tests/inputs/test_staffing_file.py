"""`staffing_options.yaml`: what is refused, and that the cost of a year does not know it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from costmodel.errors import ParameterError
from costmodel.inputs.staffing_file import staffing_of_run
from tests.scenario_files import REMOVED, fixed, said, shipped_project, uncertain, write_scenario

ROOT = "staffing_options"
SPREAD = {"family": "gamma", "mean": 0.1, "se": 0.01}


def test_a_year_of_costs_holds_nothing_of_the_options() -> None:
    assert shipped_project().specification("base_case").staffing is None
    spec = shipped_project().specification("base_case", also=["waiting", "staffing"])
    assert spec.staffing is not None
    assert not any(name.startswith(f"{ROOT}.") for name in spec.parameters)


@pytest.mark.parametrize(
    ("changes", "where", "message"),
    [
        (
            {f"{ROOT}.activities.therapy.done_by": []},
            f"{ROOT}.activities.therapy.done_by",
            "nobody may do this task; name at least one staff pool or post",
        ),
        (
            {f"{ROOT}.activities.therapy.complex_by": []},
            f"{ROOT}.activities.therapy.complex_by",
            "nobody may do its complex cases; name at least one staff pool or post",
        ),
        (
            {f"{ROOT}.activities.therapy.complex_by": ["senior_clinician", "administrator"]},
            f"{ROOT}.activities.therapy.complex_by",
            "'administrator' may not do this task, and so none of its complex cases; add it to done_by, or "
            "leave it out",
        ),
        (
            {
                f"{ROOT}.activities.therapy.done_by": ["clinical_psychologist_7", "senior_clinician"],
                f"{ROOT}.activities.therapy.complex_by": ["practitioner_6"],
            },
            f"{ROOT}.activities.therapy.complex_by",
            "'practitioner_6' may not do this task, and so none of its complex cases; add it to done_by, or "
            "leave it out",
        ),
        (
            {f"{ROOT}.activities.therapy.done_by": ["clinicians"]},
            f"{ROOT}.activities.therapy.done_by",
            "there is no staff pool or post 'clinicians'. Did you mean 'clinician'?",
        ),
        (
            {f"{ROOT}.activities.therapy": REMOVED},
            f"{ROOT}.activities",
            "must say who may do therapy",
        ),
        (
            {f"{ROOT}.activities.therapy.complex_share": REMOVED},
            f"{ROOT}.activities.therapy",
            "give complex_share and complex_by together, or neither",
        ),
        (
            {f"{ROOT}.activities.therapy.complex_share": fixed("share", 1.4)},
            f"{ROOT}.activities.therapy.complex_share.value",
            "must be between 0 and 1; got 1.4. Did you mean 0.014?",
        ),
        (
            {f"{ROOT}.step": fixed("WTE", 0.3)},
            f"{ROOT}.step",
            "must go into a whole post without rest, such as 0.1, 0.2, 0.25, 0.5 or 1; got 0.3",
        ),
        (
            {f"{ROOT}.step": fixed("WTE", 0.001)},
            f"{ROOT}.step",
            "must be 0.05 or more: the search weighs every size of post; got 0.001",
        ),
        (
            {f"{ROOT}.step": fixed("ratio", 0.5)},
            f"{ROOT}.step.unit",
            "must be WTE here; got ratio",
        ),
        (
            {f"{ROOT}.pools.clinician.supervision": fixed("ratio", 1.5)},
            f"{ROOT}.pools.clinician.supervision",
            "must be below 1, or no hour is left to work; got 1.5",
        ),
        (
            {f"{ROOT}.pools.clinician.time_multiplier": fixed("ratio", 0)},
            f"{ROOT}.pools.clinician.time_multiplier",
            "must be greater than 0; got 0",
        ),
        (
            {f"{ROOT}.pools.clinician.supervision": uncertain("ratio", SPREAD)},
            f"{ROOT}.pools.clinician.supervision",
            "must be a fixed value, the same in every draw; give value in place of distribution",
        ),
        (
            {f"{ROOT}.pools.assistant": REMOVED},
            f"{ROOT}.pools",
            "must hold every staff pool; assistant is missing",
        ),
        (
            {f"{ROOT}.pools.senior_clinician.supervises": False},
            f"{ROOT}.pools",
            "supervision is needed and nobody may give it: set supervises: true for a pool",
        ),
        (
            {f"{ROOT}.posts.reference.service_lead.maximum": fixed("WTE", 0.5)},
            f"{ROOT}.posts.reference.service_lead.maximum",
            "must be at least the minimum, 1 WTE; got 0.5",
        ),
        (
            {
                f"{ROOT}.posts.reference.service_lead.minimum": fixed("WTE", 0.7),
                f"{ROOT}.posts.reference.service_lead.maximum": fixed("WTE", 0.9),
            },
            f"{ROOT}.posts.reference.service_lead.maximum",
            "must leave room for a post: none in steps of 0.5 WTE lies between 0.7 and 0.9. Give maximum and "
            "minimum alike to keep a post of another size",
        ),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, changes: dict[str, Any], where: str, message: str) -> None:
    assert (where, message) in said(tmp_path, changes, also=["staffing"])


@pytest.mark.parametrize(
    ("done_by", "complex_by"),
    [
        (["senior_clinician", "clinician"], ["clinical_psychologist_8a"]),
        (["clinical_psychologist_8a", "clinician"], ["senior_clinician"]),
    ],
)
def test_a_post_may_take_the_complex_cases_of_what_its_pool_does(
    tmp_path: Path, done_by: list[str], complex_by: list[str]
) -> None:
    task = f"{ROOT}.activities.therapy"
    changes = {f"{task}.done_by": done_by, f"{task}.complex_by": complex_by}
    path = write_scenario(tmp_path, changes)
    spec = shipped_project().specification(path, also=["waiting", "staffing"])
    assert spec.staffing is not None
    assert spec.staffing.activities["therapy"].complex_by == complex_by


def test_the_search_needs_the_file() -> None:
    with pytest.raises(ParameterError, match="needs to know who may do what"):
        staffing_of_run(shipped_project().tree, None)
