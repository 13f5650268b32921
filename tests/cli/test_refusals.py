"""What no service can have is refused in words that a service manager understands, with file and line."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Command, Path, changed

STAFFING = "parameters/staffing_options.yaml"
WAITING = "parameters/waiting.yaml"
BUDGET = "parameters/budget_impact.yaml"
HUB = "parameters/hub_reference.yaml"
RETENTION = "value: {month_1: 1, month_2: 0.83, month_3: 0.5, month_4: 0.17}"
OPENING = "    opening_list:\n      label: People waiting for the Hub's therapy today, reference Hub"
CLOSINGS = ("Nothing was run. Fix the file, then: costmodel check", "Nothing was run.")


def refusal(project: Path, command: Command) -> str:
    """Return what `check` says of a project's only problem, without the frame around it."""
    answer = command("check", at=project)
    assert answer.code == 1
    lines = answer.err[answer.err.index("ParameterError") :].strip().splitlines()
    assert lines[-1] in CLOSINGS
    return " ".join(" ".join(lines[:-1]).split())


@pytest.mark.parametrize(
    ("file", "old", "new", "where", "words"),
    [
        (
            STAFFING,
            "navigation: {done_by: [clinician, assistant]}",
            "navigation: {done_by: []}",
            "staffing_options.activities.navigation.done_by",
            "nobody may do this task; name at least one staff pool or post",
        ),
        (
            WAITING,
            "distribution: {family: gamma, mean: 5, se: 1.5, assumed: true}",
            "value: -5",
            "waiting.hubs.reference.opening_list.value",
            "must not be negative; got -5",
        ),
        (
            WAITING,
            "distribution: {family: beta, mean: 0.02, se: 0.008, assumed: true}",
            "value: 1.2",
            "waiting.attrition.value",
            "must be between 0 and 1; got 1.2. Did you mean 0.012?",
        ),
        (
            WAITING,
            RETENTION,
            "value: {month_1: 1, month_2: 0.5, month_3: 0.6, month_4: 0.17}",
            "waiting.retention.value",
            "must begin with 1 and never rise: nobody returns to a course; got 1, 0.5, 0.6, 0.17",
        ),
        (
            "parameters/budget_impact.yaml",
            "    value: 0.75\n",
            "    value: 75\n",
            "budget_impact.exit.probability.value",
            "must be between 0 and 1; got 75. Did you mean 0.75?",
        ),
        (
            STAFFING,
            "    hours:\n",
            "    wte: {label: Two, unit: WTE, value: 2, evidence: user}\n    hours:\n",
            "staffing_options.presence.senior_with_therapy",
            "give exactly one of wte, people and hours (a week at work)",
        ),
    ],
)
def test_check_finds_what_cannot_be_with_file_and_line(
    project: Path, command: Command, file: str, old: str, new: str, where: str, words: str
) -> None:
    line = changed(project, file, old, new)
    found = refusal(project, command)
    if where.endswith("senior_with_therapy"):
        line -= 3  # the whole rule is at fault, not a line of it
    assert found == f"ParameterError: 1 problem in {file} line {line} {where} {words}"


def test_what_is_wrong_with_one_optional_file_hides_nothing_of_the_others(
    project: Path, command: Command
) -> None:
    unit = changed(project, WAITING, "  unit: share", "  unit: ratio")
    rising = changed(project, WAITING, RETENTION, RETENTION.replace("0.17", "0.6"))
    changed(project, BUDGET, "    value: 0.75\n", "    value: 75\n")
    step = changed(project, STAFFING, "  value: 0.5\n", "  value: 0.3\n") - 3
    found = refusal(project, command)
    assert found.startswith("ParameterError: 4 problems in 3 files")
    for place in (
        f"line {unit} waiting.attrition.unit",
        f"line {rising} waiting.retention.value must begin with 1",
        "budget_impact.exit.probability.value must be between 0 and 1; got 75",
        f"line {step} staffing_options.step must go into a whole post",
    ):
        assert place in found


def test_negative_registrations_are_refused(project: Path, command: Command) -> None:
    text = (project / HUB).read_text(encoding="utf-8")
    before, found, after = text.partition("  registrations:\n")
    record, rest = after.split("\n  screened_share:", 1)
    kept = [line for line in record.splitlines() if not line.strip().startswith(("distribution:", "value:"))]
    number = before.count("\n") + 2
    record = "\n".join(["    value: -300", *kept])
    (project / HUB).write_text(f"{before}{found}{record}\n  screened_share:{rest}", encoding="utf-8")
    assert refusal(project, command) == (
        f"ParameterError: 1 problem in {HUB} line {number} hub_reference.pathway.registrations.value "
        "must not be negative; got -300"
    )


