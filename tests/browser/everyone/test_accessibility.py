"""axe on each state of the page, in both themes, wide and on a phone: nothing serious is found.

The walk through every state is in English; in Chinese the states whose words and fonts differ most.
"""

import pytest

from tests.support.accessibility import barriers, barriers_in_both_themes
from tests.support.programs.examples import inspected
from tests.support.workbench import ADD
from viz.render.report import render

WIDE, PHONE = (1500, 950), (390, 844)
on_both_screens = pytest.mark.parametrize(
    "size",
    [
        pytest.param(WIDE, id="wide"),
        pytest.param(PHONE, marks=pytest.mark.thorough, id="phone"),
    ],
)
on_either_screen = pytest.mark.parametrize(
    ("size", "language"),
    [
        pytest.param(WIDE, "en", marks=pytest.mark.thorough, id="wide"),
        pytest.param(PHONE, "zh", id="phone"),
    ],
)


class Visit:
    """One visit to the page: what axe found on the way, by the name of the state."""

    def __init__(self, bench, is_narrow):
        self.bench, self.page, self.is_narrow = bench, bench.page, is_narrow
        self.found = []

    def look(self, state, part="html", *, dark=True):
        """Note what axe finds; in a part alone where nothing else differs from the look before.

        The dark theme is left out where no colour differs from another look.
        """
        self.page.wait_for_timeout(100)
        look = barriers_in_both_themes if dark else barriers
        lines = look(self.page, part=part)
        if lines:
            self.found += [f"{state}: {line}" for line in lines]

    def press(self, selector):
        self.page.locator(selector).first.click()

    def pane(self, name):
        """Bring a pane in sight, where only one has room."""
        if self.is_narrow:
            if "dock-closed" not in self.bench.root.get_attribute("class"):
                self.press(".fold-dock")
            self.press(f".tabs [data-pane={name}]")

    def tools(self):
        if self.is_narrow:
            self.press(".more")

    def run(self):
        """Run the program in the dock, and open all that is said of it."""
        self.press(".start-run")
        self.page.locator(".run-result .verdict").wait_for(timeout=90_000)
        details = self.page.locator(".run-result details")
        details.evaluate_all("all => all.forEach(one => one.open = true)")


@on_both_screens
def test_axe_finds_nothing_on_the_way_through_the_workspace(opened, size):
    bench = opened(width=size[0], height=size[1], knows_hints=False)
    visit = Visit(bench, size == PHONE)
    page = bench.page
    visit.look("first visit")
    visit.press(".program")
    visit.look("gallery", "dialog.gallery")
    page.keyboard.press("Escape")
    bench.choose("lost_sum")
    visit.tools()
    visit.press(".options summary")
    visit.look("options", "details.options")
    page.keyboard.press("Escape")
    visit.pane("source")
    bench.source("cuda").locator(".line > code > span").nth(4).click()
    visit.look("pinned", ".pane.source, .card")
    visit.pane("tree")
    for view in ("tree", "outline", "script", "diff"):
        visit.press(f".stage-views [data-view={view}]")
        if view == "tree":
            visit.press(".rail .after")
            page.locator(".stage-title", has_text="Your program").wait_for(state="detached")
            bench.until(lambda: bench.node("BufferStore").count())
            visit.press(".pane.tree .menu summary")
        page.wait_for_timeout(300)
        visit.look(f"view {view}", ".pane.tree")
        page.keyboard.press("Escape")
    page.keyboard.press("?")
    visit.look("keys", "dialog.keys")
    page.keyboard.press("Escape")
    visit.press("#dock-tab-run")
    page.locator(".run-form .device").first.wait_for()
    visit.look("devices", ".dock")
    visit.run()
    visit.look("finding", ".dock")
    visit.press("#dock-tab-step")
    page.locator(".growing").nth(1).wait_for()
    page.keyboard.press(".")
    visit.look("a codegen's walk", ".dock")
    visit.press(".step-modes button:nth-child(2)")
    page.keyboard.press(".")
    page.locator(".memory").first.wait_for()
    page.locator(".scrub").fill("5")
    visit.press(".cell")
    visit.look("a run", ".dock")
    visit.press(".step-modes button:nth-child(3)")
    visit.press(".try-rule")
    page.locator(".rule-result .verdict").wait_for()
    visit.look("a rule", ".dock")
    visit.press(".step-modes button:nth-child(4)")
    visit.press(".racing .replay-race")
    page.locator(".race-side p").first.wait_for()
    visit.look("a race", ".dock")
    if not visit.is_narrow:  # there the dock is a sheet over it
        visit.press(".rail .checks summary")
        page.locator(".checks .legend").wait_for(timeout=60_000)
        visit.look("checked passes", ".rail")
        page.keyboard.press("Escape")
    visit.pane("script")
    bench.write(ADD.replace("A[i] +", "A[i] + T.nope() +"))
    page.wait_for_timeout(600)  # what is outdated turns grey
    visit.look("error")
    bench.write(ADD)
    visit.tools()
    visit.press(".present")
    visit.look("presenting", dark=False)
    assert not visit.found, "\n".join(visit.found)


@on_both_screens
def test_axe_finds_nothing_in_chinese(opened, size):
    bench = opened("?lang=zh", width=size[0], height=size[1], knows_hints=False)
    visit = Visit(bench, size == PHONE)
    assert bench.page.locator("html").get_attribute("lang") == "zh-CN"
    visit.look("first visit", dark=False)
    bench.choose("lost_sum")
    visit.pane("tree")
    bench.node("SeqStmt").click()
    visit.look("tree", ".pane.tree", dark=False)
    visit.press("#dock-tab-run")
    visit.run()
    visit.look("finding", ".dock", dark=False)
    assert not visit.found, "\n".join(visit.found)


@on_either_screen
def test_axe_finds_nothing_on_the_environment(opened, size, language):
    page = opened(width=size[0], height=size[1]).page
    page.goto(f"{page.url.partition('?')[0]}environment?lang={language}")
    page.locator(".checks.counts").wait_for()
    found = barriers_in_both_themes(page)
    assert not found, "\n".join(found)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.fixture(scope="module")
def analysis():
    return inspected("add_one", "c", "cuda", passes=True)


@on_either_screen
def test_axe_finds_nothing_on_the_report(chromium, tmp_path, analysis, size, language):
    file = tmp_path / "report.html"
    file.write_text(render(analysis, language=language), encoding="utf-8")
    page = chromium.new_page(viewport={"width": size[0], "height": size[1]})
    page.goto(file.as_uri())
    page.locator(".lowering summary").first.click()
    page.locator(".listing .line span").first.click()
    found = barriers_in_both_themes(page)
    page.close()
    assert not found, "\n".join(found)
