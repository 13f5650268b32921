"""Staff types that a file of the user's own defines: every component an amount, or a rule of the tables."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from costmodel.inputs.records import Evidence, PriceYear, Source, Text
from costmodel.inputs.table_rows import Amount, Confidence, Hours
from costmodel.inputs.validation import StrictModel


class RuleName(StrictModel):
    """A component that is given by a row of a reference table."""

    rule: Text


class StaffDefinition(StrictModel):
    """A staff type as a file of the user's own gives it: every component an amount or a rule.

    Amounts are for one whole-time equivalent. [GBP/year; working_hours in hours/year]
    """

    label: Text | None = None
    staff_id: Text | None = None
    edition: Text | None = None
    price_year: PriceYear | None = None
    setting: Text | None = None
    profession: Text | None = None
    band: Text | None = None
    salary: Amount
    oncosts: Amount | RuleName
    qualifications: Amount | RuleName | None = None
    overheads_management: Amount | RuleName
    overheads_non_staff: Amount | RuleName
    capital_overheads: Amount | RuleName
    working_hours: Hours | RuleName
    indirect_ratio: Amount | None = None
    evidence: Evidence = "user"
    confidence: Confidence | None = None
    source: Source | None = None
    note: Text | None = None


class StaffFile(StrictModel):
    """A file of staff types: derived_staff.yaml, or one of the user's own."""

    staff: Annotated[dict[str, StaffDefinition], Field(min_length=1)]
