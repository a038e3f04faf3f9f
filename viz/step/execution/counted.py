"""Change a program of the Python codegen so that it counts its rounds and reports its stores.

The names that begin with ``__``, which no program of a user has, are given to it by
:mod:`viz.step.execution.limited`. Lines stay what they were.
"""

from __future__ import annotations

import ast
import copy
from typing import TypeGuard, TypeVar

T = TypeVar("T", bound=ast.AST)


def counted(text: str, number: int, *, watching: bool, checking: bool) -> ast.Module:
    """Return a program whose loops count their rounds where they begin.

    Parameters
    ----------
    number
        What it says of itself when it reports a store.
    watching
        Whether it reports its stores.
    checking
        Whether an index below 0 is an error, as one past the end is by itself.
    """
    module = ast.parse(text)
    if checking:
        module = _Checking().visit(module)
    module.body = _Counting(number, watching=watching).statements(module.body)
    return module


class _Counting:
    """Goes through the statements alone: expressions stay as they are."""

    def __init__(self, number: int, *, watching: bool) -> None:
        self._number = number
        self._watching = watching
        self._known: set[ast.For] = set()  # loops that are counted with the one around them
        self._kept: list[str] = []  # allocations of the function that is gone through

    def statements(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """Return statements changed."""
        changed: list[ast.stmt] = []
        for statement in body:
            if isinstance(statement, ast.FunctionDef):
                self._function(statement)
            elif isinstance(statement, ast.For):
                self._loop(statement)
            elif isinstance(statement, ast.While):
                test = ast.BoolOp(ast.And(), [_call("__round"), statement.test])
                statement.test = placed(test, statement)
                statement.body = self.statements(statement.body)
            elif isinstance(statement, ast.If):
                statement.body = self.statements(statement.body)
                statement.orelse = self.statements(statement.orelse)
            elif isinstance(statement, ast.Assign):
                changed += self._assignment(statement)
                continue
            elif isinstance(statement, ast.Expr) and _is_call(statement.value, "run_threads"):
                statement.value.func = placed(_name("__run_threads"), statement)
            changed.append(statement)
        return changed

    def _function(self, function: ast.FunctionDef) -> None:
        outer, self._kept = self._kept, []
        function.body = self.statements(function.body)
        if self._kept:
            targets: list[ast.expr] = [ast.Name(name, ast.Store()) for name in self._kept]
            first = ast.Assign(targets, ast.Constant(None))
            function.body.insert(0, placed(first, function))
        self._kept = outer

    def _loop(self, loop: ast.For) -> None:
        call = _range_of(loop.iter)
        if call is not None and loop not in self._known:
            inner = ast.Constant(self._known_rounds(loop.body))
            call.func = placed(_name("__rounds"), loop)
            call.args.insert(0, placed(inner, loop))
        loop.body = self.statements(loop.body)

    def _known_rounds(self, body: list[ast.stmt]) -> int:
        """Return the rounds of loops with constant bounds that every run of some lines has."""
        total = 0
        for loop in body:
            call = _range_of(loop.iter) if isinstance(loop, ast.For) else None
            if not isinstance(loop, ast.For) or call is None:
                continue
            if all(isinstance(bound, ast.Constant) for bound in call.args):
                bounds = (ast.literal_eval(bound) for bound in call.args)
                total += len(range(*bounds)) * (1 + self._known_rounds(loop.body))
                self._known.add(loop)
        return total

    def _assignment(self, node: ast.Assign) -> list[ast.stmt]:
        """Keep the memory of an allocation for the next round; report a store if wanted."""
        if _is_call(node.value, "empty"):
            name = f"__kept_{len(self._kept)}"
            self._kept.append(name)
            node.value.func = placed(_name("__kept_or_empty"), node)
            node.value.args.insert(0, placed(_name(name), node))
            node.targets.append(placed(ast.Name(name, ast.Store()), node))
            return [node]
        target = node.targets[0]
        targets = target.elts if isinstance(target, ast.Tuple) else [target]
        stores = [each for each in targets if isinstance(each, ast.Subscript)]
        if not self._watching or not stores:
            return [node]
        before: list[ast.stmt] = []
        after: list[ast.stmt] = []
        for number, store in enumerate(stores):
            name = f"__index_{number}"
            before.append(ast.Assign([ast.Name(name, ast.Store())], store.slice))
            store.slice = placed(_name(name), node)
            place = [ast.Constant(self._number), ast.Constant(node.lineno)]
            reported = [copy.deepcopy(store.value), _name(name), *place]
            after.append(ast.Expr(_call("__wrote", *reported)))
        both = [placed(statement, node) for statement in (*before, *after)]
        return [*both[: len(before)], node, *both[len(before) :]]


class _Checking(ast.NodeTransformer):
    """Checks each index of a buffer; not where ``select`` takes what it does not choose, too."""

    def visit_Call(self, node: ast.Call) -> ast.Call:
        if not _is_call(node, "select"):
            self.generic_visit(node)
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.Subscript:
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and not isinstance(node.slice, ast.Constant):
            index = _call("__inside", ast.Name(node.value.id, ast.Load()), node.slice)
            node.slice = placed(index, node)
        return node


def _range_of(rounds: ast.expr) -> ast.Call | None:
    """Return the call of ``range`` that a loop goes through."""
    if _is_call(rounds, "map"):
        return _range_of(rounds.args[1])
    return rounds if _is_call(rounds, "range") else None


def _is_call(node: ast.expr, name: str) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


def _name(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _call(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(_name(name), list(arguments), [])


def placed(made: T, at: ast.stmt | ast.expr) -> T:
    """Give what was made for a statement or an expression the place of that."""
    for node in ast.walk(made):
        if "lineno" in node._attributes and not hasattr(node, "lineno"):
            ast.copy_location(node, at)
    return made
