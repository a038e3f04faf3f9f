"""The editor of the workbench in Chromium: typing, links, files, hostile text, a killed server."""

import re

import pytest

from tests.support.attacks.hostile import ATTACK, program
from tests.support.programs.gpu_modules import HOST_ACCESSES
from tests.support.workbench import ADD, query

FACTORY = """def make(N):
    @T.prim_func
    def f(A: T.Buffer((N,), "float32")):
        for i in range(N):
            A[i] = 1.0
    return f
"""


# ---------------------------------------------------------------- the editor


def test_editing_changes_all_panes_and_a_broken_text_keeps_the_last_good_one(opened):
    bench = opened()
    bench.write(ADD.replace("1.0", "7.0"))
    assert "7.000000e+00f" in bench.source("c").text_content()
    assert bench.node("FloatImm 7.0").count()
    bench.write(ADD.replace("A[i] +", "A[i] + T.nope() +"))
    problem = bench.page.locator(".remarks .problem.error")
    assert "`T.nope` does not exist" in problem.text_content()
    assert problem.locator("button").text_content() == "Line 4"
    assert bench.page.locator(".monaco-editor .squiggly-error").count()
    assert "stale" in bench.root.get_attribute("class")
    assert "7.000000e+00f" in bench.source("c").text_content()
    bench.token("c", "B[i] = (", "+").hover()
    assert bench.lit()["c"] == ["(", "+", ")"]  # of what is dimmed, but nothing of the text
    assert bench.lit()["editor"] == []
    bench.write(ADD)
    assert "stale" not in bench.root.get_attribute("class")
    assert not problem.count()
    assert not bench.page.locator(".monaco-editor .squiggly-error").count()


@pytest.mark.thorough
def test_an_edit_changes_words_and_leaves_the_lines_in_place(opened):
    bench = opened()
    bench.write(ADD)
    rows = "[...document.querySelectorAll('.slot[data-target=c] .line')]"
    bench.page.evaluate(f"window.kept = {rows}")
    bench.token("c", "B[i] = (", "1.0").hover()  # what is lit then must not stay so
    bench.focus_editor()
    for key in ("Control+End", "ArrowUp", "End", "Backspace", "Backspace", "Backspace"):
        bench.page.keyboard.press(key)
    bench.page.keyboard.type("9.5")
    bench.until(lambda: "9.500000e+00f" in bench.source("c").text_content())
    assert bench.page.evaluate(f"{rows}.every((row, i) => row === window.kept[i])")
    bench.token("c", "for (int32_t i", "for").hover()
    assert "9.500000e+00f" not in bench.lit()["c"]
    bench.token("c", "B[i] = (", "9.5").hover()
    lit = bench.lit()
    assert (lit["c"], lit["editor"]) == (["9.500000e+00f"], ["9.5"])


def test_older_spellings_are_shown_and_applied(opened):
    bench = opened()
    assert bench.page.locator(".monaco-editor .edited").count() >= 2
    assert bench.page.locator(".monaco-editor .left-out").count()
    remark = bench.page.locator(".remark", has_text="older spellings")
    assert "4 older spellings" in remark.text_content()
    bench.after(lambda: remark.get_by_text("Apply to my text").click())
    assert "T.sblock(" in bench.text()
    assert "T.block(" not in bench.text()
    assert not remark.count()
    bench.focus_editor()
    bench.after(lambda: bench.page.keyboard.press("Control+z"))
    assert "T.block(" in bench.text()


def test_completion_and_help(opened):
    bench = opened()
    bench.write(ADD)
    bench.page.keyboard.press("Control+End")
    bench.page.keyboard.type("    T.axis.rem")
    row = bench.page.locator(".suggest-widget .monaco-list-row", has_text="remap").first
    row.wait_for()
    bench.page.keyboard.press("Enter")
    assert bench.text().endswith("T.axis.remap")
    bench.write(ADD)
    bench.page.mouse.move(*bench.in_editor("T.Buffer", "Buffer"))
    help_ = bench.page.locator(".monaco-hover", has_text="T.Buffer(shape")
    help_.first.wait_for()


def test_a_factory_asks_for_its_argument(opened):
    bench = opened(query(text=FACTORY, targets=["c"]))
    assert "make needs a value for N" in bench.page.locator(".remarks").text_content()
    field = bench.page.get_by_label("Value of N")
    field.fill("16")
    bench.after(lambda: field.press("Enter"))
    assert "i < 16;" in bench.source("c").text_content()
    field.fill("")
    bench.after(lambda: field.press("Enter"))
    assert "make needs a value for N" in bench.page.locator(".remarks").text_content()


# ---------------------------------------------------------------- links, files, other pages


def test_the_link_and_other_pages_hold_the_program(opened):
    bench = opened()
    bench.write(ADD.replace("1.0", "5.0"))
    assert "w=" in bench.page.url
    bench.page.locator(".share summary").click()
    bench.page.get_by_role("button", name="Copy link").click()
    bench.status.filter(has_text="Link copied").wait_for()
    link = bench.page.evaluate("navigator.clipboard.readText()")
    bench.page.get_by_role("link", name="Environment").click()
    bench.page.wait_for_url(re.compile(r"/environment.*w="))
    bench.page.get_by_role("link", name="Workspace").click()
    bench.source("c").filter(has_text="5.000000e+00f").wait_for()
    other = opened(link.partition("/")[2].partition("/")[2].partition("/")[2])
    assert other.text() == ADD.replace("1.0", "5.0")
    assert "5.000000e+00f" in other.source("c").text_content()


