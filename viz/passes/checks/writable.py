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
    """Refuse what would be written as text that no compiler takes, or that is no part of a GPU.

    Raises
    ------
    LoweringError
        With the first buffer that is returned, the dtype of the first index or remainder that is
        no integer, or the first thread of a name that no GPU has and the name closest to it.
    """
    found: dict[str, str] = {}
    threads: list[str] = []

    def visit_return(node: Any) -> None:
        if returns_buffer(node):
            found.setdefault("returned-buffer", str(node.value.name))

    def visit_access(node: Any) -> None:
        for each in filter(None, map(_float_dtype, node.indices)):
            found.setdefault("index-not-integer", each)

    def visit_remainder(node: Any) -> None:
        if kind := _float_dtype(node):
            found.setdefault("float-remainder", kind)

    def visit_loop(node: Any) -> None:
        if node.thread_binding is not None:
            threads.append(str(node.thread_binding.thread_tag))

    def visit_attribute(node: Any) -> None:
        if node.attr_key == "thread_extent":
            threads.append(str(node.node.thread_tag))

    callbacks = [
        (ir.TensorLoad, visit_access),
        (tirx.BufferStore, visit_access),
        (tirx.Mod, visit_remainder),
        (tirx.For, visit_loop),
        (tirx.AttrStmt, visit_attribute),
        (tirx.Return, visit_return),
    ]
    for function in (f for f in mod.functions.values() if isinstance(f, tirx.PrimFunc)):
        tvm_ffi.structural_walk(function.body, callbacks, order="pre")
    for id_, field in _FIELDS.items():
        if id_ in found:
            raise LoweringError(message_of(id_, **{field: found[id_]}))
    for name in threads:
        _require_thread_index(name)


def _require_thread_index(name: str) -> None:
    if not _INDEX.fullmatch(name):
        close = difflib.get_close_matches(name, THREAD_INDICES, n=1, cutoff=0)[0]
        lower = {index.lower(): index for index in THREAD_INDICES}
        close = lower.get(name.lower()) or lower.get(f"{name.lower()}.x") or close
        raise LoweringError(message_of("no-thread-index", name=name, close=close))


_FIELDS = {"returned-buffer": "buffer", "index-not-integer": "dtype", "float-remainder": "dtype"}
"""The messages, the most urgent first, and the name of what each has found."""


def has_float_index(node: Any) -> bool:
    """Whether a node is an access of a buffer, and an index of it is no integer."""
    is_access = isinstance(node, ir.TensorLoad | tirx.BufferStore)
    return is_access and any(map(_float_dtype, node.indices))


def returns_buffer(node: Any) -> bool:
    """Whether a statement returns a buffer, which TVM's parser takes and no pass does."""
    return isinstance(node, tirx.Return) and type_key(getattr(node.value, "ty", None)) == BUFFER


def is_float_remainder(node: Any) -> bool:
    """Whether a node is ``T.truncmod`` of floats, which TVM's parser takes and no compiler does."""
    return isinstance(node, tirx.Mod) and bool(_float_dtype(node))


def _float_dtype(value: Any) -> str:
    dtype = str(getattr(value.ty, "dtype", ""))
    return dtype if "float" in dtype else ""
