"""Let a program of the Python codegen report what it does: calls of a recorder around its own.

The program stays as its rules wrote it. Its marks tell which node wrote which statement and which
expression, so the calls go into Python's syntax tree and need no second codegen.
"""

from __future__ import annotations

import ast
from bisect import bisect_right
from itertools import accumulate
from typing import Any, NamedTuple

from viz.model import Emission, Node, Tree
from viz.step.gpu_rules import binding, launch
from viz.step.writer import Part

RECORDER = "__recorder"
"""The name of the recorder in an instrumented program; TIR has no variable of that name."""


class Instrumented(NamedTuple):
    """A program that reports to a recorder.

    Attributes
    ----------
    module
        Python's syntax tree, without imports.
    variables
        The variables that get values: name, node, whether it is a condition.
    tags
        The indices of threads and blocks.
    """

    module: ast.Module
    variables: list[tuple[str, int, bool]]
    tags: list[str]


def instrumented(tree: Tree, emission: Emission) -> Instrumented:
    """Return a program with calls of the recorder in it.

    ``step(node)`` stands before each statement and in each round of a loop, ``put(variable,
    value)`` after an assignment, ``load(buffer, index, variable)`` and ``store(buffer, index,
    value, variable)`` in the place of accesses.
    """
    rewrite = _Rewrite(tree, emission)
    module = rewrite.visit(ast.parse(emission.text))
    return Instrumented(ast.fix_missing_locations(module), rewrite.variables, rewrite.tags)


