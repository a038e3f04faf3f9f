"""Find the schedules of a text: statements on a ``Schedule`` that is made of one of its programs.

They stand below ``sch = tvm.s_tir.Schedule(Module)``, or in a function with a parameter for the
Schedule, as TVM prints a trace. Nothing is executed: a statement is a step if it consists of calls
of the methods that :mod:`viz.model.catalog.schedule_methods` lists and of plain values. A schedule
with a statement that is anything else is not taken, since what is left of it would be another one.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from viz.frontend.schedule.expressions import Unreadable, methods_of, require_readable
from viz.frontend.scopes import is_definition
from viz.frontend.syntax import dotted, span_of
from viz.messages import Message, message_of
from viz.model import LeftOut, ScheduleCode, ScheduleStep
from viz.model.catalog import schedule_methods
from viz.text import Span, Text

OUTPUTS = frozenset(("mod", "trace", "show", "state", "func_working_on"))
"""Attributes of a Schedule that only show or take what it has made."""

PARAMETERS = ("sch", "schedule", "s")
"""Names of a function's first parameter that stand for a Schedule."""


class FoundSchedules(NamedTuple):
    """The schedules of a text.

    ``taken`` has where their statements and functions start; ``unread`` why others are not taken,
    at the statement that is no step.
    """

    codes: tuple[ScheduleCode, ...]
    taken: frozenset[int]
    unread: tuple[LeftOut, ...]


def find_schedules(tree: ast.Module, text: Text, definitions: Iterable[str]) -> FoundSchedules:
    """Return the schedules of a text, in its order.

    Parameters
    ----------
    definitions
        The names of the text's definitions.
    """
    names = frozenset(name.rpartition(".")[2] for name in definitions)
    codes: list[ScheduleCode] = []
    taken: set[int] = set()
    unread: list[LeftOut] = []
    for draft in _drafts(tree, text, names):
        if draft.unread is not None:
            unread.append(draft.unread)
        else:
            end = draft.steps[-1].span.end if draft.steps else draft.start
            span, off = _switched_off(text.string, Span(draft.start, end), draft.variable)
            if not off and not any(step.method for step in draft.steps):
                continue
            code = ScheduleCode(draft.variable, draft.definition, span, tuple(draft.steps), off)
            codes.append(code)
            taken |= {draft.start, draft.around, *(step.span.start for step in draft.steps)}
    return FoundSchedules(tuple(codes), frozenset(taken), tuple(unread))


def left_out_beside(left_out: Iterable[LeftOut], found: FoundSchedules) -> tuple[LeftOut, ...]:
    """Return what is left out of a text beside its schedules, with why others are not followed."""
    kept: list[LeftOut] = []
    for each in left_out:
        if each.span.start in found.taken:
            continue
        inside = [why for why in found.unread if why.span.start in each.span]
        kept.append(LeftOut(span=each.span, what=inside[0].what) if inside else each)
    return tuple(kept)


def schedule_of(codes: Iterable[ScheduleCode], definition: str) -> ScheduleCode | None:
    """Return the schedule of a definition: the last one that names it or no other."""
    own = definition.rpartition(".")[2]
    candidates = [code for code in codes if code.definition in ("", own)]
    return candidates[-1] if candidates else None


_COMMENT = re.compile(r"[ \t]*(?P<whole>(?:pass[ \t]+)?#[ \t]*(?P<text>[^\n]*))")


def _switched_off(text: str, span: Span, variable: str) -> tuple[Span, tuple[ScheduleStep, ...]]:
    """Return the comments that are steps, in a span and directly below it, which then has them."""
    found: list[ScheduleStep] = []
    start = text.find("\n", span.start) + 1
    while 0 < start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        line = text[start:end]
        comment = _COMMENT.fullmatch(line)
        if comment is None and start > span.end and line.strip():
            break
        if comment is not None and (method := _method_of(comment["text"], variable)):
            place = Span(start + comment.start("whole"), start + comment.end("whole"))
            found.append(ScheduleStep(comment["text"].strip(), place, method))
            span = Span(span.start, max(span.end, place.end))
        start = end + 1
    return span, tuple(found)


def _method_of(text: str, variable: str) -> str:
    """Return the method of a text that is one step; empty for any other text."""
    try:
        (statement,) = ast.parse(text.strip()).body
        value = _value_of(statement)
        require_readable(value, variable)
    except (SyntaxError, ValueError, RecursionError, MemoryError, Unreadable):
        return ""
    methods = methods_of(value, variable)
    return schedule_methods.todays(methods[0]) if methods else ""


