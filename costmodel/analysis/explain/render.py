"""Trees of numbers as text, as JSON and as rows."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from costmodel.analysis.explain.tree import Node, Operation
from costmodel.inputs.specification import Parameter
from costmodel.text import NOT_APPLICABLE
from costmodel.units import is_money

DEFAULT_DEPTH: Final = 3
DEFAULT_WIDTH: Final = 100
_NARROWEST: Final = 40
_NO_BREAK: Final = "\xa0"
_MOST_STEPS: Final = 12
_MANY_PARTS: Final = 4
_ADDED: Final = frozenset({Operation.SUM, Operation.WAIT_QUANTILE})
_BOLD, _DIM, _YELLOW, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[33m", "\x1b[0m"


@dataclass(frozen=True)
class _Marks:
    """What a tree is drawn with."""

    branch: str
    last: str
    trunk: str
    gap: str
    between: str
    signs: dict[Operation, tuple[str, str]]


_SIGNS = {Operation.SUM: ("+ ", "+ "), Operation.SMALLER: ("  ", "or ")}
_BOXES = _Marks(
    "├─ ",
    "└─ ",
    "│  ",
    "   ",
    " · ",
    {
        **_SIGNS,
        Operation.DIFFERENCE: ("  ", "− "),
        Operation.PRODUCT: ("  ", "× "),
        Operation.QUOTIENT: ("  ", "÷ "),
    },
)
_ASCII = _Marks(
    "|- ",
    "`- ",
    "|  ",
    "   ",
    "; ",
    {
        **_SIGNS,
        Operation.DIFFERENCE: ("  ", "- "),
        Operation.PRODUCT: ("  ", "* "),
        Operation.QUOTIENT: ("  ", "/ "),
    },
)


def render(
    node: Node,
    width: int = DEFAULT_WIDTH,
    depth: int | None = DEFAULT_DEPTH,
    color: bool = False,
    *,
    ascii_only: bool = False,
) -> str:
    """Return a tree as text.

    Parameters
    ----------
    node
        Root of the tree.
    width
        Characters of a line.
    depth
        Levels below the root; all of them if None.
    color
        Whether to mark up for a terminal; what no source gives is yellow.
    ascii_only
        Draw with ASCII characters only.

    Examples
    --------
    >>> from costmodel.analysis.explain.tree import constant, quotient
    >>> hours = constant("hours", "Hours", 1_500.0, "hours/year")
    >>> cost = constant("cost", "Cost", 75_000.0, "GBP/year", "as agreed")
    >>> print(render(quotient("rate", "Cost of an hour", "GBP/hour", [cost, hours]), ascii_only=True))
    Cost of an hour  GBP 50.00/hour  [quotient]
    |-   Cost  GBP 75,000/year  (as agreed)
    `- / Hours  1,500 hours/year
    """
    return _Renderer(max(width, _NARROWEST), depth, color, _ASCII if ascii_only else _BOXES).text(node)


def amount(value: float, unit: str, *, pound: str = "£") -> str:
    """Return a value with its unit: enough digits to work the tree out again by hand.

    Examples
    --------
    >>> amount(852_487.47, "GBP/year"), amount(45.678, "GBP/hour"), amount(0.138, "share")
    ('£852,487/year', '£45.68/hour', '0.138')
    >>> amount(1552.5, "hours/year"), amount(float("nan"), "GBP/client")
    ('1,552.5 hours/year', 'not applicable')
    """
    if math.isnan(value):
        return NOT_APPLICABLE
    if is_money(unit):
        sign = "-" if value < 0 else ""
        return f"{sign}{pound}{_money(abs(value))}{unit.removeprefix('GBP')}"
    return _number(value) if unit in ("share", "ratio") else f"{_number(value)} {unit}"


def node_json(node: Node) -> dict[str, Any]:
    """Return a tree as plain data; what several nodes need is written once, then marked `see_above`."""
    seen: set[Node] = set()

    def plain(each: Node) -> dict[str, Any]:
        own = _plain(each)
        if not each.children:
            return own
        if each in seen:
            return {**own, "see_above": True}
        seen.add(each)
        return {**own, "children": [plain(child) for child in each.children]}

    return plain(node)


def node_rows(node: Node) -> list[dict[str, Any]]:
    """Return a tree as rows, each with its level and its parent's name; children follow their parent."""
    seen: set[Node] = set()

    def rows(each: Node, level: int, parent: str) -> Iterator[dict[str, Any]]:
        own = _plain(each)
        parameter = own.pop("parameter", None) or dict.fromkeys(_PARAMETER_KEYS)
        repeated = each in seen and bool(each.children)
        yield {"level": level, "parent": parent, **own, "see_above": repeated, **parameter}
        if not repeated:
            seen.add(each)
            for child in each.children:
                yield from rows(child, level + 1, each.name)

    return list(rows(node, 0, ""))


_PARAMETER_KEYS = ("number", "evidence", "source", "price_year", "file", "line")


def _plain(node: Node) -> dict[str, Any]:
    own: dict[str, Any] = {
        "name": node.name,
        "label": node.label,
        "value": None if math.isnan(node.value) else node.value,
        "unit": node.unit,
        "operation": str(node.operation),
        "note": node.note,
    }
    return own if node.parameter is None else {**own, "parameter": _plain_parameter(node.parameter)}


def _plain_parameter(parameter: Parameter) -> dict[str, Any]:
    values = (
        parameter.number,
        parameter.evidence,
        parameter.source,
        parameter.price_year,
        parameter.location.file,
        parameter.location.line,
    )
    return dict(zip(_PARAMETER_KEYS, values, strict=True))


class _Renderer:
    """Draws one tree."""

    def __init__(self, width: int, depth: int | None, color: bool, marks: _Marks) -> None:
        self.width, self.depth, self.color, self.marks = width, depth, color, marks
        self.pound = "GBP " if marks is _ASCII else "£"
        self.expanded: set[Node] = set()
        self.is_cut = False

    def text(self, root: Node) -> str:
        about = textwrap.wrap(root.note, self.width) if root.children else []
        lines = [*about, *([""] if about else []), *self._lines(root, "", "", 0)]
        if self.is_cut:
            deeper = (self.depth or 0) + 3
            lines += ["", f"Not all levels are shown: --depth {deeper} shows more, --format csv all of them."]
        text = "\n".join(lines)
        return _in_ascii(text) if self.marks is _ASCII else text

    def _lines(self, node: Node, head: str, below: str, level: int, *, folded: bool = False) -> Iterator[str]:
        what = f"{node.label}  {_unbroken(amount(node.value, node.unit, pound=self.pound))}"
        if not node.children:
            yield from self._leaf(node, what, head, below)
            return
        repeated = node in self.expanded
        too_deep = folded or (self.depth is not None and level >= self.depth)
        cut = too_deep or self._is_slack(node, level)
        self.is_cut |= too_deep and not repeated
        how = (
            "(see above)"
            if repeated
            else f"[{node.operation} of {len(node.children)} …]"
            if cut
            else f"[{node.operation}]"
        )
        aside = f"  ({node.note})" if node.note and level else ""
        for number, line in enumerate(self._wrapped(f"{what}  {_unbroken(how)}{aside}", head, below)):
            shown = line.replace(how, self._marked(how, _DIM))
            yield self._marked(shown, _BOLD) if level == 0 and number == 0 else shown
        if not (repeated or cut):
            self.expanded.add(node)
            yield from self._children(node, below, level)

    def _is_slack(self, node: Node, level: int) -> bool:
        """Return whether a node is a limit that does not bind, of which only the whole tree says more."""
        if self.depth is None or level == 0 or node.operation is not Operation.SMALLER:
            return False
        first = node.children[0]
        return first.operation is Operation.CONSTANT and node.value == first.value

    def _children(self, node: Node, below: str, level: int) -> Iterator[str]:
        marks = self.marks
        first, others = marks.signs.get(node.operation, ("", ""))
        shown = self._shown(node, level)
        hidden = [child for child in node.children if child not in shown]
        self.is_cut |= bool(hidden)
        for place, child in enumerate(shown):
            sign = first if place == 0 else others
            is_last = place == len(shown) - 1 and not hidden
            head = below + (marks.last if is_last else marks.branch) + sign
            after = below + (marks.gap if is_last else marks.trunk)
            # One step tells how all of them come about.
            folded = self.depth is not None and node.operation is Operation.OVER_TIME and place > 0
            yield from self._lines(child, head, after, level + 1, folded=folded)
        if hidden:
            yield from self._wrapped(_rest(hidden, self.pound), below + marks.last, below)

    def _shown(self, node: Node, level: int) -> list[Node]:
        """Return the parts that are shown: not many steps far down, nor many parts that are nothing."""
        if self.depth is None:
            return list(node.children)
        if node.operation is Operation.OVER_TIME:
            return list(node.children if level == 0 else node.children[:1])[:_MOST_STEPS]
        nothing = [child for child in node.children if child.value == 0.0]
        if node.operation not in _ADDED or len(nothing) < _MANY_PARTS:
            return list(node.children)
        return [child for child in node.children if child.value != 0.0]

    def _leaf(self, node: Node, what: str, head: str, below: str) -> Iterator[str]:
        parameter = node.parameter
        aside = f"  ({node.note})" if node.note and parameter is None else ""
        yield from self._wrapped(what + aside, head, below)
        if parameter is None or node in self.expanded:
            return
        self.expanded.add(node)
        indent = below + self.marks.gap + " "
        about = self.marks.between.join(_about(parameter))
        for line in textwrap.wrap(about, self._room(indent), break_long_words=False, break_on_hyphens=False):
            yield indent + self._marked(line, _YELLOW if parameter.illustrative else _DIM)

    def _wrapped(self, text: str, head: str, below: str) -> Iterator[str]:
        indent = below + self.marks.gap + " "
        first, *others = textwrap.wrap(text, self._room(head), break_long_words=False, break_on_hyphens=False)
        yield _broken(head + first)
        for line in textwrap.wrap(" ".join(others), self._room(indent), break_long_words=False):
            yield _broken(indent + line)

    def _room(self, head: str) -> int:
        return max(self.width - len(head), _NARROWEST // 2)

    def _marked(self, text: str, mark: str) -> str:
        return f"{mark}{text}{_PLAIN}" if self.color else text


def _rest(hidden: list[Node], pound: str) -> str:
    """Return what is said of parts that are not shown."""
    whole = sum(child.value for child in hidden)
    if whole == 0.0 and all(child.value == 0.0 for child in hidden):
        return f"… and {len(hidden)} more of 0"
    return f"… and {len(hidden)} more, together {_unbroken(amount(whole, hidden[0].unit, pound=pound))}"


def _about(parameter: Parameter) -> Iterator[str]:
    """Yield what a reader needs to trace a parameter; the source's address is in the JSON."""
    yield parameter.evidence
    if parameter.uncertain:
        yield parameter.number
    if parameter.source:
        yield re.sub(r" <[^<>]*>$", "", parameter.source)
    yield parameter.name
    place = parameter.location
    yield place.file if place.line is None else f"{place.file}:{place.line}"


def _in_ascii(text: str) -> str:
    plain = text.replace("…", "...").replace("–", "-").replace("×", "x").replace("£", "GBP ")
    return plain.encode("ascii", "replace").decode()


def _unbroken(text: str) -> str:
    return text.replace(" ", _NO_BREAK)


def _broken(text: str) -> str:
    return text.replace(_NO_BREAK, " ")


def _money(value: float) -> str:
    if value >= 1_000.0:
        return f"{value:,.0f}"
    return f"{value:.2f}" if value >= 0.1 or value == 0.0 else f"{value:.3g}"


def _number(value: float) -> str:
    if abs(value) >= 1_000.0:
        return f"{value:,.1f}".removesuffix(".0")
    return f"{value:.5g}"


__all__ = ["DEFAULT_DEPTH", "DEFAULT_WIDTH", "amount", "node_json", "node_rows", "render"]
