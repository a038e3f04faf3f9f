"""Compute the expressions of a schedule's steps: plain values, and handles on loops and blocks.

Python's own evaluation is never used: each kind of node that
:mod:`viz.frontend.schedule.expressions` lets through has a function here.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from inspect import Parameter, Signature
from typing import Any

import tvm
from tvm import tirx

from viz.errors import LoweringError
from viz.messages import Message, message_of

MOST_VALUES = 1000
"""Elements of a value, those of its parts included, and operands of an expression of TVM's."""

LARGEST = 2**63 - 1

OPERATORS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}

Call = Callable[[str, list[Any], dict[str, Any]], Any]


class Evaluator:
    """Computes expressions by the names that are known.

    Parameters
    ----------
    names
        Values by name; steps add theirs.
    call
        Calls a method of the Schedule by its name with arguments.
    failed
        Why names have no value, for those whose last step failed.
    """

    def __init__(
        self, names: dict[str, Any], call: Call, failed: Mapping[str, Message] | None = None
    ) -> None:
        self.names = names
        self.failed = dict(failed or {})
        self._call = call

    def of(self, node: ast.expr) -> Any:
        """Return the value of an expression.

        Raises
        ------
        LoweringError
            When a name is unknown, values are computed with that cannot be, or there are more
            than ``MOST_VALUES`` in one.
        """
        compute: Callable[[Evaluator, Any], Any] = COMPUTED[type(node)]
        value = compute(self, node)
        _require_small(value)
        return value

    def elements(self, nodes: list[ast.expr]) -> list[Any]:
        """Return the values of a list's elements, starred ones unpacked."""
        values: list[Any] = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                values += self._sequence(self.of(node.value))
            else:
                values.append(self.of(node))
        if len(values) > MOST_VALUES:
            raise LoweringError(message_of("step-large", most=MOST_VALUES))
        return values

    def assign(self, target: ast.expr, value: Any) -> None:
        """Give the names of a target their values.

        Raises
        ------
        LoweringError
            When there are more or fewer values than names.
        """
        if isinstance(target, ast.Name):
            self.names[target.id] = value
            return
        assert isinstance(target, ast.Tuple | ast.List)
        values = self._sequence(value)
        starred = [n for n, part in enumerate(target.elts) if isinstance(part, ast.Starred)]
        if starred:
            after = len(target.elts) - starred[0] - 1
            middle = values[starred[0] : len(values) - after]
            values = [*values[: starred[0]], middle, *values[len(values) - after :]]
        if len(values) != len(target.elts):
            raise LoweringError(
                message_of("step-unpack", wanted=len(target.elts), given=len(values))
            )
        for part, each in zip(target.elts, values, strict=True):
            self.assign(part.value if isinstance(part, ast.Starred) else part, each)

    def forget(self, target: ast.expr, why: Message) -> None:
        """Take the values of the names of a target away: the step that gives new ones failed."""
        for part in ast.walk(target):
            if isinstance(part, ast.Name):
                self.names.pop(part.id, None)
                self.failed[part.id] = why

    def _sequence(self, value: Any) -> list[Any]:
        if isinstance(value, str | int | float) or not hasattr(value, "__len__"):
            raise LoweringError(message_of("step-unpack", wanted=2, given=1))
        return list(value)

    def _name(self, node: ast.Name) -> Any:
        if node.id not in self.names:
            if node.id in self.failed:
                raise LoweringError(self.failed[node.id])
            raise LoweringError(message_of("step-unknown-name", name=node.id))
        return self.names[node.id]

    def _operation(self, node: ast.BinOp) -> Any:
        left, right = self.of(node.left), self.of(node.right)
        numbers = all(isinstance(each, int | float) for each in (left, right))
        lists = isinstance(node.op, ast.Add) and all(
            isinstance(each, list | tuple) for each in (left, right)
        )
        if not numbers and not lists and not any(map(_is_expression, (left, right))):
            kinds = f"{type(left).__name__}, {type(right).__name__}"
            raise LoweringError(message_of("step-operands", reason=kinds))
        try:
            value = OPERATORS[type(node.op)](left, right)
        except (ArithmeticError, TypeError, ValueError) as error:
            raise LoweringError(message_of("step-operands", reason=str(error))) from None
        if isinstance(value, int) and abs(value) > LARGEST:
            raise LoweringError(message_of("step-operands", reason=f"{LARGEST:,} <"))
        return value

    def _negative(self, node: ast.UnaryOp) -> Any:
        value = self.of(node.operand)
        if not isinstance(value, int | float) and not _is_expression(value):
            raise LoweringError(message_of("step-operands", reason=type(value).__name__))
        return -value

    def _element(self, node: ast.Subscript) -> Any:
        values = self._sequence(self.of(node.value))
        if isinstance(node.slice, ast.Slice):
            bounds = node.slice.lower, node.slice.upper, node.slice.step
            lower, upper, step = (None if each is None else self.of(each) for each in bounds)
            try:
                return values[lower:upper:step]
            except (TypeError, ValueError) as error:
                raise LoweringError(message_of("step-operands", reason=str(error))) from None
        index = self.of(node.slice)
        if not isinstance(index, int) or not -len(values) <= index < len(values):
            raise LoweringError(message_of("step-index", index=str(index), count=len(values)))
        return values[index]

    def _call_of(self, node: ast.Call) -> Any:
        assert isinstance(node.func, ast.Attribute)
        keywords = {str(each.arg): self.of(each.value) for each in node.keywords}
        return self._call(node.func.attr, self.elements(node.args), keywords)

    def _function(self, node: ast.Lambda) -> Callable[..., Any]:
        """Return a function of indices, for a layout: TVM calls it with its variables."""
        named = [argument.arg for argument in node.args.args]
        rest = node.args.vararg

        def computed(*indices: Any) -> Any:
            known = self.names | dict(zip(named, indices, strict=False))
            if rest is not None:
                known[rest.arg] = list(indices[len(named) :])
            made = Evaluator(known, self._call, self.failed).of(node.body)
            parts = list(made) if isinstance(made, list | tuple) else [made]
            return [_as_index(part, indices) for part in parts]

        # TVM asks for the parameters of the function, to make as many variables.
        computed.__signature__ = _signature(named, rest)  # type: ignore[attr-defined]
        return computed


