"""Read lessons and check that all that they say is true, before anything is made of them."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from viz.learn import packs
from viz.learn.errors import LessonError
from viz.learn.evidence import Evidence
from viz.learn.lesson import Lesson
from viz.learn.reading import read_file
from viz.learn.truth import gathered, untrue
from viz.messages import Language, message_of


class CheckedLesson(NamedTuple):
    """A lesson, and the engine's replies that bear it out."""

    lesson: Lesson
    evidence: Evidence


def chosen(place: str, language: Language) -> tuple[Lesson, ...]:
    """Return the lessons of a folder, of a file, or the shipped one of a name; all if empty.

    Raises
    ------
    LessonError
        When there is no such lesson, or it cannot be read.
    """
    if not place:
        return packs.shipped().of(language)
    path = Path(place)
    if path.is_dir():
        return packs.load(path).of(language)
    if path.is_file():
        return (read_file(path),)
    lesson = packs.shipped().find(place, language)
    if lesson is None:
        known = tuple(lesson.name for lesson in packs.shipped().of(language))
        raise LessonError(message_of("lesson-unknown", name=place, known=known))
    return (lesson,)


def checked(lessons: tuple[Lesson, ...]) -> tuple[CheckedLesson, ...]:
    """Return lessons with the evidence for them.

    Raises
    ------
    LessonError
        The first mistake in one of them.
    """
    # A lesson alone may lead to others of its folder.
    shipped = {lesson.name for lesson in packs.shipped().of("en")}
    around = {path.stem for lesson in lessons for path in Path(lesson.path).parent.glob("*.md")}
    names = frozenset({lesson.name for lesson in lessons} | around | shipped)
    found = []
    for lesson in lessons:
        evidence = gathered(lesson)
        for error in untrue(lesson, evidence, names):
            raise error
        found.append(CheckedLesson(lesson=lesson, evidence=evidence))
    return tuple(found)