def test_a_dropout_of_1_is_refused(project: Path, command: Command) -> None:
    text = (project / HUB).read_text(encoding="utf-8")
    before, found, after = text.partition("  dropout_share:\n")
    rest = after.split("\n  sessions_per_completion:", 1)[1]
    record = "    {label: Dropout, unit: share, value: 1, evidence: user}"
    (project / HUB).write_text(f"{before}{found}{record}\n  sessions_per_completion:{rest}", encoding="utf-8")
    line = before.count("\n") + 1
    assert refusal(project, command) == (
        f"ParameterError: 1 problem in {HUB} line {line} hub_reference.pathway.dropout_share "
        "must be below 1, or nobody ever completes therapy; got 1"
    )


def test_a_cap_below_the_caseload_of_today_is_refused(project: Path, command: Command) -> None:
    caseload = "    opening_caseload: {label: In therapy today, unit: people, value: 120, evidence: user}\n"
    line = changed(project, WAITING, OPENING, caseload + OPENING)
    assert refusal(project, command) == (
        f"ParameterError: 1 problem in {WAITING} line {line} waiting.hubs.reference.opening_caseload "
        "120 clients are in therapy today, but the 5.02 WTE in post who give therapy may carry 100.4 "
        "(caseload_per_wte, 20): nobody could start. Raise caseload_per_wte, or correct the caseload or the "
        "posts"
    )


def test_a_cap_that_only_the_posts_of_a_scenario_pass_names_the_scenario(
    project: Path, command: Command
) -> None:
    caseload = "    opening_caseload: {label: In therapy today, unit: people, value: 70, evidence: user}\n"
    line = changed(project, WAITING, OPENING, caseload + OPENING)
    assert refusal(project, command) == (
        f"ParameterError: 1 problem in {WAITING} line {line} waiting.hubs.reference.opening_caseload "
        "70 clients are in therapy today, but the 1.49 WTE in post of senior_clinician, who supervise, may "
        "carry 59.5 (supervision.clients_per_wte, 40): nobody could start. Raise "
        "supervision.clients_per_wte, or correct the caseload or the posts (in scenario junior_heavy)"
    )


def test_more_in_therapy_than_supervisors_may_carry_is_refused(project: Path, command: Command) -> None:
    caseload = "    opening_caseload: {label: In therapy today, unit: people, value: 15, evidence: user}\n"
    line = changed(project, WAITING, OPENING, caseload + OPENING)
    changed(project, WAITING, "    value: 40\n", "    value: 4\n")
    assert refusal(project, command) == (
        f"ParameterError: 1 problem in {WAITING} line {line} waiting.hubs.reference.opening_caseload "
        "15 clients are in therapy today, but the 3.35 WTE in post of senior_clinician, who supervise, may "
        "carry 13.4 (supervision.clients_per_wte, 4): nobody could start. Raise supervision.clients_per_wte, "
        "or correct the caseload or the posts"
    )


def test_what_could_not_be_read_is_said_once(project: Path, command: Command) -> None:
    line = changed(project, WAITING, "  value: 4\n", "  value: .nan\n")
    assert refusal(project, command) == (
        f"ParameterError: 1 problem in {WAITING} line {line} waiting.recruitment_lag.value "
        ".nan is not a finite number"
    )
    changed(project, WAITING, "  value: .nan\n", "  value: 4\n")
    text = (
        "label: Odd\nquestion: What if?\nextends: [base_case]\noverrides:\n"
        "  waiting.attrition: {value: .inf, reason: a test}\n"
    )
    (project / "scenarios" / "odd.yaml").write_text(text, encoding="utf-8")
    assert refusal(project, command) == (
        "ParameterError: 1 problem in scenarios/odd.yaml line 5 overrides.waiting.attrition.value "
        ".inf is not a finite number"
    )


