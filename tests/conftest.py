"""Options of the whole test suite; pytest reads options from the outermost folder of tests only."""

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("suite", deadline=None)  # a busy machine is no failure
settings.load_profile("suite")

EXAMPLES = Path(__file__).parent / "golden" / "examples.json"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--golden",
        metavar="FILE",
        default=str(EXAMPLES),
        help="worked examples to check instead of tests/golden/examples.json; same form, other numbers",
    )
