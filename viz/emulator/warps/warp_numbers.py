"""Recognise what is computed from thread indices but is the same for all lanes of a warp.

Code that gives each warp work of its own asks for the warp's number: by division of the thread's
number in its block, or of any index whose value in one lane a shuffle then gives to all.
"""

from __future__ import annotations

from viz.emulator.warps.tree import Expression

_LANES = 32
_NUMBER = frozenset(
    (
        ("threadIdx.x",),
        ("blockDim.x", "threadIdx.y"),
        ("blockDim.x", "blockDim.y", "threadIdx.z"),
    )
)
"""The terms of a thread's number in its block, each as its factors."""


def is_warp_number(node: Expression) -> bool:
    """Whether an expression divides the thread's number by a multiple of a warp's lanes."""
    if node.kind != "binary" or node.text not in ("/", ">>"):
        return False
    number, divisor = node.parts
    if divisor.kind != "literal" or not divisor.text.isdecimal():
        return False
    by = int(divisor.text) if node.text == "/" else 1 << min(int(divisor.text), _LANES)
    return by > 0 and by % _LANES == 0 and _is_thread_number(number)


def is_broadcast(node: Expression) -> bool:
    """Whether a call is a shuffle that may give all lanes of a warp the value of one.

    So it does where the source lane and the mask do not differ from lane to lane.
    """
    return node.text == "__shfl_sync" and (
        len(node.parts) == 3 or (len(node.parts) == 4 and node.parts[3].text == str(_LANES))
    )


def _is_thread_number(node: Expression) -> bool:
    if node.kind == "cast" and node.text in ("int", "uint"):
        return _is_thread_number(node.parts[0])
    variable = node.variable
    if node.kind == "name" and variable is not None:
        initial = variable.initial
        return initial is not None and not variable.assigned and _is_thread_number(initial)
    terms = [_factors(term) for term in _terms(node)]
    return len(terms) == len(_NUMBER) and set(terms) == _NUMBER


def _terms(node: Expression) -> list[Expression]:
    if node.kind == "binary" and node.text == "+":
        return [term for part in node.parts for term in _terms(part)]
    return [node]


def _factors(node: Expression) -> tuple[str, ...]:
    """Return the factors of a product of indices and extents, sorted; empty for anything else."""
    if node.kind == "cast":
        return _factors(node.parts[0])
    if node.kind == "binary" and node.text == "*":
        sides = [_factors(part) for part in node.parts]
        return tuple(sorted(sides[0] + sides[1])) if all(sides) else ()
    if node.kind == "field" and node.parts[0].text in ("threadIdx", "blockDim"):
        return (f"{node.parts[0].text}.{node.text}",)
    return ()
