"""What a parameter record may say, and the exact text for what it may not."""

import copy
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from costmodel.errors import Problem, format_problems
from costmodel.inputs.loading import Location, StrictModel, Tree, read_folder, validate
from costmodel.inputs.parameters import NamedRecord, is_joint, is_record, iter_model_records, iter_records
from costmodel.inputs.records import AnyRecord, JointRecord, Record
from costmodel.units import UNITS, is_money

WTE = {"label": "Service lead", "unit": "WTE", "value": 1, "evidence": "illustrative"}
SHARE = {"label": "Did not attend", "unit": "share", "value": 0.1, "evidence": "user"}
PRICE = {
    "label": "Visit",
    "unit": "GBP/contact",
    "distribution": {"family": "gamma", "mean": 55, "se": 3},
    "evidence": "published",
    "source": {"id": "pssru_2024", "locator": "table 9.2"},
    "price_year": "2023/24",
}
SPLIT = {
    "label": "Other support",
    "unit": "share",
    "evidence": "illustrative",
    "components": {"navigated": "Navigated", "brief": "Brief support"},
    "distribution": {"family": "dirichlet", "counts": {"brief": 20, "navigated": 60}},
}
ONE_OF_THE_CLASSES = "must be one of published, derived, analogue, calibrated, expert, illustrative, user"
ABOUT_MISSING_SOURCE = "needs a source (only expert, illustrative, user may go without)"


def problems_of(record: Mapping[str, Any], model: type[StrictModel] = Record) -> dict[str, str]:
    tree = Tree({"f": dict(record)}, {("f",): Location("f.yaml", 1)})
    validated, problems = validate(model, tree, ("f",))
    assert (validated is None) == bool(problems)
    return {problem.where.removeprefix("f").removeprefix("."): problem.message for problem in problems}


def valid(record: Mapping[str, Any]) -> Record:
    assert problems_of(record) == {}
    return Record.model_validate(record)


def valid_joint(record: Mapping[str, Any]) -> JointRecord:
    assert problems_of(record, JointRecord) == {}
    return JointRecord.model_validate(record)


# Good records


def test_a_fixed_value() -> None:
    record = valid(WTE)
    assert (record.mean, record.fitted.distribution.mean, record.fitted.distribution.sd) == (1.0, 1.0, 0.0)
    assert isinstance(record.value, float) and not record.assumed


def test_a_distribution() -> None:
    record = valid(PRICE)
    assert record.mean == pytest.approx(55)
    assert record.fitted.distribution.sd == pytest.approx(3)
    assert record.fitted is record.fitted


def test_a_multiplier_scales_the_mean_but_not_the_fit() -> None:
    record = valid(PRICE | {"multiplier": 2})
    assert record.mean == pytest.approx(110)
    assert record.fitted.distribution.mean == pytest.approx(55)
    assert valid(WTE | {"multiplier": 1.5}).mean == 1.5


def test_an_assumed_spread_is_known_as_such() -> None:
    distribution = PRICE["distribution"] | {"assumed": True}  # type: ignore[operator]
    assert valid(PRICE | {"distribution": distribution}).assumed
    split = copy.deepcopy(SPLIT)
    assert not valid_joint(split).assumed
    split["distribution"]["assumed"] = True  # type: ignore[index]
    assert valid_joint(split).assumed


def test_everything_that_may_be_said() -> None:
    record = valid(
        PRICE
        | {
            "source": {
                "citation": "Jones K (2024)",
                "locator": "p. 3",
                "url": "https://example.org",
                "retrieved": "2026-11-23",
            },
            "note": "n",
            "period": "p",
            "geography": "England",
            "population": "adults",
            "confidence": "high",
            "entered_by": "A",
            "checked_by": "B",
            "checked_on": "2026-01-31",
            "supersedes": "old.name",
            "stream": "old.name",
        }
    )
    assert record.source is not None and record.source.retrieved == date(2026, 11, 23)
    assert record.checked_on == date(2026, 1, 31)
    assert Record.model_validate(record.model_dump()) == record


