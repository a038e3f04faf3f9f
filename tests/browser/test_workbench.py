"""The panes of the workbench in Chromium: pointing, tree and sources, keyboard, small screens."""

import re

import pytest

from tests.support.workbench import ADD, query

SCHEDULED = """@T.prim_func(s_tir=True)
def f(A: T.Buffer((64, 64), "float32"), B: T.Buffer((64, 64), "float32")):
    for i, j in T.grid(64, 64):
        with T.sblock("b"):
            vi, vj = T.axis.remap("SS", [i, j])
            B[vi, vj] = A[vi, vj] + 2"""

# ---------------------------------------------------------------- links


def test_pointing_lights_the_same_thing_in_all_panes(opened):
    bench = opened()
    # From the source.
    bench.token("c", "B[i] = (", "+").hover()
    lit = bench.lit()
    assert lit["tree"] == ["Add + float32"]
    assert lit["how"] == ["exact"]
    assert lit["c"] == ["(", "+", ")"]
    assert lit["editor"] == ["+"]
    assert "+" in lit["cuda"]
    assert "Straight from your text, line 20." in bench.card.text_content()
    # From the tree; a pass made the loop anew, so the link is not exact.
    bench.node("For i in").hover()
    lit = bench.lit()
    assert lit["tree"] == ["For i in range(8)"]
    assert any("for (int32_t i = 0" in "".join(lit["c"]) or "for" in text for text in lit["c"])
    assert bench.source("c").locator(".own.inherited").count()
    assert not bench.source("c").locator(".own.exact").count()
    # From the editor; with Alt the enclosing node.
    bench.page.mouse.move(*bench.in_editor("1.0", "1.0"))
    lit = bench.lit()
    assert lit["tree"] == ["FloatImm 1.0"]
    assert lit["c"] == ["1.000000e+00f"]
    assert lit["cuda"][0] == "0x1p+0f"
    bench.page.keyboard.down("Alt")
    assert bench.lit()["tree"] == ["Add + float32"]
    bench.page.keyboard.up("Alt")
    assert bench.lit()["tree"] == ["FloatImm 1.0"]
    bench.page.locator(".toolbar").hover(position={"x": 2, "y": 2})
    assert not any(bench.lit().values())


def test_a_pin_holds_and_explains(opened):
    bench = opened()
    bench.token("c", "B[i] = (", "+").click()
    for words in ("prim.Add", "CodeGenC::", "certainty", "exact", "Addition of two values"):
        assert words in bench.card.text_content()
    bench.node("IRModule").hover()
    assert bench.lit()["tree"] == ["Add + float32"]
    bench.card.get_by_label("Let go (Esc)").click()
    assert "pinned" not in bench.card.get_attribute("class")
    bench.source("c").locator(".fold.checks summary").click()
    bench.source("c").locator(".fold.checks .line").nth(3).click()
    assert "Made by MakePackedAPI" in bench.card.text_content()
    assert bench.lit()["editor"] == []


def test_a_click_pins_also_in_the_editor_and_moves_no_pane(opened):
    bench = opened()
    boxes = """() => [...document.querySelectorAll('.pane, .slot, .listing, .canvas, .monaco-editor, .dock')]
      .map(each => JSON.stringify([each.getBoundingClientRect(), each.clientHeight]))"""
    at_first = bench.page.evaluate(boxes)

    def click_one():
        bench.page.mouse.click(*bench.in_editor("1.0", "1.0"))

    plus, load = bench.token("c", "B[i] = (", "+"), bench.node("TensorLoad")
    clicks = {"FloatImm": click_one, "Add": plus.click, "TensorLoad": load.click}
    for words, click in clicks.items():
        click()
        assert words in bench.card.locator(".details, .what").first.text_content()
        assert "pinned" in bench.card.get_attribute("class")
        bench.node("IRModule").hover()  # the pin holds
        assert words in bench.lit()["tree"][0]
        assert bench.page.evaluate(boxes) == at_first
        bench.page.keyboard.press("Escape")
        assert "pinned" not in bench.card.get_attribute("class")
    click_one()
    assert bench.lit()["c"] == ["1.000000e+00f"]
    click_one()  # and lets go
    assert "pinned" not in bench.card.get_attribute("class")


# ---------------------------------------------------------------- the tree


