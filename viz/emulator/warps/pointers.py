"""Tell which expressions are addresses, and of what memory."""

from __future__ import annotations

from viz.emulator.warps.tree import CudaVariable, Expression, expressions, named


def own_array(node: Expression) -> CudaVariable | None:
    """Return the array of each lane's own that an expression names."""
    variable = named(node)
    return variable if variable is not None and variable.kind == "array" else None


def is_pointer(node: Expression) -> bool:
    """Whether the value of an expression is an address."""
    if node.kind in ("pointer-cast", "address"):
        return True
    if node.kind == "binary":
        return (
            node.text in ("+", "-") and is_pointer(node.parts[0]) and not is_pointer(node.parts[1])
        )
    variable = named(node)
    return variable is not None and (
        variable.pointer or variable.kind in ("array", "shared", "dynamic")
    )


def volatile(node: Expression) -> bool:
    """Whether an expression accesses memory that lanes in lockstep share."""
    return any(
        part.kind == "pointer-cast" and part.text.startswith("volatile ")
        for part in expressions(node)
    )
