"""Judge what an answer computed, which mistakes a checked run found, and what its accesses cost."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from viz.kept_arrays import arrays_of
from viz.learn.exercises.asking import Replies
from viz.learn.exercises.checks import AgreeCheck, CleanCheck, CostCheck, SameCheck
from viz.learn.exercises.exercise import CheckResult
from viz.messages import Message, message_of
from viz.model import EMULATED, AccessSite, Comparison, Finding, KernelCost, Outcome, Value

LANES = 32
"""Lanes of a warp."""


def same(check: SameCheck, replies: Replies) -> CheckResult:
    """Judge whether outputs are those of the reference, on one device after the other."""
    on_edges = check.inputs == "edges"
    devices = tuple(map(title, check.same))
    wanted = message_of("exercise-same-edges" if on_edges else "exercise-same", devices=devices)
    for device in check.same:
        outcome = replies.outcome(device, check.inputs, check.function)
        if not outcome.comparisons:
            found = message_of("exercise-nothing-written")
            return CheckResult(passed=False, wanted=wanted, found=found)
        for row in outcome.comparisons:
            if not row.passed:
                return CheckResult(
                    passed=False,
                    wanted=wanted,
                    found=_differs(row, device),
                    line=_line_of_store(replies, row.name, check.function),
                )
    return CheckResult(passed=True, wanted=wanted)


def _differs(row: Comparison, device: str) -> Message:
    first = row.first
    if first is None:
        return message_of("exercise-other-output", name=row.name, device=title(device))
    return message_of(
        "exercise-differs",
        device=title(device),
        count=row.mismatches,
        total=math.prod(row.shape),
        element=element(row.name, first.index),
        got=shown(first.got),
        expected=shown(first.expected),
    )


def _line_of_store(replies: Replies, name: str, function: str) -> int | None:
    """Return the line of the answer that stores to an output last."""
    stores = [
        node
        for node in replies.tree(True, function).nodes
        if node.title == "BufferStore" and node.label.partition("[")[0].split(" ")[0] == name
    ]
    spans = [node.span for node in stores if node.span is not None]
    return replies.asked.answer.count("\n", 0, spans[-1].start) + 1 if spans else None


def clean(check: CleanCheck, replies: Replies) -> CheckResult:
    """Judge whether a checked run found a mistake, harmless ones included."""
    wanted = message_of("exercise-clean", device=title(check.clean))
    findings = replies.outcome(check.clean).findings
    if not findings:
        return CheckResult(passed=True, wanted=wanted)
    first = findings[0]
    found = _in_own_lines(first.what, first)
    return CheckResult(passed=False, wanted=wanted, found=found, line=_line_of_finding(first))


def _in_own_lines(message: Message, finding: Finding) -> Message:
    """Return a message with the lines of the answer in the place of those of the emitted text."""
    if message.id == "at-line":
        for site in finding.sites:
            if site.line == message.values["line"] and site.own_line is not None:
                return message_of("at-line", line=site.own_line)
        return message
    values = {
        name: _in_own_lines(value, finding) if isinstance(value, Message) else value
        for name, value in message.values.items()
    }
    return message_of(message.id, **values)


def _line_of_finding(finding: Finding) -> int | None:
    return next((site.own_line for site in finding.sites if site.own_line is not None), None)


# ---------------------------------------------------------------- cost


def cost(check: CostCheck, replies: Replies) -> CheckResult:
    """Judge a figure of the kernels."""
    limit = check.least if check.most is None else check.most
    where = message_of("exercise-of-all")
    if check.buffer:
        kind = check.kind or "any"
        where = message_of(f"accesses-{kind}", buffer=check.buffer)
    wanted = message_of(
        "exercise-at-least" if check.most is None else "exercise-at-most",
        figure=message_of(f"figure-{check.cost}", where=where),
        limit=limit or 0,
    )
    counted = replies.outcome(EMULATED).cost
    kernels = counted.kernels if counted is not None else ()
    for kernel in kernels:
        if kernel.problem is not None:
            return CheckResult(passed=False, wanted=wanted, found=kernel.problem)
    sites = [*_meant(check, kernels)]
    if not sites and (check.buffer or not kernels):
        found = message_of("exercise-no-access", where=where)
        return CheckResult(passed=False, wanted=wanted, found=found)
    value, line = _figure(check, kernels, sites)
    good = (check.most is None or value <= check.most) and (
        check.least is None or value >= check.least
    )
    if good:
        return CheckResult(passed=True, wanted=wanted)
    found = message_of("exercise-counted", value=f"{value:,.4g}" if value % 1 else f"{value:,.0f}")
    return CheckResult(passed=False, wanted=wanted, found=found, line=line)


def _meant(check: CostCheck, kernels: tuple[KernelCost, ...]) -> Iterator[AccessSite]:
    for kernel in kernels:
        for site in kernel.sites:
            if (
                check.buffer in ("", site.buffer)
                and check.kind in ("", site.kind)
                and check.space in ("", site.space)
            ):
                yield site


def _figure(
    check: CostCheck, kernels: tuple[KernelCost, ...], sites: list[AccessSite]
) -> tuple[float, int | None]:
    """Return what a check counts, and the line that has most to do with it."""
    if check.cost in ("threads", "blocks"):
        threads = check.cost == "threads"
        sizes = [math.prod(k.grid) * (math.prod(k.block) if threads else 1) for k in kernels]
        return max(sizes, default=0), None
    if check.cost == "operations":
        return sum(kernel.float_operations for kernel in kernels), None
    if check.cost == "lanes":
        fewest = min(sites, key=lambda site: site.figures.lanes / site.figures.requests)
        return fewest.figures.lanes / fewest.figures.requests, fewest.own_line
    values = [float(getattr(site.figures, check.cost)) for site in sites]
    if not values:
        return 0, None
    worst = sites[values.index(max(values))]
    return sum(values), worst.own_line


# ---------------------------------------------------------------- edge values


def agree(check: AgreeCheck, replies: Replies) -> CheckResult:
    """Judge whether two devices give the same for edge values, element by element."""
    first, second = check.agree
    wanted = message_of("exercise-agree", first=title(first), second=title(second))
    outcomes = [replies.outcome(device, "edges") for device in check.agree]
    arrays, others = map(arrays_of, outcomes)
    for name in arrays:
        kind, _, buffer = name.partition(".")
        if kind != "output":
            continue
        got, other = arrays[name], others[name]
        apart = np.argwhere(~((got == other) | ((got != got) & (other != other))))
        if not len(apart):
            continue
        index = tuple(map(int, apart[0]))
        found = message_of(
            "exercise-disagree",
            count=len(apart),
            element=element(buffer, index),
            a=shown(_value(got[index])),
            b=shown(_value(other[index])),
            first=title(first),
            second=title(second),
            inputs=tuple(_inputs(outcomes[0], arrays, index)),
        )
        line = _line_of_store(replies, buffer, "")
        return CheckResult(passed=False, wanted=wanted, found=found, line=line)
    return CheckResult(passed=True, wanted=wanted)


def _inputs(outcome: Outcome, arrays: dict[str, Any], index: tuple[int, ...]) -> Iterator[str]:
    """Yield the elements of inputs that stand at an index, such as ``A[6] = nan``."""
    written = {row.name for row in outcome.comparisons}
    for name, array in arrays.items():
        kind, _, buffer = name.partition(".")
        fits = len(index) == array.ndim and all(
            i < n for i, n in zip(index, array.shape, strict=True)
        )
        if kind == "input" and buffer not in written and fits:
            yield f"{element(buffer, index)} = {shown(_value(array[index]))}"


# ---------------------------------------------------------------- words


def title(device: str) -> Message:
    """Return a device in words."""
    return message_of(f"checked-{device}")


def element(name: str, index: tuple[int, ...]) -> str:
    """Return an element as a program writes it: ``B[3, 4]``."""
    return f"{name}[{', '.join(map(str, index))}]"


def shown(value: Value) -> str:
    """Return a number with as many digits as matter."""
    return f"{value:.7g}" if isinstance(value, float) else str(value)


def _value(number: Any) -> Value:
    plain: Value = number.item()
    return plain
