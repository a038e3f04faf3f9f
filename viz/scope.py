"""What an older spelling may ask about the definition that it stands in."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from viz.extract import Extract
from viz.syntax import dotted, span_of
from viz.text import Span, Text

BLOCK_MEMBERS = {
    "block",
    "sblock",
    "axis",
    "reads",
    "writes",
    "init",
    "where",
    "block_attr",
    "alloc_buffer",
}
"""Members of ``T`` that only block programs (``s_tir``) use."""

FLOATS = {"float16", "float32", "float64", "bfloat16"}


class Scope:
    """What the rules may ask about the definition that a node stands in."""

    def __init__(self, extract: Extract, root: ast.AST) -> None:
        self.text: Text = extract.text
        self.namespaces = {"T": "T", "tir": "T", "tirx": "T"} | extract.program.namespaces
        self.root = root
        self.blocks = any(
            self.member(node) in BLOCK_MEMBERS or self.member(node).startswith("axis.")
            for node in ast.walk(root)
        )
        self.pointers: set[str] = set()
        self.buffers: dict[str, str] = {}
        for node in ast.walk(root):
            self._declare(node)
        self.declared = {target for target, _ in bindings(root)}

    def member(self, node: ast.AST) -> str:
        """Return ``block`` for ``T.block`` (or a call of it) under whatever name ``T`` goes."""
        name, _, rest = dotted(node).partition(".")
        if self.namespaces.get(name) == "T":
            return rest
        if name == "tvm" and rest.startswith(("script.tir.", "script.tirx.")):
            return rest.split(".", 2)[2]
        return ""

    def span(self, node: ast.AST) -> Span:
        """Return the node's span in the user's text."""
        return span_of(node, self.text)

    def source(self, node: ast.AST) -> str:
        """Return the node as the user wrote it."""
        return self.text.slice(self.span(node))

    def prefix(self, node: ast.AST) -> str:
        """Return the name ``T`` goes by in this node."""
        return dotted(node).partition(".")[0]

    def argument(self, call: ast.Call, position: int, name: str) -> ast.expr | None:
        """Return an argument of a call by position or name."""
        if position < len(call.args):
            return call.args[position]
        return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)

    def dtype(self, node: ast.AST) -> str:
        """Return an expression's dtype as far as the text says it, else an empty string."""
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            return self.buffers.get(node.value.id, "")
        if isinstance(node, ast.BinOp):
            return self.dtype(node.left) or self.dtype(node.right)
        if isinstance(node, ast.UnaryOp):
            return self.dtype(node.operand)
        if isinstance(node, ast.Call):
            member = self.member(node)
            if member in FLOATS:
                return member
            if member in ("cast", "Cast"):
                return next(
                    (
                        a.value
                        for a in node.args
                        if isinstance(a, ast.Constant) and a.value in FLOATS
                    ),
                    "",
                )
            return next(filter(None, map(self.dtype, node.args)), "")
        return ""

    def _declare(self, node: ast.AST) -> None:
        if isinstance(node, ast.arg) and node.annotation is not None:
            self._buffer(node.arg, node.annotation)
        for target, value in bindings(node, deep=False):
            if isinstance(value, ast.Call) and self.member(value) in ("allocate", "allocate_const"):
                self.pointers.add(target)
            self._buffer(target, value)

    def _buffer(self, name: str, value: ast.expr) -> None:
        member = self.member(value.value if isinstance(value, ast.Subscript) else value)
        if member not in (
            "Buffer",
            "match_buffer",
            "alloc_buffer",
            "sblock_alloc_buffer",
            "decl_buffer",
            "buffer_decl",
        ):
            return
        strings = [
            c.value for c in ast.walk(value) if isinstance(c, ast.Constant) and c.value in FLOATS
        ]
        self.buffers[name] = strings[0] if strings else "float32"


def bindings(root: ast.AST, *, deep: bool = True) -> Iterator[tuple[str, ast.expr]]:
    """Yield the names that assignments and ``with … as`` bind, with the value."""
    for node in ast.walk(root) if deep else (root,):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node.value
        elif isinstance(node, ast.With) and len(node.items) == 1:
            target = node.items[0].optional_vars
            if isinstance(target, ast.Name):
                yield target.id, node.items[0].context_expr
