"""Runs on the GPU of the browser, which is Chromium's in software: every example, what is refused."""

import json
from pathlib import Path

import pytest

import viz
from tests.support.workbench import query
from viz.frontend.examples import examples

VIZ = Path(viz.__file__).parent

REFUSED = {
    "if_double": "it has no block",
    "tirx_blocks": "are for CUDA alone",
    "tirx_warps": "are for CUDA alone",
    "batched_matmul_f16": "lacks shader-f16",
    "dequantize_q4f16": "lacks shader-f16",
}
"""The examples that do not run there, and the reason."""

RUN_EACH = """async ([token, texts]) => {
  const {ApiClient} = await import("/modules/ui/workbench/scripts/client.js")
  const {DeviceRun} = await import("/modules/ui/workbench/scripts/run/device_run.js")
  const ends = {}
  for (const [name, workspace] of Object.entries(texts)) {
    const run = {device: "webgpu", seed: 0, checked: false, order: "forward", inputs: "normal", sizes: {}, reference: ""}
    const frames = []
    const ending = await new DeviceRun(new ApiClient("", token)).start({workspace, run}, {inBrowser: true}, frame => frames.push(frame))
    ends[name] = [ending, frames.find(({kind}) => kind === "outcome" || kind === "problem")]
  }
  return ends
}"""

BYTES = """@T.prim_func
def f(A: T.Buffer((64,), "int8"), B: T.Buffer((64,), "int8")):
    for t in T.thread_binding(64, "threadIdx.x"):
        B[t] = A[t] + T.int8(1)
"""
ENDLESS = """@T.prim_func
def f(A: T.Buffer((64,), "float32")):
    for t in T.thread_binding(64, "threadIdx.x"):
        for i in range(2000000000):
            A[t] = A[t] * 0.5 + 1.0
"""


@pytest.fixture(scope="module")
def flags():
    from benchmarks.chromium import WEBGPU_FLAGS

    return WEBGPU_FLAGS


def send_module(route):
    route.fulfill(path=VIZ / route.request.url.partition("/modules/")[2])


def workspace(text):
    return {"text": text, "targets": ["webgpu"]}


def test_programs_on_the_gpu_of_the_browser(opened):
    """One visit, since a browser with a GPU in software takes seconds to start."""
    bench = opened(query(example="vector_add", targets=["webgpu"]))
    page, result = bench.page, bench.page.locator(".run-result")
    asked = []
    page.on("request", lambda request: asked.append(request) if "/api/run" in request.url else None)
    page.locator("#dock-tab-run").click()
    choice = page.locator(".run-form input[value=webgpu]")
    choice.check()
    page.locator(".start-run").click()
    result.locator(".verdict", has_text="The outputs are right").wait_for()
    ran = result.locator(".ran").text_content()
    assert "swiftshader" in ran
    assert "in this browser, timed by" in ran

    # Every example, by the modules that the page's script is joined from.
    page.route("**/modules/**", send_module)
    token = asked[-1].headers["x-tirscope-token"]
    texts = {name: workspace(example.text) for name, example in examples().items()}
    ends = page.evaluate(RUN_EACH, [token, texts])
    for name, (ending, frame) in ends.items():
        told = json.dumps(frame)
        if name in REFUSED:
            assert (ending, frame["kind"]) == ("failed", "problem"), name
            assert REFUSED[name] in told, name
        else:
            assert ending == "ok", (name, told)
            assert frame["passed"], (name, told)
            assert frame["seconds"] > 0
            assert frame["buildSeconds"] > 0

    # TVM writes a type that WGSL does not have: the line of the text and that of the program.
    bench.write(BYTES)
    choice.check()  # for programs that are bound to threads the choice is another one
    page.keyboard.press("Control+Shift+Enter")
    result.locator(".verdict", has_text="It did not run").wait_for()
    assert "the browser refuses the shader f_kernel, line 5" in result.text_content()
    assert page.locator(".run-outcome .place").first.text_content() == "Line 2"
    result.locator(".place.emitted", has_text="source, line 5").first.click()

    # All devices, with one that does not end: what is left is given up.
    bench.write(ENDLESS)
    page.locator(".run-form input[value=all]").check()
    page.locator(".start-run").click()
    rows = page.locator(".devices-table tbody tr")
    rows.filter(has_text="running …").wait_for()
    page.locator(".cancel-run").click()
    rows.filter(has_text="Cancelled.").first.wait_for()
    assert not rows.filter(has_text="running").count()

    bench.write(examples()["vector_add"].text)
    page.locator(".run-form input[value=all]").check()
    page.locator(".start-run").click()
    result.locator(".verdict", has_text="Right on all").wait_for(timeout=60_000)
    browsers = rows.filter(has_text="WebGPU, this browser")
    cells = browsers.locator("td").all_text_contents()
    assert cells[1:3] == ["C", "✓"]
    browsers.locator("button").click()
    result.locator(".ran", has_text="swiftshader").wait_for()


@pytest.mark.thorough
def test_a_page_without_webgpu_says_why(opened):
    opened.errors.clear()
    bench = opened(query(example="vector_add", targets=["c"]))
    page = bench.page
    page.evaluate(
        """Object.defineProperty(Navigator.prototype, "gpu", {get: () => undefined})
           Object.defineProperty(window, "isSecureContext", {get: () => false})"""
    )
    page.locator("#dock-tab-run").click()
    choice = page.locator(".device", has=page.locator("input[value=webgpu]"))
    choice.wait_for()
    assert choice.locator("input").is_disabled()
    assert "over HTTPS or from localhost only, and this one is http://127" in (
        choice.get_attribute("title")
    )
