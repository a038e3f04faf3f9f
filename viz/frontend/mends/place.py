"""Find the statements of a program around a place, and move, wrap and rename them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from viz.frontend.program import Program
from viz.frontend.syntax import dotted, span_of
from viz.text import Patch, Span, Text

INDENT = "    "

AXES = ("threadIdx.x", "threadIdx.y", "threadIdx.z", "blockIdx.x", "blockIdx.y", "blockIdx.z")


class TextPlace(NamedTuple):
    """A place in a program's text, and the statements around it."""

    program: Program
    text: Text
    around: tuple[ast.stmt, ...]
    """From the definition to the innermost statement."""

    @property
    def statement(self) -> ast.stmt:
        """The innermost statement."""
        return self.around[-1]

    @property
    def function(self) -> ast.FunctionDef | None:
        """The innermost function."""
        functions = [node for node in self.around if isinstance(node, ast.FunctionDef)]
        return functions[-1] if functions else None

    def lines(self, node: ast.stmt) -> Span:
        """Return the span of the whole lines of a statement, with the last line break."""
        return self.whole_lines(node.lineno, node.end_lineno or node.lineno)

    def whole_lines(self, first: int, last: int) -> Span:
        """Return the span of some lines, 1-based and inclusive, with the last line break."""
        end = self.text.line_span(last + 1).start
        if last >= self.text.line_count:
            end = len(self.text.string)
        return Span(self.text.line_span(first).start, end)

    def indent(self, node: ast.stmt) -> str:
        """Return the blanks before a statement."""
        line = self.text.line(node.lineno)
        return line[: len(line) - len(line.lstrip())]

    def stands_alone(self, node: ast.stmt) -> bool:
        """Whether nothing else stands on the lines of a statement."""
        before = self.text.line(node.lineno).encode()[: node.col_offset]
        after = self.text.line(node.end_lineno or 0).encode()[node.end_col_offset or 0 :]
        return not before.strip() and (not after.strip() or after.strip().startswith(b"#"))

    def indented(self, nodes: Iterable[ast.stmt]) -> Iterator[Patch]:
        """Yield what moves the lines of statements to the right by one level."""
        for node in nodes:
            for line in range(node.lineno, (node.end_lineno or node.lineno) + 1):
                start = self.text.line_span(line).start
                if self.text.line(line).strip():
                    yield Patch(Span(start, start), INDENT)

    def insert_above(self, node: ast.stmt, line: str) -> Patch:
        """Return what writes a line above a statement."""
        start = self.lines(node).start
        return Patch(Span(start, start), f"{self.indent(node)}{line}\n")

    def replaced(self, node: ast.expr | ast.stmt, new: str) -> Patch:
        """Return what writes something else in place of a node."""
        return Patch(span_of(node, self.text), new)

    def renamed(self, nodes: Iterable[ast.stmt], name: str, new: str) -> Iterator[Patch]:
        """Yield what writes an expression wherever statements read a variable."""
        for outer in nodes:
            for node in ast.walk(outer):
                if isinstance(node, ast.Name) and node.id == name:
                    yield self.replaced(node, new)

    def free_name(self, name: str) -> str:
        """Return a name that is not used in the text, made from another one."""
        used = {node.id for node in ast.walk(self.program.tree()) if isinstance(node, ast.Name)}
        number = 0
        while f"{name}_{number}" in used:
            number += 1
        return f"{name}_{number}"

    def unused_axis(self, kind: str) -> str:
        """Return the first thread axis that the function does not use; empty if there is none.

        Parameters
        ----------
        kind
            ``threadIdx`` or ``blockIdx``.
        """
        used = self.axes()
        return next((axis for axis in AXES if axis.startswith(kind) and axis not in used), "")

    def axes(self) -> set[str]:
        """Return the thread axes that the function names."""
        nodes = ast.walk(self.function) if self.function is not None else ()
        return {
            node.value for node in nodes if isinstance(node, ast.Constant) and node.value in AXES
        }


def place_of(program: Program, span: Span) -> TextPlace | None:
    """Return the place of a span; None where no statement of a function covers it."""
    text = Text(program.text)
    around: list[ast.stmt] = []
    nodes: list[ast.stmt] = list(program.tree().body)
    while True:
        inner = next((node for node in nodes if _covers(node, span, text)), None)
        if inner is None:
            break
        around.append(inner)
        nodes = [child for child in ast.iter_child_nodes(inner) if isinstance(child, ast.stmt)]
    if not any(isinstance(node, ast.FunctionDef) for node in around):
        return None
    return TextPlace(program, text, tuple(around))


def _covers(node: ast.stmt, span: Span, text: Text) -> bool:
    own = span_of(node, text)
    return own.start <= span.start < own.end


def bodies(node: ast.stmt) -> list[list[ast.stmt]]:
    """Return the lists of statements that stand directly in a statement."""
    return [
        value
        for _, value in ast.iter_fields(node)
        if isinstance(value, list) and value and isinstance(value[0], ast.stmt)
    ]


def called(node: ast.AST | None, name: str) -> ast.Call | None:
    """Return a call of a member of this name, ``T.thread_binding(…)``; None for anything else."""
    if isinstance(node, ast.Call) and dotted(node).rpartition(".")[2] == name:
        return node
    return None


def constants(node: ast.AST, wanted: Mapping[str, str]) -> Iterator[tuple[ast.Constant, str]]:
    """Yield the texts in a node that are among the wanted ones, with what is wanted instead."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            if inner.value in wanted:
                yield inner, wanted[inner.value]
