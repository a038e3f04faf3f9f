"""The stages of a program in Chromium: the rail, and the four views of the middle pane."""

import re

import pytest

from tests.support.workbench import query
from viz.frontend.examples import examples


@pytest.mark.thorough
def test_the_stage_follows_the_source_in_focus(opened):
    bench = opened()
    note = bench.page.locator(".note .count")
    bench.stop("Source").click()
    note.filter(has_text="as the codegen of C gets it").wait_for()
    assert bench.node("AssertStmt").count() == 0
    bench.source("cuda").hover()
    note.filter(has_text="as the codegen of CUDA gets it").wait_for()
    bench.node("Add +").hover()
    lit = bench.lit()
    assert "+" in lit["cuda"]
    assert lit["editor"] == ["+"]
    bench.stop("Flatten").click()
    note.filter(has_text=re.compile(r"after pass \d+ for CUDA")).wait_for()
    bench.node("Add +").hover()
    assert bench.lit()["editor"] == ["+"]
    bench.source("c").hover()
    note.filter(has_text=re.compile(r"after pass \d+ for C\.")).wait_for()


@pytest.mark.thorough
def test_python_follows_the_rail(opened):
    bench = opened(query(example="if_double", targets=["c", "cuda"]))
    python, slot = bench.source("python"), bench.page.locator(".slot[data-target=python]")
    bench.after(lambda: bench.page.locator(".targets button", has_text="Python").click())
    assert bench.page.locator(".slot").count() == 2  # it takes the place of the oldest
    bench.after(lambda: bench.page.locator(".targets button", has_text="CUDA").click())
    bench.after(lambda: bench.page.locator(".targets button").first.click())
    python.locator(".line", has_text="x[i] = x[i] * 2").wait_for()
    bench.until(lambda: "x[i] = (x[i] * 2)" in bench.source("c").text_content())
    bench.node("Mul *").hover()
    lit = bench.lit()
    assert (lit["python"], "*" in lit["c"], "*" in lit["editor"]) == (["*"], True, True)
    slot.get_by_text("your program").wait_for()
    with bench.page.expect_download() as saved:
        slot.get_by_role("button", name="Save").click()
    assert saved.value.suggested_filename.endswith(".py")
    bench.stop("Flatten").click()
    slot.get_by_text("after pass 19 for C").wait_for()
    bench.token("python", "x_1[i] = ", "*").click()
    assert "*" in bench.lit()["c"]
    assert "viz.step.rules: prim.Mul" in bench.card.text_content()
    python.focus()  # arrows go from node to node
    bench.page.keyboard.press("ArrowRight")
    assert bench.lit()["python"] != ["*"]
    bench.stop("Source").click()
    slot.get_by_text("this stage cannot be written as Python: tirx.isnullptr").wait_for()
    slot.get_by_text("your program").wait_for()
    bench.token("c", "x[i] = ", "*").hover()
    assert bench.lit()["python"] == ["*"]
    bench.stop("Flatten").click()
    python.locator(".line", has_text="x_1[i]").first.wait_for()
    address = bench.page.url
    again = opened(address[address.index("?") :])
    again.source("python").locator(".line", has_text="x_1[i]").first.wait_for()


def test_the_rail_moves_tree_text_and_diff(opened, tmp_path):
    bench = opened(query(example="add_one", targets=["c"]))
    track = bench.page.get_by_role("slider", name="Passes of the focused target")
    title = bench.page.locator(".stage-title")
    track.focus()
    bench.page.keyboard.press("End")
    title.filter(has_text="As the codegen gets it").wait_for()
    bench.stop("Flatten").click()
    title.filter(has_text="Flatten the indices").wait_for()
    assert "Flatten the indices" in track.get_attribute("aria-valuetext")
    bench.tree.locator("g.node:is(.added, .changed, .moved)").first.wait_for()
    assert "FlattenBuffer" in bench.page.locator(".pass-card").text_content()
    bench.page.get_by_role("button", name="Diff").click()
    bench.page.locator(".stage-diff tr.added ins").first.wait_for()
    bench.page.get_by_role("button", name="TVMScript").click()
    script = bench.page.locator(".stage-script .line", has_text="B_1[").first
    script.locator("span", has_text="+").first.hover()
    lit = bench.lit()
    assert "+" in lit["editor"]
    assert "+" in lit["c"]
    bench.stop("Program").click()  # printed, so its lines are not those of the editor
    bench.page.locator(".stage-script .line", has_text="B[vi]").locator(
        "span", has_text="+"
    ).first.hover()
    lit = bench.page.locator(".stage-script .own").all_text_contents()
    assert [words.strip() for words in lit] == ["+"]
    bench.stop("Flatten").click()
    bench.page.locator(".stage-script .line", has_text="B_1[").first.wait_for()
    # A link, and the page after a reload, show the same stage in the same way.
    address = bench.page.url
    again = opened(address[address.index("?") :])
    again.page.locator(".stage-title", has_text="Flatten the indices").wait_for()
    again.page.locator(".stage-script .line", has_text="B_1[").first.wait_for()
    again.page.keyboard.press("[")
    bench.until(lambda: "Flatten the" not in again.page.locator(".stage-title").text_content())
    walk_along_recorded_stages(bench, tmp_path / "debug")


