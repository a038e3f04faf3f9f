"""Find loads and stores that name a pointer, or that have a mask."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from viz.frontend.dialect.buffers import always_true
from viz.frontend.dialect.context import SpellingContext
from viz.frontend.dialect.proposal import Proposal
from viz.frontend.dialect.vectors import ramp_lanes
from viz.text import Patch, Span


def load(node: ast.Call, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``T.load("float32", A.data, i)`` and the same with a mask."""
    if context.member(node) != "load" or not 3 <= len(node.args) <= 4 or node.keywords:
        return
    dtype, pointer, index = node.args[:3]
    mask = node.args[3] if len(node.args) == 4 else None
    buffer = accessed(pointer, dtype, context)
    if not buffer:
        return
    span, place = context.span(node), context.span(index)
    element = _element(pointer, index, context)
    if element and always_true(mask, context):
        yield Proposal(span, element)
        return
    if always_true(mask, context):
        pieces = [Patch(Span(span.start, place.start), f"{buffer}[")]
        pieces.append(Patch(Span(place.end, span.end), "]"))
    else:
        pieces = [
            Patch(
                Span(span.start, place.start), f"T.masked_load({context.source(dtype)}, {buffer}, "
            )
        ]
    yield Proposal(span, f"{buffer}[{context.source(index)}]", tuple(pieces))


