"""A figure of the report: its style, its words, and its bytes, the same on every run."""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH: Final = 6.9
"""Width of a figure: the text block of an A4 page. [inches]"""

PNG_DOTS_PER_INCH: Final = 200
FONT_SIZE: Final = 9
_HEADER: Final = 0.58
_LINE: Final = 0.155
_ROW_GAP: Final = 0.1
_RIGHT: Final = 0.985  # room for the label of a last tick
_LAYOUT_PASSES: Final = 2  # the first may change which ticks there are
_GAP: Final = 4.0
_LABEL_WIDTH: Final = 36
_FALLBACK_FONTS: Final = "'DejaVu Sans', Verdana, Arial, sans-serif"

BLACK: Final = "#000000"
GREY: Final = "#6b6b6b"
PALE: Final = "#d9d9d9"
BLUE: Final = "#0072b2"
ORANGE: Final = "#e69f00"
GREEN: Final = "#009e73"
SKY: Final = "#56b4e9"
VERMILLION: Final = "#d55e00"
PURPLE: Final = "#cc79a7"
"""The palette of Okabe and Ito, which people with any colour vision can tell apart.

References
----------
.. [1] Okabe M, Ito K (2008). Color universal design: how to make figures and presentations that are friendly
   to colorblind people. J*Fly, University of Tokyo.
"""

FILLS: Final[tuple[tuple[str, str], ...]] = (
    (BLUE, ""),
    (SKY, "////"),
    (ORANGE, "||||"),
    (GREEN, "xxxx"),
    (PALE, ""),
    (PURPLE, "\\\\\\\\"),
)
"""Colour and hatch of each part of a stack."""

STYLE: Final[Mapping[str, Any]] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": FONT_SIZE,
    "axes.titlesize": FONT_SIZE,
    "axes.labelsize": FONT_SIZE,
    "xtick.labelsize": FONT_SIZE,
    "ytick.labelsize": FONT_SIZE,
    "legend.fontsize": FONT_SIZE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.linewidth": 0.8,
    "axes.axisbelow": True,
    "xtick.color": BLACK,
    "ytick.color": BLACK,
    "hatch.linewidth": 0.6,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.fonttype": "none",
    "path.simplify": True,
}


@dataclass(frozen=True)
class Picture:
    """A drawn figure.

    Attributes
    ----------
    name
        Of its files.
    title
        What it shows, with units and price year.
    description
        What can be read off it, for those who cannot see it.
    figure
        The drawing; its layout no longer changes.
    """

    name: str
    title: str
    description: str
    figure: Figure

    @cached_property
    def svg(self) -> str:
        """The figure as a standalone SVG file, with its title and description in it."""
        buffer = io.StringIO()
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        with figure_style(self.name):
            self.figure.savefig(buffer, format="svg", metadata=nothing)
        return _described(buffer.getvalue(), self)

    @property
    def inline_svg(self) -> str:
        """The figure for the inside of an HTML page."""
        body = self.svg[self.svg.index("<svg") :]
        opening, rest = body.split(">", 1)
        opening = re.sub(r' (?:width|height|version|xmlns(?::xlink)?)="[^"]*"', "", opening)
        return f"{opening}>{rest.replace('xlink:href', 'href')}".strip()

    @property
    def png(self) -> bytes:
        """The figure as PNG, without the time and the program that made it."""
        buffer = io.BytesIO()
        with figure_style(self.name):
            self.figure.savefig(buffer, format="png", dpi=PNG_DOTS_PER_INCH, metadata={"Software": None})
        return buffer.getvalue()

    def write(self, folder: Path) -> list[Path]:
        """Write the figure as SVG and PNG; return the files."""
        paths = [folder / f"{self.name}.svg", folder / f"{self.name}.png"]
        paths[0].write_text(self.svg, encoding="utf-8", newline="\n")
        paths[1].write_bytes(self.png)
        return paths


@contextmanager
def figure_style(salt: str) -> Iterator[None]:
    """Apply the style of all figures, and name what is inside the file by a salt and not by chance."""
    import matplotlib as mpl

    settings: dict[Any, Any] = {**STYLE, "svg.hashsalt": salt}
    with mpl.rc_context(settings):
        yield


