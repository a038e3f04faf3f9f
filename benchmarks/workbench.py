"""Time the workbench in Chromium: ``python benchmarks/workbench.py``.

It starts the server and measures in the page, from the key or the pointer event to the frame after
the panes are drawn:

- an edit of matmul until its problems are told, until its tree is drawn, until all panes (problems,
  tree, C and CUDA) show the new program, and until their characters are linked to each other and
  the passes are known; the pause that the editor waits for after typing is left out;
- moving the rail by one stop of CUDA, for stops that were seen before and for others;
- pointing at a node until it is highlighted in all panes, at 500 and at 2,000 drawn nodes;
- unfolding a tree of 2,000 nodes;
- how much of the heap of scripts five hundred edits leave behind.

Needs Chromium and playwright. Waits until the machine is idle and the server has loaded everything,
since other work changes every figure.
"""

from __future__ import annotations

import argparse
import statistics
import sys

from chromium import launched, serving, until_quiet
from playwright.sync_api import Page

GOALS = {
    "diagnostics p50": 120,
    "tree p50": 200,
    "all panes p50": 300,
    "all panes p95": 600,
    "linked p50": 600,
    "linked p95": 900,
    "rail, seen p95": 100,
    "rail, not seen p95": 300,
    "hover 500 p50": 34,
    "hover 500 p95": 34,
    "hover 2000 p50": 34,
    "hover 2000 p95": 34,
    "open 2000": 2000,
    "heap growth": 10,
}
"""The largest figures, in milliseconds; the growth of the heap in per cent."""

PAUSE = 400
"""Milliseconds after the last key before the page sends a request."""

# Milliseconds until the problems, the tree, all panes and their links are those of the text. Each
# edit changes the texts of both targets.
EDIT = """async value => {
  const root = document.querySelector('.workbench')
  const editor = monaco.editor.getEditors()[0]
  const text = editor.getValue()
  const at = text.indexOf('T.float32(')
  const position = each => editor.getModel().getPositionAt(each)
  const range = monaco.Range.fromPositions(position(at), position(text.indexOf(')', at) + 1))
  const before = Number(root.dataset.analysed)
  const watchers = []
  const changed = (place, options, holds = () => true) => new Promise(resolve => {
    const watcher = new MutationObserver(() => { if (holds()) resolve(performance.now()) })
    watcher.observe(place, options)
    watchers.push(watcher)
  })
  const all = changed(root, {attributes: true}, () => Number(root.dataset.analysed) > before)
  const children = {childList: true, subtree: true, characterData: true}
  const remarks = changed(root.querySelector('.remarks'), children)
  const tree = changed(root.querySelector('.pane.tree .sheet'), {childList: true})
  const listings = [...root.querySelectorAll('.slot .listing')]
  const texts = listings.map(listing => changed(listing, children))
  editor.executeEdits('benchmark', [{range, text: `T.float32(${value})`}])
  const began = performance.now()
  root.querySelector('.analyse').click()
  const frame = () => new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)))
  const shown = Promise.all([remarks, tree, ...texts]).then(frame).then(() => performance.now())
  await all
  await frame()
  const linked = performance.now()
  const times = [remarks, tree, shown].map(time => Promise.race([time, linked]))
  const [told, drawn, panes] = await Promise.all(times)
  for (const watcher of watchers) watcher.disconnect()
  return [told, drawn, panes, linked].map(time => time - began)
}"""

# Milliseconds until the drawing is that of the next stop; null at the end of the rail.
STEP = """async direction => {
  const button = document.querySelector(`.rail .${direction}`)
  if (button.disabled) return null
  const drawn = new Promise(resolve => {
    const watcher = new MutationObserver(() => { watcher.disconnect(); resolve() })
    watcher.observe(document.querySelector('.pane.tree .sheet'), {childList: true})
  })
  const began = performance.now()
  button.click()
  await drawn
  await new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)))
  return performance.now() - began
}"""

# Browsers dispatch pointer events at the beginning of a frame, and so does this script.
POINT = """async count => {
  const nodes = [...document.querySelectorAll('.pane.tree g.node')]
  const times = []
  const frame = () => new Promise(resolve => requestAnimationFrame(resolve))
  const painted = () => new Promise(resolve => setTimeout(resolve))
  for (let i = 0; i < count; i += 1) {
    const box = nodes[Math.floor((i + 0.5) / count * nodes.length)].querySelector('.box')
    await painted()
    await frame()
    const began = performance.now()
    box.dispatchEvent(new PointerEvent('pointerover', {bubbles: true}))
    await painted()
    times.push(performance.now() - began)
    if (!document.querySelector('.pane.tree g.lit')) throw new Error('nothing is lit')
  }
  return times
}"""

OPEN = """async wanted => {
  const began = performance.now()
  document.querySelector('.unfold-all').click()
  while (document.querySelectorAll('.pane.tree g.node').length < wanted) {
    await new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)))
  }
  return performance.now() - began
}"""


def program(statements: int) -> str:
    """Return a program whose tree has six nodes a statement."""
    lines = (f"            B[vi] = A[vi] + T.float32({i})\n" for i in range(statements))
    return (
        "@T.prim_func(s_tir=True)\n"
        'def main(A: T.Buffer((8,), "float32"), B: T.Buffer((8,), "float32")):\n'
        "    for i in range(8):\n"
        '        with T.sblock("B"):\n'
        "            vi = T.axis.spatial(8, i)\n" + "".join(lines)
    )


