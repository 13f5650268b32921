"""The verbs as Python functions: what the command line does, for scripts and notebooks.

By kind of question: `files` (what they hold, what is wrong with them), `costing`, `comparing` and `waiting`;
`drawing` is how they draw, `folders` how they are kept.
"""

from __future__ import annotations

from costmodel.api.comparing import (
    budget_impact,
    consequences,
    frontier,
    hubs,
    run_all,
    write_budget_impact,
    write_comparison,
    write_frontier,
    write_hubs,
)
from costmodel.api.costing import run, run_to_folder
from costmodel.api.drawing import RunOptions
from costmodel.api.files import check, init, json_schema, open_project, show, specification
from costmodel.api.folders import input_digests, made_of
from costmodel.api.waiting import capacity, clear_backlog, staffing

__all__ = [
    "RunOptions",
    "budget_impact",
    "capacity",
    "check",
    "clear_backlog",
    "consequences",
    "frontier",
    "hubs",
    "init",
    "input_digests",
    "json_schema",
    "made_of",
    "open_project",
    "run",
    "run_all",
    "run_to_folder",
    "show",
    "specification",
    "staffing",
    "write_budget_impact",
    "write_comparison",
    "write_frontier",
    "write_hubs",
]
