"""Rules for functions, module classes and statements."""

from __future__ import annotations

import ast
import re

from viz.frontend.gate.context import Rebound, Refusal, Scope
from viz.frontend.gate.grammar import DECORATORS, PARAMETER_LISTS
from viz.frontend.syntax import DefinitionNode, dotted
from viz.messages import message_of

RELAX = "R.function"
"""The decorator of a Relax function."""

PACKED_CALL, STRING = "R.call_packed", "R.str"
"""A call by name from a Relax function, and what makes a string an argument of it."""

STATEMENTS = (ast.Expr, ast.Assign, ast.AnnAssign)

_TVM_NAME = re.compile(r"__(tvm|vmtir)_\w+")
"""Names of functions that TVM makes itself, which stand in what it prints."""


def module(scope: Scope, node: ast.Module) -> None:
    """Allow only definitions at the top of the text."""
    for statement in node.body:
        if not isinstance(statement, DefinitionNode):
            raise Refusal(statement, message_of("gate-top-level"))
        scope.admitted.add(statement)
        _note_relax(scope, statement)


def class_definition(scope: Scope, node: ast.ClassDef) -> None:
    """Allow a module class that holds functions, expressions and a docstring."""
    if node not in scope.admitted:
        raise Refusal(node, message_of("gate-inner-class"))
    _decorated(scope, node, "I.ir_module")
    if node.bases or node.keywords:
        raise Refusal([*node.bases, *node.keywords][0], message_of("gate-base-classes"))
    if getattr(node, "type_params", ()):  # Python 3.12 and later
        raise Refusal(node, message_of("gate-type-parameters"))
    if node.name not in scope.modules:  # of two that have this name the second counts
        scope.define(node, node.name)
    scope.modules.add(node.name)
    for member in node.body:
        if isinstance(member, ast.FunctionDef):
            scope.functions.add(member.name)
            scope.admitted.add(member)
            _note_relax(scope, member)
        elif not isinstance(member, ast.Expr | ast.Pass):
            raise Refusal(
                member,
                message_of("gate-functions-only"),
            )


def function(scope: Scope, node: ast.FunctionDef) -> None:
    """Allow a PrimFunc or a Relax function at the top of the text or in a module class.

    A Relax function may hold further ones.
    """
    if node not in scope.admitted:
        raise Refusal(node, message_of("gate-inner-function"))
    relax = _is_relax(scope, node)
    _decorated(scope, node, RELAX if relax else "T.prim_func")
    if relax:
        for inner in ast.walk(node):
            if isinstance(inner, ast.FunctionDef) and _is_relax(scope, inner):
                scope.admitted.add(inner)
        for statement_ in node.body:
            _note_messages(scope, statement_)
    elif scope.relax:
        _require_no_relax(scope, node)
    # TVM takes the name from the text and binds it to a GlobalVar at most.
    if node.name in scope.fixed:
        raise Refusal(node, message_of("gate-tvm-name", name=node.name))
    if node.name.startswith("__") and not _TVM_NAME.match(node.name):
        raise Refusal(node, message_of("gate-python-name", name=node.name))
    for parameter in getattr(node, "type_params", ()):  # Python 3.12 and later
        bound = getattr(parameter, "bound", None)
        plain = bound is None or (isinstance(bound, ast.Name) and bound.id == "int")
        default = getattr(parameter, "default_value", None)
        if type(parameter).__name__ != "TypeVar" or default or not plain:
            raise Refusal(node, message_of("gate-type-parameter"))
        scope.define(node, parameter.name)


def _note_relax(scope: Scope, node: ast.stmt) -> None:
    if isinstance(node, ast.FunctionDef) and _is_relax(scope, node):
        scope.relax = True


def _note_messages(scope: Scope, node: ast.stmt) -> None:
    """Note the strings that the statements of a Relax function give to packed functions.

    They are messages, such as those that the virtual machine checks arguments with. Only where the
    call is all that a statement computes: then no other expression of the text can take one.
    """
    for inner in ast.walk(node):
        call = getattr(inner, "value", None) if isinstance(inner, STATEMENTS) else None
        if not isinstance(call, ast.Call) or _names(scope, call.func) != PACKED_CALL:
            continue
        if scope.own and isinstance(call.func, ast.Attribute) and call.func.value in scope.own:
            continue
        for given in call.args:
            if isinstance(given, ast.Call) and _names(scope, given.func) == STRING:
                scope.prose.update(given.args[:1])


