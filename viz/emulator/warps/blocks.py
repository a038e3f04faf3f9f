"""Find kernels whose blocks do not touch what other blocks write: they may run at the same time."""

from __future__ import annotations

import re
from collections.abc import Iterator

from viz.emulator.warps.grammar import Unsaid
from viz.emulator.warps.tree import (
    Assign,
    CudaVariable,
    Declare,
    Expression,
    FunctionTree,
    expressions,
    own_expressions,
    statements,
)

_ORDERED = re.compile(r"atomic|__threadfence|asm\b|tvm_builtin_(?!cuda_cta_sync\b)")
"""What makes the order of blocks matter, or hides an access."""

_AXES = frozenset("xyz")


def block_axes(tree: FunctionTree | Unsaid | None, text: str) -> frozenset[str] | None:
    """Return the axes of a grid along which blocks access memory of their own.

    Every access to an array that the kernel writes has an index computed from the block's index
    along these axes. Two blocks that compute the same index all the same are a race: then which
    comes last may differ from run to run.

    Parameters
    ----------
    text
        The kernel's text.

    Returns
    -------
    None where nothing is known.
    """
    if tree is None or isinstance(tree, Unsaid) or _ORDERED.search(text):
        return None
    if text.partition("{")[0].count("*") != text.partition("{")[0].count("__restrict__"):
        return None
    own = _axes_of_variables(tree)
    accesses = list(_accesses(tree))
    if any(index is None for _, index, _ in accesses):
        return None
    written = {array for array, _, writes in accesses if writes}
    axes = _AXES
    for array, index, _ in accesses:
        if array in written and index is not None:
            axes &= _axes(index, own)
    return axes


def written_pointers(tree: FunctionTree | Unsaid | None) -> frozenset[str] | None:
    """Return the parameters through which a kernel may write; None where that is not known.

    One whose value goes elsewhere, as to a variable or a helper, counts as written, and so does
    one that is read for the index of what is written.
    """
    if tree is None or isinstance(tree, Unsaid):
        return None
    targets = (each.target for each in statements(tree.body) if isinstance(each, Assign))
    parts = (part for target in targets for part in expressions(target))
    assigned = {array.name for part in parts if (array := _parameter(part)) is not None}
    return frozenset(assigned | {array.name for array, _, writes in _accesses(tree) if writes})


def _axes_of_variables(tree: FunctionTree) -> dict[CudaVariable, frozenset[str]]:
    """Return the axes that each variable's value is computed from, where it has one value."""
    own: dict[CudaVariable, frozenset[str]] = {}
    assigned = {
        statement.target.variable
        for statement in statements(tree.body)
        if isinstance(statement, Assign)
    }
    for statement in statements(tree.body):
        if isinstance(statement, Declare) and statement.variable not in assigned:
            initial = statement.variable.initial
            own[statement.variable] = frozenset() if initial is None else _axes(initial, own)
    return own


def _axes(expression: Expression, own: dict[CudaVariable, frozenset[str]]) -> frozenset[str]:
    if expression.kind == "field" and expression.parts[0].text == "blockIdx":
        return frozenset(expression.text)
    if expression.variable is not None:
        return own.get(expression.variable, frozenset())
    return frozenset().union(*(_axes(part, own) for part in expression.parts))


def _accesses(tree: FunctionTree) -> Iterator[tuple[CudaVariable, Expression | None, bool]]:
    """Yield each use of a pointer: its index, None if not known, and whether it is written."""
    for statement in statements(tree.body):
        target = statement.target if isinstance(statement, Assign) else None
        for root in own_expressions(statement):
            known: set[int] = set()
            addressed = {id(part.parts[0]) for part in expressions(root) if part.kind == "address"}
            for part in expressions(root):
                found = _access(part)
                if found is not None:
                    array, index, base = found
                    known.add(id(base))
                    yield array, index, part is target or id(part) in addressed
                elif (alone := _parameter(part)) is not None and id(part) not in known:
                    yield alone, None, True


def _parameter(expression: Expression) -> CudaVariable | None:
    variable = expression.variable
    if expression.kind == "name" and variable is not None and variable.pointer:
        return variable
    return None


def _access(node: Expression) -> tuple[CudaVariable, Expression, Expression] | None:
    """Return the array, the index and the array's expression of ``a[i]`` or ``*(T*)(a + i)``."""
    if node.kind == "index" and (array := _parameter(node.parts[0])) is not None:
        return array, node.parts[1], node.parts[0]
    if node.kind != "deref":
        return None
    inner = node.parts[0]
    while inner.kind == "pointer-cast":
        inner = inner.parts[0]
    if inner.kind == "binary" and inner.text == "+":
        array = _parameter(inner.parts[0])
        if array is not None:
            return array, inner.parts[1], inner.parts[0]
    return None
