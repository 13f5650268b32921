"""Hubs beside each other as text, rows, JSON and a funnel plot: in declared order, without ranks."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from costmodel.analysis.hubs import LIMITS, HubCost, HubsCompared, Interval
from costmodel.labels import PERSPECTIVE_LABELS
from costmodel.model.standardisation import funnel_limits
from costmodel.report.formatting import money_short, money_tick, probability, share
from costmodel.report.picture import BLACK, BLUE, GREY, Picture, beside, figure_style, finished, new_figure
from costmodel.report.writing import SCHEMA_VERSION, table_text, write_csv, write_json
from costmodel.text import NOT_APPLICABLE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NO_LEAGUE_TABLE: Final = (
    "Hubs stand in the order of the scenario; this is no league table. Few Hubs of different size and kind "
    "cannot be ranked: most differences are case mix, prices, size and chance."
)
METHOD: Final = (
    "Case mix: each Hub's cost of a client who needs its therapy and of another client, at the share in need "
    "of all Hubs (how severe a need is, the parameters do not say). Prices: the same staff at the mean price "
    "of its kind in all Hubs. P(outside): share of draws in which the cost as it is lies outside the limits "
    "of the funnel."
)
CHANCE: Final = (
    "The funnel's limits hold only the play of chance in who needs how much therapy; fixed costs alone put a "
    "small Hub above them. Where every Hub lies outside in most draws, what is not known of the Hubs "
    "outweighs chance, and none stands out."
)
_SUBTITLE_WIDTH: Final = 100
_COSTS: Final = {
    "cost": "as it is",
    "case_mix": "at pooled case mix",
    "prices": "at pooled prices",
    "both": "at both",
}
_UNITS: Final = {"clients": "clients/year", "need_therapy": "share", **dict.fromkeys(_COSTS, "GBP/client")}


def hubs_rows(compared: HubsCompared) -> Iterator[dict[str, Any]]:
    """Yield a row a Hub and figure."""
    for hub in compared.hubs:
        for name, unit in _UNITS.items():
            figure: Interval = getattr(hub, name)
            yield {
                "hub": hub.hub,
                "label": hub.label,
                "name": name,
                "unit": unit,
                "perspective": compared.perspective if name in _COSTS else "",
                "price_year": compared.price_year if name in _COSTS else "",
                **asdict(figure),
            }


def hubs_document(compared: HubsCompared) -> dict[str, Any]:
    """Return the comparison of Hubs as JSON data."""
    return {"schema_version": SCHEMA_VERSION, **asdict(compared), "order": "declared; no ranking"}


def hubs_text(compared: HubsCompared) -> str:
    """Return the comparison of Hubs as text."""
    header = ["Hub", "clients", "need therapy", *_COSTS.values(), *(f"P(outside {name})" for name in LIMITS)]
    rows = [
        [
            hub.label,
            NOT_APPLICABLE if hub.clients.mean is None else f"{hub.clients.mean:,.0f}",
            share(hub.need_therapy.mean, 0),
            *(_cell(getattr(hub, name)) for name in _COSTS),
            *(_outside(hub.outside[name], compared.draws) for name in LIMITS),
        ]
        for hub in compared.hubs
    ]
    head = (
        f"{compared.label}: GBP per registered client (all of a Hub's cost, mean and 95% interval), "
        f"{_frame(compared)}, {compared.draws:,} draws"
    )
    table = table_text(header, rows, [False, *[True] * (len(header) - 1)])
    return "\n\n".join([head, table, METHOD, CHANCE, NO_LEAGUE_TABLE])


def funnel_picture(compared: HubsCompared) -> Picture:
    """Draw cost per registered client against volume, with the limits of chance."""
    name, title = "funnel", "Cost per registered client against volume"
    context = (
        f"{compared.label}: £, {_frame(compared)}; mean of {compared.draws:,} draws; vertical lines: 95% "
        "intervals; funnel: 95% and 99.8% limits of chance about the mean of all Hubs; no ranking"
    )
    hubs = [hub for hub in compared.hubs if hub.clients.mean and hub.cost.mean is not None]
    sizes = [hub.clients.mean or 0.0 for hub in hubs]
    across = np.linspace(0.5 * min(sizes), 1.1 * max(sizes), 200)
    with figure_style(name):
        figure, (axes,) = new_figure(title, textwrap.fill(context, _SUBTITLE_WIDTH), 3.2)
        axes.axhline(compared.pooled, color=GREY, lw=0.8)
        for (label, z), style in zip(LIMITS.items(), ("--", ":"), strict=True):
            lower, upper = funnel_limits(compared.pooled, compared.spread, across, z)
            axes.plot(across, lower, color=GREY, ls=style, lw=1.0)
            axes.plot(across, upper, color=GREY, ls=style, lw=1.0, label=f"{label} limits")
        _draw_hubs(axes, hubs, sizes)
        axes.set_xlabel("Registered clients a year")
        figure.legend(loc="outside lower left", ncols=2)
        axes.yaxis.set_major_formatter(lambda value, _position: money_tick(value))
        words = "; ".join(
            f"{hub.label}: {size:,.0f} clients, {money_short(hub.cost.mean)} each"
            for hub, size in zip(hubs, sizes, strict=True)
        )
        return finished(name, f"{title}. {context}", f"{words}. Mean {money_short(compared.pooled)}.", figure)


def _draw_hubs(axes: Axes, hubs: Sequence[HubCost], sizes: Sequence[float]) -> None:
    """Draw each Hub's cost as it is with its interval, and at the pooled case mix and prices."""
    for hub, size in zip(hubs, sizes, strict=True):
        axes.vlines(size, hub.cost.lower_95 or 0.0, hub.cost.upper_95 or 0.0, color=BLACK, lw=0.8)
        beside(axes, size, hub.cost.mean or 0.0, f" {hub.hub}")
    own, both = (
        [np.nan if figure.mean is None else figure.mean for figure in figures]
        for figures in ([hub.cost for hub in hubs], [hub.both for hub in hubs])
    )
    axes.plot(sizes, own, "o", color=BLUE, ms=4.0, label="as it is")
    label = "at pooled case mix and prices"
    axes.plot(sizes, both, "D", color=BLUE, mfc="none", ms=8.0, label=label)


def write_hubs(compared: HubsCompared, folder: Path) -> None:
    """Write the funnel plot, rows, JSON and text to a folder."""
    write_json(folder / "hubs.json", hubs_document(compared))
    write_csv(folder / "hubs.csv", hubs_rows(compared))
    (folder / "hubs.txt").write_text(hubs_text(compared) + "\n", encoding="utf-8")
    (folder / "figures").mkdir()
    funnel_picture(compared).write(folder / "figures")


def _cell(figure: Interval) -> str:
    if figure.mean is None or figure.lower_95 is None or figure.upper_95 is None:
        return NOT_APPLICABLE
    return f"{figure.mean:,.0f} ({figure.lower_95:,.0f} to {figure.upper_95:,.0f})"


def _outside(value: float | None, n_draws: int) -> str:
    return NOT_APPLICABLE if value is None else probability(value, n_draws)


def _frame(compared: HubsCompared) -> str:
    return f"{compared.price_year} prices, perspective of {PERSPECTIVE_LABELS[compared.perspective]}"
