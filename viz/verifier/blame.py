"""Name the node that wrote a wrong element, and the place in the user's text that it comes from."""

from __future__ import annotations

from viz.ir.walker import Walks
from viz.messages import Message
from viz.model import Emission, Node, PlacedStatement, StageName, Tree
from viz.passes.stage_diff import pairs
from viz.step.execution.limited import Write
from viz.text import Span, Text
from viz.verifier.stage_programs import RootOf, StageProgram

INPUT: StageName = "input"


def node_at(emission: Emission, tree: Tree, line: int) -> Node:
    """Return the statement that begins a line of a program: the innermost that fills the line."""
    text = Text(emission.text)
    span = text.line_span(line)
    inside = text.slice(span)
    start, end = span.start + len(inside) - len(inside.lstrip()), span.start + len(inside.rstrip())
    found = 0
    for mark in emission.marks:
        if mark.start <= start and mark.end >= end and tree.nodes[mark.node].kind == "stmt":
            found = mark.node  # inner ones come later
    return tree.nodes[found]


class Blame:
    """Finds what a line of a program comes from.

    Parameters
    ----------
    text
        The user's text; empty for a module that was built elsewhere.
    """

    def __init__(self, text: str, root_of: RootOf, walks: Walks) -> None:
        self._text = text
        self._root_of = root_of
        self._walks = walks

    def writer(self, program: StageProgram, write: Write) -> PlacedStatement:
        """Return the statement of a line, with its origin."""
        tree, emission = program.parts[write.text]
        stage = program.stages[write.text]
        node = node_at(emission, tree, write.line)
        input_node, span = self._origin(stage, tree, node)
        line, own_text = None, ""
        if span is not None and self._text:
            text = Text(self._text)
            line = text.position(span.start).line
            own_text = text.line(line).strip()
        return PlacedStatement(
            stage=stage,
            node=node.id,
            label=f"{node.title} {node.label}".rstrip(),
            python=Text(emission.text).line(write.line).strip(),
            values=dict(write.values),
            input_node=input_node,
            span=span,
            line=line,
            own_text=own_text,
        )

    def _origin(self, stage: StageName, tree: Tree, node: Node) -> tuple[int | None, Span | None]:
        """Return the node of the input that a node became, or one around it, and its place."""
        if stage == INPUT:
            return node.id, node.span
        before = self._walks.objects(self._root_of(INPUT))
        after = self._walks.objects(self._root_of(stage))
        partner = {new: old for old, new, _ in pairs(before, after)}
        parents = {child.id: above.id for above in tree.nodes for child in above.children}
        at: int | None = node.id
        while at is not None:
            old = partner.get(at)
            span = tree.nodes[at].span or (None if old is None else before[old][0].span)
            if span is not None:
                return old, span
            at = parents.get(at)
        return None, None


def stopped(error: BaseException) -> Message:
    """Return an error of a program in Python's words."""
    from viz.messages import verbatim

    lines = str(error).strip().splitlines()
    return verbatim(f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__)
