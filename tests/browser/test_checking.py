"""How a run is checked, in one visit: arrays of one's own, pictures, slices, files, time, a phone."""

import io
import json

import numpy as np

from tests.support.accessibility import barriers_in_both_themes
from tests.support.workbench import query
from viz.harness.array_files import npy

TEXT = """@T.prim_func
def f(a: T.handle, b: T.handle):
    n = T.int32()
    A = T.match_buffer(a, (2, n, 6), "float32")
    B = T.match_buffer(b, (2, n, 6), "float32")
    for i, j, k in T.grid(2, n, 6):
        B[i, j, k] = A[i, j, k] / T.if_then_else(i + j == 1, T.float32(0), T.float32(1))

def reference(A):
    return A
"""
GIVEN = np.arange(72, dtype="float32").reshape(2, 6, 6)
PIXEL = "canvas => [...canvas.getContext('2d').getImageData(2, 2, 1, 1).data]"


def test_a_run_is_looked_at_from_all_sides(opened):
    bench = opened(query(text=TEXT, targets=["c"]))
    page, result = bench.page, bench.page.locator(".run-result")
    page.get_by_role("tab", name="Run").click()
    page.locator(".check-settings > summary").click()
    files = page.locator("[data-name='own arrays']")
    files.set_input_files([{"name": "x<b>.npy", "mimeType": "", "buffer": b"no array"}])
    page.locator(".check-settings [role=status]", has_text="x<b>.npy is no file").wait_for()
    files.set_input_files([{"name": "A.npy", "mimeType": "", "buffer": npy(GIVEN)}])
    assert "<f4 (2, 6, 6)" in page.locator(".own-arrays li").text_content()
    page.locator("[data-name=timed]").check()
    page.locator("[data-name=atol]").fill("0.25")
    page.locator(".start-run").click()
    result.locator(".verdict.bad").wait_for(timeout=60_000)
    assert "float32[2, 6, 6]" in result.locator(".comparisons").text_content()
    result.locator("summary", has_text="The tolerance is yours").wait_for()
    words = result.locator(".picture-words")
    assert "12 of 72 elements are wrong, between [0, 0, 0] and [1, 1, 5]" in words.text_content()

    # The elements by pointer and keyboard: one cursor for all maps.
    maps, read_out = result.locator(".maps"), result.locator(".read-out")
    maps.focus()
    page.keyboard.press("w")
    assert read_out.text_content().startswith("B[0, 1, 0]: got ∞, expected 6, error ∞")
    page.keyboard.press("ArrowDown")
    assert "B[0, 2, 0]: got 12, expected 12, error 0" in read_out.text_content()
    box = result.locator("canvas").nth(1).bounding_box()
    page.mouse.move(box["x"] + box["width"] - 4, box["y"] + box["height"] - 4)
    bench.until(lambda: read_out.text_content().startswith("B[0, 5, 5]"))
    slice_input = result.locator(".slices input")
    slice_input.fill("1")
    slice_input.press("Enter")
    bench.until(lambda: "The slice [1] is shown." in words.text_content())
    light = result.locator("canvas").first.evaluate(PIXEL)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    bench.until(lambda: result.locator("canvas").first.evaluate(PIXEL) != light)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    assert "times the median" in result.locator(".roofline").text_content()

    with page.expect_download() as awaited:
        result.get_by_role("button", name="All arrays (.npz)").click()
    with np.load(io.BytesIO(awaited.value.path().read_bytes())) as kept:
        np.testing.assert_array_equal(kept["input.A"], GIVEN)
    with page.expect_download() as awaited:
        result.get_by_role("button", name="B as a table (.csv)").click()
    assert awaited.value.suggested_filename == "B.csv"

    assert barriers_in_both_themes(page, ".run-body") == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert result.locator("canvas").first.bounding_box()["width"] <= 374
    assert json.loads(page.evaluate("localStorage.getItem('tirscope.run') ?? '{}'")).keys() <= {
        "devices",
        "order",
        "seed",
    }
