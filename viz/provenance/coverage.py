"""Measure how much of an emission is linked to nodes, and how many nodes to the user's text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from viz.model import Emission, Mark, Node, Origins, Plain, Tree

COMPUTING = frozenset(
    (
        *("tirx.BufferStore", "ir.TensorLoad", "tirx.For", "tirx.IfThenElse", "tirx.While"),
        *("tir.BufferStore", "tir.BufferLoad", "tir.For", "tir.IfThenElse", "tir.While"),
        *("tir.Add", "tir.Sub", "tir.Mul", "tir.Div", "tir.Mod", "tir.FloorDiv", "tir.FloorMod"),
        *("tir.Min", "tir.Max", "tir.EQ", "tir.NE", "tir.LT", "tir.LE", "tir.GT", "tir.GE"),
        *("tir.And", "tir.Or", "tir.Not", "tir.Select", "tir.Cast", "tir.Let", "tir.Ramp"),
        *("tir.Broadcast", "tir.Shuffle"),
    )
)
"""Nodes that compute, of both generations; today's arithmetic is every other ``prim.`` node."""

PROLOGUES = ("tirx.MakePackedAPI", "tir.MakePackedAPI")
"""The pass that makes the argument-checking prologue, of both generations."""

PACKED = (
    "(self_handle, args, num_args, result)",
    "(args, arg_type_ids, num_args, out_ret_value, out_ret_tcode, resource_handle)",
)
"""The parameters that it gives to a function which gets a prologue."""

COMPUTE_SCOPE = "compute_scope"
"""The attribute that it puts around what such a function computes, behind the prologue."""


class Coverage(Plain, frozen=True):
    """Characters of the functions of an emission and their declarations, no white space.

    ``exact`` have the mark of the node that wrote them, ``ancestor`` that of a node around it,
    ``none`` have no mark. ``nodes`` counts the computing nodes by the certainty of their link to
    the user's text; ``spanned`` of those have a place in it.
    """

    exact: int
    ancestor: int
    none: int
    verified: str
    nodes: dict[str, int]
    spanned: int

    @property
    def characters(self) -> int:
        """How many characters there are."""
        return self.exact + self.ancestor + self.none


def coverage(origins: Origins, final: Tree, emission: Emission) -> Coverage:
    """Measure one emission of a Source that has marks."""
    covering = set(emission.covering)
    owner = [-1] * len(emission.text)
    bodies = []
    for mark in emission.marks:
        owner[mark.start : mark.end] = [mark.node] * (mark.end - mark.start)
        if final.nodes[mark.node].kind == "func":
            bodies.append((mark.start, mark.end))
    if not bodies and emission.marks:  # LLVM: all that lies between instructions with a mark
        bodies = [(emission.marks[0].start, max(mark.end for mark in emission.marks))]
    statements = emission.verified == "statements"  # which stand for the expressions below them
    counts = Counter(
        "none" if owner[at] < 0 else "ancestor" if statements or owner[at] in covering else "exact"
        for start, end in bodies
        for at in range(start, end)
        if not emission.text[at].isspace()
    )
    nodes: Counter[str] = Counter()
    spanned = 0
    for node in {mark.node for mark in emission.marks}.intersection(computing(final)):
        origin = origins.nodes[node]
        nodes[origin.certainty] += 1
        spanned += origin.span is not None
    return Coverage(
        exact=counts["exact"],
        ancestor=counts["ancestor"],
        none=counts["none"],
        verified=emission.verified,
        nodes=dict(nodes),
        spanned=spanned,
    )


def exact_share(
    text: str, marks: Sequence[Mark], covering: Collection[int], functions: Collection[int]
) -> float:
    """Return the share of the characters of functions that have the mark of their own node.

    It is that of :func:`coverage`, without a look at each character.

    Parameters
    ----------
    marks
        Outer ones first, as in an Emission.
    covering
        The marked nodes whose own characters may be those of an unmarked expression below.
    functions
        The ids of the functions.
    """
    if not marks or not covering:
        return float(bool(marks))

    def size(mark: Mark) -> int:
        return sum(map(len, text[mark.start : mark.end].split()))

    total = covered = 0
    open_marks: list[Mark] = []
    for mark in marks:
        while open_marks and open_marks[-1].end <= mark.start:
            open_marks.pop()
        if mark.node in functions:
            total += size(mark)
        if mark.node in covering:
            covered += size(mark)
        if open_marks and open_marks[-1].node in covering:
            covered -= size(mark)
        open_marks.append(mark)
    return 1 - covered / total if total else 0.0


def computing(final: Tree) -> Iterator[int]:
    """Yield the nodes of a final tree that compute: stores, loads, arithmetic, loops and branches.

    Those of the prologue, which checks the arguments, are left out.
    """
    for node in bodies(final):
        if node.type_key in COMPUTING or node.type_key.startswith("prim."):
            yield node.id


def bodies(final: Tree) -> Iterator[Node]:
    """Yield all nodes of the functions of a final tree, without the prologues of those with one."""
    for child in final.nodes[0].children:
        start = child.id
        if _is_packed(final.nodes[start]):
            scopes = (
                node.id
                for node in final.walk(start)
                if node.fields.get("attr_key") == COMPUTE_SCOPE
            )
            start = next(scopes, start)
        yield from final.walk(start)


def _is_packed(function: Node) -> bool:
    """Whether a function has a prologue, by its parameters; a long label is cut off."""
    label = function.label.removesuffix("…")
    return bool(label) and any(parameters.startswith(label) for parameters in PACKED)
