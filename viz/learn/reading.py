"""Read a lesson from its file: a head in TOML between two lines ``+++``, then Markdown.

The fields of the head are those of :class:`Head`. In the text, a block ``question`` holds a
question (:class:`QuestionTable`) and a block ``figure`` a figure (:class:`FigureTable`), in TOML::

    +++
    title = "What a program is made of"
    summary = "Declarations, operations, control flow."
    program = "if_double"
    +++

    [The loop](node:For) runs its body 32 times.

    ```question
    ask = "Point at the node that decides whether a number is doubled."
    answer = {node = "IfThenElse"}
    reveal = "It has a condition and a body."
    ```

A question for a node is answered by pointing, one for a pass by going to its stop on the rail, one
for a number by typing it. Where it has ``choices``, it is answered by choosing one.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec

from viz.frontend.examples import gallery
from viz.learn import queries
from viz.learn.errors import FormError, at
from viz.learn.lesson import (
    Block,
    Choice,
    DockTab,
    Figure,
    Lesson,
    LessonQuestion,
    Pane,
    Phrase,
    TextBlock,
    View,
)
from viz.learn.markdown import Section, parts, sentence, text_blocks
from viz.messages import message_of
from viz.model import catalog

RULE = "+++"


class Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The head of a lesson."""

    title: str
    summary: str
    page_of: str = ""
    """The name of the lesson before it that it is a further page of, such as ``06_passes``."""
    program: str = ""
    """The name of an example, or instead of it ``text``, a program."""
    text: str = ""
    targets: tuple[str, ...] = ()
    """At most two; those of the example, or C, if there are none."""
    target: str = ""
    """The one whose stages are looked at; the first if empty."""
    stage: str = "input"
    """``input``, ``scheduled``, ``final``, or the name of a pass such as ``FlattenBuffer``."""
    view: View = "tree"
    tab: DockTab = "explain"
    panes: tuple[Pane, ...] = ()
    point: dict[str, Any] = {}
    """The node that is selected at first, as a query."""


class ChoiceTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A choice in its own words, right where ``value`` is the answer or ``when`` gives ``is``."""

    words: str
    value: int | str | None = None
    when: dict[str, Any] = {}
    is_: int | str | None = msgspec.field(name="is", default=None)


class QuestionTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question."""

    ask: str
    answer: dict[str, Any] = {}
    """A query; without one each of the choices has its own."""
    choices: tuple[str | int | ChoiceTable, ...] = ()
    """Words to choose from; the right ones are those that the query gives."""
    hint: str = ""
    """What is said after a wrong answer."""
    reveal: str = ""
    """What is said with the right one."""
    shows: dict[str, Any] = {}
    """The node that the reveal shows, as a query; the answer itself if it is a node."""


class FigureTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A figure: a node and what is below it, or with ``targets`` what it wrote there."""

    of: dict[str, Any]
    depth: int = 2
    targets: tuple[str, ...] = ()
    caption: str = ""


def read_file(path: Path) -> Lesson:
    """Return the lesson of a file.

    Raises
    ------
    LessonError
        When it cannot be read, with the line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise at(str(path), 1, message_of("lesson-field", error=str(error))) from None
    return read(text, path.stem, str(path))


def read(text: str, name: str, path: str = "") -> Lesson:
    """Return the lesson of a text; ``path`` is for messages.

    Raises
    ------
    LessonError
        When it cannot be read, with the line.
    """
    path = path or f"{name}.md"
    lines = text.splitlines()
    try:
        end = lines.index(RULE, 1) if lines and lines[0] == RULE else 0
    except ValueError:
        end = 0
    if not end:
        raise at(path, 1, message_of("lesson-no-head"))
    try:
        fields = _fields(_head("\n".join(lines[1:end])))
    except FormError as error:
        raise at(path, error.line + 1, error.reason) from None
    blocks: list[Block] = []
    try:
        for part in parts("\n".join(lines[end + 1 :]), end + 2):
            blocks += _blocks(part, path)
    except FormError as error:
        raise at(path, error.line, error.reason) from None
    return Lesson(name=name, path=path, blocks=tuple(blocks), **fields)