@pytest.mark.thorough
def test_back_leaves_a_page(opened):
    bench = opened()
    bench.write(ADD.replace("1.0", "5.0"))
    bench.page.get_by_role("link", name="Environment").click()
    bench.page.wait_for_url(re.compile("/environment.*w="))
    bench.page.go_back()
    bench.source("c").filter(has_text="5.000000e+00f").wait_for()
    bench.wait(1)
    assert bench.text() == ADD.replace("1.0", "5.0")


@pytest.mark.thorough
def test_old_addresses_lead_to_the_workspace(opened):
    for address in ("lowering", "run"):
        bench = opened(address + query(text=ADD.replace("1.0", "5.0"), targets=["c"]))
        assert bench.text() == ADD.replace("1.0", "5.0")
        assert bench.page.locator(".run-form").is_visible() == (address == "run")


@pytest.mark.thorough
def test_a_text_is_copied_also_without_https(opened):
    bench = opened()
    bench.page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    bench.page.get_by_label("Copy the text of C", exact=True).click()
    bench.page.locator(".slot[data-target=c] .head").get_by_text("Copied").wait_for()
    bench.focus_editor()
    bench.page.keyboard.press("Control+a")
    bench.after(lambda: bench.page.keyboard.press("Control+v"))
    assert "B[i] = (A[i] + 1.000000e+00f);" in bench.text()


def test_files_go_in_and_come_out(opened, tmp_path):
    bench = opened()
    file = tmp_path / "mine.py"
    file.write_bytes(b"\xef\xbb\xbf" + ADD.replace("1.0", "3.0").encode())
    bench.after(lambda: bench.page.locator(".file").set_input_files(file))
    assert "3.000000e+00f" in bench.source("c").text_content()
    with bench.page.expect_download() as download:
        bench.page.get_by_label("Save the text of C", exact=True).click()
    assert "3.000000e+00f" in download.value.path().read_text()
    assert download.value.suggested_filename == "c_host.c"
    bench.page.get_by_label("View and export").click()
    starts = {"SVG": b"<svg", "PNG": b"\x89PNG", "DOT": b"digraph"}
    for name, start in starts.items():
        with bench.page.expect_download() as download:
            bench.page.locator(".export button", has_text=name).click()
        content = download.value.path().read_bytes()
        assert start in content[:400]
    with bench.page.expect_download(timeout=90_000) as download:
        bench.page.get_by_role("button", name="Report").click()
    report = download.value.path().read_text()
    assert "3.000000e+00f" in report
    assert 'class="passes"' in report


# ---------------------------------------------------------------- hostile text, a killed server


def test_hostile_text_stays_text(opened, server):
    bench = opened(query(text=program()))
    policy = bench.page.request.get(server.address).headers["content-security-policy"]
    scripts = next(
        directive for directive in policy.split("; ") if directive.startswith("script-src")
    )
    assert "unsafe" not in scripts
    assert bench.page.title() == "TIRscope"
    assert bench.page.locator(".workbench :is(img, script)").count() == 0
    assert ATTACK in bench.source("c").text_content()
    bench.node("Add +").click()
    bench.stop("Source").click()
    bench.page.locator(".note .count", has_text="codegen of C").wait_for()
    bench.node("Call").click()
    bench.write(program().replace("T.sblock(", "T.sblock(1 + "))
    assert bench.page.locator(".remarks .problem.error").count()
    bench.page.locator(".monaco-editor .squiggly-error").first.hover(force=True)
    bench.page.wait_for_timeout(400)
    assert bench.page.title() == "TIRscope"
    assert bench.page.locator(".workbench :is(img, script)").count() == 0


def test_a_server_that_was_killed_comes_back_and_nothing_typed_is_lost(opened, server):
    bench = opened()
    # Nor a class: it goes on under the same code, with the student that was in it.
    bench.page.keyboard.press("c")
    bench.page.click(".open-class")
    link = bench.page.get_attribute(".class-link", "href")
    bench.page.keyboard.press("Escape")
    student = opened(f"?{link.partition('?')[2]}")
    followers = bench.page.locator(".class-state")
    followers.filter(has_text="1 follows").wait_for()
    server.kill()
    bench.paste(ADD.replace("1.0", "9.0"))
    bench.status.filter(has_text="does not answer").wait_for()
    server.start()
    bench.source("c").filter(has_text="9.000000e+00f").wait_for(timeout=60_000)
    assert bench.text() == ADD.replace("1.0", "9.0")
    followers.filter(has_text="1 follows").wait_for()
    student.until(lambda: student.text() == bench.text())
    assert link.endswith(bench.page.inner_text(".class-name code").replace(" ", ""))
    bench.page.click(".end-class")
    bench.page.click(".end-for-all")
    opened.errors.clear()  # of a server that was gone


@pytest.mark.thorough
def test_a_loop_that_touches_gpu_memory_from_the_host_is_marked(opened):
    text, said = HOST_ACCESSES["blocks"]
    bench = opened(query(text=text.strip(), targets=["cuda"]))
    problem = bench.page.locator(".remarks .problem.warning")
    bench.until(lambda: problem.count() == 1)
    assert said in problem.text_content()
    assert problem.locator("button").text_content() == "Line 7"
    assert "__global__" in bench.source("cuda").text_content()
