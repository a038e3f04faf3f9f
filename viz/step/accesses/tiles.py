"""How warps load and store the fragments of tensor cores: each one a tile of a matrix, at once.

Which lane accesses which element is not documented, so the tile is the whole warp's request: its
bytes and sectors are counted, no banks.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from viz.messages import message_of
from viz.step.accesses.expressions import placed
from viz.step.accesses.figures import MatrixTile
from viz.step.accesses.machine import Compiler, Mask, Run, UnableError, Value
from viz.step.accesses.memory import bytes_of
from viz.step.accesses.needed import ACCESS_POINTER, ADDRESS, LEADING, POINTER
from viz.step.accesses.recorder import AccessKey
from viz.step.writer import Part

LAYOUT = "args[7]"


def fragment(c: Compiler, call: Part) -> Run:
    """Make the access of a fragment that is loaded or stored."""
    rows, columns = _extents(call)
    by_rows = call[LAYOUT].field("value") != "col_major"
    runs, length = (rows, columns) if by_rows else (columns, rows)
    at, leading = _pointer(c, call[POINTER]), c.value(call[LEADING])
    node, machine, is_store = call.node.id, c.machine, "store" in call.field("op")

    def run(mask: Mask) -> None:
        view, element, first = at(mask)
        step = np.unique(leading(mask))
        if len(step) != 1:
            raise UnableError(message_of("causes-node", what=call.field("op")))
        if is_store:
            machine.written(view.memory, is_known=False)
        space = view.memory.space
        tile = MatrixTile(runs, length * element, int(step[0]) * element, view.memory.size)
        machine.note_tile(
            AccessKey(node, "fragment", space, element, view.name, tile.step), first, mask, tile
        )

    return run


def _extents(call: Part) -> tuple[int, int]:
    """Return rows and columns of a fragment: of A m and k, of B k and n, else m and n."""
    m, n, k = (int(call[f"args[{at}]"].field("value")) for at in (1, 2, 3))
    buffer = next(call["args[0]"].find("ir.Var"))
    scope = buffer.type().field("storage_scope")
    return {"wmma.matrix_a": (m, k), "wmma.matrix_b": (k, n)}.get(scope, (m, n))


def _pointer(c: Compiler, pointer: Part) -> Value:
    """Return what tells the buffer that is pointed into, the bytes of an element, and the byte."""
    if pointer.field("op") == ADDRESS:
        at = placed(c, pointer["args[0]"], pointer["args[0]"]["source"])

        def place(mask: Mask) -> Any:
            view, first = at(mask)
            return view, view.element, first * view.element

        return place
    if pointer.field("op") != ACCESS_POINTER:
        raise UnableError(message_of("causes-node", what=pointer.field("op") or pointer.key))
    buffer, offset = next(pointer["args[1]"].find("ir.Var")), c.value(pointer["args[2]"])
    element = bytes_of(pointer["args[0]"].node.dtype)

    def from_start(mask: Mask) -> Any:
        return c.view(buffer), element, offset(mask) * element

    return from_start
