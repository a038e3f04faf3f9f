"""Compare in Chromium: open it, point at a node and see its partner, go through what differs, share, go back."""

import pytest
from playwright.sync_api import expect

from tests.support.accessibility import barriers
from tests.support.workbench import query
from viz.frontend.examples import examples

VECTORS = examples()["vector_add"].text
TIMES = VECTORS.replace("A[vi] + B[vi]", "A[vi] * B[vi]")
LIT = """side => [...document.querySelectorAll(".layer")].map(layer =>
  [...layer.querySelectorAll(".side-pane")[side].querySelectorAll(".own")].map(place => place.textContent).join(" "))"""


def wait_compared(bench, number=1):
    bench.until(lambda: int(bench.root.get_attribute("data-compared") or 0) >= number, seconds=60)


def pane(bench, layer, side):
    return bench.page.locator(f".layer[data-layer={layer}] .side-pane").nth(side)


def test_an_edit_is_compared_with_what_it_was(opened):
    bench = opened(query(example="vector_add", targets=["c"]))
    page = bench.page
    bench.write(TIMES)
    page.locator(".compare-open").click()
    dialog = page.locator("dialog.compare-with")
    expect(dialog).to_be_visible()
    dialog.locator(".other-program").select_option("example vector_add")
    dialog.get_by_role("button", name="Compare", exact=True).click()
    wait_compared(bench)
    verdict = page.locator(".compare-verdict")
    expect(verdict).to_have_text("They differ.")
    expect(page.locator(".panes")).to_be_hidden()
    changed = pane(bench, "text", 0).locator(".line.differs")
    expect(changed).to_have_count(1)
    expect(changed).to_contain_text("A[vi] * B[vi]")
    expect(pane(bench, "text", 1).locator(".line.differs")).to_contain_text("A[vi] + B[vi]")

    # Pointing at the load of A lights its partner: in the other text, and in both sources.
    changed.locator("span", has_text="A[").first.hover()
    bench.until(lambda: any(page.evaluate(LIT, 1)))
    for side in (0, 1):
        text, _tree, _lowered, source = page.evaluate(LIT, side)
        assert "A" in text
        assert "A" in source
        assert "B" not in text

    # n goes from the text to the source, and around.
    place = page.locator(".difference-place")
    expect(place).to_have_text("2 differences")
    page.keyboard.press("n")
    expect(place).to_contain_text("1 of 2: TVMScript, A line")
    expect(pane(bench, "text", 0).locator(".line.here")).to_have_count(1)
    page.keyboard.press("F7")
    expect(place).to_contain_text("2 of 2: Source, A line")
    expect(pane(bench, "source", 1).locator(".line.here")).to_contain_text("A[i] + B[i]")
    page.keyboard.press("n")
    expect(place).to_contain_text("1 of 2")
    page.keyboard.press("p")
    expect(place).to_contain_text("2 of 2")

    # Its link shows the same pair again.
    page.locator(".share summary").click()
    page.get_by_role("button", name="Copy link").click()
    bench.status.filter(has_text="Link copied").wait_for()
    link = page.evaluate("navigator.clipboard.readText()")

    # The way back: what was typed is there.
    page.keyboard.press("Escape")
    expect(page.locator(".comparison")).to_be_hidden()
    expect(page.locator(".panes")).to_be_visible()
    assert bench.text() == TIMES
    page.go_back()
    expect(page.locator(".comparison")).to_be_visible()
    page.go_forward()
    expect(page.locator(".comparison")).to_be_hidden()

    page.goto(link)
    bench.until(lambda: bench.root.get_attribute("data-compared") == "1", seconds=60)
    expect(pane(bench, "text", 0).locator(".line.differs")).to_contain_text("A[vi] * B[vi]")
    expect(pane(bench, "text", 1).locator(".line.differs")).to_contain_text("A[vi] + B[vi]")
    assert not barriers(page)


def test_trees_two_targets_and_what_both_compute(opened):
    link = query(
        text=VECTORS,
        targets=["c"],
        against={"own": "c", "target": "cuda", "layers": ["tree", "source", "lowered"]},
    )
    bench = opened(link)
    page = bench.page
    page.locator(".compare-open").click()
    wait_compared(bench)
    heads = page.locator(".side-heads h2")
    expect(heads).to_have_text(["A · Add two vectors · C", "B · Add two vectors · CUDA"])
    store = pane(bench, "tree", 0).locator("g.node", has_text="BufferStore")
    store.click()
    expect(pane(bench, "tree", 1).locator(".halo")).to_have_count(1)
    bench.until(lambda: "=" in page.evaluate(LIT, 1)[3])
    # What becomes of the store is lit in the lowered tree of the other side, and from there back.
    expect(pane(bench, "lowered", 1).locator(".halo")).not_to_have_count(0)
    page.keyboard.press("Escape")
    pane(bench, "lowered", 1).locator("g.node", has_text="BufferStore").first.click()
    expect(pane(bench, "lowered", 0).locator(".halo")).to_have_count(1)
    expect(pane(bench, "tree", 0).locator(".halo")).not_to_have_count(0)
    page.keyboard.press("Escape")  # lets go of the pin, then ends
    expect(pane(bench, "tree", 0).locator(".halo")).to_have_count(0)
    expect(page.locator(".comparison")).to_be_visible()
    page.locator(".compare-run").click()
    wait_compared(bench, 2)
    row = page.locator(".compare-summary tr", has_text="output C")
    expect(row).to_have_class("same")
    expect(row).to_contain_text("c | cuda-emulated")
    # Axe takes the * of a pointer's dtype for an end, and its node for one with another name.
    page.keyboard.press("3")
    expect(pane(bench, "lowered", 0)).to_be_hidden()
    wait_compared(bench, 3)
    assert not barriers(page)


