"""The tab Run in Chromium, in one walk: break a program, see what is wrong, mend it."""

import pytest

from tests.support.programs.launch_mistakes import launch_mistakes
from tests.support.programs.mistakes import PROGRAMS, text_of
from tests.support.workbench import query
from viz.emulator import library

pytestmark = pytest.mark.skipif(bool(library.missing()), reason=str(library.missing()))
RACE = text_of(next(mistake for mistake in PROGRAMS if mistake.name == "race_between_blocks"))
ENDLESS = """@T.prim_func
def f(A: T.Buffer((8,), "float32"), B: T.Buffer((8,), "float32")):
    for i in range(2000000000):
        B[i % 8] = B[i % 8] * A[i % 8]
"""
IMAGES = "images => images.map(each => [each.alt, each.complete && each.naturalWidth > 0])"
SELECTED = "monaco.editor.getEditors()[0].getSelection().startLineNumber"


class RunInDock:
    """The tab Run: what a user does there, and what it shows."""

    def __init__(self, bench):
        self.bench, self.page = bench, bench.page
        self.result = self.page.locator(".run-result")
        self.dot = self.page.locator(".verdict-dot")

    def is_over(self, verdict, dot):
        """Wait for a verdict and the dot that goes with it."""
        self.result.locator(".verdict", has_text=verdict).wait_for(timeout=60_000)
        self.bench.until(lambda: self.dot.get_attribute("class").split()[-1] == dot)

    def places(self):
        boxes = self.page.locator(".pane").evaluate_all(
            "panes => panes.map(pane => JSON.stringify(pane.getBoundingClientRect()))"
        )
        return boxes, self.page.locator("section.dock").bounding_box()


def test_breaking_and_mending_programs_with_runs_between(opened):
    bench = opened(query(example="matmul", targets=["c"]))
    run, page = RunInDock(bench), bench.page
    right = bench.text()
    assert right.count("B[vk, vj]") == 1
    at_first = run.places()

    # A swapped index, from the editor by the keyboard.
    bench.write(right.replace("B[vk, vj]", "B[vj, vk]"))
    page.keyboard.press("Control+Shift+Enter")
    run.is_over("The outputs are wrong", "bad")
    assert "compared with the NumPy reference" in run.result.text_content()
    row = run.result.locator(".mismatches tbody tr").first.locator("td").all_text_contents()
    assert row[0] == "first"
    assert row[2] != row[3]
    places = run.result.locator("canvas.heat-map").last
    assert "elements are wrong, between [0, 0] and [127, 127]." in places.get_attribute(
        "aria-label"
    )
    assert run.places() == at_first
    missing = page.locator(".run-form .device", has_text="not here").locator("input")
    assert all(box.is_disabled() for box in missing.all())

    # Mended: the verdict is grey until it has run again.
    bench.write(right)
    assert "past" in run.dot.get_attribute("class")
    page.locator(".start-run").click()
    run.is_over("The outputs are right", "good")

    # A room sees the outcome, too.
    run.result.focus()
    page.keyboard.press("P")
    assert run.result.locator(".verdict").is_visible()
    size = "each => parseFloat(getComputedStyle(each).fontSize)"
    assert run.result.locator("td").first.evaluate(size) >= 22
    assert not page.locator(".run-form").is_visible()
    page.keyboard.press("Control+j")
    assert not run.result.is_visible()
    page.keyboard.press("Control+j")
    page.keyboard.press("Escape")
    assert page.locator(".run-form").is_visible()

    # A race on the emulated device, which is the one suggested; both threads are named.
    bench.write(RACE)
    page.keyboard.press("Control+Shift+Enter")
    run.is_over("A mistake was found", "bad")
    finding = run.result.locator(".finding").first
    assert "Data race in main_kernel" in finding.locator("summary").text_content()
    threads = finding.locator(".threads li").all_text_contents()
    for thread, block in zip(threads, ("(1, 0, 0)", "(0, 0, 0)"), strict=True):
        assert f"of block {block} writes" in thread
    assert all("B[tx] = A[bx * 128 + tx]" in thread for thread in threads)
    drawn = finding.locator(".launch img").evaluate_all(IMAGES)
    assert [shown for _, shown in drawn] == [True] * len(drawn)
    assert any("2 is thread (" in words for words, _ in drawn)
    image = finding.locator(".launch img").first
    light = image.get_attribute("src")
    page.emulate_media(color_scheme="dark")
    bench.until(lambda: image.get_attribute("src") != light)
    finding.locator(".place:not(.emitted)").first.click()
    assert RACE.splitlines()[page.evaluate(SELECTED) - 1].endswith("# 1 # 2")
    finding.locator(".place.emitted").first.click()  # CUDA is not among the targets yet
    page.locator(".slot[data-target=cuda] .line.called").wait_for()
    assert "B_ptr[" in page.locator(".line.called").text_content()
    assert run.places()[1] == at_first[1]

    bench.write(RACE.replace("B[tx] =", "B[bx * 128 + tx] ="))
    page.locator(".start-run").click()
    run.is_over("The outputs are right", "good")

    # A reference of one's own counts as it is typed; a run that takes too long is cancelled.
    page.locator(".run-form .reference summary").click()
    page.locator(".run-form textarea").fill("def reference(A):\n    return A + 1")
    page.keyboard.press("Control+Shift+Enter")
    run.is_over("The outputs are wrong", "bad")
    bench.write(ENDLESS)
    page.locator(".start-run").click()
    page.locator(".cancel-run").click()
    page.locator(".run-status", has_text="Cancelled.").wait_for()
    assert page.locator(".cancel-run").is_hidden()

    # Tabs by the keyboard; an error is told with its line; a small screen holds it all.
    page.keyboard.press("Alt+1")
    assert page.locator(".card").is_visible()
    page.keyboard.press("ArrowRight")
    assert run.result.is_visible()
    bench.write(RACE.replace("A[bx", "A[nosuch"))
    page.keyboard.press("Control+Shift+Enter")
    run.is_over("It did not run", "bad")
    run.result.locator(".place", has_text="Line 6").click()
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    start = page.locator(".start-run").bounding_box()
    assert start["x"] + start["width"] <= 390


