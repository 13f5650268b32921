"""Figures of waiting: the list over time, arrivals against capacity, hours used, and what binds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, nan
from typing import TYPE_CHECKING, Any, Final

from costmodel.analysis.capacity_period import OPENING, PeriodFigure
from costmodel.analysis.capacity_types import Binding, CapacityAnalysis, StepFigure
from costmodel.report.formatting import count_text, share
from costmodel.report.picture import (
    BLACK,
    BLUE,
    FILLS,
    GREEN,
    GREY,
    ORANGE,
    PALE,
    SKY,
    VERMILLION,
    Picture,
    figure_style,
    finished,
    new_figure,
)
from costmodel.report.steps import heading, long_name, short_name
from costmodel.units import WEEK

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PANEL_HEIGHT: Final = 1.75
_MOST_COLUMNS: Final = 3
_LEGEND: Final = 0.45
_LOOKS: Final = (*FILLS[:4], (PALE, "...."), FILLS[5], (VERMILLION, "----"))
"""Colour and hatch of each limit; that nobody is left waiting is white."""


@dataclass(frozen=True)
class Band:
    """A list through time: at the base case, over the draws, and by chance. What does not apply is None.

    Attributes
    ----------
    heading
        Of its panel.
    axis, ticks
        What the times are, and the name of each, today first.
    until
        The last time in words.
    base_case, mean, lower_5, upper_95
        One value a time each.
    chance
        The base case with the play of chance: its expected value, and between which it lies with 90%
        probability. None with the fluid engine.
    """

    heading: str
    axis: str
    ticks: tuple[str, ...]
    until: str
    base_case: tuple[float | None, ...]
    mean: tuple[float | None, ...]
    lower_5: tuple[float | None, ...]
    upper_95: tuple[float | None, ...]
    chance: tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]] | None = None


def list_band(analysis: CapacityAnalysis, hub: str, heading: str) -> Band:
    """Return a Hub's waiting list from today to the end of the last step."""
    opening, steps = analysis.over_period(hub, OPENING), analysis.by_step(hub, "waiting")
    points: list[StepFigure | PeriodFigure] = [opening, *steps]
    return Band(
        heading,
        f"End of {'week beginning' if analysis.step == WEEK else 'month'}",
        ("today", *(short_name(each.calendar) for each in steps)),
        long_name(steps[-1].calendar),
        tuple(point.base_case for point in points),
        tuple(point.mean for point in points),
        tuple(point.lower_5 for point in points),
        tuple(point.upper_95 for point in points),
        chance=_by_chance(analysis, hub, opening.base_case or 0.0),
    )


def list_context(analysis: CapacityAnalysis) -> str:
    """Return what a figure of lists must say of itself."""
    context = (
        f"people at the end of the {analysis.step.name}, {analysis.draws:,} draws; band: 5 to 95% of draws"
    )
    if analysis.engine == "fluid":
        return context
    return f"{context}\nhatched: base case with the play of chance, {analysis.engine} engine"


def _by_chance(
    analysis: CapacityAnalysis, hub: str, opening: float
) -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]] | None:
    found = analysis.chance.get(hub)
    if found is None:
        return None
    expected, lower, upper = (
        (opening, *map(float, values)) for values in (found.waiting, found.waiting_lower, found.waiting_upper)
    )
    return expected, lower, upper


