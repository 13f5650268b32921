"""Folders of parameter files to one tree, in which every value knows its file and line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from costmodel.errors import Problem
from costmodel.inputs.tree import KeyPath, Location, Tree, dotted
from costmodel.inputs.validation import FaultsError, StrictModel, validate
from costmodel.inputs.yaml_reader import read_yaml

__all__ = [
    "FaultsError",
    "KeyPath",
    "Location",
    "StrictModel",
    "Tree",
    "dotted",
    "read_file",
    "read_folder",
    "read_yaml",
    "validate",
]


def read_folder(folder: Path, display: str | None = None) -> tuple[Tree, list[Problem]]:
    """Read every ``*.yaml`` of a folder into one tree whose first level is the files' stems.

    Hidden files, subfolders and files of other kinds are passed over. A ``.yml`` file is to be renamed; what
    it holds is read all the same, so that nothing else seems to be missing.

    Parameters
    ----------
    folder
        The folder.
    display
        The folder's name in problems; its own name by default.

    Returns
    -------
    The tree of all files that could be read, and the problems of all files.
    """
    shown = folder.name if display is None else display
    if not folder.is_dir():
        missing = f"there is no folder {folder}; 'costmodel init DIR' writes one"
        what = f"{folder} is not a folder" if folder.exists() else missing
        return Tree({}, {}), [Problem(shown, None, "", what)]
    data: dict[str, Any] = {}
    origin: dict[KeyPath, Location] = {(): Location(shown, None)}
    problems: list[Problem] = []
    for file in sorted(folder.iterdir()):
        if file.name.startswith(".") or file.suffix.lower() not in (".yaml", ".yml"):
            continue
        display_file = f"{shown}/{file.name}"
        name_fault = _name_fault(file)
        if name_fault:
            problems.append(Problem(display_file, None, "", name_fault))
            if "." in file.stem or file.stem in data:
                continue
        data[file.stem], lines, found = read_yaml(file, display_file, (file.stem,))
        origin[file.stem,] = Location(display_file, 1)
        origin.update({path: Location(display_file, line) for path, line in lines.items()})
        problems += [] if name_fault else found + _dotted_keys(lines, display_file)
    if not data and not problems:
        problems.append(Problem(shown, None, "", f"{folder} holds no .yaml file"))
    return Tree(data, origin), problems


def read_file(path: Path, display: str) -> tuple[Tree, list[Problem]]:
    """Read one YAML file into a tree whose first level is the file's own keys.

    Parameters
    ----------
    path
        The file.
    display
        The file's name in problems.
    """
    data, lines, problems = read_yaml(path, display)
    origin: dict[KeyPath, Location] = {(): Location(display, 1)}
    origin.update({where: Location(display, line) for where, line in lines.items()})
    return Tree(data, origin), problems


def _name_fault(file: Path) -> str:
    if file.suffix != ".yaml":
        return f"rename to .yaml: {file.stem}.yaml"
    return "rename it without the dot, which separates names" if "." in file.stem else ""


def _dotted_keys(lines: dict[KeyPath, int], display: str) -> list[Problem]:
    return [
        Problem(
            display, line, dotted(path), f"the key '{path[-1]}' holds a dot, which separates names; use '_'"
        )
        for path, line in lines.items()
        if isinstance(path[-1], str) and "." in path[-1]
    ]
