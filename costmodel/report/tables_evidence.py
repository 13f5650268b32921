"""Tables of what results rest on: frame, service use, drivers, published figures, evidence, sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from costmodel.analysis.summary import Uncertainty
from costmodel.analysis.validation import Check
from costmodel.inputs.resolution import cited
from costmodel.inputs.specification import Parameter
from costmodel.inputs.tree import Location
from costmodel.model.types import Payer
from costmodel.report.content import ReportContent
from costmodel.report.formatting import (
    headline,
    interval,
    quantity,
    sentence_list,
    share,
    unit_words,
)
from costmodel.report.tables import MEAN_COLUMNS, Row, Table, basis, mean_cells
from costmodel.results import PAYER_LABELS, PERSPECTIVE_LABELS, qualified
from costmodel.runner import Simulation
from costmodel.units import is_money

HUB_CONTACTS_FIGURE: Final = "hub_contact_cost_per_participant"
PURPOSES: Final[Mapping[str, str]] = {
    "price_setting": "setting a price",
    "budget_impact": "budget impact",
    "economic_evaluation": "economic evaluation",
    "efficiency_comparison": "comparison of efficiency",
}
CONVENTIONS: Final[Mapping[str, str]] = {
    "statutory": "statutory: per person, at the law's rates of the price year",
    "pssru_as_published": "as the Unit Costs Manual published them; to reproduce the Manual, not to cost",
}
EVIDENCE_MEANING: Final[Mapping[str, str]] = {
    "published": "printed in a source that is cited",
    "derived": "computed from published figures, as the locator says",
    "analogue": "published, for another but similar service",
    "calibrated": "set so that the model meets a published figure",
    "expert": "judgement of named experts",
    "illustrative": "no source: a placeholder to be replaced",
    "user": "entered by the user",
}
INDEX_KINDS: Final[Mapping[str, str]] = {
    "pay": "pay",
    "non_pay": "non-pay",
    "health_services": "health services",
    "social_care": "social care",
    "other": "other",
}
# Fewer factors than this share of variance add nothing that a reader could act on.
_FEWEST_DRIVERS: Final = 8
_MOST_DRIVERS: Final = 15


def frame(simulation: Simulation) -> Table:
    """Return what the scenario declares before a figure of it means anything."""
    spec = simulation.spec
    declared = spec.frame
    choices = [(kind, getattr(declared.uprating, field)) for field, kind in INDEX_KINDS.items()]
    indices = [
        f"{kind}: {spec.tables.price_series(choice.index, choice.edition).label}, edition {choice.edition}"
        for kind, choice in choices
    ]
    rows = (
        ("Purpose", PURPOSES[declared.purpose]),
        ("Perspectives", sentence_list([PERSPECTIVE_LABELS[p] for p in declared.perspectives])),
        ("Price year", f"{declared.price_year}; staff costs from the Unit Costs Manual {declared.edition}"),
        ("Currency", "pounds sterling (£)" if declared.currency == "GBP" else declared.currency),
        ("Time horizon", f"{declared.horizon} from {declared.base_date.day} {declared.base_date:%B %Y}"),
        ("Discount rate", f"{share(declared.discount_rate)} a year (spreads capital over its life)"),
        ("Population", declared.population),
        ("Comparator", declared.comparator),
        ("On-costs", CONVENTIONS[declared.oncost_convention]),
        ("Price indices", "\n".join(indices)),
        ("Hubs", sentence_list([hub.label for hub in spec.hubs.values()])),
    )
    return Table(
        "The frame that every figure shares", ("Item", "This report"), tuple(map(Row, rows)), words=(0, 1)
    )


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
                f"{PERSPECTIVE_LABELS[o.perspective][0].upper()}{PERSPECTIVE_LABELS[o.perspective][1:]}",
                *mean_cells(o),
            )
        )
        for o in outcomes
    ]
    label = outcomes[0].label.partition(" (")[0] if outcomes else ""
    caption = f"{label} (not annualised), £ per client, {simulation.spec.frame.price_year} prices"
    return Table(caption, ("Perspective", *MEAN_COLUMNS), tuple(rows))


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


def drivers(simulation: Simulation, uncertainty: Uncertainty, labels: Mapping[str, str]) -> Table:
    """Return the factors behind an outcome's variance; what cannot be told from 0 is shown as about 0."""
    outcome = simulation.outcome(uncertainty.outcome)
    seen = [driver for driver in uncertainty.drivers if driver.above_noise]
    shown = uncertainty.drivers[: min(max(len(seen), _FEWEST_DRIVERS), _MOST_DRIVERS)]
    rows = [
        Row(
            (
                labels.get(driver.name, driver.label),
                share(driver.first_order_share) if driver.above_noise else "≈ 0",
                "illustrative" if driver.illustrative else "has a source",
                "assumed" if driver.assumed else "from the source",
            ),
            "illustrative" if driver.illustrative else "",
        )
        for driver in shown
    ]
    return Table(
        f"What the uncertainty of “{outcome.label}” comes from (share of its variance)",
        ("Factor", "Share of variance", "Figure", "Its spread"),
        tuple(rows),
        words=(0, 2, 3),
        note=f"First-order shares from the run's first {uncertainty.n_draws_used:,} draws. Shares up to "
        f"{share(uncertainty.noise_share)} cannot be told from 0: factors that nothing depends on reach as "
        "much.",
    )


