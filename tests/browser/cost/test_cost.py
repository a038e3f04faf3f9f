"""The tab Cost in Chromium: a transpose is measured, its conflict is shown, mended, measured again."""

import pytest

from tests.support.accessibility import barriers_in_both_themes
from tests.support.programs.costs import transposes
from tests.support.workbench import query
from viz.emulator import library

pytestmark = pytest.mark.skipif(bool(library.missing()), reason=str(library.missing()))

CONFLICTS = query(text=transposes.CONFLICTS, targets=["cuda"])


class CostTab:
    """The tab: its rows by what they access, the chosen one, its picture."""

    def __init__(self, bench):
        self.bench, self.page = bench, bench.page
        self.tab = self.page.locator(".cost-body")
        self.details = self.tab.locator(".site-details")

    def measure(self):
        """Measure, and wait for the figures of this measurement."""
        self.tab.evaluate("tab => tab.querySelector('tbody')?.classList.add('old')")
        self.tab.get_by_role("button", name="Measure").click()
        self.tab.locator("tbody:not(.old) tr").first.wait_for(timeout=120_000)

    def row(self, access):
        return self.tab.locator("tbody tr", has_text=access)

    @property
    def accesses(self):
        return self.tab.locator("tbody .access").all_text_contents()

    @property
    def chosen(self):
        return self.tab.locator("tr.selected .access").text_content()

    def words(self):
        """Return the first line of what is said of the chosen access."""
        return self.details.locator("h3").text_content()

    def waiting(self):
        """Return how many words of the picture wait for a later wavefront."""
        return self.details.locator("svg.lanes .later").count() - 1  # one is in the legend


def opened_tab(opened, **look):
    bench = opened(CONFLICTS, **look)
    if look.get("width", 1500) < 900:
        bench.page.get_by_role("button", name="Open the dock").click()
    bench.page.get_by_role("tab", name="Cost").click()
    return CostTab(bench)


def test_a_conflict_is_shown_mended_and_measured_again(opened):
    cost = opened_tab(opened)
    bench, page = cost.bench, cost.page
    cost.measure()
    assert cost.accesses[0] == cost.chosen == "load of S"
    assert "32-way" in cost.row("load of S").text_content()
    assert cost.words() == "load of S: 32-way bank conflict"
    # The first word of bank 0 comes at once, 31 wait.
    assert cost.waiting() == 31
    picture = cost.details.locator("svg.lanes").first.get_attribute("aria-label")
    assert "Bank 0 has 32 different words" in picture
    assert "all 16" in cost.tab.locator(".figures").text_content()

    # A row lights its characters, its node and the user's text.
    cost.row("load of S").locator(".access").click()
    bench.until(lambda: bench.lit()["tree"] == ["TensorLoad S[tx, (k * 8) + ty] float32"])
    assert bench.lit()["editor"] == ["S[tx,", "]"]
    assert "".join(bench.lit()["cuda"]) == "[]"
    # And characters of the CUDA text choose their row.
    page.keyboard.press("Escape")
    bench.token("cuda", "S_ptr[((", "A_ptr").click()
    bench.until(lambda: cost.chosen == "load of A")
    assert cost.words() == "load of A: 4 sectors a request, as few as can be"
    page.keyboard.press("Escape")

    # A swizzle takes the conflict away: in the figure, in the picture and in words.
    cost.row("load of S").locator(".access").click()
    bench.write(transposes.SWIZZLED)
    cost.tab.get_by_text("Measured before the last change.").wait_for()
    cost.measure()
    assert cost.tab.locator(".changed").text_content() == (
        "Since the measurement before: 15,872 → 0 bank conflicts."
    )
    assert cost.chosen == "load of S"
    assert "32-way → none" in cost.row("load of S").text_content()
    assert cost.words() == "load of S: no bank conflict"
    assert "15,872 → 0 conflicts" in cost.details.locator(".before").text_content()
    assert cost.waiting() == 0


