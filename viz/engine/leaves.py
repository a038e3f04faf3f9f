"""Marks for nodes that cannot bear one themselves.

A variable where it is defined, the buffer of a load, a constant that the codegen looks at: none of
them may be put into a call. But what they look like is known, from marks elsewhere or from their
value, and so is which characters no other node wrote. Where name or value and number agree, the
characters are theirs; else they stay with the node around them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tvm import tirx

from viz.engine.alignment import Placed
from viz.engine.labels import type_key
from viz.engine.nodes import Occurrence

WORD = re.compile(
    r'"(?:\\.|[^"\\\n])*"|//[^\n]*|(?P<word>[A-Za-z_]\w*|\d[\w.]*(?:(?<=e)[+-]\d+\w*)?)'
)
INTEGER = re.compile(r"(0x[0-9a-fA-F]+|\d+)(?:[uU]?[lL]{0,2}|i)")
FLOAT = re.compile(r"(\d[\d.]*(?:e[+-]?\d+)?)[fFhH]?")
BRACE = re.compile(r'"(?:\\.|[^"\\\n])*"|//[^\n]*|(?P<brace>[{}])')

Ranges = dict[int, list[tuple[int, int]]]


def complete(text: str, occurrences: Mapping[str, list[Occurrence]], placed: Placed) -> Placed:
    """Return the marks together with those of functions, defined variables, buffers, constants.

    Parameters
    ----------
    occurrences
        The nodes of each function of the emission, by its name; the first is the PrimFunc.
    """
    ranges: Ranges = defaultdict(list)
    for start, end, number in placed:
        ranges[number].append((start, end))
    found = list(placed)
    for name, nodes in occurrences.items():
        found += _function(text, name, nodes, ranges)
        found += _values(text, nodes, ranges)
    found = nested(found)
    words = _own_words(text, found)
    for nodes in occurrences.values():
        found += _leaves(nodes, ranges, words, _learned(text, nodes, ranges))
    return nested(found)


def nested(placed: Placed) -> Placed:
    """Return the marks in the order in which they open, without those that cross another."""
    kept: Placed = []
    open_ends: list[int] = []
    for start, end, number in sorted(set(placed), key=lambda mark: (mark[0], -mark[1], mark[2])):
        while open_ends and open_ends[-1] <= start:
            open_ends.pop()
        if open_ends and end > open_ends[-1]:
            continue
        open_ends.append(end)
        kept.append((start, end, number))
    return kept


def _function(
    text: str, name: str, nodes: list[Occurrence], ranges: Ranges
) -> Iterator[tuple[int, int, int]]:
    """Yield the mark of a function: from the line of its head to its closing brace."""
    starts = [ranges[each.id][0][0] for each in nodes if each.id in ranges]
    if not starts:
        return
    heads = list(re.finditer(rf"\b\w*{re.escape(name)}\s*\(", text[: min(starts)]))
    if not heads:
        return
    begin = text.rfind("\n", 0, heads[-1].start()) + 1
    depth = 0
    for match in BRACE.finditer(text, text.find("{", heads[-1].end())):
        if match["brace"]:
            depth += 1 if match["brace"] == "{" else -1
            if depth == 0:
                ranges[nodes[0].id].append((begin, match.end()))
                yield begin, match.end(), nodes[0].id
                return


def _values(text: str, nodes: list[Occurrence], ranges: Ranges) -> Iterator[tuple[int, int, int]]:
    """Yield the marks of what an Evaluate evaluates: its own part is the semicolon."""
    for each in nodes[1:]:
        if each.id in ranges or type_key(nodes[each.parent - nodes[0].id].obj) != "tirx.Evaluate":
            continue
        for start, end in ranges.get(each.parent, ()):
            if text[end - 1] == ";" and end - 1 > start:
                ranges[each.id].append((start, end - 1))
                yield start, end - 1, each.id


class _Word(NamedTuple):
    start: int
    end: int
    text: str


def _own_words(text: str, marks: Placed) -> dict[int, list[_Word]]:
    """Return the words that each node wrote and none of the nodes below it."""
    words: dict[int, list[_Word]] = defaultdict(list)
    stack: list[tuple[int, int]] = []
    at = 0
    for match in WORD.finditer(text):
        if match["word"] is None:
            continue
        start, end = match.span("word")
        while at < len(marks) and marks[at][0] <= start:
            while stack and stack[-1][0] <= marks[at][0]:
                stack.pop()
            stack.append((marks[at][1], marks[at][2]))
            at += 1
        while stack and stack[-1][0] <= start:
            stack.pop()
        if stack and end <= stack[-1][0]:
            words[stack[-1][1]].append(_Word(start, end, match["word"]))
    return words


def _learned(text: str, nodes: list[Occurrence], ranges: Ranges) -> dict[int, set[str]]:
    """Return the names under which marked variables were written, by the variable's identity."""
    names: dict[int, set[str]] = defaultdict(set)
    for each in nodes:
        if type_key(each.obj) == "ir.Var":
            for start, end in ranges.get(each.id, ()):
                if text[start:end].isidentifier():
                    names[each.handle].add(text[start:end])
    return names


