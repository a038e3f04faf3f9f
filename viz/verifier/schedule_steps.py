"""Run a program after each step of its schedule through LLVM, and compare with what it was before.

A step binds loops to the threads of a GPU but says nothing of how they keep step with each other: a
pass sees to that later. So until then the rounds of such a loop may go one after the other, and the
program after every step runs on the CPU.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from viz.errors import VizError
from viz.harness.comparison import compare
from viz.ir.parse import Parsed
from viz.messages import Message, message_of
from viz.model import EMULATED, Options, RunPart, Sample, StageVerdict, Verdict
from viz.passes.function_roles import is_bound
from viz.passes.schedule.in_order import are_alike, in_order
from viz.passes.schedule.replay import Scheduled
from viz.passes.step import Step
from viz.runtime.analysis.precision import tolerances
from viz.runtime.devices import DEVICES
from viz.runtime.execute import Call, execute
from viz.runtime.run import declared_table, prepared

SECONDS = 60.0
"""Seconds after which no further step is run."""


def step_verdicts(
    parsed: Parsed,
    name: str,
    scheduled: Scheduled,
    sizes: Mapping[str, int] | None = None,
    *,
    emulated: bool = False,
) -> tuple[StageVerdict, ...]:
    """Return a verdict for each step that changed the program, by the number of its stage.

    Parameters
    ----------
    emulated
        Whether what LLVM finds right is run by the emulator too, once its loops are bound to
        threads: in checked mode, which finds races and accesses outside of buffers.

    Raises
    ------
    VizError
        When the program itself, without its schedule, cannot be run.
    """
    until = time.monotonic() + SECONDS
    function = parsed.mod[name]
    ranges = declared_table(parsed, name, "RANGES")
    call = prepared(parsed, name, function, 0, sizes or {}, ranges)
    allowed = tolerances(function, parsed.mod, call.arguments.sizes)
    before = in_order(parsed.mod)
    expected = _outputs(before, call)
    verdicts: list[StageVerdict] = []
    found: tuple[Verdict, Message | None] = "right", None
    for number, step in enumerate(scheduled.steps, 1):
        if step.after.same_as(step.before):
            continue
        began = time.monotonic()
        after = in_order(step.after)
        if are_alike(before, after):
            found = ("same", None) if found[0] in ("right", "same") else found
        elif began > until:
            found = "unable", message_of("unable-time", seconds=SECONDS)
        else:
            found = _judged(after, call, expected, allowed)
        before = after
        shown = found
        if emulated and found[0] in ("right", "same") and is_bound(step.after[name]):
            if time.monotonic() > until:
                shown = "unable", message_of("unable-time", seconds=SECONDS)
            else:
                shown = _emulated(step.after, call, expected, allowed)
        verdicts.append(_verdict(number, step, shown, time.monotonic() - began))
    return tuple(verdicts)


def _verdict(
    number: int, step: Step, found: tuple[Verdict, Message | None], seconds: float
) -> StageVerdict:
    verdict, why = found
    return StageVerdict(stage=number, name=step.name, verdict=verdict, why=why, seconds=seconds)


def _judged(
    mod: Any, call: Call, expected: Mapping[str, Any], allowed: Mapping[str, Any]
) -> tuple[Verdict, Message | None]:
    try:
        outputs = _outputs(mod, call)
    except VizError as error:
        return "unable", error.what
    return _compared(outputs, expected, allowed)


def _compared(
    outputs: Mapping[str, Any], expected: Mapping[str, Any], allowed: Mapping[str, Any]
) -> tuple[Verdict, Message | None]:
    for name, array in outputs.items():
        comparison = compare(name, array, expected[name], allowed.get(name, 0.0))
        if not comparison.passed and comparison.first is not None:
            return "wrong", _wrong(name, comparison.first, comparison.mismatches, array.size)
    return "right", None


def _emulated(
    mod: Any, call: Call, expected: Mapping[str, Any], allowed: Mapping[str, Any]
) -> tuple[Verdict, Message | None]:
    """Run a program as CUDA text on the emulator: what it computes, and the mistakes it finds."""
    part = RunPart(device=EMULATED, checked=True)
    try:
        program = DEVICES[EMULATED].build(mod, Options(), call.name, part)
        outputs = execute(program, call).outputs
    except VizError as error:
        return "unable", error.what
    harmful = [each for each in program.module.findings if not each.harmless]
    if harmful:
        return "wrong", harmful[0].what
    return _compared(outputs, expected, allowed)


def _wrong(name: str, first: Sample, count: int, total: int) -> Message:
    index = ", ".join(map(str, first.index))
    return message_of(
        "wrong-value",
        element=f"{name}[{index}]" if first.index else name,
        got=str(first.got),
        expected=str(first.expected),
        count=count,
        total=total,
    )


def _outputs(mod: Any, call: Call) -> dict[str, Any]:
    """Return what a program computes on the CPU.

    Raises
    ------
    RunError, LoweringError
        When it cannot be built, or stops.
    """
    return execute(DEVICES["llvm"].build(mod, Options(), call.name), call).outputs