def test_padding_helps_only_where_it_stays(opened):
    cost = opened_tab(opened)
    cost.measure()
    cost.bench.write(transposes.COMPACTED)
    cost.measure()
    assert cost.words() == "load of S: 32-way bank conflict"
    assert "Nothing of it costs more or less" in cost.tab.locator(".changed").text_content()
    # The pass that takes the padding away is named, with a door to it.
    door = cost.details.get_by_role("button", name="CompactBufferAllocation").first
    door.click(timeout=120_000)
    cost.page.locator(".rail .stop.here", has_text="Shrink").wait_for()
    assert "no bank conflict" in cost.details.locator(".history").text_content()
    cost.bench.write(transposes.PADDED)
    cost.measure()
    assert cost.words() == "load of S: no bank conflict"
    assert cost.waiting() == 0
    # A branch that divides warps has a row, which lights its characters.
    cost.bench.write(transposes.EVEN_ROWS)
    cost.measure()
    branch = cost.tab.locator(".branches tbody tr")
    assert branch.locator("td").all_text_contents() == ["512", "512"]
    branch.get_by_role("button", name="divided branch").click()
    cost.bench.until(lambda: cost.bench.lit()["tree"] == ["EQ =="])
    assert [words for words in cost.bench.lit()["editor"] if words] == ["==", "0"]


def test_by_keyboard_in_another_tab_and_in_another_language(opened):
    cost = opened_tab(opened)
    page = cost.page
    page.keyboard.press("Alt+5")
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.className") != "measure":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    cost.tab.locator("tbody tr").first.wait_for(timeout=120_000)
    # Rows are walked by arrows; a head sorts.
    cost.row("load of S").locator(".access").focus()
    for key in ("ArrowDown", "Enter"):
        page.keyboard.press(key)
    assert cost.chosen == cost.accesses[1] != "load of S"
    head = cost.tab.get_by_role("columnheader", name="Access")
    head.get_by_role("button", name="in the order of the text").press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    assert cost.accesses == ["store to S", "load of A", "store to B", "load of S"]
    # The elements of its buffer: each block stores each of them once and loads it once. The keys
    # read one out, and the slider shows the accesses of a part of the run: 64 of 2,048 requests.
    elements = cost.details.locator(".buffer-map")
    assert elements.locator("figcaption").text_content() == "Elements of S"
    elements.locator(".map-room").focus()
    page.keyboard.press("ArrowRight")
    assert elements.locator(".read-out").text_content() == "S[1]: 32 accesses"
    time, whole = elements.locator(".time output"), elements.locator("canvas").screenshot()
    assert time.text_content() == "the whole run"
    elements.get_by_role("slider").focus()
    page.keyboard.press("End")
    assert time.text_content() == "slice 32 of 32: requests 1,985 to 2,048 of the kernel"
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert elements.locator(".read-out").text_content() == "S[1]: 1 access"
    elements.get_by_role("button", name="Reuse distance").press("Enter")
    assert time.text_content() == "the whole run"
    assert elements.get_by_role("slider").is_disabled()
    assert elements.locator("canvas").screenshot() != whole
    # What was measured stays when another tab is looked at, and in Chinese.
    page.keyboard.press("Alt+1")
    page.keyboard.press("Alt+5")
    assert cost.row("load of S").is_visible()
    page.locator(".languages summary").click()
    page.get_by_role("button", name="中文").click()
    page.locator(".cost-body tr", has_text="读 S").wait_for()
    # The one that was chosen, once it is pinned again.
    cost.bench.until(lambda: cost.words() == "写 S: 没有 bank 冲突")
    page.locator(".languages summary").click()
    page.get_by_role("button", name="English").click()
    page.locator(".cost-body tr", has_text="load of S").wait_for()


@pytest.mark.thorough
def test_on_a_phone(opened):
    cost = opened_tab(opened, width=390, height=844)
    page = cost.page
    cost.measure()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    cost.row("load of S").locator(".access").click()
    picture = cost.details.locator("svg.lanes").first
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    # Its smallest words are as large as any on the page.
    assert box["width"] >= float(picture.get_attribute("width")) - 1
    assert barriers_in_both_themes(page, ".dock") == []


@pytest.mark.thorough
def test_what_cannot_be_measured_says_why(opened):
    bench = opened(query(text=transposes.CONFLICTS.replace("(128, 128)", "(128, )", 1)))
    bench.page.get_by_role("tab", name="Cost").click()
    tab = bench.page.locator(".cost-body")
    tab.get_by_role("button", name="Measure").click()
    tab.locator(".cost-remarks .problem.error").wait_for(timeout=120_000)
    assert tab.get_by_role("status").text_content() == "It was not measured"
