"""Find the characters of vectors, which can bear no mark: let the codegen write each once more.

A vector in a call would be written lane by lane. So an expression of several lanes is written as a
statement of its own in front of the one that it is part of; where that has the very same text, the
characters are its.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import tvm
from tvm import tir

from viz.errors import TVM_ERRORS
from viz.legacy.codegen.rebuild import replaced
from viz.legacy.passes.pipeline import with_functions
from viz.legacy.walker import LegacyOccurrence
from viz.marking.align import Placed, Ranges

WRITTEN_WHOLE = (tir.BufferLoad, tir.Broadcast, tir.Ramp)
"""Expressions that are written in one piece, whatever their lanes."""

OF_ONE_PIECE = (tir.BufferStore, tir.Evaluate)
"""Statements without others inside."""

Code = Mapping[int, LegacyOccurrence]
"""The statements and expressions of a function that are written, by id, in pre-order."""


def vector_marks(
    mod: tvm.IRModule,
    functions: Mapping[Any, tuple[Any, Code]],
    text: str,
    ranges: Ranges,
    write: Callable[[tvm.IRModule], str],
    prefix: str,
) -> Placed:
    """Return the marks of vectors.

    Parameters
    ----------
    functions
        The functions of the module by variable, each with what is written of it.
    text, ranges
        The unmarked text, and where the marks of each node stand in it.
    prefix
        What no word of the text begins with.
    """
    wanted = {v: _wanted(code, ranges) for v, (_, code) in functions.items()}
    if not any(wanted.values()):
        return []
    rebuilt = {
        variable: _with_reprints(function, code, wanted[variable], prefix)
        for variable, (function, code) in functions.items()
        if wanted[variable]
    }
    try:
        written = write(with_functions(mod, rebuilt))
    except TVM_ERRORS:
        return []  # it cannot be written on its own
    tagged = re.compile(rf'"{prefix}<(\d+)";\s*([^\n]*);\n\s*"{prefix}>\1";')
    texts = {int(number): words for number, words in tagged.findall(written)}
    return [
        each
        for parts in wanted.values()
        for statement, numbers in parts.items()
        for each in _placed(text, ranges[statement], numbers, texts)
    ]


def _wanted(code: Code, ranges: Ranges) -> dict[int, list[int]]:
    """Return the vectors without a mark by the statement that they are part of."""
    statements: dict[int, int] = {}
    found: dict[int, list[int]] = {}
    for number, node in code.items():
        if isinstance(node.obj, tir.Stmt):
            statements[number] = number
            continue
        statement = statements[number] = statements.get(node.parent, -1)
        if number in ranges or not isinstance(node.obj, WRITTEN_WHOLE):
            continue
        is_index = node.field.startswith("indices") or "x" not in str(node.obj.dtype)
        if not is_index and statement in ranges:
            if isinstance(code[statement].obj, OF_ONE_PIECE):
                found.setdefault(statement, []).append(number)
    return found


def _with_reprints(function: Any, code: Code, wanted: Mapping[int, list[int]], prefix: str) -> Any:
    """Return a function with each wanted expression in front of its statement."""
    made: dict[int, Any] = {}
    children: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for each in code.values():
        if isinstance(each.obj, tir.Stmt):
            children[each.parent].append((each.field, each.id))
    for number in reversed([*code]):
        node = code[number]
        if not isinstance(node.obj, tir.Stmt):
            continue
        inner = replaced(node.obj, [(field, made[below]) for field, below in children[number]])
        if number in wanted:
            inner = tir.SeqStmt([*_reprints(code, wanted[number], prefix), inner])
        made[number] = inner
    top = next(iter(code))
    return function.with_body(made[top])


def _reprints(code: Code, numbers: Iterable[int], prefix: str) -> Iterable[Any]:
    for number in numbers:
        yield tir.Evaluate(tir.StringImm(f"{prefix}<{number}"))
        yield tir.Evaluate(code[number].obj)
        yield tir.Evaluate(tir.StringImm(f"{prefix}>{number}"))


def _placed(
    text: str, places: Iterable[tuple[int, int]], numbers: list[int], texts: Mapping[int, str]
) -> Placed:
    """Return where a statement has the texts of its vectors; equal ones in their order."""
    alike: dict[str, list[int]] = {}
    for number in numbers:
        if number in texts:
            alike.setdefault(texts[number], []).append(number)
    found: Placed = []
    for words, members in alike.items():
        starts = [
            (start + match.start(), start + match.end())
            for start, end in places
            for match in re.finditer(re.escape(words), text[start:end])
        ]
        owners = members * len(starts) if len(members) == 1 else members
        if len(starts) == len(owners):
            found += [(*place, owner) for place, owner in zip(starts, owners, strict=True)]
    return found
