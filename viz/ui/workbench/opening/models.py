"""Translate questions for a model as a program to a request, and its reply to a frame."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from viz.messages import Language
from viz.model import ConvertedModel, OnnxPart, Plain, Problem, Request
from viz.ui.workbench import frames


class ModelQuestion(Plain, frozen=True):
    """A question for the content of an .onnx file as a program."""

    data: bytes
    """Without the values of large weights; base64 in JSON."""


class ModelPlan:
    """The request to the engine for a question about a model, and the frame of its reply."""

    text = ""

    def __init__(self, question: ModelQuestion, language: Language = "en") -> None:
        self.language = language
        self.requests: list[Request] = [Request(part=OnnxPart(data=question.data))]

    def failed(self, _index: int, problem: Problem) -> Iterator[bytes]:
        """Yield the frame for a model that could not be converted."""
        shown = frames.shown_problem(problem, self.text, self.language)
        yield frames.line({"kind": "problem", "part": "model", "target": "", "problem": shown})

    def answered(self, _index: int, raw: bytes) -> Iterator[bytes]:
        """Yield the frame of a program; remarks are in the page's language."""
        reply = msgspec.json.decode(raw, type=ConvertedModel)
        yield frames.line(
            {
                "kind": "opened-model",
                "text": reply.text,
                "nodes": reply.nodes,
                "problems": [
                    frames.shown_problem(problem, self.text, self.language)
                    for problem in reply.problems
                ],
            }
        )