def test_a_joint_record_keeps_its_own_order_of_components() -> None:
    record = valid_joint(SPLIT)
    assert record.means == pytest.approx({"navigated": 0.75, "brief": 0.25})
    assert list(record.means) == ["navigated", "brief"]
    assert record.fitted is not None and record.fitted.components == ("brief", "navigated")


def test_a_joint_record_may_be_fixed() -> None:
    fixed = {key: value for key, value in SPLIT.items() if key != "distribution"}
    record = valid_joint(fixed | {"value": {"brief": 0.4, "navigated": 0.6}})
    assert record.means == {"navigated": 0.6, "brief": 0.4}
    assert record.fitted is None and not record.assumed


def test_a_score_may_be_negative() -> None:
    assert valid({"label": "Change", "unit": "score", "value": -2.5, "evidence": "user"}).mean == -2.5


@given(st.sampled_from(sorted(UNITS)), st.floats(0, 1))
def test_every_unit_takes_a_value_and_money_takes_a_year(unit: str, value: float) -> None:
    year = {"price_year": "2023/24"} if is_money(unit) else {}
    assert valid({"label": "x", "unit": unit, "value": value, "evidence": "user", **year}).mean == value


@given(st.integers(1900, 2099))
def test_price_years_are_consecutive(year: int) -> None:
    good = f"{year}/{(year + 1) % 100:02d}"
    assert valid(PRICE | {"price_year": good}).price_year == good
    bad = f"{year}/{(year + 2) % 100:02d}"
    message = f"{bad} is not one financial year. Did you mean '{good}'?"
    assert problems_of(PRICE | {"price_year": bad}) == {"price_year": message}


# Refusals


@pytest.mark.parametrize(
    ("record", "where", "message"),
    [
        # the number
        (WTE | {"value": None}, "value", "is missing: give a value or a distribution"),
        (
            PRICE | {"value": 55},
            "value",
            "is given besides distribution; give one of the two",
        ),
        (WTE | {"value": "12"}, "value", "'12' is text; remove the quotes"),
        (WTE | {"value": "twelve"}, "value", "must be a number; got 'twelve'"),
        (WTE | {"value": True}, "value", "must be a number; got true"),
        (WTE | {"value": -1200}, "value", "must not be negative; got -1200"),
        (WTE | {"multiplier": -1}, "multiplier", "must be at least 0; got -1"),
        (SHARE | {"value": 36.4}, "value", "must be between 0 and 1; got 36.4. Did you mean 0.364?"),
        (SHARE | {"value": 100}, "value", "must be between 0 and 1; got 100. Did you mean 1?"),
        (SHARE | {"value": 101}, "value", "must be between 0 and 1; got 101"),
        (SHARE | {"value": -0.2}, "value", "must be between 0 and 1; got -0.2"),
        (SHARE | {"multiplier": 11}, "multiplier", "takes the share to 1.1; it must stay at or below 1"),
        # the unit and the price year
        (WTE | {"unit": "shares"}, "unit", "'shares' is not a known unit. Did you mean 'share'?"),
        (WTE | {"unit": "furlongs"}, "unit", "'furlongs' is not a known unit."),
        (WTE | {"unit": 3}, "unit", "must be text; got 3 (put it in quotes if it is meant as text)"),
        (WTE | {"price_year": "2023/24"}, "price_year", "is only for money; the unit here is WTE"),
        (
            {key: value for key, value in PRICE.items() if key != "price_year"},
            "price_year",
            "is missing: an amount in GBP/contact needs the year of its prices, such as 2023/24",
        ),
        (
            PRICE | {"price_year": 2023},
            "price_year",
            "must be a financial year such as 2023/24; got 2023",
        ),
        (
            PRICE | {"price_year": "2023-24"},
            "price_year",
            "must be a financial year such as 2023/24; got '2023-24'",
        ),
        # evidence and source
        (
            PRICE | {"evidence": "publishd"},
            "evidence",
            f"{ONE_OF_THE_CLASSES}; got 'publishd'. Did you mean 'published'?",
        ),
        (
            WTE | {"evidence": "guess"},
            "evidence",
            f"{ONE_OF_THE_CLASSES}; got 'guess'",
        ),
        (
            WTE | {"evidence": 3},
            "evidence",
            f"{ONE_OF_THE_CLASSES}; got 3",
        ),
        (WTE | {"evidence": "derived"}, "source", f"is missing: evidence 'derived' {ABOUT_MISSING_SOURCE}"),
        (WTE | {"source": "Jones 2024"}, "source", "must be a mapping of keys; got 'Jones 2024'"),
        (WTE | {"source": {"id": "x"}}, "source.locator", "is missing"),
        (
            WTE | {"source": {"locator": "p. 1"}},
            "source.citation",
            "is missing: give a citation, or the id of an entry of sources.yaml",
        ),
        (
            WTE | {"source": {"id": "x", "citation": "y", "locator": "p. 1"}},
            "source.citation",
            "is given besides id; give one of the two",
        ),
        (
            WTE | {"source": {"id": "x", "locator": "p. 1", "retrieved": "23/11/2026"}},
            "source.retrieved",
            "must be a date such as 2024-04-01; got '23/11/2026'",
        ),
        (
            WTE | {"checked_on": "2026-02-30"},
            "checked_on",
            "must be a date such as 2024-04-01; got '2026-02-30'",
        ),
        (WTE | {"checked_on": 2026}, "checked_on", "must be a date such as 2024-04-01; got 2026"),
        (WTE | {"label": ""}, "label", "must not be empty"),
        (
            WTE | {"confidence": "hihg"},
            "confidence",
            "must be one of high, medium, low; got 'hihg'. Did you mean 'high'?",
        ),
        (WTE | {"valeu": 3}, "valeu", "is not a known key. Did you mean 'value'?"),
    ],
)
def test_every_refusal_names_its_key(record: dict[str, Any], where: str, message: str) -> None:
    assert problems_of(record) == {where: message}


