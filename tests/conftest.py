"""What the tests share: the examples, the engine in this process, golden files, a browser."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import hostile
import pytest

from viz import source
from viz.examples import examples

GOLDEN = Path(__file__).parent / "golden"
EXAMPLES = sorted(examples())


def pytest_addoption(parser):
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew")


class Golden:
    """Compares a text with the file of its name, or writes the file with ``--update-golden``."""

    def __init__(self, update: bool) -> None:
        self._update = update

    def check(self, name: str, text: str) -> None:
        path = GOLDEN / name
        if self._update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"{name} is missing; pytest --update-golden writes it"
        assert text == path.read_text(encoding="utf-8")


@pytest.fixture
def golden(request) -> Golden:
    return Golden(request.config.getoption("--update-golden"))


@cache
def parsed(name: str):
    """Return an example parsed in this process, once for all tests."""
    from viz.engine.parse import parse

    return parse(source.read(examples()[name].text))


@cache
def inspected(name: str, *targets: str, passes: bool = False):
    """Return the analysis of an example, or of the hostile program, made in this process."""
    import viz

    text = hostile.program(hostile.ODD) if name == "hostile" else examples()[name].text
    return viz.inspect(text, targets or ("c",), passes=passes)


@pytest.fixture(scope="module")
def chromium():
    """Start Chromium for the tests of a module: beside it no test can run an event loop."""
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    from benchmarks.chromium import found, launched

    if not found():
        pytest.skip("Chromium is not installed")
    with launched() as browser:
        yield browser