def list_over_time(
    name: str, title: str, context: str, bands: Sequence[Band], reference: Mapping[int, Band] | None = None
) -> Picture:
    """Draw waiting lists on common axes, one panel each, with what 5 to 95% of draws span.

    Parameters
    ----------
    name, title, context
        Of the picture.
    bands
        The lists.
    reference
        A list to draw dotted behind a panel, by the panel's number.
    """
    figure_rows, columns = _grid(len(bands))
    chance = any(band.chance is not None for band in bands)
    with figure_style(name):
        height = (
            _PANEL_HEIGHT * figure_rows
            + _LEGEND
            + (0.3 if chance else 0.0)
            + (0.5 if len(bands) == 1 else 0.0)
        )
        height += 0.15 * figure_rows * max(band.heading.count("\n") for band in bands)
        figure, panels = new_figure(title, context, height, columns, figure_rows, sharey=True, sharex=True)
        for number, (axes, band) in enumerate(zip(panels, bands, strict=False)):
            _fan(axes, band)
            _chance(axes, band)
            beyond = (reference or {}).get(number)
            if beyond is not None:
                axes.plot(_numbers(beyond.mean), color=GREY, lw=1.6, ls=":", label="comparator, mean")
            if len(bands) > 1:
                axes.set_title(band.heading, loc="left")
        _blank(panels[len(bands) :])
        _time_axis(panels, bands[0].ticks, bands[0].axis, columns, len(bands))
        for axes in panels[::columns]:
            axes.set_ylabel("People waiting")
        panels[0].set_ylim(bottom=0.0)
        _legend(figure, panels[: len(bands)], 3 if chance else 4)
        words = "; ".join(_band_words(band, several=len(bands) > 1) for band in bands)
        return finished(name, f"{title}. {_one_line(context)}", f"{words}.", figure)


def _fan(axes: Axes, band: Band) -> None:
    places = range(len(band.mean))
    axes.fill_between(
        places,
        _numbers(band.lower_5),
        _numbers(band.upper_95),
        color=SKY,
        alpha=0.35,
        lw=0,
        label="5 to 95% of draws",
    )
    for edge in (band.lower_5, band.upper_95):
        axes.plot(places, _numbers(edge), color=BLUE, lw=0.7)
    axes.plot(places, _numbers(band.mean), color=BLACK, lw=2.0, label="mean")
    axes.plot(places, _numbers(band.base_case), color=VERMILLION, lw=1.6, ls=(0, (4, 2)), label="base case")


