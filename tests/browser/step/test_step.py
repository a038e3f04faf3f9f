"""The Step tab: a codegen's walk and a program's run, by mouse, by keyboard and by link."""

import re

from tests.support.workbench import query

IF_DOUBLE = query(example="if_double", targets=["c", "cuda"])


class Steps:
    """The tab Step of the dock."""

    def __init__(self, bench):
        self.bench, self.page = bench, bench.page
        self.room = self.page.locator(".step-body")

    def open(self, mode):
        if self.bench.root.get_attribute("data-dock") != "step":
            self.page.keyboard.press("Alt+3")
        self.room.get_by_role("button", name=mode, exact=True).click()

    @property
    def at(self):
        return self.page.locator(".step-place").text_content()

    def go(self, step):
        self.page.locator(".scrub").fill(str(step - 1))

    def wait(self, place):
        self.bench.until(lambda: self.at.startswith(place))

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def standing(self, number=0):
        """Return what stands of a text in the dock."""
        return (
            self.page.locator(".growing")
            .nth(number)
            .evaluate(
                "code => [...code.childNodes].slice(0, -1).map(node => node.textContent).join('')"
            )
        )

    def cell(self, index):
        return self.page.locator(f".cell[title^='[{index}]']").first


def again(opened, steps):
    """Open the page anew by its address, once that has the step."""
    number = int(steps.at.split(" ")[0].replace(",", ""))
    steps.bench.until(lambda: re.search(rf"step=\S*\+{number - 1}\b", steps.page.url))
    address = steps.page.url
    return Steps(opened(address[address.index("?") :]))


def test_a_codegen_is_watched_as_it_writes(opened):
    steps = Steps(opened(IF_DOUBLE))
    bench, page = steps.bench, steps.page
    steps.open("Writing")
    bench.until(lambda: page.locator(".growing-text").count() == 2)  # Python, C; CUDA takes no such
    assert page.locator(".leader").input_value() == "python"
    steps.press(".", ".")
    steps.wait("2 of 40")
    page.get_by_role("button", name="One step (.)").click()
    page.get_by_role("button", name="One step back (,)").click()
    steps.wait("2 of 40")
    assert "Enters PrimFunc" in page.locator(".step-words").text_content()
    # On to the comparison: the path is open, what is left is done, all texts are at it.
    while "Leaves LT" not in page.locator(".step-words").text_content():
        steps.press(".")
    assert steps.standing().endswith("if x[i] < 5")
    assert steps.standing(1).endswith("if (x[i] < 5)")
    assert page.locator(".growing .own").all_text_contents() == ["x[i] < 5", "(x[i] < 5)"]
    assert "<" in bench.lit()["c"]
    assert page.locator(".canvas g.node.open").all_text_contents()[-1].startswith("IfThenElse")
    assert page.locator(".canvas g.node.visited", has_text="TensorLoad").count() == 1
    assert 'infix("<", 4)' in page.locator(".step-rule").text_content()
    pale = page.evaluate("[...CSS.highlights.get('unwritten')].map(range => range.toString())")
    assert any(text.startswith(") {") or text.startswith(" {") for text in pale)
    # A node that is pinned is gone to, and so is a character.
    bench.node("Mul *").click()
    bench.until(lambda: page.locator(".step-words", has_text="Enters Mul").count())
    page.locator(".growing").nth(1).get_by_text("for (int32_t").first.wait_for()
    place = steps.at
    there = again(opened, steps)
    there.wait(place)
    assert there.page.locator(".step-modes [aria-pressed=true]").text_content() == "Writing"
    # The codegen of C walks the last tree; another rule stands beside.
    page.locator(".leader").select_option(label="C")
    page.get_by_role("button", name="To the beginning").click()
    steps.press(".", ".")
    page.locator(".stage-title", has_text="As the codegen gets it").wait_for()
    page.locator(".step-rule", has_text="CodeGenC").wait_for()
    page.get_by_role("button", name="Play").click()
    bench.until(lambda: int(steps.at.split(" ")[0]) > 3)
    page.get_by_role("button", name="Pause").click()


