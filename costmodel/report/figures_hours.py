"""The figure of hours used by staff type, with what 5 to 95% of draws span."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Final

from costmodel.report.formatting import share
from costmodel.report.picture import (
    BLACK,
    GREEN,
    GREY,
    ORANGE,
    PALE,
    PURPLE,
    SKY,
    VERMILLION,
    Picture,
    beside,
    figure_style,
    finished,
    label_rows,
    new_figure,
    rows_height,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BAR: Final = 0.62
_USED_LOOKS: Final = (
    (SKY, ""), (ORANGE, "////"), (PALE, ""), (GREEN, "xxxx"), (PURPLE, "\\\\\\\\"), (VERMILLION, "||||"),
)  # fmt: skip
_TEXTS_AT: Final = 1.03
_LONG_CASE: Final = 40


@dataclass(frozen=True)
class UsedRow:
    """The share of a staff type's hours that is used in one case, with 5 to 95% of draws."""

    label: str
    case: str
    mean: float | None
    lower_5: float | None
    upper_95: float | None


def hours_used(name: str, title: str, context: str, rows: Sequence[UsedRow]) -> Picture:
    """Draw the share of hours used by staff type; where there are several cases, side by side.

    Parameters
    ----------
    name, title, context
        Of the picture.
    rows
        Staff type by staff type, every case of each.
    """
    labels = list(dict.fromkeys(row.label for row in rows))
    cases = list(dict.fromkeys(row.case for row in rows))
    thickness = _BAR if len(cases) == 1 else 0.84 / len(cases)
    room = max(rows_height(labels), 0.215 * len(labels) * len(cases) + 0.1 * len(labels))
    with figure_style(name):
        columns = 1 if max(map(len, cases)) > _LONG_CASE else 2
        extra = 0.45 + (0.2 * ceil(len(cases) / columns) + 0.1 if len(cases) > 1 else 0.0)
        figure, (axes,) = new_figure(title, context, room + extra)
        for number, case in enumerate(cases):
            offset = (number - (len(cases) - 1) / 2) * thickness
            colour, hatch = _USED_LOOKS[number % len(_USED_LOOKS)]
            _used_bars(axes, [r for r in rows if r.case == case], labels, offset, thickness, colour, hatch)
        label_rows(axes, labels)
        axes.set_xlim(0.0, 1.38)
        axes.set_xticks([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], ["0%", "20%", "40%", "60%", "80%", "100%"])
        axes.set_xlabel("Share of hours used", loc="left")
        axes.axvline(1.0, color=GREY, lw=0.8)
        axes.grid(axis="x", color=PALE, lw=0.6)
        if len(cases) > 1:
            figure.legend(loc="outside lower left", ncols=columns, handlelength=2.2, handleheight=1.1)
        words = "; ".join(
            f"{row.label}{', ' + row.case if len(cases) > 1 else ''} {used_text(row)}"
            for row in rows
            if row.mean is not None
        )
        return finished(
            name, f"{title}. {' '.join(context.split())}", f"Bars, from the top: {words}.", figure
        )


def _used_bars(
    axes: Axes,
    rows: Sequence[UsedRow],
    labels: Sequence[str],
    offset: float,
    thickness: float,
    colour: str,
    hatch: str,
) -> None:
    shown = [row for row in rows if row.mean is not None]
    places = [labels.index(row.label) + offset for row in shown]
    means = [row.mean or 0.0 for row in shown]
    label = shown[0].case if shown else None
    axes.barh(
        places, means, 0.9 * thickness, color=colour, hatch=hatch, edgecolor="white", lw=0.6, label=label
    )
    for place, row in zip(places, shown, strict=True):
        if row.lower_5 is not None and row.upper_95 is not None:
            axes.plot([row.lower_5, row.upper_95], [place, place], color="white", lw=3.5)
            axes.plot([row.lower_5, row.upper_95], [place, place], color=BLACK, lw=1.5)
        beside(axes, _TEXTS_AT, place, used_text(row))


def used_text(row: UsedRow) -> str:
    """Return a share of hours used with its interval.

    Examples
    --------
    >>> used_text(UsedRow("Clinicians", "", 0.72, 0.5, 0.981))
    '72% (50 to 98%)'
    """
    if row.mean is None or row.lower_5 is None or row.upper_95 is None:
        return "not applicable"
    return f"{share(row.mean, 0)} ({100.0 * row.lower_5:.0f} to {share(row.upper_95, 0)})"
