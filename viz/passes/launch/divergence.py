"""Find barriers that only some threads of a block come to, and reductions that threads race in.

Both stand in the user's tree. Only what is certain is named: a condition or an index counts as
equal for all threads unless it is computed from the index of a thread alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import tvm_ffi
from tvm import ir, tirx
from tvm.sym import Analyzer

from viz.ir.labels import label, operator, type_key
from viz.ir.parse import Parsed
from viz.ir.walker import Occurrence, occurrences
from viz.messages import message_of
from viz.model import Problem
from viz.passes.function_roles import THREAD_BINDING, bindings

BARRIERS = ("tirx.tvm_storage_sync", "tirx.cuda.cta_sync")
"""The operators that all threads of a block come to."""

OWN = ("local", "warp", "wmma", "m16n8k8", "metal.simdgroup")
"""The first letters of the scopes of memory that threads of a block do not share."""


def problems(parsed: Parsed) -> Iterator[Problem]:
    """Yield an error for each such barrier and each such store, at its place."""
    for function in parsed.mod.functions.values():
        if isinstance(function, tirx.PrimFunc):
            yield from _Threads(function, parsed).problems()


class _Threads:
    """What of a function depends on the index of a thread."""

    def __init__(self, function: Any, parsed: Parsed) -> None:
        self._parsed = parsed
        self._nodes = occurrences(function)
        self._axes: dict[int, tuple[str, int]] = {}
        """The thread axes that a variable is computed from: by its handle, tag and extent."""
        self._reduced: set[int] = set()
        """The reduction axes of blocks."""
        for node in self._nodes:
            self._bind(node.obj)

    def _bind(self, node: Any) -> None:
        kind = type_key(node)
        if kind == "tirx.For" and node.kind == THREAD_BINDING:
            self._axis(node.loop_var, str(node.thread_binding.thread_tag), node.extent)
        elif kind == "tirx.AttrStmt" and node.attr_key == "thread_extent":
            self._axis(node.node.var, str(node.node.thread_tag), node.value)
        for variable, value in bindings(node):
            self._derive(variable, value)
        for axis in node.iter_vars if kind == "s_tir.SBlock" else ():
            if axis.iter_type == tirx.IterVar.CommReduce:
                self._reduced.add(axis.var.__chandle__())

    def _axis(self, variable: Any, tag: str, extent: Any) -> None:
        if tag.startswith(("threadIdx.", "blockIdx.")) and isinstance(extent, tirx.IntImm):
            self._axes[variable.__chandle__()] = tag, int(extent.value)

    def _derive(self, variable: Any, value: Any) -> None:
        for tag, extent in self._threads_in(value):
            self._axes.setdefault(variable.__chandle__(), (tag, extent))

    def _threads_in(self, value: Any) -> list[tuple[str, int]]:
        handles = [n.handle for n in occurrences(value) if isinstance(n.obj, ir.Var)]
        return [self._axes[handle] for handle in handles if handle in self._axes]

    def _around(self, node: Occurrence) -> Iterator[tuple[Occurrence, str]]:
        """Yield what is around a node, the innermost first, with the field that the node is in."""
        while node.parent >= 0:
            field = node.field
            node = self._nodes[node.parent]
            yield node, field

    def _condition(self, node: Occurrence) -> tuple[Any, str] | None:
        """Return the condition around a node that differs from thread to thread, with the axis."""
        for above, field in self._around(node):
            kind = type_key(above.obj)
            if kind not in ("tirx.IfThenElse", "tirx.While") or field == "condition":
                continue
            for tag, extent in self._threads_in(above.obj.condition):
                if tag.startswith("threadIdx.") and extent > 1 and self._differs(above.obj):
                    return above.obj, tag
        return None

    def _differs(self, node: Any) -> bool:
        """Whether a condition is not the same for all values of its threads."""
        analyzer = Analyzer()
        for each in self._nodes:
            if type_key(each.obj) == "tirx.For" and each.obj.kind == THREAD_BINDING:
                analyzer.bind(each.obj.loop_var, ir.Range.from_min_extent(0, each.obj.extent))
        return not isinstance(analyzer.simplify(node.condition), tirx.IntImm)

    def problems(self) -> Iterator[Problem]:
        """Yield the errors of the function."""
        if not any(tag.startswith("threadIdx.") for tag, _ in self._axes.values()):
            return
        for node in self._nodes:
            if operator(node.obj) in BARRIERS and _scope_of(node.obj) != "warp":
                yield from self._barrier(node)
            elif isinstance(node.obj, tirx.BufferStore):
                yield from self._store(node)

    def _barrier(self, node: Occurrence) -> Iterator[Problem]:
        found = self._condition(node)
        if found is not None:
            condition, tag = found
            what = message_of("barrier-in-branch", condition=label(condition), axis=tag)
            place = self._parsed.user_span(self._statement(node).span)
            yield Problem(code="barrier", what=what, span=place)

    def _statement(self, node: Occurrence) -> Any:
        for above, _ in self._around(node):
            if isinstance(above.obj, tirx.Stmt) and above.obj.span is not None:
                return above.obj
        return node.obj

    def _store(self, node: Occurrence) -> Iterator[Problem]:
        """Yield an error for a store of several threads to one element that also reads it."""
        store = node.obj
        buffer = store.buffer
        if str(getattr(buffer.ty, "storage_scope", "") or "").startswith(OWN):
            return
        if not any(_is_element(each.obj, store) for each in occurrences(store.value)):
            return
        handles = {n.handle for i in store.indices for n in occurrences(i)}
        if handles & self._reduced:
            return
        used = {self._axes[handle][0] for handle in handles if handle in self._axes}
        names = {
            n.handle: str(n.obj.name)
            for n in occurrences(store.value)
            if isinstance(n.obj, ir.Var)
            and n.handle in self._axes
            and n.handle not in self._reduced
        }
        if self._is_guarded(node) or self._reduces_in_block(node):
            return
        for handle, name in names.items():
            tag, extent = self._axes[handle]
            if tag not in used and extent > 1:
                if tag.startswith("blockIdx.") and _is_shared(buffer):
                    continue
                what = message_of(
                    "reduction-over-threads", buffer=str(buffer.name), axis=tag, variable=name
                )
                yield Problem(code="reduction", what=what, span=self._parsed.user_span(store.span))
                return

    def _is_guarded(self, node: Occurrence) -> bool:
        """Whether a condition on a thread is around a node: it may leave one thread alone."""
        return any(
            type_key(above.obj) in ("tirx.IfThenElse", "tirx.While")
            and self._threads_in(above.obj.condition)
            for above, _ in self._around(node)
        )

    def _reduces_in_block(self, node: Occurrence) -> bool:
        """Whether the block around a node has a reduction axis: TVM then reduces over threads."""
        for above, _ in self._around(node):
            if type_key(above.obj) == "s_tir.SBlock":
                kinds = [each.iter_type for each in above.obj.iter_vars]
                return tirx.IterVar.CommReduce in kinds
        return False


def _scope_of(call: Any) -> str:
    first = call.args[0] if len(call.args) else None
    return str(getattr(first, "value", ""))


def _is_element(node: Any, store: Any) -> bool:
    """Whether an expression reads the element that a statement stores."""
    return (
        isinstance(node, ir.TensorLoad)
        and node.source.same_as(store.buffer)
        and len(node.indices) == len(store.indices)
        and all(
            tvm_ffi.structural_equal(mine, other)
            for mine, other in zip(node.indices, store.indices, strict=True)
        )
    )


def _is_shared(buffer: Any) -> bool:
    return str(getattr(buffer.ty, "storage_scope", "") or "").startswith("shared")
