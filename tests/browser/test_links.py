"""Links, files and the way back in Chromium: what is looked at is in them, and nothing typed is lost."""

import json
import re

from tests.support.workbench import ADD, query

BOXES = """() => {
  const clipped = place => {
    for (let outer = place.parentElement; outer; outer = outer.parentElement) {
      const {overflowX, overflowY} = getComputedStyle(outer)
      if (overflowX === "visible" && overflowY === "visible") continue
      const [inner, around] = [place.getBoundingClientRect(), outer.getBoundingClientRect()]
      if (inner.bottom > around.bottom + 2 || inner.right > around.right + 2) return outer.className || outer.tagName
    }
  }
  const read = [...document.querySelectorAll(".printed-text, .listing, .sheet > svg")].filter(each => each.checkVisibility())
  return {
    clipped: read.map(clipped).filter(Boolean),
    hidden: [...document.querySelectorAll(".toolbar, .rail, .splitter, .editor, .zoom, .bar button, .head button, .stHeader")].filter(each => each.checkVisibility()).map(each => each.className),
    shown: read.map(each => each.getAttribute("class")),
    wide: document.documentElement.scrollWidth <= innerWidth,
    ink: [...new Set(read.map(each => getComputedStyle(each).color))],
  }
}"""

MINE = ADD.replace("1.0", "5.0")


def shared(bench):
    """Return the link of Share, without the server's address."""
    bench.page.locator(".share summary").click()
    bench.page.get_by_role("button", name="Copy link").click()
    bench.status.filter(has_text="Link copied").wait_for()
    link = bench.page.evaluate("navigator.clipboard.readText()")
    return link[link.index("?") :]


def test_a_link_holds_what_is_looked_at_and_back_goes_through_steps(opened):
    bench = opened(query(example="add_one", targets=["c"]))
    page, title = bench.page, bench.page.locator(".stage-title")
    bench.stop("Flatten").click()
    title.filter(has_text="Flatten").wait_for()
    page.get_by_role("tab", name="Run", exact=True).click()
    bench.after(lambda: page.locator(".targets button", has_text="CUDA").click())
    bench.token("c", "B[i] = (", "+").click()
    bench.until(lambda: "pin=" in page.url)
    link = shared(bench)
    other = opened(link)
    assert other.page.locator(".run-form").is_visible()
    assert other.page.locator(".slot h3").all_text_contents() == ["C", "CUDA"]
    other.page.locator(".stage-title", has_text="Flatten").wait_for()
    bench.until(lambda: "+" in other.lit()["c"])
    assert "pinned" in other.card.get_attribute("class")

    # Back goes through targets, tab, stop; forward again; a reload stays where it is.
    bench.after(page.go_back)
    assert page.locator(".slot h3").all_text_contents() == ["C"]
    bench.after(page.go_back)
    assert page.locator(".card").is_visible()
    assert "tab=" not in page.url
    bench.after(page.go_back)
    title.filter(has_text="Your program").wait_for()
    bench.after(page.go_forward)
    title.filter(has_text="Flatten").wait_for()
    page.reload()
    bench.wait(1)
    title.filter(has_text="Flatten").wait_for()
    # A way along the rail is one step.
    page.get_by_role("slider", name="Passes of the focused target").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    title.filter(has_text=re.compile("^(?!.*Flatten)")).wait_for()
    bench.choose("matmul")
    bench.after(page.go_back)
    assert "add_one" in page.evaluate("history.state.tirscope.values.example")
    assert "B[vi] = A[vi]" in bench.text()


def test_nothing_typed_is_lost(opened):
    bench = opened(query(example="add_one", targets=["c"]))
    page, kept = bench.page, bench.page.locator(".kept")
    bench.write(MINE)
    page.keyboard.press("Control+End")
    page.keyboard.type("# mine")
    page.reload()  # at once
    bench.wait(1)
    assert bench.text() == MINE + "# mine"
    assert kept.is_hidden()

    # A link wins, and the draft is offered back; what is typed at the link is a draft of its own.
    linked = opened(query(text=ADD.replace("1.0", "2.0"), targets=["c"]))
    assert "2.0" in linked.text()
    words = linked.page.locator(".kept").text_content()
    assert re.search(r"Your draft of \d.*:\d\d.* is kept", words)
    linked.focus_editor()
    linked.page.keyboard.press("Control+End")
    linked.after(lambda: linked.page.keyboard.type("# theirs"))
    linked.after(lambda: linked.page.get_by_role("button", name="Bring it back").click())
    assert linked.text() == MINE + "# mine"
    linked.after(lambda: linked.page.get_by_role("button", name="Bring it back").click())
    assert linked.text().endswith("# theirs")

    # An example, and the plain address.
    linked.choose("softmax")
    linked.after(lambda: linked.page.get_by_role("button", name="Bring it back").click())
    assert linked.text().endswith("# theirs")
    plain = opened("")
    assert plain.text().endswith("# theirs")
    plain.source("c").filter(has_text="2.000000e+00f").wait_for()
    plain.page.get_by_role("link", name="Environment").click()
    plain.page.get_by_role("link", name="Workspace").click()
    plain.wait(1)
    assert plain.text().endswith("# theirs")
    plain.page.go_back()
    plain.page.get_by_role("table").first.wait_for()
    plain.page.go_back()
    plain.wait(1)
    assert plain.text().endswith("# theirs")


