"""Hubs beside each other as text, rows, JSON and a funnel plot: in declared order, without ranks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np

from costmodel.analysis.hubs import LIMITS, HubsCompared, Interval
from costmodel.model.standardisation import funnel_limits
from costmodel.report.formatting import money_short, money_tick
from costmodel.report.picture import BLACK, BLUE, GREY, Picture, beside, figure_style, finished, new_figure
from costmodel.report.writing import SCHEMA_VERSION, table_text, write_csv, write_json
from costmodel.text import number_text

NO_LEAGUE_TABLE: Final = (
    "Hubs stand in the order of the scenario; this is no league table. Few Hubs of different size and kind "
    "cannot be ranked: most differences are case mix, prices, size and chance."
)
METHOD: Final = (
    "Case mix: each Hub's cost of a client in therapy and of another client, at the share in therapy of all "
    "Hubs. Prices: the same staff at the mean price of its kind in all Hubs."
)
CHANCE: Final = (
    "The funnel's limits hold only the play of chance in who needs how much therapy; fixed costs alone put a "
    "small Hub above them. Where every Hub lies outside in most draws, what is not known of the Hubs "
    "outweighs chance, and none stands out."
)
_COSTS: Final = {
    "cost": "as it is",
    "case_mix": "at pooled case mix",
    "prices": "at pooled prices",
    "both": "at both",
}


def hubs_rows(compared: HubsCompared) -> Iterator[dict[str, Any]]:
    """Yield a row a Hub and figure."""
    for hub in compared.hubs:
        for name in ("clients", "in_therapy", *_COSTS):
            figure: Interval = getattr(hub, name)
            yield {"hub": hub.hub, "label": hub.label, "name": name, **asdict(figure)}


def hubs_document(compared: HubsCompared) -> dict[str, Any]:
    """Return the comparison of Hubs as JSON data."""
    return {"schema_version": SCHEMA_VERSION, **asdict(compared), "order": "declared; no ranking"}


def hubs_text(compared: HubsCompared) -> str:
    """Return the comparison of Hubs as text."""
    header = ["Hub", "clients", "in therapy", *_COSTS.values(), *(f"P(outside {name})" for name in LIMITS)]
    rows = [
        [
            hub.label,
            number_text(hub.clients.mean),
            "-" if hub.in_therapy.mean is None else f"{100.0 * hub.in_therapy.mean:.0f} %",
            *(_cell(getattr(hub, name)) for name in _COSTS),
            *(f"{hub.outside[name]:.2f}" for name in LIMITS),
        ]
        for hub in compared.hubs
    ]
    head = (
        f"{compared.label}: GBP per registered client, {compared.price_year} prices, {compared.draws:,} draws"
    )
    table = table_text(header, rows, [False, *[True] * (len(header) - 1)])
    return "\n\n".join([head, table, METHOD, CHANCE, NO_LEAGUE_TABLE])


def funnel_picture(compared: HubsCompared) -> Picture:
    """Draw cost per registered client against volume, with the limits of chance."""
    name, title = "funnel", "Cost per registered client against volume"
    context = (
        f"£, {compared.price_year} prices, mean of {compared.draws:,} draws; vertical lines: 95% intervals;\n"
        "funnel: 95% (inner) and 99.8% (outer) limits of chance about the mean of all Hubs; no ranking"
    )
    sizes = [hub.clients.mean or 0.0 for hub in compared.hubs]
    across = np.linspace(0.5 * min(sizes), 1.1 * max(sizes), 200)
    with figure_style(name):
        figure, (axes,) = new_figure(title, context, 3.2)
        axes.axhline(compared.pooled, color=GREY, lw=0.8)
        for (label, z), style in zip(LIMITS.items(), ("--", ":"), strict=True):
            lower, upper = funnel_limits(compared.pooled, compared.spread, across, z)
            axes.plot(across, lower, color=GREY, ls=style, lw=1.0)
            axes.plot(across, upper, color=GREY, ls=style, lw=1.0, label=f"{label.replace(' ', '')} limits")
        for hub, size in zip(compared.hubs, sizes, strict=True):
            if hub.cost.mean is not None and hub.cost.lower_95 is not None and hub.cost.upper_95 is not None:
                axes.plot([size, size], [hub.cost.lower_95, hub.cost.upper_95], color=BLACK, lw=0.8)
                axes.plot(size, hub.cost.mean, "o", color=BLUE)
                beside(axes, size, hub.cost.mean, hub.hub)
        axes.set_xlabel("Registered clients a year")
        figure.legend(loc="outside lower left", ncols=2)
        axes.yaxis.set_major_formatter(lambda value, _position: money_tick(value))
        words = "; ".join(
            f"{hub.label}: {size:,.0f} clients, {money_short(hub.cost.mean)} each"
            for hub, size in zip(compared.hubs, sizes, strict=True)
        )
        return finished(name, f"{title}. {context}", f"{words}. Mean {money_short(compared.pooled)}.", figure)


def write_hubs(compared: HubsCompared, folder: Path) -> None:
    """Write the funnel plot, rows, JSON and text to a folder."""
    write_json(folder / "hubs.json", hubs_document(compared))
    write_csv(folder / "hubs.csv", hubs_rows(compared))
    (folder / "hubs.txt").write_text(hubs_text(compared) + "\n", encoding="utf-8")
    (folder / "figures").mkdir()
    funnel_picture(compared).write(folder / "figures")


def _cell(figure: Interval) -> str:
    if figure.mean is None or figure.lower_95 is None or figure.upper_95 is None:
        return "not applicable"
    return f"{figure.mean:,.0f} ({figure.lower_95:,.0f} to {figure.upper_95:,.0f})"
