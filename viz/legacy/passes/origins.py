"""Find the origin of each node of a lowered module: input node, text, the pass that made it.

A node that is the user's own object is exact. What was rebuilt from one, what encloses or binds
what was, and what stands in an expression whose place is known, is inherited.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any

from tvm import tir

from viz.legacy.labels import operator
from viz.legacy.passes.ancestry import BINDERS, BUFFERS, SHARED, LegacyAncestry
from viz.legacy.passes.recording import LegacyRecording
from viz.legacy.reflection import handle_of, type_key
from viz.legacy.walker import LegacyOccurrence, occurrences
from viz.model import Certainty, Origin, Origins
from viz.provenance.coverage import COMPUTE_SCOPE
from viz.text import Span

PlaceOf = Callable[[Any], Span | None]
DeclaredIn = Callable[[str], Mapping[str, Span]]

DECLARING = ("params[", "buffer_map[", "alloc_buffers[")
"""Fields whose nodes stand where their names are declared."""

ENCLOSING = (
    "tir.SeqStmt",
    "tir.For",
    "tir.While",
    "tir.IfThenElse",
    "tir.AttrStmt",
    "tir.BlockRealize",
    "tir.Block",
)
"""Statements that are about those inside them; others stand before what their body holds."""

LAUNCHES = ("tir.tvm_call_packed", "tir.tvm_call_packed_lowered", "tir.tvm_call_cpacked_lowered")
"""Operators of calls that name the function which they call."""


def origins_of(
    recording: LegacyRecording,
    ancestry: LegacyAncestry,
    user_span: PlaceOf,
    declared: DeclaredIn = lambda function: {},
) -> Origins:
    """Return where the nodes of a recorded build's final tree come from.

    Parameters
    ----------
    ancestry
        Its objects.
    user_span
        Gives an object's place in the user's text.
    declared
        Gives the places where a function declares what it names.

    Raises
    ------
    VizError
        What ended the build.
    """
    links = _LegacyLinks(recording, ancestry, _InputTree(recording, user_span, declared))
    links.find()
    return Origins(
        target=recording.target,
        nodes=tuple(map(links.origin, recording.final)),
        passes=tuple(step.name for step in recording.steps),
    )


class _InputTree:
    """The nodes of the user's module, with their places and their first places by handle."""

    def __init__(
        self, recording: LegacyRecording, user_span: PlaceOf, declared: DeclaredIn
    ) -> None:
        self.nodes = occurrences(recording.input)
        self.first: dict[int, int] = {}
        self.children: defaultdict[int, list[int]] = defaultdict(list)
        self._depth: list[int] = []
        for each in self.nodes:
            self.first.setdefault(each.handle, each.id)
            self.children[each.parent].append(each.id)
            self._depth.append(self._depth[each.parent] + 1 if each.parent >= 0 else 0)
        self.own = [
            None if isinstance(each.obj, tir.Var) else user_span(each.obj) for each in self.nodes
        ]
        self._declare(declared)
        self.spans = self._spans()

    def _declare(self, declared: DeclaredIn) -> None:
        """Give parameters and buffers the places where they are declared."""
        places: Mapping[str, Span] = {}
        for each in self.nodes:
            if each.parent == 0:
                places = declared(each.field)
                self.own[each.id] = places.get("")
            if self.own[each.id] is None and each.field.startswith(DECLARING):
                self.own[each.id] = places.get(str(getattr(each.obj, "name", "")))

    def _spans(self) -> list[Span | None]:
        """Return the place of each node: its own, else that around it, else that inside it."""
        inside = list(self.own)
        for each in reversed(self.nodes):
            here = inside[each.id]
            if each.parent >= 0 and here is not None:
                there = inside[each.parent]
                inside[each.parent] = here if there is None else _joined(there, here)
        spans: list[Span | None] = []
        for each in self.nodes:
            around = spans[each.parent] if each.parent > 0 else None
            if each.parent > 0 and self.nodes[each.parent].parent == 0:
                # A body is what it holds, not all of the function.
                around = inside[each.id] or around
            spans.append(self.own[each.id] or around or inside[each.id])
        return spans

    def lowest_common(self, nodes: Iterable[int | None]) -> int | None:
        """Return the lowest common ancestor of all nodes that are not None, None for none."""
        lowest: int | None = None
        for node in nodes:
            if node is not None:
                lowest = node if lowest is None else self._common(lowest, node)
        return lowest

    def _common(self, one: int, other: int) -> int:
        while one != other:
            if self._depth[one] < self._depth[other]:
                one, other = other, one
            one = self.nodes[one].parent
        return one


