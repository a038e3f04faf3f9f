"""Find older spellings that declare or allocate buffers."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from viz.frontend.dialect.context import SpellingContext, bindings
from viz.frontend.dialect.proposal import Proposal, attribute_span, replacing_binding
from viz.text import Patch, Span

_VECTOR = re.compile(r"""["'](?P<scalar>[a-z]+\d+)x(?P<lanes>\d+)["']""")

MOST_CONSTANTS = 4096
"""Elements of a constant table that is written out as stores."""


def allocate(node: ast.Assign | ast.With, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``C = T.allocate([8], "float32", "local")``, also after ``with``."""
    for target, value in bindings(node):
        if not isinstance(value, ast.Call) or context.member(value) != "allocate":
            continue
        extents, dtype = context.argument(value, 0, "extents"), context.argument(value, 1, "dtype")
        condition = context.argument(value, 3, "condition")
        if extents is None or dtype is None or not always_true(condition, context):
            continue
        kind = context.argument(value, 2, "scope")
        shape = f"({', '.join(context.source(e) for e in getattr(extents, 'elts', [extents]))},)"
        where = f", scope={context.source(kind)}" if kind is not None else ""
        annotations = context.argument(value, 4, "annotations")
        if annotations is not None:
            where += f", annotations={context.source(annotations)}"
        allocation = f"{context.todays_prefix(value)}.alloc_buffer"
        element = context.source(dtype)
        vector = _VECTOR.fullmatch(element)
        if vector is not None and target in context.accessed_by_pointer:
            # Loads and stores counted in scalars.
            shape, element = f"{shape[:-2]} * {vector['lanes']},)", f'"{vector["scalar"]}"'
        new = f"{target} = {allocation}({shape}, {element}{where})"
        yield from replacing_binding(node, context, new)


def allocate_const(node: ast.Assign | ast.With, context: SpellingContext) -> Iterator[Proposal]:
    """Find tables of constants, which are written out as stores into an allocation."""
    for target, value in bindings(node):
        if not isinstance(value, ast.Call) or context.member(value) != "allocate_const":
            continue
        data, dtype = context.argument(value, 0, "data"), context.argument(value, 1, "dtype")
        elements = data.elts if isinstance(data, ast.List | ast.Tuple) else []
        name = dtype.value if isinstance(dtype, ast.Constant) else None
        numbers = [_number(element) for element in elements]
        if not isinstance(name, str) or not numbers or None in numbers:
            continue
        if len(numbers) > MOST_CONSTANTS:
            continue
        stores = (f"{target}[{i}] = T.{name}({number})" for i, number in enumerate(numbers))
        new = f'{target} = T.alloc_buffer(({len(numbers)},), "{name}"); ' + "; ".join(stores)
        yield from replacing_binding(node, context, new)


def _number(node: ast.expr) -> str | None:
    """Return a number as text; None for another expression."""
    value = node.operand if isinstance(node, ast.UnaryOp) else node
    if isinstance(value, ast.Constant) and isinstance(value.value, bool | int | float):
        return ast.unparse(node)
    return None


def always_true(condition: ast.expr | None, context: SpellingContext) -> bool:
    """Return whether a condition or mask is True, or a vector of it."""
    if condition is None:
        return True
    if isinstance(condition, ast.Call) and context.member(condition) in (
        "broadcast",
        "Broadcast",
        "bool",
    ):
        condition = condition.args[0] if condition.args else condition
    if isinstance(condition, ast.Call) and context.member(condition) == "bool" and condition.args:
        condition = condition.args[0]
    return isinstance(condition, ast.Constant) and condition.value in (True, 1)


def pointer(node: ast.Name, context: SpellingContext) -> Iterator[Proposal]:
    """Find the name of an allocation where its pointer is meant."""
    if (
        isinstance(node.ctx, ast.Load)
        and node.id in context.pointers
        and node not in context.indexed
    ):
        end = context.span(node).end
        if context.text.string[end : end + 5] != ".data":
            yield Proposal(Span(end, end), ".data")


def buffer_decl(node: ast.Assign, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``T.buffer_decl`` over existing data."""
    yield from _declared(node, context, {"buffer_decl"}, data=True, new="decl_buffer")


def declared_buffer(node: ast.Assign, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``T.Buffer`` over existing data as a statement."""
    yield from _declared(node, context, {"Buffer", "buffer"}, data=True, new="decl_buffer")


def free_buffer(node: ast.Assign, context: SpellingContext) -> Iterator[Proposal]:
    """Find buffers without memory that are written, or whose pointers are used."""
    if _is_written(node, context):
        yield from _allocated(node, context)


def unwritten_buffer(node: ast.Assign, context: SpellingContext) -> Iterator[Proposal]:
    """Find buffers without memory that are only read."""
    if not _is_written(node, context):
        yield from _allocated(node, context)


def _allocated(node: ast.Assign, context: SpellingContext) -> Iterator[Proposal]:
    new = "sblock_alloc_buffer" if context.has_blocks else "alloc_buffer"
    members = {"Buffer", "buffer", "buffer_decl"}
    yield from _declared(node, context, members, data=False, new=new)


def _is_written(node: ast.Assign, context: SpellingContext) -> bool:
    """Return whether the buffer that an assignment makes is more than read element by element."""
    target = node.targets[0]
    if not isinstance(target, ast.Name):
        return False
    parents = (context.parents.get(use) for use in context.uses(target.id))
    return any(
        not isinstance(parent, ast.Subscript) or not isinstance(parent.ctx, ast.Load)
        for parent in parents
    )


def _declared(
    node: ast.Assign, context: SpellingContext, members: set[str], *, data: bool, new: str
) -> Iterator[Proposal]:
    call = node.value
    if (
        not isinstance(call, ast.Call)
        or not isinstance(call.func, ast.Attribute)
        or context.member(call) not in members
        or (context.argument(call, 2, "data") is not None) is not data
    ):
        return
    name, block = attribute_span(call.func, context), context.parents.get(node)
    if not data or not isinstance(block, ast.With) or not _above_signature(node, block, context):
        yield Proposal(name, new)
        return
    # Nothing may be declared above the signature of a block: it goes in front of the block.
    span, start = context.span(node), context.span(block).start
    text = context.text.slice(Span(span.start, name.start)) + new
    text += context.text.slice(Span(name.end, span.end))
    for pointer in context.pointers_in(call):
        text = re.sub(rf"\bdata={pointer}\b(?!\.)", f"data={pointer}.data", text)
    line = "\n" + " " * block.col_offset
    yield Proposal(span, text, (Patch(Span(start, start), text + line), Patch(span, "pass")))


def _above_signature(node: ast.Assign, block: ast.With, context: SpellingContext) -> bool:
    """Return whether ``T.reads`` or ``T.writes`` of a block stands below a statement of it."""
    calls = (
        statement.value
        for statement in block.body[block.body.index(node) + 1 :]
        if isinstance(statement, ast.Expr)
    )
    return any(context.member(call) in ("reads", "writes") for call in calls)


def with_buffer(node: ast.With, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``with T.decl_buffer(…) as D:``."""
    for target, value in bindings(node):
        if context.member(value) == "decl_buffer":
            yield from replacing_binding(node, context, f"{target} = ", value)


def metadata(node: ast.Assign | ast.With, context: SpellingContext) -> Iterator[Proposal]:
    """Find the constants of a module printed before 2023, which TVM takes for a function today."""
    if any(target == "__tvm_meta__" for target, _ in bindings(node)):
        yield Proposal(context.span(node), "")


CONCURRENT = {"parallel", "vectorized", "thread_binding"}
"""Loops whose rounds would share what is allocated outside of them."""


def realize(node: ast.Expr, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``T.realize(A[0:8, 0:8], "")``, which gave memory to a part of a buffer.

    That of a parameter has memory anyway. Another buffer is allocated whole where it is declared,
    which is the same unless its memory is that of a thread or of a round of a parallel loop.
    """
    call = node.value
    if not isinstance(call, ast.Call) or context.member(call) != "realize" or len(call.args) != 2:
        return
    region, scope = call.args
    buffer = region.value if isinstance(region, ast.Subscript) else region
    maker = context.makers.get(buffer.id) if isinstance(buffer, ast.Name) else None
    if maker is None or not isinstance(scope, ast.Constant) or scope.value not in ("", "global"):
        return
    assert isinstance(buffer, ast.Name)
    if context.member(maker) != "match_buffer" and buffer.id in context.declarations:
        loops = (above.iter for above in context.above(node) if isinstance(above, ast.For))
        if context.threads or any(context.member(loop) in CONCURRENT for loop in loops):
            return
    yield Proposal(context.span(node), "pass")


def preflattened(node: ast.Expr, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``T.preflattened_buffer(p, [1, 9], …)``: the parameter's shape before it was flattened.

    The parameter gets that shape, and the body a flat buffer over its data.
    """
    call = node.value
    if not isinstance(call, ast.Call) or context.member(call) != "preflattened_buffer":
        return
    buffer, shape = context.argument(call, 0, "postflattened"), context.argument(call, 1, "shape")
    if not isinstance(buffer, ast.Name) or shape is None:
        return
    flat = context.shape_of_buffer(buffer.id)
    if flat is None:
        return
    if context.source(flat).strip("()[], ") == context.source(shape).strip("()[], "):
        yield Proposal(context.span(node), "pass")
        return
    view = context.fresh(f"{buffer.id}_flat")
    extents = ", ".join(context.source(e) for e in getattr(flat, "elts", [flat]))
    dtype = context.dtype_of_buffer(buffer.id) or "float32"
    new = f'{view} = T.decl_buffer(({extents},), "{dtype}", data={buffer.id}.data)'
    whole = ", ".join(context.source(e) for e in getattr(shape, "elts", [shape]))
    uses = [
        Patch(Span(span.end, span.end), view.removeprefix(buffer.id))
        for name in context.uses(buffer.id)
        if name not in ast.walk(node) and (span := context.span(name))
    ]
    here = [Patch(context.span(node), new), Patch(context.span(flat), f"({whole},)")]
    yield Proposal(context.span(node), new, pieces=(*here, *uses))
