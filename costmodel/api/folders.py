"""Folders of results: how each was made, with the digest of every file that went in and came out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from costmodel.api.drawing import RunOptions
from costmodel.inputs.project import Project
from costmodel.inputs.specification import ModelSpec
from costmodel.report.run_folder import MANIFEST, PROGRAM, require_usable, whole_or_nothing
from costmodel.report.run_record import RunRecord, digest_of, package_versions, program_version, run_id
from costmodel.report.writing import outputs_of, write_json


def input_digests(project: Project, *specs: ModelSpec) -> dict[str, str]:
    """Return the SHA-256 of every file that specifications came from."""
    parameters = [project.parameters_folder / f"{stem}.yaml" for stem in sorted(project.tree.data)]
    series = {spec.waiting.arrivals.file for spec in specs if spec.waiting is not None}
    parameters += [project.parameters_folder / name for name in sorted(filter(None, series))]
    scenarios = [path for spec in specs for path in spec.scenario.files]
    return {
        **{f"parameters/{path.name}": digest_of(path) for path in parameters},
        **{f"scenarios/{path.name}": digest_of(path) for path in scenarios},
    }


def run_ids(specs: Iterable[ModelSpec], options: RunOptions) -> list[str]:
    """Return the id of a run of each specification."""
    return [run_id(spec, options.sampler, options.draws, options.seed) for spec in specs]


def made_of(record: RunRecord, spec: ModelSpec) -> dict[str, str]:
    """Return how a run was made, for its report: the same for the same run on any day."""
    return {
        "Command": record.command,
        "Run id": run_id(spec, record.sampler, record.draws, record.seed),
        "Program": f"costmodel {program_version()}",
        "Sampler": record.sampler,
        "Draws": f"{record.draws:,}",
        "Seed": str(record.seed),
        **{f"Package {name}": number for name, number in package_versions().items()},
        **{f"SHA-256 of {name}": digest for name, digest in record.inputs.items()},
    }


def made_with(command: str) -> dict[str, str]:
    """Return how an answer was made: the command that gives it again, and the program."""
    return {"Command": command, "Program": f"costmodel {program_version()}"}


@contextmanager
def answer_folder(
    out: str | Path,
    identity: str,
    made: Mapping[str, str],
    inputs: Mapping[str, str] | None = None,
) -> Iterator[Path]:
    """Give a temporary folder to write an answer to; with its manifest it then appears whole, or not at all.

    Parameters
    ----------
    out
        Where the answer is to stand.
    identity
        Of the question: an earlier answer of the same identity is replaced.
    made
        How it was made.
    inputs
        SHA-256 of the files that it came from, if they are to be told.

    Raises
    ------
    OutputError
        If the folder holds anything else.
    """
    folder = Path(out)
    require_usable(folder, identity)
    with whole_or_nothing(folder) as partial:
        yield partial
        told = {} if inputs is None else {"inputs": inputs}
        manifest = {"program": PROGRAM, "run_id": identity, **made, **told, "outputs": outputs_of(partial)}
        write_json(partial / MANIFEST, manifest)
