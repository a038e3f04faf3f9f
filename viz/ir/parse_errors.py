"""Explain the errors of TVM's parser, and find the narrowest span that each is about."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterator, Mapping
from functools import cache, partial
from typing import Any

import tvm

from viz.errors import ParseError
from viz.frontend.gate.members import namespaces
from viz.frontend.syntax import decorated, parsed, span_of
from viz.messages import Message, message_of
from viz.model.catalog import tvm_messages
from viz.text import Patched, Span, Text

NOT_TVMSCRIPT: dict[type[ast.AST], str] = {
    ast.Try: "try",
    ast.TryStar: "try",
    ast.Import: "import",
    ast.ImportFrom: "import",
    ast.Delete: "del",
    ast.Global: "global",
    ast.Raise: "raise",
    ast.Match: "match",
    ast.AsyncFor: "async for",
    ast.AsyncWith: "async with",
    ast.AsyncFunctionDef: "async def",
    ast.Await: "await",
    ast.Yield: "yield",
    ast.YieldFrom: "yield",
}
"""Python that TVM's parser has no visitor for, and its keyword."""

DTYPE = re.compile(r"(?:int|uint|float|bfloat)\d+\w*")
"""What looks like a dtype: TVM's parser takes any number of bits, and no codegen does."""

UNNAMED = frozenset(f"{kind}{bits}" for kind in ("int", "uint") for bits in (1, 2, 4, 128))
"""Dtypes without a member of ``T``."""

LIBRARIES = {"np", "numpy", "math", "torch", "tvm"}
"""Modules that programs import; TVMScript knows none of these names."""

_UNDEFINED = re.compile(r"(?:Undefined variable: |name ')(?P<name>\w+)")
_NO_MEMBER = re.compile(r"has no attribute '(?P<name>\w+)'")


def refuse(nodes: list[ast.FunctionDef | ast.ClassDef], text: Text) -> None:
    """Refuse Python statements that TVMScript does not have, before TVM's parser reads them.

    Raises
    ------
    ParseError
        At the statement or expression.
    """
    for node in (inside for outer in nodes for inside in _walk(outer)):
        dtype = node.value if isinstance(node, ast.Constant) else ""
        if isinstance(dtype, str) and DTYPE.fullmatch(dtype) and not is_dtype(dtype):
            raise ParseError(
                message_of("unknown-dtype", dtype=dtype),
                span=span_of(node, text),
                hint=_nearest(dtype, set(_dtypes())),
            )
        keyword = NOT_TVMSCRIPT.get(type(node))
        if keyword:
            raise ParseError(
                message_of("not-tvmscript", word=keyword),
                span=_first_line_of(span_of(node, text), text),
            )


def is_dtype(name: str) -> bool:
    """Whether TVM knows a dtype, with or without lanes (``float32x4``)."""
    return re.sub(r"(?:x\d+|xvscalex\d+)$", "", name) in _dtypes()


@cache
def _dtypes() -> frozenset[str]:
    return UNNAMED | {each for each in namespaces()["T"].allowed if DTYPE.fullmatch(each)}


