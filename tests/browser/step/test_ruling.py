"""The mode "Write a rule" of the tab Step in Chromium: a rule written wrong, and then right."""

from tests.support.programs.hostile_rules import binary
from tests.support.workbench import query


def test_a_rule_is_written_wrong_and_then_right(opened):
    bench = opened(query(example="if_double", targets=["c"]))
    page = bench.page
    page.get_by_role("tab", name="Step").click()
    page.get_by_role("button", name="Write a rule").click()
    rule, result = page.locator(".rule-text"), page.locator(".rule-result")
    verdict = result.locator(".verdict")
    assert page.get_by_role("slider", name="Step").count() == 0  # there is nothing to go through
    assert 'its parts: of.part["a"], of.part["b"]' in rule.input_value()

    # Wrong: another text, other outputs, and the node that wrote it is a door.
    rule.fill(binary(9, "+"))
    rule.press("Control+Enter")
    verdict.filter(has_text="it computes something else").wait_for()
    assert result.locator("del").text_content() == "* 2"
    assert result.locator("ins").text_content() == "+ 2"
    result.get_by_role("button", name="Mul *").click()
    bench.until(lambda: "*" in bench.lit()["editor"])

    # A mistake in the rule is named by its line, which is selected.
    rule.fill('def rule(w, of):\n    return 10, (of.part["x"],)\n')
    page.get_by_role("button", name="Try it").click()
    verdict.filter(has_text="The rule is wrong").wait_for()
    result.get_by_text("Line 2 of your rule: it stopped with LookupError").wait_for()
    selected = "place => place.value.slice(place.selectionStart, place.selectionEnd)"
    assert rule.evaluate(selected) == '    return 10, (of.part["x"],)'

    # Right; the link holds it.
    before = page.url
    rule.fill(binary(10, "*"))
    rule.press("Control+Enter")
    verdict.filter(has_text="Right: the text is ours, to the character").wait_for()
    bench.until(lambda: page.url != before)
    again = opened(page.url[page.url.index("?") :])
    bench.until(lambda: again.page.locator(".rule-text").input_value() == binary(10, "*"))

    # The small target.
    page.get_by_label("The language that it writes").select_option("pseudo-c")
    page.get_by_label("The rule to write").select_option("tirx.For")
    rule.press("End")
    page.get_by_role("button", name="Try it").click()
    verdict.filter(has_text="Another text").wait_for()
    result.get_by_text("for (int i = 0; i < 32; ++i) {").wait_for()