def _require_no_relax(scope: Scope, node: ast.FunctionDef) -> None:
    """Refuse Relax in a PrimFunc.

    Raises
    ------
    Refusal
        At the first member of its namespace.
    Rebound
        When a name of it may be the program's own.
    """
    for inner in ast.walk(node):
        name = inner.value if isinstance(inner, ast.Attribute) else None
        if not isinstance(name, ast.Name) or scope.letters.get(name.id) != "R":
            continue
        if scope.own is None:
            raise Rebound
        if name not in scope.own:
            raise Refusal(inner, message_of("gate-not-tensorir", written=dotted(inner)))


def _is_relax(scope: Scope, node: ast.FunctionDef) -> bool:
    return any(_names(scope, decorator) == RELAX for decorator in node.decorator_list)


def _names(scope: Scope, decorator: ast.expr) -> str:
    """Return what a decorator is, by the letter of its namespace."""
    place, _, member = dotted(decorator).rpartition(".")
    return f"{scope.letters.get(place)}.{member}"


def _decorated(scope: Scope, node: DefinitionNode, wanted: str) -> None:
    """Allow one decorator, ``wanted``, with its known arguments: Python evaluates it."""
    if len(node.decorator_list) != 1:
        raise Refusal(node, message_of("gate-one-decorator", name=node.name, wanted=wanted))
    decorator = node.decorator_list[0]
    place, _, member = dotted(decorator).rpartition(".")
    # TVM's parser never evaluates the decorator of a class, so longer spellings are harmless.
    long = isinstance(node, ast.ClassDef) and place in ("", "script", "tvm.script")
    if _names(scope, decorator) != wanted and not (long and member == "ir_module"):
        raise Refusal(decorator, message_of("gate-decorator", wanted=wanted))
    if isinstance(decorator, ast.Call):
        for argument in [*decorator.args, *decorator.keywords]:
            value = argument.value if isinstance(argument, ast.keyword) else None
            literal = isinstance(value, ast.Constant) and isinstance(value.value, bool)
            if not literal or getattr(argument, "arg", None) not in DECORATORS[wanted]:
                options = ", ".join(sorted(DECORATORS[wanted]))
                raise Refusal(
                    argument,
                    message_of("gate-decorator-argument", wanted=wanted, options=options),
                )


def parameters(scope: Scope, node: ast.arguments) -> None:
    """Allow names with annotations, without defaults: Python evaluates those."""
    for field in PARAMETER_LISTS:
        value = getattr(node, field)
        for refused in value if isinstance(value, list) else [value]:
            if refused is not None:
                raise Refusal(refused, message_of("gate-parameter"))


def parameter(scope: Scope, node: ast.arg) -> None:
    """Note the name of a parameter."""
    scope.bind(node, node.arg)


def statement(scope: Scope, node: ast.Expr) -> None:
    """Treat a string that is a statement as a docstring."""
    scope.prose.add(node.value)


def assertion(scope: Scope, node: ast.Assert) -> None:
    """Treat the message of an assertion as prose."""
    if node.msg is not None:
        scope.prose.update(ast.walk(node.msg))


def loop(scope: Scope, node: ast.For | ast.While) -> None:
    """Refuse the ``else`` of a loop, which TVM's parser drops."""
    if node.orelse:
        raise Refusal(node.orelse[0], message_of("gate-loop-else"))


def assignment(scope: Scope, node: ast.Assign) -> None:
    """Allow ``vi, *vs = T.axis.remap(…)``: other values may be endless; note ``cls = Module``."""
    if isinstance(node.value, ast.Name) and node.value.id in scope.modules:
        _alias(scope, node)
    for target in node.targets:
        elements = getattr(target, "elts", ())
        starred = [element for element in elements if isinstance(element, ast.Starred)]
        if starred and isinstance(node.value, ast.Call) and ".axis." in dotted(node.value):
            scope.admitted.update(starred)


def _alias(scope: Scope, node: ast.Assign) -> None:
    """Note another name of the module class, which nothing else may have.

    Raises
    ------
    Refusal
        When it is bound to something else, too.
    """
    for target in node.targets:
        if not isinstance(target, ast.Name):
            continue
        if target.id not in scope.aliases:
            if target.id in scope.bound:
                raise Refusal(target, message_of("gate-module-name", name=target.id))
            scope.bind(target, target.id)
            scope.aliases.add(target.id)
        scope.admitted.add(target)