def test_a_program_is_run_step_by_step(opened):
    steps = Steps(opened(IF_DOUBLE))
    bench, page = steps.bench, steps.page
    steps.open("Running")
    steps.press(".")  # there is no run yet: it is made
    page.locator(".memory").wait_for()
    steps.press(".", ".")
    bench.until(lambda: re.match(r"[1-3] of \d+", steps.at))
    # Breakpoints at a line and at a node, forwards and backwards, by mouse and by key.
    page.get_by_label("Break at line").fill("14")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="On to the next breakpoint").click()
    page.locator(".step-values .step-words", has_text="BufferStore").wait_for()
    assert bench.lit()["editor"] == ["x[i] ="]
    first = steps.at
    page.locator(".step-values").focus()
    steps.press("b")
    bench.until(lambda: steps.at != first)
    steps.press("Shift+B")
    steps.wait(first)
    writes = page.locator(".touched", has_text="writes").text_content()
    index, before, after = re.search(r"x\[(\d+)\]: (\d+) → (\d+)", writes).groups()
    assert int(after) == 2 * int(before)
    assert steps.cell(index).text_content() == after
    assert "written" in steps.cell(index).get_attribute("class")
    assert page.locator(".variables").text_content() == f"i{index}"
    # The element's history, its counts, and the way back to the step that wrote it.
    steps.cell(index).click()
    page.locator(".history [aria-current]", has_text=after).wait_for()
    page.get_by_role("button", name="To the end").click()
    page.locator(".history li button").click()
    steps.wait(first)
    page.locator(".memory select").select_option("writes")
    assert steps.cell(index).text_content() == "1"
    page.locator(".memory select").select_option("values")
    # A condition alone stops where it becomes true; a node that is pinned can be a breakpoint.
    page.get_by_role("button", name="Remove the breakpoint at line 14").click()
    bench.node("LT <").click()
    page.get_by_role("button", name="Break at IfThenElse").click()
    page.get_by_role("button", name="On to the next breakpoint").click()
    page.locator(".variables", has_text="condition").wait_for()
    page.get_by_role("button", name="Remove the breakpoint at IfThenElse").click()
    condition = page.get_by_label("Condition to stop at")
    condition.fill("i = 20")
    page.get_by_text("not understood from character 3 on").wait_for()
    condition.fill("i == 20 and x[20] >= 0")
    condition.press("Enter")
    page.get_by_role("button", name="On to the next breakpoint").click()
    bench.until(lambda: page.locator(".variables").text_content() == "i20")
    place = steps.at
    there = again(opened, steps)
    there.wait(place)
    assert there.page.get_by_label("Condition to stop at").input_value() == "i == 20 and x[20] >= 0"


def test_threads_take_turns_and_one_is_followed(opened):
    steps = Steps(opened(query(example="transpose_shared", targets=["cuda"])))
    bench, page = steps.bench, steps.page
    steps.open("Running")
    page.get_by_role("button", name="Run step by step").click()
    page.locator(".memory").nth(2).wait_for()
    steps.go(60_000)
    steps.wait("60,000 of 122,901")
    page.get_by_label("threadIdx.x", exact=True).fill("9")
    page.get_by_label("threadIdx.x", exact=True).press("Enter")
    chosen = page.locator(".variables dd")
    bench.until(lambda: chosen.nth(3).text_content() == "9")
    page.get_by_label("Only steps of this thread").check()
    page.locator(".step-values").focus()
    before = steps.at
    steps.press(".", ".", ".")
    bench.until(lambda: steps.at != before)
    assert chosen.nth(3).text_content() == "9"
    assert page.locator(".step-form .indices input").nth(0).input_value()
    # Another text is another program: its run is not made yet. What ends it is told at its statement.
    bench.write(
        '@T.prim_func\ndef main(A: T.Buffer((8,), "int32")):\n'
        "    for i in range(9):\n        A[i] = A[i] + 1\n"
    )
    page.get_by_role("button", name="Run step by step").wait_for()
    assert page.locator(".memory").count() == 0
    page.get_by_role("button", name="Run step by step").click()
    page.locator(".memory").wait_for()
    page.get_by_role("button", name="To the end").click()
    page.get_by_text("index [8] is outside of A, whose shape is (8)").first.wait_for()
    assert "A[i] =" in bench.lit()["editor"]
