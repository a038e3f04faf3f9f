"""Find the statements that an expression writes before the one it stands in, and their temporaries.

In C a conditional with two branches is an ``if`` that sets ``condval``, and a maximum of anything
but names first gives them one (``v_``). The temporary tells which node wrote such a statement: the
one that writes the temporary as its value.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import numpy as np

from viz.codegen.marks.temporary_values import NAMES
from viz.marking.align import Placed
from viz.marking.brackets import STRING, after_block

DECLARATION = re.compile(
    r"^[ \t]*(?P<all>[A-Za-z_][\w \*]*?[ \*]"
    rf"(?P<name>{NAMES.operand}|{NAMES.conditional})(?P<ends>;| = ))",
    re.M,
)
SKIPPED = rf"{STRING}|//[^\n]*|/\*.*?\*/"
END = re.compile(rf"{SKIPPED}|(?P<end>;)")
BRANCHES = re.compile(r"\s*if \(")
ELSE = re.compile(r"\s*else \{")


class Temporaries(NamedTuple):
    """The statements that set temporaries.

    Attributes
    ----------
    statements
        Their marks.
    ambiguous
        The nodes around those that belong to no node.
    emitted_early
        The nodes that write some of their own words in such statements: not in their order.
    """

    statements: Placed
    ambiguous: set[int]
    emitted_early: set[int]


def temporaries(text: str, placed: Placed, inside: Any) -> Temporaries:
    """Find the statements that set temporaries.

    Parameters
    ----------
    placed, inside
        The marks of the text, outer ones first, and the :func:`innermost` of them.
    """
    found = Temporaries([], set(), set())

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
        if around[:2] == (start, end):
            continue  # it has its mark already
        if owner[2] == around[2]:
            found.emitted_early.add(around[2])
        elif around[0] <= owner[0] and owner[1] <= around[1]:
            found.statements.append((start, end, owner[2]))
        elif use is not None and owner[0] <= around[0] and around[1] <= owner[1]:
            found.statements.append((use.start(), use.end(), around[2]))  # only the name was left
        else:
            found.ambiguous.add(around[2])
    return found


def _end(text: str, match: re.Match[str]) -> int:
    """Return where the statements end that set a name: its value, or the branches that choose."""
    if match["ends"] == ";":
        if not BRANCHES.match(text, match.end()):
            return match.end()
        end = after_block(text, match.end()) or len(text)
        more = ELSE.match(text, end)
        return (after_block(text, more.start()) or len(text)) if more else end
    return next(
        (each.end() for each in END.finditer(text, match.end()) if each["end"]), match.end()
    )


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
