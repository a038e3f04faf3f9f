"""What a host does for the user's code: it calls functions, asks for memory and gives it back.

LowerTVMBuiltin writes all this into the function. A call, such as that of a kernel, becomes a run
of statements that set its arguments on a stack, one field at a time, and one that names the
function by a string alone. Memory is declared as what a call returns; a branch looks whether there
is any, and at the end another whether it was taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from tvm import ir, tirx

from viz.ir.labels import operator
from viz.ir.walker import DECLARING, Occurrence

PACKED = frozenset(("tirx.tvm_call_packed_lowered", "tirx.tvm_call_cpacked_lowered"))
"""Calls of a function by its name; ``args[1]`` is the stack that its arguments are set on."""


def tie_services(
    final: Sequence[Occurrence],
    statement: Sequence[int],
    tie: list[int | None],
    hull: Callable[[Iterable[int | None]], int | None],
) -> None:
    """Tie calls to what the functions compute, and requests for memory to their buffers.

    Parameters
    ----------
    final
        All nodes of a module, in pre-order.
    statement
        The statement or function that each belongs to (itself, if it is one).
    tie
        What each is tied to so far; those that have no tie get theirs.
    hull
        What holds several ties.
    """
    for node, other in _served(final, statement).items():
        untied = [each.id for each in _below(final, node) if tie[each.id] is None]
        if not untied:
            continue
        function = final[other].parent == 0
        found = hull(_computing(final, statement, tie, other)) if function else tie[other]
        for each in untied:
            tie[each] = found


def _computing(
    final: Sequence[Occurrence], statement: Sequence[int], tie: list[int | None], function: int
) -> Iterator[int | None]:
    """Yield the ties of a function's outermost statements, without its declarations."""
    around = {function}
    for each in _below(final, function):
        if each.parent not in around or statement[each.id] != each.id:
            continue
        if tie[each.id] is None:
            around.add(each.id)
        elif each.obj.__class__ not in DECLARING:
            yield tie[each.id]


def _below(final: Sequence[Occurrence], node: int) -> Iterator[Occurrence]:
    """Yield a node and all that stand below it."""
    yield final[node]
    for i in range(node + 1, len(final)):
        if final[i].parent < node:
            return
        yield final[i]


def _served(final: Sequence[Occurrence], statement: Sequence[int]) -> dict[int, int]:
    """Return for each node that is there for another the id of that.

    For a call and the statement that is nothing else, that is its function, if the module has it;
    for what sets an argument, the call, which comes first; for a branch that asks for memory, the
    declaration of the buffer.
    """
    functions = {each.field: each.id for each in final if each.parent == 0}
    declared: dict[int, int] = {}
    before: dict[int, int] = {}  # the statement before, of the same sequence
    latest: dict[int, int] = {}
    found: dict[int, int] = {}
    for each in final:
        cls = each.obj.__class__
        if each.field.startswith("seq["):
            if each.parent in latest:
                before[each.id] = latest[each.parent]
            latest[each.parent] = each.id
        if cls is tirx.DeclBuffer:
            declared[each.obj.buffer.__chandle__()] = each.id
        elif cls is ir.Var and each.handle in declared:
            if _gives_up(final[statement[each.id]].obj):
                found[statement[each.id]] = declared[each.handle]
        elif cls is ir.StringImm and _is_packed((call := final[each.parent]).obj):
            around, stack = final[statement[call.id]], call.obj.args[1]
            if (function := functions.get(str(each.obj.value))) is not None:
                found[call.id] = function
            if around.obj.__class__ is tirx.Evaluate:
                found[around.id] = call.id
            argument = before.get(around.id)
            while argument is not None and _sets(final[argument].obj, stack):
                found.pop(argument, None)  # of a call inside this one: this one comes after it
                found[argument] = call.id
                argument = before.get(argument)
    return found


def _is_packed(obj: Any) -> bool:
    return operator(obj) in PACKED and len(obj.args) > 1


def _gives_up(statement: Any) -> bool:
    """Whether a statement is a branch that does nothing but report the last error."""
    return (
        statement.__class__ is tirx.IfThenElse
        and statement.else_case is None
        and statement.then_case.__class__ is tirx.Evaluate
        and operator(statement.then_case.value) == "tirx.tvm_throw_last_error"
    )


def _sets(statement: Any, stack: Any) -> bool:
    """Whether a statement does nothing but set fields of an argument on the stack."""
    if statement.__class__ is tirx.IfThenElse:
        return _sets(statement.then_case, stack) and _sets(statement.else_case, stack)
    if statement.__class__ is not tirx.Evaluate:
        return False
    call = statement.value
    return operator(call) == "tirx.tvm_struct_set" and bool(stack.same_as(call.args[0]))
