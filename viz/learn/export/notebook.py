"""Write a lesson as a Jupyter notebook (nbformat 4.5): text, program, figures, questions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from viz.learn.export.grading import LETTERS, form_of
from viz.learn.export.notebook_lesson import sealed
from viz.learn.export.wording import markdown_of, plain_of
from viz.learn.lesson import Figure, Lesson, LessonQuestion, TextBlock
from viz.locale.translator import Translator
from viz.messages import Language

_STARTS = {"heading": "### ", "bullet": "- ", "step": "1. "}

Cell = tuple[str, str]
"""``markdown`` or ``code``, and its text."""


def notebook(lessons: Sequence[Lesson], language: Language) -> str:
    """Return the JSON of a notebook with lessons."""
    cells = [cell for lesson in lessons for cell in _cells(lesson, language)]
    data = {
        "cells": [_cell(number, *cell) for number, cell in enumerate(cells, 1)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def _cell(number: int, kind: str, text: str) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "id": f"cell-{number}", "metadata": {}}
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    return {**cell, "source": text.splitlines(keepends=True)}


def _cells(lesson: Lesson, language: Language) -> Iterator[Cell]:
    _ = Translator(language)
    yield "markdown", f"# {lesson.title}\n\n{lesson.summary}"
    seal = sealed(Path(lesson.path).read_text(encoding="utf-8"))
    yield (
        "code",
        "import viz\nfrom viz.learn.export.notebook_lesson import open_lesson\n\n"
        f"# {_('The lesson with its answers, packed so that nobody reads them by the way.')}\n"
        f"lesson = open_lesson({lesson.name!r}, {seal!r}, {language!r})",
    )
    targets = ", ".join(map(repr, lesson.targets))
    drawn = f"analysis = viz.analyze(program, [{targets}])\nanalysis"
    yield "code", f"program = {_literal(lesson.text)}\n\n{drawn}"
    figures = questions = 0
    words: list[str] = []
    for block in lesson.blocks:
        if isinstance(block, TextBlock):
            words.append(_text(block, words))
            continue
        if words:
            yield "markdown", "\n".join(words)
            words = []
        if isinstance(block, Figure):
            figures += 1
            yield "markdown", markdown_of(block.caption)
            yield "code", f"lesson.figure({figures})"
        else:
            questions += 1
            yield "markdown", _asked(block, questions, _)
            yield "code", f'lesson.grade({questions}, "")  # {form_of(block).text(language)}'
    if words:
        yield "markdown", "\n".join(words)


def _literal(text: str) -> str:
    """Return a literal of Python, over several lines where it can be."""
    if '"""' in text or "\\" in text or text.endswith('"'):
        return repr(text)
    return f'"""{text}"""'


def _text(block: TextBlock, before: list[str]) -> str:
    if block.form == "code":
        text = f"```\n{plain_of(block.words)}\n```"
    else:
        text = _STARTS.get(block.form, "") + markdown_of(block.words)
    is_row = block.form in ("bullet", "step")
    follows_row = bool(before) and before[-1].lstrip("\n").startswith(("- ", "1. "))
    return text if not before or (is_row and follows_row) else f"\n{text}"


def _asked(question: LessonQuestion, number: int, _: Translator) -> str:
    head = f"**{_('Question {place}', place=number)}.** {markdown_of(question.ask)}"
    rows = (
        f"- {letter}: {markdown_of(choice.words)}"
        for letter, choice in zip(LETTERS, question.choices, strict=False)
    )
    return "\n".join([head, "", *rows]).rstrip()