@pytest.mark.parametrize(
    ("unit", "distribution", "where"),
    [
        ("minutes", {"family": "gamma", "mean": 55, "se": -1200}, "distribution.se"),
        ("minutes", {"family": "gamma", "mean": 55, "se": "3"}, "distribution.se"),
        ("minutes", {"family": "gama", "mean": 55, "se": 3}, "distribution.family"),
        (
            "minutes",
            {"family": "gamma", "quantiles": {"lower": -1, "upper": 3}},
            "distribution.quantiles.lower",
        ),
        ("minutes", {"family": "gamma", "mean": 55, "se": 3, "assumed": "yes"}, "distribution.assumed"),
        ("minutes", {"family": "normal", "mean": 10, "se": 9}, "distribution.se"),
        ("minutes", {"family": "dirichlet", "counts": {"a": 1, "b": 2}}, "distribution.family"),
    ],
)
def test_a_distribution_that_cannot_be_fitted_is_reported_at_its_argument(
    unit: str, distribution: dict[str, Any], where: str
) -> None:
    record = {"label": "x", "unit": unit, "distribution": distribution, "evidence": "user"}
    assert list(problems_of(record)) == [where]


@pytest.mark.parametrize(
    ("distribution", "where", "message"),
    [
        ({"mean": 0.5, "se": 0.1}, "distribution.family", "is missing"),
        ({"family": 3}, "distribution.family", "must be text; got 3"),
        (
            {"family": "gamma", "mean": 36.4, "se": 2},
            "distribution",
            "must be between 0 and 1; got 36.4. Did you mean 0.364?",
        ),
        (
            {"family": "gamma", "mean": 0.5, "se": 0.3},
            "distribution",
            "gives a share above 1 in more than 1 draw of 1,000; choose beta or pert",
        ),
        ([1, 2], "distribution", "must be a mapping of keys; got a list"),
    ],
)
def test_a_share_stays_a_share(distribution: object, where: str, message: str) -> None:
    record = {"label": "x", "unit": "share", "distribution": distribution, "evidence": "user"}
    assert problems_of(record) == {where: message}


