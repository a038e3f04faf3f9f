"""Translate questions of the tab Cost to requests, and their replies to frames.

A measurement is a run in the emulator with the cost of its accesses. The causes take longer, so
they are asked for beside it and come as a frame of their own.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from viz.messages import Language
from viz.model import EMULATED, Causes, CausesPart, Outcome, Plain, Problem, Request, RunPart
from viz.ui.workbench import frames
from viz.ui.workbench.costs.cost_frames import no_causes, shown_causes, shown_cost
from viz.ui.workbench.runs import MOST_SIZE, for_the_page
from viz.ui.workspace import Workspace, normalised

TARGET = "cuda"
"""The target whose text the emulator runs."""


class CostQuestion(Plain, frozen=True):
    """A question for what the accesses of the workspace's function cost."""

    workspace: Workspace
    run: RunPart

    def __post_init__(self) -> None:
        if self.run.device != EMULATED or self.run.cost is None:
            message = f"the cost is that of a run on {EMULATED}"
            raise ValueError(message)
        if not all(1 <= size <= MOST_SIZE for size in self.run.sizes.values()):
            message = f"a size is from 1 to {MOST_SIZE}"
            raise ValueError(message)


class CostPlan:
    """The requests to the engine for a measurement, and the frames of their replies."""

    def __init__(self, question: CostQuestion, language: Language = "en") -> None:
        self.language = language
        self.text = question.workspace.text
        workspace = normalised(question.workspace)
        run = question.run
        causes = CausesPart(seed=run.seed, sizes=run.sizes, inputs=run.inputs, arrays=run.arrays)
        self.requests: list[Request] = [workspace.request(part, TARGET) for part in (run, causes)]

    def failed(self, index: int, problem: Problem) -> Iterator[bytes]:
        """Yield the frame for a request that failed; without causes the figures are still good."""
        if isinstance(self.requests[index].part, CausesPart):
            yield frames.line(no_causes(problem))
            return
        shown = frames.shown_problem(for_the_page(problem), self.text, self.language)
        yield frames.line({"kind": "problem", "part": "run", "target": "", "problem": shown})

    def answered(self, index: int, raw: bytes) -> Iterator[bytes]:
        """Yield the frame of a reply."""
        if isinstance(self.requests[index].part, CausesPart):
            yield frames.line(shown_causes(msgspec.json.decode(raw, type=Causes), self.text))
        else:
            yield frames.line(shown_cost(msgspec.json.decode(raw, type=Outcome), self.text))
