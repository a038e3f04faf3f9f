"""Translate questions for advice on the cost to a request, and its reply to a frame.

What the engine says in words stands in both languages, since the page keeps advice when it changes
its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from viz.messages import LANGUAGES, Language, Message
from viz.model import (
    AccessChange,
    CostAdvice,
    CostAdvicePart,
    CostSuggestion,
    Figures,
    Plain,
    Problem,
    Request,
    RunPart,
)
from viz.provenance.upgrade import diff_rows
from viz.ui.workbench import frames
from viz.ui.workbench.runs import MOST_SIZE, for_the_page
from viz.ui.workspace import Workspace, normalised

TARGET = "cuda"
"""The target whose text the emulator runs."""


class CostAdviceQuestion(Plain, frozen=True):
    """A question for edits after which the workspace's function costs less."""

    workspace: Workspace
    run: RunPart

    def __post_init__(self) -> None:
        if not all(1 <= size <= MOST_SIZE for size in self.run.sizes.values()):
            message = f"a size is from 1 to {MOST_SIZE}"
            raise ValueError(message)


class CostAdvicePlan:
    """The request to the engine for advice, and the frame of its reply."""

    def __init__(self, question: CostAdviceQuestion, language: Language = "en") -> None:
        self.language = language
        self.text = question.workspace.text
        workspace = normalised(question.workspace)
        part = CostAdvicePart(run=question.run)
        self.requests: list[Request] = [workspace.request(part, TARGET)]

    def failed(self, _index: int, problem: Problem) -> Iterator[bytes]:
        """Yield the frame for a program that could not be run."""
        shown = frames.shown_problem(for_the_page(problem), self.text, self.language)
        yield frames.line({"kind": "problem", "part": "advice", "target": "", "problem": shown})

    def answered(self, _index: int, raw: bytes) -> Iterator[bytes]:
        """Yield the frame of the edits; spans are in UTF-16 units."""
        advice = msgspec.json.decode(raw, type=CostAdvice)
        yield frames.line(
            {
                "kind": "advice",
                "passed": advice.passed,
                "suggestions": [_suggestion(each, self.text) for each in advice.suggestions],
                "tried": [
                    {"buffer": each.buffer, "title": _told(each.title), "why": _told(each.why)}
                    for each in advice.tried
                ],
                "problems": {
                    language: [
                        frames.shown_problem(for_the_page(problem), self.text, language)
                        for problem in advice.problems
                    ]
                    for language in LANGUAGES
                },
            }
        )


def _told(message: Message) -> dict[Language, str]:
    return {language: message.text(language) for language in LANGUAGES}


def _suggestion(each: CostSuggestion, text: str) -> dict[str, Any]:
    return {
        "kind": each.kind,
        "title": _told(each.title),
        "why": _told(each.why),
        "buffer": each.buffer,
        "own": frames.places(text)(each.span),
        "text": each.text,
        "diff": list(diff_rows(text, each.text)),
        "accesses": [_change(change) for change in each.accesses],
    }


def _change(change: AccessChange) -> dict[str, Any]:
    return {
        "buffer": change.buffer,
        "kind": change.kind,
        "space": change.space,
        "before": _figures(change.before),
        "after": _figures(change.after),
    }


def _figures(figures: Figures | None) -> dict[str, int] | None:
    if figures is None:
        return None
    return {name: getattr(figures, name) for name in figures.__struct_fields__}
