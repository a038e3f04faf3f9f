"""Link what a host function does for other code: calls, their arguments, requests for memory.

LowerTVMBuiltin writes all this into the function. A call, such as that of a kernel, becomes a run
of statements that set its arguments on a stack, one field at a time, and one that names the
function by a string alone. Memory is declared as what a call returns; a branch checks whether there
is any, and at the end another whether it was taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from tvm import ir, tirx

from viz.ir.labels import operator
from viz.ir.walker import DECLARING, Occurrence
from viz.model import catalog

OPERATORS = catalog.codegen_calls().operators


def link_host_calls(
    final: Sequence[Occurrence],
    statement: Sequence[int],
    link: list[int | None],
    lca_of: Callable[[Iterable[int | None]], int | None],
) -> None:
    """Link calls to what the functions compute, and requests for memory to their buffers.

    Parameters
    ----------
    final
        All nodes of a module, in pre-order.
    statement
        The statement or function that each belongs to (itself, if it is one).
    link
        The input node of each so far; those without one get theirs.
    lca_of
        Returns the lowest common ancestor of several input nodes.
    """
    for node, beneficiary in _beneficiaries(final, statement).items():
        unlinked = [inner.id for inner in _subtree(final, node) if link[inner.id] is None]
        if not unlinked:
            continue
        if final[beneficiary].parent == 0:  # a function
            target = lca_of(_outermost(final, statement, link, beneficiary))
        else:
            target = link[beneficiary]
        for inner in unlinked:
            link[inner] = target


def _outermost(
    final: Sequence[Occurrence], statement: Sequence[int], link: list[int | None], function: int
) -> Iterator[int | None]:
    """Yield the links of a function's outermost statements, without its declarations."""
    unlinked = {function}
    for node in _subtree(final, function):
        if node.parent not in unlinked or statement[node.id] != node.id:
            continue
        if link[node.id] is None:
            unlinked.add(node.id)
        elif node.obj.__class__ not in DECLARING:
            yield link[node.id]


def _subtree(final: Sequence[Occurrence], node: int) -> Iterator[Occurrence]:
    """Yield a node and all that stand below it."""
    yield final[node]
    for i in range(node + 1, len(final)):
        if final[i].parent < node:
            return
        yield final[i]


def _beneficiaries(final: Sequence[Occurrence], statement: Sequence[int]) -> dict[int, int]:
    """Return for each node that exists for the sake of another the id of that other.

    For a call and the statement that is nothing else, that is its function, if the module has it;
    for what sets an argument, the call, which comes first; for a branch that checks memory, the
    declaration of the buffer.
    """
    functions = {node.field: node.id for node in final if node.parent == 0}
    declared: dict[int, int] = {}
    before: dict[int, int] = {}  # the statement before, of the same sequence
    latest: dict[int, int] = {}
    beneficiaries: dict[int, int] = {}
    for node in final:
        cls = node.obj.__class__
        if node.field.startswith("seq["):
            if node.parent in latest:
                before[node.id] = latest[node.parent]
            latest[node.parent] = node.id
        if cls is tirx.DeclBuffer:
            declared[node.obj.buffer.__chandle__()] = node.id
        elif cls is ir.Var and node.handle in declared:
            if _reports_error(final[statement[node.id]].obj):
                beneficiaries[statement[node.id]] = declared[node.handle]
        elif cls is ir.StringImm and _is_packed((call := final[node.parent]).obj):
            enclosing, stack = final[statement[call.id]], call.obj.args[1]
            if (function := functions.get(str(node.obj.value))) is not None:
                beneficiaries[call.id] = function
            if enclosing.obj.__class__ is tirx.Evaluate:
                beneficiaries[enclosing.id] = call.id
            argument = before.get(enclosing.id)
            while argument is not None and _sets(final[argument].obj, stack):
                beneficiaries.pop(
                    argument, None
                )  # of a call inside this one: this one comes after it
                beneficiaries[argument] = call.id
                argument = before.get(argument)
    return beneficiaries


def _is_packed(obj: Any) -> bool:
    return operator(obj) in OPERATORS.packed and len(obj.args) > 1


def _reports_error(statement: Any) -> bool:
    """Whether a statement is a branch that does nothing but report the last error."""
    return (
        statement.__class__ is tirx.IfThenElse
        and statement.else_case is None
        and statement.then_case.__class__ is tirx.Evaluate
        and operator(statement.then_case.value) in OPERATORS.gives_up
    )


def _sets(statement: Any, stack: Any) -> bool:
    """Whether a statement does nothing but set fields of an argument on the stack."""
    if statement.__class__ is tirx.IfThenElse:
        return _sets(statement.then_case, stack) and _sets(statement.else_case, stack)
    if statement.__class__ is not tirx.Evaluate:
        return False
    call = statement.value
    return operator(call) in OPERATORS.sets_argument and bool(stack.same_as(call.args[0]))
