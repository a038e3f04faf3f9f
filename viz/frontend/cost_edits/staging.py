"""Move a transposed copy through a tile of shared memory, so that both sides go along rows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from viz.frontend.cost_edits.access import TextAccess, TextLoop, declaration
from viz.frontend.cost_edits.proposal import CostProposal
from viz.frontend.cost_edits.tiles import terms_of
from viz.frontend.mends.place import INDENT, TextPlace
from viz.frontend.syntax import dotted, span_of
from viz.messages import message_of
from viz.text import Patch

TILE = "\0"
"""Stands for the name of the tile until one is chosen."""

LANES = 32
"""Lanes of a warp: a longer row of a square would be several requests anyway."""


class Square(NamedTuple):
    """The threads of a block, with the rounds of a loop in each, as a square of elements."""

    column: TextLoop
    """The loop of the lanes."""
    row: TextLoop
    """The loop over the block's other axis."""
    rounds: TextLoop | None
    """The loop in a thread over further rows; None where each thread has one element."""

    @property
    def row_text(self) -> str:
        """The number of a row."""
        if self.rounds is None:
            return self.row.variable
        return f"{self.rounds.variable} * {self.row.extent} + {self.row.variable}"

    @property
    def row_terms(self) -> set[str]:
        """The terms whose sum is the number of a row, as ``ast`` writes them."""
        if self.rounds is None:
            return {self.row.variable}
        return {self.row.variable, f"{self.rounds.variable} * {self.row.extent}"}

    @property
    def variables(self) -> set[str]:
        """The variables of the loops."""
        loops = (self.column, self.row, self.rounds)
        return {loop.variable for loop in loops if loop is not None}

    def exchanged(self, place: TextPlace, subscript: ast.Subscript) -> str | None:
        """Return an access in which row and column have changed places; None where they cannot."""
        index = subscript.slice
        seen: list[str] = []
        parts: list[str] = []
        for each in index.elts if isinstance(index, ast.Tuple) else [index]:
            terms = terms_of(each)
            named = [term for term in terms if _names(term) & self.variables]
            kept = [_text(place, term) for term in terms if term not in named]
            written = [ast.unparse(term) for term in named]
            if not named:
                new = []
            elif written == [self.column.variable]:
                new = [self.row_text]
            elif set(written) == self.row_terms and len(written) == len(self.row_terms):
                new = [self.column.variable]
            else:
                return None
            seen += new
            parts.append(" + ".join([*kept, *new]))
        if sorted(seen) != sorted([self.row_text, self.column.variable]):
            return None
        return f"{ast.unparse(subscript.value)}[{', '.join(parts)}]"


def through_tile(access: TextAccess) -> Iterator[CostProposal]:
    """Yield a statement in two halves: into a tile along rows, and out of it along rows.

    Which thread of a square stores, or loads, which element may be chosen anew: where a half goes
    down a column, row and column change places.
    """
    place, statement = access.place, access.place.statement
    square = square_around(access)
    if square is None or not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return
    target = statement.targets[0]
    if not isinstance(target, ast.Subscript) or not isinstance(target.value, ast.Name):
        return
    halves = _halves(access, target, statement.value, square)
    first = square.rounds.node if square.rounds is not None else statement
    alloc = _alloc(place, target.value.id, square)
    if halves is None or alloc is None or not place.stands_alone(statement):
        return
    name = place.free_name("tile")
    indent = place.indent(first)
    lines: list[str] = []
    for half in halves:
        if square.rounds is not None:
            lines += [indent + place.text.line(first.lineno).strip(), indent + INDENT + half]
        else:
            lines.append(indent + half)
    patches = (
        place.insert_above(access.loops[0].node, alloc.replace(TILE, name)),
        Patch(place.lines(first), "\n".join(lines).replace(TILE, name) + "\n"),
    )
    title = message_of("cost-tile", buffer=access.buffer)
    why = message_of("cost-why-tile", buffer=access.buffer)
    yield CostProposal("tile", access.buffer, title, why, patches)


