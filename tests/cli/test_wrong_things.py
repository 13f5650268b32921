"""What a new user gets wrong, and the exact words that help."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from costmodel.cli import main
from costmodel.inputs.table_files import FILE_MODELS
from tests.cli.conftest import Command, changed

ROOT = Path(__file__).parents[2]
CLOSING = "Nothing was run. Fix the file, then: costmodel check\n"
REFERENCE = "parameters/hub_reference.yaml"
NO_FOLDER = "name an empty or new folder, or remove it first. Nothing was run"


def one_problem(file: str, line: int, where: str, message: str) -> str:
    margin = " " * len(f"  line {line}   ")
    return f"ParameterError: 1 problem in {file}\n\n  line {line}   {where}\n{margin}{message}\n\n{CLOSING}"


# -- usage


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("rum",), "No such command 'rum'."),
        (("run", "--draw", "10"), "No such option '--draw'."),
        (("run", "--draws", "1"), "Invalid value for '--draws': 1 is not in the range x>=2."),
        (("run", "--draws", "many"), "Invalid value for '--draws': 'many' is not a valid integer range."),
        (("run", "--sampler", "dice"), "Invalid value for '--sampler': 'dice' is not one of"),
        (("check", "--format", "xml"), "Invalid value for '--format': 'xml' is not one of"),
        (("explain",), "Missing argument 'RESULT'."),
        (("completion", "tcsh"), "Invalid value for '{bash|zsh|fish}': 'tcsh' is not one of"),
    ],
)
def test_wrong_usage_is_said_and_leaves_with_2(
    arguments: tuple[str, ...], message: str, command: Command
) -> None:
    answer = command(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert message in answer.err
    assert "Usage: costmodel" in answer.err


@pytest.mark.parametrize(
    ("sampler", "draws", "message"),
    [
        ("sobol", "1000", "sobol needs a number of draws that is a power of two; got 1000; use 512 or 1024"),
        (
            "latin-hypercube",
            "1001",
            "latin-hypercube needs a number of draws that is a multiple of its 8 replicates; got 1001; "
            "use 1000 or 1008",
        ),
        (
            "sobol",
            "4",
            "sobol needs at least two draws in each of its 8 replicates; got 4 draws; use 16 or more",
        ),
    ],
)
def test_draws_that_a_sampler_cannot_take_leave_with_2(
    sampler: str, draws: str, message: str, command: Command, tmp_path: Path
) -> None:
    answer = command("run", "--sampler", sampler, "--draws", draws, "--out", tmp_path / "run")
    assert (answer.code, answer.out, answer.err) == (2, "", f"Error: {message}\n")
    assert list(tmp_path.glob("run*")) == []


def test_a_misspelt_scenario_is_guessed(command: Command) -> None:
    answer = command("run", "junior_hevy")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == (
        "ParameterError: 1 problem in scenarios\n\n"
        "  no scenario 'junior_hevy'. Did you mean 'junior_heavy'? There are: base_case, junior_heavy\n\n"
        "Nothing was run.\n"
    )


def test_a_missing_file_of_a_scenario_is_named(command: Command) -> None:
    answer = command("run", "mine/junior.yaml")
    assert answer.code == 1
    assert answer.err == (
        "ParameterError: 1 problem in mine/junior.yaml\n\n  cannot be read: No such file or directory\n\n"
        + CLOSING
    )


# -- files


def test_a_negative_salary(command: Command, project: Path) -> None:
    distribution = "distribution: {family: pert, min: 70417, mode: 74842.5, max: 81137}"
    line = changed(project, REFERENCE, distribution, "value: -74842.5")
    answer = command("check", at=project)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == one_problem(
        REFERENCE, line, "hub_reference.posts.service_lead.salary.value", "must not be negative; got -74842.5"
    )


def test_a_percentage_for_a_share(command: Command, project: Path) -> None:
    changed(
        project, REFERENCE, "distribution: {family: beta, mean: 0.9, se: 0.04, assumed: true}", "value: 90"
    )
    line = (project / REFERENCE).read_text(encoding="utf-8").split("value: 90")[0].count("\n") + 1
    answer = command("run", at=project)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == one_problem(
        REFERENCE,
        line,
        "hub_reference.pathway.screened_share.value",
        "must be between 0 and 1; got 90. Did you mean 0.9?",
    )


def test_a_year_outside_the_tables(command: Command, project: Path) -> None:
    line = changed(project, "scenarios/base_case.yaml", 'price_year: "2023/24"', 'price_year: "2031/32"')
    answer = command("run", at=project)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith("ParameterError: 5 problems in scenarios/base_case.yaml\n")
    assert (
        f"  line {line}   frame.price_year\n"
        "            nhscii_pay of edition '2025' holds no price level of 2031/32; it has 2014/15 to "
        "2024/25\n"
    ) in answer.err


def test_a_duplicate_key(command: Command, project: Path) -> None:
    path = project / "parameters" / "costing_rules.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "qualifications: include\n", encoding="utf-8")
    first = text.split("\nqualifications:")[0].count("\n") + 2
    answer = command("check", at=project)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == one_problem(
        "parameters/costing_rules.yaml",
        text.count("\n") + 1,
        "costing_rules.qualifications",
        f"is given twice in the same place; the first is on line {first}",
    )


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"", None, "is empty"),
        (b"# nothing yet\n", None, "is empty"),
        (b"\x00\x01\x02PK", None, "is not a text file (it holds binary data)"),
        (b"label: caf\xe9\n", 1, "is not UTF-8 text (byte 0xe9); save the file as UTF-8"),
        (b"- one\n- two\n", 1, "must hold 'key: value' lines at the top; got a list"),
        (b"overheads:\n\tpercentage: 1\n", 2, "is indented with a tab; use spaces"),
        (b"a: [1, 2\n", 2, "is not valid YAML: did not find expected ',' or ']'"),
    ],
)
def test_a_file_that_cannot_be_read(
    content: bytes, line: int | None, message: str, command: Command, project: Path
) -> None:
    (project / "parameters" / "costing_rules.yaml").write_bytes(content)
    answer = command("check", at=project)
    assert (answer.code, answer.out) == (1, "")
    at = f"line {line}   " if line else ""
    assert (
        answer.err
        == f"ParameterError: 1 problem in parameters/costing_rules.yaml\n\n  {at}{message}\n\n{CLOSING}"
    )


def test_problems_of_several_files_come_at_once_in_the_order_of_the_files(
    command: Command, project: Path
) -> None:
    unit = changed(project, "parameters/activities.yaml", "unit: people/session", "unit: peoples/session")
    pool = changed(project, REFERENCE, "pool: senior_clinician", "pool: senior_clinicians")
    (project / "scenarios" / "broken.yaml").write_text(
        "label: Broken\nquestion: Why?\nextend: [base_case]\n", "utf-8"
    )
    answer = command("check", at=project)
    assert (answer.code, answer.out) == (1, "")
    message = (
        "there is no staff pool 'senior_clinicians' in staff_pools.yaml. Did you mean 'senior_clinician'? "
        "There are: senior_clinician, clinician, assistant, administrator"
    )
    assert answer.err.split("\n\n")[:-1] == [
        "ParameterError: 3 problems in 3 files",
        f"parameters/activities.yaml\n  line {unit}   activities.team_sessions.group_size.unit\n"
        "             'peoples/session' is not a known unit. Did you mean 'people/session'?",
        f"{REFERENCE}\n  line {pool}   hub_reference.posts.service_lead.pool\n             {message}",
        "scenarios/broken.yaml\n  line 3   extend\n           is not a known key. Did you mean 'extends'?",
    ]


@pytest.mark.parametrize("stem", ["costing_rules", "hub_reference", "oncost_rules", "sources", "waiting"])
def test_a_file_with_the_other_ending_is_one_problem(stem: str, command: Command, project: Path) -> None:
    (project / "parameters" / f"{stem}.yaml").rename(project / "parameters" / f"{stem}.yml")
    verbs = [("check",), ("run", "--draws", "2"), ("show",), ("explain", "total_hub_cost")]
    for arguments in verbs + [("unit-costs",)] * (stem in FILE_MODELS):
        answer = command(*arguments, at=project)
        assert (answer.code, answer.out) == (1, ""), arguments
        assert answer.err == (
            f"ParameterError: 1 problem in parameters/{stem}.yml\n\n"
            f"  rename to .yaml: {stem}.yaml\n\n{CLOSING}"
        ), arguments


def test_problems_are_data_too(command: Command, project: Path) -> None:
    changed(project, REFERENCE, "pool: senior_clinician", "pool: senior_clinicians")
    answer = command("check", "--format", "csv", at=project)
    assert answer.code == 1
    assert answer.out.startswith("file,line,where,message\nparameters/hub_reference.yaml,")


def test_an_index_that_reaches_no_row_is_said_at_the_service(command: Command, project: Path) -> None:
    unit_cost = "unit_cost_row: ncc_outpatient_attendance_consultant_led__2023_24"
    line = changed(project, "parameters/service_use.yaml", unit_cost, "unit_cost_row: outpatient")
    answer = command("check", at=project)
    assert answer.err == one_problem(
        "parameters/service_use.yaml",
        line,
        "service_use.services.outpatient.unit_cost_row",
        "there is no row 'outpatient' in service_unit_costs.yaml. See its rows",
    )


@pytest.mark.parametrize("option", ["--parameters", "--scenarios"])
def test_a_folder_that_is_not_there(option: str, command: Command, small_project: Path) -> None:
    answer = command("run", option, "nowhere")
    assert answer.code == 1
    assert "Traceback" not in answer.err
    kind = option.removeprefix("--")
    expected = {
        "parameters": f"  there is no folder {small_project / 'nowhere'}; 'costmodel init DIR' writes one",
        "scenarios": "  no scenario 'base_case'. There are none in nowhere",
    }[kind]
    assert expected in answer.err.splitlines()


# -- output folders


def test_out_at_a_folder_that_holds_something_else(command: Command, tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("years of work", encoding="utf-8")
    answer = command("run", "--draws", "10", "--out", tmp_path)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == f"Error: {tmp_path} already holds something else; {NO_FOLDER}\n"
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.docx"]


@pytest.mark.parametrize(
    ("folder", "message"),
    [
        ("{file}/run", "cannot write to {file}: Not a directory. Nothing was run; choose another with --out"),
        ("{file}", "{file} is a file; name a folder. Nothing was run"),
        (
            "/proc/run",
            "cannot write to /proc: No such file or directory. Nothing was run; choose another with --out",
        ),
    ],
)
def test_out_where_nothing_can_be_written(
    folder: str, message: str, command: Command, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_text("", encoding="utf-8")
    answer = command("run", "--draws", "10", "--out", folder.format(file=file))
    assert (answer.code, answer.out, answer.err) == (1, "", f"Error: {message.format(file=file)}\n")


def test_a_comparison_that_cannot_be_written_is_not_run(command: Command, tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("years of work", encoding="utf-8")
    many = ("--draws", "1000000000")
    answer = command("compare", "base_case", "junior_heavy", *many, "--out", tmp_path)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == f"Error: {tmp_path} already holds something else; {NO_FOLDER}\n"


def test_a_project_that_cannot_be_written(command: Command) -> None:
    answer = command("init", "/proc/my-hubs")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == "Error: cannot write to /proc: No such file or directory\n"


# -- debug


@pytest.mark.parametrize("arguments", [("--debug", "run", "nobody"), ("run", "nobody", "--debug")])
def test_debug_shows_a_traceback_wherever_it_stands(arguments: tuple[str, ...], small_project: Path) -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "costmodel", *arguments],
        capture_output=True,
        text=True,
        cwd=small_project,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert answer.returncode == 1
    assert answer.stdout == ""
    assert answer.stderr.startswith("Traceback (most recent call last):")
    assert "no scenario 'nobody'" in answer.stderr


# -- Ctrl-C, and a request to end


def started(project: Path, *arguments: str, temporary: Path) -> subprocess.Popen[str]:
    """Start a run in a process of its own that heeds both signals."""

    # A test run started in the background may ignore Ctrl-C, and children inherit that.
    def heed() -> None:
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_DFL)

    return subprocess.Popen(
        [sys.executable, "-u", "-m", "costmodel", "run", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(temporary)},
        preexec_fn=heed,
    )


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_nothing_and_an_earlier_run_as_it_was(
    sent: signal.Signals, project: Path, tmp_path: Path
) -> None:
    earlier = project / "outputs" / "base_case" / "earlier"
    earlier.mkdir(parents=True)
    (earlier / "results.json").write_text("{}", encoding="utf-8")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    running = started(project, "--draws", "2000000", temporary=temporary)
    assert running.stderr is not None
    first = running.stderr.readline()
    running.send_signal(sent)
    out, err = running.communicate(timeout=60)
    assert re.search("Running base_case", first)
    assert running.returncode == 130
    assert out == ""
    assert err.endswith("Interrupted: nothing was written.\n")
    assert list(temporary.iterdir()) == []
    assert [path.relative_to(project).as_posix() for path in sorted((project / "outputs").rglob("*"))] == [
        "outputs/base_case", "outputs/base_case/earlier", "outputs/base_case/earlier/results.json"
    ]  # fmt: skip


def test_a_run_that_is_ended_while_it_writes_leaves_no_half_folder(project: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    running = started(project, "--draws", "50", "--out", str(out / "run"), temporary=tmp_path)
    while running.poll() is None and not list(out.glob(".run.*.partial/results.json")):
        time.sleep(0.01)
    running.send_signal(signal.SIGTERM)
    _, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert err.endswith("Interrupted: nothing was written.\n")
    assert list(out.iterdir()) == []


def test_signals_are_left_as_they_were(command: Command) -> None:
    before = signal.getsignal(signal.SIGTERM)
    assert command("completion", "bash").code == 0
    assert signal.getsignal(signal.SIGTERM) is before


def test_the_command_line_runs_in_a_thread_that_may_not_handle_signals() -> None:
    with ThreadPoolExecutor() as threads:
        ended = threads.submit(main, ["completion", "bash"]).exception(timeout=60)
    assert isinstance(ended, SystemExit) and ended.code == 0
