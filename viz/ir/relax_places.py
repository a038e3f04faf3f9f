"""Give the nodes of Relax functions the spans that TVM's parser leaves out.

The parser gives a span to what it evaluates. It gives none to functions and parameters, and what
is rebuilt to name an operand that is a call loses its own. They are found by the names of what is
bound, statement by statement.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import tvm
from tvm import relax
from tvm.script.ir_builder import IRBuilder
from tvm.script.parser.core.diagnostics import Source

from viz.frontend.scopes import is_relax_function
from viz.frontend.syntax import dotted
from viz.ir.functions import relax_functions
from viz.ir.labels import operator
from viz.ir.reflection import elements


def place_relax(mod: tvm.IRModule, text: str, tree: ast.Module) -> None:
    """Give spans to the nodes of a module's Relax functions that have none.

    Parameters
    ----------
    text, tree
        What the module was parsed from.
    """
    written = {
        node.name: node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and is_relax_function(node)
    }
    functions = relax_functions(mod)
    if not functions:
        return
    with IRBuilder() as builder:
        places = _RelaxPlaces(builder, Source(text))
        for name, function in functions.items():
            if (node := written.get(name)) is not None:
                places.function(function, node)


ARITHMETIC = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.FloorDiv: "floor_divide",
    ast.Mod: "floor_mod",
    ast.Pow: "power",
}
"""Relax's operators for Python's."""


class _WrittenBinding(NamedTuple):
    """A statement of a Relax function that binds names, or returns a value."""

    node: ast.stmt
    names: tuple[str, ...]
    value: ast.expr | None


class _RelaxPlaces:
    """Sets spans, each once: an object that has one keeps it."""

    def __init__(self, builder: Any, source: Any) -> None:
        self._builder = builder
        self._source = source

    def _put(self, obj: Any, node: ast.AST | None) -> None:
        if node is not None and getattr(obj, "span", None) is None:
            with self._builder.with_source_span(self._source.to_span(node)):
                self._builder._set_current_source_span(obj)

    def function(self, function: Any, node: ast.FunctionDef) -> None:
        """Place a function, its parameters and what it binds."""
        self._put(function, node)
        for parameter, argument in zip(function.params, node.args.args, strict=False):
            self._put(parameter, argument)
        self._sequence(function.body, node.body)

    def _sequence(self, sequence: Any, body: Sequence[ast.stmt]) -> None:
        """Place the bindings of a sequence by the statements that they were made from.

        A statement may make several: one for each operand that is a call, one for each name.
        """
        statements = list(_statements(body))
        waiting: list[Any] = []
        for binding in direct_bindings(sequence):
            waiting.append(binding)
            name = str(binding.var.name)
            index = next((i for i, each in enumerate(statements) if name in each.names), None)
            if index is None:
                continue
            self._made(waiting, statements[index])
            waiting = []
            statement = statements[index]
            last = name == statement.names[-1]
            del statements[: index + 1 if last else index]
        if statements:
            self._made(waiting, statements[-1])

    def _made(self, made: Sequence[Any], statement: _WrittenBinding) -> None:
        """Place the bindings that a statement made: those of its operands come first."""
        calls = list(_calls(statement.value)) if statement.value is not None else []
        for binding in made:
            name = operator(getattr(binding, "value", None)).rpartition(".")[2]
            index = next((i for i, (_, each) in enumerate(calls) if each == name), None)
            expression = statement.value
            if index is not None:
                expression = calls[index][0]
                del calls[: index + 1]
            self._binding(binding, statement, expression)

    def _binding(
        self, binding: Any, statement: _WrittenBinding, expression: ast.expr | None
    ) -> None:
        self._put(binding.var, statement.node)
        if isinstance(binding, relax.VarBinding) and isinstance(binding.value, relax.If):
            if isinstance(statement.node, ast.If):
                self._put(binding.value, statement.node)
                self._sequence(binding.value.true_branch, statement.node.body)
                self._sequence(binding.value.false_branch, statement.node.orelse)
            return
        if not isinstance(binding.value, tvm.ir.Var):  # a name has the span of what it names
            self._put(binding.value, expression)


def direct_bindings(sequence: Any) -> Iterator[Any]:
    """Yield the bindings of a sequence in their order, without those inside a branch."""
    for block in elements(sequence.blocks):
        yield from elements(block.bindings)


def _statements(body: Sequence[ast.stmt]) -> Iterator[_WrittenBinding]:
    """Yield the statements that make bindings, those inside ``with`` in their place."""
    for node in body:
        if isinstance(node, ast.With):
            yield from _statements(node.body)
        elif isinstance(node, ast.Assign):
            names = tuple(name for target in node.targets for name in _names(target))
            yield _WrittenBinding(node, names, node.value)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            yield _WrittenBinding(node, tuple(_names(node.target)), node.value)
        elif isinstance(node, ast.FunctionDef):
            yield _WrittenBinding(node, (node.name,), None)
        elif isinstance(node, ast.If):
            yield _WrittenBinding(node, tuple(_bound(node.orelse)), None)
        elif isinstance(node, ast.Expr):
            yield _WrittenBinding(node, ("_",), node.value)
        elif isinstance(node, ast.Return):
            yield _WrittenBinding(node, ("",), node.value)


def _calls(node: ast.expr) -> Iterator[tuple[ast.expr, str]]:
    """Yield the calls and the arithmetic in an expression with their operators, operands first."""
    for child in ast.iter_child_nodes(node):
        for inner in [child.value] if isinstance(child, ast.keyword) else [child]:
            if isinstance(inner, ast.expr):
                yield from _calls(inner)
    if isinstance(node, ast.Call):
        yield node, dotted(node).rpartition(".")[2]
    elif isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        yield node, ARITHMETIC[type(node.op)]


def _names(target: ast.expr) -> Iterator[str]:
    for node in ast.walk(target):
        if isinstance(node, ast.Name):
            yield node.id


def _bound(body: Sequence[ast.stmt]) -> Iterator[str]:
    """Yield the name that the last statement of a branch binds: the branch's value has it."""
    statements = [statement for statement in _statements(body) if statement.names != ("",)]
    if statements:
        yield from statements[-1].names[-1:]