def analysed(page: Page, number: int) -> None:
    """Wait until the page has drawn this many analyses, and for the editor."""
    root = page.locator(".workbench")
    root.wait_for(timeout=120_000)
    while int(root.get_attribute("data-analysed") or 0) < number:
        page.wait_for_timeout(50)
    page.locator(".monaco-editor .view-line").first.wait_for()


def percentile(times: list[float], share: float) -> float:
    """Return the figure that this share of the figures does not exceed."""
    return sorted(times)[round(share * (len(times) - 1))]


def measure(edits: int, points: int, heap_edits: int) -> dict[str, float]:
    """Return the figures by name, in milliseconds; no growth of the heap without ``heap_edits``."""
    figures: dict[str, float] = {}
    with serving() as address, launched() as browser:
        page = browser.new_page(viewport={"width": 1500, "height": 950}, reduced_motion="reduce")
        page.goto(address)
        analysed(page, 1)
        page.click(".program")
        page.click(".program-card[data-example=matmul]")
        analysed(page, 2)
        page.evaluate(EDIT, 1)  # a warm-up
        until_quiet()
        figures |= edit_times(page, edits)
        figures |= rail_times(page)
        if heap_edits:
            figures["heap growth"] = heap_growth(page, heap_edits)
        for nodes in (500, 2000):
            figures |= hover_times(page, nodes, points)
    return figures


def edit_times(page: Page, edits: int) -> dict[str, float]:
    """Edit the program this often."""
    told, drawn, shown, linked = [], [], [], []
    for value in range(2, 2 + edits):
        page.wait_for_timeout(PAUSE)
        times = page.evaluate(EDIT, value)
        for kept, time in zip((told, drawn, shown, linked), times, strict=True):
            kept.append(time)
    return {
        "diagnostics p50": statistics.median(told),
        "tree p50": statistics.median(drawn),
        "all panes p50": statistics.median(shown),
        "all panes p95": percentile(shown, 0.95),
        "linked p50": statistics.median(linked),
        "linked p95": percentile(linked, 0.95),
    }


def rail_times(page: Page) -> dict[str, float]:
    """Walk along the rail of CUDA to its end, back and to its end again."""
    page.hover(".slot[data-target=cuda] .listing")
    page.locator(".rail .track").focus()
    page.wait_for_timeout(2000)  # the passes of another target are asked for
    page.keyboard.press("Home")
    page.wait_for_timeout(1000)
    walks: dict[str, list[float]] = {}
    for walk, direction in (("not seen", "after"), ("back", "before"), ("seen", "after")):
        walks[walk] = []
        while (time := page.evaluate(STEP, direction)) is not None:
            walks[walk].append(time)
            page.wait_for_timeout(300)
    page.keyboard.press("Home")
    page.wait_for_timeout(1000)
    seen = walks["back"] + walks["seen"]
    return {
        "rail, seen p95": percentile(seen, 0.95),
        "rail, not seen p95": percentile(walks["not seen"], 0.95),
    }


def heap_growth(page: Page, edits: int) -> float:
    """Return by how many per cent the heap of scripts is larger after this many edits."""
    session = page.context.new_cdp_session(page)

    def used() -> float:
        page.wait_for_timeout(1000)
        session.send("HeapProfiler.collectGarbage")
        return float(session.send("Runtime.getHeapUsage")["usedSize"])

    for value in range(20):  # until all is loaded and caches are full
        page.evaluate(EDIT, value)
    before = used()
    for value in range(edits):
        page.evaluate(EDIT, value % 50)
    return (used() / before - 1) * 100


def hover_times(page: Page, nodes: int, points: int) -> dict[str, float]:
    """Unfold a tree of so many nodes and point at this many of them."""
    page.evaluate("text => monaco.editor.getEditors()[0].setValue(text)", program(nodes // 6 + 2))
    page.evaluate("document.querySelector('.refold').click()")
    before = int(page.locator(".workbench").get_attribute("data-analysed") or 0)
    page.locator(".analyse").click()
    analysed(page, before + 1)
    took = page.evaluate(OPEN, nodes - 60)
    page.wait_for_timeout(1000)
    page.evaluate(POINT, 10)  # a warm-up
    times = page.evaluate(POINT, points)
    figures = {
        f"hover {nodes} p50": statistics.median(times),
        f"hover {nodes} p95": percentile(times, 0.95),
    }
    return figures | ({"open 2000": took} if nodes == 2000 else {})


def main() -> int:
    """Print the figures and their goals; return 1 when one is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--edits", type=int, default=20)
    parser.add_argument("--points", type=int, default=40)
    parser.add_argument("--heap-edits", type=int, default=500, help="0 leaves the heap out")
    options = parser.parse_args()
    figures = measure(options.edits, options.points, options.heap_edits)
    for name, figure in figures.items():
        unit = "% " if name == "heap growth" else "ms"
        verdict = "" if figure <= GOALS[name] else "  missed"
        print(f"{name:19} {figure:7.0f} {unit}   at most {GOALS[name]}{verdict}")
    return int(any(figure > GOALS[name] for name, figure in figures.items()))


if __name__ == "__main__":
    sys.exit(main())
