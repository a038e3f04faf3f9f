"""Write the tensor core operations of ``nvcuda::wmma``: a fragment is a value of the warp.

All 32 lanes take part in each operation. Under a branch the mask says at run time whether they do:
``if (warp == 0)`` is as good as no branch, and where lanes are missing the run reports it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from viz.emulator.warps.grammar import Unsaid
from viz.emulator.warps.tree import CudaVariable, Expression
from viz.emulator.warps.uniform import varies
from viz.messages import message_of

if TYPE_CHECKING:
    from viz.emulator.warps.expressions import ExpressionWriter

TENSOR_CORES = "nvcuda::wmma::"
"""What their names begin with in the text; expressions name them without ``nvcuda::``."""


def is_fragment(kind: str) -> bool:
    """Whether a type is that of a fragment."""
    return kind.startswith(f"{TENSOR_CORES}fragment<")


def declared(variable: CudaVariable) -> str:
    """Return the declaration of a fragment, or of an array of them, in C++."""
    name = variable.name
    return f'warps::Tiles<{variable.type}, {variable.extent or 1}> {name}("{name}")'


def _tile(writer: ExpressionWriter, node: Expression, mask: str) -> str:
    """Return the fragment that an operand designates."""
    base, index = node, "0"
    if node.kind == "index" and not varies(node.parts[1]):
        base, index = node.parts[0], writer.value(node.parts[1], mask)
    if base.variable is None or base.variable.kind != "fragment":
        raise Unsaid(message_of("warps-construct", construct=base.text, line=writer.line))
    return f"{base.text}.tile({index})"


def _at(writer: ExpressionWriter, node: Expression, mask: str) -> str:
    return f'{writer.line}, "{node.text}", {mask}'


def _filled(writer: ExpressionWriter, node: Expression, mask: str) -> str:
    target, value = node.parts
    parts = f"{_tile(writer, target, mask)}, {writer.value(value, mask)}"
    return f"warps::fill_tile({_at(writer, node, mask)}, {parts})"


def _loaded(writer: ExpressionWriter, node: Expression, mask: str) -> str:
    target, pointer, *rest = node.parts
    parts = [_tile(writer, target, mask), *(writer.value(part, mask) for part in (pointer, *rest))]
    return (
        f"warps::load_tile({writer.place_of(node)}, {_at(writer, node, mask)}, {', '.join(parts)})"
    )


def _stored(writer: ExpressionWriter, node: Expression, mask: str) -> str:
    pointer, source, *rest = node.parts
    parts = [writer.value(pointer, mask), _tile(writer, source, mask)]
    parts += [writer.value(part, mask) for part in rest]
    return (
        f"warps::store_tile({writer.place_of(node)}, {_at(writer, node, mask)}, {', '.join(parts)})"
    )


def _multiplied(writer: ExpressionWriter, node: Expression, mask: str) -> str:
    parts = ", ".join(_tile(writer, part, mask) for part in node.parts)
    return f"warps::multiply_tiles({_at(writer, node, mask)}, {parts})"


OPERATIONS: dict[str, Callable[[ExpressionWriter, Expression, str], str]] = {
    "wmma::fill_fragment": _filled,
    "wmma::load_matrix_sync": _loaded,
    "wmma::store_matrix_sync": _stored,
    "wmma::mma_sync": _multiplied,
}
"""What writes each operation in the lanes of a mask."""
