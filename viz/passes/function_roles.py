"""Decide what each function of a module is for a GPU: a kernel's home, its helper, or the CPU's.

The answers come from what stands in the functions: thread bindings, TIRx, attributes that a dump
has kept. Nothing is lowered here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import tvm
import tvm_ffi

from viz.ir.labels import type_key

THREAD_BINDING = 4
"""``tirx.For.kind`` of a loop bound to a thread axis."""

DEVICE_ENTRY = "tirx.device_entry"
"""The attribute of the part of a TIRx function that runs on the device."""

THREAD_ATTRIBUTES = ("thread_extent", "virtual_thread", DEVICE_ENTRY)

DEVICE_KERNEL = 2
"""``tvm::CallingConv::kDeviceKernelLaunch``: what a function is after the host has been split."""

BUFFER = "tirx.BufferType"
"""The type of a parameter that is a buffer."""

TILE_STATEMENTS = ("tirx.ScopeIdDefStmt", "tirx.TilePrimitiveCall")
"""Statements that only the TIRx pipeline lowers."""


def begins_threads(node: Any) -> bool:
    """Whether what is inside a statement runs on GPU threads; virtual threads are none."""
    if isinstance(node, tvm.tirx.For):
        return node.kind == THREAD_BINDING and _is_real(node.thread_binding.thread_tag)
    if isinstance(node, tvm.tirx.AttrStmt):
        key = str(node.attr_key)
        return key == DEVICE_ENTRY or (key == "thread_extent" and _is_real(node.node.thread_tag))
    return False


def _is_real(tag: Any) -> bool:
    return not str(tag).startswith("vthread")


def bindings(node: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the variables that a node gives values to, in their order."""
    if isinstance(node, tvm.s_tir.SBlockRealize):
        for axis, value in zip(node.block.iter_vars, node.iter_values, strict=True):
            yield axis.var, value
    elif isinstance(node, tvm.tirx.Bind):
        yield node.var, node.value


def is_bound(function: Any) -> bool:
    """Whether some part of a PrimFunc is bound to GPU threads already."""
    bindings: list[bool] = []

    def visit_loop(node: Any) -> None:
        bindings.append(node.kind == THREAD_BINDING)

    def visit_attribute(node: Any) -> None:
        bindings.append(node.attr_key in THREAD_ATTRIBUTES)

    callbacks = [(tvm.tirx.For, visit_loop), (tvm.tirx.AttrStmt, visit_attribute)]
    tvm_ffi.structural_walk(function.body, callbacks, order="pre")
    return any(bindings)


def binds_threads(function: Any) -> bool:
    """Whether some loop of a PrimFunc is bound to the threads of a block."""
    tags: list[str] = []

    def visit_loop(node: Any) -> None:
        if node.kind == THREAD_BINDING:
            tags.append(str(node.thread_binding.thread_tag))

    tvm_ffi.structural_walk(function.body, [(tvm.tirx.For, visit_loop)], order="pre")
    return any(tag.startswith("threadIdx") for tag in tags)


def is_tirx(function: Any) -> bool:
    """Whether a function is for TVM's TIRx pipeline: execution scopes, tile operations, layouts.

    A layout that only says "row by row" is what every buffer of a function without blocks has.
    """
    if not isinstance(function, tvm.tirx.PrimFunc) or _attribute(function, "s_tir"):
        return False
    signs: list[bool] = [_has_layout(parameter) for parameter in function.params]

    def visit_statement(node: Any) -> None:
        signs.append(type_key(node) in TILE_STATEMENTS)

    def visit_attribute(node: Any) -> None:
        signs.append(node.attr_key == DEVICE_ENTRY)

    def visit_buffer(node: Any) -> None:
        signs.append(_has_layout(node.buffer))

    callbacks = [
        (tvm.tirx.AttrStmt, visit_attribute),
        (tvm.tirx.AllocBuffer, visit_buffer),
        (tvm.tirx.DeclBuffer, visit_buffer),
        (tvm.tirx.Stmt, visit_statement),
    ]
    tvm_ffi.structural_walk(function.body, callbacks, order="pre")
    return any(signs)


def _has_layout(buffer: Any) -> bool:
    layout = getattr(buffer.ty, "layout", None)
    return layout is not None and not layout.is_trivial()


def is_kernel(function: Any) -> bool:
    """Whether a function has been split from its host already: it becomes a kernel as it is."""
    return int(_attribute(function, "calling_conv") or 0) == DEVICE_KERNEL


def own_target(function: Any) -> tvm.target.Target | None:
    """Return the target that stands in a function's attributes, as dumps have it."""
    target = _attribute(function, "target")
    return target if isinstance(target, tvm.target.Target) else None


def own_targets(mod: tvm.IRModule) -> dict[str, tvm.target.Target]:
    """Return the targets of the functions that have one of their own, by name."""
    found = ((str(gv.name_hint), own_target(f)) for gv, f in mod.functions.items())
    return {name: target for name, target in sorted(found) if target is not None}


def without_targets(mod: tvm.IRModule, *, of_gpus: bool) -> tvm.IRModule:
    """Return a module whose functions name no GPU as their target, or no CPU."""
    changed = {
        variable: function.without_attr("target")
        for variable, function in mod.functions.items()
        if (own := own_target(function)) is not None and is_gpu(own) == of_gpus
    }
    if not changed:
        return mod
    return tvm.IRModule({**dict(mod.functions.items()), **changed}, attrs=mod.attrs)


def is_gpu(target: tvm.target.Target) -> bool:
    """Whether a target has kernels, apart from its host."""
    return "gpu" in map(str, target.keys)


def for_gpu(mod: tvm.IRModule, chosen: tvm.target.Target) -> list[str]:
    """Return the names of the functions whose arrays are in a GPU's memory, sorted."""
    return sorted(
        str(variable.name_hint)
        for variable, function in mod.functions.items()
        if is_gpu(own_target(function) or chosen)
        and _attribute(function, "global_symbol")
        and not _attribute(function, "tirx.is_host_func")
    )


def to_schedule(
    mod: tvm.IRModule, chosen: tvm.target.Target
) -> Iterator[tuple[Any, Any, tvm.target.Target]]:
    """Yield the functions that lack thread bindings, with the GPU that each is for.

    A private helper runs where it is called from. A function that touches no buffer has nothing
    to bind: it computes a number, or calls others.
    """
    names = set(for_gpu(mod, chosen))
    for variable, function in mod.functions.items():
        if (
            str(variable.name_hint) in names
            and not is_kernel(function)
            and not is_bound(function)
            and _touches_memory(function)
        ):
            yield variable, function, own_target(function) or chosen


def is_whole_kernel(function: Any) -> bool:
    """Whether TVM makes a kernel of all that an unbound function does, for a single thread.

    So it does with one that has a GPU target of its own, and gets pointers: where it gets buffers,
    TVM's check for memory outside of threads finds them.
    """
    own = own_target(function)
    buffers = [parameter for parameter in function.params if type_key(parameter.ty) == BUFFER]
    return own is not None and is_gpu(own) and not buffers


def _touches_memory(function: Any) -> bool:
    accesses: list[Any] = []
    callbacks = [
        (tvm.tirx.BufferStore, accesses.append),
        (tvm.s_tir.SBlock, accesses.append),
        (tvm.ir.TensorLoad, accesses.append),
        (tvm.tirx.For, accesses.append),
    ]
    tvm_ffi.structural_walk(function.body, callbacks, order="pre")
    return bool(accesses)


def _attribute(function: Any, name: str) -> Any:
    return function.attrs[name] if function.attrs and name in function.attrs else None