def _joined(one: Span, other: Span) -> Span:
    return Span(min(one.start, other.start), max(one.end, other.end))


class _LegacyLinks:
    """The input node that each final node comes from, and whether it is the node itself."""

    def __init__(
        self, recording: LegacyRecording, ancestry: LegacyAncestry, given: _InputTree
    ) -> None:
        self._final = recording.final
        kernels = recording.built().device.functions
        self._kernels = {str(variable.name_hint) for variable in kernels}
        self._ancestry = ancestry
        self._input = given
        self._link: list[int | None] = [None] * len(self._final)
        self._exact = bytearray(len(self._final))
        self._stages: list[int] = []
        self._children: defaultdict[int, list[int]] = defaultdict(list)
        for each in self._final:
            self._children[each.parent].append(each.id)

    def find(self) -> None:
        """Find all links, from the surest to the vaguest."""
        for each in self._final:
            self._survive(each)
        self._enclose()
        for each in self._final:
            if self._link[each.id] is None and isinstance(each.obj, tir.Stmt):
                self._link[each.id] = self._by_subject(each)
        self._launch()
        self._link[0] = 0
        self._inside()
        for each in self._final:
            if self._link[each.id] is None and not isinstance(each.obj, tir.Stmt):
                self._link[each.id] = self._in_context(each)
        for each in self._final:
            self._stages.append(self._stage(each))

    def origin(self, node: LegacyOccurrence) -> Origin:
        """Return the origin of a final node."""
        link = self._link[node.id]
        span = None if link is None else self._input.spans[link]
        certainty: Certainty = "exact" if self._exact[node.id] else "inherited"
        if span is None:
            certainty = "synthesised" if link is None else "lost"
        return Origin(node.id, link, span, self._stages[node.id], certainty)

    def _survive(self, node: LegacyOccurrence) -> None:
        """Link what is the user's own object, or was rebuilt from it."""
        traced = self._ancestry.objects.get(node.handle)
        if traced is None:
            return
        for earlier in traced.lineage():
            link = self._input.first.get(earlier.handle)
            if link is not None:
                self._link[node.id] = link
                has_place = self._input.own[link] is not None
                self._exact[node.id] = earlier is traced and has_place
                return

    def _enclose(self) -> None:
        """Link statements to what encloses the origins of those inside them."""
        for each in reversed(self._final):
            if self._link[each.id] is None and type_key(each.obj) in ENCLOSING:
                inside = [
                    self._link[child]
                    for child in self._children[each.id]
                    if isinstance(self._final[child].obj, tir.Stmt)
                ]
                common = self._input.lowest_common(inside)
                if common is not None and not self._is_function(common):
                    self._link[each.id] = common

    def _is_function(self, number: int) -> bool:
        return self._input.nodes[number].parent <= 0

    def _by_subject(self, node: LegacyOccurrence) -> int | None:
        """Return the link of the variable that a statement binds, or of a buffer that it loads."""
        key = type_key(node.obj)
        if key in BINDERS:
            variable = BINDERS[key](node.obj)
            return None if variable is None else self._of_variable(handle_of(variable))
        if key not in BUFFERS:
            return None
        stored = self._of_variable(handle_of(node.obj.buffer.data))
        if stored is not None:
            return stored
        loaded = (
            self._of_variable(handle_of(self._final[i].obj.buffer.data))
            for i in self._below(node.id)
            if type_key(self._final[i].obj) == "tir.BufferLoad"
        )
        return next((link for link in loaded if link is not None), None)

    def _below(self, number: int) -> Iterable[int]:
        stack = list(self._children[number])
        while stack:
            number = stack.pop()
            yield number
            stack += self._children[number]

    def _of_variable(self, variable: int) -> int | None:
        """Return the input node of a variable, or of one that stood in its place."""
        lineage = self._ancestry.variable_lineage(variable)
        return next((self._input.first[v] for v in lineage if v in self._input.first), None)

    def _inside(self) -> None:
        """Link what a pass put among the statements that compute by what is around it."""
        inside = bytearray(len(self._final))
        for each in self._final[1:]:
            is_kernel = each.parent == 0 and each.field in self._kernels
            scope = getattr(each.obj, "attr_key", "") == COMPUTE_SCOPE
            inside[each.id] = is_kernel or scope or inside[each.parent]
            if inside[each.id] and self._link[each.id] is None and self._is_statement(each.id):
                above = self._link[each.parent]
                if above is not None and not self._is_function(above):
                    self._link[each.id] = above

    def _launch(self) -> None:
        """Link the host's calls of kernels to what these do."""
        functions = {each.field: each.id for each in self._final if each.parent == 0}
        for each in self._final:
            if operator(each.obj) not in LAUNCHES or not len(each.obj.args):
                continue
            kernel = functions.get(str(getattr(each.obj.args[0], "value", "")))
            if kernel is None:
                continue
            inside = (self._link[child] for child in self._below(kernel))
            common = self._input.lowest_common(inside)
            number = each.id
            while common is not None and number > 0 and not self._is_statement(number):
                self._link[number] = common
                number = self._final[number].parent
            if common is not None and self._link[number] is None:
                self._link[number] = common

    def _is_statement(self, number: int) -> bool:
        return isinstance(self._final[number].obj, tir.Stmt)

    def _in_context(self, node: LegacyOccurrence) -> int | None:
        """Return the link of a node by that of its parent: what stands in the same place below."""
        above = self._link[node.parent] if node.parent >= 0 else None
        if above is not None and self._is_alike(above, node.parent):
            for part in self._input.children[above]:
                here = self._input.nodes[part]
                if here.field == node.field and type(here.obj) is type(node.obj):
                    same = here.handle == node.handle
                    self._exact[node.id] = same and self._input.own[part] is not None
                    if same or _is_like(here.obj, node.obj):
                        return part
        if isinstance(node.obj, tir.Var | tir.Buffer):
            variable = node.obj.data if isinstance(node.obj, tir.Buffer) else node.obj
            own = self._of_variable(handle_of(variable))
            return above if own is None else own
        return above

    def _is_alike(self, above: int, parent: int) -> bool:
        """Whether an input node and a final one are of the same type."""
        return type(self._input.nodes[above].obj) is type(self._final[parent].obj)

    def _stage(self, node: LegacyOccurrence) -> int:
        """Return the number of the pass that made a node, 0 for what the pipeline was given."""
        traced = self._ancestry.objects.get(node.handle)
        if traced is not None:
            return traced.stage
        if node.handle in self._input.first:
            return 0
        return self._stages[node.parent] if node.parent >= 0 else 0


