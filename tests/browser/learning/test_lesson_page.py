"""Lessons as one page, opened as a file: questions grade themselves, nothing is fetched."""

from tests.support.accessibility import barriers_in_both_themes
from tests.support.lessons.pack import write_pack
from viz.learn.export.checked import checked, chosen
from viz.learn.export.page import page as page_of


def test_a_page_of_lessons_from_its_first_word_to_the_last_reveal(chromium, tmp_path):
    file = tmp_path / "lessons.html"
    pack = tmp_path / "pack"
    pack.mkdir()
    lessons = (*chosen(str(write_pack(pack)), "en"), *chosen("09_binding", "en"))
    file.write_text(page_of(checked(lessons), "en"), encoding="utf-8")
    page = chromium.new_page(viewport={"width": 1400, "height": 900}, reduced_motion="reduce")
    page.set_default_timeout(20_000)
    requests, errors = [], []
    page.on("request", lambda request: requests.append(request.url.partition("#")[0]))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text))
    page.goto(file.as_uri())

    def at(selector):
        return page.locator(f"article:not([hidden]) {selector}")

    def check(number):
        question = at(".question").nth(number - 1)
        question.locator(".check").click()
        return question.locator(".feedback").inner_text()

    # A node: nothing, the outer loop, the inner one, which the reveal shows.
    assert "Select a node first" in check(1)
    loops = page.locator(".canvas:not([hidden]) g.node.loop")
    loops.nth(0).click()
    assert "Not yet. Not the outer one." in check(1)
    loops.nth(1).click()
    assert check(1).startswith("Right. It is inside.")
    # A pass is chosen; its row below the panes opens.
    assert "Choose one first" in check(2)
    wanted = at(".question option").filter(has_text="FlattenBuffer").get_attribute("value")
    at(".question select").select_option(wanted)
    assert check(2).startswith("Right.")
    opened = at(".lowering:not([hidden]) details[open] > summary > code")
    assert opened.all_inner_texts() == ["tirx.FlattenBuffer"]
    at(".question .typed").fill("3")
    assert "Not yet." in check(3)
    at(".question .give-up").click()
    assert "The answer: 2." in at(".question .feedback").nth(2).inner_text()
    at(".choice-row").filter(has_text="float32").click()
    assert check(4).startswith("Right.")
    # A node of a figure is the node of the tree; a term opens where it is named.
    at("figure g.node").nth(0).click()
    assert "BufferStore" in at(".card .what").inner_text()
    at("a.acts.term").first.click()
    assert at(".words p.term").count() == 1
    found = barriers_in_both_themes(page, ".words > :not(figure)")
    # Another lesson, whose first answer is a loop of the scheduled program.
    page.click(".contents summary")
    page.click(".contents a[href='#09_binding']")
    page.locator("button[data-tree='cuda/scheduled']").click()
    page.locator(".canvas:not([hidden]) g.node", has_text="threadIdx.x").first.click()
    assert check(1).startswith("Right.")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()
    assert found == []
    assert set(requests) == {file.as_uri()}
    assert errors == []