def test_files_are_dropped_anywhere_and_a_long_program_is_sent_as_one(opened):
    bench = opened(query(example="add_one", targets=["c"]))
    page, sign = bench.page, bench.page.locator(".drop-target")
    noise = "".join(chr(0x4E00 + i * 7919 % 20000) for i in range(9000))
    bench.write(f"{MINE}# {noise}\n")
    bench.stop("Flatten").click()
    page.locator(".share summary").click()
    page.locator(".too-long").wait_for()
    assert page.get_by_role("button", name="Copy link").is_disabled()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as a file to send").click()
    saved = download.value.path().read_bytes()
    assert download.value.suggested_filename.endswith(".tirscope.json")
    page.reload()  # what is too long for an address is there all the same
    bench.wait(1)
    assert noise in bench.text()

    other = opened(query(example="softmax", targets=["llvm"]))
    other.drag("dragenter", "saved.json", saved)
    other.page.locator(".drop-target", has_text="Drop a .py").wait_for()
    other.after(lambda: other.drag("drop", "saved.json", saved))
    assert other.page.locator(".drop-target").is_hidden()
    assert noise in other.text()
    assert other.page.locator(".slot h3").all_text_contents() == ["C"]
    other.page.locator(".stage-title", has_text="Flatten").wait_for()

    bench.after(lambda: bench.drag("drop", "mine.py", ADD.replace("1.0", "3.0").encode()))
    assert "3.000000e+00f" in bench.source("c").text_content()
    cells = {"cells": [{"cell_type": "code", "source": [ADD.replace("1.0", "4.0")]}]}
    bench.after(lambda: bench.drag("drop", "mine.ipynb", json.dumps(cells).encode()))
    assert "4.000000e+00f" in bench.source("c").text_content()
    for name, content, why in (
        ("picture.png", b"\x89PNG\xff", "picture.png is no text"),
        ("other.json", b"{}", "no workspace that was saved here"),
    ):
        bench.drag("drop", name, content)
        bench.status.filter(has_text=why).wait_for()
    assert sign.is_hidden()
    bench.after(page.go_back)
    assert "3.000000e+00f" in bench.source("c").text_content()


def test_panes_stand_in_the_page_of_a_course(opened, server):
    bench = opened(query(example="add_one", targets=["c"]))
    page = bench.page
    page.locator(".share summary").click()
    page.get_by_label("Hidden until it is clicked").select_option("source:c")
    page.get_by_role("button", name="Copy as iframe").click()
    bench.status.filter(has_text="Frame copied").wait_for()
    frame = page.evaluate("navigator.clipboard.readText()")
    assert re.search(r'<iframe src=".*embed&amp;.*" title="Add one to .* in TIRscope"', frame)

    page = page.context.new_page()
    page.set_content(f"<h1>Lecture 3</h1>{frame}")
    inside = page.frame_locator("iframe")
    inside.locator(".monaco-editor .view-line", has_text="prim_func").wait_for()
    code = inside.locator(".slot[data-target=c] .line", has_text="B[i] = (").first
    cover = inside.get_by_role("button", name="Show", exact=True)
    cover.wait_for()
    assert not code.is_visible()
    cover.click()
    code.locator("span", has_text="+").first.hover()
    inside.locator(".monaco-editor .own", has_text="+").wait_for()
    for place in (".toolbar", ".rail", ".dock", ".pane.tree"):
        assert not inside.locator(place).is_visible()
    inside.locator(".monaco-editor .view-lines").click()
    page.keyboard.type("unwritable")
    assert not inside.get_by_text("unwritable").count()
    assert "w=" in inside.get_by_role("link", name="Open in TIRscope").get_attribute("href")
    page.close()

    # Only what is made for it may stand in another site's page.
    def ancestors(query):
        policy = bench.page.request.get(f"{server.address}/{query}").headers[
            "content-security-policy"
        ]
        return "frame-ancestors" in policy

    assert ancestors("")
    assert ancestors("?w=embed")
    assert not ancestors("?embed&w=x")


def test_a_teacher_opens_presents_steps_changes_the_language_and_prints(opened):
    bench = opened(
        query(example="matmul", targets=["cuda"]) + "&present=1", width=1920, height=1080, dark=True
    )
    page = bench.page
    page.locator(".presented:visible").wait_for()
    page.keyboard.press("2")
    assert bench.tree.is_visible()
    for _step in range(3):
        before = page.locator(".rail .track").get_attribute("aria-valuenow")
        page.keyboard.press("ArrowRight")
        bench.until(
            lambda before=before: (
                page.locator(".rail .track").get_attribute("aria-valuenow") != before
            )
        )
    stop = page.locator(".rail .track").get_attribute("aria-valuenow")
    page.keyboard.press("Escape")
    page.locator(".languages summary").click()
    page.locator(".languages button", has_text="中文").click()
    page.locator(".workbench:lang(zh).ready").wait_for()
    bench.wait(1)
    assert page.locator(".rail .track").get_attribute("aria-valuenow") == stop

    page.emulate_media(media="print", color_scheme="dark", reduced_motion="reduce")
    bench.until(lambda: page.locator(".printed-text").text_content() == bench.text())
    found = page.evaluate(BOXES)
    assert found["clipped"] == []
    assert found["hidden"] == []
    assert {"printed-text", "listing"} <= {*found["shown"]}
    assert any("viz-ast" in name for name in found["shown"])
    assert found["wide"]
    assert found["ink"]
    assert all(max(map(int, re.findall(r"\d+", ink)[:3])) < 110 for ink in found["ink"])  # dark
    assert page.locator(".listing .line:visible", has_text="blockIdx.x").count()
    pages = len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4")))
    assert pages >= 4  # the program, the drawing, a long kernel: not what one screen holds
    page.emulate_media(media="screen", color_scheme="dark", reduced_motion="reduce")
    bench.until(lambda: bench.editor.is_visible())
    assert "dark" in bench.root.get_attribute("class")
