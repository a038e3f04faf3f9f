"""Refuse what Python has and TVMScript has not, before TVM's parser reads a text.

TVM's parser would say of it that a visitor or a member is missing. Here it is said by its name, at
its place, with what to write: statements such as ``import``, dtypes that do not exist, functions
such as NumPy's ``sum`` that reduce over an axis.
"""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from viz.errors import ParseError
from viz.frontend.extract import Extract
from viz.frontend.gate.allow_list import LETTERS
from viz.frontend.gate.members import namespaces
from viz.frontend.syntax import decorated, dotted, span_of
from viz.messages import Message, message_of
from viz.text import Span, Text

STATEMENTS: dict[type[ast.AST], str] = {
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


class Steps(NamedTuple):
    """How a reduction is written: the element it writes, its first value, and its next one."""

    element: str
    start: str
    step: str


_SUM = Steps("B[i]", "T.float32(0)", "B[i] + A[i, k]")
_PRODUCT = Steps("B[i]", "T.float32(1)", "B[i] * A[i, k]")
_GREATEST = Steps("B[i]", 'T.min_value("float32")', "T.max(B[i], A[i, k])")
_SMALLEST = Steps("B[i]", 'T.max_value("float32")', "T.min(B[i], A[i, k])")
_MATRIX_PRODUCT = Steps("C[i, j]", "T.float32(0)", "C[i, j] + A[i, k] * B[k, j]")

REDUCTIONS: dict[str, Steps] = {
    **dict.fromkeys(("sum", "reduce_sum", "mean", "average", "reduce_axis"), _SUM),
    **dict.fromkeys(("prod", "reduce_prod"), _PRODUCT),
    **dict.fromkeys(("max", "amax", "reduce_max", "argmax"), _GREATEST),
    **dict.fromkeys(("min", "amin", "reduce_min", "argmin"), _SMALLEST),
    **dict.fromkeys(("matmul", "dot", "einsum", "gemm", "mm", "bmm"), _MATRIX_PRODUCT),
}
"""The functions of array libraries that reduce over an axis."""

_LIBRARIES = frozenset(("np", "numpy", "torch", "te", "topi", "jnp", "F"))
_AXES = frozenset(("axis", "axes", "dim", "keepdims"))


def refuse(extract: Extract) -> None:
    """Refuse Python that TVMScript does not have, before TVM's parser reads it.

    Raises
    ------
    ParseError
        At the statement or expression.
    """
    letters = LETTERS | extract.program.namespaces
    modules = {"cls", *(node.name for node in extract.nodes if isinstance(node, ast.ClassDef))}
    kept = (root for root in extract.roots() if root not in extract.macros)
    for node in (inside for outer in kept for inside in _walk(outer)):
        dtype = node.value if isinstance(node, ast.Constant) else ""
        if isinstance(dtype, str) and DTYPE.fullmatch(dtype) and not is_dtype(dtype):
            raise ParseError(
                message_of("unknown-dtype", dtype=dtype),
                span=span_of(node, extract.text),
                hint=nearest(dtype, set(dtypes())),
            )
        if keyword := STATEMENTS.get(type(node)):
            raise ParseError(
                message_of("not-tvmscript", word=keyword),
                span=first_line_of(span_of(node, extract.text), extract.text),
            )
        if isinstance(node, ast.Assign) and _stores_several(node.targets[0]):
            place = span_of(node.targets[0], extract.text)
            raise ParseError(message_of("several-stores"), span=place)
        if isinstance(node, ast.FunctionDef) and (argument := _self_of(node)):
            raise ParseError(message_of("no-self"), span=span_of(argument, extract.text))
        if isinstance(node, ast.Call) and dotted(node.func).partition(".")[0] in modules:
            continue  # of a function of the module, whatever its name
        if isinstance(node, ast.Call) and (steps := _reduction(node, letters)):
            what = message_of("no-reduction", function=_name(node.func), **steps._asdict())
            place = first_line_of(span_of(node, extract.text), extract.text)
            raise ParseError(what, span=place)


def _stores_several(target: ast.expr) -> bool:
    """Whether an assignment stores several elements, as ``A[i], A[j] = …`` does."""
    elements = target.elts if isinstance(target, ast.Tuple | ast.List) else []
    return any(isinstance(element, ast.Subscript) for element in elements)


def _self_of(node: ast.FunctionDef) -> ast.arg | None:
    """Return the parameter ``self`` of a PrimFunc; None where it has none."""
    first = node.args.args[0] if node.args.args else None
    is_self = first is not None and first.arg in ("self", "cls") and first.annotation is None
    return first if is_self and decorated(node, "prim_func") else None


def _name(function: ast.expr) -> str:
    return dotted(function) or f"….{getattr(function, 'attr', '')}"


def _reduction(call: ast.Call, letters: dict[str, str]) -> Steps | None:
    """Return how to write what a call reduces, if it is one of a function for whole arrays."""
    function = call.func
    if isinstance(function, ast.Name):
        return REDUCTIONS.get(function.id) if _takes_one_whole(call) else None
    if not isinstance(function, ast.Attribute) or function.attr not in REDUCTIONS:
        return None
    root = dotted(function).partition(".")[0]
    letter = letters.get(root)
    if letter == "T" and dotted(function.value) == root:
        known = function.attr in namespaces()["T"].allowed
        over_axes = any(keyword.arg in _AXES for keyword in call.keywords)
        reduces = not known or over_axes or _takes_one_whole(call)
        if function.attr == "reduce_axis":  # with two numbers it is an axis of a block of 2021
            reduces = bool(call.args) and isinstance(call.args[0], ast.Tuple)
    elif letter is not None:
        reduces = False
    else:  # of a library, or a method of an array
        is_value = isinstance(function.value, ast.Name | ast.Subscript)
        reduces = root in _LIBRARIES or is_value
    return REDUCTIONS[function.attr] if reduces else None


def _takes_one_whole(call: ast.Call) -> bool:
    """Whether a call is given one value, and that is a slice of a buffer or a comprehension."""
    if len(call.args) != 1:
        return False
    value = call.args[0]
    if isinstance(value, ast.Subscript):
        return any(isinstance(node, ast.Slice) for node in ast.walk(value.slice))
    return isinstance(value, ast.GeneratorExp | ast.ListComp)


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


def unannotated(extract: Extract) -> Span | None:
    """Return the first parameter of a PrimFunc or of a Relax function that has no annotation."""
    for node in (inside for outer in extract.nodes for inside in _walk(outer)):
        is_compiled = decorated(node, "prim_func") or decorated(node, "function")
        if isinstance(node, ast.FunctionDef) and is_compiled:
            bare = (argument for argument in node.args.args if argument.annotation is None)
            if (argument := next(bare, None)) is not None:
                return span_of(argument, extract.text)
    return None


def is_dtype(name: str) -> bool:
    """Whether TVM knows a dtype, with or without lanes (``float32x4``)."""
    return re.sub(r"(?:x\d+|xvscalex\d+)$", "", name) in dtypes()


@cache
def dtypes() -> frozenset[str]:
    """Return the dtypes that TVM knows, without lanes."""
    return UNNAMED | {each for each in namespaces()["T"].allowed if DTYPE.fullmatch(each)}


def first_line_of(span: Span, text: Text) -> Span:
    """Return the part of a span that stands on its first line."""
    end = text.line_span(text.position(span.start).line).end
    return Span(span.start, min(span.end, end))


def nearest(name: str, known: set[str]) -> Message | str:
    """Return a hint that names the known names closest to one; empty where none is close."""
    close = difflib.get_close_matches(name, sorted(known - {name}), n=3, cutoff=0.6)
    return message_of("did-you-mean", names=tuple(close)) if close else ""
