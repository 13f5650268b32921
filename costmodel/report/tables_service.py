"""Tables of the service: its posts, their hours, and what it delivers."""

from __future__ import annotations

from typing import Final

from costmodel.inputs.specification import ModelSpec, PostEntry
from costmodel.model.types import Volume
from costmodel.report.content import ReportContent
from costmodel.report.formatting import (
    count_text,
    error_cell,
    interval_cell,
    mean_cell,
    quantity,
    share,
    unit_words,
)
from costmodel.report.table import Row, Table, basis, mean_cells
from costmodel.results import Outcome
from costmodel.runner import Simulation

_ZERO_UNLESS_SAID: Final = ("vacancy_share", "in_post_after")


def posts(simulation: Simulation) -> Table:
    """Return the posts with what they cost in the base case."""
    spec, plan = simulation.spec, simulation.layout.plan
    cost = simulation.base.ledger.cost[0]
    rows = [
        _post_row(spec, entry, float(cost[plan.post == number].sum()))
        for number, entry in enumerate(simulation.layout.posts)
    ]
    return Table(
        f"Posts, base case: pay as in the sources' prices of {spec.staff_price_year}, cost in "
        f"{basis(simulation)}",
        (
            "Post",
            "Staff pool",
            "Posts, WTE",
            "Share vacant",
            "Full-time pay, £ a year",
            "Cost with overheads, £ a year",
            *(["In post after, months"] if _to_fill(spec) else []),
        ),
        tuple(rows),
        words=(0, 1),
        note="† illustrative: no source gives it.",
    )


def _post_row(spec: ModelSpec, entry: PostEntry, cost: float) -> Row:
    def given(field: str, unit: str, decimals: int) -> str:
        parameter = spec.parameters.get(f"{entry.prefix}.{field}")
        if parameter is None:
            return quantity(0.0 if field in _ZERO_UNLESS_SAID else None, unit, decimals)
        return quantity(parameter.expected, unit, decimals) + (" †" if parameter.illustrative else "")

    where = spec.hubs[entry.hub].label if entry.hub else "shared by Hubs"
    is_agency = entry.post.contract == "agency"
    return Row(
        (
            entry.post.label if len(spec.hubs) == 1 else f"{entry.post.label}, {where}",
            spec.pools[entry.post.pool].label,
            given("wte", "WTE", 2),
            given("vacancy_share", "share", 3),
            f"{given('invoice_per_hour', 'GBP', 0)} an hour" if is_agency else given("salary", "GBP", 0),
            quantity(cost, "GBP", 0),
            *([given("in_post_after", "months", 1)] if _to_fill(spec) else []),
        )
    )


def _to_fill(spec: ModelSpec) -> bool:
    """Return whether a post is still to be recruited."""
    return any(spec.in_post_after(post) > 0.0 for post in spec.posts)


def pools(simulation: Simulation, content: ReportContent) -> Table:
    """Return the hours of each staff pool and how far they are used."""
    base = simulation.base.outcomes
    rows = []
    for column, (pool, record) in enumerate(simulation.spec.pools.items()):
        outcome = simulation.outcome(f"utilisation.{pool}")
        available, used = float(base.hours_available[0, 0, column]), float(base.hours_used[0, 0, column])
        hours = (quantity(available, "hours/year", 0), quantity(used, "hours/year", 0))
        rows.append(
            Row((record.label, *hours, *mean_cells(outcome)[:3], share(content.full_share_of_pool[pool])))
        )
    return Table(
        "Staff hours by pool, all Hubs",
        (
            "Staff pool",
            "Hours available a year, base case",
            "Hours used a year, base case",
            "Share used, mean",
            "95% interval",
            "Monte Carlo error",
            "Draws with every hour used",
        ),
        tuple(rows),
        note="Hours that no declared activity explains are called unused or unrecorded: they may be slack, "
        "or work that the time-use figures leave out.",
    )


def delivered(simulation: Simulation) -> Table:
    """Return what was demanded and what was delivered."""
    base = simulation.base.outcomes
    rows = []
    for volume in Volume:
        name = f"n_{volume.name.lower()}"
        if volume is Volume.HUB:
            continue
        outcome = simulation.outcome(name)
        demanded = count_text(float(base.demand[0, 0, volume]), outcome.unit)
        rows.append(Row((outcome.label, unit_words(outcome.unit), demanded, *_people_cells(outcome))))
    outcome = simulation.outcome("n_therapy_not_started")
    rows.append(Row((outcome.label, unit_words(outcome.unit), "", *_people_cells(outcome)), "unused"))
    return Table(
        "Demanded and delivered in a year, all Hubs",
        (
            "What",
            "Unit",
            "Demanded, base case",
            "Delivered, base case",
            "Delivered, mean",
            "95% interval",
            "Monte Carlo error",
        ),
        tuple(rows),
        words=(0, 1),
    )


def _people_cells(outcome: Outcome) -> tuple[str, ...]:
    return (
        count_text(outcome.base_case, outcome.unit),
        mean_cell(outcome),
        interval_cell(outcome),
        error_cell(outcome),
    )