def validation(simulation: Simulation, checks: tuple[Check, ...]) -> Table:
    """Return our figures beside published ones."""
    rows = [
        Row(
            (
                f"{check.label}\n{check.source}",
                _published(check),
                check.period,
                check.ours_label,
                headline(check.ours, check.unit),
                f"{headline(check.lower_95, check.unit)} to {headline(check.upper_95, check.unit)}",
                check.why_different,
            )
        )
        for check in checks
    ]
    return Table(
        f"Published figures, in the prices of their own time, beside ours in {basis(simulation)}",
        ("Published (source)", "Figure", "Period", "Ours", "Mean", "95% interval", "Why they may differ"),
        tuple(rows),
        words=(0, 2, 3, 6),
        note="No published figure of this table is an input: removing them changes no result.",
    )


def _published(check: Check) -> str:
    if check.published is not None:
        return quantity(
            check.published, check.unit, 2 if abs(check.published) < 1_000 and is_money(check.unit) else 0
        )
    return interval(check.published_lower, check.published_upper, check.unit, 0)


def differences(simulation: Simulation) -> Table:
    """Return what the scenario changes."""
    rows = [
        Row((difference.name, difference.old, difference.new, difference.reason, place(difference.location)))
        for difference in simulation.spec.differences
    ]
    return Table(
        "What this scenario changes",
        ("What", "Before", "Here", "Why", "Where"),
        tuple(rows),
        words=(0, 1, 2, 3, 4),
    )


def evidence_classes(content: ReportContent) -> Table:
    """Return how many parameters rest on which class of evidence."""
    whole = sum(content.evidence.counts.values())
    rows = [
        Row((name, EVIDENCE_MEANING.get(name, ""), f"{count:,}", share(count / whole, 0)), name)
        for name, count in content.evidence.counts.items()
    ]
    return Table(
        "Parameters by class of evidence",
        ("Class", "Meaning", "Parameters", "Share"),
        tuple(rows),
        words=(0, 1),
    )


def illustrative_parameters(simulation: Simulation, content: ReportContent) -> Table:
    """Return the parameters without a source."""
    rows = [
        Row(
            (
                content.labels[name],
                parameter.number,
                unit_words(parameter.unit),
                name,
                place(parameter.location),
            )
        )
        for name in content.evidence.illustrative
        for parameter in (simulation.spec.parameters[name],)
    ]
    return Table(
        "Illustrative parameters: to be replaced by a Hub's own figures",
        ("Parameter", "Number", "Unit", "Name", "Where"),
        tuple(rows),
        words=(0, 1, 2, 3, 4),
    )


def exclusions(simulation: Simulation) -> Table:
    """Return what was considered and left out."""
    rows = [
        Row((excluded.item, excluded.reason, f"{excluded.effect} the result"))
        for excluded in simulation.spec.scenario.excluded
    ]
    return Table(
        "Considered and excluded",
        ("Item", "Why it is left out", "Leaving it out"),
        tuple(rows),
        words=(0, 1, 2),
    )


def parameters(simulation: Simulation, content: ReportContent) -> Table:
    """Return every parameter with its source."""
    rows = [
        Row(
            (
                f"{content.labels[name]} ({name})",
                parameter.number,
                _four_digits(parameter.expected),
                unit_words(parameter.unit)
                + (f", {parameter.price_year} prices" if parameter.price_year else ""),
                parameter.evidence,
                _source(parameter),
                place(parameter.location),
            ),
            parameter.evidence,
        )
        for name, parameter in simulation.spec.parameters.items()
    ]
    return Table(
        "Every parameter of the run",
        ("Parameter (name)", "Value or distribution", "Mean", "Unit", "Evidence", "Source and note", "Where"),
        tuple(rows),
        words=(0, 1, 3, 4, 5, 6),
    )


def _four_digits(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.4g}"


def _source(parameter: Parameter) -> str:
    parts = [parameter.source or "no source", parameter.note or ""]
    if parameter.assumed:
        parts.append("The spread is assumed.")
    return " ".join(part if part.endswith((".", ">")) else f"{part}." for part in parts if part)


def sources(simulation: Simulation, content: ReportContent) -> Table:
    """Return the publications that figures of this report come from."""
    cited_texts = [p.source for p in simulation.spec.parameters.values()] + [
        check.source for check in content.checks
    ]
    rows = [
        Row((entry.citation, f"<{entry.url}>" if entry.url else "", entry.note or ""))
        for entry in simulation.spec.tables.sources.values()
        if any(text.startswith(f"{entry.citation},") for text in cited_texts)
    ]
    return Table("Sources of figures", ("Publication", "Address", "Note"), tuple(rows), words=(0, 1, 2))


def place(location: Location) -> str:
    """Return file and line as one text."""
    return f"{location.file}:{location.line}" if location.line else location.file
