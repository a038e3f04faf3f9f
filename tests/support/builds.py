"""Recorded builds of examples with their final nodes, and what is known of these."""

from __future__ import annotations

from functools import cache

from tests.support.examples import parsed
from viz.codegen import marked_source
from viz.frontend.examples import examples
from viz.ir.walker import occurrences, walk, walk_objects
from viz.model import Analysis, Overview, Tree
from viz.passes.origins.origins import origins
from viz.passes.recording import record


class TracedBuild:
    """A recorded build, its final nodes and their origins."""

    def __init__(self, program, target):
        self.recording = record(program.mod, target)
        final = self.recording.lowered.final()
        self.nodes = [node for node, _ in walk_objects(final, program.user_span)]
        self.occurrences = occurrences(final)
        self.origins = origins(self.recording, self.occurrences, program.user_span)
        self.tree = Tree("final", target, tuple(self.nodes))
        self.passes = ["", *(step.name for step in self.recording.steps)]

    def __iter__(self):
        return zip(self.nodes, self.origins, strict=True)

    def made_by(self, origin):
        return self.passes[origin.made_by]


@cache
def traced(name, target):
    """Return the build of an example, once for all tests."""
    return TracedBuild(parsed(name), target)


def text_of(name, origin):
    """Return the text of an example that an origin names."""
    span = origin.span
    return None if span is None else examples()[name].text[span.start : span.end]


def analysis_of(name, *targets):
    """Return the analysis of an example without a service, and without its own tree."""
    program = parsed(name)
    sources, finals, found = {}, {}, {}
    for target in targets:
        recording = record(program.mod, target)
        sources[target] = marked_source.marked(recording)
        found[target] = marked_source.origins(recording, program.user_span)
        finals[target] = walk(recording.stage("final"), "final", target, program.user_span)
    return Analysis(
        text=examples()[name].text,
        overview=Overview(),
        sources=sources,
        finals=finals,
        origins=found,
    )
