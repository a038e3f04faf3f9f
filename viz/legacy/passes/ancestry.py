"""Trace every object of a build of the 2024 TVM: where it began, and what it was rebuilt from.

As in :mod:`viz.passes.ancestry` an object of a stage is one of an earlier stage, and then so is all
below it, or it is new: only what is new is visited. That TVM's objects have no spans, so a new one
is paired with an earlier one by the variable that it binds, by the name of its block, or by its
place below a parent that is paired.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import tvm
from tvm import tir

from viz.legacy.passes.pairing import FOR, LegacyTraced, pair_bodies, pair_children
from viz.legacy.passes.recording import LegacyRecording
from viz.legacy.reflection import Array, handle_of, shape_of, type_key

SHARED = (tir.Var, tir.IntImm, tir.FloatImm, tir.StringImm)
"""Classes whose objects are not traced: the same one stands in many places."""

NOT_CODE = frozenset(
    (
        "dtype kind annotations reads writes name_hint loop_var var buffer buffer_var node attr_key"
        " thread_binding op iter_vars alloc_buffers match_buffers lanes params buffer_map attrs"
        " ret_type data irmod_storage_idx message"
    ).split()
)
"""Fields that hold no code, or what is not followed."""

BINDERS: dict[str, Callable[[Any], Any]] = {
    "tir.For": lambda node: node.loop_var,
    "tir.LetStmt": lambda node: node.var,
    "tir.Let": lambda node: node.var,
    "tir.Allocate": lambda node: node.buffer_var,
    "tir.AllocateConst": lambda node: node.buffer_var,
    "tir.DeclBuffer": lambda node: node.buffer.data,
    "tir.AttrStmt": lambda node: getattr(node.node, "var", None),
}
"""The variable that such a node is about, which usually survives when the node is rebuilt."""

BUFFERS: dict[str, Callable[[Any], Any]] = {
    "tir.BufferStore": lambda node: node.buffer,
    "tir.BufferLoad": lambda node: node.buffer,
}

INIT = "_init"
"""What a schedule adds to the name of a block that is split off a reduction."""

REGION = "target"
"""The ``attr_key`` around what becomes a kernel."""

KERNEL = "_kernel"
"""What the name of a kernel adds to that of its host; a number follows from the second on."""


class LegacyAncestry:
    """The objects of a recording, by handle: their address, since all of them are alive.

    Attributes
    ----------
    objects
        The objects, leaves left out.
    earlier_variables
        The variable that stood in the place of another one, by handle.
    """

    def __init__(self, recording: LegacyRecording) -> None:
        self.objects: dict[int, LegacyTraced] = {}
        self.earlier_variables: dict[int, int] = {}
        self._latest: dict[Any, LegacyTraced] = {}
        self._functions: dict[str, LegacyTraced] = {}
        self._variables: set[int] = set()
        self._regions: defaultdict[str, list[LegacyTraced]] = defaultdict(list)
        for number, module in _stages(recording):
            self._add(number, module)

    def variable_lineage(self, variable: int) -> Iterator[int]:
        """Yield a variable, the one that stood in its place, and so on back."""
        current: int | None = variable
        while current is not None:
            yield current
            current = self.earlier_variables.get(current)

    def _add(self, number: int, module: tvm.IRModule) -> None:
        """Add the objects of a stage that no earlier one had, and pair them with earlier ones."""
        new: list[LegacyTraced] = []
        functions: dict[str, LegacyTraced] = {}
        for variable, function in module.functions.items():
            if not isinstance(function, tir.PrimFunc):
                continue
            name = str(variable.name_hint)
            traced = self.objects.get(handle_of(function))
            if traced is None:
                traced = self._visit(function, name, number, new)
                traced.previous = self._functions.get(name)
                if traced.previous is None:
                    self._pair_kernel(traced, name)
            functions[name] = traced
        self._functions |= functions
        for traced in new:
            self._pair(traced)
        for traced in new:
            traced.is_new = False
            if traced.variable:
                self._latest[traced.variable, traced.key] = traced
                self._variables.add(traced.variable)
            if traced.name:
                self._latest[traced.name] = traced

    def _pair_kernel(self, kernel: LegacyTraced, name: str) -> None:
        """Pair the body of a kernel with what its host had in its place."""
        host, _, rest = name.partition(KERNEL)
        number = int(rest[1:]) if rest[1:].isdecimal() else 0
        regions = self._regions.get(host, [])
        if number < len(regions) and kernel.children:
            pair_bodies(regions[number].children[-1], kernel.children[-1])

    def _visit(
        self, function: Any, name: str, number: int, new: list[LegacyTraced]
    ) -> LegacyTraced:
        """Note what a function has that no earlier stage had, parents before children."""
        root = self._traced(function, number)
        stack = [(root, function)]
        while stack:
            traced, obj = stack.pop()
            new.append(traced)
            if traced.key == "tir.AttrStmt" and str(obj.attr_key) == REGION:
                self._regions[name].append(traced)
            children: list[LegacyTraced] = []
            fresh: list[tuple[LegacyTraced, Any]] = []
            for child in code_in(obj):
                known = self.objects.get(handle_of(child))
                if known is None:
                    known = self._traced(child, number)
                    fresh.append((known, child))
                children.append(known)
            traced.children = children
            stack += reversed(fresh)
        return root

    def _traced(self, obj: Any, number: int) -> LegacyTraced:
        key, handle = type_key(obj), handle_of(obj)
        # A buffer is declared over one memory here and there: it is not told by that.
        variable = BINDERS[key](obj) if key in BINDERS and key != "tir.DeclBuffer" else None
        traced = LegacyTraced(handle, key, number)
        if variable is not None:
            traced.variable = handle_of(variable)
        if key == "tir.Block":
            traced.name = str(obj.name_hint)
        if key == FOR:
            traced.kind, traced.extent = int(obj.kind), int(getattr(obj.extent, "value", 0))
        self.objects[handle] = traced
        return traced

    def _pair(self, traced: LegacyTraced) -> None:
        """Find what a new object was rebuilt from, and what its children may have been."""
        if traced.previous is None and traced.variable:
            traced.previous = self._latest.get((traced.variable, traced.key))
        if traced.previous is None and traced.name:
            traced.previous = self._named(traced.name)
        old = traced.previous
        if old is None or old.key != traced.key:
            return
        if traced.name != old.name and len(traced.children) == 1 and old.children:
            # A schedule has made two blocks of a reduction: of its init, and of its body.
            first = traced.name.removeprefix(old.name) == INIT
            pair_bodies(old.children[0 if first else -1], traced.children[0])
            return
        traced.stage = old.stage
        if old.variable in self._variables and traced.variable not in self._variables:
            self.earlier_variables.setdefault(traced.variable, old.variable)
        pair_children(old, traced)

    def _named(self, name: str) -> LegacyTraced | None:
        """Return the latest block of a name, or of the beginning of one that a schedule made."""
        while name:
            found = self._latest.get(name)
            if found is not None:
                return found
            name = name.rpartition("_")[0]
        return None


def code_in(obj: Any) -> list[Any]:
    """Return the objects in the fields of an object that hold code, leaves left out."""
    found: list[Any] = []
    for name in _code_fields(obj):
        value = getattr(obj, name)
        values = list(value) if isinstance(value, Array) else (value,)
        found += (
            each
            for each in values
            if isinstance(each, tvm.ir.PrimExpr | tir.Stmt) and not isinstance(each, SHARED)
        )
    return found


_FIELDS: defaultdict[str, list[str]] = defaultdict(list)


def _code_fields(obj: Any) -> list[str]:
    shape = shape_of(obj)
    known = _FIELDS.get(shape.type_key)
    if known is None:
        known = [name for name in shape.fields if name not in NOT_CODE]
        if shape.type_key == "tir.BlockRealize":
            known.sort(key=lambda name: name == "block")
        elif shape.type_key == "tir.Block":
            known.sort(key=lambda name: name == "body")
        _FIELDS[shape.type_key] = known
    return known


def _stages(recording: LegacyRecording) -> Iterator[tuple[int, tvm.IRModule]]:
    yield 0, recording.input
    if recording.steps:
        yield 0, recording.steps[0].before
    for number, step in enumerate(recording.steps, 1):
        yield number, step.after  # one that changes nothing may make new objects all the same
