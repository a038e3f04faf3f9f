"""Learn: a lesson from its first word to the reveal, by pointer, by keyboard alone, on a phone."""

import pytest

from tests.support.accessibility import barriers_in_both_themes
from tests.support.programs.thorough import usually


def wait_for(bench, lesson):
    bench.page.wait_for_selector(f".workbench[data-lesson='{lesson}']")


def check(page, number):
    page.click(f".question >> nth={number - 1} >> .check")
    return page.inner_text(f".question >> nth={number - 1} >> .feedback")


def test_a_lesson_from_its_first_word_to_the_reveal(opened):
    bench = opened("")
    page = bench.page
    page.click(".learn-toggle")
    assert page.locator(".lessons > li > .lesson-row[data-lesson]").count() == 14
    pages = page.locator(".lesson-pages .lesson-row .place").all_inner_texts()
    assert pages == ["6a", "6b", "6c", "6d"]
    page.click(".lesson-row[data-lesson='01_program']")
    wait_for(bench, "01_program")
    assert "Double" in page.inner_text(".toolbar .program")
    # Nothing is selected yet; then something wrong; then the answer.
    assert "Select a node first" in check(page, 1)
    page.click(".lesson-body [data-to='node:For']")
    assert "Not yet." in check(page, 1)
    bench.node("IfThenElse").click()
    page.wait_for_selector(".question .selected:has-text('IfThenElse')")
    assert "Right." in check(page, 1)
    # A choice, first the wrong one.
    page.click(".question >> nth=1 >> label:has-text('31')")
    assert "Not yet." in check(page, 2)
    page.click(".question >> nth=1 >> label:has-text('32')")
    assert "32 times" in check(page, 2)
    # What is pointed at in the source is the node that wrote it.
    bench.token("c", "if (x[i] < 5)", "<").click()
    assert "Right." in check(page, 3)
    assert barriers_in_both_themes(page, ".learn") == []
    # Progress is kept; the next lesson brings its own state.
    page.click(".lesson-after")
    wait_for(bench, "02_tree")
    assert "lesson=02_tree" in page.url
    page.fill(".question .typed >> nth=0", "3")
    page.keyboard.press("Enter")
    assert "Three" in page.inner_text(".question >> nth=0 >> .feedback")
    page.click(".lesson-list")
    assert "3 of 3" in page.inner_text(".lesson-row[data-lesson='01_program']")
    assert "1 of 3" in page.inner_text(".lesson-row[data-lesson='02_tree']")


def test_what_was_typed_is_not_lost(opened):
    bench = opened()
    page = bench.page
    bench.write(f"{bench.text()}\n# mine")
    page.click(".learn-toggle")
    page.click(".lesson-row[data-lesson='02_tree']")
    wait_for(bench, "02_tree")
    page.click(".kept .restore")
    bench.until(lambda: "# mine" in bench.text())
    # The lesson notices that the program is another one, and brings its own back.
    assert "not that of the lesson" in check(page, 3)
    page.click(".question .feedback button")
    bench.until(lambda: "x[i] = x[i] * 2" in bench.text())


def test_a_link_opens_a_lesson_with_its_program_and_going_back_leaves_it(opened):
    bench = opened("?lesson=06_passes&lang=zh")
    page = bench.page
    wait_for(bench, "06_passes")
    assert "下降" in page.inner_text(".lesson-title")
    # A pass is pointed at on the rail.
    assert "还不对" in check(page, 1)
    page.click(".question >> nth=0 >> .give-up")
    bench.until(lambda: not page.locator(".rail .stop.here:first-child").count())
    assert "LowerOpaqueBlock" in page.inner_text(".question >> nth=0 >> .feedback")
    # A term opens where it is named.
    page.click(".lesson-body [data-to='term:irmodule'], .lesson-body [data-to='term:ir.IRModule']")
    assert page.locator(".lesson-body details.term").count() == 1
    page.click(".lesson-glossary")
    page.fill(".find-term", "扇区")
    bench.until(lambda: page.locator(".terms details.term").count() < 20)
    assert page.locator(".terms details.term[data-term='sector']").count() == 1
    page.fill(".find-term", "bfloat16")
    bench.until(lambda: page.locator(".terms details.term[data-term='dtype.bfloat16']").count())
    page.go_back()
    page.wait_for_selector(".question")


def test_from_lesson_6_to_a_page_of_it_and_from_a_kernel_to_the_line_of_python(opened):
    bench = opened("?lesson=06_passes")
    page = bench.page
    wait_for(bench, "06_passes")
    bench.after(lambda: page.click(".lesson-body [data-to='lesson:06a_relax_linear']"))
    wait_for(bench, "06a_relax_linear")
    assert page.inner_text(".lesson-place") == "6a of 14"
    page.fill(".question .typed", "2")
    assert "Right." in check(page, 2)
    # A character of the fused and scheduled kernel leads to the call, and so to the layer.
    place = ("cuda", "*(float2*)(linear_bias_ptr", "*")
    bench.until(lambda: bench.token(*place).is_visible())  # the way there is an estimate at first
    bench.token(*place).click()
    assert "Right." in check(page, 3)
    page.click(".question >> nth=2 >> [data-to='tab:explain']")
    bench.until(lambda: "return self.linear(x)" in bench.card.inner_text())


def test_a_lesson_by_keyboard_alone(opened):
    bench = opened("?lesson=02_tree")
    page = bench.page
    wait_for(bench, "02_tree")
    page.focus(".lesson-title")
    # F6 goes on from the lesson to the panes: editor, then tree.
    page.keyboard.press("F6")
    page.keyboard.press("F6")
    assert page.evaluate("document.activeElement.closest('.pane.tree') !== null")
    for key in ("ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    page.keyboard.press("Shift+F6")
    page.keyboard.press("Shift+F6")
    assert page.evaluate("document.activeElement.closest('.learn') !== null")

    # A link of the text points at its node; then on to the field of the second question.
    def tab_to(condition):
        for _ in range(40):
            if page.evaluate(f"(place => Boolean({condition}))(document.activeElement)"):
                return
            page.keyboard.press("Tab")
        raise AssertionError(condition)

    tab_to("place.dataset.to === 'node:LT'")
    page.keyboard.press("Enter")
    bench.until(lambda: "LT" in page.inner_text(".question .selected"))
    tab_to("place.matches('.typed') && place === document.querySelectorAll('.typed')[1]")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    # The feedback has the focus, so that a screen reader goes on there.
    assert "Two." in page.evaluate("document.activeElement.textContent")
    page.keyboard.press("l")
    page.wait_for_selector(".learn", state="hidden")
    assert page.evaluate("document.activeElement.className") == "learn-toggle"
    # Who clicks beside all parts gives the focus to what holds the page: the keys go on.
    page.focus("[data-testid=stMain]")
    ring = "getComputedStyle(document.activeElement, '::before').boxShadow"
    assert page.evaluate(ring) == "none"  # it would be a frame around the whole page
    page.keyboard.press("l")
    page.wait_for_selector(".learn")


@pytest.mark.parametrize("dark", usually([False, True], {False}))
def test_a_lesson_on_a_phone(opened, dark):
    bench = opened("?lesson=01_program", width=390, height=844, dark=dark)
    page = bench.page
    wait_for(bench, "01_program")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.click(".tabs [data-pane=tree]")
    page.click(".fold-learn")
    bench.node("IfThenElse").click()
    page.click(".fold-learn")
    assert "Right." in check(page, 1)
