"""Tell which access of a stage comes from which one of the stage before, beyond what is paired.

A pass that copies statements, as one that unrolls a loop, makes several accesses of one. Those of
the copies that have no place in the user's text are found by what they do: a store by its buffer
and what it is computed from, a load by its statement and its place in that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping

from viz.model import Tree
from viz.step.accesses.needed import FRAGMENTS, POINTER
from viz.step.writer import Part

SITES = {"ir.TensorLoad": "source", "tirx.BufferStore": "buffer"}
"""The nodes that access memory, with the field of their buffer."""


def site_links(before: Tree, after: Tree, partners: Mapping[int, int]) -> dict[int, int]:
    """Return the node of the stage before that each node comes from.

    Parameters
    ----------
    partners
        The same as far as it is known; kept wherever it fits.
    """
    links = dict(partners)
    old, new = _Shapes(before), _Shapes(after)
    known: defaultdict[Hashable, list[int]] = defaultdict(list)
    for node, shape in old.shapes.items():
        known[shape].append(node)
    for node, shape in new.shapes.items():
        partner = links.get(node)
        if partner is not None and old.buffers.get(partner) == new.buffers[node]:
            continue
        same = known.get(shape, [])
        if partner is not None and partner in old.shapes and not same:
            continue  # it has another buffer now
        if len(same) > 1 and (above := links.get(new.statements.get(node, -1))) is not None:
            same = [each for each in same if old.statements.get(each) == above] or same
        if same:
            links[node] = same[new.count(shape) % len(same)]
    return links


class _Shapes:
    """The accesses of a tree, with what tells them from others.

    Attributes
    ----------
    shapes
        What an access and its statement look like, without indices.
    buffers
        The name of the buffer of each.
    statements
        The statement of each load.
    """

    def __init__(self, tree: Tree) -> None:
        self.shapes: dict[int, Hashable] = {}
        self.buffers: dict[int, str] = {}
        self.statements: dict[int, int] = {}
        self._counts: defaultdict[Hashable, int] = defaultdict(int)
        for node in tree.nodes:
            if node.kind == "stmt":
                self._statement(Part(tree, node))

    def count(self, shape: Hashable) -> int:
        """Return how many accesses of a shape were counted before."""
        self._counts[shape] += 1
        return self._counts[shape] - 1

    def _statement(self, statement: Part) -> None:
        loads: list[tuple[int, Hashable]] = []
        shape: Hashable = (statement.key, self._seen(statement, loads))
        if statement.key == "tirx.Evaluate":
            self._fragment(statement["value"])
        if statement.key == "tirx.BufferStore":
            buffer = statement["buffer"].field("name")
            shape = (shape, buffer)
            self.shapes[statement.node.id] = shape
            self.buffers[statement.node.id] = buffer
        for number, (load, what) in enumerate(loads):
            self.shapes[load] = (shape, number, what)
            self.statements[load] = statement.node.id

    def _fragment(self, call: Part) -> None:
        """Note a load or store of a fragment: by what it does, its buffer and the fragment's."""
        if call.field("op") not in FRAGMENTS:
            return
        pointed, fragment = (next(call[at].find("ir.Var")) for at in (POINTER, "args[0]"))
        buffer = self.buffers[call.node.id] = pointed.field("name")
        self.shapes[call.node.id] = (call.field("op"), buffer, fragment.field("name"))

    def _seen(self, part: Part, loads: list[tuple[int, Hashable]]) -> Hashable:
        """Return the nodes below one, without indices and further statements, and note loads."""
        seen: list[Hashable] = []
        for child in part.node.children:
            below = Part(part.tree, part.tree.nodes[child.id])
            if below.node.kind != "expr":
                continue
            inner = self._seen(below, loads)
            if child.field.startswith("indices["):
                continue
            if below.key == "ir.TensorLoad":
                name = below["source"].field("name")
                self.buffers[below.node.id] = name
                loads.append((below.node.id, name))
                seen.append(name)
            elif below.key not in ("ir.Var", "ir.IntImm"):
                seen.append((below.key, inner))
        return tuple(seen)
