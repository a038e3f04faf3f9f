"""The page in Chinese and in English: which one it speaks, and the change between them."""

from tests.support.page.english_words import COLLECT, english_words
from tests.support.workbench import Workbench, query


class Walk:
    """A walk through the page in Chinese that gathers the texts with English words in them."""

    def __init__(self, page):
        self.page = page
        self.found = {}

    def look(self, state):
        self.page.wait_for_timeout(150)
        for text, words in english_words(self.page.evaluate(COLLECT)).items():
            self.found.setdefault(text, (state, words))

    def unfold(self, place):
        self.page.locator(place).evaluate_all("all => all.forEach(one => { one.open = true })")


def test_a_visit_in_chinese_meets_no_english(opened):
    bench = opened("?lang=zh", knows_hints=False)
    page, walk = bench.page, Walk(bench.page)
    walk.look("first visit")
    page.locator(".program").click()
    walk.look("gallery")
    page.keyboard.press("Escape")
    bench.choose("matmul")
    page.locator(".rail .stop").nth(5).click()
    page.locator(".stage-title", has_text="展平下标").wait_for()
    for view in ("outline", "script", "diff", "tree"):
        page.locator(f".stage-views [data-view={view}]").click()
        walk.look(view)
    page.locator(".help").click()
    walk.look("keys")
    page.keyboard.press("Escape")
    walk.unfold("details:is(.menu, .options)")
    walk.look("menus")
    page.keyboard.press("Escape")
    page.locator(".slot[data-target=c] .listing .line span", has_text="+").last.click()
    page.locator(".card.pinned").wait_for()
    walk.look("pinned")
    page.locator("#dock-tab-run").click()
    page.locator(".devices input").first.wait_for()
    walk.look("run")
    page.locator(".start-run").click()
    page.locator(".run-result .verdict").wait_for()
    walk.unfold(".run-result details")
    walk.look("outcome")
    bench.choose("lost_sum")
    page.locator(".start-run").click()
    page.locator(".run-result .finding").first.wait_for()
    walk.unfold(".run-result details")
    walk.look("finding")
    bench.choose("add_one")
    walk.unfold(".remarks details")
    walk.look("older spellings")
    page.locator(".site-pages .elsewhere").click()
    page.locator(".checks.counts").wait_for()
    walk.look("environment")
    assert not walk.found


def test_a_browser_that_asks_for_chinese_gets_it(chromium, server):
    context = chromium.new_context(locale="zh-CN", reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{server.address}/")
    Workbench(page).wait(1)
    assert page.locator(".start-run").inner_text().startswith("运行")
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    page.goto(f"{server.address}/environment")
    page.locator("h3", has_text="这台机器能做什么").wait_for()
    page.locator(".site-pages a", has_text="English").click()
    page.locator("h3", has_text="What this machine can do").wait_for()
    context.close()


def test_the_language_is_changed_on_the_page(opened):
    bench = opened(query(example="matmul", targets=["c"], stage=12, focused="c"))
    page = bench.page
    assert page.locator(".analyse").inner_text().startswith("Analyse")
    bench.focus_editor()
    page.keyboard.type("# mine\n")
    bench.until(lambda: "mine" in bench.text())
    page.locator(".languages summary").click()
    page.locator(".languages button", has_text="中文").click()
    page.locator(".workbench:lang(zh).ready").wait_for()
    bench.wait(1)
    assert page.locator(".analyse").inner_text().startswith("分析")
    assert bench.text().startswith("# mine\n")  # the program and the stage stay
    assert page.locator(".rail .track").get_attribute("aria-valuenow") != "0"
    assert "lang=zh" in page.url
    page.reload()
    bench.wait(1)
    assert page.locator(".start-run").inner_text().startswith("运行")
    page.locator(".languages summary").click()
    page.locator(".languages button", has_text="English").click()
    page.locator(".workbench:lang(en).ready").wait_for()
    bench.wait(1)
    assert page.locator(".start-run").inner_text().startswith("Run")
