"""Translate questions about a user's rules to a request, and its reply to a frame."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from viz.locale.translator import Translator
from viz.messages import Language, hint_of
from viz.model import (
    Comparison,
    Plain,
    Problem,
    Request,
    RuleError,
    RulePart,
    RuleTrial,
    TextDifference,
    Value,
    catalog,
)
from viz.ui.workbench import frames
from viz.ui.workspace import Workspace, normalised


class RuleQuestion(Plain, frozen=True):
    """A question for what some rules make of the workspace's program at a stage."""

    workspace: Workspace
    target: str
    rule: RulePart

    def __post_init__(self) -> None:
        row = catalog.target(self.target)
        if row is None or not row.has_pipeline:
            message = f"there is no target {self.target!r} here"
            raise ValueError(message)


class RulePlan:
    """The request to the engine for a question about rules, and the frame of its reply."""

    def __init__(self, question: RuleQuestion, language: Language = "en") -> None:
        self.language = language
        self.text = question.workspace.text
        workspace = normalised(question.workspace)
        self.requests: list[Request] = [workspace.request(question.rule, question.target)]

    def failed(self, _index: int, problem: Problem) -> Iterator[bytes]:
        """Yield the frame for rules that could not be tried."""
        shown = frames.shown_problem(problem, self.text, self.language)
        yield frames.line({"kind": "problem", "part": "rule", "target": "", "problem": shown})

    def answered(self, _index: int, raw: bytes) -> Iterator[bytes]:
        """Yield the frame of a trial; columns count in UTF-16 units."""
        trial = msgspec.json.decode(raw, type=RuleTrial)
        _ = Translator(self.language)
        emission = trial.emission
        yield frames.line(
            {
                "kind": "rule",
                "passed": trial.passed,
                "text": emission.text if emission else "",
                "outputs": trial.outputs,
                "unused": [key for key, count in trial.uses.items() if not count],
                "error": trial.error and _error(trial.error, self.language),
                "difference": trial.difference and _difference(trial.difference),
                "wrong": [_wrong(row, _) for row in trial.comparisons if not row.passed],
                "problems": [
                    frames.shown_problem(problem, self.text, self.language)
                    for problem in trial.problems
                ],
            }
        )


def _error(error: RuleError, language: Language) -> dict[str, Any]:
    return {
        "message": error.what.text(language),
        "hint": hint_of(error.what, None, language),
        "rule": error.rule,
        "line": error.line,
    }


def _difference(difference: TextDifference) -> dict[str, Any]:
    return {
        "line": difference.line,
        "column": difference.column,
        "got": difference.got,
        "expected": difference.expected,
        "node": difference.node,
        "title": difference.title,
    }


def _wrong(row: Comparison, _: Translator) -> str:
    first = row.first
    if first is None:
        return row.name
    return _(
        "{name}{index} is {got}, and {expected} by our text",
        name=row.name,
        index=[*first.index],
        got=_value(first.got),
        expected=_value(first.expected),
    )


def _value(value: Value) -> str:
    return str(value) if isinstance(value, str) else f"{value:.7g}"
