"""Tables of cost: rows of text, ready to print, each with its caption."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from costmodel.gather import PAYERS_OF_PERSPECTIVE
from costmodel.labels import PER_LABELS, PERSPECTIVE_LABELS
from costmodel.model.outcomes import BridgeStep, Per
from costmodel.model.types import Perspective
from costmodel.report.formatting import (
    count_text,
    error_cell,
    interval_cell,
    mean_cell,
    share,
    unit_words,
)
from costmodel.report.table import MEAN_COLUMNS, Row, Table, basis, mean_cells
from costmodel.results import Outcome, qualified
from costmodel.runner import Simulation
from costmodel.text import NOT_APPLICABLE, capitalised, sentence_list

if TYPE_CHECKING:
    from costmodel.report.content import ReportContent


def make_up(simulation: Simulation, content: ReportContent) -> Table:
    """Return the Hub's cost by activity, unused hours and what no activity causes."""
    whole = simulation.outcome("total_hub_cost")
    rows = []
    for part in content.cost_parts:
        outcome = simulation.outcome(part.outcome)
        kind = "unused" if part.is_unused else ""
        rows.append(Row((part.label, _part_of(outcome, whole), *mean_cells(outcome)), kind))
    rows.append(Row(("Cost of the Hub", share(1.0), *mean_cells(whole)), "total"))
    columns = ("Activity", "Share of cost", *MEAN_COLUMNS)
    return Table(f"Cost by activity, £ a year, {basis(simulation)}", columns, tuple(rows))


def by_component(simulation: Simulation) -> Table:
    """Return the Hub's cost by component."""
    return _breakdown(simulation, "component_cost.", "Component", "Cost by component")


def by_payer(simulation: Simulation) -> Table:
    """Return the Hub's cost by who pays."""
    return _breakdown(simulation, "payer_cost.", "Payer", "Cost by payer")


def by_behaviour(simulation: Simulation) -> Table:
    """Return the Hub's cost by how it answers to volume."""
    table = _breakdown(simulation, "behaviour_cost.", "Behaviour", "Cost by how it answers to volume")
    return Table(
        table.caption,
        table.columns,
        table.rows,
        note="Fixed cost stays whatever the volume; step cost changes by whole posts or blocks; variable "
        "cost follows every client.",
    )


def _breakdown(simulation: Simulation, prefix: str, head: str, caption: str) -> Table:
    whole = simulation.outcome("total_hub_cost")
    found = [o for o in simulation.outcomes if o.name.startswith(prefix) and o.hub is None]
    rows = [Row((o.label, _part_of(o, whole), *mean_cells(o))) for o in found]
    rows.append(Row(("Cost of the Hub", share(1.0), *mean_cells(whole)), "total"))
    return Table(
        f"{caption}, £ a year, {basis(simulation)}", (head, "Share of cost", *MEAN_COLUMNS), tuple(rows)
    )


def _part_of(outcome: Outcome, whole: Outcome) -> str:
    return share(outcome.mean / whole.mean) if outcome.mean is not None and whole.mean else NOT_APPLICABLE


def cost_per_what(simulation: Simulation) -> Table:
    """Return both costs per what: the whole Hub's, and that of the activities that serve it."""
    counts = simulation.base.outcomes.counts[0, 0]
    rows = []
    for per in Per:
        short, label, _ = PER_LABELS[per]
        number = count_text(float(counts[per]), "people")
        for kind, name in (
            ("fully absorbed", f"cost_per_{short}"),
            ("activity cost", f"activity_cost_per_{short}"),
        ):
            outcome = simulation.outcome(name)
            cells = (kind, number, *mean_cells(outcome))
            head = (f"Per {label}",) if kind == "fully absorbed" else ()
            rows.append(Row((*head, *cells), "first" if head else "second"))
    return Table(
        f"Cost per what, £, {basis(simulation)}",
        ("Cost", "Which", "Number a year, base case", *MEAN_COLUMNS),
        tuple(rows),
        words=(0, 1),
        note="Fully absorbed: the whole cost of the Hub over the number. Activity cost: only the "
        "activities that serve it over the same number. The two answer different questions and are never "
        "compared or added. "
        "Costs per 1,000 keyworkers are £ a year for every 1,000." + _without_value(simulation),
    )


