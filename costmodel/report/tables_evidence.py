"""Tables of what results rest on: frame, drivers, published figures, evidence, sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from costmodel.analysis.summary import Uncertainty
from costmodel.analysis.validation import Check
from costmodel.inputs.schema import CostingRules, Overheads
from costmodel.inputs.specification import Parameter
from costmodel.inputs.tree import Location
from costmodel.labels import PERSPECTIVE_LABELS
from costmodel.report.content import ReportContent
from costmodel.report.formatting import headline, interval, quantity, share, unit_words
from costmodel.report.table import Row, Table, basis
from costmodel.runner import Simulation
from costmodel.text import NOT_APPLICABLE, sentence_list
from costmodel.units import is_money

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
SICKNESS: Final[Mapping[str, str]] = {
    "reduce_hours": "reduces the hours worked; no backfill is paid",
    "backfill": "hours are replaced and paid for; none are lost",
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
        ("Overheads", _overheads(spec.rules.overheads)),
        ("Sickness", SICKNESS[spec.rules.sickness.treatment]),
        ("Left out of staff costs", _left_out(spec.rules)),
        ("Hours", "the Manual's working hours, or a post's own; time with clients brings its indirect time"),
        ("Unused hours", "a line of their own; clients bear them in fully absorbed costs alone"),
        ("Headline", "mean over the draws; the base case beside it"),
        ("Price indices", "\n".join(indices)),
        ("Hubs", sentence_list([hub.label for hub in spec.hubs.values()])),
    )
    return Table(
        "The frame that every figure shares", ("Item", "This report"), tuple(map(Row, rows)), words=(0, 1)
    )


def _overheads(overheads: Overheads) -> str:
    if overheads.pooled is None:
        return "shares of staff cost, pension paid centrally included"
    return f"pools of departments, {overheads.pooled.method.replace('_', '-')} apportionment"


def _left_out(rules: CostingRules) -> str:
    choices = (("qualifications", rules.qualifications), ("apprenticeship levy", rules.apprenticeship_levy))
    return sentence_list([name for name, choice in choices if choice == "exclude"]) or "nothing"


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
                _in_prices_of_run(check),
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
        f"Published figures beside ours in {basis(simulation)}",
        (
            "Published (source)",
            "As published",
            f"In {simulation.spec.frame.price_year} prices",
            "Period",
            "Ours",
            "Mean",
            "95% interval",
            "Why they may differ",
        ),
        tuple(rows),
        words=(0, 3, 4, 7),
        note="The model reads no row of this table: removing them changes no result. Agreement is a test "
        "only where the inputs were not chosen with the figure in view. Published costs are uprated by the "
        "index for health services; where the source names no year, the one in brackets is assumed.",
    )


def _in_prices_of_run(check: Check) -> str:
    if check.index_factor is None:
        return NOT_APPLICABLE
    ends = (check.published_lower, check.published_upper)
    values = ends if check.published is None else (check.published,)
    text = " to ".join(headline(value * check.index_factor, check.unit) for value in values if value)
    return f"{text} (from {check.price_year})"


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
