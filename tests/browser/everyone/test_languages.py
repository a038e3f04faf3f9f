"""The page in Chinese and in English: which one it speaks, and the change between them."""

import re

import pytest

from tests.support.workbench import Workbench, query

COLLECT = """() => {
  const CODE = "code, kbd, pre, textarea, option, .monaco-editor, .listing, svg, .signature, .values, .diff, " +
    ".stage-outline, .card .what, .card .facts, .card .explained, [translate=no], [lang=en], script, style"
  const root = document.querySelector(".workbench, .stMain") ?? document.body
  const walk = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT)
  const found = []
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const place = node instanceof Element ? node : node.parentElement
    if (place.closest(".monaco-editor, .stage-outline .row, svg, script, style, [data-testid=stHeaderActionElements], [data-testid=stHeadingWithActionElements] a")) continue
    if (node instanceof Element) {
      if (place.closest(".step-body [translate=no]")) continue
      for (const name of ["title", "aria-label", "placeholder", "alt", "aria-valuetext"]) found.push(node.getAttribute(name) ?? "")
    } else if (!place.closest(CODE)) found.push(node.data)
  }
  return [...new Set(found.map(text => text.trim()).filter(Boolean))]
}"""
"""A script that returns the texts of the page without code."""

NAMES = frozenset(
    """
    Ctrl Shift Alt Enter Esc Escape Space Tab English Language TIRscope TIRx scope pass pip install iframe
    block kernel warp lane codegen lowering intrinsic tile tensor core shuffle token query head bank scale
    softmax float gather nibble stride Mma break select py
    Python NumPy Relax Llama Metal Apple Landlock seccomp glibc Linux Debian Cuda release tools nvcc gcc
    if def return import half Kernel txt json ipynb onnx zip cuda Cast main silu total tirx dtype
    npy npz csv roofline buffer tracker run
    dask Markdown schedule dlight tirscope doctor matmul relu tanh argmax
    """.split()
)
"""Words that stay in English: names, keys, and terms that the TVM community does not translate."""

_CODE = re.compile(
    r"`[^`]*`|https?://\S+|/[\w./+-]+"  # quoted code, addresses, files
    r"|[A-Za-z_]\w*(?:[.=:(\[/-]+\w+)+[)\]]*|[A-Za-z]+_\w*|_\w+"  # a.b, f(x), a_b
    r"|\w*[a-z][A-Z]\w*|\b[A-Z]{2,}\w*|\b[A-Za-z]*\d\w*"  # CamelCase, ABC, float32
)


def english_words(texts):
    """Return the texts that have English words, each with them."""
    found = {}
    for text in texts:
        words = set(re.findall(r"[A-Za-z]{2,}", _CODE.sub(" ", text))) - NAMES
        if words:
            found[text] = sorted(words)
    return found


class Walk:
    """A walk through the page in Chinese that gathers the texts with English words in them."""

    def __init__(self, page):
        self.page = page
        self.found = {}

    def look(self, state):
        self.page.wait_for_timeout(150)
        for text, words in english_words(self.page.evaluate(COLLECT)).items():
            self.found.setdefault(text, (state, words))

    def unfold(self, place):
        self.page.locator(place).evaluate_all("all => all.forEach(one => { one.open = true })")


def test_a_visit_in_chinese_meets_no_english(opened):
    bench = opened("?lang=zh", knows_hints=False)
    page, walk = bench.page, Walk(bench.page)
    walk.look("first visit")
    page.locator(".program").click()
    walk.look("gallery")
    page.keyboard.press("Escape")
    bench.choose("matmul")
    page.locator(".rail .stop").nth(5).click()
    page.locator(".stage-title", has_text="展平下标").wait_for()
    for view in ("outline", "script", "diff", "tree"):
        page.locator(f".stage-views [data-view={view}]").click()
        walk.look(view)
        if view in ("outline", "tree"):
            page.locator(".pane.tree", has_text="条语句").wait_for()
            assert "statements" not in page.locator(".pane.tree").inner_html()
    page.locator(".help").click()
    walk.look("keys")
    page.keyboard.press("Escape")
    walk.unfold("details:is(.menu, .options)")
    walk.look("menus")
    page.keyboard.press("Escape")
    page.locator(".slot[data-target=c] .listing .line span", has_text="+").last.click()
    page.locator(".card.pinned").wait_for()
    walk.look("pinned")
    page.locator("#dock-tab-run").click()
    page.locator(".devices input").first.wait_for()
    walk.look("run")
    page.locator(".start-run").click()
    page.locator(".run-result .verdict").wait_for()
    walk.unfold(".run-result details")
    walk.look("outcome")
    bench.choose("lost_sum")
    page.locator(".start-run").click()
    page.locator(".run-result .finding").first.wait_for()
    walk.unfold(".run-result details")
    walk.look("finding")
    bench.choose("add_one")
    walk.unfold(".remarks details")
    walk.look("older spellings")
    page.locator("#dock-tab-step").click()
    page.keyboard.press(".")
    walk.look("a codegen's walk")
    page.locator(".rail .stop").first.click()
    page.locator(".step-modes button").nth(2).click()
    page.locator(".rule-form select").nth(1).select_option("pseudo-c")
    page.locator(".try-rule").click()
    page.locator(".rule-result .verdict").wait_for()
    walk.look("a rule")
    page.locator(".step-modes button").nth(1).click()
    walk.look("before a run")
    page.keyboard.press(".")
    page.locator(".memory").first.wait_for()
    page.locator(".scrub").fill("2")
    page.locator(".cell.written").click()
    walk.look("a run")
    page.locator(".site-pages .elsewhere").click()
    page.locator(".checks.counts").wait_for()
    walk.look("environment")
    assert not walk.found


