"""A finding on the page Run in Chromium; Streamlit removes SVG elements from HTML."""

import pytest

from tests.support.programs.mistakes import PROGRAMS, text_of
from viz.runtime.emulator import library
from viz.ui.workspace import Workspace, to_query

pytestmark = pytest.mark.skipif(bool(library.missing()), reason=str(library.missing()))
TEXT = text_of(next(mistake for mistake in PROGRAMS if mistake.name == "aliased_buffers"))
IMAGES = "images => images.map(each => [each.alt, each.complete && each.naturalWidth > 0])"
LIT = """lines => lines.map(each => [each.dataset.node, each.textContent,
  getComputedStyle(each).backgroundColor, getComputedStyle(each, '::after').content])"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_finding_is_drawn_and_fits_a_narrow_screen(profile, server, scheme):
    page = profile.new_page()
    page.set_viewport_size({"width": 390, "height": 800})
    page.emulate_media(color_scheme=scheme)
    page.set_default_timeout(60_000)
    page.goto(f"{server.address}/run?w={to_query(Workspace(text=TEXT))}")
    main = page.get_by_test_id("stMain")
    main.get_by_text("CUDA, emulated").click()
    main.locator("button", has_text="Run").click()
    own_text = page.locator(".lit").filter(has_text="# 1")  # not the CUDA text, drawn before it
    own_text.wait_for()
    drawn = page.locator(".launch img").evaluate_all(IMAGES)
    assert [shown for _, shown in drawn] == [True] * len(drawn)
    assert any(alt.startswith("Block (") and "2 is thread (" in alt for alt, _ in drawn)
    lines = own_text.locator("[data-node]").evaluate_all(LIT)
    assert [(node, text.rstrip()[-3:], mark) for node, text, _, mark in lines] == [
        ("1", "# 1", '"◀ 1"'),
        ("2", "# 2", '"◀ 2"'),
    ]
    assert len({colour for *_, colour, _ in lines} | {"rgba(0, 0, 0, 0)"}) == 3
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.close()
