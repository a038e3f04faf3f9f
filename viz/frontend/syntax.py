"""Read Python without running it: the ``ast`` of a text, and its names, spans and constants."""

from __future__ import annotations

import ast
import operator
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from viz.errors import SourceError
from viz.messages import message_of
from viz.model import Plain
from viz.text import Span, Text


class SizeVariable(Plain, frozen=True):
    """A variable of shapes, ``n = TypeVar("n")``, as TVM prints above a definition that uses it."""

    name: str


Constant = bool | int | float | str | tuple["Constant", ...] | SizeVariable
"""The value of a name that is known without running Python."""

DefinitionNode = ast.FunctionDef | ast.ClassDef
"""A function or a class."""


_NO_BODY = re.compile(r"^expected an indented block after .* on line (?P<line>\d+)$")
"""What Python says of a header without a body."""

TEXTS_KEPT = 4
"""Texts whose ``ast`` is kept: the user's, and those that TVM's parser is given for it."""


@lru_cache(maxsize=TEXTS_KEPT)
def parsed(text: str) -> ast.Module:
    """Return the ``ast`` of a text, the same tree whenever it is asked for: do not change it.

    Raises
    ------
    SyntaxError, ValueError
        When it is not Python.
    RecursionError, MemoryError
        When it is nested too deeply.
    """
    # It is about the user's text, not about the code of whoever calls; the filters are put back.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def without_margins(text: str, margins: tuple[int, ...]) -> str:
    """Return a text without the blank margin of each line."""
    if not margins:
        return text
    lines = re.split(r"(\r\n|\r|\n)", text)
    lines[::2] = [line[margin:] for line, margin in zip(lines[::2], margins, strict=True)]
    return "".join(lines)


