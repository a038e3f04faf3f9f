"""Find the buffers that a PrimFunc writes, itself or through the functions that it calls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import tvm
import tvm_ffi

from viz.ir.labels import operator
from viz.runtime.analysis.sizes import buffers, variables

POINTER_WRITES = {
    "tirx.atomic_add": 0,
    "tirx.cooperative_tensor_store": 2,
    "tirx.cuda.atomic_add": 0,
    "tirx.cuda.atomic_cas": 0,
    "tirx.mma_store": 2,
    "tirx.mma_store_legacy": 2,
    "tirx.simdgroup_store": 2,
    "tirx.tvm_store_matrix_sync": 5,
}
"""The argument of an operation that points to what it writes."""

_ACCESS_WRITES = 2
"""The bit of ``tvm_access_ptr``'s mask that says that memory is written through the pointer."""

_EFFECT = "TCallEffectKind"
"""The attribute of an operation that says what it does but for computing a value."""

_READS_STATE = 2
"""The greatest ``TCallEffectKind`` of an operation that changes nothing."""


def outputs(function: Any, mod: tvm.IRModule | None = None) -> list[str]:
    """Return the names of the buffers a PrimFunc writes; all of them where no write is found.

    Parameters
    ----------
    mod
        The module of the function, whose other functions it may call.
    """
    written = written_variables(function, mod)
    params = buffers(function)
    return [str(param.name) for param in params if handle(param) in written] or [
        str(param.name) for param in params
    ]


def writes_nothing(function: Any, mod: tvm.IRModule | None = None) -> bool:
    """Whether a PrimFunc stores nothing into its parameters, and calls nothing that might.

    Operations without a known effect count as calls that might: they may write through a pointer.
    """
    written = written_variables(function, mod)
    if any(handle(param) in written for param in buffers(function)):
        return False
    opaque: list[Any] = []

    def call(node: Any) -> None:
        kind = node.op.get_attr(_EFFECT) if isinstance(node.op, tvm.ir.Op) else None
        if kind is None or int(kind) > _READS_STATE:
            opaque.append(node)

    tvm_ffi.structural_walk(function.body, [(tvm.ir.Call, call)], order="pre")
    return not opaque


def handle(node: Any) -> int:
    """Return the identity of a node."""
    return int(node.__chandle__())


def written_variables(
    function: Any, mod: tvm.IRModule | None = None, callers: frozenset[str] = frozenset()
) -> set[int]:
    """Return the handles of the buffers and pointers that a function writes.

    A store may reach a buffer through others over it, through a pointer, or in a function called.
    """
    underlying: dict[int, int] = {}
    written: set[int] = set()

    def store(node: Any) -> None:
        written.add(handle(node.buffer))

    def declared(node: Any) -> None:
        for variable in variables(node.data):
            underlying[handle(node.buffer)] = handle(variable)

    def bound(node: Any) -> None:
        for variable in variables(node.value):
            underlying[handle(node.var)] = handle(variable)

    def block(node: Any) -> None:
        for region in node.match_buffers:
            underlying[handle(region.buffer)] = handle(region.source.source)
        # A block declares what it writes; that covers writes through intrinsics and externs.
        written.update(handle(region.source) for region in node.writes)

    def call(node: Any) -> None:
        written.update(handle(variable) for variable in _written_by(node, mod, callers))

    stmt = tvm.tirx.stmt
    callbacks = [
        (tvm.tirx.BufferStore, store),
        (stmt.DeclBuffer, declared),
        (tvm.tirx.Bind, bound),
        (tvm.s_tir.SBlock, block),
        (tvm.ir.Call, call),
    ]
    tvm_ffi.structural_walk(function.body, callbacks, order="pre")
    for buffer in tuple(written):
        seen = {buffer}
        while (buffer := underlying.get(buffer, buffer)) not in seen:
            seen.add(buffer)
            written.add(buffer)
    return written


def _written_by(call: Any, mod: tvm.IRModule | None, callers: frozenset[str]) -> Iterator[Any]:
    """Yield the variables of memory that a call writes."""
    if isinstance(call.op, tvm.ir.GlobalVar):
        name = str(call.op.name_hint)
        function = None if name in callers else called(call, mod)
        if function is not None:
            written = written_variables(function, mod, callers | {name})
            for parameter, argument in zip(function.params, call.args, strict=False):
                if handle(parameter) in written:
                    yield from variables(argument)
        return
    name = operator(call)
    if name == "tirx.tvm_access_ptr":
        if int(getattr(call.args[4], "value", 0)) & _ACCESS_WRITES:
            yield from variables(call.args[1])
    elif name in POINTER_WRITES and len(call.args) > POINTER_WRITES[name]:
        yield from variables(call.args[POINTER_WRITES[name]])


def called(call: Any, mod: tvm.IRModule | None) -> Any:
    """Return the PrimFunc of a module that is called, None where it is none of the module's."""
    if mod is None or not isinstance(call.op, tvm.ir.GlobalVar):
        return None
    for variable, function in mod.functions.items():
        if variable.name_hint == call.op.name_hint and isinstance(function, tvm.tirx.PrimFunc):
            return function
    return None
