"""Lower a module with Relax functions to PrimFuncs and the code of Relax's virtual machine.

The steps are those of ``tvm.relax.build``: Relax's pipeline for the target, the codegen of the
virtual machine. What is left is a module of PrimFuncs, which is lowered like any other.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import tvm
from tvm import ir, relax
from tvm.target import Target

from viz.errors import TVM_ERRORS, LoweringError, VizError
from viz.ir.functions import is_relax, prim_funcs
from viz.ir.process_state import cheap_stack, unchecked_schedules
from viz.messages import message_of
from viz.model import Options
from viz.passes.function_roles import is_bound, is_gpu
from viz.passes.gpu_schedule import has_blocks
from viz.passes.kept_intrinsics import kept_intrinsics
from viz.passes.lowering_error import lowering_error
from viz.passes.pass_recorder import OpenPass, PassRecorder
from viz.passes.relax.bindings import arguments, bindings, kernel_of
from viz.passes.relax.legalised import LEGALIZE, LegalizeCheck, first_not_legalised
from viz.passes.relax.rules import SCHEDULING, NotedRule, noted_rules
from viz.passes.relax.spans import SpanKeeper
from viz.passes.step import Step
from viz.passes.targets import pass_context, target_of

FOLD_CONSTANT = "FoldConstant"
"""The pass that builds and runs what depends on constants alone."""

CODEGEN = "VMCodeGen"
"""The name of the last step: the Relax functions become code of the virtual machine."""


class RelaxLowered(NamedTuple):
    """What Relax's pipeline left.

    Attributes
    ----------
    steps
        Its passes, and the codegen of the virtual machine as the last step.
    functions
        The Relax functions that this codegen was given, by GlobalVar.
    kernels
        The PrimFuncs.
    code
        The code of the virtual machine as text, and ``builder`` what TVM links it from.
    rules
        Which rule of the default GPU schedule took which PrimFunc, where that was noted.
    failure
        What a step threw; it is the last one then.
    """

    steps: tuple[Step, ...]
    functions: dict[Any, Any]
    kernels: tvm.IRModule
    code: str = ""
    builder: Any = None
    rules: tuple[NotedRule, ...] = ()
    failure: VizError | None = None


def has_relax(mod: tvm.IRModule) -> bool:
    """Return whether a module has a Relax function."""
    return any(map(is_relax, mod.functions.values()))


def lower_relax(mod: tvm.IRModule, name: str, options: Options = Options()) -> RelaxLowered:
    """Lower the Relax functions of a module for a target. What a pass throws is no exception.

    Raises
    ------
    RequestError
        See :func:`viz.passes.targets.target_of` and :func:`viz.passes.targets.pass_context`.
    """
    target = target_of(name, options)
    recorder, check = PassRecorder("relax"), LegalizeCheck()
    lowered: tvm.IRModule = mod
    code, builder, failure = "", None, None
    disabled = (FOLD_CONSTANT,) if _runs_users_code(mod) else ()
    instruments = [SpanKeeper(mod, fuses=is_gpu(target)), check, recorder]
    # DLight's rules schedule here, as in viz/passes/gpu_schedule.py.
    with (
        cheap_stack(),
        unchecked_schedules(),
        kept_intrinsics(),
        noted_rules() as rules,
        pass_context(options.config, instruments, disabled),
    ):
        try:
            with target:
                lowered = pipeline(target)(mod)
            left, builder = recorder.timed(CODEGEN, lowered, _codegen)
            code = str(builder.get().as_text())
        except TVM_ERRORS as error:
            thrown = recorder.thrown()
            failure = check.failure or _explained(error, name, mod, thrown)
            failure.__cause__ = error
            left = lowered
    functions = {v: f for v, f in lowered.functions.items() if is_relax(f)}
    return RelaxLowered(
        recorder.finished(), functions, prim_funcs(left), code, builder, tuple(rules), failure
    )


def _explained(error: Exception, name: str, mod: tvm.IRModule, thrown: OpenPass | None) -> VizError:
    """Return why a pass, or the codegen, threw for a target."""
    if thrown is not None and thrown.name == LEGALIZE and (why := first_not_legalised(mod)):
        return LoweringError(why)
    if thrown is not None and thrown.name == SCHEDULING:
        for variable, function in prim_funcs(thrown.before).functions.items():
            if not is_bound(function) and not has_blocks(function):
                plain = str(variable.name_hint)
                return LoweringError(message_of("no-block-to-schedule", function=plain))
    return lowering_error(error, name, mod, thrown.name if thrown else CODEGEN)


def pipeline(target: Target) -> Any:
    """Return Relax's pipeline for a target, as ``tvm.relax.build`` chooses it.

    For a CPU that is the one without fusion.
    """
    if is_gpu(target):
        try:
            return relax.get_default_pipeline(target)
        except (ValueError, AttributeError):  # no pipeline of its own
            pass
    return relax.get_pipeline("default")


def _runs_users_code(mod: tvm.IRModule) -> bool:
    """Whether FoldConstant would run a PrimFunc of the user's, which is given constants alone.

    That is code which nobody has admitted, in a process that only reads programs.
    """
    own = {str(v.name_hint) for v, f in mod.functions.items() if not is_relax(f)}
    constant: set[int] = set()
    for function in filter(is_relax, mod.functions.values()):
        for variable, value in bindings(function.body):
            given = [each for each in arguments(value) if isinstance(each, ir.Var)]
            is_call = isinstance(value, ir.Call)
            if isinstance(value, ir.GenericConst) or (
                is_call and all(each.__chandle__() in constant for each in given)
            ):
                constant.add(variable.__chandle__())
                if kernel_of(value) in own:
                    return True
    return False


def _codegen(mod: tvm.IRModule) -> tuple[tvm.IRModule, Any]:
    """Return the functions that the codegen of the virtual machine leaves, and its code."""
    builder = relax.ExecBuilder()
    return relax.vm_build._vmcodegen(builder, mod), builder
