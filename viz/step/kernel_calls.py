"""The rules of a host's function whose kernels are functions of their own."""

from __future__ import annotations

from viz.step import rules
from viz.step.writer import ATOM, Expression, Operand, Part, Pieces, RuleWriter, joined

LAUNCH = "tirx.call_ffi_kernel"


def kernel_call(w: RuleWriter, of: Operand) -> tuple[int, Pieces]:
    """Write ``main_kernel(A, B)``: the kernel has its launch's extents in itself."""
    name, *arguments = of.part.all("args")
    functions = of.part.tree.nodes[0].children
    node = next((c.id for c in functions if c.field == name.field("value")), None)
    if node is None:
        raise of.part.refused()
    count = len(Part(of.part.tree, of.part.tree.nodes[node]).all("params"))
    return ATOM, (w.function(name.field("value")), "(", *joined(arguments[:count]), ")")


def bind(w: RuleWriter, n: Part) -> Pieces:
    """Write ``x = value``; the error code of a kernel's call is 0."""
    is_code = n["value"].field("op") == LAUNCH
    return (*rules.bind(w, n), *((" or 0",) if is_code else ()))


OPERATORS: dict[str, Expression] = {
    LAUNCH: kernel_call,
    # An array is its memory too.
    "tirx.buffer_data": lambda w, of: (of.level, (of._replace(part=of.part["args[0]"]),)),
}