def is_transposed(access: TextAccess) -> bool:
    """Whether another access of the statement already goes along its rows: it would lose that."""
    lanes = next((loop.variable for loop in access.loops if loop.is_lanes), None)
    others = [
        access._replace(subscript=node, buffer=node.value.id)
        for node in ast.walk(access.place.statement)
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name)
    ]
    return lanes is not None and any(
        each.subscript is not access.subscript and each.stride(lanes) == 1 for each in others
    )


def _halves(
    access: TextAccess, target: ast.Subscript, value: ast.expr, square: Square
) -> tuple[str, str] | None:
    """Return the two statements; None where the threads cannot be chosen anew."""
    place = access.place
    length = square.column.extent + 1  # an odd number: a column lies in different banks
    row, column = square.row_text, square.column.variable
    scaled = row if square.rounds is None else f"({row})"
    along, across = (
        f"{TILE}[{scaled} * {length} + {column}]",
        f"{TILE}[{column} * {length} + {row}]",
    )
    if ast.unparse(access.subscript.value) in _names_of_buffers(target, value):
        return None
    text = place.text.slice(span_of(value, place.text))
    stored = place.text.slice(span_of(target, place.text))
    changed = square.exchanged(place, access.subscript)
    if changed is None:
        return None
    if access.subscript is target:
        return f"{along} = {text}", f"{changed} = {across}"
    inside = [n.id for n in ast.walk(access.subscript) if isinstance(n, ast.Name)]
    whole = [n.id for n in ast.walk(value) if isinstance(n, ast.Name)]
    used = [name for name in whole if name in square.variables]
    if len(used) != len([name for name in inside if name in square.variables]):
        return None
    span, start = span_of(access.subscript, place.text), span_of(value, place.text).start
    text = text[: span.start - start] + changed + text[span.end - start :]
    return f"{across} = {text}", f"{stored} = {along}"


def _names_of_buffers(target: ast.Subscript, value: ast.expr) -> set[str]:
    """Return the buffers that are both read and written: their rounds may depend on each other."""
    read = {ast.unparse(n.value) for n in ast.walk(value) if isinstance(n, ast.Subscript)}
    return read & {ast.unparse(target.value)}


def square_around(access: TextAccess) -> Square | None:
    """Return the square that the loops around a statement cover; None if they cover none."""
    by_axis = {loop.thread: loop for loop in access.loops if loop.thread}
    serial = [loop for loop in access.loops if not loop.thread]
    column, row = by_axis.get("threadIdx.x"), by_axis.get("threadIdx.y")
    if column is None or row is None or "threadIdx.z" in by_axis or len(serial) > 1:
        return None
    around = access.place.around
    inside = around[around.index(access.loops[0].node) :]
    # Nothing but loops may be around the statement: a condition would hold for other threads.
    if [*inside[:-1]] != [loop.node for loop in access.loops]:
        return None
    if any(len(loop.node.body) != 1 or loop.node.orelse for loop in access.loops):
        return None
    rounds = serial[0] if serial else None
    if rounds is not None and access.loops[-1] is not rounds:
        return None
    rows = row.extent * (rounds.extent if rounds is not None else 1)
    return Square(column, row, rounds) if rows == column.extent <= LANES else None


def _alloc(place: TextPlace, buffer: str, square: Square) -> str | None:
    """Return the declaration of the tile; None where the dtype of its elements is not known."""
    function = place.function
    if function is None or not any("s_tir" in ast.unparse(d) for d in function.decorator_list):
        return None  # a function of TIRx writes its barriers itself
    declared = declaration(place, buffer)
    texts = [n.value for n in ast.walk(declared) if isinstance(n, ast.Constant)] if declared else []
    dtypes = [text for text in texts if isinstance(text, str) and text[-1:].isdigit()]
    if len(dtypes) != 1:
        return None
    prefix = dotted(square.column.call).rpartition(".")[0]
    extent = square.column.extent * (square.column.extent + 1)
    return f'{TILE} = {prefix}.sblock_alloc_buffer(({extent},), "{dtypes[0]}", scope="shared")'


def _text(place: TextPlace, node: ast.expr) -> str:
    text = place.text.slice(span_of(node, place.text))
    return text if isinstance(node, ast.Name | ast.Constant | ast.BinOp) else f"({text})"


def _names(node: ast.AST) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
