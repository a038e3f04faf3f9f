"""Find where a program declares a buffer, and where it writes the name of a dtype or a thread."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from viz.frontend.constant_propagation import assigned_names
from viz.frontend.program import Program
from viz.frontend.scopes import is_definition
from viz.frontend.syntax import dotted, span_of
from viz.text import Span, Text

_MAKES_BUFFER = re.compile(r"buffer|alloc|shared|local|view", re.IGNORECASE)
"""What the name of a function of ``T`` has in it that makes a buffer."""

_SUFFIXES = re.compile(r"(?:_ptr|_\d+)*")
"""What codegens add to the name of a buffer."""


def declaration_of(program: Program, function: str, buffer: str) -> Span | None:
    """Return where a function declares a buffer: a statement that makes it, else a parameter.

    Parameters
    ----------
    function
        The name of the function; any function of the text where none has it.
    buffer
        The name of the buffer, in the text or in what a codegen wrote.
    """
    text = Text(program.text)
    found = [
        (node, name)
        for outer in _functions(program, function)
        for node, name in _declarations(outer)
        if buffer.startswith(name) and _SUFFIXES.fullmatch(buffer, len(name))
    ]
    # The longest name is the nearest one; a parameter may be the handle that a buffer is made of.
    best = max(found, key=lambda each: (len(each[1]), isinstance(each[0], ast.stmt)), default=None)
    return None if best is None else span_of(best[0], text)


def _functions(program: Program, function: str) -> list[ast.FunctionDef]:
    every = [node for node in ast.walk(program.tree()) if isinstance(node, ast.FunctionDef)]
    return [node for node in every if node.name == function] or every


def _declarations(function: ast.FunctionDef) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(function):
        if isinstance(node, ast.arg):
            yield node, node.arg
        elif isinstance(node, ast.Assign) and _MAKES_BUFFER.search(dotted(node.value)):
            if isinstance(node.targets[0], ast.Name):
                yield node, node.targets[0].id


def unused_buffer(program: Program, function: str) -> Span | None:
    """Return the last declaration of a buffer that its function does not use: outputs come last."""
    text = Text(program.text)
    for outer in _functions(program, function):
        used = {
            node.id
            for node in ast.walk(outer)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        }
        unused = (span_of(node, text) for node, name in _declarations(outer) if name not in used)
        if (last := max(unused, default=None)) is not None:
            return last
    return None


def returned_names(program: Program, function: str) -> list[str]:
    """Return the names that the last statement of an outermost function returns, if only names."""
    for node in program.tree().body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            last = node.body[-1]
            value = last.value if isinstance(last, ast.Return) else None
            values = value.elts if isinstance(value, ast.Tuple) else [value]
            names = [each.id for each in values if isinstance(each, ast.Name)]
            return names if len(names) == len(values) else []
    return []


def rebound_buffer(program: Program, function: str, buffer: str = "") -> Span | None:
    """Return the first assignment of a value to the bare name of a buffer (``C = A[i]``).

    It stores nothing: the name means the value from there on.

    Parameters
    ----------
    function
        See :func:`declaration_of`.
    buffer
        The name of the buffer; any if left out.
    """
    text = Text(program.text)
    places = []
    for outer in _functions(program, function):
        buffers = {
            name
            for node, name in _declarations(outer)
            if isinstance(node, ast.Assign)
            or (isinstance(node, ast.arg) and _is_buffer(node.annotation))
        }
        for node in ast.walk(outer):
            if not isinstance(node, ast.Assign) or _MAKES_BUFFER.search(dotted(node.value)):
                continue
            target = node.targets[0]
            if not isinstance(target, ast.Name) or target.id not in buffers:
                continue
            if buffer in ("", target.id):
                places.append(span_of(node, text))
    return min(places, default=None)


def _is_buffer(annotation: ast.expr | None) -> bool:
    return annotation is not None and dotted(annotation).endswith("Buffer")


def name_written(program: Program, name: str, within: Span | None = None) -> Span | None:
    """Return the first place that writes a name, as of a dtype: a string or a member of ``T``.

    Parameters
    ----------
    within
        What the place must lie in; the whole text if left out.
    """
    text = Text(program.text)
    places = (span_of(node, text) for node in ast.walk(program.tree()) if _written(node) == name)
    inside = within or Span(0, len(program.text))
    return min((p for p in places if inside.start <= p.start and p.end <= inside.end), default=None)


def launch_of(program: Program, thread: str, extent: int) -> Span | None:
    """Return the first call of ``T.launch_thread`` that gives a thread axis this extent.

    Parameters
    ----------
    thread
        Such as ``threadIdx.x``. A call may name it, or a variable of ``T.env_thread``.
    """
    text = Text(program.text)
    tree = program.tree()
    variables = thread_names(program, "").items()
    names = {thread} | {name for name, axis in variables if axis == thread}
    calls = (
        span_of(node, text)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and dotted(node).endswith("launch_thread")
        and _first_value(node) in names
        and any(isinstance(a, ast.Constant) and a.value == extent for a in node.args[1:])
    )
    return min(calls, default=None)


def thread_names(program: Program, function: str) -> dict[str, str]:
    """Return the variables that stand for ``T.env_thread``, with the thread axis of each."""
    return {
        node.targets[0].id: _first_value(node.value)
        for outer in _functions(program, function)
        for node in ast.walk(outer)
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Call)
        and dotted(node.value).endswith("env_thread")
    }


def _first_value(call: ast.Call) -> str:
    """Return the first argument of a call, if it is a name or a text."""
    first = call.args[0] if call.args else None
    if isinstance(first, ast.Name):
        return first.id
    return str(first.value) if isinstance(first, ast.Constant) else ""


def _written(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def python_statement(program: Program, name: str) -> ast.stmt | None:
    """Return the statement of the file, outside of its definitions, that gives a name a value.

    The last one, as Python would have it; None where there is none.
    """
    found: ast.stmt | None = None
    for statement in program.tree().body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            if statement.name == name and not is_definition(statement):
                found = statement
        elif name in assigned_names(statement):
            found = statement
    return found


def use_in_block(program: Program, block: str, variable: str) -> Span | None:
    """Return the first use of a variable in the block of a name, behind the block's axes."""
    for node in ast.walk(program.tree()):
        if not isinstance(node, ast.With) or not isinstance(node.items[0].context_expr, ast.Call):
            continue
        named = node.items[0].context_expr.args[:1]
        if not named or not isinstance(named[0], ast.Constant) or named[0].value != block:
            continue
        uses = [
            span_of(name, Text(program.text))
            for statement in node.body
            if not (isinstance(statement, ast.Assign) and ".axis." in dotted(statement.value))
            for name in ast.walk(statement)
            if isinstance(name, ast.Name) and name.id == variable
        ]
        if uses:
            return min(uses)
    return None
