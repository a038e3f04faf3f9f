"""Retell the walk of a codegen from the marks of its text: nodes in the order of its visits."""

from __future__ import annotations

from collections.abc import Iterator

from viz.model import Analysis, Emission, Tree, Walk, WalkStep
from viz.provenance.explain import source_of


def walks(analysis: Analysis, target: str) -> tuple[Walk, ...]:
    """Return how the codegens of a target walked its tree, one walk for each text with marks.

    >>> analysis = viz.analyze(text, targets=["c"])
    >>> (walk,) = viz.walks(analysis, "c")
    >>> nodes = analysis.targets["c"].final.nodes
    >>> [(step.enters, nodes[step.node].title, step.written) for step in walk.steps]

    Raises
    ------
    RequestError
        When the target was not analysed or failed, or its last tree was left out.
    """
    source, tree = source_of(analysis, target)
    return tuple(walk_of(tree, each) for each in source.emissions if each.marks)


def walk_of(tree: Tree, emission: Emission) -> Walk:
    """Return how a codegen went through a tree while it wrote a text.

    A codegen writes from the first character to the last. So it enters a node where the node's mark
    begins and leaves it where the mark ends. A node without characters of its own, such as a
    ``SeqStmt``, is entered on the way to the first and left after the last node below it that
    writes.

    Parameters
    ----------
    tree
        The tree that the text was written from.
    emission
        The text, with marks.
    """
    steps = tuple(_steps(_parents(tree), emission))
    return Walk(
        stage=tree.stage, title=emission.title, part=emission.part, text=emission.text, steps=steps
    )


def _parents(tree: Tree) -> dict[int, int]:
    return {child.id: node.id for node in tree.nodes for child in node.children}


def _steps(parents: dict[int, int], emission: Emission) -> Iterator[WalkStep]:
    marked: list[tuple[int, int]] = []  # the marks that are open: node and end, the outer first
    between: list[list[int]] = [[]]  # entered below each without a mark, and below none
    written = 0

    def leave_until(kept: int) -> Iterator[WalkStep]:
        """Leave what is open below the innermost mark without one of its own."""
        inner = between[-1]
        while len(inner) > kept:
            yield WalkStep(False, inner.pop(), written)

    def close_before(start: int | None) -> Iterator[WalkStep]:
        nonlocal written
        while marked and (start is None or marked[-1][1] <= start):
            yield from leave_until(0)
            node, end = marked.pop()
            between.pop()
            written = end
            yield WalkStep(False, node, written)

    for mark in emission.marks:
        yield from close_before(mark.start)
        way = _way(parents, marked[-1][0] if marked else None, mark.node)
        inner = between[-1]
        shared = 0
        while shared < min(len(inner), len(way)) and inner[shared] == way[shared]:
            shared += 1
        yield from leave_until(shared)
        written = mark.start
        for node in way[shared:]:
            inner.append(node)
            yield WalkStep(True, node, written)
        marked.append((mark.node, mark.end))
        between.append([])
        yield WalkStep(True, mark.node, written)
    yield from close_before(None)
    yield from leave_until(0)


def _way(parents: dict[int, int], outer: int | None, node: int) -> list[int]:
    """Return the nodes between a node and one around it, the outer first; none without such."""
    way: list[int] = []
    above = parents.get(node)
    while above != outer:
        if above is None:
            return []  # written elsewhere than below the node that stands around it
        way.append(above)
        above = parents.get(above)
    return way[::-1]
