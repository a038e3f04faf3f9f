"""Translate questions about a lesson to requests, and their replies to a frame with its answers.

What never changes while the server runs, the texts of the lessons and the glossary, is a static
file (:func:`shown`); what has to be computed from a lesson's program comes when it is opened.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from viz.learn import answers, glossary, packs
from viz.learn.evidence import Evidence, key_of, requests
from viz.learn.lesson import Lesson, numbers
from viz.messages import Language, Message
from viz.model import Plain, Problem, Reply, Request, decode_reply
from viz.ui.workbench import frames
from viz.ui.workbench.learning import exercises

_CHOSEN: list[packs.Pack] = []


def configure(arguments: Sequence[str]) -> None:
    """Read from the server's command line which lessons it offers: ``--lessons FOLDER``.

    Other arguments are ignored. Without a folder they are the shipped ones.

    Raises
    ------
    LessonError
        When it has none, or one of them cannot be read.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--lessons", default="", metavar="FOLDER")
    folder = parser.parse_known_args(arguments)[0].lessons
    _CHOSEN[:] = [packs.load(Path(folder))] if folder else []


def pack() -> packs.Pack:
    """Return the lessons that this server offers."""
    return _CHOSEN[0] if _CHOSEN else packs.shipped()


class LessonQuery(Plain, frozen=True):
    """A question for the answers of a lesson."""

    lesson: str

    def __post_init__(self) -> None:
        if all(pack().find(self.lesson, language) is None for language in ("en", "zh")):
            raise ValueError(f"there is no lesson {self.lesson!r}")


class LessonPlan:
    """The requests to the engine for a lesson, and the frame of its answers."""

    def __init__(self, question: LessonQuery, language: Language = "en") -> None:
        self.language = language
        lesson = pack().find(question.lesson, language)
        assert lesson is not None
        self._lesson = lesson
        self.text = lesson.text
        self.requests: list[Request] = requests(lesson)
        self._replies: dict[str, Reply | Problem] = {}

    def failed(self, index: int, problem: Problem) -> Iterator[bytes]:
        """Take the problem of a request: a lesson may ask why something fails."""
        self._replies[key_of(self.requests[index])] = problem
        yield from self._complete()

    def answered(self, index: int, raw: bytes) -> Iterator[bytes]:
        """Take a reply as JSON; yield the frame when all have come."""
        request = self.requests[index]
        self._replies[key_of(request)] = decode_reply(request.part, raw)
        yield from self._complete()

    def _complete(self) -> Iterator[bytes]:
        if len(self._replies) < len(self.requests):
            return
        evidence = Evidence(self._lesson.text, self._replies)
        made = answers.frame(self._lesson, evidence)
        yield frames.line(worded(msgspec.to_builtins(made), self.language))


def worded(data: Any, language: Language) -> Any:
    """Return plain data in which problems are words."""
    if isinstance(data, dict):
        return {
            name: msgspec.convert(value, Message).text(language)
            if name == "problem"
            else worded(value, language)
            for name, value in data.items()
        }
    return [worded(each, language) for each in data] if isinstance(data, list | tuple) else data


def shown(language: Language) -> dict[str, Any]:
    """Return the lessons and the glossary in a language, as the page draws them."""
    lessons = pack().of(language)
    return {
        "lessons": [
            {"number": number, **_shown(lesson, language)}
            for lesson, number in zip(lessons, numbers(lessons), strict=True)
        ],
        "exercises": exercises.shown(language),
        "terms": [[term.id, term.name, term.kind, term.words] for term in glossary.terms(language)],
    }


def _shown(lesson: Lesson, language: Language) -> dict[str, Any]:
    linked = msgspec.to_builtins(lesson)
    kept = ("name", "title", "summary", "page_of", "program", "text", "targets", "target")
    return {
        **{name: linked.get(name, "") for name in kept},
        "stage": lesson.stage,
        "view": lesson.view,
        "tab": lesson.tab,
        "panes": lesson.panes,
        "blocks": shown_blocks(lesson, language),
    }


def shown_blocks(lesson: Lesson, language: Language) -> list[dict[str, Any]]:
    """Return the texts, figures and questions of a lesson, without what is right."""
    blocks: list[dict[str, Any]]
    blocks = msgspec.to_builtins(glossary.with_terms(lesson, language).blocks)
    for block in blocks:
        for choice in block.get("choices", ()):
            # What is right comes from the engine, when the lesson is opened.
            for name in ("value", "when", "is_"):
                choice.pop(name, None)
        for name in ("answer", "shows", "place", "line"):
            block.pop(name, None)
    return blocks
