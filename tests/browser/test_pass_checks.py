"""Every pass is checked from the rail: its dots, its menu, what is wrong and where."""

from tests.support.workbench import query


def test_every_pass_is_checked(opened):
    bench = opened(query(example="add_one", targets=["c"]))
    menu = bench.page.locator(".rail .checks")
    bench.page.locator(".rail .track").focus()
    bench.page.keyboard.press("V")
    menu.locator("summary", has_text="✓").wait_for()
    assert "compute what your program does" in menu.locator(".popover").text_content()
    assert "still right" in menu.locator(".legend").text_content()
    dots = bench.page.locator(".rail .dot.verdict")
    signs = dots.all_text_contents()
    assert signs[0] == "✓"
    assert signs[-1] == "–"
    assert "unpack" not in dots.first.get_attribute("title")
    assert "cannot be run: the host" in dots.last.get_attribute("title")
    bench.until(lambda: "checks=1" in bench.page.url)
    # After an edit it is done again: the program is wrong itself now, and no pass is.
    bench.write(bench.text().replace("return A + 1", "return A + 2"))
    menu.locator("summary", has_text="✗ your program is wrong").wait_for()
    assert dots.first.text_content() == "✗"
    assert dots.nth(1).text_content() == "✓"
    wrong = menu.locator(".wrong-pass")
    assert "by the reference" in wrong.text_content()
    wrong.locator(".to-node").click()
    bench.card.filter(has_text="BufferStore").wait_for()
    wrong.locator(".to-text").click()
    menu.locator("summary").click()
    assert not menu.evaluate("menu => menu.open")


def test_the_schedule_of_tvm_is_the_first_wrong_stage(opened):
    """TVM's default schedule leaves the variable of a block's predicate without its loop."""
    bench = opened(query(text=PREDICATE, targets=["cuda"]) + "&checks=1")
    bench.page.locator(".rail .checks summary").click()
    door = bench.page.locator(".wrong-pass .act", has_text="Default schedule")
    door.click()
    bench.page.locator(".stage-title", has_text="Default schedule").wait_for()
    assert bench.page.locator(".rail .dot.verdict.wrong").count() == 1
    assert "name 'i' is not defined" in bench.page.locator(".wrong-pass").text_content()


PREDICATE = """
@T.prim_func(s_tir=True)
def main(A: T.Buffer((128, 128), "float32"), C: T.Buffer((127, 128), "float32")):
    for i, j in T.grid(128, 128):
        with T.sblock("B"):
            vi, vj = T.axis.remap("SS", [i, j])
            T.where(i < 127)
            C[vi, vj] = A[vi, vj] * T.float32(2) + T.float32(1)
"""
