"""What a reader is told to type works: the blocks marked runnable, page by page, in a folder of their own."""

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, Block, blocks_of, name_of

FEW_DRAWS = "64"
RUNNABLE = tuple(page for page in PAGES if any("runnable" in block.words for block in blocks_of(page)))
# The command as it is installed, but with few draws.
COMMAND = """#!/bin/sh
draws=
case "$1" in run|compare) draws="--draws {draws}";; esac
exec {python} -m costmodel "$@" $draws
"""


def lines_of(block: Block, number: int) -> Iterator[str]:
    """Yield the lines of a shell script that do what a reader does with a block."""
    if block.file:
        yield f"cat > {shlex.quote(block.file)} <<'END_OF_{number}'\n{block.text}END_OF_{number}"
    elif "runnable" in block.words and block.language == "python":
        yield f"{shlex.quote(sys.executable)} - <<'END_OF_{number}'\n{block.text}END_OF_{number}"
    elif "runnable" in block.words and "fails" in block.words:
        yield f"if {{\n{block.text}}}; then echo this should have failed; exit 1; fi"
    elif "runnable" in block.words:
        yield block.text


@pytest.mark.parametrize("page", RUNNABLE, ids=name_of)
def test_a_reader_can_follow_the_page(page: Path, tmp_path: Path) -> None:
    command = tmp_path / "bin" / "costmodel"
    command.parent.mkdir()
    command.write_text(COMMAND.format(draws=FEW_DRAWS, python=shlex.quote(sys.executable)), encoding="utf-8")
    command.chmod(0o755)
    (tmp_path / "empty").mkdir()
    blocks = list(blocks_of(page))
    script = "\n".join(line for number, block in enumerate(blocks) for line in lines_of(block, number))
    environment = {
        **os.environ,
        "PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "MPLBACKEND": "Agg",
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path / "empty",
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    for block in blocks:
        if "shown" in block.words:
            for line in block.text.splitlines():
                assert line.strip() in done.stdout, f"{line!r} is not in:\n{done.stdout}"
