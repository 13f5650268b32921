"""Composing scenarios, refusing clashes, and what applying one changes."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costmodel.errors import ParameterError, Problem
from costmodel.inputs.frame import Frame
from costmodel.inputs.loading import Location, Tree, read_file, validate
from costmodel.inputs.overrides import Difference, NamedOverride, Override, apply_overrides
from costmodel.inputs.records import Record
from costmodel.inputs.rendering import render
from costmodel.inputs.scenarios import apply, load_scenario, scenario_names

Write = Callable[..., Path]

FRAME = """\
frame:
  purpose: budget_impact
  perspectives: [nhs_pss, hub_host]
  price_year: 2023/24
  edition: 2024
  currency: GBP
  horizon: 12 months
  base_date: 2023-04-01
  discount_rate: 0.035
  population: Registered clients
  comparator: none
  uprating:
    pay: {index: nhscii_pay, edition: 2025}
    non_pay: {index: nhscii_prices, edition: "2025"}
    health_services: {index: nhscii, edition: "2025"}
    social_care: {index: pss, edition: "2024"}
    other: {index: gdp_deflator, edition: OBR Nov 2025}
  oncost_convention: statutory
"""
BASE = "label: Base case\nquestion: What does it cost?\nhubs: [reference]\n" + FRAME

PARAMETERS = """\
hub_reference:
  posts:
    lead:
      label: Service lead
      wte: {label: WTE of the lead, unit: WTE, value: 1.0, evidence: published, source: {id: x, locator: p}}
      salary:
        label: Salary
        unit: GBP/year
        distribution: {family: gamma, mean: 48000, se: 300}
        evidence: published
        source: {id: x, locator: p. 2}
        price_year: 2023/24
        note: Kept
        multiplier: 1.1
  minutes: {label: Minutes, unit: minutes, distribution: {family: gamma, mean: 55, se: 3}, evidence: user}
  split:
    label: Other support
    unit: share
    components: {a: A, b: B}
    distribution: {family: dirichlet, counts: {a: 30, b: 10}}
    evidence: user
  list: [1, {x: 2}]
hub_north: {}
rules:
  sickness: reduce_hours
