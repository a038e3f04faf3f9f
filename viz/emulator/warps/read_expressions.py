"""Make expressions of the grammar's nodes, with their names resolved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from viz.emulator.warps.fragments import TENSOR_CORES
from viz.emulator.warps.grammar import text_of, unknown
from viz.emulator.warps.tree import CudaVariable, Expression

BUILTINS = ("threadIdx", "blockIdx", "blockDim", "gridDim", "warpSize")


class ExpressionReader:
    """Makes the expressions of one function.

    Parameters
    ----------
    place_of
        Returns the place in the text of an offset into its bytes.
    """

    def __init__(self, place_of: Callable[[int], int]) -> None:
        self._place_of = place_of
        self.types: list[str] = []
        self.scopes: list[dict[str, CudaVariable]] = [
            {
                name: CudaVariable(name, "builtin", "uint3", varies=name == "threadIdx")
                for name in BUILTINS
            }
        ]

    def expression(self, node: Any) -> Expression:
        """Return the expression of a node.

        Raises
        ------
        Unsaid
            When the trees have no word for it.
        """
        rule = _EXPRESSIONS.get(node.type)
        if rule is None:
            raise unknown(node)
        return rule(self, node)

    def _made(self, node: Any, kind: str, text: str, *parts: Any) -> Expression:
        operands = tuple(self.expression(part) for part in parts)
        return Expression(kind, text, operands, None, *self._span_of(node))

    def _span_of(self, node: Any) -> tuple[int, int]:
        return self._place_of(node.start_byte), self._place_of(node.end_byte)

    def _name(self, node: Any) -> Expression:
        name = text_of(node)
        found = (scope[name] for scope in reversed(self.scopes) if name in scope)
        return Expression("name", name, (), next(found, None), *self._span_of(node))

    def _literal(self, node: Any) -> Expression:
        return Expression("literal", text_of(node), (), None, *self._span_of(node))

    def _inner(self, node: Any) -> Expression:
        inner = [child for child in node.named_children if child.type != "comment"]
        if len(inner) != 1:
            raise unknown(node)
        return self.expression(inner[0])

    def _operation(self, node: Any) -> Expression:
        operator = text_of(node.child_by_field_name("operator"))
        names = ("left", "right") if node.type == "binary_expression" else ("argument",)
        parts = [node.child_by_field_name(name) for name in names]
        kind = {1: "unary", 2: "binary"}[len(parts)]
        return self._made(node, kind, operator, *parts)

    def _pointer(self, node: Any) -> Expression:
        kind = {"*": "deref", "&": "address"}[text_of(node.child_by_field_name("operator"))]
        return self._made(node, kind, "", node.child_by_field_name("argument"))

    def _conditional(self, node: Any) -> Expression:
        names = ("condition", "consequence", "alternative")
        return self._made(node, "conditional", "", *map(node.child_by_field_name, names))

    def _cast(self, node: Any) -> Expression:
        described = node.child_by_field_name("type")
        value = node.child_by_field_name("value")
        return self._cast_to(node, described, value)

    def _cast_to(self, node: Any, described: Any, value: Any) -> Expression:
        words = [
            text_of(child)
            for child in described.named_children
            if child.type not in ("abstract_pointer_declarator", "comment")
        ]
        pointers = [c for c in described.children if c.type == "abstract_pointer_declarator"]
        words = [word for word in words if word != "const"]
        if not pointers:
            return self._made(node, "cast", " ".join(words), value)
        if len(pointers) > 1 or text_of(pointers[0]).strip() != "*":
            raise unknown(node)
        return self._made(node, "pointer-cast", " ".join(words), value)

    def _subscript(self, node: Any) -> Expression:
        indices = node.child_by_field_name("indices").named_children
        if len(indices) != 1:
            raise unknown(node)
        return self._made(node, "index", "", node.child_by_field_name("argument"), indices[0])

    def _field(self, node: Any) -> Expression:
        kind = {".": "field", "->": "arrow"}[text_of(node.child_by_field_name("operator"))]
        member = text_of(node.child_by_field_name("field"))
        return self._made(node, kind, member, node.child_by_field_name("argument"))

    def _call(self, node: Any) -> Expression:
        function = node.child_by_field_name("function")
        arguments = [
            child
            for child in node.child_by_field_name("arguments").named_children
            if child.type != "comment"
        ]
        if function.type == "template_function" and text_of(function).startswith(
            "reinterpret_cast<"
        ):
            described = function.child_by_field_name("arguments").named_children[0]
            return self._cast_to(node, described, arguments[0])
        if function.type == "primitive_type" or text_of(function) in self.types:
            return self._made(node, "cast", text_of(function), *arguments)
        if function.type == "parenthesized_expression" and len(arguments) == 1:
            return self._cast_by_name(node, function, arguments[0])
        name = text_of(function)
        if name.startswith(TENSOR_CORES):
            return self._made(node, "call", name.removeprefix("nvcuda::"), *arguments)
        if function.type != "identifier":
            raise unknown(node)
        return self._made(node, "call", name, *arguments)

    def _qualified(self, node: Any) -> Expression:
        """Return a constant of tensor core operations: how a tile lies in memory."""
        if not text_of(node).startswith(f"{TENSOR_CORES}mem_"):
            raise unknown(node)
        return self._literal(node)

    def _cast_by_name(self, node: Any, type_: Any, value: Any) -> Expression:
        """Return ``(type)(value)``, which the grammar takes for a call where it knows no type."""
        inner = self._inner(type_)
        if inner.kind != "name" or inner.variable is not None:
            raise unknown(node)
        return self._made(node, "cast", inner.text, value)


_EXPRESSIONS: dict[str, Callable[[ExpressionReader, Any], Expression]] = {
    "identifier": ExpressionReader._name,
    "number_literal": ExpressionReader._literal,
    "true": ExpressionReader._literal,
    "false": ExpressionReader._literal,
    "parenthesized_expression": ExpressionReader._inner,
    "condition_clause": ExpressionReader._inner,
    "unary_expression": ExpressionReader._operation,
    "binary_expression": ExpressionReader._operation,
    "pointer_expression": ExpressionReader._pointer,
    "conditional_expression": ExpressionReader._conditional,
    "cast_expression": ExpressionReader._cast,
    "subscript_expression": ExpressionReader._subscript,
    "field_expression": ExpressionReader._field,
    "call_expression": ExpressionReader._call,
    "qualified_identifier": ExpressionReader._qualified,
}
