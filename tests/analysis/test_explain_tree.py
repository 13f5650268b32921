"""The arithmetic of trees, and trees as text, JSON and rows."""

from __future__ import annotations

import json
import math

import pytest

from costmodel.analysis.explain.render import amount, node_json, node_rows, render
from costmodel.analysis.explain.tree import (
    LEAVES,
    Node,
    Operation,
    combine,
    constant,
    difference,
    product,
    quotient,
    recompute,
    to_depth,
    total,
    walk,
)
from costmodel.inputs.specification import Parameter
from costmodel.inputs.tree import Location


def leaf(name: str, value: float, unit: str = "ratio", evidence: str = "published") -> Node:
    parameter = Parameter(
        name=name,
        label=name.title(),
        unit=unit,
        evidence=evidence,
        source="" if evidence == "illustrative" else "Smith (2020), table 3 <https://example.org/paper>",
        expected=value,
        sd=0.0 if evidence == "published" else 1.0,
        number=f"gamma(mean {value:g}, se 1)",
        location=Location("parameters/test.yaml", 7),
        price_year="2023/24",
    )
    return Node(name, parameter.label, value, unit, Operation.PARAMETER, parameter=parameter)


def example() -> Node:
    """Cost of an hour, and of the hours of two activities that share it."""
    pay, hours = leaf("pay", 60_000.0, "GBP/year"), leaf("hours", 1_500.0, "hours/year")
    rate = quotient("rate", "Cost of an hour", "GBP/hour", [pay, hours])
    used = [
        leaf("therapy", 2.0, "hours/year", "illustrative"),
        constant("other", "Other", 3.0, "hours/year", "as told"),
    ]
    parts = [product(f"cost.{each.name}", f"Cost of {each.name}", "GBP/year", [each, rate]) for each in used]
    whole = total("whole", "Whole cost", "GBP/year", parts)
    return Node(
        whole.name,
        whole.label,
        whole.value,
        whole.unit,
        whole.operation,
        whole.children,
        note="Prices of 2023/24.",
    )


@pytest.mark.parametrize(
    ("operation", "values", "expected"),
    [
        (Operation.SUM, [2.0, 3.0, 4.0], 9.0),
        (Operation.DIFFERENCE, [9.0, 2.0, 3.0], 4.0),
        (Operation.PRODUCT, [2.0, 3.0, 4.0], 24.0),
        (Operation.QUOTIENT, [24.0, 2.0, 3.0], 4.0),
        (Operation.POSITIVE_PART, [-2.0], 0.0),
        (Operation.POSITIVE_PART, [2.0], 2.0),
        (Operation.SMALLER, [1.0, 0.4, 0.6], 0.4),
        (Operation.STEPS, [0.0, 40.0], 0.0),
        (Operation.STEPS, [40.0, 40.0], 1.0),
        (Operation.STEPS, [40.0 * (1 + 1e-15), 40.0], 1.0),
        (Operation.STEPS, [41.0, 40.0], 2.0),
        (Operation.STEPS, [41.0, 0.0], 0.0),
        (Operation.ANNUITY_FACTOR, [0.035, 5.0], 4.515052375),
        (Operation.ANNUITY_FACTOR, [0.0, 5.0], 5.0),
        (Operation.DISCOUNT_FACTOR, [0.035, 5.0], 1.035**-5),
        (Operation.OVER_TIME, [1.0, 2.0, 4.0], 7.0),
        (Operation.REMAINDER, [6.0, 2.0, 1.0], 3.0),
        (Operation.REMAINDER, [0.3, 0.1, 0.2], 0.0),
        (Operation.REMAINDER, [1.0, 2.0], 0.0),
        (Operation.SHARE, [1.0, 4.0], 0.25),
        (Operation.SHARE, [0.0, 0.0], 0.0),
        (Operation.POWER, [0.88, 1 / 12], 0.88 ** (1 / 12)),
        (Operation.SURGE, [3.0, 0.8, 4.0, 2.0], 1.0),
        (Operation.SURGE, [6.0, 0.8, 4.0, 2.0], 1.4),
        (Operation.JOINER, [1.0, 1.0, 1.5, 0.5, 1.0], 0.25),
        (Operation.JOINER, [30.0, 0.25, 1.5, 0.5, 0.9], 0.9),
        (Operation.WAIT_QUANTILE, [0.5, 0.0, 0.0, 10.0, 30.0], 17 / 6),
        (Operation.WAIT_QUANTILE, [0.5, 30.0, 10.0], 0.0),
        (Operation.EXPECTED_WAIT, [80.0, 40.0, 0.0], 2.0),
        (Operation.EXPECTED_WAIT, [266.6666667, 40.0, 0.03], 5.985761675063902),
        (Operation.EXPECTED_WAIT, [0.0, 0.0, 0.03], 0.0),
        (Operation.EXPECTED_WAIT, [5.0, 2.0, 1.0], 0.0),
    ],
)
def test_operations(operation: Operation, values: list[float], expected: float) -> None:
    children = [leaf(str(number), value) for number, value in enumerate(values)]
    node = combine(operation, "node", "Node", "ratio", children)
    assert node.value == pytest.approx(expected, rel=1e-9)
    assert recompute(node) == node.value
    assert (
        recompute(node, {"0": 0.0})
        == combine(operation, "n", "N", "ratio", [leaf("0", 0.0), *children[1:]]).value
    )


