"""Answer questions about a tree alone: how often a statement runs, how a buffer is used."""

from __future__ import annotations

from typing import Literal, NamedTuple

from viz.learn import queries
from viz.model import Node, Tree, catalog

UNBOUND = "none"
"""What a ThreadQuery gives for a loop that is not bound to threads."""

Use = Literal["read", "written", "both", "neither"]

_THROUGH = {
    "tirx.SeqStmt": ("seq",),
    "s_tir.SBlock": ("body",),
    "s_tir.SBlockRealize": ("block",),
    "tirx.For": ("body",),
    "tirx.PrimFunc": ("body",),
}
"""The statements around another one that let it run a known number of times, by the field that it
stands in."""

_LEAVING = ("tirx.Break", "tirx.Continue", "tirx.Return")
_LEAVING_CALLS = ("break_loop", "continue_loop", "ret", "thread_return")


class Edge(NamedTuple):
    """The way from a node to its parent."""

    parent: Node
    field: str


class TreeIndex:
    """The nodes of a tree, with the way up from each."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._edges = {
            child.id: Edge(node, child.field) for node in tree.nodes for child in node.children
        }
        self._left_early: dict[int, bool] = {}

    def above(self, id_: int) -> Edge | None:
        """Return the parent of a node and the field that it stands in; None of the root."""
        return self._edges.get(id_)

    def around(self, id_: int) -> list[Edge]:
        """Return the way up from a node to the root, its parent first."""
        found: list[Edge] = []
        while (edge := self.above(id_)) is not None:
            found.append(edge)
            id_ = edge.parent.id
        return found

    def child(self, node: Node, field: str) -> Node | None:
        """Return the child in a field, None where it has none."""
        for child in node.children:
            if child.field == field:
                return self.tree.nodes[child.id]
        return None

    def is_left_early(self, function: Node) -> bool:
        """Return whether something in a function leaves it, or a loop of it, early."""
        if function.id not in self._left_early:
            self._left_early[function.id] = any(
                node.type_key in _LEAVING
                or node.fields.get("op", "").rpartition(".")[2] in _LEAVING_CALLS
                for node in self.tree.walk(function.id)
            )
        return self._left_early[function.id]

    def function(self, id_: int) -> Node | None:
        """Return the function that a node stands in."""
        return next((edge.parent for edge in self.around(id_) if edge.parent.kind == "func"), None)


def field_name(field: str) -> str:
    """Return the name of a field, ``seq`` for ``seq[0]``."""
    return field.partition("[")[0]


def fact(query: queries.NodeFact, index: TreeIndex, node: Node) -> int | str | None:
    """Return what a query asks about a node; None where the tree does not tell."""
    if isinstance(query, queries.TypeQuery):
        return node.title
    if isinstance(query, queries.DtypeQuery):
        return node.dtype
    if isinstance(query, queries.LabelQuery):
        return node.label
    if isinstance(query, queries.RoundsQuery):
        return rounds(index, node.id)
    if isinstance(query, queries.ThreadQuery):
        return thread_of(index, node) or UNBOUND
    edge = index.above(node.id)
    return None if edge is None else edge.field


# ---------------------------------------------------------------- how often


def rounds(index: TreeIndex, id_: int) -> int | None:
    """Return how often a statement runs in one call of its function, all threads together.

    None where the tree alone does not tell: below a condition, in a loop whose extent is no number,
    or where something leaves a loop early.
    """
    extents = loop_extents(index, id_)
    if extents is None:
        return None
    count = 1
    for extent in extents:
        count *= extent
    return count


def loop_extents(index: TreeIndex, id_: int) -> list[int] | None:
    """Return the extents of the loops around a statement, the outermost first.

    None where they do not tell how often it runs, see :func:`rounds`.
    """
    extents: list[int] = []
    tags: list[str] = []
    for node, field in index.around(id_):
        if field_name(field) not in _THROUGH.get(node.type_key, ()):
            return None
        if node.kind == "func":
            return None if index.is_left_early(node) else extents[::-1]
        if node.type_key == "s_tir.SBlockRealize" and _number(index, node, "predicate") != 1:
            return None
        if node.type_key == "tirx.For":
            extent = _extent(index, node)
            tag = thread_of(index, node)
            if extent is None or (tag and tag in tags):
                return None
            tags.append(tag)
            extents.append(extent)
    return None


def _extent(index: TreeIndex, loop: Node) -> int | None:
    """Return how often the body of a loop runs each time that the loop is reached."""
    if loop.fields.get("kind") == "vectorized" or index.child(loop, "step") is not None:
        return None
    return _number(index, loop, "extent")


def _number(index: TreeIndex, node: Node, field: str) -> int | None:
    child = index.child(node, field)
    if child is None or child.type_key != "ir.IntImm":
        return None
    return int(child.fields["value"])


def thread_of(index: TreeIndex, loop: Node) -> str:
    """Return the axis that a loop is bound to, such as ``threadIdx.x``; empty if it is not."""
    binding = index.child(loop, "thread_binding")
    if loop.fields.get("kind") != "thread_binding" or binding is None:
        return ""
    return binding.fields.get("thread_tag", "")


# ---------------------------------------------------------------- buffers


def buffers(index: TreeIndex) -> dict[str, int]:
    """Return the buffers that are read or written, by name: the id of each one's first node.

    A name that two buffers have is left out.
    """
    found: dict[str, set[int]] = {}
    for node in index.tree.nodes:
        edge = index.above(node.id)
        if edge is None or node.type_key != "ir.Var":
            continue
        if (edge.parent.type_key, edge.field) in (
            ("ir.TensorLoad", "source"),
            ("tirx.BufferStore", "buffer"),
        ):
            found.setdefault(name_of(node), set()).add(variable_of(node))
    return {name: min(ids) for name, ids in found.items() if len(ids) == 1}


def variable_of(node: Node) -> int:
    """Return what names the variable of a node among those of its tree."""
    return node.id if node.variable is None else node.variable


def name_of(variable: Node) -> str:
    """Return the name of a variable."""
    return variable.fields.get("name", variable.label)


def use_of(index: TreeIndex, name: str) -> Use | None:
    """Return how a program uses a buffer: whether elements of it are read, and written.

    None where there is no one buffer of that name, or the tree alone does not tell since its memory
    is handed to something else.
    """
    variable = buffers(index).get(name)
    if variable is None:
        return None
    uses: set[str] = set()
    for node in index.tree.nodes:
        if node.type_key != "ir.Var" or variable_of(node) != variable:
            continue
        use = _use(index, node)
        if use is None:
            return None
        uses.add(use)
    is_read, is_written = "read" in uses, "written" in uses
    if is_read and is_written:
        return "both"
    return "read" if is_read else "written" if is_written else "neither"


def _use(index: TreeIndex, variable: Node) -> str | None:
    """Return what one occurrence of a buffer does to it: ``""`` for nothing, None if not known."""
    way = index.around(variable.id)
    (parent, field), *outer = way
    if any(
        edge.parent.type_key == "s_tir.SBlock" and field_name(edge.field) in ("reads", "writes")
        for edge in way
    ):
        return ""  # what a block says about itself
    if (parent.type_key, field) == ("tirx.BufferStore", "buffer"):
        return "written"
    if (parent.type_key, field) == ("ir.TensorLoad", "source"):
        caller = outer[0].parent if outer else None
        is_read = caller is None or caller.type_key != "ir.Call" or _is_plain(caller)
        return "read" if is_read else None
    declares = {
        "tirx.PrimFunc": ("params", "buffer_map"),
        "tirx.AllocBuffer": ("buffer",),
        "s_tir.SBlock": ("alloc_buffers",),
    }
    return "" if field_name(field) in declares.get(parent.type_key, ()) else None


def _is_plain(call: Node) -> bool:
    """Whether a call reads the value of an argument, and nothing else of it."""
    return call.fields.get("op", "") in catalog.codegen_calls().operators.open


# ---------------------------------------------------------------- types, and what was written


def is_type(node: Node, wanted: str) -> bool:
    """Return whether a node is of a type, or of a kind in small letters such as ``stmt``."""
    if wanted in ("stmt", "expr", "func"):
        return node.kind == wanted
    return wanted in ("", "*", node.title) or is_key(node.type_key, wanted)


def is_key(key: str, wanted: str) -> bool:
    """Return whether a type is the one that is named, with or without its dialect."""
    return wanted in (key, key.rpartition(".")[2])


def is_inside(tree: Tree, node: int, outer: int) -> bool:
    """Return whether a node is another one or stands below it."""
    return outer <= node <= max(each.id for each in tree.walk(outer))


def bare(text: str) -> str:
    """Return what a node wrote without the semicolon and the brackets around it."""
    text = text.strip(" \n;")
    while text.startswith("(") and text.endswith(")") and _is_balanced(text[1:-1]):
        text = text[1:-1]
    return text


def _is_balanced(text: str) -> bool:
    open_ = 0
    for character in text:
        open_ += (character == "(") - (character == ")")
        if open_ < 0:
            return False
    return open_ == 0