def store(node: ast.Expr, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``T.store(A.data, i, value)`` and the same with a mask."""
    call = node.value
    if not isinstance(call, ast.Call) or context.member(call) != "store" or call.keywords:
        return
    if not 3 <= len(call.args) <= 4:
        return
    pointer, index, value = call.args[:3]
    buffer = accessed(pointer, None, context)
    if not buffer or not always_true(call.args[3] if len(call.args) == 4 else None, context):
        return
    span, place, stored = context.span(node), context.span(index), context.span(value)
    element = _element(pointer, index, context)
    if element:
        head = Patch(Span(span.start, stored.start), f"{element} = ")
        new = f"{element} = {context.source(value)}"
        yield Proposal(span, new, (head, Patch(Span(stored.end, span.end), "")))
        return
    opened, closed = ("(", ")") if "\n" in context.source(value) else ("", "")
    yield Proposal(
        span,
        f"{buffer}[{context.source(index)}] = {context.source(value)}",
        (
            Patch(Span(span.start, place.start), f"{buffer}["),
            Patch(Span(place.end, stored.start), f"] = {opened}"),
            Patch(Span(stored.end, span.end), closed),
        ),
    )


def _element(pointer: ast.expr, index: ast.expr, context: SpellingContext) -> str:
    """Return an element of a buffer of several dimensions in a block program, by its flat index.

    Empty for other buffers: blocks know only buffers that they, or the function, declare.
    """
    owner = pointer.value if isinstance(pointer, ast.Attribute) else pointer
    if not context.has_blocks or not isinstance(owner, ast.Name):
        return ""
    shape = context.shape_of_buffer(owner.id)
    extents = getattr(shape, "elts", [])
    if isinstance(shape, ast.Tuple | ast.List) and not extents:
        return f"{owner.id}[()]"
    if len(extents) < 2 or isinstance(index, ast.Call):
        return ""
    flat, indices = f"({context.todays_source(index)})", []
    for position, extent in enumerate(extents):
        below = " * ".join(context.source(e) for e in extents[position + 1 :])
        row = f"{flat} // ({below})" if below else flat
        indices.append(f"{row} % {context.source(extent)}" if position else row)
    return f"{owner.id}[{', '.join(indices)}]"


def pointer_element(node: ast.Subscript, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``A.data[i]``."""
    if not isinstance(node.value, ast.Attribute) or node.value.attr != "data":
        return
    element, buffer = _element(node.value, node.slice, context), ""
    if element:
        yield Proposal(context.span(node), element)
        return
    buffer = accessed(node.value, None, context)
    if buffer:
        yield Proposal(context.span(node.value), buffer)


def accessed(pointer: ast.expr, dtype: ast.expr | None, context: SpellingContext) -> str:
    """Return the flat buffer that a pointer stands for; empty where the text shows none."""
    owner = pointer
    if isinstance(pointer, ast.Attribute) and pointer.attr == "data":
        owner = pointer.value
    elif isinstance(pointer, ast.Name) and pointer.id not in context.pointers:
        return ""
    if not isinstance(owner, ast.Name):
        return ""
    shape = context.shape_of_buffer(owner.id)
    if shape is None:
        return ""
    if dtype is not None and isinstance(dtype, ast.Constant):
        element = str(dtype.value).partition("x")[0]
        if context.dtype_of_buffer(owner.id).partition("x")[0] != element:
            return ""
    return owner.id if is_flat(shape) else flat_name(owner.id, context)


def is_flat(shape: ast.expr) -> bool:
    """Return whether a shape has one dimension."""
    return not isinstance(shape, ast.Tuple | ast.List) or len(shape.elts) == 1


def flat_name(buffer: str, context: SpellingContext) -> str:
    """Return the name of the flat buffer over the data of another."""
    return context.fresh(f"{buffer}_flat")


def flat_view(node: ast.Assign | ast.FunctionDef, context: SpellingContext) -> Iterator[Proposal]:
    """Declare the flat buffers that loads and stores by pointer need."""
    if isinstance(node, ast.FunctionDef):
        if node is not context.root:
            return
        names, place, indent = _matched(node, context)
    else:
        target = node.targets[0]
        is_own = isinstance(target, ast.Name) and context.member(node.value) != "match_buffer"
        names = [target.id] if isinstance(target, ast.Name) and is_own else []
        place, indent = context.span(node).end, node.col_offset
    views = [_view(name, context) for name in names if _needs_view(name, context)]
    if views:
        line = "\n" + " " * indent
        yield Proposal(Span(place, place), "".join(line + view for view in views))


def _matched(node: ast.FunctionDef, context: SpellingContext) -> tuple[list[str], int, int]:
    """Return the buffers that are parameters, and where and how deep to declare flat ones."""
    names = [arg.arg for arg in node.args.args if arg.arg in context.makers]
    place = context.span(node.body[0]).start
    line = context.text.line_span(node.body[0].lineno)
    place = line.start - 1 if node.body[0].lineno > 1 else place
    for statement in node.body:
        if isinstance(statement, ast.Assign) and context.member(statement.value) == "match_buffer":
            target = statement.targets[0]
            names += [target.id] if isinstance(target, ast.Name) else []
            place = context.span(statement).end
        elif isinstance(statement, ast.Expr) and context.member(statement.value) == "func_attr":
            place = context.span(statement).end
    return names, place, node.body[0].col_offset


def _needs_view(name: str, context: SpellingContext) -> bool:
    shape = context.shape_of_buffer(name)
    if context.has_blocks:
        return False
    return shape is not None and not is_flat(shape) and name in context.accessed_by_pointer


def _view(name: str, context: SpellingContext) -> str:
    shape = context.shape_of_buffer(name)
    size = " * ".join(f"({context.source(e)})" for e in getattr(shape, "elts", ()))
    dtype = context.dtype_of_buffer(name)
    return f'{flat_name(name, context)} = T.decl_buffer(({size},), "{dtype}", data={name}.data)'


def launched_late(node: ast.Expr, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``T.attr(blockIdx_x, …)`` above the ``T.launch_thread`` that defines the variable."""
    thread = _thread_of_attribute(node, context)
    if not thread:
        return
    parent = context.parents.get(node)
    body = getattr(parent, "body", [])
    if node not in body:
        return
    place = body.index(node)
    if place and _thread_of_attribute(body[place - 1], context) == thread:
        return  # the first of them moves the launch
    for launch in body[place:]:
        call = launch.value if isinstance(launch, ast.Expr) else None
        if isinstance(call, ast.Call) and context.member(call) == "launch_thread":
            if call.args and context.source(call.args[0]) == thread:
                start, line = context.span(node).start, "\n" + " " * node.col_offset
                new = context.todays_source(launch) + line
                moved = Patch(Span(start, start), new)
                gone = Patch(context.span(launch), "pass")
                yield Proposal(context.span(node), new + context.source(node), (moved, gone))
                return


def _thread_of_attribute(node: ast.stmt, context: SpellingContext) -> str:
    """Return the variable of ``T.attr(blockIdx_x, …)``; empty for another statement."""
    call = node.value if isinstance(node, ast.Expr) else None
    if not isinstance(call, ast.Call) or context.member(call) != "attr" or not call.args:
        return ""
    variable = call.args[0]
    if not isinstance(variable, ast.Name) or variable.id not in context.threads:
        return ""
    return variable.id


def masked_load(node: ast.Call, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``A.vload([i], predicate=mask)``."""
    parts = _masked(node, "vload", context)
    if parts is None:
        return
    buffer, indices, mask = parts
    lanes = ramp_lanes(indices[-1], context)
    dtype = context.dtype_of_buffer(buffer)
    if not lanes or not dtype:
        return
    span = context.span(node)
    inner = ", ".join(context.source(index) for index in indices)
    new = f'T.masked_load("{dtype}x{lanes}", {buffer}, {inner}, {context.source(mask)})'
    yield Proposal(span, new)


def masked_store(node: ast.Call, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``A.vstore([i], value, predicate=mask)``."""
    parts = _masked(node, "vstore", context)
    if parts is None or len(node.args) != 2:
        return
    buffer, indices, mask = parts
    inner = ", ".join(context.source(index) for index in indices)
    value = context.source(node.args[1])
    new = f"T.masked_store({buffer}, {value}, {inner}, {context.source(mask)})"
    yield Proposal(context.span(node), new)


def _masked(
    node: ast.Call, method: str, context: SpellingContext
) -> tuple[str, list[ast.expr], ast.expr] | None:
    """Return buffer, indices, mask of ``A.vload([i], predicate=mask)``; None for another call."""
    function = node.func
    if not isinstance(function, ast.Attribute) or function.attr != method or not node.args:
        return None
    mask = next((k for k in node.keywords if k.arg == "predicate"), None)
    if mask is None or not isinstance(function.value, ast.Name):
        return None
    first = node.args[0]
    indices = list(first.elts) if isinstance(first, ast.List | ast.Tuple) else [first]
    return function.value.id, indices, mask.value
