"""Fixtures for all tests: golden files, compiled programs and a browser."""

from __future__ import annotations

import gc
import sys

import pytest

from tests.support.golden import Golden


def pytest_addoption(parser):
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew")


def pytest_collection_finish(session):
    """Run the tests of the engine's rooms with its accelerations, as its own processes do."""
    if hasattr(sys.modules.get("tvm"), "tirx"):  # not in that of 2024
        from viz.ir.process_state import own_process

        own_process()
    # What is loaded by now lasts: a tenth of the tests' time went to looking for garbage in it.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session", autouse=True)
def _kept_compilations(request, tmp_path_factory):
    """Compile each text once, in whichever process of the run."""
    from tests.support.devices.kept_compilations import kept_compilations

    folder = tmp_path_factory.getbasetemp()
    shared = folder.parent if hasattr(request.config, "workerinput") else folder
    with kept_compilations(shared / "compiled"):
        yield


@pytest.fixture(scope="session", autouse=True)
def _forked_servers():
    """Load the engine of each kind once for all fork servers of this process."""
    if sys.platform != "linux":
        yield
        return
    from tests.support.devices.forked_servers import forked_servers

    with forked_servers():
        yield


@pytest.fixture
def golden(request) -> Golden:
    return Golden(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def has_chromium():
    """Skip the test where there is no browser."""
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    from benchmarks.chromium import chromium_path

    if not chromium_path():
        pytest.skip("Chromium is not installed")


@pytest.fixture(scope="module")
def driver(has_chromium):
    """Start playwright for the tests of a module: beside it no test can run an event loop."""
    from benchmarks.chromium import driven

    with driven() as started:
        yield started


@pytest.fixture(scope="module")
def chromium(driver):
    """Start Chromium for the tests of a module."""
    from benchmarks.chromium import FLAGS, chromium_path

    browser = driver.launch(executable_path=chromium_path(), args=FLAGS)
    yield browser
    browser.close()
