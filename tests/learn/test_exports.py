"""Lessons as tests, as a notebook and as a page: what is exported grades answers as the page does."""

import ast
import json
import os
import re
import subprocess
import sys
import tomllib

import pytest

from tests.support.lessons.pack import LESSON, RIGHT, UNCLEAR, WRONG, write_pack
from viz.cli import main
from viz.learn import packs
from viz.learn.errors import LessonError
from viz.learn.export.checked import checked, chosen
from viz.learn.export.grading import graded
from viz.learn.export.notebook_lesson import open_lesson, right_words, sealed
from viz.learn.export.page import page
from viz.testing import assert_answer, assert_lessons


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_pack(tmp_path_factory.mktemp("pack"))


@pytest.fixture(scope="module")
def lesson(folder):
    (found,) = checked(chosen(str(folder / "01_sums.md"), "en"))
    return found


def test_answers_are_graded_in_writing(lesson):
    questions = lesson.lesson.questions
    for answers, verdict in ((RIGHT, "right"), (WRONG, "wrong"), (UNCLEAR, "unclear")):
        given = [
            graded(question, lesson.evidence, answer).verdict
            for question, answer in zip(questions, answers, strict=True)
        ]
        assert given == [verdict] * 4
    assert [right_words(question, lesson.evidence) for question in questions] == [*map(str, RIGHT)]
    store = "main.body.body.body"
    # A path will do, too: that of the store is not that of the loop around it.
    assert graded(questions[0], lesson.evidence, store).verdict == "wrong"
    assert graded(questions[0], lesson.evidence, store.removesuffix(".body")).verdict == "right"


def test_the_exported_tests_pass_right_answers_and_fail_the_others(folder, tmp_path, capsys):
    out = tmp_path / "homework"
    assert main(["lessons", "export", str(folder), "--as", "pytest", "--out", str(out)]) == 0
    assert str(out / "answers.toml") in capsys.readouterr().out
    empty = (out / "answers.toml").read_text(encoding="utf-8")
    assert tomllib.loads(empty)["01_sums"] == {f"question_{n}": "" for n in range(1, 5)}
    assert "inside" not in empty, "the sheet says nothing of the answers"
    # Two right ones, a wrong one, and a question that was left out.
    sheet = f'["01_sums"]\nquestion_1 = "{RIGHT[0]}"\nquestion_2 = "{WRONG[1]}"\nquestion_3 = {RIGHT[2]}\n'
    (tmp_path / "anna.toml").write_text(sheet, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rA", "--tb=short", "-p", "no:cacheprovider", out],
        env={**os.environ, "ANSWERS": str(tmp_path / "anna.toml")},
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    verdicts = dict(
        re.findall(r"^(?:.*::)?(?=PASSED|FAILED)(\w+) .*01_sums-(\d)\]", done.stdout, re.M)
    )
    found = re.findall(r"^(PASSED|FAILED) \S*\[01_sums-(\d)\]", done.stdout, re.MULTILINE)
    assert sorted((number, verdict) for verdict, number in found) == [
        ("1", "PASSED"), ("2", "FAILED"), ("3", "PASSED"), ("4", "FAILED"),
    ], (done.stdout, verdicts)  # fmt: skip
    assert "Its name says so." in done.stdout
    assert "One index is left" not in done.stdout, "the reveal stays hidden"


def test_a_notebook_runs_and_grades(folder, tmp_path):
    out = tmp_path / "sums.ipynb"
    place = str(folder / "01_sums.md")
    assert main(["lessons", "export", place, "--as", "notebook", "--out", str(out)]) == 0
    book = json.loads(out.read_text(encoding="utf-8"))
    assert (book["nbformat"], book["nbformat_minor"]) == (4, 5)
    try:
        import nbformat
    except ImportError:
        pass  # its schema is checked where it is installed
    else:
        nbformat.validate(book)
    assert len({cell["id"] for cell in book["cells"]}) == len(book["cells"])
    cells = ["".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == "code"]
    assert not any("nth = 2" in cell for cell in cells), "the answers are not read by the way"
    names = {}
    shown = [_run(cell, names) for cell in cells]
    analysis, figure, *asked = shown[1:]
    assert "float" in analysis.sources["c"].emissions[0].text
    html = figure._repr_mimebundle_()["text/html"]
    # The store, and one level below it the buffer, the value and the two indices.
    assert html.count('data-node="') == 1 + 4
    assert "The store." in html
    assert ["Write your answer" in repr(one) for one in asked] == [True] * 4
    said = [
        [
            repr(_run(cell.replace('""', repr(answer)), names))
            for cell, answer in zip(cells[3:], answers, strict=True)
        ]
        for answers in (RIGHT, WRONG)
    ]
    assert all(words.startswith("Right.") for words in said[0]), said
    assert all(words.startswith("Not yet.") for words in said[1]), said
    assert said[0][0] == "Right. It is inside."
    assert "answer: For#2" in repr(names["lesson"].answer(1))


def _run(cell, names):
    """Return the value of the last expression of a cell, as a notebook shows it."""
    *body, last = ast.parse(cell).body
    if not isinstance(last, ast.Expr):
        body.append(last)
        last = None
    exec(compile(ast.Module(body, []), "cell", "exec"), names)
    return last and eval(compile(ast.Expression(last.value), "cell", "eval"), names)


def test_a_page_fetches_nothing_and_takes_words_as_words(lesson):
    html = page((lesson,), "en")
    assert "&lt;b&gt;no&lt;/b&gt;" in html
    assert "default-src 'none'" in html
    assert not re.search(r'(?:src|href)="(?!#|https://)', html)
    assert "url(" not in html
    # A lesson that is not in the page is words.
    assert "another lesson" in html
    assert 'href="#02_nothing' not in html


def test_a_lesson_that_is_not_true_is_not_exported(folder, tmp_path, capsys):
    wrong = tmp_path / "01_sums.md"
    wrong.write_text(LESSON.replace('"int32", "float32"', '"int32", "int8"'))
    out = tmp_path / "page.html"
    assert main(["lessons", "export", str(wrong), "--out", str(out)]) == 1
    assert "0 of the choices are right" in capsys.readouterr().err
    assert not out.exists()
    with pytest.raises(AssertionError, match="0 of the choices are right"):
        assert_lessons(tmp_path)
    assert_lessons(folder)


def test_what_cannot_be_exported_is_said(folder, capsys):
    assert main(["lessons", "export", str(folder)]) == 2
    assert "--out" in capsys.readouterr().err
    assert main(["--lang", "zh", "lessons", "export", "99_none", "--out", "x.html"]) == 1
    assert "自带课程" in capsys.readouterr().err
    with pytest.raises(LessonError):
        open_lesson("01", sealed("no lesson"))
    with pytest.raises(AssertionError, match="Not the outer one"):
        assert_answer(folder / "01_sums.md", 1, "For")
    with pytest.raises(AssertionError, match="还没有回答"):
        assert_answer(folder / "01_sums.md", 1, None, "zh")


def test_each_right_answer_of_ours_can_be_given_in_writing():
    """For one lesson with places in a scheduled tree, and one with what a source says."""
    for name in ("09_binding", "01_program"):
        (found,) = checked((packs.shipped().find(name, "zh"),))
        for question in found.lesson.questions:
            answer = right_words(question, found.evidence)
            given = int(answer) if question.how == "number" else answer
            assert graded(question, found.evidence, given).verdict == "right", (name, answer)