def test_every_operation_that_is_no_leaf_has_a_formula() -> None:
    takes = {
        Operation.POSITIVE_PART: 1,
        Operation.SURGE: 4,
        Operation.JOINER: 4,
        Operation.EXPECTED_WAIT: 3,
    }
    for operation in set(Operation) - LEAVES:
        children = [leaf(str(number), number) for number in (0.5, 2.0, 3.0, 4.0)]
        combine(operation, "node", "Node", "ratio", children[: takes.get(operation, 2)])


def test_nothing_divided_by_nothing_is_not_applicable_all_the_way_up() -> None:
    ratio = quotient("ratio", "Ratio", "GBP/client", [leaf("a", 1.0), leaf("b", 0.0)])
    above = total("above", "Above", "GBP/client", [ratio, leaf("c", 2.0)])
    assert math.isnan(ratio.value)
    assert math.isnan(above.value)
    assert math.isnan(recompute(above))
    assert recompute(above, {"b": 2.0}) == 2.5


def test_sum_of_nothing_is_a_constant_nought() -> None:
    node = total("none", "None", "GBP/year", [])
    assert (node.value, node.operation, node.note) == (0.0, Operation.CONSTANT, "there is none")


def test_recompute_uses_leaves_only() -> None:
    pair = (leaf("a", 2.0), leaf("b", 3.0))
    forged = Node("forged", "Forged", 99.0, "ratio", Operation.SUM, pair)
    assert recompute(difference("root", "Root", "ratio", [forged, leaf("c", 1.0)])) == 4.0


def test_walk_meets_every_node_once_and_the_root_first() -> None:
    tree = example()
    names = [node.name for node in walk(tree)]
    assert names == ["whole", "cost.therapy", "therapy", "rate", "pay", "hours", "cost.other", "other"]


def test_to_depth_keeps_values_and_shares_what_is_cut() -> None:
    tree = example()
    cut = to_depth(tree, 2)
    assert [node.name for node in walk(cut) if node.operation is Operation.NOT_SHOWN] == ["rate"]
    assert recompute(cut) == tree.value == 200.0
    assert to_depth(tree, 9).children[0].children[1].value == 40.0


def test_a_node_is_shown_without_its_children() -> None:
    assert repr(example()) == "Node('whole', 200.0, 'GBP/year', 'sum')"


def test_rendered_in_full() -> None:
    assert render(example(), 76, None).splitlines() == [
        "Prices of 2023/24.",
        "",
        "Whole cost  £200.00/year  [sum]",
        "├─ + Cost of therapy  £80.00/year  [product]",
        "│  ├─   Therapy  2 hours/year",
        "│  │      illustrative · gamma(mean 2, se 1) · therapy ·",
        "│  │      parameters/test.yaml:7",
        "│  └─ × Cost of an hour  £40.00/hour  [quotient]",
        "│     ├─   Pay  £60,000/year",
        "│     │      published · Smith (2020), table 3 · pay ·",
        "│     │      parameters/test.yaml:7",
        "│     └─ ÷ Hours  1,500 hours/year",
        "│            published · Smith (2020), table 3 · hours ·",
        "│            parameters/test.yaml:7",
        "└─ + Cost of other  £120.00/year  [product]",
        "   ├─   Other  3 hours/year  (as told)",
        "   └─ × Cost of an hour  £40.00/hour  (see above)",
    ]


