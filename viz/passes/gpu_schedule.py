"""Apply the default GPU schedule to the functions that bind no loop to GPU threads.

Only the functions are chosen here; TVM's own rules (dlight) decide which of their loops are bound.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

import tvm
import tvm_ffi

from viz.errors import LoweringError
from viz.ir import tvm_names
from viz.ir.process_state import cheap_stack, unchecked_schedules
from viz.ir.tvm_errors import TVM_ERRORS
from viz.model import Schedule

RULES = ("Matmul", "GEMV", "Reduction", "GeneralReduction", "Fallback")
"""The rules of ``tvm.s_tir.dlight.gpu`` in the order that TVM's own pipelines try them.

The first that fits a function wins.
"""

THREAD_BINDING = 4
"""``tirx.For.kind`` of a loop bound to a thread axis."""


def is_bound(function: Any) -> bool:
    """Whether some loop of a PrimFunc is bound to GPU threads already."""
    bindings: list[bool] = []

    def visit_loop(node: Any) -> None:
        bindings.append(node.kind == THREAD_BINDING)

    def visit_attribute(node: Any) -> None:
        bindings.append(node.attr_key in ("thread_extent", "virtual_thread"))

    callbacks = [(tvm.tirx.For, visit_loop), (tvm.tirx.AttrStmt, visit_attribute)]
    tvm_ffi.structural_walk(function.body, callbacks, order="pre")
    return any(bindings)


def schedule_for_gpu(
    mod: tvm.IRModule, target: tvm.target.Target
) -> tuple[tvm.IRModule, Schedule | None]:
    """Bind the unbound functions of a module to GPU threads; the module itself stays as it is.

    Returns
    -------
    The scheduled module, and what was done; None when every function was bound already.

    Raises
    ------
    LoweringError
        When no rule fits a function.
    EngineError
        When there are unbound functions and this TVM has other rules than those known.
    """
    unbound = {gv: f for gv, f in mod.functions.items() if not is_bound(f)}
    if not unbound:
        return mod, None
    tvm_names.installed().require("gpu_schedules")
    functions = dict(mod.functions.items())
    rules: list[str] = []
    with target, cheap_stack(), unchecked_schedules():
        for variable, function in sorted(unbound.items(), key=lambda item: str(item[0].name_hint)):
            name, functions[variable] = _schedule_one(str(variable.name_hint), function, target)
            rules.append(name)
    scheduled = tvm.IRModule(functions, attrs=mod.attrs)
    names = tuple(sorted(str(variable.name_hint) for variable in unbound))
    return scheduled, Schedule(functions=names, rules=tuple(rules))


def _schedule_one(name: str, function: Any, target: tvm.target.Target) -> tuple[str, Any]:
    hint = (
        "Write the computation in blocks (with T.sblock(...)), or bind loops yourself: "
        'for i in T.thread_binding(128, thread="threadIdx.x").'
    )
    from tvm.s_tir import dlight

    for rule in (getattr(dlight.gpu, name) for name in RULES):
        try:
            space = rule().apply(function, target, False)
        except TVM_ERRORS as error:
            message = (
                f"{name} has no thread bindings and TVM's default GPU schedule cannot add them"
            )
            if "root block" in str(error):
                raise LoweringError(f"{message}: it has no block", hint=hint) from None
            raise LoweringError(f"{message}: {_reason(error)}", hint=hint) from None
        if space is None:
            continue
        chosen = space[0] if isinstance(space, list) else space
        bound = chosen.mod["main"].with_attr("tirx.is_scheduled", True)
        if is_bound(bound):
            return f"dlight.gpu.{rule.__name__}", bound
    message = f"{name} has no thread bindings, and none of TVM's default GPU schedules fits it"
    raise LoweringError(message, hint=hint)


def _reason(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return next(
        (line.split("Error message:")[1].strip() for line in lines if "Error message:" in line),
        lines[0],
    )


INTRINSICS = "tvm.s_tir.tensor_intrin"
"""The package that dlight's matmul rule imports when it first fits a function: 10 to 20 s."""

REDUCTION = 2
"""``tirx.IterVar.iter_type`` of an axis that is reduced over."""


def may_load(mod: tvm.IRModule) -> bool:
    """Whether scheduling may have to load the tensor intrinsics: a matmul is a reduction."""
    if INTRINSICS in sys.modules:
        return False
    reductions: list[bool] = []

    def visit_block(node: Any) -> None:
        reductions.extend(int(axis.iter_type) == REDUCTION for axis in node.iter_vars)

    for function in mod.functions.values():
        if not is_bound(function):
            tvm_ffi.structural_walk(function.body, [(tvm.s_tir.SBlock, visit_block)], order="pre")
    return any(reductions)


def preload() -> None:
    """Import TVM's tensor intrinsics, which the matmul rule imports when first used (seconds)."""
    with cheap_stack():
        importlib.import_module(INTRINSICS)
