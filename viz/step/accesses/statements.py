"""How statements are run for all lanes at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from viz.messages import message_of
from viz.step.accesses import loops
from viz.step.accesses.buffers import allocated, declared, matched
from viz.step.accesses.expressions import placed
from viz.step.accesses.launches import KERNEL_ATTRIBUTES, bound, indices_of_scopes, inside, kernel
from viz.step.accesses.machine import MOST_DEPTH, Compiler, Mask, Run, UnableError, together
from viz.step.gpu_rules import REDUCE, binding
from viz.step.tirx_rules import INDEX
from viz.step.writer import Part


def nothing(c: Compiler, part: Part) -> Run:
    """Do nothing."""
    return lambda mask: None


def sequence(c: Compiler, part: Part) -> Run:
    """Run statements one after the other, for the lanes that have not left."""
    runs, machine = [c.statement(each) for each in part.all("seq")], c.machine

    def run(mask: Mask) -> None:
        for each in runs:
            each(mask)
            if machine.gone is not None and mask is not None:
                mask = mask & ~machine.gone
                if not mask.any():
                    return

    return run


def branch(c: Compiler, part: Part) -> Run:
    """Run one of two statements, or both for different lanes."""
    test, then = c.value(part["condition"]), c.statement(part["then_case"])
    other = part.get("else_case")
    otherwise = None if other is None else c.statement(other)

    def run(mask: Mask) -> None:
        found = test(mask)
        if not isinstance(found, np.ndarray) or not found.ndim:
            if found:
                then(mask)
            elif otherwise is not None:
                otherwise(mask)
            return
        chosen = mask & found
        left = mask & ~found  # before the first side changes what the condition reads
        if chosen.any():
            then(chosen)
        if otherwise is not None and left.any():
            otherwise(left)

    return run


def store(c: Compiler, part: Part) -> Run:
    """Store a value, which is computed where something needs it."""
    buffer, node, machine = part["buffer"], part.node.id, c.machine
    at = placed(c, part, buffer)
    is_needed = buffer.variable in c.needed
    value = c.value(part["value"]) if is_needed else None
    accesses = None if is_needed else c.accesses(part["value"])

    def run(mask: Mask) -> None:
        found: Any = None
        view, place = at(mask)
        if np.ndim(place) > 1 and np.shape(place)[-1] > 1:
            machine.spread = machine.vector  # what has no lanes is written for each of the store's
        if value is not None:
            found = value(mask)
        elif accesses is not None:
            accesses(mask)
        machine.spread = 1
        machine.note(node, "store", view, place, mask)
        if value is not None and machine.lanes is not None:
            machine.written(view.memory, is_known=True)
            view.write(np.asarray(place), np.asarray(found), mask, machine.lanes)

    return run


def bind(c: Compiler, part: Part) -> Run:
    """Give a name to a value."""
    env, at = c.env, part["var"].variable
    if at in c.needed and not part["value"].field("op").startswith("tirx.call_ffi"):
        value = c.value(part["value"])

        def run(mask: Mask) -> None:
            env[at] = value(mask)

        return run
    return evaluated(c, part["value"])


def evaluation(c: Compiler, part: Part) -> Run:
    """Make the accesses of an expression whose value nobody takes."""
    return evaluated(c, part["value"])


def evaluated(c: Compiler, value: Part) -> Run:
    """Run an expression for what it does."""
    name = value.field("op")
    if name in loops.LEAVING:
        return loops.leaving(c, loops.LEAVING[name])
    if name == "tirx.ret":
        return returned(c, value.all("args"))
    if name == "tirx.call_ffi_kernel":
        return kernel_call(c, value)
    if name == REDUCE:
        return reduction(c, value)
    return c.accesses(value) or (lambda mask: None)


def reduction(c: Compiler, call: Part) -> Run:
    """Make the accesses of a reduction over threads; its results must be needed nowhere."""
    arguments = call.all("args")
    count = int(arguments[0].field("value") or 1)
    results = arguments[2 + count : 2 + 2 * count]
    if any(each.key == "ir.TensorLoad" and each["source"].variable in c.needed for each in results):
        raise UnableError(message_of("causes-node", what=REDUCE))
    given = [c.accesses(each) for each in arguments[1 : 2 + count]]
    return together([each for each in given if each is not None]) or (lambda mask: None)


# ---------------------------------------------------------------- blocks


def block(c: Compiler, part: Part) -> Run:
    """Run a block: its buffers, its ``init`` in the first round of the reduction, its body."""
    before = [allocated(c, buffer) for buffer in part.all("alloc_buffers")]
    before += [matched(c, match) for match in part.all("match_buffers")]
    init, body = part.get("init"), c.statement(part["body"])
    begin = None if init is None else c.statement(init)
    axes = [axis for axis in part.all("iter_vars") if axis.field("iter_type") == "reduce"]
    firsts = [(c.value(axis["var"]), c.value(axis["dom"]["min"])) for axis in axes] if begin else []

    def run(mask: Mask) -> None:
        for each in before:
            each(mask)
        if begin is not None:
            is_first: Any = True
            for value, least in firsts:
                is_first = is_first & (value(mask) == least(mask))
            if mask is None or not isinstance(is_first, np.ndarray):
                if is_first:
                    begin(mask)
            elif (beginning := mask & is_first).any():
                begin(beginning)
        body(mask)

    return run


def realize(c: Compiler, part: Part) -> Run:
    """Give the axes of a block their values, and run it where its predicate holds."""
    axes = zip(part["block"].all("iter_vars"), part.all("iter_values"), strict=True)
    values = [
        (axis["var"].variable, c.value(value))
        for axis, value in axes
        if axis["var"].variable in c.needed
    ]
    test, body, env = c.value(part["predicate"]), c.statement(part["block"]), c.env

    def run(mask: Mask) -> None:
        for at, value in values:
            env[at] = value(mask)
        holds = test(mask)
        if isinstance(holds, np.ndarray) and holds.ndim:
            mask = mask & holds
            if not mask.any():
                return
        elif not holds:
            return
        body(mask)

    return run


def attribute(c: Compiler, part: Part) -> Run:
    """Run the body of an attribute; one that binds an index of threads begins a kernel."""
    if binding(part) is not None:
        return bound(c, part)
    if part.field("attr_key") in KERNEL_ATTRIBUTES:
        return kernel(c, part, inside(c, part["body"]))
    return c.statement(part["body"])


# ---------------------------------------------------------------- functions


def returned(c: Compiler, values: list[Part]) -> Run:
    """Leave the function with a value."""
    value = c.value(values[0]) if values and c.needed.returns else None
    accesses = c.accesses(values[0]) if values and value is None else None
    machine = c.machine

    def run(mask: Mask) -> None:
        if value is not None:
            machine.result = value(mask)
        elif accesses is not None:
            accesses(mask)
        if mask is not None:
            machine.gone = mask if machine.gone is None else machine.gone | mask
            machine.returned = mask if machine.returned is None else machine.returned | mask

    return run


def called(c: Compiler, part: Part) -> Run:
    """Call a function of the module: its body runs in the place of the call."""
    name = part["op"].node.label
    function = next((f for f in functions(c) if f.node.path == name), None)
    if function is None:
        raise UnableError(message_of("causes-node", what=name))
    pairs = list(zip(function.all("params"), part.all("args"), strict=True))
    given: list[tuple[int, Any]] = []
    for parameter, argument in pairs:
        inner = argument["args[0]"] if argument.field("op") == "tirx.buffer_data" else argument
        is_view = inner.key == "ir.Var" and not inner.node.dtype[:1].isalpha()
        is_view = is_view or inner.node.dtype.endswith(("]", "*"))
        given.append(
            (
                parameter.variable,
                (lambda mask, of=inner: c.view(of)) if is_view else c.value(argument),
            )
        )
    bodies: list[Run] = []  # compiled at the first call: functions may call each other
    machine, env, is_inside = c.machine, c.env, c.inside

    def run(mask: Mask) -> None:
        if machine.depth >= MOST_DEPTH:
            raise UnableError(message_of("causes-node", what=name))
        if not bodies:
            before, c.inside = c.inside, is_inside
            bodies.append(c.statement(function["body"]))
            c.inside = before
        values = [(at, value(mask)) for at, value in given]
        env.update(values)
        kept = machine.gone, machine.broke, machine.returned
        machine.gone = machine.broke = machine.returned = None
        machine.depth += 1
        bodies[0](mask)
        machine.depth -= 1
        machine.gone, machine.broke, machine.returned = kept

    return run


def functions(c: Compiler) -> list[Part]:
    """Return the functions of a module, or the one that the tree is of."""
    root = Part(c.tree, c.tree.nodes[0])
    children = [Part(c.tree, c.tree.nodes[child.id]) for child in root.node.children]
    return [part for part in (root, *children) if part.key == "tirx.PrimFunc"]


def kernel_call(c: Compiler, call: Part) -> Run:
    """Launch a kernel that is a function of its own, maybe of another tree."""
    name, *arguments = call.all("args")
    launcher = c.launcher

    def argument(of: Part) -> Callable[[Mask], Any]:
        if of.field("op") == "tirx.buffer_data":
            return lambda mask: c.view(of["args[0]"])
        if of.key == "ir.Var" and of.node.dtype.endswith(("]", "*")):
            return lambda mask: c.view(of)
        return c.value(of)

    given = [argument(each) for each in arguments]

    def run(mask: Mask) -> None:
        if launcher is None:
            raise UnableError(message_of("unable-packed"))
        launcher(name.field("value"), [each(mask) for each in given])

    return run


STATEMENTS: dict[str, Callable[[Compiler, Part], Run]] = {
    "tirx.SeqStmt": sequence,
    "tirx.For": lambda c, part: bound(c, part) if binding(part) else loops.loop(c, part),
    "tirx.While": loops.while_loop,
    "tirx.IfThenElse": branch,
    "tirx.Break": lambda c, part: loops.leaving(c, "break"),
    "tirx.Continue": lambda c, part: loops.leaving(c, "continue"),
    "tirx.Return": lambda c, part: returned(c, list(part.parts("value"))),
    "tirx.BufferStore": store,
    "tirx.Bind": bind,
    "tirx.AllocBuffer": lambda c, part: allocated(c, part["buffer"]),
    "tirx.DeclBuffer": declared,
    "tirx.AttrStmt": attribute,
    "tirx.AssertStmt": nothing,
    "tirx.Evaluate": evaluation,
    "s_tir.SBlockRealize": realize,
    "s_tir.SBlock": block,
    INDEX: indices_of_scopes,
}
"""What runs a statement, by its type."""