def test_folding_searching_and_zooming(opened):
    bench = opened(height=700)
    nodes = bench.tree.locator("g.node")
    first = nodes.count()
    # The first click opens the card, which covers this node.
    bench.node("TensorLoad").dblclick()
    bench.until(lambda: nodes.count() < first)
    bench.node("TensorLoad").dblclick()
    bench.until(lambda: nodes.count() == first)
    bench.page.keyboard.press("Escape")
    bench.node("Add +").dblclick()
    bench.until(lambda: nodes.count() < first)
    assert bench.node("Add +").get_attribute("aria-expanded") == "false"
    bench.node("Add +").locator(".badge").click()
    bench.until(lambda: nodes.count() == first)
    # The search also finds folded nodes.
    bench.node("Add +").dblclick()
    bench.until(lambda: nodes.count() < first)
    search = bench.page.get_by_label("Search nodes by type or label")
    search.fill("tensorload")
    search.press("Enter")
    bench.node("TensorLoad").wait_for()
    assert bench.page.locator(".hits").text_content() == "1 of 1"
    assert bench.tree.locator("g.node").count() == first
    assert bench.lit()["tree"] == ["TensorLoad A[vi]"]
    width = "Number(document.querySelector('.canvas svg').getAttribute('width'))"
    before = bench.page.evaluate(width)
    bench.page.get_by_label("Zoom in").click()
    assert bench.page.evaluate(width) > before
    bench.page.get_by_role("button", name="Fit", exact=True).click()


def test_folds_and_the_scroll_position_outlast_an_edit(opened):
    text = ADD + "        B[i] = B[i] * 2.0\n"
    bench = opened(query(text=text, targets=["c"]))
    press = bench.page.keyboard.press
    nodes = bench.tree.locator("g.node")
    place = "each => { const {x, y, width} = each.getBoundingClientRect(); return [x, y, width] }"

    def folded():
        return [node for node in nodes.all() if node.get_attribute("aria-expanded") == "false"]

    count = nodes.count()
    for _ in range(3):
        bench.page.get_by_label("Zoom in").click()
    bench.node("Mul *").dblclick()
    bench.until(lambda: nodes.count() < count)
    count = nodes.count()
    bench.node("TensorLoad A").click()
    press("t")
    bench.until(lambda: nodes.count() > count)
    press("Escape")
    bench.tree.hover()
    bench.page.mouse.wheel(0, 40)
    bench.page.wait_for_timeout(200)
    before = bench.node("Mul *").evaluate(place)
    bench.focus_editor()
    press("Control+End")
    bench.after(lambda: bench.page.keyboard.type("        B[i] = 7.0\n"))
    assert bench.node("FloatImm 7.0").count()
    assert bench.node("TensorLoad A").get_attribute("data-hidden") == "0"
    (still,) = folded()
    assert "Mul" in still.get_attribute("aria-label")
    shift = [abs(a - b) for a, b in zip(still.evaluate(place), before, strict=True)]
    assert max(shift[:2]) < 60, shift
    assert shift[2] < 1  # as large as it was
    # A node that an edit removes and another brings back is folded as it was.
    bench.after(lambda: [press("ArrowUp"), press("ArrowUp"), press("Control+Shift+K")])
    assert not bench.node("Mul *").count()
    bench.after(lambda: press("Control+z"))
    assert len(folded()) == 1
    # Another program starts with its own default folding.
    bench.write(text.replace("2.0", "3.0"))
    assert bench.node("FloatImm 3.0").count()
    assert not folded()


@pytest.mark.thorough
def test_targets_are_chosen_two_at_a_time(opened):
    bench = opened()
    titles = bench.page.locator(".slot h3")
    assert titles.all_text_contents() == ["C", "CUDA"]
    button = bench.page.locator(".targets button")
    bench.after(lambda: button.filter(has_text="LLVM").click())
    assert titles.all_text_contents() == ["CUDA", "LLVM"]
    assert "define" in bench.source("llvm").text_content()
    bench.after(lambda: button.filter(has_text="CUDA").click())
    assert titles.all_text_contents() == ["LLVM"]
    bench.after(lambda: button.filter(has_text="OpenCL").click())
    texts = bench.page.get_by_role("group", name="Text of OpenCL").locator("button")
    texts.filter(has_text="Host").click()
    assert "TVMFFI" in bench.source("opencl").text_content()