@lru_cache(maxsize=TEXTS_KEPT)
def _shifted(text: str, margins: tuple[int, ...]) -> ast.Module:
    """Return the ``ast`` of a text read without its left margin, with positions in the text."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(without_margins(text, margins))
    for node in ast.walk(tree):  # the margin is blank: a byte a character
        if isinstance(node, ast.stmt | ast.expr | ast.arg | ast.keyword | ast.alias):
            node.col_offset += margins[node.lineno - 1]
            if node.end_lineno is not None and node.end_col_offset is not None:
                node.end_col_offset += margins[node.end_lineno - 1]
    return tree


def is_python(text: str, margins: tuple[int, ...] = ()) -> bool:
    """Return whether Python can read a text; for ``margins`` see :func:`tree_of`."""
    try:
        tree_of(text, margins)
    except SourceError:
        return False
    return True


def tree_of(text: str, margins: tuple[int, ...] = ()) -> ast.Module:
    """Return the ``ast`` of the user's text: see :func:`parsed`.

    Parameters
    ----------
    margins
        The width of the blank margin of each line, which is no indentation; none if empty.

    Raises
    ------
    SourceError
        When it is not Python, with the span of the error and what to do about it.
    """
    lines = Text(text)
    try:
        return _shifted(text, margins) if margins else parsed(text)
    except SyntaxError as error:
        what = message_of("not-python", error=error.msg)
        raise SourceError(what, span=_error_span(error, lines, margins)) from None
    except ValueError:
        raise SourceError(message_of("not-python-text")) from None
    except (RecursionError, MemoryError):
        raise SourceError(message_of("text-too-nested")) from None


def _error_span(error: SyntaxError, lines: Text, margins: tuple[int, ...]) -> Span:
    header = _NO_BODY.search(error.msg)
    if header is not None:  # Python tells the line after it, which may be far below
        whole = lines.line_span(int(header["line"]))
        indent = len(lines.slice(whole)) - len(lines.slice(whole).lstrip())
        return Span(whole.start + indent, whole.end)
    line = error.lineno or 1
    margin = margins[line - 1] if line <= len(margins) else 0
    # SyntaxError counts columns in code points, 1-based (Python 3.11 and later).
    start = lines.offset(line, (error.offset or 1) + margin)
    end = min(start + 1, len(lines.string))  # it may be at the end of the text
    if error.end_lineno == line and error.end_offset and error.end_offset > (error.offset or 1):
        end = lines.offset(line, error.end_offset + margin)
    return Span(start, end)


def dotted(node: ast.AST) -> str:
    """Return ``a.b.c`` for that expression or a call of it, for any other an empty string."""
    if isinstance(node, ast.Call):
        node = node.func
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(parts)])


def decorated(node: ast.AST, name: str) -> bool:
    """Return whether the last name of a decorator of a class or function is ``name``."""
    decorators = getattr(node, "decorator_list", ())
    return any(dotted(decorator).rpartition(".")[2] == name for decorator in decorators)


_BLOCKS = ("body", "handlers", "orelse", "finalbody", "cases")
"""The fields that hold statements, or what holds some."""


def statements_below(node: ast.AST) -> Iterator[ast.stmt]:
    """Yield the statements below a node, parents first, without a look at their expressions."""
    waiting = [node]
    while waiting:
        outer = waiting.pop()
        blocks = (getattr(outer, field, ()) for field in _BLOCKS)
        inside = [each for block in blocks if isinstance(block, list) for each in block]
        yield from (each for each in inside if isinstance(each, ast.stmt))
        waiting += reversed(inside)


def python_functions(node: ast.AST) -> list[ast.FunctionDef]:
    """Return the functions of a module class that are Python: ``@I.pyfunc``."""
    body = node.body if isinstance(node, ast.ClassDef) else []
    functions = (statement for statement in body if isinstance(statement, ast.FunctionDef))
    return [function for function in functions if decorated(function, "pyfunc")]


def is_old_script(node: ast.AST) -> bool:
    """Return whether a definition is decorated with ``@tvm.script.tir``, as in 2021."""
    decorators = getattr(node, "decorator_list", ())
    return any(dotted(decorator) in ("tvm.script.tir", "script.tir") for decorator in decorators)


def span_of(node: ast.AST, text: Text) -> Span:
    """Return the span of an ``ast`` node in code points, decorators included."""
    assert isinstance(node, ast.stmt | ast.expr | ast.arg | ast.keyword)
    line, column = node.lineno, node.col_offset
    decorators = getattr(node, "decorator_list", ())
    if decorators:
        line = decorators[0].lineno
        column = text.line(line).encode().find(b"@")
    end = text.offset_of_byte(node.end_lineno or line, node.end_col_offset or column)
    return Span(text.offset_of_byte(line, column), end)


# ---------------------------------------------------------------- constants

_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Invert: operator.invert,
    ast.Not: operator.not_,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_LARGEST = 2**63
LONGEST_STRING = 1000
"""Characters of a string that is put together."""
_WIDEST = 63
"""The largest exponent and shift; beyond it every integer but 0 and 1 leaves 64 bits anyway."""


def evaluate(node: ast.expr, known: Mapping[str, Constant]) -> Constant:
    """Return the value of a constant expression.

    That is an expression of literals, tuples, arithmetic, comparisons, ``not``, elements of tuples
    and strings put together (``f"{dtype}x4"``) over the names in ``known``.

    Raises
    ------
    SourceError
        When the expression holds anything else, or a number leaves 64 bits.
    """
    try:
        value = _value(node, known)
    except RecursionError:
        raise SourceError(message_of("constant-too-nested")) from None
    except (TypeError, ValueError, LookupError, ArithmeticError):
        raise SourceError(message_of("not-constant", value=ast.unparse(node)[:60])) from None
    if isinstance(value, int) and abs(value) >= _LARGEST:
        raise SourceError(message_of("constant-too-large", value=ast.unparse(node)[:60]))
    constant: Constant = value
    return constant


def _part(node: ast.expr, known: Mapping[str, Constant]) -> Constant:
    """Return the value of a piece of a formatted string, which has no format of its own."""
    if not isinstance(node, ast.FormattedValue):
        return evaluate(node, known)
    if node.conversion != -1 or node.format_spec is not None:
        raise TypeError
    return evaluate(node.value, known)


def _size_variable(node: ast.Call) -> SizeVariable:
    """Return the variable that a call of ``TypeVar`` makes, which takes its name alone."""
    (name,) = node.args
    if node.keywords or not isinstance(name, ast.Constant) or not isinstance(name.value, str):
        raise TypeError
    return SizeVariable(name=name.value)


def _short(text: str) -> str:
    """Return a string that was put together, unless it is long: strings may be doubled often."""
    if len(text) > LONGEST_STRING:
        raise OverflowError
    return text


def _value(node: ast.expr, known: Mapping[str, Constant]) -> Any:
    if isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float | str):
        return node.value
    if isinstance(node, ast.Name):
        return known[node.id]
    if isinstance(node, ast.Tuple | ast.List):
        return tuple(evaluate(element, known) for element in node.elts)
    if isinstance(node, ast.Call) and dotted(node) in ("TypeVar", "typing.TypeVar"):
        return _size_variable(node)
    if isinstance(node, ast.JoinedStr):
        return _short("".join(str(_part(part, known)) for part in node.values))
    if isinstance(node, ast.UnaryOp):
        return _OPERATORS[type(node.op)](evaluate(node.operand, known))
    left: Any
    right: Any
    if isinstance(node, ast.BinOp):
        left, right = evaluate(node.left, known), evaluate(node.right, known)
        if isinstance(node.op, ast.Add) and isinstance(left, str) and isinstance(right, str):
            return _short(left + right)
        if not all(isinstance(side, int | float) for side in (left, right)):
            raise TypeError
        if isinstance(node.op, ast.Pow | ast.LShift) and right > _WIDEST:
            raise OverflowError
        value = _OPERATORS[type(node.op)](left, right)
        if isinstance(value, complex):
            raise TypeError
        return value
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        left, right = evaluate(node.left, known), evaluate(node.comparators[0], known)
        return _OPERATORS[type(node.ops[0])](left, right)
    if isinstance(node, ast.Subscript):
        sequence, index = evaluate(node.value, known), evaluate(node.slice, known)
        if isinstance(sequence, tuple) and isinstance(index, int):
            return sequence[index]
    raise TypeError