def _is_like(one: Any, other: Any) -> bool:
    """Whether two nodes of one type may be the same; constants of one value are."""
    return getattr(one, "value", None) == getattr(other, "value", None)


class LegacyIdentities:
    """What tells that two objects of the 2024 TVM are one node.

    It is the address, the Var that it binds, and what both were rebuilt from.
    """

    def __init__(self, ancestry: LegacyAncestry) -> None:
        self._ancestry = ancestry

    def handle(self, obj: Any) -> int:
        """Return an object's address."""
        return handle_of(obj)

    def span(self, obj: Any) -> Hashable:
        """Return None: that TVM's passes keep no spans."""
        return None

    def binds(self, obj: Any) -> Hashable:
        """Return the address of the Var that an object binds, or of its earliest self."""
        key = type_key(obj)
        variable = BINDERS[key](obj) if key in BINDERS else None
        if variable is not None:
            return handle_of(variable)
        traced = self._ancestry.objects.get(handle_of(obj))
        return None if traced is None else [*traced.lineage()][-1].handle

    def subject(self, obj: Any) -> str:
        """Return the name of the buffer or Var that an object is about, empty without."""
        key = type_key(obj)
        found = BINDERS.get(key) or BUFFERS.get(key)
        return str(getattr(found(obj), "name", "")) if found else ""

    def is_shared(self, obj: Any) -> bool:
        """Whether an object stands in many places, as a Var and a number do."""
        return isinstance(obj, (*SHARED, tir.Buffer))
