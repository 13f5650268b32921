"""Folders of results: every file is written beside its place, then all are moved there, or none."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from costmodel.errors import CostmodelError

PROGRAM: Final = "costmodel"
MANIFEST: Final = "manifest.json"


class OutputError(CostmodelError):
    """An output folder that cannot be used, and what to do about it."""


def require_usable(folder: Path, identity: str) -> None:
    """Refuse a folder that cannot be written, or that holds anything but an earlier run of the same id.

    Raises
    ------
    OutputError
        Saying which, and what to do.
    """
    target = folder.resolve()
    if target.exists() and not target.is_dir():
        raise OutputError(f"{folder} is a file; name a folder. Nothing was run")
    if target.is_dir():
        found = _what_it_holds(target, identity)
        if found:
            advice = "name an empty or new folder, or remove it first"
            raise OutputError(f"{folder} already holds {found}; {advice}. Nothing was run")
    nearest = next(parent for parent in target.parents if parent.exists())
    try:
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except OSError as error:
        advice = "Nothing was run; choose another with --out"
        raise OutputError(f"cannot write to {nearest}: {error.strerror}. {advice}") from error


def _what_it_holds(folder: Path, identity: str) -> str:
    """Return what stands in the way of replacing a folder; nothing where it is empty or the same run's."""
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    if not files and not any(folder.iterdir()):
        return ""
    manifest = _manifest(folder)
    if manifest is None:
        return "something else"
    if manifest.get("run_id") != identity:
        return f"another run ({manifest.get('run_id')})"
    others = sorted(files - {MANIFEST, *manifest.get("outputs", ())})
    return f"what the run did not write ({', '.join(others)})" if others else ""


def _manifest(folder: Path) -> Mapping[str, Any] | None:
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return manifest if isinstance(manifest, dict) and manifest.get("program") == PROGRAM else None


@contextmanager
def whole_or_nothing(folder: Path) -> Iterator[Path]:
    """Give a temporary folder to write to; move it to its place at the end, or leave no trace of it."""
    target = folder.resolve()
    made = _make(target.parent)
    try:
        partial = _partial_of(target)
        try:
            yield partial
            partial.chmod(0o777 & ~_umask())
            put_in_place(partial, target)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except BaseException:
        for parent in made:
            with suppress(OSError):
                parent.rmdir()
        raise


def _partial_of(target: Path) -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".partial", dir=target.parent))
    except OSError as error:
        raise OutputError(f"cannot write to {target.parent}: {error.strerror}") from error


def _make(folder: Path) -> list[Path]:
    """Make a folder and return it with those of its parents that had to be made, the innermost first."""
    missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def put_in_place(new: Path, target: Path) -> None:
    """Move a folder to its place; what stood there goes, or comes back if the new one cannot be moved.

    An empty folder is filled and not replaced: a shell may stand in it.
    """
    if not target.exists():
        new.rename(target)
        return
    if not any(target.iterdir()):
        _fill(target, new)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".old", dir=target.parent))
    try:
        target.rename(old / "run")
        new.rename(target)
    except BaseException:
        if not target.exists():
            (old / "run").rename(target)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def _fill(empty: Path, new: Path) -> None:
    """Move what a folder holds into an empty one, all of it or none."""
    names = [each.name for each in new.iterdir()]
    try:
        for name in names:
            (new / name).rename(empty / name)
    except BaseException:
        for name in names:
            if (empty / name).exists():
                (empty / name).rename(new / name)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
