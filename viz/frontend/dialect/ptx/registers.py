"""Find the elements of buffers that pointers point to: today they are registers by themselves."""

from __future__ import annotations

import ast

from viz.errors import SourceError
from viz.frontend.dialect.context import SpellingContext
from viz.frontend.dialect.ptx.bound import FormMismatch
from viz.frontend.dialect.ptx.draft import InstructionDraft
from viz.frontend.syntax import evaluate


def elements(pointer: ast.expr, count: int, context: SpellingContext) -> list[str]:
    """Return ``count`` elements from the one on that a pointer points to.

    Raises
    ------
    FormMismatch
        When the text does not show what it points to.
    """
    buffer, indices = _place(pointer, context)
    if not indices:
        if count != 1:
            raise FormMismatch(count)
        return [buffer]
    *outer, last = indices
    return [f"{buffer}[{', '.join((*outer, _later(last, lane)))}]" for lane in range(count)]


def is_shared(pointer: ast.expr, context: SpellingContext) -> bool:
    """Return whether a pointer points to shared memory, as far as the text shows it."""
    try:
        buffer, _ = _place(pointer, context)
    except FormMismatch:
        return False
    return context.scope_of_buffer(buffer).startswith("shared")


def words(
    pointer: ast.expr, first: int, count: int, bits: int, draft: InstructionDraft
) -> list[str]:
    """Return ``count`` registers of 32 bits from element ``first`` behind a pointer on.

    ``bits`` is the size of an element, 0 where its buffer tells. Two elements of 16 bits are a
    register of a view, which is declared before the statement.

    Raises
    ------
    FormMismatch
        When the text does not show what the pointer points to, or half a register is meant.
    """
    context = draft.bound.context
    buffer, indices = _place(pointer, context)
    dtype = context.dtype_of_buffer(buffer)
    bits = bits or int("".join(filter(str.isdigit, dtype)) or 0)
    if bits == WORD:
        last = str(int(indices[-1]) + first) if first else indices[-1]
        return [f"{buffer}[{', '.join((*indices[:-1], _later(last, k)))}]" for k in range(count)]
    if len(indices) != 1 or not indices[0].isdecimal() or bits != WORD // 2:
        raise FormMismatch(buffer)
    start, odd = divmod(int(indices[0]) + first, 2)
    if odd:
        raise FormMismatch(buffer)
    if buffer not in draft.views:
        draft.views[buffer] = _view(buffer, draft)
    return [f"{draft.views[buffer]}[{start + lane}]" for lane in range(count)]


WORD = 32
"""The bits of a register."""


def _view(buffer: str, draft: InstructionDraft) -> str:
    """Declare a buffer's memory as registers and return the name."""
    context, prefix = draft.bound.context, draft.prefix
    maker, shape = context.makers.get(buffer), context.shape_of_buffer(buffer)
    if not isinstance(maker, ast.Call) or shape is None:
        raise FormMismatch(buffer)
    try:
        size = evaluate(shape, context.variables)
    except SourceError:
        raise FormMismatch(buffer) from None
    extent = size[0] if isinstance(size, tuple) and len(size) == 1 else size
    if not isinstance(extent, int) or extent % 2:
        raise FormMismatch(buffer)
    name, scope = context.reserve(f"{buffer}_words"), context.scope_of_buffer(buffer)
    place = f'({extent // 2},), "uint32", data={buffer}.data, scope="{scope}"'
    draft.before.append(f"{name} = {prefix}.decl_buffer({place})")
    return name


def _place(pointer: ast.expr, context: SpellingContext) -> tuple[str, list[str]]:
    """Return a buffer or a scalar, and the indices of its element."""
    if isinstance(pointer, ast.Attribute) and pointer.attr == "data":
        return context.source(pointer.value), ["0"] * _rank(pointer.value, context)
    if not isinstance(pointer, ast.Call) or len(pointer.args) != 1 or pointer.keywords:
        raise FormMismatch(ast.dump(pointer))
    argument, function = pointer.args[0], pointer.func
    if isinstance(function, ast.Attribute) and function.attr == "ptr_to":
        if isinstance(argument, ast.List | ast.Tuple) and argument.elts:
            return context.source(function.value), [*map(context.source, argument.elts)]
    if context.member(pointer) == "address_of":
        if isinstance(argument, ast.Name):
            return argument.id, []
        if isinstance(argument, ast.Subscript):
            index = argument.slice
            indices = index.elts if isinstance(index, ast.Tuple) else [index]
            return context.source(argument.value), [*map(context.source, indices)]
    raise FormMismatch(ast.dump(pointer))


def _rank(buffer: ast.expr, context: SpellingContext) -> int:
    """Return how many dimensions a buffer has."""
    shape = context.shape_of_buffer(buffer.id) if isinstance(buffer, ast.Name) else None
    if shape is None:
        raise FormMismatch(ast.dump(buffer))
    return len(shape.elts) if isinstance(shape, ast.Tuple | ast.List) else 1


def _later(index: str, lane: int) -> str:
    """Return an index moved by a number of elements."""
    if not lane:
        return index
    return str(int(index) + lane) if index.isdecimal() else f"{index} + {lane}"
