"""Assertions about lessons: that they are true, and that an answer to one is right."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from viz.learn.evidence import Evidence
from viz.learn.export.grading import form_of, graded
from viz.learn.export.wording import plain_of
from viz.learn.lesson import Lesson
from viz.learn.reading import read_file
from viz.learn.truth import check, gathered
from viz.locale.translator import Translator
from viz.messages import Language


def assert_lessons(folder: str | Path) -> None:
    """Assert that all that the lessons of a folder say is true, as ``tirscope lessons check`` does.

    Their programs are looked at in a jailed process.

    Raises
    ------
    AssertionError
        With a line for each mistake: its file, its line and what is wrong.
    """
    mistakes = [error.message for error in check(Path(folder))]
    assert not mistakes, "\n".join(mistakes)


def assert_answer(
    lesson: str | Path, number: int, answer: str | int | None, language: Language = "en"
) -> None:
    """Assert that the answer to a question of a lesson is right.

    Parameters
    ----------
    lesson
        Its file.
    number
        The question's place in the lesson, from 1.
    answer
        A node by its type (``"For"``, ``"For#2"``), a pass by its name, a number, or the letter of
        a choice; None for none.

    Raises
    ------
    AssertionError
        When it is not; it has the question and the lesson's hint, and never the answer.
    LessonError
        When the lesson cannot be read.
    """
    read, evidence = _lesson(Path(lesson))
    _, question = Translator(language), read.questions[number - 1]
    grade = graded(question, evidence, answer)
    if grade.verdict == "right":
        return
    said = _("Not yet.")
    if grade.verdict == "missing":
        said = _("There is no answer yet: {form}.", form=form_of(question).text(language))
    elif grade.reason is not None:
        said = grade.reason.text(language)
    hint = plain_of(question.hint) if grade.verdict != "missing" else ""
    lines = [f"{read.name}, {number}. {plain_of(question.ask)}", f"{answer!r}: {said} {hint}"]
    raise AssertionError("\n".join(lines).strip())


@cache
def _lesson(path: Path) -> tuple[Lesson, Evidence]:
    lesson = read_file(path)
    return lesson, gathered(lesson)
