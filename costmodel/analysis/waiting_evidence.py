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
    once = dict.fromkeys(record for spec in specs for record in _records(spec))
    return tuple((label, evidence) for _, label, evidence in once)


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


def _records(spec: ModelSpec) -> Iterator[tuple[str, str, str]]:
    """Yield where each record of the run's waiting list stands, its label and its class of evidence."""
    if spec.waiting is None:
        return
    for name, value in spec.waiting:
        if name != "hubs":
            yield from _records_in(name, value)
    for hub in spec.hubs:
        yield from _records_in(hub, spec.waiting.hubs[hub])


def _records_in(where: str, value: object) -> Iterator[tuple[str, str, str]]:
    if isinstance(value, (Record, JointRecord)):
        yield where, value.label, value.evidence
    elif isinstance(value, BaseModel):
        for name, inner in value:
            yield from _records_in(f"{where}.{name}", inner)
