"""Parse the functions of a CUDA text with tree-sitter's grammar, and resolve their names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from viz.emulator.warps.tree import (
    Assign,
    Block,
    Declare,
    Evaluate,
    Expression,
    Function,
    If,
    Leave,
    Loop,
    Statement,
    Variable,
)
from viz.messages import Message, message_of

BUILTINS = ("threadIdx", "blockIdx", "blockDim", "gridDim", "warpSize")
_CONTAINERS = (
    "linkage_specification",
    "template_declaration",
    "preproc_if",
    "preproc_ifdef",
    "preproc_else",
)
_IGNORED = {"comment", "preproc_call", ";", "{", "}", "(", ")"}


class Unsaid(Exception):
    """A kernel has something that masks do not say; ``why`` names it."""

    def __init__(self, why: Message) -> None:
        super().__init__(why.text())
        self.why = why


@cache
def parser() -> Any:
    """Return the parser, which a process that forks others loads first.

    Raises
    ------
    ImportError
        When it is not installed.
    """
    import tree_sitter
    import tree_sitter_cuda

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_cuda.language()))


def parsed(text: str) -> tuple[Any, ...]:
    """Return the definitions of functions in a text, as the grammar's nodes."""
    return tuple(_definitions(parser().parse(text.encode()).root_node))


def _definitions(node: Any) -> Iterator[Any]:
    for child in node.children:
        if child.type == "function_definition":
            yield child
        elif child.type in _CONTAINERS:
            yield from _definitions(child)


def name_of(node: Any) -> str:
    """Return the name of a definition, empty for one that is not a plain function."""
    declarator = node.child_by_field_name("declarator")
    while declarator is not None and declarator.type != "identifier":
        declarator = declarator.child_by_field_name("declarator")
    return _text(declarator) if declarator is not None else ""


def _text(node: Any) -> str:
    return str(node.text.decode())


def _unknown(node: Any) -> Unsaid:
    construct = _text(node).split("\n")[0][:60]
    return Unsaid(message_of("warps-construct", construct=construct, line=_line(node)))


def _line(node: Any) -> int:
    return int(node.start_point[0]) + 1


