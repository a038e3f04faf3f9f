"""List the kernels of a build: which calls of Relax each stands for, what a call of it costs."""

from __future__ import annotations

from typing import Any

import tvm_ffi
from tvm import ir

from viz.errors import TVM_ERRORS, VizError
from viz.ir.functions import is_relax
from viz.ir.labels import operator
from viz.ir.process_state import cheap_stack, unchecked_schedules
from viz.ir.source_map import UserText
from viz.ir.walker import occurrences
from viz.model import CallGraph, RelaxCall, RelaxKernel
from viz.passes.gpu_schedule import default_schedule
from viz.passes.recording import Recording
from viz.passes.relax.bindings import kernel_of
from viz.passes.relax.calls import CalledKernel, RelaxCalls
from viz.passes.targets import target_of
from viz.runtime.analysis import parameters
from viz.runtime.models import amounts
from viz.runtime.models.call_graph import call_graphs

SCHEDULING = "ApplyDefaultSchedule"
"""The pass of Relax's pipelines for GPUs that schedules kernels with the rules of dlight."""


def kernels_of(
    recording: Recording, user_text: UserText
) -> tuple[tuple[RelaxKernel, ...], tuple[CallGraph, ...]]:
    """Return the PrimFuncs that the code of the virtual machine calls, and the calls of them.

    The kernels are in the order of their first calls. Nothing where the program has no Relax
    function.
    """
    if recording.relax is None:
        return (), ()
    nodes = occurrences(recording.input)
    found = RelaxCalls(recording.steps, nodes)

    def call(node: int) -> RelaxCall:
        obj: Any = nodes[node].obj
        return RelaxCall(
            node=node,
            operator=operator(obj) if isinstance(obj, ir.Call) else "",
            span=user_text(getattr(obj, "span", None)),
            callee=kernel_of(obj),
        )

    rules = _rules(recording)
    kernels = []
    for name, sites in found.sites.items():
        known = found.kernels.get(name)
        if known is None or not any(map(any, known.sites)):
            continue  # it computes shapes, or another number of the virtual machine's
        groups = tuple(tuple(map(call, site.calls)) for site in sites)
        kernels.append(_described(known, found, groups, rules.get(name, "")))
    places = {kernel.name: i for i, kernel in enumerate(kernels)}
    return tuple(kernels), call_graphs(found, places)


def _described(
    known: CalledKernel,
    found: RelaxCalls,
    sites: tuple[tuple[RelaxCall, ...], ...],
    rule: str,
) -> RelaxKernel:
    """Return a kernel with what its PrimFunc says, as it was before any schedule."""
    function = known.function
    given = parameters.describe(known.name, function, None, bound=False, mod=found.last)
    read, written = amounts.traffic(function, found.last)
    script = function.with_attr("global_symbol", known.name).script() if known.made_by else ""
    return RelaxKernel(
        name=known.name,
        made_by=known.made_by,
        sites=sites,
        parameters=given.parameters,
        flops=amounts.flops(function),
        bytes_read=read,
        bytes_written=written,
        rule=rule,
        script=str(script),
    )


def _rules(recording: Recording) -> dict[str, str]:
    """Return which rule of the default GPU schedule took each kernel, by the kernel's name.

    TVM's pass does not tell. The rules are tried again on what it was given, and one counts as
    its rule only where it makes the same of the kernel.
    """
    schedule = recording.lowered.schedule if recording.lowered is not None else None
    rules = dict(zip(schedule.functions, schedule.rules, strict=True)) if schedule else {}
    for step in recording.steps:
        if step.name != SCHEDULING:
            continue
        after = {str(v.name_hint): f for v, f in step.after.functions.items()}
        with cheap_stack(), unchecked_schedules():
            for variable, function in step.before.functions.items():
                name = str(variable.name_hint)
                if is_relax(function) or function.same_as(after[name]):
                    continue
                if rule := _rule(name, function, after[name], recording.target):
                    rules[name] = rule
    return rules


def _rule(name: str, function: Any, scheduled: Any, target: str) -> str:
    """Return the rule that makes a scheduled function of another; empty if none is known to."""
    try:
        rule, schedule = default_schedule(name, function, target_of(target))
    except (VizError, *TVM_ERRORS):
        return ""
    same = tvm_ffi.structural_equal(schedule.mod["main"].body, scheduled.body, map_free_vars=True)
    return rule if same else ""
