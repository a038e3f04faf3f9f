"""Find the statements of a printed program, and the names that they introduce, with Python's ast.

TVMScript has Python's grammar, so Python's parser reads all of it, also what TVM cannot parse back.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from viz.text import Span, Text


class Script:
    """A text and its statements by their first lines.

    Raises
    ------
    SyntaxError
        When it is not Python.
    """

    def __init__(self, text: str) -> None:
        self.lines = Text(text)
        self._nodes: dict[int, ast.stmt] = {}
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.stmt):
                self._nodes |= dict.fromkeys(range(_first_line(node), node.lineno + 1), node)

    def line(self, offset: int) -> int:
        """Return the 1-based line of an offset."""
        return self.lines.position(offset).line

    def statement(self, line: int) -> Span | None:
        """Return the span of the statement that begins on a line, with its decorators and body."""
        node = self._nodes.get(line)
        if node is None:
            return None
        start = self.lines.offset_of_byte(_first_line(node), node.col_offset)
        return Span(start, self.lines.offset_of_byte(node.end_lineno or line, _end(node)))

    def names(self, line: int) -> list[Span]:
        """Return the names that the statement on a line introduces, in order."""
        node = self._nodes.get(line)
        return [self._name(name) for name in _introduced(node)] if node is not None else []

    def _name(self, node: ast.Name | ast.arg) -> Span:
        start = self.lines.offset_of_byte(node.lineno, node.col_offset)
        return Span(start, start + len(node.arg if isinstance(node, ast.arg) else node.id))


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _end(node: ast.stmt) -> int:
    return node.end_col_offset or 0


def _introduced(node: ast.stmt) -> Iterator[ast.Name | ast.arg]:
    if isinstance(node, ast.FunctionDef):
        yield from node.args.args
    elif isinstance(node, ast.For):
        yield from _flat(node.target)
    elif isinstance(node, ast.Assign):
        yield from _flat(node.targets[0])
    elif isinstance(node, ast.AnnAssign):
        yield from _flat(node.target)
    elif isinstance(node, ast.With):
        for item in node.items:
            yield from _flat(item.optional_vars)
        for statement in node.body:  # a block's axes are assignments in its body
            if isinstance(statement, ast.Assign) and _is_axis(statement.value):
                yield from _flat(statement.targets[0])


def _is_axis(value: ast.expr) -> bool:
    return ast.unparse(value).startswith("T.axis.")


def _flat(target: ast.expr | None) -> Iterator[ast.Name]:
    if isinstance(target, ast.Name):
        yield target
    elif isinstance(target, ast.Tuple):
        for element in target.elts:
            yield from _flat(element)
