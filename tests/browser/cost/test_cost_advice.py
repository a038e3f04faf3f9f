"""The tab Cost: an access is measured, an edit is found and applied, and measured again."""

import re

from playwright.sync_api import expect

from tests.support.programs.costs.flawed_kernels import KERNELS
from tests.support.workbench import query

MINUTE = 60_000


def test_bank_conflicts_are_gone_after_an_edit_of_the_text(opened):
    text = KERNELS["tile"].text
    bench = opened(query(text=text, targets=["cuda"]))
    page = bench.page
    page.locator("#dock-tab-cost").click()
    page.locator(".measure").click()
    details = page.locator(".site-details")
    expect(details.locator("h3")).to_contain_text("S", timeout=MINUTE)
    details.get_by_role("button", name="Find an edit that helps").click()
    suggestion = details.locator(".suggestion").first
    expect(suggestion).to_contain_text("Lay the rows of S 33 elements apart", timeout=MINUTE)
    # 512 requests of 32 wavefronts each, then of one.
    row = suggestion.locator("tbody tr", has_text="load")
    expect(row.locator("td").nth(1)).to_have_text("16,384")
    expect(row.locator("td").nth(2)).to_have_text("512")
    expect(suggestion.locator("pre .added").first).to_contain_text("(1056,)")

    suggestion.get_by_role("button", name="Apply to my text").click()
    bench.until(lambda: "S[tx * 33 + k * 8 + ty]" in bench.text())
    # It is measured again by itself: nothing costs more than it needs, and nothing is offered.
    expect(page.locator(".cost-remarks .changed")).to_be_visible(timeout=MINUTE)
    expect(page.locator(".sites tr.costly")).to_have_count(0)
    expect(details.locator(".cost-advice")).to_have_count(0)

    bench.focus_editor()
    page.keyboard.press("Control+z")
    bench.until(lambda: re.search(r"S\[tx, k \* 8 \+ ty\]", bench.text()))
