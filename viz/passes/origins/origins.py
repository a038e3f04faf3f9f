"""Find the origin of each node of a lowered module: input node, text, the pass that made it.

Links are found from the surest to the vaguest: by the node's own span; by the node it was rebuilt
from, stage by stage (:mod:`viz.passes.ancestry`); for what a schedule or a pass put in, by the
buffers it copies, what it encloses, or the statement that uses what it binds; for expressions by
the node they stand in; and for what a host does, by the function it calls or the buffer it asks
memory for.

A link is exact when :mod:`viz.passes.origins.surviving_nodes` found an input node by the final
node's own span and :mod:`viz.passes.origins.input_nodes` found Python of its shape there. Every
other link is inherited.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tvm import ir, relax

from viz.ir.source_map import UserText
from viz.ir.walker import Occurrence
from viz.model import Certainty, Origin, Origins
from viz.passes.origins.binds import link_binds
from viz.passes.origins.buffer_copies import link_buffer_copies
from viz.passes.origins.containers import link_composed_expressions, link_containers
from viz.passes.origins.context import link_by_context
from viz.passes.origins.final_links import FinalLinks
from viz.passes.origins.host_calls import link_host_calls
from viz.passes.origins.relax_nodes import link_relax_nodes, link_shared_kernels, shared_kernels
from viz.passes.origins.surviving_nodes import link_surviving_nodes
from viz.passes.recording import Recording


def origins(recording: Recording, final: Sequence[Occurrence], user_text: UserText) -> Origins:
    """Return where every node of the final tree comes from.

    Parameters
    ----------
    recording
        A build that reached its end.
    final
        ``occurrences(recording.lowered.final())``.
    user_text
        The user's text behind TVM's spans (:attr:`viz.ir.parse.Parsed.user_span`).
    """
    links = FinalLinks(recording, final, user_text)
    link_surviving_nodes(links)
    link_relax_nodes(links)
    link_buffer_copies(links)
    link_containers(links)
    link_binds(links)
    link_composed_expressions(links)
    link_by_context(links)
    link_host_calls(final, links.statement, links.link, links.inputs.lca_of)
    link_shared_kernels(links)
    return Origins(
        target=recording.target,
        nodes=tuple(_origins(links)),
        passes=tuple(step.name for step in recording.steps),
        shared=shared_kernels(links),
    )


def _origins(links: FinalLinks) -> Iterator[Origin]:
    spans, stages = links.inputs.spans, _stages(links)
    for node, link, exact, stage in zip(links.final, links.link, links.exact, stages, strict=True):
        span = None if link is None else spans[link]
        certainty: Certainty = "exact" if exact else "inherited"
        if span is None:
            certainty = "synthesised" if link is None else "lost"
        yield Origin(node.id, link, span, stage, certainty)


def _stages(links: FinalLinks) -> list[int]:
    """Return the number of the pass that made each node, 0 for what the pipeline was given."""
    objects, stage_of = links.ancestry.objects, links.ancestry.stage_of
    made_by = links.calls.made_by
    stages: list[int] = []
    variables: dict[int, int] = {}
    for node in links.final:
        traced = objects.get(node.handle)
        stage = stage_of(node.handle) if traced is None else traced.stage
        if stage is None:
            stage = made_by.get(_bound(node.obj).__chandle__())
        if stage is None:
            stage = stages[node.parent] if node.parent >= 0 else 0
            if node.obj.__class__ is ir.Var:
                # A Var is as old as what binds it, which comes before what uses it.
                old = 0 if node.handle in links.inputs.first else stage
                stage = variables.setdefault(node.handle, old)
        stages.append(stage)
    return stages


def _bound(obj: Any) -> Any:
    """Return the variable of a binding, by which it is known; any other object itself."""
    return obj.var if isinstance(obj, relax.Binding) else obj
