"""Find lessons: the shipped ones, and those of a teacher's own folder.

A pack is a folder of lessons, or has the folders ``en`` and ``zh`` with lessons of the same names.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from viz.learn.errors import LessonError
from viz.learn.lesson import Lesson
from viz.learn.reading import read_file
from viz.messages import LANGUAGES, Language, message_of
from viz.model import Plain

SHIPPED = Path(__file__).with_name("lessons")


class Pack(Plain, frozen=True):
    """The lessons of a folder by language, in the order of their names."""

    lessons: dict[Language, tuple[Lesson, ...]]

    def of(self, language: Language) -> tuple[Lesson, ...]:
        """Return the lessons of a language; those of the other where it has none."""
        other = next((lessons for lessons in self.lessons.values() if lessons), ())
        return self.lessons.get(language) or other

    def find(self, name: str, language: Language) -> Lesson | None:
        """Return a lesson by its name, None where there is none."""
        return next((lesson for lesson in self.of(language) if lesson.name == name), None)


def load(folder: Path) -> Pack:
    """Return the pack of a folder.

    Raises
    ------
    LessonError
        When it has no lessons, or one of them cannot be read.
    """
    lessons = {
        language: tuple(map(read_file, files))
        for language, files in files_of(folder).items()
        if files
    }
    if not lessons:
        raise LessonError(message_of("lesson-folder", path=str(folder)))
    return Pack(lessons=lessons)


def files_of(folder: Path) -> dict[Language, list[Path]]:
    """Return the files of a pack by language; those of a folder without languages are English."""
    found: dict[Language, list[Path]] = {
        language: sorted((folder / language).glob("*.md")) for language in LANGUAGES
    }
    return found if any(found.values()) else {"en": sorted(folder.glob("*.md"))}


@cache
def shipped() -> Pack:
    """Return the lessons that are shipped."""
    return load(SHIPPED)