def _without_value(simulation: Simulation) -> str:
    """Return which costs have no mean because too many draws have no such ratio."""
    names = [f"cost_per_{short}" for short, _, _ in PER_LABELS.values()]
    missing = [o for o in map(simulation.outcome, names) if o.mean is None and o.n_not_applicable]
    return "".join(
        f" {o.label}: not applicable in {o.n_not_applicable:,} of {simulation.design.n:,} draws, in which "
        "there is none to divide by, so that there is no mean."
        for o in missing
    )


def by_perspective(simulation: Simulation) -> Table:
    """Return the fully absorbed costs by perspective."""
    perspectives = simulation.spec.frame.perspectives
    names = [("Cost of the Hub a year", "total_hub_cost")]
    names += [(f"Per {label}", f"cost_per_{short}") for short, label, _ in PER_LABELS.values()]
    rows = []
    for label, name in names:
        outcomes = [simulation.outcome(qualified(name, None, perspective)) for perspective in perspectives]
        rows.append(Row((label, *(_with_interval(outcome) for outcome in outcomes))))
    return Table(
        f"Fully absorbed cost by perspective, £, {simulation.spec.frame.price_year} prices: mean (95% "
        "interval)",
        ("Cost", *(capitalised(PERSPECTIVE_LABELS[perspective]) for perspective in perspectives)),
        tuple(rows),
        note=_why_perspectives_agree(simulation),
    )


def _why_perspectives_agree(simulation: Simulation) -> str:
    plan = simulation.layout.plan
    payers = {int(payer) for payer in plan.payer[plan.service < 0]}
    whole = [p for p in Perspective if payers <= {int(payer) for payer in PAYERS_OF_PERSPECTIVE[p]}]
    names = [
        PERSPECTIVE_LABELS[p.name.lower()]
        for p in whole
        if p.name.lower() in simulation.spec.frame.perspectives
    ]
    if len(names) < 2:
        return ""
    return (
        f"The Hub's cost is the same for {sentence_list(names)}: they count every payer of the Hub. Absence, "
        "turnover, clients' time and lost output, which would set them apart, are not in the model."
    )


def _with_interval(outcome: Outcome) -> str:
    mean, between = mean_cell(outcome), interval_cell(outcome)
    return mean if mean == between else f"{mean}\n({between})"


def average_and_marginal(simulation: Simulation) -> Table:
    """Return average and marginal cost of a registered client, each with the question that it answers."""
    lines = (
        ("Average, fully absorbed", "cost_per_registered", "What does the service cost per client?"),
        (
            "Average at practical capacity",
            "cost_per_registered_at_practical_capacity",
            "What would it cost per client if hours that no activity explains were not charged to clients?",
        ),
        ("Activity cost", "activity_cost_per_registered", "What do contacts with individual clients cost?"),
        (
            "Long-run marginal",
            "long_run_marginal_cost",
            "What does one client more cost when posts and licences grow with demand, for several years?",
        ),
        ("Short-run marginal", "short_run_marginal_cost", "What does one client more cost next week?"),
    )
    rows = [Row((label, question, *mean_cells(simulation.outcome(name)))) for label, name, question in lines]
    return Table(
        f"Average and marginal cost of a registered client, £ per client, {basis(simulation)}",
        ("Cost", "Question that it answers", *MEAN_COLUMNS),
        tuple(rows),
        words=(0, 1),
    )