def new_figure(
    title: str, subtitle: str, height: float, columns: int = 1, rows: int = 1, **options: Any
) -> tuple[Figure, list[Axes]]:
    """Return an empty figure with its heading, and its axes side by side, row by row.

    Parameters
    ----------
    title, subtitle
        What it shows; its units, price year and perspective.
    height
        Without the heading. [inches]
    columns, rows
        Axes side by side, and below each other.
    options
        For `Figure.subplots`.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    header = _HEADER + _LINE * subtitle.count("\n")
    whole = height + header
    figure = Figure(figsize=(WIDTH, whole))
    FigureCanvasAgg(figure)
    figure.set_layout_engine(
        ConstrainedLayoutEngine(rect=(0.0, 0.0, _RIGHT, 1.0 - header / whole), w_pad=0.06, h_pad=0.06)
    )
    for text, offset, size, weight in (
        (title, 0.08, FONT_SIZE + 2, "bold"),
        (subtitle, 0.3, FONT_SIZE, "normal"),
    ):
        figure.text(0.1 / WIDTH, 1 - offset / whole, text, size=size, weight=weight, va="top")
    axes = figure.subplots(rows, columns, squeeze=False, **options)
    return figure, list(axes.ravel())


def row_height(labels: Sequence[str]) -> float:
    """Return the height of a row that holds the tallest of wrapped labels, in inches."""
    return _LINE * (1 + max((label.count("\n") for label in labels), default=0)) + _ROW_GAP


def wrapped(label: str) -> str:
    r"""Return the label of a row, in as many lines as it needs.

    Examples
    --------
    >>> wrapped("Management, administration and estates overheads")
    'Management, administration and\nestates overheads'
    """
    return textwrap.fill(label, _LABEL_WIDTH)


def rows_height(labels: Iterable[str]) -> float:
    """Return the height of rows with these labels, in inches."""
    lines = [wrapped(label) for label in labels]
    return row_height(lines) * len(lines)


def label_rows(axes: Axes, labels: Sequence[str], stressed: Sequence[bool] = ()) -> None:
    """Write a label beside each bar, the first on top; stressed ones are bold."""
    axes.set_yticks(range(len(labels)), [wrapped(label) for label in labels])
    for text, is_stressed in zip(axes.get_yticklabels(), stressed or [False] * len(labels), strict=True):
        text.set_fontweight("bold" if is_stressed else "normal")
    axes.set_ylim(len(labels) - 0.45, -0.55)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def beside(axes: Axes, x: float, y: float, text: str, *, left: bool = False, **options: Any) -> None:
    """Write a text a little to the right of a point, or to its left."""
    offset = (-_GAP if left else _GAP, 0.0)
    side = "right" if left else "left"
    axes.annotate(text, (x, y), offset, textcoords="offset points", ha=side, va="center", **options)


def finished(name: str, title: str, description: str, figure: Figure) -> Picture:
    """Return a picture whose layout is settled, so that every file of it is drawn alike."""
    engine = figure.get_layout_engine()
    if engine is not None:
        for _ in range(_LAYOUT_PASSES):
            engine.execute(figure)
    figure.set_layout_engine("none")
    return Picture(name, title, description, figure)


def _described(svg: str, picture: Picture) -> str:
    """Return an SVG with ids of its own, a title and a description."""
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"\s*<style type=\"text/css\">.*?</style>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(\bid="|url\(#|href="#)', lambda found: f"{found[1]}{picture.name}-", svg)
    svg = svg.replace("'DejaVu Sans', sans-serif", _FALLBACK_FONTS).replace("'DejaVu Sans'", _FALLBACK_FONTS)
    svg = svg.replace(f"{_FALLBACK_FONTS}, Verdana, Arial, sans-serif", _FALLBACK_FONTS)
    words = (
        f'<title id="{picture.name}-title">{escape(picture.title)}</title>'
        f'<desc id="{picture.name}-desc">{escape(picture.description)}</desc>'
    )
    start = svg.index("<svg")
    end = svg.index(">", start)
    named = f' role="img" aria-labelledby="{picture.name}-title {picture.name}-desc"'
    named += ' style="stroke-linejoin:round;stroke-linecap:butt"'
    return f"{svg[:end]}{named}>\n {words}{svg[end + 1 :]}"
