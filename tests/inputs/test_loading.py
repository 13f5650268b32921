"""From YAML text to a tree that knows where everything stands: traps, problems, and validation."""

from pathlib import Path
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, RootModel

from costmodel.errors import Problem
from costmodel.inputs.loading import (
    FaultsError,
    Location,
    StrictModel,
    Tree,
    read_file,
    read_folder,
    read_yaml,
    validate,
)
from costmodel.inputs.tree import dotted, split_name, walk_paths
from costmodel.inputs.validation import show
from costmodel.inputs.yaml_reader import MAX_VALUES, _Loader, _PurePythonLoader, parse_scalar

LOADERS = pytest.mark.parametrize("loader", [_Loader, _PurePythonLoader])


Found = list[tuple[int | None, str, str]]


def read(tmp_path: Path, text: str | bytes, loader: type = _Loader) -> tuple[Any, Found]:
    file = tmp_path / "file.yaml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    data, _, problems = read_yaml(file, "file.yaml", loader=loader)
    assert {problem.file for problem in problems} <= {"file.yaml"}
    return data, [(problem.line, problem.where, problem.message) for problem in problems]


# Scalars


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        ("1E3", 1000.0),
        ("-1.5e+2", -150.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("+7", 7),
        ("007", 7),
        ("0x1F", 31),
        ("0o17", 15),
        ("12:30", "12:30"),
        ("1_000", "1_000"),
        ("1,000", "1,000"),
        ("0b11", "0b11"),
        ("-x", "-x"),
        ("no", "no"),
        ("Yes", "Yes"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("2026-11-23", "2026-11-23"),
        ("2023/24", "2023/24"),
        ("2001-12-14t21:59:43.10-05:00", "2001-12-14t21:59:43.10-05:00"),
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("", None),
        ("Null", None),
        ("1.0", 1.0),
        ("=", "="),
    ],
)
@LOADERS
def test_scalars_mean_what_yaml_1_2_says(tmp_path: Path, loader: type, text: str, value: object) -> None:
    data, problems = read(tmp_path, f"key: {text}\n", loader)
    assert problems == []
    assert data == {"key": value}
    assert type(data["key"]) is type(value)


@pytest.mark.parametrize("text", ['"12"', "'12'", "|-\n  12", '"true"', "'~'"])
@LOADERS
def test_quoted_scalars_are_text(tmp_path: Path, loader: type, text: str) -> None:
    data, problems = read(tmp_path, f"key: {text}\n", loader)
    assert problems == []
    assert data["key"] in ("12", "true", "~")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (".inf", ".inf is not a finite number"),
        ("-.INF", "-.INF is not a finite number"),
        (".nan", ".nan is not a finite number"),
        ("1e400", "1e400 is too large for a number"),
        ("9" * 301, "is a whole number of 301 digits; at most 300 are allowed"),
        ("0x" + "f" * 301, "is a whole number of 303 digits; at most 300 are allowed"),
    ],
)
def test_numbers_that_are_none_are_refused(tmp_path: Path, text: str, message: str) -> None:
    assert read(tmp_path, f"a: 1\nkey: {text}\n") == ({"a": 1, "key": None}, [(2, "key", message)])


def test_a_long_text_that_starts_like_a_number_is_text() -> None:
    assert parse_scalar("1" * 400 + " people") == "1" * 400 + " people"


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_survives_as_python_writes_it(number: float) -> None:
    assert parse_scalar(repr(number)) == number


@given(st.integers(min_value=-(10**200), max_value=10**200))
def test_every_integer_survives(number: int) -> None:
    read_back = parse_scalar(str(number))
    assert read_back == number and isinstance(read_back, int)


# Structure

_KEYS = st.text("abcdefghij_", min_size=1, max_size=6)
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-1000, 1000)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), max_size=20)
)
_DATA = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=12,
)


