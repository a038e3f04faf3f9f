"""How loops are run for all lanes at once."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from viz.messages import message_of
from viz.step.accesses.expressions import MOST_VECTOR, is_array
from viz.step.accesses.machine import Compiler, Mask, Run, UnableError
from viz.step.gpu_rules import SHUFFLES
from viz.step.writer import Part

Way = Literal["break", "continue"]

MOST_AT_ONCE = 1 << 18
"""Lanes of all rounds that run at once."""

LEAVING: dict[str, Way] = {"tirx.break_loop": "break", "tirx.continue_loop": "continue"}


def loop(c: Compiler, part: Part) -> Run:
    """Run the rounds of a loop; a vectorised one in one go, as the lanes of vectors."""
    start, extent = c.value(part["min"]), c.value(part["extent"])
    given = part.get("step")
    step = (lambda mask: 1) if given is None else c.value(given)
    body, env, at = c.statement(part["body"]), c.env, part["loop_var"].variable
    is_vector = part.field("kind") == "vectorized"
    machine = c.machine
    at_once = c.tables.at_once(c, part)

    def run(mask: Mask) -> None:
        first, count, by = start(mask), extent(mask), step(mask)
        if mask is None:
            for number in range(int(first), int(first) + int(count), int(by)):
                machine.round()
                env[at] = number
                body(mask)
            return
        # The extent is that of the loop, whatever the step.
        rounds = -(-count // by)
        if is_vector and not is_array(rounds) and 1 < rounds <= MOST_VECTOR and _is_plain(mask, c):
            machine.vector = int(rounds)
            env[at] = first + by * np.arange(rounds)[None, :]
            body(mask)
            machine.vector = 1
            return
        if at_once and not is_array(rounds):
            _at_once(c, mask, at, (first, int(rounds), by), body)
        else:
            _rounds(c, mask, at, (first, rounds, by), body)

    return run


def _is_plain(mask: Mask, c: Compiler) -> bool:
    return mask.shape[-1] == 1 and c.machine.vector == 1


ORDERED = ("tirx.While", "tirx.Break", "tirx.Continue", "tirx.Return", "ir.GlobalVar")


def is_free(c: Compiler, loop: Part) -> bool:
    """Whether the rounds of a loop may run at once: nothing needed is handed on from one to one."""
    for part in loop["body"].find("ir.Call", "tirx.BufferStore", *ORDERED):
        if part.key in ORDERED or part.field("op") in (*LEAVING, *SHUFFLES, "tirx.ret"):
            return False
        if part.key == "tirx.BufferStore" and part["buffer"].variable in c.needed:
            return False
    return True


def _at_once(c: Compiler, mask: Mask, at: int, bounds: tuple[Any, int, Any], body: Run) -> None:
    """Run many rounds at once, as an axis of their own before those of the lanes."""
    first, rounds, by = bounds
    machine = c.machine
    lanes = math.prod(machine.axes) * mask.shape[-2] * mask.shape[-1]
    most = MOST_AT_ONCE // max(1, lanes)
    if rounds < 2 or most < 2:
        _rounds(c, mask, at, bounds, body)
        return
    shape = (-1, *(1 for _ in machine.axes), 1, 1)
    for begin in range(0, rounds, most):
        machine.round()
        numbers = np.arange(begin, min(begin + most, rounds), dtype=np.int64)
        c.env[at] = first + by * numbers.reshape(shape)
        machine.axes.append(len(numbers))
        body(mask)
        machine.axes.pop()


def _rounds(c: Compiler, mask: Mask, at: int, bounds: tuple[Any, Any, Any], body: Run) -> None:
    """Run rounds one after the other, each for the lanes that have so many."""
    first, rounds, by = bounds
    machine, env = c.machine, c.env
    before = machine.gone, machine.broke
    machine.broke = None
    most = int(np.where(mask, rounds, 0).max(initial=0)) if is_array(rounds) else int(rounds)
    for number in range(most):
        machine.round()
        here = mask & (number < rounds) if is_array(rounds) else mask
        machine.gone = None
        env[at] = first + number * by
        body(here)
        mask = _left(c, mask)
        if not mask.any():
            break
    _after(c, before)


def _left(c: Compiler, mask: Mask) -> Mask:
    """Return the lanes that go on with the next round."""
    for gone in (c.machine.broke, c.machine.returned):
        if gone is not None:
            mask = mask & ~gone
    return mask


def _after(c: Compiler, before: tuple[Any, Any]) -> None:
    """Go on after a loop: who left the loop alone is there again."""
    machine = c.machine
    machine.gone, machine.broke = before
    if machine.returned is not None:
        gone = machine.gone
        machine.gone = machine.returned if gone is None else gone | machine.returned


def while_loop(c: Compiler, part: Part) -> Run:
    """Run a loop as long as its condition holds, for each lane."""
    test, body, machine = c.value(part["condition"]), c.statement(part["body"]), c.machine

    def run(mask: Mask) -> None:
        if mask is None:
            raise UnableError(message_of("causes-node", what=part.key))
        before = machine.gone, machine.broke
        machine.broke = None
        while True:
            machine.round()
            machine.gone = None
            holds = test(mask)
            mask = mask & holds
            if not mask.any():
                break
            body(mask)
            mask = _left(c, mask)
        _after(c, before)

    return run


def leaving(c: Compiler, way: Way) -> Run:
    """Leave a round of a loop, or the loop."""
    machine = c.machine

    def run(mask: Mask) -> None:
        if mask is None:
            raise UnableError(message_of("causes-node", what=way))
        machine.gone = mask if machine.gone is None else machine.gone | mask
        if way == "break":
            machine.broke = mask if machine.broke is None else machine.broke | mask

    return run
