"""From pydantic's errors to problems in the house style: name, file, line, rule, found, what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, RootModel, ValidationError

from costmodel.errors import Problem, did_you_mean
from costmodel.inputs.tree import KeyPath, Tree, dotted, find

Model = TypeVar("Model", bound=BaseModel)


class StrictModel(BaseModel):
    """Base of every model of a file: unknown keys are refused, and nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FaultsError(ValueError):
    """Raised in a validator to report faults at paths below the value that it validates.

    Parameters
    ----------
    faults
        Pairs of path, from the validated value on, and message.
    """

    def __init__(self, faults: Iterable[tuple[KeyPath, str]]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(message for _, message in self.faults))


def validate(
    model: type[Model], tree: Tree, path: KeyPath = (), *, context: Mapping[str, Any] | None = None
) -> tuple[Model | None, list[Problem]]:
    """Validate what stands at a path of a tree.

    Parameters
    ----------
    model
        The pydantic model that it must fit.
    tree
        Everything that was read.
    path
        Where in the tree. Nothing there is one problem, "is missing".
    context
        Passed on to validators as ``info.context``.

    Returns
    -------
    The model, or None where there are problems; and the problems.
    """
    if not tree.has(path):
        return None, [_problem(tree, path, "is missing")]
    data = tree.get(path)
    try:
        return model.model_validate(data, context=dict(context or {})), []
    except ValidationError as error:
        found = [
            finding for each in error.errors(include_url=False) for finding in _findings(model, data, each)
        ]
    return None, [_problem(tree, path + where, message) for where, message in _merged(_meant(found))]


_Branch = tuple[KeyPath, str | int]


@dataclass(frozen=True)
class _Finding:
    """One error of pydantic, its path freed of the names of union branches.

    `branches` holds those names and where they stood, outermost first.
    """

    path: KeyPath
    message: str
    branches: tuple[_Branch, ...]
    is_about_type: bool


def _findings(model: type[BaseModel], data: Any, error: Mapping[str, Any]) -> Iterator[_Finding]:
    path, branches = _clean(model, error["loc"], data, missing=error["type"] == "missing")
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, FaultsError):
        for below, message in cause.faults:
            yield _Finding(path + below, message, branches, is_about_type=False)
        return
    message = _unknown_key(model, path) if error["type"] == "extra_forbidden" else _message(error)
    is_about_type = error["type"].endswith("_type") and not _is_quoted_number(error)
    yield _Finding(path, message, branches, is_about_type)


def _clean(
    model: type[BaseModel], loc: KeyPath, data: Any, *, missing: bool
) -> tuple[KeyPath, tuple[_Branch, ...]]:
    """Return the steps of an error's path that a user can see, and the union branches left out.

    A step counts if it stands in the data or is a field of the model there; pydantic's names of the branches
    of a union, such as `float` or `Record`, are neither.
    """
    path: KeyPath = ()
    branches: tuple[_Branch, ...] = ()
    annotations: list[Any] = [model]
    for position, step in enumerate(loc):
        is_in_data, _ = find(data, (*path, step))
        is_field = any(str(step) in _fields(part) for each in annotations for part in _models_in(each))
        if is_in_data or is_field or (missing and position == len(loc) - 1):
            path = (*path, step)
            annotations = [below for each in annotations for below in _below(each, step)]
        else:
            branches = (*branches, (path, step))
    return path, branches


def _meant(findings: list[_Finding], depth: int = 0) -> list[_Finding]:
    """Return the findings of the branch of every union that the user most likely meant.

    That is the branch with fewest faults, one that fits the kind of value (text, a mapping) before one that
    does not. Branches that fit equally well all stay.
    """
    if all(len(finding.branches) <= depth for finding in findings):
        return findings
    by_branch: dict[_Branch, list[_Finding]] = {}
    for finding in findings:
        if len(finding.branches) > depth:
            by_branch.setdefault(finding.branches[depth], []).append(finding)
    ranks = {branch: _rank(branch, group) for branch, group in by_branch.items()}
    best = {place: min(rank for (where, _), rank in ranks.items() if where == place) for place, _ in ranks}
    kept = [
        finding
        for finding in findings
        if len(finding.branches) <= depth
        or ranks[finding.branches[depth]] == best[finding.branches[depth][0]]
    ]
    return _meant(kept, depth + 1)


def _rank(branch: _Branch, findings: list[_Finding]) -> tuple[bool, int]:
    is_other_kind = any(finding.is_about_type and finding.path == branch[0] for finding in findings)
    return is_other_kind, len(findings)


def _merged(findings: Iterable[_Finding]) -> Iterator[tuple[KeyPath, str]]:
    """Yield one message for each path and rule; the branches of one union become one message."""
    messages: dict[KeyPath, list[str]] = {}
    for finding in findings:
        known = messages.setdefault(finding.path, [])
        if finding.message in known:
            continue
        if finding.branches and finding.is_about_type and known:
            known[-1] = _either(known[-1], finding.message)
        else:
            known.append(finding.message)
    for path, texts in messages.items():
        for text in texts:
            yield path, text


