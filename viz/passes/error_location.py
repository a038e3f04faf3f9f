"""Locate a failed lowering in the user's text: a statement, else a function.

Signs are tried from the surest to the vaguest: the path that TVM adds to some errors, a loop or
variable that the message names, a node of the only kind that it can mean, the function that fails
alone. Where no sign holds there is no location.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import tvm

from viz.errors import LoweringError, VizError
from viz.ir.access_path import PATH, along, has_place
from viz.ir.functions import only
from viz.ir.labels import operator, type_key
from viz.ir.parse import Parsed
from viz.ir.walker import walk_objects
from viz.model import Options
from viz.passes import pipeline, targets
from viz.passes.function_roles import THREAD_BINDING
from viz.passes.recording import Recording, record
from viz.text import Span

UNROLLED = 3
"""``tirx.For.kind`` of an unrolled loop."""

NAMED = (
    r"[Ll]oop (?:step for |kind \w+ is invalid for irregular loop )?(?P<name>\w+)",
    r"loop with extent (?P<name>\w+)",
    r"[Vv]ariables? [`(]?(?P<name>\w+)",
)
"""How TVM's messages name a loop or a variable; other words are passed over."""

NodeTest = Callable[[Any, re.Match[str]], bool]
SUSPECTS: tuple[tuple[str, NodeTest], ...] = (
    (r"while loop inside", lambda node, match: isinstance(node, tvm.tirx.While)),
    (
        r"unroll non-constant",
        lambda node, match: (
            isinstance(node, tvm.tirx.For)
            and node.kind == UNROLLED
            and not isinstance(node.extent, tvm.tirx.IntImm)
        ),
    ),
    (
        r"dispatch failed: op=(?P<name>[\w.]+)",
        lambda node, match: (
            type_key(node) == "tirx.TilePrimitiveCall" and str(node.op.name) == match["name"]
        ),
    ),
    (
        r'(?:Unresolved call|unknown intrinsic) .*?name="(?P<name>[^"]+)"',
        lambda node, match: isinstance(node, tvm.ir.Call) and operator(node) == match["name"],
    ),
)
"""Patterns of TVM's messages, and the only nodes that each can be about; the first is shown."""

FUNCTIONS = (
    r"^(?P<name>\w+) has no thread bindings",
    r"(?P<name>\w+) is a TIRx kernel",
    r"In PrimFunc (?P<name>\w+)",
    PATH.pattern,
)
"""How messages, ours among them, name a function."""


def find(error: LoweringError, parsed: Parsed, target: str, options: Options) -> Span | None:
    """Return the place in the user's text that a failed lowering, schedule or codegen is about."""
    reason = str(error.__cause__ or error.message)
    try:
        recording = record(parsed.mod, target, options)
    except LoweringError:  # no pass began
        recording = None
    for place in _statements(reason, parsed, target, recording):
        if place is not None:
            return place
    name = _function(error, reason, parsed, target, options)
    return parsed.name_span(name) if name else None


def _statements(
    reason: str, parsed: Parsed, target: str, recording: Recording | None
) -> Iterator[Span | None]:
    if recording is not None and recording.threw:
        yield _by_path(reason, parsed, recording.steps[-1].before)
    for pattern in NAMED:
        for match in re.finditer(pattern, reason):
            yield _by_name(match["name"], parsed)
    for pattern, is_suspect in SUSPECTS:
        if matched := re.search(pattern, reason):
            yield _first(parsed, _with_match(is_suspect, matched))
    if not targets.row_of(target).gpu:  # no CPU target takes a loop that is bound to GPU threads
        yield _first(parsed, _binds_threads)


def _with_match(is_suspect: NodeTest, match: re.Match[str]) -> Callable[[Any], bool]:
    return lambda node: is_suspect(node, match)


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
    for pattern in FUNCTIONS:
        match = re.search(pattern, reason)
        if match is not None and match["name"] in names:
            return match["name"]
    if len(names) == 1:
        return names[0]
    failing = []
    for name in names:
        try:
            pipeline.lower(only(parsed.mod, name), target, options)
        except VizError as own_error:
            if own_error.message == error.message:
                failing.append(name)
    return failing[0] if len(failing) == 1 else ""
