"""Figures of cost: what it is made of, the bridge between its two views, Hubs, and scenarios."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from costmodel.analysis.compare import Comparison, WaterfallStep
from costmodel.analysis.cost_steps import CostSteps
from costmodel.report.formatting import money_short, money_tick, share
from costmodel.report.picture import (
    BLACK,
    BLUE,
    FILLS,
    GREY,
    ORANGE,
    PALE,
    SKY,
    Picture,
    beside,
    figure_style,
    finished,
    label_rows,
    new_figure,
    rows_height,
)
from costmodel.results import Outcome
from costmodel.text import capitalised, in_sentence

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BAR: Final = 0.66
_ROOM_FOR_TEXT: Final = 1.22
_SMALLEST_STEP_SHARE: Final = 0.002
_PENNY: Final = 0.01


@dataclass(frozen=True)
class StackedRow:
    """One bar of a stack: its label, parts in the order of the groups, and whether to stress it."""

    label: str
    parts: tuple[float, ...]
    stressed: bool = False

    @property
    def total(self) -> float:
        """Length of the bar."""
        return sum(self.parts)


@dataclass(frozen=True)
class Step:
    """One step of a waterfall; a total starts at zero."""

    label: str
    amount: float
    is_total: bool = False
    lower: float | None = None
    upper: float | None = None


def cost_make_up(rows: Sequence[StackedRow], groups: Sequence[str], context: str) -> Picture:
    """Draw the Hub's cost by activity, the dearest first, each split by cost component.

    Parameters
    ----------
    rows
        Activities, unused hours, and costs that no activity causes. [GBP/year]
    groups
        Names of the parts.
    context
        Units, price year, perspective.
    """
    name, title = "cost_make_up", "What the Hub's cost is made of"
    ordered = sorted(rows, key=lambda row: -row.total)
    whole = sum(row.total for row in ordered)
    shown = [i for i, _ in enumerate(groups) if any(row.parts[i] > 0 for row in ordered)]
    with figure_style(name):
        figure, (axes,) = new_figure(title, context, rows_height([row.label for row in ordered]) + 1.0)
        for i in shown:
            starts = [sum(row.parts[:i]) for row in ordered]
            colour, hatch = FILLS[i]
            widths = [row.parts[i] for row in ordered]
            axes.barh(
                range(len(ordered)),
                widths,
                _BAR,
                starts,
                color=colour,
                hatch=hatch,
                edgecolor="white",
                lw=0.6,
                label=groups[i],
            )
        for y, row in enumerate(ordered):
            text = f"{money_short(row.total)} ({share(row.total / whole if whole else 0.0, 0)})"
            beside(axes, row.total, y, text, weight="bold" if row.stressed else "normal")
        label_rows(axes, [row.label for row in ordered], [row.stressed for row in ordered])
        money_axis(axes, max((row.total for row in ordered), default=0.0))
        figure.legend(loc="outside lower left", ncols=3, handlelength=2.2, handleheight=1.1)
        return finished(name, f"{title}. {context}", _make_up_words(ordered, whole), figure)


def _make_up_words(rows: Sequence[StackedRow], whole: float) -> str:
    parts = [f"{row.label} {money_short(row.total)}" for row in rows]
    return f"Bars, longest first: {'; '.join(parts)}. Together {money_short(whole)}."


def bridge(steps: Sequence[Step], context: str) -> Picture:
    """Draw the steps from direct contact to the full cost and, last, to what the host pays."""
    name, title = "bridge", "From clients' contacts to the full cost of the Hub"
    with figure_style(name):
        figure, (axes,) = new_figure(title, context, rows_height([step.label for step in steps]) + 0.45)
        waterfall(axes, steps)
        words = "; ".join(f"{step.label} {money_short(step.amount)}" for step in steps)
        return finished(name, f"{title}. {context}", f"Steps, from the top: {words}.", figure)


def scenario_waterfall(comparison: Comparison, context: str) -> Picture:
    """Draw the difference in Hub cost between two scenarios, step by step."""
    name = f"scenario_waterfall_{comparison.scenario}"
    title = "Where the difference in Hub cost comes from"
    total = comparison.differences[0]
    steps = [*_large_steps(comparison.waterfall), _total_of(total.mean, total.lower_95, total.upper_95)]
    subtitle = f"{_short(comparison.scenario_label)} less {_short(comparison.reference_label)}\n{context}"
    with figure_style(name):
        figure, (axes,) = new_figure(title, subtitle, rows_height([step.label for step in steps]) + 0.6)
        waterfall(axes, steps, signed=True)
        axes.axvline(0.0, color=BLACK, lw=0.8)
        words = "; ".join(f"{step.label} {money_short(step.amount)}" for step in steps)
        heading = f"{title}: {comparison.scenario_label} less {comparison.reference_label}. {context}"
        return finished(name, heading, f"Steps, from the top: {words}.", figure)


def _total_of(mean: float | None, lower: float | None, upper: float | None) -> Step:
    return Step("Difference in Hub cost", mean or 0.0, True, lower, upper)


def _large_steps(steps: Sequence[WaterfallStep]) -> list[Step]:
    """Return the steps that can be seen, and the sum of the others; less than a penny is no step."""
    largest = max((abs(step.mean) for step in steps), default=0.0)
    least = max(_SMALLEST_STEP_SHARE * largest, _PENNY)
    seen = [step for step in steps if abs(step.mean) > least]
    others = [step for step in steps if step not in seen]
    rest = sum(step.mean for step in others)
    rows = [
        Step(line_label(step.label), step.mean, lower=step.lower_95, upper=step.upper_95) for step in seen
    ]
    return [*rows, Step("All that hardly differs", rest)] if abs(rest) > _PENNY else rows


def line_label(label: str) -> str:
    """Return the label of a cost without the word cost, for a chart that says it already.

    Examples
    --------
    >>> line_label("Cost of team sessions"), line_label("Cost that no activity causes")
    ('Team sessions', 'Cost that no activity causes')
    """
    return capitalised(label.removeprefix("Cost of "))


def cost_by_hub(
    hubs: Sequence[str], panels: Sequence[tuple[str, Sequence[Outcome]]], context: str
) -> Picture:
    """Draw outcomes of each Hub with their 95% intervals, in declared order: this is no ranking.

    Parameters
    ----------
    hubs
        Labels.
    panels
        Heading and one outcome a Hub.
    """
    name, title = "cost_by_hub", "Cost by Hub"
    with figure_style(name):
        figure, panel_axes = new_figure(title, context, rows_height(hubs) + 0.85, len(panels), sharey=True)
        for number, (axes, (heading, outcomes)) in enumerate(zip(panel_axes, panels, strict=True)):
            _hub_panel(axes, heading, outcomes, FILLS[number])
        label_rows(panel_axes[0], hubs)
        for axes in panel_axes[1:]:
            axes.tick_params(axis="y", length=0)
            axes.spines["left"].set_visible(False)
        words = [
            f"{hub}: "
            + ", ".join(
                f"{in_sentence(heading)} {money_short(outcomes[i].mean)}" for heading, outcomes in panels
            )
            for i, hub in enumerate(hubs)
        ]
        return finished(name, f"{title}. {context}", f"{'; '.join(words)}. Lines show 95% intervals.", figure)


def _hub_panel(axes: Axes, heading: str, outcomes: Sequence[Outcome], fill: tuple[str, str]) -> None:
    means = [outcome.mean or 0.0 for outcome in outcomes]
    lower = [
        outcome.lower_95 if outcome.lower_95 is not None else mean
        for outcome, mean in zip(outcomes, means, strict=True)
    ]
    upper = [
        outcome.upper_95 if outcome.upper_95 is not None else mean
        for outcome, mean in zip(outcomes, means, strict=True)
    ]
    axes.barh(range(len(means)), means, 0.5, color=fill[0], hatch=fill[1], edgecolor="white", lw=0.6)
    axes.hlines(range(len(means)), lower, upper, color=BLACK, lw=1.6)
    for y, (outcome, end) in enumerate(zip(outcomes, upper, strict=True)):
        beside(axes, end, y, money_short(outcome.mean))
    axes.set_title(heading, loc="left")
    money_axis(axes, max(upper, default=0.0), room=1.4)


def cost_waterfall(name: str, labels: tuple[str, str], found: CostSteps, context: str) -> Picture:
    """Draw the way from one scenario's cost to another's by type of staff and kind of other cost.

    Parameters
    ----------
    name
        Of the picture.
    labels
        Of the comparator and of the scenario.
    """
    title = "From one cost to the other, by staff and kind of cost"
    ends = [Step(_short(label), cost, True) for label, cost in zip(labels, found.ends, strict=True)]
    steps = [ends[0], *_large_steps(found.steps), ends[1]]
    with figure_style(name):
        figure, (axes,) = new_figure(title, context, rows_height([step.label for step in steps]) + 0.75)
        waterfall(axes, steps, signed=True, signed_totals=False)
        axes.set_xlabel("Cost of the Hubs, £ a year")
        words = "; ".join(f"{step.label} {money_short(step.amount)}" for step in steps)
        return finished(name, f"{title}. {context}", f"Steps, from the top: {words}.", figure)


def waterfall(axes: Axes, steps: Sequence[Step], *, signed: bool = False, signed_totals: bool = True) -> None:
    """Draw steps from the top, each where the one before it ended; totals from zero.

    Parameters
    ----------
    signed, signed_totals
        Whether steps have a plus and their intervals, and whether totals have a plus.
    """
    position, ends = 0.0, [0.0]
    for y, step in enumerate(steps):
        start = 0.0 if step.is_total else position
        colour, hatch = _fill_of(step)
        axes.barh(y, step.amount, _BAR, start, color=colour, hatch=hatch, edgecolor=GREY, lw=0.6)
        position = start + step.amount
        right = max(start, position)
        if signed and step.lower is not None and step.upper is not None:
            axes.plot([start + step.lower, start + step.upper], [y, y], color=BLACK, lw=1.4)
            right = max(right, start + step.upper)
            ends.append(start + step.lower)
        plus = "+" if signed and step.amount > 0 and (signed_totals or not step.is_total) else ""
        beside(
            axes, right, y, f"{plus}{money_short(step.amount)}", weight="bold" if step.is_total else "normal"
        )
        if y + 1 < len(steps):
            axes.plot([position, position], [y - _BAR / 2, y + 1 + _BAR / 2], color=GREY, lw=0.7)
        ends += [position, right]
    label_rows(axes, [step.label for step in steps], [step.is_total for step in steps])
    money_axis(axes, max(ends), lowest=min(ends))


def _fill_of(step: Step) -> tuple[str, str]:
    if step.is_total:
        return BLUE, ""
    return (SKY, "") if step.amount >= 0 else (ORANGE, "////")


def money_axis(axes: Axes, highest: float, lowest: float = 0.0, room: float = _ROOM_FOR_TEXT) -> None:
    """Give a horizontal axis of pounds, with room for text to the right of the bars.

    Parameters
    ----------
    highest, lowest
        Ends of the bars. [GBP]
    room
        Length of the axis against that of the bars. [ratio]
    """
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    span = (highest - min(lowest, 0.0)) or 1.0
    axes.set_xlim(lowest - 0.03 * span if lowest < 0 else 0.0, highest + (room - 1.0) * span)
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: money_tick(value)))
    axes.grid(axis="x", color=PALE, lw=0.6)


def _short(label: str) -> str:
    return textwrap.shorten(label, 60, placeholder="…")
