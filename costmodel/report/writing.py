"""The files that a run leaves, and the forms that data are written in: JSON, CSV, Parquet, a plain table."""

from __future__ import annotations

import csv
import io
import json
import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, TextIO

import numpy as np

from costmodel.inputs.specification import Parameter
from costmodel.report.ledger_table import ledger_rows
from costmodel.report.run_folder import MANIFEST, PROGRAM
from costmodel.report.run_record import RunRecord, digest_of, package_versions, program_version, run_id
from costmodel.runner import Simulation, chunks, parameter_draws

SCHEMA_VERSION: Final = 1
DEFAULT_KEPT_DRAWS: Final = 10_000
ROWS_A_BLOCK: Final = 10_000
RESULTS_SCHEMA: Final = Path(__file__).with_name("results.schema.json")


def results_document(simulation: Simulation, record: RunRecord) -> dict[str, Any]:
    """Return the content of `results.json`, version 1, as `results.schema.json` describes it."""
    spec = simulation.spec
    return {
        "schema_version": SCHEMA_VERSION,
        "program": f"{PROGRAM} {program_version()}",
        "run_id": run_id(spec, record.sampler, record.draws, record.seed),
        "scenario": spec.scenario.name,
        "label": spec.scenario.label,
        "question": spec.scenario.question,
        "frame": spec.frame.model_dump(mode="json"),
        "hubs": list(spec.hubs),
        "price_year": spec.frame.price_year,
        "currency": spec.frame.currency,
        "draws": record.draws,
        "n_valid_draws": record.draws - simulation.n_failed,
        "seed": record.seed,
        "sampler": record.sampler,
        "outcomes": [asdict(outcome) for outcome in simulation.outcomes],
        "warnings": list(spec.warnings),
    }


def write_tables(simulation: Simulation, record: RunRecord, folder: Path, keep_draws: int) -> None:
    """Write everything that is not a picture or a page."""
    write_json(folder / "results.json", results_document(simulation, record))
    write_csv(folder / "summary.csv", (asdict(outcome) for outcome in simulation.outcomes))
    write_csv(folder / "ledger.csv", ledger_rows(simulation))
    write_csv(folder / "parameters.csv", map(parameter_row, simulation.spec.parameters.values()))
    write_draws(simulation, folder / "draws.parquet", min(keep_draws, record.draws))


def outputs_of(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file of a folder, by its name within it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): digest_of(path) for path in files}


def write_manifest(simulation: Simulation, record: RunRecord, folder: Path, seconds: float) -> None:
    """Write how the run was made, with the digest of every file beside it."""
    write_json(
        folder / MANIFEST,
        {
            "program": PROGRAM,
            "version": program_version(),
            "run_id": run_id(simulation.spec, record.sampler, record.draws, record.seed),
            "scenario": simulation.spec.scenario.name,
            "lineage": list(simulation.spec.scenario.lineage),
            "command": record.command,
            "seed": record.seed,
            "sampler": record.sampler,
            "draws": record.draws,
            "block_size": record.chunk_size,
            "failed_draws": simulation.n_failed,
            "seconds": round(seconds, 2),
            "python": sys.version.split()[0],
            "platform": platform.platform(),
            "packages": package_versions(),
            "inputs": dict(record.inputs),
            "outputs": outputs_of(folder),
            "warnings": list(simulation.spec.warnings),
        },
    )


def write_json(path: Path, document: Any) -> None:
    """Write a document as JSON; a value that does not apply is null, never NaN."""
    path.write_text(json_text(document), encoding="utf-8")


def json_text(document: Any) -> str:
    """Return a document as JSON text, with a line end."""
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def csv_text(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows as CSV text; None is an empty cell."""
    buffer = io.StringIO()
    _write_rows(buffer, rows)
    return buffer.getvalue()


def write_csv(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows as a CSV file."""
    with path.open("w", newline="", encoding="utf-8") as file:
        _write_rows(file, rows)


def _write_rows(file: TextIO, rows: Iterable[Mapping[str, Any]]) -> None:
    writer: csv.DictWriter[str] | None = None
    for row in rows:
        if writer is None:
            writer = csv.DictWriter(file, fieldnames=list(row), lineterminator="\n")
            writer.writeheader()
        writer.writerow(row)


def parameter_row(parameter: Parameter) -> dict[str, Any]:
    """Return a parameter as a row of `parameters.csv`."""
    return {
        "name": parameter.name,
        "label": parameter.label,
        "unit": parameter.unit,
        "price_year": parameter.price_year,
        "number": parameter.number,
        "expected": parameter.expected,
        "sd": parameter.sd,
        "evidence": parameter.evidence,
        "assumed_spread": parameter.assumed,
        "source": parameter.source,
        "file": parameter.location.file,
        "line": parameter.location.line,
        "note": parameter.note,
    }


def write_draws(simulation: Simulation, path: Path, n: int) -> None:
    """Write the first draws of every parameter: one row a draw, one column a parameter, and `draw` from 1."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = list(simulation.spec.parameters)
    schema = pa.schema([("draw", pa.int64()), *((name, pa.float64()) for name in names)])
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for start, stop in chunks(n, ROWS_A_BLOCK):
            draws = parameter_draws(simulation.spec, simulation.design, start, stop)
            columns = [pa.array(np.arange(start + 1, stop + 1))]
            columns += [pa.array(draws[name]) for name in names]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema), row_group_size=ROWS_A_BLOCK)


def table_text(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    numeric: Sequence[bool],
    units: Sequence[str] = (),
) -> str:
    """Return a plain text table; numeric columns are set to the right, units stand below their heads.

    Examples
    --------
    >>> print(table_text(["what", "cost"], [["pay", "1,200"], ["other", "5"]], [False, True], ["", "GBP"]))
    what    cost
             GBP
    -----  -----
    pay    1,200
    other      5
    """
    heads = [header, units] if units else [header]
    widths = [max(map(len, column)) for column in zip(*heads, *rows, strict=True)]
    lines = []
    for row in [*heads, ["-" * width for width in widths], *rows]:
        cells = [
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
