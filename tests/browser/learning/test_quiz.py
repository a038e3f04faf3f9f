"""A quiz of the user's program, from the first question to its score: right, wrong, by keyboard."""

import json

from tests.support.accessibility import barriers_in_both_themes
from tests.support.workbench import query
from viz.model import catalog

PROGRAM = query(example="relu_bias", targets=["c", "cuda"])


def begin(bench, act):
    """Begin a quiz, and return its frame: its questions and what is right."""
    bodies = []

    def note(route):
        response = route.fetch()
        bodies.append(response.text())
        route.fulfill(response=response)

    bench.page.route("**/api/quiz", note)
    act()
    bench.until(lambda: bodies)
    bench.page.unroute("**/api/quiz")
    bench.page.wait_for_selector(".quiz-dots, .another-quiz")
    return next(line for line in map(json.loads, bodies[0].splitlines()) if line["kind"] == "quiz")


def check(page, *, wrong=False):
    page.click(".question .check")
    said = page.inner_text(".question .feedback")
    assert ("Not yet." in said) == wrong, said
    assert ("Right." in said) != wrong, said


def select(bench, path):
    """Select a node of the drawn tree by its path, which Explain says."""
    nodes = bench.tree.locator("g.node")
    for i in reversed(range(nodes.count())):
        nodes.nth(i).dispatch_event("click")
        if path in bench.card.inner_text().split():
            return
    raise AssertionError(path)


def answer(bench, solved):
    """Answer a question right."""
    page = bench.page
    if solved["how"] == "choice":
        page.click(f".question .choice-row >> nth={solved['right']}")
    elif solved["how"] == "number":
        page.fill(".question .typed", str(solved["value"]))
    elif solved["how"] == "point":
        select(bench, solved["place"]["path"])
    else:
        bench.stop(catalog.passes()[solved["stop"]["name"]].short.en).click()
        page.wait_for_selector(".question .selected:not(:has-text('Your program'))")
    check(page)


def test_a_quiz_from_its_first_question_to_its_score(opened):
    bench = opened(PROGRAM)
    page = bench.page
    # By keyboard alone: the panel, its button, an answer, the next question.
    page.focus(".learn-toggle")
    page.keyboard.press("Enter")
    page.wait_for_selector(".lesson-row")
    for _ in range(2):  # from the title over the list of lessons
        page.keyboard.press("Tab")
    quiz = begin(bench, lambda: page.keyboard.press("Enter"))
    assert "lesson=quiz-1" in page.url
    count = len(quiz["questions"])
    assert count == len(quiz["answers"]) == 10
    first = quiz["answers"][0]
    assert first["how"] == "choice"
    page.focus(".question .choice-row input >> nth=0")
    page.keyboard.press("Space")
    for _ in range(first["right"]):
        page.keyboard.press("ArrowDown")
    page.focus(".question .check")
    page.keyboard.press("Enter")
    assert "Right." in page.evaluate("document.activeElement.textContent")
    for _ in range(3):
        if page.evaluate("document.activeElement.className") == "next-question":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert "Question 2" in page.evaluate("document.activeElement.textContent")
    assert barriers_in_both_themes(page, ".learn") == []
    # The others: one is wrong at first, the answer of one is shown, one is left out.
    missed = {}
    for i, solved in enumerate(quiz["answers"][1:], 1):
        if "late" not in missed and solved["how"] == "number":
            missed["late"] = i
            page.fill(".question .typed", str(solved["value"] + 1))
            check(page, wrong=True)
            answer(bench, solved)
        elif "shown" not in missed and solved["how"] == "choice":
            missed["shown"] = i
            page.click(f".question .choice-row >> nth={1 if solved['right'] == 0 else 0}")
            check(page, wrong=True)
            page.click(".give-up")
            assert "The answer:" in page.inner_text(".question .feedback")
        elif "left" not in missed and solved["how"] == "choice":
            missed["left"] = i
            page.click(".lesson-after")
            continue
        else:
            answer(bench, solved)
        page.click(".next-question")
    assert len(missed) == 3
    assert "7 of 10 questions right at once" in page.inner_text(".quiz-score")
    assert "right in the end" in page.inner_text(f".quiz-row >> nth={missed['late']}")
    assert "shown" in page.inner_text(f".quiz-row >> nth={missed['shown']}")
    assert barriers_in_both_themes(page, ".learn") == []
    # One goes back to the question that was left out.
    page.click(f".quiz-row >> nth={missed['left']}")
    answer(bench, quiz["answers"][missed["left"]])
    # Another quiz has other questions; a program that is not one is said.
    other = begin(bench, lambda: page.click(".quiz-me"))
    assert other["seed"] == 2
    assert other["questions"] != quiz["questions"]
    bench.paste("def f(:")
    page.wait_for_selector(".lesson-body .remark:visible")
    begin(bench, lambda: page.click(".remark button"))
    assert "No quiz of this program yet" in page.inner_text(".lesson-body")


def test_a_link_to_a_quiz_opens_it_on_a_phone_in_chinese_and_asks_about_a_run_last(opened):
    program = query(example="lost_sum", targets=["cuda"])
    bench = opened(f"{program}&lesson=quiz-1&lang=zh", width=390, height=844)
    page = bench.page
    page.wait_for_selector(".workbench[data-quiz='1']")
    assert "测验 1" in page.inner_text(".lesson-title")
    assert "1" in page.inner_text(".question h3")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert barriers_in_both_themes(page, ".learn") == []
    # The first questions do not wait for the run; what it shows is asked at the end.
    bench.until(lambda: page.locator(".quiz-dots span").count() == 10)
    for _ in range(9):
        page.click(".lesson-after")
    assert "哪些线程在竞争" in page.inner_text(".question")
    page.click(".question .choice-row:has-text('同一个线程块里的两个线程')")
    page.click(".question .check")
    assert "正确" in page.inner_text(".question .feedback")
