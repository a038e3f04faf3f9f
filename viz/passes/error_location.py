"""Locate a failed lowering in the user's text: a statement, else a function.

Signs are tried from the surest to the vaguest: the path that TVM adds to some errors, a loop or
variable that the message names, a node of the only kind that it can mean, the function that fails
alone. Where no sign holds there is no location.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

import tvm
from tvm import ir, relax

from viz.errors import LoweringError, SourceError, VizError
from viz.frontend.declarations import name_written
from viz.frontend.syntax import dotted, span_of
from viz.ir.functions import only, prim_funcs
from viz.ir.labels import LOOP_KINDS, operator, type_key
from viz.ir.parse import Parsed
from viz.ir.source_map import PATH, along, has_place
from viz.ir.walker import walk_objects
from viz.model import Options
from viz.passes import pipeline
from viz.passes.checks.tirx_kernels import is_id
from viz.passes.checks.writable import has_float_index, is_float_remainder, returns_buffer
from viz.passes.function_roles import THREAD_BINDING
from viz.passes.lowering_error import hands_on_buffer, is_math_of_integer
from viz.passes.recording import Recording, record
from viz.passes.relax.legalised import is_given, not_legalised
from viz.targets.rows import row_of
from viz.text import Span, Text

ARITHMETIC = (tvm.tirx.Add, tvm.tirx.Sub, tvm.tirx.Mul)

NAMED = (
    r"[Ll]oop (?:step for |kind \w+ is invalid for irregular loop )?(?P<name>\w+)",
    r"loop with extent (?P<name>\w+)",
    r"[Vv]ariables? [`(]?(?P<name>\w+)",
    r"Inconsistent buffers \w+ and (?P<name>\w+)",
    r"Inconsistent buffers (?P<name>\w+)",
)
"""How TVM's messages name a loop or a variable; other words are passed over."""


def _has_empty_loop(node: Any) -> bool:
    """Whether a node is a loop of extent 0, or one of ``T.grid`` that stands directly in it."""
    while isinstance(node, tvm.tirx.For):
        if isinstance(node.extent, tvm.tirx.IntImm) and not node.extent.value:
            return True
        node = node.body
    return False


def _has_no_size(node: Any) -> bool:
    """Whether a node allocates a buffer whose size is no constant above 0."""
    if not isinstance(node, tvm.tirx.AllocBuffer):
        return False
    return not all(isinstance(n, tvm.tirx.IntImm) and n.value > 0 for n in node.buffer.ty.shape)


def _has_no_length(node: Any, kind: str) -> bool:
    """Whether a node is a loop of this kind whose extent is no constant above 0."""
    if not isinstance(node, tvm.tirx.For) or LOOP_KINDS[node.kind] != kind:
        return False
    return not (isinstance(node.extent, tvm.tirx.IntImm) and node.extent.value > 0)


def _is_vectorized(node: Any) -> bool:
    return isinstance(node, tvm.tirx.For) and LOOP_KINDS[node.kind] == "T.vectorized"


def _lacks_extents(node: Any) -> bool:
    return type_key(node) == "tirx.ScopeIdDefStmt" and getattr(node, "def").extents is None


STRING = "ir.StringImm"
"""The type of a text in a program."""

VECTORS = ("no-vector-type", "vector-condition", "vector-of-vectors")
"""The messages about what a vectorized loop becomes."""

UNKNOWN = ("shape-not-known", "result-shape-not-known", "dtype-not-known")
"""The messages about an operator of Relax that no kernel is made of."""

