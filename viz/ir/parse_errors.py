"""Explain the errors of TVM's parser, and find the narrowest span that each is about."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any

import tvm

from viz.errors import ParseError
from viz.frontend.syntax import decorated, parsed, span_of
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

EXPLANATIONS: tuple[tuple[str, type[ast.AST], str, str], ...] = (
    (
        r"BufferStore\(.*Expected `ir.Expr` but got `ir.(Var|TensorRegion)",
        ast.AST,
        "a buffer's element must be given one value, not a whole buffer or a slice of one",
        "Write an index for every dimension: B[vi] = A[vi].",
    ),
    (
        r"BufferStore\(.*Expected `ir.Expr`",
        ast.AST,
        "what is stored here is not a number or an expression",
        "A buffer's element takes one value of its dtype.",
    ),
    (
        r"^AssertionError$",
        ast.Return,
        "`return` without a value cannot stand here",
        "A PrimFunc returns nothing: it writes into its buffers. Leave the line out.",
    ),
    (
        r"^AssertionError$",
        ast.Assert,
        "`assert` needs a message in TVMScript",
        'Write assert condition, "message".',
    ),
    (
        r"The last frame is not SBlockFrame",
        ast.AST,
        "block axes (T.axis...) can stand only inside a block",
        'Put them directly under with T.sblock("name"):.',
    ),
    (
        r"Type annotation required for function parameters",
        ast.AST,
        "every parameter needs an annotation",
        'Write A: T.Buffer((8,), "float32") for a buffer, n: T.int32 for a number.',
    ),
    (
        r"^Function must be decorated",
        ast.AST,
        "a function inside a PrimFunc must be a macro",
        "Write @T.inline above it, or write its body where it is used.",
    ),
    (
        r"unsupported operand type\(s\) for .*'Var'",
        ast.AST,
        "a whole buffer cannot be calculated with",
        "Write an index for every dimension: A[vi].",
    ),
    (
        r"Cannot use and / or / not operator to Expr|bad operand type for abs",
        ast.Call,
        "Python's own functions do not work on TensorIR values",
        "Use T.max, T.min, T.abs.",
    ),
)
"""A pattern of TVM's message, the Python node at its span, the explanation, the hint."""

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
        keyword = NOT_TVMSCRIPT.get(type(node))
        if keyword:
            raise ParseError(
                f"`{keyword}` is not TVMScript",
                span=_first_line_of(span_of(node, text), text),
                hint="A PrimFunc has loops, blocks, if, while, assignments and calls of T only.",
            )


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
    message, hint = first_line(reason), ""
    if (match := _UNDEFINED.search(message)) and span is not None:
        name = match["name"]
        message = f"`{name}` is not defined"
        span = _find(patched.string, span, ast.Name, name) or span
        hint = _undefined_hint(name, _names_in(patched.string) | set(variables))
    elif (match := _NO_MEMBER.search(message)) and span is not None:
        name = match["name"]
        place = _find(patched.string, span, ast.Attribute, name)
        owner = _owner(patched.string, place, variables) if place else None
        written = patched.string[place.start : place.end] if place else name
        message = f"`{written}` does not exist in TVM {tvm.__version__}"
        hint = (
            _nearest(name, {member for member in dir(owner) if not member.startswith("_")})
            if owner
            else ""
        )
        span = place or span
    elif "is not callable" in message:
        hint = "This name is no function."
    else:
        message, hint = _meaning(message, span, patched.string)
    return ParseError(message, span=patched.origin(span) if span else None, hint=hint)


def _undefined_hint(name: str, known: set[str]) -> str:
    if name in LIBRARIES:
        return f"TVMScript knows no {name}: use T.float32(1), T.exp, T.sqrt … instead."
    return _nearest(name, known) or "Define it in the program, or as a constant above it (N = 8)."


def _meaning(message: str, span: Span | None, text: str) -> tuple[str, str]:
    for sign, kind, words, hint in EXPLANATIONS:
        if re.search(sign, message) and (kind is ast.AST or _is(text, span, kind)):
            return words, hint
    return message, ""


def _is(text: str, span: Span | None, kind: type[ast.AST]) -> bool:
    """Whether a node of this kind has exactly this span."""
    return span is not None and any(
        isinstance(node, kind) and place == span for node, place in _walk_inside(text, span)
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


def _nearest(name: str, known: set[str]) -> str:
    close = difflib.get_close_matches(name, sorted(known - {name}), n=3, cutoff=0.6)
    return f"Did you mean {', '.join(close)}?" if close else ""