def _walk(root: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes in the order of the text, without the Python of an ``@I.pyfunc``."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        decorators = getattr(node, "decorator_list", ())
        if any("pyfunc" in ast.unparse(decorator) for decorator in decorators):
            continue
        yield node
        waiting += reversed(list(ast.iter_child_nodes(node)))


def unannotated(nodes: list[ast.FunctionDef | ast.ClassDef], text: Text) -> Span | None:
    """Return the first parameter of a PrimFunc that has no annotation."""
    for node in (inside for outer in nodes for inside in _walk(outer)):
        if isinstance(node, ast.FunctionDef) and decorated(node, "prim_func"):
            bare = (argument for argument in node.args.args if argument.annotation is None)
            if (argument := next(bare, None)) is not None:
                return span_of(argument, text)
    return None


def _first_line_of(span: Span, text: Text) -> Span:
    end = text.line_span(text.position(span.start).line).end
    return Span(span.start, min(span.end, end))


def deepest(nodes: list[ast.FunctionDef | ast.ClassDef], text: Text) -> Span | None:
    """Return the first line of the most deeply nested statement."""
    most, innermost = -1, None
    waiting: list[tuple[ast.AST, int, ast.stmt | None]] = [(node, 0, None) for node in nodes]
    while waiting:
        node, depth, statement = waiting.pop()
        statement = node if isinstance(node, ast.stmt) else statement
        if depth > most:
            most, innermost = depth, statement
        waiting += [(child, depth + 1, statement) for child in ast.iter_child_nodes(node)]
    return _first_line_of(span_of(innermost, text), text) if innermost else None


def explained(
    reason: str, span: Span | None, patched: Patched, variables: Mapping[str, Any]
) -> ParseError:
    """Return the explained error for a message of TVM's parser.

    Parameters
    ----------
    span
        Where the error is in the text that TVM parsed.
    variables
        The names that the text may use, with their values.
    """
    message = first_line(reason)
    advice: Message | str = ""
    if (match := _UNDEFINED.search(message)) and span is not None:
        name = match["name"]
        span = _find(patched.string, span, ast.Name, name) or span
        what = message_of("undefined-library" if name in LIBRARIES else "undefined", name=name)
        if name not in LIBRARIES:
            advice = _nearest(name, _names_in(patched.string) | set(variables))
    elif (match := _NO_MEMBER.search(message)) and span is not None:
        name = match["name"]
        place = _find(patched.string, span, ast.Attribute, name)
        owner = _owner(patched.string, place, variables) if place else None
        written = patched.string[place.start : place.end] if place else name
        what = message_of("no-member", name=written, version=tvm.__version__)
        if owner:
            advice = _nearest(name, {each for each in dir(owner) if not each.startswith("_")})
        span = place or span
    elif "is not callable" in message:
        what = message_of("not-callable", reason=message)
    else:
        what = tvm_messages.explained("parser", message, partial(_is, patched.string, span))
    return ParseError(what, span=patched.origin(span) if span else None, hint=advice)


def _is(text: str, span: Span | None, kind: str) -> bool:
    """Whether a node of this class of Python's ``ast`` has exactly this span."""
    return span is not None and any(
        type(node).__name__ == kind and place == span for node, place in _walk_inside(text, span)
    )


def first_line(message: str) -> str:
    """Return the line of TVM's message that states the error."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    useful = [
        line for line in lines if not line.startswith(("Traceback", "File ", "-->", "|", "^"))
    ]
    text = (useful or lines or ["TVM gave no reason"])[0]
    return re.sub(r"^(error|\w*Error): ", "", text)


def _walk_inside(text: str, span: Span) -> list[tuple[ast.AST, Span]]:
    lines = Text(text)
    inside = []
    for node in ast.walk(parsed(text)):
        if isinstance(node, ast.expr | ast.stmt):
            place = span_of(node, lines)
            if span.start <= place.start and place.end <= span.end:
                inside.append((node, place))
    return sorted(inside, key=lambda pair: pair[1])


def _find(text: str, span: Span, kind: type[ast.AST], name: str) -> Span | None:
    for node, place in _walk_inside(text, span):
        if isinstance(node, kind) and name == getattr(node, "id", getattr(node, "attr", None)):
            return place
    return None


def _owner(text: str, place: Span, variables: Mapping[str, Any]) -> Any:
    """Return the value of the expression before the last dot, such as the namespace ``T``."""
    first, *rest = text[place.start : place.end].split(".")
    value = variables.get(first)
    for part in rest[:-1]:
        value = getattr(value, part, None)
    return value


def _names_in(text: str) -> set[str]:
    nodes = list(ast.walk(parsed(text)))
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    return names | {node.arg for node in nodes if isinstance(node, ast.arg)}


def _nearest(name: str, known: set[str]) -> Message | str:
    close = difflib.get_close_matches(name, sorted(known - {name}), n=3, cutoff=0.6)
    return message_of("did-you-mean", names=tuple(close)) if close else ""
