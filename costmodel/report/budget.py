"""A budget impact as text, rows, JSON and a figure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from costmodel.analysis.budget_impact import ALL_YEARS, PRICES, BudgetImpact, YearFigure
from costmodel.analysis.price_path import KINDS
from costmodel.labels import PERSPECTIVE_LABELS
from costmodel.report.formatting import money_short, money_tick, probability, share
from costmodel.report.picture import BLACK, BLUE, ORANGE, Picture, figure_style, finished, new_figure
from costmodel.report.writing import SCHEMA_VERSION, table_text, write_csv, write_json

PARTS: Final = (
    "recurrent",
    "cash_releasing",
    "not_cash_releasing",
    "set_up",
    "notice",
    "redundancy",
    "exit",
    "total",
)
_WITHIN: Final = {
    "cash_releasing": "  of it pay and non-pay, which release cash",
    "not_cash_releasing": "  of it overheads, buildings and equipment, which release no cash",
}
NOT_COUNTED: Final = (
    "Undiscounted cash. Clients' use of other services is not counted: no evidence says that less of it "
    "would release cash. Nor is what the qualifications of staff once cost. Equipment is counted as bought "
    "evenly, price less resale over its life."
)
_SUBTITLE_WIDTH: Final = 100
_KIND_WORDS: Final = {"pay": "pay", "non_pay": "other prices"}


def impact_rows(impact: BudgetImpact) -> Iterator[dict[str, Any]]:
    """Yield every figure as plain data."""
    for figure in impact.figures:
        yield {
            "scenario": impact.scenario,
            "against": impact.against,
            "unit": "GBP" if figure.financial_year == ALL_YEARS else "GBP/year",
            "perspective": impact.perspective,
            "price_year": impact.price_year if figure.prices == "real" else _own_prices(figure),
            **asdict(figure),
        }


def impact_document(impact: BudgetImpact) -> dict[str, Any]:
    """Return a budget impact as JSON data."""
    return {"schema_version": SCHEMA_VERSION, **asdict(impact)}


def impact_text(impact: BudgetImpact) -> str:
    """Return a budget impact as text: totals by year, what they are made of, who pays, and whose prices."""
    head = (
        f"{impact.scenario_label} in place of {impact.against_label}: GBP by financial year, undiscounted, "
        f"perspective of {PERSPECTIVE_LABELS[impact.perspective]}, {impact.draws:,} paired draws"
    )
    in_place = ", ".join(
        f"{year} {share(new, 0)}" for year, new in zip(impact.years, impact.share_in_place, strict=True)
    )
    parts = [
        head,
        *(_totals(impact, number) for number in range(len(PRICES))),
        f"What it is made of (mean, {impact.price_year} prices):\n{_parts(impact)}",
        f"Who pays (mean, {impact.price_year} prices):\n{_payers(impact)}",
        f"Share of the service given in the new way, decided on {impact.decided}: {in_place}",
        "\n".join(["Prices of the years:", *price_lines(impact)]),
        NOT_COUNTED,
    ]
    return "\n\n".join(parts)


def _totals(impact: BudgetImpact, number: int) -> str:
    prices = PRICES[number]
    words = f"{impact.price_year} prices (real)" if prices == "real" else "prices of each year (nominal)"
    rows = [
        [year, _money(f.mean), _interval(f), _more(f, impact.draws)]
        for year in (*impact.years, ALL_YEARS)
        for f in [impact.figure(year, "total", prices)]
    ]
    header = ["financial year", "impact, mean", "95% interval", "P(costs more)"]
    return f"In {words}:\n{table_text(header, rows, [False, True, True, True])}"


def _parts(impact: BudgetImpact) -> str:
    wanted = [impact.figure(ALL_YEARS, name) for name in PARTS]
    return _by_year(impact, [(_WITHIN.get(each.name, each.label), each) for each in wanted])


def _payers(impact: BudgetImpact) -> str:
    of_all_years = [f for f in impact.figures if (f.financial_year, f.prices) == (ALL_YEARS, "real")]
    payers = [f for f in of_all_years if f.name.startswith("payer.") and (f.lower_95 or f.upper_95)]
    return _by_year(impact, [(each.label, each) for each in payers]) if payers else "  nobody: no cost moves"


def _by_year(impact: BudgetImpact, wanted: Sequence[tuple[str, YearFigure]]) -> str:
    """Return a table with a row an amount and a column a year; intervals are those of all years."""
    years = (*impact.years, ALL_YEARS)
    rows = [
        [label, *(_money(impact.figure(year, each.name).mean) for year in years), _interval(each)]
        for label, each in wanted
    ]
    return table_text(["", *years, "95% interval, all years"], rows, [False, *[True] * (len(years) + 1)])


def price_lines(impact: BudgetImpact) -> Iterator[str]:
    """Yield whose index brings prices to each year, and which growth is only assumed."""
    for kind in dict.fromkeys([*KINDS, *(basis.kind for basis in impact.prices)]):
        own = [basis for basis in impact.prices if basis.kind == kind]
        for status, run in groupby(own, key=lambda basis: basis.status):
            bases = list(run)
            span = bases[0].financial_year
            span += f" to {bases[-1].financial_year}" if len(bases) > 1 else ""
            source = f"{bases[0].index} of edition '{bases[0].edition}', {status}"
            if status == "assumed":
                source = f"ASSUMED growth (budget_impact.assumed_growth.{kind}), beyond {bases[0].index}"
            if not bases[0].index:
                source = f"ASSUMED growth of its own (budget_impact.price_paths.{kind})"
            factor = f"{bases[-1].factor:.3f} times {impact.price_year} in {bases[-1].financial_year}"
            yield f"  {_KIND_WORDS.get(kind, kind)}, {span}: {source}; {factor}"


def impact_picture(impact: BudgetImpact) -> Picture:
    """Draw the impact of each year with its 95% interval, real and nominal side by side."""
    name, title = "budget_impact", "What the change costs, year by year"
    words = (
        f"{impact.scenario_label} in place of {impact.against_label}: £ a financial year, undiscounted, "
        f"perspective of {PERSPECTIVE_LABELS[impact.perspective]}; real in {impact.price_year} prices, "
        "nominal in those of the year; lines: 95% intervals; minus is a saving"
    )
    context = textwrap.fill(words, _SUBTITLE_WIDTH)
    with figure_style(name):
        figure, (axes,) = new_figure(title, context, 2.9)
        for number, (prices, colour) in enumerate(zip(PRICES, (BLUE, ORANGE), strict=True)):
            found = [impact.figure(year, "total", prices) for year in impact.years]
            places = [place + 0.4 * (number - 0.5) for place in range(len(found))]
            means = [f.mean for f in found]
            axes.bar(
                places,
                means,
                0.36,
                color=colour,
                hatch="////" if number else "",
                edgecolor="white",
                label=prices,
            )
            for place, f in zip(places, found, strict=True):
                axes.plot([place, place], [f.lower_95, f.upper_95], color=BLACK, lw=1.0)
        axes.axhline(0.0, color=BLACK, lw=0.8)
        axes.set_xticks(range(len(impact.years)), list(impact.years))
        axes.yaxis.set_major_formatter(lambda value, _position: money_tick(value))
        figure.legend(loc="outside lower left", ncols=2)
        by_year = "; ".join(_year_words(impact, year) for year in impact.years)
        return finished(name, f"{title}. {words}", f"Real, mean: {by_year}.", figure)


def _year_words(impact: BudgetImpact, year: str) -> str:
    found = impact.figure(year)
    more = probability(found.probability_more, impact.draws)
    return f"{year} {money_short(found.mean)} (probability of costing more {more})"


def write_impact(impact: BudgetImpact, folder: Path) -> None:
    """Write the figures, their rows and JSON, and the text to a folder."""
    write_json(folder / "budget_impact.json", impact_document(impact))
    write_csv(folder / "budget_impact.csv", impact_rows(impact))
    (folder / "budget_impact.txt").write_text(impact_text(impact) + "\n", encoding="utf-8")
    (folder / "figures").mkdir()
    impact_picture(impact).write(folder / "figures")


def _own_prices(figure: YearFigure) -> str:
    return "each year's" if figure.financial_year == ALL_YEARS else figure.financial_year


def _interval(figure: YearFigure) -> str:
    return f"{_money(figure.lower_95)} to {_money(figure.upper_95)}"


def _more(figure: YearFigure, n_draws: int) -> str:
    nothing = figure.lower_95 == figure.upper_95 == 0.0
    return "the same" if nothing else probability(figure.probability_more, n_draws)


def _money(value: float) -> str:
    rounded = round(value)
    return f"{rounded:+,}" if rounded else "0"