def test_two_schedules_of_one_text_and_a_row_of_costs_lights_both(opened):
    copy = """@T.prim_func(s_tir=True)
def f(a: T.handle, b: T.handle):
    n = T.int32()
    A = T.match_buffer(a, (n, 32), "float32")
    B = T.match_buffer(b, (n, 32), "float32")
    for i, j in T.grid(n, 32):
        with T.sblock("B"):
            vi, vj = T.axis.remap("SS", [i, j])
            B[vi, vj] = A[vi, vj]


def schedule(sch):
    i, j = sch.get_loops(sch.get_sblock("B"))
    sch.bind(i, "blockIdx.x")
    sch.bind(j, "threadIdx.x")
"""
    steps = """i, j = sch.get_loops(sch.get_sblock("B"))
sch.bind(j, "blockIdx.x")
sch.bind(i, "threadIdx.x")
"""
    bench = opened(query(text=copy, targets=["cuda"]))
    page = bench.page
    page.locator(".compare-open").click()
    dialog = page.locator("dialog.compare-with")
    dialog.get_by_text("B with other steps").click()
    dialog.locator(".other-steps").fill(steps)
    dialog.get_by_text("Inputs of a run").click()
    dialog.locator(".run-sizes").fill("n=64")
    run_both, asked = page.locator(".compare-run"), []

    def pressed_too_early(route):
        asked.append(run_both.is_disabled())
        route.continue_()

    page.route("**/api/compare", pressed_too_early, times=1)
    dialog.get_by_role("button", name="Compare", exact=True).click()
    wait_compared(bench)
    assert asked == [True]
    expect(page.locator(".side-heads h2").nth(1)).to_contain_text("with other steps")
    page.locator(".compare-run").click()
    wait_compared(bench, 2)
    # Rows of 32 floats are four sectors each, 64 of them; by columns each element is one of its own.
    summary = page.locator(".compare-summary")
    row = page.get_by_role("button", name="Show load of A, line 9 on both sides")
    expect(summary.locator("tr").filter(has=row)).to_contain_text("256 → 2,048")
    row.click()
    for side in (0, 1):
        expect(pane(bench, "text", side).locator(".line.here")).to_contain_text("= A[vi, vj]")
    # Of the load in the source the brackets are its own; what is in them other nodes wrote.
    lit = [page.evaluate(LIT, side) for side in (0, 1)]
    assert [(each[0], each[3]) for each in lit] == [("A[vi, vj]", "[ ]")] * 2
    # Its link has the steps and the sizes.
    page.reload()
    wait_compared(bench)
    expect(page.locator(".side-heads h2").nth(1)).to_contain_text("with other steps")
    expect(pane(bench, "text", 1)).to_contain_text('sch.bind(j, "blockIdx.x")')


@pytest.mark.thorough
def test_on_a_phone_sides_stand_one_above_the_other(opened):
    bench = opened(query(text=VECTORS, targets=["c"], against={"text": TIMES}))
    page = bench.page
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator(".toolbar .more").click()
    page.locator(".compare-open").click()
    wait_compared(bench)
    boxes = [pane(bench, "text", side).bounding_box() for side in (0, 1)]
    assert all(box["height"] > 100 for box in boxes)
    assert boxes[0]["y"] + boxes[0]["height"] <= boxes[1]["y"] + 1
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.set_viewport_size({"width": 1500, "height": 950})


def test_a_text_that_is_no_program_is_told_and_changes_nothing(opened):
    hostile = "</script><img src=x onerror=alert(1)>\nimport os"
    bench = opened(query(text=VECTORS, targets=["c"], against={"text": hostile}))
    page = bench.page
    page.locator(".compare-open").click()
    wait_compared(bench)
    expect(page.locator(".compare-verdict")).to_contain_text("cannot be compared")
    expect(pane(bench, "text", 1)).to_contain_text("onerror=alert(1)")
    expect(page.locator(".comparison img")).to_have_count(0)
    expect(pane(bench, "source", 0)).to_contain_text("C[i] = (A[i] + B[i]);")