def _either(first: str, second: str) -> str:
    """Return two rules of which one must hold as one message that says only once what was found.

    Examples
    --------
    >>> _either("must be a number; got 'w'", "must be a mapping of keys; got 'w'")
    "must be a number, or a mapping of keys; got 'w'"
    """
    (rule, _, found), (other, _, also_found) = first.rpartition("; got "), second.rpartition("; got ")
    if not rule or found != also_found:
        return f"{first}, or {second}"
    return f"{rule}, or {other.removeprefix('must be ')}; got {found}"


def _problem(tree: Tree, path: KeyPath, message: str) -> Problem:
    location = tree.locate(path)
    return Problem(location.file, location.line, dotted(path), message)


def _message(error: Mapping[str, Any]) -> str:
    kind, found, context = error["type"], error["input"], error.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if _is_quoted_number(error):
        return f"'{found}' is text; remove the quotes"
    if kind in ("literal_error", "enum"):
        return _choice_message(str(context["expected"]), found)
    template = _MESSAGES.get(kind)
    if template is None:
        return f"{error['msg'][0].lower()}{error['msg'][1:]}; got {show(found)}"
    return template.format(got=show(found), **{name: show(limit) for name, limit in context.items()})


_MESSAGES = {
    "missing": "is missing",
    "float_type": "must be a number; got {got}",
    "finite_number": "must be a finite number; got {got}",
    "int_type": "must be a whole number; got {got}",
    "int_from_float": "must be a whole number; got {got}",
    "string_type": "must be text; got {got} (put it in quotes if it is meant as text)",
    "string_too_short": "must not be empty",
    "string_pattern_mismatch": "must match {pattern}; got {got}",
    "bool_type": "must be true or false; got {got}",
    "bool_parsing": "must be true or false; got {got}",
    "greater_than": "must be greater than {gt}; got {got}",
    "greater_than_equal": "must be at least {ge}; got {got}",
    "less_than": "must be less than {lt}; got {got}",
    "less_than_equal": "must be at most {le}; got {got}",
    "model_type": "must be a mapping of keys; got {got}",
    "model_attributes_type": "must be a mapping of keys; got {got}",
    "dict_type": "must be a mapping of keys; got {got}",
    "list_type": "must be a list; got {got}",
    "tuple_type": "must be a list; got {got}",
    "too_short": "must hold at least {min_length}; got {actual_length}",
    "too_long": "must hold at most {max_length}; got {actual_length}",
}


def show(value: Any) -> str:
    """Return a value as a short text for a message.

    Examples
    --------
    >>> [show(value) for value in (None, True, 36.4, "no", [1, 2], {"a": 1})]
    ['nothing', 'true', '36.4', "'no'", 'a list', 'a mapping']
    """
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (dict, list)):
        return "a mapping" if isinstance(value, dict) else "a list"
    text = f"{value:.12g}" if isinstance(value, float) else str(value)
    short = text if len(text) <= 60 else f"{text[:57]}..."
    return f"'{short}'" if isinstance(value, str) else short


def _is_quoted_number(error: Mapping[str, Any]) -> bool:
    """Return whether text was found where a number should stand, and reads as one."""
    found = error["input"]
    wants_number = error["type"] in ("float_type", "int_type") and isinstance(found, str)
    return wants_number and re.fullmatch(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*", found) is not None


def _choice_message(expected: str, found: Any) -> str:
    choices = re.findall(r"'([^']*)'", expected)
    hint = did_you_mean(found, choices) if isinstance(found, str) else ""
    allowed = f"one of {', '.join(choices)}" if len(choices) > 1 else "".join(choices) or expected.lower()
    return f"must be {allowed}; got {show(found)}" + (f".{hint}" if hint else "")


def _unknown_key(model: type[BaseModel], path: KeyPath) -> str:
    known = sorted(_keys_at(model, path[:-1]))
    hint = did_you_mean(str(path[-1]), known) or f" Known keys: {', '.join(known)}"
    return f"is not a known key.{hint}"


def _keys_at(model: type[BaseModel], path: KeyPath) -> set[str]:
    """Return the keys that some model allows at a path below it."""
    annotations: list[Any] = [model]
    for step in path:
        annotations = [below for each in annotations for below in _below(each, step)]
    return {key for each in annotations for part in _models_in(each) for key in _fields(part)}


def _below(annotation: Any, step: str | int) -> Iterator[Any]:
    for part in _parts(annotation):
        if _is_model(part):
            field = _fields(part).get(str(step))
            yield from [] if field is None else [field]
        elif get_origin(part) is not None and get_args(part):
            arguments = [argument for argument in get_args(part) if argument is not Ellipsis]
            yield arguments[-1]


def _parts(annotation: Any) -> Iterator[Any]:
    """Yield the branches of a union, what a root model holds, or the annotation itself."""
    if get_origin(annotation) in (Union, UnionType):
        for branch in get_args(annotation):
            yield from _parts(branch)
    elif get_origin(annotation) is Annotated:
        yield from _parts(get_args(annotation)[0])
    elif _is_model(annotation) and issubclass(annotation, RootModel):
        yield from _parts(annotation.model_fields["root"].annotation)
    else:
        yield annotation


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    yield from (part for part in _parts(annotation) if _is_model(part))


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}
