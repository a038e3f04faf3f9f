"""Translate questions of the Step tab for a recorded run to a request, and its reply to a frame."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from viz.messages import Language
from viz.model import Plain, Problem, RecordPart, Request, StepRecording, catalog
from viz.ui.workbench import frames
from viz.ui.workbench.runs import MOST_SIZE
from viz.ui.workspace import Workspace, normalised


class RecordQuestion(Plain, frozen=True):
    """A question for a run of the workspace's program at a stage, statement by statement."""

    workspace: Workspace
    target: str
    record: RecordPart

    def __post_init__(self) -> None:
        row = catalog.target(self.target)
        if row is None or not row.has_pipeline:
            message = f"there is no target {self.target!r} here"
            raise ValueError(message)
        if not all(1 <= size <= MOST_SIZE for size in self.record.sizes.values()):
            message = f"a size is from 1 to {MOST_SIZE}"
            raise ValueError(message)
        if not 0 <= self.record.seed <= 1 << 31:
            message = f"a seed is from 0 to {1 << 31}"
            raise ValueError(message)


class RecordPlan:
    """The request to the engine for a question of the Step tab, and the frame of its reply."""

    def __init__(self, question: RecordQuestion, language: Language = "en") -> None:
        self.language = language
        self.text = question.workspace.text
        workspace = normalised(question.workspace)
        self.requests: list[Request] = [workspace.request(question.record, question.target)]

    def failed(self, _index: int, problem: Problem) -> Iterator[bytes]:
        """Yield the frame for a run that failed before its first step."""
        shown = frames.shown_problem(problem, self.text, self.language)
        yield frames.line({"kind": "problem", "part": "record", "target": "", "problem": shown})

    def answered(self, _index: int, raw: bytes) -> Iterator[bytes]:
        """Yield the frame of the recording: its fields, the numbers in base64."""
        recording = msgspec.json.decode(raw, type=StepRecording)
        problem = recording.problem
        yield frames.line(
            {
                "kind": "recording",
                **{name: getattr(recording, name) for name in StepRecording.__struct_fields__},
                "problem": problem and frames.shown_problem(problem, self.text, self.language),
                "buffers": [_whole(row) for row in recording.buffers],
                "variables": [_whole(row) for row in recording.variables],
            }
        )


def _whole(row: Plain) -> dict[str, object]:
    """Return a record with its default values, which the page need not know."""
    return {name: getattr(row, name) for name in row.__struct_fields__}
