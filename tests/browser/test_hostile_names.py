"""Names that would break a page that puts them in as they come: markup, quotes, directions, length."""

from tests.support.attacks.hostile import program
from tests.support.workbench import query

NAMES = (
    "</script><img src=x onerror=alert(1)>",
    "\u202eevil\u2066 \u2069",
    "\"'`${1}\\",
    "\" onmouseover=alert(1) x='y' <b>&quot;\\u003cimg src=x onerror=alert(1)>\\",
    "n" * 10_000,
)


def test_names_stay_text_and_do_not_widen_the_page(opened):
    bench = opened(query(text=program(), targets=["c"]))
    page = bench.page
    for name in NAMES:
        bench.write(program(name))
        assert page.locator(".remarks .problem.error").count() == 0
        block = bench.tree.locator("g.node").filter(has_text='SBlock "').last  # not the root
        block.click()
        explained = page.locator(".card.pinned")
        explained.wait_for()
        if name.isprintable():  # other characters are made visible
            assert name[:20] in explained.text_content()
            assert name[:20] in block.text_content()
        assert (
            page.locator(".workbench :is(img, script, b[onmouseover], [onmouseover])").count() == 0
        )
        assert page.title() == "TIRscope"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.keyboard.press("Escape")
