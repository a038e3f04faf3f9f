"""Find accesses whose places come from values that a run of some blocks does not know.

A later kernel may read what blocks wrote that did not run, and the values of atomics and of stored
fragments are never computed. Where such a value may decide, an access is in doubt: more are taken
for doubtful than are, none for sure that is not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from viz.step.accesses.machine import Compiler
from viz.step.accesses.memory import BufferView
from viz.step.accesses.needed import CHOICE, CONDITIONS, deciding
from viz.step.writer import Part

LEAVING = ("tirx.While", "tirx.Break", "tirx.Continue", "tirx.Return")
CALLS = ("tirx.break_loop", "tirx.continue_loop", "tirx.ret")
"""What may keep lanes from all that follows in a function: statements, and calls."""


def doubtful(c: Compiler, nodes: Iterable[int]) -> frozenset[int]:
    """Return which nodes of a run's accesses are in doubt, after it."""
    doubted = {id(memory) for memory in c.machine.doubted}
    if not doubted:
        return frozenset()
    unknown = {
        c.needed.memory(variable)
        for variable, view in c.env.items()
        if isinstance(view, BufferView) and id(view.memory) in doubted
    }
    root = Part(c.tree, c.tree.nodes[0])
    # What a kernel writes and reads back may have been decided by anything before.
    unknown |= {
        c.needed.memory(part["buffer"].variable)
        for part in root.find("tirx.BufferStore")
        if part["buffer"].variable in c.needed
    }
    above = {child.id: node.id for node in c.tree.nodes for child in node.children}
    # Which lanes a while loop or a return leaves, and a helper is called for, is not followed.
    untraced = {
        _function(c, part.node.id, above)
        for part in root.find(*LEAVING, "ir.Call")
        if part.key != "ir.Call" or part.field("op") in CALLS
    }
    helpers = {part.node.label for part in root.find("ir.GlobalVar")}
    untraced |= {f.node.id for f in root.find("tirx.PrimFunc") if f.node.path in helpers}
    return frozenset(
        node
        for node in nodes
        if _function(c, node, above) in untraced or _is_doubtful(c, node, above, unknown)
    )


def _function(c: Compiler, node: int, above: dict[int, int]) -> int:
    """Return the function that a node stands in."""
    while node in above and c.tree.nodes[node].type_key != "tirx.PrimFunc":
        node = above[node]
    return node


def _is_doubtful(c: Compiler, node: int, above: dict[int, int], unknown: Collection[int]) -> bool:
    """Whether what an access depends on, or what stands around it, may be unknown."""
    decide = deciding(Part(c.tree, c.tree.nodes[node]))
    inner, at = node, above.get(node)
    while at is not None:
        controls = _controls(Part(c.tree, c.tree.nodes[at]))
        if inner not in [each.node.id for each in controls]:
            decide += controls
        inner, at = at, above.get(at)
    return not c.needed.reached(decide).isdisjoint(unknown)


def _controls(part: Part) -> list[Part]:
    """Return what decides how often the parts of a node run, and for which lanes."""
    if part.key in CONDITIONS:
        return [part[CONDITIONS[part.key]]]
    if part.key == "tirx.For":
        return [part["min"], part["extent"], *part.parts("step")]
    if part.key == "s_tir.SBlockRealize":
        return [part["predicate"]]
    if part.key in ("prim.And", "prim.Or"):
        return [part["a"]]
    return [part["args[0]"]] if part.field("op") == CHOICE else []
