"""The whole of a visit by keyboard alone, and where the focus is on the way."""

import re

from tests.support.workbench import query

FOCUS = """() => {
  const place = document.activeElement
  if (!place || place === document.body) return null
  if (place.closest('.monaco-editor')) return {what: 'editor', where: 'script', isSeen: true}
  const style = getComputedStyle(place)
  const box = place.getBoundingClientRect()
  const canvas = place.matches('svg') ? getComputedStyle(place.closest('.canvas')) : style
  return {
    what: place.getAttribute('aria-label') ?? place.innerText ?? place.textContent,
    where: place.closest('.toolbar, .rail, .hints, .pane, .splitter, .dock, dialog')?.className.split(' ').pop(),
    isSeen: canvas.outlineStyle !== 'none' && parseFloat(canvas.outlineWidth) >= 2
      && box.right > 0 && box.left < innerWidth && box.bottom > 0 && box.top < innerHeight,
  }
}"""


class Keys:
    """A visitor without a pointer."""

    def __init__(self, bench):
        self.bench, self.page = bench, bench.page
        self.press, self.type = bench.page.keyboard.press, bench.page.keyboard.type

    @property
    def focus(self):
        return self.page.evaluate(FOCUS)

    def to(self, words, key="Tab", most=60):
        """Press Tab until the focus is on what has these words."""
        for _ in range(most):
            self.press(key)
            focus = self.focus
            if focus and re.search(words, focus["what"] or ""):
                return
        raise AssertionError(f"{words} is not reached; the focus is on {self.focus}")


def test_tab_goes_through_the_page_in_order_and_is_always_seen(opened):
    keys = Keys(opened(query(example="add_one", targets=["c", "cuda"])))
    keys.page.evaluate("document.activeElement.blur()")
    keys.bench.focus_editor()
    keys.press("Control+m")  # now Tab leaves the editor, too
    keys.page.evaluate("document.activeElement.blur()")
    keys.page.evaluate("document.querySelector('.site-pages .learn-toggle').focus()")
    visited = []
    for _ in range(90):
        keys.press("Tab")
        focus = keys.focus
        if focus is None or focus["where"] is None:
            break
        visited.append(focus)
    unseen = [focus for focus in visited if not focus["isSeen"]]
    assert not unseen, unseen
    order = ["toolbar", "rail", "script", "splitter", "tree", "splitter", "source", "dock"]
    assert list(dict.fromkeys(focus["where"] for focus in visited)) == list(dict.fromkeys(order))
    keys.bench.focus_editor()
    keys.press("Control+m")


def test_a_visit_by_keyboard(opened):
    bench = opened()
    keys, page = Keys(bench), bench.page
    press = keys.press

    # Open an example, edit it, analyse.
    page.locator(".program").focus()
    press("Enter")
    keys.type("add one to every")
    bench.after(lambda: press("Enter"))
    keys.to("TVMScript|editor", key="F6")
    press("Control+f")
    keys.type("+ 1.0")
    press("Escape")  # what was found stays selected
    bench.after(lambda: (keys.type("+ 2.5"), press("Control+Enter")))
    assert "2.500000e+00f" in bench.source("c").text_content()

    # Through the stages, the tree and the outline.
    press("F6")
    press("]")
    page.locator(".stage-title", has_text="Your program").wait_for(state="detached")
    assert keys.focus["where"] == "tree"  # in the drawing that took the place of the one before
    press("ArrowRight")
    press("ArrowRight")
    assert "pinned" in bench.card.get_attribute("class")
    keys.to("^Outline$", key="Shift+Tab")
    press("Enter")
    keys.to("Nodes of this stage")
    press("ArrowDown")
    press("ArrowDown")
    outline = page.get_by_role("tree", name="Nodes of this stage")
    active = page.locator(f"#{outline.get_attribute('aria-activedescendant')}")
    assert active.get_attribute("role") == "treeitem"
    assert active.text_content()

    # A door to the pass that made a node, and the way back.
    page.get_by_role("slider").focus()
    press("End")
    page.locator(".stage-title", has_text="As the codegen gets it").wait_for()
    keys.to("arrow keys move", key="F6")
    press("Escape")
    door = bench.card.get_by_role("button", name=re.compile("Go to pass"))
    for key in ["ArrowDown", "ArrowRight"] * 6:
        press(key)
        if door.count():
            break
    press("Alt+1")
    keys.to("Go to pass", most=6)
    press("Enter")
    back = page.locator(".way-back")
    back.wait_for()
    assert back.evaluate("each => each === document.activeElement")
    press("Enter")
    page.locator(".stage-title", has_text="As the codegen gets it").wait_for()
    assert keys.focus["where"] == "rail"

    # Run, and read what it says.
    press("Control+Shift+Enter")
    page.locator(".run-result .verdict", has_text="wrong").wait_for(timeout=60_000)
    assert page.locator(".run-status").get_attribute("role") == "status"
    press("Alt+2")
    keys.to("Outcome of the run")
    keys.to("First values|Inputs")
    press("Enter")

    # A menu, and a file from it.
    keys.to("Nodes of this stage", key="F6")
    keys.to("^Tree$", key="Shift+Tab")
    press("Enter")
    keys.to("View and export")
    press("Enter")
    keys.to("^SVG$")
    with page.expect_download() as download:
        press("Enter")
    assert download.value.suggested_filename.endswith(".svg")
    press("Escape")
    assert keys.focus is not None
    press("?")
    assert page.get_by_role("dialog", name="Keyboard").is_visible()
    press("Escape")
    assert keys.focus is not None
