"""The tab Schedule in Chromium: steps are taken over, chosen, switched off, moved, changed, added."""

from tests.support.workbench import query

TEXT = """@T.prim_func
def f(A: T.Buffer((64, 32), "float32"), B: T.Buffer((64,), "float32")):
    for i, k in T.grid(64, 32):
        with T.block("sum"):
            vi, vk = T.axis.remap("SR", [i, k])
            with T.init():
                B[vi] = T.float32(0)
            B[vi] = B[vi] + A[vi, vk]
"""


def test_a_schedule_is_taken_over_and_changed(opened):
    bench = opened(query(text=TEXT, targets=["cuda"]))
    page = bench.page
    page.keyboard.press("Alt+4")
    tab = page.locator(".schedule-body")
    tab.get_by_text("f has no schedule").wait_for()
    assert tab.locator(".nest li").all_text_contents()[1] == "for i < 64"
    # A search ends when it is cancelled; what another one finds is taken over as steps.
    searching = tab.locator(".search-schedules")
    searching.get_by_role("button", name="Search for schedules").click()
    searching.get_by_role("button", name="Cancel").click()
    tab.get_by_text("The search was cancelled.").wait_for()
    searching.get_by_role("button", name="Search for schedules").click()
    tab.locator(".candidates li").first.wait_for(timeout=120_000)
    assert tab.locator(".candidates li.own .figures").text_content().endswith("· 1 ×")
    bench.after(lambda: tab.get_by_role("button", name="Take over schedule").first.click())
    tab.locator(".steps > li", has_text="sch.get_sblock").first.wait_for()
    assert bench.text().startswith(f"{TEXT}\n\ndef schedule(sch: s_tir.Schedule):\n    ")
    assert not tab.locator(".steps > li.failed").count()
    bench.after(lambda: bench.write(TEXT))
    tab.get_by_text("f has no schedule").wait_for()
    # What can be done with a loop is offered, taken over with the lines it needs, and taken back.
    tab.locator(".nest-line", has_text="for i < 64").click()
    choices = tab.locator(".choices")
    choices.get_by_text("What a step can do with the loop i").wait_for()
    choices.get_by_text("What does not apply, and why").click()
    choices.get_by_text("rfactor: TVM cannot rfactor here").wait_for()
    choices.get_by_role("button", name="Back to the loops").click()
    tab.locator(".nest-line", has_text="for i < 64").click()
    bench.after(lambda: choices.get_by_role("button", name="factors=[None, 16]").click())
    tab.locator(".steps > li").nth(2).wait_for()
    assert "i_0, i_1 = sch.split(i, factors=[None, 16])" in bench.text()
    assert tab.locator(".nest .new").count() == 2
    bench.after(lambda: bench.write(TEXT))
    tab.get_by_text("f has no schedule").wait_for()
    bench.after(lambda: tab.get_by_role("button", name="Write the default schedule down").click())
    steps = tab.locator(".steps > li")
    bind = steps.filter(has_text='sch.bind(loop=l13, thread_axis="blockIdx.x")')
    bind.wait_for()
    assert "def schedule(sch: s_tir.Schedule):" in bench.text()
    # A step is a stage: its tree and its loops are shown.
    bind.locator(".step-text").click()
    page.locator(".rail .stop.here", has_text="Bind").wait_for()
    assert "blockIdx.x" in tab.locator(".nest .new").all_text_contents()[0]
    assert "threadIdx.x" not in tab.locator(".nest").text_content()
    # LLVM runs what has no threads yet, the interpreter the others; a cost has the change by a step.
    tab.get_by_role("button", name="Check the steps").click()
    tab.get_by_text("No step changes what f computes").wait_for(timeout=120_000)
    assert tab.locator(".by", has_text="LLVM").count()
    assert tab.locator(".by", has_text="interpreter, threads all at once").count()
    assert not tab.locator(".by", has_text="emulator").count()
    tab.get_by_label("in the emulator, too").check()
    tab.get_by_role("button", name="Check the steps").click()
    tab.locator(".by", has_text="emulator").first.wait_for(timeout=120_000)
    tab.get_by_role("button", name="Cost of each step").click()
    tab.locator(".after-passes", has_text="sectors a request").wait_for(timeout=120_000)
    assert tab.locator(".step-cost", has_text="sectors a request").count() > 1
    # Switched off it stands in a comment, and the passes are those of a program without it.
    bench.after(lambda: bind.get_by_role("checkbox").uncheck())
    assert '# sch.bind(loop=l13, thread_axis="blockIdx.x")' in bench.text()
    bind.and_(page.locator(".off")).wait_for()
    bench.after(lambda: bind.get_by_role("checkbox").check())
    page.locator(".rail .stop", has_text="Bind").nth(2).wait_for()
    # What fails is said at the step and at its line.
    field = tab.get_by_label("A step to add")
    field.fill("sch.bind(zz, ")
    assert "threadIdx.x" in tab.locator(".method-help").text_content()
    field.fill('sch.bind(zz, "threadIdx.x")')
    bench.after(lambda: field.press("Enter"))
    failed = steps.last
    failed.get_by_text("zz has no value at this step").wait_for()
    failed.get_by_role("button", name="Change step").click()
    failed.locator("input.step-text").fill("sch.unroll(l18)")
    bench.after(lambda: failed.locator("input.step-text").press("Enter"))
    steps.last.locator(".step-text", has_text="sch.unroll(l18)").wait_for()
    bench.after(lambda: steps.last.get_by_role("button", name="Take step").click())
    steps.filter(has_text="sch.unroll(l18)").wait_for(state="detached")
    bench.until(lambda: "__global__" in bench.source("cuda").text_content())
