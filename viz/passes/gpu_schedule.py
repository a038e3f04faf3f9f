"""Apply the default GPU schedule to the functions that bind no loop to GPU threads.

Only the functions are chosen here; TVM's own rules (dlight) decide which of their loops are bound.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import tvm
import tvm_ffi

from viz.errors import TVM_ERRORS, LoweringError
from viz.ir import tvm_names
from viz.ir.functions import callees
from viz.ir.process_state import cheap_stack, unchecked_schedules
from viz.messages import Message, message_of
from viz.model import Schedule
from viz.model.catalog import tvm_messages
from viz.passes.function_roles import is_bound, is_whole_kernel, to_schedule
from viz.passes.kept_intrinsics import INTRINSICS, kept_intrinsics

RULES = ("Matmul", "GEMV", "Reduction", "GeneralReduction", "Fallback")
"""The rules of ``tvm.s_tir.dlight.gpu`` in the order that TVM's own pipelines try them.

The first that fits a function wins.
"""


def schedule_for_gpu(
    mod: tvm.IRModule, target: tvm.target.Target
) -> tuple[tvm.IRModule, Schedule | None]:
    """Bind the unbound functions of a module to GPU threads; the module itself stays as it is.

    Returns
    -------
    The scheduled module, and what was done; None when no function had to be scheduled.

    Raises
    ------
    LoweringError
        When no rule fits a function, and TVM would not make one thread's kernel of it.
    EngineError
        When there are unbound functions and this TVM has other rules than those known.
    """
    unbound = sorted(to_schedule(mod, target), key=lambda item: str(item[0].name_hint))
    if not unbound:
        return mod, None
    tvm_names.installed().require("gpu_schedules")
    functions = dict(mod.functions.items())
    scheduled: dict[str, str] = {}
    with cheap_stack(), unchecked_schedules(), kept_intrinsics():
        for variable, function, own in unbound:
            name = str(variable.name_hint)
            try:
                rule, schedule = default_schedule(name, function, own)
                functions[variable] = _marked(schedule.mod["main"])
            except LoweringError as error:
                if is_whole_kernel(function):
                    continue
                if kernel := _kernel_that_calls(name, mod):
                    what = message_of("called-by-kernel", function=name, kernel=kernel)
                    raise LoweringError(what) from error
                raise
            scheduled[name] = rule
    if not scheduled:
        return mod, None
    done = Schedule(functions=tuple(scheduled), rules=tuple(scheduled.values()))
    return tvm.IRModule(functions, attrs=mod.attrs), done


def _marked(function: Any) -> Any:
    return function.with_attr("tirx.is_scheduled", True)


def _kernel_that_calls(name: str, mod: tvm.IRModule) -> str:
    """Return the first function with GPU threads that calls a function; empty if none does."""
    return min(
        (
            str(variable.name_hint)
            for variable, function in mod.functions.items()
            if isinstance(function, tvm.tirx.PrimFunc)
            and name in callees(function)
            and is_bound(function)
        ),
        default="",
    )


def default_schedule(name: str, function: Any, target: tvm.target.Target) -> tuple[str, Any]:
    """Return the first rule that binds a function's loops, and TVM's Schedule that it made.

    Its module calls the function ``main``.

    Raises
    ------
    LoweringError
        When no rule fits the function.
    """
    from tvm.s_tir import dlight

    reasons: dict[Message, list[str]] = {}
    with target, _kept(function):
        for rule in (getattr(dlight.gpu, name) for name in RULES):
            try:
                space = rule().apply(function, target, False)
            except TVM_ERRORS as error:  # the rule's own mistake; another one may fit
                reasons.setdefault(_reason(error), []).append(rule.__name__)
                continue
            if space is None:
                continue
            chosen = space[0] if isinstance(space, list) else space
            if is_bound(chosen.mod["main"]):
                return f"dlight.gpu.{rule.__name__}", chosen
    raise LoweringError(_unscheduled(name, function, reasons))


def _unscheduled(name: str, function: Any, reasons: Mapping[Message, list[str]]) -> Message:
    if not has_blocks(function):
        if unknown := _unknown_variables(function):
            return message_of("unknown-extent", function=name, variables=", ".join(unknown))
        return message_of("no-block-to-schedule", function=name)
    if _has_empty_loop(function):
        return message_of("empty-loop", function=name)
    if reasons:
        each = (
            message_of("rule-and-reason", why=why, rules=tuple(rules))
            for why, rules in reasons.items()
        )
        return message_of("no-rule-fits-because", function=name, reasons=tuple(each))
    return message_of("no-rule-fits", function=name)


def _unknown_variables(function: Any) -> list[str]:
    """Return the names of variables that nothing which a function is given tells the value of."""
    given: list[Any] = []
    for parameter in function.params:
        given += [
            parameter,
            *getattr(parameter.ty, "shape", ()),
            *getattr(parameter.ty, "strides", ()),
        ]
    known = [each for each in given if isinstance(each, tvm.ir.Var)]
    unknown = tvm.tirx.analysis.undefined_vars(function.body, known)
    return sorted(str(each.name) for each in unknown if isinstance(each.ty, tvm.ir.PrimType))


def _has_empty_loop(function: Any) -> bool:
    loops: list[Any] = []
    tvm_ffi.structural_walk(function.body, (tvm.tirx.For, loops.append), order="pre")
    return any(isinstance(n.extent, tvm.tirx.IntImm) and not n.extent.value for n in loops)


def has_blocks(function: Any) -> bool:
    """Whether a PrimFunc has blocks, which schedules need."""
    blocks: list[Any] = []
    tvm_ffi.structural_walk(function.body, (tvm.s_tir.SBlock, blocks.append), order="pre")
    return bool(blocks)


@contextmanager
def _kept(function: Any) -> Iterator[None]:
    """Hold every statement of a function, so that a schedule copies what it changes.

    TVM's schedules write into nodes that nothing else refers to, and where a block stands directly
    in another one that was a node of the function they were given. A copy of the function would
    be safe too, but its nodes would no longer be those that spans and origins are told by.
    """
    statements: list[Any] = []
    tvm_ffi.structural_walk(function.body, (tvm.tirx.Stmt, statements.append), order="pre")
    yield
    del statements


def _reason(error: Exception) -> Message:
    """Return why a rule gave up; what its own assertions say of a program is that it does not fit.

    TVM prints the whole program above what its schedules say.
    """
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    marked = (line for line in lines if line.startswith("Error message:"))
    row = tvm_messages.row_of("schedule", next(marked, lines[0] if lines else ""))
    return message_of(row[0].id if row is not None else "rule-of-other-form")


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
    with cheap_stack(), kept_intrinsics():
        importlib.import_module(INTRINSICS)
        importlib.import_module(f"{INTRINSICS}.metal")  # which the package leaves out
