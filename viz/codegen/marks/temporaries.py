"""Statements that an expression writes before the one it stands in, and the names they set.

In C a conditional with two branches is an ``if`` that sets ``condval``, and a maximum of anything
but names first gives them one (``v_``). The name tells whose such a statement is: the node that
writes the name as its value.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import numpy as np

from viz.codegen.marks.align import STRING, Placed

DECLARATION = re.compile(
    r"^[ \t]*(?P<all>[A-Za-z_][\w \*]*?[ \*](?P<name>v_|v__\d+|condval(?:_\d+)?)(?P<ends>;| = ))",
    re.M,
)
SKIPPED = rf"{STRING}|//[^\n]*|/\*.*?\*/"
END = re.compile(rf"{SKIPPED}|(?P<end>;)")
BRACE = re.compile(rf"{SKIPPED}|(?P<brace>[{{}}])")
BRANCHES = re.compile(r"\s*if \(")
ELSE = re.compile(r"\s*else \{")


class Hoisted(NamedTuple):
    """What is known of such statements.

    Attributes
    ----------
    statements
        Their marks.
    unsure
        The nodes around those that are nobody's.
    ahead
        The nodes that write some of their own words in such statements: not in their order.
    """

    statements: Placed
    unsure: set[int]
    ahead: set[int]


def hoisted(text: str, placed: Placed, inside: Any) -> Hoisted:
    """Find such statements.

    Parameters
    ----------
    placed, inside
        The marks of the text, outer ones first, and the :func:`innermost` of them.
    """
    found = Hoisted([], set(), set())

    def at(offset: int) -> tuple[int, int, int] | None:
        i = int(inside[offset])
        return placed[i] if i >= 0 else None

    for match in DECLARATION.finditer(text):
        start, end = match.start("all"), _end(text, match)
        use = re.compile(rf"\b{match['name']}\b").search(text, end)
        around = at(start)
        owner = at(use.start()) if use else None
        if around is None or owner is None or end > around[1]:
            continue
        if owner[2] == around[2]:
            found.ahead.add(around[2])
        elif around[0] <= owner[0] and owner[1] <= around[1]:
            found.statements.append((start, end, owner[2]))
        elif use is not None and owner[0] <= around[0] and around[1] <= owner[1]:
            found.statements.append((use.start(), use.end(), around[2]))  # only the name was left
        else:
            found.unsure.add(around[2])
    return found


def _end(text: str, match: re.Match[str]) -> int:
    """Return where the statements end that set a name: its value, or the branches that choose."""
    if match["ends"] == ";":
        if not BRANCHES.match(text, match.end()):
            return match.end()
        end = _closing(text, match.end())
        more = ELSE.match(text, end)
        return _closing(text, more.start()) if more else end
    return next(
        (each.end() for each in END.finditer(text, match.end()) if each["end"]), match.end()
    )


def _closing(text: str, start: int) -> int:
    depth = 0
    for match in BRACE.finditer(text, start):
        if match["brace"]:
            depth += 1 if match["brace"] == "{" else -1
            if depth == 0:
                return match.end()
    return len(text)


def innermost(text: str, placed: Placed) -> np.ndarray:
    """Return for each character the number of the innermost mark around it, or -1.

    Parameters
    ----------
    placed
        The marks of the text, outer ones first.
    """
    found = np.full(len(text), -1, dtype=np.int32)
    for i, (start, end, _) in enumerate(placed):
        found[start:end] = i
    return found


def put_in(statements: Placed, placed: Placed, inside: Any) -> None:
    """Add the marks of statements, each inside another mark, to those of a text."""
    for start, end, number in sorted(statements, key=lambda each: (each[0], -each[1])):
        within = inside[start:end]
        within[within == inside[start]] = len(placed)
        placed.append((start, end, number))