def _as_yaml(data: object) -> str:
    """Write data as flow YAML with quoted text, independently of the reader."""
    if isinstance(data, dict):
        return "{" + ", ".join(f'"{key}": {_as_yaml(value)}' for key, value in data.items()) + "}"
    if isinstance(data, list):
        return "[" + ", ".join(_as_yaml(value) for value in data) + "]"
    if isinstance(data, str):
        return "'" + data.replace("'", "''") + "'"
    if data is None or isinstance(data, bool):
        return {None: "null", True: "true", False: "false"}[data]
    return repr(data)


@given(st.dictionaries(_KEYS, _DATA, min_size=1, max_size=4))
def test_data_round_trip(tmp_path_factory: pytest.TempPathFactory, data: dict[str, Any]) -> None:
    tmp_path = tmp_path_factory.mktemp("round_trip")
    text = "\n".join(f'"{key}": {_as_yaml(value)}' for key, value in data.items())
    assert read(tmp_path, text) == (data, [])


@LOADERS
def test_every_key_and_item_knows_its_line(tmp_path: Path, loader: type) -> None:
    text = "# comment\na:\n  b: 1\n  c:\n    - x\n    - {d: 2,\n       e: 3}\n"
    (tmp_path / "f.yaml").write_text(text)
    data, lines, problems = read_yaml(tmp_path / "f.yaml", "f.yaml", ("f",), loader=loader)
    assert data == {"a": {"b": 1, "c": ["x", {"d": 2, "e": 3}]}}
    assert problems == []
    assert {dotted(path): line for path, line in lines.items()} == {
        "f.a": 2,
        "f.a.b": 3,
        "f.a.c": 4,
        "f.a.c.0": 5,
        "f.a.c.1": 6,
        "f.a.c.1.d": 6,
        "f.a.c.1.e": 7,
    }


@LOADERS
def test_duplicate_keys_are_all_reported(tmp_path: Path, loader: type) -> None:
    data, problems = read(tmp_path, "a:\n  wte: 1\n  wte: 2\nb: {x: 1, x: 2}\na: 3\n", loader)
    assert data == {"a": {"wte": 1}, "b": {"x": 1}}
    assert problems == [
        (3, "a.wte", "is given twice in the same place; the first is on line 2"),
        (4, "b.x", "is given twice in the same place; the first is on line 4"),
        (5, "a", "is given twice in the same place; the first is on line 1"),
    ]


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("2023", 'the key 2023 must be text; quote it: "2023"'),
        ("1e3", 'the key 1e3 must be text; quote it: "1e3"'),
        ("true", 'the key true must be text; quote it: "true"'),
        ("~", 'the key ~ must be text; quote it: "~"'),
        (".inf", 'the key .inf must be text; quote it: ".inf"'),
        ("? [a, b]\n", "a key must be text, not a list or a mapping"),
        ('""', "a key must not be empty"),
    ],
)
def test_keys_must_be_text(tmp_path: Path, key: str, message: str) -> None:
    assert read(tmp_path, f"good: 1\n{key}: 2\n") == ({"good": 1}, [(2, "", message)])


@pytest.mark.parametrize("key", ["2023/24", '"2023"', "12:30", "no", "-x", "'on'"])
def test_keys_that_are_text_stay_as_written(tmp_path: Path, key: str) -> None:
    assert read(tmp_path, f"{key}: 2\n") == ({key.strip("\"'"): 2}, [])


def test_anchors_and_aliases_are_values_of_their_own(tmp_path: Path) -> None:
    data, problems = read(tmp_path, "a: &x {b: [1]}\nc: *x\n")
    assert problems == []
    assert data == {"a": {"b": [1]}, "c": {"b": [1]}}
    assert data["a"] is not data["c"]


def test_merge_keys_and_tags_are_refused(tmp_path: Path) -> None:
    _, problems = read(tmp_path, "a: &x {b: 1}\nc:\n  <<: *x\nd: !!float 1\ne: !mine {f: 1}\n")
    assert problems == [
        (3, "c", "merge keys (<<) are not supported; write the values out, or use an alias for the whole"),
        (4, "d", "the tag !!float is not supported; write the plain value"),
        (5, "e", "the tag !mine is not supported; write the plain value"),
    ]


