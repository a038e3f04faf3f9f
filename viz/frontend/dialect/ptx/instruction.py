"""Find older calls of PTX instructions, and bring them into today's form."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from viz.frontend.dialect.context import SpellingContext
from viz.frontend.dialect.names import renamed
from viz.frontend.dialect.proposal import Proposal
from viz.frontend.dialect.ptx.bound import BoundCall, FormMismatch, bind
from viz.frontend.dialect.ptx.draft import InstructionDraft
from viz.frontend.dialect.ptx.operands import operands
from viz.frontend.dialect.ptx.text import instruction_text, spelled
from viz.model.catalog import InstructionForm, instructions
from viz.text import Patch, Span

PACKED = {
    "f16": "uint16",
    "bf16": "uint16",
    "tf32": "uint32",
    "f16x2": "uint32",
    "bf16x2": "uint32",
    "e2m1x2": "uint8",
    "e2m1x4": "uint16",
}
"""The registers of types of PTX that TVM has no integers of the same name for."""

_PTX_TYPE = re.compile(r"(?P<kind>[usbf])(?P<bits>8|16|32|64)")
_KINDS = {"u": "uint", "s": "int", "b": "uint", "f": "float"}

CONDITIONAL = (ast.IfExp, ast.BoolOp, ast.Lambda, ast.ListComp, ast.GeneratorExp)
"""Expressions whose parts are not evaluated just once."""
CONDITIONAL_MEMBERS = {"if_then_else", "Select", "Let"}
"""Members of ``T`` whose arguments are not evaluated just once."""

SIMPLE = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.Return, ast.Assert)
"""Statements whose expressions are evaluated just once, where they stand."""


def instruction(node: ast.Call, context: SpellingContext) -> Iterator[Proposal]:
    """Find ``T.ptx.ld(A.data, "float32", "f32", space="global")`` and the like."""
    forms = instructions().get(context.member(node))
    if not forms:
        return
    place = _place(node, context)
    target = place.target if place is not None else ""
    written = _rewritten(node, context, target)
    if written is None or (place is None and written[1]):
        return
    call, before = written
    outer = context.span(place.statement if place is not None and target else node)
    patches: tuple[Patch, ...] = (Patch(outer, call),)
    lines = ""
    if place is not None and before:
        start = context.span(place.statement).start
        indent = " " * place.statement.col_offset
        lines = "".join(line + (f"\n{indent}" if place.begins_line else "; ") for line in before)
        patches = (Patch(Span(start, start), lines), *patches)
    yield Proposal(outer, lines + call, patches, until=forms[0].until)


def is_older_call(node: ast.Call, context: SpellingContext) -> bool:
    """Return whether a call gives what an older instruction took."""
    for form in instructions().get(context.member(node), ()):
        try:
            bind(node, form.takes, context)
        except FormMismatch:
            continue
        return True
    return False


class InstructionPlace(NamedTuple):
    """Where a call stands: its statement, and what its value is given to if that is an element."""

    statement: ast.stmt
    target: str
    begins_line: bool


def _place(node: ast.Call, context: SpellingContext) -> InstructionPlace | None:
    """Return the place of a call; None where nothing can be written before it."""
    below: ast.AST = node
    for above in context.above(node):
        if isinstance(above, ast.stmt):
            return _statement(above, below, node, context)
        if isinstance(above, CONDITIONAL) or context.member(above) in CONDITIONAL_MEMBERS:
            return None
        below = above
    return None


def _statement(
    statement: ast.stmt, below: ast.AST, node: ast.Call, context: SpellingContext
) -> InstructionPlace | None:
    start = context.span(statement).start
    head = isinstance(statement, ast.If) and below is statement.test
    if not isinstance(statement, SIMPLE) and not head:
        return None
    if context.text.string.startswith("elif", start):
        return None
    line = context.text.line(context.text.position(start).line)
    begins_line = not line[: statement.col_offset].strip()
    target = ""
    if isinstance(statement, ast.Assign) and statement.value is node:
        first = statement.targets[0]
        if len(statement.targets) == 1 and isinstance(first, ast.Subscript):
            target = context.todays_source(first)
    return InstructionPlace(statement, target, begins_line)


def _rewritten(
    node: ast.Call, context: SpellingContext, target: str = ""
) -> tuple[str, list[str]] | None:
    """Return today's form of a call, and the statements that come before it; None without one."""
    for form in instructions()[context.member(node)]:
        try:
            return _written(node, form, context, target)
        except FormMismatch:
            continue
    return None


def _written(
    node: ast.Call, form: InstructionForm, context: SpellingContext, target: str
) -> tuple[str, list[str]]:
    """Write a call in one form.

    Raises
    ------
    FormMismatch
        When this form cannot say all that the call says.
    """
    bound = bind(node, form.takes, context)
    for name, values in form.where.items():
        if bound.constant(name) not in values:
            raise FormMismatch(name)
    draft = InstructionDraft(bound, context.todays_prefix(node), target, _nested)
    value = ""
    dtype, seen_as = _register(form.result, bound) if form.result else ("", "")
    if form.result and not target:
        value = draft.result = draft.scalar("value", dtype)
        if seen_as:
            value = f'{draft.prefix}.reinterpret("{seen_as}", {value})'
    written = operands(form.operands, draft)
    text = instruction_text(form.text, bound)
    if any(bound.is_left(name) for name in bound.given.keys() - bound.used):
        raise FormMismatch(form.takes)
    call = f"{spelled(draft.prefix, text)}({', '.join(written)})"
    if not value:
        return call, draft.before
    return value, [*draft.before, call]


def _register(result: str, bound: BoundCall) -> tuple[str, str]:
    """Return the dtype of the register for a value, and that of the value if it is another."""
    name = str(bound.constant(result.strip("{}"))) if result.startswith("{") else result
    match = _PTX_TYPE.fullmatch(name)
    if match is not None:
        return _KINDS[match["kind"]] + match["bits"], ""
    if name == "float32x2":
        return "uint64", name
    if name.endswith(("x2", "x4")) and name not in PACKED:  # floats of eight bits or less
        return {"2": "uint16", "4": "uint32"}[name[-1]], ""
    return PACKED.get(name, name), ""


def _nested(node: ast.expr, context: SpellingContext) -> tuple[str, list[str]]:
    """Return an operand with what is older in it brought up to date, and what comes before it.

    Raises
    ------
    FormMismatch
        When something in it cannot be brought up to date.
    """
    patches: list[Patch] = []
    before: list[str] = []
    waiting: list[ast.AST] = [node]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, CONDITIONAL) or context.member(inner) in CONDITIONAL_MEMBERS:
            continue
        if isinstance(inner, ast.Call) and context.member(inner) in instructions():
            written = _rewritten(inner, context)
            if written is None:
                raise FormMismatch(ast.dump(inner))
            patches.append(Patch(context.span(inner), written[0]))
            before += written[1]
            continue
        if isinstance(inner, ast.Attribute):
            patches += (Patch(found.span, found.new) for found in renamed(inner, context))
        waiting.extend(ast.iter_child_nodes(inner))
    source, start = context.source(node), context.span(node).start
    for patch in sorted(patches, key=lambda patch: patch.span.start, reverse=True):
        begin, end = patch.span.start - start, patch.span.end - start
        source = source[:begin] + patch.new + source[end:]
    return source, before
