"""Tables, documents and the figure of cost against wait."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from costmodel.analysis.frontier import FrontierAnalysis, Option
from costmodel.report.formatting import money, money_short, money_tick, share
from costmodel.report.picture import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    VERMILLION,
    Picture,
    figure_style,
    finished,
    new_figure,
)
from costmodel.report.writing import SCHEMA_VERSION, table_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SERIES: Final = (
    (BLUE, "o"), (ORANGE, "s"), (GREEN, "^"), (VERMILLION, "D"), (PURPLE, "v"), (SKY, "P"),
)  # fmt: skip
_HEIGHT: Final = 4.0
_WIDE: Final = 0.13
_NARROW: Final = 0.055
_TALL: Final = 0.07
"""Of "44% used" and "44%", in shares of the axes."""
SHOWN_WEEKS: Final = 0.1
HARDLY_SHORTER: Final = f"under {SHOWN_WEEKS:g} weeks"


def frontier_rows(analysis: FrontierAnalysis) -> Iterator[dict[str, Any]]:
    """Yield every option as plain data, estimates side by side."""
    for option in analysis.options:
        row: dict[str, Any] = {
            "name": option.name,
            "cost_unit": "GBP/year",
            "wait_unit": "weeks",
            "price_year": analysis.price_year,
            "perspective": "nhs_pss",
            "other_referrals": option.scenario in analysis.apart,
        }
        for key, value in asdict(option).items():
            row |= (
                {f"{key}_{part}": v for part, v in value.items()} if isinstance(value, dict) else {key: value}
            )
        yield row


def frontier_document(analysis: FrontierAnalysis) -> dict[str, Any]:
    """Return the analysis as plain data."""
    return {
        "schema_version": SCHEMA_VERSION,
        "scenarios": list(analysis.scenarios),
        **asdict(analysis.question),
        "draws": analysis.draws,
        "seed": analysis.seed,
        "price_year": analysis.price_year,
        "perspective": "nhs_pss",
        "options": [{"name": option.name, **asdict(option)} for option in analysis.options],
        "other_referrals": sorted(analysis.apart),
        "warnings": list(analysis.warnings),
    }


def frontier_text(analysis: FrontierAnalysis) -> str:
    """Return the options as text, the cheapest first."""
    ordered = sorted(analysis.options, key=lambda option: option.cost.mean)
    header = [
        "", "cost a year", "5 to 95%", "wait, weeks", "5 to 95%", "chance", "used", "£/week a week less",
    ]  # fmt: skip
    cells = [_cells(option, analysis.apart) for option in ordered]
    table = table_text(header, cells, [False, *[True] * (len(header) - 1)])
    head = (
        f"Cost against wait: {len(ordered)} {'option' if len(ordered) == 1 else 'options'}, "
        f"{analysis.draws:,} draws, {analysis.price_year} prices, NHS and personal social services. Means; "
        f"waits of people referred in {analysis.question.months} months."
    )
    notes = (
        "dominated: another option costs no more and waits no longer; that clients do as well is assumed. "
        "other referrals: serves more people than the first scenario, or fewer, so it is no option for the "
        "others. chance: expected wait at the end, at the base case, with the play of chance. used: share of "
        f"the starts that capacity allows. {HARDLY_SHORTER}: hardly shorter than the next cheaper, so that a "
        "week less has no price."
    )
    return f"{head}\n\n{table}\n\n{notes}"


def frontier_picture(analysis: FrontierAnalysis) -> Picture:
    """Draw wait against cost: a line through the options that nothing beats, the others hollow."""
    name, title = "frontier", "What a shorter wait costs"
    context = (
        f"£ a year, {analysis.price_year} prices, NHS and personal social services; mean of "
        f"{analysis.draws:,} draws,\nlines: 5 to 95% of draws; hollow: dominated"
        f"{' or other referrals' if analysis.apart else ''}; % used: of the starts that capacity allows"
    )
    groups = list(dict.fromkeys((option.scenario, option.pooled) for option in analysis.options))
    with figure_style(name):
        figure, (axes,) = new_figure(title, context, _HEIGHT)
        best = _unbeaten(analysis)
        axes.plot([o.cost.mean for o in best], [o.wait.mean for o in best], color=GREY, lw=1.0, zorder=1)
        for place, group in enumerate(groups):
            members = [o for o in analysis.options if (o.scenario, o.pooled) == group]
            _points(axes, members, best, *_SERIES[place % len(_SERIES)])
        axes.margins(x=0.12)
        axes.set_xlabel("Cost of the Hubs, £ a year")
        axes.set_ylabel("Expected wait, weeks")
        axes.set_ylim(bottom=0.0)
        _utilisation(axes, analysis.options, best)
        axes.xaxis.set_major_formatter(lambda value, _: money_tick(value))
        figure.legend(loc="outside lower left", ncols=2)
        return finished(name, f"{title}. {' '.join(context.split())}", _words(best), figure)


def _unbeaten(analysis: FrontierAnalysis) -> list[Option]:
    """Return the options that no other beats, the cheapest first."""
    unbeaten = (o for o in analysis.options if not o.dominated and o.scenario not in analysis.apart)
    return sorted(unbeaten, key=lambda option: option.cost.mean)


def _points(axes: Axes, options: Sequence[Option], best: Sequence[Option], colour: str, marker: str) -> None:
    label = options[0].label + (", one queue" if options[0].pooled else "")
    for number, option in enumerate(options):
        cost, wait = option.cost, option.wait
        axes.plot([cost.mean] * 2, [wait.lower_5, wait.upper_95], color=colour, lw=0.7, alpha=0.6)
        axes.plot([cost.lower_5, cost.upper_95], [wait.mean] * 2, color=colour, lw=0.7, alpha=0.35)
        axes.plot(
            [cost.mean],
            [wait.mean],
            marker,
            ms=5,
            clip_on=False,
            mfc=colour if option in best else "white",
            mec=colour,
            label=label if number == 0 else None,
        )


def _utilisation(axes: Axes, options: Sequence[Option], best: Sequence[Option]) -> None:
    """Write how much of capacity is used beside each scenario as it is, and beside others that have room.

    Below a point where the one before is too near. Several queues leave the words to the one queue that costs
    the same. Of the others, points that nothing beats come first.
    """
    left, right = axes.get_xlim()
    bottom, top = axes.get_ylim()
    taken: list[tuple[float, float, float]] = []

    def write(option: Option, text: str, below: bool) -> None:
        offset = (4.0, -12.0 if below else 5.0)
        axes.annotate(text, (option.cost.mean, option.wait.mean), offset, textcoords="offset points")

    def place(option: Option, width: float) -> tuple[float, float, float]:
        x, y = (option.cost.mean - left) / (right - left), (option.wait.mean - bottom) / (top - bottom)
        return x, x + width, y

    below = False
    pooled = {option.scenario for option in options if option.pooled}
    as_they_are = [o for o in options if not o.change and (o.pooled or o.scenario not in pooled)]
    for option in sorted(as_they_are, key=lambda option: option.cost.mean):
        here = place(option, _WIDE)
        below = not below and _in_the_way(here, taken)
        taken.append(here)
        write(option, f"{100.0 * option.utilisation.mean:.0f}% used", below)
    others = [o for o in options if o.change]
    for option in sorted(others, key=lambda option: (option not in best, option.cost.mean)):
        here = place(option, _NARROW)
        if not _in_the_way(here, taken):
            taken.append(here)
            write(option, f"{100.0 * option.utilisation.mean:.0f}%", below=False)


def _in_the_way(here: tuple[float, float, float], taken: Sequence[tuple[float, float, float]]) -> bool:
    """Return whether words from left to right at a height, in shares of the axes, touch others."""
    return any(here[0] < right and left < here[1] and abs(here[2] - y) < _TALL for left, right, y in taken)


def _words(best: Sequence[Option]) -> str:
    parts = [f"{o.name}: {money_short(o.cost.mean)}, {o.wait.mean:.1f} weeks" for o in best]
    return f"Options that no other beats, the cheapest first: {'; '.join(parts)}."


def price_of_week(option: Option) -> str:
    """Return what a week of wait less costs, "" where there is no cheaper option to set it against.

    Hardly any wait left makes any price of a week, however high, so that none is told.
    """
    if option.marginal_cost is None or option.wait_removed is None:
        return ""
    return money(option.marginal_cost) if option.wait_removed >= SHOWN_WEEKS else HARDLY_SHORTER


def standing(option: Option, apart: Collection[str], cheapest: str) -> str:
    """Return how an option stands among the others: apart, dominated, or at which price of a week less."""
    if option.scenario in apart:
        return "other referrals"
    return "dominated" if option.dominated else price_of_week(option) or cheapest


def _cells(option: Option, apart: Collection[str]) -> list[str]:
    cost, wait = option.cost, option.wait
    return [
        option.name,
        money_short(cost.mean),
        f"{money_short(cost.lower_5)} to {money_short(cost.upper_95)}",
        f"{wait.mean:.1f}",
        f"{wait.lower_5:.1f} to {wait.upper_95:.1f}",
        f"{option.chance_wait:.1f}",
        share(option.utilisation.mean, 0),
        standing(option, apart, "-"),
    ]
