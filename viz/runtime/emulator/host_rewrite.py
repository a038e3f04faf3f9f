"""Redirect a lowered host function from a GPU's driver to functions of our own.

The host function still checks its arguments, allocates workspaces and launches kernels, and LLVM
compiles it as always; only the calls that would reach the driver are replaced.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import tvm
import tvm_ffi
from tvm import ir, tirx
from tvm.tirx.build import codegen_build

from viz.ir.functions import symbol_of
from viz.ir.labels import operator
from viz.passes.pipeline import Lowered

_serial = itertools.count()

_DEVICE_TYPE = 10
"""The field of ``tvm_struct_get`` that holds an array's device type (``tirx::builtin``)."""

_CPU, CUDA, OPENCL, WEBGPU = 1, 2, 4, 15
"""Device types of DLPack."""

_POINTER, _INTEGER, _NONE = 4, 1, 0
"""Type indices of tvm-ffi."""

_TYPE_INDEX, _PADDING, _VALUE = 13, 14, 15
"""The fields of ``tvm_struct_set`` that make up an argument of a packed call."""


class _Redirection(NamedTuple):
    """What takes the place of packed functions by their names, and the device type checked for."""

    names: Mapping[str, str]
    device: int


class _Workspaces(NamedTuple):
    """The global functions that are called after and before each allocation; empty for none."""

    allocated: str
    before: str


def redirected_host(
    lowered: Lowered,
    device: tvm.IRModule,
    launcher: Callable[[str, Any], Callable[..., Any] | None],
    workspace: Callable[..., Any],
    device_type: int = CUDA,
    *,
    before_workspace: Callable[[], None] | None = None,
) -> Any:
    """Build the host functions of a module so that functions of our own launch its kernels.

    Parameters
    ----------
    lowered
        A module that is lowered with LLVM as its host.
    device
        The kernels of it.
    launcher
        Returns what is called with the arguments of a launch, by a kernel's name and function; None
        for a function that is none.
    workspace
        Called with the address and bytes of each allocation.
    device_type
        The type of the device that the host code checks its arrays to be on.
    before_workspace
        Called before each allocation, when what was freed before may still be used.
    """
    prefix = f"tirscope.host.{next(_serial)}"
    names = {"__tvm_set_device": f"{prefix}.device"}
    tvm_ffi.register_global_func(names["__tvm_set_device"], lambda *_: None)
    workspaces = _Workspaces(f"{prefix}.workspace", f"{prefix}.before" * bool(before_workspace))
    tvm_ffi.register_global_func(workspaces.allocated, workspace)
    if before_workspace is not None:
        tvm_ffi.register_global_func(workspaces.before, before_workspace)
    for variable, function in device.functions.items():
        name = symbol_of(function) or str(variable.name_hint)
        if (launch := launcher(name, function)) is not None:
            names[name] = f"{prefix}.kernel.{name}"
            tvm_ffi.register_global_func(names[name], launch)
    host = _redirected_module(lowered.host, names, workspaces, device_type)
    return codegen_build(host, lowered.target.host)


def _redirected_module(
    mod: tvm.IRModule, names: Mapping[str, str], workspaces: _Workspaces, device: int
) -> tvm.IRModule:
    """Return a host module whose packed calls are replaced.

    Parameters
    ----------
    names
        For each packed function, such as a kernel, the global function to call in its place.
    workspaces
        The global functions that are called with the address and bytes of each allocation, and
        before it.
    device
        The type of the device that the host code checks its arrays to be on.
    """
    to = _Redirection(names, device)
    functions = {
        variable: tirx.PrimFunc(
            function.params,
            _redirected(function.body, to, workspaces),
            function.ret_type,
            attrs=function.attrs,
        )
        for variable, function in mod.functions.items()
    }
    return tvm.IRModule(functions, attrs=mod.attrs)


def _redirected(body: Any, to: _Redirection, workspaces: _Workspaces) -> Any:
    stack: list[Any] = []
    called: set[str] = set()

    def find_stack(call: Any) -> None:
        if operator(call) == "tirx.tvm_call_packed_lowered":
            stack.append(call.args[1])
            called.add(str(call.args[0].value))

    tvm_ffi.structural_walk(body, [(ir.Call, find_stack)], order="pre")
    if called.isdisjoint(to.names):  # it is for the CPU, such as one that computes shapes
        return body

    def call(node: Any) -> Any:
        rule = _RULES.get(operator(node))
        return node if rule is None else rule(node, to)

    def declaration(node: Any) -> Any:
        if operator(node.data) != "tirx.TVMBackendAllocWorkspace" or not stack:
            return node
        region = (
            (_POINTER, tirx.buffer_data(node.buffer)),
            (_INTEGER, tirx.Cast("int64", node.data.args[2])),
        )
        before = _packed_call(workspaces.before, stack[0]) if workspaces.before else []
        return tirx.SeqStmt([*before, node, *_packed_call(workspaces.allocated, stack[0], *region)])

    return tvm_ffi.structural_map(body, [(ir.Call, call), (tirx.DeclBuffer, declaration)])


# ---------------------------------------------------------------- calls that are replaced


def _struct_get(node: Any, to: _Redirection) -> Any:
    """Replace an array's device type by the one that the host checks for."""
    return tirx.IntImm("int32", to.device) if int(node.args[2]) == _DEVICE_TYPE else node


def _packed(node: Any, to: _Redirection) -> Any:
    name = to.names.get(str(node.args[0].value))
    return _with_arguments(node, [ir.StringImm(name), *node.args[1:]]) if name else node


def _allocation(node: Any, to: _Redirection) -> Any:
    return _with_arguments(
        node, [tirx.IntImm("int32", _CPU), tirx.IntImm("int32", 0), *node.args[2:]]
    )


_RULES: dict[str, Callable[[Any, _Redirection], Any]] = {
    "tirx.tvm_struct_get": _struct_get,
    "tirx.tvm_call_packed_lowered": _packed,
    "tirx.TVMBackendAllocWorkspace": _allocation,
    "tirx.TVMBackendFreeWorkspace": _allocation,
}


def _with_arguments(node: Any, arguments: list[Any]) -> Any:
    return ir.Call(node.op, arguments, node.attrs, span=node.span, ret_ty=node.ty)


def _packed_call(function: str, stack: Any, *arguments: tuple[int, Any]) -> list[Any]:
    """Return the statements that call a packed function with values, each with its type index."""
    statements = []
    slots = (*arguments, (_NONE, tirx.IntImm("int64", 0)))  # the last one for the result
    for slot, (kind, value) in enumerate(slots):
        fields = {_TYPE_INDEX: tirx.IntImm("int32", kind), _PADDING: tirx.IntImm("int32", 0)}
        for field, content in (fields | {_VALUE: value}).items():
            statements.append(_evaluate("tirx.tvm_struct_set", stack, slot, field, content))
    name = ir.StringImm(function)
    return [
        *statements,
        _evaluate("tirx.tvm_call_packed_lowered", name, stack, 0, len(arguments)),
    ]


def _evaluate(name: str, *arguments: Any) -> Any:
    return tirx.Evaluate(tirx.call_intrin("int32", name, *arguments))
