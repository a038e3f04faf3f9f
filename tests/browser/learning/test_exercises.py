"""Exercises in the panel Learn: one that fails, a hint, the place, solved; a rule; nothing typed is lost."""

from tests.support.accessibility import barriers
from viz.learn.exercises.reading import find


def check(page):
    """Press Check, and return what became of the answer, once it is there."""
    page.evaluate("document.querySelector('.verdicts').replaceChildren()")
    page.click(".check-answer")
    page.wait_for_selector(".check-rows", timeout=90_000)
    return page.inner_text(".verdicts")


def test_an_exercise_fails_gets_a_hint_and_is_solved(opened):
    exercise = find("03_wrong_index")
    bench = opened()
    page = bench.page
    bench.write(f"{bench.text()}\n# mine")
    page.keyboard.press("Escape")
    page.click(".learn-toggle")
    page.click(".to-exercises")
    assert page.locator(".exercise-rows .lesson-row").count() == 12
    page.click("[data-exercise='03_wrong_index']")
    bench.until(lambda: bench.text() == exercise.text)
    assert page.is_visible(".kept .restore")
    # Handed in as it is: what was asked for, what there is, and where.
    said = check(page)
    assert "1 check has failed" in said
    assert "24 of 32 elements are wrong: B[1, 0]" in said
    assert page.evaluate("document.activeElement.className") == "verdicts"
    assert barriers(page, part=".learn") == []
    page.click(".check-rows .act:has-text('Line 8')")
    assert page.evaluate("document.activeElement.closest('.editor') !== null")
    # Hints come one at a time.
    for count in (1, 2, 3):
        page.click(".more-hints")
        assert page.locator(".hints-read li").count() == count
    assert page.is_disabled(".more-hints")
    bench.write(exercise.solution)
    assert "Solved" in check(page)
    # The list knows it, also after a reload; what was handed in comes back, and can be left.
    page.click(".lesson-list")
    assert "✓ solved" in page.inner_text("[data-exercise='03_wrong_index']")
    page.reload()
    bench.wait(1)
    page.click("[data-exercise='03_wrong_index']")
    bench.until(lambda: bench.text() == exercise.solution)
    assert page.locator(".hints-read li").count() == 3
    page.click(".start-anew")
    bench.until(lambda: bench.text() == exercise.text)
    # A rule is written in Step, where ours, the solution, is out of sight.
    rule = find("10_rule_for")
    page.click(".lesson-list")
    page.click("[data-exercise='10_rule_for']")
    page.wait_for_selector(".rule-text")
    bench.until(lambda: page.input_value(".ruling select") == "tirx.For")
    assert page.is_hidden(".our-rule")
    page.click(".check-answer")
    assert "no rule yet" in page.inner_text(".verdicts")
    page.fill(".rule-text", rule.solution)
    assert "Solved" in check(page)
    # What was typed before all that is still there.
    assert "# mine" in page.evaluate("localStorage.getItem('tirscope.drafts')")


def test_an_exercise_on_a_phone_in_chinese(opened):
    exercise = find("03_wrong_index", "zh")
    bench = opened("?lesson=exercise-03_wrong_index&lang=zh", width=390, height=844)
    page = bench.page
    bench.until(lambda: bench.text() == exercise.text)
    assert exercise.title in page.inner_text(".lesson-title")
    said = check(page)
    assert "B[1, 0]" in said
    assert any(ord(character) > 0x2E80 for character in said)
    page.click(".more-hints")
    assert page.inner_text(".hints-read li")
    bench.write(exercise.solution)
    check(page)
    assert page.locator(".verdicts .outcome-words.good").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert barriers(page, part=".learn") == []
