"""Fixtures of the tests in a browser: a server for all of them, and a Chromium for each module.

The browser ends with its module, since no other event loop can run while playwright does; the next
one has the same profile.
"""

import pytest

from tests.support.workbench import Workbench, query

ADD_ONE = query(example="add_one", targets=["c", "cuda"])


@pytest.fixture(scope="session")
def server(has_chromium, tmp_path_factory):
    """Start a server; what it loads in the background costs more than a module's tests."""
    from benchmarks.chromium import Server

    started = Server(tmp_path_factory.mktemp("server") / "log")
    started.start()
    yield started
    started.stop()


@pytest.fixture(scope="session")
def profiles(tmp_path_factory):
    """Return the folder of the browsers' profiles."""
    return tmp_path_factory.mktemp("profiles")


@pytest.fixture(scope="module")
def flags():
    """Return what Chromium is started with beside its usual flags."""
    return ()


@pytest.fixture(scope="module")
def profile(driver, profiles, flags):
    """Start Chromium with a profile on the disk, where it finds the scripts as it compiled them."""
    from benchmarks.chromium import FLAGS, chromium_path

    context = driver.launch_persistent_context(
        profiles / f"{len(flags)}-flags",  # another browser has another profile
        executable_path=chromium_path(*flags),
        args=[*FLAGS, *flags],
        reduced_motion="reduce",
        permissions=["clipboard-read", "clipboard-write"],
    )
    yield context
    context.close()


@pytest.fixture
def opened(profile, server):
    """Return a function that opens the page; its console must have no errors in the end."""
    errors, pages = [], []

    def note_error(message):
        # Streamlit asks for files of its own that it does not ship.
        if message.type == "error" and "404" not in message.text:
            errors.append(message.text)

    def open_page(query=ADD_ONE, *, width=1500, height=950, dark=False, knows_hints=True):
        page = profile.new_page()
        if knows_hints:
            page.add_init_script("localStorage.setItem('tirscope.hint-seen', '1')")
        pages.append(page)
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", note_error)
        page.on("dialog", lambda dialog: errors.append(f"dialog: {dialog.message}"))
        page.goto(f"{server.address}/{query}")
        bench = Workbench(page)
        bench.wait(1)
        return bench

    open_page.errors = errors
    yield open_page
    for page in pages[:1]:
        page.evaluate("localStorage.clear()")  # what one test chose is not for the next
    for page in pages:
        page.close()
    assert errors == []