def test_a_key_left_out_is_refused(tmp_path: Path) -> None:
    assert read(tmp_path, "a: {? : 2}\n") == ({"a": {}}, [(1, "a", "a key must not be empty")])


def test_a_quoted_merge_key_is_a_key(tmp_path: Path) -> None:
    assert read(tmp_path, '"<<": 1\n') == ({"<<": 1}, [])


# Files that are no parameter files


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"", None, "is empty"),
        (b"# only a comment\n", None, "is empty"),
        (b"---\n", None, "is empty"),
        (b".inf\n", 1, "must hold 'key: value' lines at the top; got a single value"),
        (b"- a\n- b\n", 1, "must hold 'key: value' lines at the top; got a list"),
        (b"\n\njust text\n", 3, "must hold 'key: value' lines at the top; got a single value"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", None, "is not a text file (it holds binary data)"),
        ("a: ü".encode("utf-16"), None, "is not a text file (it holds binary data)"),
        (b"a: 1\nb: \xa33\n", 2, "is not UTF-8 text (byte 0xa3); save the file as UTF-8"),
        (b"a: 1\nb: \x07\n", 2, "holds the control character U+0007; delete it"),
        (b"a:\n\tb: 1\n", 2, "is indented with a tab; use spaces"),
        (b"a:\n  \tb: 1\n  \tc: 2\n", 2, "is indented with a tab; use spaces"),
        (b"a: *missing\n", 1, "is not valid YAML: found undefined alias"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_clear_problem(
    tmp_path: Path, content: bytes, line: int | None, message: str
) -> None:
    assert read(tmp_path, content) == ({}, [(line, "", message)])


@pytest.mark.parametrize(
    ("text", "line", "hint"),
    [
        ("a: 1\n---\nb: 2\n", 2, "write one document a file, without '---' between parts"),
        ("a: b: c\n", 1, "text that holds a colon and a space must be in quotes"),
        ('a: "open\nb: 1\n', 3, "is a quote left open?"),
        ("a: 1\nb\nc: 2\n", 3, "is a colon missing after a key?"),
        ("a: {b: 1\nc: 2\n", 2, ""),
        ("a:\n   b: 1\n  c: 2\n", 3, "check the indentation of this line and of the lines above"),
    ],
)
def test_broken_yaml_names_the_line_and_a_remedy(tmp_path: Path, text: str, line: int, hint: str) -> None:
    data, [(found, where, message)] = read(tmp_path, text)
    assert (data, found, where) == ({}, line, "")
    assert message.startswith("is not valid YAML: ") and message.endswith(hint)


@LOADERS
def test_files_too_deep_or_too_large_are_refused(tmp_path: Path, loader: type) -> None:
    bomb = "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n" + "".join(
        f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 9)
    )
    _, problems = read(tmp_path, bomb, loader)
    assert problems == [(1, "", f"holds more than {MAX_VALUES:,} values, counting each use of an alias")]
    too_deep = "is nested more than 64 levels deep (does an alias contain itself?)"
    for n in (70, 200_000):
        assert read(tmp_path, "a: 1\nb: " + "[" * n + "]" * n, loader) == ({}, [(2, "", too_deep)])
    chain = "a0: &a0 [1]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 80))
    assert read(tmp_path, chain, loader)[1] == [(1, "", too_deep)]
    _, [(line, _, message)] = read(tmp_path, "a: &a {b: *a}\n", loader)
    assert line == 1
    assert message == too_deep or message.startswith("is not valid YAML: found un")


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    assert read(tmp_path, b"\xef\xbb\xbfa: 1\r\nb: 2\r\n") == ({"a": 1, "b": 2}, [])


def test_a_missing_file_and_a_folder_in_place_of_a_file_are_problems(tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()
    tree, problems = read_file(tmp_path / "folder.yaml", "folder.yaml")
    assert (tree.data, problems) == ({}, [Problem("folder.yaml", None, "", "cannot be read: Is a directory")])
    _, problems = read_file(tmp_path / "none.yaml", "none.yaml")
    assert problems == [Problem("none.yaml", None, "", "cannot be read: No such file or directory")]


# Folders


def test_a_folder_becomes_one_tree(tmp_path: Path) -> None:
    folder = tmp_path / "parameters"
    (folder / "sub").mkdir(parents=True)
    (folder / "b.yaml").write_text("x: {y: 1}\n")
    (folder / "a.yaml").write_text("\ntable: t\n")
    (folder / ".hidden.yaml").write_text("- broken")
    (folder / "notes.txt").write_text("no yaml")
    (folder / "c.yaml~").write_text("a backup")
    tree, problems = read_folder(folder)
    assert problems == []
    assert tree.data == {"a": {"table": "t"}, "b": {"x": {"y": 1}}}
    assert tree.locate(("a", "table")) == Location("parameters/a.yaml", 2)
    assert tree.locate(("b", "x", "z")) == Location("parameters/b.yaml", 1)
    assert tree.locate(("b",)) == Location("parameters/b.yaml", 1)
    assert tree.locate(("c",)) == Location("parameters", None)


def test_the_problems_of_all_files_come_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("x: 1\nx: 2\n")
    (tmp_path / "b.yaml").write_text("")
    (tmp_path / "c.yml").write_text("x: 1\n")
    (tmp_path / "d.e.yaml").write_text("x: 1\n")
    (tmp_path / "f.yaml").write_text("x:\n  a.b: 1\n  - bad\n".replace("  - bad\n", ""))
    tree, problems = read_folder(tmp_path, "mine")
    assert tree.data == {"a": {"x": 1}, "b": {}, "c": {"x": 1}, "f": {"x": {"a.b": 1}}}
    assert problems == [
        Problem("mine/a.yaml", 2, "a.x", "is given twice in the same place; the first is on line 1"),
        Problem("mine/b.yaml", None, "", "is empty"),
        Problem("mine/c.yml", None, "", "rename to .yaml: c.yaml"),
        Problem("mine/d.e.yaml", None, "", "rename it without the dot, which separates names"),
        Problem("mine/f.yaml", 2, "f.x.a.b", "the key 'a.b' holds a dot, which separates names; use '_'"),
    ]


def test_folders_that_cannot_be_used(tmp_path: Path) -> None:
    none, file = tmp_path / "none", tmp_path / "file"
    file.write_text("x")
    (tmp_path / "empty").mkdir()
    messages = [read_folder(tmp_path / name)[1] for name in ("none", "file", "empty")]
    assert messages == [
        [Problem("none", None, "", f"there is no folder {none}; 'costmodel init DIR' writes one")],
        [Problem("file", None, "", f"{file} is not a folder")],
        [Problem("empty", None, "", f"{tmp_path / 'empty'} holds no .yaml file")],
    ]


def test_a_file_to_be_renamed_has_that_problem_alone_and_takes_no_other_s_place(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("x: 1\n")
    (tmp_path / "a.yml").write_text("x: 2\n")
    (tmp_path / "b.yml").write_text("x: 1\nx: 2\n")
    tree, problems = read_folder(tmp_path, "mine")
    assert tree.data == {"a": {"x": 1}, "b": {"x": 1}}
    assert problems == [
        Problem("mine/a.yml", None, "", "rename to .yaml: a.yaml"),
        Problem("mine/b.yml", None, "", "rename to .yaml: b.yaml"),
    ]


# The tree


def tree() -> Tree:
    data = {"a": {"b": {"c": 1}, "d": [{"e": 2}, 3]}}
    return Tree(data, {path: Location("f.yaml", n) for n, path in enumerate(walk_paths(data)) if path})


def test_get_and_has() -> None:
    assert tree().get(("a", "d", 0, "e")) == 2
    assert tree().has(("a", "b")) and not tree().has(("a", "d", 2)) and not tree().has(("a", "d", "e"))
    assert tree().get(("a", "b", "c", "x")) is None
    assert Tree({}, {}).locate(("x",)) == Location("", None)


def test_replacing_leaves_the_original_alone_and_forgets_old_lines() -> None:
    before = tree()
    place, inner = Location("s.yaml", 9), Location("s.yaml", 10)
    after = before.replaced(("a", "b"), {"n": {"m": 1}}, place, {("n",): inner})
    assert before.get(("a", "b", "c")) == 1
    assert after.data == {"a": {"b": {"n": {"m": 1}}, "d": [{"e": 2}, 3]}}
    assert after.locate(("a", "b", "c")) == place
    assert after.locate(("a", "b", "n", "m")) == inner
    assert after.locate(("a", "d")).file == "f.yaml"
    assert after.get(("a", "d")) is before.get(("a", "d"))


def test_replacing_in_lists_and_in_mappings_that_do_not_exist_yet() -> None:
    place = Location("s.yaml", 9)
    assert tree().replaced(("a", "d", 0, "e"), 5, place).get(("a", "d")) == [{"e": 5}, 3]
    assert tree().replaced(("x", "y"), 5, place).get(("x",)) == {"y": 5}


def test_removing() -> None:
    assert tree().removed(("a", "b")).data == {"a": {"d": [{"e": 2}, 3]}}
    assert tree().removed(("a", "d", 0)).get(("a", "d")) == [3]
    without = tree().removed(("a",))
    assert without.data == {} and without.origin == {}


@given(st.dictionaries(_KEYS, _DATA, min_size=1, max_size=3))
def test_names_lead_back_to_their_paths(data: dict[str, Any]) -> None:
    for path in walk_paths(data):
        if path:
            assert split_name(data, dotted(path)) == path


# Validation


class Point(StrictModel):
    x: Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)]
    colour: str = Field(default="red", alias="color")


class Spot(StrictModel):
    x: float
    size: float = 1.0


class Line(StrictModel):
    points: Annotated[list[Point], Field(min_length=1, max_length=2)]
    width: Annotated[float, Field(strict=True)] | Point
    count: Annotated[int, Field(ge=1, le=3, strict=True)] = 1
    open: bool = False
    tags: dict[str, Annotated[str, Field(min_length=1, pattern="^[a-z]+$")]] = Field(default_factory=dict)
    ends: tuple[Annotated[float, Field(lt=1)], ...] = ()
    nested: dict[str, dict[str, Point]] | None = None
    step: Annotated[int, Field(multiple_of=5)] = 5
    shape: Point | Spot | None = None


class Lines(RootModel[dict[str, Line]]):
    """Lines by name."""


def problems_of(model: type, data: object) -> dict[str, str]:
    _, problems = validate(model, Tree({"f": data}, {("f",): Location("f.yaml", 1)}), ("f",))
    assert len({problem.where for problem in problems}) == len(problems)
    return {problem.where: problem.message for problem in problems}


UNKNOWN = "is not a known key. Known keys: color, x"
GOOD = {"points": [{"x": 1}], "width": 1}


def test_a_valid_model_has_no_problems() -> None:
    model, problems = validate(Line, Tree({"f": GOOD}, {}), ("f",))
    assert problems == []
    assert model is not None and model.points[0].x == 1.0


def test_nothing_at_the_path_is_one_problem() -> None:
    where = Tree({}, {(): Location("parameters", None)})
    assert validate(Line, where, ("hub", "x")) == (None, [Problem("parameters", None, "hub.x", "is missing")])


@pytest.mark.parametrize(
    ("change", "where", "message"),
    [
        ({"points": [{}]}, "f.points.0.x", "is missing"),
        ({"points": [{"x": -1}]}, "f.points.0.x", "must be greater than 0; got -1"),
        ({"points": [{"x": "12"}]}, "f.points.0.x", "'12' is text; remove the quotes"),
        ({"points": [{"x": "-1.5e3"}]}, "f.points.0.x", "'-1.5e3' is text; remove the quotes"),
        ({"points": [{"x": "£12"}]}, "f.points.0.x", "must be a number; got '£12'"),
        ({"points": [{"x": True}]}, "f.points.0.x", "must be a number; got true"),
        ({"points": [{"x": None}]}, "f.points.0.x", "must be a number; got nothing"),
        ({"points": [{"x": float("inf")}]}, "f.points.0.x", "must be a finite number; got inf"),
        ({"points": [{"x": 1, "colr": "b"}]}, "f.points.0.colr", "is not a known key. Did you mean 'color'?"),
        ({"points": [{"x": 1, "zzz": "b"}]}, "f.points.0.zzz", UNKNOWN),
        (
            {"points": [{"x": 1, "color": 2}]},
            "f.points.0.color",
            "must be text; got 2 (put it in quotes if it is meant as text)",
        ),
        ({"points": [3]}, "f.points.0", "must be a mapping of keys; got 3"),
        ({"points": {"x": 1}}, "f.points", "must be a list; got a mapping"),
        ({"points": []}, "f.points", "must hold at least 1; got 0"),
        ({"points": [{"x": 1}] * 3}, "f.points", "must hold at most 2; got 3"),
        ({"count": 0}, "f.count", "must be at least 1; got 0"),
        ({"count": 4}, "f.count", "must be at most 3; got 4"),
        ({"count": 1.5}, "f.count", "must be a whole number; got 1.5"),
        ({"open": "perhaps"}, "f.open", "must be true or false; got 'perhaps'"),
        ({"open": [1]}, "f.open", "must be true or false; got a list"),
        ({"tags": {"a": ""}}, "f.tags.a", "must not be empty"),
        ({"tags": {"a": "B"}}, "f.tags.a", "must match '^[a-z]+$'; got 'B'"),
        ({"tags": [1]}, "f.tags", "must be a mapping of keys; got a list"),
        ({"ends": [2]}, "f.ends.0", "must be less than 1; got 2"),
        ({"ends": 2}, "f.ends", "must be a list; got 2"),
        ({"nested": {"p": {"q": {"y": 1, "x": 1}}}}, "f.nested.p.q.y", UNKNOWN),
        ({"nested": {"r": 2}}, "f.nested.r", "must be a mapping of keys; got 2"),
        ({"width": "w"}, "f.width", "must be a number, or a mapping of keys; got 'w'"),
        ({"width": "3"}, "f.width", "'3' is text; remove the quotes"),
        ({"width": {"x": 0}}, "f.width.x", "must be greater than 0; got 0"),
        ({"width": {"y": 0, "x": 1}}, "f.width.y", UNKNOWN),
        ({"step": 3}, "f.step", "input should be a multiple of 5; got 3"),
        ({"shape": {}}, "f.shape.x", "is missing"),
        ({"shape": {"x": 1, "siz": 1}}, "f.shape.siz", "is not a known key. Did you mean 'size'?"),
        ({"wdth": 1}, "f.wdth", "is not a known key. Did you mean 'width'?"),
    ],
)
def test_every_rule_has_its_text_and_path(change: dict[str, Any], where: str, message: str) -> None:
    assert problems_of(Line, GOOD | change) == {where: message}
    assert problems_of(Lines, {"one": GOOD | change}) == {where.replace("f.", "f.one.", 1): message}


def test_all_problems_come_at_once() -> None:
    found = problems_of(Line, {"points": [{"y": 1}, {"x": "a"}], "cnt": 3})
    assert found == {
        "f.points.0.x": "is missing",
        "f.points.0.y": "is not a known key. Known keys: color, x",
        "f.points.1.x": "must be a number; got 'a'",
        "f.width": "is missing",
        "f.cnt": "is not a known key. Did you mean 'count'?",
    }


def test_long_values_are_shortened() -> None:
    assert show("x" * 80) == "'" + "x" * 57 + "...'"


def test_faults_join_their_messages() -> None:
    assert str(FaultsError([(("a",), "is odd"), (("b",), "is even")])) == "is odd; is even"
