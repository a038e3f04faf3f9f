"""Follow the access path in a TVM error message from the module to the node that it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import tvm

PATH = re.compile(
    r'<root>(?:\.functions\[I\.GlobalVar\("(?P<name>\w+)"\)\])?(?P<rest>(?:\.\w+|\[\d+\])*)'
)
"""A path such as ``<root>.functions[I.GlobalVar("f")].body.indices[0]``."""

INEXACT = "nearest visible parent"
"""A note that TVM adds where the path leads to another node than the error's."""


def along(message: str, mod: tvm.IRModule) -> Iterator[Any]:
    """Yield the nodes on the path in a message, outermost first; none where the path is inexact.

    A path without a function's name belongs to the only function of a module.
    """
    path = PATH.search(message)
    if path is None or INEXACT in message:
        return
    functions = {str(variable.name_hint): f for variable, f in mod.functions.items()}
    name = path["name"] or (next(iter(functions)) if len(functions) == 1 else "")
    node: Any = functions.get(name)
    for field, index in re.findall(r"\.(\w+)|\[(\d+)\]", path["rest"]):
        if node is None:
            return
        node = getattr(node, field, None) if field else node[int(index)]
        yield node


def has_place(node: Any) -> bool:
    """Whether a node's span is the node's own."""
    # The parser gives a variable the span of the statement in which it first appears.
    return isinstance(node, tvm.tirx.Stmt | tvm.ir.Expr) and not isinstance(node, tvm.ir.Var)
