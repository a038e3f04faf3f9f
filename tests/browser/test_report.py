"""The report in Chromium, opened as a file: highlights, keyboard, no requests."""

import re
from html import unescape

import msgspec
import pytest

from tests.support.attacks.hostile import ODD, program
from tests.support.programs.examples import inspected
from viz.render.report import frame, render


@pytest.fixture
def show(chromium, tmp_path):
    """Open HTML as a file; check in the end that it sent no request and logged no error."""
    page = chromium.new_page(viewport={"width": 1400, "height": 900}, reduced_motion="reduce")
    page.set_default_timeout(20_000)
    file, requests, errors = tmp_path / "report.html", [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text))
    page.on("dialog", lambda dialog: errors.append("dialog"))

    def opened(html):
        file.write_text(html, encoding="utf-8")
        page.goto(file.as_uri())
        return page

    yield opened
    page.wait_for_timeout(200)
    page.close()
    assert requests == [file.as_uri()]
    assert errors == []


def lit(place):
    """Return the highlighted texts of a pane, each with whether its link is exact."""
    return [
        (element.text_content().strip(), "exact" in element.get_attribute("class").split())
        for element in place.locator(".own, g.lit").all()
    ]


def test_the_plus_of_the_c_text_lights_the_add_and_the_users_line(show):
    page = show(render(inspected("add_one", "c", "cuda")))
    text, tree = page.locator(".listing[data-of=text]"), page.locator(".canvas[data-tree=input]")
    c = page.locator('.listing[data-of="c/0"]')
    line = c.locator(".line", has_text="B[i] = ")
    line.locator("span", has_text=re.compile(r"^\s*\+\s*$")).hover()
    assert lit(tree) == [("Add + float32", True)]
    assert lit(c) == [("(", True), ("+", True), (")", True)]
    assert ("+", True) in lit(text)
    users = text.locator(".line:has(.own)")
    assert users.count() == 1
    assert "B[vi] = A[vi] + 1.0" in users.text_content()
    assert "Straight from your text, line 20." in page.locator(".card").text_content()
    # A pass made the loop's header anew, so the link is not exact.
    c.locator(".line", has_text="for (").locator("span", has_text="for").hover()
    assert lit(tree) == [("For i in range(8)", False)]
    # From the user's text to another target.
    page.locator("button[data-target=cuda]").click()
    text.locator(".line", has_text="B[vi] = ").locator("span", has_text="1.0").hover()
    cuda = page.locator('.listing[data-of="cuda/0"]')
    assert lit(cuda)[0] == ("0x1p+0f", True)
    page.mouse.move(700, 5)
    assert [lit(place) for place in (text, tree, cuda)] == [[], [], []]


@pytest.mark.thorough
def test_a_pin_holds_and_the_keyboard_moves_it(show):
    page = show(render(inspected("matmul")))
    c, card = page.locator('.listing[data-of="c/0"]'), page.locator(".card")
    line = c.locator(".line", has_text="C[cse_v2] = (")
    line.locator("span", has_text=re.compile(r"^\s*\+\s*$")).first.click()
    for word in ("prim.Add", "CodeGenC::", "exact", "Addition of two values"):
        assert word in card.text_content()
    page.locator(".canvas g.node").first.hover()
    assert "Add" in card.locator(".what").text_content()
    moves = {"ArrowRight": "TensorLoad", "ArrowDown": "Mul", "ArrowLeft": "Add"}
    for key, title in moves.items():
        page.keyboard.press(key)
        assert card.locator(".what b").text_content() == title
    page.keyboard.press("ArrowLeft")
    assert card.locator(".what b").text_content() == "BufferStore"
    page.keyboard.press("Escape")
    page.mouse.move(700, 5)
    assert lit(c) == []
    page.locator(".canvas:visible svg").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert card.locator(".what b").text_content() == "SBlockRealize"
    active = page.locator(".canvas:visible svg").get_attribute("aria-activedescendant")
    assert page.locator(f"#{active}").get_attribute("class").endswith("lit exact")


@pytest.mark.thorough
def test_folds_hide_the_checks_and_what_a_pass_made_has_no_text(show):
    page = show(render(inspected("matmul")))
    checks = page.locator(".fold.checks summary")
    assert re.search(r"\d{3} lines of argument checks", checks.text_content())
    line = page.locator(".fold.checks .line").nth(2)
    assert not line.is_visible()
    checks.click()
    line.hover()
    assert "Made by MakePackedAPI" in page.locator(".card").text_content()
    assert lit(page.locator(".listing[data-of=text]")) == []
    assert page.locator('.listing[data-of="c/0"] .own.made').count()


@pytest.mark.thorough
def test_languages_and_themes(show):
    page = show(render(inspected("add_one", "c", passes=True)))
    paragraph = page.locator(".lowering .explained").first
    page.locator(".lowering summary").first.click()
    english = paragraph.inner_text()
    page.locator("#language").click()
    assert re.search("[\u4e00-\u9fff]", paragraph.inner_text())
    page.locator("#language").click()
    assert paragraph.inner_text() == english
    ground = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(ground)
    page.locator("#theme").click()
    assert page.evaluate(ground) != before
    assert page.locator("svg.viz-ast.dark").count() == 2


@pytest.mark.thorough
def test_a_report_begins_in_the_language_that_is_asked_for(show):
    page = show(render(inspected("add_one", "c", passes=True), language="zh"))
    page.locator(".lowering summary").first.click()
    assert re.search("[\u4e00-\u9fff]", page.locator(".lowering .title").first.inner_text())
    assert page.locator("#language").inner_text() == "English"
    assert page.locator(".listing").first.get_attribute("aria-label").startswith("你的程序")


def test_hostile_text_stays_text(show):
    page = show(render(inspected("hostile", "c", "cuda", passes=True), title=ODD))
    assert page.title() == f"{ODD} · TIRscope"
    shown = page.evaluate(
        "listing => listing.textContent", page.locator(".lines").first.element_handle()
    )
    assert shown.rstrip("\n") == program(ODD).rstrip("\n")
    page.locator(".listing[data-of=text] span", has_text="变量").last.click()
    assert page.locator("img").count() == 0
    assert page.locator('.listing[data-of="c/0"] .own').count()


def test_a_frame_works(show):
    analysis = inspected("add_one")
    targets = {
        name: msgspec.structs.replace(target, final=None)
        for name, target in analysis.targets.items()
    }
    page = show(frame(msgspec.structs.replace(analysis, targets=targets)))
    inside = page.frame_locator("iframe")
    inside.locator(".listing[data-of=text] span", has_text="1.0").hover()
    assert inside.locator('.listing[data-of="c/0"] .own').text_content() == "1.000000e+00f"
    assert unescape(inside.locator(".card .what").text_content()).endswith("1.0 float32")
