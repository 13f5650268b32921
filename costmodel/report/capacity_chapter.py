"""The chapter "Capacity and waiting" of a run's report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from costmodel.analysis.capacity_of_run import CapacityOfRun
from costmodel.analysis.capacity_period import USED
from costmodel.analysis.capacity_types import CapacityAnalysis
from costmodel.inputs.specification import ModelSpec
from costmodel.report.capacity_tables import awaiting_table, chance_table, step_table
from costmodel.report.capacity_words import (
    WHOSE,
    awaiting_sentence,
    chance_sentences,
    commissioner_sentences,
    evidence_sentence,
    hub_headings,
    limit_labels,
    sure_sentences,
)
from costmodel.report.figures_capacity import (
    flows,
    list_band,
    list_context,
    list_over_time,
    what_binds,
)
from costmodel.report.figures_hours import UsedRow, hours_used
from costmodel.report.picture import Picture
from costmodel.report.steps import by_steps
from costmodel.report.table import Table
from costmodel.report.waiting import capacity_document, capacity_rows
from costmodel.report.writing import write_csv, write_json


@dataclass(frozen=True)
class CapacityChapter:
    """What the chapter shows; where waiting is not asked about, one line and nothing else.

    Attributes
    ----------
    why_not
        Why there is nothing to show; empty otherwise.
    answers
        What a commissioner asks first.
    evidence
        Which inputs are illustrative.
    sure
        What the bands hold, and whose perspective it is.
    warnings
        Of the analysis.
    chance
        What chance alone does; empty with the fluid engine.
    awaiting, awaiting_table
        That nobody waits for anything besides therapy, or who does.
    tables
        The list step by step, a table a Hub, then by chance alone.
    pictures
        In the order of the chapter.
    """

    why_not: str = ""
    answers: tuple[str, ...] = ()
    evidence: str = ""
    sure: tuple[str, ...] = ()
    chance: tuple[str, ...] = ()
    awaiting: str = ""
    awaiting_table: Table | None = None
    warnings: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    pictures: tuple[Picture, ...] = ()

    @cached_property
    def picture_of(self) -> Mapping[str, Picture]:
        """The pictures by name."""
        return {picture.name: picture for picture in self.pictures}


def capacity_chapter(found: CapacityOfRun) -> CapacityChapter:
    """Return the chapter of a run."""
    analysis, spec = found.analysis, found.spec
    if analysis is None or spec is None:
        return CapacityChapter(found.why_not)
    return CapacityChapter(
        answers=tuple(commissioner_sentences(analysis, spec)),
        evidence=evidence_sentence(spec),
        sure=(*sure_sentences(analysis), WHOSE),
        warnings=analysis.warnings,
        chance=tuple(chance_sentences(analysis, spec)),
        awaiting=awaiting_sentence(analysis),
        awaiting_table=awaiting_table(analysis, spec),
        tables=(
            *(step_table(analysis, spec, hub) for hub in analysis.hubs),
            *(chance_table(analysis, spec, hub) for hub in analysis.chance),
        ),
        pictures=capacity_pictures(analysis, spec),
    )


def write_capacity(found: CapacityOfRun, folder: Path) -> None:
    """Write the figures of the chapter as `capacity.csv` and `capacity.json`, if there are any."""
    if found.analysis is not None:
        write_csv(folder / "capacity.csv", capacity_rows(found.analysis))
        write_json(folder / "capacity.json", capacity_document(found.analysis))


def capacity_pictures(analysis: CapacityAnalysis, spec: ModelSpec) -> tuple[Picture, ...]:
    """Draw the figures of the chapter, in its order."""
    headings, draws = hub_headings(spec), f"{analysis.draws:,} draws"
    bands = [list_band(analysis, hub, headings[hub]) for hub in analysis.hubs]
    return (
        list_over_time(
            "waiting_list",
            "How many people wait for therapy",
            list_context(analysis),
            bands,
        ),
        flows(
            "Who is accepted, who starts, and who could",
            f"people a {analysis.step.name}, mean of {draws}; bands: 5 to 95% of draws",
            analysis,
            headings,
        ),
        hours_used(
            "waiting_hours_used",
            "How much of the staff's hours is used",
            f"share of hours, all of {analysis.months} months, mean of {draws}; lines: 5 to 95% of draws",
            used_rows(analysis, spec),
        ),
        what_binds(
            "What keeps more people from starting",
            f"share of {draws} in which each limit binds, {by_steps(analysis.step)}",
            analysis,
            headings,
            limit_labels(spec),
        ),
    )


def used_rows(analysis: CapacityAnalysis, spec: ModelSpec, case: str = "") -> list[UsedRow]:
    """Return the share of hours used by staff type, a row for each Hub that has such staff."""
    headings = hub_headings(spec)
    rows = []
    for pool, record in spec.pools.items():
        for hub in analysis.hubs:
            found = analysis.over_period(hub, f"{USED}{pool}")
            name = ", ".join(part for part in (headings[hub] if len(headings) > 1 else "", case) if part)
            rows.append(UsedRow(record.label, name, found.mean, found.lower_5, found.upper_95))
    return rows
