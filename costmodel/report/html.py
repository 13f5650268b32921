"""The report as one self-contained HTML file: words, tables and inline figures."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from costmodel.analysis.compare import Comparison
from costmodel.analysis.consequences import CostConsequence
from costmodel.report import tables, tables_evidence, tables_service, tables_use, words
from costmodel.report.capacity_comparison import WITHOUT_WAITING, CapacitySection
from costmodel.report.comparison import render_comparison_page
from costmodel.report.content import ReportContent
from costmodel.report.formatting import quantity, share
from costmodel.report.picture import Picture
from costmodel.report.table import Row, Table, basis
from costmodel.runner import Simulation

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

CHAPTERS: Final[tuple[tuple[str, str], ...]] = (
    ("asked", "What was asked, and for whom"),
    ("headline", "The headline"),
    ("make-up", "What the cost is made of"),
    ("per-what", "Cost per what"),
    ("marginal", "Average and marginal cost"),
    ("staff", "Staff time, and what it delivers"),
    ("capacity", "Capacity and waiting"),
    ("bridge", "The bridge from contacts to the full cost"),
    ("use", "Clients' use of other services"),
    ("hubs", "Hub by Hub"),
    ("uncertainty", "How sure, and why"),
    ("validation", "Beside published figures"),
    ("differences", "What this scenario changes"),
    ("illustrative", "What rests on illustrative inputs"),
    ("excluded", "Considered and excluded"),
    ("parameters", "Parameters with their sources"),
    ("results", "Every result"),
    ("made", "How it was made"),
    ("attribution", "Attribution of figures"),
)
"""Id and heading of each chapter; the id names its template."""

_ADDRESS: Final = re.compile(r"<(https?://[^>\s]+)>")


def render_report(
    simulation: Simulation,
    content: ReportContent,
    made: Mapping[str, str],
) -> str:
    """Return the report of a run as one HTML file that needs nothing else.

    Parameters
    ----------
    simulation
        The run.
    content
        From :func:`~costmodel.report.content.analyse`.
    made
        How it was made: label and text, in order.
    """
    several = len(simulation.spec.hubs) > 1
    chapters = [chapter for chapter in CHAPTERS if several or chapter[0] != "hubs"]
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            page_title=f"{simulation.spec.scenario.label}: what it costs",
            chapters=chapters,
            t=_tables(simulation, content, made, several=several),
            p=content.picture_of,
            drivers=_drivers(simulation, content),
            capacity=content.capacity,
            **_words(simulation, content),
        )
    )


def render_comparison(
    simulations: Sequence[Simulation],
    comparisons: Sequence[Comparison],
    made: Mapping[str, str],
    consequences: Sequence[CostConsequence] = (),
    capacity: CapacitySection = WITHOUT_WAITING,
    waterfalls: Sequence[Picture] = (),
) -> str:
    """Return scenarios side by side as one HTML file.

    Parameters
    ----------
    simulations
        The comparator, then the others.
    comparisons
        Each of the others against the comparator.
    made
        How it was made: label and text, in order.
    consequences
        Cost beside consequences of each of the others; may be left out.
    capacity
        What to show of waiting.
    waterfalls
        From the comparator's cost to each of the others'; may be left out.
    """
    page = made_table(made)
    return render_comparison_page(
        _environment(), simulations, comparisons, page, consequences, capacity, waterfalls
    )


def made_table(made: Mapping[str, str]) -> Table:
    """Return how something was made as a table."""
    rows = tuple(Row((label, text)) for label, text in made.items())
    return Table("How this was made", ("Item", "This report"), rows, words=(0, 1))


def _tables(
    simulation: Simulation, content: ReportContent, made: Mapping[str, str], *, several: bool
) -> dict[str, Table | None]:
    return {
        "frame": tables_evidence.frame(simulation),
        "make_up": tables.make_up(simulation, content),
        "by_component": tables.by_component(simulation),
        "by_payer": tables.by_payer(simulation),
        "by_behaviour": tables.by_behaviour(simulation),
        "cost_per_what": tables.cost_per_what(simulation),
        "by_perspective": tables.by_perspective(simulation),
        "marginal": tables.average_and_marginal(simulation),
        "posts": tables_service.posts(simulation),
        "pools": tables_service.pools(simulation, content),
        "delivered": tables_service.delivered(simulation),
        "bridge": tables.bridge(simulation),
        "service_use": tables_use.service_use(simulation),
        "two_estimates": tables_use.two_estimates(simulation),
        "per_client_totals": tables_use.per_client_totals(simulation),
        "by_hub": tables.by_hub(simulation) if several else None,
        "monte_carlo_errors": tables.monte_carlo_errors(simulation, [name for name, _ in words.HEADLINES]),
        "validation": tables_evidence.validation(simulation, content.checks),
        "differences": tables_evidence.differences(simulation),
        "evidence": tables_evidence.evidence_classes(content),
        "illustrative": tables_evidence.illustrative_parameters(simulation, content),
        "exclusions": tables_evidence.exclusions(simulation),
        "parameters": tables_evidence.parameters(simulation, content),
        "all_results": tables.all_results(simulation),
        "made": made_table(made),
        "sources": tables_evidence.sources(simulation, content),
    }


def _words(simulation: Simulation, content: ReportContent) -> dict[str, Any]:
    spec = simulation.spec
    return {
        "scenario": spec.scenario,
        "lineage": ", ".join(spec.scenario.lineage),
        "basis": basis(simulation),
        "n_draws": f"{simulation.design.n - simulation.n_failed:,}",
        "n_parameters": len(spec.parameters),
        "n_illustrative": len(content.evidence.illustrative),
        "n_outcomes": len(simulation.outcomes),
        "illustrative_cost": share(content.illustrative_cost_share, 0),
        "cover_line": words.cover_line(simulation),
        "staffing_sentence": words.staffing_sentence(simulation),
        "recruiting_sentence": words.recruiting_sentence(simulation),
        "gap_level": words.gap_level(simulation),
        "gap_sentences": words.gap_sentences(simulation),
        "headlines": words.headlines(simulation),
        "sure_sentences": words.sure_sentences(simulation, content),
        "unused_sentence": words.unused_sentence(simulation),
        "not_claimed": tuple(words.not_claimed(simulation)),
        "therapy_sentence": words.therapy_sentence(simulation, content),
        "calibration_sentence": words.calibration_sentence(simulation),
        "stop_rules": tuple(words.stop_rule(simulation, each) for each in content.uncertainties),
        "failed_draws": words.failed_draws(simulation),
        "illustrative_sentences": words.illustrative_sentences(simulation, content),
        "staffing_step": quantity(spec.parameters["costing_rules.staffing_step"].expected, "WTE", 1),
        "warnings": spec.warnings,
    }


def _drivers(simulation: Simulation, content: ReportContent) -> list[dict[str, Any]]:
    items = []
    for each in content.uncertainties:
        label, sentence = simulation.outcome(each.outcome).label, words.driver_sentence(each, content.labels)
        items.append(
            {
                "sentence": f"{label}. {sentence}",
                "rests_on": words.rests_on(each),
                "table": tables_evidence.drivers(simulation, each, content.labels),
            }
        )
    return items


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("costmodel.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["linked"] = linked
    return environment


def linked(text: str) -> Markup:
    """Return text for a page; an address in angle brackets becomes a link, a line end a break.

    Examples
    --------
    >>> str(linked("Manual 2024, p. 5 <https://doi.org/10.1> & more"))
    'Manual 2024, p. 5 <a href="https://doi.org/10.1">https://doi.org/10.1</a> &amp; more'
    """
    from markupsafe import Markup, escape

    parts = _ADDRESS.split(text)
    pieces = [
        Markup('<a href="{0}">{0}</a>').format(part)
        if number % 2
        else Markup("<br>").join(map(escape, part.split("\n")))
        for number, part in enumerate(parts)
    ]
    return Markup("").join(pieces)
