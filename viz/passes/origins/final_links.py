"""Hold the input node that each node of a final module is linked to, while the links are found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from viz.ir.functions import is_relax
from viz.ir.reflection import shape
from viz.ir.source_map import UserText
from viz.ir.walker import Occurrence
from viz.passes.ancestry import Ancestry, TracedObject
from viz.passes.origins.input_nodes import InputNodes
from viz.passes.recording import Recording
from viz.passes.relax.calls import RelaxCalls


class FinalLinks:
    """The nodes of a final module and their links.

    Attributes
    ----------
    final
        The nodes, by id.
    ancestry
        What each object of the build was rebuilt from.
    inputs
        The nodes of the user's module.
    calls
        What the calls of Relax functions became.
    link
        The input node that each final node comes from, None while there is none.
    exact
        Whether the final node has a span of its own, where Python of its shape stands. Only
        :mod:`viz.passes.origins.surviving_nodes` sets it.
    statement
        The statement or function that each final node belongs to: itself, if it is one.
    """

    def __init__(
        self, recording: Recording, final: Sequence[Occurrence], user_text: UserText
    ) -> None:
        self.final = final
        self.ancestry = Ancestry(recording)
        self.inputs = InputNodes(recording.input, user_text)
        self.calls = RelaxCalls(recording.steps, self.inputs.nodes)
        self.link: list[int | None] = [None] * len(final)
        self.exact = bytearray(len(final))
        self.statement = _statements(final)

    def is_statement(self, node: int) -> bool:
        """Whether a final node is a statement or function."""
        return self.statement[node] == node

    def parts(self, statement: int) -> Iterator[Occurrence]:
        """Yield the nodes of a statement that belong to none inside it."""
        for i in range(statement + 1, len(self.final)):
            if self.statement[i] != statement:
                return
            yield self.final[i]

    def of_object(self, traced: TracedObject) -> tuple[int | None, bool]:
        """Return the input node that an object of any stage comes from by itself.

        That is the one with its span, or with the span or the identity of what it was rebuilt from.
        The second value is whether it is its own span, and that of a node of its class. The span
        of a call of Relax is what a pass gave the kernel: of several calls on the same shapes it is
        the first one's, and which of them an object computes is known from the fused kernel.
        """
        by_span, first = self.inputs.by_span, self.inputs.first
        for earlier in traced.lineage():
            if earlier.span:
                if (node := by_span.get((earlier.span, earlier.cls))) is not None:
                    return self._of_call(traced, node), earlier is traced
                if (node := by_span.get(earlier.span)) is not None:
                    return self._of_call(traced, node), False
            if (node := first.get(earlier.handle)) is not None:
                return node, False
            if (node := self.calls.made_of.get(earlier.handle)) is not None:
                return node, False
        return None, False

    def _of_call(self, traced: TracedObject, node: int) -> int:
        """Return the call that an object computes, where a node is one of Relax; else the node."""
        if node not in self._relax:
            return node
        made_of = self.calls.made_of
        handles = (earlier.handle for earlier in traced.lineage())
        return next((made_of[handle] for handle in handles if handle in made_of), node)

    @cached_property
    def _relax(self) -> frozenset[int]:
        """The input nodes inside Relax functions."""
        inside: set[int] = set()
        for node in self.inputs.nodes:
            if is_relax(node.obj) or node.parent in inside:
                inside.add(node.id)
        return frozenset(inside)

    def of_variable(self, variable: int) -> int | None:
        """Return the input node that binds a Var, or the one that stood in its place."""
        first, made_of = self.inputs.first, self.calls.made_of
        for each in self.ancestry.variable_lineage(variable):
            if (node := first.get(each, made_of.get(each))) is not None:
                return node
        return None

    @cached_property
    def of_earlier_statements(self) -> dict[int, int]:
        """The links of statements by all the objects they have been, as they were at first use."""
        links: dict[int, int] = {}
        for node in self.final:
            link = self.link[node.id]
            if link is not None and self.is_statement(node.id):
                for earlier in self.ancestry.lineage(node.handle):
                    links.setdefault(earlier, link)
        return links


def _statements(final: Sequence[Occurrence]) -> list[int]:
    statements: list[int] = []
    for node in final:
        own = shape(node.obj.__class__).kind in ("stmt", "func")
        statements.append(node.id if own or node.parent < 0 else statements[node.parent])
    return statements
