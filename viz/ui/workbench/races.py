"""Translate questions about a race to a request, and its reply to a frame."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from viz.locale.translator import Translator
from viz.messages import Language
from viz.model import Plain, Problem, RaceAccess, RacePart, RaceReplay, Request, Value
from viz.provenance.upgrade import diff_rows
from viz.ui.workbench import frames
from viz.ui.workspace import Workspace, normalised


class RaceQuestion(Plain, frozen=True):
    """A question for the replay of a race of the workspace's program."""

    workspace: Workspace
    race: RacePart


class RacePlan:
    """The request to the engine for a question about a race, and the frame of its reply."""

    def __init__(self, question: RaceQuestion, language: Language = "en") -> None:
        self.language = language
        self.text = question.workspace.text
        workspace = normalised(question.workspace)
        self.requests: list[Request] = [workspace.request(question.race, "cuda")]

    def failed(self, _index: int, problem: Problem) -> Iterator[bytes]:
        """Yield the frame for a race that could not be replayed."""
        shown = frames.shown_problem(problem, self.text, self.language)
        yield frames.line({"kind": "problem", "part": "race", "target": "", "problem": shown})

    def answered(self, _index: int, raw: bytes) -> Iterator[bytes]:
        """Yield the frame of a replay; spans are in UTF-16 units."""
        found = msgspec.json.decode(raw, type=RaceReplay)
        _ = Translator(self.language)
        mend = None
        if found.mended:
            mend = {"text": found.mended, "diff": list(diff_rows(self.text, found.mended))}
        yield frames.line(
            {
                "kind": "race",
                "message": found.finding.text(self.language),
                "stage": found.stage,
                "threads": [f"threadIdx ({', '.join(map(str, t))})" for t in found.threads],
                "statements": [
                    {"node": of.input_node, "python": of.python, "line": of.line}
                    for of in found.statements
                ],
                "orders": [
                    {"policy": order.policy, "accesses": [_access(a, _) for a in order.accesses]}
                    for order in found.orders
                ],
                "differs": _differs(found, _),
                "other": found.other,
                "barriers": [
                    [trial.line, trial.passed, trial.why.text(self.language)]
                    for trial in found.barriers
                ],
                "mend": mend,
                "problems": [
                    frames.shown_problem(problem, self.text, self.language)
                    for problem in found.problems
                ],
            }
        )


def _access(access: RaceAccess, _: Translator) -> dict[str, Any]:
    return {
        "thread": access.thread,
        "kind": access.kind,
        "element": access.element,
        "value": _value(access.value),
        "races": access.races,
        "phase": access.phase,
        "statement": access.statement,
    }


def _differs(found: RaceReplay, _: Translator) -> dict[str, str] | None:
    if found.differs is None:
        return None
    index = ", ".join(map(str, found.differs.index))
    values = {"first": found.differs.expected, "other": found.differs.got}
    shown = {name: _value(value) for name, value in values.items()}
    return {"element": f"{found.output}[{index}]", **shown}


def _value(value: Value | None) -> str:
    """Return a value; none where several lanes are accessed at once."""
    if value is None:
        return "…"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
