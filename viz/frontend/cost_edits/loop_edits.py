"""Change which loop the lanes of a warp go along, and what each of them takes."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from viz.frontend.cost_edits.access import TextAccess, TextLoop
from viz.frontend.cost_edits.proposal import CostProposal
from viz.frontend.cost_edits.tiles import terms_of
from viz.frontend.mends.place import INDENT, TextPlace
from viz.frontend.syntax import dotted
from viz.messages import message_of
from viz.text import Patch, Span

WIDEST = 16
"""Bytes of the widest access of a lane."""


def closer_lanes(access: TextAccess) -> Iterator[CostProposal]:
    """Yield ways to let neighbouring lanes go along a loop in whose rounds the access is closer."""
    lanes = next((loop for loop in access.loops if loop.is_lanes), None)
    if lanes is None:
        return
    now = access.stride(lanes.variable)
    for loop in access.loops:
        stride = None if loop is lanes else access.stride(loop.variable)
        if not now or not stride or abs(stride) >= abs(now):
            continue
        if loop.thread:
            yield from _bound_otherwise(access.place, lanes, loop)
        elif _is_perfect(lanes, loop):
            yield from _swapped(access.place, lanes, loop)


def _bound_otherwise(place: TextPlace, lanes: TextLoop, other: TextLoop) -> Iterator[CostProposal]:
    """Bind two loops each to the other's axis."""
    title = message_of(
        "cost-bind", loop=other.variable, axis=lanes.thread, other=lanes.variable, to=other.thread
    )
    why = message_of("cost-why-bind", loop=other.variable)
    patches = (_tagged(place, lanes, other.thread), _tagged(place, other, lanes.thread))
    yield CostProposal("bind", other.variable, title, why, patches)


def _tagged(place: TextPlace, loop: TextLoop, axis: str) -> Patch:
    return place.replaced(loop.call.keywords[0].value, f'"{axis}"')


def _swapped(place: TextPlace, lanes: TextLoop, serial: TextLoop) -> Iterator[CostProposal]:
    """Let a serial loop and that of the lanes change places: the axis stays where it is."""
    title = message_of("cost-swap", loop=serial.variable, other=lanes.variable)
    why = message_of("cost-why-bind", loop=serial.variable)
    patches: list[Patch] = []
    for here, there in ((lanes, serial), (serial, lanes)):
        patches.append(place.replaced(here.target, there.variable))
        extent = place.text.slice(_span(place, there.extent_node))
        patches.append(place.replaced(here.extent_node, extent))
    yield CostProposal("swap", serial.variable, title, why, tuple(patches))


def _span(place: TextPlace, node: ast.expr) -> Span:
    return place.replaced(node, "").span


def _is_perfect(outer: TextLoop, inner: TextLoop) -> bool:
    """Whether a loop around another one holds nothing beside it, or the other way round."""
    for first, last in ((outer, inner), (inner, outer)):
        node: ast.stmt = first.node
        while isinstance(node, ast.For) and len(node.body) == 1 and not node.orelse:
            node = node.body[0]
            if node is last.node:
                return True
    return False


# ---------------------------------------------------------------- what a lane takes


def in_a_row(access: TextAccess, width: int) -> Iterator[CostProposal]:
    """Yield ways to change what a lane does that takes elements in a row one after the other.

    Parameters
    ----------
    width
        Bytes of an element.
    """
    lanes = next((loop for loop in access.loops if loop.is_lanes), None)
    serial = [loop for loop in access.loops if not loop.thread]
    if not serial or not access.loops or access.loops[-1] is not serial[-1]:
        return
    loop = serial[-1]
    if access.stride(loop.variable) != 1:
        return
    yield from _vectorised(access, loop, width)
    if lanes is not None:
        yield from _interleaved(access, lanes, loop)


def _vectorised(access: TextAccess, loop: TextLoop, width: int) -> Iterator[CostProposal]:
    """Take as many elements at once as a lane can, the most first."""
    place = access.place
    why = message_of("cost-why-vectorise", buffer=access.buffer)
    for count in (16, 8, 4, 2):
        if count * width > WIDEST or loop.extent % count:
            continue
        title = message_of("cost-vectorise", loop=loop.variable, count=count)
        vector = _vector_function(loop)
        if loop.extent != count:
            patches = _split(place, loop, count, vector)
        elif loop.is_of_grid:
            patches = _taken_out(place, access.loops, loop, vector)
        else:
            patches = [place.replaced(loop.call.func, vector)]
        yield CostProposal("vectorise", loop.variable, title, why, tuple(patches))


