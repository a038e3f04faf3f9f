"""A target of two generations side by side: linked by the text, what differs, and whose passes."""

from playwright.sync_api import expect

from tests.support.legacy import needs_second_engine
from tests.support.workbench import query


@needs_second_engine
def test_cuda_then_and_now(opened):
    bench = opened(query(example="vector_add", targets=["c", "cuda"]))
    page = bench.page
    compare = page.locator(".compare")
    expect(compare).to_be_hidden()
    page.locator(".generations > summary").click()
    bench.after(lambda: page.locator(".generations button[data-target='cuda@2024']").click())
    page.locator(".generations > summary").click()
    then = page.locator(".slot[data-target='cuda@2024']")
    expect(then.locator("h3")).to_have_text("CUDA · 2024")
    # Pointing at the store of the one lights up that of the other, by way of the text.
    bench.token('"cuda@2024"', "C[", "[").hover()
    bench.until(lambda: bench.lit()["cuda"])
    lit = bench.lit()
    assert any("C[vi]" in text for text in lit["editor"])
    assert any("=" in text for text in lit["cuda"])
    compare.click()
    difference = page.locator(".generation-diff")
    expect(difference.locator("ins").filter(has_text="C_ptr").first).to_be_visible()
    lists = difference.locator(".pass-lists section")
    expect(lists.first).to_contain_text("InjectPrefetch")
    expect(lists.last).to_contain_text("StmtSimplify")
    compare.click()
    expect(difference).to_be_hidden()
    expect(then).to_be_visible()
