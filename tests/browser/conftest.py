"""One server and one Chromium for all tests in a browser.

They end with their module: while playwright is up, other tests cannot run an event loop.
"""

import time

import pytest


@pytest.fixture(scope="module")
def server(chromium, tmp_path_factory):
    from benchmarks.chromium import Server  # needs playwright, as the fixture before it does

    started = Server(tmp_path_factory.mktemp("server") / "log")
    started.start()
    yield started
    started.stop()


@pytest.fixture(scope="module")
def profile(chromium):
    """One browser profile, so that the editor is fetched once."""
    found = chromium.new_context(
        reduced_motion="reduce", permissions=["clipboard-read", "clipboard-write"]
    )
    yield found
    found.close()


@pytest.fixture
def opened(profile, server):
    """Open a page; in the end its console has nothing to complain of."""
    complaints, pages = [], []

    def complain(message):
        # Streamlit asks for files of its own that it does not ship.
        if message.type == "error" and "404" not in message.text:
            complaints.append(message.text)

    def open_page(query="", *, width=1500, height=950, dark=False):
        page = profile.new_page()
        pages.append(page)
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", complain)
        page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
        page.goto(f"{server.address}/{query}")
        bench = Workbench(page)
        bench.wait(1)
        return bench

    open_page.complaints = complaints
    yield open_page
    for page in pages:
        page.close()
    assert complaints == []


class Workbench:
    """What a person does at the page, and sees of it."""

    def __init__(self, page):
        self.page = page
        self.root = page.locator(".workbench")
        self.editor = page.locator(".monaco-editor").first
        self.tree = page.locator(".pane.tree .canvas")
        self.card = page.locator(".workbench > .card")
        self.status = page.locator(".status")

    def source(self, target):
        return self.page.locator(f".slot[data-target={target}] .listing")

    @property
    def analysed(self):
        return int(self.root.get_attribute("data-analysed") or 0)

    def wait(self, number):
        """Wait for the so-many-eth analysis, and for the editor."""
        self.until(lambda: self.root.count() and self.analysed >= number, seconds=60)
        self.page.locator(".monaco-editor .view-line").first.wait_for()

    def until(self, condition, seconds=30):
        """Wait until something holds; the page's policy lets no test's text in to watch for it."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "it never came"
            self.page.wait_for_timeout(50)

    def after(self, act):
        """Do something that leads to an analysis, and wait for it."""
        before = self.analysed
        act()
        self.wait(before + 1)

    def write(self, text):
        """Put a text in the place of the editor's, as a person who pastes."""
        self.after(lambda: self.paste(text))

    def paste(self, text):
        self.page.evaluate("text => navigator.clipboard.writeText(text)", text)
        self.focus_editor()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.press("Control+v")

    def focus_editor(self):
        self.page.locator(
            ".monaco-editor textarea, .monaco-editor .native-edit-context"
        ).first.focus()

    def text(self):
        return self.page.evaluate("monaco.editor.getEditors()[0].getValue()")

    def token(self, target, line, words):
        """Return the piece of a line of a source that reads so."""
        row = self.source(target).locator(".line", has_text=line).first
        row.scroll_into_view_if_needed()
        return row.locator("span").filter(has_text=words).first

    def node(self, words):
        return self.tree.locator("g.node").filter(has_text=words).first

    def lit(self):
        """Return what is lit in the editor, in the tree and in each source, in words."""
        self.page.wait_for_timeout(60)
        return self.page.evaluate(
            """() => ({
              editor: [...document.querySelectorAll('.monaco-editor .view-line .own')].map(e => e.textContent.replaceAll('\\u00a0', ' ').trim()),
              tree: [...document.querySelectorAll('.pane.tree g.lit')].map(e => e.getAttribute('aria-label')),
              how: [...document.querySelectorAll('.pane.tree g.lit')].map(e => e.classList.contains('exact') ? 'exact' : 'else'),
              ...Object.fromEntries([...document.querySelectorAll('.slot')].map(slot =>
                [slot.dataset.target, [...slot.querySelectorAll('.own')].map(e => e.textContent.trim())])),
            })"""
        )
