"""The first minute in Chromium: the hint strip, the gallery, programs that are wrong on purpose."""

from functools import partial

import pytest

from tests.support.workbench import ADD, query


def test_a_first_visit_is_told_what_to_try_and_a_second_is_not(opened):
    bench = opened("", knows_hints=False)
    bench.page.evaluate("localStorage.clear()")
    bench.page.reload()
    bench.wait(1)
    strip = bench.page.locator(".hints")
    assert "A program is a tree" in strip.locator(".lead").text_content()
    assert strip.locator(".step").count() == 3
    assert "Add two" in bench.page.locator(".program").text_content()
    # The links are seen before anything is done.
    assert "Add +" in bench.card.locator(".what").text_content()
    assert bench.lit()["c"] == ["(", "+", ")"]
    bench.page.keyboard.press("Escape")

    def top():
        return bench.page.locator(".panes").bounding_box()["y"]

    # The first thing to try works as it is told.
    bench.token("c", "C[i] = (", "+").hover()
    assert bench.lit()["editor"] == ["+"]
    # Nothing moves while a node is pinned; the row goes when it is let go.
    bench.token("c", "C[i] = (", "+").click()
    before = top()
    strip.get_by_text("Got it").click()
    assert not strip.is_visible()
    assert top() == before
    bench.page.keyboard.press("Escape")
    bench.until(lambda: top() < before)
    assert opened("", knows_hints=False).page.locator(".hints").is_hidden()


def test_the_gallery_is_searched_and_opened_by_keyboard(opened):
    bench = opened()
    press, text = bench.page.keyboard.press, bench.text()
    dialog, cards = bench.page.locator(".gallery"), bench.page.locator(".program-card")
    bench.page.locator(".program").focus()
    press("Enter")
    assert cards.count() > 25
    assert dialog.locator("h3").all_text_contents()[1].startswith("Wrong on purpose")
    assert dialog.locator("[aria-current=true]").text_content().startswith("Add one")
    press("?")  # a key of the panes is a letter of the search
    assert not bench.page.locator("dialog.keys").is_visible()
    press("Escape")
    assert not dialog.is_visible()
    assert bench.text() == text
    assert bench.page.locator(".program").evaluate("each => each === document.activeElement")
    press("Enter")
    bench.page.keyboard.type("shared memory tiles scheduled wrote")
    assert cards.count() == 1
    press("ArrowDown")
    assert cards.first.evaluate("each => each === document.activeElement")
    bench.after(lambda: press("Enter"))
    assert "A_shared" in bench.text()
    # It is shown for its own targets: none of them is an error.
    assert bench.page.locator(".slot h3").all_text_contents() == ["CUDA", "OpenCL"]
    assert bench.page.locator(".slot .problem.error").count() == 0


def test_what_was_typed_comes_back_after_a_program_of_the_gallery(opened):
    bench = opened(query(text=ADD, targets=["c"]))
    assert bench.page.locator(".program").text_content() == "Your own text"
    bench.choose("lost_sum")
    assert "what would each of them need?" in bench.page.locator(".remarks").text_content()
    assert bench.page.locator(".slot h3").all_text_contents() == ["CUDA"]
    bench.after(lambda: bench.page.locator(".restore").click())
    assert bench.text() == ADD


def test_another_example_opens_where_it_begins(opened):
    bench = opened(width=1100)
    bench.choose("softmax")
    bench.source("c").evaluate("each => each.scrollTo(0, each.scrollHeight)")
    where = "monaco.editor.getEditors()[0].getScrollTop()"
    bench.page.evaluate("monaco.editor.getEditors()[0].setScrollPosition({scrollTop: 90})")
    assert bench.page.evaluate(where) == 90
    bench.choose("matmul")
    assert bench.page.evaluate(where) == 0
    bench.until(lambda: is_at_the_top(bench, "c", "for (int32_t i"))


