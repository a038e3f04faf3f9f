"""Compute once what depends on the thread's index alone, where it cannot overflow."""

from __future__ import annotations

from collections.abc import Callable

from viz.emulator.warps.tree import Expression
from viz.model.launch import MOST_THREADS

_LEAST, _MOST = -(2**31), 2**31 - 1
_Range = tuple[int, int]


def _corners(operation: Callable[[int, int], int]) -> Callable[[_Range, _Range], _Range | None]:
    def of(a: _Range, b: _Range) -> _Range | None:
        values = [operation(x, y) for x in a for y in b]
        return min(values), max(values)

    return of


def _shifted(a: _Range, b: _Range) -> _Range | None:
    if a[0] < 0 or b[0] != b[1] or not 0 <= b[0] < 31:
        return None
    return a[0] >> b[0], a[1] >> b[0]


def _rest(a: _Range, b: _Range) -> _Range | None:
    return None if a[0] < 0 or b[0] < 1 else (0, b[1] - 1)


def _quotient(a: _Range, b: _Range) -> _Range | None:
    return None if a[0] < 0 or b[0] < 1 else (0, a[1] // b[0])


def _masked(a: _Range, b: _Range) -> _Range | None:
    return None if a[0] < 0 or b[0] < 0 else (0, min(a[1], b[1]))


_RANGES: dict[str, Callable[[_Range, _Range], _Range | None]] = {
    "+": _corners(lambda x, y: x + y),
    "-": _corners(lambda x, y: x - y),
    "*": _corners(lambda x, y: x * y),
    ">>": _shifted,
    "%": _rest,
    "/": _quotient,
    "&": _masked,
}


def thread_range(node: Expression) -> _Range | None:
    """Return the least and the greatest value of a 32-bit expression of the thread's index.

    None for any other expression, and for one that may overflow.
    """
    if node.kind == "literal":
        plain = node.text.isdecimal() and (node.text == "0" or node.text[0] != "0")
        return (int(node.text), int(node.text)) if plain else None
    if node.kind == "cast" and node.text == "int":
        (part,) = node.parts
        index = part.kind == "field" and part.parts[0].text == "threadIdx"
        return (0, MOST_THREADS - 1) if index else thread_range(part)
    if node.kind != "binary" or node.text not in _RANGES:
        return None
    ranges = [thread_range(part) for part in node.parts]
    if ranges[0] is None or ranges[1] is None:
        return None
    result = _RANGES[node.text](ranges[0], ranges[1])
    if result is None or result[0] < _LEAST or result[1] > _MOST:
        return None
    return result


def key_of(node: Expression) -> str:
    """Return what two expressions have in common that compute the same."""
    return f"{node.kind} {node.text} ({', '.join(map(key_of, node.parts))})"


def of_lane(node: Expression) -> str:
    """Return an expression of the thread's index in C++, of the lane ``lane__``."""
    if node.kind == "binary":
        left, right = map(of_lane, node.parts)
        return f"({left} {node.text} {right})"
    if node.kind == "cast":
        return f"((int){of_lane(node.parts[0])})"
    if node.kind == "field":
        return f"threadIdx.{node.text}.at[lane__]"
    return node.text