def test_a_scenario_that_makes_it_impossible_is_found_where_it_says_so(
    project: Path, command: Command
) -> None:
    scenario = project / "scenarios" / "everybody_leaves.yaml"
    text = (
        "label: Everybody leaves\nquestion: What if?\nextends: [base_case]\noverrides:\n"
        "  hub_reference.pathway.dropout_share: {value: 1, reason: a test, evidence: user}\n"
    )
    scenario.write_text(text, encoding="utf-8")
    assert refusal(project, command) == (
        "ParameterError: 1 problem in scenarios/everybody_leaves.yaml line 5 "
        "hub_reference.pathway.dropout_share must be below 1, or nobody ever completes therapy; got 1"
    )
    nobody = "  staffing_options.activities.therapy.done_by: {set: [], reason: a test}\n"
    scenario.write_text(text + nobody, encoding="utf-8")
    found = refusal(project, command)
    assert found.startswith(
        "ParameterError: 2 problems in scenarios/everybody_leaves.yaml line 5 hub_reference"
    )
    assert "line 6 staffing_options.activities.therapy.done_by nobody may do this task" in found


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (
            "month,reference\n2023-04,5\n2023-05,-3\n",
            "line 3 reference registrations in a month must be a number of 0 or more; got -3. Write 0 where "
            "nobody registered",
        ),
        (
            "month,reference\n2023-04,5\n2023-06,3\n",
            "line 3 month 2023-05 is missing before 2023-06; add a row for every month, 0 where nobody "
            "registered",
        ),
        (
            "month,reference\n2023-04,5\n2023-04,3\n",
            "line 3 month 2023-04 stands twice or out of order; sort the rows by month",
        ),
        (
            "month,reference\n2022-12,5\n2023-01,3\n",
            "line 2 month must begin with 2023-04 (frame.base_date of the scenario); got 2022-12",
        ),
        (
            "month,reference\nApril,5\n",
            "line 2 month must be a month such as 2023-04, or its number from 1; got April",
        ),
        (
            "month,reference\n2,5\n",
            "line 2 month must begin with 1; got 2",
        ),
        (
            "month,referense\n2023-04,5\n",
            "line 1 needs a column 'month' and one for each Hub; reference is missing (it has month, "
            "referense). Did you mean 'referense'? Add or rename the column",
        ),
        (None, "cannot be read: there is no such file; waiting.arrivals.file names it"),
    ],
)
def test_check_reads_the_series_of_registrations(
    project: Path, command: Command, rows: str | None, words: str
) -> None:
    changed(project, WAITING, "{pattern: steady}", "{pattern: series, file: referrals.csv}")
    if rows is not None:
        (project / "parameters" / "referrals.csv").write_text(rows, encoding="utf-8")
    assert refusal(project, command) == f"ParameterError: 1 problem in parameters/referrals.csv {words}"


def test_a_list_of_a_hub_without_a_file_is_warned_of_with_its_line(project: Path, command: Command) -> None:
    line = changed(project, WAITING, "\n  north:\n", "\n  referense:\n") + 1
    answer = command("check", at=project)
    assert (answer.code, answer.out) == (0, "No problems found.\n")
    assert (
        f"warning: {WAITING}, line {line}: waiting.hubs.referense is passed over, because there is no "
        "hub_referense.yaml. Did you mean 'reference'?\n"
    ) in answer.err


def test_limits_of_posts_that_are_not_there_are_warned_of_with_their_line(
    project: Path, command: Command
) -> None:
    line = changed(project, STAFFING, "    service_lead:\n", "    servicelead:\n")
    limits = "  referense: {service_lead: {maximum: {label: Most, unit: WTE, value: 1, evidence: user}}}\n"
    hub = changed(project, STAFFING, "\nposts:\n", f"\nposts:\n{limits}") + 2
    answer = command("check", at=project)
    assert (answer.code, answer.out) == (0, "No problems found.\n")
    assert (
        f"warning: {STAFFING}, line {hub}: staffing_options.posts.referense is passed over, because there is "
        "no hub_referense.yaml. Did you mean 'reference'?\n"
        f"warning: {STAFFING}, line {line + 1}: staffing_options.posts.reference.servicelead is passed over "
        "in every scenario that does not add it, because hub_reference.yaml has no such post. Did you mean "
        "'service_lead'?\n"
    ) in answer.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ("staffing", "--probability", "1.2"),
            "'--probability': must be above 0 and at most 1 (0.9 is nine draws in ten); got 1.2",
        ),
        (
            ("staffing", "--probability", "0"),
            "'--probability': must be above 0 and at most 1 (0.9 is nine draws in ten); got 0",
        ),
        (
            ("staffing", "--max-wait-weeks", "0"),
            "'--max-wait-weeks': must be above 0 weeks, because chance always leaves somebody waiting (6 is "
            "usual); got 0",
        ),
        (
            ("clear-backlog", "--target-weeks", "0"),
            "'--target-weeks': must be above 0 weeks, because chance always leaves somebody waiting (6 is "
            "usual); got 0",
        ),
        (
            ("capacity", "--months", "0"),
            "'--months': give whole months ahead, from 1 to 240 (12 are a year); got 0",
        ),
        (
            ("clear-backlog", "--months", "-3"),
            "'--months': give whole months ahead, from 1 to 240 (12 are a year); got -3",
        ),
        (
            ("staffing", "--months", "0"),
            "'--months': give whole months ahead, from 1 to 240 (12 are a year); got 0",
        ),
    ],
)
def test_an_impossible_option_is_refused_in_words(
    command: Command, arguments: tuple[str, ...], words: str
) -> None:
    answer = command(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.splitlines()[-1] == f"Error: Invalid value for {words}"
