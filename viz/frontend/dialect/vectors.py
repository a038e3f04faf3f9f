"""Find slices of buffers that stand for a vector, which ``T.Ramp`` writes today."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from viz.errors import SourceError
from viz.frontend.dialect.context import SpellingContext
from viz.frontend.dialect.linear import difference, polynomial
from viz.frontend.dialect.proposal import Proposal
from viz.text import Patch, Span

REGION_CALLS = {"reads", "writes", "match_buffer", "realize"}
"""Members of ``T`` for which a slice is a region of a buffer, not a vector."""

SCALAR_CALLS = {
    *("float16", "float32", "float64", "bfloat16", "bool", "boolean", "cast", "Cast"),
    *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
}
"""Members of ``T`` whose result is no vector when their arguments are none."""


def slice_access(node: ast.Subscript, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``A[i:i + 4]`` as a vector that is read or written."""
    for piece in _vector_slices(node, context):
        lanes, step = _lanes(piece, context), _step(piece)
        if lanes not in ("", "1"):
            span = context.span(piece)
            yield _around(
                span, piece, "T.Ramp(", f", {step}, {lanes})", _lower(piece, context), context
            )


def one_element(node: ast.Subscript, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``A[i:i + 1]``, which was a scalar."""
    for piece in _vector_slices(node, context):
        if _lanes(piece, context) == "1":
            span, lower = context.span(piece), _lower(piece, context)
            yield _around(span, piece, "", "", lower, context)


def scalar_store(node: ast.Assign, context: SpellingContext) -> Iterator[Proposal]:
    """Find a scalar that is stored to each element of a slice."""
    target = node.targets[0]
    if len(node.targets) != 1 or not isinstance(target, ast.Subscript):
        return
    for piece in _vector_slices(target, context):
        lanes = _lanes(piece, context)
        if lanes in ("", "1") or not _is_scalar(node.value, context):
            continue
        span = context.span(node.value)
        before, after = "T.Broadcast(", f", {lanes})"
        name = target.value.id if isinstance(target.value, ast.Name) else ""
        dtype = context.dtype_of_buffer(name)
        if isinstance(node.value, ast.Constant) and dtype:
            before, after = f"T.Broadcast(T.{dtype}(", f"), {lanes})"
        yield Proposal(
            span,
            before + context.source(node.value) + after,
            pieces=(
                Patch(Span(span.start, span.start), before),
                Patch(Span(span.end, span.end), after),
            ),
        )


def _around(
    span: Span, piece: ast.Slice, before: str, after: str, lower: str, context: SpellingContext
) -> Proposal:
    """Replace a slice by its lower bound with something before and after it."""
    if piece.lower is None:
        return Proposal(span, before + lower + after)
    inner = context.span(piece.lower)
    pieces = (Patch(Span(span.start, inner.start), before), Patch(Span(inner.end, span.end), after))
    return Proposal(
        span,
        before + lower + after,
        tuple(piece for piece in pieces if piece.new or piece.span.start < piece.span.end),
    )


def _vector_slices(node: ast.Subscript, context: SpellingContext) -> list[ast.Slice]:
    """Return the slices among the indices of a buffer, if they stand for vectors."""
    if not isinstance(node.value, ast.Name) or context.is_namespace(node.value.id):
        return []
    indices = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    slices = [index for index in indices if isinstance(index, ast.Slice)]
    if not slices:
        return []
    for outer in context.above(node):
        if isinstance(outer, ast.stmt):
            break
        if isinstance(outer, ast.Call):
            member = context.member(outer)
            if not member or member in REGION_CALLS or member.startswith("axis."):
                return []
    return slices


def _lanes(piece: ast.Slice, context: SpellingContext) -> str:
    """Return the number of elements of a slice as Python text; empty where it is no constant."""
    if piece.upper is None:
        return ""
    try:
        extent = difference(piece.upper, piece.lower, context.variables)
        step = polynomial(piece.step, context.variables) if piece.step else {(): 1}
    except SourceError:
        return ""
    stride = step.get((), 0)
    if len(extent) != 1 or set(step) != {()} or stride <= 0:
        return ""
    ((factors, count),) = extent.items()
    count = -(-count // stride)
    if count <= 0:
        return ""
    if not factors:
        return str(count)
    if len(factors) == 1 and "'vscale'" in factors[0]:
        return f"T.vscale() * {count}"
    return ""


def _step(piece: ast.Slice) -> str:
    return ast.unparse(piece.step) if piece.step is not None else "1"


def _lower(piece: ast.Slice, context: SpellingContext) -> str:
    return context.source(piece.lower) if piece.lower is not None else "0"


def _is_scalar(value: ast.expr, context: SpellingContext) -> bool:
    """Return whether an expression is certainly no vector."""
    for node in ast.walk(value):
        if isinstance(node, ast.Call) and context.member(node) not in SCALAR_CALLS:
            return False
        if isinstance(node, ast.Slice | ast.Lambda | ast.IfExp):
            return False
        if isinstance(node, ast.Name) and not (
            context.is_namespace(node.id)
            or node in context.indexed
            or node.id in context.loop_names
        ):
            return False
    return True


def ramp_lanes(node: ast.expr, context: SpellingContext) -> str:
    """Return the lanes of ``T.Ramp(…)`` or a slice as part of a dtype: ``4``, ``vscalex4``."""
    if isinstance(node, ast.Slice):
        lanes = _lanes(node, context)
    elif isinstance(node, ast.Call) and context.member(node) in ("Ramp", "ramp"):
        lanes = ast.unparse(node.args[2]) if len(node.args) == 3 else ""
    else:
        return ""
    count = lanes.replace("T.vscale()", "").replace("*", "").strip()
    if not count.isdecimal():
        return ""
    return f"vscalex{count}" if "vscale" in lanes else count
