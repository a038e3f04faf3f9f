"""The workspace on a phone, and where a page is zoomed in: one visit each."""

import re

import pytest


def fits(page):
    """Return whether nothing is wider than the screen."""
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_visit_on_a_phone(opened):
    bench = opened(width=390, height=844, knows_hints=False)
    page = bench.page
    pane, dock = page.locator(".pane:visible"), page.locator(".dock")

    # The panes have room beside bars, hints and the folded dock.
    assert page.locator(".hints").is_visible()
    assert dock.bounding_box()["y"] - pane.bounding_box()["y"] > 0.45 * 844
    assert fits(page)
    page.locator(".got-it").click()

    # Tabs are the panes; what is pinned is named above the folded dock.
    page.get_by_role("tab", name="Source").click()
    bench.token("c", "B[i]", "+").click()
    assert bench.card.locator(".what", has_text="Add").is_visible()
    assert not bench.card.locator(".details").is_visible()
    page.get_by_role("tab", name="AST").click()
    assert bench.lit()["tree"] == ["Add + float32"]
    for view in ("Outline", "TVMScript", "Diff", "Tree"):
        page.locator(".stage-views").get_by_role("button", name=view, exact=True).click()
        assert fits(page)

    # The dock is a sheet over the panes, which stay where they are.
    before = pane.bounding_box()
    page.get_by_role("button", name="Open the dock").click()
    assert bench.card.locator(".details").is_visible()
    assert pane.bounding_box() == before
    assert dock.bounding_box()["height"] < 0.7 * 844
    page.locator(".start-run").click()
    page.locator(".run-result .verdict").wait_for(timeout=60_000)
    missing = page.locator(".run-form .device", has_text="not here").locator("input")
    assert all(box.is_disabled() for box in missing.all())
    assert fits(page)
    page.get_by_role("button", name="Fold the dock").click()
    page.get_by_role("button", name="The next stop").click()
    page.locator(".rail .here .label", has_text="Program").wait_for(state="detached")

    # What is seldom needed of the toolbar waits behind a button.
    assert not page.get_by_role("button", name="Report", exact=True).is_visible()
    page.get_by_role("tab", name="TVMScript").click()
    more = page.get_by_role("button", name=re.compile("Targets, options"))
    more.click()
    bench.after(lambda: page.get_by_role("button", name="OpenCL").click())
    assert page.get_by_role("button", name="Report", exact=True).is_visible()
    assert fits(page)
    page.keyboard.press("Escape")
    assert not page.get_by_role("button", name="Report", exact=True).is_visible()
    more.click()
    page.get_by_role("link", name="Environment").click()
    page.locator(".checks.counts").wait_for()
    assert page.locator(".checks .missing", has_text="cuda").first.is_visible()
    assert fits(page)
    page.get_by_role("link", name="Workspace").click()
    bench.wait(1)


@pytest.mark.thorough
def test_a_wide_screen_zoomed_to_twice_its_size(opened):
    bench = opened(width=640, height=360)
    page = bench.page
    assert fits(page)
    for name in ("TVMScript", "AST", "Source"):
        page.get_by_role("tab", name=name).click()
        room = page.locator(".dock").bounding_box()["y"]
        content = page.locator(".pane:visible :is(.editor, .room, .listing)").first.bounding_box()
        assert min(room, content["y"] + content["height"]) - content["y"] > 100
    # The source opens at what the program's own text wrote.
    line = bench.source("c").locator(".line", has_text="B[i] =").first.bounding_box()
    assert line["y"] + line["height"] <= page.locator(".dock").bounding_box()["y"]
