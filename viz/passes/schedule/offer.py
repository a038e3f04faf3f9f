"""Write down the default GPU schedule of a program as steps, which can be taken over and edited."""

from __future__ import annotations

import re

import tvm

from viz.ir.process_state import cheap_stack, unchecked_schedules
from viz.model import Request
from viz.passes.function_roles import to_schedule
from viz.passes.gpu_schedule import default_schedule
from viz.passes.targets import target_of

HEAD = "def schedule(sch: s_tir.Schedule):"

_DEFAULTS = re.compile(
    r", (?:preserve_unit_iters=True|disable_predication=False|preserve_unit_loops=False|index=-1)"
)
"""Arguments that TVM prints though a call without them means the same."""


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
    several = len(mod.functions) > 1
    with cheap_stack(), unchecked_schedules():
        for variable, function, own in unbound:
            name = str(variable.name_hint)
            rule, schedule = default_schedule(name, function, own)
            rules.append(rule)
            own_lines = [
                _DEFAULTS.sub("", line.strip())
                for line in str(schedule.trace).splitlines()
                if line.startswith(" ") and line.strip() != "sch.enter_postproc()"
            ]
            if several:
                own_lines = [
                    line.replace('func_name="main"', f'func_name="{name}"') for line in own_lines
                ]
            else:
                own_lines = [line.replace(', func_name="main"', "") for line in own_lines]
            lines += own_lines
    if not lines:
        return "", ()
    return "\n".join([HEAD, *(f"    {line}" for line in lines), ""]), tuple(rules)