class FunctionReader:
    """Makes the tree of one function.

    Parameters
    ----------
    place_of
        Returns the place in the text of an offset into its bytes.
    """

    def __init__(self, place_of: Callable[[int], int]) -> None:
        self._place_of = place_of
        self._types: list[str] = []
        self._scopes: list[dict[str, Variable]] = [
            {
                name: Variable(name, "builtin", "uint3", varies=name == "threadIdx")
                for name in BUILTINS
            }
        ]

    def function(self, node: Any) -> Function:
        """Return the tree of a function's definition.

        Raises
        ------
        Unsaid
            When it has a construct that the trees have no word for.
        """
        if node.has_error:
            raise _unknown(node)
        declarator = node.child_by_field_name("declarator")
        self._types = _template_types(node)
        parameters = []
        for parameter in declarator.child_by_field_name("parameters").named_children:
            if parameter.type != "parameter_declaration":
                raise _unknown(parameter)
            parameters.append(self._parameter(parameter))
        body = self._block(node.child_by_field_name("body"))
        return Function(
            name_of(node),
            tuple(parameters),
            body,
            _line(node),
            int(node.end_point[0]) + 1,
            tuple(self._types),
        )

    def _parameter(self, node: Any) -> Variable:
        name, pointer = self._declared(node.child_by_field_name("declarator"), node)
        variable = Variable(name, "parameter", _type_of(node), pointer=pointer)
        self._scopes[-1][name] = variable
        return variable

    def _declared(self, declarator: Any, node: Any) -> tuple[str, bool]:
        """Return the name that a declarator declares, and whether it is a pointer."""
        if declarator is not None and declarator.type == "identifier":
            return _text(declarator), False
        if declarator is not None and declarator.type == "pointer_declarator":
            inner = declarator.child_by_field_name("declarator")
            if inner.type == "identifier":
                return _text(inner), True
        raise _unknown(node)

    # ------------------------------------------------------------ statements

    def _block(self, node: Any) -> Block:
        self._scopes.append({})
        statements = tuple(self._statements(node.children))
        self._scopes.pop()
        return Block(statements, _line(node))

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
            raise _unknown(node)
        return rule(self, node)

    def _body(self, node: Any) -> Block:
        """Return the body of a branch or a loop, which may have no braces."""
        if node.type == "compound_statement":
            return self._block(node)
        self._scopes.append({})
        body = Block(tuple(self._statements([node])), _line(node))
        self._scopes.pop()
        return body

    def _declarations(self, node: Any) -> Iterator[Declare]:
        kind = _type_of(node)
        qualifiers = {_text(child) for child in node.children if child.type == "type_qualifier"}
        external = any(child.type == "storage_class_specifier" for child in node.children)
        for declarator in node.children_by_field_name("declarator"):
            initial = None
            if declarator.type == "init_declarator":
                initial = self._expression(declarator.child_by_field_name("value"))
                declarator = declarator.child_by_field_name("declarator")
            if declarator.type == "array_declarator":
                variable = self._array(declarator, kind, "__shared__" in qualifiers, external)
            elif external or "__shared__" in qualifiers:
                raise _unknown(node)
            else:
                name, pointer = self._declared(declarator, node)
                variable = Variable(name, "value", kind, pointer=pointer, initial=initial)
            self._scopes[-1][variable.name] = variable
            yield Declare(variable, _line(node))

    def _array(self, node: Any, kind: str, shared: bool, external: bool) -> Variable:
        name, size = node.child_by_field_name("declarator"), node.child_by_field_name("size")
        if name.type != "identifier" or (size is None) != external or external > shared:
            raise _unknown(node)
        if external:
            return Variable(_text(name), "dynamic", kind)
        return Variable(_text(name), "shared" if shared else "array", kind, _text(size))

    def _evaluated(self, node: Any) -> Statement:
        inner = node.named_children
        if not inner or inner[0].type == "comment":
            return Block((), _line(node))
        return self._effect(inner[0])

    def _effect(self, node: Any) -> Assign | Evaluate:
        """Return an expression that is a statement of its own."""
        line = _line(node)
        if node.type == "update_expression":
            target = self._expression(node.child_by_field_name("argument"))
            sign = _text(node.child_by_field_name("operator"))[0]
            one = Expression("literal", "1")
            return Assign(target, Expression("binary", sign, (target, one)), line)
        if node.type != "assignment_expression":
            return Evaluate(self._expression(node), line)
        target = self._expression(node.child_by_field_name("left"))
        value = self._expression(node.child_by_field_name("right"))
        operator = _text(node.child_by_field_name("operator"))
        if operator != "=":
            value = Expression("binary", operator[:-1], (target, value))
        return Assign(target, value, line)

    def _branch(self, node: Any) -> If:
        condition = self._expression(node.child_by_field_name("condition"))
        then = self._body(node.child_by_field_name("consequence"))
        other = node.child_by_field_name("alternative")
        return If(condition, then, None if other is None else self._else(other), _line(node))

    def _else(self, node: Any) -> Block:
        return self._body(next(child for child in node.named_children if child.type != "comment"))

    def _for(self, node: Any) -> Loop:
        self._scopes.append({})
        first: Declare | Assign | None = None
        initial = node.child_by_field_name("initializer")
        if initial is not None and initial.type == "declaration":
            declared = list(self._declarations(initial))
            if len(declared) != 1:
                raise _unknown(node)
            first = declared[0]
        elif initial is not None:
            first = self._assignment(initial)
        condition = node.child_by_field_name("condition")
        update = node.child_by_field_name("update")
        loop = Loop(
            first,
            None if condition is None else self._expression(condition),
            None if update is None else self._assignment(update),
            self._body(node.child_by_field_name("body")),
            _line(node),
        )
        self._scopes.pop()
        return loop

    def _assignment(self, node: Any) -> Assign:
        effect = self._effect(node)
        if not isinstance(effect, Assign):
            raise _unknown(node)
        return effect

    def _while(self, node: Any) -> Loop:
        condition = self._expression(node.child_by_field_name("condition"))
        return Loop(
            None, condition, None, self._body(node.child_by_field_name("body")), _line(node)
        )

    def _leave(self, node: Any) -> Leave:
        value = next((child for child in node.named_children if child.type != "comment"), None)
        return Leave(
            node.type.removesuffix("_statement"),
            None if value is None else self._expression(value),
            _line(node),
        )

    # ------------------------------------------------------------ expressions

    def _expression(self, node: Any) -> Expression:
        rule = _EXPRESSIONS.get(node.type)
        if rule is None:
            raise _unknown(node)
        return rule(self, node)

    def _made(self, node: Any, kind: str, text: str, *parts: Any) -> Expression:
        operands = tuple(self._expression(part) for part in parts)
        return Expression(kind, text, operands, place=self._place_of(node.start_byte))

    def _name(self, node: Any) -> Expression:
        name = _text(node)
        found = (scope[name] for scope in reversed(self._scopes) if name in scope)
        return Expression("name", name, variable=next(found, None))

    def _literal(self, node: Any) -> Expression:
        return Expression("literal", _text(node))

    def _inner(self, node: Any) -> Expression:
        inner = [child for child in node.named_children if child.type != "comment"]
        if len(inner) != 1:
            raise _unknown(node)
        return self._expression(inner[0])

    def _operation(self, node: Any) -> Expression:
        operator = _text(node.child_by_field_name("operator"))
        names = ("left", "right") if node.type == "binary_expression" else ("argument",)
        parts = [node.child_by_field_name(name) for name in names]
        kind = {1: "unary", 2: "binary"}[len(parts)]
        return self._made(node, kind, operator, *parts)

    def _pointer(self, node: Any) -> Expression:
        kind = {"*": "deref", "&": "address"}[_text(node.child_by_field_name("operator"))]
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
            _text(child)
            for child in described.named_children
            if child.type not in ("abstract_pointer_declarator", "comment")
        ]
        pointers = [c for c in described.children if c.type == "abstract_pointer_declarator"]
        words = [word for word in words if word != "const"]
        if not pointers:
            return self._made(node, "cast", " ".join(words), value)
        if len(pointers) > 1 or _text(pointers[0]).strip() != "*":
            raise _unknown(node)
        return self._made(node, "pointer-cast", " ".join(words), value)

    def _subscript(self, node: Any) -> Expression:
        indices = node.child_by_field_name("indices").named_children
        if len(indices) != 1:
            raise _unknown(node)
        return self._made(node, "index", "", node.child_by_field_name("argument"), indices[0])

    def _field(self, node: Any) -> Expression:
        kind = {".": "field", "->": "arrow"}[_text(node.child_by_field_name("operator"))]
        member = _text(node.child_by_field_name("field"))
        return self._made(node, kind, member, node.child_by_field_name("argument"))

    def _call(self, node: Any) -> Expression:
        function = node.child_by_field_name("function")
        arguments = [
            child
            for child in node.child_by_field_name("arguments").named_children
            if child.type != "comment"
        ]
        if function.type == "template_function" and _text(function).startswith("reinterpret_cast<"):
            described = function.child_by_field_name("arguments").named_children[0]
            return self._cast_to(node, described, arguments[0])
        if function.type == "primitive_type" or _text(function) in self._types:
            return self._made(node, "cast", _text(function), *arguments)
        if function.type == "parenthesized_expression" and len(arguments) == 1:
            return self._cast_by_name(node, function, arguments[0])
        if function.type != "identifier":
            raise _unknown(node)
        return self._made(node, "call", _text(function), *arguments)

    def _cast_by_name(self, node: Any, type_: Any, value: Any) -> Expression:
        """Return ``(type)(value)``, which the grammar takes for a call where it knows no type."""
        inner = self._inner(type_)
        if inner.kind != "name" or inner.variable is not None:
            raise _unknown(node)
        return self._made(node, "cast", inner.text, value)


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
_EXPRESSIONS: dict[str, Callable[[FunctionReader, Any], Expression]] = {
    "identifier": FunctionReader._name,
    "number_literal": FunctionReader._literal,
    "true": FunctionReader._literal,
    "false": FunctionReader._literal,
    "parenthesized_expression": FunctionReader._inner,
    "condition_clause": FunctionReader._inner,
    "unary_expression": FunctionReader._operation,
    "binary_expression": FunctionReader._operation,
    "pointer_expression": FunctionReader._pointer,
    "conditional_expression": FunctionReader._conditional,
    "cast_expression": FunctionReader._cast,
    "subscript_expression": FunctionReader._subscript,
    "field_expression": FunctionReader._field,
    "call_expression": FunctionReader._call,
}


def _template_types(node: Any) -> list[str]:
    """Return the types that a function is a template of."""
    if node.parent is None or node.parent.type != "template_declaration":
        return []
    parameters = node.parent.child_by_field_name("parameters").named_children
    if any(parameter.type != "type_parameter_declaration" for parameter in parameters):
        raise _unknown(node.parent)
    return [_text(parameter.named_children[0]) for parameter in parameters]


def _type_of(node: Any) -> str:
    kind = node.child_by_field_name("type")
    if kind is None or kind.type not in (
        "primitive_type",
        "type_identifier",
        "sized_type_specifier",
    ):
        raise _unknown(node)
    return _text(kind)


def functions(text: str, names: frozenset[str]) -> dict[str, Function | Unsaid]:
    """Return the trees of the functions of these names, or why there is none."""
    ascii_only = text.isascii()
    data = b"" if ascii_only else text.encode()

    def place_of(offset: int) -> int:
        return offset if ascii_only else len(data[:offset].decode())

    trees: dict[str, Function | Unsaid] = {}
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
