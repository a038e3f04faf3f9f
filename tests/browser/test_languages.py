"""The page in Chinese and in English: which one it speaks, and the change between them."""

import pytest

from tests.support.workbench import query


@pytest.fixture(scope="module")
def chinese(browser):
    """A visitor whose browser asks for Chinese."""
    context = browser.new_context(
        locale="zh-CN",
        reduced_motion="reduce",
        permissions=["clipboard-read", "clipboard-write"],
    )
    yield context
    context.close()


def test_the_language_is_changed_on_the_page(opened):
    bench = opened(query(example="matmul", targets=["c"], stage=12, focused="c"))
    page = bench.page
    assert page.locator(".analyse").inner_text().startswith("Analyse")
    bench.focus_editor()
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
    page.reload()
    bench.wait(1)
    assert page.locator(".start-run").inner_text().startswith("运行")
    page.locator(".languages summary").click()
    page.locator(".languages button", has_text="English").click()
    page.locator(".workbench:lang(en).ready").wait_for()
    bench.wait(1)
    assert page.locator(".start-run").inner_text().startswith("Run")
