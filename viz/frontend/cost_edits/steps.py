"""Add a step to a schedule, or change one, so that accesses cost less."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator
from typing import NamedTuple

from viz.frontend.cost_edits.proposal import CostProposal
from viz.frontend.cost_edits.tiles import BANKS, WORD
from viz.frontend.schedule.expressions import methods_of
from viz.messages import message_of
from viz.model import AccessFlaw, AccessSite, ScheduleCode, ScheduleStep
from viz.model.catalog import schedule_methods
from viz.text import Patch, Span, Text

LANES = "threadIdx.x"

MOST_LOOPS = 4
"""Loops that are tried in place of another one."""

CACHES = ("cache_read", "cache_write", "reindex_cache_read", "reindex_cache_write")


class StepCall(NamedTuple):
    """A step, its one call and the names that it gives to what comes of it."""

    step: ScheduleStep
    call: ast.Call
    targets: tuple[str, ...]

    @property
    def method(self) -> str:
        """The method that it calls, by its name of today."""
        return self.step.method

    def arguments(self) -> list[ast.expr]:
        """Return the arguments of its call, those with names last."""
        return [*self.call.args, *(keyword.value for keyword in self.call.keywords)]


class ScheduleText(NamedTuple):
    """A schedule of a text, whose steps may be changed."""

    text: str
    code: ScheduleCode

    def steps(self) -> list[StepCall]:
        """Return the steps that are one call."""
        found = []
        for step in self.code.steps:
            (statement,) = ast.parse(textwrap.dedent(step.text).strip()).body
            value = getattr(statement, "value", None)
            if isinstance(value, ast.Call) and step.method in map(
                schedule_methods.todays, methods_of(value, self.code.variable)[:1]
            ):
                found.append(StepCall(step, value, tuple(_names(statement))))
        return found

    def appended(self, step: str) -> Patch:
        """Return what writes a step below the last one."""
        last = self.code.steps[-1].span
        text = Text(self.text)
        line = text.line(text.position(last.start).line)
        indent = line[: len(line) - len(line.lstrip())]
        return Patch(Span(last.end, last.end), f"\n{indent}{step}")

    def replaced(self, step: StepCall, node: ast.expr, new: str) -> Patch:
        """Return what writes something else for a part of a step of one line."""
        start = step.step.span.start
        own = Text(step.step.text)
        first = own.offset_of_byte(node.lineno, node.col_offset)
        last = own.offset_of_byte(node.end_lineno or 1, node.end_col_offset or 0)
        return Patch(Span(start + first, start + last), new)


def _names(statement: ast.stmt) -> Iterator[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    for target in targets:
        parts = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
        yield from (part.id for part in parts if isinstance(part, ast.Name))


class LanesStep(NamedTuple):
    """The step that says how many lanes go in a row."""

    number: int
    """From 1 on."""
    method: str
    loop: str
    """The loop whose rounds they are."""


def step_of_lanes(text: str, code: ScheduleCode) -> LanesStep | None:
    """Return the step that makes the loop of the lanes, else the one that binds it."""
    steps = ScheduleText(text, code).steps()
    lanes = next((step for step in steps if step.method == "bind" and _axis(step) == LANES), None)
    if lanes is None:
        return None
    loop = ast.unparse(lanes.arguments()[0])
    makes = (step for step in steps if step.method in ("split", "fuse") and loop in step.targets)
    chosen = next(makes, lanes)
    return LanesStep(code.steps.index(chosen.step) + 1, chosen.method, loop)


def other_steps(
    text: str, code: ScheduleCode, flaw: AccessFlaw, site: AccessSite
) -> Iterator[CostProposal]:
    """Yield changes of a schedule's steps for an access that costs more than it needs."""
    schedule = ScheduleText(text, code)
    if flaw == "conflicts":
        yield from _padded(schedule, site)
    yield from _vectorised(schedule, site)
    yield from _bound_otherwise(schedule, site)


