"""Offers of the page, in Chromium, where a target cannot take the program."""

from tests.support.workbench import ADD, query


def test_a_target_that_cannot_take_the_program_offers_what_helps(opened):
    bench = opened(query(example="matmul_gpu", targets=["c", "cuda"]))
    titles = bench.page.locator(".slot h3")
    assert "bound to GPU threads" in bench.page.locator(".slot[data-target=c]").text_content()
    bench.after(lambda: bench.page.get_by_role("button", name="Show CUDA only").click())
    assert titles.all_text_contents() == ["CUDA"]
    assert bench.page.locator(".slot .problem.error").count() == 0
    bench.after(bench.page.go_back)
    assert titles.all_text_contents() == ["C", "CUDA"]
    bench.after(lambda: bench.page.locator(".targets button", has_text="CUDA").click())
    bench.after(lambda: bench.page.get_by_role("button", name="Show CUDA only").click())
    assert titles.all_text_contents() == ["CUDA"]

    bench.write(ADD)
    assert "it has no block" in bench.page.locator(".slot-problems").text_content()
    offer = bench.page.locator(".mend")
    offer.get_by_text("Wrap the loop in a block").click()
    added = offer.locator(".added").all_text_contents()
    assert any('with T.sblock("B"):' in line for line in added)
    assert any("B[vi] = A[vi] + 1.0" in line for line in added)
    bench.after(lambda: offer.get_by_role("button", name="Apply to my text").click())
    assert 'vi = T.axis.remap("S", [i])' in bench.text()
    assert "__global__" in bench.source("cuda").text_content()
    assert not offer.count()
