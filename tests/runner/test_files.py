"""The files that a run leaves: documented, in agreement with each other, whole or not there at all."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from costmodel.api import json_schema
from costmodel.inputs.project import Project
from costmodel.report import ledger_table
from costmodel.report.run_folder import OutputError, put_in_place, require_usable, whole_or_nothing
from costmodel.report.run_record import RunRecord, digest_of, run_id
from costmodel.report.writing import (
    csv_text,
    json_text,
    results_document,
    table_text,
    write_draws,
    write_manifest,
    write_tables,
)
from costmodel.runner import Simulation, design_of, parameter_draws, simulate
from tests.scenario_files import Override, fixed, shipped_project, specification

SEED, DRAWS = 20_240_912, 200
SERVICE_USE = "clients' service use"
COLUMNS_OF_LEDGER = {
    "hub", "activity", "resource", "band", "person_or_pool_id", "quantity", "quantity_unit", "unit_price",
    "price_year", "index_id", "allocation_share", "allocation_driver", "cost_type", "behaviour", "payer",
    "cash_releasing", "perspectives", "provenance_id", "price_index_factor", "cost",
}  # fmt: skip


def record(draws: int = DRAWS) -> RunRecord:
    return RunRecord("costmodel run", "monte-carlo", draws, SEED, 64, {"parameters/a.yaml": "0" * 64})


def run_of(scenario: str) -> Simulation:
    spec = shipped_project().specification(scenario)
    return simulate(spec, design_of(spec, "monte-carlo", DRAWS, SEED))


@pytest.fixture(scope="module", params=["base_case", "four_hubs", "prices_2024_25"])
def left(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Simulation, Path]:
    """Return a run and the folder of its files."""
    folder = tmp_path_factory.mktemp(request.param)
    simulation = run_of(request.param)
    write_tables(simulation, record(), folder, keep_draws=50)
    write_manifest(simulation, record(), folder, seconds=1.234)
    return simulation, folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


# -- results.json


KINDS: dict[str, Any] = {
    "object": dict, "array": list, "string": str, "null": type(None), "number": (int, float), "integer": int
}  # fmt: skip


def faults(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any], where: str = "$") -> Iterator[str]:
    """Yield where a document departs from a JSON Schema (of the keywords that ours uses)."""
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    kinds = schema.get("type", [])
    allowed = [KINDS[kind] for kind in ([kinds] if isinstance(kinds, str) else kinds)]
    if allowed and (isinstance(value, bool) or not any(isinstance(value, kind) for kind in allowed)):
        yield f"{where}: is no {kinds}"
    if "const" in schema and value != schema["const"]:
        yield f"{where}: is not {schema['const']}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where}: is none of {schema['enum']}"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{where}: does not match {schema['pattern']}"
    if "minimum" in schema and value < schema["minimum"]:
        yield f"{where}: is below {schema['minimum']}"
    if isinstance(value, dict):
        yield from (f"{where}.{key}: is missing" for key in schema.get("required", []) if key not in value)
        for key, below in value.items():
            if key in schema.get("properties", {}):
                yield from faults(below, schema["properties"][key], root, f"{where}.{key}")
            elif schema.get("additionalProperties", True) is False:
                yield f"{where}.{key}: is not known"
    if isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            yield f"{where}: is too short"
        for position, item in enumerate(value):
            yield from faults(item, schema.get("items", {}), root, f"{where}[{position}]")


def test_results_fit_their_published_schema(left: tuple[Simulation, Path]) -> None:
    document = json.loads((left[1] / "results.json").read_text(encoding="utf-8"))
    schema = json_schema("results")
    assert list(faults(document, schema, schema)) == []


def test_the_check_of_the_schema_finds_what_is_wrong(left: tuple[Simulation, Path]) -> None:
    document = json.loads((left[1] / "results.json").read_text(encoding="utf-8"))
    schema = json_schema("results")
    outcome = {
        **document["outcomes"][0],
        "mean": "much",
        "extra": 1,
        "perspective": "mine",
        "n_not_applicable": -1,
    }
    del outcome["unit"]
    broken = {**document, "schema_version": 2, "draws": 1.5, "run_id": "?", "outcomes": [outcome], "hubs": []}
    assert sorted(faults(broken, schema, schema)) == [
        "$.draws: is no integer",
        "$.hubs: is too short",
        "$.outcomes[0].extra: is not known",
        "$.outcomes[0].mean: is no ['number', 'null']",
        "$.outcomes[0].n_not_applicable: is below 0",
        "$.outcomes[0].perspective: is none of ['nhs_pss', 'hub_host', 'nhs_employer', 'societal']",
        "$.outcomes[0].unit: is missing",
        "$.run_id: does not match ^[0-9a-f]{12}$",
        "$.schema_version: is not 1",
    ]


def test_the_documentation_names_every_key() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "results-json.md").read_text(encoding="utf-8")
    schema = json_schema("results")
    keys = [*schema["properties"], *schema["$defs"]["outcome"]["properties"]]
    assert [key for key in keys if f"`{key}`" not in page] == []


def test_published_figures_about_hubs_change_no_byte_of_a_result(tmp_path: Path) -> None:
    shipped = shipped_project()
    for file in shipped.parameters_folder.glob("*.yaml"):
        if file.stem != "hub_figures":
            (tmp_path / file.name).symlink_to(file)
    texts = []
    for project in (shipped, Project(tmp_path, shipped.scenarios_folder)):
        spec = project.specification("base_case")
        with simulate(spec, design_of(spec, "monte-carlo", DRAWS, SEED)) as simulation:
            texts.append(json_text(results_document(simulation, record())))
    assert texts[0] == texts[1]


# -- summary.csv, parameters.csv, draws.parquet


def test_the_summary_holds_the_outcomes_of_the_results(left: tuple[Simulation, Path]) -> None:
    outcomes = json.loads((left[1] / "results.json").read_text(encoding="utf-8"))["outcomes"]
    found = rows(left[1] / "summary.csv")
    assert [row["name"] for row in found] == [outcome["name"] for outcome in outcomes]
    for row, outcome in zip(found, outcomes, strict=True):
        for key, value in outcome.items():
            assert row[key] == ("" if value is None else str(value))


def test_the_parameters_are_all_there_with_evidence_source_and_place(left: tuple[Simulation, Path]) -> None:
    found = {row["name"]: row for row in rows(left[1] / "parameters.csv")}
    parameters = left[0].spec.parameters
    assert found.keys() == parameters.keys()
    for name, row in found.items():
        assert float(row["expected"]) == parameters[name].expected
        assert row["evidence"] == parameters[name].evidence
        assert row["source"] or row["evidence"] in ("illustrative", "expert", "user")
        assert row["file"]


def test_the_draws_are_one_row_a_draw_and_one_column_a_parameter(left: tuple[Simulation, Path]) -> None:
    table = pq.read_table(left[1] / "draws.parquet")
    spec = left[0].spec
    assert table.column_names == ["draw", *spec.parameters]
    assert table["draw"].to_pylist() == list(range(1, 51))
    again = parameter_draws(spec, left[0].design, 0, 50)
    for name in spec.parameters:
        np.testing.assert_array_equal(table[name].to_numpy(), again[name])


def test_no_draws_need_be_kept(tmp_path: Path) -> None:
    simulation = run_of("base_case")
    write_draws(simulation, tmp_path / "draws.parquet", 0)
    table = pq.read_table(tmp_path / "draws.parquet")
    assert (table.num_rows, table.column_names[0]) == (0, "draw")


def test_draws_of_a_longer_run_begin_with_those_of_a_shorter_one(tmp_path: Path) -> None:
    spec = shipped_project().specification("base_case")
    for draws in (1_000, 10_000):
        with simulate(spec, design_of(spec, "monte-carlo", draws, SEED), bytes_in_memory=0) as simulation:
            write_draws(simulation, tmp_path / f"{draws}.parquet", draws)
    short, long = (pq.read_table(tmp_path / f"{draws}.parquet") for draws in (1_000, 10_000))
    assert long.slice(0, 1_000).equals(short)


# -- ledger.csv


def test_the_ledger_has_the_columns_of_an_audit(left: tuple[Simulation, Path]) -> None:
    found = rows(left[1] / "ledger.csv")
    assert set(found[0]) >= COLUMNS_OF_LEDGER
    assert {row["cost_type"] for row in found} <= {"pay", "nonpay", "capital", "overhead", "transfer"}
    assert {row["behaviour"] for row in found} <= {"fixed", "step", "variable"}
    assert {row["cash_releasing"] for row in found} <= {"yes", "no", "partly"}
    assert {row["price_year"] for row in found} == {left[0].spec.frame.price_year}
    assert all(row["provenance_id"] and row["index_id"] and row["quantity_unit"] for row in found)


def test_every_cost_is_the_product_of_its_row(left: tuple[Simulation, Path]) -> None:
    for row in rows(left[1] / "ledger.csv"):
        factors = ("quantity", "unit_price", "allocation_share", "price_index_factor")
        product = float(np.prod([float(row[factor]) for factor in factors]))
        assert product == pytest.approx(float(row["cost"]), rel=1e-9, abs=1e-9), row["line"]


def test_the_lines_add_up_to_the_totals_of_every_perspective(left: tuple[Simulation, Path]) -> None:
    simulation, folder = left
    found = [row for row in rows(folder / "ledger.csv") if row["activity"] != SERVICE_USE]
    for perspective, suffix in (("nhs_pss", ""), ("hub_host", "@hub_host"), ("societal", "@societal")):
        lines = [float(row["cost"]) for row in found if perspective in row["perspectives"].split()]
        assert sum(lines) == pytest.approx(simulation.outcome(f"total_hub_cost{suffix}").base_case, rel=1e-9)


def test_the_lines_of_each_hub_and_of_unused_hours_add_up(left: tuple[Simulation, Path]) -> None:
    simulation, folder = left
    found = rows(folder / "ledger.csv")
    unused = sum(float(row["cost"]) for row in found if row["activity"] == "unused or unrecorded")
    assert unused == pytest.approx(simulation.outcome("unused_capacity_cost").base_case, rel=1e-9)
    hubs = simulation.spec.hubs
    for hub in hubs if len(hubs) > 1 else ():
        lines = [float(row["cost"]) for row in found if row["hub"] == hub and row["activity"] != SERVICE_USE]
        assert sum(lines) == pytest.approx(simulation.outcome(f"total_hub_cost@{hub}").base_case, rel=1e-9)


def test_names_in_the_ledger_exist(left: tuple[Simulation, Path]) -> None:
    layout = left[0].layout
    for row in ledger_table.ledger_rows(left[0]):
        assert row["hub"] in layout.hubs
        assert row["activity"] in (*layout.activities, "unused or unrecorded", SERVICE_USE, "")
        place = row["provenance_id"]
        assert any(name.startswith(f"{place}.") for name in left[0].spec.parameters), place


# -- manifest.json and the run's id


def test_the_manifest_says_how_the_run_was_made_and_what_it_left(left: tuple[Simulation, Path]) -> None:
    manifest = json.loads((left[1] / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["outputs"].keys() == {path.name for path in left[1].iterdir()} - {"manifest.json"}
    for name, digest in manifest["outputs"].items():
        assert hashlib.sha256((left[1] / name).read_bytes()).hexdigest() == digest
    assert (manifest["seed"], manifest["draws"], manifest["block_size"]) == (SEED, DRAWS, 64)
    assert manifest["run_id"] == run_id(left[0].spec, "monte-carlo", DRAWS, SEED)
    assert manifest["packages"]["numpy"] == np.__version__


def test_the_id_of_a_run_is_the_same_in_another_process_and_of_another_folder(tmp_path: Path) -> None:
    project = shipped_project()
    spec = project.specification("base_case")
    parameters = tmp_path / "elsewhere"
    parameters.mkdir()
    for file in project.parameters_folder.glob("*.yaml"):
        (parameters / file.name).write_text(
            "# a comment\n" + file.read_text(encoding="utf-8"), encoding="utf-8"
        )
    again = (
        "import sys; from pathlib import Path; from costmodel.inputs.project import Project; "
        "from costmodel.report.run_record import run_id; "
        "spec = Project(Path(sys.argv[1]), Path(sys.argv[2])).specification('base_case'); "
        "print(run_id(spec, 'monte-carlo', 100, 1))"
    )
    command = [sys.executable, "-c", again, str(parameters), str(project.scenarios_folder.resolve())]
    environment = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(Path(__file__).parents[2])}
    found = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert found.stdout.strip() == run_id(spec, "monte-carlo", 100, 1)


CHANGES: dict[str, dict[str, Any]] = {
    "a number": {"activities.therapy.dna_rate": Override(multiply=1.01)},
    "a choice": {"hub_reference.posts.administrator_3.employer": "another_trust"},
    "a price index": {"price_indices.rows.nhscii_pay_and_prices.2025.changes.2022/23": 9.0},
    "a correlation": {"correlations.rank_correlations.attendance": Override(remove=True)},
    "a group": {"correlations.groups.indirect_time": Override(remove=True)},
    "a stream": {"activities.therapy.dna_rate.stream": "another.name"},
    "a law": {"oncost_rules.rows.statutory_2023_24.ni_threshold": 9_000},
    "a source": {"activities.therapy.group_size": fixed("people/session", 1.0)},
}


@pytest.mark.parametrize("what", CHANGES)
def test_the_id_changes_with_whatever_a_result_or_report_depends_on(what: str, tmp_path: Path) -> None:
    same = specification(tmp_path)
    changed = specification(tmp_path, CHANGES[what])
    assert run_id(same, "monte-carlo", 100, 1) != run_id(changed, "monte-carlo", 100, 1)


def test_the_id_changes_with_the_draws_seed_and_sampler() -> None:
    spec = shipped_project().specification("base_case")
    ways = [("monte-carlo", 100, 1), ("monte-carlo", 100, 2), ("monte-carlo", 200, 1), ("sobol", 100, 1)]
    assert len({run_id(spec, *way) for way in ways}) == len(ways)


# -- folders


def snapshot(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): digest_of(path) for path in files}


def written(folder: Path, identity: str = "a", **others: str) -> Path:
    with whole_or_nothing(folder) as partial:
        (partial / "results.json").write_text("{}", encoding="utf-8")
        outputs = {"results.json": ""}
        manifest = {"program": "costmodel", "run_id": identity, "outputs": outputs, **others}
        (partial / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def test_a_folder_appears_whole_with_the_parents_that_it_needs(tmp_path: Path) -> None:
    folder = tmp_path / "outputs" / "base_case" / "run"
    with whole_or_nothing(folder) as partial:
        (partial / "results.json").write_text("{}", encoding="utf-8")
        assert not folder.exists()
    assert [path.name for path in folder.iterdir()] == ["results.json"]
    assert [path.name for path in folder.parent.iterdir()] == ["run"]
    assert folder.stat().st_mode & 0o700 == 0o700


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError, SystemExit])
def test_a_failure_leaves_no_trace_and_the_earlier_run_intact(
    error: type[BaseException], tmp_path: Path
) -> None:
    earlier = written(tmp_path / "earlier")
    before = snapshot(tmp_path)
    for folder in (earlier, tmp_path / "outputs" / "base_case" / "run"):
        with pytest.raises(error), whole_or_nothing(folder) as partial:
            (partial / "results.json").write_text("half", encoding="utf-8")
            raise error
    assert snapshot(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == ["earlier"]


def test_the_same_run_replaces_its_own_folder(tmp_path: Path) -> None:
    folder = written(tmp_path / "run")
    require_usable(folder, "a")
    with whole_or_nothing(folder) as partial:
        (partial / "new.txt").write_text("new", encoding="utf-8")
    assert [path.name for path in tmp_path.rglob("*")] == ["run", "new.txt"]


def test_an_earlier_run_comes_back_when_the_new_one_cannot_take_its_place(tmp_path: Path) -> None:
    folder = written(tmp_path / "run")
    before = snapshot(folder)
    with pytest.raises(FileNotFoundError):
        put_in_place(tmp_path / "lost", folder)
    assert snapshot(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_an_empty_or_new_folder_can_be_used(tmp_path: Path) -> None:
    require_usable(tmp_path, "a")
    require_usable(tmp_path / "new" / "deep", "a")
    assert list(tmp_path.iterdir()) == []


ADVICE = "name an empty or new folder, or remove it first. Nothing was run"


def test_a_folder_that_holds_anything_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.docx").write_text("years of work", encoding="utf-8")
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "folder" / "empty").mkdir(parents=True)
    other = written(tmp_path / "other", "b")
    touched = written(tmp_path / "touched")
    (touched / "notes.txt").write_text("mine", encoding="utf-8")
    foreign = written(tmp_path / "foreign", program="another")
    refusals = {
        tmp_path / "mine": f"already holds something else; {ADVICE}",
        tmp_path / "folder": f"already holds something else; {ADVICE}",
        foreign: f"already holds something else; {ADVICE}",
        other: f"already holds another run (b); {ADVICE}",
        touched: f"already holds what the run did not write (notes.txt); {ADVICE}",
        tmp_path / "file": "is a file; name a folder. Nothing was run",
    }
    for folder, text in refusals.items():
        with pytest.raises(OutputError) as caught:
            require_usable(folder, "a")
        assert str(caught.value) == f"{folder} {text}"


@pytest.mark.parametrize(
    ("below", "reason"),
    [("a file/run", "Not a directory"), ("/proc/costmodel/run", "No such file or directory")],
)
def test_a_folder_that_cannot_be_written_is_refused_before_the_run(
    below: str, reason: str, tmp_path: Path
) -> None:
    (tmp_path / "a file").write_text("", encoding="utf-8")
    folder = tmp_path / below
    with pytest.raises(OutputError) as caught:
        require_usable(folder, "a")
    nearest = tmp_path / "a file" if folder.is_relative_to(tmp_path) else Path("/proc")
    expected = f"cannot write to {nearest}: {reason}. Nothing was run; choose another with --out"
    assert str(caught.value) == expected


# -- tables as text


def test_rows_become_csv_and_a_missing_value_an_empty_cell() -> None:
    assert csv_text([{"a": 1, "b": None}, {"a": "x,y", "b": 2.5}]) == 'a,b\n1,\n"x,y",2.5\n'
    assert csv_text([]) == ""


def test_a_table_without_rows_has_its_head() -> None:
    assert table_text(["name", "GBP"], [], [False, True]) == "name  GBP\n----  ---"