NEIGHBOURS = """@T.prim_func(s_tir=True)
def main(A: T.Buffer((128,), "int32"), B: T.Buffer((128,), "int32")):
    with T.launch_thread("blockIdx.x", 1) as bx:
        tx = T.launch_thread("threadIdx.x", 128)
        A[tx] = A[tx] + tx
        B[tx] = A[127 - tx]
"""


def test_a_race_is_replayed_and_mended(opened):
    bench = opened(query(text=NEIGHBOURS, targets=["cuda"]))
    run, page = RunInDock(bench), bench.page
    page.keyboard.press("Control+Shift+Enter")
    run.result.get_by_role("button", name="Replay the race").first.click()
    accesses = page.locator(".race-row .access")
    accesses.first.wait_for(timeout=60_000)
    assert page.locator(".race-row.head").text_content().count("threadIdx") == 2
    assert "is" in page.locator(".race-side .differs").text_content()
    first = accesses.all_text_contents()
    page.keyboard.press(".")
    page.locator(".race-row.here").wait_for()
    bench.until(lambda: bench.lit()["editor"])
    page.get_by_role("button", name="the second thread goes first").click()
    bench.until(lambda: accesses.all_text_contents() != first)
    bench.until(lambda: "step=race+0+second" in page.url)
    bench.after(lambda: page.locator(".apply-mend").last.click())
    assert 'T.tvm_storage_sync("shared")' in bench.text()
    page.keyboard.press("Control+Shift+Enter")
    run.is_over("No mistake was found", "good")


def test_what_a_gpu_would_not_launch_is_mended_by_a_button(opened):
    mistake = next(each for each in launch_mistakes() if each.name == "barrier_in_branch")
    bench = opened(query(text=mistake.text, targets=["cuda"]))
    run, page = RunInDock(bench), bench.page
    page.get_by_role("tab", name="Run").click()
    page.locator(".run-form input[value=cuda-emulated]").check()
    page.keyboard.press("Control+Shift+Enter")
    advice = page.locator(".launch-advice")
    advice.locator("b", has_text="only some threads of a block come to this barrier").wait_for()
    assert advice.locator(".mend .added").count() == 2
    advice.get_by_role("button", name=f"Line {mistake.line}").click()
    run.is_over("A mistake was found", "bad")
    bench.after(advice.get_by_role("button", name="Let all threads come to the barrier").click)
    assert advice.text_content() == ""
    page.keyboard.press("Control+Shift+Enter")
    bench.until(lambda: "bad" not in run.dot.get_attribute("class").split())
    run.result.locator(".verdict.good").wait_for(timeout=60_000)
    assert advice.text_content() == ""
    page.locator(".launch-compile button").click()
    page.locator(".launch-compile .compiled > div").first.wait_for(timeout=60_000)