class _Rewrite(ast.NodeTransformer):
    def __init__(self, tree: Tree, emission: Emission) -> None:
        self._tree = tree
        self._text = emission.text
        self._lines = emission.text.split("\n")
        self._starts = [0, *accumulate(len(line) + 1 for line in self._lines)]
        self._marks = emission.marks
        self._mark_starts = [mark.start for mark in emission.marks]
        self._loads = {
            (mark.start, mark.end)
            for mark in emission.marks
            if tree.nodes[mark.node].type_key == "ir.TensorLoad"
        }
        self._parents = {child.id: node.id for node in tree.nodes for child in node.children}
        self._slots: dict[int, int] = {}
        self._parameters: dict[str, list[str]] = {}
        self.variables: list[tuple[str, int, bool]] = []
        self.tags: list[str] = []

    # ------------------------------------------------------------ places

    def _offset(self, line: int, column: int) -> int:
        """Return an offset in code points for a place of Python's, whose columns are bytes."""
        before = self._lines[line - 1].encode()[:column].decode()
        return self._starts[line - 1] + len(before)

    def _range(self, node: Any) -> tuple[int, int]:
        start = self._offset(node.lineno, node.col_offset)
        return start, self._offset(node.end_lineno, node.end_col_offset)

    def _node(self, node: Any) -> Node:
        """Return the innermost node of the tree that wrote all of a piece of the program."""
        start, end = self._range(node)
        if isinstance(node, ast.If) and self._text.startswith("elif", start):
            start += 2  # "el" is the other branch's
        at = bisect_right(self._mark_starts, start)
        while at > 0:
            at -= 1
            if self._marks[at].end >= end:
                return self._tree.nodes[self._marks[at].node]
        return self._tree.nodes[0]

    def _variable(self, node: Any) -> int:
        """Return the first node of the variable that a name stands for."""
        found = self._node(node)
        return found.id if found.variable is None else found.variable

    def _slot(self, name: str, variable: int, condition: bool = False) -> int:
        if variable not in self._slots:
            self._slots[variable] = len(self.variables)
            self.variables.append((name, variable, condition))
        return self._slots[variable]

    def _tag(self, tag: str) -> int:
        if tag not in self.tags:
            self.tags.append(tag)
        return self.tags.index(tag)

    # ------------------------------------------------------------ calls

    def _call(self, name: str, *arguments: Any) -> ast.expr:
        values = [
            argument if isinstance(argument, ast.AST) else ast.Constant(argument)
            for argument in arguments
        ]
        function = ast.Attribute(ast.Name(RECORDER, ast.Load()), name, ast.Load())
        return ast.Call(function, values, [])  # type: ignore[arg-type]

    def _do(self, name: str, *arguments: Any) -> ast.stmt:
        return ast.Expr(self._call(name, *arguments))

    def _put(self, target: ast.expr) -> list[ast.stmt]:
        """Return what notes the value that a name got."""
        names = target.elts if isinstance(target, ast.Tuple) else [target]
        return [
            self._do(
                "put", self._slot(each.id, self._variable(each)), ast.Name(each.id, ast.Load())
            )
            for each in names
            if isinstance(each, ast.Name)
        ]

    def _body(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        found: list[ast.stmt] = []
        for statement in statements:
            new = self.visit(statement)
            found += new if isinstance(new, list) else [new]
        return found or [ast.Pass()]

    # ------------------------------------------------------------ statements

    def visit_Module(self, node: ast.Module) -> ast.Module:
        """Instrument the functions; what they import is given to them."""
        functions = [part for part in node.body if isinstance(part, ast.FunctionDef)]
        return ast.Module([self.visit(function) for function in functions], [])

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        """Note the parameters of what one thread of several does."""
        wrote = self._node(node)
        self._parameters[node.name] = [argument.arg for argument in node.args.args]
        noted: list[ast.stmt] = []
        if wrote.type_key != "tirx.PrimFunc":
            for argument in node.args.args:
                if self._node(argument).type_key == "ir.Var":
                    slot = self._slot(argument.arg, self._variable(argument))
                    noted.append(self._do("put", slot, ast.Name(argument.arg, ast.Load())))
            if noted:
                noted.insert(0, self._do("step", wrote.id))
        node.body = noted + self._body(node.body)
        return node

    def visit_For(self, node: ast.For) -> list[ast.stmt]:
        """Make a round of a loop a step; a loop over threads says which thread it is."""
        wrote = self._node(node)
        assert isinstance(node.target, ast.Name)
        value = ast.Name(node.target.id, ast.Load())
        bound = binding(Part(self._tree, wrote))
        noted = [self._do("step", wrote.id), *self._put(node.target)]
        node.iter = self.visit(node.iter)
        if bound is None:
            node.body = noted + self._body(node.body)
            return [node]
        tag = self._tag(bound.tag)
        node.body = [self._do("bind", tag, value), *noted, *self._body(node.body)]
        return [node, self._do("bind", tag, -1)]

    def visit_While(self, node: ast.While) -> ast.stmt:
        """Make each test of the condition a step."""
        wrote = self._node(node)
        slot = self._slot("while", wrote.id, True)
        pair = ast.Tuple([self._call("step", wrote.id), self.visit(node.test)], ast.Load())
        node.test = self._call("test", slot, ast.Subscript(pair, ast.Constant(1), ast.Load()))
        node.body = self._body(node.body)
        return node

    def visit_If(self, node: ast.If) -> list[ast.stmt]:
        """Note the condition."""
        wrote = self._node(node)
        step = self._do("step", wrote.id)
        node.test = self._call("test", self._slot("if", wrote.id, True), self.visit(node.test))
        node.body = self._body(node.body)
        node.orelse = self._body(node.orelse) if node.orelse else []
        return [step, node]

    def visit_Assign(self, node: ast.Assign) -> list[ast.stmt]:
        """Note a new value of names, or the elements that are written."""
        wrote = self._node(node)
        step = self._do("step", wrote.id)
        (target,) = node.targets
        value = self.visit(node.value)
        if isinstance(target, ast.Subscript):
            return [step, self._store(target, value)]
        if isinstance(target, ast.Tuple) and isinstance(target.elts[0], ast.Subscript):
            results = "__results"
            stores = [
                self._store(
                    part,
                    ast.Subscript(ast.Name(results, ast.Load()), ast.Constant(i), ast.Load()),
                )
                for i, part in enumerate(target.elts)
                if isinstance(part, ast.Subscript)
            ]
            return [step, ast.Assign([ast.Name(results, ast.Store())], value), *stores]
        if _calls(node.value, "empty") and isinstance(target, ast.Name):
            value = self._call("new", value, self._variable(target), target.id)
            return [step, ast.Assign([target], value)]
        node.value = value
        return [step, node, *self._put(target)]

    def _store(self, target: ast.Subscript, value: ast.expr) -> ast.stmt:
        index, variable = self.visit(target.slice), self._variable(target.value)
        return self._do("store", target.value, index, value, variable)

    def visit_Expr(self, node: ast.Expr) -> list[ast.stmt]:
        """Give ``run_threads`` the indices that its extents are of."""
        wrote = self._node(node)
        if _calls(node.value, "run_threads"):
            assert isinstance(node.value, ast.Call)
            arguments = [self.visit(argument) for argument in node.value.args]
            names = self._launch(wrote)
            if len(names) != len(arguments) - 1:  # TIRx numbers its threads in other ways
                names = self._parameters[ast.unparse(arguments[0])]
            tags = [self._tag(tag) for tag in names]
            indices = ast.Tuple([ast.Constant(tag) for tag in tags], ast.Load())
            return [self._do("run_threads", indices, *arguments)]
        node.value = self.visit(node.value)
        return [self._do("step", wrote.id), node]

    def _launch(self, wrote: Node) -> list[str]:
        """Return the indices of the threads of a kernel, ``threadIdx.x`` last."""
        outermost = Part(self._tree, wrote)
        at: int | None = wrote.id
        while at is not None:
            part = Part(self._tree, self._tree.nodes[at])
            if binding(part) is not None:
                outermost = part
            at = self._parents.get(at)
        return [tag for tag, _ in launch(outermost)]

    def visit_Assert(self, node: ast.Assert) -> list[ast.stmt]:
        """Make a check a step."""
        node.test = self.visit(node.test)
        return [self._do("step", self._node(node).id), node]

    def visit_Return(self, node: ast.Return) -> list[ast.stmt]:
        """Make it a step."""
        step = self._do("step", self._node(node).id)
        node.value = self.visit(node.value) if node.value else None
        return [step, node]

    # ------------------------------------------------------------ expressions

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """Note a load; what else is in brackets, such as a shape, is none."""
        if self._range(node) not in self._loads:
            self.generic_visit(node)
            return node
        variable = self._variable(node.value)
        return self._call("load", node.value, self.visit(node.slice), variable)


def _calls(value: ast.expr, name: str) -> bool:
    return isinstance(value, ast.Call) and ast.unparse(value.func) == name
