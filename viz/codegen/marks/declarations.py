"""Find what a function has outside of its statements: its head, and its declarations around it.

No statement is there to mark, so these are found by what codegens write for a function: a
declaration ahead of its definition (C, CUDA, OpenCL), a struct of scalar arguments (Metal), and for
WGSL bindings, such a struct, and the shared memory, all of them in front of ``fn``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tvm import tirx

from viz.codegen.marks.align import LINKAGE, Ranges
from viz.codegen.marks.brackets import after_block
from viz.codegen.marks.variables import VariableWords
from viz.ir.functions import symbol_of
from viz.ir.walker import Nodes

COMMENT = re.compile(r"^//[^\n]*\n\s*", re.M)
BINDING = re.compile(
    r"^@group\(\d+\) @binding\(\d+\) var<storage[^>]*> (?P<name>\w+) :[^;]*;", re.M
)
HEAD = re.compile(r"[^;{}]*\)[^;{}]*\{")
"""What follows the name of a function where it is defined, up to its body."""
SHARED = re.compile(r"^var<workgroup> (?P<name>\w+) :[^;]*;", re.M)


def declared(
    text: str, name: str, nodes: Nodes, ranges: Ranges, words: VariableWords
) -> Iterator[tuple[int, int, int]]:
    """Yield the marks of a function, and of what it declares at the level of the module.

    Parameters
    ----------
    name
        What the module calls the function. Its text has the ``global_symbol`` where there is one;
        a codegen may put something before.
    nodes
        Its nodes; the first is the PrimFunc.
    ranges
        The marks of its statements and expressions.
    words
        The words of the text that are variables.
    """
    written = [place for number in nodes.keys() & ranges.keys() for place in ranges[number]]
    whole = next(iter(nodes))
    name = symbol_of(nodes[whole].obj) or name
    if written:
        first, last = min(start for start, _ in written), max(end for _, end in written)
        heads = list(re.finditer(rf"\b\w*{re.escape(name)}\s*\(", text[:first]))
    else:  # a function that does nothing: its definition is the one with a brace
        heads = list(re.finditer(rf"\b\w*{re.escape(name)}\s*\(", text))
        while heads and not HEAD.match(text, heads[-1].end()):
            heads.pop()
        last = text.find("{", heads[-1].end()) + 1 if heads else 0
    if not heads:
        return
    begin = text.rfind("\n", 0, heads[-1].start()) + 1
    if text[begin:].startswith("fn "):
        comments = [each.end() for each in COMMENT.finditer(text, 0, begin)]
        begin = comments[-1] if comments else begin
        yield from _bindings(text, begin, heads[-1].start(), nodes, words)
    end = _ending(text, last) or after_block(text, text.find("{", heads[-1].end()))
    if end is None:
        return
    yield _linked(text, begin), end, whole
    for head in heads[:-1]:
        start, stop = text.rfind("\n", 0, head.start()) + 1, text.find("\n", head.end())
        if text[start:stop].endswith(");") and not text[start].isspace():
            yield _linked(text, start), stop, whole
    for match in re.finditer(rf"^struct {re.escape(name)}_args_t \{{[^}}]*\}};", text, re.M):
        yield match.start(), match.end(), whole


def _bindings(
    text: str, begin: int, end: int, nodes: Nodes, words: VariableWords
) -> Iterator[tuple[int, int, int]]:
    """Yield the marks of buffers and shared memory in front of a function in WGSL."""
    whole = next(iter(nodes))
    declaring: dict[int, int] = {}  # the ids of parameters and allocations by their variables
    for each in nodes.values():
        if each.parent == whole and each.field.startswith("params"):
            declaring[each.handle] = each.id
        elif each.obj.__class__ is tirx.AllocBuffer:
            declaring[each.obj.buffer.__chandle__()] = each.id
    for pattern in (BINDING, SHARED):
        for match in pattern.finditer(text, begin, end):
            variable = words.at(match.start("name"))
            if variable in declaring:
                yield match.start(), match.end(), declaring[variable]


def _linked(text: str, start: int) -> int:
    """Return where a declaration at an offset begins, its linkage lines included."""
    return start - len(LINKAGE) * text.endswith(LINKAGE, 0, start)


def _ending(text: str, last: int) -> int | None:
    """Return where a function ends whose last statement ends there, if only its brace is left."""
    brace = text.find("\n}", last)
    return None if brace < 0 or text[last:brace].strip() else brace + 2
