"""Figures of uncertainty: the distribution of a result, its convergence, and what moves it."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from costmodel.analysis.one_way import Bar, Tornado
from costmodel.model.types import FloatArray
from costmodel.report.formatting import headline, is_stable, money_short, money_tick
from costmodel.report.picture import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    PALE,
    SKY,
    VERMILLION,
    Picture,
    beside,
    figure_style,
    finished,
    new_figure,
    row_height,
)
from costmodel.results import Outcome
from costmodel.text import in_sentence
from costmodel.uncertainty.convergence import ConvergenceTrace

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Z_95: Final = 1.959964
MOST_BARS: Final = 12
FEWEST_BARS: Final = 6
_LABEL_WIDTH: Final = 42
_SHOWN_PERCENT: Final = 99.5
_WITHIN: Final = 0.01
_SMALLEST_BAR_SHARE: Final = 0.03


def distribution(name: str, outcome: Outcome, draws: FloatArray, context: str) -> Picture:
    """Draw the distribution of an outcome over the draws, with its mean, 95% interval and base case.

    Parameters
    ----------
    name
        Of the picture.
    draws
        Every draw; those without a value are left out. Shape (draw,).
    context
        Units, price year, perspective.
    """
    usable = draws[np.isfinite(draws)]
    title = f"How sure: {in_sentence(outcome.label)}"
    with figure_style(name):
        figure, (axes,) = new_figure(title, context, 2.7)
        beyond = _histogram(axes, usable)
        top = axes.get_ylim()[1]
        if outcome.lower_95 is not None and outcome.upper_95 is not None:
            axes.axvspan(
                outcome.lower_95,
                outcome.upper_95,
                color=PALE,
                alpha=0.55,
                lw=0,
                zorder=0,
                label=_interval(outcome),
            )
        if outcome.mean is not None and is_stable(outcome):
            axes.plot(
                [outcome.mean] * 2, [0, top], color=BLACK, lw=2, label=f"mean {money_short(outcome.mean)}"
            )
        if outcome.base_case is not None:
            text = f"base case {money_short(outcome.base_case)}"
            axes.plot([outcome.base_case] * 2, [0, top], color=VERMILLION, lw=2, ls=(0, (4, 2)), label=text)
        axes.set_ylim(0, top)
        axes.set_ylabel("draws")
        _value_axis(axes, "x")
        figure.legend(loc="outside lower left", ncols=3, handlelength=2.2)
        words = (
            f"Histogram of {usable.size:,} draws: mean {money_short(outcome.mean)}, {_interval(outcome)}, "
        )
        words += f"base case {money_short(outcome.base_case)}.{beyond}"
        return finished(name, f"{title}. {context}", words, figure)


def _interval(outcome: Outcome) -> str:
    return f"95% interval {money_short(outcome.lower_95)} to {money_short(outcome.upper_95)}"


def _histogram(axes: Axes, values: FloatArray) -> str:
    """Draw the histogram without the last half per cent of a long tail; return a sentence on that."""
    if values.size == 0:
        return ""
    top = float(np.percentile(values, _SHOWN_PERCENT))
    shown = values[values <= top] if values.size > 100 and float(values.max()) > 1.3 * top else values
    n_bins = int(np.clip(np.sqrt(shown.size), 8, 60))
    axes.hist(shown, bins=n_bins, color=SKY, edgecolor="white", lw=0.4)
    n_beyond = values.size - shown.size
    if n_beyond == 0:
        return ""
    note = f"{n_beyond:,} of {values.size:,} draws lie further right"
    axes.text(0.99, 0.95, f"{note} →", ha="right", va="top", transform=axes.transAxes, color=GREY)
    return f" {note}, up to {money_short(float(values.max()))}."


def convergence(traces: Sequence[tuple[Outcome, ConvergenceTrace]], context: str) -> Picture:
    """Draw the running mean of outcomes with the band of its Monte Carlo error."""
    name, title = "convergence", "The mean as draws add up"
    with figure_style(name):
        figure, panels = new_figure(title, context, 2.5, len(traces))
        for axes, (outcome, trace) in zip(panels, traces, strict=True):
            _trace(axes, outcome, trace)
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower left", ncols=3, handlelength=2.2)
        words = [_trace_words(outcome, trace) for outcome, trace in traces]
        return finished(name, f"{title}. {context}", " ".join(words), figure)


def _trace(axes: Axes, outcome: Outcome, trace: ConvergenceTrace) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    half = Z_95 * trace.standard_error
    final = float(trace.mean[-1])
    axes.fill_between(
        trace.draws,
        trace.mean - half,
        trace.mean + half,
        color=SKY,
        alpha=0.6,
        lw=0,
        label="95% Monte Carlo band",
    )
    axes.plot(trace.draws, trace.mean, color=BLUE, lw=1.6, label="mean of the draws so far")
    for sign, label in ((1, "final mean ± 1%"), (-1, None)):
        axes.axhline(final * (1 + sign * _WITHIN), color=BLACK, lw=0.9, ls=(0, (4, 2)), label=label)
    reach = max(3 * _WITHIN * abs(final), 3 * float(half[-1]))
    axes.set_ylim(final - reach, final + reach)
    axes.set_title(textwrap.shorten(outcome.label, 46, placeholder="…"), loc="left")
    axes.set_xlabel("draws")
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    _value_axis(axes, "y")


def _trace_words(outcome: Outcome, trace: ConvergenceTrace) -> str:
    band = Z_95 * float(trace.standard_error[-1])
    final = money_short(float(trace.mean[-1]))
    return f"{outcome.label}: the running mean ends at {final} ± {money_short(band)}."


def tornado_chart(name: str, tornado: Tornado, labels: Mapping[str, str], context: str) -> Picture:
    """Draw the factors that move an outcome most, each between its own 2.5th and 97.5th percentile."""
    title = f"What moves it most: {in_sentence(tornado.label)}"
    bars = longest_bars(tornado)
    names = [textwrap.fill(_bar_label(bar, labels), _LABEL_WIDTH) for bar in bars]
    with figure_style(name):
        figure, (axes,) = new_figure(title, context, row_height(names) * max(len(bars), 1) + 0.85)
        for y, bar in enumerate(bars):
            _tornado_bar(axes, y, bar, tornado.base_case)
        axes.axvline(tornado.base_case, color=BLACK, lw=1.2)
        axes.set_yticks(range(len(bars)), names)
        axes.set_ylim(max(len(bars), 1) - 0.45, -0.55)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        _tornado_limits(axes, bars, tornado.base_case)
        _value_axis(axes, "x")
        _tornado_key(figure, tornado)
        return finished(name, f"{title}. {context}", _tornado_words(bars, labels, tornado), figure)


def longest_bars(tornado: Tornado) -> list[Bar]:
    """Return the bars worth drawing: the longest, and of the others only those that can be seen."""
    moving = [bar for bar in tornado.bars if bar.swing > 0]
    visible = [bar for bar in moving if bar.swing >= _SMALLEST_BAR_SHARE * moving[0].swing]
    return moving[: min(MOST_BARS, max(len(visible), FEWEST_BARS))]


def _tornado_bar(axes: Axes, y: int, bar: Bar, base: float) -> None:
    for end, value, colour, hatch in (
        (bar.low, bar.low_value, SKY, ""),
        (bar.high, bar.high_value, ORANGE, "////"),
    ):
        axes.barh(y, end - base, 0.62, base, color=colour, hatch=hatch, edgecolor=GREY, lw=0.6)
        if value is not None:
            beside(axes, end, y, headline(value, bar.unit), left=_is_left(bar, end))


def _is_left(bar: Bar, end: float) -> bool:
    """Return whether an end of a bar is its left one; the low factor is on the left where the ends meet."""
    other = bar.high if end == bar.low else bar.low
    return end < other or (end == other == bar.low)


def _tornado_limits(axes: Axes, bars: Sequence[Bar], base: float) -> None:
    ends = [base, *(bar.low for bar in bars), *(bar.high for bar in bars)]
    room = 0.16 * (max(ends) - min(ends) or abs(base) or 1.0)
    axes.set_xlim(min(ends) - room, max(ends) + room)


def _tornado_key(figure: Figure, tornado: Tornado) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles = [
        Patch(facecolor=SKY, edgecolor=GREY, label="factor at its 2.5th percentile"),
        Patch(facecolor=ORANGE, edgecolor=GREY, hatch="////", label="factor at its 97.5th percentile"),
        Line2D([], [], color=BLACK, lw=1.2, label=f"base case {money_short(tornado.base_case)}"),
        Line2D([], [], ls="", label="† illustrative: no source gives it"),
    ]
    figure.legend(handles=handles, loc="outside lower left", ncols=2, handlelength=2.2)


def _bar_label(bar: Bar, labels: Mapping[str, str]) -> str:
    return f"{labels.get(bar.name, bar.label)}{' †' if bar.illustrative else ''}"


def _tornado_words(bars: Sequence[Bar], labels: Mapping[str, str], tornado: Tornado) -> str:
    if not bars:
        return "No factor moves it."
    parts = [
        f"{_bar_label(bar, labels)}: {headline(bar.low, tornado.unit)} to {headline(bar.high, tornado.unit)}"
        for bar in bars
    ]
    return (
        f"Base case {headline(tornado.base_case, tornado.unit)}. From low to high factor: {'; '.join(parts)}."
    )


def _value_axis(axes: Axes, which: str) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(MaxNLocator(5))
    axis.set_major_formatter(FuncFormatter(lambda value, _: money_tick(value)))
    axes.grid(axis="x" if which == "x" else "y", color=PALE, lw=0.6)