def test_a_normal_share_well_inside_is_accepted() -> None:
    assert (
        valid(SHARE | {"value": None, "distribution": {"family": "normal", "mean": 0.5, "se": 0.05}}).mean
        == 0.5
    )


def test_a_growth_may_be_a_fall_but_not_to_nothing() -> None:
    falls = SHARE | {"unit": "growth", "value": -0.4}
    assert valid(falls).mean == -0.4
    varies = {key: value for key, value in falls.items() if key != "value"}
    assert valid(varies | {"distribution": {"family": "normal", "mean": -0.05, "se": 0.1}}).mean == -0.05
    assert problems_of(falls | {"value": -1}) == {
        "value": "must be above -1, which is a fall to nothing; got -1"
    }
    assert problems_of(falls | {"value": 72}) == {
        "value": "must be below 10, eleven times as much in a year; got 72. Did you mean 0.72?"
    }
    assert problems_of(varies | {"distribution": {"family": "normal", "mean": -0.05, "se": 0.4}}) == {
        "distribution": "gives a change of -1 or below; choose a smaller spread, or pert"
    }


def test_a_distribution_is_checked_even_if_the_unit_is_not_known() -> None:
    record = {"label": "x", "unit": "shares", "distribution": {"mean": 1}, "evidence": "user"}
    assert list(problems_of(record)) == ["unit", "distribution.family"]


def test_a_faulty_distribution_counts_as_given() -> None:
    found = problems_of(PRICE | {"value": 3, "distribution": {"family": "gamma", "mean": 3, "sd": 2}})
    assert found["value"] == "is given besides distribution; give one of the two"
    assert len(found) == 2


def test_every_missing_key_is_listed() -> None:
    assert problems_of({}) == {
        "label": "is missing",
        "unit": "is missing",
        "evidence": "is missing",
        "value": "is missing: give a value or a distribution",
    }


@pytest.mark.parametrize(
    ("change", "where", "message"),
    [
        ({"components": {}}, "components", "must hold at least 1; got 0"),
        (
            {"distribution": {"family": "dirichlet", "counts": {"brief": 20, "other": 60}}},
            "distribution.counts",
            "must name the components navigated, brief; got brief, other",
        ),
        (
            {"value": {"brief": 0.4, "navigated": 0.6}},
            "value",
            "is given besides distribution; give one of the two",
        ),
        (
            {"distribution": None, "value": {"brief": 0.4}},
            "value",
            "must name the components navigated, brief; got brief",
        ),
        ({"distribution": None}, "value", "is missing: give a value or a distribution"),
        ({"distribution": None, "value": 0.4}, "value", "must be a mapping of keys; got 0.4"),
        ({"multiplier": 2}, "multiplier", None),
    ],
)
def test_refusals_of_joint_records(change: dict[str, Any], where: str, message: str | None) -> None:
    found = problems_of(SPLIT | change, JointRecord)
    assert list(found) == [where]
    assert message is None or found[where] == message


def test_all_impossible_components_are_named() -> None:
    record = SPLIT | {"distribution": None, "value": {"navigated": 60, "brief": -1}}
    assert problems_of(record, JointRecord) == {
        "value.navigated": "must be between 0 and 1; got 60. Did you mean 0.6?",
        "value.brief": "must be between 0 and 1; got -1",
    }


def test_a_joint_distribution_is_checked_even_if_the_components_are_faulty() -> None:
    found = problems_of(SPLIT | {"components": [], "distribution": {"family": "gamma"}}, JointRecord)
    assert list(found) == ["components", "distribution.family"]
    fixed = SPLIT | {"components": [], "distribution": None, "value": {"brief": 2}}
    assert list(problems_of(fixed, JointRecord)) == ["components", "value.brief"]


