"""Make the README's pictures from the running page: ``python docs/pictures.py``.

Needs Chromium, playwright and Pillow, which is not among the requirements.
"""

from __future__ import annotations

import io
import sys
import time
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "benchmarks")]

from chromium import launched, serving  # noqa: E402  (scripts of another folder)
from workbench import analysed  # noqa: E402

from viz.ui.workspace import Workspace, to_query  # noqa: E402

RACE = """@T.prim_func
def main(A: T.Buffer((256,), "float32"), B: T.Buffer((256,), "float32")):
    for bx in T.thread_binding(2, thread="blockIdx.x"):
        for tx in T.thread_binding(128, thread="threadIdx.x"):
            S = T.alloc_buffer((192,), "float32", scope="shared")
            Left = T.decl_buffer((128,), data=S.data, scope="shared")
            Right = T.decl_buffer((128,), data=S.data, elem_offset=64, scope="shared")
            Left[tx] = A[bx * 128 + tx]
            Right[tx] = A[tx] * T.float32(2)
            T.tvm_storage_sync("shared")
            B[bx * 128 + tx] = Left[127 - tx] + Right[127 - tx]

def reference(A):
    return A
"""
"""A race: two buffers share memory."""

POINTER = """() => {
  const make = (name, values) => {
    const made = document.createElementNS('http://www.w3.org/2000/svg', name)
    for (const [key, value] of Object.entries(values)) made.setAttribute(key, value)
    return made
  }
  const pointer = make('svg', {viewBox: '0 0 16 24', width: 17, height: 25})
  pointer.append(make('path', {
    d: 'M1 1v18l4.4-4 3 7 3-1.3-3-6.7h6z', fill: '#111', stroke: '#fff', 'stroke-width': 1.4}))
  pointer.style = 'position:fixed;left:0;top:0;z-index:9999;pointer-events:none'
  document.body.append(pointer)
  document.addEventListener('pointermove', event => {
    pointer.style.transform = `translate(${event.clientX}px, ${event.clientY}px)`
  }, {capture: true})
}"""


def token(page: Page, target: str, line: str, words: str) -> Locator:
    """Return a token of a line of a target's source."""
    row = page.locator(f".slot[data-target={target}] .line", has_text=line).first
    row.scroll_into_view_if_needed()
    time.sleep(0.3)
    return row.locator("span").filter(has_text=words).first


def still(page: Page, name: str) -> None:
    """Write a picture of matmul with an Add node pinned."""
    page.locator(".program").click()
    page.locator(".program-card[data-example=matmul]").click()
    analysed(page, 2)
    time.sleep(1)
    token(page, "c", "C[cse_v2] = (", "+").click()
    shoot(page, name)


def finding(page: Page, address: str) -> None:
    """Write a picture of the tab Run with a race."""
    page.goto(f"{address}/run?w={to_query(Workspace(text=RACE, targets=('cuda',)))}")
    page.locator(".workbench[data-analysed]").wait_for(timeout=60_000)
    page.locator(".start-run").click()
    page.locator(".run-result .finding").wait_for(timeout=60_000)
    page.locator(".run-result .place").nth(1).click()
    page.locator(".run-result .finding").scroll_into_view_if_needed()
    page.mouse.move(5, 300)
    shoot(page, "run.png")


def shoot(page: Page, name: str) -> None:
    """Write a picture of the page, once its animations have ended."""
    time.sleep(1.2)
    picture = Image.open(io.BytesIO(page.screenshot()))
    picture.quantize(128, dither=Image.Dither.NONE).save(HERE / name, optimize=True)


def moving(page: Page) -> None:
    """Write the animated picture: the pointer over a source, the tree, the text."""
    page.evaluate(POINTER)
    shots: list[Image.Image] = []
    times: list[int] = []

    def take(milliseconds: int) -> None:
        shots.append(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))
        times.append(milliseconds)

    def go(place: Locator, hold: int = 1300) -> None:
        box = place.bounding_box()
        assert box is not None
        there = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        for step in range(1, 7):
            part = step / 6
            part = part * part * (3 - 2 * part)
            x, y = (a + (b - a) * part for a, b in zip(go.at, there, strict=True))
            page.mouse.move(x, y)
            page.wait_for_timeout(60)
            take(70)
        go.at = there
        page.wait_for_timeout(300)
        take(hold)

    go.at = (700.0, 60.0)
    page.mouse.move(*go.at)
    take(500)
    go(token(page, "c", "B[i] = (", "+"))
    go(page.locator(".pane.tree g.node").filter(has_text="TensorLoad").first)
    go(page.locator(".pane.tree g.node").filter(has_text="For i in").first)
    go(page.locator(".monaco-editor .view-line span span", has_text="1.0").last)
    go(token(page, "cuda", "B_ptr[", "A_ptr"))
    token(page, "cuda", "B_ptr[", "A_ptr").click()
    page.wait_for_timeout(500)
    take(2600)
    shots[0].save(
        HERE / "linking.webp",
        save_all=True,
        append_images=shots[1:],
        duration=times,
        loop=0,
        quality=62,
        method=6,
    )


def main() -> None:
    """Write all pictures."""
    with serving() as address, launched() as browser:
        context = browser.new_context(reduced_motion="reduce")
        context.add_init_script("localStorage.setItem('tirscope.hint-seen', '1')")
        for name, scheme in (("explore.png", "light"), ("explore-dark.png", "dark")):
            page = opened(context, 1440, 900, scheme)
            page.goto(address)
            analysed(page, 1)
            still(page, name)
            page.close()
        page = opened(context, 1400, 1000)
        finding(page, address)
        page.close()
        page = opened(context, 1280, 760)
        page.goto(f"{address}/?w={to_query(Workspace(example='add_one'))}")
        analysed(page, 1)
        time.sleep(1)
        moving(page)


def opened(
    context: BrowserContext, width: int, height: int, scheme: Literal["light", "dark"] = "light"
) -> Page:
    """Return a new page of this size, in a colour scheme."""
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    return page


if __name__ == "__main__":
    main()