def test_rendered_to_a_depth_says_how_to_see_more() -> None:
    assert render(example(), depth=1).splitlines()[2:] == [
        "Whole cost  £200.00/year  [sum]",
        "├─ + Cost of therapy  £80.00/year  [product of 2 …]",
        "└─ + Cost of other  £120.00/year  [product of 2 …]",
        "",
        "Not all levels are shown: --depth 4 shows more, --format csv all of them.",
    ]
    assert "[sum of 2 …]" in render(example(), depth=0)
    assert "Not all levels" not in render(example(), depth=3)


def test_rendered_in_ascii_has_no_other_characters() -> None:
    text = render(example(), depth=1, ascii_only=True)
    assert text.isascii()
    assert "|- + Cost of therapy  GBP 80.00/year  [product of 2 ...]" in text
    assert render(example(), depth=None, ascii_only=True).isascii()


def test_rendered_in_color_is_the_same_text_marked_up() -> None:
    marked = render(example(), depth=None, color=True)
    plain = marked
    for mark in ("\x1b[1m", "\x1b[2m", "\x1b[33m", "\x1b[0m"):
        assert mark in marked
        plain = plain.replace(mark, "")
    assert plain == render(example(), depth=None)
    assert "\x1b[33millustrative" in marked


@pytest.mark.parametrize("width", [1, 50, 80, 120])
def test_lines_keep_to_the_width(width: int) -> None:
    for line in render(example(), width, None).splitlines():
        assert len(line) <= max(width, 60)


def test_a_limit_that_does_not_bind_is_left_out_unless_all_is_asked_for() -> None:
    spare = quotient(
        "spare", "Hours left over hours needed", "ratio", [leaf("left", 6.0), leaf("needed", 2.0)]
    )
    limit = combine(
        Operation.SMALLER,
        "limit",
        "Share that hours allow",
        "share",
        [constant("one", "One", 1.0, "ratio"), spare],
    )
    tree = product("served", "Served", "people/year", [leaf("people", 9.0), limit])
    assert "Hours left" not in render(tree, depth=3)
    assert "[smallest of 2 …]" in render(tree, depth=3)
    assert "Not all levels" not in render(tree, depth=3)
    assert "Hours left" in render(tree, depth=None)


def test_rows_name_level_parent_and_source() -> None:
    rows = node_rows(example())
    assert [(row["level"], row["name"], row["parent"], row["see_above"]) for row in rows] == [
        (0, "whole", "", False),
        (1, "cost.therapy", "whole", False),
        (2, "therapy", "cost.therapy", False),
        (2, "rate", "cost.therapy", False),
        (3, "pay", "rate", False),
        (3, "hours", "rate", False),
        (1, "cost.other", "whole", False),
        (2, "other", "cost.other", False),
        (2, "rate", "cost.other", True),
    ]
    pay = rows[4]
    assert (pay["evidence"], pay["file"], pay["line"]) == ("published", "parameters/test.yaml", 7)
    assert pay["source"].endswith("<https://example.org/paper>")
    assert len({tuple(row) for row in rows}) == 1


def test_json_is_plain_and_writes_shared_parts_once() -> None:
    plain = node_json(example())
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    first, second = plain["children"]
    assert "children" in first["children"][1]
    assert second["children"][1]["see_above"] is True
    assert first["children"][0]["parameter"]["evidence"] == "illustrative"
    nothing = quotient("ratio", "Ratio", "ratio", [leaf("a", 1.0), leaf("b", 0.0)])
    assert node_json(nothing)["value"] is None


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (852_487.47, "GBP/year", "£852,487/year"),
        (-12.345, "GBP", "-£12.35"),
        (0.0123, "GBP/contact", "£0.0123/contact"),
        (0.0, "GBP/year", "£0.00/year"),
        (0.138, "share", "0.138"),
        (1_552.5, "hours/(WTE*year)", "1,552.5 hours/(WTE*year)"),
        (2_000.0, "people/year", "2,000 people/year"),
        (math.nan, "GBP/client", "not applicable"),
    ],
)
def test_amounts(value: float, unit: str, text: str) -> None:
    assert amount(value, unit) == text
