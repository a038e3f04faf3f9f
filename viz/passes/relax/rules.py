"""Tell which rule of the default GPU schedule took each kernel of Relax functions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import tvm_ffi

from viz.errors import TVM_ERRORS, VizError
from viz.ir import process_state
from viz.ir.functions import is_relax
from viz.passes.gpu_schedule import default_schedule
from viz.passes.targets import target_of

if TYPE_CHECKING:
    from viz.passes.recording import Recording

SCHEDULING = "ApplyDefaultSchedule"
"""The pass of Relax's pipelines for GPUs that schedules kernels with the rules of dlight."""


class NotedRule(NamedTuple):
    """A PrimFunc that the pass was given, and the rule that took it."""

    function: Any
    rule: str


@contextmanager
def noted_rules() -> Iterator[list[NotedRule]]:
    """Note which rule takes each PrimFunc while the pass runs, in the engine's own processes."""
    noted: list[NotedRule] = []
    apply_rules = process_state.APPLY

    def apply(func: Any, target: Any, rules: Any, tunable: bool) -> Any:
        assert apply_rules is not None
        for rule in rules:
            if (space := apply_rules(func, target, [rule], tunable)) is not None:
                noted.append(NotedRule(func, _name(type(rule))))
                return space
        return None

    with process_state.scheduled_by(apply):
        yield noted


def rules_of(recording: Recording) -> dict[str, str]:
    """Return which rule took each kernel, by the kernel's name."""
    schedule = recording.lowered.schedule if recording.lowered is not None else None
    rules = dict(zip(schedule.functions, schedule.rules, strict=True)) if schedule else {}
    if recording.relax is None:
        return rules
    noted = {each.function.__chandle__(): each.rule for each in recording.relax.rules}
    for step in recording.steps:
        if step.name != SCHEDULING:
            continue
        after = {str(v.name_hint): f for v, f in step.after.functions.items()}
        for variable, function in step.before.functions.items():
            name = str(variable.name_hint)
            if is_relax(function) or function.same_as(after[name]):
                continue
            rule = noted.get(function.__chandle__()) or _tried_again(
                name, function, after[name], recording.target
            )
            if rule:
                rules[name] = rule
    return rules


def _tried_again(name: str, function: Any, scheduled: Any, target: str) -> str:
    """Return the rule that makes a scheduled function of another; empty if none is known to.

    For a process that is not the engine's own, in which nothing was noted.
    """
    try:
        with process_state.cheap_stack(), process_state.unchecked_schedules():
            rule, schedule = default_schedule(name, function, target_of(target))
    except (VizError, *TVM_ERRORS):
        return ""
    same = tvm_ffi.structural_equal(schedule.mod["main"].body, scheduled.body, map_free_vars=True)
    return rule if same else ""


def _name(rule: type) -> str:
    part = rule.__module__.rpartition("dlight.")[2].partition(".")[0]
    return f"dlight.{part}.{rule.__name__}"