def walk_along_recorded_stages(bench, folder):
    """Open a folder of stages that were recorded elsewhere, and go through it on the same rail."""
    page, title, note = bench.page, bench.page.locator(".stage-title"), bench.page.locator(".note")
    own, first = bench.text(), examples()["vector_add"].text
    second = first.replace("A[vi] + B[vi]", "A[vi] * B[vi]")
    stages = {"000_A.py": first, "001_B.py": first, "002_tirx.FlattenBuffer.py": second}
    stages |= {"003_codegen_after.cpp": "int kernel;", "004_C.tir": "@T.prim_func\ndef f(): f(("}
    folder.mkdir()
    for name, text in stages.items():
        (folder / name).write_text(text, encoding="utf-8")
    page.get_by_role("button", name="Tree", exact=True).click()
    page.locator("input.folder").set_input_files(folder)
    title.filter(has_text="1 · 000_A.py").wait_for()
    page.locator(".status", has_text="5 stages, recorded elsewhere").wait_for()
    note.filter(has_text="recorded as 000_A.py").wait_for()
    assert bench.text() == own
    page.keyboard.press("]")  # over the stage that has the same text
    title.filter(has_text="3 · 002_tirx.FlattenBuffer.py").wait_for()
    bench.tree.locator("g.node.changed", has_text="Mul").click()
    assert "Mul" in bench.card.text_content()
    card = page.locator(".pass-card")
    assert "no pass was run for it here" in card.text_content()
    assert "The name of the file names the pass tirx.FlattenBuffer" in card.text_content()
    page.get_by_role("button", name="Diff").click()
    page.locator(".stage-diff tr.added ins", has_text="*").wait_for()
    page.get_by_role("button", name="Tree", exact=True).click()
    page.keyboard.press("]")
    page.locator(".stage-script", has_text="int kernel;").wait_for()
    note.filter(has_text="A codegen wrote this").wait_for()
    page.keyboard.press("]")  # what cannot be read is text, with the reason
    page.locator(".stage-script", has_text="def f(): f((").wait_for()
    note.filter(has_text="was never closed").wait_for()
    page.keyboard.press("[")
    page.keyboard.press("[")
    bench.after(lambda: page.get_by_role("button", name="Open as program").click())
    assert bench.text() == second
    title.filter(has_text="3 · 002_tirx.FlattenBuffer.py").wait_for()
    page.reload()
    bench.wait(1)
    title.filter(has_text="3 · 002_tirx.FlattenBuffer.py").wait_for()
    note.filter(has_text="recorded as 002_tirx.FlattenBuffer.py").wait_for()
    page.keyboard.press("r")
    title.filter(has_text="Your program").wait_for()
    page.get_by_role("button", name="Close the recorded stages").click()
    assert not page.locator(".recorded-toggle").is_visible()


def test_made_by_a_pass_is_a_door_to_it_and_back(opened):
    bench = opened(query(example="add_one", targets=["c"]))
    bench.stop("Source").click()
    bench.source("c").locator(".fold.checks summary").click()
    bench.source("c").locator(".fold.checks .line").nth(3).click()
    assert "Made by MakePackedAPI" in bench.card.text_content()
    bench.card.get_by_role("button", name=re.compile("Go to pass")).click()
    bench.page.locator(".stage-title", has_text="Calling convention").wait_for()
    bench.page.locator(".way-back").click()
    bench.page.locator(".stage-title", has_text="As the codegen gets it").wait_for()


def test_the_life_of_a_node_is_a_row_of_doors(opened):
    bench = opened(query(example="matmul", targets=["c"]))
    bench.page.mouse.click(*bench.in_editor("C[vi,", " = "))
    life = bench.card.locator(".life")
    life.get_by_role("button", name="Your program").wait_for()
    moved = life.locator("li", has_text="moved")
    assert moved.count()
    title = moved.last.get_by_role("button").text_content()
    moved.last.get_by_role("button").click()
    bench.page.locator(".stage-title", has_text=title).wait_for()
    # The node is pinned there, too, with the same life, and there is a way back.
    bench.until(lambda: bench.page.locator(".canvas g.node.lit.exact").count())
    assert bench.card.locator(".what", has_text="BufferStore").count()
    life.locator("li", has_text="moved").first.wait_for()
    bench.page.locator(".way-back").click()
    bench.page.locator(".stage-title", has_text="Your program").wait_for()


@pytest.mark.thorough
def test_a_pass_that_throws_is_the_last_stop_and_its_input_is_shown(opened):
    bench = opened(query(example="matmul_gpu", targets=["c"]))
    failed = bench.page.locator(".rail .stop.failed")
    failed.click()
    bench.page.locator(".pass-card", has_text="bound to GPU threads").wait_for()
    bench.until(lambda: bench.node("thread").count())
    assert bench.stop("Source").count() == 0


def test_the_outline_lights_up_folds_and_walks_through_changes(opened):
    bench = opened(query(example="add_one", targets=["c"]))
    bench.stop("Flatten").click()
    bench.page.get_by_role("button", name="Outline").click()
    outline = bench.page.get_by_role("tree", name="Nodes of this stage")
    add = outline.get_by_role("treeitem").filter(has_text="Add").last
    add.locator(".chip").click()
    lit = bench.lit()
    assert "+" in lit["editor"]
    assert "+" in lit["c"]
    assert "lit exact" in add.get_attribute("class")
    bench.page.keyboard.press("ArrowUp")
    assert "Add" not in bench.card.locator(".what").text_content()
    rows = outline.get_by_role("treeitem").count()
    outline.get_by_role("treeitem").nth(1).locator(".turn").click()
    assert outline.get_by_role("treeitem").count() == 2 < rows
    outline.get_by_role("treeitem").nth(1).locator(".turn").click()
    assert outline.locator(".chip:is(.added, .changed)").count()
    bench.page.get_by_role("button", name="The next change").click()


# ---------------------------------------------------------------- checks of every pass


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
