"""The figure of hiring: who is recruited, learns, works and goes, month by month from the decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from costmodel.analysis.hiring import PostChange, Stage
from costmodel.report.formatting import fixed, share
from costmodel.report.picture import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    PALE,
    SKY,
    Picture,
    figure_style,
    finished,
    label_rows,
    new_figure,
    rows_height,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_BAR: Final = 0.62
_MONTHS_AFTER: Final = 3.0
_FEWEST_MONTHS: Final = 12.0
_MOST_MONTHS_WITH_TEXT: Final = 13.0
_LOOKS: Final[Mapping[str, tuple[str, str, str]]] = {
    "recruiting": ("white", "....", "being recruited: no work yet"),
    "ramp": (SKY, "", "new in post: share of full work"),
    "productive": (BLUE, "", "fully productive"),
    "temporary": (ORANGE, "\\\\\\\\", "temporary, fully productive"),
    "ending": (PALE, "////", "post that ends"),
}


@dataclass(frozen=True)
class _Row:
    label: str
    post: PostChange | None = None


def hiring_picture(posts: Sequence[PostChange], labels: Mapping[str, str], context: str) -> Picture:
    """Draw who is hired and whose posts end, scenario by scenario.

    Parameters
    ----------
    posts
        Scenario by scenario.
    labels
        Of the scenarios, in their order.
    context
        What the figure must say of itself.
    """
    name, title = "hiring", "Who is hired, who goes, and when"
    rows = _rows_of(posts, labels)
    end = _last_month(posts)
    with figure_style(name):
        legend = 0.25 * ((len(_seen(posts)) + 3) // 2) + 0.3
        figure, (axes,) = new_figure(title, context, rows_height([row.label for row in rows]) + legend + 0.4)
        for place, row in enumerate(rows):
            if row.post is not None:
                _bars(axes, place, row.post, end)
        label_rows(axes, [row.label for row in rows], [row.post is None for row in rows])
        axes.set_xlim(0.0, end)
        axes.set_xticks(list(range(0, int(end) + 1, 1 if end <= _MOST_MONTHS_WITH_TEXT else 3)))
        axes.set_xlabel("Months from the decision")
        axes.grid(axis="x", color=PALE, lw=0.6)
        _legend(figure, posts)
        words = "; ".join(_words(post, labels) for post in posts)
        return finished(name, f"{title}. {' '.join(context.split())}", f"{words}.", figure)


def _rows_of(posts: Sequence[PostChange], labels: Mapping[str, str]) -> list[_Row]:
    rows = []
    for scenario, label in labels.items():
        own = [post for post in posts if post.scenario == scenario]
        if own:
            rows.append(_Row(label))
            rows += [_Row(post_label(post), post) for post in own]
    return rows


def post_label(post: PostChange) -> str:
    """Return what a change of posts is called: its size first.

    Examples
    --------
    >>> post_label(PostChange("junior", "Assistants", "added", 1.25, ()))
    '+1.25 WTE: Assistants'
    """
    sign = "+" if post.wte > 0.0 and post.why != "to fill" else ""
    size = fixed(post.wte, 2)
    size = size[:-1] if size.endswith("0") else size
    what = {
        "temporary": ", to clear the list",
        "lasting": ", to clear the list and keep up",
        "to fill": ", still to be recruited",
    }.get(post.why, "")
    return f"{sign}{size} WTE: {post.label}{what}"


def _last_month(posts: Sequence[PostChange]) -> float:
    """Return where the axis ends: a while after the last change."""
    changes = [stage.start if stage.end is None else stage.end for post in posts for stage in post.stages]
    return max(_FEWEST_MONTHS, max(changes, default=0.0) + (_MONTHS_AFTER if changes else 0.0))


def _bars(axes: Axes, place: int, post: PostChange, end: float) -> None:
    for stage in post.stages:
        colour, hatch, _ = _LOOKS[_look(stage, post)]
        closes = end if stage.end is None else stage.end
        edge = GREY if colour in ("white", PALE) else "white"
        axes.barh(
            place, closes - stage.start, _BAR, stage.start, color=colour, hatch=hatch, edgecolor=edge, lw=0.6
        )
        if stage.name == "ramp" and end <= _MOST_MONTHS_WITH_TEXT + _MONTHS_AFTER:
            middle = (stage.start + closes) / 2
            axes.text(middle, place, f"{100.0 * stage.output:.0f}", ha="center", va="center")
    if post.ends is not None:
        axes.plot([post.ends], [place], "X", color=BLACK, mec="white", ms=8, clip_on=False, zorder=4)


def _look(stage: Stage, post: PostChange) -> str:
    return "temporary" if post.why == "temporary" and stage.name == "productive" else stage.name


def _seen(posts: Sequence[PostChange]) -> list[str]:
    seen = {_look(stage, post) for post in posts for stage in post.stages}
    return [look for look in _LOOKS if look in seen]


def _legend(figure: Figure, posts: Sequence[PostChange]) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = []
    for look in _seen(posts):
        colour, hatch, label = _LOOKS[look]
        label = f"{label}, %" if look == "ramp" else label
        handles.append(Patch(facecolor=colour, hatch=hatch, edgecolor=GREY, lw=0.6, label=label))
    if any(post.ends is not None for post in posts):
        handles.append(Line2D([], [], color=BLACK, mec="white", marker="X", ms=8, ls="", label="leaves"))
    figure.legend(handles=handles, loc="outside lower left", ncols=2, handlelength=2.2, handleheight=1.1)


def _words(post: PostChange, labels: Mapping[str, str]) -> str:
    parts = []
    if post.in_post is not None:
        steps = [share(stage.output, 0) for stage in post.stages if stage.name != "recruiting"]
        parts.append(f"in post after {post.in_post:g} months, then {', '.join(steps)} of full work by month")
    if post.ends is not None:
        parts.append("ends at once" if post.ends == 0.0 else f"ends after {post.ends:g} months")
    return f"{labels[post.scenario]}: {post_label(post)}, {', '.join(parts)}"
