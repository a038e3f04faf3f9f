"""Statements that an expression writes before the one it stands in, and the names they set.

In C a conditional with two branches is an ``if`` that sets ``condval``, and a maximum of anything
but names first gives them one (``v_``). The name tells whose such a statement is: the node that
writes the name as its value.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from viz.engine.alignment import Placed

DECLARATION = re.compile(
    r"^[ \t]*(?P<all>[A-Za-z_][\w \*]*?[ \*](?P<name>v_|v__\d+|condval(?:_\d+)?)(?P<ends>;| = ))",
    re.M,
)
SKIPPED = r'"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?\*/'
END = re.compile(rf"{SKIPPED}|(?P<end>;)")
BRACE = re.compile(rf"{SKIPPED}|(?P<brace>[{{}}])")
BRANCHES = re.compile(r"\s*if \(")
ELSE = re.compile(r"\s*else \{")


def hoisted(text: str, placed: Placed) -> tuple[Placed, set[int]]:
    """Return the marks of such statements, and the nodes around those that are nobody's.

    Parameters
    ----------
    placed
        The marks of the text, outer ones first.
    """
    found: Placed = []
    unsure: set[int] = set()
    innermost = _Innermost(placed)
    for match in DECLARATION.finditer(text):
        start, end = match.start("all"), _end(text, match)
        use = re.compile(rf"\b{match['name']}\b").search(text, end)
        around = innermost.at(start)
        owner = innermost.at(use.start()) if use else None
        if around is None or owner is None or owner[2] == around[2] or end > around[1]:
            continue
        if around[0] <= owner[0] and owner[1] <= around[1]:
            found.append((start, end, owner[2]))
        elif use is not None and owner[0] <= around[0] and around[1] <= owner[1]:
            found.append((use.start(), use.end(), around[2]))  # only the name was left
        else:
            unsure.add(around[2])
    return found, unsure


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


class _Innermost:
    """Finds the innermost of nested marks around an offset."""

    def __init__(self, placed: Placed) -> None:
        self._placed = placed
        self._starts = [start for start, _, _ in placed]
        self._around = list(_parents(placed))

    def at(self, offset: int) -> tuple[int, int, int] | None:
        i = bisect_right(self._starts, offset) - 1
        while i >= 0 and self._placed[i][1] <= offset:
            i = self._around[i]
        return self._placed[i] if i >= 0 else None


def _parents(placed: Placed) -> Iterator[int]:
    """Yield for each mark the number of the one around it, or -1."""
    open_marks: list[int] = []
    for i, (start, _, _) in enumerate(placed):
        while open_marks and placed[open_marks[-1]][1] <= start:
            open_marks.pop()
        yield open_marks[-1] if open_marks else -1
        open_marks.append(i)
