"""Names that would break a page that puts them in as they come: markup, quotes, directions, length."""

from tests.support.attacks.hostile import program
from tests.support.workbench import query

NAMES = (
    "</script><img src=x onerror=alert(1)>",
    "\u202eevil\u2066 \u2069",
    "\"'`${1}\\\\",
    "n" * 10_000,
)


def test_names_stay_text_and_do_not_widen_the_page(opened):
    bench = opened(query(text=program(), targets=["c"]))
    for name in NAMES:
        bench.write(program(name.replace("\\", "/").replace('"', "'")))
        assert bench.page.locator(".remarks .problem.error").count() == 0
        assert bench.page.locator(".workbench :is(img, script)").count() == 0
        bench.node("SBlock").first.click()
        assert bench.page.title() == "TIRscope"
        assert bench.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        bench.page.keyboard.press("Escape")
