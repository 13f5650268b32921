"""Tables of clients' use of other services, and of what a client costs with it."""

from __future__ import annotations

from typing import Final

from costmodel.inputs.resolution import cited
from costmodel.labels import PAYER_LABELS, PERSPECTIVE_LABELS
from costmodel.model.types import Payer
from costmodel.report.formatting import quantity
from costmodel.report.table import MEAN_COLUMNS, Row, Table, basis, mean_cells
from costmodel.results import qualified
from costmodel.runner import Simulation
from costmodel.text import capitalised, sentence_list

HUB_CONTACTS_FIGURE: Final = "hub_contact_cost_per_participant"


def service_use(simulation: Simulation) -> Table:
    """Return clients' use of other services, service by service."""
    spec = simulation.spec
    rows = []
    for name, service in spec.services.items():
        contacts = spec.parameters[f"service_use.services.{name}.contacts"]
        unit_cost = spec.parameters[f"service_use.services.{name}.unit_cost"]
        perspective = "societal" if service.payer in ("employer", "client") else "nhs_pss"
        outcome = simulation.outcome(qualified(f"service_use_cost_per_client.{name}", None, perspective))
        kind = (
            "of the Hub, not added"
            if service.is_hub
            else "mental health"
            if service.is_mental_health
            else "other"
        )
        rows.append(
            Row(
                (
                    service.label,
                    kind,
                    PAYER_LABELS[Payer[service.payer.upper()]],
                    f"{contacts.expected:.3g}" + (" †" if contacts.illustrative else ""),
                    f"{quantity(unit_cost.expected, unit_cost.unit)} ({unit_cost.price_year})",
                    *mean_cells(outcome),
                )
            )
        )
    for label, name in (
        ("Of these, mental-health services", "mental_health_service_use_cost_per_client"),
        ("All services but the Hub", "other_service_use_cost_per_client"),
    ):
        rows.append(Row((label, "", "", "", "", *mean_cells(simulation.outcome(name))), "total"))
    return Table(
        f"Clients' use of other services {spec.service_use.window}, £ per client, {basis(simulation)}",
        (
            "Service",
            "Kind",
            "Payer",
            "Contacts per client, before calibration",
            "Unit cost (price year)",
            *MEAN_COLUMNS,
        ),
        tuple(rows),
        words=(0, 1, 2),
        note="† illustrative: no source gives it. Who pays is assigned by the type of service (derived).",
    )


def per_client_totals(simulation: Simulation) -> Table:
    """Return Hub cost and other use per client together, by perspective."""
    outcomes = [
        simulation.outcome(qualified("total_cost_per_client", None, perspective))
        for perspective in simulation.spec.frame.perspectives
    ]
    rows = [
        Row(
            (
                capitalised(PERSPECTIVE_LABELS[o.perspective]),
                *mean_cells(o),
            )
        )
        for o in outcomes
    ]
    label = outcomes[0].label.partition(" (")[0] if outcomes else ""
    caption = f"{label} (not annualised), £ per client, {simulation.spec.frame.price_year} prices"
    return Table(
        caption,
        ("Perspective", *MEAN_COLUMNS),
        tuple(rows),
        note="Hub cost is a year's cost over the year's registrations; other use is that of the window alone."
        + _pays_for_none(simulation),
    )


def _pays_for_none(simulation: Simulation) -> str:
    """Return from which perspectives clients' other use costs nothing."""
    names = [
        PERSPECTIVE_LABELS[perspective]
        for perspective in simulation.spec.frame.perspectives
        if not simulation.outcome(qualified("other_service_use_cost_per_client", None, perspective)).base_case
    ]
    return f" Nothing of other use falls on {sentence_list(names)}: Hub cost alone." if names else ""


def two_estimates(simulation: Simulation) -> Table:
    """Return the two estimates of what clients' Hub contacts cost, side by side."""
    spec = simulation.spec
    ours = simulation.outcome("activity_cost_per_registered")
    rows = [
        Row(
            (
                "Micro-costing: staff time of contacts with individual clients, with overheads",
                *mean_cells(ours)[:2],
                f"one year, per registered client, {spec.frame.price_year} prices",
                "this run",
            )
        )
    ]
    figure = spec.tables.hub_figures.get(HUB_CONTACTS_FIGURE)
    if figure is not None:
        value = quantity(figure.value, "GBP", 0)
        rows.append(
            Row(
                (
                    "Clients' own report: Hub contacts at unit costs",
                    value,
                    "none published",
                    f"{figure.period}, per follow-up participant, price year not stated",
                    cited(spec.tables, figure.source),
                )
            )
        )
    return Table(
        "Two estimates of the cost of a client's Hub contacts, £ per client, in prices of "
        f"{spec.frame.price_year} or as published, perspective of {PERSPECTIVE_LABELS['nhs_pss']}",
        ("Estimate", "Mean", "95% interval", "Over what, per whom", "Source"),
        tuple(rows),
        words=(0, 3, 4),
        note="They measure the same contacts in two ways, so that they check each other. They are never "
        "added.",
    )
