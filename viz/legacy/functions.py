"""Select and describe the functions of a module of the 2024 TVM."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import tvm
from tvm import tir

from viz.errors import RequestError
from viz.legacy.labels import operator, short
from viz.legacy.reflection import THREAD_BINDING, attributes_of, handle_of
from viz.messages import message_of
from viz.model import Function, Parameter
from viz.text import Span

THREAD_ATTRIBUTES = ("thread_extent", "virtual_thread")
"""Values of ``AttrStmt.attr_key`` that bind what is below to threads."""

POINTER_WRITES = {
    "tir.mma_store": 2,
    "tir.simdgroup_store": 2,
    "tir.tvm_mfma_store": 2,
    "tir.tvm_rdna_wmma_store": 2,
    "tir.tvm_store_matrix_sync": 5,
}
"""The argument of an operation that points to what it writes."""

_ACCESS_WRITES = 2
"""The bit of ``tvm_access_ptr``'s mask that says that memory is written through the pointer."""


def symbol_of(function: Any) -> str:
    """Return the ``global_symbol`` of a function, what its text is called; empty if private."""
    return str(attributes_of(function).get("global_symbol") or "")


def function_of(mod: tvm.IRModule, name: str) -> Any:
    """Return a module's PrimFunc by its name in the module, else by its ``global_symbol``.

    Raises
    ------
    RequestError
        When there is none.
    """
    return mod[_variable(mod, name)]


def only(mod: tvm.IRModule, name: str) -> tvm.IRModule:
    """Return a module of one function and those that it calls, directly or through others.

    Raises
    ------
    RequestError
        When there is no function of this name.
    """
    selected: dict[Any, Any] = {}
    waiting = [_variable(mod, name)]
    while waiting:
        variable = waiting.pop()
        if variable not in selected:
            selected[variable] = mod[variable]
            called = callees(mod[variable])
            waiting += [other for other in mod.get_global_vars() if other.name_hint in called]
    return mod if len(selected) == len(mod.functions) else tvm.IRModule(selected, attrs=mod.attrs)


def _variable(mod: tvm.IRModule, name: str) -> Any:
    variables = list(mod.get_global_vars())
    for variable in variables:
        if variable.name_hint == name:
            return variable
    for variable in variables:
        if symbol_of(mod[variable]) == name:
            return variable
    known = tuple(sorted(str(variable.name_hint) for variable in variables))
    raise RequestError(message_of("no-function", name=name, known=known))


def callees(function: Any) -> set[str]:
    """Return the names of the functions of its module that a function calls."""
    names: set[str] = set()

    def visit(node: Any) -> None:
        if isinstance(node, tir.Call) and isinstance(node.op, tvm.ir.GlobalVar):
            names.add(str(node.op.name_hint))

    tir.stmt_functor.post_order_visit(function.body, visit)
    return names


def by_importance(mod: tvm.IRModule) -> list[str]:
    """Return the names of a module's functions: ``main``, those that no other calls, the rest.

    Each of the three is sorted by name.
    """
    functions = {str(variable.name_hint): f for variable, f in mod.functions.items()}
    called = {callee for name, f in functions.items() for callee in callees(f) - {name}}
    return sorted(functions, key=lambda name: (name != "main", name in called, name))


def is_bound(function: Any) -> bool:
    """Whether some part of a PrimFunc is bound to GPU threads already."""
    found: list[bool] = []

    def visit(node: Any) -> None:
        if isinstance(node, tir.For):
            found.append(int(node.kind) == THREAD_BINDING)
        elif isinstance(node, tir.AttrStmt):
            found.append(str(node.attr_key) in THREAD_ATTRIBUTES)

    tir.stmt_functor.post_order_visit(function.body, visit)
    return any(found)


