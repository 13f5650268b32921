"""Strict YAML: one pass from text to plain data, the line of every key, and all problems.

Only the scalars of YAML 1.2's core schema [1]_ are read as anything but text. PyYAML follows YAML 1.1, in
which ``1e-3`` is text, ``12:30`` is 750, ``no`` is false, and the last of two equal keys silently wins; so
PyYAML here only parses, and this module decides what a scalar means.

References
----------
.. [1] Döhmer I, et al. (2021). YAML Ain't Markup Language, version 1.2, revision 1.2.2, chapter 10.3.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from costmodel.errors import Problem
from costmodel.inputs.tree import KeyPath, dotted

MAX_DEPTH = 64
MAX_VALUES = 500_000
MAX_DIGITS = 300

_CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBER_START = frozenset("+-.0123456789")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_BASED_INTEGER = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_NOT_TEXT = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_HINTS = {
    "mapping values are not allowed": "text that holds a colon and a space must be in quotes",
    "found unexpected end of stream": "is a quote left open?",
    "could not find expected ':'": "is a colon missing after a key?",
    "did not find expected key": "check the indentation of this line and of the lines above",
    "but found another document": "write one document a file, without '---' between parts",
}
_UNTAGGED = "untagged"
_TOO_DEEP = f"is nested more than {MAX_DEPTH} levels deep (does an alias contain itself?)"


class _TooMuchError(Exception):
    """The file is too deep or too large to be a parameter file."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


class _Untagged:
    """Leave the meaning of scalars to this module, and stop before nesting exhausts the C stack."""

    _depth = 0

    def resolve(self, _kind: Any, _value: Any, _implicit: Any) -> str:
        return _UNTAGGED

    def descend_resolver(self, parent: Any, _index: Any) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH + 1:
            raise _too_deep(parent.start_mark.line + 1)

    def ascend_resolver(self) -> None:
        self._depth -= 1


class _PurePythonLoader(_Untagged, yaml.SafeLoader):
    """Compose nodes in Python, where PyYAML was built without its C parser."""


_BaseLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Untagged, _BaseLoader):  # type: ignore[misc]  # which base is known only at run time
    """Compose nodes as fast as this installation of PyYAML can."""


def read_yaml(
    path: Path, display: str, root: KeyPath = (), *, loader: type = _Loader
) -> tuple[dict[str, Any], dict[KeyPath, int], list[Problem]]:
    """Read one YAML file whose top level is a mapping.

    Parameters
    ----------
    path
        The file.
    display
        The file's name in problems.
    root
        Path that the file's content has in the whole; put before every path that is returned.
    loader
        PyYAML loader that composes the nodes.

    Returns
    -------
    The data (empty where nothing could be read), the line of every key and list item by path, the problems.
    """
    text, problems = _read_text(path, display)
    if problems:
        return {}, {}, problems
    node, problems = _compose(text, display, loader)
    if node is None:
        return {}, {}, problems
    builder = _Builder(display)
    try:
        data = builder.build(node, root, 0)
    except _TooMuchError as error:
        return {}, {}, [Problem(display, error.line, "", str(error))]
    if isinstance(data, dict):
        return data, builder.lines, builder.problems
    if data is None and not builder.problems:
        return {}, {}, [Problem(display, None, "", "is empty")]
    message = f"must hold 'key: value' lines at the top; got {_kind_of(data)}"
    return {}, {}, [Problem(display, node.start_mark.line + 1, "", message)]


def parse_scalar(text: str) -> Any:
    """Return what an unquoted scalar means by YAML 1.2's core schema.

    Raises
    ------
    ValueError
        If it is a number that no computer number can hold, infinite, or not a number.

    Examples
    --------
    >>> [parse_scalar(text) for text in ("1e-3", "12:30", "no", "2026-11-23", "~", "0x1F", "true")]
    [0.001, '12:30', 'no', '2026-11-23', None, 31, True]
    """
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in _NUMBER_START:
        return text
    if _NOT_FINITE.fullmatch(text):
        raise ValueError(f"{text} is not a finite number")
    if len(text) > MAX_DIGITS and (_INTEGER.fullmatch(text) or _BASED_INTEGER.fullmatch(text)):
        raise ValueError(f"is a whole number of {len(text)} digits; at most {MAX_DIGITS} are allowed")
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return _finite(text)
    return int(text, 0) if _BASED_INTEGER.fullmatch(text) else text


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text} is too large for a number")
    return number


