"""What a run leaves: every file written to a folder beside its place, then moved there whole, or not at all."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import numpy as np

from costmodel.inputs.specification import ModelSpec, Parameter
from costmodel.report.ledger_table import ledger_rows
from costmodel.runner import Simulation, chunks, parameter_draws

SCHEMA_VERSION: Final = 1
DEFAULT_KEPT_DRAWS: Final = 10_000
ROWS_A_BLOCK: Final = 10_000
PROGRAM: Final = "costmodel"
_PACKAGES: Final = ("numpy", "scipy", "pandas", "pyyaml", "pydantic", "matplotlib", "SALib", "jinja2", "pyarrow", "click")


class OutputError(Exception):
    """An output folder that cannot be used, and what to do about it."""


@dataclass(frozen=True)
class RunRecord:
    """How a run was made.

    Attributes
    ----------
    command
        What the user asked, to ask it again.
    sampler, draws, seed, chunk_size
        How it was drawn.
    inputs
        SHA-256 of every parameter and scenario file that went in, by name.
    """

    command: str
    sampler: str
    draws: int
    seed: int
    chunk_size: int
    inputs: Mapping[str, str]


def run_id(spec: ModelSpec, sampler: str, draws: int, seed: int) -> str:
    """Return the digest that names a run: the same question, parameters and draws have the same id."""
    content = {
        "program": program_version(),
        "scenario": spec.scenario.name,
        "frame": spec.frame.model_dump(mode="json"),
        "hubs": list(spec.hubs),
        "structure": _structure(spec),
        "parameters": {name: [p.number, p.expected, p.sd, p.source] for name, p in spec.parameters.items()},
        "sampler": sampler,
        "draws": draws,
        "seed": seed,
    }
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]


def _structure(spec: ModelSpec) -> dict[str, Any]:
    """Return everything but numbers: which activities, posts, drivers, rules and payers."""
    parts: dict[str, Any] = {
        "rules": spec.rules.model_dump(mode="json"),
        "service_use": spec.service_use.model_dump(mode="json"),
    }
    for name, models in (
        ("pools", spec.pools),
        ("activities", spec.activities),
        ("hubs", spec.hubs),
        ("shared_posts", spec.shared_posts),
    ):
        parts[name] = [[key, model.model_dump(mode="json")] for key, model in models.items()]
    return parts


def program_version() -> str:
    """Return the version of this program."""
    try:
        return version(PROGRAM)
    except PackageNotFoundError:
        return "not installed"


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def require_usable(folder: Path, identity: str) -> None:
    """Refuse a folder that cannot be written, or that holds anything but an earlier run of the same id.

    Raises
    ------
    OutputError
        Saying which, and what to do.
    """
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is a file; name a folder")
    if folder.is_dir() and any(folder.iterdir()) and _identity_of(folder) != identity:
        raise OutputError(
            f"{folder} already holds something else; name an empty or new folder, or remove it first. Nothing was run"
        )
    parent = folder.absolute().parent
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=parent):
            pass
    except OSError as error:
        raise OutputError(f"cannot write to {parent}: {error.strerror}. Nothing was run; choose another with --out") from error


def _identity_of(folder: Path) -> str | None:
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return manifest.get("run_id") if isinstance(manifest, dict) and manifest.get("program") == PROGRAM else None


@contextmanager
def whole_or_nothing(folder: Path) -> Iterator[Path]:
    """Give a temporary folder to write to; move it to its place at the end, or remove it on any failure."""
    target = folder.absolute()
    partial = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".partial", dir=target.parent))
    try:
        yield partial
        partial.chmod(0o777 & ~_umask())
        _swap(partial, target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _swap(new: Path, target: Path) -> None:
    if not target.exists():
        new.rename(target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".old", dir=target.parent))
    target.rename(old / "run")
    try:
        new.rename(target)
    except BaseException:
        (old / "run").rename(target)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def results_document(simulation: Simulation, record: RunRecord) -> dict[str, Any]:
    """Return the content of `results.json`, version 1."""
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


def write_manifest(simulation: Simulation, record: RunRecord, folder: Path, seconds: float) -> None:
    """Write how the run was made, with the digest of every file beside it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    write_json(
        folder / "manifest.json",
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
            "outputs": {path.relative_to(folder).as_posix(): digest_of(path) for path in files},
            "warnings": list(simulation.spec.warnings),
        },
    )


def package_versions() -> dict[str, str]:
    """Return the versions of the packages that results come from."""
    return {name: version(name) for name in _PACKAGES}


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


def _write_rows(file: Any, rows: Iterable[Mapping[str, Any]]) -> None:
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


def table_text(header: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[bool]) -> str:
    """Return a plain text table; numeric columns are set to the right.

    Examples
    --------
    >>> print(table_text(["what", "GBP"], [["pay", "1,200"], ["other", "5"]], [False, True]))
    what     GBP
    -----  -----
    pay    1,200
    other      5
    """
    widths = [max(len(str(row[i])) for row in [header, *rows]) for i in range(len(header))]
    lines = []
    for row in [header, ["-" * width for width in widths], *rows]:
        cells = [
            str(cell).rjust(width) if right else str(cell).ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
