"""Put a barrier into the user's text, at each boundary of statements between two lines."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from viz.frontend.syntax import parsed

BODIES = ("body", "orelse")


class Candidate(NamedTuple):
    """A barrier in a text: the line before which it stands, and the text with it."""

    line: int
    text: str


def candidates(text: str, first: int, second: int, barrier: str) -> Iterator[Candidate]:
    """Yield the texts with a barrier between two lines, then those with one at the end of a loop.

    Parameters
    ----------
    text
        The user's whole text.
    first, second
        1-based lines of two accesses that race, in any order.
    barrier
        The statement, such as ``T.tvm_storage_sync("shared")``.
    """
    low, high = sorted((first, second))
    seen: set[int] = set()
    loops: list[Candidate] = []
    for node in ast.walk(parsed(text)):
        for field in BODIES:
            body = getattr(node, field, None)
            if not isinstance(body, list) or not all(isinstance(s, ast.stmt) for s in body):
                continue
            for statement in body:
                if low < statement.lineno <= high and statement.lineno not in seen:
                    seen.add(statement.lineno)
            if isinstance(node, ast.For | ast.While) and body and _holds(node, low, high):
                loops.append(_after(text, body[-1], barrier))
    # Deeper loops first: there the threads meet the most often, and one barrier is enough.
    yield from dict.fromkeys(
        (*(_before(text, line, barrier) for line in sorted(seen)), *reversed(loops))
    )


def _holds(loop: ast.stmt, low: int, high: int) -> bool:
    return loop.lineno <= low and high <= (loop.end_lineno or loop.lineno)


def _before(text: str, line: int, barrier: str) -> Candidate:
    lines = text.split("\n")
    old = lines[line - 1]
    indent = old[: len(old) - len(old.lstrip())]
    return Candidate(line, "\n".join([*lines[: line - 1], indent + barrier, *lines[line - 1 :]]))


def _after(text: str, statement: ast.stmt, barrier: str) -> Candidate:
    lines = text.split("\n")
    end = statement.end_lineno or statement.lineno
    indent = lines[statement.lineno - 1][: statement.col_offset]
    return Candidate(end + 1, "\n".join([*lines[:end], indent + barrier, *lines[end:]]))
