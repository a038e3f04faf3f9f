"""How the accesses of expressions are made whose value nobody needs."""

from __future__ import annotations

from collections.abc import Callable

from viz.step.accesses.expressions import is_array, placed
from viz.step.accesses.machine import Compiler, Mask, Run, together
from viz.step.accesses.needed import ADDRESS, FRAGMENTS
from viz.step.accesses.tiles import fragment
from viz.step.writer import Part


def load_only(c: Compiler, part: Part) -> Run:
    """Load an element whose value nobody needs."""
    at, node, machine = placed(c, part, part["source"]), part.node.id, c.machine

    def run(mask: Mask) -> None:
        view, place = at(mask)
        machine.note(node, "load", view, place, mask)

    return run


def _choice_only(c: Compiler, condition: Part, a: Part, b: Part, *, lazy: bool) -> Run:
    test, first, second = c.value(condition), c.accesses(a), c.accesses(b)

    def run(mask: Mask) -> None:
        found = test(mask)
        if mask is None:
            return
        for side, which in ((first, found), (second, ~found if is_array(found) else not found)):
            if side is None:
                continue
            if not lazy:
                side(mask)
            elif not is_array(which):
                if which:
                    side(mask)
            elif (left := mask & which).any():
                side(left)

    return run


def select_only(c: Compiler, part: Part) -> Run:
    """Make the accesses of the side that is chosen."""
    condition = part["condition"]
    sides = part["true_value"], part["false_value"]
    return _choice_only(c, condition, *sides, lazy=condition.lanes == 1)


def both_only(c: Compiler, part: Part) -> Run | None:
    """Make the accesses of ``a and b``: those of ``b`` only where ``a`` does not decide."""
    first, second = c.accesses(part["a"]), c.accesses(part["b"])
    if second is None:
        return first
    a, then, is_and = c.value(part["a"]), second, part.key == "prim.And"

    def run(mask: Mask) -> None:
        found = a(mask)
        if is_array(found):
            left = mask & (found if is_and else ~found)
            if left.any():
                then(left)
        elif bool(found) == is_and:
            then(mask)

    return run


def let_only(c: Compiler, part: Part) -> Run | None:
    """Make the accesses of a value and of what it is used in."""
    env, at = c.env, part["var"].variable
    body = c.accesses(part["body"])
    if at not in c.needed:
        return together([run for run in (c.accesses(part["value"]), body) if run is not None])
    given = c.value(part["value"])

    def run(mask: Mask) -> None:
        env[at] = given(mask)
        if body is not None:
            body(mask)

    return run


def call_only(c: Compiler, part: Part) -> Run | None:
    """Make the accesses of the arguments of a call, and those of an atomic through its pointer."""
    name, arguments = part.field("op"), part.all("args")
    if not name:
        return c.call(part)
    if name == "prim.if_then_else":
        return _choice_only(c, *arguments, lazy=True)
    if name in FRAGMENTS:
        return fragment(c, part)
    if name in ("tirx.call_pure_extern", "tirx.call_extern"):
        name = arguments.pop(0).field("value")
    is_atomic = "atomic" in name.lower()
    runs: list[Run | None] = []
    for argument in arguments:
        if argument.field("op") != ADDRESS:
            runs.append(c.accesses(argument))
        elif is_atomic and (pointed := argument["args[0]"]).key == "ir.TensorLoad":
            runs.append(_through(c, pointed, part.node.id))
    return together([run for run in runs if run is not None])


def _through(c: Compiler, pointed: Part, call: int) -> Run:
    """Make an atomic access to what is pointed to; it is that of the call, which CUDA's is, too."""
    at, machine = placed(c, pointed, pointed["source"]), c.machine

    def run(mask: Mask) -> None:
        view, place = at(mask)
        machine.note(call, "atomic", view, place, mask)
        machine.written(view.memory, is_known=False)

    return run


def broadcast_only(c: Compiler, part: Part) -> Run | None:
    """Make the accesses of a value once for each lane of a vector, as it is written in CUDA."""
    inner, machine, count = c.accesses(part["value"]), c.machine, part.lanes
    if inner is None:
        return None
    made = inner

    def run(mask: Mask) -> None:
        machine.repeats *= count
        made(mask)
        machine.repeats //= count

    return run


ACCESSES: dict[str, Callable[[Compiler, Part], Run | None]] = {
    "ir.TensorLoad": load_only,
    "prim.Select": select_only,
    "prim.Broadcast": broadcast_only,
    "prim.And": both_only,
    "prim.Or": both_only,
    "prim.Let": let_only,
    "ir.Call": call_only,
    "ir.TensorRegion": lambda c, part: None,
}
"""What makes the accesses of an expression whose value nobody needs, where it is not simply those
of its operands."""
