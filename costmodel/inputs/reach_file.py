"""What `reach.yaml` may hold: whom targeted outreach is aimed at, and how the groups differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Final

from pydantic import Field

from costmodel.inputs.records import JointRecord, Record
from costmodel.inputs.references import Fault
from costmodel.inputs.validation import StrictModel

_ROOT: Final = ("reach",)


class Group(StrictModel):
    """An under-served group: its response and the cost of a contact, against the average contact."""

    label: str
    response: Record
    effort: Record


class ReachFile(StrictModel):
    """Whom targeted outreach reaches. File `reach.yaml`, which only comparisons read.

    `contacts_by_group` splits the targeted contacts in its proportions; someone in two groups counts once.
    Scenarios override it to say whom they aim at.
    """

    groups: Annotated[dict[str, Group], Field(min_length=1)]
    contacts_by_group: JointRecord


def reach_faults(reach: ReachFile) -> Iterator[Fault]:
    """Yield what is wrong with the file beside units and records that are wrong by themselves."""
    record = reach.contacts_by_group
    path = (*_ROOT, "contacts_by_group")
    if record.value is None:
        yield path, "must be fixed values, the same in every draw; give value in place of distribution"
    elif not sum(record.value.values()) > 0.0:
        yield (*path, "value"), "must not be 0 for every group"
    if set(record.components) != set(reach.groups):
        yield (*path, "components"), f"must name the groups: {', '.join(reach.groups)}"
    for name, group in reach.groups.items():
        yield from _fixed((*_ROOT, "groups", name, "response"), group.response)
        yield from _fixed((*_ROOT, "groups", name, "effort"), group.effort)


def _fixed(path: Sequence[str], record: Record) -> Iterator[Fault]:
    if record.distribution is not None:
        yield (
            tuple(path),
            "must be a fixed value, the same in every draw; give value in place of distribution",
        )
    elif record.mean == 0.0:
        yield tuple(path), "must be greater than 0; got 0"
