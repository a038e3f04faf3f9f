"""Mend where a kernel begins, what it computes together, and what its threads wait for."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from viz.frontend.mends.loops import Proposal, serial_loop
from viz.frontend.mends.place import TextPlace, called, constants
from viz.frontend.syntax import dotted, span_of
from viz.messages import message_of
from viz.text import Patch, Span

ENTRY = "T.device_entry()"


def device_entry(place: TextPlace, values: Mapping[str, Any]) -> Iterator[Proposal]:
    """Say where the kernel of a function begins: above its first id."""
    function = place.function
    if function is None:
        return
    entries = [
        n for n in ast.walk(function) if isinstance(n, ast.Expr) and called(n.value, "device_entry")
    ]
    removed = [Patch(place.lines(node), "") for node in entries]
    above = place.around[place.around.index(function) + 1]
    yield message_of("mend-entry"), [place.insert_above(above, ENTRY), *removed]


def no_blocks(place: TextPlace, values: Mapping[str, Any]) -> Iterator[Proposal]:
    """Leave ``s_tir=True`` out of the decorator."""
    function = place.function
    for decorator in function.decorator_list if function is not None else ():
        for keyword in decorator.keywords if isinstance(decorator, ast.Call) else ():
            if keyword.arg == "s_tir":
                span = span_of(keyword, place.text)
                yield message_of("mend-no-blocks"), [Patch(span, "")]


def without_target(place: TextPlace, values: Mapping[str, Any]) -> Iterator[Proposal]:
    """Leave the target out of a function's attributes."""
    for call in ast.walk(place.function) if place.function is not None else ():
        if not (isinstance(call, ast.Call) and dotted(call).endswith("func_attr") and call.args):
            continue
        table = call.args[0]
        if not isinstance(table, ast.Dict):
            continue
        kept = [
            f"{ast.unparse(key)}: {ast.unparse(value)}"
            for key, value in zip(table.keys, table.values, strict=True)
            if key is not None and getattr(key, "value", "") != "target"
        ]
        new = "{" + ", ".join(kept) + "}"
        yield message_of("mend-no-target"), [place.replaced(table, new)]


def with_architecture(place: TextPlace, values: Mapping[str, Any]) -> Iterator[Proposal]:
    """Name an architecture in a target that has none."""
    arch = str(values["arch"])
    for call in ast.walk(place.statement):
        target = called(call, "target") or called(call, "Target")
        if target is None or len(target.args) != 1:
            continue
        given = target.args[0]
        if isinstance(given, ast.Dict):
            inside = span_of(given, place.text).end - 1
            patch = Patch(Span(inside, inside), f', "arch": "{arch}"')
        else:
            patch = place.replaced(given, f'{{"kind": "cuda", "arch": "{arch}"}}')
        yield message_of("mend-arch", arch=arch), [patch]


def axis_name(place: TextPlace, values: Mapping[str, Any]) -> Iterator[Proposal]:
    """Write the thread axis that a misspelt one is most like."""
    old, new = str(values["name"]), str(values["close"])
    changed = [place.replaced(n, f'"{to}"') for n, to in constants(place.statement, {old: new})]
    yield message_of("mend-spelling", old=old, new=new), changed


def barrier_for_all(place: TextPlace, values: Mapping[str, Any]) -> Iterator[Proposal]:
    """Split an ``if`` at a barrier, so that all threads come to it."""
    barrier = place.statement
    above = place.around[-2] if len(place.around) > 1 else None
    if not isinstance(above, ast.If) or above.orelse or not place.stands_alone(barrier):
        return
    index = above.body.index(barrier)
    before, after = above.body[:index], above.body[index + 1 :]
    indent = place.indent(above)
    condition = ast.unparse(above.test)
    line = place.text.slice(place.lines(barrier)).strip()
    title = message_of("mend-barrier")
    pieces = [] if before else [Patch(_header(place, above), "")]
    again = f"{indent}if {condition}:\n" if after else ""
    yield title, [*pieces, Patch(place.lines(barrier), f"{indent}{line}\n{again}")]


def _header(place: TextPlace, node: ast.If) -> Span:
    return place.whole_lines(node.lineno, node.body[0].lineno - 1)


def serial_vector(place: TextPlace, values: Mapping[str, Any]) -> Iterator[Proposal]:
    """Store one number after the other instead of a vector."""
    for loop in reversed(place.around):
        call = called(loop.iter, "vectorized") if isinstance(loop, ast.For) else None
        if call is not None:
            yield message_of("mend-vector"), [place.replaced(call.func, "T.unroll")]
            return


def reduction(place: TextPlace, values: Mapping[str, Any]) -> Iterator[Proposal]:
    """Say that an axis of a block is a reduction, else let one thread add."""
    for block in reversed(place.around):
        names = [
            node
            for node in (block.body if isinstance(block, ast.With) else ())
            if isinstance(node, ast.Assign)
            and (call := called(node.value, "spatial"))
            and _is_about(node, call, str(values["variable"]))
        ]
        if names and _has_init(block):
            call = called(names[0].value, "spatial")
            assert call is not None
            yield message_of("mend-reduce"), [place.replaced(call.func, "T.axis.reduce")]
    yield from serial_loop(place, values)


def _is_about(node: ast.Assign, call: ast.Call, name: str) -> bool:
    """Whether an axis has this name, or is bound to a variable that has."""
    named = (*node.targets, *ast.walk(call))
    return any(isinstance(each, ast.Name) and each.id == name for each in named)


def _has_init(block: ast.stmt) -> bool:
    return any(
        isinstance(node, ast.With) and called(node.items[0].context_expr, "init")
        for node in getattr(block, "body", ())
    )
