"""Turns the file of worked examples into one test each."""

from pathlib import Path

import pytest
from checking import read_examples


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "golden_example" in metafunc.fixturenames:
        examples = read_examples(Path(metafunc.config.getoption("--golden")))
        metafunc.parametrize("golden_example", examples, ids=[example["id"] for example in examples])
