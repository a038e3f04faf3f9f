"""Data of lessons: their texts in pieces, their questions, what is open at first.

All of it is plain and frozen, so the page, the command line and the checks work on the same thing.
"""

from __future__ import annotations

from collections.abc import Iterable
from string import ascii_lowercase
from typing import Literal

import msgspec

from viz.learn.queries import PlaceQuery, Query
from viz.model import Plain

DockTab = Literal["explain", "run", "step", "schedule", "cost", "model"]
Pane = Literal["script", "tree", "source"]
View = Literal["tree", "outline", "script", "diff"]


class Phrase(msgspec.Struct, frozen=True, array_like=True):
    """Some words of a sentence, of one look.

    ``kind`` is ``text``, ``code``, ``strong``, ``em`` or ``link``; of a link ``to`` is where it
    leads, such as ``node:For``.
    """

    kind: Literal["text", "code", "strong", "em", "link"]
    words: str
    to: str = ""


Sentence = tuple[Phrase, ...]


class TextBlock(Plain, frozen=True, tag="text", tag_field="is"):
    """A paragraph, a heading, a row of a list, or a program to read."""

    form: Literal["paragraph", "heading", "bullet", "step", "code"]
    words: Sentence


class Figure(Plain, frozen=True, tag="figure", tag_field="is"):
    """A figure that the workspace draws: a part of a tree, or what a node wrote."""

    place: PlaceQuery
    form: Literal["tree", "texts"] = "tree"
    """``tree``: the node and what is below it. ``texts``: what it wrote in each of ``targets``."""
    depth: int = 2
    """Levels below the node, of a tree."""
    targets: tuple[str, ...] = ()
    caption: Sentence = ()
    line: int = 0


class Choice(Plain, frozen=True):
    """One answer to choose, and what makes it the right one."""

    words: Sentence
    value: int | str | None = None
    """It is right where this is the answer."""
    when: Query | None = None
    """In place of that it is right where this query gives ``is_``."""
    is_: int | str | None = None


class LessonQuestion(Plain, frozen=True, tag="question", tag_field="is"):
    """A question. How it is answered follows from its query, see :mod:`viz.learn.reading`."""

    ask: Sentence
    how: Literal["point", "stop", "number", "choice"]
    answer: Query | None
    """None where each of the choices has a query of its own."""
    choices: tuple[Choice, ...] = ()
    hint: Sentence = ()
    """What is said after a wrong answer."""
    reveal: Sentence = ()
    """What is said with the right one."""
    shows: PlaceQuery | None = None
    """The node that the reveal shows; of a question for a node that one, if None."""
    line: int = 0
    """Where it stands in the file, from 1."""


Block = TextBlock | Figure | LessonQuestion


class Lesson(Plain, frozen=True, kw_only=True):
    """A lesson in one language."""

    name: str
    """The name of its file, without ``.md``: the same in every language."""
    title: str
    summary: str
    """One sentence for the list of lessons."""
    page_of: str = ""
    """The lesson that this is a further page of; empty for a lesson of its own."""
    program: str = ""
    """The name of an example; empty where the lesson has a text of its own."""
    text: str
    """The text of its program."""
    targets: tuple[str, ...]
    target: str
    """The one whose stages are looked at."""
    stage: str = "input"
    """What is open at first: ``input``, ``scheduled``, ``final``, or the name of a pass."""
    view: View = "tree"
    tab: DockTab = "explain"
    panes: tuple[Pane, ...] = ()
    """The panes that matter, all if empty: the first is brought in sight where there is room for
    one, and a page of its own opens with these."""
    point: PlaceQuery | None = None
    """The node that is selected at first."""
    blocks: tuple[Block, ...]
    path: str = ""
    """Its file, for messages."""

    @property
    def questions(self) -> tuple[LessonQuestion, ...]:
        """Its questions, in their order."""
        return tuple(block for block in self.blocks if isinstance(block, LessonQuestion))

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Its figures, in their order."""
        return tuple(block for block in self.blocks if isinstance(block, Figure))

    @property
    def links(self) -> tuple[Phrase, ...]:
        """All links of its texts."""
        return tuple(piece for words in sentences(self) for piece in words if piece.kind == "link")


def numbers(lessons: Iterable[Lesson]) -> list[str]:
    """Return the numbers of lessons in their order: ``6``, and of its pages ``6a`` and so on."""
    found: list[str] = []
    lesson_count = page_count = 0
    for lesson in lessons:
        page_count = page_count + 1 if lesson.page_of else 0
        lesson_count += not lesson.page_of
        found.append(f"{lesson_count}{ascii_lowercase[page_count - 1] if page_count else ''}")
    return found


def sentences(lesson: Lesson) -> list[Sentence]:
    """Return all that a reader of a lesson reads."""
    found: list[Sentence] = []
    for block in lesson.blocks:
        if isinstance(block, TextBlock):
            found.append(block.words)
        elif isinstance(block, Figure):
            found.append(block.caption)
        else:
            found += [block.ask, block.hint, block.reveal, *(c.words for c in block.choices)]
    return found