def _vector_function(loop: TextLoop) -> str:
    return f"{_namespace(loop)}.vectorized"


def _namespace(loop: TextLoop) -> str:
    return dotted(loop.call).rpartition(".")[0] or "T"


def _taken_out(
    place: TextPlace, loops: Sequence[TextLoop], loop: TextLoop, vector: str
) -> list[Patch]:
    """Take the last variable out of ``T.grid``, for a loop of its own inside."""
    others = [each for each in loops if each.node is loop.node and each is not loop]
    function = f"{_namespace(loop)}.{'grid' if len(others) > 1 else 'serial'}"
    extents = ", ".join(place.text.slice(_span(place, each.extent_node)) for each in others)
    return [
        place.replaced(loop.node.target, ", ".join(each.variable for each in others)),
        place.replaced(loop.call, f"{function}({extents})"),
        *inside(place, loop, f"for {loop.variable} in {vector}({loop.extent}):"),
    ]


def inside(place: TextPlace, loop: TextLoop, header: str) -> list[Patch]:
    """Return what puts the body of a loop into another statement, which begins with a header."""
    body = loop.node.body
    first = place.lines(body[0]).start
    line = f"{place.indent(loop.node)}{INDENT}{header}\n"
    return _merged([Patch(Span(first, first), line), *place.indented(body)])


def _split(place: TextPlace, loop: TextLoop, count: int, vector: str) -> list[Patch]:
    outer, inner = place.free_name(loop.variable), place.free_name(f"{loop.variable}_v")
    return [
        place.replaced(loop.target, outer),
        place.replaced(loop.extent_node, str(loop.extent // count)),
        *inside(place, loop, f"for {inner} in {vector}({count}):"),
        *place.renamed(loop.node.body, loop.variable, f"({outer} * {count} + {inner})"),
    ]


def _merged(patches: list[Patch]) -> list[Patch]:
    """Return patches in which those at one place are one."""
    places: dict[Span, str] = {}
    for patch in patches:
        places[patch.span] = places.get(patch.span, "") + patch.new
    return [Patch(span, new) for span, new in places.items()]


def _interleaved(access: TextAccess, lanes: TextLoop, serial: TextLoop) -> Iterator[CostProposal]:
    """Let a lane take every so many elements: ``t * 4 + k`` becomes ``k * 256 + t``.

    All elements are taken once either way, if both variables stand in such sums alone.
    """
    place = access.place
    changed: dict[Span, str] = {}
    for node in ast.walk(lanes.node):
        pair = sum_of(node, lanes, serial)
        if pair is not None:
            changed[_span(place, pair[0])] = f"{serial.variable} * {lanes.extent}"
            changed[_span(place, pair[1])] = lanes.variable
    names = [
        node
        for statement in lanes.node.body
        for node in ast.walk(statement)
        if isinstance(node, ast.Name)
        and node.id in (lanes.variable, serial.variable)
        and isinstance(node.ctx, ast.Load)
    ]
    if not changed or len(changed) != len(names):
        return
    title = message_of("cost-interleave", thread=lanes.variable, count=lanes.extent)
    why = message_of("cost-why-interleave", buffer=access.buffer)
    patches = tuple(Patch(span, new) for span, new in changed.items())
    yield CostProposal("interleave", serial.variable, title, why, patches)


def sum_of(node: ast.AST, outer: TextLoop, inner: TextLoop) -> tuple[ast.expr, ast.expr] | None:
    """Return the terms ``outer * 4`` and ``inner`` of a sum, for 4 rounds of the inner loop.

    None for a sum that lacks one, and for anything else.
    """
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Add):
        return None
    terms = terms_of(node)
    scaled = next((term for term in terms if _is_scaled(term, outer.variable, inner.extent)), None)
    alone = next((t for t in terms if isinstance(t, ast.Name) and t.id == inner.variable), None)
    return None if scaled is None or alone is None else (scaled, alone)


def _is_scaled(term: ast.expr, variable: str, by: int) -> bool:
    if not isinstance(term, ast.BinOp) or not isinstance(term.op, ast.Mult):
        return False
    sides = (term.left, term.right)
    named = any(isinstance(side, ast.Name) and side.id == variable for side in sides)
    return named and any(isinstance(side, ast.Constant) and side.value == by for side in sides)
