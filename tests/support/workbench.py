"""The workbench in Chromium: links that open it with a program, actions of a user, what is shown."""

import base64
import json
import time
import zlib

ADD = """@T.prim_func
def f(A: T.Buffer((8,), "float32"), B: T.Buffer((8,), "float32")):
    for i in range(8):
        B[i] = A[i] + 1.0
"""


def query(**fields):
    """Return the query of a link to the page, with a text, targets or other choices."""
    packed = zlib.compress(json.dumps(fields).encode())
    return f"?w={base64.urlsafe_b64encode(packed).decode().rstrip('=')}"


DRAG = """({name, content, kind}) => {
  const data = new DataTransfer()
  data.items.add(new File([Uint8Array.from(atob(content), c => c.charCodeAt(0))], name))
  const place = document.querySelector(".monaco-editor") ?? document.body
  place.dispatchEvent(new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true}))
}"""


class Workbench:
    """The page of the workbench: what a user does there, and what it shows."""

    def __init__(self, page):
        self.page = page
        self.root = page.locator(".workbench")
        self.editor = page.locator(".monaco-editor").first
        self.tree = page.locator(".pane.tree .canvas")
        self.card = page.locator(".workbench .card")
        self.status = page.locator(".status")

    def source(self, target):
        return self.page.locator(f".slot[data-target={target}] .listing")

    @property
    def analysed(self):
        return int(self.root.get_attribute("data-analysed") or 0)

    def wait(self, number):
        """Wait until this many analyses were drawn, and for the editor."""
        self.until(lambda: self.root.count() and self.analysed >= number, seconds=60)
        self.page.locator(".monaco-editor .view-line").first.wait_for()

    def until(self, condition, seconds=30):
        """Wait until a condition holds, by polling: the page's policy refuses injected scripts."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "the condition never held"
            self.page.wait_for_timeout(50)

    def after(self, act):
        """Do something that starts an analysis, and wait for it."""
        before = self.analysed
        act()
        self.wait(before + 1)

    def write(self, text):
        """Replace the editor's text by pasting, and wait for the analysis."""
        self.after(lambda: self.paste(text))

    def paste(self, text):
        self.page.evaluate("text => navigator.clipboard.writeText(text)", text)
        self.focus_editor()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.press("Control+v")

    def drag(self, kind, name, content):
        """Drag a file of some bytes over the editor, or drop it there."""
        text = base64.b64encode(content).decode()
        self.page.evaluate(DRAG, {"name": name, "content": text, "kind": kind})

    def choose(self, example):
        """Open an example from the gallery, and wait for the analysis."""
        self.page.locator(".program").click()
        self.after(lambda: self.page.locator(f".program-card[data-example={example}]").click())

    def focus_editor(self):
        self.page.locator(
            ".monaco-editor textarea, .monaco-editor .native-edit-context"
        ).first.focus()

    def text(self):
        return self.page.evaluate("monaco.editor.getEditors()[0].getValue()")

    def token(self, target, line, words):
        """Return a token of a line of a target's source."""
        row = self.source(target).locator(".line", has_text=line).first
        row.scroll_into_view_if_needed()
        return row.locator("span").filter(has_text=words).first

    def in_editor(self, line, words):
        """Return where to point at the first such words of a line of the editor, on the page.

        Which spans Monaco makes of a line changes with its colours and with what is lit up.
        """
        row = self.editor.locator(".view-line", has_text=line).last
        row.wait_for()
        x, y = row.evaluate(
            """(line, words) => {
              const range = document.createRange(), nodes = document.createTreeWalker(line, NodeFilter.SHOW_TEXT)
              let start = line.textContent.replaceAll('\\u00a0', ' ').indexOf(words), node = nodes.nextNode()
              for (; start >= node.length; node = nodes.nextNode()) start -= node.length
              range.setStart(node, start)
              range.setEnd(node, Math.min(start + words.length, node.length))
              const box = range.getBoundingClientRect()
              return [(box.left + box.right) / 2, (box.top + box.bottom) / 2]
            }""",
            words,
        )
        return x, y

    def stop(self, words):
        """Return the stop of the rail with a word on it."""
        return self.page.locator(".rail .stop", has_text=words).first

    def node(self, words):
        return self.tree.locator("g.node").filter(has_text=words).first

    def lit(self):
        """Return the highlighted texts of the editor, the tree and each source."""
        self.page.wait_for_timeout(60)
        return self.page.evaluate(
            """() => ({
              editor: [...document.querySelectorAll('.monaco-editor .view-line .own')].map(e => e.textContent.replaceAll('\\u00a0', ' ').trim()),
              tree: [...document.querySelectorAll('.pane.tree g.lit')].map(e => e.getAttribute('aria-label')),
              how: [...document.querySelectorAll('.pane.tree g.lit')].map(e => e.classList.contains('exact') ? 'exact' : 'else'),
              ...Object.fromEntries([...document.querySelectorAll('.slot')].map(slot =>
                [slot.dataset.target, [...slot.querySelectorAll('.own')].map(e => e.textContent.trim())])),
            })"""
        )
