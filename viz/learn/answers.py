"""Compute what a lesson's questions, links and figures stand for, as data that a page can draw."""

from __future__ import annotations

from typing import Any

import msgspec

from viz.learn import queries
from viz.learn.errors import FormError
from viz.learn.evidence import Answer, Evidence, Stop, TreePlace
from viz.learn.lesson import Figure, Lesson, LessonQuestion
from viz.messages import Message, message_of
from viz.model import Plain, Tree


class Solved(Plain, frozen=True):
    """What is right at a question."""

    how: str
    place: TreePlace | None = None
    """The node to point at; of other questions the one that the reveal shows, if any."""
    stop: Stop | None = None
    """The pass whose stop on the rail is the answer, or that of the right choice."""
    value: int | str | None = None
    """The number, or the word that the right choice has."""
    right: int | None = None
    """Which choice is right, from 0."""
    problem: Message | None = None
    """Why it is not known."""


class DrawnNode(Plain, frozen=True):
    """A node of a figure."""

    title: str
    label: str
    kind: str
    field: str
    path: str
    children: tuple[DrawnNode, ...] = ()
    more: bool = False
    """Whether it has children that are not drawn."""


class DrawnFigure(Plain, frozen=True):
    """A figure, ready to be drawn."""

    tree: str = ""
    node: DrawnNode | None = None
    texts: tuple[tuple[str, str], ...] = ()
    """Targets, each with what the node wrote there."""
    problem: Message | None = None


def solved(question: LessonQuestion, evidence: Evidence) -> Solved:
    """Return the answer of a question, or why it has none."""
    try:
        return _solved(question, evidence)
    except FormError as error:
        return Solved(how=question.how, problem=error.reason)


def _solved(question: LessonQuestion, evidence: Evidence) -> Solved:
    shown = question.shows and evidence.value(question.shows)
    place = shown if isinstance(shown, TreePlace) else None
    answer = None if question.answer is None else evidence.value(question.answer)
    if question.how == "choice":
        right = [
            n for n in range(len(question.choices)) if _is_right(question, n, answer, evidence)
        ]
        value = _word(answer) if answer is not None else None
        if len(right) != 1:
            words = "?" if value is None else str(value)
            reason = message_of("lesson-right-choices", count=len(right), answer=words)
            return Solved(how=question.how, problem=reason)
        stop = answer if isinstance(answer, Stop) else None
        return Solved(how=question.how, place=place, stop=stop, value=value, right=right[0])
    if isinstance(answer, TreePlace):
        return Solved(how=question.how, place=answer)
    if isinstance(answer, Stop):
        return Solved(how=question.how, stop=answer, place=place)
    return Solved(how=question.how, value=answer, place=place)


def _is_right(
    question: LessonQuestion, number: int, answer: Answer | None, evidence: Evidence
) -> bool:
    choice = question.choices[number]
    if choice.when is not None:
        return _word(evidence.value(choice.when)) == choice.is_
    return answer is not None and choice.value == _word(answer)


def _word(answer: Answer) -> int | str:
    """Return an answer as a choice has it: of a pass its name without the folder."""
    if isinstance(answer, Stop):
        return answer.name.rpartition(".")[2]
    return answer.path if isinstance(answer, TreePlace) else answer


def drawn(figure: Figure, evidence: Evidence) -> DrawnFigure:
    """Return a figure, or why there is none."""
    try:
        found = evidence.node(figure.place)
        if found is None:
            words = msgspec.json.encode(figure.place).decode()
            raise FormError(message_of("lesson-nothing-found", query=words))
        if figure.form == "texts":
            texts = tuple((t, evidence.written(figure.place, t)) for t in figure.targets)
            for target, text in texts:
                if not text:
                    words = f"written_by {figure.place.node or figure.place.wrote} @ {target}"
                    raise FormError(message_of("lesson-nothing-found", query=words))
            return DrawnFigure(texts=texts)
        tree, node = found
        return DrawnFigure(tree=tree, node=_branch(evidence.tree(tree), node.id, "", figure.depth))
    except FormError as error:
        return DrawnFigure(problem=error.reason)


def _branch(tree: Tree, id_: int, field: str, depth: int) -> DrawnNode:
    node = tree.nodes[id_]
    below = [child for child in node.children if tree.nodes[child.id].kind != "type"]
    return DrawnNode(
        title=node.title,
        label=node.label,
        kind=node.kind,
        field=field,
        path=node.path,
        children=tuple(_branch(tree, c.id, c.field, depth - 1) for c in below) if depth else (),
        more=bool(below) and not depth,
    )


def frame(lesson: Lesson, evidence: Evidence) -> dict[str, Any]:
    """Return what a page needs beside the text: answers, the places of links, figures, stages."""
    places: dict[str, TreePlace] = {}
    stops: dict[str, int] = {}
    for link in lesson.links:
        kind, _, name = link.to.partition(":")
        try:
            if kind == "node":
                value = evidence.value(queries.link_query(name))
                if isinstance(value, TreePlace):
                    places[link.to] = value
            elif kind == "stage" and (number := pass_number(lesson, name, evidence)) is not None:
                stops[name] = number
        except FormError:
            continue  # such a link does nothing; the checks name it
    first = pass_number(lesson, lesson.stage, evidence)
    return {
        "kind": "lesson",
        "name": lesson.name,
        "questions": [solved(question, evidence) for question in lesson.questions],
        "figures": [drawn(figure, evidence) for figure in lesson.figures],
        "places": places,
        "stops": stops | ({lesson.stage: first} if first is not None else {}),
        "point": _first(lesson, evidence),
    }


def _first(lesson: Lesson, evidence: Evidence) -> TreePlace | None:
    try:
        value = evidence.value(lesson.point) if lesson.point is not None else None
    except FormError:
        return None
    return value if isinstance(value, TreePlace) else None


def pass_number(lesson: Lesson, name: str, evidence: Evidence) -> int | None:
    """Return the number of a pass that changed the program; None where none has the name."""
    if name in ("input", "scheduled", "final"):
        return None
    for row in evidence.passes(lesson.target):
        if row.changed and name in (row.name, row.name.rpartition(".")[2]):
            return row.number
    return None