def _head(text: str) -> Head:
    head: Head = _converted(text, Head)
    return head


def _fields(head: Head) -> dict[str, Any]:
    """Return the fields of a lesson that its head gives."""
    if bool(head.program) == bool(head.text):
        raise FormError(message_of("lesson-no-program"))
    example = gallery().get(head.program)
    if head.program and example is None:
        known = tuple(gallery())
        raise FormError(message_of("lesson-program", name=head.program, known=known))
    targets = head.targets or (example.targets[:2] if example is not None else ()) or ("c",)
    for name in (*targets, *filter(None, [head.target])):
        row = catalog.target(name)
        if row is None or row.unavailable:
            raise FormError(message_of("lesson-target", name=name, known=tuple(catalog.targets())))
    return {
        "title": head.title,
        "summary": head.summary,
        "page_of": head.page_of,
        "program": head.program,
        "text": example.text if example is not None else head.text,
        "targets": targets,
        "target": head.target or targets[0],
        "stage": head.stage,
        "view": head.view,
        "tab": head.tab,
        "panes": head.panes,
        "point": _place(head.point) if head.point else None,
    }


def _blocks(part: Section, path: str) -> list[Block]:
    """Return what a block of the text is."""
    try:
        if part.kind == "question":
            return [_question(_converted(part.text, QuestionTable), part.line)]
        if part.kind == "figure":
            return [_figure(_converted(part.text, FigureTable), part.line)]
        if part.kind != "text":
            return [TextBlock(form="code", words=(Phrase("code", part.text),))]
        return list(text_blocks(part.text))
    except FormError as error:
        raise at(path, part.line + error.line, error.reason) from None


def _question(table: QuestionTable, line: int) -> LessonQuestion:
    answer = queries.query_of(table.answer) if table.answer else None
    choices = tuple(map(_choice, table.choices))
    if answer is None and not (choices and all(choice.when is not None for choice in choices)):
        raise FormError(message_of("lesson-no-answer"))
    how = "choice"
    if not choices:
        how = _how(answer)
    return LessonQuestion(
        ask=sentence(table.ask),
        how=how,  # type: ignore[arg-type]
        answer=answer,
        choices=choices,
        hint=sentence(table.hint),
        reveal=sentence(table.reveal),
        shows=_place(table.shows) if table.shows else None,
        line=line,
    )


def _how(answer: queries.Query | None) -> str:
    if isinstance(answer, queries.PlaceQuery):
        return "point"
    if isinstance(answer, queries.Stop):
        return "stop"
    if answer is not None and queries.is_number(answer):
        return "number"
    raise FormError(message_of("lesson-choices"))


def _choice(table: str | int | ChoiceTable) -> Choice:
    if not isinstance(table, ChoiceTable):
        return Choice(words=sentence(str(table)), value=table)
    when = queries.query_of(table.when) if table.when else None
    return Choice(words=sentence(table.words), value=table.value, when=when, is_=table.is_)


def _figure(table: FigureTable, line: int) -> Figure:
    return Figure(
        place=_place(table.of),
        form="texts" if table.targets else "tree",
        depth=table.depth,
        targets=table.targets,
        caption=sentence(table.caption),
        line=line,
    )


def _place(table: dict[str, Any]) -> queries.PlaceQuery:
    query = queries.query_of(table)
    if not isinstance(query, queries.PlaceQuery):
        raise FormError(message_of("lesson-query", known=("node", "wrote")))
    return query


def _converted(text: str, form: type[Any]) -> Any:
    """Return a table of TOML as one of the forms above.

    Raises
    ------
    FormError
        With the line of the table, where TOML tells it.
    """
    try:
        return msgspec.convert(tomllib.loads(text), form)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line (\d+)", str(error))
        line = int(place[1]) if place else text.count("\n") + 1
        raise FormError(message_of("lesson-toml", error=str(error)), line) from None
    except msgspec.ValidationError as error:
        raise FormError(message_of("lesson-field", error=str(error))) from None
