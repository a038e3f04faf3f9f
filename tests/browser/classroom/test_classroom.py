"""A class of three students in the browser: one on a large screen, one on a phone, one by keyboard alone."""

import pytest

from tests.support.accessibility import barriers_in_both_themes
from tests.support.workbench import Workbench


@pytest.fixture
def students(chromium, server):
    """Return a function that opens the page of a student, who has a browser of their own."""
    context = chromium.new_context(
        reduced_motion="reduce", permissions=["clipboard-read", "clipboard-write"]
    )
    context.add_init_script("localStorage.setItem('tirscope.hint-seen', '1')")
    errors = []

    def open_page(query, width=1280, height=800):
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{server.address}/{query}")
        bench = Workbench(page)
        bench.wait(1)
        return bench

    yield open_page
    context.close()
    assert errors == []


def state(bench):
    return bench.page.inner_text(".class-state")


def follows(teacher, words):
    teacher.until(lambda: state(teacher) == words)


def answers(bench):
    """Return the rows of a histogram: what each says, and how many gave it."""
    words = bench.page.locator(".answer-bars li .answer-words").all_inner_texts()
    return dict(zip(words, bench.page.locator(".answer-number").all_inner_texts(), strict=True))


def test_a_class_of_three(opened, students):
    teacher = opened()
    page = teacher.page
    page.keyboard.press("c")
    assert barriers_in_both_themes(page, "dialog.classroom") == []
    page.click(".open-class")
    page.wait_for_selector(".class-picture")
    assert barriers_in_both_themes(page, "dialog.classroom") == []
    code = page.inner_text(".class-code-large")
    link = page.get_attribute(".class-link", "href")
    assert link.endswith(f"?class={code.replace(' ', '')}")
    page.keyboard.press("Escape")

    # They join: by the link, by the link on a phone, by the code.
    wide = students(f"?{link.partition('?')[2]}")
    phone = students(f"?{link.partition('?')[2]}&lang=zh", 390, 844)
    keyed = students("")
    keyed.page.keyboard.press("c")
    keyed.page.focus(".class-code")
    keyed.page.keyboard.type(code.lower())
    keyed.page.keyboard.press("Enter")
    three = (wide, phone, keyed)
    follows(teacher, "3 follow")
    assert "class=" not in wide.page.url  # a link that a student passes on is of the program
    assert "你的页面正在跟随教师" in state(phone)

    # Program, stage, selection and dock are the teacher's.
    teacher.choose("if_double")
    for student in three:
        student.until(lambda student=student: student.text() == teacher.text())
    teacher.stop("Flatten").click()
    for student in three:
        student.page.locator(".rail .stop.here", has_text="Flatten").or_(
            student.page.locator(".rail .stop.here", has_text="展平")
        ).wait_for()
    teacher.stop("Program").click()
    teacher.node("IfThenElse").click()
    page.keyboard.press("Alt+2")
    for student in three:
        student.page.locator(".card.pinned", has_text="IfThenElse").wait_for(state="attached")
        student.until(lambda student=student: student.root.get_attribute("data-dock") == "run")
    page.keyboard.press("Alt+1")

    # One leaves by typing, misses what the teacher does, and comes back on one key.
    wide.until(lambda: wide.root.get_attribute("data-dock") == "explain")
    wide.write(f"{wide.text()}\n# mine")
    follows(teacher, "2 follow (1 on their own)")
    assert state(wide) == "you are on your own"
    teacher.node("BufferStore").click()
    phone.page.locator(".card.pinned", has_text="BufferStore").wait_for(state="attached")
    assert "# mine" in wide.text()
    wide.focus_editor()
    wide.page.keyboard.press("F9")
    follows(teacher, "3 follow")
    wide.page.locator(".card.pinned", has_text="BufferStore").wait_for()
    assert wide.text() == teacher.text()
    assert wide.page.locator(".kept").count() == 1

    ask_by_pointing(teacher, wide, phone, keyed)
    ask_for_a_pass(teacher, wide)
    go_on_after_a_reload(teacher, three, code)

    page.click(".end-class")
    page.click(".end-for-all")
    for student in three:
        student.page.wait_for_selector(".class-bar", state="hidden")
        assert student.text() == teacher.text()
    assert page.locator(".class-bar").is_hidden()
    page.keyboard.press("c")
    assert page.locator(".go-on").count() == 0  # nothing is kept