Values = Mapping[str, Any]
Locate = Callable[[Parsed, Values], Span | None]
NodeTest = Callable[[Any, Values], bool]
SUSPECTS: dict[str, NodeTest] = {
    "while loop inside": lambda node, values: isinstance(node, tvm.tirx.While),
    "sync-inside-condition": lambda node, values: isinstance(
        node, tvm.tirx.While | tvm.tirx.IfThenElse
    ),
    "tile-operation": lambda node, values: (
        type_key(node) == "tirx.TilePrimitiveCall" and str(node.op.name) == values["operation"]
    ),
    "unresolved-call": lambda node, values: (
        isinstance(node, ir.Call) and operator(node) == values["function"]
    ),
    "returned-buffer": lambda node, values: returns_buffer(node),
    "index-not-integer": lambda node, values: has_float_index(node),
    "float-remainder": lambda node, values: is_float_remainder(node),
    "number-as-condition": lambda node, values: (
        isinstance(node, ir.Call) and operator(node) == "prim.likely"
    ),
    "bits-of-dtype": lambda node, values: (
        isinstance(node, ir.Call) and operator(node) == "prim.clz"
    ),
    "math-of-integer": lambda node, values: (
        isinstance(node, ir.Call) and is_math_of_integer(node, values["function"])
    ),
    "no-type-for": lambda node, values: (
        isinstance(node, ir.Expr) and str(getattr(node.ty, "dtype", "")) == values["dtype"]
    ),
    "no-double": lambda node, values: (
        isinstance(node, ir.Expr) and "float64" in str(getattr(node.ty, "dtype", ""))
    ),
    **dict.fromkeys(VECTORS, lambda node, values: _is_vectorized(node)),
    "no-conversion": lambda node, values: isinstance(node, tvm.tirx.Cast),
    "text-argument": lambda node, values: (
        isinstance(node, ir.Call) and any(type_key(each) == STRING for each in list(node.args)[1:])
    ),
    "empty-loop": lambda node, values: _has_empty_loop(node),
    "scope-without-extent": lambda node, values: _lacks_extents(node),
    "allocation-not-constant": lambda node, values: _has_no_size(node),
    "no-device-entry": lambda node, values: is_id(node),
    "ids-above-entry": lambda node, values: is_id(node),
    "ids-in-blocks": lambda node, values: is_id(node),
    "vectorized-not-constant": lambda node, values: _has_no_length(node, "T.vectorized"),
    "unrolled-not-constant": lambda node, values: _has_no_length(node, "T.unroll"),
    **dict.fromkeys(UNKNOWN, lambda node, values: not_legalised(node) is not None),
    "function-in-function": lambda node, values: (
        isinstance(node, relax.VarBinding) and isinstance(node.value, relax.Function)
    ),
    "bool-arithmetic": lambda node, values: (
        isinstance(node, ARITHMETIC) and str(node.ty.dtype) == "bool"
    ),
}
"""The only nodes that an error can be about; the first is shown. By the id of its message, or by
a part of TVM's own."""

FUNCTIONS = (
    r"In PrimFunc (?P<name>\w+)",
    PATH.pattern,
)
"""How TVM's messages name a function; our own have it among their values."""


def find(error: LoweringError, parsed: Parsed, target: str, options: Options) -> Span | None:
    """Return the place in the user's text that a failed lowering, schedule or codegen is about."""
    reason = str(error.__cause__ or error.message)
    try:
        recording = record(parsed.mod, target, options)
    except LoweringError:  # no pass began
        recording = None
    for place in _statements(error, reason, parsed, target, recording):
        if place is not None:
            return place
    name = _function(error, reason, parsed, target, options)
    return parsed.name_span(name) if name else None


def _statements(
    error: LoweringError, reason: str, parsed: Parsed, target: str, recording: Recording | None
) -> Iterator[Span | None]:
    if recording is not None and recording.threw and recording.steps:
        yield _by_path(reason, parsed, recording.steps[-1].before)
    if locate := PLACES.get(error.what.id):
        with suppress(SourceError):  # cells of a notebook are Python, and the whole is none
            yield locate(parsed, error.what.values)
    for pattern in NAMED:
        for match in re.finditer(pattern, reason):
            yield _by_name(match["name"], parsed)
    for sign, is_suspect in SUSPECTS.items():
        if sign == error.what.id or sign in reason:
            yield _first(parsed, _with_values(is_suspect, error.what.values))
    if not row_of(target).gpu:  # no CPU target takes a loop that is bound to GPU threads
        yield _first(parsed, _binds_threads)


def _with_values(is_suspect: NodeTest, values: Mapping[str, Any]) -> Callable[[Any], bool]:
    return lambda node: is_suspect(node, values)


