"""Explain what a pass, a schedule or a codegen threw."""

from __future__ import annotations

from typing import Any

import tvm
from tvm import ir, tirx

from viz.errors import LoweringError, VizError
from viz.ir.labels import type_key
from viz.ir.walker import walk_objects
from viz.messages import Message, message_of
from viz.model.catalog import tvm_messages
from viz.passes.function_roles import BUFFER, is_bound
from viz.targets.rows import row_of

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
                handed_on = any(hands_on_buffer(obj) for _, obj in walk_objects(mod))
                id_ = "buffer-handed-on" if handed_on else "launch-reads-memory"
                return message_of(id_, **named)
        if row.id == "fused-buffers-differ" and mod is not None and _has_own_sizes(mod):
            return message_of("fused-sizes-differ", **values)
        if row.id != "math-of-integer":
            return message_of(row.id, **{key: _cut(value) for key, value in values.items()})
    lines = [line.strip() for line in tvm_messages.plain(text).splitlines()]
    lines = [line for line in lines if line and not line.startswith("File ")]
    useful = [line for line in lines if "Check failed" in line or "Error" in line]
    reason = _cut((useful or lines or [kind])[-1])
    if thrower:
        return message_of("not-lowered-in-pass", target=title, reason=reason, thrower=thrower)
    return message_of("not-lowered", target=title, reason=reason)


def _has_own_sizes(mod: tvm.IRModule) -> bool:
    """Whether a PrimFunc of a module has variables in the shapes of its buffers."""
    return any(
        isinstance(extent, ir.Var)
        for function in mod.functions.values()
        if isinstance(function, tirx.PrimFunc)
        for param in function.params
        for extent in getattr(param.ty, "shape", None) or ()
    )


def _buffers_of(mod: tvm.IRModule, name: str) -> set[str]:
    """Return the names of a function's buffers that are parameters."""
    for variable, function in mod.functions.items():
        if str(variable.name_hint) == name and isinstance(function, tirx.PrimFunc):
            buffers = (each for each in function.params if not isinstance(each.ty, ir.PrimType))
            return {str(buffer.name) for buffer in buffers}
    return set()


def hands_on_buffer(call: Any) -> bool:
    """Whether a call gives a whole buffer to another function of the module."""
    is_call = isinstance(call, ir.Call) and isinstance(call.op, ir.GlobalVar)
    return is_call and any(type_key(getattr(a, "ty", None)) == BUFFER for a in call.args)


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