def editor_words(bench):
    """Return the words of the editor's own menus: to find, its commands, those of the right button."""
    page = bench.page
    bench.focus_editor()
    page.keyboard.press("Control+f")
    found = page.locator(".find-widget.visible [aria-label]")
    found.first.wait_for()
    words = found.evaluate_all("all => all.map(one => one.getAttribute('aria-label'))")
    page.keyboard.press("Escape")
    page.keyboard.press("F1")
    commands = page.locator(".quick-input-list .monaco-list-row .label-name")
    commands.first.wait_for()
    words += commands.all_inner_texts()
    page.keyboard.press("Escape")
    page.locator(".monaco-editor .view-line").first.click(button="right")
    menu = page.locator(".shadow-root-host .action-label:not(.separator)")
    menu.first.wait_for()
    words += menu.all_inner_texts()
    page.keyboard.press("Escape")
    return [word.strip() for word in words if word.strip()]


@pytest.mark.thorough
def test_a_browser_that_asks_for_chinese_gets_it(chromium, server):
    context = chromium.new_context(locale="zh-CN", reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{server.address}/")
    Workbench(page).wait(1)
    assert page.locator(".start-run").inner_text().startswith("运行")
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    page.goto(f"{server.address}/environment")
    page.locator("h3", has_text="这台机器能做什么").wait_for()
    page.locator(".site-pages a", has_text="English").click()
    page.locator("h3", has_text="What this machine can do").wait_for()
    context.close()


def test_the_language_is_changed_on_the_page(opened):
    bench = opened(query(example="matmul", targets=["c"], stage=12, focused="c"))
    page = bench.page
    assert page.locator(".analyse").inner_text().startswith("Analyse")
    words = editor_words(bench)
    assert {"Find", "Copy"} <= {*words}
    assert all(word.isascii() for word in words)
    bench.focus_editor()
    page.keyboard.press("Control+Home")
    page.keyboard.type("# mine\n")
    bench.until(lambda: "mine" in bench.text())
    page.locator(".languages summary").click()
    page.locator(".languages button", has_text="中文").click()
    page.locator(".workbench:lang(zh).ready").wait_for()
    bench.wait(1)
    assert page.locator(".analyse").inner_text().startswith("分析")
    assert bench.text().startswith("# mine\n")  # the program and the stage stay
    assert page.locator(".rail .track").get_attribute("aria-valuenow") != "0"
    assert "lang=zh" in page.url
    words = editor_words(bench)
    assert {"查找", "复制"} <= {*words}
    assert not english_words(words)
    page.reload()
    bench.wait(1)
    assert page.locator(".start-run").inner_text().startswith("运行")
    page.locator(".languages summary").click()
    page.locator(".languages button", has_text="English").click()
    page.locator(".workbench:lang(en).ready").wait_for()
    bench.wait(1)
    assert page.locator(".start-run").inner_text().startswith("Run")


def choose_language(bench, code):
    page = bench.page
    page.locator(".languages summary").click()
    page.locator(f".languages button[lang={code}]").click()
    page.locator(f".workbench:lang({code}).ready").wait_for()
    bench.wait(1)


def test_another_language_changes_words_and_nothing_else(opened):
    bench = opened(query(example="matmul", targets=["c", "cuda"], focused="cuda"))
    page = bench.page
    bench.write(bench.text().replace("B[vk, vj]", "B[vj, vk]"))
    page.locator(".slot[data-target=cuda] .choice button").nth(1).click()
    page.locator(".stage-views [data-view=outline]").click()
    page.locator(".stage-outline .turn:visible").nth(3).click()
    bench.source("c").locator(".line span", has_text="*").last.click()
    page.locator(".card.pinned").wait_for()
    page.locator("#dock-tab-run").click()
    page.locator(".devices input[value=c]").click()
    page.locator(".run-form .reference summary").click()
    page.locator(".run-form textarea").fill("def reference(A, B):\n    return A @ B")
    page.locator(".start-run").click()
    page.locator(".run-result .verdict").wait_for(timeout=60_000)
    page.locator(".pane.tree .search").fill("Store")

    def shown():
        return {
            "pin": bench.lit()["c"],
            "outline": page.locator(".stage-outline .row").count(),
            "text": bench.text(),
            "line": page.evaluate("monaco.editor.getEditors()[0].getPosition().lineNumber"),
            "dock": bench.root.get_attribute("data-dock"),
            "part": page.locator(".slot[data-target=cuda] .choice [aria-pressed]").evaluate_all(
                "all => all.map(one => one.getAttribute('aria-pressed'))"
            ),
            "device": page.locator(".devices input:checked").get_attribute("value"),
            "reference": page.locator(".run-form textarea").input_value(),
            "mismatches": page.locator(".run-result .mismatches td:nth-child(3)").all_inner_texts(),
            "map": page.locator(".run-result .error-map [class^=level]").count(),
            "dot": page.locator(".verdict-dot").get_attribute("class"),
            "search": page.locator(".pane.tree .search").input_value(),
        }

    before = shown()
    assert before["pin"]
    assert before["mismatches"]
    for code, verdict in (("zh-CN", "输出不正确"), ("en", "The outputs are wrong")):
        choose_language(bench, code)
        page.locator(".run-result .verdict", has_text=verdict).wait_for()
        bench.until(lambda: shown() == before)