def _padded(schedule: ScheduleText, site: AccessSite) -> Iterator[CostProposal]:
    """Let ``storage_align`` pad the rows of the buffer that a cache step made."""
    variable = schedule.code.variable
    title = message_of("cost-pad", buffer=site.buffer, count=_extra(site))
    why = message_of("cost-why-pad", buffer=site.buffer)
    blocks = [
        step.targets[0]
        for step in schedule.steps()
        if step.method in CACHES and step.targets and "shared" in ast.unparse(step.call)
    ]
    # A block that fills a cache has the name of the buffer, one of the text has its own.
    named = f'{variable}.get_sblock("{site.buffer}")'
    modulus = BANKS * WORD // max(1, min(site.width, WORD))
    for block in (*blocks, named):
        rows = f"axis=-2, factor={modulus}, offset={_extra(site)}"
        step = f"{variable}.storage_align({block}, 0, {rows})"
        yield CostProposal("pad", site.buffer, title, why, (schedule.appended(step),))


def _extra(site: AccessSite) -> int:
    """Return the elements that a row is padded by: a word, or as much as a lane wants."""
    element = min(site.width, WORD)
    return max(1, max(site.width, WORD) // element)


def _bound_otherwise(schedule: ScheduleText, site: AccessSite) -> Iterator[CostProposal]:
    """Bind another loop to the axis of the lanes, or exchange two axes."""
    steps = schedule.steps()
    binds = [step for step in steps if step.method == "bind"]
    lanes = next((step for step in binds if _axis(step) == LANES), None)
    if lanes is None:
        return
    loop = lanes.arguments()[0]
    why = message_of("cost-why-bind", loop="")
    for other in binds:
        axis = _axis(other)
        if other is lanes or not axis:
            continue
        moved = other.arguments()[0]
        title = message_of(
            "cost-bind", loop=ast.unparse(moved), axis=LANES, other=ast.unparse(loop), to=axis
        )
        why = message_of("cost-why-bind", loop=ast.unparse(moved))
        patches = (
            schedule.replaced(lanes, lanes.arguments()[1], f'"{axis}"'),
            schedule.replaced(other, other.arguments()[1], f'"{LANES}"'),
        )
        yield CostProposal("bind", ast.unparse(moved), title, why, patches)
    for name in _free_loops(steps, before=lanes)[-MOST_LOOPS:]:
        title = message_of("cost-bind-other", loop=name, axis=LANES, other=ast.unparse(loop))
        why = message_of("cost-why-bind", loop=name)
        patch = schedule.replaced(lanes, loop, name)
        yield CostProposal("bind", name, title, why, (patch,))


def _axis(step: StepCall) -> str:
    arguments = step.arguments()
    return str(getattr(arguments[1], "value", "")) if len(arguments) == 2 else ""


def _free_loops(steps: list[StepCall], before: StepCall | None = None) -> list[str]:
    """Return the names of loops that no step binds, splits or fuses."""
    made: list[str] = []
    used: set[str] = set()
    for step in steps:
        if step.method in ("get_loops", "split", "fuse", "loop_partition"):
            if before is None or step.step.span.start < before.step.span.start:
                made += step.targets
        if step.method in ("bind", "split", "fuse", "vectorize", "unroll", "parallel"):
            used |= {n.id for n in ast.walk(step.call) if isinstance(n, ast.Name)}
    return [name for name in dict.fromkeys(made) if name not in used]


def _vectorised(schedule: ScheduleText, site: AccessSite) -> Iterator[CostProposal]:
    """Vectorise the inner loop that a split made, where no step has done anything with it."""
    steps = schedule.steps()
    free = set(_free_loops(steps))
    for step in steps:
        if step.method != "split" or not step.targets or step.targets[-1] not in free:
            continue
        count = _last_factor(step)
        if count not in (2, 4, 8, 16) or count * site.width > 16:
            continue
        loop = step.targets[-1]
        title = message_of("cost-vectorise", loop=loop, count=count)
        why = message_of("cost-why-vectorise", buffer=site.buffer)
        line = f"{schedule.code.variable}.vectorize({loop})"
        yield CostProposal("vectorise", loop, title, why, (schedule.appended(line),))


def _last_factor(step: StepCall) -> int:
    lists = [n for n in step.arguments() if isinstance(n, ast.List | ast.Tuple) and n.elts]
    last = lists[-1].elts[-1] if lists else None
    value = getattr(last, "value", 0)
    return value if isinstance(value, int) else 0
