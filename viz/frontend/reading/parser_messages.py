"""Explain the errors of TVM's parser, and find the narrowest span that each is about."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from viz.errors import ParseError, VizError
from viz.frontend.declarations import python_statement
from viz.frontend.gate.grammar import LIBRARIES
from viz.frontend.gate.members import members
from viz.frontend.gate.not_tvmscript import dtypes, first_line_of, nearest
from viz.frontend.program import Program
from viz.frontend.syntax import dotted, parsed, span_of
from viz.messages import VERBATIM, Message, message_of
from viz.model import catalog
from viz.model.catalog import tvm_messages
from viz.text import Patched, Span, Text

OTHER_DTYPES = {
    "half": "float16",
    "double": "float64",
    "long": "int64",
    "short": "int16",
    "char": "int8",
    "byte": "uint8",
    "boolean": "bool",
    **{f"{short}{bits}": f"float{bits}" for short in ("fp", "f") for bits in (16, 32, 64)},
    **{f"i{bits}": f"int{bits}" for bits in (8, 16, 32, 64)},
    **{f"u{bits}": f"uint{bits}" for bits in (8, 16, 32, 64)},
    "bf16": "bfloat16",
}
"""What other languages call a dtype."""

_NO_DTYPE = re.compile(r"unknown (?:dtype `|type )(?P<name>\w+)")
_UNDEFINED = re.compile(r"(?:Undefined variable: |name ')(?P<name>\w+)")
_NO_MEMBER = re.compile(r"has no attribute '(?P<name>\w+)'")


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
    return first_line_of(span_of(innermost, text), text) if innermost else None


def explained(
    reason: str,
    span: Span | None,
    patched: Patched,
    variables: Mapping[str, Any],
    version: str,
    generation: str = "",
) -> ParseError:
    """Return the explained error for a message of TVM's parser.

    Parameters
    ----------
    span
        Where the error is in the text that TVM parsed.
    variables
        The names that the text may use, with their values.
    version, generation
        Those of the parser's TVM.
    """
    message = tvm_messages.plain(first_line(reason))
    text = patched.string
    advice: Message | str = ""
    if (match := _UNDEFINED.search(message)) and span is not None:
        name = match["name"]
        span = _find(text, span, ast.Name, name) or span
        what, advice = _undefined(name, text, span, variables, generation)
    elif span is not None and (name := _missing_member(message, text, span)):
        place = _find(text, span, ast.Attribute, name)
        owner = _owner(text, place, variables) if place else None
        written = text[place.start : place.end] if place else name
        what = message_of("no-member", name=written, version=version)
        if owner:
            advice = nearest(name, {each for each in dir(owner) if not each.startswith("_")})
        span = place or span
    elif (match := _NO_DTYPE.search(message)) and span is not None:
        name = match["name"]
        what, other = message_of("unknown-dtype", dtype=name), OTHER_DTYPES.get(name.lower())
        near = nearest(name.lower(), {*dtypes(), "bool"})
        advice = message_of("did-you-mean", names=other) if other else near
        span = _find(text, span, ast.Constant, name) or span
    elif "is not callable" in message:
        what = message_of("not-callable", reason=message)
    else:
        what = tvm_messages.explained("parser", message, partial(_is, text, span))
        if span is not None:
            span = _header(text, span)
            what, advice = _of_call(what, patched, span)
        if what.id == VERBATIM:
            what = message_of("refused-by-parser", reason=message)
    return ParseError(what, span=patched.origin(span) if span else None, hint=advice)


def _missing_member(message: str, text: str, span: Span) -> str:
    """Return the attribute of the text that does not exist; not one that the parser looks for."""
    match = _NO_MEMBER.search(message)
    if match is None:
        return ""
    is_written = _find(text, span, ast.Attribute, match["name"]) is not None
    return match["name"] if is_written or " object has no attribute" not in message else ""


def _undefined(
    name: str, text: str, span: Span, variables: Mapping[str, Any], generation: str
) -> tuple[Message, Message | str]:
    """Return what is wrong with a name that has no value, and what to write instead."""
    if name in LIBRARIES:
        return message_of("undefined-library", name=name), ""
    known = _names_in(text) | (set(variables) if len(name) > 1 else set())
    near = nearest(name, known)
    lines = Text(text)
    if not any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and place == span
        for node in ast.walk(parsed(text))
        if isinstance(node, ast.Call)
        for place in [span_of(node.func, lines)]
    ):
        return message_of("undefined", name=name), near
    if name in members(generation).namespaces["T"].allowed:
        near = message_of("did-you-mean", names=f"T.{name}")
    return message_of("undefined-function", name=name), near


KINDS = {
    "str": "kind-text",
    "ffi.SmallStr": "kind-text",
    "ffi.String": "kind-text",
    "int": "kind-integer",
    "float": "kind-number",
    "bool": "kind-truth",
    "None": "kind-nothing",
    "ir.Expr": "kind-expression",
    "PrimExpr": "kind-expression",
    "Object": "kind-expression",
    "tir.BufferLoad": "kind-element",
    "tir.BufferRegion": "kind-part",
    "tir.Var": "kind-variable",
    "runtime.String": "kind-text",
    "DataType": "kind-dtype",
    "ir.TensorLoad": "kind-element",
    "ir.TensorRegion": "kind-part",
    "ir.Var": "kind-variable",
    "ir.PrimType": "kind-dtype",
    "Array": "kind-list",
    "Map": "kind-dictionary",
}
"""The words for TVM's names of what an argument is; those of lists go by their first part."""


