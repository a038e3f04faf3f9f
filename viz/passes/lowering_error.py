"""Explain what a pass, a schedule or a codegen threw."""

from __future__ import annotations

import difflib
import re
from typing import Any

import tvm
import tvm_ffi
from tvm import ir, tirx

from viz.errors import LoweringError, VizError
from viz.ir.walker import walk_objects
from viz.messages import Message, message_of
from viz.model.catalog import tvm_messages
from viz.passes.function_roles import is_bound
from viz.passes.targets import row_of

MOST_OF_A_LINE = 300
"""Characters of a line of TVM's that are shown."""


def lowering_error(
    error: Exception, name: str, mod: tvm.IRModule | None = None, thrower: str = ""
) -> VizError:
    """Return an error with a plain message and a hint for what a pass or codegen threw.

    Parameters
    ----------
    name
        The target.
    mod
        The module that could not be lowered, where it is known.
    thrower
        The name of the pass, if it was one.
    """
    if isinstance(error, VizError):
        return error
    is_cpu = not row_of(name).gpu
    if mod is not None and is_cpu and any(is_threaded(each) for each in mod.functions.values()):
        return LoweringError(message_of("threads-on-cpu"))
    # Below the reason TVM adds the whole module.
    text = str(error).partition("\n\nError in pass: ")[0]
    return LoweringError(_explained(text, type(error).__name__, name, mod, thrower))


THREAD_INDICES = [f"{kind}.{axis}" for kind in ("threadIdx", "blockIdx") for axis in "xyz"]
_NO_INDEX = re.compile(r"(threadIdx|blockIdx|clusterCtaIdx)\.(?![xyz]$)")


def require_writable(mod: tvm.IRModule) -> None:
    """Refuse what codegens write as it is and no compiler takes: float indices, wrong thread names.

    Raises
    ------
    LoweringError
        With the dtype of the first such index, or the first such name and the one closest to it.
    """
    dtypes: list[str] = []
    threads: list[str] = []

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
    ]
    for function in mod.functions.values():
        if isinstance(function, tirx.PrimFunc):
            tvm_ffi.structural_walk(function.body, callbacks, order="pre")
    if dtypes:
        raise LoweringError(message_of("index-not-integer", dtype=dtypes[0]))
    for name in filter(_NO_INDEX.match, threads):
        close = difflib.get_close_matches(name, THREAD_INDICES, n=1, cutoff=0)[0]
        raise LoweringError(message_of("no-thread-index", name=name, close=close))


def has_float_index(node: Any) -> bool:
    """Whether a node is an access of a buffer, and an index of it is no integer."""
    is_access = isinstance(node, ir.TensorLoad | tirx.BufferStore)
    return is_access and any(map(_float_index, node.indices))


def _float_index(index: Any) -> str:
    dtype = str(getattr(index.ty, "dtype", ""))
    return dtype if "float" in dtype else ""


def is_threaded(function: Any) -> bool:
    """Whether a function of a module is a PrimFunc that is bound to GPU threads."""
    return isinstance(function, tvm.tirx.PrimFunc) and is_bound(function)


def _explained(text: str, kind: str, name: str, mod: tvm.IRModule | None, thrower: str) -> Message:
    title = row_of(name).title
    placed = f"{text.rstrip()} (in the pass {thrower})" if thrower else text
    found = tvm_messages.row_of("gpu lowering", placed) if row_of(name).gpu else None
    found = found or tvm_messages.row_of("lowering", placed)
    if found is not None:
        row, match = found
        values = {"target": title} | match.groupdict("")
        if row.id in ("unresolved-call", "math-of-integer") and mod is not None:
            function = values["function"].rpartition(".")[2]
            if dtype := _integer_argument(mod, function):
                return message_of("math-of-integer", function=function, dtype=dtype)
        if row.id == "unknown-extent" and mod is not None:
            if _buffers_of(mod, values["function"]).issuperset(values["variables"].split(", ")):
                named = {name: values[name] for name in ("function", "variables")}
                return message_of("launch-reads-memory", **named)
        if row.id != "math-of-integer":
            return message_of(row.id, **{key: _cut(value) for key, value in values.items()})
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("File ")]
    useful = [line for line in lines if "Check failed" in line or "Error" in line]
    reason = _cut((useful or lines or [kind])[-1])
    if thrower:
        return message_of("not-lowered-in-pass", target=title, reason=reason, thrower=thrower)
    return message_of("not-lowered", target=title, reason=reason)


def _buffers_of(mod: tvm.IRModule, name: str) -> set[str]:
    """Return the names of a function's buffers that are parameters."""
    for variable, function in mod.functions.items():
        if str(variable.name_hint) == name and isinstance(function, tirx.PrimFunc):
            buffers = (each for each in function.params if not isinstance(each.ty, ir.PrimType))
            return {str(buffer.name) for buffer in buffers}
    return set()


def _integer_argument(mod: tvm.IRModule, function: str) -> str:
    """Return the dtype of the first integer that a program calls a function of ``T`` with."""
    for node, obj in walk_objects(mod):
        if node.type_key == "ir.Call" and is_math_of_integer(obj, function):
            return str(obj.args[0].ty.dtype)
    return ""


def is_math_of_integer(call: Any, function: str) -> bool:
    """Whether a call is one of ``T.exp`` and the like, and its first argument is an integer."""
    if getattr(call.op, "name", "").rpartition(".")[2] != function or not len(call.args):
        return False
    return str(getattr(call.args[0].ty, "dtype", "")).startswith(("int", "uint"))


def _cut(line: str) -> str:
    return line if len(line) <= MOST_OF_A_LINE else line[: MOST_OF_A_LINE - 1] + "…"