# Records in files


class Post(StrictModel):
    label: str
    wte: Record
    salary: Record | None = None


class Staffing(StrictModel):
    posts: dict[str, Post]
    split: AnyRecord
    extra: tuple[AnyRecord, ...] = ()


STAFFING = """\
posts:
  lead:
    label: Service lead
    wte: {label: Whole-time equivalent, unit: WTE, value: 1, evidence: user}
    salary:
      label: Salary
      unit: GBP/year
      distribution:
        family: gamma
        mean: 48000
        se: -1200
      evidence: published
      source: {id: pssru_2024}
      price_year: 2023/24
split:
  label: Other support
  unit: shares
  components: {a: A, b: B}
  value: {a: 0.4, b: 0.6}
  evidence: illustrative
extra:
  - {label: x, unit: hours, value: '3', evidence: user}
"""


def test_problems_carry_file_line_and_name(tmp_path: Path) -> None:
    (tmp_path / "staffing.yaml").write_text(STAFFING)
    tree, problems = read_folder(tmp_path, "parameters")
    assert problems == []
    model, problems = validate(Staffing, tree, ("staffing",))
    assert model is None
    text = format_problems(problems)
    assert text.startswith("ParameterError: 4 problems in parameters/staffing.yaml\n\n")
    assert [(problem.line, problem.where, problem.message) for problem in sorted(problems)] == [
        (
            11,
            "staffing.posts.lead.salary.distribution.se",
            text.split("distribution.se\n")[1].split("\n")[0].strip(),
        ),
        (13, "staffing.posts.lead.salary.source.locator", "is missing"),
        (17, "staffing.split.unit", "'shares' is not a known unit. Did you mean 'share'?"),
        (22, "staffing.extra.0.value", "'3' is text; remove the quotes"),
    ]


def test_a_record_has_one_number_or_several_by_its_keys(tmp_path: Path) -> None:
    repaired = STAFFING.replace("-1200", "1200").replace("pssru_2024}", "pssru_2024, locator: p. 1}")
    (tmp_path / "staffing.yaml").write_text(repaired.replace("shares", "share").replace("'3'", "3"))
    tree, _ = read_folder(tmp_path, "parameters")
    model, problems = validate(Staffing, tree, ("staffing",))
    assert problems == [] and model is not None
    assert isinstance(model.split, JointRecord)
    by_name = dict(iter_model_records(model, "staffing"))
    assert list(by_name) == [
        "staffing.posts.lead.wte",
        "staffing.posts.lead.salary",
        "staffing.split",
        "staffing.extra.0",
    ]
    assert list(by_name) == [record.name for record in iter_records(tree)]
    assert [name for name, _ in iter_model_records(model)] == [name.split(".", 1)[1] for name in by_name]
    last = list(iter_records(tree))[-1]
    expected = {"label": "x", "unit": "hours", "value": 3, "evidence": "user"}
    assert last == NamedRecord("staffing.extra.0", expected, Location("parameters/staffing.yaml", 22))
    assert Staffing.model_validate(model.model_dump()) == model
    adapter: TypeAdapter[Any] = TypeAdapter(AnyRecord)
    assert adapter.validate_python(model.split) == model.split


def test_what_counts_as_a_record() -> None:
    assert is_record(WTE) and is_record(SPLIT) and is_joint(SPLIT) and not is_joint(WTE)
    assert not is_record({"unit": "share"}) and not is_record([1]) and not is_record({"value": 1})


def test_the_problem_of_a_number_in_place_of_a_record() -> None:
    tree = Tree({"f": {"posts": {}, "split": 0.3}}, {("f", "split"): Location("f.yaml", 4)})
    _, problems = validate(Staffing, tree, ("f",))
    assert problems == [Problem("f.yaml", 4, "f.split", "must be a mapping of keys; got 0.3")]