def _of_call(what: Message, patched: Patched, span: Span) -> tuple[Message, Message | str]:
    """Name the function that a message is about as the user has, and say how it is written."""
    if "function" not in what.values or what.id not in ABOUT_CALLS:
        return what, ""
    inside = _walk_inside(patched.string, span)
    calls = [node for node, _ in inside if isinstance(node, ast.Call)]
    name = dotted(calls[0]) if calls else ""
    if calls and name:  # as the user has written it
        place = patched.origin(span_of(calls[0].func, patched.text))
        written = patched.original[place.start : place.end]
        name = written if written.replace(".", "").isidentifier() else name
    values = dict(what.values)
    values["function"] = name or str(values["function"]).rpartition(".")[2]
    for key in {"wanted", "given"} & values.keys():
        values[key] = _kind(str(values[key]))
    if "missing" in values:
        values["missing"] = tuple(re.findall(r"'(\w+)'", str(values["missing"])))
    signature = _BUFFERS.get(name) or next((s for n, s, _ in catalog.signatures() if n == name), "")
    call = f"{name}{signature.replace(', span=None', '')}"
    return message_of(what.id, **values), message_of("written-as", call=call) if signature else ""


_BUFFERS = {
    "T.alloc_buffer": '(shape, dtype="float32", scope="global")',
    "T.alloc_local": '(shape, dtype="float32")',
    "T.alloc_shared": '(shape, dtype="float32")',
    "T.decl_buffer": '(shape, dtype="float32", data=None, scope="global")',
}
"""What Python's ``inspect`` does not tell of members that take anything."""


ABOUT_CALLS = (
    "argument-twice",
    "argument-type",
    "missing-argument",
    "too-many-arguments",
    "unknown-argument",
)
"""The messages about the arguments of a call."""


def _kind(name: str) -> Message:
    bare = name.removeprefix("Optional<").rstrip(">")
    id_ = KINDS.get(bare) or KINDS.get(re.split(r"[<\[]", bare)[0])
    return message_of(id_) if id_ else message_of("kind-other", name=name)


def _header(text: str, span: Span) -> Span:
    """Return what a ``for`` goes over, ``if`` tests or ``with`` opens, if the span is all of it."""
    for node, place in _walk_inside(text, span):
        if place == span and isinstance(node, ast.For):
            return span_of(node.iter, Text(text))
        if place == span and isinstance(node, ast.If | ast.While):
            return span_of(node.test, Text(text))
        if place == span and isinstance(node, ast.With):
            return span_of(node.items[0].context_expr, Text(text))
    return span


def of_the_file(error: VizError, program: Program) -> ParseError | None:
    """Return the error for a name that the file gives a value which only running Python tells."""
    name = error.what.values.get("name")
    if error.what.id not in ("undefined", "undefined-function", "gate-no-module") or name is None:
        return None
    statement = python_statement(program, str(name))
    if statement is None:
        return None
    is_function = isinstance(statement, ast.FunctionDef)
    id_ = "own-python-function" if is_function else "own-python-value"
    return ParseError(message_of(id_, name=name, line=statement.lineno), span=error.span)


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


_NAMES = ("id", "attr", "value")
"""The fields that hold the name of a Name, of an Attribute, and the text of a Constant."""


def _find(text: str, span: Span, kind: type[ast.AST], name: str) -> Span | None:
    for node, place in _walk_inside(text, span):
        if isinstance(node, kind) and any(name == getattr(node, of, None) for of in _NAMES):
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
