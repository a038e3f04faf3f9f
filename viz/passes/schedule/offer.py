"""Write down the default GPU schedule of a program as steps, which can be taken over and edited."""

from __future__ import annotations

import tvm

from viz.ir.process_state import cheap_stack, unchecked_schedules
from viz.model import Request
from viz.passes.function_roles import to_schedule
from viz.passes.gpu_schedule import default_schedule
from viz.passes.schedule.trace_text import in_function, lines_of, named
from viz.passes.targets import target_of


def offered(mod: tvm.IRModule, request: Request) -> tuple[str, tuple[str, ...]]:
    """Return the steps as the text of a function, and the rules of dlight that made them.

    Raises
    ------
    LoweringError
        When no rule fits a function.
    """
    lines: list[str] = []
    rules: list[str] = []
    target = target_of(request.target, request.options)
    unbound = sorted(to_schedule(mod, target), key=lambda item: str(item[0].name_hint))
    is_only = len(mod.functions) == 1
    with cheap_stack(), unchecked_schedules():
        for variable, function, own in unbound:
            name = str(variable.name_hint)
            rule, schedule = default_schedule(name, function, own)
            rules.append(rule)
            lines += named(lines_of(str(schedule.trace)), name, is_only=is_only)
    return in_function(lines), tuple(rules)
