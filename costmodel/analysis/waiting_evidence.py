"""On what evidence the inputs of waiting lists rest."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from costmodel.inputs.records import JointRecord, Record
from costmodel.inputs.specification import ModelSpec


def waiting_evidence(*specs: ModelSpec) -> tuple[tuple[str, str], ...]:
    """Return label and class of evidence of every input of the waiting lists, each once.

    Parameters
    ----------
    specs
        Made with `also=["waiting"]`.
    """
    return tuple(dict.fromkeys(record for spec in specs for record in _records(spec)))


def evidence_count(spec: ModelSpec) -> str:
    """Return how many inputs of the waiting list are illustrative, or nothing where none is."""
    records = waiting_evidence(spec)
    loose = sum(evidence == "illustrative" for _, evidence in records)
    if not loose:
        return ""
    return (
        f"{loose} of {len(records)} inputs of parameters/waiting.yaml are illustrative, without a source: "
        "put the Hub's own in their place before these figures decide anything."
    )


def _records(spec: ModelSpec) -> Iterator[tuple[str, str]]:
    """Yield label and class of evidence of every record of the run's waiting list."""
    if spec.waiting is None:
        return
    for name, value in spec.waiting:
        if name != "hubs":
            yield from _records_in(value)
    for hub in spec.hubs:
        yield from _records_in(spec.waiting.hubs[hub])


def _records_in(value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, (Record, JointRecord)):
        yield value.label, value.evidence
    elif isinstance(value, BaseModel):
        for _, inner in value:
            yield from _records_in(inner)