def ask_by_pointing(teacher, wide, phone, keyed):
    page = teacher.page
    teacher.node("IfThenElse").click()
    page.click(".ask-class")
    page.fill(".ask-text", "Which node decides?")
    assert "IfThenElse" in page.inner_text(".ask-place")
    page.click(".start-ask")
    for student in (wide, phone, keyed):
        student.page.wait_for_selector(".class-ask")
        # What the teacher had selected, the answer, is let go of everywhere.
        student.page.locator(".card.pinned").wait_for(state="detached")
    wide.page.click(".send-answer")
    assert "Select a node first" in wide.page.inner_text(".class-answer .feedback")
    wide.node("BufferStore").click()
    wide.page.click(".send-answer")
    wide.page.locator(".class-answer .feedback", has_text="Your answer").wait_for()
    # On the phone: a place of the emitted text, which the node wrote.
    phone.page.click(".tabs [data-pane=source]")
    phone.token("c", "if (x[i] < 5)", "if").click()
    phone.page.click(".send-answer")
    # By keyboard alone: down the tree, then to the button.
    keyed.page.focus(".pane.tree svg")
    for _ in range(12):
        keyed.page.keyboard.press("ArrowRight")
        if "IfThenElse" in keyed.page.inner_text(".class-answer .selected"):
            break
    keyed.page.focus(".send-answer")
    keyed.page.keyboard.press("Enter")
    teacher.until(lambda: "3 of 3" in page.inner_text(".class-outcome"))
    counted = answers(teacher)
    assert sorted(counted.values()) == ["1", "2"]
    assert not any(words.startswith("✓") for words in counted)  # the class sees this page, too
    assert page.locator(".pane.tree .answer-count").all_text_contents() in (["2", "1"], ["1", "2"])
    assert barriers_in_both_themes(page, ".class-bar") == []
    assert barriers_in_both_themes(phone.page, ".class-bar") == []
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= 390
    page.click(".show-answers")
    wide.page.locator(".class-outcome", has_text="Not right.").wait_for()
    phone.page.locator(".class-outcome", has_text="正确").wait_for()
    shown = answers(keyed)
    assert shown == {f"✓ {words}" if "If" in words else words: n for words, n in counted.items()}


def ask_for_a_pass(teacher, student):
    """Ask for a stop of the rail: until answers are shown, students do not see where the teacher is."""
    page = teacher.page

    def is_at(words):
        student.page.locator(".rail .stop.here", has_text=words).wait_for()

    page.click(".drop-question")
    teacher.source("c").hover()  # the rail is that of the source under the pointer
    teacher.stop("Flatten").click()
    is_at("Flatten")
    page.click(".ask-class")
    page.check("[name=class-ask-kind][value=stop]")
    page.click(".start-ask")
    student.page.wait_for_selector(".class-ask")
    is_at("Program")
    teacher.source("c").hover()
    teacher.stop("Flatten").click()
    teacher.node("For").click()
    page.keyboard.press("Alt+2")
    student.until(
        lambda: student.root.get_attribute("data-dock") == "run"
    )  # what came last is here
    is_at("Program")
    assert student.page.locator(".card.pinned").count() == 0
    student.stop("Flatten").click()
    student.page.click(".send-answer")
    teacher.until(lambda: "1 of 3" in page.inner_text(".class-outcome"))
    # The answer can be changed yet, so the teacher's next stop is not followed either.
    teacher.source("c").hover()
    teacher.stop("Program").click()
    page.keyboard.press("Alt+1")
    student.until(lambda: student.root.get_attribute("data-dock") == "explain")
    is_at("Flatten")
    page.click(".show-answers")
    student.page.locator(".class-outcome", has_text="Right.").wait_for()
    is_at("Program")  # the page has caught up, though the teacher did not move again


def go_on_after_a_reload(teacher, three, code):
    page = teacher.page
    page.reload()
    teacher.wait(1)
    follows(teacher, "3 follow")
    assert page.inner_text(".class-name").endswith(code)
    assert "1 of 3" in page.inner_text(".class-outcome")
    assert len(answers(teacher)) == 1
    page.click(".drop-question")
    for student in three:
        student.page.wait_for_selector(".class-ask", state="detached")