def _by_path(reason: str, parsed: Parsed, before: tvm.IRModule) -> Span | None:
    """Return the place of the innermost node on TVM's path that has one."""
    innermost: Span | None = None
    for node in along(reason, before):
        if _is_loop(node):
            # A pass that rebuilds a loop drops its span and keeps its variable.
            innermost = _first(parsed, partial(_same_loop, loop=node)) or innermost
        elif has_place(node):
            innermost = parsed.user_span(node.span) or innermost
    return innermost


def _same_loop(node: Any, loop: Any) -> bool:
    return _is_loop(node) and bool(node.loop_var.same_as(loop.loop_var))


def _written(key: str) -> Locate:
    """Return a search for the place that writes the name which a value of the message is."""
    return lambda parsed, values: name_written(parsed.program, str(values[key]))


def _only_init(parsed: Parsed, values: Values) -> Span | None:
    """Return the body of ``with T.init():``, where the user's text has one alone."""
    text = Text(parsed.program.text)
    bodies = [
        Span(span_of(node.body[0], text).start, span_of(node.body[-1], text).end)
        for node in ast.walk(parsed.program.tree())
        if isinstance(node, ast.With) and dotted(node.items[0].context_expr).endswith(".init")
    ]
    return bodies[0] if len(bodies) == 1 else None


def _first_use(parsed: Parsed, values: Values) -> Span | None:
    """Return the first use of a variable in the user's text, such as in a buffer's shape."""
    text = Text(parsed.program.text)
    name = str(values["variables"]).split(", ")[0]
    spans = (
        span_of(node, text)
        for node in ast.walk(parsed.program.tree())
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
    )
    return min(spans, default=None)


PLACES: dict[str, Locate] = {
    "buffer-handed-on": lambda parsed, values: _first(parsed, hands_on_buffer),
    "kernel-argument-type": lambda parsed, values: _first(
        parsed, partial(is_given, parsed.mod, int(values["number"]), str(values["given"]))
    ),
    "launch-reads-memory": _first_use,
    "no-reducer": _only_init,
    "no-thread-index": _written("name"),
    "no-type-for": _written("dtype"),
    "unknown-scope": _written("scope"),
    "unknown-scope-like": _written("scope"),
    "unknown-extent": _first_use,
}
"""What finds the place of an error in the text alone, by the id of its message."""


def _by_name(name: str, parsed: Parsed) -> Span | None:
    """Return the loop over a variable of this name, else the first statement that has it."""
    loop = _first(parsed, lambda node: _is_loop(node) and node.loop_var.name == name)
    if loop is not None:
        return loop
    statement: Span | None = None
    for node, obj in walk_objects(parsed.mod, parsed.user_span):
        if node.kind in ("func", "stmt"):
            statement = node.span
        elif isinstance(obj, tvm.ir.Var) and obj.name == name and statement is not None:
            return statement
    return None


def _first(parsed: Parsed, fits: Callable[[Any], bool]) -> Span | None:
    return next(
        (
            node.span
            for node, obj in walk_objects(parsed.mod, parsed.user_span)
            if node.span is not None and fits(obj)
        ),
        None,
    )


def _binds_threads(node: Any) -> bool:
    if isinstance(node, tvm.tirx.AttrStmt):
        return str(node.attr_key) == "thread_extent"
    return _is_loop(node) and node.kind == THREAD_BINDING


def _is_loop(node: Any) -> bool:
    return isinstance(node, tvm.tirx.For)


def _function(
    error: LoweringError, reason: str, parsed: Parsed, target: str, options: Options
) -> str:
    """Return the name of the function that fails; an empty one when several do, or none alone."""
    names = [str(variable.name_hint) for variable in parsed.mod.functions]
    for value in ("function", "kernel"):
        if (name := error.what.values.get(value)) in names:
            return str(name)
    for pattern in FUNCTIONS:
        match = re.search(pattern, reason)
        if match is not None and match["name"] in names:
            return match["name"]
    if len(names) == 1:
        return names[0]
    failing = []
    kernels = (str(variable.name_hint) for variable in prim_funcs(parsed.mod).functions)
    for name in kernels:
        try:
            pipeline.lower(only(parsed.mod, name), target, options)
        except VizError as own_error:
            if own_error.message == error.message:
                failing.append(name)
    return failing[0] if len(failing) == 1 else ""
