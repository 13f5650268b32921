"""What posts must add up to besides tasks: clients in therapy to look after, and who must be there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from costmodel.analysis.staffing_question import Drawn, Kind, counted, therapy_tasks
from costmodel.gather import Layout
from costmodel.inputs.staffing_file import StaffingFile
from costmodel.model.queueing import WaitingError
from costmodel.model.skill_mix_types import Heads, Requirement, Tasks
from costmodel.units import WEEKS_PER_YEAR


def list_requirements(
    layout: Layout, drawn: Drawn, hub: int, kinds: Sequence[Kind], tasks: Tasks
) -> tuple[tuple[str, Requirement], ...]:
    """Return the sums of posts that clients in therapy ask for: caseload, and supervision of therapy."""
    waiting = layout.spec.waiting
    filled = drawn.filled[:, [kind.number for kind in kinds]]
    found: list[tuple[str, Requirement]] = []
    if waiting is not None and waiting.caseload_per_wte is not None:
        gives = tasks.allowed[:, therapy_tasks(layout)].any(axis=1)
        coefficients = drawn.caseload_per_wte[:, None] * filled * gives
        found.append(("caseload", Requirement(coefficients, drawn.in_therapy[:, hub])))
    if waiting is not None and waiting.supervision is not None:
        coefficients = drawn.supervised_per_wte[:, None] * filled * counted(kinds, [waiting.supervision.pool])
        found.append(("supervision of therapy", Requirement(coefficients, drawn.in_therapy[:, hub])))
    return tuple(found)


def presence_requirements(
    options: StaffingFile, drawn: Drawn, kinds: Sequence[Kind]
) -> tuple[tuple[tuple[str, Requirement], ...], tuple[tuple[str, Heads], ...]]:
    """Return what must be there whoever waits: posts and hours at work as sums, and people as a count.

    Raises
    ------
    WaitingError
        If a Hub has no post that counts.
    """
    sums: list[tuple[str, Requirement]] = []
    people: list[tuple[str, Heads]] = []
    numbers, n_draws = [kind.number for kind in kinds], len(drawn.hours)
    for presence in options.presence.values():
        who = counted(kinds, presence.who)
        if not who.any():
            raise WaitingError(
                f"{presence.label}: no post is, or belongs to, {' or '.join(presence.who)}. Add a post, or "
                "name others under presence in staffing_options.yaml"
            )
        if presence.people is not None:
            people.append((presence.label, Heads(who, int(presence.people.mean))))
        elif presence.wte is not None:
            least = np.full(n_draws, presence.wte.mean)
            sums.append((presence.label, Requirement(who.astype(np.float64), least)))
        elif presence.hours is not None:
            least = np.full(n_draws, presence.hours.mean * WEEKS_PER_YEAR)
            sums.append((presence.label, Requirement(drawn.hours[:, numbers] * who, least)))
    return tuple(sums), tuple(people)
