"""Refuse ``None`` where a value belongs: a TVM of 2024 reads absent memory there, and crashes."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from viz.errors import ParseError
from viz.frontend.extract import Extract
from viz.frontend.syntax import span_of
from viz.messages import message_of


def refuse_absent_values(extract: Extract) -> None:
    """Refuse ``None`` as a value, an index, a parameter's type or an argument by place.

    Functions that make buffers or iteration variables may be given it by place, any function by
    name.

    Raises
    ------
    ParseError
        At the ``None``.
    """
    for root in extract.nodes:
        for node in ast.walk(root):
            for value in _values(node):
                if isinstance(value, ast.Constant) and value.value is None:
                    place = span_of(value, extract.text)
                    raise ParseError(message_of("absent-value"), span=place)


def _values(node: ast.AST) -> Iterator[ast.expr | None]:
    """Yield what stands where a value belongs."""
    if isinstance(node, ast.arg):
        yield node.annotation
    elif isinstance(node, ast.AnnAssign):
        yield node.value
    elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        yield node.value  # what an element is to become TVM checks itself
    elif isinstance(node, ast.Subscript):
        yield from node.slice.elts if isinstance(node.slice, ast.Tuple) else (node.slice,)
    elif isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if "buffer" not in name.lower() and name != "iter_var":
            yield from node.args