def _leaves(
    nodes: list[Occurrence],
    ranges: Ranges,
    words: dict[int, list[_Word]],
    names: dict[int, set[str]],
) -> Placed:
    """Give the words of a node to the unmarked leaves below it."""
    first = nodes[0].id
    wanted: dict[tuple[int, Any], list[Occurrence]] = defaultdict(list)
    for each in nodes[1:]:
        if each.id in ranges or type_key(each.obj) not in _SAME:
            continue
        above = each.parent
        while above >= first and above not in ranges and not _is_silent(nodes[above - first]):
            above = nodes[above - first].parent
        if above in ranges:
            wanted[above, _identity(each)].append(each)
    found: Placed = []
    taken: set[_Word] = set()
    written: dict[int, set[str]] = defaultdict(set)
    for (holder, _), leaves in wanted.items():
        leaf = leaves[0]
        same = _SAME[type_key(leaf.obj)]
        free = [word for word in words.get(holder, ()) if word not in taken]
        mine = [word for word in free if same(word.text, leaf, names)]
        exact = [word for word in mine if word.text == getattr(leaf.obj, "name", None)]
        mine = exact or mine
        if len(leaves) == 1 and type_key(leaf.obj) == "ir.Var":
            pairs = [(word, leaf) for word in mine]
        elif len(leaves) == len(mine):
            pairs = list(zip(mine, leaves, strict=True))
        else:
            continue
        for word, each in pairs:
            written[each.handle].add(word.text)
            taken.add(word)
            found.append((word.start, word.end, each.id))
    # A variable has one name in a function: with two, one of them is somebody else's.
    doubtful = {each.id for each in nodes if len(written.get(each.handle, ())) > 1}
    return [mark for mark in found if mark[2] not in doubtful]


def _is_silent(node: Occurrence) -> bool:
    """Whether a statement without a mark wrote nothing, its leaves neither."""
    return isinstance(node.obj, tirx.Stmt) and type_key(node.obj) not in (
        "tirx.SeqStmt",
        "s_tir.SBlock",
    )


def _identity(leaf: Occurrence) -> Any:
    return leaf.handle if type_key(leaf.obj) == "ir.Var" else (type_key(leaf.obj), leaf.obj.value)


def _same_variable(word: str, leaf: Occurrence, names: dict[int, set[str]]) -> bool:
    if leaf.handle in names:
        return word in names[leaf.handle]
    name = re.sub(r"\W", "_", str(leaf.obj.name))
    return re.fullmatch(rf"{name}(_ptr|_\d+|_ptr_\d+)?", word) is not None


def _same_integer(word: str, leaf: Occurrence, names: dict[int, set[str]]) -> bool:
    match = INTEGER.fullmatch(word)
    return match is not None and int(match[1], 0 if "x" in match[1] else 10) == abs(leaf.obj.value)


def _same_float(word: str, leaf: Occurrence, names: dict[int, set[str]]) -> bool:
    match = FLOAT.fullmatch(word)
    # TVM writes seven digits.
    return match is not None and f"{float(match[1]):.5e}" == f"{abs(leaf.obj.value):.5e}"


_SAME = {"ir.Var": _same_variable, "ir.IntImm": _same_integer, "ir.FloatImm": _same_float}