def _read_text(path: Path, display: str) -> tuple[str, list[Problem]]:
    try:
        raw = path.read_bytes()
    except OSError as error:
        return "", [Problem(display, None, "", f"cannot be read: {error.strerror}")]
    if b"\0" in raw:
        return "", [Problem(display, None, "", "is not a text file (it holds binary data)")]
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        message = f"is not UTF-8 text (byte 0x{raw[error.start]:02x}); save the file as UTF-8"
        return "", [Problem(display, line, "", message)]
    strange = _NOT_TEXT.search(text)
    if strange:
        line = text.count("\n", 0, strange.start()) + 1
        message = f"holds the control character U+{ord(strange.group()):04X}; delete it"
        return "", [Problem(display, line, "", message)]
    return text, []


def _compose(text: str, display: str, loader: type) -> tuple[yaml.Node | None, list[Problem]]:
    composer: Any = loader(text)
    try:
        node = composer.get_single_node()
    except yaml.MarkedYAMLError as error:
        return None, [_syntax_problem(error, text, display)]
    except _TooMuchError as error:
        return None, [Problem(display, error.line, "", str(error))]
    finally:
        composer.dispose()
    return node, [] if node else [Problem(display, None, "", "is empty")]


def _syntax_problem(error: yaml.MarkedYAMLError, text: str, display: str) -> Problem:
    mark: Any = error.problem_mark or error.context_mark
    line = text.split("\n")[mark.line] if mark.line <= text.count("\n") else ""
    if line[mark.column : mark.column + 1] == "\t" or line[: mark.column].strip(" ").startswith("\t"):
        return Problem(display, mark.line + 1, "", "is indented with a tab; use spaces")
    reason = str(error.problem)
    if "maximum nesting depth" in reason:  # libyaml from 0.2.6 has a limit too, and reads ahead of the nodes
        return Problem(display, mark.line + 1, "", _TOO_DEEP)
    hints = [hint for start, hint in _HINTS.items() if start in reason]
    return Problem(display, mark.line + 1, "", "; ".join([f"is not valid YAML: {reason}", *hints]))


def _too_deep(line: int) -> _TooMuchError:
    return _TooMuchError(_TOO_DEEP, line)


@dataclass
class _Builder:
    """Turn a node tree into plain data; note lines and problems on the way."""

    display: str
    lines: dict[KeyPath, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    n_values: int = 0

    def build(self, node: yaml.Node, path: KeyPath, depth: int) -> Any:
        self.n_values += 1
        if depth > MAX_DEPTH:
            raise _too_deep(node.start_mark.line + 1)
        if self.n_values > MAX_VALUES:
            message = f"holds more than {MAX_VALUES:,} values, counting each use of an alias"
            raise _TooMuchError(message, node.start_mark.line + 1)
        if node.tag is not _UNTAGGED and node.tag != _UNTAGGED:
            self._note(node, path, f"the tag {_short(node.tag)} is not supported; write the plain value")
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, depth)
        return self._sequence(node, path, depth)

    def _scalar(self, node: yaml.ScalarNode, path: KeyPath) -> Any:
        if node.style:
            return node.value
        try:
            return parse_scalar(node.value)
        except ValueError as error:
            self._note(node, path, str(error))
            return None

    def _sequence(self, node: yaml.Node, path: KeyPath, depth: int) -> list[Any]:
        values = []
        for position, item in enumerate(node.value):
            here = (*path, position)
            self.lines[here] = item.start_mark.line + 1
            values.append(self.build(item, here, depth + 1))
        return values

    def _mapping(self, node: yaml.MappingNode, path: KeyPath, depth: int) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            fault = _key_fault(key_node)
            if fault:
                self._note(key_node, path, fault)
                continue
            key = key_node.value
            here = (*path, key)
            if key in data:
                message = f"is given twice in the same place; the first is on line {self.lines[here]}"
                self._note(key_node, here, message)
                continue
            self.lines[here] = key_node.start_mark.line + 1
            data[key] = self.build(value_node, here, depth + 1)
        return data

    def _note(self, node: yaml.Node, path: KeyPath, message: str) -> None:
        self.problems.append(Problem(self.display, node.start_mark.line + 1, dotted(path), message))


def _key_fault(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        return "a key must be text, not a list or a mapping"
    if node.style:
        return "" if node.value else "a key must not be empty"
    if node.value == "<<":
        return "merge keys (<<) are not supported; write the values out, or use an alias for the whole"
    if not node.value:
        return "a key must not be empty"
    if node.value in _CONSTANTS or node.value[0] in _NUMBER_START:
        return _constant_key_fault(node.value)
    return ""


def _constant_key_fault(text: str) -> str:
    try:
        is_text = isinstance(parse_scalar(text), str)
    except ValueError:
        is_text = False
    return "" if is_text else f'the key {text} must be text; quote it: "{text}"'


def _short(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")


def _kind_of(data: Any) -> str:
    return "a list" if isinstance(data, list) else "a single value"
