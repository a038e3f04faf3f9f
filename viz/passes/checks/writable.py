"""Refuse what passes and codegens take badly: float indices, thread names, returned buffers."""

from __future__ import annotations

import difflib
import re
from typing import Any

import tvm
import tvm_ffi
from tvm import ir, tirx

from viz.errors import LoweringError
from viz.ir.labels import type_key
from viz.messages import message_of
from viz.passes.function_roles import BUFFER

THREAD_INDICES = [f"{kind}.{axis}" for kind in ("threadIdx", "blockIdx") for axis in "xyz"]
_INDEX = re.compile(r"(threadIdx|blockIdx|clusterCtaIdx)\.[xyz]|vthread(\.\w+)?|cthread")
"""The names of threads that TVM knows."""


def require_writable(mod: tvm.IRModule) -> None:
    """Refuse indices that are no integers, threads of a name that no GPU has, returned buffers.

    Raises
    ------
    LoweringError
        With the dtype of the first such index, the first such name and the one closest to it, or
        the first such buffer.
    """
    dtypes: list[str] = []
    threads: list[str] = []
    returned: list[str] = []

    def visit_return(node: Any) -> None:
        returned.extend([str(node.value.name)] if returns_buffer(node) else [])

    def visit_access(node: Any) -> None:
        dtypes.extend(filter(None, map(_float_index, node.indices)))

    def visit_loop(node: Any) -> None:
        if node.thread_binding is not None:
            threads.append(str(node.thread_binding.thread_tag))

    def visit_attribute(node: Any) -> None:
        if node.attr_key == "thread_extent":
            threads.append(str(node.node.thread_tag))

    callbacks = [
        (ir.TensorLoad, visit_access),
        (tirx.BufferStore, visit_access),
        (tirx.For, visit_loop),
        (tirx.AttrStmt, visit_attribute),
        (tirx.Return, visit_return),
    ]
    for function in mod.functions.values():
        if isinstance(function, tirx.PrimFunc):
            tvm_ffi.structural_walk(function.body, callbacks, order="pre")
    if returned:
        raise LoweringError(message_of("returned-buffer", buffer=returned[0]))
    if dtypes:
        raise LoweringError(message_of("index-not-integer", dtype=dtypes[0]))
    for name in (name for name in threads if not _INDEX.fullmatch(name)):
        close = difflib.get_close_matches(name, THREAD_INDICES, n=1, cutoff=0)[0]
        close = f"{name}.x" if f"{name}.x" in THREAD_INDICES else close
        raise LoweringError(message_of("no-thread-index", name=name, close=close))


def has_float_index(node: Any) -> bool:
    """Whether a node is an access of a buffer, and an index of it is no integer."""
    is_access = isinstance(node, ir.TensorLoad | tirx.BufferStore)
    return is_access and any(map(_float_index, node.indices))


def returns_buffer(node: Any) -> bool:
    """Whether a statement returns a buffer, which TVM's parser takes and no pass does."""
    return isinstance(node, tirx.Return) and type_key(getattr(node.value, "ty", None)) == BUFFER


def _float_index(index: Any) -> str:
    dtype = str(getattr(index.ty, "dtype", ""))
    return dtype if "float" in dtype else ""