def describe(mod: tvm.IRModule, name: str, span: Span | None) -> Function:
    """Return the parameters of a module's function as plain data.

    Parameters
    ----------
    span
        Where the user's text names the function.
    """
    function = function_of(mod, name)
    written = written_variables(function, mod)
    buffers = {handle_of(variable): b for variable, b in function.buffer_map.items()}
    parameters = []
    for param in function.params:
        buffer = buffers.get(handle_of(param))
        if buffer is None:
            parameters.append(Parameter(name=str(param.name), dtype=str(param.dtype)))
            continue
        symbols = (str(v.name) for extent in buffer.shape for v in variables_in(extent))
        parameters.append(
            Parameter(
                name=str(buffer.name),
                dtype=str(buffer.dtype),
                shape=tuple(short(extent) for extent in buffer.shape),
                written=handle_of(buffer.data) in written,
                symbols=tuple(dict.fromkeys(symbols)),
            )
        )
    return Function(name=name, parameters=tuple(parameters), span=span, bound=is_bound(function))


def variables_in(node: Any) -> list[Any]:
    """Return the variables of an expression, a buffer's pointer among them, in its order."""
    found: list[Any] = []

    def visit(inner: Any) -> None:
        if isinstance(inner, tir.Var):
            found.append(inner)
        elif isinstance(inner, tir.BufferLoad):
            found.append(inner.buffer.data)

    tir.stmt_functor.post_order_visit(tir.Evaluate(node), visit)
    return found


def written_variables(
    function: Any, mod: tvm.IRModule | None = None, callers: frozenset[str] = frozenset()
) -> set[int]:
    """Return the handles of the pointers (``Buffer.data`` and others) that a function writes.

    A store may reach memory through another pointer or buffer over it, or in a function called.

    Parameters
    ----------
    mod
        The module of the function, whose other functions it may call.
    """
    underlying: dict[int, list[int]] = {}
    written: set[int] = set()

    def visit(node: Any) -> None:
        if isinstance(node, tir.BufferStore):
            written.add(handle_of(node.buffer.data))
        elif isinstance(node, tir.LetStmt):
            underlying[handle_of(node.var)] = [handle_of(v) for v in variables_in(node.value)]
        elif isinstance(node, tir.Block):
            for region in node.match_buffers:
                below = handle_of(region.source.buffer.data)
                underlying.setdefault(handle_of(region.buffer.data), []).append(below)
            # A block declares what it writes, also through intrinsics and externs.
            written.update(handle_of(region.buffer.data) for region in node.writes)
        elif isinstance(node, tir.Call):
            written.update(handle_of(v) for v in _written_by(node, function, mod, callers))

    tir.stmt_functor.post_order_visit(function.body, visit)
    waiting = list(written)
    while waiting:
        for below in underlying.get(waiting.pop(), ()):
            if below not in written:
                written.add(below)
                waiting.append(below)
    return written


def _written_by(
    call: Any, caller: Any, mod: tvm.IRModule | None, callers: frozenset[str]
) -> Iterator[Any]:
    """Yield the pointers through which a call writes."""
    if isinstance(call.op, tvm.ir.GlobalVar):
        name = str(call.op.name_hint)
        known = mod is not None and name in {str(v.name_hint) for v in mod.get_global_vars()}
        if known and mod is not None and name not in callers:
            yield from _written_through(call, function_of(mod, name), mod, callers | {name})
        return
    name = operator(call)
    if name == "tir.tvm_access_ptr":
        if int(getattr(call.args[4], "value", 0)) & _ACCESS_WRITES:
            yield from variables_in(call.args[1])
    elif name in POINTER_WRITES and len(call.args) > POINTER_WRITES[name]:
        yield from variables_in(call.args[POINTER_WRITES[name]])


def _written_through(
    call: Any, function: Any, mod: tvm.IRModule, callers: frozenset[str]
) -> Iterator[Any]:
    """Yield the pointers among a call's arguments that the function of the module writes."""
    written = written_variables(function, mod, callers)
    buffers = {handle_of(variable): b for variable, b in function.buffer_map.items()}
    for parameter, argument in zip(function.params, call.args, strict=False):
        buffer = buffers.get(handle_of(parameter))
        pointer = parameter if buffer is None else buffer.data
        if handle_of(pointer) in written:
            yield from variables_in(argument)
