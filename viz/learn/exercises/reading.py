"""Read exercises: a table with program, checks and solution, and a text with words and hints.

The table ``NAME.toml`` is one for all languages (:class:`ExerciseTable`). The text ``NAME.md`` of a
language has a head in TOML, ``title`` and ``summary`` between two lines ``+++``, then Markdown as
in lessons, in which each block ``hint`` is a hint::

    +++
    title = "Guard the ragged tail"
    summary = "1000 elements, 1024 threads."
    +++

    The last block has more threads than elements …

    ```hint
    Which threads of the last block have an element of their own?
    ```
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from viz.errors import RequestError
from viz.learn.errors import FormError, at
from viz.learn.exercises.checks import RuleCheck, check_of
from viz.learn.exercises.exercise import CodingExercise, Level
from viz.learn.lesson import DockTab, Pane, Sentence, TextBlock
from viz.learn.markdown import joined, parts, sentence, text_blocks
from viz.learn.reading import RULE
from viz.messages import LANGUAGES, Language, message_of

SHIPPED = Path(__file__).parent


class ExerciseTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an exercise is made of, beside its words."""

    level: Level
    program: str
    solution: str
    checks: tuple[dict[str, Any], ...]
    """See :mod:`viz.learn.exercises.checks`."""
    targets: tuple[str, ...] = ("cuda",)
    tab: DockTab = "run"
    panes: tuple[Pane, ...] = ()
    reference: str = ""
    rtol: float = 1e-5
    atol: float = 1e-6
    inputs: dict[str, str] = {}


class ExerciseHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The head of the text of an exercise."""

    title: str
    summary: str


def load(folder: Path) -> dict[Language, tuple[CodingExercise, ...]]:
    """Return the exercises of a folder by language, in the order of their names.

    Raises
    ------
    LessonError
        When one of them cannot be read, or has no text in a language.
    """
    tables = sorted(folder.glob("*.toml"))
    return {
        language: tuple(read(table, folder / language / f"{table.stem}.md") for table in tables)
        for language in LANGUAGES
    }


@cache
def shipped() -> dict[Language, tuple[CodingExercise, ...]]:
    """Return the exercises that are shipped, by language."""
    return load(SHIPPED)


def find(name: str, language: Language = "en") -> CodingExercise:
    """Return a shipped exercise by its name, or by the number that this begins with.

    Raises
    ------
    RequestError
        When there is none of that name.
    """
    rows = shipped()[language]
    for exercise in rows:
        if name in (exercise.name, exercise.name.partition("_")[0].lstrip("0")):
            return exercise
    known = tuple(exercise.name for exercise in rows)
    raise RequestError(message_of("no-exercise", name=name, known=known))


def read(table: Path, text: Path) -> CodingExercise:
    """Return the exercise of a table and a text.

    Raises
    ------
    LessonError
        When one of them cannot be read, with the line where that is known.
    """
    fields = _fields(_made(table, _content(table), ExerciseTable), table)
    lines = _content(text).splitlines()
    try:
        end = lines.index(RULE, 1) if lines and lines[0] == RULE else 0
    except ValueError:
        end = 0
    if not end:
        raise at(str(text), 1, message_of("lesson-no-head"))
    head = _made(text, "\n".join(lines[1:end]), ExerciseHead)
    blocks: list[TextBlock] = []
    hints: list[Sentence] = []
    try:
        for part in parts("\n".join(lines[end + 1 :]), end + 2):
            if part.kind == "hint":
                hints.append(sentence(joined(part.text.splitlines())))
            else:
                blocks += text_blocks(part.text)
    except FormError as error:
        raise at(str(text), error.line or end + 2, error.reason) from None
    return CodingExercise(
        name=table.stem,
        title=head.title,
        summary=head.summary,
        blocks=tuple(blocks),
        hints=tuple(hints),
        **fields,
    )


def _fields(table: ExerciseTable, path: Path) -> dict[str, Any]:
    try:
        checks = tuple(map(check_of, table.checks))
    except FormError as error:
        raise at(str(path), 1, error.reason) from None
    rule = next((check.rule for check in checks if isinstance(check, RuleCheck)), "")
    kept = ("level", "targets", "tab", "panes", "reference", "rtol", "atol", "inputs")
    return {
        **{name: getattr(table, name) for name in kept},
        "form": "rule" if rule else "program",
        "rule": rule,
        "text": table.program.lstrip("\n"),
        "solution": table.solution.lstrip("\n"),
        "checks": checks,
    }


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise at(str(path), 1, message_of("lesson-field", error=str(error))) from None


def _made(path: Path, text: str, form: type[Any]) -> Any:
    try:
        return msgspec.convert(tomllib.loads(text), form)
    except tomllib.TOMLDecodeError as error:
        raise at(str(path), 1, message_of("lesson-toml", error=str(error))) from None
    except msgspec.ValidationError as error:
        raise at(str(path), 1, message_of("lesson-field", error=str(error))) from None
