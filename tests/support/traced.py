"""Recorded builds with the origins of their final nodes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from tests.support.programs.examples import parsed
from viz.frontend.examples import examples
from viz.ir.parse import Parsed
from viz.ir.walker import occurrences, walk_objects
from viz.model import Node, Origin, Tree
from viz.passes.origins.origins import origins
from viz.passes.recording import record


class TracedBuild:
    """A recorded build, its final nodes and their origins."""

    def __init__(self, program: Parsed, target: str) -> None:
        self.recording = record(program.mod, target)
        final = self.recording.lowered.final()
        self.nodes = [node for node, _ in walk_objects(final, program.user_span)]
        self.occurrences = occurrences(final)
        self.origins = origins(self.recording, self.occurrences, program.user_span).nodes
        self.tree = Tree("final", target, tuple(self.nodes))
        self.passes = ["", *(step.name for step in self.recording.steps)]

    def __iter__(self) -> Iterator[tuple[Node, Origin]]:
        return zip(self.nodes, self.origins, strict=True)

    def made_by(self, origin: Origin) -> str:
        """Return the name of the pass that made a node, empty for none."""
        return self.passes[origin.made_by]


@cache
def traced(name: str, target: str) -> TracedBuild:
    """Return the build of an example, made once for all tests."""
    return TracedBuild(parsed(name), target)


def text_of(name: str, origin: Origin) -> str | None:
    """Return what stands at an origin in the text of an example."""
    span = origin.span
    return None if span is None else examples()[name].text[span.start : span.end]
