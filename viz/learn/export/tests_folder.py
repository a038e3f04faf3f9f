"""Write lessons as tests for pytest: a sheet for answers, and the tests that grade it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from viz.learn.export.grading import LETTERS, form_of
from viz.learn.export.wording import plain_of
from viz.learn.lesson import Lesson
from viz.locale.translator import Translator
from viz.messages import Language

SHEET = "answers.toml"
TESTS = "test_lessons.py"

_TESTS = '''\
"""Grade the answers to lessons: a test for each question.

The answers are those of answers.toml beside this file, or of the file that the environment's
ANSWERS names. Hand out answers.toml alone: the lessons beside it have the answers.
"""

import os
import tomllib
from pathlib import Path

import pytest

from viz.testing import assert_answer

HERE = Path(__file__).parent
SHEET = Path(os.environ.get("ANSWERS") or HERE / "answers.toml")
QUESTIONS = [
{questions}
]


@pytest.fixture(scope="session")
def answers():
    return tomllib.loads(SHEET.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("lesson", "number"), QUESTIONS)
def test_answer(answers, lesson, number):
    given = answers.get(lesson, {{}}).get(f"question_{{number}}")
    assert_answer(HERE / "lessons" / "{language}" / f"{{lesson}}.md", number, given, "{language}")
'''


def tests(lessons: Sequence[Lesson], language: Language) -> dict[str, str]:
    """Return the files of the folder, by their paths in it."""
    rows = "\n".join(
        f"    ({lesson.name!r}, {number}),".replace("'", '"')
        for lesson in lessons
        for number in range(1, len(lesson.questions) + 1)
    )
    files = {
        f"lessons/{language}/{lesson.name}.md": Path(lesson.path).read_text(encoding="utf-8")
        for lesson in lessons
    }
    return {
        SHEET: sheet(lessons, language),
        TESTS: _TESTS.format(questions=rows, language=language),
        **files,
    }


def sheet(lessons: Sequence[Lesson], language: Language) -> str:
    """Return an empty sheet for answers as TOML, with the questions as comments."""
    _ = Translator(language)
    lines = [f"# {_('Write each answer between the quotes; a number needs none.')}"]
    for lesson in lessons:
        lines += ["", f'["{lesson.name}"]', f"# {lesson.title}"]
        for number, question in enumerate(lesson.questions, 1):
            lines += ["", f"# {number}. {plain_of(question.ask)}"]
            lines += [
                f"#    {letter}: {plain_of(choice.words)}"
                for letter, choice in zip(LETTERS, question.choices, strict=False)
            ]
            lines += [f"#    ({form_of(question).text(language)})", f'question_{number} = ""']
    return "\n".join(lines) + "\n"
