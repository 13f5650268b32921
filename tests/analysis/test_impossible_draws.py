"""No question about waiting or budgets is answered by what is left when draws are impossible."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from costmodel.analysis.budget_impact import impact
from costmodel.analysis.capacity import capacity
from costmodel.analysis.clear_backlog import Plan, clear_backlog
from costmodel.analysis.frontier import FrontierQuestion, frontier
from costmodel.analysis.staffing import staffing
from costmodel.analysis.staffing_types import StaffingQuestion
from costmodel.inputs.specification import ModelSpec
from costmodel.runner import RunError
from costmodel.uncertainty.sampling import Design, MonteCarlo
from tests.scenario_files import specification, uncertain

QUESTIONS: dict[str, Callable[[ModelSpec, Design], object]] = {
    "budget-impact": lambda spec, design: impact(spec, spec, design, 2),
    "capacity": lambda spec, design: capacity(spec, design, months=12),
    "clear-backlog": lambda spec, design: clear_backlog(spec, design, Plan(months=12)),
    "frontier": lambda spec, design: frontier([spec], design, FrontierQuestion()),
    "staffing": lambda spec, design: staffing(spec, design, StaffingQuestion(6.0)),
}


@pytest.mark.parametrize("ask", QUESTIONS.values(), ids=list(QUESTIONS))
def test_more_registrations_than_keyworkers_are_refused(
    tmp_path: Path, ask: Callable[[ModelSpec, Design], object]
) -> None:
    registrations = uncertain("people/year", {"family": "gamma", "mean": 95_000, "se": 9_000})
    spec = specification(
        tmp_path,
        {"hub_reference.pathway.registrations": registrations},
        also=["waiting", "staffing", "budget_impact"],
    )
    with pytest.raises(RunError, match=r"of 20 draws are impossible .* more registrations than keyworkers"):
        ask(spec, MonteCarlo(seed=31, n=20))