class _Draft:
    """A schedule that is being read."""

    def __init__(self, variable: str, definition: str, start: int) -> None:
        self.variable = variable
        self.definition = definition
        self.start = start
        self.steps: list[ScheduleStep] = []
        self.around = start
        """Where the function begins that it stands in, if it does in one."""
        self.unread: LeftOut | None = None
        self.known: set[str] = set()
        """The names that its statements gave values to."""

    def take(self, statement: ast.stmt, text: Text) -> None:
        """Read one of the statements below: a step, a value for one, or nothing of its own."""
        if self.unread is not None or self._is_beside(statement):
            return
        try:
            value = _value_of(statement)
            require_readable(value, self.variable)
        except Unreadable as error:
            where = span_of(error.node, text)
            what = message_of("left-out-schedule-statement", reason=error.reason)
            if self._concerns(statement):
                self.unread = LeftOut(span=where, what=what)
            return
        methods = methods_of(value, self.variable)
        if not methods and not _is_value(statement):
            return
        self.known |= _bound(statement)
        span = span_of(statement, text)
        method = schedule_methods.todays(methods[0]) if methods else ""
        self.steps.append(ScheduleStep(text.slice(span), span, method))

    def _concerns(self, statement: ast.stmt) -> bool:
        """Whether a statement has to do with the Schedule, or with a value of one of its steps."""
        return any(
            isinstance(node, ast.Name) and node.id in {self.variable, *self.known}
            for node in ast.walk(statement)
        )

    def _is_beside(self, statement: ast.stmt) -> bool:
        """Whether a statement only shows or takes what was made, such as ``print(sch.mod)``."""
        uses = taken = 0
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and node.id == self.variable:
                uses += 1
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id == self.variable
            ):
                taken += node.attr in OUTPUTS
        return uses > 0 and uses == taken


def _drafts(tree: ast.Module, text: Text, names: frozenset[str]) -> Iterator[_Draft]:
    """Yield the schedules of every list of statements outside of the definitions."""
    bodies: list[tuple[ast.Module | ast.FunctionDef | ast.ClassDef, _Draft | None]] = [(tree, None)]
    while bodies:
        outer, draft = bodies.pop(0)
        found = [] if draft is None else [draft]
        values: list[ScheduleStep] = []
        for statement in outer.body:
            if isinstance(statement, ast.FunctionDef | ast.ClassDef):
                if not is_definition(statement):
                    bodies.append((statement, _of_parameter(statement, text)))
                continue
            if made := _made(statement, names):
                span = span_of(statement, text)
                found.append(_Draft(*made, span.start))
                if isinstance(outer, ast.FunctionDef):
                    found[-1].around = span_of(outer, text).start
                found[-1].steps += values
            elif found:
                found[-1].take(statement, text)
            elif _is_value(statement):
                span = span_of(statement, text)
                values.append(ScheduleStep(text.slice(span), span))
        yield from found


def _of_parameter(node: ast.stmt, text: Text) -> _Draft | None:
    """Return the schedule that a function's first parameter stands for, if it does for one."""
    if not isinstance(node, ast.FunctionDef) or not node.args.args:
        return None
    first = node.args.args[0]
    annotated = first.annotation is not None and (dotted(first.annotation) or "").endswith(
        "Schedule"
    )
    if not annotated and first.arg not in PARAMETERS:
        return None
    return _Draft(first.arg, "", span_of(node, text).start)


def _made(statement: ast.stmt, names: frozenset[str]) -> tuple[str, str] | None:
    """Return variable and definition of ``sch = tvm.tir.Schedule(Module)``; None for another."""
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None
    target, value = statement.targets[0], statement.value
    if not isinstance(target, ast.Name) or not isinstance(value, ast.Call):
        return None
    if (dotted(value) or "").rpartition(".")[2] != "Schedule":
        return None
    mentioned = [
        node.id
        for argument in (*value.args, *(keyword.value for keyword in value.keywords))
        for node in ast.walk(argument)
        if isinstance(node, ast.Name)
    ]
    return target.id, next((name for name in mentioned if name in names), "")


def _value_of(statement: ast.stmt) -> ast.expr:
    """Return what a statement computes.

    Raises
    ------
    Unreadable
        When it is neither an expression nor gives names to one.
    """
    if isinstance(statement, ast.Expr):
        return statement.value
    targets: list[ast.expr]
    if isinstance(statement, ast.AnnAssign) and statement.value is not None:
        targets, value = [statement.target], statement.value
    elif isinstance(statement, ast.Assign):
        targets, value = statement.targets, statement.value
    else:
        raise Unreadable(statement, _why_not(statement))
    for target in targets:
        parts = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
        for part in parts:
            name = part.value if isinstance(part, ast.Starred) else part
            if not isinstance(name, ast.Name):
                raise Unreadable(part, message_of("step-target"))
    return value


def _why_not(statement: ast.stmt) -> Message:
    if isinstance(statement, ast.For | ast.While | ast.If | ast.With):
        return message_of("step-control-flow")
    return message_of("step-statement")


def _is_value(statement: ast.stmt) -> bool:
    """Whether a statement names a value that steps may use: numbers, texts, lists of them."""
    return isinstance(statement, ast.Assign | ast.AnnAssign)


def _bound(statement: ast.stmt) -> set[str]:
    return {
        node.id
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
