"""Every verb through the real command line: data on stdout, the rest on stderr, exit codes 0, 1 and 2."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import get_args

import pytest

from costmodel import RunOptions
from costmodel.analysis.unit_costs import Convention
from costmodel.cli import cli
from costmodel.cli.costing import CONVENTIONS, HEADLINES, WAITING_HEADLINES
from costmodel.cli.options import FORMATS, SAMPLERS
from costmodel.report.terminal import progress_bar, shortened
from costmodel.report.writing import DEFAULT_KEPT_DRAWS
from costmodel.runner import Sampler
from tests.cli.conftest import Answer, Command

ROOT = Path(__file__).parents[2]
VERBS = sorted(cli.commands)
FEW = ("--draws", "50", "--seed", "3")


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def process(*arguments: str, at: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `costmodel` in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "costmodel", *arguments],
        capture_output=True,
        text=True,
        cwd=at,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        check=False,
        timeout=120,
    )


# -- help


def test_the_verbs_are_those_that_are_documented() -> None:
    assert VERBS == [
        "budget-impact", "capacity", "check", "clear-backlog", "compare", "completion", "diff", "explain",
        "frontier", "hubs", "init", "run", "schema", "show", "staffing", "unit-costs",
    ]  # fmt: skip


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example(verb: str, command: Command) -> None:
    answer = command(verb, "--help")
    assert (answer.code, answer.err) == (0, "")
    assert f"Usage: costmodel {verb}" in answer.out
    assert "Example" in answer.out
    assert f"costmodel {verb}" in answer.out.split("Example", 1)[1]


@pytest.mark.parametrize("verb", VERBS)
def test_options_mean_the_same_everywhere(verb: str) -> None:
    options = {option for parameter in cli.commands[verb].params for option in parameter.opts}
    if verb not in ("init", "schema", "completion"):
        assert {"--parameters", "--scenarios", "--format"} <= options
    if verb in ("run", "compare"):
        assert {"--draws", "--seed", "--sampler", "--chunk-size", "--out"} <= options


def test_help_and_version_need_no_verb(command: Command) -> None:
    assert command("--help").out.startswith("Usage: costmodel [OPTIONS] COMMAND")
    assert command("-h").code == 0


def test_the_module_runs_as_a_program(small_project: Path) -> None:
    answer = process("--help", at=small_project)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "Cost a staffed health service from YAML" in answer.stdout


# -- check


def test_check_says_that_all_is_well(command: Command) -> None:
    answer = command("check")
    assert (answer.code, answer.out) == (0, "No problems found.\n")
    assert all(line.startswith("warning: ") for line in answer.err.splitlines())


def test_check_as_data_holds_problems_and_warnings(command: Command) -> None:
    document = json.loads(command("check", "--format", "json").out)
    assert document["problems"] == []
    assert document["warnings"]
    assert command("check", "--format", "csv").out == ""


# -- show


def test_show_lists_parameters_with_their_evidence_and_the_beginning_of_their_sources(
    command: Command,
) -> None:
    answer = command("show", "hub_reference.pathway.other_support")
    assert answer.code == 0
    head, rule, *body = answer.out.splitlines()
    assert head.split() == ["name", "number", "unit", "price", "year", "evidence", "source"]
    assert set(rule) == {"-", " "}
    assert [line.split()[0].rsplit(".", 1)[1] for line in body] == [
        "signposted", "navigated", "brief_support", "no_further_support"
    ]  # fmt: skip
    assert max(map(len, answer.out.splitlines())) < 220
    assert " …" in body[0]


def test_show_as_data_holds_the_whole_source(command: Command) -> None:
    name = "hub_reference.pathway.triaged_share"
    (found,) = json.loads(command("show", name, "--format", "json").out)
    assert (found["name"], found["evidence"], found["expected"]) == (
        name,
        "published",
        pytest.approx(219 / 299),
    )
    assert "219 of 299" in found["source"]
    (row,) = table(command("show", name, "--format", "csv").out)
    assert row["source"] == found["source"]
    assert (row["file"], row["line"]) == ("parameters/hub_reference.yaml", str(found["line"]))


def test_show_chooses_by_evidence_and_by_missing_source(command: Command) -> None:
    found = json.loads(command("show", "--evidence", "illustrative", "--format", "json").out)
    assert {row["evidence"] for row in found} == {"illustrative"}
    unsourced = json.loads(command("show", "--unsourced", "--format", "json").out)
    assert {row["source"] for row in unsourced} == {""}
    assert {row["evidence"] for row in unsourced} <= {"illustrative", "expert", "user"}


def test_show_lists_what_only_some_questions_read(command: Command) -> None:
    for name in ("budget_impact.assumed_growth.pay", "reach.groups.men.effort", "waiting.attrition"):
        (row,) = table(command("show", name, "--format", "csv").out)
        assert (row["name"], row["evidence"]) == (name, "illustrative")


def test_show_reads_the_scenario_that_it_is_given(command: Command) -> None:
    name = "activities.administration.minutes.assistant"
    numbers = [
        json.loads(command("show", name, "--scenario", scenario, "--format", "json").out)[0]["number"]
        for scenario in ("base_case", "junior_heavy")
    ]
    assert numbers[0] != numbers[1]


def test_show_suggests_the_name_that_was_meant(command: Command) -> None:
    answer = command("show", "hub_reference.pathway.triaged_shar")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == (
        "ParameterError: 1 problem in parameters\n\n"
        "  hub_reference.pathway.triaged_shar\n"
        "  there is no parameter 'hub_reference.pathway.triaged_shar' in scenario base_case. Did you mean "
        "'hub_reference.pathway.triaged_share'?\n\n"
        "Nothing was run.\n"
    )


def test_show_suggests_the_beginning_of_names_that_was_meant(command: Command) -> None:
    answer = command("show", "activites.therapy")
    assert "in scenario base_case. Did you mean 'activities.therapy'?" in answer.err


def test_show_refuses_an_unknown_class_of_evidence(command: Command) -> None:
    answer = command("show", "--evidence", "hearsay")
    assert (answer.code, answer.out) == (2, "")
    assert (
        "Invalid value for --evidence: must be one of published, derived, analogue, calibrated, expert, "
        "illustrative, user" in answer.err
    )


# -- schema


@pytest.mark.parametrize("kind", ["scenario", "hub", "activities", "staff_file", "staff_schemas", "results"])
def test_schema_prints_a_schema_for_editors(kind: str, command: Command) -> None:
    document = json.loads(command("schema", kind).out)
    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert {"properties", "additionalProperties", "$ref"} & document.keys()


def test_schema_is_of_a_scenario_unless_told(command: Command) -> None:
    assert command("schema").out == command("schema", "scenario").out


def test_schema_names_the_kinds_that_there_are(command: Command) -> None:
    answer = command("schema", "hubs")
    assert answer.code == 2
    assert "Invalid value for OF: must be one of " in answer.err
    assert answer.err.rstrip().endswith("hub, scenario, staff_file, results")


# -- unit-costs


@pytest.mark.parametrize("output_format", FORMATS)
def test_unit_costs_come_in_every_format(output_format: str, command: Command) -> None:
    answer = command("unit-costs", "--format", output_format)
    assert (answer.code, answer.err) == (0, "")
    if output_format == "json":
        assert {"staff_id", "cost_per_working_hour", "components"} <= json.loads(answer.out)[0].keys()
    elif output_format == "csv":
        assert "staff_id" in table(answer.out)[0]
    else:
        assert "On-costs: statutory" in answer.out


def test_a_file_of_staff_names_its_own_rules(command: Command, tmp_path: Path) -> None:
    answer = command("unit-costs", "--file", tmp_path / "mine.yaml", "--edition", "2024")
    assert (answer.code, answer.out) == (2, "")
    assert "--edition chooses from the Manuals; a --file names its own rules" in answer.err


def test_the_manuals_convention_prints_where_it_differs(command: Command) -> None:
    answer = command("unit-costs", "--edition", "2024", "--convention", "pssru_as_published")
    assert answer.code == 0
    assert "pssru_as_published (reproduces the Manual; never to cost)" in answer.out


# -- run


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory, small_project: Path) -> tuple[Path, Answer]:
    """Run once in a process of its own, with every file written."""
    folder = tmp_path_factory.mktemp("out") / "mine"
    answer = process("run", *FEW, "--out", str(folder), "--format", "json", at=small_project)
    return folder, Answer(answer.returncode, answer.stdout, answer.stderr)


def test_a_run_leaves_a_whole_folder_exactly_where_it_is_told(run_folder: tuple[Path, Answer]) -> None:
    folder, answer = run_folder
    assert answer.code == 0, answer.err
    assert {path.name for path in folder.iterdir()} == {
        "report.html", "figures", "results.json", "summary.csv", "ledger.csv", "parameters.csv",
        "draws.parquet", "manifest.json", "capacity.csv", "capacity.json",
    }  # fmt: skip
    assert [path.name for path in folder.parent.iterdir()] == ["mine"]


def test_a_run_prints_data_on_stdout_and_the_rest_on_stderr(run_folder: tuple[Path, Answer]) -> None:
    folder, answer = run_folder
    document = json.loads(answer.out)
    assert (document["folder"], document["report"]) == (str(folder), str(folder / "report.html"))
    assert [outcome["name"] for outcome in document["outcomes"]] == [*HEADLINES, *WAITING_HEADLINES]
    by_name = {outcome["name"]: outcome for outcome in document["outcomes"]}
    written = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    assert [by_name[each["name"]] for each in written["outcomes"] if each["name"] in by_name] == [
        each for each in written["outcomes"] if each["name"] in by_name
    ]
    assert "Writing the report" in answer.err.splitlines()
    rest = [line for line in answer.err.splitlines() if not line.startswith("warning: ")]
    assert rest in (["Writing the report"], ["Running base_case", "Writing the report"])


def test_the_manifest_says_how_to_ask_again(run_folder: tuple[Path, Answer]) -> None:
    manifest = json.loads((run_folder[0] / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["command"] == "costmodel run base_case --draws 50 --seed 3 --sampler monte-carlo"
    assert manifest["outputs"].keys() >= {"report.html", "results.json", "draws.parquet"}
    assert "scenarios/base_case.yaml" in manifest["inputs"]


def test_the_same_run_replaces_its_folder_with_the_same_results(
    run_folder: tuple[Path, Answer], command: Command
) -> None:
    folder, _ = run_folder
    before = (folder / "results.json").read_bytes()
    answer = command("run", *FEW, "--out", folder, "--chunk-size", "7")
    assert answer.code == 0
    assert (folder / "results.json").read_bytes() == before
    assert [path.name for path in folder.parent.iterdir()] == ["mine"]
    head, _, columns, *_ = answer.out.splitlines()
    assert head == (
        "Base case, senior-led Hub: 2023/24 prices, perspective of NHS and personal social services where "
        "none is named, 50 draws, seed 3"
    )
    assert columns.split("  ")[0] == "result"
    assert answer.out.rstrip().endswith(f"Report: {folder / 'report.html'}")


def test_a_project_of_ones_own_wins_as_a_whole(command: Command, tmp_path: Path) -> None:
    answer = command("init", tmp_path / "mine", at=tmp_path)
    assert (answer.code, answer.err) == (0, "")
    next_step = f"Next: cd {tmp_path / 'mine'} && costmodel run\n"
    assert answer.out == f"Wrote {tmp_path / 'mine'}: parameters/ and scenarios/. {next_step}"
    rules = tmp_path / "mine" / "parameters" / "costing_rules.yaml"
    rules.write_text(rules.read_text(encoding="utf-8") + "extra: 1\n", encoding="utf-8")
    assert "costing_rules.extra" in command("check", at=tmp_path / "mine").err
    assert command("check").code == 0


def test_init_fills_the_empty_folder_that_one_stands_in(command: Command, tmp_path: Path) -> None:
    here = tmp_path / "mine"
    here.mkdir()
    before = here.stat().st_ino
    assert command("init", ".", at=here).code == 0
    assert here.stat().st_ino == before
    assert sorted(path.name for path in here.iterdir()) == ["parameters", "scenarios"]
    assert command("check", at=here).code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine"]


def test_init_refuses_a_folder_that_holds_anything(command: Command, small_project: Path) -> None:
    answer = command("init", small_project)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == f"Error: {small_project} is not an empty folder; name a new one\n"


# -- compare and diff


def test_a_scenario_does_not_differ_from_itself(command: Command) -> None:
    answer = command("compare", "base_case", "base_case", *FEW, "--format", "json")
    (comparison,) = json.loads(answer.out)
    assert comparison["probability_cheaper"] == 0.5
    assert comparison["changed"] == []
    for difference in comparison["differences"]:
        if difference["mean"] is not None:
            numbers = [difference[key] for key in ("mean", "monte_carlo_se", "lower_95", "upper_95")]
            assert numbers == [0.0] * 4, difference["name"]
            assert difference["probability_lower"] == 0.5
    assert {step["mean"] for step in comparison["waterfall"]} == {0.0}


def test_a_comparison_and_its_mirror_agree(command: Command) -> None:
    forth, back = (
        json.loads(command("compare", *pair, *FEW, "--format", "json").out)[0]["differences"]
        for pair in (("base_case", "junior_heavy"), ("junior_heavy", "base_case"))
    )
    assert [each["name"] for each in forth] == [each["name"] for each in back]
    for one, other in zip(forth, back, strict=True):
        if one["mean"] is not None:
            assert one["mean"] == pytest.approx(-other["mean"], rel=1e-12)
            assert one["lower_95"] == pytest.approx(-other["upper_95"], rel=1e-9)
            assert one["upper_95"] == pytest.approx(-other["lower_95"], rel=1e-9)
            assert one["monte_carlo_se"] == pytest.approx(other["monte_carlo_se"], rel=1e-9)
            assert one["probability_lower"] == pytest.approx(1.0 - other["probability_lower"])


def test_a_comparison_as_text_says_what_differs_and_why(command: Command) -> None:
    answer = command("compare", "base_case", "junior_heavy", *FEW)
    assert answer.code == 0
    for part in (
        " less Base case, senior-led Hub (2023/24 prices, NHS and personal social services, paired draws)",
        "Probability that junior_heavy costs less: ",
        "Cost per completion would be equal at ",
        "Where the difference in Hub cost comes from (GBP/year):",
        "What junior_heavy changes:",
        "Completion and dropout are taken to be the same whoever treats",
        "Not enough draws",
    ):
        assert part in answer.out


def test_a_comparison_as_csv_has_a_row_an_outcome_and_scenario(command: Command) -> None:
    answer = command("compare", "base_case", "junior_heavy", "base_case", *FEW, "--format", "csv")
    found = table(answer.out)
    assert {row["scenario"] for row in found} == {"junior_heavy", "base_case"}
    assert {row["reference"] for row in found} == {"base_case"}
    whose = {row["name"]: row["perspective"] for row in found}
    assert (whose["total_hub_cost"], whose["total_hub_cost@hub_host"]) == ("nhs_pss", "hub_host")
    total = next(row for row in found if row["name"] == "total_hub_cost")
    means = [float(total[key]) for key in ("scenario_mean", "reference_mean", "mean_difference")]
    assert means[0] - means[1] == pytest.approx(means[2])


def test_a_comparison_can_be_kept(command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "comparison"
    arguments = ("compare", "base_case", "junior_heavy", *FEW, "--out", folder, "--format", "json")
    answer = command(*arguments)
    assert answer.code == 0
    assert json.loads(answer.out) == json.loads((folder / "comparison.json").read_text(encoding="utf-8"))
    assert answer.err.splitlines()[-2:] == [
        "Writing the comparison",
        f"Comparison: {folder / 'comparison.html'}",
    ]
    assert command(*arguments).code == 0
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    refused = command(*arguments)
    assert refused.code == 1
    assert refused.err.splitlines()[-1] == (
        f"Error: {folder} already holds what the run did not write (notes.txt); name an empty or new folder, "
        "or remove it first. Nothing was run"
    )


def test_one_scenario_is_no_comparison(command: Command) -> None:
    answer = command("compare", "base_case")
    assert (answer.code, answer.out) == (2, "")
    assert "name at least two scenarios; the first is what the others are compared with" in answer.err


def test_prices_of_two_years_are_not_compared(command: Command, project: Path) -> None:
    later = "label: Later\nquestion: When?\nextends: [base_case]\nframe: {price_year: 2022/23}\n"
    (project / "scenarios" / "later.yaml").write_text(later, encoding="utf-8")
    answer = command("compare", "base_case", "later", *FEW, at=project)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.splitlines()[-1] == (
        "Error: later is in 2022/23 prices and base_case in 2023/24 prices; a difference of the two would "
        "mix price years. Give both the same frame.price_year"
    )


def test_diff_lists_what_two_scenarios_hold_differently(command: Command) -> None:
    answer = command("diff", "base_case", "junior_heavy")
    assert answer.code == 0
    assert answer.out.split()[:3] == ["name", "base_case", "junior_heavy"]
    found = json.loads(command("diff", "base_case", "junior_heavy", "--format", "json").out)
    names = {row["name"] for row in found}
    assert "activities.administration.minutes.assistant" in names
    assert all(row["reason"] for row in found)
    assert {
        row["name"] for row in table(command("diff", "base_case", "junior_heavy", "--format", "csv").out)
    } == names


def test_diff_of_a_scenario_with_itself_is_empty(command: Command) -> None:
    assert command("diff", "base_case", "base_case").out == "base_case and base_case hold the same.\n"
    assert json.loads(command("diff", "base_case", "base_case", "--format", "json").out) == []


# -- explain


def test_explain_prints_a_tree_and_its_data(command: Command) -> None:
    answer = command("explain", "cost_per_registered", "--depth", "2")
    assert (answer.code, answer.err) == (0, "")
    assert "Hub cost per registered client" in answer.out
    assert json.loads(command("explain", "cost_per_registered", "--format", "json").out)
    assert table(command("explain", "cost_per_registered", "--format", "csv").out)


def test_explain_names_the_result_that_was_meant(command: Command) -> None:
    answer = command("explain", "cost_per_registerd")
    assert (answer.code, answer.out) == (1, "")
    said = "Error: there is no result 'cost_per_registerd'. Did you mean 'cost_per_registered', "
    assert answer.err.startswith(said)
    assert len(answer.err.splitlines()) == 1


# -- completion


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_for_the_shell(shell: str, command: Command) -> None:
    answer = command("completion", shell)
    assert answer.code == 0
    assert "_COSTMODEL_COMPLETE" in answer.out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("costmodel ru", ["run"]),
        ("costmodel run --sam", ["--sampler"]),
        ("costmodel run jun", ["junior_heavy"]),
    ],
)
def test_the_shell_completes_verbs_options_and_scenarios(
    words: str, expected: list[str], small_project: Path
) -> None:
    answer = process(
        at=small_project,
        _COSTMODEL_COMPLETE="bash_complete",
        COMP_WORDS=words,
        COMP_CWORD=str(len(words.split()) - 1),
    )
    assert [line.split(",", 1)[1] for line in answer.stdout.splitlines()] == expected


def test_a_pipe_that_closes_early_is_no_error(small_project: Path) -> None:
    shell = f"{sys.executable} -m costmodel show --format csv | head -n 1"
    answer = subprocess.run(
        shell,
        shell=True,
        capture_output=True,
        text=True,
        cwd=small_project,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert answer.stdout.startswith("name,label,unit")
    assert "Traceback" not in answer.stderr


# -- progress


def test_progress_of_a_long_command_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar(3, "Running", "Writing", shown_after=0.0) as advance:
        advance(1)
        advance(1)
        advance(1)
    assert capsys.readouterr() == ("", "Running\nWriting\n")


def test_progress_of_a_short_command_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar(2, "Running") as advance:
        advance(1)
        advance(1)
    assert capsys.readouterr() == ("", "")


def test_what_follows_the_draws_is_announced_once(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar(2, "Running", "Writing") as advance:
        advance(1)
        advance(1)
    assert capsys.readouterr() == ("", "Writing\n")


def test_a_short_text_is_not_shortened() -> None:
    assert shortened("short", 10) == "short"


@pytest.mark.parametrize(
    ("arguments", "draws"),
    [
        ([], 10_000),
        (["--sampler", "sobol"], 16_384),
        (["--draws", "4096", "--sampler", "sobol"], 4_096),
    ],
)
def test_each_sampler_has_a_usual_number_of_draws(arguments: list[str], draws: int) -> None:
    assert cli.commands["run"].make_context("run", arguments).params["draws"] == draws


def test_the_command_line_and_python_have_the_same_defaults() -> None:
    given = cli.commands["run"].make_context("run", []).params
    assert {name: given[name] for name in asdict(RunOptions())} == asdict(RunOptions())
    assert given["keep_draws"] == DEFAULT_KEPT_DRAWS
    assert get_args(Sampler) == SAMPLERS
    assert get_args(Convention) == tuple(sorted(CONVENTIONS))