def _chance(axes: Axes, band: Band) -> None:
    """Draw the play of chance: hatched between dotted edges, a line with marks for what is expected."""
    if band.chance is None:
        return
    expected, lower, upper = band.chance
    places = range(len(expected))
    axes.fill_between(
        places,
        lower,
        upper,
        facecolor="none",
        edgecolor=GREY,
        hatch="////",
        lw=0,
        label="base case, 90% by chance",
    )
    for edge in (lower, upper):
        axes.plot(places, edge, color=BLACK, lw=1.0, ls=":")
    axes.plot(
        places,
        expected,
        color=GREEN,
        lw=1.4,
        marker="D",
        ms=4.0,
        mfc="white",
        markevery=max(1, len(expected) // 12),
        label="base case with chance",
    )


def _band_words(band: Band, *, several: bool) -> str:
    first, last = _count(band.mean[0]), _count(band.mean[-1])
    between = f"{_count(band.lower_5[-1])} to {_count(band.upper_95[-1])}"
    by_chance = ""
    if band.chance is not None:
        mean, lower, upper = (_count(values[-1]) for values in band.chance)
        by_chance = f"; base case with the play of chance {mean} ({lower} to {upper} with 90% probability)"
    whose = f"{_one_line(band.heading)}: mean" if several else "Mean"
    return f"{whose} {first} people {band.ticks[0]}, {last} at the end of {band.until} ({between}){by_chance}"


def flows(title: str, context: str, analysis: CapacityAnalysis, headings: Mapping[str, str]) -> Picture:
    """Draw people accepted, people who start, and the starts that capacity allows, step by step."""
    name = "waiting_flows"
    series = (
        ("start_capacity", "starts that capacity allows", GREEN, "^", "-", 0.22),
        ("arrivals", "accepted for therapy", ORANGE, "o", "-", 0.28),
        ("starts", "starts", BLUE, "s", "--", 0.0),
    )
    figure_rows, columns = _grid(len(analysis.hubs))
    with figure_style(name):
        height = _PANEL_HEIGHT * figure_rows + _LEGEND + (0.5 if len(analysis.hubs) == 1 else 0.0)
        figure, panels = new_figure(title, context, height, columns, figure_rows, sharey=True, sharex=True)
        for axes, hub in zip(panels, analysis.hubs, strict=False):
            for quantity, label, colour, marker, style, alpha in series:
                _flow(axes, analysis.by_step(hub, quantity), label, colour, marker, style, alpha)
            if len(analysis.hubs) > 1:
                axes.set_title(headings[hub], loc="left")
        _blank(panels[len(analysis.hubs) :])
        _time_axis(panels, *_times(analysis), columns, len(analysis.hubs))
        for axes in panels[::columns]:
            axes.set_ylabel(f"People a {analysis.step.name}")
        panels[0].set_ylim(bottom=0.0)
        _legend(figure, panels[: len(analysis.hubs)], 3)
        words = "; ".join(_flow_words(analysis, hub, headings[hub]) for hub in analysis.hubs)
        return finished(name, f"{title}. {_one_line(context)}", f"{words}.", figure)


def _flow(
    axes: Axes, points: Sequence[StepFigure], label: str, colour: str, marker: str, style: str, alpha: float
) -> None:
    places = range(len(points))
    if alpha:
        lower = _numbers([point.lower_5 for point in points])
        upper = _numbers([point.upper_95 for point in points])
        axes.fill_between(places, lower, upper, color=colour, alpha=alpha, lw=0)
        for edge in (lower, upper):
            axes.plot(places, edge, color=colour, lw=0.6, ls=style)
    means = _numbers([point.mean for point in points])
    axes.plot(
        places,
        means,
        color=colour,
        lw=1.8,
        ls=style,
        marker=marker,
        ms=4.5,
        markevery=_every(points),
        label=label,
    )


def _flow_words(analysis: CapacityAnalysis, hub: str, heading: str) -> str:
    parts = [
        f"{_average(analysis.by_step(hub, name))} {label}"
        for name, label in (
            ("arrivals", "accepted"),
            ("start_capacity", "starts allowed by capacity"),
            ("starts", "starts"),
        )
    ]
    return f"{heading}, people an average {analysis.step.name}: {', '.join(parts)}"


def _average(points: Sequence[StepFigure]) -> str:
    means = [point.mean for point in points if point.mean is not None]
    return _count(sum(means) / len(means)) if means else "no number of"


def what_binds(
    title: str,
    context: str,
    analysis: CapacityAnalysis,
    headings: Mapping[str, str],
    limits: Mapping[str, str],
) -> Picture:
    """Draw the share of draws in which each limit keeps more people from starting, step by step.

    Parameters
    ----------
    limits
        Label of each limit, in the order of the stack; the last is that nobody is left waiting.
    """
    name = "waiting_binds"
    seen = [limit for limit in limits if any(limit in each.share_of_draws for each in analysis.binding)]
    nobody = list(limits)[-1]
    looks = dict(zip([limit for limit in seen if limit != nobody], _LOOKS * 3, strict=False))
    looks[nobody] = ("white", "")
    figure_rows, columns = _grid(len(analysis.hubs))
    with figure_style(name):
        height = _PANEL_HEIGHT * figure_rows + 0.25 * ceil(len(seen) / 2) + 0.3
        figure, panels = new_figure(title, context, height, columns, figure_rows, sharey=True, sharex=True)
        for axes, hub in zip(panels, analysis.hubs, strict=False):
            _stack(axes, [b for b in analysis.binding if b.hub == hub], seen, limits, looks)
            if len(analysis.hubs) > 1:
                axes.set_title(headings[hub], loc="left")
        _blank(panels[len(analysis.hubs) :])
        _time_axis(panels, *_times(analysis), columns, len(analysis.hubs))
        for axes in panels[::columns]:
            axes.set_ylabel("Share of draws")
        panels[0].set_ylim(0.0, 1.0)
        panels[0].set_yticks([0.0, 0.25, 0.5, 0.75, 1.0], ["0%", "25%", "50%", "75%", "100%"])
        _legend(figure, panels[:1], 2)
        words = "; ".join(_binding_words(analysis, hub, headings[hub], limits) for hub in analysis.hubs)
        return finished(name, f"{title}. {_one_line(context)}", f"{words}.", figure)


def _stack(
    axes: Axes,
    bindings: Sequence[Binding],
    seen: Sequence[str],
    limits: Mapping[str, str],
    looks: Mapping[str, tuple[str, str]],
) -> None:
    edges = [place - 0.5 for place in range(len(bindings) + 1)]
    bottoms = [0.0] * len(bindings)
    for limit in seen:
        colour, hatch = looks[limit]
        tops = [
            bottom + binding.share_of_draws.get(limit, 0.0)
            for bottom, binding in zip(bottoms, bindings, strict=True)
        ]
        axes.stairs(
            tops,
            edges,
            baseline=bottoms,
            fill=True,
            facecolor=colour,
            hatch=hatch,
            edgecolor=GREY if colour == "white" else "white",
            lw=0.6,
            label=limits[limit],
        )
        bottoms = tops


def _binding_words(analysis: CapacityAnalysis, hub: str, heading: str, limits: Mapping[str, str]) -> str:
    bindings = [binding for binding in analysis.binding if binding.hub == hub]
    ends = []
    for binding in bindings[:1] + bindings[1:][-1:]:
        parts = [
            f"{limits[name]} {share(part, 0)}"
            for name, part in sorted(binding.share_of_draws.items(), key=lambda item: -item[1])
        ]
        ends.append(f"in {long_name(binding.calendar)}: {', '.join(parts)}")
    return f"{heading}, {'; '.join(ends)}"


def _grid(n_panels: int) -> tuple[int, int]:
    """Return rows and columns of so many panels."""
    columns = 2 if n_panels == 4 else min(n_panels, _MOST_COLUMNS)
    return ceil(n_panels / columns), columns


def _blank(panels: Sequence[Axes]) -> None:
    for axes in panels:
        axes.set_visible(False)


def _times(analysis: CapacityAnalysis) -> tuple[tuple[str, ...], str]:
    """Return the name of every step, and what they are."""
    steps = analysis.by_step(analysis.hubs[0], "starts")
    return tuple(short_name(each.calendar) for each in steps), heading(analysis.step)


def _every(points: Sequence[StepFigure]) -> int:
    """Return how many steps lie between marks, so that a line of many is still a line."""
    return max(1, len(points) // 12)


def _time_axis(panels: Sequence[Axes], ticks: Sequence[str], axis: str, columns: int, n_panels: int) -> None:
    """Name a few times below the panels, the last one always."""
    last = len(ticks) - 1
    step = max(1, round(last / (4 if columns == 1 else 2)))
    places = [place for place in range(0, last + 1, step) if last - place >= step / 2] + [last]
    for number, axes in enumerate(panels[:n_panels]):
        axes.set_xticks(places, [ticks[place] for place in places])
        if number + columns >= n_panels:
            axes.tick_params(labelbottom=True)
            axes.set_xlabel(axis)


def _legend(figure: Figure, panels: Sequence[Axes], columns: int) -> None:
    """Write each label once below the panels."""
    found: dict[str, Any] = {}
    for axes in panels:
        handles, labels = axes.get_legend_handles_labels()
        found |= dict(zip(labels, handles, strict=True))
    figure.legend(
        list(found.values()), list(found), loc="outside lower left", ncols=columns, handlelength=2.4
    )


def _numbers(values: Sequence[float | None]) -> list[float]:
    return [nan if value is None else value for value in values]


def _count(value: float | None) -> str:
    return "no number of" if value is None else count_text(value, "people")


def _one_line(text: str) -> str:
    return " ".join(text.split())
