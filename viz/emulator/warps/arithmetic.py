"""Count the arithmetic that an expression of a CUDA text does, each operation by its type."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from viz.emulator.warps.pointers import is_pointer
from viz.emulator.warps.tree import Expression, expressions

Sort = Literal["float", "integer"]

_FLOATS = re.compile(r"^(?:half|float|double|nv_bfloat16|__nv_fp8)")
_FLOAT_LITERAL = re.compile(r"^(?!0[xX])(?:\d*\.\d*|\d+(?=[eE]))(?:[eE][+-]?\d+)?[fF]?$|^CUDART_")
_OPERATORS = frozenset(("+", "-", "*", "/", "%", "<<", ">>", "&", "|", "^"))
_COMPARISONS = frozenset(("<", "<=", ">", ">=", "==", "!=", "&&", "||"))
_TILE = re.compile(r"accumulator, *(\d+), *(\d+), *(\d+), *(\w+)")
"""Rows, columns and depth of a product of tiles, and the type of its sums."""

_FUSED = re.compile(r"^(?:__)?[hf]*fma(?:f|_rn)?2?$")
_NO_ARITHMETIC = re.compile(
    r"^(?:make_|tvm_builtin_|atomic|__shfl|__sync|__ballot|__any|__all|__activemask|__ldg|__pack|wmma::)"
    r"|_as_|2(?:half|float|double|u?int|u?short|u?char|bfloat16|u?ll)"
)
"""Functions that move, convert or meet, and the helpers whose own arithmetic is counted."""

_INTEGER_FUNCTIONS = frozenset(("max", "min", "abs", "__mulhi", "__popc", "__clz", "__ffs"))


class Operations(NamedTuple):
    """Numbers of operations on floats and on integers."""

    floats: int = 0
    integers: int = 0

    def plus(self, other: Operations) -> Operations:
        """Return the sums."""
        return Operations(self.floats + other.floats, self.integers + other.integers)

    def times(self, count: int) -> Operations:
        """Return so many times the numbers."""
        return Operations(self.floats * count, self.integers * count)


def operations(root: Expression) -> Operations:
    """Return the arithmetic of an expression: of ``?:``, ``&&`` and ``||`` that of both sides.

    Sums, products, quotients and functions of floats are one operation each, a fused product and
    sum two, of a product of tiles each lane's share; those of integers too, with shifts and bitwise
    ones. Comparisons, conversions and changes of sign are none, nor is the sum of an address and an
    index.
    """
    floats = integers = 0
    for node in expressions(root):
        count = _own(node)
        if count and (_of_tiles(node) or sort_of(node)) == "float":
            floats += count
        else:
            integers += count
    return Operations(floats, integers)


def _own(node: Expression) -> int:
    if node.kind == "binary":
        return int(node.text in _OPERATORS and not is_pointer(node))
    if _of_tiles(node):
        rows, columns, depth = map(int, _tile(node).groups()[:3])
        return 2 * rows * columns * depth // 32
    if node.kind != "call" or _NO_ARITHMETIC.search(node.text):
        return 0
    if _FUSED.match(node.text):
        return 2
    return int(sort_of(node) == "float" or node.text in _INTEGER_FUNCTIONS)


def _of_tiles(node: Expression) -> Sort | None:
    """Return what the product of two tiles adds up; None for any other expression."""
    if node.text != "wmma::mma_sync" or node.kind != "call":
        return None
    return "float" if _FLOATS.match(_tile(node)[4]) else "integer"


def _tile(node: Expression) -> re.Match[str]:
    target = node.parts[0]
    variable = (target.parts[0] if target.kind == "index" else target).variable
    match = _TILE.search("" if variable is None else variable.type)
    assert match is not None
    return match


def sort_of(node: Expression) -> Sort:
    """Return whether the value of an expression is a float; what is neither counts as integer."""
    match node.kind:
        case "literal":
            return "float" if _FLOAT_LITERAL.match(node.text) else "integer"
        case "name" if node.variable is None:
            return "float" if node.text.startswith("CUDART_") else "integer"
        case "name" | "cast" | "index" | "deref" | "arrow" | "field":
            return "float" if _FLOATS.match(_type_of(node)) else "integer"
        case "binary" if node.text in _COMPARISONS:
            return "integer"
        case "conditional":
            sides = node.parts[1:]
        case "unary" if node.text == "!":
            return "integer"
        case _:
            sides = node.parts
    return "float" if any(sort_of(side) == "float" for side in sides) else "integer"


def _type_of(node: Expression) -> str:
    """Return the type of a value; of what is taken from a pointer that which it points to."""
    if node.kind == "name":
        return "" if node.variable is None else node.variable.type
    if node.kind in ("cast", "pointer-cast"):
        return node.text.removeprefix("volatile ")
    return _type_of(node.parts[0]) if node.parts else ""
