"""Time calls of a Relax function, beside the work of the kernels that it calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import tvm
from tvm import ir, relax

from viz.harness.arrays import Arguments, Array
from viz.ir.functions import is_relax
from viz.ir.labels import operator
from viz.messages import message_of
from viz.model import Problem, RunPart, Timing
from viz.passes.relax.bindings import CALLS_TIR, arguments, bindings
from viz.runtime.analysis.work import CallWork, work
from viz.runtime.relax_vm.inputs import VmArguments
from viz.runtime.relax_vm.program import VmProgram
from viz.runtime.relax_vm.steering import sizes_inside
from viz.runtime.timing import timed_on_cpu


def timed(
    program: VmProgram, name: str, made: VmArguments, results: Mapping[str, Array], part: RunPart
) -> tuple[Timing | None, list[Problem]]:
    """Time calls of a function that ran before.

    Returns
    -------
    tuple
        The times; None where nobody asks, or with a remark that says why there are none.
    """
    if not part.timed:
        return None, []
    if program.kernels is not None:
        what = message_of("no-time", ran=program.ran)
        return None, [Problem(code="no-time", severity="info", what=what)]
    given = (each for each in made.arguments.values.values() if isinstance(each, np.ndarray))
    moved = sum(each.nbytes for each in (*given, *results.values()))
    operations = _operations(program.legalised, name, made.arguments.sizes)
    passed = made.passed()
    return timed_on_cpu(lambda: program.call(name, passed), CallWork(moved, operations)), []


def _operations(mod: tvm.IRModule, name: str, sizes: Mapping[str, int]) -> int | None:
    """Return the operations of all kernels that a function calls; None where that is not known.

    It is not where the function branches or calls others of Relax.
    """
    functions = {str(v.name_hint): f for v, f in mod.functions.items()}
    total = 0
    for _, value in bindings(functions[name].body):
        if isinstance(value, relax.If):
            return None
        if not isinstance(value, ir.Call):
            continue
        if operator(value) in CALLS_TIR:
            kernel: Any = functions.get(str(value.args[0].name_hint))
            inside = sizes_inside(kernel.params, arguments(value), sizes)
            operations = work(kernel, mod, Arguments({}, inside)).operations
            if operations is None:
                return None
            total += operations
        elif isinstance(value.op, ir.GlobalVar) and is_relax(
            functions.get(str(value.op.name_hint))
        ):
            return None
    return total
