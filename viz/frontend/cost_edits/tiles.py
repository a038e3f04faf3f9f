"""Lay a tile of shared memory out otherwise: longer rows, or columns permuted in each row."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from viz.frontend.cost_edits.access import (
    TextAccess,
    constant_shape,
    declaration,
    declared_shape,
)
from viz.frontend.cost_edits.proposal import CostProposal
from viz.frontend.mends.place import TextPlace, called
from viz.frontend.syntax import dotted, span_of
from viz.messages import Message, message_of
from viz.text import Patch, Span

WORD = 4
"""Bytes of a word, which is what a bank has of each row of shared memory."""

BANKS = 32

ALIGN = "buffer_dim_align"
"""The attribute of a block that pads the rows of a buffer that it writes."""

_ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Mod)


class Tile(NamedTuple):
    """A buffer that its function declares, with all that is done with it."""

    place: TextPlace
    buffer: str
    shape_node: ast.expr
    shape: tuple[int, ...]
    element: int
    """Bytes of an element."""
    subscripts: tuple[ast.Subscript, ...]
    is_plain: bool
    """Whether nothing but single elements is read and written."""

    def text(self, node: ast.expr) -> str:
        """Return the text of an expression."""
        return self.place.text.slice(span_of(node, self.place.text))

    def factor(self, node: ast.expr) -> str:
        """Return the text of an expression as an operand of any operator."""
        return (
            self.text(node) if isinstance(node, ast.Name | ast.Constant) else self._bracketed(node)
        )

    def term(self, node: ast.expr) -> str:
        """Return the text of an expression as an operand of ``+``."""
        if isinstance(node, ast.BinOp) and isinstance(node.op, _ARITHMETIC):
            return self.text(node)
        return self.factor(node)

    def _bracketed(self, node: ast.expr) -> str:
        return f"({self.text(node)})"


def tile_of(access: TextAccess) -> Tile | None:
    """Return the tile that an access goes to; None where its function does not allocate it."""
    place, buffer = access.place, access.buffer
    call = declaration(place, buffer)
    node = declared_shape(place, buffer)
    if not isinstance(call, ast.Call) or "alloc" not in dotted(call) or node is None:
        return None
    shape = constant_shape(node, access.known)
    assert place.function is not None
    if shape is None:
        return None
    names = [n for n in ast.walk(place.function) if isinstance(n, ast.Name) and n.id == buffer]
    subscripts = tuple(
        n
        for n in ast.walk(place.function)
        if isinstance(n, ast.Subscript) and isinstance(n.value, ast.Name) and n.value.id == buffer
    )
    plain = all(len(_indices(each)) == len(shape) and not _slices(each) for each in subscripts)
    plain = plain and len(subscripts) == len(names) - 1  # the other one is the declaration
    return Tile(place, buffer, node, shape, _element(call), subscripts, plain)


def _indices(node: ast.Subscript) -> list[ast.expr]:
    return node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]


def _slices(node: ast.Subscript) -> bool:
    return any(isinstance(inner, ast.Slice) for inner in ast.walk(node.slice))


def _element(call: ast.Call) -> int:
    """Return the bytes of an element; 4 where no dtype is written."""
    texts = [str(n.value) for n in ast.walk(call) if isinstance(n, ast.Constant)]
    kinds = [text for text in texts if re.match(r"u?int|b?float|bool", text)]
    bits = re.search(r"\d+", kinds[0]) if kinds else None
    if kinds and kinds[0] == "bool":
        return 1
    return max(1, int(bits[0]) // 8) if bits else 4


def pad(access: TextAccess, width: int) -> Iterator[CostProposal]:
    """Yield ways to make the rows of a tile longer, since which of them lasts depends on passes.

    A pass that gives buffers the extents that are used takes a column away that nobody uses; the
    attribute of a block is kept, and so are the elements of a flat buffer.

    Parameters
    ----------
    width
        Bytes that each lane wants: rows stay at multiples of it.
    """
    tile = tile_of(access)
    if tile is None:
        return
    unit = max(WORD, width) // tile.element or 1
    length = _odd(tile.shape[-1], unit)
    aligned = message_of("cost-pad", buffer=tile.buffer, count=unit)
    longer = message_of("cost-row-length", buffer=tile.buffer, count=length)
    ways = [
        (aligned, _aligned(tile, unit)),
        (longer, _flat(tile, length)),
        (longer, _longer_rows(tile, length)),
    ]
    if _keeps_extents(tile):
        ways.reverse()
    for title, patches in (*ways, (aligned, _flat_rows(tile, unit))):
        if patches:
            why = message_of("cost-why-pad", buffer=tile.buffer)
            yield CostProposal("pad", tile.buffer, title, why, tuple(patches))


def whole_sectors(access: TextAccess, sector: int) -> Iterator[CostProposal]:
    """Yield ways to make each row of a program's own buffer begin where a sector does.

    Parameters
    ----------
    sector
        Bytes of a sector.
    """
    tile = tile_of(access)
    if tile is None:
        return
    unit = max(1, sector // tile.element)
    length = -(-tile.shape[-1] // unit) * unit
    if length == tile.shape[-1]:
        return
    title = message_of("cost-row-length", buffer=tile.buffer, count=length)
    why = message_of("cost-why-pitch", buffer=tile.buffer)
    for patches in (_flat(tile, length), _longer_rows(tile, length)):
        if patches:
            yield CostProposal("pad", tile.buffer, title, why, tuple(patches))


def _odd(length: int, unit: int) -> int:
    """Return the least length from a row's on that is an odd multiple of a unit."""
    count = -(-length // unit)
    return (count + 1 - count % 2) * unit


def _keeps_extents(tile: Tile) -> bool:
    """Whether no pass changes the extents of buffers: in a function of TIRx."""
    assert tile.place.function is not None
    return any(called(node, "device_entry") for node in ast.walk(tile.place.function))


def _longer_rows(tile: Tile, length: int) -> list[Patch]:
    """Declare the last dimension with more elements."""
    last = tile.shape_node.elts[-1] if isinstance(tile.shape_node, ast.Tuple | ast.List) else None
    if last is None or len(tile.shape) < 2:
        return []
    return [tile.place.replaced(last, str(length))]


def _flat(tile: Tile, length: int) -> list[Patch]:
    """Declare one dimension, and write the place of an element in the padded rows in each use."""
    if len(tile.shape) < 2 or not tile.is_plain:
        return []
    strides = [1, length]
    for extent in reversed(tile.shape[1:-1]):
        strides.append(strides[-1] * extent)
    strides = strides[: len(tile.shape)][::-1]
    patches = [tile.place.replaced(tile.shape_node, f"({strides[0] * tile.shape[0]},)")]
    for subscript in tile.subscripts:
        *outer, last = _indices(subscript)
        terms = [
            f"{tile.factor(index)} * {stride}"
            for index, stride in zip(outer, strides, strict=False)
            if not (isinstance(index, ast.Constant) and index.value == 0)
        ]
        text = " + ".join([*terms, tile.term(last)])
        patches.append(tile.place.replaced(subscript.slice, text))
    return patches


def _flat_rows(tile: Tile, unit: int) -> list[Patch]:
    """Make the rows of a buffer of one dimension longer: ``S[row * 32 + column]``."""
    if len(tile.shape) != 1 or not tile.is_plain:
        return []
    patches: list[Patch] = []
    lengths: set[int] = set()
    for subscript in tile.subscripts:
        factors = _factors(subscript.slice)
        if not factors:
            return []
        length, node = max(factors, key=lambda each: each[0])
        lengths.add(length)
        patches.append(tile.place.replaced(node, str(_odd(length, unit))))
    length = lengths.pop() if len(lengths) == 1 else 0
    if not length or tile.shape[0] % length:
        return []
    extent = tile.shape[0] // length * _odd(length, unit)
    return [tile.place.replaced(tile.shape_node, f"({extent},)"), *patches]


def _factors(index: ast.expr) -> list[tuple[int, ast.Constant]]:
    """Return the numbers that terms of an index are multiplied with: the largest is a row's."""
    return [
        (node.value, node)
        for term in terms_of(index)
        if isinstance(term, ast.BinOp) and isinstance(term.op, ast.Mult)
        for node in (term.left, term.right)
        if isinstance(node, ast.Constant) and isinstance(node.value, int)
    ]


def terms_of(node: ast.expr) -> list[ast.expr]:
    """Return the terms of a sum."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [*terms_of(node.left), *terms_of(node.right)]
    return [node]


# ---------------------------------------------------------------- blocks


def _aligned(tile: Tile, extra: int) -> list[Patch]:
    """Let each block that writes the tile say how far apart its rows are."""
    if len(tile.shape) < 2:
        return []
    assert tile.place.function is not None
    patches: list[Patch] = []
    for block in ast.walk(tile.place.function):
        if isinstance(block, ast.With) and _block_name(block):
            written = _written(block)
            if tile.buffer in written:
                row = [written.index(tile.buffer), len(tile.shape) - 2, _modulus(tile), extra]
                patches.append(_with_attribute(tile.place, block, row))
    return patches


def _modulus(tile: Tile) -> int:
    """Return what the distance of two rows leaves ``extra`` modulo: all banks, or a short row."""
    most = BANKS * WORD // tile.element
    length = tile.shape[-1]
    return min(most, length & -length) if length > 1 else most


def _block_name(node: ast.With) -> str:
    """Return what makes a block, ``T.sblock``; empty for anything else."""
    name = dotted(node.items[0].context_expr)
    return name if name.rpartition(".")[2] in ("sblock", "block") else ""


def _written(block: ast.With) -> list[str]:
    """Return the buffers that a block writes, in the order that TVM numbers them."""
    for statement in block.body:
        call = called(statement.value, "writes") if isinstance(statement, ast.Expr) else None
        if call is not None:
            names = [n.id for n in ast.walk(call) if isinstance(n, ast.Name)]
            return list(dict.fromkeys(names[1:]))  # the first one is that of the namespace
    targets = [
        target.value.id
        for node in ast.walk(block)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name)
    ]
    return list(dict.fromkeys(targets))


def _with_attribute(place: TextPlace, block: ast.With, row: list[int]) -> Patch:
    name = _block_name(block) + "_attr"
    for statement in block.body:
        call = statement.value if isinstance(statement, ast.Expr) else None
        if not isinstance(call, ast.Call) or dotted(call) != name or not call.args:
            continue
        table = call.args[0]
        if isinstance(table, ast.Dict):
            return _in_table(place, table, row)
    first = next(node for node in block.body if not _is_head(node))
    return place.insert_above(first, f'{name}({{"{ALIGN}": [{row}]}})')


def _in_table(place: TextPlace, table: ast.Dict, row: list[int]) -> Patch:
    for key, value in zip(table.keys, table.values, strict=True):
        if getattr(key, "value", "") == ALIGN and isinstance(value, ast.List):
            return place.replaced(value, ast.unparse(value)[:-1] + f", {row}]")
    end = span_of(table, place.text).end - 1
    comma = ", " if table.keys else ""
    return Patch(Span(end, end), f'{comma}"{ALIGN}": [{row}]')


def _is_head(statement: ast.stmt) -> bool:
    """Whether a statement of a block stands before what it does: its axes and regions."""
    value = getattr(statement, "value", None)
    name = dotted(value) if value is not None else ""
    return ".axis." in name or name.rpartition(".")[2] in ("reads", "writes", "where")


# ---------------------------------------------------------------- swizzle


def swizzle(access: TextAccess, width: int) -> Iterator[CostProposal]:
    """Permute the columns of a tile in each row: ``S[i, j]`` becomes ``S[i, j ^ i]``.

    Parameters
    ----------
    width
        Bytes that each lane wants: vectors would be torn apart.
    """
    tile = tile_of(access)
    if tile is None or len(tile.shape) < 2 or not tile.is_plain or width != tile.element:
        return
    length, rows = tile.shape[-1], tile.shape[-2]
    unit = max(1, WORD // tile.element)  # elements that share a word stay together
    if length & (length - 1) or length <= unit:
        return
    patches = []
    for subscript in tile.subscripts:
        *_, row, column = _indices(subscript)
        by = tile.factor(row)
        if rows > length // unit:
            by = f"({by} % {length // unit})"
        by = by if unit == 1 else f"({by} * {unit})"
        patches.append(tile.place.replaced(column, f"{tile.factor(column)} ^ {by}"))
    title = message_of("cost-swizzle", buffer=tile.buffer)
    yield CostProposal("swizzle", tile.buffer, title, _why_swizzle(tile), tuple(patches))


def _why_swizzle(tile: Tile) -> Message:
    return message_of("cost-why-swizzle", buffer=tile.buffer)