# A text opens at the first line that comes from the user's; one line may stand above it.
OFFSET = """(row) => {
  const host = row.closest(".listing").getBoundingClientRect(), {y, height} = row.getBoundingClientRect()
  return height && [y - host.y, host.y + host.height - y - height]
}"""


def is_at_the_top(bench, target, words):
    """Return whether a line is within the upper quarter of its pane, or a line below its top."""
    above, below = bench.source(target).locator(".line", has_text=words).first.evaluate(OFFSET)
    height = bench.source(target).evaluate("each => each.clientHeight")
    return -1 <= above <= max(21, height / 4 + 1) and below >= 0


@pytest.mark.thorough
def test_sources_open_where_they_are_about_the_program(opened):
    link = query(example="matmul", targets=["c", "cuda"])
    first = {"c": "for (int32_t i", "cuda": "alignas(64) float2"}
    for width, height in ((1280, 720), (640, 360)):  # the second is 1280 × 720 at 200 % zoom
        bench = opened(link, width=width, height=height)
        if width < 900:
            bench.page.get_by_role("tab", name="Source").click()
        for target in ("c", "cuda"):
            bench.until(partial(is_at_the_top, bench, target, first[target]))
    # Also a target that is added, and not a text that was moved by hand.
    bench = opened(link, width=1280, height=720)
    bench.after(lambda: bench.page.locator(".targets button", has_text="OpenCL").click())
    bench.until(lambda: bench.source("opencl").evaluate("each => each.scrollTop") > 0)
    bench.source("cuda").hover()
    bench.page.mouse.wheel(0, 4000)
    bench.until(lambda: bench.source("cuda").evaluate("each => each.scrollTop") > 600)
    bench.focus_editor()
    bench.page.keyboard.press("Control+End")
    bench.after(lambda: bench.page.keyboard.type("\n# more"))
    assert bench.source("cuda").evaluate("each => each.scrollTop") > 600


@pytest.mark.thorough
def test_long_lines_of_a_source_wrap_unless_that_is_switched_off(opened):
    link = query(example="matmul", targets=["cuda"])
    bench = opened(link, width=1100)
    wide = "each => each.scrollWidth - each.clientWidth"
    wrap = bench.page.get_by_role("button", name="Wrap")
    assert wrap.get_attribute("aria-pressed") == "true"
    assert bench.source("cuda").evaluate(wide) == 0
    # What goes on in the next row hangs by two columns.
    deep = bench.source("cuda").locator(".line:visible", has_text="+=").first
    edges = (
        deep.evaluate("""row => {
      const range = document.createRange(), code = row.firstChild
      range.selectNodeContents(code)
      const rows = [...range.getClientRects()].filter(box => box.width > 2)
      const column = parseFloat(getComputedStyle(code).fontSize) * .6
      return rows.map(box => (box.x - code.getBoundingClientRect().x) / column)
    }""")
        if deep.count()
        else []
    )
    assert all(edge >= 1.5 for edge in edges[1:])
    wrap.click()
    assert bench.source("cuda").evaluate(wide) > 100
    again = opened(link, width=1100)
    assert again.source("cuda").evaluate(wide) > 100
    again.page.get_by_role("button", name="Wrap").click()
    assert again.source("cuda").evaluate(wide) == 0


@pytest.mark.thorough
def test_the_theme_holds_on_all_pages(opened):
    bench = opened("")
    ground = """() => getComputedStyle(document.querySelector('.workbench') ??
        document.querySelector('[data-testid=stApp]')).backgroundColor.match(/\\d+/g).map(Number)"""

    def is_dark():
        return sum(bench.page.evaluate(ground)) < 384

    assert not is_dark()
    bench.page.get_by_role("button", name="Light or dark").click()
    assert is_dark()
    bench.page.get_by_role("link", name="Environment").click()
    bench.page.get_by_text("What this machine can do").wait_for()
    assert is_dark()
    bench.page.get_by_role("link", name="Workspace").click()
    bench.wait(1)
    assert is_dark()
    bench.page.keyboard.press("Shift+T")
    assert not is_dark()