"""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    folder = tmp_path / "scenarios"
    folder.mkdir()
    (folder / "base_case.yaml").write_text(BASE)

    def write_scenario(name: str, body: str, *, extends: str = "base_case") -> Path:
        head = f"label: Label of {name}\nquestion: Why?\n" + (f"extends: [{extends}]\n" if extends else "")
        (folder / f"{name}.yaml").write_text(head + body)
        return folder

    return write_scenario


@pytest.fixture
def parameters(tmp_path: Path) -> Tree:
    (tmp_path / "all.yaml").write_text(PARAMETERS)
    tree, problems = read_file(tmp_path / "all.yaml", "parameters/all.yaml")
    assert problems == []
    return tree


def overriding(**changes: str) -> str:
    lines = [f"  {name.replace('__', '.')}: {change}" for name, change in changes.items()]
    return "overrides:\n" + "\n".join(lines) + "\n"


def problems_of(name: str | Path, folder: Path) -> list[tuple[str, int | None, str, str]]:
    with pytest.raises(ParameterError) as caught:
        load_scenario(name, folder)
    return [(each.file, each.line, each.where, each.message) for each in caught.value.problems]


def changed_by(
    write: Write, parameters: Tree, **changes: str
) -> tuple[Tree, tuple[Difference, ...], list[Problem]]:
    return apply(parameters, load_scenario("changed", write("changed", overriding(**changes))))


# Loading


def test_the_base_case(write: Write) -> None:
    scenario = load_scenario("base_case", write("other", ""))
    assert (scenario.name, scenario.label, scenario.question) == (
        "base_case",
        "Base case",
        "What does it cost?",
    )
    assert (scenario.hubs, scenario.lineage, scenario.overrides) == (("reference",), ("base_case",), ())
    assert scenario.frame.horizon_months == 12
    assert scenario.frame.base_date == date(2023, 4, 1)
    assert scenario.frame.uprating.pay.edition == "2025"
    assert scenario.frame_differences == ()
    assert scenario.places["frame", "price_year"] == Location("scenarios/base_case.yaml", 7)
    assert scenario_names(write("other", "")) == ("base_case", "other")


def test_a_scenario_inherits_what_it_does_not_say(write: Write) -> None:
    frame = "{horizon: 2 years, uprating: {pay: {edition: 2024}}, currency: GBP}"
    body = f"hubs: [north, reference]\nframe: {frame}\n"
    scenario = load_scenario("longer", write("longer", body))
    assert scenario.lineage == ("base_case", "longer")
    assert scenario.hubs == ("north", "reference")
    assert scenario.frame.horizon_months == 24
    assert scenario.frame.uprating.pay.model_dump() == {"index": "nhscii_pay", "edition": "2024"}
    place = Location("scenarios/longer.yaml", 5)
    assert scenario.frame_differences == (
        Difference(
            "hubs", "reference", "north, reference", "Label of longer", Location("scenarios/longer.yaml", 4)
        ),
        Difference("frame.currency", "GBP", "GBP", "Label of longer", place, unchanged=True),
        Difference("frame.horizon", "12 months", "2 years", "Label of longer", place),
        Difference("frame.uprating.pay.edition", "2025", "2024", "Label of longer", place),
    )


def test_exclusions_add_up_once_each(write: Write) -> None:
    item = "excluded:\n  - {item: travel, reason: small, effect: understates}\n"
    write("a", item)
    write("b", item + "  - {item: rent, reason: paid, effect: overstates}\n", extends="a")
    assert [each.item for each in load_scenario("b", write("c", "")).excluded] == ["travel", "rent"]


def test_a_scenario_may_be_given_by_path(write: Write, tmp_path: Path) -> None:
    folder = write("a", "")
    own = tmp_path / "mine.yaml"
    own.write_text("label: Mine\nquestion: Mine?\nextends: [a]\n")
    assert load_scenario(own, folder).lineage == ("base_case", "a", "mine")
    assert load_scenario(str(folder / "a.yaml"), folder).name == "a"
    assert load_scenario("a.yaml", folder).name == "a"
    missing = tmp_path / "none.yaml"
    assert problems_of(missing, folder) == [
        (missing.as_posix(), None, "", "cannot be read: No such file or directory")
    ]


def test_a_misspelt_name_is_answered_with_the_nearest(write: Write, tmp_path: Path) -> None:
    folder = write("blended", "", extends="bas_case")
    assert problems_of("base_cse", folder) == [
        (
            "scenarios",
            None,
            "",
            "no scenario 'base_cse'. Did you mean 'base_case'? There are: base_case, blended",
        )
    ]
    assert problems_of("zebra.yaml", folder) == [
        ("scenarios", None, "", "no scenario 'zebra'. There are: base_case, blended")
    ]
    assert problems_of("blended", folder) == [
        (
            "scenarios/blended.yaml",
            3,
            "extends.0",
            "no scenario 'bas_case'. Did you mean 'base_case'? There are: base_case, blended",
        )
    ]
    assert problems_of("x", tmp_path / "nowhere") == [
        ("nowhere", None, "", "no scenario 'x'. There are none in nowhere")
    ]


def test_every_missing_key_of_the_frame_is_named(write: Write) -> None:
    folder = write("bare", "hubs: [reference]\n", extends="")
    assert problems_of("bare", folder) == [
        ("scenarios/bare.yaml", 1, f"frame.{key}", "is missing")
        for key in sorted(Frame.model_fields)
        if Frame.model_fields[key].is_required()
    ]
    folder = write(
        "partial", FRAME.replace("  horizon: 12 months\n", "").replace("  comparator: none\n", ""), extends=""
    )
    assert problems_of("partial", folder) == [
        ("scenarios/partial.yaml", 1, "hubs", "is missing: name the Hubs, such as [reference]"),
        ("scenarios/partial.yaml", 3, "frame.comparator", "is missing"),
        ("scenarios/partial.yaml", 3, "frame.horizon", "is missing"),
    ]


@pytest.mark.parametrize(
    ("frame", "where", "message"),
    [
        ("discount_rate: 3.5", "discount_rate", "must be between 0 and 1; got 3.5. Did you mean 0.035?"),
        (
            "horizon: a year",
            "horizon",
            "must be a number of months or years such as '12 months'; got 'a year'",
        ),
        ("horizon: 12", "horizon", "must be text; got 12 (put it in quotes if it is meant as text)"),
        ("base_date: 1.4.2023", "base_date", "must be a date such as 2024-04-01; got '1.4.2023'"),
        ("price_year: 2023/25", "price_year", "2023/25 is not one financial year. Did you mean '2023/24'?"),
        ("perspectives: [nhs_pss, nhs_pss]", "perspectives.1", "'nhs_pss' is listed twice"),
        ("perspectives: []", "perspectives", "must hold at least 1; got 0"),
        (
            "perspectives: [nhq]",
            "perspectives.0",
            "must be one of hub_host, nhs_pss, nhs_employer, societal; got 'nhq'",
        ),
        ("currency: EUR", "currency", "must be GBP; got 'EUR'"),
        ("edition: true", "edition", "must be text; got true (put it in quotes if it is meant as text)"),
        ("uprating: yes", "uprating", "must be a mapping of keys; got 'yes'"),
        ("uprating: {pay: {indx: x}}", "uprating.pay.indx", "is not a known key. Did you mean 'index'?"),
        ("sickness: backfill", "sickness", None),
    ],
)
def test_a_faulty_frame_is_reported_where_it_stands(
    write: Write, frame: str, where: str, message: str | None
) -> None:
    [problem] = problems_of("faulty", write("faulty", f"frame:\n  {frame}\n"))
    assert problem[:3] == ("scenarios/faulty.yaml", 5, f"frame.{where}")
    assert message is None or problem[3] == message


def test_the_problems_of_all_files_of_a_scenario_come_at_once(write: Write) -> None:
    write("a", "labl: x\nlabel: y\n")
    write("b", "overrides: {x.y: {value: 1}}\n")
    (write("c", "") / "empty.yaml").write_text("")
    folder = write("child", "extends: [base_case]\n", extends="a, b, a, empty")
    assert problems_of("child", folder) == [
        ("scenarios/a.yaml", 4, "labl", "is not a known key. Did you mean 'label'?"),
        ("scenarios/a.yaml", 5, "label", "is given twice in the same place; the first is on line 1"),
        ("scenarios/b.yaml", 4, "overrides.x.y.reason", "is missing"),
        ("scenarios/child.yaml", 4, "extends", "is given twice in the same place; the first is on line 3"),
        ("scenarios/empty.yaml", None, "", "is empty"),
    ]


def test_circles_are_refused(write: Write) -> None:
    write("a", "", extends="b")
    write("b", "", extends="c")
    folder = write("c", "", extends="a")
    assert problems_of("a", folder) == [
        ("scenarios/c.yaml", 3, "extends.0", "extends in a circle: a -> b -> c -> a")
    ]
    assert problems_of("self", write("self", "", extends="self")) == [
        ("scenarios/self.yaml", 3, "extends.0", "extends in a circle: self -> self")
    ]


@pytest.mark.parametrize(
    ("override", "where", "message"),
    [
        ("{reason: r}", "", "must give exactly one of value, distribution, multiply, set, remove"),
        (
            "{value: 1, multiply: 2, reason: r}",
            "",
            "must give exactly one of value, distribution, multiply, set, remove; got value and multiply",
        ),
        (
            "{multiply: 2, evidence: expert, price_year: 2023/24, reason: r}",
            "",
            "evidence and price_year can only go with value or distribution",
        ),
        ("{value: '4', reason: r}", ".value", "'4' is text; remove the quotes"),
        ("{multiply: -1, reason: r}", ".multiply", "must be at least 0; got -1"),
        ("{remove: yes, reason: r}", ".remove", "must be true; got 'yes'"),
        ("{value: 1, reason: ''}", ".reason", "must not be empty"),
        ("{value: 1, reson: r, reason: r}", ".reson", "is not a known key. Did you mean 'reason'?"),
        ("4", "", "must be a mapping of keys; got 4"),
    ],
)
def test_an_override_says_one_thing_and_why(write: Write, override: str, where: str, message: str) -> None:
    folder = write("faulty", overriding(hub__x=override))
    assert problems_of("faulty", folder) == [("scenarios/faulty.yaml", 5, f"overrides.hub.x{where}", message)]


# Composition


def test_children_win_over_parents(write: Write, parameters: Tree) -> None:
    write("a", overriding(hub_reference__minutes="{value: 40, reason: faster}"))
    folder = write("b", overriding(hub_reference__minutes="{value: 30, reason: faster still}"), extends="a")
    tree, [difference], problems = apply(parameters, load_scenario("b", folder))
    assert problems == []
    assert tree.get(("hub_reference", "minutes", "value")) == 30
    place = Location("scenarios/b.yaml", 5)
    assert difference == Difference(
        "hub_reference.minutes", "gamma(mean 55, se 3)", "30", "faster still", place
    )


def test_multiplications_all_apply(write: Write, parameters: Tree) -> None:
    write("a", overriding(hub_reference__minutes="{multiply: 1.3, reason: slow}"))
    write("b", overriding(hub_reference__minutes="{multiply: 1.3, reason: late}"))
    folder = write("c", overriding(hub_reference__minutes="{multiply: 2, reason: double}"), extends="a, b")
    tree, [difference], problems = apply(parameters, load_scenario("c", folder))
    assert problems == []
    assert tree.get(("hub_reference", "minutes", "multiplier")) == pytest.approx(3.38)
    assert (difference.new, difference.reason) == ("gamma(mean 55, se 3) × 3.38", "slow; late; double")


def test_what_two_parents_share_applies_once(write: Write, parameters: Tree) -> None:
    write("root", overriding(hub_reference__minutes="{multiply: 1.5, reason: slow}"))
    write("a", "", extends="root")
    write("b", "", extends="root")
    scenario = load_scenario("c", write("c", "", extends="a, b, root"))
    assert scenario.lineage == ("base_case", "root", "a", "b", "c")
    assert apply(parameters, scenario)[0].get(("hub_reference", "minutes", "multiplier")) == 1.5


def test_a_value_undoes_multiplications_before_it(write: Write, parameters: Tree) -> None:
    write("a", overriding(hub_reference__minutes="{multiply: 1.5, reason: slow}"))
    folder = write("b", overriding(hub_reference__minutes="{value: 50, reason: measured}"), extends="a")
    tree, [difference], _ = apply(parameters, load_scenario("b", folder))
    assert not tree.has(("hub_reference", "minutes", "multiplier"))
    assert (difference.new, difference.reason) == ("50", "measured")


CLASHES = [
    # an override against another value, another kind, and one that lies inside it
    (
        overriding(hub__wte="{value: 3, reason: r}"),
        overriding(hub__wte="{value: 4, reason: r}"),
        "clash over hub.wte: 'a' (hub.wte: value 3, scenarios/a.yaml line 5) and "
        "'b' (hub.wte: value 4, scenarios/b.yaml line 5); set it in this scenario to decide",
    ),
    (
        overriding(hub__wte="{value: 3, reason: r}"),
        overriding(hub__wte="{multiply: 4, reason: r}"),
        "clash over hub.wte: 'a' (hub.wte: value 3, scenarios/a.yaml line 5) and "
        "'b' (hub.wte: multiply 4, scenarios/b.yaml line 5); set it in this scenario to decide",
    ),
    (
        overriding(hub__wte="{value: 3, reason: r}"),
        overriding(hub="{remove: true, reason: r}"),
        "clash over hub.wte: 'a' (hub.wte: value 3, scenarios/a.yaml line 5) and "
        "'b' (hub: remove true, scenarios/b.yaml line 5); set it in this scenario to decide",
    ),
    # the frame and the Hubs
    (
        "frame: {horizon: 6 months}\n",
        "frame:\n  horizon: 9 months\n",
        "clash over frame.horizon: 'a' (frame.horizon: 6 months, scenarios/a.yaml line 4) and "
        "'b' (frame.horizon: 9 months, scenarios/b.yaml line 5); set it in this scenario to decide",
    ),
    (
        "hubs: [x]\n",
        "hubs: [x, y]\n",
        "clash over hubs: 'a' (hubs: x, scenarios/a.yaml line 4) and "
        "'b' (hubs: x, y, scenarios/b.yaml line 4); set it in this scenario to decide",
    ),
]


@pytest.mark.parametrize(("first", "second", "message"), CLASHES)
def test_two_parents_that_change_the_same_thing_clash(
    write: Write, first: str, second: str, message: str
) -> None:
    write("a", first)
    write("b", second)
    write("c", "", extends="a, b")
    folder = write("d", "", extends="c")
    assert problems_of("d", folder) == [("scenarios/c.yaml", 3, "extends", message)]


@pytest.mark.parametrize(
    ("first", "second", "own"),
    [
        # the same change twice is no clash, whatever the reasons
        (overriding(hub__a="{value: 3, reason: r}"), overriding(hub__a="{value: 3.0, reason: s}"), ""),
        ("frame: {horizon: 6 months}\n", "frame: {horizon: 6 months}\n", ""),
        # different things
        (overriding(hub__a="{value: 3, reason: r}"), overriding(hub__b="{value: 4, reason: r}"), ""),
        (overriding(hub__a="{value: 3, reason: r}"), overriding(hub__ab="{value: 4, reason: r}"), ""),
        # a child that decides
        (
            overriding(hub__a="{value: 3, reason: r}"),
            overriding(hub__a="{value: 4, reason: r}"),
            overriding(hub__a="{value: 5, reason: r}"),
        ),
        (
            overriding(hub__a__b="{value: 3, reason: r}"),
            overriding(hub__a="{set: {b: 1}, reason: r}"),
            overriding(hub__a="{set: {b: 2}, reason: r}"),
        ),
        ("hubs: [x]\n", "hubs: [y]\n", "hubs: [reference]\n"),
    ],
)
def test_what_is_no_clash(write: Write, first: str, second: str, own: str) -> None:
    write("a", first)
    write("b", second)
    assert load_scenario("c", write("c", own, extends="a, b")).lineage == ("base_case", "a", "b", "c")


def test_a_child_that_multiplies_does_not_decide_a_clash(write: Write) -> None:
    write("a", overriding(hub__a="{value: 3, reason: r}"))
    write("b", overriding(hub__a="{value: 4, reason: r}"))
    folder = write("c", overriding(hub__a="{multiply: 2, reason: r}"), extends="a, b")
    assert [problem[2] for problem in problems_of("c", folder)] == ["extends"]


def test_one_file_does_not_change_a_thing_and_its_part(write: Write) -> None:
    body = overriding(hub__a="{set: {b: 1}, reason: r}", hub__a__b="{value: 3, reason: r}")
    assert problems_of("a", write("a", body)) == [
        (
            "scenarios/a.yaml",
            6,
            "overrides.hub.a.b",
            "lies inside 'hub.a', which this scenario overrides too; say both in one place",
        )
    ]


# Application


def test_a_value_replaces_the_number_and_what_was_said_of_it(write: Write, parameters: Tree) -> None:
    before = copy.deepcopy(parameters.data)
    tree, [difference], problems = changed_by(
        write,
        parameters,
        hub_reference__posts__lead__salary="{value: 60000, reason: senior, price_year: 2024/25}",
    )
    assert problems == []
    path = ("hub_reference", "posts", "lead", "salary")
    assert tree.get(path) == {
        "label": "Salary",
        "unit": "GBP/year",
        "price_year": "2024/25",
        "note": "Kept",
        "value": 60000,
        "evidence": "illustrative",
    }
    place = Location("scenarios/changed.yaml", 5)
    assert difference == Difference(
        "hub_reference.posts.lead.salary", "gamma(mean 48000, se 300) × 1.1", "60000", "senior", place
    )
    assert parameters.data == before
    assert [tree.locate((*path, key)).file for key in ("value", "evidence", "note")] == [
        "scenarios/changed.yaml",
        "scenarios/changed.yaml",
        "parameters/all.yaml",
    ]


def test_an_override_brings_its_own_evidence_and_source(write: Write, parameters: Tree) -> None:
    source = "{citation: Jones 2024, locator: p. 7, retrieved: 2026-11-23}"
    tree, _, _ = changed_by(
        write,
        parameters,
        hub_reference__posts__lead__wte=f"{{value: 2, reason: r, evidence: published, source: {source}}}",
    )
    record, problems = validate(Record, tree, ("hub_reference", "posts", "lead", "wte"))
    assert problems == [] and record is not None
    assert (record.mean, record.evidence) == (2.0, "published")
    assert record.source is not None and record.source.citation == "Jones 2024"


def test_problems_of_an_override_lead_to_the_scenario_file(write: Write, parameters: Tree) -> None:
    distribution = "\n      distribution: {family: gamma,\n        mean: 55,\n        se: -3}"
    tree, [difference], _ = changed_by(
        write, parameters, hub_reference__minutes=distribution + "\n      reason: r\n      evidence: derived"
    )
    _, problems = validate(Record, tree, ("hub_reference", "minutes"))
    assert [(problem.file, problem.line, problem.where) for problem in sorted(problems)] == [
        ("scenarios/changed.yaml", 5, "hub_reference.minutes.source"),
        ("scenarios/changed.yaml", 8, "hub_reference.minutes.distribution.se"),
    ]
    assert difference.new == "gamma(mean 55, se -3)"


def test_a_joint_record_is_replaced_whole(write: Write, parameters: Tree) -> None:
    tree, [difference], problems = changed_by(
        write, parameters, hub_reference__split="{value: {a: 0.5, b: 0.5}, reason: r}"
    )
    assert problems == []
    assert tree.get(("hub_reference", "split", "value")) == {"a": 0.5, "b": 0.5}
    assert (difference.old, difference.new) == ("dirichlet(counts(a 30, b 10))", "a 0.5, b 0.5")


def test_set_adds_and_replaces_and_remove_deletes(write: Write, parameters: Tree) -> None:
    tree, differences, problems = changed_by(
        write,
        parameters,
        hub_reference__posts__new="{set: {label: New post, wte: {value: 1}}, reason: more}",
        rules__sickness="{set: backfill, reason: hours}",
        hub_reference__posts__lead="{remove: true, reason: fewer}",
        hub_reference__list__1__x="{set: 5, reason: list}",
        hub_south="{set: {}, reason: a new hub}",
    )
    assert problems == []
    assert tree.get(("hub_reference", "posts")) == {"new": {"label": "New post", "wte": {"value": 1}}}
    assert tree.get(("hub_reference", "list")) == [1, {"x": 5}]
    assert [(each.name, each.old, each.new) for each in differences] == [
        ("hub_reference.posts.new", "absent", "New post"),
        ("rules.sickness", "reduce_hours", "backfill"),
        ("hub_reference.posts.lead", "Service lead", "absent"),
        ("hub_reference.list.1.x", "2", "5"),
        ("hub_south", "absent", ""),
    ]
    assert tree.locate(("hub_reference", "posts", "new", "wte", "value")) == Location(
        "scenarios/changed.yaml", 5
    )


def test_an_override_that_changes_nothing_is_noted(write: Write, parameters: Tree) -> None:
    _, differences, problems = changed_by(
        write,
        parameters,
        hub_reference__posts__lead__wte="{value: 1, reason: r}",
        hub_reference__minutes="{multiply: 1, reason: r}",
        rules__sickness="{set: reduce_hours, reason: r}",
        hub_reference__posts__lead__salary="{multiply: 2, reason: r}",
    )
    assert problems == []
    assert [each.unchanged for each in differences] == [True, True, True, False]


NO_SUCH = [
    (
        "hub_reference.posts.lead.wtee",
        "{value: 1, reason: r}",
        "there is no 'hub_reference.posts.lead.wtee' in the parameters. "
        "Did you mean 'hub_reference.posts.lead.wte'?",
    ),
    (
        "hub_referenc.post.lead.wte",
        "{multiply: 1, reason: r}",
        "there is no 'hub_referenc.post.lead.wte' in the parameters. "
        "Did you mean 'hub_reference.posts.lead.wte'?",
    ),
    (
        "posts.lead.salary",
        "{value: 1, reason: r}",
        "there is no 'posts.lead.salary' in the parameters. Did you mean 'hub_reference.posts.lead.salary'?",
    ),
    ("zzzz", "{remove: true, reason: r}", "there is no 'zzzz' in the parameters."),
    (
        "rules.sickness.x.y",
        "{remove: true, reason: r}",
        "there is no 'rules.sickness.x.y' in the parameters.",
    ),
    (
        "rules.sickness.x",
        "{set: 1, reason: r}",
        "'rules.sickness' holds no names, so nothing can be added to it",
    ),
    (
        "hub_reference.post.new",
        "{set: 1, reason: r}",
        "there is no 'hub_reference.post' in the parameters. Did you mean 'hub_reference.posts.new'?",
    ),
    (
        "rules.sickness",
        "{value: 1, reason: r}",
        "is not a parameter record (a unit, with a value or a distribution); use set in place of value",
    ),
    (
        "hub_reference.split",
        "{multiply: 2, reason: r}",
        "is a joint record, which cannot be multiplied: override it whole, by value or distribution",
    ),
    (
        "hub_reference.split.a",
        "{value: 1, reason: r}",
        "is part of the joint record 'hub_reference.split', whose numbers vary together; override that whole",
    ),
    (
        "hub_reference.split.distribution.counts.a",
        "{set: 1, reason: r}",
        "is part of the joint record 'hub_reference.split', whose numbers vary together; override that whole",
    ),
]


@pytest.mark.parametrize(("name", "override", "message"), NO_SUCH)
def test_an_override_that_does_not_fit_is_a_problem(
    write: Write, parameters: Tree, name: str, override: str, message: str
) -> None:
    tree, differences, problems = changed_by(write, parameters, **{name: override})
    assert problems == [Problem("scenarios/changed.yaml", 5, f"overrides.{name}", message)]
    assert tree.data == parameters.data and differences == ()


def test_a_hub_without_a_file_is_a_problem(write: Write, parameters: Tree) -> None:
    scenario = load_scenario("hubs", write("hubs", "hubs:\n  - north\n  - referense\n"))
    _, _, problems = apply(parameters, scenario)
    message = "there is no parameter file hub_referense.yaml. Did you mean 'reference'?"
    assert problems == [Problem("scenarios/hubs.yaml", 6, "hubs.1", message)]


def test_a_faulty_multiplier_is_left_for_the_check_of_parameters(parameters: Tree) -> None:
    path = ("hub_reference", "minutes")
    override = Override.model_validate({"multiply": 2, "reason": "r"})
    named = NamedOverride("hub_reference.minutes", override, "s", Location("s.yaml", 1))
    for faulty in ("1.1", True, None):
        broken = parameters.replaced((*path, "multiplier"), faulty, Location("p.yaml", 1))
        assert apply_overrides(broken, [named])[0].get((*path, "multiplier")) is faulty


def test_the_frame_table_comes_first(write: Write, parameters: Tree) -> None:
    body = "frame: {horizon: 6 months}\n" + overriding(rules__sickness="{set: backfill, reason: r}")
    _, differences, _ = apply(parameters, load_scenario("x", write("x", body)))
    assert [each.name for each in differences] == ["frame.horizon", "rules.sickness"]


@given(st.lists(st.floats(0.1, 10), min_size=1, max_size=5))
def test_applying_is_pure_and_multiplications_compose(factors: list[float]) -> None:
    data = {"x": {"unit": "WTE", "value": 2.0}}
    tree = Tree(copy.deepcopy(data), {})
    named = [
        NamedOverride(
            "x", Override.model_validate({"multiply": factor, "reason": "r"}), "s", Location("s", 1)
        )
        for factor in factors
    ]
    changed, differences, problems = apply_overrides(tree, named)
    expected = 1.0
    for factor in factors:
        expected *= factor
    assert changed.get(("x", "multiplier")) == expected
    assert (tree.data, problems, len(differences)) == (data, [], 1)


# Rendering


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"unit": "share", "value": 0.1}, "0.1"),
        ({"unit": "GBP", "value": 1234567.5}, "1234567.5"),
        ({"unit": "share", "value": None}, "nothing"),
        ({"unit": "share", "distribution": "gamma"}, "gamma"),
        ({"unit": "share", "distribution": {"mean": 3}}, "distribution(mean 3)"),
        (
            {"unit": "share", "distribution": {"family": "empirical", "rows": {"a": [1] * 9, "b": [1, 2]}}},
            "empirical(rows(a 9 values, b 1, 2))",
        ),
        ({"unit": "m", "distribution": {"family": "pert", "min": 1, "assumed": False}}, "pert(min 1)"),
        (
            {"unit": "m", "distribution": {"family": "pert", "min": 1, "assumed": True}},
            "pert(min 1, assumed)",
        ),
        ({str(n): n for n in range(9)}, "9 entries"),
        (None, "nothing"),
        (False, "false"),
    ],
)
def test_values_as_people_read_them(data: Any, text: str) -> None:
    assert render(data) == text
