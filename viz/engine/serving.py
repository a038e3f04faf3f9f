"""What a host does for the user's code: it calls functions, asks for memory and gives it back.

LowerTVMBuiltin writes all this into the function. A call, such as that of a kernel, becomes a run
of statements that set its arguments on a stack, one field at a time, and one that names the
function by a string alone. Memory is declared as what a call returns; a branch looks whether there
is any, and at the end another whether it was taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tvm import ir, tirx

from viz.engine.nodes import Occurrence

PACKED = frozenset(("tirx.tvm_call_packed_lowered", "tirx.tvm_call_cpacked_lowered"))
"""Calls of a function by its name; ``args[1]`` is the stack that its arguments are set on."""

SETTING = "tirx.tvm_struct_set"


def served(final: Sequence[Occurrence]) -> dict[int, int]:
    """Return for each such statement the node it is there for.

    For a call that is its function; for what sets an argument, the statement of the call, which
    comes first; for a branch that asks for memory, the declaration of the buffer.

    Parameters
    ----------
    final
        All nodes of a module, in pre-order.
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
            if (branch := _branch(final, each)) is not None:
                found.setdefault(branch, declared[each.handle])
        elif cls is ir.StringImm and _operator((call := final[each.parent]).obj) in PACKED:
            if (name := str(each.obj.value)) in functions:
                found[call.parent] = functions[name]
            # The branches among these look at memory, too, but for the call.
            argument, stack = before.get(call.parent), call.obj.args[1]
            while argument is not None and _sets(final[argument].obj, stack):
                found.pop(argument, None)
                found[argument] = call.parent
                argument = before.get(argument)
    return found


def _branch(final: Sequence[Occurrence], variable: Occurrence) -> int | None:
    """Return the branch that asks for the memory behind a buffer's Var."""
    above = final[variable.parent]
    if _operator(above.obj) != "tirx.buffer_data":
        return None
    while not isinstance(above.obj, (tirx.Stmt, tirx.PrimFunc)):
        above = final[above.parent]
    return above.id if above.obj.__class__ is tirx.IfThenElse else None


def _sets(statement: Any, stack: ir.Var) -> bool:
    """Whether a statement does nothing but set fields of an argument on the stack."""
    if statement.__class__ is tirx.IfThenElse:
        return _sets(statement.then_case, stack) and _sets(statement.else_case, stack)
    if statement.__class__ is not tirx.Evaluate or _operator(statement.value) != SETTING:
        return False
    return bool(stack.same_as(statement.value.args[0]))


def _operator(obj: Any) -> str:
    """Return the name of a Call's operator, nothing for what is no Call of one."""
    return str(getattr(getattr(obj, "op", None), "name", ""))
