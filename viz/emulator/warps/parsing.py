"""Parse the functions of a CUDA text with tree-sitter's grammar, and resolve their names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Any

from viz.emulator.warps.fragments import is_fragment
from viz.emulator.warps.grammar import Unsaid, line_of, name_of, parsed, text_of, unknown
from viz.emulator.warps.read_expressions import ExpressionReader
from viz.emulator.warps.tree import (
    Assign,
    CudaBlock,
    CudaVariable,
    Declare,
    Evaluate,
    Expression,
    FunctionTree,
    If,
    Leave,
    Loop,
    Statement,
    VariableKind,
)
from viz.messages import message_of

_PLAIN_TYPES = ("primitive_type", "type_identifier", "sized_type_specifier")
_IGNORED = {"comment", "preproc_call", ";", "{", "}", "(", ")"}


class FunctionReader(ExpressionReader):
    """Makes the tree of one function."""

    def function(self, node: Any) -> FunctionTree:
        """Return the tree of a function's definition.

        Raises
        ------
        Unsaid
            When it has a construct that the trees have no word for.
        """
        if node.has_error:
            raise unknown(node)
        declarator = node.child_by_field_name("declarator")
        self.types = _template_types(node)
        parameters = []
        for parameter in declarator.child_by_field_name("parameters").named_children:
            if parameter.type != "parameter_declaration":
                raise unknown(parameter)
            parameters.append(self._parameter(parameter))
        body = self._block(node.child_by_field_name("body"))
        return FunctionTree(
            name_of(node),
            tuple(parameters),
            body,
            line_of(node),
            int(node.end_point[0]) + 1,
            tuple(self.types),
        )

    def _parameter(self, node: Any) -> CudaVariable:
        name, pointer = self._declared(node.child_by_field_name("declarator"), node)
        variable = CudaVariable(name, "parameter", _type_of(node), pointer=pointer)
        self.scopes[-1][name] = variable
        return variable

    def _declared(self, declarator: Any, node: Any) -> tuple[str, bool]:
        """Return the name that a declarator declares, and whether it is a pointer."""
        if declarator is not None and declarator.type == "identifier":
            return text_of(declarator), False
        if declarator is not None and declarator.type == "pointer_declarator":
            inner = declarator.child_by_field_name("declarator")
            if inner.type == "identifier":
                return text_of(inner), True
        raise unknown(node)

    # ------------------------------------------------------------ statements

    def _block(self, node: Any) -> CudaBlock:
        self.scopes.append({})
        statements = tuple(self._statements(node.children))
        self.scopes.pop()
        return CudaBlock(statements, line_of(node))

    def _statements(self, nodes: Any) -> Iterator[Statement]:
        for node in nodes:
            if node.type in _IGNORED:
                continue
            if node.type == "declaration":
                yield from self._declarations(node)
            else:
                yield self._statement(node)

    def _statement(self, node: Any) -> Statement:
        rule = _STATEMENTS.get(node.type)
        if rule is None:
            raise unknown(node)
        return rule(self, node)

    def _body(self, node: Any) -> CudaBlock:
        """Return the body of a branch or a loop, which may have no braces."""
        if node.type == "compound_statement":
            return self._block(node)
        self.scopes.append({})
        body = CudaBlock(tuple(self._statements([node])), line_of(node))
        self.scopes.pop()
        return body

    def _declarations(self, node: Any) -> Iterator[Declare]:
        kind = _type_of(node)
        qualifiers = {text_of(child) for child in node.children if child.type == "type_qualifier"}
        external = any(child.type == "storage_class_specifier" for child in node.children)
        for declarator in node.children_by_field_name("declarator"):
            initial = None
            if declarator.type == "init_declarator":
                initial = self.expression(declarator.child_by_field_name("value"))
                declarator = declarator.child_by_field_name("declarator")
            if declarator.type == "array_declarator":
                variable = self._array(declarator, kind, "__shared__" in qualifiers, external)
            elif external or "__shared__" in qualifiers:
                raise unknown(node)
            else:
                name, pointer = self._declared(declarator, node)
                own: VariableKind = "fragment" if is_fragment(kind) else "value"
                variable = CudaVariable(name, own, kind, pointer=pointer, initial=initial)
            self.scopes[-1][variable.name] = variable
            yield Declare(variable, line_of(node))

    def _array(self, node: Any, kind: str, shared: bool, external: bool) -> CudaVariable:
        name, size = node.child_by_field_name("declarator"), node.child_by_field_name("size")
        if name.type != "identifier" or (size is None) != external or external > shared:
            raise unknown(node)
        if external:
            return CudaVariable(text_of(name), "dynamic", kind)
        own: VariableKind = "fragment" if is_fragment(kind) else "array"
        return CudaVariable(text_of(name), "shared" if shared else own, kind, text_of(size))

    def _evaluated(self, node: Any) -> Statement:
        inner = node.named_children
        if not inner or inner[0].type == "comment":
            return CudaBlock((), line_of(node))
        return self._effect(inner[0])

    def _effect(self, node: Any) -> Assign | Evaluate:
        """Return an expression that is a statement of its own."""
        line = line_of(node)
        if node.type == "update_expression":
            target = self.expression(node.child_by_field_name("argument"))
            sign = text_of(node.child_by_field_name("operator"))[0]
            one = Expression("literal", "1")
            return Assign(target, Expression("binary", sign, (target, one)), line)
        if node.type != "assignment_expression":
            return Evaluate(self.expression(node), line)
        target = self.expression(node.child_by_field_name("left"))
        value = self.expression(node.child_by_field_name("right"))
        operator = text_of(node.child_by_field_name("operator"))
        if operator != "=":
            value = Expression("binary", operator[:-1], (target, value))
        return Assign(target, value, line)

    def _branch(self, node: Any) -> If:
        condition = self.expression(node.child_by_field_name("condition"))
        then = self._body(node.child_by_field_name("consequence"))
        other = node.child_by_field_name("alternative")
        return If(condition, then, None if other is None else self._else(other), line_of(node))

    def _else(self, node: Any) -> CudaBlock:
        return self._body(next(child for child in node.named_children if child.type != "comment"))

    def _for(self, node: Any) -> Loop:
        self.scopes.append({})
        first: Declare | Assign | None = None
        initial = node.child_by_field_name("initializer")
        if initial is not None and initial.type == "declaration":
            declared = list(self._declarations(initial))
            if len(declared) != 1:
                raise unknown(node)
            first = declared[0]
        elif initial is not None:
            first = self._assignment(initial)
        condition = node.child_by_field_name("condition")
        update = node.child_by_field_name("update")
        loop = Loop(
            first,
            None if condition is None else self.expression(condition),
            None if update is None else self._assignment(update),
            self._body(node.child_by_field_name("body")),
            line_of(node),
        )
        self.scopes.pop()
        return loop

    def _assignment(self, node: Any) -> Assign:
        effect = self._effect(node)
        if not isinstance(effect, Assign):
            raise unknown(node)
        return effect

    def _while(self, node: Any) -> Loop:
        condition = self.expression(node.child_by_field_name("condition"))
        return Loop(
            None, condition, None, self._body(node.child_by_field_name("body")), line_of(node)
        )

    def _leave(self, node: Any) -> Leave:
        value = next((child for child in node.named_children if child.type != "comment"), None)
        return Leave(
            node.type.removesuffix("_statement"),
            None if value is None else self.expression(value),
            line_of(node),
        )


_STATEMENTS: dict[str, Callable[[FunctionReader, Any], Statement]] = {
    "expression_statement": FunctionReader._evaluated,
    "if_statement": FunctionReader._branch,
    "for_statement": FunctionReader._for,
    "while_statement": FunctionReader._while,
    "compound_statement": FunctionReader._block,
    "break_statement": FunctionReader._leave,
    "continue_statement": FunctionReader._leave,
    "return_statement": FunctionReader._leave,
}


def _template_types(node: Any) -> list[str]:
    """Return the types that a function is a template of."""
    if node.parent is None or node.parent.type != "template_declaration":
        return []
    parameters = node.parent.child_by_field_name("parameters").named_children
    if any(parameter.type != "type_parameter_declaration" for parameter in parameters):
        raise unknown(node.parent)
    return [text_of(parameter.named_children[0]) for parameter in parameters]


def _type_of(node: Any) -> str:
    kind = node.child_by_field_name("type")
    if kind is not None and (kind.type in _PLAIN_TYPES or is_fragment(text_of(kind))):
        return text_of(kind)
    raise unknown(node)


def functions(text: str, names: frozenset[str]) -> dict[str, FunctionTree | Unsaid]:
    """Return the trees of the functions of these names, or why there is none."""
    # Each byte but those that continue a character begins one.
    begun = [] if text.isascii() else [0, *accumulate(b & 0xC0 != 0x80 for b in text.encode())]

    def place_of(offset: int) -> int:
        return begun[offset] if begun else offset

    trees: dict[str, FunctionTree | Unsaid] = {}
    try:
        definitions = parsed(text)
    except ImportError:
        return dict.fromkeys(names, Unsaid(message_of("warps-no-parser")))
    for node in definitions:
        name = name_of(node)
        if name not in names:
            continue
        try:
            trees[name] = FunctionReader(place_of).function(node)
        except Unsaid as unsaid:
            trees[name] = unsaid
    return trees
