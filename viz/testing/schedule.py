"""Assert what the steps of a schedule make of a program."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from viz.frontend.program import read
from viz.frontend.schedule.code import schedule_of
from viz.frontend.schedule.compose import with_steps


def assert_schedule(
    text: str,
    steps: str = "",
    *,
    nest: Mapping[int, str] | None = None,
    verify: bool = True,
    emulated: bool = False,
    sizes: Mapping[str, int] | None = None,
) -> None:
    """Assert that every step of a schedule works and keeps what the program computes.

    >>> assert_schedule(text)
    >>> assert_schedule(text, "b = sch.get_sblock('C')", nest={1: "main; for i < 8; C: A → C"})

    Parameters
    ----------
    text
        A text with TVMScript in it.
    steps
        Steps as TVM prints them, one a line; empty for those of the text.
    nest
        The loops and blocks after steps, by their numbers, 0 for the program as it is written: as
        lines or separated by ``;``, such as ``for i < 8 · threadIdx.x``. Depth does not count.
    verify
        Whether to run the program after each step and compare it with what it was: through LLVM
        until a loop is bound to threads, then by the interpreter.
    emulated
        Whether the emulator runs it too once loops are bound to threads, and looks for races.
    sizes
        Values of the variables in the buffers' shapes.

    Raises
    ------
    AssertionError
        When there is no schedule, a step fails or changes what the program computes: the message
        has its number and its words. When the loops after a step are others: it has the difference.
    VizError
        When the program cannot be read, or not be run as it is written.
    """
    from viz.ir.parse import parse
    from viz.passes.schedule.nest import nest as nest_of
    from viz.passes.schedule.replay import replay

    program = read(with_steps(text, steps) if steps else text)
    parsed = parse(program)
    code = schedule_of(program.schedules, parsed.definition)
    assert code is not None, f"{parsed.definition} has no schedule"
    constants = program.constants.get(program.definition(parsed.definition).span.start, {})
    scheduled = replay(parsed.mod, code, constants)
    if scheduled.failure is not None:
        raise AssertionError(f"{_step(scheduled, len(scheduled.steps))} {scheduled.failure}")
    for number, expected in (nest or {}).items():
        if not 0 <= number <= len(scheduled.steps):
            raise AssertionError(
                f"there is no step {number}; the last one is {len(scheduled.steps)}"
            )
        mod = scheduled.steps[number - 1].after if number else parsed.mod
        _assert_nest(number, [node.line for node in nest_of(mod).nodes], expected)
    if verify:
        _assert_kept(parsed, scheduled, sizes, emulated=emulated)


def _step(scheduled: Any, number: int) -> str:
    return f"step {number}, {' '.join(scheduled.steps[number - 1].written.text.split())}:"


def _assert_nest(number: int, found: list[str], expected: str) -> None:
    wanted = [line.strip() for line in expected.replace(";", "\n").splitlines() if line.strip()]
    if found != wanted:
        lines = difflib.unified_diff(wanted, found, "expected", "found", lineterm="")
        raise AssertionError("\n".join([f"the loops after step {number} are others:", *lines]))


def _assert_kept(
    parsed: Any, scheduled: Any, sizes: Mapping[str, int] | None, *, emulated: bool
) -> None:
    from viz.ir.functions import by_importance, module_name
    from viz.verifier.schedule_steps import step_verdicts

    name = module_name(parsed.mod, by_importance(parsed.mod)[0])
    verdicts = step_verdicts(parsed, name, scheduled, sizes, emulated=emulated)
    for each in verdicts:
        if each.verdict == "wrong":
            raise AssertionError(f"{_step(scheduled, int(each.stage))} wrong: {each.why}")
    last = verdicts[-1] if verdicts else None
    if last is not None and last.verdict == "unable":
        raise AssertionError(f"{_step(scheduled, int(last.stage))} cannot be run: {last.why}")