@pytest.mark.thorough
def test_the_schedule_follows_the_text(opened):
    bench = opened(query(text=SCHEDULED, targets=["cuda"]), height=500)
    texts = bench.page.get_by_role("group", name="Text of CUDA").locator("button")
    texts.filter(has_text="Schedule").click()
    bench.until(lambda: "T.float32(2.0)" in bench.source("cuda").text_content())
    bench.source("cuda").evaluate("each => each.scrollTo(0, 40)")
    assert bench.source("cuda").evaluate("each => each.scrollTop") == 40
    bench.focus_editor()
    bench.page.keyboard.press("Control+End")
    bench.after(lambda: [bench.page.keyboard.press("Backspace"), bench.page.keyboard.type("5")])
    bench.until(lambda: "T.float32(5.0)" in bench.source("cuda").text_content())
    assert bench.source("cuda").evaluate("each => each.scrollTop") == 40
    assert bench.page.get_by_label("Copy the text of CUDA").is_enabled()
    texts.filter(has_text="Host").click()
    assert "TVMFFI" in bench.source("cuda").text_content()


# ---------------------------------------------------------------- keyboard, themes, small screens


def test_everything_works_by_keyboard(opened):
    bench = opened()
    press = bench.page.keyboard.press
    bench.focus_editor()
    press("F6")
    assert bench.page.evaluate("document.activeElement.classList.contains('viz-ast')")
    for _ in range(3):
        press("ArrowRight")
    assert "SBlockRealize" in bench.card.text_content()
    active = bench.page.locator(".canvas svg").get_attribute("aria-activedescendant")
    assert "SBlockRealize" in bench.page.locator(f"#{active}").get_attribute("aria-label")
    nodes = bench.tree.locator("g.node")
    count = nodes.count()
    press("f")
    bench.until(lambda: nodes.count() < count)
    press("f")
    bench.until(lambda: nodes.count() == count)
    press("F6")
    assert bench.source("c").evaluate("each => each === document.activeElement")
    press("Escape")
    press("ArrowDown")
    assert "pinned" in bench.card.get_attribute("class")
    press("n")
    bench.status.filter(has_text="Place 1 of").wait_for()
    press("?")
    page = bench.page.get_by_role("dialog", name="Keyboard")
    assert page.is_visible()
    press("Escape")
    assert not page.is_visible()
    assert "pinned" in bench.card.get_attribute("class")  # one press ends one thing
    press("Escape")
    assert "pinned" not in bench.card.get_attribute("class")
    press("Shift+F6")
    press("Shift+F6")
    assert bench.page.evaluate("!!document.activeElement.closest('.monaco-editor')")
    press("Control+End")  # from here up no line is wrapped
    lines = bench.text().split("\n")
    for _ in lines[next(i for i, line in enumerate(lines) if "+ 1.0" in line) + 1 :]:
        press("ArrowUp")
    press("End")
    press("ArrowLeft")
    assert bench.lit()["tree"] == ["FloatImm 1.0"]
    press("Alt+Enter")
    assert "FloatImm" in bench.card.text_content()


def test_panes_are_maximised_stacked_and_resized_and_stay_so(opened):
    bench = opened()
    page = bench.page
    panes = {name: page.locator(f".pane.{name}") for name in ("script", "tree", "source")}

    def shown():
        return [name for name, pane in panes.items() if pane.is_visible()]

    def boxes():
        return [pane.bounding_box() for pane in panes.values()]

    panes["source"].get_by_label("All the room for this pane (m)").click()
    assert shown() == ["source"]
    page.reload()
    bench.source("c").filter(
        has_text="B[i] = ("
    ).wait_for()  # there is no editor in sight to wait for
    assert shown() == ["source"]
    bench.token("c", "B[i] = (", "+").click()
    page.keyboard.press("Escape")  # of two things one goes
    assert shown() == ["source"]
    page.keyboard.press("F6")  # from a source over the next one and the dock to the editor
    page.keyboard.press("F6")
    assert page.get_by_role("tab", name="Explain").evaluate("e => e === document.activeElement")
    page.keyboard.press("F6")
    assert shown() == ["script"]
    page.keyboard.press("Escape")
    assert len(shown()) == 3
    bench.tree.click(position={"x": 3, "y": 3})
    page.keyboard.press("M")
    assert shown() == ["tree"]
    bench.until(lambda: bench.node("Add +").is_visible())
    page.keyboard.press("M")
    assert len(shown()) == 3

    before = boxes()
    splitter = page.get_by_role("separator", name="Size of the source")
    splitter.focus()
    page.keyboard.press("ArrowLeft")
    page.get_by_label("Panes one above the other").click()
    assert [box["y"] for box in boxes()] == sorted({box["y"] for box in boxes()})
    splitter.hover()
    page.mouse.down()
    page.mouse.move(700, splitter.bounding_box()["y"] - 40, steps=4)
    page.mouse.up()
    page.reload()
    bench.wait(1)
    assert [box["y"] for box in boxes()] == sorted({box["y"] for box in boxes()})
    assert boxes()[2]["height"] > boxes()[1]["height"] + 40
    page.get_by_label("Panes one above the other").click()
    assert boxes()[2]["width"] > before[2]["width"] + 20


