"""A first visit over a slow line: an outline at once, usable before the editor is there."""

import time

from tests.support.workbench import Workbench

BITS = 1_000_000  # a second
ROUND_TRIP = 40  # milliseconds
MOST_SECONDS = 15
MOST_BYTES = 1_200_000


class Line:
    """A slow line to the page, and what came over it."""

    def __init__(self, page):
        self.bytes = 0
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.loadingFinished", self._count)
        limits = {"downloadThroughput": BITS / 8, "uploadThroughput": BITS / 8}
        session.send(
            "Network.emulateNetworkConditions", {"offline": False, "latency": ROUND_TRIP} | limits
        )

    def _count(self, event):
        self.bytes += event["encodedDataLength"]


def test_a_first_visit_over_a_slow_line(chromium, server, opened):
    opened()  # by somebody else: the server has loaded TVM by now
    context = chromium.new_context(viewport={"width": 1500, "height": 950}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(60_000)
    line, bench, began = Line(page), Workbench(page), time.monotonic()
    page.goto(server.address, wait_until="commit")
    page.locator("#skeleton [data-outline=pane]").first.wait_for()
    assert line.bytes < 100_000
    bench.node("BufferStore").wait_for()
    bench.source("c").locator(".line:visible").first.wait_for()
    assert time.monotonic() - began < MOST_SECONDS
    assert line.bytes < MOST_BYTES
    assert page.locator("#skeleton").is_hidden()

    # What is typed before the editor is there is analysed, and stays.
    plain = page.locator(".editor .plain")
    text = plain.input_value()
    plain.focus()
    page.keyboard.press("Control+Home")
    page.keyboard.type("# typed_early\n")
    page.locator(".monaco-editor .view-line", has_text="typed_early").wait_for()
    assert bench.text() == "# typed_early\n" + text
    assert page.evaluate("!!document.activeElement.closest('.monaco-editor')")
    page.keyboard.type("# and on\n")
    assert bench.text() == "# typed_early\n# and on\n" + text
    context.close()