def _require_small(value: Any) -> None:
    """Check how much a value holds, a part once for each place where it stands.

    A list that holds another one twice costs nothing here, but TVM converts both of them: what
    doubles with each step would never end there.

    Raises
    ------
    LoweringError
        When it is more than ``MOST_VALUES``.
    """
    waiting, count = [value], 0
    while waiting:
        parts = _parts(waiting.pop())
        count += len(parts)
        if count > MOST_VALUES:
            raise LoweringError(message_of("step-large", most=MOST_VALUES))
        waiting += parts


def _parts(value: Any) -> list[Any]:
    if isinstance(value, list | tuple):
        return list(value)
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    if _is_expression(value) and hasattr(value, "a") and hasattr(value, "b"):
        return [value.a, value.b]
    return []


def _signature(named: list[str], rest: ast.arg | None) -> Signature:
    parameters = [Parameter(name, Parameter.POSITIONAL_OR_KEYWORD) for name in named]
    if rest is not None:
        parameters.append(Parameter(rest.arg, Parameter.VAR_POSITIONAL))
    return Signature(parameters)


def _as_index(part: Any, indices: tuple[Any, ...]) -> Any:
    """Return a part of a layout as TVM wants it: a number as an expression of the indices' type."""
    if isinstance(part, int) and indices:
        return tirx.const(part, str(indices[0].ty.dtype))
    return part


def _is_expression(value: Any) -> bool:
    return isinstance(value, tvm.ir.Expr)


COMPUTED: Mapping[type[ast.expr], Callable[[Evaluator, Any], Any]] = {
    ast.Constant: lambda evaluator, node: node.value,
    ast.Name: Evaluator._name,
    ast.List: lambda evaluator, node: evaluator.elements(node.elts),
    ast.Tuple: lambda evaluator, node: tuple(evaluator.elements(node.elts)),
    ast.Dict: lambda evaluator, node: dict(
        zip(evaluator.elements(node.keys), evaluator.elements(node.values), strict=True)
    ),
    ast.UnaryOp: Evaluator._negative,
    ast.BinOp: Evaluator._operation,
    ast.Subscript: Evaluator._element,
    ast.Call: Evaluator._call_of,
    ast.Lambda: Evaluator._function,
}
"""What each kind of expression gives."""