def bridge(simulation: Simulation) -> Table:
    """Return the reconciliation bridge with what has been explained after each step."""
    rows, so_far = [], 0.0
    whole = simulation.outcome("total_hub_cost")
    for step in BridgeStep:
        outcome = simulation.outcome(f"bridge.{step.name.lower()}")
        so_far += outcome.mean or 0.0
        explained = share(so_far / whole.mean) if whole.mean else NOT_APPLICABLE
        label = outcome.label.removeprefix("Bridge: ")
        kind = "unused" if step is BridgeStep.UNUSED_OR_UNRECORDED else ""
        rows.append(Row((capitalised(label), *mean_cells(outcome), explained), kind))
        if step is BridgeStep.UNUSED_OR_UNRECORDED:
            pay_bill = simulation.outcome("pay_bill")
            rows.append(Row(("Full pay bill", *mean_cells(pay_bill), explained), "total"))
    rows.append(Row(("Full cost of the Hub", *mean_cells(whole), share(1.0)), "total"))
    host = simulation.outcome(qualified("total_hub_cost", None, "hub_host"))
    explained = share(host.mean / whole.mean) if host.mean and whole.mean else NOT_APPLICABLE
    rows.append(Row(("Of it, what the Hub's host pays", *mean_cells(host), explained), "total"))
    return Table(
        f"From clients' contacts to the full cost, £ a year, {basis(simulation)}",
        ("Step", *MEAN_COLUMNS, "Explained so far"),
        tuple(rows),
        note="Staff time is at pay and on-costs up to the step of unused hours; overheads, capital and "
        "non-pay follow as steps of their own. By activity, as in the cost make-up, each activity carries "
        "its share of them.",
    )


def by_hub(simulation: Simulation) -> Table:
    """Return the main results of each Hub, in declared order."""
    names = (
        ("Cost of the Hub, £ a year", "total_hub_cost"),
        ("Unused or unrecorded hours, £ a year", "unused_capacity_cost"),
        ("Per registered client", "cost_per_registered"),
        ("Per registered client at practical capacity", "cost_per_registered_at_practical_capacity"),
        ("Per screened client", "cost_per_screened"),
        ("Per therapy start", "cost_per_therapy_start"),
        ("Registered, people a year", "n_registered"),
    )
    hubs = simulation.spec.hubs
    rows = [
        Row((label, *(_with_interval(simulation.outcome(qualified(name, hub, "nhs_pss"))) for hub in hubs)))
        for label, name in names
    ]
    return Table(
        f"By Hub, in declared order: mean (95% interval), {basis(simulation, by_hub=True)}",
        ("Result", *(record.label for record in hubs.values())),
        tuple(rows),
        note="This is no ranking: Hubs differ in whom they serve, in what they offer and in how full they "
        "are. Compare at practical capacity and for like case-mix only; costmodel hubs sets Hubs beside each "
        "other at the same case mix and prices.",
    )


def all_results(simulation: Simulation) -> Table:
    """Return every outcome."""
    rows = [
        Row(
            (
                f"{o.label} ({o.name})",
                unit_words(o.unit),
                PERSPECTIVE_LABELS.get(o.perspective, o.perspective),
                *mean_cells(o),
            )
        )
        for o in simulation.outcomes
    ]
    return Table(
        f"Every result, {simulation.spec.frame.price_year} prices where money",
        ("Result (name in results.json)", "Unit", "Perspective", *MEAN_COLUMNS),
        tuple(rows),
        words=(0, 1, 2),
    )


def monte_carlo_errors(simulation: Simulation, names: Sequence[str]) -> Table:
    """Return how far the means may be from those of endless draws."""
    return Table(
        f"Monte Carlo error of the headline figures, {basis(simulation)}",
        ("Result", "Mean", "Monte Carlo error", "Error as a share of the mean", "Draws without a value"),
        tuple(_error_row(outcome) for outcome in map(simulation.outcome, names)),
    )


def _error_row(outcome: Outcome) -> Row:
    relative = NOT_APPLICABLE
    if outcome.monte_carlo_se is not None and outcome.mean:
        relative = share(abs(outcome.monte_carlo_se / outcome.mean), 2)
    missing = f"{outcome.n_not_applicable:,}"
    return Row(
        (
            f"{outcome.label}, {unit_words(outcome.unit)}",
            mean_cell(outcome),
            error_cell(outcome),
            relative,
            missing,
        )
    )
