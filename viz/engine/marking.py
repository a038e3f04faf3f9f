"""Which node wrote which characters of an emission, for every C-like codegen.

A codegen is a function from a module to a text. So mark the module's nodes, let the same codegen
write, and lay the marked text over the unmarked one (:mod:`viz.engine.alignment`). A statement is
put between two string statements, an expression into a call of an unknown function. Where the
marked text says something else than the unmarked one, the marks around the difference are taken out
and it is tried again: what remains is verified, and characters without a mark of their own belong
to the statement around them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import tvm
from tvm import ir, tirx

from viz.engine.alignment import Marked, Placed, Plain, align, differences, naming, unused
from viz.engine.echoes import echoes, place
from viz.engine.labels import is_a, type_key
from viz.engine.leaves import complete
from viz.engine.markers import LEAVES, SEALED_FIELDS, Echoing, Marker, Places
from viz.engine.nodes import Occurrence
from viz.model import Mark, Verified

ROUNDS = 6
"""How often marks are taken out and tried again before only statements keep theirs."""

Functions = dict[Any, tuple[Any, Places]]
"""The functions of a module by variable, each with its nodes."""

Write = Callable[[tvm.IRModule], str]
"""Let the codegen write a module."""


class Marking(NamedTuple):
    """The marks of one emission, and how far they verified."""

    marks: tuple[Mark, ...]
    verified: Verified
    covering: tuple[int, ...] = ()


def mark(
    mod: tvm.IRModule, text: str, occurrences: dict[str, list[Occurrence]], write: Write
) -> Marking:
    """Return the marks of ``text``, which ``write(mod)`` gave.

    Parameters
    ----------
    mod
        What the codegen was given.
    occurrences
        The nodes of each of its functions, by name, in pre-order with the ids of the final Tree.
    """
    functions = {
        variable: (function, Places(occurrences[str(variable.name_hint)]))
        for variable, function in mod.functions.items()
        if isinstance(function, tirx.PrimFunc)
    }

    def done(placed: Placed, verified: Verified) -> Marking:
        named = {str(v.name_hint): places.occurrences for v, (_, places) in functions.items()}
        completed, unsure = complete(text, named, placed)
        marks = tuple(Mark(*each) for each in completed)
        return Marking(marks, verified, tuple(sorted(unsure | _covering(named, marks))))

    plain, prefix = Plain(text), unused(text)
    left_out: set[int] = set()
    reference: Marked | None = None
    for attempt in range(ROUNDS):
        marked = _write(mod, functions, write, left_out, prefix)
        if marked is None:
            break
        placed = align(marked, plain)
        if placed is not None:
            placed += _echoed(mod, functions, text, placed, write, prefix)
            return done(placed, "partly" if left_out else "expressions")
        if reference is None:
            reference = _write(mod, functions, write, None, prefix)
        wrong = differences(marked, reference) if reference is not None else None
        if not wrong:
            break
        for difference in wrong:
            if difference.statement in left_out:
                left_out |= naming(marked)
            left_out |= set(difference.around[: 1 + attempt])
            if attempt > 1 or not difference.around:
                left_out.add(difference.statement)
    reference = reference or _write(mod, functions, write, None, prefix)
    placed = align(reference, plain) if reference is not None else None
    if placed is None:
        return Marking((), "none")
    return done(placed, "statements")


def _covering(named: dict[str, list[Occurrence]], marks: tuple[Mark, ...]) -> set[int]:
    """Return the marked nodes that stand in for an expression below them."""
    having = {each.node for each in marks}
    found: set[int] = set()
    for nodes in named.values():
        first = nodes[0].id
        # Unwritten: what a codegen reads only, and everything below that.
        unwritten: set[int] = set()
        for each in nodes[1:]:
            parent = nodes[each.parent - first]
            inside = _is_code(parent.obj) and parent.id not in unwritten
            if inside and each.id in having:
                continue
            field = (type_key(parent.obj), each.field.partition("[")[0])
            looked_at = type_key(each.obj) == "prim.Ramp" and field[1] == "indices"
            if not inside or field in SEALED_FIELDS:
                unwritten.add(each.id)
            elif _is_composite(each.obj) and not looked_at:
                above = each.parent
                while above not in having and above > first:
                    above = nodes[above - first].parent
                if above in having:
                    found.add(above)
    return found


def _is_code(node: Any) -> bool:
    return is_a(node.__class__, ir.Expr) or is_a(node.__class__, tirx.Stmt)


def _is_composite(node: Any) -> bool:
    return is_a(node.__class__, ir.Expr) and type_key(node) not in LEAVES


def _echoed(
    mod: tvm.IRModule, functions: Functions, text: str, placed: Placed, write: Write, prefix: str
) -> Placed:
    """Return the marks of expressions that could bear none where they stand."""
    having = {number for _, _, number in placed}
    echoing = {
        variable: Echoing(places, having, prefix) for variable, (_, places) in functions.items()
    }
    if not any(each.wanted for each in echoing.values()):
        return []
    bodies = {
        variable: each.mutate(functions[variable][0].body) for variable, each in echoing.items()
    }
    echo = _written(mod, functions, bodies, write)
    if echo is None:
        return []
    parents = {
        each.id: each.parent for _, places in functions.values() for each in places.occurrences
    }
    return place(echoes(echo, prefix), placed, parents, text)


def _write(
    mod: tvm.IRModule,
    functions: Functions,
    write: Write,
    left_out: set[int] | None,
    prefix: str,
) -> Marked | None:
    """Write the marked module; without expressions where ``left_out`` is None."""
    bodies = {
        variable: Marker(places, left_out, prefix).mutate(function.body)
        for variable, (function, places) in functions.items()
    }
    text = _written(mod, functions, bodies, write)
    return Marked(text, prefix) if text is not None else None


def _written(
    mod: tvm.IRModule, functions: Functions, bodies: dict[Any, Any], write: Write
) -> str | None:
    """Let the codegen write the functions with other bodies, if it can."""
    changed = {
        variable: tirx.PrimFunc(f.params, bodies[variable], f.ret_type, attrs=f.attrs)
        for variable, (f, _) in functions.items()
    }
    try:
        return write(tvm.IRModule(changed, attrs=mod.attrs))
    except (tvm.error.InternalError, ValueError, TypeError, RuntimeError, NotImplementedError):
        return None  # this codegen looks into something that is marked