def test_roles_for_screen_readers(opened):
    bench = opened()
    tree = bench.page.get_by_role("tree", name="AST, input")
    assert tree.get_by_role("treeitem").count() > 10
    described_by = tree.get_attribute("aria-describedby")
    assert "14 of 45 nodes" in bench.page.locator(f"#{described_by}").text_content()
    assert bench.page.get_by_role("status").count() >= 2
    for name in ("TVMScript", "Abstract syntax tree", "Source"):
        assert bench.page.get_by_role("region", name=name, exact=True).count() == 1
    unnamed = bench.page.evaluate(
        "[...document.querySelectorAll('.workbench :is(button, select, input, summary)')]"
        ".filter(e => !e.closest('.monaco-editor') && !e.hidden && !(e.textContent.trim() || e.getAttribute('aria-label') || e.closest('label'))).length"
    )
    assert unnamed == 0


@pytest.mark.thorough
def test_reduced_motion_is_respected(opened):
    page = opened().page
    moving = """() => {
        const root = document.querySelector(".workbench")
        root.classList.add("busy", "stale")
        return root.getAnimations({subtree: true}).map(each => each.animationName ?? each.transitionProperty)
    }"""
    assert page.evaluate(moving) == []
    page.emulate_media(reduced_motion="no-preference")
    assert "tirscope-turn" in page.evaluate(moving)


@pytest.mark.thorough
def test_dark_is_dark(opened):
    bench = opened(dark=True)
    ground = "getComputedStyle(document.querySelector('{}')).backgroundColor"
    for place in (".pane.tree", ".monaco-editor", ".workbench .card"):
        channels = re.findall(r"\d+", bench.page.evaluate(ground.format(place)))
        assert max(map(int, channels[:3])) < 80
    assert bench.page.locator("svg.viz-ast.dark").count() == 1


def fits(bench, words):
    """Return whether a lit node can be seen, above the card."""
    node = bench.node(words).locator(".box").bounding_box()
    card = bench.card.bounding_box()
    return node["y"] > 0 and node["y"] + node["height"] <= card["y"]


@pytest.mark.thorough
def test_a_phone_has_tabs(opened):
    bench = opened(width=390, height=844)
    assert bench.editor.is_visible()
    assert not bench.tree.is_visible()
    bench.page.get_by_role("tab", name="Source").click()
    bench.token("c", "B[i] = (", "+").click()
    assert "Add" in bench.card.text_content()
    bench.page.get_by_role("tab", name="AST").click()
    assert bench.tree.is_visible()
    assert bench.lit()["tree"] == ["Add + float32"]
    bench.until(lambda: fits(bench, "Add +"))
    bench.page.get_by_label("Keyboard and help").click()
    help_ = bench.page.get_by_role("dialog", name="Keyboard")
    assert help_.evaluate("each => each.scrollWidth <= each.clientWidth")
    assert bench.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_teacher_opens_a_link_and_presents(opened):
    bench = opened(
        query(example="transpose_shared", targets=["cuda"]) + "&present=1", width=1920, height=1080
    )
    bench.page.locator(".presented", has_text="Transpose").wait_for()
    assert not bench.page.locator(".toolbar").is_visible()
    assert bench.page.locator("section.dock").is_hidden()
    size = "each => parseFloat(getComputedStyle(each).fontSize)"
    # Monaco draws its lines anew when they get another size.
    for line in (bench.source("cuda").locator(".line").last, bench.editor.locator(".view-line")):
        bench.until(lambda line=line: line.first.evaluate(size) >= 22)
    bench.page.keyboard.press("2")
    bench.page.keyboard.press("1")
    assert bench.tree.is_visible()
    assert not bench.editor.is_visible()
    for word in ("Target", "Place", "Axes"):
        bench.page.keyboard.press("ArrowRight")
        bench.page.locator(".rail .stop.here", has_text=word).wait_for()
    bench.page.keyboard.press("Escape")
    assert bench.page.locator(".toolbar").is_visible()
    assert "present" not in bench.page.url
